"""Chord diagrams as they stand on a page: where the fingers go on the strings of a guitar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from omr.types.page import Box


@dataclass(frozen=True, slots=True)
class FretboardNote:
    """A string that is played. string: from 1 at the right, the highest. fret: 0 is open. barre: where a finger over
    several strings begins, at the lowest of them, and ends."""

    string: int
    fret: int
    barre: Literal["", "start", "stop"] = ""


@dataclass(frozen=True, slots=True)
class Fretboard:
    """A chord diagram. box: of its grid. frets: how many are drawn; first: the number of the uppermost. Strings without
    a note are not played."""

    box: Box
    strings: int
    frets: int
    first: int
    notes: tuple[FretboardNote, ...]
