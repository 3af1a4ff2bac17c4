"""After any corrections the score is what composing it from scratch gives: what was kept of the version before is kept
only where nothing that it depends on has changed."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omr.composing import compose_bars
from omr.review.edits import with_said
from omr.review.operations import OperationError
from omr.review.review import Review, _reading
from tests.review.conftest import Read, center, notes_of

SAID: list[dict[str, Any]] = [
    {"op": "pitch", "steps": 1}, {"op": "accidental", "accidental": "sharp"}, {"op": "duration", "type": "eighth"},
    {"op": "delete"}, {"op": "tie", "on": True}, {"op": "key", "fifths": 2}, {"op": "clef", "sign": "F", "line": 4},
    {"op": "time", "beats": 3, "beat_type": 4}, {"op": "voice", "voice": 2}, {"op": "one_voice", "stem": "up"},
    {"op": "barline", "style": "double"},
]
"""What may be said of a note, or at its place."""


@pytest.fixture(scope="module")
def book(page: Read) -> Read:
    """A score of two pages: the same one twice."""
    (first,) = page.readings
    assert first.graph is not None
    second = replace(first, index=1, graph=replace(first.graph, page=1),
                     doubts=tuple(replace(d, page=1) for d in first.doubts))
    return Read([first, second], {0: page.pictures[0], 1: page.pictures[0]})


def test_a_page_is_known_after_others_were_corrected(book: Read, tmp_path: Path) -> None:
    review = book.review(tmp_path)
    before = review.score
    ((at, _), *_) = [(center(n), n) for n in notes_of(review, 0) if n["boxes"]]
    for _ in range(3):
        review.do({"op": "pitch", "page": 1, "at": at, "steps": 1})
    review.do({"op": "pitch", "page": 0, "at": at, "steps": 1})
    untouched = [i for i, own in enumerate(review.measures) if own.page == 0 and i]
    assert all(new.measures[i].notes is old.measures[i].notes
               for old, new in zip(before.parts, review.score.parts, strict=True) for i in untouched)


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(said=st.lists(st.tuples(st.sampled_from(SAID), st.integers(0, 400), st.booleans()), min_size=1, max_size=5))
def test_a_corrected_score_is_as_if_composed_anew(book: Read, said: list[tuple[dict[str, Any], int, bool]]) -> None:
    """At the end of up to five corrections: what is kept wrongly after one of them stays wrong."""
    with tempfile.TemporaryDirectory() as folder:
        review = book.review(Path(folder))
        for operation, number, is_undone in said:
            notes = [(own.page, note) for i, own in enumerate(review.measures) for note in notes_of(review, i)
                     if note["boxes"]]
            where, note = notes[number % len(notes)]
            try:
                review.do({"page": where, "at": center(note), **operation})
            except OperationError:
                continue
            if is_undone:
                review.undo()
        assert review.score == _anew(review)


def _anew(review: Review) -> Any:
    """The score of a review, composed without anything that was kept."""
    edited = review.edited
    readings = [_reading(reading, edited.graphs[page], {id_ for where, id_ in edited.spoken_of if where == page})
                for page, reading in enumerate(review.readings)]
    return with_said(compose_bars(readings, review.input.source)[0], review.edited)
