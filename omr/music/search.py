"""The search for the likeliest readings of one bar, column by column from left to right.

A state (`_State`) is a reading of the columns so far: the time of the current column, and when each voice ends. Each
event of a column continues a voice that has ended, or opens a new one. Whatever is unusual has a price
(`omr.music.prices`): a gap, a voice that enters late, a missed dot, a beam too many, a triplet without its digit.
States that differ in nothing that matters later are merged, and only the cheapest are kept at every step (dynamic
programming with a beam). The cheapest reading at the end of the bar wins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from omr.music.columns import Column
from omr.music.events import TICKS, Event
from omr.music.lengths import KnownBar, Length, event_readings, lengths_of, unit_readings
from omr.music.placed import Placed, Reading
from omr.music.prices import PRICES, SURCHARGES
from omr.music.spacing import Spacing

MUCH_DEARER = 2.0
"""If the bound is more than this many times as dear as most readings, dear readings are looked for only if there is no
likely one."""
MOVES_PER_STATE = 2
"""For each state that is kept (`width`), this many onsets of the next column are kept. The events of the column then
decide between them."""
ROUNDING = 1e-9
"""Sums of prices are exact to this."""
REST_STEPS = tuple(TICKS * n // 24 for n in (3, 6, 8, 12, 16, 18, 24, 36, 48, 72))
"""Lengths that are tried where a rest may have been missed, in ticks: from a 32nd (3/24 of a quarter) to a dotted half
(72/24), including those of triplets (8/24 and 16/24)."""
CANDIDATES_PER_STATE = 3
"""For each state that is kept, this many ways to place an event are looked at first. Some of them lead to the same
state."""
NO_STEM = -1
"""`Voice.stem` of a voice that has had only rests and noteheads without stems."""

_new = tuple.__new__
"""Makes a named tuple from a tuple of its fields, in half the time that calling its class takes: a search makes very
many."""

VoiceAhead = tuple[int, int, int, int, int, bool, int]
"""The fields of a `Voice` that decide how it may go on: those from `staff` on, `voice[5:]`. States are merged if all
their voices agree in these."""


class Voice(NamedTuple):
    """A voice as far as it has been read.

    slot: its number, from 0, in the order in which voices enter.
    part: index of the part (instrument) that plays it.
    position: staff position of its last event, in half spaces.
    onset, x: of its last event, in ticks and as pixel column.
    staff: index, on the page, of the staff on which it began.
    end: ticks from the beginning of the bar.
    stem: 1 if its last stem points up, 0 if down, `NO_STEM` without any.
    unit: of its last event.
    by_unit: how that unit is read.
    silent: whether it has ended before the current column.
    named: the number that a person gave it; 0 for none.
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
        """The same voice, after it has ended before the current column."""
        return _new(Voice, (*self[:10], True, self.named))  # several times as fast as `_replace`


class _Step(NamedTuple):
    """The last event of a state, and how it was placed.

    before: the step of the event before it; None for the first event.
    length: None for an event that is left out as noise; onset, slot and staff then mean nothing.
    """

    before: _Step | None
    event: Event
    onset: int
    slot: int
    staff: int
    length: Length | None


class _State(NamedTuple):
    """A reading of the bar so far.

    time: onset of the current column, in ticks.
    x: pixel column of the leftmost column with this onset.
    last: the event placed last; it leads to those before.
    slots: number of voices opened.
    """

    cost: float
    time: int
    x: float
    voices: tuple[Voice, ...]
    last: _Step | None
    slots: int

    def key(self) -> _MergeKey:
        voices = self.voices
        if len(voices) == 1:
            return self.time, (voices[0][5:],)
        return self.time, tuple(sorted([v[5:] for v in voices]))


_MergeKey = tuple[int, tuple[VoiceAhead, ...]]
"""What decides how a state may go on: its time and its voices. Among states with equal keys, only the cheapest is
kept."""


_Move = tuple[float, _State, int]
"""A state, the onset that it gives the next column, and its cost at that onset."""
_Candidate = tuple[float, _State, "Voice | None", "Length | None"]
"""A cost, a state, and how the state places the next event: the voice that the event continues (None for a new voice),
and the event's length (None if it is left out as noise). A search makes so many of these that they are plain tuples."""


