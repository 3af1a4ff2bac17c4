"""`omr evaluate detect`: the detector, or a file of finds, against labels, under three protocols."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.evaluate.common import weights_option

if TYPE_CHECKING:
    import numpy as np

    from deepscores.pages import LabelledPage
    from evaluation.boxes import PageBoxes
    from models.weights import LiteRtDetector
    from omr.types import Symbol

LEAST_SCORE = 0.05
"""Average precision looks at the whole ranking, also at what a scan would not believe."""


@click.command()
@click.argument("truth", type=click.Path(exists=True, path_type=Path))
@click.argument("found", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--kind", type=click.Choice(["clean", "scan", "photo"]), default="clean", show_default=True,
              help="Degrade the pages first.")
@click.option("--pages", type=click.IntRange(min=1), default=None, help="Only so many pages, spread over the data.")
@click.option("--html", "report", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
              help="Write a report: curves, confusions, the worst crops.")
@click.option("--csv", "tables", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
              help="Write truth.csv and found.csv in the format of Pacha's benchmark.")
@click.option("--min-count", default=20, show_default=True, help="Also average over classes with so many symbols.")
@click.option("--seed", default=0, show_default=True, help="Of the degradation.")
@weights_option
def detect(truth: Path, found: Path | None, kind: str, pages: int | None, report: Path | None, tables: Path | None,
           min_count: int, seed: int, weights: Path | None) -> None:
    """Average precision of the detector on the labelled pages of TRUTH: COCO's, Pacha's and DeepScoresV2's.

    TRUTH is a data set: DeepScores v1 or v2, MUSCIMA++, COCO. Finds of classes that it does not label are not
    counted. With FOUND, both are CSV files as Pacha's benchmark has them, and no detector runs.
    """
    from evaluation import coco, obb, pacha
    from omr.errors import DataError

    images: dict[str, np.ndarray] = {}
    accept: dict[str, float] = {}
    if found is not None:
        reference, estimate = pacha.read_csv(truth), pacha.read_csv(found)
        if report is not None:
            raise click.UsageError("--html needs the pages: give a data set instead of CSV files")
    else:
        reference, estimate, accept = run_detector(truth, kind, pages, seed, weights, images)
    if tables is not None:
        tables.mkdir(parents=True, exist_ok=True)
        pacha.write_csv(reference, tables / "truth.csv", confidence=False)
        pacha.write_csv(estimate, tables / "found.csv", confidence=True)
    try:
        results = {name: protocol.evaluate(reference, estimate)
                   for name, protocol in (("COCO", coco), ("Pacha", pacha), ("DSv2", obb))}
    except ValueError as error:
        raise DataError(f"{truth}: {error}") from error
    print_table(results, min_count)
    if report is not None:
        from evaluation.report import write_html

        text = write_html(reference, estimate, results, images.__getitem__, f"{truth.name}, {kind}",
                          lambda name: accept.get(name, 0.5))
        temporary = report.with_name(report.name + ".part")
        temporary.write_text(text)
        temporary.replace(report)
        click.echo(f"{report}: the report")


def run_detector(
    data: Path, kind: str, limit: int | None, seed: int, weights: Path | None, images: dict[str, np.ndarray]
) -> tuple[list[PageBoxes], list[PageBoxes], dict[str, float]]:
    """Truth and finds in the pixels of the (degraded) pages, which go into `images`, and the scores from which a scan
    believes a class."""
    from tqdm import tqdm

    from deepscores.datasets import read
    from models.weights import load_detector

    labelled = list(read(data))
    if limit is not None:
        labelled = labelled[:: -(-len(labelled) // limit)]
    detector = load_detector(weights)
    reference, estimate = [], []
    for page in tqdm(labelled, unit="page", leave=False):
        pixels, symbols = _seen(page, kind, seed)
        images[page.image.name] = pixels
        reference.append(as_boxes(page.image.name, symbols))
        finds = (s for s in find(detector, pixels) if _is_judged(s, page))
        estimate.append(as_boxes(page.image.name, finds))
    return reference, estimate, dict(detector.accept)


def _is_judged(find: Symbol, page: LabelledPage) -> bool:
    """Whether the labels of a page can tell if a find is right."""
    row, col = find.box.center
    return find.name not in page.unlabelled and not any(
        b.top <= row < b.bottom and b.left <= col < b.right for b in page.ignored)


def _seen(page: LabelledPage, kind: str, seed: int) -> tuple[np.ndarray, tuple[Symbol, ...]]:
    """The pixels (H, W) of a page as `kind` has it, and its labels there."""
    import zlib

    import numpy as np

    from augment.degrade import degrade
    from omr.raster import load

    pixels = next(load(page.image)).pixels
    rng = np.random.default_rng([seed, zlib.crc32(page.image.name.encode())])
    return degrade(pixels, page.symbols, (), rng, kind, page.space_px)[:2]  # type: ignore[arg-type]


def find(detector: LiteRtDetector, pixels: np.ndarray) -> Iterator[Symbol]:
    """Everything the detector sees on a page (H, W), however unsure, in the page's own pixels."""
    from dataclasses import replace

    from omr.errors import OmrError
    from omr.raster import RawPage, normalise
    from omr.watershed import decode

    try:
        page = normalise(RawPage(pixels, 0, 0.0, ""))
    except OmrError:  # no staff on it: nothing was found
        return
    for symbol in decode(detector.detect(page.pixels), min_score=LEAST_SCORE):
        yield replace(symbol, box=page.source_box(symbol.box))


