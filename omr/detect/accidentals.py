"""Corrects accidentals by their ink, if the detector is not sure of their class, or if they may be digits.

Sharps and naturals look alike on coarse scans. But both vertical strokes of a sharp reach above and below its bars,
while a natural has no ink at its top right and bottom left. Digits of fingerings before a notehead are taken for
naturals and sharps, and twos for double sharps. But digits have no vertical strokes, and look different upside down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from omr.types import SPACE_PX, Box, Symbol
from omr.types.table import table

QUARTER_FLAT, THREE_QUARTERS_SHARP = "accidentalQuarterToneFlatStein", "accidentalThreeQuarterTonesSharpStein"
SURE = {"accidentalSharp": 0.99, "accidentalNatural": 0.9}
"""The classes that are checked, each with the least score with which the detector is believed."""


@table
class AccidentalTolerances:
    """Shares are from 0 to 1. Set on the sharps and naturals of 119 pages of Beethoven and Mozart, and made stricter
    for two pages of the accuracy guard with faint sharps."""

    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    pale_below: int = 150
    """The same for the vertical strokes of an unsure sharp, which may be thin and pale."""
    corner: float = 0.24
    """Height of the corners that are checked, as a share of the accidental's height. Each corner is half as wide as the
    accidental."""
    least_ink: float = 1e-3
    """Least ink that is assumed in two corners, so that one never divides by 0."""
    empty: float = 0.75
    """The two corners of a natural that should be empty have less ink than this share of the ink in the other two. Of
    3,947 sharps, 0.5 % have less than .79; of 2,102 naturals, 97 %."""
    emptier: float = 0.25
    """The emptier one of them has at most this share of the ink in the fuller one of the other two. In a faint sharp,
    all corners have some ink."""
    full: float = 0.93
    """With a greater share, it is no natural: nearly all such symbols are digits of fingerings, or pieces of beams."""
    digit: float = 0.75
    """With a greater share and no vertical stroke, it is a digit too, or two digits one above the other."""
    upright: float = 0.5
    """Least length of the vertical stroke of such a natural, as a share of its height. Of 1,599 naturals, 9 had more
    ink than `digit` in those corners. Six were digits or brackets, with strokes of .44 at most; the two real ones had
    .61 and .81; and one was a digit on a barline."""
    unsure_sharp: float = 0.9
    """A sharp with a lower score may be a digit, or two digits one above the other."""
    second_upright: float = 0.45
    """Least length of the second vertical stroke of a sharp, as a share of its height. Of 26 unsure ones, six were
    digits with .27 to .36; the real ones had .39 and more."""
    uprights_apart: int = 3
    """Least distance between the two strokes, in pixels."""
    upside_down: float = 0.5
    """If that stroke is shorter, the sharp must look like itself turned upside down, with at least this correlation. A
    faint sharp had .76, the digits .35 at most."""
    low: tuple[float, float, float] = (2.5, 2.2, 2.0)
    """If an unsure natural, an unsure flat or a quarter-tone flat is lower than this, in staff spaces, it may be a
    digit. On 84 pages of Beethoven, digits were 1.6 to 2.2 high, and full-sized accidentals 2.2 and more. Small
    accidentals are as high as digits."""
    left_stroke: float = 0.5
    """Such a natural or flat has a vertical stroke in its left half that is at least this share of its height. 15 of
    them had .59 to .85, five digits .33 to .42."""
    unsure_quarter_tones: float = 0.8
    """A three-stroke sharp with a lower score is a plain sharp; two were, with .53 and .54."""
    cross: float = 0.45
    """Least correlation of a double sharp with both of its mirror images. Of 117, 12 were digits with .12 to .37 and
    one with .62; the real ones had .54 and more."""
    diagonal: float = 0.3
    """Least correlation with a drawn cross of a double sharp that is as high as a digit. Digits that look the same
    upside down, such as 3 and 5, had .35 at most; double sharps .43 and more, and one smudged one .33."""
    digit_height: float = 0.95
    """Least height of a digit, in staff spaces. Lower boxes may be beside the middle of their cross."""
    sure_diagonal: float = 0.45
    """With this correlation with a drawn cross, a double sharp is believed whatever the height of its box."""
    height: tuple[float, float] = (0.7, 1.3)
    """Least and greatest height of a box that fits a cross, in staff spaces. A box with another height is replaced."""
    arm: int = 5
    """How far from the middle of a double sharp its arms are looked at, in pixels."""
    shift: tuple[int, int] = (2, 1)
    """How far the middle may be from that of the box, down and sideways, in pixels."""


T = AccidentalTolerances()
"""The tolerances of this stage."""


def settle_accidentals(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """Correct the accidentals of a page. Doubtful sharps with the ink of a natural become naturals. Doubtful naturals
    without such ink, double sharps that are twos, and low accidentals that are digits are dropped.

    pixels: the page, (H, W), 0 = ink.
    """
    settled = []
    for symbol in symbols:
        if symbol.name == "accidentalDoubleSharp":
            box = _cross(symbol.box, pixels)
            if box is not None:
                settled.append(replace(symbol, box=box))
            continue
        if symbol.name == "accidentalSharp" and symbol.score < T.unsure_sharp and _is_digit(symbol.box, pixels):
            continue
        if _is_low_digit(symbol, pixels):
            continue
        if symbol.name == THREE_QUARTERS_SHARP and symbol.score < T.unsure_quarter_tones:
            symbol = replace(symbol, name="accidentalSharp")
        sure = SURE.get(symbol.name)
        if sure is None or symbol.score >= sure:
            settled.append(symbol)
            continue
        empty, full = _corners(symbol.box, pixels)
        if symbol.name == "accidentalNatural":
            share = sum(empty) / max(sum(full), T.least_ink)
            if share <= T.digit or share <= T.full and _upright(symbol.box, pixels) >= T.upright:
                settled.append(symbol)
        elif sum(empty) < T.empty * sum(full) and min(empty) < T.emptier * max(full):
            settled.append(replace(symbol, name="accidentalNatural"))
        else:
            settled.append(symbol)
    return settled


def _cross(box: Box, pixels: np.ndarray) -> Box | None:
    """The box of a supposed double sharp if it really is one: it looks the same upside down and mirrored, and is dark
    where a cross is. If the box also contains a staff line, or only a part of what is surely a cross, the box of the
    cross is returned."""
    row, col = (round(v - 0.5) for v in box.center)
    (down, aside), arm = T.shift, T.arm
    alike, diagonal, middle = -1.0, -1.0, (row, col)
    shape = _saltire(arm)
    for r in range(row - down, row + down + 1):
        for c in range(col - aside, col + aside + 1):
            ink = 255.0 - pixels[max(r - arm, 0):r + arm + 1, max(c - arm, 0):c + arm + 1]
            if ink.shape != shape.shape or ink.std() == 0:
                continue
            alike = max(alike, min(_likeness(ink, other) for other in (ink[::-1], ink[:, ::-1])))
            if (found := _likeness(ink, shape)) > diagonal:
                diagonal, middle = found, (r, c)
    if alike < T.cross or diagonal < T.diagonal and box.height > T.digit_height * SPACE_PX:
        return None
    if diagonal < T.sure_diagonal or T.height[0] * SPACE_PX <= box.height <= T.height[1] * SPACE_PX:
        return box
    (row, col), half = middle, SPACE_PX / 2
    return replace(box, top=row + 0.5 - half, bottom=row + 0.5 + half)


def _saltire(arm: int) -> np.ndarray:
    """How dark a double sharp is around its middle: 1 on both diagonals, 0 two pixels away from them."""
    away = np.abs(np.arange(-arm, arm + 1))
    dark: np.ndarray = np.clip(2.0 - np.abs(away[:, None] - away[None, :]), 0.0, 1.0)
    return dark


def _likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation, from -1 to 1."""
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def _upright(box: Box, pixels: np.ndarray) -> float:
    """The longest vertical run of ink in a box, as a share of its height."""
    return float(_upright_runs(box, pixels).max(initial=0.0)) / box.height


