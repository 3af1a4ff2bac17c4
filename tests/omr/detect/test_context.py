"""Signs of one look, told by what stands around them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omr.detect.context import Mark, settle
from omr.detect.glyphs import Letter
from omr.detect.pieces import Ruled
from omr.page.vectors import Edges
from omr.types import StrokeKind

STAFF = Ruled(rows=(100, 110, 120, 130, 140), left=0, right=500, thickness=1, lines=())
HEAD: Mark = ("noteheadBlack", (100, 110, 112, 120))


def dot(x: float, y: float) -> Mark:
    """A dot that the table calls a staccato, as any dot may be called."""
    return "articStaccato", (x - 2, y - 2, x + 2, y + 2)


def names(marks: list[Mark], strokes: list[tuple[StrokeKind, list[tuple[float, float]], float]] | None = None,
          letters: list[Letter] | None = None, slashes: list[Edges] | None = None) -> list[str]:
    return [name for name, _ in settle(marks, strokes or [], [STAFF], letters or [], (), slashes or []).marks]


def number(text: str, x: float, y: float) -> list[Letter]:
    return [Letter(c, (x + 6 * i, y - 6, x + 6 * i + 5, y + 6), (x + 6 * i, y + 6), (6, 0), 12, 0, 0)
            for i, c in enumerate(text)]


def test_a_dot_beside_a_head_lengthens_it_and_one_over_it_shortens_it() -> None:
    assert names([HEAD, dot(118, 115)])[-1] == "augmentationDot"
    assert names([HEAD, dot(106, 100)])[-1] == "articStaccato"
    assert names([HEAD, dot(106, 130)])[-1] == "articStaccato"


def test_two_dots_at_a_barline_are_a_repeat() -> None:
    bar: list[tuple[StrokeKind, list[tuple[float, float]], float]] = [("barline", [(200, 100), (200, 140)], 1.5)]
    assert names([dot(192, 115), dot(192, 125)], bar) == ["repeatDot", "repeatDot"]
    assert names([dot(192, 115), dot(192, 125)]) == ["articStaccato", "articStaccato"]
    assert names([dot(192, 115)], bar) == ["articStaccato"]


@pytest.mark.parametrize("called", ["restWhole", "restHalf"])
def test_a_whole_rest_hangs_and_a_half_rest_sits(called: str) -> None:
    assert names([(called, (50, 110, 62, 115))]) == ["restWhole"]
    assert names([(called, (50, 115, 62, 120))]) == ["restHalf"]
    assert names([(called, (50, 80, 62, 85))]) == ["restWhole"]


def test_a_number_over_a_beam_or_bracket_is_a_tuplet_and_one_at_a_head_a_fingering() -> None:
    beam: list[tuple[StrokeKind, list[tuple[float, float]], float]] = [("beam", [(100, 70), (160, 70)], 5)]
    bracket: list[tuple[StrokeKind, list[tuple[float, float]], float]] = [("bracket", [(100, 60), (160, 60)], 1)]
    assert names([], beam, number("3", 127, 55)) == ["tuplet3"]
    assert names([], bracket, number("3", 127, 60)) == ["tuplet3"]
    assert names([HEAD], [], number("2", 103, 90)) == ["noteheadBlack", "fingering2"]
    assert names([HEAD], [], number("12", 300, 60)) == ["noteheadBlack"]


def test_an_upright_number_over_the_middle_of_a_beam_is_a_fingering_among_others() -> None:
    heads = [(HEAD[0], (100 + 30 * i, 100, 112 + 30 * i, 110)) for i in range(3)]
    beam: list[tuple[StrokeKind, list[tuple[float, float]], float]] = [("beam", [(106, 75), (166, 75)], 5)]
    two = number("2", 133, 65)
    assert names(heads, beam, two)[3:] == ["tuplet2"]
    assert names(heads, beam, [*two, *number("3", 163, 65)])[3:] == ["fingering2", "fingering3"]
    leaning = [replace(letter, is_italic=True) for letter in two]
    assert "tuplet2" in names(heads, beam, [*leaning, *number("3", 163, 65)])


@pytest.mark.parametrize("leans", [True, False])
def test_a_number_over_the_heads_of_a_beam_under_them_is_a_tuplets_in_italics(leans: bool) -> None:
    """Over the very middle of two notes whose stems hang down to their beam, 7.5 spaces from that."""
    heads = [(HEAD[0], (100 + 53 * i, 100 + 15 * i, 112 + 53 * i, 110 + 15 * i)) for i in range(2)]
    beam: list[tuple[StrokeKind, list[tuple[float, float]], float]] = [("beam", [(100, 140), (154, 150)], 5)]
    two = [replace(letter, is_italic=leans) for letter in number("2", 126, 70)]
    assert names(heads, beam, two)[2:] == ["tuplet2"] * leans


def test_a_number_as_high_as_a_staff_is_no_tuplets() -> None:
    beam: list[tuple[StrokeKind, list[tuple[float, float]], float]] = [("beam", [(100, 70), (160, 70)], 5)]
    high = [replace(letter, edges=(124, 25, 136, 60)) for letter in number("3", 127, 55)]
    assert names([], beam, high) == []


def test_numbers_elsewhere_stay_letters() -> None:
    settled = settle([HEAD], [], [STAFF], number("17", 0, 60))
    assert "".join(letter.text for letter in settled.letters) == "17"


def test_wiggles_make_one_arpeggio_or_one_line() -> None:
    upright: list[Mark] = [("arpeggiato", (50, 100 + 10 * i, 55, 110 + 10 * i)) for i in range(4)]
    level: list[Mark] = [("wiggleTrill", (50 + 8 * i, 60, 58 + 8 * i, 65)) for i in range(5)]
    settled = settle([*upright, *level], [], [STAFF], [])
    assert settled.marks == [("arpeggiato", (50, 100, 55, 140)), ("wiggleTrill", (50, 60, 90, 65))]


def test_a_small_eight_makes_an_octave_clef() -> None:
    assert names([("gClef", (10, 90, 35, 155)), ("timeSig8", (20, 156, 26, 164))]) == ["gClef8vb"]


def test_the_small_eight_of_a_clef_may_be_a_letter() -> None:
    settled = settle([("gClef", (10, 90, 35, 155))], [], [STAFF], [*number("8", 20, 162), *number("18", 20, 200)])
    assert [name for name, _ in settled.marks] == ["gClef8vb"]
    assert "".join(letter.text for letter in settled.letters) == "18"


def test_a_stroke_through_a_flag_is_one_symbol_with_it() -> None:
    assert names([("flag8thUp", (60, 70, 68, 95))], slashes=[(55, 75, 70, 90)]) == ["flag8thUpSlash"]
    assert names([("flag8thUp", (60, 70, 68, 95))], slashes=[(155, 75, 170, 90)]) == ["flag8thUp"]


def test_octave_signs_are_no_words() -> None:
    letters = number("8va", 50, 60)
    settled = settle([], [], [STAFF], letters)
    assert [name for name, _ in settled.marks] == ["ottava"]
    assert settled.letters == ()


def test_a_number_between_two_hooks_is_a_tuplet_of_one_note() -> None:
    hooks: list[tuple[StrokeKind, list[tuple[float, float]], float]] = [
        ("bracket", [(122, 60), (122, 70)], 1), ("bracket", [(138, 60), (138, 70)], 1)]
    assert names([], hooks, number("3", 127, 60)) == ["tuplet3"]
    assert names([], hooks, number("3", 127, 40)) == []
    assert names([], hooks[:1], number("3", 127, 60)) == []


@pytest.mark.parametrize("begins", [True, False])
def test_an_eight_that_begins_a_line_is_an_octave_sign(begins: bool) -> None:
    """LilyPond writes no letters after it; the bracket of a tuplet goes on to both sides."""
    line: list[tuple[StrokeKind, list[tuple[float, float]], float]] = [("bracket", [(136, 60), (260, 60)], 1)]
    if not begins:
        line.append(("bracket", [(60, 60), (122, 60)], 1))
    assert names([], line, number("8", 127, 60)) == ["ottava" if begins else "tuplet8"]


def test_a_number_in_italics_at_a_head_is_a_tuplets() -> None:
    """LilyPond sets it over flagged notes without a bracket; upright it is a fingering."""
    over = number("3", 103, 80)
    assert names([HEAD], [], over)[-1] == "fingering3"
    leaning = [replace(letter, is_italic=True) for letter in over]
    assert names([HEAD], [], leaning)[-1] == "tuplet3"


@pytest.mark.parametrize("name", ["tuplet3", "fingering3"])
def test_a_sign_at_a_head_is_what_its_outline_says(name: str) -> None:
    """Verovio sets the number of a triplet of quarters under the middle one, without a bracket."""
    assert names([HEAD, (name, (103, 125, 110, 137))])[-1] == name


@pytest.mark.parametrize(("height", "staccatos", "told"), [
    (4.0, [], "augmentationDot"), (4.0, [3.8], "augmentationDot"), (3.8, [3.8], "articStaccato"),
    (4.0, [4.0], "articStaccato")])
def test_a_dot_after_a_head_and_over_another_is_told_by_its_height(
    height: float, staccatos: list[float], told: str,
) -> None:
    """The head of one voice has its dot over the head of another. On the same page another head has a dot, 4 high."""
    def high(x: float, y: float, height: float) -> Mark:
        return "articStaccato", (x - 2, y - height / 2, x + 2, y + height / 2)

    below: Mark = ("noteheadBlack", (113, 115, 125, 125))
    other: Mark = ("noteheadBlack", (300, 110, 312, 120))
    others = [high(318, 115, 4.0), *(high(306, 100, own) for own in staccatos)]
    marks = [HEAD, below, other, *others, high(119, 110, height)]
    assert names(marks)[-1] == told
