"""`omr evaluate`: scans measured against truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from omr.errors import DataError, OmrError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

TRUTHS = (".krn", ".musicxml", ".mxl", ".xml")
FIGURES = ("pitch_f1", "onset_f1", "note_f1")
FOLDER = click.Path(path_type=Path, file_okay=False)
weights_option = click.option("--weights", type=FOLDER, default=None, metavar="DIR",
                              help="Weights folder. Default: the one that comes with the package.")


@click.group()
def evaluate() -> None:
    """Measure detection and notation against truth."""


@evaluate.command()
@click.argument("truth", type=click.Path(exists=True, path_type=Path))
@click.argument("predicted", type=click.Path(path_type=Path))
@click.option("--partial", is_flag=True, help="PREDICTED holds only some pages of TRUTH: count only what they span.")
@click.option("--list", "listed", is_flag=True, help="List what was missed and what was read wrongly, by measure.")
def scan(truth: Path, predicted: Path, partial: bool, listed: bool) -> None:
    """Note F1 of MusicXML against its truth, or of a folder of files against those of the same names.

    TRUTH is MusicXML (.musicxml, .mxl, .xml) or Humdrum (.krn). What is missing or cannot be read counts 0.
    """
    from evaluation import notes

    rows: list[tuple[str, dict[str, float]]] = []
    for name, true, found in _paired(truth, predicted):
        rows.append((name, notes.evaluate_files(true, found, partial)))
        _row(*rows[-1])
        if listed and found is not None and found.exists():
            for measure, missed, wrong in notes.differences(notes.read(true), notes.read(found), partial):
                click.echo(f"  measure {measure or 'invented'}: missed {_listed(missed)}; read {_listed(wrong)}")
    _mean(rows)


@evaluate.command()
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

    pieces = [(p, t) for p in sorted(folder.glob("*.pdf")) if (t := _named(folder, p.stem, TRUTHS)) is not None][:limit]
    if not pieces:
        raise DataError(f"{folder}: no PDF with a .krn, .musicxml or .mxl of the same name")
    scan_page = _scanner(weights, frozenset(range(1, pages + 1)))
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
        _row(*rows[-1])
    _mean(rows)


@evaluate.command()
@click.option("--cache", type=FOLDER, default=Path("data/bench"), show_default=True,
              help="Where the pages are made and kept, and the MusicXML goes.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(["clean", "scan", "photo"]),
              default=("clean", "scan"), show_default=True)
@click.option("--only", default="", help="Only pages whose name holds this text.")
@weights_option
def bench(cache: Path, kinds: tuple[str, ...], only: str, weights: Path | None) -> None:
    """Note F1 on pages engraved by MuseScore 3 and LilyPond, clean and degraded.

    The pages are excerpts of music21's corpus that the detector was never trained on: piano, song, quartet.
    """
    from evaluation import bench as benchmark

    excerpts = [e for e in benchmark.EXCERPTS if only in e.name]
    if not excerpts:
        raise DataError(f"no page of the benchmark has {only!r} in its name")
    results = []
    for result in benchmark.run(benchmark.make_pages(cache / "pages", excerpts), kinds, _scanner(weights, None),
                                _degrade(), cache / "scans"):
        results.append(result)
        cost = {"seconds": result.seconds, "doubts": result.doubts}
        _row(f"{result.page.name} {result.kind}", {**result.figures, **cost})
    click.echo()
    for kind in kinds:
        of_kind = [r for r in results if r.kind == kind]
        groups = {"": of_kind}
        for key in ("engraver", "group"):
            for value in sorted({getattr(r.page, key) for r in of_kind}):
                groups[value] = [r for r in of_kind if getattr(r.page, key) == value]
        for value, some in groups.items():
            means = benchmark.average(some)
            _row(f"{kind} {value}, {means.pop('pages')} pages", means)


def _scanner(weights: Path | None, pages: frozenset[int] | None) -> Callable[[Path, Path], int]:
    """A scan of a file into MusicXML, answering with the number of doubts. The detector is loaded once."""
    from models.weights import load_detector
    from omr import musicxml, pipeline

    detector = load_detector(weights)

    def run(path: Path, predicted: Path) -> int:
        score = pipeline.scan([path], detector, pipeline.ScanOptions(pages=pages))
        musicxml.write(score, predicted)
        return len(score.doubts)

    return run


def _degrade() -> Callable[[np.ndarray, np.random.Generator, str, float], np.ndarray]:
    from augment.degrade import degrade

    def run(pixels: np.ndarray, rng: np.random.Generator, kind: Any, space_px: float) -> np.ndarray:
        return degrade(pixels, (), (), rng, kind, space_px)[0]

    return run


def _paired(truth: Path, predicted: Path) -> list[tuple[str, Path, Path | None]]:
    """(name, truth, estimate) of two files, or of all truths in a folder with their estimates or None."""
    if truth.is_file():
        return [(truth.stem, truth, predicted)]
    truths = {p.stem: p for suffix in reversed(TRUTHS) for p in sorted(truth.glob(f"*{suffix}"))}
    if not truths:
        raise DataError(f"{truth}: no {', '.join(TRUTHS)} in it")
    return [(name, path, _named(predicted, name, TRUTHS[1:])) for name, path in sorted(truths.items())]


def _named(folder: Path, name: str, suffixes: Sequence[str]) -> Path | None:
    return next((p for suffix in suffixes if (p := folder / f"{name}{suffix}").exists()), None)


def _listed(found: Sequence[tuple[Any, int, Any]]) -> str:
    """Notes as step and octave @ onset x duration in quarters: C4@1/2x1."""
    steps = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    return " ".join(f"{steps[p % 12]}{p // 12 - 1}@{onset}x{duration}" for onset, p, duration in found) or "nothing"


def _row(name: str, figures: dict[str, float]) -> None:
    cells = [f"{name:60.60}", *(f"{key.split('_')[0]} {figures[key]:.3f}" for key in FIGURES)]
    if "right_notes" in figures:
        cells.append(f"notes {figures['right_notes']:.0f} of {figures['true_notes']:.0f} "
                     f"(read {figures['estimated_notes']:.0f}), measures {figures['measures']:.0f}")
    cells += [f"{figures[key]:.1f} {key}" for key in ("seconds", "doubts") if key in figures]
    click.echo("  ".join(cells))


def _mean(rows: Sequence[tuple[str, dict[str, float]]]) -> None:
    if len(rows) > 1:
        _row(f"mean of {len(rows)}", {key: sum(f[key] for _, f in rows) / len(rows) for key in FIGURES})
