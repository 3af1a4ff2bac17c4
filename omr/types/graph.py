"""Staves, systems, and what belongs to what on a page."""

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
"""Farthest from a staff's left end, in staff spaces, that a clef which opens it begins. On 27 pages of engravings and
scans opening clefs begin 0.2 to 1.3 spaces from the end, other clefs from 10.4 on; 6 is far from both."""


@dataclass(frozen=True, eq=False, kw_only=True)
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

    @cached_property
    def space_px(self) -> float:
        """The staff's own mean staff space, in pixels."""
        return float(np.mean(self.lines[4] - self.lines[0]) / 4)

    @cached_property
    def _knots(self) -> list[list[float]]:
        """The five rows at each of the K columns. Notation asks for them thousands of times a page, one column at a
        time, for which lists are faster than arrays."""
        knots: list[list[float]] = self.lines.T.tolist()
        return knots

    def line_rows(self, col: float) -> np.ndarray:
        """Rows (5,) of the lines at a column. Left and right of the traced part its outermost rows are taken."""
        before, after, share = self._beside(col)
        return np.array([a + (b - a) * share for a, b in zip(before, after, strict=True)])

    def outer_rows(self, col: float) -> tuple[float, float]:
        """The first and the last of `line_rows`."""
        before, after, share = self._beside(col)
        return before[0] + (after[0] - before[0]) * share, before[4] + (after[4] - before[4]) * share

    def _beside(self, col: float) -> tuple[list[float], list[float], float]:
        """The rows at the knots before and after a column, and how much of the way between them it lies."""
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
        """Staff position in half spaces, 0 on the middle line, positive upwards (not rounded)."""
        middle, height = self._middle_and_height(col)
        return float((middle - row) / (height / 8))

    def row(self, position: float, col: float) -> float:
        """Inverse of `position`: the row of a staff position at a column."""
        middle, height = self._middle_and_height(col)
        return float(middle - position * height / 8)

    def _middle_and_height(self, col: float) -> tuple[float, float]:
        """The row of the middle line at a column, and the distance of the outer lines."""
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
        """Whether a clef of this staff stands at its beginning, and is no change of clef further on."""
        return clef.box.left < self.left + OPENING_SPACES * self.space_px


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


def keyboard_staves(systems: Iterable[System]) -> frozenset[int]:
    """The indices of the staves that a brace joins in twos, for one player at a keyboard; more are several players'."""
    return frozenset(staff for system in systems for brace in system.braces if len(brace) == 2 for staff in brace)


class StaffKey(NamedTuple):
    """A staff of the input: its page, and its index there."""

    page: int
    staff: int


class StaffInPart(NamedTuple):
    """A staff of the score: the index of its part, and which of the part's staves it is, from 1 at the top."""

    part: int
    staff: int


Places = Mapping[StaffKey, StaffInPart]
"""Which staff of which part every staff of the input is. Staves that are left out (an ossia) have no entry."""


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


@dataclass(frozen=True, slots=True)
class Chord:
    """Noteheads struck together: those on one stem or, without a stem, those in one column of a staff.

    Everything is an id. heads: from top to bottom; a head that two voices share stands in both their chords. stem: a
    stroke, None without one. up: whether the stem points up, None without one. flags: symbols. beams: strokes, the
    outermost first.
    """

    heads: tuple[int, ...]
    stem: int | None = None
    up: bool | None = None
    flags: tuple[int, ...] = ()
    beams: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a person said of a head, a rest, or the first sign of a key or time signature (`omr.review`). It is not
    doubted; what is None was not spoken of.

    steps: by how many staff steps a head stands higher than it was measured. quarters, dots: its printed length without
    dots, in quarters, and its dots. tuplet: (actual, normal) of the tuplet that it is in, (1, 1) for none. group:
    shared by the events of one such tuplet. alike: groups of the same shape further on are read so too. voice: number
    of its voice on its staff, from 1 at the top. onset: when it begins in its measure, in quarters. lyrics: its
    syllables. fifths: the key that a signature says. is_time: whether the time signature holds that is printed here,
    whatever the measures add up to.
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
    """One page's notation: what was found, and what belongs to what.

    `chords` says which heads, stem, flags and beams belong together. The edges "stem", "flag" and "beam" repeat it as
    MuNG's relations; they are read only where `chords` is empty (a graph made by hand or kept by an older version).
    So to correct a kept `graph.json`, change `chords`, or empty it and change the edges. A symbol that was removed
    from `symbols`, or from `staff_of`, need not be removed from `chords`.
    """

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
    chords: tuple[Chord, ...] = ()
    """every chord with a head on a staff"""
    given: dict[int, Given] = field(default_factory=dict)
    """id of a symbol -> what a person said of it"""
    tablature: tuple[TabRow, ...] = ()
    """lines of tablature from the top, which are no staves; found on drawn pages only"""
    exact: bool = False
    """whether its symbols are known for certain, as on drawn pages"""
    rehearsals: tuple[Word, ...] = ()
    """rehearsal marks, which are not among `words`"""
    fretboards: tuple[Fretboard, ...] = ()
    """chord diagrams, from the top; read on drawn pages only"""

    @cached_property
    def space_px(self) -> float:
        """The page's staff space: the mean of its staves', in pixels."""
        return mean_space(self.staves)

    @cached_property
    def symbol_by_id(self) -> Mapping[int, Symbol]:
        return {s.id: s for s in self.symbols}

    def symbol(self, id: int) -> Symbol:
        """The symbol of an id. Raises KeyError if there is none (strokes share the numbering)."""
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
    """The mean staff space of at least one staff, in pixels."""
    return sum(s.space_px for s in staves) / len(staves)
