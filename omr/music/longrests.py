"""Rests of several measures: a thick bar, or the old rests of several measures side by side, with their number above.

The number is what counts. Where none was read, rests that add up (a breve's is two measures, a whole one; a longa's is
no class of the detector) still say how many, a bar says nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

from omr.music.bars import Bar
from omr.types import NotationGraph, Staff, Symbol

LONG_BAR = "restHBar"
MEASURES = {"restDoubleWhole": 2, "restWhole": 1}
"""What old rests stand for, in measures, whatever the time."""
OVER = (4.5, 14.0)
"""The number's middle lies so far above the staff's, in staff positions (half spaces)."""
ASIDE = 2.5
"""... and so far aside from that of its rests at most, in spaces."""
MOST = 400
"""Measures in one rest: more is no number of measures."""


def count_measures(bar: Bar, graph: NotationGraph, fits_breve: bool) -> int | None:
    """How many measures a bar's rests stand for: 1 where it is a bar as any other, None for a long rest without a
    number. fits_breve: a breve's rest may be a rest of this one bar."""
    rests: dict[int, list[Symbol]] = defaultdict(list)
    for event in bar.events:
        if event.rest is None or not (event.rest.name == LONG_BAR or event.rest.name in MEASURES):
            return 1
        rests[event.staff].append(event.rest)
    if bar.graces or not rests:
        return 1
    votes: Counter[int] = Counter()
    unknown = False
    for staff, mine in rests.items():
        has_bar = any(r.name == LONG_BAR for r in mine)
        total = sum(MEASURES.get(r.name, 0) for r in mine)
        if not has_bar and (total < 2 or (fits_breve and len(mine) == 1)):
            votes[1] += 1
            continue
        number = _number(mine, graph.staves[staff], graph)
        if number is None and has_bar:
            unknown = True
        else:
            votes[number or total] += 1
    if votes:
        return votes.most_common(1)[0][0]
    return None if unknown else 1


def _number(rests: list[Symbol], staff: Staff, graph: NotationGraph) -> int | None:
    """The number over the middle of some rests of a staff."""
    space = staff.space_px
    middle = (min(r.box.left for r in rests) + max(r.box.right for r in rests)) / 2
    digits = sorted(
        (s for s in graph.symbols if s.name.startswith("timeSig") and s.name[-1].isdigit()
         and OVER[0] < staff.position(*s.box.center) < OVER[1] and abs(s.box.center[1] - middle) < 6 * space),
        key=lambda s: s.box.left)
    groups: list[list[Symbol]] = [digits[:1]] if digits else []
    for before, digit in pairwise(digits):
        if digit.box.left - before.box.right < 0.8 * space:
            groups[-1].append(digit)
        else:
            groups.append([digit])
    for group in groups:
        off = (group[0].box.left + group[-1].box.right) / 2 - middle
        number = int("".join(d.name[-1] for d in group))
        if abs(off) < ASIDE * space and 1 <= number <= MOST:
            return number
    return None
