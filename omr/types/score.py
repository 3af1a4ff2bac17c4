"""Music: notes, measures, parts, and what is doubtful in them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from omr.types.fretboard import Fretboard
from omr.types.page import Box
from omr.types.paper import HeadingLine, PartGroup, Sheet, SystemPlace


@dataclass(frozen=True, slots=True)
class Pitch:
    """A pitch as it is written, but in the octave in which it sounds. step: A-G. octave: octave 4 begins with middle C.
    alter: in semitones; quarter tones are halves."""

    step: str
    octave: int
    alter: float = 0

    def __post_init__(self) -> None:
        if self.step not in "CDEFGAB" or len(self.step) != 1:
            raise ValueError(f"no step {self.step!r}")

    @property
    def midi(self) -> float:
        """MIDI key number, 60 for middle C. Quarter tones end in .5."""
        semitones = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
        return 12 * (self.octave + 1) + semitones[self.step] + self.alter


NoteType = Literal["long", "breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th"]


NoteHead = Literal["", "x", "diamond", "cross", "slash"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A mark on one note or rest, named like its MusicXML element: staccato, fermata, trill-mark, fingering, tremolo,
    ...

    placement: "above" or "below"; "" where it makes no difference.
    value: a fingering's digit, or a tremolo's number of strokes.
    accidental_above, accidental_below: accidentals at an ornament, with the values of `Note.accidental`.
    group: the same for all marks of one arpeggio over two staves, and for both notes of a tremolo. The second of these
        notes also has `stop`.
    """

    name: str
    placement: Literal["", "above", "below"] = ""
    value: int = 0
    accidental_above: str = ""
    accidental_below: str = ""
    group: int | None = None
    stop: bool = False
    shape: Literal["", "angled", "square"] = ""
    """of a fermata: a short one is angled, a long one is square"""


ELISION = "\N{UNDERTIE}"
"""Joins two syllables that are sung on one note, where print joins them with this sign."""


@dataclass(frozen=True, slots=True)
class Lyric:
    """A syllable under a note, or several syllables joined by a space or `ELISION`.

    verse: counted from 1.
    syllabic: where in its word the syllable stands.
    score: as `Word.score`.
    """

    verse: int
    text: str
    syllabic: Literal["single", "begin", "middle", "end"] = "single"
    score: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Note:
    """One notehead. Notes with the same staff, voice and onset (and `grace_place`) are one chord.

    Attributes:
        duration_quarter: how long the note sounds, in quarter notes, with dots and tuplets taken into account; 0 for a
            grace note.
        beams: one of "begin", "continue", "end", "forward hook", "backward hook" for each beam level, the outermost
            first.
        tuplet: (actual, normal), for example (3, 2): three notes in the time of two.
        symbol_ids: ids of the symbols that the note was read from, on page `Measure.page`.
    """

    onset_quarter: Fraction
    duration_quarter: Fraction
    voice: int
    staff: int
    pitch: Pitch
    type: NoteType
    dots: int = 0
    tuplet: tuple[int, int] | None = None
    tuplet_ends: tuple[str, ...] = ()
    grace: bool = False
    cue: bool = False
    stem: Literal["up", "down", "none"] = "none"
    beams: tuple[str, ...] = ()
    tie_start: bool = False
    tie_stop: bool = False
    slur_starts: tuple[int, ...] = ()
    slur_stops: tuple[int, ...] = ()
    accidental: str | None = None
    """the accidental that is printed: sharp, flat, natural, double-sharp, flat-flat; None if none is printed"""
    cautionary: bool = False
    """whether the accidental stands in parentheses"""
    marks: tuple[Mark, ...] = ()
    score: float = 1.0
    symbol_ids: tuple[int, ...] = ()
    grace_place: int = 0
    """place among the grace chords before one note, from the left"""
    lyrics: tuple[Lyric, ...] = ()
    """the lyrics of a chord belong to one of its notes"""
    slash: bool = False
    """whether it is a grace note with a stroke through its stem"""
    head: NoteHead = ""
    """shape of the notehead; "" is the usual one"""


@dataclass(frozen=True, kw_only=True)
class Rest:
    """A rest. `measure_rest` marks the whole rest that fills a measure of any length and is printed in its middle."""

    onset_quarter: Fraction
    duration_quarter: Fraction
    voice: int
    staff: int
    type: NoteType
    dots: int = 0
    tuplet: tuple[int, int] | None = None
    tuplet_ends: tuple[str, ...] = ()
    measure_rest: bool = False
    hidden: bool = False
    marks: tuple[Mark, ...] = ()
    score: float = 1.0
    symbol_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Clef:
    """A clef from `onset_quarter` on.

    sign: G, F, C or "percussion"; "TAB" opens tablature.
    line: the staff line on which it stands, 1 = bottom.
    octave_change: -1, 0 or 1, for a small 8 below or above.
    """

    staff: int
    onset_quarter: Fraction
    sign: Literal["G", "F", "C", "percussion", "TAB"]
    line: int
    octave_change: int = 0


