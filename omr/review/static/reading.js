// The right pane: each system of the scan, engraved from what was read.

import { api } from "./api.js";
import { html, later, place, reveal, svg } from "./dom.js";
import { engraved } from "./engraving.js";
import { names } from "./names.js";

/** Staff space in units of Verovio's drawings. */
const SPACE = 180;

export class Reading {
  #app;
  #view;
  #systems = [];
  /** Measure -> its group in the engraving. */
  #measures = new Map();
  #lazy;
  #boxes = [];
  #marked = [];

  constructor(app, view) {
    this.#app = app;
    this.#view = view;
    this.#lazy = new IntersectionObserver((seen) => this.#fetchSeen(seen), { root: view, rootMargin: "600px" });
    app.on("state", ({ systems }) => this.#update(systems));
    app.on("current", () => this.#showCurrent());
    app.on("selection", () => this.#showSelected());
    app.on("hover", () => this.#markNotes());
    app.on("playing", () => this.#showPlaying());
    app.on("busy", () => this.#markStates());
    app.on("expect", (change) => this.#expect(change));
    this.#listen();
  }

  // ---- drawing -----------------------------------------------------------------------------------------------

  #update(changed) {
    const { systems } = this.#app.state;
    if (changed && this.#systems.length === systems.length) {
      for (const index of changed) if (this.#systems[index].loaded) this.#fetch(this.#systems[index]);
      this.#markStates();
      return;
    }
    this.#lazy.disconnect();
    this.#measures.clear();
    this.#systems = systems.map(({ index }) => {
      const body = html("div", { class: "system-body" }, html("p", { class: "waiting" }, "Engraving …"));
      const root = html("div", { class: "system", "data-index": index }, body);
      this.#lazy.observe(root);
      return { index, root, body, loaded: false, asked: 0 };
    });
    this.#view.replaceChildren(...this.#systems.map(({ root }) => root));
  }

  #fetchSeen(seen) {
    for (const { isIntersecting, target } of seen) {
      const system = this.#systems.find(({ root }) => root === target);
      if (isIntersecting && system && !system.loaded) this.#fetch(system);
    }
  }

  async #fetch(system) {
    system.loaded = true;
    const asked = ++system.asked;
    system.body.setAttribute("aria-busy", "true");
    try {
      const picture = engraved(await api.system(system.index));
      if (asked !== system.asked) return;
      system.body.replaceChildren(picture);
      this.#prepare(picture);
      this.#markStates();
      this.#markNotes();
      if (this.#app.measure?.system === system.index) this.#showCurrent();
    } catch (error) {
      system.body.replaceChildren(html("p", { class: "waiting" }, "This system could not be engraved."));
      this.#app.fail(error);
    }
    if (asked === system.asked) system.body.removeAttribute("aria-busy");
  }

  // Give each measure an area to be coloured and clicked.
  #prepare(picture) {
    for (const group of picture.querySelectorAll("g.measure")) {
      const index = Number(/^m(\d+)(-|$)/.exec(group.id)?.[1] ?? NaN);
      const lines = [...group.querySelectorAll(":scope > g.staff > path")].map((line) => line.getBBox());
      if (Number.isNaN(index) || !lines.length) continue;
      const top = Math.min(...lines.map((box) => box.y));
      const bottom = Math.max(...lines.map((box) => box.y + box.height));
      const left = Math.min(...lines.map((box) => box.x));
      const right = Math.max(...lines.map((box) => box.x + box.width));
      group.prepend(place(svg("rect", { class: "wash", rx: SPACE / 2 }), [top - 2 * SPACE, left, bottom + 2 * SPACE, right]));
      const sign = svg("text", { class: "sign", x: left + SPACE / 3, y: top - 2.4 * SPACE, "font-size": 2 * SPACE });
      group.append(sign);
      this.#measures.set(index, group);
    }
  }

  #markStates() {
    const { state, current, busy } = this.#app;
    for (const [index, group] of this.#measures) {
      const measure = state.measures[index];
      if (!measure) continue;
      group.classList.remove("sure", "unsure", "wrong", "accepted", "mended");
      group.classList.add(names.level(measure));
      group.classList.toggle("current", index === current);
      group.classList.toggle("busy", busy.includes(index));
      group.querySelector(":scope > text.sign").textContent = names.sign(measure);
    }
  }

  #showCurrent() {
    this.#markStates();
    const { measure } = this.#app;
    const target = this.#measures.get(measure?.index) ?? this.#systems[measure?.system]?.root;
    if (target) reveal(this.#view, target);
  }

  #markNotes() {
    for (const element of this.#marked) element.classList.remove("selected", "hovered", "sounding");
    for (const box of this.#boxes) box.remove();
    this.#marked = [];
    this.#boxes = [];
    const mark = (id, name) => {
      const element = id && document.getElementById(id);
      if (!element || !this.#view.contains(element)) return;
      element.classList.add(name);
      this.#marked.push(element);
      if (name === "sounding") return;
      const { x, y, width, height } = element.getBBox();
      const box = place(svg("rect", { class: `mark ${name}`, rx: 60 }), [y, x, y + height, x + width], 70);
      element.before(box);
      this.#boxes.push(box);
    };
    mark(this.#app.hover, "hovered");
    this.#app.selection.forEach((id) => mark(id, "selected"));
    (this.#app.playing?.ids ?? []).forEach((id) => mark(id, "sounding"));
  }

  // A system may be higher than its pane: the note that was selected last is in sight.
  #showSelected() {
    this.#markNotes();
    const element = document.getElementById(this.#app.selection.at(-1) ?? "");
    if (element && this.#view.contains(element)) reveal(this.#view, element);
  }

  #expect({ note, steps }) {
    const element = document.getElementById(note.id);
    if (!element || !this.#view.contains(element)) return;
    element.classList.toggle("going", steps === null);
    const before = Number(element.dataset.steps ?? 0);
    element.dataset.steps = String(before + (steps ?? 0));
    element.setAttribute("transform", `translate(0 ${-element.dataset.steps * SPACE / 2})`);
    this.#markNotes();
  }

  #showPlaying() {
    const now = this.#app.playing?.measure;
    for (const [index, group] of this.#measures) group.classList.toggle("playing", index === now);
    this.#markNotes();
    const target = this.#measures.get(now);
    if (target) reveal(this.#view, target);
  }

  // ---- pointer -----------------------------------------------------------------------------------------------

  #noteOf(element) {
    for (let one = element; one && one !== this.#view; one = one.parentNode) {
      if (one.id && this.#app.links[one.id]) return one.id;
    }
    return null;
  }

  #listen() {
    this.#view.addEventListener("pointermove", (event) => this.#app.setHover(this.#noteOf(event.target)));
    this.#view.addEventListener("pointerleave", () => this.#app.setHover(null));
    this.#view.addEventListener("click", (event) => {
      const note = this.#noteOf(event.target);
      const group = event.target.closest("g.measure");
      const measure = note ? this.#app.links[note].measure : Number(/^m(\d+)(-|$)/.exec(group?.id ?? "")?.[1] ?? NaN);
      if (Number.isNaN(measure)) return;
      if (measure !== this.#app.current) this.#app.goTo(measure, { ids: note ? [note] : [] });
      else this.#app.select(note ? [note] : [], { add: event.shiftKey || event.ctrlKey || event.metaKey });
    });
    new ResizeObserver(later(() => this.#showCurrent(), 100)).observe(this.#view);
  }
}
