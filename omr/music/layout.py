"""How the pages of the score are laid out: which parts have a common bracket, and where each system stands on its
page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from omr.music.bars import Bar
from omr.types import NotationGraph, Places, StaffKey, System
from omr.types.paper import PartGroup, StaffPlace, SystemPlace

BRACKET_SHARE = 0.3
"""If at least this share of the systems with all staves shows a bracket, the score has it. Dirt hides some brackets."""


def find_groups(graphs: Sequence[NotationGraph], places: Places, layout: Sequence[int]) -> tuple[PartGroup, ...]:
    """Brackets, and groups of parts without a bracket through which barlines are drawn.

    Brackets are counted in systems that show every staff. That barlines run on from one part into the next is counted
    in systems that show both. layout: number of staves of each part.
    """
    brackets: Counter[tuple[int, int]] = Counter()  # (first part, last part) -> systems
    through: Counter[int] = Counter()  # part -> systems in which its barlines run on into the next part
    beside: Counter[int] = Counter()  # part -> systems in which the next part is below it
    full = 0
    for graph in graphs:
        for system in graph.systems:
            part = {s: places[StaffKey(graph.page, s)].part for s in system.staves}
            if len(system.staves) == sum(layout):
                full += 1
                brackets.update({(part[run[0]], part[run[-1]]) for run in system.brackets})
            for upper, lower in pairwise(system.staves):
                if part[lower] == part[upper] + 1:
                    beside[part[upper]] += 1
                    through[part[upper]] += upper in system.through
    joined = {p for p, count in beside.items() if 2 * through[p] > count}
    enough = max(1, BRACKET_SHARE * full)
    shown = sorted(((first, last) for (first, last), count in brackets.items() if first < last and count >= enough),
                   key=lambda run: (run[0], -run[1]))
    groups = [PartGroup(a, b, "bracket", all(p in joined for p in range(a, b))) for a, b in shown]
    for run in _consecutive(joined):
        if not any(g.barlines and g.first <= run[0] and run[-1] < g.last for g in groups):
            groups.append(PartGroup(run[0], run[-1] + 1, "none", True))
    return tuple(groups)


def _consecutive(numbers: set[int]) -> list[list[int]]:
    """Group successive numbers, in order: {1, 2, 5} -> [[1, 2], [5]]."""
    runs: list[list[int]] = []
    for n in sorted(numbers):
        if runs and runs[-1][-1] == n - 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return runs


def place_systems(graphs: Sequence[NotationGraph], places: Places, bars: Sequence[Bar]) -> tuple[SystemPlace, ...]:
    """The place of every system that has a bar. bars: those of the score, in order."""
    graph_of = {g.page: g for g in graphs}
    return tuple(
        _place(index, graph_of[bar.page], bar.system, places) for index, bar in enumerate(bars) if bar.first_of_system
    )


def _place(measure: int, graph: NotationGraph, system: System, places: Places) -> SystemPlace:
    """The place of a system. The rows of a staff's outer lines are those at its middle column."""
    staves = [graph.staves[s] for s in system.staves]
    own = []
    for staff in staves:
        place = places[StaffKey(graph.page, staff.index)]
        middle = (staff.left + staff.right) / 2
        own.append(StaffPlace(place.part, place.staff, staff.row(4, middle), staff.row(-4, middle)))
    left, right = min(s.left for s in staves), max(s.right for s in staves)
    return SystemPlace(measure, graph.page, left, right, tuple(own))
