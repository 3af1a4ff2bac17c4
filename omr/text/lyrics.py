"""Lyrics: which words are sung, by which staff, and to which note each syllable belongs.

Lyrics are told from other words by their place: they stand under a staff, one word or syllable for each note. The
decision is made once for each staff of the score, from all its systems together, because a single word under a note may
be anything.

A syllable stores the ids of the noteheads to which it was matched. By these ids it finds the notes of the score.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean, median
from typing import Literal

from omr.text.chordnames import LEAST_CHORD_SHARE, are_mostly_chords, are_sure, chord_name
from omr.types import ELISION, Box, Lyric, NotationGraph, Note, Places, Score, Staff, StaffInPart, StaffKey, Word
from omr.types.memo import Memo
from omr.types.table import table


@table
class LyricLimits:
    """Distances are in staff spaces, shares from 0 to 1. Rules of thumb: no measurement of them is on record."""

    verse_depth: float = 10.0
    """Greatest depth of a verse below the bottom line of a staff that is the last of its system. Further verses may be
    deeper, if each is near the one above."""
    verse_distance: float = 4.0
    """Greatest distance between the middles of two verses if the lower one is deeper than that."""
    note_distance: float = 1.6
    """Greatest distance of a syllable from its note; see `_distance`."""
    beyond: float = 0.5
    """How far beyond a word's ends the two notes may stand to which the word is sung."""
    left_aligned: float = 0.2
    """Added to the distance if a syllable and its note are aligned at their left ends: usually syllables are
    centred."""
    unmatched_cost: float = 2.5
    """Cost of a syllable without a note in the matching, in staff spaces of distance. It is greater than
    `note_distance`, so that every syllable near a note is matched."""
    same_column: float = 0.8
    """Noteheads whose middles are at most this far apart are one column: a chord, or the notes of two voices."""
    same_line: float = 0.8
    """Words whose middles differ by less than this in height belong to one verse."""
    torn_line: float = 1.2
    """If the middles of two lines differ by less than this, and no word of one stands over a word of the other, they
    are one line under a bent staff. The halves of such lines are .87 to 1.11 apart on engraved pages made to look like
    photographs."""
    least_syllables: int = 4
    """Fewest syllables under a staff of the score, in all systems together, that can be lyrics."""
    least_once: int = 6
    """Fewest syllables in one system that can be lyrics if the other systems of the staff have none."""
    least_joined_once: int = 2
    """Fewer syllables can be lyrics if each stands under a note of its own, and at least this many follow a hyphen:
    words about how to sing have no hyphens."""
    least_matched_once: float = 0.8
    """Least share of `least_once` or more syllables in one system that must stand under a note of their own."""
    least_matched: float = 0.65
    """Least share of the syllables of a staff that must stand under a note of their own."""
    roots_only: int = 6
    """A line on a drawn page is one of chord symbols, not lyrics, if at least this many of its words can be read as
    such, and all of its words begin with the name of a note. (Singers who sing the names of notes use others.)"""
    least_a_line: float = 1.5
    """Fewest syllables in a line, on average. Lines of single words are headings or instructions."""
    same_note: float = 0.8
    """Longest gap between two words that are sung on one note: about a space between words."""
    same_note_drawn: float = 2.0
    """The same on drawn pages, where only an elision leaves a word without a note of its own. A song engraved by
    LilyPond had 1.5."""
    least_sung: float = 0.3
    """Words are sung only if at least this share of the notes has a word, in the systems with words. Of 574 voices in
    the 500 songs of the OpenScore Lieder that may be used for training, all but one have .37 and more (half of them
    .90). Of 338 parts of string quartets with words about how to play, all but one would have .21 and less if each word
    stood under a note of its own."""
    least_hyphens: int = 4
    """Words between the two staves of a keyboard are lyrics, as in hymns, if at least this many syllables follow a
    hyphen. Words about how to play are not divided into syllables."""
    mark_gap: float = 0.6
    """Greatest distance of a punctuation mark from its word, in heights of the word."""
    further_verse: float = 0.3
    """A verse is dropped if it has fewer syllables than this share of the longest verse's ..."""
    alike: float = 0.5
    """... unless, in its system, it has hyphens and at least this share of the first verse's syllables."""


