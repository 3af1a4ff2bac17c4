"""Words whose letters a PDF draws as mere outlines, without saying which they are: read as they look.

Some programs turn all text into curves when they write a PDF. Nothing but its look then tells a title or a chord from a
picture, so these words are read as on a scan: the detector says where text is, Tesseract what it says.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omr.text.ocr import read_words
from omr.types import Box, DetectorMaps, Page, Symbol, Word

LEAST_MARKS = 4
"""So many unknown marks make it worth looking for words among them: a page whose text is letters has a logo at most."""
SHARPER = 2
"""How many times as large as the page the picture is from which words are read."""
SHARED = 0.3
"""Share of its area, 0 to 1, that a word has in common with a mark it is made of, or at most with a printed word."""


def read_outlined(
    source: np.ndarray, page: Page, maps: DetectorMaps, marks: Sequence[Box], printed: Sequence[Word],
    languages: Sequence[str], heads: Sequence[Symbol],
) -> tuple[Word, ...]:
    """The words that marks make up. source: the page, `SHARPER` times as large. marks: boxes of what looks like no sign
    of music. printed: the words that the page's letters make. heads: its noteheads."""
    at_source = Page(page.pixels, page.index, page.dpi, page.source, np.eye(2, 3) * SHARPER)
    words = read_words(source, at_source, maps, languages, heads)
    taken = [word.box for word in printed]
    return tuple(w for w in words if _is_covered(w.box, marks) and not any(_shared(w.box, t) > SHARED for t in taken))


def _is_covered(box: Box, marks: Sequence[Box]) -> bool:
    """Whether marks cover so much of a word that they are its letters."""
    return sum(_shared(box, mark) for mark in marks) > SHARED


def _shared(box: Box, other: Box) -> float:
    """Share of a box that lies in another."""
    height = min(box.bottom, other.bottom) - max(box.top, other.top)
    width = min(box.right, other.right) - max(box.left, other.left)
    return max(height, 0.0) * max(width, 0.0) / max(box.height * box.width, 1.0)


def left_over(marks: Sequence[Box], words: Sequence[Word]) -> list[Box]:
    """The marks that no word is made of."""
    return [mark for mark in marks if not any(_shared(mark, word.box) > SHARED for word in words)]
