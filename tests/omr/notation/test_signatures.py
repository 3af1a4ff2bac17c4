"""Clefs, key and time signatures on hand-drawn symbols; staff space 10 px, middle line at row 120."""

import numpy as np
import pytest

from omr.notation import signatures
from omr.notation.placing import Placing
from omr.types import Box, Staff, Symbol

STAFF = Staff(index=0, system=0, left=20.0, right=600.0,
              lines=np.repeat((100 + 10.0 * np.arange(5))[:, None], 2, axis=1))
LOWER = Staff(index=1, system=0, left=20.0, right=600.0,
              lines=np.repeat((220 + 10.0 * np.arange(5))[:, None], 2, axis=1))
TREBLE_SHARPS = (4, 1, 5, 2, -1, 3, 0)
"""Positions of F C G D A E B sharp under a treble clef."""
TREBLE_FLATS = (0, 3, -1, 2, -2, 1, -3)
"""Positions of B E A D G C F flat under a treble clef."""


def at(name: str, position: float, left: float, height: float = 28, width: float = 9, id_: int = 0,
       staff: Staff = STAFF) -> Symbol:
    row = staff.row(position, left)
    return Symbol(id_, name, Box(row - height / 2, left, row + height / 2, left + width))


def flat(position: float, left: float, id_: int = 0, staff: Staff = STAFF) -> Symbol:
    """A flat 24 px high, whose belly is at a position."""
    row = staff.row(position, left)
    return Symbol(id_, "accidentalFlat", Box(row - 17, left, row + 7, left + 9))


def clef(left: float = 25, id_: int = 900, staff: Staff = STAFF) -> Symbol:
    return at("gClef", -2, left, 70, 26, id_, staff)


def key(positions: tuple[float, ...], left: float = 55, first_id: int = 0, staff: Staff = STAFF) -> list[Symbol]:
    return [at("accidentalSharp", p, left + 11 * i, id_=first_id + i, staff=staff) for i, p in enumerate(positions)]


def found(marks: list[Symbol], heads: list[Symbol], barlines: list[float],
          staves: tuple[Staff, ...] = (STAFF,), exact: bool = False) -> list[list[int]]:
    def staff(s: Symbol) -> int:
        return int(len(staves) > 1 and s.box.center[0] > 180)

    cols = {s.index: barlines for s in staves}
    staff_of = {s.id: staff(s) for s in [*marks, *heads]}
    runs = signatures.find_keys(Placing(staves), marks, heads, cols, staff_of, exact)
    return [[a.id for a in run] for run in runs]


@pytest.mark.parametrize(("spaces", "opens"), [(0.2, True), (1.3, True), (10.4, False)])
def test_a_clef_opens_its_staff_where_real_ones_do(spaces: float, opens: bool):
    assert STAFF.is_opened_by(clef(20 + 10 * spaces)) == opens


@pytest.mark.parametrize(("name", "position", "height", "line"), [
    ("gClef", -2, 70, 2), ("gClef", -4, 70, 2), ("cClef", 0, 40, 3), ("cClef", 2, 40, 4), ("cClef", -4, 40, 1),
    ("fClef", 1, 32, 4), ("fClef", -1, 32, 3)])
def test_only_c_and_low_f_clefs_move(name: str, position: float, height: float, line: int):
    assert signatures.clef_line(at(name, position, 25, height, 26), STAFF) == line


@pytest.mark.parametrize("count", range(1, 8))
def test_fifths_of_sharps_and_flats(count: int):
    sharps = key(TREBLE_SHARPS[:count])
    flats = [flat(p, 55 + 11 * i) for i, p in enumerate(TREBLE_FLATS[:count])]
    assert signatures.key_fifths(sharps, STAFF, "G", 2) == count
    assert signatures.key_fifths(flats, STAFF, "G", 2) == -count


def test_a_lost_accidental_is_supposed_only_where_the_others_need_it():
    four = TREBLE_SHARPS[:4]
    assert signatures.key_fifths(key((four[0], *four[2:])), STAFF, "G", 2) == 4
    blurred = tuple(p + 0.4 for p in four[:3])
    assert signatures.key_fifths(key(blurred), STAFF, "G", 2) == 3


