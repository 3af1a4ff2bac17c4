"""What is asked anew of two chords of a drawn page: whose dot, and whose hollow head, it is."""

from dataclasses import replace

import pytest

from omr.music.events import TICKS, Event
from omr.music.swaps import swapped
from omr.types import Box
from tests.omr.music.pages import note


def at(event: Event, row: float, name: str = "noteheadBlack") -> Event:
    """A drawn event with its head at a row; lines of the staff are at 100, 110 and so on."""
    head = replace(event.heads[0], name=name, box=Box(row - 5, event.x, row + 5, event.x + 12))
    return replace(event, exact=True, heads=(head,), position=(120 - row) / 5)


def test_of_a_hollow_and_a_filled_head_in_one_place_either_stem_may_have_either() -> None:
    rising, hanging = note(0, 100, up=True, base=2 * TICKS), note(1, 100, up=False)
    rising, hanging, other = at(rising, 110, "noteheadHalf"), at(hanging, 110), at(note(2, 140, up=True), 110)
    ((first, second, third),) = swapped([rising, hanging, other])
    assert [(e.base, e.heads[0].name) for e in (first, second)] == [
        (TICKS, "noteheadBlack"), (2 * TICKS, "noteheadHalf")]
    assert (first.up, second.up) == (True, False) and third is other
    assert not list(swapped([rising, replace(hanging, levels=1, base=TICKS // 2), other]))  # a flag is no half note's


@pytest.mark.parametrize(("row", "other", "open_"), [
    (110, 120, True),  # on lines, the dot in the space between
    (110, 115, True), (105, 115, False),  # in spaces each has its dot at its own height
    (110, 130, False)])
def test_a_dot_between_two_heads_may_be_eithers(row: float, other: float, open_: bool) -> None:
    upper, lower = at(note(0, 100, up=False), row), at(note(1, 100, up=False, base=2 * TICKS), other)
    found = [[e.dots for e in events] for events in swapped([upper, replace(lower, dots=1)])]
    assert found == ([[1, 0]] if open_ else [])
    assert not list(swapped([replace(e, exact=False) for e in (upper, replace(lower, dots=1))]))
