"""Finds lines of words that are cipher notation: a digit for each note.

If the digits are printed in a music font, the network sees them as signs, and `omr.staves.figures` finds them. In a
text font, it sees them as text, so they are read as words, and may be taken for lyrics.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from omr.text.places import chains, shared_height
from omr.types import Box, Word
from omr.types.table import table


@table
class NumberLimits:
    """What tells a line of notes from other numbers. Rules of thumb, without measurements."""

    least_digits: int = 8
    """Fewest digits in a line. A year has four, a span of years eight."""
    least_share: float = 0.75
    """Least share of digits from 0 to 7 among the characters of a line, not counting those in `_BETWEEN`. Some digits
    are misread, and there are no notes 8 and 9."""
    least_width: float = 0.5
    """Least length of a line, as a part of the longest staff."""
    counted: int = 3
    """From this many words on, a line whose numbers grow from word to word is a row of measure numbers."""


LIMITS = NumberLimits()
_BETWEEN = re.compile(r"[\s.|_\-‐–—]")
"""What cipher notation has besides digits: dots, barlines and dashes."""


def cipher_lines(words: Sequence[Word], staff_width: float) -> list[tuple[Box, tuple[Word, ...]]]:
    """The lines of words that stand for notes: the box and the words of each. staff_width: of the longest staff, in
    pixels."""
    found = []
    for places in chains([w.box for w in words], _is_level):
        line = [words[i] for i in places]
        signs = _BETWEEN.sub("", "".join(w.text for w in line))
        digits = len(re.findall("[0-7]", signs))
        box = line[0].box
        for word in line[1:]:
            box = box.union(word.box)
        enough = digits >= max(LIMITS.least_digits, LIMITS.least_share * len(signs))
        if enough and box.width >= LIMITS.least_width * staff_width and not _counts(line):
            found.append((box, tuple(line)))
    return found


def _is_level(a: Box, b: Box) -> bool:
    """Whether two words stand on one line."""
    return shared_height(a, b) > min(a.height, b.height) / 2


def _counts(line: Sequence[Word]) -> bool:
    """Whether a line consists of numbers that grow from word to word, as measure numbers do."""
    texts = [w.text for w in line]
    return (len(texts) >= LIMITS.counted and all(re.fullmatch("[0-9]+", t) for t in texts)
            and all(int(a) < int(b) for a, b in pairwise(texts)))
