"""Tuplets: which notes and rests belong to a printed number.

A bracket beside the number shows them. Without a bracket, they are those under a beam that joins as many chords as the
number says. Without either, they are the notes and rests nearest to the number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from omr.notation.attach import Targets
from omr.notation.chords import ChordInk
from omr.notation.tupletvoice import UNITS, Member, choose, fits, member
from omr.types import Edge, Stroke, Symbol
from omr.types.table import table


@table
class TupletTolerances:
    """Lengths are in staff spaces, positions in half spaces, unless a field says otherwise. Prices are in staff spaces;
    the least sum wins."""

    digits_overlap: float = 0.5
    """How far the digits of one number may overlap."""
    digits_gap: float = 0.4
    """Greatest gap between the digits of one number."""
    digits_off: float = 0.4
    """Greatest vertical distance between the digits of one number."""
    bracket_off: float = 1.2
    """Greatest vertical distance between a number and its bracket. The number stands in the bracket's gap, or on the
    bracket."""
    bracket_aside: float = 4.0
    """How far beyond a bracket's ends its number may be, if the other half of the bracket was not found."""
    bracket_length: float = 25.0
    """Longer brackets are voltas."""
    bracket_member: float = 0.9
    """How far beyond a bracket's ends the middle of a notehead may be that belongs to it."""
    bracket_inner: float = 0.6
    """If these do not make up the number, other choices are tried, first within a reach that is smaller by this
    much."""
    bracket_middle: float = 0.25
    """Greatest distance of a number from the bracket's middle, as a part of the bracket's length."""
    bracket_away: float = 7.0
    """Greatest vertical distance between a bracket and the tip of a chord under it."""
    bracket_around: float = 16.0
    """The same for notes on another staff, which are tried if those on the nearest staff do not make up the number."""
    one_column: float = 1.4
    """Greatest sideways distance of notes and rests in one column under a bracket: those of two voices."""
    hooks_aside: float = 2.0
    """Greatest sideways distance, from the number, of the hooks of a bracket over one chord, and of the chord's
    noteheads."""
    hooks_off: float = 0.5
    """How far above or below the middle of the number such hooks may begin."""
    hook_at: float = 0.3
    """Greatest distance of a hook from the end of its bracket."""
    beam_aside: float = 1.0
    """How far beyond the outer stems of a beam a number may be."""
    beam_free: float = 1.5
    """Up to this vertical distance between a number and the stems and noteheads of its beam, there is no price."""
    beam_distance: float = 0.3
    """Price of every staff space by which that distance is greater."""
    fingers: int = 5
    """Greatest number that a fingering can be."""
    beam_count: float = 0.9
    """Price of a beam that joins fewer chords than the number says."""
    beam_price: float = 2.0
    """Greatest price of a beam for a number, including the distance from its middle."""
    beam_completed: float = 1.0
    """On drawn pages, greatest sideways distance between a number and the middle of what it counts: the chords under a
    beam with a rest or chord beside them, or notes of several lengths under one beam. If it counts the chords under two
    beams, this is multiplied by how many they are."""
    beam_beside: float = 2.8
    """Width of the column in which that rest or chord is looked for. Those of other voices are moved aside."""
    completed_reach: float = 8.0
    """Greatest sideways distance between a number and such a beam, and between that beam and the second one."""
    neighbour_reach: float = 12.0
    """How far from a number its notes are looked for, if it has neither bracket nor beam."""
    neighbour_fewer: float = 0.6
    """Price of every note fewer than the number says: a quarter and an eighth may stand under a three."""
    neighbour_price: float = 1.5
    """Greatest price of a run of notes, including the distance between its middle and the number."""


T = TupletTolerances()
"""The tolerances of this stage."""


