"""What tests of networks that TensorFlow trains share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def without_graphs() -> Iterator[None]:
    """Every operation is done at once: a few steps are done before TensorFlow would have drawn up their graph."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
