"""Systems from bar lines, braces, alignment and habit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.staves.gaps import rows_of
from omr.staves.systems import group_systems
from omr.types import Box, Staff, Stroke, Symbol


def _staves(tops: list[float], left: float = 50, right: float = 950) -> list[Staff]:
    return [
        Staff(index=i, system=0, left=left, right=right,
              lines=np.array([[top + 10 * k] * 8 for k in range(5)], float)) for i, top in enumerate(tops)
    ]


def _bar(number: int, col: float, top: float, bottom: float) -> Stroke:
    return Stroke(number, "barline", ((top, col), (bottom, col)), 2.0)


PIANO_TOPS = [100.0, 200, 400, 500]


def _groups(staves: list[Staff], strokes: list[Stroke], symbols: list[Symbol] | None = None) -> list[tuple[int, ...]]:
    marked, systems = group_systems(staves, strokes, symbols or [])
    for system in systems:
        assert [s.index for s in marked if s.system == system.index] == list(system.staves)
    return [s.staves for s in systems]


def test_the_left_line_joins() -> None:
    strokes = [_bar(0, 50, 100, 240), _bar(1, 51, 400, 540)]
    assert _groups(_staves(PIANO_TOPS), strokes) == [(0, 1), (2, 3)]


def test_a_line_in_pieces_joins_but_a_short_one_does_not() -> None:
    pieces = [_bar(0, 50, 100, 165), _bar(1, 50.5, 166, 240)]
    assert _groups(_staves(PIANO_TOPS), pieces) == [(0, 1), (2,), (3,)]
    stub = [_bar(0, 50, 100, 160)]
    assert _groups(_staves(PIANO_TOPS), stub) == [(0,), (1,), (2,), (3,)]


def test_inner_bar_lines_join_without_a_left_line() -> None:
    strokes = [_bar(i, c, 100, 240) for i, c in enumerate((300, 600, 950))]
    assert _groups(_staves([100, 200]), strokes) == [(0, 1)]


def test_one_stray_line_between_systems_does_not_join() -> None:
    strokes = [_bar(0, 50, 100, 240), _bar(1, 50, 400, 540), _bar(2, 500, 230, 420)]
    assert _groups(_staves(PIANO_TOPS), strokes) == [(0, 1), (2, 3)]


def test_a_bracket_that_was_followed_sideways_does_not_join_systems() -> None:
    """The upright of a system's bracket, found as a short line as thick as half of the system."""
    strokes = [_bar(0, 50, 100, 240), _bar(1, 50, 400, 540)]
    thick = Stroke(2, "bracket", ((140, 47.0), (350, 51.0)), 190.0)
    assert thick.box.height > 2 * thick.box.width
    assert _groups(_staves(PIANO_TOPS), [*strokes, thick]) == [(0, 1), (2, 3)]


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_bracket_that_was_followed_sideways_is_the_bracket_of_its_system(is_seen: bool) -> None:
    """Its points tell only the middle of it; where the whole bracket was found in the ink, that counts."""
    staves = _staves([100.0, 200, 300, 400, 600, 700, 800, 900])
    strokes = [_bar(0, 50, 100, 440), _bar(1, 50, 600, 940),
               Stroke(2, "bracket", ((350, 36.0), (190, 40.0)), 180.0)]
    if is_seen:
        strokes.append(Stroke(3, "bracket", ((100, 40.0), (440, 40.0)), 5.0))
    _, (first, second) = group_systems(staves, strokes, [])
    assert (first.brackets, second.brackets) == (((0, 1, 2, 3),), ())


def test_single_staves_stay_single() -> None:
    strokes = [_bar(i, c, t, t + 40) for t in (100, 200, 400) for i, c in enumerate((300 + t / 3, 700 - t / 2))]
    assert _groups(_staves([100, 200, 400]), strokes) == [(0,), (1,), (2,)]


def test_aligned_bar_lines_join_voices_without_a_common_line() -> None:
    strokes = [_bar(0, c, t, t + 40) for t in (100, 200) for c in (200, 380, 530, 780)]
    strokes += [_bar(0, c, t, t + 40) for t in (400, 500) for c in (250, 430, 690)]
    assert _groups(_staves(PIANO_TOPS), strokes) == [(0, 1), (2, 3)]