@dataclass(frozen=True, eq=False)
class _Countable:
    """What a tuplet's number may count: chords and rests, and their staves.

    space: the staff space in pixels.
    dots: id of the top notehead of a chord, or of a rest -> how many dots it has.
    exact: whether the page is a drawn one.
    """

    chords: Sequence[ChordInk]
    rests: Targets
    staff_of: Mapping[int, int]
    space: float
    dots: Mapping[int, int]
    exact: bool

    @cached_property
    def graces(self) -> set[int]:
        """Ids of the top noteheads of grace notes: small ones that no beam joins to full-sized ones. They are not
        counted in a tuplet of full-sized notes."""
        full = {beam.id for c in self.chords if not c.heads[0].symbol_class.is_small for beam in c.beams}
        return {c.heads[0].id for c in self.chords
                if c.heads[0].symbol_class.is_small and full.isdisjoint(beam.id for beam in c.beams)}

    def on(self, staff: int) -> list[tuple[Symbol, ChordInk | None]]:
        """What stands on a staff: each chord with its top notehead, and the rests."""
        heads = [(c.heads[0], c) for c in self.chords if self.staff_of.get(c.heads[0].id) == staff]
        return [*heads, *((r, None) for r in self.rests.symbols if self.staff_of.get(r.id) == staff)]


@dataclass(frozen=True)
class _Number:
    """The number of a tuplet. digits: from left to right. staff: its index, -1 if it has none."""

    digits: Sequence[Symbol]
    staff: int

    @property
    def value(self) -> int:
        """The number that the digits make."""
        return int("".join(str(d.symbol_class.digit) for d in self.digits))

    @property
    def row(self) -> float:
        """Row of the middle, in pixels."""
        return self.digits[0].box.center[0]

    @property
    def col(self) -> float:
        """Column of the middle, in pixels."""
        return (self.digits[0].box.left + self.digits[-1].box.right) / 2


def tuplets(
    digits: Sequence[Symbol], brackets: Sequence[Stroke], chords: Sequence[ChordInk], rests: Targets,
    staff_of: Mapping[int, int], space: float, dots: Sequence[Edge] = (), exact: bool = False,
) -> Iterator[Edge]:
    """Pair the top noteheads of chords, and rests, with the digits of their tuplet. Neighbouring digits are one number.

    dots: edges of augmentation dots.
    exact: whether the page is a drawn one.

    A tuplet with a bracket consists of what is under the bracket, one at a beam of the beam's chords. Without either,
    it consists of the neighbours around the number, as many as the number says.
    """
    if not chords:
        return
    dotted = Counter(edge.parent for edge in dots if edge.kind == "dot")
    dots_of = {c.heads[0].id: max(dotted[h.id] for h in c.heads) for c in chords}
    countable = _Countable(chords, rests, staff_of, space, {**dotted, **dots_of}, exact)
    for joined in _numbers(digits, space):
        number = _Number(joined, staff_of.get(joined[0].id, -1))
        if number.value < 2:  # a zero or a one is a fingering, or half of a number
            continue
        inside = (_between_hooks(number, brackets, countable) or _bracket_members(number, brackets, countable)
                  or _at_beam(number, countable)
                  or _neighbour_members(number, countable))
        yield from (Edge(symbol.id, digit.id, "tuplet") for symbol in inside for digit in joined)


def _numbers(digits: Sequence[Symbol], space: float) -> list[list[Symbol]]:
    """Join digits side by side into numbers."""
    numbers: list[list[Symbol]] = []
    for digit in sorted(digits, key=lambda d: d.box.left):
        for number in numbers:
            gap = digit.box.left - number[-1].box.right
            level = abs(digit.box.center[0] - number[-1].box.center[0]) < T.digits_off * space
            if level and -T.digits_overlap * space < gap < T.digits_gap * space:
                number.append(digit)
                break
        else:
            numbers.append([digit])
    return numbers


