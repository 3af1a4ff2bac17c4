"""Heads that the detector saw too faintly to be believed alone, and that stand at the end of a stem.

In a broken print, or on a blurred photograph, the detector is often not sure what a head is: its shape is eaten, or it
runs into the next head of its chord. What it answers is then spread over several kinds of heads, none of which scores
enough. But that something hangs on the end of a stem, which itself ends at a beam, in a flag or free, and is as large
as a head says that it is one. What is as faint and has no stem stays out: letters, digits, and specks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from omr.types import SPACE_PX, Stroke, Symbol
from omr.types.table import table

ROUND = {
    "noteheadBlack": "noteheadBlack", "noteheadHalf": "noteheadHalf",
    "noteheadDiamondBlack": "noteheadBlack", "noteheadDiamondHalf": "noteheadHalf",
}
"""Classes as which a head of usual size is seen where its ink is broken -> the one that it is then, if it has a stem.
Whether it is filled is told by the ink later."""


@table
class FaintTolerances:
    """Lengths in staff spaces, scores 0 to 1."""

    least_score: float = 0.25
    """Least score of a faint head."""
    height: tuple[float, float] = (0.7, 1.5)
    """Least and greatest height of a faint head: a whole one is one space high, and its rims."""
    width: tuple[float, float] = (0.8, 1.7)
    """The same for its width."""
    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    least_ink: float = 0.35
    """Least share of ink in its box."""
    end: float = 0.7
    """Greatest distance up and down between a head and the end of its stem."""
    beside: float = 0.4
    """Greatest distance sideways between a stem and the edge of its head."""
    aside: float = 0.25
    """Greatest distance sideways between the middles of two heads in one column."""
    apart: tuple[float, float] = (0.75, 2.3)
    """Least and greatest distance up and down between such heads: a third is one space, a fifth two."""
    as_wide: float = 0.85
    """Least width of the faint one, as a share of the other's: digits of fingerings are narrower."""
    least_stem: float = 2.0
    """Least length of the stem beyond the head."""


T = FaintTolerances()
"""The tolerances of this stage."""
LEAST = dict.fromkeys(ROUND, T.least_score)
"""Least score of what may be a faint head, by its class."""


def faint_heads(faint: Iterable[Symbol], seen: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """Of what scored too little to be seen, what may be a head: it is as large, has ink, and nothing else was seen
    there. As heads of usual shapes.

    seen: the symbols of the page that score enough. pixels: the page, (H, W) uint8, 0 = ink.
    """
    return [replace(s, name=ROUND[s.name]) for s in faint
            if s.name in ROUND and _is_as_large(s) and _ink(s, pixels) >= T.least_ink
            and not any(_is_same(s, other) for other in seen)]


def _is_same(head: Symbol, other: Symbol) -> bool:
    """Whether the middle of either lies in the other."""
    (row, col), (other_row, other_col), a, b = head.box.center, other.box.center, head.box, other.box
    return (a.top < other_row < a.bottom and a.left < other_col < a.right
            or b.top < row < b.bottom and b.left < col < b.right)


def _is_as_large(head: Symbol) -> bool:
    """Whether a box has the size of a head."""
    height, width = head.box.height / SPACE_PX, head.box.width / SPACE_PX
    return T.height[0] <= height <= T.height[1] and T.width[0] <= width <= T.width[1]


def _ink(head: Symbol, pixels: np.ndarray) -> float:
    """The share of ink in a box."""
    box = head.box
    inside = pixels[max(round(box.top), 0):round(box.bottom), max(round(box.left), 0):round(box.right)]
    return float((inside < T.dark_below).mean()) if inside.size else 0.0


def believed(faint: Sequence[Symbol], symbols: Iterable[Symbol], strokes: Sequence[Stroke]) -> list[Symbol]:
    """Those of the faint heads that are heads: they stand at the end of a stem, or right over or under another head of
    their chord.

    symbols: of the page. strokes: of the page, with the stems that were found in the ink.
    """
    stems = np.array([(s.points[0][0], s.points[-1][0], (s.points[0][1] + s.points[-1][1]) / 2)
                      for s in strokes if s.kind == "stem"]).reshape(-1, 3)
    heads = [s for s in symbols if s.kind == "notehead"]
    return [head for head in faint if _stands_on(head, stems) or any(_is_beside(head, other) for other in heads)]


def _is_beside(head: Symbol, other: Symbol) -> bool:
    """Whether a faint head continues the column of a head that was seen, and is as wide."""
    (row, col), (other_row, other_col) = head.box.center, other.box.center
    alike = head.symbol_class.is_filled == other.symbol_class.is_filled and not other.symbol_class.is_small
    return (alike and abs(col - other_col) < T.aside * SPACE_PX
            and T.apart[0] * SPACE_PX < abs(row - other_row) < T.apart[1] * SPACE_PX
            and head.box.width > T.as_wide * other.box.width)


def _stands_on(head: Symbol, stems: np.ndarray) -> bool:
    """Whether a stem begins at a head and leaves it on the side where its own stem would. stems: (N, 3) upper ends,
    lower ends and columns."""
    row, (top, bottom, col) = head.box.center[0], stems.T
    for edge, begin, away in ((head.box.right, bottom, row - top), (head.box.left, top, bottom - row)):
        own = (np.abs(col - edge) < T.beside * SPACE_PX) & (away > T.least_stem * SPACE_PX)
        if (own & (np.abs(begin - row) < T.end * SPACE_PX)).any():
            return True
    return False
