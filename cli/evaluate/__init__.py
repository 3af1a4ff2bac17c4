"""`omr evaluate`: detection and notation measured against truth."""

from __future__ import annotations

import click

from cli.lazy import LazyGroup

COMMANDS: dict[str, str] = {
    "scan": "Note F1 and OMR-NED of scans, or of MusicXML, against their truth.",
    "detect": "Average precision of the detector on labelled pages.",
    "bench": "Pages of engravers the detector has never seen, clean and degraded.",
}


@click.group(cls=LazyGroup, package="cli.evaluate", table=COMMANDS)
def evaluate() -> None:
    """Measure detection and notation against truth."""
