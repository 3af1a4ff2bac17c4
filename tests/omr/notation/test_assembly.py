"""Assembly on hand-made notation."""

import numpy as np
import pytest

from omr.types import Box, Staff, Symbol
from tests.omr.notation.handmade import Sheet, children


def test_two_voices_share_a_head():
    sheet = Sheet()
    head = sheet.note(0, 100)
    row = head.box.center[0]
    sheet.stroke("stem", (row + 1, 100.5), (row + 35, 100.5))
    assert len(children(sheet.graph(), head.id, "stem")) == 2


def test_a_head_drawn_twice_has_two_stems_however_short():
    for exact in (True, False):
        sheet = Sheet()
        sheet.note(0, 300)  # without it, every head of the page would be drawn twice
        head = sheet.note(0, 100)
        sheet.note(0, 400)
        row = head.box.center[0]
        sheet.stroke("stem", (row + 1, 100.5), (row + 16, 100.5))
        sheet.symbol("noteheadBlack", 0, 100)
        graph = sheet.graph(exact)
        assert len(children(graph, head.id, "stem")) == (2 if exact else 1)


def test_a_head_drawn_twice_with_one_stem_is_two_notes():
    for exact in (True, False):
        sheet = Sheet()
        sheet.note(0, 300)
        head = sheet.note(0, 100)
        twin = sheet.symbol("noteheadBlack", 0, 100)
        sheet.note(0, 400)
        chords = [c.heads for c in sheet.graph(exact).chords]
        assert ((head.id,) in chords, (twin.id,) in chords) == (True, exact)


def test_stem_broken_in_two_is_one():
    sheet = Sheet()
    low, high = sheet.symbol("noteheadBlack", -4, 100), sheet.symbol("noteheadBlack", 2, 100)
    sheet.stroke("stem", (80, 111.5), (105, 111.5))
    sheet.stroke("stem", (112, 111.5), (139, 111.5))
    graph = sheet.graph()
    assert children(graph, low.id, "stem") == children(graph, high.id, "stem") != []


def test_stem_through_two_voices_is_cut():
    """A second between voices: the left head's stem rises and the right head's hangs, in one line."""
    sheet = Sheet()
    upper, lower = sheet.symbol("noteheadBlack", 1, 100), sheet.symbol("noteheadBlack", 0, 112)
    sheet.stroke("stem", (80, 112), (155, 112))
    graph = sheet.graph()
    assert children(graph, upper.id, "stem") != children(graph, lower.id, "stem")


@pytest.mark.parametrize("thick, levels", [(5.0, 1), (12.5, 2), (20.0, 3)])
def test_merged_beams_are_counted_by_their_thickness(thick: float, levels: int):
    sheet = Sheet()
    heads = [sheet.note(-2, 100, length=45), sheet.note(-2, 140, length=45)]
    middle = heads[0].box.center[0] - 45 + thick / 2 - 2.5
    sheet.stroke("beam", (middle, 111), (middle, 152), thick=thick)
    graph = sheet.graph()
    assert [len(children(graph, h.id, "beam")) for h in heads] == [levels, levels]


def test_hook_belongs_to_its_stem_only():
    sheet = Sheet()
    dotted, short = sheet.note(-2, 100, length=40), sheet.note(-2, 160, length=40)
    tip = dotted.box.center[0] - 40
    sheet.stroke("beam", (tip, 111), (tip, 172), thick=5)
    sheet.stroke("beam", (tip + 7.5, 160), (tip + 7.5, 172), thick=5)
    graph = sheet.graph()
    assert len(children(graph, dotted.id, "beam")) == 1
    assert len(children(graph, short.id, "beam")) == 2


def test_hooks_that_nearly_reach_the_next_stem_are_not_its_own():
    """Sixteenth, eighth, sixteenth in tight print."""
    sheet = Sheet()
    first, middle, last = (sheet.note(-2, left, length=40) for left in (100, 117, 134))
    tip = first.box.center[0] - 40
    sheet.stroke("beam", (tip, 111), (tip, 146), thick=5)
    sheet.stroke("beam", (tip + 7.5, 111.5), (tip + 7.5, 124), thick=5)
    sheet.stroke("beam", (tip + 7.5, 133), (tip + 7.5, 145.5), thick=5)
    graph = sheet.graph()
    assert [len(children(graph, head.id, "beam")) for head in (first, middle, last)] == [2, 1, 2]


def test_lost_stem_is_drawn_under_a_beam():
    sheet = Sheet()
    heads = [sheet.note(-2, 100), sheet.symbol("noteheadBlack", -2, 130), sheet.note(-2, 160)]
    tip = heads[0].box.center[0] - 35
    sheet.stroke("beam", (tip, 111), (tip, 172), thick=5)
    graph = sheet.graph()
    assert len(children(graph, heads[1].id, "beam")) == 1


