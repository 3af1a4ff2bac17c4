"""Which events of a bar stand in one column, and what it costs that neighbouring columns sound together or apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omr.music.columns import Column, make_columns
from omr.music.events import TICKS, Event
from omr.types import Box, Stroke, Symbol
from tests.omr.music.pages import note

SPACE = 10.0


def columns(*events: Event) -> list[Column]:
    return make_columns(events, SPACE)


def ids(*events: Event) -> list[list[int]]:
    """The event ids of each column."""
    return [[e.id for e in column.events] for column in columns(*events)]


def rest(id_: int, x: float, row: float) -> Event:
    return Event(id=id_, x=x, staff=0, rest=Symbol(1000 + id_, "restQuarter", Box(row - 15, x, row + 15, x + 10)))


def stem(id_: int, x: float) -> Stroke:
    return Stroke(id_, "stem", ((90.0, x), (125.0, x)), 1.5)


def test_left_edges_a_third_of_a_space_apart_are_one_column() -> None:
    assert ids(note(1, 103, staff=1), note(0, 100)) == [[0, 1]]
    assert ids(note(1, 104, staff=1), note(0, 100)) == [[0], [1]]


def test_out_of_line_on_two_staves_may_be_two_columns() -> None:
    def exact(*events: Event) -> list[list[int]]:
        return [[e.id for e in column.events] for column in make_columns(events, SPACE, exact=True)]

    assert exact(note(0, 100), note(1, 103, staff=1)) == [[0], [1]]
    assert exact(note(0, 100), note(1, 100, staff=1)) == [[0, 1]]
    assert exact(note(0, 100), note(1, 103)) == [[0, 1]]  # of one staff: a head printed out of line


@pytest.mark.parametrize(("dots", "row", "together"), [(1, 120.0, True), (0, 120.0, False), (1, 110.0, False)])
def test_a_dot_may_stand_between_two_heads_of_one_column(dots: int, row: float, together: bool) -> None:
    left, right = replace(note(0, 100, up=True), dots=dots), note(1, 124, up=False, row=row)
    assert ids(left, right) == ([[0, 1]] if together else [[0], [1]])


@pytest.mark.parametrize(("dots", "base", "together"), [(1, 2 * TICKS, True), (0, 2 * TICKS, False), (1, 5040, False)])
def test_a_dot_may_stand_before_a_head_a_second_below(dots: int, base: int, together: bool) -> None:
    """A dotted half note, and below it another voice's half note, which must be to the right of the dot."""
    left = replace(note(0, 100, base=2 * TICKS, up=True), dots=dots)
    right = note(1, 121, base=base, up=False, row=125.0)
    assert ids(left, right) == ([[0, 1]] if together else [[0], [1]])


@pytest.mark.parametrize(("aligned", "together"), [(True, False), (False, True)])
def test_a_note_in_line_with_another_one_was_not_moved_out_of_the_column_before(aligned: bool, together: bool) -> None:
    """Two voices far apart. By chance, the stem of the lower note is in line with that of the upper note before it."""
    upper = replace(note(0, 100, up=True, row=60.0), stem=stem(10, 112))
    lower = replace(note(1, 112, up=False, row=150.0), stem=stem(11, 112))
    after = [note(2, 112 if aligned else 150, up=True, row=60.0)]
    assert ([0, 1] in ids(upper, lower, *after)) == together


@pytest.mark.parametrize(("exact", "together"), [(True, True), (False, False)])
def test_in_a_drawing_heads_that_collide_stand_beside_a_whole_note_or_a_dot(exact: bool, together: bool) -> None:
    whole = replace(note(0, 100, base=4 * TICKS), exact=exact)
    beside = replace(note(1, 112, up=True, row=125.0), exact=exact)
    assert (len(columns(whole, beside)) == 1) == together
    assert len(columns(whole, replace(note(1, 115, up=True, row=125.0), exact=exact))) == 2  # it follows
    dotted = replace(note(2, 100, up=True), dots=1, exact=exact)
    after = replace(note(3, 121, up=False, row=125.0), exact=exact)
    assert (len(columns(dotted, after)) == 1) == together


def test_a_column_is_sorted_by_staff_and_from_the_top() -> None:
    low, high, below = note(0, 100, position=-3), note(1, 100, position=3), note(2, 100, staff=1, position=5)
    assert ids(below, low, high) == [[1, 0, 2]]


def test_chords_under_one_beam_are_never_one_column() -> None:
    assert ids(note(0, 100, group=1), note(1, 102, group=1)) == [[0], [1]]
    assert columns(note(0, 100, group=1), note(1, 102, group=1))[1].join_price is None
    assert ids(note(0, 100, group=1), note(1, 102, group=2)) == [[0, 1]]


