"""A treble clef with an 8 on its tip sounds an octave higher; a clef's own loop and words above it are no 8."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.detect.octaveclefs import with_eights_on_clefs
from omr.types import Box, Staff, Symbol

TOP = 100
STAFF = Staff(index=0, system=0, left=10.0, right=290.0,
              lines=np.tile(np.arange(TOP, TOP + 41, 10.0)[:, None], (1, 2)))


def page(tip: int) -> np.ndarray:
    """A staff, and the upper loop of a clef up to a row: a wedge."""
    pixels = np.full((200, 300), 255, np.uint8)
    pixels[TOP:TOP + 41:10, 10:290] = 0
    cv2.fillPoly(pixels, [np.array([(60, tip), (65, tip + 12), (58, TOP + 25), (55, tip + 12)])], 0)
    return pixels


def add_eight(pixels: np.ndarray, bottom: int) -> None:
    for row in (bottom - 7, bottom - 3):
        cv2.ellipse(pixels, (60, row), (3, 2), 0, 0, 360, 0, 1)


def name(pixels: np.ndarray, width: float = 26, named: str = "gClef") -> str:
    clef = Symbol(0, named, Box(TOP - 13, 60 - width / 2, TOP + 56, 60 + width / 2), 1.0)
    (found,) = with_eights_on_clefs([clef], [STAFF], pixels)
    return found.name


@pytest.mark.parametrize(("tip", "width"), [(TOP - 13, 26), (TOP - 6, 22)])
@pytest.mark.parametrize("touching", [0, 3])
def test_an_8_on_the_tip_is_an_octave(tip: int, width: int, touching: int) -> None:
    pixels = page(tip)
    assert name(pixels, width) == "gClef"
    add_eight(pixels, tip - 2 + touching)
    assert name(pixels, width) == "gClef8va"
    assert name(pixels, width, "fClef") == "fClef"


def test_the_number_of_a_measure_and_words_are_none() -> None:
    pixels = page(TOP - 13)
    add_eight(pixels, TOP - 13 - 8)
    assert name(pixels) == "gClef"
    pixels = page(TOP - 13)
    add_eight(pixels, TOP - 15)
    pixels[TOP - 24:TOP - 15, [*range(47, 51), *range(70, 74)]] = 0
    assert name(pixels) == "gClef"


def test_a_loop_of_one_bowl_is_none() -> None:
    """In old prints the clef's own loop, which crosses over the staff, is as wide as a digit."""
    pixels = page(TOP + 10)
    cv2.ellipse(pixels, (60, TOP - 8), (3, 5), 0, 0, 360, 0, 1)
    pixels[TOP - 3:TOP, 59:61] = 0
    assert name(pixels) == "gClef"
