"""`omr talk faces`: a GAN that grows while it learns to draw faces."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("faces"), show_default=True,
              help="Folder for the page, the pictures, the figures and the run.")  # fmt: skip
@click.option("--data", type=click.Path(path_type=Path), help="Folder of pictures; default: faces drawn here.")
@click.option("--steps", default=5000, show_default=True, type=click.IntRange(16),
              help="Training steps, of all sizes together.")  # fmt: skip
@click.option("--start", type=click.Choice(["shipped"]), default=None,
              help="Begin with the run that comes with the package, instead of from nothing.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Of the drawn faces, the weights and the noise.")
def faces(out: Path, data: Path | None, steps: int, start: str | None, seed: int) -> None:
    """A GAN that grows from 4 x 4 to 32 x 32 while it learns to draw faces or symbols.

    The same command goes on where an interrupted one stopped; with more steps, beyond where a run ended.
    """
    if start and data is not None:
        raise click.UsageError("what comes with the package learned from drawn faces; leave --data out")
    from companions.faces import Settings, grow, shares_of
    from companions.keeping import begin_shipped

    if start:
        begin_shipped("faces", out / "run.npz")
    figures = grow(data, out, Settings(steps=shares_of(steps), seed=seed))
    for level, found in figures.items():
        line = "{}-pixel level: {reached:.1f} (began at {start:.1f}; two real sets {floor:.1f})"
        click.echo(line.format(level, **found))
    click.echo(f"{out / 'index.html'}")
