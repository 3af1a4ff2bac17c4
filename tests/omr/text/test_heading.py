"""Title and authors over the music."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omr.text.heading import Heading, read_heading
from omr.text.phrases import in_music
from omr.types import Box, NotationGraph, Word
from tests.omr.text.pages import graph, word


def heading(left: str = "", right: str = "", below: str = "", is_sung: bool = True) -> Heading:
    """Of a page with a title, and phrases on both sides under it."""
    words = [word("Title", 470, 60, 40)]
    for text, col, row in ((left, 110, 100), (right, 760, 95), (below, 700, 130)):
        if text:
            words.append(word(text, col, row, 8 * len(text)))
    return read_heading(graph(words), is_sung)


def test_a_title_of_single_chinese_or_korean_letters() -> None:
    page: NotationGraph = graph([word("남", 470, 60, 20), word("촌", 505, 60, 20), word("김규환", 780, 100, 60)])
    assert read_heading(page, is_sung=True) == Heading("남 촌", "김규환")


def test_where_nothing_is_sung_the_left_column_names_a_part_or_a_player() -> None:
    assert heading("Oboe I", "G. Rossini", is_sung=False) == Heading("Title", "G. Rossini")
    assert heading("H. Heine", "R. Schumann") == Heading("Title", "R. Schumann", "H. Heine")


def test_of_two_on_one_side_the_upper_one_is_the_author() -> None:
    assert heading(right="G. Rossini", below="dolce").composer == "G. Rossini"


@pytest.mark.parametrize(("text", "roles"), [
    ("Words by Tom", "lyricist"), ("Text: Joachim Neander", "lyricist"), ("T: Joachim Neander", "lyricist"),
    ("詞：王維", "lyricist"), ("김동환 작사", "lyricist"), ("Musik von Ann", "composer"),
    ("M: Stralsund 1665", "composer"),
    ("曲：李振邦", "composer"), ("arr. Ann", "arranger"), ("Transcribed by Ann", "arranger"),
    ("Satz: Sven", "arranger"),
    ("編曲 李", "arranger"), ("Words and music by Ann", "composer lyricist"),
    ("김동환 작사 김규환작곡", "composer lyricist"),
])
@pytest.mark.parametrize("side", ["left", "right"])
def test_who_says_what_he_did_stands_on_either_side(text: str, roles: str, side: str) -> None:
    found = heading(**{side: text})
    assert {role: getattr(found, role) for role in ("composer", "lyricist", "arranger")} == {
        role: text if role in roles.split() else "" for role in ("composer", "lyricist", "arranger")}


@pytest.mark.parametrize("name", ["Mike Oldfield", "Wordsworth", "Tom Arrow", "Musset", "M. Ravel", "Comparetti"])
def test_a_name_says_no_role(name: str) -> None:
    assert heading(right=name) == Heading("Title", name)


@pytest.mark.parametrize("number", ["Op. 10- NO 8.", "Op. 14 _ N° 2", "op 78", "Serie 20. N® 4.", "Köch. Verz. N° 282.",
                                    "No. 3", "yt"])
def test_the_number_of_a_work_is_no_author(number: str) -> None:
    assert heading(right=number).composer == ""
    assert heading(right=number, below="W. A. Mozart").composer == "W. A. Mozart"


@pytest.mark.parametrize("name", ["Opitz", "Norbert Noll 1790", "Koch", "N. Paganini Op. 1", "Hobart 1893", "K. Vogel"])
def test_names_that_begin_like_such_a_number(name: str) -> None:
    assert heading(right=name).composer == name


@pytest.mark.parametrize("by", ["von", "Von", "by", "di"])
def test_the_composer_of_an_old_print_stands_below_by(by: str) -> None:
    name = Word("W. A. MOZART", Box(90, 400, 115, 600), 0.9)
    page = graph([word("SONATE", 460, 50, 80), word(by, 490, 75), name, word("Mozarts Werke.", 100, 75)])
    assert read_heading(page, is_sung=False) == Heading("SONATE", "W. A. MOZART")


def test_initials_close_over_the_staff_are_the_composers() -> None:
    name = word("F. CHOPIN, Op. 24", 760, 170, 140)
    page = graph([word("Title", 470, 60, 40), name, word("D. C. al Fine", 780, 190, 110)])
    assert read_heading(page, is_sung=False) == Heading("Title", "F. CHOPIN, Op. 24")
    assert [p.text for p in in_music(page, ())] == ["D. C. al Fine"]


@pytest.mark.parametrize(("text", "is_tempo"), [
    ("Allegretto molto capriccioso", True), ("Un poco lento", True), ("Sehr langsam", True), ("Largo", True),
    ("Grave", True), ("Gravesend", False), ("Rondo", False), ("Non nobis", False), ("con sord.", True),
    ("Con moto", True),
])
def test_a_tempo_high_over_the_first_staff_is_no_heading_but_in_the_music(text: str, is_tempo: bool) -> None:
    page = graph([word("Title", 470, 60, 40), word(text, 440, 135, 110)])
    assert read_heading(page, is_sung=False).title == "Title"
    assert [p.text for p in in_music(page, ())] == [text] * is_tempo
    low = graph([word(text, 440, 135, 110)])
    assert read_heading(low, is_sung=False).title == ("" if is_tempo else text)


@pytest.mark.parametrize(("text", "is_author"), [("dolce", False), ("molto espressivo", False), ("Dolce", True)])
def test_how_to_play_is_no_author_though_it_stands_at_the_right(text: str, is_author: bool) -> None:
    page = graph([word("Title", 470, 60, 40), word("G. Rossini", 760, 95, 80), word(text, 770, 135, 60)])
    found = read_heading(page, is_sung=False)
    assert found.composer == "G. Rossini"
    assert [line.text for line in found.lines] == ["Title", "G. Rossini", *[text] * is_author]
    assert [p.text for p in in_music(page, ())] == [text] * (not is_author)


def test_a_title_is_one_line_however_widely_it_is_set() -> None:
    words = [word("37", 340, 60, 20), word("CHULA", 385, 60, 90), word("PAROARA", 500, 60, 130)]
    assert read_heading(graph(words), is_sung=False).title == "37 CHULA PAROARA"
    far = graph([*words, word("MAZURKA", 680, 60, 130)])  # the title in another language, or the author
    assert read_heading(far, is_sung=False).title == "37 CHULA PAROARA"


def test_a_page_without_a_title_may_name_authors() -> None:
    page = graph([word("Gregorian", 770, 100, 80), word("T: Ann Arbor", 110, 100, 80)])
    assert read_heading(page, is_sung=True) == Heading("", "Gregorian", "T: Ann Arbor")


def test_words_at_the_left_that_stand_out_are_the_title() -> None:
    trad, dans = word("Trad.", 800, 60, 50), word("Dans", 110, 60, 80)
    large = replace(dans, box=Box(50, 110, 70, 190))
    assert read_heading(graph([large, trad]), is_sung=False).title == "Dans"
    assert read_heading(graph([dans, trad]), is_sung=False).title == ""


@pytest.mark.parametrize(("text", "is_author"), [
    ("Clément Janequin", True), ("Harm. David O'Donnell", True), ("Ludwig van Beethoven", True), ("Da Capo", False),
    ("poco ritardando", False), ("Allegro Moderato", False), ("Fine", False),
])
def test_names_close_over_the_right_end_of_the_first_staff(text: str, is_author: bool) -> None:
    page = graph([word("Title", 470, 60, 40), word(text, 893 - 8 * len(text), 172, 8 * len(text))])
    found = read_heading(page, is_sung=False)
    assert (text in (found.composer, found.arranger)) is is_author
    assert [p.text for p in in_music(page, ())] == ([] if is_author else [text])


def test_all_that_is_printed_over_the_music_is_kept_line_by_line() -> None:
    page = graph([
        word("2", 110, 20), word("SONATE", 420, 40, 90), word("N®", 530, 40, 20), word("9", 560, 40, 8),
        word("für das Pianoforte", 440, 70), word("à Joseph Haydn", 110, 100), word("Op. 2.", 800, 100),
        word("xz", 500, 100), word("Allegro vivace", 150, 140), word("blurred", 300, 100, score=0.5)])
    found = read_heading(page, is_sung=False)
    assert [(line.column, line.text, line.roles) for line in found.lines] == [
        ("middle", "SONATE N° 9", ("title",)), ("middle", "für das Pianoforte", ()), ("left", "à Joseph Haydn", ()),
        ("right", "Op. 2.", ())]
    assert len(found.words) == 6


def test_a_small_word_in_the_middle_is_no_title_beside_large_ones() -> None:
    large = [Word(text, Box(50, left, 88, left + 200), 0.95) for text, left in (("VIER MÄRCHEN", 110),)]
    assert read_heading(graph([*large, word("so", 500, 100)]), is_sung=False).title == "VIER MÄRCHEN"
    assert read_heading(graph([word("Title", 470, 60, 40)]), is_sung=False).title == "Title"


def test_a_number_that_was_not_read_leaves_no_sign_for_it() -> None:
    assert read_heading(graph([word("SONATE", 420, 40, 90), word("N", 530, 40, 12)]), is_sung=False).title == "SONATE"
