"""The network as a file: the answers of Keras, and classes only where they are asked for."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import pytest

from models.network import NetworkConfig, build
from models.onnxfile import MOST_LOGIT, onnx_file
from models.weights import with_probabilities
from omr.detect.runtime import CUT, INK, OUTPUTS, shipped

CONFIG = NetworkConfig(widths=(4, 8, 12, 8, 8), blocks=(1, 0, 2, 1), head_width=6, class_width=5)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """Normalisations have learnt something, or folding them would change nothing."""
    made = build(CONFIG)
    rng = np.random.default_rng(0)
    for layer in made.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, weights.shape) for weights in layer.get_weights()])
    return made


@pytest.fixture(scope="module")
def file(model: keras.Model) -> onnx.ModelProto:
    return onnx_file(model)


def run(file: onnx.ModelProto, ink: np.ndarray, cut: float) -> dict[str, np.ndarray]:
    """The answers for a page (H, W), by their names."""
    session = onnxruntime.InferenceSession(file.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run(OUTPUTS, {INK: ink[None, None], CUT: np.array(cut, np.float32)})
    return dict(zip(OUTPUTS, found, strict=True))


@pytest.mark.parametrize("sides", [(64, 96), (160, 32)])
def test_the_answers_of_keras(model: keras.Model, file: onnx.ModelProto, sides: tuple[int, int]) -> None:
    ink = np.random.default_rng(1).random(sides, np.float32)
    truth = {name: np.asarray(value)[0] for name, value in
             with_probabilities(model).predict_on_batch(ink[None, ..., None]).items()}
    found = run(file, ink, 0)
    for name in ("energy", "box", "strokes"):
        np.testing.assert_allclose(np.moveaxis(found[name][0], 0, -1), truth[name], atol=2e-5, err_msg=name)
    assert found["cells"].tolist() == list(range(sides[0] // 4 * (sides[1] // 4)))
    np.testing.assert_allclose(found["classes"].reshape(truth["symbol"].shape), truth["symbol"], atol=2e-5)


def test_classes_of_those_cells_alone_that_may_be_part_of_a_symbol(file: onnx.ModelProto) -> None:
    ink = np.random.default_rng(2).random((96, 64), np.float32)
    whole = run(file, ink, 0)
    energy = whole["energy"][0, 0]
    cut = float(np.quantile(energy, 0.9))
    highest = np.max([energy[row::2, col::2] for row in (0, 1) for col in (0, 1)], axis=0)
    wanted = np.flatnonzero(highest.ravel() >= cut)
    found = run(file, ink, cut)
    assert 0 < len(wanted) < highest.size
    assert found["cells"].tolist() == wanted.tolist()
    np.testing.assert_allclose(found["classes"], whole["classes"][wanted], atol=1e-6)


def test_no_cell_may_be_part_of_a_symbol(file: onnx.ModelProto) -> None:
    found = run(file, np.zeros((32, 32), np.float32), 2)
    assert len(found["cells"]) == len(found["classes"]) == 0


def test_an_energy_that_the_network_is_certain_of() -> None:
    """Whatever the logits, the energy is a number: exponentials of large ones would be infinite."""
    certain = build(CONFIG)
    kernel, bias = certain.get_layer("energy").get_weights()
    bias[:] = 0
    bias[3], bias[5] = 10 * MOST_LOGIT, -10 * MOST_LOGIT
    certain.get_layer("energy").set_weights([0 * kernel, bias])
    energy = run(onnx_file(certain), np.zeros((32, 32), np.float32), 0)["energy"]
    assert energy == pytest.approx(3 / (len(bias) - 1))


def test_a_layer_that_the_network_has_none_of() -> None:
    model = build(CONFIG)
    strange = keras.layers.Dropout(0.5, name="strange")(model.output["box"])
    with pytest.raises(ValueError, match="strange"):
        onnx_file(keras.Model(model.input, {**model.output, "box": strange}))


def test_the_shipped_file_knows_the_classes_of_its_card() -> None:
    file = onnx.load(Path(shipped() / "detector.onnx"))
    classes = len(json.loads((shipped() / "card.json").read_text())["classes"])
    (head,) = (node for node in file.graph.node if node.op_type == "Gemm")
    (bias,) = (value for value in file.graph.initializer if value.name == head.input[2])
    assert list(bias.dims) == [classes]
