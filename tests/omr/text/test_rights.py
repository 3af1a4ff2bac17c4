"""Who has the rights in a page, as its foot says."""

from __future__ import annotations

import pytest
from lxml import etree

from omr.export import musicxml
from omr.music.compose import read_score
from omr.text.rights import read_rights
from omr.types import Word
from tests.omr.text.pages import graph, word


def line(text: str, row: float, left: float = 300.0) -> list[Word]:
    words = []
    for each in text.split():
        words.append(word(each, left, row))
        left = words[-1].box.right + 5
    return words


@pytest.mark.parametrize("text", [
    "Copyright 1923 by Carl Lorenz, Leipzig", "All rights reserved", "Eigentum des Verlegers", "Public Domain",
    "Tous droits réservés", "Proprietà degli editori"])
def test_a_line_at_the_foot_says_who_has_the_rights(text: str) -> None:
    assert read_rights(graph(line(text, 800))).text == text
    assert read_rights(graph(line(text, 60))).text == ""  # over the music


def test_what_stands_in_one_line_with_it_belongs_to_it_and_other_footers_do_not() -> None:
    page = graph([*line("C. L. 311", 790, 120), *line("Copyright 1923", 790, 600), *line("Printed in Leipzig", 820)])
    rights = read_rights(page)
    assert rights.text == "C. L. 311 Copyright 1923".replace(" Copy", "\nCopy")
    assert "Leipzig" not in rights.text and len(rights.words) == 5


def test_rights_are_written_and_are_no_doubt() -> None:
    score = read_score([graph(line("Copyright 1923 by Lorenz", 800), heads=[200.0])], "test")
    assert score.rights == "Copyright 1923 by Lorenz"
    root = etree.fromstring(musicxml.to_bytes(score))
    assert root.findtext("identification/rights") == "Copyright 1923 by Lorenz"
    assert not [d for d in score.doubts if "Copyright" in d.message]
