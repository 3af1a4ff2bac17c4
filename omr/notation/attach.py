"""What belongs to a notehead or rest besides its stem: accidentals, dots, grace notes.

Each matcher takes heads and signs, and returns pairs. A sign goes to the nearest place that is allowed; without such a
place, it stays alone. All dots have the same shape, so their place decides: right of a notehead or rest is an
augmentation dot, over or under a notehead a staccato dot, and in the middle spaces beside a barline a repeat dot. The
detector's class of a dot only decides between equal places.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from omr.notation.chords import ChordInk
from omr.notation.placing import Placing
from omr.notation.signatures import accidental_row
from omr.types import Edge, Staff, Stroke, Symbol
from omr.types.table import table


@table
class AttachTolerances:
    """Lengths are in staff spaces, positions in half spaces, unless a field says otherwise. Prices are in staff spaces;
    the least sum of prices wins."""

    # Accidentals
    accidental_overlap: float = 0.5
    """How far an accidental's box may overlap that of its notehead."""
    accidental_reach: float = 5.5
    """Greatest distance of an accidental from its notehead: several accidentals of one chord stand side by side."""
    accidental_off: float = 0.6
    """Greatest vertical distance between an accidental and its notehead. The next notehead is half a space away."""
    past_barline: float = 2.0
    """On a drawn page, a barline separates an accidental from the notes after it if the accidental is at most this far
    above or below the barline's ends."""
    accidental_ahead: float = 0.3
    """Price of a staff space of sideways distance between an accidental and its notehead."""
    accidental_height: float = 2.0
    """Price of a staff space of vertical distance between an accidental and its notehead."""
    second_aside: tuple[float, float] = (0.5, 1.5)
    """Least and greatest sideways distance of the two noteheads of a second. An accidental stands before both."""
    second_apart: tuple[float, float] = (0.25, 0.75)
    """Least and greatest vertical distance of the two: half a space. (Two voices may also have one note.)"""
    second_right: float = 0.05
    """Price of the right notehead of a second: if the height of an accidental does not decide, it belongs to the left
    one."""
    accidental_size: float = 0.5
    """Price of a small accidental at a full-sized notehead, or the other way round."""
    over_head: float = 0.5
    """Greatest sideways distance between the middles of a notehead and of an editor's accidental above it."""
    over_staff: float = 2.5
    """How far an editor's accidental may be above the staff, or above its notehead if that is higher."""

    # Repeat dots
    repeat_position: tuple[float, float] = (0.4, 1.7)
    """Least and greatest distance of a repeat dot from the middle line, in half spaces. It stands in the space next to
    that line, at 1."""
    repeat_apart: tuple[float, float] = (0.6, 1.4)
    """Least and greatest distance between the two dots: they are one staff space apart."""
    repeat_aside: float = 0.35
    """Greatest sideways distance between the two dots."""
    repeat_barline: float = 1.7
    """Greatest sideways distance of a repeat dot from its barline."""
    repeat_above: float = 1.0
    """How far beyond the upper or lower end of a barline a repeat dot may be."""

    # Augmentation dots
    dot_behind: tuple[float, float] = (0.05, 3.2)
    """Least and greatest distance of a dot after what it lengthens. The dots of a second's two noteheads share a
    column."""
    dot_off: float = 1.2
    """Greatest vertical distance between a dot and a notehead's middle, whatever the price."""
    dot_miss: float = 0.45
    """Greatest vertical distance between a dot and the nearest place where a dot is printed."""
    dot_raised: float = 0.5
    """How far above its middle a notehead on a line has its dot: in the space above, the usual place."""
    dot_lowered: float = 0.2
    """Added to the misfit of a dot in the space below a notehead on a line. This place is rare, and for a lower
    voice."""
    dot_rest: tuple[float, float] = (0.2, 0.6)
    """How far above its middle a rest has its dot, and how much that may differ, because rests differ in height."""
    dot_hooked: tuple[float, float] = (0.25, 0.3)
    """How far below its top a rest with hooks has its dot (beside the uppermost hook), and how much that may differ. On
    engraved pages 16 such dots are .14 to .34 below it, 1.1 to 1.3 above the middle of a 16th rest."""
    dot_free: float = 0.2
    """Distance after its notehead at which a dot is printed. Up to here, distance has no price."""
    dot_distance: float = 0.55
    """Price of every staff space by which a dot is farther away."""
    dot_height: float = 1.5
    """Price of a staff space of vertical distance from where the dot is printed."""
    dot_class: float = 0.5
    """Price of a dot that the detector took for another kind of dot."""
    dot_price: float = 1.9
    """Greatest price of a dot."""
    dot_instead: float = 0.6
    """If the nearest notehead has a dot of its own, another one gets this dot if its price is greater by at most
    this."""
    drawn_instead: float = 1.5
    """The same on drawn pages. There, two dots one above the other never belong to one notehead."""
    twin_off: float = 0.2
    """A program may draw the dots of two voices in one place. Greatest vertical distance between their noteheads."""
    twin_beside: float = 2.0
    """Greatest sideways distance of these noteheads, which touch. Measured on Verovio's pages."""
    second_dot: tuple[float, float] = (0.2, 1.1)
    """Least and greatest sideways distance of a second dot from the first."""
    second_dot_off: float = 0.3
    """Greatest vertical distance of a second dot from the first."""

    # Graces
    grace_reach: float = 8.0
    """Greatest distance of a grace note before its main note: there is room for a run of several."""


