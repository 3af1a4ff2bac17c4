"""Where a mark stands: its staff, and its position on it.

Most symbols belong to the nearest staff. Noteheads between two staves are settled by their ledger lines first
(an unbroken chain leads to one staff only), then by nearness.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from omr.types import SPACE_PX, Staff, Stroke, Symbol

REACH = 9.0
"""Spaces above the top or below the bottom line within which a symbol may still belong to a staff."""


class Placing:
    """The staves of a page, asked by pixel. `space_px` is the page's mean staff space."""

    def __init__(self, staves: Sequence[Staff]):
        self.staves = tuple(staves)
        self.space_px = float(np.mean([s.space_px for s in staves])) if staves else SPACE_PX

    def distances(self, row: float, col: float) -> list[tuple[float, Staff]]:
        """(distance in spaces, staff) of every staff within reach, nearest first; 0 inside a staff."""
        found = []
        for staff in self.staves:
            if not staff.left - 3 * self.space_px <= col <= staff.right + 3 * self.space_px:
                continue
            if not -25 < (row - staff.lines[2, 0]) / self.space_px < 25:
                continue
            rows = staff.line_rows(col)
            away = max(float(rows[0]) - row, row - float(rows[4]), 0.0) / self.space_px
            if away <= REACH:
                found.append((away, staff))
        found.sort(key=lambda f: f[0])
        return found

    def nearest(self, row: float, col: float) -> Staff | None:
        found = self.distances(row, col)
        return found[0][1] if found else None

    def staff_of_heads(self, heads: Sequence[Symbol], ledgers: Iterable[Stroke]) -> dict[int, int]:
        """Head id -> staff index. A head outside its nearest staff counts the ledger lines it would need on
        either side; the staff with the better kept chain wins, nearness deciding between equals."""
        ends = [(s.points[0], s.points[-1]) for s in ledgers]
        rows = np.array([(a[0] + b[0]) / 2 for a, b in ends])
        cols = np.array([(a[1] + b[1]) / 2 for a, b in ends])
        result: dict[int, int] = {}
        for head in heads:
            row, col = head.box.center
            found = self.distances(row, col)
            if not found:
                continue
            best = found[0][1]
            if found[0][0] > 0.75 and len(found) > 1:
                near = np.abs(cols - col) < 1.2 * self.space_px
                best = min(found[:2], key=lambda f: f[0] + self._missing_ledgers(f[1], row, col, rows[near]))[1]
            result[head.id] = best.index
        return result

    def _missing_ledgers(self, staff: Staff, row: float, col: float, ledger_rows: np.ndarray) -> float:
        """Ledger lines that a head at (row, col) needs on this staff and that are not there; each weighs 2 spaces."""
        position = staff.position(row, col)
        last = int(abs(position) + 0.3)
        needed = [p if position > 0 else -p for p in range(6, last + 1, 2)]
        missing = 0
        for p in needed:
            if ledger_rows.size == 0 or np.abs(ledger_rows - staff.row(p, col)).min() > 0.35 * self.space_px:
                missing += 1
        return 2.0 * missing
