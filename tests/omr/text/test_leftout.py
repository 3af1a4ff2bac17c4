"""Words that no score has a place for, and those that were read too unsurely to be written."""

from __future__ import annotations

from omr.text.leftout import left_out
from omr.text.phrases import in_music
from tests.omr.text.pages import graph, word


def test_words_that_are_not_used_are_told_by_their_place() -> None:
    words = [word("dolce", 400, 170, score=0.6), word("3", 500, 170), word("p", 600, 170), word("Copyright", 400, 800),
             word("1900", 470, 800), word("Voice", 40, 220), word("cresc.", 600, 280), word("?!", 700, 280)]
    page = graph(words)
    found = left_out(page, {6}, 0.5)
    assert [p.text for p in found.in_music] == ["dolce"]
    assert [p.text for p in found.beside] == ["Copyright 1900"]
    assert [w.text for w in found.short] == ["3", "p"]


def test_numbers_of_pages_and_measures_are_not_told() -> None:
    page = graph([word("12", 95, 180), word("7", 500, 60), word("(12)", 480, 800), word("9", 500, 170)])
    found = left_out(page, (), 0.5)
    assert [w.text for w in found.short] == ["9"]  # in the music, and not at its beginning


def test_words_that_are_doubted_as_hard_to_read_are_not_told_twice() -> None:
    found = left_out(graph([word("dolce", 400, 170, score=0.4)]), (), 0.5)
    assert (found.in_music, found.beside, found.short) == ((), (), ())


def test_what_follows_a_spoilt_tempo_is_left_out() -> None:
    """The tempo is written, the metronome mark behind it was read as letters."""
    page = graph([word("Andante.", 120, 170, 60, score=0.6), word("Jiu", 185, 170, score=0.51)])
    (tempo,) = in_music(page, ())
    assert tempo.text == "Andante."
    assert [p.text for p in left_out(page, tempo.words, 0.5).in_music] == ["Jiu"]
