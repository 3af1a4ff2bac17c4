"""`omr talk swap`: one encoder, two decoders, and a forgery that says it is one."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("swap"), show_default=True,
              help="Folder for the page, the pictures, the figures and the run.")  # fmt: skip
@click.option("--a", type=click.Path(path_type=Path), help="Folder of pictures of the person whose face is replaced.")
@click.option("--b", type=click.Path(path_type=Path), help="Folder of pictures of the person whose face is put there.")
@click.option("--steps", default=1500, show_default=True, type=click.IntRange(1), help="Training steps.")
@click.option("--start", type=click.Choice(["shipped"]), default=None,
              help="Begin with the run that comes with the package, instead of from nothing.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Of the drawn poses, the weights and the distortions.")
def swap(out: Path, a: Path | None, b: Path | None, steps: int, start: str | None, seed: int) -> None:
    """Two faces, one encoder, two decoders: a marked forgery.

    Without --a and --b, on two drawn characters, where the true answer is known. Every picture carries a visible mark
    and metadata that say it is synthetic. The same command goes on where an interrupted one stopped; with
    more steps, beyond where a run ended.
    """
    if (a is None) != (b is None):
        raise click.UsageError("give both --a and --b, or neither")
    if start and a is not None:
        raise click.UsageError("what comes with the package knows the two drawn characters; leave --a and --b out")
    from companions.keeping import begin_shipped
    from companions.swap import Settings, swap_faces

    if start:
        begin_shipped("swap", out / "run.npz")
    figures = swap_faces((a, b) if a is not None and b is not None else None, out, Settings(steps=steps, seed=seed))
    if "error" in figures:
        click.echo(
            "mean absolute error in the face, of 255: exchanged {exchanged:.1f}, no exchange {no_exchange:.1f}, "
            "B's average face {average_face:.1f}, B's own pictures {own_pictures:.1f}; "
            "nearest to the truth of its own pose: {own_pose_nearest:.0%} of {faces}".format(**figures["error"])
        )
    click.echo(f"{out / 'index.html'}, {out / 'swapped'}")
