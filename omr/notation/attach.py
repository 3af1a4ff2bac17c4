"""What hangs on a notehead or rest beside its stem: accidentals, dots, articulations, tuplets, graces.

Each matcher takes heads and marks and returns pairs; the nearest legal place wins, and what finds no place is left.
Dots have no shape to tell them apart, so their place decides: right of a head or rest (augmentation), over or
under a head (staccato), in the middle spaces beside a barline (repeat). Their class only breaks ties.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from omr.notation.chords import ChordInk
from omr.notation.placing import Placing
from omr.notation.signatures import accidental_row
from omr.types import Edge, Stroke, Symbol


class Targets:
    """Heads (or rests) with their boxes as arrays, for asking all at once. Lengths in pixels."""

    def __init__(self, symbols: Sequence[Symbol], staff_of: Mapping[int, int]):
        self.symbols = list(symbols)
        boxes = np.array([(s.box.top, s.box.left, s.box.bottom, s.box.right) for s in symbols]).reshape(-1, 4)
        self.top, self.left, self.bottom, self.right = boxes.T
        self.row, self.col = (self.top + self.bottom) / 2, (self.left + self.right) / 2
        self.staff = np.array([staff_of.get(s.id, -1) for s in symbols])

    def __len__(self) -> int:
        return len(self.symbols)


def accidentals(placing: Placing, marks: Sequence[Symbol], heads: Targets) -> Iterator[Edge]:
    """Accidental to the nearest head on its right at its height; one accidental a head, the surest pair first."""
    if not len(heads):
        return
    space = placing.space_px
    pairs = []
    for mark in marks:
        ahead = (heads.left - mark.box.right) / space
        off = np.abs(heads.row - accidental_row(mark)) / space
        small = mark.name.endswith("Small")
        cost = 0.3 * np.maximum(ahead, 0) + 2.0 * off
        legal = (ahead > -0.5) & (ahead < 5.5) & (off < 0.6) & (heads.col > mark.box.center[1])
        for i in np.flatnonzero(legal).tolist():
            grace = heads.symbols[i].name.endswith("Small")
            pairs.append((float(cost[i]) + 0.5 * (small != grace), i, mark))
    taken: set[int] = set()
    done: set[int] = set()
    for _, i, mark in sorted(pairs, key=lambda p: p[0]):
        if i not in taken and mark.id not in done:
            taken.add(i)
            done.add(mark.id)
            yield Edge(heads.symbols[i].id, mark.id, "accidental")


def repeat_dots(placing: Placing, dots: Sequence[Symbol], barlines: Sequence[Stroke]) -> Iterator[Edge]:
    """Two dots, one above and one below a staff's middle line, within 1.6 spaces of a barline."""
    space = placing.space_px
    by_staff: dict[int, list[Symbol]] = {}
    for dot in dots:
        staff = placing.nearest(*dot.box.center)
        if staff is not None and 0.4 < abs(staff.position(*dot.box.center)) < 1.7:
            by_staff.setdefault(staff.index, []).append(dot)
    for group in by_staff.values():
        for upper in group:
            for lower in group:
                (r0, c0), (r1, c1) = upper.box.center, lower.box.center
                if not (0.6 * space < r1 - r0 < 1.4 * space and abs(c1 - c0) < 0.35 * space):
                    continue
                near = [
                    (abs((b.points[0][1] + b.points[-1][1]) / 2 - c0), b) for b in barlines
                    if b.points[0][0] - space < r0 < b.points[-1][0] + space
                ]
                away, barline = min(near, key=lambda n: n[0], default=(np.inf, None))
                if barline is not None and away < 1.7 * space:
                    yield Edge(barline.id, upper.id, "repeat")
                    yield Edge(barline.id, lower.id, "repeat")


def augmentation_dots(
    placing: Placing, dots: Sequence[Symbol], heads: Targets, rests: Targets
) -> Iterator[Edge]:
    """Dots to the head or rest on their left: in its space, or for a head on a line half a space off it."""
    space = placing.space_px
    first: dict[int, list[tuple[float, Symbol]]] = {}  # dots by the head they were given to
    for dot in sorted(dots, key=lambda d: d.box.left):
        row, col = dot.box.center
        likely = 0.0 if dot.name == "augmentationDot" else 0.5
        best, best_cost = None, 1.9
        for targets in (heads, rests):
            if not len(targets):
                continue
            behind = (col - targets.right) / space
            off = (targets.row - row) / space  # positive: the dot is higher
            if targets is rests:
                miss = np.maximum(np.abs(off - 0.2) - 0.6, 0)
            else:
                miss = np.minimum(np.minimum(np.abs(off), np.abs(off - 0.5)), np.abs(off + 0.5) + 0.3)
            # Over or under a head is staccato's place, not this one's.
            legal = (behind > 0.05) & (behind < 3.2) & (miss < 0.45) & (np.abs(off) < 1.2)
            cost = np.where(legal, np.maximum(behind - 0.2, 0) * 0.55 + 1.5 * miss + likely, np.inf)
            i = int(cost.argmin())
            if cost[i] < best_cost:
                best, best_cost = targets.symbols[i], float(cost[i])
        chained = [
            head for head, given in first.items()
            if any(0.2 * space < col - c < 1.1 * space and abs(row - d.box.center[0]) < 0.3 * space for c, d in given)
        ]
        if chained:
            yield Edge(chained[-1], dot.id, "dot")
            first[chained[-1]].append((col, dot))
        elif best is not None:
            yield Edge(best.id, dot.id, "dot")
            first.setdefault(best.id, []).append((col, dot))


