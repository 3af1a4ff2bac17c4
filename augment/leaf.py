"""A page as it goes from one transform to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omr.types import Stroke, Symbol


@dataclass(frozen=True, eq=False)
class Leaf:
    """A page and its labels.

    pixels: (H, W) uint8, 0 = ink, 255 = paper. Transforms never write into the pixels that they get.
    symbols, strokes: labels in the same pixels.
    space_px: the staff space.

    Raises ValueError if the pixels are of another kind.
    """

    pixels: np.ndarray
    symbols: tuple[Symbol, ...]
    strokes: tuple[Stroke, ...]
    space_px: float

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.pixels.dtype != np.uint8:
            raise ValueError(f"a leaf's pixels must be (H, W) uint8, not {self.pixels.shape} {self.pixels.dtype}")
        if not self.space_px > 0:
            raise ValueError(f"a leaf's staff space must be positive, not {self.space_px}")

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]