def _upright_runs(box: Box, pixels: np.ndarray, dark_below: int = T.dark_below) -> np.ndarray:
    """(W,) The longest vertical run of ink in each column of a box, in pixels. dark_below: as in `T`."""
    piece = _piece(box, pixels)
    longest = run = np.zeros(piece.shape[1])
    for row in piece < dark_below:
        run = (run + 1) * row
        longest = np.maximum(longest, run)
    return longest


def _is_digit(box: Box, pixels: np.ndarray) -> bool:
    """Whether a supposed sharp is a digit: it does not have two vertical strokes, and does not look the same upside
    down."""
    piece = _piece(box, pixels)
    if not piece.size or piece.std() == 0:
        return False
    runs = _upright_runs(box, pixels, T.pale_below)
    apart = np.abs(np.arange(len(runs)) - int(runs.argmax())) >= T.uprights_apart
    return (float(runs[apart].max(initial=0.0)) < T.second_upright * box.height
            and _likeness(piece, piece[::-1, ::-1]) < T.upside_down)


def _is_low_digit(symbol: Symbol, pixels: np.ndarray) -> bool:
    """Whether a natural, flat or quarter-tone flat is the digit of a fingering beside its notehead: it is low, and has
    no vertical stroke on its left."""
    natural, flat, quarter = (height * SPACE_PX for height in T.low)
    height = symbol.box.height
    if symbol.name == QUARTER_FLAT:
        return height < quarter
    if symbol.name not in ("accidentalNatural", "accidentalFlat") or symbol.score >= SURE["accidentalNatural"]:
        return False
    runs = _upright_runs(symbol.box, pixels, T.pale_below)
    left = float(runs[:max(len(runs) // 2, 2)].max(initial=0))
    return height < (flat if symbol.name == "accidentalFlat" else natural) and left < T.left_stroke * height


def _piece(box: Box, pixels: np.ndarray) -> np.ndarray:
    """The pixels of a box."""
    top, left, bottom, right = (max(round(v), 0) for v in (box.top, box.left, box.bottom, box.right))
    return pixels[top:bottom, left:right]


def _corners(box: Box, pixels: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """The ink in the corners of a box: first in the top right and bottom left, which are empty in a natural, then in
    the other two."""
    rows = (box.top, box.top + T.corner * box.height), (box.bottom - T.corner * box.height, box.bottom)
    cols = (box.left, box.center[1]), (box.center[1], box.right)
    (top_left, top_right), (bottom_left, bottom_right) = ([_ink(r, c, pixels) for c in cols] for r in rows)
    return (top_right, bottom_left), (top_left, bottom_right)


def _ink(rows: tuple[float, float], cols: tuple[float, float], pixels: np.ndarray) -> float:
    """How dark the darkest pixel of a typical row is, 0 to 1. (A staff line darkens only some rows.) Ends are in
    pixels."""
    piece = pixels[max(round(rows[0]), 0):round(rows[1]), max(round(cols[0]), 0):round(cols[1])]
    return float(np.median(1 - piece.min(axis=1) / 255.0)) if piece.size else 0.0
