"""Digits of duplets and quadruplets that were taken for others."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from omr.notation.chords import ChordInk
from omr.notation.tupletdigits import settle_digits
from omr.types import Box, Stroke, Symbol

SPACE = 10.0
BEAM = Stroke(90, "beam", ((140.0, 100.0), (140.0, 200.0)), 5.0)


def under_a_beam(heads: Sequence[float]) -> list[ChordInk]:
    """Eighths whose stems go down from the left edges of their heads to a beam at row 140."""
    return [ChordInk(heads=(Symbol(i, "noteheadBlack", Box(95, left, 105, left + 12)),), up=False, beams=(BEAM,),
                     stem=Stroke(50 + i, "stem", ((100.0, left), (140.0, left)), 1.5))
            for i, left in enumerate(heads)]


def name_of(name: str, col: float, row: float, heads: Sequence[float]) -> str:
    digit = Symbol(80, name, Box(row - 6, col - 5, row + 6, col + 5))
    return settle_digits([digit], under_a_beam(heads), SPACE)[0].name


@pytest.mark.parametrize(("name", "col", "row", "heads", "meant"), [
    ("tuplet3", 145, 160, (107, 132, 158, 183), "tuplet4"),  # in the middle of four, as MuseScore prints a 4
    ("tuplet3", 133, 160, (107, 132, 158, 183), "tuplet3"),  # under the second of four: of the first three
    ("tuplet3", 145, 160, (107, 145, 183), "tuplet3"),
    ("fingering2", 162, 160, (148, 176), "tuplet2"),
    ("fingering2", 160.5, 160, (148, 172), "tuplet2"),  # as near together as in a narrow 3/8
    ("fingering2", 154, 160, (148, 176), "fingering2"),  # under its head
    ("fingering2", 162, 80, (148, 176), "fingering2"),  # over the heads
    ("fingering2", 162, 200, (148, 176), "fingering2"),  # too far away
    ("fingering3", 162, 160, (148, 176), "fingering3"),
])
def test_a_digit_in_the_middle_of_a_beam(
    name: str, col: float, row: float, heads: tuple[float, ...], meant: str
) -> None:
    assert name_of(name, col, row, heads) == meant


def test_notes_of_unequal_lengths_may_be_a_triplet() -> None:
    digit = Symbol(80, "tuplet3", Box(154, 140, 166, 150))
    chords = under_a_beam((107, 132, 158, 183))
    second = Stroke(91, "beam", ((135.0, 130.0), (135.0, 160.0)), 5.0)
    uneven = [*chords[:2], ChordInk(heads=chords[2].heads, up=False, stem=chords[2].stem, beams=(BEAM, second)),
              chords[3]]
    assert settle_digits([digit], uneven, SPACE) == [digit]
