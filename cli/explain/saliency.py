"""`omr explain saliency`: which ink made the detector call a symbol what it calls it."""

from __future__ import annotations

from pathlib import Path

import click

from cli.explain.common import at_option, look, page_argument, page_option, weights_option


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
    from companions.saliency import SIZE, Target, explain
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
    top, left = int(row) - SIZE // 2, int(col) - SIZE // 2
    padded = np.pad(seen.pixels, SIZE, constant_values=255)
    crop = 1 - padded[top + SIZE:top + 2 * SIZE, left + SIZE:left + 2 * SIZE].astype(np.float32) / 255
    target = Target(row - top, col - left, ID[symbol.name], ID[versus] if versus else None)
    parts = explain(load_network(weights), crop, target, (symbol.name, versus), seed)
    html.write(out, f"Saliency: {symbol.name} on {page.name}", parts)
    click.echo(f"{out}: why {symbol.name} at {col:.0f},{row:.0f} of the normalised page")
