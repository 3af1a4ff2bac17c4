"""`omr deepscores`: labelled data sets made, read, converted and looked at."""

from __future__ import annotations

import click

from cli.lazy import LazyGroup

COMMANDS: dict[str, str] = {
    "engrave": "Engrave labelled pages from symbolic scores.",
    "harvest": "Label real scans where their reading agrees with an encoding.",
    "info": "Count pages, classes and splits of a data set.",
    "check": "Name every broken record of a data set.",
    "convert": "Write a data set as DeepScores v1 or v2 or COCO.",
    "show": "Draw some pages of a data set with their labels.",
}


@click.group(cls=LazyGroup, package="cli.deepscores", table=COMMANDS)
def deepscores() -> None:
    """Make and inspect labelled data sets."""
