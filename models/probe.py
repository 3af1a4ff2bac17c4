"""What each layer of a network in training holds: statistics of its features, and its place in the information plane.

Shwartz-Ziv and Tishby, "Opening the Black Box of Deep Neural Networks via Information" (2017): of every layer T, how
much it still knows of the input, I(X;T), and of the answer, I(T;Y). The estimate is theirs, by bins, with a deviation:
their layers had a dozen units, these have a hundred, of which any two samples differ somewhere, so that I(X;T) would
be log N for every layer. So the bins divide the `COMPONENTS` directions in which a layer varies most. The network is
deterministic: I(X;T) = H(T). Samples are symbols at the cell that holds their middle; Y is their class.

With a few hundred samples in `BINS` ** `COMPONENTS` bins, most classes meet a bin once or never, and I(T;Y) comes out
high even where T knows nothing of Y. How high is measured: the same estimate with the classes in another order, which
leaves nothing to know. That part, `i_ty_chance`, is subtracted. (Treves and Panzeri, "The upward bias in measures of
information derived from limited data samples", 1995, explain where it comes from.)
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.crops import crop, ink, load_raster
from omr.types.vocabulary import ID

SIZE = 256
PAGES, CROPS = 8, 6
COMPONENTS, BINS = 3, 8
SHUFFLES = 20
"""How many orders of the classes the estimate without any information is averaged over. A single one varies by some
hundredths of a bit."""
FILE = "features.csv"
FIELDS = ("step", "layer", "stride", "units", "mean", "std", "zero", "dead", "i_xt", "i_ty", "i_ty_chance")


def probed_layers(model: keras.Model) -> list[tuple[str, Any]]:
    """(name, output) of the network's blocks, from the page inwards and out again: each ReLU after an addition."""
    found: list[tuple[str, Any]] = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.ReLU):
            before = layer.input._keras_history.operation
            if isinstance(before, keras.layers.Add):
                found.append((f"block {len(found) + 1}", layer.output))
    return found


class Probe:
    """The same symbols of the same pages at every check of a run."""

    def __init__(self, paths: Sequence[Path], seed: int = 0):
        rng = np.random.default_rng(seed)
        images: list[np.ndarray] = []
        classes: list[int] = []
        self.places: list[tuple[int, float, float]] = []
        for path in paths[:PAGES]:
            page = load_raster(path)
            for _ in range(CROPS):
                cut = crop(page, rng.uniform(0, page.pixels.shape[0]), rng.uniform(0, page.pixels.shape[1]), 1.0, SIZE)
                for s in cut.symbols:
                    row, col = s.box.center
                    if 0 <= row < SIZE and 0 <= col < SIZE:
                        self.places.append((len(images), row, col))
                        classes.append(ID[s.name])
                images.append(cut.pixels)
        self.images = ink(np.stack(images))
        self.classes = np.array(classes, int)

    def measure(self, model: keras.Model, step: int) -> list[dict[str, float | str]]:
        """A row of `FIELDS` for each layer: mean and spread of its activations, share of zeros, share of units that are
        always zero, and the two informations in bits."""
        layers = probed_layers(model)
        answers = keras.Model(model.input, dict(layers))(self.images)
        rows: list[dict[str, float | str]] = []
        for name, _ in layers:
            values = keras.ops.convert_to_numpy(answers[name]).astype(np.float32)  # (crops, h, w, units)
            stride = SIZE // values.shape[1]
            at = np.array([values[i, int(row) // stride, int(col) // stride] for i, row, col in self.places])
            i_xt, i_ty, chance = informations(at, self.classes) if len(at) else (0.0, 0.0, 0.0)
            flat = values.reshape(-1, values.shape[-1])
            rows.append({
                "step": step, "layer": name, "stride": stride, "units": flat.shape[1], "mean": float(flat.mean()),
                "std": float(flat.std()), "zero": float((flat <= 0).mean()),
                "dead": float((flat.max(axis=0) <= 0).mean()), "i_xt": i_xt, "i_ty": i_ty,
                "i_ty_chance": chance})
        return rows


def informations(features: np.ndarray, classes: np.ndarray) -> tuple[float, float, float]:
    """(I(X;T), I(T;Y), chance) in bits, of features (N, units) of samples with `classes` (N,).

    chance: the estimate of I(T;Y) for classes in another order. It is subtracted from I(T;Y) already, which is never
    less than 0.
    """
    centred = features - features.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    along = centred @ directions[:COMPONENTS].T
    low, high = along.min(axis=0), along.max(axis=0)
    cells = np.minimum((along - low) / np.maximum(high - low, 1e-9) * BINS, BINS - 1).astype(int)
    code = cells @ (BINS ** np.arange(cells.shape[1]))
    whole = _entropy(code)
    rng = np.random.default_rng(0)
    chance = float(np.mean([whole - _within(code, rng.permutation(classes)) for _ in range(SHUFFLES)]))
    return whole, max(whole - _within(code, classes) - chance, 0.0), chance


def _within(code: np.ndarray, classes: np.ndarray) -> float:
    """H(T|Y) in bits: the mean, over the classes, of the entropy of their codes."""
    return sum(float((classes == c).mean()) * _entropy(code[classes == c]) for c in np.unique(classes))


def _entropy(code: np.ndarray) -> float:
    share = np.unique(code, return_counts=True)[1] / len(code)
    return float(-(share * np.log2(share)).sum())


def write_features(rows: Sequence[dict[str, float | str]], folder: Path) -> None:
    """Write all rows so far, as `features.csv`."""
    with open(folder / "features.tmp", "w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    os.replace(folder / "features.tmp", folder / FILE)


def read_features(folder: Path) -> list[dict[str, float | str]]:
    """Inverse of `write_features`; empty if there is no file."""
    if not (folder / FILE).exists():
        return []
    with open(folder / FILE, newline="") as file:
        return [{k: v if k == "layer" else float(v) for k, v in row.items() if v} for row in csv.DictReader(file)]
