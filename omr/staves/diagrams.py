"""Finds chord diagrams: grids of strings and frets, with dots for the fingers, printed over a staff.

They are not read from scans. But the network takes a row of them for a staff, and their dots for noteheads. So they are
found by their ink, before the staves are, and erased from the network's maps. A diagram is a grid that stands alone:
its ink touches nothing else. The bars of a staff touch their neighbours, however narrow they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from omr.types import SPACE_PX, Box, DetectorMaps, Symbol
from omr.types.table import table


@table
class DiagramTolerances:
    """Lengths are in staff spaces. The sizes are those of LilyPond's and MuseScore's diagrams (3 to 5 staff spaces
    wide, 3 to 6 high), with some room to spare."""

    contrast: int = 18
    """Least difference, in grey levels, between ink and the mean of its surroundings, as for staff lines."""
    contrast_reach: float = 1.0
    """How far up, down and to the sides this mean is taken."""
    width: tuple[float, float] = (1.5, 8.0)
    """Least and greatest width of a diagram."""
    height: tuple[float, float] = (1.5, 9.0)
    """Least and greatest height of a diagram."""
    lines: tuple[int, int] = (4, 7)
    """Fewest and most strings, and also fewest and most fret lines. A ukulele has four strings, some guitars have
    seven. Four fret lines (three frets) are the fewest that are drawn."""
    inked: float = 0.8
    """Least share of a line's length that is inked."""
    uneven: float = 1.7
    """The greatest distance between neighbouring lines is less than this many times the least. The first fret is often
    drawn thick, which moves its middle."""
    beside: float = 2.0
    """What has its middle this near to a diagram, above, below or beside it, belongs to it: marks of open strings, a
    fret number, digits of fingers (which LilyPond sets 1.8 below the grid)."""
    edge: float = 0.75
    """The same for groups of lines that are left out, such as tablature. Its digits stand on the lines, so half the
    distance of two lines is enough."""
    same_row: float = 2.0
    """Diagrams are in one row if the heights of their middles differ by less than this."""


T = DiagramTolerances()
"""The tolerances of this stage."""


@dataclass(frozen=True)
class OtherNotation:
    """Something on a page that is music, but not written as notes on a staff, and is not read.

    symbols: ids of the symbols that were seen in it.
    reason: says to the user what it is, and that it is left out.
    """

    box: Box
    reason: str
    symbols: tuple[int, ...] = ()


def find_diagrams(pixels: np.ndarray) -> list[Box]:
    """The chord diagrams of a page, as the boxes of their grids. pixels: (H, W) uint8 of a normalised page, 0 = ink."""
    window = (2 * round(T.contrast_reach * SPACE_PX) + 1,) * 2
    dark = (pixels.astype(np.int16) + T.contrast < cv2.blur(pixels, window)).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    (narrowest, widest), (lowest, highest) = np.array([T.width, T.height]) * SPACE_PX
    found = []
    for label, (left, top, width, height, _) in enumerate(stats.tolist()):
        if label and narrowest <= width <= widest and lowest <= height <= highest:
            ink = labels[top : top + height, left : left + width] == label
            grid = _grid(ink)
            if grid is not None:
                found.append(Box(top + grid.top, left + grid.left, top + grid.bottom, left + grid.right))
    return found


def _grid(ink: np.ndarray) -> Box | None:
    """The box of the grid that ink (H, W) bool makes up; None if it is no grid. The arc of a finger that holds several
    strings may look like one or two more lines above the others."""
    across = _lines(ink.mean(axis=1))
    for lines in (across, across[1:], across[2:]):
        if not _is_even(lines):
            continue
        (top, _), (_, bottom) = lines[0], lines[-1]
        down = _lines(ink[top:bottom].mean(axis=0))
        if _is_even(down):
            return Box(top, down[0][0], bottom, down[-1][1])
    return None


def _lines(inked: np.ndarray) -> list[tuple[int, int]]:
    """Where each line begins and ends. inked: share of ink (N,) in each row, or in each column."""
    there = np.concatenate([[False], inked >= T.inked, [False]])
    edges = np.flatnonzero(np.diff(there.astype(np.int8))).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def _is_even(lines: Sequence[tuple[int, int]]) -> bool:
    """Whether the number, thickness and distances of lines are those of a diagram."""
    if not T.lines[0] <= len(lines) <= T.lines[1]:
        return False
    apart = np.diff(np.mean(lines, axis=1))
    thickest = max(stop - start for start, stop in lines)
    return bool(apart.max() < T.uneven * apart.min() and thickest < apart.min())


def without_diagrams(maps: DetectorMaps, diagrams: Sequence[Box]) -> DetectorMaps:
    """The network's maps without any strokes in the diagrams, so that these are not taken for staves."""
    if not diagrams:
        return maps
    strokes = maps.strokes.copy()
    for box in diagrams:
        rows = slice(int(box.top) // maps.stride, -(-int(box.bottom) // maps.stride) + 1)
        cols = slice(int(box.left) // maps.stride, -(-int(box.right) // maps.stride) + 1)
        strokes[rows, cols] = 0
    return replace(maps, strokes=strokes)


def rows_of_diagrams(diagrams: Sequence[Box], symbols: Sequence[Symbol]) -> list[OtherNotation]:
    """The diagrams row by row, from the top, with the symbols that were seen in and beside each."""
    rows: list[list[Box]] = []
    for box in sorted(diagrams, key=lambda b: b.center[0]):
        if rows and box.center[0] - rows[-1][-1].center[0] < T.same_row * SPACE_PX:
            rows[-1].append(box)
        else:
            rows.append([box])
    found = []
    for row in rows:
        whole = row[0]
        for box in row[1:]:
            whole = whole.union(box)
        reason = "a chord diagram is left out" if len(row) == 1 else f"a row of {len(row)} chord diagrams is left out"
        inside = tuple(s.id for s in symbols if any(_belongs(s, box) for box in row))
        found.append(OtherNotation(whole, reason, inside))
    return found


def holds(row: Box, staff: Box) -> bool:
    """Whether most of a supposed staff lies in a row of diagrams."""
    height = min(row.bottom, staff.bottom) - max(row.top, staff.top)
    width = min(row.right, staff.right) - max(row.left, staff.left)
    return height > staff.height / 2 and width > staff.width / 2


def within(box: Box, reason: str, symbols: Sequence[Symbol]) -> OtherNotation:
    """What is left out in a box, with the symbols that were seen in it or at its edge."""
    edge = T.edge * SPACE_PX
    inside = (s.id for s in symbols if box.top - edge < s.box.center[0] < box.bottom + edge
              and box.left - edge < s.box.center[1] < box.right + edge)
    return OtherNotation(box, reason, tuple(inside))


def _belongs(symbol: Symbol, diagram: Box) -> bool:
    """Whether a symbol is part of a diagram, or a mark beside it. Noteheads beside it belong to a nearby staff, except
    for the crosses over strings that are not played."""
    row, col = symbol.box.center
    note = symbol.kind == "notehead" and symbol.name != "noteheadXBlack"
    beside = 0.0 if note else T.beside * SPACE_PX
    return (diagram.top - beside < row < diagram.bottom + beside
            and diagram.left - beside < col < diagram.right + beside)
