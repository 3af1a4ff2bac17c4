"""Accidentals, dots, tuplets and graces on hand-drawn symbols; staff space 10 px."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from omr.notation import attach, tuplets
from omr.notation.chords import ChordInk
from omr.notation.placing import Placing
from omr.types import Box, Staff, Stroke, Symbol

SPACE = 10.0
NO_RESTS = attach.Targets([], {})


def symbol(id_: int, name: str, row: float, left: float, height: float = 10, width: float = 12) -> Symbol:
    return Symbol(id_, name, Box(row - height / 2, left, row + height / 2, left + width))


def head(id_: int, row: float, left: float, name: str = "noteheadBlack") -> Symbol:
    return symbol(id_, name, row, left)


def on_staff(*symbols: Symbol) -> attach.Targets:
    return attach.Targets(symbols, {s.id: 0 for s in symbols})


def sharp(id_: int, row: float, left: float, name: str = "accidentalSharp") -> Symbol:
    return symbol(id_, name, row, left, 28, 9)


def higher(of: ChordInk, rows: float) -> ChordInk:
    """The same chord so many pixels higher."""
    (top, left), (bottom, right) = of.stem.points if of.stem is not None else ((0, 0), (0, 0))
    return replace(of, heads=tuple(head(h.id, h.box.center[0] - rows, h.box.left) for h in of.heads),
                   stem=Stroke(of.heads[0].id + 500, "stem", ((top - rows, left), (bottom - rows, right)), 1.2))


def dot(id_: int, row: float, left: float, name: str = "augmentationDot") -> Symbol:
    return symbol(id_, name, row, left, 4, 4)


def chord(id_: int, left: float, name: str = "noteheadBlack", beams: tuple[Stroke, ...] = ()) -> ChordInk:
    return ChordInk((head(id_, 120, left, name),), Stroke(id_ + 500, "stem", ((85, left + 12), (120, left + 12)), 1.2),
                    True, beams=beams)


@pytest.mark.parametrize(("row", "left", "found"), [
    (120, 85, True), (120, 40, True), (120, 30, False), (125, 85, True), (127, 85, False), (120, 113, False)])
def test_an_accidental_stands_left_of_its_head_at_its_height(row: float, left: float, found: bool):
    edges = list(attach.accidentals([sharp(2, row, left)], on_staff(head(1, 120, 100)), SPACE))
    assert [(e.parent, e.child) for e in edges] == ([(1, 2)] if found else [])


def test_each_head_takes_one_accidental_the_nearest_first():
    heads = on_staff(head(1, 120, 100), head(2, 120, 130))
    edges = attach.accidentals([sharp(3, 120, 75), sharp(4, 120, 88)], heads, SPACE)
    assert {(e.parent, e.child) for e in edges} == {(1, 4), (2, 3)}


def test_a_small_accidental_is_a_grace_notes():
    heads = on_staff(head(1, 120, 110), head(2, 120, 100, "noteheadBlackSmall"))
    (edge,) = attach.accidentals([sharp(3, 120, 89, "accidentalSharpSmall")], heads, SPACE)
    assert edge.parent == 2
    (edge,) = attach.accidentals([sharp(3, 120, 89)], heads, SPACE)
    assert edge.parent == 1


@pytest.mark.parametrize(("rows", "col", "found"), [
    ((115, 125), 193, True), ((115, 125), 175, False), ((110, 130), 193, False), ((115, 120), 193, False)])
def test_repeat_dots_stand_about_the_middle_line_beside_a_barline(rows: tuple[int, int], col: int, found: bool):
    staff = Staff(index=0, system=0, left=0.0, right=500.0,
                  lines=np.repeat((100 + 10.0 * np.arange(5))[:, None], 2, axis=1))
    dots = [dot(1, rows[0], col - 2), dot(2, rows[1], col - 2)]
    edges = attach.repeat_dots(Placing([staff]), dots, [Stroke(9, "barline", ((100, 200), (140, 200)), 1.5)])
    assert [(e.parent, e.child) for e in edges] == ([(9, 1), (9, 2)] if found else [])


@pytest.mark.parametrize(("system", "found"), [(0, True), (1, False)])
def test_repeat_dots_belong_to_a_barline_that_was_seen_on_another_staff_of_their_system(system: int, found: bool):
    staves = [Staff(index=i, system=i * system, left=0.0, right=500.0,
                    lines=np.repeat((100 + 120 * i + 10.0 * np.arange(5))[:, None], 2, axis=1)) for i in range(2)]
    dots = [dot(1, 235, 191), dot(2, 245, 191)]
    edges = attach.repeat_dots(Placing(staves), dots, [Stroke(9, "barline", ((100, 200), (180, 200)), 1.5)])
    assert [(e.parent, e.child) for e in edges] == ([(9, 1), (9, 2)] if found else [])


@pytest.mark.parametrize(("row", "left", "found"), [
    (120, 116, True), (115, 116, True), (120, 146, False), (110, 116, False), (106, 104, False)])
def test_a_dot_lengthens_the_head_on_its_left(row: float, left: float, found: bool):
    edges = attach.augmentation_dots([dot(2, row, left)], on_staff(head(1, 120, 100)), NO_RESTS, SPACE)
    assert [(e.parent, e.child) for e in edges] == ([(1, 2)] if found else [])


def test_two_dots_behind_one_another_lengthen_one_head():
    """The second dot is out of the head's own reach."""
    heads = on_staff(head(1, 120, 100))
    near, far, lower = dot(3, 120, 139), dot(4, 120, 146), dot(5, 124, 146)
    for dots, children in (((far, near), [3, 4]), ((far,), []), ((lower, near), [3])):
        edges = list(attach.augmentation_dots(dots, heads, NO_RESTS, SPACE))
        assert [(e.parent, e.child) for e in edges] == [(1, child) for child in children]


