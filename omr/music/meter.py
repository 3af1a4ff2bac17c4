"""The time signature against what the bars add up to."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from omr.music.bars import Bar
from omr.music.context import BarContext
from omr.music.events import TICKS, Event
from omr.music.rhythm import read_bar

SAMPLED_BARS = 16
"""Bars asked for what they add up to, to check a time signature."""
PRINT_VOTES = 3.0
"""Bars that one clearly printed time signature outweighs."""
USUAL = {(4, 4), (3, 4), (2, 4), (6, 8), (3, 8), (12, 8), (9, 8), (4, 2)}
UNUSUAL_WEIGHT = 0.4
"""What a bar's vote is worth for any other signature: misread bars add up to five eighths oftener than music does."""
MIN_VOTES = 2.0
OVERRULED_AT = 1.25
"""A printed signature falls if another sum has this many times its votes, and at least `MIN_VOTES`."""


def check_time(
    context: BarContext, bars: Sequence[Bar], split: Sequence[tuple[list[Event], tuple[Event, ...]]],
    space: Mapping[int, float],
) -> tuple[tuple[int, int] | None, bool]:
    """The time signature that the bars bear out, and whether it was inferred from them.

    Every staff of a sample of bars votes with what it adds up to when read as printed, the plainer the reading the
    louder; what is printed votes as loudly as it is clear. Misread staves scatter, good ones agree.
    """
    votes: dict[int, float] = defaultdict(float)
    step = max(1, len(bars) // SAMPLED_BARS)
    for bar, (events, _) in list(zip(bars, split, strict=False))[::step]:
        for staff in bar.system.staves:
            own = [e for e in events if e.staff == staff]
            if len(own) > 1:
                reading = read_bar(own, None, {staff: 0}, space[bar.page], repair=False)
                usual = time_of(reading.duration, bars) in USUAL
                votes[reading.duration] += math.exp(-reading.cost) * (1.0 if usual else UNUSUAL_WEIGHT)
    for (beats, beat_type), clear in context.times_seen:
        votes[beats * 4 * TICKS // beat_type] += PRINT_VOTES * clear
    possible = [d for d in votes if time_of(d, bars) is not None]
    best = max(possible, key=lambda d: (votes[d], -d), default=None)
    if context.time is not None:
        printed = context.time[0] * 4 * TICKS // context.time[1]
        if best is None or votes[best] < max(OVERRULED_AT * votes[printed], MIN_VOTES):
            return context.time, False
        seen = [t for t, _ in context.times_seen if t[0] * 4 * TICKS // t[1] == best]
        return (seen[0], False) if seen else (time_of(best, bars), True)
    return (None, False) if best is None else (time_of(best, bars), True)


def time_of(ticks: int, bars: Sequence[Bar]) -> tuple[int, int] | None:
    """A usual time signature of a duration; beams of three eighths speak for compound time."""
    groups: dict[int, int] = defaultdict(int)
    for bar in bars:
        for e in bar.events:
            if e.group is not None:
                groups[e.group] += e.ticks
    threes = sum(t == 3 * TICKS // 2 for t in groups.values())
    twos = sum(t in (TICKS, 2 * TICKS) for t in groups.values())
    compound = threes > twos
    simple = {4: (4, 4), 3: (3, 4), 2: (2, 4), 6: (6, 4), 1: (1, 4), 5: (5, 4), 8: (4, 2)}
    if ticks % TICKS == 0 and not (compound and ticks in (3 * TICKS, 6 * TICKS)):
        return simple.get(ticks // TICKS)
    if ticks % (TICKS // 2) == 0:
        eighths = ticks // (TICKS // 2)
        return (eighths, 8) if eighths in (3, 5, 6, 7, 9, 12) else None
    return (9, 16) if ticks == 9 * TICKS // 4 else None
