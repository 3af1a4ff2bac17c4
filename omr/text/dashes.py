"""Finds hyphens and lines after sung words by their ink, because the detector seldom takes them for text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from omr.text.blocks import TEXT_LIMITS, Ink
from omr.types import SPACE_PX, Box, Page, Word
from omr.types.table import table


@table
class DashLimits:
    """Which strokes after a word are hyphens ("-"), and which are lines that hold its last syllable ("_"). All lengths
    are in staff spaces. Rules of thumb: no measurement of them is on record."""

    search_distance: float = 12.0
    """How far after a word a dash is looked for."""
    word_overlap: float = 0.3
    """How far the next word may begin left of the end of this one."""
    search_above: float = 1.8
    """Top of the searched window, above the bottom of the word."""
    search_below: float = 0.6
    """Bottom of the searched window, below the bottom of the word."""
    narrowest_window: float = 0.5
    """Narrower gaps between two words have no dash."""
    lowest_window: float = 1.0
    """Windows that are less high, at the edge of the page, are not searched."""
    thickest: float = 0.4
    """Greatest height of a dash."""
    shortest: float = 0.3
    """Smallest length of a dash."""
    least_slope: int = 2
    """A dash is at least this many times as long as it is high (no unit)."""
    alone: float = 0.8
    """Least share of a line's columns in which nothing else of its line of text stands."""
    longest_hyphen: float = 1.6
    """Greatest length of a hyphen."""
    hyphen_rows: tuple[float, float] = (-0.5, 0.5)
    """Where the middle of a hyphen may be, below the middle of the word."""
    shortest_line: float = 1.2
    """Longer strokes may be a line. Shorter ones that are as low as a line are hyphens of old German prints."""
    line_rows: tuple[float, float] = (0.2, 1.2)
    """Where the middle of a line may be, below the middle of the word: lines are at the foot of the letters."""


DASH_LIMITS = DashLimits()

LINE_ERASER_PX = 5
"""Side of the square that is drawn along a line to erase it, together with its blurred edges, which are two pixels
wide."""


def without_lines(ink: Ink, mask: np.ndarray, blocks: Sequence[Box]) -> np.ndarray:
    """The mask without the level lines that hold a syllable. Tesseract reads their beginnings as full stops.

    ink: of the page.
    mask: (H, W), in pixels of the page.
    blocks: of text.
    """
    labels, stats = ink.labels, ink.stats
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    flat = ((height <= DASH_LIMITS.thickest * SPACE_PX) & (width >= DASH_LIMITS.shortest * SPACE_PX)
            & (width >= DASH_LIMITS.least_slope * height))
    is_line = np.zeros(len(stats), bool)
    rows, left = stats[:, cv2.CC_STAT_TOP] + height / 2, stats[:, cv2.CC_STAT_LEFT]
    for block in blocks:
        below = (rows - block.center[0]) / SPACE_PX
        near = (left < block.right + SPACE_PX) & (left + width > block.left)
        low = flat & near & (below > DASH_LIMITS.line_rows[0]) & (rows < block.bottom)
        for number in np.flatnonzero(low):
            # Nothing stands above it: it is not a stroke of "=", for example.
            columns = labels[max(round(block.top), 0):round(block.bottom), left[number]:left[number] + width[number]]
            is_line[number] |= bool(np.isin(columns, [0, int(number)]).all(axis=0).mean() >= DASH_LIMITS.alone)
    lines = cv2.dilate(is_line[labels].astype(np.uint8), np.ones((LINE_ERASER_PX, LINE_ERASER_PX), np.uint8))
    return np.where(lines > 0, 0, mask).astype(np.uint8)


def dashes(page: Page, words: Sequence[Word]) -> Iterator[Word]:
    """Hyphens between syllables as "-", and lines after the last syllable of a word as "_".

    The detector seldom marks them as text. So they are looked for on the page: a level stroke that stands alone in the
    gap after a word.
    """
    space = SPACE_PX
    letters = [w for w in words if any(c.isalpha() for c in w.text)]
    for word in letters:
        row = word.box.center[0]
        following = min((w for w in letters if w.box.top < row < w.box.bottom
                         and w.box.left > word.box.right - DASH_LIMITS.word_overlap * space),
                        key=lambda w: w.box.left, default=None)
        left = round(word.box.right + 1)
        end = word.box.right + DASH_LIMITS.search_distance * space
        right = round(end if following is None else min(following.box.left, end)) - 1
        top = max(0, round(word.box.bottom - DASH_LIMITS.search_above * space))
        window = page.pixels[top:round(word.box.bottom + DASH_LIMITS.search_below * space), left:right]
        height, width = window.shape
        if height < DASH_LIMITS.lowest_window * space or width < DASH_LIMITS.narrowest_window * space:
            continue
        stroke = _first_level_stroke(window)
        if stroke is not None:
            box = Box(top + stroke.top, left + stroke.left, top + stroke.bottom, left + stroke.right)
            goes_on = word.text[-1].isalpha() and following is not None and following.text[0].islower()
            text = _dash(box.width / space, (box.center[0] - row) / space, goes_on)
            if text:
                yield Word(text, box)


def _first_level_stroke(window: np.ndarray) -> Box | None:
    """The first stroke in a window of the page that has the shape of a dash, and does not run out of the window."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((window < TEXT_LIMITS.ink_level).astype(np.uint8), connectivity=8)
    for left, top, width, height, _ in stats[1:].tolist():
        runs_out = width == window.shape[1] or top == 0 or top + height == window.shape[0]
        if (not runs_out and height <= DASH_LIMITS.thickest * SPACE_PX and width >= DASH_LIMITS.shortest * SPACE_PX
                and width >= DASH_LIMITS.least_slope * height):
            return Box(top, left, top + height, left + width)
    return None


def _dash(width: float, below: float, goes_on: bool) -> str:
    """"-" for a hyphen, "_" for a line, "" for neither.

    width: of the stroke, in staff spaces.
    below: how far its middle is below the middle of the word, in staff spaces.
    goes_on: whether the word may go on after it. It does not after a comma, or if the next word begins with a capital.
    """
    lowest = DASH_LIMITS.line_rows[1] if goes_on and width <= DASH_LIMITS.shortest_line else DASH_LIMITS.hyphen_rows[1]
    if width <= DASH_LIMITS.longest_hyphen and DASH_LIMITS.hyphen_rows[0] < below < lowest:
        return "-"
    if width > DASH_LIMITS.shortest_line and DASH_LIMITS.line_rows[0] < below < DASH_LIMITS.line_rows[1]:
        return "_"
    return ""
