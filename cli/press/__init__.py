"""`omr press`: the articles of newspaper pages."""

from __future__ import annotations

import click

from cli.lazy import LazyGroup

COMMANDS: dict[str, str] = {
    "read": "Articles of a page as polygons, an overlay, and an image each.",
    "train": "Train on pages typeset here, or on PAGE XML.",
    "evaluate": "Pixel IoU and article F1 on unseen layouts, beside the white-space cut.",
}


@click.group(cls=LazyGroup, package="cli.press", table=COMMANDS)
def press() -> None:
    """Find the articles on a newspaper page."""
