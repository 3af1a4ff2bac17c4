"""Brackets of endings are found in the ink, on pages drawn by hand: staff space 10 px."""

from __future__ import annotations

from dataclasses import replace

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


def test_the_end_of_a_line_may_be_bent_and_pale() -> None:
    pixels = page((152, 302, 312), (151, 314, 445), hooks=(302,))
    pixels[154:156, 302:304] = 150
    assert [(left, right) for left, right, _, _ in found(pixels)] == [pytest.approx((303, 445), abs=2)]


@pytest.mark.parametrize(("first_ends", "second_begins", "closed", "count"), [
    (RIGHT, LEFT + 60, False, 2),  # behind the clef of the next system
    (RIGHT, LEFT + 300, False, 1),
    (RIGHT - 60, LEFT + 60, False, 1),
    (RIGHT, LEFT + 60, True, 1),
])
def test_an_open_bracket_goes_on_in_the_next_system(
    first_ends: int, second_begins: int, closed: bool, count: int
) -> None:
    pixels = np.full((700, 800), 255, np.uint8)
    staves = [replace(STAFF, index=i, system=i, lines=STAFF.lines + 300 * i) for i in range(2)]
    for row, left, right in ((150, 450, first_ends), (450, second_begins, 500)):
        pixels[row:row + 2, left:right] = 0
    for row, col in ((150, 450), (450, 498), *([(150, first_ends - 2)] if closed else [])):
        pixels[row:row + 20, col:col + 2] = 0
    boxes = [s.box for s in find_voltas(pixels, staves, [SYSTEM, System(1, (1,), ())], BARLINES, 50)]
    levels = [(b.left, b.right) for b in boxes if b.width > 20]
    assert levels == [pytest.approx((450, first_ends), abs=2), pytest.approx((LEFT, 500), abs=2)][:count]


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
