"""What the distances between columns say about time.

Engravers give more room to longer notes. Within one system the distance from a column to the next grows with the square
root of the time between them: in 14,000 pairs of columns of two editions of old prints the distance was within 20 % of
`scale * sqrt(time)` in 9 of 10, and LilyPond's pages are alike. So a column's place tells its time quite independently
of what was seen of dots, flags and beams. The scale differs from system to system, since lines are stretched to the
same width. Where syllables or chord symbols push the notes apart the law holds badly; how well it holds is measured on
every page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from omr.music.events import TICKS

EVEN = 0.97
"""Room that a full bar takes, as a share of what it would take if its columns were evenly spaced in time. Evenly spaced
columns take the most, but the last column of a bar has more room than its time asks for. In 2,600 bars of old prints
the share was 1.03 (9 in 10 between 0.93 and 1.17); with that value in place of this one, as many measures of Beethoven
and Mozart come out right to within 0.3 %."""
BEFORE_BARLINE = 1.16
"""A bar's last note has this many times the room that it would have before another note: the median of 2,600 bars."""


USUAL_MISFIT = 0.1
"""Misfit (see `Spacing.misfit`) up to which a column stands where its time asks for, on a page that is well spaced:
twice the median of old prints, which is 0.05."""
UNKNOWN_MISFIT = 0.2
"""The same on a page on which it cannot be measured."""
LEAST_SAMPLE = 12
"""Fewest distances from which it is measured."""


@dataclass(frozen=True)
class Extent:
    """A bar, as far as its room goes. width: pixels from its first column to the barline after it. columns: how many
    it has, at least one. ticks: its duration."""

    width: float
    columns: int
    ticks: int


@dataclass(frozen=True)
class Spacing:
    """How widely a system is spaced. scale: pixels given to a quarter note. usual: misfit up to which a column stands
    where its time asks for."""

    scale: float
    usual: float = USUAL_MISFIT

    def misfit(self, distance: float, ticks: int) -> float:
        """How far a distance in pixels is from what its time asks for: the logarithm of their quotient. 0 is a perfect
        fit; twice the time without more room is -0.35."""
        return math.log(max(distance, 1.0) / (self.scale * math.sqrt(ticks / TICKS)))

    def misfit_at_end(self, distance: float, ticks: int) -> float:
        """The same for the distance between a bar's last column and the barline after it."""
        return self.misfit(distance / BEFORE_BARLINE, ticks)


def measure_spacing(bars: Sequence[Extent]) -> Spacing | None:
    """The spacing of a system, None without bars. bars: of the system, each taken to be full. Those of a single column,
    whose room hardly depends on their time, count only where most are such.

    How the time of a bar is shared out among its columns is not asked, so that no bar has to be read before: the sum of
    the roots hardly depends on it.
    """
    wide = [bar for bar in bars if bar.width > 0]
    told = [bar for bar in wide if bar.columns > 1]
    scales = [bar.width / (EVEN * math.sqrt(bar.columns * bar.ticks / TICKS))
              for bar in (told if 2 * len(told) >= len(wide) else wide)]
    return Spacing(median(scales)) if scales else None


def usual_misfit(misfits: Sequence[float]) -> float:
    """The misfit up to which columns of a page stand where their time asks for: twice the median of those of columns
    that are likely read right, and at least `USUAL_MISFIT`."""
    if len(misfits) < LEAST_SAMPLE:
        return UNKNOWN_MISFIT
    return max(USUAL_MISFIT, 2 * median(abs(m) for m in misfits))
