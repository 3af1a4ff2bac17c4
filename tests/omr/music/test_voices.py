"""Numbers of voices, and hidden rests where they are silent."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from omr.music.events import TICKS
from omr.music.placed import Placed
from omr.music.voices import fill_silence, first_voice, number_voices
from omr.types import Note, Pitch, Rest, StaffInPart
from tests.omr.music.pages import note

F = Fraction


def placed(id_: int, voice: int, up: bool | None, position: float, staff: int = 0) -> Placed:
    event = replace(note(id_, 100, staff), up=up, position=position)
    return Placed(event=event, onset=0, ticks=TICKS, base=TICKS, dots=0, voice=voice, home_staff=staff, ratio=None,
                  unit=id_)


def test_the_upper_voice_has_the_lower_number() -> None:
    places = {0: StaffInPart(3, 1), 1: StaffInPart(3, 2)}
    events = [placed(0, 7, False, -4), placed(1, 2, True, 3), placed(2, 5, None, 0, staff=1)]
    assert number_voices(events, places) == {2: 1, 7: 2, 5: 5}


def test_stems_say_more_than_heights() -> None:
    """Voices that cross: the one whose stems go up is the upper one."""
    places = {0: StaffInPart(0, 1)}
    assert number_voices([placed(0, 0, False, 4), placed(1, 1, True, -2)], places) == {1: 1, 0: 2}
    assert number_voices([placed(0, 0, True, -2), placed(1, 1, True, 4)], places) == {1: 1, 0: 2}


def test_first_voices_of_staves() -> None:
    assert [first_voice(staff) for staff in (1, 2, 3)] == [1, 5, 9]


def sounding(onset: Fraction, length: Fraction, voice: int = 1) -> Note:
    return Note(onset_quarter=onset, duration_quarter=length, voice=voice, staff=1, pitch=Pitch("C", 5), type="quarter")


def filled(notes: list[Note], length: Fraction, staves: int = 1) -> list[tuple[Fraction, Fraction, str, int]]:
    rests = fill_silence(notes, [], staves, length)
    assert all(r.hidden or r.measure_rest for r in rests)
    return [(r.onset_quarter, r.duration_quarter, r.type, r.voice) for r in rests]


def test_gaps_are_filled_with_the_longest_plain_rests_first() -> None:
    assert filled([sounding(F(1), F(1))], F(4)) == [(0, 1, "quarter", 1), (2, 2, "half", 1)]
    assert filled([sounding(F(0), F(1, 2))], F(4)) == [
        (F(1, 2), 2, "half", 1), (F(5, 2), 1, "quarter", 1), (F(7, 2), F(1, 2), "eighth", 1)]


def test_what_is_left_of_a_triplet_is_filled_with_one() -> None:
    for length, expected in ((F(1), [(F(2, 3), F(1, 3), "eighth", (3, 2))]),
                             (F(3, 2), [(F(2, 3), F(1, 3), "eighth", (3, 2)), (F(1), F(1, 2), "eighth", None)]),
                             (F(2), [(F(2, 3), F(4, 3), "half", (3, 2))]),
                             (F(3), [(F(2, 3), F(4, 3), "half", (3, 2)), (F(2), F(1), "quarter", None)])):
        rests = fill_silence([sounding(F(0), F(2, 3))], [], 1, length)
        assert [(r.onset_quarter, r.duration_quarter, r.type, r.tuplet) for r in rests] == expected


def test_a_length_that_no_rest_has_is_one_hidden_rest() -> None:
    (rest,) = fill_silence([sounding(F(0), F(4, 5))], [], 1, F(1))
    assert (rest.onset_quarter, rest.duration_quarter, rest.hidden) == (F(4, 5), F(1, 5), True)


@pytest.mark.parametrize(("notes", "hidden"), [([], False), ([sounding(F(0), F(3))], True)])
def test_an_empty_staff_shows_a_rest_only_if_the_part_is_silent(notes: list[Note], hidden: bool) -> None:
    rests = fill_silence(notes, [], 2, F(3))
    lower = next(r for r in rests if r.staff == 2)
    assert (lower.measure_rest, lower.duration_quarter, lower.voice, lower.hidden) == (True, 3, 5, hidden)
    assert len([r for r in rests if r.staff == 1]) == (0 if notes else 1)


@pytest.mark.parametrize(("staves", "staff"), [(1, 1), (2, 2)])
def test_hidden_rests_are_on_the_staff_of_their_voice(staves: int, staff: int) -> None:
    """A fifth voice is the second staff's first; in a part of one staff it is on that one."""
    rests = fill_silence([sounding(F(0), F(1), voice=5)], [], staves, F(2))
    assert [r.staff for r in rests if r.voice == 5] == [staff]


def test_a_rest_of_the_measure_lasts_as_long_as_the_measure() -> None:
    rest = Rest(onset_quarter=F(0), duration_quarter=F(4), voice=1, staff=1, type="whole", measure_rest=True)
    assert [r.duration_quarter for r in fill_silence([], [rest], 1, F(3))] == [3]
