"""Chord symbols over the notes of lead sheets: "C", "F#m7", "Bb/D".

Single letters are also words. Words are taken for chord symbols only if a page has several over the top staves of its
systems, and most words there can be read as one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from omr.text.places import staff_below
from omr.types import NotationGraph

KINDS: dict[str, str] = {
    "": "major", "m": "minor", "min": "minor", "-": "minor", "7": "dominant", "maj7": "major-seventh",
    "M7": "major-seventh", "m7": "minor-seventh", "min7": "minor-seventh", "-7": "minor-seventh", "dim": "diminished",
    "o": "diminished", "°": "diminished", "dim7": "diminished-seventh", "o7": "diminished-seventh",
    "°7": "diminished-seventh", "m7b5": "half-diminished", "ø": "half-diminished", "ø7": "half-diminished",
    "aug": "augmented", "+": "augmented", "+7": "augmented-seventh", "6": "major-sixth", "m6": "minor-sixth",
    "9": "dominant-ninth", "maj9": "major-ninth", "m9": "minor-ninth", "11": "dominant-11th", "13": "dominant-13th",
    "sus": "suspended-fourth", "sus4": "suspended-fourth", "sus2": "suspended-second",
}
"""What is printed after a root -> MusicXML's `kind`."""
_ALTER = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
"""A printed accidental -> alteration in semitones."""
_SYMBOL = re.compile(r"([A-G])([#♯b♭]?)([^/\s]*)(?:/([A-G])([#♯b♭]?))?")
"""Root, its accidental, kind, bass, its accidental."""
LEAST_CHORDS = 3
"""Fewest chord symbols on a page that has any: one or two capital letters are more likely words or rehearsal marks."""
LEAST_CHORD_SHARE = 0.6
"""Smallest share of the words over the top staves that must read as chord symbols: text must not be taken for them."""
CHORD_HEIGHT_SPACES = 8.0
"""Greatest height of a chord symbol over the top line of its staff, in staff spaces. Rule of thumb."""
_EDGES = " ,.;|"
"""Specks and bar lines that may be read at the ends of a chord symbol."""


@dataclass(frozen=True, kw_only=True)
class ChordName:
    """A chord symbol. step, alter: the root, A-G and its alteration in semitones. kind: MusicXML's. suffix: the kind as
    printed. bass_step, bass_alter: the bass likewise, "" and 0 without one."""

    step: str
    alter: int
    kind: str
    suffix: str = ""
    bass_step: str = ""
    bass_alter: int = 0


def chord_name(text: str) -> ChordName | None:
    """The chord symbol that a word can be read as, None if it cannot."""
    found = _SYMBOL.fullmatch(text.strip(_EDGES))
    if found is None or found[3] not in KINDS:
        return None
    return ChordName(step=found[1], alter=_ALTER[found[2]], kind=KINDS[found[3]], suffix=found[3],
                     bass_step=found[4] or "", bass_alter=_ALTER[found[5] or ""])


def find_chord_names(graph: NotationGraph, used: Collection[int]) -> dict[int, int]:
    """The chord symbols of a page: place among its words -> index of the staff below. used: places of sung words."""
    words_over: dict[int, list[int]] = defaultdict(list)
    for i, word in enumerate(graph.words):
        if i not in used and re.search(r"\w", word.text):
            staff = staff_below(graph, word.box, CHORD_HEIGHT_SPACES)
            if staff is not None:
                words_over[staff.index].append(i)
    top_staves = {system.staves[0] for system in graph.systems if system.staves}
    candidates = {i: staff for staff, words in words_over.items() if staff in top_staves for i in words}
    chords = {i: staff for i, staff in candidates.items() if chord_name(graph.words[i].text) is not None}
    if len(chords) < LEAST_CHORDS or len(chords) < LEAST_CHORD_SHARE * len(candidates):
        return {}
    return chords
