"""The dashes that follow an octave sign ("8" or "8va") and say how far it holds.

The detector finds the sign well and its dashes badly: in old prints each is hardly longer than a staff line is wide. So
they are followed in the ink, from the sign to the right, for as long as one dash follows the other at the same height.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from omr.types import SPACE_PX, Box, Stroke, Symbol


@dataclass(frozen=True)
class DashTolerances:
    """Lengths in staff spaces, set by hand after looking at old prints and modern engravings."""

    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    band: float = 2.0
    """How far above and below the middle of the sign dashes are looked for. A dash that is cut off at the edge of this
    band is the piece of something larger."""
    height: float = 0.5
    """Greatest height of a dash. Staff lines are thinner; this leaves room for a tilted one."""
    length: tuple[float, float] = (0.4, 6.0)
    """Least and greatest length of a dash. Shorter ones are dots and specks; longer ones are staff lines."""
    first_gap: float = 3.0
    """Greatest distance from the sign to the first dash: "va", "ma" or "bassa" may stand between."""
    gap: float = 4.0
    """Greatest gap between two dashes: usually it is about 0.7, but a sign that touches a dash hides it, and the gap
    on either side of it."""
    drift: float = 0.4
    """Greatest difference in height of two dashes that follow each other: a page may be bent a little."""
    fewest_after_digit: int = 6
    """Fewest dashes by which a digit is known for the 8 of an octave line: the lines at fingerings are shorter."""
    eight: float = 1.35
    """Least height of such a digit: fingerings are smaller. On 128 pages of old prints two such eights were 1.5 high,
    and six fingerings before other dashes or broken lines 1.3 at most."""
    digit_gap: float = 1.0
    """Greatest distance from such a digit to the first dash."""
    fewest: int = 3
    """Fewest dashes of a line. A speck or a fingering's stroke may look like one dash, hardly like three."""


T = DashTolerances()
"""The tolerances of this stage."""

OCTAVE = "ottava"
"""Class of the sign of one octave."""
DIGITS = frozenset(("fingering", "tuplet"))
"""Kinds of symbols that are digits."""


def with_eights(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """The symbols of a page, with an octave sign for every digit that dashes follow: old prints set a plain 8, which
    the detector takes for a fingering.

    pixels: the page, (H, W) uint8, 0 = ink.
    """
    return [replace(s, name=OCTAVE) if s.kind in DIGITS and _is_eight(s.box, pixels) else s for s in symbols]


def _is_eight(digit: Box, pixels: np.ndarray) -> bool:
    """Whether so many dashes follow a digit that it must be the 8 of an octave line."""
    if digit.height < T.eight * SPACE_PX:
        return False
    line = _chain(list(_dashes(digit, pixels)), digit)
    return len(line) >= T.fewest_after_digit and line[0].left - digit.right < T.digit_gap * SPACE_PX


def follow_dashes(symbols: Sequence[Symbol], pixels: np.ndarray, first_id: int = 0) -> list[Stroke]:
    """The dashed lines of the octave signs of a page.

    symbols: those of a page, in its pixels. pixels: the page, (H, W) uint8, 0 = ink. first_id: the id of the first
    stroke; the others follow. Returns strokes of kind "bracket", each from the first dash after a sign to the last.
    """
    strokes: list[Stroke] = []
    for sign in symbols:
        if sign.kind != "octave":
            continue
        line = _chain(list(_dashes(sign.box, pixels)), sign.box)
        if len(line) >= T.fewest:
            ends = ((line[0].center[0], line[0].left), (line[-1].center[0], line[-1].right))
            thickness = float(np.median([dash.height for dash in line]))
            strokes.append(Stroke(first_id + len(strokes), "bracket", ends, thickness))
    return strokes


def _dashes(sign: Box, pixels: np.ndarray) -> Iterator[Box]:
    """Ink to the right of a sign that has the size of a dash, from left to right."""
    middle, left = round(sign.center[0]), max(round(sign.right), 0)
    top = max(middle - round(T.band * SPACE_PX), 0)
    band = pixels[top : max(middle + round(T.band * SPACE_PX), 0), left:] < T.dark_below
    if not band.size:
        return
    _, _, stats, _ = cv2.connectedComponentsWithStats(band.astype(np.uint8), connectivity=8)
    for column, row, width, height, _ in sorted(stats[1:].tolist()):
        is_whole = row > 0 and row + height < len(band)
        least, most = (length * SPACE_PX for length in T.length)
        if is_whole and height <= T.height * SPACE_PX and least <= width <= most and height < width:
            yield Box(float(top + row), float(left + column), float(top + row + height), float(left + column + width))


def _chain(dashes: Sequence[Box], sign: Box) -> list[Box]:
    """The dashes that follow each other from a sign on. The first stands between its top and its bottom."""
    chain: list[Box] = []
    for dash in dashes:
        row = dash.center[0]
        if not chain:
            if sign.top <= row <= sign.bottom and dash.left - sign.right <= T.first_gap * SPACE_PX:
                chain.append(dash)
        elif dash.left - chain[-1].right > T.gap * SPACE_PX:
            break
        elif dash.left >= chain[-1].right and abs(row - chain[-1].center[0]) <= T.drift * SPACE_PX:
            chain.append(dash)
    return chain
