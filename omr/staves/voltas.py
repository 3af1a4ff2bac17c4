"""Finds the brackets of voltas (first and second endings) in the ink, because the detector hardly sees them.

A volta bracket is a long level line over a system, as thin as a staff line, which begins over a barline with a hook
down. A line without a hook is something else: an octave line, an underline, a slur. Or it is the rest of a bracket that
was left open at the end of the system before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from omr.types import SPACE_PX, Box, Staff, Stroke, System
from omr.types.table import table


@table
class VoltaTolerances:
    """Lengths are in staff spaces of the page (`SPACE_PX` pixels), set by hand after looking at old prints."""

    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    hook_dark_below: int = 160
    """The same for a hook, which is thin, and pale where it meets the line."""
    over_staff: tuple[float, float] = (1.5, 9.0)
    """Least and greatest height of the line over the top line of the system's first staff."""
    piece: float = 3.0
    """Least length of a piece of unbroken ink in the line. Words and the beams of short notes have shorter ones."""
    gap: float = 0.4
    """Longest gap between two pieces, for lines that are worn. First and second endings are 0.5 apart and more."""
    length: float = 4.5
    """Least length of the line."""
    thickness: float = 0.35
    """Greatest thickness of the line. Beams are thicker."""
    tilt: float = 0.5
    """Greatest difference in height between the ends of the line: a page may be bent."""
    hook: float = 0.8
    """Least length of the hook down at an end of the line."""
    hook_aside: float = 0.3
    """Greatest distance of a hook from the end of the line, sideways."""
    from_barline: float = 1.5
    """Greatest distance of the line's left end from a barline, or from the beginning of the system."""
    bent: float = 1.5
    """Longest piece at an end of the line that stands a little higher or lower than the rest, because the line was
    drawn by hand, or the page is bent."""
    goes_on: float = 2.0
    """An open bracket goes on in the next system if its right end is at most this far from the end of its system."""
    opening: float = 14.0
    """How far from a system's beginning the rest of an open bracket may begin, so as to leave out the clef, key and
    time signature."""


T = VoltaTolerances()
"""The tolerances of this stage."""


def find_voltas(
    pixels: np.ndarray, staves: Sequence[Staff], systems: Sequence[System], strokes: Sequence[Stroke], first_id: int
) -> list[Stroke]:
    """The volta brackets of a page, each with its hooks, as strokes of kind "bracket".

    pixels: the page, (H, W) uint8, 0 = ink.
    strokes: those found so far. Where one of them is a bracket, none is added.
    first_id: id of the first new stroke; the others follow.
    """
    known = [s.box for s in strokes if s.kind == "bracket"]
    found: list[Stroke] = []
    is_open = False  # whether the last bracket goes on beyond the end of the system before
    for system in systems:
        first = staves[system.staves[0]]
        goes_on, is_open = is_open, _is_open(known, first)
        starts = [first.left, *(s.points[0][1] for s in strokes if s.kind == "barline" and _crosses(s.box, first))]
        for line in _level_lines(pixels, first, staves):
            if any(_same(line, box) for box in known):
                continue
            is_near = min(abs(line.left - start) for start in starts) < T.from_barline * SPACE_PX
            is_rest = goes_on and first.left < line.left < first.left + T.opening * SPACE_PX
            if is_rest and not _has_hook(pixels, line, line.left):
                line = replace(line, left=first.left)
            elif not is_near or not _has_hook(pixels, line, line.left):
                continue
            goes_on = False
            ends = [((line.center[0], line.left), (line.center[0], line.right))]
            if _has_hook(pixels, line, line.right):
                ends.append(((line.center[0], line.right), (line.center[0] + T.hook * SPACE_PX, line.right)))
            is_open = len(ends) == 1 and line.right > first.right - T.goes_on * SPACE_PX
            for points in ends:
                found.append(Stroke(first_id + len(found), "bracket", points, line.height))
    return found


