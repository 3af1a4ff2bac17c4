"""Follows the dashes after an octave sign ("8" or "8va"), which show how far it holds.

The detector finds the sign well, but hardly its dashes: in old prints, each is little longer than a staff line is
thick. So they are followed in the ink, from the sign to the right, as long as one dash follows another at the same
height. A plain 8 is sometimes missed by the detector; then a row of even dashes or dots shows where to look for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from omr.types import SPACE_PX, Box, Stroke, Symbol
from omr.types.table import table


@table
class DashTolerances:
    """Lengths are in staff spaces, set by hand after looking at old prints and modern engravings."""

    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    band: float = 2.0
    """How far above and below the middle of the sign dashes are looked for. A dash that is cut off at the edge of this
    band is a piece of something larger."""
    height: float = 0.5
    """Greatest height of a dash. Staff lines are thinner; this leaves room for a dash that is tilted."""
    length: tuple[float, float] = (0.4, 6.0)
    """Least and greatest length of a dash. Shorter ones are dots and specks; longer ones are staff lines."""
    first_gap: float = 3.0
    """Greatest distance from the sign to the first dash. "va", "ma" or "bassa" may be in between."""
    gap: float = 4.0
    """Greatest gap between two dashes. It is usually about 0.7, but a sign that touches a dash hides it, and the gaps
    on both sides of it."""
    drift: float = 0.4
    """Greatest difference in height between two successive dashes: a page may be bent a little."""
    fewest_after_digit: int = 6
    """With at least this many dashes after it, a digit is the 8 of an octave line. Lines after fingerings are
    shorter."""
    eight: float = 1.35
    """Least height of such a digit. Fingerings are smaller: on 128 pages of old prints, two such eights were 1.5 high,
    and six fingerings before other dashes or broken lines 1.3 at most."""
    digit_gap: float = 1.0
    """Greatest distance from such a digit to the first dash."""
    fewest: int = 3
    """Fewest dashes of a line. A speck or the stroke of a fingering may look like one dash, but hardly like three."""

    # Plain eights that the detector missed. On 140 pages of Beethoven and Mozart, 13 known and three missed eights are
    # before such rows of dashes, and nothing else is.
    dash: tuple[float, float] = (0.5, 2.0)
    """Least and greatest length of the dashes in an even row ..."""
    dot: tuple[float, float] = (0.12, 0.45)
    """... and of its dots, which are also no higher than the greater of these."""
    fewest_even: tuple[int, int] = (5, 8)
    """Fewest dashes, and fewest dots, in an even row ..."""
    uneven: tuple[float, float] = (0.12, 0.2)
    """... and how uneven their distances may be: the standard deviation, as a share of the mean. For dashes it was up
    to .06, for the wavy line of a trill .35."""
    even_gap: tuple[float, float] = (1.5, 1.2)
    """Greatest gap between two of them."""
    most_hidden: int = 3
    """How many of them, one after the other, may be hidden by a slur or stem that crosses the row; up to two were."""
    off_step: float = 0.25
    """How far the distance across hidden ones may be from a whole number of steps, in steps; it was .1 at most."""
    height_of_eight: tuple[float, float] = (1.2, 2.0)
    """Height of a plain 8; it was 1.5 to 1.7 ..."""
    width_of_eight: tuple[float, float] = (0.8, 1.8)
    """... and its width; it was 1.1 to 1.5."""
    before_row: float = 1.5
    """Greatest gap between the 8 and the row."""
    least_bowl: float = 0.03
    """Least size of each of the two bowls of the 8, in square staff spaces; they were .05 and more."""
    bowl_below: tuple[int, ...] = (128, 160, 190)
    """Grey levels below which a pixel is ink of the 8, tried one after the other. Where its stroke is thin, the bowl is
    closed by pale ink only. Of two such eights, one had 170 at the palest, the other 176."""


T = DashTolerances()
"""The tolerances of this stage."""

OCTAVE = "ottava"
"""Class of the sign of one octave."""
DIGITS = frozenset(("fingering", "tuplet"))
"""Kinds of symbols that are digits."""


def with_eights(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """Turn every digit with dashes after it into an octave sign. Old prints have a plain 8, which the detector takes
    for a fingering.

    pixels: the page, (H, W) uint8, 0 = ink.
    """
    return [replace(s, name=OCTAVE) if s.kind in DIGITS and _is_eight(s.box, pixels) else s for s in symbols]


def _is_eight(digit: Box, pixels: np.ndarray) -> bool:
    """Whether so many dashes follow a digit that it must be the 8 of an octave line."""
    if digit.height < T.eight * SPACE_PX:
        return False
    line = _chain(list(_dashes(digit, pixels)), digit)
    return len(line) >= T.fewest_after_digit and line[0].left - digit.right < T.digit_gap * SPACE_PX


def follow_dashes(symbols: Sequence[Symbol], pixels: np.ndarray, first_id: int = 0) -> list[Stroke]:
    """The dashed lines after the octave signs of a page, as strokes of kind "bracket", each from the first dash to the
    last.

    symbols: those of a page, in its pixels.
    pixels: the page, (H, W) uint8, 0 = ink.
    first_id: id of the first stroke; the others follow.
    """
    strokes: list[Stroke] = []
    for sign in symbols:
        if sign.kind != "octave":
            continue
        line = _chain(list(_dashes(sign.box, pixels)), sign.box)
        if len(line) >= T.fewest:
            ends = ((line[0].center[0], line[0].left), (line[-1].center[0], line[-1].right))
            thickness = float(np.median([dash.height for dash in line]))
            strokes.append(Stroke(first_id + len(strokes), "bracket", ends, thickness))
    return strokes


def _dashes(sign: Box, pixels: np.ndarray) -> Iterator[Box]:
    """Pieces of ink to the right of a sign that have the size of a dash, from left to right."""
    middle, left = round(sign.center[0]), max(round(sign.right), 0)
    top = max(middle - round(T.band * SPACE_PX), 0)
    band = pixels[top : max(middle + round(T.band * SPACE_PX), 0), left:] < T.dark_below
    if not band.size:
        return
    _, _, stats, _ = cv2.connectedComponentsWithStats(band.astype(np.uint8), connectivity=8)
    for column, row, width, height, _ in sorted(stats[1:].tolist()):
        is_whole = row > 0 and row + height < len(band)
        least, most = (length * SPACE_PX for length in T.length)
        if is_whole and height <= T.height * SPACE_PX and least <= width <= most and height < width:
            yield Box(float(top + row), float(left + column), float(top + row + height), float(left + column + width))


def _chain(dashes: Sequence[Box], sign: Box) -> list[Box]:
    """The dashes that follow each other after a sign. The first is between the sign's top and bottom."""
    chain: list[Box] = []
    for dash in dashes:
        row = dash.center[0]
        if not chain:
            if sign.top <= row <= sign.bottom and dash.left - sign.right <= T.first_gap * SPACE_PX:
                chain.append(dash)
        elif dash.left - chain[-1].right > T.gap * SPACE_PX:
            break
        elif dash.left >= chain[-1].right and abs(row - chain[-1].center[0]) <= T.drift * SPACE_PX:
            chain.append(dash)
    return chain