def test_a_rests_dot_stands_above_its_middle():
    rest = on_staff(symbol(1, "restQuarter", 120, 100, 30))
    (edge,) = attach.augmentation_dots([dot(2, 115, 116)], NO_RESTS, rest, SPACE)
    assert edge.parent == 1
    assert not list(attach.augmentation_dots([dot(2, 132, 116)], NO_RESTS, rest, SPACE))


def counted(digits: list[Symbol], chords: list[ChordInk], rests: list[Symbol], brackets: list[Stroke],
            exact: bool = False) -> set[int]:
    staff_of = {s.id: 0 for s in [*digits, *rests, *(h for c in chords for h in c.heads)]}
    edges = tuplets.tuplets(digits, brackets, chords, attach.Targets(rests, staff_of), staff_of, SPACE, exact=exact)
    return {e.parent for e in edges}


def test_a_bracket_holds_what_its_number_counts():
    chords = [chord(i, 100 + 30 * i) for i in range(5)]
    three = [symbol(50, "tuplet3", 70, 157, 12, 7)]
    rest = symbol(60, "restQuarter", 120, 190, 30)
    bracket = Stroke(70, "bracket", ((70, 128), (70, 200)), 1.5)
    assert counted(three, chords, [rest], [bracket]) == {1, 2, 3, 60}
    lower = Stroke(70, "bracket", ((90, 128), (90, 200)), 1.5)  # another number's
    assert counted(three, chords, [rest], []) == counted(three, chords, [rest], [lower]) == {1, 2, 3}


@pytest.mark.parametrize(("count", "inside"), [(3, {0, 1, 2}), (4, {1, 2})])
def test_a_bracket_under_three_notes_counts_the_one_whose_stem_points_away(count: int, inside: set[int]):
    """Its stem's tip is farther from the bracket than other voices' notes may be."""
    chords = [chord(0, 100), *(replace(chord(i, 100 + 30 * i), up=False,
                                       stem=Stroke(10 + i, "stem", ((121, 100 + 30 * i), (150, 100 + 30 * i)), 1.2))
                               for i in (1, 2))]
    digit, bracket = symbol(50, f"tuplet{count}", 160, 132, 12, 7), Stroke(70, "bracket", ((160, 98), (160, 174)), 1.5)
    assert counted([digit], chords, [], [bracket]) == inside


