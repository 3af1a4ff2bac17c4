"""Key and time signatures: accidentals in the order of fifths, digits one above the other.

Whether an accidental belongs to a signature or to a note is decided here, before the notes get their accidentals.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from omr.notation.placing import Placing
from omr.types import Staff, Symbol
from omr.types.table import table

ACCIDENTALS = {"accidentalFlat": -1, "accidentalNatural": 0, "accidentalSharp": 1}
"""Classes of the accidentals in key signatures -> their alteration in semitones."""
CLEFS: dict[str, tuple[str, int, int]] = {
    "gClef": ("G", 2, 0), "gClef8vb": ("G", 2, -1), "gClef8va": ("G", 2, 1), "fClef": ("F", 4, 0),
    "fClef8vb": ("F", 4, -1), "fClef8va": ("F", 4, 1), "cClef": ("C", 3, 0), "cClef8vb": ("C", 3, -1),
    "unpitchedPercussionClef1": ("percussion", 3, 0),
}
"""Class of a clef -> its sign, its usual line (1 = bottom), and how many octaves higher it makes notes sound."""
_SIGN_STEP = {"G": 4, "F": 3, "C": 0, "percussion": 6}
"""Diatonic step (C = 0) of the line on which a clef stands. The lines under a percussion clef are named like those
under a treble clef."""
SHARP_STEPS = (3, 0, 4, 1, 5, 2, 6)
"""Diatonic steps (C = 0) in the order of sharps in a key signature: F C G D A E B."""
FLAT_STEPS = tuple(reversed(SHARP_STEPS))
"""The same for flats: B E A D G C F."""


@table
class SignatureTolerances:
    """Lengths are in staff spaces, positions in half spaces from the middle line, unless a field says otherwise."""

    # Clefs
    low_f_clef: float = -0.3
    """The middle of an F clef on the third line is below this position ..."""
    low_f_clef_top: float = 3.0
    """... and its top below this one. An F clef on the fourth line reaches the fifth."""
    flat_belly: float = 0.29
    """How far above a flat's bottom the middle of its belly is, as a part of its height."""

    # Where a key signature may begin: how far after something, measured from left edge to left edge
    after_clef: float = 4.0
    """After the right edge of the clef that opens the staff. Old prints leave more room than new ones."""
    drawn_after_clef: float = 2.5
    """The same on pages drawn by notation programs, where the keys of all staves begin after the widest clef."""
    after_start: float = 5.5
    """After the staff's left end, if no clef was found there. There is room for a clef in between."""
    after_barline: float = 3.0
    """After a barline. The second line of a double barline may stand in between."""
    before_start: float = 0.5
    """How far left of such a place the first accidental may begin, because boxes are not exact."""
    first_barline: float = 2.0
    """Barlines at most this far from the staff's left end belong to the beginning of the system."""
    clef_before: float = 1.0
    """A clef that begins at most this far right of such a place still counts for the signature."""

    # Runs of accidentals
    run_gap: float = 1.2
    """Greatest gap between neighbours of a signature: about an accidental's width."""
    run_step: float = 0.3
    """Least distance between the left edges of neighbours. Nearer accidentals are one above the other, before a
    chord."""
    run_overlap: float = 0.3
    """How far the last accidental may overlap the first notehead after the signature."""
    run_last: float = 0.2
    """How far the accidentals of a signature may overlap each other."""
    own_note: tuple[float, float] = (0.9, 2.6)
    """An accidental belongs to the notehead at its height, not to a signature, if the gap between them is at most this.
    The first value is for the beginning of a staff, where notes keep away from signatures; the second for after a
    barline, where signatures are rare."""
    own_note_overlap: float = 0.3
    """How far such a notehead may overlap its accidental."""
    own_note_off: float = 0.4
    """Greatest vertical distance between such a notehead and its accidental. A notehead one step away is 0.5 off."""
    nudge: float = 0.45
    """How far the position of an accidental may be shifted, in half spaces, to find the step that comes next."""
    nudge_price: float = 0.5
    """Price of such a shift, in places of the order of fifths."""
    places_ahead: int = 2
    """How many places of the order of fifths the next accidental may be ahead: one may have been lost."""
    agreed_aside: float = 2.5
    """Greatest sideways distance between the same change of key on several staves of a system."""
    key_positions: tuple[float, float] = (-2.5, 4.5)
    """Positions, in half spaces, between which the first accidental of a key is printed. Under a treble clef, for
    example, F sharp is on the fifth line, not in the first space."""
    key_reach: float = 5.5
    """Greatest distance of a key signature's accidental from the middle line on drawn pages, in half spaces. G sharp
    above the fifth line (treble clef) and F flat below the first (bass clef) are 5 away. An accidental on ledger lines
    belongs to a note."""
    agreed_share: float = 0.6
    """A change of key must stand on more than this share of a system's staves."""

    # Reading a key
    greatest_miss: float = 2.0
    """A greater misfit of one accidental counts only as this, in half spaces: it is then not misplaced, but misread."""
    lost_accidental: float = 1.0
    """A lost accidental is assumed only if it lessens the misfit by this much, in half spaces."""
    most_lost: int = 2
    """Most accidentals of one key signature that are assumed to be lost."""

    before_repeat: float = 10.0
    """Greatest distance between a key and the repeat sign before which it stands: the width of a key with seven
    accidentals."""

    # Time signatures
    digit_gap: float = 0.4
    """Greatest gap between the digits of one time signature."""
    plus_gap: tuple[float, float] = (0.6, 2.6)
    """Least and greatest gap between two digits in the upper half with a plus between them: 0.9 to 1.0 in MuseScore, up
    to 2.1 in wider fonts. The digits of one number are at most 0.1 apart."""
    under_sum: float = 1.0
    """Greatest distance between the middle of such a sum and that of the number under it."""
    letter_off: float = 1.2
    """Greatest distance of a C beside digits from the middle line, in half spaces: one in the lower half, at 2, is a
    6. C's were seen at most 0.1 away."""