LYRIC_LIMITS = LyricLimits()
_DASHES = "-‐‑–—_=~"
"""How Tesseract may read a hyphen between syllables, or the line after a last syllable."""
_NUMBER = r"\d{1,2}\."
"""The number of a verse."""
_OPENING = r"[«„“]"
"""Marks that begin direct speech. In French a space follows."""
_CLOSING = r"[!?;:,]+"
"""Marks that end a phrase. Some editions set them apart from the word."""
_ONE_SYLLABLE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]\W?")
"""A letter of kana, Chinese or Korean. Each is a syllable by itself."""
_MELISMA_LINES = "_=~"
"""Those of `_DASHES` that do not join syllables: lines that hold a word's last syllable over further notes."""
_HYPHENS = tuple(dash for dash in _DASHES if dash not in _MELISMA_LINES)
"""Those of `_DASHES` that join syllables."""
_SYLLABIC: dict[tuple[bool, bool], Literal["single", "begin", "middle", "end"]] = {
    (False, False): "single", (False, True): "begin", (True, True): "middle", (True, False): "end"}
"""(joined to the syllable before, joined to the one after) -> MusicXML's `syllabic`."""


@dataclass(frozen=True)
class NoteColumn:
    """Noteheads of one staff that stand above each other. left, middle: columns of the leftmost of them, in pixels.
    heads: symbol ids from left to right."""

    left: float
    middle: float
    heads: tuple[int, ...]


@dataclass(frozen=True)
class Syllable:
    """A syllable as it is printed. joined: whether a hyphen stands before it. words: indices of its word, or of several
    words that share a note."""

    text: str
    box: Box
    score: float
    words: tuple[int, ...]
    joined: bool = False


@dataclass(frozen=True)
class Verse:
    """The syllables of one line under one staff of one system, from left to right.

    page, staff: indices.
    number: 1 for the uppermost verse.
    columns: for each syllable the notes to which it belongs; None if there are none.
    notes: how many columns of notes the staff has.
    spanned: how many of these there are from the first syllable's to the last one's, both included.
    goes_on: whether the line ends with a hyphen, so that its last word goes on in the next system.
    """

    page: int
    staff: int
    number: int
    syllables: tuple[Syllable, ...]
    columns: tuple[NoteColumn | None, ...]
    notes: int = 0
    goes_on: bool = False
    spanned: int = 0

    @property
    def matched(self) -> int:
        """How many syllables have a note."""
        return sum(c is not None for c in self.columns)


def find_verses(
    graphs: Sequence[NotationGraph], place_of: Places, memo: Memo | None = None
) -> list[Verse]:
    """All lyrics on all pages. place_of: where each staff stands in the score. memo: that of an earlier version of the
    score."""
    memo = memo or Memo()
    candidates: dict[StaffInPart, list[Verse]] = defaultdict(list)
    for graph in graphs:
        for verse in memo(_lines, graph) if graph.words else ():
            place = place_of.get(StaffKey(graph.page, verse.staff))
            if place is not None:
                candidates[place].append(verse)
    keyboards = {part for part, staff in place_of.values() if staff > 1}
    found: list[Verse] = []
    unsung: list[Verse] = []
    for (part, _), lines in candidates.items():
        # Words between the two staves of a keyboard mostly say how to play.
        if part not in keyboards or sum(s.joined for v in lines for s in v.syllables) >= LYRIC_LIMITS.least_hyphens:
            verses = _usual(lines)
            if _is_sung(verses):
                found += _over_systems([v for v in verses if v.matched])
            elif part not in keyboards:
                unsung += verses
    return found + (_sung_once(unsung) if found else [])


def _sung_once(verses: Sequence[Verse]) -> list[Verse]:
    """Lyrics of single systems, under staves that are not sung as a whole: a part may sing only a few measures, and
    have words about how to sing elsewhere.

    Lyrics differ from such words in number: there are many, and nearly each stands under a note of its own. A few words
    are lyrics, too, if each has its note, and some are syllables with hyphens.
    """
    systems: dict[tuple[int, int], list[Verse]] = defaultdict(list)
    for verse in verses:
        systems[verse.page, verse.staff].append(verse)
    sung = []
    for own in systems.values():
        count, matched = sum(len(v.syllables) for v in own), sum(v.matched for v in own)
        own = [replace(v, notes=v.spanned) for v in own]
        many = count >= LYRIC_LIMITS.least_once and matched >= LYRIC_LIMITS.least_matched_once * count
        torn = matched == count and sum(s.joined for v in own for s in v.syllables) >= LYRIC_LIMITS.least_joined_once
        if (many or torn) and _is_sung(own):
            sung += [v for v in own if v.matched]
    return _over_systems(sung)


