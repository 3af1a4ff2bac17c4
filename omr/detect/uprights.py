"""Stems and barlines that the detector saw in part only, followed in the ink.

A long stem is thin, and where it crosses staff lines or runs beside a head the detector may lose it. Its head is then
taken for a quarter note, and the beam begins a note too late. The ink still goes from the piece that was seen to the
beam. In the same way a barline may be seen in pieces, none of which crosses a staff; two bars would become one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from omr.types import SPACE_PX, Stroke


@dataclass(frozen=True)
class UprightTolerances:
    """Lengths in staff spaces, and shares."""

    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    lost: tuple[float, float] = (0.5, 8.0)
    """Least and greatest length of the part of a stem that was not seen. A stem is 3.5 long as a rule, and up to 9 in
    beamed groups of wide range."""
    beside_beam: float = 0.35
    """How far beyond the end of a beam its outermost stem may stand: both are drawn from blurred maps."""
    aside: float = 0.2
    """How far the ink may lie beside the stem's own column: half the thickness of a stem, and a little slant."""
    least_ink: float = 0.97
    """Least share of the rows of the lost part that have ink."""
    thin: float = 0.45
    """Greatest width of a stem, with blur. Ink that is wider belongs to a head, a beam or a staff line as well."""
    least_thin: float = 0.4
    """Least share of the rows of the lost part in which the ink is no wider than that."""


T = UprightTolerances()
"""The tolerances of this stage."""


def lengthen_stems(strokes: Sequence[Stroke], pixels: np.ndarray) -> list[Stroke]:
    """The strokes of a page, with stems that go on to a beam in the ink drawn out to it.

    strokes: of all kinds, in the page's pixels; stems from top to bottom, beams from left to right. pixels: the page,
    (H, W) uint8, 0 = ink. Returns as many strokes, in the same order and with the same ids.
    """
    ink = pixels < T.dark_below
    beams = [s for s in strokes if s.kind == "beam"]
    return [_lengthened(s, beams, ink) if s.kind == "stem" else s for s in strokes]


def join_barlines(strokes: Sequence[Stroke], pixels: np.ndarray) -> list[Stroke]:
    """The strokes of a page, in which pieces of one barline are one stroke: those in one column between which thin ink
    goes on. Arguments are as for `lengthen_stems`. The joined stroke has the id of its upper piece."""
    ink = pixels < T.dark_below
    bars = sorted((s for s in strokes if s.kind == "barline"), key=lambda s: s.points[0][0])
    joined: list[Stroke] = []
    for bar in bars:
        above = next((s for s in joined if _goes_on(s, bar, ink)), None)
        if above is None:
            joined.append(bar)
        else:
            joined[joined.index(above)] = replace(above, points=(*above.points[:-1], bar.points[-1]))
    return [s for s in strokes if s.kind != "barline"] + joined


def _goes_on(upper: Stroke, lower: Stroke, ink: np.ndarray) -> bool:
    """Whether the ink of a barline goes on into another below it."""
    (bottom, column), (top, other) = upper.points[-1], lower.points[0]
    if abs(column - other) > T.aside * SPACE_PX:
        return False
    return _leads_to(top, upper.points[0][0], bottom, (column + other) / 2, ink)


def _lengthened(stem: Stroke, beams: Sequence[Stroke], ink: np.ndarray) -> Stroke:
    """A stem that reaches up, or down, to a beam, if ink leads there; otherwise the stem as it is."""
    (top, column), (bottom, _) = stem.points[0], stem.points[-1]
    if any(top - SPACE_PX < row < bottom + SPACE_PX for row in _rows_of_beams(beams, column)):
        return stem  # it has its beam
    ends = [row for row in _rows_of_beams(beams, column) if _leads_to(row, top, bottom, column, ink)]
    if not ends:
        return stem
    row = min(ends, key=lambda r: max(top - r, r - bottom))
    if row < top:
        return replace(stem, points=((row, column), *stem.points[1:]))
    return replace(stem, points=(*stem.points[:-1], (row, stem.points[-1][1])))


def _rows_of_beams(beams: Sequence[Stroke], column: float) -> Iterator[float]:
    """The rows at which beams pass a column."""
    for beam in beams:
        (first_row, left), (last_row, right) = beam.points[0], beam.points[-1]
        if left - T.beside_beam * SPACE_PX <= column <= right + T.beside_beam * SPACE_PX:
            share = min(max((column - left) / max(right - left, 1.0), 0.0), 1.0)
            yield first_row + share * (last_row - first_row)


def _leads_to(row: float, top: float, bottom: float, column: float, ink: np.ndarray) -> bool:
    """Whether thin ink leads from the nearer end of a stem to a row in its column."""
    first, last = (row, top) if row < top else (bottom, row)
    least, most = (length * SPACE_PX for length in T.lost)
    if not least <= last - first <= most:
        return False
    middle, aside, wide = round(column), round(T.aside * SPACE_PX), round(T.thin * SPACE_PX)
    rows = slice(max(round(first), 0), max(round(last), 0))
    near = ink[rows, max(middle - aside, 0) : middle + aside + 1].any(axis=1)
    around = ink[rows, max(middle - wide, 0) : middle + wide + 1].sum(axis=1)
    return near.size > 0 and float(near.mean()) >= T.least_ink and float((around <= wide).mean()) >= T.least_thin
