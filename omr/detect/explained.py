"""Whether a page's drawing tells everything that the page shows. Finds scans, and pages with ink that no mark explains.

A page may contain an image beside its lines, or letters whose outlines cannot be found. So the page is drawn in the
small size in which notation is read, and its ink is compared with the marks.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from omr.page.vectors import VectorPage
from omr.types import SPACE_PX, Box
from omr.types.table import table

if TYPE_CHECKING:
    from omr.detect.drawn import Drawn


@table
class ExplainedLimits:
    """Shares of 1."""

    scanned: float = 0.5
    """If images cover this share of a page's area, the page is a scan."""
    unknown: float = 0.12
    """A page is read from its drawing if at most this share of its signs is unknown ..."""
    vague: float = 0.6
    """... and if at most this share of its lines (without staff lines) is no part of a note, barline or curve. Old
    printer drivers draw a thick line as many thin ones ..."""
    unexplained: float = 0.02
    """... and if at most this share of its ink is explained by no mark."""
    ink_level: int = 128
    """Gray (0 black, 255 white) below which a pixel of the page is ink."""
    margin: float = 0.25
    """Ink within this distance of a mark belongs to it, in staff spaces: half a pixel of blur, and the pen."""


T = ExplainedLimits()


def is_scan(page: VectorPage) -> bool:
    """Whether images cover most of a page."""
    covered = sum(max(i.edges[2] - i.edges[0], 0) * max(i.edges[3] - i.edges[1], 0) for i in page.images)
    return covered >= T.scanned * page.width_pt * page.height_pt


def why_pixels(drawn: Drawn, pixels: np.ndarray) -> str | None:
    """Why a page should rather be read from its pixels; None if its drawing tells everything. pixels: the page, (H, W)
    uint8."""
    signs = len(drawn.symbols)
    unknown = [box for box in drawn.unknown if _is_on_staff(box, drawn)]
    if not drawn.tablature and not any(s.kind in ("notehead", "rest") for s in drawn.symbols):
        return "no notes are known among the marks that it draws"
    if len(unknown) > T.unknown * signs:
        return f"{len(unknown)} of the marks that it draws are like no sign that is known"
    others = [s for s in drawn.strokes if s.kind != "staffLine"]
    vague = sum(s.kind == "bracket" for s in others) + len(drawn.loose)
    if vague > T.vague * (len(others) + len(drawn.loose)):
        return f"{vague} of the lines that it draws belong to no sign that is known"
    share = unexplained(drawn, pixels)
    if share > T.unexplained:
        return f"{share:.0%} of its ink is not accounted for by what it draws"
    return None


def _is_on_staff(box: Box, drawn: Drawn) -> bool:
    """Whether a mark is on a staff, or within a space of it. Marks farther away are often pictures, or words whose
    letters are drawn as paths."""
    row, col = box.center
    return any(s.left < col < s.right and s.rows[0] - SPACE_PX < row < s.rows[-1] + SPACE_PX for s in drawn.staves)


def unexplained(drawn: Drawn, pixels: np.ndarray) -> float:
    """Share of a page's ink that is away from all known marks."""
    ink = pixels < T.ink_level
    total = int(ink.sum())
    margin = T.margin * SPACE_PX
    boxes = [symbol.box for symbol in drawn.symbols]
    edges = [(b.left, b.top, b.right, b.bottom) for b in boxes] + [letter.edges for letter in drawn.letters]
    edges += [(b.left, b.top, b.right, b.bottom) for b in (*drawn.unknown, *drawn.aside, *drawn.loose)]
    for left, top, right, bottom in edges:
        _clear(ink, top - margin, left - margin, bottom + margin, right + margin)
    for stroke in drawn.strokes:
        reach = stroke.thickness_px / 2 + margin
        for (row, col), (next_row, next_col) in zip(stroke.points, stroke.points[1:], strict=False):
            steps = max(int(max(abs(next_row - row), abs(next_col - col)) / SPACE_PX), 1)
            if row == next_row or col == next_col:
                steps = 1
            down, across = (next_row - row) / steps, (next_col - col) / steps
            for i in range(steps):  # without arrays, of which a page would need ten thousand
                top, left = row + i * down, col + i * across
                _clear(ink, top + min(down, 0) - reach, left + min(across, 0) - reach,
                       top + max(down, 0) + reach, left + max(across, 0) + reach)
    for line in drawn.dashes:
        _clear(ink, line.a[1] - margin - line.thickness, line.a[0] - margin, line.a[1] + margin + line.thickness,
               line.b[0] + margin)
    return float(ink.sum()) / max(total, 1)


def _clear(ink: np.ndarray, top: float, left: float, bottom: float, right: float) -> None:
    ink[max(int(top), 0):max(math.ceil(bottom), 0), max(int(left), 0):max(math.ceil(right), 0)] = False
