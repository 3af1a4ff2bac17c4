"""Values of every kind, written as JSON and read back, are the values they were."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.types import (
    SPACE_PX,
    STROKE_KINDS,
    Box,
    Chord,
    Clef,
    DetectorMaps,
    Doubt,
    Edge,
    Lyric,
    Mark,
    Measure,
    NotationGraph,
    Note,
    Page,
    Part,
    Pitch,
    Rest,
    Score,
    Staff,
    Stroke,
    Symbol,
    System,
    Word,
)
from omr.types.plain import from_json, to_json
from omr.types.vocabulary import NAMES

PIXELS = st.floats(-1e4, 1e4)
SCORES = st.floats(0, 1)
TIMES = st.fractions(0, 64, max_denominator=96)
IDS = st.lists(st.integers(0, 999), max_size=3).map(tuple)
PAIRS = st.tuples(st.integers(1, 15), st.integers(1, 16))
POINTS = st.lists(st.tuples(PIXELS, PIXELS), min_size=2, max_size=4).map(tuple)


def several(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Tuples of none to two of these values."""
    return st.lists(values, max_size=2).map(tuple)


BOXES = st.builds(lambda top, left, height, width: Box(top, left, top + height, left + width),
                  PIXELS, PIXELS, st.floats(0.5, 99), st.floats(0.5, 99))
SYMBOLS = st.builds(Symbol, st.integers(0, 99), st.sampled_from(NAMES), BOXES, SCORES)
STROKES = st.builds(Stroke, st.integers(0, 99), st.sampled_from(STROKE_KINDS), POINTS, st.floats(0, 20), SCORES)
WORDS = st.builds(Word, st.text(), BOXES, SCORES)
PITCHES = st.builds(Pitch, st.sampled_from("CDEFGAB"), st.integers(-1, 9), st.sampled_from((-1.5, -1, 0, 0.5, 2)))
MARKS = st.builds(Mark, name=st.text(), value=st.integers(0, 9), group=st.none() | st.integers(), stop=st.booleans())
NOTES = st.builds(
    Note, onset_quarter=TIMES, duration_quarter=TIMES, voice=st.integers(1, 4), staff=st.integers(1, 2), pitch=PITCHES,
    type=st.sampled_from(("quarter", "16th")), tuplet=st.none() | PAIRS,
    beams=several(st.sampled_from(("begin", "end"))), accidental=st.none() | st.just("sharp"), marks=several(MARKS),
    score=SCORES, symbol_ids=IDS, lyrics=several(st.builds(Lyric, st.integers(1, 4), st.text(), score=SCORES)))
RESTS = st.builds(Rest, onset_quarter=TIMES, duration_quarter=TIMES, voice=st.integers(1, 4), staff=st.integers(1, 2),
                  type=st.sampled_from(("whole", "eighth")), tuplet=st.none() | PAIRS, score=SCORES, symbol_ids=IDS)
CLEFS = st.builds(Clef, st.integers(1, 2), TIMES, st.sampled_from(("G", "F", "C", "percussion")), st.integers(1, 5))
MEASURES = st.builds(Measure, number=st.integers(0, 999), duration_quarter=TIMES, notes=several(NOTES),
                     rests=several(RESTS), clefs=several(CLEFS), time=st.none() | PAIRS, ending_start=IDS,
                     box=st.none() | BOXES)
PARTS = st.builds(Part, id=st.text(), name=st.text(), staves=st.integers(1, 2), measures=several(MEASURES), lines=IDS)
DOUBTS = st.builds(Doubt, page=st.integers(0, 9), box=st.none() | BOXES, message=st.text(),
                   kind=st.sampled_from(("rhythm", "text")), measure=st.none() | st.integers(1, 99))
MUSIC = st.builds(Score, source=st.text(), parts=several(PARTS), doubts=several(DOUBTS), title=st.text())


def written_and_read(value: Any) -> Any:
    """A value after it was written as text and read back."""
    return from_json(type(value), json.loads(json.dumps(to_json(value), allow_nan=False)))


@given(st.one_of(SYMBOLS, STROKES, WORDS, DOUBTS, MUSIC))
def test_a_value_is_read_as_it_was_written(value: Any) -> None:
    assert written_and_read(value) == value


@given(several(SYMBOLS), several(STROKES), several(WORDS), st.dictionaries(st.integers(0, 99), st.text(), max_size=3),
       st.lists(PIXELS, min_size=10, max_size=10))
def test_a_graph_with_its_arrays_and_tables_is_read_as_it_was_written(
    symbols: tuple[Symbol, ...], strokes: tuple[Stroke, ...], words: tuple[Word, ...], names: dict[int, str],
    rows: list[float],
) -> None:
    graph = NotationGraph(
        page=1, staves=(Staff(index=0, system=0, left=0.5, right=9, lines=np.reshape(rows, (5, 2))),),
        systems=(System(0, (0,), braces=((0,),)),), symbols=symbols, strokes=strokes, words=words, names=names,
        edges=(Edge(3, 4, "stem"),), staff_of={s.id: 0 for s in symbols}, chords=(Chord((1, 2), stem=3, up=True),))
    again = written_and_read(graph)
    for field in ("page", "systems", "symbols", "strokes", "words", "names", "edges", "staff_of", "chords", "sheet"):
        assert getattr(again, field) == getattr(graph, field)
    assert np.array_equal(again.staves[0].lines, graph.staves[0].lines)
    assert (again.staves[0].left, again.staves[0].right, again.staves[0].line_count) == (0.5, 9, 5)


def test_fractions_are_text_and_numbers_of_numpy_are_plain() -> None:
    assert to_json({1: Fraction(3, 8)}) == {"1": "3/8"}
    assert to_json((np.float32(0.5), np.int64(3), np.zeros((1, 2)))) == [0.5, 3, [[0.0, 0.0]]]


@pytest.mark.parametrize("image", [
    Page(np.zeros((4, 4), np.uint8), 0, 300.0, "x.png", np.eye(2, 3)),
    DetectorMaps(energy=np.zeros((2, 2)), class_prob=np.zeros((1, 1, 1)), box_size=np.zeros((2, 2, 4)),
                 strokes=np.zeros((2, 2, 1))),
])
def test_images_are_not_written(image: Any) -> None:
    with pytest.raises(TypeError, match="is an image"):
        to_json(image)


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_numbers_that_json_lacks_are_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="infinities"):
        to_json(Word("a", Box(0, 0, SPACE_PX, SPACE_PX), number))


@pytest.mark.parametrize(("kind", "data", "error"), [
    (Pitch, {"step": "C", "octave": 4, "colour": "red"}, KeyError),
    (Pitch, {"step": "C"}, TypeError),
    (Pitch, {"step": "H", "octave": 4}, ValueError),
    (Pitch, {"step": "C", "octave": "high"}, ValueError),
    (Box, {"top": 3, "left": 0, "bottom": 3, "right": 1}, ValueError),
    (Clef, {"staff": 1, "onset_quarter": "a/b", "sign": "G", "line": 2}, ValueError),
    (tuple[int, int], [3, 2, 1], ValueError),
])
def test_what_a_type_refuses_is_not_read(kind: Any, data: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        from_json(kind, data)
