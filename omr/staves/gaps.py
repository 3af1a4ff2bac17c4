"""Tells whether two staves, one below the other, are played together: by vertical lines that bridge the gap between
them, and by barlines at the same columns of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from omr.types import Staff, Stroke
from omr.types.table import table


@table
class GapTolerances:
    """Lengths are in staff spaces, unless a field says otherwise. Where a field names no measurement, none is on
    record."""

    # Lines that join staves
    upright: float = 2.0
    """A stroke is vertical if its height is more than this many times its width."""
    thickest: float = 2.0
    """Greatest thickness of a line. Brackets are traced from left to right, so a vertical bracket of a whole system may
    come as a stroke half as thick as the system is high, with a box that reaches into the next system. On 50 engraved
    pages, barlines are .08 to .7 thick, such brackets 7 to 22."""
    shared_width: float = 0.5
    """One staff is below another if they share more than this part of the narrower one's width."""
    near_gap: float = 1.0
    """A stroke that ends at most this far above or below the gap between two staves still counts as one in the gap."""
    same_column: float = 0.6
    """Two vertical strokes are one line if their columns are at most this far apart."""
    covered: float = 0.75
    """Least share of the gap between two staves that is covered by a line which joins them."""
    gap_end: int = 6
    """Such a line must show in the first and in the last of this many parts of the gap."""
    longest_hole: float = 5.0
    """Longest piece of such a line that may be missing. In a wide gap, the lines of two systems may cover as much as
    one broken line, but they leave a longer hole between them."""
    paper_edge: float = 1.5
    """Lines farther left of both staves than this are the edge of the paper, or of the scan."""
    edge: float = 2.0
    """Greatest distance of a system's first or last line from the end of a staff. Lines farther inside are barlines."""
    joining_bars: int = 2
    """If a system's first line is lost, this many barlines through a gap join its staves."""

    # Bar lines
    bar_end: float = 1.0
    """A barline may begin this far below a staff's top line, and end this far above its bottom line."""
    bar_above: float = 60.0
    """A barline of a staff may come from staves above, but its middle is at most this far above the staff."""
    aligned_bars: int = 3
    """Two staves are compared if each has at least this many barlines."""
    aligned: float = 0.8
    """Barlines are aligned if more than this share of them, on each of the staves, has one on the other staff."""


T = GapTolerances()
"""The tolerances of this stage."""


@dataclass(frozen=True)
class Gap:
    """The gap between two staves, one below the other, and the vertical lines that bridge it.

    upper, lower: indices of the staves.
    height: in pixels.
    edge: columns of the line at the system's left end.
    inner: columns of barlines.
    """

    upper: int
    lower: int
    height: float
    edge: tuple[float, ...]
    inner: tuple[float, ...]

    @property
    def pair(self) -> tuple[int, int]:
        """The indices of its staves."""
        return self.upper, self.lower

    @property
    def is_bridged(self) -> bool:
        """Whether the lines in the gap join its staves."""
        return bool(self.edge) or len(self.inner) >= T.joining_bars


class Uprights:
    """Vertical strokes with the edges of their boxes, and their middle columns, as arrays (N,), in pixels."""

    def __init__(self, strokes: Sequence[Stroke]):
        self.strokes = list(strokes)
        boxes = [s.box for s in strokes]
        self.top, self.bottom = (np.array(v, float) for v in ([b.top for b in boxes], [b.bottom for b in boxes]))
        self.col = np.array([b.center[1] for b in boxes], float)


def rows_of(staff: Staff, position: float, cols: np.ndarray) -> np.ndarray:
    """`Staff.row` at many columns at once: the rows (N,) of a staff position at columns (N,)."""
    last = staff.lines.shape[1] - 1
    x = np.clip((cols - staff.left) / (staff.right - staff.left) * last, 0, last)
    i = np.minimum(x.astype(int), last - 1)
    rows = staff.lines[:, i] + (staff.lines[:, i + 1] - staff.lines[:, i]) * (x - i)
    return np.asarray(rows[2] - position * (rows[4] - rows[0]) / 8)


def neighbours(staves: Sequence[Staff]) -> list[tuple[int, int]]:
    """(upper, lower) indices of staves that are directly below each other and share most of their width."""
    pairs = []
    for i, upper in enumerate(staves):
        below = [
            (lower.box.top, j) for j, lower in enumerate(staves)
            if lower.box.center[0] > upper.box.bottom and _shared(upper, lower) > T.shared_width
        ]
        if below:
            pairs.append((i, min(below)[1]))
    return pairs


def _shared(a: Staff, b: Staff) -> float:
    """The width that two staves share, as a part of the narrower one's width."""
    return (min(a.right, b.right) - max(a.left, b.left)) / min(a.right - a.left, b.right - b.left)


