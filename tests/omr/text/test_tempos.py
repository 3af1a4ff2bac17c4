"""Tempo words."""

from __future__ import annotations

import pytest

from omr.text.tempos import is_tempo, quarters_a_minute


@pytest.mark.parametrize(("text", "tempo"), [
    ("Allegro con brio", 144), ("Allegretto", 116), ("Un poco Adagio", 71), ("PRESTISSIMO", 200), ("Sehr langsam", 60),
    ("Très lent", 52.5), ("Lento", 52.5), ("Tempo I", None), ("rallentando", None), ("con fuoco", None),
    ("Vivo", 172), ("vivid", None), ("Andantino", 94),
])
def test_a_tempo_is_known_by_how_it_begins(text: str, tempo: float | None) -> None:
    assert quarters_a_minute(text) == tempo


def test_tempos_without_a_speed_of_their_own_are_tempos_too() -> None:
    assert is_tempo("Tempo di Minuetto") and not is_tempo("dolce")
