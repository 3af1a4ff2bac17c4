"""When each chord and rest of a bar sounds, and in which voice: a search over readings of the bar.

Three rules hold in printed music. What stands in one column sounds together, on all staves. Within a voice, an event
starts when the one before it ends. Every voice fills the bar. Recognition misses symbols, so the rules do not always
fit what was found; then something was missed or misread, and the search looks for the likeliest such error.

The search walks through the columns from left to right. A state (`_State`) is a reading of the columns so far: the
time of the current column, and when each voice ends. Each event of a column continues a voice that has ended, or
opens a new one. Whatever is unusual has a price (see `Prices`): a gap, a voice that enters late, a missed dot, a
beam too many, a triplet without its digit. States that differ in nothing that matters later are merged, and only the
cheapest are kept at every step (dynamic programming with a beam). The cheapest reading at the end of the bar wins.

The bar is first read exactly as printed. Only if that reading is too dear is it searched again with repairs: dots,
flags, beams, rests and tuplets that may have been missed or misread.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from omr.music.columns import Column, make_columns
from omr.music.events import TICKS, Event, dotted
from omr.music.spacing import Spacing


def normals(count: int) -> tuple[int, ...]:
    """How many normal notes a tuplet of `count` notes may replace, the likeliest first.

    Three notes replace 2, five replace 4 or 3, fifteen replace 8 or 12.
    """
    if count in (2, 4, 8):  # in compound time: 2 for 3, 4 for 3, 8 for 6
        return (count * 3 // 2,) if count == 2 else (count * 3 // 4,)
    powers = [p for p in (2, 4, 8, 16, 32) if p < count]
    threes = [t for t in (3, 6, 12, 24) if t < count < 2 * t]
    return (powers[-1], *threes) if powers else (2,)


@dataclass(frozen=True)
class Prices:
    """What a reading pays for everything unusual in it; its cost is the sum.

    Prices are natural logarithms of odds, roughly: an event of price 1.0 is e (2.7) times less likely than what is
    printed, one of price 2.3 ten times. Set by hand, not counted; only their differences decide between readings.

    Whether repairs are tried:
      accept: not a price. A reading of the bar as printed that costs at most this is taken without trying repairs.
    Voices. A voice falls silent where it ends before the next column, or before the end of the bar:
      gap: nothing else of its part sounds on. Also: a voice enters after the beginning, where its part is silent.
      gap_beside_staff: another voice of its staff sounds on. Also: a voice enters beside one.
      gap_beside_part: a voice sounds on, but only on other staves of its part. Also: a voice enters beside one.
      resume: a voice that fell silent plays again.
      second_voice: at the beginning of the bar, each voice of a staff after its first.
      same_stems: a voice enters while one sounds on its staff whose stem points the same way.
      opens_with_rest: a voice that enters after the beginning does so with a rest.
      other_staff: a voice changes to another staff, other than under one beam.
      turned_stem: the next stem of a voice points the other way.
      torn_group: the chords of one beam or tuplet lie in different voices, or another event comes between them.
    Time:
      overshoot: an event ends after the bar does, or begins when all voices have already reached its end.
      short_bar: the bar is shorter than its time signature says.
      rest_missed: a column begins when no voice ends, so that a rest must have been missed there.
    Dots, flags and beams that were misread:
      dot_missed, dot_extra: a dot was not found; one was found that is none (once for each event).
      level_of_group: a whole beamed group has one beam more or less than was found.
      level_of_one: one chord of a beamed group has one beam more or less.
      flag_missed: a chord without a beam has one flag more or less.
      hook_missed: the same for a chord beside a dotted one, whose short second beam is easily missed.
      makes_group_whole: not a price but a factor of one: a change to one chord costs so many times as much where it
        makes a beamed group a whole number of half beats.
      head_kind: a head that is filled was taken for a hollow one, or the reverse.
      rest_kind: a rest is twice or half as long as the one that was found.
    Tuplets:
      tuplet_unmarked: a triplet has no digit, or its digit was not found.
      tuplet_again: the same, if the voice has just played a triplet.
      tuplet_odd: a digit stands over more or fewer notes than it says, or over notes of different lengths.
      tuplet_ignored: a digit that seems a tuplet's is something else, such as a fingering.
    Room:
      spacing: a column stands 1.3 times `Spacing.usual` from where its time asks for. The price grows with the
        logarithm of the misfit's square: what is far off was shifted by something else.
    """

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
    spacing: float = 0.45


PRICES = Prices()


@dataclass(frozen=True, kw_only=True)
class Surcharges:
    """What makes the events of `Prices` dearer or cheaper, in the same unit if not said otherwise. Set by hand too.

    less_usual: added for each place of a tuplet in the list of `normals`, if it has a digit.
    less_usual_unmarked: the same if it has none. Lower, since a tuplet without its digit is dear already.
    not_in_threes: a triplet without its digit in a group whose notes are no multiple of three.
    not_a_triplet: a tuplet without its digit that is no triplet, such as a quintuplet.
    against_habit: what a group costs that is none, less the price of a triplet: where groups of its shape were triplets
      up to here (see `omr.music.habits`), that is unusual.
    plain_triplet_most: not a price. A triplet without its digit that costs at most this, since many came before it, is
      considered as soon as the bar is read as printed.
    usual_score: not a price. Score (0 to 1) of a symbol whose kind may change at the price in the table.
    per_score: added for a score that is higher by 1, so that what was seen faintly is cheaper to change.
    whole_head: a half note is a whole one: it has a stem, which a whole note has not.
    per_position: each half staff space from a voice's last event to its next. Voices move in small steps, so this
      decides which of two voices goes on.
    most_positions: not a price. Greatest distance counted for it, in half staff spaces: an octave and a half or so.
    noise: an event with score 0 is not music and is left out.
    noise_per_score: added to it for an event with score 1.
    widening: not a price. How many times as far as `Spacing.usual` a column may stand beyond where its time asks for:
      accidentals, dots and short notes among long ones widen a gap; nothing narrows it as much.
    dot_of_other_voice: a head that two voices share has a dot, which is the other voice's.
    accept_spacing: not a price. What the spacing may cost for each column on top of `Prices.accept`, if a reading of
      the bar as printed is to be taken without trying repairs.
    """

    less_usual: float = 0.5
    less_usual_unmarked: float = 0.4
    not_in_threes: float = 1.5
    not_a_triplet: float = 0.8
    against_habit: float = 1.0
    plain_triplet_most: float = 1.0
    usual_score: float = 0.8
    per_score: float = 1.5
    whole_head: float = 1.0
    per_position: float = 0.02
    most_positions: float = 12.0
    noise: float = 1.0
    noise_per_score: float = 5.0
    widening: float = 1.6
    dot_of_other_voice: float = 0.2
    accept_spacing: float = 0.25


SURCHARGES = Surcharges()

PLAIN_WIDTH = 6
"""States kept at every step while a bar is read as printed. Few, since there is little to choose."""
MIN_WIDTH, MAX_WIDTH = 6, 24
"""Least and greatest number of states kept at every step of a search with repairs."""
USUAL_EVENTS = 14
"""Events of a bar up to which the search with repairs keeps `MAX_WIDTH` states. With more events, each of which may be
misread, it keeps fewer, so that no bar takes long."""
LEAST_ODDS = 7.0
"""Price by which another reading may be dearer than the likeliest, to be offered beside it: it is then a thousand times
less likely."""
MOVES_PER_STATE = 2
"""Onsets kept for the next column for each state of the width: the events of the column then decide between them."""
REST_STEPS = tuple(TICKS * n // 24 for n in (3, 6, 8, 12, 16, 18, 24, 36, 48, 72))
"""Lengths tried where a rest may have been missed, in ticks: from a 32nd (3/24 of a quarter) to a dotted half (72/24),
with those of triplets (8/24 and 16/24)."""
HALF_BEAT = TICKS // 2
"""Beamed groups last whole multiples of this many ticks (an eighth), as a rule."""
MOST_LEVELS = 5
"""Greatest number of beams: that of 128th notes, the shortest that the class table knows."""
FEWEST_ODD = 5
"""Fewest notes under a beam that may be a tuplet without its digit, other than triplets."""
ENDLESS = 1 << 40
"""Ticks no bar reaches: the end of a bar whose duration is not known."""
NO_STEM = -1
"""`Voice.stem` of a voice that has had rests and stemless heads only."""


class UnitReading(NamedTuple):
    """How a unit is read: the chords under one beam, the events under one tuplet digit, or a single event.

    actual, normal: so many notes in the time of so many. shift: beams added to all. cost: its price. why: what was
    read otherwise than printed, "" for nothing.
    """

    actual: int
    normal: int
    shift: int
    cost: float
    why: str

    def base(self, ticks: int) -> int:
        """Ticks of a note (without dots) after the beams are added."""
        return ticks << -self.shift if self.shift < 0 else ticks >> self.shift


AS_PRINTED = UnitReading(1, 1, 0, 0.0, "")


class EventReading(NamedTuple):
    """How one event is read. base: ticks without dots. cost, why: as of a `UnitReading`."""

    base: int
    dots: int
    cost: float
    why: str


class Length(NamedTuple):
    """One way to read an event, with its unit. by_unit, by_event: which readings of both, by their places in the lists
    of them. ticks: how long it lasts then. unit_cost, event_cost: prices of both."""

    by_unit: int
    by_event: int
    ticks: int
    unit_cost: float
    event_cost: float


VoiceAhead = tuple[int, int, int, int, int, bool, int]
"""The fields of a `Voice` that decide how it may go on: those from `staff` on, `voice[3:]`. States are merged if these
are the same for all their voices."""


class Voice(NamedTuple):
    """A voice as far as it is read.

    slot: its number, from 0 in the order in which voices enter. part: index of the part (instrument) that plays it.
    position: staff position of its last event, in half spaces. staff: on which it began, by its index on the page. end:
    ticks from the beginning of the bar. stem: 1 if its last stem points up, 0 down, `NO_STEM`. unit: of its last event.
    by_unit: how that unit is read. silent: it has ended before the current column. named: the number that a person gave
    it, 0 for none.
    """

    slot: int
    part: int
    position: float
    staff: int
    end: int
    stem: int
    unit: int
    by_unit: int
    silent: bool
    named: int = 0

    def fallen_silent(self) -> Voice:
        """The same voice, once it has ended before the current column."""
        return Voice(self.slot, self.part, self.position, self.staff, self.end, self.stem, self.unit, self.by_unit,
                     True, self.named)


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
    """A bar in time. duration: in ticks. cost: sum of prices (see `Prices`). dropped: events taken for noise. faults:
    what remains wrong with it, "too short" or "too long"."""

    placed: tuple[Placed, ...]
    duration: int
    cost: float
    dropped: tuple[Event, ...] = ()
    faults: tuple[str, ...] = ()

    def times(self) -> frozenset[tuple[int, int, int, int]]:
        """(event, onset, ticks, voice) of all that is placed: readings that agree in this sound alike."""
        return frozenset((p.event.id, p.onset, p.ticks, p.voice) for p in self.placed)


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
        return self.time, tuple(sorted([v[3:] for v in self.voices]))


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
) -> Reading:
    """The likeliest reading of one bar of a system.

    events: chords and rests of all staves, without graces and without rests that fill the bar. duration: ticks of a
    full bar, None if unknown. part_of: part of each staff index. space: staff space in pixels. short_price: what a bar
    shorter than `duration` costs (little for upbeats and at repeats). triplet_prices: what triplets without their digit
    cost, by shape; by default `PRICES.tuplet_unmarked`. repair: whether repairs are tried where the bar as printed is
    too dear. spacing: of the system, None if it is not known. right: pixel column of the barline at the bar's end, for
    the spacing. bound: repairs that make the bar at least this dear are not tried.
    """
    if not events:
        return Reading((), duration or 4 * TICKS, 0.0)
    bar = _Bar(make_columns(events, space), duration, part_of, short_price, triplet_prices or {}, spacing, right)
    (plain,) = _Search(bar, PLAIN_WIDTH, repairs=False).run()  # without a bound on the cost there is always a reading
    accept = PRICES.accept + (SURCHARGES.accept_spacing * len(bar.columns) if spacing is not None else 0.0)
    if not repair or plain.cost <= accept:
        return plain
    mended = _Search(bar, _width(len(events)), repairs=True, bound=min(plain.cost, bound)).run()
    return plain if not mended or mended[0].cost > plain.cost else mended[0]


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
    bar = _Bar(make_columns(events, space), duration, part_of, short_price, triplet_prices or {}, spacing, right)
    search = _Search(bar, _width(len(events)), repairs=True, bound=than.cost + LEAST_ODDS, alike=most + 1)
    found = search.run(most + 1)
    own = than.times()
    return [other for other in found if other.times() != own][:most]


def _width(events: int) -> int:
    """States kept at every step of a search with repairs through a bar of so many events."""
    return min(MAX_WIDTH, max(MIN_WIDTH, MAX_WIDTH * USUAL_EVENTS // events))


def misfits_of(reading: Reading, spacing: Spacing) -> list[float]:
    """How far the columns of a bar that was read stand from where their times ask for."""
    left: dict[int, float] = {}
    for p in reading.placed:
        left[p.onset] = min(p.event.x, left.get(p.onset, p.event.x))
    return [spacing.misfit(b[1] - a[1], b[0] - a[0]) for a, b in pairwise(sorted(left.items()))]


Shape = tuple[int, ...]
"""What groups of notes that are read alike have in common: how long their notes are, as printed and without dots, in
ticks. Of notes that all are equally long and can be parted into threes, one is named for all."""


def shape_of(members: Sequence[Event]) -> Shape:
    """The shape of the notes under one beam, or one digit."""
    bases = tuple(e.base for e in sorted(members, key=lambda e: e.x))
    return bases[:1] if len(bases) % 3 == 0 and len(set(bases)) == 1 else bases


def shapes_in(events: Sequence[Event]) -> frozenset[Shape]:
    """The shapes of all groups of a bar: those that `read_bar` may ask the price of a triplet for."""
    members: dict[tuple[str, int], list[Event]] = {}
    for e in events:
        members.setdefault(_unit_name(e), []).append(e)
    return frozenset(shape_of(own) for own in members.values())


def _unit_name(e: Event) -> tuple[str, int]:
    """What events of one unit have in common: the tuplet digit, otherwise the beam."""
    if e.tuplet is not None:
        return ("tuplet", e.tuplet)
    return ("group", e.group) if e.group is not None else ("one", e.id)


class _Bar:
    """What is known of a bar before it is read.

    columns: left to right. duration: ticks of a full bar, None if unknown; end: the same, or more than any bar lasts.
    spacing, right: as for `read_bar`. unit_of: event id -> its unit. members: unit -> its events. order: event id ->
    its place among all events. last_of_unit: unit -> the last such place. thirds: ids of events that may be triplets
    with a rest in them. shared_heads: ids of the heads that two events have.
    """

    def __init__(
        self, columns: Sequence[Column], duration: int | None, part_of: Mapping[int, int], short_price: float,
        triplet_prices: Mapping[Shape, float], spacing: Spacing | None, right: float,
    ):
        self.columns, self.duration, self.part_of = columns, duration, part_of
        self.spacing, self.right = spacing, right
        self.short_price, self.triplet_prices = short_price, triplet_prices
        self.end = ENDLESS if duration is None else duration
        events = [e for c in columns for e in c.events]
        self.unit_of: dict[int, int] = {}
        self.members: dict[int, list[Event]] = {}
        units: dict[tuple[str, int], int] = {}
        for e in events:
            unit = units.setdefault(_unit_name(e), len(units))
            self.unit_of[e.id] = unit
            self.members.setdefault(unit, []).append(e)
        self.shared_heads = {h for h, n in Counter(h.id for e in events for h in e.heads).items() if n > 1}
        self.order = {e.id: i for i, e in enumerate(events)}
        self.last_of_unit = {u: max(self.order[e.id] for e in m) for u, m in self.members.items()}
        self.thirds = set(self._thirds(events))

    def _thirds(self, events: Sequence[Event]) -> Iterator[int]:
        """Ids of the rests as long as the beamed notes beside them, where one rest completes the group to triplets, and
        of those notes."""
        for staff in {e.staff for e in events}:
            row = [e for e in events if e.staff == staff]
            for a, b in pairwise(row):
                rest, note = (a, b) if a.rest is not None else (b, a)
                if rest.rest is None or note.group is None or note.tuplet is not None or rest.tuplet is not None:
                    continue
                group = self.members[self.unit_of[note.id]]
                if len(group) % 3 == 2 and {e.ticks for e in group} == {rest.ticks}:
                    yield from (rest.id, *(e.id for e in group))

    def triplet_price(self, members: Sequence[Event]) -> float:
        """What it costs to read a unit as triplets although no digit says so."""
        shape = shape_of(members)
        try:
            return self.triplet_prices[shape]
        except KeyError:
            return PRICES.tuplet_unmarked

    def group_of(self, e: Event) -> list[Event]:
        """The events of an event's unit, itself among them."""
        return self.members[self.unit_of[e.id]]