T = AttachTolerances()
"""The tolerances of this stage."""


HOOKED = {"rest8th", "rest16th", "rest32nd", "rest64th", "rest128th"}
"""Rests with hooks."""


class Targets:
    """Noteheads (or rests) with their boxes as arrays, to compare all of them at once. Lengths are in pixels."""

    def __init__(self, symbols: Sequence[Symbol], staff_of: Mapping[int, int]):
        self.symbols = list(symbols)
        boxes = np.array([(s.box.top, s.box.left, s.box.bottom, s.box.right) for s in symbols]).reshape(-1, 4)
        self.top, self.left, self.bottom, self.right = boxes.T
        self.row, self.col = (self.top + self.bottom) / 2, (self.left + self.right) / 2
        self.staff = np.array([staff_of.get(s.id, -1) for s in symbols])
        self.is_hooked = np.array([s.name in HOOKED for s in symbols], dtype=bool)

    def __len__(self) -> int:
        return len(self.symbols)


def accidentals(
    marks: Sequence[Symbol], heads: Targets, space: float, barlines: Sequence[Stroke] = ()
) -> Iterator[Edge]:
    """Pair each accidental with the nearest notehead to its right at its height. A notehead gets one accidental; the
    best pairs are taken first.

    space: the staff space in pixels, here and below.
    barlines: those that separate an accidental from the notes after them, on drawn pages.
    """
    if not len(heads):
        return
    pairs: list[tuple[float, int, Symbol]] = []
    begins = _left_of_seconds(heads, space)
    for mark in marks:
        ahead = (heads.left - mark.box.right) / space
        off = np.abs(heads.row - accidental_row(mark)) / space
        price = T.accidental_ahead * np.maximum((begins - mark.box.right) / space, 0) + T.accidental_height * off
        price += T.second_right * (begins < heads.left)
        legal = (ahead > -T.accidental_overlap) & (ahead < T.accidental_reach) & (off < T.accidental_off)
        legal &= heads.col > mark.box.center[1]
        row, col = accidental_row(mark), mark.box.center[1]
        reach = T.past_barline * space
        ends = min((b.points[0][1] for b in barlines
                    if b.points[0][0] - reach <= row <= b.points[-1][0] + reach and b.points[0][1] > col),
                   default=math.inf)
        legal &= heads.col < ends
        for i in np.flatnonzero(legal).tolist():
            other_size = mark.symbol_class.is_small != heads.symbols[i].symbol_class.is_small
            pairs.append((float(price[i]) + T.accidental_size * other_size, i, mark))
    taken: set[int] = set()
    done: set[int] = set()
    for _, i, mark in sorted(pairs, key=lambda p: p[0]):
        if i not in taken and mark.id not in done:
            taken.add(i)
            done.add(mark.id)
            yield Edge(heads.symbols[i].id, mark.id, "accidental")


def _left_of_seconds(heads: Targets, space: float) -> np.ndarray:
    """(n,) The left edges of noteheads, in pixels. The right notehead of a second gets the left edge of the left
    one."""
    aside = (heads.left[:, None] - heads.left) / space
    apart = np.abs(heads.row[:, None] - heads.row) / space
    least, greatest = T.second_aside
    nearest, farthest = T.second_apart
    is_second = (least < aside) & (aside < greatest) & (nearest < apart) & (apart < farthest)
    return np.asarray(np.where(is_second, heads.left, heads.left[:, None]).min(axis=1))


def editorial_accidentals(placing: Placing, marks: Sequence[Symbol], heads: Targets) -> Iterator[Edge]:
    """Pair accidentals above a staff with the noteheads below them. Editors of old music add accidentals that singers
    of its time knew to sing (musica ficta).

    marks: accidentals that stand before no notehead.
    """
    space = placing.space_px
    for mark in marks if len(heads) else ():
        row, col = mark.box.bottom, mark.box.center[1]
        under = np.flatnonzero((np.abs(heads.col - col) < T.over_head * space) & (heads.top > row))
        if not len(under):
            continue
        i = int(under[heads.top[under].argmin()])
        staff = next((s for s in placing.staves if s.index == heads.staff[i]), None)
        if staff is not None and 0 < min(staff.row(4, col), heads.top[i]) - row < T.over_staff * space:
            yield Edge(heads.symbols[i].id, mark.id, "accidental")


