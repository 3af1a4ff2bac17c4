"""`omr talk`: how we got here, a small demonstration each."""

from __future__ import annotations

import click

from cli.lazy import LazyGroup

COMMANDS: dict[str, str] = {
    "descent": "One neuron, then a network: gradient descent on a landscape of errors.",
    "classify": "Hand-made features against a small CNN, by the number of examples.",
    "words": "Word vectors: skip-gram and CBOW on any text.",
    "write": "A character RNN that writes text, or tunes that are engraved and read back.",
    "go": "AlphaGo Zero in small: self-play on a 5 x 5 board.",
    "faces": "A GAN that grows while it learns to draw faces or symbols.",
    "swap": "Two faces, one encoder, two decoders: a marked forgery.",
    "tour": "All of it, small, on one page in English and German.",
}


@click.group(cls=LazyGroup, package="cli.talk", table=COMMANDS)
def talk() -> None:
    """How we got here: what learning machines had learned by 2018, each in small."""
