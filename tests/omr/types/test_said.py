"""Symbols and lengths in a musician's words."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from omr.types.said import said, said_quarters
from omr.types.vocabulary import BY_NAME


@pytest.mark.parametrize("name", BY_NAME)
def test_every_class_has_a_name_without_terms_of_the_program(name: str) -> None:
    one, two = said(name), said(name, 2)
    assert not re.search("[a-z][A-Z]|_|[*]|[a-z][0-9]", f"{one} {two}")
    assert one.startswith(("a ", "an ")) and two.startswith("2 ") and "s" in two.split(" ", 1)[1]


def test_names() -> None:
    assert said("noteheadBlack", 3) == "3 filled noteheads"
    assert said("rest8th") == "an eighth rest"
    assert said("flag16thUp", 2) == "2 flags of a 16th note"
    assert said("stringsUpBow") == "an up-bow"


@pytest.mark.parametrize(("length", "text"), [
    (Fraction(7, 2), "3 1/2 quarters"), (Fraction(1), "1 quarter"), (Fraction(3, 4), "3/4 quarter"),
    (Fraction(4), "4 quarters"), (Fraction(0), "0 quarters"),
])
def test_lengths(length: Fraction, text: str) -> None:
    assert said_quarters(length) == text
