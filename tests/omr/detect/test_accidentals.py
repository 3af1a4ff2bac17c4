"""Accidentals by their ink, and digits that are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.detect.accidentals import settle_accidentals
from omr.types import Box, Symbol

BOX = Box(100, 100, 128, 112)
"""Of an accidental of usual size: staff lines are 10 px apart."""


def page(natural: bool, blur: float) -> np.ndarray:
    """A page (200, 200) with staff lines, and on them a sharp or a natural."""
    pixels = np.full((200, 200), 255, np.uint8)
    for row in range(84, 134, 10):
        pixels[row - 1:row + 1] = 0
    left, right = ((100, 120), (108, 128)) if natural else ((101, 128), (100, 127))
    pixels[left[0]:left[1], 103:105] = pixels[right[0]:right[1], 108:110] = 0
    for row in (108, 118):
        pixels[row:row + 3, 102:111] = 0
    return cv2.GaussianBlur(pixels, (0, 0), blur)


@pytest.mark.parametrize("blur", [0.3, 0.5])
@pytest.mark.parametrize(("natural", "score", "name"), [
    (True, 0.95, "accidentalNatural"), (True, 0.995, "accidentalSharp"), (False, 0.6, "accidentalSharp"),
])
def test_a_doubtful_sharp_is_what_its_corners_say(natural: bool, score: float, name: str, blur: float) -> None:
    seen = [Symbol(1, "accidentalSharp", BOX, score), Symbol(2, "accidentalFlat", BOX, 0.5)]
    assert [s.name for s in settle_accidentals(seen, page(natural, blur))] == [name, "accidentalFlat"]


@pytest.mark.parametrize(("natural", "score", "is_one"), [(True, 0.5, True), (False, 0.5, False), (False, 0.95, True)])
def test_a_doubtful_natural_without_empty_corners_is_none(natural: bool, score: float, is_one: bool) -> None:
    seen = [Symbol(1, "accidentalNatural", BOX, score)]
    assert settle_accidentals(seen, page(natural, 0.3)) == (seen if is_one else [])


def test_beyond_the_edge_of_the_page_there_is_no_ink() -> None:
    seen = [Symbol(1, "accidentalSharp", Box(-20, -20, -2, -2), 0.5)]
    assert [s.name for s in settle_accidentals(seen, page(True, 0.3))] == ["accidentalSharp"]


def double_sharp() -> np.ndarray:
    """A page with a double sharp."""
    pixels = np.full((200, 200), 255, np.uint8)
    cv2.line(pixels, (100, 100), (110, 110), 0, 2)
    cv2.line(pixels, (100, 110), (110, 100), 0, 2)
    return pixels


def two() -> np.ndarray:
    """A page with a two of the same width, somewhat higher."""
    pixels = np.full((200, 200), 255, np.uint8)
    cv2.ellipse(pixels, (105, 103), (4, 3), 0, 180, 380, 0, 2)
    cv2.line(pixels, (108, 105), (101, 111), 0, 2)
    pixels[110:113, 101:111] = 0
    return pixels


@pytest.mark.parametrize("bottom", [109, 111, 113])
@pytest.mark.parametrize(("pixels", "is_one"), [(double_sharp(), True), (two(), False)])
def test_a_two_is_no_double_sharp(pixels: np.ndarray, is_one: bool, bottom: int) -> None:
    """It is not the same upside down. Boxes are not exact."""
    seen = [Symbol(1, "accidentalDoubleSharp", Box(100, 100, bottom, 111), 0.9)]
    assert settle_accidentals(seen, pixels) == (seen if is_one else [])


@pytest.mark.parametrize("is_digit", [True, False])
def test_digits_over_one_another_are_no_natural(is_digit: bool) -> None:
    """Their corners hold about as much ink as those of an unsure natural, but they have no upright stroke."""
    pixels = np.full((200, 200), 255, np.uint8)
    pixels[100:107, 101:103] = pixels[121:128, 108:110] = 0
    pixels[100:107, 108:110] = pixels[121:128, 101:103] = 50
    if not is_digit:
        pixels[100:122, 102:104] = pixels[106:128, 107:109] = 0
    seen = [Symbol(1, "accidentalNatural", BOX, 0.6)]
    assert settle_accidentals(seen, pixels) == ([] if is_digit else seen)


@pytest.mark.parametrize("box", [Box(98, 100, 117, 111), Box(102, 100, 108, 111)])
def test_a_cross_has_the_size_of_one(box: Box) -> None:
    """The detector's box held a staff line too, or not all of it."""
    (found,) = settle_accidentals([Symbol(1, "accidentalDoubleSharp", box, 0.8)], double_sharp())
    assert found.box.height == 10 and found.box.center[0] == pytest.approx(105, abs=1)


