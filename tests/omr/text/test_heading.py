"""Title and authors over the music."""

from __future__ import annotations

import pytest

from omr.text.heading import Heading, read_heading
from omr.types import NotationGraph
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
