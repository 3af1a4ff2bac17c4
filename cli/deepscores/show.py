"""`omr deepscores show`: pages of a data set with their labels drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from PIL.Image import Image

    from deepscores.pages import LabelledPage

WIDTH_PX = 1600
"""Width of one page on the sheet."""
NAME_PX, LEGEND_PX = 11, 20
"""Height of the names at the symbols, and of the legend's lines, in pixels of the sheet."""


@click.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("sheet.png"), show_default=True)
@click.option("--pages", type=click.IntRange(min=1), default=4, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--split", default=None, help="Only pages of this split.")
def show(data: Path, out: Path, pages: int, seed: int, split: str | None) -> None:
    """Draw some pages of DATA with their labels on one sheet: symbols, with their class where there is room, strokes,
    and a legend.

    Strokes of which DATA tells only the box, such as slurs of DeepScores, are drawn as boxes.
    """
    import random

    from PIL import Image

    from deepscores.datasets import read
    from omr.errors import DataError, OutputError

    # A random sample of a series with unknown length: each page replaces one of the chosen ones with the right
    # probability.
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
        tiles.append(labelled(page))
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


def labelled(page: LabelledPage) -> Image:
    """A page, `WIDTH_PX` wide, with all its labels, with class names where there is room, and with a legend of the
    colours below."""
    from PIL import Image, ImageDraw, ImageFont

    from omr.overlay import STROKE_COLOURS, draw_labels, symbol_colour

    with Image.open(page.image) as file:
        scale = WIDTH_PX / file.width
        image = draw_labels(file, page.symbols, page.strokes, scale)
    pen, small = ImageDraw.Draw(image), ImageFont.load_default(size=NAME_PX)
    for kind, box in page.boxed:
        pen.rectangle(tuple(v * scale for v in (box.left, box.top, box.right, box.bottom)),
                      outline=STROKE_COLOURS[kind])
    for name, place, _ in names_with_room(page, scale, small.getlength):
        pen.text(place, name, fill=symbol_colour(name), font=small, anchor="ls")
    entries = [(f"{name} ({count})", colour) for name, count, colour in counted(page)]
    font = ImageFont.load_default(size=LEGEND_PX * 0.7)
    columns = 5
    lines = -(-len(entries) // columns)
    whole = Image.new("RGB", (WIDTH_PX, image.height + (lines + 1) * LEGEND_PX), "white")
    whole.paste(image)
    pen = ImageDraw.Draw(whole)
    for i, (text, colour) in enumerate(entries):
        x, y = i // lines * (WIDTH_PX // columns) + 8, image.height + i % lines * LEGEND_PX + LEGEND_PX // 2
        pen.rectangle((x, y, x + 12, y + 12), fill=colour)
        pen.text((x + 18, y + 6), text, fill="black", font=font, anchor="lm")
    return whole


Room = tuple[float, float, float, float]
"""Left, top, right, bottom of a name on the sheet."""


def names_with_room(page: LabelledPage, scale: float, length: Callable[[str], float],
                    ) -> list[tuple[str, tuple[float, float], Room]]:
    """(class, where its first letter is, what it covers) for symbols whose names cover no other name. Crowded names
    would only be a blot; there, colours and legend say enough. Rare classes come first.

    scale: pixels of the sheet for one pixel of the page.
    length: that of a text, in pixels of the sheet.
    """
    from collections import Counter

    often = Counter(symbol.name for symbol in page.symbols)
    found: list[tuple[str, tuple[float, float], Room]] = []
    for symbol in sorted(page.symbols, key=lambda s: often[s.name]):
        left, bottom = symbol.box.left * scale, symbol.box.top * scale
        right, top = left + length(symbol.name), bottom - NAME_PX
        if all(right < l or r < left or bottom < t or b < top for _, _, (l, t, r, b) in found):
            found.append((symbol.name, (left, bottom), (left, top, right, bottom)))
    return found


def counted(page: LabelledPage) -> list[tuple[str, int, tuple[int, int, int]]]:
    """(name, how many, colour) of the kinds of strokes and the classes of symbols on a page, each by falling number."""
    from collections import Counter

    from omr.overlay import STROKE_COLOURS, symbol_colour

    lines = Counter([s.kind for s in page.strokes])
    boxes = Counter([f"{kind}, box only" for kind, _ in page.boxed])
    names = Counter([s.name for s in page.symbols])
    return [*((k, n, STROKE_COLOURS[k]) for k, n in lines.most_common()),
            *((k, n, STROKE_COLOURS[k.split(",")[0]]) for k, n in boxes.most_common()),
            *((k, n, symbol_colour(k)) for k, n in names.most_common())]
