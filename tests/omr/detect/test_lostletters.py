"""The s of "sf" is found by its ink where the page's other s are seen; other ink before an f is none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.detect.lostletters import with_lost_s
from omr.types import Box, Symbol

ROW = 60
SEEN, OTHERS = (60, 160), (260, 360)


def page(*lost: str) -> np.ndarray:
    """"sf" twice, and for each of the others an f with something before it."""
    pixels = np.full((120, 420), 255, np.uint8)
    for col in (*SEEN, *OTHERS):
        cv2.ellipse(pixels, (col + 10, ROW), (3, 11), 20, 0, 360, 0, 2)  # something like an f
    for col, what in zip((*SEEN, *OTHERS), ("s", "s", *lost), strict=True):
        if what == "s":
            cv2.ellipse(pixels, (col, ROW - 2), (4, 3), 0, 0, 270, 0, 2)
            cv2.ellipse(pixels, (col, ROW + 4), (4, 3), 0, 180, 450, 0, 2)
        elif what == "barline":
            cv2.line(pixels, (col, ROW - 30), (col, ROW + 30), 0, 2)
        elif what == "head":
            cv2.ellipse(pixels, (col, ROW + 1), (6, 4), 0, 0, 360, 0, -1)
    return pixels


def letters(seen: int = 2) -> list[Symbol]:
    found = [Symbol(i, "dynamicF", Box(ROW - 12, col + 2, ROW + 12, col + 20)) for i, col in
             enumerate((*SEEN, *OTHERS))]
    return [*found, *(Symbol(10 + i, "dynamicS", Box(ROW - 6, col - 5, ROW + 8, col + 6))
                      for i, col in enumerate(SEEN[:seen]))]


@pytest.mark.parametrize(("before", "found"), [
    (("s", "s"), 2), (("s", ""), 1), (("barline", "head"), 0), (("", ""), 0)])
def test_an_s_is_added_before_an_f_that_has_its_ink(before: tuple[str, str], found: int) -> None:
    added = with_lost_s(letters(), page(*before), 100)[len(letters()):]
    assert [(s.id, s.name) for s in added] == [(100 + i, "dynamicS") for i in range(found)]
    for symbol, col in zip(added, OTHERS, strict=False):
        assert abs(symbol.box.center[1] - col) < 2 and abs(symbol.box.center[0] - ROW - 1) < 2


def test_nothing_tells_what_an_s_looks_like_on_a_page_without_one() -> None:
    assert list(with_lost_s(letters(seen=0), page("s", "s"), 100)) == letters(seen=0)


def test_an_f_at_the_edge_of_a_page_has_none_before_it() -> None:
    at_edge = Symbol(50, "dynamicF", Box(0.0, 0.0, 24.0, 18.0))
    assert len(with_lost_s([*letters(), at_edge], page("", ""), 100)) == len(letters()) + 1