def as_boxes(name: str, symbols: Any) -> PageBoxes:
    """Symbols of a page as the protocols take them."""
    import numpy as np

    from evaluation.boxes import PageBoxes

    every = list(symbols)
    boxes = np.array([[s.box.top, s.box.left, s.box.bottom, s.box.right] for s in every], float).reshape(-1, 4)
    return PageBoxes(name, boxes, tuple(s.name for s in every), np.array([s.score for s in every], float))


def print_table(results: dict[str, dict[str, Any]], min_count: int) -> None:
    """A line a class, by count, and the means."""
    heads = "".join(f"{name + ' AP50':>13}{'AP':>8}" for name in results)
    click.echo(f"{'class':32}{'count':>7}{heads}")
    counts = {n: row["count"] for result in results.values() for n, row in result["per_class"].items()}
    for name in sorted(counts, key=lambda n: (-counts[n], n)):
        rows = [result["per_class"].get(name) for result in results.values()]
        cells = "".join(f"{row['ap_50']:13.3f}{row['ap']:8.3f}" if row else f"{'-':>13}{'-':>8}" for row in rows)
        click.echo(f"{name:32}{counts[name]:7}{cells}")
    print_means(results, min_count)


def print_means(results: dict[str, dict[str, Any]], min_count: int) -> None:
    """The means over classes: as they are, weighted by count, and of classes with `min_count` symbols or more."""
    click.echo(f"{'':39}" + "".join(f"{name + ' AP50':>13}{'AP':>8}" for name in results))
    for label, keys in (("mean of classes", ("map_50", "map_50_95")),
                        ("mean weighted by count", ("weighted_map_50", "weighted_map_50_95"))):
        cells = "".join(f"{result[keys[0]]:13.3f}{result[keys[1]]:8.3f}" for result in results.values())
        click.echo(f"{label:39}{cells}")
    cells = ""
    for result in results.values():
        rows = [row for row in result["per_class"].values() if row["count"] >= min_count]
        cells += "".join(f"{sum(r[k] for r in rows) / max(len(rows), 1):{w}.3f}" for k, w in (("ap_50", 13), ("ap", 8)))
    click.echo(f"{f'mean of classes with {min_count} or more':39}{cells}")
