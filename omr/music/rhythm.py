"""When each chord and rest of a bar sounds, and in which voice: a search over readings of the bar.

Three rules hold in printed music. What stands in one column sounds together, on all staves. Within a voice, an event
starts when the one before it ends. Every voice fills the bar. Recognition misses symbols, so the rules do not always
fit what was found; then something was missed or misread, and the search looks for the likeliest such error.

The search walks through the columns from left to right. A state (`_State`) is a reading of the columns so far: the
time of the current column, and when each voice ends. Each event of a column continues a voice that has ended, or
opens a new one. Whatever is unusual has a price (`omr.music.prices`): a gap, a voice that enters late, a missed dot,
a beam too many, a triplet without its digit. States that differ in nothing that matters later are merged, and only
the cheapest are kept at every step (dynamic programming with a beam). The cheapest reading at the end of the bar wins.

The bar is first read exactly as printed. Only if that reading is too dear is it searched again with repairs: dots,
flags, beams, rests and tuplets that may have been missed or misread; and once more without the digits that may be
fingerings. Where even that is dear, notes of two staves that stand in one column but just out of line may sound one
after the other, as three notes to four do.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from omr.music.columns import Column, make_columns
from omr.music.events import TICKS, Event
from omr.music.lengths import DIGIT_IGNORED, KnownBar, Length, Shape, event_readings, lengths_of, unit_readings
from omr.music.prices import PRICES, SURCHARGES
from omr.music.spacing import Spacing
from omr.music.swaps import swapped

PLAIN_WIDTH = 6
"""States kept at every step while a bar is read as printed. Few, since there is little to choose."""
MIN_WIDTH, MAX_WIDTH = 6, 24
"""Least and greatest number of states kept at every step of a search with repairs."""
USUAL_EVENTS = 14
"""Events of a bar up to which the search with repairs keeps `MAX_WIDTH` states. With more events, each of which may be
misread, it keeps fewer, so that no bar takes long."""
WIDER = (1, 4, 16)
"""How many times as many states are kept by the searches with repairs, one after the other, for as long as what they
find is dear: then the best reading may have been dropped on the way."""
DEAR = 1.7
"""A reading is dear if it costs this much more than a reading as printed may cost without being mended; after a wider
search as many times this much as the search was wider."""
MUCH_DEARER = 2.0
"""A bound this many times as dear as most readings is tried only where there is no likely one."""
LEAST_ODDS = 7.0
"""Price by which another reading may be dearer than the likeliest, to be offered beside it: it is then a thousand times
less likely."""
MOVES_PER_STATE = 2
"""Onsets kept for the next column for each state of the width: the events of the column then decide between them."""
REST_STEPS = tuple(TICKS * n // 24 for n in (3, 6, 8, 12, 16, 18, 24, 36, 48, 72))
"""Lengths tried where a rest may have been missed, in ticks: from a 32nd (3/24 of a quarter) to a dotted half (72/24),
with those of triplets (8/24 and 16/24)."""
NO_STEM = -1
"""`Voice.stem` of a voice that has had rests and stemless heads only."""

VoiceAhead = tuple[int, int, int, int, int, bool, int]
"""The fields of a `Voice` that decide how it may go on: those from `staff` on, `voice[5:]`. States are merged if these
are the same for all their voices."""


class Voice(NamedTuple):
    """A voice as far as it is read.

    slot: its number, from 0 in the order in which voices enter. part: index of the part (instrument) that plays it.
    position: staff position of its last event, in half spaces. onset, x: of its last event, in ticks and as pixel
    column. staff: on which it began, by its index on the page. end: ticks from the beginning of the bar. stem: 1 if its
    last stem points up, 0 down, `NO_STEM`. unit: of its last event. by_unit: how that unit is read. silent: it has
    ended before the current column. named: the number that a person gave it, 0 for none.
    """

    slot: int
    part: int
    position: float
    onset: int
    x: float
    staff: int
    end: int
    stem: int
    unit: int
    by_unit: int
    silent: bool
    named: int = 0

    def fallen_silent(self) -> Voice:
        """The same voice, once it has ended before the current column."""
        return Voice(*self[:10], True, self.named)  # several times as fast as `_replace`


@dataclass(frozen=True, eq=False, kw_only=True)
class Placed:
    """One event in time.

    onset, ticks: when it begins and how long it lasts. base, dots: printed type, as read. voice: slot of its voice.
    home_staff: staff on which the voice began. ratio: (actual, normal) of its tuplet, None outside of tuplets. unit:
    number shared by the events of one beam or tuplet. changes: what was read otherwise than printed.
    """

    event: Event
    onset: int
    ticks: int
    base: int
    dots: int
    voice: int
    home_staff: int
    ratio: tuple[int, int] | None
    unit: int
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Reading:
    """A bar in time. duration: in ticks. cost: sum of prices (`omr.music.prices`). dropped: events taken for noise.
    faults: what remains wrong with it, "too short" or "too long"."""

    placed: tuple[Placed, ...]
    duration: int
    cost: float
    dropped: tuple[Event, ...] = ()
    faults: tuple[str, ...] = ()

    def times(self) -> frozenset[tuple[int, int, int, int]]:
        """(event, onset, ticks, voice) of all that is placed: readings that agree in this sound alike."""
        return frozenset((p.event.id, p.onset, p.ticks, p.voice) for p in self.placed)


NO_READING = Reading((), 0, math.inf)
"""Stands for a reading where all are too dear."""


class _Step(NamedTuple):
    """The last event of a state, and how it was placed. before: the step of the event before it, None for the first.
    length: None for an event that is left out as noise; onset, slot and staff then mean nothing."""

    before: _Step | None
    event: Event
    onset: int
    slot: int
    staff: int
    length: Length | None


class _State(NamedTuple):
    """A reading of the bar so far. time: onset of the current column, in ticks. x: pixel column of the leftmost column
    that has this onset. last: the event placed last; those before follow from it. slots: number of voices opened."""

    cost: float
    time: int
    x: float
    voices: tuple[Voice, ...]
    last: _Step | None
    slots: int

    def key(self) -> _MergeKey:
        return self.time, tuple(sorted([v[5:] for v in self.voices]))


_MergeKey = tuple[int, tuple[VoiceAhead, ...]]
"""What decides how a state may go on: its time and its voices. Of states with equal keys only the cheapest is kept."""


class _Move(NamedTuple):
    """A state and the onset it gives the next column. cost: of the state, and of the silence up to the onset."""

    cost: float
    state: _State
    time: int


_Candidate = tuple[float, _State, "Voice | None", "Length | None"]
"""A cost, a state, and how it places the next event: the voice that the event continues, None for a new one; its
length, None if the event is left out as noise. A search makes so many of them that they are plain tuples."""


def read_bar(
    events: Sequence[Event], duration: int | None, part_of: Mapping[int, int], space: float,
    short_price: float = PRICES.short_bar, triplet_prices: Mapping[Shape, float] | None = None, repair: bool = True,
    spacing: Spacing | None = None, right: float = 0.0, bound: float = math.inf,
    own_ends: Mapping[int, int] | None = None,
) -> Reading:
    """The likeliest reading of one bar of a system.

    events: chords and rests of all staves, without graces and without rests that fill the bar. duration: ticks of a
    full bar, None if unknown. part_of: part of each staff index. space: staff space in pixels. short_price: what a bar
    shorter than `duration` costs (little for upbeats and at repeats). triplet_prices: what triplets without their digit
    cost, by shape; by default `PRICES.tuplet_unmarked`. repair: whether repairs are tried where the bar as printed is
    too dear. spacing: of the system, None if it is not known. right: pixel column of the barline at the bar's end, for
    the spacing. bound: readings at least this dear are not looked for; `NO_READING` if there are no others. Below what
    a bar as printed may cost, no repairs are tried either. own_ends: part -> ticks of its bars, where these are shorter
    than those of another part.
    """
    if not events:
        return Reading((), duration or 4 * TICKS, 0.0)

    def known(events: Sequence[Event], exact: bool = False) -> KnownBar:
        columns = make_columns(events, space, exact)
        return KnownBar(columns, duration, part_of, short_price, triplet_prices or {}, spacing, right, own_ends)

    bar = known(events)
    reading = _read(bar, repair, bound)
    if bound <= _acceptable(bar):
        return reading
    if repair and reading.cost > _acceptable(bar) + DEAR:
        finer = known(events, exact=True)
        if len(finer.columns) > len(bar.columns):
            found = _Search(finer, 2 * _width(len(events)), repairs=True, bound=min(reading.cost, bound)).run()
            reading = min([reading, *found], key=lambda r: r.cost)
    if repair and reading.cost > _acceptable(bar):
        readings = [_read(known(other), True, min(reading.cost, bound)) for other in swapped(events)]
        reading = min([reading, *readings], key=lambda r: r.cost)
    fingerings = bar.odd_digits()
    drawn = SURCHARGES.drawn if events[0].exact else 0.0
    price = (PRICES.tuplet_ignored + drawn) * len(fingerings)
    if not repair or not fingerings or reading.cost <= price:
        return reading
    without = known([replace(e, tuplet=None, count=0) if e.tuplet in fingerings else e for e in events])
    other = _read(without, True, bound - price)
    return reading if reading.cost <= other.cost + price else _ignoring(other, events, fingerings, price)


def _ignoring(reading: Reading, events: Sequence[Event], fingerings: Container[int], price: float) -> Reading:
    """A reading of a bar without some of its tuplet digits, as one of its events as printed. price: of leaving the
    digits out."""
    printed = {e.id: e for e in events if e.tuplet in fingerings}
    placed = tuple(
        replace(p, event=printed[p.event.id], changes=(DIGIT_IGNORED, *p.changes)) if p.event.id in printed else p
        for p in reading.placed)
    return replace(reading, placed=placed, cost=reading.cost + price,
                   dropped=tuple(printed.get(e.id, e) for e in reading.dropped))


def _read(bar: KnownBar, repair: bool, bound: float) -> Reading:
    """The likeliest reading of a bar as `read_bar` finds it, whose arguments made the bar. A dot that is drawn at a
    head of two voices is left out of one of them at most."""
    best = _likeliest(bar, repair, bound)
    for voices in _without_dots(best):
        kept, readings = bar.own_dots, []
        for event in voices:
            bar.own_dots = kept | {event.id}
            readings.append((_likeliest(bar, repair, bound), bar.own_dots))
        best, bar.own_dots = min(readings, key=lambda r: r[0].cost)
    return best


def _without_dots(reading: Reading) -> list[list[Event]]:
    """The chords of a drawn page that share dotted heads, all of which are read without the dots."""
    dotted = [p for p in reading.placed if p.event.exact and p.event.dots]
    found: list[list[Event]] = []
    for i, p in enumerate(dotted):
        own = {h.id for h in p.event.heads}
        sharing = [q for q in dotted[i + 1:] if own.intersection(h.id for h in q.event.heads)]
        if sharing and all(q.dots < q.event.dots for q in (p, *sharing)):
            found.append([p.event, *(q.event for q in sharing)])
    return found


def _likeliest(bar: KnownBar, repair: bool, bound: float) -> Reading:
    """The likeliest reading of a bar, whatever becomes of its dots."""
    accept = _acceptable(bar)
    plain = next(iter(_Search(bar, PLAIN_WIDTH, repairs=False, bound=bound).run_below(accept)), NO_READING)
    if not repair or min(plain.cost, bound) <= accept:
        return plain
    best = plain
    for wider in WIDER:
        search = _Search(bar, wider * _width(len(bar.order)), repairs=True, bound=min(best.cost, bound))
        mended = search.run_below(accept + DEAR)
        best = min([best, *mended], key=lambda reading: reading.cost)
        if best.cost <= accept + DEAR * wider:
            break
    return best


def other_readings(
    events: Sequence[Event], duration: int | None, part_of: Mapping[int, int], space: float,
    short_price: float = PRICES.short_bar, triplet_prices: Mapping[Shape, float] | None = None,
    spacing: Spacing | None = None, right: float = 0.0, *, than: Reading, most: int = 3,
) -> list[Reading]:
    """Up to `most` other readings of a bar, the likeliest first.

    They differ in when a note begins or ends, in its voice, or in what is left out. All repairs are tried, so one may
    cost less than a reading that was accepted as printed. than: the reading that they shall differ from, usually what
    `read_bar` made of the bar; what costs more than it by `LEAST_ODDS` is not looked for. All other arguments are those
    of `read_bar`.
    """
    if not events:
        return []
    bar = KnownBar(make_columns(events, space), duration, part_of, short_price, triplet_prices or {}, spacing, right)
    search = _Search(bar, _width(len(events)), repairs=True, bound=than.cost + LEAST_ODDS, alike=most + 1)
    found = search.run(most + 1)
    own = than.times()
    return [other for other in found if other.times() != own][:most]


def _acceptable(bar: KnownBar) -> float:
    """What a reading of a bar as printed may cost, if it is to be taken without trying repairs."""
    return PRICES.accept + (SURCHARGES.accept_spacing * len(bar.columns) if bar.spacing is not None else 0.0)


def _width(events: int) -> int:
    """States kept at every step of a search with repairs through a bar of so many events."""
    return min(MAX_WIDTH, max(MIN_WIDTH, MAX_WIDTH * USUAL_EVENTS // events))


def misfits_of(reading: Reading, spacing: Spacing) -> list[float]:
    """How far the columns of a bar that was read stand from where their times ask for."""
    left: dict[int, float] = {}
    for p in reading.placed:
        left[p.onset] = min(p.event.x, left.get(p.onset, p.event.x))
    return [spacing.misfit(b[1] - a[1], b[0] - a[0]) for a, b in pairwise(sorted(left.items()))]


# ---- the search ------------------------------------------------------------------------------------------------


class _Search:
    """One search through a bar. width: states kept at every step. repairs: whether anything may have been misread.
    bound: readings at least this dear are not looked for. alike: states kept of those that may go on in the same ways:
    1 if only the cheapest reading is wanted."""

    def __init__(self, bar: KnownBar, width: int, repairs: bool, bound: float = float("inf"), alike: int = 1):
        self.bar, self.repairs, self.bound, self.alike = bar, repairs, bound, alike
        self.width = width * alike
        self._misfits: dict[tuple[float, int], float] = {}
        self.unit_readings = {u: unit_readings(bar, m, repairs) for u, m in bar.members.items()}
        self.event_readings = {e.id: event_readings(bar, e, repairs) for m in bar.members.values() for e in m}
        self.lengths = {e.id: lengths_of(self.unit_readings[u], self.event_readings[e.id])
                        for u, m in bar.members.items() for e in m}
        # The units of rests that may open a triplet but close none, and the ids of those that may only close one.
        self.only_open = {bar.unit_of[rest] for rest in bar.opens - bar.closes}
        self.only_close = bar.closes - bar.opens
        # Unit -> the places of those of its readings that are triplets.
        self.triplets = {u: {i for i, r in enumerate(readings) if r.actual == 3}
                         for u, readings in self.unit_readings.items()}

    def run_below(self, likely: float) -> list[Reading]:
        """The cheapest reading, as `run` finds it. likely: most of them cost less. If the bound is much dearer, dear
        ones are looked for only where there is none such, for that takes ten times as long. As nothing in a reading
        costs less than nothing, the cheapest is the same."""
        bound = self.bound
        if MUCH_DEARER * likely < bound:
            self.bound = likely
            found = self.run()
            self.bound = bound
            if found and found[0].cost < likely:
                return found
        return self.run()

    def run(self, most: int = 1) -> list[Reading]:
        """The cheapest readings, up to so many that differ in times or voices, the cheapest first; none if all are
        dearer than the bound."""
        begins = _given_onset(self.bar.columns[0]) or 0
        states = [_State(0.0, begins, self.bar.columns[0].x, (), None, 0)]
        for k, column in enumerate(self.bar.columns):
            if k > 0:
                states = self._move(states, column)
            for event in column.events:
                states = self._place(states, event)
            if not states:
                return []
        ends = sorted([(self._end(s), s) for s in states], key=lambda end: end[0][0])
        found: dict[object, Reading] = {}
        for (cost, duration, faults), state in ends:
            placed, dropped = self._trace(state.last)
            reading = Reading(placed, duration, cost, dropped, tuple(dict.fromkeys(faults)))
            found.setdefault(reading.times(), reading)
            if len(found) == most:
                break
        return list(found.values())

    def _move(self, states: Sequence[_State], column: Column) -> list[_State]:
        """The cheapest states at the onset of the next column, in which voices that fall silent are paid for."""
        found: list[_Move] = []
        for state in states:
            found += self._moves(state, column)
            if not found:
                # All voices have reached the end of the bar: the column begins there, too late.
                time = max((v.end for v in state.voices), default=state.time)
                found.append(_Move(state.cost + PRICES.overshoot + column.later_price, state, time))
        if self.bar.spacing is not None:
            found = [self._spaced(move, column, self.bar.spacing) for move in found]
        found = [move for move in found if move[0] < self.bound]
        found.sort(key=itemgetter(0))
        return [_arrive(move, column) for move in found[:MOVES_PER_STATE * self.width]]

    def _spaced(self, move: _Move, column: Column, spacing: Spacing) -> _Move:
        """A move that pays for a column which stands elsewhere than its time asks for: measured from the column before
        it, or, where no note leads from that one to this, as in three notes against four, from where a note begins that
        does, if that is cheaper."""
        state, time = move.state, move.time
        if time <= state.time:
            return move
        price = self._misfit_price(column.x - state.x, time - state.time, spacing)
        leading = [v for v in state.voices if v.end == time]
        if leading and all([v.onset < state.time for v in leading]):
            price = min(price, *[self._misfit_price(column.x - v.x, time - v.onset, spacing) for v in leading])
        return _Move(move.cost + price, state, time)

    def _misfit_price(self, distance: float, ticks: int, spacing: Spacing) -> float:
        """`misfit_price` of a distance in pixels for so many ticks. Few are different in a bar."""
        key = distance, ticks
        if key not in self._misfits:
            self._misfits[key] = misfit_price(spacing.misfit(distance, ticks), spacing.usual)
        return self._misfits[key]

    def _moves(self, state: _State, column: Column) -> Iterator[_Move]:
        """The onsets that the next column may have: that of the column before it, where a voice ends, and where a rest
        may have been missed; only that which a person gave it, if there is one."""
        given = _given_onset(column)
        if given is not None and given >= state.time:
            yield _Move(state.cost + _silence(state.voices, given), state, given)
            return
        if column.join_price is not None:
            yield _Move(state.cost + column.join_price, state, state.time)
        ends = {v.end for v in state.voices if not v.silent and state.time < v.end < self.bar.end}
        for time in ends:
            price = state.cost + column.later_price + _silence(state.voices, time)
            if price < self.bound:
                yield _Move(price, state, time)
        if self.repairs or not ends:
            price = state.cost + column.later_price + PRICES.rest_missed
            for step in REST_STEPS:
                time = state.time + step
                if price >= self.bound or time >= self.bar.end:
                    break
                if time not in ends:
                    yield _Move(price + _silence(state.voices, time), state, time)

    def _place(self, states: Sequence[_State], event: Event) -> list[_State]:
        """The cheapest states after an event has found its voice and its length."""
        candidates: list[_Candidate] = []
        for state in states:
            candidates += self._candidates(state, event)
        candidates.sort(key=itemgetter(0))
        kept: list[_State] = []
        seen: dict[_MergeKey, int] = {}
        for candidate in candidates:
            state = self._follow(candidate, event)
            key = state.key()
            count = seen.get(key, 0)
            if count < self.alike:
                seen[key] = count + 1
                kept.append(state)
                if len(kept) >= self.width:
                    break
        return kept

    def _candidates(self, state: _State, event: Event) -> list[_Candidate]:
        """All ways to place an event that cost less than the bound."""
        found: list[_Candidate] = []
        unit, lengths = self.bar.unit_of[event.id], self.lengths[event.id]
        bound, left = self.bound, self.bar.ends.get(self.bar.part_of[event.staff], self.bar.end) - state.time
        triplets, own_triplets = self.triplets, self.triplets[unit]
        for price, voice in self._homes(state, event, unit):
            if price >= bound:
                continue
            begun = voice.by_unit if voice is not None and voice.unit == unit else None  # how the unit is read
            after_triplet = voice is not None and voice.by_unit in triplets[voice.unit]
            # A rest is part of a triplet only if the notes beside it are.
            must_be = after_triplet and voice is not None and voice.unit in self.only_open
            must_not = not after_triplet and event.id in self.only_close
            # Most of the time of a search is spent in this loop: it takes the fields of a length apart at once.
            for length in lengths:
                by_unit, _, ticks, unit_cost, event_cost = length
                cost = price + event_cost
                if begun is None:
                    # Triplets seldom come alone: the next one without a digit is cheap.
                    again = after_triplet and unit_cost > 0 and by_unit in own_triplets
                    cost += PRICES.tuplet_again if again else unit_cost
                elif by_unit != begun:
                    continue
                if must_be and by_unit not in own_triplets or must_not and by_unit in own_triplets:
                    cost += PRICES.torn_group
                if ticks > left:
                    cost += PRICES.overshoot
                if cost < bound:
                    found.append((cost, state, voice, length))
        noise = state.cost + SURCHARGES.noise + SURCHARGES.noise_per_score * event.score
        if self.repairs and noise < bound and event.given is None:
            found.append((noise, state, None, None))
        return found

    def _follow(self, candidate: _Candidate, event: Event) -> _State:
        """The state after an event is placed."""
        cost, state, voice, length = candidate
        if length is None:
            noise = _Step(state.last, event, 0, 0, 0, None)
            return _State(cost, state.time, state.x, state.voices, noise, state.slots)
        slot = state.slots if voice is None else voice.slot
        staff = event.staff if voice is None else voice.staff
        stem = _stem(event)
        if stem == NO_STEM and voice is not None:
            stem = voice.stem
        part, end = self.bar.part_of[event.staff], state.time + length.ticks
        if self.bar.ends.get(part) == end:
            end = self.bar.end
        placed = Voice(slot, part, event.position, state.time, state.x, staff, end, stem,
                       self.bar.unit_of[event.id], length.by_unit, False,
                       _given_voice(event) or (0 if voice is None else voice.named))
        if voice is None:
            voices = (*state.voices, placed)
        else:
            voices = tuple([placed if v.slot == slot else v for v in state.voices])
        last = _Step(state.last, event, state.time, slot, staff, length)
        return _State(cost, state.time, state.x, voices, last, state.slots + (voice is None))

    def _homes(self, state: _State, event: Event, unit: int) -> list[tuple[float, Voice | None]]:
        """(cost so far, voice) of every voice that an event may continue, None for a new one."""
        part, begun = self.bar.part_of[event.staff], False
        own: list[Voice] = []
        for v in state.voices:
            begun = begun or v.unit == unit
            if v.part == part:
                own.append(v)
        homes: list[tuple[float, Voice | None]] = []
        given = _given_voice(event)
        if given:  # it goes on in the voice of this number, or opens that; a voice without a number may become it
            named = [v for v in own if v.named == given and v.staff == event.staff]
            for voice in named or own:
                if voice.end <= state.time and voice.named in (0, given):
                    homes.append((self._price_of_going_on(state, voice, event, unit, begun), voice))
            if not named or all(v.end > state.time for v in named):
                homes.append((_price_of_entering(state, own, event, begun), None))
            return homes
        for voice in own:
            if voice.end <= state.time:
                homes.append((self._price_of_going_on(state, voice, event, unit, begun), voice))
        homes.append((_price_of_entering(state, own, event, begun), None))
        return homes

    def _price_of_going_on(self, state: _State, voice: Voice, event: Event, unit: int, begun: bool) -> float:
        """Cost of a state after an event continues a voice. begun: whether a voice is in the event's unit already."""
        away = abs(voice.position - event.position)
        price = state.cost + SURCHARGES.per_position * min(away, SURCHARGES.most_positions)
        if voice.silent:
            price += PRICES.resume
        if begun:
            price += 0.0 if voice.unit == unit else PRICES.torn_group
        elif event.rest is None and self.bar.last_of_unit[voice.unit] > self.bar.order[event.id]:
            price += PRICES.torn_group
        if voice.staff != event.staff and voice.unit != unit:
            price += PRICES.other_staff
        stem = _stem(event)
        if voice.stem != stem and voice.stem != NO_STEM and stem != NO_STEM:
            price += PRICES.turned_stem
        return price

    def _end(self, state: _State) -> tuple[float, int, list[str]]:
        """(cost, duration, faults) of a state after the last column: a full bar, or a shorter one where that is
        cheaper."""
        full = self.bar.duration
        longest = max((v.end for v in state.voices), default=full or 4 * TICKS)
        if full is None:
            return self._close(state, longest, 0.0)
        whole = self._close(state, full, 0.0)
        short = self._close(state, longest, self.bar.short_price) if longest < full else whole
        return short if short[0] < whole[0] else whole

    def _close(self, state: _State, duration: int, price: float) -> tuple[float, int, list[str]]:
        """(cost, duration, faults) of a bar that ends at `duration`. price: of its being shorter than usual."""
        cost, faults = state.cost + price, []
        if self.bar.spacing is not None and duration > state.time:
            misfit = self.bar.spacing.misfit_at_end(self.bar.right - state.x, duration - state.time)
            cost += misfit_price(misfit, self.bar.spacing.usual)
        for v in state.voices:
            if v.end < duration and not v.silent:
                gap = _gap_price(v, state.voices, duration)
                cost += gap
                if gap == PRICES.gap:
                    faults.append("too short")
            elif v.end > duration:
                faults.append("too long")
        if price >= PRICES.short_bar:
            faults.append("too short")
        return cost, duration, faults

    def _trace(self, last: _Step | None) -> tuple[tuple[Placed, ...], tuple[Event, ...]]:
        """The events placed in a state, in their order, and those left out, the last first. last: its last step."""
        placed, dropped = [], []
        step = last
        while step is not None:
            if step.length is None:
                dropped.append(step.event)
            else:
                placed.append(self._placed(step, step.length))
            step = step.before
        return tuple(reversed(placed)), tuple(dropped)

    def _placed(self, step: _Step, length: Length) -> Placed:
        unit = self.bar.unit_of[step.event.id]
        by_unit = self.unit_readings[unit][length.by_unit]
        by_event = self.event_readings[step.event.id][length.by_event]
        ratio = (by_unit.actual, by_unit.normal) if by_unit.actual != by_unit.normal else None
        return Placed(
            event=step.event, onset=step.onset, ticks=length.ticks, base=by_unit.base(by_event.base),
            dots=by_event.dots, voice=step.slot, home_staff=step.staff, ratio=ratio, unit=unit,
            changes=tuple(why for why in (by_unit.why, by_event.why) if why))