def _over_systems(verses: Sequence[Verse]) -> list[Verse]:
    """The verses of a staff of the score. Words that go on in the next system, after a hyphen at the end of the line,
    are joined."""
    systems = sorted({(v.page, v.staff) for v in verses})
    following = dict(pairwise(systems))
    by_place = {(v.page, v.staff, v.number): v for v in verses}
    later = {(*following[v.page, v.staff], v.number) for v in verses if v.goes_on and (v.page, v.staff) in following}
    found = []
    for (page, staff, number), verse in by_place.items():
        ends = verse.goes_on and (*following.get((page, staff), ()), number) in by_place
        first, *others = verse.syllables
        is_joined = first.joined or (page, staff, number) in later
        found.append(replace(verse, syllables=(replace(first, joined=is_joined), *others), goes_on=ends))
    return found


def _is_sung(verses: Sequence[Verse]) -> bool:
    """Whether the lines of words under a staff of the score are lyrics."""
    count = sum(len(v.syllables) for v in verses)
    matched = sum(v.matched for v in verses)
    of_systems: dict[tuple[int, int], tuple[int, int]] = {}
    for v in verses:
        of_systems[v.page, v.staff] = max(of_systems.get((v.page, v.staff), (0, 0)), (v.matched, v.notes))
    bearing, notes = (sum(counts) for counts in zip(*of_systems.values(), strict=True)) if of_systems else (0, 0)
    if matched and all(_ONE_SYLLABLE.fullmatch(s.text) for v in verses for s in v.syllables):
        return matched >= LYRIC_LIMITS.least_matched * count
    return (bearing >= LYRIC_LIMITS.least_sung * notes and count >= LYRIC_LIMITS.least_syllables
            and matched >= LYRIC_LIMITS.least_matched * count and count >= LYRIC_LIMITS.least_a_line * len(verses))


def _usual(verses: Sequence[Verse]) -> list[Verse]:
    """Drop the lines under a staff of the score that are no verses.

    Every system keeps as many lines as most systems have. The lines with the fewest syllables under notes are dropped:
    they are names, or words about how to sing. Then whole verses are dropped that are much shorter than the longest. A
    line that is surely a verse of its system stays in any case, because some verses belong to a part of the song only.
    """
    systems: dict[tuple[int, int], list[Verse]] = defaultdict(list)
    for verse in verses:
        systems[verse.page, verse.staff].append(verse)
    counts = Counter(sum(len(v.syllables) > 1 for v in own) for own in systems.values())
    usual = max(counts, key=lambda n: (n > 0, counts[n], n))
    kept: list[Verse] = []
    for own in systems.values():
        first, *others = sorted(own, key=lambda v: -v.matched)
        more = max(usual, 1) - 1
        best = [first, *others[:more], *(v for v in others[more:] if _is_alike(v, first))]
        kept += (replace(v, number=i) for i, v in enumerate(sorted(best, key=lambda v: v.number), 1))
    total = Counter[int]()
    sure: set[int] = set()
    for verse in kept:
        total[verse.number] += len(verse.syllables)
        first = max(systems[verse.page, verse.staff], key=lambda v: v.matched)
        sure |= {verse.number} if _is_alike(verse, first) else set()
    return [v for v in kept if v.number in sure or total[v.number] >= LYRIC_LIMITS.further_verse * max(total.values())]


def _is_alike(verse: Verse, first: Verse) -> bool:
    """Whether a line is as surely sung as the first verse of its system: it has hyphens, which words about how to sing
    do not have, at least half as many syllables under notes, and few that are under none."""
    return (verse.matched >= LYRIC_LIMITS.alike * first.matched
            and verse.matched >= LYRIC_LIMITS.least_matched * len(verse.syllables)
            and any(s.joined for s in verse.syllables))


