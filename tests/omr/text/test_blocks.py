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


def _page_of(*places: tuple[slice, slice]) -> Page:
    """A page with ink in these places only."""
    pixels = np.full((120, 300), 255, np.uint8)
    for place in places:
        pixels[place] = 0
    return Page(pixels, 0, 300, "", np.eye(3)[:2])


def _blocks(page: Page, *text: tuple[slice, slice]) -> list[Box]:
    """The blocks of a page that the detector takes for text in these places."""
    seen = np.zeros(page.pixels.shape, np.float32)
    for place in text:
        seen[place] = 1
    return blocks.text_blocks(page, seen[::2, ::2], 2)


def test_words_of_a_block_are_cut_apart() -> None:
    # A gap of two columns, and one of ten; and a line after the last syllable.
    letters = [(slice(42, 54), slice(left, left + 10)) for left in (22, 34, 54)]
    page = _page_of(*letters, (slice(48, 50), slice(75, 100)))
    assert _blocks(page, (slice(40, 56), slice(20, 100))) == [Box(40.5, 20.5, 55.5, 45.5), Box(40.5, 52.5, 55.5, 65.5)]


def test_the_bar_of_a_letter_holds_it_together() -> None:
    stems = [(slice(42, 58), slice(left, left + 3)) for left in (22, 38)]
    with_bar, without = _page_of(*stems, (slice(49, 51), slice(22, 41))), _page_of(*stems)
    place = (slice(40, 60), slice(20, 44))
    assert _blocks(with_bar, place) == [Box(40.5, 20.5, 59.5, 42.5)]
    assert len(_blocks(without, place)) == 2


def test_a_long_word_is_one_though_its_block_is_cut() -> None:
    letters = [(slice(30, 38), slice(left, left + 6)) for left in range(10, 280, 8)]
    assert len(_blocks(_page_of(*letters), (slice(26, 42), slice(8, 284)))) == 1


def test_two_lines_on_a_bent_page_are_told_apart() -> None:
    # Words of letters 8 rows high in two lines 14 rows apart, which fall by 20 rows along the page.
    letters = [(slice(30 + left // 14 + line, 38 + left // 14 + line), slice(left, left + 6))
               for left in range(10, 280, 8) if left % 32 != 2 for line in (0, 14)]
    found = _blocks(_page_of(*letters), (slice(26, 76), slice(8, 284)))
    assert found and max(block.height for block in found) < 8 + 2 * 1.5 + 7
    assert len(blocks.rows_of(found)) == 2


def test_letters_of_the_next_line_are_not_in_a_block() -> None:
    # Two words one over the other; the last letter of the upper one has a tail, the first of the lower one reaches up.
    letters = [(slice(row, row + 10), slice(left, left + 6)) for row in (40, 60) for left in range(20, 140, 8)]
    page = _page_of(*letters, (slice(50, 57), slice(136, 138)), (slice(53, 60), slice(20, 22)))
    rows = blocks.rows_of(_blocks(page, (slice(40, 70), slice(20, 140))))
    first, second = ([block.top for block in row] + [block.bottom for block in row] for row in rows)
    assert (min(first), max(first), min(second), max(second)) == (38.5, 58.5, 51.5, 71.5)
    shown = blocks.without_foreign(np.ones((20, 130), np.uint8), (38, 18), pieces_of_ink(page))
    assert shown[45 - 38, 23 - 18] and shown[55 - 38, 137 - 18] and not shown[55 - 38, 21 - 18]


def test_the_pale_tail_of_a_comma_belongs_to_its_word() -> None:
    page = _page_of((slice(40, 52), slice(20, 30)), (slice(49, 52), slice(32, 35)))
    page.pixels[52:56, 32:35] = 190
    (word,) = _blocks(page, (slice(40, 56), slice(20, 36)))
    assert round(word.bottom) == 56


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
