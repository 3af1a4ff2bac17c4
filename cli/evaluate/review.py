"""`omr evaluate review`: how many corrections it takes until a reading equals the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.evaluate.common import TRUTHS, named, weights_option
from omr.errors import DataError

if TYPE_CHECKING:
    from evaluation.mending import Work


@click.command()
@click.argument("scans", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--count", type=click.IntRange(min=1), default=5, show_default=True,
              help="Of each folder, only the first so many pieces.")
@weights_option
def review(scans: tuple[Path, ...], count: int, weights: Path | None) -> None:
    """Correct first pages by program until they equal their truth, and count the operations and keystrokes.

    SCANS are folders of PDFs or images with a .krn, .musicxml or .mxl of the same name. Every page is corrected twice:
    once where a correction also holds for similar measures further on, and once where it does not.
    """
    import tempfile

    from cli.evaluate.scan import SCANS
    from evaluation import notes
    from evaluation.mending import Work, mend
    from omr.detect.runtime import load_detector
    from omr.reading import ScanOptions
    from omr.review.opening import list_input, open_read, read_one_by_one

    pieces: list[tuple[Path, Path]] = []
    for folder in scans:
        found = [(p, truth) for suffix in SCANS for p in sorted(folder.glob(f"*{suffix}"))
                 if (truth := named(folder, p.stem, TRUTHS)) is not None]
        pieces += found[:count]
    if not pieces:
        raise DataError("no PDF or image with a .krn, .musicxml or .mxl of the same name is there")
    detector = load_detector(weights)
    totals = {True: Work(), False: Work()}
    for scan, truth in pieces:
        reference = notes.read(truth)
        for alike in (True, False):
            with tempfile.TemporaryDirectory() as scratch:
                options = ScanOptions(pages=frozenset((1,)), languages=())
                listing = list_input([scan], options, Path(scratch))
                opened = open_read(listing, read_one_by_one(listing, detector), Path(scratch) / "read.musicxml")
                work = mend(opened, reference, alike)
            _tell(scan.stem, alike, work)
            total = totals[alike]
            total.add(work)
    for alike, work in totals.items():
        _tell("all", alike, work)


def _tell(name: str, alike: bool, work: Work) -> None:
    by_name = ", ".join(f"{kind} {n}" for kind, n in work.operations.most_common())
    click.echo(f"{name:24.24} {'alike' if alike else 'alone'}  wrong {work.wrong:4}  operations "
               f"{work.operations.total():4}  keys {work.keys:4}  left {work.left:4}  "
               f"unpaired {work.unpaired:4}  ({by_name})")
