"""Tempo words, and how fast they are."""

from __future__ import annotations

import re

_WORDS: tuple[tuple[str, float], ...] = (
    ("prestissimo", 200), ("prest", 187), ("vivac|vivo\\b|viva\\b", 172), ("allegretto", 116), ("allegr", 144),
    ("moderat", 114), ("andantino", 94), ("andant", 92), ("adagi", 71), ("larghetto", 63), ("larg", 50),
    ("lento", 52.5), ("grave\\b", 35), ("maestos", 90), ("sostenut", 76), ("tranquil", 80), ("animat|mosso\\b", 130),
    ("langsam", 60), ("mäßig|mässig", 104), ("schnell|rasch", 152), ("lebhaft", 140), ("bewegt", 120), ("ruhig", 76),
    ("gehend", 92), ("lent", 52.5), ("modéré", 114), ("vif\\b|vite\\b", 160), ("animé", 130),
    ("slow", 60), ("fast\\b", 152), ("lively|brightly", 140),
)
"""How a tempo mark begins -> quarter notes a minute. The Italian ones are those of MuseScore 3's palette; the others
were chosen to match."""
_BEFORE = r"(un poco |poco |molto |assai |non |sehr |etwas |ziemlich |très |assez |con )?"
_BEGINNING = re.compile(
    _BEFORE + "(?:" + "|".join(f"(?P<w{i}>{words})" for i, (words, _) in enumerate(_WORDS)) + r"|tempo\b)",
    re.IGNORECASE)


def is_tempo(text: str) -> bool:
    """Whether words begin like a tempo mark: "Allegro", "Sehr langsam", "Tempo di marcia"."""
    return _BEGINNING.match(text) is not None


def quarters_a_minute(text: str) -> float | None:
    """The usual speed of a tempo mark without a number. None for words that are no tempo, and for a tempo that depends
    on another, such as "Tempo I"."""
    found = _BEGINNING.match(text)
    if found is None or found.lastgroup is None:
        return None
    return _WORDS[int(found.lastgroup.removeprefix("w"))][1]
