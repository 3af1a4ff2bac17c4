"""Ink: how a printing plate and the paper change shapes. Effects: (leaf, generator, strength) -> (H, W) uint8.

albumentations has nothing of the kind: its Morphological thickens all lines alike, by whole pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

from augment.leaf import Leaf
from augment.light import levels


def smooth_noise(shape: tuple[int, int], cells_px: float, rng: np.random.Generator) -> np.ndarray:
    """(H, W) float32 noise, standard deviation about 1, with features of `cells_px`."""
    h, w = max(2, int(shape[0] / cells_px) + 2), max(2, int(shape[1] / cells_px) + 2)
    return cv2.resize(rng.normal(0, 1, (h, w)).astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)


def press(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Ink spread and cut again at a level that wanders over the page: gain fills halves and joins beams, loss
    breaks staff lines and stems. Fine noise in the level gives old prints' ragged edges."""
    space_px = leaf.space_px
    soft = cv2.GaussianBlur(_ink(leaf.pixels), (0, 0), space_px * rng.uniform(0.03, 0.05 + 0.05 * strength))
    # A hairline blurred by its own width peaks far below 1/2; the level follows, or all lines would go.
    level = rng.uniform(0.12, 0.5) + 0.06 * strength * smooth_noise(leaf.shape, 12 * space_px, rng)
    level += 0.10 * strength * smooth_noise(leaf.shape, 0.5 * space_px, rng)
    level += 0.10 * strength * smooth_noise(leaf.shape, max(0.12 * space_px, 1.5), rng)
    hard = rng.uniform(0.03, 0.15)
    return _page((soft - np.clip(level, 0.1, 0.75)) / hard + 0.5)


def bleed(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Ink drawn out of its shapes by the fibres of soft paper: a paler fringe of uneven reach."""
    ink = _ink(leaf.pixels)
    reach = cv2.GaussianBlur(ink, (0, 0), leaf.space_px * rng.uniform(0.05, 0.06 + 0.06 * strength))
    fibres = smooth_noise(leaf.shape, max(0.1 * leaf.space_px, 1.5), rng)
    fringe = reach * (1.3 + 0.5 * fibres + 0.4 * smooth_noise(leaf.shape, 4 * leaf.space_px, rng))
    return _page(np.maximum(ink, rng.uniform(0.4, 0.4 + 0.5 * strength) * np.clip(1.6 * fringe - 0.15, 0, 1)))


def wear(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Plate wear: patches where the ink did not take, from pin-holes to broken lines."""
    noise = smooth_noise(leaf.shape, rng.uniform(0.15, 0.6) * leaf.space_px, rng)
    patches = smooth_noise(leaf.shape, 15 * leaf.space_px, rng)
    out = leaf.pixels.copy()
    out[noise + 0.5 * patches > rng.uniform(2.8 - 0.8 * strength, 2.8)] = 255
    return out


def broken_lines(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Staff lines that did not print in places, where nothing else stands on them. Needs the lines' strokes."""
    out = leaf.pixels.copy()
    height, width = leaf.shape
    coarse = smooth_noise(leaf.shape, 12 * leaf.space_px, rng)
    level = rng.uniform(2.8 - 1.2 * strength, 2.8)
    for stroke in leaf.strokes:
        if stroke.kind != "staffLine":
            continue
        points = np.array(stroke.points)
        first, last = max(0, int(points[0, 1])), min(width, int(points[-1, 1]))
        half = stroke.thickness_px / 2 + 0.06 * leaf.space_px + 0.5
        cols = np.arange(first, last)
        rows = np.interp(cols + 0.5, points[:, 1], points[:, 0])
        keep = (rows > half + 2) & (rows < height - half - 2)
        cols, rows = cols[keep], rows[keep]
        if len(cols) < leaf.space_px:
            continue
        fine = smooth_noise((2, len(cols)), rng.uniform(0.2, 0.8) * leaf.space_px, rng)[0]
        tops, bottoms = np.floor(rows - half).astype(int), np.floor(rows + half).astype(int)
        alone = np.minimum(leaf.pixels[tops - 1, cols], leaf.pixels[bottoms + 1, cols]) > 160
        gone = alone & (fine + 1.2 * coarse[rows.astype(int), cols] > level)
        for step in range(int(2 * half) + 2):
            at = np.minimum(tops[gone] + step, bottoms[gone])
            out[at, cols[gone]] = 255
    return out


def fade(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Ink that is gray."""
    return levels(leaf.pixels, rng, 0.25 * strength * rng.uniform(0, 1), 1.0)


def _ink(pixels: np.ndarray) -> np.ndarray:
    """(H, W) float32, 1 = ink."""
    return 1 - pixels.astype(np.float32) / 255


def _page(ink: np.ndarray) -> np.ndarray:
    """(H, W) uint8 of float ink; what lies outside 0 to 1 is cut off."""
    return (255.5 - 255 * np.clip(ink, 0, 1)).astype(np.uint8)
