"""A small note and a number over the music are a tempo, and no part of the notes or words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from lxml import etree

from omr.export import musicxml
from omr.music.compose import read_score
from omr.text.metronome import UNITS, Metronome, find_metronomes, parse
from omr.types import Box, NotationGraph, Symbol, Word
from tests.omr.perfect import graph_of, labels_of, mei

BAR = '<staff n="1"><layer n="1">' + '<note pname="c" oct="5" dur="4"/>' * 4 + "</layer></staff>"


def _page(over: float, *signs: tuple[str, float, float], words: tuple[tuple[str, float], ...]) -> NotationGraph:
    """Two bars, and signs (name, column and row in spaces from the staff's left end and the mark's line) and words
    (text, column) `over` spaces over the staff."""
    graph = graph_of(labels_of(mei([BAR, BAR])))
    staff = graph.staves[0]
    space, row = staff.space_px, staff.row(4, staff.left) - over * staff.space_px
    made = []
    for i, (name, col, up) in enumerate(signs):
        left, middle = staff.left + col * space, row - up * space
        made.append(Symbol(1000 + i, name, Box(middle - space / 2, left, middle + space / 2, left + 1.2 * space)))
    read = [Word(text, Box(row - space, staff.left + col * space, row + space,
                           staff.left + (col + 0.8 * len(text)) * space)) for text, col in words]
    return replace(graph, symbols=(*graph.symbols, *made), words=tuple(read),
                   staff_of={**graph.staff_of, **{s.id: 0 for s in made}})


@pytest.mark.parametrize(("graph", "text"), [
    (_page(4, ("noteheadBlack", 8, 0), words=(("=", 10.0), ("72", 11.5))), "quarter=72"),
    (_page(4, ("noteheadHalfSmall", 8, 0), words=(("=100", 10.0),)), "half=100"),
    (_page(4, ("noteheadBlackSmall", 8, 0), ("flag8thUp", 9.2, 3),
           words=(("(=", 10.0), ("ca.", 11.0), ("132).", 13.0))), "eighth=132"),
    (_page(4, ("noteheadBlack", 8, 0), ("augmentationDot", 9.6, 0), words=(("60", 12.5),)), "quarter.=60"),
    (_page(0.8, ("noteheadBlack", 8, 0), ("articTenuto", 10, 0), words=(("72", 11.5),)), "quarter=72"),
])
def test_a_mark_is_a_tempo_and_no_note(graph: NotationGraph, text: str) -> None:
    score = read_score([graph], "test")
    first = score.parts[0].measures[0]
    assert [(d.kind, d.text, d.onset_quarter, d.placement) for d in first.directions] == [
        ("metronome", text, Fraction(0), "above")]
    assert [n.onset_quarter for n in first.notes] == [0, 1, 2, 3] and not score.doubts
    root = etree.fromstring(musicxml.to_bytes(score))
    unit, dotted, beats, quarters = parse(text)
    (mark,) = root.iter("metronome")
    assert (mark.findtext("beat-unit"), mark.find("beat-unit-dot") is not None, mark.findtext("per-minute")) == (
        unit, dotted, str(beats))
    assert [float(s.get("tempo")) for s in root.iter("sound")] == [float(quarters)]


@pytest.mark.parametrize("graph", [
    _page(4, words=(("=", 10.0), ("72", 11.5))),  # no note
    _page(4, ("noteheadBlack", 8, 0), words=(("12", 11.5),)),  # too slow: a measure's number
    _page(4, ("noteheadBlack", 8, 0), words=(("72", 20.0),)),  # too far
    _page(0.8, ("noteheadBlack", 8, 0), words=(("72", 11.5),)),  # a high note, and nothing that equals
    _page(-2, ("noteheadBlack", 8, 0), words=(("72", 11.5),)),  # in the staff
])
def test_other_notes_and_numbers_are_none(graph: NotationGraph) -> None:
    assert find_metronomes(graph) == []


@pytest.mark.parametrize(("tempo_at", "onset"), [(1.0, 0), (-9.0, 1)])
def test_a_mark_begins_with_the_tempo_before_it(tempo_at: float, onset: int) -> None:
    bare = _page(4, words=())
    second = sorted(s.box.left for s in bare.symbols if s.kind == "notehead")[1]
    at = (second - bare.staves[0].left) / bare.staves[0].space_px
    page = _page(4, ("noteheadBlack", at, 0), words=(
        ("Lento", at - 6 + tempo_at), ("(=", at + 2.0), ("72)", at + 4.0)))
    marks = [d for d in read_score([page], "test").parts[0].measures[0].directions if d.kind == "metronome"]
    assert [d.onset_quarter for d in marks] == [onset]


def test_a_number_higher_than_a_staff_is_none() -> None:
    graph = _page(4, ("noteheadBlack", 8, 0), words=(("72", 11.5),))
    assert len(find_metronomes(graph)) == 1
    box, space = graph.words[0].box, graph.staves[0].space_px
    high = replace(graph.words[0], box=replace(box, top=box.top - 6 * space, bottom=box.bottom + 6 * space))
    assert find_metronomes(replace(graph, words=(high,))) == []


def test_texts_are_parsed_back() -> None:
    for unit, quarters in UNITS.items():
        mark = Metronome(unit, 84, Box(0, 0, 1, 1), frozenset(), frozenset())
        dotted = replace(mark, unit=unit + ".")
        assert parse(mark.text) == (unit, False, 84, 84 * quarters)
        assert parse(dotted.text) == (unit, True, 84, 84 * quarters * Fraction(3, 2))
