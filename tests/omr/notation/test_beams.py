"""Beams on hand-drawn strokes, staff space 10 px."""

from dataclasses import replace
from itertools import count

import pytest

from omr.notation.beams import mend_beams
from omr.types import Stroke

SPACE = 10.0


def beam(id_: int, row: float, left: float, right: float, thick: float = 5.0, end: float | None = None) -> Stroke:
    return Stroke(id_, "beam", ((row, left), (row if end is None else end, right)), thick)


def test_a_thick_beam_is_split_from_top_to_bottom():
    upper, lower = mend_beams([beam(7, 100, 50, 90, thick=12.5)], [], SPACE, count(900))
    assert (upper.id, lower.id) == (7, 900)
    assert lower.points[0][0] - upper.points[0][0] == pytest.approx(7.5)
    assert (upper.points[0][0] + lower.points[0][0]) / 2 == 100


@pytest.mark.parametrize(("gap", "down", "one"), [(5, 0, True), (9, 0, False), (5, 7.5, False)])
def test_pieces_of_a_beam_are_one_where_they_are_close_and_level(gap: float, down: float, one: bool):
    pieces = [beam(1, 100, 50, 90), beam(2, 100 + down, 90 + gap, 130)]
    assert len(mend_beams(pieces, [], SPACE, count(900))) == (1 if one else 2)


def test_beams_that_run_into_one_another_are_put_straight():
    # Two beams that fall by 0.3 rows a column. Where ink fills the paper between them the upper one was followed into
    # the lower, and the lower from its middle on. As seen in Mozart's sonata K. 284, first movement.
    seen = [beam(1, 1154.2, 966, 1022, end=1159.1), beam(2, 1146.1, 968, 986, end=1149.5),
            beam(3, 1160.0, 982, 1022, end=1172.1)]
    upper, lower = sorted(mend_beams(seen, [], SPACE, count(900)), key=lambda b: b.points[0][0])
    for made, left, right in ((upper, 1145, 1162), (lower, 1155, 1172)):
        assert made.points[0][0] == pytest.approx(left, abs=2.5)
        assert made.points[-1][0] == pytest.approx(right, abs=2.5)
        assert made.points[-1][1] - made.points[0][1] >= 50


def test_pieces_too_close_for_beams_are_torn_ones():
    """Steep beams in many pieces, each with a slope of its own: Mozart, K. 280, first movement, measure 139."""
    seen = [beam(1, 713.8, 1316, 1324, end=716.2), beam(2, 725.2, 1316, 1354, end=706.8),
            beam(3, 710.7, 1322, 1332, end=711.7), beam(4, 706.2, 1330, 1338, end=712.2),
            beam(5, 706.0, 1334, 1352, end=698.5)]
    upper, lower = sorted(mend_beams(seen, [], SPACE, count(900)), key=lambda b: b.points[0][0])
    for made, left, right in ((upper, 716, 699), (lower, 725, 707)):
        assert made.points[0][0] == pytest.approx(left, abs=2.5)
        assert made.points[-1][0] == pytest.approx(right, abs=2.5)
        assert made.points[-1][1] - made.points[0][1] >= 36


def test_beams_and_their_hooks_stay_as_they_are():
    seen = [beam(1, 100, 50, 110, end=106), beam(2, 108, 50, 62, end=109.5), beam(3, 113, 98, 110, end=115)]
    assert mend_beams(seen, [], SPACE, count(900)) == seen


@pytest.mark.parametrize(("end", "thick", "kept"), [(189.9, 2.0, False), (189.9, 3.0, True), (194.0, 2.0, True)])
def test_the_end_of_a_small_slur_under_a_beam_is_no_beam(end: float, thick: float, kept: bool):
    """Beethoven, op. 109, first movement, measure 43: its slur was not seen. Hooks are thicker or lead as the beam."""
    whole, hook = beam(1206, 178.1, 294, 326, 5.7, end=186.1), beam(1207, 168.7, 296, 306, 4.2, end=171.7)
    piece = beam(1213, 193.9, 312, 322, thick, end=end)
    found = {b.id for b in mend_beams([whole, hook, piece], [], SPACE, count(900))}
    assert found == ({1206, 1207, 1213} if kept else {1206, 1207})


def test_pieces_of_slurs_are_no_beams():
    """The thick middle of a slur, seen as a slur up to there only, and a piece along a slur, in Mozart, K. 284,
    variations. Beams of grace notes may be as thin."""
    middle, along = beam(1, 191, 766, 798, thick=1.3, end=195), beam(2, 813, 258, 270, thick=1.1)
    slurs = [Stroke(8, "slur", ((183.4, 744.0), (186.7, 754.7), (190.7, 765.3), (192.8, 776.0)), 2.7),
             Stroke(9, "slur", ((805.0, 220.0), (812.0, 250.0), (814.0, 280.0), (806.0, 310.0)), 2.0)]
    grace, thick = beam(3, 876, 252, 276, thick=1.6, end=881), replace(along, id=4, thickness_px=5.0)
    assert mend_beams([middle, along, grace], slurs, SPACE, count(900)) == [grace]
    assert mend_beams([along], slurs[:1], SPACE, count(900)) == [along]
    assert mend_beams([thick], slurs, SPACE, count(900)) == [thick]


@pytest.mark.parametrize(("row", "length", "kept"), [
    (104, 7, False), (100, 7, False), (107.5, 7, True), (104, 11, True)])
def test_a_fragment_beside_a_longer_beam_is_none(row: float, length: float, kept: bool):
    """Where the ink of one beam runs into that of the next. A hook is longer, or stands farther away."""
    found = mend_beams([beam(1, 100, 50, 90), beam(2, row, 70, 70 + length)], [], SPACE, count(900))
    assert [b.id for b in found] == ([1, 2] if kept else [1])
