"""Hyphens and lines after sung words."""

from __future__ import annotations

import numpy as np
import pytest

from omr.text import dashes
from omr.text.blocks import pieces_of_ink
from omr.types import Box, Page
from tests.omr.text.pages import word


def test_a_hyphen_and_a_line_after_a_syllable_are_seen() -> None:
    pixels = np.full((60, 400), 255, np.uint8)
    pixels[31:33, 150:158] = pixels[36:38, 280:340] = 0
    page = Page(pixels, 0, 300, "", np.eye(2, 3))
    words = [word("glän", 100, 31, 30), word("zte", 200, 31, 30), word("Meer", 240, 31, 35)]
    assert [w.text for w in dashes.dashes(page, words)] == ["-", "_"]


def test_the_strokes_of_an_equals_sign_are_no_lines() -> None:
    pixels = np.full((100, 200), 255, np.uint8)
    pixels[50:52, 60:74] = pixels[56:58, 60:74] = pixels[57:59, 120:160] = 0
    page = Page(pixels, 0, 300, "", np.eye(3)[:2])
    mask = dashes.without_lines(pieces_of_ink(page), np.ones((100, 200), np.uint8), [Box(40, 20, 62, 115)])
    assert mask[45:60, 50:80].all()
    assert not mask[57:59, 120:160].any() and mask[40:54, 110:170].all()


def test_a_stroke_that_runs_out_of_the_gap_is_no_dash() -> None:
    window = np.full((24, 60), 255, np.uint8)
    window[12:14, 0:60] = 0  # a staff line, say
    assert dashes._first_level_stroke(window) is None
    window[12:14, 20:] = 255
    assert dashes._first_level_stroke(window) == Box(12, 0, 14, 20)


@pytest.mark.parametrize(("width", "below", "text"), [
    (0.8, 0.0, "-"), (0.8, -0.6, ""), (3.0, 0.6, "_"), (3.0, 0.0, ""), (1.4, 0.3, "-"), (1.4, 0.8, "_"),
])
def test_dashes_by_length_and_height(width: float, below: float, text: str) -> None:
    assert dashes._dash(width, below, goes_on=False) == text


@pytest.mark.parametrize(("first", "second", "found"), [
    ("Him", "mel", ["-"]), ("Er,", "de", []), ("Er", "Welt", [])])
def test_hyphens_of_old_german_prints_stand_at_the_foot_of_the_letters(
    first: str, second: str, found: list[str]) -> None:
    pixels = np.full((60, 400), 255, np.uint8)
    pixels[38:40, 150:159] = 0
    words = [word(first, 100, 31, 30), word(second, 200, 31, 30)]
    assert [w.text for w in dashes.dashes(Page(pixels, 0, 300, "", np.eye(2, 3)), words)] == found
