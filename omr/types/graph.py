"""Staves, systems, and the notation graph: what belongs to what on a page."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from omr.types.fretboard import Fretboard
from omr.types.page import Box, Stroke, Symbol, Word
from omr.types.paper import Sheet
from omr.types.score import Lyric
from omr.types.tablature import TabRow

OPENING_SPACES = 6.0
"""A clef opens a staff if it begins within this distance of the staff's left end, in staff spaces. On 27 pages of
engravings and scans, opening clefs begin 0.2 to 1.3 spaces from the end, and other clefs from 10.4 spaces on."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Staff:
    """A staff: five traced lines. Staff lines on scans are bent, so each line is given by its row at each of K columns.

    index: counts staves from the top of the page.
    system: index of its system.
    lines: (5, K) float: the rows of the lines, from top to bottom, at the columns `np.linspace(left, right, K)`.
    line_count: how many of the lines are printed. A percussion staff may have one, the middle line. The other four are
        then imagined.
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

    @cached_property
    def space_px(self) -> float:
        """The mean staff space of this staff, in pixels."""
        return float(np.mean(self.lines[4] - self.lines[0]) / 4)

    @cached_property
    def _knots(self) -> list[list[float]]:
        """The rows of the five lines at each of the K columns. They are needed thousands of times for a page, one
        column at a time, and lists are faster than arrays for that."""
        knots: list[list[float]] = self.lines.T.tolist()
        return knots

    def line_rows(self, col: float) -> np.ndarray:
        """Rows (5,) of the lines at a column. Beyond the staff's ends, the rows at its ends are used."""
        before, after, share = self._beside(col)
        return np.array([a + (b - a) * share for a, b in zip(before, after, strict=True)])

    def outer_rows(self, col: float) -> tuple[float, float]:
        """The rows of the top and the bottom line at a column."""
        before, after, share = self._beside(col)
        return before[0] + (after[0] - before[0]) * share, before[4] + (after[4] - before[4]) * share

    def _beside(self, col: float) -> tuple[list[float], list[float], float]:
        """The rows at the traced columns before and after a column, and how far between them (0-1) it lies."""
        knots = self._knots
        last = len(knots) - 1
        x = float((col - self.left) / (self.right - self.left) * last)
        if x <= 0.0:
            return knots[0], knots[1], 0.0
        if x >= last:
            return knots[last - 1], knots[last], 1.0
        i = int(x)
        return knots[i], knots[i + 1], x - i

    def position(self, row: float, col: float) -> float:
        """Staff position of a point, in half spaces: 0 on the middle line, positive upwards. It is not rounded."""
        middle, height = self._middle_and_height(col)
        return float((middle - row) / (height / 8))

    def row(self, position: float, col: float) -> float:
        """The inverse of `position`: the row of a staff position at a column."""
        middle, height = self._middle_and_height(col)
        return float(middle - position * height / 8)

    def _middle_and_height(self, col: float) -> tuple[float, float]:
        """The row of the middle line at a column, and the distance between the outer lines."""
        before, after, share = self._beside(col)
        top, middle, bottom = before[0], before[2], before[4]
        top += (after[0] - top) * share
        middle += (after[2] - middle) * share
        bottom += (after[4] - bottom) * share
        return middle, bottom - top

    @property
    def box(self) -> Box:
        """The upright rectangle around the five lines."""
        return Box(float(self.lines[0].min()), self.left, float(self.lines[4].max()), self.right)

    def is_opened_by(self, clef: Symbol) -> bool:
        """Whether a clef on this staff stands at its beginning, and not further on, as a change of clef."""
        return clef.box.left < self.left + OPENING_SPACES * self.space_px


@dataclass(frozen=True)
class System:
    """Staves that are played together: their indices from top to bottom, and what joins them.

    braces: one tuple of staff indices for each brace. The two staves of a piano are one part.
    brackets: the same for square brackets, which group parts (a choir, a quartet).
    through: staves whose barlines run on into the staff below.
    """

    index: int
    staves: tuple[int, ...]
    braces: tuple[tuple[int, ...], ...] = ()
    brackets: tuple[tuple[int, ...], ...] = ()
    through: tuple[int, ...] = ()


def keyboard_staves(systems: Iterable[System]) -> frozenset[int]:
    """The indices of staves that a brace joins in pairs, which one player at a keyboard plays. A brace over more staves
    joins several players."""
    return frozenset(staff for system in systems for brace in system.braces if len(brace) == 2 for staff in brace)


class StaffKey(NamedTuple):
    """A staff of the input: its page, and its index on that page."""

    page: int
    staff: int


class StaffInPart(NamedTuple):
    """A staff of the score: the index of its part, and its number within the part, from 1 at the top."""

    part: int
    staff: int


Places = Mapping[StaffKey, StaffInPart]
"""For every staff of the input, which staff of which part it is. Staves that are left out (ossias) have no entry."""


