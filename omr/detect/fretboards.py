"""Chord diagrams on a drawn page: a grid of strings and frets, dots for the fingers, signs for open and muted strings,
and the number of a fret.

The grids are found before staves are. Otherwise five fret lines, as LilyPond draws them, would be taken for a staff.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from omr.detect.glyphs import Letter
from omr.detect.outlines import bounds
from omr.detect.pieces import Curve, Line, Pieces, Shape
from omr.page.vectors import Edges
from omr.types import Box, Fretboard, FretboardNote
from omr.types.table import table


@table
class FretboardLimits:
    """Lengths are in distances of two strings or two frets, unless said otherwise. Based on diagrams of MuseScore 3 and
    LilyPond."""

    strings: tuple[int, int] = (4, 7)
    """Fewest and most strings: a ukulele has four, some guitars seven."""
    frets: tuple[int, int] = (4, 9)
    """Fewest and most fret lines."""
    width: float = 0.14
    """Greatest width of a grid, as a part of the page's."""
    even: float = 0.12
    """Greatest deviation of the distance of two lines from the mean, as a part of it. The first fret line is often
    thick, which moves its middle."""
    end: float = 0.3
    """Greatest distance between the ends of lines that begin in one row or column."""
    dot: tuple[float, float] = (0.3, 1.15)
    """Least and greatest width and height of a dot."""
    on_string: float = 0.35
    """Greatest distance of a dot, or of a sign above the grid, from its string. For signs, half as much again is
    allowed."""
    over: float = 2.0
    """How far above the grid the signs for open and muted strings may be."""
    beside: float = 3.0
    """How far beside the grid the number of a fret may begin or end."""
    number: float = 0.75
    """How far below the upper line of its row the middle of a fret number is: 0.5 in MuseScore, 1 in LilyPond."""
    open_row: float = 0.25
    """A row of frets that is open at the bottom counts if at most this part of it is missing."""
    covers: float = 0.8
    """Least width of a bar over several strings."""


T = FretboardLimits()
MUTED, OPEN = tuple("xX×✕✖"), tuple("oO0○◦")
"""Signs above strings that are not played, and above those that are played without a finger."""
_NUMBER = re.compile(r"(\d{1,2})\.?(?:fr?|th|st|nd|rd)?\.?", re.IGNORECASE)
_ROMAN = re.compile(r"(x{0,2})(ix|iv|v?i{0,3})", re.IGNORECASE)
"""How the first fret is numbered: "5", "5fr.", "vii"."""
_ROMAN_VALUE = {"i": 1, "v": 5, "x": 10}


@dataclass(frozen=True)
class Grid:
    """A grid, in points or pixels.

    columns: of its strings, from the left.
    rows: of its fret lines, from the top.
    bottom: where its strings end.
    dots: middles (x, y) of the dots.
    bars: edges of bars over several strings.
    """

    columns: tuple[float, ...]
    rows: tuple[float, ...]
    bottom: float
    dots: tuple[tuple[float, float], ...]
    bars: tuple[Edges, ...]

    @property
    def string_gap(self) -> float:
        """Distance between two strings."""
        return (self.columns[-1] - self.columns[0]) / (len(self.columns) - 1)

    @property
    def fret_gap(self) -> float:
        """Distance between two frets."""
        return (self.rows[-1] - self.rows[0]) / (len(self.rows) - 1)

    @property
    def edges(self) -> Edges:
        """(left, top, right, bottom)."""
        return self.columns[0], self.rows[0], self.columns[-1], self.bottom

    def scaled(self, scale: float) -> Grid:
        """The same grid in other units."""
        return Grid(tuple(x * scale for x in self.columns), tuple(y * scale for y in self.rows), self.bottom * scale,
                    tuple((x * scale, y * scale) for x, y in self.dots),
                    tuple((a * scale, b * scale, c * scale, d * scale) for a, b, c, d in self.bars))


def find_grids(pieces: Pieces, width: float) -> tuple[list[Grid], Pieces]:
    """The grids of a page of this width, and the page's pieces without them. All in points."""
    level = sorted((line for line in pieces.lines if not line.is_upright and line.is_level
                    and 2 * line.thickness < line.length < T.width * width), key=lambda line: line.a[1])
    upright = [line for line in pieces.lines if line.is_upright and line.length < T.width * width]
    grids: list[Grid] = []
    used: set[int] = set()
    for column in _columns(level):
        for run in _even_runs(column):
            strings = _strings(run, upright)
            if strings:
                grid, parts = _filled(run, strings, pieces)
                grids.append(grid)
                used |= {id(part) for part in (*run, *strings, *parts)}
    return grids, replace(pieces, lines=tuple(line for line in pieces.lines if id(line) not in used),
                          shapes=tuple(shape for shape in pieces.shapes if id(shape) not in used),
                          curves=tuple(curve for curve in pieces.curves if id(curve) not in used))


