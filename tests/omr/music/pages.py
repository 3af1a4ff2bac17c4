"""Small pages for tests of `omr.music`: straight staves, and symbols placed by staff position.

Staff spaces are 10 px. Each staff runs from column 20 to 600; its middle line is at row 120 + 100 times its index.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omr.music.events import TICKS, Event
from omr.types import Box, Edge, EdgeKind, NotationGraph, Staff, Stroke, StrokeKind, Symbol, System, Word

LEFT, RIGHT = 20.0, 600.0


class PageMaker:
    """A page of systems of equally many staves, to be filled with symbols and strokes."""

    def __init__(self, systems: int = 1, staves: int = 1, page: int = 0, line_count: int = 5, braced: bool = False):
        self.page = page
        self.systems = tuple(
            System(i, own := tuple(range(i * staves, (i + 1) * staves)), (own,) if braced else ())
            for i in range(systems))
        self.staves = tuple(
            Staff(index=i, system=i // staves, left=LEFT, right=RIGHT,
                  lines=np.repeat(100.0 + 100 * i + 10 * np.arange(5)[:, None], 2, axis=1),
                  line_count=line_count)
            for i in range(systems * staves))
        self.symbols: list[Symbol] = []
        self.strokes: list[Stroke] = []
        self.edges: list[Edge] = []
        self.staff_of: dict[int, int] = {}
        self.words: list[Word] = []

    def symbol(
        self, name: str, left: float, position: float = 0, staff: int = 0, height: float = 10, width: float = 12,
        score: float = 1.0,
    ) -> Symbol:
        """A symbol whose middle is at a staff position (half spaces)."""
        row = self.staves[staff].row(position, left)
        made = Symbol(len(self.symbols) + len(self.strokes), name,
                      Box(row - height / 2, left, row + height / 2, left + width), score)
        self.symbols.append(made)
        self.staff_of[made.id] = staff
        return made

    def clef(self, name: str = "gClef", left: float = 24, staff: int = 0, score: float = 1.0) -> Symbol:
        """A clef on its usual line, as high as it is in print: a G clef's box holds the 8 that its name tells of."""
        sign = name[0]
        top, bottom = {"g": (6.8, -7.4), "f": (4.0, -2.2), "c": (4.0, -4.0)}.get(sign, (2.0, -2.0))
        top, bottom = top + 2.0 * name.endswith("va"), bottom - 2.0 * name.endswith("vb")
        return self.symbol(name, left, (top + bottom) / 2, staff, 5 * (top - bottom), 24, score)

    def key(self, names: Sequence[str], left: float, staff: int = 0) -> None:
        """A key signature. names: of its accidentals, with their staff positions: "accidentalSharp@4"."""
        members = []
        for i, text in enumerate(names):
            name, _, position = text.partition("@")
            members.append(self.symbol(name, left + 11 * i, float(position), staff, 28, 9))
        self.group("key", members)

    def time(self, beats: int, beat_type: int, left: float, staff: int = 0, score: float = 1.0) -> None:
        self.group("time", [self.symbol(f"timeSig{beats}", left, 2, staff, 20, 15, score),
                            self.symbol(f"timeSig{beat_type}", left, -2, staff, 20, 15, score)])

    def group(self, kind: EdgeKind, members: Sequence[Symbol]) -> None:
        self.edges += [Edge(members[0].id, member.id, kind) for member in members]

    def stroke(self, kind: StrokeKind, *points: tuple[float, float], thickness: float = 1.5) -> Stroke:
        made = Stroke(len(self.symbols) + len(self.strokes), kind, points, thickness)
        self.strokes.append(made)
        return made

    def barline(self, col: float, system: int = 0, thickness: float = 1.5) -> Stroke:
        """A barline through all staves of a system."""
        own = self.systems[system].staves
        return self.stroke("barline", (self.staves[own[0]].row(4, col), col), (self.staves[own[-1]].row(-4, col), col),
                           thickness=thickness)

    def graph(self) -> NotationGraph:
        return NotationGraph(page=self.page, staves=self.staves, systems=self.systems, symbols=tuple(self.symbols),
                             strokes=tuple(self.strokes),
                             edges=tuple(self.edges), staff_of=self.staff_of, words=tuple(self.words))


SHARPS = ("accidentalSharp@4", "accidentalSharp@1", "accidentalSharp@5", "accidentalSharp@2")
FLATS = ("accidentalFlat@0", "accidentalFlat@3", "accidentalFlat@-1", "accidentalFlat@2")
"""Key signatures under a treble clef."""


def key_of(fifths: int) -> Sequence[str]:
    """The accidentals of a key under a treble clef, for `PageMaker.key`."""
    return SHARPS[:fifths] if fifths > 0 else FLATS[:-fifths]


def note(id_: int, x: float, staff: int = 0, base: int = TICKS, row: float = 120.0, **more: object) -> Event:
    """A chord of one head."""
    head = Symbol(1000 + id_, "noteheadBlack", Box(row - 5, x, row + 5, x + 12))
    return Event(id=id_, x=x, staff=staff, heads=(head,), base=base, **more)  # type: ignore[arg-type]
