"""Checks the printed time signature against the sums of the bars under it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from omr.music.bars import Bar
from omr.music.context import BarContext
from omr.music.events import TICKS, Event
from omr.music.placed import Reading
from omr.music.rhythm import read_bar
from omr.types.memo import Memo

Time = tuple[int, int]
"""A time signature: beats, and the note value of one (4 for a quarter)."""

SAMPLED_BARS = 16
"""Only every nth bar of a stretch is asked for its sum, because reading a bar takes time. At least this many bars are
asked, if there are as many."""
PRINT_VOTES = 3.0
"""Weight of one staff's clearly printed time signature: as many bars of one staff that are read without doubt."""
USUAL_TIMES: frozenset[Time] = frozenset(((4, 4), (3, 4), (2, 4), (6, 8), (3, 8), (12, 8), (9, 8), (4, 2)))
UNUSUAL_WEIGHT = 0.4
"""Weight of a bar whose sum is no usual time signature, compared with 1 for a usual one. Misread bars have five eighths
more often than music does."""
OVERRULED_AT = 1.25
"""A printed time signature is overruled if another sum has this many times its votes ..."""
MIN_VOTES = 2.0
"""... and at least this many votes."""
INFERRED_SHARE = 0.5
"""Where no time signature is printed, one is inferred if its sum has at least this share (0 to 1) of all votes. Hymns
and chants with bars of various lengths have no time signature at all. It was set after a look at ten pages that are for
testing only (a hymn had .45, pages with bars of one length .91 and more), so these pages cannot judge it. It was not
measured on engraved pages and old prints."""

_SIMPLE: Mapping[int, Time] = {1: (1, 4), 2: (2, 4), 3: (3, 4), 4: (4, 4), 5: (5, 4), 6: (6, 4), 8: (4, 2)}
"""Quarters of a bar -> its time signature."""
_EIGHTHS = frozenset((3, 5, 6, 7, 9, 12))
"""Numbers of eighths in a bar that are written as that number over 8."""


@dataclass(frozen=True)
class CheckedTime:
    """The time signature that fits the bars of a stretch; None if none can be told. is_inferred: whether it is not
    printed, but was inferred from the bars."""

    time: Time | None
    is_inferred: bool = False


def check_time(
    context: BarContext, bars: Sequence[Bar], events: Sequence[Sequence[Event]], space_px: Mapping[int, float],
    memo: Memo | None = None,
) -> CheckedTime:
    """The time signature of a stretch of bars.

    Every staff in a sample of the bars votes for the sum that it has if it is read exactly as printed. The fewer
    unusual assumptions that takes, the more the vote weighs. The printed signatures vote as well, each by the
    detector's score. Misread staves have all kinds of sums; well-read staves agree.

    context: that of the first bar.
    events: of each bar, without grace notes and without rests that fill it.
    space_px: page -> staff space.
    memo: results that it knows are not computed again.
    """
    memo = memo or Memo()
    if context.time_given or context.own_times:
        return CheckedTime(context.time)
    is_compound = beams_in_threes(bars, memo)
    votes: dict[int, float] = defaultdict(float)  # ticks of a bar -> weight of the votes
    step = max(1, len(bars) // SAMPLED_BARS)
    for bar, in_bar in list(zip(bars, events, strict=True))[::step]:
        for staff in bar.system.staves:
            reading = memo(_read_staff, in_bar, plain=(staff, space_px[bar.page]))
            if reading is not None:
                is_usual = time_of(reading.duration, is_compound) in USUAL_TIMES
                votes[reading.duration] += math.exp(-reading.cost) * (1.0 if is_usual else UNUSUAL_WEIGHT)
    if _is_alla_breve(context, votes):
        return CheckedTime((4, 2), True)
    for time, score in context.times_seen:
        votes[ticks_of(time)] += PRINT_VOTES * score
    possible = [ticks for ticks in votes if time_of(ticks, is_compound) is not None]
    best = max(possible, key=lambda ticks: (votes[ticks], -ticks), default=None)
    if context.time is None:
        if best is None or votes[best] < INFERRED_SHARE * sum(votes.values()):
            return CheckedTime(None)
        return CheckedTime(time_of(best, is_compound), True)
    if best is None or votes[best] < max(OVERRULED_AT * votes[ticks_of(context.time)], MIN_VOTES):
        return CheckedTime(context.time)
    printed = [time for time, _ in context.times_seen if ticks_of(time) == best]
    return CheckedTime(printed[0]) if printed else CheckedTime(time_of(best, is_compound), True)


def _read_staff(events: Sequence[Event], staff: int, space: float) -> Reading | None:
    """The reading of one staff of a bar exactly as printed; None if it has too little to tell. events: of the bar."""
    own = [e for e in events if e.staff == staff]
    return read_bar(own, None, {staff: 0}, space, repair=False) if len(own) > 1 else None


def _is_alla_breve(context: BarContext, votes: Mapping[int, float]) -> bool:
    """Whether bars under a C with a stroke are as long as a breve, as in editions of old music. The sign means 4/2 as
    well as 2/2, so only the bars can tell. votes: of the bars."""
    if context.time_symbol != "cut" or context.time is None:
        return False
    half, whole = votes.get(ticks_of((2, 2)), 0.0), votes.get(ticks_of((4, 2)), 0.0)
    return whole >= max(OVERRULED_AT * half, MIN_VOTES)


def ticks_of(time: Time) -> int:
    """Ticks of a bar under a time signature."""
    return time[0] * 4 * TICKS // time[1]


def time_of(ticks: int, is_compound: bool) -> Time | None:
    """The usual time signature for a bar's duration; None if there is none. is_compound: whether three or six quarters
    are groups of three eighths (6/8, 12/8)."""
    if ticks % TICKS == 0 and not (is_compound and ticks in (3 * TICKS, 6 * TICKS)):
        return _SIMPLE.get(ticks // TICKS)
    if ticks % (TICKS // 2) == 0:
        eighths = ticks // (TICKS // 2)
        return (eighths, 8) if eighths in _EIGHTHS else None
    return (9, 16) if ticks == 9 * TICKS // 4 else None


def beams_in_threes(bars: Sequence[Bar], memo: Memo | None = None) -> bool:
    """Whether more beams join notes with a sum of three eighths than with a sum of one or two quarters. This speaks for
    compound time. memo: as for `check_time`."""
    memo = memo or Memo()
    return sum(memo(_threes_above_twos, *own) for _, own in groupby(bars, lambda bar: bar.page)) > 0


def _threes_above_twos(*bars: Bar) -> int:
    """How many more beams, in bars of one page, join notes with a sum of three eighths than with one or two
    quarters."""
    lengths: dict[int, int] = defaultdict(int)  # beamed group -> ticks
    for bar in bars:
        for event in bar.events:
            if event.group is not None:
                lengths[event.group] += event.ticks
    threes = sum(ticks == 3 * TICKS // 2 for ticks in lengths.values())
    return threes - sum(ticks in (TICKS, 2 * TICKS) for ticks in lengths.values())