def test_the_first_column_costs_nothing_and_cannot_join_one_before() -> None:
    first = columns(note(0, 100))[0]
    assert (first.x, first.join_price, first.later_price) == (100, None, 0.0)


@pytest.mark.parametrize("away, price", [(5, 0.32), (8, 0.08), (9, 0.0), (20, 0.0)])
def test_closer_columns_pay_more_to_be_two_times(away: float, price: float) -> None:
    assert columns(note(0, 100), note(1, 100 + away, staff=1))[1].later_price == pytest.approx(price)


@pytest.mark.parametrize("away, price", [(5, 0.0), (10, 0.48), (16, 1.2), (18, None)])
def test_columns_of_two_staves_sound_together_the_dearer_the_farther(away: float, price: float | None) -> None:
    assert columns(note(0, 100), note(1, 100 + away, staff=1))[1].join_price == pytest.approx(price)


@pytest.mark.parametrize("ups, away, price", [
    ((True, True), 12, 0.7),    # stems one way: rather one voice
    ((True, True), 14, None),   # farther apart than two heads side by side
    ((True, False), 17, 0.46),  # 0.3, and 0.4 for each space beyond 1.3
    ((True, False), 20, None),
])
def test_columns_of_one_staff_are_joined_by_their_stems(
    ups: tuple[bool, bool], away: float, price: float | None
) -> None:
    # Rows two spaces apart: the heads do not collide, so that neither is moved aside.
    made = columns(note(0, 100, up=ups[0], row=110), note(1, 100 + away, up=ups[1], row=130))
    assert made[1].join_price == pytest.approx(price)


def test_in_a_drawing_a_third_voice_may_stand_beside_heads_of_its_own_stem_direction() -> None:
    left, right = note(0, 100, up=True, row=110), note(1, 114, up=True, row=130)
    assert columns(left, right)[1].join_price is None
    drawn = [replace(e, exact=True) for e in (left, right)]
    assert columns(*drawn)[1].join_price == pytest.approx(0.3 + 0.4 + 0.4 * 0.1)
    assert columns(drawn[0], replace(drawn[1], x=117))[1].join_price is None  # a note, and what follows it


def test_in_a_drawing_the_chords_in_one_line_are_moved_together() -> None:
    """Two lower voices beside a dotted note, of which only one would collide with it."""
    upper = replace(note(0, 100, up=True, row=120), dots=1, exact=True)
    near, far = (replace(note(i, 121, up=False, row=row), exact=True) for i, row in ((1, 125.0), (2, 160.0)))
    assert ids(upper, near, far) == [[0, 1, 2]]
    assert ids(upper, near, replace(far, up=True)) == [[0, 1], [2]]


def test_an_accidental_may_keep_two_voices_apart() -> None:
    """Mozart, sonata no. 8, first movement, measure 95: A sharp, and A natural of the lower voice beside it."""
    left, right = note(0, 100, up=True), replace(note(1, 126, up=False), ahead=10.0)
    assert columns(left, right)[1].join_price == pytest.approx(0.3 + 0.4 * 0.3)
    assert columns(left, replace(right, up=True))[1].join_price is None  # the next note of one voice
    lower = replace(note(1, 126, up=False, row=160), ahead=10.0)
    assert columns(left, lower)[1].join_price is None  # it would not collide
    assert columns(left, replace(lower, exact=True))[1].join_price == pytest.approx(0.3 + 0.4 * 0.3)


