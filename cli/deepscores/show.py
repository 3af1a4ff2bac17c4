"""`omr deepscores show`: pages of a data set with their labels drawn."""

from __future__ import annotations

from pathlib import Path

import click

WIDTH_PX = 1200
"""Of one page on the sheet."""


@click.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("sheet.png"), show_default=True)
@click.option("--pages", type=click.IntRange(min=1), default=4, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--split", default=None, help="Only pages of this split.")
def show(data: Path, out: Path, pages: int, seed: int, split: str | None) -> None:
    """Draw some pages of DATA with their labels on one sheet."""
    import random

    from PIL import Image

    from deepscores.datasets import read
    from deepscores.pages import LabelledPage
    from omr.errors import DataError, OutputError
    from omr.overlay import draw_labels

    # A sample of a stream of unknown length: each page replaces one of the chosen with the right chance.
    rng = random.Random(seed)
    chosen: list[LabelledPage] = []
    missing = 0
    for number, page in enumerate(p for p in read(data, split)):
        if not page.image.exists():
            missing += 1
        elif len(chosen) < pages:
            chosen.append(page)
        elif (place := rng.randrange(number - missing + 1)) < pages:
            chosen[place] = page
    if not chosen:
        raise DataError(f"{data}: no page{' with an image' if missing else ''} to show")
    tiles = []
    for page in chosen:
        image = draw_labels(Image.open(page.image), page.symbols, page.strokes)
        tiles.append(image.resize((WIDTH_PX, round(WIDTH_PX * image.height / image.width))))
    across = min(2, len(tiles))
    rows = [tiles[i : i + across] for i in range(0, len(tiles), across)]
    whole = Image.new("RGB", (WIDTH_PX * across, sum(max(t.height for t in row) for row in rows)), "white")
    top = 0
    for row in rows:
        for i, tile in enumerate(row):
            whole.paste(tile, (WIDTH_PX * i, top))
        top += max(t.height for t in row)
    try:
        whole.save(out)
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot write {out}: {error}") from error
    click.echo(f"{out}: {len(tiles)} pages" + (f"; {missing} pages have no image" if missing else ""))
