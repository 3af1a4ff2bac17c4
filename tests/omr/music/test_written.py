"""Words, metronome marks and chord symbols: in which bar, and at which time."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from omr.music.bars import Bar
from omr.music.events import TICKS
from omr.music.placed import Placed, Reading
from omr.music.sides import Sides
from omr.music.written import (
    are_left_aligned,
    chord_directions,
    metronome_directions,
    rehearsal_directions,
    word_directions,
)
from omr.text.metronome import Metronome
from omr.text.phrases import Phrase
from omr.types import Box, Word
from tests.omr.music.pages import PageMaker, note


def reading(*notes: tuple[float, int]) -> Reading:
    """Quarter notes at (column, staff), one after the other."""
    placed = tuple(
        Placed(event=note(i, x, staff), onset=i * TICKS, ticks=TICKS, base=TICKS, dots=0, voice=0, home_staff=staff,
               ratio=None, unit=i) for i, (x, staff) in enumerate(notes))
    return Reading(placed, len(placed) * TICKS, 0.0)


BAR = Bar(page=0, system=PageMaker().systems[0], left=100, right=300)
THREE_NOTES = reading((110, 0), (160, 0), (210, 0))
SIDES = Sides(PageMaker().graph())


def above(left: float, height: float = 12) -> Box:
    """Where a word stands over the staff."""
    return Box(80 - height, left, 80, left + 60)


def word_onsets(bar: Bar, left: float, height: float = 12) -> list[Fraction]:
    phrase = Phrase("dolce", above(left, height), 1.0, (0,))
    return [d.onset_quarter for d in word_directions([phrase], bar, THREE_NOTES, SIDES)]


@pytest.mark.parametrize("left, onset", [
    (130, 1),   # before the second note
    (165, 1),   # a little behind its left edge
    (175, 2),   # farther behind it than the word is high
    (290, 0),   # behind all notes
])
def test_words_begin_with_the_note_they_begin_over(left: float, onset: int) -> None:
    assert word_onsets(BAR, left) == [onset]


def test_words_belong_to_the_bar_in_which_they_begin() -> None:
    assert word_onsets(BAR, 99) == word_onsets(BAR, 300) == []
    first = Bar(page=0, system=BAR.system, left=100, right=300, first_of_system=True)
    assert word_onsets(first, 99) == [0]  # over the clef


def test_of_words_over_each_other_the_nearest_to_the_staff_comes_first() -> None:
    """MuseScore sets each beyond those before: "Un poco animato" stood over "Allegretto", under which it is printed."""
    rows = {"Allegretto": 50, "Un poco animato": 70, "dolce": 160, "sempre": 175}
    phrases = [Phrase(text, Box(row - 6, 110, row + 6, 200), 1.0, (i,)) for i, (text, row) in enumerate(rows.items())]
    found = list(word_directions(phrases, BAR, THREE_NOTES, SIDES))
    assert [d.text for d in found] == ["dolce", "sempre", "Un poco animato", "Allegretto"]


def test_words_of_another_system_are_left_out() -> None:
    maker = PageMaker(systems=2)
    phrase = Phrase("dolce", above(130), 1.0, (0,))
    bar = Bar(page=0, system=maker.systems[1], left=100, right=300)
    assert list(word_directions([phrase], bar, THREE_NOTES, Sides(maker.graph()))) == []


def test_words_and_metronome_marks_say_what_they_are() -> None:
    word, = word_directions([Phrase("dolce", above(110), 1.0, (0,))], BAR, THREE_NOTES, SIDES)
    assert (word.staff, word.kind, word.text, word.placement) == (0, "words", "dolce", "above")
    mark = Metronome("quarter.", 60, above(110), frozenset(), frozenset())
    made, = metronome_directions([mark], BAR, THREE_NOTES, SIDES)
    assert (made.kind, made.text, made.onset_quarter) == ("metronome", "quarter.=60", 0)


def test_a_chord_symbol_stands_at_the_nearest_event_of_its_own_staff() -> None:
    maker = PageMaker(staves=2)
    maker.words += [Word("Am7,", Box(70, 150, 82, 190)), Word("G", Box(70, 310, 82, 320))]
    bar = Bar(page=0, system=maker.systems[0], left=100, right=300)
    # The middle of the first word is at column 170, where only the other staff has a note.
    timed = reading((110, 0), (170, 1), (215, 0))
    made, = chord_directions(maker.graph(), {0: 0, 1: 0}, bar, timed)
    assert (made.staff, made.onset_quarter, made.kind, made.text) == (0, 2, "harmony", "Am7")


@pytest.mark.parametrize(("note_before", "here"), [(296, True), (250, False)])
def test_a_chord_symbol_that_reaches_over_a_barline_is_over_its_note(note_before: float, here: bool) -> None:
    """It begins at column 292, the barline is at 300, and the next bar's first note at 312."""
    maker = PageMaker()
    maker.words.append(Word("G#m7(b5)", Box(70, 292, 82, 350)))
    for col in (note_before, 312):
        maker.symbol("noteheadBlack", col - 6)
    first = Bar(page=0, system=maker.systems[0], left=100, right=300)
    second = Bar(page=0, system=maker.systems[0], left=300, right=500)
    found = [len(list(chord_directions(maker.graph(), {0: 0}, bar, reading((col, 0)))))
             for bar, col in ((first, note_before), (second, 312))]
    assert found == ([1, 0] if here else [0, 1])


def test_a_chord_symbol_over_an_empty_staff_stands_at_the_beginning() -> None:
    maker = PageMaker()
    maker.words.append(Word("C", Box(70, 150, 82, 160)))
    made, = chord_directions(maker.graph(), {0: 0}, BAR, reading())
    assert made.onset_quarter == 0


@pytest.mark.parametrize("is_left", [True, False])
def test_wide_chord_symbols_begin_over_their_notes_or_stand_in_the_middle_over_them(is_left: bool) -> None:
    """Both are 60 pixels wide, as "Ebmaj7" is, over two notes 40 pixels apart: the wrong way leads to the next note."""
    maker = PageMaker()
    cols = (120, 160, 220, 260)
    for col in cols:
        maker.symbol("noteheadBlack", col - 6)
    for col in (120, 220):
        left = col - 6 if is_left else col - 30
        maker.words.append(Word("Ebmaj7", Box(70, left, 82, left + 60)))
    names = {0: 0, 1: 0}
    assert are_left_aligned(maker.graph(), names) == is_left
    made = chord_directions(maker.graph(), names, BAR, reading(*((col, 0) for col in cols)), is_left)
    assert [d.onset_quarter for d in made] == [0, 2]


@pytest.mark.parametrize("left, bar, onset", [
    (90, BAR, 0),                                   # over the barline
    (60, replace(BAR, first_of_system=True), 0),    # over the clef
    (104, BAR, 0),                                  # right behind the barline
    (162, BAR, 1),                                  # over a note in the bar
    (290, BAR, None),                               # over the barline at its end
    (330, BAR, None),
    (290, replace(BAR, left=BAR.right), None),      # the measures of a long rest that are not printed
])
def test_rehearsal_marks_begin_a_bar_or_stand_over_a_note(left: float, bar: Bar, onset: int | None) -> None:
    mark = Word("B", Box(60, left, 85, left + 25), enclosure="rectangle")
    found = rehearsal_directions(replace(PageMaker().graph(), rehearsals=(mark,)), bar, THREE_NOTES)
    expected = [] if onset is None else [(onset, "rehearsal", "B")]
    assert [(d.onset_quarter, d.kind, d.text) for d in found] == expected