def test_a_number_over_a_beam_counts_the_chords_about_it():
    """Two triplets under one beam of six."""
    line = Stroke(70, "beam", ((85, 112), (85, 262)), 5.0)
    chords = [chord(i, 100 + 30 * i, beams=(line,)) for i in range(6)]
    assert counted([symbol(50, "tuplet0", 75, 157, 12, 7)], chords, [], []) == set()
    first, second = symbol(50, "tuplet3", 75, 138, 12, 7), symbol(51, "tuplet3", 75, 228, 12, 7)
    assert counted([first], chords, [], []) == {0, 1, 2}
    assert counted([second], chords, [], []) == {3, 4, 5}


def test_a_number_alone_counts_its_neighbours_but_no_grace_notes():
    chords = [chord(0, 100), chord(1, 130), chord(2, 160), chord(3, 145, "noteheadBlackSmall"), chord(4, 400)]
    assert counted([symbol(50, "tuplet3", 75, 132, 12, 7)], chords, [], []) == {0, 1, 2}


@pytest.mark.parametrize(("left", "leads"), [(80, True), (10, False), (110, False)])
def test_a_grace_note_leads_to_the_next_note_in_reach(left: float, leads: bool):
    chords = [chord(1, 100), chord(2, left, "noteheadBlackSmall")]
    edges = list(attach.graces(chords, {1: 0, 2: 0}, SPACE))
    assert [(e.parent, e.child) for e in edges] == ([(1, 2)] if leads else [])
    assert not list(attach.graces(chords, {1: 0, 2: 1}, SPACE))


@pytest.mark.parametrize(("row", "found"), [(228.0, True), (236.0, True), (218.0, False), (252.0, False)])
def test_the_dot_of_a_16th_rest_stands_beside_its_upper_hook(row: float, found: bool):
    rest = attach.Targets([Symbol(1, "rest16th", Box(225.8, 675, 255, 688))], {1: 0})
    assert bool(list(attach.augmentation_dots([dot(2, row, 691)], NO_RESTS, rest, SPACE))) is found


def test_each_head_of_a_chord_gets_the_dot_that_made_room():
    # The upper head's dot was pushed down to the middle of the way to the next head's, as in Beethoven's op. 14 no. 1.
    heads = on_staff(head(1, 134.8, 375), head(2, 144.8, 375), head(3, 160.6, 375))
    dots = [dot(4, 140.0, 396), dot(5, 149.1, 396), dot(6, 161.6, 396)]
    edges = attach.augmentation_dots(dots, heads, NO_RESTS, SPACE)
    assert {(e.parent, e.child) for e in edges} == {(1, 4), (2, 5), (3, 6)}


def test_two_heads_of_a_second_may_share_one_dot():
    (edge,) = attach.augmentation_dots([dot(4, 140, 396)], on_staff(head(1, 140, 375), head(2, 145, 386)), NO_RESTS,
                                       SPACE)
    assert edge.child == 4


def test_a_bracket_whose_one_end_is_lost_reaches_as_far_to_either_side() -> None:
    chords = [chord(i, 100 + 30 * i) for i in range(4)]
    digit, right = symbol(50, "tuplet3", 70, 133, 12, 7), Stroke(70, "bracket", ((70, 145), (70, 168)), 1.5)
    left = Stroke(71, "bracket", ((70, 121), (70, 128)), 1.5)  # a piece of it
    assert counted([digit], chords, [], [left, right]) == {0, 1, 2}


def test_brackets_side_by_side_hold_their_own() -> None:
    """Both broken by their numbers, as MuseScore draws them."""
    chords = [chord(i, 100 + 30 * i) for i in range(4)]
    pieces = [Stroke(70 + i, "bracket", ((70, left), (70, left + 8)), 1.5)
              for i, left in enumerate([102, 132, 162, 192])]
    numbers = [symbol(50, "tuplet3", 70, 118, 12, 7), symbol(51, "tuplet3", 70, 178, 12, 7)]
    assert [counted([number], chords, [], pieces) for number in numbers] == [{0, 1}, {2, 3}]


