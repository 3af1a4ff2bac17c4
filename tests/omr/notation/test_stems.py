"""Stems, flags and beams on hand-drawn strokes, staff space 10 px."""

from dataclasses import replace
from itertools import count

import pytest

from omr.notation import stems, tips
from omr.notation.chords import ChordInk
from omr.types import Box, Stroke, Symbol

SPACE = 10.0


def head(id_: int, row: float, left: float, name: str = "noteheadBlack") -> Symbol:
    """A head 12 px wide and 10 px high about a row."""
    return Symbol(id_, name, Box(row - 5, left, row + 5, left + 12))


def stem(id_: int, top: float, bottom: float, col: float) -> Stroke:
    return Stroke(id_, "stem", ((top, col), (bottom, col)), 1.2)


def beam(id_: int, row: float, left: float, right: float, thick: float = 5.0, end: float | None = None) -> Stroke:
    return Stroke(id_, "beam", ((row, left), (row if end is None else end, right)), thick)


def chord_up(id_: int, row: float, left: float, name: str = "noteheadBlack") -> ChordInk:
    """One head on a stem that rises 35 px above its middle."""
    return ChordInk((head(id_, row, left, name),), stem(id_ + 500, row - 35, row, left + 12), True)


@pytest.mark.parametrize(("gap", "aside", "one"), [(8, 0, True), (12, 0, False), (8, 4, False), (-15, 0, True)])
def test_pieces_of_a_stem_are_one_where_they_are_close_and_in_line(gap: float, aside: float, one: bool):
    pieces = [stem(1, 100, 120, 50), stem(2, 120 + gap, 140 + gap, 50 + aside)]
    mended = stems.mend_stems(reversed(pieces), SPACE)
    assert len(mended) == (1 if one else 2)
    if one:
        assert (mended[0].id, mended[0].points) == (1, ((100, 50), (140 + gap, 50)))


@pytest.mark.parametrize(("end", "one"), [(163, True), (190, False)])
def test_a_piece_that_lies_in_a_stem_is_no_other_stem(end: float, one: bool):
    """The stem was drawn out by its ink over a piece that the detector saw as well."""
    mended = stems.mend_stems([stem(1, 100, 160, 50), stem(2, 130, end, 50)], SPACE)
    assert len(mended) == (1 if one else 2)


@pytest.mark.parametrize(("stem_at", "up"), [((70, 99, 62), True), ((101, 130, 50), False)])
def test_a_stem_at_the_right_edge_rises_and_one_at_the_left_hangs(stem_at: tuple[float, float, float], up: bool):
    (chord,) = stems.make_chords([head(1, 100, 50)], [stem(2, *stem_at)], SPACE, count(900))
    assert (chord.up, chord.tip) == (up, (stem_at[0] if up else stem_at[1], stem_at[2]))


@pytest.mark.parametrize(("off", "held"), [(0.4, True), (0.6, False)])
def test_a_stem_stands_half_a_space_from_its_head_at_most(off: float, held: bool):
    (chord,) = stems.make_chords([head(1, 100, 50)], [stem(2, 65, 99, 62 + off * SPACE)], SPACE, count(900))
    assert (chord.stem is not None) == held


def test_a_whole_note_beside_a_stem_has_none():
    made = stems.make_chords([head(1, 100, 50, "noteheadWhole")], [stem(2, 65, 99, 62)], SPACE, count(900))
    assert [c.stem for c in made] == [None]


def test_a_head_stands_on_its_own_stem_not_on_one_that_passes_by():
    """Octaves in turn, close together: the stem of the next head touches the right edge of this one."""
    low, high = head(1, 150, 50), head(2, 110, 62)
    chords = stems.make_chords([low, high], [stem(4, 110, 180, 62), stem(3, 148, 180, 50)], SPACE, count(900))
    assert {(c.heads, c.stem.id) for c in chords if c.stem is not None} == {((low,), 3), ((high,), 4)}


