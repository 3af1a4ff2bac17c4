"""Bars in time, and rests of several measures as so many bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from omr.music.bars import Bar
from omr.music.context import BarContext, ClefSign
from omr.music.events import TICKS, Event
from omr.music.meter import Time
from omr.music.placed import Reading
from omr.music.timing import TimedBar, time_bars, unfold_long_rests
from omr.types import Box, StaffInPart, StaffKey, Symbol
from tests.omr.music.pages import PageMaker, note

TREBLE, BASS = ClefSign("G", 2, 0), ClefSign("F", 4, 0)


def rest(id_: int, x: float, name: str = "restWhole", base: int = 4 * TICKS, staff: int = 0) -> Event:
    return Event(id=id_, x=x, staff=staff, rest=Symbol(id_, name, Box(115, x, 120, x + 12)), base=base)


def timed(
    beats: Sequence[int], times: Sequence[Time | None], starts: frozenset[int] = frozenset(), **styles: str
) -> list[TimedBar]:
    """Bars of so many quarters. times: printed at each."""
    maker = PageMaker()
    bars = [Bar(page=0, system=maker.systems[0], left=20, right=600,
                events=tuple(note(i, 100 + 30 * i, up=True) for i in range(n)))
            for n in beats]
    contexts = [BarContext({}, {}, t, None, () if t is None else ((t, 1.0),)) for t in times]
    return time_bars([maker.graph()], bars, contexts, {StaffKey(0, 0): StaffInPart(0, 1)}, starts)


def test_a_time_holds_until_the_next_is_printed() -> None:
    bars = timed([3, 3, 2, 2], [(3, 4), None, (2, 4), None])
    assert [b.duration for b in bars] == [3 * TICKS, 3 * TICKS, 2 * TICKS, 2 * TICKS]
    assert [b.time for b in bars] == [(3, 4), None, (2, 4), None]


def test_an_inferred_time_is_shown_where_its_stretch_begins() -> None:
    assert [b.time for b in timed([3, 3, 3], [None] * 3)] == [(3, 4), None, None]
    second = timed([3, 3, 3, 2, 2, 2], [(3, 4), *[None] * 5], frozenset({3}))
    assert [b.time for b in second] == [(3, 4), None, None, (2, 4), None, None]


def test_a_short_bar_is_cheapest_at_the_beginning() -> None:
    """The price of a bar that is too short: an upbeat, one inside, and the last."""
    first = timed([1, 4, 4, 4], [(4, 4), None, None, None])[0].reading.cost
    inside = timed([4, 4, 1, 4], [(4, 4), None, None, None])[2].reading.cost
    last = timed([4, 4, 4, 1], [(4, 4), None, None, None])[3].reading.cost
    assert first < last < inside


@pytest.mark.parametrize(("events", "time", "filling"), [
    ([rest(0, 100)], (3, 4), [0]),  # alone on its staff: fills a bar of any time
    ([rest(0, 100)], (6, 4), [0]),
    ([rest(0, 100), note(1, 200), note(2, 250)], (6, 4), []),  # four quarters of six
    ([rest(0, 100), note(1, 100)], (4, 4), [0]),
    ([rest(0, 100, "restHalf", 2 * TICKS)], (2, 4), []),
])
def test_which_rests_fill_the_bar(events: list[Event], time: Time, filling: list[int]) -> None:
    maker = PageMaker()
    bar = Bar(page=0, system=maker.systems[0], left=20, right=600, events=tuple(events))
    context = BarContext({}, {}, time, None, ((time, 1.0),))
    (only,) = time_bars([maker.graph()], [bar], [context], {StaffKey(0, 0): StaffInPart(0, 1)}, ())
    assert [e.id for e in only.rests] == filling
    assert {p.event.id for p in only.reading.placed} == {e.id for e in events} - set(filling)


@pytest.mark.parametrize(("name", "score", "filling"), [
    ("restHBar", 0.96, []), ("restWhole", 0.6, []), ("restDoubleWhole", 0.6, []), ("restWhole", 0.9, [0]),
])
def test_what_was_taken_for_a_whole_rest_beside_notes(name: str, score: float, filling: list[int]) -> None:
    """Mostly it is a beam, or a piece of one."""
    maker = PageMaker()
    whole = rest(0, 150, name, 4 * TICKS)
    assert whole.rest is not None
    whole = replace(whole, rest=replace(whole.rest, score=score))
    bar = Bar(page=0, system=maker.systems[0], left=20, right=600, events=(
        whole, note(1, 100), note(2, 200), note(3, 300), note(4, 400)))
    context = BarContext({}, {}, (4, 4), None, (((4, 4), 1.0),))
    (only,) = time_bars([maker.graph()], [bar], [context], {StaffKey(0, 0): StaffInPart(0, 1)}, ())
    assert [e.id for e in only.rests] == filling
    assert {p.event.id for p in only.reading.placed} == {1, 2, 3, 4}


def long_rest(number: int | None) -> tuple[PageMaker, TimedBar]:
    """A bar with a thick rest under its number, and a final barline."""
    maker = PageMaker()
    sign = maker.symbol("restHBar", 200, height=10, width=100)
    if number is not None:
        maker.symbol(f"timeSig{number}", 242, 8, height=20, width=16)
    event = Event(id=0, x=200, staff=0, rest=sign, base=4 * TICKS)
    bar = Bar(page=0, system=maker.systems[0], left=20, right=600, right_style="final", events=(event,),
              first_of_system=True)
    context = BarContext({0: [(-math.inf, TREBLE), (500.0, BASS)]}, {0: 2}, (4, 4), None, (((4, 4), 1.0),))
    return maker, TimedBar(bar=bar, context=context, duration=4 * TICKS, reading=Reading((), 4 * TICKS, 0.0),
                           time=(4, 4), rests=(event,))


def test_a_rest_of_several_measures_is_so_many_bars() -> None:
    maker, one = long_rest(4)
    bars, starts = unfold_long_rests([one, one], {1}, [maker.graph()])
    assert len(bars) == 8 and starts == {4}
    assert [b.measures for b in bars[:4]] == [4, 1, 1, 1]
    assert [b.time for b in bars[:4]] == [(4, 4), None, None, None]
    assert [len(b.rests) for b in bars[:4]] == [1, 0, 0, 0]
    assert [b.bar.right_style for b in bars[:4]] == ["regular", "regular", "regular", "final"]
    assert [b.bar.first_of_system for b in bars[:4]] == [True, False, False, False]
    assert [(b.bar.left, b.bar.right) for b in bars[:4]] == [(20, 600)] + [(600, 600)] * 3
    assert bars[1].context.clefs == {0: [(-math.inf, BASS)]} and bars[1].context.fifths == {0: 2}


def test_a_rest_of_two_measures_keeps_its_end() -> None:
    maker, one = long_rest(2)
    one = replace(one, bar=replace(one.bar, ending_start=(1,), ending_stop=True, ending_open=True))
    first, last = unfold_long_rests([one], set(), [maker.graph()])[0]
    assert (first.bar.ending_start, first.bar.ending_stop) == ((1,), False)
    assert (last.bar.ending_start, last.bar.ending_stop, last.bar.ending_open) == ((), True, True)


def test_without_a_number_a_long_rest_is_one_bar_in_doubt() -> None:
    maker, one = long_rest(None)
    (only,), _ = unfold_long_rests([one], set(), [maker.graph()])
    assert only.measures is None and only.bar.right_style == "final"


def test_a_part_in_a_time_of_its_own_is_stretched_to_that_of_the_others() -> None:
    """Two quarters over six eighths; each measure lasts as long as its own time says."""
    maker = PageMaker(staves=2)
    upper = [note(i, 100 + 90 * i, up=True) for i in range(2)]
    lower = [note(10 + i, 100 + 30 * i, 1, base=TICKS // 2) for i in range(6)]
    bar = Bar(page=0, system=maker.systems[0], left=20, right=600, events=(*upper, *lower))
    context = BarContext({}, {}, (2, 4), None, (((2, 4), 1.0), ((6, 8), 1.0)), own_times={1: (6, 8)})
    places = {StaffKey(0, staff): StaffInPart(staff, 1) for staff in (0, 1)}
    (one,) = time_bars([maker.graph()], [bar], [context], places, set())
    assert one.reading.duration == 2 * TICKS and (one.stretch(0), one.stretch(1)) == (1, Fraction(2, 3))
    assert sorted(p.onset for p in one.reading.placed if p.event.staff == 1) == [i * TICKS // 3 for i in range(6)]
    assert not one.reading.faults and one.gain_with(bar.events) <= 0


def test_parts_in_different_times_may_end_their_bars_one_after_the_other() -> None:
    """Six eighths against two quarters, equally far apart in both parts, as Verovio sets them."""
    maker = PageMaker(staves=2)
    upper = [note(i, 100 + 60 * i, up=True) for i in range(2)]
    lower = [note(10 + i, 100 + 30 * i, 1, base=TICKS // 2) for i in range(6)]
    bar = Bar(page=0, system=maker.systems[0], left=20, right=600, events=(*upper, *lower))
    context = BarContext({}, {}, (2, 4), None, (((2, 4), 1.0), ((6, 8), 1.0)), own_times={1: (6, 8)})
    places = {StaffKey(0, staff): StaffInPart(staff, 1) for staff in (0, 1)}
    (one,) = time_bars([maker.graph()], [bar], [context], places, set())
    assert not one.is_aligned and (one.length(0), one.length(1), one.stretch(1)) == (2, 3, 1)
    assert sorted(p.onset for p in one.reading.placed if p.event.staff == 1) == [i * TICKS // 2 for i in range(6)]
    assert one.reading.duration == 2 * TICKS and not one.reading.faults


@pytest.mark.parametrize(("exact", "second", "duration"), [(True, 3, 9), (False, 3, 6), (True, 2, 6)])
def test_a_drawn_bar_may_be_longer_than_its_time_says_if_all_its_staves_are(
        exact: bool, second: int, duration: int) -> None:
    """Nine eighths over three dotted quarters in 6/8, as in a song that changes its time without printing that."""
    maker = PageMaker(staves=2)

    def bar(eighths: int, dotted: int) -> Bar:
        upper = [note(i, 100 + 30 * i, base=TICKS // 2) for i in range(eighths)]
        lower = [replace(note(100 + i, 100 + 90 * i, 1), dots=1) for i in range(dotted)]
        return Bar(page=0, system=maker.systems[0], left=90, right=100 + 30 * eighths,
                   events=tuple(replace(e, exact=exact) for e in (*upper, *lower)))

    contexts = [BarContext({}, {}, time, None, (((6, 8), 1.0),) * 2 if time else ()) for time in ((6, 8), None, None)]
    places = {StaffKey(0, staff): StaffInPart(0, staff + 1) for staff in (0, 1)}
    bars = time_bars([maker.graph()], [bar(6, 2), bar(9, second), bar(6, 2)], contexts, places, set())
    assert [one.reading.duration for one in bars] == [3 * TICKS, duration * TICKS // 2, 3 * TICKS]
    assert [one.duration for one in bars] == [3 * TICKS] * 3


@pytest.mark.parametrize(("count", "duration"), [(4, 4), (5, 4), (20, 20)])
def test_a_bar_of_a_scan_may_be_much_longer_than_its_time_says(count: int, duration: int) -> None:
    """A cadenza without a meter, or bars between which no barline was seen. One quarter too many is a misreading."""
    maker = PageMaker()
    bar = Bar(page=0, system=maker.systems[0], left=90, right=100 + 30 * count,
              events=tuple(note(i, 100 + 30 * i, up=i // 4 % 2 == 0) for i in range(count)))
    usual = Bar(page=0, system=maker.systems[0], left=90, right=220, events=tuple(
        note(50 + i, 100 + 30 * i) for i in range(4)))
    contexts = [BarContext({}, {}, (4, 4), None, (((4, 4), 1.0),)), BarContext({}, {})]
    bars = time_bars([maker.graph()], [usual, bar], contexts, {StaffKey(0, 0): StaffInPart(0, 1)}, set())
    assert [one.reading.duration for one in bars] == [4 * TICKS, duration * TICKS]
    assert bars[1].reading.faults == (("too long",) if count == 20 else ())
    if count == duration:
        assert [p.onset for p in bars[1].reading.placed] == [i * TICKS for i in range(count)]


def test_a_drawn_bar_is_no_longer_for_a_note_left_of_all_others() -> None:
    """A dotted whole note of a lower voice, which Verovio sets aside from the half note that it would collide with."""
    maker = PageMaker(staves=2)
    upper = [replace(note(0, 100, base=4 * TICKS, row=130.0), dots=1),
             *(note(1 + i, 124 + 100 * i, base=2 * TICKS, up=True) for i in range(3))]
    lower = [note(10 + i, 124 + 25 * i, 1, base=TICKS // 2) for i in range(12)]
    bar = Bar(page=0, system=maker.systems[0], left=70, right=430,
              events=tuple(replace(e, exact=True) for e in (*upper, *lower)))
    context = BarContext({}, {}, (6, 4), None, (((6, 4), 1.0),) * 2)
    places = {StaffKey(0, staff): StaffInPart(0, staff + 1) for staff in (0, 1)}
    (one,) = time_bars([maker.graph()], [bar], [context], places, set())
    assert one.reading.duration == 6 * TICKS
