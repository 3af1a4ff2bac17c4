"""Staves that do not have five lines, told by their ink. Percussion staves of one or three lines are read; tablature is
not, and is named in a doubt.

The network was trained on staves of five lines. It sees a single line as a haze, in which a staff may be found, and six
lines as a staff of five. So every staff found is compared with the ink. Lines that belong to no staff are looked for
above and below the staves of a system: they bend as those do, and the line at the system's left joins them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from omr.staves.tracing import in_order
from omr.types import SPACE_PX, Box, Staff

LEAST_CONTRAST = 18
"""Least difference, in grey levels, between ink and what is around it: thin lines are pale on a page of few pixels, and
paler still in a photograph."""
HAZE_BELOW = 0.4
"""Probability that separates the lines of a staff of five (measured: 0.49 and more, photographs included) from the
faintest of the five lines that the network sees about a single one (0.31 and less)."""
ABSENT_SHARE = 0.3
"""Share of its length below which a line's ink means that the line is not there."""
SAMPLED_COLUMNS = 4
"""Sample every 4th column: lines are far longer than that."""
LEAST_RUN = 1.5
"""Least length of a piece of line, in staff spaces: noteheads and letters are shorter."""
SURE_SHARE = 0.75
"""Share of its length from which on a line's ink means that the line is there."""
ROW_TOLERANCE = 0.2
"""How far above and below its traced row a line is looked for, in staff spaces."""
NEAREST_STAFF, FARTHEST_STAFF = 2.5, 25.0
"""Least and greatest distance, in staff spaces, from a staff's outer line to a staff of fewer lines in its system."""
SIX = "six lines"
SAME_STAFF = 2.0
"""Greatest distance, in staff spaces, between neighbouring lines of one staff."""


@dataclass(frozen=True, eq=False)
class _Ink:
    """The ink of a page. pixels: (H, W) bool, all of it. lines: (H, W) bool, what runs sideways for `LEAST_RUN`."""

    pixels: np.ndarray
    lines: np.ndarray

    def along(self, rows: np.ndarray, cols: np.ndarray, reach: int) -> np.ndarray:
        """Share of the columns in which a line stands within `reach` pixels of its row there. rows: (..., N)."""
        near = np.rint(rows).astype(int)[..., None] + np.arange(-reach, reach + 1)
        return np.asarray(self.lines[near.clip(0, len(self.lines) - 1), cols[:, None]].any(axis=-1).mean(axis=-1))

    def down(self, top: float, bottom: float, col: float, reach: int) -> float:
        """Share of the rows inked within `reach` pixels of a column."""
        left, right = max(round(col) - reach, 0), round(col) + reach + 1
        strip = self.pixels[max(round(top), 0):max(round(bottom), 0), left:right]
        return float(strip.any(axis=1).mean()) if strip.size else 0.0


TAB_SPACING = 1.5
"""Distance of the lines of tablature, as a multiple of the staff space of the staves beside it."""


