// The lower right pane: the measure that is looked at, its other readings, its notes, and what can be done to them.

import { COMMANDS, PALETTE } from "./commands.js";
import { byId, html } from "./dom.js";
import { engraved } from "./engraving.js";
import { icon } from "./icons.js";
import { names } from "./names.js";

/** Readings that are offered; each has a key. */
const OFFERED = 4;
/** Doubts of a measure that are shown at once; the others would push its other readings out of sight. */
const REASONS = 2;

export class Dock {
  #app;
  #run;
  #buttons = new Map();

  /** run: does a command of the table, as its key would. */
  constructor(app, run) {
    this.#app = app;
    this.#run = run;
    this.#buildPalette();
    for (const command of COMMANDS) this.#build(command);
    app.on("state", () => this.#showState());
    app.on("current", () => this.#showMeasure());
    app.on("detail", () => this.#showDetail());
    app.on("alternatives", () => this.#showAlternatives());
    app.on("expect", ({ note }) => this.#chipOf(note)?.classList.add("changing"));
    for (const name of ["selection", "hover"]) app.on(name, () => this.#markNotes());
    for (const name of ["state", "detail", "selection", "brush", "playing"]) app.on(name, () => this.#markButtons());
  }

  // ---- buttons -----------------------------------------------------------------------------------------------

  #buildPalette() {
    byId("palette").replaceChildren(...PALETTE.map((name) => {
      const id = `group-${name.replaceAll(" ", "-").toLowerCase()}`;
      return html("div", { class: "group", role: "group", "aria-labelledby": id },
        html("h3", { id }, name), html("div", { class: "row", "data-group": name }));
    }));
  }

  #build(command) {
    if (!command.place) return;
    const holder = document.querySelector(`[data-group="${command.place}"]`) ?? byId(command.place);
    const [key] = command.keys;
    const button = html("button", {
      type: "button", class: command.main ? "button main" : "button", "data-command": command.id,
      title: `${command.name} (${command.keys.join(" or ")})`, "aria-keyshortcuts": command.keys.map(shortcut).join(" "),
      "aria-label": command.icon || command.label ? command.name : null,
      onclick: () => this.#run(command),
    }, command.icon ? command.icon() : command.label ?? command.name, command.bare || /.\+/.test(key) ? null : html("kbd", { "aria-hidden": "true" }, key));
    this.#buttons.set(command, button);
    holder.append(button);
  }

  #markButtons() {
    const app = this.#app;
    if (!app.state) return;
    const none = !app.selected.length;
    for (const [command, button] of this.#buttons) {
      if (command.pressed) button.setAttribute("aria-pressed", String(Boolean(command.pressed(app))));
      const off = (command.notes && none) || (command.on && !command.on(app));
      // Not `disabled`: the button keeps the focus, and says what is missing when it is pressed.
      button.setAttribute("aria-disabled", String(Boolean(off)));
      button.hidden = Boolean(command.hidden?.(app));
      if (command.now && button.firstChild.data !== command.now(app)) button.firstChild.data = command.now(app);
    }
  }

  // ---- the measure -------------------------------------------------------------------------------------------

  #showState() {
    if (this.#app.measure) this.#showHead();
  }

  #showHead() {
    const { measure } = this.#app;
    byId("measure-heading").textContent = `Measure ${measure.number}`;
    const badge = byId("badge");
    badge.textContent = `${names.sign(measure)} ${names.standing(measure)}`.trim();
    badge.className = `badge ${names.level(measure)}`;
    const list = (doubts) => html("ul", { "aria-label": "Why it is doubted" }, ...doubts.map((doubt) => html("li", {}, doubt)));
    const [first, more] = [measure.doubts.slice(0, REASONS), measure.doubts.slice(REASONS)];
    byId("reasons").replaceChildren(...(first.length ? [list(first)] : []),
      ...(more.length ? [html("details", {}, html("summary", {}, `${more.length} more`), list(more))] : []));
  }

  #showMeasure() {
    if (!this.#app.measure) return;
    this.#showHead();
    byId("dock").scrollTo(0, 0);
    if (this.#app.detail) return; // the same measure again
    byId("alternatives").replaceChildren();
    byId("alternatives-heading").hidden = true;
    byId("alternatives").setAttribute("aria-busy", "true");
    byId("notes").setAttribute("aria-busy", "true");
  }

  #showDetail() {
    this.#showNotes();
    byId("notes").removeAttribute("aria-busy");
  }

  #showAlternatives() {
    const all = this.#app.alternatives.slice(0, OFFERED);
    byId("alternatives").removeAttribute("aria-busy");
    byId("alternatives-heading").hidden = !all.length;
    byId("alternatives").replaceChildren(...all.map(({ label, svg }, index) => {
      const command = COMMANDS.find(({ id }) => id === `take-${index + 1}`);
      return html("button", {
        type: "button", class: "alternative", "data-command": command.id, "aria-label": `Take reading ${index + 1}: ${label}`,
        "aria-keyshortcuts": String(index + 1), onclick: () => this.#run(command),
      }, html("span", { class: "picture" }, svg ? engraved(svg, false) : ""), html("span", { class: "caption" }, html("kbd", {}, String(index + 1)), ` ${label}`));
    }));
  }

  // ---- notes -------------------------------------------------------------------------------------------------

  #showNotes() {
    const rows = new Map();
    for (const note of names.inOrder(this.#app.detail.notes)) {
      const row = `${note.part}/${note.staff}/${note.voice}`;
      if (!rows.has(row)) rows.set(row, []);
      rows.get(row).push(note);
    }
    byId("notes").replaceChildren(...[...rows.values()].map((notes) => {
      const [{ staff }] = notes;
      const voice = names.voice(notes[0]);
      const name = this.#app.state.parts.length > 1 ? this.#app.partName(notes[0]) : "";
      const label = `${name ? `${name}, ` : ""}staff ${staff}, voice ${voice}`;
      return html("div", { class: "voice", role: "group", "aria-label": label }, html("span", { class: "voice-name", title: label }, label), ...notes.map((note) => this.#chip(note)));
    }));
    if (!rows.size) byId("notes").append(html("p", { class: "waiting" }, "No note or rest was read here."));
    this.#markNotes();
  }

  #chip(note) {
    const what = [icon(note.type, note.kind === "rest"), note.kind === "rest" ? "" : names.pitch(note), ".".repeat(note.dots ?? 0)];
    // What was read from no ink, but to fill a bar, stands nowhere and cannot be selected.
    if (!note.id) return html("span", { class: "chip unseen", role: "img", "aria-label": names.note(note) }, ...what);
    return html("button", {
      type: "button", class: `chip ${note.kind}`, "data-note": note.id, "aria-pressed": "false", "aria-label": names.note(note),
      onclick: (event) => this.#app.select([note.id], { add: event.shiftKey || event.ctrlKey || event.metaKey }),
      onpointerenter: () => this.#app.setHover(note.id), onpointerleave: () => this.#app.setHover(null),
    }, ...what);
  }

  #chipOf({ id }) {
    return byId("notes").querySelector(`[data-note="${CSS.escape(id)}"]`);
  }

  #markNotes() {
    for (const chip of byId("notes").querySelectorAll("button")) {
      chip.setAttribute("aria-pressed", String(this.#app.selection.includes(chip.dataset.note)));
      chip.classList.toggle("hovered", chip.dataset.note === this.#app.hover);
    }
  }
}

/** A key of the table as `aria-keyshortcuts` wants it. */
function shortcut(key) {
  return key.replace("Ctrl", "Control").replace("Page Up", "PageUp").replace("Page Down", "PageDown")
    .replace("→", "ArrowRight").replace("←", "ArrowLeft").replace("↑", "ArrowUp").replace("↓", "ArrowDown").replace(/\+$/, "Plus");
}
