"""`omr evaluate real`: real scans, read and measured."""

from __future__ import annotations

from pathlib import Path

import click

from cli.evaluate.common import FOLDER, TRUTHS, mean, named, row, scanner, weights_option
from omr.errors import DataError, OmrError


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--pages", default=1, show_default=True, help="Scan the first so many pages of every PDF.")
@click.option("--limit", type=int, default=None, help="Only the first so many pieces.")
@click.option("-o", "--out", type=FOLDER, default=Path("data/real"), show_default=True,
              help="Where the MusicXML goes.")
@weights_option
def real(folder: Path, pages: int, limit: int | None, out: Path, weights: Path | None) -> None:
    """Scan real pages and measure them: PDFs in FOLDER, each with its truth (.krn, .musicxml, .mxl) beside it.

    Truth before the first and after the last measure that was recognised is not counted (the encodings hold the whole
    piece, the scan its first pages).
    """
    from evaluation import notes

    pieces = [(p, t) for p in sorted(folder.glob("*.pdf")) if (t := named(folder, p.stem, TRUTHS)) is not None][:limit]
    if not pieces:
        raise DataError(f"{folder}: no PDF with a .krn, .musicxml or .mxl of the same name")
    scan_page = scanner(weights, frozenset(range(1, pages + 1)))
    out.mkdir(parents=True, exist_ok=True)
    rows: list[tuple[str, dict[str, float]]] = []
    for pdf, truth in pieces:
        predicted = out / f"{folder.name}-{pdf.stem}.musicxml"
        predicted.unlink(missing_ok=True)
        try:
            scan_page(pdf, predicted)
        except OmrError as error:
            click.echo(f"{pdf.name}: {error}", err=True)
        rows.append((pdf.stem, notes.evaluate_files(truth, predicted, partial=True)))
        row(*rows[-1])
    mean(rows)
