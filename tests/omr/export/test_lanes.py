"""Lanes: what sounds together, which voices cross staves, and numbers without overlap."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from omr.export.lanes import events_of, homes_of, lanes_of, measure_lengths, tuplet_unit, voice_numbers
from omr.types import Measure, Note, NoteType, Part, Pitch, Rest, Score

F = Fraction


def note(onset: Fraction | int, step: str = "C", length: Fraction | int = 1, voice: int = 1, staff: int = 1,
         kind: NoteType = "quarter", **more: object) -> Note:
    return Note(onset_quarter=F(onset), duration_quarter=F(length), voice=voice, staff=staff, pitch=Pitch(step, 4),
                type=kind, **more)  # type: ignore[arg-type]


def bar(*items: Note | Rest, length: int = 4) -> Measure:
    return Measure(number=1, duration_quarter=F(length), notes=tuple(i for i in items if isinstance(i, Note)),
                   rests=tuple(i for i in items if isinstance(i, Rest)))


def test_notes_of_one_voice_onset_and_type_are_a_chord_lowest_first() -> None:
    half = note(0, "G", 2, kind="half")
    events = events_of(bar(note(0, "E"), note(0, "C"), half, note(1, "D"),
                           Rest(onset_quarter=F(2), duration_quarter=F(2), voice=1, staff=1, type="half")))
    assert [[i.pitch.step for i in e.items if isinstance(i, Note)] for e in events] == [["C", "E"], ["G"], ["D"], []]


def test_grace_notes_stand_in_their_order_before_their_note() -> None:
    graces = [note(0, step, 0, kind="eighth", grace=True, grace_place=i) for i, step in enumerate("DE")]
    events = events_of(bar(note(0, "C"), graces[1], graces[0]))
    assert [e.items[0].pitch.step for e in events if isinstance(e.items[0], Note)] == ["D", "E", "C"]
    assert [(e.grace, e.end) for e in events] == [(True, 0), (True, 0), (False, 1)]


def test_rests_of_no_length_are_no_events() -> None:
    assert events_of(bar(Rest(onset_quarter=F(0), duration_quarter=F(0), voice=1, staff=1, type="quarter"))) == []


@pytest.mark.parametrize(("away", "homes"), [(1, {1: 1}), (2, {}), (0, {})])
def test_a_voice_has_a_home_if_it_seldom_leaves_it(away: int, homes: dict[int, int]) -> None:
    """Four notes at home: one away is a visit, two are a voice on each staff; a voice that never leaves visits none."""
    notes = [note(i) for i in range(4)] + [note(4 + i, staff=2) for i in range(away)]
    assert homes_of(Part(id="P1", name="", staves=2, measures=(bar(*notes, length=6),))) == homes


def test_a_crossing_voice_is_written_at_home_unless_it_overlaps_itself() -> None:
    crossing = bar(note(0), note(1, staff=2), note(2))
    assert [len(events_of(crossing, staff, {1: 1})) for staff in (1, 2)] == [3, 0]
    overlapping = bar(note(0, length=2, kind="half"), note(1, staff=2), note(2))
    assert [len(events_of(overlapping, staff, {1: 1})) for staff in (1, 2)] == [2, 1]


def test_what_overlaps_its_voice_goes_to_a_lane_without_voice() -> None:
    lanes = lanes_of(bar(note(0, length=2, kind="half"), note(1, "E"), note(2, "G"), note(0, voice=2)), 1)
    assert [(voice, [e.start for e in events]) for voice, events in lanes] == [(1, [0, 2]), (2, [0]), (None, [1])]


def test_every_staff_has_a_block_of_numbers() -> None:
    few = bar(note(0), note(0, voice=2), note(0, voice=5, staff=2))
    numbers = voice_numbers([[lanes_of(few, 1)], [lanes_of(few, 2)]])
    assert numbers == {(1, 1): 1, (1, 2): 2, (1, None): 3, (2, 5): 5, (2, None): 6}
    many = bar(*(note(0, voice=v) for v in range(1, 7)), note(0, voice=9, staff=2))
    assert voice_numbers([[lanes_of(many, 1)], [lanes_of(many, 2)]])[2, 9] == 7  # six voices need more than four


def test_a_measure_is_as_long_as_its_longest_part() -> None:
    short, long = bar(note(0), length=0), bar(note(3, length=2), length=4)
    score = Score(source="",
                  parts=(Part(id="P1", name="", staves=1, measures=(short, bar(length=0))),
                         Part(id="P2", name="", staves=1, measures=(long, bar(length=0)))))
    assert measure_lengths(score) == [5, 5]  # of the second nothing is known
    nothing = Score(source="", parts=(Part(id="P1", name="", staves=1, measures=(bar(length=0),)),))
    assert measure_lengths(nothing) == [4]


def test_a_tuplet_counts_in_its_length_over_its_number() -> None:
    """A quarter and an eighth under a 3 are a triplet of eighths, wherever in it one asks."""
    third = note(0, length=F(2, 3), tuplet=(3, 2), tuplet_ends=("start",))
    last = note(F(2, 3), length=F(1, 3), kind="eighth", tuplet=(3, 2), tuplet_ends=("stop",))
    after = [replace(n, onset_quarter=n.onset_quarter + 1) for n in (third, last)]
    (_, lane), = lanes_of(bar(third, last, *after, note(2)), 1)
    assert [tuplet_unit(lane, event) for event in lane] == ["eighth"] * 4 + [None]
    (_, odd), = lanes_of(bar(replace(third, tuplet_ends=("start", "stop"))), 1)
    assert tuplet_unit(odd, odd[0]) is None  # a third of a quarter is no note
