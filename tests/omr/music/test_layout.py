"""Brackets and barlines that join parts, and places of systems."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omr.music.bars import Bar
from omr.music.layout import find_groups, place_systems
from omr.types import NotationGraph, Places, StaffInPart, StaffKey
from omr.types.paper import PartGroup, StaffPlace, SystemPlace
from tests.omr.music.pages import PageMaker


def page(brackets: list[tuple[int, ...]], through: list[tuple[int, ...]], staves: int = 3) -> NotationGraph:
    """A page with a system for every entry: the staves (from 0 in each system) in its bracket, and those whose
    barlines run on."""
    graph = PageMaker(systems=len(brackets), staves=staves).graph()
    systems = []
    for system, own, joined in zip(graph.systems, brackets, through, strict=True):
        first = system.staves[0]
        run = tuple(first + s for s in own)
        systems.append(replace(system, brackets=(run,) if run else (), through=tuple(first + s for s in joined)))
    return replace(graph, systems=tuple(systems))


def places_of(graph: NotationGraph) -> Places:
    """Every staff of a system is a part of its own."""
    return {StaffKey(0, staff): StaffInPart(part, 1)
            for system in graph.systems for part, staff in enumerate(system.staves)}


@pytest.mark.parametrize(("shown", "groups"), [(4, True), (3, True), (2, False)])
def test_a_bracket_needs_a_share_of_the_full_systems(shown: int, groups: bool) -> None:
    """Of ten full systems three must show it."""
    graph = page([(0, 1)] * shown + [()] * (10 - shown), [()] * 10)
    expected = (PartGroup(0, 1, "bracket", False),) if groups else ()
    assert find_groups([graph], places_of(graph), (1, 1, 1)) == expected


def test_a_bracket_of_systems_with_hidden_staves_does_not_count() -> None:
    graph = page([(0, 1)] * 3, [()] * 3, staves=2)
    assert find_groups([graph], places_of(graph), (1, 1, 1)) == ()
    assert len(find_groups([graph], places_of(graph), (1, 1))) == 1


def test_barlines_through_a_bracket_are_part_of_it() -> None:
    graph = page([(0, 1, 2)] * 2, [(0, 1)] * 2)
    assert find_groups([graph], places_of(graph), (1, 1, 1)) == (PartGroup(0, 2, "bracket", True),)


def test_barlines_through_parts_without_a_bracket_are_a_group_of_their_own() -> None:
    graph = page([()] * 3, [(1,), (1,), ()])  # two systems of three: most of them
    assert find_groups([graph], places_of(graph), (1, 1, 1)) == (PartGroup(1, 2, "none", True),)
    graph = page([()] * 2, [(1,), ()])  # half are not most
    assert find_groups([graph], places_of(graph), (1, 1, 1)) == ()


def test_barlines_through_some_parts_of_a_bracket_are_a_group_beside_it() -> None:
    graph = page([(0, 1, 2)], [(0,)])
    assert find_groups([graph], places_of(graph), (1, 1, 1)) == (
        PartGroup(0, 2, "bracket", False), PartGroup(0, 1, "none", True))


def test_places_of_systems_are_those_of_their_first_bars() -> None:
    graph = PageMaker(systems=2, staves=2).graph()
    first, second = graph.systems
    places = {StaffKey(0, 0): StaffInPart(0, 1), StaffKey(0, 1): StaffInPart(0, 2),
              StaffKey(0, 2): StaffInPart(0, 1), StaffKey(0, 3): StaffInPart(0, 2)}
    bars = [Bar(page=0, system=first, left=20, right=300, first_of_system=True),
            Bar(page=0, system=first, left=300, right=600),
            Bar(page=0, system=second, left=20, right=600, first_of_system=True)]
    assert place_systems([graph], places, bars) == (
        SystemPlace(0, 0, 20, 600, (StaffPlace(0, 1, 100, 140), StaffPlace(0, 2, 200, 240))),
        SystemPlace(2, 0, 20, 600, (StaffPlace(0, 1, 300, 340), StaffPlace(0, 2, 400, 440))))
