"""Ties and slurs on hand-drawn curves; staff space 10 px, middle line of staff i at row 120 + 120 i."""

from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from omr.notation import curves, joins
from omr.notation.attach import Targets
from omr.notation.placing import Placing
from omr.types import Box, Edge, EdgeKind, NotationGraph, Staff, Stroke, Symbol, System

STAVES = tuple(
    Staff(index=i, system=i, left=20.0, right=600.0,
          lines=np.repeat((100.0 + 120 * i + 10 * np.arange(5))[:, None], 2, axis=1)) for i in range(2)
)


def head(id_: int, position: float, left: float, staff: int = 0) -> Symbol:
    row = STAVES[staff].row(position, left)
    return Symbol(id_, "noteheadBlack", Box(row - 5, left, row + 5, left + 12))


def joined(heads: list[Symbol], *found: Stroke) -> set[tuple[int, int, str]]:
    """(head, curve, kind) of the edges on the first staff."""
    targets = Targets(heads, {h.id: 0 for h in heads})
    edges = curves.ties_and_slurs(Placing(STAVES[:1]), found, targets, np.arange(len(heads)))
    return {(e.parent, e.child, e.kind) for e in edges}


def curve(id_: int, *points: tuple[float, float]) -> Stroke:
    return Stroke(id_, "slur", points, 2.0)


def test_pieces_of_a_curve_are_one_and_slurs_end_to_end_are_two():
    crossed = [curve(1, (100, 0), (94, 20), (92, 40)), curve(2, (92, 45), (93, 65), (97, 85))]
    apex_lost = [curve(1, (100, 0), (93, 20), (91, 40)), curve(2, (91, 90), (93, 110), (100, 130))]
    for pieces in (crossed, apex_lost):
        whole = curves.mend_curves(pieces, 10, count(900))
        assert [c.points[0] for c in whole] == [(100, 0)] and whole[0].points[-1] == pieces[1].points[-1]
    end_to_end = [curve(1, (100, 0), (92, 40), (99, 80)), curve(2, (99, 85), (91, 120), (100, 160))]
    phrases = [curve(1, (100, 0), (92, 40), (99, 80)), curve(2, (99, 130), (91, 170), (100, 210))]
    for pieces in (end_to_end, phrases):
        assert curves.mend_curves(pieces, 10, count(900)) == pieces


