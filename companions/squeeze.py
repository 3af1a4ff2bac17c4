"""Feature squeezing (Xu, Evans and Qi, NDSS 2018): does what is read hang on what is too faint to be print?

A page is read as it is, and smoothed where neighbouring pixels differ by little. What is printed stays, and its symbols
with it; what an adversarial attack added is gone, and the symbols that it made or hid are others. `omr guard` measures
how well this tells attacked pages from others.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

LIMIT = 0.014
"""Shift of the energy above which a page is doubted: above that of first pages of ten old prints, 0.004 to 0.010, and
of 14 of the 15 untouched crops of `omr guard --crops 15`; a photographed one reaches 0.019."""
SOMETHING = 0.3
"""Energy from which a cell counts: where neither reading sees anything, there is nothing to compare."""


def squeezed(ink: np.ndarray) -> np.ndarray:
    """Ink (H, W) smoothed where neighbours differ by little, edges kept (bilateral filter)."""
    return cv2.bilateralFilter(ink.astype(np.float32), 5, 0.12, 2)


def shift(energy: Callable[[np.ndarray], np.ndarray], ink: np.ndarray) -> float:
    """How far the energy moves, on average where there is any, if the page is squeezed. energy: ink -> (h, w) 0..1."""
    before, after = energy(ink), energy(squeezed(ink))
    there = np.maximum(before, after) > SOMETHING
    return float(np.abs(before - after)[there].mean()) if there.any() else 0.0