def _lines(graph: NotationGraph) -> list[Verse]:
    """Every line of words under a staff. Its words are matched to the staff's notes in their order."""
    result = []
    for staff, words in _words_under(graph).items():
        space = graph.staves[staff].space_px
        columns = note_columns(graph, staff)
        number = 0
        for line in _not_too_low(graph, staff, _lines_of(graph, staff, words)):
            if _are_chord_names(graph, staff, line):
                if _is_of_next(graph, staff, line):
                    break  # what is below stands over the next staff, too
                continue
            words_of_line = sorted(line, key=lambda i: graph.words[i].box.left)
            syllables = split([(graph.words[i], i) for i in words_of_line])
            goes_on = graph.words[words_of_line[-1]].text[-1:] in _HYPHENS
            if syllables:
                number += 1
                syllables, matched = _on_one_note(syllables, match(syllables, columns, space), space, graph.exact)
                matched = _over_two(syllables, matched, columns, space)
                under = [columns.index(c) for c in matched if c is not None]
                result.append(Verse(graph.page, staff, number, tuple(syllables), tuple(matched), len(columns),
                                    goes_on, under[-1] - under[0] + 1 if under else 0))
    return result


def _lines_of(graph: NotationGraph, staff: int, words: Sequence[int]) -> list[list[int]]:
    """The lines that words under a staff make, from the top. words: their indices."""
    space = graph.staves[staff].space_px
    depth = {i: _depth(graph.staves[staff], graph.words[i].box) for i in words}
    lines: list[list[int]] = []
    for i in sorted(words, key=depth.__getitem__):
        if lines and depth[i] - fmean(depth[k] for k in lines[-1]) < LYRIC_LIMITS.same_line * space:
            lines[-1].append(i)
        else:
            lines.append([i])
    whole = lines[:1]
    for line in lines[1:]:
        apart = fmean(depth[i] for i in line) - fmean(depth[k] for k in whole[-1])
        boxes = [(graph.words[i].box, graph.words[k].box) for i in line for k in whole[-1]]
        if apart < LYRIC_LIMITS.torn_line * space and all(a.right <= b.left or b.right <= a.left for a, b in boxes):
            whole[-1].extend(line)
        else:
            whole.append(line)
    return whole


def _are_chord_names(graph: NotationGraph, staff: int, line: Sequence[int]) -> bool:
    """Whether a line of words under a staff is really a line of chord symbols, mostly over the next staff.

    It is if its words are surely chord symbols; or if most of them can be read as such, and the line is nearer to the
    staff below than to the one above. On drawn pages it also is if most, and many, can be read as such, and all begin
    with the name of a note. line: indices of the words.
    """
    words = [graph.words[i] for i in line if re.search(r"\w", graph.words[i].text)]
    if words and are_sure(words):
        return True
    chords = sum(chord_name(word.text) is not None for word in words)
    if graph.exact and chords >= max(LYRIC_LIMITS.roots_only, LEAST_CHORD_SHARE * len(words)) and all(
            word.text[0] in "ABCDEFG" for word in words):
        return True
    most = are_mostly_chords([word.text for word in words]) if not graph.exact else (
        chords >= LEAST_CHORD_SHARE * len(words))
    return bool(words) and most and _is_of_next(graph, staff, line)


def _is_of_next(graph: NotationGraph, staff: int, line: Sequence[int]) -> bool:
    """Whether a line of words is nearer to the next staff below than to its own staff. line: indices of the words."""
    boxes = [graph.words[i].box for i in line]
    depth = sum(_depth(graph.staves[staff], box) for box in boxes) / len(boxes)
    return _above_next(graph, boxes) < depth


def _on_one_note(
    syllables: Sequence[Syllable], columns: Sequence[NoteColumn | None], space: float, exact: bool = False
) -> tuple[list[Syllable], list[NoteColumn | None]]:
    """Join words of a line that are sung on one note ("che è").

    They stand side by side under the note, and the matching has given the note to only one of them. Together they
    become one syllable.

    space: the staff space in pixels.
    exact: whether the page is a drawn one.
    """
    gap = (LYRIC_LIMITS.same_note_drawn if exact else LYRIC_LIMITS.same_note) * space
    found: list[Syllable] = []
    under: list[NoteColumn | None] = []
    for syllable, column in zip(syllables, columns, strict=True):
        last, above = (found[-1], under[-1]) if found else (None, None)
        if last is not None and (column is None) != (above is None) and not syllable.joined:
            both = last.box.union(syllable.box)
            note, alone = (above, last.box) if above is not None else (column, syllable.box)
            is_near = syllable.box.left - last.box.right < gap
            if note is not None and is_near and _distance(both, note, space) < _distance(alone, note, space):
                found[-1] = replace(last, text=f"{last.text} {syllable.text}", box=both,
                                    score=min(last.score, syllable.score), words=(*last.words, *syllable.words))
                under[-1] = note
                continue
        found.append(syllable)
        under.append(column)
    return found, under


