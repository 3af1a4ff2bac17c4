"""Gradients against TensorFlow's, the three rules against their definitions, and the page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from companions import descent
from omr.errors import DataError


def test_gradients_are_those_of_gradient_tape() -> None:
    import tensorflow as tf

    rng = np.random.default_rng(1)
    x, y = rng.normal(size=20), rng.normal(size=20)
    theta = rng.normal(size=3 * 5 + 1)
    for error, point in ((descent.neuron_error, theta[:2]), (descent.network_error, theta)):
        variable = tf.Variable(point)
        with tf.GradientTape() as tape:
            if error is descent.neuron_error:
                out = tf.tanh(variable[0] * x + variable[1])
            else:
                w, b, v = tf.unstack(tf.reshape(variable[:-1], (3, 5)))
                out = tf.linalg.matvec(tf.tanh(x[:, None] * w + b), v) + variable[-1]
            loss = tf.reduce_mean((out - y) ** 2)
        value, gradient = error(point, x, y)
        assert value == pytest.approx(float(loss))
        np.testing.assert_allclose(gradient, tape.gradient(loss, variable).numpy(), rtol=1e-9)


def test_rules_are_those_of_keras() -> None:
    import keras

    gradients = [np.array([0.5, -2.0]), np.array([0.1, 1.0]), np.array([-3.0, 0.0])]
    for ours, theirs in ((descent.sgd(0.1), keras.optimizers.SGD(0.1)),
                         (descent.momentum(0.1, 0.9), keras.optimizers.SGD(0.1, momentum=0.9)),
                         (descent.adam(0.1), keras.optimizers.Adam(0.1, epsilon=1e-8))):
        place, variable = np.zeros(2), keras.Variable(np.zeros(2), dtype="float32")
        for gradient in gradients:
            place = place + ours(gradient)
            theirs.apply([keras.ops.convert_to_tensor(gradient, "float32")], [variable])
        np.testing.assert_allclose(place, keras.ops.convert_to_numpy(variable), rtol=1e-4)


def test_plane_of_a_flat_path_holds_all_of_it() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=10), rng.normal(size=10)
    axes = np.linalg.qr(rng.normal(size=(7, 2)))[0].T
    path = rng.normal(size=(9, 2)) @ axes + 0.3
    plane, share = descent.path_plane(descent.network_error, x, y, {"SGD": path})
    assert share == pytest.approx(1)
    np.testing.assert_allclose(plane.origin + plane.project(path) @ plane.axes, path, atol=1e-9)


def test_page_shows_that_every_rule_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent, "FRAMES", 6)  # each is drawn anew
    out = tmp_path / "page.html"
    results = descent.write_descent(out, steps=100)
    assert all(results[f"neuron {rule}"] < 3 * descent.NOISE**2 for rule in descent.COLOURS)
    text = out.read_text()
    assert text.count("data:image/gif") == 2 and text.count("data:image/png") == 2
    assert list(tmp_path.iterdir()) == [out]
    with pytest.raises(DataError):
        descent.write_descent(out, steps=1)
