// Every command once: what it is called, its keys, its button, what it does. The handler of keys, the buttons and the
// sheet of keys are all made from this table.

import { App } from "./app.js";
import { ask, showList } from "./dialogs.js";
import { icon } from "./icons.js";
import { names } from "./names.js";

const KEYS_OF = { "Page Down": "PageDown", "Page Up": "PageUp", "→": "ArrowRight", "←": "ArrowLeft", "↑": "ArrowUp", "↓": "ArrowDown" };
const CLEFS = [["G2", "treble"], ["F4", "bass"], ["C3", "alto"], ["C4", "tenor"], ["C1", "soprano"], ["C2", "mezzo-soprano"],
  ["F3", "baritone"], ["G1", "French violin"], ["percussion3", "percussion"], ["", "no clef here"]];
const BARLINES = [["regular", "one line"], ["double", "two thin lines"], ["final", "end of the piece"],
  ["repeat-end", "repeat back from here"], ["repeat-start", "repeat begins here"],
  ["repeat-both", "repeat back, and again from here"], ["none", "no bar line"]];

/** [key signature by fifths, its name] */
const KEYS = Array.from({ length: 15 }, (_, i) => i - 7).map((fifths) => [fifths,
  fifths === 0 ? "no accidentals" : `${Math.abs(fifths)} ${fifths > 0 ? "sharp" : "flat"}${Math.abs(fifths) > 1 ? "s" : ""}`]);

// ---- what several commands share -------------------------------------------------------------------------------

function withNotes(app, action) {
  const notes = app.selected;
  if (!notes.length) return app.say("Select a note first: click it, or press → .");
  return action(notes, app.measure.page);
}

/** One operation a selected note or rest. */
function eachNote(app, said, operation) {
  return withNotes(app, (notes, page) => notes.forEach((note) => app.operate({ page, at: App.at(note), ...operation(note) }, said)));
}

/** The same for what a rest does not have. */
function eachPitch(app, said, operation) {
  return withNotes(app, (notes, page) => {
    const pitched = notes.filter(({ kind }) => kind !== "rest");
    if (!pitched.length) return app.say("A rest has no pitch.");
    return pitched.forEach((note) => app.operate({ page, at: App.at(note), ...operation(note) }, said));
  });
}

const pitch = (steps, said) => (app) => eachPitch(app, said, () => ({ op: "pitch", steps }));
const accidental = (sign, said) => (app) => eachPitch(app, said, () => ({ op: "accidental", accidental: sign }));

function duration(type) {
  return (app) => {
    app.setBrush({ type, dots: 0 });
    if (app.selected.length) eachNote(app, `Now ${type}.`, () => ({ op: "duration", type, dots: 0 }));
    else app.say(`What you add will be: ${type}.`);
  };
}

function dot(app) {
  if (!app.selected.length) {
    app.setBrush({ dots: (app.brush.dots + 1) % 3 });
    return app.say(`What you add will have ${app.brush.dots} dots.`);
  }
  return eachNote(app, "Dots changed.", (note) => ({ op: "duration", type: note.type, dots: (note.dots + 1) % 3 }));
}

const voice = (number) => (app) => eachNote(app, `Now in voice ${number}.`, () => ({ op: "voice", voice: number }));

/** Whether two voices have the head of a note together: it was read as two notes. */
function isShared(app, note) {
  const at = (one) => one.boxes.length && App.at(one).join();
  return (app.detail?.notes ?? []).filter((one) => at(one) && at(one) === at(note)).length > 1;
}

function tuplet(actual, normal) {
  return (app) => withNotes(app, (notes, page) => app.operate(
    { op: "tuplet", page, at: notes.map(App.at), actual, normal },
    normal ? `Now ${actual} in the time of ${normal}.` : "No tuplet any more."));
}

async function otherTuplet(app) {
  if (!app.selected.length) return app.say("Select the notes of the group first: click them with Shift.");
  const answer = await ask("Tuplet of the selected notes", [
    { name: "ratio", label: "Notes in the time of", type: "select", value: "3:2", options: [
      ["3:2", "3 in the time of 2"], ["2:3", "2 in the time of 3"], ["4:3", "4 in the time of 3"], ["5:4", "5 in the time of 4"],
      ["6:4", "6 in the time of 4"], ["7:4", "7 in the time of 4"], ["7:8", "7 in the time of 8"], ["9:8", "9 in the time of 8"], ["none", "no tuplet"]] },
    { name: "hereOnly", label: "In this measure only", type: "checkbox", value: app.hereOnly }]);
  if (!answer) return;
  app.setHereOnly(answer.hereOnly);
  const [actual, normal] = answer.ratio === "none" ? [1, null] : answer.ratio.split(":").map(Number);
  tuplet(actual, normal)(app);
}

