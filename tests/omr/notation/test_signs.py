"""Signs on chords, on hand-drawn symbols; staff space 10 px."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omr.notation.attach import Targets
from omr.notation.chords import ChordInk
from omr.notation.signs import articulations, without_ending_numbers
from omr.notation.tremolos import tremolo_pairs
from omr.types import Box, Stroke, Symbol

SPACE = 10.0


def chord(id_: int, left: float, name: str = "noteheadHalf", beams: tuple[Stroke, ...] = ()) -> ChordInk:
    """A head in row 120 whose stem rises to row 85."""
    head = Symbol(id_, name, Box(115, left, 125, left + 12))
    return ChordInk((head,), Stroke(id_ + 500, "stem", ((85, left + 12), (120, left + 12)), 1.2), True, beams=beams)


def joined(chords: list[ChordInk], *beams: Stroke, exact: bool = False) -> list[int]:
    """The heads that beams join to tremolos, in order."""
    return [edge.parent for edge in tremolo_pairs(chords, beams, SPACE, exact)]


def beam(left: float, right: float, row: float = 95) -> Stroke:
    return Stroke(70, "beam", ((row, left), (row - 2, right)), 5.0)


def test_a_beam_between_two_stems_that_it_does_not_touch_is_of_a_tremolo() -> None:
    for name in ("noteheadHalf", "noteheadBlack"):
        assert joined([chord(1, 100, name), chord(2, 140, name)], beam(118, 146)) == [1, 2]
    assert joined([chord(1, 100), chord(2, 140)], beam(118, 125)) == []  # too far from the second
    assert joined([chord(1, 100), chord(2, 140)], beam(118, 146, row=70)) == []  # over both
    assert joined([chord(1, 100)], beam(118, 146)) == []


def test_one_that_touches_a_stem_is_so_only_between_hollow_heads() -> None:
    touching = beam(112, 146)
    assert joined([chord(1, 100, beams=(touching,)), chord(2, 140)], touching) == [1, 2]
    filled = [chord(1, 100, "noteheadBlack", (touching,)), chord(2, 140, "noteheadBlack")]
    assert joined(filled, touching) == []


def test_stems_with_other_beams_are_not_of_the_tremolo() -> None:
    other = Stroke(71, "beam", ((85, 152), (85, 190)), 5.0)
    assert joined([chord(1, 100), chord(2, 140, beams=(other,)), chord(3, 178, beams=(other,))], beam(118, 146)) == []


def test_a_drawn_beam_in_the_very_middle_of_two_stems_is_of_a_tremolo() -> None:
    far = [chord(1, 100), chord(2, 220)]  # stems at 112 and 232
    assert joined(far, beam(142, 202, row=105), exact=True) == [1, 2]
    assert joined(far, beam(142, 202, row=145), exact=True) == [1, 2]  # under both
    assert joined(far, beam(132, 202, row=105), exact=True) == []  # nearer to the first
    assert joined(far, beam(142, 202, row=105)) == []


@pytest.mark.parametrize(("name", "owner"), [("articStaccato", 2), ("articAccent", 1)])
def test_a_dot_between_two_staves_is_of_the_stem_that_it_stands_at(name: str, owner: int) -> None:
    upper, lower = chord(1, 100), chord(2, 100)
    upper = replace(upper, heads=(replace(upper.heads[0], box=Box(25, 100, 35, 112)),), stem=None)
    sign = Symbol(9, name, Box(76, 104, 80, 108))  # right over the tip of the lower stem, but on the upper staff
    edges = articulations([sign], [upper, lower], Targets([], {}), {1: 0, 2: 1, 9: 0}, SPACE)
    assert [edge.parent for edge in edges] == [owner]


def test_the_number_of_an_ending_is_no_fingering() -> None:
    """The 3 of a third ending, over a hymn by LilyPond."""
    barline = Stroke(60, "barline", ((100, 200), (140, 200)), 1.5)
    ending = Stroke(61, "bracket", ((60, 200), (60, 290)), 2.0)
    tuplet = Stroke(62, "bracket", ((60, 215), (60, 290)), 2.0)
    number, finger = (Symbol(i, "fingering3", Box(66, left, 76, left + 8)) for i, left in ((1, 211), (2, 250)))
    assert without_ending_numbers([number, finger], [ending], [barline], SPACE) == [finger]
    assert without_ending_numbers([number], [tuplet], [barline], SPACE) == [number]
    assert without_ending_numbers([number], [ending], [], SPACE) == [number]
