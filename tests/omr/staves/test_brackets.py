"""Square brackets and what they say of a system, on staves drawn by hand: staff space 10 px, lines from row 100 on."""

from __future__ import annotations

import numpy as np
import pytest

from omr.music.layout import find_groups
from omr.staves.brackets import find_brackets
from omr.staves.systems import group_systems
from omr.types import Box, NotationGraph, Staff, StaffInPart, StaffKey, Stroke, Symbol
from omr.types.paper import PartGroup

LEFT, RIGHT, GAP = 80, 600, 100


def staves(count: int) -> list[Staff]:
    return [Staff(index=i, system=0, left=LEFT, right=RIGHT,
                  lines=100.0 + GAP * i + 10.0 * np.array([[k] * 2 for k in range(5)]))
            for i in range(count)]


def paper(count: int) -> np.ndarray:
    return np.full((200 + GAP * count, 700), 255, np.uint8)


def bars(first: int, last: int, through: bool) -> list[Stroke]:
    """A system's left edge and three bar lines."""
    bottom = 140.0 + GAP * last
    made = [Stroke(0, "barline", ((100.0 + GAP * first, LEFT), (bottom, LEFT)), 2)]
    for col in (250.0, 420.0, RIGHT - 1.0):
        rows = [(100.0 + GAP * first, bottom)] if through else [
            (100.0 + GAP * i, 140.0 + GAP * i) for i in range(first, last + 1)]
        made += [Stroke(len(made) + 1, "barline", ((a, col), (b, col)), 2) for a, b in rows]
    return made


def test_a_bracket_is_as_long_as_its_staves() -> None:
    page = paper(4)
    page[97:100 + GAP + 43, 70:74] = 0
    (found,) = find_brackets(page, staves(4), 7)
    assert found.id == 7 and found.kind == "bracket"
    assert [round(r) for r, _ in found.points] == [100, 140 + GAP] and found.points[0][1] == pytest.approx(72)


@pytest.mark.parametrize("draw", [
    lambda page: page[97:143 + GAP, 70:72].fill(0),  # a thin line
    lambda page: page[:, 70:74].fill(0),  # the edge of the scan runs on
    lambda page: page[97:143, 70:74].fill(0),  # beside one staff only
    lambda page: [page[97 + i, 60 + i // 10:66 + i // 10].fill(0) for i in range(46 + GAP)],  # a brace leans
])
def test_what_is_no_bracket(draw: object) -> None:
    page = paper(2)
    draw(page)  # type: ignore[operator]
    assert find_brackets(page, staves(2)) == []


def bracket(first: int, last: int) -> Stroke:
    return Stroke(50, "bracket", ((100.0 + GAP * first, 72.0), (140.0 + GAP * last, 72.0)), 4)


def groups_of(count: int, strokes: list[Stroke], symbols: list[Symbol], parts: list[int]) -> tuple[PartGroup, ...]:
    """parts: which part each staff is."""
    found, systems = group_systems(staves(count), strokes, symbols)
    graph = NotationGraph(page=0, staves=tuple(found), systems=tuple(systems), symbols=tuple(symbols),
                          strokes=tuple(strokes), edges=())
    places = {StaffKey(0, i): StaffInPart(p, 1 + parts[:i].count(p)) for i, p in enumerate(parts)}
    return find_groups([graph], places, [parts.count(p) for p in range(max(parts) + 1)])


@pytest.mark.parametrize("through", [True, False])
def test_a_bracket_groups_parts_with_or_without_their_bar_lines(through: bool) -> None:
    assert groups_of(4, [*bars(0, 3, through), bracket(0, 3)], [], [0, 1, 2, 3]) == (
        PartGroup(0, 3, "bracket", through),)


def test_bar_lines_through_parts_without_a_bracket() -> None:
    assert groups_of(3, bars(0, 2, True), [], [0, 1, 2]) == (PartGroup(0, 2, "none", True),)
    assert groups_of(3, bars(0, 2, False), [], [0, 1, 2]) == ()


def test_a_bracket_joins_a_system_and_is_no_brace() -> None:
    brace = Symbol(60, "brace", Box(98, 66, 142 + GAP, 78), 0.6)
    found, systems = group_systems(staves(2), [bracket(0, 1)], [brace])
    assert [(s.staves, s.braces, s.brackets) for s in systems] == [((0, 1), (), ((0, 1),))]
    _, systems = group_systems(staves(2), [], [brace])
    assert [(s.staves, s.braces, s.brackets) for s in systems] == [((0, 1), ((0, 1),), ())]
    assert [s.left for s in found] == [LEFT, LEFT]
