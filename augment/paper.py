"""Paper, and what time and readers left on it. Effects: (leaf, generator, strength) -> (H, W) uint8.

The page is merged with a blank sheet pixel by pixel. The darker pixel wins, as in ScoreAug with its scans of old paper.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from augment.ink import smooth_noise
from augment.leaf import Leaf
from omr.errors import DataError

LONGEST_PX = 2400
"""Greatest side of the stored sheets, in pixels. They contain nothing as fine as ink."""
DARKEST = 0.75
"""Darkest allowed pixel, as a share of the sheet's own white. Anything darker in a photographed sheet (a table, a
finger, old writing) must not look like ink."""


def paper(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A generated sheet with a tone and mottling."""
    sheet = np.full(leaf.shape, 1 - 0.25 * strength * rng.uniform(0, 1), np.float32)
    sheet += 0.02 * strength * rng.uniform(0, 1) * smooth_noise(leaf.shape, 10 * leaf.space_px, rng)
    sheet += 0.03 * strength * rng.uniform(0, 1) * smooth_noise(leaf.shape, max(0.2 * leaf.space_px, 2), rng)
    return np.minimum(leaf.pixels, (255 * np.clip(sheet, 0, 1)).astype(np.uint8))


def real_paper(folder: Path) -> Callable[[Leaf, np.random.Generator, float], np.ndarray]:
    """The same effect with sheets from a folder of photographs or scans of blank paper. Raises DataError if there are
    none."""
    sheets = blank_sheets(folder)

    def effect(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
        sheet = np.rot90(_sheet(sheets[int(rng.integers(len(sheets)))]), int(rng.integers(4)))
        if rng.random() < 0.5:
            sheet = sheet[:, ::-1]
        part = rng.uniform(0.6, 1)
        height, width = (max(1, int(side * part)) for side in sheet.shape)
        top, left = int(rng.integers(sheet.shape[0] - height + 1)), int(rng.integers(sheet.shape[1] - width + 1))
        piece = cv2.resize(np.ascontiguousarray(sheet[top : top + height, left : left + width]), leaf.shape[::-1],
                           interpolation=cv2.INTER_LINEAR)
        # However the photograph was exposed, its white becomes one that a generated sheet could have.
        tone = 1 - 0.25 * strength * rng.uniform(0, 1)
        white = max(1.0, float(np.percentile(piece[::8, ::8], 90)))
        table = 255 * tone * np.clip(np.arange(256) / white, DARKEST, 1 / tone)
        return np.minimum(leaf.pixels, np.asarray(cv2.LUT(piece, table.astype(np.uint8))))

    return effect


@lru_cache(maxsize=8)
def blank_sheets(folder: Path) -> tuple[Path, ...]:
    """The images in a folder, in order of their names. Raises DataError if there is none."""
    endings = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}
    sheets = tuple(sorted(p for p in folder.iterdir() if p.suffix.lower() in endings)) if folder.is_dir() else ()
    if not sheets:
        raise DataError(f"{folder}: no JPEG, PNG or TIFF of blank paper")
    return sheets


@lru_cache(maxsize=16)
def _sheet(path: Path) -> np.ndarray:
    """(H, W) uint8. Raises DataError if it cannot be read."""
    read = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if read is None:
        raise DataError(f"{path}: no image that can be read")
    scale = min(1.0, LONGEST_PX / max(read.shape))
    return np.asarray(cv2.resize(read, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def stain(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Damp: patches that are a little darker, darkest at their rims."""
    coarse = smooth_noise((leaf.shape[0] // 4, leaf.shape[1] // 4), 5 * leaf.space_px, rng)
    inside = np.clip((coarse - rng.uniform(0.6, 1.2)) / 0.3, 0, 1)
    rim = inside * (1 - inside) * 4
    dark = strength * rng.uniform(0.03, 0.15) * (0.7 * inside + 0.5 * rim)
    full = cv2.resize(1 - dark.astype(np.float32), leaf.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(leaf.pixels, full, dtype=cv2.CV_8U))


def show_through(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The other side of the leaf: the page itself, mirrored, moved, blurred and faint. The darker pixel wins."""
    rows, cols = (int(round(rng.uniform(-most, most) * leaf.space_px)) for most in (14, 4))
    back = np.roll(leaf.pixels[:, ::-1], (rows, cols), (0, 1))
    back = cv2.GaussianBlur(back, (0, 0), leaf.space_px * rng.uniform(0.08, 0.2))
    faint = strength * rng.uniform(0.05, 0.22)
    return np.minimum(leaf.pixels, np.asarray(cv2.LUT(back, (255 - faint * np.arange(255, -1, -1)).astype(np.uint8))))


def specks(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Dirt: specks of a few sizes, some as large as a dot."""
    out = leaf.pixels.copy()
    height, width = leaf.shape
    for _ in range(int(rng.exponential(60 * strength))):
        radius = leaf.space_px * min(abs(rng.normal(0, 0.06)) + 0.02, 0.22)
        y, x = int(rng.uniform(0, height)), int(rng.uniform(0, width))
        cv2.ellipse(out, (x, y), (max(1, round(radius)), max(1, round(radius * rng.uniform(0.4, 1.4)))),
                    float(rng.uniform(0, 180)), 0, 360, float(255 * (1 - rng.uniform(0.5, 1))), -1)
    return np.minimum(out, leaf.pixels)


def grime(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Clouds of fine dots: what a one-bit scan makes of grey patches in the paper."""
    height, width = leaf.shape
    clouds = smooth_noise((height // 8, width // 8), 12 * leaf.space_px / 8, rng)
    amount = int(rng.uniform(0, 0.05) * strength * height * width / max(leaf.space_px / 10, 1) ** 2)
    rows, cols = rng.integers(0, height - 1, amount), rng.integers(0, width - 1, amount)
    thick = clouds[np.minimum(rows // 8, clouds.shape[0] - 1), np.minimum(cols // 8, clouds.shape[1] - 1)]
    kept = thick - rng.uniform(0.8, 1.6) > rng.exponential(0.5, amount)
    dots = np.full(leaf.shape, 255, np.uint8)
    dots[rows[kept], cols[kept]] = rng.integers(0, 160, int(kept.sum()))
    side = max(1, round(leaf.space_px / 14))
    return np.minimum(leaf.pixels, np.asarray(cv2.erode(dots, np.ones((side, side), np.uint8))))


def scribble(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A reader's pencil: a few wandering lines."""
    drawn = np.full(leaf.shape, 255, np.uint8)
    for _ in range(int(rng.integers(1, 2 + round(2 * strength)))):
        steps = int(rng.integers(8, 40))
        start = rng.uniform(0, 1, 2) * leaf.shape[::-1]
        walk = start + np.cumsum(rng.normal(0, 0.6 * leaf.space_px, (steps, 2)), axis=0)
        cv2.polylines(drawn, [walk.astype(np.int32)], False, float(255 * (1 - rng.uniform(0.3, 0.9))),
                      max(1, round(leaf.space_px * rng.uniform(0.06, 0.16))), cv2.LINE_AA)
    return np.minimum(leaf.pixels, drawn)
