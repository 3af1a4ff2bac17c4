"""What one part plays in one bar."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from omr.music.bars import Bar
from omr.music.context import BarContext
from omr.music.events import TICKS, Event
from omr.music.measures import BarNotes, played_again, repeat_signs
from omr.music.notes import PageMarks
from omr.music.placed import Placed, Reading
from omr.music.timing import TimedBar
from omr.notation.joins import join_curves
from omr.types import Box, Lyric, Measure, Note, Pitch, Rest, StaffInPart, StaffKey, Symbol
from tests.omr.music.pages import PageMaker, note

F = Fraction
PLACES = {0: StaffInPart(0, 1), 1: StaffInPart(1, 1)}
"""Two parts of one staff each."""


def bar_notes(*placed: Placed, rests: tuple[Event, ...] = (), graces: tuple[Event, ...] = ()) -> BarNotes:
    maker = PageMaker(staves=2)
    graph = maker.graph()
    bar = Bar(page=0, system=maker.systems[0], left=20, right=600, events=tuple(p.event for p in placed), graces=graces)
    timed = TimedBar(bar=bar, context=BarContext({}, {}), duration=4 * TICKS, reading=Reading(placed, 4 * TICKS, 0.0),
                     time=None, rests=rests)
    pitches = {head.id: Pitch("C", 5) for e in (*bar.events, *graces) for head in e.heads}
    curves = join_curves([graph], {StaffKey(0, staff): place for staff, place in PLACES.items()})
    return BarNotes(timed, PageMarks(graph, curves), pitches, PLACES)


def placed(id_: int, onset: int, voice: int = 0, staff: int = 0, **more: object) -> Placed:
    """A quarter note at an onset in quarters."""
    event = replace(note(id_, 100 + 50 * onset, staff), **more)  # type: ignore[arg-type]
    return Placed(event=event, onset=onset * TICKS, ticks=TICKS, base=TICKS, dots=0, voice=voice, home_staff=staff,
                  ratio=None, unit=id_)


def whole_rest(staff: int = 0) -> Event:
    return Event(id=90, x=300, staff=staff, rest=Symbol(90, "restWhole", Box(110, 300, 115, 312)), base=4 * TICKS)


def test_each_part_has_its_own_notes() -> None:
    made = bar_notes(placed(0, 0), placed(1, 1, 1, staff=1))
    assert [n.onset_quarter for n in made.of_part(0)[0]] == [0]
    assert [n.onset_quarter for n in made.of_part(1)[0]] == [1]


def test_a_rest_of_the_measure_takes_the_first_free_voice_beside_one_other() -> None:
    alone = bar_notes(rests=(whole_rest(),)).of_part(0)[1]
    assert [(r.voice, r.measure_rest, r.duration_quarter, r.symbol_ids) for r in alone] == [(1, True, 4, (90,))]
    beside = bar_notes(placed(0, 0), rests=(whole_rest(),)).of_part(0)[1]
    assert [r.voice for r in beside] == [2]
    assert bar_notes(placed(0, 0), placed(1, 0, 1), rests=(whole_rest(),)).of_part(0)[1] == []
    assert bar_notes(rests=(whole_rest(),)).of_part(1)[1] == []


def test_a_grace_note_stands_before_the_next_chord_or_at_the_end() -> None:
    first, last = placed(0, 0), placed(1, 2)
    between = note(2, 150, grace=True, base=TICKS // 2)
    graces = [n for n in bar_notes(first, last, graces=(between,)).of_part(0)[0] if n.grace]
    assert [(n.onset_quarter, n.duration_quarter) for n in graces] == [(2, 0)]
    behind = note(2, 250, grace=True, base=TICKS // 2)
    graces = [n for n in bar_notes(first, last, graces=(behind,)).of_part(0)[0] if n.grace]
    assert [n.onset_quarter for n in graces] == [4]
    assert bar_notes(graces=(between,)).of_part(0)[0] == []  # nothing on its staff tells a time


def test_the_ends_of_a_tuplet_are_its_first_and_last_notes() -> None:
    thirds = [replace(placed(i, i), ratio=(3, 2), unit=7) for i in range(3)]
    notes = bar_notes(*thirds).of_part(0)[0]
    assert [n.tuplet_ends for n in notes] == [("start",), (), ("stop",)]
    assert bar_notes(thirds[0]).of_part(0)[0][0].tuplet_ends == ()


def test_signs_that_repeat_a_bar() -> None:
    maker = PageMaker(staves=2)
    sign = maker.symbol("repeat1Bar", 300, staff=1)
    left, right = (Bar(page=0, system=maker.systems[0], left=a, right=a + 200) for a in (50, 250))
    assert repeat_signs(maker.graph(), right, PLACES, 1) == [(sign, 1)]
    assert repeat_signs(maker.graph(), right, PLACES, 0) == repeat_signs(maker.graph(), left, PLACES, 1) == []


def test_what_is_played_again_is_not_joined_to_its_neighbours() -> None:
    played = Note(onset_quarter=F(0), duration_quarter=F(2), voice=1, staff=1, pitch=Pitch("C", 5), type="half",
                  tie_start=True, slur_starts=(3,), lyrics=(Lyric(1, "la"),),
                  symbol_ids=(1, 2))
    other = replace(played, staff=2)
    measure = Measure(number=1, duration_quarter=F(4), notes=(played, other),
                      rests=(Rest(onset_quarter=F(2), duration_quarter=F(2), voice=1, staff=1, type="half"),))
    notes, rests = played_again(measure, 1, Symbol(9, "repeat1Bar", Box(0, 0, 1, 1), 0.8))
    assert notes == [Note(onset_quarter=F(0), duration_quarter=F(2), voice=1, staff=1, pitch=Pitch("C", 5), type="half",
                          symbol_ids=(9,), score=0.8)]
    assert [(r.onset_quarter, r.symbol_ids) for r in rests] == [(2, (9,))]


def test_a_part_in_a_time_of_its_own_has_the_lengths_that_it_writes() -> None:
    """Six eighths in the time of two quarters."""
    made = bar_notes(placed(0, 0), placed(1, 1, 1, staff=1), rests=(whole_rest(0),))
    own = replace(made, timed=replace(made.timed, own_times={1: (6, 4)}))
    (notes, _), (others, _) = own.of_part(1), own.of_part(0)
    assert [(n.onset_quarter, n.duration_quarter) for n in notes] == [(Fraction(3, 2), Fraction(3, 2))]
    assert [(n.onset_quarter, n.duration_quarter) for n in others] == [(0, 1)]
