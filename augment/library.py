"""albumentations: imported when first needed (it takes 0.7 s and 46 MB in each process), with our own random
generators."""

from __future__ import annotations

import os
from typing import Any

import numpy as np


def run(name: str, pixels: np.ndarray, rng: np.random.Generator, **parameters: Any) -> np.ndarray:
    """Apply albumentations' transform `name` with these parameters to (H, W) uint8. The same generator state gives the
    same result."""
    # Otherwise the import asks a server for the newest version.
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    import albumentations

    transform = getattr(albumentations, name)(p=1, **parameters)
    transform.set_random_seed(int(rng.integers(2**31)))
    return np.asarray(transform(image=pixels)["image"])
