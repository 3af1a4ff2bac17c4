"""Words of performance that Tesseract misreads."""

from __future__ import annotations

import pytest

from omr.text.phrases import in_music
from omr.text.terms import as_term
from omr.types import Box, Word
from tests.omr.text.pages import graph, word


@pytest.mark.parametrize(("read", "meant"), [
    ("cresc.", "cresc."), ("crese.", "cresc."), ("erese,", "cresc."), ("CTESC", "cresc."), ("Crese.", "Cresc."),
    ("decrese.", "decresc."), ("crese.|", "cresc."), ("‘dim.", "dim."), ("dalce", "dolce"), ("cantabtle", "cantabile"),
    ("Allegpo", "Allegro"), ("ALLEGPO,", "ALLEGRO,"), ("RONDO", "RONDO"), ("(rit.)", "(rit.)"),
])
def test_words_of_performance_are_what_they_are_meant_to_be(read: str, meant: str) -> None:
    found = as_term(Word(read, Box(0, 0, 10, 40), 0.3))
    assert found.text == meant
    assert found.score > 0.7  # to be believed


@pytest.mark.parametrize("read", ["parr", "gran", "Coda", "alla", "notes", "dime", "wit", "Sonate", "1234", "|"])
def test_other_words_stay_as_they_are(read: str) -> None:
    found = as_term(Word(read, Box(0, 0, 10, 40), 0.3))
    assert found.text.casefold() == read.casefold()


def test_they_stand_in_the_music_though_tesseract_was_unsure_of_them() -> None:
    page = graph([word("crese.", 400, 280, score=0.4), word("xqzvy", 600, 280, score=0.4)])
    assert [p.text for p in in_music(page, ())] == ["cresc."]
