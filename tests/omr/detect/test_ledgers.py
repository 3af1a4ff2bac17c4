"""A ledger line sticks out of its head on both sides; what lies in a head's ink is none."""

from __future__ import annotations

import numpy as np
import pytest

from omr.detect.ledgers import settle_ledgers
from omr.types import Box, Staff, Stroke, Symbol

STAFF = Staff(index=0, system=0, left=20, right=180, lines=np.array([[100.0 + 10 * k] * 9 for k in range(5)]))
HEAD = Symbol(1, "noteheadBlack", Box(165, 80, 175, 93))
"""A head in the space under the first ledger line, which is at row 160 (of old prints: a little too far)."""


def page(*lines: tuple[int, int, int], head: bool = True) -> np.ndarray:
    """A page with the ink of the head, and of lines (row, left, right)."""
    pixels = np.full((220, 200), 255, np.uint8)
    if head:
        pixels[165:175, 80:93] = 0
    for row, left, right in lines:
        pixels[row - 1:row + 1, left:right] = 0
    return pixels


def ledger(row: float, left: float, right: float, id_: int = 7) -> Stroke:
    return Stroke(id_, "ledgerLine", ((row, left), (row, right)), 1.6)


FIRST = ledger(160, 76, 97)


def test_a_stroke_in_the_ink_of_a_head_is_no_ledger_line() -> None:
    inside = ledger(170, 83, 91, 8)
    strokes = settle_ledgers([FIRST, inside], [HEAD], [STAFF], page((160, 76, 97)), 50)
    assert strokes == [FIRST]


@pytest.mark.parametrize("line", [
    (170, 76, 97),  # the whole line is there
    (170, 80, 97),  # one end is in other ink
])
def test_a_stroke_with_ink_beside_its_head_stays(line: tuple[int, int, int]) -> None:
    seen = ledger(170, 84, 97, 8)
    assert settle_ledgers([FIRST, seen], [HEAD], [STAFF], page((160, 76, 97), line), 50) == [FIRST, seen]


def test_a_line_through_a_head_is_found() -> None:
    far = ledger(160, 130, 150)
    kept, found = settle_ledgers([far], [HEAD], [STAFF], page((170, 76, 97)), 50)
    assert kept == far and found.id == 50 and found.kind == "ledgerLine"
    assert found.points == ((169, 76), (169, 97))


@pytest.mark.parametrize("line", [
    (160, 76, 97),  # at the edge of the head: it is the other head's, or the one before
    (170, 20, 180),  # too long
    (170, 80, 97),  # on one side only
])
def test_other_ink_is_no_ledger_line(line: tuple[int, int, int]) -> None:
    far = ledger(160, 130, 150)
    assert settle_ledgers([far], [HEAD], [STAFF], page(line), 50) == [far]


def test_small_heads_and_heads_in_the_staff_are_left_alone() -> None:
    inside = ledger(170, 83, 91, 8)
    small = Symbol(1, "noteheadBlackSmall", HEAD.box)
    assert settle_ledgers([inside], [small], [STAFF], page(), 50) == [inside]
    within = Symbol(1, "noteheadBlack", Box(135, 80, 145, 93))
    assert settle_ledgers([inside], [within], [STAFF], page((140, 76, 97), head=False), 50) == [inside]
