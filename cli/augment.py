"""`omr augment`: what augmentation does to a page, for eyes, and what it costs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from augment.leaf import Leaf
    from augment.margins import Crop
    from deepscores.pages import LabelledPage

TILE_PX = 900
"""Width of one page on the sheet."""
EXAMPLE = Path(__file__).parents[1] / "examples" / "minuet.png"


@click.group()
def augment() -> None:
    """Show what augmentation does to a page, and what it costs."""


@augment.command()
@click.argument("image", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("sheet.png"), show_default=True)
@click.option("--kind", type=click.Choice(["scan", "photo"]), multiple=True, default=("scan", "photo"),
              show_default=True, help="May be given several times.")
@click.option("--transform", "names", multiple=True, metavar="NAME",
              help="Show this transform alone instead; may be given several times. `omr augment bench` lists them.")
@click.option("--strength", type=click.FloatRange(0, 1), default=1.0, show_default=True, help="Of --transform.")
@click.option("--copies", type=click.IntRange(min=1), default=2, show_default=True, help="Degraded pages of each kind.")
@click.option("--page", type=click.IntRange(min=1), default=1, show_default=True, help="Page of a PDF or TIFF.")
@click.option("--space", type=click.FloatRange(min=5), default=None,
              help="Staff space in pixels. Default: the data set's, or measured.")
@click.option("--rare", type=click.Path(path_type=Path), default=None,
              help="Data set to cut rare symbols from; they are pasted into blank places.")
@click.option("--grid", is_flag=True, help="Fill pages with the symbols of --rare alone.")
@click.option("--papers", type=click.Path(path_type=Path), default=None, metavar="FOLDER",
              help="Photographs or scans of blank sheets to print on. Default: generated paper.")
@click.option("--labels", is_flag=True, help="Draw the labels, if IMAGE stands in a data set.")
@click.option("--detail", is_flag=True, help="Show a piece of each page at full size instead of the whole page.")
@click.option("--seed", default=0, show_default=True)
def show(image: Path, out: Path, kind: tuple[str, ...], names: tuple[str, ...], strength: float, copies: int,
         page: int, space: float | None, rare: Path | None, grid: bool, papers: Path | None, labels: bool,
         detail: bool, seed: int) -> None:
    """Draw IMAGE as it is, and degraded, on one sheet. An image of a data set brings its labels."""
    from itertools import islice

    import numpy as np
    from PIL import Image

    from augment.degrade import degrade
    from augment.leaf import Leaf
    from augment.margins import paste_rare, rare_grid
    from augment.paper import real_paper
    from augment.transforms import TRANSFORMS, Effect
    from deepscores.pages import read_pages
    from omr.errors import DataError
    from omr.overlay import draw_labels

    transforms = dict(TRANSFORMS)
    for name in names:
        if name not in transforms:
            raise click.BadParameter(f"{name!r} is none of {', '.join(transforms)}", param_hint="--transform")
    if grid and rare is None:
        raise click.UsageError("--grid needs --rare")
    if papers is not None:
        transforms["paper"] = Effect("paper", "paper", real_paper(papers))
    clean = _read(image, page, space)
    if labels and not clean.symbols and not clean.strokes:
        raise DataError(f"{image} has no labels: it stands in no data set's images folder")
    bank = rare_bank(list(islice(read_pages(rare), 200))) if rare else {}
    tiles = []
    for name, number in [("clean", 0), *((k, i) for k in names or kind for i in range(copies))]:
        rng = np.random.default_rng([seed, number, *name.encode()])
        start = clean.pixels, clean.symbols, clean.strokes
        if grid:
            start = rare_grid(bank, clean.shape, rng, clean.space_px)
        elif bank:
            start = paste_rare(*start, bank, rng, clean.space_px)
        if name in transforms:
            leaf = transforms[name](Leaf(*start, clean.space_px), rng, strength)
        else:
            leaf = Leaf(*degrade(*start, rng, name, clean.space_px, papers), clean.space_px)  # type: ignore[arg-type]
        tile = Image.fromarray(leaf.pixels)
        tile = draw_labels(tile, leaf.symbols, leaf.strokes) if labels else tile.convert("RGB")
        tiles.append(_captioned(_piece(tile) if detail else tile, name))
    _save(_sheet(tiles), out)
    click.echo(f"{out}: the page and {len(tiles) - 1} degraded copies, staff space {clean.space_px:.1f} px")


@augment.command()
@click.argument("image", type=click.Path(path_type=Path), required=False)
@click.option("--runs", type=click.IntRange(min=1), default=5, show_default=True,
              help="Figures are medians of so many runs.")
@click.option("--space", type=click.FloatRange(min=5), default=None,
              help="Staff space in pixels. Default: the data set's, or measured.")
@click.option("--papers", type=click.Path(path_type=Path), default=None, metavar="FOLDER",
              help="Photographs or scans of blank sheets to print on. Default: generated paper.")
@click.option("--seed", default=0, show_default=True)
def bench(image: Path | None, runs: int, space: float | None, papers: Path | None, seed: int) -> None:
    """Time every transform, and each kind of degraded page, on IMAGE (default: the bundled example).

    The page is brought to the size at which training degrades it, a staff space of 14 px, and one thread works on it,
    as in training.
    """
    import statistics
    import time
    from functools import partial

    import cv2
    import numpy as np
    from tqdm import tqdm

    from augment.degrade import degrade
    from augment.paper import real_paper
    from augment.transforms import TRANSFORMS, Effect

    cv2.setNumThreads(1)
    leaf = _for_training(_read(image or EXAMPLE, 1, space))
    transforms = dict(TRANSFORMS)
    if papers is not None:
        transforms["paper"] = Effect("paper", "paper", real_paper(papers))
    page = leaf.pixels, leaf.symbols, leaf.strokes
    rows: list[tuple[str, str, Any]] = [(t.group, t.name, partial(t, leaf)) for t in transforms.values()]
    for kind in ("scan", "photo"):
        rows.append(("degrade", kind, lambda rng, kind=kind: degrade(*page, rng, kind, leaf.space_px, papers)))
    table = []
    for group, name, call in tqdm(rows, unit="transform", leave=False):
        # The first run imports and allocates. Kinds differ from page to page, so they are run more often.
        call(np.random.default_rng(seed))
        times = []
        for run in range(runs * (4 if group == "degrade" else 1)):
            rng = np.random.default_rng([seed, run])
            start = time.perf_counter()
            call(rng)
            times.append(time.perf_counter() - start)
        table.append((group, name, 1000 * statistics.median(times)))
    for group, name, milliseconds in table:
        click.echo(f"{group:<10}{name:<14}{milliseconds:8.1f} ms")
    height, width = leaf.shape
    click.echo(f"median of {runs} runs ({4 * runs} of a kind), one thread, {height} x {width} px, {len(leaf.symbols)} "
               f"symbols and {len(leaf.strokes)} strokes")


def _read(image: Path, page: int, space: float | None) -> Leaf:
    """A page of a file with its labels, if it has any. space: its staff space; by default that of the data set, or else
    a measured one."""
    import numpy as np

    from augment.leaf import Leaf
    from omr.page.raster import load, normalise
    from omr.types import SPACE_PX

    raw = next(load(image, {page}))
    labelled = _labelled(image)
    space = space or (labelled.space_px if labelled else None)
    if not space:
        # One pixel of the normalised page is a tenth of a staff space in the source.
        space = SPACE_PX * float(np.sqrt(abs(np.linalg.det(normalise(raw).to_source[:, :2]))))
    return Leaf(raw.pixels, *((labelled.symbols, labelled.strokes) if labelled else ((), ())), space)


def _for_training(leaf: Leaf) -> Leaf:
    """The leaf as training degrades it: with a staff space of at most 14 px.

    A page without labels gets as many as a full page has, in rows and on meaningless lines. Moving them, and searching
    the lines for places to break, then takes as long as it does in training.
    """
    from augment.leaf import Leaf
    from models.crops import LabelledRaster, rescale
    from omr.types import Box, Stroke, Symbol

    scale = min(1.0, 14 / leaf.space_px)
    small = rescale(LabelledRaster(leaf.pixels, leaf.symbols, leaf.strokes), scale)
    symbols, strokes, space_px = small.symbols, small.strokes, leaf.space_px * scale
    if not symbols and not strokes:
        height, width = small.pixels.shape
        rows = [height * (i + 0.5) / 60 for i in range(60)]
        symbols = tuple(Symbol(i, "noteheadBlack", Box(r - 7, c - 8, r + 7, c + 8)) for i, (r, c) in enumerate(
            (r, width * (k + 0.5) / 10) for r in rows for k in range(10)))
        strokes = tuple(Stroke(600 + i, "staffLine", ((r, 0.05 * width), (r, 0.95 * width)), 2.0)
                        for i, r in enumerate(rows))
        strokes += tuple(Stroke(660 + i, "stem", ((s.box.top - 40, s.box.right), (s.box.top, s.box.right)), 2.0)
                         for i, s in enumerate(symbols))
    return Leaf(small.pixels, symbols, strokes, space_px)


def _labelled(image: Path) -> LabelledPage | None:
    """The `LabelledPage` of an image in a data set's `images` folder; None for any other image."""
    from deepscores.pages import read_pages

    folder = image.resolve().parent.parent
    if image.resolve().parent.name != "images" or not any((folder / "labels").glob("*.json")):
        return None
    return next((page for page in read_pages(folder) if page.image.name == image.name), None)