def test_stems_end_to_end_are_cut_between_their_heads():
    """An upper note hangs at the left of a line, a lower one rises at its right: heads at both ends, 6 spaces apart."""
    upper, lower = stems.make_chords([head(1, 100, 62), head(2, 160, 50)], [stem(9, 100, 160, 62)], SPACE, count(900))
    assert [(c.heads[0].id, c.up) for c in (upper, lower)] == [(1, False), (2, True)]
    assert upper.stem is not None and lower.stem is not None
    assert (upper.stem.id, lower.stem.id) == (9, 900) and upper.tip == lower.tip == (130, 62)


def test_a_head_under_a_stem_cut_short_joins_its_chord():
    found = stems.make_chords([head(1, 100, 50), head(2, 125, 50)], [stem(9, 65, 102, 62)], SPACE, count(900))
    assert [tuple(h.id for h in c.heads) for c in found] == [(1, 2)]


@pytest.mark.parametrize(("end", "whole"), [(826, True), (814, False)])
def test_a_short_stem_goes_on_in_a_stroke_without_heads(end: float, whole: bool):
    """Mozart, K. 284, variation 10, measure 11: an accidental hides the middle of a stem 7 spaces long. A stem that is
    long enough by itself is not continued."""
    low = Symbol(1, "noteheadBlack", Box(845, 206, 856, 218))
    (chord,) = stems.make_chords([low], [stem(2, 780, 806, 217), stem(3, end, 850, 217)], SPACE, count(900))
    assert chord.up and chord.tip == (780 if whole else end, 217)


@pytest.mark.parametrize(("row", "held"), [(1737.7, True), (1745.0, False)])
def test_a_head_without_a_stem_has_the_stroke_without_heads_over_it(row: float, held: bool):
    """Mozart, K. 311, first movement, measure 82: between the two is a ledger line."""
    (chord,) = stems.make_chords([head(1, row, 778)], [stem(2, 1674, 1722, 790)], SPACE, count(900))
    assert (chord.stem is not None) == held


@pytest.mark.parametrize(("other", "apart"), [
    ((907, 317), True),  # lower than the head left of the stem: the next note
    ((894, 317), False),  # a second's upper head
    ((902, 317), False),  # one pitch of two voices
])
def test_a_head_on_the_wrong_side_of_a_stem_is_the_next_note_under_a_beam(other: tuple[float, float], apart: bool):
    """Mozart, K. 311, first movement, measure 67: a B and the A after it, whose stem was not seen."""
    chord = ChordInk((head(1, 902, 301), head(2, *other)), stem(3, 868, 900, 313), True)
    beams = [beam(10, 868, 296, 354)]
    found = tips.with_beams([chord], beams, SPACE, count(900))
    assert [[h.id for h in c.heads] for c in found] == ([[1], [2]] if apart else [[1, 2]])
    assert all(c.beams for c in found)


def test_a_flag_belongs_to_the_stem_whose_tip_it_hangs_on():
    near, far = chord_up(1, 100, 50), chord_up(2, 100, 75)
    flag = Symbol(3, "flag8thUp", Box(65, 62, 85, 70))
    found = tips.with_flags([near, far], [flag], SPACE)
    assert [len(c.flags) for c in found] == [1, 0] and near.flags == ()


def test_a_flag_keeps_its_note_when_the_stem_is_lost():
    flag = Symbol(3, "flag8thUp", Box(70, 62, 90, 70))
    assert len(tips.with_flags([ChordInk((head(1, 100, 50),))], [flag], SPACE)[0].flags) == 1
    assert not tips.with_flags([ChordInk((head(1, 100, 50, "noteheadWhole"),))], [flag], SPACE)[0].flags


