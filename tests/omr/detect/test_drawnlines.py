"""What the lines of a drawn page are, by where they stand. Staff space 10 px."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from omr.detect.drawnlines import LineReader
from omr.detect.pieces import Line, Ruled, Shape

STAFF = Ruled((100, 110, 120, 130, 140), 50, 500, 1, ())


def line(a: tuple[float, float], b: tuple[float, float], thickness: float = 1.0, is_filled: bool = False) -> Line:
    return Line(a, b, thickness, 0, is_filled=is_filled)


def kinds(lines: list[Line], heads: list[tuple[float, float]]) -> Counter[str]:
    """How many strokes of each kind are read of lines. heads: (x, y) of their middles."""
    boxes = np.array([(x - 6, y - 5, x + 6, y + 5) for x, y in heads], float).reshape(-1, 4)
    return Counter(kind for kind, _, _ in LineReader([STAFF], boxes, np.zeros((0, 4))).read(lines, (), ()).strokes)


def test_a_bracket_in_the_row_of_a_ledger_line_is_none() -> None:
    """A head of the next staff stands under it, as one that needs a ledger line would."""
    piece, hook = line((200, 150), (220, 150)), line((200, 142), (200, 150))
    assert kinds([piece], [(210, 170)]) == {"ledgerLine": 1}
    assert kinds([piece, hook], [(210, 170)]) == {"bracket": 2}


def test_a_beam_that_ends_before_two_stems_is_of_a_tremolo() -> None:
    stems = [line((206, 100), (206, 135)), line((246, 95), (246, 130))]
    heads = [(200, 135), (240, 130)]
    between = line((212, 112), (240, 108), 5, is_filled=True)
    assert kinds([*stems, between], heads) == {"stem": 2, "beam": 1}
    assert kinds([stems[0], between], heads[:1]) == {"stem": 1}
    above = line((212, 62), (240, 58), 5, is_filled=True)
    assert kinds([*stems, above], heads) == {"stem": 2}


@pytest.mark.parametrize("thickness", [1.6, 3.4])
def test_a_ledger_line_reaches_over_its_head_however_thick_it_is(thickness: float) -> None:
    stem = line((200.5, 80), (200.5, 115))
    ledgers = [line((195, row), (218, row), thickness) for row in (90, 80)]
    assert kinds([stem, *ledgers], [(206, 80)]) == {"stem": 1, "ledgerLine": 2}


def test_a_thin_beam_over_a_head_ends_at_its_stems() -> None:
    stems = [line((x + 6, 90), (x + 6, row)) for x, row in ((206, 124), (236, 114), (266, 124))]
    beam = line((212, 90), (272, 90), 3.0)
    assert kinds([*stems, beam], [(206, 125), (236, 115), (266, 125)]) == {"stem": 3, "beam": 1}


def test_a_beam_in_pieces_from_stem_to_stem_is_one() -> None:
    """Verovio draws them so; a piece between two stems that touches neither would be a tremolo's."""
    stems = [line((x + 6, 80), (x + 6, 114)) for x in (200, 230, 260)]
    heads = [(x, 115.0) for x in (200, 230, 260)]
    pieces = [line((a, 80), (a + 30.05, 80), 5, is_filled=True) for a in (206, 236)]
    assert kinds([*stems, *pieces], heads) == {"stem": 3, "beam": 1}
    apart = [pieces[0], replace(pieces[1], a=(237.0, 80.0))]
    assert kinds([*stems, *apart], heads) == {"stem": 3, "beam": 2}


def test_a_ledger_line_may_carry_the_two_whole_notes_of_a_second() -> None:
    assert kinds([line((190, 150), (231, 150))], [(202, 155), (219, 150)]) == {"ledgerLine": 1}


