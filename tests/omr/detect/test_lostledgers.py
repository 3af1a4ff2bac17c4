"""Ledger lines that the detector missed are found by their ink, on both sides of their head."""

from __future__ import annotations

import numpy as np
import pytest

from omr.detect.lostledgers import complete_ledgers
from omr.types import Box, Staff, Stroke, Symbol

LINES = (60, 70, 80, 90, 100)


def staff() -> Staff:
    lines = np.tile(np.array(LINES, float)[:, None], (1, 2))
    return Staff(index=0, system=0, left=10.0, right=190.0, lines=lines)


def whole(row: float) -> Symbol:
    return Symbol(1, "noteheadWhole", Box(row - 6, 92, row + 6, 108), 0.9)


def page(*ledgers: int, sides: str = "both") -> np.ndarray:
    """A staff, and ledger lines through the column of the head."""
    pixels = np.full((160, 200), 255, np.uint8)
    for row in LINES:
        pixels[row, 10:190] = 0
    for row in ledgers:
        pixels[row, 87:113 if sides == "both" else 92] = 0
    return pixels


def found(row: float, pixels: np.ndarray, *seen: Stroke) -> list[float]:
    """The rows of the lines that are found for a head beside those that were seen."""
    completed = complete_ledgers(seen, [whole(row)], [staff()], pixels, 7)
    new = completed[len(seen):]
    assert completed[:len(seen)] == list(seen) and [s.id for s in new] == list(range(7, 7 + len(new)))
    return [s.points[0][0] for s in new]


@pytest.mark.parametrize(("row", "ledgers"), [(110, [110]), (115, [110]), (40, [50, 40]), (35, [50, 40])])
def test_the_lines_to_a_head_and_through_it_are_found(row: float, ledgers: list[int]) -> None:
    assert found(row, page(*ledgers)) == ledgers
    assert found(row, page()) == []


def test_lines_follow_one_another_from_the_staff() -> None:
    assert found(130, page(110, 120, 130)) == [110, 120, 130]
    assert found(130, page(130)) == []


def test_a_line_that_goes_on_is_none() -> None:
    """A slur, or the line of another staff."""
    pixels = page(110)
    pixels[110, 20:180] = 0
    assert found(110, pixels) == []


def test_a_line_on_one_side_is_none() -> None:
    """The beginning of a slur or a hairpin."""
    assert found(110, page(110, sides="left")) == []


def test_a_line_that_was_seen_through_the_head_stays_and_a_stub_beside_it_does_not_count() -> None:
    seen, stub = (Stroke(3, "ledgerLine", ((110.0, 86.0), (110.0, right)), 1.0) for right in (114.0, 93.0))
    assert found(110, page(110), seen) == []
    assert found(110, page(110), stub) == [110]


def test_a_head_in_the_staff_or_in_the_space_next_to_it_has_none() -> None:
    assert found(80, page()) == found(105, page()) == found(55, page()) == []
