"""Rests of several measures: a thick bar, or rests of the old kind side by side, with their number of measures above.

The number counts, also where the bar under it was not seen. Where none was read, rests of the old kind still tell by
their sum (a breve rest is two measures, a whole rest one; the rest of four measures is no class of the detector). A
thick bar without its number tells nothing.

Many editions print over each system the number of its first measure. Where these numbers and the rests do not agree,
and one rest whose number was misread by a digit, or not at all, would make them agree, it is mended.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from omr.music.bars import NUMBER_POSITION, Bar
from omr.types import NotationGraph, Staff, Symbol

LONG_BAR = "restHBar"
MEASURES = {"restDoubleWhole": 2, "restWhole": 1}
"""What rests of the old kind stand for, in measures, whatever the time signature."""
NUMBER_ASIDE = 2.5
"""Longest distance between the middle of the number and that of its rests, in staff spaces, along the staff."""
DIGIT_ASIDE = 6.0
"""The same for a single digit, so that the digits of a long number are all found."""
DIGIT_GAP = 0.8
"""Longest gap between the digits of one number, in staff spaces."""
MOST_MEASURES = 400
"""Greatest number that is believed to count the measures of a rest."""

MISREAD = "4", "1"
"""A digit, and what it is often read as: MuseScore's font Emmentaler has a 4 whose stroke is thick."""
OVER_SYSTEM, AT_BEGINNING = (1.0, 6.0), (-3.0, 1.5)
"""Where the number of a system's first measure stands, in staff spaces: its middle so far over the top line of the
first staff, its left end so far right of the staff's. MuseScore prints it 2.3 to 3 and -1.3 to .1, Verovio 1.8 to
2.4."""


def count_measures(bar: Bar, graph: NotationGraph, holds_breve: bool) -> int | None:
    """How many measures the rests of a bar stand for: 1 for a bar as any other, None for a thick bar without a number.

    Where staves disagree most of them decide. holds_breve: the bar is long enough for a breve rest to be a rest of
    this one bar.
    """
    if not bar.events and not bar.graces:
        return _number_over_nothing(bar, graph) or 1
    rests: dict[int, list[Symbol]] = defaultdict(list)
    for event in bar.events:
        if event.rest is None or not (event.rest.name == LONG_BAR or event.rest.name in MEASURES):
            return 1
        rests[event.staff].append(event.rest)
    if bar.graces or not rests:
        return 1
    votes: Counter[int] = Counter()
    has_unknown = False
    for staff, own in rests.items():
        has_bar = any(r.name == LONG_BAR for r in own)
        total = sum(MEASURES.get(r.name, 0) for r in own)
        if not has_bar and (total < 2 or (holds_breve and len(own) == 1)):
            votes[1] += 1
            continue
        number = _number_over(own, graph.staves[staff], graph)
        if number is None and has_bar:
            has_unknown = True
        else:
            votes[number or total] += 1
    if votes:
        return votes.most_common(1)[0][0]
    return None if has_unknown else 1


def _number_over_nothing(bar: Bar, graph: NotationGraph) -> int | None:
    """The number over the middle of what is free in a bar of one staff in which nothing was seen: a thick bar as long
    as the measure is often not taken for a sign at all."""
    if len(bar.system.staves) > 1:
        return None
    staff = graph.staves[bar.system.staves[0]]
    opening = [s.box.right for s in graph.on_staff(staff.index) if s.kind in ("clef", "accidental", "time")
               and bar.left <= s.box.left < bar.right and abs(staff.position(*s.box.center)) < NUMBER_POSITION[0]]
    number = _number_at((max([bar.left, *opening]) + bar.right) / 2, staff, graph)
    return number if number is not None and number > 1 else None


def _number_over(rests: Sequence[Symbol], staff: Staff, graph: NotationGraph) -> int | None:
    """The number printed over the middle of some rests of a staff."""
    return _number_at((min(r.box.left for r in rests) + max(r.box.right for r in rests)) / 2, staff, graph)


