"""Turns the paths of a drawn page into straight lines, curves and filled shapes, and finds the staves among the lines.

Programs draw the same thing in several ways. A barline is a stroke, or a narrow rectangle, or such a rectangle that is
filled and then stroked to round its corners. Here each becomes one `Line`, one `Curve` or one `Shape`. Lengths are in
points until the staff space is known, and then in pixels of a normalised page.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from omr.detect.outlines import bounds
from omr.page.vectors import Contours, Edges, Path, VectorPage
from omr.types import SPACE_PX
from omr.types.table import table


@table
class PieceLimits:
    """Lengths are in points, unless said otherwise. Rules of thumb, after looking at pages of eight programs."""

    faint: float = 0.85
    """A mark with at least this grey (0 black, 1 white) is invisible on paper. Grey staff lines are darker."""
    level: float = 0.02
    """Greatest slope, in rows per column, of a level line."""
    slender: float = 3.0
    """A rectangle this many times as long as it is wide is a line."""
    same_row: float = 0.12
    """Greatest vertical distance between pieces of one staff line."""
    same_pen: float = 0.06
    """Greatest difference between the thicknesses of pieces of one staff line."""
    join: float = 1.0
    """Longest gap between two pieces of one staff line."""
    same_end: float = 2.0
    """Greatest distance between the ends of the lines of one staff."""
    shortest_staff: float = 0.04
    """Length of the shortest staff in the search, as a part of the page's width."""
    space: tuple[float, float] = (0.003, 0.06)
    """Least and greatest staff space, as parts of the page's width."""
    even: float = 0.06
    """Greatest deviation of a staff space from the one above it, as a part of it."""
    bundled: float = 1.6
    """Several lines make up one thick line if each is at most this far from the one before, in multiples of their
    thickness, ..."""
    fewest: int = 3
    """... and there are at least this many."""


T = PieceLimits()
STAFF_LINES = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line from (x, y) to (x, y), from left to right or, if it is steep, from top to bottom.

    thickness: its own.
    path: its number among the page's marks.
    is_filled: whether it was drawn as an area, which has vertical ends if the line slopes.
    """

    a: tuple[float, float]
    b: tuple[float, float]
    thickness: float
    path: int
    is_filled: bool = False
    is_dashed: bool = False

    @property
    def is_upright(self) -> bool:
        """Whether it goes more up or down than across."""
        return abs(self.b[1] - self.a[1]) > abs(self.b[0] - self.a[0])

    @property
    def is_level(self) -> bool:
        """Whether it goes across without a slope."""
        return abs(self.b[1] - self.a[1]) <= T.level * abs(self.b[0] - self.a[0])

    @property
    def length(self) -> float:
        """Distance from end to end."""
        return math.hypot(self.b[0] - self.a[0], self.b[1] - self.a[1])

    @property
    def edges(self) -> Edges:
        """(left, top, right, bottom) of its ink."""
        half = self.thickness / 2
        left, right = sorted((self.a[0], self.b[0]))
        top, bottom = sorted((self.a[1], self.b[1]))
        if self.is_upright:
            return left - half, top, right + half, bottom
        return left, top - half, right, bottom + half


@dataclass(frozen=True, slots=True)
class Curve:
    """A stroked curve, or the middle line of a filled one. points: (N, 2), x, y. thickness: the greatest."""

    points: np.ndarray
    thickness: float
    path: int


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled area, given by its contours. operators: of its subpaths, see `Path`."""

    contours: Contours
    operators: tuple[str, ...]
    path: int

    @property
    def edges(self) -> Edges:
        """(left, top, right, bottom)."""
        return bounds(self.contours)


