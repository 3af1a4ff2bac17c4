"""The detector that answers a scan: the weights that come with the package, through LiteRT, without TensorFlow.

A folder of weights holds `detector.tflite` (what scans use), `detector.weights.h5` (the same weights for Keras, to
train on) and `card.json`: network configuration, class table, SHA-256 of both files, what it was trained on and the
figures it reached. The class table may be an older one, shorter than today's: its network knows the first of today's
classes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from omr.collecting import give_back
from omr.detect.watershed import CLASS_STRIDE, STRIDE
from omr.detect.watershed import T as TOLERANCES
from omr.errors import WeightsError
from omr.files import read_json
from omr.types import DetectorMaps
from omr.types.vocabulary import NAMES

MULTIPLE = 32
"""Page sides are padded to a multiple of the network's coarsest stride."""
MOST_PX = 4_000_000
"""Larger pages are read in bands: memory grows with what is read at once, by 0.3 GB a million pixels."""
CELLS = CLASS_STRIDE // STRIDE
"""Cells of the energy map to a cell of the class map, across and down."""
CLASS_WEIGHTS, CLASS_BIAS = "class_weights", "class_bias"
"""Names of two constants in the network's file: of the last layer for classes, which is not among its operations
(`models.classhead`)."""
OVERLAP_PX = 9 * MULTIPLE
"""What a band sees above and below its own rows: a cell's answer hangs on 283 px to each side, by the sizes and strides
of the network's layers, so that a page in bands reads as it would at once."""
CELLS_A_LOT = 4096
"""Cells whose classes are worked out at a time: in a few megabytes."""

