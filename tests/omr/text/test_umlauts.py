"""Umlauts from a second reading in German."""

from __future__ import annotations

import pytest

from omr.text.umlauts import is_german, with_umlauts
from omr.types import Box, Word


def word(text: str, left: float = 0, score: float = 0.9) -> Word:
    return Word(text, Box(0, left, 10, left + 30), score)


@pytest.mark.parametrize(("read", "german", "text"), [
    ("Hii", "Hü", "Hü"), ("spa", "spä", "spä"), ("schénen", "schönen", "schönen"), ("fiir,", "für,", "für,"),
    ("suB", "süß", "süß"), ("suB", "süßt", "suB"),
    ("Liebe", "Liebö", "Liebö"), ("Herz", "Härze", "Herz"), ("a", "ä", "a"), ("Trif", "Trif", "Trif"),
])
def test_only_umlauts_are_taken_from_the_german_reading(read: str, german: str, text: str) -> None:
    assert [w.text for w in with_umlauts([word(read)], [word(german)])] == [text]


def test_a_word_elsewhere_and_one_that_is_not_sure_change_nothing() -> None:
    assert [w.text for w in with_umlauts([word("spa")], [word("spä", left=100), word("spä", score=0.4)])] == ["spa"]


@pytest.mark.parametrize(("text", "german"), [
    ("Weit bin ich von dir und nicht", True), ("O die, my love, so do I in the sun", False),
    ("Je ne suis pas des dieux", False), ("dolce und più", False)])
def test_common_words_make_a_page_german(text: str, german: bool) -> None:
    assert is_german([word(w) for w in text.split()]) == german
