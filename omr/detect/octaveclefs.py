"""Finds the 8 over a treble clef by its ink.

The detector takes a treble clef with an 8 on top (an octave higher) for a plain one, even if its score is high. The 8
is a digit with two bowls, one above the other, on top of the clef's tip. The tip of a clef has one loop at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from omr.types import Staff, Symbol
from omr.types.table import table


@table
class EightTolerances:
    """Lengths are in staff spaces, unless a field says otherwise. Set on 4 engraved pages each of MuseScore, Verovio
    and LilyPond, clean and degraded, with 600 plain treble clefs and 420 with an 8, and on 108 clefs of 15 old prints.
    Two of the old prints, and nine benchmark pages, are for testing; they were looked at while these limits were set.
    """

    start: float = 0.25
    """The search begins this far above the staff's upper line. Lower down, lines are in the way."""
    above: float = 3.5
    """The search ends this far above the staff."""
    aside: float = 0.9
    """How far left and right of the clef's middle the 8 may reach."""
    free: float = 0.5
    """At least on one side there is this much paper beyond that. Words and slurs over a clef go on."""
    gap: float = 0.4
    """This much paper ends the clef and what is on top of it. Measure numbers are farther above."""
    height: tuple[float, float] = (0.6, 1.35)
    """Least and greatest height of the 8, including the gap below it."""
    width: tuple[float, float] = (0.45, 0.87)
    """Least and greatest width of the 8. Loops of clefs are 0.9 wide and more, except in old prints."""
    neck: float = 0.87
    """Greatest width of the ink between 8 and clef, where they may touch, as a share of the 8's width. It was 0.83 at
    most, and 1 where there is no 8."""
    bowl: float = 0.06
    """How much paler (0-1) than the ink around them the bowls of the 8 are. In anything else it is 0.03 at most."""
    dark: float = 0.4
    """Least darkness of ink, from the grey of the paper (0) to black (1)."""
    least_contrast: float = 0.1
    """Least difference (0-1) between paper and black, so that one never divides by almost 0."""


T = EightTolerances()
"""The tolerances of this stage."""


def with_eights_on_clefs(symbols: Sequence[Symbol], staves: Sequence[Staff], pixels: np.ndarray) -> tuple[Symbol, ...]:
    """Replace every treble clef that has an 8 on top by the clef that is an octave higher. pixels: the page, (H, W)
    uint8, 0 = ink."""
    return tuple(
        replace(s, name="gClef8va")
        if s.name == "gClef" and any(_has_eight(s, staff, pixels) for staff in staves) else s for s in symbols)


def _has_eight(clef: Symbol, staff: Staff, pixels: np.ndarray) -> bool:
    """Whether a clef stands on a staff and has an 8 on top."""
    space = staff.space_px
    row, col = clef.box.center
    lines = staff.line_rows(col)
    if not (staff.left <= col <= staff.right and lines[0] < row < lines[4]):
        return False
    top, bottom = (round(float(lines[0]) - away * space) for away in (T.above, T.start))
    first, last, free = round(col - T.aside * space), round(col + T.aside * space), round(T.free * space)
    if bottom <= 0 or first < free or last + free > pixels.shape[1]:
        return False
    dark = 1 - pixels[max(top, 0):bottom, first - free:last + free][::-1] / 255.0  # upwards from the staff
    paper = float(np.median(dark))
    dark = (dark - paper) / max(1 - paper, T.least_contrast)
    ink = dark > T.dark
    width = _widths(ink[:, free:-free]) / space
    end = _end(width > 0, round(T.gap * space))
    least, greatest = (end - round(height * space) for height in T.height)
    if least < 0:
        return False
    neck = max(greatest, 0) + int(width[max(greatest, 0):least + 1].argmin())
    eight = float(width[neck:end].max())
    is_free = not all(side[neck:end].any() for side in (ink[:, :free], ink[:, -free:]))
    is_digit = T.width[0] <= eight <= T.width[1] and width[neck] <= T.neck * eight
    return bool(is_digit and is_free and _bowls(dark[neck:end, free:-free]) > T.bowl)


def _widths(ink: np.ndarray) -> np.ndarray:
    """(N,) Pixels from the first to the last ink in each row; 0 if there is no ink. ink: (N, W) bool."""
    widths: np.ndarray = np.where(ink.any(axis=1), ink.shape[1] - ink.argmax(axis=1) - ink[:, ::-1].argmax(axis=1), 0)
    return widths


def _bowls(dark: np.ndarray) -> float:
    """How much paler the paler bowls of a digit are than the ink above and below them, 0-1: the second palest counts,
    so it is 0 unless there are two bowls, one above the other.

    dark: (N, W) 0-1, the rows of what may be a digit.
    """
    ink = dark > T.dark
    dark, ink = dark[ink.any(axis=1)], ink[ink.any(axis=1)]
    first, last = ink.argmax(axis=1), ink.shape[1] - 1 - ink[:, ::-1].argmax(axis=1)
    middle = [float(row[(a + b) // 2:(a + b + 1) // 2 + 1].min())  # the one or two pixels in the middle of the ink
              for row, a, b in zip(dark, first, last, strict=True)]
    depth = 0.0
    for waist in range(1, len(middle) - 1):
        parts = middle[waist::-1], middle[waist:]
        depth = max(depth, min(min(part[0], max(part[part.index(min(part)):])) - min(part) for part in parts))
    return depth


def _end(has_ink: np.ndarray, gap: int) -> int:
    """The first of `gap` successive rows without ink; the number of rows if there are no such rows."""
    blank = np.convolve(~has_ink, np.ones(gap, int), "valid") == gap
    return int(blank.argmax()) if blank.any() else len(has_ink)
