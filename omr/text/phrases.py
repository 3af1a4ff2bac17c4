"""What the words on a page are for, lyrics aside: names of parts, title and authors, and words in the music."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from omr.types import Box, NotationGraph, Word

SURE = 0.7
"""Words of a phrase must be read this surely on average: wrong words are worse than none."""
GAP = 1.6
"""Words at most so far apart, in staff spaces, are one phrase."""
HEADER = 4.5
"""What stands so many staff spaces above the first staff is over the music, not in it."""
FOOTER = 9.0
"""What stands so many staff spaces below the last staff is under it."""
SIDE = 0.36
"""Authors stand in the outer parts, of this share, of the page's width."""


@dataclass(frozen=True)
class Phrase:
    """Words that stand together in one line. words: their places among those of the page."""

    text: str
    box: Box
    score: float
    words: tuple[int, ...]


@dataclass(frozen=True)
class Heading:
    """What stands over the music, "" where nothing was read."""

    title: str = ""
    composer: str = ""
    lyricist: str = ""


def find_phrases(words: Sequence[Word], space: float, used: Collection[int] = ()) -> list[Phrase]:
    """The words, but for those at the places `used`, as phrases from left to right."""
    lines: list[list[int]] = []
    for i in sorted(range(len(words)), key=lambda i: words[i].box.left):
        if i in used or not re.search(r"\w", words[i].text):
            continue
        box = words[i].box
        for line in lines:
            last = words[line[-1]].box
            shared = min(last.bottom, box.bottom) - max(last.top, box.top)
            room = max(GAP * space, 0.8 * min(last.height, box.height))  # titles are set wider
            if -0.5 * space < box.left - last.right < room and shared > 0.4 * min(last.height, box.height):
                line.append(i)
                break
        else:
            lines.append([i])
    return [_phrase(words, line) for line in lines]


def _phrase(words: Sequence[Word], line: Sequence[int]) -> Phrase:
    box = words[line[0]].box
    for i in line[1:]:
        box = box.union(words[i].box)
    letters = [len(words[i].text) for i in line]
    score = sum(words[i].score * n for i, n in zip(line, letters, strict=True)) / sum(letters)
    return Phrase(" ".join(words[i].text for i in line), box, score, tuple(line))


def part_names(graph: NotationGraph) -> dict[int, str]:
    """Staff index -> the name printed left of it, of a brace's staves the first; see `NotationGraph.names`."""
    names: dict[int, list[str]] = defaultdict(list)
    for system in graph.systems:
        staves = [graph.staves[i] for i in system.staves]
        if not staves:
            continue
        space = staves[0].space_px
        top, bottom = staves[0].box.top - space, staves[-1].box.bottom + space
        left = min(s.left for s in staves)
        before = [w for w in graph.words if w.box.right < left + 0.5 * space and top < w.box.center[0] < bottom]
        rows = []
        for brace in system.braces:
            first, last = graph.staves[brace[0]], graph.staves[brace[-1]]
            rows.append(((first.box.top + last.box.bottom) / 2, brace[0]))
        joined = {i for brace in system.braces for i in brace}
        rows += [(s.box.center[0], s.index) for s in staves if s.index not in joined]
        for phrase in sorted(find_phrases(before, space), key=lambda p: (round(p.box.top / space), p.box.left)):
            if phrase.score >= SURE and re.search(r"[^\W\d_]{2}", phrase.text):
                row, staff = min(rows, key=lambda r: abs(r[0] - phrase.box.center[0]))
                if abs(row - phrase.box.center[0]) < 4 * space:
                    names[staff].append(phrase.text)
    return {staff: " ".join(words) for staff, words in names.items()}


def read_heading(graph: NotationGraph) -> Heading:
    """Title and authors of a first page."""
    if not graph.staves or not graph.words:
        return Heading()
    width = graph.sheet.width_px if graph.sheet else max(s.right for s in graph.staves)
    first = min(graph.staves, key=lambda s: s.box.top)
    limit = first.box.top - HEADER * first.space_px
    phrases = [p for p in find_phrases(graph.words, first.space_px)
               if p.box.bottom < limit and p.score >= SURE and re.search(r"[^\W\d_]{2}", p.text)]
    middle = [p for p in phrases if SIDE * width < p.box.center[1] < (1 - SIDE) * width]
    if not middle:
        return Heading()
    title = max(middle, key=lambda p: (round(p.box.height / first.space_px, 1), -p.box.top))
    # Authors stand below the title, or beside it; what is above it, in a corner, numbers pages.
    sides = [p for p in phrases if p.box.center[0] > title.box.top and p is not title]
    right = [p.text for p in sides if p.box.center[1] >= (1 - SIDE) * width]
    left = [p.text for p in sides if p.box.center[1] <= SIDE * width]
    return Heading(title.text, right[0] if right else "", left[0] if left else "")


def in_music(graph: NotationGraph, used: Collection[int]) -> list[Phrase]:
    """Phrases that stand in the music: neither sung, nor names, nor over or under it."""
    if not graph.staves or not graph.words:
        return []
    space = graph.staves[0].space_px
    found = []
    for phrase in find_phrases(graph.words, space, used):
        row, col = phrase.box.center
        inside = [s for s in graph.staves if s.left - space < col < s.right]
        above = [s.row(4, col) - row for s in inside if s.row(4, col) > row]
        below = [row - s.row(-4, col) for s in inside if s.row(-4, col) < row]
        near = (above and min(above) < 2 * HEADER * space) or (below and min(below) < FOOTER * space)
        title = not below and above and min(above) > HEADER * space
        if near and not title and phrase.score >= SURE and re.search(r"[^\W\d_]{3}", phrase.text):
            found.append(phrase)
    return found
