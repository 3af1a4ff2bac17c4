"""`omr evaluate detect`: the detector, or a file of finds, against labels, under three protocols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.evaluate.common import weights_option

if TYPE_CHECKING:
    import numpy as np

    from deepscores.pages import LabelledPage
    from evaluation.boxes import PageBoxes
    from evaluation.strokes import PageStrokes
    from omr.page.raster import RawPage
    from omr.reading import Detector, PageReading
    from omr.types import Stroke, Symbol

LEAST_SCORE = 0.05
"""Average precision uses the whole ranking, including finds that a scan would not believe."""


@dataclass
class Run:
    """Truth and finds in the pixels of the (degraded) pages, and the scores from which a scan believes a class.

    found_strokes: those that the network sees.
    used_strokes: those that a scan makes of them; empty if this was not asked for.
    """

    reference: list[PageBoxes] = field(default_factory=list)
    estimate: list[PageBoxes] = field(default_factory=list)
    labelled_strokes: list[PageStrokes] = field(default_factory=list)
    found_strokes: list[PageStrokes] = field(default_factory=list)
    used_strokes: list[PageStrokes] = field(default_factory=list)
    accept: dict[str, float] = field(default_factory=dict)


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
    counted. Three more tables show precision and recall: of the classes at the scores that a scan believes, at IoU 0.5;
    of the strokes that the network sees; and of the strokes that a scan makes of them. With FOUND, both are CSV files
    as Pacha's benchmark has them, and no detector runs.
    """
    from evaluation import pacha
    from omr.errors import DataError

    images: dict[str, np.ndarray] = {}
    if found is not None:
        run = Run(pacha.read_csv(truth), pacha.read_csv(found))
        if report is not None:
            raise click.UsageError("--html needs the pages: give a data set instead of CSV files")
    else:
        from omr.detect.runtime import load_detector

        run = run_detector(truth, kind, pages, seed, load_detector(weights), images, used=True)
    reference, estimate = run.reference, run.estimate
    if tables is not None:
        tables.mkdir(parents=True, exist_ok=True)
        pacha.write_csv(reference, tables / "truth.csv", confidence=False)
        pacha.write_csv(estimate, tables / "found.csv", confidence=True)
    try:
        results = judge(run)
    except ValueError as error:
        raise DataError(f"{truth}: {error}") from error
    print_table(results, min_count)
    if found is None:
        print_surest(run)
        print_believed(run, min_count)
        print_strokes(run)
    if report is not None:
        from evaluation.report import write_html

        text = write_html(reference, estimate, results, images.__getitem__, f"{truth.name}, {kind}",
                          lambda name: run.accept.get(name, 0.5))
        temporary = report.with_name(report.name + ".part")
        temporary.write_text(text)
        temporary.replace(report)
        click.echo(f"{report}: the report")


def judge(run: Run) -> dict[str, dict[str, Any]]:
    """The figures of each protocol on all finds, however unsure."""
    from evaluation import coco, obb, pacha

    return {name: protocol.evaluate(run.reference, run.estimate)
            for name, protocol in (("COCO", coco), ("Pacha", pacha), ("DSv2", obb))}


