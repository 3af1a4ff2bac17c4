"""Framed letters and numbers on a scan."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from omr.text.frames import find_frames, outside, read_framed, without_framed
from omr.text.tesseract import installed
from omr.types import Box, Page, Stroke, Symbol, Word
from omr.types.graph import Chord
from tests.omr.text.pages import graph, staff

TOP, LEFT, SIDE = 60, 300, 50


def picture(text: str = "B", gap: int = 0, wide: int = SIDE, high: int = SIDE, top: int = TOP) -> np.ndarray:
    """A page with a text in a box, whose upper line has a gap of so many pixels."""
    pixels = np.full((600, 1000), 255, np.uint8)
    cv2.rectangle(pixels, (LEFT, top), (LEFT + wide, top + high), 0, 3)
    pixels[top - 2:top + 3, LEFT + 20:LEFT + 20 + gap] = 255
    return written(pixels, text, LEFT + wide / 2, top + high / 2)


def written(pixels: np.ndarray, text: str, column: float, row: float) -> np.ndarray:
    """The same with a text around a point."""
    drawn = Image.fromarray(pixels)
    ImageDraw.Draw(drawn).text((column, row), text, fill=0, font=ImageFont.load_default(34), anchor="mm")
    return np.array(drawn)


def test_a_box_with_a_letter_is_a_frame() -> None:
    (frame,) = find_frames(picture(), [])
    assert frame.shape == "rectangle"
    assert (frame.box.top, frame.box.left) == pytest.approx((TOP - 1, LEFT - 1), abs=1.5)
    assert frame.box.bottom == pytest.approx(TOP + SIDE + 2, abs=1.5)
    assert TOP < frame.letters.top < frame.letters.bottom < TOP + SIDE


def test_a_frame_may_be_tight_around_its_letter() -> None:
    """LilyPond's has a thin line, two to three pixels away from the letter on all sides."""
    pixels = np.full((600, 1000), 255, np.uint8)
    cv2.rectangle(pixels, (LEFT, TOP), (LEFT + 27, TOP + 27), 0, 1)
    pixels[TOP + 3:TOP + 25, LEFT + 3:LEFT + 25] = 0
    pixels[TOP + 6:TOP + 13, LEFT + 8:LEFT + 18] = pixels[TOP + 16:TOP + 22, LEFT + 8:LEFT + 18] = 255  # a fat B
    (frame,) = find_frames(pixels, [])
    assert (frame.letters.top, frame.letters.bottom) == (TOP + 3, TOP + 25)


def test_a_small_gap_in_its_line_is_closed() -> None:
    assert len(find_frames(picture(gap=2), [])) == 1
    assert find_frames(picture(gap=12), []) == []


def test_other_boxes_are_no_frames() -> None:
    assert find_frames(picture(text=""), []) == []  # nothing in it
    assert find_frames(picture(high=200), []) == []  # too high
    assert find_frames(picture(high=14, text="."), []) == []  # too low
    assert find_frames(picture(top=200), [staff(0, 205)]) == []  # a bar of a staff


def test_a_fingering_between_the_stems_of_two_notes_is_in_no_frame() -> None:
    """The stems, the beam and the line under two heads make a box around it."""
    pixels = picture("3")
    cv2.rectangle(pixels, (LEFT - 60, TOP), (LEFT + SIDE, TOP + 8), 0, -1)  # their beam, from a note before
    heads = [Symbol(1 + i, "noteheadBlack", Box(TOP + SIDE - 5, left, TOP + SIDE + 5, left + 12))
             for i, left in enumerate((LEFT - 10, LEFT + SIDE - 10))]
    assert len(find_frames(pixels, [])) == 1
    assert find_frames(pixels, [], heads) == []
    assert len(find_frames(picture("3"), [], heads)) == 1  # a frame by itself may stand close over a note


def test_what_stands_between_two_staves_and_two_barlines_is_in_no_frame() -> None:
    """The pp of a measure of one long note: Mozart, K. 310, last movement, measure 29."""
    pixels = np.full((600, 1000), 255, np.uint8)
    staves = [staff(0, 100), staff(1, 186)]
    for row in (*range(100, 141, 10), *range(186, 227, 10)):
        pixels[row - 1:row + 1, 50:950] = 0
    for column in (300, 400):
        pixels[100:227, column - 1:column + 1] = 0
    pixels = written(pixels, "PP", 350, 163)
    assert len(find_frames(pixels, [])) == 1  # without the staves it looks like one
    assert find_frames(pixels, staves) == []


