"""Curves that go on from one system to the next: which of them are the two halves of one tie or slur."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from omr.notation.curves import T as CURVES
from omr.types import EdgeKind, NotationGraph, Places, Staff, StaffInPart, StaffKey, Symbol
from omr.types.memo import Memo
from omr.types.table import table

Curve: TypeAlias = tuple[int, int]
"""page, id of the stroke"""


@table
class JoinTolerances:
    """Lengths are in staff spaces."""

    outermost: float = 1.5
    """The noteheads of the last (first) chord of a staff begin at most this far from its last (first) notehead. The two
    noteheads of a second are about a notehead's width apart."""


T = JoinTolerances()
"""The tolerances of this stage."""


@dataclass(frozen=True)
class Joined:
    """What is known about curves once all pages are read.

    numbers: one for every slur, the same for its two halves.
    kinds: "tie" or "slur" for the halves of a curve, if both together decide it.
    starts, stops: (page, id) of noteheads at which a tie over the end of a system begins or ends, although only its
        other half was found.
    """

    numbers: Mapping[Curve, int]
    kinds: Mapping[Curve, EdgeKind]
    starts: frozenset[tuple[int, int]] = frozenset()
    stops: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class _Half:
    """A curve that has a notehead at one end only.

    height: staff position of its middle.
    position: staff position of its notehead, if that is the last of its system (for a curve that comes in, the first);
        else None. If the curve is a tie according to the detector and to its noteheads, or flat on a drawn page, the
        notehead need only be the last (first) at its position, because another voice may go on.
    kind: what the curve is taken for by itself.
    """

    curve: Curve
    height: float
    position: int | None
    kind: EdgeKind


@dataclass(frozen=True)
class _SystemEnd:
    """How a staff ends on its system, or begins.

    halves: of curves that go over that end.
    heads: staff position -> id of the notehead next to that end, on its page.
    """

    page: int
    halves: Sequence[_Half]
    heads: Mapping[int, int]

    def head_of(self, half: _Half) -> Iterator[tuple[int, int]]:
        """(page, id) of the notehead to which half of a tie leads that comes from the other side, if there is one."""
        head = self.heads.get(half.position) if half.kind == "tie" and half.position is not None else None
        if head is not None:
            yield self.page, head


def join_curves(graphs: Sequence[NotationGraph], place_of: Places, memo: Memo | None = None) -> Joined:
    """Find out which curves go on from one system to the next, also over pages.

    What goes out of a staff comes into the same staff of the next system. Ties join the last notehead with the first
    one at its position; the rest are slurs, paired from top to bottom. A half that is left over and looks like a tie is
    one if there is a notehead at its position on the other side, where the other half is often too short to be seen.

    place_of: the place in the score of every staff that has one.
    memo: that of an earlier version of the score.
    """
    memo = memo or Memo()
    numbers: dict[Curve, int] = {}
    kinds: dict[Curve, EdgeKind] = {}
    starts: set[tuple[int, int]] = set()
    stops: set[tuple[int, int]] = set()
    waiting: dict[StaffInPart, _SystemEnd] = {}
    for graph in graphs:
        for edge in graph.edges:
            if edge.kind in ("slur", "tie"):
                numbers.setdefault((graph.page, edge.child), len(numbers) + 1)
        begins, ends = memo(_system_ends, graph)
        for staff in (s for system in graph.systems for s in system.staves):
            place = place_of.get(StaffKey(graph.page, staff))
            if place is None:
                continue
            before, after = waiting.pop(place, None), begins.get(staff)
            if after is None:
                continue
            if before is not None and _is_held(before, after):
                kinds |= {half.curve: "tie" for end in (before, after) for half in end.halves}
                starts |= {(before.page, head) for head in before.heads.values()}
                stops |= {(after.page, head) for head in after.heads.values()}
            elif before is not None:
                ties, slurs = _pairs(before.halves, after.halves)
                kinds |= {half.curve: "tie" for pair in ties for half in pair}
                kinds |= {half.curve: "slur" for pair in slurs for half in pair}
                numbers |= {b.curve: numbers[a.curve] for a, b in slurs}
                paired = {half.curve for pair in (*ties, *slurs) for half in pair}
                starts |= {head for half in after.halves if half.curve not in paired for head in before.head_of(half)}
                stops |= {head for half in before.halves if half.curve not in paired for head in after.head_of(half)}
            waiting[place] = ends[staff]
    return Joined(numbers, kinds, frozenset(starts), frozenset(stops))