def test_naturals_alone_are_no_sharps():
    assert signatures.key_fifths([at("accidentalNatural", 4, 55)], STAFF, "G", 2) == 0


def test_a_run_is_a_key_as_far_as_it_follows_the_order_of_fifths():
    assert found([clef(), *key((4, 1, 5))], [], []) == [[0, 1, 2]]
    assert found([clef(), *key((4, 1, -3))], [], []) == [[0, 1]]
    assert found([clef(), *key((4, 1), left=110)], [], []) == []  # too far behind the clef


def test_a_notes_own_accidental_is_no_key():
    head = at("noteheadBlack", 4, 66, 10, 12, 50)
    assert found([clef(), *key((4,))], [head], []) == []
    apart = at("noteheadBlack", 4, 80, 10, 12, 50)
    assert found([clef(), *key((4,))], [apart], []) == [[0]]


def test_in_a_drawing_an_accidental_far_behind_the_clef_is_a_notes():
    assert found([clef(), *key((4,), left=87)], [], []) == [[0]]
    assert found([clef(), *key((4,), left=87)], [], [], exact=True) == []
    assert found([clef(), *key((4,), left=65)], [], [], exact=True) == [[0]]


def test_a_key_changes_on_most_staves_of_a_system():
    upper, lower = key((4, 1), left=308), key((4, 1), left=308, first_id=10, staff=LOWER)
    clefs = [clef(), clef(id_=901, staff=LOWER)]
    assert found([*clefs, *upper, *lower], [], [300.0], (STAFF, LOWER)) == [[0, 1], [10, 11]]
    assert found([*clefs, *upper], [], [300.0], (STAFF, LOWER)) == []


def test_a_key_of_one_sign_changes_on_a_lone_staff_where_such_keys_are_printed():
    sharp, low = key((4,), left=308), key((-3,), left=308)
    assert found([clef(), *sharp], [], [300.0]) == [[0]]
    assert found([clef(), flat(0, 308)], [], [300.0]) == [[0]]
    assert found([clef(), *low], [], [300.0]) == []  # an F sharp in the first space is a note's
    assert found([clef(), at("accidentalNatural", 4, 308)], [], [300.0]) == []
    note = at("noteheadBlack", 4, 320, 10, 12, 50)
    assert found([clef(), *sharp], [note], [300.0]) == []
    further = at("noteheadBlack", 4, 334, 10, 12, 50)
    natural = at("accidentalNatural", 4, 322, id_=60)
    assert found([clef(), *sharp, natural], [further], [300.0]) == [[0]]  # the natural is the note's, not the sharp


def test_a_key_changes_right_before_a_note_with_an_accidental_of_its_own():
    flats = [flat(p, 308 + 11 * i, id_=i) for i, p in enumerate(TREBLE_FLATS[:3])]
    natural = at("accidentalNatural", -4, 343, id_=60)
    head = at("noteheadBlack", -4, 355, 10, 12, 50)
    assert found([clef(), *flats, natural], [head], [300.0]) == [[0, 1, 2]]
    assert found([clef(), *flats, natural], [], [300.0]) == []


def digits(upper: str, lower: str, left: float = 60) -> list[Symbol]:
    return [at(f"timeSig{d}", p, left + 14 * i, 20, 13, id_=10 * p + i)
            for text, p in ((upper, 2), (lower, -2)) for i, d in enumerate(text)]


@pytest.mark.parametrize(("upper", "lower", "time"), [
    ("3", "4", (3, 4, None)), ("12", "8", (12, 8, None)), ("2", "16", (2, 16, None)), ("4", "3", None),
    ("0", "4", None), ("3", "", None), ("41", "4", None)])
def test_digits_make_a_time_signature_that_there_is(upper: str, lower: str, time: tuple | None):
    marks = digits(upper, lower)
    assert signatures.read_time(marks, STAFF) == time
    groups = signatures.find_times(Placing([STAFF]), marks, {m.id: 0 for m in marks})
    assert len(groups) == (time is not None)


