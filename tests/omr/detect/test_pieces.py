"""What the paths of a page are made of: lines, curves and shapes."""

from __future__ import annotations

import numpy as np
import pytest

from omr.detect.pieces import Line, pieces_of
from omr.page.vectors import Path, VectorPage

PEN_PT = 0.06
"""Width of the lines that an old printer driver fills areas with."""


def lines_of(*ends: tuple[float, float, float, float]) -> tuple[Line, ...]:
    """The lines of a page that draws thin lines from (x, y) to (x, y), one after the other."""
    marks = tuple(Path((("l", np.array([end[:2], end[2:]])),), None, 0.0, PEN_PT, False) for end in ends)
    page = VectorPage(width_pt=600, height_pt=800, marks=marks, outlines=(), fonts=(), dropped=0)
    return pieces_of(page).lines


@pytest.mark.parametrize("slope", [0.0, 3.4, -3.4])
def test_lines_side_by_side_are_one_thick_line(slope: float) -> None:
    """PScript5 writes a beam of Finale 2002 as forty lines, each a pen's width below the one before."""
    rows = [100 + PEN_PT * i for i in range(40)]
    (beam,) = lines_of(*((50, row, 100, row + slope) for row in rows))
    assert beam.a == pytest.approx((50, np.mean(rows)))
    assert beam.b == pytest.approx((100, np.mean(rows) + slope))
    assert beam.thickness == pytest.approx(39 * PEN_PT * 50 / np.hypot(50, slope) + PEN_PT)


def test_lines_apart_stay_apart() -> None:
    """Staff lines, a fan of strings, two lines of one pen, and a line beside a bundle that turns back."""
    assert len(lines_of(*((50, 100 + 5 * i, 500, 100 + 5 * i) for i in range(5)))) == 5
    assert len(lines_of(*((50, 100, 500, 100 + 5 * i) for i in range(5)))) == 5
    assert len(lines_of((50, 100, 500, 100), (50, 100 + PEN_PT, 500, 100 + PEN_PT))) == 2
    there = [(50, 100 + PEN_PT * i, 90, 100 + PEN_PT * i) for i in range(4)]
    assert len(lines_of(*there, there[2])) == 2
