"""Which clef, key and time hold in each bar."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from omr.music.bars import Bar
from omr.music.context import BarContext, ClefSign, read_context
from omr.types import StaffInPart, StaffKey
from tests.omr.music.pages import LEFT, RIGHT, PageMaker, key_of, note

TREBLE, BASS = ClefSign("G", 2, 0), ClefSign("F", 4, 0)
MIDDLE = 310.0
"""Column of the barline between the two bars of a system."""


def bars_of(maker: PageMaker) -> list[Bar]:
    """Two bars a system, on each staff a note in either, at columns 150 and 350."""
    bars = []
    for system in maker.systems:
        for k, (left, right, x) in enumerate(((LEFT, MIDDLE, 150.0), (MIDDLE, RIGHT, 350.0))):
            events = tuple(note(10 * k + staff, x, staff) for staff in system.staves)
            bars.append(Bar(page=maker.page, system=system, left=left, right=right, events=events,
                            first_of_system=k == 0,
                            first_of_page=k == 0 and system.index == 0))
    return bars


def contexts_of(*makers: PageMaker, exact: bool = False) -> list[BarContext]:
    """Every staff of a system is a part of its own. exact: the pages are drawn ones."""
    places = {StaffKey(m.page, staff): StaffInPart(part, 1) for m in makers for system in m.systems
              for part, staff in enumerate(system.staves)}
    graphs = [replace(m.graph(), exact=exact) for m in makers]
    return read_context(graphs, [b for m in makers for b in bars_of(m)], places)


# ---- clefs -----------------------------------------------------------------------------------------------------


def test_a_clef_holds_on_over_systems_and_pages() -> None:
    first, second = PageMaker(systems=2), PageMaker(page=1)
    first.clef("fClef", staff=0)
    assert [c.clefs[max(c.clefs)] for c in contexts_of(first, second)] == [[(-math.inf, BASS)]] * 6


def test_without_any_clef_a_staff_is_treble_and_the_second_of_a_part_bass() -> None:
    maker = PageMaker(staves=2)
    places = {StaffKey(0, 0): StaffInPart(0, 1), StaffKey(0, 1): StaffInPart(0, 2)}
    context = read_context([maker.graph()], bars_of(maker), places)[0]
    assert [context.clefs[s] for s in (0, 1)] == [[(-math.inf, TREBLE)], [(-math.inf, BASS)]]


@pytest.mark.parametrize(("left", "in_first", "in_second"), [
    (302.0, [TREBLE, BASS], [BASS]),  # just before the barline
    (250.0, [TREBLE, BASS], [BASS]),  # after the first bar's note
    (120.0, [BASS], [BASS]),  # before its note
    (320.0, [TREBLE], [BASS]),  # after the barline
])
def test_from_where_a_change_of_clef_holds(left: float, in_first: list[ClefSign], in_second: list[ClefSign]) -> None:
    maker = PageMaker()
    maker.clef("gClef")
    maker.clef("fClef", left=left)
    first, second = contexts_of(maker)
    assert [c for _, c in first.clefs[0]] == in_first
    assert all(column == left + 12 for column, _ in first.clefs[0][1:])  # its middle: the head before it may touch it
    assert [c for _, c in second.clefs[0]] == in_second


@pytest.mark.parametrize(("line_count", "line"), [(1, 5), (3, 4)])
def test_a_staff_of_few_lines_has_no_pitch(line_count: int, line: int) -> None:
    maker = PageMaker(line_count=line_count)
    maker.clef("gClef")
    maker.key(key_of(2), 55)
    context = contexts_of(maker)[0]
    assert context.clefs[0] == [(-math.inf, ("percussion", line, 0))] and context.fifths[0] == 0


# ---- keys ------------------------------------------------------------------------------------------------------


def keys_of(
    *systems: list[int], change: tuple[int, int] | None = None, exact: bool = False
) -> list[dict[int, int]]:
    """Keys of the first bars of systems whose staves show keys. change: (system, key) of a change in a second bar."""
    maker = PageMaker(systems=len(systems), staves=len(systems[0]))
    for system, keys in zip(maker.systems, systems, strict=True):
        for staff, fifths in zip(system.staves, keys, strict=True):
            maker.clef("gClef", staff=staff)
            if fifths:
                maker.key(key_of(fifths), 55, staff)
            if change is not None and change[0] == system.index:
                maker.key(key_of(change[1]), MIDDLE + 5, staff)
    return [dict(c.fifths) for c in contexts_of(maker, exact=exact)[::2]]


def values(keys: list[dict[int, int]]) -> list[list[int]]:
    return [list(k.values()) for k in keys]


def test_most_staves_decide_on_the_key() -> None:
    assert values(keys_of([2, 2, 1])) == [[2, 2, 2]]
    assert values(keys_of([-1, -1, -3])) == [[-1, -1, -1]]


def test_a_new_key_on_one_staff_alone_is_none() -> None:
    assert values(keys_of([2, 2, 2], [0, 4, 0])) == [[2, 2, 2]] * 2
    assert values(keys_of([2, 2, 2], [0, 4, 4])) == [[2, 2, 2], [4, 4, 4]]


def test_of_two_keys_that_differ_by_one_sign_the_one_with_more_is_right() -> None:
    """Beethoven, op. 2 no. 2, first movement, measure 231: a pencil mark covers the third sharp of the upper staff."""
    assert values(keys_of([0, 0], [2, 3], [3, 3])) == [[0, 0], [3, 3], [3, 3]]
    assert values(keys_of([1, 1], [2, 3])) == [[1, 1], [3, 3]]
    assert values(keys_of([1, 1], [4, 2])) == [[1, 1], [1, 1]]
    assert values(keys_of([1, 1], [2, -1])) == [[1, 1], [1, 1]]


def test_a_transposing_instrument_keeps_its_key_among_many_staves_only() -> None:
    assert values(keys_of([1, 1, 1, 1, 3])) == [[1, 1, 1, 1, 3]]
    assert values(keys_of([1, 1, 1, 1, 2])) == [[1, 1, 1, 1, 1]]
    assert values(keys_of([1, 1, 1, 3])) == [[1, 1, 1, 1]]


@pytest.mark.parametrize(("name", "horn", "expected"), [
    ("Horn in F", 2, 2), ("2 Hns.", 2, 2), ("English Horn", 2, 2), ("Horn in F", 1, 1),
    ("Horn in D", 2, 1), ("Clarinet", 2, 1), ("Viola", 2, 1), ("Horn in F", 0, 1),
])
def test_instruments_in_f_have_a_sharp_more(name: str, horn: int, expected: int) -> None:
    maker = PageMaker(staves=4)
    for staff, fifths in enumerate((1, horn, 1, 1)):
        maker.clef("gClef", staff=staff)
        if fifths:
            maker.key(key_of(fifths), 55, staff)
    graph = replace(maker.graph(), names={1: name})
    places = {StaffKey(0, staff): StaffInPart(staff, 1) for staff in range(4)}
    assert list(read_context([graph], bars_of(maker), places)[0].fifths.values()) == [1, expected, 1, 1]


def test_among_many_staves_without_a_key_only_transposing_instruments_have_one() -> None:
    """An overture in C for orchestra: clarinets in B flat and horns in F have two sharps and one."""
    assert values(keys_of([0, 0, 2, 0, 1, 0, 0])) == [[0, 0, 2, 0, 1, 0, 0]]
    assert values(keys_of([0, 0, 2, 0, 1, 0], [0, 2] + [0] * 4)) == [[0, 0, 2, 0, 1, 0], [0, 2] + [0] * 4]
    assert values(keys_of([2, 2, 2, 0, 2, 0, 0])) == [[2] * 7]  # on three of seven it was missed
    assert values(keys_of([0, 0, 0, 2])) == [[2] * 4]
    assert values(keys_of([3] * 5, [0, 0, 3, 0, 0])) == [[3] * 5] * 2  # missed, since there was a key before


def test_on_drawn_pages_a_staff_has_the_key_that_it_shows_again_and_again() -> None:
    assert values(keys_of([1, -1], [1, -1], exact=True)) == [[1, -1], [1, -1]]
    assert values(keys_of([1, -1], [1, -1])) == [[1, 1], [1, 1]]  # on a scan it may have been misread
    assert values(keys_of([1, -1], [1, 1], exact=True)) == [[1, 1], [1, 1]]  # an accidental of its first note


def test_a_part_that_never_shows_a_key_has_none() -> None:
    assert values(keys_of([1, 0], [1, 0])) == [[1, 0], [1, 0]]
    assert values(keys_of([1, 0], [1, 1])) == [[1, 1], [1, 1]]  # missed once


def test_a_system_whose_key_differs_from_its_neighbours_is_misread() -> None:
    assert values(keys_of([3], [2], [3])) == [[3], [3], [3]]
    assert values(keys_of([2], [3], [3])) == [[3], [3], [3]]
    assert values(keys_of([3], [2], [2])) == [[2], [2], [2]]  # the first against the two after it
    assert values(keys_of([3], [3], [2], [2])) == [[3], [3], [2], [2]]


def test_a_change_of_key_in_the_system_before_speaks_for_the_new_key() -> None:
    assert values(keys_of([3], [3], [2], [3], change=(1, 2)))[2] == [2]
    assert values(keys_of([3], [3], [2], [3]))[2] == [3]


def test_systems_without_a_key_after_systems_with_one_have_none() -> None:
    assert values(keys_of([3, 3], [3, 3], [0, 0], [0, 0])) == [[3, 3], [3, 3], [0, 0], [0, 0]]
    assert values(keys_of([3, 3], [3, 3], [0, 0], [3, 3])) == [[3, 3]] * 4  # one alone was missed
    assert values(keys_of([3, 3], [3, 3], [3, 3], [0, 0])) == [[3, 3]] * 4  # so may the last one have been


@pytest.mark.parametrize(("style", "has_time", "key"), [("final", True, 0), ("regular", True, 2), ("final", False, 2)])
def test_one_system_without_a_key_is_a_piece_without_one_after_a_final_barline(
    style: str, has_time: bool, key: int
) -> None:
    """Three pieces on a page, the last of them one line long."""
    maker = PageMaker(systems=3)
    for system in range(3):
        maker.clef("gClef", staff=system)
        if system < 2:
            maker.key(key_of(2), 55, system)
    if has_time:
        maker.time(2, 4, 80, 2)
    bars = bars_of(maker)
    bars[3] = replace(bars[3], right_style=style)
    places = {StaffKey(0, staff): StaffInPart(0, 1) for staff in range(3)}
    contexts = read_context([maker.graph()], bars, places)
    assert [c.fifths[i // 2] for i, c in enumerate(contexts)] == [2, 2, 2, 2, key, key]


def test_a_key_that_is_printed_once_holds_on() -> None:
    assert values(keys_of([3, 3], [0, 0], [0, 0])) == [[3, 3]] * 3


@pytest.mark.parametrize(("naturals", "last"), [(True, [0]), (False, [3])])
def test_naturals_at_the_end_of_a_system_cancel_the_key_of_the_next(naturals: bool, last: list[int]) -> None:
    maker = PageMaker(systems=3)
    for system in maker.systems:
        maker.clef("gClef", staff=system.staves[0])
    for staff in (0, 1):
        maker.key(key_of(3), 55, staff)
    if naturals:
        maker.key([name.replace("Sharp", "Natural") for name in key_of(3)], RIGHT - 40, staff=1)
    assert values([dict(c.fifths) for c in contexts_of(maker)[::2]]) == [[3], [3], last]


def test_naturals_cancel_a_key_that_no_other_system_shows() -> None:
    """On a page that begins in a key and goes on without one, only its first system shows it."""
    maker = PageMaker(systems=3, staves=2, braced=True)
    for staff in range(6):
        maker.clef("gClef", staff=staff)
    for staff in (0, 1):
        maker.key(key_of(3), 55, staff)
        maker.key([name.replace("Sharp", "Natural") for name in key_of(3)], RIGHT - 40, staff)
    assert values([dict(c.fifths) for c in contexts_of(maker)[::2]]) == [[3, 3], [0, 0], [0, 0]]


def test_a_key_holds_on_in_the_next_bar() -> None:
    maker = PageMaker()
    maker.clef("gClef")
    maker.key(key_of(-2), 55)
    assert [c.fifths for c in contexts_of(maker)] == [{0: -2}, {0: -2}]


# ---- times -----------------------------------------------------------------------------------------------------


def test_the_time_that_most_staves_show_stands_at_the_bar() -> None:
    maker = PageMaker(staves=3)
    for staff, beats in enumerate((3, 3, 2)):
        maker.clef("gClef", staff=staff)
        maker.time(beats, 4, 60, staff, score=0.9 - 0.1 * staff)
    first, second = contexts_of(maker)
    assert (first.time, first.time_symbol, second.time) == ((3, 4), None, None)
    assert sorted(first.times_seen) == [((2, 4), pytest.approx(0.7)), ((3, 4), pytest.approx(0.8)),
                                        ((3, 4), pytest.approx(0.9))]


def test_a_letter_is_a_time_with_a_symbol() -> None:
    maker = PageMaker()
    maker.group("time", [maker.symbol("timeSigCutCommon", 60, height=28, width=16)])
    context = contexts_of(maker)[0]
    assert (context.time, context.time_symbol) == ((2, 2), "cut")


def test_digits_after_the_first_note_are_no_time_signature_of_the_bar() -> None:
    maker = PageMaker()
    maker.time(3, 4, 200)
    maker.time(2, 4, 304)  # just before the barline
    assert [c.time for c in contexts_of(maker)] == [None, (2, 4)]


# ---- times -----------------------------------------------------------------------------------------------------


def test_parts_of_a_drawn_page_may_be_in_times_of_different_length() -> None:
    """The lower part goes on in its time where the upper one changes to as long a bar."""
    maker = PageMaker(staves=2)
    maker.time(4, 4, 60, 0)
    maker.time(6, 4, 60, 1)
    maker.time(6, 4, MIDDLE + 10, 0)
    first, second = contexts_of(maker, exact=True)
    assert (first.time, first.own_times) == ((4, 4), {1: (6, 4)})
    assert (second.time, second.own_times) == ((6, 4), {})
    assert [c.own_times for c in contexts_of(maker)] == [{}, {}]


def test_on_a_drawn_page_a_key_may_stand_before_the_barline() -> None:
    maker = PageMaker()
    maker.clef("gClef")
    maker.key(key_of(1), MIDDLE - 40)
    assert [c.fifths[0] for c in contexts_of(maker, exact=True)] == [0, 1]
    assert [c.fifths[0] for c in contexts_of(maker)] == [0, 0]
