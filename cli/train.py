"""`omr train`: the detector, from labelled pages to weights."""

from __future__ import annotations

import os
import pickle
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import numpy as np

    from augment.margins import Crop
    from deepscores.pages import LabelledPage
    from models.training import TrainingConfig

MIX = {"clean": 0.15, "scan": 0.6, "photo": 0.25}
CLEAN = {"clean": 1.0}
MARGINS_SHARE = 0.5
"""Share of the pages that get rare symbols in their blank places. The other pages teach that margins are blank."""
SHEET_SHARE = 0.03
"""Share of the pages that are replaced by a sheet with nothing but rare symbols, as in DeepScores' augmentation."""
BANK_PAGES = 500
UNKNOWN = -1
"""Id of a symbol that only marks the place of something unknown."""


@lru_cache(maxsize=1)
def load_bank(path: Path) -> dict[str, list[Crop]]:
    """The bank that `save_bank` wrote. Each worker process loads it once."""
    bank: dict[str, list[Crop]] = pickle.loads(path.read_bytes())
    return bank


def save_bank(pages: Sequence[LabelledPage], path: Path) -> None:
    """Save rare symbols of up to `BANK_PAGES` pages, spread over the data, for `load_bank`."""
    from cli.augment import rare_bank

    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(pickle.dumps(rare_bank(pages[:: -(-len(pages) // BANK_PAGES)])))
    os.replace(temporary, path)


def cache_name(number: int, variant: int) -> str:
    return f"{number:06d}-{variant}.npz"


def cache_page(
    task: tuple, folder: Path, seed: int, bank: Path | None = None, papers: Path | None = None, degraded: bool = True,
) -> Path | None:
    """Degrade one page, and write it to the cache at `SPACE_PX`. Returns None if it was there already, or cannot be
    used because its staff space is unknown and cannot be measured.

    bank: file of `save_bank`. Its rare symbols are pasted into blank places of some pages, and fill some pages
        completely.
    papers: folder of blank sheets to print on.
    degraded: whether the page becomes a scan, a photograph or neither, by `MIX`; otherwise it stays clean.
    """
    import cv2
    import numpy as np

    from augment.degrade import degrade
    from augment.margins import paste_rare, rare_grid
    from models.crops import LabelledRaster, rescale, save_raster
    from omr.types import SPACE_PX, STROKE_KINDS, Symbol

    number, variant, page = task
    path = folder / cache_name(number, variant)
    if path.exists():
        return None
    cv2.setNumThreads(1)
    os.environ["OMP_NUM_THREADS"] = "1"
    rng = np.random.default_rng([seed, number, variant])
    mix = MIX if degraded else CLEAN
    kind = str(rng.choice(list(mix), p=list(mix.values())))
    read = cv2.imread(str(page.image), cv2.IMREAD_GRAYSCALE)
    space_px = page.space_px or (_measured_space(read) if read is not None else 0.0)
    if not space_px:
        return None
    pixels = np.asarray(read)
    # What is unknown moves with the page like a symbol. Its id, UNKNOWN, identifies it afterwards.
    symbols = (*page.symbols, *(Symbol(UNKNOWN, "brace", box) for box in page.ignored))
    # Degrading takes time for every pixel, and nothing finer than a staff space of 14 px survives the last step.
    before = rescale(LabelledRaster(pixels, symbols, page.strokes), min(1.0, 14 / space_px))
    space_px = min(space_px, 14.0)
    labelled = before.pixels, before.symbols, before.strokes
    # A random generator of its own, so that a page is degraded in the same way with and without pasted symbols.
    paste = np.random.default_rng([seed, number, variant, 1])
    chance = paste.random()
    if bank is not None and chance < SHEET_SHARE:
        labelled = rare_grid(load_bank(bank), before.pixels.shape, paste, space_px)
    elif bank is not None and chance < SHEET_SHARE + MARGINS_SHARE:
        labelled = paste_rare(*labelled, load_bank(bank), paste, space_px)
    pixels, symbols, strokes = degrade(*labelled, rng, kind, space_px, papers)  # type: ignore[arg-type]
    raster = LabelledRaster(pixels, tuple(s for s in symbols if s.id != UNKNOWN), strokes,
                            page.unlabelled & set(STROKE_KINDS), tuple(s.box for s in symbols if s.id == UNKNOWN))
    save_raster(path, rescale(raster, SPACE_PX / space_px))
    return path


def _measured_space(pixels: np.ndarray) -> float:
    """The staff space of a page in its own pixels; 0 if none can be found."""
    import numpy as np

    from omr.errors import OmrError
    from omr.page.raster import RawPage, normalise
    from omr.types import SPACE_PX

    try:
        page = normalise(RawPage(pixels, 0, 0.0, ""))
    except OmrError:
        return 0.0
    return SPACE_PX * float(np.sqrt(abs(np.linalg.det(page.to_source[:, :2]))))


def choose_pages(data: Sequence[Path], validation: Sequence[Path], most: int | None) -> tuple[list, list]:
    """(training pages, validation pages) of data sets in any format.

    What a data set calls "val" or "test" is never used for training. Without `validation`, the "val" pages of `data`
    are used for validation. From a validation data set with splits, only "val" is used; "test" is left for the
    benchmarks. most: pages of each set.
    """
    from itertools import islice

    from deepscores.datasets import read

    def some(path: Path, splits: tuple[str, ...]) -> list[LabelledPage]:
        return list(islice((p for p in read(path) if p.split in splits and p.image.exists()), most))

    training = [page for path in data for page in some(path, ("", "train"))]
    checks = [page for path in validation for page in some(path, ("val",)) or some(path, ("",))]
    return training, checks if validation else [page for path in data for page in some(path, ("val",))]


def build_cache(
    pages: Sequence[LabelledPage], folder: Path, variants: int, seed: int, workers: int, margins: bool = False,
    papers: Path | None = None, degraded: bool = True,
) -> list[Path]:
    """The cache of pages, each in `variants` degraded versions. For margins, papers and degraded see `cache_page`.

    Raises DataError if no page can be used.
    """
    import multiprocessing

    from tqdm import tqdm

    from omr.errors import DataError

    folder.mkdir(parents=True, exist_ok=True)
    tasks = [(i, v, page) for v in range(variants) for i, page in enumerate(pages)]
    bank = folder / "rare.pickle" if margins else None
    if bank is not None and not bank.exists() and not all((folder / cache_name(i, v)).exists() for i, v, _ in tasks):
        save_bank(pages, bank)
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        make = partial(cache_page, folder=folder, seed=seed, bank=bank, papers=papers, degraded=degraded)
        for _ in tqdm(pool.imap_unordered(make, tasks, chunksize=4), total=len(tasks), unit="page", desc=folder.name):
            pass
    made = [path for i, v, _ in tasks if (path := folder / cache_name(i, v)).exists()]
    if len(made) < len(tasks):
        click.echo(f"{folder.name}: {len(tasks) - len(made)} pages left out: no staff space can be measured on them")
    if not made:
        raise DataError("there is no page to train on: no image, or no staves, or all of them are for testing")
    return made


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), multiple=True, required=True,
              help="Data set: DeepScores v1 or v2 (also `omr deepscores engrave`'s), MUSCIMA++, COCO; several make a "
                   "mixture.")
@click.option("--validation", type=click.Path(exists=True, path_type=Path), multiple=True,
              help="Data set to measure on. Default: what --data calls its validation split.")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True,
              help="Run folder; the same folder resumes.")
@click.option("--steps", default=12000, show_default=True)
@click.option("--batch", default=6, show_default=True)
@click.option("--size", default=384, show_default=True, help="Side of a training crop in pixels.")
@click.option("--variants", default=2, show_default=True, help="Degraded versions of every page in the cache.")
@click.option("--precision", default="float32", show_default=True, help="float32 or mixed_bfloat16.")
@click.option("--learning-rate", default=2e-3, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Processes that cut crops while the network trains.")
@click.option("--seed", default=0, show_default=True)
@click.option("--margins/--no-margins", default=True, show_default=True,
              help="Paste rare symbols into blank places of the pages.")
@click.option("--degrade/--clean", default=True, show_default=True,
              help="Make most pages scans and photographs, or leave all of them as engraved.")
@click.option("--balanced", type=click.FloatRange(0, 1), default=0.6, show_default=True,
              help="Share of crops around symbols drawn class by class, rare ones as often as common ones.")
@click.option("--papers", type=click.Path(exists=True, file_okay=False, path_type=Path), default=None, metavar="FOLDER",
              help="Photographs or scans of blank sheets to print the pages on. Default: generated paper.")
@click.option("--most", type=click.IntRange(min=1), default=None, help="Only the first so many pages of each data set.")
@click.option("--start", default="", metavar="DIR", help="Start from the weights in DIR, or from those \"shipped\".")
@click.option("--teacher", default="", metavar="DIR",
              help="Learn also from what the weights in DIR answer, or the \"shipped\": for smaller networks.")
@click.option("--widths", type=click.IntRange(min=1), nargs=7, default=None, metavar="N N N N N N N",
              help="Channels of the network: at strides 2, 4, 8, 16 and 32, of its fine head and of its class head. "
                   "Default: those of the weights that come with the package.")
@click.option("--devices", type=click.IntRange(min=1), default=1, show_default=True,
              help="Devices that share each batch.")
@click.option("--cache-only", is_flag=True, help="Build the cache of degraded pages and stop.")
def train(data: tuple[Path, ...], validation: tuple[Path, ...], out: Path, steps: int, batch: int, size: int,
          variants: int, precision: str, learning_rate: float, workers: int, seed: int, margins: bool,
          degrade: bool, balanced: float, papers: Path | None, most: int | None, start: str, teacher: str,
          widths: tuple[int, ...] | None, devices: int, cache_only: bool) -> None:
    """Train the detector. Interrupted, the same command goes on."""
    if papers is not None:
        from augment.paper import blank_sheets

        blank_sheets(papers)
    training, checking = choose_pages(data, validation, most)
    pages = build_cache(training, out / "cache", variants, seed, 2, margins, papers, degrade)
    checks = build_cache(checking, out / "validation", 1, seed + 1, 2, papers=papers) if checking else []
    if cache_only:
        return
    from models.network import NetworkConfig
    from models.training import TrainingConfig
    from models.training import train as run

    network = NetworkConfig() if widths is None else NetworkConfig(
        (widths[0], widths[1], widths[2], widths[3], widths[4]), head_width=widths[5], class_width=widths[6])
    config = TrainingConfig(steps=steps, batch=batch, size=size, seed=seed, precision=precision,
                            learning_rate=learning_rate, workers=workers, devices=devices, balanced=balanced,
                            start=start, teacher=teacher, network=network)
    run(pages, checks[:16], out, config, click.echo)
    finish(out, config, checks, {"data": [str(d.name) for d in data], "pages": len(training),
                                "mix": MIX if degrade else CLEAN, "margins": margins,
                                "papers": papers.name if papers else ""})


def finish(out: Path, config: TrainingConfig, checks: list[Path], recipe: dict) -> None:
    """Export the best weights of a run to its folder `weights`, with thresholds and figures measured on the pages in
    `checks`.

    Half of the pages determine the thresholds, the other half is measured. Without such pages, the last weights are
    exported. The file for scans can only be made with TensorFlow; with another backend it is left for later.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        click.echo(f"{out}: trained on {keras.backend.backend()}; the same command with KERAS_BACKEND=tensorflow "
                   f"exports {out / 'weights'}")
        return

    from models.network import build
    from models.training import predict_maps, read_history
    from models.validation import calibrate, validate
    from models.weights import export

    keras.mixed_precision.set_global_policy("float32")
    model = build(config.network)
    model.load_weights(out / ("best.weights.h5" if checks else "last.weights.h5"))
    predict = partial(predict_maps, model)
    thresholds = calibrate(predict, checks[::2])
    figures = validate(predict, checks[1::2])
    history = read_history(out)
    training = {**asdict(config), "start": Path(config.start).name, "teacher": Path(config.teacher).name, **recipe,
                "hours": round(sum_seconds(history) / 3600, 2), "validation": figures}
    export(model, config.network, out / "weights", training, thresholds)
    click.echo(f"{out / 'weights'}: symbol F1 {figures['all']['f1']:.4f} on {len(checks[1::2])} validation pages")


def sum_seconds(history: list[dict[str, float]]) -> float:
    """Seconds of training. The clock of `history` starts anew whenever a run is resumed."""
    total = last = 0.0
    for row in history:
        total += row["seconds"] - (last if row["seconds"] > last else 0.0)
        last = row["seconds"]
    return total