function add(isRest) {
  return (app) => {
    const { type, dots } = app.brush;
    const what = isRest ? "rest" : "note";
    app.arm({
      text: `Click on the scan where the ${dots ? "dotted " : ""}${type} ${what} stands, or use arrows and Enter.`,
      ghost: "note",
      done: (page, [at]) => app.operate(
        { op: "add", page, at, kind: what, type, dots },
        `Added: ${type} ${what}.`),
    });
  };
}

/** Do `operation` at a place that the reader gives. */
function atPlace(app, text, ghost, operation, said) {
  app.arm({ text, ghost, done: (page, [at]) => app.operate({ page, at, ...operation }, said) });
}

async function clef(app) {
  const answer = await ask("Clef", [
    { name: "clef", label: "Clef", type: "select", options: CLEFS, value: "G2" },
    { name: "octave", label: "Sounds", type: "select", options: [[0, "as written"], [-1, "an octave lower"], [1, "an octave higher"]] }], "Choose");
  if (!answer) return;
  const [, sign, line] = /^(.*)(\d)$/.exec(answer.clef) ?? [null, null, 0];
  const said = sign ? { op: "clef", sign, line: Number(line), octave: Number(answer.octave) } : { op: "clef", sign };
  atPlace(app, "Click on the scan where the clef stands.", "cross", said, "Clef changed.");
}

/** Where the current measure begins or ends, in its first staff. */
function edge(app, isEnd) {
  const { box: [, left, , right], page, system } = app.measure;
  const [row] = onStaff(app.state.systems[system], 0);
  return { page, at: [row, isEnd ? right : left] };
}

async function keySignature(app) {
  const value = [app.detail?.key ?? 0].flat()[0];
  const answer = await ask("Key from this measure on", [{ name: "fifths", label: "Key signature", type: "select", options: KEYS, value }]);
  if (answer) app.operate({ op: "key", ...edge(app, false), fifths: Number(answer.fifths) }, "Key changed.");
}

async function timeSignature(app) {
  const [beats, beatType] = app.detail?.time ?? [4, 4];
  const answer = await ask("Time signature from this measure on", [
    { name: "beats", label: "Beats", type: "number", value: beats, min: 1, max: 64, required: true },
    { name: "unit", label: "Beat", type: "select", value: beatType, options: [[1, "whole"], [2, "half"], [4, "quarter"], [8, "eighth"], [16, "sixteenth"]] },
    { name: "symbol", label: "Printed as", type: "select", options: [["", "numbers"], ["common", "C"], ["cut", "C with a stroke"]] }]);
  if (!answer) return;
  const [b, u] = { common: [4, 4], cut: [2, 2] }[answer.symbol] ?? [Number(answer.beats), Number(answer.unit)];
  app.operate({ op: "time", ...edge(app, false), beats: b, beat_type: u, symbol: answer.symbol || null }, "Time signature changed.");
}

async function barLine(app) {
  const answer = await ask("Bar line of this measure", [
    { name: "side", label: "Which", type: "select", options: [["end", "at its end"], ["start", "at its beginning"]] },
    { name: "style", label: "Kind", type: "select", options: BARLINES }]);
  if (!answer) return;
  const style = answer.style === "none" ? null : answer.style;
  app.operate({ op: "barline", ...edge(app, answer.side === "end"), style }, "Bar line changed.");
}

async function words(app) {
  const answer = await ask("Words in the music", [{ name: "text", label: "Text; empty takes them away" }], "Choose");
  if (answer) atPlace(app, "Click on the scan where the words stand.", "cross", { op: "text", text: answer.text }, "Words changed.");
}

