"""Staff positions beyond the staff, as ledger lines give them."""

import numpy as np
import pytest

from omr.notation.placing import Ledgers, Placing
from omr.types import Box, Staff, Stroke, Symbol


def staff(index: int = 0, top: float = 100.0) -> Staff:
    return Staff(index=index, system=0, left=0.0, right=500.0,
                 lines=np.repeat((top + 10 * np.arange(5))[:, None], 2, axis=1))


def ledger(row: float, col: float = 100.0) -> Stroke:
    return Stroke(int(row), "ledgerLine", ((row, col - 9), (row, col + 9)), 1.5)


@pytest.mark.parametrize("pitch", [10.0, 12.0])
@pytest.mark.parametrize("position", [5, 6, 7, 8, 9, 10])
def test_wide_ledger_lines_do_not_shift_the_note(pitch: float, position: int):
    """Old engravers spaced ledger lines wider than staff lines: 12 px where the staff has 10."""
    lines = [ledger(100 - pitch * (i + 1)) for i in range((position - 4) // 2)]
    row = 100 - pitch * ((position - 4) // 2) - (5.5 if position % 2 else 0)
    assert round(Ledgers(lines, [staff()]).position(staff(), row, 100)) == position


def test_below_the_staff_counts_down():
    assert round(Ledgers([ledger(150), ledger(160)], [staff()]).position(staff(), 160.5, 100)) == -8


def test_lost_ledger_line_is_bridged():
    assert round(Ledgers([ledger(80)], [staff()]).position(staff(), 80, 100)) == 8


def test_head_between_staves_goes_where_the_ledger_lines_lead():
    staves = [staff(0, 100), staff(1, 220)]
    head = Symbol(1, "noteheadBlack", Box(165, 94, 175, 106))  # nearer to the upper staff
    chain = [ledger(210), ledger(200), ledger(190), ledger(180)]
    assert Placing(staves).staff_of_heads([head], Ledgers(chain, staves)) == {1: 1}
    assert Placing(staves).staff_of_heads([head], Ledgers([], staves)) == {1: 0}


@pytest.mark.parametrize(("away", "position"), [(5.0, 7), (9.3, 7), (11.0, 8)])
def test_a_head_far_from_its_ledger_line_stands_beside_it_up_to_where_one_must_be_lost(away: float, position: int):
    assert round(Ledgers([ledger(90)], [staff()]).position(staff(), 90 - away, 100)) == position


@pytest.mark.parametrize(("away", "position"), [(10.4, 7), (11.5, 8)])
def test_where_ledger_lines_are_set_wide_a_head_may_stand_farther_from_its_own(away: float, position: int):
    wide = [ledger(100 - 11.5, 100 + 30 * i) for i in range(5)]
    assert round(Ledgers(wide, [staff()]).position(staff(), 88.5 - away, 100)) == position


def test_ledger_lines_of_one_head_may_be_set_unevenly():
    usual = [ledger(100 - 12, 200 + 30 * i) for i in range(5)]
    assert round(Ledgers([ledger(88), ledger(80), *usual], [staff()]).position(staff(), 80, 100)) == 8


def test_a_drawn_head_to_which_all_ledger_lines_lead_is_that_staffs_even_beside_another():
    """Two staves 45 px apart: the head stands in the space over the lower one, on the last of three ledger lines."""
    staves = [staff(0, 100), staff(1, 185)]
    head = Symbol(1, "noteheadBlack", Box(175, 94, 185, 106))
    chain = [ledger(150), ledger(160), ledger(170), ledger(180)]
    assert Placing(staves).staff_of_heads([head], Ledgers(chain, staves), exact=True) == {1: 0}
    assert Placing(staves).staff_of_heads([head], Ledgers(chain, staves)) == {1: 1}
    assert Placing(staves).staff_of_heads([head], Ledgers(chain[:2], staves), exact=True) == {1: 1}


def test_a_drawn_head_is_on_the_staff_on_whose_places_it_stands():
    """A line that leads to it from the upper staff lies nearer to the lower one, but no head of that stands so."""
    staves = [staff(0, 100), staff(1, 202)]
    head = Symbol(1, "noteheadBlack", Box(180, 94, 190, 106))
    chain = [ledger(150), ledger(160), ledger(170), ledger(180)]
    assert Placing(staves).staff_of_heads([head], Ledgers(chain, staves), exact=True) == {1: 0}
    assert Placing(staves).staff_of_heads([head], Ledgers(chain, staves)) == {1: 1}


def test_a_drawn_head_far_out_belongs_where_all_its_ledger_lines_lead():
    """Ten lines below a staff, nearer to the next system; and as far below the last staff of a page."""
    head = Symbol(1, "noteheadBlack", Box(235, 94, 245, 106))
    chain = [ledger(150 + 10 * i) for i in range(10)]
    for staves in ([staff(0, 100)], [staff(0, 100), staff(1, 290)]):
        assert Placing(staves).staff_of_heads([head], Ledgers(chain, staves), exact=True) == {1: 0}
        assert Placing(staves).staff_of_heads([head], Ledgers(chain, staves)).get(1) != 0
