"""Ties and slurs: which noteheads a curve joins.

Ties and slurs look much the same. A curve that joins neighbouring noteheads at the same position, flat and short, is a
tie. A curve that joins others is a slur, whatever the detector called it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np

from omr.notation.arcs import arcs
from omr.notation.attach import Targets
from omr.notation.placing import Placing
from omr.types import Edge, Staff, Stroke, Symbol
from omr.types.table import table


@table
class CurveTolerances:
    """Lengths are in staff spaces, slopes in rows per column, unless a field says otherwise. Prices are in staff
    spaces."""

    # Pieces of one curve
    overlap: float = 0.8
    """How far two pieces of one curve may overlap."""
    broken: float = 1.2
    """Longest gap if something crosses a curve: a stem, a barline, the edge of a notehead."""
    apex: float = 12.0
    """Longest gap if the curve's apex lies on a staff line, which hides it."""
    apex_share: float = 0.75
    """Longest gap at an apex, as a part of the length of both pieces together."""
    hidden: float = 25.0
    """Longest gap if a hairpin or another line runs along the curve."""
    points: int = 3
    """Pieces with fewer points do not show a bend."""
    meets: float = 0.5
    """At a short gap: greatest vertical distance between the point to which the left piece leads and the beginning of
    the right piece."""
    bends: float = 0.25
    """At a short gap: greatest difference of the two slopes."""
    level: float = 0.8
    """At a long gap: greatest vertical distance between the two ends."""
    steep: float = 0.12
    """At a long gap: greatest slope at the ends of two long pieces, which are the flat middle of one curve."""
    long_piece: float = 6.0
    """Least length of such long pieces."""
    steep_apex: float = 0.2
    """At a lost apex: greatest slope of the two ends."""
    rise: float = 0.4
    """At a lost apex: least vertical distance between the ends of each piece."""
    fall: float = 0.03
    """At a lost apex: greatest slope with which a piece may already turn back."""
    slope_over: float = 1.9
    """Length over which the slope at the end of a curve is measured."""
    whole: float = 0.3
    """Least height of a complete curve: one that moves away and comes back, and lacks no part."""
    whole_ends: float = 0.5
    """Greatest vertical distance between the ends of such a curve, as a part of its height."""

    # Arcs around numbers
    number_arc: float = 3.3
    """Longest arc that surrounds the number of a tuplet, and no notes. On 130 pages of Beethoven's and Mozart's
    sonatas, no slur over a tuplet with its number in the middle is shorter than 4.1."""
    arc_aside: float = 0.5
    """Greatest sideways distance between the middles of such an arc and of its number."""
    arc_away: float = 1.4
    """The same vertically."""

    # Ends at noteheads
    inward: float = 0.8
    """How far a curve may begin to the left of the middle of its first notehead, or end to the right of the middle of
    its last one."""
    outward: float = 2.6
    """How far it may begin to the right of its first, or end to the left of its last: past the notehead, its dots and
    its stem."""
    tie_outward: float = 3.4
    """The same for a curve that the detector took for a tie, and that joins no nearer noteheads. The detector may have
    lost it at a barline."""
    end_off: float = 1.8
    """Greatest vertical distance between a tie's end and its notehead."""
    end_aside: float = 0.7
    """Usual sideways distance of a tie's end from the middle of its notehead: just beyond the notehead's edge."""
    aside_price: float = 0.5
    """Price of a staff space of sideways distance from there. Vertical distance costs 1."""
    tie_length: float = 0.8
    """Least distance between two tied noteheads. Nearer ones are in one chord."""
    tie_step: float = 0.6
    """Greatest difference between the positions of two tied noteheads, in half spaces."""
    flat: float = 0.7
    """Greatest vertical distance between the ends of a slur that may be a tie."""
    neighbour: float = 3.0
    """A notehead at most this many notehead heights above or below two others may be between them."""
    slur_reach: float = 3.5
    """Greatest price of a notehead for a slur's end. A staff space of sideways distance costs 1."""
    slur_off: float = 0.4
    """Price of a staff space of vertical distance between a slur's end and a notehead. It is low, because slurs keep
    clear of stems, beams and signs."""

    slur_reach_own: float = 5.2
    """The same as `slur_reach`, for a slur whose noteheads are on one staff while those of another staff are nearer to
    it. On the scans that `slur_touches` names, the price is up to 5.0."""
    slur_touches: float = 0.5
    """A slur from one staff to another comes this near to the middle of one of its noteheads, vertically. Of 16 slurs
    that seemed to lead from one staff to another, on 22 scanned pages of Beethoven's and Mozart's sonatas, the three
    real ones come as near as 0.1; the others stay 0.7 and more away."""

    # Curves over the end of a system
    open_left: float = 0.3
    """A curve that begins this far to the left of its staff's first notehead has its other half in the system
    before."""
    open_right: float = 1.2
    """A curve that ends this far to the right of its staff's last notehead may have its other half in the next
    system."""
    tie_open_right: float = 0.5
    """The same for a curve that the detector took for a tie. It ends soon after its notehead if the barline is near."""
    system_end: float = 4.0
    """Greatest distance of such a curve's end from the staff's right end."""
    home: tuple[float, float] = (6.0, 1.0)
    """Noteheads at most this far above or below a curve, and at most this far to its left or right, determine its
    staff."""