def test_flat_speaks_with_its_belly():
    """A flat's box reaches high above the line it speaks of."""
    sheet = Sheet()
    head, other = sheet.note(0, 100), sheet.note(2, 100)
    line = sheet.staves[0].row(0, 0)
    sheet.symbols.append(Symbol(99, "accidentalFlat", Box(line - 17, 88, line + 7, 97)))
    graph = sheet.graph()
    assert children(graph, head.id, "accidental") == [99]
    assert children(graph, other.id, "accidental") == []


def test_dots_by_their_place_whatever_their_class():
    sheet = Sheet()
    head = sheet.note(0, 200)
    aside = sheet.symbol("repeatDot", 1, 216, height=4, width=4)
    sheet.stroke("barline", (100, 300), (140, 300))
    upper = sheet.symbol("augmentationDot", 1, 290, height=4, width=4)
    lower = sheet.symbol("augmentationDot", -1, 290, height=4, width=4)
    graph = sheet.graph()
    assert children(graph, head.id, "dot") == [aside.id]
    assert {e.child for e in graph.edges if e.kind == "repeat"} == {upper.id, lower.id}


def test_ledger_lines_settle_the_staff():
    """A head midway between two staves belongs where the chain of ledger lines leads."""
    sheet = Sheet(staves=2)
    head = sheet.symbol("noteheadBlack", 10, 100, staff=1)  # 180: 4 spaces from either staff
    for position in (6, 8, 10):
        row = sheet.staves[1].row(position, 100)
        sheet.stroke("ledgerLine", (row, 96), (row, 116))
    assert sheet.graph().staff_of[head.id] == 1


@pytest.mark.parametrize(("left", "right", "is_slur"), [
    (142.0, 164.0, False),  # about the number alone
    (116.0, 190.0, True),  # over all three notes
    (118.0, 142.0, True),  # beside the number
])
def test_a_small_arc_about_the_number_of_a_tuplet_is_no_slur(left: float, right: float, is_slur: bool):
    sheet = Sheet()
    heads = [sheet.note(position, col, up=False) for position, col in ((0, 110), (1, 145), (2, 180))]
    sheet.symbol("tuplet3", 7, 148, height=12, width=9)
    arc = sheet.stroke("slur", (84, left), (77, (left + right) / 2), (84, right))
    graph = sheet.graph()
    assert (arc.id in {s.id for s in graph.strokes}) == is_slur
    assert (arc.id in children(graph, heads[0].id, "slur")) == is_slur


def test_tie_joins_equal_heads_and_slur_unequal():
    sheet = Sheet()
    a, b, c = sheet.note(0, 100), sheet.note(0, 150), sheet.note(1, 200)
    tie = sheet.stroke("tie", (127, 110), (131, 131), (127, 152))
    slur = sheet.stroke("slur", (127, 160), (131, 180), (122, 202))
    graph = sheet.graph()
    assert {e.parent for e in graph.edges if e.child == tie.id and e.kind == "tie"} == {a.id, b.id}
    assert {e.parent for e in graph.edges if e.child == slur.id and e.kind == "slur"} == {b.id, c.id}


@pytest.mark.parametrize(("dotted", "kind"), [((0, 1), "slur"), ((0,), "tie"), ((), "tie")])
def test_a_curve_between_equal_heads_with_staccato_dots_is_a_slur(dotted: tuple[int, ...], kind: str):
    """Portato: the note is struck twice. A held note may end with a dot, but does not begin and end with one."""
    sheet = Sheet()
    heads = [sheet.note(-2, 100), sheet.note(-2, 150)]
    curve = sheet.stroke("tie", (140, 108), (145, 131), (140, 154))
    for i in dotted:
        sheet.symbol("articStaccato", -4, 104 + 50 * i, height=4, width=4)
    graph = sheet.graph()
    assert {e.kind for e in graph.edges if e.child == curve.id} == {kind}
    assert {e.parent for e in graph.edges if e.child == curve.id} == {h.id for h in heads}


def test_key_after_clef_but_not_an_accidental_before_its_note():
    sheet = Sheet()
    sheet.symbol("gClef", -2, 25, height=70, width=26)
    key = [sheet.symbol("accidentalSharp", p, 55 + 11 * i, height=28, width=9) for i, p in enumerate((4, 1))]
    own = sheet.symbol("accidentalSharp", 5, 118, height=28, width=9)
    head = sheet.note(5, 130, up=False)
    graph = sheet.graph()
    assert {e.child for e in graph.edges if e.kind == "key"} == {k.id for k in key}
    assert children(graph, head.id, "accidental") == [own.id]


def test_two_digits_count_one_tuplet():
    sheet = Sheet()
    heads = [sheet.note(-2, 100 + 30 * i) for i in range(10)]
    tip = heads[0].box.center[0] - 35
    sheet.stroke("beam", (tip, 111), (tip, 382), thick=5)
    sheet.symbol("tuplet1", 14, 240, height=12, width=7)
    sheet.symbol("tuplet0", 14, 248, height=12, width=7)
    graph = sheet.graph()
    assert all(len(children(graph, h.id, "tuplet")) == 2 for h in heads)


