"""Stems that the detector missed are found by their ink; those of accidentals are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from omr.detect.loststems import complete_stems, without_stemless, without_stemmed_wholes
from omr.types import Box, Stroke, Symbol

BESIDE = Stroke(3, "stem", ((60.0, 150.0), (100.0, 150.0)), 1.0)
"""The stem of another note."""


def head(row: float = 100, left: float = 50, id_: int = 1) -> Symbol:
    return Symbol(id_, "noteheadBlack", Box(row - 5, left, row + 5, left + 12))


def page(*lines: tuple[int, int, int], staff: bool = False) -> np.ndarray:
    """A head at row 100, and lines: (first row, end, column)."""
    pixels = np.full((200, 200), 255, np.uint8)
    pixels[95:105, 50:62] = 0
    for first, end, column in lines:
        pixels[first:end, column - 1:column + 1] = 0
    if staff:
        for row in range(50, 91, 10):
            pixels[row:row + 2] = 0
    return pixels


@pytest.mark.parametrize("staff", [False, True])
def test_a_head_without_a_stem_gets_that_in_the_ink(staff: bool) -> None:
    *others, stem = complete_stems([BESIDE], [head()], page((65, 100, 61), staff=staff), 7)
    assert others == [BESIDE] and (stem.id, stem.kind) == (7, "stem")
    (top, column), (bottom, _) = stem.points
    assert top == pytest.approx(65, abs=2) and bottom == 100 and column == pytest.approx(61, abs=1)


def test_downwards_too() -> None:
    *_, stem = complete_stems([BESIDE], [head()], page((100, 140, 51)), 7)
    assert stem.points[0][0] == 100 and stem.points[-1] == pytest.approx((140, 51), abs=2)


def test_a_second_stem_is_found() -> None:
    """A head of two voices: the stem that goes up was seen, the other was not."""
    up = Stroke(4, "stem", ((65.0, 61.0), (98.0, 61.0)), 1.0)
    found = complete_stems([up], [head()], page((65, 100, 61), (100, 140, 51)), 7)
    assert found[0] == up and [s.points[-1][0] for s in found[1:]] == [pytest.approx(140, abs=2)]


def test_a_stem_that_ends_short_of_its_head_is_drawn_on() -> None:
    short = Stroke(4, "stem", ((65.0, 61.0), (85.0, 61.0)), 1.0)
    assert complete_stems([short], [head()], page((65, 100, 61)), 7) == [
        Stroke(4, "stem", ((65.0, 61.0), (100.0, 61.0)), 1.0)]


def test_heads_of_one_chord_get_one_stem() -> None:
    pixels = page((65, 120, 61))
    pixels[115:125, 50:62] = 0
    found = complete_stems([], [head(), head(120, id_=2)], pixels, 7)
    assert len(found) == 1


@pytest.mark.parametrize(("lines", "symbols"), [
    ([], []),  # no ink
    ([(85, 100, 61)], []),  # too short
    ([(65, 100, 61)], [Symbol(5, "accidentalFlat", Box(66, 60, 100, 70))]),  # the line of a flat
])
def test_other_heads_stay_without(lines: list[tuple[int, int, int]], symbols: list[Symbol]) -> None:
    assert complete_stems([BESIDE], [head(), *symbols], page(*lines), 7) == [BESIDE]


def test_a_short_line_is_no_second_stem() -> None:
    """As long as the stem of an unseen accidental."""
    up = Stroke(4, "stem", ((65.0, 61.0), (98.0, 61.0)), 1.0)
    assert complete_stems([up], [head()], page((65, 100, 61), (100, 126, 51)), 7) == [up]


def test_a_barline_beside_a_head_is_no_stem() -> None:
    barline = Stroke(4, "barline", ((40.0, 62.0), (99.0, 62.0)), 1.0)
    assert complete_stems([barline], [head()], page((40, 100, 62)), 7) == [barline]


def test_a_page_without_strokes_or_heads() -> None:
    assert complete_stems([], [], page(), 7) == []
    assert complete_stems([BESIDE], [Symbol(1, "noteheadWhole", Box(95, 50, 105, 62))], page((65, 100, 61)), 7) == [
        BESIDE]


@pytest.mark.parametrize(("score", "line", "name"), [
    (0.5, (65, 100, 61), "noteheadHalf"), (0.5, (100, 140, 51), "noteheadHalf"), (0.5, (80, 100, 61), "noteheadWhole"),
    (0.95, (65, 100, 61), "noteheadWhole")])
def test_an_unsure_whole_note_with_a_stem_is_a_half_note(score: float, line: tuple[int, int, int], name: str) -> None:
    whole = replace(head(), name="noteheadWhole", score=score)
    assert [s.name for s in without_stemmed_wholes([whole], page(line))] == [name]


def test_a_line_that_goes_on_far_beyond_an_accidental_is_a_stem() -> None:
    sharp = Symbol(5, "accidentalSharp", Box(84, 64, 114, 74))
    assert len(complete_stems([BESIDE], [head(), sharp], page((65, 100, 61)), 7)) == 2
    assert complete_stems([BESIDE], [head(), sharp], page((78, 100, 61)), 7) == [BESIDE]  # it ends with the sharp


def test_the_stem_of_another_voice_beside_a_head_is_not_its_own() -> None:
    """It rises at the left edge of the head; the head's own hangs from there, and is short."""
    other = Stroke(4, "stem", ((65.0, 49.0), (100.0, 49.0)), 1.0)
    *_, stem = complete_stems([other], [head()], page((65, 96, 49), (100, 126, 51)), 7)
    assert stem.id == 7 and stem.points[-1] == pytest.approx((126, 51), abs=2)