def _columns(level: Sequence[Line]) -> Iterator[list[Line]]:
    """Level lines, from the top, that begin in one column and end in one column."""
    columns: list[list[Line]] = []
    for line in level:
        near = T.end * line.length / T.strings[1]
        for column in columns:
            if abs(column[0].a[0] - line.a[0]) < near and abs(column[0].b[0] - line.b[0]) < near:
                column.append(line)
                break
        else:
            columns.append([line])
    yield from (column for column in columns if len(column) >= T.frets[0])


def _even_runs(column: Sequence[Line]) -> Iterator[list[Line]]:
    """Runs of lines in a column at even distances. Other lines in between, such as the bar of a finger, are left out.
    The first line of a run may be thick, so the distance is measured from one of the two lines after it."""
    start = 0
    while start + T.frets[0] <= len(column):
        runs = []
        for first in range(start + 1, min(start + 3, len(column))):
            for second in range(first + 1, min(first + 3, len(column))):
                gap = column[second].a[1] - column[first].a[1]
                run = [column[start]]
                for line in column[start + 1:]:
                    if abs(line.a[1] - run[-1].a[1] - gap) < 2 * T.even * gap:
                        run.append(line)
                runs.append(run)
        longest = max(runs, key=len)
        if T.frets[0] <= len(longest) <= T.frets[1]:
            yield longest
            start = next(i for i, line in enumerate(column) if line is longest[-1])
        start += 1


def _strings(run: Sequence[Line], upright: Sequence[Line]) -> list[Line]:
    """The vertical lines that make a grid together with level ones, from the left. Empty if they are too few or
    uneven."""
    left, right, top, bottom = run[0].a[0], run[0].b[0], run[0].a[1], run[-1].a[1]
    near = T.end * (bottom - top) / (len(run) - 1)
    own = sorted((line for line in upright if left - near < line.a[0] < right + near
                  and abs(line.a[1] - top) < near and line.b[1] > bottom - near
                  and line.b[1] < bottom + 2 * near / T.end), key=lambda line: line.a[0])
    if not T.strings[0] <= len(own) <= T.strings[1]:
        return []
    gap = (own[-1].a[0] - own[0].a[0]) / (len(own) - 1)
    is_even = all(abs(b.a[0] - a.a[0] - gap) < T.even * gap for a, b in zip(own, own[1:], strict=False))
    spans = abs(own[0].a[0] - left) < T.end * gap and abs(own[-1].a[0] - right) < T.end * gap
    return own if is_even and spans else []


