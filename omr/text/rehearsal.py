"""Rehearsal marks: a letter, a number or a short word in a frame over the music."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from omr.text.places import staff_below
from omr.types import NotationGraph, Word

MOST_LETTERS = 16
"""Longer framed texts are instructions. "Bridge" and "Verse 2" are marks, too."""
OVER_STAFF, LEFT_OF_STAFF = 10.0, 5.0
"""Greatest height of the middle of a mark over the top line of its staff, and how far left of the staff it may stand,
in staff spaces. Marks are highest over high notes. Verovio sets marks at the beginning of a system to its left."""
JUMP = re.compile(r"fine\.?|(to|al) coda|(d\.? ?[cs]\.?|da capo|dal segno)( al (fine|coda))?", re.IGNORECASE)
"""Words that end the music or send the player elsewhere, which some editions frame, too."""
BELIEVED = 0.9
"""Score of such words. There are so few of them that a text which looks like one is one."""


def rehearsal_marks(graph: NotationGraph, words: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """Separate the words of a page into rehearsal marks and other words."""
    words = [replace(word, enclosure="", score=max(word.score, BELIEVED))
             if word.enclosure and JUMP.fullmatch(word.text) else word for word in words]
    marks = [word for word in words if word.enclosure and _is_short(word.text)
             and staff_below(graph, word.box, OVER_STAFF, LEFT_OF_STAFF) is not None]
    return marks, [word for word in words if word not in marks]


def _is_short(text: str) -> bool:
    return len(text) <= MOST_LETTERS and re.search(r"[^\W_]", text) is not None