EdgeKind = Literal[
    "stem", "flag", "beam", "accidental", "dot", "articulation", "ledger", "tie", "slur", "tuplet", "grace",
    "key", "time", "ornament", "fermata", "arpeggio", "tremolo", "repeat", "dynamic", "fingering",
]
EDGE_KINDS: tuple[EdgeKind, ...] = typing.get_args(EdgeKind)


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation between two things: the parent has the child (the direction is that of MuNG, the music notation graph
    of MUSCIMA++). Ids are those of symbols and strokes, which share one numbering on a page."""

    parent: int
    child: int
    kind: EdgeKind


@dataclass(frozen=True, slots=True)
class Chord:
    """Noteheads that are struck together: those on one stem, or, without a stem, those in one column of a staff.

    All fields but `up` are ids.

    heads: from top to bottom. A head that two voices share stands in both of their chords.
    stem: a stroke; None if there is no stem.
    up: whether the stem points up; None if there is no stem.
    flags: symbols.
    beams: strokes, the outermost first.
    """

    heads: tuple[int, ...]
    stem: int | None = None
    up: bool | None = None
    flags: tuple[int, ...] = ()
    beams: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a person said, in `omr review`, about a head, a rest, or the first sign of a key or time signature. It is
    not doubted. Fields that are None were not spoken of.

    steps: how many staff steps higher a head stands than it was measured.
    quarters, dots: its printed length in quarters, without dots, and the number of its dots.
    tuplet: (actual, normal) of its tuplet, (1, 1) for none.
    group: the same for all events of one such tuplet.
    alike: whether later groups of the same shape are read in the same way.
    voice: number of its voice on its staff, from 1 at the top.
    onset: when it begins in its measure, in quarters.
    lyrics: its syllables.
    fifths: the key that a key signature means.
    is_time: whether a time signature holds as it is printed, whatever the measures add up to.
    """

    steps: int = 0
    quarters: Fraction | None = None
    dots: int | None = None
    tuplet: tuple[int, int] | None = None
    group: int | None = None
    alike: bool | None = None
    voice: int | None = None
    onset: Fraction | None = None
    lyrics: tuple[Lyric, ...] | None = None
    fifths: int | None = None
    is_time: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class NotationGraph:
    """The notation of one page: what was found, and what belongs to what.

    `chords` says which heads, stem, flags and beams belong together. Edges of the kinds "stem", "flag" and "beam" say
    the same as relations of MuNG. They are used only if `chords` is empty (in a graph made by hand, or kept by an older
    version). So to correct a kept `graph.json`, change `chords`, or empty it and change the edges. A symbol that was
    removed from `symbols`, or from `staff_of`, need not be removed from `chords`.
    """

    page: int
    staves: tuple[Staff, ...]
    systems: tuple[System, ...]
    symbols: tuple[Symbol, ...]
    strokes: tuple[Stroke, ...]
    edges: tuple[Edge, ...]
    staff_of: dict[int, int] = field(default_factory=dict)
    """symbol or stroke id -> staff index, for everything that belongs to one staff"""
    sheet: Sheet | None = None
    words: tuple[Word, ...] = ()
    names: dict[int, str] = field(default_factory=dict)
    """staff index -> the text left of the staff (name of the part or an abbreviation), where one was read"""
    chords: tuple[Chord, ...] = ()
    """all chords that have a head on a staff"""
    given: dict[int, Given] = field(default_factory=dict)
    """symbol id -> what a person said about the symbol"""
    tablature: tuple[TabRow, ...] = ()
    """systems of tablature from the top, which are not among the staves; only drawn pages have them"""
    exact: bool = False
    """whether the symbols are known for certain, as on drawn pages"""
    rehearsals: tuple[Word, ...] = ()
    """rehearsal marks, which are not among `words`"""
    fretboards: tuple[Fretboard, ...] = ()
    """chord diagrams from the top; only drawn pages have them"""

    @cached_property
    def space_px(self) -> float:
        """The staff space of the page: the mean over its staves, in pixels."""
        return mean_space(self.staves)

    @cached_property
    def symbol_by_id(self) -> Mapping[int, Symbol]:
        return {s.id: s for s in self.symbols}

    def symbol(self, id: int) -> Symbol:
        """The symbol with an id. Raises KeyError if there is none (the id may be that of a stroke)."""
        return self.symbol_by_id[id]

    def on_staff(self, index: int) -> list[Symbol]:
        """The symbols that belong to a staff, in the order of `symbols`."""
        return self._on_staves.get(index, [])[:]

    @cached_property
    def _on_staves(self) -> Mapping[int | None, list[Symbol]]:
        found: dict[int | None, list[Symbol]] = {}
        for symbol in self.symbols:
            found.setdefault(self.staff_of.get(symbol.id), []).append(symbol)
        return found


def mean_space(staves: Sequence[Staff]) -> float:
    """The mean staff space of one or more staves, in pixels."""
    return sum(s.space_px for s in staves) / len(staves)