@pytest.mark.parametrize(("upper", "lower", "time"), [
    ({60: "3", 82: "2"}, {71: "8"}, (5, 8, "3+2")),  # MuseScore: nine pixels apart
    ({60: "2", 96: "2", 132: "3"}, {96: "8"}, (7, 8, "2+2+3")),  # LilyPond: twenty
    ({60: "1", 73: "2"}, {66: "8"}, (12, 8, None)),
    ({60: "3", 96: "2"}, {60: "4"}, (3, 4, None)),  # of the second one the lower digit was not seen
])
def test_a_sum_of_beats(upper: dict[int, str], lower: dict[int, str], time: tuple):
    marks = [at(f"timeSig{d}", p, left, 20, 13, id_=left + p) for p, half in ((2, upper), (-2, lower))
             for left, d in half.items()]
    groups = signatures.find_times(Placing([STAFF]), marks, {m.id: 0 for m in marks})
    assert [signatures.read_time(group, STAFF) for group in groups] == [time]


def test_two_signatures_side_by_side_are_no_sum():
    marks = [*digits("3", "4"), at("timeSig2", 2, 88, 20, 13, 70), at("timeSig4", -2, 88, 20, 13, 71)]
    groups = signatures.find_times(Placing([STAFF]), marks, {m.id: 0 for m in marks})
    assert [signatures.read_time(g, STAFF) for g in groups] == [(3, 4, None), (2, 4, None)]


def test_a_c_in_one_half_is_a_six():
    """12/16 and 5/16, as the detector saw them in Bravura and Emmentaler."""
    marks = [*digits("12", "1"), at("timeSigCommon", -1.9, 74, 20, 16, 70)]
    assert signatures.read_time(marks, STAFF) == (12, 16, None)
    assert signatures.read_time([m for m in marks if m.id != -20], STAFF) == (12, 16, None)  # its 1 was not seen
    assert signatures.read_time(marks[-1:], STAFF) == (4, 4, "common")  # alone it is one, wherever it stands


def test_letters_are_common_and_cut_time():
    assert signatures.read_time([at("timeSigCommon", 0, 60)], STAFF) == (4, 4, "common")
    assert signatures.read_time([at("timeSigCutCommon", 0, 60)], STAFF) == (2, 2, "cut")


def test_time_signatures_apart_are_two():
    marks = [*digits("3", "4"), at("timeSig2", 2, 300, 20, 13, 70), at("timeSig4", -2, 300, 20, 13, 71)]
    groups = signatures.find_times(Placing([STAFF]), marks, {m.id: 0 for m in marks})
    assert [signatures.read_time(g, STAFF) for g in groups] == [(3, 4, None), (2, 4, None)]


@pytest.mark.parametrize(("left", "is_key"), [(30, True), (70, True), (80, False)])
def test_without_a_clef_a_key_stands_where_the_clef_would(left: float, is_key: bool):
    assert found(key((4, 1), left), [], []) == ([[0, 1]] if is_key else [])


def test_changes_of_key_at_different_places_are_none():
    upper, lower = key((4, 1), left=308), key((4, 1), left=408, first_id=10, staff=LOWER)
    clefs = [clef(), clef(id_=901, staff=LOWER)]
    assert found([*clefs, *upper, *lower], [], [300.0, 400.0], (STAFF, LOWER)) == []


def test_a_lone_flat_on_one_of_two_staves_is_that_of_the_note_behind_it():
    """Another voice's head stands between the flat and its note, so that they are farther apart than usual."""
    clefs = [clef(), clef(id_=901, staff=LOWER)]
    note = at("noteheadHalf", 0, 82, 10, 12, 50)
    assert found([*clefs, flat(0, 60)], [note], [], (STAFF, LOWER)) == []
    assert found([*clefs, flat(0, 60)], [], [], (STAFF, LOWER)) == [[0]]
    both = [flat(0, 60), flat(0, 60, 10, LOWER)]
    assert found([*clefs, *both], [note], [], (STAFF, LOWER)) == [[0], [10]]


