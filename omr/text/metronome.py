"""Metronome marks: a small note over the music, and to its right the number of beats a minute.

The detector finds the note like any other note, Tesseract finds the number; either may miss the equals sign between
them. Symbols and words that belong to a mark are taken out of the music and of the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from omr.text.places import staff_below
from omr.types import Box, NotationGraph, Staff, Symbol, Word
from omr.types.table import table

BEATS_A_MINUTE = range(20, 401)
"""Believable numbers: wider than the 40 to 208 of a mechanical metronome."""


@table
class TempoLimits:
    """Distances in staff spaces. Rules of thumb: no measurement of them is on record."""

    number_distance: float = 6.0
    """Longest gap between the note's right edge and the number: there is room for "= ca. "."""
    tallest: float = 6.0
    """Height of the tallest number: it is set like the tempo words beside it. Verovio's are 30 spaces high where a
    score asks for letters of no size."""
    number_height: float = 1.2
    """Largest difference in height between the middles of head and number."""
    staff_distance: float = 14.0
    """Greatest height of a number over the top line of its staff."""
    left_of_staff: float = 4.0
    """How far left of its staff a number may stand."""
    head_height: float = 1.2
    """Smallest height of the note's head over the top line: lower heads are notes of the music."""
    head_height_if_equals: float = 0.5
    """The same where an equals sign was read after the head."""
    same_line: float = 1.0
    """Symbols and words whose middles differ by less in height belong to the mark."""
    left_of_head: float = 0.2
    """How far left of the head's left edge the middle of a symbol of the mark may be."""
    words_left_of_head: float = 1.0
    """The same for words: the note itself may have been read as one."""
    dot_distance: float = 1.5
    """Longest gap between the head and its dot."""
    flag_offset: float = 0.8
    """Largest distance of a flag's left edge from the head's right edge, where the stem is."""
    flag_height: float = 5.0
    """Greatest height of a flag's middle over the head's: the length of a stem, with some room."""
    tempo_gap: float = 3.0
    """Longest gap between the words of a tempo, or between these and the mark behind them."""
    word_letters: int = 4
    """Most letters of a word other than the number that belongs to the mark ("=", "ca."): longer ones are a tempo."""


TEMPO_LIMITS = TempoLimits()
UNITS = {"whole": Fraction(4), "half": Fraction(2), "quarter": Fraction(1), "eighth": Fraction(1, 2),
         "16th": Fraction(1, 4)}
"""Beat units in quarters."""
_UNIT_OF_FLAG = {"flag8thUp": "eighth", "flag8thUpSmall": "eighth", "flag8thDown": "eighth",
                 "flag8thDownSmall": "eighth", "flag16thUp": "16th", "flag16thDown": "16th"}
"""Class of a flag -> beat unit."""
_NUMBER = re.compile(r"(?<!\d)(?=.*\d)([\doOlI]{2,3})\W{0,2}$")
"""A word that ends with two or three digits, and perhaps a bracket or full stop. Letters that look like digits may be
among these."""
_DIGITS = str.maketrans("oOlI", "0011")


@dataclass(frozen=True)
class Metronome:
    """unit: one of `UNITS`, with "." after it if dotted. beats: a minute. symbols: ids of the symbols it consists of.
    words: places of its words among those of the page. box: the mark, and the tempo before it, with which it begins."""

    unit: str
    beats: int
    box: Box
    symbols: frozenset[int]
    words: frozenset[int]

    @property
    def text(self) -> str:
        """As `parse` reads it: "quarter.=60"."""
        return f"{self.unit}={self.beats}"


def parse(text: str) -> tuple[str, bool, int, Fraction]:
    """(unit, dotted, beats, quarters a minute) of `Metronome.text`."""
    unit, _, beats = text.partition("=")
    plain = unit.rstrip(".")
    length = UNITS[plain] * (Fraction(3, 2) if unit.endswith(".") else 1)
    return plain, unit.endswith("."), int(beats), length * int(beats)


def find_metronomes(graph: NotationGraph) -> list[Metronome]:
    """The metronome marks of a page."""
    return list(_find(graph)) if graph.words and graph.staves else []


def without_metronomes(graph: NotationGraph, marks: list[Metronome]) -> NotationGraph:
    """The graph without the marks' symbols."""
    gone = frozenset().union(*(m.symbols for m in marks))
    if not gone:
        return graph
    return replace(
        graph, symbols=tuple(s for s in graph.symbols if s.id not in gone),
        edges=tuple(e for e in graph.edges if e.parent not in gone and e.child not in gone),
        staff_of={i: staff for i, staff in graph.staff_of.items() if i not in gone})


