"""Ties join a note to the one that follows it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from omr.music.ties import join_ties
from omr.types import Measure, Note, Pitch

F = Fraction


def note(onset: int, step: str = "C", start: bool = False, stop: bool = False, voice: int = 1, length: int = 1,
         grace: bool = False) -> Note:
    return Note(onset_quarter=F(onset), duration_quarter=F(length), voice=voice, staff=1, pitch=Pitch(step, 5),
                type="quarter", tie_start=start, tie_stop=stop, grace=grace)


def ties(*measures: list[Note], length: int = 2) -> list[list[tuple[bool, bool]]]:
    joined = join_ties([Measure(number=i, duration_quarter=F(length), notes=tuple(notes)) for i,
                        notes in enumerate(measures)])
    return [[(n.tie_start, n.tie_stop) for n in m.notes] for m in joined]


def test_a_tie_ends_on_the_next_note_of_its_pitch_over_a_barline_too() -> None:
    assert ties([note(0), note(1, start=True)], [note(0)]) == [[(False, False), (True, False)], [(False, True)]]


@pytest.mark.parametrize("after", [[note(0, "D")], [note(1)], [], [note(0, grace=True)]])
def test_a_tie_without_a_note_to_end_on_is_dropped(after: list[Note]) -> None:
    assert not any(any(pair) for measure in ties([note(1, start=True)], after) for pair in measure)


def test_an_end_without_a_beginning_is_dropped() -> None:
    assert ties([note(0), note(1, stop=True)]) == [[(False, False)] * 2]


def test_of_two_notes_the_one_where_a_tie_was_seen_to_end_and_then_the_one_of_the_voice() -> None:
    first = [note(1, start=True, voice=2)]
    assert ties(first, [note(0), note(0, voice=2)])[1] == [(False, False), (False, True)]
    assert ties(first, [note(0, stop=True), note(0, voice=2)])[1] == [(False, True), (False, False)]


def test_a_chain_of_ties_starts_and_stops_on_its_middle_note() -> None:
    assert ties([note(0, start=True), note(1, start=True)], [note(0)]) == [
        [(True, False), (True, True)], [(False, True)]]
