"""Accidentals told apart by their ink, and from digits, where the detector is not sure which of them one is.

Sharps and naturals look alike where a scan is coarse. But both strokes of a sharp reach over and under its bars, while
a natural has no ink at its top right and its bottom left. Digits of fingerings before a head are taken for naturals
and sharps, and twos for double sharps: they have no upright strokes, and are not the same upside down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from omr.types import SPACE_PX, Box, Symbol
from omr.types.table import table

QUARTER_FLAT, THREE_QUARTERS_SHARP = "accidentalQuarterToneFlatStein", "accidentalThreeQuarterTonesSharpStein"
SURE = {"accidentalSharp": 0.99, "accidentalNatural": 0.9}
"""The classes that are looked at, each with the least score at which the detector is believed."""


@table
class AccidentalTolerances:
    """Shares from 0 to 1. Set on the sharps and naturals of 119 pages of Beethoven and Mozart, and made stricter for
    two pages of the accuracy guard, whose sharps are faint."""

    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    pale_below: int = 150
    """The same for the upright strokes of an unsure sharp, which may be thin and pale."""
    corner: float = 0.24
    """Height of the corners that are looked at, as a share of the accidental's. Each is half as wide as the
    accidental."""
    least_ink: float = 1e-3
    """Ink that two corners are taken to have at least, so that nothing is divided by 0."""
    empty: float = 0.75
    """The two corners of a natural that should be empty have less ink than this share of that in the other two. Of
    3,947 sharps 0.5 % have less than .79; of 2,102 naturals 97 %."""
    emptier: float = 0.25
    """The emptier one of them has at most this share of the ink of the fuller one of the others: in a faint sharp all
    corners have some."""
    full: float = 0.93
    """What has more is no natural: nearly all are digits of fingerings, or pieces of beams."""
    digit: float = 0.75
    """What has more, and no upright stroke, is a digit too, or two over one another."""
    upright: float = 0.5
    """Length of an upright stroke, as a share of the natural's height, that a natural has at least: of 1,599
    naturals 9 had more ink in those corners; 6 were digits or brackets, with .44 at most, the two true ones .61 and
    .81, and one was a digit on a barline."""
    unsure_sharp: float = 0.9
    """Score below which a sharp may be a digit, or two over one another."""
    second_upright: float = 0.45
    """Length of the second upright stroke of a sharp, as a share of its height, that it has at least: of 26 unsure ones
    six were digits with .27 to .36, and the true ones had .39 and more."""
    uprights_apart: int = 3
    """Least distance of the two strokes, in pixels."""
    upside_down: float = 0.5
    """Where that stroke is shorter, the sharp must look like itself turned upside down: this is the least correlation
    of the two pictures. A faint sharp had .76, the digits .35 at most."""
    low: tuple[float, float, float] = (2.5, 2.2, 2.0)
    """Height, in staff spaces, below which an unsure natural, an unsure flat and a quarter-tone flat may be a digit. On
    84 pages of Beethoven digits were 1.6 to 2.2 high and full-sized accidentals 2.2 and more; small ones are as high as
    digits."""
    left_stroke: float = 0.5
    """Such a natural or flat has an upright stroke in its left half, at least as long as this share of its height: 15
    had .59 to .85, five digits .33 to .42."""
    unsure_quarter_tones: float = 0.8
    """Score below which a sharp of three strokes is a plain one: two were, with .53 and .54."""
    cross: float = 0.45
    """Least correlation of a double sharp with both its mirror images. Of 117, 12 were digits with .12 to .37, one
    with .62, and the true ones had .54 and more."""
    diagonal: float = 0.3
    """Least correlation with a drawn cross of a double sharp as high as a digit: digits that are the same upside down,
    such as 3 and 5, had .35 at most, double sharps .43 and more, one smudged one .33."""
    digit_height: float = 0.95
    """Least height of a digit, in staff spaces. Lower boxes may lie beside the middle of their cross."""
    sure_diagonal: float = 0.45
    """Correlation with a drawn cross above which a double sharp is believed, whatever the height of its box."""
    height: tuple[float, float] = (0.7, 1.3)
    """Least and greatest height of a box that fits a cross, in staff spaces. A box of another height is replaced."""
    arm: int = 5
    """How far from the middle of a double sharp its arms are looked at, in pixels."""
    shift: tuple[int, int] = (2, 1)
    """How far the middle may be from that of the box, down and sideways, in pixels."""


T = AccidentalTolerances()
"""The tolerances of this stage."""


def settle_accidentals(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """The symbols, with a natural for every doubtful sharp that has the ink of one, without doubtful naturals that have
    not, without double sharps that are twos, and without low accidentals that are digits.

    pixels: of the page (H, W), 0 = ink.
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
    """The box of what looks like a double sharp, if it is one: the same upside down and from behind, and dark where a
    cross is. Where the box holds a staff line too, or only a part of what is surely a cross, it is that of the
    cross."""
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
    """How dark a double sharp is about its middle: 1 on both diagonals, 0 two pixels from them."""
    away = np.abs(np.arange(-arm, arm + 1))
    dark: np.ndarray = np.clip(2.0 - np.abs(away[:, None] - away[None, :]), 0.0, 1.0)
    return dark


def _likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation, from -1 to 1."""
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def _upright(box: Box, pixels: np.ndarray) -> float:
    """The longest upright run of ink in a box, as a share of its height."""
    return float(_upright_runs(box, pixels).max(initial=0.0)) / box.height


def _upright_runs(box: Box, pixels: np.ndarray, dark_below: int = T.dark_below) -> np.ndarray:
    """(W,) the longest upright run of ink in each column of a box, in pixels. dark_below: as in `T`."""
    piece = _piece(box, pixels)
    longest = run = np.zeros(piece.shape[1])
    for row in piece < dark_below:
        run = (run + 1) * row
        longest = np.maximum(longest, run)
    return longest


def _is_digit(box: Box, pixels: np.ndarray) -> bool:
    """Whether what looks like a sharp is a digit: it has no two upright strokes, and is not the same upside down."""
    piece = _piece(box, pixels)
    if not piece.size or piece.std() == 0:
        return False
    runs = _upright_runs(box, pixels, T.pale_below)
    apart = np.abs(np.arange(len(runs)) - int(runs.argmax())) >= T.uprights_apart
    return (float(runs[apart].max(initial=0.0)) < T.second_upright * box.height
            and _likeness(piece, piece[::-1, ::-1]) < T.upside_down)


def _is_low_digit(symbol: Symbol, pixels: np.ndarray) -> bool:
    """Whether a natural, flat or quarter-tone flat is the digit of a fingering beside its head: it is low, and has no
    upright stroke on its left."""
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
    """The ink in the corners of a box: that at the top right and the bottom left, which a natural leaves empty; and
    that in the other two."""
    rows = (box.top, box.top + T.corner * box.height), (box.bottom - T.corner * box.height, box.bottom)
    cols = (box.left, box.center[1]), (box.center[1], box.right)
    (top_left, top_right), (bottom_left, bottom_right) = ([_ink(r, c, pixels) for c in cols] for r in rows)
    return (top_right, bottom_left), (top_left, bottom_right)


def _ink(rows: tuple[float, float], cols: tuple[float, float], pixels: np.ndarray) -> float:
    """How dark the darkest pixel of a usual row is, 0 to 1: a staff line darkens only some rows. Ends in pixels."""
    piece = pixels[max(round(rows[0]), 0):round(rows[1]), max(round(cols[0]), 0):round(cols[1])]
    return float(np.median(1 - piece.min(axis=1) / 255.0)) if piece.size else 0.0
