"""The detector of a scan: the weights that come with the package, run by ONNX Runtime, without TensorFlow.

A folder of weights holds `detector.onnx` (used by scans), `detector.weights.h5` (the same weights for Keras, to train
further) and `card.json`: configuration of the network, class table, SHA-256 of both files, what the network was trained
on, and the figures that it reached. The class table may be older and shorter than today's; such a network knows the
first of today's classes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
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
"""Sides of a page are padded to a multiple of this, the network's coarsest stride."""
MOST_PX = 4_000_000
"""Larger pages are read in bands. Memory grows by 0.1 GB for every million pixels that are read at once."""
INK, CUT = "ink", "cut"
"""Inputs of the network's file: a page (1, 1, H, W) float32, 1 = ink, with sides that are multiples of 32; and the
least energy of a cell that may be part of a symbol, a number."""
OUTPUTS = ("energy", "box", "strokes", "cells", "classes")
"""Outputs of the network's file. Float32 maps (1, channels, H/2, W/2): energy has one channel, box sizes four, and
strokes one for each kind. Then the places (N,) int64 of the class cells (H/4, W/4), counted row by row, that may be
part of a symbol; and the probability of each class in these cells, (N, classes)."""
OVERLAP_PX = 9 * MULTIPLE
"""What a band sees above and below its own rows. The answer for a cell depends on 283 pixels in each direction (from
the sizes and strides of the network's layers), so a page reads in bands as it would at once."""

Answers = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Energy, class, box and stroke maps."""
Run = Callable[[np.ndarray], Answers]
"""A function that runs a network on (H, W) float32, 1 = ink, whose sides are multiples of 32."""


class OnnxDetector:
    """Makes maps of a page with ONNX Runtime. Only one thread at a time may use it.

    accept, thresholds: class name -> the score below which a symbol is dropped, or doubted.
    folder, sha256: of the weights.
    is_whole: whether the class maps have answers everywhere, not only where there may be a symbol.
    """

    def __init__(self, model: Path, card: dict[str, Any], threads: int | None = None, is_whole: bool = True):
        self.folder = model.parent
        self.sha256: str = card["sha256"][model.name]
        calibrated = card.get("thresholds", {})
        self.accept: dict[str, float] = {name: t["accept"] for name, t in calibrated.items()}
        self.thresholds: dict[str, float] = {name: t["doubt"] for name, t in calibrated.items()}
        self._model, self._threads = model, threads or min(os.cpu_count() or 1, 8)
        self.is_whole = is_whole

    @cached_property
    def _session(self) -> Any:
        """The network, loaded for the first page that needs it. Pages that are read from a PDF's drawing do not."""
        import onnxruntime

        onnxruntime.disable_telemetry_events()  # its Windows build would send some
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3  # only errors; its warnings are about graphs and processors
        # Otherwise waiting threads would keep a core busy that other stages need.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # If memory were laid out in advance for a page's size, the bundled page would take 440 MB instead of 260, and
        # no less time.
        options.enable_mem_pattern = False
        return onnxruntime.InferenceSession(str(self._model), options, providers=["CPUExecutionProvider"])

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        """Maps of a normalised page (H, W) uint8, 0 = ink. The page's size is rounded up to multiples of 32 px."""
        return answer(pixels, self._run)

    def _run(self, ink: np.ndarray) -> Answers:
        """Energy, class, box and stroke maps of (H, W) float32, 1 = ink, whose sides are multiples of 32."""
        cut = np.array(0 if self.is_whole else TOLERANCES.cut, np.float32)
        energy, box, strokes, cells, classes = self._session.run(OUTPUTS, {INK: ink[None, None], CUT: cut})
        # The system only provides memory that is written to. The whole class map of a page would take 80 MB.
        height, width = (side // CLASS_STRIDE for side in ink.shape)
        symbol = np.zeros((height, width, len(NAMES)), np.float32)
        symbol.reshape(-1, len(NAMES))[cells, : classes.shape[1]] = classes
        return energy[0, 0], symbol, np.moveaxis(box[0], 0, -1), np.moveaxis(strokes[0], 0, -1)


def answer(pixels: np.ndarray, run: Run) -> DetectorMaps:
    """Maps of a normalised page (H, W) uint8, 0 = ink, for its `padded` size. Large pages are read in bands."""
    give_back()  # the network takes more memory than anything before or after it
    ink = padded(pixels)
    height, width = ink.shape
    if height * width <= MOST_PX:
        return as_maps(*run(ink))
    count = -(-height * width // MOST_PX)
    own = -(-height // (count * MULTIPLE)) * MULTIPLE
    # All bands have the same size, because the network is prepared anew for each size. The first and the last see
    # beyond their own rows on one side only.
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
    """Empty maps with these numbers of rows, for all bands together."""
    energy, symbol, box, strokes = (np.empty((r, *m.shape[1:]), m.dtype) for r, m in zip(rows, like, strict=True))
    return energy, symbol, box, strokes


def padded(pixels: np.ndarray) -> np.ndarray:
    """A page (H, W) uint8 as input of the network: float32, 1 = ink, with paper added up to the next multiple of 32
    px."""
    height, width = (-(-side // MULTIPLE) * MULTIPLE for side in pixels.shape)
    ink = np.zeros((height, width), np.float32)
    ink[: pixels.shape[0], : pixels.shape[1]] = 1 - pixels.astype(np.float32) / 255
    return ink


def as_maps(energy: np.ndarray, symbol: np.ndarray, box: np.ndarray, strokes: np.ndarray) -> DetectorMaps:
    """The answers about a page, with their strides."""
    return DetectorMaps(energy=energy, class_prob=symbol, box_size=box, strokes=strokes, stride=STRIDE,
                        class_stride=CLASS_STRIDE)


def shipped() -> Path:
    """The folder of the weights that come with the package."""
    return Path(str(resources.files("omr.detect") / "shipped"))


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a weights folder. Raises WeightsError if it is missing or damaged, or has another class table."""
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
def load_detector(folder: Path | None = None, threads: int | None = None, is_whole: bool = True) -> OnnxDetector:
    """The detector of a weights folder (by default the shipped one). Raises WeightsError.

    is_whole: as of `OnnxDetector`. A scan needs no more than what `decode` looks at.
    """
    folder = folder or shipped()
    card = read_card(folder)
    model = folder / "detector.onnx"
    if not model.exists():
        raise WeightsError(f"{model} is missing")
    if sha256_of(model) != card["sha256"].get("detector.onnx"):
        raise WeightsError(f"{model} is damaged")
    return OnnxDetector(model, card, threads, is_whole)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
