"""`omr press evaluate`: figures on unseen layouts."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), default=None,
              help="Folder of PAGE XML with its images. Default: typeset pages of layouts and fonts never trained on.")
@click.option("--pages", type=click.IntRange(min=1), default=40, show_default=True)
@click.option("--weights", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None)
def evaluate(data: Path | None, pages: int, weights: Path | None) -> None:
    """Pixel IoU of every class, and F1 of articles at IoU 0.5, beside that of cutting along white space."""
    from companions import pagexml, press

    sheets = pagexml.sheets(data) if data else press.unseen_pages(pages)
    model = press.load(weights) if weights else press.load()
    network = press.figures(sheets, lambda pixels: press.read(model, pixels))
    baseline = press.figures(sheets, lambda pixels: (None, press.cut_at_white(pixels)))
    click.echo(f"{len(sheets)} pages, {network['articles']} articles")
    for name, value in network["iou"].items():
        click.echo(f"{'IoU ' + name:22}{value:8.3f}")
    click.echo(f"{'articles at IoU 0.5':22}{'precision':>10}{'recall':>8}{'F1':>8}")
    for name, row in (("network", network), ("white-space cut", baseline)):
        click.echo(f"{name:22}{row['precision']:10.3f}{row['recall']:8.3f}{row['f1']:8.3f}")
