"""The values that flow between the stages, from pixels to music.

Conventions, written down once:

* Pixels are those of the *normalised* page (`Page.pixels`, staff space `SPACE_PX`), origin at the top left,
  (row, column) order, boxes half-open: a box covers rows top <= r < bottom and columns left <= c < right.
* Musical time is an exact `Fraction` of a quarter note, measured from the start of the measure.
* A staff position counts half spaces: 0 on the middle line, positive upwards (as in DeepScores' `rel_position`).
* Tolerances are multiples of the staff space, never pixels.

Every type but the images turns into plain JSON and back (`omr.plain`).
"""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np

from omr.paper import PartGroup, Sheet, SystemPlace

SPACE_PX = 10.0
"""Staff space (distance between neighbouring staff lines) of a normalised page, in pixels."""

StrokeKind = Literal[
    "staffLine", "ledgerLine", "stem", "beam", "barline", "slur", "tie", "hairpin", "bracket", "text"
]
STROKE_KINDS: tuple[StrokeKind, ...] = typing.get_args(StrokeKind)
"""What is long and thin (and text blocks, which are masked so that words are not taken for symbols)."""


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in page pixels, half-open. Raises ValueError unless it has positive size."""

    top: float
    left: float
    bottom: float
    right: float

    def __post_init__(self) -> None:
        if not (self.top < self.bottom and self.left < self.right):
            raise ValueError(f"empty box {self.top, self.left, self.bottom, self.right}")

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def center(self) -> tuple[float, float]:
        """(row, column) of the centre."""
        return (self.top + self.bottom) / 2, (self.left + self.right) / 2

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        width = min(self.right, other.right) - max(self.left, other.left)
        if height <= 0 or width <= 0:
            return 0.0
        shared = height * width
        return shared / (self.height * self.width + other.height * other.width - shared)

    def union(self, other: Box) -> Box:
        return Box(
            min(self.top, other.top), min(self.left, other.left),
            max(self.bottom, other.bottom), max(self.right, other.right),
        )


@dataclass(frozen=True, eq=False)
class Page:
    """One normalised page.

    pixels: (H, W) uint8, 0 = ink, 255 = paper; light flattened, upright, staff space `SPACE_PX`.
    to_source: (2, 3) float, affine map from normalised (row, col, 1) to the source raster's (row, col); whole
    numbers are the middles of pixels there, where boxes have their edges.
    """

    pixels: np.ndarray
    index: int
    dpi: float
    source: str
    to_source: np.ndarray

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.pixels.dtype != np.uint8:
            raise ValueError(f"page pixels must be (H, W) uint8, not {self.pixels.shape} {self.pixels.dtype}")
        if self.to_source.shape != (2, 3):
            raise ValueError("to_source must be (2, 3)")

    @property
    def source_scale(self) -> float:
        """How many pixels of the source one of the page's is long."""
        return float(np.sqrt(abs(np.linalg.det(self.to_source[:, :2]))))

    def source_box(self, box: Box) -> Box:
        """An upright box of the page in pixels of the source. Place, size and quarter turns follow, skew does not."""
        linear, shift = self.to_source[:, :2], self.to_source[:, 2]
        scale = self.source_scale
        row, col = linear @ (np.array(box.center) - 0.5) + shift + 0.5
        height, width = scale * (np.abs(np.round(linear / scale)) @ (box.height, box.width))
        return Box(row - height / 2, col - width / 2, row + height / 2, col + width / 2)

    def source_stroke(self, stroke: Stroke) -> Stroke:
        """A stroke of the page in pixels of the source."""
        linear, shift = self.to_source[:, :2], self.to_source[:, 2]
        points = (np.array(stroke.points) - 0.5) @ linear.T + shift + 0.5
        return dataclasses.replace(stroke, points=tuple((r, c) for r, c in points.tolist()),
                                   thickness_px=stroke.thickness_px * self.source_scale)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A compact symbol found on the page. No staff and no pitch: those are later inferences."""

    id: int
    name: str
    box: Box
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Stroke:
    """Something long and thin: a polyline of (row, col) points, left to right or top to bottom.

    A beam's polyline is its centre line, `thickness_px` its height. A text block's runs along its middle.
    """

    id: int
    kind: StrokeKind
    points: tuple[tuple[float, float], ...]
    thickness_px: float
    score: float = 1.0

    def __post_init__(self) -> None:
        if len(self.points) < 2:
            raise ValueError("a stroke needs at least two points")

    @property
    def box(self) -> Box:
        """The upright rectangle around the inked stroke."""
        half = max(self.thickness_px, 1.0) / 2
        rows = [p[0] for p in self.points]
        cols = [p[1] for p in self.points]
        return Box(min(rows) - half, min(cols) - half, max(rows) + half, max(cols) + half)


@dataclass(frozen=True, slots=True)
class Word:
    """A word printed on the page, as it was read. score: how sure of it the reader is, 0-1."""

    text: str
    box: Box
    score: float = 1.0


@dataclass(frozen=True, eq=False)
class DetectorMaps:
    """What the network says about one page. All maps share the page's origin.

    energy: (H/s, W/s) float32 0-1, the expected watershed energy; s = `stride`.
    class_prob: (H/cs, W/cs, C) float32, softmax over the vocabulary; cs = `class_stride`.
    box_size: (H/s, W/s, 4) float32: offset of the object's centre from the cell's centre (rows, cols), in
        staff spaces, then the natural logs of its height and width in staff spaces.
    strokes: (H/s, W/s, K) float32 0-1, one channel a kind of `STROKE_KINDS`.
    """

    energy: np.ndarray
    class_prob: np.ndarray
    box_size: np.ndarray
    strokes: np.ndarray
    stride: int = 2
    class_stride: int = 4


@dataclass(frozen=True, eq=False)
class Staff:
    """Five traced lines. Scans bend, so each line is a row for every one of K columns.

    lines: (5, K) float, rows of the lines from top to bottom at `np.linspace(left, right, K)`.
    index counts staves from the top of the page, system counts systems.
    line_count: how many of the lines are printed. A percussion staff may have one: the middle one, about which the
    other four are only thought.
    """

    index: int
    system: int
    left: float
    right: float
    lines: np.ndarray
    line_count: int = 5

    def __post_init__(self) -> None:
        if self.lines.ndim != 2 or self.lines.shape[0] != 5 or self.lines.shape[1] < 2:
            raise ValueError(f"staff lines must be (5, K >= 2), not {self.lines.shape}")

    @property
    def space_px(self) -> float:
        """The staff's own mean staff space, in pixels."""
        return float(np.mean(self.lines[4] - self.lines[0]) / 4)

    def line_rows(self, col: float) -> np.ndarray:
        """Rows (5,) of the lines at a column; beyond the ends the outermost traced rows hold."""
        x = (col - self.left) / (self.right - self.left) * (self.lines.shape[1] - 1)
        x = min(max(x, 0.0), self.lines.shape[1] - 1.0)
        i = min(int(x), self.lines.shape[1] - 2)
        return self.lines[:, i] + (self.lines[:, i + 1] - self.lines[:, i]) * (x - i)

    def position(self, row: float, col: float) -> float:
        """Staff position in half spaces, 0 on the middle line, positive upwards (not rounded)."""
        rows = self.line_rows(col)
        return float((rows[2] - row) / ((rows[4] - rows[0]) / 8))

    def row(self, position: float, col: float) -> float:
        """Inverse of `position`: the row of a staff position at a column."""
        rows = self.line_rows(col)
        return float(rows[2] - position * (rows[4] - rows[0]) / 8)

    @property
    def box(self) -> Box:
        return Box(float(self.lines[0].min()), self.left, float(self.lines[4].max()), self.right)