def test_beams_are_counted_inwards_and_far_ones_left_out():
    chords = [chord_up(1, 100, 50), chord_up(2, 100, 90)]
    near = [beam(i, 65 + 7.5 * k, 62, 102) for i, k in ((11, 1), (10, 0))]
    found = tips.with_beams(chords, [*near, beam(12, 40, 62, 102)], SPACE, count(900))
    assert [[b.id for b in c.beams] for c in found] == [[10, 11], [10, 11]]


def test_beams_set_wide_are_counted():
    """12 px apart, as in Mozart, K. 284, variation 12."""
    found = tips.with_beams([chord_up(1, 110, 50)], [beam(10, 75, 40, 102), beam(11, 87, 40, 102)], SPACE, count(900))
    assert [b.id for b in found[0].beams] == [10, 11]


def test_the_short_beam_of_a_slanted_group_may_be_seen_level():
    """Mozart, K. 284, variation 13, measure 32: a short beam 23 px long, seen level beside a beam that falls."""
    short = beam(11, 73, 79, 102)
    (chord,) = tips.with_beams([chord_up(1, 100, 90)], [beam(10, 59, 62, 102, end=65), short], SPACE, count(900))
    assert [b.id for b in chord.beams] == [10, 11]


@pytest.mark.parametrize(("end", "own"), [(66, [10, 11]), (77, [10])])
def test_a_beam_that_crosses_another_is_of_another_group(end: float, own: list[int]):
    chords = [chord_up(1, 100, 50), chord_up(2, 100, 90)]
    beams = [beam(10, 65, 62, 102), beam(11, 72, 62, 102, end=end + 7)]
    found = tips.with_beams(chords[:1], beams, SPACE, count(900))
    assert [b.id for b in found[0].beams] == own


def test_a_half_note_shares_no_beam_with_quarter_notes():
    chords = [chord_up(1, 100, 50, "noteheadHalf"), chord_up(2, 100, 90)]
    found = tips.with_beams(chords, [beam(10, 65, 62, 102)], SPACE, count(900))
    assert [len(c.beams) for c in found] == [0, 1]
    pair = tips.with_beams([chords[0], chord_up(2, 100, 90, "noteheadHalf")], [beam(10, 65, 62, 102)], SPACE,
                            count(900))
    assert [len(c.beams) for c in pair] == [1, 1]  # a tremolo


@pytest.mark.parametrize(("tip", "is_shared", "beamed"), [(65, True, True), (65, False, False), (75, True, False)])
def test_a_hollow_head_that_two_voices_share_may_stand_under_a_beam(tip: float, is_shared: bool, beamed: bool):
    """The beamed voice's stem rises to the beam, the other's hangs down. A beam within its length is another's."""
    hollow = head(1, 100, 50, "noteheadHalf")
    rising = ChordInk((hollow,), stem(501, tip, 100, 62), True)
    hanging = [ChordInk((hollow,), stem(502, 100, 135, 50), False)] if is_shared else []
    found = tips.with_beams([rising, chord_up(2, 100, 90), *hanging], [beam(10, 65, 62, 102)], SPACE, count(900))
    assert [len(c.beams) for c in found[:2]] == [beamed, 1]


@pytest.mark.parametrize("exact", [True, False])
def test_a_drawn_hollow_head_of_its_own_may_stand_under_the_beam_of_filled_ones(exact: bool):
    """Verovio prints a half note of one voice and an eighth of the other side by side with two hollow heads, where the
    encoding has them so."""
    chords = [chord_up(1, 100, 50, "noteheadHalf"), chord_up(2, 100, 90)]
    found = tips.with_beams(chords, [beam(10, 65, 62, 102)], SPACE, count(900), exact)
    assert [len(c.beams) for c in found] == [exact, 1]
    same_stem = ChordInk((head(3, 80, 50),), stem(504, 65, 100, 62), True)  # a filled head on the stem has the beam
    found = tips.with_beams([*chords, same_stem], [beam(10, 65, 62, 102)], SPACE, count(900), exact)
    assert [len(c.beams) for c in found] == [0, 1, 1]


