// The left pane: the pages as scanned, with measures and notes drawn over them.

import { api } from "./api.js";
import { byId, centre, place, reveal, svg } from "./dom.js";
import { names } from "./names.js";

/** Zoom: how far one press goes, and where it ends, in pixels of the screen for one of the scan. */
const ZOOM = { step: 1.25, least: 0.1, most: 4 };
/** A pointer that moved less, in pixels of the screen, has clicked; more, and it has dragged the page. */
const DRAG_PX = 5;

export class Scan {
  #app;
  #view;
  #sheets = [];
  #measures = new Map();
  #ghost = null;
  #drag = null;
  #pinch = null;
  #lazy;

  constructor(app, view) {
    this.#app = app;
    this.#view = view;
    this.#lazy = new IntersectionObserver((seen) => this.#fetchPictures(seen), { root: view, rootMargin: "800px" });
    app.on("state", ({ measures }) => (measures ? this.#drawMeasures(measures) : this.#drawPages()));
    app.on("current", () => this.#showCurrent());
    app.on("detail", () => this.#drawNotes());
    app.on("selection", () => this.#showSelected());
    app.on("hover", () => this.#markNotes());
    app.on("links", () => this.#markNotes());
    app.on("playing", () => this.#showPlaying());
    app.on("busy", () => this.#markBusy());
    app.on("armed", () => this.#showArmed());
    app.on("armed-again", () => { byId("armed-text").textContent = app.armed.text; });
    app.on("zoom", () => this.#size());
    new ResizeObserver(() => this.#size()).observe(view);
    this.#listen();
  }

  // ---- drawing -----------------------------------------------------------------------------------------------

  #drawPages() {
    const { pages } = this.#app.state;
    if (this.#sheets.length !== pages.length) {
      this.#lazy.disconnect();
      this.#sheets = pages.map((page) => this.#sheet(page));
      this.#view.replaceChildren(...this.#sheets.map(({ root }) => root));
      this.#size();
    }
    for (const { asides, areas, notes, page } of this.#sheets) {
      asides.replaceChildren(...this.#app.asides.flatMap(({ page: on, box }, i) => (on !== page.index || !box ? []
        : [place(svg("rect", { class: "aside", "data-aside": i }), box, page.spacing_px / 3)])));
      areas.replaceChildren(...this.#app.state.measures.filter((m) => m.page === page.index).map((m) => this.#area(m)));
      notes.replaceChildren();
    }
  }

  #sheet(page) {
    const image = svg("image", { width: page.width, height: page.height });
    const [asides, areas, notes, over] = ["asides", "areas", "boxes", "over"].map((name) => svg("g", { class: name }));
    const root = svg("svg", { viewBox: `0 0 ${page.width} ${page.height}`, class: "sheet", "data-page": page.index });
    root.setAttribute("aria-hidden", "true");
    root.append(this.#patterns(page), image, asides, areas, notes, over);
    this.#lazy.observe(root);
    return { page, root, image, asides, areas, notes, over };
  }

  #sheetOf(index) {
    return this.#sheets.find(({ page }) => page.index === index);
  }

  // A pattern for each standing, so that none is told by its colour alone.
  #patterns({ index, spacing_px: space }) {
    const pattern = (name, d, turn) => svg("pattern", {
      id: `${name}-${index}`, width: space, height: space, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${turn})`,
    }, svg("path", { d, class: `hatch ${name}`, "stroke-width": space / 8 }));
    return svg("defs", {},
      pattern("unsure", `M0 0V${space}`, 45),
      pattern("wrong", `M0 0V${space}M0 0H${space}`, 45));
  }

  #fetchPictures(seen) {
    for (const { isIntersecting, target } of seen) {
      const sheet = this.#sheets.find(({ root }) => root === target);
      if (!isIntersecting || !sheet) continue;
      sheet.image.setAttribute("href", api.picture(sheet.page.index));
      this.#lazy.unobserve(target);
    }
  }

  #area(measure) {
    const group = svg("g", { "data-index": measure.index });
    this.#measures.set(measure.index, group);
    this.#fillArea(group, measure);
    return group;
  }

  #fillArea(group, measure) {
    const space = this.#app.space(measure.page);
    const level = names.level(measure);
    group.setAttribute("class", `area ${level}`);
    group.classList.toggle("current", measure.index === this.#app.current);
    const hatched = level === "unsure" || level === "wrong";
    const rect = place(svg("rect", { class: "wash", rx: space / 3 }), measure.box, space / 2);
    const pattern = place(svg("rect", { class: "pattern", rx: space / 3, fill: hatched ? `url(#${level}-${measure.page})` : "none" }), measure.box, space / 2);
    group.replaceChildren(rect, pattern);
    const sign = names.sign(measure);
    if (!sign) return;
    const [top, left] = measure.box;
    const size = 1.9 * space;
    group.append(svg("g", { class: "sign", transform: `translate(${left + size / 2} ${top - size * 0.75})` },
      svg("rect", { x: -size * 0.65, y: -size / 2, width: size * 1.3, height: size, rx: size / 3 }),
      svg("text", { "font-size": size * 0.78, y: size * 0.27, "text-anchor": "middle" }, sign)));
  }

  /** Show where a doubt stands that belongs to no measure. index: in `App.asides`. */
  revealAside(index) {
    const rect = this.#view.querySelector(`[data-aside="${index}"]`);
    const { page } = this.#app.asides[index];
    for (const other of this.#view.querySelectorAll(".aside.shown")) other.classList.remove("shown");
    rect?.classList.add("shown");
    reveal(this.#view, rect ?? this.#sheetOf(page).root);
  }

  #drawMeasures(changed) {
    for (const index of changed) {
      const group = this.#measures.get(index);
      if (group) this.#fillArea(group, this.#app.state.measures[index]);
    }
  }

  #showCurrent() {
    for (const [index, group] of this.#measures) group.classList.toggle("current", index === this.#app.current);
    if (!this.#app.detail) for (const { notes } of this.#sheets) notes.replaceChildren();
    const group = this.#measures.get(this.#app.current);
    if (group) reveal(this.#view, group);
  }

  #drawNotes() {
    const { detail, measure } = this.#app;
    const space = this.#app.space(measure.page);
    const boxes = detail.notes.flatMap((note) => note.boxes.map((box) => place(
      svg("rect", { class: `symbol ${note.kind}`, "data-note": note.id, rx: space / 4 }), box, space / 6)));
    this.#sheets.forEach(({ notes, page }) => notes.replaceChildren(...(page.index === measure.page ? boxes : [])));
    this.#markNotes();
  }

  // A measure may be higher than the pane: the note that was selected last is in sight.
  #showSelected() {
    this.#markNotes();
    const note = CSS.escape(this.#app.selection.at(-1) ?? "");
    const rect = this.#view.querySelector(`[data-note="${note}"]`);
    if (rect) reveal(this.#view, rect);
  }

  #markNotes() {
    const { hover, selection, links, state } = this.#app;
    for (const { notes, over, page } of this.#sheets) {
      for (const rect of notes.children) {
        rect.classList.toggle("selected", selection.includes(rect.dataset.note));
      }
      const link = links[hover];
      const here = link && state.measures[link.measure]?.page === page.index ? link.boxes : [];
      const marks = here.map((box) => place(svg("rect", { class: "symbol hover", rx: page.spacing_px / 4 }), box, page.spacing_px / 4));
      over.replaceChildren(...marks, ...(this.#ghost && this.#ghost.page === page.index ? [this.#ghostShape()] : []));
    }
  }

  #markBusy() {
    for (const [index, group] of this.#measures) group.classList.toggle("busy", this.#app.busy.includes(index));
  }

  #showPlaying() {
    const now = this.#app.playing?.measure;
    for (const [index, group] of this.#measures) group.classList.toggle("playing", index === now);
    if (now !== undefined && this.#measures.has(now)) reveal(this.#view, this.#measures.get(now));
  }

  // ---- size --------------------------------------------------------------------------------------------------

  #scale(page) {
    return this.#app.zoom ?? Math.max((this.#view.clientWidth - 24) / page.width, ZOOM.least);
  }

  #size() {
    for (const { page, root } of this.#sheets) {
      const scale = this.#scale(page);
      root.style.width = `${page.width * scale}px`;
      root.style.height = `${page.height * scale}px`;
    }
  }

  /** Make the scan larger (1) or smaller (-1), or fit its width to the pane (0), and keep the current measure in view. */
  zoom(direction) {
    const sheet = this.#sheetOf(this.#app.measure?.page);
    if (!sheet) return;
    const scale = this.#scale(sheet.page) * ZOOM.step ** direction;
    this.#app.setZoom(direction ? Math.min(Math.max(scale, ZOOM.least), ZOOM.most) : null);
    const group = this.#measures.get(this.#app.current);
    if (group) reveal(this.#view, group);
    this.#app.say(direction ? `The scan at ${Math.round(this.#scale(sheet.page) * 100)} percent.` : "The scan fits its pane.");
  }

  #zoomAt(factor, x, y) {
    const bounds = this.#view.getBoundingClientRect();
    const sheet = this.#sheetOf(this.#app.measure?.page);
    if (!sheet) return;
    const before = this.#scale(sheet.page);
    const after = Math.min(Math.max(before * factor, ZOOM.least), ZOOM.most);
    const [col, row] = [this.#view.scrollLeft + x - bounds.left, this.#view.scrollTop + y - bounds.top];
    this.#app.setZoom(after);
    this.#view.scrollTo(col * (after / before) - (x - bounds.left), row * (after / before) - (y - bounds.top));
  }

  // ---- pointer -----------------------------------------------------------------------------------------------

  #placeOf(event) {
    const root = event.target.closest?.(".sheet") ?? document.elementFromPoint(event.clientX, event.clientY)?.closest(".sheet");
    const sheet = this.#sheets.find((one) => one.root === root);
    if (!sheet) return null;
    const bounds = root.getBoundingClientRect();
    const scale = sheet.page.width / bounds.width;
    return { page: sheet.page.index, row: (event.clientY - bounds.top) * scale, col: (event.clientX - bounds.left) * scale };
  }

  #listen() {
    const view = this.#view;
    view.addEventListener("pointermove", (event) => this.#moved(event));
    view.addEventListener("pointerleave", () => this.#app.setHover(null));
    view.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse" && event.button === 0) {
        this.#drag = { x: event.clientX, y: event.clientY, left: view.scrollLeft, top: view.scrollTop, far: false, id: event.pointerId };
      }
    });
    addEventListener("pointerup", () => setTimeout(() => { this.#drag = null; view.classList.remove("dragging"); }));
    view.addEventListener("click", (event) => this.#clicked(event));
    view.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.#zoomAt(event.deltaY < 0 ? 1.1 : 1 / 1.1, event.clientX, event.clientY);
    }, { passive: false });
    view.addEventListener("touchstart", (event) => this.#pinched(event), { passive: true });
    view.addEventListener("touchmove", (event) => this.#pinched(event), { passive: false });
    view.addEventListener("touchend", () => { this.#pinch = null; });
  }

  #moved(event) {
    if (this.#drag) {
      const [dx, dy] = [event.clientX - this.#drag.x, event.clientY - this.#drag.y];
      if (!this.#drag.far && Math.hypot(dx, dy) < DRAG_PX) return;
      if (!this.#drag.far) {
        this.#drag.far = true;
        this.#view.classList.add("dragging");
        this.#view.setPointerCapture(this.#drag.id);
      }
      this.#view.scrollTo(this.#drag.left - dx, this.#drag.top - dy);
      return;
    }
    const at = this.#placeOf(event);
    if (this.#app.armed) {
      if (at) this.#moveGhost(at);
    } else {
      this.#app.setHover(at && this.#app.noteAt(at.page, at.row, at.col));
    }
  }

  #clicked(event) {
    const at = this.#placeOf(event);
    if (this.#drag?.far || !at) return;
    if (this.#app.armed) {
      this.#moveGhost(at);
      this.#give();
      return;
    }
    const note = this.#app.noteAt(at.page, at.row, at.col);
    const measure = note ? this.#app.links[note].measure : this.#app.measureAt(at.page, at.row, at.col);
    if (measure === null) return;
    if (measure !== this.#app.current) this.#app.goTo(measure, { ids: note ? [note] : [] });
    else this.#app.select(note ? [note] : [], { add: event.shiftKey || event.ctrlKey || event.metaKey });
  }

  #pinched(event) {
    if (event.touches.length !== 2) return;
    const [a, b] = event.touches;
    const width = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    if (event.type === "touchmove" && this.#pinch) {
      event.preventDefault();
      this.#zoomAt(width / this.#pinch, (a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2);
    }
    this.#pinch = width;
  }

  // ---- giving a place to a tool ------------------------------------------------------------------------------

  #showArmed() {
    const { armed, measure, selected } = this.#app;
    // It takes the place of the head: the scan must not move under the pointer.
    byId("armed").hidden = !armed;
    byId("scan-head").hidden = Boolean(armed);
    byId("armed-text").textContent = armed ? armed.text : "";
    this.#view.classList.toggle("giving", Boolean(armed));
    this.#ghost = null;
    if (armed) {
      this.#view.focus();
      const [note] = selected;
      const [row, col] = note ? centre(note.boxes[0]) : this.#startOf(measure);
      this.#moveGhost({ page: measure.page, row, col });
    } else {
      this.#markNotes();
    }
  }

  #startOf(measure) {
    const [{ lines }] = this.#app.state.systems[measure.system].staves;
    const space = this.#app.space(measure.page);
    return [lines[Math.floor(lines.length / 2)], measure.box[1] + 2 * space];
  }

  #moveGhost(at) {
    const lines = this.#app.armed.ghost === "note" ? this.#linesNear(at) : [];
    this.#ghost = lines.length > 1 ? { ...at, row: this.#snapped(at.row, lines) } : at;
    this.#markNotes();
  }

  #linesNear({ page, row }) {
    const staves = this.#app.state.systems.filter((system) => system.page === page).flatMap(({ staves }) => staves);
    const away = ({ lines }) => Math.max(lines[0] - row, row - lines.at(-1), 0);
    return staves.sort((a, b) => away(a) - away(b))[0]?.lines ?? [];
  }

  #snapped(row, lines) {
    const half = (lines.at(-1) - lines[0]) / (lines.length - 1) / 2;
    return lines[0] + Math.round((row - lines[0]) / half) * half;
  }

  #ghostShape() {
    const { page, row, col } = this.#ghost;
    const space = this.#app.space(page);
    const { ghost, taken } = this.#app.armed;
    const shapes = {
      note: () => svg("ellipse", { cx: col, cy: row, rx: space * 0.62, ry: space * 0.45 }),
      line: () => svg("path", { d: `M${col} ${row - 4 * space}V${row + 4 * space}`, "stroke-width": space / 3 }),
      cross: () => svg("path", { d: `M${col - space} ${row}h${2 * space}M${col} ${row - space}v${2 * space}`, "stroke-width": space / 4 }),
    };
    const shape = (shapes[ghost] ?? shapes.cross)();
    shape.setAttribute("class", "ghost");
    const halo = svg("circle", { class: "halo", cx: col, cy: row, r: 2.5 * space });
    const [first] = taken;
    if (!first) return svg("g", {}, halo, shape);
    return svg("g", {}, halo, shape, svg("path", { class: "ghost", d: `M${first[1]} ${first[0]}L${col} ${row}`, "stroke-width": space / 5 }));
  }

  #give() {
    const { page, row, col } = this.#ghost;
    this.#app.give(page, row, col);
  }

  /** A key while a tool waits for a place: arrows move the cross, Enter gives it. Whether the key was one of these. */
  keyWhileArmed(key) {
    const { page, row, col } = this.#ghost;
    const space = this.#app.space(page);
    const moves = { ArrowUp: [-0.5, 0], ArrowDown: [0.5, 0], ArrowLeft: [0, -0.5], ArrowRight: [0, 0.5] };
    const far = { "Shift+ArrowUp": [-4, 0], "Shift+ArrowDown": [4, 0], "Shift+ArrowLeft": [0, -4], "Shift+ArrowRight": [0, 4] };
    const move = moves[key] ?? far[key];
    const ends = { Home: Math.min, End: Math.max };
    const sides = this.#app.state.systems.filter((system) => system.page === page).flatMap(({ box: [, left, , right] }) => [left, right]);
    if (move) this.#moveGhost({ page, row: row + move[0] * space, col: col + move[1] * space });
    else if (ends[key]) this.#moveGhost({ page, row, col: ends[key](...sides) });
    else if (key === "Enter" || key === "Space") this.#give();
    else return false;
    return true;
  }
}
