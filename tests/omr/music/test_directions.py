"""Dynamics, pedal signs, hairpins and octave lines: to which staff they belong, and when they begin and end."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from omr.music.bars import Bar
from omr.music.directions import (
    Line,
    find_lines,
    octaves_of_heads,
    onset_near,
    read_directions,
    settle_pedals,
    written_signs,
)
from omr.music.events import TICKS
from omr.music.hairpins import lone_hairpins
from omr.music.placed import Placed, Reading
from omr.music.sides import Sides
from omr.types import Box, Direction, Measure, Places, StaffInPart, StaffKey, Word
from tests.omr.music.pages import PageMaker, note

F = Fraction
PLACES: Places = {StaffKey(0, 0): StaffInPart(0, 1), StaffKey(0, 1): StaffInPart(0, 1)}
"""Two systems of one staff."""


def in_time(*columns: float, staff: int = 0) -> Reading:
    """Quarter notes whose left edges stand at columns, one after the other."""
    placed = tuple(
        Placed(event=note(i, x, staff), onset=i * TICKS, ticks=TICKS, base=TICKS, dots=0, voice=0, home_staff=staff,
               ratio=None, unit=i) for i, x in enumerate(columns))
    return Reading(placed, len(columns) * TICKS, 0.0)


def told(directions: list[Direction]) -> list[tuple[str, str, Fraction]]:
    return [(d.kind, d.text, d.onset_quarter) for d in directions]


def read(maker: PageMaker, reading: Reading, lines: list[Line] | None = None) -> list[Direction]:
    """The directions of a bar from column 100 to 300 of the first system."""
    graph = maker.graph()
    bar = Bar(page=0, system=maker.systems[0], left=100, right=300)
    return read_directions(graph, bar, reading, find_lines([graph], PLACES) if lines is None else lines, Sides(graph))


def hairpin(maker: PageMaker, left: float, right: float, row: float = 165, at_left: float = 0, at_right: float = 10,
            ) -> None:
    """Two strokes around a row. at_left, at_right: pixels between them at the ends."""
    for side in (-1, 1):
        maker.stroke("hairpin", (row + side * at_left / 2, left), (row + side * at_right / 2, right))


# ---- hairpins --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_left, at_right, kind", [(0, 10, "wedge-crescendo"), (10, 0, "wedge-diminuendo")])
def test_two_strokes_that_meet_are_a_hairpin(at_left: float, at_right: float, kind: str) -> None:
    maker = PageMaker()
    hairpin(maker, 120, 220, at_left=at_left, at_right=at_right)
    assert find_lines([maker.graph()],
                      PLACES) == [Line(page=0, staff=0, kind=kind, text="", placement="below", left=120, right=220)]


@pytest.mark.parametrize("at_left, at_right", [(0, 31), (8, 8.5)])
def test_strokes_too_far_apart_or_parallel_are_no_hairpin(at_left: float, at_right: float) -> None:
    maker = PageMaker()
    hairpin(maker, 120, 220, at_left=at_left, at_right=at_right)
    assert find_lines([maker.graph()], PLACES) == []


def test_strokes_that_hardly_overlap_are_no_hairpin() -> None:
    maker = PageMaker()
    maker.stroke("hairpin", (160, 120), (155, 220))
    maker.stroke("hairpin", (160, 170), (165, 270))  # half of each stands over the other
    assert find_lines([maker.graph()], PLACES) == []


def test_of_three_strokes_the_two_of_equal_length_are_the_hairpin() -> None:
    maker = PageMaker()
    hairpin(maker, 120, 220)
    maker.stroke("hairpin", (165, 150), (171, 230))
    assert [(n.left, n.right) for n in find_lines([maker.graph()], PLACES)] == [(120, 220)]


TWO = [("wedge-crescendo", 120, 162), ("wedge-diminuendo", 170, 230)]


@pytest.mark.parametrize(("upper", "lower", "found"), [
    ((165, 160, 165), (166, 171, 166), TWO),  # as far apart at both ends: no hairpin as they are
    ((165, 160, 162), (166, 171, 168), TWO),  # they would be a crescendo
    ((165, 158, 163), (166, 163, 173), [("wedge-crescendo", 120, 230)]),  # on curled paper both bend the same way
])
def test_strokes_that_bend_apart_are_a_crescendo_and_a_diminuendo(
    upper: tuple[float, ...], lower: tuple[float, ...], found: list[tuple[str, float, float]]
) -> None:
    maker = PageMaker()
    for rows in (upper, lower):
        maker.stroke("hairpin", *zip(rows, (120, 170, 230), strict=True))
    assert [(n.kind, n.left, n.right) for n in find_lines([maker.graph()], PLACES)] == found


def test_a_hairpin_may_go_on_in_the_next_system() -> None:
    maker = PageMaker(systems=2)
    maker.symbol("noteheadBlack", 100, staff=1)
    hairpin(maker, 500, 590)
    hairpin(maker, 60, 95, row=265, at_left=4)
    first, second = find_lines([maker.graph()], PLACES)
    assert (first.begins, first.ends, second.begins, second.ends) == (True, False, False, True)


@pytest.mark.parametrize("right, left", [(550, 60), (590, 120)])
def test_hairpins_away_from_the_systems_ends_are_two(right: float, left: float) -> None:
    maker = PageMaker(systems=2)
    maker.symbol("noteheadBlack", 100, staff=1)
    hairpin(maker, 500, right)
    hairpin(maker, left, left + 80, row=265)
    assert all(line.begins and line.ends for line in find_lines([maker.graph()], PLACES))


def test_a_hairpin_begins_with_the_note_above_it_and_ends_before_one_it_does_not_reach() -> None:
    maker = PageMaker()
    hairpin(maker, 155, 245)
    assert told(read(maker, in_time(110, 160, 210, 260))) == [("wedge-crescendo", "", 1), ("wedge-stop", "", 3)]
    # Its end lies under the head of the last note.
    assert told(read(maker, in_time(110, 160, 210, 240)))[1] == ("wedge-stop", "", 3)
    # It reaches beyond all notes: to the end of the bar.
    assert told(read(maker, in_time(110, 160, 210)))[1] == ("wedge-stop", "", 3)
    assert told(read(maker, in_time(110, 160)))[1] == ("wedge-stop", "", 2)


def test_a_hairpin_under_one_note_lasts_until_the_next() -> None:
    """It ended where it began, and its end was written first: players drew it on to the end of the piece."""
    maker = PageMaker()
    hairpin(maker, 161, 171)
    assert told(read(maker, in_time(110, 160, 200))) == [("wedge-crescendo", "", 1), ("wedge-stop", "", 2)]


def test_hairpins_of_a_staff_last_one_after_the_other() -> None:
    """Two that begin under one long note share its time; one that reaches the next one's note ends there."""
    maker = PageMaker()
    hairpin(maker, 115, 150)
    hairpin(maker, 160, 195, at_left=10, at_right=0)
    assert told(read(maker, in_time(110, 200))) == [
        ("wedge-crescendo", "", 0), ("wedge-stop", "", Fraction(1, 2)),
        ("wedge-diminuendo", "", Fraction(1, 2)), ("wedge-stop", "", 1)]
    maker = PageMaker()
    hairpin(maker, 115, 172)
    hairpin(maker, 174, 195, at_left=10, at_right=0)
    assert told(read(maker, in_time(110, 160, 200))) == [
        ("wedge-crescendo", "", 0), ("wedge-stop", "", 1), ("wedge-diminuendo", "", 1), ("wedge-stop", "", 2)]


