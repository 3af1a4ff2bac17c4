"""`omr deepscores harvest`: real scans with an encoding become labelled pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from deepscores.pages import LabelledPage
    from omr.detect.runtime import OnnxDetector

WEAK = 0.05
"""Least score with which a find is possible at all, so that its place is not blank paper."""


@click.command()
@click.argument("scans", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder of the data set.")
@click.option("--skip", type=click.IntRange(min=0), default=0, show_default=True,
              help="Leave out the first so many pieces of each folder, to measure on.")
@click.option("--pages", type=click.IntRange(min=1), default=4, show_default=True,
              help="Of each piece, only the first so many pages.")
@click.option("--review", "reviews", multiple=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
              metavar="DIR", help="Folder of scans with their corrections of `omr review` beside them.")
@click.option("--weights", type=click.Path(exists=True, file_okay=False, path_type=Path), default=None, metavar="DIR",
              help="Weights folder. Default: the one that comes with the package.")
def harvest(
    scans: tuple[Path, ...], out: Path, skip: int, pages: int, reviews: tuple[Path, ...], weights: Path | None
) -> None:
    """Label real scans where their reading agrees with an encoding.

    SCANS are folders of PDFs or images with a .krn, .musicxml or .mxl of the same name. Measures whose notes are all
    read as the encoding has them become labels. The rest is marked as unknown, and training leaves it out. Of scans
    that were corrected in `omr review` (--review), the measures that were accepted or corrected there become labels.
    After an interruption, the same command goes on.
    """
    from tqdm import tqdm

    from cli.evaluate.common import TRUTHS, named
    from cli.evaluate.scan import SCANS
    from deepscores.pages import write_pages
    from omr.detect.runtime import load_detector
    from omr.errors import DataError, OmrError

    pieces = []
    for folder in scans:
        found = [(p, truth) for suffix in SCANS for p in sorted(folder.glob(f"*{suffix}"))
                 if (truth := named(folder, p.stem, TRUTHS)) is not None]
        pieces += [(f"{folder.name}-{scan.stem}", scan, truth) for scan, truth in found[skip:]]
    logs = [(f"{folder.name}-{log.name.removesuffix('.review.json')}", log) for folder in reviews
            for log in sorted(folder.glob("*.review.json"))]
    if not pieces and not logs:
        raise DataError("no PDF or image with a .krn, .musicxml or .mxl of the same name is left to read, and no scan "
                        "with a .review.json")
    (out / "images").mkdir(parents=True, exist_ok=True)
    detector = load_detector(weights)
    right = total = 0
    for name, scan, truth in tqdm(pieces, unit="piece"):
        shard = out / "labels" / f"{name}.json"
        if shard.exists():
            continue
        try:
            labelled, agreed, measures = label_piece(name, scan, truth, out / "images", pages, detector)
        except OmrError as error:
            tqdm.write(f"{scan.name}: {error}")
            continue
        if labelled:
            write_pages(labelled, shard)
        right, total = right + agreed, total + measures
        tqdm.write(f"{name}: {agreed} of {measures} measures agree")
    for name, log in tqdm(logs, unit="review", disable=not logs):
        shard = out / "labels" / f"{name}.json"
        if shard.exists():
            continue
        try:
            labelled, seen, measures = label_review(name, log, out / "images", detector)
        except OmrError as error:
            tqdm.write(f"{log.name}: {error}")
            continue
        if labelled:
            write_pages(labelled, shard)
        right, total = right + seen, total + measures
        tqdm.write(f"{name}: {seen} of {measures} measures were accepted or mended")
    click.echo(f"{out}: {right} of {total} measures of this run became labels")


def label_piece(
    name: str, scan: Path, truth: Path, images: Path, pages: int, detector: OnnxDetector,
) -> tuple[list[LabelledPage], int, int]:
    """The labelled pages of one piece, how many of its measures agree, and how many it has. Raises OmrError."""
    import tempfile

    import cv2

    from cli.evaluate.common import first_pages
    from deepscores.harvest import label
    from evaluation import notes
    from evaluation.matching import match
    from omr.composing import compose
    from omr.detect.watershed import decode
    from omr.export.files import write
    from omr.pipeline import read_pages
    from omr.reading import PageReading, ScanOptions
    from omr.types import Box, Page, Symbol

    readings: list[PageReading] = []
    seen: list[tuple[Page, list[Symbol]]] = []
    for reading in read_pages([scan], detector, ScanOptions(first_pages(scan, pages), languages=(), source="pixels")):
        if reading.page is not None and reading.maps is not None and reading.graph is not None:
            seen.append((reading.page, decode(reading.maps, min_score=WEAK)))
            readings.append(reading.light())
    score = compose(readings, scan.name)
    with tempfile.TemporaryDirectory() as scratch:
        predicted = Path(scratch) / "read.musicxml"
        write(score, predicted)
        reference, estimate = notes.read_files(truth, predicted)
    pairs = match(reference, estimate, partial=True).pairs
    right = {j for i, j in pairs if reference[i] and reference[i] == estimate[j]}
    made = []
    for (page, finds), reading in zip(seen, readings, strict=True):
        assert reading.graph is not None
        boxes: dict[int, Box] = {}
        for part in score.parts:
            for index, measure in enumerate(part.measures):
                if index in right and measure.page == page.index and measure.box is not None:
                    boxes[index] = boxes[index].union(measure.box) if index in boxes else measure.box
        if boxes:
            image = images / f"{name}-{page.index + 1}.png"
            cv2.imwrite(str(image), page.pixels)
            made.append(label(page, reading.graph, finds, list(boxes.values()), detector.thresholds, image, name))
    return made, len(right), len(estimate)


def label_review(
    name: str, log: Path, images: Path, detector: OnnxDetector,
) -> tuple[list[LabelledPage], int, int]:
    """The labelled pages of a scan that was corrected, how many of its measures a person has seen, and how many it has.
    Raises OmrError."""
    import tempfile

    import cv2

    from deepscores.harvest import as_mended, label
    from omr.detect.watershed import decode
    from omr.errors import DataError
    from omr.pipeline import read_pages
    from omr.reading import PageReading, ScanOptions
    from omr.review.log import read_log
    from omr.review.pictures import DrawPicture, Picture
    from omr.review.review import Input, Review
    from omr.types import Page, Symbol

    said = read_log(log)
    scan = None if said is None else log.parent / said.name
    if said is None or scan is None or not scan.is_file():
        raise DataError(f"{log}: the scan {'' if said is None else said.name} is not beside it")
    readings: list[PageReading] = []
    seen: list[tuple[Page, list[Symbol]]] = []
    with tempfile.TemporaryDirectory() as scratch:
        draw = DrawPicture(Path(scratch), tuple((scan, i + 1) for i in range(len(said.pages))))
        for reading in read_pages([scan], detector, ScanOptions(languages=()), look=draw):
            if reading.page is not None and reading.maps is not None and reading.graph is not None:
                seen.append((reading.page, decode(reading.maps, min_score=WEAK)))
                readings.append(reading.light())
        pictures = {r.index: r.answer for r in readings if isinstance(r.answer, Picture)}
        review = Review(Input(name, name, said.sha256, log, log), readings, pictures, said)
    right = review.accepted() | review.mended()
    made = []
    for (page, finds), reading in zip(seen, readings, strict=True):
        boxes = [m.box for i, m in enumerate(review.measures) if i in right and m.page == page.index and m.box]
        if boxes and reading.graph is not None:
            image = images / f"{name}-{page.index + 1}.png"
            cv2.imwrite(str(image), page.pixels)
            graph = review.edited.graphs[page.index]
            made.append(label(page, graph, as_mended(finds, reading.graph, graph), boxes, detector.thresholds, image,
                              name))
    return made, len(right), len(review.measures)
