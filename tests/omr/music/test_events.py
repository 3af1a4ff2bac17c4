"""Chords read back from the graph."""

from __future__ import annotations

import pytest

from omr.music.events import TICKS, read_events
from omr.types import Chord, Edge, NotationGraph
from tests.omr.music.pages import PageMaker


@pytest.mark.parametrize(("rows", "dots"), [((0, 2), 1), ((0, 0), 2)])
def test_the_dots_of_two_rows_are_one_dot_of_each_note(rows: tuple[int, int], dots: int) -> None:
    # Both dots hang on one head of a second, whose other head stands aside.
    maker = PageMaker()
    head = maker.symbol("noteheadHalf", 100, 0)
    other = maker.symbol("noteheadHalf", 112, 1)
    for k, position in enumerate(rows):
        dot = maker.symbol("augmentationDot", 130 + 6 * k * (rows[0] == rows[1]), position, height=4, width=4)
        maker.edges.append(Edge(head.id, dot.id, "dot"))
    graph = NotationGraph(page=0, staves=maker.staves, systems=maker.systems, symbols=tuple(maker.symbols), strokes=(),
                          edges=tuple(maker.edges), staff_of=maker.staff_of,
                          chords=(Chord(heads=(head.id, other.id)),))
    (event,) = read_events(graph)
    assert (event.base, event.dots) == (2 * TICKS, dots)
