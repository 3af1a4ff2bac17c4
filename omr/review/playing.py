"""What is heard of a score, for the browser to play: pitches and times. Tied notes are one sound, grace notes are left
out.

Repeats are played once, because the person listens to one measure, or to what follows it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from omr.export.lanes import measure_lengths
from omr.review.answers import note_id
from omr.types import Note, Part, Score


def sounds(score: Score, first: int, last: int) -> list[dict[str, Any]]:
    """The sounds of the measures `first` to `last` (indices), in the order in which they begin.

    Each has the `measure` in which it begins, `seconds_at_60` after the beginning of the first measure if there are 60
    quarters in a minute, its `length` in the same seconds, its `midi` key numbers (60 is middle C, quarter tones end in
    .5), and the `ids` of its notes in the engraving.
    """
    lengths = measure_lengths(score)
    found: list[dict[str, Any]] = []
    start = Fraction(0)
    for index in range(first, last + 1):
        for part in score.parts:
            chords: dict[tuple[Fraction, Fraction], list[Note]] = {}
            for note in part.measures[index].notes:
                if note.grace or (note.tie_stop and index > first) or (note.tie_stop and note.onset_quarter > 0):
                    continue
                chords.setdefault((note.onset_quarter, _length(part, lengths, index, note, last)), []).append(note)
            for (onset, length), notes in chords.items():
                found.append({
                    "measure": index, "seconds_at_60": float(start + onset), "length": float(length),
                    "midi": [n.pitch.midi for n in notes],
                    "ids": [note_id(part.measures[index].page, n) for n in notes],
                })
        start += lengths[index]
    return sorted(found, key=lambda sound: (sound["seconds_at_60"], sound["midi"]))


def _length(part: Part, lengths: list[Fraction], index: int, note: Note, last: int) -> Fraction:
    """How long a note sounds, in quarters, including all notes to which it is tied up to measure `last`."""
    total, onset = note.duration_quarter, note.onset_quarter
    while note.tie_start:
        onset += note.duration_quarter
        while index < last and onset >= lengths[index]:
            onset -= lengths[index]
            index += 1
        after = next((n for n in part.measures[index].notes if n.tie_stop and n.onset_quarter == onset
                      and n.pitch.midi == note.pitch.midi), None)
        if after is None:
            break
        note = after
        total += note.duration_quarter
    return total
