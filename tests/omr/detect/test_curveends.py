"""Ties and slurs drawn out to their ends by their ink."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.detect.curveends import follow_curves
from omr.types import Box, Staff, Stroke, Symbol

STAFF = Staff(index=0, system=0, left=20, right=580,
              lines=np.repeat(200.0 + 10 * np.arange(5)[:, None], 2, axis=1), line_count=5)


def arch(col: float, top: float = 100, left: float = 100, right: float = 500, height: float = 30) -> float:
    """The row of a curve that bends upwards, at a column."""
    at = (col - left) / (right - left)
    return top + height * (2 * at - 1) ** 2


def page(**shape: float) -> np.ndarray:
    """An empty staff with a curve over it, two pixels thick."""
    pixels = np.full((300, 600), 255, np.uint8)
    for row in STAFF.lines[:, 0]:
        pixels[int(row), 20:580] = 0
    cols = np.arange(shape.get("left", 100), shape.get("right", 500) + 1)
    points = np.stack([cols, [arch(c, **shape) for c in cols]], axis=1).round().astype(np.int32)
    cv2.polylines(pixels, [points], False, 0, 2)
    return pixels


def seen(first: float, last: float, id_: int = 1, **shape: float) -> Stroke:
    """The part of that curve that the network saw."""
    return Stroke(id_, "slur", tuple((arch(c, **shape), c) for c in np.linspace(first, last, 8).tolist()), 2.0, 0.7)


def ends(strokes: list[Stroke]) -> list[tuple[float, float]]:
    return [(s.points[0][1], s.points[-1][1]) for s in strokes]


def test_a_curve_is_drawn_out_along_its_ink() -> None:
    followed = follow_curves([seen(180, 260)], [], [STAFF], page())
    assert ends(followed) == [(pytest.approx(100, abs=2), pytest.approx(500, abs=2))]
    assert all(row == pytest.approx(arch(col), abs=2) for row, col in followed[0].points)


def test_pieces_of_one_curve_become_one() -> None:
    followed = follow_curves([seen(120, 200, id_=1), seen(320, 490, id_=2)], [], [STAFF], page())
    assert [s.id for s in followed] == [2]  # the longer one
    assert ends(followed) == [(pytest.approx(100, abs=2), pytest.approx(500, abs=2))]


@pytest.mark.parametrize("thickness, end", [(3, 500), (7, 300)])
def test_a_curve_goes_on_behind_a_stem_but_not_behind_a_beam(thickness: int, end: float) -> None:
    pixels = page()
    pixels[60:190, 300 : 300 + thickness] = 0
    assert ends(follow_curves([seen(101, 260)], [], [STAFF], pixels)) == [(101, pytest.approx(end, abs=3))]


def test_no_curve_runs_through_a_head() -> None:
    """The outline of a hollow head is as thin as a curve's ink."""
    head = Symbol(9, "noteheadHalf", Box(arch(400) - 6, 400, arch(400) + 6, 414))
    assert ends(follow_curves([seen(101, 260)], [head], [STAFF], page())) == [(101, pytest.approx(399, abs=2))]


@pytest.mark.parametrize("away, end", [(9, 399), (14, 500)])
def test_no_curve_is_followed_close_past_a_head(away: float, end: float) -> None:
    """There its own curve ends, and that of the next note begins, which may touch it."""
    row = arch(407) + away
    head = Symbol(9, "noteheadBlack", Box(row - 5, 400, row + 5, 414))
    assert ends(follow_curves([seen(101, 260)], [head], [STAFF], page())) == [(101, pytest.approx(end, abs=3))]


def test_no_curve_runs_along_a_staff_line() -> None:
    """A flat slur touches the top line and ends there."""
    shape = {"top": 199.0, "left": 100.0, "right": 300.0, "height": 2.0}
    (_, end), = ends(follow_curves([seen(105, 295, **shape)], [], [STAFF], page(**shape)))
    assert end < 310


def test_what_ends_with_its_ink_stays_as_it_is() -> None:
    curve, beam = seen(104, 496), Stroke(2, "beam", ((150, 100), (150, 200)), 5.0)
    assert follow_curves([curve, beam], [], [STAFF], page()) == [curve, beam]
