"""`omr augment`: what augmentation does to a page, for eyes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from augment.margins import Crop
    from deepscores.pages import LabelledPage

TILE_PX = 900
"""Width of one page on the sheet."""


@click.group()
def augment() -> None:
    """Show what augmentation does to a page."""


@augment.command()
@click.argument("image", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("sheet.png"), show_default=True)
@click.option("--kind", type=click.Choice(["scan", "photo"]), multiple=True, default=("scan", "photo"),
              show_default=True, help="May be given several times.")
@click.option("--copies", type=click.IntRange(min=1), default=2, show_default=True, help="Degraded pages of each kind.")
@click.option("--page", type=click.IntRange(min=1), default=1, show_default=True, help="Page of a PDF or TIFF.")
@click.option("--space", type=click.FloatRange(min=5), default=None,
              help="Staff space in pixels. Default: the data set's, or measured.")
@click.option("--rare", type=click.Path(path_type=Path), default=None,
              help="Data set to cut rare symbols from; they are pasted into blank places.")
@click.option("--labels", is_flag=True, help="Draw the labels, if IMAGE stands in a data set.")
@click.option("--seed", default=0, show_default=True)
def show(image: Path, out: Path, kind: tuple[str, ...], copies: int, page: int, space: float | None,
         rare: Path | None, labels: bool, seed: int) -> None:
    """Draw IMAGE as it is, and degraded, on one sheet. An image of a data set brings its labels."""
    from itertools import islice

    import numpy as np
    from PIL import Image

    from augment.degrade import degrade
    from augment.margins import paste_rare
    from deepscores.pages import read_pages
    from omr.errors import DataError, OutputError
    from omr.overlay import draw_labels
    from omr.raster import load, normalise
    from omr.types import SPACE_PX

    raw = next(load(image, {page}))
    labelled = _labelled(image)
    if labels and labelled is None:
        raise DataError(f"{image} has no labels: it stands in no data set's images folder")
    if space is None and labelled is not None:
        space = labelled.space_px
    if space is None:
        # One step of the normalised page is a tenth of a staff space in the source.
        space = SPACE_PX * float(np.sqrt(abs(np.linalg.det(normalise(raw).to_source[:, :2]))))
    symbols, strokes = (labelled.symbols, labelled.strokes) if labelled else ((), ())
    bank = rare_bank(list(islice(read_pages(rare), 200))) if rare else {}
    tiles = []
    for name, number in [("clean", 0), *((k, i) for k in kind for i in range(copies))]:
        rng = np.random.default_rng([seed, number, *name.encode()])
        start = paste_rare(raw.pixels, symbols, strokes, bank, rng, space) if bank else (raw.pixels, symbols, strokes)
        pixels, moved_symbols, moved_strokes = degrade(*start, rng, name, space)  # type: ignore[arg-type]
        tile = Image.fromarray(pixels)
        tiles.append(draw_labels(tile, moved_symbols, moved_strokes) if labels else tile)
    try:
        _sheet([t.convert("RGB") for t in tiles]).save(out)
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot write {out}: {error}") from error
    click.echo(f"{out}: the page and {len(tiles) - 1} degraded copies, staff space {space:.1f} px")


def _labelled(image: Path) -> LabelledPage | None:
    """The `LabelledPage` of an image in a data set's `images` folder, None anywhere else."""
    from deepscores.pages import read_pages

    folder = image.resolve().parent.parent
    if image.resolve().parent.name != "images" or not any((folder / "labels").glob("*.json")):
        return None
    return next((page for page in read_pages(folder) if page.image.name == image.name), None)


def rare_bank(pages: Sequence[LabelledPage], per_class: int = 20) -> dict[str, list[Crop]]:
    """The rare symbols of labelled pages: class -> crops. Only images that hold a class still wanting are read."""
    from augment.margins import cut, fill, rare_names
    from omr.raster import load

    names = rare_names(page.symbols for page in pages)
    bank: dict[str, list[Crop]] = {}
    for page in pages:
        wanted = {s.name for s in page.symbols if s.name in names and len(bank.get(s.name, ())) < per_class}
        if wanted:
            pixels = next(load(page.image)).pixels
            fill(bank, cut(pixels, page.symbols, page.strokes, page.space_px, wanted), per_class)
    return bank


def _sheet(tiles: list[Any]) -> Any:
    """PIL images side by side, three a row, each `TILE_PX` wide."""
    from PIL import Image

    small = [t.resize((TILE_PX, round(TILE_PX * t.height / t.width)), Image.Resampling.LANCZOS) for t in tiles]
    rows = [small[i : i + 3] for i in range(0, len(small), 3)]
    height = sum(max(t.height for t in row) for row in rows)
    whole = Image.new("RGB", (TILE_PX * max(len(row) for row in rows), height), "white")
    top = 0
    for row in rows:
        for i, tile in enumerate(row):
            whole.paste(tile, (TILE_PX * i, top))
        top += max(t.height for t in row)
    return whole
