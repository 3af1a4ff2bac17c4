"""Breves that are drawn as four lines. Staff space 10 px."""

from __future__ import annotations

import pytest

from omr.detect.breves import find_breves
from omr.detect.pieces import Line


def breve(left: float, top: float, width: float = 11, thick: float = 2.7) -> list[Line]:
    """As an edition of old music draws it."""
    uprights = [Line((x, top), (x, top + 13), 1, 0) for x in (left, left + width)]
    return [*uprights, *(Line((left, row), (left + width, row), thick, 0) for row in (top + 3, top + 10))]


def test_four_lines_are_a_breve() -> None:
    stem = Line((115, 100), (115, 130), 1, 0)
    found, rest = find_breves([*breve(100, 100), stem, *breve(200, 145)])
    assert found == [(99.5, 100, 111.5, 113), (199.5, 145, 211.5, 158)]
    assert rest == [stem]


@pytest.mark.parametrize("lines", [breve(100, 100)[:3], breve(100, 100, width=30), breve(100, 100)[1:]])
def test_what_lacks_a_side_or_is_too_wide_is_none(lines: list[Line]) -> None:
    assert find_breves(lines) == ([], lines)
