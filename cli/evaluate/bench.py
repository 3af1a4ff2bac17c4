"""`omr evaluate bench`: scores never trained on, by three engravers, clean and degraded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.evaluate.common import FOLDER, row, scanner, weights_option
from cli.evaluate.engravers import ENGRAVERS, labels_of
from omr.errors import DataError

if TYPE_CHECKING:
    import numpy as np

    from evaluation.bench import BenchResult
    from omr.reading import Detector

KINDS = ("clean", "scan", "photo")
PERFECT, VECTOR = "perfect", "vector"
GROUPS = ("engraver", "group")


@click.command()
@click.option("--cache", type=FOLDER, default=Path("data/bench"), show_default=True,
              help="Where the pages are made and kept, and the MusicXML goes.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice((*KINDS, PERFECT, VECTOR)), default=KINDS,
              show_default=True,
              help="How the pages come; perfect: the labels of the clean page, where it has some, in place of the "
                   "detector; vector: as PDFs, read from what they draw.")
@click.option("--only", default="", help="Only pages whose name holds this text.")
@click.option("--engraver", default="", help="Only engravers whose name begins so: musescore, lilypond, verovio.")
@click.option("--ned/--no-ned", default=True, show_default=True, help="OMR-NED too, which takes longer than the rest.")
@click.option("--detect/--no-detect", default=True, show_default=True,
              help="The detector's average precision, and its strokes, on the pages that have labels.")
@click.option("--resume", is_flag=True, help="Go on with an interrupted run: what is judged already stays.")
@click.option("--json", "table", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
              help="Write every page's figures.")
@weights_option
def bench(cache: Path, kinds: tuple[str, ...], only: str, engraver: str, ned: bool, detect: bool, resume: bool,
          table: Path | None, weights: Path | None) -> None:
    """OMR-NED, pitch F1, note F1 and measures right on pages by MuseScore 3, LilyPond and Verovio, clean and degraded.

    The pages are excerpts of music21's corpus that the detector was never trained on: piano, song, choir, quartet,
    lead sheet, solo. Each kind's folder in the cache is a data set for `omr evaluate detect`.
    """
    import json
    from contextlib import nullcontext
    from dataclasses import asdict
    from itertools import chain

    from tqdm import tqdm

    from evaluation import bench as benchmark
    from evaluation.ned import Ned

    chosen = [(e, page) for e, page in benchmark.pages_of(cache, engraver=engraver) if only in page.name]
    if not chosen:
        raise DataError(f"no page of the benchmark has {only!r} in its name and is by {engraver or 'any engraver'}")
    for each, page in tqdm(chosen, unit="page", desc="engraved", leave=False):
        benchmark.make(each, page, ENGRAVERS)
    results: list[BenchResult] = []
    rest = tuple(kind for kind in kinds if kind not in (PERFECT, VECTOR))
    drawn = [page for _, page in chosen] if VECTOR in kinds else []
    labelled = [page for _, page in chosen if PERFECT in kinds and labels_of(page.image()).exists()]
    total = len(chosen) * len(rest) + len(labelled) + len(drawn)
    with Ned() if ned else nullcontext() as measured, tqdm(total=total, unit="scan") as bar:
        for result in chain(
            benchmark.run([page for _, page in chosen], rest, scanner(weights, None), degrade_page, measured, resume),
            benchmark.run(labelled, (PERFECT,), scan_labels, degrade_page, measured, resume),
            benchmark.run(drawn, (VECTOR,), scan_drawing, draw_page, measured, resume),
        ):
            results.append(result)
            with tqdm.external_write_mode():
                cost = {"seconds": result.seconds, "doubts": result.doubts}
                row(f"{result.page.name} {result.kind}", {**result.figures, **cost})
            bar.update()
    click.echo()
    for kind in kinds:
        of_kind = [r for r in results if r.kind == kind]
        if not of_kind:
            continue
        _print_mean(kind, of_kind)
        for key in GROUPS:
            for value in dict.fromkeys(getattr(r.page, key) for r in of_kind):
                _print_mean(f"{kind}, {value}", [r for r in of_kind if getattr(r.page, key) == value])
    if detect:
        _detect(cache, rest, list(dict.fromkeys(page.engraver for _, page in chosen)), weights)
    if table is not None:
        rows = [{**asdict(r.page), **asdict(r), "folder": str(cache)} for r in results]
        for each_row in rows:
            del each_row["page"]
        part = table.with_name(table.name + ".part")
        part.write_text(json.dumps(rows, indent=1) + "\n")
        part.replace(table)


def _print_mean(name: str, results: list[BenchResult]) -> None:
    from evaluation.bench import average

    means = average(results)
    row(f"{name}, {means.pop('pages')} pages", means)


def scan_labels(image: Path, predicted: Path) -> int:
    """A `Scan` in which the page's labels take the place of the detector. Raises DataError if there are none."""
    from omr import pipeline
    from omr.export.files import write

    score = pipeline.scan([image], labels_as_seen(image))
    write(score, predicted)
    return len(score.doubts)