def test_one_long_note_of_two_voices_stands_in_the_column_of_the_right_head() -> None:
    """Mozart, sonata no. 8, first movement, measure 30: a half note and a quarter, 16ths over them."""
    half, quarter = note(0, 862.9, up=True, base=2 * TICKS), note(1, 880.4, up=False)
    before, beside = (note(i, x, up=False, base=TICKS // 4) for i, x in ((2, 862.4), (3, 876.7)))
    half, quarter = (replace(e, staff=1) for e in (half, quarter))
    assert ids(half, quarter, before, beside) == [[2], [3], [0, 1]]
    assert ids(replace(half, base=TICKS // 2), quarter, before, beside) == [[2, 0], [3], [1]]  # it may be a next note


def test_a_rest_at_the_height_of_a_chord_is_of_its_voice() -> None:
    assert columns(note(0, 100, row=120), rest(1, 110, row=120))[1].join_price is None
    assert columns(note(0, 100, row=120), rest(1, 110, row=160))[1].join_price == pytest.approx(0.3)
    assert columns(note(0, 100, row=120), rest(1, 106, row=120))[1].join_price == pytest.approx(0.3)


def test_colliding_heads_of_two_voices_are_moved_into_one_column() -> None:
    upper, lower = note(0, 100, up=True, row=120), note(1, 113, up=False, row=125)
    assert ids(upper, lower) == [[0, 1]]
    assert columns(upper, lower)[0].x == 100
    assert ids(upper, note(1, 113, up=True, row=125)) == [[0], [1]]   # one voice: they follow each other
    assert ids(upper, note(1, 117, up=False, row=125)) == [[0], [1]]  # too far apart to stand side by side
    assert ids(upper, note(1, 113, up=False, row=128)) == [[0], [1]]  # too far apart to collide


def test_a_head_right_after_another_of_the_other_stem_direction_may_be_the_next_note() -> None:
    """In tight print a note follows as near as one and a half spaces; two voices' heads stand a head's width apart."""
    first = note(0, 100, up=False, row=115)
    assert ids(first, note(1, 115, up=True, row=120)) == [[0], [1]]
    assert ids(first, note(1, 113, up=True, row=120)) == [[0, 1]]


def test_stems_in_one_line_show_that_heads_stand_side_by_side() -> None:
    upper = note(0, 100, up=True, row=110)
    lower = note(1, 113, up=False, row=140)
    in_line = replace(upper, stem=stem(50, 112)), replace(lower, stem=stem(51, 113))
    assert ids(*in_line) == [[0, 1]]
    apart = replace(upper, stem=stem(50, 112)), replace(lower, stem=stem(51, 117))
    assert ids(*apart) == [[0], [1]]


def test_heads_of_two_lengths_that_collide_are_of_two_voices_though_both_stems_rise() -> None:
    """A quarter and the half note beside it, with the stem of the quarter between them."""
    quarter, half = note(0, 100, up=True, row=125), note(1, 116, up=True, row=120, base=2 * TICKS)
    assert ids(quarter, half) == [[0, 1]]
    assert ids(quarter, note(1, 119, up=True, row=120, base=2 * TICKS)) == [[0], [1]]  # too far apart
    assert ids(quarter, note(1, 116, up=True, row=105, base=2 * TICKS)) == [[0], [1]]  # they would not collide
    assert ids(note(0, 100, up=True, row=125, base=TICKS // 2), half) == [[0], [1]]  # an eighth, and what follows it


def test_what_stands_in_line_with_the_right_one_of_two_heads_side_by_side_is_in_their_column() -> None:
    upper, lower = note(0, 100, up=True, row=120), note(1, 113, up=False, row=125)
    assert ids(upper, lower, note(2, 114, staff=1)) == [[0, 1, 2]]
    assert ids(upper, note(1, 125, up=False, row=125), note(2, 124, staff=1)) == [[0], [1, 2]]


def test_a_suspension_and_the_staff_in_line_with_it_sound_with_the_first_notes_of_the_bar() -> None:
    held = note(0, 100, base=2 * TICKS, up=True, row=120.0)
    suspended = note(1, 120, base=TICKS // 2, up=False, row=125.0)
    bass = note(2, 121, base=TICKS // 4, up=True, staff=1)
    assert ids(held, suspended, bass) == [[0, 1, 2]]
    assert ids(held, suspended, note(3, 100, staff=1), bass) == [[0, 3], [1, 2]]  # the other staff has begun before
    assert ids(held, replace(suspended, heads=note(1, 120, row=110.0).heads), bass) == [[0], [1, 2]]  # nothing collides
    assert ids(note(0, 100, base=TICKS // 2, up=True, row=120.0), suspended, bass) == [[0], [1, 2]]  # of one length


def test_the_first_note_of_a_bar_may_stand_behind_its_graces() -> None:
    below = [note(0, 100, staff=1), note(1, 140, staff=1)]
    after = replace(note(2, 139), graces=38.0)
    assert ids(*below, after) == [[2, 0], [1]]
    assert ids(*below, replace(after, graces=25.0)) == [[0], [2, 1]]  # the graces stand elsewhere
    assert ids(*below, note(3, 100), after) == [[3, 0], [2, 1]]  # it is not the first


def test_what_is_in_line_with_the_right_head_but_follows_another_note_is_the_next() -> None:
    upper, lower = note(0, 100, up=True, row=120), note(1, 113, up=False, row=125)
    assert ids(upper, lower, note(3, 100, staff=1), note(2, 114, staff=1)) == [[0, 1, 3], [2]]


def test_in_a_drawing_a_rest_over_a_head_sounds_with_it() -> None:
    """LilyPond sets it in the middle over the head, so that it begins farther left."""
    half, below, after = rest(0, 101, 80), note(1, 107, up=True, row=120), note(2, 140, up=True, row=120)
    assert ids(half, below, after) == [[0], [1], [2]]
    below = replace(below, heads=(replace(below.heads[0], box=Box(115, 100, 125, 112)),))
    assert ids(*(replace(e, exact=True) for e in (half, below, after))) == [[0, 1], [2]]
