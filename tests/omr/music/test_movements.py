"""Where movements begin, how their measures are numbered, and the score of each."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from omr.export import musicxml
from omr.music.bars import Bar
from omr.music.context import BarContext
from omr.music.movements import find_movements, number_measures, split
from omr.types import Clef, Doubt, Measure, NotationGraph, Note, Part, Pitch, Score, Staff, System
from omr.types.paper import PartGroup, Sheet, StaffPlace, SystemPlace

F = Fraction


def page(lefts: list[float], tops: list[float]) -> NotationGraph:
    staves = tuple(Staff(index=i, system=i, left=left, right=600,
                         lines=top + np.array([[10.0 * k] * 2 for k in range(5)]))
                   for i, (left, top) in enumerate(zip(lefts, tops, strict=True)))
    return NotationGraph(page=0, staves=staves, systems=tuple(System(i, (i,)) for i in range(len(lefts))), symbols=(),
                         strokes=(), edges=())


def starts(end: str, indented: bool, timed: bool, room: bool) -> set[int]:
    """Three systems of two bars each; the second system may begin a movement."""
    graph = page([50, 90 if indented else 50, 50], [100, 260 if room else 200, 360 if room else 300])
    bars = [Bar(page=0, system=s, left=50.0 + 200 * k, right=250.0 + 200 * k,
                first_of_system=k == 0) for s in graph.systems for k in (0, 1)]
    bars[1] = replace(bars[1], right_style=end)
    contexts = [BarContext({}, {}, (3, 4) if timed and i == 2 else None) for i in range(len(bars))]
    return find_movements([graph], bars, contexts)


@pytest.mark.parametrize(("end", "indented", "timed", "room", "begins"), [
    ("final", False, True, False, True), ("final", True, False, False, True), ("final", False, False, True, True),
    ("double", True, True, False, True), ("regular", True, True, True, True),
    ("final", False, False, False, False),  # a heavy bar line inside a piece
    ("double", False, True, False, False),  # a change of time
    ("repeat-end", False, True, False, False), ("regular", True, True, False, False),
    ("regular", False, False, True, False),
])
def test_signs_of_a_new_movement(end: str, indented: bool, timed: bool, room: bool, begins: bool) -> None:
    assert starts(end, indented, timed, room) == ({2} if begins else set())


def test_measures_are_numbered_as_printed() -> None:
    """An upbeat, a bar that a repeat cuts in two, a bar too short for no reason, and a second movement."""
    lengths = [F(1), F(4), F(3), F(1), F(4), F(3), F(4), F(3), F(3)]
    full: list[Fraction | None] = [F(4)] * 7 + [F(3)] * 2
    graph = page([50], [100])
    bars = [Bar(page=0, system=graph.systems[0], left=0, right=1, right_style="repeat-end" if i == 2 else "regular")
            for i in range(len(lengths))]
    assert number_measures(bars, lengths, full, {7}) == [
        (0, True), (1, False), (2, False), (2, True), (3, False), (4, False), (5, False), (1, False), (2, False)]


def whole(number: int, onset: int = 0, **more: object) -> Measure:
    return Measure(number=number, duration_quarter=F(4),
                   notes=(Note(onset_quarter=F(onset), duration_quarter=F(4), voice=1, staff=1, pitch=Pitch("C", 5),
                               type="whole"),), **more)  # type: ignore[arg-type]


def two_movements() -> Score:
    """A voice that sings in the second movement only, and a piano of one staff."""
    clef = (Clef(1, F(0), "G", 2),)
    first = (whole(1, clefs=clef, time=(4, 4)), whole(2, right="final"))
    second = (whole(1, clefs=clef, time=(4, 4), new_system=True, new_movement=True), whole(2, new_page=True, page=1))
    rest = tuple(Measure(number=m.number, duration_quarter=F(4), new_movement=m.new_movement,
                         page=m.page) for m in first)
    places = [SystemPlace(0, 0, 50, 600, (StaffPlace(1, 1, 100, 140),)),
              SystemPlace(2, 0, 50, 600, (StaffPlace(0, 1, 200, 240), StaffPlace(1, 1, 300, 340))),
              SystemPlace(3, 1, 50, 600, (StaffPlace(0, 1, 200, 240), StaffPlace(1, 1, 300, 340)))]
    doubts = (Doubt(page=0, box=None, message="in both", kind="staff"),
              Doubt(page=0, box=None, message="two", kind="rhythm", measure=2),
              Doubt(page=0, box=None, message="three", kind="rhythm", measure=3), Doubt(page=1, box=None,
                                                                                        message="later", kind="staff"))
    return Score(source="s",
                 parts=(Part(id="P1", name="Voice", staves=1, measures=rest + second),
                        Part(id="P2", name="Piano", staves=1, measures=first + second)), doubts=doubts,
                 groups=(PartGroup(0, 1, "none", True),), systems=tuple(places),
                 sheets=(Sheet(0, 800, 700), Sheet(1, 800, 700)))


def test_a_score_for_each_movement() -> None:
    one, two = split(two_movements())
    assert [(p.id, p.name) for p in one.parts] == [("P1", "Piano")] and one.groups == ()
    assert [p.name for p in two.parts] == ["Voice", "Piano"] and two.groups == (PartGroup(0, 1, "none", True),)
    assert [(d.message, d.measure) for d in one.doubts] == [("in both", None), ("two", 2)]
    assert [(d.message, d.measure) for d in two.doubts] == [("in both", None), ("three", 1), ("later", None)]
    assert [s.measure for s in two.systems] == [0, 1] and [s.staves[0].part for s in one.systems] == [0]
    for score in (one, two):
        assert not score.parts[0].measures[0].new_system
        assert musicxml.to_bytes(score).count(b"<measure ") == 2 * len(score.parts)


def test_one_movement_is_the_score_itself() -> None:
    (score,) = split(split(two_movements())[0])
    assert len(score.parts[0].measures) == 2
