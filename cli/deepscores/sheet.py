"""`omr deepscores sheet`: pages of a data set with their labels drawn."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("sheet.png"), show_default=True)
@click.option("--pages", default=4, show_default=True)
@click.option("--seed", default=0, show_default=True)
def sheet(folder: Path, out: Path, pages: int, seed: int) -> None:
    """Draw a contact sheet: some pages of a data set with their labels."""
    import random

    from PIL import Image

    from deepscores.pages import read_pages
    from omr.overlay import draw_labels

    every = list(read_pages(folder))
    tiles = []
    for page in random.Random(seed).sample(every, min(pages, len(every))):
        image = draw_labels(Image.open(page.image), page.symbols, page.strokes)
        tiles.append(image.resize((1200, round(1200 * image.height / image.width))))
    across = min(2, len(tiles))
    rows = [tiles[i : i + across] for i in range(0, len(tiles), across)]
    whole = Image.new("RGB", (1200 * across, sum(max(t.height for t in row) for row in rows)), "white")
    top = 0
    for row in rows:
        for i, tile in enumerate(row):
            whole.paste(tile, (1200 * i, top))
        top += max(t.height for t in row)
    whole.save(out)
    click.echo(f"{out}: {len(tiles)} pages")