def around(all_edges: Sequence[Edges]) -> Edges:
    """The box around boxes."""
    lefts, tops, rights, bottoms = zip(*all_edges, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


@dataclass(frozen=True)
class Pieces:
    """All that the paths of a page are made of."""

    lines: tuple[Line, ...]
    curves: tuple[Curve, ...]
    shapes: tuple[Shape, ...]
    frames: tuple[Edges, ...] = ()
    """Boxes of which only the outline is drawn, as around rehearsal marks."""
    triangles: tuple[Edges, ...] = ()
    """Triangles of which only the outline is drawn, as in the symbols of major seventh chords."""


@dataclass(frozen=True)
class Ruled:
    """Level lines that run together, from the top down.

    rows: of each line.
    left, right: their common ends.
    has_frets: whether the lines are strings, with fret numbers on them.
    """

    rows: tuple[float, ...]
    left: float
    right: float
    thickness: float
    lines: tuple[Line, ...]
    has_frets: bool = False

    @property
    def is_staff(self) -> bool:
        """Whether it is a staff of five lines."""
        return len(self.rows) == STAFF_LINES and not self.has_frets

    @property
    def space(self) -> float:
        """Mean distance between neighbouring lines; 0 for one line."""
        return (self.rows[-1] - self.rows[0]) / (len(self.rows) - 1) if len(self.rows) > 1 else 0.0


def pieces_of(page: VectorPage) -> Pieces:
    """The lines, curves and shapes of a page, in points."""
    lines: list[Line] = []
    curves: list[Curve] = []
    shapes: list[Shape] = []
    frames: list[Edges] = []
    triangles: list[Edges] = []
    paths = [(i, mark) for i, mark in enumerate(page.marks) if isinstance(mark, Path)]
    pens = _pens(paths)
    for number, path in paths:
        fill = path.fill is not None and path.fill < T.faint
        stroke = path.stroke is not None and path.stroke < T.faint
        if fill and not (stroke and all(len(points) < 3 for _, points in path.subpaths)):
            pen = path.width if stroke else max((pens.get(key, 0.0) for _, points in path.subpaths
                                                 for key in _keys(points)), default=0.0) if pens else 0.0
            _filled(path, number, pen, lines, shapes)
        elif stroke:
            filled_too = bool(pens) and any(key in pens for _, points in path.subpaths for key in _keys(points))
            is_closed = any(_is_closed(*subpath) for subpath in path.subpaths)
            if is_closed and len(path.subpaths) == 1 and _quad(*path.subpaths[0]) is not None and not filled_too:
                frames.append(bounds([path.subpaths[0][1]]))
            elif len(path.subpaths) == 1 and path.subpaths[0][0] == "llh":
                triangles.append(bounds([path.subpaths[0][1]]))
            elif not (is_closed and filled_too):
                _stroked(path, number, lines, curves)
    return Pieces(tuple(_bundled(lines)), tuple(curves), tuple(shapes), tuple(frames), tuple(triangles))


def _bundled(lines: Sequence[Line]) -> Iterator[Line]:
    """Replace bundles of thin lines by one thick line. Old printer drivers draw a stem as six thin lines side by side,
    and a beam as forty, each moved by a pen's width."""
    bundle: list[Line] = []
    for line in lines:
        if bundle and not _goes_on(bundle, line):
            yield from _one(bundle)
            bundle = []
        bundle.append(line)
    yield from _one(bundle)


def _goes_on(bundle: Sequence[Line], line: Line) -> bool:
    """Whether a line lies beside the last line of a bundle, on the side to which the bundle grows."""
    last = bundle[-1]
    if line.is_filled or line.is_dashed or last.is_filled or last.is_dashed or line.thickness != last.thickness:
        return False
    moved = np.array([np.subtract(line.a, last.a), np.subtract(line.b, last.b)])
    far = T.bundled * line.thickness
    if not 0 < np.abs(moved).max() <= far or np.abs(moved[0] - moved[1]).max() > far / 2:
        return False
    return len(bundle) < 2 or float(moved.mean(axis=0) @ np.subtract(last.a, bundle[-2].a)) > 0


def _one(bundle: Sequence[Line]) -> Sequence[Line]:
    """A bundle as the line through its middle, with the thickness of the whole. A bundle with too few lines stays as it
    is."""
    if len(bundle) < T.fewest:
        return bundle
    first, last = bundle[0], bundle[-1]
    a, b = np.add(first.a, last.a) / 2, np.add(first.b, last.b) / 2
    across, along = np.subtract(last.a, first.a), (b - a) / np.linalg.norm(b - a)
    thick = abs(float(across[0] * along[1] - across[1] * along[0])) + first.thickness
    return [replace(first, a=tuple(a.tolist()), b=tuple(b.tolist()), thickness=thick)]


def _keys(points: np.ndarray) -> list[tuple[float, ...]]:
    """Keys that two subpaths with the same corners have in common. The corners are rounded to a tenth of a point in two
    ways, because nearly equal corners may be on different sides of a rounding limit."""
    end = len(points)
    while end > 2 and np.abs(points[end - 1] - points[0]).max() < 0.01:
        end -= 1
    return [(shift, *np.round(points[:end] + shift, 1).ravel().tolist()) for shift in (0.0, 0.05)]


def _is_closed(operators: str, points: np.ndarray) -> bool:
    return operators.endswith("h") or all(
        abs(a - b) <= 0.01 + 1e-5 * abs(b) for a, b in zip(*points[[0, -1]].tolist(), strict=True))


def _pens(paths: Sequence[tuple[int, Path]]) -> dict[tuple[float, ...], float]:
    """For areas that are filled by one path and stroked by another, to round their corners: the width of the pen."""
    stroked = {key: path.width for _, path in paths if path.fill is None and path.stroke is not None
               for operators, points in path.subpaths if _is_closed(operators, points) for key in _keys(points)}
    if not stroked:
        return {}
    filled = {key for _, path in paths if path.fill is not None and path.fill < T.faint
              for _, points in path.subpaths for key in _keys(points)}
    return {key: width for key, width in stroked.items() if key in filled}


def _stroked(path: Path, number: int, lines: list[Line], curves: list[Curve]) -> None:
    for operators, points in path.subpaths:
        if "c" in operators:
            curves.append(Curve(points, path.width, number))
            continue
        for a, b in zip(points, points[1:], strict=False):
            if not np.array_equal(a, b):
                lines.append(_line(a, b, path.width, number, is_dashed=path.is_dashed))


def _line(a: np.ndarray, b: np.ndarray, thickness: float, number: int, **more: bool) -> Line:
    steep = abs(b[1] - a[1]) > abs(b[0] - a[0])
    first, last = sorted((a.tolist(), b.tolist()), key=lambda p: p[1] if steep else p[0])
    return Line(tuple(first), tuple(last), thickness, number, **more)


def _filled(path: Path, number: int, pen: float, lines: list[Line], shapes: list[Shape]) -> None:
    """Sort an area: areas with four corners become lines, everything else shapes. pen: the width of its outline."""
    rest: list[tuple[str, np.ndarray]] = []
    quads = [_quad(operators, points) for operators, points in path.subpaths]
    if all(quad is not None for quad in quads):
        for quad in quads:
            assert quad is not None
            lines.append(_as_line(quad, pen, number))
        return
    rest = list(path.subpaths)
    contours = [_grown(points, pen / 2) for _, points in rest if len(points) > 2]
    if contours:
        shapes.append(Shape(contours, tuple(operators for operators, _ in rest), number))


def _quad(operators: str, points: np.ndarray) -> np.ndarray | None:
    """The four corners of a subpath that is a rectangle, or that slopes between two vertical ends. None for any
    other."""
    if "c" in operators:
        return None
    first, *others = points.tolist()
    corners = [first]
    for x, y in others:
        if abs(x - corners[-1][0]) > 0.005 or abs(y - corners[-1][1]) > 0.005:
            corners.append([x, y])
    if len(corners) > 1 and abs(corners[-1][0] - first[0]) <= 0.005 and abs(corners[-1][1] - first[1]) <= 0.005:
        corners.pop()
    if len(corners) != 4:
        return None
    four = np.array(corners)
    sides = np.roll(four, -1, axis=0) - four
    parallel = [abs(sides[i, 0] * sides[i + 2, 1] - sides[i, 1] * sides[i + 2, 0])
                <= 0.05 * np.linalg.norm(sides[i]) * np.linalg.norm(sides[i + 2]) + 1e-3 for i in (0, 1)]
    return four if all(parallel) else None


def _as_line(four: np.ndarray, pen: float, number: int) -> Line:
    """A parallelogram as its middle line: between its two vertical sides if it has such sides, or else between its
    short sides."""
    sides = np.roll(four, -1, axis=0) - four
    lengths = np.hypot(*sides.T)
    upright = [abs(sides[i, 0]) <= 0.02 * lengths[i] + 0.02 for i in (0, 1)]
    level = [abs(sides[i, 1]) <= 0.02 * lengths[i] + 0.02 for i in (0, 1)]
    if any(upright) and not any(level):
        ends = 0 if upright[0] else 1  # a beam: its ends are the vertical sides, however long they are
    else:
        ends = 0 if lengths[0] < lengths[1] else 1
    a, b = (four[ends] + four[ends + 1]) / 2, (four[ends + 2] + four[(ends + 3) % 4]) / 2
    along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
    thickness = float(abs(sides[ends, 1])) if abs(along[0]) > abs(along[1]) and any(upright) else float(lengths[ends])
    return _line(a - along * pen / 2, b + along * pen / 2, thickness + pen, number, is_filled=True)


def _grown(points: np.ndarray, reach: float) -> np.ndarray:
    """A contour whose points are moved away from its middle by half a pen's width."""
    if reach <= 0:
        return points
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    half = np.maximum((points.max(axis=0) - points.min(axis=0)) / 2, 1e-6)
    return np.asarray(middle + (points - middle) * (1 + reach / half))


# ---- staff lines -----------------------------------------------------------------------------------------------


def find_ruled(lines: Sequence[Line], width: float) -> list[Ruled]:
    """Level lines on a page of this width that run together, with equal lengths and distances, from the top down:
    staves, and anything else that is ruled. All in points."""
    level = [line for line in lines if not line.is_upright and line.is_level and not line.is_dashed
             and line.length > T.slender * line.thickness]
    whole = [line for line in _joined(level) if line[0].length > 0 and line[1] >= T.shortest_staff * width]
    columns: list[list[tuple[Line, float, tuple[Line, ...]]]] = []
    for line, length, parts in sorted(whole, key=lambda found: found[0].a[1]):
        for column in reversed(columns):
            last = column[-1][0]
            if abs(last.a[0] - line.a[0]) < T.same_end and abs(last.b[0] - line.b[0]) < T.same_end:
                if line.a[1] - last.a[1] > T.same_row:
                    column.append((line, length, parts))
                break
        else:
            columns.append([(line, length, parts)])
    found = [ruled for column in columns for ruled in _runs(column, width)]
    return sorted(found, key=lambda r: (r.rows[0], r.left))


def _joined(level: Sequence[Line]) -> list[tuple[Line, float, tuple[Line, ...]]]:
    """Join pieces of lines that have the same thickness and go on in one row. Returns (line, its length, its
    pieces)."""
    pens: dict[int, list[Line]] = defaultdict(list)
    for line in level:
        pens[round(line.thickness / T.same_pen)].append(line)
    merged = [group for own in pens.values() for group in _rows(own)]
    out = []
    for group in merged:
        left, right = min(p.a[0] for p in group), max(p.b[0] for p in group)
        row = float(np.average([p.a[1] for p in group], weights=[max(p.length, 1e-6) for p in group]))
        out.append((replace(group[0], a=(left, row), b=(right, row)), right - left, tuple(group)))
    return out


def _rows(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines that go on in one row, without large gaps."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda piece: piece.a[1]):
        if rows and line.a[1] - rows[-1][-1].a[1] <= T.same_row:
            rows[-1].append(line)
        else:
            rows.append([line])
    for row in rows:
        group: list[Line] = []
        reach = -math.inf
        for line in sorted(row, key=lambda piece: piece.a[0]):
            if group and line.a[0] - reach > T.join:
                yield group
                group, reach = [], -math.inf
            group.append(line)
            reach = max(reach, line.b[0])
        yield group


def _runs(column: Sequence[tuple[Line, float, tuple[Line, ...]]], width: float) -> Iterator[Ruled]:
    """A column of lines, cut where their distance changes."""
    rows = [line.a[1] for line, _, _ in column]
    start = 0
    while start < len(column):
        stop = start + 1
        while stop < len(column) and T.space[0] * width < rows[stop] - rows[stop - 1] < T.space[1] * width:
            if stop - start >= 2:
                gap = (rows[stop - 1] - rows[start]) / (stop - 1 - start)
                if abs(rows[stop] - rows[stop - 1] - gap) > T.even * gap:
                    break
            stop += 1
        if stop - start == 2 and len(column) - start > STAFF_LINES:
            stop = start + 1  # the gap below may be that to the next staff, if this is the last line of its staff
        own = column[start:stop]
        yield Ruled(tuple(rows[start:stop]), min(line.a[0] for line, _, _ in own), max(line.b[0] for line, _, _ in own),
                    float(np.median([line.thickness for line, _, _ in own])), tuple(p for _, _, ps in own for p in ps))
        start = stop


def usual_space(ruled: Sequence[Ruled]) -> float | None:
    """The staff space of most five-line staves of a page, in points. None without any."""
    staves = [r for r in ruled if r.is_staff]
    if not staves:
        return None
    order = sorted(staves, key=lambda r: r.space)
    lengths = np.cumsum([r.right - r.left for r in order])
    return order[int(np.searchsorted(lengths, lengths[-1] / 2))].space


def scaled(pieces: Pieces, scale: float) -> Pieces:
    """The pieces in other units. scale: how many times as long."""

    def point(p: tuple[float, float]) -> tuple[float, float]:
        return p[0] * scale, p[1] * scale

    return Pieces(
        tuple(replace(line, a=point(line.a), b=point(line.b), thickness=line.thickness * scale)
              for line in pieces.lines),
        tuple(replace(c, points=c.points * scale, thickness=c.thickness * scale) for c in pieces.curves),
        tuple(replace(s, contours=[c * scale for c in s.contours]) for s in pieces.shapes),
        *(tuple((a * scale, b * scale, c * scale, d * scale) for a, b, c, d in boxes)
          for boxes in (pieces.frames, pieces.triangles)))


def scaled_ruled(ruled: Ruled, scale: float) -> Ruled:
    """Ruled lines in other units. Their pieces stay as they were."""
    return replace(ruled, rows=tuple(r * scale for r in ruled.rows), left=ruled.left * scale, right=ruled.right * scale,
                   thickness=ruled.thickness * scale)


def scale_to_px(space_pt: float) -> float:
    """Pixels of a normalised page per point."""
    return SPACE_PX / space_pt
