"""Weights as a self-describing folder, and the detector that answers from it without TensorFlow.

A folder holds `detector.tflite` (what scans use), `detector.weights.h5` (the same weights for Keras, to train on) and
`card.json`: network configuration, class table, SHA-256 of both files, what it was trained on and the figures it
reached. The class table may be an older one, shorter than today's: its network knows the first of today's classes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from omr.errors import WeightsError
from omr.types import DetectorMaps
from omr.vocabulary import NAMES
from omr.watershed import CLASS_STRIDE, STRIDE

if TYPE_CHECKING:
    import keras

    from models.network import NetworkConfig

MULTIPLE = 32
"""Page sides are padded to a multiple of the network's coarsest stride."""
MOST_PX = 4_000_000
"""Larger pages are read in bands: memory grows with what is read at once, by 0.3 GB a million pixels."""
OVERLAP_PX = 4 * MULTIPLE
"""What a band sees above and below its own rows."""


class LiteRtDetector:
    """A page in, maps out, through LiteRT. Not for use by several threads at once.

    accept, thresholds: class name -> the score below which a find is dropped, or doubted. sha256: of the weights.
    """

    def __init__(self, model: Path, card: dict[str, Any], threads: int | None = None):
        from ai_edge_litert.interpreter import Interpreter

        self.sha256: str = card["sha256"][model.name]
        self._classes = len(card["classes"])
        calibrated = card.get("thresholds", {})
        self.accept: dict[str, float] = {name: t["accept"] for name, t in calibrated.items()}
        self.thresholds: dict[str, float] = {name: t["doubt"] for name, t in calibrated.items()}
        self._interpreter = Interpreter(str(model), num_threads=threads or min(os.cpu_count() or 1, 8))
        self._shape: tuple[int, int] = (0, 0)

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        """Maps of a normalised page (H, W) uint8, 0 = ink, for the page's size rounded up to 32 px."""
        height, width = (-(-side // MULTIPLE) * MULTIPLE for side in pixels.shape)
        ink = np.zeros((height, width), np.float32)
        ink[: pixels.shape[0], : pixels.shape[1]] = 1 - pixels.astype(np.float32) / 255
        if height * width <= MOST_PX:
            return DetectorMaps(*self._run(ink), STRIDE, CLASS_STRIDE)
        count = -(-height * width // MOST_PX)
        own = -(-height // (count * MULTIPLE)) * MULTIPLE
        padded = np.pad(ink, ((OVERLAP_PX, OVERLAP_PX + own), (0, 0)))
        bands = []
        for top in range(0, height, own):
            rows = min(own, height - top)
            seen = padded[top : top + own + 2 * OVERLAP_PX]
            maps = self._run(seen)
            strides = [len(seen) // len(m) for m in maps]
            bands.append([m[OVERLAP_PX // s : (OVERLAP_PX + rows) // s] for m, s in zip(maps, strides, strict=True)])
        energy, symbol, box, strokes = (np.concatenate(parts) for parts in zip(*bands, strict=True))
        return DetectorMaps(energy, symbol, box, strokes, STRIDE, CLASS_STRIDE)

    def _run(self, ink: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Energy, class, box and stroke maps of (H, W) float32, 1 = ink; sides are multiples of 32."""
        engine = self._interpreter
        if ink.shape != self._shape:
            engine.resize_tensor_input(engine.get_input_details()[0]["index"], (1, *ink.shape, 1))
            with _quiet():
                engine.allocate_tensors()
            self._shape = ink.shape
        engine.set_tensor(engine.get_input_details()[0]["index"], ink[None, ..., None])
        engine.invoke()
        out = {d["shape"][-1]: engine.get_tensor(d["index"])[0] for d in engine.get_output_details()}
        symbol = np.pad(out[self._classes], ((0, 0), (0, 0), (0, len(NAMES) - self._classes)))
        return out[1][..., 0], symbol, out[4], out[10]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """LiteRT announces its delegate on the process's standard error, past Python."""
    sys.stderr.flush()
    saved = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def shipped() -> Path:
    """The folder of the weights that come with the package."""
    return Path(str(resources.files("models") / "shipped"))


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a weights folder. Raises WeightsError if it is missing, damaged or of another class table."""
    try:
        card = json.loads((folder / "card.json").read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise WeightsError(f"no readable card.json in {folder}") from error
    classes = card.get("classes", [])
    if not classes or list(NAMES[: len(classes)]) != classes:
        raise WeightsError(f"the weights in {folder} know another class table")
    return card


@lru_cache(maxsize=2)
def load_detector(folder: Path | None = None, threads: int | None = None) -> LiteRtDetector:
    """The detector of a weights folder (by default the shipped one). Raises WeightsError."""
    folder = folder or shipped()
    card = read_card(folder)
    model = folder / "detector.tflite"
    if not model.exists():
        raise WeightsError(f"{model} is missing")
    if _sha256(model) != card["sha256"]["detector.tflite"]:
        raise WeightsError(f"{model} is damaged")
    return LiteRtDetector(model, card, threads)


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
        "sha256": {name: _sha256(folder / name) for name in ("detector.tflite", "detector.weights.h5")},
        "thresholds": thresholds or {}, "training": training,
    }
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n")


def _probabilities(model: keras.Model) -> keras.Model:
    """The network with what `DetectorMaps` holds as its outputs, so that the converted graph does the softmaxes."""
    import keras
    from keras import ops

    from omr.watershed import ENERGY_LEVELS

    out = model.output
    levels = np.arange(ENERGY_LEVELS, dtype=np.float32)[:, None] / (ENERGY_LEVELS - 1)
    return keras.Model(model.input, {
        "energy": ops.matmul(ops.softmax(out["energy"], axis=-1), levels),
        "symbol": ops.softmax(out["symbol"], axis=-1),
        "box": out["box"],
        "strokes": ops.sigmoid(out["strokes"]),
    })


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
