"""Chord symbols: how they are read, and where they are believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omr.text.chordnames import (
    chord_name,
    find_chord_names,
    like_chord,
    may_be_chord,
    unknown_chord_names,
    with_chord_letters,
)
from omr.types import System, Word
from tests.omr.text.pages import graph, word


@pytest.mark.parametrize(("text", "meant"), [
    ("C", ("C", 0, "major", "", 0)), ("F#m7", ("F", 1, "minor-seventh", "", 0)), ("Bb/D", ("B", -1, "major", "D", 0)),
    ("Gsus4", ("G", 0, "suspended-fourth", "", 0)), ("E°7", ("E", 0, "diminished-seventh", "", 0)),
    ("A/C#", ("A", 0, "major", "C", 1)), ("C6/9", ("C", 0, "major-sixth", "", 0)), ("¢7", ("C", 0, "dominant", "", 0)),
    ("Fsusd", ("F", 0, "suspended-fourth", "", 0)), ("Fsus+", ("F", 0, "suspended-fourth", "", 0)),
    ("Fsust/C", ("F", 0, "suspended-fourth", "C", 0)),
    ("BbΔ7", ("B", -1, "major-seventh", "", 0)), ("Am(maj7)", ("A", 0, "major-minor", "", 0)),
])
def test_chord_symbols(text: str, meant: tuple[str, int, str, str, int]) -> None:
    name = chord_name(text)
    assert name is not None
    assert (name.step, name.alter, name.kind, name.bass_step, name.bass_alter) == meant


@pytest.mark.parametrize(("text", "kind", "degrees"), [
    ("F#m7(b5)", "half-diminished", ()), ("B7(b9)", "dominant", ((9, -1),)),
    ("Cmaj7(#11)", "major-seventh", ((11, 1),)),
    ("Gadd9", "major", ((9, 0),)), ("D7(#9,b13)", "dominant", ((9, 1), (13, -1))), ("C6/9", "major-sixth", ((9, 0),)),
    ("E7b9/G#", "dominant", ((9, -1),)), ("C-7b5", "half-diminished", ()), ("Cmi7(b5)", "half-diminished", ()),
    ("C-6", "minor-sixth", ()), ("C-11", "minor-11th", ()), ("CØ7", "half-diminished", ()), ("CM9", "major-ninth", ()),
    ("CΔ", "major-seventh", ()), ("C-Δ7", "major-minor", ()), ("C7+5", "dominant", ((5, 1),)),
    ("C+7", "augmented-seventh", ()), ("C7-9", "dominant", ((9, -1),)), ("Cm6/9/E", "minor-sixth", ((9, 0),)),
    ("C7sus4", "suspended-fourth", ((7, 0),)), ("Cmadd9", "minor", ((9, 0),)), ("D5", "power", ()),
    ("C7alt", "dominant", ()), ("Am7−5", "half-diminished", ()),
])
def test_altered_and_added_degrees(text: str, kind: str, degrees: tuple[tuple[int, int], ...]) -> None:
    name = chord_name(text)
    assert name is not None and (name.kind, name.degrees) == (kind, degrees)


@pytest.mark.parametrize("text", ["Am Meer", "Dal", "H", "Fine", "Gm99", "a", "", "C-5", "C+9", "Comp", "C/9"])
def test_words_are_no_chord_symbols(text: str) -> None:
    assert chord_name(text) is None


def test_chord_symbols_stand_several_over_the_upper_staff() -> None:
    chords = [word(t, 150.0 + 150 * i, 170) for i, t in enumerate(["C", "G7", "Am", "F"])]
    assert find_chord_names(graph([*chords, word("Voice", 40, 220)]), ()) == {0: 0, 1: 0, 2: 0, 3: 0}
    lone = graph([word("A", 150, 170), word("tempo", 165, 170), word("dolce", 400, 170)])
    assert find_chord_names(lone, ()) == {}


def test_a_title_over_chord_symbols_takes_none_of_them_away() -> None:
    chords = [word(t, 150.0 + 150 * i, 175 + 3 * (i % 2)) for i, t in enumerate(["C", "G7", "Am", "F"])]
    title = [word(t, 200.0 + 90 * i, 140) for i, t in enumerate(["Dans", "från", "sextonhundratalet", "i", "moll"])]
    assert find_chord_names(graph([*title, *chords]), ()) == {5: 0, 6: 0, 7: 0, 8: 0}


def test_chord_symbols_beside_a_name_count_where_the_page_has_others() -> None:
    names = [word(t, 110.0 + 60 * i, 170) for i, t in enumerate(["Kenny", "Dorham", "Quiet", "Song"])]
    beside = [word(t, 500.0 + 80 * i, 172) for i, t in enumerate(["D", "F#m7(b5)", "Em"])]
    assert find_chord_names(graph([*names, *beside]), ()) == {}
    page = graph([*names, *beside, *(word(t, 200.0 + 80 * i, 300) for i, t in enumerate(["A7", "D", "G"]))])
    page = replace(page, systems=(System(0, (0,)), System(1, (1,))))
    assert find_chord_names(page, ()) == {4: 0, 5: 0, 6: 0, 7: 1, 8: 1, 9: 1}


def over_the_second_staff(row: float, texts: list[str]) -> list[Word]:
    return [word(t, 150.0 + 150 * i, row) for i, t in enumerate(texts)]


def test_each_instrument_has_chord_symbols_of_its_own() -> None:
    near = graph(over_the_second_staff(300, ["C", "G7", "Am", "F"]))
    assert find_chord_names(near, ()) == {0: 1, 1: 1, 2: 1, 3: 1}
    piano = replace(near, systems=(System(0, (0, 1), braces=((0, 1),)),))
    assert find_chord_names(piano, ()) == {}


def test_letters_nearer_to_the_staff_above_may_be_sung() -> None:
    assert find_chord_names(graph(over_the_second_staff(270, ["C", "A", "D", "E"])), ()) == {}
    sure = graph(over_the_second_staff(270, ["C7", "A♭", "D", "E"]))
    assert find_chord_names(sure, ()) == {0: 1, 1: 1, 2: 1, 3: 1}


def test_chord_symbols_that_are_not_known_are_told() -> None:
    page = graph([word(t, 150.0 + 150 * i, 170) for i, t in enumerate(["C", "G7", "Am", "Fadd9sus7", "Dolce"])])
    assert find_chord_names(page, ()) == {0: 0, 1: 0, 2: 0}
    assert unknown_chord_names(page, ()) == {3: 0}


@pytest.mark.parametrize(("text", "is_like"), [
    ("E♭Ma7", True), ("F♯mi(ma7)", True), ("D", True), ("Gm7/G", True), ("H7", False), ("e7", False), ("Be", False),
    ("Andante", False), ("D.C.", False), ("", False)])
def test_what_is_written_like_a_chord_symbol(text: str, is_like: bool) -> None:
    assert like_chord(text) is is_like


def test_sung_words_are_no_chord_symbols() -> None:
    chords = [word(t, 150.0 + 150 * i, 170) for i, t in enumerate(["C", "G7", "Am", "F"])]
    assert find_chord_names(graph(chords), {0}) == {1: 0, 2: 0, 3: 0}
    assert find_chord_names(graph(chords), {0, 1}) == {}  # two are too few


def test_letters_of_chord_symbols_that_were_misread_are_mended() -> None:
    line = [word("G", 110, 150, 12), word("CF", 150, 150, 74), word("Am", 300, 150, 26), word("c", 400, 150, 12),
            word("D7", 450, 150, 26), word("Fr", 520, 150, 12), word("C", 600, 150, 12), word("Em", 650, 150, 25),
            word("CD", 700, 150, 26), word("G7", 760, 150, 26), word("A", 820, 150, 13)]
    sung = [word("c", 110, 270, 12), word("Fr", 200, 270, 12)]
    mended = with_chord_letters(graph([*line, *sung])).words
    assert [w.text for w in mended] == ["G", "C", "F", "Am", "C", "D7", "F", "C", "Em", "CD", "G7", "A",
                                        "c", "Fr"]
    assert [(w.box.left, w.box.right) for w in mended[1:3]] == [(150, 162), (212, 224)]
    plain = graph(sung)
    assert with_chord_letters(plain) is plain


def test_on_drawn_pages_chord_symbols_may_stand_under_the_systems() -> None:
    """Two systems of one staff, a row under each: the first row stands between them, the second under the last staff.
    Where the last system has none under it, the row between is that of the staff below."""
    between = [word(t, 150.0 + 150 * i, 295) for i, t in enumerate(["C", "G7", "Am", "F"])]
    under = [word(t, 150.0 + 150 * i, 415) for i, t in enumerate(["C", "F", "G", "C"])]
    both = replace(graph([*between, *under]), systems=(System(0, (0,)), System(1, (1,))), exact=True)
    assert set(find_chord_names(both, ()).items()) == {*((i, 0) for i in range(4)), *((i, 1) for i in range(4, 8))}
    assert set(find_chord_names(replace(both, words=tuple(between)), ()).values()) == {1}
    assert set(find_chord_names(replace(both, exact=False), ()).values()) == {1}


@pytest.mark.parametrize(("text", "is_likely"), [
    ("A:7", True), ("Fim", True), ("A:m/B", True), ("Bîm", True), ("F:", True), ("DI", True), ("Gmaj7", True),
    ("Da", False), ("Es", False), ("den", False), ("Gott", False), ("#4", False), ("", False),
])
def test_symbols_whose_accidental_was_misread(text: str, is_likely: bool) -> None:
    assert may_be_chord(text) is is_likely


def test_a_grainy_row_of_chord_symbols_counts_its_misread_ones() -> None:
    texts = ["A:7", "A:m/B", "Am7", "Bm", "B7", "Gmaj7", "Bîm", "G7", "F:", "D:", "D"]
    page = graph([word(t, 130.0 + 70 * i, 170) for i, t in enumerate(texts)])
    assert set(find_chord_names(page, ())) == {2, 3, 4, 5, 7, 10}
    assert set(unknown_chord_names(page, ())) == {0, 1, 6, 8, 9}
