"""Pages of staves and words for tests, made by hand."""

from __future__ import annotations

import numpy as np

from omr.types import Box, NotationGraph, Staff, Symbol, System, Word

SPACE = 10.0


def staff(index: int, top: float, left: float = 100.0, right: float = 900.0) -> Staff:
    lines = np.array([[top + SPACE * i] * 2 for i in range(5)])
    return Staff(index=index, system=0, left=left, right=right, lines=lines)


def word(text: str, left: float, row: float, width: float | None = None, score: float = 0.95) -> Word:
    return Word(text, Box(row - 6, left, row + 6, left + (width or 7.0 * len(text))), score)


def graph(words: list[Word], heads: list[float] | None = None) -> NotationGraph:
    """Two staves of a system, a song's; heads on the first at these columns."""
    symbols = tuple(Symbol(i, "noteheadBlack", Box(215, col - 6, 225, col + 6)) for i, col in enumerate(heads or []))
    return NotationGraph(page=0, staves=(staff(0, 200), staff(1, 320)), systems=(System(0, (0, 1)),), symbols=symbols,
                         strokes=(), edges=(),
                         staff_of={s.id: 0 for s in symbols}, words=tuple(words))
