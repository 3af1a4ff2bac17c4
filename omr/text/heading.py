"""What is printed above the music of a first page: title and authors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from omr.text.authors import WORK, roles_of
from omr.text.phrases import (
    PHRASE_LIMITS,
    Phrase,
    authors_over_staff,
    heading_lines,
    is_among_staves,
    is_direction_over_staff,
)
from omr.types import NotationGraph
from omr.types.paper import HeadingLine

BY = re.compile(r"(by|von|par|di|av|af|från|от)\b\W*", re.IGNORECASE)
"""A line of its own above the name of the composer."""
BY_DISTANCE = 6.0
"""Greatest distance of the middle of the name below that line, in staff spaces. The name may be larger than the
title."""
STANDS_OUT = 1.15
"""A title that is not in the middle is this many times as high as everything else in the heading."""

LEAST_TITLE = 0.5
"""Words in the middle are a title if the highest of them are at least this share as high as the highest words at the
sides."""


@dataclass(frozen=True)
class Heading:
    """What is printed above the music of a first page. Texts are "" if nothing was read.

    words: indices of its words on the page.
    lines: everything from top to bottom, including subtitles, dedications and opus numbers.
    """

    title: str = ""
    composer: str = ""
    lyricist: str = ""
    arranger: str = ""
    words: frozenset[int] = field(default=frozenset(), compare=False)
    lines: tuple[HeadingLine, ...] = field(default=(), compare=False)


def read_heading(graph: NotationGraph, is_sung: bool) -> Heading:
    """Title and authors of a first page. is_sung: whether the music has lyrics.

    The title is the largest text above the music in the middle of the page. If there is none, it is text at the left
    that stands out by its size. Authors stand beside or below it, the upper ones first. A line that names a role has it
    ("Words by ..."). Of the other lines, the first on the right is the composer. The first on the left wrote the words,
    if there are lyrics; otherwise it is the name of the part, or of a player. Old prints name the composer in the
    middle, in larger letters than the title, below a line "by". Opus numbers are not authors.
    """
    if not graph.staves or not graph.words:
        return Heading()
    width = graph.sheet.width_px if graph.sheet else max(s.right for s in graph.staves)
    left_end, right_end = PHRASE_LIMITS.author_share * width, (1 - PHRASE_LIMITS.author_share) * width
    first = min(graph.staves, key=lambda s: s.box.top)
    limit = first.box.top - PHRASE_LIMITS.header * first.space_px
    phrases = [p for p in heading_lines(graph)
               if p.box.bottom < limit and p.is_readable(letters=2) and not is_direction_over_staff(graph, p)]
    middle = [p for p in phrases if left_end < p.box.center[1] < right_end]
    highest = max((p.box.height for p in phrases if p.is_readable(letters=3)), default=0.0)
    if all(p.box.height < LEAST_TITLE * highest for p in middle):
        middle = _at_the_left(phrases, right_end)
    authors = _named_in_the_middle(middle, first.space_px)
    # Heights are compared to a tenth of a staff space. Of equally large phrases, the upper one is the title.
    title = max((p for p in middle if p.text not in authors.values() and not BY.fullmatch(p.text)),
                key=lambda p: (round(p.box.height / first.space_px, 1), -p.box.top), default=None)
    # Page numbers stand above the title, in a corner.
    sides = sorted((p for p in phrases if p is not title and (title is None or p.box.center[0] > title.box.top)),
                   key=lambda p: p.box.top)
    sides += authors_over_staff(graph)
    for phrase in sides:
        col = phrase.box.center[1]
        roles = roles_of(phrase.text)
        is_name = phrase.is_readable(letters=3) and not WORK.match(phrase.text)
        if not roles and col >= right_end and is_name:
            roles = ["composer"]
        elif not roles and col <= left_end and is_sung and is_name:
            roles = ["lyricist"]
        for role in roles:
            authors.setdefault(role, phrase.text)
    told = {*authors.values(), *([] if title is None else [title.text])}
    name = "" if title is None else title.text
    kept = [p for p in heading_lines(graph) if p.text in told or _is_kept(graph, p, first.space_px)
            or "composer" in authors and BY.fullmatch(p.text)]
    lines = tuple(
        HeadingLine(p.text, "left" if p.box.center[1] <= left_end else "right" if p.box.center[1] >= right_end
                    else "middle", p.box.top, p.box.height, roles=tuple(
                        role for role, text in {"title": name, **authors}.items() if text == p.text))
        for p in sorted(kept, key=lambda p: (p.box.top, p.box.left)))
    return Heading(name, **authors, words=frozenset(i for p in kept for i in p.words), lines=lines)


def _is_kept(graph: NotationGraph, line: Phrase, space: float) -> bool:
    """Whether a line above the music that is neither title nor author is printed there, and was read well."""
    is_read = line.is_readable(letters=3) or line.is_readable(letters=2) and WORK.match(line.text) is not None
    return (is_read and BY.fullmatch(line.text) is None and not is_direction_over_staff(graph, line)
            and not is_among_staves(graph, line.box, space))


def _at_the_left(phrases: Sequence[Phrase], right_end: float) -> list[Phrase]:
    """The one phrase that is higher than all others, if it is not among the authors on the right."""
    if not any(p.is_readable(letters=3) for p in phrases):
        return []
    highest = max((p for p in phrases if p.is_readable(letters=3)), key=lambda p: p.box.height)
    others = [p.box.height for p in phrases if p is not highest]
    stands_out = highest.box.height > STANDS_OUT * max(others, default=0)
    return [highest] if stands_out and highest.box.center[1] < right_end and not roles_of(highest.text) else []


def _named_in_the_middle(middle: Sequence[Phrase], space: float) -> dict[str, str]:
    """The composer, if a phrase is just "by" and a name stands below it. space: staff space in pixels."""
    for by in middle:
        below = [p for p in middle if 0 < p.box.center[0] - by.box.center[0] < BY_DISTANCE * space]
        if below and BY.fullmatch(by.text):
            return {"composer": min(below, key=lambda p: p.box.top).text}
    return {}