def test_a_beam_back_to_back_with_another_belongs_to_its_own_stems():
    """Notes that hang from an upper beam's line and notes that rise to a lower beam, 8 px apart."""
    rising = [chord_up(1, 100, 50), chord_up(2, 100, 90)]
    hanging = [ChordInk((head(i, 22, left),), stem(i + 500, 22, 57, left), False) for i, left in ((3, 62), (4, 102))]
    found = tips.with_beams([*rising, *hanging], [beam(10, 65, 60, 104), beam(11, 57, 60, 104)], SPACE, count(900))
    assert [[b.id for b in c.beams] for c in found] == [[10], [10], [11], [11]]


@pytest.mark.parametrize(("left", "beams"), [(458, [10, 11]), (446, [10])], ids=["as long", "longer"])
def test_a_stem_that_ends_in_the_first_beam_of_a_group_on_both_sides_of_it_has_all_its_beams(
    left: float, beams: list[int],
) -> None:
    """Beethoven, op. 2 no. 2, first movement, measure 86: two notes rise to both beams, one hangs to the upper."""
    rising = [ChordInk((head(i, row, col - 12),), stem(i + 500, top, row, col), True)
              for i, row, top, col in ((1, 229, 182, 458), (2, 228, 184, 495))]
    hanging = ChordInk((head(3, 145, 473),), stem(503, 146, 190, 473), False)
    lines = [beam(10, 189.2, 458, 496), beam(11, 197.5, left, 496)]
    found = tips.with_beams([*rising, hanging], lines, SPACE, count(900))
    assert [sorted(b.id for b in c.beams) for c in found] == [[10, 11], [10, 11], beams]


def test_a_stem_of_the_lower_staff_that_reaches_a_beam_in_a_column_of_it_is_not_of_its_group():
    """Mozart, K. 284, third movement, variation 7, page 1: a quarter rises to the beams of three sixteenths."""
    hanging = [ChordInk((head(i, 80, col),), stem(i + 500, 81, tip, col), False)
               for i, col, tip in ((1, 1060, 126.4), (2, 1077, 124.0), (3, 1092, 125.5))]
    rising = ChordInk((head(4, 155, 1048),), stem(504, 126.4, 155, 1060), True)
    lines = [beam(10, 114.5, 1060, 1092), beam(11, 123.7, 1062, 1094)]
    found = tips.with_beams([*hanging, rising], lines, SPACE, count(900))
    assert [len(c.beams) for c in found][:3] == [2, 2, 2] and 10 not in {b.id for b in found[3].beams}


def test_the_inner_beams_of_stems_that_hang_are_not_of_a_stem_that_rises_below_them():
    """Beethoven, op. 101, last movement, measure 39: sixteenths hang from the upper staff, over a quarter that rises
    from the lower one."""
    hanging = [ChordInk((head(i, 6, left),), stem(i + 500, 6, 42, left), False) for i, left in ((3, 62), (4, 102))]
    beams = [beam(10, 40, 60, 104), beam(11, 31, 60, 104)]
    found = tips.with_beams([*hanging, chord_up(1, 88, 50)], beams, SPACE, count(900))
    assert [[b.id for b in c.beams] for c in found] == [[10, 11], [10, 11], []]


@pytest.mark.parametrize(("row", "drawn"), [(100, True), (75, False), (130, False)])
def test_a_lost_stem_is_drawn_at_a_length_it_can_have(row: float, drawn: bool):
    (chord,) = tips.with_beams([ChordInk((head(1, row, 50),))], [beam(10, 65, 40, 102)], SPACE, count(900))
    assert (chord.stem is not None) == drawn
    if drawn:
        assert chord.stem is not None and (chord.stem.id, chord.up, chord.tip) == (900, True, (65, 62))


