"""Corrects stems and barlines of which the detector saw too little or too much, by comparing them with the ink.

The detector may lose a long, thin stem where it crosses staff lines or runs beside a notehead. Then the notehead is
taken for a quarter note, and the beam begins one note too late. But the ink still leads from the piece that was seen to
the beam. A barline, too, may be seen in pieces that do not cross a whole staff, so that two bars would become one. And
the stem of a chord on two staves may be seen in two pieces, so that the lower notes would become quarters.

A stem may also be seen as too long. If two voices play a third, the stem of the lower note goes down from it. But the
edge of the upper notehead continues its line, and the detector often lets the stem begin there. Then the upper note,
which has a stem of its own going up, would belong to both voices. Between the two noteheads there is paper in the line
of the stem, which shows that it begins at the lower one.
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
    """Lengths are in staff spaces."""

    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    lost: tuple[float, float] = (0.5, 12.0)
    """Least and greatest length of the part of a stem that was not seen. A stem usually is 3.5 long, up to 9 in beamed
    groups with a wide range, and up to 15 if the beam is on another staff than the notehead."""
    beside_beam: float = 0.35
    """How far beyond the end of a beam its outermost stem may be, because both are traced from blurred maps."""
    aside: float = 0.2
    """How far from the stem's column the ink may be: half the thickness of a stem, and a little slant."""
    least_ink: float = 0.97
    """Least share of the rows of the lost part that have ink."""
    thin: float = 0.45
    """Greatest width of a stem, including blur. Wider ink also belongs to a notehead, a beam or a staff line."""
    least_thin: float = 0.4
    """Least share of the rows of the lost part in which the ink is no wider than that."""

    between_pieces: float = 4.5
    """Greatest length of an unseen part of a stem between two seen pieces, if its ink is broken, as in thin stems of
    old prints. On 119 pages it was up to 3.8; pieces that were 9 apart were two stems."""
    least_ink_between: float = 0.8
    """Least share of the rows of such a part that have ink."""
    break_between: float = 0.2
    """Longest piece of such a part without ink. Between the end of one stem and the notehead of another there is more
    paper."""

    paper_above: int = 160
    """A pixel in the line of a stem that is lighter than this grey is paper. If the stem itself is grey, as thin stems
    of small pages are, paper must be nearer to white than to the stem's grey."""
    heads_apart: tuple[float, float] = (0.75, 1.75)
    """Least and greatest vertical distance between the centres of two noteheads in one column, of which a stem may seem
    to begin at the wrong one. A third is one space, a fourth one and a half."""
    heads_aside: float = 0.3
    """Greatest sideways distance between the edges of these noteheads on the side of the stem."""
    beside_head: float = 0.35
    """Greatest distance of a stem from the edges of its noteheads."""
    around_end: float = 0.6
    """Greatest vertical distance between a stem's end and the centre of the notehead to which it seems to reach."""
    own_part: float = 1.5
    """Least length of a stem beyond the notehead at which it begins. In this part the column of its ink is measured."""
    edge_of_head: float = 0.7
    """How far from the centre of a notehead the stem is clear of the notehead's ink."""


WHITE = 255
"""Grey level of white paper."""
WIDEST_HEAD = 3.0
"""Width of the widest notehead, that of a breve, and some more, in staff spaces."""
T = UprightTolerances()
"""The tolerances of this stage."""


def lengthen_stems(strokes: Sequence[Stroke], pixels: np.ndarray) -> list[Stroke]:
    """Extend stems whose ink goes on to a beam. Returns as many strokes, in the same order and with the same ids.

    strokes: of all kinds, in the page's pixels; stems from top to bottom, beams from left to right.
    pixels: the page, (H, W) uint8, 0 = ink.
    """
    ink = pixels < T.dark_below
    beams = [s for s in strokes if s.kind == "beam"]
    return [_lengthened(s, beams, ink) if s.kind == "stem" else s for s in strokes]


def join_pieces(strokes: Sequence[Stroke], symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Stroke]:
    """Join pieces of one barline or of one stem: those in one column with thin ink in between. Pieces of a stem are
    joined only if all their noteheads are on one side, and there is at least one: if the noteheads of two voices are
    side by side, one stem goes up and the other down in the same column.

    strokes, pixels: as for `lengthen_stems`.
    symbols: of the page; only noteheads count.

    A joined stroke has the id of its upper piece. Stems and barlines come last.
    """
    ink = pixels < T.dark_below
    heads = sorted((s for s in symbols if s.kind == "notehead"), key=lambda s: s.box.left)
    joined: dict[str, list[Stroke]] = {"stem": [], "barline": []}
    # what stands in a range of columns, as indices into `joined`
    near: dict[tuple[str, int], list[int]] = defaultdict(list)
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
    """Join two pieces of one stroke. The result has the id of the upper piece."""
    return replace(upper, points=(*upper.points[:-1], max(upper.points[-1], lower.points[-1])))


