"""Geometry: rotation, scale, perspective and page curl, with labels that move exactly with the page.

A warp is given backwards, as remapping needs it: the output point p shows the input at `homography(p) + bend(p)`.
Labels move forwards. The inverse is found by fixed-point iteration, which converges because the bend is gentle.

albumentations' Affine and Perspective move points exactly, but each of them interpolates the page once more, which
thins its hairlines. Its transforms for curl (ElasticTransform, GridDistortion, ThinPlateSpline) round points to whole
pixels and are up to 1.6 px off, half the distance of staff lines on a small page. ThinPlateSpline and ElasticTransform
also take twenty times as long (830 and 860 ms for a page of 2400 x 1700; here all movements take 40 ms, in one remap).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from augment.leaf import Leaf
from omr.types import Box, Stroke, Symbol

BEND_GRID = (30, 24)
"""Rows and columns of the grid of a bend."""
TOLERANCE_PX = 0.1
"""A point of a stroke is dropped if it is at most this far from the straight line that passes it, in pixels."""


@dataclass(frozen=True, eq=False)
class Warp:
    """homography: (3, 3), from output (x, y, 1) to input. bend: (h, w, 2), coarse grid of offsets (x, y) in the input,
    in pixels."""

    homography: np.ndarray
    bend: np.ndarray
    shape: tuple[int, int]

    def backward(self, points: np.ndarray) -> np.ndarray:
        """Input (N, 2) x, y of output points (N, 2)."""
        return _project(self.homography, points) + self._bend_at(points)

    def forward(self, points: np.ndarray) -> np.ndarray:
        """Output (N, 2) x, y of input points (N, 2): the inverse of `backward`."""
        inverse = np.linalg.inv(self.homography)
        guess = _project(inverse, points)
        for _ in range(6):
            guess = _project(inverse, points - self._bend_at(guess))
        return guess

    def image(self, pixels: np.ndarray, paper: int) -> np.ndarray:
        """The warped page, same shape."""
        height, width = self.shape
        x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
        bend = cv2.resize(self.bend.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        a = self.homography.astype(np.float32)
        across, down = a[0, 0] * x + (a[0, 1] * y + a[0, 2]), a[1, 0] * x + (a[1, 1] * y + a[1, 2])
        if a[2, :2].any():
            w = a[2, 0] * x + (a[2, 1] * y + a[2, 2])
            across /= w
            down /= w
        across += bend[..., 0]
        down += bend[..., 1]
        return cv2.remap(pixels, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=paper)

    def _bend_at(self, points: np.ndarray) -> np.ndarray:
        """The bend at pixel centres, as cv2.resize interpolates it."""
        h, w = self.bend.shape[:2]
        gx = np.clip((points[:, 0] + 0.5) * w / self.shape[1] - 0.5, 0, w - 1.001)
        gy = np.clip((points[:, 1] + 0.5) * h / self.shape[0] - 0.5, 0, h - 1.001)
        ix, iy = gx.astype(int), gy.astype(int)
        fx, fy = (gx - ix)[:, None], (gy - iy)[:, None]
        b = self.bend
        iy1, ix1 = np.minimum(iy + 1, h - 1), np.minimum(ix + 1, w - 1)
        top = b[iy, ix] * (1 - fx) + b[iy, ix1] * fx
        bottom = b[iy1, ix] * (1 - fx) + b[iy1, ix1] * fx
        return top * (1 - fy) + bottom * fy


def _project(homography: np.ndarray, points: np.ndarray) -> np.ndarray:
    xyw = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return xyw[:, :2] / xyw[:, 2:]


def rotate(leaf: Leaf, rng: np.random.Generator, strength: float) -> Warp:
    """A sheet that was put down askew: rotation with a standard deviation of 0.8 degrees."""
    angle = np.radians(rng.normal(0, 0.8 * strength))
    return _about_center(leaf, np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]))


def scale(leaf: Leaf, rng: np.random.Generator, strength: float) -> Warp:
    """Staves that are larger or smaller than was measured: a standard deviation of 5 %."""
    return _about_center(leaf, np.eye(2) / np.exp(rng.normal(0, 0.05 * strength)))


def perspective(leaf: Leaf, rng: np.random.Generator, strength: float) -> Warp:
    """A camera that was not held straight. The whole page stays in view."""
    height, width = leaf.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    # Corners are pushed outwards only, so that the page gets smaller in the output.
    push = rng.uniform(0, 0.035 * strength, (4, 2)) * [width, height] * [[-1, -1], [1, -1], [1, 1], [-1, 1]]
    return Warp(cv2.getPerspectiveTransform(corners, (corners + push).astype(np.float32)), _no_bend(), leaf.shape)


def curl(leaf: Leaf, rng: np.random.Generator, strength: float) -> Warp:
    """Paper that does not lie flat: staves rise and fall by up to some 2 spaces, and move sideways by a third of
    that."""
    grid = rng.normal(0, 1, (5, 4, 2)).astype(np.float32)
    grid[..., 0] *= 0.3
    smooth = cv2.resize(grid, BEND_GRID[::-1], interpolation=cv2.INTER_CUBIC)
    return Warp(np.eye(3), leaf.space_px * abs(rng.normal(0, 0.8 * strength)) * smooth.astype(float), leaf.shape)


def together(warps: Sequence[Warp]) -> Warp:
    """Combine several warps of the same shape into one, the first nearest to the page, so that pixels are interpolated
    once. Bends are added up. This is the same as one warp after the other, except that the bend itself is not moved."""
    homography = np.eye(3)
    for warp in warps:
        homography = homography @ warp.homography
    return Warp(homography, np.sum([warp.bend for warp in warps], axis=0), warps[0].shape)


def moved(leaf: Leaf, warp: Warp) -> Leaf:
    """The leaf after a warp, with its labels, and with its staff space as it is in the middle."""
    symbols, strokes = move_labels(warp, leaf.symbols, leaf.strokes)
    middle = np.array(leaf.shape[::-1]) / 2 + leaf.space_px * np.array([[0, 0], [1, 0], [0, 1]])
    here, right, below = warp.forward(middle)
    space_px = float(np.sqrt(abs(np.linalg.det([right - here, below - here]))))
    return Leaf(warp.image(leaf.pixels, 255), symbols, strokes, space_px)


def _about_center(leaf: Leaf, linear: np.ndarray) -> Warp:
    """The warp by a (2, 2) matrix that keeps the page's middle where it is."""
    center = np.array(leaf.shape[::-1]) / 2
    homography = np.eye(3)
    homography[:2, :2] = linear
    homography[:2, 2] = center - linear @ center
    return Warp(homography, _no_bend(), leaf.shape)


