"""8-bit numbers: most layers, but neither the finest ones nor the heads."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from models.network import NetworkConfig, build
from models.onnxfile import onnx_file
from models.quantising import layer_errors, quantised


@pytest.fixture(scope="module")
def model() -> onnx.ModelProto:
    config = NetworkConfig(widths=(8, 8, 8, 8, 8), blocks=(1, 0, 0, 0), head_width=8, class_width=8)
    return onnx_file(build(config))


@pytest.fixture(scope="module")
def examples() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [(rng.random((1, 96, 96, 1)) < 0.3).astype(np.float32) for _ in range(3)]


def test_the_coarse_layers_compute_in_8_bits(model: onnx.ModelProto, examples: list[np.ndarray]) -> None:
    before = model.SerializeToString()
    made = quantised(model, examples)
    assert model.SerializeToString() == before
    kinds = {value.name: value.data_type for value in made.graph.initializer}
    maker = {node.output[0]: node for node in made.graph.node}
    convolutions = [node for node in made.graph.node if node.op_type == "Conv"]
    weights = [maker[node.input[1]].input[0] if node.input[1] in maker else node.input[1] for node in convolutions]
    ints = [kinds[name] == onnx.TensorProto.INT8 for name in weights]
    # Two at the finest resolution and three at a quarter; then the coarser levels, the way back up and the features of
    # classes; the last merge, the last layer and three heads, after one of which comes the mean of the energy's levels.
    names = [node.name for node in convolutions]
    floats = {name for name, is_int in zip(names, ints, strict=True) if not is_int}
    assert ints[:5] == [False] * 5 and ints.count(True) == 10 and len(floats) == 11
    assert {"energy/head", "box/head", "strokes/head"} < floats
    # 7 bits, which cannot overflow where a processor adds two products in 16 bits.
    stored = [onnx.numpy_helper.to_array(value) for value in made.graph.initializer
              if value.data_type == onnx.TensorProto.INT8 and value.name in weights]
    assert max(np.abs(values.astype(int)).max() for values in stored) <= 64


def test_errors_of_layers(model: onnx.ModelProto, examples: list[np.ndarray]) -> None:
    rows = list(layer_errors(model, examples))
    assert [name for name, _ in rows[:2]] == ["all", "all but the finest and the first"] and len(rows) == 2 + 22
    errors = dict(rows)
    assert all((row >= 0).all() and row.shape == (4,) for row in errors.values())
    assert errors["all"].sum() > errors["all but the finest and the first"].sum() > 0
