"""Brackets over first and second endings, which the detector hardly sees: they are looked for in the ink.

The bracket of an ending is a long level line over a system, thin as a staff line, that begins over a barline with a
hook down. What has such a line but no hook is something else: the line of an octave, a text's underline, a slur.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from omr.types import SPACE_PX, Box, Staff, Stroke, System


@dataclass(frozen=True)
class VoltaTolerances:
    """Lengths in staff spaces of the page (`SPACE_PX` pixels), set by hand after looking at old prints."""

    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    over_staff: tuple[float, float] = (1.5, 9.0)
    """Least and greatest height of the line over the top line of the system's first staff."""
    piece: float = 3.0
    """Least length of unbroken ink of which the line is made: words and beams of short notes have less."""
    gap: float = 0.4
    """Longest gap between two pieces: where a line is worn. First and second endings stand 0.5 apart and more."""
    length: float = 4.5
    """Least length of the line."""
    thickness: float = 0.35
    """Greatest thickness of the line. Beams are thicker."""
    tilt: float = 0.5
    """Greatest height of the line from end to end: a page may be bent."""
    hook: float = 0.8
    """Least length of the hook down at an end."""
    hook_aside: float = 0.3
    """Greatest distance sideways of a hook from the line's end."""
    from_barline: float = 1.5
    """Greatest distance sideways of the line's left end from a barline of the system, or from its beginning."""


T = VoltaTolerances()
"""The tolerances of this stage."""


def find_voltas(
    pixels: np.ndarray, staves: Sequence[Staff], systems: Sequence[System], strokes: Sequence[Stroke], first_id: int
) -> list[Stroke]:
    """The brackets of endings over the systems of a page, each with its hooks, as strokes of kind "bracket".

    pixels: the page, (H, W) uint8, 0 = ink. strokes: those found so far; where one of these is a bracket none is added.
    first_id: the id of the first stroke; the others follow.
    """
    known = [s.box for s in strokes if s.kind == "bracket"]
    found: list[Stroke] = []
    for system in systems:
        first = staves[system.staves[0]]
        starts = [first.left, *(s.points[0][1] for s in strokes if s.kind == "barline" and _crosses(s.box, first))]
        for line in _level_lines(pixels, first, staves):
            if min(abs(line.left - start) for start in starts) > T.from_barline * SPACE_PX:
                continue
            if any(_same(line, box) for box in known) or not _has_hook(pixels, line, line.left):
                continue
            ends = [((line.center[0], line.left), (line.center[0], line.right))]
            if _has_hook(pixels, line, line.right):
                ends.append(((line.center[0], line.right), (line.center[0] + T.hook * SPACE_PX, line.right)))
            for points in ends:
                found.append(Stroke(first_id + len(found), "bracket", points, line.height))
    return found


def _crosses(barline: Box, staff: Staff) -> bool:
    """Whether a barline goes through a staff."""
    return barline.top < staff.box.center[0] < barline.bottom


def _same(line: Box, other: Box) -> bool:
    """Whether a line is known already: another box at its height covers half of it."""
    near = SPACE_PX / 2
    return (min(line.right, other.right) - max(line.left, other.left) > line.width / 2
            and line.top - near < other.bottom and other.top < line.bottom + near)


def _level_lines(pixels: np.ndarray, staff: Staff, staves: Sequence[Staff]) -> Iterator[Box]:
    """Long thin level lines over a staff and under the staff above it."""
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
            yield Box(float(top + row), float(left + column), float(top + row + height), float(left + column + width))


def _has_hook(pixels: np.ndarray, line: Box, col: float) -> bool:
    """Whether a line goes down at an end."""
    aside, length = round(T.hook_aside * SPACE_PX), round(T.hook * SPACE_PX)
    top = round(line.bottom)
    strip = pixels[top:top + length, max(round(col) - aside, 0):round(col) + aside + 1] < T.dark_below
    return bool(strip.size) and float(strip.mean(axis=0).max()) >= 0.95
