"""Where one movement ends and the next begins, and the score of each.

No single sign tells: a heavy bar line, an indented system, a time signature printed anew and room for a title above
are weighed together. Measures are numbered from 1 in each movement, as they are printed.
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
from omr.types.paper import PartGroup, StaffPlace, SystemPlace

ENOUGH = 3.0
"""Evidence that makes a system the beginning of a movement."""
END = {"final": 2.0, "double": 1.0, "repeat-end": 1.0}
"""What the bar line before says."""
INDENTED, TIMED, TITLED = 1.5, 1.0, 1.0
INDENT = 2.0
"""A system is indented by so many staff spaces or more, against the page's others."""
TITLE_GAP = 1.5
"""A title takes so many times the usual room between systems."""


def find_movements(graphs: Sequence[NotationGraph], bars: Sequence[Bar], contexts: Sequence[BarContext]) -> set[int]:
    """Indices of the bars with which a movement begins, the first left out."""
    graph_of = {g.page: g for g in graphs}
    starts = set()
    for i, (before, bar) in enumerate(pairwise(bars), 1):
        if not bar.first_of_system:
            continue
        graph = graph_of[bar.page]
        evidence = END.get(before.right_style, 0.0) + TIMED * (contexts[i].time is not None)
        evidence += INDENTED * _is_indented(graph, bar) + TITLED * _has_room(graph, bar)
        if evidence >= ENOUGH:
            starts.add(i)
    return starts


def _left(graph: NotationGraph, staves: Sequence[int]) -> float:
    return min(graph.staves[s].left for s in staves)


def _is_indented(graph: NotationGraph, bar: Bar) -> bool:
    others = [_left(graph, s.staves) for s in graph.systems if s.index != bar.system.index]
    if not others:
        return False
    space = graph.staves[bar.system.staves[0]].space_px
    return _left(graph, bar.system.staves) > median(others) + INDENT * space


def _has_room(graph: NotationGraph, bar: Bar) -> bool:
    """Whether the system stands further below the one above than systems of the page do."""
    rooms = {
        lower.index: graph.staves[lower.staves[0]].box.top - graph.staves[upper.staves[-1]].box.bottom
        for upper, lower in pairwise(graph.systems)
    }
    others = [room for index, room in rooms.items() if index != bar.system.index]
    return bar.system.index in rooms and bool(others) and rooms[bar.system.index] > TITLE_GAP * median(others)


def number_measures(
    bars: Sequence[Bar], lengths: Sequence[Fraction], full: Sequence[Fraction | None], starts: set[int]
) -> list[tuple[int, bool]]:
    """(number, whether it is left out of the count) of every bar. lengths: of the bars in quarters; full: what the time
    signature says. An upbeat is 0; a bar that a repeat cuts in two is one."""
    numbers: list[tuple[int, bool]] = []
    for i, (length, whole) in enumerate(zip(lengths, full, strict=True)):
        short = whole is not None and length < whole
        number, skipped = (0, False) if i in starts or not i else numbers[-1]
        if not i or i in starts:
            numbers.append((0, True) if short else (1, False))
        elif (short and not skipped and lengths[i - 1] + length == whole and full[i - 1] == whole
              and bars[i - 1].right_style != "regular"):
            numbers.append((number, True))
        else:
            numbers.append((number + 1, False))
    return numbers


def split(score: Score) -> list[Score]:
    """A score for each movement, with the parts that play in it."""
    count = len(score.parts[0].measures) if score.parts else 0
    edges = [i for i in range(count) if i == 0 or score.parts[0].measures[i].new_movement]
    spans = list(zip(edges, [*edges[1:], count], strict=True))
    return [score] if len(spans) < 2 else [_movement(score, a, b) for a, b in spans]


def _movement(score: Score, start: int, stop: int) -> Score:
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
    )


def _cut(part: Part, index: int, start: int, stop: int) -> Part:
    first, *others = part.measures[start:stop]
    opening: Measure = replace(first, new_system=False, new_page=False, new_movement=False)
    return replace(part, id=f"P{index + 1}", measures=(opening, *others))


def _shifted(system: SystemPlace, start: int, place: dict[int, int]) -> SystemPlace:
    staves = tuple(StaffPlace(place[s.part], s.staff, s.top, s.bottom) for s in system.staves)
    return replace(system, measure=system.measure - start, staves=staves)


def _regroup(group: PartGroup, place: dict[int, int]) -> PartGroup | None:
    """The group of what is left of its parts; None of fewer than two."""
    left = [place[p] for p in range(group.first, group.last + 1) if p in place]
    return replace(group, first=left[0], last=left[-1]) if len(left) > 1 else None
