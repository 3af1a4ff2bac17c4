"""Stems and barlines of which the detector saw too little or too much, compared with the ink.

A long stem is thin, and where it crosses staff lines or runs beside a head the detector may lose it. Its head is then
taken for a quarter note, and the beam begins a note too late. The ink still goes from the piece that was seen to the
beam. In the same way a barline may be seen in pieces, none of which crosses a staff; two bars would become one. And the
stem of a chord whose heads stand on two staves may be seen in two pieces; the notes of the lower staff would be
quarters.

A stem may also be seen too long. Where two voices play a third, the stem of the lower note hangs down from it, but the
edge of the upper head continues its line, and the detector often lets the stem begin there. The upper note, which has a
stem of its own that rises, would then belong to both voices. Between the two heads there is paper in the stem's line,
which shows that it begins at the lower.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from omr.types import SPACE_PX, Stroke, Symbol
from omr.types.table import table


@table
class UprightTolerances:
    """Lengths in staff spaces, and shares."""

    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    lost: tuple[float, float] = (0.5, 12.0)
    """Least and greatest length of the part of a stem that was not seen. A stem is 3.5 long as a rule, up to 9 in
    beamed groups of wide range, and up to 15 where the beam is on another staff than the head."""
    beside_beam: float = 0.35
    """How far beyond the end of a beam its outermost stem may stand: both are drawn from blurred maps."""
    aside: float = 0.2
    """How far the ink may lie beside the stem's own column: half the thickness of a stem, and a little slant."""
    least_ink: float = 0.97
    """Least share of the rows of the lost part that have ink."""
    thin: float = 0.45
    """Greatest width of a stem, with blur. Ink that is wider belongs to a head, a beam or a staff line as well."""
    least_thin: float = 0.4
    """Least share of the rows of the lost part in which the ink is no wider than that."""

    between_pieces: float = 4.5
    """Greatest length of the part of a stem that was not seen between two pieces that were, if its ink is broken, as
    that of thin stems is in old prints. On 119 pages it was up to 3.8; pieces 9 apart were two stems."""
    least_ink_between: float = 0.8
    """Least share of the rows of such a part that have ink."""
    break_between: float = 0.2
    """Longest piece of such a part without ink: where one stem ends above the head of another there is more paper."""

    paper_above: int = 160
    """Grey level above which a pixel in the line of a stem is paper. Where the stem itself is grey, as thin stems of
    small pages are, paper is nearer to white than to the stem's own grey."""
    heads_apart: tuple[float, float] = (0.75, 1.75)
    """Least and greatest distance up and down between the centres of two heads of one column, where a stem that begins
    at one may be seen to begin at the other: a third is one space, a fourth one and a half."""
    heads_aside: float = 0.3
    """Greatest distance sideways between the stem's edges of these heads."""
    beside_head: float = 0.35
    """Greatest distance of a stem from the edges of its heads."""
    around_end: float = 0.6
    """Greatest distance up and down between a stem's end and the centre of the head to which it was seen to reach."""
    own_part: float = 1.5
    """Least length of a stem beyond the head at which it begins, in which the column of its ink is measured."""
    edge_of_head: float = 0.7
    """How far beyond the centre of a head the stem is clear of the head's ink."""


WHITE = 255
"""Grey level of white paper."""
WIDEST_HEAD = 3.0
"""Width of the widest notehead, that of a breve, with some room, in staff spaces."""
T = UprightTolerances()
"""The tolerances of this stage."""


def lengthen_stems(strokes: Sequence[Stroke], pixels: np.ndarray) -> list[Stroke]:
    """The strokes of a page, with stems that go on to a beam in the ink drawn out to it.

    strokes: of all kinds, in the page's pixels; stems from top to bottom, beams from left to right. pixels: the page,
    (H, W) uint8, 0 = ink. Returns as many strokes, in the same order and with the same ids.
    """
    ink = pixels < T.dark_below
    beams = [s for s in strokes if s.kind == "beam"]
    return [_lengthened(s, beams, ink) if s.kind == "stem" else s for s in strokes]