def _sides(stem: Stroke, heads: Sequence[Symbol]) -> set[str]:
    """On which sides of a stem there are noteheads that touch it. heads: from left to right."""
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
    """Cut stems that reach too far: beyond the notehead at which their ink begins, to the notehead of another voice in
    the same column, which has a stem of its own. Returns as many strokes, in the same order and with the same ids.

    strokes, pixels: as for `lengthen_stems`.
    symbols: of the page; only noteheads count.
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
    """Whether a stem beside a notehead begins at it and goes up."""
    row = head.box.center[0]
    return abs(stem.points[-1][0] - row) < T.around_end * SPACE_PX and row - stem.points[0][0] > T.own_part * SPACE_PX


def _hangs_from(stem: Stroke, head: Symbol) -> bool:
    """Whether a stem beside a notehead begins at it and goes down."""
    row = head.box.center[0]
    return abs(stem.points[0][0] - row) < T.around_end * SPACE_PX and stem.points[-1][0] - row > T.own_part * SPACE_PX


def _pairs_in_columns(heads: Sequence[Symbol]) -> Iterator[tuple[Symbol, Symbol]]:
    """The upper and lower of any two noteheads that are one above the other, about a third apart. heads: from left to
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
    """A stem that seems to begin at one of two noteheads, but begins at the other, is cut there; any other stem stays.
    A stem at the left edges goes down from the upper or the lower notehead; one at the right edges goes up from either.
    """
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
    # in the direction of the noteheads there is their ink
    outside = slice(line - 1, line + 1) if is_left else slice(line, line + 2)
    between = pixels[round(min(row, seen_row)) : round(max(row, seen_row)), outside]
    paper_above = max(T.paper_above, (float(np.median(pixels[rows, outside].min(axis=1))) + WHITE) / 2)
    if between.size == 0 or between.min(axis=1).max() <= paper_above:
        return stem
    if is_left:
        return replace(stem, points=((row, stem.points[0][1]), *stem.points[1:]))
    return replace(stem, points=(*stem.points[:-1], (row, column)))


def _column_of_ink(pixels: np.ndarray, rows: slice, column: int) -> int:
    """The darkest column in some rows, near that of a stem. Strokes come from blurred maps, and may be a pixel or two
    off."""
    aside = round(T.aside * SPACE_PX)
    left = max(column - aside, 1)
    return left + int(pixels[rows, left : column + aside + 1].mean(axis=0).argmin())


def _goes_on(upper: Stroke, lower: Stroke, ink: np.ndarray) -> bool:
    """Whether the ink of a barline, or of a stem, goes on into another one below it."""
    (bottom, column), (top, other) = upper.points[-1], lower.points[0]
    if abs(column - other) > T.aside * SPACE_PX:
        return False
    middle = (column + other) / 2
    if top <= bottom or _leads_to(top, upper.points[0][0], bottom, middle, ink):
        return True
    return (upper.kind == "stem" and top - bottom <= T.between_pieces * SPACE_PX
            and _leads_to(top, upper.points[0][0], bottom, middle, ink, T.least_ink_between, T.break_between))


def _lengthened(stem: Stroke, beams: Sequence[Stroke], ink: np.ndarray) -> Stroke:
    """A stem, extended up or down to a beam if ink leads there; otherwise as it is."""
    (top, column), (bottom, _) = stem.points[0], stem.points[-1]
    if any(top - SPACE_PX < row < bottom + SPACE_PX for row in _rows_of_beams(beams, column)):
        return stem  # it has its beam already
    ends = [row for row in _rows_of_beams(beams, column) if _leads_to(row, top, bottom, column, ink)]
    if not ends:
        return stem
    row = min(ends, key=lambda r: max(top - r, r - bottom))
    if row < top:
        return replace(stem, points=((row, column), *stem.points[1:]))
    return replace(stem, points=(*stem.points[:-1], (row, stem.points[-1][1])))


def _rows_of_beams(beams: Sequence[Stroke], column: float) -> Iterator[float]:
    """The rows at which beams cross a column."""
    for beam in beams:
        (first_row, left), (last_row, right) = beam.points[0], beam.points[-1]
        if left - T.beside_beam * SPACE_PX <= column <= right + T.beside_beam * SPACE_PX:
            share = min(max((column - left) / max(right - left, 1.0), 0.0), 1.0)
            yield first_row + share * (last_row - first_row)


def _leads_to(
    row: float, top: float, bottom: float, column: float, ink: np.ndarray, least_ink: float = T.least_ink,
    longest_break: float = np.inf,
) -> bool:
    """Whether thin ink leads from the nearer end of a stem to a row in its column.

    least_ink: least share of the rows with ink.
    longest_break: longest piece without ink, in staff spaces.
    """
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
