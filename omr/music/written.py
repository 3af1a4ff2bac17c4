"""Words, metronome marks and chord symbols as directions of the bar in which they begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from omr.music.bars import Bar
from omr.music.directions import onset_near
from omr.music.events import TICKS
from omr.music.placed import Reading
from omr.music.sides import Sides
from omr.text.chordnames import diagram_of
from omr.text.metronome import Metronome
from omr.text.phrases import Phrase
from omr.text.places import staff_below
from omr.text.rehearsal import LEFT_OF_STAFF, OVER_STAFF
from omr.text.tempos import is_tempo
from omr.types import Box, Direction, NotationGraph

ROOT_SPACES = 1.5
"""Width of the root letter of a chord symbol, in staff spaces. A rule of thumb."""
HALF_HEAD_SPACES = 0.6
"""Half the width of a notehead, in staff spaces."""
MARK_AT_BARLINE = 1.0
"""Greatest distance between a rehearsal mark and its barline, in staff spaces. MuseScore begins the mark at the
barline, LilyPond and Verovio centre it over the barline."""
NO_CHORD = " ,.;|"
"""Characters at the ends of a word that do not belong to a chord symbol: specks, and barlines that were read as
letters."""


def word_directions(phrases: Sequence[Phrase], bar: Bar, reading: Reading, sides: Sides) -> Iterator[Direction]:
    """The phrases that begin in a bar, as directions. `Direction.staff` is the staff's index on the page.

    Of those above a staff the lower ones come first, of those below it the upper ones, because programs set each beyond
    the ones before.

    phrases, sides: of the bar's page.
    reading: of the bar.
    """
    from_top = sorted(phrases, key=lambda phrase: phrase.box.center[0])
    found = list(_beginning(((p.box, "words", p.text) for p in from_top), bar, reading, sides))
    yield from (direction for direction in found if direction.placement != "above")
    yield from (direction for direction in reversed(found) if direction.placement == "above")


def metronome_directions(
    marks: Sequence[Metronome], bar: Bar, reading: Reading, sides: Sides
) -> Iterator[Direction]:
    """The metronome marks that begin in a bar, as directions. Arguments as of `word_directions`."""
    yield from _beginning(((m.box, "metronome", m.text) for m in marks), bar, reading, sides)


def rehearsal_directions(graph: NotationGraph, bar: Bar, reading: Reading) -> Iterator[Direction]:
    """The rehearsal marks of a bar, as directions. `Direction.staff` is the staff's index on the page.

    A mark over or near a barline belongs to the beginning of the bar after it. So does one before the first note of a
    bar, wherever its clef and key are. Any other mark belongs to the note nearest to its beginning.
    """
    # The further measures of a multi-measure rest have no width, and contain nothing.
    for word in graph.rehearsals if bar.left < bar.right else ():
        staff = staff_below(graph, word.box, OVER_STAFF, LEFT_OF_STAFF)
        if staff is None or staff.index not in bar.system.staves:
            continue
        near = MARK_AT_BARLINE * staff.space_px
        left, right = word.box.left - near, word.box.right + near
        is_at_start = left < bar.left < right or bar.first_of_system and word.box.left < bar.left
        is_at_end = left < bar.right < right and bar.right < staff.right - near
        if is_at_start or bar.left <= word.box.left < bar.right and not is_at_end:
            own = [p for p in reading.placed if p.event.staff == staff.index]
            is_before = all(word.box.left < p.event.x for p in own)
            onset = Fraction(0) if is_at_start or is_before else onset_near(word.box.left, own)
            yield Direction(staff.index, onset, "rehearsal", word.text, "above")


def _beginning(
    written: Iterable[tuple[Box, str, str]], bar: Bar, reading: Reading, sides: Sides
) -> Iterator[Direction]:
    """The texts that begin in a bar, as directions. written: (box, kind, text) of each.

    A text gets the onset of the first event that begins to the right of the text's left edge, or at most the text's own
    height to the left of it: a word may be printed a little to the right of its note. Without such an event, the onset
    is 0. What stands before the first bar of a system belongs to that bar.
    """
    for box, kind, text in written:
        is_mark = kind == "metronome"
        staff, placement = sides.of(box.center[0], box.left, is_mark or is_tempo(text), words=None if is_mark else text)
        if staff is not None and _begins_in(box, staff, bar):
            after = [p.onset for p in reading.placed if p.event.x > box.left - box.height]
            yield Direction(staff, Fraction(min(after, default=0), TICKS), kind, text, placement)


def _begins_in(box: Box, staff: int, bar: Bar) -> bool:
    """Whether something that is written for a staff begins in a bar."""
    return staff in bar.system.staves and (
        bar.left <= box.left < bar.right or bar.first_of_system and box.left < bar.left)


def is_written(box: Box, bars: Iterable[Bar], sides: Sides) -> bool:
    """Whether words or a metronome mark begin in any of the bars of their page. sides: of the page."""
    staff, _ = sides.of(box.center[0], box.left)
    return staff is not None and any(_begins_in(box, staff, bar) for bar in bars)


def are_left_aligned(graph: NotationGraph, names: Mapping[int, int]) -> bool:
    """Whether the chord symbols of a page begin over their notes, as in most programs, or are centred over them:
    whether their left edges are nearer to those of notes and rests than their middles are.

    names: index of a word in `graph.words` -> index of its staff.
    """
    left = middle = 0.0
    for index, staff in names.items():
        box = graph.words[index].box
        own = [s.box for s in graph.on_staff(staff) if s.kind in ("notehead", "rest")]
        left += min((abs(s.left - box.left) for s in own), default=0.0)
        middle += min((abs(s.center[1] - box.center[1]) for s in own), default=0.0)
    return left < middle


def chord_directions(
    graph: NotationGraph, names: Mapping[int, int], bar: Bar, reading: Reading, is_left: bool = False
) -> Iterator[Direction]:
    """The chord symbols of a bar, each at the onset of the event on its staff that is nearest to its middle, or to its
    left edge if they are left aligned (is_left).

    A symbol belongs to the bar in which it begins. One that reaches over a barline belongs to the note or rest nearest
    to its root, because wide symbols begin before the bar over whose first note they stand. names: index of a word in
    `graph.words` -> index of its staff.
    """
    for index, staff in names.items():
        word = graph.words[index]
        begins = chord_column(graph, word.box, staff, bar)
        if begins is None:
            continue
        box, space = word.box, graph.staves[staff].space_px
        col = begins if begins != box.left else box.left + HALF_HEAD_SPACES * space if is_left else box.center[1]
        own = [p for p in reading.placed if p.event.staff == staff]
        is_under = word.box.center[0] > graph.staves[staff].row(-4, word.box.center[1])
        yield Direction(staff, onset_near(col, own), "harmony", word.text.strip(NO_CHORD),
                        "below" if is_under else "above",
                        diagram_of(graph, word))


def chord_column(graph: NotationGraph, box: Box, staff: int, bar: Bar) -> float | None:
    """The column at which a chord symbol above a staff begins in a bar: its left edge, or the note or rest to which it
    belongs if it reaches over a barline. None if it begins in another bar."""
    if staff not in bar.system.staves:
        return None
    begins = box.left
    if any(box.left < barline < box.right for barline in (bar.left, bar.right)):
        root = box.left + min(box.width, ROOT_SPACES * graph.staves[staff].space_px) / 2
        notes = [s.box.center[1] for s in graph.on_staff(staff) if s.kind in ("notehead", "rest")]
        begins = min(notes, key=lambda note: abs(note - root), default=box.left)
    return begins if bar.left <= begins < bar.right else None