@pytest.mark.parametrize(("flags", "found"), [((), True), ((Symbol(3, "flag8thUp", Box(65, 62, 85, 70)),), False)])
def test_a_stem_cut_short_reaches_for_its_beam_unless_it_has_a_flag(flags: tuple[Symbol, ...], found: bool):
    chord = replace(chord_up(1, 100, 50), flags=flags)
    (beamed,) = tips.with_beams([chord], [beam(10, 45, 40, 102)], SPACE, count(900))
    assert bool(beamed.beams) == found


def test_a_displaced_head_of_a_second_does_not_turn_its_stem():
    """The stem rises from two heads, the upper one at its right."""
    heads = [head(1, 100, 50), head(2, 95, 62)]
    (chord,) = stems.make_chords(heads, [stem(9, 60, 100, 62)], SPACE, count(900))
    assert chord.up and [h.id for h in chord.heads] == [2, 1]


@pytest.mark.parametrize(("begins", "shared"), [(107.0, False), (102.0, True)])
def test_a_stem_that_passes_the_other_voices_head_does_not_share_it(begins: float, shared: bool):
    # Two voices a third apart: the upper stem rises at the right, the lower one hangs at the left.
    upper, lower = head(1, 100, 50), head(2, 110, 50)
    made = stems.make_chords([upper, lower], [stem(3, 65, 100, 62), stem(4, begins, 145, 50)], SPACE, count(900))
    (hanging,) = [c for c in made if c.up is False]
    assert {h.id for h in hanging.heads} == ({1, 2} if shared else {2})


def test_two_drawn_stems_over_one_another_are_those_of_two_voices():
    """A quarter note over two eighths, all stems up: the eighth's beam passes the quarter's stem."""
    quarter, eighth, last = head(1, 100, 50), head(2, 120, 50), head(3, 115, 90)
    drawn = stems.mend_stems([stem(7, 68, 98, 62), stem(8, 90, 118, 62), stem(9, 90, 113, 102)], SPACE, exact=True)
    made = stems.make_chords([quarter, eighth, last], drawn, SPACE, count(900), exact=True)
    beamed = tips.with_beams(made, [beam(10, 92.5, 62, 102)], SPACE, count(900), exact=True)
    assert {c.heads: len(c.beams) for c in beamed} == {(quarter,): 0, (eighth,): 1, (last,): 1}


def test_a_drawn_stem_beside_a_grace_note_is_that_of_the_next_head():
    grace, full = Symbol(1, "noteheadBlackSmall", Box(96.5, 40.6, 103.5, 49)), head(2, 100, 50)
    own, other = stem(7, 64, 132, 41), stem(8, 64, 132, 50)
    chords = stems.make_chords([grace, full], [own, other], SPACE, count(900), exact=True)
    assert {(c.heads, c.stem.id) for c in chords if c.stem is not None} == {((grace,), 7), ((full,), 8)}


def test_drawn_beams_that_overlap_are_those_of_two_voices():
    found = tips.with_beams([chord_up(1, 100, 50), chord_up(2, 100, 90)],
                             [beam(10, 67.5, 62, 102), beam(11, 70, 62, 102), beam(12, 75, 62, 102)], SPACE, count(900),
                             exact=True)
    assert [[b.id for b in c.beams] for c in found] == [[10, 12], [10, 12]]


def test_a_drawn_beam_far_beyond_a_stem_says_nothing_of_it():
    """One beam for a note that hangs and one that rises; a low note under it rises to nothing."""
    hanging = ChordInk((head(1, 60, 50),), stem(501, 60, 95, 50), False)
    rising, low = chord_up(2, 130, 78), chord_up(3, 149, 50)
    found = tips.with_beams([hanging, rising, low], [beam(10, 95, 50, 90)], SPACE, count(900), exact=True)
    assert [[b.id for b in c.beams] for c in found] == [[10], [10], []]


