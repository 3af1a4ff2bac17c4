"""Breves that are drawn as four lines. Staff space 10 px."""

from __future__ import annotations

import pytest

from omr.detect.breves import Drawn, find_breves, with_longas
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


@pytest.mark.parametrize("x, top, bottom, name", [
    (100, 105, 138, "noteheadLonga"),        # down at the left, as MuseScore has it
    (124, 75, 105, "noteheadLonga"),         # up at the right
    (124, 98, 114, "noteheadDoubleWhole"),   # a side of the breve itself
    (140, 75, 105, "noteheadDoubleWhole"),   # another note's
])
def test_a_breve_with_a_stem_is_a_longa(x: float, top: float, bottom: float, name: str) -> None:
    stem: Drawn = ("stem", [(x, top), (x, bottom)], 1.2)
    heads = [("noteheadDoubleWhole", (100.0, 100.0, 124.0, 112.0)), ("noteheadWhole", (160.0, 100.0, 178.0, 110.0))]
    marks, strokes = with_longas(heads, [stem])
    assert [mark for mark, _ in marks] == [name, "noteheadWhole"]
    assert bool(strokes) == (name != "noteheadLonga")