def test_a_lone_sharp_on_one_of_two_staves_is_no_key_where_most_systems_have_none():
    """Its note stands farther off than usual, behind the accidental of another note of its chord."""
    def page(systems: int) -> list[list[int]]:
        staves = tuple(Staff(index=i, system=i // 2, left=20.0, right=600.0,
                             lines=np.repeat((100 + 120 * i + 10.0 * np.arange(5))[:, None], 2, axis=1))
                       for i in range(2 * systems))
        marks = [clef(id_=900 + s.index, staff=s) for s in staves] + key((4,), staff=staves[0])
        staff_of = {m.id: m.id - 900 if m.id >= 900 else 0 for m in marks}
        runs = signatures.find_keys(Placing(staves), marks, [], {s.index: [] for s in staves}, staff_of)
        return [[a.id for a in run] for run in runs]

    assert page(2) == [[0]]
    assert page(3) == []


def test_in_a_drawing_a_key_may_stand_before_a_repeat_sign():
    head = at("noteheadBlack", 0, 200, 10, 12, 50)
    marks = [clef(), *key((4,), left=240)]
    both = [*marks, clef(id_=901, staff=LOWER), *key((4,), left=240, first_id=10, staff=LOWER)]
    assert found(both, [head], [270.0], (STAFF, LOWER), exact=True) == [[0], [10]]
    assert found(both, [head], [270.0], (STAFF, LOWER)) == []
    assert found(marks, [head], [270.0], (STAFF, LOWER), exact=True) == []  # one staff alone has a note's


def test_on_two_staves_a_change_of_key_may_stand_right_before_a_notes_accidental():
    """A sharp on both staves behind a barline; on the upper one a natural of the first note follows it."""
    head = at("noteheadBlack", 4, 279, 10, 12, 50)
    natural = at("accidentalNatural", 4, 266, id_=40)
    both = [clef(), *key((4,), left=252), natural, clef(id_=901, staff=LOWER),
            *key((4,), left=252, first_id=10, staff=LOWER)]
    assert found(both, [head], [250.0], (STAFF, LOWER), exact=True) == [[0], [10]]
    assert found(both, [head], [250.0], (STAFF, LOWER)) == [[0], [10]]
    other = [at("accidentalNatural", 1, 266, id_=41) if m is natural else m for m in both]
    low = at("noteheadBlack", 1, 279, 10, 12, 51)
    assert found(other, [low], [250.0], (STAFF, LOWER)) == [[0], [10]]
    assert found(other, [low, head], [250.0], (STAFF, LOWER)) == []  # sharp and natural are those of one chord


@pytest.mark.parametrize(("row", "other", "is_key"), [(4, (), False), (2, (), True), (4, (4,), True)])
def test_a_lone_accidental_that_begins_a_drawn_staff_may_be_a_notes(
        row: float, other: tuple[float, ...], is_key: bool) -> None:
    """MuseScore 3 sets the sharp of a chord 1.7 spaces before its head, as those of a lower voice stand between; the
    same sharp on the other staff makes both a key."""
    head = at("noteheadBlack", row, 86, 10, 12, 40)
    marks = [clef(), clef(staff=LOWER, id_=901), *key((4,), left=60), *key(other, left=60, first_id=10, staff=LOWER)]
    keys = found(marks, [head], [], (STAFF, LOWER), exact=True)
    assert keys == ([[0]] if is_key else []) + ([[10]] if other else [])


def test_what_stands_on_drawn_ledger_lines_is_no_key() -> None:
    """A flat of a chord that begins a staff, above its first ledger line, on the step of a key signature's first
    flat."""
    assert found([clef(), flat(7, 55)], [], [], exact=True) == []
    assert found([clef(), flat(0, 55)], [], [], exact=True) == [[0]]


def test_two_accidentals_that_begin_one_drawn_staff_may_be_a_chords() -> None:
    """Each has a notehead at its height, and the other staff has no key."""
    heads = [at("noteheadBlack", row, 92, 10, 12, 40 + i) for i, row in enumerate((4, 1))]
    marks = [clef(), clef(staff=LOWER, id_=901), *key((4, 1), left=60)]
    assert found(marks, heads, [], (STAFF, LOWER), exact=True) == []
    assert found(marks, heads[1:], [], (STAFF, LOWER), exact=True) == [[0, 1]]