def _filled(run: Sequence[Line], strings: Sequence[Line], pieces: Pieces) -> tuple[Grid, list[Line | Shape | Curve]]:
    """A grid with its dots and bars, and the pieces with which these are drawn."""
    grid = Grid(tuple(line.a[0] for line in strings), tuple(line.a[1] for line in run),
                max(line.b[1] for line in strings), (), ())
    gap = min(grid.string_gap, grid.fret_gap)
    dots: list[tuple[float, float]] = []
    bars: list[Edges] = []
    parts: list[Line | Shape | Curve] = []
    grid_lines = {id(line) for line in (*run, *strings)}
    others: list[Line | Shape | Curve] = [*pieces.shapes, *pieces.curves]
    others += [line for line in pieces.lines if id(line) not in grid_lines]
    for piece in others:
        edges = _edges(piece)
        x, y = (edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2
        inside = grid.columns[0] - gap / 2 < x < grid.columns[-1] + gap / 2 and grid.rows[0] < y < grid.bottom
        width, height = (edges[2] - edges[0]) / gap, (edges[3] - edges[1]) / gap
        if not inside or height > T.dot[1]:
            continue
        if T.dot[0] < width < T.dot[1] and T.dot[0] < height:
            dots.append((x, y))
        elif width > T.covers:
            bars.append(edges)
        else:
            continue
        parts.append(piece)
    return replace(grid, dots=tuple(dots), bars=tuple(bars)), parts


def _edges(piece: Line | Shape | Curve) -> Edges:
    if isinstance(piece, Shape):
        return piece.edges
    half = piece.thickness / 2
    left, top, right, bottom = bounds([piece.points]) if isinstance(piece, Curve) else (
        min(piece.a[0], piece.b[0]), min(piece.a[1], piece.b[1]),
        max(piece.a[0], piece.b[0]), max(piece.a[1], piece.b[1]))
    return left - half, top - half, right + half, bottom + half


# ---- what grids say ----------------------------------------------------------------------------------------------


def read_fretboards(grids: Sequence[Grid], letters: Sequence[Letter]) -> tuple[list[Fretboard], set[int]]:
    """What the grids of a page say, from the top, with the letters above and beside them, in pixels. Also the `id`s of
    these letters."""
    used: set[int] = set()
    boards = []
    for grid in sorted(grids, key=lambda grid: (grid.rows[0], grid.columns[0])):
        signs: dict[int, str] = {}
        for letter in letters:
            place = _string_under(grid, letter)
            if place is not None and (not letter.text.strip() or letter.text in (*MUTED, *OPEN)):
                used.add(id(letter))
                signs[place] = letter.text
        number, row, own = _first_fret(grid, letters)
        used |= own
        boards.append(_board(grid, signs, max(number - row, 1)))
    return boards, used


def _string_under(grid: Grid, letter: Letter) -> int | None:
    """The index, from the left, of the string below a sign over a grid."""
    x, y = (letter.edges[0] + letter.edges[2]) / 2, (letter.edges[1] + letter.edges[3]) / 2
    place = min(range(len(grid.columns)), key=lambda i: abs(grid.columns[i] - x))
    is_over = grid.rows[0] - T.over * grid.fret_gap < y < grid.rows[0] and letter.edges[3] - letter.edges[1] < (
        T.dot[1] * max(grid.fret_gap, grid.string_gap))
    return place if is_over and abs(grid.columns[place] - x) < 1.5 * T.on_string * grid.string_gap else None


def _first_fret(grid: Grid, letters: Sequence[Letter]) -> tuple[int, int, set[int]]:
    """(number of a fret beside a grid, its row from 0, the `id`s of its letters). Without a number (1, 0, none)."""
    reach = T.beside * grid.string_gap
    beside = [letter for letter in letters if letter.text.strip()
              and grid.rows[0] - grid.fret_gap / 2 < (letter.edges[1] + letter.edges[3]) / 2 < grid.bottom
              and letter.edges[3] - letter.edges[1] < 2 * grid.fret_gap]
    for side in ([le for le in beside if grid.columns[-1] < le.edges[0] < grid.columns[-1] + reach],
                 [le for le in beside if grid.columns[0] - reach < le.edges[2] < grid.columns[0]]):
        word = sorted(side, key=lambda letter: letter.edges[0])
        number = _number("".join(letter.text for letter in word))
        if number:
            y = sum((letter.edges[1] + letter.edges[3]) / 2 for letter in word) / len(word)
            return number, max(round((y - grid.rows[0]) / grid.fret_gap - T.number), 0), {id(letter) for letter in word}
    return 1, 0, set()


def _number(text: str) -> int:
    """The number of a fret; 0 if a text is none."""
    found = _NUMBER.fullmatch(text)
    if found is not None:
        return int(found[1])
    if not text or _ROMAN.fullmatch(text) is None:
        return 0
    values = [_ROMAN_VALUE[letter] for letter in text.lower()]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


def _board(grid: Grid, signs: dict[int, str], first: int) -> Fretboard:
    """What a grid says. signs: the signs over its strings, by the index of the string from the left."""
    count = len(grid.columns)
    frets: dict[int, int] = {}
    for x, y in grid.dots:
        place = min(range(count), key=lambda i: abs(grid.columns[i] - x))
        if abs(grid.columns[place] - x) < T.on_string * grid.string_gap:
            fret = first + int((y - grid.rows[0]) / grid.fret_gap)
            frets[place] = max(frets.get(place, 0), fret)
    barres: dict[int, Literal["", "start", "stop"]] = {}
    for left, top, right, bottom in grid.bars:
        held = [i for i in range(count) if left - grid.string_gap / 2 < grid.columns[i] < right + grid.string_gap / 2]
        fret = first + int(((top + bottom) / 2 - grid.rows[0]) / grid.fret_gap)
        for i in held:
            if frets.get(i, 0) < fret and signs.get(i, "") not in MUTED:
                frets[i] = fret
        ends = [i for i in held if frets.get(i) == fret]
        if len(ends) > 1:
            barres |= {ends[0]: "start", ends[-1]: "stop"}
    frets |= {i: 0 for i, sign in signs.items() if sign in OPEN and i not in frets}
    notes = tuple(FretboardNote(count - i, fret, barres.get(i, "")) for i, fret in sorted(frets.items()))
    left, top, right, bottom = grid.edges
    rows = max(int((grid.bottom - grid.rows[0]) / grid.fret_gap + T.open_row), 1)
    return Fretboard(Box(top, left, bottom, right), count, rows, first, notes)