def test_a_three_is_no_double_sharp() -> None:
    """It is the same upside down."""
    pixels = np.full((200, 200), 255, np.uint8)
    for row in (102, 108):
        cv2.ellipse(pixels, (104, row), (4, 3), 0, 200, 520, 0, 2)
    assert settle_accidentals([Symbol(1, "accidentalDoubleSharp", Box(98, 99, 112, 110), 0.8)], pixels) == []


@pytest.mark.parametrize(("score", "is_one"), [(0.6, False), (0.95, True)])
def test_a_digit_is_no_unsure_sharp(score: float, is_one: bool) -> None:
    seen = [Symbol(1, "accidentalSharp", Box(95, 99, 114, 112), score)]
    assert bool(settle_accidentals(seen, two())) == is_one


FIVE = """
    ffffff ffffff ffffff ffffff aabb8a 411111 400000 40015a
    15bdef 214448 101101 45ab82 bbeb94 359a83 001110 000000
    221000 a62028 fecbdf ffffff ffffff"""
OTHER_FIVE = """
    ffffffff ddcbbcee 65322477 00000002 3000026a 51345aef 538aadff 502336bf
    5036413a 85cfc403 abffe600 55aca400 00132100 00220002 34992149 baec77cf
    ffffeeff ffffffff ffffffff"""
NATURAL = """
    87ffff 86ffff 86ffff 86ffff 86ffff 4bfffa 1affe6 06fff8
    36fffd 24efc8 015641 013321 04bbb7 06fffd 04efff 016666
    522221 dbbbb9 ffffff ffffff 777776 222522"""
"""What was seen as naturals and a flat on page 6 of Beethoven, op. 101, last movement: rows of pixels, 0 (ink) to f."""


@pytest.mark.parametrize(("ink", "name", "found"), [
    (FIVE, "accidentalNatural", []), (OTHER_FIVE, "accidentalFlat", []),
    (NATURAL, "accidentalNatural", ["accidentalNatural"]), (OTHER_FIVE, "accidentalQuarterToneFlatStein", []),
])
def test_a_digit_beside_a_head_is_lower_than_an_accidental(ink: str, name: str, found: list[str]) -> None:
    """What is left of a broken natural is low too, but has its left stroke."""
    rows = np.array([[int(v, 16) * 17 for v in row] for row in ink.split()], np.uint8)
    pixels = np.full((60, 60), 255, np.uint8)
    pixels[20:20 + rows.shape[0], 20:20 + rows.shape[1]] = rows
    height = min(len(rows), 19 if "Quarter" in name else 60)
    seen = [Symbol(1, name, Box(20, 20, 20 + height, 20 + rows.shape[1]), 0.7)]
    assert [s.name for s in settle_accidentals(seen, pixels)] == found


@pytest.mark.parametrize(("score", "name"), [(0.54, "accidentalSharp"), (0.9, "accidentalThreeQuarterTonesSharpStein")])
def test_an_unsure_sharp_of_three_strokes_is_a_plain_one(score: float, name: str) -> None:
    seen = [Symbol(1, "accidentalThreeQuarterTonesSharpStein", BOX, score)]
    assert [s.name for s in settle_accidentals(seen, page(False, 0.3))] == [name]
