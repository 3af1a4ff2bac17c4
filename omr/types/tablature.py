"""Tablature as it stands on a page: which fret of which string, and what rhythm is drawn with it."""

from __future__ import annotations

from dataclasses import dataclass

from omr.types.page import Box
from omr.types.score import NoteType


@dataclass(frozen=True, slots=True)
class Fret:
    """A number on a line of tablature. string: counted from 1 at the top. is_dead: a cross, a muted string."""

    string: int
    number: int
    box: Box
    is_dead: bool = False


@dataclass(frozen=True, slots=True)
class TabColumn:
    """Frets that are played together. x: column of their middle, in pixels. type, dots: the note value that stems,
    flags and beams above or below the lines give them; None where none are drawn."""

    x: float
    frets: tuple[Fret, ...]
    type: NoteType | None = None
    dots: int = 0


@dataclass(frozen=True, slots=True)
class TabRow:
    """One line of tablature. lines: how many strings; bars: columns of its barlines, without one at its left end."""

    lines: int
    box: Box
    bars: tuple[float, ...]
    columns: tuple[TabColumn, ...]