def test_a_piece_of_a_stem_between_two_beams_is_the_stems() -> None:
    """A head over two beams that rise to it from the staff below: its stem ends at the upper one, and a short piece of
    line goes on to the lower one."""
    stem, piece = line((200, 160), (200, 182)), line((200, 180), (200, 190))
    beams = [line((150, row), (200, row - 6), 5, is_filled=True) for row in (186, 195)]
    boxes = np.array([(200, 155, 212, 165)], float)
    found = LineReader([STAFF], boxes, np.zeros((0, 4))).read([stem, piece, *beams], (), ())
    assert found.loose == []
    assert [points for kind, points, _ in found.strokes if kind == "stem"] == [[(200, 160), (200, 190)]]


def test_a_beam_as_far_from_two_stems_is_of_a_tremolo() -> None:
    stems = [line((206, 100), (206, 135)), line((306, 95), (306, 130))]
    heads = [(200, 135), (300, 130)]
    assert kinds([*stems, line((236, 150), (276, 146), 5, is_filled=True)], heads) == {"stem": 2, "beam": 1}
    assert kinds([*stems, line((226, 150), (276, 146), 5, is_filled=True)], heads) == {"stem": 2}


def test_a_hyphen_in_the_row_of_a_ledger_line_is_none() -> None:
    """A head of the next staff stands under it, but no ledger lines lead there from the staff."""
    hyphen, ledgers = line((202, 190), (210, 190)), [line((200, row), (220, row)) for row in (150, 160)]
    assert kinds([hyphen, *ledgers], [(210, 215)]) == {"ledgerLine": 2, "bracket": 1}


LOWER = Ruled((200, 210, 220, 230, 240), 50, 500, 1, ())


def read(lines: list[Line], shapes: list[Shape]) -> list[tuple[str, list[tuple[float, float]]]]:
    """(kind, points) of all strokes beside two staves."""
    reader = LineReader([STAFF, LOWER], np.zeros((0, 4)), np.zeros((0, 4)))
    return [(kind, points) for kind, points, _ in reader.read(lines, (), shapes).strokes]


def test_an_upright_left_of_the_staves_is_a_bracket() -> None:
    edge, bracket = line((50, 100), (50, 240), 1.6), line((39, 99), (39, 241), 4.5)
    assert sorted(kind for kind, _ in read([edge, bracket], [])) == ["barline", "bracket"]


def test_a_bracket_may_be_drawn_in_two_halves_with_tips_that_reach_over_the_staff() -> None:
    upper = np.array([(41, 170), (41, 95), (60, 80), (44, 97), (44, 170)], float)
    lower = np.array([(41, 170), (41, 245), (60, 260), (44, 243), (44, 170)], float)
    halves = [Shape((half,), ("mlllh",), i) for i, half in enumerate((upper, lower))]
    assert read([], halves) == [("bracket", [(41, 80), (41, 260)])]


def test_a_slash_is_a_tall_head_with_a_stem_at_its_lower_end() -> None:
    slash, stem = np.array([(200, 110, 216, 130)], float), line((200.5, 129), (200.5, 155))
    strokes = LineReader([STAFF], slash, np.zeros((0, 4))).read([stem], (), ()).strokes
    assert [kind for kind, _, _ in strokes] == ["stem"]


def test_the_wings_of_a_repeat_stand_at_its_barline() -> None:
    reader = LineReader([STAFF], np.zeros((0, 4)), np.zeros((0, 4)))
    reader.read([line((300, 100), (300, 140), 5)], (), ())
    assert reader.is_wing((300, 85, 318, 100)) and reader.is_wing((282, 140, 300, 156))
    assert not reader.is_wing((320, 85, 338, 100)) and not reader.is_wing((290, 60, 320, 100))


def test_a_beam_between_two_whole_notes_is_of_a_tremolo() -> None:
    """As MuseScore 3 draws it: beside the heads, or under the first. Without the second note it is a stroke of one."""
    beside = line((230, 112), (307, 120), 5, is_filled=True)
    assert kinds([beside], [(200, 135), (325, 155)]) == {"beam": 1}
    under = line((204, 150), (247, 144), 5, is_filled=True)
    assert kinds([under], [(200, 138), (270, 128)]) == {"beam": 1}
    assert kinds([beside], [(200, 135)]) == kinds([beside], [(200, 135), (350, 155)]) == {}