T = SignatureTolerances()
"""The tolerances of this stage."""
BEAT_TYPES = (1, 2, 4, 8, 16, 32)
"""Possible lower numbers of time signatures."""
MOST_BEATS = 32
"""Greatest upper number of a time signature that is believed."""


def plain_clef(name: str) -> str:
    """A clef's name without its octave mark."""
    return name.partition("8")[0]


def clef_line(symbol: Symbol, staff: Staff) -> int:
    """The staff line (1 = bottom) on which a clef stands. Only C clefs, and F clefs clearly off the fourth line, are
    not on their usual line."""
    sign, line, _ = CLEFS[symbol.name]
    row, col = symbol.box.center
    if symbol.name == "cClef8vb":  # the clef itself is four spaces high, and its 8 stands below
        row = symbol.box.top + 2 * staff.space_px
    position = staff.position(row, col)
    if sign == "C":
        return min(5, max(1, round(position / 2) + 3))
    if sign == "F" and position < T.low_f_clef and staff.position(symbol.box.top, col) < T.low_f_clef_top:
        return 3
    return line


def step_at(position: int, sign: str, line: int) -> int:
    """Diatonic step (C = 0 to B = 6, without octave) of a staff position under a clef."""
    return (_SIGN_STEP[sign] + position - 2 * (line - 3)) % 7


def accidental_row(symbol: Symbol) -> float:
    """The row of the note that an accidental alters: its middle, or the middle of a flat's belly."""
    box = symbol.box
    return box.bottom - T.flat_belly * box.height if "Flat" in symbol.name else box.center[0]


