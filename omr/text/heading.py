"""What is printed over the music of a first page: title and authors."""

from __future__ import annotations

import re
from dataclasses import dataclass

from omr.text.phrases import PHRASE_LIMITS, find_phrases
from omr.types import NotationGraph

ROLES: dict[str, re.Pattern[str]] = {
    "composer": re.compile(
        r"\b(musi(c|k|que)|m[uú]sica|melod(y|ie)|compos(ed|itor|er)|comp|weise)\b|^M\s?:|曲|작곡|nhạc", re.IGNORECASE),
    "lyricist": re.compile(
        r"\b(words?|text[eo]?|lyrics?|poems?|po[eè]me|paroles|letra|testo|gedicht|worte|versi|lời)\b|^[TW]\s?:"
        r"|[詞词]|작사", re.IGNORECASE),
    "arranger": re.compile(
        r"\b(arr|arrang\w*|transcri\w*|harmoni[sz]\w*|bearb\w*|satz|set by|orchestrat\w*|version by)\b"
        r"|[編编]曲|편곡", re.IGNORECASE),
}
"""Role of an author -> what is printed with a name to say so: "Words by", "Text:", "arr.", "작곡"."""


@dataclass(frozen=True)
class Heading:
    """What is printed over the music on a first page; "" where nothing was read."""

    title: str = ""
    composer: str = ""
    lyricist: str = ""
    arranger: str = ""


def read_heading(graph: NotationGraph, is_sung: bool) -> Heading:
    """Title and authors of a first page. is_sung: whether words are sung in the music.

    The largest words over the music, in the middle of the page, are the title. Authors stand beside it or below it, the
    upper ones first. What says its role has it ("Words by ..."). Of the others the first on the right is the composer,
    and the first on the left wrote the words, if there are any; else it is the part's name or a player's.
    """
    if not graph.staves or not graph.words:
        return Heading()
    width = graph.sheet.width_px if graph.sheet else max(s.right for s in graph.staves)
    left_end, right_end = PHRASE_LIMITS.author_share * width, (1 - PHRASE_LIMITS.author_share) * width
    first = min(graph.staves, key=lambda s: s.box.top)
    limit = first.box.top - PHRASE_LIMITS.header * first.space_px
    phrases = [p for p in find_phrases(graph.words, first.space_px)
               if p.box.bottom < limit and p.is_readable(letters=2)]
    middle = [p for p in phrases if left_end < p.box.center[1] < right_end]
    if not middle:
        return Heading()
    # Heights are compared to a tenth of a staff space: of equally large phrases the upper one is the title.
    title = max(middle, key=lambda p: (round(p.box.height / first.space_px, 1), -p.box.top))
    # Above the title, in a corner, stand page numbers.
    sides = sorted((p for p in phrases if p.box.center[0] > title.box.top and p is not title), key=lambda p: p.box.top)
    authors: dict[str, str] = {}
    for phrase in sides:
        col = phrase.box.center[1]
        roles = _roles(phrase.text)
        if not roles and col >= right_end:
            roles = ["composer"]
        elif not roles and col <= left_end and is_sung:
            roles = ["lyricist"]
        for role in roles:
            authors.setdefault(role, phrase.text)
    return Heading(title.text, **authors)


def _roles(text: str) -> list[str]:
    """The roles that an author's line names: "Words and music by" two, a mere name none."""
    roles = [role for role, pattern in ROLES.items() if pattern.search(text)]
    # "編曲" and "편곡" hold the sign for a composer.
    return ["arranger"] if "arranger" in roles else roles
