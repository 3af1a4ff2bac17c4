"""How a measure's events are told apart in time before they are written: chords, voices without overlap, tuplets.

Every staff of a part has a block of voice numbers (1-4, 5-8, ...), as MuseScore counts them. Where events of one
voice overlap (a doubtful reading), the later one moves to a free number, so that no onset shifts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from omr.types import Measure, Note, Part, Rest, Score

Homes = dict[int, int]
"""voice -> staff"""

VOICES_PER_STAFF = 4
VISITS = 3
"""A voice visits a staff if it has at least so many times as many events at home."""
_WHOLE = Fraction(4)
TYPE_QUARTERS: dict[str, Fraction] = {
    "breve": _WHOLE * 2, **{name: _WHOLE / 2**i for i, name in enumerate(
        ("whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th", "256th"))}
}


@dataclass(frozen=True)
class Event:
    """What starts together in one voice: a chord's notes (a crossing voice's may stand on two staves), or one rest."""

    items: tuple[Note | Rest, ...]

    @property
    def head(self) -> Note | Rest:
        return self.items[0]

    @property
    def grace(self) -> bool:
        return isinstance(self.head, Note) and self.head.grace

    @property
    def place(self) -> int:
        """Place among grace chords, 0 for what is none."""
        return self.head.grace_place if isinstance(self.head, Note) else 0

    @property
    def start(self) -> Fraction:
        return self.head.onset_quarter

    @property
    def end(self) -> Fraction:
        return self.start if self.grace else self.start + self.head.duration_quarter


def measure_lengths(score: Score) -> list[Fraction]:
    """Every measure's length in quarters over all parts: what the signature says, or more if more was read. Where
    neither says anything, that of the measure before."""
    lengths: list[Fraction] = []
    for i in range(len(score.parts[0].measures)):
        measures = [p.measures[i] for p in score.parts]
        length = max(max([m.duration_quarter, *(e.end for e in events_of(m))]) for m in measures)
        lengths.append(length or (lengths[-1] if lengths else _WHOLE))
    return lengths


def events_of(measure: Measure, staff: int | None = None, homes: Homes | None = None) -> list[Event]:
    """Chords and rests in order of onset, grace notes before what they lead to, in their order.

    staff: only the events at home there (all by default). homes: as `homes_of` gives them; without, every event is at
    home on its own staff.
    """
    crossing = {} if homes is None else _crossing(measure, homes)
    chords: dict[tuple[Any, ...], list[Note]] = {}
    for n in measure.notes:
        home = crossing.get(n.voice, n.staff)
        if staff in (None, home):
            own = n.grace_place if n.grace else (n.duration_quarter, n.type, n.dots)
            chords.setdefault((home, n.voice, n.onset_quarter, n.grace, own), []).append(n)
    events = [Event((*sorted(c, key=lambda n: n.pitch.midi),)) for c in chords.values()]
    events += [Event((r,)) for r in measure.rests
               if staff in (None, crossing.get(r.voice, r.staff)) and r.duration_quarter > 0]
    return sorted(events, key=lambda e: (e.start, not e.grace, e.place))


def _items(measure: Measure) -> tuple[Note | Rest, ...]:
    return (*measure.notes, *measure.rests)


def homes_of(part: Part) -> Homes:
    """voice -> the staff it lives on, for voices that visit another staff now and then (a hand that crosses over).

    Where a number is as much at home on several staves, it is not one voice but one on each, and not in the answer.
    """
    counts: dict[int, Counter[int]] = {}
    for measure in part.measures:
        for item in _items(measure):
            counts.setdefault(item.voice, Counter())[item.staff] += 1
    homes = {}
    for voice, staves in counts.items():
        (home, most), *others = staves.most_common()
        if others and sum(count for _, count in others) * VISITS <= most:
            homes[voice] = home
    return homes


def _crossing(measure: Measure, homes: Homes) -> Homes:
    """The voices that can cross staves in this measure: what stands at home and away does not overlap in time."""
    result = {}
    for voice, home in homes.items():
        spans = {(item.staff == home, item.onset_quarter, item.onset_quarter + item.duration_quarter)
                 for item in _items(measure) if item.voice == voice and item.duration_quarter > 0}
        at_home = [(start, end) for here, start, end in spans if here]
        away = [(start, end) for here, start, end in spans if not here]
        if all(a == b or a[1] <= b[0] or b[1] <= a[0] for a in at_home for b in away):
            result[voice] = home
    return result


def lanes_of(measure: Measure, staff: int, homes: Homes | None = None) -> list[tuple[int | None, list[Event]]]:
    """(voice, events without overlap) at home on one staff; what overlaps its own voice gets lanes of voice None."""
    lanes: dict[int, list[Event]] = {}
    spill: list[list[Event]] = []
    for event in events_of(measure, staff, homes):
        own = lanes.setdefault(event.head.voice, [])
        for lane in (own, *spill):
            if not lane or lane[-1].end <= event.start:
                lane.append(event)
                break
        else:
            spill.append([event])
    return [*((v, lanes[v]) for v in sorted(lanes)), *((None, lane) for lane in spill)]


def voice_numbers(part: Part, homes: Homes | None = None) -> dict[tuple[int, int | None], int]:
    """(staff, voice) -> the file's voice number; (staff, None) -> the first that is free on that staff."""
    lanes = [[lanes_of(m, s, homes) for m in part.measures] for s in range(1, part.staves + 1)]
    used = [sorted({v for measure in staff for v, _ in measure if v is not None}) for staff in lanes]
    spills = max(sum(v is None for v, _ in measure) for staff in lanes for measure in staff)
    block = max(VOICES_PER_STAFF, *(len(u) + spills for u in used))
    numbers: dict[tuple[int, int | None], int] = {}
    for s, voices in enumerate(used, 1):
        for i, v in enumerate([*voices, None]):
            numbers[s, v] = (s - 1) * block + 1 + i
    return numbers


def tuplet_unit(lane: Sequence[Event], event: Event) -> str | None:
    """The note type that a tuplet counts in: its written length divided by its number; None if that is no type."""
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
    return TYPE_QUARTERS[item.type] * (2 - Fraction(1, 2**item.dots))
