"""Sharps and naturals told apart by their ink, where the detector is not sure which of them one is.

The two look alike where a scan is coarse. But both strokes of a sharp reach over and under its bars, while a natural
has no ink at its top right and its bottom left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from omr.types import Box, Symbol

SURE = {"accidentalSharp": 0.99, "accidentalNatural": 0.9}
"""The classes that are looked at, each with the least score at which the detector is believed."""


@dataclass(frozen=True)
class AccidentalTolerances:
    """Shares from 0 to 1. Set on the sharps and naturals of 119 pages of Beethoven and Mozart, and made stricter for
    two pages of the accuracy guard, whose sharps are faint."""

    corner: float = 0.24
    """Height of the corners that are looked at, as a share of the accidental's. Each is half as wide as the
    accidental."""
    empty: float = 0.75
    """The two corners of a natural that should be empty have less ink than this share of that in the other two. Of
    3,947 sharps 0.5 % have less than .79; of 2,102 naturals 97 %."""
    emptier: float = 0.25
    """The emptier one of them has at most this share of the ink of the fuller one of the others: in a faint sharp all
    corners have some."""
    full: float = 0.93
    """What has more is no natural: nearly all are digits of fingerings, or pieces of beams."""


T = AccidentalTolerances()
"""The tolerances of this stage."""


def settle_accidentals(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """The symbols, with a natural for every doubtful sharp that has the ink of one, and without doubtful naturals that
    have not.

    pixels: of the page (H, W), 0 = ink.
    """
    settled = []
    for symbol in symbols:
        sure = SURE.get(symbol.name)
        if sure is None or symbol.score >= sure:
            settled.append(symbol)
            continue
        empty, full = _corners(symbol.box, pixels)
        if symbol.name == "accidentalNatural":
            if sum(empty) <= T.full * sum(full):
                settled.append(symbol)
        elif sum(empty) < T.empty * sum(full) and min(empty) < T.emptier * max(full):
            settled.append(replace(symbol, name="accidentalNatural"))
        else:
            settled.append(symbol)
    return settled


def _corners(box: Box, pixels: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """The ink in the corners of a box: that at the top right and the bottom left, which a natural leaves empty; and
    that in the other two."""
    rows = (box.top, box.top + T.corner * box.height), (box.bottom - T.corner * box.height, box.bottom)
    cols = (box.left, box.center[1]), (box.center[1], box.right)
    (top_left, top_right), (bottom_left, bottom_right) = ([_ink(r, c, pixels) for c in cols] for r in rows)
    return (top_right, bottom_left), (top_left, bottom_right)


def _ink(rows: tuple[float, float], cols: tuple[float, float], pixels: np.ndarray) -> float:
    """How dark the darkest pixel of a usual row is, 0 to 1: a staff line darkens only some rows. Ends in pixels."""
    piece = pixels[max(round(rows[0]), 0):round(rows[1]), max(round(cols[0]), 0):round(cols[1])]
    return float(np.median(1 - piece.min(axis=1) / 255.0)) if piece.size else 0.0
