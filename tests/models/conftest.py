"""A tiny network in the forms that several tests look into: to convert one takes TensorFlow ten seconds and more."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="session")
def tiny_files() -> dict[str, bytes]:
    """An untrained network as TensorFlow converts it, by the numbers that its weights are stored as."""
    from models.network import NetworkConfig, build
    from models.quantising import quantised
    from models.weights import convert

    network = build(NetworkConfig(widths=(8, 8, 8, 8, 8), blocks=(1, 1, 1, 1), head_width=8, class_width=4))
    examples = [np.random.default_rng(0).random((1, 96, 96, 1), np.float32)]
    float32 = convert(network, "float32")
    return {"float32": float32, "float16": convert(network, "float16"), "int8": quantised(float32, examples)}
