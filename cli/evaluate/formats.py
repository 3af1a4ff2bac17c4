"""`omr evaluate formats`: the same weights through TensorFlow and through ONNX Runtime."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.evaluate.common import MIN_COUNT, weights_option

if TYPE_CHECKING:
    import numpy as np

    from omr.types import DetectorMaps

@click.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.option("--pages", type=click.IntRange(min=1), default=None, help="Only so many pages, spread over the data.")
@weights_option
def formats(data: Path, pages: int | None, weights: Path | None) -> None:
    """Accuracy, seconds a page and file size of the detector on the labelled pages of DATA: TensorFlow, ONNX
    Runtime in float32, and the weights folder's own file, which `omr quantise` may have made.

    AP is COCO's at IoU 0.5, over classes with 20 symbols or more. Seconds are the network's alone, of the median page.
    """
    import tempfile

    from models.training import predict_maps
    from models.weights import export, load_network, network_config
    from omr.detect.runtime import load_detector, read_card, shipped

    folder = weights or shipped()
    network, config = load_network(folder), network_config(read_card(folder))
    click.echo(f"{'':20}{'AP50':>8}{'AP':>8}{'seconds':>10}{'MB':>8}")
    _row("TensorFlow", _Timed(partial(predict_maps, network)), data, pages, folder / "detector.weights.h5")
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch)
        export(network, config, made, {})
        _row("ONNX float32", _Timed(load_detector(made).detect), data, pages, made / "detector.onnx")
    _row("ONNX, as it is", _Timed(load_detector(folder).detect), data, pages, folder / "detector.onnx")


def _row(label: str, detector: _Timed, data: Path, pages: int | None, file: Path) -> None:
    from cli.evaluate.detect import run_detector
    from evaluation import coco
    from evaluation.boxes import frequent_mean

    run = run_detector(data, "clean", pages, 0, detector, {})
    per_class = coco.evaluate(run.reference, run.estimate)["per_class"]
    ap_50, ap = (frequent_mean(per_class, key, MIN_COUNT) for key in ("ap_50", "ap"))
    click.echo(f"{label:20}{ap_50:8.3f}{ap:8.3f}{statistics.median(detector.seconds):10.2f}"
               f"{file.stat().st_size / 1e6:8.1f}")


class _Timed:
    """A detector, and the seconds that it took for each page."""

    def __init__(self, detect: Callable[[np.ndarray], DetectorMaps]):
        self._detect = detect
        self.seconds: list[float] = []

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        start = time.perf_counter()
        maps = self._detect(pixels)
        self.seconds.append(time.perf_counter() - start)
        return maps