def _over_two(
    syllables: Sequence[Syllable], matched: Sequence[NoteColumn | None], columns: Sequence[NoteColumn], space: float
) -> list[NoteColumn | None]:
    """Give words without a note the first of the two notes under which they stand. Such words are printed so tightly
    that the hyphen between their two syllables is left out ("tempting"), so their middle is too far from either note.
    """
    index = {column: i for i, column in enumerate(columns)}
    result = list(matched)
    for i, syllable in enumerate(syllables):
        if result[i] is None:
            before = max((index[c] for c in result[:i] if c is not None), default=-1)
            after = min((index[c] for c in result[i + 1:] if c is not None), default=len(columns))
            beyond = LYRIC_LIMITS.beyond * space
            over = [c for c in columns[before + 1:after]
                    if syllable.box.left - beyond <= c.middle <= syllable.box.right + beyond]
            if len(over) > 1:
                result[i] = over[0]
    return result


def _not_too_low(graph: NotationGraph, staff: int, lines: Sequence[list[int]]) -> Sequence[list[int]]:
    """The lines of words under a staff that can be its verses, from the top. A line that is too low, over the next
    system, is a verse only if it continues a stack of verses. A line that is apart from the verse above, and nearer to
    the staff below, consists of chord symbols or tempo words of that staff."""
    if _next_staff(graph, graph.staves[staff]) is not None:
        return lines
    space = graph.staves[staff].space_px
    last = None
    for number, line in enumerate(lines):
        depth = sum(_depth(graph.staves[staff], graph.words[i].box) for i in line) / len(line)
        is_low = depth > LYRIC_LIMITS.verse_depth * space
        is_apart = last is None or depth - last > LYRIC_LIMITS.verse_distance * space
        is_of_next = last is not None and _above_next(graph, [graph.words[i].box for i in line]) < depth - last
        if is_apart and (is_low or is_of_next):
            return lines[:number]
        last = depth
    return lines


def _depth(staff: Staff, box: Box) -> float:
    """How far the middle of a word is below the bottom line of a staff, in pixels. In photographs of open books, staves
    are bent, and a line of words is bent like its staff, so this is better than the row."""
    row, col = box.center
    return row - staff.row(-4, col)


def _above_next(graph: NotationGraph, line: Sequence[Box]) -> float:
    """How far a line of words is above the next staff below, in pixels; infinite if there is none. Some words may stand
    beside the staff."""
    far = []
    for box in line:
        row, col = box.center
        below = [s.row(4, col) - row for s in graph.staves if s.left <= col <= s.right and s.row(4, col) > row]
        far += [min(below)] if below else []
    return median(far) if far else float("inf")


def _words_under(graph: NotationGraph) -> dict[int, list[int]]:
    """Staff index -> indices of the words between this staff and the next staff below, of the same or the next
    system."""
    below: dict[int, list[int]] = defaultdict(list)
    for i, word in enumerate(graph.words):
        row, col = word.box.center
        over = [s for s in graph.staves if s.left <= col <= s.right and s.row(-4, col) < row]
        if not over:
            continue
        staff = max(over, key=lambda s: s.row(-4, col))
        following = _next_staff(graph, staff)
        if following is None or row < following.row(4, col):
            below[staff.index].append(i)
    return below


def _next_staff(graph: NotationGraph, staff: Staff) -> Staff | None:
    """The next staff below in the same system, if there is one."""
    system = next((s for s in graph.systems if staff.index in s.staves), None)
    if system is None or staff.index == system.staves[-1]:
        return None
    return graph.staves[system.staves[system.staves.index(staff.index) + 1]]