@dataclass(frozen=True, eq=False)
class _KeyStaff:
    """A staff with everything that decides about its key signatures, each from left to right.

    space: of the page, in pixels.
    after_clef: as in `SignatureTolerances`.
    reach: `SignatureTolerances.key_reach` on drawn pages; infinite on scans.
    """

    staff: Staff
    clefs: Sequence[Symbol]
    accidentals: Sequence[Symbol]
    heads: Sequence[Symbol]
    space: float
    after_clef: float
    reach: float

    def starts(self, barlines: Sequence[float]) -> list[tuple[float, float, bool]]:
        """Where key signatures may begin: (column, how far after it in staff spaces, whether it is inside the staff).

        barlines: their columns.
        """
        opening = next((c.box.right for c in self.clefs if self.staff.is_opened_by(c)), None)
        first = (self.staff.left, T.after_start, False) if opening is None else (opening, self.after_clef, False)
        inside = sorted(b for b in barlines if b > self.staff.left + T.first_barline * self.space)
        return [first, *((b, T.after_barline, True) for b in inside)]

    def before_barlines(self, barlines: Sequence[float]) -> Iterator[list[Symbol]]:
        """The accidentals between each barline and the last notehead before it. Before a repeat sign, they may be a new
        key."""
        for barline in sorted(barlines):
            last = max((h.box.right for h in self.heads if h.box.left < barline), default=self.staff.left)
            reach = max(last, barline - T.before_repeat * self.space)
            run = [a for a in self.accidentals if reach < a.box.left and a.box.right < barline]
            if run:
                yield run

    def clef_at(self, col: float) -> tuple[str, int]:
        """Sign and line of the clef that holds at a column. If no clef was found, those of a treble clef."""
        before = [c for c in self.clefs if c.box.left < col + T.clef_before * self.space]
        return (CLEFS[before[-1].name][0], clef_line(before[-1], self.staff)) if before else ("G", 2)


def find_keys(
    placing: Placing, marks: Sequence[Symbol], heads: Sequence[Symbol], barline_cols: Mapping[int, Sequence[float]],
    staff_of: Mapping[int, int], exact: bool = False,
) -> list[list[Symbol]]:
    """The key signatures of a page, as runs of accidentals from left to right.

    A run starts after a clef or a barline, consists of accidentals of one kind (naturals may come first), and its steps
    follow the order of fifths.

    marks: accidentals, clefs and everything else that has a staff.
    barline_cols: columns of barlines, by staff index.
    exact: whether the page was drawn by a notation program.
    """
    space = placing.space_px
    openings: list[tuple[_KeyStaff, list[Symbol]]] = []
    changes: list[tuple[_KeyStaff, list[Symbol]]] = []
    clefs, accidentals, heads_of = (_by_staff(symbols, staff_of) for symbols in (
        [m for m in marks if m.kind == "clef"], [m for m in marks if m.name in ACCIDENTALS], heads))
    for staff in placing.staves:
        here = _KeyStaff(staff, clefs[staff.index], accidentals[staff.index], heads_of[staff.index], space,
                         *((T.drawn_after_clef, T.key_reach) if exact else (T.after_clef, math.inf)))
        used: set[int] = set()
        for start, reach, inside in here.starts(barline_cols.get(staff.index, ())):
            run = [a for a in _run_from(start, reach, here) if a.id not in used]
            legal = _legal(run, here, *here.clef_at(start), T.own_note[inside])
            used.update(a.id for a in legal)
            if legal and not inside:
                openings.append((here, legal))
            elif legal and (legal == run or _is_before_notes(legal, run[len(legal):], here)):
                changes.append((here, legal))
        for run in here.before_barlines(barline_cols.get(staff.index, ())) if exact else ():
            left = [a for a in run if a.id not in used]
            if left and left == _legal(left, here, *here.clef_at(left[0].box.left), T.own_note[True]):
                changes.append((here, left))
    is_of_note = _is_of_one_staff if exact else _is_of_one_hand
    keys = [run for here, run in openings if not is_of_note(here, run, openings, placing)]
    return keys + _agreed(placing, changes)


def _is_of_one_hand(
    here: _KeyStaff, run: Sequence[Symbol], openings: Sequence[tuple[_KeyStaff, list[Symbol]]], placing: Placing
) -> bool:
    """Whether a lone accidental at the beginning of one of two staves belongs to a note after it, and is no key.

    The other staff must have no key. In addition, one of two things must be true. There is a notehead at the height of
    the accidental (perhaps farther away than usual, because a notehead or accidental of another voice may be in
    between). Or most systems of the page have no key, and the others no more than one accidental.
    """
    system = here.staff.system
    beside = any(other.staff.system == system and other is not here for other, _ in openings)
    two = sum(staff.system == system for staff in placing.staves) == 2
    systems = {staff.system for staff in placing.staves}
    keyless = len(systems) - len({other.staff.system for other, _ in openings})
    alone = all(len(other) == 1 for _, other in openings) and len(openings) < keyless
    return two and not beside and len(run) == 1 and (alone or _is_of_note(run[0], here, T.own_note[1]))


