"""Where a mark stands: its staff, and its position on it.

Most symbols belong to the nearest staff. A notehead between two staves belongs to the staff from which an unbroken
chain of ledger lines leads to it; without such a chain, to the nearer one. Ledger lines also say how high a head
stands: old engravers spaced them wider than the lines of the staff, so that measuring from the staff alone would be
wrong by a step after about four of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from omr.types import SPACE_PX, Staff, Stroke, Symbol
from omr.types.table import table


@table
class PlacingTolerances:
    """Distances in staff spaces, positions in half spaces from the middle line."""

    reach: float = 9.0
    """Farthest above or below a staff that a symbol may belong to it: room for six ledger lines and a sign beyond."""
    drawn_reach: float = 16.0
    """The same for a drawn head to which all ledger lines lead: fifteen of them."""
    reach_aside: float = 3.0
    """Farthest left or right of a staff's ends: the tracing may lose the ends of faint lines."""
    missing_ledger: float = 2.0
    """How much nearer the other staff must be to make up for one missing ledger line."""
    surely_inside: float = 0.75
    """A head at most this far outside its nearest staff is that staff's: it needs no ledger line (a head in the space
    next to the staff has its centre half a space away)."""

    ledger_first: tuple[float, float] = (0.7, 1.5)
    """Nearest and farthest distance from the staff of what counts as a first ledger line when the page's usual
    distance is measured: one staff space, or half as much again in old prints."""
    ledger_stretch: tuple[float, float] = (1.0, 1.3)
    """Least and greatest usual distance that is believed. Ledger lines are never set closer than staff lines."""
    ledger_count: int = 5
    """How many first ledger lines a page must have before their median is believed."""
    ledger_start: float = 0.3
    """A head nearer to the outer line, or inside the staff, needs no chain."""
    ledger_aside: float = 0.4
    """How far left or right of a ledger line's ends a head's centre may stand."""
    ledger_nearest: float = 0.5
    """Strokes nearer to the outer line are part of it, not ledger lines."""
    ledger_beyond: float = 0.7
    """How far beyond a head's centre its last ledger line may lie: a head hanging on a line is half a space off."""
    ledger_misfit: float = 0.41
    """Greatest deviation of the gap between two ledger lines from one or two usual distances."""
    ledgers_bridged: int = 2
    """Longest gap in a chain, in ledger lines: one lost line is bridged."""

    ledgers_from: float = 4.3
    """Position from which a head is measured by ledger lines: the outer line is at 4."""
    own_ledger: float = 0.35
    """A ledger line at most this far from a head's centre goes through the head."""
    lost_ledger: tuple[float, float] = (0.97, 0.93)
    """A head at least this far from the last ledger line has lost one between: in staff spaces, and as a share of the
    page's usual distance of ledger lines, whichever is more. Nearer, it stands in the space next to that line: its
    centre should be 0.5 away, 1 away if it stood on the next line. In old prints it is up to 0.95 away, of 1,600 such
    heads on 60 pages of Mozart, and up to 1.05 where ledger lines are set 1.15 apart; of those that lost a line most
    are 1.3 and more away."""
    least_step: float = 0.8
    """Least distance of ledger lines by which a head inside a chain is measured: a chain that reads closer than this
    is misread."""
    needs_ledger: float = 5.0
    """Position from which a head may need a ledger line: at 5 it stands in the space next to the staff, at 6 on the
    first ledger line."""
    grid: float = 0.12
    """Farthest that a drawn head is from a place on its staff, in half spaces; by Verovio and LilyPond, .01."""
    off_grid: float = 4.0
    """How much nearer the other staff must be to make up for a head that is farther from one."""
    beside_staff: float = 4.5
    """Position from which a head is in the space next to its staff, or farther."""
    rounding: float = 0.3
    """How much is added to a position, in half spaces, before the ledger lines it needs are counted: a head on a
    ledger line may read a little too near to the staff."""


