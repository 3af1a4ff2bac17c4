"""Steep beams that the detector took for slurs, told by their ink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from omr.types import SPACE_PX, Stroke
from omr.types.table import table


@table
class SteepTolerances:
    """Lengths are in staff spaces."""

    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    at_tip: float = 0.8
    """Greatest distance of each end of a beam from the tip of a stem, sideways and vertically. It was set on two
    benchmark pages, where it was up to 0.64."""
    straight: float = 0.25
    """Greatest distance of any point of the beam from the line between its ends. Slurs bend more."""
    same: float = 0.45
    """A piece of a beam is at most this far above or below the whole beam. The next beam of a group is 0.7 and more
    away."""
    thick: tuple[float, float] = (0.35, 0.9)
    """Least and greatest height of the ink in the middle half of the beam. Beams are 0.5 high, and more if they are
    steep; slurs are 0.25 high."""


T = SteepTolerances()
"""The tolerances of this stage."""


def with_steep_beams(strokes: Sequence[Stroke], pixels: np.ndarray) -> list[Stroke]:
    """Replace slurs and ties that are really beams: straight, as thick as a beam, and from the tip of one stem to the
    tip of another. Pieces of such a beam that were seen as beams are dropped.

    strokes: of all kinds, in the page's pixels.
    pixels: the page, (H, W) uint8, 0 = ink.
    """
    tips = np.array([end for s in strokes if s.kind == "stem" for end in (s.points[0], s.points[-1])]).reshape(-1, 2)
    steep = {s.id: _as_beam(s, pixels) for s in strokes if s.kind in ("slur", "tie") and _is_beam(s, tips, pixels)}
    return [steep.get(s.id, s) for s in strokes
            if s.kind != "beam" or not any(_is_piece(s, whole) for whole in steep.values())]


def _is_piece(beam: Stroke, whole: Stroke) -> bool:
    """Whether a beam lies on another one over its whole length."""
    (row, col), (end_row, end_col) = whole.points
    slope = (end_row - row) / (end_col - col)
    return all(col - T.at_tip * SPACE_PX <= c <= end_col + T.at_tip * SPACE_PX
               and abs(row + slope * (c - col) - r) <= T.same * SPACE_PX for r, c in (beam.points[0], beam.points[-1]))


def _is_beam(curve: Stroke, tips: np.ndarray, pixels: np.ndarray) -> bool:
    """Whether a curve is really a beam. tips: (N, 2), row and column of the tips of stems."""
    points = np.array(curve.points)
    for end in (points[0], points[-1]):
        if not (abs(tips - end) < T.at_tip * SPACE_PX).all(axis=1).any():
            return False
    (row, col), (down, along) = points[0], points[-1] - points[0]
    if along <= 0 or abs(points[:, 0] - row - (points[:, 1] - col) * down / along).max() > T.straight * SPACE_PX:
        return False
    heights = _heights(curve, pixels)
    least, greatest = (t * SPACE_PX for t in T.thick)
    return bool(len(heights)) and least <= float(np.median(heights)) <= greatest


def _heights(curve: Stroke, pixels: np.ndarray) -> np.ndarray:
    """The height of the ink in each column of the middle half of a straight curve, in pixels."""
    (row, col), (end_row, end_col) = curve.points[0], curve.points[-1]
    heights = []
    for column in range(round(col + (end_col - col) / 4), round(end_col - (end_col - col) / 4) + 1):
        middle = round(row + (end_row - row) * (column - col) / (end_col - col))
        if 0 <= middle < pixels.shape[0] and 0 <= column < pixels.shape[1]:
            ink = pixels[:, column] < T.dark_below
            above, below = ink[:middle + 1][::-1], ink[middle:]
            heights.append(sum(int((~part).argmax()) if not part.all() else len(part) for part in (above, below)) - 1)
    return np.array(heights)


def _as_beam(curve: Stroke, pixels: np.ndarray) -> Stroke:
    """The curve as a beam."""
    return replace(curve, kind="beam", points=(curve.points[0], curve.points[-1]),
                   thickness_px=float(np.median(_heights(curve, pixels))))