def _bracket_members(number: _Number, brackets: Sequence[Stroke], countable: _Countable) -> list[Symbol]:
    """What is under a number's bracket. Empty if no bracket has the number in its middle. If this does not make up the
    number on a scan, one end of the bracket may be lost. The bracket is then taken to reach as far from the number on
    its shorter side as on its longer one."""
    space = countable.space
    level = [
        b for b in brackets
        if abs(_row_beside(b, number if countable.exact else None) - number.row) < T.bracket_off * space
        and b.points[0][1] - T.bracket_aside * space < number.col < b.points[-1][1] + T.bracket_aside * space
        and b.points[-1][1] - b.points[0][1] < T.bracket_length * space
    ]
    level = _about(number, level)
    if not level:
        return []
    left = min(b.points[0][1] for b in level) - T.bracket_member * space
    right = max(b.points[-1][1] for b in level) + T.bracket_member * space
    if abs((left + right) / 2 - number.col) > T.bracket_middle * (right - left):
        return []
    side = _side_of_hooks(level, brackets, space)
    members = _between(number, left, right, side, countable)
    if len(members) < number.value and not (side and _make_up(members, number, countable)):
        reach = 0.0 if countable.exact else max(number.col - left, right - number.col)
        members = (_as_many(number, left, right, countable)
                   or _as_many(number, number.col - reach, number.col + reach, countable) or members)
    one_will_do = countable.exact and side  # other notes of the tuplet are hidden
    return members if len(members) >= 2 or one_will_do else []


def _row_beside(bracket: Stroke, number: _Number | None) -> float:
    """Row of a bracket, or of a piece of it, in the column that is nearest to its number, because some brackets lean.
    Its middle row if no number is given, as on scans."""
    (row, col), (end_row, end_col) = bracket.points[0], bracket.points[-1]
    if number is None:
        return (row + end_row) / 2
    share = min(max((number.col - col) / max(end_col - col, 1.0), 0.0), 1.0)
    return row + share * (end_row - row)


def _between_hooks(number: _Number, brackets: Sequence[Stroke], countable: _Countable) -> list[Symbol]:
    """The chord under a bracket that is so short that it consists only of hooks on both sides of its number. Empty
    without such a bracket. If the chord has a stem, it points to the number."""
    space = countable.space
    if any(abs(b.points[0][1] - b.points[-1][1]) > abs(b.points[0][0] - b.points[-1][0])
           and abs((b.points[0][0] + b.points[-1][0]) / 2 - number.row) < T.bracket_off * space
           and b.points[0][1] - T.hooks_aside * space < number.col < b.points[-1][1] + T.hooks_aside * space
           for b in brackets):
        return []
    hooks = [sorted((b.points[0], b.points[-1])) for b in brackets
             if abs(b.points[0][1] - b.points[-1][1]) < T.hook_at * space < abs(b.points[0][0] - b.points[-1][0])
             and abs(b.points[0][1] - number.col) < T.hooks_aside * space]
    for (top, left), (bottom, _) in hooks:
        for (other_top, right), (other_bottom, _) in hooks:
            level = max(abs(top - other_top), abs(bottom - other_bottom)) < T.hook_at * space
            if not level or not left < number.col < right or min(
                    abs(top - number.row), abs(bottom - number.row)) > T.hooks_off * space:
                continue
            is_over = abs(top - number.row) < abs(bottom - number.row)
            chords = [c for c in countable.chords if c.up in (is_over, None) and abs(
                c.heads[0].box.center[1] - number.col) < T.hooks_aside * space
                and (c.heads[0].box.center[0] > number.row) == is_over
                and abs(c.tip[0] - number.row) < T.bracket_away * space]
            nearest = min(chords, key=lambda c: abs(c.heads[0].box.center[1] - number.col), default=None)
            return [] if nearest is None else [nearest.heads[0]]
    return []


def _make_up(members: Sequence[Symbol], number: _Number, countable: _Countable) -> bool:
    """Whether the lengths of members make up their number."""
    chord_of = {c.heads[0].id: c for c in countable.chords}
    return fits([member(s, chord_of.get(s.id), countable.dots.get(s.id, 0)) for s in members], number.value)


def _as_many(number: _Number, left: float, right: float, countable: _Countable) -> list[Symbol]:
    """The chords and rests of the number's staff between two columns, if there are as many as the number says, one
    after the other. They may have stems that point away from the number, so that their tips are far from it."""
    members = [symbol for symbol, _ in countable.on(number.staff) if left < symbol.box.center[1] < right]
    columns = sorted(symbol.box.center[1] for symbol in members)
    follow = all(b - a >= T.one_column * countable.space for a, b in pairwise(columns))
    return members if len(members) == number.value and follow else []


