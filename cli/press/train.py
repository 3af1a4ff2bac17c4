"""`omr press train`: the newspaper network."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("-o", "--out", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="Run folder; the same folder goes on.")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), default=None,
              help="Folder of PAGE XML with its images. Default: pages typeset here.")
@click.option("--pages", type=click.IntRange(min=1), default=240, show_default=True, help="How many to typeset.")
@click.option("--steps", type=click.IntRange(min=1), default=1500, show_default=True)
@click.option("--start", type=click.Choice(["shipped"]), default=None,
              help="Begin with the weights that come with the package.")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), default=3e-3, show_default=True,
              help="Of learning, at the beginning.")
@click.option("--seed", default=0, show_default=True)
@click.option("--installed-fonts", is_flag=True, help="Typeset in this machine's fonts too: more looks, other pages.")
def train(out: Path, data: Path | None, pages: int, steps: int, start: str | None, rate: float, seed: int,
          installed_fonts: bool) -> None:
    """Train the network that finds articles; its weights are OUT/last.weights.h5, the losses OUT/history.csv."""
    from companions import pagexml, press, typeset

    sheets = pagexml.sheets(data) if data else typeset.stream(pages, seed, installed=installed_fonts)
    press.train(sheets, out, steps, seed, start=press.WEIGHTS if start else None, rate=rate)
    click.echo(f"{out / 'last.weights.h5'}: trained on {len(sheets) if isinstance(sheets, list) else pages} pages")