def labels_as_seen(image: Path) -> Detector:
    """A detector that sees exactly the labels of a page. Raises DataError if there are none."""
    from dataclasses import replace

    import numpy as np

    from deepscores.datasets import read
    from omr.detect.runtime import MULTIPLE
    from omr.detect.vectorise import draw
    from omr.detect.watershed import encode, targets_to_maps
    from omr.page.raster import load_page, normalise
    from omr.types import DetectorMaps

    labelled = next(iter(read(labels_of(image))))
    page = normalise(load_page(image, 1))
    linear = np.linalg.inv(page.to_source[:, :2])
    back = replace(page, to_source=np.column_stack((linear, -linear @ page.to_source[:, 2])))
    symbols = [replace(s, box=back.source_box(s.box)) for s in labelled.symbols]
    strokes = [back.source_stroke(s) for s in labelled.strokes]

    class Labels:
        def detect(self, pixels: np.ndarray) -> DetectorMaps:
            height, width = (-(-side // MULTIPLE) * MULTIPLE for side in pixels.shape)
            drawn = draw(strokes, (height, width)) / np.float32(255)
            return targets_to_maps(encode(symbols, (height, width)), drawn)

    return Labels()


def draw_page(clean: Path, out: Path, rng: np.random.Generator, kind: Any) -> None:
    """A `Degrade` that makes the program which engraved a page write it as PDF."""
    from deepscores import pdfs

    truth = clean.parents[2] / "truth" / f"{clean.stem}.musicxml"
    pdfs.draw(next(name for name in ENGRAVERS if clean.stem.endswith(name)), truth, out)


def scan_drawing(pdf: Path, predicted: Path) -> int:
    """A `Scan` of a PDF from what it draws."""
    from omr import load_detector, pipeline
    from omr.export.files import write
    from omr.reading import ScanOptions

    score = pipeline.scan([pdf], load_detector(), ScanOptions(source="drawing"))
    write(score, predicted)
    return len(score.doubts)


def _detect(cache: Path, kinds: tuple[str, ...], engravers: Sequence[str], weights: Path | None) -> None:
    """Average precision, and strokes, on all labelled pages of the cache, kind by kind and engraver by engraver."""
    from cli.evaluate.detect import judge, print_means, print_strokes, print_surest, run_detector
    from omr.detect.runtime import load_detector

    detector = load_detector(weights)
    for kind in kinds:
        for engraver in engravers:
            run = run_detector(cache / kind, "clean", None, 0, detector, {}, f"-{engraver}", used=True)
            if run.reference:
                click.echo(f"\nsymbols, {kind}, {engraver}, {len(run.reference)} pages")
                print_means(judge(run), 20)
                print_surest(run)
                print_strokes(run)


def degrade_page(clean: Path, out: Path, rng: np.random.Generator, kind: Any) -> None:
    """A `Degrade` that also moves the page's labels, if it has any."""
    from dataclasses import replace

    import numpy as np
    from PIL import Image

    from augment.degrade import degrade
    from cli.train import UNKNOWN
    from deepscores.datasets import read
    from evaluation.bench import SPACE_PX
    from omr.types import Symbol

    pixels = np.asarray(Image.open(clean).convert("L"))
    path = labels_of(clean)
    page = next(iter(read(path))) if path.exists() else None
    space_px = page.space_px if page else SPACE_PX
    ignored = [Symbol(UNKNOWN, "brace", box) for box in page.ignored] if page else []  # it is moved like a symbol
    labels = ((*page.symbols, *ignored), page.strokes) if page else ((), ())
    pixels, symbols, strokes = degrade(pixels, *labels, rng, kind, space_px)
    Image.fromarray(pixels).save(out, "PNG")
    if page is not None:
        from deepscores.pages import write_pages

        moved = labels_of(out)
        moved.parent.mkdir(exist_ok=True)
        write_pages([replace(page, image=out.with_name(moved.stem + ".png"), strokes=strokes,
                             symbols=tuple(s for s in symbols if s.id != UNKNOWN),
                             ignored=tuple(s.box for s in symbols if s.id == UNKNOWN))], moved)
