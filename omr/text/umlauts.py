"""Restores umlauts that Tesseract misses when it reads several languages at once.

It then reads "Hü" as "Hii", "spä" as "spa" and "schönen" as "schénen". In German alone it reads these letters well, but
other words worse. So pages with German words are read a second time in German, and only the umlauts of that reading are
used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from omr.types import Word
from omr.types.table import table

GERMAN = "deu"
"""Tesseract's name for German."""
COMMON = frozenset((
    "auf", "das", "dem", "der", "dich", "durch", "ein", "eine", "ich", "ihr", "ist", "mein", "mich", "mir", "nicht",
    "noch", "sich", "sie", "und", "uns", "von", "wenn", "wie", "wir", "wird", "zu",
))
"""Words of German songs that do not occur in English, French or Italian."""
UMLAUTS = "äöüÄÖÜß"


@table
class UmlautTolerances:
    """Set by hand on ten engraved, degraded pages of songs. The eight German pages have five to twelve common words
    each, the two others none."""

    least_words: int = 3
    """How many common words make a page German (no unit)."""
    overlap: float = 0.4
    """Words in the two readings are the same word if the intersection over union of their boxes is at least this."""
    sure: float = 0.5
    """How sure Tesseract must be of the German word, 0-1: "piü" instead of "più" had .35."""


T = UmlautTolerances()
"""The tolerances of this stage."""


def is_german(words: Sequence[Word]) -> bool:
    """Whether there are German words among the words of a page."""
    return sum(re.sub(r"\W", "", word.text.casefold()) in COMMON for word in words) >= T.least_words


def with_umlauts(words: Sequence[Word], german: Sequence[Word]) -> list[Word]:
    """The words, with umlauts from a second reading wherever its word differs in nothing else."""
    better = [w for w in german if w.score >= T.sure and any(letter in UMLAUTS for letter in w.text)]
    return [next((replace(word, text=other.text) for other in better
                  if word.box.iou(other.box) > T.overlap and _differs_in_umlauts(word.text, other.text)), word)
            for word in words]


def _differs_in_umlauts(text: str, german: str) -> bool:
    """Whether a text is the same as a German one, except that each umlaut may be one or two other letters."""
    pattern = "".join(r"\w{1,2}" if letter in UMLAUTS else re.escape(letter) for letter in german)
    return text != german and len(german) > 1 and re.fullmatch(pattern, text) is not None
