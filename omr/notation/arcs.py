"""Separates strokes that are really several curves. The next slur or tie often begins where one ends, and the two
touch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from omr.types import Stroke, Symbol
from omr.types.table import table


@table
class ArcTolerances:
    """Lengths are in staff spaces."""

    back: float = 0.4
    """A stroke is two curves if it comes back this far towards the notes, and then moves away from them again."""
    least_arc: float = 2.0
    """Least length of each of the two curves."""
    at_head: tuple[float, float] = (1.2, 2.5)
    """Where the notehead is to which a stroke comes back: greatest distance of its middle to the side of that place,
    and beyond it."""

    # A tie and a slur that touch. Their noteheads tell them apart: on 126 pages of Beethoven and Mozart in old prints
    # there are 15 such strokes, and 14 of them are a tie and a slur.
    back_at_tie: float = 0.15
    """The same as `back`, if one of the two curves joins two noteheads at the same position."""
    least_tie: float = 1.2
    """Least length of each of the two curves in this case ..."""
    longest_tie: float = 14.0
    """... and greatest length of the tie."""
    along: tuple[float, float] = (-1.2, 2.6)
    """How far beyond the middle of a tied notehead its end of the curve may be, towards the other notehead ..."""
    away: float = 2.0
    """... and how far above or below it."""
    level: float = 0.3
    """Greatest difference in height between the two noteheads."""
    apart: float = 1.0
    """Least sideways distance between them."""
    beside: float = 3.0
    """A notehead between them that is at most this far above or below may be the one to which the curve leads."""


T = ArcTolerances()
"""The tolerances of this stage."""


def arcs(curve: Stroke, space: float, ids: Iterator[int], heads: Sequence[Symbol] = ()) -> Iterator[Stroke]:
    """The curves that one stroke really is. It is cut where it comes back to a note and moves away again.

    curve: from left to right.
    space: the staff space in pixels.
    ids: for new strokes.
    heads: of the page.
    """
    rows = np.array([p[0] for p in curve.points])
    cols = np.array([p[1] for p in curve.points])
    straight = np.interp(cols, cols[[0, -1]], rows[[0, -1]])
    away = 1 if np.mean(rows - straight) >= 0 else -1  # the direction away from the notes: 1 is down
    k = _cut(curve, (rows - straight) * away, space, heads)
    if not _comes_to_a_head(curve, k, away, space, heads):
        # A chain of ties that begins or ends in the middle of a tie may be on the other side of that line.
        other = _cut(curve, (straight - rows) * away, space, heads)
        if _comes_to_a_head(curve, other, -away, space, heads):
            k = other
    if k is None:
        yield curve
        return
    yield from arcs(replace(curve, points=curve.points[:k + 1]), space, ids, heads)
    yield from arcs(replace(curve, id=next(ids), points=curve.points[k:]), space, ids, heads)


def _cut(curve: Stroke, bulge: np.ndarray, space: float, heads: Sequence[Symbol]) -> int | None:
    """Index of the point at which a stroke comes back to a note and moves away again; None if it does not. bulge: how
    far its points are from the notes, in pixels."""
    before = np.maximum.accumulate(bulge) - bulge  # how far it has come back so far from its farthest point
    after = np.maximum.accumulate(bulge[::-1])[::-1] - bulge
    back = np.minimum(before, after)
    k = int(back.argmax())
    shorter = min(curve.points[k][1] - curve.points[0][1], curve.points[-1][1] - curve.points[k][1]) / space
    is_two = back[k] >= T.back * space and shorter >= T.least_arc
    if not is_two and back[k] >= T.back_at_tie * space and shorter >= T.least_tie:
        is_two = any(_is_tie(piece, space, heads) for piece in (curve.points[:k + 1], curve.points[k:]))
    return k if is_two else None


def _comes_to_a_head(curve: Stroke, k: int | None, away: int, space: float, heads: Sequence[Symbol]) -> bool:
    """Whether there is a notehead where a stroke comes back. k: the point there. away: the direction away from the
    notes, 1 down or -1 up."""
    if k is None:
        return False
    row, col = curve.points[k]
    aside, beyond = T.at_head[0] * space, T.at_head[1] * space
    return any(abs(h.box.center[1] - col) < aside and 0 < (row - h.box.center[0]) * away < beyond for h in heads)


def _is_tie(points: Sequence[tuple[float, float]], space: float, heads: Sequence[Symbol]) -> bool:
    """Whether a curve through the points joins two noteheads at the same position, with none between them."""
    if points[-1][1] - points[0][1] > T.longest_tie * space:
        return False
    first, second = (_head_at(end, side, space, heads) for end, side in ((points[0], 1), (points[-1], -1)))
    if first is None or second is None:
        return False
    (row, col), (other_row, other_col) = first.box.center, second.box.center
    is_level = abs(row - other_row) < T.level * space and other_col - col > T.apart * space
    return is_level and not any(first.box.right < h.box.center[1] < second.box.left
                                and abs(h.box.center[0] - row) < T.beside * space for h in heads)


def _head_at(end: tuple[float, float], side: int, space: float, heads: Sequence[Symbol]) -> Symbol | None:
    """The notehead nearest to the end of a curve that goes on to the right of it (side 1) or to the left (-1)."""
    def distance(head: Symbol) -> float:
        row, col = head.box.center
        along, away = side * (end[1] - col) / space, abs(row - end[0]) / space
        return away + abs(along - 0.5) / 2 if T.along[0] < along < T.along[1] and away < T.away else np.inf

    best = min(heads, key=distance, default=None)
    return best if best is not None and distance(best) < np.inf else None
