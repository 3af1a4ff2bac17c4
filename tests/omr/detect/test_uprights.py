"""Stems are drawn out to their beams where ink leads there, and begin at the head at which their ink begins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from omr.detect.uprights import cut_stems, join_pieces, lengthen_stems
from omr.types import Box, Stroke, Symbol

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


def test_over_two_staves_too() -> None:
    """As in Beethoven, op. 2 no. 3, first movement, measure 62: eleven spaces from the head to the beam."""
    piece = Stroke(1, "stem", ((148.0, 62.0), (178.0, 62.0)), 1.0)
    stem = lengthen_stems([BEAM, piece], page(52, 180))[1]
    assert stem.points[0] == pytest.approx((52, 62), abs=0.1)


def test_downwards_too() -> None:
    piece = Stroke(1, "stem", ((85.0, 62.0), (118.0, 62.0)), 1.0)
    beam = Stroke(0, "beam", ((148.0, 60.0), (150.0, 140.0)), 5.0)
    stem = lengthen_stems([beam, piece], page(52, 120)[::-1].copy())[1]  # the head is at the top now
    assert stem.points[0] == piece.points[0] and stem.points[-1] == pytest.approx((148, 62), abs=0.1)


@pytest.mark.parametrize(("piece", "pixels"), [
    (((85.0, 62.0), (118.0, 62.0)), page(80, 120)),  # no ink between
    (((60.0, 62.0), (118.0, 62.0)), page(52, 120)),  # it has its beam
    (((85.0, 162.0), (118.0, 162.0)), page(52, 120, 162)),  # beside the beam
    (((180.0, 62.0), (198.0, 62.0)), page(52, 200)),  # too far for a stem
])
def test_other_stems_stay_as_they_are(piece: tuple[tuple[float, float], ...], pixels: np.ndarray) -> None:
    strokes = [BEAM, Stroke(1, "stem", piece, 1.0)]
    assert lengthen_stems(strokes, pixels) == strokes


def test_a_column_of_heads_is_no_stem() -> None:
    pixels = page(52, 120)
    pixels[55:118, 54:70] = 0
    strokes = [BEAM, Stroke(1, "stem", ((85.0, 62.0), (118.0, 62.0)), 1.0)]
    assert lengthen_stems(strokes, pixels) == strokes


def head(id_: int, row: float, left: float) -> Symbol:
    return Symbol(id_, "noteheadBlack", Box(row - 5.5, left, row + 5.5, left + 12), 0.9)


def two_stems() -> tuple[list[Stroke], np.ndarray]:
    """Two pieces of a stem, and its ink."""
    pixels = np.full((200, 200), 255, np.uint8)
    pixels[40:150, 61:63] = 0
    return [Stroke(0, "stem", ((40.0, 62.0), (90.0, 62.0)), 1.0), Stroke(1, "stem", ((112.0, 62.0), (150.0, 62.0)), 1.0)
            ], pixels


def test_pieces_of_the_stem_of_a_chord_on_two_staves_are_one() -> None:
    """As in Beethoven, op. 7, second movement, measure 19."""
    pieces, pixels = two_stems()
    (stem,) = join_pieces(pieces, [head(2, 90, 50), head(3, 148, 50)], pixels)
    assert stem.id == 0 and stem.points == ((40.0, 62.0), (150.0, 62.0))
    overlapping = [pieces[0], replace(pieces[1], points=((60.0, 62.0), (150.0, 62.0)))]
    (stem,) = join_pieces(overlapping, [head(2, 90, 50), head(3, 148, 50)], pixels)
    assert stem.points == ((40.0, 62.0), (150.0, 62.0))
    pixels[98:100] = pixels[104:106] = 255  # broken in print, as in Mozart, K. 284, variation 13, measure 26
    assert len(join_pieces(pieces, [head(2, 90, 50), head(3, 148, 50)], pixels)) == 1
    pixels[98:102] = 255  # the paper between two stems, as in Mozart, K. 280, second movement
    assert join_pieces(pieces, [head(2, 90, 50), head(3, 148, 50)], pixels) == pieces
    pixels[95:105] = 255
    assert join_pieces(pieces, [head(2, 90, 50), head(3, 148, 50)], pixels) == pieces


def test_stems_of_two_voices_whose_heads_stand_side_by_side_stay_two() -> None:
    """As in Beethoven, op. 10 no. 3, second movement, measure 34: one rises, the other hangs down in its column."""
    pieces, pixels = two_stems()
    assert join_pieces(pieces, [head(2, 90, 50), head(3, 112, 62)], pixels) == pieces


def test_pieces_of_one_barline_are_one() -> None:
    pixels = np.full((200, 200), 255, np.uint8)
    pixels[20:160, 79:81] = 0
    pixels[20:60, 119:121] = pixels[100:160, 119:121] = 0  # the barlines of two systems
    pieces = [Stroke(0, "barline", ((25.0, 80.0), (90.0, 80.0)), 1.0),
              Stroke(1, "stem", ((20.0, 80.0), (60.0, 80.0)), 1.0),
              Stroke(2, "barline", ((110.0, 80.5), (158.0, 80.5)), 1.0),
              Stroke(3, "barline", ((20.0, 120.0), (60.0, 120.0)), 1.0),
              Stroke(4, "barline", ((100.0, 120.0), (160.0, 120.0)), 1.0)]
    found = {s.id: s for s in join_pieces(pieces, [], pixels)}
    assert set(found) == {0, 1, 3, 4}
    assert found[0].points == ((25.0, 80.0), (158.0, 80.5)) and found[1] == pieces[1] and found[3] == pieces[3]



def third(lower_stem_from: int) -> np.ndarray:
    """Two heads a third apart, as in Mozart, K. 309, first movement, measure 69: the upper has a stem that rises at its
    right edge, and another hangs down at the left edges from a row on."""
    pixels = np.full((200, 200), 255, np.uint8)
    rows, columns = np.mgrid[0:200, 0:200]
    for row in (100, 110):
        across, down = columns - 56, rows - row
        pixels[((across + 0.4 * down) / 6.2) ** 2 + (down / 5) ** 2 < 1] = 0
    pixels[60:100, 60:62] = 0
    pixels[lower_stem_from:150, 50:52] = 0
    pixels[100], pixels[110], pixels[120] = 0, 0, 0
    return pixels


def test_a_stem_begins_at_the_lower_head_where_there_is_paper_beside_the_upper() -> None:
    up = Stroke(1, "stem", ((60.0, 61.5), (99.0, 61.5)), 1.0)
    down = Stroke(2, "stem", ((101.0, 50.5), (150.0, 50.5)), 1.0)
    heads = [head(3, 100, 50), head(4, 110, 50)]
    pixels = third(110)
    shorter = replace(down, points=((110.0, 50.5), (150.0, 50.5)))
    assert cut_stems([BEAM, up, down], heads, pixels) == [BEAM, up, shorter]
    turned = [replace(s, points=tuple((199 - r, 199 - c) for r, c in s.points[::-1])) for s in (up, down)]
    heads_turned = [head(3, 99, 137), head(4, 89, 137)]
    *_, cut = cut_stems([BEAM, *turned], heads_turned, pixels[::-1, ::-1].copy())
    assert cut.points == ((49.0, 148.5), (89.0, 148.5))


def test_a_stem_that_passes_both_heads_of_its_chord_stays() -> None:
    up = Stroke(1, "stem", ((60.0, 61.5), (99.0, 61.5)), 1.0)
    down = Stroke(2, "stem", ((101.0, 50.5), (150.0, 50.5)), 1.0)
    heads = [head(3, 100, 50), head(4, 110, 50)]
    assert cut_stems([up, down], heads, third(100)) == [up, down]


def test_a_stem_that_is_grey_all_along_stays() -> None:
    """A small page: a thin stem is as light as the blurred edge of a head."""
    up = Stroke(1, "stem", ((60.0, 61.5), (99.0, 61.5)), 1.0)
    down = Stroke(2, "stem", ((101.0, 50.5), (150.0, 50.5)), 1.0)
    pixels = third(100)
    pixels[101:150, 49:52] = np.maximum(pixels[101:150, 49:52], 175)
    assert cut_stems([up, down], [head(3, 100, 50), head(4, 110, 50)], pixels) == [up, down]


def test_a_broken_stem_keeps_both_heads_where_the_upper_has_no_other() -> None:
    """A faint print: the only stem of a third is broken between its heads."""
    down = Stroke(2, "stem", ((101.0, 50.5), (150.0, 50.5)), 1.0)
    assert cut_stems([down], [head(3, 100, 50), head(4, 110, 50)], third(110)) == [down]


def test_stems_without_heads_stay_and_heads_without_stems_do_no_harm() -> None:
    down = Stroke(2, "stem", ((101.0, 50.5), (150.0, 50.5)), 1.0)
    assert cut_stems([down], [], third(110)) == [down]
    assert cut_stems([BEAM], [head(3, 100, 50), head(4, 110, 50)], third(110)) == [BEAM]
