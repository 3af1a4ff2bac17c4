"""Chord symbols over the notes of lead sheets: "C", "F#m7", "Bb/D".

Single letters are also words. Chord symbols are believed where a page has several, over one staff, and most of what
stands there reads as one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from omr.types import NotationGraph, Word

KINDS: dict[str, str] = {
    "": "major", "m": "minor", "min": "minor", "-": "minor", "7": "dominant", "maj7": "major-seventh",
    "M7": "major-seventh", "m7": "minor-seventh", "min7": "minor-seventh", "-7": "minor-seventh", "dim": "diminished",
    "o": "diminished", "°": "diminished", "dim7": "diminished-seventh", "o7": "diminished-seventh",
    "°7": "diminished-seventh", "m7b5": "half-diminished", "ø": "half-diminished", "ø7": "half-diminished",
    "aug": "augmented", "+": "augmented", "+7": "augmented-seventh", "6": "major-sixth", "m6": "minor-sixth",
    "9": "dominant-ninth", "maj9": "major-ninth", "m9": "minor-ninth", "11": "dominant-11th", "13": "dominant-13th",
    "sus": "suspended-fourth", "sus4": "suspended-fourth", "sus2": "suspended-second",
}
"""What is printed behind a root, and MusicXML's `kind`."""
_ALTER = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
_SYMBOL = re.compile(r"([A-G])([#♯b♭]?)([^/\s]*)(?:/([A-G])([#♯b♭]?))?")
FEWEST = 3
SHARE = 0.6
"""A page has chord symbols over a staff if it has so many, and they are such a share of the words there."""
REACH = 8.0
"""How far over its staff, in staff spaces, a chord symbol stands at most."""


@dataclass(frozen=True)
class ChordName:
    """A chord symbol: steps A-G, alterations in semitones, one of MusicXML's kinds, and how it is printed behind its
    root. bass_step is "" without a bass."""

    step: str
    alter: int
    kind: str
    suffix: str = ""
    bass_step: str = ""
    bass_alter: int = 0


def chord_name(text: str) -> ChordName | None:
    """The chord symbol that a word is, if it is one."""
    found = _SYMBOL.fullmatch(text.strip(" ,.;|"))
    if found is None or found[3] not in KINDS:
        return None
    return ChordName(found[1], _ALTER[found[2]], KINDS[found[3]], found[3], found[4] or "", _ALTER[found[5] or ""])


def find_chord_names(graph: NotationGraph, used: Collection[int]) -> dict[int, int]:
    """Place of a word among the page's -> the staff it is a chord symbol over. used: places of words that are sung."""
    over: dict[int, list[int]] = defaultdict(list)
    for i, word in enumerate(graph.words):
        if i not in used and re.search(r"\w", word.text):
            staff = _staff_below(graph, word)
            if staff is not None:
                over[staff].append(i)
    symbols: dict[int, int] = {}
    system_of = {s: system.index for system in graph.systems for s in system.staves}
    top_of = {system.index: system.staves[0] for system in graph.systems if system.staves}
    tops = [s for s in over if s in system_of and top_of[system_of[s]] == s]
    there = [i for s in tops for i in over[s]]
    chords = [i for i in there if chord_name(graph.words[i].text) is not None]
    if len(chords) >= FEWEST and len(chords) >= SHARE * len(there):
        symbols = {i: s for s in tops for i in over[s] if i in chords}
    return symbols


def _staff_below(graph: NotationGraph, word: Word) -> int | None:
    row, col = word.box.center
    below = [s for s in graph.staves if s.left <= col <= s.right and 0 < s.row(4, col) - row < REACH * s.space_px]
    return min(below, key=lambda s: s.row(4, col)).index if below else None