def _column(stroke: Stroke, row: float) -> float:
    """The column of a vertical stroke at a row. Above and below the stroke, it is the column of the stroke's end."""
    rows, cols = [p[0] for p in stroke.points], [p[1] for p in stroke.points]
    order = np.argsort(rows)
    return float(np.interp(row, np.asarray(rows)[order], np.asarray(cols)[order]))


def gap_between(staves: Sequence[Staff], i: int, j: int, uprights: Uprights) -> Gap:
    """The gap between the staves of indices i (upper) and j (lower)."""
    upper, lower = staves[i], staves[j]
    space = (upper.space_px + lower.space_px) / 2
    left, right = max(upper.left, lower.left), max(upper.right, lower.right)
    found: list[float] = []
    for cluster in _clusters(_in_gap(upper, lower, uprights), T.same_column * space):
        middle = float(np.mean([c for c, _ in cluster]))
        if _covered([s for _, s in cluster], upper.row(-4, middle), lower.row(4, middle), space) >= T.covered:
            found.append(middle)
    inner = tuple(c for c in found if c > left + T.edge * space)
    height = lower.row(4, (left + right) / 2) - upper.row(-4, (left + right) / 2)
    return Gap(i, j, height, tuple(c for c in found if c not in inner), inner)


def _in_gap(upper: Staff, lower: Staff, uprights: Uprights) -> list[tuple[float, Stroke]]:
    """The vertical strokes in or near the gap between two staves, from the left, each with its column in the gap's
    middle."""
    space = (upper.space_px + lower.space_px) / 2
    leftmost = min(upper.left, lower.left) - T.paper_edge * space
    rightmost = max(upper.right, lower.right) + T.edge * space
    top, bottom = rows_of(upper, -4, uprights.col), rows_of(lower, 4, uprights.col)
    within = (uprights.bottom > top - T.near_gap * space) & (uprights.top < bottom + T.near_gap * space)
    within &= (leftmost < uprights.col) & (uprights.col < rightmost)
    middle = (top + bottom) / 2
    columns = [(_column(uprights.strokes[i], middle[i]), uprights.strokes[i]) for i in np.flatnonzero(within)]
    return sorted(columns, key=lambda c: c[0])


def _clusters(columns: Sequence[tuple[float, Stroke]], within: float) -> list[list[tuple[float, Stroke]]]:
    """Group strokes whose columns, in order, are at most `within` apart."""
    clusters: list[list[tuple[float, Stroke]]] = []
    for column in columns:
        if clusters and column[0] - clusters[-1][-1][0] <= within:
            clusters[-1].append(column)
        else:
            clusters.append([column])
    return clusters


def _covered(strokes: Sequence[Stroke], top: float, bottom: float, space: float) -> float:
    """Share of the rows from top to bottom that the strokes cover. It is 0 if they do not reach both ends, or if a long
    piece is missing. space: the staff space in pixels."""
    if bottom <= top:
        return 1.0
    seen = np.zeros(max(int(bottom - top), 1), bool)
    for s in strokes:
        seen[max(int(s.box.top - top), 0) : max(int(np.ceil(s.box.bottom - top)), 0)] = True
    ends = max(len(seen) // T.gap_end, 1)
    if not (seen[:ends].any() and seen[-ends:].any()):
        return 0.0
    holes = np.diff(np.flatnonzero(np.concatenate(([True], seen, [True])))) - 1
    if holes.max() > T.longest_hole * space:
        return 0.0
    return float(seen.mean())


def bar_columns(staff: Staff, uprights: Uprights) -> np.ndarray:
    """Columns (N,) of the barlines that cross a staff, in order, without those at its ends."""
    space, col = staff.space_px, uprights.col
    top, bottom = rows_of(staff, 4, col), rows_of(staff, -4, col)
    crosses = (uprights.top < top + T.bar_end * space) & (uprights.bottom > bottom - T.bar_end * space)
    crosses &= (uprights.top + uprights.bottom) / 2 > top - T.bar_above * space
    inside = (staff.left + T.edge * space < col) & (col < staff.right - T.edge * space)
    return np.sort(col[crosses & inside])


def are_aligned(upper: Staff, lower: Staff, uprights: Uprights) -> bool:
    """Whether nearly all barlines of two staves are at the same columns."""
    a, b = bar_columns(upper, uprights), bar_columns(lower, uprights)
    if len(a) < T.aligned_bars or len(b) < T.aligned_bars:
        return False
    is_near = np.abs(a[:, None] - b[None, :]) < T.same_column * upper.space_px
    return bool(is_near.any(axis=1).mean() > T.aligned and is_near.any(axis=0).mean() > T.aligned)
