"""Drops specks of dirt that the detector takes for dots. They have too little ink.

Old prints are full of specks. A speck over a note looks like a staccato dot to the detector, one beside a note like an
augmentation dot, even with a high score. But the printed dots of a page all have the same size, and are larger.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omr.types import SPACE_PX, Symbol
from omr.types.table import table

DOTS = frozenset(("articStaccato", "augmentationDot"))
"""The classes that are checked."""


@table
class SpeckTolerances:
    """Set on 3,336 staccato dots and 3,165 augmentation dots that the detector saw on 126 pages of Beethoven and Mozart
    in old prints. 123 and 15 of them have less ink than `least_ink`: specks, pencil and dots in words, which were
    looked at one by one. The faintest real dots that were seen have .079."""

    around: float = 0.45
    """How far from its middle a dot's ink is looked for, vertically and sideways, in staff spaces."""
    least_ink: float = 0.07
    """Least ink of a dot there, in square staff spaces of black. Engraved staccato dots have .09 and more."""


T = SpeckTolerances()
"""The tolerances of this stage."""


def without_specks(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """The symbols without dots that are specks. pixels: the page, (H, W), 0 = ink, 255 = paper."""
    return [s for s in symbols if s.name not in DOTS or _ink(s, pixels) >= T.least_ink]


def _ink(symbol: Symbol, pixels: np.ndarray) -> float:
    """The ink around the middle of a symbol, in square staff spaces of black."""
    row, col = (round(at) for at in symbol.box.center)
    reach = int(T.around * SPACE_PX)
    window = pixels[max(row - reach, 0):max(row + reach + 1, 0), max(col - reach, 0):max(col + reach + 1, 0)]
    return float((1 - window / 255.0).sum()) / SPACE_PX ** 2
