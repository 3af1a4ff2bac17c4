"""`omr evaluate`: detection and notation measured against truth."""

from __future__ import annotations

import click

from cli.lazy import LazyGroup

COMMANDS: dict[str, str] = {
    "scan": "Note F1 and OMR-NED of scans, or of MusicXML, against their truth.",
    "review": "Corrections until a reading is as its truth: operations, keystrokes, with propagation and without.",
    "structure": "Staves and systems of real pages against counts made by eye.",
    "damage": "Staves and noteheads of pages with lines erased, systems shifted, margins cut, turned.",
    "scale": "The staff space of pages brought to small sizes.",
    "detect": "Average precision of the detector on labelled pages.",
    "drawn": "PDFs by MuseScore, LilyPond and Verovio, read from what they draw, against their scores.",
    "bench": "Pages of scores never trained on, by three engravers, clean and degraded.",
    "detectors": "Three kinds of detector trained alike: deep watershed, one-stage, two-stage.",
    "ablation": "What margins, balance, scan-like pages and time are worth in training.",
    "library": "What a cluster costs: pages by one worker and by several; tasks that do nothing.",
    "formats": "The same weights through TensorFlow and ONNX Runtime: accuracy, time, size.",
    "prices": "The prices of the rhythm search, fitted on engraved pages.",
    "sure": "Whether a reading knows which of its measures are wrong.",
    "surefit": "The coefficients by which it does, fitted on engraved pages and on scans.",
    "sweep": "What resolution, skew, perspective, 1-bit scanning and low contrast cost the detector or the notes.",
}


@click.group(cls=LazyGroup, package="cli.evaluate", table=COMMANDS)
def evaluate() -> None:
    """Measure detection and notation against truth."""
