"""Where a sign stands: on which staff, and at which position.

Most symbols belong to the nearest staff. A notehead between two staves belongs to the staff from which an unbroken
chain of ledger lines leads to it; without such a chain, it belongs to the nearer staff. Ledger lines also tell the
position of a notehead. Old engravers spaced them wider than staff lines, so that after about four of them, the distance
from the staff alone would be wrong by a step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from omr.types import SPACE_PX, Staff, Stroke, Symbol
from omr.types.table import table


@table
class PlacingTolerances:
    """Distances are in staff spaces, positions in half spaces from the middle line."""

    reach: float = 9.0
    """How far above or below a staff a symbol of the staff may be: there is room for six ledger lines and one more
    sign."""
    drawn_reach: float = 16.0
    """The same for a notehead on a drawn page to which all ledger lines lead: fifteen of them."""
    reach_aside: float = 3.0
    """How far left or right of a staff's ends a symbol may be. The tracing may lose the ends of faint lines."""
    missing_ledger: float = 2.0
    """How much nearer the other staff must be to make up for one missing ledger line."""
    surely_inside: float = 0.75
    """A notehead at most this far outside its nearest staff surely belongs to that staff. It needs no ledger line: the
    centre of a notehead in the space next to the staff is half a space away."""

    ledger_first: tuple[float, float] = (0.7, 1.5)
    """Least and greatest distance of a first ledger line from its staff, when the page's usual distance is measured. It
    is one staff space, or half as much again in old prints."""
    ledger_stretch: tuple[float, float] = (1.0, 1.3)
    """Least and greatest usual distance that is plausible. Ledger lines are never closer than staff lines."""
    ledger_count: int = 5
    """Fewest first ledger lines of a page whose median distance is believed."""
    ledger_start: float = 0.3
    """A notehead nearer to the outer line than this, or inside the staff, needs no ledger lines."""
    ledger_aside: float = 0.4
    """How far beyond a ledger line's ends the centre of its notehead may be."""
    ledger_nearest: float = 0.5
    """Strokes nearer to the outer line than this are part of it, not ledger lines."""
    ledger_beyond: float = 0.7
    """How far beyond a notehead's centre, seen from the staff, its last ledger line may be. The line may touch the far
    edge of the notehead, half a space from the centre."""
    ledger_misfit: float = 0.41
    """Greatest deviation of the gap between two ledger lines from one or two usual distances."""
    ledgers_bridged: int = 2
    """Longest gap in a chain, in ledger lines. With 2, one lost line is bridged."""

    ledgers_from: float = 4.3
    """From this position on, a notehead is measured by ledger lines. The outer line is at 4."""
    own_ledger: float = 0.35
    """A ledger line at most this far from a notehead's centre goes through the notehead."""
    lost_ledger: tuple[float, float] = (0.97, 0.93)
    """If a notehead is at least this far from the last ledger line, a line between them was lost. The first value is in
    staff spaces, the second a share of the page's usual distance of ledger lines; the greater one counts. A nearer
    notehead is in the space next to that line: its centre should be 0.5 away, or 1 away if it stood on the next line.
    In old prints it is up to 0.95 away (1,600 such noteheads on 60 pages of Mozart), and up to 1.05 where ledger lines
    are 1.15 apart. Most of those that have lost a line are 1.3 and more away."""
    least_step: float = 0.8
    """Least distance of ledger lines with which a notehead inside a chain is measured. Chains with a smaller distance
    are misread."""
    needs_ledger: float = 5.0
    """From this position on, a notehead may need a ledger line. At 5 it is in the space next to the staff, at 6 on the
    first ledger line."""
    grid: float = 0.12
    """How far a notehead on a drawn page may be from a staff position, in half spaces. In Verovio and LilyPond it is
    .01."""
    off_grid: float = 4.0
    """How much nearer the other staff must be to make up for a notehead that is off the positions of this one."""
    beside_staff: float = 4.5
    """From this position on, a notehead is in the space next to its staff, or farther away."""
    rounding: float = 0.3
    """Added to a position, in half spaces, before the ledger lines that it needs are counted. A notehead on a ledger
    line may be measured a little too near to the staff."""


T = PlacingTolerances()
"""The tolerances of this stage."""


class Ledgers:
    """The ledger lines of a page, which finds the chain that leads from a staff to a notehead.

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
        """(row, position) of the ledger lines from a staff to a notehead at (row, col), outwards, including the
        notehead's own.

        One lost line is bridged if the line after it is in its place.
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
        """Staff position of a notehead. Outside the staff it is measured from the nearest ledger line.

        A notehead beyond the last ledger line, without a line of its own, is in the space next to that line, however
        far the engraver or the scan has moved it; unless it is so far away that a ledger line must have been lost.
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
    """The staves of a page, found by pixel. `space_px` is the page's mean staff space."""

    def __init__(self, staves: Sequence[Staff]):
        self.staves = tuple(staves)
        self.space_px = float(np.mean([s.space_px for s in staves])) if staves else SPACE_PX
        self._outer = [(s.lines[0].min(), s.lines[4].max()) for s in staves]

    def distances(self, row: float, col: float, reach: float = T.reach) -> list[tuple[float, Staff]]:
        """(distance in staff spaces, staff) of every staff within reach, the nearest first. The distance is 0 inside a
        staff."""
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
        """Notehead id -> staff index, for noteheads within reach of a staff.

        If a notehead is in neither of its two nearest staves, the ledger lines that are missing on the way to each of
        them are counted. Distance and missing lines together decide.

        exact: the ledger lines are known for certain, as on a drawn page. Then a notehead belongs to the staff from
        which all of them lead to it, however far that is, even if it stands in the space next to another staff. And it
        stands on a line of its staff, or just between two.
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
    """Whether a position is neither on a line nor in the middle between two lines."""
    return abs(position - round(position)) > T.grid


def missing_ledgers(ledgers: Ledgers, staff: Staff, head: Symbol) -> int:
    """How many of the ledger lines that a notehead needs on a staff are missing."""
    row, col = head.box.center
    if abs(staff.position(row, col)) < T.needs_ledger:
        return 0
    needed = int((abs(ledgers.position(staff, row, col)) + T.rounding - 4) // 2)
    return max(0, needed - len(ledgers.chain(staff, row, col)))
