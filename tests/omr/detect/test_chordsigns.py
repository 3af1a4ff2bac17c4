"""Signs of music fonts that are part of a chord symbol, and those that are not."""

from __future__ import annotations

from omr.detect.chordsigns import letters_of, with_signs
from omr.detect.glyphs import Letter
from omr.page.vectors import Edges


def letter(text: str, left: float, top: float = 40, bottom: float = 60) -> Letter:
    edges = left, top, left + 14, bottom
    return Letter(text, edges, (left, bottom), (15, 0), 25, 0, 0)


def texts(letters: tuple[Letter, ...]) -> list[str]:
    return [letter.text for letter in sorted(letters, key=lambda letter: letter.edges[0])]


FLAT: Edges = (102, 38, 110, 64)
SEVEN: Edges = (113, 36, 121, 50)


def test_signs_right_of_a_root_are_letters() -> None:
    signed = with_signs([("accidentalFlat", FLAT), ("timeSig7", SEVEN)], [letter("B", 86)])
    assert texts(signed.letters) == ["B", "♭", "7"]
    assert not signed.marks


def test_a_sharp_of_the_small_size_and_a_triangle_are_raised_farther_away() -> None:
    triangle = (119.0, 36.0, 129.0, 46.0)
    signed = with_signs([("accidentalSharpSmall", (105, 32, 112, 50))], [letter("F", 86)], [triangle])
    assert texts(signed.letters) == ["F", "♯", "Δ"]
    assert signed.triangles == ()


def test_an_accidental_of_a_note_and_signs_beside_words_stay() -> None:
    of_note = [("accidentalFlat", FLAT), ("noteheadBlack", (114, 46, 126, 56))]
    assert with_signs(of_note, [letter("B", 86)]).marks == of_note
    in_word = [("timeSig7", (102, 38, 110, 52))]
    assert with_signs(in_word, [letter("L", 71), letter("A", 86)]).marks == in_word  # "LA"
    below = [("fingering2", (102, 80, 110, 94))]
    assert with_signs(below, [letter("B", 86)], [FLAT]).marks == below


def test_what_stands_at_another_height_does_not_make_a_root_part_of_a_word() -> None:
    signed = with_signs([("accidentalFlat", FLAT)], [letter("a", 71, 120, 134), letter("B", 86)])
    assert texts(signed.letters) == ["a", "B", "♭"]


def test_the_numbers_of_chord_symbols_are_told() -> None:
    seven = letter("7", 101, 36, 50)
    assert with_signs([], [letter("G", 86), seven]).numbers == {seven.edges}


def test_triangles_elsewhere_are_left_over() -> None:
    assert with_signs([], [letter("x", 86)], [FLAT]).triangles == (FLAT,)


def test_glyphs_of_musejazz_are_chord_symbols_only_in_that_font() -> None:
    assert letters_of("\ue180", "ABCDEF+MuseJazz-Book") == "ma"
    assert letters_of("\ue197", "MuseJazzText") == "7"
    assert letters_of("\ue197", "Bravura") is None
    assert letters_of("\ue871", "Bravura") == "ø"
