"""Ink: how a printing plate and a scanner's threshold change shapes. Images are float32, 1 = ink."""

from __future__ import annotations

import cv2
import numpy as np


def smooth_noise(shape: tuple[int, int], cells_px: float, rng: np.random.Generator) -> np.ndarray:
    """(H, W) float32 noise, standard deviation about 1, with features of `cells_px`."""
    h, w = max(2, int(shape[0] / cells_px) + 2), max(2, int(shape[1] / cells_px) + 2)
    return cv2.resize(rng.normal(0, 1, (h, w)).astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)


def press(ink: np.ndarray, rng: np.random.Generator, space_px: float, strength: float) -> np.ndarray:
    """Ink spread and cut again at a level that wanders over the page: gain fills halves and joins beams, loss
    breaks staff lines and stems. Fine noise in the level gives old prints' ragged edges."""
    sigma = space_px * rng.uniform(0.03, 0.05 + 0.05 * strength)
    soft = cv2.GaussianBlur(ink, (0, 0), sigma)
    # A hairline blurred by its own width peaks far below 1/2; the level follows, or all lines would go.
    level = rng.uniform(0.12, 0.5) + 0.06 * strength * smooth_noise(ink.shape, 12 * space_px, rng)
    level += 0.10 * strength * smooth_noise(ink.shape, 0.5 * space_px, rng)
    level += 0.10 * strength * smooth_noise(ink.shape, max(0.12 * space_px, 1.5), rng)
    hard = rng.uniform(0.03, 0.15)
    return np.clip((soft - np.clip(level, 0.1, 0.75)) / hard + 0.5, 0, 1)


def wear(ink: np.ndarray, rng: np.random.Generator, space_px: float) -> np.ndarray:
    """Plate wear: patches where the ink did not take, from pin-holes to broken lines."""
    noise = smooth_noise(ink.shape, rng.uniform(0.15, 0.6) * space_px, rng)
    patches = smooth_noise(ink.shape, 15 * space_px, rng)
    return ink * (noise + 0.5 * patches < rng.uniform(2.0, 2.8))


def specks(ink: np.ndarray, rng: np.random.Generator, space_px: float) -> np.ndarray:
    """Dirt: blobs of a few sizes, some as large as a dot."""
    out = ink.copy()
    amount = int(rng.exponential(60))
    height, width = ink.shape
    for _ in range(amount):
        radius = space_px * min(abs(rng.normal(0, 0.06)) + 0.02, 0.22)
        y, x = int(rng.uniform(0, height)), int(rng.uniform(0, width))
        cv2.ellipse(out, (x, y), (max(1, round(radius)), max(1, round(radius * rng.uniform(0.4, 1.4)))),
                    float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(0.5, 1)), -1)
    return out


def scribble(ink: np.ndarray, rng: np.random.Generator, space_px: float) -> np.ndarray:
    """A reader's pencil: a few wandering lines."""
    out = ink.copy()
    for _ in range(int(rng.integers(1, 4))):
        steps = int(rng.integers(8, 40))
        walk = np.cumsum(rng.normal(0, 0.6 * space_px, (steps, 2)), axis=0) + rng.uniform(0, 1, 2) * ink.shape[::-1]
        cv2.polylines(out, [walk.astype(np.int32)], False, float(rng.uniform(0.3, 0.9)),
                      max(1, round(space_px * rng.uniform(0.06, 0.16))), cv2.LINE_AA)
    return out