def _is_of_one_staff(
    here: _KeyStaff, run: Sequence[Symbol], openings: Sequence[tuple[_KeyStaff, list[Symbol]]], placing: Placing
) -> bool:
    """Whether the accidentals at the beginning of a staff on a drawn page belong to notes after them, and are no key.

    There must be a notehead at the height of each (perhaps farther away than usual, because accidentals of other voices
    may be in between). The system must have several staves. No other of them may begin with a key, and no staff in
    the same place in other systems with the same accidentals.
    """
    first = {system: min(s.index for s in placing.staves if s.system == system)
             for system in {s.system for s in placing.staves}}
    place = here.staff.index - first[here.staff.system]
    others = any(other is not here and (
        other.staff.system == here.staff.system or other.staff.index - first[other.staff.system] == place
        and [a.name for a in key] == [a.name for a in run]) for other, key in openings)
    several = sum(s.system == here.staff.system for s in placing.staves) > 1
    return several and not others and all(_is_of_note(
        a, here, T.own_note[1] + (run[-1].box.right - a.box.right) / here.space) for a in run)


def _by_staff(symbols: Sequence[Symbol], staff_of: Mapping[int, int]) -> dict[int, list[Symbol]]:
    """The symbols of each staff, from left to right, by staff index."""
    found: dict[int, list[Symbol]] = defaultdict(list)
    for symbol in sorted(symbols, key=lambda s: s.box.left):
        if symbol.id in staff_of:
            found[staff_of[symbol.id]].append(symbol)
    return found


def _agreed(placing: Placing, changes: Sequence[tuple[_KeyStaff, list[Symbol]]]) -> list[list[Symbol]]:
    """Changes of key inside a system that stand on most of its staves. Accidentals on one staff alone belong to a note.
    If there is only one staff, a key of one accidental must stand where such keys are printed."""
    agreed = []
    aside = T.agreed_aside * placing.space_px
    for here, run in changes:
        system = here.staff.system
        size = sum(s.system == system for s in placing.staves)
        beside = {
            other.staff.index for other, r in changes
            if other.staff.system == system and abs(r[0].box.left - run[0].box.left) < aside
        }
        if len(beside) > T.agreed_share * size and (size > 1 or len(run) > 1 or _is_key_of_one(run[0], here)):
            agreed.append(run)
    return agreed


def _is_key_of_one(accidental: Symbol, here: _KeyStaff) -> bool:
    """Whether an accidental stands where the sharp of G major or the flat of F major is printed."""
    alter = ACCIDENTALS[accidental.name]
    position = here.staff.position(accidental_row(accidental), accidental.box.center[1])
    order = FLAT_STEPS if alter < 0 else SHARP_STEPS
    is_inside = T.key_positions[0] < position < T.key_positions[1]
    return alter != 0 and is_inside and (
        step_at(round(position), *here.clef_at(accidental.box.left)) == order[0])


def _run_from(start: float, reach: float, here: _KeyStaff) -> list[Symbol]:
    """The accidentals side by side that begin at most `reach` staff spaces after a column, up to the first notehead."""
    space = here.space
    after = [a for a in here.accidentals if a.box.left > start - T.before_start * space]
    if not after or after[0].box.left - start > reach * space:
        return []
    run = [after[0]]
    for a, b in pairwise(after):
        if b.box.left - a.box.right > T.run_gap * space or b.box.left - a.box.left < T.run_step * space:
            break
        run.append(b)
    first_head = next((h for h in here.heads if h.box.right > run[0].box.left), None)
    if first_head is not None:
        run = [a for a in run if a.box.right < first_head.box.left + T.run_overlap * space]
    return run


