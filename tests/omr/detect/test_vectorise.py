"""Strokes drawn into masks come back as the strokes they were."""

import numpy as np
import pytest

from omr.detect.vectorise import draw, vectorise
from omr.types import STROKE_KINDS, Stroke

SHAPE = (256, 320)


def back(*strokes):
    return vectorise(draw(strokes, SHAPE) / 255.0)


@pytest.mark.parametrize(
    ("kind", "points", "thickness"),
    [
        ("stem", ((40.0, 100.0), (75.0, 100.5)), 1.5),
        ("barline", ((40.0, 200.0), (180.0, 203.0)), 2.0),
        ("barline", ((40.0, 200.0), (80.0, 200.0)), 6.0),
        ("beam", ((60.0, 50.0), (45.0, 120.0)), 5.0),
        ("ledgerLine", ((90.0, 50.0), (90.0, 66.0)), 2.0),
        ("hairpin", ((90.0, 50.0), (100.0, 190.0)), 1.5),
    ],
)
def test_straight_stroke_round_trip(kind, points, thickness):
    (found,) = back(Stroke(0, kind, points, thickness))
    assert found.kind == kind
    for (r, c), (er, ec) in zip((found.points[0], found.points[-1]), points, strict=False):
        assert abs(r - er) < 2.1 and abs(c - ec) < 2.1
    assert abs(found.thickness_px - max(thickness, 2)) <= 2


def test_curve_round_trip():
    x = np.linspace(0, 1, 12)
    points = tuple((80 - 60 * t * (1 - t), 40 + 150 * t) for t in x.tolist())
    (found,) = back(Stroke(0, "slur", points, 3.0))
    for r, c in found.points:
        t = (c - 40) / 150
        assert abs(r - (80 - 60 * t * (1 - t))) < 1.5


def test_ties_of_a_held_note_that_run_together_show_where_they_meet():
    """Ties of 80 pixels each are one stroke: it has a point close to each place where it comes back to the note."""
    cols = np.linspace(0, 1040, 521)
    chain = Stroke(0, "tie", tuple((80 + 14 * abs(np.sin(np.pi * c / 80)), 20 + c) for c in cols.tolist()), 3.0)
    (found,) = vectorise(draw([chain], (160, 1080)) / 255.0)
    for meeting in range(100, 1060, 80):
        assert min((row for row, col in found.points if abs(col - meeting) < 12), default=99) < 87


def test_a_curve_between_slur_and_tie_is_one_and_called_by_the_likelier():
    x = np.linspace(0, 1, 12)
    curve = Stroke(0, "slur", tuple((80 - 60 * t * (1 - t), 40 + 150 * t) for t in x.tolist()), 3.0)
    mask = draw([curve], SHAPE) / 255.0
    slur, tie = STROKE_KINDS.index("slur"), STROKE_KINDS.index("tie")
    mask[..., tie] = mask[..., slur]
    # The left fifth is surely a slur, the right three fifths likely a tie, and between them it is undecided.
    mask *= 0.35
    mask[:, 20:35, slur], mask[:, 20:35, tie] = mask[:, 20:35, slur] * 2.5, 0
    mask[:, 50:, tie] *= 2
    (found,) = vectorise(mask)
    assert found.kind == "tie"
    assert abs(found.points[0][1] - 40) < 2.1 and abs(found.points[-1][1] - 190) < 2.1
    mask[..., [slur, tie]] = mask[..., [tie, slur]]
    assert [s.kind for s in vectorise(mask)] == ["slur"]


def test_faint_parts_make_a_curve_whole_and_no_less_sure():
    arc = draw([Stroke(0, "slur", ((80.0, 40.0), (70.0, 90.0), (80.0, 140.0)), 3.0)], SHAPE) / 255.0
    (whole,) = vectorise(arc * 0.8)
    faint = arc * 0.8
    faint[:, 30:60] = arc[:, 30:60] * 0.35  # five staff spaces and more, in the middle
    (found,) = vectorise(faint)
    assert found.points[0][1] == whole.points[0][1] and found.points[-1][1] == whole.points[-1][1]
    assert abs(found.score - whole.score) < 0.05 and abs(found.thickness_px - whole.thickness_px) < 0.5


def test_what_is_hardly_there_is_no_curve():
    arc = draw([Stroke(0, "slur", ((80.0, 40.0), (70.0, 90.0), (80.0, 140.0)), 3.0)], SHAPE) / 255.0
    assert len(vectorise(arc * 0.8)) == 1
    assert vectorise(arc * 0.5) == []


def test_stacked_beams_are_separate_even_when_the_gap_is_filled():
    beams = [Stroke(i, "beam", ((60.0 + 7.5 * i, 50.0), (60.0 + 7.5 * i, 110.0)), 5.0) for i in range(3)]
    assert len(back(*beams)) == 3
    mask = draw(beams, SHAPE) / 255.0
    mask[30:39, 25:55, STROKE_KINDS.index("beam")] = 1.0
    assert len(vectorise(mask)) == 3


def test_broken_stem_is_joined_and_two_voices_are_not():
    assert len(back(Stroke(0, "stem", ((40.0, 100.0), (58.0, 100.0)), 2.0),
                    Stroke(1, "stem", ((62.0, 100.0), (80.0, 100.0)), 2.0))) == 1
    assert len(back(Stroke(0, "stem", ((40.0, 100.0), (75.0, 100.0)), 2.0),
                    Stroke(1, "stem", ((40.0, 112.0), (75.0, 112.0)), 2.0))) == 2


def test_nothing_in_nothing_out():
    assert vectorise(np.zeros((64, 64, len(STROKE_KINDS)))) == []