async function syllable(app) {
  const note = app.selected.find(({ kind }) => kind !== "rest");
  if (!note) return app.say("Select the note first that the syllable is sung to.");
  const [lyric = {}] = note.lyrics ?? [];
  const answer = await ask("Syllable of this note", [
    { name: "text", label: "Text; empty takes it away", value: lyric.text ?? "" },
    { name: "verse", label: "Verse", type: "number", value: lyric.verse ?? 1, min: 1, max: 20 },
    { name: "syllabic", label: "Place in its word", type: "select", value: lyric.syllabic ?? "single", options: [
      ["single", "a whole word"], ["begin", "begins a word"], ["middle", "in the middle"], ["end", "ends a word"]] }]);
  if (!answer) return;
  app.operate({ op: "syllable", page: app.measure.page, at: App.at(note), ...answer, verse: Number(answer.verse) }, "Syllable changed.");
}

async function titles(app) {
  const { title, composer, parts } = app.state;
  const fields = [{ name: "title", label: "Title", value: title ?? "" }, { name: "composer", label: "Composer", value: composer ?? "" },
    { name: "lyricist", label: "Words by", value: app.state.lyricist ?? "" },
    { name: "arranger", label: "Arranged by", value: app.state.arranger ?? "" },
    ...parts.map(({ name }, i) => ({ name: `part:${i}`, label: `Part ${i + 1}`, value: name ?? "" }))];
  const answer = await ask("Title and names", fields);
  if (!answer) return;
  for (const { name, value } of fields) {
    if (answer[name] === value) continue;
    const part = name.startsWith("part:") ? name.slice("part:".length) : null;
    const operation = part ? { op: "part_name", part: Number(part), name: answer[name] } : { op: "title", field: name, text: answer[name] };
    app.operate(operation, "Names changed.");
  }
}

/** A point on a staff of a system: in the middle of its lines, a little behind its beginning. */
function onStaff({ box: [, left, , right], staves }, index) {
  const { lines } = staves[index];
  return [lines[Math.floor(lines.length / 2)], left + (right - left) / 2];
}

function joinBars(app) {
  app.operate({ op: "barline", ...edge(app, true), style: null }, "Joined with the next measure.");
}

function splitBar(app) {
  atPlace(app, "Click on the scan where the bar line is missing.", "line", { op: "barline", style: "regular" }, "The measure was split.");
}

function joinSystems(app) {
  const { system, page } = app.measure;
  const [here, below] = [app.state.systems[system], app.state.systems[system + 1]];
  if (below?.page !== page) return app.say("There is no system below on this page.");
  return app.operate({ op: "join_systems", page, from: onStaff(here, here.staves.length - 1), to: onStaff(below, 0) },
    "The systems were joined.");
}

async function partSystem(app) {
  const { system, page } = app.measure;
  const here = app.state.systems[system];
  const count = here.staves.length;
  if (count < 2) return app.say("This system has one staff only.");
  const options = Array.from({ length: count - 1 }, (_, i) => [i + 1, `below staff ${i + 1}`]);
  const answer = await ask("Part this system in two", [{ name: "after", label: "Where", type: "select", options }], "Part it");
  if (answer) app.operate({ op: "part_system", page, at: onStaff(here, Number(answer.after) - 1) }, "The system was parted.");
  return undefined;
}

function staff(app) {
  app.arm({
    text: "Click at the left end of the missed staff’s middle line, or at its top left corner; or use arrows, Home, End and Enter.",
    again: "Now click at the right end of its middle line, or at its bottom right corner.",
    ghost: "cross", points: 2,
    done: (page, [from, to]) => {
      app.say("The page is read again with this staff, which takes some seconds.");
      return app.operate({ op: "staff", page, from, to }, "The staff was read. What you mended before still holds.");
    },
  });
}

function take(number) {
  return async (app) => {
    await app.offered;
    const alternative = app.alternatives?.[number - 1];
    if (!alternative) return app.say("There is no such reading.");
    return app.operate(alternative.operation, `Taken: ${alternative.label}.`);
  };
}

function tie(app) {
  return eachPitch(app, "Tie changed.", (note) => ({ op: "tie", on: !names.isTied(note) }));
}

function unplaced(app) {
  const list = app.state.unplaced.map(({ number, operation, message }) => `${number}. ${operation.op}: ${message}`);
  showList("Corrections that find their place no more", list);
}

function asides(app) {
  const list = app.asides.map(({ page, message }) => `Page ${page + 1}: ${message}`);
  showList("Doubts beside the measures", list, (index) => app.emit("aside", { index }));
}