# ---- plain eights that were missed -------------------------------------------------------------------------------


def lost_eights(
    symbols: Sequence[Symbol], pixels: np.ndarray, first_id: int
) -> tuple[list[Symbol], list[Symbol], list[Stroke]]:
    """Find every 8 in the ink with an even row of dashes or dots after it that the detector missed, or took for another
    digit. Returns the other symbols, the octave signs, and their lines.

    pixels: the page, (H, W) uint8, 0 = ink.
    first_id: id of the first sign; its line has the next id.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats((pixels < T.dark_below).astype(np.uint8), connectivity=8)
    space = SPACE_PX
    left, top, width, height = stats[:, :4].T
    (low, high), (narrow, wide) = T.height_of_eight, T.width_of_eight
    like_eights = np.flatnonzero((low * space <= height) & (height <= high * space)
                                 & (narrow * space <= width) & (width <= wide * space))
    signs: list[Symbol] = []
    lines: list[Stroke] = []
    for (short, long), most, fewest, uneven, gap in zip(
            (T.dash, T.dot), (T.height, T.dot[1]), T.fewest_even, T.uneven, T.even_gap, strict=True):
        small = stats[(short * space <= width) & (width <= long * space) & (height <= most * space)]
        for row in _even_rows(small, fewest, uneven, gap):
            middle, start = row[0].center[0], row[0].left
            for number in like_eights:
                x, y, w, h = stats[number, :4].tolist()
                box = Box(float(y), float(x), float(y + h), float(x + w))
                is_before = -1 <= start - box.right <= T.before_row * space and box.top <= middle <= box.bottom
                if is_before and _has_two_bowls(pixels[y:y + h, x:x + w]):
                    if any(s.kind == "octave" and s.box.iou(box) > 0 for s in symbols):
                        continue
                    signs.append(Symbol(first_id + 2 * len(signs), OCTAVE, box, 1.0))
                    ends = ((middle, start), (row[-1].center[0], row[-1].right))
                    lines.append(Stroke(signs[-1].id + 1, "bracket", ends, row[0].height))
    kept = [s for s in symbols if s.kind not in DIGITS or not any(s.box.iou(sign.box) > 0 for sign in signs)]
    return kept, signs, lines


def _even_rows(small: np.ndarray, fewest: int, uneven: float, gap: float) -> Iterator[list[Box]]:
    """Rows of pieces of ink that follow each other at even distances, some of them hidden.

    small: (N, 5), pieces as OpenCV lists them: left, top, width, height first.
    fewest, uneven, gap: as in the tolerances.
    """
    pieces = [Box(float(y), float(x), float(y + h), float(x + w)) for x, y, w, h, *_ in sorted(small.tolist())]
    ends: dict[int, list[Box]] = {}  # height, in pixels -> the row that ends there
    rows: list[list[Box]] = []
    for piece in pieces:
        at = round(piece.center[0])
        near = [ends[h] for h in (at, at - 1, at + 1, at - 2, at + 2) if h in ends]
        row = next((r for r in near if 0 < piece.left - r[-1].right <= gap * SPACE_PX), None)
        if row is None:
            row = []
            rows.append(row)
        else:
            del ends[round(row[-1].center[0])]
        row.append(piece)
        ends[at] = row
    even = [row for row in rows if len(row) > 1 and _is_even(row, uneven)]
    yield from (row for row in _over_hidden(even) if len(row) >= fewest)


def _is_even(row: Sequence[Box], uneven: float) -> bool:
    """Whether the pieces of a row follow each other at even distances."""
    steps = np.diff([piece.left for piece in row])
    return bool(steps.std() <= uneven * steps.mean())


def _over_hidden(rows: Sequence[list[Box]]) -> list[list[Box]]:
    """Join an even row to one at the same height before it, if it goes on in the same rhythm."""
    joined: list[list[Box]] = []
    for row in sorted(rows, key=lambda r: r[0].left):
        before = next((r for r in reversed(joined) if _goes_on(r, row)), None)
        if before is None:
            joined.append(list(row))
        else:
            before += row
    return joined


def _goes_on(before: Sequence[Box], row: Sequence[Box]) -> bool:
    """Whether a row goes on in the rhythm of another, with some pieces hidden in between."""
    if abs(row[0].center[0] - before[-1].center[0]) > T.drift * SPACE_PX:
        return False
    longer = max(before, row, key=len)
    step = float(np.median(np.diff([piece.left for piece in longer])))
    steps = (row[0].left - before[-1].left) / step
    return 1 < round(steps) <= T.most_hidden + 1 and abs(steps - round(steps)) <= T.off_step


def _has_two_bowls(grey: np.ndarray) -> bool:
    """Whether a piece of a page, (h, w) uint8, has ink that encloses paper twice, as an 8 does."""
    for level in T.bowl_below:
        paper = np.pad(grey >= level, 1, constant_values=True).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
        sizes = sorted(stats[1:, cv2.CC_STAT_AREA].tolist())[:-1]  # without the paper around it
        if len([size for size in sizes if size >= T.least_bowl * SPACE_PX ** 2]) == 2:
            return True
    return False
