"""Tablature as it is printed: which fret is played on which string, and the rhythm that is drawn with it."""

from __future__ import annotations

from dataclasses import dataclass

from omr.types.page import Box
from omr.types.score import NoteType


@dataclass(frozen=True, slots=True)
class Fret:
    """A fret number on a line of tablature. string: counted from 1 at the top. is_dead: a cross, for a muted string."""

    string: int
    number: int
    box: Box
    is_dead: bool = False


@dataclass(frozen=True, slots=True)
class TabColumn:
    """Frets that are played together. x: their middle column, in pixels. type, dots: the note value that is shown by
    stems, flags and beams above or below the lines; None where none is drawn."""

    x: float
    frets: tuple[Fret, ...]
    type: NoteType | None = None
    dots: int = 0


@dataclass(frozen=True, slots=True)
class TabRow:
    """One system of tablature. lines: how many strings it has. bars: columns of its barlines, except one at its left
    end."""

    lines: int
    box: Box
    bars: tuple[float, ...]
    columns: tuple[TabColumn, ...]
