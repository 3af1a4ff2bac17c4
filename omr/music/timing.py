"""The rhythm of all bars: each is read under the time signature of its stretch, and multi-measure rests become
measures."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple, TypedDict

from omr.music.bars import Bar
from omr.music.columns import make_columns
from omr.music.context import BarContext
from omr.music.events import TICKS, Event
from omr.music.habits import TripletHabits
from omr.music.lengths import Shape, shapes_in
from omr.music.longrests import agreeing, count_measures, printed_numbers
from omr.music.meter import CheckedTime, Time, check_time, ticks_of
from omr.music.placed import Reading
from omr.music.prices import PRICES
from omr.music.rhythm import misfits_of, other_readings, read_bar
from omr.music.spacing import Extent, Spacing, measure_spacing, usual_misfit
from omr.types import NotationGraph, Places, StaffKey
from omr.types.memo import Memo

PICKUP_PRICE = 0.3
"""Price (as in `omr.music.prices`) of a first bar that is shorter than the time signature says: upbeats are common."""
SPLIT_PRICE = 0.8
"""The same for a bar beside a repeat sign, a double barline or the end of a system, where bars are divided in two."""
LAST_PRICE = 1.2
"""The same for the last bar: it may lack what an upbeat took."""
LONGER_PRICE = 4.0
"""Price of a bar on a drawn page that is longer than its time signature says. In a song that changes from 6/8 to 9/8
without printing it, bars cost 8 and more in the printed time, and up to 3 as they stand."""
FREE_PRICE = 8.0
"""The same on a scan, where bars that are at least `FREE_LENGTH` times as long are considered: cadenzas without a
meter, and two bars between which the barline was not seen. A cadenza of 22 quarters in 4/4 cost 40 in the printed time,
torn into seven voices, and 0.4 as it stands."""
FREE_LENGTH = Fraction(3, 2)
FREE_A_NOTE = 0.1
"""Such a bar may cost at most this as it stands, for each of its notes and rests, if that is more than `PRICES.accept`.
It was 0.07 in a cadenza of 21 notes with turning stems, engraved by MuseScore; in the printed time it cost 101."""

LONG_REST = "restHBar"
"""The thick bar of a multi-measure rest."""
LEAST_BESIDE_NOTES = 0.75
"""Least score with which a rest that fills a bar is believed on a staff that has notes in the bar. There it only says
that another voice is silent. Of 12 such rests on pages of Beethoven, Mozart and engraved music, seven are in measures
that are right, with scores of 0.5 and 0.78 to 0.89, and five in measures that are wrong, with 0.55 to 0.73."""
WHOLE_REST = 4 * TICKS
BREVE = 8 * TICKS


@dataclass(frozen=True, eq=False, kw_only=True)
class TimedBar:
    """A bar, and when everything in it sounds.

    duration: ticks of a full bar here; None if no time signature is known.
    time: the time signature to be shown at its beginning; None for none.
    rests: those that fill the whole bar; they are not in `reading`.
    measures: how many measures its rest stands for; None if that is not known.
    search: finds `others`; None if nothing was searched.
    read: reads other events in the way in which those of the bar were read; None if nothing was searched.
    spacing: of its system; None if that is not known.
    own_times: part -> time signature, for parts whose bars have another length.
    is_aligned: whether bars of different lengths end together. Then `reading` is in the time that all parts share: the
        notes of such a part last `stretch` times as long as they are written. In Verovio they do not end together:
        notes of one length are equally far apart in all parts, and the shorter bar ends before the longer one.
    """

    bar: Bar
    context: BarContext
    duration: int | None
    reading: Reading
    time: Time | None
    rests: tuple[Event, ...]
    measures: int | None = 1
    search: Callable[..., list[Reading]] | None = None
    read: Callable[..., Reading] | None = None
    spacing: Spacing | None = None
    own_times: Mapping[int, Time] = field(default_factory=dict)
    is_aligned: bool = True

    def stretch(self, part: int) -> Fraction:
        """How many times as long as written the notes of a part are in `reading`."""
        own = self.own_times.get(part)
        if own is None or not self.duration or not self.is_aligned:
            return Fraction(1)
        return Fraction(self.duration, ticks_of(own))

    def length(self, part: int) -> Fraction:
        """The length of the bar in quarters, as a part writes it."""
        if part in self.own_times and not self.is_aligned:
            return Fraction(ticks_of(self.own_times[part]), TICKS)
        return Fraction(self.reading.duration, TICKS) / self.stretch(part)

    def others(self, most: int = 3) -> list[Reading]:
        """The next likeliest readings of the bar, up to `most`; see `omr.music.rhythm.other_readings`. Each call
        searches again, which takes several times as long as reading the bar."""
        return [] if self.search is None else self.search(than=self.reading, most=most)

    def gain_with(self, events: Sequence[Event]) -> float:
        """By how much the bar gets cheaper (in the prices of `omr.music.prices`) with other events in place of its own;
        0 or less if it does not. Only this bar is read again."""
        assert self.read is not None, "this bar was made without being read"
        other = _split_rests(replace(self.bar, events=tuple(events)), self.duration)[0]
        return self.reading.cost - self.read(other, bound=self.reading.cost).cost


class _Known(TypedDict):
    """What `read_bar` is told about a bar besides its events."""

    duration: int | None
    part_of: Mapping[int, int]
    space: float
    short_price: float
    triplet_prices: Mapping[Shape, float]
    spacing: Spacing | None
    right: float


Choose = Callable[[TimedBar], Reading]
"""A function that picks the reading of a bar: `TimedBar.reading`, one of `TimedBar.others`, or one made by hand."""


def time_bars(
    graphs: Sequence[NotationGraph], bars: Sequence[Bar], contexts: Sequence[BarContext], places: Places,
    starts: Collection[int], choose: Choose | None = None, memo: Memo | None = None,
) -> list[TimedBar]:
    """The rhythm of every bar.

    contexts: of the bars.
    starts: indices of the bars with which a movement begins, except the first.
    choose: asked for every bar before later bars are read, which learn from it what are triplets.
    memo: results that it knows are not computed again.
    """
    memo = memo or Memo()
    of_page = {g.page: _PageTimes(g, places) for g in graphs}
    space_px = {page: own.space_px for page, own in of_page.items()}
    timed: list[TimedBar] = []
    habits = TripletHabits()
    runs: Counter[int] = Counter()
    for start, end in _stretches(contexts, starts):
        in_bars = [memo(_split_rests, b, plain=(None,))[0] for b in bars[start:end]]
        checked = check_time(contexts[start], bars[start:end], in_bars, space_px, memo)
        shown = checked.time if _shows_time(checked, contexts[start], start in starts or start == 0) else None
        if start in starts:
            habits = TripletHabits()
        for page, indices in groupby(range(start, end), lambda i: bars[i].page):
            own = list(indices)
            run = _Run(
                page=of_page[page], own_times=tuple(sorted(contexts[start].own_times.items())),
                duration=None if checked.time is None else ticks_of(checked.time),
                time=shown if own[0] == start else None, before=_Before.of(timed[-1]) if timed else None,
                is_last=own[-1] == len(bars) - 1)
            made, habits = memo.section(
                ("times", page, runs[page]), tuple(x for i in own for x in (bars[i], contexts[i])),
                (run, habits.known()), partial(
                    _time_run, run, [bars[i] for i in own], [contexts[i] for i in own], habits, choose))
            timed += made
            runs[page] += 1
    return timed


class _PageTimes:
    """What the bars of a page have in common. part_of: the part of each staff, by its index on the page."""

    def __init__(self, graph: NotationGraph, places: Places):
        self.space_px = graph.staves[0].space_px
        self.part_of = {s.index: place.part if (place := places.get(StaffKey(graph.page, s.index))) else 0
                        for s in graph.staves}
        self._key = self.space_px, tuple(self.part_of.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _PageTimes) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


class _Before(NamedTuple):
    """What the bar before tells about whether a bar may be short: the style of its right end, and whether it is
    short."""

    right_style: str
    is_short: bool

    @classmethod
    def of(cls, timed: TimedBar) -> _Before:
        return cls(timed.bar.right_style, bool(timed.duration) and timed.reading.duration < (timed.duration or 0))


@dataclass(frozen=True)
class _Run:
    """Bars of one page under one time signature.

    duration: ticks of a full bar; None if unknown.
    time: to be shown at their beginning.
    before: the bar before them; None at the beginning of the score.
    is_last: whether the score ends with them.
    own_times: as of `TimedBar`.
    """

    page: _PageTimes
    own_times: tuple[tuple[int, Time], ...]
    duration: int | None
    time: Time | None
    before: _Before | None
    is_last: bool


def _time_run(
    run: _Run, bars: Sequence[Bar], contexts: Sequence[BarContext], habits: TripletHabits, choose: Choose | None,
    memo: Memo,
) -> tuple[list[TimedBar], TripletHabits]:
    """The rhythm of the bars in a run, and what is known about triplets after it. habits: what was known before it."""
    habits, before = habits.copy(), run.before
    space, part_of, duration = run.page.space_px, run.page.part_of, run.duration
    parts_key = frozenset(part_of.items())
    spacing = {} if run.own_times else _measure_spacing(bars, duration, part_of, space, memo)
    stretch = tuple((staff, Fraction(duration, ticks_of(own))) for staff, part in part_of.items()
                    for other, own in run.own_times if other == part and duration)
    read = partial(_read_stretched, dict(stretch)) if stretch else read_bar
    timed: list[TimedBar] = []
    for i, bar in enumerate(bars):
        events, rests = memo(_split_rests, bar, plain=(duration,))
        events = memo(_stretched, events, plain=(stretch,)) if stretch else events
        seen = habits.prices()
        prices = {shape: seen[shape] for shape in memo(shapes_in, events)}
        known = _Known(
            duration=duration, part_of=part_of, space=space,
            short_price=_short_price(bar, before, run.is_last and i == len(bars) - 1),
            triplet_prices=prices, spacing=spacing.get(bar.system.staves[0]), right=bar.right)
        reading = memo(_read_known, events, plain=(
            duration, parts_key, space, known["short_price"], frozenset(prices.items()), True, known["spacing"],
            bar.right))
        one = TimedBar(
            bar=bar, context=contexts[i], duration=duration, reading=reading, time=None if i else run.time,
            rests=rests, search=partial(other_readings, events, **known), read=partial(read, **known),
            spacing=known["spacing"], own_times=dict(run.own_times) if duration else {})
        if not stretch and duration is not None:
            one = _unless_longer(one, events, known)
        if stretch:
            one = _unless_aligned(one, memo(_split_rests, bar, plain=(duration,))[0], known, run)
        if choose is not None:
            one = replace(one, reading=choose(one))
        habits.learn(one.reading, memo)
        timed.append(one)
        before = _Before.of(one)
    return timed, habits


def _unless_longer(one: TimedBar, events: Sequence[Event], known: _Known) -> TimedBar:
    """The bar as it was read, or with the length that all its staves have as printed, if that is likelier. Songs on
    drawn pages change between 6/8 and 9/8 without printing it, and cadenzas are free.

    events: of the bar.
    known: with what it was read first.
    """
    assert one.duration is not None
    is_exact = bool(events) and events[0].exact
    bound = one.reading.cost - (LONGER_PRICE if is_exact else FREE_PRICE)
    if not events or bound <= 0:
        return one
    # On a scan, the spacing of a system was computed from bars as long as the time signature says.
    longer: _Known = {**known, "duration": None, "spacing": known["spacing"] if is_exact else None}
    reading = read_bar(events, **longer, repair=False, bound=bound)
    if reading.cost >= bound or reading.duration <= one.duration:
        return one
    most = max(PRICES.accept, FREE_A_NOTE * len(events))
    if not is_exact and (reading.duration < FREE_LENGTH * one.duration or reading.cost > most):
        return one
    for staff in {p.event.staff for p in reading.placed}:  # each sounds from the beginning to the end
        own = [p for p in reading.placed if p.event.staff == staff]
        if min(p.onset for p in own) > 0 or max(p.onset + p.ticks for p in own) < reading.duration:
            return one
    if not is_exact:
        reading = replace(reading, faults=("too long",))
    return replace(one, reading=reading, search=partial(other_readings, events, **longer),
                   read=partial(read_bar, **longer))


def _unless_aligned(aligned: TimedBar, events: Sequence[Event], known: _Known, run: _Run) -> TimedBar:
    """The bar of a page whose parts have time signatures of their own, read as if bars of different lengths ended
    together; or each part with its own length, if that is likelier.

    events: of the bar, as they are written.
    known: with what it was read first.
    """
    part_of, own_times = known["part_of"], dict(run.own_times)
    assert aligned.duration is not None
    ends = {part: ticks_of(own_times[part]) if part in own_times else aligned.duration
            for part in set(part_of.values())}
    longest = max(ends.values())
    apart: _Known = {**known, "duration": longest}
    own_ends = {part: end for part, end in ends.items() if end < longest}
    reading = read_bar(events, **apart, own_ends=own_ends, bound=aligned.reading.cost)
    if reading.cost >= aligned.reading.cost:
        return aligned
    if reading.duration == longest:
        reading = replace(reading, duration=aligned.duration)
    return replace(aligned, reading=reading, is_aligned=False, search=None,
                   read=partial(read_bar, **apart, own_ends=own_ends))


def _stretched(events: Sequence[Event], stretch: Iterable[tuple[int, Fraction]]) -> list[Event]:
    """The events in the time that all parts share. stretch: staff -> how many times as long its notes are there."""
    of_staff = dict(stretch)
    return [replace(e, base=int(e.base * of_staff[e.staff])) if e.staff in of_staff else e for e in events]


def _read_stretched(stretch: Mapping[int, Fraction], events: Sequence[Event], **known: Any) -> Reading:
    """`read_bar` of events as they are written."""
    return read_bar(_stretched(events, stretch.items()), **known)


def _read_known(
    events: Sequence[Event], duration: int | None, part_of: Iterable[tuple[int, int]], space: float, short_price: float,
    prices: Iterable[tuple[Shape, float]], repair: bool, spacing: Spacing | None, right: float,
) -> Reading:
    """`read_bar`, with arguments that a `Memo` can compare. prices: of triplets without their digit, by shape."""
    return read_bar(events, duration, dict(part_of), space, short_price, dict(prices), repair=repair, spacing=spacing,
                    right=right)


def _measure_spacing(
    bars: Sequence[Bar], duration: int | None, part_of: Mapping[int, int], space_px: float, memo: Memo
) -> dict[int, Spacing]:
    """How widely each system of a page is spaced, by its first staff, and how far that can be trusted on the page.
    Empty if no duration is known.

    bars: of one time signature and page.
    duration: ticks of a full bar.
    """
    if duration is None:
        return {}
    extents: dict[int, list[Extent]] = defaultdict(list)
    in_time = [(bar, memo(_split_rests, bar, plain=(duration,))[0]) for bar in bars]
    for bar, events in in_time:
        if events:
            columns = memo(make_columns, events, plain=(space_px,))
            extents[bar.system.staves[0]].append(Extent(bar.right - columns[0].x, len(columns), duration))
    spacing = {system: found for system, own in extents.items() if (found := measure_spacing(own)) is not None}
    misfits: list[float] = []
    parts_key = frozenset(part_of.items())
    for bar, events in in_time:
        if events and bar.system.staves[0] in spacing:
            reading = memo(_read_known, events, plain=(
                duration, parts_key, space_px, PRICES.short_bar, frozenset(), False, None, 0.0))
            if reading.cost <= PRICES.accept and not reading.faults:
                misfits += memo(misfits_of, reading, plain=(spacing[bar.system.staves[0]],))
    usual = usual_misfit(misfits)
    return {system: replace(found, usual=usual) for system, found in spacing.items()}


def _stretches(contexts: Sequence[BarContext], starts: Collection[int]) -> list[tuple[int, int]]:
    """(first bar, one after the last) of the stretches under one time signature."""
    edges = [0] + [i for i, c in enumerate(contexts) if i and (c.time is not None or i in starts)]
    ends = [*edges[1:], len(contexts)]
    return [(a, b) for a, b in zip(edges, ends, strict=True) if a < b]


def _shows_time(checked: CheckedTime, context: BarContext, begins_movement: bool) -> bool:
    """Whether the first bar of a stretch shows its time signature."""
    return context.time is not None or begins_movement or checked.is_inferred


def _split_rests(bar: Bar, duration: int | None) -> tuple[list[Event], tuple[Event, ...]]:
    """The events of a bar without the rests that fill it, and these rests.

    A whole rest fills a bar of any duration if it is alone on its staff. In a bar of up to four quarters it fills the
    bar in any case. Beside notes of its staff, a supposed whole rest is mostly a piece of a beam, so a doubtful one is
    left out there, and so is any multi-measure rest. duration: ticks of a full bar; None if unknown.
    """
    count = Counter(e.staff for e in bar.events)
    with_notes = {e.staff for e in bar.events if e.heads}
    filling = [
        e for e in bar.events
        if e.rest is not None and e.base >= WHOLE_REST
        and (count[e.staff] == 1 or duration is None or duration <= WHOLE_REST)
    ]
    gone = {e.id for e in filling}
    true = (e for e in filling if e.rest is not None and (
        e.staff not in with_notes or e.rest.name != LONG_REST and e.rest.score >= LEAST_BESIDE_NOTES))
    return [e for e in bar.events if e.id not in gone], tuple(true)


def _short_price(bar: Bar, before: _Before | None, is_last: bool) -> float:
    """Price of a bar that is shorter than the time signature says. before: the bar before it; None at the first.
    is_last: whether the score ends with it."""
    if before is None:
        return PICKUP_PRICE
    if (bar.left_style != "regular" or bar.right_style in ("repeat-end", "double", "final")
            or before.right_style != "regular"):
        return SPLIT_PRICE
    if bar.first_of_system and before.is_short:
        return SPLIT_PRICE
    return LAST_PRICE if is_last else PRICES.short_bar


# ---- rests of several measures ---------------------------------------------------------------------------------


def unfold_long_rests(
    timed: Sequence[TimedBar], starts: Collection[int], graphs: Sequence[NotationGraph]
) -> tuple[list[TimedBar], set[int]]:
    """The bars, with every multi-measure rest turned into as many bars, and where movements begin among them."""
    unfolded: list[TimedBar] = []
    begun: set[int] = set()
    for index, (one, measures) in enumerate(zip(timed, _count_measures(timed, starts, graphs), strict=True)):
        if index in starts:
            begun.add(len(unfolded))
        if measures is not None and measures > 1:
            unfolded += _unfold(one, measures)
        else:
            unfolded.append(one if measures == 1 else replace(one, measures=None))
    return unfolded, begun


def _count_measures(
    timed: Sequence[TimedBar], starts: Collection[int], graphs: Sequence[NotationGraph]
) -> list[int | None]:
    """How many measures each bar stands for; None for a multi-measure rest without a number. The measure numbers at the
    beginnings of systems help, in each movement by itself, on stretches without a bar that is divided in two."""
    graph_of = {g.page: g for g in graphs}
    numbers = {g.page: printed_numbers(g) for g in graphs}
    counts = [count_measures(one.bar, graph_of[one.bar.page], one.duration is not None and one.duration >= BREVE)
              for one in timed]
    blank = [not one.bar.events and not one.bar.graces for one in timed]
    if all(count == 1 for count in counts) and not any(blank):
        return counts
    is_short = [one.duration is not None and one.reading.duration < one.duration for one in timed]
    begin = 0
    stretch: dict[int, int] = {}
    for i, one in enumerate(timed):
        number = numbers[one.bar.page].get(one.bar.system.index) if one.bar.first_of_system else None
        is_cut = i > 0 and timed[i - 1].bar.right_style != "regular" and is_short[i - 1] and is_short[i]
        if i in starts or is_cut:
            counts[begin:i] = agreeing(counts[begin:i], blank[begin:i], stretch)
            begin, stretch = i, {}
        if number is None and (i == 0 or i in starts) and one.time is not None:
            number = 0 if is_short[i] else 1
        if number is not None and not is_cut:
            stretch[i - begin] = number
    counts[begin:] = agreeing(counts[begin:], blank[begin:], stretch)
    return counts


def _unfold(one: TimedBar, measures: int) -> list[TimedBar]:
    """A rest of two or more measures as that many bars. The first one is where the rest is printed. The others contain
    nothing and have no width, and are where the rest ends."""
    bar, context = one.bar, one.context
    rest_of_staff = {event.staff: event for event in reversed(one.rests)}
    first = replace(
        one, bar=replace(bar, right_style="regular", ending_stop=False, ending_open=False),
        rests=tuple(rest_of_staff.values()), measures=measures)
    blank = Bar(page=bar.page, system=bar.system, left=bar.right, right=bar.right)
    clefs = {staff: [(-math.inf, signs[-1][1])] for staff, signs in context.clefs.items() if signs}
    middle = replace(
        one, bar=blank, context=BarContext(clefs, context.fifths), time=None, rests=(), measures=1)
    last = replace(middle, bar=replace(
        blank, right_style=bar.right_style, ending_stop=bar.ending_stop, ending_open=bar.ending_open))
    return [first, *[middle] * (measures - 2), last]
