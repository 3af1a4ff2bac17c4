"""Reads the words on a page: the detector says where text is, Tesseract says what it is.

Tesseract (`tesseract`) gets the text line by line (`linepictures`). The columns of these pictures tell where on the
page each word stands.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omr.text.blocks import erase, notes_of, pieces_of_ink, rows_of, text_blocks, text_map, text_mask
from omr.text.dashes import dashes, without_lines
from omr.text.linepictures import BLANK_LEVEL, GAP_PX, LINE_PX, WORDS_APART_PX, Line, picture_of, sheet_of
from omr.text.tesseract import installed, table_of
from omr.text.umlauts import GERMAN, is_german, with_umlauts
from omr.types import SPACE_PX, Box, DetectorMaps, Page, Symbol, Word

LINES_A_CALL = 24
"""Most lines in one picture for Tesseract."""
NOTES_OVER = 12.0
"""Greatest distance, in staff spaces, between a line of lyrics and the notes above it to which it is sung: enough for
two more verses in between."""
LEAST_SHARE, MOST_SHARE = 0.3, 0.6
"""A syllable's ink belongs to a word's box if at least the first share of it lies in the box, or if it fills at least
the second share of the box. With less, it is the edge of a neighbouring syllable."""
ONE_COLUMN = 0.8
"""Noteheads that are no farther apart than this, in staff spaces, are one chord, or the notes of two voices."""
_WORD_LEVEL = "5"
"""The value of `level` in the rows of Tesseract's table that are words (1 is the page, 2 a block, 3 a paragraph, 4 a
line)."""


def read_words(
    source: np.ndarray, page: Page, maps: DetectorMaps, languages: Sequence[str], heads: Sequence[Symbol] = ()
) -> tuple[Word, ...]:
    """The words of a page, in pixels of the page. Empty if a language is not installed, because a page is worth reading
    without its words, too.

    source: the image (H, W) from which `page` was made, 0 = ink.
    languages: by Tesseract's names.
    heads: the page's noteheads.
    """
    if not installed().issuperset(languages):
        return ()
    ink = pieces_of_ink(page)
    text, notes = text_map(ink, maps), notes_of(ink, heads)
    erase(text, ink, notes, maps.stride)
    blocks = text_blocks(page, text, maps.stride, ink)
    if not blocks:
        return ()
    mask = without_lines(ink, text_mask(page, text, maps.stride), blocks)
    erase(mask, ink, notes, 1)
    rows = rows_of(blocks)
    sung = [_notes_over(row, heads) for row in rows]
    lines = [picture_of(source, page, mask, row, ink, over) for row, over in zip(rows, sung, strict=True)]
    of_lines = _read(lines, languages)
    # Noise hides small letters, so it is removed. The large letters of headings are read well with noise, but fall
    # apart without it.
    top = min((head.box.top for head in heads), default=0.0)
    beside_music = [i for i, row in enumerate(rows) if max(block.bottom for block in row) > top]
    smooth = {i: picture_of(source, page, mask, rows[i], ink, sung[i], without_grain=True) for i in beside_music}
    smooth = {i: line for i, line in smooth.items() if not np.array_equal(line.picture, lines[i].picture)}
    for (i, line), words in zip(smooth.items(), _read([*smooth.values()], languages), strict=True):
        if words and _certainty(words) > _certainty(of_lines[i]):
            lines[i], of_lines[i] = line, words
    words = [word for own in of_lines for word in own]
    if GERMAN in languages and len(languages) > 1 and is_german(words):
        words = with_umlauts(words, [word for own in _read(lines, (GERMAN,)) for word in own])
    return (*words, *dashes(page, words))


def _notes_over(row: Sequence[Box], heads: Sequence[Symbol]) -> list[float]:
    """The columns of the notes to which a line of text may be sung. row: the line's blocks."""
    top, left, right = min(b.top for b in row), row[0].left, max(b.right for b in row)
    found: list[float] = []
    for column in sorted(h.box.center[1] for h in heads
                         if top - NOTES_OVER * SPACE_PX < h.box.center[0] < top and left < h.box.center[1] < right):
        if not found or column - found[-1] > ONE_COLUMN * SPACE_PX:
            found.append(column)
    return found


def _certainty(words: Sequence[Word]) -> float:
    """How much of a line was read, and how surely. Each letter and digit counts as much as its word's score exceeds one
    half, so letters that were guessed count against the reading."""
    return sum((word.score - 0.5) * sum(map(str.isalnum, word.text)) for word in words)


def _read(lines: Sequence[Line], languages: Sequence[str]) -> list[list[Word]]:
    """The words of each line, in pixels of the page."""
    words: list[list[Word]] = []
    for i in range(0, len(lines), LINES_A_CALL):
        batch = lines[i:i + LINES_A_CALL]
        words += _found(batch, table_of(sheet_of(batch), languages))
    return words


def _inked(picture: np.ndarray) -> list[tuple[int, int]]:
    """First column, and the one after the last, of each syllable in a line. Letters near each other are one
    syllable."""
    columns = np.flatnonzero((picture <= BLANK_LEVEL).any(axis=0))
    ends = np.flatnonzero(np.diff(columns) > WORDS_APART_PX / 2)
    starts = [0, *(ends + 1)]
    if not len(columns):
        return []
    return [(int(columns[a]), int(columns[b]) + 1) for a, b in zip(starts, [*ends, -1], strict=True)]


def _onto_ink(inked: Sequence[tuple[int, int]], left: int, right: int) -> tuple[int, int]:
    """The columns of a word in the picture of its line, without blank columns at its ends and without its neighbours.
    Tesseract's boxes are not exact, and on both sides of a blank the page's columns differ."""
    own = [(first, end) for first, end in inked
           if min(end, right) - max(first, left) >= min(LEAST_SHARE * (end - first), MOST_SHARE * (right - left))]
    return (max(left, own[0][0]), min(right, own[-1][1])) if own else (left, right)


def _found(lines: Sequence[Line], table: str) -> list[list[Word]]:
    """The words of each line, in pixels of the page. table: Tesseract's answer about a picture of these lines."""
    words: list[list[Word]] = [[] for _ in lines]
    inked = [_inked(line.picture) for line in lines]
    for row in table.splitlines():
        level, *places, confidence, text = row.split("\t")
        if level != _WORD_LEVEL or not text.strip():
            continue
        left, top, width, height = (int(place) for place in places[-4:])
        index = int((top + height / 2 - GAP_PX / 2) // (LINE_PX + GAP_PX))
        if not 0 <= index < len(lines) or width < 1 or height < 1:
            continue
        line = lines[index]
        left, right = _onto_ink(inked[index], left, left + width)
        start, end = (float(line.columns[min(x, len(line.columns) - 1)]) for x in (left, right))
        row_of_picture = top - GAP_PX - index * (LINE_PX + GAP_PX)
        above = float(line.tops[min(left, len(line.tops) - 1)]) + row_of_picture / line.scale
        box = Box(above, start, above + height / line.scale, max(end, start + 1))
        words[index].append(Word(text.strip(), box, min(max(float(confidence) / 100, 0.0), 1.0)))
    return words
