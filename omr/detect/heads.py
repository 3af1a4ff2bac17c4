"""Noteheads told by their ink where the detector is unsure: filled or hollow, in any font, or no heads at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from omr.types import SPACE_PX, Box, Symbol

HOLLOW = {"noteheadBlack": "noteheadHalf", "noteheadBlackSmall": "noteheadHalfSmall"}
FILLED = {hollow: filled for filled, hollow in HOLLOW.items()}
SURE_SCORE = 0.95
"""Detector score from which on a head is what the detector says."""
HOLLOW_INK, FILLED_INK = 0.78, 0.93
"""Ink within a head, as a share of what the page's surely filled heads have: less is hollow, more is filled. Six pages
were measured, three engraved and three printed around 1900: hollow heads 0.26 to 0.75, filled ones 0.86 and more."""
LEAST_SAMPLE = 8
"""Least number of surely filled heads that tell how dark the page's ink is; with fewer it is taken for black."""

BAR_LENGTH, BAR_WIDTH = 5.0, 0.65
"""A find lies in a heavy bar line, or in the black edge of a scan, if its ink goes on up or down for this many staff
spaces, over this share of its width. On 24 old prints the share was 0.7 and more for what was no head, and at most 0.17
for the heads of a chord in thirds, which touch but are round."""


def without_bars(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """The symbols of a page, (H, W) uint8 with 0 = ink, but for filled heads that were seen in a heavy barline."""
    return [s for s in symbols if s.name not in HOLLOW or not _in_bar(s.box, pixels)]


def _in_bar(box: Box, pixels: np.ndarray) -> bool:
    row, reach = int(box.center[0]), int(BAR_LENGTH * SPACE_PX)
    columns = slice(max(round(box.left), 0), max(round(box.right), 0))
    down = pixels[max(row, 0) : row + reach, columns] < 128
    up = pixels[max(row - reach, 0) : max(row, 0), columns][::-1] < 128
    runs = sum(np.logical_and.accumulate(part, axis=0).sum(axis=0) for part in (up, down))
    return bool(np.size(runs)) and float(np.mean(runs >= reach)) >= BAR_WIDTH


def settle_heads(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """The symbols of a page, (H, W) uint8 with 0 = ink; heads that the detector is unsure of are named by their ink."""
    sure = [_ink(s.box, pixels) for s in symbols if s.name == "noteheadBlack" and s.score >= SURE_SCORE]
    dark = float(np.median(sure)) if len(sure) >= LEAST_SAMPLE else 1.0
    return [replace(s, name=_named(s, _ink(s.box, pixels) / max(dark, 0.1)))
            if s.score < SURE_SCORE and (s.name in HOLLOW or s.name in FILLED) else s for s in symbols]


def _named(head: Symbol, ink: float) -> str:
    if ink < HOLLOW_INK:
        return HOLLOW.get(head.name, head.name)
    return FILLED.get(head.name, head.name) if ink > FILLED_INK else head.name


def _ink(box: Box, pixels: np.ndarray) -> float:
    """The share of ink in the middle half of a box."""
    row, col = box.center
    top, bottom = int(round(row - box.height / 4)), int(round(row + box.height / 4)) + 1
    left, right = int(round(col - 0.28 * box.width)), int(round(col + 0.28 * box.width)) + 1
    inside = pixels[max(top, 0):bottom, max(left, 0):right]
    return 1 - float(inside.mean()) / 255 if inside.size else 1.0
