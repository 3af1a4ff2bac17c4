"""A straight, thick curve between the tips of two stems is a beam."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.detect.steepbeams import with_steep_beams
from omr.types import Stroke

STEMS = [Stroke(1, "stem", ((60.0, 50.0), (100.0, 50.0)), 1.0), Stroke(2, "stem", ((50.0, 90.0), (120.0, 90.0)), 1.0)]
"""Both hang down, with the beam at their lower ends."""


def read(thickness: int, curve: Stroke, *others: Stroke) -> Stroke:
    pixels = np.full((200, 200), 255, np.uint8)
    cv2.fillPoly(pixels, [np.array([(50, 100), (90, 120), (90, 120 + thickness), (50, 100 + thickness)])], 0)
    *kept, last = with_steep_beams([*STEMS, *others, curve], pixels)
    assert kept == [*STEMS, *(s for s in others if s.id > 4)]
    return last


@pytest.mark.parametrize("kind", ["slur", "tie"])
def test_a_curve_as_thick_as_a_beam_is_one(kind: str) -> None:
    curve = Stroke(3, kind, ((103.0, 50.0), (113.0, 70.0), (123.0, 90.0)), 2.0)
    beam = read(5, curve)
    assert (beam.id, beam.kind, beam.points) == (3, "beam", ((103.0, 50.0), (123.0, 90.0)))
    assert beam.thickness_px == pytest.approx(6, abs=1)
    assert read(1, curve) == curve


def test_a_curve_that_bends_or_ends_elsewhere_is_none() -> None:
    for points in (((103.0, 50.0), (120.0, 70.0), (123.0, 90.0)), ((103.0, 50.0), (113.0, 70.0))):
        curve = Stroke(3, "slur", points, 2.0)
        assert read(5, curve) == curve


def test_a_piece_that_was_seen_goes_and_the_next_beam_stays() -> None:
    curve = Stroke(3, "slur", ((103.0, 50.0), (113.0, 70.0), (123.0, 90.0)), 2.0)
    piece, other = (Stroke(k, "beam", ((row + 10.0, 70.0), (row + 20.0, 90.0)), 5.0) for k, row in ((4, 103), (5, 95)))
    assert read(5, curve, piece, other).kind == "beam"