def _number_at(middle: float, staff: Staff, graph: NotationGraph) -> int | None:
    """The number printed over a staff about a column. Its digits are those of time signatures."""
    space = staff.space_px
    low, high = NUMBER_POSITION
    digits = [
        s for s in graph.symbols
        if s.kind == "time" and s.symbol_class.digit is not None and low < staff.position(*s.box.center) < high
        and abs(s.box.center[1] - middle) < DIGIT_ASIDE * space
    ]
    for group in _side_by_side(digits, DIGIT_GAP * space):
        aside = (group[0].box.left + group[-1].box.right) / 2 - middle
        number = int("".join(str(d.symbol_class.digit) for d in group))
        if abs(aside) < NUMBER_ASIDE * space and 1 <= number <= MOST_MEASURES:
            return number
    return None


def _side_by_side(digits: Sequence[Symbol], gap_px: float) -> list[list[Symbol]]:
    """Digits in groups from left to right, those of one number together."""
    ordered = sorted(digits, key=lambda s: s.box.left)
    groups = [ordered[:1]] if ordered else []
    for before, digit in pairwise(ordered):
        if digit.box.left - before.box.right < gap_px:
            groups[-1].append(digit)
        else:
            groups.append([digit])
    return groups


# ---- the numbers of measures at the beginnings of systems ---------------------------------------------------------


def printed_numbers(graph: NotationGraph) -> dict[int, int]:
    """Index of a system -> the number of its first measure, printed over its beginning. Not all systems have one."""
    found = {}
    for system in graph.systems:
        staff = graph.staves[system.staves[0]]
        for word in graph.words:
            up = (staff.row(4, staff.left) - word.box.center[0]) / staff.space_px
            aside = (word.box.left - staff.left) / staff.space_px
            if (re.fullmatch(r"[1-9]\d{0,3}", word.text) and OVER_SYSTEM[0] < up < OVER_SYSTEM[1]
                    and AT_BEGINNING[0] < aside < AT_BEGINNING[1]):
                found[system.index] = int(word.text)
    return found


def agreeing(counts: Sequence[int | None], blank: Sequence[bool], numbers: Mapping[int, int]) -> list[int | None]:
    """How many measures each of some bars stands for, mended by the numbers that are printed at some of them.

    counts: as read, None for a rest without a number. blank: of each bar, whether nothing was seen in it, so that it
    may be a rest as well. numbers: index of a bar -> the number of its measure.
    """
    result = list(counts)
    known = sorted(numbers)
    spans = list(pairwise(known))
    missing = {(a, b): numbers[b] - numbers[a] - sum(n or 1 for n in counts[a:b]) for a, b in spans}
    open_: list[tuple[int, int]] = []
    for a, b in spans:
        beside = [more for (c, d), more in missing.items() if d == a or c == b]
        if missing[a, b] and -missing[a, b] not in beside:  # else the number between the two is misread
            mended = _mended(counts, blank, a, b, missing[a, b])
            if mended is None or counts[mended[0]] is not None and any(beside):  # a number may be misread as well
                open_.append((a, b))
            else:
                result[mended[0]] = mended[1]
    for (a, b), (c, d) in pairwise(open_):
        if b == c and numbers[a] < numbers[d]:  # the number between the two is misread, and one of a rest as well
            mended = _mended(counts, blank, a, d, missing[a, b] + missing[c, d])
            if mended is not None:
                result[mended[0]] = mended[1]
    return result


def _mended(
    counts: Sequence[int | None], blank: Sequence[bool], start: int, stop: int, missing: int
) -> tuple[int, int] | None:
    """(index, measures) of the one bar of start <= i < stop that can stand for other measures than was read, so that
    none are missing. None if there is none, or several."""
    unread = [k for k in range(start, stop) if counts[k] is None] or [
        k for k in range(start, stop) if blank[k] and counts[k] == 1]
    meant = {k: (counts[k] or 1) + missing for k in range(start, stop)}
    likely = unread if len(unread) == 1 else [k for k, right in meant.items() if _is_misread(counts[k] or 1, right)]
    if len(likely) > 1:
        likely = [k for k in likely if str(meant[k]).replace(*MISREAD) == str(counts[k])]
    return (likely[0], meant[likely[0]]) if len(likely) == 1 and meant[likely[0]] > 1 else None


def _is_misread(read: int, right: int) -> bool:
    """Whether a number of measures of a long rest can have been read where another one is printed: one digit of it is
    another, or was not seen."""
    if min(read, right) < 2:
        return False
    one, other = str(read), str(right)
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    return any(other[:i] + other[i + 1:] == one for i in range(len(other)))
