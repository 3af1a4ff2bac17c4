"""`omr evaluate sweep`: what resolution, skew, perspective, 1-bit scanning and low contrast cost the detector, and what
resolution costs the notes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.evaluate.common import FOLDER, MIN_COUNT, weights_option
from cli.evaluate.scale import MOST_OFF
from omr.errors import DataError, OmrError

if TYPE_CHECKING:
    import numpy as np

    from augment.leaf import Leaf

AXES: dict[str, tuple[tuple[float, ...], str]] = {
    "interline": ((6, 8, 10, 12, 16, 20, 28, 40), "staff space of the page, px"),
    "bilevel": ((6, 8, 10, 12, 16, 20, 28, 40), "staff space of a 1-bit page, px"),
    "skew": ((-5, -3, -1, 0, 1, 3, 5), "turned by, degrees"),
    "keystone": ((0, 0.02, 0.05, 0.1, 0.15, 0.2), "upper edge narrower by, share of the page"),
    "contrast": ((1, 0.5, 0.3, 0.2, 0.1, 0.05), "ink to paper, share of the full range"),
    "dpi": ((75, 90, 100, 120, 150, 200, 300), "resolution, dots per inch"),
    "quarter": ((0, 90, 180, 270), "turned by, degrees"),
}
"""What is varied: the values, and their description."""
SCANNED = ("dpi", "quarter")
"""Axes along which pages are read completely. Along the others, only the detector is measured."""
NOISE = 3.0
"""Standard deviation (of 255) of a camera's noise on pages with low contrast. Without noise, nothing would be lost."""
FIELDS = ("axis", "value", "ap_50", "heads", "note_f1", "scale_right", "seconds", "pages")
OF_DETECTOR = {"ap_50": "AP50, classes with 20 symbols or more", "heads": "recall of black noteheads"}
OF_NOTES = {"note_f1": "note F1", "scale_right": f"share of pages, staff space within {MOST_OFF:.0%}"}
"""What is measured: the names of the fields, and their description."""


@click.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--out", type=FOLDER, required=True, help="Folder of sweep.csv, .json and .png; the same resumes.")
@click.option("--only", "axes", multiple=True, type=click.Choice(list(AXES)), default=tuple(AXES), show_default=True)
@click.option("--pages", default=6, show_default=True, help="How many pages, spread over the data.")
@click.option("--truth", type=FOLDER, default=None, metavar="DIR",
              help="MusicXML of the same names as the images.  [default: where the benchmark has it, DATA/../truth]")
@weights_option
def sweep(data: Path, out: Path, axes: tuple[str, ...], pages: int, truth: Path | None, weights: Path | None) -> None:
    """Accuracy and time of the detector on the labelled pages of DATA as they get smaller, askew, fainter.

    AP is COCO's at IoU 0.5, over classes with 20 symbols or more; heads is the recall of black noteheads at IoU 0.5 at
    the score a scan believes. A page on which no staff is found counts as missed. Along dpi, which takes pages to be of
    300, and quarter those with a truth are scanned: mean note F1, and the share of them whose staff space is measured
    right.
    """
    from tqdm import tqdm

    from omr.detect.runtime import load_detector

    out.mkdir(parents=True, exist_ok=True)
    table = out / "sweep.csv"
    rows = _read(table)
    done = {(row["axis"], float(row["value"])) for row in rows}
    points = [(axis, value) for axis in axes for value in AXES[axis][0] if (axis, value) not in done]
    named = _leaves(data, pages)
    leaves = [leaf for _, leaf in named]
    folder = truth or data.parent / "truth"
    truths = [(path, leaf) for name, leaf in named if (path := folder / f"{name}.musicxml").exists()]
    if not truths and any(axis in SCANNED for axis, _ in points):
        if set(axes) <= set(SCANNED):
            raise DataError(f"{folder}: no MusicXML named like a page of {data}")
        click.echo(f"{', '.join(SCANNED)} are left out: {folder} has no MusicXML named like a page of {data}", err=True)
        points = [(axis, value) for axis, value in points if axis not in SCANNED]
    detector = load_detector(weights)
    for axis, value in tqdm(points, unit="point"):
        if axis in SCANNED:
            figures = measure_notes(detector, truths, axis, value)
        else:
            figures = measure(detector, [changed(leaf, axis, value) for leaf in leaves])
        rows.append({"axis": axis, "value": value, **figures, "pages": len(truths if axis in SCANNED else leaves)})
        _write(rows, table)
    for axis in axes:
        _print(axis, [row for row in rows if row["axis"] == axis])
    _write_json(rows, out / "sweep.json")
    _draw(rows, out / "sweep.png")


