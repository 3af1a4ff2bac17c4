"""Breves that a program draws as four lines: two thick ones between two thin vertical lines, as in old notation. And
longas, which are breves with a stem."""

from __future__ import annotations

from collections.abc import Sequence

from omr.detect.pieces import Line
from omr.page.vectors import Edges
from omr.types import SPACE_PX, StrokeKind
from omr.types.table import table


@table
class BreveLimits:
    """Lengths are in staff spaces. Based on the pages of one edition, whose breve is 1.2 wide and 1.3 high."""

    width: tuple[float, float] = (0.8, 2.0)
    """Least and greatest distance between the vertical lines."""
    height: tuple[float, float] = (0.9, 2.0)
    """Least and greatest length of the vertical lines."""
    upright: float = 0.3
    """Greatest thickness of the vertical lines."""
    stem: float = 1.5
    """A stem that reaches this far beyond a breve makes it a longa. MuseScore's stems reach 2.5 and more."""
    same: float = 0.12
    """Ends that meet, and lengths that are the same, differ by at most this."""


T = BreveLimits()
Drawn = tuple[StrokeKind, list[tuple[float, float]], float]
"""A stroke as `omr.detect.drawnlines` finds it: its kind, points (x, y), and thickness."""


def find_breves(lines: Sequence[Line]) -> tuple[list[Edges], list[Line]]:
    """(left, top, right, bottom) of the breves among lines, and all other lines. In pixels of a normalised page."""
    least, greatest = (limit * SPACE_PX for limit in T.height)
    sides = sorted((line for line in lines if line.is_upright and line.thickness < T.upright * SPACE_PX
                    and least < line.length < greatest), key=lambda line: line.a[0])
    flat = [line for line in lines if line.is_level and not line.is_upright and line.length < T.width[1] * SPACE_PX]
    found: list[Edges] = []
    used: set[int] = set()
    for i, left in enumerate(sides):
        for right in sides[i + 1:]:
            if right.a[0] - left.a[0] > T.width[1] * SPACE_PX:
                break
            if id(left) in used or not _are_a_pair(left, right):
                continue
            between = [line for line in flat if _joins(line, left, right)]
            if len(between) == 2:
                used |= {id(line) for line in (left, right, *between)}
                half = left.thickness / 2
                found.append((left.a[0] - half, left.a[1], right.a[0] + half, left.b[1]))
    return found, [line for line in lines if id(line) not in used]


def with_longas(marks: Sequence[tuple[str, Edges]], strokes: Sequence[Drawn]) -> tuple[list[tuple[str, Edges]],
                                                                                      list[Drawn]]:
    """Turn breves with a stem into longas. Returns the marks, and the strokes without these stems. Points are (x,
    y)."""
    longas: set[Edges] = set()
    used: set[int] = set()
    near = T.same * SPACE_PX
    for name, edges in marks:
        left, top, right, bottom = edges
        for stroke in strokes if name == "noteheadDoubleWhole" else ():
            kind, points, _ = stroke
            (x, start), (_, stop) = points[0], points[-1]
            reach = max(top - min(start, stop), max(start, stop) - bottom)
            touches = min(start, stop) < bottom + near and max(start, stop) > top - near
            if kind == "stem" and left - near < x < right + near and touches and reach > T.stem * SPACE_PX:
                longas.add(edges)
                used.add(id(stroke))
    return ([("noteheadLonga" if edges in longas else name, edges) for name, edges in marks],
            [stroke for stroke in strokes if id(stroke) not in used])


def _are_a_pair(left: Line, right: Line) -> bool:
    """Whether two vertical lines are side by side, as far apart as those of a breve."""
    apart = (right.a[0] - left.a[0]) / SPACE_PX
    off = max(abs(left.a[1] - right.a[1]), abs(left.b[1] - right.b[1])) / SPACE_PX
    return T.width[0] < apart < T.width[1] and off < T.same


def _joins(line: Line, left: Line, right: Line) -> bool:
    """Whether a level line goes from one vertical line to the other, within their height."""
    reach = T.same * SPACE_PX
    return (abs(line.a[0] - left.a[0]) < reach and abs(line.b[0] - right.a[0]) < reach
            and left.a[1] - reach < line.a[1] < left.b[1] + reach)
