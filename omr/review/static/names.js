// How things are called, for the eye and for the ear.

const DURATIONS = {
  breve: "breve", whole: "whole", half: "half", quarter: "quarter", eighth: "eighth", "16th": "sixteenth",
  "32nd": "thirty-second", "64th": "sixty-fourth", "128th": "hundred twenty-eighth",
};
const ALTERS = { "-2": "♭♭", "-1": "♭", 0: "", 1: "♯", 2: "𝄪" };
const SPOKEN = { "-2": " double flat", "-1": " flat", 0: "", 1: " sharp", 2: " double sharp" };

/** Below this a measure is more likely wrong than right. */
const EVEN = 0.5;

/** Voices that a staff may have. */
const VOICES = 4;

const value = ([numerator, denominator]) => numerator / denominator;

export const names = {
  types: Object.keys(DURATIONS),

  /** "accepted", "mended", "sure", "unsure" or "wrong": how a measure is shown. */
  level(measure) {
    const isWrong = measure.confidence !== null && measure.confidence < EVEN;
    return measure.state === "unsure" && isWrong ? "wrong" : measure.state;
  },

  /** "look at it, 62 % sure" */
  standing(measure) {
    const level = this.level(measure);
    if (level === "accepted") return "you said it is right";
    if (level === "mended") return "mended by you";
    const said = { sure: "read well", unsure: "look at it", wrong: "likely wrong" }[level];
    return measure.confidence === null ? said : `${said}, ${Math.round(measure.confidence * 100)} % sure`;
  },

  sign(measure) {
    return { accepted: "✓", mended: "✎", sure: "", unsure: "?", wrong: "!!" }[this.level(measure)];
  },

  pitch(note) {
    return note.kind === "rest" ? "rest" : `${note.step}${ALTERS[note.alter] ?? ""}${note.octave}`;
  },

  /** A note's voice within its staff, from 1: MusicXML counts on from staff to staff, four to each. */
  voice(note) {
    return (note.voice - 1) % VOICES + 1;
  },

  /** Whether a tie begins at a note. */
  isTied(note) {
    return note.tie === "start" || note.tie === "both";
  },

  /** "dotted quarter C sharp 5, staff 1, voice 2" */
  note(note) {
    const dots = ["", "dotted ", "double dotted "][note.dots] ?? "many dotted ";
    const kind = note.kind === "grace" ? "grace " : "";
    const what = note.kind === "rest" ? "rest" : `${note.step}${SPOKEN[note.alter] ?? ""} ${note.octave}`;
    const tied = this.isTied(note) ? ", tied to the next" : "";
    return `${dots}${kind}${DURATIONS[note.type] ?? ""} ${what}, staff ${note.staff}, voice ${this.voice(note)}${tied}`;
  },

  /** Notes as one reads them: part by part, staff by staff, in time, chords from above. */
  inOrder(notes) {
    const height = (note) => (note.kind === "rest" ? 0 : note.octave * 7 + "CDEFGAB".indexOf(note.step));
    return [...notes].sort((a, b) => (a.part > b.part ? 1 : a.part < b.part ? -1 : 0) || a.staff - b.staff
      || value(a.onset) - value(b.onset) || a.voice - b.voice || height(b) - height(a));
  },
};
