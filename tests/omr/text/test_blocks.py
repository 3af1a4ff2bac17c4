"""Where text stands, and what makes a line of it."""

from __future__ import annotations

import cv2
import numpy as np

from omr.text import blocks
from omr.text.blocks import erase, notes_of, pieces_of_ink
from omr.types import STROKE_KINDS, Box, DetectorMaps, Page, Symbol


def test_lines_part_where_they_are_farthest_apart() -> None:
    # Small letters with dots over them, twice: the gap below the dots is none between lines.
    letter = [0, 3, 3, 0, 0, *[20] * 9, 0]
    assert blocks._lines_in(np.array([*letter, 0, 0, 0, 0, *letter], float)) == [(0, 17), (17, 34)]
    assert blocks._lines_in(np.array(letter, float)) == [(0, 15)]


def test_blocks_of_equal_height_side_by_side_are_a_line() -> None:
    left, right, title, under = Box(100, 50, 112, 90), Box(101, 300, 113, 340), Box(80, 120, 115, 280), Box(
        130, 60, 142, 95)
    assert blocks.rows_of([under, right, left, title]) == [[title], [left, right], [under]]


def test_words_of_a_block_are_cut_apart() -> None:
    ink = np.zeros((16, 80), bool)
    ink[2:14, 2:12] = ink[2:14, 14:24] = ink[2:14, 34:44] = True  # a gap of two columns, and one of ten
    ink[8:10, 55:80] = True  # a line after the last syllable
    boxes = list(blocks._pieces(ink, 100, 200))
    assert boxes == [Box(100.5, 200.5, 115.5, 225.5), Box(100.5, 232.5, 115.5, 245.5)]


def test_a_large_letter_of_which_a_part_is_seen_is_whole() -> None:
    pixels = np.full((120, 240), 255, np.uint8)
    pixels[40:76, 20:56] = pixels[40:76, 70:106] = 0  # two capitals
    pixels[56:90, 110:230] = 0  # and something longer than a letter is wide
    strokes = np.zeros((60, 120, len(STROKE_KINDS)), np.float32)
    strokes[20:38, 10:28, STROKE_KINDS.index("text")] = 1
    strokes[29:38, 35:115, STROKE_KINDS.index("text")] = 1  # the lower half of the second, and of the line its left
    maps = DetectorMaps(energy=np.zeros((60, 120)), class_prob=np.zeros((30, 60, 1)), box_size=np.zeros((60, 120, 4)),
                        strokes=strokes)
    page = Page(pixels, 0, 300, "", np.eye(3)[:2])
    text = blocks.text_map(blocks.pieces_of_ink(page), maps)
    assert text[20:38, 35:53].all() and text[:20].max() == 0
    assert (text[:, 55:] == strokes[:, 55:, STROKE_KINDS.index("text")]).all()
    (left, *_) = blocks.text_blocks(page, text, maps.stride)
    assert left.top < 40 and left.bottom > 76


def test_a_small_note_is_no_text_and_a_letter_like_one_is() -> None:
    pixels = np.full((100, 200), 255, np.uint8)
    for left, height in ((40, 30), (120, 16)):  # a quarter note, and a "d"
        cv2.ellipse(pixels, (left, 60), (5, 4), 0, 0, 360, 0, -1)
        cv2.line(pixels, (left + 5, 60), (left + 5, 64 - height), 0, 1)
    page = Page(pixels=pixels, index=0, dpi=0.0, source="", to_source=np.eye(2, 3))
    heads = [Symbol(i, "noteheadBlack", Box(56, left - 5, 64, left + 5), 0.9) for i, left in enumerate((40, 120))]
    ink = pieces_of_ink(page)
    notes = notes_of(ink, heads)
    assert notes == [ink.labels[60, 40]] != [ink.labels[60, 120]]
    for stride in (1, 2):
        text = np.ones((100 // stride, 200 // stride))
        erase(text, ink, notes, stride)
        assert text[60 // stride, 120 // stride] == 1 and not text[36 // stride, 45 // stride]
        assert text[:, 56 // stride:].all()
