"""A page as pixels, and what is found on it before anyone asks what it means."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

import numpy as np

from omr.types.vocabulary import BY_NAME, StrokeKind, SymbolClass, SymbolKind

SPACE_PX = 10.0
"""Staff space (distance between neighbouring staff lines) of a normalised page, in pixels."""

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
        """Whether a (row, column) lies inside, not on an edge."""
        row, col = point
        return self.top < row < self.bottom and self.left < col < self.right

    def overlaps(self, other: Box) -> bool:
        """Whether both boxes cover some place."""
        return (self.top < other.bottom and other.top < self.bottom
                and self.left < other.right and other.left < self.right)

    def iou(self, other: Box) -> float:
        """Intersection over union: the area that both boxes cover, as a part of the area that either covers, 0-1."""
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
    """How many times longer everything is after a mapping like `Page.to_source`."""
    return float(np.sqrt(abs(np.linalg.det(mapping[:, :2]))))


def mapped_box(mapping: np.ndarray, box: Box) -> Box:
    """An upright box after a mapping like `Page.to_source`. Place, size and quarter turns follow, skew does not."""
    linear, shift = mapping[:, :2], mapping[:, 2]
    scale = scale_of(mapping)
    row, col = linear @ (np.array(box.center) - 0.5) + shift + 0.5
    height, width = scale * (np.abs(np.round(linear / scale)) @ (box.height, box.width))
    return Box(row - height / 2, col - width / 2, row + height / 2, col + width / 2)


@dataclass(frozen=True, eq=False)
class Page:
    """One normalised page.

    pixels: (H, W) uint8, 0 = ink, 255 = paper; light flattened, upright, staff space `SPACE_PX`.
    to_source: (2, 3) float, affine map from normalised (row, col, 1) to the source raster's (row, col); whole
    numbers are the middles of pixels there, where boxes have their edges.
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
        """How many pixels of the source one of the page's is long."""
        return scale_of(self.to_source)

    def upside_down(self) -> Page:
        """The page turned by half a turn."""
        height, width = self.pixels.shape
        turn = np.array([[-1.0, 0.0, height - 1.0], [0.0, -1.0, width - 1.0], [0.0, 0.0, 1.0]])
        return dataclasses.replace(self, pixels=np.ascontiguousarray(self.pixels[::-1, ::-1]),
                                   to_source=self.to_source @ turn)

    def source_box(self, box: Box) -> Box:
        """An upright box of the page in pixels of the source. Place, size and quarter turns follow, skew does not."""
        return mapped_box(self.to_source, box)

    def source_stroke(self, stroke: Stroke) -> Stroke:
        """A stroke of the page in pixels of the source."""
        linear, shift = self.to_source[:, :2], self.to_source[:, 2]
        points = (np.array(stroke.points) - 0.5) @ linear.T + shift + 0.5
        return dataclasses.replace(stroke, points=tuple((r, c) for r, c in points.tolist()),
                                   thickness_px=stroke.thickness_px * self.source_scale)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A compact symbol found on the page. No staff and no pitch: those are later inferences.

    name: its class in `omr.types.vocabulary`. score: how sure the detector is of it, 0-1.
    """

    id: int
    name: str
    box: Box
    score: float = 1.0

    @property
    def symbol_class(self) -> SymbolClass:
        """Its row in the class table."""
        return BY_NAME[self.name]

    @property
    def kind(self) -> SymbolKind:
        """What sort of sign it is: "notehead", "rest", "clef", ..."""
        return BY_NAME[self.name].kind


@dataclass(frozen=True, slots=True)
class Stroke:
    """Something long and thin: a polyline of (row, col) points, left to right or top to bottom.

    A beam's polyline is its centre line, `thickness_px` its height. A text block's runs along its middle.
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
        """The upright rectangle around the inked stroke."""
        half = max(self.thickness_px, 1.0) / 2
        rows = [p[0] for p in self.points]
        cols = [p[1] for p in self.points]
        return Box(min(rows) - half, min(cols) - half, max(rows) + half, max(cols) + half)

    def rightwards(self) -> Stroke:
        """The stroke with its leftmost end first."""
        if self.points[0][1] <= self.points[-1][1]:
            return self
        return dataclasses.replace(self, points=self.points[::-1])


Enclosure = Literal["", "rectangle", "circle"]
"""The frame that is drawn about a text."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word printed on the page, as it was read. score: how sure of it the reader is, 0-1. goes_on: whether it and the
    word before it are one short text of the page, with a space between: two words sung on one note are. enclosure: the
    frame about it; a framed text is one word, however many it consists of, and its box is that of the frame."""

    text: str
    box: Box
    score: float = 1.0
    goes_on: bool = False
    enclosure: Enclosure = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class DetectorMaps:
    """What the network says about one page. All maps share the page's origin.

    energy: (H/s, W/s) float32 0-1, the expected watershed energy; s = `stride`.
    class_prob: (H/cs, W/cs, C) float32, softmax over the vocabulary; cs = `class_stride`.
    box_size: (H/s, W/s, 4) float32: offset of the object's centre from the cell's centre (rows, cols), in
        staff spaces, then the natural logs of its height and width in staff spaces.
    strokes: (H/s, W/s, K) float32 0-1, one channel a kind of `STROKE_KINDS`.
    """

    energy: np.ndarray
    class_prob: np.ndarray
    box_size: np.ndarray
    strokes: np.ndarray
    stride: int = 2
    class_stride: int = 4
