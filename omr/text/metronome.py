"""Metronome marks: a small note over the music, and to its right a number of beats a minute.

The detector finds the note as it finds any other, Tesseract the number; the equals sign between them either may miss.
What belongs to the mark is taken out of the music and of the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from omr.types import Box, NotationGraph, Staff, Symbol

BEATS = range(20, 401)
"""Believable numbers of beats a minute."""
REACH = 6.0
"""The number begins within so many spaces of the note's right edge ("= ca. 72")."""
OVER = (1.2, 14.0)
"""The note's head lies so far over the staff (spaces); just over it, where the equals sign was seen."""
UNITS = {"whole": Fraction(4), "half": Fraction(2), "quarter": Fraction(1), "eighth": Fraction(1, 2),
         "16th": Fraction(1, 4)}
"""Beat units in quarters."""
_FLAGS = {"8th": "eighth", "16t": "16th"}


@dataclass(frozen=True)
class Metronome:
    """unit: one of `UNITS`, "." after it for a dotted one. symbols: ids of what draws it. words: places of what is
    written in it."""

    unit: str
    beats: int
    box: Box
    symbols: frozenset[int]
    words: frozenset[int]

    @property
    def text(self) -> str:
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
    for place, word in enumerate(graph.words):
        number = re.search(r"(?<!\d)(\d{2,3})\W{0,2}$", word.text)
        if number is None or int(number[1]) not in BEATS:
            continue
        staff = _staff_below(graph, word.box)
        head = None if staff is None else _head(graph, word.box, staff)
        if staff is None or head is None:
            continue
        space = staff.space_px
        row = head.box.center[0]
        right = word.box.right
        inside = [s for s in graph.symbols if abs(s.box.center[0] - row) < space
                  and head.box.left - 0.2 * space <= s.box.center[1] <= right]
        flag = next((s for s in graph.symbols if s.name.startswith("flag") and _on_stem(s, head, space)), None)
        unit = "half" if "Half" in head.name else "whole" if "Whole" in head.name else "quarter"
        if flag is not None:
            unit = _FLAGS.get(flag.name.removeprefix("flag")[:3], unit)
        dotted = any(s.name == "augmentationDot" and s.box.left < head.box.right + 1.5 * space for s in inside)
        words = {i for i, w in enumerate(graph.words) if abs(w.box.center[0] - word.box.center[0]) < space
                 and head.box.left - space < w.box.center[1] <= right and (i == place or len(w.text) < 5)}
        yield Metronome(unit + "." * dotted, int(number[1]), head.box.union(word.box),
                        frozenset(s.id for s in (*inside, *([flag] if flag else []))), frozenset(words))


def _staff_below(graph: NotationGraph, box: Box) -> Staff | None:
    """The staff that a box stands over, if it is near."""
    row, col = box.center
    below = [s for s in graph.staves if s.left - 4 * s.space_px < col < s.right and s.row(4, col) > row]
    nearest = min(below, key=lambda s: s.row(4, col), default=None)
    return nearest if nearest is not None and nearest.row(4, col) - row < OVER[1] * nearest.space_px else None


def _head(graph: NotationGraph, number: Box, staff: Staff) -> Symbol | None:
    """The head to the left of a number, on its line."""
    space = staff.space_px
    heads = [
        s for s in graph.symbols
        if s.name.startswith("notehead") and 0 < number.left - s.box.right < REACH * space
        and abs(s.box.center[0] - number.center[0]) < 1.2 * space
        and (0.5 if _equals(graph, s, number) else OVER[0]) * space < staff.row(4, s.box.center[1]) - s.box.center[0]
    ]
    return max(heads, key=lambda s: s.box.right, default=None)


def _equals(graph: NotationGraph, head: Symbol, number: Box) -> bool:
    """Whether an equals sign was read between a head and a number: as such, or as the strokes that it consists of."""
    def between(box: Box) -> bool:
        return head.box.right <= box.center[1] <= number.right and box.top < number.bottom and box.bottom > number.top

    return (any("=" in w.text and between(w.box) for w in graph.words)
            or any(s.name == "articTenuto" and between(s.box) for s in graph.symbols))


def _on_stem(flag: Symbol, head: Symbol, space: float) -> bool:
    """Whether a flag hangs over the right edge of a head."""
    return (abs(flag.box.left - head.box.right) < 0.8 * space
            and 0 < head.box.center[0] - flag.box.center[0] < 5 * space)
