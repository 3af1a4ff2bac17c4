"""Sensor: what a scanner or a camera adds. Effects: (leaf, generator, strength) -> (H, W) uint8.

Blur, noise and JPEG are albumentations'. Its other transforms are of less use. Defocus knows whole pixels only and
takes 63 ms for a page of 2400 x 1700 (GaussianBlur 3 ms), ShotNoise takes 277 ms (GaussNoise 25 ms), ISONoise needs
colours, and Downscale rounds its sizes, so that the page moves by up to half a pixel.
"""

from __future__ import annotations

import cv2
import numpy as np

from augment.leaf import Leaf
from augment.library import run


def blur(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Out of focus."""
    sigmas = 0.01 * leaf.space_px, (0.01 + 0.09 * strength) * leaf.space_px
    return run("GaussianBlur", leaf.pixels, rng, blur_limit=0, sigma_limit=sigmas)


def motion(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A hand that shook."""
    longest = max(3, 2 * round(0.15 * strength * leaf.space_px) + 1)
    # A shifted or asymmetric kernel would move the page under its labels.
    return run("MotionBlur", leaf.pixels, rng, blur_limit=(3, longest), allow_shifted=False, direction_range=(0, 0))


def coarse(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Scanned at a lower resolution, and enlarged."""
    # Below 5.5 px, a staff space cannot show two lines and what is between them.
    part = rng.uniform(min(0.95, max(1 - 0.6 * strength, 5.5 / leaf.space_px)), 0.95)
    height, width = (round(part * side) for side in leaf.shape)
    small = cv2.resize(leaf.pixels, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, leaf.shape[::-1], interpolation=cv2.INTER_LINEAR)


def noise(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Noise."""
    return run("GaussNoise", leaf.pixels, rng, std_range=(0, 0.075 * strength))


def jpeg(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The blocks and rings of a JPEG file."""
    return run("ImageCompression", leaf.pixels, rng, quality_range=(round(94 - 59 * strength), 94))


def bilevel(leaf: Leaf, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Reduced to black and white, as most scans of old prints are. Noise in the threshold frays the edges."""
    frayed = run("GaussNoise", leaf.pixels, rng, std_range=(0.12 * strength, 0.12 * strength))
    return cv2.threshold(frayed, 255 * rng.uniform(0.4, 0.6), 255, cv2.THRESH_BINARY)[1]
