"""Metronome marks: a small note above the music, and to its right the number of beats a minute.

The detector finds the note like any other note, and Tesseract finds the number. Either may miss the equals sign between
them. Symbols and words of a mark are removed from the music and from the other words.
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
"""Plausible numbers: a wider range than the 40 to 208 of a mechanical metronome."""


@table
class TempoLimits:
    """Distances are in staff spaces. Rules of thumb: no measurement of them is on record."""

    number_distance: float = 6.0
    """Longest gap between the right edge of the note and the number. There is room for "= ca. "."""
    tallest: float = 6.0
    """Greatest height of the number, which is as large as the tempo words beside it. Verovio's are 30 spaces high if a
    score gives no letter size."""
    number_height: float = 1.2
    """Greatest difference in height between the middles of notehead and number."""
    staff_distance: float = 14.0
    """Greatest height of a number over the top line of its staff."""
    left_of_staff: float = 4.0
    """How far left of its staff a number may stand."""
    head_height: float = 1.2
    """Least height of the notehead over the top line. Lower ones are notes of the music."""
    head_height_if_equals: float = 0.5
    """The same if an equals sign was read after the notehead."""
    same_line: float = 1.0
    """Symbols and words belong to the mark if their middles differ by less than this in height."""
    left_of_head: float = 0.2
    """How far left of the notehead's left edge the middle of a symbol of the mark may be."""
    words_left_of_head: float = 1.0
    """The same for words, because the note itself may have been read as one."""
    dot_distance: float = 1.5
    """Longest gap between the notehead and its dot."""
    flag_offset: float = 0.8
    """Greatest distance of a flag's left edge from the notehead's right edge, where the stem is."""
    flag_height: float = 5.0
    """Greatest height of a flag's middle over that of the notehead: the length of a stem, and some more."""
    tempo_gap: float = 3.0
    """Longest gap between the words of a tempo mark, or between these and the metronome mark after them."""
    word_letters: int = 4
    """Most letters of a word, besides the number, that belongs to the mark ("=", "ca."). Longer words are a tempo."""


TEMPO_LIMITS = TempoLimits()
UNITS = {"whole": Fraction(4), "half": Fraction(2), "quarter": Fraction(1), "eighth": Fraction(1, 2),
         "16th": Fraction(1, 4)}
"""Beat units in quarters."""
_UNIT_OF_FLAG = {"flag8thUp": "eighth", "flag8thUpSmall": "eighth", "flag8thDown": "eighth",
                 "flag8thDownSmall": "eighth", "flag16thUp": "16th", "flag16thDown": "16th"}
"""Class of a flag -> beat unit."""
_NUMBER = re.compile(r"(?<!\d)(?=.*\d)([\doOlI]{2,3})\W{0,2}$")
"""A word that ends with two or three digits, and perhaps a bracket or full stop. Letters that look like digits are
allowed."""
_DIGITS = str.maketrans("oOlI", "0011")


@dataclass(frozen=True)
class Metronome:
    """A metronome mark.

    unit: one of `UNITS`, with "." after it if dotted.
    beats: a minute.
    symbols: ids of its symbols.
    words: indices of its words on the page.
    box: the mark, including the tempo words with which it begins.
    """

    unit: str
    beats: int
    box: Box
    symbols: frozenset[int]
    words: frozenset[int]

    @property
    def text(self) -> str:
        """The mark in the form that `parse` reads: "quarter.=60"."""
        return f"{self.unit}={self.beats}"


def parse(text: str) -> tuple[str, bool, int, Fraction]:
    """(unit, dotted, beats, quarters a minute) from `Metronome.text`."""
    unit, _, beats = text.partition("=")
    plain = unit.rstrip(".")
    length = UNITS[plain] * (Fraction(3, 2) if unit.endswith(".") else 1)
    return plain, unit.endswith("."), int(beats), length * int(beats)


def find_metronomes(graph: NotationGraph) -> list[Metronome]:
    """The metronome marks of a page."""
    return list(_find(graph)) if graph.words and graph.staves else []


def without_metronomes(graph: NotationGraph, marks: list[Metronome]) -> NotationGraph:
    """The graph without the symbols of metronome marks."""
    gone = frozenset().union(*(m.symbols for m in marks))
    if not gone:
        return graph
    return replace(
        graph, symbols=tuple(s for s in graph.symbols if s.id not in gone),
        edges=tuple(e for e in graph.edges if e.parent not in gone and e.child not in gone),
        staff_of={i: staff for i, staff in graph.staff_of.items() if i not in gone})


def _find(graph: NotationGraph) -> Iterator[Metronome]:
    """Find a mark for every number that has a note to its left."""
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
    """The number of beats a minute with which a word ends, and where it stands. The note may have been read as the
    beginning of the word, as in "(4-69". None if there is no number."""
    found = _NUMBER.search(word.text)
    beats = 0 if found is None else int(found[1].translate(_DIGITS))
    if found is None or beats not in BEATS_A_MINUTE:
        return None
    left, letters = word.box.left, word.box.width / len(word.text)
    return beats, replace(word.box, left=left + found.start(1) * letters, right=left + found.end(1) * letters)


def _mark(graph: NotationGraph, place: int, beats: int, head: Symbol, space: float) -> Metronome:
    """The mark made of a notehead and a number. place: index of the number among the words. space: the staff space in
    pixels."""
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
    """The column where the words begin after which a mark stands, such as "Allegro". Without words, that of the mark
    itself. space: in pixels."""
    left = mark.left
    for word in sorted(graph.words, key=lambda w: -w.box.right):
        is_level = mark.top < word.box.center[0] < mark.bottom
        if is_level and word.box.left < left and left - word.box.right < TEMPO_LIMITS.tempo_gap * space:
            left = word.box.left
    return left


def _unit(head: Symbol, flag: Symbol | None) -> str:
    """The beat unit of a note, one of `UNITS`. Flags shorter than a 16th's are misreadings."""
    unit = "half" if "Half" in head.name else "whole" if "Whole" in head.name else "quarter"
    return unit if flag is None else _UNIT_OF_FLAG.get(flag.name, unit)


def _head(graph: NotationGraph, number: Box, staff: Staff) -> Symbol | None:
    """The nearest notehead to the left of a number, in its line and above its staff."""
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
    """Whether an equals sign was read between a notehead and a number, as a character or as a tenuto stroke."""
    def between(box: Box) -> bool:
        return head.box.right <= box.center[1] <= number.right and box.top < number.bottom and box.bottom > number.top

    return (any("=" in w.text and between(w.box) for w in graph.words)
            or any(s.name == "articTenuto" and between(s.box) for s in graph.symbols))


def _on_stem(flag: Symbol, head: Symbol, space: float) -> bool:
    """Whether a flag hangs on the upward stem of a notehead, which stands at its right edge."""
    return (abs(flag.box.left - head.box.right) < TEMPO_LIMITS.flag_offset * space
            and 0 < head.box.center[0] - flag.box.center[0] < TEMPO_LIMITS.flag_height * space)
