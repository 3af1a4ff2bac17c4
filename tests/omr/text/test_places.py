"""Over which staff words stand, and which words make a line."""

from __future__ import annotations

import pytest

from omr.text.places import chains, shared_height, staff_below
from omr.types import Box
from tests.omr.text.pages import graph


@pytest.mark.parametrize(("row", "col", "staff"), [
    (170, 400, 0), (110, 400, None), (290, 400, 1), (230, 400, None), (170, 80, None), (400, 400, None),
])
def test_the_nearest_staff_below(row: float, col: float, staff: int | None) -> None:
    box = Box(row - 5, col - 5, row + 5, col + 5)
    found = staff_below(graph([]), box, within=8)
    assert (found.index if found else None) == staff


def test_a_box_may_stand_left_of_its_staff() -> None:
    found = staff_below(graph([]), Box(165, 75, 175, 85), within=8, left_margin=4)
    assert found is not None and found.index == 0


def test_boxes_continue_the_first_line_they_follow() -> None:
    boxes = [Box(0, 50, 10, 60), Box(2, 0, 12, 40), Box(30, 20, 40, 45), Box(1, 61, 11, 80)]
    assert chains(boxes, lambda last, box: shared_height(last, box) > 0) == [[1, 0, 3], [2]]
