"""A page of a PDF as it is drawn: glyphs, paths and images, each with its place, and no pixels.

The process that reads PDFs (`omr.page.drawing`) sends these values to the one that reads music. Places are in points of
the page as it is displayed, x to the right and y down, from its upper left corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Matrix = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f: (x, y) goes to (a x + c y + e, b x + d y + f), as in PDF."""
Contours = list[np.ndarray]
"""Closed polygons, (N, 2) x, y."""
Edges = tuple[float, float, float, float]
"""left, top, right, bottom"""
EM_UNITS = 10_000
"""Outlines are sent as whole numbers of this part of an em. A hundredth of a staff space is 25 of them."""
POINT_UNITS = 1_000
"""Paths are sent as whole numbers of this part of a point. A staff space has some 5,000."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """A drawn glyph.

    font: its number.
    outline: its number among the page's outlines; -1 if it has none.
    text: its letters, "" if they are not known.
    matrix: from ems, y upwards, to the page.
    width: how far it moves the next glyph, in ems.
    gray: 0 black, 1 white; None if it is not drawn, such as the text under a scan.
    show: number of the operator that draws it, together with the other glyphs of its string.
    block: number of the text object that contains this operator.
    """

    font: int
    outline: int
    text: str
    matrix: Matrix
    width: float
    gray: float | None
    show: int
    block: int


@dataclass(frozen=True, slots=True)
class Path:
    """A drawn path.

    subpaths: for each its operators after the first point ("l" a line, "c" a curve, "h" back to the first point), and
        its points. Curves are cut into lines.
    fill, stroke: grey from 0, black, to 1, white; None if it is not filled or stroked.
    width: of the pen, in points.
    is_dashed: whether the line is dashed.
    """

    subpaths: tuple[tuple[str, np.ndarray], ...]
    fill: float | None
    stroke: float | None
    width: float
    is_dashed: bool


@dataclass(frozen=True, slots=True)
class Image:
    """A drawn image, given by the box around it."""

    edges: Edges


Mark = Glyph | Path | Image


@dataclass(frozen=True, eq=False, kw_only=True)
class VectorPage:
    """Everything that a page draws, in the order in which it is drawn.

    width_pt, height_pt: its size.
    outlines: in ems, y upwards.
    fonts: names of the fonts, by number.
    dropped: how many marks were left out, because their place is not a number, or is outside any page.
    """

    width_pt: float
    height_pt: float
    marks: tuple[Mark, ...]
    outlines: tuple[Contours, ...]
    fonts: tuple[str, ...]
    dropped: int = 0

    @property
    def glyphs(self) -> list[Glyph]:
        """Its glyphs."""
        return [mark for mark in self.marks if isinstance(mark, Glyph)]

    @property
    def paths(self) -> list[Path]:
        """Its paths."""
        return [mark for mark in self.marks if isinstance(mark, Path)]

    @property
    def images(self) -> list[Image]:
        """Its images."""
        return [mark for mark in self.marks if isinstance(mark, Image)]


def pack(page: VectorPage) -> dict[str, Any]:
    """The page as JSON can hold it. `unpack` is the inverse, to the precision of the units above."""
    return {
        "width": page.width_pt, "height": page.height_pt, "fonts": page.fonts, "dropped": page.dropped,
        "outlines": [[_whole(contour, EM_UNITS) for contour in outline] for outline in page.outlines],
        "marks": [_packed(mark) for mark in page.marks],
    }


def unpack(packed: dict[str, Any]) -> VectorPage:
    """The page that `pack` was given."""
    return VectorPage(
        width_pt=packed["width"], height_pt=packed["height"], fonts=tuple(packed["fonts"]), dropped=packed["dropped"],
        outlines=tuple([_points(contour, EM_UNITS) for contour in outline] for outline in packed["outlines"]),
        marks=tuple(_unpacked(mark) for mark in packed["marks"]))


def _packed(mark: Mark) -> list[Any]:
    if isinstance(mark, Glyph):
        return ["g", mark.font, mark.outline, mark.text, [round(v, 5) for v in mark.matrix], round(mark.width, 4),
                mark.gray, mark.show, mark.block]
    if isinstance(mark, Path):
        return ["p", [[operators, _whole(points, POINT_UNITS)] for operators, points in mark.subpaths], mark.fill,
                mark.stroke, round(mark.width, 4), mark.is_dashed]
    return ["i", *mark.edges]


def _unpacked(packed: list[Any]) -> Mark:
    kind, *values = packed
    if kind == "g":
        font, outline, text, matrix, *rest = values
        return Glyph(font, outline, text, tuple(matrix), *rest)
    if kind == "p":
        subpaths, *rest = values
        return Path(tuple((operators, _points(points, POINT_UNITS)) for operators, points in subpaths), *rest)
    return Image(tuple(values))  # type: ignore[arg-type]


def _whole(points: np.ndarray, units: int) -> list[int]:
    whole: list[int] = np.rint(points * units).astype(np.int64).ravel().tolist()
    return whole


def _points(numbers: list[int], units: int) -> np.ndarray:
    return np.array(numbers, float).reshape(-1, 2) / units