def _side_of_hooks(level: Sequence[Stroke], brackets: Sequence[Stroke], space: float) -> int:
    """Where the hooks at the ends of a bracket point, and so where its notes are: 1 down, -1 up, 0 if no hooks were
    seen."""
    ends = [end for piece in level for end in (piece.points[0], piece.points[-1])]
    side = 0.0
    for hook in brackets:
        (top, x), (bottom, other) = hook.points[0], hook.points[-1]
        if abs(other - x) > abs(bottom - top) or hook in level:
            continue
        for row, col in ends:
            if abs(col - x) < T.hook_at * space and min(abs(row - top), abs(row - bottom)) < T.hook_at * space:
                side += (top + bottom) / 2 - row
    return int(np.sign(round(side)))


def _between(number: _Number, left: float, right: float, side: int, countable: _Countable) -> list[Symbol]:
    """The chords and rests between two columns on the side to which the hooks of the bracket point. Without hooks,
    those of the number's staff. side: as returned by `_side_of_hooks`."""
    found: dict[int, list[tuple[float, Symbol]]] = defaultdict(list)
    around: list[Member] = []
    for staff in sorted(set(countable.staff_of.values())) if side else [number.staff]:
        for symbol, chord in countable.on(staff):
            away = abs((symbol.box.center[0] if chord is None else chord.tip[0]) - number.row)
            is_there = side * (symbol.box.center[0] - number.row) > 0 if side else True
            is_near = chord is None or away < T.bracket_away * countable.space
            off = min(away, abs(symbol.box.center[0] - number.row))  # a stem may point away from the bracket
            if left < symbol.box.center[1] < right and is_there and off < T.bracket_around * countable.space:
                around.append(member(symbol, chord, countable.dots.get(symbol.id, 0)))
                if is_near:
                    found[staff].append((away, symbol))
    if countable.exact:
        found = {staff: [(away, s) for away, s in members if s.id not in countable.graces] or members
                 for staff, members in found.items()}
        around = [m for m in around if m.symbol.id not in countable.graces]
    nearest = min(found.values(), key=lambda members: min(away for away, _ in members), default=[])
    members = [symbol for _, symbol in nearest]
    if not side:
        return members
    own = _one_voice(members, number, countable)
    if fits([m for m in around if m.symbol in own], number.value):
        return own
    on_staff = [m for m in around if m.symbol in members]
    closer = T.bracket_inner * countable.space
    inside = [m for m in on_staff if left + closer < m.symbol.box.center[1] < right - closer]
    for candidates in (inside, on_staff, around):
        chosen = choose(_columns(candidates, countable.space), number.value, number.row)
        if chosen is not None:
            return [m.symbol for m in chosen]
    return own


def _columns(members: Sequence[Member], space: float) -> list[list[Member]]:
    """Chords and rests by the columns in which they stand, from left to right."""
    columns: list[list[Member]] = []
    for m in sorted(members, key=lambda m: m.symbol.box.center[1]):
        if columns and m.symbol.box.center[1] - columns[-1][0].symbol.box.center[1] < T.one_column * space:
            columns[-1].append(m)
        else:
            columns.append([m])
    return columns


def _one_voice(members: Sequence[Symbol], number: _Number, countable: _Countable) -> list[Symbol]:
    """The members of a bracket that are in its voice. Of two in one column, that is the one nearer to the number. Of
    the others, it is those with stems in the same direction as these."""
    up = {chord.heads[0].id: chord.up for chord in countable.chords}
    reach = T.one_column * countable.space
    columns: list[list[Symbol]] = []
    for symbol in sorted(members, key=lambda s: s.box.center[1]):
        if columns and symbol.box.center[1] - columns[-1][0].box.center[1] < reach:
            columns[-1].append(symbol)
        else:
            columns.append([symbol])
    chosen = {id(column): min(column, key=lambda s: abs(s.box.center[0] - number.row)) for column in columns}
    stems = {up.get(chosen[id(column)].id) for column in columns if len(column) > 1} - {None}
    return [chosen[id(column)] for column in columns
            if len(column) > 1 or len(stems) != 1 or up.get(column[0].id) in (None, *stems)]


