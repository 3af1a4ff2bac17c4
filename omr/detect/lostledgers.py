"""Ledger lines that the detector did not see, found in the ink.

A head without its ledger lines would be read a step too near to its staff, or be taken for a stain. The detector loses
them above all at whole notes, whose heads cover most of the line. The ink tells: a thin line sticks out of the head's
column a little on both sides, at the distance from the staff, or from the ledger line before, that staff lines have.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omr.types import Staff, Stroke, Symbol
from omr.types.table import table


@table
class LedgerTolerances:
    """Lengths in staff spaces, greys 0 (ink) to 255 (paper)."""

    reach: float = 6.5
    """Farthest from a staff that a head's ledger lines are looked for: room for six."""
    step: tuple[float, float] = (0.75, 1.3)
    """Least and greatest distance of a ledger line from the line before it."""
    beyond: float = 0.25
    """How far beyond the head's middle its last ledger line may lie."""
    beside: tuple[float, float] = (0.08, 0.3)
    """From where to where beside the head's box a ledger line must show, on both sides: engravers let it stick out by
    0.25 to 0.6, and boxes are not exact."""
    ended: tuple[float, float] = (0.7, 1.1)
    """From where to where beside the box it has ended, on both sides: slurs and the lines of other staves go on."""
    around: float = 0.4
    """How far above and below the line there is paper."""
    contrast: float = 60.0
    """How much darker than that paper it is, at least."""
    same: float = 0.3
    """A line that was seen is the same if it is at most so far above or below."""
    score: float = 0.5
    """How sure a ledger line is that was found here, 0 to 1."""
    thickness: float = 0.16
    """Its thickness: as engraved."""


T = LedgerTolerances()
"""The tolerances of this stage."""


def complete_ledgers(
    strokes: Sequence[Stroke], symbols: Sequence[Symbol], staves: Sequence[Staff], pixels: np.ndarray, first_id: int
) -> list[Stroke]:
    """The strokes of a page, with the ledger lines of heads outside the staves that were lost.

    strokes: of all kinds, in the page's pixels. symbols: of the page. pixels: the page, (H, W) uint8, 0 = ink.
    first_id: of the new lines, which come last.
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
    """Whether a head stands in a staff, or so near to it that it needs no ledger line."""
    row, col = head.box.center
    if not staff.left <= col <= staff.right:
        return False
    (top, bottom), away = staff.outer_rows(col), (T.step[0] - T.beyond) * staff.space_px
    return top - away < row < bottom + away


def _lines(head: Symbol, staff: Staff, pixels: np.ndarray) -> list[float]:
    """The rows of the ledger lines that the ink shows from a staff to a head outside it, as far as one follows the
    other."""
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
    """How much darker each row is beside a head than the paper above and below it and where the line has ended: the
    least of all, on both sides. 0 at the edges of the page."""
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
