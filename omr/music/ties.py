"""Completes the ties of a part: each joins a note to the following note of the same pitch, or is dropped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from fractions import Fraction

from omr.types import Measure, Note
from omr.types.memo import Memo


def join_ties(measures: Sequence[Measure], memo: Memo | None = None) -> list[Measure]:
    """The measures of a part with ties that have both ends.

    A tie joins its note to one of the same pitch that begins where it ends. If there are several, it is the one at
    which a tie was seen to end, or else the one of its own voice. A tie without such a note is dropped, and so is an
    end without a beginning. Grace notes have no ties. memo: that of an earlier version of the score.
    """
    memo = memo or Memo()
    tied = [memo(_tied, measure) for measure in measures]
    begun: dict[int, set[int]] = defaultdict(set)  # measure -> its notes at which a tie begins
    ended: dict[int, set[int]] = defaultdict(set)
    for m, measure in enumerate(measures):
        for k in tied[m]:
            note = measure.notes[k]
            if note.tie_start and not note.grace:
                end = note.onset_quarter + note.duration_quarter
                after = [at for at in _beginning(measures, m, end, note.pitch.midi, memo) if at != (m, k)]
                if after:
                    begun[m].add(k)
                    at = min(after, key=lambda at: _reluctance(measures[at[0]].notes[at[1]], note))
                    ended[at[0]].add(at[1])
    return [memo(_with_ties, measure, plain=(frozenset(begun[m]), frozenset(ended[m])))
            if tied[m] or m in ended else measure for m, measure in enumerate(measures)]


def _tied(measure: Measure) -> list[int]:
    """Indices of the notes in a measure that have a tie, or the end of one."""
    return [k for k, note in enumerate(measure.notes) if note.tie_start or note.tie_stop]


def _beginning(
    measures: Sequence[Measure], first: int, time: Fraction, midi: float, memo: Memo
) -> Iterator[tuple[int, int]]:
    """(measure, note) of the notes with a pitch that begin at a time. time: from the beginning of measure `first`, in
    quarters, 0 or more."""
    for m in range(first, len(measures)):
        if time < 0:
            return
        yield from ((m, k) for k in memo(_begin_at, measures[m]).get((time, midi), ()))
        time -= measures[m].duration_quarter


def _begin_at(measure: Measure) -> dict[tuple[Fraction, float], list[int]]:
    """Onset and pitch -> indices of the notes in a measure that have both."""
    found: dict[tuple[Fraction, float], list[int]] = defaultdict(list)
    for k, note in enumerate(measure.notes):
        if not note.grace:
            found[note.onset_quarter, note.pitch.midi].append(k)
    return found


def _reluctance(end: Note, begin: Note) -> tuple[bool, bool]:
    """Sort key for the notes to which a tie may lead. The first one is chosen."""
    return not end.tie_stop, end.voice != begin.voice


def _with_ties(measure: Measure, begun: Set[int], ended: Set[int]) -> Measure:
    """The measure with ties that begin and end at these notes; the measure itself if it has these already."""
    notes = tuple(
        note if note.tie_start == (k in begun) and note.tie_stop == (k in ended)
        else replace(note, tie_start=k in begun, tie_stop=k in ended)
        for k, note in enumerate(measure.notes))
    return measure if all(a is b for a, b in zip(notes, measure.notes, strict=True)) else replace(measure, notes=notes)
