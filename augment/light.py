"""Light on the page. Effects: (leaf, generator, strength) -> (H, W) uint8.

Shade and flash are our own, and take 3 to 5 ms. Of albumentations' transforms, Illumination changes brightness by a
fifth at most (a lamp at one side takes away half) and takes 23 to 53 ms for a page of 2400 x 1700, RandomShadow has no
soft edges, RandomSunFlare needs colours, and PlasmaShadow takes 370 ms.
"""

from __future__ import annotations

import cv2
import numpy as np

from augment.leaf import Leaf
from augment.library import run

GRID = 32
"""Light changes slowly, so it is computed at this many places along each side."""
SOFT = 0.003
"""How gradually a gutter gets dark, as a share of the page's width."""


def shade(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A lamp at one side."""
    x, y = _places()
    direction = rng.uniform(0, 2 * np.pi)
    slope = np.cos(direction) * x + np.sin(direction) * y
    return _lit(leaf.pixels, 1 - 0.45 * strength * rng.uniform(0, 1) * (slope - 0.2))


def shadow(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The shadow of a hand or head, sharp or soft."""
    x, y = _places()
    direction = rng.uniform(0, 2 * np.pi)
    depth = np.cos(direction) * (x - 0.5) + np.sin(direction) * (y - 0.5) - rng.uniform(-0.3, 0.3)
    return _lit(leaf.pixels, 1 - strength * rng.uniform(0.1, 0.4) / (1 + np.exp(-depth * rng.uniform(8, 60))))


def gutter(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The fold of a book, or the edge of the sheet: dark along one side, black in a one-bit scan. Only the margin gets
    dark, so that everything with a label stays visible."""
    width = leaf.shape[1]
    side, edge, depth = int(rng.choice([-1, 1])), rng.uniform(0.003, 0.02), strength * rng.uniform(0.5, 1)
    boxes = [*(s.box for s in leaf.symbols), *(s.box for s in leaf.strokes)]
    margin = min((b.left if side > 0 else width - b.right for b in boxes), default=width) / width
    edge = min(edge, margin - 4 * SOFT)
    inwards = np.clip((np.arange(width, dtype=np.float32)[::side] / width - edge) / SOFT, -30, 30)
    dark = depth / (1 + np.exp(inwards)) if edge > 0 else np.zeros(width)
    return _lit(leaf.pixels, 1 - np.broadcast_to(dark, (2, width)))


def flash(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A flash reflected by the paper: ink gets pale towards the middle of the spot."""
    x, y = _places()
    row, col = rng.uniform(0.1, 0.9, 2)
    spot = np.exp(-((y - row) ** 2 + (x - col) ** 2) / rng.uniform(0.02, 0.1))
    veiled = _lit(255 - leaf.pixels, 1 - strength * rng.uniform(0.15, 0.5) * spot)
    return np.asarray(255 - veiled)


def low_contrast(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Black is not black, and white is not white."""
    black, white = 0.25 * strength * rng.uniform(0, 1), 1 - 0.4 * strength * rng.uniform(0, 1)
    return levels(leaf.pixels, rng, black, white)


def levels(pixels: np.ndarray, rng: np.random.Generator, black: float, white: float) -> np.ndarray:
    """(H, W) uint8 with 0 and 255 moved to `black` and `white` (0 to 1)."""
    slope = white - black - 1
    return run("RandomBrightnessContrast", pixels, rng, brightness_limit=(black, black), contrast_limit=(slope, slope))


def _places() -> tuple[np.ndarray, np.ndarray]:
    """(x, y) of the grid, 0 to 1 each."""
    y, x = np.mgrid[0 : 1 : GRID * 1j, 0 : 1 : GRID * 1j].astype(np.float32)
    return x, y


def _lit(pixels: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """The page multiplied by a coarse map of light."""
    height, width = pixels.shape
    full = cv2.resize(factor.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(pixels, full, dtype=cv2.CV_8U))
