"""The music: notes, measures, parts, and what is doubtful in it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from omr.types.fretboard import Fretboard
from omr.types.page import Box
from omr.types.paper import HeadingLine, PartGroup, Sheet, SystemPlace


@dataclass(frozen=True, slots=True)
class Pitch:
    """A written pitch at sounding octave: step A-G, octave 4 has middle C, alter in semitones (quarter tones too)."""

    step: str
    octave: int
    alter: float = 0

    def __post_init__(self) -> None:
        if self.step not in "CDEFGAB" or len(self.step) != 1:
            raise ValueError(f"no step {self.step!r}")

    @property
    def midi(self) -> float:
        """Key number, 60 for middle C; quarter tones in halves."""
        semitones = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
        return 12 * (self.octave + 1) + semitones[self.step] + self.alter


NoteType = Literal["long", "breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th"]


NoteHead = Literal["", "x", "diamond", "cross", "slash"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A mark on one note or rest, by its MusicXML element: staccato, fermata, trill-mark, fingering, tremolo, ...

    placement: where it stands, "" where nobody asks. value: a fingering's digit, a tremolo's number of strokes.
    accidental_above, accidental_below: signs at an ornament, as `Note.accidental`. group: shared by the marks of one
    arpeggio over two staves, or of a tremolo's two notes, the second of which has `stop`.
    """

    name: str
    placement: Literal["", "above", "below"] = ""
    value: int = 0
    accidental_above: str = ""
    accidental_below: str = ""
    group: int | None = None
    stop: bool = False
    shape: Literal["", "angled", "square"] = ""
    """of a fermata: a short one is angled, a long one square"""


ELISION = "\N{UNDERTIE}"
"""Stands between two syllables that are sung on one note, where a sign joins them in print."""


@dataclass(frozen=True, slots=True)
class Lyric:
    """A syllable under a note, or several with a space or `ELISION` between them. verse counts from 1; syllabic: where
    in its word it stands; score as `Word.score`."""

    verse: int
    text: str
    syllabic: Literal["single", "begin", "middle", "end"] = "single"
    score: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Note:
    """One notehead. Notes of equal staff, voice and onset (and `grace_place`) are one chord.

    duration_quarter is what sounds (dots and tuplets applied); 0 for a grace note.
    beams: one of "begin", "continue", "end", "forward hook", "backward hook" a beam level, outermost first.
    tuplet: (actual, normal), for example (3, 2). symbol_ids: what it was read from, on page `Measure.page`.
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
    """the accidental shown: sharp, flat, natural, double-sharp, flat-flat; None if none is printed"""
    cautionary: bool = False
    """the accidental stands in parentheses"""
    marks: tuple[Mark, ...] = ()
    score: float = 1.0
    symbol_ids: tuple[int, ...] = ()
    grace_place: int = 0
    """place among the grace chords before one note, from the left"""
    lyrics: tuple[Lyric, ...] = ()
    """a chord's stand on one of its notes"""
    slash: bool = False
    """a grace note with a stroke through its stem"""
    head: NoteHead = ""
    """its shape, "" for the usual one"""


@dataclass(frozen=True, kw_only=True)
class Rest:
    """A rest; `measure_rest` is the centred whole rest that fills any measure."""

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
    """sign G, F or C on `line` (1 = bottom); octave_change -1, 0 or 1; from `onset_quarter` on `staff`. "TAB" opens
    tablature."""

    staff: int
    onset_quarter: Fraction
    sign: Literal["G", "F", "C", "percussion", "TAB"]
    line: int
    octave_change: int = 0


@dataclass(frozen=True)
class Direction:
    """Something written at a time that is neither note nor rest: kind "dynamics" (text "pp", "mf", ...), "words",
    "metronome" (text "quarter.=60"), "rehearsal" (a mark's letter or number), "harmony" (a chord symbol as printed),
    "wedge-crescendo", "wedge-diminuendo", "wedge-stop", "pedal-start", "pedal-stop", "octave-start" (text "8va", "8vb",
    ...), "octave-stop", "segno", "coda". Stops name the time up to which their line reaches. diagram: of a chord
    symbol."""

    staff: int
    onset_quarter: Fraction
    kind: str
    text: str = ""
    placement: Literal["", "above", "below"] = ""
    diagram: Fretboard | None = None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure of one part. Staves count from 1 at the top within the part.

    duration_quarter: what the time signature says (or, in a pickup, what is there).
    fifths and time are set where a signature stands at the measure's start, else None.
    number: as printed programs count: an upbeat is 0, the second half of a bar that a repeat cuts has the number of the
    first; both are `pickup`, which is not counted.
    time_symbol: how the time is printed, if not as two numbers: "common", "cut", or with a sum of beats, as "3+2".
    left, right: barline style, "regular", "double", "final", "repeat-start" (left), "repeat-end" (right).
    ending_start: volta numbers that start here; ending_stop: a volta ends here, ending_open: without a hook down.
    box: where it stands, on page `page` (pixels of that page).
    long_rest: the first of so many measures that are printed as one rest with a number.
    confidence: the probability, 0 to 1, that every note and rest of it is read right; None in music that was not read
    from a page.
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
    """One instrument: one staff, or two joined by a brace. All parts of a score have equally many measures.

    name, abbreviation: as printed, "" where none was read. lines: of each staff, where they are not all five. tuning:
    of a part that is tablature, its open strings from the lowest line; its notes bear the marks "string" and "fret".
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
    """Something the scan is not sure of: where it stands and why.

    measure counts from 1 over the score. symbols: ids of what was seen on the page but is left out of the score. kind:
    what may be wrong; "structure" may concern the whole page, "sign" only what stands near its box.
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

    sheets, systems, groups: how the pages are laid out; empty where nobody knows. heading: all that is printed over
    the music on the first page, title and authors too, from top to bottom. rights: who has them, as it
    says at the foot of the first page that says so.
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
