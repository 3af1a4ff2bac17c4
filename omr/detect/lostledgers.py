"""Finds, by their ink, ledger lines that the detector did not see.

A notehead without its ledger lines would be read a step too near to its staff, or be taken for a stain. The detector
loses them mostly at whole notes, whose heads cover most of the line. But the ink shows a thin line that sticks out a
little on both sides of the notehead, as far from the staff (or from the ledger line before) as staff lines are from one
another.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omr.types import Staff, Stroke, Symbol
from omr.types.table import table


@table
class LedgerTolerances:
    """Lengths are in staff spaces, greys from 0 (ink) to 255 (paper)."""

    reach: float = 6.5
    """Greatest distance of a notehead from its staff at which its ledger lines are looked for: room for six."""
    step: tuple[float, float] = (0.75, 1.3)
    """Least and greatest distance of a ledger line from the line before it."""
    beyond: float = 0.25
    """How far beyond the notehead's middle its last ledger line may be."""
    beside: tuple[float, float] = (0.08, 0.3)
    """A ledger line must show between these distances from the notehead's box, on both sides. Engravers let it stick
    out by 0.25 to 0.6, and boxes are not exact."""
    ended: tuple[float, float] = (0.7, 1.1)
    """Between these distances from the box, it must have ended, on both sides. Slurs and the lines of other staves go
    on."""
    around: float = 0.4
    """How far above and below the line there is paper."""
    contrast: float = 60.0
    """How much darker than that paper the line must be."""
    same: float = 0.3
    """A line that was seen already is the same one if it is at most this far above or below."""
    score: float = 0.5
    """Score of a ledger line that was found here, 0 to 1."""
    thickness: float = 0.16
    """Thickness of such a line, as engraved."""


T = LedgerTolerances()
"""The tolerances of this stage."""


def complete_ledgers(
    strokes: Sequence[Stroke], symbols: Sequence[Symbol], staves: Sequence[Staff], pixels: np.ndarray, first_id: int
) -> list[Stroke]:
    """Add lost ledger lines of noteheads outside the staves to the strokes of a page.

    strokes: of all kinds, in the page's pixels.
    symbols: of the page.
    pixels: the page, (H, W) uint8, 0 = ink.
    first_id: for the new lines, which come last.
    """
    completed = list(strokes)
    ends = np.array([(s.points[0], s.points[-1]) for s in strokes if s.kind == "ledgerLine"]).reshape(-1, 4)
    row, left, right = (ends[:, 0] + ends[:, 2]) / 2, ends[:, (1, 3)].min(axis=1), ends[:, (1, 3)].max(axis=1)
    for head in symbols:
        if head.kind != "notehead" or any(_is_inside(head, staff) for staff in staves):
            continue
        col = head.box.center[1]
        for staff in staves:
            space = staff.space_px
            for line in _lines(head, staff, pixels):
                seen = (abs(row - line) < T.same * space) & (left <= col) & (col <= right)
                if not seen.any():
                    aside = T.beside[1] * space
                    points = ((line, head.box.left - aside), (line, head.box.right + aside))
                    completed.append(Stroke(first_id, "ledgerLine", points, T.thickness * space, T.score))
                    first_id += 1
    return completed


def _is_inside(head: Symbol, staff: Staff) -> bool:
    """Whether a notehead is in a staff, or so near to it that it needs no ledger line."""
    row, col = head.box.center
    if not staff.left <= col <= staff.right:
        return False
    (top, bottom), away = staff.outer_rows(col), (T.step[0] - T.beyond) * staff.space_px
    return top - away < row < bottom + away


def _lines(head: Symbol, staff: Staff, pixels: np.ndarray) -> list[float]:
    """The rows of the ledger lines that the ink shows between a staff and a notehead outside it, as long as each
    follows the one before."""
    space = staff.space_px
    row, col = head.box.center
    if not staff.left <= col <= staff.right:
        return []
    top, bottom = staff.outer_rows(col)
    edge, sign = (top, -1) if row < top else (bottom, 1)
    away = (row - edge) * sign / space
    found: list[float] = []
    at = 0.0
    while at + T.step[0] < away + T.beyond < T.reach:
        last = min(at + T.step[1], away + T.beyond)
        rows = np.arange(round(edge + sign * (at + T.step[0]) * space), round(edge + sign * last * space) + sign, sign)
        contrast = _contrast(rows, head, space, pixels)
        best = int(np.argmax(contrast))
        if contrast[best] < T.contrast:
            break
        found.append(float(rows[best]))
        at = abs(found[-1] - edge) / space
    return found


def _contrast(rows: np.ndarray, head: Symbol, space: float, pixels: np.ndarray) -> np.ndarray:
    """How much darker each row is beside a notehead than the paper above and below it, and than where the line has
    ended: the least of these differences on both sides. 0 at the edges of the page."""
    around = round(T.around * space)
    height, width = pixels.shape
    first, last = max(int(rows.min()) - around, 0), min(int(rows.max()) + around, height - 1)
    is_on_page = (around <= rows) & (rows < height - around)
    places = np.clip(rows - first, around, last - first - around)
    least = np.where(is_on_page, 255.0, 0.0)
    if last - first < 2 * around:
        return np.zeros(len(rows))
    for edge, side in ((head.box.left, -1), (head.box.right, 1)):
        near, far = (sorted(round(edge + side * t * space) for t in limits) for limits in (T.beside, T.ended))
        if min(*near, *far) < 0 or max(*near, *far) >= width:
            return np.zeros(len(rows))
        beside, ended = (pixels[first:last + 1, cols[0]:cols[1] + 1].mean(axis=1) for cols in (near, far))
        paper = np.minimum(np.minimum(beside[places - around], beside[places + around]), ended[places])
        least = np.minimum(least, paper - beside[places])
    return np.where(is_on_page, least, 0.0)
