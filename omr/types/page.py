"""A page as pixels, and what is found on it before anyone asks what it means."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

import numpy as np

from omr.types.vocabulary import BY_NAME, StrokeKind, SymbolClass, SymbolKind

SPACE_PX = 10.0
"""Staff space (the distance between neighbouring staff lines) of a normalised page, in pixels."""

@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in page pixels, half-open. Raises ValueError unless it has positive size."""

    top: float
    left: float
    bottom: float
    right: float

    def __post_init__(self) -> None:
        if not (self.top < self.bottom and self.left < self.right):
            raise ValueError(f"empty box {self.top, self.left, self.bottom, self.right}")

    @property
    def height(self) -> float:
        """Number of rows from top to bottom, in pixels; more than 0."""
        return self.bottom - self.top

    @property
    def width(self) -> float:
        """Number of columns from left to right, in pixels; more than 0."""
        return self.right - self.left

    @property
    def center(self) -> tuple[float, float]:
        """(row, column) of the centre."""
        return (self.top + self.bottom) / 2, (self.left + self.right) / 2

    def contains(self, point: tuple[float, float]) -> bool:
        """Whether a (row, column) point lies inside the box, not on its edge."""
        row, col = point
        return self.top < row < self.bottom and self.left < col < self.right

    def overlaps(self, other: Box) -> bool:
        """Whether the boxes have a common area."""
        return (self.top < other.bottom and other.top < self.bottom
                and self.left < other.right and other.left < self.right)

    def iou(self, other: Box) -> float:
        """Intersection over union (0-1): the area that both boxes cover, divided by the area that at least one
        covers."""
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        width = min(self.right, other.right) - max(self.left, other.left)
        if height <= 0 or width <= 0:
            return 0.0
        shared = height * width
        return shared / (self.height * self.width + other.height * other.width - shared)

    def union(self, other: Box) -> Box:
        """The smallest box that holds both boxes."""
        return Box(
            min(self.top, other.top), min(self.left, other.left),
            max(self.bottom, other.bottom), max(self.right, other.right),
        )


def scale_of(mapping: np.ndarray) -> float:
    """How many times longer everything becomes under a mapping like `Page.to_source`."""
    return float(np.sqrt(abs(np.linalg.det(mapping[:, :2]))))


def mapped_box(mapping: np.ndarray, box: Box) -> Box:
    """The upright box that a box becomes under a mapping like `Page.to_source`. It is moved, scaled and turned by
    multiples of 90 degrees. Skew is ignored."""
    linear, shift = mapping[:, :2], mapping[:, 2]
    scale = scale_of(mapping)
    row, col = linear @ (np.array(box.center) - 0.5) + shift + 0.5
    height, width = scale * (np.abs(np.round(linear / scale)) @ (box.height, box.width))
    return Box(row - height / 2, col - width / 2, row + height / 2, col + width / 2)


