"""Boxes and strokes."""

from __future__ import annotations

from omr.types import Box, Stroke

BOX = Box(10, 20, 30, 60)


def test_a_box_contains_what_lies_inside_of_it() -> None:
    assert BOX.contains((20, 40)) and BOX.contains((10.1, 59.9))
    assert not any(BOX.contains(point) for point in ((10, 40), (30, 40), (20, 20), (20, 60), (5, 40), (20, 70)))


def test_boxes_overlap_that_cover_a_place_in_common() -> None:
    assert BOX.overlaps(Box(29, 59, 40, 70)) and BOX.overlaps(Box(15, 30, 16, 31)) and BOX.overlaps(Box(0, 0, 99, 99))
    for other in (Box(30, 20, 40, 60), Box(0, 20, 10, 60), Box(10, 60, 30, 70), Box(10, 0, 30, 20), Box(40, 0, 50, 99)):
        assert not BOX.overlaps(other) and not other.overlaps(BOX)


def test_strokes_run_rightwards() -> None:
    stroke = Stroke(0, "beam", ((1.0, 9.0), (2.0, 5.0), (3.0, 4.0)), 2.0)
    assert stroke.rightwards().points == ((3.0, 4.0), (2.0, 5.0), (1.0, 9.0))
    assert stroke.rightwards().rightwards() == stroke.rightwards()
