"""How the score's pages are laid out: which parts stand in one bracket, and where each system stands on its page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from omr.music.bars import Bar
from omr.types import NotationGraph, System
from omr.types.paper import PartGroup, StaffPlace, SystemPlace

Places = Mapping[tuple[int, int], tuple[int, int]]
"""(page, staff index) -> (part, staff of the part from 1)"""
SEEN = 0.3
"""A bracket is the score's if so many of the full systems show it: dirt hides some."""


def find_groups(graphs: Sequence[NotationGraph], place_of: Places, layout: Sequence[int]) -> tuple[PartGroup, ...]:
    """Brackets, and runs of parts whose bar lines are drawn through where no bracket is. layout: staves of each part.

    Brackets count in systems that show every staff, bar lines between any two neighbouring parts that show both.
    """
    seen: Counter[tuple[int, int]] = Counter()
    through: Counter[int] = Counter()
    beside: Counter[int] = Counter()
    full = 0
    for graph in graphs:
        for system in graph.systems:
            part = {s: place_of[graph.page, s][0] for s in system.staves}
            if len(system.staves) == sum(layout):
                full += 1
                seen.update({(part[run[0]], part[run[-1]]) for run in system.brackets})
            for upper, lower in zip(system.staves, system.staves[1:], strict=False):
                if part[lower] == part[upper] + 1:
                    beside[part[upper]] += 1
                    through[part[upper]] += upper in system.through
    joined = {p for p, count in beside.items() if 2 * through[p] > count}
    brackets = sorted((r for r, count in seen.items() if r[0] < r[1] and count >= max(1, SEEN * full)),
                      key=lambda r: (r[0], -r[1]))
    groups = [PartGroup(a, b, "bracket", all(p in joined for p in range(a, b))) for a, b in brackets]
    for run in _runs(joined):
        if not any(g.barlines and g.first <= run[0] and run[-1] < g.last for g in groups):
            groups.append(PartGroup(run[0], run[-1] + 1, "none", True))
    return tuple(groups)


def _runs(numbers: set[int]) -> list[list[int]]:
    """Numbers that follow on one another, together."""
    runs: list[list[int]] = []
    for n in sorted(numbers):
        if runs and runs[-1][-1] == n - 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return runs


def place_systems(graphs: Sequence[NotationGraph], place_of: Places, bars: Sequence[Bar]) -> tuple[SystemPlace, ...]:
    """Where every system that has a bar stands. bars: those of the score, in order."""
    graph_of = {g.page: g for g in graphs}
    places = []
    for index, bar in enumerate(bars):
        if bar.first_of_system:
            places.append(_place(index, graph_of[bar.page], bar.system, place_of))
    return tuple(places)


def _place(measure: int, graph: NotationGraph, system: System, place_of: Places) -> SystemPlace:
    staves = [graph.staves[s] for s in system.staves]
    left, right = min(s.left for s in staves), max(s.right for s in staves)
    own = []
    for staff in staves:
        part, number = place_of[graph.page, staff.index]
        middle = (staff.left + staff.right) / 2
        own.append(StaffPlace(part, number, staff.row(4, middle), staff.row(-4, middle)))
    return SystemPlace(measure, graph.page, left, right, tuple(own))