def test_a_circle_is_one_too() -> None:
    pixels = np.full((600, 1000), 255, np.uint8)
    cv2.circle(pixels, (300, 100), 22, 0, 3)
    assert [frame.shape for frame in find_frames(written(pixels, "7", 300, 100), [])] == ["circle"]


@pytest.mark.skipif(not installed(), reason="Tesseract is not installed")
def test_what_stands_in_it_is_one_word_in_its_place() -> None:
    pixels = picture()
    page = Page(pixels, 0, 300, "x", np.eye(2, 3))
    frames = find_frames(pixels, [])
    assert [(w.text, w.box, w.enclosure) for w in read_framed(pixels, page, frames, ("eng",))] == [
        ("B", frames[0].box, "rectangle")]


@pytest.mark.skipif(not installed(), reason="Tesseract is not installed")
@pytest.mark.parametrize("letter", list("ABCDEHKRSW"))
def test_single_letters_are_read_in_english_alone(letter: str) -> None:
    pixels = picture(letter)
    page = Page(pixels, 0, 300, "x", np.eye(2, 3))
    (mark,) = read_framed(pixels, page, find_frames(pixels, []), ("eng",))
    assert mark.text == letter and mark.score > 0.5


@pytest.mark.parametrize(("text", "read", "mark"), [
    ("B", "BB", "B"), ("D", "an De", "D"), ("7", "7", "7"), ("AB", "AB", "AB"), ("12", "12", "12"),
])
def test_one_piece_of_ink_is_one_letter(monkeypatch: pytest.MonkeyPatch, text: str, read: str, mark: str) -> None:
    """Tesseract read "BB" and "an De" in the boxes of a clarinet part by MuseScore."""
    monkeypatch.setattr("omr.text.frames.installed", lambda: {"eng"})
    monkeypatch.setattr("omr.text.frames.read_alone", lambda picture, languages, is_letter: (read, 0.4))
    pixels = picture(text, wide=SIDE if len(text) == 1 else 70)
    page = Page(pixels, 0, 300, "x", np.eye(2, 3))
    assert [w.text for w in read_framed(pixels, page, find_frames(pixels, []), ("eng",))] == [mark]


def test_what_was_seen_in_it_is_neither_music_nor_another_word() -> None:
    frame = Word("3", Box(100, 300, 130, 330), enclosure="rectangle")
    digit, head = Symbol(90, "tuplet3", Box(105, 310, 125, 320)), Symbol(91, "noteheadBlack", Box(215, 310, 225, 322))
    page = replace(graph([]), symbols=(digit, head), staff_of={90: 0, 91: 0})
    left = without_framed(page, [frame])
    assert [s.id for s in left.symbols] == [91] and left.staff_of == {91: 0}
    inside, beside = Word("3", Box(106, 308, 124, 322)), Word("dolce", Box(106, 400, 124, 450))
    assert outside([inside, beside], [frame]) == [beside]


def test_a_chord_beside_a_frame_keeps_the_line_that_is_its_stem() -> None:
    """A page of Beethoven whose stem had been taken for the side of a frame could not be read at all."""
    frame = Word("3", Box(100, 300, 130, 330), enclosure="rectangle")
    inside = Symbol(90, "noteheadBlack", Box(108, 308, 120, 320))
    beside = Symbol(91, "noteheadBlack", Box(140, 318, 152, 332))
    stem, line = (Stroke(id_, "stem", ((104.0, col), (126.0, col)), 2.0)
                  for id_, col in ((92, 330.0), (93, 301.0)))
    page = replace(graph([]), symbols=(inside, beside), strokes=(stem, line), staff_of={90: 0, 91: 0, 92: 0},
                   chords=(Chord((90,)), Chord((91,), 92, True)))
    left = without_framed(page, [frame])
    assert [s.id for s in left.symbols] == [91] and [s.id for s in left.strokes] == [92]
    assert left.chords == (Chord((91,), 92, True),)