@pytest.mark.parametrize("exact", [True, False])
def test_a_grace_note_with_a_flag_is_under_no_beam(exact: bool):
    grace = replace(chord_up(2, 103, 70, "noteheadBlackSmall"), flags=(Symbol(9, "flag8thUp", Box(68, 82, 88, 90)),))
    found = tips.with_beams([chord_up(1, 100, 50), grace, chord_up(3, 100, 100)], [beam(10, 67.5, 62, 112)], SPACE,
                             count(900), exact=exact)
    assert [len(c.beams) for c in found] == [1, 0, 1]


def test_drawn_grace_notes_have_the_beam_that_begins_and_ends_at_their_stems():
    graces = [chord_up(2, 101, 70, "noteheadBlackSmall"), chord_up(3, 102, 82, "noteheadBlackSmall")]
    found = tips.with_beams(
        [chord_up(1, 100, 50), *graces, chord_up(4, 100, 100)],
        [beam(10, 65.5, 62, 112), beam(11, 65.2, 82, 94, end=67), beam(12, 71.2, 82, 94, end=73)], SPACE, count(900),
        exact=True)
    assert [sorted(b.id for b in c.beams) for c in found] == [[10], [11, 12], [11, 12], [10]]


def test_a_drawn_stem_close_beside_that_of_a_beam_is_a_third_voices():
    """A quarter note an octave lower, whose stem ends a pixel beyond the beam."""
    def hanging(id_: int, row: float, left: float, tip: float) -> ChordInk:
        return ChordInk((head(id_, row, left),), stem(id_ + 500, row, tip, left), False)

    eighths = [hanging(i, 100, 50 + 20 * i, 139) for i in range(4)]
    found = tips.with_beams([*eighths, hanging(9, 116, 53, 140)], [beam(20, 137.5, 49.5, 110.5)], SPACE, count(900),
                             exact=True)
    assert [len(c.beams) for c in found] == [1, 1, 1, 1, 0]


def test_drawn_beams_end_at_their_stems_and_may_be_close_to_a_head():
    """Two groups half a space apart; the last stem of the first is so short that its inner beam touches the head."""
    first, last = chord_up(1, 100, 50), ChordInk((head(2, 77.5, 90),), stem(502, 65, 77.5, 102), True)
    other = ChordInk((head(3, 60, 107),), stem(503, 60, 77, 107), False)
    found = tips.with_beams([first, last, other], [beam(10, 66, 62, 102), beam(11, 73.5, 62, 102),
                                                    beam(12, 75, 106.5, 160)], SPACE, count(900), exact=True)
    assert [[b.id for b in c.beams] for c in found] == [[10, 11], [10, 11], [12]]


@pytest.mark.parametrize(("score", "tip", "filled"), [
    (0.6, 65, True), (0.93, 65, True), (0.97, 65, False), (0.6, 80, False)])
def test_a_hollow_head_whose_stem_ends_in_a_beam_of_filled_ones_is_one_of_them(
    score: float, tip: float, filled: bool
):
    hollow = replace(head(1, 100, 50, "noteheadHalf"), score=score)
    broken = ChordInk((hollow,), stem(501, tip, 100, 62), True)
    found, *_ = tips.with_beams([broken, chord_up(2, 100, 90)], [beam(10, 65, 62, 102)], SPACE, count(900))
    assert (found.heads[0].name, len(found.beams)) == (("noteheadBlack", 1) if filled else ("noteheadHalf", 0))


def test_between_notes_of_a_beam_even_a_sure_hollow_head_is_one_of_them():
    """Such are the open diamonds of harmonics."""
    group = [chord_up(2, 100, 20), chord_up(1, 100, 55, "noteheadHalf"), chord_up(3, 100, 90)]
    found = tips.with_beams(group, [beam(10, 65, 32, 102)], SPACE, count(900))
    assert [(c.heads[0].name, len(c.beams)) for c in found] == [("noteheadBlack", 1)] * 3


