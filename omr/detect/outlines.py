"""Recognises a musical glyph by its outline: the nearest one in a table with the outlines of many music fonts.

Names and codes in a PDF's fonts say little, but an outline says everything. It is filled into a small square, as large
as possible, and compared with every glyph in the table by the share of ink that both have in common. Sizes in staff
spaces are compared, too, so that a dot is not taken for a notehead. `deepscores.glyphtable` makes the table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from omr.page.vectors import Contours, Edges

SIDE = 48
"""Rows and columns of the square into which outlines are filled."""
SIZE_WEIGHT = 0.25
"""How much of its likeness a glyph loses if it is e (2.718) times as large as its counterpart in the table."""
SIZES = (0.4, 1.7)
"""How many times as large as its counterpart a glyph may be. Grace notes have 0.6 of the usual size, and fonts
differ."""
TABLE = Path(__file__).parent / "shipped" / "outlines.npz"
OTHER = "other:"
"""In the table, the names of musical glyphs without a class of ours begin like this; a code point follows."""
SLASH = OTHER + "slash"
"""The slash through a grace note's flag, as a glyph of its own."""
LETTERS = "dynamics:"
"""The names of dynamics whose letters are one glyph begin like this; the letters follow."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like an outline is to glyphs in the table.

    name: of the glyph that it is likest.
    score: how like, up to 1.
    ratio: the size of the outline, as a share of that glyph's size.
    second: the score of the likest glyph with another name.
    """

    name: str
    score: float
    ratio: float
    second: float = 0.0


def bounds(shape: Contours) -> Edges:
    """(left, top, right, bottom)."""
    points = np.concatenate(shape)
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def longer(shape: Contours) -> float:
    """The longer side of the box around a shape."""
    left, top, right, bottom = bounds(shape)
    return max(right - left, bottom - top, 1e-6)


def fill(shape: Contours) -> np.ndarray:
    """(`SIDE`, `SIDE`) bool: the shape, as large as possible, in the middle."""
    left, top, right, bottom = bounds(shape)
    scale = (SIDE - 2) / max(right - left, bottom - top, 1e-6)
    offset = (SIDE - np.array([right - left, bottom - top]) * scale) / 2
    sheet = np.zeros((SIDE, SIDE), np.uint8)
    polygons = [np.round(((c - [left, top]) * scale + offset) * 16).astype(np.int32) for c in shape]
    cv2.fillPoly(sheet, polygons, 1, shift=4)
    return sheet > 0


def branches(shape: Contours) -> int:
    """How many tails a flag has: how often a vertical line, a little away from the stem, meets ink."""
    left, top, right, bottom = bounds(shape)
    scale = 200 / max(bottom - top, 1e-6)
    sheet = np.zeros((204, int((right - left) * scale) + 4), np.uint8)
    cv2.fillPoly(sheet, [np.round((c - [left, top]) * scale + 1).astype(np.int32) for c in shape], 1)
    columns = sheet[:, int(0.25 * sheet.shape[1]):int(0.6 * sheet.shape[1]) + 1].astype(np.int8)
    runs = (np.diff(np.pad(columns, ((1, 0), (0, 0))), axis=0) == 1).sum(axis=0)
    return int(np.bincount(runs).argmax())


def letter_boxes(shape: Contours, widths: Sequence[float]) -> list[Edges]:
    """(left, top, right, bottom) of the letters of a word that is drawn as one shape. widths: their shares of its
    width. Each letter gets the ink of its own outlines; letters that share an outline are separated at their shares."""
    left, top, right, bottom = bounds(shape)
    edges = left + (right - left) * np.concatenate([[0], np.cumsum(widths) / np.sum(widths)])
    middles = (edges[:-1] + edges[1:]) / 2
    boxes = [bounds([c]) for c in shape]
    outer = [b for b in boxes if not any(b != o and o[0] <= b[0] and o[1] <= b[1] and b[2] <= o[2] and b[3] <= o[3]
                                         for o in boxes)]
    if len(outer) == len(widths):
        return sorted(outer, key=lambda b: b[0] + b[2])
    found = []
    for middle, a, b in zip(middles, edges, edges[1:], strict=False):
        own = [o for o in outer if o[0] < middle < o[2]] or [(left, top, right, bottom)]
        around = (min(o[0] for o in own), min(o[1] for o in own), max(o[2] for o in own), max(o[3] for o in own))
        found.append((max(around[0], float(a)), around[1], min(around[2], float(b)), around[3]))
    return found


def common(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two pictures."""
    return float((a & b).sum() / max((a | b).sum(), 1))


class GlyphTable:
    """Glyphs of many fonts.

    names: of each glyph.
    pictures: (N, `SIDE` * `SIDE` / 8) uint8, filled and packed.
    sizes: (N,), the longer side in staff spaces.
    """

    def __init__(self, names: Sequence[str], pictures: np.ndarray, sizes: np.ndarray):
        self.names = np.array(names)
        self.pictures, self.sizes = pictures, sizes.astype(float)
        self._ink = np.bitwise_count(pictures).sum(axis=1).astype(float)
        self._rows_of = {name: np.flatnonzero(self.names == name) for name in dict.fromkeys(names)}

    def nearest(self, shape: Contours, space: float, names: Sequence[str] = ()) -> Likeness | None:
        """The glyph, among those with these names or among all, that an outline (with y downwards) is likest. None if
        none has about its size. space: the staff space in the outline's units."""
        size = longer(shape) / space
        rows = np.concatenate([self._rows_of.get(n, np.zeros(0, int)) for n in names]) if names else slice(None)
        ratios = size / self.sizes[rows]
        fitting = (ratios > SIZES[0]) & (ratios < SIZES[1])
        if not fitting.any():
            return None
        own = np.packbits(fill(shape).ravel())
        ink = float(np.bitwise_count(own).sum())
        shared = np.bitwise_count(self.pictures[rows] & own).sum(axis=1)
        scores = shared / np.maximum(self._ink[rows] + ink - shared, 1) - SIZE_WEIGHT * np.abs(np.log(ratios))
        scores[~fitting] = -math.inf
        best = int(scores.argmax())
        name = self.names[rows][best]
        others = scores[self.names[rows] != name]
        return Likeness(str(name), float(scores[best]), float(ratios[best]), float(others.max(initial=-math.inf)))


@lru_cache(maxsize=1)
def glyph_table() -> GlyphTable:
    """The table that comes with the package."""
    with np.load(TABLE) as stored:
        return GlyphTable([str(stored["names"][i]) for i in stored["name"]], stored["pictures"], stored["sizes"])