T = PlacingTolerances()
"""The tolerances of this stage."""


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
        first: list[float] = []
        middle = (self.left + self.right) / 2
        nearest, farthest = T.ledger_first
        for staff in staves:
            knots = np.linspace(staff.left, staff.right, staff.lines.shape[1])
            top, bottom = np.interp(middle, knots, staff.lines[0]), np.interp(middle, knots, staff.lines[4])
            away = np.maximum(top - self.row, self.row - bottom) / staff.space_px
            inside = (middle > staff.left) & (middle < staff.right)
            first += away[(away > nearest) & (away < farthest) & inside].tolist()
        if len(first) < T.ledger_count:
            return 1.0
        least, greatest = T.ledger_stretch
        return min(max(float(np.median(first)), least), greatest)

    def chain(self, staff: Staff, row: float, col: float) -> list[tuple[float, float]]:
        """(row, position) of the ledger lines from a staff to a head at (row, col), outwards, up to the head's own.

        One lost line is bridged where the next is in its place.
        """
        space = staff.space_px
        lines = staff.line_rows(col)
        above = row < lines[2]
        edge = float(lines[0] if above else lines[4])
        sign = -1.0 if above else 1.0
        if self.row.size == 0 or (row - edge) * sign < T.ledger_start * space:
            return []
        near = (self.left - T.ledger_aside * space < col) & (col < self.right + T.ledger_aside * space)
        out = np.sort((self.row[near] - edge) * sign)
        between = (out > T.ledger_nearest * space) & (out < (row - edge) * sign + T.ledger_beyond * space)
        found: list[tuple[float, float]] = []
        at, steps = 0.0, 0
        for distance in out[between].tolist():
            gap = (distance - at) / space
            count = round(gap / self.stretch)
            if not 1 <= count <= T.ledgers_bridged or abs(gap - self.stretch * count) > T.ledger_misfit:
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
        if abs(raw) < T.ledgers_from:
            return raw
        above = raw > 0
        edge = staff.outer_rows(col)[0 if above else 1]
        chain = self.chain(staff, row, col)
        near_row, near_position = chain[-1] if chain else (edge, 4.0 if above else -4.0)
        out = (near_row - row if above else row - near_row) / staff.space_px
        spaces, share = T.lost_ledger
        if T.own_ledger < out < max(spaces, share * self.stretch):
            steps = 1.0
        elif out < 0 and len(chain) > 0:
            lines_out = (abs(near_position) - 4) / 2
            steps = 2 * out / max(abs(near_row - edge) / staff.space_px / lines_out, T.least_step)
        else:
            steps = 2 * out / self.stretch
        return near_position + (steps if above else -steps)


class Placing:
    """The staves of a page, asked by pixel. `space_px` is the page's mean staff space."""

    def __init__(self, staves: Sequence[Staff]):
        self.staves = tuple(staves)
        self.space_px = float(np.mean([s.space_px for s in staves])) if staves else SPACE_PX
        self._outer = [(s.lines[0].min(), s.lines[4].max()) for s in staves]

    def distances(self, row: float, col: float, reach: float = T.reach) -> list[tuple[float, Staff]]:
        """(distance in spaces, staff) of every staff within reach, nearest first; 0 inside a staff."""
        found = []
        aside, reach_px = T.reach_aside * self.space_px, reach * self.space_px
        for staff, (top, bottom) in zip(self.staves, self._outer, strict=True):
            if not top - reach_px <= row <= bottom + reach_px:
                continue
            if not staff.left - aside <= col <= staff.right + aside:
                continue
            first, last = staff.outer_rows(col)
            away = max(first - row, row - last, 0.0) / self.space_px
            if away <= reach:
                found.append((away, staff))
        found.sort(key=lambda f: f[0])
        return found

    def nearest(self, row: float, col: float) -> Staff | None:
        """The nearest staff; None if none is within reach."""
        found = self.distances(row, col)
        return found[0][1] if found else None

    def staff_of_heads(self, heads: Sequence[Symbol], ledgers: Ledgers, exact: bool = False) -> dict[int, int]:
        """Head id -> staff index, for heads within reach of a staff.

        For a head that lies in none of its two nearest staves, the ledger lines are counted that are missing on the way
        to each of them; the distance and the missing lines together decide. exact: the ledger lines are known for
        certain. Then a head belongs to the staff from which all of them lead to it, however far that is, and even if it
        stands in the space next to another staff, and its place is on a line of its staff or just between two.
        """
        result: dict[int, int] = {}
        for head in heads:
            row, col = head.box.center
            found = self.distances(row, col)
            if exact and (not found or found[0][0] > T.surely_inside and missing_ledgers(ledgers, found[0][1], head)):
                far = self.distances(row, col, T.drawn_reach)
                found = [f for f in far if not missing_ledgers(ledgers, f[1], head)][:1] or found
            if not found:
                continue
            best = found[0][1]
            if found[0][0] > T.surely_inside and len(found) > 1:
                best = min(found[:2], key=lambda f: (
                    f[0] + T.missing_ledger * missing_ledgers(ledgers, f[1], head)
                    + T.off_grid * (exact and _is_off_grid(f[1].position(row, col)))))[1]
            elif exact and len(found) > 1 and abs(best.position(row, col)) > T.beside_staff and ledgers.chain(
                    found[1][1], row, col) and not missing_ledgers(ledgers, found[1][1], head):
                best = found[1][1]
            result[head.id] = best.index
        return result


def _is_off_grid(position: float) -> bool:
    """Whether a position is neither on a line nor in the middle between two."""
    return abs(position - round(position)) > T.grid


def missing_ledgers(ledgers: Ledgers, staff: Staff, head: Symbol) -> int:
    """How many of the ledger lines that a head needs on a staff are not there."""
    row, col = head.box.center
    if abs(staff.position(row, col)) < T.needs_ledger:
        return 0
    needed = int((abs(ledgers.position(staff, row, col)) + T.rounding - 4) // 2)
    return max(0, needed - len(ledgers.chain(staff, row, col)))