def test_a_piece_of_a_stem_in_a_beam_tells_of_it() -> None:
    """Beams take so many of its rows that the line would be too thick."""
    pixels = page((74, 100, 61))
    pixels[70:76] = pixels[78:83] = 0
    piece = Stroke(4, "stem", ((72.0, 61.0), (87.0, 61.0)), 1.0)
    assert complete_stems([piece], [head()], pixels, 7)[0].points[-1][0] == 100
    assert complete_stems([BESIDE], [head()], pixels, 7) == [BESIDE]


UP = Stroke(4, "stem", ((65.0, 61.0), (98.0, 61.0)), 1.0)
"""The stem of a head at row 100, of which a second one hangs."""


def test_a_piece_of_a_second_stem_is_drawn_out() -> None:
    piece = Stroke(5, "stem", ((103.0, 51.0), (114.0, 51.0)), 1.0)
    _, found = complete_stems([UP, piece], [head()], page((65, 100, 61), (100, 140, 51)), 7)
    assert found.id == 5 and found.points[0][0] == 100 and found.points[-1][0] == pytest.approx(140, abs=2)


def test_a_second_stem_that_ends_short_of_its_head_is_drawn_on() -> None:
    short = Stroke(5, "stem", ((109.0, 51.0), (138.0, 51.0)), 1.0)
    _, found = complete_stems([UP, short], [head()], page((65, 100, 61), (100, 140, 51)), 7)
    assert found.points == ((100.0, 51.0), (138.0, 51.0))


def test_a_stem_that_begins_at_another_head_is_not_drawn_on() -> None:
    """A third below: the line goes on from it to the stem of the next head."""
    pixels = page((65, 100, 61), (100, 140, 51))
    pixels[105:115, 50:62] = 0
    below = Stroke(5, "stem", ((110.0, 51.0), (138.0, 51.0)), 1.0)
    assert complete_stems([UP, below], [head(), head(110, id_=2)], pixels, 7) == [UP, below]


def test_a_second_stem_passes_an_accidental() -> None:
    """A flat before the head, whose box reaches over it."""
    flat = Symbol(6, "accidentalFlat", Box(83, 40, 108, 51))
    assert len(complete_stems([UP], [head(), flat], page((65, 100, 61), (100, 140, 51)), 7)) == 2
    low = replace(flat, box=Box(103, 40, 130, 51))  # the line is its own
    assert complete_stems([UP], [head(), low], page((65, 100, 61), (100, 140, 51)), 7) == [UP]


@pytest.mark.parametrize(("grey", "found"), [(145, True), (200, False)])
def test_a_pale_leaning_stem_is_found(grey: int, found: bool) -> None:
    pixels = page()
    for row in range(60, 97):
        column = 60 + (96 - row) // 19
        pixels[row, column] = grey
    assert len(complete_stems([BESIDE], [head()], pixels, 7)) == 1 + found


@pytest.mark.parametrize(("score", "left", "kept"), [(0.7, 50, True), (0.7, 20, False), (0.95, 20, True)])
def test_an_unsure_half_note_without_a_stem_is_none(score: float, left: float, kept: bool) -> None:
    half = replace(head(left=left), name="noteheadHalf", score=score)
    assert without_stemless([half], [UP]) == ((half,) if kept else ())
