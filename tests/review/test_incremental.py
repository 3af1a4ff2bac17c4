"""After any corrections the score is what composing it from scratch gives: what was kept of the version before is kept
only where nothing that it depends on has changed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omr.pipeline import compose_bars
from omr.review.edits import with_said
from omr.review.operations import OperationError
from omr.review.review import Review, _reading
from tests.review.conftest import Read, center, notes_of

SAID: list[dict[str, Any]] = [
    {"op": "pitch", "steps": 1}, {"op": "accidental", "accidental": "sharp"}, {"op": "duration", "type": "eighth"},
    {"op": "delete"}, {"op": "tie", "on": True}, {"op": "key", "fifths": 2}, {"op": "clef", "sign": "F", "line": 4},
    {"op": "time", "beats": 3, "beat_type": 4}, {"op": "voice", "voice": 2}, {"op": "barline", "style": "double"},
]
"""What may be said of a note, or at its place."""


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(said=st.lists(st.tuples(st.sampled_from(SAID), st.integers(0, 200), st.booleans()), min_size=1, max_size=5))
def test_a_corrected_score_is_as_if_composed_anew(page: Read, said: list[tuple[dict[str, Any], int, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        review = page.review(Path(folder))
        for operation, number, is_undone in said:
            notes = [n for i in range(len(review.measures)) for n in notes_of(review, i) if n["boxes"]]
            try:
                review.do({"page": 0, "at": center(notes[number % len(notes)]), **operation})
            except OperationError:
                continue
            assert review.score == _anew(review)
            if is_undone:
                review.undo()
                assert review.score == _anew(review)


def _anew(review: Review) -> Any:
    """The score of a review, composed without anything that was kept."""
    readings = [_reading(reading, review.edited) for reading in review.readings]
    return with_said(compose_bars(readings, review.input.source)[0], review.edited)
