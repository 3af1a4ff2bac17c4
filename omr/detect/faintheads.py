"""Finds noteheads whose scores are too low to be believed, but which are at the end of a stem or belong to a chord.

In broken print, or in a blurred photograph, the detector is often not sure what a notehead is: a part of it is missing,
or it runs into the next notehead of its chord. Its score is then spread over several classes of noteheads, and that of
each is too low. But something at the end of a stem that is as large as a notehead is one, and so is something as wide
as another notehead that is directly above or below it. Everything else that is as faint is left out: letters, digits
and specks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from omr.types import SPACE_PX, Stroke, Symbol
from omr.types.table import table

ROUND = {
    "noteheadBlack": "noteheadBlack", "noteheadHalf": "noteheadHalf",
    "noteheadDiamondBlack": "noteheadBlack", "noteheadDiamondHalf": "noteheadHalf",
}
"""Classes that the detector sees in a full-sized notehead with broken ink -> the class that this notehead gets. Whether
it is filled is decided later, by its ink."""


@table
class FaintTolerances:
    """Lengths are in staff spaces. Scores are between 0 and 1."""

    least_score: float = 0.25
    """Least score of a faint notehead."""
    height: tuple[float, float] = (0.7, 1.5)
    """Least and greatest height of a faint notehead. In clean print, a notehead is a little higher than one staff
    space."""
    width: tuple[float, float] = (0.8, 1.7)
    """The same for its width."""
    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    least_ink: float = 0.35
    """Least share of the pixels in its box that are ink."""
    end: float = 0.7
    """Greatest vertical distance between the middle of a faint notehead and the end of its stem."""
    beside: float = 0.4
    """Greatest sideways distance between a stem and the edge of its notehead."""
    aside: float = 0.25
    """Greatest sideways distance between the middles of two noteheads in one column."""
    apart: tuple[float, float] = (0.75, 2.3)
    """Least and greatest vertical distance between the middles of a faint notehead and another one of its chord. In a
    third it is one space, in a fifth two."""
    as_wide: float = 0.85
    """Least width of the faint one, as a share of the other one's width. Digits of fingerings are narrower."""
    least_stem: float = 2.0
    """How far at least a stem must reach from the middle of its notehead to its other end."""


T = FaintTolerances()
"""The tolerances of this stage."""
LEAST = dict.fromkeys(ROUND, T.least_score)
"""Least score of what may be a faint notehead, by class."""


def faint_heads(faint: Iterable[Symbol], seen: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """Choose those faint symbols that may be noteheads: they have the size of a notehead and enough ink, and no other
    symbol was seen there. They get the class of a notehead with the usual round shape.

    faint: symbols whose score is too low.
    seen: the symbols of the page whose score is high enough.
    pixels: the page, (H, W) uint8, 0 = ink.
    """
    return [replace(s, name=ROUND[s.name]) for s in faint
            if s.name in ROUND and _is_as_large(s) and _ink(s, pixels) >= T.least_ink
            and not any(_is_same(s, other) for other in seen)]


def _is_same(head: Symbol, other: Symbol) -> bool:
    """Whether the middle of one symbol is inside the other one's box: then both are the same thing."""
    (row, col), (other_row, other_col), a, b = head.box.center, other.box.center, head.box, other.box
    return (a.top < other_row < a.bottom and a.left < other_col < a.right
            or b.top < row < b.bottom and b.left < col < b.right)


def _is_as_large(head: Symbol) -> bool:
    """Whether a symbol has the size of a notehead."""
    height, width = head.box.height / SPACE_PX, head.box.width / SPACE_PX
    return T.height[0] <= height <= T.height[1] and T.width[0] <= width <= T.width[1]


def _ink(head: Symbol, pixels: np.ndarray) -> float:
    """Share of the pixels in a symbol's box that are ink."""
    box = head.box
    inside = pixels[max(round(box.top), 0):round(box.bottom), max(round(box.left), 0):round(box.right)]
    return float((inside < T.dark_below).mean()) if inside.size else 0.0


def believed(faint: Sequence[Symbol], symbols: Iterable[Symbol], strokes: Sequence[Stroke]) -> list[Symbol]:
    """The faint noteheads that are noteheads indeed: they are at the end of a stem, or directly above or below another
    notehead of their chord. What would overlap a notehead of its column is none: it is a ledger line between two
    noteheads, or the edge of one. Nor is what lies on a beam.

    symbols: of the page.
    strokes: of the page, including the stems that were found by their ink.
    """
    stems = np.array([(s.points[0][0], s.points[-1][0], (s.points[0][1] + s.points[-1][1]) / 2)
                      for s in strokes if s.kind == "stem"]).reshape(-1, 3)
    heads = [s for s in symbols if s.kind == "notehead"]
    beams = [s for s in strokes if s.kind == "beam"]
    return [head for head in faint
            if not any(_overlaps(head, other) for other in heads) and not any(_is_on(head, beam) for beam in beams)
            and (_stands_on(head, stems) or any(_is_beside(head, other) for other in heads))]


def _overlaps(head: Symbol, other: Symbol) -> bool:
    """Whether two noteheads in one column would overlap."""
    (row, col), (other_row, other_col) = head.box.center, other.box.center
    return abs(col - other_col) < T.aside * SPACE_PX and abs(row - other_row) < T.apart[0] * SPACE_PX


def _is_on(head: Symbol, beam: Stroke) -> bool:
    """Whether the middle of a beam runs through a box."""
    (row, col), rows, cols = head.box.center, *np.array(beam.points).T
    return bool(cols[0] <= col <= cols[-1] and abs(np.interp(col, cols, rows) - row) < head.box.height / 2)


def _is_beside(head: Symbol, other: Symbol) -> bool:
    """Whether a faint notehead is directly above or below a full-sized notehead that was seen, as wide as that, and of
    the same kind (filled or hollow)."""
    (row, col), (other_row, other_col) = head.box.center, other.box.center
    alike = head.symbol_class.is_filled == other.symbol_class.is_filled and not other.symbol_class.is_small
    return (alike and abs(col - other_col) < T.aside * SPACE_PX
            and T.apart[0] * SPACE_PX < abs(row - other_row) < T.apart[1] * SPACE_PX
            and head.box.width > T.as_wide * other.box.width)


def _stands_on(head: Symbol, stems: np.ndarray) -> bool:
    """Whether a stem begins at a notehead, and goes up from its right edge or down from its left edge. stems: (N, 3)
    rows of the upper ends, rows of the lower ends, and columns."""
    row, (top, bottom, col) = head.box.center[0], stems.T
    for edge, begin, away in ((head.box.right, bottom, row - top), (head.box.left, top, bottom - row)):
        own = (np.abs(col - edge) < T.beside * SPACE_PX) & (away > T.least_stem * SPACE_PX)
        if (own & (np.abs(begin - row) < T.end * SPACE_PX)).any():
            return True
    return False
