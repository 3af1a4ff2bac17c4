"""Staves as traced lines, and what a graph answers about its symbols."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.types import Box, NotationGraph, Staff, Symbol, mean_space

BENT = Staff(index=0, system=0, left=20, right=120,
             lines=np.array([[100 + 10 * k, 104 + 10 * k, 102 + 10 * k] for k in range(5)], float))
"""Five lines ten pixels apart that rise by four pixels to column 70 and fall by two to column 120."""


@given(st.floats(-12, 12), st.floats(0, 160))
def test_row_and_position_invert_each_other(position: float, col: float) -> None:
    assert BENT.position(BENT.row(position, col), col) == pytest.approx(position, abs=1e-9)


def test_lines_are_interpolated_and_held_beyond_their_ends() -> None:
    assert BENT.line_rows(45)[2] == pytest.approx(122) and BENT.line_rows(95)[2] == pytest.approx(123)
    assert BENT.line_rows(0)[2] == pytest.approx(120) and BENT.line_rows(500)[2] == pytest.approx(122)
    assert BENT.space_px == pytest.approx(10)


def test_positions_count_half_spaces_upwards_from_the_middle_line() -> None:
    assert BENT.position(100, 20) == pytest.approx(4) and BENT.position(145, 20) == pytest.approx(-5)


@pytest.mark.parametrize(("left", "opens"), [(22, True), (79, True), (81, False)])
def test_a_clef_opens_the_staff_up_to_six_spaces_from_its_end(left: float, opens: bool) -> None:
    assert BENT.is_opened_by(Symbol(0, "gClef", Box(90, left, 160, left + 26))) == opens


def test_a_graph_finds_symbols_by_id_and_by_staff() -> None:
    other = Staff(index=1, system=0, left=20, right=120, lines=BENT.lines * 2)
    symbols = tuple(Symbol(i, "gClef", Box(0, i, 1, i + 1)) for i in (7, 3, 5))
    graph = NotationGraph(page=0, staves=(BENT, other), systems=(), symbols=symbols, strokes=(), edges=(),
                          staff_of={7: 1, 5: 1, 3: 0})
    assert graph.symbol(5) is symbols[2] and [s.id for s in graph.on_staff(1)] == [7, 5]
    assert graph.space_px == mean_space((BENT, other)) == pytest.approx(15)
    with pytest.raises(KeyError):
        graph.symbol(4)


def test_a_staff_has_five_rows_of_lines() -> None:
    with pytest.raises(ValueError, match="5, K"):
        Staff(index=0, system=0, left=0, right=1, lines=np.zeros((4, 8)))
