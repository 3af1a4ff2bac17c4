"""`omr evaluate detectors`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.evaluate.common import BALANCED, small_training

if TYPE_CHECKING:
    import numpy as np

    from companions.contest import Plan, Read, Tools
    from omr.types import Symbol


@click.command()
@small_training
@click.option("--test", type=click.Path(exists=True, path_type=Path), required=True,
              help="Data set to judge on: pages of other scores.")
@click.option("--learning-rate", default=1e-3, show_default=True)
@click.option("--pages", type=click.IntRange(min=1), default=None, help="Only the first so many pages to judge on.")
@click.option("--only", type=click.Choice(["deep watershed", "one-stage", "two-stage"]), multiple=True,
              help="Only this kind.")
def detectors(data: tuple[Path, ...], test: Path, out: Path, steps: int, batch: int, size: int, learning_rate: float,
              seed: int, pages: int | None, only: tuple[str, ...]) -> None:
    """Three kinds of detector trained alike: deep watershed, one-stage (FCOS), two-stage (Faster R-CNN).

    All from random weights, on the same crops. Prints and writes (detectors.html) mean average precision, also by size
    of symbol, seconds and memory, and how many places each has to decide about. The two others come from torchvision,
    which `pip install 'omr[rivals]'` adds.
    """
    from cli.train import build_cache, choose_pages
    from companions import contest, rivals
    from deepscores.datasets import read

    if set(only or contest.DETECTORS) & set(rivals.KINDS):
        rivals.require()  # before pages are degraded, which takes minutes
    plan = contest.Plan(steps, batch, size, learning_rate, seed)
    contest.claim(out, plan, [str(d) for d in (*data, test)])
    training = build_cache(choose_pages(data, (), None)[0], out / "cache", 1, seed, 2)
    judged = build_cache(list(read(test))[:pages], out / "test", 1, seed, 2, degraded=False)
    results = contest.hold(tools(), training, judged, out, plan, only or contest.DETECTORS)
    head = ["detector", *contest.COLUMNS.values()]
    for label, *cells in zip(head, *contest.rows(results), strict=True):
        click.echo(f"{label:20}" + "".join(f"{cell!s:>16}" for cell in cells))
    click.echo(f"{contest.report(tools(), results, judged, out, plan)}: the report")


def tools() -> Tools:
    from companions.contest import Tools

    return Tools(_crops, _load, _train, _open, _judge)


def _crops(pages: Sequence[Path], size: int, seed: int) -> Callable[[], Any]:
    from models.crops import CropSampler

    return CropSampler(pages, size, seed, BALANCED).cut


def _load(path: Path) -> tuple[np.ndarray, tuple[Symbol, ...]]:
    from models.crops import load_raster

    page = load_raster(path)
    return page.pixels, page.symbols


def _train(pages: Sequence[Path], folder: Path, plan: Plan) -> None:
    from models.training import TrainingConfig, train

    train(pages, [], folder, TrainingConfig(
        steps=plan.steps, batch=plan.batch, size=plan.size, seed=plan.seed, learning_rate=plan.learning_rate,
        balanced=BALANCED, workers=0, warmup=max(plan.steps // 20, 1), checkpoint_every=50))


def _open(folder: Path) -> tuple[Read, int]:
    """The weights of a run in the form that scans use, with ONNX Runtime. The places are the basins of the
    watershed."""
    from companions.rivals import LEAST_SCORE
    from models.network import NetworkConfig, build
    from models.weights import export
    from omr.detect.runtime import load_detector
    from omr.detect.watershed import decode

    config = NetworkConfig()
    model = build(config)
    if not (folder / "weights").exists():
        model.load_weights(folder / "last.weights.h5")
        export(model, config, folder / "weights", {})
    detector = load_detector(folder / "weights")

    def read(pixels: np.ndarray) -> tuple[list[Symbol], int]:
        symbols = decode(detector.detect(pixels), min_score=0.0)
        return [s for s in symbols if s.score >= LEAST_SCORE], len(symbols)

    return read, int(model.count_params())


def _judge(truth: Mapping[str, Sequence[Symbol]], found: Mapping[str, Sequence[Symbol]]) -> dict[str, Any]:
    from evaluation import coco
    from evaluation.boxes import as_boxes

    return coco.evaluate(*([as_boxes(name, symbols) for name, symbols in side.items()] for side in (truth, found)))
