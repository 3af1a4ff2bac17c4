"""Sorts the notes and rests of a measure into lanes. A lane has chords and rests of one voice that do not overlap in
time.

Every staff of a part has a block of voice numbers (1-4, 5-8, ...), as in MuseScore. Where events of one voice overlap
(a doubtful reading), the later one moves to a lane with a free number, so that every note keeps its onset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from omr.types import Measure, Note, Part, Rest, Score

Homes = dict[int, int]
"""voice -> its home staff"""

VOICES_PER_STAFF = 4
"""How many voice numbers a staff has. It has more if a measure needs more."""
HOME_MAJORITY = 3
"""A staff is the home of a voice if at least this many times as many of its notes and rests stand there as on all other
staves."""
_WHOLE = Fraction(4)
"""A whole note in quarters."""
TYPE_QUARTERS: dict[str, Fraction] = {
    "long": _WHOLE * 4, "breve": _WHOLE * 2, **{name: _WHOLE / 2**i for i, name in enumerate(
        ("whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th", "256th"))}
}
"""Note type -> its length in quarters."""


@dataclass(frozen=True)
class LaneEvent:
    """What begins together in one voice: the notes of a chord, or one rest. In a voice that crosses staves, the notes
    of a chord may stand on two staves."""

    items: tuple[Note | Rest, ...]

    @property
    def head(self) -> Note | Rest:
        """The lowest note, or the rest. What all notes of the chord have in common is taken from it."""
        return self.items[0]

    @property
    def grace(self) -> bool:
        """Whether it is a grace chord."""
        return isinstance(self.head, Note) and self.head.grace

    @property
    def place(self) -> int:
        """Place among the grace chords before one note; 0 for other events."""
        return self.head.grace_place if isinstance(self.head, Note) else 0

    @property
    def start(self) -> Fraction:
        """Onset in quarters from the beginning of the measure."""
        return self.head.onset_quarter

    @property
    def end(self) -> Fraction:
        """End in quarters from the beginning of the measure. Grace chords take no time."""
        return self.start if self.grace else self.start + self.head.duration_quarter


Lane = tuple[int | None, list[LaneEvent]]
"""A voice and its events, which do not overlap in time. The voice None has the events that overlap others of their
voice."""


def measure_lengths(score: Score) -> list[Fraction]:
    """The length of every measure in quarters, the same for all parts: what the time signature says, or more if more
    was read. An empty measure without a time signature is as long as the one before. Raises ValueError if there is no
    measure, or if the parts differ in the number of measures."""
    if not score.parts or not score.parts[0].measures:
        raise ValueError("a score needs a part with a measure")
    if len({len(p.measures) for p in score.parts}) > 1:
        raise ValueError("all parts must have equally many measures")
    lengths: list[Fraction] = []
    for i in range(len(score.parts[0].measures)):
        measures = [p.measures[i] for p in score.parts]
        length = max(max([m.duration_quarter, *_ends(m)]) for m in measures)
        lengths.append(length or (lengths[-1] if lengths else _WHOLE))
    return lengths


def _ends(measure: Measure) -> Iterator[Fraction]:
    """When the notes and rests of a measure end, in quarters from its beginning. Grace notes take no time, and rests of
    no duration are left out, as in `events_of`."""
    for note in measure.notes:
        yield note.onset_quarter if note.grace else note.onset_quarter + note.duration_quarter
    for rest in measure.rests:
        if rest.duration_quarter > 0:
            yield rest.onset_quarter + rest.duration_quarter


def events_of(measure: Measure, staff: int | None = None, homes: Homes | None = None) -> list[LaneEvent]:
    """The chords and rests of a measure by onset. Grace notes stand in order before the note that they lead to.

    staff: return only the events whose home is this staff (default: all).
    homes: what `homes_of` returns. Without it, the home of every event is the staff that it stands on.
    """
    crossing = {} if homes is None else _crossing(measure, homes)
    chords: dict[tuple[object, ...], list[Note]] = {}
    for n in measure.notes:
        home = crossing.get(n.voice, n.staff)
        if staff in (None, home):
            own = n.grace_place if n.grace else (n.duration_quarter, n.type, n.dots)
            chords.setdefault((home, n.voice, n.onset_quarter, n.grace, own), []).append(n)
    events = [LaneEvent((*sorted(c, key=lambda n: n.pitch.midi),)) for c in chords.values()]
    events += [LaneEvent((r,)) for r in measure.rests
               if staff in (None, crossing.get(r.voice, r.staff)) and r.duration_quarter > 0]
    return sorted(events, key=lambda e: (e.start, not e.grace, e.place))


def _items(measure: Measure) -> tuple[Note | Rest, ...]:
    """All notes and rests of a measure."""
    return (*measure.notes, *measure.rests)


def homes_of(part: Part) -> Homes:
    """voice -> its home staff, for voices that sometimes stand on another staff (a hand that crosses over).

    If a voice number is used about equally often on several staves, it is not one voice, but one on each staff. Such
    numbers are left out.
    """
    counts: dict[int, Counter[int]] = {}
    for measure in part.measures:
        for item in _items(measure):
            counts.setdefault(item.voice, Counter())[item.staff] += 1
    homes = {}
    for voice, staves in counts.items():
        (home, most), *others = staves.most_common()
        if others and sum(count for _, count in others) * HOME_MAJORITY <= most:
            homes[voice] = home
    return homes


def _crossing(measure: Measure, homes: Homes) -> Homes:
    """Those of the voices in `homes` that can be written as crossing staves in this measure, because their notes on
    both staves do not overlap in time."""
    result = {}
    crossed = {item.voice for item in _items(measure) if homes.get(item.voice, item.staff) != item.staff}
    for voice, home in homes.items():
        if voice not in crossed:
            result[voice] = home
            continue
        spans = {(item.staff == home, item.onset_quarter, item.onset_quarter + item.duration_quarter)
                 for item in _items(measure) if item.voice == voice and item.duration_quarter > 0}
        at_home = [(start, end) for here, start, end in spans if here]
        away = [(start, end) for here, start, end in spans if not here]
        if all(a == b or a[1] <= b[0] or b[1] <= a[0] for a in at_home for b in away):
            result[voice] = home
    return result


def lanes_of(measure: Measure, staff: int, homes: Homes | None = None) -> list[Lane]:
    """The lanes of one staff in a measure. homes: as in `events_of`."""
    lanes: dict[int, list[LaneEvent]] = {}
    spill: list[list[LaneEvent]] = []
    for event in events_of(measure, staff, homes):
        own = lanes.setdefault(event.head.voice, [])
        for lane in (own, *spill):
            if not lane or lane[-1].end <= event.start:
                lane.append(event)
                break
        else:
            spill.append([event])
    return [*((v, lanes[v]) for v in sorted(lanes)), *((None, lane) for lane in spill)]


def voice_numbers(lanes: Sequence[Sequence[Sequence[Lane]]]) -> dict[tuple[int, int | None], int]:
    """(staff, voice) -> the voice number in the file. (staff, None) -> the first number that is free on that staff.

    lanes: for every staff of a part, from the first, and every measure: what `lanes_of` returns.
    """
    used = [sorted({v for measure in staff for v, _ in measure if v is not None}) for staff in lanes]
    spills = max(sum(v is None for v, _ in measure) for staff in lanes for measure in staff)
    block = max(VOICES_PER_STAFF, *(len(u) + spills for u in used))
    numbers: dict[tuple[int, int | None], int] = {}
    for s, voices in enumerate(used, 1):
        for i, v in enumerate([*voices, None]):
            numbers[s, v] = (s - 1) * block + 1 + i
    return numbers


def tuplet_unit(lane: Sequence[LaneEvent], event: LaneEvent) -> str | None:
    """The note type in which the tuplet of an event counts: the printed length of the whole tuplet, divided by its
    number. None if the event is in no tuplet, or if the result is no note type.

    lane: all events of the event's lane.
    """
    head = event.head
    if head.tuplet is None:
        return None
    at = next(i for i, e in enumerate(lane) if e is event)
    first = last = at
    while first > 0 and "start" not in lane[first].head.tuplet_ends and lane[first - 1].head.tuplet == head.tuplet:
        first -= 1
    while (last + 1 < len(lane) and "stop" not in lane[last].head.tuplet_ends
           and lane[last + 1].head.tuplet == head.tuplet):
        last += 1
    written = sum((_written(e.head) for e in lane[first:last + 1] if not e.grace), Fraction(0)) / head.tuplet[0]
    return next((name for name, quarters in TYPE_QUARTERS.items() if quarters == written), None)


def _written(item: Note | Rest) -> Fraction:
    """The printed length in quarters, with dots, but as if there were no tuplet."""
    return TYPE_QUARTERS[item.type] * (2 - Fraction(1, 2**item.dots))