def test_lines_of_a_chart_whose_bars_happen_to_align_stay_single() -> None:
    """A drum chart: four bars a line, at the same columns on most lines, and nothing that joins them."""
    tops = [100.0, 220, 340, 460, 580]
    four, other = (275, 500, 725, 950), (290, 480, 700, 950)
    columns = [four, four, other, four, four]
    strokes = [_bar(0, c, t, t + 40) for t, row in zip(tops, columns, strict=True) for c in row]
    assert _groups(_staves(tops), strokes) == [(0,), (1,), (2,), (3,), (4,)]
    every = [_bar(0, c, t, t + 40) for t in tops for c in columns[0]]
    assert _groups(_staves(tops), every) == [(0,), (1,), (2,), (3,), (4,)]


def test_lines_of_two_systems_do_not_bridge_what_is_written_between_them() -> None:
    """Voices in numbers above a piano: the second system's left line begins high above its staves."""
    tops = [100.0, 200, 700, 800]
    strokes = [_bar(0, 50, 20, 241), _bar(1, 50, 345, 840)]
    assert _groups(_staves(tops), strokes) == [(0, 1), (2, 3)]


def test_a_system_without_any_line_takes_the_size_of_the_others() -> None:
    tops = [100.0, 200, 400, 500, 700, 800]
    strokes = [_bar(0, 50, 100, 240), _bar(1, 50, 700, 840)]
    assert _groups(_staves(tops), strokes) == [(0, 1), (2, 3), (4, 5)]


def test_staves_with_other_clefs_than_the_systems_have_do_not_become_one() -> None:
    """A song sheet below the piano piece: two lines of melody are no piano system."""
    tops = [100.0, 200, 400, 500, 700, 800]
    strokes = [_bar(0, 50, 100, 240), _bar(1, 50, 400, 540)]
    names = ["gClef", "fClef", "gClef", "fClef", "gClef", "gClef"]
    clefs = [Symbol(i, name, Box(top, 60, top + 40, 85)) for i, (top, name) in enumerate(zip(tops, names, strict=True))]
    assert _groups(_staves(tops), strokes, clefs) == [(0, 1), (2, 3), (4,), (5,)]
    assert _groups(_staves(tops), strokes, clefs[:-1]) == [(0, 1), (2, 3), (4, 5)]  # its clef was not seen


def test_each_page_of_a_spread_has_systems_of_its_own() -> None:
    """Two piano systems on the left page; on the right one five single lines whose bar lines are aligned."""
    left = _staves([100, 200, 400, 500], 50, 450)
    right = _staves([100, 200, 300, 400, 500], 550, 950)
    staves = [replace(s, index=i) for i, s in enumerate([*left, *right])]
    strokes = [_bar(0, 50, 100, 240), _bar(1, 50, 400, 540)]
    strokes += [_bar(10 * n + k, 600 + 80 * k, s.box.top, s.box.bottom)
                for n, s in enumerate(right, 1) for k in range(4)]
    assert _groups(staves, strokes) == [(0, 1), (2, 3), (4,), (5,), (6,), (7,), (8,)]


def test_braces_join_and_name_the_part() -> None:
    staves = _staves([100, 200, 300])
    strokes = [_bar(0, 50, 100, 340)]
    brace = Symbol(9, "brace", Box(200, 30, 340, 45))
    _, systems = group_systems(staves, strokes, [brace])
    assert systems[0].braces == ((1, 2),)
    _, alone = group_systems(_staves([100, 200]), [], [Symbol(9, "brace", Box(100, 30, 240, 45))])
    assert alone[0].staves == (0, 1) and alone[0].braces == ((0, 1),)


def test_a_missed_brace_is_told_by_its_own_bar_lines_and_clefs() -> None:
    staves = _staves([100, 200, 300])
    strokes = [_bar(0, 50, 100, 340), _bar(1, 500, 100, 140), _bar(2, 500, 200, 340)]
    clefs = [Symbol(5, "gClef", Box(195, 60, 245, 85)), Symbol(6, "fClef", Box(300, 60, 330, 85))]
    _, systems = group_systems(staves, strokes, clefs)
    assert systems[0].braces == ((1, 2),)
    viola = Symbol(6, "cClef", Box(300, 60, 340, 85))
    assert group_systems(staves, strokes, [clefs[0], viola])[1][0].braces == ()  # a violin's and a viola's


