"""Chord diagrams as they are printed: where the fingers go on the strings of a guitar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from omr.types.page import Box


@dataclass(frozen=True, slots=True)
class FretboardNote:
    """A string that is played.

    string: from 1 at the right, which is the highest string.
    fret: 0 for an open string.
    barre: whether a finger over several strings begins here (at the lowest of them) or ends here.
    """

    string: int
    fret: int
    barre: Literal["", "start", "stop"] = ""


@dataclass(frozen=True, slots=True)
class Fretboard:
    """A chord diagram. Strings without a note are not played.

    box: that of its grid.
    frets: how many frets are drawn.
    first: the number of the uppermost fret.
    """

    box: Box
    strings: int
    frets: int
    first: int
    notes: tuple[FretboardNote, ...]
