"""`omr evaluate bench`: engravers the detector has never seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.evaluate.common import FOLDER, row, scanner, weights_option
from omr.errors import DataError

if TYPE_CHECKING:
    import numpy as np


@click.command()
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
    for result in benchmark.run(benchmark.make_pages(cache / "pages", excerpts), kinds, scanner(weights, None),
                                _degrade(), cache / "scans"):
        results.append(result)
        cost = {"seconds": result.seconds, "doubts": result.doubts}
        row(f"{result.page.name} {result.kind}", {**result.figures, **cost})
    click.echo()
    for kind in kinds:
        of_kind = [r for r in results if r.kind == kind]
        groups = {"": of_kind}
        for key in ("engraver", "group"):
            for value in sorted({getattr(r.page, key) for r in of_kind}):
                groups[value] = [r for r in of_kind if getattr(r.page, key) == value]
        for value, some in groups.items():
            means = benchmark.average(some)
            row(f"{kind} {value}, {means.pop('pages')} pages", means)


def _degrade() -> Callable[[np.ndarray, np.random.Generator, str, float], np.ndarray]:
    from augment.degrade import degrade

    def run(pixels: np.ndarray, rng: np.random.Generator, kind: Any, space_px: float) -> np.ndarray:
        return degrade(pixels, (), (), rng, kind, space_px)[0]

    return run
