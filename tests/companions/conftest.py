"""Fixtures of the tests that train networks with TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def without_graphs() -> Iterator[None]:
    """Run every operation at once. A few steps are done before TensorFlow would have made their graph."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