def _legal(run: Sequence[Symbol], here: _KeyStaff, sign: str, line: int, clear: float) -> list[Symbol]:
    """The longest beginning of a run whose steps follow the order of fifths under a clef.

    The last accidental is left out if it belongs to a note: if a notehead stands at its height, less than `clear` staff
    spaces to its right.
    """
    keep: list[Symbol] = []
    place, kind = -1, None
    for a in run:
        last = not any(b.box.left > a.box.right - T.run_last * here.space for b in run)
        if last and _is_of_note(a, here, clear):
            break
        alter = ACCIDENTALS[a.name]
        if alter != kind and kind not in (None, 0):
            break
        if alter != kind:
            place, kind = -1, alter
        position = here.staff.position(accidental_row(a), a.box.center[1])
        next_place = _next_place(position, alter, place, sign, line)
        if next_place is None or abs(position) > here.reach:
            break
        place = next_place
        keep.append(a)
    return keep


def _is_of_note(accidental: Symbol, here: _KeyStaff, clear: float) -> bool:
    """Whether a notehead stands right after an accidental at its height, less than `clear` staff spaces away, without
    another accidental at this height in between."""
    row, right, off = accidental_row(accidental), accidental.box.right, T.own_note_off * here.space
    return any(
        -T.own_note_overlap * here.space < h.box.left - right < clear * here.space and abs(h.box.center[0] - row) < off
        and not any(right < a.box.center[1] < h.box.left and abs(accidental_row(a) - row) < off
                    for a in here.accidentals)
        for h in here.heads
    )


def _is_before_notes(key: Sequence[Symbol], others: Sequence[Symbol], here: _KeyStaff) -> bool:
    """Whether the accidentals after those of a key all belong to the next notes, and those of the key do not. Otherwise
    all of them are accidentals of a chord."""
    right = max((a.box.right for a in others), default=math.inf)
    return (all(_is_of_note(a, here, T.own_note[True]) for a in others)
            and not any(_is_of_note(a, here, T.own_note[True] + (right - a.box.right) / here.space) for a in key))


def _next_place(position: float, alter: int, place: int, sign: str, line: int) -> int | None:
    """The place (0-6) in the order of fifths of an accidental at a staff position. None if it cannot follow after
    `place`.

    Naturals cancel sharps or flats, and may skip any number of places.
    """
    orders = [FLAT_STEPS] if alter < 0 else [SHARP_STEPS] if alter > 0 else [SHARP_STEPS, FLAT_STEPS]
    possible = []
    for order in orders:
        for nudge in (0.0, T.nudge, -T.nudge):
            k = order.index(step_at(round(position + nudge), sign, line))
            if place < k <= place + T.places_ahead or (alter == 0 and k > place):
                possible.append((k - place + (T.nudge_price if nudge else 0), k))
                break
    return min(possible)[1] if possible else None


def key_fifths(run: Sequence[Symbol], staff: Staff, sign: str, line: int) -> int:
    """The number of sharps (positive) or flats (negative) of a key signature, -7 to 7. Naturals alone mean 0.

    The heights of the accidentals are fitted to the order of fifths. A lost accidental is assumed only if it makes the
    others fit.

    run: as returned by `find_keys`.
    sign, line: of the clef.
    """
    live = [a for a in run if ACCIDENTALS[a.name] != 0][:len(SHARP_STEPS)]
    if not live:
        return 0
    order = SHARP_STEPS if ACCIDENTALS[live[0].name] > 0 else FLAT_STEPS
    positions = [staff.position(accidental_row(a), a.box.center[1]) for a in live]
    miss = [
        # The two octaves around the middle line contain every step twice.
        [min(abs(p - q) for q in range(-6, 8) if step_at(q, sign, line) == step) for step in order] for p in positions
    ]
    best = (math.inf, len(live))
    for count in range(len(live), min(len(order), len(live) + T.most_lost) + 1):
        for lost in combinations(range(count - 1), count - len(live)):
            places = [k for k in range(count) if k not in lost]
            misfit = sum(min(row[k], T.greatest_miss) for row, k in zip(miss, places, strict=True))
            best = min(best, (misfit + T.lost_accidental * len(lost), count))
    return best[1] * ACCIDENTALS[live[0].name]