def _about(number: _Number, pieces: Sequence[Stroke]) -> list[Stroke]:
    """The bracket of a number: the one that runs over it, or the nearest piece on each side, because a number may
    interrupt its bracket. Pieces that are farther away belong to the next tuplets."""
    for piece in pieces:
        if piece.points[0][1] < number.col < piece.points[-1][1]:
            return [piece]
    before = [b for b in pieces if b.points[-1][1] <= number.col]
    after = [b for b in pieces if b.points[0][1] >= number.col]
    return [*sorted(before, key=lambda b: b.points[-1][1])[-1:], *sorted(after, key=lambda b: b.points[0][1])[:1]]


def _beam_members(number: _Number, countable: _Countable) -> list[Symbol]:
    """The top noteheads of the chords under the beam nearest to a number. Empty if no beam is in reach."""
    space, count = countable.space, number.value
    groups: dict[int, list[ChordInk]] = {}
    for chord in countable.chords:
        if chord.beams:
            groups.setdefault(chord.beams[0].id, []).append(chord)
    best: list[ChordInk] = []
    best_price = T.beam_price
    for members in groups.values():
        ordered = sorted(members, key=lambda c: c.tip[1])
        aside = T.beam_aside * space
        if not ordered[0].tip[1] - aside < number.col < ordered[-1].tip[1] + aside:
            continue
        # One beam may carry several tuplets. The number then counts `count` neighbours around it. But if all notes are
        # alike, and do not make up a whole number of tuplets, the number is a fingering.
        alike = len({len(c.beams) for c in ordered}) == 1
        if count <= T.fingers and len(ordered) > count and len(ordered) % count and alike:
            continue
        unlike = [] if alike or not countable.exact else _made_up(ordered, number, countable)
        is_whole = len(ordered) == count or bool(unlike)
        if unlike:
            ordered = unlike
        elif len(ordered) > count:
            starts = range(len(ordered) - count + 1)
            start = min(starts, key=lambda s: abs(_middle(ordered[s:s + count]) - number.col))
            ordered = ordered[start:start + count]
            is_whole = True
        rows = [c.tip[0] for c in ordered] + [h.box.center[0] for c in ordered for h in c.heads]
        away = max(min(rows) - number.row, number.row - max(rows), 0.0) / space
        price = abs(_middle(ordered) - number.col) / space + T.beam_distance * max(away - T.beam_free, 0)
        price += 0.0 if is_whole else T.beam_count
        if price < best_price:
            best, best_price = ordered, price
    return [c.heads[0] for c in best]


def _at_beam(number: _Number, countable: _Countable) -> list[Symbol]:
    """What a number without a bracket counts at a beam: the chords under the nearest beam. If these do not make up the
    number, a beam is preferred that makes it up together with what is beside it."""
    under = _beam_members(number, countable)
    return under if _are_whole(under, number, countable) else _completed_beam(number, countable) or under


def _are_whole(symbols: Sequence[Symbol], number: _Number, countable: _Countable) -> bool:
    """Whether chords together make up a number: they last as long as that many notes of one length, and that length is
    at least that of the shortest chord. symbols: the top noteheads of the chords."""
    chord_of = {c.heads[0].id: c for c in countable.chords}
    own = [member(s, chord_of.get(s.id), countable.dots.get(s.id, 0)) for s in symbols]
    return fits(own, number.value) and sum(m.quarters for m in own) >= number.value * min(m.quarters for m in own)


