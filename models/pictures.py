"""What a training run shows of itself: learning curves, what it learns from, and what it finds so far."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.crops import load_raster
from omr.detect.vectorise import vectorise
from omr.detect.watershed import decode
from omr.overlay import draw_labels
from omr.types import DetectorMaps
from omr.types.vocabulary import NAMES

SAMPLE_SIDE = 420
SAMPLES = 4


def draw_curves(history: Sequence[dict[str, float]], folder: Path) -> None:
    """Draw `curves.png`: losses (running means) and the F1 of validation, by step. history: rows of `history.csv`."""
    pyplot = _pyplot()
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4))
    for name in sorted({k for row in history for k in row} - {"step", "seconds", "f1"}):
        axes[0].plot([r["step"] for r in history], [r.get(name, np.nan) for r in history], label=name)
    axes[0].set(yscale="log", xlabel="step", title="loss (running mean)")
    axes[0].legend(fontsize=7)
    checked = [r for r in history if "f1" in r]
    axes[1].plot([r["step"] for r in checked], [r["f1"] for r in checked], marker="o")
    axes[1].set(xlabel="step", title="validation: symbol F1 at IoU 0.5")
    _save(figure, folder / "curves.png")


def draw_classes(paths: Sequence[Path], folder: Path) -> list[str]:
    """Write `classes.csv` and `classes.png`: how many symbols of each class are on the pages of the cache. Returns the
    classes without any symbol, which the network cannot learn."""
    counts: Counter[int] = Counter()
    for path in paths:
        with np.load(path) as data:
            counts.update(data["names"].tolist())
    rows = sorted(((name, counts[i]) for i, name in enumerate(NAMES)), key=lambda row: -row[1])
    with open(folder / "classes.tmp", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("class", "symbols"), *rows])
    os.replace(folder / "classes.tmp", folder / "classes.csv")
    pyplot = _pyplot()
    figure, axis = pyplot.subplots(figsize=(7, len(rows) * 0.16))
    axis.barh([name for name, _ in rows], [max(count, 0.5) for _, count in rows], color="#46627f")
    axis.set(xscale="log", title=f"symbols on {len(paths)} pages")
    axis.invert_yaxis()
    axis.margins(y=0.005)
    axis.tick_params(axis="y", labelsize=6)
    _save(figure, folder / "classes.png")
    return [name for name, count in rows if count == 0]


def draw_samples(predict: Callable[[np.ndarray], DetectorMaps], paths: Sequence[Path], folder: Path) -> None:
    """Draw `samples.png`: the same places of the same pages at every check, with the labels above and what was found
    below."""
    from PIL import Image

    tiles = []
    for path in paths[:SAMPLES]:
        page = load_raster(path)
        height, width = page.pixels.shape
        top, left = max(0, min(height // 4, height - SAMPLE_SIDE)), max(0, (width - SAMPLE_SIDE) // 2)
        maps = predict(page.pixels)
        image = Image.fromarray(page.pixels)
        window = (left, top, left + SAMPLE_SIDE, top + SAMPLE_SIDE)
        tiles.append([draw_labels(image, symbols, strokes).crop(window) for symbols, strokes in (
            (page.symbols, page.strokes), (decode(maps), vectorise(maps.strokes)))])
    sheet = Image.new("RGB", (SAMPLE_SIDE * len(tiles), 2 * SAMPLE_SIDE), "white")
    for i, pair in enumerate(tiles):
        for j, tile in enumerate(pair):
            sheet.paste(tile, (i * SAMPLE_SIDE, j * SAMPLE_SIDE))
    sheet.save(folder / "samples.tmp", "PNG")
    os.replace(folder / "samples.tmp", folder / "samples.png")


def _pyplot() -> Any:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def _save(figure: Any, path: Path) -> None:
    temporary = path.with_suffix(".tmp")
    figure.savefig(temporary, dpi=80, bbox_inches="tight", format="png")
    os.replace(temporary, path)
    _pyplot().close(figure)
