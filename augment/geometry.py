"""Geometry: rotation, scale, perspective and page curl, and labels that move with the page exactly.

A warp is stated backwards, as remapping needs it: output point p shows the input at `homography(p) + bend(p)`.
Labels go forwards; the inverse is found by fixed-point iteration, which converges because the bend is gentle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from omr.types import Box, Stroke, Symbol


@dataclass(frozen=True, eq=False)
class Warp:
    """homography: (3, 3), output (x, y, 1) to input. bend: (h, w, 2) coarse grid of input offsets (x, y), px."""

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
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        bend = cv2.resize(self.bend.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        a = self.homography
        w = a[2, 0] * x + a[2, 1] * y + a[2, 2]
        map_x = (a[0, 0] * x + a[0, 1] * y + a[0, 2]) / w + bend[..., 0]
        map_y = (a[1, 0] * x + a[1, 1] * y + a[1, 2]) / w + bend[..., 1]
        return cv2.remap(pixels, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR,
                         borderMode=cv2.BORDER_CONSTANT, borderValue=paper)

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


def random_warp(shape: tuple[int, int], rng: np.random.Generator, space_px: float, photo: bool) -> Warp:
    """A scan's warp (slight turn and curl), or a photograph's (perspective and more of both)."""
    height, width = shape
    center = np.array([width / 2, height / 2])
    angle = np.radians(rng.normal(0, 0.8 if photo else 0.35))
    scale = np.exp(rng.normal(0, 0.015))
    linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / scale
    homography = np.eye(3)
    homography[:2, :2] = linear
    homography[:2, 2] = center - linear @ center
    if photo:
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        # Pushed outwards only: in the output the whole page stays in view.
        push = rng.uniform(0, 0.035, (4, 2)) * [width, height] * [[-1, -1], [1, -1], [1, 1], [-1, 1]]
        homography = homography @ cv2.getPerspectiveTransform(corners, (corners + push).astype(np.float32))
    amplitude = space_px * abs(rng.normal(0, 0.8 if photo else 0.35))
    grid = rng.normal(0, 1, (5, 4, 2)).astype(np.float32)
    grid[..., 0] *= 0.3
    smooth = cv2.resize(grid, (24, 30), interpolation=cv2.INTER_CUBIC)
    return Warp(homography, amplitude * smooth.astype(float), shape)


def move_labels(
    warp: Warp, symbols: Sequence[Symbol], strokes: Sequence[Stroke]
) -> tuple[tuple[Symbol, ...], tuple[Stroke, ...]]:
    """Labels on the warped page: a symbol's box through its edges' midpoints (a symbol is no rectangle, so its
    corners are empty and must not blow the box up), strokes point by point."""
    points: list[tuple[float, float]] = []
    for s in symbols:
        row, col = s.box.center
        points += [(col, s.box.top), (col, s.box.bottom), (s.box.left, row), (s.box.right, row)]
    dense = [_densify(s.points) for s in strokes]
    for line in dense:
        points += [(c, r) for r, c in line]
    if not points:
        return (), ()
    # Labels count from pixel edges, the warp from pixel centres.
    moved = warp.forward(np.array(points) - 0.5) + 0.5
    new_symbols = []
    for i, s in enumerate(symbols):
        (_, top), (_, bottom), (left, _), (right, _) = moved[4 * i : 4 * i + 4].tolist()
        if top < bottom and left < right:
            new_symbols.append(Symbol(s.id, s.name, Box(top, left, bottom, right), s.score))
    at = 4 * len(symbols)
    new_strokes = []
    for stroke, line in zip(strokes, dense, strict=True):
        xy = moved[at : at + len(line)].tolist()
        at += len(line)
        new_strokes.append(replace(stroke, points=tuple((y, x) for x, y in xy)))
    return tuple(new_symbols), tuple(new_strokes)


def _densify(points: tuple[tuple[float, float], ...], step: float = 100.0) -> list[tuple[float, float]]:
    """Long straight pieces get points in between, so that they can bend."""
    out = [points[0]]
    for (ra, ca), (rb, cb) in zip(points, points[1:], strict=False):
        n = max(1, int(np.hypot(rb - ra, cb - ca) / step))
        out += [(ra + (rb - ra) * k / n, ca + (cb - ca) * k / n) for k in range(1, n + 1)]
    return out