@dataclass(frozen=True)
class Direction:
    """Something written at a time that is neither note nor rest.

    kind is one of "dynamics" (text "pp", "mf", ...), "words", "metronome" (text "quarter.=60"), "rehearsal" (the mark's
    letter or number), "harmony" (a chord symbol as it is printed), "wedge-crescendo", "wedge-diminuendo", "wedge-stop",
    "pedal-start", "pedal-stop", "octave-start" (text "8va", "8vb", ...), "octave-stop", "segno" and "coda". The onset
    of a stop is the time up to which its line reaches. diagram: that of a chord symbol.
    """

    staff: int
    onset_quarter: Fraction
    kind: str
    text: str = ""
    placement: Literal["", "above", "below"] = ""
    diagram: Fretboard | None = None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure of one part. Its staves are counted from 1 at the top of the part.

    Attributes:
        duration_quarter: the length that the time signature asks for; in a pickup, the length of what is there.
        fifths, time: the key and time signature at the start of the measure; None where none is printed.
        number: as notation programs count. An upbeat is 0, and the second half of a bar that a repeat sign divides has
            the number of the first half. Both are a `pickup`, which is not counted.
        time_symbol: how the time signature is printed if not as two numbers: "common", "cut", or a sum of beats such as
            "3+2".
        left, right: style of the barline: "regular", "double", "final", "repeat-start" (left only), "repeat-end" (right
            only).
        ending_start: numbers of the volta that starts here.
        ending_stop: whether a volta ends here. ending_open: whether its bracket has no hook at its end.
        box: where the measure stands on page `page`, in pixels of that page.
        long_rest: for the first measure of a multi-measure rest, how many measures this covers.
        confidence: the probability, 0 to 1, that every note and rest of the measure is read right. None in music that
            was not read from a page.
    """

    number: int
    duration_quarter: Fraction
    notes: tuple[Note, ...] = ()
    rests: tuple[Rest, ...] = ()
    clefs: tuple[Clef, ...] = ()
    directions: tuple[Direction, ...] = ()
    fifths: int | None = None
    time: tuple[int, int] | None = None
    time_symbol: str | None = None
    left: str = "regular"
    right: str = "regular"
    ending_start: tuple[int, ...] = ()
    ending_stop: bool = False
    ending_open: bool = False
    pickup: bool = False
    new_system: bool = False
    new_page: bool = False
    page: int = 0
    box: Box | None = None
    new_movement: bool = False
    long_rest: int = 0
    confidence: float | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """One instrument. It has one staff, or several that are joined by a brace. All parts of a score have equally many
    measures.

    Attributes:
        name, abbreviation: as they are printed; "" where none was read.
        lines: number of lines of each staff, unless all have five.
        tuning: in tablature, the open strings from the lowest line up. The notes of such a part have the marks "string"
            and "fret".
    """

    id: str
    name: str
    staves: int
    measures: tuple[Measure, ...]
    abbreviation: str = ""
    lines: tuple[int, ...] = ()
    tuning: tuple[Pitch, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Something that the scan is not sure of: where it stands, and why.

    Attributes:
        measure: counted from 1 over the whole score.
        symbols: ids of what was seen on the page but is not in the score.
        kind: what may be wrong. "structure" may concern the whole page, "sign" only what stands near the box.
    """

    page: int
    box: Box | None
    message: str
    kind: Literal["rhythm", "confidence", "staff", "structure", "text", "sign"]
    measure: int | None = None
    part: str | None = None
    symbols: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Score:
    """The music of the whole input, and what is doubtful in it.

    Attributes:
        sheets, systems, groups: how the pages are laid out; empty where that is not known.
        heading: all that is printed above the music of the first page, from top to bottom, including title and authors.
        rights: the copyright notice at the foot of the first page that has one.
    """

    source: str
    parts: tuple[Part, ...]
    doubts: tuple[Doubt, ...] = ()
    title: str = ""
    composer: str = ""
    lyricist: str = ""
    arranger: str = ""
    rights: str = ""
    groups: tuple[PartGroup, ...] = ()
    systems: tuple[SystemPlace, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    heading: tuple[HeadingLine, ...] = ()
