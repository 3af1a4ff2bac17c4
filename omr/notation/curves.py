"""Ties and slurs: which heads a curve joins, and which curves are the two halves of one over a system's end.

A curve says little of which of the two it is. One that joins neighbouring heads of one position, flat and short, is a
tie; one that joins others is a slur, whatever the detector called it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from omr.notation.attach import Targets
from omr.notation.placing import Placing
from omr.types import Edge, EdgeKind, NotationGraph, Places, Staff, StaffKey, Stroke

OPEN_LEFT, OPEN_RIGHT = 0.6, 1.2
"""A curve that begins so far (spaces) before its staff's first head, or ends so far after its last, has its other half
on the neighbouring system."""

REACH = 4.0
"""How near (spaces) to a system's right end a curve must come that goes on in the next."""

BROKEN, APEX, HIDDEN = 1.2, 12.0, 25.0
"""Pieces of one curve may be so far apart (spaces): where something crosses it, where its apex lies on a staff line,
and where a hairpin runs along it."""


def mend_curves(curves: Sequence[Stroke], space: float) -> list[Stroke]:
    """Pieces of one curve joined: the next goes on where and as one ends. Slurs that follow on one another differ:
    both bend down to the note between them."""
    mended: list[Stroke] = []
    for piece in sorted((_rightwards(c) for c in curves), key=lambda c: c.points[0][1]):
        for i, left in enumerate(mended):
            if _goes_on(left, piece, space):
                kind = max((left, piece), key=lambda s: s.points[-1][1] - s.points[0][1]).kind
                points = (*(p for p in left.points if p[1] < piece.points[0][1]), *piece.points)
                mended[i] = replace(left, kind=kind, points=points, score=min(left.score, piece.score))
                break
        else:
            mended.append(piece)
    return mended


def _goes_on(left: Stroke, right: Stroke, space: float) -> bool:
    (row, col), (next_row, next_col) = left.points[-1], right.points[0]
    gap = (next_col - col) / space
    if not -0.8 < gap < HIDDEN or len(left.points) < 3 or len(right.points) < 3:
        return False
    a, b = _slope(left.points[::-1], space), _slope(right.points, space)
    if gap < BROKEN:
        return abs(row + a * (next_col - col) - next_row) < 0.5 * space and abs(a - b) < 0.25
    if abs(row - next_row) > 0.8 * space or _whole(left, space) or _whole(right, space):
        return False
    lengths = [s.points[-1][1] - s.points[0][1] for s in (left, right)]
    steep = max(abs(a), abs(b))
    if steep < 0.12 and min(lengths) > 6 * space:
        return True
    rise, fall = left.points[0][0] - row, right.points[-1][0] - next_row
    side = 1 if rise > 0 else -1
    to_apex = min(side * rise, side * fall) > 0.4 * space and side * a < 0.03 and side * b > -0.03
    bulging = side * _bulge(left) < 0 and side * _bulge(right) < 0
    return to_apex and bulging and steep < 0.2 and gap < APEX and next_col - col < 0.75 * sum(lengths)


def _whole(curve: Stroke, space: float) -> bool:
    """Whether a curve goes away and comes back, and lacks no part."""
    rows = [p[0] for p in curve.points]
    extent = max(rows) - min(rows)
    return extent > 0.3 * space and abs(rows[0] - rows[-1]) < 0.5 * extent