def test_a_sure_hollow_head_is_that_of_another_voice_beside_a_note_of_the_beam():
    half = ChordInk((head(1, 100, 46, "noteheadHalf"),), stem(501, 65, 100, 58), True)
    group = [chord_up(2, 100, 50), chord_up(3, 100, 90)]
    found, *_ = tips.with_beams([half, *group], [beam(10, 65, 57, 102)], SPACE, count(900))
    assert (found.heads[0].name, found.beams) == ("noteheadHalf", ())


def test_an_unsure_hollow_head_among_the_filled_ones_of_its_chord_is_filled():
    heads = (head(1, 80, 50), replace(head(2, 100, 50, "noteheadHalf"), score=0.5))
    found, = tips.filled_in_company([ChordInk(heads, stem(501, 45, 100, 62), True)], SPACE)
    assert [h.name for h in found.heads] == ["noteheadBlack"] * 2


def test_an_unsure_hollow_head_without_a_stem_gets_that_of_the_beam_over_it():
    hollow = replace(head(1, 100, 50, "noteheadHalf"), score=0.6)
    found, = tips.with_beams([ChordInk((hollow,))], [beam(10, 65, 40, 102)], SPACE, count(900))
    assert found.heads[0].name == "noteheadBlack" and found.stem is not None
    sure, = tips.with_beams([ChordInk((replace(hollow, score=0.99),))], [beam(10, 65, 40, 102)], SPACE, count(900))
    assert sure.heads[0].name == "noteheadHalf" and sure.stem is None


def test_a_drawn_stem_has_the_heads_at_its_very_edge():
    """A filled second beside a hollow chord, as Verovio sets them: its stem is a quarter of a space from the chord's
    lower head, whose own stem reaches farther up."""
    upper, lower, filled = head(1, 104, 50, "noteheadHalf"), head(2, 129, 50, "noteheadHalf"), head(3, 109, 64.5)
    hollow, other = stem(7, 105, 154, 50.5), stem(8, 111, 138, 64.5)
    made = stems.make_chords([upper, lower, filled], [hollow, other], SPACE, count(900), exact=True)
    assert {(c.heads, c.stem.id) for c in made if c.stem is not None} == {((upper, lower), 7), ((filled,), 8)}


def test_a_drawn_stem_between_a_filled_and_a_hollow_head_is_that_of_two_voices():
    filled, hollow = head(1, 100, 50), head(2, 100, 62, "noteheadHalf")
    made = stems.make_chords([filled, hollow], [stem(7, 70, 99, 62)], SPACE, count(900), exact=True)
    assert sorted([h.id for h in c.heads] for c in made) == [[1], [2]]
    assert all(c.up and c.stem is not None for c in made) and made[0].stem != made[1].stem


def test_two_drawn_stems_of_one_direction_at_a_head_drawn_twice_are_of_a_head_each():
    """The shorter one ends at a beam of its own, which the longer one passes."""
    own, twin, high, low = head(1, 130, 50), head(9, 130, 50), head(2, 120, 80), head(3, 60, 80)
    drawn = [stem(7, 78, 129, 62), stem(8, 88, 129, 62), stem(5, 93, 119, 92), stem(6, 61, 74, 80)]
    made = stems.make_chords([own, high, low], drawn, SPACE, count(900), {1: twin}, exact=True)
    found = tips.with_beams(made, [beam(10, 90.5, 62, 92, end=95.5), beam(11, 79.5, 62, 80, end=75)], SPACE, count(900),
                            exact=True)
    assert {c.heads[0].id: [b.id for b in c.beams] for c in found} == {1: [11], 9: [10], 2: [10], 3: [11]}


def test_of_three_drawn_stems_in_one_place_the_two_that_end_elsewhere_have_no_beam():
    """A half note and a quarter note over and under the first of a group of eighths."""
    eighths = [chord_up(i, 100, 50 + 20 * i) for i in range(4)]
    half = ChordInk((head(8, 75, 50, "noteheadHalf"),), stem(508, 45, 75, 62), True)
    quarter = ChordInk((head(9, 110, 50),), stem(509, 71, 110, 61.7), True)
    found = tips.with_beams([half, *eighths, quarter], [beam(20, 65, 62, 122)], SPACE, count(900), exact=True)
    assert [len(c.beams) for c in found] == [0, 1, 1, 1, 1, 0]


