"""When each chord and rest of a bar sounds, and in which voice: a search over readings of the bar.

What stands in one column sounds together, across all staves; what follows in a voice starts when the voice's last
event ends; every voice should fill the bar. The search walks the columns from left to right. A state holds the time
of the column and, for every voice, when it falls free; each event then takes a free voice (or opens one). Everything
unusual has a price, roughly the negative logarithm of its odds: a gap, a voice that appears late, a dot that was
missed, a beam too many, a triplet without its digit. States alike in all that matters for what follows are merged,
the cheapest staying (dynamic programming with a beam). The cheapest reading wins.

The plain reading (everything as printed) is tried first; only bars it does not explain are searched with repairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from omr.music.columns import Column, make_columns
from omr.music.events import TICKS, Event, dotted


def normals(count: int) -> tuple[int, ...]:
    """Notes that a tuplet of `count` notes may replace, the likeliest first: 3 for 2, 5 for 4 (3), 15 for 8 (12)."""
    if count in (2, 4, 8):
        return (count * 3 // 2,) if count == 2 else (count * 3 // 4,)
    powers = [p for p in (2, 4, 8, 16, 32) if p < count]
    threes = [t for t in (3, 6, 12, 24) if t < count < 2 * t]
    return (powers[-1], *threes) if powers else (2,)


@dataclass(frozen=True)
class Prices:
    """Costs of what a reading supposes; a likely thing costs little. `accept`: a plain reading dearer than this is
    searched for repairs."""

    accept: float = 1.3
    gap: float = 2.6
    gap_beside_staff: float = 0.8
    gap_beside_part: float = 1.8
    resume: float = 0.4
    second_voice: float = 0.3
    same_stems: float = 0.6
    opens_with_rest: float = 1.2
    other_staff: float = 1.2
    turned_stem: float = 0.35
    torn_group: float = 2.5
    overshoot: float = 4.5
    short_bar: float = 3.2
    dot_missed: float = 1.8
    dot_extra: float = 1.7
    level_of_group: float = 2.2
    level_of_one: float = 2.5
    flag_missed: float = 2.2
    hook_missed: float = 1.2
    makes_group_whole: float = 0.4
    head_kind: float = 3.2
    rest_kind: float = 2.8
    tuplet_unmarked: float = 2.0
    tuplet_again: float = 0.2
    tuplet_odd: float = 0.5
    tuplet_ignored: float = 1.2
    rest_missed: float = 1.0


PRICES = Prices()
MIN_WIDTH, MAX_WIDTH, USUAL_EVENTS = 6, 24, 14
"""States kept at every step of a search with repairs, and the events of a bar up to which it has its full width."""


class Choice(NamedTuple):
    """How a unit (a beamed group, the events under one tuplet digit, or one event) is read."""

    actual: int
    normal: int
    shift: int
    cost: float
    why: str


class Option(NamedTuple):
    """How one event is read: its base ticks and dots."""

    base: int
    dots: int
    cost: float
    why: str


class Voice(NamedTuple):
    slot: int
    part: int
    staff: int
    end: int
    up: int
    unit: int
    choice: int
    idle: bool
    position: float


@dataclass(frozen=True, eq=False)
class Placed:
    """One event in time. voice: slot number within the bar's part; changes: what was read otherwise than printed."""

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
    """A bar in time. dropped: events taken for noise. faults: what remains wrong with it."""

    placed: tuple[Placed, ...]
    duration: int
    cost: float
    dropped: tuple[Event, ...] = ()
    faults: tuple[str, ...] = ()


class _State(NamedTuple):
    cost: float
    time: int
    voices: tuple[Voice, ...]
    trail: tuple | None
    slots: int


