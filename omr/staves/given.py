"""A staff that a person pointed at. Its lines are looked for in the ink near that place; without ink they are straight.

The tracing in `omr.staves.tracing` needs lines that the detector sees. Here a person says that there is a staff, so
faint or broken lines are enough: five rows at equal distances are fitted to the ink, and may bend a little.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omr.types import Staff
from omr.types.table import table


@table
class GivenTolerances:
    """Lengths are in staff spaces, unless a field says otherwise. Where a field names no measurement, none is on
    record."""

    knot_distance: float = 1.5
    """Distance between neighbouring knots of a line, as in `omr.staves.tracing`."""
    strip: float = 1.5
    """Half the width over which the ink at a knot is averaged, so that a notehead does not outweigh the lines."""
    reach: float = 0.9
    """How far up or down from the given place the lines are looked for. At a whole space, another line would be taken
    for the middle one."""
    step: float = 0.05
    """Distance between the places that are tried, up and down: half a pixel."""
    spacings: tuple[float, ...] = (0.94, 0.96, 0.98, 1.0, 1.02, 1.04, 1.06)
    """Staff spaces that are tried, as multiples of the expected one."""
    bend: float = 0.1
    """How far a line may move up or down from one knot to the next: a slope of 4 degrees."""
    seen: float = 0.03
    """Least contrast between the lines and what is between them (1 for black lines on white paper). With less, no lines
    are seen. On blank paper the best place has less than 0.01."""


T = GivenTolerances()
"""The tolerances of this stage."""


def staff_between(pixels: np.ndarray, start: Sequence[float], end: Sequence[float], space_px: float) -> Staff:
    """The staff whose middle line runs from one point (row, col) to another one, farther right. It is number 0 of
    system 0.

    pixels: (H, W) uint8 of a normalised page, 0 = ink.
    space_px: the approximate staff space.

    Raises ValueError if the staff would be no longer than it is high, or leave the page.
    """
    (top, left), (bottom, right) = start, end
    height, width = pixels.shape
    if right - left < 4 * space_px:
        raise ValueError("a staff is longer than it is high")
    if left < 0 or right > width or min(top, bottom) < 2 * space_px or max(top, bottom) > height - 2 * space_px:
        raise ValueError("the staff leaves the page")
    cols = np.linspace(left, right, max(2, round((right - left) / (T.knot_distance * space_px)) + 1))
    straight = np.interp(cols, (left, right), (top, bottom))
    ink = _ink_at(pixels, cols, T.strip * space_px)
    best, middle, spacing = max((_laid(ink, straight, space_px * part) for part in T.spacings), key=lambda f: f[0])
    if best < T.seen:
        middle, spacing = straight, space_px
    lines = np.array([middle + (i - 2) * spacing for i in range(5)])
    return Staff(index=0, system=0, left=float(left), right=float(right), lines=lines)


def _ink_at(pixels: np.ndarray, cols: np.ndarray, half_width: float) -> np.ndarray:
    """Ink (K, H), 0-1, around each of K columns."""
    ink = 1 - pixels.astype(np.float32) / 255
    width = ink.shape[1]
    strips = [(min(max(int(c - half_width), 0), width - 1), min(max(int(c + half_width) + 1, 1), width)) for c in cols]
    return np.array([ink[:, first:last].mean(axis=1) for first, last in strips])


def _laid(ink: np.ndarray, straight: np.ndarray, spacing: float) -> tuple[float, np.ndarray, float]:
    """Fit five lines with a given spacing to the ink, near a straight course (K,) of the middle line.

    Returns how much darker the lines are than what is between them, the rows (K,) of the middle line, and the spacing.
    The course is the best of all courses that bend little enough; it is found from left to right (Viterbi algorithm).
    """
    step = T.step * spacing
    count = round(T.reach / T.step)
    offsets = np.arange(-count, count + 1) * step
    rows = straight[:, None] + offsets
    lines = [_at(ink, rows + i * spacing) for i in (-2, -1, 0, 1, 2)]
    between = [_at(ink, rows + i * spacing) for i in (-2.5, -1.5, -0.5, 0.5, 1.5, 2.5)]
    value = np.mean(lines, axis=0) - np.mean(between, axis=0)
    most = round(T.bend / T.step)
    total, came = value[0], []
    for own in value[1:]:
        padded = np.pad(total, most, constant_values=-np.inf)
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * most + 1)
        came.append(np.arange(len(offsets)) + windows.argmax(axis=1) - most)
        total = windows.max(axis=1) + own
    at = int(total.argmax())
    path = [at]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return float(total.max()) / len(rows), straight + offsets[path[::-1]], spacing


def _at(ink: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Ink at rows (K, N), interpolated between pixels. Whole numbers are the upper edges of pixels."""
    place = np.clip(rows - 0.5, 0, ink.shape[1] - 1.001)
    above = place.astype(int)
    part = place - above
    knot = np.arange(len(ink))[:, None]
    return np.asarray(ink[knot, above] * (1 - part) + ink[knot, above + 1] * part)