@pytest.mark.parametrize("second, start", [(161, 1), (163, 0)])
def test_a_hairpin_may_begin_a_head_before_its_note(second: float, start: int) -> None:
    line = Line(page=0, staff=0, kind="wedge-crescendo", text="", placement="below", left=150, right=400)
    assert told(read(PageMaker(), in_time(110, second), [line])) == [("wedge-crescendo", "", start)]


def test_a_hairpin_begins_rather_with_a_note_of_its_own_staff() -> None:
    """Under a half note, with eighth notes of another staff close behind it."""
    line = Line(page=0, staff=0, kind="wedge-crescendo", text="", placement="below", left=115, right=400)
    other = tuple(replace(p, onset=p.onset // 2) for p in in_time(110, 126, 142, 158, staff=1).placed)
    together = Reading((*in_time(110).placed, *other), 2 * TICKS, 0.0)
    assert told(read(PageMaker(), together, [line])) == [("wedge-crescendo", "", 0)]
    # There is none near: it begins with that of the other staff.
    later = replace(line, left=158)
    assert told(read(PageMaker(), together, [later])) == [("wedge-crescendo", "", F(3, 2))]


@pytest.mark.parametrize(("left", "onset"), [(133, 0), (150, 1)])
def test_a_hairpin_right_behind_a_dynamic_begins_with_it(left: float, onset: int) -> None:
    """The dynamic under the first note takes the room there: the hairpin begins under the second."""
    maker = PageMaker()
    maker.symbol("dynamicF", 112, position=-9)
    hairpin(maker, left, 260)
    assert told(read(maker, in_time(110, 135, 210))) == [
        ("dynamics", "f", 0), ("wedge-crescendo", "", onset), ("wedge-stop", "", 3)]


def test_a_hairpin_behind_a_barline_begins_with_the_bar_though_a_dynamic_stands_before_it() -> None:
    line = Line(page=0, staff=0, kind="wedge-crescendo", text="", placement="below", left=103, right=400, behind=93)
    assert told(read(PageMaker(), in_time(110, 160), [line])) == [("wedge-crescendo", "", 0)]
    assert told(read(PageMaker(), in_time(110, 160), [replace(line, left=95)])) == []  # it begins in the bar before


@pytest.mark.parametrize("last, end", [(193, 2), (195, 1)])
def test_a_hairpin_may_end_below_the_beginning_of_the_head_that_it_leads_to(last: float, end: int) -> None:
    line = Line(page=0, staff=0, kind="wedge-crescendo", text="", placement="below", left=50, right=200)
    assert told(read(PageMaker(), in_time(110, last), [line])) == [("wedge-stop", "", end)]


@pytest.mark.parametrize("second, start", [(140, 1), (138, 2)])
def test_an_octave_line_may_begin_behind_the_left_edge_of_its_head(second: float, start: int) -> None:
    line = Line(page=0, staff=0, kind="octave-start", text="8va", placement="above", left=150, right=400)
    assert told(read(PageMaker(), in_time(110, second, 200), [line])) == [("octave-start", "8va", start)]


def test_a_line_that_begins_at_the_barline_belongs_to_the_next_bar() -> None:
    line = Line(page=0, staff=0, kind="wedge-crescendo", text="", placement="below", left=292, right=400)
    assert read(PageMaker(), in_time(110), [line]) == []
    ended = Line(page=0, staff=0, kind="wedge-crescendo", text="", placement="below", left=50, right=305)
    assert told(read(PageMaker(), in_time(110), [ended])) == [("wedge-stop", "", 1)]


# ---- which staff -----------------------------------------------------------------------------------------------


def test_between_two_staves_of_a_brace_the_upper_one_is_meant() -> None:
    sides = Sides(PageMaker(staves=2, braced=True).graph())
    assert sides.of(190, 300) == (0, "below")
    assert sides.of(90, 300) == (0, "above")
    assert sides.of(250, 300) == (1, "below")


@pytest.mark.parametrize(("words", "row", "staff"), [
    ("pizz.", 168, 1),       # of two staves about as near the lower one, over which it stands
    ("a tempo", 168, 1),
    ("dolce", 172, 0),       # stands under its staff, as dynamics do
    ("pizz.", 150, 0),       # much nearer to the upper one
])
def test_words_on_how_to_play_stand_over_their_staff(words: str, row: float, staff: int) -> None:
    sides = Sides(PageMaker(staves=2).graph())
    assert sides.of(row, 300, words=words) == (staff, "above" if staff else "below")


@pytest.mark.parametrize(("sung", "row", "staff"), [(True, 160, 1), (False, 160, 0), (True, 150, 0)])
def test_words_under_a_voice_with_lyrics_are_of_the_staff_below(sung: bool, row: float, staff: int) -> None:
    maker = PageMaker(systems=2, staves=2)
    maker.words = [Word("Ah", Box(355, 200, 365, 220), 1.0)]  # in the other system
    sides = Sides(maker.graph(), (0,) if sung else ())
    assert sides.of(row, 300, words="dolce") == (staff, "above" if staff else "below")
    assert sides.of(row, 300, is_loudness=True) == (0, "below")


def test_between_other_staves_the_nearest_is_meant() -> None:
    sides = Sides(PageMaker(staves=2).graph())
    assert sides.of(150, 300) == (0, "below")
    assert sides.of(190, 300) == (1, "above")
    assert sides.of(165, 300) == sides.of(175, 300) == (0, "below")  # about as near: dynamics stand below as a rule


def test_the_outer_staves_show_on_which_side_a_page_writes() -> None:
    maker = PageMaker(staves=2)
    maker.symbol("dynamicF", 100, position=8)  # over the first staff, which has nothing above it
    assert Sides(maker.graph()).of(165, 300) == (1, "above")


def test_dynamics_of_quartets_keep_under_their_staff_though_low_notes_push_them_to_the_next() -> None:
    """A page all of whose outer dynamics stand under their staff; words may still stand over theirs."""
    maker = PageMaker(staves=2)
    for col in (150, 250, 350):
        maker.symbol("dynamicF", col, position=-8, staff=1)
    sides = Sides(maker.graph())
    assert sides.of(183, 300, is_loudness=True) == (0, "below")  # 4.3 spaces from the upper staff, 1.7 from the lower
    assert sides.of(183, 300) == (1, "above")
    maker.symbol("dynamicF", 100, position=8)  # over the first staff: no firm habit
    assert Sides(maker.graph()).of(183, 300, is_loudness=True) == (1, "above")


def test_between_two_systems_the_nearer_notes_tell_but_a_tempo_stands_over_the_lower_one() -> None:
    maker = PageMaker(systems=2)
    assert Sides(maker.graph()).of(175, 300) == (1, "above")
    maker.symbol("noteheadBlack", 310, position=-8)  # far under the upper staff
    sides = Sides(maker.graph())
    assert sides.of(175, 300) == (0, "below")
    assert sides.of(175, 400) == (1, "above")  # not beside the note
    assert sides.of(160, 300, is_tempo=True) == (1, "above")


def test_what_stands_over_an_octave_line_belongs_to_its_system() -> None:
    maker = PageMaker(systems=2)
    maker.symbol("noteheadBlack", 300, position=-7)  # under the upper staff
    assert Sides(maker.graph()).of(172, 300) == (0, "below")
    maker.symbol("ottava", 250, position=4, staff=1, height=14)
    maker.symbols[-1] = replace(maker.symbols[-1], box=Box(176, 250, 190, 262))
    maker.stroke("bracket", (183, 265), (183, 400))
    assert Sides(maker.graph()).of(172, 300) == (1, "above")
    # Not a dynamic (Beethoven, op. 101, first page: an sf under the bass): none stands over an octave line.
    assert Sides(maker.graph()).of(172, 300, is_loudness=True) == (0, "below")


def test_a_dynamic_near_the_next_system_is_in_the_bar_that_it_belongs_to() -> None:
    maker = PageMaker(systems=2)
    maker.symbol("noteheadBlack", 110, position=-8)
    maker.symbol("dynamicP", 108, position=8, staff=1)  # nearer to the lower staff, but right under the note
    sides = Sides(maker.graph())
    found = [[d for d in read_directions(maker.graph(), Bar(page=0, system=system, left=100, right=300),
                                         in_time(110, staff=staff), [], sides)]
             for staff, system in enumerate(maker.systems)]
    assert [[(d.staff, d.text, d.placement) for d in own] for own in found] == [[(0, "p", "below")], []]


def test_what_is_far_beside_the_staves_belongs_to_none() -> None:
    sides = Sides(PageMaker().graph())
    assert sides.of(165, 619) == (0, "below")
    assert sides.of(165, 621) == (None, "below")


# ---- octave lines ----------------------------------------------------------------------------------------------


def octave_line(maker: PageMaker, position: float, *dashes: tuple[float, float], name: str = "ottava") -> None:
    """A sign from column 100 to 120, and level dashes."""
    maker.symbol(name, 100, position, width=20)
    row = maker.staves[0].row(position, 100)
    for left, right in dashes:
        maker.stroke("bracket", (row, left), (row, right))


@pytest.mark.parametrize("name, position, text", [
    ("ottava", 10, "8va"), ("ottava", -10, "8vb"), ("quindicesima", 10, "15ma"), ("quindicesima", -10, "15mb")])
def test_an_octave_line_reaches_as_far_as_its_dashes(name: str, position: float, text: str) -> None:
    maker = PageMaker()
    octave_line(maker, position, (125, 140), (200, 220), (300, 320), name=name)  # the last gap is 8 spaces
    line, = find_lines([maker.graph()], PLACES)
    assert (line.kind, line.text, line.left) == ("octave-start", text, 100)
    assert line.right == pytest.approx(220, abs=1)


def test_an_octave_line_ends_where_the_next_begins() -> None:
    maker = PageMaker()
    octave_line(maker, 10, (125, 140), (160, 180))
    maker.symbol("quindicesima", 200, position=10, width=24)
    maker.stroke("bracket", (maker.staves[0].row(10, 230), 230), (maker.staves[0].row(10, 230), 300))
    first, second = find_lines([maker.graph()], PLACES)
    assert (first.text, first.right) == ("8va", pytest.approx(180, abs=1))
    assert (second.text, second.right) == ("15ma", pytest.approx(300, abs=1))


def test_an_octave_sign_that_was_found_twice_is_one() -> None:
    maker = PageMaker()
    octave_line(maker, 10, (130, 180))
    maker.symbol("ottava", 106, position=10, width=20, score=0.8)
    assert [line.left for line in find_lines([maker.graph()], PLACES)] == [100]
    assert {s.id for s in maker.symbols} <= written_signs(maker.graph())  # the second is no doubt


def test_an_octave_sign_without_dashes_at_its_height_is_none() -> None:
    maker = PageMaker()
    octave_line(maker, 10)
    maker.stroke("bracket", (maker.staves[0].row(6, 100), 125), (maker.staves[0].row(6, 100), 140))
    assert find_lines([maker.graph()], PLACES) == []


@pytest.mark.parametrize("lower, tilt, left, found", [
    (11, 0, 125, True),    # 0.6 spaces below its box
    (13, 0, 125, False),   # more than 0.7 spaces below its box
    (0, 2, 125, True), (0, 4, 125, False),
    (0, 0, 111, True), (0, 0, 109, False),  # one space under the sign's right edge
])
def test_dashes_are_level_and_at_the_height_of_their_sign(
    lower: float, tilt: float, left: float, found: bool
) -> None:
    maker = PageMaker()
    octave_line(maker, 10)
    row = maker.staves[0].row(10, 100) + lower
    maker.stroke("bracket", (row, left), (row + tilt, 150))
    assert bool(find_lines([maker.graph()], PLACES)) is found


@pytest.mark.parametrize("tilt, right", [(4, 1010), (15, 1010), (18, 220)])
def test_a_row_of_dashes_counts_beside_pieces_of_it_and_may_fall(tilt: float, right: float) -> None:
    """Beethoven, op. 101, last movement, measure 320: the detector saw the first dashes, and the row that was followed
    in the ink begins in them; over 90 spaces it falls by .4."""
    maker = PageMaker()
    octave_line(maker, 10, (125, 220))
    row = maker.staves[0].row(10, 100)
    maker.stroke("bracket", (row + tilt, 126), (row, 1010))
    line, = find_lines([maker.graph()], PLACES)
    assert line.right == pytest.approx(right, abs=1)


@pytest.mark.parametrize("hook, staff, text", [(9, 1, "8va"), (-9, 0, "8vb"), (0, 0, "8vb")])
def test_the_hook_of_an_octave_line_points_to_its_staff(hook: float, staff: int, text: str) -> None:
    """A line between two staves, nearer to the upper one."""
    maker = PageMaker(staves=2)
    octave_line(maker, -8, (125, 140), (200, 220))
    row = maker.staves[0].row(-8, 220)
    if hook:
        maker.stroke("bracket", *sorted(((row, 220.0), (row + hook, 220.0))))
    line, = find_lines([maker.graph()], PLACES)
    assert (line.staff, line.text) == (staff, text)


@pytest.mark.parametrize("staff, position, meant, text", [(1, 8, 1, "8va"), (0, -7, 0, "8vb"), (1, 3, 0, "8vb")])
def test_an_octave_line_between_two_systems_is_for_the_nearer_heads(
    staff: int, position: float, meant: int, text: str
) -> None:
    """A line without a hook, nearer to the lines of the upper system, as LilyPond sets it."""
    maker = PageMaker(systems=2)
    octave_line(maker, -8, (125, 140), (200, 220))
    maker.symbol("noteheadBlack", 150, position=position, staff=staff)
    line, = find_lines([maker.graph()], PLACES)
    assert (line.staff, line.text) == (meant, text)


@pytest.mark.parametrize("exact, staff, text", [(True, 1, "8va"), (False, 0, "8vb")])
def test_a_drawn_octave_line_between_two_staves_is_for_the_nearer_heads(exact: bool, staff: int, text: str) -> None:
    """An octave line by MuseScore above high notes of the lower staff. It has no hook, because it goes on in the next
    system."""
    maker = PageMaker(staves=2)
    octave_line(maker, -8, (125, 140), (200, 220))
    maker.symbol("noteheadBlack", 150, position=8, staff=1)
    line, = find_lines([replace(maker.graph(), exact=exact)], PLACES)
    assert (line.staff, line.text) == (staff, text)


@pytest.mark.parametrize("lower, exact, staff, text", [
    (-6, True, 1, "8va"), (6, True, 0, "8vb"), (0, True, 0, "8vb"), (-6, False, 0, "8vb")])
def test_a_drawn_octave_line_begins_at_the_top_of_its_sign_if_it_is_over_its_staff(
    lower: float, exact: bool, staff: int, text: str
) -> None:
    """A line by Verovio that goes on in the next system, and so has no hook; its 8 is nearer to the upper staff."""
    maker = PageMaker(staves=2)
    maker.symbol("ottava", 100, -8, width=20, height=15)
    row = maker.staves[0].row(-8, 100) + lower
    maker.stroke("bracket", (row, 125), (row, 590))
    line, = find_lines([replace(maker.graph(), exact=exact)], PLACES)
    assert (line.staff, line.text) == (staff, text)


def test_heads_under_an_octave_line_sound_higher() -> None:
    maker = PageMaker(staves=2)
    under = maker.symbol("noteheadBlack", 150)
    maker.symbol("noteheadBlack", 213)  # behind the line
    maker.symbol("noteheadBlack", 150, staff=1)
    line = Line(page=0, staff=0, kind="octave-start", text="15ma", placement="above", left=100, right=213)
    assert octaves_of_heads(maker.graph(), [line]) == {under.id: 2}
    assert octaves_of_heads(maker.graph(),
                            [Line(page=1, staff=0, kind="octave-start", text="8va", placement="above", left=100,
                                  right=213)]) == {}


def test_an_octave_line_ends_with_its_last_head() -> None:
    line = Line(page=0, staff=0, kind="octave-start", text="8va", placement="above", left=150, right=212)
    # A hairpin that ends so would stop before the note at column 205.
    assert told(read(PageMaker(), in_time(110, 160, 205, 260), [line])) == [
        ("octave-start", "8va", 1), ("octave-stop", "8va", 3)]


# ---- signs at a time -------------------------------------------------------------------------------------------


def test_letters_side_by_side_are_one_dynamic_at_the_nearest_note() -> None:
    maker = PageMaker()
    for left, name in ((150, "dynamicM"), (163, "dynamicF"), (250, "dynamicP")):
        maker.symbol(name, left, position=-9)
    assert told(read(maker, in_time(110, 155, 210, 260))) == [("dynamics", "mf", 1), ("dynamics", "p", 3)]


@pytest.mark.parametrize("left, lower, words", [
    (167, 0, ["mf"]), (169, 0, ["f"]),   # up to 0.6 spaces between the letters
    (163, 9, ["mf"]), (163, 11, ["f"]),  # up to one space of difference in height
])
def test_letters_of_a_dynamic_stand_close_and_level(left: float, lower: float, words: list[str]) -> None:
    maker = PageMaker()
    maker.symbol("dynamicM", 150, position=-9)
    maker.symbol("dynamicF", left, position=-9 - lower / 5)
    assert [d.text for d in read(maker, in_time(110))] == words  # "m" alone is no dynamic


def test_letters_that_spell_no_dynamic_are_left_out() -> None:
    maker = PageMaker()
    maker.symbol("dynamicZ", 150, position=-9)
    assert read(maker, in_time(155)) == []


def test_a_dynamic_over_a_barline_is_one_in_the_bar_of_its_middle() -> None:
    maker = PageMaker()
    for left, name in ((290, "dynamicS"), (298, "dynamicF"), (311, "dynamicP")):
        maker.symbol(name, left, position=-9)
    sides, bars = Sides(maker.graph()), [Bar(page=0, system=maker.systems[0], left=left, right=left + 200)
                                         for left in (100, 300)]
    found = [told(read_directions(maker.graph(), bar, in_time(bar.left + 10), [], sides)) for bar in bars]
    assert found == [[], [("dynamics", "sfp", 0)]]


@pytest.mark.parametrize("score, found", [(0.83, []), (0.94, [("segno", "", 0)])])
def test_a_segno_is_believed_only_if_it_was_surely_seen(score: float, found: list[tuple[str, str, int]]) -> None:
    maker = PageMaker()
    sign = maker.symbol("segno", 110, position=9, score=score)
    assert told(read(maker, in_time(110))) == found
    assert (sign.id in written_signs(maker.graph())) == bool(found)  # else it is told of as a doubt


def test_a_lone_s_is_a_sforzato_and_old_prints_have_dynamics_of_their_own() -> None:
    maker = PageMaker()
    for left, name in ((110, "dynamicS"), (200, "dynamicF"), (213, "dynamicF"), (226, "dynamicP")):
        maker.symbol(name, left, position=-9)
    assert told(read(maker, in_time(110, 200))) == [("dynamics", "sf", 0), ("dynamics", "ffp", 1)]
    assert {s.id for s in maker.symbols} <= written_signs(maker.graph())


def test_signs_of_a_bar_only() -> None:
    maker = PageMaker()
    maker.symbol("keyboardPedalPed", 150, position=-12)
    maker.symbol("segno", 200, position=8)
    maker.symbol("coda", 310, position=8)  # in the next bar
    made = read(maker, in_time(150, 200))
    assert [(d.kind, d.onset_quarter, d.placement) for d in made] == [
        ("pedal-start", 0, "below"), ("segno", 1, "above")]


def jumps(maker: PageMaker) -> list[list[tuple[int, str, Fraction]]]:
    """The signs of two bars of each system, from column 100 to 300 and on to the end of the staff."""
    bars = [(staff, Bar(page=0, system=system, left=left, right=right))
            for staff, system in enumerate(maker.systems) for left, right in ((100, 300), (300, 600))]
    sides = Sides(maker.graph())
    return [[(d.staff, d.kind, d.onset_quarter) for d in read_directions(
        maker.graph(), bar, in_time(bar.left + 10, bar.left + 60, staff=staff), [], sides)] for staff, bar in bars]


@pytest.mark.parametrize("left, bar", [(284, 0), (287, 1), (296, 1)])
def test_a_coda_over_a_barline_stands_at_the_beginning_of_the_next_bar(left: float, bar: int) -> None:
    """20 pixels wide, the barline at 300: one that is set with its right edge there is in the end of its bar."""
    maker = PageMaker()
    maker.symbol("coda", left, position=9, width=20)
    assert [len(found) for found in jumps(maker)] == [bar == 0, bar == 1]


def test_a_coda_at_the_end_of_a_system_is_in_its_last_bar() -> None:
    maker = PageMaker()
    maker.symbol("coda", 588, position=9, width=20)
    assert jumps(maker) == [[], [(0, "coda", 1)]]


def test_a_segno_between_two_systems_is_the_lower_ones() -> None:
    maker = PageMaker(systems=2)
    maker.symbol("noteheadBlack", 110, position=-7)
    maker.symbol("segno", 105, position=-10)  # right under a note of the upper system
    assert jumps(maker) == [[], [], [(1, "segno", 0)], []]


@pytest.mark.parametrize(("staff", "position", "written"), [
    (0, -12, (1, "above")), (1, 12, (1, "above")), (1, -12, (1, "below")), (0, 12, (0, "above"))])
def test_a_pedal_sign_between_the_staves_of_a_brace_is_written_over_the_lower_one(
    staff: int, position: float, written: tuple[int, str],
) -> None:
    maker = PageMaker(staves=2, braced=True)
    maker.symbol("keyboardPedalPed", 150, position=position, staff=staff)
    assert [(d.staff, d.placement) for d in read(maker, in_time(150))] == [written]


def test_the_nearest_event_tells_the_time() -> None:
    placed = in_time(100, 140).placed
    assert (onset_near(119, placed), onset_near(121, placed), onset_near(121, ())) == (0, 1, 0)


@pytest.mark.parametrize(("at", "onset"), [
    (140, 0), (150, 1), (190, 2), (260, 2)])  # at 150 its left edge is nearer to that of the first note
def test_a_dynamic_stands_at_the_note_behind_its_middle(at: float, onset: int) -> None:
    maker = PageMaker()
    maker.symbol("dynamicP", at, position=-10)
    assert told(read(maker, in_time(140, 165, 200))) == [("dynamics", "p", onset)]


@pytest.mark.parametrize(("own", "onset"), [(190, 1), (230, 0.5)])  # the other staff's note is nearer, or much nearer
def test_a_dynamic_stands_at_a_note_of_its_own_staff(own: float, onset: float) -> None:
    maker = PageMaker()
    maker.symbol("dynamicF", 165, position=-10)
    other = tuple(replace(p, onset=p.onset + TICKS // 2) for p in in_time(165, 260, staff=1).placed)
    together = Reading((*in_time(100, own).placed, *other), 2 * TICKS, 0.0)
    assert told(read(maker, together)) == [("dynamics", "f", onset)]


def test_a_dynamic_right_before_a_barline_belongs_to_the_next_bar() -> None:
    maker = PageMaker()
    maker.symbol("dynamicF", 297, position=-10)
    assert read(maker, in_time(120, 280)) == []


def test_a_dynamic_at_the_end_of_a_system_belongs_to_its_last_bar() -> None:
    maker = PageMaker()
    maker.symbol("dynamicF", 590, position=-10)
    graph = maker.graph()
    bar = Bar(page=0, system=maker.systems[0], left=300, right=graph.staves[0].right)
    assert told(read_directions(graph, bar, in_time(320, 580), (), Sides(graph))) == [("dynamics", "f", 1)]


def test_pedal_signs_go_down_and_up_in_turn() -> None:
    def measure(*kinds: str) -> Measure:
        return Measure(number=1, duration_quarter=F(4),
                       directions=tuple(Direction(1, F(i), kind) for i, kind in enumerate(kinds)))

    first, second = settle_pedals([
        measure("pedal-stop", "pedal-start", "segno"), measure("pedal-start", "pedal-stop", "pedal-stop")])
    assert told(list(first.directions)) == [("pedal-start", "", 1), ("segno", "", 2)]
    assert told(list(second.directions)) == [("pedal-stop", "", 0), ("pedal-start", "", 0), ("pedal-stop", "", 1)]


# ---- what is left over -------------------------------------------------------------------------------------------


def test_strokes_and_letters_that_make_nothing_are_left_over() -> None:
    maker = PageMaker()
    hairpin(maker, 120, 220)
    maker.stroke("hairpin", (165, 400), (171, 480))
    maker.stroke("hairpin", (165, 500), (165, 520))  # a dash
    for name, col in (("dynamicP", 120), ("dynamicM", 300)):
        maker.symbol(name, 190, col)
    graph = maker.graph()
    first, second, lone, _ = (s for s in graph.strokes if s.kind == "hairpin")
    piano, half = (s for s in graph.symbols if s.kind == "dynamic")
    assert lone_hairpins(graph) == [lone]
    written = written_signs(graph)
    assert {first.id, second.id, piano.id} <= written and not {lone.id, half.id} & written