def read_bar(
    events: Sequence[Event], duration: int | None, part_of: Mapping[int, int], space: float,
    short_price: float = PRICES.short_bar, triplet_price: float = PRICES.tuplet_unmarked, repair: bool = True,
) -> Reading:
    """The likeliest reading of one bar of a system.

    events: chords and rests of all staves, graces left out, measure rests too. duration: ticks of a full bar, None
    if unknown. part_of: part of each staff index. short_price: what a bar shorter than `duration` costs (little
    for pickups and at repeats). triplet_price: what a triplet without its digit costs.
    """
    if not events:
        return Reading((), duration or 4 * TICKS, 0.0)
    columns = make_columns(events, space)
    search = _Search(columns, duration, part_of, short_price, triplet_price)
    plain = search.run(width=6, repairs=False)
    assert plain is not None  # without a bound something is always left
    if not repair or plain.cost <= PRICES.accept:
        return plain
    # A crowded bar has more to try at every step: the beam narrows so that no bar takes long.
    width = min(MAX_WIDTH, max(MIN_WIDTH, MAX_WIDTH * USUAL_EVENTS // len(events)))
    mended = search.run(width, repairs=True, bound=plain.cost)
    return plain if mended is None or mended.cost > plain.cost else mended


def _unit_name(e: Event) -> tuple[str, int]:
    if e.tuplet is not None:
        return ("tuplet", e.tuplet)
    return ("group", e.group) if e.group is not None else ("one", e.id)


class _Search:
    def __init__(
        self, columns: Sequence[Column], duration: int | None, part_of: Mapping[int, int], short_price: float,
        triplet_price: float,
    ):
        self.columns, self.duration, self.part_of = columns, duration, part_of
        self.short_price, self.triplet_price = short_price, triplet_price
        events = [e for c in columns for e in c.events]
        self.unit_of: dict[int, int] = {}
        names: dict[tuple[str, int], int] = {}
        self.members: dict[int, list[Event]] = {}
        for e in events:
            unit = names.setdefault(_unit_name(e), len(names))
            self.unit_of[e.id] = unit
            self.members.setdefault(unit, []).append(e)
        order = {e.id: i for i, e in enumerate(events)}
        self.order = order
        self.last_of_unit = {u: max(order[e.id] for e in m) for u, m in self.members.items()}
        self.thirds = set(self._thirds(events))

    def run(self, width: int, repairs: bool, bound: float = float("inf")) -> Reading | None:
        """The cheapest reading, of those cheaper than `bound`."""
        self.repairs, self.bound = repairs, bound
        self.choices = {u: self._choices(m) for u, m in self.members.items()}
        self.options = {e.id: self._options(e) for m in self.members.values() for e in m}
        self.lengths = {
            e.id: _lengths(self.choices[u], self.options[e.id]) for u, m in self.members.items() for e in m
        }
        states = [_State(0.0, 0, (), None, 0)]
        for k, column in enumerate(self.columns):
            states = self._moves(states, k, column, width)
            for event in column.events:
                states = self._place(states, event, width)
        return min((self._finish(s) for s in states), key=lambda r: r.cost, default=None)

    def _thirds(self, events: Sequence[Event]) -> Iterator[int]:
        """Rests as long as the beamed notes beside them that lack just them to be triplets, and those notes."""
        for staff in {e.staff for e in events}:
            row = [e for e in events if e.staff == staff]
            for a, b in pairwise(row):
                rest, note = (a, b) if a.rest is not None else (b, a)
                if rest.rest is None or note.group is None or note.tuplet is not None or rest.tuplet is not None:
                    continue
                group = self.members[self.unit_of[note.id]]
                if len(group) % 3 == 2 and {e.ticks for e in group} == {rest.ticks}:
                    yield from (rest.id, *(e.id for e in group))

    def _choices(self, members: list[Event]) -> tuple[Choice, ...]:
        plain = Choice(1, 1, 0, 0.0, "")
        count = members[0].count
        if count:
            # A digit over as many like notes is a tuplet's; otherwise it may as well be a fingering.
            alike = len(members) == count and len({e.base for e in members}) == 1
            price = 0.0 if alike else PRICES.tuplet_odd
            ignored = plain._replace(cost=PRICES.tuplet_ignored - price, why="tuplet digit ignored")
            return (*(Choice(count, n, 0, price + 0.5 * i, "") for i, n in enumerate(normals(count))), ignored)
        if members[0].group is None and members[0].id not in self.thirds:
            return (plain,)
        found = [plain]
        full = len(members) % 3 == 0 or members[0].id in self.thirds
        price = self.triplet_price if full else self.triplet_price + 1.5
        if (len(members) >= 2 or full) and (self.repairs or price <= 1.0):
            found.append(Choice(3, 2, 0, price, "unmarked triplet"))
        if members[0].group is None:
            return tuple(found)
        if self.repairs and len(members) >= 5 and len(members) % 4 and len({e.base for e in members}) == 1:
            odd = PRICES.tuplet_unmarked + 0.8
            found += [
                Choice(len(members), n, 0, odd + 0.4 * i, "unmarked tuplet")
                for i, n in enumerate(normals(len(members))) if len(members) % 3 or n * 3 != len(members) * 2
            ]
        if self.repairs:
            if min(e.levels for e in members) >= 1 and max(e.levels for e in members) < 5:
                found.append(Choice(1, 1, 1, PRICES.level_of_group, "one beam more"))
            if min(e.levels for e in members) >= 2:
                found.append(Choice(1, 1, -1, PRICES.level_of_group, "one beam less"))
        return tuple(found)

    def _options(self, e: Event) -> tuple[Option, ...]:
        found = [Option(e.base, e.dots, 0.0, "")]
        if not self.repairs:
            return tuple(found)
        doubt = 1.5 * (e.score - 0.8)  # what was seen faintly is cheaper to change
        if e.dots < 1:
            found.append(Option(e.base, e.dots + 1, PRICES.dot_missed, "dot missed"))
        if e.dots:
            found.append(Option(e.base, e.dots - 1, PRICES.dot_extra, "dot dropped"))
        if e.rest is not None:
            found.append(Option(e.base // 2, e.dots, PRICES.rest_kind + doubt, "rest of another kind"))
            found.append(Option(e.base * 2, e.dots, PRICES.rest_kind + doubt, "rest of another kind"))
        elif e.base < TICKS or e.levels:
            price = PRICES.level_of_one if e.group is not None else PRICES.flag_missed
            missed = PRICES.hook_missed if self._lacks_hook(e) else price
            found.append(Option(e.base // 2, e.dots, missed, "flag or beam missed"))
            found.append(Option(e.base * 2, e.dots, price, "flag or beam too many"))
        elif e.base == TICKS:
            found.append(Option(e.base // 2, e.dots, PRICES.flag_missed + doubt, "flag missed"))
            found.append(Option(e.base * 2, e.dots, PRICES.head_kind + doubt, "hollow head read as filled"))
        else:
            found.append(Option(e.base // 2, e.dots, PRICES.head_kind + doubt, "head of another kind"))
            if e.base == 2 * TICKS:
                found.append(Option(e.base * 2, e.dots, PRICES.head_kind + 1 + doubt, "head of another kind"))
        if e.group is not None and e.tuplet is None:
            # Beamed groups make up whole beats or half beats: a change that restores one is likelier by far.
            group = sum(m.ticks for m in self.members[self.unit_of[e.id]])
            if group % (TICKS // 2):
                found = [
                    o._replace(cost=o.cost * PRICES.makes_group_whole)
                    if (group - e.ticks + dotted(o.base, o.dots)) % (TICKS // 2) == 0 else o
                    for o in found
                ]
        return tuple(found)

    def _lacks_hook(self, e: Event) -> bool:
        """Whether a beamed note beside a dotted eighth is too long to fill its beat, as it usually does."""
        if e.group is None or e.dots:
            return False
        members = sorted(self.members[self.unit_of[e.id]], key=lambda m: m.x)
        at = next(i for i, m in enumerate(members) if m.id == e.id)
        return any(m.levels == 1 and e.levels < 1 + m.dots for m in members[max(at - 1, 0):at + 2])

    def _moves(self, states: Sequence[_State], k: int, column: Column, width: int) -> list[_State]:
        """The cheapest states at the onset of the next column, voices that fall silent before it paid for."""
        if k == 0:
            return list(states)
        found: list[tuple[float, int, _State, int]] = []
        near = column.part
        limit = self.duration if self.duration is not None else 1 << 40
        for state in states:
            if column.join is not None:
                found.append((state.cost + column.join, len(found), state, state.time))
            ends = {v.end for v in state.voices if not v.idle and state.time < v.end < limit}
            for time in ends:
                price = state.cost + near + self._gap_prices(state.voices, time)
                if price < self.bound:
                    found.append((price, len(found), state, time))
            if self.repairs or not ends:
                price = state.cost + near + PRICES.rest_missed
                for step in _STEPS:
                    time = state.time + step
                    if price >= self.bound or time >= limit:
                        break
                    if time not in ends:
                        found.append((price + self._gap_prices(state.voices, time), len(found), state, time))
            if not found:
                # Past the end of the bar: keep what is there, late.
                time = max(v.end for v in state.voices)
                found.append((state.cost + PRICES.overshoot + near, len(found), state, time))
        found.sort(key=lambda f: f[:2])
        moved = []
        for cost, _, state, time in found[:2 * width]:
            voices = state.voices
            if any(v.end < time and not v.idle for v in voices):
                voices = tuple(v._replace(idle=True) if v.end < time and not v.idle else v for v in voices)
            moved.append(_State(cost, time, voices, state.trail, state.slots))
        return moved

    def _gap_prices(self, voices: Sequence[Voice], until: int) -> float:
        """Price of the voices that have ended before a time, and do not go on."""
        price = 0.0
        for v in voices:
            if v.end < until and not v.idle:
                price += self._gap_price(v, voices, until)
        return price

    @staticmethod
    def _gap_price(voice: Voice, voices: Sequence[Voice], until: int) -> float:
        price = PRICES.gap
        for v in voices:
            if v.part == voice.part and v.end >= until and not v.idle and v.slot != voice.slot:
                if v.staff == voice.staff:
                    return PRICES.gap_beside_staff
                price = PRICES.gap_beside_part
        return price

    def _place(self, states: Sequence[_State], event: Event, width: int) -> list[_State]:
        """The cheapest states after an event has found its voice and its duration."""
        unit = self.unit_of[event.id]
        up = -1 if event.up is None else int(event.up)
        lengths = self.lengths[event.id]
        limit = self.duration if self.duration is not None else 1 << 40
        found: list[tuple[float, int, _State, Voice | None, int, int, int]] = []
        for state in states:
            for price, voice in self._homes(state, event, unit, up):
                if price >= self.bound:
                    continue
                goes_on = voice is not None and voice.unit == unit
                for pick, number, ticks, extra, option_cost in lengths:
                    if goes_on and pick != voice.choice:  # type: ignore[union-attr]
                        continue
                    cost = price + option_cost
                    if not goes_on:
                        # Triplets seldom come alone: the next without a digit is taken on trust.
                        again = extra > 0 and voice is not None and self._triplet(unit, pick)
                        cost += PRICES.tuplet_again if again and self._triplet(voice.unit, voice.choice) else extra  # type: ignore[union-attr]
                    if state.time + ticks > limit:
                        cost += PRICES.overshoot
                    if cost < self.bound:
                        found.append((cost, len(found), state, voice, pick, number, ticks))
            if self.repairs and state.cost + 1.0 + 5.0 * event.score < self.bound:
                found.append((state.cost + 1.0 + 5.0 * event.score, len(found), state, None, -1, 0, 0))
        found.sort(key=lambda f: f[:2])
        kept: list[_State] = []
        seen: set[tuple] = set()
        for cost, _, state, voice, pick, number, ticks in found:
            if pick < 0:
                trail: tuple = (state.trail, event, -1, 0, 0, 0, 0, 0)
                child = _State(cost, state.time, state.voices, trail, state.slots)
            else:
                slot = state.slots if voice is None else voice.slot
                staff = event.staff if voice is None else voice.staff
                keep = up if up >= 0 or voice is None else voice.up
                part = self.part_of[event.staff]
                placed = Voice(slot, part, staff, state.time + ticks, keep, unit, pick, False, event.position)
                if voice is None:
                    voices = (*state.voices, placed)
                else:
                    voices = tuple([placed if v.slot == slot else v for v in state.voices])
                trail = (state.trail, event, state.time, ticks, slot, staff, pick, number)
                child = _State(cost, state.time, voices, trail, state.slots + (voice is None))
            # States alike in all that matters for what follows: the cheapest stays.
            key = (child.time, tuple(sorted([v[2:8] for v in child.voices])))
            if key not in seen:
                seen.add(key)
                kept.append(child)
                if len(kept) >= width:
                    break
        return kept

    def _triplet(self, unit: int, pick: int) -> bool:
        return self.choices[unit][pick].actual == 3

    def _homes(self, state: _State, event: Event, unit: int, up: int) -> list[tuple[float, Voice | None]]:
        """(cost so far, voice) of every voice an event may continue, None for a new one."""
        part, order = self.part_of[event.staff], self.order[event.id]
        going_on = any(v.unit == unit for v in state.voices)
        homes: list[tuple[float, Voice | None]] = []
        beside = sounding = crossed = in_part = False
        for v in state.voices:
            if v.part != part:
                continue
            if v.staff == event.staff:
                beside = True
            if v.end > state.time:
                in_part = True
                if v.staff == event.staff:
                    sounding = True
                    crossed = crossed or (up >= 0 and v.up == up)
                continue
            price = state.cost + 0.02 * min(abs(v.position - event.position), 12)
            if v.idle:
                price += PRICES.resume
            if going_on:
                price += 0.0 if v.unit == unit else PRICES.torn_group
            elif self.last_of_unit[v.unit] > order:
                price += PRICES.torn_group
            if v.staff != event.staff and v.unit != unit:
                price += PRICES.other_staff
            if up >= 0 and v.up >= 0 and v.up != up:
                price += PRICES.turned_stem
            homes.append((price, v))
        new = state.cost + (PRICES.torn_group if going_on else 0.0)
        if state.time == 0:
            new += PRICES.second_voice if beside else 0.0
        elif sounding:
            new += PRICES.gap_beside_staff + PRICES.same_stems * crossed
        else:
            new += PRICES.gap_beside_part if in_part else PRICES.gap
        if event.rest is not None and state.time > 0:
            new += PRICES.opens_with_rest
        homes.append((new, None))
        return homes

    def _finish(self, state: _State) -> Reading:
        """Close the bar: at its nominal duration, or short where that is cheaper."""
        longest = max((v.end for v in state.voices), default=self.duration or 4 * TICKS)
        ends = [(longest, 0.0 if self.duration is None else self.short_price)]
        if self.duration is not None:
            ends = [(self.duration, 0.0)] + (ends if longest < self.duration else [])
        best: tuple[float, int, list[str]] | None = None
        for duration, price in ends:
            cost, faults = state.cost + price, []
            for v in state.voices:
                if v.end < duration and not v.idle:
                    gap = self._gap_price(v, state.voices, duration)
                    cost += gap
                    if gap == PRICES.gap:
                        faults.append("too short")
                elif v.end > duration:
                    faults.append("too long")
            if price >= PRICES.short_bar:
                faults.append("too short")
            if best is None or cost < best[0]:
                best = cost, duration, faults
        assert best is not None
        cost, duration, faults = best
        placed, dropped = [], []
        trail = state.trail
        while trail is not None:
            trail, event, onset, ticks, slot, staff, pick, number = trail
            if onset < 0:
                dropped.append(event)
                continue
            unit = self.unit_of[event.id]
            choice, option = self.choices[unit][pick], self.options[event.id][number]
            base = option.base << -choice.shift if choice.shift < 0 else option.base >> choice.shift
            ratio = (choice.actual, choice.normal) if choice.actual != choice.normal else None
            changes = tuple(w for w in (choice.why, option.why) if w)
            placed.append(Placed(event, onset, ticks, base, option.dots, slot, staff, ratio, unit, changes))
        placed.reverse()
        return Reading(tuple(placed), duration, cost, tuple(dropped), tuple(dict.fromkeys(faults)))


def _lengths(
    choices: Sequence[Choice], options: Sequence[Option]
) -> tuple[tuple[int, int, int, float, float], ...]:
    """(choice, option, ticks, cost of the choice, cost of the option) of every way to read one event."""
    found = []
    for pick, choice in enumerate(choices):
        for number, option in enumerate(options):
            base = option.base << -choice.shift if choice.shift < 0 else option.base >> choice.shift
            ticks = dotted(base, option.dots) * choice.normal // choice.actual
            if ticks > 0:
                found.append((pick, number, ticks, choice.cost, option.cost))
    return tuple(found)


_STEPS = tuple(TICKS * n // 24 for n in (3, 6, 8, 12, 16, 18, 24, 36, 48, 72))
"""Onset steps tried where a rest may have been missed: from a 32nd to a dotted half."""
