"""Reads words whose letters a PDF draws as outlines only, without saying which letters they are.

Some programs turn all text into curves when they write a PDF. Then only its look tells a title or a chord symbol from a
picture. So these words are read as on a scan: the detector says where text is, Tesseract says what it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omr.text.ocr import read_words
from omr.types import Box, DetectorMaps, Page, Symbol, Word

LEAST_MARKS = 4
"""Fewest unknown marks among which words are looked for. A page whose text is real text has a logo at most."""
SHARPER = 2
"""How many times as large as the page the picture is from which words are read."""
SHARED = 0.3
"""A word is made of marks if they cover more than this share of its box, 0 to 1. It is already known if a printed word
covers more than this share."""


def read_outlined(
    source: np.ndarray, page: Page, maps: DetectorMaps, marks: Sequence[Box], printed: Sequence[Word],
    languages: Sequence[str], heads: Sequence[Symbol],
) -> tuple[Word, ...]:
    """The words that are made of unknown marks.

    source: the page, drawn `SHARPER` times as large.
    marks: boxes of what is like no known sign.
    printed: words that the page has as real text.
    heads: the page's noteheads.
    """
    at_source = Page(page.pixels, page.index, page.dpi, page.source, np.eye(2, 3) * SHARPER)
    words = read_words(source, at_source, maps, languages, heads)
    taken = [word.box for word in printed]
    return tuple(w for w in words if _is_covered(w.box, marks) and not any(_shared(w.box, t) > SHARED for t in taken))


def _is_covered(box: Box, marks: Sequence[Box]) -> bool:
    """Whether marks cover enough of a word's box to be its letters."""
    return sum(_shared(box, mark) for mark in marks) > SHARED


def _shared(box: Box, other: Box) -> float:
    """Share of a box that lies in another box."""
    height = min(box.bottom, other.bottom) - max(box.top, other.top)
    width = min(box.right, other.right) - max(box.left, other.left)
    return max(height, 0.0) * max(width, 0.0) / max(box.height * box.width, 1.0)


def left_over(marks: Sequence[Box], words: Sequence[Word]) -> list[Box]:
    """The marks that belong to no word."""
    return [mark for mark in marks if not any(_shared(mark, word.box) > SHARED for word in words)]
