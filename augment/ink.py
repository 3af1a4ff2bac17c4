"""Ink: how printing plate and paper change shapes. Effects: (leaf, generator, strength) -> (H, W) uint8.

albumentations has nothing like this: its Morphological thickens all lines equally, by whole pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

from augment.leaf import Leaf
from augment.light import levels

LOST_LINES = 0.03
"""On a page with broken lines, share of the staff lines that are gone almost everywhere, at full strength."""


def smooth_noise(shape: tuple[int, int], cells_px: float, rng: np.random.Generator) -> np.ndarray:
    """(H, W) float32 noise with a standard deviation of about 1 and features as large as `cells_px`."""
    h, w = max(2, int(shape[0] / cells_px) + 2), max(2, int(shape[1] / cells_px) + 2)
    cells = rng.standard_normal((h, w), dtype=np.float32)
    return cv2.resize(cells, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)


def press(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Blur the ink and cut it again at a level that varies over the page. Where ink grows, hollow noteheads fill up and
    beams join; where it shrinks, staff lines and stems break. Fine noise in the level gives the ragged edges of old
    prints."""
    space_px = leaf.space_px
    sigma = space_px * rng.uniform(0.03, 0.05 + 0.05 * strength)
    soft = cv2.GaussianBlur(leaf.pixels.astype(np.float32), (0, 0), sigma)
    # A hairline that is blurred by its own width has a peak far below 1/2. The level must follow, or all lines would
    # vanish.
    level = rng.uniform(0.12, 0.5) + 0.06 * strength * smooth_noise(leaf.shape, 12 * space_px, rng)
    level += 0.10 * strength * smooth_noise(leaf.shape, 0.5 * space_px, rng)
    level += 0.10 * strength * smooth_noise(leaf.shape, max(0.12 * space_px, 1.5), rng)
    hard = rng.uniform(0.03, 0.15)
    # Ink is (soft ink - level) / hard + 1/2, limited to 0 and 1.
    level = np.clip(level, 0.1, 0.75, out=level)
    return np.asarray(cv2.addWeighted(soft, 1 / hard, level, 255 / hard, 127.5 - 255 / hard, dtype=cv2.CV_8U))


def bleed(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The fibres of soft paper draw ink out of its shapes: a paler fringe of uneven width."""
    ink = (255 - leaf.pixels).astype(np.float32)
    reach = cv2.GaussianBlur(ink, (0, 0), leaf.space_px * rng.uniform(0.05, 0.06 + 0.06 * strength))
    uneven = 1.3 + 0.5 * smooth_noise(leaf.shape, max(0.1 * leaf.space_px, 1.5), rng)
    uneven += 0.4 * smooth_noise(leaf.shape, 4 * leaf.space_px, rng)
    fringe = cv2.multiply(reach, uneven, scale=1.6) - 38
    dark = rng.uniform(0.4, 0.4 + 0.5 * strength) * np.clip(fringe, 0, 255, out=fringe)
    return np.minimum(leaf.pixels, (255 - dark).astype(np.uint8))


def wear(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A worn plate: patches without ink, from pinholes to broken lines."""
    noise = smooth_noise(leaf.shape, rng.uniform(0.15, 0.6) * leaf.space_px, rng)
    patches = smooth_noise(leaf.shape, 15 * leaf.space_px, rng)
    out = leaf.pixels.copy()
    out[noise + 0.5 * patches > rng.uniform(2.8 - 0.8 * strength, 2.8)] = 255
    return out


def broken_lines(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Staff lines that are missing in places where nothing else stands on them. Needs the strokes of the lines."""
    out = leaf.pixels.copy()
    height, width = leaf.shape
    coarse = smooth_noise(leaf.shape, 12 * leaf.space_px, rng)
    level = rng.uniform(2.8 - 1.2 * strength, 2.8)
    for stroke in leaf.strokes:
        if stroke.kind != "staffLine":
            continue
        # A line that the plate has lost is lost from end to end.
        lost = 5.0 if rng.random() < LOST_LINES * strength else 0.0
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
        gone = alone & (fine + 1.2 * coarse[rows.astype(int), cols] > level - lost)
        for step in range(int(2 * half) + 2):
            at = np.minimum(tops[gone] + step, bottoms[gone])
            out[at, cols[gone]] = 255
    return out


def clog(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Ink that dried in narrow places of the plate: in patches, hollow noteheads, naturals and flats fill up."""
    width = leaf.space_px * rng.uniform(0.15, 0.15 + 0.3 * strength)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (max(2, round(width)),) * 2)
    # A morphological opening removes what is bright and narrower than the kernel.
    filled = cv2.morphologyEx(leaf.pixels, cv2.MORPH_OPEN, kernel)
    where = smooth_noise(leaf.shape, rng.uniform(0.3, 2.0) * leaf.space_px, rng)
    where += smooth_noise(leaf.shape, 12 * leaf.space_px, rng)
    return np.where(where > rng.uniform(2.5 - 1.5 * strength, 2.5), filled, leaf.pixels)


def doubled(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The sheet slipped under the plate: in patches, everything has a second, paler print beside it."""
    turn, way = rng.uniform(0, 2 * np.pi), leaf.space_px * rng.uniform(0.08, 0.08 + 0.2 * strength)
    shift = np.array([[1, 0, way * np.cos(turn)], [0, 1, way * np.sin(turn)]])
    ghost = cv2.warpAffine(leaf.pixels, shift, leaf.shape[::-1], borderValue=255).astype(np.float32)
    where = np.clip(0.5 + smooth_noise(leaf.shape, 20 * leaf.space_px, rng), 0, 1) * rng.uniform(0.3, 1.0)
    return np.minimum(leaf.pixels, (255 - (255 - ghost) * where).astype(np.uint8))


def fade(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Grey ink."""
    return levels(leaf.pixels, rng, 0.25 * strength * rng.uniform(0, 1), 1.0)
