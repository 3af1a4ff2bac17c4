"""Syllables under notes: which words are sung, by which staff, and on which note each syllable falls.

Lyrics are told from other words by how they stand: under a staff, a word a note. That is decided for a staff of the
score, over all its systems, since a single word under a note may be anything.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from omr.types import Box, Lyric, NotationGraph, Note, Places, Score, Staff, StaffInPart, StaffKey, Word

REACH = 10.0
"""How far below its staff, in staff spaces, a verse may stand where no staff follows."""
NEAR = 1.6
"""How far a syllable may be from its note, in staff spaces: both middles, or both left ends."""
LOST = 2.5
"""What it costs, in staff spaces, to leave a syllable without a note."""
ENOUGH_WORDS = 4
ENOUGH_ALIGNED = 0.65
"""A staff sings if it has so many words under it and so large a share of them stand under a note of their own."""
FURTHER_VERSE = 0.3
"""A verse has at least this share of the syllables of the longest; fewer words are no verse."""
SAME_LINE = 0.8
"""Words whose middles are at most so far apart in height, in staff spaces, are one verse."""
_DASHES = "-‐‑–—_=~"


@dataclass(frozen=True)
class Syllable:
    """A syllable as printed. joined: a hyphen stands before it; word: place of its word among those of the page."""

    text: str
    box: Box
    score: float
    word: int
    joined: bool = False


@dataclass(frozen=True)
class Verse:
    """The syllables of one line under one staff of one system, from left to right. columns: for each the column of its
    note, None if it has none."""

    page: int
    staff: int
    number: int
    syllables: tuple[Syllable, ...]
    columns: tuple[float | None, ...]


def find_verses(
    graphs: Sequence[NotationGraph], place_of: Places
) -> list[Verse]:
    """All that is sung. place_of: (page, staff) -> (part, staff of it)."""
    candidates: dict[StaffInPart, list[Verse]] = defaultdict(list)
    for graph in graphs:
        for verse in _lines(graph) if graph.words else ():
            place = place_of.get(StaffKey(graph.page, verse.staff))
            if place is not None:
                candidates[place].append(verse)
    keyboards = {(part, 1) for part, staff in place_of.values() if staff > 1}
    found: list[Verse] = []
    for place, every in candidates.items():
        if place in keyboards or place[1] > 1:
            continue  # what stands between a keyboard's staves says how to play
        verses = _usual(every)
        count = sum(len(v.syllables) for v in verses)
        aligned = sum(c is not None for v in verses for c in v.columns)
        if count >= ENOUGH_WORDS and aligned >= ENOUGH_ALIGNED * count and count >= 1.5 * len(verses):
            found += (v for v in verses if any(c is not None for c in v.columns))
    return found


def _usual(verses: Sequence[Verse]) -> list[Verse]:
    """The lines without those that are too many: a system has as many verses as most have, and what stands among them
    besides (a name, a word on how to sing) is matched worst."""
    systems: dict[tuple[int, int], list[Verse]] = defaultdict(list)
    for verse in verses:
        systems[verse.page, verse.staff].append(verse)
    counts = Counter(sum(len(v.syllables) > 1 for v in own) for own in systems.values())
    usual = max(counts, key=lambda n: (n > 0, counts[n], n))
    kept: list[Verse] = []
    for own in systems.values():
        best = sorted(own, key=lambda v: -sum(c is not None for c in v.columns))[:max(usual, 1)]
        kept += (replace(v, number=i) for i, v in enumerate(sorted(best, key=lambda v: v.number), 1))
    total = Counter[int]()
    for verse in kept:
        total[verse.number] += len(verse.syllables)
    return [v for v in kept if total[v.number] >= FURTHER_VERSE * max(total.values())]


def _lines(graph: NotationGraph) -> list[Verse]:
    """Every line of words under a staff, its words matched to the staff's notes in their order."""
    result = []
    for staff, words in _under(graph).items():
        space = graph.staves[staff].space_px
        columns = _note_columns(graph, staff)
        lines: list[list[int]] = []
        for i in sorted(words, key=lambda i: graph.words[i].box.center[0]):
            row = graph.words[i].box.center[0]
            if lines and abs(row - _height(graph, lines[-1])) < SAME_LINE * space:
                lines[-1].append(i)
            else:
                lines.append([i])
        number = 0
        for line in lines:
            syllables = split([(graph.words[i], i) for i in sorted(line, key=lambda i: graph.words[i].box.left)])
            if syllables:
                number += 1
                matched = match(syllables, columns, space)
                result.append(Verse(graph.page, staff, number, tuple(syllables), tuple(matched)))
    return result


