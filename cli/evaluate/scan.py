"""`omr evaluate scan`: MusicXML against its truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from cli.evaluate.common import TRUTHS, mean, named, row
from omr.errors import DataError


@click.command()
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
        row(*rows[-1])
        if listed and found is not None and found.exists():
            for measure, missed, wrong in notes.differences(notes.read(true), notes.read(found), partial):
                click.echo(f"  measure {measure or 'invented'}: missed {_listed(missed)}; read {_listed(wrong)}")
    mean(rows)


def _paired(truth: Path, predicted: Path) -> list[tuple[str, Path, Path | None]]:
    """(name, truth, estimate) of two files, or of all truths in a folder with their estimates or None."""
    if truth.is_file():
        return [(truth.stem, truth, predicted)]
    truths = {p.stem: p for suffix in reversed(TRUTHS) for p in sorted(truth.glob(f"*{suffix}"))}
    if not truths:
        raise DataError(f"{truth}: no {', '.join(TRUTHS)} in it")
    return [(name, path, named(predicted, name, TRUTHS[1:])) for name, path in sorted(truths.items())]


def _listed(found: Sequence[tuple[Any, int, Any]]) -> str:
    """Notes as step and octave @ onset x duration in quarters: C4@1/2x1."""
    steps = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    return " ".join(f"{steps[p % 12]}{p // 12 - 1}@{onset}x{duration}" for onset, p, duration in found) or "nothing"
