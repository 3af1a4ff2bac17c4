"""Sharps and naturals by their ink."""

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
