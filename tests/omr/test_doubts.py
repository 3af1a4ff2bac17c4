"""Doubts: clefs that are printed once, words, and whatever was seen but is not in the score."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omr
from omr.composing import compose
from omr.doubts import (
    COUNTED,
    NO_CLEF,
    Where,
    is_music,
    loose,
    of_confidence,
    of_staves,
    of_unknown,
    of_words,
    placed,
    unused,
)
from omr.page.raster import load_page, normalise
from omr.pipeline import read_page
from omr.reading import PageReading
from omr.staves.systems import OSSIA
from omr.types import Box, Doubt, Measure, Part, Score, Staff, Stroke, Symbol, System, Word
from omr.types.graph import NotationGraph
from omr.types.memo import Memo

SOLACE = Path(__file__).parents[1] / "accuracy" / "images" / "joplin-solace-print.png"


def _graph(clefs_on: set[int], staves: int = 5) -> NotationGraph:
    """A page of single staves, each with a rest, and some with a clef."""
    lines = np.repeat(np.arange(5.0)[:, None] * 10, 2, axis=1)
    found = []
    for i in range(staves):
        found.append(Symbol(2 * i, "rest8th", Box(100 * i + 10, 200, 100 * i + 30, 210)))
        if i in clefs_on:
            found.append(Symbol(2 * i + 1, "gClef", Box(100 * i, 10, 100 * i + 40, 30)))
    return NotationGraph(
        page=0, staves=tuple(Staff(index=i, system=i, left=0, right=500, lines=lines + 100 * i) for i in range(staves)),
        systems=tuple(System(i, (i,)) for i in range(staves)), symbols=tuple(found), strokes=(), edges=(),
        staff_of={s.id: s.id // 2 for s in found})


@pytest.mark.parametrize(("clefs_on", "staves", "doubts"), [
    ({0, 1, 2, 3, 4}, 5, []),
    ({0}, 5, []),
    ({0, 1, 3, 4}, 5, ["no clef found at the start of staff 3"]),
    ({0}, 2, ["no clef found at the start of staff 2"]),
    (set(), 5, [NO_CLEF]),
])
def test_a_clef_printed_once_goes_on(clefs_on: set[int], staves: int, doubts: list[str]) -> None:
    assert [d.message for d in of_staves(_graph(clefs_on, staves))] == doubts


def test_a_staff_with_a_clef_alone_is_silent_and_one_without_is_not_read() -> None:
    graph = _graph({0, 1, 2, 3})
    graph = replace(graph, symbols=tuple(s for s in graph.symbols if s.id not in (6, 8)))  # the rests of staves 4 and 5
    found = {d.message: d.kind for d in of_staves(graph)}
    assert found == {"staff 4 has a clef but neither notes nor rests: taken to be silent": "rhythm",
                     "nothing could be read on staff 5": "staff"}  # only this one may be lost


def test_an_ossia_is_one_doubt_that_names_all_of_it() -> None:
    """So that the measures beside it lack nothing, and none of its symbols is hard to make out."""
    graph = _graph({0, 1, 2})
    beams = tuple(Stroke(90 + i, "beam", ((row, 150.0), (row, 190.0)), 4.0) for i, row in enumerate((90.0, 290.0)))
    graph = replace(graph, strokes=beams, symbols=tuple(replace(s, score=0.3) for s in graph.symbols), staves=tuple(
        replace(s, system=OSSIA) if s.index == 1 else s for s in graph.staves))
    ossia = next(d for d in of_staves(graph) if "ossia" in d.message)
    assert set(ossia.symbols) == {2, 3, 90}
    hard = [d.box for d in of_confidence(graph, {})]
    assert len(hard) == len(graph.symbols) - 2 and not any(box == s.box for box in hard for s in graph.symbols[2:4])


@pytest.mark.parametrize(("staves", "a_staff", "score", "others", "music"), [
    (5, 2, 0.95, 1, True), (5, 1, 0.95, 1, False),  # hardly anything on its staves
    (5, 2, 0.6, 1, True), (2, 2, 0.6, 1, False),  # unclear notes: written by hand, or none
    (2, 2, 0.95, 1, True), (2, 0, 0.95, 1, False),
    (2, 2, 0.95, 0, False), (5, 2, 0.95, 0, True),  # nothing but noteheads: black squares
])
def test_a_page_without_clefs_is_music_if_it_has_notes(
    staves: int, a_staff: int, score: float, others: int, music: bool,
) -> None:
    graph = _graph(set(), staves)
    notes = tuple(Symbol(10 * i + k, "noteheadBlack", Box(100 * i + 10, 50 * k, 100 * i + 20, 50 * k + 12), score)
                  for i in range(staves) for k in range(a_staff))
    dots = tuple(Symbol(5 + k, "augmentationDot", Box(10, 300, 14, 304)) for k in range(others))
    symbols = (*notes, *dots)
    assert is_music(replace(graph, symbols=symbols, staff_of={s.id: s.id // 10 for s in symbols})) == music


def test_words_that_are_hard_to_read_are_one_doubt() -> None:
    words = [Word(f"w{i}", Box(10 * i, 0, 10 * i + 8, 20), 0.4) for i in range(10)]
    sure = Word("dolce", Box(0, 50, 8, 90), 0.9)
    assert list(of_words(3, [sure], unread=False)) == []
    (doubt,) = of_words(3, [sure, *words], unread=False)
    assert (doubt.page, doubt.box, doubt.kind) == (3, words[0].box, "text")
    assert doubt.message == "words hard to read: w0, w1, w2, w3, w4, w5, w6, w7 ..."
    (doubt,) = of_words(3, words[:2], unread=False)
    assert doubt.message == "words hard to read: w0, w1"
    (doubt,) = of_words(3, [], unread=True)
    assert "Tesseract is not installed" in doubt.message


def test_words_that_are_left_out_are_a_doubt(hand_made: Any) -> None:
    """Words with a score from .5 to .7 are too unsure to be written, and none that is hard to read was told of."""
    reading = read_page(hand_made.page, hand_made)
    assert reading.graph is not None
    words = (Word("seltsam", Box(60, 200, 72, 240), 0.6), Word("legato", Box(160, 200, 172, 240), 0.9),
             Word("Nachdruck", Box(440, 200, 452, 260), 0.95), Word("7", Box(160, 300, 172, 310), 0.95))
    score = compose([replace(reading, graph=replace(reading.graph, words=words))], "hand-made")
    assert [d.text for m in score.parts[0].measures for d in m.directions] == ["legato"]
    found = {d.message: d.box for d in score.doubts if d.kind == "text"}
    assert found == {"words in the music that are left out: seltsam": words[0].box,
                     "other words that are left out: Nachdruck; numbers or single letters: 7": words[2].box}


def test_signs_that_belong_to_nothing_are_a_doubt_of_their_measure(hand_made: Any) -> None:
    reading = read_page(hand_made.page, hand_made)
    assert reading.graph is not None
    sharp = Symbol(9000, "accidentalSharp", Box(100, 340, 128, 350))  # before a rest that is not there
    time = Symbol(9001, "timeSigCommon", Box(10, 600, 30, 620))  # a letter in a corner
    brace = Symbol(9002, "brace", Box(100, 10, 140, 20))
    slur = Stroke(9003, "slur", ((180, 380), (170, 420), (180, 460)), 3)
    fingers = [Symbol(9010, "fingering3", Box(85, 130, 95, 136)),
               Symbol(9011, "stringsHarmonic", Box(85, 400, 95, 410))]
    level = Stroke(9004, "hairpin", ((190, 480), (190, 520)), 2)  # a dash of a line
    slanted = Stroke(9005, "hairpin", ((190, 380), (200, 430)), 2)
    graph = replace(reading.graph, strokes=(*reading.graph.strokes, slur, level, slanted))
    before = compose([reading], "hand-made")
    score = compose([replace(reading, graph=graph, seen=(*reading.seen, sharp, time, brace, *fingers))],
                    "hand-made")
    added = [d for d in score.doubts if d not in before.doubts]
    assert [(d.measure, d.kind, d.symbols) for d in added] == [
        (None, "confidence", (9010, 9011)), (None, "confidence", (9001,)), (2, "confidence", (9000, 9003, 9005))]
    assert added[0].message == "seen, but belongs to nothing: 2 fingerings"
    assert added[1].message == "seen beside the measures, but belongs to nothing: a common time sign"
    assert added[2].message == "seen, but belongs to nothing: a sharp, a hairpin, a slur"
    assert [m.confidence for m in score.parts[0].measures] == [m.confidence for m in before.parts[0].measures]


def test_the_number_of_a_long_rest_belongs_to_it(hand_made: Any) -> None:
    reading = read_page(hand_made.page, hand_made)
    assert reading.graph is not None
    score = compose([reading], "hand-made")
    digit = Symbol(9000, "timeSig7", Box(65, 340, 85, 352))
    sharp = Symbol(9001, "accidentalSharp", Box(100, 340, 128, 350))
    page = replace(reading, seen=(*reading.seen, digit, sharp))

    def told(long_rest: int) -> set[int]:
        parts = tuple(replace(part, measures=tuple(
            replace(m, long_rest=long_rest if i == 1 else 0) for i, m in enumerate(part.measures)))
            for part in score.parts)
        return {id_ for d in loose(page, Where(replace(score, parts=parts)), Memo()) for id_ in d.symbols}

    assert told(0) - told(7) == {9000} and 9001 in told(7)


def test_all_that_a_page_needs_belongs_to_something(solace: PageReading) -> None:
    """Only some fingerings and the like belong to nothing on a page that is read well."""
    doubts = [d for d in compose([solace], "solace").doubts if "belongs to nothing" in d.message]
    assert sum(len(d.symbols) for d in doubts) < 0.02 * len(solace.seen)


def test_a_doubt_stands_in_the_nearest_measure_of_its_column() -> None:
    def part(id: str, top: float) -> Part:
        return Part(id=id, name="", staves=1,
                    measures=tuple(Measure(number=i + 1, duration_quarter=Fraction(4),
                                           box=Box(top, 100 * i, top + 40, 100 * i + 100))
                                     for i in range(2)))

    score = Score(source="", parts=(part("P1", 100), part("P2", 300)))
    places = {(120, 50): (1, "P1"), (160, 150): (2, "P1"), (280, 150): (2, "P2"), (120, 500): (None, None)}
    for (row, col), place in places.items():
        doubt = Doubt(page=0, box=Box(row - 2, col - 2, row + 2, col + 2), message="gClef is uncertain",
                      kind="confidence")
        found = placed(doubt, Where(score))
        assert (found.measure, found.part) == place
    other_page = Doubt(page=1, box=Box(118, 48, 122, 52), message="gClef is uncertain", kind="confidence")
    assert placed(other_page, Where(score)) == other_page


# ---- what was seen and not used ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def solace() -> PageReading:
    """A crop of an old print, scanned."""
    reading = read_page(normalise(load_page(SOLACE, 1)), omr.load_detector())
    assert reading.graph is not None and len(reading.graph.systems) > 1 and len(reading.seen) > 100
    return reading.light()


def _ids_in_score(score: Score) -> set[int]:
    events = [e for p in score.parts for m in p.measures for e in (*m.notes, *m.rests)]
    return {i for e in events for i in e.symbol_ids}


def test_every_note_seen_is_in_the_score_or_in_a_doubt(solace: PageReading) -> None:
    score = compose([solace], "solace")
    in_doubt = {i for d in score.doubts for i in d.symbols}
    notes = {s.id for s in solace.seen if s.kind in COUNTED}
    assert len(notes) > 100 and notes <= _ids_in_score(score) | in_doubt
    assert not _ids_in_score(score) & in_doubt


def test_a_system_that_is_lost_is_doubts(solace: PageReading) -> None:
    """As if the last system had not been found: each of its notes is in a doubt whose box holds it."""
    graph = solace.graph
    assert graph is not None
    lost = set(graph.systems[-1].staves)
    gone = {s.id for s in solace.seen if s.kind in COUNTED and graph.staff_of.get(s.id) in lost}
    without = replace(graph, systems=graph.systems[:-1], staves=graph.staves[: min(lost)],
                      staff_of={k: v for k, v in graph.staff_of.items() if v not in lost},
                      chords=tuple(c for c in graph.chords if not gone & set(c.heads)))
    score = compose([replace(solace, graph=without)], "solace")
    whole = compose([solace], "solace")
    missing = _ids_in_score(whole) - _ids_in_score(score)
    assert len(missing) > 20
    seen = {s.id: s for s in solace.seen if s.kind in COUNTED}
    for id_ in missing & set(seen):
        (doubt,) = [d for d in score.doubts if id_ in d.symbols]
        assert doubt.box is not None and doubt.box.union(seen[id_].box) == doubt.box


def _seen(id_: int, row: float, col: float) -> Symbol:
    return Symbol(id_, "noteheadBlack", Box(row - 5, col - 6, row + 5, col + 6))


def test_what_is_unused_is_grouped_by_measure_or_region() -> None:
    box = Box(100, 0, 140, 100)
    measure = Measure(number=1, duration_quarter=Fraction(4), box=box)
    score = Score(source="", parts=(Part(id="P1", name="", staves=1, measures=(measure,)),))
    seen = [_seen(0, 120, 20), _seen(1, 130, 60), _seen(2, 500, 20), _seen(3, 520, 50), _seen(4, 900, 300)]
    doubts = list(unused(0, seen, None, score, Where(score)))
    assert [(d.measure, d.symbols) for d in doubts] == [(1, (0, 1)), (None, (2, 3)), (None, (4,))]
    assert doubts[0].message == "seen, but not in the score: 2 filled noteheads"
    assert doubts[1].box == Box(495, 14, 525, 56) and "beside the measures" in doubts[1].message
    assert {d.kind for d in doubts} == {"structure"}
    # A single head above all measures is mostly a letter of the title: the page's measures may be sure all the same.
    title = [_seen(0, 40, 300), _seen(1, 40, 340)]
    told = [d.kind for heads in (title[:1], title) for d in unused(0, heads, None, score, Where(score))]
    assert told == ["confidence", "structure"]
    letters = [replace(s, name="rest128th") for s in seen]  # a slanted word beside a system
    assert [d.kind for d in unused(0, letters, None, score, Where(score))] == ["structure", "confidence", "confidence"]


def test_ink_that_the_score_has_in_another_way_is_not_missing(hand_made: Any) -> None:
    reading = read_page(hand_made.page, hand_made)
    score = compose([reading], "hand-made")
    head = next(s for s in reading.seen if s.kind == "notehead")
    twin = replace(head, id=9000, name="noteheadHalf")
    apart = _seen(9001, 450, 300)
    assert list(unused(0, [*reading.seen, twin], reading.graph, score, Where(score))) == []
    assert [d.symbols for d in unused(0, [*reading.seen, apart], reading.graph, score, Where(score))] == [(9001,)]
    assert reading.graph is not None
    word = Word("C7", Box(440, 280, 460, 320))
    assert list(unused(0, [apart], replace(reading.graph, words=(word,)), score, Where(score))) == []


def test_the_symbols_dropped_from_a_bar_stand_in_its_doubt() -> None:
    named = Doubt(page=0, box=None, message="1 symbols dropped to fit the time", kind="rhythm", symbols=(7,))
    score = Score(source="", parts=(), doubts=(named,))
    assert list(unused(0, [_seen(7, 10, 10)], None, score, Where(score))) == []
    assert [d.symbols for d in unused(1, [_seen(7, 10, 10)], None, score, Where(score))] == [(7,)]


def test_unknown_marks_that_stand_together_are_one_doubt() -> None:
    near = [Box(100, 100, 110, 110), Box(104, 118, 112, 130), Box(100, 400, 110, 410)]
    doubts = list(of_unknown(0, near, [Box(300, 50, 380, 51)]))
    assert [(d.kind, d.box) for d in doubts] == [
        ("sign", Box(100, 100, 112, 130)), ("sign", near[2]), ("sign", Box(300, 50, 380, 51))]
    assert [d.message.split()[0] for d in doubts] == ["2", "a", "a"]