// ---- the table -------------------------------------------------------------------------------------------------

const TYPES = [["whole", "w"], ["half", "h"], ["quarter", "q"], ["eighth", "e"], ["16th", "s"], ["32nd", "z"], ["64th", "Shift+Z"], ["breve", "Shift+W"]];

/**
 * id, name: of the command. group: its heading in the sheet of keys. keys: as the sheet shows them. place: the id of
 * the element, or the group of the palette, that holds its button. label: on the button, if it is not the name. bare:
 * without its key. now: the label, where it changes. notes: it is done to the selected notes.
 * pressed: whether the button is shown as pressed. on: whether the command can be used now. hidden: whether its
 * button is left out now.
 */
export const COMMANDS = [
  { id: "previous-doubt", group: "Find", name: "Previous doubt", keys: ["p"], place: "doubt-buttons", label: "◀", bare: true, run: (app) => app.goDoubt(-1), on: (app) => app.state.to_look_at.length },
  { id: "next-doubt", group: "Find", name: "Next doubt", keys: ["n"], place: "doubt-buttons", run: (app) => app.goDoubt(1), on: (app) => app.state.to_look_at.length },
  { id: "asides", group: "Find", name: "Doubts beside the measures …", keys: ["d"], place: "doubt-buttons", label: "Others", hidden: (app) => !app.asides.length, run: asides },
  { id: "accept", group: "Find", name: "It is right", keys: ["Enter"], place: "measure-buttons", main: true, run: (app) => app.accept() },
  { id: "previous-measure", group: "Find", name: "Previous measure", keys: ["Page Up"], place: "measure-buttons", label: "◀", bare: true, run: (app) => app.goMeasure(-1) },
  { id: "next-measure", group: "Find", name: "Next measure", keys: ["Page Down"], place: "measure-buttons", label: "▶", bare: true, run: (app) => app.goMeasure(1) },
  { id: "first-measure", group: "Find", name: "First measure", keys: ["Home"], run: (app) => app.goTo(0) },
  { id: "last-measure", group: "Find", name: "Last measure", keys: ["End"], run: (app) => app.goTo(app.state.measures.length - 1) },
  ...[1, 2, 3, 4].map((number) => ({ id: `take-${number}`, group: "Mend", name: `Take reading ${number}`, keys: [String(number)], run: take(number) })),

  { id: "next-note", group: "Select", name: "Next note", keys: ["→"], run: (app) => app.stepNote(1, false) },
  { id: "previous-note", group: "Select", name: "Previous note", keys: ["←"], run: (app) => app.stepNote(-1, false) },
  { id: "extend-right", group: "Select", name: "And the next note too", keys: ["Shift+→"], run: (app) => app.stepNote(1, true) },
  { id: "extend-left", group: "Select", name: "And the previous note too", keys: ["Shift+←"], run: (app) => app.stepNote(-1, true) },
  { id: "select-all", group: "Select", name: "All notes of the measure", keys: ["Ctrl+a"], run: (app) => app.select((app.detail?.notes ?? []).map((note) => note.id)) },
  { id: "select-none", group: "Select", name: "Nothing", keys: ["Escape"], run: (app) => (app.armed ? app.cancel() : app.select([])) },

  { id: "up", group: "Pitch", name: "Step up", keys: ["↑"], place: "Pitch", label: "↑", bare: true, notes: true, run: pitch(1, "One step up.") },
  { id: "down", group: "Pitch", name: "Step down", keys: ["↓"], place: "Pitch", label: "↓", bare: true, notes: true, run: pitch(-1, "One step down.") },
  { id: "octave-up", group: "Pitch", name: "Octave up", keys: ["Ctrl+↑"], run: pitch(7, "One octave up.") },
  { id: "octave-down", group: "Pitch", name: "Octave down", keys: ["Ctrl+↓"], run: pitch(-7, "One octave down.") },
  { id: "sharp", group: "Pitch", name: "Sharp", keys: ["#"], place: "Pitch", label: "♯", notes: true, run: accidental("sharp", "Sharp.") },
  { id: "flat", group: "Pitch", name: "Flat", keys: ["b"], place: "Pitch", label: "♭", notes: true, run: accidental("flat", "Flat.") },
  { id: "natural", group: "Pitch", name: "Natural", keys: ["="], place: "Pitch", label: "♮", notes: true, run: accidental("natural", "Natural.") },
  { id: "double-sharp", group: "Pitch", name: "Double sharp", keys: ["Alt+x"], place: "Pitch", label: "×", notes: true, run: accidental("double-sharp", "Double sharp.") },
  { id: "double-flat", group: "Pitch", name: "Double flat", keys: ["Alt+b"], place: "Pitch", label: "♭♭", notes: true, run: accidental("flat-flat", "Double flat.") },
  { id: "no-accidental", group: "Pitch", name: "No accidental", keys: ["x"], place: "Pitch", label: "none", notes: true, run: accidental(null, "No accidental.") },

  ...TYPES.map(([type, key]) => ({
    id: `type-${type}`, group: "Length", name: type[0].toUpperCase() + type.slice(1), keys: [key], place: "Length",
    icon: () => icon(type), pressed: (app) => app.brush.type === type, run: duration(type),
  })),
  { id: "dot", group: "Length", name: "Dot", keys: ["."], place: "Length", label: "•", pressed: (app) => app.brush.dots > 0, run: dot },
  { id: "tie", group: "Length", name: "Tie to the next", keys: ["t"], place: "Length", label: "Tie", notes: true, pressed: (app) => app.selected.some(names.isTied), run: tie },

  { id: "triplet", group: "Tuplet and voice", name: "Triplet", keys: ["g"], place: "Tuplet", notes: true, run: tuplet(3, 2) },
  { id: "tuplet", group: "Tuplet and voice", name: "Other tuplet …", keys: ["Shift+G"], place: "Tuplet", label: "Other", notes: true, run: otherTuplet },
  ...[1, 2, 3, 4].map((number) => ({
    id: `voice-${number}`, group: "Tuplet and voice", name: `Voice ${number}`, keys: [`Alt+${number}`], place: "Voice", label: String(number), notes: true,
    pressed: (app) => app.selected.some((note) => names.voice(note) === number), run: voice(number),
  })),
  ...[["up", "upper", "↑"], ["down", "lower", "↓"]].map(([stem, which, arrow]) => ({
    id: `only-${which}`, group: "Tuplet and voice", name: `Only in the ${which} voice`, keys: [`Alt+${arrow}`], place: "Voice",
    label: `${which[0].toUpperCase()}${which.slice(1)} only`, notes: true, hidden: (app) => !app.selected.some((note) => isShared(app, note)),
    run: (app) => eachPitch(app, `Only in the ${which} voice.`, () => ({ op: "one_voice", stem })),
  })),

  { id: "here-only", group: "Mend", name: "The next correction in this measure only, not in others like it", keys: ["Shift+A"], place: "Next correction", label: "This one only", pressed: (app) => app.hereOnly,
    run: (app) => { app.setHereOnly(!app.hereOnly); app.say(app.hereOnly ? "The next correction is for this measure only." : "Corrections are for measures like this one, too."); } },

  { id: "add-note", group: "Add and take away", name: "Add a note", keys: ["a"], place: "Add", label: "Note", run: add(false) },
  { id: "add-rest", group: "Add and take away", name: "Add a rest", keys: ["r"], place: "Add", label: "Rest", run: add(true) },
  { id: "delete", group: "Add and take away", name: "Delete", keys: ["Delete", "Backspace"], place: "Add", bare: true, notes: true, run: (app) => eachNote(app, "Deleted.", () => ({ op: "delete" })) },

  { id: "clef", group: "Signs", name: "Clef …", keys: ["c"], place: "Signs", label: "Clef", run: clef },
  { id: "key", group: "Signs", name: "Key …", keys: ["k"], place: "Signs", label: "Key", run: keySignature },
  { id: "time", group: "Signs", name: "Time signature …", keys: ["m"], place: "Signs", label: "Time", run: timeSignature },
  { id: "barline", group: "Signs", name: "Bar line, repeat …", keys: ["|"], place: "Signs", label: "Bar line", run: barLine },
  { id: "words", group: "Signs", name: "Words …", keys: ["l"], place: "Signs", label: "Words", run: words },
  { id: "syllable", group: "Signs", name: "Syllable …", keys: ["y"], place: "Signs", label: "Syllable", notes: true, run: syllable },
  { id: "names", group: "Signs", name: "Title and names …", keys: ["i"], place: "Signs", label: "Names", run: titles },

  { id: "join-bars", group: "Bars and staves", name: "Join bars: this and the next", keys: ["j"], place: "Bars and staves", label: "Join bars", run: joinBars },
  { id: "split-bar", group: "Bars and staves", name: "Split bar: a bar line is missing", keys: ["/"], place: "Bars and staves", label: "Split bar", run: splitBar },
  { id: "join-systems", group: "Bars and staves", name: "Join systems: this and the next", keys: ["Shift+J"], place: "Bars and staves", label: "Join systems", run: joinSystems },
  { id: "part-system", group: "Bars and staves", name: "Part system in two …", keys: ["Shift+P"], place: "Bars and staves", label: "Part system", run: partSystem },
  { id: "staff", group: "Bars and staves", name: "Missed staff: draw it with two clicks", keys: ["f"], place: "Bars and staves", label: "Missed staff", run: staff },

  { id: "undo", group: "Undo and save", name: "Undo", keys: ["Ctrl+z", "u"], place: "history-buttons", label: "↶ Undo", run: (app) => app.undo(), on: (app) => app.state.can_undo },
  { id: "redo", group: "Undo and save", name: "Redo", keys: ["Ctrl+Shift+Z", "Ctrl+y"], place: "history-buttons", label: "↷", run: (app) => app.redo(), on: (app) => app.state.can_redo },
  { id: "save", group: "Undo and save", name: "Save", keys: ["Ctrl+s"], place: "save-buttons", main: true, run: (app) => app.emit("save") },

  { id: "play", group: "Listen and look", name: "Play the measure, or stop", keys: ["Space"], place: "play-buttons", label: "♫ Play", now: (app) => (app.playing ? "■ Stop" : "♫ Play"), pressed: (app) => Boolean(app.playing), run: (app) => app.emit("play", { on: false }) },
  { id: "play-on", group: "Listen and look", name: "Play from here on", keys: ["Shift+Space"], place: "play-buttons", label: "♫ From here", run: (app) => app.emit("play", { on: true }) },
  { id: "smaller", group: "Listen and look", name: "Scan smaller", keys: ["-"], place: "zoom-buttons", label: "−", run: (app) => app.emit("zoom-by", { direction: -1 }) },
  { id: "larger", group: "Listen and look", name: "Scan larger", keys: ["+"], place: "zoom-buttons", label: "+", run: (app) => app.emit("zoom-by", { direction: 1 }) },
  { id: "fit", group: "Listen and look", name: "Fit the scan", keys: ["0"], place: "zoom-buttons", label: "Fit", run: (app) => app.emit("zoom-by", { direction: 0 }) },
  { id: "help", group: "Listen and look", name: "All keys", keys: ["?"], place: "help-buttons", label: "Keys", run: (app) => app.emit("help") },
  { id: "unplaced", group: "Listen and look", name: "Corrections without a place …", keys: ["Shift+U"], place: "help-buttons", hidden: (app) => !app.state.unplaced?.length, run: unplaced },
];

