"""Texts in frames, however their frames are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from omr.detect.framed import find_framed
from omr.detect.glyphs import Letter
from omr.detect.pieces import Curve, Line, Pieces

LEFT, TOP, RIGHT, BOTTOM = 100.0, 40.0, 130.0, 70.0
KAPPA = 0.55
"""Where the points stand that bend a quarter of a circle, as a share of its radius."""


def letter(text: str, left: float, top: float = 46.0, height: float = 18.0) -> Letter:
    edges = (left, top, left + 12, top + height)
    return Letter(text, edges, (left, top + height), (14.0, 0.0), 25.0, 0, 0)


def line(ax: float, ay: float, bx: float, by: float) -> Line:
    return Line((ax, ay), (bx, by), 1.0, 0)


def rounded(radius: float) -> Curve:
    """A box with round corners, with the points that bend them."""
    points: list[tuple[float, float]] = []
    for x, y, (ax, ay), (bx, by) in ((LEFT, TOP, (0, 1), (1, 0)), (RIGHT, TOP, (-1, 0), (0, 1)),
                                     (RIGHT, BOTTOM, (0, -1), (-1, 0)), (LEFT, BOTTOM, (1, 0), (0, -1))):
        for dx, dy, share in ((ax, ay, 1.0), (ax, ay, 1 - KAPPA), (bx, by, 1 - KAPPA), (bx, by, 1.0)):
            points.append((x + dx * radius * share, y + dy * radius * share))
    return Curve(np.array([*points, points[0]]), 1.0, 0)


BY_LINES = Pieces((line(LEFT - 1, TOP, RIGHT + 1, TOP), line(LEFT - 1, BOTTOM, RIGHT + 1, BOTTOM),
                   line(LEFT, TOP, LEFT, BOTTOM), line(RIGHT, TOP, RIGHT, BOTTOM)), (), ())


@pytest.mark.parametrize("pieces, shape", [
    (Pieces((), (), (), frames=((LEFT, TOP, RIGHT, BOTTOM),)), "rectangle"),
    (Pieces((), (rounded(3.0),), ()), "rectangle"),
    (Pieces((), (rounded(15.0),), ()), "circle"),
    (BY_LINES, "rectangle"),
])
def test_a_letter_in_a_frame_is_found(pieces: Pieces, shape: str) -> None:
    found, left = find_framed(pieces, [letter("A", 109), letter("B", 140)])
    assert [(text.shape, [each.text for each in text.letters]) for text in found] == [(shape, ["A"])]
    assert not left.lines and not left.curves and not left.frames


def test_three_sides_a_frame_without_letters_and_a_slur_are_none() -> None:
    slur = Curve(np.array([(100, 70), (110, 40), (120, 40), (130, 70), (120, 44), (110, 44), (100, 70), (100, 70)],
                          float), 1.0, 0)
    for pieces, letters in (
        (Pieces(BY_LINES.lines[:3], (), ()), [letter("A", 109)]),
        (BY_LINES, [letter("A", 140)]),
        (Pieces((), (slur,), ()), [letter("A", 109)]),
    ):
        found, left = find_framed(pieces, letters)
        assert not found
        assert left == pieces


def test_a_box_about_small_letters_and_other_things_is_no_mark() -> None:
    box = Pieces((), (), (), frames=((LEFT, 30.0, RIGHT, 76.0),))
    assert not find_framed(box, [letter("a", 109, height=8)])[0]