def repeat_dots(placing: Placing, dots: Sequence[Symbol], barlines: Sequence[Stroke]) -> Iterator[Edge]:
    """Pair barlines with both dots of a repeat sign, which stand beside them, above and below a staff's middle line.
    The barline may have been seen only on another staff of the system."""
    space = placing.space_px
    by_staff: dict[int, list[Symbol]] = {}
    nearest, farthest = T.repeat_position
    for dot in dots:
        staff = placing.nearest(*dot.box.center)
        if staff is not None and nearest < abs(staff.position(*dot.box.center)) < farthest:
            by_staff.setdefault(staff.index, []).append(dot)
    for index, group in by_staff.items():
        system = next(s.system for s in placing.staves if s.index == index)
        staves = [s for s in placing.staves if s.system == system or s.index == index]
        for upper in group:
            for lower in group:
                barline = _repeat_barline(upper, lower, barlines, staves, space)
                if barline is not None:
                    yield Edge(barline.id, upper.id, "repeat")
                    yield Edge(barline.id, lower.id, "repeat")


def _repeat_barline(
    upper: Symbol, lower: Symbol, barlines: Sequence[Stroke], staves: Sequence[Staff], space: float
) -> Stroke | None:
    """The barline of the two dots of a repeat sign. None if they are not such a pair, or have no barline beside them.
    staves: those of the dots' system."""
    (row, col), (lower_row, lower_col) = upper.box.center, lower.box.center
    least, greatest = T.repeat_apart
    if not least * space < lower_row - row < greatest * space or abs(lower_col - col) >= T.repeat_aside * space:
        return None
    above = T.repeat_above * space
    middles = [staff.row(0, col) for staff in staves]
    near = [
        (abs((b.points[0][1] + b.points[-1][1]) / 2 - col), b) for b in barlines
        if b.points[0][0] - above < row < b.points[-1][0] + above
        or any(b.points[0][0] < middle < b.points[-1][0] for middle in middles)
    ]
    away, barline = min(near, key=lambda n: n[0], default=(np.inf, None))
    return barline if away < T.repeat_barline * space else None


def augmentation_dots(
    dots: Sequence[Symbol], heads: Targets, rests: Targets, space: float, twice: Mapping[int, int] | None = None,
    exact: bool = False,
) -> Iterator[Edge]:
    """Pair dots with the notehead or rest to their left. The dot is in the space of its notehead, or half a space away
    from a notehead on a line.

    A dot to the right of another one at its height is the second dot of the same notehead. Several first dots each get
    a notehead of their own if one is about equally near, because the dots of a chord move up or down to make room.

    twice: id of a dot that is drawn at the same place as another -> id of the other. It belongs to the notehead of
        another voice.
    exact: whether the page is a drawn one.
    """
    twice = twice or {}
    ordered = sorted((d for d in dots if d.id not in twice), key=lambda d: d.box.left)
    first_of: dict[int, Symbol] = {}  # id of a second dot -> the first dot of its row
    for k, dot in enumerate(ordered):
        before = next((d for d in reversed(ordered[:k]) if _follows(dot, d, space)), None)
        if before is not None:
            first_of[dot.id] = first_of.get(before.id, before)
    instead = T.drawn_instead if exact else T.dot_instead
    best = _shared_out([(dot.id, dict(_lengthened(dot, heads, rests, space, instead)))
                        for dot in ordered if dot.id not in first_of], instead)
    for dot in ordered:
        owner_id = best.get(first_of.get(dot.id, dot).id)
        if owner_id is not None:
            yield Edge(owner_id, dot.id, "dot")
    dotted = set(best.values())
    for dot in (d for d in dots if d.id in twice):
        beside = _beside(dot, best.get(twice[dot.id]), heads, space)
        if beside is not None and beside not in dotted:
            yield Edge(beside, dot.id, "dot")


def _beside(dot: Symbol, owner: int | None, heads: Targets, space: float) -> int | None:
    """The nearest notehead left of a dot, at the height of and close to the notehead `owner`, which has the other dot
    at this place. None if there is none."""
    own = next((h for h in heads.symbols if h.id == owner), None)
    if own is None:
        return None
    near = [h for h in heads.symbols if h is not own and h.box.left < dot.box.left
            and abs(h.box.center[0] - own.box.center[0]) < T.twin_off * space
            and abs(h.box.center[1] - own.box.center[1]) < T.twin_beside * space]
    return max(near, key=lambda h: h.box.left).id if near else None


