"""`omr explain`: a look inside the detector."""

from __future__ import annotations

import click

from cli.lazy import LazyGroup

COMMANDS: dict[str, str] = {
    "watershed": "The deep watershed step by step, on a crop of your page.",
    "saliency": "Which ink made the detector call a symbol what it calls it.",
    "features": "What each layer of the detector looks for.",
    "training": "Dashboard of a training run: curves, features, information plane.",
}


@click.group(cls=LazyGroup, package="cli.explain", table=COMMANDS)
def explain() -> None:
    """Look inside the detector."""
