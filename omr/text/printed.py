"""The words of a drawn page, from the letters in the file itself: any script, without text recognition.

Letters make a word if one follows the other directly in the order of drawing. Letters that were drawn at other times,
but touch, are joined too. Lines between syllables become "-", and lines after a last syllable "_", as in
`omr.text.dashes`.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from omr.detect.chordsigns import is_next
from omr.detect.framed import Framed
from omr.detect.glyphs import Letter
from omr.detect.pieces import Line
from omr.page.vectors import Edges
from omr.text.chordnames import like_chord
from omr.types import SPACE_PX, Box, Word
from omr.types.table import table


@table
class PrintedLimits:
    """Lengths are in ems of the letters, unless a field says otherwise. Rules of thumb, after looking at pages of eight
    programs."""

    drawn_gap: float = 0.12
    """Longest gap between two letters of a word that are drawn one after the other."""
    apart_gap: float = 0.04
    """The same for letters that are not. Syllables of neighbouring notes may be as near as this."""
    no_gap: float = 0.01
    """The same for letters of two strings, if the page draws words as whole strings."""
    cut: float = 0.1
    """Least share of strings that are followed so directly by another string on a page whose program cuts words into
    strings. On other pages, such strings are crowded syllables."""
    whole: float = 2.0
    """If a page's strings have at least this many letters on average, it draws words as whole strings."""
    overlap: float = 0.35
    """How far before the end of the letter before it a letter may begin. Accents stand on their letters, and kerning
    moves letters back."""
    same_line: float = 0.25
    """Greatest distance between the baselines of two letters of a word."""
    same_size: float = 0.15
    """Greatest difference between the sizes of two letters of a word, as a part of the larger size."""
    short_text: int = 3
    """Most words of a text that may stand under one note."""
    space: float = 0.5
    """Widest space between two words of such a text."""
    hyphen: float = 1.6
    """Longest hyphen, in staff spaces."""
    at_foot: float = 0.1
    """A line that is at most this high above the baseline holds a syllable, however short it is. Hyphens are 0.2 and
    more above it."""
    beside: tuple[float, float] = (-0.3, 0.6)
    """Limits of the height of such a line, or of a hyphen, above the baseline of its text."""


T = PrintedLimits()
ENDS = tuple(",;:!?")
"""Marks after which a word has ended."""
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
"""Stands for a letter whose font does not say which letter it is."""


def _strings(letters: Sequence[Letter]) -> list[int]:
    """For each letter, the number of the string in which it was drawn. A string is what one operator draws. If the page
    draws whole words in text objects, it is what one text object draws. If the page draws letter by letter, all letters
    have the same number."""
    for numbers in ([letter.show for letter in letters], [letter.block for letter in letters]):
        if len(letters) >= T.whole * max(len(set(numbers)), 1) and len(set(numbers)) > 1:
            return numbers
    return [0] * len(letters)


def words_of(letters: Sequence[Letter], dashes: Sequence[Line]) -> tuple[Word, ...]:
    """The words of a page, in its pixels. Words without any known letter are left out."""
    strings = _strings(letters)
    in_strings = list(zip(letters, strings, strict=True))
    gap = T.no_gap if _are_cut(in_strings) else None
    groups = _chords(_touching(_runs(in_strings, gap), gap))
    spaced = {id(letter) for before, letter in pairwise(letters) if before.text and not before.text.strip()}
    later = _going_on(groups, {id(letter): string for letter, string in zip(letters, strings, strict=True)}, spaced)
    words = [replace(word, goes_on=i in later) for i, group in enumerate(groups) if (word := _word(group)) is not None]
    places = np.array([(*letter.origin, letter.edges[2], letter.size) for letter in letters if letter.text.strip()])
    return (*words, *(_dash(line, places.reshape(-1, 4)) for line in dashes))