def _is_open(known: Sequence[Box], staff: Staff) -> bool:
    """Whether a bracket that the detector saw over a staff reaches the end of the staff without a hook there."""
    low, high = (length * SPACE_PX for length in T.over_staff)
    end = staff.right - T.goes_on * SPACE_PX
    over = [b for b in known if low < staff.box.top - b.center[0] < high and b.right > end]
    return any(b.width > T.length * SPACE_PX for b in over) and not any(b.height > T.hook * SPACE_PX for b in over)


def _crosses(barline: Box, staff: Staff) -> bool:
    """Whether a barline goes through a staff."""
    return barline.top < staff.box.center[0] < barline.bottom


def _same(line: Box, other: Box) -> bool:
    """Whether a line is known already: another box at the same height covers half of it."""
    near = SPACE_PX / 2
    return (min(line.right, other.right) - max(line.left, other.left) > line.width / 2
            and line.top - near < other.bottom and other.top < line.bottom + near)


def _level_lines(pixels: np.ndarray, staff: Staff, staves: Sequence[Staff]) -> Iterator[Box]:
    """Long, thin, level lines over a staff and below the staff above."""
    low, high = (length * SPACE_PX for length in T.over_staff)
    bottom = round(staff.box.top - low)
    above = max([s.box.bottom for s in staves if s.box.bottom < staff.box.top], default=0.0)
    top = max(round(staff.box.top - high), round(above + SPACE_PX), 0)
    left, right = max(round(staff.left - SPACE_PX), 0), round(staff.right + SPACE_PX)
    if bottom - top < SPACE_PX:
        return
    ink = (pixels[top:bottom, left:right] < T.dark_below).astype(np.uint8)
    # Odd lengths, so that nothing is shifted sideways.
    piece, gap = (np.ones((1, round(length * SPACE_PX) | 1), np.uint8) for length in (T.piece, T.gap))
    lines = cv2.morphologyEx(cv2.morphologyEx(ink, cv2.MORPH_OPEN, piece), cv2.MORPH_CLOSE, gap)
    _, _, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    for column, row, width, height, area in stats[1:].tolist():
        is_whole = row > 0 and row + height < len(ink)
        is_level = width >= T.length * SPACE_PX and height <= (T.tilt + T.thickness) * SPACE_PX
        if is_whole and is_level and area / width <= T.thickness * SPACE_PX:
            line = Box(float(top + row), float(left + column), float(top + row + height), float(left + column + width))
            yield replace(line, left=_drawn_out(pixels, line, -1), right=_drawn_out(pixels, line, 1))


def _drawn_out(pixels: np.ndarray, line: Box, way: int) -> float:
    """The column where a line ends, including its bent end. way: -1 for the left end, 1 for the right end."""
    start = int(line.left) if way < 0 else int(line.right) - 1
    top, bottom, col = int(line.top), int(line.bottom), start
    while abs(col - start) < T.bent * SPACE_PX:
        for step in range(1, round(T.gap * SPACE_PX)):  # some columns may be pale
            beside = col + step * way
            if not 0 <= beside < pixels.shape[1]:
                return float(col if way < 0 else col + 1)
            rows = np.flatnonzero(pixels[max(top - 1, 0):bottom + 1, beside] < T.dark_below)
            if len(rows):
                break
        if not 0 < len(rows) <= T.thickness * SPACE_PX:
            break
        top, bottom, col = max(top - 1, 0) + int(rows[0]), max(top - 1, 0) + int(rows[-1]) + 1, beside
    return float(col if way < 0 else col + 1)


def _has_hook(pixels: np.ndarray, line: Box, col: float) -> bool:
    """Whether a line has a hook down at an end."""
    aside, length = round(T.hook_aside * SPACE_PX), round(T.hook * SPACE_PX)
    top = round(line.bottom)
    strip = pixels[top:top + length, max(round(col) - aside, 0):round(col) + aside + 1] < T.hook_dark_below
    return bool(strip.size) and float(strip.mean(axis=0).max()) >= 0.95
