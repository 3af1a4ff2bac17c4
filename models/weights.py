"""Weights for Keras: loading a folder of them to train on, and writing one. Its format: `omr.detect.runtime`."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.classhead import without_class_head
from models.onepart import in_one_part
from models.quantising import quantised
from omr.detect.runtime import read_card, sha256_of, shipped
from omr.types.vocabulary import NAMES

if TYPE_CHECKING:
    import keras

    from models.network import NetworkConfig


def network_config(card: dict[str, Any]) -> NetworkConfig:
    """The shape of the network that a card describes."""
    from models.network import NetworkConfig

    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in card["network"].items()}
    return NetworkConfig(**values)


def load_network(folder: Path | None = None) -> keras.Model:
    """The same weights as a Keras model, for training on, comparing or looking inside."""
    from models.network import build

    folder = folder or shipped()
    card = read_card(folder)
    model = build(network_config(card), len(card["classes"]))
    model.load_weights(folder / "detector.weights.h5")
    return model


def export(model: keras.Model, config: NetworkConfig, folder: Path, training: dict[str, Any],
           thresholds: dict[str, dict[str, float]] | None = None, numbers: str = "float16",
           examples: Sequence[np.ndarray] = ()) -> None:
    """Write a weights folder from a trained model. Needs TensorFlow, for the conversion.

    numbers: what weights are stored as, "float32", "float16" or "int8". The first two are computed with in float32.
    With int8 most layers compute in 8-bit numbers too, each in the range that it has on the examples: inputs of the
    network, (1, H, W, 1) float32, all of one size (see `models.quantising`). Raises ValueError for int8 without
    examples.
    """
    if numbers == "int8" and not examples:
        raise ValueError("int8 takes examples, from which the ranges of the layers are measured")
    converted = convert(model, "float32" if numbers == "int8" else numbers)
    folder.mkdir(parents=True, exist_ok=True)
    made = in_one_part(quantised(converted, examples) if numbers == "int8" else converted)
    (folder / "tmp.tflite").write_bytes(without_class_head(made))
    os.replace(folder / "tmp.tflite", folder / "detector.tflite")
    model.save_weights(folder / "tmp.weights.h5")
    os.replace(folder / "tmp.weights.h5", folder / "detector.weights.h5")
    classes = list(NAMES[: model.output["symbol"].shape[-1]])
    card = {
        "network": asdict(config), "classes": classes, "minimum_version": "0.1.0",
        "sha256": {name: sha256_of(folder / name) for name in ("detector.tflite", "detector.weights.h5")},
        "thresholds": thresholds or {}, "training": training,
    }
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n")


def convert(model: keras.Model, numbers: str) -> bytes:
    """The network as a LiteRT file, its weights stored as "float32" or "float16". Needs TensorFlow."""
    import tempfile

    import keras
    import tensorflow as tf

    head = with_probabilities(_with_resizing(model))
    with tempfile.TemporaryDirectory() as scratch:
        head.export(scratch, format="tf_saved_model", verbose=False,
                    input_signature=[keras.InputSpec(dtype="float32", shape=(1, None, None, 1))])
        converter = tf.lite.TFLiteConverter.from_saved_model(scratch)
        if numbers == "float16":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())


def with_eight_bits(weights: Path, folder: Path, examples: Sequence[np.ndarray]) -> None:
    """A copy of a weights folder whose `detector.tflite` computes in 8-bit numbers; what Keras loads stays as it is."""
    card = read_card(weights)
    made = quantised(convert(load_network(weights), "float32"), examples)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(weights / "detector.weights.h5", folder / "detector.weights.h5")
    (folder / "detector.tflite").write_bytes(without_class_head(in_one_part(made)))
    card["sha256"]["detector.tflite"] = sha256_of(folder / "detector.tflite")
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n")


def averaged(first: Path, second: Path, folder: Path) -> None:
    """A copy of the weights folder `first`, for Keras alone, with the mean of its weights and those of `second`, which
    must have been trained on from it. The mean keeps what `first` knew and what `second` has learnt since (Wortsman et
    al., Robust fine-tuning of zero-shot models, CVPR 2022). Raises ValueError if the networks differ."""
    card, model, other = read_card(first), load_network(first), load_network(second)
    pairs = list(zip(model.get_weights(), other.get_weights(), strict=True))
    if any(own.shape != its.shape for own, its in pairs):
        raise ValueError("only weights of one network have a mean")
    model.set_weights([(own + its) / 2 for own, its in pairs])
    folder.mkdir(parents=True, exist_ok=True)
    model.save_weights(folder / "detector.weights.h5")
    card["sha256"]["detector.weights.h5"] = sha256_of(folder / "detector.weights.h5")
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n")


def _with_resizing(model: keras.Model) -> keras.Model:
    """The same network, with one operation for each doubling of a map: of Keras's the converter makes a dozen."""
    import keras
    import tensorflow as tf

    class Doubled(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return tf.raw_ops.ResizeNearestNeighbor(images=x, size=2 * tf.shape(x)[1:3], half_pixel_centers=True)

    def copied(layer: Any) -> Any:
        if isinstance(layer, keras.layers.UpSampling2D):
            return Doubled(name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    copy = keras.models.clone_model(model, clone_function=copied)
    copy.set_weights(model.get_weights())
    return copy


def with_probabilities(model: keras.Model) -> keras.Model:
    """The network with what `DetectorMaps` holds as its outputs, so that the converted graph does the softmaxes."""
    import keras
    from keras import ops

    from omr.detect.watershed import ENERGY_LEVELS

    out = model.output
    levels = np.arange(ENERGY_LEVELS, dtype=np.float32)[:, None] / (ENERGY_LEVELS - 1)
    return keras.Model(model.input, {
        "energy": ops.matmul(ops.softmax(out["energy"], axis=-1), levels),
        "symbol": ops.softmax(out["symbol"], axis=-1),
        "box": out["box"],
        "strokes": ops.sigmoid(out["strokes"]),
    })
