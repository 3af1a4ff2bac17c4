"""`omr explain watershed`: the deep watershed step by step."""

from __future__ import annotations

from pathlib import Path

import click

from cli.explain.common import at_option, look, page_argument, page_option, weights_option


@click.command()
@page_argument
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), default="watershed.html",
              show_default=True)
@at_option
@click.option("--size", type=click.IntRange(64, 480), default=160, show_default=True,
              help="Side of the crop, in tenths of a staff space.")
@page_option
@weights_option
def watershed(page: Path, out: Path, at: tuple[float, float] | None, size: int, number: int,
              weights: Path | None) -> None:
    """Energy surface, cuts, basins, votes and boxes for a crop of PAGE, as one HTML page."""
    from companions import page as html
    from companions.chapters import in_talk
    from companions.watershed import explain, window

    seen = look(page, number, weights)
    size -= size % 4
    top, left = seen.crop(at, size)
    parts = explain(seen.pixels[top:top + size, left:left + size], window(seen.maps, top, left, size), seen.accept,
                    lambda row, col: seen.told(top + row, left + col))
    html.write(out, f"The deep watershed on {page.name}", [in_talk("watershed"), *parts])
    click.echo(f"{out}: the watershed about --at {seen.told(top + size / 2, left + size / 2)}")
