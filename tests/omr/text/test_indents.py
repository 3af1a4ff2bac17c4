"""Words over the indent of a system."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omr.music.sides import Sides
from omr.text.phrases import in_music
from omr.text.places import indented_below
from omr.types import NotationGraph, System
from tests.omr.text.pages import graph, staff, word


def page(*words: tuple[str, float, float]) -> NotationGraph:
    """Two systems of two staves each, the first indented: from row 200 and from row 500. words: (text, left, row)."""
    staves = tuple(replace(staff(i, top, left), system=i // 2)
                   for i, (top, left) in enumerate(((200, 200.0), (320, 200.0), (500, 100.0), (620, 100.0))))
    made = graph([word(*w) for w in words])
    return replace(made, staves=staves, systems=(System(0, (0, 1)), System(1, (2, 3))))


@pytest.mark.parametrize(("row", "col", "index"), [
    (180, 120, 0),      # the title of a movement
    (195, 120, None),   # the upper line of a name
    (220, 120, None),   # a name
    (335, 120, None),   # the name of the second staff
    (120, 120, None),   # a heading
    (180, 40, None),    # in the margin
    (180, 300, None),   # over the staff
    (480, 110, None),   # over a system that is not indented
])
def test_what_stands_over_an_indent(row: float, col: float, index: int | None) -> None:
    found = indented_below(page(), row, col)
    assert (None if found is None else found.index) == index


def test_words_over_an_indent_are_of_the_indented_system() -> None:
    made = page(("Preludio", 110, 180))
    assert [p.text for p in in_music(made, ())] == ["Preludio"]
    assert Sides(made).of(180, 110) == (0, "above")
