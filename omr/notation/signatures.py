"""Key and time signatures: runs of accidentals in the order of fifths, digits one above the other.

Whether an accidental belongs to a signature or to a note is decided here, before notes are given theirs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise

from omr.notation.placing import Placing
from omr.types import Staff, Symbol

ACCIDENTALS = {"accidentalFlat": -1, "accidentalNatural": 0, "accidentalSharp": 1}
CLEFS: dict[str, tuple[str, int, int]] = {
    # name: sign, line of the staff (1 = bottom), octave change
    "gClef": ("G", 2, 0), "gClef8vb": ("G", 2, -1), "gClef8va": ("G", 2, 1), "fClef": ("F", 4, 0),
    "fClef8vb": ("F", 4, -1), "fClef8va": ("F", 4, 1), "cClef": ("C", 3, 0), "cClef8vb": ("C", 3, -1),
    "unpitchedPercussionClef1": ("percussion", 3, 0),
}
_SIGN_STEP = {"G": 4, "F": 3, "C": 0, "percussion": 6}  # diatonic step of the clef's own line, C = 0
SHARP_STEPS = (3, 0, 4, 1, 5, 2, 6)  # F C G D A E B
FLAT_STEPS = tuple(reversed(SHARP_STEPS))
LOST_ACCIDENTAL = 1.0
"""Half spaces of misfit that a lost accidental of a key signature must save to be supposed."""


def plain_clef(name: str) -> str:
    """A clef's name without its octave mark."""
    return name.partition("8")[0]


def clef_line(symbol: Symbol, staff: Staff) -> int:
    """The staff line (1 = bottom) a clef stands on: only C clefs, and F clefs clearly off the fourth line, move."""
    sign, line, _ = CLEFS[symbol.name]
    row, col = symbol.box.center
    if symbol.name == "cClef8vb":  # the clef itself is four spaces high, its 8 stands below
        row = symbol.box.top + 2 * staff.space_px
    position = staff.position(row, col)
    if sign == "C":
        return min(5, max(1, round(position / 2) + 3))
    if sign == "F" and position < -0.3 and staff.position(symbol.box.top, col) < 3.0:
        return 3
    return line


def step_at(position: int, sign: str, line: int) -> int:
    """Diatonic step (C = 0 .. B = 6, octave dropped) of a staff position under a clef."""
    return (_SIGN_STEP[sign] + position - 2 * (line - 3)) % 7


def accidental_row(symbol: Symbol) -> float:
    """The row an accidental speaks of: its middle, or a flat's belly."""
    box = symbol.box
    return box.bottom - 0.29 * box.height if "Flat" in symbol.name else box.center[0]


def find_keys(
    placing: Placing, marks: Sequence[Symbol], heads: Sequence[Symbol], barline_cols: dict[int, list[float]],
    staff_of: Mapping[int, int],
) -> list[list[Symbol]]:
    """Runs of accidentals that are key signatures, each from left to right.

    marks: accidentals, clefs and everything else with a staff; barline_cols: columns by staff index. A run starts
    after a clef or a barline, is of one kind (naturals may precede), and its steps follow the order of fifths.
    """
    space = placing.space_px
    found: list[list[Symbol]] = []
    changes: list[tuple[Staff, list[Symbol]]] = []
    for staff in placing.staves:
        on_staff = sorted((m for m in marks if staff_of.get(m.id) == staff.index), key=lambda m: m.box.left)
        clefs = [m for m in on_staff if m.name in CLEFS]
        accidentals = [m for m in on_staff if m.name in ACCIDENTALS]
        here = sorted((h for h in heads if staff_of.get(h.id) == staff.index), key=lambda h: h.box.left)
        opening = [c.box.right for c in clefs if c.box.left < staff.left + 4 * space][:1]
        starts = [(c, 4.0) for c in opening] or [(staff.left, 5.5)]
        bars = [b for b in barline_cols.get(staff.index, []) if b > staff.left + 2 * space]
        used: set[int] = set()
        for start, reach in starts + [(b, 3.0) for b in sorted(bars)]:
            run = [a for a in _run_from(start, reach * space, accidentals, here, space) if a.id not in used]
            clef = next((c for c in reversed(clefs) if c.box.left < start + space), None)
            sign, line = ("G", 2) if clef is None else (CLEFS[clef.name][0], clef_line(clef, staff))
            inside = (start, reach) not in starts
            legal = _legal(run, staff, sign, line, here, 2.6 if inside else 0.9, space)
            used.update(a.id for a in legal)
            if legal and not inside:
                found.append(legal)
            elif legal and legal == run:
                changes.append((staff, legal))
    return found + _agreed(placing, changes, space)


def _agreed(placing: Placing, changes: list[tuple[Staff, list[Symbol]]], space: float) -> list[list[Symbol]]:
    """Changes of key within a system that stand on most of its staves: one staff alone has a note's accidentals."""
    agreed = []
    for staff, run in changes:
        size = sum(s.system == staff.system for s in placing.staves)
        beside = {
            other.index for other, r in changes
            if other.system == staff.system and abs(r[0].box.left - run[0].box.left) < 2.5 * space
        }
        if len(beside) > 0.6 * size and (size > 1 or len(run) > 1):
            agreed.append(run)
    return agreed


