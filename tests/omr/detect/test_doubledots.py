"""Two dots that touch in print."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.detect.doubledots import split_double_dots
from omr.types import Box, Symbol


def page(*cols: float, line: bool = False) -> np.ndarray:
    """A page (100, 100) with round dots of .5 staff spaces at columns, in row 50; staff lines are 10 px apart."""
    large = np.full((1600, 1600), 255, np.uint8)
    for col in cols:
        cv2.circle(large, (round(16 * col), 800), 40, 0, -1)
    if line:
        cv2.rectangle(large, (0, 790), (1600, 815), 0, -1)
    return cv2.GaussianBlur(cv2.resize(large, (100, 100), interpolation=cv2.INTER_AREA), (0, 0), 0.8)


@pytest.mark.parametrize(("cols", "line", "count"), [
    ((40, 45.2), False, 2),    # as in a scanned quartet of Beethoven's: they are 1.0 wide together
    ((42,), False, 1),
    ((40, 45.2), True, 1),     # there is no telling on a line
    ((40, 52), False, 1),      # the detector sees these one by one
])
def test_a_blob_of_two_dots_is_two(cols: tuple[float, ...], line: bool, count: int) -> None:
    middle = 42.6 if cols[-1] < 50 else 40
    dot = Symbol(7, "augmentationDot", Box(47, middle - 3, 53, middle + 3), 0.8)
    other = Symbol(8, "noteheadBlack", Box(45, 22, 55, 33), 0.9)
    found = split_double_dots([dot, other], page(*cols, line=line), 9)
    assert found[1] is other
    dots = [s for s in found if s is not other]
    assert len(dots) == count and {s.id for s in dots} == {7, 9}.intersection(range(7, 7 + 2 * count))
    assert dots == [dot] if count == 1 else [s.box.center[1] for s in dots] == pytest.approx([40, 45.2], abs=0.5)


def test_two_dots_that_were_both_seen_stay() -> None:
    dots = [Symbol(i, "augmentationDot", Box(47, left, 53, left + 6), 0.8) for i, left in ((1, 37), (2, 42))]
    assert split_double_dots(dots, page(40, 45.2), 3) == dots
