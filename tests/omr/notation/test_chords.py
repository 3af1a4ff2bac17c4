"""Which heads are one chord, and that the graph says so once."""

import json
from dataclasses import replace

import pytest

from omr.music.events import read_events
from omr.notation.chords import chords_of
from omr.types import NotationGraph
from omr.types.plain import from_json, to_json
from tests.omr.notation.handmade import Sheet


def two_voices() -> tuple[Sheet, list[int]]:
    """Two voices in unison, two notes each: the upper one's beam joins both, the lower one's notes have flags."""
    sheet = Sheet()
    heads = [sheet.note(0, 100), sheet.note(0, 140)]
    row = heads[0].box.center[0]
    for head in heads:
        sheet.stroke("stem", (row + 1, head.box.left + 0.5), (row + 35, head.box.left + 0.5))
        sheet.symbol("flag8thDown", -5.5, head.box.left, height=20, width=8)
    sheet.stroke("beam", (row - 35, 111), (row - 35, 152), thick=5)
    return sheet, [h.id for h in heads]


def test_voices_that_share_heads_keep_their_own_flags_and_beams():
    sheet, heads = two_voices()
    graph = sheet.graph()
    found = {(c.heads, c.up, len(c.flags), len(c.beams)) for c in graph.chords}
    assert found == {((h,), up, int(not up), int(up)) for h in heads for up in (True, False)}


def test_a_shared_head_does_not_join_the_beams_of_two_voices():
    """Over a shared head both voices have beams: what is beamed together stays apart."""
    sheet = Sheet()
    shared = sheet.note(0, 100)
    row = shared.box.center[0]
    sheet.stroke("stem", (row + 1, 100.5), (row + 35, 100.5))
    sheet.note(2, 140, length=45)
    sheet.note(-2, 140, up=False, length=25)
    sheet.stroke("beam", (row - 35, 111), (row - 55, 152), thick=5)
    sheet.stroke("beam", (row + 35, 100), (row + 35, 141), thick=5)
    groups = {e.up: e.group for e in read_events(sheet.graph()) if e.heads[0].id == shared.id}
    assert set(groups) == {True, False} and groups[True] != groups[False] and None not in groups.values()


@pytest.mark.parametrize(("second", "together"), [
    ((2, 100, "noteheadWhole"), True),  # a third: one above the other
    ((1, 114, "noteheadWhole"), True),  # a second: side by side
    ((2, 114, "noteheadWhole"), False),  # side by side, but no second: two voices
    ((1, 125, "noteheadWhole"), False),  # the next beat
    ((2, 100, "noteheadDoubleWhole"), False),  # another length: another voice
])
def test_whole_notes_of_one_column_are_one_chord(second: tuple[float, float, str], together: bool):
    sheet = Sheet()
    first = sheet.symbol("noteheadWhole", 0, 100, width=16)
    other = sheet.symbol(second[2], second[0], second[1], width=16)
    chords = {c.heads for c in sheet.graph().chords}
    upper, lower = sorted((first, other), key=lambda h: h.box.center[0])
    assert chords == ({(upper.id, lower.id)} if together else {(first.id,), (other.id,)})


def beamed_and_whole() -> Sheet:
    sheet = Sheet()
    heads = [sheet.note(-2, 100), sheet.note(-2, 140)]
    for head in heads:
        sheet.symbol("noteheadBlack", -4, head.box.left)
    sheet.stroke("beam", (heads[0].box.center[0] - 35, 111), (heads[0].box.center[0] - 35, 152), thick=5)
    sheet.symbol("noteheadWhole", 0, 200, width=16)
    sheet.symbol("noteheadWhole", 2, 200, width=16)
    return sheet


def test_edges_make_up_the_chords_of_a_graph_without():
    """A graph kept by an older version has no field for chords."""
    graph = beamed_and_whole().graph()
    plain = json.loads(json.dumps(to_json(graph)))
    assert from_json(NotationGraph, plain).chords == graph.chords
    del plain["chords"]
    older = from_json(NotationGraph, plain)
    assert older.chords == () and set(chords_of(older)) == set(graph.chords) and len(graph.chords) == 3


def test_chords_win_over_edges():
    graph = beamed_and_whole().graph()
    without_edges = replace(graph, edges=())
    assert [e.levels for e in read_events(without_edges)] == [e.levels for e in read_events(graph)] == [1, 1, 0]


def test_a_removed_head_need_not_be_removed_from_its_chord():
    graph = beamed_and_whole().graph()
    gone = graph.chords[0].heads[0]
    fewer = replace(graph, symbols=tuple(s for s in graph.symbols if s.id != gone))
    assert [len(e.heads) for e in read_events(fewer)] == [1, 2, 2]