def _find(graph: NotationGraph) -> Iterator[Metronome]:
    """A mark for every number that has a note on its left."""
    for place, word in enumerate(graph.words):
        number = number_of(word)
        if number is None:
            continue
        beats, box = number
        staff = staff_below(graph, box, TEMPO_LIMITS.staff_distance, TEMPO_LIMITS.left_of_staff)
        if staff is None or box.height > TEMPO_LIMITS.tallest * staff.space_px:
            continue
        head = _head(graph, box, staff)
        if head is not None:
            yield _mark(graph, place, beats, head, staff.space_px)


def number_of(word: Word) -> tuple[int, Box] | None:
    """The number of beats a minute that a word ends with, and where it stands: the note may have been read as the
    beginning of the word, "(4-69". None without one."""
    found = _NUMBER.search(word.text)
    beats = 0 if found is None else int(found[1].translate(_DIGITS))
    if found is None or beats not in BEATS_A_MINUTE:
        return None
    left, letters = word.box.left, word.box.width / len(word.text)
    return beats, replace(word.box, left=left + found.start(1) * letters, right=left + found.end(1) * letters)


def _mark(graph: NotationGraph, place: int, beats: int, head: Symbol, space: float) -> Metronome:
    """The mark of a head and a number. place: of the number among the words; space: the staff space in pixels."""
    box = graph.words[place].box
    row, left, right = head.box.center[0], head.box.left, box.right
    symbols = [s for s in graph.symbols if abs(s.box.center[0] - row) < TEMPO_LIMITS.same_line * space
               and left - TEMPO_LIMITS.left_of_head * space <= s.box.center[1] <= right]
    flag = next((s for s in graph.symbols if s.kind == "flag" and _on_stem(s, head, space)), None)
    dotted = any(s.name == "augmentationDot" and s.box.left < head.box.right + TEMPO_LIMITS.dot_distance * space
                 for s in symbols)
    words = {i for i, w in enumerate(graph.words)
             if abs(w.box.center[0] - box.center[0]) < TEMPO_LIMITS.same_line * space
             and left - TEMPO_LIMITS.words_left_of_head * space < w.box.center[1] <= right
             and (i == place or len(w.text) <= TEMPO_LIMITS.word_letters)}
    ids = frozenset(s.id for s in (*symbols, *([flag] if flag else [])))
    whole = head.box.union(box)
    whole = replace(whole, left=_beginning_of_line(graph, whole, space))
    return Metronome(_unit(head, flag) + "." * dotted, beats, whole, ids, frozenset(words))


def _beginning_of_line(graph: NotationGraph, mark: Box, space: float) -> float:
    """The column where the words begin behind which a mark stands, as "Allegro" before its note; its own without any.
    space: in pixels."""
    left = mark.left
    for word in sorted(graph.words, key=lambda w: -w.box.right):
        is_level = mark.top < word.box.center[0] < mark.bottom
        if is_level and word.box.left < left and left - word.box.right < TEMPO_LIMITS.tempo_gap * space:
            left = word.box.left
    return left


def _unit(head: Symbol, flag: Symbol | None) -> str:
    """The beat unit of a note, one of `UNITS`; flags shorter than a 16th's are misread."""
    unit = "half" if "Half" in head.name else "whole" if "Whole" in head.name else "quarter"
    return unit if flag is None else _UNIT_OF_FLAG.get(flag.name, unit)


def _head(graph: NotationGraph, number: Box, staff: Staff) -> Symbol | None:
    """The nearest head left of a number, on its line and over its staff."""
    space = staff.space_px

    def belongs(head: Symbol) -> bool:
        row, col = head.box.center
        if not (0 < number.left - head.box.right < TEMPO_LIMITS.number_distance * space
                and abs(row - number.center[0]) < TEMPO_LIMITS.number_height * space):
            return False
        has_sign = _has_equals_sign(graph, head, number)
        lowest = TEMPO_LIMITS.head_height_if_equals if has_sign else TEMPO_LIMITS.head_height
        return bool(lowest * space < staff.row(4, col) - row)

    heads = [s for s in graph.symbols if s.kind == "notehead" and belongs(s)]
    return max(heads, key=lambda s: s.box.right, default=None)


def _has_equals_sign(graph: NotationGraph, head: Symbol, number: Box) -> bool:
    """Whether an equals sign was read between a head and a number: as a character, or as a tenuto stroke."""
    def between(box: Box) -> bool:
        return head.box.right <= box.center[1] <= number.right and box.top < number.bottom and box.bottom > number.top

    return (any("=" in w.text and between(w.box) for w in graph.words)
            or any(s.name == "articTenuto" and between(s.box) for s in graph.symbols))


def _on_stem(flag: Symbol, head: Symbol, space: float) -> bool:
    """Whether a flag hangs on the upward stem of a head, which stands at its right edge."""
    return (abs(flag.box.left - head.box.right) < TEMPO_LIMITS.flag_offset * space
            and 0 < head.box.center[0] - flag.box.center[0] < TEMPO_LIMITS.flag_height * space)