def framed_words(framed: Sequence[Framed]) -> tuple[Word, ...]:
    """The texts in frames, each as one word with the box of its frame. Texts without any known letter are left out."""
    words = []
    for text in framed:
        parts = words_of(text.letters, ())
        if parts:
            left, top, right, bottom = text.edges
            line = sorted(parts, key=lambda word: (round(word.box.bottom / SPACE_PX), word.box.left))
            words.append(Word(" ".join(word.text for word in line), Box(top, left, bottom, right),
                              min(word.score for word in line), enclosure=text.shape))
    return tuple(words)


def _going_on(groups: Sequence[list[Letter]], string_of: Mapping[int, int], spaced: Container[int]) -> set[int]:
    """Indices of words that continue the word before them, as one short text of two or three words with spaces. Such
    words were drawn in one string with a space, or in one text object with another string between them, which is the
    space. (One string may also hold two syllables without a space: crowded ones in PDFs by LilyPond.)

    string_of: the string of each letter, by its `id`.
    spaced: `id`s of the letters that follow a space.
    """
    of_block: dict[int, list[int]] = defaultdict(list)
    for i in sorted(range(len(groups)), key=lambda i: groups[i][0].origin[0]):
        of_block[groups[i][0].block].append(i)
    return {second for places in of_block.values() if len(places) <= T.short_text for first, second in pairwise(places)
            if (string_of[id(groups[first][-1])] == string_of[id(groups[second][0])] and id(groups[second][0]) in spaced
                or groups[second][0].show - groups[first][-1].show == 2)
            and _is_spaced(groups[first][-1], groups[second][0])}


def _is_spaced(last: Letter, letter: Letter) -> bool:
    """Whether a letter begins the next word in the same line."""
    size = max(last.size, letter.size, 1e-6)
    gap = (letter.origin[0] - last.origin[0] - last.advance[0]) / size
    is_level = abs(letter.origin[1] - last.origin[1]) < T.same_line * size
    return last.block == letter.block and 0 < gap < T.space and is_level


def unreadable(letters: Sequence[Letter]) -> int:
    """How many letters have an outline, but their font does not say which letters they are."""
    return sum(not letter.text for letter in letters)


def _are_cut(letters: Sequence[tuple[Letter, int]]) -> bool:
    """Whether a page cuts its words into strings. letters: each with the number of its string."""
    followed = sum(a[1] != b[1] and _follows(a[0], b[0], T.no_gap) for a, b in pairwise(letters))
    return followed > T.cut * len({string for _, string in letters})


def _runs(letters: Sequence[tuple[Letter, int]], between: float | None) -> list[list[tuple[Letter, int]]]:
    """Runs of letters that are drawn one after the other, each following directly on the one before. Each letter comes
    with the number of its string.

    between: longest gap between letters of two strings; None if two strings never make one word.
    """
    runs: list[list[tuple[Letter, int]]] = []
    broken = True
    for letter, string in letters:
        if letter.text and not letter.text.strip():
            broken = True
            continue
        last = runs[-1][-1] if runs else None
        gap = T.drawn_gap if last is not None and last[1] == string else between
        if last is not None and not broken and _follows(last[0], letter, gap):
            runs[-1].append((letter, string))
        else:
            runs.append([(letter, string)])
        broken = False
    return runs


def _follows(last: Letter, letter: Letter, gap: float | None) -> bool:
    """Whether a letter begins where the letter before it ends. gap: longest gap in ems; None if no gap is allowed."""
    if gap is None:
        return False
    size = max(last.size, letter.size, 1e-6)
    if abs(last.size - letter.size) > T.same_size * size:
        return False
    if gap == T.no_gap and last.text in ENDS:  # crowded syllables touch
        return False
    ahead = (letter.origin[0] - last.origin[0] - last.advance[0]) / size
    level = (letter.origin[1] - last.origin[1] - last.advance[1]) / size
    back = gap if gap == T.no_gap else T.overlap  # crowded syllables overlap too
    return -back < ahead < gap and abs(level) < T.same_line


