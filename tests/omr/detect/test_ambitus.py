"""Heads before the first clef of a staff show the range of a voice, and are no notes."""

from __future__ import annotations

from omr.detect.ambitus import without_ambitus
from omr.detect.context import Mark
from omr.detect.pieces import Ruled
from omr.types import StrokeKind

STAFF = Ruled(rows=(100, 110, 120, 130, 140), left=0, right=500, thickness=1, lines=())
CLEF: Mark = ("gClef", (45, 85, 70, 155))
RANGE: list[Mark] = [("noteheadBlack", (10, 105, 22, 115)), ("noteheadBlack", (10, 135, 22, 145)),
                     ("accidentalFlat", (2, 97, 9, 120))]
NOTE: Mark = ("noteheadBlack", (90, 105, 102, 115))


def left(marks: list[Mark], stem: bool = False) -> list[Mark]:
    strokes: list[tuple[StrokeKind, list[tuple[float, float]], float]] = (
        [("stem", [(22, 75), (22, 110)], 1)] if stem else [])
    return without_ambitus(marks, strokes, [STAFF])[0]


def test_the_range_of_a_voice_is_no_notes() -> None:
    assert left([*RANGE, CLEF, NOTE]) == [CLEF, NOTE]
    assert without_ambitus([*RANGE, CLEF, NOTE], [], [STAFF])[1] == [edges for _, edges in RANGE]


def test_notes_before_a_change_of_clef_stay() -> None:
    """A staff may have no clef at its beginning."""
    stemmed = [*RANGE[:1], CLEF, NOTE]
    assert left(stemmed, stem=True) == stemmed
    late: Mark = ("gClef", (120, 85, 145, 155))
    assert left([*RANGE, late]) == [*RANGE, late]