class Search:
    """One search through a bar.

    width: how many states are kept at every step.
    repairs: whether anything may have been misread.
    bound: readings that cost at least this are not looked for.
    alike: how many states are kept of those that may go on in the same way; 1 if only the cheapest reading is wanted.
    """

    def __init__(self, bar: KnownBar, width: int, repairs: bool, bound: float = float("inf"), alike: int = 1):
        self.bar, self.repairs, self.bound, self.alike = bar, repairs, bound, alike
        self.width = width * alike
        self._misfits: dict[tuple[float, int], float] = {}
        self.is_given = any(e.given is not None for c in bar.columns for e in c.events)
        self.unit_readings = {u: unit_readings(bar, m, repairs) for u, m in bar.members.items()}
        self.event_readings = {e.id: event_readings(bar, e, repairs) for m in bar.members.values() for e in m}
        self.lengths = {e.id: lengths_of(self.unit_readings[u], self.event_readings[e.id])
                        for u, m in bar.members.items() for e in m}
        # The least cost of each event's length, a little reduced because of rounding.
        self.least = {
            id_: min((length.event_cost + min(length.unit_cost, 0.0) for length in own), default=0.0) - ROUNDING
            for id_, own in self.lengths.items()}
        # The units of rests that may begin a triplet but not end one, and the ids of rests that may only end one.
        self.only_open = {bar.unit_of[rest] for rest in bar.opens - bar.closes}
        self.only_close = bar.closes - bar.opens
        # Unit -> indices of those of its readings that are triplets.
        self.triplets = {u: {i for i, r in enumerate(readings) if r.actual == 3}
                         for u, readings in self.unit_readings.items()}

    def run_below(self, likely: float) -> list[Reading]:
        """The cheapest reading, as `run` finds it. If the bound is much dearer than `likely`, dear readings are looked
        for only if there is no cheaper one, because that takes ten times as long. No part of a reading has a negative
        cost, so the cheapest reading is the same.

        likely: most readings cost less than this.
        """
        bound = self.bound
        if MUCH_DEARER * likely < bound:
            self.bound = likely
            found = self.run()
            self.bound = bound
            if found and found[0].cost < likely:
                return found
        return self.run()

    def run(self, most: int = 1) -> list[Reading]:
        """The cheapest readings, the cheapest first: up to `most` that differ in times or voices. Empty if all cost at
        least the bound."""
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
        """The cheapest states at the onset of the next column. Voices that fall silent are paid for.

        states: the cheapest first. Once as many moves are found as are kept, only cheaper ones are looked for.
        """
        found: list[_Move] = []
        bound, most, is_stuck = self.bound, MOVES_PER_STATE * self.width, True
        spacing = self.bar.spacing
        for state in states:
            moves = self._moves(state, column, bound)
            if moves:
                is_stuck = False
            elif is_stuck:
                # All voices have reached the end of the bar: the column begins there, too late.
                time = max((v.end for v in state.voices), default=state.time)
                moves, is_stuck = [(state.cost + PRICES.overshoot + column.later_price, time)], False
            for price, time in moves:
                if spacing is not None and time > state.time and price < bound:
                    price += self._price_of_place(state, time, column, spacing)
                if price < bound:
                    found.append((price, state, time))
            if len(found) > most:
                found.sort(key=itemgetter(0))
                del found[most:]
                bound = found[-1][0]
        found.sort(key=itemgetter(0))
        return [_arrive(move, column) for move in found[:most]]

    def _price_of_place(self, state: _State, time: int, column: Column, spacing: Spacing) -> float:
        """What a move costs if a column is not where its time needs it. The distance is measured from the column
        before. If no note leads from that column to this one, as in three notes against four, it may also be measured
        from the beginning of a note that does, if that is cheaper."""
        before = state.time
        price = self._misfit_price(column.x - state.x, time - before, spacing)
        leading = [v for v in state.voices if v.end == time]
        if leading and all([v.onset < before for v in leading]):
            price = min(price, *[self._misfit_price(column.x - v.x, time - v.onset, spacing) for v in leading])
        return price

    def _misfit_price(self, distance: float, ticks: int, spacing: Spacing) -> float:
        """`misfit_price` of a distance in pixels for a number of ticks. A bar has few different ones."""
        key = distance, ticks
        if key not in self._misfits:
            self._misfits[key] = misfit_price(spacing.misfit(distance, ticks), spacing.usual)
        return self._misfits[key]

    def _moves(self, state: _State, column: Column, bound: float) -> list[tuple[float, int]]:
        """The onsets that the next column may have, each with the cost of the state and of the silence up to it: the
        onset of the column before it, where a voice ends, and where a rest may have been missed. If a person gave the
        column an onset, only that one. bound: moves that cost at least this are not looked for."""
        cost, now, voices = state.cost, state.time, state.voices
        given = _given_onset(column) if self.is_given else None
        if given is not None and given >= now:
            return [(cost + _silence(voices, given), given)]
        found: list[tuple[float, int]] = []
        if column.join_price is not None:
            found.append((cost + column.join_price, now))
        end, later = self.bar.end, cost + column.later_price
        sounding = [v for v in voices if not v.silent]
        ends = {v.end for v in sounding if now < v.end < end}
        if later >= bound:
            return found
        for time in ends:
            price = later + _silence(sounding, time)
            if price < bound:
                found.append((price, time))
        if self.repairs or not ends:
            price = later + PRICES.rest_missed
            if price < bound:
                for step in REST_STEPS:
                    time = now + step
                    if time >= end:
                        break
                    if time not in ends:
                        found.append((price + _silence(sounding, time), time))
        return found

    def _place(self, states: Sequence[_State], event: Event) -> list[_State]:
        """The cheapest states after an event has got its voice and its length. states: the cheapest first."""
        most = CANDIDATES_PER_STATE * self.width
        some = self._cheapest(states, event, most)
        kept = self._followed(some, event)
        if len(kept) < self.width and len(some) >= most:  # too many of them go on in the same way
            kept = self._followed(self._cheapest(states, event, None), event)
        return kept

    def _cheapest(self, states: Sequence[_State], event: Event, most: int | None) -> list[_Candidate]:
        """The ways to place an event, the cheapest first: all that cost less than the bound; or `most` of them, and all
        that cost no more than the dearest of these."""
        candidates: list[_Candidate] = []
        bound, least = self.bound, min(self.least[event.id], -ROUNDING)
        for state in states:
            if state.cost + least >= bound:
                break  # and so do the states after it
            candidates += self._candidates(state, event, bound)
            if most is not None and len(candidates) > most:
                candidates.sort(key=itemgetter(0))
                bound = math.nextafter(candidates[most - 1][0], math.inf)
                while candidates[-1][0] >= bound:
                    candidates.pop()
        candidates.sort(key=itemgetter(0))
        return candidates

    def _followed(self, candidates: Sequence[_Candidate], event: Event) -> list[_State]:
        """The states to which the cheapest candidates lead. Among those that may go on in the same way, only the
        cheapest."""
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

    def _candidates(self, state: _State, event: Event, bound: float) -> list[_Candidate]:
        """All ways to place an event that cost less than the bound."""
        found: list[_Candidate] = []
        unit, lengths, least = self.bar.unit_of[event.id], self.lengths[event.id], self.least[event.id]
        left = self.bar.ends.get(self.bar.part_of[event.staff], self.bar.end) - state.time
        triplets, own_triplets = self.triplets, self.triplets[unit]
        for price, voice in self._homes(state, event, unit):
            if price >= bound:
                continue
            begun = voice.by_unit if voice is not None and voice.unit == unit else None  # how the unit is read
            after_triplet = voice is not None and voice.by_unit in triplets[voice.unit]
            # A rest is part of a triplet only if the notes beside it are.
            must_be = after_triplet and voice is not None and voice.unit in self.only_open
            must_not = not after_triplet and event.id in self.only_close
            if price + least >= bound:
                continue
            # Most of the time of a search is spent in this loop, so the fields of a length are unpacked at once.
            for length in lengths:
                by_unit, _, ticks, unit_cost, event_cost = length
                cost = price + event_cost
                if begun is None:
                    # Triplets seldom come alone, so the next one without a digit is cheap.
                    again = after_triplet and unit_cost > 0 and by_unit in own_triplets
                    cost += PRICES.tuplet_again if again else unit_cost
                elif by_unit != begun:
                    continue
                if cost >= bound:
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
        named = _given_voice(event) or (0 if voice is None else voice.named)
        placed = _new(Voice, (slot, part, event.position, state.time, state.x, staff, end, stem,
                              self.bar.unit_of[event.id], length.by_unit, False, named))
        if voice is None:
            voices = (*state.voices, placed)
        else:
            voices = tuple([placed if v.slot == slot else v for v in state.voices])
        last = _new(_Step, (state.last, event, state.time, slot, staff, length))
        return _new(_State, (cost, state.time, state.x, voices, last, state.slots + (voice is None)))

    def _homes(self, state: _State, event: Event, unit: int) -> list[tuple[float, Voice | None]]:
        """(cost so far, voice) of every voice that an event may continue, and None for a new voice."""
        part, begun = self.bar.part_of[event.staff], False
        own: list[Voice] = []
        for v in state.voices:
            begun = begun or v.unit == unit
            if v.part == part:
                own.append(v)
        homes: list[tuple[float, Voice | None]] = []
        given, now = _given_voice(event), state.time
        if given:  # the event continues the voice with this number, or opens it; a voice without a number may become it
            named = [v for v in own if v.named == given and v.staff == event.staff]
            for voice in named or own:
                if voice.end <= now and voice.named in (0, given):
                    homes.append((self._price_of_going_on(state, voice, event, unit, begun), voice))
            if not named or all(v.end > now for v in named):
                homes.append((_price_of_entering(state, own, event, begun), None))
            return homes
        for voice in own:
            if voice.end <= now:
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
        """(cost, duration, faults) of a state after the last column: with a full bar, or a shorter one if that is
        cheaper."""
        full = self.bar.duration
        longest = max((v.end for v in state.voices), default=full or 4 * TICKS)
        if full is None:
            return self._close(state, longest, 0.0)
        whole = self._close(state, full, 0.0)
        short = self._close(state, longest, self.bar.short_price) if longest < full else whole
        return short if short[0] < whole[0] else whole

    def _close(self, state: _State, duration: int, price: float) -> tuple[float, int, list[str]]:
        """(cost, duration, faults) of a bar that ends at `duration`. price: that of being shorter than usual."""
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
        """The events placed in a state, in their order, and those that were left out, the last first. last: the state's
        last step."""
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
    """The onset of a column, in ticks, if a person gave one for any of its events."""
    onsets = (e.given.onset for e in column.events if e.given is not None and e.given.onset is not None)
    return next((int(onset * TICKS) for onset in onsets), None)


