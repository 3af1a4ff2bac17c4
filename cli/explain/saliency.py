"""`omr explain saliency`: which ink made the detector call a symbol what it calls it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.explain.common import at_option, look, page_argument, page_option, weights_option

if TYPE_CHECKING:
    import numpy as np


@click.command()
@page_argument
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), default="saliency.html",
              show_default=True)
@at_option
@click.option("--versus", default="", metavar="CLASS", help="Ask why it is not this class instead.")
@page_option
@click.option("--seed", default=0, show_default=True, help="Of the shuffled weights.")
@weights_option
def saliency(page: Path, out: Path, at: tuple[float, float] | None, versus: str, number: int, seed: int,
             weights: Path | None) -> None:
    """Why is the symbol nearest to --at what it is? Meaningful perturbation and integrated gradients, as HTML."""
    import numpy as np

    from companions import page as html
    from companions.chapters import in_talk
    from companions.saliency import Target, explain
    from models.weights import load_network
    from omr.errors import InputError
    from omr.types.vocabulary import ID

    if versus and versus not in ID:
        raise click.UsageError(f"there is no class {versus!r}; `omr evaluate detect` lists those there are")
    seen = look(page, number, weights)
    if not seen.symbols:
        raise InputError(f"{page}: no symbol was found on it")
    row, col = seen.place(at)
    symbol = min(seen.symbols, key=lambda s: np.hypot(s.box.center[0] - row, s.box.center[1] - col))
    row, col = symbol.box.center
    place = seen.told(row, col)
    crop, row, col = piece(seen.pixels, row, col)
    target = Target(row, col, ID[symbol.name], ID[versus] if versus else None)
    parts = explain(load_network(weights), crop, target, (symbol.name, versus), seed)
    html.write(out, f"Saliency: {symbol.name} on {page.name}", [in_talk("saliency"), *parts])
    click.echo(f"{out}: why {symbol.name} (score {symbol.score:.4f}) at --at {place}")


def piece(pixels: np.ndarray, row: float, col: float) -> tuple[np.ndarray, float, float]:
    """A square of a page (H, W) uint8 around (row, col), as ink (SIZE, SIZE) float32, and the place inside the square.

    It begins at whole cells of the page, so that the network sees its ink as in a scan.
    """
    import numpy as np

    from companions.saliency import SIZE
    from omr.detect.watershed import CLASS_STRIDE

    top, left = ((int(v) - SIZE // 2) // CLASS_STRIDE * CLASS_STRIDE for v in (row, col))
    padded = np.pad(pixels, SIZE, constant_values=255)
    crop = 1 - padded[top + SIZE:top + 2 * SIZE, left + SIZE:left + 2 * SIZE].astype(np.float32) / 255
    return crop, row - top, col - left