/** Groups of the palette, in order. */
export const PALETTE = ["Pitch", "Next correction", "Length", "Tuplet", "Voice", "Add", "Signs", "Bars and staves"];

/** A key of the table as `keyOf` writes it. */
export function written(key) {
  return key.replace(/[^+]+$/, (last) => KEYS_OF[last] ?? last);
}

/** The key that was pressed, as the table writes it: "n", "Shift+J", "Ctrl+Shift+Z", "#", "Space". */
export function keyOf(event) {
  const graph = event.getModifierState?.("AltGraph");
  const alt = event.altKey && !graph;
  const digit = alt && /^Digit(\d)$/.exec(event.code);
  const letter = alt && /^Key([A-Z])$/.exec(event.code);
  let key = digit ? digit[1] : letter ? letter[1].toLowerCase() : event.key === " " ? "Space" : event.key;
  // A capital letter or a named key with Shift; of other signs Shift is only how they are typed.
  const shift = event.shiftKey && (/^[A-Za-z]$/.test(key) || key.length > 1);
  if (key.length === 1) key = shift ? key.toUpperCase() : key.toLowerCase();
  return [(event.ctrlKey || event.metaKey) && !graph && "Ctrl", alt && "Alt", shift && "Shift", key].filter(Boolean).join("+");
}
