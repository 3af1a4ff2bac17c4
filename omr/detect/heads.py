"""Corrections of noteheads by the ink in them: which are filled and which hollow, in any font, and which are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from omr.types import SPACE_PX, Box, Symbol
from omr.types.table import table

HOLLOW = {"noteheadBlack": "noteheadHalf", "noteheadBlackSmall": "noteheadHalfSmall"}
"""For every class of filled heads that is settled by ink, the class of hollow heads of the same size."""
FILLED = {hollow: filled for filled, hollow in HOLLOW.items()}
"""For every such class of hollow heads, the class of filled heads of the same size."""


@table
class HeadTolerances:
    """Limits by which ink decides about heads. Shares and scores are 0-1; greys are 0 (ink) to 255 (paper)."""

    # Filled or hollow
    sure_score: float = 0.95
    """Detector score from which on a head is of the class that the detector says."""
    least_hole: float = 0.06
    """How much lighter (0-1) the middle of a hollow head is than its darkest quarter, at least. Where a photograph
    fades, filled heads are as pale as hollow ones elsewhere, but have no hole: in the faded corner of one they have .01
    to .04, and of 2,063 hollow heads in old prints all but two .10 and more."""
    hollow_ink: float = 0.78
    """Ink within a head, as a share of what the page's surely filled heads have, below which the head is hollow. Six
    pages were measured, three engraved and three printed around 1900: hollow heads have 0.26 to 0.75."""
    filled_ink: float = 0.93
    """The same share above which a head is filled. On the same pages filled heads have 0.86 and more; between the two
    limits the detector's class stays."""
    least_sample: int = 8
    """Least number of surely filled heads that tell how dark the page's ink is; with fewer it is taken for black."""
    least_dark: float = 0.1
    """Least share of ink that a page's filled heads are taken to have, so that nothing is divided by almost 0."""
    middle_height: float = 0.25
    """How far above and below a head's centre its ink is measured, as a share of the head's height."""
    middle_width: float = 0.28
    """How far left and right of a head's centre its ink is measured, as a share of the head's width."""

    # Heavy barlines
    bar_grey: int = 128
    """Grey below which a pixel belongs to a barline."""
    bar_length: float = 5.0
    """Length of unbroken ink, in staff spaces, up or down from a head's centre, that is longer than any head."""
    bar_width: float = 0.65
    """Least share of a head's width over which there is such ink, for the head to be a piece of a heavy barline, or of
    the black edge of a scan. On 24 old prints the share was 0.7 and more for what was no head, and at most 0.17 for the
    heads of a chord in thirds, which touch but are round."""

    # Digits taken for hollow heads
    narrow: float = 0.87
    """Width of an unsure hollow head, as a share of that of the page's surely filled heads, below which it is none. On
    128 pages of old prints 99 % of the surely hollow heads had 0.93 and more, as all heads of a page are of one width;
    twos of fingerings had 0.67 to 0.88, and the beams of grace notes 0.65 to 0.9."""
    narrow_score: float = 0.9
    """Detector score from which on a narrow head is one nevertheless, as in a metronome mark. On the same pages the
    digits had 0.87 at most."""

    # Hollow heads in thirds. Lengths are in staff spaces.
    two_heads: float = 1.7
    """Height of the ink that a head has for itself from which on it is two heads: midway between one, 1.2 high with its
    rims, and two, which stand a space apart."""
    three_heads: float = 2.7
    """The same height from which on it is more than two heads, or none."""
    same_column: float = 0.6
    """Greatest distance sideways, as a share of its width, of other heads over or under a head in its column. Of a head
    on the other side of the stem it would be 1; the ink of such a head does not count."""
    row_width: float = 0.5
    """Least part of a head's width, the outermost ink measured, that has a row of pixels which belongs to a head: a
    curve is narrower, and where heads in a third touch they lean, so that together they are as wide."""
    line_aside: float = 0.15
    """How far beyond a head on both sides ink belongs to a staff line or ledger line."""
    found_reach: float = 0.8
    """Least distance up or down of two heads that are not one."""

    # Heads of unusual shapes
    sure_shape: float = 0.9
    """Score that one of a page's slashes, crosses, or diamonds must reach if any of them is to count. On 128 pages of
    piano music that have none the detector saw 79 such heads, in fingerings, pencil marks and the letters of dynamics,
    with 0.88 at most."""

    # Beams of grace notes. Lengths are in staff spaces.
    beside_stem: float = 0.4
    """How far the left edge of a hollow head that is the beams of grace notes may lie from the right edge of the first
    small head, where its stem is (or, below the heads, from its left edge). On six pages of old prints it was at most
    0.2."""
    beyond_stem: float = 0.15
    """The same to the right, if no second small head is seen under it: a true head that follows a grace note leaves
    more room."""
    stem_length: tuple[float, float] = (0.3, 3.0)
    """Least and greatest distance between a small head and its beams."""
    sure_filled: float = 0.9
    """Score from which on a filled head over two small ones is a head all the same. Beams of graces on old prints that
    were taken for one had .83 and .85."""