@dataclass(frozen=True)
class System:
    """Staves played together: their indices from top to bottom, and what joins them.

    braces: runs of staff indices, one tuple a brace (a piano's two staves are one part).
    brackets: the same of square brackets, which group parts (a choir, a quartet).
    through: staves whose bar lines run on into the next one.
    """

    index: int
    staves: tuple[int, ...]
    braces: tuple[tuple[int, ...], ...] = ()
    brackets: tuple[tuple[int, ...], ...] = ()
    through: tuple[int, ...] = ()


EdgeKind = Literal[
    "stem", "flag", "beam", "accidental", "dot", "articulation", "ledger", "tie", "slur", "tuplet", "grace",
    "key", "time", "ornament", "fermata", "arpeggio", "tremolo", "repeat", "dynamic", "fingering",
]
EDGE_KINDS: tuple[EdgeKind, ...] = typing.get_args(EdgeKind)


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation of notation (MuNG's direction): parent has child. Ids are those of symbols and strokes,
    which share one numbering on a page."""

    parent: int
    child: int
    kind: EdgeKind


@dataclass(frozen=True, eq=False)
class NotationGraph:
    """One page's notation: what was found, and what belongs to what."""

    page: int
    staves: tuple[Staff, ...]
    systems: tuple[System, ...]
    symbols: tuple[Symbol, ...]
    strokes: tuple[Stroke, ...]
    edges: tuple[Edge, ...]
    staff_of: dict[int, int] = field(default_factory=dict)
    """symbol or stroke id -> staff index, for all that belongs to one staff"""
    sheet: Sheet | None = None
    words: tuple[Word, ...] = ()
    names: dict[int, str] = field(default_factory=dict)
    """staff index -> what is printed left of it, the name of its part or an abbreviation, where that was read"""


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


NoteType = Literal["breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th"]


NoteHead = Literal["", "x", "diamond", "cross", "slash"]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Lyric:
    """A syllable under a note. verse counts from 1; syllabic: where in its word it stands; score as `Word.score`."""

    verse: int
    text: str
    syllabic: Literal["single", "begin", "middle", "end"] = "single"
    score: float = 1.0


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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
    """sign G, F or C on `line` (1 = bottom); octave_change -1, 0 or 1; from `onset_quarter` on `staff`."""

    staff: int
    onset_quarter: Fraction
    sign: Literal["G", "F", "C", "percussion"]
    line: int
    octave_change: int = 0


@dataclass(frozen=True)
class Direction:
    """Something written at a time that is neither note nor rest: kind "dynamics" (text "pp", "mf", ...), "words",
    "metronome" (text "quarter.=60"), "harmony" (a chord symbol as printed), "wedge-crescendo", "wedge-diminuendo",
    "wedge-stop", "pedal-start", "pedal-stop", "octave-start" (text "8va", "8vb", ...), "octave-stop", "segno", "coda".
    Stops name the time up to which their line reaches."""

    staff: int
    onset_quarter: Fraction
    kind: str
    text: str = ""
    placement: Literal["", "above", "below"] = ""


@dataclass(frozen=True)
class Measure:
    """One measure of one part. Staves count from 1 at the top within the part.

    duration_quarter: what the time signature says (or, in a pickup, what is there).
    fifths and time are set where a signature stands at the measure's start, else None.
    number: as printed programs count: an upbeat is 0, the second half of a bar that a repeat cuts has the number of the
    first; both are `pickup`, which is not counted.
    left, right: barline style, "regular", "double", "final", "repeat-start" (left), "repeat-end" (right).
    ending_start: volta numbers that start here; ending_stop: a volta ends here, ending_open: without a hook down.
    box: where it stands, on page `page` (pixels of that page).
    long_rest: the first of so many measures that are printed as one rest with a number.
    """

    number: int
    duration_quarter: Fraction
    notes: tuple[Note, ...] = ()
    rests: tuple[Rest, ...] = ()
    clefs: tuple[Clef, ...] = ()
    directions: tuple[Direction, ...] = ()
    fifths: int | None = None
    time: tuple[int, int] | None = None
    time_symbol: Literal["common", "cut"] | None = None
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


@dataclass(frozen=True)
class Part:
    """One instrument: one staff, or two joined by a brace. All parts of a score have equally many measures.

    name, abbreviation: as printed, "" where none was read. lines: of each staff, where they are not all five.
    """

    id: str
    name: str
    staves: int
    measures: tuple[Measure, ...]
    abbreviation: str = ""
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Doubt:
    """Something the scan is not sure of: where it stands and why. measure counts from 1 over the score."""

    page: int
    box: Box | None
    message: str
    kind: Literal["rhythm", "confidence", "staff", "structure", "text"]
    measure: int | None = None
    part: str | None = None


@dataclass(frozen=True)
class Score:
    """The music of the whole input, and what is doubtful in it.

    sheets, systems, groups: how the pages are laid out; empty where nobody knows.
    """

    source: str
    parts: tuple[Part, ...]
    doubts: tuple[Doubt, ...] = ()
    title: str = ""
    composer: str = ""
    lyricist: str = ""
    groups: tuple[PartGroup, ...] = ()
    systems: tuple[SystemPlace, ...] = ()
    sheets: tuple[Sheet, ...] = ()
