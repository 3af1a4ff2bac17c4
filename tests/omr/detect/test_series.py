"""Smoothing: the same as SciPy's, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from omr.detect.series import running_mean, without_short_runs

values = st.integers(1, 60).flatmap(lambda n: arrays(float, n, elements=st.floats(-1e4, 1e4)))


@given(values, st.integers(1, 90), st.sampled_from([np.float32, np.float64]))
def test_running_mean_is_scipys(values: np.ndarray, size: int, kind: type) -> None:
    values = values.astype(kind)
    for beyond, mode in (("edge", "nearest"), ("symmetric", "reflect")):
        found = running_mean(values, size, beyond)  # type: ignore[arg-type]
        assert found.dtype == kind
        assert np.array_equal(found, ndimage.uniform_filter1d(values, size, mode=mode))


def test_the_mean_of_nothing_is_nothing() -> None:
    assert len(running_mean(np.zeros(0), 3, "edge")) == 0


@given(arrays(bool, st.integers(0, 60)), st.integers(1, 12))
def test_short_runs_are_what_scipys_opening_takes_away(there: np.ndarray, least: int) -> None:
    assert np.array_equal(without_short_runs(there, least), ndimage.binary_opening(there, np.ones(least)))


@pytest.mark.parametrize("least", [0, 1])
def test_every_run_is_long_enough(least: int) -> None:
    there = np.array([True, False, True, True])
    assert np.array_equal(without_short_runs(there, least), there)
