"""Words from letters that a page draws: together what is one word, apart what is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.detect.glyphs import Letter
from omr.detect.pieces import Line
from omr.text.printed import UNKNOWN, unreadable, words_of

SIZE = 20.0


def word(text: str, x: float = 0.0, y: float = 100.0, show: int = 0, size: float = SIZE) -> list[Letter]:
    """Letters half an em wide that follow one another; spaces too."""
    width = size / 2
    return [Letter(letter, (x + i * width, y - size / 2, x + (i + 1) * width - 1, y), (x + i * width, y), (width, 0.0),
                   size, 0, show) for i, letter in enumerate(text)]


def texts(letters: Sequence[Letter], dashes: Sequence[Line] = ()) -> list[str]:
    return sorted(w.text for w in words_of(letters, dashes))


@given(st.lists(st.text("abcdefghäöü\N{CJK UNIFIED IDEOGRAPH-4E2D}", min_size=1, max_size=6), min_size=1, max_size=5))
def test_a_line_of_words_is_read_word_for_word(words: list[str]) -> None:
    letters = word(" ".join(words))
    assert sorted(words) == texts(letters)
    assert len({w.box.left for w in words_of(letters, ())}) == len(words)


def test_syllables_that_nearly_touch_stay_apart() -> None:
    first, second = word("glo", show=1), word("ri", x=30.5, show=2)
    assert texts([*first, *second]) == ["glo", "ri"]


def test_letters_that_are_drawn_one_by_one_make_words() -> None:
    letters = [letter for i, c in enumerate("Andante") for letter in word(c, x=10 * i, show=i)]
    assert texts(letters) == ["Andante"]


def test_words_of_two_lines_and_of_two_sizes_are_apart() -> None:
    assert texts([*word("ab"), *word("cd", x=20, y=130)]) == ["ab", "cd"]
    assert texts([*word("ab"), *word("cd", x=20, size=2 * SIZE)]) == ["ab", "cd"]


@pytest.mark.parametrize(("given", "read"), [
    ("\N{LATIN SMALL LIGATURE FI}n", "fin"), ("a\N{COMBINING DIAERESIS}", "ä")])
def test_letters_are_written_as_usual(given: str, read: str) -> None:
    assert texts(word(given)) == [read]


def test_letters_without_meaning_are_counted_and_never_guessed() -> None:
    (known, *_) = unknown = word("ab")
    silent = [Letter("", *[getattr(letter, name) for name in ("edges", "origin", "advance", "size", "font", "show")])
              for letter in unknown]
    assert words_of(silent, ()) == ()
    assert unreadable(silent) == 2
    (mixed,) = words_of([known, silent[1]], ())
    assert mixed.text == f"a{UNKNOWN}"
    assert mixed.score == 0.5


def test_lines_of_text_are_hyphens_or_hold_a_syllable() -> None:
    short, long_ = Line((0, 90), (8, 90), 1, 0), Line((30, 98), (90, 98), 1, 0)
    assert texts((), [short, long_]) == ["-", "_"]
    low = Line((40, 99), (48, 99), 1, 0)
    assert texts([*word("May"), *word("we", x=60)], [short, low]) == ["-", "May", "_", "we"]


def test_the_parts_of_a_chord_symbol_are_one_word() -> None:
    root, flat = word("E", y=100), word("♭", x=11, y=100)
    kind, raised = word("Ma", x=22, y=100, size=17), word("7", x=40, y=92, size=14)
    assert texts([*root, *flat, *kind, *raised, *word("(Fill)", x=52, y=104, size=14)]) == ["(Fill)", "E♭Ma7"]


def test_syllables_and_what_is_far_away_are_no_parts_of_a_chord_symbol() -> None:
    assert texts([*word("A", show=1), *word("ma", x=13, show=2)]) == ["A", "ma"]  # of one size, in one line
    assert texts([*word("A"), *word("7", x=22, y=92, size=14)]) == ["7", "A"]
    assert texts([*word("A"), *word("7", x=11, y=130, size=14)]) == ["7", "A"]
    assert texts([*word("A"), *word("7", x=11, y=92, size=14), *word("st", x=19)]) == ["A7", "st"]


def test_two_words_of_one_short_text_go_on() -> None:
    def going_on(letters: Sequence[Letter]) -> list[str]:
        return [w.text for w in words_of(letters, ()) if w.goes_on]

    def text(words: str, x: float, block: int, space: str = " ") -> list[Letter]:
        """Spaces half as wide as letters, drawn as such."""
        found, left = [], x
        for i, part in enumerate(words.split()):
            blank = word(space, x=left - SIZE / 4, show=block) if i and space else []
            found += [replace(letter, block=block) for letter in (*blank, *word(part, x=left, show=block))]
            left += len(part) * SIZE / 2 + SIZE / 4
        return found

    assert going_on([*text("che è", 0, 1), *text("so", 100, 2)]) == ["è"]
    crowded = text("auf ihr,", 0, 1, space="")
    assert going_on([*crowded, *text("so", 100, 2)]) == []  # LilyPond: two syllables in one string, without a space
    assert going_on([*text("che", 0, 1), *text("è", 35, 2)]) == []
    of_one_object = [replace(letter, block=1) for letter in (*text("che", 0, 1), *text("è", 35, 2))]
    assert going_on([*of_one_object, *text("so", 100, 3)]) == []  # but drawn apart
    after_space = [replace(letter, block=1, show=3) for letter in text("è", 1.75 * SIZE, 2)]
    assert going_on([*text("che", 0, 1), *after_space, *text("so", 100, 4)]) == ["è"]  # Verovio draws it as a string
    assert going_on(text("poco a poco dim.", 0, 1)) == []  # no note has so many


def test_no_word_goes_on_after_a_comma_that_it_touches() -> None:
    first, second = word("ture,", show=1), word("wrung", x=50, show=2)
    assert texts([*first, *second]) == ["ture,", "wrung"]
    assert texts([*word("ture", show=1), *word("wrung", x=40, show=2)]) == ["turewrung"]


def test_crowded_syllables_that_touch_here_and_there_stay_apart() -> None:
    """Each is drawn in an object of its own, and few touch: on other pages that is how words are cut."""
    line = [word(text, x=60.0 * i, show=i) for i, text in enumerate(("gen", "mit", "ein", "Lied", "ist", "auf", "und",
                                                                     "der", "Mai", "kam", "bald"))]
    line[1] = word("mit", x=30, show=1)  # it touches the first
    assert {"gen", "mit"} <= set(texts([letter for one in line for letter in one]))
