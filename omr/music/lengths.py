"""Ways to read what is in a bar: how long each chord or rest may last, and at what price.

The chords under one beam, or the events under one tuplet digit, are a unit, which is read in one way: as printed, as a
tuplet, with a beam more or less. In addition, each event has readings of its own: with a dot or flag that was missed,
or as another kind of notehead or rest. `omr.music.rhythm` searches for the readings that fit together best.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from omr.music.columns import Column
from omr.music.events import TICKS, Event, dotted
from omr.music.prices import PRICES, SURCHARGES
from omr.music.spacing import Spacing

HALF_BEAT = TICKS // 2
"""Beamed groups usually last a multiple of this many ticks (an eighth)."""
MOST_LEVELS = 5
"""Greatest number of beams: that of 128th notes, the shortest notes in the class table."""
FEWEST_ODD = 5
"""Fewest notes under a beam that may be a tuplet without its digit, apart from triplets."""
SECOND = 0.75
"""Two noteheads are a second apart if their vertical distance is less than this, in notehead heights: half a height for
a second, one for a third."""
DIGIT_IGNORED = "tuplet digit ignored"
"""The name of a change: a tuplet's digit is taken for something else."""
DOT_DROPPED = "dot dropped"
"""The name of a change: a dot is taken for something else."""
ENDLESS = 1 << 40
"""More ticks than any bar has: the end of a bar with unknown duration."""