def join_pieces(strokes: Sequence[Stroke], symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Stroke]:
    """The strokes of a page, in which pieces of one barline, or of one stem, are one stroke: those in one column
    between which thin ink goes on. Where two voices' heads stand side by side, one stem rises and the other hangs down
    in its column: stems with heads on either side stay two.

    strokes, pixels: as for `lengthen_stems`. symbols: of the page; only noteheads count. A joined stroke has the id of
    its upper piece. Stems and barlines come last.
    """
    ink = pixels < T.dark_below
    heads = sorted((s for s in symbols if s.kind == "notehead"), key=lambda s: s.box.left)
    joined: dict[str, list[Stroke]] = {"stem": [], "barline": []}
    near: dict[tuple[str, int], list[int]] = defaultdict(list)  # the places in `joined` of what stands in some columns
    for piece in sorted((s for s in strokes if s.kind in joined), key=lambda s: s.points[0][0]):
        own, strip = joined[piece.kind], int(piece.points[0][1] // (T.aside * SPACE_PX))
        above = [k for beside in (-1, 0, 1) for k in near[piece.kind, strip + beside] if _goes_on(own[k], piece, ink)]
        if above and (piece.kind == "barline" or len(_sides(own[above[0]], heads) | _sides(piece, heads)) == 1):
            own[above[0]] = _joined(own[above[0]], piece)
            near[piece.kind, strip].append(above[0])
        else:
            near[piece.kind, strip].append(len(own))
            own.append(piece)
    return [*(s for s in strokes if s.kind not in joined), *joined["stem"], *joined["barline"]]


def _joined(upper: Stroke, lower: Stroke) -> Stroke:
    """Two pieces of one stroke as one, with the upper's id."""
    return replace(upper, points=(*upper.points[:-1], max(upper.points[-1], lower.points[-1])))


def _sides(stem: Stroke, heads: Sequence[Symbol]) -> set[str]:
    """On which sides of a stem heads stand that touch it. heads: from left to right."""
    (top, column), (bottom, _) = stem.points[0], stem.points[-1]
    beside, around = T.beside_head * SPACE_PX, T.around_end * SPACE_PX
    first = bisect_left(heads, column - WIDEST_HEAD * SPACE_PX, key=lambda s: s.box.left)
    sides = set()
    for head in islice(heads, first, None):
        if head.box.left > column + beside:
            break
        if top - around < head.box.center[0] < bottom + around:
            if abs(head.box.left - column) < beside:
                sides.add("right")
            elif abs(head.box.right - column) < beside:
                sides.add("left")
    return sides


def cut_stems(strokes: Sequence[Stroke], symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Stroke]:
    """The strokes of a page, in which a stem does not reach past the head at which its ink begins to the head of
    another voice in the same column, which has a stem of its own.

    strokes, pixels: as for `lengthen_stems`. symbols: of the page; only noteheads count. Returns as many strokes, in
    the same order and with the same ids.
    """
    heads = sorted((s for s in symbols if s.kind == "notehead"), key=lambda s: s.box.left)
    stems = {k: s for k, s in enumerate(strokes) if s.kind == "stem"}
    if not heads or not stems:
        return list(strokes)
    columns = np.array([(s.points[0][1] + s.points[-1][1]) / 2 for s in stems.values()])
    places = list(stems)
    cut = list(strokes)

    def near(edge: float) -> list[int]:
        return [places[i] for i in np.flatnonzero(np.abs(columns - edge) < T.beside_head * SPACE_PX).tolist()]

    for upper, lower in _pairs_in_columns(heads):
        left, right = near(upper.box.left), near(upper.box.right)
        if any(_rises_from(strokes[i], upper) for i in right):
            for i in left:
                cut[i] = _cut(cut[i], upper, lower, True, pixels)
        if any(_hangs_from(strokes[i], lower) for i in left):
            for i in right:
                cut[i] = _cut(cut[i], upper, lower, False, pixels)
    return cut


def _rises_from(stem: Stroke, head: Symbol) -> bool:
    """Whether a stem beside a head begins at it and rises."""
    row = head.box.center[0]
    return abs(stem.points[-1][0] - row) < T.around_end * SPACE_PX and row - stem.points[0][0] > T.own_part * SPACE_PX


def _hangs_from(stem: Stroke, head: Symbol) -> bool:
    """Whether a stem beside a head begins at it and hangs down."""
    row = head.box.center[0]
    return abs(stem.points[0][0] - row) < T.around_end * SPACE_PX and stem.points[-1][0] - row > T.own_part * SPACE_PX


def _pairs_in_columns(heads: Sequence[Symbol]) -> Iterator[tuple[Symbol, Symbol]]:
    """The upper and lower of any two heads that stand one above the other, about a third apart. heads: from left to
    right."""
    least, most = (apart * SPACE_PX for apart in T.heads_apart)
    for k, head in enumerate(heads):
        for other in heads[k + 1 :]:
            if other.box.left - head.box.left > T.heads_aside * SPACE_PX:
                break
            if least <= abs(other.box.center[0] - head.box.center[0]) <= most:
                upper, lower = sorted((head, other), key=lambda s: s.box.center[0])
                yield upper, lower


def _cut(stem: Stroke, upper: Symbol, lower: Symbol, is_left: bool, pixels: np.ndarray) -> Stroke:
    """A stem that was seen to begin at one of two heads and begins at the other, cut there; or else as it is. A stem at
    the heads' left edges hangs down from the upper or the lower, one at their right edges rises from either."""
    (top, _), (bottom, column) = stem.points[0], stem.points[-1]
    seen, own = (upper, lower) if is_left else (lower, upper)
    end = top if is_left else bottom
    row, seen_row = own.box.center[0], seen.box.center[0]
    if abs(end - seen_row) > T.around_end * SPACE_PX or abs(end - seen_row) > abs(end - row):
        return stem
    if (bottom - row if is_left else row - top) < T.own_part * SPACE_PX:
        return stem
    clear = T.edge_of_head * SPACE_PX
    first, last = (row + clear, bottom) if is_left else (top, row - clear)
    rows = slice(round(first), round(last))
    line = _column_of_ink(pixels, rows, round(column))
    outside = slice(line - 1, line + 1) if is_left else slice(line, line + 2)  # towards the heads there is their ink
    between = pixels[round(min(row, seen_row)) : round(max(row, seen_row)), outside]
    paper_above = max(T.paper_above, (float(np.median(pixels[rows, outside].min(axis=1))) + WHITE) / 2)
    if between.size == 0 or between.min(axis=1).max() <= paper_above:
        return stem
    if is_left:
        return replace(stem, points=((row, stem.points[0][1]), *stem.points[1:]))
    return replace(stem, points=(*stem.points[:-1], (row, column)))


def _column_of_ink(pixels: np.ndarray, rows: slice, column: int) -> int:
    """The darkest column in some rows, near a stem's: strokes come from blurred maps and may lie a pixel or two off."""
    aside = round(T.aside * SPACE_PX)
    left = max(column - aside, 1)
    return left + int(pixels[rows, left : column + aside + 1].mean(axis=0).argmin())


def _goes_on(upper: Stroke, lower: Stroke, ink: np.ndarray) -> bool:
    """Whether the ink of a barline, or of a stem, goes on into another below it."""
    (bottom, column), (top, other) = upper.points[-1], lower.points[0]
    if abs(column - other) > T.aside * SPACE_PX:
        return False
    middle = (column + other) / 2
    if top <= bottom or _leads_to(top, upper.points[0][0], bottom, middle, ink):
        return True
    return (upper.kind == "stem" and top - bottom <= T.between_pieces * SPACE_PX
            and _leads_to(top, upper.points[0][0], bottom, middle, ink, T.least_ink_between, T.break_between))


def _lengthened(stem: Stroke, beams: Sequence[Stroke], ink: np.ndarray) -> Stroke:
    """A stem that reaches up, or down, to a beam, if ink leads there; otherwise the stem as it is."""
    (top, column), (bottom, _) = stem.points[0], stem.points[-1]
    if any(top - SPACE_PX < row < bottom + SPACE_PX for row in _rows_of_beams(beams, column)):
        return stem  # it has its beam
    ends = [row for row in _rows_of_beams(beams, column) if _leads_to(row, top, bottom, column, ink)]
    if not ends:
        return stem
    row = min(ends, key=lambda r: max(top - r, r - bottom))
    if row < top:
        return replace(stem, points=((row, column), *stem.points[1:]))
    return replace(stem, points=(*stem.points[:-1], (row, stem.points[-1][1])))


def _rows_of_beams(beams: Sequence[Stroke], column: float) -> Iterator[float]:
    """The rows at which beams pass a column."""
    for beam in beams:
        (first_row, left), (last_row, right) = beam.points[0], beam.points[-1]
        if left - T.beside_beam * SPACE_PX <= column <= right + T.beside_beam * SPACE_PX:
            share = min(max((column - left) / max(right - left, 1.0), 0.0), 1.0)
            yield first_row + share * (last_row - first_row)


def _leads_to(
    row: float, top: float, bottom: float, column: float, ink: np.ndarray, least_ink: float = T.least_ink,
    longest_break: float = np.inf,
) -> bool:
    """Whether thin ink leads from the nearer end of a stem to a row in its column. least_ink: share of rows.
    longest_break: in staff spaces, the longest piece without ink."""
    first, last = (row, top) if row < top else (bottom, row)
    least, most = (length * SPACE_PX for length in T.lost)
    if not least <= last - first <= most:
        return False
    middle, aside, wide = round(column), round(T.aside * SPACE_PX), round(T.thin * SPACE_PX)
    rows = slice(max(round(first), 0), max(round(last), 0))
    near = ink[rows, max(middle - aside, 0) : middle + aside + 1].any(axis=1)
    around = ink[rows, max(middle - wide, 0) : middle + wide + 1].sum(axis=1)
    inked = np.flatnonzero(np.concatenate(([True], near, [True])))
    if (np.diff(inked).max() - 1) / SPACE_PX > longest_break:
        return False
    return near.size > 0 and float(near.mean()) >= least_ink and float((around <= wide).mean()) >= T.least_thin
