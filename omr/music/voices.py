"""The voices of a measure of one part: their numbers, and hidden rests where they are silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from omr.music.events import TICKS
from omr.music.notes import TYPES
from omr.music.rhythm import Placed
from omr.types import Note, NoteType, Rest, StaffInPart

VOICES_PER_STAFF = 4
"""Numbers set aside for the voices of each staff: 1 to 4 for the first staff of a part, 5 to 8 for the second."""


def first_voice(staff: int) -> int:
    """The number of the first voice of a staff of a part, which counts from 1."""
    return VOICES_PER_STAFF * (staff - 1) + 1


def number_voices(placed: Sequence[Placed], places: Mapping[int, StaffInPart]) -> dict[int, int]:
    """Voice slot of the reading -> voice number. On each staff the upper voice has the lower number.

    placed: events of one part. places: staff index on the page -> its place in the score.
    """
    slots: dict[int, list[Placed]] = defaultdict(list)
    for p in placed:
        slots[p.voice].append(p)
    by_staff: dict[int, list[int]] = defaultdict(list)
    for slot, own in slots.items():
        by_staff[places[own[0].home_staff].staff].append(slot)
    return {
        slot: first_voice(staff) + i
        for staff, own_slots in by_staff.items()
        for i, slot in enumerate(sorted(own_slots, key=lambda slot: _from_top(slots[slot])))
    }


def _from_top(voice: Sequence[Placed]) -> tuple[float, float]:
    """A key that sorts voices from the top: first those whose stems mostly go up, then the higher on the staff."""
    ups = [p.event.up for p in voice if p.event.up is not None]
    share_up = sum(ups) / len(ups) if ups else 0.5
    return -round(2 * share_up), -sum(p.event.position for p in voice) / len(voice)


def fill_silence(notes: Sequence[Note], rests: Sequence[Rest], staves: int, length: Fraction) -> list[Rest]:
    """The rests of a measure with hidden ones wherever a voice is silent, so that every voice fills the measure.

    A staff without any voice gets a rest of the whole measure, which is shown only if nothing else stands in the part.
    staves: of the part. length: of the measure, in quarters.
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
    """Hidden rests of printable lengths from start to end, the longest first. What no plain length fits becomes rests
    in triplets, and what not even those fit, one rest of an odd length."""
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
