"""What the distances between columns say about time.

Engravers give longer notes more room. Within a system, the distance from one column to the next grows with the square
root of the time between them. In 14,000 pairs of columns of two editions of old prints, the distance was within 20 % of
`scale * sqrt(time)` in 9 of 10, and LilyPond's pages are similar. So the place of a column tells its time,
independently of any dots, flags and beams. The scale differs from system to system, because lines are stretched to the
same width. Where lyrics or chord symbols push the notes apart, the law does not hold well; how well it holds is
measured on every page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from omr.music.events import TICKS

EVEN = 0.97
"""Width of a full bar, as a share of the width that it would have with columns at even times. Such columns take the
most room, but the last column of a bar has more room than its time needs. In 2,600 bars of old prints the share was
1.03 (9 in 10 between 0.93 and 1.17). With that value here, the number of right measures in Beethoven and Mozart changes
by less than 0.3 %."""
BEFORE_BARLINE = 1.16
"""The last note of a bar has this many times the room that it would have before another note: the median of 2,600
bars."""


USUAL_MISFIT = 0.1
"""Up to this misfit (see `Spacing.misfit`), a column is where its time needs it, on a page with good spacing: twice the
median of old prints, which is 0.05."""
UNKNOWN_MISFIT = 0.2
"""The same for a page on which it cannot be measured."""
LEAST_SAMPLE = 12
"""Fewest distances from which it is measured."""


@dataclass(frozen=True)
class Extent:
    """What is needed of a bar to measure spacing.

    width: pixels from its first column to the barline after it.
    columns: how many it has, at least one.
    ticks: its duration.
    """

    width: float
    columns: int
    ticks: int


@dataclass(frozen=True)
class Spacing:
    """How widely a system is spaced. scale: pixels for a quarter note. usual: misfit up to which a column is where its
    time needs it."""

    scale: float
    usual: float = USUAL_MISFIT

    def misfit(self, distance: float, ticks: int) -> float:
        """How far a distance in pixels is from what its time needs: the logarithm of their quotient. 0 is a perfect
        fit; twice the time without more room is -0.35."""
        return math.log(max(distance, 1.0) / (self.scale * math.sqrt(ticks / TICKS)))

    def misfit_at_end(self, distance: float, ticks: int) -> float:
        """The same for the distance from a bar's last column to the barline after it."""
        return self.misfit(distance / BEFORE_BARLINE, ticks)


def measure_spacing(bars: Sequence[Extent]) -> Spacing | None:
    """The spacing of a system; None without bars. bars: of the system, each assumed to be full.
    Those with a single column count only if they are the majority: how wide they are hardly depends on their time.

    How a bar's time is divided among its columns does not matter, because the sum of the square roots hardly depends on
    it. So no bar need be read before.
    """
    wide = [bar for bar in bars if bar.width > 0]
    told = [bar for bar in wide if bar.columns > 1]
    scales = [bar.width / (EVEN * math.sqrt(bar.columns * bar.ticks / TICKS))
              for bar in (told if 2 * len(told) >= len(wide) else wide)]
    return Spacing(median(scales)) if scales else None


def usual_misfit(misfits: Sequence[float]) -> float:
    """The misfit up to which columns of a page are where their time needs them: twice the median misfit of columns that
    are probably read right, and at least `USUAL_MISFIT`."""
    if len(misfits) < LEAST_SAMPLE:
        return UNKNOWN_MISFIT
    return max(USUAL_MISFIT, 2 * median(abs(m) for m in misfits))
