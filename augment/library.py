"""albumentations: imported when first needed (0.7 s and 46 MB a process), seeded by our generators."""

from __future__ import annotations

import os
from typing import Any

import numpy as np


def run(name: str, pixels: np.ndarray, rng: np.random.Generator, **parameters: Any) -> np.ndarray:
    """(H, W) uint8 after albumentations' transform `name` with these parameters. Same generator state, same result."""
    # Without this the import asks a server for the newest version.
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    import albumentations

    transform = getattr(albumentations, name)(p=1, **parameters)
    transform.set_random_seed(int(rng.integers(2**31)))
    return np.asarray(transform(image=pixels)["image"])