T = CurveTolerances()
"""The tolerances of this stage."""


def mend_curves(
    curves: Sequence[Stroke], space: float, ids: Iterator[int], heads: Sequence[Symbol] = ()
) -> list[Stroke]:
    """Join the pieces of one curve, where one begins as the other ends. Returns the curves from left to right.

    Slurs that follow one another stay two, even if they meet: both bend towards the note between them.

    space: the staff space in pixels.
    ids: for new strokes.
    heads: of the page.
    """
    mended: list[Stroke] = []
    found = (arc for curve in curves for arc in arcs(curve.rightwards(), space, ids, heads))
    for piece in sorted(found, key=lambda c: c.points[0][1]):
        for i, left in enumerate(mended):
            if left.points[-1] != piece.points[0] and _goes_on(left, piece, space):  # what was cut stays cut
                kind = max((left, piece), key=_length).kind
                points = (*(p for p in left.points if p[1] < piece.points[0][1]), *piece.points)
                mended[i] = replace(left, kind=kind, points=points, score=min(left.score, piece.score))
                break
        else:
            mended.append(piece)
    return mended


def without_number_arcs(curves: Sequence[Stroke], numbers: Sequence[Symbol], space: float) -> list[Stroke]:
    """The curves without the small arcs that old editions print over or under the number of a tuplet instead of a
    bracket. numbers: of tuplets. space: the staff space in pixels."""
    def embraces(curve: Stroke, number: Symbol) -> bool:
        (row, col), (own_row, own_col) = number.box.center, curve.box.center
        return abs(own_col - col) < T.arc_aside * space and abs(own_row - row) < T.arc_away * space

    return [c for c in curves
            if _length(c.rightwards()) > T.number_arc * space or not any(embraces(c, number) for number in numbers)]


def _length(curve: Stroke) -> float:
    """Number of columns from a curve's first point to its last."""
    return curve.points[-1][1] - curve.points[0][1]


def _goes_on(left: Stroke, right: Stroke, space: float) -> bool:
    """Whether two pieces, the left one first, belong to one curve."""
    (row, col), (next_row, next_col) = left.points[-1], right.points[0]
    gap = (next_col - col) / space
    if not -T.overlap < gap < T.hidden or min(len(left.points), len(right.points)) < T.points:
        return False
    a, b = _slope(left.points[::-1], space), _slope(right.points, space)
    if gap < T.broken:
        return abs(row + a * (next_col - col) - next_row) < T.meets * space and abs(a - b) < T.bends
    if abs(row - next_row) > T.level * space or _whole(left, space) or _whole(right, space):
        return False
    lengths = [_length(left), _length(right)]
    steep = max(abs(a), abs(b))
    if steep < T.steep and min(lengths) > T.long_piece * space:
        return True
    rise, fall = left.points[0][0] - row, right.points[-1][0] - next_row
    side = 1 if rise > 0 else -1
    to_apex = min(side * rise, side * fall) > T.rise * space and side * a < T.fall and side * b > -T.fall
    bulging = side * _bulge(left) < 0 and side * _bulge(right) < 0
    short = gap < T.apex and next_col - col < T.apex_share * sum(lengths)
    return to_apex and bulging and steep < T.steep_apex and short


def _whole(curve: Stroke, space: float) -> bool:
    """Whether a curve moves away and comes back, and lacks no part."""
    rows = [p[0] for p in curve.points]
    extent = max(rows) - min(rows)
    return extent > T.whole * space and abs(rows[0] - rows[-1]) < T.whole_ends * extent