def _touching(runs: list[list[tuple[Letter, int]]], between: float | None) -> list[list[Letter]]:
    """The letters of each run. Runs are joined if one ends where the other begins. between: as for `_runs`."""
    joined: list[list[tuple[Letter, int]]] = []
    for run in sorted(runs, key=lambda run: (round(run[0][0].origin[1] / 2), run[0][0].origin[0])):
        last = joined[-1][-1] if joined else None
        gap = T.apart_gap if last is not None and last[1] == run[0][1] else between
        if last is not None and last[0].font == run[0][0].font and _follows(last[0], run[0][0], gap):
            joined[-1].extend(run)
        else:
            joined.append(list(run))
    return [[letter for letter, _ in run] for run in joined]


def _chords(groups: Sequence[list[Letter]]) -> list[list[Letter]]:
    """The letters of each word. The parts of a chord symbol, some of which are raised or small, are joined."""
    left = sorted(groups, key=lambda group: _edges(group)[0])
    whole: list[list[Letter]] = []
    while left:
        word = left.pop(0)
        root = last = _edges(word)
        for part in list(left) if like_chord(_text(word)) else ():
            edges = _edges(part)
            if is_next(last, edges, root) and like_chord(_text([*word, *part])) and not _is_sung(word, part):
                word, last = [*word, *part], edges
                left.remove(part)
        whole.append(word)
    return whole


def _is_sung(word: Sequence[Letter], part: Sequence[Letter]) -> bool:
    """Whether a part of a chord symbol is more likely a syllable beside another one: its letters have the same size,
    and are in the same line."""
    last, first = word[-1], part[0]
    size = max(last.size, first.size, 1e-6)
    return (_text(part).isalpha() and last.font == first.font and abs(last.size - first.size) <= T.same_size * size
            and abs(last.origin[1] - first.origin[1]) < T.same_line * size)


def _edges(letters: Sequence[Letter]) -> Edges:
    """left, top, right, bottom of letters."""
    edges = np.array([letter.edges for letter in letters])
    (left, top), (right, bottom) = edges[:, :2].min(axis=0).tolist(), edges[:, 2:].max(axis=0).tolist()
    return left, top, right, bottom


def _text(letters: Sequence[Letter]) -> str:
    return unicodedata.normalize("NFC", "".join(_plain(letter.text) for letter in letters)).strip()


def _word(letters: Sequence[Letter]) -> Word | None:
    text = _text(letters)
    if not text.strip(UNKNOWN):
        return None
    left, top, right, bottom = _edges(letters)
    score = 1 - text.count(UNKNOWN) / len(text)
    return Word(text, Box(top, left, max(bottom, top + 1), max(right, left + 1)), score)


def _plain(text: str) -> str:
    """A letter in its plain form: ligatures are divided, soft and non-breaking hyphens become "-"."""
    if not text:
        return UNKNOWN
    return "".join(_letters(text))


def _letters(text: str) -> Iterator[str]:
    for letter in text:
        if letter in "\N{SOFT HYPHEN}\N{NON-BREAKING HYPHEN}":
            yield "-"
        elif 0xFB00 <= ord(letter) <= 0xFB06:
            yield unicodedata.normalize("NFKD", letter)
        elif letter.isprintable() or letter.isspace():
            yield letter


def _dash(line: Line, letters: np.ndarray) -> Word:
    """A line in text as a word: a hyphen, or the line that holds a last syllable. letters: (N, 4), for each letter of
    the page the column and row where it begins on the baseline, its right end, and its size."""
    half = max(line.thickness / 2, 0.5)
    box = Box(line.a[1] - half, line.a[0], line.a[1] + half, max(line.b[0], line.a[0] + 1))
    over = (letters[:, 1] - line.a[1]) / np.maximum(letters[:, 3], 1e-6)
    before = (letters[:, 0] < line.a[0]) & (T.beside[0] < over) & (over < T.beside[1])
    is_low = before.any() and over[before][letters[before, 2].argmax()] < T.at_foot
    return Word("_" if is_low or line.length > T.hyphen * SPACE_PX else "-", box)
