"""Where one movement ends and the next begins, how measures are numbered, and a score for each movement.

There is no single sign for the beginning of a movement. A final, double or repeat barline before it, an indented
system, a printed time signature and room for a title above are weighed together. Measures are numbered from 1 in each
movement, as in print.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from statistics import median

from omr.music.bars import Bar
from omr.music.context import BarContext
from omr.types import Measure, NotationGraph, Part, Score
from omr.types.memo import Memo
from omr.types.paper import PartGroup, StaffPlace, SystemPlace

ENOUGH_EVIDENCE = 3.0
"""A system begins a movement if the weights of its signs add up to this. Each sign weighs 1 to 2, so it takes at least
two signs, one of them a final barline, or three. All weights are set by hand."""
BARLINE_EVIDENCE = {"final": 2.0, "double": 1.0, "repeat-end": 1.0}
"""Weight of the style of the barline before the system."""
INDENT_EVIDENCE = 1.5
"""Weight of an indented system."""
TIME_EVIDENCE = 1.0
"""Weight of a time signature at the beginning of the system."""
TITLE_EVIDENCE = 1.0
"""Weight of room for a title above the system."""
INDENT = 2.0
"""An indented system begins this much farther right than the page's other systems, in staff spaces."""
TITLE_GAP = 1.5
"""Room for a title is more than this many times the usual distance between two systems of the page."""


def find_movements(
    graphs: Sequence[NotationGraph], bars: Sequence[Bar], contexts: Sequence[BarContext], memo: Memo | None = None
) -> set[int]:
    """Indices of the bars with which a movement begins, except the first. contexts: of the bars. memo: that of an
    earlier version of the score."""
    memo = memo or Memo()
    graph_of = {g.page: g for g in graphs}
    starts = set()
    for i, (before, bar) in enumerate(pairwise(bars), 1):
        if not bar.first_of_system:
            continue
        graph = graph_of[bar.page]
        evidence = (
            BARLINE_EVIDENCE.get(before.right_style, 0.0)
            + TIME_EVIDENCE * (contexts[i].time is not None)
            + INDENT_EVIDENCE * memo(_is_indented, graph, bar)
            + TITLE_EVIDENCE * memo(_has_room_above, graph, bar)
        )
        if evidence >= ENOUGH_EVIDENCE:
            starts.add(i)
    return starts


def _left(graph: NotationGraph, staves: Sequence[int]) -> float:
    return min(graph.staves[s].left for s in staves)


def _is_indented(graph: NotationGraph, bar: Bar) -> bool:
    """Whether a bar's system begins farther right than the other systems of its page."""
    others = [_left(graph, s.staves) for s in graph.systems if s.index != bar.system.index]
    if not others:
        return False
    space = graph.staves[bar.system.staves[0]].space_px
    return _left(graph, bar.system.staves) > median(others) + INDENT * space


def _has_room_above(graph: NotationGraph, bar: Bar) -> bool:
    """Whether a bar's system is farther below the one above it than the other systems of its page are."""
    rooms = {
        lower.index: graph.staves[lower.staves[0]].box.top - graph.staves[upper.staves[-1]].box.bottom
        for upper, lower in pairwise(graph.systems)
    }
    own = rooms.pop(bar.system.index, None)
    return own is not None and bool(rooms) and own > TITLE_GAP * median(rooms.values())


def number_measures(
    bars: Sequence[Bar], lengths: Sequence[Fraction], full: Sequence[Fraction | None], starts: set[int]
) -> list[tuple[int, bool]]:
    """For every bar, its number, and whether it is not counted.

    An upbeat has the number 0. The second half of a bar that a repeat sign divides has the number of the first half.

    lengths: of the bars, in quarters.
    full: what they should be by the time signature; None if that is unknown.
    starts: indices of the bars that begin a movement.
    """
    numbers: list[tuple[int, bool]] = []
    for i, (length, whole) in enumerate(zip(lengths, full, strict=True)):
        is_short = whole is not None and length < whole
        if i == 0 or i in starts:
            numbers.append((0, True) if is_short else (1, False))
            continue
        number, is_uncounted = numbers[-1]
        completes = lengths[i - 1] + length == whole and full[i - 1] == whole
        if is_short and not is_uncounted and completes and bars[i - 1].right_style != "regular":
            numbers.append((number, True))
        else:
            numbers.append((number + 1, False))
    return numbers


def split(score: Score) -> list[Score]:
    """A score for each movement, with only the parts that play in it. If there is one movement, the score itself."""
    count = len(score.parts[0].measures) if score.parts else 0
    edges = [i for i in range(count) if i == 0 or score.parts[0].measures[i].new_movement]
    spans = list(zip(edges, [*edges[1:], count], strict=True))
    return [score] if len(spans) < 2 else [_movement(score, a, b) for a, b in spans]


def _movement(score: Score, start: int, stop: int) -> Score:
    """The score of the measures start <= i < stop."""
    systems = [s for s in score.systems if start <= s.measure < stop]
    playing = sorted({p.part for s in systems for p in s.staves}) or list(range(len(score.parts)))
    place = {part: i for i, part in enumerate(playing)}
    pages = {m.page for m in score.parts[0].measures[start:stop]}
    return replace(
        score,
        parts=tuple(_cut(score.parts[p], i, start, stop) for p, i in place.items()),
        doubts=tuple(
            d if d.measure is None else replace(d, measure=d.measure - start) for d in score.doubts
            if (d.page in pages if d.measure is None else start < d.measure <= stop)),
        groups=tuple(g for g in (_regroup(g, place) for g in score.groups) if g is not None),
        systems=tuple(_shifted(s, start, place) for s in systems),
        sheets=tuple(s for s in score.sheets if s.page in pages),
        heading=() if start else score.heading,
    )


def _cut(part: Part, index: int, start: int, stop: int) -> Part:
    """A part with the measures start <= i < stop. index: of the part in the new score."""
    first, *others = part.measures[start:stop]
    opening: Measure = replace(first, new_system=False, new_page=False, new_movement=False)
    return replace(part, id=f"P{index + 1}", measures=(opening, *others))


def _shifted(system: SystemPlace, start: int, place: dict[int, int]) -> SystemPlace:
    """A system's place in a score that begins at the measure `start`. place: old index of a part -> new index."""
    staves = tuple(StaffPlace(place[s.part], s.staff, s.top, s.bottom) for s in system.staves)
    return replace(system, measure=system.measure - start, staves=staves)


def _regroup(group: PartGroup, place: dict[int, int]) -> PartGroup | None:
    """The group of the parts that are left; None if fewer than two are. place: old index of a part -> new index."""
    left = [place[p] for p in range(group.first, group.last + 1) if p in place]
    return replace(group, first=left[0], last=left[-1]) if len(left) > 1 else None
