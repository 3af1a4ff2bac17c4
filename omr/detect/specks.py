"""Specks of dirt that the detector takes for dots, told by how little ink they are.

Old prints are full of specks. One over a note looks like a staccato dot to the detector, one beside a note like the dot
that makes it longer, however sure of them it is. But printed dots of one page are all of one size, and larger.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omr.types import SPACE_PX, Symbol
from omr.types.table import table

DOTS = frozenset(("articStaccato", "augmentationDot"))
"""The classes that are looked at."""


@table
class SpeckTolerances:
    """Set on 3,336 staccato dots and 3,165 dots of length as the detector sees them on 126 pages of Beethoven and
    Mozart in old prints. 123 and 15 of them have less ink than `least_ink`: specks, pencil and dots in words, looked
    at one by one. The faintest true ones that were seen have .079."""

    around: float = 0.45
    """How far from its middle a dot's ink is looked for, upwards, downwards and sideways, in staff spaces."""
    least_ink: float = 0.07
    """Least ink of a dot there, in square staff spaces of black; engraved staccato dots have .09 and more."""


T = SpeckTolerances()
"""The tolerances of this stage."""


def without_specks(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """The symbols without dots that are specks. pixels: of the page (H, W), 0 = ink, 255 = paper."""
    return [s for s in symbols if s.name not in DOTS or _ink(s, pixels) >= T.least_ink]


def _ink(symbol: Symbol, pixels: np.ndarray) -> float:
    """The ink around the middle of a symbol, in square staff spaces of black."""
    row, col = (round(at) for at in symbol.box.center)
    reach = int(T.around * SPACE_PX)
    window = pixels[max(row - reach, 0):max(row + reach + 1, 0), max(col - reach, 0):max(col + reach + 1, 0)]
    return float((1 - window / 255.0).sum()) / SPACE_PX ** 2
