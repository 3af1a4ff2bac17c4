"""Words, tempo marks and chord symbols become directions of the bar in which they begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from omr.music.bars import Bar
from omr.music.directions import Sides
from omr.music.events import TICKS
from omr.music.rhythm import Reading
from omr.text.metronome import Metronome
from omr.text.phrases import Phrase
from omr.types import Box, Direction, NotationGraph


def word_directions(phrases: Sequence[Phrase], bar: Bar, reading: Reading, sides: Sides) -> Iterator[Direction]:
    """The phrases that begin in a bar, as directions; `staff` is the page's staff index."""
    yield from _beginning(((p.box, "words", p.text) for p in phrases), bar, reading, sides)


def metronome_directions(
    marks: Sequence[Metronome], bar: Bar, reading: Reading, sides: Sides
) -> Iterator[Direction]:
    """The metronome marks that begin in a bar, as directions."""
    yield from _beginning(((m.box, "metronome", m.text) for m in marks), bar, reading, sides)


def _beginning(
    written: Iterable[tuple[Box, str, str]], bar: Bar, reading: Reading, sides: Sides
) -> Iterator[Direction]:
    """(box, kind, text) as directions of the time at which they begin, where that is in the bar."""
    for box, kind, text in written:
        staff, placement = sides.of(box.center[0], box.left)
        if staff not in bar.system.staves:
            continue
        if bar.left <= box.left < bar.right or (bar.first_of_system and box.left < bar.left):
            after = [p.onset for p in reading.placed if p.event.x > box.left - box.height]
            yield Direction(staff, Fraction(min(after, default=0), TICKS), kind, text, placement)


def chord_directions(
    graph: NotationGraph, names: Mapping[int, int], bar: Bar, reading: Reading
) -> Iterator[Direction]:
    """The chord symbols of a bar. names: place of a word among the page's -> its staff."""
    for place, staff in names.items():
        start = graph.words[place].box.left
        if staff in bar.system.staves and bar.left <= start < bar.right:
            before = [p for p in reading.placed if p.event.staff == staff]
            near = min(before, key=lambda p: abs(p.event.x - graph.words[place].box.center[1]), default=None)
            at = Fraction(near.onset, TICKS) if near is not None else Fraction(0)
            yield Direction(staff, at, "harmony", graph.words[place].text.strip(" ,.;|"), "above")