# ---- ways to read a unit and an event --------------------------------------------------------------------------


def _unit_readings(bar: _Bar, members: Sequence[Event], repairs: bool) -> tuple[UnitReading, ...]:
    """All ways to read a unit, first the one that is tried first."""
    first = members[0]
    tuplet = next((e.given.tuplet for e in members if e.given is not None and e.given.tuplet is not None), None)
    if tuplet is not None:
        return (AS_PRINTED,) if tuplet == (1, 1) else (UnitReading(*tuplet, 0, 0.0, ""),)
    if first.count:
        return _under_digit(members)
    completed = first.id in bar.thirds  # to triplets, by a rest
    if first.group is None and not completed:
        return (AS_PRINTED,)
    in_threes = completed or len(members) % 3 == 0
    price = bar.triplet_price(members) + (0.0 if in_threes else SURCHARGES.not_in_threes)
    found = [AS_PRINTED._replace(cost=max(SURCHARGES.against_habit - price, 0.0))]
    if (in_threes or len(members) >= 2) and (repairs or price <= SURCHARGES.plain_triplet_most):
        found.append(UnitReading(3, 2, 0, price, "unmarked triplet"))
    if repairs and first.group is not None and not any(_length_is_given(e) for e in members):
        found += _unmarked_tuplets(members)
        levels = [e.levels for e in members]
        if min(levels) >= 1 and max(levels) < MOST_LEVELS:
            found.append(UnitReading(1, 1, 1, PRICES.level_of_group, "one beam more"))
        if min(levels) >= 2:
            found.append(UnitReading(1, 1, -1, PRICES.level_of_group, "one beam less"))
    return tuple(found)