def test_a_quarter_and_an_eighth_make_up_a_three_though_three_notes_stand_on_the_other_side() -> None:
    """The bracket is under them, and its number nearer to the staff below."""
    upper = [replace(chord(i, left), up=False, stem=Stroke(500 + i, "stem", ((120, left), (150, left)), 1.2))
             for i, left in enumerate((100.0, 160.0))]
    upper[1] = replace(upper[1], flags=(symbol(60, "flag8thDown", 140, 162),))
    lower = [replace(chord(10 + i, 100 + 30 * i), heads=(head(10 + i, 225, 100 + 30 * i),),
                     stem=Stroke(510 + i, "stem", ((190, 112 + 30 * i), (225, 112 + 30 * i)), 1.2)) for i in range(3)]
    bracket = Stroke(70, "bracket", ((170, 102), (170, 170)), 1.5)
    hooks = [Stroke(71 + i, "bracket", ((160, x), (170, x)), 1.5) for i, x in enumerate((102.0, 170.0))]
    staff_of = {50: 1, 0: 0, 1: 0, **{10 + i: 1 for i in range(3)}}
    edges = tuplets.tuplets([symbol(50, "tuplet3", 170, 133, 12, 7)], [bracket, *hooks], [*upper, *lower], NO_RESTS,
                           staff_of, SPACE)
    assert {e.parent for e in edges} == {0, 1}


def test_a_bracket_over_two_staves_means_notes_whose_stems_point_away() -> None:
    """An eighth on the upper staff, and two under a beam on the lower one, which hang far down."""
    beam = Stroke(90, "beam", ((250, 130), (250, 162)), 5)
    eighth = replace(chord(0, 100), flags=(symbol(60, "flag8thUp", 100, 112),))
    lower = [replace(chord(i, 100 + 30 * i), up=False, beams=(beam,), heads=(head(i, 200, 100 + 30 * i),),
                     stem=Stroke(500 + i, "stem", ((200, 100 + 30 * i), (250, 100 + 30 * i)), 1.2)) for i in (1, 2)]
    bracket = Stroke(70, "bracket", ((70, 102), (70, 170)), 1.5)
    hooks = [Stroke(71 + i, "bracket", ((70, x), (80, x)), 1.5) for i, x in enumerate((102.0, 170.0))]
    staff_of = {50: 0, 0: 0, 1: 1, 2: 1}
    edges = tuplets.tuplets([symbol(50, "tuplet3", 70, 133, 12, 7)], [bracket, *hooks], [eighth, *lower], NO_RESTS,
                           staff_of, SPACE)
    assert {e.parent for e in edges} == {0, 1, 2}


@pytest.mark.parametrize(("row", "tip", "inside"), [(70, 80, {1}), (150, 140, {2})])
def test_hooks_about_a_number_mean_the_one_note_to_which_they_point(row: float, tip: float, inside: set[int]) -> None:
    """Two voices: one note's stem points up, the other's down."""
    over = chord(1, 100)
    under = replace(chord(2, 102), up=False, stem=Stroke(502, "stem", ((125, 102), (145, 102)), 1.2),
                    heads=(head(2, 125, 102),))
    hooks = [Stroke(71 + i, "bracket", tuple(sorted(((row, x), (float(tip), x)))), 1.5)
             for i, x in enumerate((97.0, 117.0))]
    assert counted([symbol(50, "tuplet3", row, 104, 12, 7)], [over, under], [], hooks) == inside


@pytest.mark.parametrize(("tip", "staff"), [(60, 0), (80, 1)])
def test_the_hooks_of_a_bracket_point_to_its_notes(tip: float, staff: int) -> None:
    """A bracket midway between the notes of two staves; its number stands nearer to the lower one."""
    upper = [higher(chord(i, 100 + 30 * i), 70) for i in range(3)]
    lower = [chord(10 + i, 100 + 30 * i) for i in range(3)]
    bracket = Stroke(70, "bracket", ((70, 102), (70, 170)), 1.5)
    hooks = [Stroke(71 + i, "bracket", tuple(sorted(((70.0, x), (float(tip), x)))), 1.5)
             for i, x in enumerate((102.0, 170.0))]
    staff_of = {50: 1, **{c.heads[0].id: 0 for c in upper}, **{c.heads[0].id: 1 for c in lower}}
    edges = tuplets.tuplets([symbol(50, "tuplet3", 70, 133, 12, 7)], [bracket, *hooks], [*upper, *lower], NO_RESTS,
                           staff_of, SPACE)
    assert {staff_of[e.parent] for e in edges} == {staff}


