"""`omr talk descent`: gradient descent on a landscape of errors."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("descent.html"),
              show_default=True)
@click.option("--steps", type=click.IntRange(min=2), default=200, show_default=True,
              help="Of the neuron; the network makes ten times as many.")
@click.option("--hidden", type=click.IntRange(min=1), default=8, show_default=True, help="Neurons of the network.")
@click.option("--batch", type=click.IntRange(min=1), default=8, show_default=True, help="Samples a step sees.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
def descent(out: Path, steps: int, hidden: int, batch: int, seed: int) -> None:
    """One neuron, then a small network, walk down the landscape of their error: SGD, momentum and Adam."""
    from companions.descent import write_descent

    for name, error in write_descent(out, steps, hidden, batch, seed).items():
        click.echo(f"{name:<18}mean squared error {error:.4f}")
    click.echo(str(out))
