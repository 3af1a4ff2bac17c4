"""`omr evaluate scan`: scans or their MusicXML against the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.evaluate.common import FOLDER, TRUTHS, as_they_are_option, mean, named, row, scanner, weights_option
from omr.errors import DataError, OmrError

if TYPE_CHECKING:
    from evaluation.matching import Matching, Measures
    from evaluation.ned import Ned
    from evaluation.sidebyside import Piece

SCANS = (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff")


@click.command()
@click.argument("truth", type=click.Path(exists=True, path_type=Path))
@click.argument("predicted", required=False, type=click.Path(path_type=Path))
@click.option("--partial", is_flag=True, help="PREDICTED holds only some pages of TRUTH: count only what they span.")
@click.option("--pages", type=click.IntRange(min=1), default=None,
              help="Without PREDICTED: read only the first so many pages of each scan.")
@click.option("--limit", type=click.IntRange(min=1), default=None, help="Only the first so many pieces.")
@click.option("--ned/--no-ned", default=True, show_default=True, help="OMR-NED too, which takes longer than the rest.")
@click.option("--list", "listed", is_flag=True, help="List what was missed and what was read wrongly, by measure.")
@click.option("--html", "report", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
              help="Write scan, truth and reading side by side, differences in red.")
@click.option("-o", "--out", type=FOLDER, default=Path("data/read"), show_default=True,
              help="Without PREDICTED: where the MusicXML goes.")
@as_they_are_option
@weights_option
def scan(truth: Path, predicted: Path | None, partial: bool, pages: int | None, limit: int | None, ned: bool,
         listed: bool, report: Path | None, out: Path, as_they_are: bool, weights: Path | None) -> None:
    """Pitch F1, note F1, measures right and OMR-NED of readings against their truth.

    A measure is right if its notes and rests all have the truth's pitch, onset and duration. Notes without pitch
    (under a percussion clef) are compared by their places on the staff, as if it had a treble clef.

    TRUTH is MusicXML (.musicxml, .mxl, .xml) or Humdrum (.krn), PREDICTED its reading; or both are folders, paired by
    file name. Without PREDICTED, TRUTH is a folder of truths with their scans (PDF or image of the same name) beside
    them, which are read first. What is missing or cannot be read is all wrong; a truth that cannot be read costs itself
    alone. With --partial or --pages, truth before the first and after the last measure that was recognised is not
    counted. Nor are measures of which it is known that the truth differs from the page; how many is told.
    """
    from contextlib import nullcontext

    from evaluation import errata, exact, notes, sidebyside
    from evaluation import ned as measure
    from evaluation.errors import count
    from evaluation.matching import match

    partial = partial or pages is not None
    if predicted is None:
        pairs = _read_scans(truth, out, pages, limit, weights)
    else:
        pairs = [(name, true, found, None) for name, true, found in _paired(truth, predicted)[:limit]]
    pieces: list[Piece] = []
    edits: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    left_out: list[DataError] = []
    differing = 0
    with measure.Ned() if ned else nullcontext() as measured:
        for name, true, found, picture in pairs:
            try:
                with_rests = notes.read_files(true, found, rests=True, unpitched=True)
            except DataError as error:
                click.echo(f"{name}: left out, since its truth is of no use: {error}", err=True)
                left_out.append(error)
                continue
            reference, estimate = map(notes.without_rests, with_rests)
            matching = match(reference, estimate, partial)
            known = errata.NONE if as_they_are else errata.of_file(true)
            matching, apart = errata.counted(matching, tuple(exact.pair_all(*with_rests, matching)), known)
            differing += apart
            if not matching.true:
                click.echo(f"{name}: left out, since its truth differs from its page in every measure", err=True)
                continue
            figures = notes.figures(reference, estimate, matching) | exact.figures(*with_rests, matching)
            if measured is not None:
                _measure_edits(measured, true, found, matching, figures, edits)
            errors += (kinds := count(reference, estimate, matching))
            shown = None if pages is None else frozenset(range(1, pages + 1))
            pieces.append(sidebyside.Piece(name, true, found, figures, picture, shown, partial, kinds, known))
            row(name, figures)
            if listed:
                _list_differences(reference, estimate, matching)
    if not pieces:
        raise left_out[0] if left_out else DataError("no measure to judge")
    mean([(p.name, p.figures) for p in pieces])
    if differing:
        click.echo(f"{differing} measures left out, in which the truth is known to differ from the page; "
                   "--encodings-as-they-are counts them")
    for title, counts in (("notes by error", errors), ("OMR-NED's edits", edits)):
        if counts:
            click.echo(f"{title}: " + ", ".join(f"{kind} {count}" for kind, count in counts.most_common()))
    if report is not None:
        temporary = report.with_name(report.name + ".part")
        temporary.write_text(sidebyside.write_html(pieces))
        temporary.replace(report)
        click.echo(f"{report}: the report")


def _measure_edits(measured: Ned, truth: Path, found: Path | None, matching: Matching, figures: dict[str, float],
                   edits: Counter[str]) -> None:
    """Add OMR-NED to the figures of one piece, and its edits by kind to those of all pieces."""
    result = measured.evaluate_files(truth, found, matching)
    if result is None:
        click.echo(f"{truth.name}: OMR-NED took too long and is left out", err=True)
        return
    edits.update(result["errors"])
    figures["omr_ned"] = result["omr_ned"]


def _read_scans(folder: Path, out: Path, pages: int | None, limit: int | None,
                weights: Path | None) -> list[tuple[str, Path, Path | None, Path | None]]:
    """Read the scans of a folder into `out`: (name, truth, reading, scan)."""
    from tqdm import tqdm

    if not folder.is_dir():
        raise DataError(f"{folder}: give its reading too, or a folder of truths with their scans")
    pairs = [(scanned, truth) for suffix in SCANS for scanned in sorted(folder.glob(f"*{suffix}"))
             if (truth := named(folder, scanned.stem, TRUTHS)) is not None][:limit]
    if not pairs:
        raise DataError(f"{folder}: no PDF or image with a .krn, .musicxml or .mxl of the same name")
    read = scanner(weights, pages)
    out.mkdir(parents=True, exist_ok=True)
    result: list[tuple[str, Path, Path | None, Path | None]] = []
    for scanned, truth in tqdm(pairs, unit="scan", leave=False):
        predicted = out / f"{folder.name}-{scanned.stem}.musicxml"
        predicted.unlink(missing_ok=True)  # so that a failing scan is not judged by an older file
        try:
            read(scanned, predicted)
        except OmrError as error:
            tqdm.write(f"{scanned.name}: {error}")
        result.append((scanned.stem, truth, predicted, scanned))
    return result


def _paired(truth: Path, predicted: Path) -> list[tuple[str, Path, Path | None]]:
    """(name, truth, estimate) of two files; or of all truths in a folder, each with its estimate or None."""
    if truth.is_file():
        return [(truth.stem, truth, predicted)]
    truths = {p.stem: p for suffix in reversed(TRUTHS) for p in sorted(truth.glob(f"*{suffix}"))}
    if not truths:
        raise DataError(f"{truth}: no {', '.join(TRUTHS)} in it")
    return [(name, path, named(predicted, name, TRUTHS[1:])) for name, path in sorted(truths.items())]


def _list_differences(reference: Measures, estimate: Measures, matching: Matching) -> None:
    from evaluation.notes import differences

    for measure, missed, wrong in differences(reference, estimate, matching):
        click.echo(f"  measure {measure or 'invented'}: missed {_listed(missed)}; read {_listed(wrong)}")


def _listed(found: Sequence[tuple[Any, int, Any]]) -> str:
    """Notes as step and octave @ onset x duration in quarters: C4@1/2x1."""
    steps = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    return " ".join(f"{steps[p % 12]}{p // 12 - 1}@{onset}x{duration}" for onset, p, duration in found) or "nothing"
