"""What time, the printing press and the scanner do to a typeset page, with its labels. For `companions.typeset`."""

from __future__ import annotations

import cv2
import numpy as np


def worn(clean: np.ndarray, label: np.ndarray, article: np.ndarray,
         rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels, label and article of the page as it is scanned: askew, with the bed of the scanner around, and printed
    on old paper. All (H, W), of the types that they have."""
    bent, label, article = _bent(clean, label, article, rng)
    return _printed(bent, rng), label, article


def _bent(clean: np.ndarray, label: np.ndarray, article: np.ndarray,
          rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turned by up to a degree, sheared, a little larger or smaller, moved, and bowed as a bound sheet."""
    high, wide = clean.shape
    rows, cols = np.mgrid[:high, :wide].astype(np.float32)
    y, x = rows - high / 2, cols - wide / 2
    turn, shear = np.radians(rng.normal(0, 0.5, 2))
    tall, broad = 1 / rng.uniform(0.92, 1.06, 2)
    bow = rng.normal(0, 2.5, 2) * np.cos(np.pi * np.array([rng.uniform(-0.5, 0.5), 0]))
    from_x = broad * x + (turn + shear) * y + wide / 2 + rng.normal(0, 5) + bow[0] * np.cos(2 * np.pi * y / high)
    from_y = tall * y - turn * x + high / 2 + rng.normal(0, 5) + bow[1] * np.cos(2 * np.pi * x / wide)
    maps = from_x.astype(np.float32), from_y.astype(np.float32)
    beyond = 255 if rng.random() < 0.6 else int(rng.integers(0, 120))  # more paper, or the bed
    pixels = cv2.remap(clean, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=beyond)
    kinds, numbers = (cv2.remap(a, *maps, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
                      for a in (label, article))
    return pixels, kinds, numbers


def _printed(clean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Paper, uneven ink, blur, noise, show-through, few greys, dark edges."""
    soft = cv2.resize(rng.normal(0, 10, (6, 5)).astype(np.float32), clean.shape[::-1], interpolation=cv2.INTER_CUBIC)
    paper = rng.uniform(205, 250) + soft * rng.uniform(0.5, 2)
    if rng.random() < 0.3:  # too much ink, or letters that spread
        clean = np.minimum(clean, cv2.erode(clean, np.ones((2, 2), np.uint8)) + rng.uniform(0, 120))
    ink = cv2.GaussianBlur(255 - clean.astype(np.float32), (0, 0), float(rng.uniform(0.4, 1.1))) / 255
    blotches = cv2.resize(rng.normal(1, 0.15, (20, 14)).astype(np.float32), clean.shape[::-1],
                          interpolation=cv2.INTER_CUBIC)
    ink = np.clip(ink * blotches, 0, 1)
    if rng.random() < 0.35:  # the other side shows through
        other = np.roll(clean[:, ::-1], rng.integers(-40, 40, 2), (0, 1))
        ghost = cv2.GaussianBlur(255 - other.astype(np.float32), (0, 0), 1.5) / 255
        ink = np.clip(ink + ghost * rng.uniform(0.05, 0.2), 0, 1)
    page = paper - ink * (paper - rng.uniform(10, 60)) + rng.normal(0, rng.uniform(1, 9), clean.shape)
    kind = rng.random()
    if kind < 0.25:  # a one-bit scan
        # Small type is grey after the blur: what is a sixth as dark as ink is black.
        page = np.where(page > paper.mean() * rng.uniform(0.8, 0.87), 255, 0)
    elif kind < 0.5:  # microfilm: hard contrast
        middle = paper.mean() * rng.uniform(0.6, 0.8)
        page = 255 / (1 + np.exp(-(page - middle) / rng.uniform(12, 40)))
    if rng.random() < 0.2:  # the dark edge of the scanner's bed
        for side in range(4):
            wide = int(rng.integers(0, 20))
            edge = np.rot90(page, side)
            edge[:wide] = rng.uniform(0, 60)
    return np.clip(page, 0, 255).astype(np.uint8)