def _under_digit(members: Sequence[Event]) -> tuple[UnitReading, ...]:
    """Ways to read events under a tuplet digit."""
    count = members[0].count
    # A digit over as many notes of one length is a tuplet's; any other may as well be a fingering.
    fits = len(members) == count and len({e.base for e in members}) == 1
    price = 0.0 if fits else PRICES.tuplet_odd
    tuplets = [UnitReading(count, n, 0, price + SURCHARGES.less_usual * i, "") for i, n in enumerate(normals(count))]
    ignored = AS_PRINTED._replace(cost=PRICES.tuplet_ignored - price, why="tuplet digit ignored")
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


def _event_readings(bar: _Bar, e: Event, repairs: bool) -> tuple[EventReading, ...]:
    """All ways to read one event, as printed first."""
    found = [EventReading(e.base, e.dots, 0.0, "")]
    if e.dots and not _length_is_given(e) and bar.shared_heads.intersection(h.id for h in e.heads):
        found.append(EventReading(e.base, 0, SURCHARGES.dot_of_other_voice, ""))
    if not repairs or _length_is_given(e):
        return tuple(found)
    if e.dots < 1:
        found.append(EventReading(e.base, e.dots + 1, PRICES.dot_missed, "dot missed"))
    if e.dots:
        found.append(EventReading(e.base, e.dots - 1, PRICES.dot_extra, "dot dropped"))
    found += _other_lengths(bar, e)
    if e.group is not None and e.tuplet is None:
        # Beamed groups make up whole beats or half beats: a change that restores one is much likelier.
        group = sum(m.ticks for m in bar.group_of(e))
        if group % HALF_BEAT:
            found = [
                r._replace(cost=r.cost * PRICES.makes_group_whole)
                if (group - e.ticks + dotted(r.base, r.dots)) % HALF_BEAT == 0 else r
                for r in found
            ]
    return tuple(found)


