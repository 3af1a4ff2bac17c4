"""Where words stand: over which staff, and after which other word."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from omr.types import Box, NotationGraph, Staff


def staff_below(graph: NotationGraph, box: Box, within: float, left_margin: float = 0.0) -> Staff | None:
    """The nearest staff below the middle of a box, None if there is none.

    within: the staff's top line must be nearer than this. left_margin: how far left of the staff the box may stand.
    Both in staff spaces of that staff.
    """
    row, col = box.center
    below = [s for s in graph.staves if s.left - left_margin * s.space_px <= col <= s.right and s.row(4, col) > row]
    nearest = min(below, key=lambda s: s.row(4, col), default=None)
    return nearest if nearest is not None and nearest.row(4, col) - row < within * nearest.space_px else None


def chains(boxes: Sequence[Box], follows: Callable[[Box, Box], bool]) -> list[list[int]]:
    """The places of boxes as lines of text, each from left to right, the lines by their left ends.

    Every box, from left to right, goes to the end of the first line whose last box it follows, or begins a line.
    follows: whether the second box continues a line that ends with the first.
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
    """How many pixel rows two boxes share; negative if they stand above each other."""
    return min(a.bottom, b.bottom) - max(a.top, b.top)