def under(
    id_: int, left: float, right: float, kind: str = "slur", row: float = 127, end: float | None = None
) -> Stroke:
    """A curve that bends down between two columns."""
    end = row if end is None else end
    points = ((row, left), ((row + end) / 2 + 4, (left + right) / 2), (end, right))
    return Stroke(id_, kind, points, 2.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("called", ["tie", "slur"])
def test_a_flat_curve_between_neighbours_of_one_position_is_a_tie(called: str):
    heads = [head(1, 0, 100), head(2, 0, 150)]
    assert joined(heads, under(9, 110, 152, called)) == {(1, 9, "tie"), (2, 9, "tie")}


@pytest.mark.parametrize("called", ["tie", "slur"])
def test_a_curve_between_two_positions_is_a_slur(called: str):
    heads = [head(1, 0, 100), head(2, 2, 150)]
    assert joined(heads, under(9, 110, 152, called, end=117)) == {(1, 9, "slur"), (2, 9, "slur")}


def test_a_curve_over_another_note_is_a_slur_unless_the_detector_says_tie():
    heads = [head(1, 0, 100), head(2, 0, 150), head(3, 0, 200)]
    assert joined(heads, under(9, 110, 202)) == {(1, 9, "slur"), (3, 9, "slur")}
    assert joined(heads, under(9, 110, 202, "tie")) == {(1, 9, "tie"), (3, 9, "tie")}


@pytest.mark.parametrize(("stems", "kind"), [([1, -1, 1], "tie"), ([1, 1, 1], "slur"), ([-1, -1, -1], "slur")])
def test_a_curve_of_a_scan_over_a_note_of_another_voice_is_a_tie(stems: list[int], kind: str):
    heads = [head(1, 0, 100), head(2, 2, 150), head(3, 0, 200)]
    edges = curves.ties_and_slurs(Placing(STAVES[:1]), [under(9, 110, 202)], Targets(heads, {h.id: 0 for h in heads}),
                                  np.arange(3), np.array(stems))
    assert {(e.parent, e.child, e.kind) for e in edges} == {(1, 9, kind), (3, 9, kind)}


def drawn(stems: list[int], heads: list[Symbol], found: Stroke) -> set[str]:
    """What a curve of an exact drawing is. stems: of the heads, 1 for up."""
    targets = Targets(heads, {h.id: 0 for h in heads})
    edges = curves.ties_and_slurs(Placing(STAVES[:1]), [found], targets, np.arange(len(heads)), np.array(stems), True)
    return {e.kind for e in edges}


def test_a_drawn_curve_over_a_note_of_its_position_is_a_slur():
    assert drawn([1, 1, 1], [head(1, 0, 100), head(2, 0, 150), head(3, 0, 200)], under(9, 110, 202, "tie")) == {"slur"}


@pytest.mark.parametrize(("stems", "kind"), [([0, 1, 1, -1], "tie"), ([1, 1, 1, 1], "slur"), ([0, 1, -1, -1], "slur")])
def test_a_drawn_tie_may_lead_over_notes_of_another_voice(stems: list[int], kind: str):
    heads = [head(1, -3, 100), head(2, 1, 150), head(3, 2, 200), head(4, -3, 250)]
    assert drawn(stems, heads, under(9, 110, 252, row=142)) == {kind}


def test_two_ties_between_two_chords_join_their_own_heads():
    heads = [head(1, 0, 100), head(2, 2, 100), head(3, 0, 150), head(4, 2, 150)]
    targets = Targets(heads, {h.id: 0 for h in heads})
    ties = [under(8, 110, 152, "tie", row=103), under(9, 110, 152, "tie", row=127)]
    edges = curves.ties_and_slurs(Placing(STAVES[:1]), ties, targets, np.array([0, 0, 1, 1]))
    assert {(e.parent, e.child) for e in edges} == {(2, 8), (4, 8), (1, 9), (3, 9)}


def test_a_slur_within_one_chord_is_none():
    heads = [head(1, -4, 100), head(2, 4, 100)]
    edges = curves.ties_and_slurs(Placing(STAVES[:1]), [under(9, 104, 108, row=140, end=100)],
                                  Targets(heads, {1: 0, 2: 0}), np.array([0, 0]))
    assert not list(edges)


def test_a_tie_over_the_systems_end_has_one_head():
    heads = [head(1, 0, 100), head(2, 0, 550)]
    assert joined(heads, under(9, 562, 590, "tie")) == {(2, 9, "tie")}
    assert joined(heads, under(9, 557, 571, "tie")) == {(2, 9, "tie")}  # it ends soon: the barline is near
    assert joined(heads, under(9, 562, 590)) == {(2, 9, "slur")}
    assert joined(heads, under(9, 75, 98, "tie")) == {(1, 9, "tie")}


def halves(going: int, coming: int) -> NotationGraph:
    """Two systems of a staff each: a curve goes out of the first from a position, another comes into the second."""
    heads = (head(1, 0, 100), head(2, going, 560), head(3, coming, 100, 1), head(4, 0, 300, 1))
    strokes = (under(8, 572, 598), under(9, 70, 98, row=247))
    return NotationGraph(page=0, staves=STAVES, systems=(System(0, (0,)), System(1, (1,))), symbols=heads,
                         strokes=strokes,
                         edges=(Edge(2, 8, "slur"), Edge(3, 9, "slur")), staff_of={1: 0, 2: 0, 3: 1, 4: 1})


PLACES = {(0, 0): (0, 1), (0, 1): (0, 1)}
"""Both staves are the first of part 0."""


def test_halves_at_one_position_are_a_tie_and_at_two_a_slur():
    tie = joins.join_curves([halves(2, 2)], PLACES)
    assert tie.kinds == {(0, 8): "tie", (0, 9): "tie"}
    slur = joins.join_curves([halves(2, 3)], PLACES)
    assert slur.kinds == {(0, 8): "slur", (0, 9): "slur"}
    assert slur.numbers[0, 8] == slur.numbers[0, 9] and tie.numbers[0, 8] != tie.numbers[0, 9]


@pytest.mark.parametrize("lost", [8, 9])
def test_half_a_tie_is_one_if_a_head_at_its_position_is_on_the_other_side(lost: int):
    """It is often too short to be seen at one end: a barline is near."""
    def left(going: int, coming: int, called: str) -> NotationGraph:
        whole = halves(going, coming)
        return replace(whole, strokes=tuple(s for s in whole.strokes if s.id != lost),
                       edges=tuple(replace(e, kind=called) for e in whole.edges if e.child != lost))

    tied = joins.join_curves([left(2, 2, "tie")], PLACES)
    assert (tied.starts, tied.stops) == ((frozenset(), {(0, 3)}) if lost == 9 else ({(0, 2)}, frozenset()))
    for other in (left(2, 3, "tie"), left(2, 2, "slur")):
        found = joins.join_curves([other], PLACES)
        assert not found.starts and not found.stops


@pytest.mark.parametrize(("last", "first", "coming", "held"), [
    ((-2, 0, 1), (-2, 0, 1), (-2, 1, -2), True), ((-2, 0, 1), (-2, 0, 3), (-2, 3, -2), False),
    ((-2, 0, 1), (-2, 0, 1), (-2, 1), False), ((-2, 1), (-2, 1), (-2, 1), False)])
def test_a_chord_that_as_many_curves_lead_to_as_it_has_heads_is_held_over_the_systems_end(
    last: tuple[int, ...], first: tuple[int, ...], coming: tuple[int, ...], held: bool,
) -> None:
    """Beethoven, op. 101, first movement, measures 44 and 45: the lowest of three ties looks like a slur of the head
    whose tie stands over it. With two heads, one of two curves may be a slur: so many must go out as well."""
    before = [head(10 + i, position, 560) for i, position in enumerate(last)]
    after = [head(20 + i, position, 100, 1) for i, position in enumerate(first)]
    on = {h.id: int(h in after) for h in (*before, *after)}
    curves_in = [under(30 + i, 70, 98, "tie", row=230 + 5 * i) for i, _ in enumerate(coming)]
    edges = [Edge(20 + first.index(position), 30 + i, "slur" if i == 2 else "tie") for i, position in enumerate(coming)]
    graph = NotationGraph(page=0, staves=STAVES, systems=(System(0, (0,)), System(1, (1,))), staff_of=on,
                          symbols=(*before, *after), strokes=tuple(curves_in), edges=tuple(edges))
    found = joins.join_curves([graph], PLACES)
    assert (found.stops == {(0, h.id) for h in after}) is held
    assert (found.starts == {(0, h.id) for h in before}) is held or len(last) == 2
    assert (found.kinds == {(0, c.id): "tie" for c in curves_in}) is held


def test_halves_join_over_pages_but_not_from_part_to_part():
    first = halves(2, 3)
    second = replace(first, page=1)
    assert joins.join_curves([first], {(0, 0): (0, 1), (0, 1): (1, 1)}).kinds == {}
    over_page = joins.join_curves([first, second], {(0, 0): (0, 1), (1, 1): (0, 1)})
    assert over_page.kinds == {(0, 8): "slur", (1, 9): "slur"}


def test_a_curve_whose_other_end_found_no_head_goes_nowhere():
    """It ends in the middle of its staff."""
    graph = halves(2, 2)
    inside = replace(graph, symbols=(*graph.symbols[:1], head(2, 2, 400), *graph.symbols[2:]),
                     strokes=(under(8, 412, 450), graph.strokes[1]))
    assert joins.join_curves([inside], PLACES).kinds == {}


def test_a_slanted_curve_between_equal_heads_is_a_slur():
    heads = [head(1, 0, 100), head(2, 0, 150)]
    assert {kind for *_, kind in joined(heads, under(9, 110, 152, row=127, end=136))} == {"slur"}


def test_a_stroke_that_comes_back_to_a_note_and_sets_out_anew_is_two_curves():
    rows = [100, 95, 92, 91, 92, 95, 100, 95, 92, 91, 92, 95, 100]
    (left, right) = curves.mend_curves([curve(1, *((r, 15.0 * i) for i, r in enumerate(rows)))], 10, count(900))
    assert (left.id, left.points[-1], right.id, right.points[0]) == (1, (100, 90), 900, (100, 90))
    flat = curve(2, *((r, 15.0 * i) for i, r in enumerate([100, 95, 92, 93, 92, 95, 100])))
    assert curves.mend_curves([flat], 10, count(900)) == [flat]


@pytest.mark.parametrize("is_chain", [True, False])
def test_a_chain_of_ties_is_cut_at_its_notes_though_it_begins_and_ends_between_them(is_chain: bool):
    """Ties that hang under a held note, from the middle of one to the middle of another: between its ends the chain is
    over the line that joins them."""
    wave = [133, 131, 127, 131, 134, 131, 127, 131, 133]
    stroke = curve(9, *((row, 100.0 + 12 * i) for i, row in enumerate(wave)))
    heads = [head(i, 0, left) for i, left in enumerate((118, 166) if is_chain else ())]
    found = curves.mend_curves([stroke], 10, count(900), heads)
    assert [(c.points[0][1], c.points[-1][1]) for c in found] == (
        [(100, 124), (124, 172), (172, 196)] if is_chain else [(100, 148), (148, 196)])


@pytest.mark.parametrize(("exact", "taken_for", "kind"), [
    (True, "slur", "tie"), (False, "tie", "tie"), (False, "slur", "slur")])
def test_a_tie_goes_on_though_another_voice_does(exact: bool, taken_for: EdgeKind, kind: str):
    graph = halves(2, 2)
    ties = tuple(replace(s, kind="tie") for s in graph.strokes)
    edges = tuple(replace(e, kind=taken_for) for e in graph.edges)
    voices = replace(graph, strokes=ties, symbols=(head(1, -3, 590), *graph.symbols[1:]), edges=edges, exact=exact)
    assert joins.join_curves([voices], PLACES).kinds == {(0, 8): kind, (0, 9): kind}


def test_a_slur_between_two_staves_has_its_heads_on_one_of_them() -> None:
    """The lower staff's stems and beams stand between its heads and their slur: one head of the upper staff is nearer
    to an end than its own. A slur that touches a head leads from there to the other staff."""
    low = [head(1, 0, 100, 1), head(2, 0, 150, 1), head(3, 1, 200, 1)]
    high = [head(4, -7, 104), head(5, 6, 300)]
    heads = [*low, *high]
    targets = Targets(heads, {h.id: int(h in low) for h in heads})
    def slurred(*points: tuple[float, float]) -> set[int]:
        edges = curves.ties_and_slurs(Placing(STAVES), [curve(9, *points)], targets, np.arange(len(heads)))
        return {e.parent for e in edges if e.kind == "slur"}

    assert slurred((185, 106), (178, 150), (200, 206)) == {1, 3}
    assert slurred((157, 118), (180, 150), (212, 206)) == {4, 3}  # it begins at the upper head


# ---- ties of chords ----------------------------------------------------------------------------------------------


def test_a_slur_from_the_lower_staff_does_not_come_from_the_system_before() -> None:
    """It begins at the first note of the lower staff, and most of it is over the upper one, which begins later."""
    together = tuple(replace(s, system=0) for s in STAVES)
    low, high = head(1, 2, 100, 1), [head(i, 0, 150.0 + 20 * i) for i in range(2, 6)]
    targets = Targets([low, *high], {low.id: 1} | {h.id: 0 for h in high})
    found = curve(9, (215, 106), (140, 150), (95, 200), (90, 256))
    for staves, heads in ((together, {1, 5}), (STAVES, {5})):  # of one system, or of two
        edges = curves.ties_and_slurs(Placing(staves), [found], targets, np.arange(5))
        assert {e.parent for e in edges} == heads


def chord_edges(found: list[Stroke], first: tuple[int, ...], second: tuple[int, ...]) -> set[tuple[int, int, str]]:
    """(head, curve, kind) of the edges between two chords whose heads stand at positions; ids count from 1."""
    heads = [head(i + 1, position, 100) for i, position in enumerate(first)]
    heads += [head(len(heads) + i + 1, position, 180) for i, position in enumerate(second)]
    columns = np.array([0] * len(first) + [1] * len(second))
    edges = curves.ties_and_slurs(Placing(STAVES[:1]), found, Targets(heads, {h.id: 0 for h in heads}), columns)
    return {(e.parent, e.child, e.kind) for e in edges}


def test_a_chord_that_is_tied_in_part_is_tied_whole():
    lower = under(9, 114, 178, "tie")  # of the heads in the middle of the staff
    assert chord_edges([lower], (0, 4), (0, 4)) == {(h, 9, "tie") for h in (1, 2, 3, 4)}
    slur = replace(under(8, 100, 192, row=85), points=((80, 100), (76, 146), (80, 192)))  # over both chords
    assert chord_edges([lower, slur], (0, 4), (0, 4)) == {(1, 9, "tie"), (3, 9, "tie"), (2, 8, "tie"), (4, 8, "tie")}


@pytest.mark.parametrize(("first", "second"), [((0, 4), (0, 5)), ((0, 4), (0, 4, 7)), ((0, 4, 7), (0, 4, 7))])
def test_chords_that_differ_or_are_hardly_tied_keep_what_was_seen(first: tuple[int, ...], second: tuple[int, ...]):
    edges = chord_edges([under(9, 114, 178, "tie")], first, second)
    assert edges == {(1, 9, "tie"), (len(first) + 1, 9, "tie")}


# ---- strokes that are a tie and a slur ---------------------------------------------------------------------------


def waves(depth: float) -> Stroke:
    """A curve over the columns 110 to 170, and one up to 300, that come near their notes between them; depth: how much
    nearer than in their middles, in pixels."""
    high, low = 90.0, 90.0 + depth
    return curve(9, (96, 110), (high, 140), (low, 170), (high, 230), (96, 300))


@pytest.mark.parametrize(("depth", "positions", "count_"), [
    (2.5, (4, 4, 1), 2), (1.0, (4, 4, 1), 1),
    (2.5, (4, 3, 1), 1), (5.0, (4, 3, 1), 2),  # without a tie it must come nearer
])
def test_a_tie_and_a_slur_that_touch_are_two_curves(depth: float, positions: tuple[int, ...], count_: int):
    heads = [head(i, position, left) for i, (position, left) in enumerate(zip(positions, (100, 164, 294), strict=True))]
    assert len(curves.mend_curves([waves(depth)], 10, count(900), heads)) == count_


def test_a_head_between_two_of_one_position_makes_them_no_tie():
    heads = [head(1, 4, 100), head(2, 4, 164), head(3, 2, 130)]
    assert len(curves.mend_curves([waves(2.5)], 10, count(900), heads)) == 1
