"""Smoothing of number series. SciPy has the same functions, with exactly equal results, but importing it takes 0.2 s, a
tenth of a scan."""

from __future__ import annotations

from typing import Literal

import numpy as np


def running_mean(values: np.ndarray, size: int, beyond: Literal["edge", "symmetric"]) -> np.ndarray:
    """Means of `size` (1 or more) neighbouring values, around each of (N,) floats. Returns (N,) of the same type.

    beyond: what stands before the first and after the last value: "edge" repeats that value, "symmetric" mirrors all
    values.
    """
    if not len(values):
        return values
    before = size // 2
    line = np.pad(np.asarray(values, float), (before, size - 1 - before), mode=beyond)
    first = np.cumsum(line[:size])[-1:]  # added one after the other, like the rest
    sums = np.cumsum(np.concatenate((first, line[size:] - line[:-size])))
    return np.asarray((sums / size).astype(values.dtype))


def without_short_runs(there: np.ndarray, least: int) -> np.ndarray:
    """Flags (N,) bool, of which only those in runs of at least `least` set flags stay set."""
    edges = np.flatnonzero(np.diff(there.astype(np.int8), prepend=0, append=0))
    kept = np.zeros_like(there)
    for start, stop in edges.reshape(-1, 2).tolist():
        kept[start:stop] = stop - start >= least
    return kept
