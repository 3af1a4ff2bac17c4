"""Lines of numbers that were read as words."""

from __future__ import annotations

import pytest

from omr.text.numbers import cipher_lines
from omr.types import Box, Word


def line(row: float, *texts: str, step: float = 100) -> list[Word]:
    return [Word(text, Box(row, 50 + i * step, row + 15, 50 + i * step + 8 * len(text)), 0.9)
            for i, text in enumerate(texts)]


NOTES = line(100, "1155", "665-", "4433", "Z21.", "5544")


def test_a_line_of_digits_stands_for_notes() -> None:
    sung = line(130, "Twin", "kle", "twin", "kle", "star")
    ((box, words),) = cipher_lines([*sung, *NOTES], 800)
    assert words == tuple(NOTES) and box == Box(100, 50, 115, 482)


@pytest.mark.parametrize("words", [
    line(100, "Twinkle", "11", "55", "66", "5", "star"),
    line(100, "1893", "8985", "1689", "8899", "1998"),  # digits that are no notes
    line(100, "10", "11", "12", "13", "14", "15"),  # of bars
    line(100, "1155", "665", step=40),  # too short
    line(100, "T(1", "[4])", "S2", "[52]", "3}", "S(4", "[2])", "55", "11"),  # harmonic functions
    line(100, "15", "5", "6", "1", "2", "3"),
    [],
])
def test_other_numbers_do_not(words: list[Word]) -> None:
    assert cipher_lines(words, 800) == []
