"""Where text stands, and what makes a line of it."""

from __future__ import annotations

import numpy as np

from omr.text import blocks
from omr.types import Box


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
