"""The time signature against what bars add up to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from omr.music.bars import Bar
from omr.music.context import BarContext
from omr.music.events import TICKS
from omr.music.meter import CheckedTime, Time, beams_in_threes, check_time, ticks_of, time_of
from omr.types import System
from tests.omr.music.pages import note


def bars_of(beats: Sequence[int], base: int = TICKS, group: int = 0) -> list[Bar]:
    """Bars of one staff, each with so many notes of `base` ticks; `group` of them under each beam."""
    bars = []
    for beats_here in beats:
        events = tuple(
            note(i, 100.0 + 30 * i, base=base, up=True,
                 group=(100 * len(bars) + i // group) if group else None) for i in range(beats_here))
        bars.append(Bar(page=0, system=System(0, (0,)), left=50, right=600, events=events))
    return bars


def check(beats: Sequence[int], printed: Time | None = None, score: float = 1.0) -> CheckedTime:
    seen = () if printed is None else ((printed, score),)
    bars = bars_of(beats)
    return check_time(BarContext({}, {}, printed, None, seen), bars, [b.events for b in bars], {0: 10.0})


def test_a_time_is_inferred_from_bars_that_agree() -> None:
    assert check([3, 3, 3, 3]) == CheckedTime((3, 4), True)
    assert check([4, 3, 4, 4]) == CheckedTime((4, 4), True)


def test_without_anything_to_go_by_there_is_no_time() -> None:
    assert check([]) == CheckedTime(None)
    assert check([1, 1]) == CheckedTime(None)  # one note says nothing
    assert check([7, 7]) == CheckedTime(None)  # seven quarters are no time


def test_bars_of_all_lengths_have_no_time() -> None:
    """A hymn's lines: no sum has half of them."""
    assert check([4, 2, 4, 2, 5, 2, 4, 2, 3, 6]) == CheckedTime(None)
    assert check([4, 2, 4, 4, 4]) == CheckedTime((4, 4), True)


def test_a_printed_time_stands_until_many_bars_are_against_it() -> None:
    assert check([3, 3, 3], (4, 4)) == CheckedTime((4, 4))
    assert check([3] * 8, (4, 4)) == CheckedTime((3, 4), True)
    assert check([3] * 3, (4, 4), score=0.3) == CheckedTime((3, 4), True)  # a faint print weighs little


def test_under_a_cut_sign_the_bars_decide_between_two_and_four_halves() -> None:
    def check_cut(beats: Sequence[int]) -> CheckedTime:
        bars = bars_of(beats)
        context = BarContext({}, {}, (2, 2), "cut", (((2, 2), 1.0),) * 4)
        return check_time(context, bars, [b.events for b in bars], {0: 10.0})

    assert check_cut([8] * 5) == CheckedTime((4, 2), True)
    assert check_cut([4] * 5) == CheckedTime((2, 2))
    assert check_cut([8, 4, 4, 4]) == CheckedTime((2, 2))


def test_two_bars_alone_do_not_overrule_print() -> None:
    assert check([3], (4, 4), score=0.1) == CheckedTime((4, 4))


def test_of_several_printed_times_the_bars_choose() -> None:
    bars = bars_of([3] * 8)
    context = BarContext({}, {}, (4, 4), None, (((4, 4), 0.9), ((4, 4), 0.9), ((3, 4), 0.9)))
    assert check_time(context, bars, [b.events for b in bars], {0: 10.0}) == CheckedTime((3, 4))


def test_an_unusual_sum_weighs_less() -> None:
    """Five quarters in three bars against four in two: the usual sum wins."""
    assert check([5, 5, 5, 4, 4]) == CheckedTime((4, 4), True)
    assert check([5, 5, 5, 5, 5, 5, 4]) == CheckedTime((5, 4), True)


@pytest.mark.parametrize(("quarters", "simple", "compound"), [
    (1.0, (1, 4), (1, 4)), (2.0, (2, 4), (2, 4)), (3.0, (3, 4), (6, 8)), (4.0, (4, 4), (4, 4)), (6.0, (6, 4), (12, 8)),
    (8.0, (4, 2), (4, 2)), (7.0, None, None), (1.5, (3, 8), (3, 8)), (4.5, (9, 8), (9, 8)), (5.5, None, None),
    (2.25, (9, 16), (9, 16)), (2.75, None, None),
])
def test_usual_time_of_a_duration(quarters: float, simple: Time | None, compound: Time | None) -> None:
    ticks = round(quarters * TICKS)
    assert (time_of(ticks, False), time_of(ticks, True)) == (simple, compound)
    assert all(time is None or ticks_of(time) == ticks for time in (simple, compound))


@pytest.mark.parametrize(("group", "threes"), [(3, True), (2, False), (4, False), (0, False)])
def test_beams_speak_for_compound_time(group: int, threes: bool) -> None:
    assert beams_in_threes(bars_of([12], TICKS // 2, group)) is threes


def test_beams_of_different_pages_are_different_groups() -> None:
    """Three eighths on either of two pages, under one number, are not six."""
    first = bars_of([3], TICKS // 2, 3)
    second = [Bar(page=1, system=b.system, left=b.left, right=b.right, events=b.events) for b in first]
    assert beams_in_threes([*first, *second])
