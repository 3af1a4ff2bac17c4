"""Multi-measure rests: a thick bar, or old-style rests side by side, with the number of measures above.

The number counts, even if the bar below it was not seen. If no number was read, old-style rests can be added up (a
breve rest is two measures, a whole rest one; the rest of four measures is no class of the detector). A thick bar
without a number tells nothing.

Many editions print the number of the first measure above each system. If these numbers and the rests do not agree, and
one rest whose number was misread by a digit, or not read at all, would make them agree, that rest is corrected.
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
"""How many measures an old-style rest stands for, whatever the time signature."""
NUMBER_ASIDE = 2.5
"""Longest distance along the staff between the middle of the number and that of its rests, in staff spaces."""
DIGIT_ASIDE = 6.0
"""The same for a single digit, so that all digits of a long number are found."""
DIGIT_GAP = 0.8
"""Longest gap between the digits of one number, in staff spaces."""
MOST_MEASURES = 400
"""Greatest number that is believed to be the length of a rest in measures."""

MISREAD = "4", "1"
"""A digit, and what it is often read as. MuseScore's font Emmentaler has a 4 with a thick stroke."""
OVER_SYSTEM, AT_BEGINNING = (1.0, 6.0), (-3.0, 1.5)
"""Place of the number of a system's first measure, in staff spaces: height of its middle above the top line of the
first staff, and distance of its left end from that of the staff, to the right. MuseScore prints it at 2.3 to 3 and -1.3
to .1, Verovio at a height of 1.8 to 2.4."""


def count_measures(bar: Bar, graph: NotationGraph, holds_breve: bool) -> int | None:
    """How many measures the rests of a bar stand for: 1 for an ordinary bar, None for a thick bar without a number.

    If staves disagree, the majority decides. holds_breve: whether the bar is so long that a breve rest may be a rest of
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
    """The number over the middle of the free space in a bar of one staff in which nothing was seen. A thick bar as long
    as the measure is often not seen as a sign at all."""
    if len(bar.system.staves) > 1:
        return None
    staff = graph.staves[bar.system.staves[0]]
    opening = [s.box.right for s in graph.on_staff(staff.index) if s.kind in ("clef", "accidental", "time")
               and bar.left <= s.box.left < bar.right and abs(staff.position(*s.box.center)) < NUMBER_POSITION[0]]
    number = _number_at((max([bar.left, *opening]) + bar.right) / 2, staff, graph)
    return number if number is not None and number > 1 else None


def _number_over(rests: Sequence[Symbol], staff: Staff, graph: NotationGraph) -> int | None:
    """The number that is printed over the middle of some rests of a staff."""
    return _number_at((min(r.box.left for r in rests) + max(r.box.right for r in rests)) / 2, staff, graph)


def _number_at(middle: float, staff: Staff, graph: NotationGraph) -> int | None:
    """The number that is printed above a staff near a column. Its digits are those of time signatures."""
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
    """Group digits that belong to one number, from left to right."""
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
    """Index of a system -> the number of its first measure, if one is printed above its beginning."""
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
    """How many measures each bar stands for, corrected by the measure numbers that are printed at some bars.

    counts: as they were read, None for a rest without a number.
    blank: for each bar, whether nothing was seen in it, so that it may be a rest, too.
    numbers: index of a bar -> the number of its measure.
    """
    result = list(counts)
    known = sorted(numbers)
    spans = list(pairwise(known))
    missing = {(a, b): numbers[b] - numbers[a] - sum(n or 1 for n in counts[a:b]) for a, b in spans}
    open_: list[tuple[int, int]] = []
    for a, b in spans:
        beside = [more for (c, d), more in missing.items() if d == a or c == b]
        if missing[a, b] and -missing[a, b] not in beside:  # otherwise the measure number between the two is misread
            mended = _mended(counts, blank, a, b, missing[a, b])
            # a measure number may be misread as well
            if mended is None or counts[mended[0]] is not None and any(beside):
                open_.append((a, b))
            else:
                result[mended[0]] = mended[1]
    for (a, b), (c, d) in pairwise(open_):
        # the measure number between the two is misread, and that of a rest as well
        if b == c and numbers[a] < numbers[d]:
            mended = _mended(counts, blank, a, d, missing[a, b] + missing[c, d])
            if mended is not None:
                result[mended[0]] = mended[1]
    return result


def _mended(
    counts: Sequence[int | None], blank: Sequence[bool], start: int, stop: int, missing: int
) -> tuple[int, int] | None:
    """(index, measures) of the only bar in start <= i < stop that can stand for another number of measures than was
    read, so that none are missing. None if there is no such bar, or several."""
    unread = [k for k in range(start, stop) if counts[k] is None] or [
        k for k in range(start, stop) if blank[k] and counts[k] == 1]
    meant = {k: (counts[k] or 1) + missing for k in range(start, stop)}
    likely = unread if len(unread) == 1 else [k for k, right in meant.items() if _is_misread(counts[k] or 1, right)]
    if len(likely) > 1:
        likely = [k for k in likely if str(meant[k]).replace(*MISREAD) == str(counts[k])]
    return (likely[0], meant[likely[0]]) if len(likely) == 1 and meant[likely[0]] > 1 else None


def _is_misread(read: int, right: int) -> bool:
    """Whether the number of a rest may have been misread: one of its digits is different, or was not seen."""
    if min(read, right) < 2:
        return False
    one, other = str(read), str(right)
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    return any(other[:i] + other[i + 1:] == one for i in range(len(other)))
