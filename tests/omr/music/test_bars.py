"""Barlines, the bars between them, and endings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from omr.music.bars import Bar, cut_bars
from omr.music.events import Event
from omr.types import Box, Edge, Symbol
from tests.omr.music.pages import LEFT, RIGHT, PageMaker, note


def cut(maker: PageMaker, *columns: float, staff: int = 0) -> list[Bar]:
    """The bars of a page with notes at these columns."""
    return cut_bars(maker.graph(), [note(i, x, staff) for i, x in enumerate(columns)])


def columns(bars: Sequence[Bar]) -> list[list[float]]:
    return [[e.x for e in bar.events] for bar in bars]


# ---- barlines --------------------------------------------------------------------------------------------------


def test_bars_between_barlines_with_their_events_in_order() -> None:
    maker = PageMaker()
    for col in (LEFT, 200, 400, RIGHT):
        maker.barline(col)
    bars = cut(maker, 250, 90, 140, 300, 450)
    assert [(b.left, b.right) for b in bars] == [(LEFT, 200), (200, 400), (400, RIGHT)]
    assert columns(bars) == [[90, 140], [250, 300], [450]]
    assert [b.first_of_system for b in bars] == [b.first_of_page for b in bars] == [True, False, False]


def test_the_last_bar_may_lack_its_barline() -> None:
    maker = PageMaker()
    maker.barline(200)
    assert columns(cut(maker, 90, 300)) == [[90], [300]]
    maker.barline(RIGHT - 25)  # within 3 spaces of the staff's end: no further bar
    assert columns(cut(maker, 90, 300)) == [[90], [300]]
    assert columns(cut(maker, 90, 300, RIGHT - 20)) == [[90], [300]]


def test_an_event_at_a_barline_belongs_to_one_bar() -> None:
    """Chords in crowded print may begin up to half a space before the barline that they follow."""
    for x, expected in ((197.0, [[90, 197.0], [300]]), (198.5, [[90, 198.5], [300]]), (199.5, [[90], [199.5, 300]]),
                        (201.0, [[90], [201.0, 300]])):
        maker = PageMaker()
        maker.barline(200)
        assert columns(cut(maker, 90, x, 300)) == expected


def test_a_barline_crosses_the_staff_and_most_of_its_system() -> None:
    maker = PageMaker(staves=3)
    maker.stroke("barline", (100, 200), (125, 200))  # 2.5 spaces of one staff of three
    maker.stroke("barline", (100, 300), (140, 300))  # one staff of three
    maker.stroke("barline", (100, 400), (240, 400))  # two of three, and through the gap between
    assert [b.right for b in cut(maker, 90, 250, 350, 450)] == [400, RIGHT + 10]


@pytest.mark.parametrize(("top", "bottom", "bars"), [
    (104.0, 135.0, 2),  # 3.1 spaces, at neither edge
    (104.0, 133.0, 1),
    (100.0, 126.0, 2),  # 2.6 spaces from the top line down: a tie may hide the rest
    (100.0, 124.0, 1),
])
def test_how_much_of_a_staff_a_barline_covers(top: float, bottom: float, bars: int) -> None:
    maker = PageMaker()
    maker.stroke("barline", (top, 200), (bottom, 200))
    assert len(cut(maker, 90, 300)) == bars


@pytest.mark.parametrize(("top", "bottom", "lines", "bars"), [
    (109, 131, 1, 2),  # a barline of two spaces about the line
    (114, 127, 1, 1), (119, 142, 1, 1),  # too short; a stem, which begins at the line
    (109, 131, 5, 1),
])
def test_on_a_staff_of_one_line_barlines_are_short(top: float, bottom: float, lines: int, bars: int) -> None:
    maker = PageMaker(line_count=lines)
    maker.stroke("barline", (top, 200), (bottom, 200))
    assert len(cut(maker, 90, 300)) == bars


def test_short_barlines_that_were_not_seen_do_not_count() -> None:
    """Two staves of one line over one of five, as for triangle, snare drum and drum set."""
    maker = PageMaker(staves=3)
    maker.staves = (*(replace(staff, line_count=1) for staff in maker.staves[:2]), maker.staves[2])
    maker.stroke("barline", (300, 200), (340, 200))
    assert len(cut(maker, 90, 300)) == 2
    maker.staves = tuple(replace(staff, line_count=5) for staff in maker.staves)
    assert len(cut(maker, 90, 300)) == 1


def test_pieces_in_one_column_are_one_barline() -> None:
    maker = PageMaker()
    maker.stroke("barline", (102, 200), (118, 200))
    maker.stroke("barline", (121, 203), (138, 203))
    assert len(cut(maker, 90, 300)) == 2


def test_a_long_stem_that_ends_at_a_head_is_no_barline() -> None:
    for head, bars in ((194.0, 1), (230.0, 2)):  # the head's box covers columns 194 to 206
        maker = PageMaker(staves=2)
        maker.stroke("barline", (100, 200), (215, 200))  # from the first staff into the second
        assert len(cut(maker, 90, head)) == bars


# ---- styles ----------------------------------------------------------------------------------------------------


def styles(maker: PageMaker, *columns: float) -> list[tuple[str, str]]:
    return [(b.left_style, b.right_style) for b in cut(maker, *columns)]


def test_single_double_and_final_barlines() -> None:
    maker = PageMaker()
    maker.barline(200)
    maker.barline(300)
    maker.barline(304)  # 0.4 spaces apart
    maker.barline(RIGHT, thickness=5)
    assert styles(maker, 90, 250, 350) == [("regular", "regular"), ("regular", "double"), ("regular", "final")]


def test_a_single_line_that_a_coarse_picture_makes_thick_is_not_heavy() -> None:
    maker = PageMaker()
    maker.barline(150)
    maker.barline(200, thickness=4)
    maker.barline(296)
    maker.barline(RIGHT - 6)
    maker.barline(RIGHT, thickness=4)  # beside a thin line
    assert styles(maker, 90, 175, 250, 350) == [("regular", "regular")] * 3 + [("regular", "final")]


def test_barlines_that_are_all_thick_are_not_heavy() -> None:
    maker = PageMaker()
    for col in (150, 250, 350):
        maker.barline(col, thickness=4)
    maker.barline(RIGHT, thickness=8)
    assert styles(maker, 90, 200, 300, 400) == [("regular", "regular")] * 3 + [("regular", "final")]


def test_a_line_that_wavers_is_no_double_barline() -> None:
    maker = PageMaker(staves=4)
    for staff, col in enumerate((200.0, 200.0, 200.0, 204.0)):
        maker.stroke("barline", (100 + 100 * staff, col), (140 + 100 * staff, col))
    assert styles(maker, 90, 300)[0] == ("regular", "regular")


@pytest.mark.parametrize(("apart", "style"), [(0.0, "regular"), (4.0, "double")])
def test_a_line_that_slants_is_a_double_barline_only_if_it_is_double_on_its_staves(apart: float, style: str) -> None:
    """As in a photograph of a quartet."""
    maker = PageMaker(staves=4)
    for staff in range(4):
        for col in {200.0 + 3 * staff, 200.0 + 3 * staff + apart}:
            maker.stroke("barline", (100 + 100 * staff, col), (140 + 100 * staff, col))
    assert styles(maker, 90, 300)[0] == ("regular", style)


def test_repeat_dots_say_on_which_side_the_repeat_is() -> None:
    maker = PageMaker()
    for line, dot in ((maker.barline(200), 192.0), (maker.barline(400), 408.0)):
        sign = maker.symbol("repeatDot", dot - 2, 1, height=4, width=4)
        maker.edges.append(Edge(line.id, sign.id, "repeat"))
    assert styles(maker, 90, 300, 500) == [
        ("regular", "repeat-end"), ("regular", "regular"), ("repeat-start", "regular")]


def test_a_slanting_barline_may_meet_the_column_of_a_head() -> None:
    """As in a photograph of a choir: each staff has its own stroke, and heads stand over and under them."""
    maker = PageMaker(staves=4)
    for index, staff in enumerate(maker.staves):
        col = 200 + 4.0 * index
        maker.stroke("barline", (staff.row(4, col), col), (staff.row(-4, col), col))
    heads = [note(i, x, i % 4) for i, x in enumerate((90, 202, 205, 207, 211, 300))]
    assert len(cut_bars(maker.graph(), heads)) == 2


def test_an_empty_measure_at_the_end_is_one_if_a_barline_ends_it() -> None:
    maker = PageMaker()
    for col in (200, 300, RIGHT):
        maker.barline(col)
    assert columns(cut(maker, 90, 250)) == [[90], [250], []]


def test_room_for_a_signature_is_no_measure() -> None:
    maker = PageMaker()
    maker.barline(140)  # clef and key before a repeat sign, 12 spaces wide
    maker.barline(400)
    maker.barline(450)  # a courtesy signature, 5 spaces wide
    assert columns(cut(maker, 200)) == [[200]]
    maker = PageMaker()
    maker.barline(200)
    maker.barline(400)
    assert columns(cut(maker, 90, 450)) == [[90], [], [450]]  # 20 spaces wide: a bar in which nothing was read


# ---- events ----------------------------------------------------------------------------------------------------


def test_what_stands_before_the_last_opening_sign_is_a_piece_of_it() -> None:
    maker = PageMaker()
    maker.clef("gClef")
    maker.time(3, 4, 60)
    assert columns(cut(maker, 30, 58, 90)) == [[90]]
    maker.clef("fClef", left=300)  # a change of clef farther on hides nothing
    assert columns(cut(maker, 30, 58, 90)) == [[90]]


def test_a_change_of_clef_after_a_pick_up_hides_no_note() -> None:
    maker = PageMaker()
    maker.clef("fClef")
    maker.time(4, 4, 60)
    maker.clef("gClef", left=115)
    assert columns(cut(maker, 90, 200)) == [[90, 200]]
    assert columns(cut(maker, 200)) == [[200]]


def test_small_heads_alone_on_their_staff_are_cue_notes() -> None:
    maker = PageMaker()
    small = [note(i, 100.0 + 50 * i, grace=True) for i in range(2)]
    (bar,) = cut_bars(maker.graph(), small)
    assert [e.cue for e in bar.events] == [True, True] and not bar.graces
    (bar,) = cut_bars(maker.graph(), [*small, note(2, 250)])
    assert [e.x for e in bar.events] == [250] and [e.x for e in bar.graces] == [100, 150]
    (bar,) = cut_bars(maker.graph(), small[:1])
    assert not bar.events and len(bar.graces) == 1


@pytest.mark.parametrize(("off", "is_cue"), [(0, True), (8, True), (-8, True), (-15, False), (15, False)])
def test_a_small_head_in_the_column_of_a_full_sized_one_sounds_with_it(off: float, is_cue: bool) -> None:
    maker = PageMaker()
    (bar,) = cut_bars(maker.graph(), [note(0, 150.0), note(1, 150.0 + off, grace=True)])
    assert len(bar.graces) == (not is_cue)
    assert [e.cue for e in bar.events if e.id == 1] == [True] * is_cue


def test_on_drawn_pages_small_heads_in_a_beam_with_others_or_under_a_rest_sound_in_time() -> None:
    """Under one beam with a full-sized chord; over a rest in the same column; and where they touch a head. Where
    nothing is exact, and elsewhere, they are grace notes."""
    maker = PageMaker()

    def small(x: float, **more: object) -> Event:
        return replace(note(1, x, grace=True), **more)  # type: ignore[arg-type]

    def cues(exact: bool, *events: Event) -> list[float]:
        (bar,) = cut_bars(maker.graph(), [replace(e, exact=exact) for e in events])
        return [e.x for e in bar.events if e.cue]

    full, head = note(0, 150.0), Symbol(9, "noteheadBlack", Box(100, 150, 110, 162))
    aside, apart = (Symbol(8, "noteheadBlackSmall", Box(103, left, 110, left + 8)) for left in (162, 165))
    beamed = [replace(full, group=7), small(200, group=7), small(300, group=8)]
    assert cues(True, *beamed) == [200]
    assert cues(False, *beamed) == []
    rest = Symbol(5, "restQuarter", Box(90, 201, 118, 212))
    assert cues(True, full, replace(note(2, 201), heads=(), rest=rest), small(200)) == [200]
    at_rest = [full, replace(note(2, 201), heads=(), rest=rest), small(190, group=9), small(200, group=9)]
    assert cues(True, *at_rest) == []  # a run of grace notes that goes past a rest
    assert cues(True, replace(full, heads=(head,)), small(162, heads=(aside,))) == [162]
    assert cues(True, replace(full, heads=(head,)), small(165, heads=(apart,))) == []


def test_grace_notes_under_a_rest_stand_close_together_or_have_a_slashed_flag() -> None:
    """On drawn pages. Without the struck-through flag, small noteheads under a rest sound in time. Dotted ones always
    do."""
    maker, rest = PageMaker(), Symbol(5, "restQuarter", Box(90, 200, 118, 211))
    under = [note(0, 150.0), replace(note(2, 200), heads=(), rest=rest), note(3, 250)]

    def cues(*small: Event) -> list[float]:
        (bar,) = cut_bars(maker.graph(), [replace(e, exact=True) for e in (*under, *small)])
        return [e.x for e in bar.events if e.cue]

    def pair(apart: float) -> list[Event]:
        return [replace(note(7 + i, 200 + i * apart, grace=True), group=9) for i in range(2)]

    assert cues(*pair(11)) == [] and cues(*pair(20)) == [200, 220]
    single = note(7, 201.0, grace=True)
    assert cues(single) == [201] and cues(replace(single, slashed=True)) == []
    aside = note(7, 170.0, grace=True)
    assert cues(aside) == [] and cues(replace(aside, dots=1)) == [170]


def test_on_drawn_pages_a_small_chord_without_a_flag_alone_in_a_column_sounds_in_time() -> None:
    """Below a note of the staff above; not with a flag, nor close before a note of its own staff."""
    maker = PageMaker(staves=2)
    upper = replace(note(0, 150.0), heads=(Symbol(7, "noteheadBlack", Box(100, 150, 110, 162)),))
    small = replace(note(1, 152.0, grace=True), staff=1,
                    heads=(Symbol(8, "noteheadBlackSmall", Box(203, 152, 210, 160)),))
    behind = replace(note(2, 185.0), staff=1)

    def graces(*events: Event, exact: bool = True) -> int:
        (bar,) = cut_bars(maker.graph(), [replace(e, exact=exact) for e in events])
        return len(bar.graces)

    assert graces(upper, small) == 0
    assert graces(upper, small, exact=False) == graces(upper, replace(small, levels=1)) == 1
    assert graces(upper, small, behind) == graces(replace(upper, heads=(
        Symbol(7, "noteheadBlack", Box(100, 154, 110, 166)),)), small) == 1


def test_only_events_of_the_system_and_of_its_first_bar_of_the_page() -> None:
    maker = PageMaker(systems=2)
    bars = cut_bars(maker.graph(), [note(0, 90, 0), note(1, 120, 1)])
    assert [(b.system.index, [e.x for e in b.events]) for b in bars] == [(0, [90]), (1, [120])]
    assert [(b.first_of_system, b.first_of_page) for b in bars] == [(True, True), (True, False)]


# ---- endings ---------------------------------------------------------------------------------------------------


def ending_page(repeats: bool = True, systems: int = 1) -> PageMaker:
    """Bars that end at columns 200, 400 and 600; with a repeat sign at 400."""
    maker = PageMaker(systems=systems)
    for system in range(systems):
        maker.barline(200, system)
        line = maker.barline(400, system)
        maker.barline(RIGHT, system)
        if repeats and system == 0:
            sign = maker.symbol("repeatDot", 390, 1, height=4, width=4)
            maker.edges.append(Edge(line.id, sign.id, "repeat"))
    return maker


def bracket(maker: PageMaker, left: float, right: float, staff: int = 0, hook: bool = True) -> None:
    row = 100.0 + 100 * staff - 25
    maker.stroke("bracket", (row, left), (row, right))
    if hook:
        maker.stroke("bracket", (row, right), (row + 12, right))


def endings(maker: PageMaker, *columns: float) -> list[tuple[tuple[int, ...], bool, bool]]:
    return [(b.ending_start, b.ending_stop, b.ending_open) for b in cut(maker, *columns)]


def test_brackets_that_follow_on_a_repeat_are_counted() -> None:
    maker = ending_page()
    bracket(maker, 202, 398)
    bracket(maker, 402, 550, hook=False)
    assert endings(maker, 90, 300, 500) == [((), False, False), ((1,), True, False), ((2,), True, True)]


def test_a_bracket_that_leads_to_no_repeat_is_no_ending() -> None:
    maker = ending_page(repeats=False)
    bracket(maker, 202, 398)
    assert endings(maker, 90, 300, 500) == [((), False, False)] * 3


def test_a_bracket_covers_the_bars_it_reaches_into() -> None:
    maker = ending_page()
    bracket(maker, 22, 398)
    assert endings(maker, 90, 300, 500) == [((1,), False, False), ((), True, False), ((), False, False)]


def test_an_ending_goes_on_over_the_end_of_a_system() -> None:
    maker = ending_page(systems=2)
    bracket(maker, 202, 398)
    bracket(maker, 402, RIGHT, hook=False)
    bracket(maker, 22, 198, staff=1)
    found = cut_bars(maker.graph(), [note(i, x, s) for s in (0, 1) for i, x in enumerate((90, 300, 500))])
    assert [(b.ending_start, b.ending_stop) for b in found] == [
        ((), False), ((1,), True), ((2,), False), ((), True), ((), False), ((), False)]


def test_graces_and_events_are_apart() -> None:
    events: list[Event] = [note(0, 100, grace=True), note(1, 120)]
    (bar,) = cut_bars(PageMaker().graph(), events)
    assert [e.id for e in bar.graces] == [0] and [e.id for e in bar.events] == [1]


@pytest.mark.parametrize(("staves", "position", "count"), [(1, 7.0, 2), (1, 0.0, 1), (2, 7.0, 1)])
def test_a_number_over_the_beginning_of_a_part_is_a_rest_that_was_not_seen(
    staves: int, position: float, count: int
) -> None:
    maker = PageMaker(staves=staves)
    maker.barline(150)
    maker.symbol("timeSig5", 80, position, 0, 20, 15)
    assert len(cut(maker, 250)) == count
    maker.clef(left=30)
    assert len(cut(maker, 250)) == 1  # the number of a measure over a signature's room
