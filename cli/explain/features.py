"""`omr explain features`: what each layer of the detector looks for."""

from __future__ import annotations

from pathlib import Path

import click

from cli.explain.common import weights_option


@click.command()
@click.argument("pages", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), default="features.html",
              show_default=True)
@click.option("--units", type=click.IntRange(min=1), default=8, show_default=True, help="Units of each block.")
@click.option("--steps", type=click.IntRange(min=1), default=48, show_default=True, help="Of gradient ascent.")
@click.option("--seed", default=0, show_default=True)
@weights_option
def features(pages: tuple[Path, ...], out: Path, units: int, steps: int, seed: int, weights: Path | None) -> None:
    """Inputs, and places of PAGES (by default engraved ones), that excite the detector's units most."""
    import numpy as np

    from companions import page as html
    from companions.chapters import in_talk
    from companions.features import PAGE_SIDE, explain
    from models.weights import load_network

    sheets = from_files(pages) if pages else engraved(6, seed)
    rng = np.random.default_rng(seed)
    pieces = []
    for sheet in sheets:
        padded = np.pad(sheet, [(0, max(PAGE_SIDE - side, 0)) for side in sheet.shape], constant_values=255)
        for _ in range(max(12 // len(sheets), 1)):
            top, left = (int(rng.integers(0, side - PAGE_SIDE + 1)) for side in padded.shape)
            pieces.append(1 - padded[top:top + PAGE_SIDE, left:left + PAGE_SIDE].astype(np.float32) / 255)
    html.write(out, "What the detector's units look for",
               [in_talk("features"), *explain(load_network(weights), np.stack(pieces), units, seed, steps)])
    click.echo(f"{out}: {units} units of every block")


def from_files(pages: tuple[Path, ...]) -> list:
    """The first pages of files, normalised."""
    from omr.page.raster import load_page, normalise

    return [normalise(load_page(path, 1)).pixels for path in pages]


def engraved(count: int, seed: int) -> list:
    """Pages of synthetic scores, normalised."""
    import io

    import numpy as np
    from PIL import Image

    from deepscores.engrave import engrave
    from deepscores.sources import Source
    from omr.page.raster import RawPage, normalise

    made: list = []
    while len(made) < count:
        seed += 1
        for page in engrave(Source(None, seed), seed, pages=1):
            made.append(normalise(RawPage(np.asarray(Image.open(io.BytesIO(page.png))), 0, 0.0, "")).pixels)
    return made[:count]