def _bulge(curve: Stroke) -> float:
    """How far a curve's middle point is below the straight line between its ends, in pixels."""
    (r0, c0), (r1, c1) = curve.points[0], curve.points[-1]
    row, col = curve.points[len(curve.points) // 2]
    return row - r0 - (r1 - r0) * (col - c0) / ((c1 - c0) or 1.0)


def _slope(points: Sequence[tuple[float, float]], space: float) -> float:
    """Slope of a curve, in rows per column, beginning at the first of the points."""
    first = points[0]
    last = next((p for p in points if abs(p[1] - first[1]) > T.slope_over * space), points[-1])
    return (last[0] - first[0]) / ((last[1] - first[1]) or 1.0)


def ties_and_slurs(
    placing: Placing, curves: Sequence[Stroke], heads: Targets, columns: np.ndarray,
    stems: np.ndarray | None = None, exact: bool = False,
) -> list[Edge]:
    """Pair the noteheads at a curve's ends with the curve, the shortest curves first.

    A curve that goes over the end of a system, or comes from the system before, has a notehead at one end only.

    curves: as returned by `mend_curves`.
    columns: (n,), the index of each notehead's chord, to find neighbours.
    stems: (n,), for each notehead 1 if its stem points up, -1 if down, 0 without a stem.
    exact: whether the page is a drawn one. Its curves were not named ties or slurs by a detector. There, a tie leads to
        the next notehead at the same position, and may cross only chords of another voice. In scans, the chords of a
        partly tied pair also get ties whose curves were lost, or lie so that they were taken for slurs.
    """
    if not len(heads):
        return []
    edges = list(_edges_of_curves(placing, curves, heads, columns, stems, exact))
    return edges if exact else _with_lost_ties(placing, edges, heads, columns)


def _edges_of_curves(
    placing: Placing, curves: Sequence[Stroke], heads: Targets, columns: np.ndarray, stems: np.ndarray | None,
    exact: bool,
) -> Iterator[Edge]:
    """The same as `ties_and_slurs`, for each curve by itself."""
    taken: set[tuple[int, int]] = set()
    for curve in sorted(curves, key=_length):
        ends = _Ends(placing, curve, heads)
        pair = ends.tied_pair(taken)
        may_be = not exact or pair is None or not _is_between(heads, columns, *pair)
        called = curve.kind == "tie" and may_be
        if pair is not None and (called or (ends.flat and _neighbours(heads, columns, *pair, stems))):
            taken.add(pair)
            yield from (Edge(heads.symbols[i].id, curve.id, "tie") for i in pair)
            continue
        half = ends.half_tie() if called else None
        if half is not None:
            yield Edge(heads.symbols[half].id, curve.id, "tie")
            continue
        pair = ends.tied_farther(taken) if called else None
        if pair is not None:
            taken.add(pair)
            yield from (Edge(heads.symbols[i].id, curve.id, "tie") for i in pair)
            continue
        slurred = ends.slurred()
        if len(slurred) < 2 or columns[slurred[0]] != columns[slurred[1]]:
            yield from (Edge(heads.symbols[i].id, curve.id, "slur") for i in slurred)


def with_portato(edges: Sequence[Edge], dotted: Collection[int]) -> list[Edge]:
    """Turn ties between two notes with staccato dots into slurs. A tied note is not struck again, so such notes are
    repeated, and played portato.

    dotted: ids of the noteheads of chords with such dots.
    """
    tied: dict[int, list[int]] = defaultdict(list)
    for edge in edges:
        if edge.kind == "tie":
            tied[edge.child].append(edge.parent)
    portato = {curve for curve, heads in tied.items() if len(heads) > 1 and all(head in dotted for head in heads)}
    return [replace(e, kind="slur") if e.kind == "tie" and e.child in portato else e for e in edges]


def _with_lost_ties(
    placing: Placing, edges: Sequence[Edge], heads: Targets, columns: np.ndarray
) -> list[Edge]:
    """Add ties for the rest of two chords of which some noteheads are tied.

    The ties of a chord are close together, on staff lines and above one another, so some of the curves are not found,
    or seem to join other noteheads. A slur between two such chords is one of the missing ties. Without such a slur, the
    new tie shares the curve of another tie. This is done only for chords with equally many noteheads of which no more
    ties are lost than found. In 64 movements of Beethoven and Mozart in old prints, 57 of 58 such ties are really
    printed.
    """
    index = {symbol.id: i for i, symbol in enumerate(heads.symbols)}
    parents: dict[tuple[int, str], list[int]] = defaultdict(list)
    for edge in edges:
        parents[edge.child, edge.kind].append(index[edge.parent])
    # two chords -> noteheads and curve of each tie
    tied: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    slurs: dict[tuple[int, int], list[int]] = defaultdict(list)  # two chords -> the slurs between them
    for (curve, kind), both in parents.items():
        if len(both) == 2:
            i, j = sorted(both, key=lambda k: float(heads.col[k]))
            chords = int(columns[i]), int(columns[j])
            if kind == "tie":
                tied[chords].append((i, j, curve))
            else:
                slurs[chords].append(curve)
    ties: list[Edge] = []
    gone: set[int] = set()
    for (first, second), known in tied.items():
        lefts, rights = (np.flatnonzero(columns == chord).tolist() for chord in (first, second))
        free = [j for j in rights if j not in {j for _, j, _ in known}]
        lost = [(i, j) for i in lefts if i not in {i for i, _, _ in known} for j in free
                if abs(_position(placing, heads, i) - _position(placing, heads, j)) <= T.tie_step]
        if len(lefts) == len(rights) and len(lost) <= len(known):
            spare = slurs[first, second][:len(lost)]
            gone.update(spare)
            for (i, j), curve in zip(lost, [*spare, *[known[0][2]] * len(lost)], strict=False):
                ties += [Edge(heads.symbols[k].id, curve, "tie") for k in (i, j)]
    return [*(e for e in edges if e.child not in gone), *ties]


class _Ends:
    """The noteheads near the two ends of a curve.

    coming: whether the curve comes from before the first notehead of its staff.
    going: whether it goes on after the last one.
    """

    def __init__(self, placing: Placing, curve: Stroke, heads: Targets):
        self.placing, self.heads, self.space = placing, heads, placing.space_px
        (r0, c0), (r1, c1) = curve.points[0], curve.points[-1]
        self.rows = (r0, r1)
        self.flat = abs(r1 - r0) < T.flat * self.space
        self.coming, self.going = _open_ends(_home(placing, heads, curve), heads, curve, placing.staves)
        # How far each end lies beyond a notehead's middle, away from the curve, and above or below it, in staff spaces.
        self.left_x, self.left_y = (c0 - heads.col) / self.space, np.abs(heads.row - r0) / self.space
        self.right_x, self.right_y = (heads.col - c1) / self.space, np.abs(heads.row - r1) / self.space
        self.lefts = self._near(self.left_x, self.left_y, T.outward)
        self.rights = self._near(self.right_x, self.right_y, T.outward)

    @staticmethod
    def _near(x: np.ndarray, y: np.ndarray, outward: float) -> list[int]:
        return [int(i) for i in np.flatnonzero((x > -T.inward) & (x < outward) & (y < T.end_off))]

    def tied_pair(self, taken: set[tuple[int, int]]) -> tuple[int, int] | None:
        """The two noteheads at the same position that a tie would join best, among pairs that are not taken."""
        return self._tied(self.lefts, self.rights, taken)

    def tied_farther(self, taken: set[tuple[int, int]]) -> tuple[int, int] | None:
        """The same with noteheads somewhat farther away, for a curve that surely is a tie."""
        return self._tied(self._near(self.left_x, self.left_y, T.tie_outward),
                          self._near(self.right_x, self.right_y, T.tie_outward), taken)

    def _tied(self, lefts: Sequence[int], rights: Sequence[int], taken: set[tuple[int, int]]) -> tuple[int, int] | None:
        heads = self.heads
        best: tuple[float, int, int] | None = None
        for i in lefts:
            for j in rights:
                if heads.staff[i] != heads.staff[j] or heads.col[j] - heads.col[i] < T.tie_length * self.space:
                    continue
                step = abs(_position(self.placing, heads, i) - _position(self.placing, heads, j))
                if (i, j) in taken or step > T.tie_step:
                    continue
                aside = abs(self.left_x[i] - T.end_aside) + abs(self.right_x[j] - T.end_aside)
                price = float(self.left_y[i] + self.right_y[j] + T.aside_price * aside)
                if best is None or price < best[0]:
                    best = price, i, j
        return None if best is None else best[1:]

    def half_tie(self) -> int | None:
        """The notehead of a tie that has noteheads at one end only, and goes over the end of the system at the
        other."""
        if (len(self.lefts) == 0) == (len(self.rights) == 0) or not (self.going if self.lefts else self.coming):
            return None
        side, x, y = (self.lefts, self.left_x, self.left_y) if self.lefts else (self.rights, self.right_x, self.right_y)
        return min(side, key=lambda k: float(y[k] + T.aside_price * abs(x[k] - T.end_aside)))

    def slurred(self) -> list[int]:
        """The nearest noteheads to a slur's ends, at most one for each end that does not go over the end of the system.

        A slur between two staves has its noteheads on one of them, even if stems and beams are between them and a
        notehead of the other staff is nearer. It leads from staff to staff only if it touches one of the two noteheads.
        """
        ends = [(np.abs(x) + T.slur_off * y, y) for is_open, x, y in (
            (self.coming, self.left_x, self.left_y), (self.going, self.right_x, self.right_y)) if not is_open]
        nearest = [int(price.argmin()) for price, _ in ends]
        found = [i for i, (price, _) in zip(nearest, ends, strict=True) if price[i] < T.slur_reach]
        staves = {int(self.heads.staff[i]) for i in found}
        if len(found) < 2 or len(staves) < 2:
            return found
        below = [float(self.heads.row[i]) > row for i, row in zip(found, self.rows, strict=True)]
        touches = any(y[i] < T.slur_touches for i, (_, y) in zip(found, ends, strict=True))
        if touches or below[0] == below[1]:
            return found
        pairs = []
        for staff in staves:
            own = [np.where(self.heads.staff == staff, price, np.inf) for price, _ in ends]
            pair = [int(price.argmin()) for price in own]
            prices = [float(price[i]) for price, i in zip(own, pair, strict=True)]
            if max(prices) < T.slur_reach_own:
                pairs.append((sum(prices), pair))
        return min(pairs)[1] if pairs else found


def _position(placing: Placing, heads: Targets, i: int) -> float:
    """Staff position of a notehead."""
    row, col, staff = float(heads.row[i]), float(heads.col[i]), int(heads.staff[i])
    return placing.staves[staff].position(row, col) if staff >= 0 else row


def _home(placing: Placing, heads: Targets, curve: Stroke) -> Staff | None:
    """The staff of most noteheads above or below a curve. If there are none, the nearest staff."""
    box = curve.box
    away, aside = (length * placing.space_px for length in T.home)
    near = (heads.col > box.left - aside) & (heads.col < box.right + aside) & (heads.staff >= 0)
    near &= (heads.row > box.top - away) & (heads.row < box.bottom + away)
    if near.any():
        return placing.staves[int(np.bincount(heads.staff[near]).argmax())]
    return placing.nearest(*box.center)


def _open_ends(
    staff: Staff | None, heads: Targets, curve: Stroke, staves: Sequence[Staff]
) -> tuple[bool, bool]:
    """Whether a curve comes from before the first notehead of its staff and of the other staves of its system, and
    whether it goes on after its staff's last notehead. staves: of the page."""
    left, right = curve.points[0][1], curve.points[-1][1]
    mine = heads.staff == (-1 if staff is None else staff.index)
    if staff is None or not mine.any():
        return False, False
    # A slur from another staff of the system may begin before the first notehead of the staff over which most of it
    # runs.
    together = np.isin(heads.staff, [s.index for s in staves if s.system == staff.system])
    coming = left < heads.left[mine | together].min() - T.open_left * staff.space_px
    beyond = T.tie_open_right if curve.kind == "tie" else T.open_right
    after_last = right > heads.right[mine].max() + beyond * staff.space_px
    return bool(coming), bool(after_last and right > staff.right - T.system_end * staff.space_px)


def _neighbours(heads: Targets, columns: np.ndarray, i: int, j: int, stems: np.ndarray | None) -> bool:
    """Whether no chord of the same staff is between the chords of two noteheads. If stems are known, only chords of the
    same voice count: all those between may have stems in the other direction."""
    near = np.abs(heads.row - heads.row[i]) < T.neighbour * abs(heads.bottom[i] - heads.top[i])
    between = _between(heads, columns, i, j) & near
    if stems is not None and between.any() and stems[between].all():
        way = stems[between][0]
        return bool((stems[between] == way).all() and way not in (stems[i], stems[j]))
    return not between.any()


def _is_between(heads: Targets, columns: np.ndarray, i: int, j: int) -> bool:
    """Whether another notehead at the same position is between two noteheads of one staff."""
    same = np.abs(heads.row - heads.row[i]) < T.tie_step / 2 * abs(heads.bottom[i] - heads.top[i])
    return bool((_between(heads, columns, i, j) & same).any())


def _between(heads: Targets, columns: np.ndarray, i: int, j: int) -> np.ndarray:
    """(n,) Which noteheads of other chords of the same staff are between two noteheads."""
    same = (heads.staff == heads.staff[i]) & (columns != columns[i]) & (columns != columns[j])
    return np.asarray(same & (heads.col > heads.right[i]) & (heads.col < heads.left[j]))
