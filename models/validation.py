"""What a detector finds on labelled pages: figures for each class, and the thresholds that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from models.crops import LabelledRaster, load_raster
from omr.detect.watershed import decode
from omr.types import DetectorMaps, Symbol
from omr.types.vocabulary import NAMES

Predict = Callable[[np.ndarray], DetectorMaps]
"""(H, W) uint8 pixels of a normalised page -> maps"""

USUAL = {"accept": 0.5, "doubt": 0.7}
"""Thresholds of classes about which the validation pages say too little. They are rare on real pages too, so a find is
often a mistake."""
MIN_CALIBRATION_IOU = 0.3
"""Least overlap (intersection over union) of a find. A dot four pixels wide that is found one pixel off overlaps by
less than half, but it is found."""
MIN_FINDS = 15
"""A class that is found less often than this on the validation pages keeps the usual thresholds."""


def validate(predict: Predict, paths: Sequence[Path]) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 at IoU 0.5, on whole pages, for every class that occurs and for all symbols."""
    counts: dict[str, np.ndarray] = {}  # name -> hits, found, true
    for page, found in _read(predict, paths):
        hits = match_symbols(page.symbols, found)
        for symbol, right in zip(found, hits, strict=True):
            counts.setdefault(symbol.name, np.zeros(3))[:2] += right, 1
        for symbol in page.symbols:
            counts.setdefault(symbol.name, np.zeros(3))[2] += 1
    rows = {}
    for name, (hit, guesses, truths) in sorted({**counts, "all": sum(counts.values(), np.zeros(3))}.items()):
        rows[name] = {
            "precision": float(hit / max(guesses, 1)), "recall": float(hit / max(truths, 1)),
            "f1": float(2 * hit / max(guesses + truths, 1)), "count": float(truths),
        }
    return rows


def calibrate(predict: Predict, paths: Sequence[Path]) -> dict[str, dict[str, float]]:
    """Thresholds of every class. "accept" is the score that gives the best F1. "doubt" is the score below which fewer
    than nine in ten finds are right (by isotonic regression of being right on the score)."""
    scores: dict[str, list[tuple[float, bool]]] = {}
    truths: dict[str, int] = {}
    for page, found in _read(predict, paths):
        for symbol, hit in zip(found, match_symbols(page.symbols, found, MIN_CALIBRATION_IOU), strict=True):
            scores.setdefault(symbol.name, []).append((symbol.score, hit))
        for symbol in page.symbols:
            truths[symbol.name] = truths.get(symbol.name, 0) + 1
    result = {name: USUAL for name in sorted(NAMES)}
    for name, finds in scores.items():
        if len(finds) >= MIN_FINDS and truths.get(name, 0) >= MIN_FINDS:
            result[name] = _thresholds(np.array(sorted(finds), float), truths[name])
    return result


def _thresholds(finds: np.ndarray, truths: int) -> dict[str, float]:
    """finds: (N, 2), score ascending, and right 0 or 1."""
    score, right = finds.T
    hits = right[::-1].cumsum()[::-1]
    f1 = 2 * hits / (np.arange(len(score), 0, -1) + truths)
    accept = float(np.clip(score[int(f1.argmax())], 0.2, 0.5))
    trust = _isotonic(right)
    sure = score[trust >= 0.9]
    doubt = float(np.clip(sure[0] if len(sure) else 0.9, accept, 0.9))
    return {"accept": round(accept, 3), "doubt": round(doubt, 3)}


def _isotonic(values: np.ndarray) -> np.ndarray:
    """The rising sequence that is nearest to `values` in least squares: pool adjacent violators (Barlow et al.
    1972)."""
    level: list[float] = []
    size: list[int] = []
    for value in values.tolist():
        level.append(value)
        size.append(1)
        while len(level) > 1 and level[-2] >= level[-1]:
            total = size[-2] + size[-1]
            level[-2] = (level[-2] * size[-2] + level[-1] * size[-1]) / total
            size[-2] = total
            level.pop()
            size.pop()
    return np.repeat(level, size)


def match_symbols(truth: Sequence[Symbol], found: Sequence[Symbol], min_iou: float = 0.5) -> list[bool]:
    """Which finds are right: they have the class of a label, and an IoU of at least `min_iou` with it. Every label is
    used once, the best overlaps first."""
    pairs = []
    for i, s in enumerate(found):
        for j, t in enumerate(truth):
            if s.name == t.name and abs(s.box.left - t.box.left) < t.box.width:
                iou = s.box.iou(t.box)
                if iou >= min_iou:
                    pairs.append((iou, i, j))
    hit: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(pairs, reverse=True):
        if i not in hit and j not in taken:
            hit[i] = j
            taken.add(j)
    return [i in hit for i in range(len(found))]


def _read(predict: Predict, paths: Sequence[Path]) -> Iterator[tuple[LabelledRaster, list[Symbol]]]:
    for path in paths:
        page = load_raster(path)
        yield page, decode(predict(page.pixels))