def _given_onset(column: Column) -> int | None:
    """When a column begins, in ticks, if a person said so of one of its events."""
    onsets = (e.given.onset for e in column.events if e.given is not None and e.given.onset is not None)
    return next((int(onset * TICKS) for onset in onsets), None)


def _given_voice(event: Event) -> int:
    """The number of the voice that a person gave an event, 0 for none."""
    return 0 if event.given is None or event.given.voice is None else event.given.voice


def _stem(event: Event) -> int:
    """1 if an event's stem points up, 0 down, `NO_STEM` without one."""
    return NO_STEM if event.up is None else int(event.up)


def misfit_price(misfit: float, usual: float) -> float:
    """What it costs that a column stands elsewhere than its time asks for. usual: of the system's spacing."""
    return PRICES.spacing * math.log1p((misfit / (usual if misfit < 0 else usual * SURCHARGES.widening)) ** 2)


def _arrive(move: _Move, column: Column) -> _State:
    """The state at the onset of the next column: voices that ended before it are silent."""
    state, voices = move.state, move.state.voices
    for voice in voices:
        if voice.end < move.time and not voice.silent:
            voices = tuple([v.fallen_silent() if v.end < move.time else v for v in voices])
            break
    x = state.x if move.time == state.time else column.x
    return _State(move.cost, move.time, x, voices, state.last, state.slots)


