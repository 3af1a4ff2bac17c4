"""Corrects noteheads by the ink in them: which are filled, which are hollow (in any font), and which are no
noteheads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from omr.types import SPACE_PX, Box, Symbol
from omr.types.table import table

HOLLOW = {"noteheadBlack": "noteheadHalf", "noteheadBlackSmall": "noteheadHalfSmall"}
"""Class of filled noteheads that is checked by ink -> class of hollow noteheads of the same size."""
FILLED = {hollow: filled for filled, hollow in HOLLOW.items()}
"""The inverse: class of hollow noteheads -> class of filled noteheads of the same size."""


@table
class HeadTolerances:
    """Limits by which ink decides about noteheads. Shares and scores are 0-1; greys are 0 (ink) to 255 (paper)."""

    # Filled or hollow
    sure_score: float = 0.95
    """With at least this score, the detector's class of a notehead is believed."""
    least_hole: float = 0.06
    """How much lighter (0-1) the middle of a hollow notehead must be than its darkest quarter. Where a photograph
    fades, filled noteheads are as pale as hollow ones elsewhere, but they have no hole. In the faded corner of one
    photograph they have .01 to .04; of 2,063 hollow noteheads in old prints, all but two have .10 and more."""
    hollow_ink: float = 0.78
    """A notehead with less than this share of the ink of the page's surely filled noteheads is hollow. On six pages,
    three engraved and three printed around 1900, hollow noteheads have 0.26 to 0.75."""
    filled_ink: float = 0.93
    """A notehead with more than this share is filled. On the same pages, filled noteheads have 0.86 and more. Between
    the two limits, the detector's class stays."""
    least_sample: int = 8
    """Fewest surely filled noteheads that tell how dark the page's ink is. With fewer, black is assumed."""
    least_dark: float = 0.1
    """Least share of ink that is assumed for a page's filled noteheads, so that one never divides by almost 0."""
    middle_height: float = 0.25
    """How far above and below a notehead's centre its ink is measured, as a share of its height."""
    middle_width: float = 0.28
    """How far left and right of a notehead's centre its ink is measured, as a share of its width."""

    # Heavy barlines
    bar_grey: int = 128
    """Grey below which a pixel belongs to a barline."""
    bar_length: float = 5.0
    """Length of unbroken vertical ink, in staff spaces, that is longer than any notehead."""
    bar_width: float = 0.65
    """If there is such ink over at least this share of its width, a supposed notehead is a piece of a heavy barline, or
    of the black edge of a scan. On 24 old prints, the share was 0.7 and more for what was no notehead, and at most 0.17
    for the noteheads of a chord in thirds, which touch but are round."""

    # Digits that were taken for hollow noteheads
    narrow: float = 0.87
    """An unsure hollow notehead that is narrower than this share of the width of the page's surely filled noteheads is
    none. All noteheads of a page have the same width: on 128 pages of old prints, 99 % of the surely hollow ones had
    0.93 and more. Twos of fingerings had 0.67 to 0.88, beams of grace notes 0.65 to 0.9."""
    narrow_score: float = 0.9
    """With at least this score, a narrow notehead is believed, as in a metronome mark. On the same pages, the digits
    had 0.87 at most."""

    # Hollow noteheads in thirds. Lengths are in staff spaces.
    two_heads: float = 1.7
    """A notehead with its own ink of at least this height is really two noteheads. This is midway between one, 1.2 high
    with its rims, and two, which are one space apart."""
    three_heads: float = 2.7
    """With at least this height, it is more than two noteheads, or none."""
    same_column: float = 0.6
    """Greatest sideways distance, as a share of its width, of other noteheads above or below a notehead in its column.
    For a notehead on the other side of the stem it would be 1; the ink of such a notehead does not count."""
    row_width: float = 0.5
    """A row of pixels belongs to a notehead if its ink, measured from the outermost pixels, covers at least this part
    of the notehead's width. A curve is narrower. Where noteheads in a third touch, they lean, so that together they are
    as wide."""
    line_aside: float = 0.15
    """Ink this far beyond a notehead on both sides belongs to a staff line or ledger line."""
    found_reach: float = 0.8
    """Least vertical distance between two different noteheads."""

    # Noteheads with unusual shapes
    sure_shape: float = 0.9
    """Slashes, crosses or diamonds on a page count only if at least one of that shape has this score. On 128 pages of
    piano music without any, the detector saw 79 such noteheads, in fingerings, pencil marks and letters of dynamics,
    with 0.88 at most."""

    # Beams of grace notes. Lengths are in staff spaces.
    beside_stem: float = 0.4
    """A supposed hollow notehead may be the beams of grace notes. Greatest distance of its left edge from the right
    edge of the first small notehead, where that note's stem is (or, below the noteheads, from its left edge). On six
    pages of old prints it was at most 0.2."""
    beyond_stem: float = 0.15
    """The same to the right, if no second small notehead is seen below. A real notehead after a grace note leaves more
    room."""
    stem_length: tuple[float, float] = (0.3, 3.0)
    """Least and greatest distance between a small notehead and its beams."""
    sure_filled: float = 0.9
    """With at least this score, a filled notehead over two small ones is believed. Beams of grace notes that were taken
    for one, on old prints, had .83 and .85."""