def _given_voice(event: Event) -> int:
    """The number of the voice that a person gave an event; 0 for none."""
    return 0 if event.given is None or event.given.voice is None else event.given.voice


def _stem(event: Event) -> int:
    """1 if an event's stem points up, 0 down, `NO_STEM` without one."""
    return NO_STEM if event.up is None else int(event.up)


def misfit_price(misfit: float, usual: float) -> float:
    """The price of a column that is not where its time needs it. usual: that of the system's spacing."""
    return PRICES.spacing * math.log1p((misfit / (usual if misfit < 0 else usual * SURCHARGES.widening)) ** 2)


def _arrive(move: _Move, column: Column) -> _State:
    """The state at the onset of the next column. Voices that ended before it are silent."""
    cost, state, time = move
    voices = state.voices
    for voice in voices:
        if voice.end < time and not voice.silent:
            voices = tuple([v.fallen_silent() if v.end < time else v for v in voices])
            break
    return _new(_State, (cost, time, state.x if time == state.time else column.x, voices, state.last, state.slots))


def _silence(voices: Sequence[Voice], until: int) -> float:
    """Price of all voices that fall silent before a time."""
    price = 0.0
    for v in voices:
        if v.end < until and not v.silent:
            price += _gap_price(v, voices, until)
    return price


def _gap_price(voice: Voice, voices: Sequence[Voice], until: int) -> float:
    """Price of one voice that falls silent before a time. It depends on what else its part plays until then."""
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
