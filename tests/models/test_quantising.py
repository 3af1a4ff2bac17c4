"""8-bit numbers: most layers, but neither the finest ones nor the heads."""

from __future__ import annotations

import numpy as np
import pytest

from models.quantising import layer_errors, quantised


@pytest.fixture
def model(tiny_files: dict[str, bytes]) -> bytes:
    return tiny_files["float32"]


@pytest.fixture(scope="module")
def examples() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [(rng.random((1, 96, 96, 1)) < 0.3).astype(np.float32) for _ in range(3)]


def test_all_layers_but_the_finest_compute_in_8_bits(model: bytes, examples: list[np.ndarray]) -> None:
    from ai_edge_litert.interpreter import Interpreter

    engine = Interpreter(model_content=quantised(model, examples))
    tensors = {t["index"]: t for t in engine.get_tensor_details()}
    operations = engine._get_ops_details()  # in the order in which they run
    kinds = [tensors[o["outputs"][0]]["dtype"].__name__ for o in operations if o["op_name"] == "CONV_2D"]
    # Two at the finest resolution; then the levels and the way back up; the last merge, the last layer and four heads.
    assert kinds[:2] == ["float32"] * 2
    assert set(kinds[2:-6]) == {"int8"} and len(kinds[2:-6]) == 19
    assert sorted(kinds[-6:]) == ["float32"] * 6


def test_errors_of_layers(model: bytes, examples: list[np.ndarray]) -> None:
    rows = list(layer_errors(model, examples))
    assert [name for name, _ in rows[:2]] == ["all", "all but the finest"] and len(rows) == 2 + 27
    errors = dict(rows)
    assert all((row >= 0).all() and row.shape == (4,) for row in errors.values())
    assert errors["all"].sum() > errors["all but the finest"].sum() > 0
