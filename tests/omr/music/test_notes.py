"""Pitches, beams, ties, slurs and printed types of the notes of a bar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest

from omr.music.bars import Bar
from omr.music.context import BarContext, ClefSign
from omr.music.events import TICKS, Event
from omr.music.notes import PageMarks, PitchReader, beams_of, beams_of_graces, make_graces, make_notes
from omr.music.placed import Placed
from omr.notation.joins import Joined
from omr.types import Box, Edge, EdgeKind, Note, Pitch, StaffInPart, Stroke, Symbol
from tests.omr.music.pages import PageMaker, note

F = Fraction
PLACES = {0: StaffInPart(0, 1), 1: StaffInPart(0, 2)}
"""One part of two staves."""
TREBLE = [(float("-inf"), ClefSign("G", 2, 0))]


def marks(maker: PageMaker, numbers: Mapping[tuple[int, int], int] | None = None,
          kinds: Mapping[tuple[int, int], EdgeKind] | None = None) -> PageMarks:
    """numbers, kinds: as of `Joined`."""
    return PageMarks(maker.graph(), Joined(numbers or {}, kinds or {}))


def chord(id_: int, *heads: Symbol, **more: object) -> Event:
    return Event(id=id_, x=heads[0].box.left, heads=heads, staff=0, **more)  # type: ignore[arg-type]


def in_time(event: Event, base: int = TICKS, dots: int = 0, ratio: tuple[int, int] | None = None) -> Placed:
    return Placed(event=event, onset=TICKS, ticks=TICKS, base=base, dots=dots, voice=0, home_staff=0, ratio=ratio,
                  unit=0)


# ---- what hangs on the heads -----------------------------------------------------------------------------------


def test_a_tie_leads_from_the_left_head_to_the_right_one() -> None:
    maker = PageMaker()
    right, left = maker.symbol("noteheadBlack", 200), maker.symbol("noteheadBlack", 100)
    curve = maker.stroke("tie", (110, 110), (110, 200))
    maker.edges += [Edge(head.id, curve.id, "tie") for head in (right, left)]
    found = marks(maker)
    assert (found.tie_start, found.tie_stop) == ({left.id: right.id}, {right.id: left.id})


def test_one_curve_may_stand_for_the_ties_of_two_chords() -> None:
    maker = PageMaker()
    heads = [maker.symbol("noteheadBlack", left, position) for left, position in (
        (100, 4), (200, 0), (100, 0), (200, 4))]
    curve = maker.stroke("tie", (110, 110), (110, 200))
    maker.edges += [Edge(head.id, curve.id, "tie") for head in heads]
    found = marks(maker)
    high, low, low_after, high_after = (heads[i].id for i in (0, 2, 1, 3))
    assert found.tie_start == {high: high_after, low: low_after}
    assert found.tie_stop == {high_after: high, low_after: low}


def test_a_tie_over_a_systems_end_of_which_one_half_is_lost_has_both_ends() -> None:
    maker = PageMaker()
    last, first = maker.symbol("noteheadBlack", 100), maker.symbol("noteheadBlack", 200)
    graph = maker.graph()
    found = PageMarks(graph, Joined({}, {}, frozenset({(graph.page, last.id), (graph.page + 1, first.id)}),
                                    frozenset({(graph.page, first.id)})))
    assert (found.tie_start, found.tie_stop) == ({last.id: None}, {first.id: None})


@pytest.mark.parametrize("left, starts", [(100, True), (300, False)])
def test_a_curve_with_one_head_goes_on_in_another_system(left: float, starts: bool) -> None:
    maker = PageMaker()
    head = maker.symbol("noteheadBlack", left)
    curve = maker.stroke("tie", (110, 112), (110, 290))
    maker.edges.append(Edge(head.id, curve.id, "tie"))
    found = marks(maker)
    assert (found.tie_start, found.tie_stop) == (({head.id: None}, {}) if starts else ({}, {head.id: None}))


def test_what_all_pages_tell_of_a_curve_counts() -> None:
    maker = PageMaker()
    head = maker.symbol("noteheadBlack", 100)
    curve = maker.stroke("tie", (110, 112), (110, 290))
    maker.edges.append(Edge(head.id, curve.id, "tie"))
    found = marks(maker, {(0, curve.id): 5}, {(0, curve.id): "slur"})
    assert (found.tie_start, found.slur_starts, found.slur_stops) == ({}, {head.id: [5]}, {})


def test_signs_on_heads() -> None:
    maker = PageMaker()
    head, small = maker.symbol("noteheadBlack", 100), maker.symbol("noteheadBlackSmall", 80)
    sharp = maker.symbol("accidentalSharp", 88)
    left_parenthesis, flag = maker.symbol("accidentalParensLeft", 84), maker.symbol("flag8thUpSlash", 90)
    maker.edges += [Edge(head.id, sharp.id, "accidental"), Edge(sharp.id, left_parenthesis.id, "accidental"),
                    Edge(small.id, flag.id, "flag"), Edge(head.id, small.id, "grace")]
    found = marks(maker)
    assert found.accidental == {head.id: sharp}
    assert found.cautionary == {sharp.id}
    assert found.slashed == {small.id}
    assert found.grace_of == {small.id: head.id}


# ---- pitches ---------------------------------------------------------------------------------------------------


def read(reader: PitchReader, maker: PageMaker, *heads: Symbol, fifths: int = 0,
         clefs: list[tuple[float, ClefSign]] | None = None, octaves: Mapping[int, int] | None = None) -> list[Pitch]:
    """The pitches of heads that make up a bar."""
    bar = Bar(page=0, system=maker.systems[0], left=20, right=600, events=tuple(chord(h.id, h) for h in heads))
    context = BarContext({0: clefs or TREBLE}, {0: fifths})
    pitches = reader.read(bar, context, marks(maker), PLACES, octaves or {})
    return [pitches[h.id] for h in heads]


def test_an_accidental_holds_up_to_the_end_of_the_bar() -> None:
    maker = PageMaker()
    before, sharp_c, after, lower = (maker.symbol("noteheadBlack", x, p) for x, p in (
        (100, 1), (150, 1), (200, 1), (250, -6)))
    sharp = maker.symbol("accidentalSharp", 138, 1)
    maker.edges.append(Edge(sharp_c.id, sharp.id, "accidental"))
    reader = PitchReader()
    assert read(reader, maker, before, sharp_c, after, lower) == [
        Pitch("C", 5), Pitch("C", 5, 1), Pitch("C", 5, 1), Pitch("C", 4)]
    assert read(reader, maker, before) == [Pitch("C", 5)]


def test_an_editors_accidental_holds_for_its_note_only() -> None:
    maker = PageMaker()
    with_sharp, after = (maker.symbol("noteheadBlack", x, 1) for x in (100, 150))
    sharp = maker.symbol("accidentalSharp", 101, 8)
    maker.edges.append(Edge(with_sharp.id, sharp.id, "accidental"))
    assert read(PitchReader(), maker, with_sharp, after) == [Pitch("C", 5, 1), Pitch("C", 5)]


def test_key_clef_and_octave_line_decide_a_pitch() -> None:
    maker = PageMaker()
    early, late = maker.symbol("noteheadBlack", 100, 4), maker.symbol("noteheadBlack", 300, 4)
    bass = [*TREBLE, (200.0, ClefSign("F", 4, 0))]
    assert read(PitchReader(), maker, early, late, fifths=1, clefs=bass) == [Pitch("F", 5, 1), Pitch("A", 3)]
    assert read(PitchReader(), maker, early, late, octaves={late.id: 1}) == [Pitch("F", 5), Pitch("F", 6)]


@pytest.mark.parametrize(("fifths", "score", "alter"), [(0, 0.93, 0), (2, 0.93, 2), (0, 0.99, 2)])
def test_a_double_sharp_on_a_note_that_is_not_sharp_is_a_fingering_unless_it_is_sure(
    fifths: int, score: float, alter: float
) -> None:
    """As in Beethoven, op. 14 no. 1, first movement, measure 19: the digit 2 before a B, in E major."""
    maker = PageMaker()
    head = maker.symbol("noteheadBlack", 100, 1)
    cross = maker.symbol("accidentalDoubleSharp", 88, 1, score=score)
    maker.edges.append(Edge(head.id, cross.id, "accidental"))
    assert read(PitchReader(), maker, head, fifths=fifths) == [Pitch("C", 5, alter)]


def test_a_tied_note_keeps_the_accidental_over_barlines_and_systems() -> None:
    maker = PageMaker()
    first, second = maker.symbol("noteheadBlack", 100, 1), maker.symbol("noteheadBlack", 200, 1)
    sharp = maker.symbol("accidentalSharp", 88, 1)
    maker.edges.append(Edge(first.id, sharp.id, "accidental"))
    curve = maker.stroke("tie", (110, 112), (110, 200))
    maker.edges += [Edge(head.id, curve.id, "tie") for head in (first, second)]
    reader = PitchReader()
    assert read(reader, maker, first) + read(reader, maker, second) == [Pitch("C", 5, 1)] * 2
    following = PitchReader(reader.open_ties)  # on another page the ids mean other heads
    assert read(following, maker, second) == [Pitch("C", 5)]


@pytest.mark.parametrize(("exact", "alter"), [(False, 1), (True, 0)])
def test_a_note_without_a_tie_is_altered_with_its_chord_on_scans_only(exact: bool, alter: int) -> None:
    """A sharp stands at one head of a chord of which another is tied over the barline; drawn pages lack no tie."""
    maker = PageMaker()
    before = [maker.symbol("noteheadBlack", 100, step) for step in (1, 3)]
    after = [maker.symbol("noteheadBlack", 200, step) for step in (1, 3)]
    sharp = maker.symbol("accidentalSharp", 88, 1)
    curve = maker.stroke("tie", (100, 112), (100, 200))
    maker.edges += [Edge(before[0].id, sharp.id, "accidental"), Edge(before[1].id, curve.id, "tie"),
                    Edge(after[1].id, curve.id, "tie")]
    reader, context = PitchReader(), BarContext({0: TREBLE}, {0: 0})

    def pitches(heads: list[Symbol]) -> dict[int, Pitch]:
        event = replace(chord(heads[0].id, *heads), exact=exact)
        bar = Bar(page=0, system=maker.systems[0], left=20, right=600, events=(event,))
        return reader.read(bar, context, marks(maker), PLACES, {})

    assert pitches(before)[before[0].id] == Pitch("C", 5, 1)
    assert pitches(after)[after[0].id] == Pitch("C", 5, alter)


def test_a_tie_over_the_end_of_a_page_keeps_the_accidental() -> None:
    page, following = PageMaker(), PageMaker()
    first, sharp = page.symbol("noteheadBlack", 500, 1), page.symbol("accidentalSharp", 488, 1)
    onward = page.stroke("tie", (110, 512), (110, 600))
    page.edges += [Edge(first.id, sharp.id, "accidental"), Edge(first.id, onward.id, "tie")]
    tied, untied = following.symbol("noteheadBlack", 100, 1), following.symbol("noteheadBlack", 100, 2)
    half = following.stroke("tie", (110, 60), (110, 100))
    following.edges.append(Edge(tied.id, half.id, "tie"))
    reader = PitchReader()
    read(reader, page, first)
    reader = PitchReader(reader.open_ties)
    assert read(reader, following, tied, untied) == [Pitch("C", 5, 1), Pitch("D", 5)]


# ---- beams -----------------------------------------------------------------------------------------------------


def beamed(*bases: int, shared: tuple[int, ...]) -> list[Placed]:
    """Notes of bases (parts of a quarter: 2 for an eighth) under beams. shared: beams common to each pair."""
    strokes = [Stroke(i, "beam", ((90.0, 100.0), (90.0, 300.0)), 5) for i in range(3)]
    made = []
    for i, base in enumerate(bases):
        around = [*shared[max(i - 1, 0):i], *shared[i:i + 1]]
        made.append(in_time(note(i, 100 + 50 * i, beams=tuple(strokes[:max(around)])), TICKS // base))
    return made


@pytest.mark.parametrize("bases, shared, expected", [
    ((2, 2), (1,), [("begin",), ("end",)]),
    ((2, 2, 2), (1, 1), [("begin",), ("continue",), ("end",)]),
    ((4, 4), (2,), [("begin", "begin"), ("end", "end")]),
    ((2, 4), (1,), [("begin",), ("end", "backward hook")]),  # a dotted eighth and a 16th
    ((4, 2), (1,), [("begin", "forward hook"), ("end",)]),
    ((2, 4, 2), (1, 1), [("begin",), ("continue", "backward hook"), ("end",)]),
])
def test_beams_join_the_levels_that_neighbours_have_in_common(
    bases: tuple[int, ...], shared: tuple[int, ...], expected: list[tuple[str, ...]]
) -> None:
    assert list(beams_of(beamed(*bases, shared=shared)).values()) == expected


@pytest.mark.parametrize("left, right, hook", [(150, 160, "forward hook"), (140, 150, "backward hook")])
def test_a_hook_inside_a_group_points_to_where_its_stroke_lies(left: float, right: float, hook: str) -> None:
    long = Stroke(0, "beam", ((90.0, 100.0), (90.0, 200.0)), 5)
    short = Stroke(1, "beam", ((98.0, left), (98.0, right)), 5)
    stem = Stroke(2, "stem", ((90.0, 150.0), (120.0, 150.0)), 1.5)
    events = [note(0, 100, beams=(long,)), note(1, 150, beams=(long, short), stem=stem), note(2, 200, beams=(long,))]
    group = [in_time(e, TICKS // base) for e, base in zip(events, (2, 4, 2), strict=True)]
    assert beams_of(group)[1] == ("continue", hook)


def test_beams_of_grace_notes_need_two_of_a_group() -> None:
    graces = [note(i, 100 + 10 * i, base=TICKS // 2, group=group, grace=True) for i, group in enumerate((1, 1, 2))]
    assert beams_of_graces(graces) == {0: ("begin",), 1: ("end",)}


# ---- notes -----------------------------------------------------------------------------------------------------


def make(event: Event, maker: PageMaker, base: int = TICKS, alter: float = 0, **more: object) -> list[Note]:
    pitches = {h.id: Pitch("C", 5, alter) for h in event.heads}
    return make_notes(in_time(event, base, **more), pitches, marks(maker), PLACES, 3,  # type: ignore[arg-type]
                      ("begin",), ("start",))[0]


def test_the_first_note_of_a_chord_bears_beams_and_tuplet_ends() -> None:
    maker = PageMaker(staves=2)
    heads = maker.symbol("noteheadBlack", 100), maker.symbol("noteheadXBlack", 100, staff=1)
    made = make(chord(0, *heads, up=True), maker, TICKS // 2, dots=1, ratio=(3, 2))
    assert [(n.beams, n.tuplet_ends, n.staff, n.head) for n in made] == [
        (("begin",), ("start",), 1, ""), ((), (), 2, "x")]
    assert {(n.onset_quarter, n.voice, n.type, n.dots, n.tuplet, n.stem) for n in made} == {
        (1, 3, "eighth", 1, (3, 2), "up")}


def test_each_note_of_a_tremolo_shows_the_length_of_both() -> None:
    maker = PageMaker()
    event = chord(0, maker.symbol("noteheadHalf", 100))
    assert [make(replace(event, tremolo=tremolo), maker)[0].type for tremolo in (False, True)] == ["quarter", "half"]


def test_an_accidental_is_shown_and_is_one_of_the_symbols_read() -> None:
    maker = PageMaker()
    head, sharp, left = (maker.symbol(name, x) for name, x in (
        ("noteheadBlack", 100), ("accidentalSharp", 88), ("accidentalParensLeft", 84)))
    maker.edges += [Edge(head.id, sharp.id, "accidental"), Edge(sharp.id, left.id, "accidental")]
    made, = make(chord(0, head), maker, alter=1)
    assert (made.accidental, made.cautionary, made.symbol_ids) == ("sharp", True, (head.id, sharp.id))
    made, = make(chord(0, head), maker, alter=0)
    assert (made.accidental, made.symbol_ids) == (None, (head.id,))


def test_a_rest_is_one_rest() -> None:
    event = Event(id=0, x=100, staff=1, rest=Symbol(7, "rest8th", Box(110, 100, 130, 110)), score=0.7)
    notes, (rest,) = make_notes(
        in_time(event, TICKS // 2), {}, marks(PageMaker(staves=2)), PLACES, 5, (), ("stop",))
    assert notes == []
    assert (rest.onset_quarter, rest.duration_quarter, rest.voice, rest.staff, rest.type, rest.tuplet_ends, rest.score,
            rest.symbol_ids) == (1, 1, 5, 2, "eighth", ("stop",), 0.7, (7,))


def test_a_grace_chord_lasts_no_time_and_may_be_slashed() -> None:
    maker = PageMaker()
    head, flag = maker.symbol("noteheadBlackSmall", 100), maker.symbol("flag8thUpSlash", 108)
    maker.edges.append(Edge(head.id, flag.id, "flag"))
    made, = make_graces(chord(0, head, base=TICKS // 2), 2, (), F(3), 1, {head.id: Pitch("C", 5)}, marks(maker), PLACES)
    assert (made.onset_quarter, made.duration_quarter, made.grace, made.grace_place, made.slash, made.type) == (
        3, 0, True, 2, True, "eighth")


def test_the_ties_of_a_chord_that_were_found_speak_for_those_that_were_not() -> None:
    maker = PageMaker()
    low, high, low_after, high_after = (maker.symbol("noteheadBlack", x, p) for x in (100, 200) for p in (1, 4))
    sharp = maker.symbol("accidentalSharp", 88, 1)
    maker.edges.append(Edge(low.id, sharp.id, "accidental"))
    curve = maker.stroke("tie", (90, 112), (90, 200))
    maker.edges += [Edge(head.id, curve.id, "tie") for head in (high, high_after)]
    reader = PitchReader()
    context = BarContext({0: TREBLE}, {0: 0})
    for pair in ((low, high), (low_after, high_after)):
        bar = Bar(page=0, system=maker.systems[0], left=20, right=600, events=(chord(pair[0].id, *pair),))
        pitches = reader.read(bar, context, marks(maker), PLACES, {})
        assert [pitches[h.id] for h in pair] == [Pitch("C", 5, 1), Pitch("F", 5)]