@pytest.mark.parametrize("hooks", [0, 2])
def test_a_bracket_with_hooks_may_be_over_one_note(hooks: int) -> None:
    """Where the other notes of a voice's triplet are hidden; without hooks nothing says which notes it is for."""
    bracket = Stroke(70, "bracket", ((70, 100), (70, 134)), 1.5)
    drawn = [Stroke(71 + i, "bracket", ((70, x), (80, x)), 1.5) for i, x in enumerate((100.0, 134.0)[:hooks])]
    digit = symbol(50, "tuplet3", 70, 114, 12, 7)
    chords = [chord(0, 100), chord(1, 300)]
    assert counted([digit], chords, [], [bracket, *drawn], exact=True) == ({0} if hooks else set())
    assert counted([digit], chords, [], [bracket, *drawn]) == set()


@pytest.mark.parametrize(("bottom", "left", "found"), [(95, 101, True), (70, 101, False), (95, 112, False),
                                                       (115, 101, False)])
def test_an_accidental_over_the_staff_is_an_editors(bottom: float, left: float, found: bool) -> None:
    staff = Staff(index=0, system=0, left=0.0, right=500.0,
                  lines=np.repeat((100 + 10.0 * np.arange(5))[:, None], 2, axis=1))
    edges = attach.editorial_accidentals(Placing([staff]), [sharp(3, bottom - 14, left)],
                                         on_staff(head(1, 120, 100), head(2, 130, 100)))
    assert [(e.parent, e.child) for e in edges] == ([(1, 3)] if found else [])


@pytest.mark.parametrize(("row", "of"), [(122, 2), (118, 1)])
def test_an_accidental_stands_before_both_heads_of_a_second(row: float, of: int):
    """The right head is no farther from it than the left one: its height tells."""
    heads = on_staff(head(1, 117, 100), head(2, 122, 112))
    assert [e.parent for e in attach.accidentals([sharp(3, row, 85)], heads, SPACE)] == [of]


@pytest.mark.parametrize(("levels", "inside"), [
    ((1, 1, 1, 1), set()), ((2, 1, 1, 1), {0, 1, 2}), ((1, 1, 1, 1, 1, 1), {0, 1, 2}),
])
def test_a_three_over_four_like_notes_under_one_beam_is_a_fingering(levels: tuple[int, ...], inside: set[int]):
    """It stands over the first of them. A triplet may share its beam with a note of another length."""
    beams = [Stroke(80 + i, "beam", ((155.0 - 7 * i, 100.0), (155.0 - 7 * i, 300.0)), 5.0) for i in range(2)]
    chords = [replace(chord(i, 100 + 20 * i), up=False, beams=tuple(beams[:n]),
                      stem=Stroke(500 + i, "stem", ((120, 100 + 20 * i), (155, 100 + 20 * i)), 1.2))
              for i, n in enumerate(levels)]
    assert counted([symbol(50, "tuplet3", 100, 101, 10, 8)], chords, [], []) == inside


def test_drawn_dots_over_one_another_are_of_two_heads():
    """A second of two voices, the lower head to the right, as MuseScore sets it."""
    heads = on_staff(head(1, 149.4, 334.5), head(2, 154.4, 345.9))
    dots = [dot(3, 149.4, 362), dot(4, 159.4, 362)]
    found = {exact: {(e.parent, e.child) for e in attach.augmentation_dots(dots, heads, NO_RESTS, SPACE, None, exact)}
             for exact in (True, False)}
    assert found == {True: {(1, 3), (2, 4)}, False: {(2, 3), (2, 4)}}


def test_a_drawn_accidental_before_a_barline_is_none_of_a_note_behind_it():
    bar = Stroke(9, "barline", ((100, 95), (140, 95)), 1.5)
    before, behind = [[*attach.accidentals([sharp(2, 120, 82)], on_staff(head(1, 120, 104)), SPACE, bars)]
                      for bars in ((), (bar,))]
    assert len(before) == 1 and not behind


def beamed(ids: Sequence[int], left: float, *levels: int) -> list[ChordInk]:
    """Chords under beams of their own, a stem's width apart, each with so many beams."""
    beams = [Stroke(80 + 10 * ids[0] + i, "beam", ((85.0 + 7 * i, left), (85.0 + 7 * i, left + 100)), 5.0)
             for i in range(max(levels))]
    return [replace(chord(id_, left + 30 * i), beams=tuple(beams[:n]))
            for i, (id_, n) in enumerate(zip(ids, levels, strict=True))]


