"""Where words stand: over which staff, and after which other word."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from omr.types import Box, NotationGraph, Staff

NAME_OVER = 1.0
"""How far above its staff the middle of the upper line of a name may be, in staff spaces."""
OVER_INDENT = 4.5
"""Greatest height of the middle of words above the indent of their system, in staff spaces. Higher words are a
heading."""


def staff_below(graph: NotationGraph, box: Box, within: float, left_margin: float = 0.0) -> Staff | None:
    """The nearest staff below the middle of a box; None if there is none.

    within: the staff's top line must be nearer than this, in staff spaces of that staff.
    left_margin: how far left of the staff the box may stand, in the same.
    """
    row, col = box.center
    below = [s for s in graph.staves if s.left - left_margin * s.space_px <= col <= s.right and s.row(4, col) > row]
    nearest = min(below, key=lambda s: s.row(4, col), default=None)
    return nearest if nearest is not None and nearest.row(4, col) - row < within * nearest.space_px else None


def chains(boxes: Sequence[Box], follows: Callable[[Box, Box], bool]) -> list[list[int]]:
    """Arrange boxes into lines of text. Each line has the indices of its boxes from left to right, and lines are sorted
    by their left ends.

    Every box, from left to right, joins the first line whose last box it follows, or begins a new line. follows:
    whether the second box continues a line that ends with the first.
    """
    lines: list[list[int]] = []
    for i in sorted(range(len(boxes)), key=lambda i: boxes[i].left):
        line = next((line for line in lines if follows(boxes[line[-1]], boxes[i])), None)
        if line is None:
            lines.append([i])
        else:
            line.append(i)
    return lines


def shared_height(a: Box, b: Box) -> float:
    """How many pixel rows two boxes share; negative if one is above the other."""
    return min(a.bottom, b.bottom) - max(a.top, b.top)


def indented_below(graph: NotationGraph, row: float, col: float) -> Staff | None:
    """The first staff of an indented system, if a point (row, column, in pixels) is above its indent. The title of a
    movement or its tempo may stand there; names of staves stand beside the staves."""
    extents = [(graph.staves[s.staves[0]], graph.staves[s.staves[-1]]) for s in graph.systems if s.staves]
    if any(first.box.top - NAME_OVER * first.space_px < row < last.box.bottom for first, last in extents):
        return None
    below = [first for first, _ in extents if first.box.top > row]
    nearest = min(below, key=lambda first: first.box.top, default=None)
    outer = min((staff.left for staff in graph.staves), default=0.0)
    if nearest is None or not outer - nearest.space_px < col < nearest.left:
        return None
    return nearest if nearest.box.top - row < OVER_INDENT * nearest.space_px else None
