"""Rests of several measures: engraved with a number, read, and written as so many measures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from omr.export import musicxml
from omr.music.compose import read_score
from omr.music.longrests import agreeing, printed_numbers
from omr.types import Box, NotationGraph, Score, Stroke, Word
from tests.omr.perfect import graph_of, labels_of, mei

NOTES = '<staff n="{n}"><layer n="1"><note pname="c" oct="{o}" dur="1"/></layer></staff>'
REST = '<staff n="{n}"><layer n="1"><multiRest num="{num}"/></layer></staff>'


def _graph(num: int, staves: int = 1) -> NotationGraph:
    bars = ["".join(text.format(n=n, o=5 - n, num=num) for n in range(1, staves + 1)) for text in (NOTES, REST, NOTES)]
    return graph_of(labels_of(mei(bars, ("G2", "F4")[:staves])))


def _tree(score: Score) -> etree._Element:
    return etree.fromstring(musicxml.to_bytes(score))


@pytest.mark.parametrize(("num", "staves"), [(2, 1), (7, 1), (12, 1), (37, 2)])
def test_the_number_says_how_many(num: int, staves: int) -> None:
    score = read_score([_graph(num, staves)], "test")
    for part in score.parts:
        assert len(part.measures) == num + 2
        assert [bool(m.notes) for m in part.measures] == [True] + [False] * num + [True]
        assert [m.long_rest for m in part.measures] == [0, num] + [0] * num
        assert part.measures[-1].number == num + 2 and not any(m.pickup for m in part.measures)
    assert not [d for d in score.doubts if d.kind == "rhythm"]
    part = _tree(score).find("part")
    assert part is not None
    measures = part.findall("measure")
    assert [m.findtext("attributes/measure-style/multiple-rest") for m in measures] == (
        [None, str(num)] + [None] * num)
    assert all(m.find("note/rest") is not None for m in measures[1:-1])


def test_without_its_number_a_long_rest_is_doubted() -> None:
    graph = _graph(7)
    kept = tuple(s for s in graph.symbols if s.name != "timeSig7")
    score = read_score([replace(graph, symbols=kept)], "test")
    assert len(score.parts[0].measures) == 3
    assert [d.measure for d in score.doubts if "number was not read" in d.message] == [2]


@pytest.mark.parametrize(("staves", "measures"), [(1, 9), (2, 3)])
def test_a_number_over_an_empty_measure_of_one_staff_counts_a_long_rest_that_was_not_seen(
    staves: int, measures: int
) -> None:
    graph = _graph(7, staves)
    bar = {s.id for s in graph.symbols if s.name == "restHBar"}
    graph = replace(graph, symbols=tuple(s for s in graph.symbols if s.id not in bar),
                    staff_of={i: staff for i, staff in graph.staff_of.items() if i not in bar},
                    edges=tuple(e for e in graph.edges if not bar & {e.parent, e.child}))
    score = read_score([graph], "test")
    assert [bool(m.notes) for m in score.parts[0].measures] == [True] + [False] * (measures - 2) + [True]
    assert [d.measure for d in score.doubts if d.message.startswith("nothing was read")] == [2]
    one = replace(graph, symbols=tuple(s for s in graph.symbols if s.name != "timeSig7"))
    assert len(read_score([one], "test").parts[0].measures) == 3


def test_a_thick_bar_that_was_taken_for_a_beam_is_no_doubt() -> None:
    graph = _graph(7)
    bar = next(s for s in graph.symbols if s.name == "restHBar")
    row, _ = bar.box.center
    beam = Stroke(9000, "beam", ((row, bar.box.left), (row, bar.box.right)), 5.0)
    graph = replace(graph, symbols=tuple(s for s in graph.symbols if s != bar), strokes=(*graph.strokes, beam),
                    staff_of={i: staff for i, staff in graph.staff_of.items() if i != bar.id},
                    edges=tuple(e for e in graph.edges if bar.id not in (e.parent, e.child)))
    score = read_score([graph], "test")
    assert len(score.parts[0].measures) == 9 and score.parts[0].measures[1].long_rest == 7
    assert not [d for d in score.doubts if d.measure == 2]


def test_old_rests_add_up() -> None:
    """A breve's rest and a whole one are three measures; with another number above them, that one counts."""
    graph = _graph(7)
    bar = next(s for s in graph.symbols if s.name == "restHBar")
    digit = next(s for s in graph.symbols if s.name == "timeSig7")
    row, col = bar.box.center
    two = (replace(bar, name="restDoubleWhole", box=Box(row - 10, col - 25, row, col - 20)),
           replace(bar, id=999, name="restWhole", box=Box(row - 10, col + 15, row - 5, col + 27)))
    others = tuple(s for s in graph.symbols if s.id not in (bar.id, digit.id))
    staff_of = {**graph.staff_of, 999: graph.staff_of[bar.id]}
    bare = replace(graph, symbols=others + two, staff_of=staff_of)
    assert len(read_score([bare], "test").parts[0].measures) == 3 + 2
    numbered = replace(graph, symbols=(*others, *two, digit), staff_of=staff_of)
    assert len(read_score([numbered], "test").parts[0].measures) == 7 + 2