def _completed_beam(number: _Number, countable: _Countable) -> list[Symbol]:
    """On drawn pages, the chords under a beam near a number, and what makes up the number together with them: a rest or
    chord beside them, or the chords under the next beam, which may be on another staff. For example, a 3 without a
    bracket may stand over an eighth rest and two beamed eighths, and a 6 between two beams with three notes each.
    Empty if there is no such beam."""
    if not countable.exact:
        return []
    chord_of = {c.heads[0].id: c for c in countable.chords}
    space, reach = countable.space, T.completed_reach * countable.space
    found: list[tuple[bool, bool, float, list[Symbol]]] = []
    groups = _beamed_groups(countable.chords)
    for heads in groups:
        first, last = heads[0].box.center[1], heads[-1].box.center[1]
        staves = {countable.staff_of.get(h.id, -1) for h in heads}
        rows = [row for h in heads for row in (h.box.center[0], chord_of[h.id].tip[0])]
        is_near = (first - reach < number.col < last + reach
                   and min(abs(row - number.row) for row in rows) < T.bracket_away * space)
        if not is_near or len(heads) >= number.value or _are_whole(heads, number, countable):
            continue
        for side, end in ((-1, first), (1, last)):
            away = [(side * (s.box.center[1] - end), s) for staff in staves for s, _ in countable.on(staff)]
            nearest = min((a for a, _ in away if a > T.one_column * space), default=0.0)
            beside = [[s] for off, s in away
                      if nearest <= off < nearest + T.beam_beside * space and not s.symbol_class.is_small]
            beside += [other for other in groups if other is not heads and (
                T.one_column * space < side * (other[-1 if side < 0 else 0].box.center[1] - end) < reach)]
            for more in beside:
                whole = [member(s, chord_of.get(s.id), countable.dots.get(s.id, 0)) for s in (*heads, *more)]
                cols = [m.symbol.box.center[1] for m in whole]
                off_number = abs((min(cols) + max(cols)) / 2 - number.col)
                each, shortest = sum(m.quarters for m in whole) / number.value, min(m.quarters for m in whole)
                as_many = len(more) == 1 or len(whole) == number.value
                if as_many and off_number < T.beam_completed * space * (1 if len(more) == 1 else len(whole)) and fits(
                        whole, number.value) and each >= shortest:
                    found.append((len(whole) != number.value, each > shortest, off_number, [*heads, *more]))
    return min(found, key=lambda f: f[:3])[3] if found else []


def _made_up(ordered: Sequence[ChordInk], number: _Number, countable: _Countable) -> list[ChordInk]:
    """Of the chords under a beam that are not all of one length, the neighbours around a number that last as long as
    that many of the longest of them. For example, an eighth and two sixteenths under a 2. Empty if there are none.

    ordered: the chords, from left to right.
    """
    members = [member(c.heads[0], c, countable.dots.get(c.heads[0].id, 0)) for c in ordered]
    found = []
    for start in range(len(members)):
        for end in range(start + 2, len(members) + 1):
            lengths = [m.quarters for m in members[start:end]]
            if len(set(lengths)) > 1 and sum(lengths) == number.value * max(lengths) and max(lengths) in UNITS:
                found.append((abs(_middle(ordered[start:end]) - number.col), start, end))
    off, start, end = min(found, default=(0.0, 0, 0))
    return list(ordered[start:end]) if off < T.beam_completed * countable.space else []


def _beamed_groups(chords: Sequence[ChordInk]) -> list[list[Symbol]]:
    """The top noteheads of full-sized chords, in one list for each group that beams join, from left to right."""
    groups: list[tuple[set[int], list[Symbol]]] = []
    for chord in chords:
        if chord.beams and not chord.heads[0].symbol_class.is_small:
            beams, heads = {beam.id for beam in chord.beams}, [chord.heads[0]]
            for group in [g for g in groups if not beams.isdisjoint(g[0])]:
                groups.remove(group)
                beams |= group[0]
                heads += group[1]
            groups.append((beams, heads))
    return [sorted(heads, key=lambda h: h.box.center[1]) for _, heads in groups]


def _middle(ordered: Sequence[ChordInk]) -> float:
    """Column midway between the tips of the first and the last stem."""
    return (ordered[0].tip[1] + ordered[-1].tip[1]) / 2


def _neighbour_members(number: _Number, countable: _Countable) -> list[Symbol]:
    """The run of notes and rests on a number's staff whose middle is nearest to the number. Empty if none is near."""
    space, count = countable.space, number.value
    near = sorted(
        (s for s, _ in countable.on(number.staff)
         if not s.symbol_class.is_small and abs(s.box.center[1] - number.col) < T.neighbour_reach * space),
        key=lambda s: s.box.center[1],
    )
    best: list[Symbol] = []
    best_price = T.neighbour_price
    for size in range(count, 1, -1):
        for start in range(len(near) - size + 1):
            run = near[start:start + size]
            middle = (run[0].box.center[1] + run[-1].box.center[1]) / 2
            price = abs(middle - number.col) / space + T.neighbour_fewer * (count - size)
            if price < best_price:
                best, best_price = run, price
    return best