def _run_from(start: float, reach: float, accidentals: list[Symbol], heads: list[Symbol], space: float) -> list[Symbol]:
    after = [a for a in accidentals if a.box.left > start - 0.5 * space]
    if not after or after[0].box.left - start > reach:
        return []
    run = [after[0]]
    for a, b in pairwise(after):
        if b.box.left - a.box.right > 1.2 * space or b.box.left - a.box.left < 0.3 * space:
            break
        run.append(b)
    first_head = next((h for h in heads if h.box.right > run[0].box.left), None)
    if first_head is not None:
        run = [a for a in run if a.box.right < first_head.box.left + 0.3 * space]
    return run


def _legal(
    run: list[Symbol], staff: Staff, sign: str, line: int, heads: list[Symbol], clear: float, space: float
) -> list[Symbol]:
    """The longest beginning of the run whose steps follow the circle of fifths, without a note's accidental (the
    last, with a head at its height less than `clear` spaces to its right)."""
    keep: list[Symbol] = []
    place, kind = -1, None
    for a in run:
        last = not any(b.box.left > a.box.right - 0.2 * space for b in run)
        if last and any(
            -0.3 * space < h.box.left - a.box.right < clear * space
            and abs(h.box.center[0] - accidental_row(a)) < 0.4 * space for h in heads
        ):
            break
        sort = ACCIDENTALS[a.name]
        if sort != kind and kind not in (None, 0):
            break
        position = staff.position(accidental_row(a), a.box.center[1])
        orders = [FLAT_STEPS] if sort < 0 else [SHARP_STEPS] if sort > 0 else [SHARP_STEPS, FLAT_STEPS]
        if sort != kind:
            place, kind = -1, sort
        ahead = []
        for order in orders:
            for nudge in (0.0, 0.45, -0.45):
                k = order.index(step_at(round(position + nudge), sign, line))
                if place < k <= place + 2 or (sort == 0 and k > place):
                    ahead.append((k - place + (0.5 if nudge else 0), k))
                    break
        if not ahead:
            break
        place = min(ahead)[1]
        keep.append(a)
    return keep


def key_fifths(run: Sequence[Symbol], staff: Staff, sign: str, line: int) -> int:
    """-7 .. 7 of a key signature; naturals alone mean 0.

    The accidentals' heights are fitted to the order of fifths; that one of them was lost is supposed only where it
    makes the others fit.
    """
    live = [a for a in run if ACCIDENTALS[a.name] != 0][:7]
    if not live:
        return 0
    order = SHARP_STEPS if ACCIDENTALS[live[0].name] > 0 else FLAT_STEPS
    positions = [staff.position(accidental_row(a), a.box.center[1]) for a in live]
    miss = [
        [min(abs(p - q) for q in range(-6, 8) if step_at(q, sign, line) == step) for step in order] for p in positions
    ]
    best = (math.inf, len(live))
    for count in range(len(live), min(7, len(live) + 2) + 1):
        for lost in combinations(range(count - 1), count - len(live)):
            places = [k for k in range(count) if k not in lost]
            cost = sum(min(row[k], 2.0) for row, k in zip(miss, places, strict=True)) + LOST_ACCIDENTAL * len(lost)
            best = min(best, (cost, count))
    return best[1] * ACCIDENTALS[live[0].name]


def find_times(placing: Placing, marks: Sequence[Symbol], staff_of: Mapping[int, int]) -> list[list[Symbol]]:
    """Groups of digits (numerator above denominator) or one C, each from left to right."""
    space = placing.space_px
    found: list[list[Symbol]] = []
    for staff in placing.staves:
        digits = sorted(
            (m for m in marks if m.name.startswith("timeSig") and staff_of.get(m.id) == staff.index),
            key=lambda m: m.box.left,
        )
        groups: list[list[Symbol]] = []
        for m in digits:
            if groups and m.box.left - max(g.box.right for g in groups[-1]) < 0.4 * space:
                groups[-1].append(m)
            else:
                groups.append([m])
        found.extend(g for g in groups if read_time(g, staff) is not None)
    return found


def read_time(group: Sequence[Symbol], staff: Staff) -> tuple[int, int, str | None] | None:
    """(beats, beat type, "common", "cut" or None) of a group; None if it is no time signature."""
    letters = [m for m in group if m.name in ("timeSigCommon", "timeSigCutCommon")]
    if letters:
        best = max(letters, key=lambda m: m.score)
        return (4, 4, "common") if best.name == "timeSigCommon" else (2, 2, "cut")
    upper = [m for m in group if staff.position(*m.box.center) > 0]
    lower = [m for m in group if staff.position(*m.box.center) <= 0]
    if not upper or not lower:
        return None
    beats = int("".join(m.name[-1] for m in sorted(upper, key=lambda m: m.box.left)))
    beat_type = int("".join(m.name[-1] for m in sorted(lower, key=lambda m: m.box.left)))
    if beat_type not in (1, 2, 4, 8, 16, 32) or not 1 <= beats <= 32:
        return None
    return beats, beat_type, None