def test_grace_note_leads_to_the_next_head():
    sheet = Sheet()
    small = sheet.note(2, 100, name="noteheadBlackSmall", length=25)
    head = sheet.note(0, 120, up=False)
    assert children(sheet.graph(), head.id, "grace") == [small.id]


def test_a_level_curve_after_a_trill_is_its_wavy_line():
    sheet = Sheet()
    a, b, c = sheet.note(2, 100), sheet.note(2, 150), sheet.note(2, 250)
    sheet.symbol("ornamentTrill", 7, 96, 14, 20)
    line = sheet.stroke("slur", (86, 118), (85, 170), (86, 220))
    edges = [e for e in sheet.graph().edges if e.child == line.id]
    assert {(e.parent, e.kind) for e in edges} == {(a.id, "ornament"), (b.id, "ornament")} and c.id


def test_a_piano_has_no_pizzicato_but_a_quartet_has():
    def sheet(staves: int) -> tuple[Sheet, Symbol, Symbol]:
        made = Sheet(staves)
        head = made.note(2, 100, up=False)
        return made, head, made.symbol("pluckedSnapPizzicatoAbove", 8, 100)

    duo, head, sign = sheet(2)
    assert children(duo.graph(), head.id, "articulation") == [sign.id]
    piano, head, sign = sheet(2)
    graph = piano.graph(keyboard=True)
    assert not children(graph, head.id, "articulation") and sign not in graph.symbols
    quartet, head, sign = sheet(4)
    assert children(quartet.graph(keyboard=True), head.id, "articulation") == [sign.id]


@pytest.mark.parametrize(("row", "kept"), [(45.0, True), (46.5, True), (50.0, False), (39.0, False), (55.0, True)])
def test_a_breve_rest_fills_a_space(row: float, kept: bool) -> None:
    from omr.notation.assembly import _between_lines

    lines = np.repeat(np.arange(30.0, 80.0, 10.0)[:, None], 2, axis=1)
    staff = Staff(index=0, system=0, left=0.0, right=500.0, lines=lines)
    assert _between_lines(Symbol(0, "restDoubleWhole", Box(row - 5, 100, row + 5, 106)), staff) == kept


@pytest.mark.parametrize(("position", "kept"), [(12, True), (-12, True), (14, False)])
def test_a_rest_of_one_of_several_voices_may_stand_four_spaces_outside(position: float, kept: bool) -> None:
    sheet = Sheet()
    rest = sheet.symbol("rest8th", position, 100, height=18)
    assert (rest.id in sheet.graph().staff_of) == kept


def test_what_is_drawn_as_a_rest_is_one_however_far_from_its_staff() -> None:
    for exact in (True, False):
        sheet = Sheet()
        rest = sheet.symbol("rest8th", -14, 100, height=18)
        assert (rest.id in sheet.graph(exact).staff_of) == exact


def test_a_drawn_head_on_a_beam_is_a_head():
    """The upper head of a cross-staff chord lies on the other voice's beam; on a scan it is a piece of that beam."""
    for exact in (True, False):
        sheet = Sheet()
        left, right = sheet.note(-4, 100, length=30), sheet.note(-4, 160, length=30)
        row = left.box.center[0] - 30
        sheet.stroke("beam", (row, 111), (row, 172), thick=5)
        on_beam = sheet.symbol("noteheadBlack", 2, 160)
        sheet.stroke("stem", (on_beam.box.center[0] - 35, 171.5), (on_beam.box.center[0], 171.5))
        assert on_beam.box.center[0] == row
        chords = [c.heads for c in sheet.graph(exact).chords]
        assert any(on_beam.id in heads for heads in chords) == exact
        assert any(right.id in heads for heads in chords)


def test_a_dot_drawn_twice_is_that_of_two_voices_heads():
    """A quarter beside a half note, both dotted, as Verovio sets them: one dot over the other."""
    for twice in (True, False):
        sheet = Sheet()
        quarter = sheet.note(-4, 100)
        half = sheet.note(-4, 112, up=False, name="noteheadHalf")
        sheet.note(-4, 300)
        for left in (126, 126) if twice else (126,):
            sheet.symbol("augmentationDot", -3, left, height=4, width=4)
        sheet.symbol("augmentationDot", -3, 330, height=4, width=4)
        sheet.symbol("augmentationDot", -3, 430, height=4, width=4)
        graph = sheet.graph(exact=True)
        assert [len(children(graph, h.id, "dot")) for h in (quarter, half)] == [int(twice), 1]
        assert sum(s.name == "augmentationDot" for s in graph.symbols) == (4 if twice else 3)