def hazy(staff_map: np.ndarray, stride: int, staves: Sequence[Staff]) -> set[int]:
    """Indices of the staves of which the network hardly sees some line. staff_map: (H/stride, W/stride) float 0-1."""
    near = cv2.dilate(np.asarray(staff_map, np.float32), np.ones((3, 1), np.uint8))
    found = set()
    for staff in staves:
        cols, rows = _course(near.shape[1] * stride, staff)
        at = (rows / stride).astype(int).clip(0, len(near) - 1)
        if near[at, (cols // stride)[None]].mean(axis=1).min() < HAZE_BELOW:
            found.add(staff.index)
    return found


def settle_lines(
    pixels: np.ndarray, staves: Sequence[Staff], doubted: Collection[int]
) -> tuple[list[Staff], list[tuple[Box, str]]]:
    """The staves that can be read, those of one and of three lines among them, and what was left out and why.

    pixels: (H, W) uint8, 0 = ink. staves: as found, each of five lines. doubted: indices of those that may have fewer.
    """
    if not staves:
        return [], []
    space = float(np.median([s.space_px for s in staves]))
    window = (2 * round(space) + 1,) * 2
    dark = pixels.astype(np.int16) + LEAST_CONTRAST < cv2.blur(pixels, window)
    kernel = np.ones((1, max(round(LEAST_RUN * space), 3)), np.uint8)
    ink = _Ink(dark, cv2.morphologyEx(dark.view(np.uint8), cv2.MORPH_OPEN, kernel) > 0)
    kept: list[Staff] = []
    left_out: list[tuple[Box, str]] = []
    for staff in staves:
        count = _count(ink, staff)
        if count == 5 or (count < 5 and staff.index not in doubted):
            kept.append(staff)
        elif count > 5:
            left_out.append((staff.box, f"a staff of {SIX} (tablature) is left out"))
    beside: list[Staff] = []
    for staff in kept:
        for found in _beside(ink, staff, kept):
            if isinstance(found, Staff):
                if not any(_overlap(found, other) for other in [*kept, *beside]):
                    beside.append(found)
            elif not any(_inside(found[0], box) for box, _ in left_out):
                left_out.append(found)
    return in_order([*kept, *beside]), left_out


def measured_by_tablature(staves: Sequence[Staff], left_out: Sequence[tuple[Box, str]]) -> bool:
    """Whether a page was scaled by lines of tablature: those have the usual spacing, and other staves are too small."""
    return any(SIX in why for _, why in left_out) and all(s.space_px < 0.85 * SPACE_PX for s in staves)


def _count(ink: _Ink, staff: Staff) -> int:
    """How many lines a staff of five has in the ink: 5 unless it is plain that there are fewer, or one more."""
    cols, rows = _course(ink.lines.shape[1], staff)
    space, reach = staff.space_px, max(round(ROW_TOLERANCE * staff.space_px), 1)
    inked = ink.along(rows, cols, reach)
    if inked.max() < SURE_SHARE:
        return 5
    there = inked >= ABSENT_SHARE
    if there.sum() <= 3:
        return int(there.sum())
    beyond = ink.along(np.array([rows[0] - space, rows[4] + space]), cols, reach)
    return 6 if there.all() and beyond.max() >= SURE_SHARE else 5


def _course(width: int, staff: Staff) -> tuple[np.ndarray, np.ndarray]:
    """Columns of a staff (N,), and the rows of its lines at them (5, N)."""
    left, right = max(int(staff.left), 0), min(int(staff.right), width)
    cols = np.arange(left, max(right, left + 1), SAMPLED_COLUMNS).clip(0, width - 1)
    knots = np.linspace(staff.left, staff.right, staff.lines.shape[1])
    return cols, np.array([np.interp(cols, knots, line) for line in staff.lines])


def _beside(ink: _Ink, staff: Staff, others: Sequence[Staff]) -> list[Staff | tuple[Box, str]]:
    """Staves of fewer lines next to one of five and in its system; as (box, why not) where they cannot be read."""
    cols, rows = _course(ink.lines.shape[1], staff)
    space = staff.space_px
    limits = [o.box for o in others if o is not staff and o.left < staff.right and o.right > staff.left]
    top = max([b.bottom for b in limits if b.bottom < staff.box.top], default=-np.inf) + NEAREST_STAFF * space
    bottom = min([b.top for b in limits if b.top > staff.box.bottom], default=np.inf) - NEAREST_STAFF * space
    found: list[Staff | tuple[Box, str]] = []
    for edge, away in ((rows[4], 1.0), (rows[0], -1.0)):
        middle = float(np.mean(edge))
        distances = range(round(NEAREST_STAFF * space), round(FARTHEST_STAFF * space))
        offsets = [away * d for d in distances if top < middle + away * d < bottom]
        for lines in _together(_peaks(ink, edge, cols, offsets), SAME_STAFF * space):
            rows_here = sorted(lines)
            box = Box(middle + rows_here[0] - 1, staff.left, middle + rows_here[-1] + 1, staff.right)
            if not _is_joined(ink, staff, edge, rows_here, away):
                continue
            even = len(lines) == 3 and np.ptp(np.diff(rows_here)) < 0.4 * space
            if len(lines) == 1 or even:
                course = staff.lines[4 if away > 0 else 0] + rows_here[len(lines) // 2]
                spacing = space if len(lines) == 1 else (rows_here[2] - rows_here[0]) / 2
                found.append(replace(staff, lines=course + spacing * np.arange(-2, 3)[:, None], line_count=len(lines)))
            else:
                found.append((box, f"a staff of {len(lines)} lines is left out"))
    return found


def _peaks(ink: _Ink, edge: np.ndarray, cols: np.ndarray, offsets: Sequence[float]) -> list[float]:
    """Offsets from a line at which another runs along it all its way, each a thin one."""
    strength = ink.along(edge + np.reshape(offsets, (-1, 1)), cols, 1)
    peaks: list[float] = []
    i = 0
    while i < len(offsets):
        j = i
        while j < len(offsets) and strength[j] >= SURE_SHARE:
            j += 1
        if 0 < j - i <= 8:  # the reach of a pixel on either side, and a line's own thickness
            peaks.append((offsets[i] + offsets[j - 1]) / 2)
        i = max(j, i + 1)
    return peaks


def _together(offsets: Sequence[float], within: float) -> list[list[float]]:
    groups: list[list[float]] = []
    for offset in offsets:
        if groups and abs(offset - groups[-1][-1]) <= within:
            groups[-1].append(offset)
        else:
            groups.append([offset])
    return groups


def _is_joined(ink: _Ink, staff: Staff, edge: np.ndarray, offsets: Sequence[float], away: float) -> bool:
    """Whether the system's left line goes from a staff to the lines."""
    near = min(offsets, key=abs)
    start, stop = sorted((edge[0], edge[0] + near))
    reach = max(round(0.3 * staff.space_px), 1)
    columns = staff.left + np.arange(-0.5, 0.6, 0.25) * staff.space_px
    return max(ink.down(start, stop, float(c), reach // 2) for c in columns) > 0.95


def _overlap(a: Staff, b: Staff) -> bool:
    return min(a.box.bottom, b.box.bottom) > max(a.box.top, b.box.top) and min(a.right, b.right) > max(a.left, b.left)


def _inside(box: Box, other: Box) -> bool:
    row, _ = box.center
    return other.top - other.height < row < other.bottom + other.height
