"""`omr evaluate structure`: staves and systems of real pages against counts made by eye."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.evaluate.common import FOLDER, weights_option
from omr.errors import OmrError
from omr.files import replacing

if TYPE_CHECKING:
    from evaluation.structure import PageLabel, StructureResult
    from omr.types import Score

BUG = 70


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path, file_okay=False))
@click.argument("labels", type=click.Path(exists=True, path_type=Path, dir_okay=False))
@click.option("--only", default="", help="Only pages whose file's name holds this text.")
@click.option("--overlay", type=FOLDER, default=None, metavar="DIR",
              help="Draw what was read of each wrong page in DIR.")
@click.option("--json", "table", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
              help="Write every page's result.")
@click.option("--markdown", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
              help="Write a table of all pages.")
@weights_option
def structure(folder: Path, labels: Path, only: str, overlay: Path | None, table: Path | None,
              markdown: Path | None, weights: Path | None) -> None:
    """Whether staves and systems are found on the first page of every file of FOLDER that LABELS names.

    LABELS is a table of tab-separated values with the columns file, kind and per_system (3,3,2: a system of three
    staves, another, and one of two; "-": no music). Where it has a column truth, notes are compared with that file too.
    """
    from dataclasses import asdict

    from tqdm import tqdm

    from evaluation.structure import figures, read_labels
    from evaluation.structure import markdown as as_markdown
    from omr.detect.runtime import load_detector

    detector = load_detector(weights)
    chosen = [label for label in read_labels(labels) if only in label.file]
    if not chosen:
        raise click.UsageError(f"no file of {labels} has {only!r} in its name")
    results = []
    for label in tqdm(chosen, unit="page", leave=False):
        result = _read(folder, label, detector, overlay)
        results.append(result)
        if not result.is_right:
            with tqdm.external_write_mode():
                said = result.error or "; ".join(result.doubts[:2]) or "SILENT"
                click.echo(f"{label.file}: {_listed(label.systems)}, read {_listed(result.systems)} ({said})")
    total = figures(results)
    click.echo(f"{total['right']:.0f} of {total['pages']:.0f} pages right ({total['right_share']:.1%}); staves found "
               f"{total['staves_found']:.0f} of {total['staves']:.0f}, false {total['false_staves']:.0f}; refusals "
               f"{total['refusals']:.0f}, wrong without a word {total['silent']:.0f}, bugs {total['bugs']:.0f}")
    compared = [r for r in results if r.note_f1 is not None]
    if compared:
        means = (sum(getattr(r, name) for r in compared) / len(compared) for name in ("pitch_f1", "note_f1"))
        click.echo("{} pages with a truth: pitch F1 {:.3f}, note F1 {:.3f}".format(len(compared), *means))
    if table is not None:
        with replacing(table) as part:
            part.write_text(json.dumps({"figures": total, "pages": [asdict(r) for r in results]}, indent=1) + "\n")
    if markdown is not None:
        with replacing(markdown) as part:
            part.write_text(as_markdown(results))


def _listed(systems: tuple[int, ...]) -> str:
    return ",".join(map(str, systems)) or "nothing"


def _read(folder: Path, label: PageLabel, detector: Any, overlay: Path | None) -> StructureResult:
    """Scan the first page of a labelled file. An error of this program counts as exit code 70, and does not stop the
    run."""
    from evaluation.structure import STRUCTURAL, StructureResult
    from omr import pipeline
    from omr.reading import PageReading, ScanOptions

    start = time.perf_counter()
    readings: list[PageReading] = []
    error, code = "", 0
    score = None
    try:
        options = ScanOptions(pages=frozenset({1}), languages=())
        score = pipeline.scan([folder / label.file], detector, options, readings.append)
    except OmrError as failure:
        error, code = str(failure), failure.exit_code
    except Exception as failure:  # an error of this program, which this command should find
        error, code = f"unexpected {type(failure).__name__}: {failure}", BUG
    graph = readings[0].graph if readings and not error else None
    systems = () if graph is None else tuple(len(s.staves) for s in graph.systems)
    doubts = score.doubts if score is not None else ()
    result = StructureResult(
        label=label, systems=systems, doubts=tuple(d.message for d in doubts if d.kind in STRUCTURAL),
        all_doubts=len(doubts), error=error, exit_code=code, seconds=time.perf_counter() - start)
    if label.truth:
        pitch_f1, note_f1 = _compared(score, folder / label.truth)
        result = replace(result, pitch_f1=pitch_f1, note_f1=note_f1)
    if overlay is not None and not result.is_right and readings and graph is not None:
        _draw(overlay / (label.file.replace("/", "-") + ".png"), readings[0], score)
    return result


def _compared(score: Score | None, truth: Path) -> tuple[float, float]:
    """Pitch and note F1 of a score, compared with the part of a truth that it covers; 0 for a page that was not
    read."""
    import tempfile

    from evaluation import notes
    from evaluation.matching import match
    from omr.export.files import write

    if score is None:
        return 0.0, 0.0
    with tempfile.TemporaryDirectory(prefix="omr-") as temporary:
        path = Path(temporary) / "page.musicxml"
        write(score, path, "musicxml")
        reference, estimate = notes.read_files(truth, path, unpitched=True)
    found = notes.figures(reference, estimate, match(reference, estimate, partial=True))
    return found["pitch_f1"], found["note_f1"]


def _draw(path: Path, reading: Any, score: Any) -> None:
    from omr.overlay import draw_reading

    path.parent.mkdir(parents=True, exist_ok=True)
    draw_reading(reading.page.pixels, reading.graph, score).save(path)
