"""Finds pairs of dots after a notehead that the detector took for one dot, by the shape of their ink.

If the two dots of a double-dotted note touch in print, they are one blob, twice as wide as a dot and narrower in its
middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import cv2
import numpy as np

from omr.types import SPACE_PX, Symbol
from omr.types.table import table

DOT = "augmentationDot"


@table
class DoubleDotTolerances:
    """Lengths are in staff spaces (`SPACE_PX` pixels). Measured on 35 engraved pages of quartets, parts, hymns and lead
    sheets, some of them made to look like scans and photographs. The blobs of 14 double dots are 1.0 wide and .5 high;
    their middle has .4 to .8 of that height. 385 single dots are .3 to .7 wide."""

    black: int = 128
    """Brightness (0 to 255) below which a pixel is ink."""
    around: tuple[float, float] = (0.7, 1.5)
    """How far from the middle of a dot its blob is looked for, vertically and sideways."""
    width: tuple[float, float] = (0.85, 1.2)
    """Least and greatest width of the blob of two dots."""
    height: float = 0.7
    """Greatest height of the blob. Anything higher is not two dots, or a line touches them."""
    waist: float = 0.85
    """Greatest height of the blob's middle, relative to its highest place. A ledger line has no such waist."""


T = DoubleDotTolerances()
"""The tolerances of this stage."""


def split_double_dots(symbols: Sequence[Symbol], pixels: np.ndarray, first_id: int) -> list[Symbol]:
    """Replace each blob of two dots by two dots. pixels: the page, (H, W) uint8, 0 = ink. first_id: id of the first new
    symbol; the others follow."""
    ids = count(first_id)
    dots = [s for s in symbols if s.name == DOT]
    result = list(symbols)
    for dot in dots:
        edges = _double(dot, pixels)
        if edges is None or any(
                other is not dot and edges[0] < other.box.center[1] < edges[1]
                and abs(other.box.center[0] - dot.box.center[0]) < T.height * SPACE_PX for other in dots):
            continue
        middle = sum(edges) / 2
        result[result.index(dot)] = replace(dot, box=replace(dot.box, left=edges[0], right=middle))
        result.append(replace(dot, id=next(ids), box=replace(dot.box, left=middle, right=edges[1])))
    return result


def _double(dot: Symbol, pixels: np.ndarray) -> tuple[float, float] | None:
    """The left and right edge of a dot's blob, if it consists of two dots."""
    row, col = (round(at) for at in dot.box.center)
    up, aside = (round(reach * SPACE_PX) for reach in T.around)
    top, left = max(row - up, 0), max(col - aside, 0)
    ink = pixels[top:max(row + up + 1, 0), left:max(col + aside + 1, 0)] < T.black
    if not ink.size:
        return None
    labels = cv2.connectedComponents(ink.astype(np.uint8), connectivity=8)[1]
    near = labels[row - top, max(col - left - 2, 0):col - left + 3]
    if not near.any():
        return None
    rows, cols = np.nonzero(labels == near[near > 0][0])
    heights = np.bincount(cols - cols.min())
    width, height = len(heights) / SPACE_PX, (rows.max() - rows.min() + 1) / SPACE_PX
    third = len(heights) // 3
    if not T.width[0] < width < T.width[1] or height > T.height or (
            heights[third:len(heights) - third].min() > T.waist * heights.max()):
        return None
    return float(left + cols.min()), float(left + cols.max() + 1)