def rare_bank(pages: Sequence[LabelledPage], per_class: int = 20) -> dict[str, list[Crop]]:
    """The rare symbols of labelled pages: class -> crops. Only images with a class that is still needed are read.

    What a data set does not label would be missing in the labels of any page. So crops come only from the pages with
    the most complete labels.
    """
    from augment.margins import cut, fill, rare_names
    from omr.page.raster import load

    least = min((page.unlabelled for page in pages), key=len, default=frozenset())
    pages = [page for page in pages if page.space_px and page.unlabelled <= least]
    names = rare_names(page.symbols for page in pages)
    bank: dict[str, list[Crop]] = {}
    for page in pages:
        wanted = {s.name for s in page.symbols if s.name in names and len(bank.get(s.name, ())) < per_class}
        if wanted:
            pixels = next(load(page.image)).pixels
            fill(bank, cut(pixels, page.symbols, page.strokes, page.space_px, wanted, page.ignored), per_class)
    return bank


def _piece(tile: Any) -> Any:
    """The part of a PIL image, `TILE_PX` wide, that is a little above its middle."""
    height, width = min(tile.height, 2 * TILE_PX // 3), min(tile.width, TILE_PX)
    left, top = (tile.width - width) // 2, (tile.height - height) // 3
    return tile.crop((left, top, left + width, top + height))


def _captioned(tile: Any, name: str) -> Any:
    """A PIL image `TILE_PX` wide with its name above it."""
    from PIL import Image, ImageDraw, ImageFont

    if tile.width != TILE_PX:
        tile = tile.resize((TILE_PX, round(TILE_PX * tile.height / tile.width)), Image.Resampling.LANCZOS)
    whole = Image.new("RGB", (TILE_PX, tile.height + 40), "white")
    ImageDraw.Draw(whole).text((8, 4), name, fill=(0, 60, 160), font=ImageFont.load_default(26))
    whole.paste(tile, (0, 40))
    ImageDraw.Draw(whole).rectangle((0, 38, TILE_PX - 1, whole.height - 1), outline=(170, 190, 220), width=2)
    return whole


def _sheet(tiles: list[Any]) -> Any:
    """PIL images of one width side by side, three in a row."""
    from PIL import Image

    rows = [tiles[i : i + 3] for i in range(0, len(tiles), 3)]
    height = sum(max(t.height for t in row) for row in rows)
    whole = Image.new("RGB", (TILE_PX * max(len(row) for row in rows), height), "white")
    top = 0
    for row in rows:
        for i, tile in enumerate(row):
            whole.paste(tile, (TILE_PX * i, top))
        top += max(t.height for t in row)
    return whole


def _save(sheet: Any, out: Path) -> None:
    """Write a PIL image, first with a temporary name. Raises OutputError."""
    from omr.errors import OutputError

    temporary = out.with_name(f".{out.name}.part")
    try:
        sheet.save(temporary, format="JPEG" if out.suffix.lower() in {".jpg", ".jpeg"} else "PNG")
        os.replace(temporary, out)
    except (OSError, ValueError) as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(f"cannot write {out}: {error}") from error
