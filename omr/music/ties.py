"""Ties of a part made good: each joins a note to the note of the same pitch that follows it, or is dropped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from omr.types import Measure, Note


class _Timed(NamedTuple):
    """A note with the time from the part's beginning, in quarters."""

    measure: int
    start: Fraction
    note: Note


def join_ties(measures: Sequence[Measure]) -> list[Measure]:
    """The measures of a part with ties that have both ends.

    A tie joins its note to one of the same pitch that begins where it ends; of several, to the one on which a tie was
    seen to end, then to the one of its own voice. A tie without such a note is dropped, and so is an end without a
    beginning. Grace notes have no ties.
    """
    notes: list[_Timed] = []
    start = Fraction(0)
    for m, measure in enumerate(measures):
        notes += [_Timed(m, start + note.onset_quarter, note) for note in measure.notes]
        start += measure.duration_quarter
    beginning: dict[tuple[float, Fraction], list[int]] = defaultdict(list)  # (pitch, time) -> indices of notes
    for k, (_, at, note) in enumerate(notes):
        if not note.grace:
            beginning[note.pitch.midi, at].append(k)
    starts: set[int] = set()
    stops: set[int] = set()
    for k, (_, at, note) in enumerate(notes):
        if not note.tie_start or note.grace:
            continue
        after = [j for j in beginning.get((note.pitch.midi, at + note.duration_quarter), ()) if j != k]
        if after:
            starts.add(k)
            stops.add(min(after, key=lambda j: (not notes[j].note.tie_stop, notes[j].note.voice != note.voice)))
    tied: dict[int, list[Note]] = defaultdict(list)
    for k, (m, _, note) in enumerate(notes):
        tied[m].append(replace(note, tie_start=k in starts, tie_stop=k in stops))
    return [replace(measure, notes=tuple(tied[m])) for m, measure in enumerate(measures)]