def _height(graph: NotationGraph, line: Sequence[int]) -> float:
    return sum(graph.words[i].box.center[0] for i in line) / len(line)


def _under(graph: NotationGraph) -> dict[int, list[int]]:
    """Staff -> the words between it and the next staff of its system, or the next system."""
    below: dict[int, list[int]] = defaultdict(list)
    for i, word in enumerate(graph.words):
        row, col = word.box.center
        over = [s for s in graph.staves if s.left <= col <= s.right and s.row(-4, col) < row]
        if not over:
            continue
        staff = max(over, key=lambda s: s.row(-4, col))
        following = _next(graph, staff)
        limit = following.row(4, col) if following is not None else staff.row(-4, col) + REACH * staff.space_px
        if row < limit:
            below[staff.index].append(i)
    return below


def _next(graph: NotationGraph, staff: Staff) -> Staff | None:
    """The next staff of the same system."""
    system = next((s for s in graph.systems if staff.index in s.staves), None)
    if system is None or staff.index == system.staves[-1]:
        return None
    return graph.staves[system.staves[system.staves.index(staff.index) + 1]]


def _note_columns(graph: NotationGraph, staff: int) -> list[tuple[float, float]]:
    """(left, middle) of the notes of a staff, once a column; grace notes bear no syllables."""
    heads = sorted((s.box for s in graph.symbols
                    if s.name.startswith("notehead") and not s.name.endswith("Small")
                    and graph.staff_of.get(s.id) == staff), key=lambda b: b.left)
    columns: list[tuple[float, float]] = []
    for head in heads:
        if not columns or head.center[1] > columns[-1][1] + 0.8 * graph.staves[staff].space_px:
            columns.append((head.left, head.center[1]))
    return columns


def split(words: Sequence[tuple[Word, int]]) -> list[Syllable]:
    """The syllables of a line's words, hyphens taken out; each word comes with its place among those of the page."""
    found: list[Syllable] = []
    joined = False
    for word, place in words:
        if re.fullmatch(r"\W*\d+\W*", word.text):
            continue  # the number of a verse
        width = word.box.width / max(len(word.text), 1)
        for piece in re.finditer(rf"[{re.escape(_DASHES)}]+|[^{re.escape(_DASHES)}]+", word.text):
            text = piece.group()
            if text[0] in _DASHES:
                joined = text[0] not in "_=~" and bool(found)
            elif re.search(r"\w", text):
                left = word.box.left + width * piece.start()
                box = Box(word.box.top, left, word.box.bottom, left + width * len(text))
                found.append(Syllable(text.strip("|.·°*") if len(text) > 1 and text[-1] != "." else text, box,
                                      word.score, place, joined))
                joined = False
    return found


