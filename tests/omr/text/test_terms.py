"""Words of performance that Tesseract misreads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omr.text.phrases import in_music
from omr.text.terms import as_term, join_torn, stands_over, without_letters
from omr.types import Box, Symbol, Word
from tests.omr.text.pages import graph, word


@pytest.mark.parametrize(("read", "meant"), [
    ("pızz.", "pizz."), ("pızz", "pizz."),
    ("cresc.", "cresc."), ("crese.", "cresc."), ("erese,", "cresc."), ("CTESC", "cresc."), ("Crese.", "cresc."),
    ("decrese.", "decresc."), ("crese.|", "cresc."), ("‘dim.", "dim."), ("dalce", "dolce"), ("cantabtle", "cantabile"),
    ("Allegpo", "Allegro"), ("ALLEGPO,", "ALLEGRO,"), ("RONDO", "RONDO"), ("(rit.)", "(rit.)"),
    ("3erese.3", "cresc."), ("Zorese.", "cresc."), ("«rese.", "cresc."), ("«dolce»", "dolce"), ("CTES.", "cres."),
    ("CT€S", "cres."), ("dtm.", "dim."), ("1dolce2", "dolce"),
])
def test_words_of_performance_are_what_they_are_meant_to_be(read: str, meant: str) -> None:
    found = as_term(Word(read, Box(0, 0, 10, 40), 0.3))
    assert found.text == meant
    assert found.score > 0.7  # to be believed


@pytest.mark.parametrize("read", ["parr", "gran", "Coda", "alla", "notes", "dime", "wit", "Sonate", "1234", "|",
                                  "pod", "roll", "3/4", "ores"])
def test_other_words_stay_as_they_are(read: str) -> None:
    found = as_term(Word(read, Box(0, 0, 10, 40), 0.3))
    assert found.text.casefold() == read.casefold()


def test_they_stand_in_the_music_though_tesseract_was_unsure_of_them() -> None:
    page = graph([word("crese.", 400, 280, score=0.4), word("xqzvy", 600, 280, score=0.4)])
    assert [p.text for p in in_music(page, ())] == ["cresc."]


def test_letters_of_a_word_are_no_dynamics() -> None:
    def at(id_: int, name: str, left: float) -> Symbol:
        return Symbol(id_, name, Box(254, left, 266, left + 8))

    g, before, after, beside = (at(90, "dynamicP", 316), at(91, "dynamicP", 402), at(92, "dynamicF", 458),
                                at(93, "dynamicF", 520))
    page = graph([word("legato", 300, 260), word("pdolce", 400, 260, 60), word("Sonate", 500, 260)])
    page = replace(page, symbols=(g, before, after, beside), staff_of={s.id: 0 for s in (g, before, after, beside)})
    left = without_letters(page)
    assert [s.id for s in left.symbols] == [91, 92, 93]  # a p before "dolce", an f after it, and no word of performance
    assert left.staff_of == {91: 0, 92: 0, 93: 0}


def test_pieces_of_a_word_of_performance_are_joined() -> None:
    words = [word("non", 300, 260), word("tropp", 340, 260, 30, score=0.9), word("o", 374, 261, 6, score=0.6),
             word("con", 500, 260, 20), word("moto", 524, 260), word("poco", 600, 260, 28), word("tropp", 700, 260, 30),
             word("o", 740, 261, 6), word("lega", 800, 460, 26), word("to,", 829, 458)]
    joined = join_torn(words, 10)
    assert [w.text for w in joined] == ["non", "troppo", "con", "moto", "poco", "tropp", "o", "legato,"]
    assert (joined[1].box.left, joined[1].box.right) == (340, 380) and joined[1].score == pytest.approx(0.85)


def test_syllables_of_a_sung_line_are_not_joined() -> None:
    line = [word(text, 100 + 80 * i, 260, 20) for i, text in enumerate(("ta", "ma", "ra", "sa", "na", "col"))]
    sung = [*line, word("la", 524, 260, 20), word("molt", 600, 260, 20), word("o", 625, 260, 6)]
    assert [w.text for w in join_torn(sung, 10)] == [*(w.text for w in line), "la", "molto"]
    assert [w.text for w in join_torn([line[-1], sung[-3]], 10)] == ["colla"]


def test_a_torn_tempo_is_joined_in_a_long_line_of_such_words() -> None:
    """The beginning of Beethoven's sonata op. 78 in an old print."""
    line = [word(text, left, 100, 20) for text, left in (
        ("Ada", 100), ("gio", 124), ("cantabile", 160), ("Allegro", 260), ("ma", 300), ("non", 330), ("troppo", 360))]
    assert join_torn(line, 10)[0].text == "Adagio"


@pytest.mark.parametrize(("text", "over"), [
    ("pizz.", True), ("senza  sord.", True), ("Poco rit.", True), ("a tempo", True), ("Allegro assai", True),
    ("Con moto", True), ("stringendo", True), ("dolce", False), ("molto cresc.", False), ("String Quartet", False),
    ("Solomon", False), ("con fuoco", False)])
def test_which_words_stand_over_their_staff(text: str, over: bool) -> None:
    assert stands_over(text) is over
