"""Which glyph an outline is: compared with the outlines of Verovio's fonts.

Engravers that draw glyphs as bare paths say that something is a rest, not which. An outline and each candidate are
filled into a small square, as large as they go, and compared by the share of ink they have in common; sizes, in staff
spaces, are compared too, so that a dot is no notehead.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from fontTools.pens.basePen import BasePen
from fontTools.svgLib.path import parse_path

SIDE = 48
UNITS_PER_SPACE = 250.0
"""SMuFL: four staff spaces an em."""
SMALLEST = 0.5
"""A candidate may be drawn as small as this (grace notes), or as large as its inverse."""
SIZE_WEIGHT = 0.25
FONTS = ("Bravura", "Leland", "Gootville", "Leipzig")
"""Those in print; shapes of a handwritten font would only be mistaken for others."""
_PATH = re.compile(r'\bd="([^"]+)"')

Contours = list[np.ndarray]
"""Closed polygons (N, 2) x, y, y down."""

_T = np.linspace(0, 1, 7)[1:, None]
_BERNSTEIN = np.hstack([(1 - _T) ** 3, 3 * (1 - _T) ** 2 * _T, 3 * (1 - _T) * _T**2, _T**3])
"""Weights of a curve's four control points at six steps along it."""


class _Flattened(BasePen):
    """Collects contours, curves cut into short lines."""

    def __init__(self) -> None:
        super().__init__(None)
        self.contours: list[list[tuple[float, float]]] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:
        self.contours.append([pt])

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self.contours[-1].append(pt)

    def _curveToOne(self, a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> None:
        points = _BERNSTEIN @ np.array([self._getCurrentPoint(), a, b, c], float)
        self.contours[-1] += [(x, y) for x, y in points.tolist()]

    def polygons(self) -> Contours:
        return [np.array(c) for c in self.contours if len(c) > 2]


def contours(path: str) -> Contours:
    """The polygons of an SVG path."""
    pen = _Flattened()
    parse_path(path, pen)
    return pen.polygons()


def glyph_contours(glyph: Any) -> Contours:
    """The polygons of a fontTools glyph, y up."""
    pen = _Flattened()
    glyph.draw(pen)
    return pen.polygons()


def bounds(shape: Contours) -> tuple[float, float, float, float]:
    """(left, top, right, bottom)."""
    points = np.concatenate(shape)
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def fill(shape: Contours) -> np.ndarray:
    """(`SIDE`, `SIDE`) bool: the shape as large as it goes, in the middle."""
    left, top, right, bottom = bounds(shape)
    scale = (SIDE - 2) / max(right - left, bottom - top, 1e-6)
    offset = (SIDE - np.array([right - left, bottom - top]) * scale) / 2
    sheet = np.zeros((SIDE, SIDE), np.uint8)
    polygons = [np.round(((c - [left, top]) * scale + offset) * 16).astype(np.int32) for c in shape]
    cv2.fillPoly(sheet, polygons, 1, shift=4)
    return sheet > 0


def branches(shape: Contours) -> int:
    """How many tails a flag has: how often a line from top to bottom, a little off the stem, meets ink."""
    left, top, right, bottom = bounds(shape)
    scale = 200 / max(bottom - top, 1e-6)
    sheet = np.zeros((204, int((right - left) * scale) + 4), np.uint8)
    cv2.fillPoly(sheet, [np.round((c - [left, top]) * scale + 1).astype(np.int32) for c in shape], 1)
    columns = sheet[:, int(0.25 * sheet.shape[1]):int(0.6 * sheet.shape[1]) + 1].astype(np.int8)
    runs = (np.diff(np.pad(columns, ((1, 0), (0, 0))), axis=0) == 1).sum(axis=0)
    return int(np.bincount(runs).argmax())


def letter_boxes(shape: Contours, widths: Sequence[float]) -> list[tuple[float, float, float, float]]:
    """(left, top, right, bottom) of the letters of a word drawn as one shape, `widths` being their shares of its width:
    each has the ink of the outlines that are its own; letters in one outline part at their shares."""
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


def glyph(code: str, font: str) -> Contours:
    """The outline of a code point in one of Verovio's `FONTS`, y down, `UNITS_PER_SPACE`; empty if it has none."""
    import verovio

    path = Path(verovio.__file__).parent / "data" / font / f"{code}.xml"
    if not path.exists():
        return []
    return [c * [1, -1] for d in _PATH.findall(path.read_text()) for c in contours(d)]


@lru_cache(maxsize=512)
def _templates(code: str) -> tuple[tuple[np.ndarray, float], ...]:
    """(picture, longer side in staff spaces) of a code point in every font that has it."""
    found = []
    for shape in filter(None, (glyph(code, font) for font in FONTS)):
        found.append((fill(shape), _longer(shape) / UNITS_PER_SPACE))
    return tuple(found)


def likeness(shape: Contours, space: float, code: str) -> tuple[float, float]:
    """(how like a code point's glyph an outline is, in the font that fits best, up to 1; its size as a share of that of
    the middling font). space: staff space in the outline's units."""
    picture, size = fill(shape), _longer(shape) / space
    templates = _templates(code)
    best = -1.0
    for template, full in templates:
        ratio = size / full
        if SMALLEST < ratio < 1 / SMALLEST:
            best = max(best, _common(picture, template) - SIZE_WEIGHT * abs(math.log(ratio)))
    return best, size / float(np.median([full for _, full in templates])) if templates else 1.0


def _common(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two pictures."""
    return float((a & b).sum() / max((a | b).sum(), 1))


def recognise(shape: Contours, space: float, codes: Sequence[str], least: float = 0.5) -> tuple[str, float] | None:
    """(the code point an outline is likest, its size as a share of that glyph's usual one); None if it is like none."""
    scored = [(*likeness(shape, space, code), code) for code in codes]
    if not scored:
        return None
    score, ratio, code = max(scored, key=lambda s: (s[0], -abs(math.log(s[1]))))
    return (code, ratio) if score >= least else None


def nearest(shape: Contours, space: float, candidates: Mapping[str, Contours]) -> tuple[str, float, float]:
    """(the candidate of one font that an outline is likest, how like, up to 1, its size as a share of the candidate's).

    Outlines are in units of `space`; candidates in staff spaces.
    """
    picture, size = fill(shape), _longer(shape) / space
    scored = []
    for name, outline in candidates.items():
        ratio = size / _longer(outline)
        scored.append((_common(picture, fill(outline)) - SIZE_WEIGHT * abs(math.log(ratio)), name, ratio))
    score, name, ratio = max(scored, default=(0.0, "", 1.0))
    return name, score, ratio


def _longer(shape: Contours) -> float:
    left, top, right, bottom = bounds(shape)
    return max(right - left, bottom - top, 1e-6)