def test_no_staves_no_systems() -> None:
    assert group_systems([], [], []) == ([], [])


def test_ends_traced_short_are_moved_to_the_system_s_lines() -> None:
    staves = [_staves([100.0], left=82)[0], _staves([100.0, 200], right=930)[1]]
    strokes = [_bar(0, 50, 100, 240), _bar(1, 500, 100, 240), _bar(2, 950, 100, 240)]
    marked, _ = group_systems(staves, strokes, [])
    assert [(s.left, s.right) for s in marked] == [(50, 950), (50, 950)]
    assert np.allclose(marked[0].lines[0], 100)


def test_a_staff_traced_from_behind_its_clef_on_begins_before_it() -> None:
    staves = [*_staves([100], left=250), *_staves([100], left=50, right=200)]
    own, beside = Symbol(0, "gClef", Box(90, 215, 150, 240)), Symbol(1, "gClef", Box(90, 60, 150, 85))
    (marked, left_one), _ = group_systems([replace(s, index=i) for i, s in enumerate(staves)], [], [own, beside])
    assert (marked.left, left_one.left) == (208, 50)
    (alone,), _ = group_systems(_staves([100], left=500), [], [own])
    assert alone.left == 500  # too far away to be its clef


def test_bar_lines_aligned_by_chance_do_not_join_systems() -> None:
    bars = [_bar(i, c, t, t + 140) for t in (100, 400) for i, c in enumerate((50, 250, 450, 650, 950))]
    assert _groups(_staves(PIANO_TOPS), bars) == [(0, 1), (2, 3)]


def test_a_brace_that_reaches_into_the_next_system_does_not_join_it() -> None:
    bars = [_bar(i, c, t, t + 140) for t in (100, 400) for i, c in enumerate((50, 250, 950))]
    long = Symbol(9, "brace", Box(100, 30, 450, 45))
    assert _groups(_staves(PIANO_TOPS), bars, [long]) == [(0, 1), (2, 3)]


def test_an_ossia_is_in_no_system_and_the_edge_of_the_paper_joins_nothing() -> None:
    staves = _staves(PIANO_TOPS)
    small = Staff(index=0, system=0, left=500, right=900, lines=np.array([[60 + 7 * k] * 8 for k in range(5)], float))
    staves = [small, *(Staff(index=s.index + 1, system=0, left=s.left, right=s.right, lines=s.lines) for s in staves)]
    bars = [_bar(i, c, t, t + 140) for t in (100, 400) for i, c in enumerate((50, 300, 620, 950))]
    edge = _bar(9, 12, 0, 700)
    marked, systems = group_systems(staves, [*bars, edge], [])
    assert [s.staves for s in systems] == [(1, 2), (3, 4)]
    assert [s.system for s in marked] == [-1, 0, 0, 1, 1]


def test_an_ossia_whose_bar_lines_run_on_into_the_staff_below_is_one_all_the_same() -> None:
    """As in old prints, which join it with dotted lines. A staff of that size that is as long as its system is a
    part."""
    piano = _staves([100, 200])
    bars = [_bar(i, c, 100, 240) for i, c in enumerate((50, 300, 620, 950))]
    bars += [_bar(8, 620, 40, 140), _bar(9, 950, 40, 140)]

    def grouped(left: float) -> list[tuple[int, ...]]:
        lines = np.array([[40 + 7 * k] * 8 for k in range(5)], float)
        small = Staff(index=0, system=0, left=left, right=950, lines=lines)
        staves = [small, *(replace(s, index=s.index + 1) for s in piano)]
        joining = [*bars, _bar(10, left, 40, 140)]
        return [s.staves for s in group_systems(staves, joining, [])[1]]

    assert grouped(500) == [(1, 2)]
    assert grouped(50) == [(0, 1, 2)]


@given(st.floats(-9, 9), st.lists(st.floats(-50, 700), min_size=1, max_size=9))
def test_rows_at_many_columns_are_those_at_each(position: float, cols: list[float]) -> None:
    (level,) = _staves([100], left=20, right=620)
    bent = replace(level, lines=level.lines + np.linspace(0, 8, level.lines.shape[1]) ** 2)
    assert rows_of(bent, position, np.array(cols)).tolist() == [bent.row(position, col) for col in cols]
