"""`omr evaluate surefit`: the coefficients by which a reading knows how sure it is of each measure."""

from __future__ import annotations

from pathlib import Path

import click

from cli.evaluate.common import FOLDER, weights_option
from cli.evaluate.surerecords import judged, pieces_of


@click.command()
@click.option("--scans", "folders", type=FOLDER, multiple=True, metavar="DIR",
              help="Folder of scans with their truths beside them, which may go on where the scans end; several may be "
                   "given.")
@click.option("--pages", type=click.IntRange(min=1), default=2, show_default=True,
              help="Only the first so many pages of each scan.")
@click.option("--scores", type=FOLDER, multiple=True, metavar="DIR",
              help="Folder of MusicXML to engrave, beside music21's corpus; several may be given.")
@click.option("--engraved", type=click.IntRange(min=0), default=150, show_default=True,
              help="How many pages to engrave and degrade.")
@click.option("--seed", default=7, show_default=True)
@click.option("--cache", type=FOLDER, default=Path("data/sure"), show_default=True,
              help="Where the pages are made, and all readings kept; the same folder goes on.")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("omr/sure.json"),
              show_default=True)
@weights_option
def surefit(folders: tuple[Path, ...], pages: int, scores: tuple[Path, ...], engraved: int, seed: int, cache: Path,
            out: Path, weights: Path | None) -> None:
    """Fit the coefficients that tell how sure a reading is of each measure, on engraved pages, degraded at random, and
    on scans.

    The printed figures come from pieces on which the coefficients were not fitted (cross-validation by pieces).
    Measures with tremolos are left out, because encodings write out what pages abbreviate.
    """
    import json

    from cli.evaluate.sure import show
    from cli.evaluate.surepages import make_pages
    from evaluation.sure import Sample, fit, reliability
    from omr.files import replacing
    from omr.sure import SURE

    pieces = [piece for folder in folders for piece in pieces_of(folder, None, partial=True)]
    if engraved:
        made = cache / "engraved"
        make_pages(made, scores, engraved, seed)
        pieces += pieces_of(made / "images", made / "truth", partial=False)
    samples = [
        Sample(one.figures[place], right, one.piece.name.rpartition("-")[0] if one.piece.partial else one.piece.name)
        for one in judged(pieces, pages, cache / "readings", weights)
        for place, right in one.verdict.of_parts.items()
        if not any(mark.name == "tremolo" for note in one.measure(*place).notes for mark in note.marks)
    ]
    fitted, right = fit(samples)
    click.echo(f"{len(samples)} measures of {len(pieces)} pieces")
    show("cross-validated", reliability(list(right), [s.right for s in samples], SURE))
    plain = {"intercept": round(fitted.intercept, 4),
             "coefficients": {name: round(value, 4) for name, value in fitted.coefficients.items()}}
    with replacing(out) as temporary:
        temporary.write_text(json.dumps(plain, indent=1) + "\n")
    click.echo(f"{out}: {len(fitted.coefficients)} coefficients")