Answers = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Energy, class, box and stroke maps."""
Run = Callable[[np.ndarray], Answers]
"""A network, for (H, W) float32, 1 = ink, whose sides are multiples of 32."""


class LiteRtDetector:
    """A page in, maps out, through LiteRT. Not for use by several threads at once.

    accept, thresholds: class name -> the score below which a find is dropped, or doubted. folder, sha256: of the
    weights. is_whole: whether the class maps hold answers everywhere, and not only where there may be a symbol.
    """

    def __init__(self, model: Path, card: dict[str, Any], threads: int | None = None, is_whole: bool = True):
        self.folder = model.parent
        self.sha256: str = card["sha256"][model.name]
        calibrated = card.get("thresholds", {})
        self.accept: dict[str, float] = {name: t["accept"] for name, t in calibrated.items()}
        self.thresholds: dict[str, float] = {name: t["doubt"] for name, t in calibrated.items()}
        self._model, self._threads = model, threads or min(os.cpu_count() or 1, 8)
        self._shape: tuple[int, int] = (0, 0)
        self._most_px = 0  # of the largest page so far
        self.is_whole = is_whole

    @cached_property
    def _interpreter(self) -> Any:
        """The network, loaded for the first page: pages that are read from a PDF's vectors do without."""
        from ai_edge_litert.interpreter import Interpreter

        return Interpreter(str(self._model), num_threads=self._threads)

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        """Maps of a normalised page (H, W) uint8, 0 = ink, for the page's size rounded up to 32 px."""
        return answer(pixels, self._run)

    def _run(self, ink: np.ndarray) -> Answers:
        """Energy, class, box and stroke maps of (H, W) float32, 1 = ink; sides are multiples of 32."""
        if ink.size > self._most_px:
            # Memory for a larger page would be taken before that of the smaller one is given back.
            self.__dict__.pop("_interpreter", None)
            self._most_px = ink.size
            self._shape = (0, 0)
            give_back()
        engine = self._interpreter
        if ink.shape != self._shape:
            engine.resize_tensor_input(engine.get_input_details()[0]["index"], (1, *ink.shape, 1))
            with _quiet():
                engine.allocate_tensors()
            self._shape = ink.shape
        engine.set_tensor(engine.get_input_details()[0]["index"], ink[None, ..., None])
        engine.invoke()
        # Views into the memory of the engine, each copied once.
        finest = {d["shape"][-1]: engine.tensor(d["index"])()[0]
                  for d in engine.get_output_details() if d["shape"][1] * STRIDE == len(ink)}
        (coarser,) = (d for d in engine.get_output_details() if d["shape"][1] * CLASS_STRIDE == len(ink))
        energy = finest[1][..., 0].copy()
        return energy, self._class_map(coarser, energy), finest[4].copy(), finest[10].copy()

    def _class_map(self, details: dict[str, Any], energy: np.ndarray) -> np.ndarray:
        """The network's class map (h, w, its classes) as one of today's classes, which on a page has 80 MB. If it is
        not wanted whole, only the cells that `decode` looks at are filled: memory that is never written to is none.

        details: LiteRT's, of the output that it is made of.
        """
        answers = self._interpreter.tensor(details["index"])()[0]
        height, width, count = answers.shape
        if self.is_whole:
            cells = np.arange(height * width)
        else:
            rows, cols = np.nonzero(energy >= TOLERANCES.cut)
            cells = np.unique(rows // CELLS * width + cols // CELLS)
        symbol = np.zeros((height, width, len(NAMES)), np.float32)
        if self._class_head is None:
            symbol.reshape(-1, len(NAMES))[cells, :count] = answers.reshape(-1, count)[cells]
            return symbol
        scale, zero = details["quantization"]  # 0 where the answers are floats
        for first in range(0, len(cells), CELLS_A_LOT):
            own = cells[first : first + CELLS_A_LOT]
            features = answers.reshape(-1, count)[own].astype(np.float32)
            if scale:
                features = (features - np.float32(zero)) * np.float32(scale)
            chances = _softmax(features, *self._class_head)
            symbol.reshape(-1, len(NAMES))[own, : chances.shape[1]] = chances
        return symbol

    @cached_property
    def _class_head(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Weights (features, classes) and bias of the last layer for classes; None if the network's file has it among
        its operations, as older ones do."""
        engine = self._interpreter
        places = {d["name"]: d["index"] for d in engine.get_tensor_details()}
        if CLASS_WEIGHTS not in places:
            return None
        weights = engine.get_tensor(places[CLASS_WEIGHTS])
        return weights.reshape(len(weights), -1).T.copy(), engine.get_tensor(places[CLASS_BIAS])


def _softmax(features: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """The chance of each class, (cells, classes), from the features of cells."""
    logits: np.ndarray = features @ weights + bias
    logits -= logits.max(axis=-1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=-1, keepdims=True)
    return logits


def answer(pixels: np.ndarray, run: Run) -> DetectorMaps:
    """Maps of a normalised page (H, W) uint8, 0 = ink, for its `padded` size: in bands if it is large."""
    give_back()  # the network takes more memory than anything before or after it
    ink = padded(pixels)
    height, width = ink.shape
    if height * width <= MOST_PX:
        return as_maps(*run(ink))
    count = -(-height * width // MOST_PX)
    own = -(-height // (count * MULTIPLE)) * MULTIPLE
    # Bands of one size, since the network is laid out anew for each: those at the edges see what is on one side only.
    seen = min(own + OVERLAP_PX * min(count - 1, 2), height)
    whole: Answers | None = None
    for top in range(0, height, own):
        bottom = min(top + own, height)
        first = min(max(top - OVERLAP_PX, 0), height - seen)
        maps = run(ink[first : first + seen])
        strides = [seen // len(m) for m in maps]
        if whole is None:
            whole = _empty(maps, [height // s for s in strides])
        for target, m, s in zip(whole, maps, strides, strict=True):
            target[top // s : bottom // s] = m[(top - first) // s : (bottom - first) // s]
    assert whole is not None
    return as_maps(*whole)


def _empty(like: Answers, rows: Sequence[int]) -> Answers:
    """Maps of so many rows each, for all bands together."""
    energy, symbol, box, strokes = (np.empty((r, *m.shape[1:]), m.dtype) for r, m in zip(rows, like, strict=True))
    return energy, symbol, box, strokes


def padded(pixels: np.ndarray) -> np.ndarray:
    """A page (H, W) uint8 as the network takes it: float32, 1 = ink, with paper up to the next multiple of 32 px."""
    height, width = (-(-side // MULTIPLE) * MULTIPLE for side in pixels.shape)
    ink = np.zeros((height, width), np.float32)
    ink[: pixels.shape[0], : pixels.shape[1]] = 1 - pixels.astype(np.float32) / 255
    return ink


def as_maps(energy: np.ndarray, symbol: np.ndarray, box: np.ndarray, strokes: np.ndarray) -> DetectorMaps:
    """A page's answers with their strides."""
    return DetectorMaps(energy=energy, class_prob=symbol, box_size=box, strokes=strokes, stride=STRIDE,
                        class_stride=CLASS_STRIDE)


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
    return Path(str(resources.files("omr.detect") / "shipped"))


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a weights folder. Raises WeightsError if it is missing, damaged or of another class table."""
    try:
        card: dict[str, Any] = read_json(folder / "card.json")
        classes = list(card["classes"])
        dict(card["sha256"])
        for limits in dict(card.get("thresholds", {})).values():
            float(limits["accept"]), float(limits["doubt"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"no readable card.json in {folder}") from error
    if not classes or list(NAMES[: len(classes)]) != classes:
        raise WeightsError(f"the weights in {folder} know another class table")
    return card


@lru_cache(maxsize=2)
def load_detector(folder: Path | None = None, threads: int | None = None, is_whole: bool = True) -> LiteRtDetector:
    """The detector of a weights folder (by default the shipped one). is_whole: as of `LiteRtDetector`; a scan needs no
    more than what `decode` looks at. Raises WeightsError."""
    folder = folder or shipped()
    card = read_card(folder)
    model = folder / "detector.tflite"
    if not model.exists():
        raise WeightsError(f"{model} is missing")
    if sha256_of(model) != card["sha256"].get("detector.tflite"):
        raise WeightsError(f"{model} is damaged")
    return LiteRtDetector(model, card, threads, is_whole)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
