"""Where a mark stands: its staff, and its position on it.

Most symbols belong to the nearest staff. Noteheads between two staves are settled by their ledger lines first
(an unbroken chain leads to one staff only), then by nearness. Ledger lines also say how high a head stands: old
engravers spaced them wider than the staff, and four of them add up to a wrong note.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from omr.types import SPACE_PX, Staff, Stroke, Symbol

REACH = 9.0
"""Spaces above the top or below the bottom line within which a symbol may still belong to a staff."""
OWN_LEDGER, LOST_LEDGER = 0.35, 0.87
"""A ledger line this near (spaces) to a head's centre goes through it; at the second distance one is missing."""
MISSING_LEDGER = 2.0
"""Spaces of nearness that one missing ledger line outweighs."""


class Ledgers:
    """The ledger lines of a page, asked for the chain that leads out of a staff to a head.

    `stretch` is the page's usual distance of a staff's first ledger line, in staff spaces.
    """

    def __init__(self, strokes: Iterable[Stroke], staves: Sequence[Staff]):
        ends = [(s.points[0], s.points[-1]) for s in strokes if s.kind == "ledgerLine"]
        self.row = np.array([(a[0] + b[0]) / 2 for a, b in ends])
        self.left = np.array([min(a[1], b[1]) for a, b in ends])
        self.right = np.array([max(a[1], b[1]) for a, b in ends])
        self.stretch = self._usual_stretch(staves)

    def _usual_stretch(self, staves: Sequence[Staff]) -> float:
        first = []
        middle = (self.left + self.right) / 2
        for staff in staves:
            space = staff.space_px
            knots = np.linspace(staff.left, staff.right, staff.lines.shape[1])
            top, bottom = np.interp(middle, knots, staff.lines[0]), np.interp(middle, knots, staff.lines[4])
            away = np.maximum(top - self.row, self.row - bottom) / space
            first += away[(away > 0.7) & (away < 1.5) & (middle > staff.left) & (middle < staff.right)].tolist()
        return min(max(float(np.median(first)), 1.0), 1.3) if len(first) >= 5 else 1.0

    def chain(self, staff: Staff, row: float, col: float) -> list[tuple[float, float]]:
        """(row, position) of the ledger lines from a staff to a head at (row, col), outwards, up to the head's own.

        One lost line is bridged where the next is in its place.
        """
        lines = staff.line_rows(col)
        space = staff.space_px
        above = row < lines[2]
        edge = float(lines[0] if above else lines[4])
        sign = -1.0 if above else 1.0
        if self.row.size == 0 or (row - edge) * sign < 0.3 * space:
            return []
        near = (self.left - 0.4 * space < col) & (col < self.right + 0.4 * space)
        out = np.sort((self.row[near] - edge) * sign)
        found: list[tuple[float, float]] = []
        at, steps = 0.0, 0
        for distance in out[(out > 0.5 * space) & (out < (row - edge) * sign + 0.7 * space)].tolist():
            gap = (distance - at) / space
            count = round(gap / self.stretch)
            if count not in (1, 2) or abs(gap - self.stretch * count) > 0.35:
                continue
            at, steps = distance, steps + count
            found.append((edge + sign * distance, -sign * (4 + 2 * steps)))
        return found

    def position(self, staff: Staff, row: float, col: float) -> float:
        """Staff position of a head, outside the staff measured from its nearest ledger line.

        A head beyond the last ledger line that has none of its own stands in the space next to that line, however
        far the engraver or the scan has moved it, unless it is so far that a ledger line must have been lost.
        """
        raw = staff.position(row, col)
        if abs(raw) < 4.3:
            return raw
        lines = staff.line_rows(col)
        above = raw > 0
        edge = float(lines[0] if above else lines[4])
        chain = self.chain(staff, row, col)
        near_row, near_position = chain[-1] if chain else (edge, 4.0 if above else -4.0)
        out = (near_row - row if above else row - near_row) / staff.space_px
        if OWN_LEDGER < out < LOST_LEDGER:
            steps = 1.0
        elif out < 0 and len(chain) > 0:
            steps = 2 * out / max(abs(near_row - edge) / staff.space_px / (abs(near_position) - 4) * 2, 0.8)
        else:
            steps = 2 * out / self.stretch
        return near_position + (steps if above else -steps)


class Placing:
    """The staves of a page, asked by pixel. `space_px` is the page's mean staff space."""

    def __init__(self, staves: Sequence[Staff]):
        self.staves = tuple(staves)
        self.space_px = float(np.mean([s.space_px for s in staves])) if staves else SPACE_PX
        self._reach = [
            (s.lines[0].min() - REACH * self.space_px, s.lines[4].max() + REACH * self.space_px) for s in staves
        ]

    def distances(self, row: float, col: float) -> list[tuple[float, Staff]]:
        """(distance in spaces, staff) of every staff within reach, nearest first; 0 inside a staff."""
        found = []
        for staff, (top, bottom) in zip(self.staves, self._reach, strict=True):
            if not top <= row <= bottom:
                continue
            if not staff.left - 3 * self.space_px <= col <= staff.right + 3 * self.space_px:
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

    def staff_of_heads(self, heads: Sequence[Symbol], ledgers: Ledgers) -> dict[int, int]:
        """Head id -> staff index. A head outside its nearest staff counts the ledger lines it would need on
        either side; the staff with the better kept chain wins, nearness deciding between equals."""
        result: dict[int, int] = {}
        for head in heads:
            row, col = head.box.center
            found = self.distances(row, col)
            if not found:
                continue
            best = found[0][1]
            if found[0][0] > 0.75 and len(found) > 1:
                best = min(found[:2], key=lambda f: f[0] + MISSING_LEDGER * missing_ledgers(ledgers, f[1], head))[1]
            result[head.id] = best.index
        return result


def missing_ledgers(ledgers: Ledgers, staff: Staff, head: Symbol) -> int:
    """How many of the ledger lines that a head needs on a staff are not there."""
    row, col = head.box.center
    if abs(staff.position(row, col)) < 5:
        return 0
    needed = int((abs(ledgers.position(staff, row, col)) + 0.3 - 4) // 2)
    return max(0, needed - len(ledgers.chain(staff, row, col)))
