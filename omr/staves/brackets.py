"""Finds square brackets, which group the staves of a choir or a quartet.

The detector hardly sees them, so they are looked for in the ink left of the staves. A bracket is a thick, straight
vertical line as long as the staves that it groups. A brace is curved; over the height of a staff, it is never straight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from omr.types import Staff, Stroke
from omr.types.table import table


@table
class BracketTolerances:
    """Lengths are in staff spaces. Where a field names no measurement, none is on record."""

    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    distance: tuple[float, float] = (0.35, 3.0)
    """Least and greatest distance of a bracket's vertical line from the left end of its staves. The line that joins the
    staves of a system is nearer."""
    thickness: tuple[float, float] = (0.25, 1.0)
    """Least and greatest thickness of a bracket's vertical line. Other lines are thinner, pictures are thicker."""
    least_ink: float = 0.9
    """Least share of the rows along the vertical line that are ink, both beside a staff and between two staves."""
    edge_moved: float = 0.3
    """How far each edge of the vertical line may move sideways from one staff to the next, because a scan may be
    tilted."""
    overhang: float = 1.5
    """How far the ink of a bracket may go on above its first staff or below its last one, because its ends are
    hooks."""
    overrun: float = 1.0
    """If the ink goes on without a hole for this far beyond `overhang`, it is not a bracket, but the dark edge of a
    scan."""


T = BracketTolerances()
"""The tolerances of this stage."""


@dataclass(frozen=True)
class _Upright:
    """A thick vertical line beside one staff. staff: its index. left, right: the line fills columns left <= c <
    right."""

    staff: int
    left: int
    right: int


def find_brackets(pixels: np.ndarray, staves: Sequence[Staff], first_id: int = 0) -> list[Stroke]:
    """Find the square brackets of a page. Returns strokes of kind "bracket", each from the top of its first staff to
    the bottom of its last.

    pixels: (H, W) uint8, 0 = ink.
    staves: from the top down.
    first_id: id of the first stroke; the others follow.
    """
    ink = pixels < T.dark_below
    beside = {s.index: _uprights(ink, s) for s in staves}
    strokes: list[Stroke] = []
    taken: set[_Upright] = set()
    for i, staff in enumerate(staves):
        for upright in beside[staff.index]:
            if upright in taken:
                continue
            run = [(staff, upright)]
            for below in staves[i + 1:]:
                last, at = run[-1]
                onward = next((s for s in beside[below.index] if _goes_on(ink, last, below, at, s)), None)
                if onward is None:
                    break
                run.append((below, onward))
            taken.update(s for _, s in run)
            if len(run) > 1 and _ends(ink, run):
                strokes.append(_stroke(first_id + len(strokes), run))
    return strokes


def _uprights(ink: np.ndarray, staff: Staff) -> list[_Upright]:
    """The thick vertical lines beside a staff, from the left."""
    space = staff.space_px
    top, bottom = round(staff.row(4, staff.left)), round(staff.row(-4, staff.left))
    start = max(round(staff.left - T.distance[1] * space), 0)
    stop = max(round(staff.left - T.distance[0] * space), start)
    top, bottom = max(top, 0), min(bottom, ink.shape[0])
    if bottom <= top or stop <= start:
        return []
    solid = ink[top:bottom, start:stop].mean(axis=0) >= T.least_ink
    edges = np.flatnonzero(np.diff(np.concatenate([[0], solid.view(np.int8), [0]])))
    return [_Upright(staff.index, start + a, start + b) for a, b in edges.reshape(-1, 2).tolist()
            if T.thickness[0] * space <= b - a <= T.thickness[1] * space]


def _goes_on(ink: np.ndarray, upper: Staff, lower: Staff, above: _Upright, below: _Upright) -> bool:
    """Whether the vertical lines beside two staves are one line that goes on between the staves."""
    moved = T.edge_moved * upper.space_px
    if abs(above.left - below.left) > moved or abs(above.right - below.right) > moved:
        return False
    top, bottom = round(upper.row(-4, upper.left)), round(lower.row(4, lower.left))
    between = ink[top:bottom, min(above.left, below.left):max(above.right, below.right)]
    return between.size > 0 and bool(between.any(axis=1).mean() >= T.least_ink)


def _ends(ink: np.ndarray, run: Sequence[tuple[Staff, _Upright]]) -> bool:
    """Whether the ink of a bracket ends near its first and its last staff. run: its staves and vertical lines,
    downwards."""
    for (staff, upright), away in ((run[0], -1), (run[-1], 1)):
        space = staff.space_px
        edge = staff.row(4 if away < 0 else -4, staff.left)
        start, stop = sorted((edge + away * T.overhang * space, edge + away * (T.overhang + T.overrun) * space))
        beyond = ink[max(round(start), 0):max(round(stop), 0), upright.left:upright.right]
        if beyond.size and beyond.any(axis=1).all():
            return False
    return True


def _stroke(number: int, run: Sequence[tuple[Staff, _Upright]]) -> Stroke:
    """The bracket of a run of staves, as thick as its first vertical line. number: id of the stroke."""
    (first, upper), (last, lower) = run[0], run[-1]
    points = ((first.row(4, first.left), (upper.left + upper.right) / 2),
              (last.row(-4, last.left), (lower.left + lower.right) / 2))
    return Stroke(number, "bracket", points, float(upper.right - upper.left))