def _measured(axis: str) -> dict[str, str]:
    """What is measured along an axis."""
    return OF_NOTES if axis in SCANNED else OF_DETECTOR


def _print(axis: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        click.echo(f"\n{axis}: {AXES[axis][1]}")
    names = ("note F1", "staff space right") if axis in SCANNED else ("AP50", "heads")
    for row in sorted(rows, key=lambda r: float(r["value"])):
        cells = [f"{name} {float(row[field]):.3f}" for name, field in zip(names, _measured(axis), strict=True)]
        click.echo("  ".join((f"{float(row['value']):8g}", *cells, f"{float(row['seconds']):.2f} seconds")))


def changed(leaf: Leaf, axis: str, value: float) -> Leaf:
    """A page and its labels, changed along one of `AXES`. Along "quarter", only the pixels change."""
    import cv2
    import numpy as np

    from augment.geometry import BEND_GRID, Warp, moved
    from evaluation.bench import DPI

    height, width = leaf.shape
    if axis == "dpi":
        return _resized(leaf, value / DPI)
    if axis == "quarter":
        return _with_pixels(leaf, np.ascontiguousarray(np.rot90(leaf.pixels, round(value / 90))))
    if axis in ("interline", "bilevel"):
        small = _resized(leaf, value / leaf.space_px)
        if axis == "interline":
            return small
        bits = np.where(small.pixels < 128, 0, 255).astype(np.uint8)
        return _with_pixels(small, bits)
    if axis == "contrast":
        noise = np.random.default_rng(0).normal(0, NOISE, leaf.pixels.shape)
        pixels = 220 - value * (255.0 - leaf.pixels) * 220 / 255 + noise
        return _with_pixels(leaf, np.clip(pixels, 0, 255).astype(np.uint8))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    if axis == "skew":
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), value, 1.0)
        homography = np.vstack([turn, [0, 0, 1]])
    else:
        push = np.array([[-1, 0], [1, 0], [0, 0], [0, 0]]) * value / 2 * width
        homography = cv2.getPerspectiveTransform(corners, (corners + push).astype(np.float32))
    return moved(leaf, Warp(homography, np.zeros((*BEND_GRID, 2)), leaf.shape))


def measure(detector: Any, leaves: Sequence[Leaf]) -> dict[str, float]:
    """ap_50, heads and seconds (of the median page) of a detector on pages."""
    import time

    import numpy as np

    from cli.evaluate.detect import find
    from evaluation import coco
    from evaluation.boxes import as_boxes, frequent_mean
    from models.validation import match_symbols

    reference, estimate, seconds = [], [], []
    hits = heads = 0
    for i, leaf in enumerate(leaves):
        start = time.perf_counter()
        found, _, _ = find(detector, leaf.pixels)
        seconds.append(time.perf_counter() - start)
        reference.append(as_boxes(str(i), leaf.symbols))
        estimate.append(as_boxes(str(i), found))
        true = [s for s in leaf.symbols if s.name == "noteheadBlack"]
        believed = [s for s in found if s.name == "noteheadBlack" and s.score >= detector.accept[s.name]]
        hits += sum(match_symbols(true, believed))
        heads += len(true)
    ap_50 = frequent_mean(coco.evaluate(reference, estimate)["per_class"], "ap_50", MIN_COUNT)
    return {"ap_50": round(ap_50, 4), "heads": round(hits / max(heads, 1), 4),
            "seconds": round(float(np.median(seconds)), 3)}