def normals(count: int) -> tuple[int, ...]:
    """How many normal notes a tuplet of `count` notes may replace, the likeliest first.

    Three notes replace 2, five replace 4 or 3, fifteen replace 8 or 12.
    """
    if count in (2, 4, 8):  # in compound time: 2 for 3, 4 for 3, 8 for 6
        return (count * 3 // 2,) if count == 2 else (count * 3 // 4,)
    powers = [p for p in (2, 4, 8, 16, 32) if p < count]
    threes = [t for t in (3, 6, 12, 24) if t < count < 2 * t]
    return (powers[-1], *threes) if powers else (2,)


class UnitReading(NamedTuple):
    """How a unit is read: the chords under one beam, the events under one tuplet digit, or a single event.

    actual, normal: `actual` notes in the time of `normal`.
    shift: beams added to all.
    cost: its price.
    why: what was read otherwise than printed, "" for nothing.
    each: ticks of every note; 0 if each is as long as it is printed.
    """

    actual: int
    normal: int
    shift: int
    cost: float
    why: str
    each: int = 0

    def base(self, ticks: int) -> int:
        """Ticks of a note (without dots) after the beams are added."""
        if self.each:
            return self.each
        return ticks << -self.shift if self.shift < 0 else ticks >> self.shift


AS_PRINTED = UnitReading(1, 1, 0, 0.0, "")


class EventReading(NamedTuple):
    """How one event is read. base: ticks without dots. cost, why: as of a `UnitReading`."""

    base: int
    dots: int
    cost: float
    why: str


class Length(NamedTuple):
    """One way to read an event together with its unit.

    by_unit, by_event: indices into the lists of readings of both.
    ticks: how long it lasts then.
    unit_cost, event_cost: prices of both.
    """

    by_unit: int
    by_event: int
    ticks: int
    unit_cost: float
    event_cost: float


Shape = tuple[int, ...]
"""What groups of notes that are read alike have in common: the printed lengths of their notes, without dots, in ticks.
If all notes have the same length, and can be divided into threes, only one length is given."""


def shape_of(members: Sequence[Event]) -> Shape:
    """The shape of the notes under one beam, or one digit."""
    bases = tuple(e.base for e in sorted(members, key=lambda e: e.x))
    return bases[:1] if len(bases) % 3 == 0 and len(set(bases)) == 1 else bases


def shapes_in(events: Sequence[Event]) -> frozenset[Shape]:
    """The shapes of all groups in a bar: those for which `read_bar` may need the price of a triplet."""
    members: dict[tuple[str, int], list[Event]] = {}
    for e in events:
        members.setdefault(_unit_name(e), []).append(e)
    return frozenset(shape_of(own) for own in members.values())


def _unit_name(e: Event) -> tuple[str, int]:
    """A name that the events of one unit share: from the tuplet digit, or else from the beam."""
    if e.tuplet is not None:
        return ("tuplet", e.tuplet)
    return ("group", e.group) if e.group is not None else ("one", e.id)


class KnownBar:
    """What is known about a bar before it is read.

    columns: from left to right.
    duration: ticks of a full bar; None if unknown. end: the same, or more than any bar has.
    spacing, right: as for `read_bar`. ends: its `own_ends`.
    unit_of: event id -> its unit. members: unit -> its events.
    order: event id -> its index among all events.
    column_of: event id -> the index of its column. last_of_unit: unit -> the index of its last column.
    thirds: ids of events that may be triplets with a rest in them.
    opens, closes: ids of the rests with which such triplets may begin, and with which they may end.
    shared_heads: ids of the noteheads that two events have.
    own_dots: ids of chords whose dots certainly do not belong to another voice.
    beside_dots: ids of chords that may have lost their dot beside a chord that has one.
    beamed_groups: how many units have beams. On a drawn page they share the price of a bar without triplets after bars
        of triplets.
    shows_triplets: whether a digit says that some notes are triplets, or many groups before were. Then unbeamed notes
        and rests on a drawn page may be triplets without a digit of their own.
    beside_threes: ids of notes that may be triplets without a digit on a scan. A multiple of three of them follow one
        another, and are as long as notes under a 3 on the same staff.
    """

    def __init__(
        self, columns: Sequence[Column], duration: int | None, part_of: Mapping[int, int], short_price: float,
        triplet_prices: Mapping[Shape, float], spacing: Spacing | None, right: float,
        own_ends: Mapping[int, int] | None = None,
    ):
        self.columns, self.duration, self.part_of = columns, duration, part_of
        self.spacing, self.right = spacing, right
        self.short_price, self.triplet_prices = short_price, triplet_prices
        self.end = ENDLESS if duration is None else duration
        self.ends = own_ends or {}
        events = [e for c in columns for e in c.events]
        self.unit_of: dict[int, int] = {}
        self.members: dict[int, list[Event]] = {}
        units: dict[tuple[str, int], int] = {}
        for e in events:
            unit = units.setdefault(_unit_name(e), len(units))
            self.unit_of[e.id] = unit
            self.members.setdefault(unit, []).append(e)
        self.column_of = {e.id: i for i, c in enumerate(columns) for e in c.events}
        self.shared_heads = {h for h, n in Counter(h.id for e in events for h in e.heads).items() if n > 1}
        self.own_dots: frozenset[int] = frozenset()
        self.beside_dots = {e.id for c in columns for e in _beside_dots(c)}
        self.order = {e.id: i for i, e in enumerate(events)}
        under_threes = {(e.staff, e.base) for e in events if e.count == 3}
        self.beside_threes = {e.id for run in _plain_runs(events) if len(run) % 3 == 0
                              and (run[0].staff, run[0].base) in under_threes for e in run}
        self.shows_triplets = bool(under_threes) or any(
            price <= SURCHARGES.plain_triplet_most for price in self.triplet_prices.values())
        self.beamed_groups = max(1, sum(m[0].group is not None for m in self.members.values()))
        self.last_of_unit = {u: max(self.order[e.id] for e in m) for u, m in self.members.items()}
        pairs = list(self._thirds(events))
        self.thirds = {id_ for rest, group, _ in pairs for id_ in (rest.id, *(e.id for e in group))}
        self.opens = {rest.id for rest, _, is_first in pairs if is_first}
        self.closes = {rest.id for rest, _, is_first in pairs if not is_first}

    def _thirds(self, events: Sequence[Event]) -> Iterator[tuple[Event, Sequence[Event], bool]]:
        """The rests that complete a group of beamed notes to triplets and are as long as these notes; with the notes,
        and whether the rest comes first."""
        for staff in {e.staff for e in events}:
            row = [e for e in events if e.staff == staff]
            for a, b in pairwise(row):
                rest, note = (a, b) if a.rest is not None else (b, a)
                if rest.rest is None or note.group is None or note.tuplet is not None or rest.tuplet is not None:
                    continue
                group = self.members[self.unit_of[note.id]]
                if len(group) % 3 == 2 and {e.ticks for e in group} == {rest.ticks}:
                    yield rest, group, rest is a

    def triplet_price(self, members: Sequence[Event]) -> float:
        """The price of reading a unit as triplets without a digit."""
        shape = shape_of(members)
        try:
            return self.triplet_prices[shape]
        except KeyError:
            return PRICES.tuplet_unmarked

    def fits_digit(self, members: Sequence[Event]) -> bool:
        """Whether the events under a tuplet digit are as many as it says, of one length, and follow one another. Any
        other digit may be a fingering, except that of a drawn bracket over one chord, as in MuseScore."""
        if len(members) == 1 and members[0].exact:
            return True
        columns = {self.column_of[e.id] for e in members}
        return len(members) == len(columns) == members[0].count and len({e.base for e in members}) == 1

    def odd_digits(self) -> frozenset[int]:
        """Ids of the tuplet digits that may be fingerings."""
        under = (own for own in self.members.values() if own[0].tuplet is not None and own[0].given is None)
        return frozenset(own[0].tuplet for own in under if own[0].tuplet is not None and not self.fits_digit(own))

    def has_torn_group(self) -> bool:
        """Whether notes of several lengths under a beam do not add up to whole half beats, as in a group of which a
        beam was misread."""
        return any(
            own[0].group is not None and own[0].tuplet is None and not own[0].exact
            and len({e.levels for e in own}) > 1 and sum(e.ticks for e in own) % HALF_BEAT
            for own in self.members.values())

    def group_of(self, e: Event) -> list[Event]:
        """The events of an event's unit, including the event."""
        return self.members[self.unit_of[e.id]]


def _plain_runs(events: Sequence[Event]) -> Iterator[list[Event]]:
    """The longest runs of notes that follow one another on a staff, are equally long, and have no beam, dot or digit of
    a tuplet."""
    for staff in sorted({e.staff for e in events}):
        row = sorted((e for e in events if e.staff == staff), key=lambda e: e.x)
        for base, run in groupby(row, key=lambda e: e.base if _is_plain(e) else 0):
            if base:
                yield list(run)


def _is_plain(e: Event) -> bool:
    return e.rest is None and e.group is None and e.tuplet is None and not e.dots


def _beside_dots(column: Column) -> Iterator[Event]:
    """The chords of a column without a dot that may have lost one. Each is beside a dotted chord of the same length: a
    second away on the same staff, or on another staff if no other chord on its own staff has the same length."""
    for e in column.events:
        alike = [f for f in column.events if f is not e and f.rest is None and f.base == e.base]
        if e.rest is None and not e.dots and any(f.dots for f in alike):
            own = [f for f in alike if f.staff == e.staff]
            if not own or any(f.dots and abs(h.box.center[0] - k.box.center[0]) < SECOND * h.box.height
                              for f in own for h in f.heads for k in e.heads):
                yield e


# ---- ways to read a unit and an event --------------------------------------------------------------------------


def unit_readings(bar: KnownBar, members: Sequence[Event], repairs: bool) -> tuple[UnitReading, ...]:
    """All ways to read a unit, in the order in which they are tried."""
    first = members[0]
    tuplet = next((e.given.tuplet for e in members if e.given is not None and e.given.tuplet is not None), None)
    if tuplet is not None:
        return (AS_PRINTED,) if tuplet == (1, 1) else (UnitReading(*tuplet, 0, 0.0, ""),)
    if first.count:
        return _under_digit(bar, members)
    completed = first.id in bar.thirds  # to triplets, by a rest
    if first.group is None and not completed:
        shows = bar.shows_triplets if first.exact else first.id in bar.beside_threes
        if repairs and shows and not _length_is_given(first):
            return AS_PRINTED, UnitReading(3, 2, 0, PRICES.tuplet_unmarked, "unmarked triplet")
        return (AS_PRINTED,)
    in_threes = completed or len(members) % 3 == 0
    price = bar.triplet_price(members) + (0.0 if in_threes else SURCHARGES.not_in_threes)
    habit = max(SURCHARGES.against_habit - price, 0.0)
    found = [AS_PRINTED._replace(cost=habit / bar.beamed_groups if first.exact else habit)]
    if (in_threes or len(members) >= 2) and (repairs or price <= SURCHARGES.plain_triplet_most):
        found.append(UnitReading(3, 2, 0, price, "unmarked triplet"))
    if repairs and first.group is not None and not any(_length_is_given(e) for e in members):
        found += _unmarked_tuplets(members)
        found += _alike(members, bar.triplet_price(members))
        levels = [e.levels for e in members]
        price = PRICES.level_of_group + (SURCHARGES.drawn if first.exact else 0.0)
        if min(levels) >= 1 and max(levels) < MOST_LEVELS:
            found.append(UnitReading(1, 1, 1, price, "one beam more"))
        if min(levels) >= 2:
            found.append(UnitReading(1, 1, -1, price, "one beam less"))
    return tuple(found)


def _under_digit(bar: KnownBar, members: Sequence[Event]) -> tuple[UnitReading, ...]:
    """Ways to read events under a tuplet digit."""
    count = members[0].count
    drawn = SURCHARGES.drawn if members[0].exact else 0.0
    price = 0.0 if bar.fits_digit(members) else PRICES.tuplet_odd
    tuplets = [UnitReading(count, n, 0, price + SURCHARGES.less_usual * i, "") for i, n in enumerate(normals(count))]
    ignored = AS_PRINTED._replace(cost=PRICES.tuplet_ignored - price + drawn, why=DIGIT_IGNORED)
    return (*tuplets, ignored)


def _unmarked_tuplets(members: Sequence[Event]) -> Iterator[UnitReading]:
    """A beamed group as one tuplet without its digit, other than triplets."""
    count = len(members)
    if count < FEWEST_ODD or count % 4 == 0 or len({e.base for e in members}) > 1:
        return
    price = PRICES.tuplet_unmarked + SURCHARGES.not_a_triplet
    for i, n in enumerate(normals(count)):
        if n * 3 != count * 2:  # that is a number of triplets
            yield UnitReading(count, n, 0, price + SURCHARGES.less_usual_unmarked * i, "unmarked tuplet")


def _alike(members: Sequence[Event], triplet_price: float) -> Iterator[UnitReading]:
    """A beamed group with all its notes as long as at least half of them are, as printed or as triplets. (If two beams
    run into one another, the ink between them looks like a third beam, or one of them seems to end too early.)"""
    counts = Counter(e.levels for e in members)
    if (len(counts) == 1 or any(e.dots for e in members) or members[0].exact
            or sum(e.ticks for e in members) % HALF_BEAT == 0):
        return
    for level, count in counts.items():
        each = next(e.base for e in members if e.levels == level)
        price = PRICES.beams_torn + SURCHARGES.torn_again * (len(members) - count - 1)
        if level < 2 or 2 * count < len(members):
            continue
        if each * len(members) % HALF_BEAT == 0:
            yield UnitReading(1, 1, 0, price, "beams of one number", each)
        elif len(members) % 3 == 0 and each * len(members) * 2 // 3 % HALF_BEAT == 0:
            yield UnitReading(3, 2, 0, price + triplet_price, "beams of one number", each)


def event_readings(bar: KnownBar, e: Event, repairs: bool) -> tuple[EventReading, ...]:
    """All ways to read one event, first as printed."""
    found = [EventReading(e.base, e.dots, 0.0, "")]
    is_shared = e.id not in bar.own_dots and bar.shared_heads.intersection(h.id for h in e.heads)
    if e.dots and is_shared and not _length_is_given(e):
        if _dot_breaks_group(bar, e):
            found = [EventReading(e.base, e.dots, SURCHARGES.dot_breaks_group, "")]
        found.append(EventReading(e.base, 0, SURCHARGES.dot_of_other_voice, ""))
    if _length_is_given(e):
        return tuple(found)
    if e.id in bar.beside_dots and not e.exact:
        found.append(EventReading(e.base, 1, SURCHARGES.dot_beside_dot, "dot missed"))
    if not repairs:
        return tuple(found)
    if e.dots < 1 and e.id not in bar.beside_dots:
        found.append(EventReading(e.base, e.dots + 1, PRICES.dot_missed, "dot missed"))
    if e.dots:
        faint = SURCHARGES.per_dot_score * min(e.dot_score - SURCHARGES.usual_score, 0.0)
        found.append(EventReading(e.base, e.dots - 1, PRICES.dot_extra + faint, DOT_DROPPED))
    found += _other_lengths(bar, e)
    if e.group is not None and e.tuplet is None:
        # Beamed groups add up to whole or half beats, so a change that restores this is much more likely. An exception
        # is a dot that was seen: usually its neighbour lacks a short beam, which completes the group as well.
        group = sum(m.ticks for m in bar.group_of(e))
        if group % HALF_BEAT:
            found = [
                r._replace(cost=r.cost * PRICES.makes_group_whole)
                if r.why != DOT_DROPPED and (group - e.ticks + dotted(r.base, r.dots)) % HALF_BEAT == 0 else r
                for r in found
            ]
    if e.exact:
        found = [r._replace(cost=r.cost + SURCHARGES.drawn) if r.why else r for r in found]
    return tuple(found)


def _dot_breaks_group(bar: KnownBar, e: Event) -> bool:
    """Whether a drawn beamed group is a whole number of its shortest notes only without the dots of one of its
    chords."""
    if not e.exact or e.group is None or e.tuplet is not None:
        return False
    members = bar.group_of(e)
    group, shortest = sum(m.ticks for m in members), min(m.base for m in members)
    return group % shortest != 0 and (group - e.ticks + e.base) % shortest == 0


def _length_is_given(e: Event) -> bool:
    """Whether a person said how long an event is."""
    return e.given is not None and e.given.quarters is not None


def _other_lengths(bar: KnownBar, e: Event) -> Iterator[EventReading]:
    """An event read as half or twice as long as printed, with its dots."""
    half, twice = e.base // 2, e.base * 2
    doubt = SURCHARGES.per_score * (e.score - SURCHARGES.usual_score)
    faint = SURCHARGES.per_head_score * min(e.score - SURCHARGES.sure_head, 0.0)
    if e.rest is not None:
        yield EventReading(half, e.dots, PRICES.rest_kind + doubt, "rest of another kind")
        yield EventReading(twice, e.dots, PRICES.rest_kind + doubt, "rest of another kind")
    elif e.base < TICKS or e.levels:
        price = PRICES.level_of_one if e.group is not None else PRICES.flag_missed
        hooks = _hooks_missed(bar, e)
        yield EventReading(half, e.dots, PRICES.hook_missed if hooks == 1 else price, "flag or beam missed")
        if hooks > 1:
            yield EventReading(e.base >> hooks, e.dots, PRICES.hook_missed, "flag or beam missed")
        yield EventReading(twice, e.dots, price, "flag or beam too many")
    elif e.base == TICKS:
        yield EventReading(half, e.dots, PRICES.flag_missed + doubt, "flag missed")
        yield EventReading(twice, e.dots, PRICES.head_kind + doubt + faint, "hollow head read as filled")
    else:
        yield EventReading(half, e.dots, PRICES.head_kind + doubt + faint, "head of another kind")
        if e.base == 2 * TICKS:
            yield EventReading(
                twice, e.dots, PRICES.head_kind + SURCHARGES.whole_head + doubt, "head of another kind")


def _hooks_missed(bar: KnownBar, e: Event) -> int:
    """How many beams a chord beside a dotted one lacks to fill the beat together with it, as usual: a 16th beside a
    dotted eighth, a 32nd beside a double-dotted one. Such beams are short, and the second and third run into one."""
    if e.group is None or e.dots:
        return 0
    members = sorted(bar.group_of(e), key=lambda m: m.x)
    at = next(i for i, m in enumerate(members) if m.id == e.id)
    return max(0, *(m.levels + m.dots - e.levels for m in members[max(at - 1, 0):at + 2] if m.dots), 0)


def lengths_of(unit_readings: Sequence[UnitReading], event_readings: Sequence[EventReading]) -> tuple[Length, ...]:
    """Every way to read one event. Only those that last at least one tick are possible."""
    found = []
    for i, unit in enumerate(unit_readings):
        for k, event in enumerate(event_readings[:1] if unit.each else event_readings):
            ticks = dotted(unit.base(event.base), event.dots) * unit.normal // unit.actual
            if ticks > 0:
                found.append(Length(i, k, ticks, unit.cost, event.cost))
    return tuple(found)
