"""What all pages together tell about their clefs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from omr.music.settle import clefs_of, settle
from omr.types import Box, NotationGraph, StaffInPart, StaffKey, Word
from tests.omr.music.pages import PageMaker


def page_of(*clefs: str, scores: Sequence[float] = (), page: int = 0, line_count: int = 5) -> NotationGraph:
    """A page with a system of one staff for every clef."""
    maker = PageMaker(systems=len(clefs), page=page, line_count=line_count)
    for i, name in enumerate(clefs):
        maker.clef(name, staff=i, score=scores[i] if scores else 1.0)
    return maker.graph()


def opening(graph: NotationGraph) -> list[str]:
    """The first clef of every staff, "" for none."""
    clefs = clefs_of(graph)
    return [clefs[s.index][0].name if clefs[s.index] else "" for s in graph.staves]


@pytest.mark.parametrize(("read", "settled"), [
    (["gClef8vb", "gClef8vb", "gClef"], ["gClef8vb"] * 3),
    (["gClef8vb", "gClef", "gClef"], ["gClef"] * 3),
    (["gClef8vb", "gClef"], ["gClef"] * 2),  # even votes: no mark
    (["gClef8va", "gClef8vb", "gClef8vb"], ["gClef8vb"] * 3),
    (["gClef8vb", "gClef8vb", "fClef"], ["gClef8vb", "gClef8vb", "fClef"]),  # a clef of another kind has no vote
])
def test_most_systems_decide_on_an_octave_mark(read: list[str], settled: list[str]) -> None:
    assert opening(settle([page_of(*read)]).graphs[0]) == settled


def test_octave_marks_are_agreed_over_pages_and_the_pages_read_are_left_as_they_are() -> None:
    pages = [page_of("gClef8vb", "gClef8vb", page=0), page_of("gClef", page=1)]
    settled = settle(pages)
    assert [opening(g) for g in settled.graphs] == [["gClef8vb", "gClef8vb"], ["gClef8vb"]]
    assert opening(pages[1]) == ["gClef"]
    assert settled.places[StaffKey(1, 0)] == StaffInPart(0, 1)


@pytest.mark.parametrize(("name", "extra"), [("gClef8vb", 0.0), ("gClef8vb", 0.4), ("gClef8va", 0.0)])
def test_a_clef_too_small_for_its_octave_mark_has_none(name: str, extra: float) -> None:
    """extra: half spaces by which the box reaches farther than a plain clef's; the mark itself takes 2."""
    maker = PageMaker()
    top, bottom = 6.8 + extra * name.endswith("va"), -7.4 - extra * name.endswith("vb")
    maker.symbol(name, 24, (top + bottom) / 2, height=5 * (top - bottom), width=24)
    assert opening(settle([maker.graph()]).graphs[0]) == ["gClef"]


@pytest.mark.parametrize(("score", "settled"), [(0.69, ["gClef", "", "gClef"]), (0.71, ["gClef", "fClef", "gClef"])])
def test_an_unsure_clef_does_not_change_the_clef_unannounced(score: float, settled: list[str]) -> None:
    graph = page_of("gClef", "fClef", "gClef", scores=(1.0, score, 1.0))
    settled_graph = settle([graph]).graphs[0]
    assert opening(settled_graph) == settled
    assert set(settled_graph.staff_of) == {s.id for s in settled_graph.symbols}


def test_an_unsure_clef_that_the_line_before_announces_stays() -> None:
    maker = PageMaker(systems=2)
    maker.clef("gClef", staff=0)
    maker.clef("fClef", left=570, staff=0)
    maker.clef("fClef", staff=1, score=0.5)
    assert opening(settle([maker.graph()]).graphs[0]) == ["gClef", "fClef"]


def test_an_unsure_clef_inside_a_line_stays() -> None:
    maker = PageMaker()
    maker.clef("gClef")
    maker.clef("fClef", left=300, score=0.5)
    assert [c.name for c in clefs_of(settle([maker.graph()]).graphs[0])[0]] == ["gClef", "fClef"]


def test_an_unsure_clef_of_the_first_system_must_be_the_usual_one() -> None:
    graph = page_of("fClef", "gClef", "gClef", scores=(0.5, 1.0, 1.0))
    assert opening(settle([graph]).graphs[0]) == ["", "gClef", "gClef"]


@pytest.mark.parametrize(("read", "settled"), [
    (["gClef", "percussion", "gClef"], ["gClef", "", "gClef"]),
    (["percussion", "gClef"], ["", "gClef"]),
    (["percussion", "percussion", "gClef"], ["percussion", "percussion", "gClef"]),
])
def test_a_percussion_clef_among_others_is_misread(read: list[str], settled: list[str]) -> None:
    full = {"percussion": "unpitchedPercussionClef1"}
    graph = settle([page_of(*(full.get(name, name) for name in read))]).graphs[0]
    assert opening(graph) == [full.get(name, name) for name in settled]


def test_on_a_staff_of_one_line_no_clef_is_unlikely() -> None:
    graph = page_of("unpitchedPercussionClef1", "gClef", scores=(1.0, 0.3), line_count=1)
    assert opening(settle([graph]).graphs[0]) == ["unpitchedPercussionClef1", "gClef"]


def test_metronome_marks_are_taken_out_of_the_music() -> None:
    maker = PageMaker()
    maker.clef()
    over = maker.symbol("noteheadBlack", 60, 10)
    inside = maker.symbol("noteheadBlack", 100, 0)
    row = over.box.center[0]
    maker.words.append(Word("= 72", Box(row - 6, 80, row + 6, 120)))
    settled = settle([maker.graph()])
    assert [m.text for m in settled.metronomes[0]] == ["quarter=72"]
    heads = [s.id for s in settled.graphs[0].symbols if s.kind == "notehead"]
    assert heads == [inside.id]


def test_settling_again_changes_nothing() -> None:
    once = settle([page_of("gClef8vb", "gClef", "fClef", scores=(1.0, 1.0, 0.4))])
    again = settle(once.graphs)
    assert [g.symbols for g in again.graphs] == [g.symbols for g in once.graphs]
    assert again.places == once.places


def test_a_page_without_systems_is_left_out() -> None:
    assert settle([NotationGraph(page=0, staves=(), systems=(), symbols=(), strokes=(), edges=())]).graphs == ()


def test_what_is_known_for_certain_is_not_outvoted() -> None:
    page = replace(page_of("gClef8vb", "gClef", "gClef"), exact=True)
    assert opening(settle([page]).graphs[0]) == ["gClef8vb", "gClef", "gClef"]