def match(
    syllables: Sequence[Syllable], columns: Sequence[tuple[float, float]], space: float
) -> list[float | None]:
    """For every syllable the middle column of its note, None if it has none: the cheapest matching that keeps the order
    (Needleman & Wunsch 1970; a note may stay silent for nothing)."""
    n, m = len(syllables), len(columns)
    best = [[0.0] * (m + 1)] + [[0.0] * (m + 1) for _ in range(n)]
    for i in range(1, n + 1):
        best[i][0] = i * LOST
        for j in range(1, m + 1):
            pair = best[i - 1][j - 1] + _cost(syllables[i - 1].box, columns[j - 1], space)
            best[i][j] = min(best[i - 1][j] + LOST, best[i][j - 1], pair)
    result: list[float | None] = [None] * n
    i, j = n, m
    while i and j:
        if best[i][j] == best[i][j - 1]:
            j -= 1
        elif best[i][j] == best[i - 1][j] + LOST:
            i -= 1
        else:
            i, j = i - 1, j - 1
            result[i] = columns[j][1]
    return result


def _cost(box: Box, column: tuple[float, float], space: float) -> float:
    """How far a syllable is from a note, in staff spaces: syllables are centred, those of a melisma begin with it."""
    left, middle = column
    away = min(abs(box.center[1] - middle), abs(box.left - left) + 0.2 * space) / space
    return away if away <= NEAR else 2 * LOST


# ---- onto the score --------------------------------------------------------------------------------------------


def with_lyrics(score: Score, graphs: Sequence[NotationGraph], verses: Sequence[Verse]) -> Score:
    """The score with every syllable on its note."""
    if not verses:
        return score
    heads = {(g.page, s.id): s.box for g in graphs for s in g.symbols if s.name.startswith("notehead")}
    staff_of = {(g.page, s): staff for g in graphs for s, staff in g.staff_of.items()}
    sung: dict[tuple[int, int], list[tuple[float, Lyric]]] = defaultdict(list)
    for verse in verses:
        sung[verse.page, verse.staff] += _lyrics(verse)
    parts = []
    for part in score.parts:
        measures = []
        for measure in part.measures:
            chosen: dict[int, list[Lyric]] = defaultdict(list)
            for (page, staff), syllables in sung.items():
                if page != measure.page or measure.box is None:
                    continue
                for column, lyric in syllables:
                    if measure.box.left - 1 <= column <= measure.box.right + 1:
                        place = _bearer(measure.notes, page, staff, column, heads, staff_of)
                        if place is not None:
                            chosen[place].append(lyric)
            notes = tuple(replace(n, lyrics=_once(chosen[i])) if i in chosen else n
                          for i, n in enumerate(measure.notes))
            measures.append(replace(measure, notes=notes))
        parts.append(replace(part, measures=tuple(measures)))
    return replace(score, parts=tuple(parts))


def _lyrics(verse: Verse) -> list[tuple[float, Lyric]]:
    """(column of the note, lyric) of the syllables that have a note."""
    found: list[tuple[float, Lyric]] = []
    after = [s.joined for s in verse.syllables[1:]] + [False]
    for syllable, column, goes_on in zip(verse.syllables, verse.columns, after, strict=True):
        if column is not None:
            kind = {(False, False): "single", (False, True): "begin", (True, True): "middle",
                    (True, False): "end"}[syllable.joined, goes_on]
            found.append((column, Lyric(verse.number, syllable.text, kind, syllable.score)))  # type: ignore[arg-type]
    return found


def _bearer(
    notes: Sequence[Note], page: int, staff: int, column: float, heads: Mapping[tuple[int, int], Box],
    staff_of: Mapping[tuple[int, int], int],
) -> int | None:
    """The place of the note that a syllable at a column belongs to: the uppermost voice's, none in mid tie."""
    near = []
    for i, note in enumerate(notes):
        for head in note.symbol_ids:
            box = heads.get((page, head))
            if box is not None and not note.grace and staff_of.get((page, head)) == staff:
                away = abs(box.center[1] - column)
                if away < 0.8 * box.height + 1:
                    near.append((note.tie_stop, note.voice, away, i))
    return min(near)[3] if near else None


def _once(lyrics: Sequence[Lyric]) -> tuple[Lyric, ...]:
    """One lyric a verse, in order."""
    return tuple({lyric.verse: lyric for lyric in sorted(lyrics, key=lambda n: n.verse)}.values())