def note_columns(graph: NotationGraph, staff: int) -> list[NoteColumn]:
    """The columns of notes of a staff (index), from left to right. Grace and cue notes have no syllables."""
    heads = [s for s in graph.on_staff(staff) if s.kind == "notehead" and not s.symbol_class.is_small]
    reach = LYRIC_LIMITS.same_column * graph.staves[staff].space_px
    columns: list[NoteColumn] = []
    for head in sorted(heads, key=lambda s: s.box.left):
        if columns and head.box.center[1] <= columns[-1].middle + reach:
            columns[-1] = replace(columns[-1], heads=(*columns[-1].heads, head.id))
        else:
            columns.append(NoteColumn(head.box.left, head.box.center[1], (head.id,)))
    return columns


def split(words: Sequence[tuple[Word, int]]) -> list[Syllable]:
    """The syllables of one line of words, without hyphens. The number of a verse is joined to its first syllable ("2.
    Und") if it is as near as words are; otherwise it is left out.

    words: from left to right, each with its index among the words of the page.
    """
    found: list[Syllable] = []
    joined = elided = False
    number: tuple[Word, int] | None = None
    opening: tuple[Word, int] | None = None
    for word, place in words:
        if word.text == ELISION:
            elided = bool(found)
            continue
        if re.fullmatch(r"\W*\d+\W*", word.text):
            number = word, place
            continue
        if re.fullmatch(_OPENING, word.text):
            opening = word, place
            continue
        for piece in re.finditer(rf"[{re.escape(_DASHES)}]+|[^{re.escape(_DASHES)}]+", word.text):
            text = piece.group()
            if text[0] in _DASHES:
                joined = text[0] not in _MELISMA_LINES and bool(found)
            elif found and not joined and re.fullmatch(_CLOSING, text) and _follows(found[-1].box, word.box):
                space = " " * word.goes_on  # as in French, where the page has a space
                found[-1] = replace(found[-1], text=found[-1].text + space + text, box=found[-1].box.union(word.box))
            elif found and not joined and word.goes_on and number is None and opening is None and piece.start() == 0:
                box = found[-1].box.union(_piece_box(word, piece))
                found[-1] = replace(found[-1], text=f"{found[-1].text} {text}", box=box,
                                    words=(*found[-1].words, place))
            elif re.search(r"\w", text):
                box = _piece_box(word, piece)
                syllable = Syllable(_without_specks(text), box, word.score, (place,), joined)
                is_near = number is not None and (word.goes_on or _follows(number[0].box, word.box))
                if number is not None and is_near and re.fullmatch(_NUMBER, number[0].text):
                    syllable = replace(syllable, text=f"{number[0].text} {syllable.text}", words=(number[1], place))
                if opening is not None and word.goes_on:
                    syllable = replace(syllable, text=f"{opening[0].text} {syllable.text}", words=(opening[1], place))
                number = opening = None
                if elided:
                    last = found[-1]
                    found[-1] = replace(last, text=f"{last.text}{ELISION}{syllable.text}", box=last.box.union(box),
                                        words=(*last.words, place))
                else:
                    found.append(syllable)
                joined = elided = False
    return found


def _piece_box(word: Word, piece: re.Match[str]) -> Box:
    """The box of a part of a word, as if all its letters had the same width."""
    width = word.box.width / max(len(word.text), 1)
    left = word.box.left + width * piece.start()
    return Box(word.box.top, left, word.box.bottom, left + width * len(piece.group()))


def _follows(last: Box, mark: Box) -> bool:
    """Whether a punctuation mark is so near to the word before it that it belongs to the word."""
    return mark.left - last.right < LYRIC_LIMITS.mark_gap * last.height


def _without_specks(text: str) -> str:
    """A syllable without barlines and specks that were read as characters at its ends. A full stop stays."""
    return text.strip("|.·°*") if len(text) > 1 and text[-1] != "." else text


def match(
    syllables: Sequence[Syllable], columns: Sequence[NoteColumn], space: float
) -> list[NoteColumn | None]:
    """For every syllable the notes to which it belongs; None if there are none. space: the staff space in pixels.

    This is the cheapest matching that keeps the order of syllables and notes (Needleman & Wunsch 1970). A pair costs
    its distance, a syllable without a note costs `LyricLimits.unmatched_cost`, a note without a syllable costs nothing.
    """
    n, m = len(syllables), len(columns)
    best = [[0.0] * (m + 1)] + [[0.0] * (m + 1) for _ in range(n)]
    for i in range(1, n + 1):
        best[i][0] = i * LYRIC_LIMITS.unmatched_cost
        for j in range(1, m + 1):
            pair = best[i - 1][j - 1] + _cost(syllables[i - 1].box, columns[j - 1], space)
            best[i][j] = min(best[i - 1][j] + LYRIC_LIMITS.unmatched_cost, best[i][j - 1], pair)
    result: list[NoteColumn | None] = [None] * n
    i, j = n, m
    while i and j:
        if best[i][j] == best[i][j - 1]:
            j -= 1
        elif best[i][j] == best[i - 1][j] + LYRIC_LIMITS.unmatched_cost:
            i -= 1
        else:
            i, j = i - 1, j - 1
            result[i] = columns[j]
    return result


