"""Weights for Keras: loading a folder of them to train on, and writing one. Its format: `omr.detect.runtime`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

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
           thresholds: dict[str, dict[str, float]] | None = None, numbers: str = "float16") -> None:
    """Write a weights folder from a trained model. Needs TensorFlow, for the conversion.

    numbers: what weights are stored as, "float32", "float16" or "int8". They are computed with in float32, but int8 is
    multiplied with int8, to which each layer's input is rounded ("dynamic range quantisation").
    """
    import tempfile

    import keras
    import tensorflow as tf

    folder.mkdir(parents=True, exist_ok=True)
    head = _probabilities(model)
    with tempfile.TemporaryDirectory() as scratch:
        head.export(scratch, format="tf_saved_model", verbose=False,
                    input_signature=[keras.InputSpec(dtype="float32", shape=(1, None, None, 1))])
        converter = tf.lite.TFLiteConverter.from_saved_model(scratch)
        converter.optimizations = [] if numbers == "float32" else [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16] if numbers == "float16" else []
        (folder / "tmp.tflite").write_bytes(converter.convert())
    os.replace(folder / "tmp.tflite", folder / "detector.tflite")
    model.save_weights(folder / "tmp.weights.h5")
    os.replace(folder / "tmp.weights.h5", folder / "detector.weights.h5")
    card = {
        "network": asdict(config), "classes": list(NAMES), "minimum_version": "0.1.0",
        "sha256": {name: sha256_of(folder / name) for name in ("detector.tflite", "detector.weights.h5")},
        "thresholds": thresholds or {}, "training": training,
    }
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n")


def _probabilities(model: keras.Model) -> keras.Model:
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