def _length_is_given(e: Event) -> bool:
    """Whether a person said how long an event is."""
    return e.given is not None and e.given.quarters is not None


def _other_lengths(bar: _Bar, e: Event) -> Iterator[EventReading]:
    """An event read as half or twice as long as printed, with its dots."""
    half, twice = e.base // 2, e.base * 2
    doubt = SURCHARGES.per_score * (e.score - SURCHARGES.usual_score)
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
        yield EventReading(twice, e.dots, PRICES.head_kind + doubt, "hollow head read as filled")
    else:
        yield EventReading(half, e.dots, PRICES.head_kind + doubt, "head of another kind")
        if e.base == 2 * TICKS:
            yield EventReading(
                twice, e.dots, PRICES.head_kind + SURCHARGES.whole_head + doubt, "head of another kind")


def _hooks_missed(bar: _Bar, e: Event) -> int:
    """How many beams a chord beside a dotted one lacks to fill the beat with it, as is usual: a 16th beside a dotted
    eighth, a 32nd beside a double-dotted one. Such beams are short, and the second and third run into one."""
    if e.group is None or e.dots:
        return 0
    members = sorted(bar.group_of(e), key=lambda m: m.x)
    at = next(i for i, m in enumerate(members) if m.id == e.id)
    return max(0, *(m.levels + m.dots - e.levels for m in members[max(at - 1, 0):at + 2] if m.dots), 0)


