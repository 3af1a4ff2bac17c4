"""`omr evaluate sure`: whether a reading knows which of its measures are wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.evaluate.common import FOLDER, as_they_are_option, weights_option
from cli.evaluate.surerecords import judged, pieces_of

if TYPE_CHECKING:
    from evaluation.sure import Reliability


@click.command()
@click.argument("folders", nargs=-1, required=True, type=FOLDER, metavar="FOLDER...")
@click.option("--truth", type=FOLDER, default=None, metavar="DIR",
              help="Where the truths stand.  [default: beside the scans]")
@click.option("--whole", is_flag=True, help="The truths hold just what is on the pages, no more.")
@click.option("--pages", type=click.IntRange(min=1), default=1, show_default=True,
              help="Read only the first so many pages of each scan.")
@click.option("--cache", type=FOLDER, default=Path("data/sure/readings"), show_default=True,
              help="Where readings are kept, so that the same pages are read once.")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
              help="Write the reliability diagram and the curve of what is found, as PNG.")
@as_they_are_option
@weights_option
def sure(folders: tuple[Path, ...], truth: Path | None, whole: bool, pages: int, cache: Path, out: Path | None,
         as_they_are: bool, weights: Path | None) -> None:
    """How far the probability that a measure is right can be trusted, on the scans of each FOLDER.

    Printed for the measures of the score: how many are wrong, the expected calibration error over ten bins, how many of
    the wrong ones are among the 10, 20, 30 and 40 % least sure, how many measures are called sure and how many of
    those are right. Measures that are missing altogether are counted apart, and so are those in which the truth is
    known to differ from the page.
    """
    from evaluation.sure import reliability
    from omr.sure import SURE, of_bars

    rows: dict[str, tuple[list[float], list[bool]]] = {}
    for folder in folders:
        probabilities: list[float] = []
        right: list[bool] = []
        missed = foreign = differing = 0
        for one in judged(pieces_of(folder, truth, not whole), pages, cache, weights, as_they_are):
            known = of_bars(one.score)
            for index, is_right in one.verdict.measures.items():
                value = known[index]
                assert value is not None  # the score was read from pages
                probabilities.append(value)
                right.append(is_right)
            missed, foreign = missed + one.verdict.missed, foreign + one.verdict.foreign
            differing += one.verdict.differing
        rows[folder.name] = probabilities, right
        show(folder.name, reliability(probabilities, right, SURE), missed, foreign, differing)
    if len(rows) > 1:
        rows["all"] = [p for ps, _ in rows.values() for p in ps], [r for _, rs in rows.values() for r in rs]
        show("all", reliability(*rows["all"], SURE))
    if out is not None:
        draw(rows, out)
        click.echo(f"{out}: the diagram")


def show(name: str, figures: Reliability, missed: int = 0, foreign: int = 0, differing: int = 0) -> None:
    """Print the figures of one folder. missed, foreign, differing: as of `Verdict`."""
    from evaluation.sure import LOOKED_AT

    found = ", ".join(f"{value:.0%} in {share:.0%}" for share, value in zip(LOOKED_AT, figures.found, strict=True))
    counts = {"missing": missed, "not in the truth": foreign,
              "left out since the truth differs from the page": differing}
    apart = "".join(f", {count} {what}" for what, count in counts.items() if count)
    click.echo(f"{name}: {figures.measures} measures, {figures.wrong:.1%} wrong{apart}; calibration error "
               f"{figures.error:.3f}; wrong ones found {found}; {figures.sure:.0%} sure, of these "
               f"{figures.sure_right:.1%} right")


def draw(rows: Mapping[str, tuple[Sequence[float], Sequence[bool]]], out: Path) -> None:
    """Draw the reliability diagram, and the curve of wrong measures that are found."""
    import matplotlib
    import numpy as np

    from evaluation.sure import found_curve, reliability
    from omr.files import replacing
    from omr.sure import SURE

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes_pair = pyplot.subplots(1, 2, figsize=(10, 4.6))
    axes: tuple[Any, Any] = tuple(axes_pair)
    for name, (probabilities, right) in rows.items():
        bins = reliability(probabilities, right, SURE).bins
        axes[0].plot([b[0] for b in bins], [b[1] for b in bins], "o-", ms=4, label=f"{name} ({len(right)})")
        curve = found_curve(probabilities, right)
        axes[1].plot(np.linspace(0, 1, len(curve)), curve, label=name)
    axes[0].plot([0, 1], [0, 1], "k:", lw=1)
    axes[0].set(xlabel="probability of being right, mean of a bin", ylabel="share that is right", xlim=(0, 1),
                ylim=(0, 1))
    axes[1].set(xlabel="share of the measures looked at, the least sure first", ylabel="share of the wrong ones found",
                xlim=(0, 1), ylim=(0, 1))
    axes[0].legend(title="measures", fontsize=8)
    for each in axes:
        each.grid(alpha=0.3)
    figure.tight_layout()
    with replacing(out) as temporary:
        figure.savefig(temporary, format="png", dpi=110)
    pyplot.close(figure)
