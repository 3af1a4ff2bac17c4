"""What the commands of `omr evaluate` share: finding truths, scanning, printing rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

TRUTHS = (".krn", ".musicxml", ".mxl", ".xml")
FIGURES = ("pitch_f1", "onset_f1", "note_f1")
FOLDER = click.Path(path_type=Path, file_okay=False)
weights_option = click.option("--weights", type=FOLDER, default=None, metavar="DIR",
                              help="Weights folder. Default: the one that comes with the package.")


def first_pages(path: Path, most: int | None) -> frozenset[int] | None:
    """Numbers of the first so many pages of a file that may have fewer; None for all."""
    from omr.raster import count_pages

    return None if most is None else frozenset(range(1, min(most, count_pages(path)) + 1))


def scanner(weights: Path | None, pages: int | None) -> Callable[[Path, Path], int]:
    """A scan of a file's first so many pages into MusicXML, answering with the number of doubts. The detector is loaded
    once."""
    from models.weights import load_detector
    from omr import musicxml, pipeline

    detector = load_detector(weights)

    def run(path: Path, predicted: Path) -> int:
        score = pipeline.scan([path], detector, pipeline.ScanOptions(pages=first_pages(path, pages)))
        musicxml.write(score, predicted)
        return len(score.doubts)

    return run


def named(folder: Path, name: str, suffixes: Sequence[str]) -> Path | None:
    return next((p for suffix in suffixes if (p := folder / f"{name}{suffix}").exists()), None)


def row(name: str, figures: dict[str, float]) -> None:
    cells = [f"{name:60.60}", *(f"{key.split('_')[0]} {figures[key]:.3f}" for key in FIGURES)]
    if "right_notes" in figures:
        cells.append(f"notes {figures['right_notes']:.0f} of {figures['true_notes']:.0f} "
                     f"(read {figures['estimated_notes']:.0f}), measures {figures['measures']:.0f}")
    if "omr_ned" in figures:
        cells.insert(1, f"OMR-NED {figures['omr_ned']:.3f}")
    cells += [f"{label} {figures[key]:.2f}" for label, key in (("parts", "parts_right"), ("measures", "measures_right"))
              if key in figures]
    cells += [f"{figures[key]:.1f} {key}" for key in ("seconds", "doubts") if key in figures]
    click.echo("  ".join(cells))


def mean(rows: Sequence[tuple[str, dict[str, float]]]) -> None:
    """The mean of every figure over the rows that have it."""
    if len(rows) > 1:
        present = {key: [f[key] for _, f in rows if key in f] for key in (*FIGURES, "omr_ned")}
        row(f"mean of {len(rows)}", {key: sum(values) / len(values) for key, values in present.items() if values})
