"""The pages that were read, put together into one score."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from omr.composing import LEAST_NEW, Composing, compose
from omr.errors import NoMusicError
from omr.music import timing
from omr.music.rhythm import read_bar
from omr.pipeline import read_page
from omr.reading import PageReading
from omr.types import Box, Doubt


def test_staves_without_a_measure_are_no_music(hand_made: Any) -> None:
    reading = read_page(hand_made.page, hand_made)
    assert reading.graph is not None
    paper = replace(reading.graph, symbols=(), strokes=(), edges=(), chords=(), staff_of={})
    with pytest.raises(NoMusicError, match="not one measure"):
        compose([replace(reading, graph=paper)], "blank staff paper")


def test_pages_without_a_staff_say_what_is_on_them() -> None:
    box = Box(10, 10, 30, 200)
    left_out = [Doubt(page=0, box=box, message=f"{what} is left out", kind="structure") for what in ("tab", "cipher")]
    none = Doubt(page=0, box=None, message="no staff found", kind="staff")
    reading = PageReading(index=0, source="", doubts=(*left_out, *left_out, none))
    with pytest.raises(NoMusicError, match="found in a.png: no staff found; cipher is left out; tab is left out"):
        compose([reading], "a.png")


def test_pages_are_put_together_while_others_are_read(hand_made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = read_page(hand_made.page, hand_made).light()
    assert one.graph is not None
    blank = PageReading(index=0, source="blank", doubts=(Doubt(page=0, box=None, message="no staff", kind="staff"),))
    pages = [replace(one, index=i, graph=replace(one.graph, page=i)) for i in range(1, 2 * LEAST_NEW + 1)]
    asked: list[int] = []

    def counted(*arguments: Any, **options: Any) -> Any:
        asked.append(1)
        return read_bar(*arguments, **options)

    monkeypatch.setattr(timing, "read_bar", counted)
    composing = Composing()
    for reading in [blank] * LEAST_NEW:  # nothing to put together yet
        composing.take(reading)
        composing.go_on()
    for reading in pages:
        composing.take(reading)
        composing.go_on()
    before = len(asked)
    score = composing.score("book")
    meanwhile, after = before, len(asked) - before
    assert meanwhile > 5 * after
    assert score == compose([*[blank] * LEAST_NEW, *pages], "book")
    assert score.source == "book"
    assert len(score.parts[0].measures) == 4 * len(pages)
