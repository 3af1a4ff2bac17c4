"""A staff that a person pointed at: its lines are looked for in the ink about the place; else they are straight.

The tracing of `omr.staves.tracing` needs lines that the detector sees. Here somebody has said that a staff is there, so
that faint or broken lines are enough: five rows at equal distances are laid over the ink, which may bend a little.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omr.types import Staff
from omr.types.table import table


@table
class GivenTolerances:
    """Lengths in staff spaces, unless said otherwise, and shares. Where a field names no measurement, none is on
    record."""

    knot_distance: float = 1.5
    """Distance between neighbouring knots of a line, as of traced ones."""
    strip: float = 1.5
    """Half the width over which the ink is averaged at a knot, so that a notehead does not outweigh the lines."""
    reach: float = 0.9
    """Farthest up or down from the place pointed at that the lines are looked for. A whole space away another line
    would be taken for the middle one."""
    step: float = 0.05
    """Distance between the places that are tried, up and down: half a pixel."""
    spacings: tuple[float, ...] = (0.94, 0.96, 0.98, 1.0, 1.02, 1.04, 1.06)
    """Staff spaces that are tried, as parts of the one expected."""
    bend: float = 0.1
    """Farthest that a line moves up or down from one knot to the next: a slope of 4 degrees."""
    seen: float = 0.03
    """Least ink on the lines beyond that between them, of 1 for black lines on white paper, that is taken for lines.
    On blank paper the best place has less than 0.01."""


T = GivenTolerances()
"""The tolerances of this stage."""


def staff_between(pixels: np.ndarray, start: Sequence[float], end: Sequence[float], space_px: float) -> Staff:
    """The staff whose middle line runs from one point (row, col) to another, farther right.

    pixels: (H, W) uint8 of a normalised page, 0 = ink. space_px: its staff space, about. The staff is number 0 of
    system 0. Raises ValueError if it would be no longer than it is high, or leave the page.
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
    """Ink (K, H), 0-1, about each of K columns."""
    ink = 1 - pixels.astype(np.float32) / 255
    width = ink.shape[1]
    strips = [(min(max(int(c - half_width), 0), width - 1), min(max(int(c + half_width) + 1, 1), width)) for c in cols]
    return np.array([ink[:, first:last].mean(axis=1) for first, last in strips])


def _laid(ink: np.ndarray, straight: np.ndarray, spacing: float) -> tuple[float, np.ndarray, float]:
    """Five lines of a spacing laid over the ink, near a straight course (K,) of the middle one.

    Returns how much darker they are than what is between them, the rows (K,) of the middle one, and the spacing. The
    course is the best of all that bend little enough, found from left to right (Viterbi).
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
    """Ink at rows (K, N), whole numbers being the upper edges of pixels, between pixels by the nearer ones."""
    place = np.clip(rows - 0.5, 0, ink.shape[1] - 1.001)
    above = place.astype(int)
    part = place - above
    knot = np.arange(len(ink))[:, None]
    return np.asarray(ink[knot, above] * (1 - part) + ink[knot, above + 1] * part)