def _no_bend() -> np.ndarray:
    return np.zeros((*BEND_GRID, 2))


def move_labels(
    warp: Warp, symbols: Sequence[Symbol], strokes: Sequence[Stroke]
) -> tuple[tuple[Symbol, ...], tuple[Stroke, ...]]:
    """Labels on the warped page. The box of a symbol is moved by the midpoints of its edges: a symbol is no rectangle,
    so its corners are empty and should not enlarge the box. Strokes are moved point by point. Their thickness changes
    as the page is enlarged across them."""
    if not symbols and not strokes:
        return (), ()
    edges: list[tuple[float, float]] = []
    for s in symbols:
        row, col = s.box.center
        edges += [(col, s.box.top), (col, s.box.bottom), (s.box.left, row), (s.box.right, row)]
    bends = bool(warp.bend.any())
    # Between two grid points of the bend (bilinear), a quarter of a cell is straight to a tenth of a pixel.
    step = min(warp.shape[0] / warp.bend.shape[0], warp.shape[1] / warp.bend.shape[1]) / 4 if bends else np.inf
    lines = [_densify(s.points, step) for s in strokes]
    lengths = np.array([len(line) for line in lines], int)
    line = np.array([(c, r) for points in lines for r, c in points]).reshape(-1, 2)
    half = np.repeat([max(s.thickness_px, 1.0) / 2 for s in strokes], lengths)[:, None]
    side = half * _normals(line, lengths)
    # Labels are measured from the edges of pixels, the warp from their centres.
    ends = np.concatenate([np.array(edges).reshape(-1, 2), line, line - side, line + side])
    placed = warp.forward(ends - 0.5) + 0.5
    corners, line, one, other = np.split(placed, np.cumsum([len(edges), len(line), len(line)]))
    new_symbols = []
    for s, ((_, top), (_, bottom), (left, _), (right, _)) in zip(
            symbols, corners.reshape(-1, 4, 2).tolist(), strict=True):
        if top < bottom and left < right:
            new_symbols.append(Symbol(s.id, s.name, Box(top, left, bottom, right), s.score))
    grown = np.hypot(*(other - one).T) / (2 * half[:, 0])
    new_strokes, at = [], 0
    for stroke, length in zip(strokes, lengths.tolist(), strict=True):
        path = line[at : at + length]
        points = tuple((y, x) for x, y in (_thinned(path) if bends else path).tolist())
        thickness_px = stroke.thickness_px * float(grown[at : at + length].mean())
        new_strokes.append(replace(stroke, points=points, thickness_px=thickness_px))
        at += length
    return tuple(new_symbols), tuple(new_strokes)


def _normals(line: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(N, 2) unit vectors across polylines. All polylines are in one (N, 2) array of x, y, with `lengths` points
    each."""
    here, last = np.arange(len(line)), np.repeat(np.cumsum(lengths) - 1, lengths)
    first = last + 1 - np.repeat(lengths, lengths)
    along = line[np.minimum(here + 1, last)] - line[np.maximum(here - 1, first)]
    length = np.hypot(*along.T)[:, None]
    # A stroke that comes back to the same point has no direction there.
    return np.where(length > 0, along[:, ::-1] * (-1, 1) / np.maximum(length, 1e-9), (0.0, 1.0))


def _thinned(line: np.ndarray) -> np.ndarray:
    """(M, 2) of the (N, 2) points, without those on a straight piece."""
    kept = cv2.approxPolyDP(line.astype(np.float32), TOLERANCE_PX, False)[:, 0]
    return kept if len(kept) > 1 else line


def _densify(points: tuple[tuple[float, float], ...], step: float) -> list[tuple[float, float]]:
    """Add points to long straight pieces, so that they can bend."""
    out = [points[0]]
    for (ra, ca), (rb, cb) in zip(points, points[1:], strict=False):
        n = max(1, int(np.hypot(rb - ra, cb - ca) / step))
        out += [(ra + (rb - ra) * k / n, ca + (cb - ca) * k / n) for k in range(1, n + 1)]
    return out