def measure_notes(detector: Any, pages: Sequence[tuple[Path, Leaf]], axis: str, value: float) -> dict[str, float]:
    """note_f1 (the mean), scale_right (share of pages whose staff space is measured right) and seconds (of the median
    page) of scans without words. pages: (truth, page as it is). They are changed as `changed` does."""
    import tempfile
    import time

    import numpy as np
    from PIL import Image

    from evaluation import notes
    from omr import pipeline
    from omr.export.files import write
    from omr.reading import PageReading, ScanOptions
    from omr.types import SPACE_PX

    f1, seconds, right = [], [], 0
    with tempfile.TemporaryDirectory(prefix="omr-") as folder:
        image, predicted = Path(folder) / "page.png", Path(folder) / "page.musicxml"
        for truth, whole in pages:
            leaf = changed(whole, axis, value)
            Image.fromarray(leaf.pixels).save(image)
            predicted.unlink(missing_ok=True)
            readings: list[PageReading] = []
            start = time.perf_counter()
            try:
                score = pipeline.scan([image], detector, ScanOptions(languages=()), readings.append)
                write(score, predicted)
            except OmrError:
                pass
            seconds.append(time.perf_counter() - start)
            f1.append(notes.evaluate(*notes.read_files(truth, predicted))["note_f1"])
            page = readings[0].page if readings else None
            right += page is not None and abs(page.source_scale * SPACE_PX / leaf.space_px - 1) < MOST_OFF
    return {"note_f1": round(float(np.mean(f1)), 4), "scale_right": round(right / len(pages), 4),
            "seconds": round(float(np.median(seconds)), 3)}


def _leaves(data: Path, limit: int) -> list[tuple[str, Leaf]]:
    """Pages spread over a data set, each with the name of its image. Raises DataError if no page has a known staff
    space."""
    import numpy as np

    from augment.leaf import Leaf
    from deepscores.datasets import read
    from omr.page.raster import load

    every = [page for page in read(data) if page.space_px]
    if not every:
        raise DataError(f"{data}: no page says its staff space; engrave some with `omr deepscores engrave`")
    return [(page.image.stem,
             Leaf(np.asarray(next(load(page.image)).pixels), page.symbols, page.strokes, page.space_px))
            for page in every[:: -(-len(every) // limit)]]


def _resized(leaf: Leaf, factor: float) -> Leaf:
    import cv2

    from augment.leaf import Leaf
    from models.crops import LabelledRaster, shift

    size = (max(1, round(leaf.shape[1] * factor)), max(1, round(leaf.shape[0] * factor)))
    pixels = cv2.resize(leaf.pixels, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    page = shift(LabelledRaster(leaf.pixels, leaf.symbols, leaf.strokes), pixels, 0, 0, factor)
    return Leaf(page.pixels, page.symbols, page.strokes, leaf.space_px * factor)


def _with_pixels(leaf: Leaf, pixels: np.ndarray) -> Leaf:
    from dataclasses import replace

    return replace(leaf, pixels=pixels)


def _read(table: Path) -> list[dict[str, Any]]:
    import csv

    if not table.exists():
        return []
    with open(table, newline="") as file:
        return list(csv.DictReader(file))


def _write(rows: Sequence[dict[str, Any]], table: Path) -> None:
    import csv

    temporary = table.with_suffix(".tmp")
    with open(temporary, "w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    temporary.replace(table)


def _write_json(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """The rows of each axis, by value, as numbers."""
    import json

    found: dict[str, list[dict[str, float]]] = {}
    for row in sorted(rows, key=lambda r: float(r["value"])):
        fields = ("value", *_measured(row["axis"]), "seconds", "pages")
        found.setdefault(row["axis"], []).append({field: float(row[field]) for field in fields})
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(found, indent=1) + "\n")
    temporary.replace(path)


def _draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """A curve an axis: accuracy above, seconds below."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = list(dict.fromkeys(row["axis"] for row in rows))
    figure, plots = pyplot.subplots(2, len(names), figsize=(3.4 * len(names), 5.2), squeeze=False, sharey="row",
                                    height_ratios=(2, 1))
    for column, name in enumerate(names):
        measured = _measured(name)
        points = sorted(tuple(float(r[field]) for field in ("value", *measured, "seconds"))
                        for r in rows if r["axis"] == name)
        values, *curves, seconds = zip(*points, strict=True)
        above, below = plots[:, column]
        for curve, label in zip(curves, measured.values(), strict=True):
            above.plot(values, curve, marker="o", label=label)
        if column == 0 or measured != _measured(names[column - 1]):
            above.legend(fontsize=7, loc="lower right")
        above.set(title=name, ylim=(0, 1.02))
        below.plot(values, seconds, marker="o", color="#777")
        below.set(ylim=(0, None))
        below.set_xlabel(AXES[name][1], fontsize=8)
        for axis in (above, below):
            axis.grid(alpha=0.3)
    plots[1, 0].set(ylabel="seconds a page")
    temporary = path.with_suffix(".tmp")
    figure.savefig(temporary, dpi=90, bbox_inches="tight", format="png")
    pyplot.close(figure)
    temporary.replace(path)
