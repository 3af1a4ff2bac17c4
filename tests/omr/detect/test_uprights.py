"""Stems are drawn out to their beams where ink leads there."""

from __future__ import annotations

import numpy as np
import pytest

from omr.detect.uprights import join_barlines, lengthen_stems
from omr.types import Stroke

BEAM = Stroke(0, "beam", ((52.0, 60.0), (50.0, 140.0)), 5.0)


def page(stem_from: int, stem_to: int, column: int = 62) -> np.ndarray:
    """A beam, a stem below it, five staff lines and a head at the stem's lower end."""
    pixels = np.full((200, 200), 255, np.uint8)
    pixels[50:55, 60:142] = 0
    pixels[stem_from:stem_to, column - 1 : column + 1] = 0
    for row in range(70, 111, 10):
        pixels[row, :] = 0
    pixels[stem_to - 5 : stem_to + 5, column - 12 : column] = 0
    return pixels


def test_a_piece_of_a_stem_is_drawn_out_to_its_beam() -> None:
    piece = Stroke(1, "stem", ((85.0, 62.0), (118.0, 62.0)), 1.0)
    beam, stem = lengthen_stems([BEAM, piece], page(52, 120))
    assert beam == BEAM
    assert stem.points[0] == pytest.approx((52, 62), abs=0.1) and stem.points[-1] == piece.points[-1]


def test_downwards_too() -> None:
    piece = Stroke(1, "stem", ((85.0, 62.0), (118.0, 62.0)), 1.0)
    beam = Stroke(0, "beam", ((148.0, 60.0), (150.0, 140.0)), 5.0)
    stem = lengthen_stems([beam, piece], page(52, 120)[::-1].copy())[1]  # the head is at the top now
    assert stem.points[0] == piece.points[0] and stem.points[-1] == pytest.approx((148, 62), abs=0.1)


@pytest.mark.parametrize(("piece", "pixels"), [
    (((85.0, 62.0), (118.0, 62.0)), page(80, 120)),  # no ink between
    (((60.0, 62.0), (118.0, 62.0)), page(52, 120)),  # it has its beam
    (((85.0, 162.0), (118.0, 162.0)), page(52, 120, 162)),  # beside the beam
    (((135.0, 62.0), (168.0, 62.0)), page(52, 170)),  # too far for a stem
])
def test_other_stems_stay_as_they_are(piece: tuple[tuple[float, float], ...], pixels: np.ndarray) -> None:
    strokes = [BEAM, Stroke(1, "stem", piece, 1.0)]
    assert lengthen_stems(strokes, pixels) == strokes


def test_a_column_of_heads_is_no_stem() -> None:
    pixels = page(52, 120)
    pixels[55:118, 54:70] = 0
    strokes = [BEAM, Stroke(1, "stem", ((85.0, 62.0), (118.0, 62.0)), 1.0)]
    assert lengthen_stems(strokes, pixels) == strokes


def test_pieces_of_one_barline_are_one() -> None:
    pixels = np.full((200, 200), 255, np.uint8)
    pixels[20:160, 79:81] = 0
    pixels[20:60, 119:121] = pixels[100:160, 119:121] = 0  # the barlines of two systems
    pieces = [Stroke(0, "barline", ((25.0, 80.0), (90.0, 80.0)), 1.0),
              Stroke(1, "stem", ((20.0, 80.0), (60.0, 80.0)), 1.0),
              Stroke(2, "barline", ((110.0, 80.5), (158.0, 80.5)), 1.0),
              Stroke(3, "barline", ((20.0, 120.0), (60.0, 120.0)), 1.0),
              Stroke(4, "barline", ((100.0, 120.0), (160.0, 120.0)), 1.0)]
    found = {s.id: s for s in join_barlines(pieces, pixels)}
    assert set(found) == {0, 1, 3, 4}
    assert found[0].points == ((25.0, 80.0), (158.0, 80.5)) and found[1] == pieces[1] and found[3] == pieces[3]