@dataclass(frozen=True, eq=False)
class Page:
    """One normalised page.

    pixels: (H, W) uint8, 0 = ink, 255 = paper. Lighting is even, the page is upright, its staff space is `SPACE_PX`.
    index: number of the page among all pages of the input, from 0.
    dpi: resolution of the source image, 0 if it is unknown.
    source: path of the file.
    to_source: (2, 3) float, affine map from (row, col, 1) of this page to (row, col) of the source image. It maps
        middles of pixels: the middle of the first pixel is (0, 0) here, whereas in boxes it is (0.5, 0.5).
    """

    pixels: np.ndarray
    index: int
    dpi: float
    source: str
    to_source: np.ndarray

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.pixels.dtype != np.uint8:
            raise ValueError(f"page pixels must be (H, W) uint8, not {self.pixels.shape} {self.pixels.dtype}")
        if self.to_source.shape != (2, 3):
            raise ValueError("to_source must be (2, 3)")

    @property
    def source_scale(self) -> float:
        """The length of one pixel of this page, in pixels of the source image."""
        return scale_of(self.to_source)

    def upside_down(self) -> Page:
        """The page turned by 180 degrees."""
        height, width = self.pixels.shape
        turn = np.array([[-1.0, 0.0, height - 1.0], [0.0, -1.0, width - 1.0], [0.0, 0.0, 1.0]])
        return dataclasses.replace(self, pixels=np.ascontiguousarray(self.pixels[::-1, ::-1]),
                                   to_source=self.to_source @ turn)

    def source_box(self, box: Box) -> Box:
        """A box of the page in pixels of the source image. Skew is ignored, as in `mapped_box`."""
        return mapped_box(self.to_source, box)

    def source_stroke(self, stroke: Stroke) -> Stroke:
        """A stroke of the page in pixels of the source image."""
        linear, shift = self.to_source[:, :2], self.to_source[:, 2]
        points = (np.array(stroke.points) - 0.5) @ linear.T + shift + 0.5
        return dataclasses.replace(stroke, points=tuple((r, c) for r, c in points.tolist()),
                                   thickness_px=stroke.thickness_px * self.source_scale)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A compact symbol found on the page. It has no staff and no pitch yet: those are found out later.

    name: its class in `omr.types.vocabulary`.
    score: how sure the detector is of it, 0-1.
    """

    id: int
    name: str
    box: Box
    score: float = 1.0

    @property
    def symbol_class(self) -> SymbolClass:
        """The symbol's row in the class table."""
        return BY_NAME[self.name]

    @property
    def kind(self) -> SymbolKind:
        """What sort of sign it is: "notehead", "rest", "clef", ..."""
        return BY_NAME[self.name].kind


@dataclass(frozen=True, slots=True)
class Stroke:
    """Something long and thin: a polyline of (row, col) points, from left to right or from top to bottom.

    The polyline of a beam is its centre line, and `thickness_px` is the beam's height. The polyline of a text block
    runs along its middle.
    """

    id: int
    kind: StrokeKind
    points: tuple[tuple[float, float], ...]
    thickness_px: float
    score: float = 1.0

    def __post_init__(self) -> None:
        if len(self.points) < 2:
            raise ValueError("a stroke needs at least two points")

    @property
    def box(self) -> Box:
        """The upright rectangle around the stroke's ink."""
        half = max(self.thickness_px, 1.0) / 2
        rows = [p[0] for p in self.points]
        cols = [p[1] for p in self.points]
        return Box(min(rows) - half, min(cols) - half, max(rows) + half, max(cols) + half)

    def rightwards(self) -> Stroke:
        """The same stroke, with its leftmost end first."""
        if self.points[0][1] <= self.points[-1][1]:
            return self
        return dataclasses.replace(self, points=self.points[::-1])


Enclosure = Literal["", "rectangle", "circle"]
"""The frame drawn around a text."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word printed on the page, as it was read.

    score: how sure the reader of text is of it, 0-1.
    goes_on: whether this word belongs to the word before it, with a space between. Two words sung on one note do.
    enclosure: the frame around it. A framed text is one `Word`, even if it consists of several, and its box is that of
        the frame.
    """

    text: str
    box: Box
    score: float = 1.0
    goes_on: bool = False
    enclosure: Enclosure = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class DetectorMaps:
    """What the network says about one page. All maps have the same origin as the page.

    energy: (H/s, W/s) float32 0-1, the expected watershed energy; s = `stride`.
    class_prob: (H/cs, W/cs, C) float32, softmax over the classes of the vocabulary; cs = `class_stride`.
    box_size: (H/s, W/s, 4) float32: offset of the object's centre from the cell's centre (rows, cols), in staff spaces,
        then the natural logarithms of the object's height and width in staff spaces.
    strokes: (H/s, W/s, K) float32 0-1, one channel for each kind in `STROKE_KINDS`.
    """

    energy: np.ndarray
    class_prob: np.ndarray
    box_size: np.ndarray
    strokes: np.ndarray
    stride: int = 2
    class_stride: int = 4
