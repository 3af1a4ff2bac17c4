"""What the commands of `omr evaluate` share: finding truths, scanning, printing rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

TRUTHS = (".krn", ".musicxml", ".mxl", ".xml")
FIGURES = ("pitch_f1", "onset_f1", "note_f1")
FOLDER = click.Path(path_type=Path, file_okay=False)
MIN_COUNT = 20
"""Classes with at least this many symbols are called frequent."""
BALANCED = 0.6
"""The value with which `omr train` draws crops by default."""
as_they_are_option = click.option(
    "--encodings-as-they-are", "as_they_are", is_flag=True,
    help="Count also the measures in which a truth is known to differ from its page (evaluation/errata.json).")
weights_option = click.option("--weights", type=FOLDER, default=None, metavar="DIR",
                              help="Weights folder. Default: the one that comes with the package.")


def _of_cells(context: click.Context, option: click.Parameter, size: int) -> int:
    if size % 32:
        raise click.BadParameter("must be a multiple of 32")
    return size


def small_training(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of commands that train small networks to compare them."""
    for option in (
        click.option("--seed", default=0, show_default=True),
        click.option("--size", type=click.IntRange(min=64), default=256, show_default=True, callback=_of_cells,
                     help="Side of a training crop in pixels, a multiple of 32."),
        click.option("--batch", type=click.IntRange(min=1), default=4, show_default=True),
        click.option("--steps", type=click.IntRange(min=1), default=600, show_default=True,
                     help="Batches each network learns from."),
        click.option("-o", "--out", type=FOLDER, required=True,
                     help="Where everything is kept; the same folder goes on."),
        click.option("--data", type=click.Path(exists=True, path_type=Path), multiple=True, required=True,
                     help="Data set to train on; several make a mixture."),
    ):
        command = option(command)
    return command


def first_pages(path: Path, most: int | None) -> frozenset[int] | None:
    """Numbers of the first `most` pages of a file that may have fewer; None for all."""
    from omr.page.raster import count_pages

    return None if most is None else frozenset(range(1, min(most, count_pages(path)) + 1))


def scanner(weights: Path | None, pages: int | None) -> Callable[[Path, Path], int]:
    """A function that scans the first `pages` pages of a file into MusicXML, and returns the number of doubts. The
    detector is loaded once."""
    from omr import pipeline
    from omr.detect.runtime import load_detector
    from omr.export.files import write
    from omr.reading import ScanOptions

    detector = load_detector(weights)

    def run(path: Path, predicted: Path) -> int:
        score = pipeline.scan([path], detector, ScanOptions(pages=first_pages(path, pages)))
        write(score, predicted)
        return len(score.doubts)

    return run


def named(folder: Path, name: str, suffixes: Sequence[str]) -> Path | None:
    return next((p for suffix in suffixes if (p := folder / f"{name}{suffix}").exists()), None)


def row(name: str, figures: dict[str, float]) -> None:
    cells = [f"{name:60.60}", *(f"{key.split('_')[0]} {figures[key]:.3f}" for key in FIGURES)]
    if "right_notes" in figures:
        cells.append(f"notes {figures['right_notes']:.0f} of {figures['true_notes']:.0f} "
                     f"(read {figures['estimated_notes']:.0f}), measures {figures['measures']:.0f}")
    if "exact_share" in figures:
        cells.append(f"measures right {figures['exact_share']:.3f}")
    if "lyrics_f1" in figures:
        cells.append(f"lyrics {figures['lyrics_f1']:.3f}")
    if "omr_ned" in figures:
        cells.insert(1, f"OMR-NED {figures['omr_ned']:.3f}")
    cells += [f"{label} {figures[key]:.2f}" for label, key in (("parts", "parts_right"), ("measures", "measures_right"))
              if key in figures]
    cells += [f"{figures[key]:.1f} {key}" for key in ("seconds", "doubts") if key in figures]
    click.echo("  ".join(cells))


def mean(rows: Sequence[tuple[str, dict[str, float]]]) -> None:
    """The mean of every figure over the rows that have it."""
    if len(rows) > 1:
        keys = (*FIGURES, "exact_share", "lyrics_f1", "omr_ned")
        present = {key: [f[key] for _, f in rows if key in f] for key in keys}
        row(f"mean of {len(rows)}", {key: sum(values) / len(values) for key, values in present.items() if values})
