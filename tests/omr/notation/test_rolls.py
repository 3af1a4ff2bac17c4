"""Rolls on whole notes, whose strokes were seen as beams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import pytest

from omr.notation.chords import ChordInk
from omr.notation.rolls import find_rolls
from omr.types import Box, Stroke, Symbol

HEAD = Symbol(0, "noteheadWhole", Box(100, 200, 110, 218))


def strokes(rows: Sequence[float], left: float = 201, width: float = 16) -> list[Stroke]:
    return [Stroke(50 + i, "beam", ((row + 1, left), (row - 1, left + width)), 4.0) for i, row in enumerate(rows)]


def names(beams: Sequence[Stroke], head: Symbol = HEAD, stem: Stroke | None = None) -> list[tuple[str, int]]:
    """The name of each roll, and of how many strokes it is made."""
    chord = ChordInk((head,), stem, None if stem is None else True)
    return [(sign.name, len(own)) for sign, _, own in find_rolls([chord], beams, 10.0, count(100))]


@pytest.mark.parametrize(("rows", "expected"), [
    ((75, 83, 91), [("tremolo3", 3)]),  # over its head, as LilyPond sets it
    ((119, 127), [("tremolo2", 2)]),  # under it
    ((91,), []),  # one may be anything
    ((40, 48), []),  # too far away
    ((75, 91), []),  # with a gap
])
def test_strokes_over_or_under_a_whole_note(rows: tuple[float, ...], expected: list[tuple[str, int]]) -> None:
    assert names(strokes(rows)) == expected


def test_a_stroke_that_was_seen_as_a_tie_counts() -> None:
    beam, other, tie = strokes((75, 83, 91))
    assert names([beam, other, replace(tie, kind="tie")]) == [("tremolo3", 3)]
    assert names([beam, *(replace(s, kind="tie") for s in (other, tie))]) == []


def test_what_is_no_roll() -> None:
    rows = (75, 83, 91)
    assert names(strokes(rows, left=212)) == []  # beside the head
    assert names(strokes(rows, width=40)) == []  # beams
    assert names(strokes(rows), Symbol(0, "noteheadHalf", HEAD.box)) == []
