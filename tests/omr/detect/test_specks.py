"""Specks of dirt that look like dots."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.detect.specks import without_specks
from omr.types import Box, Symbol


def page(diameter: float, blur: float) -> np.ndarray:
    """A page (100, 100) with a round dot of a diameter in pixels; staff lines are 10 px apart."""
    large = np.full((1600, 1600), 255, np.uint8)
    cv2.circle(large, (800, 800), round(8 * diameter), 0, -1)
    return cv2.GaussianBlur(cv2.resize(large, (100, 100), interpolation=cv2.INTER_AREA), (0, 0), blur)


@pytest.mark.parametrize("name", ["articStaccato", "augmentationDot"])
@pytest.mark.parametrize("blur", [0.3, 0.8])
@pytest.mark.parametrize(("diameter", "is_dot"), [(1.0, False), (2.5, False), (3.4, True), (5.0, True)])
def test_a_dot_has_more_ink_than_a_speck(diameter: float, is_dot: bool, blur: float, name: str) -> None:
    seen = [Symbol(1, name, Box(48, 48, 52, 52), 0.95), Symbol(2, "restQuarter", Box(48, 48, 52, 52), 0.5)]
    assert without_specks(seen, page(diameter, blur)) == seen[not is_dot:]


def test_beyond_the_edge_of_the_page_there_is_no_dot() -> None:
    assert without_specks([Symbol(1, "articStaccato", Box(-9, -9, -5, -5), 0.9)], page(5, 0.3)) == []
