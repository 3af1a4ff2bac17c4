"""The small note before an equals sign and a number is found by its ink."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.text.metronome import find_metronomes
from omr.text.metronomenotes import with_metronome_notes
from tests.omr.text.pages import graph, word

ROW, STEM = 150, 320


def page(head: str = "filled", *, flag: bool = False, dot: bool = False, sign: bool = True, paren: bool = False,
         length: int = 20) -> np.ndarray:
    """A note with its stem at a column, an equals sign behind it, and room for the number; staff space 10 px."""
    pixels = np.full((500, 1000), 255, np.uint8)
    foot = ROW + 6
    if head:
        cv2.ellipse(pixels, (STEM - 4, foot), (5, 4), 0, 0, 360, 0, -1 if head == "filled" else 1)
    cv2.line(pixels, (STEM, foot), (STEM, foot - length), 0, 1)
    if flag:
        cv2.line(pixels, (STEM, foot - length), (STEM + 5, foot - length // 2), 0, 2)
    if dot:
        cv2.rectangle(pixels, (STEM + 5, foot - 1), (STEM + 7, foot + 1), 0, -1)
    if paren:
        cv2.ellipse(pixels, (STEM - 8, ROW), (5, 16), 0, 90, 270, 0, 1)
    if sign:
        pixels[ROW - 3:ROW - 1, STEM + 12:STEM + 22] = pixels[ROW + 3:ROW + 5, STEM + 12:STEM + 22] = 0
    return pixels


def marks(pixels: np.ndarray, number: str = "72)", left: float = STEM + 28, width: float | None = None) -> list[str]:
    read = graph([word(number, left, ROW, width)])
    return [mark.text for mark in find_metronomes(with_metronome_notes(read, pixels))]


@pytest.mark.parametrize(("pixels", "text"), [
    (page(), "quarter=72"), (page(paren=True), "quarter=72"), (page("hollow"), "half=72"),
    (page("hollow", dot=True), "half.=72"), (page(flag=True), "eighth=72"), (page(dot=True), "quarter.=72"),
])
def test_a_note_that_was_not_seen_is_found(pixels: np.ndarray, text: str) -> None:
    assert marks(pixels) == [text]


def test_the_note_may_have_been_read_as_letters_of_the_number() -> None:
    assert marks(page(), "(J=72", STEM - 8, 50.0) == ["quarter=72"]
    assert marks(page(), "lo4)") == ["quarter=104"]


@pytest.mark.parametrize("pixels", [page(sign=False), page(""), page(length=5)], ids=["no sign", "no head", "a comma"])
def test_other_ink_before_a_number_is_no_note(pixels: np.ndarray) -> None:
    assert marks(pixels) == []


def test_symbols_are_added_for_marks_only() -> None:
    plain = graph([word("Sonate", 400, ROW)])
    assert with_metronome_notes(plain, page()) is plain
