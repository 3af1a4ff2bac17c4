"""Recognises which glyph an outline is, by comparison with the outlines of Verovio's fonts.

Engravers that draw glyphs as plain paths tell that something is a rest, but not which one. An outline and each
candidate are filled into a small square, as large as possible, and compared by the share of ink that they have in
common. Sizes, in staff spaces, are compared, too, so that a dot is not taken for a notehead.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from fontTools.svgLib.path import parse_path

from omr.detect.outlines import SIZE_WEIGHT, bounds, branches, common, fill, letter_boxes, longer
from omr.page.fonts import Flattened
from omr.page.vectors import Contours

UNITS_PER_SPACE = 250.0
"""SMuFL: an em has four staff spaces."""
SMALLEST = 0.5
"""A candidate may be drawn as small as this (grace notes), or as large as the inverse."""
FONTS = ("Bravura", "Leland", "Gootville", "Leipzig")
"""Fonts that look like print. The shapes of a handwritten font would only be mistaken for others."""
ON_LEDGER = {"E4F4": "E4E3", "E4F5": "E4E4"}
"""Whole and half rests outside the staff, with a ledger line that is part of the glyph -> the same without."""
LEDGER_BEYOND, LEDGER_THICKNESS = 0.6, 0.14
"""How far such a line reaches beyond its rest, and how thick it is, in staff spaces, as in MuseScore's and LilyPond's
Emmentaler."""
__all__ = ["Contours", "bounds", "branches", "contours", "fill", "glyph", "glyph_contours", "letter_boxes", "likeness",
           "nearest", "ON_LEDGER", "recognise"]
_PATH = re.compile(r'\bd="([^"]+)"')

def contours(path: str) -> Contours:
    """The polygons of an SVG path."""
    pen = Flattened()
    parse_path(path, pen)
    return pen.polygons()


def glyph_contours(glyph: Any) -> Contours:
    """The polygons of a fontTools glyph, with y upwards."""
    pen = Flattened()
    glyph.draw(pen)
    return pen.polygons()


def glyph(code: str, font: str) -> Contours:
    """The outline of a code point in one of Verovio's `FONTS`, with y downwards, in `UNITS_PER_SPACE`; empty if it has
    none."""
    import verovio

    path = Path(verovio.__file__).parent / "data" / font / f"{code}.xml"
    if not path.exists():
        return []
    return [c * [1, -1] for d in _PATH.findall(path.read_text()) for c in contours(d)]


def _outlines(code: str) -> list[Contours]:
    """The outlines of a code point in every font that has it. Rests with their own ledger line, which the fonts lack,
    are made of the plain rest and a line of the usual length."""
    base = ON_LEDGER.get(code)
    found = [shape for font in FONTS if (shape := glyph(base or code, font))]
    if base is None:
        return found
    return [[*shape, _ledger(shape, hangs=base == "E4E3")] for shape in found]


def _ledger(rest: Contours, hangs: bool) -> np.ndarray:
    """A ledger line through the top of a rest that hangs from it, or through the bottom of a rest that sits on it."""
    left, top, right, bottom = bounds(rest)
    middle, half = top if hangs else bottom, LEDGER_THICKNESS * UNITS_PER_SPACE / 2
    out = LEDGER_BEYOND * UNITS_PER_SPACE
    return np.array([(left - out, middle - half), (right + out, middle - half), (right + out, middle + half),
                     (left - out, middle + half)])


@lru_cache(maxsize=512)
def _templates(code: str) -> tuple[tuple[np.ndarray, float], ...]:
    """(picture, longer side in staff spaces) of a code point in every font that has it."""
    found = []
    for shape in _outlines(code):
        found.append((fill(shape), longer(shape) / UNITS_PER_SPACE))
    return tuple(found)


def likeness(shape: Contours, space: float, code: str) -> tuple[float, float]:
    """(how like a code point's glyph an outline is, up to 1, in the font that fits best; its size as a share of that in
    the median font). space: staff space in the outline's units."""
    picture, size = fill(shape), longer(shape) / space
    templates = _templates(code)
    best = -1.0
    for template, full in templates:
        ratio = size / full
        if SMALLEST < ratio < 1 / SMALLEST:
            best = max(best, common(picture, template) - SIZE_WEIGHT * abs(math.log(ratio)))
    return best, size / float(np.median([full for _, full in templates])) if templates else 1.0


def recognise(shape: Contours, space: float, codes: Sequence[str], least: float = 0.5) -> tuple[str, float] | None:
    """(the code point that an outline is likest, its size as a share of that glyph's usual size); None if it is like
    none."""
    scored = [(*likeness(shape, space, code), code) for code in codes]
    if not scored:
        return None
    score, ratio, code = max(scored, key=lambda s: (s[0], -abs(math.log(s[1]))))
    return (code, ratio) if score >= least else None


def nearest(shape: Contours, space: float, candidates: Mapping[str, Contours]) -> tuple[str, float, float]:
    """(the candidate, of one font, that an outline is likest; how like, up to 1; its size as a share of the
    candidate's).

    Outlines are in units of which `space` make a staff space; candidates are in staff spaces.
    """
    picture, size = fill(shape), longer(shape) / space
    scored = []
    for name, outline in candidates.items():
        ratio = size / longer(outline)
        scored.append((common(picture, fill(outline)) - SIZE_WEIGHT * abs(math.log(ratio)), name, ratio))
    score, name, ratio = max(scored, default=(0.0, "", 1.0))
    return name, score, ratio