def _is_held(before: _SystemEnd, after: _SystemEnd) -> bool:
    """Whether a chord is held over the end of a system: it stands on both sides, and on one side as many curves go over
    the end as it has noteheads. The outermost of these curves is easily taken for a slur, and two of them for those of
    one notehead. For a chord of two noteheads this must be so on both sides, because one of two curves is often a slur.
    """
    heads = len(before.heads)
    full = [len(end.halves) == heads and all(half.position is not None for half in end.halves)
            for end in (before, after)]
    return before.heads.keys() == after.heads.keys() and (heads > 2 and any(full) or heads == 2 and all(full))


def _pairs(
    before: Sequence[_Half], after: Sequence[_Half]
) -> tuple[list[tuple[_Half, _Half]], list[tuple[_Half, _Half]]]:
    """The pairs of halves that are ties, and those that are slurs: curves that go out of a staff, and curves that come
    into the next."""
    ties = []
    for a in before:
        b = next((b for b in after if a.position is not None and a.position == b.position), None)
        if b is not None:
            before, after = [h for h in before if h is not a], [h for h in after if h is not b]
            ties.append((a, b))
    downwards = [sorted(halves, key=lambda h: -h.height) for halves in (before, after)]
    return ties, list(zip(*downwards, strict=False))


def _system_ends(graph: NotationGraph) -> tuple[dict[int, _SystemEnd], dict[int, _SystemEnd]]:
    """How the staves of a page that have noteheads begin, and how they end, by staff index."""
    stroke = {s.id: s for s in graph.strokes}
    heads_of: dict[tuple[int, EdgeKind], set[int]] = defaultdict(set)
    for edge in graph.edges:
        if edge.kind in ("slur", "tie"):
            heads_of[edge.child, edge.kind].add(edge.parent)
    on_staff: dict[int, list[Symbol]] = defaultdict(list)
    for s in graph.symbols:
        if s.kind == "notehead" and s.id in graph.staff_of:
            on_staff[graph.staff_of[s.id]].append(s)
    coming: dict[int, list[_Half]] = defaultdict(list)
    going: dict[int, list[_Half]] = defaultdict(list)
    outermost: dict[int, tuple[dict[int, int], dict[int, int]]] = {}
    for index, heads in on_staff.items():
        outermost[index] = _outermost(graph.staves[index], heads)
    for (curve, kind), ids in heads_of.items():
        head = graph.symbol(next(iter(ids)))
        if len(ids) != 1 or head.id not in graph.staff_of:
            continue
        staff, box = graph.staves[graph.staff_of[head.id]], stroke[curve].box
        row, col = box.center
        onward = head.box.center[1] < col
        first = min(h.box.left for h in on_staff[staff.index])
        over_end = box.right > staff.right - CURVES.system_end * staff.space_px if onward else box.left < first
        if not over_end:
            continue  # no notehead was found at its other end
        next_to_it = outermost[staff.index][1 if onward else 0]
        if stroke[curve].kind == "tie" and (graph.exact or kind == "tie"):
            in_row = [h for h in on_staff[staff.index] if _row(staff, h) == _row(staff, head)]
            next_to_it = _outermost(staff, in_row)[1 if onward else 0]
        position = next((position for position, id_ in next_to_it.items() if id_ == head.id), None)
        half = _Half((graph.page, curve), staff.position(row, col), position, kind)
        (going if onward else coming)[staff.index].append(half)
    return tuple(  # type: ignore[return-value]
        {index: _SystemEnd(graph.page, halves.get(index, []), outermost[index][side]) for index in on_staff}
        for side, halves in enumerate((coming, going)))


def _row(staff: Staff, head: Symbol) -> int:
    """The staff position of a notehead."""
    return round(staff.position(*head.box.center))


def _outermost(staff: Staff, heads: Sequence[Symbol]) -> tuple[dict[int, int], dict[int, int]]:
    """Staff position -> id, for the noteheads of a staff's first chord, and of its last."""
    near = T.outermost * staff.space_px
    first, last = min(h.box.left for h in heads), max(h.box.left for h in heads)
    positions = {h.id: _row(staff, h) for h in heads}
    return ({positions[h.id]: h.id for h in heads if h.box.left - first < near},
            {positions[h.id]: h.id for h in heads if last - h.box.left < near})
