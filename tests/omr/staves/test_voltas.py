"""Brackets of endings are found in the ink, on pages drawn by hand: staff space 10 px."""

from __future__ import annotations

import numpy as np
import pytest

from omr.staves.voltas import find_voltas
from omr.types import Staff, Stroke, System

LEFT, RIGHT, TOP = 60, 700, 200
STAFF = Staff(index=0, system=0, left=LEFT, right=RIGHT, lines=TOP + 10 * np.array([[k] * 9 for k in range(5)]))
SYSTEM = System(0, (0,), ())
BARLINES = [Stroke(i, "barline", ((TOP, col), (TOP + 40, col)), 2.0) for i, col in enumerate((300, 450))]


def page(*lines: tuple[int, int, int], hooks: tuple[int, ...] = ()) -> np.ndarray:
    """A page with a staff and level lines (row, left, right) with hooks down from their row at columns."""
    pixels = np.full((400, 800), 255, np.uint8)
    pixels[TOP:TOP + 41:10, LEFT:RIGHT] = 0
    for row, left, right in lines:
        pixels[row:row + 2, left:right] = 0
    for col in hooks:
        pixels[lines[0][0]:lines[0][0] + 20, col:col + 2] = 0
    return pixels


def found(pixels: np.ndarray, known: list[Stroke] | None = None) -> list[tuple[float, float, float, float]]:
    """(left, right, top, bottom) of what is found, rounded."""
    boxes = [s.box for s in find_voltas(pixels, [STAFF], [SYSTEM], [*BARLINES, *(known or [])], 50)]
    return [(round(b.left), round(b.right), round(b.top), round(b.bottom)) for b in boxes]


def test_a_first_and_a_second_ending_close_beside_each_other() -> None:
    pixels = page((150, 302, 445), (150, 451, 600), hooks=(302, 443, 451))
    boxes = found(pixels)
    levels = [(left, right) for left, right, _, _ in boxes if right - left > 20]
    assert levels == [pytest.approx((302, 445), abs=1), pytest.approx((451, 600), abs=1)]
    assert len(boxes) == 3  # the first is closed by a hook, the second is open


@pytest.mark.parametrize("pixels", [
    page((150, 302, 445)),  # no hook
    page((150, 340, 445), hooks=(340,)),  # not at a barline
    page((150, 302, 340), hooks=(302,)),  # short
    page((190, 302, 445), hooks=(302,)),  # on the staff
], ids=["a plain line", "aside", "short", "low"])
def test_other_lines_are_none(pixels: np.ndarray) -> None:
    assert found(pixels) == []


def test_what_the_detector_saw_is_not_found_again() -> None:
    pixels = page((150, 302, 445), hooks=(302,))
    assert found(pixels, [Stroke(9, "bracket", ((151, 300), (151, 440)), 2.0)]) == []
    assert len(found(pixels, [Stroke(9, "bracket", ((151, 430), (151, 440)), 2.0)])) == 1  # a small piece of it