def run_detector(
    data: Path, kind: str, limit: int | None, seed: int, detector: Detector, images: dict[str, np.ndarray],
    ending: str = "", used: bool = False,
) -> Run:
    """Run a detector on the pages of a data set whose names end with `ending`. The (degraded) pages are put into
    `images`.

    used: also read each page as a scan does, to get the strokes that a scan uses. This takes twice as long.
    """
    from tqdm import tqdm

    from deepscores.datasets import read
    from evaluation.boxes import as_boxes
    from evaluation.strokes import PageStrokes, sample
    from omr.types import SPACE_PX

    labelled = [page for page in read(data) if page.image.stem.endswith(ending)]
    if limit is not None:
        labelled = labelled[:: -(-len(labelled) // limit)]
    run = Run(accept=dict(getattr(detector, "accept", {})))
    for page in tqdm(labelled, unit="page", leave=False):
        name = page.image.name
        images[name], symbols, strokes = _seen(page, kind, seed)
        found, found_strokes, scale = find(detector, images[name])
        run.reference.append(as_boxes(name, (s for s in symbols if _is_judged(s.name, [s.box.center], page))))
        run.estimate.append(as_boxes(name, (s for s in found if _is_judged(s.name, [s.box.center], page))))
        space_px = page.space_px or SPACE_PX * scale
        sides = [(run.labelled_strokes, strokes), (run.found_strokes, found_strokes)]
        if used:
            sides.append((run.used_strokes, find_used(detector, images[name])))
        for side, lines in sides:
            judged = (s for s in lines if _is_judged(s.kind, sample(s, space_px).tolist(), page))
            side.append(PageStrokes(name, tuple(judged), space_px))
    return run


def _is_judged(name: str, points: Sequence[Sequence[float]], page: LabelledPage) -> bool:
    """Whether the labels of a page can tell if what is found at these points (row, col) is right."""
    return name not in page.unlabelled and not all(
        any(b.top <= row < b.bottom and b.left <= col < b.right for b in page.ignored) for row, col in points)


def _seen(
    page: LabelledPage, kind: str, seed: int
) -> tuple[np.ndarray, tuple[Symbol, ...], tuple[Stroke, ...]]:
    """The pixels (H, W) of a page in its version `kind`, and the labels there."""
    import zlib

    import numpy as np

    from augment.degrade import degrade
    from omr.page.raster import load

    pixels = next(load(page.image)).pixels
    rng = np.random.default_rng([seed, zlib.crc32(page.image.name.encode())])
    return degrade(pixels, page.symbols, page.strokes, rng, kind, page.space_px)  # type: ignore[arg-type]


def find(detector: Detector, pixels: np.ndarray) -> tuple[list[Symbol], list[Stroke], float]:
    """What the detector sees on a page (H, W), in the page's own pixels: all symbols, however unsure, and the strokes
    with which a scan starts. Also how many of these pixels are one pixel of the normalised page. The page is normalised
    as in a scan, which guesses the scale if the staff lines are too faint to be measured."""
    from dataclasses import replace

    from omr.detect.vectorise import vectorise
    from omr.detect.watershed import decode
    from omr.errors import NoMusicError
    from omr.page.raster import RawPage, normalise
    from omr.staves.tracing import find_staves, strokes_from_staves
    from omr.types import STROKE_KINDS, Page

    raw = RawPage(pixels, 0, 0.0, "")
    page: Page | None
    try:
        page = normalise(raw)
    except NoMusicError:
        reading = _reading(raw, detector)
        page = None if reading is None else reading.page
    if page is None:  # without a staff nothing was found
        return [], [], 1.0
    maps = detector.detect(page.pixels)
    symbols = [replace(s, box=page.source_box(s.box)) for s in decode(maps, min_score=LEAST_SCORE)]
    staves = find_staves(maps.strokes[..., STROKE_KINDS.index("staffLine")], maps.stride)
    strokes = [*vectorise(maps.strokes), *strokes_from_staves(staves)]
    return symbols, [page.source_stroke(s) for s in strokes], page.source_scale


def find_used(detector: Detector, pixels: np.ndarray) -> list[Stroke]:
    """The strokes that a scan makes of what the detector sees on a page (H, W), in the page's own pixels. It joins torn
    lines, follows curves along their ink, and completes brackets and ledger lines. Empty if the page has no music."""
    from omr.page.raster import RawPage
    from omr.staves.tracing import strokes_from_staves

    reading = _reading(RawPage(pixels, 0, 0.0, ""), detector)
    if reading is None or reading.page is None or reading.graph is None:
        return []
    strokes = [*reading.graph.strokes, *strokes_from_staves(reading.graph.staves)]
    return [reading.page.source_stroke(s) for s in strokes]


def _reading(raw: RawPage, detector: Detector) -> PageReading | None:
    """Read a page as a scan does, but without its words. None if there is no music on it."""
    from omr.errors import NoMusicError
    from omr.pipeline import read_raw

    try:
        return read_raw(raw, 0, detector)
    except NoMusicError:
        return None


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


def print_believed(run: Run, min_count: int) -> None:
    """Print precision and recall of what a scan believes, for classes with at least `min_count` symbols, by count."""
    from evaluation.boxes import believed
    from omr.detect.watershed import MIN_SCORE

    rows = believed(run.reference, run.estimate, run.accept, MIN_SCORE)
    click.echo(f"\n{'class, at the score a scan believes':39}{'count':>7}{'score':>8}{'precision':>11}{'recall':>8}")
    for name, row in sorted(rows.items(), key=lambda item: (-item[1]["count"], item[0])):
        if row["count"] >= min_count:
            click.echo(f"{name:39}{row['count']:7}{run.accept.get(name, MIN_SCORE):8.2f}{row['precision']:11.3f}"
                       f"{row['recall']:8.3f}")


def print_surest(run: Run) -> None:
    """Print Pacha's mAP of what a scan believes. The protocol counts a class that was found but is nowhere in the truth
    as 0. So among all finds, a single unsure one would weigh as much as a common class."""
    from evaluation import pacha
    from evaluation.boxes import surest
    from omr.detect.watershed import MIN_SCORE

    result = pacha.evaluate(run.reference, surest(run.estimate, run.accept, MIN_SCORE))
    click.echo(f"{'Pacha, of what a scan believes':39}{result['map_50']:13.3f}{result['map_50_95']:8.3f}")


def print_strokes(run: Run) -> None:
    """Print two tables: of the strokes that the network sees, and of those that a scan makes of them (if these were
    asked for). Each table has a line for each kind of stroke, and the mean over the kinds with labels. Nothing is
    printed if strokes are not labelled."""
    from evaluation.strokes import evaluate

    for title, side in (("strokes that the network sees", run.found_strokes),
                        ("strokes that a scan uses", run.used_strokes)):
        rows = evaluate(run.labelled_strokes, side)
        labelled = [row for row in rows.values() if row["count"]]
        if not labelled or not side:
            continue
        click.echo(f"\n{title:39}{'count':>7}{'precision':>11}{'recall':>8}{'F1':>8}")
        for kind, row in rows.items():
            click.echo(f"{kind:39}{row['count']:7}{row['precision']:11.3f}{row['recall']:8.3f}{row['f1']:8.3f}")
        means = (sum(row[key] for row in labelled) / len(labelled) for key in ("precision", "recall", "f1"))
        click.echo(f"{'mean of kinds':46}{next(means):11.3f}{next(means):8.3f}{next(means):8.3f}")


def print_means(results: dict[str, dict[str, Any]], min_count: int) -> None:
    """Print the means over classes: plain, weighted by count, and over classes with at least `min_count` symbols."""
    from evaluation.boxes import frequent_mean

    click.echo(f"{'':39}" + "".join(f"{name + ' AP50':>13}{'AP':>8}" for name in results))
    for label, keys in (("mean of classes", ("map_50", "map_50_95")),
                        ("mean weighted by count", ("weighted_map_50", "weighted_map_50_95"))):
        cells = "".join(f"{result[keys[0]]:13.3f}{result[keys[1]]:8.3f}" for result in results.values())
        click.echo(f"{label:39}{cells}")
    cells = "".join(f"{frequent_mean(result['per_class'], key, min_count):{width}.3f}"
                    for result in results.values() for key, width in (("ap_50", 13), ("ap", 8)))
    click.echo(f"{f'mean of classes with {min_count} or more':39}{cells}")