def _bulge(curve: Stroke) -> float:
    """How far below the straight line between its ends a curve's middle point lies, in pixels."""
    (r0, c0), (r1, c1) = curve.points[0], curve.points[-1]
    row, col = curve.points[len(curve.points) // 2]
    return row - r0 - (r1 - r0) * (col - c0) / ((c1 - c0) or 1.0)


def _slope(points: Sequence[tuple[float, float]], space: float) -> float:
    """Rows a column of a curve over its first two spaces."""
    first = points[0]
    last = next((p for p in points if abs(p[1] - first[1]) > 1.9 * space), points[-1])
    return (last[0] - first[0]) / ((last[1] - first[1]) or 1.0)


def _rightwards(curve: Stroke) -> Stroke:
    return curve if curve.points[0][1] <= curve.points[-1][1] else replace(curve, points=curve.points[::-1])


def ties_and_slurs(placing: Placing, curves: Sequence[Stroke], heads: Targets, columns: np.ndarray) -> Iterator[Edge]:
    """Curves to the heads at their ends. One that reaches over a system's end, or comes from before its beginning, has
    one head only.

    curves: as `mend_curves` gives them. columns: (n,) the chord index of each head, to tell neighbours.
    """
    if not len(heads):
        return
    space = placing.space_px
    taken: set[tuple[int, int]] = set()
    for curve in sorted(curves, key=lambda c: c.points[-1][1] - c.points[0][1]):
        (r0, c0), (r1, c1) = curve.points[0], curve.points[-1]
        staff = _home(placing, heads, curve)
        coming, going = _open_ends(staff, heads, c0, c1, space)
        left_x, left_y = (c0 - heads.col) / space, np.abs(heads.row - r0) / space
        right_x, right_y = (heads.col - c1) / space, np.abs(heads.row - r1) / space
        lefts = np.flatnonzero((left_x > -0.8) & (left_x < 2.6) & (left_y < 1.8)).tolist()
        rights = np.flatnonzero((right_x > -0.8) & (right_x < 2.6) & (right_y < 1.8)).tolist()
        best: tuple[float, int, int] | None = None
        for i in lefts:
            for j in rights:
                if heads.staff[i] != heads.staff[j] or heads.col[j] - heads.col[i] < 0.8 * space:
                    continue
                if (i, j) in taken or abs(_step(placing, heads, i) - _step(placing, heads, j)) > 0.6:
                    continue
                cost = left_y[i] + right_y[j] + 0.5 * (abs(left_x[i] - 0.7) + abs(right_x[j] - 0.7))
                if best is None or cost < best[0]:
                    best = float(cost), i, j
        flat = abs(r1 - r0) < 0.7 * space
        if best is not None and (curve.kind == "tie" or (flat and _neighbours(heads, columns, best[1], best[2]))):
            taken.add((best[1], best[2]))
            yield Edge(heads.symbols[best[1]].id, curve.id, "tie")
            yield Edge(heads.symbols[best[2]].id, curve.id, "tie")
            continue
        one = (len(lefts) == 0) != (len(rights) == 0)
        if curve.kind == "tie" and one and (going if len(lefts) else coming):
            side, x, y = (lefts, left_x, left_y) if len(lefts) else (rights, right_x, right_y)
            i = min(side, key=lambda k: y[k] + 0.5 * abs(x[k] - 0.7))
            yield Edge(heads.symbols[i].id, curve.id, "tie")
            continue
        ends = []
        for is_open, x, y in ((coming, c0 - heads.col, heads.row - r0), (going, heads.col - c1, heads.row - r1)):
            cost = np.abs(x) / space + 0.4 * np.abs(y) / space
            i = int(cost.argmin())
            if not is_open and cost[i] < 3.5:
                ends.append(i)
        if len(ends) < 2 or columns[ends[0]] != columns[ends[1]]:
            yield from (Edge(heads.symbols[i].id, curve.id, "slur") for i in ends)


def _home(placing: Placing, heads: Targets, curve: Stroke) -> Staff | None:
    """The staff of most heads under or over a curve; the nearest, if there are none."""
    box, space = curve.box, placing.space_px
    near = (heads.col > box.left - space) & (heads.col < box.right + space) & (heads.staff >= 0)
    near &= (heads.row > box.top - 6 * space) & (heads.row < box.bottom + 6 * space)
    if near.any():
        return placing.staves[int(np.bincount(heads.staff[near]).argmax())]
    return placing.nearest(*box.center)


def _open_ends(staff: Staff | None, heads: Targets, left: float, right: float, space: float) -> tuple[bool, bool]:
    """Whether a curve comes from before its staff's first head, and whether it goes on after the last."""
    if staff is None:
        return False, False
    mine = heads.staff == staff.index
    if not mine.any():
        return False, False
    coming = left < heads.left[mine].min() - OPEN_LEFT * space + 0.3 * space
    going = right > heads.right[mine].max() + OPEN_RIGHT * space and right > staff.right - REACH * space
    return bool(coming), bool(going)


def _step(placing: Placing, heads: Targets, i: int) -> float:
    staff = int(heads.staff[i])
    return placing.staves[staff].position(heads.row[i], heads.col[i]) if staff >= 0 else heads.row[i]


def _neighbours(heads: Targets, columns: np.ndarray, i: int, j: int) -> bool:
    """Whether no chord of the same staff stands between two heads' chords."""
    same = (heads.staff == heads.staff[i]) & (columns != columns[i]) & (columns != columns[j])
    near = np.abs(heads.row - heads.row[i]) < 3 * abs(heads.bottom[i] - heads.top[i])
    return not np.any(same & near & (heads.col > heads.right[i]) & (heads.col < heads.left[j]))


Curve = tuple[int, int]
"""page, id of the stroke"""


@dataclass(frozen=True)
class Joined:
    """What is known of curves when all pages are. numbers: one for every slur, the same for its two halves. kinds: what
    the halves of one curve are, where they settle it together."""

    numbers: Mapping[Curve, int]
    kinds: Mapping[Curve, EdgeKind]


@dataclass(frozen=True)
class _Half:
    """A curve with one head. height: staff position of its middle; position: that of its head, if the head is the last
    of its system (or the first, for one that comes in), else None."""

    curve: Curve
    height: float
    position: int | None


def join_curves(graphs: Sequence[NotationGraph], place_of: Places) -> Joined:
    """Which curves go on from one system to the next, over pages too. place_of: (page, staff) -> (part, staff of it).

    What goes out of a staff comes into the same staff of the next system: ties join the last head with the first at
    its position, the rest are slurs from top to bottom.
    """
    numbers: dict[Curve, int] = {}
    kinds: dict[Curve, EdgeKind] = {}
    waiting: dict[tuple[int, int], list[_Half]] = {}
    for graph in graphs:
        for edge in graph.edges:
            if edge.kind in ("slur", "tie"):
                numbers.setdefault((graph.page, edge.child), len(numbers) + 1)
        coming, going = _halves(graph)
        for system in graph.systems:
            for staff in system.staves:
                place = place_of.get(StaffKey(graph.page, staff))
                if place is None:
                    continue
                before, after = waiting.pop(place, []), coming.get(staff, [])
                for a in list(before):
                    b = next((b for b in after if a.position is not None and a.position == b.position), None)
                    if b is not None:
                        before, after = [h for h in before if h is not a], [h for h in after if h is not b]
                        kinds[a.curve] = kinds[b.curve] = "tie"
                for a, b in zip(sorted(before, key=lambda h: -h.height), sorted(after, key=lambda h: -h.height),
                                strict=False):
                    numbers[b.curve] = numbers[a.curve]
                    kinds[a.curve] = kinds[b.curve] = "slur"
                waiting[place] = going.get(staff, [])
    return Joined(numbers, kinds)


def _halves(graph: NotationGraph) -> tuple[dict[int, list[_Half]], dict[int, list[_Half]]]:
    """Curves with one head, by staff: those that come from the system before, those that go on to the next."""
    symbol = {s.id: s for s in graph.symbols}
    stroke = {s.id: s for s in graph.strokes}
    heads_of: dict[int, set[int]] = defaultdict(set)
    for edge in graph.edges:
        if edge.kind in ("slur", "tie"):
            heads_of[edge.child].add(edge.parent)
    lefts_of: dict[int, list[float]] = defaultdict(list)
    for s in graph.symbols:
        if s.name.startswith("notehead") and s.id in graph.staff_of:
            lefts_of[graph.staff_of[s.id]].append(s.box.left)
    coming: dict[int, list[_Half]] = defaultdict(list)
    going: dict[int, list[_Half]] = defaultdict(list)
    for curve, heads in heads_of.items():
        head = symbol[next(iter(heads))]
        if len(heads) != 1 or head.id not in graph.staff_of:
            continue
        staff = graph.staves[graph.staff_of[head.id]]
        row, col = stroke[curve].box.center
        onward = head.box.center[1] < col
        lefts = lefts_of[staff.index]
        end = stroke[curve].box.right if onward else stroke[curve].box.left
        if not (end > staff.right - REACH * staff.space_px if onward else end < min(lefts)):
            continue  # its other end found no head
        outermost = abs(head.box.left - (max(lefts) if onward else min(lefts))) < 1.5 * staff.space_px
        half = _Half((graph.page, curve), staff.position(row, col),
                     round(staff.position(*head.box.center)) if outermost else None)
        (going if onward else coming)[staff.index].append(half)
    return coming, going
