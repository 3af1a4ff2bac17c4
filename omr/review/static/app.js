// What the page knows, and what it asks of the server. The views listen to it and draw; the commands call it.

import { api, Refused } from "./api.js";
import { centre, holds, later } from "./dom.js";
import { names } from "./names.js";

/** Operations that may hold for measures like the corrected one. */
const ALIKE = new Set(["duration", "tuplet", "take", "clef", "key"]);
/** Measures that changed elsewhere are named up to so many. */
const NAMED = 6;

/**
 * Events: "state" (measures, systems: what changed, or null for all), "expect" (a note that moves by steps, or goes if
 * these are null, before the server has said so), "current", "detail", "alternatives", "selection", "hover", "playing", "armed",
 * "brush", "links", "busy".
 */
export class App extends EventTarget {
  /** As `api/state` gives it; null until it is loaded. */
  state = null;
  /** Index of the measure that is looked at. */
  current = 0;
  /** What `api/measures/N` gives of the current measure; null while it is fetched. */
  detail = null;
  /** Other readings of the current measure, likeliest first; null while they are fetched. */
  alternatives = null;
  /** Note id -> {measure, boxes}, of the whole score. */
  links = {};
  /** Measure -> ids of its notes, out of `links`. */
  notesOf = new Map();
  /** Ids of the selected notes, in the order they were selected. */
  selection = [];
  /** The note under the pointer, or null. */
  hover = null;
  /** {measure, ids} that sound now, or null. */
  playing = null;
  /** The tool that waits for places on the scan, or null: {text, points, again, ghost, done}; done gets the page and
   * as many points [row, col]; again is the text after the first. */
  armed = null;
  /** What a note that is added will be. */
  brush = { type: "quarter", dots: 0 };
  /** Whether the next correction is meant for its own measure alone, not for those like it. */
  hereOnly = false;
  /** Pixels of the screen for a pixel of the scan; null fits the scan to its pane (kept as 0). */
  zoom = null;
  /** Measures whose changes are on their way to the server, one entry a change. */
  busy = [];

  /** Promises that the current measure's notes, and its other readings, are there. */
  ready = Promise.resolve();
  offered = Promise.resolve();

  #details = new Map();
  #others = new Map();
  #queue = Promise.resolve();
  #say;
  #keepPlace = later(() => api.place({ measure: this.current, zoom: this.zoom ?? 0 }).catch(() => {}), 300);
  #fetchLinks = later(() => this.#loadLinks(), 250);

  /** say: called with each message for the reader, and whether it tells of a failure. */
  constructor(say) {
    super();
    this.#say = say;
  }

  emit(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  on(name, action) {
    this.addEventListener(name, (event) => action(event.detail));
  }

  say(text) {
    this.#say(text, false);
  }

  fail(error) {
    if (!(error instanceof Refused)) console.error(error);
    this.#say(error instanceof Refused ? error.message : `Something went wrong in the page: ${error.message}`, true);
  }

  // ---- loading -----------------------------------------------------------------------------------------------

  async load() {
    this.state = await api.state();
    const place = this.state.place ?? {};
    this.zoom = place.zoom || null;
    this.emit("state", { measures: null, systems: null });
    const first = place.measure ?? this.state.to_look_at[0] ?? 0;
    this.goTo(Math.min(first, Math.max(this.state.measures.length - 1, 0)));
    await this.#loadLinks();
  }

  async #loadLinks() {
    this.links = await api.links();
    this.notesOf.clear();
    for (const [id, link] of Object.entries(this.links)) {
      if (!this.notesOf.has(link.measure)) this.notesOf.set(link.measure, []);
      this.notesOf.get(link.measure).push(id);
    }
    this.emit("links");
  }