def _silence(voices: Sequence[Voice], until: int) -> float:
    """Price of all voices that fall silent before a time."""
    price = 0.0
    for v in voices:
        if v.end < until and not v.silent:
            price += _gap_price(v, voices, until)
    return price


def _gap_price(voice: Voice, voices: Sequence[Voice], until: int) -> float:
    """Price of one voice that falls silent before a time: it depends on what else its part plays up to then."""
    price = PRICES.gap
    for v in voices:
        if v.part == voice.part and v.end >= until and not v.silent and v.slot != voice.slot:
            if v.staff == voice.staff:
                return PRICES.gap_beside_staff
            price = PRICES.gap_beside_part
    return price


def _price_of_entering(state: _State, own: Sequence[Voice], event: Event, begun: bool) -> float:
    """Cost of a state after an event opens a new voice. own: voices of its part. begun: whether a voice is in the
    event's unit already."""
    price = state.cost + (PRICES.torn_group if begun else 0.0)
    on_staff = [v for v in own if v.staff == event.staff]
    if state.time == 0:
        price += PRICES.second_voice if on_staff else 0.0
        return price
    sounding = [v for v in on_staff if v.end > state.time]
    if sounding:
        stem = _stem(event)
        crossed = stem != NO_STEM and any([v.stem == stem for v in sounding])
        price += PRICES.gap_beside_staff + PRICES.same_stems * crossed
    else:
        price += PRICES.gap_beside_part if any([v.end > state.time for v in own]) else PRICES.gap
    if event.rest is not None:
        price += PRICES.opens_with_rest
    return price
