"""Weights for Keras: loads a folder of weights for training, and writes one. For the format see
`omr.detect.runtime`."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx

from models.onnxfile import onnx_file
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
    """The weights as a Keras model, for further training, comparisons or a look inside."""
    from models.network import build

    folder = folder or shipped()
    card = read_card(folder)
    model = build(network_config(card), len(card["classes"]))
    model.load_weights(folder / "detector.weights.h5")
    return model


def export(model: keras.Model, config: NetworkConfig, folder: Path, training: dict[str, Any],
           thresholds: dict[str, dict[str, float]] | None = None) -> None:
    """Write a weights folder from a trained model: for Keras, and as the file that scans run, in float32."""
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / "detector.onnx", lambda path: onnx.save(onnx_file(model), path))
    _replace(folder / "detector.weights.h5", model.save_weights)
    classes = list(NAMES[: model.output["symbol"].shape[-1]])
    card = {
        "network": asdict(config), "classes": classes, "minimum_version": "0.1.0",
        "sha256": {name: sha256_of(folder / name) for name in ("detector.onnx", "detector.weights.h5")},
        "thresholds": thresholds or {}, "training": training,
    }
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n")


def with_eight_bits(weights: Path, folder: Path, examples: Sequence[np.ndarray]) -> None:
    """Make a copy of a weights folder whose `detector.onnx` computes mostly in 8-bit numbers. The weights for Keras
    stay the same. examples: inputs of the network, (1, H, W, 1) float32, which give the ranges of its layers."""
    card = read_card(weights)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(weights / "detector.weights.h5", folder / "detector.weights.h5")
    onnx.save(quantised(onnx_file(load_network(weights)), examples), folder / "detector.onnx")
    card["sha256"] = {name: sha256_of(folder / name) for name in ("detector.onnx", "detector.weights.h5")}
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n")


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place first, so that programs that read it meanwhile get the old file."""
    beside = path.with_name("tmp." + path.name.partition(".")[2])
    write(beside)
    os.replace(beside, path)


def averaged(first: Path, second: Path, folder: Path) -> None:
    """Make a copy of the weights folder `first`, for Keras only, with the mean of its weights and those of `second`,
    which must have been trained further from it. The mean keeps what `first` knew and what `second` has learnt since
    (Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022). Raises ValueError if the networks differ."""
    card, model, other = read_card(first), load_network(first), load_network(second)
    pairs = list(zip(model.get_weights(), other.get_weights(), strict=True))
    if any(own.shape != its.shape for own, its in pairs):
        raise ValueError("only weights of one network have a mean")
    model.set_weights([(own + its) / 2 for own, its in pairs])
    folder.mkdir(parents=True, exist_ok=True)
    model.save_weights(folder / "detector.weights.h5")
    card["sha256"]["detector.weights.h5"] = sha256_of(folder / "detector.weights.h5")
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n")


def with_probabilities(model: keras.Model) -> keras.Model:
    """The network with the outputs of `DetectorMaps`, for answers by Keras itself."""
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