def test_a_whole_rest_under_a_number_is_one_measure() -> None:
    """Some parts count their measures: a rest of one with a figure above it stays one."""
    graph = _graph(7)
    symbols = tuple(replace(s, name="restWhole") if s.name == "restHBar" else s for s in graph.symbols)
    assert len(read_score([replace(graph, symbols=symbols)], "test").parts[0].measures) == 3


@pytest.mark.parametrize(("counts", "blank", "numbers", "mended"), [
    ([1, 1, 31, 1, 1], (), {0: 1, 4: 38}, 34),        # "34" read as "31": the next system begins with measure 38
    ([1, 1, None, 1, 1], (), {0: 1, 4: 38}, 34),      # no number was read
    ([1, 1, 1, 1, 1], {2}, {0: 1, 4: 38}, 34),        # nothing at all was seen
    ([1, 1, 2, 1, 1], (), {0: 1, 4: 16}, 12),         # one digit of two was not seen
    ([1, 1, 31, 1, 1], (), {0: 1, 4: 35}, 31),        # they agree
    ([1, 1, 31, 1, 1], (), {0: 1, 4: 47}, 31),        # two digits differ: rather the number of the system is misread
    ([1, 1, 31, 1, 1], (), {0: 1, 4: 38, 5: 36}, 31),  # "35" read as "38": the system after it tells
    ([1, 31, 31, 1, 1], (), {0: 1, 4: 68}, 31),       # either of two may be misread
    ([1, 1, None, 1, 1, 1, 1], (), {0: 42, 4: 43, 6: 55}, 8),  # "53" read as "43"
    ([1, 1, 121, 1, None, 1], (), {0: 1, 4: 130, 5: 170}, 121),  # "125" read as "130", likely: beside it no more agrees
    ([121, 1, 10, 3, 12], (), {0: 1, 4: 166}, 40),    # "40" read as "10": rather than "121" for "151"
])
def test_numbers_of_systems_mend_that_of_a_rest(
    counts: list[int | None], blank: set[int], numbers: dict[int, int], mended: int
) -> None:
    assert agreeing(counts, [i in blank for i in range(len(counts))], numbers)[2] == mended


@pytest.mark.parametrize(("up", "rest"), [(2.5, 34), (8.0, 31)])
def test_the_number_over_the_next_system_mends_a_misread_rest(up: float, rest: int) -> None:
    """A word of digits where MuseScore prints the number of a system's first measure; higher up it counts pages."""
    first, second = _graph(31), _graph(5)
    staff = second.staves[0]
    row, col = staff.row(4, staff.left) - up * staff.space_px, staff.left - 0.8 * staff.space_px
    number = Word("37", Box(row - 5, col, row + 5, col + 12), 0.95)
    second = replace(second, page=1, words=(number,))
    assert printed_numbers(second) == ({0: 37} if rest == 34 else {})
    score = read_score([first, second], "test")
    assert [m.long_rest for m in score.parts[0].measures if m.long_rest] == [rest, 5]
