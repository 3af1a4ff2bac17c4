"""Extends ties and slurs to their ends along their ink.

In the middle of a long flat curve, the network cannot decide between a tie, a slur and a staff line, and sees only
parts of it. But the ink mostly goes on without a break. From the point where a curve seems to end, the ink is followed
column by column, as long as it is as thin as a curve and goes on in the same direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from omr.types import SPACE_PX, Staff, Stroke, Symbol
from omr.types.table import table


@table
class CurveEndTolerances:
    """Lengths are in staff spaces, unless said otherwise."""

    dark_below: int = 160
    """Pixels darker than this, of 255, are ink. Curves are thin, and grey at their edges."""
    thickest: float = 0.45
    """Greatest thickness of a curve's ink. Where it is thicker, a stem, a beam or a notehead is in the way."""
    gap: float = 0.6
    """Longest piece without thin ink that is skipped: a stem, a barline (up to half a space in old prints), or a break
    in a one-bit scan."""
    aside: float = 0.16
    """Greatest distance of the next column's ink from where the direction of the curve leads: a pixel and a half."""
    direction: float = 1.5
    """Length of the piece before the end of a curve from which its direction is computed."""
    turning: float = 0.15
    """How much of the step to each next column enters into the direction, 0 to 1. A curve turns slowly, while single
    steps jump by whole pixels."""
    least: float = 1.0
    """Least length by which a curve is extended. A shorter piece is the ink of its own end."""
    on_line: float = 0.2
    """Within this distance from a staff line, ink may be that of the line, and tells nothing about a curve."""
    longest_on_line: float = 0.8
    """If a curve runs on a staff line for longer than this, it is not followed any farther, because one would follow
    the line."""
    beside_head: float = 0.5
    """Within this distance above or below a notehead, no curve is followed past it."""
    joined: float = 0.3
    """Greatest distance between two curves that cover one another, and so have the same ink."""


T = CurveEndTolerances()
"""The tolerances of this stage."""

def follow_curves(
    strokes: Sequence[Stroke], heads: Sequence[Symbol], staves: Sequence[Staff], pixels: np.ndarray
) -> list[Stroke]:
    """Extend the ties and slurs of a page along their ink. Curves that reach one another in this way become one curve.
    It gets the id and the kind (tie or slur) of the curve of which more was seen.

    pixels: (H, W) uint8, 0 = ink.
    heads: the noteheads of the page, through which no curve goes.
    """
    ink = pixels < T.dark_below
    for box in (head.box for head in heads):
        # The outlines of hollow noteheads are as thin as a curve. Beside a notehead its own curve ends, and that of
        # another begins.
        around = T.beside_head * SPACE_PX
        ink[max(int(box.top - around), 0) : int(np.ceil(box.bottom + around)),
            max(int(box.left), 0) : int(np.ceil(box.right))] = False
    curves = sorted((s for s in strokes if s.kind in ("slur", "tie")), key=lambda s: s.box.width, reverse=True)
    kept = {s.id: s for s in _joined([_drawn_out(s, staves, ink) for s in curves])}
    return [kept.get(s.id, s) for s in strokes if s.kind not in ("slur", "tie") or s.id in kept]


def _drawn_out(curve: Stroke, staves: Sequence[Staff], ink: np.ndarray) -> Stroke:
    """A curve, extended along its ink at both ends."""
    points = list(curve.rightwards().points)
    before = _followed(points[::-1], -1, staves, ink)
    after = _followed(points, 1, staves, ink)
    if not before and not after:
        return curve
    return replace(curve, points=(*before[::-1], *points, *after))


def _followed(
    points: Sequence[tuple[float, float]], way: int, staves: Sequence[Staff], ink: np.ndarray
) -> list[tuple[float, float]]:
    """Where the ink of a curve goes on after the last of its points: a point (row, col) in each column of pixels. Empty
    if it does not go on for `T.least`. way: 1 to the right, -1 to the left."""
    near = [p for p in points if abs(p[1] - points[-1][1]) <= T.direction * SPACE_PX]
    if len(near) < 2:
        near = list(points[-2:])
    run = (near[-1][1] - near[0][1]) * way
    slope = (near[-1][0] - near[0][0]) / run if run > 0 else 0.0
    row, col = points[-1]
    found: list[tuple[float, float]] = []
    missed, on_line, at = 0, 0, round(col)
    while True:
        at += way
        missed += 1
        if not 0 <= at < ink.shape[1] or missed > T.gap * SPACE_PX:
            break
        expected = row + slope * missed
        center = _thin_ink(ink[:, at], expected)
        if center is None:
            continue
        on_line = on_line + 1 if _is_on_line(staves, center, at) else 0
        if on_line > T.longest_on_line * SPACE_PX:
            del found[-on_line + 1:]
            break
        slope += T.turning * ((center - row) / missed - slope)
        row, missed = center, 0
        found.append((center, float(at)))
    return found if found and abs(found[-1][1] - col) >= T.least * SPACE_PX else []


def _thin_ink(column: np.ndarray, expected: float) -> float | None:
    """The middle of that run of ink in a column that is nearest to an expected row, if it is thin and near enough."""
    reach = T.aside * SPACE_PX
    top, bottom = max(int(expected - reach - 1), 0), min(int(expected + reach + 2), len(column))
    rows = np.flatnonzero(column[top:bottom])
    if not len(rows):
        return None
    seed = top + int(rows[np.argmin(np.abs(rows + top + 0.5 - expected))])
    thickest = int(T.thickest * SPACE_PX)
    start, stop = seed, seed + 1
    while start > 0 and column[start - 1] and stop - start <= thickest:
        start -= 1
    while stop < len(column) and column[stop] and stop - start <= thickest:
        stop += 1
    center = (start + stop) / 2
    return center if stop - start <= thickest and abs(center - expected) <= reach else None


def _is_on_line(staves: Sequence[Staff], row: float, col: float) -> bool:
    near = T.on_line * SPACE_PX
    return any(s.left <= col <= s.right and s.row(4, col) - near <= row <= s.row(-4, col) + near
               and any(abs(s.row(place, col) - row) < near for place in (4, 2, 0, -2, -4)) for s in staves)


def _joined(curves: Sequence[Stroke]) -> list[Stroke]:
    """Join curves that cover one another: the first is kept, extended to the farthest ends."""
    kept: list[Stroke] = []
    for curve in (c.rightwards() for c in curves):
        for i, first in enumerate(kept):
            if _run_over(first, curve):
                left = [p for p in curve.points if p[1] < first.points[0][1]]
                right = [p for p in curve.points if p[1] > first.points[-1][1]]
                kept[i] = replace(first, points=(*left, *first.points, *right))
                break
        else:
            kept.append(curve)
    return kept


def _run_over(a: Stroke, b: Stroke) -> bool:
    """Whether two curves have a piece in common."""
    left, right = max(a.points[0][1], b.points[0][1]), min(a.points[-1][1], b.points[-1][1])
    if right - left < T.joined * SPACE_PX:
        return False
    cols = np.linspace(left, right, 5)
    rows = [np.interp(cols, [p[1] for p in s.points], [p[0] for p in s.points]) for s in (a, b)]
    return bool(np.abs(rows[0] - rows[1]).max() < T.joined * SPACE_PX)