def test_a_drawn_number_stands_over_a_rest_and_the_beam_that_make_it_up() -> None:
    """LilyPond sets the 3 over an eighth rest and two beamed eighths, without a bracket. A quarter of another voice is
    in the column of the rest."""
    rest, other = symbol(30, "rest8th", 100, 70, 20, 10), replace(chord(9, 72), up=False)
    digit = symbol(50, "tuplet3", 75, 103, 12, 7)
    chords = [other, *beamed((1, 2), 108, 1, 1)]
    assert counted([digit], chords, [rest], [], exact=True) == {30, 1, 2}
    assert counted([digit], chords, [rest], []) != {30, 1, 2}


def test_a_drawn_number_at_a_beam_that_makes_it_up_means_no_other_beam() -> None:
    """The second 3 over six sixteenths. Above it are a rest and two beamed sixteenths of the next staff, whose own 3
    has a bracket (Schubert)."""
    own = beamed((0, 1, 2, 3, 4, 5), 100, 2, 2, 2, 2, 2, 2)
    above = [higher(c, 60) for c in beamed((6, 7), 230, 2, 2)]
    rest = symbol(30, "rest16th", 60, 200, 28, 12)
    staff_of = {50: 1, 30: 0, 6: 0, 7: 0, **dict.fromkeys(range(6), 1)}
    edges = tuplets.tuplets([symbol(50, "tuplet3", 75, 228, 12, 7)], [], [*own, *above],
                            attach.Targets([rest], staff_of), staff_of, SPACE, exact=True)
    assert {e.parent for e in edges} == {3, 4, 5}


def test_a_drawn_number_may_count_the_notes_of_two_beams() -> None:
    """A 6 between two groups of three sixteenths, of which the second is on the staff above."""
    chords = [*beamed((0, 1, 2), 100, 2, 2, 2), *(higher(c, 60) for c in beamed((3, 4, 5), 190, 2, 2, 2))]
    staff_of = {50: 1, 0: 1, 1: 1, 2: 1, 3: 0, 4: 0, 5: 0}
    edges = tuplets.tuplets([symbol(50, "tuplet6", 75, 177, 12, 7)], [], chords, NO_RESTS, staff_of, SPACE, exact=True)
    assert {e.parent for e in edges} == set(range(6))


def test_an_eighth_and_two_sixteenths_make_up_a_drawn_two() -> None:
    digit = symbol(50, "tuplet2", 75, 138, 12, 7)
    assert counted([digit], beamed((0, 1, 2), 100, 1, 2, 2), [], [], exact=True) == {0, 1, 2}
    assert len(counted([digit], beamed((0, 1, 2), 100, 2, 2, 2), [], [], exact=True)) < 3  # three alike are no two


def test_a_grace_note_under_a_drawn_bracket_is_none_of_its_tuplet() -> None:
    small = replace(chord(9, 116), heads=(symbol(9, "noteheadBlackSmall", 120, 116, 7, 8),),
                    flags=(symbol(60, "flag8thUpSlash", 90, 128),))
    rest = symbol(30, "rest8th", 110, 100, 20, 10)
    bracket = Stroke(70, "bracket", ((70, 100), (70, 172)), 1.5)
    digit = symbol(50, "tuplet3", 70, 133, 12, 7)
    chords = [small, *beamed((1, 2), 130, 1, 1)]
    hooks = [Stroke(71 + i, "bracket", ((70, x), (80, x)), 1.5) for i, x in enumerate((100.0, 172.0))]
    assert counted([digit], chords, [rest], [bracket, *hooks], exact=True) == {30, 1, 2}


def test_a_drawn_bracket_may_lean() -> None:
    """A bracket by MuseScore over notes of two staves. Its number is between its two pieces."""
    pieces = [Stroke(70, "bracket", ((105, 100), (75, 128)), 1.5), Stroke(71, "bracket", ((65, 140), (35, 190)), 1.5)]
    chords = [chord(i, 100 + 20 * i) for i in range(5)]
    assert counted([symbol(50, "tuplet5", 70, 131, 12, 7)], chords, [], pieces, exact=True) == {0, 1, 2, 3, 4}
