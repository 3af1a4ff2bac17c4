"""Readings of pages with truth: what is known of each measure, and whether it is right. For `sure` and `surefit`."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.evaluate.common import TRUTHS, first_pages, named

if TYPE_CHECKING:
    from evaluation.sure import Verdict
    from omr.reading import PageReading
    from omr.sure import Figures
    from omr.types import Measure, Score

SCANS = (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff")


@dataclass(frozen=True)
class Piece:
    """A scan and its truth. partial: whether the truth goes on after the end of the scan. folder: name of the folder
    that it comes from."""

    scan: Path
    truth: Path
    partial: bool
    folder: str

    @property
    def name(self) -> str:
        return f"{self.folder}-{self.scan.stem}"


@dataclass(frozen=True, eq=False)
class Judged:
    """A piece that was read. figures: (part, measure) -> what is known about it. verdict: what is right in it."""

    piece: Piece
    score: Score
    figures: dict[tuple[int, int], Figures]
    verdict: Verdict

    def measure(self, part: int, index: int) -> Measure:
        """A measure of a part, both counted from 0."""
        return self.score.parts[part].measures[index]


def pieces_of(folder: Path, truths: Path | None, partial: bool) -> list[Piece]:
    """The scans of a folder that have a truth of the same name, there or in another folder. Raises DataError."""
    from omr.errors import DataError

    found = [Piece(scan, truth, partial, folder.name) for suffix in SCANS for scan in sorted(folder.glob(f"*{suffix}"))
             if (truth := named(truths or folder, scan.stem, TRUTHS)) is not None]
    if not found:
        raise DataError(f"{folder}: no PDF or image with a .krn, .musicxml or .mxl of the same name")
    return found


def judged(pieces: Sequence[Piece], pages: int | None, cache: Path, weights: Path | None,
           as_they_are: bool = False) -> Iterator[Judged]:
    """Read and judge each piece. Pieces whose truth cannot be used, or on which no music was found, are named and left
    out.

    pages: only this many first pages.
    cache: where readings are kept, so that the same pages are read once.
    as_they_are: whether measures count, too, in which a truth is known to differ from its page.
    """
    import tempfile

    import click
    from tqdm import tqdm

    from evaluation import errata
    from evaluation.sure import judge, read_staves
    from omr.composing import compose_bars
    from omr.errors import OmrError
    from omr.export.files import write
    from omr.sure import describe

    kept = _kept_in(cache, pages, weights)
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for piece in tqdm(pieces, unit="scan", leave=False):
            try:
                readings = _readings(piece, pages, kept, weights)
                score, builder = compose_bars(readings, piece.scan.name)
                written = Path(folder) / "reading.musicxml"
                write(score, written, "musicxml")
                verdict = judge(read_staves(piece.truth), read_staves(written), [p.staves for p in score.parts],
                                piece.partial, errata.NONE if as_they_are else errata.of_file(piece.truth))
            except OmrError as error:
                click.echo(f"{piece.scan}: left out: {error}", err=True)
                continue
            yield Judged(piece, score, describe(score, builder), verdict)


def _kept_in(cache: Path, pages: int | None, weights: Path | None) -> Path:
    """The folder in the cache for readings of this number of pages, by this version and these weights."""
    from omr import __version__
    from omr.detect.runtime import read_card, shipped

    sha256 = read_card(weights or shipped())["sha256"]["detector.onnx"]
    return cache / f"{__version__}-{sha256[:8]}-{pages or 'all'}"


def _readings(piece: Piece, pages: int | None, folder: Path, weights: Path | None) -> list[PageReading]:
    """The readings of a scan's pages, from the folder if they are there."""
    from omr.detect.runtime import load_detector
    from omr.files import replacing
    from omr.pipeline import read_pages
    from omr.reading import ScanOptions

    kept = folder / f"{piece.name}.pickle"
    if kept.exists():
        found: list[PageReading] = pickle.loads(kept.read_bytes())
        return found
    options = ScanOptions(pages=first_pages(piece.scan, pages))
    readings = [r.light() for r in read_pages([piece.scan], load_detector(weights), options)]
    with replacing(kept) as temporary:
        temporary.write_bytes(pickle.dumps(readings))
    return readings
