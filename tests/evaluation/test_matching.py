"""Repeats that one side writes out cost nothing, and nothing else is excused; errors have their names."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation import errors, notes
from evaluation.matching import Note, copies, match


def bar(*pitches: int) -> Counter[Note]:
    return Counter((F(i), pitch, F(1)) for i, pitch in enumerate(pitches))


def passage(first: int, length: int) -> list[Counter[Note]]:
    """Measures of which no two share a note."""
    return [bar(first + 4 * i, first + 4 * i + 1, first + 4 * i + 2) for i in range(length)]


THEME, NEXT, END = passage(0, 8), passage(40, 6), passage(80, 3)
ONE, TWO = passage(100, 1), passage(110, 1)


def f1(truth: list[Counter[Note]], read: list[Counter[Note]]) -> float:
    return notes.evaluate(truth, read)["note_f1"]


@pytest.mark.parametrize(("once", "twice"), [
    (THEME + NEXT + END, THEME + THEME + NEXT + END),
    (THEME + NEXT + END, THEME + THEME + NEXT + NEXT + END),
    (THEME + NEXT, THEME + NEXT + NEXT),  # at the end
    (THEME + ONE + TWO + NEXT, THEME + ONE + THEME + TWO + NEXT),  # first and second ending
], ids=["first", "both", "last", "endings"])
def test_a_repeat_written_out_costs_nothing(once: list[Counter[Note]], twice: list[Counter[Note]]) -> None:
    assert f1(once, twice) == f1(twice, once) == 1


def test_a_wrong_note_in_either_copy_does_not_make_it_a_passage_of_its_own() -> None:
    read = [*THEME[:3], bar(12, 13, 99), *THEME[4:], *NEXT]
    result = notes.evaluate(THEME + THEME + NEXT, read)
    assert result["true_notes"] == 3 * 14
    assert result["right_notes"] >= 3 * 14 - 1
    copied = THEME + read
    assert notes.evaluate(THEME + NEXT, copied)["right_notes"] >= 3 * 14 - 1


def test_pairs_may_jump_from_one_copy_to_the_other() -> None:
    measures = THEME + THEME + NEXT
    paired = {*range(5), *range(13, 22)}  # five of the first copy, then on in the second
    assert copies(measures, paired) == set(range(5, 13))


@pytest.mark.parametrize(("truth", "read"), [
    (THEME + NEXT + THEME + END, THEME + NEXT + END),  # a theme that comes back later is printed again
    (THEME + NEXT + END, THEME + END),  # a passage that is nowhere else
    (THEME + THEME[:3] + END, THEME + END),  # too short for a section
    ([*THEME[:2], THEME[1], *THEME[2:]], THEME),  # one measure of two that are equal
    (THEME + passage(0, 4) + passage(60, 4) + END, THEME + END),  # half of it is other music
], ids=["reprise", "missed", "short", "measure", "half"])
def test_nothing_else_is_excused(truth: list[Counter[Note]], read: list[Counter[Note]]) -> None:
    assert f1(truth, read) < 1 and f1(read, truth) < 1
    assert len(match(truth, read).true) == len(truth)


def test_a_part_of_a_work_with_a_repeat_written_out() -> None:
    result = notes.evaluate(END + THEME + THEME + NEXT + ONE, THEME + NEXT, partial=True)
    assert result["note_f1"] == 1 and result["measures"] == 14


measures = st.lists(st.sampled_from(THEME + NEXT), min_size=1, max_size=24)


@given(measures)
def test_a_faithful_reading_is_right_and_nothing_of_it_is_left_out(truth: list[Counter[Note]]) -> None:
    found = match(truth, truth)
    assert len(found.pairs) == len(found.true) == len(found.estimated) == len(truth)


def test_errors_have_their_names() -> None:
    true = [Counter({(F(0), 60, F(1)): 1, (F(1), 62, F(1)): 1, (F(2), 64, F(1)): 1, (F(3), 65, F(1)): 1,
                     (F(4), 67, F(1)): 1, (F(5), 72, F(1)): 1, (F(6), 48, F(1)): 1, (F(6), 50, F(1)): 1}), *NEXT]
    read = [Counter({(F(0), 60, F(2)): 1, (F(3, 2), 62, F(1)): 1, (F(2), 63, F(1)): 1, (F(3), 77, F(1)): 1,
                     (F(4), 70, F(2)): 1, (F(5), 72, F(1)): 1, (F(6), 50, F(1)): 1, (F(7), 30, F(1)): 1}),
            *NEXT[:5], *END]
    assert errors.count(true, read, match(true, read)) == {
        "duration": 1, "onset": 1, "semitone": 1, "octave": 1, "pitch": 1, "missed": 1, "invented": 1,
        "in a missed measure": 3, "in an invented measure": 9}


@given(measures, measures)
def test_every_wrong_note_is_named_once(truth: list[Counter[Note]], read: list[Counter[Note]]) -> None:
    result, named = notes.evaluate(truth, read), errors.count(truth, read, match(truth, read))
    both = sum(named[kind] for kind in errors.EXPLANATIONS)
    assert both + named["missed"] + named["in a missed measure"] == result["true_notes"] - result["right_notes"]
    assert both + named["invented"] + named["in an invented measure"] == (
        result["estimated_notes"] - result["right_notes"])