T = HeadTolerances()


def without_bars(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """Leave out filled heads that the detector saw in a heavy barline.

    symbols: those of a page, in its pixels. pixels: the page, (H, W) uint8, 0 = ink. Returns the other symbols, in the
    same order and with the same ids.
    """
    long = _long_uprights(pixels)
    return [s for s in symbols if s.name not in HOLLOW or not _in_bar(s.box, long)]


def _long_uprights(pixels: np.ndarray) -> np.ndarray:
    """The pixels (H, W) uint8, 0 or 1, that have `bar_length` of unbroken ink up and down from them."""
    length = int(T.bar_length * SPACE_PX)
    upright = np.ones((length, 1), np.uint8)
    # Of an upright that is long enough its first pixel is left, and from there the upright is drawn again.
    starts = cv2.erode((pixels < T.bar_grey).view(np.uint8), upright, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT,
                       borderValue=(0,))
    return cv2.dilate(starts, upright, anchor=(0, length - 1))


def _in_bar(box: Box, long: np.ndarray) -> bool:
    """Whether a box lies in a heavy barline: over most of its width a long upright passes its middle. long: as
    `_long_uprights` gives it."""
    row = max(int(box.center[0]), 0)
    middle = long[max(row - 1, 0):row + 1, max(round(box.left), 0):max(round(box.right), 0)]
    return bool(middle.any()) and float(middle.any(axis=0).mean()) >= T.bar_width


def settle_heads(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """Name the heads of which the detector is unsure by their ink: filled or hollow. Without a hole no head is hollow,
    however sure the detector is.

    symbols: those of a page, in its pixels. pixels: the page, (H, W) uint8, 0 = ink. Returns all symbols in the same
    order; only names differ.
    """
    sure = [_ink(s.box, pixels) for s in symbols if s.name == "noteheadBlack" and s.score >= T.sure_score]
    dark = float(np.median(sure)) if len(sure) >= T.least_sample else 1.0
    dark = max(dark, T.least_dark)
    named = [replace(s, name=_named(s, _ink(s.box, pixels) / dark)) if _is_unsure(s) else s for s in symbols]
    return [replace(s, name=FILLED[s.name]) if s.name in FILLED and _hole(s.box, pixels) < T.least_hole else s
            for s in named]


def _is_unsure(symbol: Symbol) -> bool:
    """Whether a symbol is a head that may be filled or hollow, and the detector is not sure which."""
    return symbol.score < T.sure_score and (symbol.name in HOLLOW or symbol.name in FILLED)


def _named(head: Symbol, ink: float) -> str:
    """The class of a head by its ink, a share of what filled heads have."""
    if ink < T.hollow_ink:
        return HOLLOW.get(head.name, head.name)
    return FILLED.get(head.name, head.name) if ink > T.filled_ink else head.name


def _ink(box: Box, pixels: np.ndarray) -> float:
    """The mean darkness of the middle of a box, 0-1; 1 if the middle lies outside the page."""
    inside = _middle(box, pixels)
    return 1 - float(inside.mean()) / 255 if inside.size else 1.0


def _hole(box: Box, pixels: np.ndarray) -> float:
    """How much lighter the middle of a box is than its darkest quarter, 0-1; 1 if the middle lies outside the page."""
    inside = _middle(box, pixels)
    whole = np.sort(pixels[max(int(box.top), 0):int(box.bottom) + 1, max(int(box.left), 0):int(box.right) + 1].ravel())
    darkest = whole[:-(-len(whole) // 4)]
    return float(inside.mean() - darkest.mean()) / 255 if inside.size and darkest.size else 1.0


def _middle(box: Box, pixels: np.ndarray) -> np.ndarray:
    """The pixels of the middle of a box; none if they lie outside the page."""
    row, col = box.center
    down, aside = T.middle_height * box.height, T.middle_width * box.width
    top, bottom = round(row - down), round(row + down) + 1
    left, right = round(col - aside), round(col + aside) + 1
    return pixels[max(top, 0):bottom, max(left, 0):right]


def without_narrow(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Leave out hollow heads of which the detector is unsure and that are narrower than the heads of their page: twos
    of fingerings, whose bowl and foot enclose paper much as a head does, and beams of grace notes.

    symbols: those of a page, after `settle_heads`. Returns the other symbols, in the same order and with the same ids.
    """
    sure = [s.box.width for s in symbols if s.name == "noteheadBlack" and s.score >= T.sure_score]
    if len(sure) < T.least_sample:
        return list(symbols)
    least = T.narrow * float(np.median(sure))
    return [s for s in symbols if s.name != "noteheadHalf" or s.score >= T.narrow_score or s.box.width >= least]


def part_thirds(symbols: Sequence[Symbol], pixels: np.ndarray, first_id: int) -> list[Symbol]:
    """Put two hollow heads in place of one that was seen between them.

    In a stack of thirds hollow heads touch, and the lower half of one with the upper half of the next encloses paper as
    a head does. Such a head has twice a head's height of ink for itself.
    symbols: those of a page, after `settle_heads`. pixels: the page, (H, W) uint8, 0 = ink. first_id: the first id that
    is free. Returns all symbols: the upper head keeps the place and id of the one that is parted, the lower ones follow
    at the end.
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
    """Whether a small head stands so near to a box that this may be a piece of its beams."""
    reach = T.stem_length[1] * SPACE_PX
    return any(abs(h.center[0] - box.center[0]) < reach and abs(h.center[1] - box.center[1]) < reach for h in small)


class _Heads:
    """All noteheads of a page, as arrays, since every hollow head is compared with all of them.

    rows, cols: (N,) middles of their boxes. edges: (N, 4) top, left, bottom and right of the boxes. whole: the same in
    whole pixels.
    """

    def __init__(self, boxes: Sequence[Box]):
        self.edges = np.array([(b.top, b.left, b.bottom, b.right) for b in boxes], float).reshape(-1, 4)
        self.rows, self.cols = np.array([b.center for b in boxes], float).reshape(-1, 2).T
        self.whole = np.rint(self.edges).astype(int)


def _own_rows(box: Box, heads: _Heads, pixels: np.ndarray) -> tuple[float, float]:
    """(top, bottom) of the ink as wide as a head that reaches up and down from a head's middle without a break, as far
    as other heads of its column. heads: of the page, this one too."""
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
    own = own[~is_line[own]]  # a line at the edge says nothing, one within has ink on both sides of it
    return (float(start + own[0]), float(start + own[-1] + 1)) if len(own) else (box.top, box.bottom)


def _is_wide(ink: np.ndarray) -> np.ndarray:
    """(N,) bool: which rows have ink over the width of a head. ink: (N, W) bool, in the columns of a head."""
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
"""Classes of heads that are not round -> their shape. Music that has such heads has many."""


def without_strays(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Leave out heads of unusual shapes on a page where the detector is sure of none of that shape.

    symbols: those of a page. Returns the other symbols, in the same order and with the same ids.
    """
    sure = {UNUSUAL[s.name] for s in symbols if s.name in UNUSUAL and s.score >= T.sure_shape}
    return [s for s in symbols if UNUSUAL.get(s.name) in (None, *sure)]


def without_grace_beams(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Leave out heads that are the beams of grace notes: two short beams and two stems enclose a little paper, as the
    outline of a half note's head does, or none, as where they ran into one another.

    symbols: those of a page, after `settle_heads`. Returns the other symbols, in the same order and with the same ids.
    """
    small = [s.box for s in symbols if s.name == "noteheadBlackSmall"]
    return [s for s in symbols if not _may_be_beams(s) or not _is_grace_beams(s.box, small, s.name in FILLED)]


def _may_be_beams(symbol: Symbol) -> bool:
    """Whether a symbol is a hollow head, or a filled one that is not sure."""
    return symbol.name in FILLED or symbol.name == "noteheadBlack" and symbol.score < T.sure_filled


def _is_grace_beams(box: Box, small: Sequence[Box], hollow: bool) -> bool:
    """Whether a box spans the ends of the stems of two small heads, or (a hollow head's) begins just where the stem of
    one is."""
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
    """Whether a distance in pixels may lie between a small head and its beams."""
    return T.stem_length[0] * SPACE_PX <= distance <= T.stem_length[1] * SPACE_PX