def tuplets(
    placing: Placing, digits: Sequence[Symbol], brackets: Sequence[Stroke], chords: Sequence[ChordInk], rests: Targets,
    staff_of: Mapping[int, int],
) -> Iterator[Edge]:
    """Digits to the chords and rests they count; neighbouring digits are one number.

    Under a bracket: what lies within it. Over a beam: the beam's chords. Without either: the neighbours about the
    digit, as many as it says.
    """
    space = placing.space_px
    if not chords:
        return
    for number in _numbers(digits, space):
        digit = number[0]
        count = int("".join(d.name[-1] for d in number))
        row, col = digit.box.center[0], (digit.box.left + number[-1].box.right) / 2
        staff = staff_of.get(digit.id, -1)
        inside = _bracket_members(row, col, brackets, chords, rests, staff_of, staff, space)
        if not inside:
            inside = _beam_members(row, col, count, chords, space)
        if not inside:
            inside = _neighbour_members(row, col, count, staff, chords, rests, staff_of, space)
        for symbol in inside:
            for digit in number:
                yield Edge(symbol.id, digit.id, "tuplet")


def _numbers(digits: Sequence[Symbol], space: float) -> list[list[Symbol]]:
    """Digits side by side, joined into numbers."""
    numbers: list[list[Symbol]] = []
    for digit in sorted(digits, key=lambda d: d.box.left):
        for number in numbers:
            gap = digit.box.left - number[-1].box.right
            level = abs(digit.box.center[0] - number[-1].box.center[0]) < 0.4 * space
            if level and -0.5 * space < gap < 0.4 * space:
                number.append(digit)
                break
        else:
            numbers.append([digit])
    return numbers


def _bracket_members(
    row: float, col: float, brackets: Sequence[Stroke], chords: Sequence[ChordInk], rests: Targets,
    staff_of: Mapping[int, int], staff: int, space: float,
) -> list[Symbol]:
    level = [
        b for b in brackets
        if abs((b.points[0][0] + b.points[-1][0]) / 2 - row) < 1.2 * space
        and b.points[0][1] - 4 * space < col < b.points[-1][1] + 4 * space
        and b.points[-1][1] - b.points[0][1] < 25 * space
    ]
    if not level:
        return []
    # A bracket broken by its digit is two strokes.
    left = min(b.points[0][1] for b in level) - 0.9 * space
    right = max(b.points[-1][1] for b in level) + 0.9 * space
    if abs((left + right) / 2 - col) > 0.25 * (right - left):
        return []
    members = [
        c.heads[0] for c in chords
        if left < c.heads[0].box.center[1] < right and staff_of.get(c.heads[0].id) == staff
        and abs(c.tip[0] - row) < 7 * space
    ]
    members += [r for r in rests.symbols if left < r.box.center[1] < right and staff_of.get(r.id) == staff]
    return members if len(members) >= 2 else []


def _beam_members(row: float, col: float, count: int, chords: Sequence[ChordInk], space: float) -> list[Symbol]:
    groups: dict[int, list[ChordInk]] = {}
    for chord in chords:
        if chord.beams:
            groups.setdefault(chord.beams[0].id, []).append(chord)
    best, best_cost = [], 2.0
    for members in groups.values():
        cols = [c.tip[1] for c in members]
        if not min(cols) - space < col < max(cols) + space:
            continue
        ordered = sorted(members, key=lambda c: c.tip[1])
        # One beam may carry several tuplets: the digit counts `count` neighbours centred on it.
        if len(ordered) > count:
            starts = range(len(ordered) - count + 1)
            start = min(starts, key=lambda s: abs((ordered[s].tip[1] + ordered[s + count - 1].tip[1]) / 2 - col))
            ordered = ordered[start:start + count]
        middle = (ordered[0].tip[1] + ordered[-1].tip[1]) / 2
        rows = [c.tip[0] for c in ordered] + [h.box.center[0] for c in ordered for h in c.heads]
        away = max(min(rows) - row, row - max(rows), 0.0) / space
        cost = abs(middle - col) / space + 0.3 * max(away - 1.5, 0) + (0.0 if len(ordered) == count else 0.9)
        if cost < best_cost:
            best, best_cost = ordered, cost
    return [c.heads[0] for c in best]


def _neighbour_members(
    row: float, col: float, count: int, staff: int, chords: Sequence[ChordInk], rests: Targets,
    staff_of: Mapping[int, int], space: float,
) -> list[Symbol]:
    near = [c.heads[0] for c in chords if staff_of.get(c.heads[0].id) == staff and "Small" not in c.heads[0].name]
    near += [r for r in rests.symbols if staff_of.get(r.id) == staff]
    near = sorted((s for s in near if abs(s.box.center[1] - col) < 12 * space), key=lambda s: s.box.center[1])
    best, best_cost = [], 1.5
    for size in range(count, 1, -1):
        for start in range(len(near) - size + 1):
            run = near[start:start + size]
            middle = (run[0].box.center[1] + run[-1].box.center[1]) / 2
            cost = abs(middle - col) / space + 0.6 * (count - size)
            if cost < best_cost:
                best, best_cost = run, cost
    return best


def graces(chords: Sequence[ChordInk], staff_of: Mapping[int, int], space: float) -> Iterator[Edge]:
    """Small chords to the next full-sized chord of their staff, within 8 spaces."""
    full = [c for c in chords if "Small" not in c.heads[0].name]
    for chord in chords:
        head = chord.heads[0]
        if "Small" not in head.name:
            continue
        after = [
            c for c in full
            if staff_of.get(c.heads[0].id) == staff_of.get(head.id)
            and 0 < c.heads[0].box.center[1] - head.box.center[1] < 8 * space
        ]
        if after:
            home = min(after, key=lambda c: c.heads[0].box.center[1])
            for small in chord.heads:
                yield Edge(home.heads[0].id, small.id, "grace")
