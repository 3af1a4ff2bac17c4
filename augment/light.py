"""Light on the page. Effects: (leaf, generator, strength) -> (H, W) uint8.

Shade and flash are our own: albumentations' Illumination goes no further than a fifth (a lamp to one side takes half)
and takes 23 to 53 ms a page of 2400 x 1700, RandomShadow's shadows have no soft edges, RandomSunFlare wants colours,
and PlasmaShadow takes 370 ms. Ours take 3 to 5.
"""

from __future__ import annotations

import cv2
import numpy as np

from augment.leaf import Leaf
from augment.library import run

GRID = 32
"""Light changes slowly: it is worked out on so many places a side."""
SOFT = 0.003
"""Of a page's width: how gradually a gutter darkens."""


def shade(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A lamp to one side."""
    x, y = _places()
    direction = rng.uniform(0, 2 * np.pi)
    slope = np.cos(direction) * x + np.sin(direction) * y
    return _lit(leaf.pixels, 1 - 0.45 * strength * rng.uniform(0, 1) * (slope - 0.2))


def shadow(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The shadow of a hand or of a head, sharp or soft."""
    x, y = _places()
    direction = rng.uniform(0, 2 * np.pi)
    depth = np.cos(direction) * (x - 0.5) + np.sin(direction) * (y - 0.5) - rng.uniform(-0.3, 0.3)
    return _lit(leaf.pixels, 1 - strength * rng.uniform(0.1, 0.4) / (1 + np.exp(-depth * rng.uniform(8, 60))))


def gutter(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The fold of a book or the edge of the sheet: dark along one side, black in a one-bit scan. Only the margin turns
    dark: what is labelled stays to be seen."""
    width = leaf.shape[1]
    side, edge, depth = int(rng.choice([-1, 1])), rng.uniform(0.003, 0.02), strength * rng.uniform(0.5, 1)
    boxes = [*(s.box for s in leaf.symbols), *(s.box for s in leaf.strokes)]
    margin = min((b.left if side > 0 else width - b.right for b in boxes), default=width) / width
    edge = min(edge, margin - 4 * SOFT)
    inwards = np.clip((np.arange(width, dtype=np.float32)[::side] / width - edge) / SOFT, -30, 30)
    dark = depth / (1 + np.exp(inwards)) if edge > 0 else np.zeros(width)
    return _lit(leaf.pixels, 1 - np.broadcast_to(dark, (2, width)))


def flash(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A flash thrown back by the paper: ink pales towards the middle of the spot."""
    x, y = _places()
    row, col = rng.uniform(0.1, 0.9, 2)
    spot = np.exp(-((y - row) ** 2 + (x - col) ** 2) / rng.uniform(0.02, 0.1))
    veiled = _lit(255 - leaf.pixels, 1 - strength * rng.uniform(0.15, 0.5) * spot)
    return np.asarray(255 - veiled)


def low_contrast(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Black is not black, and white not white."""
    black, white = 0.25 * strength * rng.uniform(0, 1), 1 - 0.4 * strength * rng.uniform(0, 1)
    return levels(leaf.pixels, rng, black, white)


def levels(pixels: np.ndarray, rng: np.random.Generator, black: float, white: float) -> np.ndarray:
    """(H, W) uint8 with 0 and 255 brought to `black` and `white` (0 to 1)."""
    slope = white - black - 1
    return run("RandomBrightnessContrast", pixels, rng, brightness_limit=(black, black), contrast_limit=(slope, slope))


def _places() -> tuple[np.ndarray, np.ndarray]:
    """(x, y) of the grid, 0 to 1 each."""
    y, x = np.mgrid[0 : 1 : GRID * 1j, 0 : 1 : GRID * 1j].astype(np.float32)
    return x, y


def _lit(pixels: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """The page times a coarse map of light."""
    height, width = pixels.shape
    full = cv2.resize(factor.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(pixels, full, dtype=cv2.CV_8U))