def _shared_out(dots: Sequence[tuple[int, Mapping[int, float]]], instead: float) -> dict[int, int]:
    """Id of a dot -> id of what it lengthens, with the least sum of prices. A dot whose notehead has another dot
    already costs `instead` more.

    dots: the id of each dot, and the prices of the noteheads and rests that it may lengthen.
    """
    shared: dict[int, int] = {}
    waiting = [(dot, prices) for dot, prices in dots if prices]
    while waiting:
        together = [waiting.pop(0)]
        for _, prices in together:  # grows: all dots that want the same noteheads, directly or through other dots
            together += [other for other in waiting if prices.keys() & other[1].keys()]
            waiting = [other for other in waiting if not prices.keys() & other[1].keys()]
        _, owners = _cheapest([prices for _, prices in together], frozenset(), math.inf, instead)
        shared |= {dot: owner for (dot, _), owner in zip(together, owners, strict=True)}
    return shared


def _cheapest(
    wishes: Sequence[Mapping[int, float]], taken: frozenset[int], bound: float, instead: float
) -> tuple[float, list[int]]:
    """(price, owners) of the cheapest way to give dots their owners. If none costs less than `bound`, the price is
    `bound`.

    wishes, instead: the prices of `_shared_out`.
    taken: owners that have a dot already.
    """
    if not wishes:
        return 0.0, []
    best, owners = bound, [min(prices, key=lambda owner: prices[owner]) for prices in wishes]
    for owner, price in sorted(wishes[0].items(), key=lambda item: item[1]):
        own = price + instead * (owner in taken)
        if own < best:
            rest, others = _cheapest(wishes[1:], taken | {owner}, best - own, instead)
            if own + rest < best:
                best, owners = own + rest, [owner, *others]
    return best, owners


def _follows(dot: Symbol, before: Symbol, space: float) -> bool:
    """Whether a dot is the next in a row of dots after one notehead."""
    nearest, farthest = T.second_dot
    (row, col), (other_row, other_col) = dot.box.center, before.box.center
    return nearest * space < col - other_col < farthest * space and abs(row - other_row) < T.second_dot_off * space


def _lengthened(
    dot: Symbol, heads: Targets, rests: Targets, space: float, instead: float
) -> Iterator[tuple[int, float]]:
    """(id, price) of the noteheads and rests that a dot may lengthen: the cheapest, and those that cost at most
    `instead` more."""
    row, col = dot.box.center
    other_class = 0.0 if dot.name == "augmentationDot" else T.dot_class
    found: list[tuple[int, float]] = []
    nearest, farthest = T.dot_behind
    for targets in (heads, rests):
        if not len(targets):
            continue
        behind = (col - targets.right) / space
        off = (targets.row - row) / space  # positive: the dot is higher
        if targets is rests:
            raised, range_ = T.dot_rest
            miss = np.maximum(np.abs(off - raised) - range_, 0)
        else:
            in_space, on_line = np.abs(off), np.abs(off - T.dot_raised)
            miss = np.minimum(np.minimum(in_space, on_line), np.abs(off + T.dot_raised) + T.dot_lowered)
        # Dots over or under a notehead are staccato dots, not augmentation dots.
        near = np.abs(off) < T.dot_off
        if targets is rests:
            lowered, range_ = T.dot_hooked
            beside_hook = np.maximum(np.abs((row - targets.top) / space - lowered) - range_, 0)
            miss = np.where(targets.is_hooked, np.minimum(miss, beside_hook), miss)
            near |= targets.is_hooked
        legal = (behind > nearest) & (behind < farthest) & (miss < T.dot_miss) & near
        distance = np.maximum(behind - T.dot_free, 0)
        price = np.where(legal, distance * T.dot_distance + T.dot_height * miss + other_class, np.inf)
        found += [(targets.symbols[i].id, float(price[i])) for i in np.flatnonzero(price < T.dot_price).tolist()]
    least = min((price for _, price in found), default=0.0)
    return ((owner, price) for owner, price in found if price <= least + instead)


def graces(chords: Sequence[ChordInk], staff_of: Mapping[int, int], space: float) -> Iterator[Edge]:
    """Pair the next full-sized chord of a staff with the small noteheads before it."""
    full = [c for c in chords if not c.heads[0].symbol_class.is_small]
    for chord in chords:
        head = chord.heads[0]
        if not head.symbol_class.is_small:
            continue
        after = [
            c.heads[0] for c in full
            if staff_of.get(c.heads[0].id) == staff_of.get(head.id)
            and 0 < c.heads[0].box.center[1] - head.box.center[1] < T.grace_reach * space
        ]
        if after:
            main = min(after, key=lambda h: h.box.center[1])
            yield from (Edge(main.id, small.id, "grace") for small in chord.heads)
