"""The voices in a measure of one part: their numbers, and hidden rests where they are silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from omr.music.events import TICKS
from omr.music.notes import TYPES
from omr.music.placed import Placed
from omr.types import Note, NoteType, Rest, StaffInPart

VOICES_PER_STAFF = 4
"""How many voice numbers each staff has: 1 to 4 for the first staff of a part, 5 to 8 for the second."""

MOST_GIVEN = 16
"""Greater than any number that a person can give to a voice of a staff."""


def first_voice(staff: int) -> int:
    """The number of the first voice of a staff. staff: counted from 1 in its part."""
    return VOICES_PER_STAFF * (staff - 1) + 1


def number_voices(placed: Sequence[Placed], places: Mapping[int, StaffInPart]) -> dict[int, int]:
    """Voice slot of the reading -> voice number. On each staff the upper voice has the lower number, unless a person
    said otherwise.

    placed: events of one part.
    places: staff index on the page -> its place in the score.
    """
    slots: dict[int, list[Placed]] = defaultdict(list)
    for p in placed:
        slots[p.voice].append(p)
    by_staff: dict[int, list[int]] = defaultdict(list)
    for slot, own in slots.items():
        by_staff[places[own[0].home_staff].staff].append(slot)
    found: dict[int, int] = {}
    for staff, own_slots in by_staff.items():
        free = list(range(len(own_slots) + MOST_GIVEN))
        given = {slot: number for slot in own_slots if (number := _given(slots[slot])) is not None}
        for slot in sorted(own_slots, key=lambda slot: (slot not in given, *_from_top(slots[slot]))):
            wanted = given.get(slot)
            place = wanted if wanted in free else next(i for i in free if i not in given.values())
            free.remove(place)
            found[slot] = first_voice(staff) + place
    return found


def _given(voice: Sequence[Placed]) -> int | None:
    """The place among the voices of its staff, from 0, that a person gave a voice; None if nothing was said."""
    said = (p.event.given.voice for p in voice if p.event.given is not None and p.event.given.voice is not None)
    return next((number - 1 for number in said), None)


def _from_top(voice: Sequence[Placed]) -> tuple[float, float]:
    """Sort key that orders voices from the top: first those whose stems mostly point up, then those higher on the
    staff."""
    ups = [p.event.up for p in voice if p.event.up is not None]
    share_up = sum(ups) / len(ups) if ups else 0.5
    return -round(2 * share_up), -sum(p.event.position for p in voice) / len(voice)


def fill_silence(notes: Sequence[Note], rests: Sequence[Rest], staves: int, length: Fraction) -> list[Rest]:
    """The rests of a measure, completed by hidden rests wherever a voice is silent, so that every voice fills the
    measure.

    A staff without any voice gets a rest that fills the measure, which is visible only if the part has nothing else
    there.

    staves: how many the part has.
    length: of the measure, in quarters.
    """
    filled = [replace(r, duration_quarter=length) if r.measure_rest else r for r in rests]
    spans: dict[int, list[tuple[Fraction, Fraction]]] = defaultdict(list)
    events: list[Note | Rest] = [*notes, *filled]
    for event in events:
        spans[event.voice].append((event.onset_quarter, event.onset_quarter + event.duration_quarter))
    home = {voice: (voice - 1) // VOICES_PER_STAFF + 1 if staves > 1 else 1 for voice in spans}
    for voice, own in spans.items():
        at = Fraction(0)
        for start, end in sorted(own):
            filled += _hidden_rests(at, start, voice, home[voice])
            at = max(at, end)
        filled += _hidden_rests(at, length, voice, home[voice])
    for staff in range(1, staves + 1):
        if staff not in home.values():
            filled.append(Rest(
                onset_quarter=Fraction(0), duration_quarter=length, voice=first_voice(staff), staff=staff,
                type="whole", measure_rest=True, hidden=bool(spans)))
    return sorted(filled, key=lambda r: (r.onset_quarter, r.voice))


def _hidden_rests(start: Fraction, end: Fraction, voice: int, staff: int) -> list[Rest]:
    """Hidden rests of printable lengths from start to end, the longest first. What is left by plain lengths becomes
    rests in triplets, and what these leave becomes one rest of an odd length."""
    rests: list[Rest] = []
    at = start
    while at < end:
        left = end - at
        plain = [(length, kind) for length, kind in _LENGTHS if length <= left]
        if plain and _is_power_of_two(left.denominator):
            length, kind = plain[0]
            rests.append(Rest(onset_quarter=at, duration_quarter=length, voice=voice, staff=staff, type=kind,
                              hidden=True))
        else:
            thirds = [(length * 2 / 3, kind) for length, kind in _LENGTHS]
            match = next((t for t in thirds if t[0] <= left and (left - t[0]).denominator % 3), None)
            if match is None:
                rests.append(Rest(onset_quarter=at, duration_quarter=left, voice=voice, staff=staff, type="quarter",
                                  hidden=True))
                break
            length, kind = match
            rests.append(Rest(onset_quarter=at, duration_quarter=length, voice=voice, staff=staff, type=kind, dots=0,
                              tuplet=(3, 2), hidden=True))
        at += length
    return rests


_LENGTHS: list[tuple[Fraction, NoteType]] = [(Fraction(ticks, TICKS), kind) for ticks, kind in TYPES.items()]
"""(quarters, name) of the printable lengths, the longest first."""


def _is_power_of_two(n: int) -> bool:
    return n & (n - 1) == 0