  #detailOf(index) {
    return App.#once(this.#details, index, api.measure);
  }

  #alternativesTo(index) {
    return App.#once(this.#others, index, api.alternatives);
  }

  // What was asked for before is not asked for again, unless that failed.
  static #once(known, index, ask) {
    if (!known.has(index)) {
      const asked = ask(index);
      asked.catch(() => known.delete(index));
      known.set(index, asked);
    }
    return known.get(index);
  }

  // ---- places ------------------------------------------------------------------------------------------------

  /** Doubts that belong to no measure: {page, box or null, message}. */
  get asides() {
    return this.state.doubts ?? [];
  }

  /** Staff space of a page, in pixels of its picture. */
  space(page) {
    return this.state.pages.find(({ index }) => index === page).spacing_px;
  }

  get measure() {
    return this.state?.measures[this.current] ?? null;
  }

  /**
   * Look at a measure, and select notes of it: those of `ids`, or those nearest to `points` ([row, col]).
   * again: it is the measure that was looked at before, perhaps changed: what is shown stays until the new is there.
   */
  goTo(index, { ids = [], points = [], quiet = false, again = false } = {}) {
    if (!this.state?.measures[index]) return this.ready;
    const moved = index !== this.current;
    this.current = index;
    if (!again) {
      this.detail = null;
      this.alternatives = null;
      this.selection = ids;
    }
    this.emit("current");
    this.#keepPlace();
    if (moved && !quiet) this.say(this.describe(index));
    const shown = this.#showDetail(index, points, again);
    this.offered = shown.then(() => this.#showAlternatives(index));
    if (!again) this.ready = shown;
    return shown;
  }

  async #showDetail(index, points, again) {
    try {
      const detail = await this.#detailOf(index);
      if (this.current !== index) return;
      this.detail = detail;
      const kept = again ? [] : this.selection.filter((id) => this.note(id));
      this.selection = points.length ? this.#nearest(points) : kept;
      this.emit("detail");
      this.emit("selection");
    } catch (error) {
      this.fail(error);
    }
  }

  async #showAlternatives(index) {
    try {
      const alternatives = await this.#alternativesTo(index);
      if (this.current !== index) return;
      this.alternatives = alternatives;
      this.emit("alternatives");
      this.#fetchNeighbours(index);
    } catch (error) {
      this.fail(error);
    }
  }

  // What the reader will ask for next is there before it is asked for.
  #fetchNeighbours(index) {
    const list = this.state.to_look_at;
    const next = list[list.indexOf(index) + 1] ?? list[0];
    for (const near of [next, index + 1]) {
      if (this.state.measures[near]) this.#detailOf(near).catch(() => {});
    }
    if (next !== undefined) this.#alternativesTo(next).catch(() => {});
  }

  /** The next (1) or previous (-1) measure to look at, likeliest wrong first. */
  goDoubt(step) {
    const list = this.state.to_look_at;
    if (!list.length) return this.say("Nothing is left to look at.");
    const here = list.indexOf(this.current);
    const next = here < 0 ? (step > 0 ? 0 : list.length - 1) : (here + step + list.length) % list.length;
    return this.goTo(list[next]);
  }

  goMeasure(step) {
    return this.goTo(Math.min(Math.max(this.current + step, 0), this.state.measures.length - 1));
  }

  /** Index of the measure at a place of the scan, or null. */
  measureAt(page, row, col) {
    const found = this.state.measures.find((m) => m.page === page && holds(m.box, row, col));
    return found ? found.index : this.#measureNear(page, row, col);
  }

  // Notes on ledger lines stand outside their measure's box: then the nearest of those above and below counts.
  #measureNear(page, row, col) {
    let best = null;
    let least = 8 * (this.space(page));
    for (const { index, page: on, box: [top, left, bottom, right] } of this.state.measures) {
      const away = on !== page || col < left || col >= right ? Infinity : Math.max(top - row, row - bottom, 0);
      if (away < least) [best, least] = [index, away];
    }
    return best;
  }

  /** The id of the note at a place of the scan, or null. */
  noteAt(page, row, col) {
    const margin = (this.space(page)) / 4;
    let best = null;
    let least = Infinity;
    for (const [id, { measure, boxes }] of Object.entries(this.links)) {
      if (this.state.measures[measure]?.page !== page) continue;
      for (const box of boxes) {
        const [r, c] = centre(box);
        const away = Math.hypot(r - row, c - col);
        if (holds(box, row, col, margin) && away < least) [best, least] = [id, away];
      }
    }
    return best;
  }

  /** "Measure 12, look at it, 62 percent sure." */
  describe(index) {
    const measure = this.state.measures[index];
    const [first, ...more] = measure.doubts;
    const why = first ? ` ${first}${more.length ? `, and ${more.length} more` : ""}.` : "";
    return `Measure ${measure.number}: ${names.standing(measure)}.${why}`;
  }

  // ---- notes -------------------------------------------------------------------------------------------------

  note(id) {
    return this.detail?.notes.find((note) => note.id === id) ?? null;
  }

  /** The selected notes and rests that stand on the scan. */
  get selected() {
    return this.selection.map((id) => this.note(id)).filter((note) => note?.boxes.length);
  }

  /** Where a note stands on the scan, [row, col]: the middle of its head. */
  static at(note) {
    return centre(note.boxes[0]);
  }

  #nearest(points) {
    const standing = this.detail.notes.filter((note) => note.boxes.length);
    const reach = this.space(this.measure.page);
    const away = ([row, col], note) => Math.hypot(App.at(note)[0] - row, App.at(note)[1] - col);
    const ids = points.map((point) => {
      const [first] = [...standing].sort((a, b) => away(point, a) - away(point, b));
      return first && away(point, first) < reach ? first.id : null;
    });
    return [...new Set(ids.filter(Boolean))];
  }

  /** Name of the part that a note is in, "" if it has none. */
  partName(note) {
    const { parts } = this.state;
    return (parts.find(({ id }) => id === note.part) ?? parts[note.part])?.name ?? "";
  }

  select(ids, { add = false } = {}) {
    const toggle = (all, id) => (all.includes(id) ? all.filter((other) => other !== id) : [...all, id]);
    this.selection = add ? ids.reduce(toggle, this.selection) : ids;
    const last = this.note(this.selection.at(-1));
    if (last?.type) this.brush = { type: last.type, dots: last.dots ?? 0 };
    this.emit("selection");
    this.emit("brush");
    if (last) this.say(names.note(last));
  }

  /** Select the next (1) or previous (-1) note of the measure, in reading order; beyond its end, of the next one. */
  stepNote(step, extend) {
    if (!this.detail) return;
    const ordered = names.inOrder(this.detail.notes).filter(({ id }) => id);
    const here = ordered.findIndex((note) => note.id === this.selection.at(-1));
    const next = ordered[here < 0 ? (step > 0 ? 0 : ordered.length - 1) : here + step];
    if (next) this.select([next.id], { add: extend });
    else if (!extend) this.#stepOver(step);
  }

  async #stepOver(step) {
    const before = this.current;
    await this.goMeasure(step);
    if (this.current !== before && this.detail) this.stepNote(step, false);
  }

  // ---- changes -----------------------------------------------------------------------------------------------

  /**
   * Do an operation. What it touches is marked at once; the answer comes when the server has solved it.
   * said: what the reader is told when it is done. next: called then, to go somewhere else.
   */
  operate(operation, said, next = null) {
    this.#expect(operation);
    if (ALIKE.has(operation.op)) {
      operation = { alike: !this.hereOnly, ...operation };
      // One command may do several operations at once: the setting holds for all of them.
      if (this.hereOnly) queueMicrotask(() => this.setHereOnly(false));
    }
    // What was added is selected, else what was selected before.
    const points = operation.op === "add" ? [operation.at] : this.selected.map(App.at);
    return this.#change(() => api.operate(operation), said, points, next);
  }

  // Solving a measure takes longer than the eye waits: what is certain is shown at once.
  #expect({ op, at, steps }) {
    if (op !== "pitch" && op !== "delete") return;
    const note = this.selected.find((one) => App.at(one).join() === at.join());
    if (note) this.emit("expect", { note, steps: op === "delete" ? null : steps });
  }

  undo() {
    if (!this.state.can_undo) return this.say("There is nothing to undo.");
    return this.#change(api.undo, "Undone.", this.selected.map(App.at), null, true);
  }

  redo() {
    if (!this.state.can_redo) return this.say("There is nothing to do again.");
    return this.#change(api.redo, "Done again.", this.selected.map(App.at), null, true);
  }

  // points: notes to select afterwards. next: called instead of staying. follow: go to what changed if it is elsewhere.
  #change(request, said, points, next = null, follow = false) {
    const measure = this.current;
    this.busy.push(measure);
    this.emit("busy");
    this.#queue = this.#queue.then(async () => {
      try {
        this.#take(await request(), said, points, next, follow);
      } catch (error) {
        this.fail(error);
        this.emit("state", { measures: [measure], systems: [this.state.measures[measure].system] });
        this.emit("detail");
      } finally {
        this.busy.splice(this.busy.indexOf(measure), 1);
        this.emit("busy");
      }
    });
    return this.#queue;
  }

  #take(answer, said, points, next, follow) {
    const before = this.measure;
    const { measures: old, systems } = this.state;
    this.state = answer.state;
    const sameMeasures = old.length === this.state.measures.length;
    const sameSystems = systems.length === this.state.systems.length;
    // What one measure sounds like bears on the readings of the others.
    this.#others.clear();
    if (sameMeasures) for (const index of answer.changed_measures) this.#details.delete(index);
    else this.#details.clear();
    // A measure may stand differently though its notes are the same: it was accepted, or is doubted no more.
    const shown = this.state.measures.filter((now, i) => JSON.stringify(now) !== JSON.stringify(old[i])).map(({ index }) => index);
    this.emit("state", {
      measures: sameMeasures ? [...new Set([...answer.changed_measures, ...shown])] : null,
      systems: sameSystems ? answer.changed_systems : null,
    });
    this.#fetchLinks();
    this.say(answer.alike.length ? `${said} ${this.#named(answer.alike)} changed with it.` : said);
    if (next) return next();
    const [elsewhere] = answer.changed_measures;
    if (follow && sameMeasures && elsewhere !== undefined && !answer.changed_measures.includes(this.current)) {
      return this.goTo(elsewhere, { quiet: true });
    }
    const index = this.measureAt(before.page, ...centre(before.box));
    return this.goTo(index ?? Math.min(this.current, this.state.measures.length - 1), { points, quiet: true, again: true });
  }

  // "3 other measures (12, 14, 20)"
  #named(indices) {
    const numbers = indices.slice(0, NAMED).map((index) => this.state.measures[index].number);
    const more = indices.length > NAMED ? " …" : "";
    return `${indices.length} other ${indices.length === 1 ? "measure" : "measures"} (${numbers.join(", ")}${more})`;
  }

  accept() {
    const list = this.state.to_look_at;
    const following = list[list.indexOf(this.current) + 1] ?? list.find((index) => index !== this.current);
    const said = `Measure ${this.measure.number} is right.`;
    this.operate({ op: "accept", measure: this.current }, said, () => {
      if (following === undefined) {
        this.say(`${said} Nothing is left to look at.`);
        return this.goTo(this.current, { quiet: true });
      }
      return this.goTo(following);
    });
  }

  // ---- tools -------------------------------------------------------------------------------------------------

  /** Wait for one or two places on the scan. */
  arm(tool) {
    this.armed = { taken: [], points: 1, ...tool };
    this.emit("armed");
    this.say(tool.text);
  }

  disarm() {
    if (!this.armed) return;
    this.armed = null;
    this.emit("armed");
  }

  /** Let the armed tool go without a place. */
  cancel() {
    this.disarm();
    this.say("Nothing was changed.");
  }

  /** A place was given to the armed tool. */
  give(page, row, col) {
    const tool = this.armed;
    if (tool.taken.length && tool.page !== page) return this.say("Click on the same page of the scan.");
    tool.page = page;
    tool.taken.push([row, col]);
    if (tool.taken.length < tool.points) {
      tool.text = tool.again;
      this.emit("armed-again");
      return this.say(tool.text);
    }
    this.disarm();
    const index = this.measureAt(page, row, col);
    if (index !== null && index !== this.current) this.goTo(index, { quiet: true });
    return tool.done(page, tool.taken);
  }

  setBrush(brush) {
    this.brush = { ...this.brush, ...brush };
    this.emit("brush");
  }

  setHereOnly(hereOnly) {
    this.hereOnly = hereOnly;
    this.emit("brush");
  }

  setHover(id) {
    if (this.hover === id) return;
    this.hover = id;
    this.emit("hover");
  }

  setPlaying(playing) {
    this.playing = playing;
    this.emit("playing");
  }

  setZoom(zoom) {
    this.zoom = zoom;
    this.emit("zoom");
    this.#keepPlace();
  }
}
