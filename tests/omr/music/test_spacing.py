"""Room tells time: what a system's distances are measured by, and how they decide a bar."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.music.events import TICKS
from omr.music.rhythm import read_bar
from omr.music.spacing import (
    EVEN,
    UNKNOWN_MISFIT,
    USUAL_MISFIT,
    Extent,
    Spacing,
    measure_spacing,
    usual_misfit,
)
from tests.omr.music.test_rhythm import SPACE, chord, onsets, rest

LENGTHS = st.lists(st.sampled_from([0.25, 0.5, 0.75, 1.0, 1.5, 2.0]), min_size=2, max_size=12)


def spaced(lengths: list[float], scale: float = 60.0) -> list[float]:
    """Columns of notes that last so many quarters, and of the barline after them."""
    columns = [100.0]
    for length in lengths:
        columns.append(columns[-1] + scale * math.sqrt(length))
    return columns


@given(LENGTHS, st.floats(20, 200))
def test_a_full_bar_tells_the_scale_without_being_read(lengths: list[float], scale: float) -> None:
    columns = spaced(lengths, scale)
    spacing = measure_spacing([Extent(columns[-1] - columns[0], len(lengths), int(sum(lengths) * TICKS))])
    assert spacing is not None
    # By Cauchy and Schwarz the room of uneven columns is at most that of even ones.
    assert 0.75 * scale < spacing.scale <= scale / EVEN * (1 + 1e-9)


def test_one_bar_that_is_not_full_changes_little() -> None:
    full = Extent(240, 4, 4 * TICKS)
    upbeat = Extent(60, 1, 4 * TICKS)
    assert measure_spacing([upbeat, full, full]) == measure_spacing([full])
    assert measure_spacing([]) is None


def test_twice_the_time_without_more_room_is_as_far_off_as_half_of_it_is_the_other_way() -> None:
    spacing = Spacing(60.0)
    assert spacing.misfit(60, TICKS) == pytest.approx(0)
    assert spacing.misfit(60, 2 * TICKS) == pytest.approx(-0.35, abs=0.01)
    assert spacing.misfit(60, TICKS // 2) == pytest.approx(0.35, abs=0.01)


def test_room_tells_which_note_lacks_its_beam() -> None:
    """Four eighths under a beam, of which two were sixteenths, in a bar of 3/8: only the room says which two."""
    for lengths in ([0.5, 0.5, 0.25, 0.25], [0.25, 0.25, 0.5, 0.5], [0.5, 0.25, 0.25, 0.5]):
        columns = spaced(lengths)
        events = [chord(x, 0.5, group=1, levels=1) for x in columns[:-1]]
        reading = read_bar(events, int(1.5 * TICKS), {0: 0}, SPACE, spacing=Spacing(60.0), right=columns[-1])
        assert [Fraction(p.ticks, TICKS) for p in reading.placed] == lengths


def test_a_rest_between_beamed_notes_is_no_other_voice() -> None:
    events = []
    for k in range(4):
        events += [chord(100 + 40 * k, 0.25, up=False, group=1, levels=2), rest(120 + 40 * k, 0.25)]
    held = [replace(chord(100, 2), id=999)]
    reading = read_bar(events + held, 2 * TICKS, {0: 0}, SPACE)
    assert sorted(onsets(reading).values()) == [0, *(Fraction(k, 4) for k in range(8))]
    assert reading.cost < 1


def test_what_is_usual_is_measured_where_words_push_notes_apart() -> None:
    well_spaced, by_words = [0.02, -0.05] * 10, [0.4, -0.3] * 10
    assert usual_misfit(well_spaced) == USUAL_MISFIT
    assert usual_misfit(by_words) == pytest.approx(0.7)
    assert usual_misfit(by_words[:4]) == usual_misfit([]) == UNKNOWN_MISFIT


def test_bars_of_one_column_tell_little() -> None:
    """Their width hardly depends on their time. They are only used if most bars are such."""
    whole, four = Extent(200, 1, 4 * TICKS), Extent(240, 4, 4 * TICKS)
    assert measure_spacing([whole, whole, four, four]) == measure_spacing([four])
    assert measure_spacing([whole, whole, whole, four]) == measure_spacing([whole])
