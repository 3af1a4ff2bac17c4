"""Beams of grace notes that look like tenuto lines, or are seen at one of two notes only."""

from __future__ import annotations

import pytest

from tests.omr.notation.handmade import Sheet, children


def two_graces(apart: float = 12.0, name: str = "noteheadBlackSmall") -> tuple[Sheet, list[int]]:
    """Two small notes before a large one, their stems' tips at row 85."""
    sheet = Sheet()
    heads = [sheet.note(2, left, name=name, length=25) for left in (100, 100 + apart)]
    sheet.note(3, 140 + apart)
    return sheet, [h.id for h in heads]


def beams(sheet: Sheet, heads: list[int]) -> list[int]:
    graph = sheet.graph()
    return [len(children(graph, head, "beam")) for head in heads]


@pytest.mark.parametrize(("apart", "name", "second"), [
    (12, "noteheadBlackSmall", 2),
    (12, "noteheadBlack", 1),  # a dotted eighth and a 16th
    (30, "noteheadBlackSmall", 1),  # the same of cue size
])
def test_a_beam_at_one_of_two_grace_notes_is_of_both(apart: float, name: str, second: int) -> None:
    sheet, heads = two_graces(apart, name)
    left, right = 111.5, 111.5 + apart
    sheet.stroke("beam", (86.0, left), (86.0, right), thick=2.5)
    sheet.stroke("beam", (91.0, right - 0.4 * apart), (91.0, right), thick=2.5)
    assert beams(sheet, heads) == [second, 2]


def test_a_tenuto_line_at_the_tips_of_grace_notes_is_their_beam() -> None:
    sheet, heads = two_graces()
    line = sheet.symbol("articTenuto", 6.8, 111.5, height=2.5)
    graph = sheet.graph()
    assert [len(children(graph, head, "beam")) for head in heads] == [1, 1]
    assert not any(e.child == line.id for e in graph.edges)
    assert line.id not in {s.id for s in graph.symbols}


@pytest.mark.parametrize(("row", "kept"), [(88, False), (78, True)])
def test_a_tenuto_line_in_the_ink_of_a_beam_is_none(row: float, kept: bool) -> None:
    sheet = Sheet()
    for left in (100, 140):
        sheet.note(2, left)
    sheet.stroke("beam", (86.0, 111.5), (86.0, 151.5), thick=5)
    line = sheet.symbol("articTenuto", (120 - row) / 5, 100, height=2.5)
    moved = sheet.symbol("articTenuto", (120 - row) / 5, 140, height=2.5)
    graph = sheet.graph()
    assert (line.id in {s.id for s in graph.symbols}) is True  # its middle is left of the beam
    assert (moved.id in {s.id for s in graph.symbols}) is kept
