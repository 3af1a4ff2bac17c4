"""What happens to a clean page before it reaches us: a scan of an old print, or a photograph.

The idea is ScoreAug's (Tuggener et al., TISMIR 2023): engravings are merged darker-pixel with paper and sent through
a scanner. What is added is what real one-bit scans of old prints show: a wandering threshold, plate wear, curl.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np

from augment.geometry import move_labels, random_warp
from augment.ink import press, scribble, specks, wear
from augment.paper import defocus, jpeg, light, paper, show_through
from omr.types import Stroke, Symbol

Kind = Literal["clean", "scan", "photo"]


def degrade(
    pixels: np.ndarray, symbols: Sequence[Symbol], strokes: Sequence[Stroke], rng: np.random.Generator, kind: Kind,
    space_px: float,
) -> tuple[np.ndarray, tuple[Symbol, ...], tuple[Stroke, ...]]:
    """A degraded copy of a page (H, W) uint8 and its labels moved along. Same generator state, same page.

    "clean" returns the page as it is. Labels may leave the page at its edges.
    """
    if kind == "clean":
        return pixels, tuple(symbols), tuple(strokes)
    warp = random_warp((pixels.shape[0], pixels.shape[1]), rng, space_px, kind == "photo")
    pixels = warp.image(pixels, 255)
    moved_symbols, moved_strokes = move_labels(warp, symbols, strokes)
    ink = 1 - pixels.astype(np.float32) / 255
    strength = float(rng.uniform(0, 1)) ** 1.5
    if rng.random() < (0.85 if kind == "scan" else 0.4):
        ink = press(ink, rng, space_px, strength)
    if rng.random() < 0.3 * strength + 0.1:
        ink = wear(ink, rng, space_px)
    if rng.random() < 0.15:
        ink = scribble(ink, rng, space_px)
    bilevel = kind == "scan" and rng.random() < 0.5
    if rng.random() < 0.6:
        ink = specks(ink, rng, space_px)
    black = rng.uniform(0, 0.25) if not bilevel else 0.0
    white = 1 - ink * (1 - black)
    if not bilevel:
        white = np.minimum(white, paper(white.shape, rng, space_px))
        if rng.random() < 0.25:
            white = show_through(white, rng, space_px)
    if kind == "photo":
        white = light(white, rng)
        white = defocus(white, rng, space_px)
        low, high = rng.uniform(0.0, 0.25), rng.uniform(0.6, 1.0)
        white = low + (high - low) * white
    elif rng.random() < 0.5:
        white = np.asarray(cv2.GaussianBlur(white, (0, 0), space_px * rng.uniform(0.01, 0.06)), np.float32)
    if bilevel:
        fine = 0.12 * strength * rng.normal(0, 1, white.shape).astype(np.float32)
        return np.where(white + fine > rng.uniform(0.4, 0.6), np.uint8(255), np.uint8(0)), moved_symbols, moved_strokes
    noise = rng.uniform(0, 0.05) * (1.5 if kind == "photo" else 0.7)
    grain = noise * rng.standard_normal(white.shape, dtype=np.float32)
    result = (np.clip(white + grain, 0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.7:
        result = jpeg(result, int(rng.integers(35, 95)))
    return result, moved_symbols, moved_strokes