T = HeadTolerances()


def without_bars(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """Drop filled noteheads that the detector saw in a heavy barline. The other symbols keep their order and ids.

    symbols: those of a page, in its pixels.
    pixels: the page, (H, W) uint8, 0 = ink.
    """
    long = _long_uprights(pixels)
    return [s for s in symbols if s.name not in HOLLOW or not _in_bar(s.box, long)]


def _long_uprights(pixels: np.ndarray) -> np.ndarray:
    """The pixels (H, W) uint8, 0 or 1, in vertical runs of unbroken ink that are at least `bar_length` long."""
    length = int(T.bar_length * SPACE_PX)
    upright = np.ones((length, 1), np.uint8)
    # Of a vertical line that is long enough, the first pixel is left. From there the line is drawn again.
    starts = cv2.erode((pixels < T.bar_grey).view(np.uint8), upright, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT,
                       borderValue=(0,))
    return cv2.dilate(starts, upright, anchor=(0, length - 1))


def _in_bar(box: Box, long: np.ndarray) -> bool:
    """Whether a box lies in a heavy barline: over most of its width, long vertical ink passes its middle. long: as
    returned by `_long_uprights`."""
    row = max(int(box.center[0]), 0)
    middle = long[max(row - 1, 0):row + 1, max(round(box.left), 0):max(round(box.right), 0)]
    return bool(middle.any()) and float(middle.any(axis=0).mean()) >= T.bar_width


def settle_heads(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """Decide by their ink whether unsure noteheads are filled or hollow. A notehead without a hole is never hollow,
    however sure the detector is. All symbols stay, in the same order; only class names change.

    symbols: those of a page, in its pixels.
    pixels: the page, (H, W) uint8, 0 = ink.
    """
    sure = [_ink(s.box, pixels) for s in symbols if s.name == "noteheadBlack" and s.score >= T.sure_score]
    dark = float(np.median(sure)) if len(sure) >= T.least_sample else 1.0
    dark = max(dark, T.least_dark)
    named = [replace(s, name=_named(s, _ink(s.box, pixels) / dark)) if _is_unsure(s) else s for s in symbols]
    return [replace(s, name=FILLED[s.name]) if s.name in FILLED and _hole(s.box, pixels) < T.least_hole else s
            for s in named]


def _is_unsure(symbol: Symbol) -> bool:
    """Whether a symbol is a notehead that may be filled or hollow, and the detector is not sure which."""
    return symbol.score < T.sure_score and (symbol.name in HOLLOW or symbol.name in FILLED)


def _named(head: Symbol, ink: float) -> str:
    """The class of a notehead by its ink, which is given as a share of the ink of filled noteheads."""
    if ink < T.hollow_ink:
        return HOLLOW.get(head.name, head.name)
    return FILLED.get(head.name, head.name) if ink > T.filled_ink else head.name


def _ink(box: Box, pixels: np.ndarray) -> float:
    """The mean darkness of the middle of a box, 0-1; 1 if the middle is outside the page."""
    inside = _middle(box, pixels)
    return 1 - float(inside.mean()) / 255 if inside.size else 1.0


def _hole(box: Box, pixels: np.ndarray) -> float:
    """How much lighter the middle of a box is than its darkest quarter, 0-1; 1 if the middle is outside the page."""
    inside = _middle(box, pixels)
    whole = np.sort(pixels[max(int(box.top), 0):int(box.bottom) + 1, max(int(box.left), 0):int(box.right) + 1].ravel())
    darkest = whole[:-(-len(whole) // 4)]
    return float(inside.mean() - darkest.mean()) / 255 if inside.size and darkest.size else 1.0


def _middle(box: Box, pixels: np.ndarray) -> np.ndarray:
    """The pixels of the middle of a box; none if they are outside the page."""
    row, col = box.center
    down, aside = T.middle_height * box.height, T.middle_width * box.width
    top, bottom = round(row - down), round(row + down) + 1
    left, right = round(col - aside), round(col + aside) + 1
    return pixels[max(top, 0):bottom, max(left, 0):right]


def without_narrow(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Drop unsure hollow noteheads that are narrower than the noteheads of their page: twos of fingerings, whose bowl
    and foot enclose paper much like a notehead, and beams of grace notes. The other symbols keep their order and ids.

    symbols: those of a page, after `settle_heads`.
    """
    sure = [s.box.width for s in symbols if s.name == "noteheadBlack" and s.score >= T.sure_score]
    if len(sure) < T.least_sample:
        return list(symbols)
    least = T.narrow * float(np.median(sure))
    return [s for s in symbols if s.name != "noteheadHalf" or s.score >= T.narrow_score or s.box.width >= least]


def part_thirds(symbols: Sequence[Symbol], pixels: np.ndarray, first_id: int) -> list[Symbol]:
    """Replace a hollow notehead that was seen between two others by these two.

    In a stack of thirds, hollow noteheads touch, and the lower half of one encloses paper together with the upper half
    of the next, like a notehead. Such a supposed notehead has ink of its own that is twice as high as a notehead. The
    upper one of the new noteheads keeps its place and id; the lower ones are added at the end.

    symbols: those of a page, after `settle_heads`.
    pixels: the page, (H, W) uint8, 0 = ink.
    first_id: the first id that is free.
    """
    heads = _Heads([s.box for s in symbols if s.kind == "notehead"])
    small = [s.box for s in symbols if s.kind == "notehead" and s.symbol_class.is_small]
    upper: list[Symbol] = []
    lower: list[Symbol] = []
    for symbol in symbols:
        if symbol.name in ("noteheadHalf", "noteheadWhole") and not _is_near(symbol.box, small):
            top, bottom = _own_rows(symbol.box, heads, pixels)
            if T.two_heads * SPACE_PX <= bottom - top < T.three_heads * SPACE_PX:
                middle, half = (top + bottom) / 2, symbol.box.height / 2
                rows = ((top + middle) / 2, (middle + bottom) / 2)
                first, second = (replace(symbol.box, top=row - half, bottom=row + half) for row in rows)
                lower.append(replace(symbol, id=first_id + len(lower), box=second))
                symbol = replace(symbol, box=first)
        upper.append(symbol)
    return [*upper, *lower]


def _is_near(box: Box, small: Sequence[Box]) -> bool:
    """Whether a small notehead is so near to a box that the box may be a piece of its beams."""
    reach = T.stem_length[1] * SPACE_PX
    return any(abs(h.center[0] - box.center[0]) < reach and abs(h.center[1] - box.center[1]) < reach for h in small)


class _Heads:
    """All noteheads of a page, as arrays, because every hollow notehead is compared with all of them.

    rows, cols: (N,), middles of their boxes.
    edges: (N, 4), top, left, bottom and right of the boxes.
    whole: the same in whole pixels.
    """

    def __init__(self, boxes: Sequence[Box]):
        self.edges = np.array([(b.top, b.left, b.bottom, b.right) for b in boxes], float).reshape(-1, 4)
        self.rows, self.cols = np.array([b.center for b in boxes], float).reshape(-1, 2).T
        self.whole = np.rint(self.edges).astype(int)


def _own_rows(box: Box, heads: _Heads, pixels: np.ndarray) -> tuple[float, float]:
    """(top, bottom) of the ink, as wide as a notehead, that reaches up and down from a notehead's middle without a
    break, up to other noteheads in its column. heads: all of the page, including this one."""
    row, col = box.center
    is_beside = np.abs(heads.cols - col) < T.same_column * box.width
    reach, apart = round(T.three_heads * SPACE_PX), T.found_reach * SPACE_PX
    bottoms_above = heads.edges[is_beside & (heads.rows < row - apart), 2]
    tops_below = heads.edges[is_beside & (heads.rows > row + apart), 0]
    top = max(float(bottoms_above.max(initial=0.0)), row - reach)
    bottom = min(float(tops_below.min(initial=pixels.shape[0])), row + reach)
    start, stop, middle = round(top), round(bottom), round(row)
    if not start < middle < stop:
        return box.top, box.bottom
    first, last = max(round(box.left), 0), max(round(box.right), 0)
    ink = pixels[start:stop, first:last] < T.bar_grey
    tops, lefts, bottoms, rights = heads.whole.T
    in_the_way = ~is_beside & (bottoms > start) & (tops < stop) & (rights > first) & (lefts < last)
    for other_top, left, other_bottom, right in heads.whole[in_the_way].tolist():
        ink[max(other_top - start, 0):other_bottom - start, max(left - first, 0):right - first] = False
    is_wide, is_line = _is_wide(ink), _is_line(box, pixels[start:stop])
    gaps = np.flatnonzero(~is_wide)
    above, below = gaps[gaps < middle - start], gaps[gaps >= middle - start]
    own = np.arange(above[-1] + 1 if len(above) else 0, below[0] if len(below) else len(ink))
    own = own[~is_line[own]]  # a line at the edge tells nothing, one inside has ink on both sides
    return (float(start + own[0]), float(start + own[-1] + 1)) if len(own) else (box.top, box.bottom)


def _is_wide(ink: np.ndarray) -> np.ndarray:
    """(N,) bool: which rows have ink over the width of a notehead. ink: (N, W) bool, in the notehead's columns."""
    if not ink.any():
        return np.zeros(len(ink), bool)
    span = ink.shape[1] - ink.argmax(axis=1) - ink[:, ::-1].argmax(axis=1)
    return np.asarray(ink.any(axis=1) & (span >= T.row_width * ink.shape[1]))


def _is_line(box: Box, rows: np.ndarray) -> np.ndarray:
    """(N,) bool: which rows have ink on both sides of a box, as lines have. rows: (N, W) uint8, whole rows of the
    page."""
    aside = T.line_aside * SPACE_PX
    left, right = np.clip([round(box.left - aside), round(box.right + aside)], 0, rows.shape[1] - 1)
    return np.asarray((rows[:, left] < T.bar_grey) & (rows[:, right] < T.bar_grey))


UNUSUAL = {
    "noteheadXBlack": "cross", "noteheadPlusBlack": "cross", "noteheadDiamondBlack": "diamond",
    "noteheadDiamondHalf": "diamond", "noteheadSlash": "slash", "noteheadSlashWhite": "slash",
}
"""Classes of noteheads that are not round -> their shape. Music that has such noteheads has many of them."""


def without_strays(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Drop noteheads with an unusual shape if the detector is sure of none with that shape on the page. The other
    symbols keep their order and ids."""
    sure = {UNUSUAL[s.name] for s in symbols if s.name in UNUSUAL and s.score >= T.sure_shape}
    return [s for s in symbols if UNUSUAL.get(s.name) in (None, *sure)]


def without_grace_beams(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Drop supposed noteheads that are the beams of grace notes. Two short beams and two stems enclose a little paper,
    like the outline of a half note's head, or none, if they have run into one another. The other symbols keep their
    order and ids.

    symbols: those of a page, after `settle_heads`.
    """
    small = [s.box for s in symbols if s.name == "noteheadBlackSmall"]
    return [s for s in symbols if not _may_be_beams(s) or not _is_grace_beams(s.box, small, s.name in FILLED)]


def _may_be_beams(symbol: Symbol) -> bool:
    """Whether a symbol is a hollow notehead, or an unsure filled one."""
    return symbol.name in FILLED or symbol.name == "noteheadBlack" and symbol.score < T.sure_filled


def _is_grace_beams(box: Box, small: Sequence[Box], hollow: bool) -> bool:
    """Whether a box extends between the tips of the stems of two small noteheads; or, for a hollow notehead, begins
    exactly where the stem of one is."""
    for from_edge, far in (("right", False), ("left", True)):  # stems up, stems down
        near = [h for h in small if _is_stem_length(h.top - box.bottom if not far else box.top - h.bottom)]
        begins = [getattr(h, from_edge) - box.left for h in near]
        ends = [getattr(h, from_edge) - box.right for h in near]
        if any(abs(b) <= T.beside_stem * SPACE_PX for b in begins):
            second = any(abs(e) <= T.beside_stem * SPACE_PX for e in ends)
            alone = hollow and any(-T.beyond_stem * SPACE_PX <= b <= T.beside_stem * SPACE_PX for b in begins)
            if second or alone:
                return True
    return False


def _is_stem_length(distance: float) -> bool:
    """Whether a distance in pixels may be that between a small notehead and its beams."""
    return T.stem_length[0] * SPACE_PX <= distance <= T.stem_length[1] * SPACE_PX