def _cost(box: Box, column: NoteColumn, space: float) -> float:
    """Cost of matching a syllable to a note, in staff spaces: their distance, or more than it costs to leave them
    unmatched."""
    away = _distance(box, column, space)
    return away if away <= LYRIC_LIMITS.note_distance else 2 * LYRIC_LIMITS.unmatched_cost


def _distance(box: Box, column: NoteColumn, space: float) -> float:
    """How far a syllable is from a note, in staff spaces. Most syllables are centred under their note. A syllable that
    is held over several notes (a melisma) begins at the left end of the first."""
    centred = abs(box.center[1] - column.middle)
    left_aligned = abs(box.left - column.left) + LYRIC_LIMITS.left_aligned * space
    return min(centred, left_aligned) / space


# ---- onto the score --------------------------------------------------------------------------------------------


def with_lyrics(score: Score, verses: Sequence[Verse]) -> Score:
    """The score with every syllable of the verses on its note, which is found by the ids of its noteheads."""
    if not verses:
        return score
    bearers = _bearers(score)
    lyrics_at: dict[tuple[int, int, int], list[Lyric]] = defaultdict(list)
    for verse in verses:
        for column, lyric in _lyrics(verse):
            places = [place for head in column.heads for place in bearers.get((verse.page, head), ())]
            if places:
                lyrics_at[min(places, key=lambda place: _reluctance(score, place))].append(lyric)
    return replace(score, parts=tuple(
        replace(part, measures=tuple(
            replace(measure, notes=tuple(
                replace(note, lyrics=_one_a_verse(lyrics_at[p, m, i])) if (p, m, i) in lyrics_at else note
                for i, note in enumerate(measure.notes)))
            for m, measure in enumerate(part.measures)))
        for p, part in enumerate(score.parts)))


def _bearers(score: Score) -> dict[tuple[int, int], list[tuple[int, int, int]]]:
    """(page, symbol id) -> the notes that were read from that symbol, as (part, measure, note) counted from 0. Grace
    notes have no syllables."""
    bearers: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for p, part in enumerate(score.parts):
        for m, measure in enumerate(part.measures):
            for i, note in enumerate(measure.notes):
                for symbol in () if note.grace else note.symbol_ids:
                    bearers[measure.page, symbol].append((p, m, i))
    return bearers


def _reluctance(score: Score, place: tuple[int, int, int]) -> tuple[bool, int, tuple[int, int, int]]:
    """Sort key for the notes of a column. The first one gets the syllable: a note that does not continue a tie, then
    the uppermost voice, then the first note of a chord."""
    note: Note = score.parts[place[0]].measures[place[1]].notes[place[2]]
    return note.tie_stop, note.voice, place


def _lyrics(verse: Verse) -> list[tuple[NoteColumn, Lyric]]:
    """The syllables of a verse that have notes, as lyrics, together with these notes."""
    found: list[tuple[NoteColumn, Lyric]] = []
    goes_on = [s.joined for s in verse.syllables[1:]] + [verse.goes_on]
    for syllable, column, joined_to_next in zip(verse.syllables, verse.columns, goes_on, strict=True):
        if column is not None:
            syllabic = _SYLLABIC[syllable.joined, joined_to_next]
            found.append((column, Lyric(verse.number, syllable.text, syllabic, syllable.score)))
    return found


def _one_a_verse(lyrics: Sequence[Lyric]) -> tuple[Lyric, ...]:
    """One lyric for each verse, in the order of the verses. Of several lyrics of one verse, the last one counts."""
    return tuple({lyric.verse: lyric for lyric in sorted(lyrics, key=lambda n: n.verse)}.values())