def find_times(placing: Placing, marks: Sequence[Symbol], staff_of: Mapping[int, int]) -> list[list[Symbol]]:
    """The time signatures of a page, each from left to right: digits (upper number above lower number), or one C."""
    space = placing.space_px
    found: list[list[Symbol]] = []
    digits = _by_staff([m for m in marks if m.kind == "time"], staff_of)
    for staff in placing.staves:
        groups: list[list[Symbol]] = []
        for m in digits[staff.index]:
            if groups and m.box.left - max(g.box.right for g in groups[-1]) < T.digit_gap * space:
                groups[-1].append(m)
            else:
                groups.append([m])
        found.extend(g for g in _with_sums(groups, staff) if read_time(g, staff) is not None)
    return found


def _with_sums(groups: Sequence[list[Symbol]], staff: Staff) -> list[list[Symbol]]:
    """The same groups, joined where there is a plus between them: all are digits of the upper half, and one group has a
    number below, in the middle of the whole sum."""
    runs: list[list[list[Symbol]]] = []
    for group in groups:
        gap = group[0].box.left - max((m.box.right for m in runs[-1][-1]), default=0) if runs else math.inf
        if T.plus_gap[0] * staff.space_px < gap < T.plus_gap[1] * staff.space_px:
            runs[-1].append(group)
        else:
            runs.append([group])
    joined: list[list[Symbol]] = []
    for run in runs:
        whole = [m for group in run for m in group]
        time = read_time(whole, staff) if all(_digit(m, staff) is not None for m in whole) else None
        joined += [whole] if time is not None and "+" in (time[2] or "") else run
    return joined


def _is_lower(mark: Symbol, staff: Staff) -> bool:
    return staff.position(*mark.box.center) <= 0


def _digit(mark: Symbol, staff: Staff) -> int | None:
    """The digit of a sign in a time signature; None for a C."""
    if mark.name == "timeSigCommon" and abs(staff.position(*mark.box.center)) > T.letter_off:
        return 6
    return mark.symbol_class.digit


def read_time(group: Sequence[Symbol], staff: Staff) -> tuple[int, int, str | None] | None:
    """(beats, beat type, symbol) of a time signature, where symbol is "common", "cut", a sum such as "3+2", or None.
    None if it is no time signature."""
    letters = [m for m in group if _digit(m, staff) is None or len(group) == 1 and m.symbol_class.digit is None]
    if letters:
        best = max(letters, key=lambda m: m.score)
        return (4, 4, "common") if best.name == "timeSigCommon" else (2, 2, "cut")
    ordered = sorted(group, key=lambda m: m.box.left)
    upper = [m for m in ordered if not _is_lower(m, staff)]
    lower = [m for m in ordered if _is_lower(m, staff)]
    if not upper or not lower:
        return None
    terms = _terms(upper, lower, staff)
    beats, beat_type = sum(terms), _number(lower, staff)
    if beat_type == 6:  # the 1 of 16 is thin, and was not seen
        beat_type = 16
    if beat_type not in BEAT_TYPES or not all(terms) or beats > MOST_BEATS:
        return None
    return beats, beat_type, "+".join(map(str, terms)) if len(terms) > 1 else None


def _terms(upper: Sequence[Symbol], lower: Sequence[Symbol], staff: Staff) -> list[int]:
    """The numbers that are added up in the upper half of a time signature; mostly one number. A sum has the lower
    number in its middle.

    upper, lower: the digits of its halves, from left to right.
    """
    terms = [[upper[0]]]
    for a, b in pairwise(upper):
        if b.box.left - a.box.right > T.plus_gap[0] * staff.space_px:
            terms.append([])
        terms[-1].append(b)
    middle, under = ((row[0].box.left + row[-1].box.right) / 2 for row in (upper, lower))
    if abs(middle - under) > T.under_sum * staff.space_px:
        terms = [list(upper)]
    return [_number(term, staff) for term in terms]


def _number(digits: Sequence[Symbol], staff: Staff) -> int:
    """The number that digits make, from left to right."""
    return int("".join(str(_digit(m, staff)) for m in digits))