def _lengths(unit_readings: Sequence[UnitReading], event_readings: Sequence[EventReading]) -> tuple[Length, ...]:
    """Every way to read one event, of which only those that last at least one tick are possible."""
    found = []
    for i, unit in enumerate(unit_readings):
        for k, event in enumerate(event_readings):
            ticks = dotted(unit.base(event.base), event.dots) * unit.normal // unit.actual
            if ticks > 0:
                found.append(Length(i, k, ticks, unit.cost, event.cost))
    return tuple(found)


# ---- the search ------------------------------------------------------------------------------------------------


class _Search:
    """One search through a bar. width: states kept at every step. repairs: whether anything may have been misread.
    bound: readings at least this dear are not looked for. alike: states kept of those that may go on in the same ways:
    1 if only the cheapest reading is wanted."""

    def __init__(self, bar: _Bar, width: int, repairs: bool, bound: float = float("inf"), alike: int = 1):
        self.bar, self.repairs, self.bound, self.alike = bar, repairs, bound, alike
        self.width = width * alike
        self.unit_readings = {u: _unit_readings(bar, m, repairs) for u, m in bar.members.items()}
        self.event_readings = {e.id: _event_readings(bar, e, repairs) for m in bar.members.values() for e in m}
        self.lengths = {
            e.id: _lengths(self.unit_readings[u], self.event_readings[e.id]) for u, m in bar.members.items() for e in m
        }
        # Unit -> the places of those of its readings that are triplets.
        self.triplets = {u: {i for i, r in enumerate(readings) if r.actual == 3}
                         for u, readings in self.unit_readings.items()}

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
                time = max(v.end for v in state.voices)
                found.append(_Move(state.cost + PRICES.overshoot + column.later_price, state, time))
        if self.bar.spacing is not None:
            found = [self._spaced(move, column, self.bar.spacing) for move in found]
        found.sort(key=itemgetter(0))
        return [_arrive(move, column) for move in found[:MOVES_PER_STATE * self.width]]

    @staticmethod
    def _spaced(move: _Move, column: Column, spacing: Spacing) -> _Move:
        """A move that pays for a column which stands elsewhere than its time asks for."""
        ticks = move.time - move.state.time
        if ticks <= 0:
            return move
        misfit = spacing.misfit(column.x - move.state.x, ticks)
        return _Move(move.cost + misfit_price(misfit, spacing.usual), move.state, move.time)

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
        bound, left = self.bound, self.bar.end - state.time
        triplets, own_triplets = self.triplets, self.triplets[unit]
        for price, voice in self._homes(state, event, unit):
            if price >= bound:
                continue
            begun = voice.by_unit if voice is not None and voice.unit == unit else None  # how the unit is read
            after_triplet = voice is not None and voice.by_unit in triplets[voice.unit]
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
        placed = Voice(slot, self.bar.part_of[event.staff], event.position, staff, state.time + length.ticks, stem,
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