@pytest.mark.parametrize(("top", "is_beamed"), [(60, True), (70, True), (74, False)])
def test_a_chord_has_beams_or_flags(top: float, is_beamed: bool):
    """A flag over a beam is the beam's ink; one beside it is a flag, and the beam is that of other notes."""
    flag = Symbol(3, "flag8thUp", Box(top, 62, top + 20, 70))
    chord = replace(chord_up(1, 100, 50), flags=(flag,))
    (found,) = tips.with_beams([chord], [beam(4, 65, 62, 120)], SPACE, count(900))
    assert (len(found.beams), len(found.flags)) == ((1, 0) if is_beamed else (0, 1))


@pytest.mark.parametrize(("flag", "score", "filled"), [(0.95, 0.8, True), (0.6, 0.8, False), (0.97, 0.95, False)])
def test_an_unsure_hollow_head_with_a_surer_flag_is_filled(flag: float, score: float, filled: bool):
    hollow = replace(head(1, 100, 50, "noteheadHalf"), score=score)
    hanging = Symbol(7, "flag8thUp", Box(65, 62, 90, 70), flag)
    chord = ChordInk((hollow,), stem(501, 65, 100, 62), True, (hanging,))
    found, = tips.with_beams([chord], [], SPACE, count(900))
    assert found.heads[0].name == ("noteheadBlack" if filled else "noteheadHalf")


@pytest.mark.parametrize(("small", "stems_found"), [("noteheadBlackSmall", 2), ("noteheadBlack", 1)])
def test_a_grace_notes_stem_and_that_of_the_next_note_are_two(small: str, stems_found: int):
    """One stem goes up from the grace note. The other one, in line with it, goes down from the note a second above."""
    made = stems.make_chords([head(1, 100, 38, small), head(2, 95, 50)], [stem(9, 80, 130, 50)], SPACE, count(900))
    assert len(made) == stems_found
    if stems_found == 2:
        assert [(c.heads[0].id, c.up) for c in made] == [(1, True), (2, False)]


@pytest.mark.parametrize(("score", "row", "chords"), [(0.95, 60, 2), (0.8, 60, 1), (0.95, 85, 1)])
def test_surely_hollow_heads_over_filled_ones_are_another_voice(score: float, row: float, chords: int):
    """Violins hold the upper note of a chord. A notehead between filled ones is filled, too."""
    hollow = replace(head(1, row, 50, "noteheadHalf"), score=score)
    made = stems.make_chords(
        [hollow, head(2, 75, 50), head(3, 95, 50)], [stem(9, 30, 95, 62)], SPACE, count(900))
    assert [len(c.heads) for c in made] == ([2, 1] if chords == 2 else [3])


def test_a_drawn_stem_has_the_head_at_its_end_and_none_beyond_it():
    """Two voices whose stems both point up, almost in one line, as MuseScore sets them: eighths with four noteheads
    over a half note, whose short stem ends beside the second in the eighth, on the other side of both (Bridge)."""
    def wide(id_: int, row: float, left: float, name: str = "noteheadBlack") -> Symbol:
        return Symbol(id_, name, Box(row - 5.5, left, row + 5.5, left + 13))

    eighth = [wide(1, 342, 672.1), wide(2, 357, 672.1), wide(3, 377, 672.1), wide(4, 352, 684.5)]
    half = wide(5, 387, 672.1, "noteheadHalf")
    made = stems.make_chords([*eighth, half], [stem(7, 314.5, 375.2, 684.6), stem(8, 355.8, 385.5, 684.9)], SPACE,
                             count(900), exact=True)
    assert {c.stem.id: sorted(h.id for h in c.heads) for c in made if c.stem is not None} == {7: [1, 2, 3, 4], 8: [5]}
