"""Hand-made notation: one staff (or more), staff space 10 px, middle line of staff i at row 120 + 120 i."""

import numpy as np

from omr.notation.assembly import assemble
from omr.types import Box, NotationGraph, Staff, Stroke, Symbol, System

SPACE = 10.0


class Sheet:
    """Collects symbols and strokes with fresh ids; positions are half spaces from the middle line of a staff."""

    def __init__(self, staves: int = 1, width: float = 600.0):
        self.staves = [
            Staff(index=i, system=0, left=20.0, right=width,
                  lines=np.repeat((100.0 + 120 * i + 10 * np.arange(5))[:, None], 2, axis=1))
            for i in range(staves)
        ]
        self.symbols: list[Symbol] = []
        self.strokes: list[Stroke] = []

    def _id(self) -> int:
        return len(self.symbols) + len(self.strokes)

    def symbol(self, name: str, position: float, left: float, height: float = 10, width: float = 12,
               staff: int = 0) -> Symbol:
        row = self.staves[staff].row(position, left)
        made = Symbol(self._id(), name, Box(row - height / 2, left, row + height / 2, left + width))
        self.symbols.append(made)
        return made

    def stroke(self, kind: str, *points: tuple[float, float], thick: float = 1.5) -> Stroke:
        made = Stroke(self._id(), kind, points, thick)  # type: ignore[arg-type]
        self.strokes.append(made)
        return made

    def note(self, position: float, left: float, up: bool = True, length: float = 35.0, staff: int = 0,
             name: str = "noteheadBlack") -> Symbol:
        head = self.symbol(name, position, left, staff=staff)
        row = head.box.center[0]
        if up:
            self.stroke("stem", (row - length, head.box.right - 0.5), (row - 1, head.box.right - 0.5))
        else:
            self.stroke("stem", (row + 1, left + 0.5), (row + length, left + 0.5))
        return head

    def graph(self, exact: bool = False, keyboard: bool = False) -> NotationGraph:
        staves = tuple(s.index for s in self.staves)
        system = System(0, staves, braces=(staves,) if keyboard else ())
        return assemble(0, self.staves, [system], self.symbols, self.strokes, exact)


def children(graph: NotationGraph, parent: int, kind: str) -> list[int]:
    return [e.child for e in graph.edges if e.parent == parent and e.kind == kind]
