"""Mends beams: splits thick ones, joins pieces, and straightens those that ran from one beam into the next.

The strokes come from a network's maps. Where ink has filled the paper between two beams, these come as one thick
stroke, or as a stroke that begins in the upper beam and ends in the lower. But beams over the same notes are parallel
and at even distances, which tells where they must be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np

from omr.types import Stroke
from omr.types.table import table

BEAM_THICKNESS = 0.5
"""Thickness of one beam as engraved, in staff spaces."""


@table
class BeamTolerances:
    """Lengths are in staff spaces, slopes in rows per column, unless a field says otherwise."""

    # Thick beams
    pitch: float = 0.75
    """Distance between the middles of neighbouring beams as engraved: 0.5 of ink and 0.25 of paper."""
    paper: float = 0.25
    """Paper between neighbouring beams."""
    count_bias: float = 0.1
    """The number of beams in a thick stroke follows from its thickness. This is subtracted before rounding, because
    blur makes strokes thicker."""

    # What is no beam
    thin: float = 0.25
    """Greatest thickness of a piece of a slur that was seen as a beam: half that of a beam. Beams of grace notes may be
    as thin, but they do not lie along a slur."""
    on_curve: float = 0.35
    """Greatest vertical distance between a point of such a piece and the slur or tie."""
    least_on_curve: float = 0.8
    """Least share (0-1) of its points that are this near."""
    drawn_on: float = 2.5
    """How far the slur is extended beyond its ends for this. It may have been seen only up to the piece."""

    across: float = 0.4
    """A thin piece is one of a slur under a longer beam if the slopes of both differ by at least this much, in rows per
    column. On 150 pages of Beethoven and Mozart, 17 pieces have .4 to .92. Of eight that were looked at, seven were
    slurs and one a smudge. A thin hook had .33."""

    # Pieces
    overlap: float = 0.5
    """How far two pieces of one beam may overlap."""
    gap: float = 0.7
    """Longest gap between two pieces of one beam: a stem and blur, less than the paper between two groups."""
    in_line: float = 0.25
    """Greatest distance between two pieces of one beam where they meet. The next beam is three times as far."""

    # Fragments
    fragment: float = 0.9
    """Shorter pieces may not be beams of their own. On 124 pages of old prints, nearly all hooks were longer than 1."""
    beside_longer: float = 0.55
    """A short piece that is this near to a longer beam, vertically, is not a beam. Of 299 pieces shorter than 1 on
    these pages, 78 were this near, nearly all where the ink of one beam ran into that of the next. Hooks were .7 and
    more away."""

    # Beams that run into one another
    near: float = 1.3
    """Greatest vertical distance of the nearest beams over the same notes. Old prints set them far apart."""
    least_length: float = 1.5
    """Pieces of at least this length show their slope."""
    askew: float = 0.1
    """If the slopes of two such pieces differ by at least this much, they cannot both be beams of one group."""
    touching: float = 0.2
    """Greatest gap between two pieces that touch, one behind the other."""
    torn_length: float = 2.4
    """A group in which some pieces are too close is straightened if its longest piece has at least this length."""
    too_close: float = 0.6
    """Touching pieces with a smaller vertical distance cannot both be beams: the next beam is 0.7 or more away. Steep
    beams break into such pieces, each with a slope of its own."""
    pitches: tuple[float, float] = (0.7, 1.1)
    """Least and greatest distance between the middles of parallel beams that is tried."""
    on_line: float = 0.2
    """Greatest distance of a point from the beam that it lies on."""
    explained: float = 0.7
    """Parallel beams are believed if at least this share (0-1) of the points lies on them. Chance alone gives 0.4 to
    0.6."""
    slope_step: float = 0.01
    """Step between the slopes that are tried."""
    steps: int = 16
    """How many places of the first beam are tried for each distance between beams."""


T = BeamTolerances()
"""The tolerances of this stage."""


def row_at(stroke: Stroke, col: float) -> float:
    """Row of a level stroke at a column, its ends extended in a straight line."""
    (ra, ca), (rb, cb) = stroke.points[0], stroke.points[-1]
    return ra + (rb - ra) * (col - ca) / (cb - ca) if cb > ca else (ra + rb) / 2


def mend_beams(
    beams: Iterable[Stroke], curves: Sequence[Stroke], space: float, ids: Iterator[int]
) -> list[Stroke]:
    """Mend the beams of a page. Thick strokes are split into as many beams as they hold, pieces of one beam are joined,
    and beams that run into one another are straightened. Pieces of slurs that were taken for beams are dropped.

    curves: slurs and ties.
    space: the staff space in pixels.
    ids: for new strokes.
    """
    seen = sorted((b.rightwards() for b in beams), key=lambda b: b.points[0][1])
    single = [s for b in seen if not _is_of_a_curve(b, curves, space) and not _is_across(b, seen, space)
              for s in _single_beams(b, space, ids)]
    whole = _without_fragments(_joined(single, space), space)
    return [beam for group in _groups(whole, space) for beam in _straight(group, space)]


def _is_of_a_curve(beam: Stroke, curves: Sequence[Stroke], space: float) -> bool:
    """Whether a stroke is not a beam, but a piece of a slur or tie: thin, and along a curve that was seen."""
    if beam.thickness_px >= T.thin * space:
        return False
    cols, rows = _points([beam])
    for curve in curves:
        along = np.array(sorted((col, row) for row, col in curve.points))
        (first, last), beyond = along[[0, -1], 0], T.drawn_on * space
        if first > cols[-1] or last < cols[0]:
            continue
        (left, top), (right, bottom) = (  # straight on from the last two points at each end
            (end + beyond * (end - inner) / max(abs(end[0] - inner[0]), 1.0)).tolist()
            for end, inner in ((along[0], along[1]), (along[-1], along[-2])))
        on = np.interp(cols, [left, *along[:, 0], right], [top, *along[:, 1], bottom], left=np.inf, right=np.inf)
        if np.mean(np.abs(on - rows) < T.on_curve * space) >= T.least_on_curve:
            return True
    return False


def _is_across(piece: Stroke, beams: Sequence[Stroke], space: float) -> bool:
    """Whether a stroke is not a beam, but the end of a small slur under a beam: thin, short, and leading away from the
    nearest longer beam. The slur itself may not have been seen."""
    left, right = piece.points[0][1], piece.points[-1][1]
    if piece.thickness_px >= T.thin * space or not 0 < right - left < T.least_length * space:
        return False
    col = (left + right) / 2
    row = row_at(piece, col)
    beside = [b for b in beams if b.points[-1][1] - b.points[0][1] >= T.least_length * space
              and b.points[0][1] - T.overlap * space < col < b.points[-1][1] + T.overlap * space
              and abs(row_at(b, col) - row) < T.near * space]
    nearest = min(beside, key=lambda b: abs(row_at(b, col) - row), default=None)
    return nearest is not None and abs(_slope(piece) - _slope(nearest)) >= T.across


def _without_fragments(beams: Sequence[Stroke], space: float) -> list[Stroke]:
    """The beams without short pieces of ink on a longer beam or right beside it."""
    longer = [b for b in beams if b.points[-1][1] - b.points[0][1] >= T.least_length * space]

    def is_beam(beam: Stroke) -> bool:
        col = (beam.points[0][1] + beam.points[-1][1]) / 2
        return beam.points[-1][1] - beam.points[0][1] >= T.fragment * space or not any(
            b.points[0][1] < col < b.points[-1][1] and abs(row_at(b, col) - row_at(beam, col)) < T.beside_longer * space
            for b in longer)

    return [b for b in beams if is_beam(b)]


def _joined(single: Sequence[Stroke], space: float) -> list[Stroke]:
    """Join pieces of one beam, one after the other in line. single: from left to right."""
    mended: list[Stroke] = []
    for beam in single:
        for i in range(len(mended) - 1, -1, -1):
            left = mended[i]
            gap = beam.points[0][1] - left.points[-1][1]
            near = -T.overlap * space <= gap <= T.gap * space
            if near and beam.points[-1][1] > left.points[-1][1]:
                at = (beam.points[0][1] + left.points[-1][1]) / 2
                if abs(row_at(left, at) - row_at(beam, at)) < T.in_line * space:
                    mended[i] = replace(left, points=(left.points[0], beam.points[-1]))
                    break
        else:
            mended.append(beam)
    return mended


def _single_beams(beam: Stroke, space: float, ids: Iterator[int]) -> list[Stroke]:
    """The beams that one stroke really is, from top to bottom, as straight lines."""
    ends = (beam.points[0], beam.points[-1])
    count = max(1, round((beam.thickness_px / space + T.paper) / T.pitch - T.count_bias))
    if count == 1:
        return [replace(beam, points=ends)]
    single = []
    for i in range(count):
        shift = (i - (count - 1) / 2) * T.pitch * space
        id_ = beam.id if i == 0 else next(ids)
        points = tuple((r + shift, c) for r, c in ends)
        single.append(replace(beam, id=id_, points=points, thickness_px=BEAM_THICKNESS * space))
    return single


# ---- beams that run into one another ---------------------------------------------------------------------------


def _groups(beams: Sequence[Stroke], space: float) -> list[list[Stroke]]:
    """Group beams over the same notes. Each group keeps the given order."""
    groups: list[tuple[float, float, list[int]]] = []  # first and last column, beams
    for i, beam in enumerate(beams):
        left, right = beam.points[0][1], beam.points[-1][1]
        mine: list[tuple[float, float, list[int]]] = []
        others: list[tuple[float, float, list[int]]] = []
        for group in groups:
            near = max(group[0], left) - min(group[1], right) <= T.gap * space  # or none of them is
            is_one = near and any(_beside(beams[k], beam, space) for k in group[2])
            (mine if is_one else others).append(group)
        groups = [*others, (min([left, *(g[0] for g in mine)]), max([right, *(g[1] for g in mine)]),
                            [*(k for g in mine for k in g[2]), i])]
    return [[beams[k] for k in sorted(g)] for g in sorted((g for _, _, g in groups), key=min)]


def _beside(a: Stroke, b: Stroke, space: float) -> bool:
    """Whether two beams are above one another, or one after the other, close enough for one group."""
    start = max(a.points[0][1], b.points[0][1])
    end = min(a.points[-1][1], b.points[-1][1])
    if start - end > T.gap * space:
        return False
    return min(abs(row_at(a, col) - row_at(b, col)) for col in (start, end)) < T.near * space


def _straight(group: Sequence[Stroke], space: float) -> Sequence[Stroke]:
    """The beams of a group. If some cannot be parallel, or are too close, they are replaced by beams that explain the
    strokes best: parallel, at even distances, and as long as the strokes along each."""
    slopes = [_slope(b) for b in group if b.points[-1][1] - b.points[0][1] > T.least_length * space]
    if len(group) < 3 or not slopes:
        return group
    steepness = min(slopes), max(slopes)
    if steepness[1] - steepness[0] < T.askew:
        longest = max(b.points[-1][1] - b.points[0][1] for b in group)
        if longest < T.torn_length * space or not any(_too_close(a, b, space) for a, b in combinations(group, 2)):
            return group
        steepness = steepness[0] - T.askew, steepness[1] + T.askew
    cols, rows = _points(group)
    middle = float(cols.mean())
    slope, pitch, first, share = _parallel(cols - middle, rows, steepness, space)
    if share < T.explained:
        return group
    above = (rows - slope * (cols - middle) - first) / pitch
    lines = np.round(above).astype(int)
    on_line = np.abs(above - lines) * pitch < T.on_line * space
    found: list[Stroke] = []
    for line in sorted(set(lines[on_line].tolist())):
        for start, end in _runs(cols[on_line & (lines == line)], cols[~on_line], space):
            ends = tuple((first + line * pitch + slope * (col - middle), col) for col in (start, end))
            if len(found) < len(group):  # a group has no more beams than strokes that were seen
                found.append(replace(group[len(found)], points=ends, thickness_px=BEAM_THICKNESS * space))
    return found


def _too_close(a: Stroke, b: Stroke, space: float) -> bool:
    """Whether two pieces touch, one after the other, and are too close to be two beams."""
    left, right = sorted((a, b), key=lambda beam: beam.points[0][1])
    gap = right.points[0][1] - left.points[-1][1]
    if not -T.least_length * space < gap <= T.touching * space or right.points[-1][1] <= left.points[-1][1]:
        return False
    at = (right.points[0][1] + left.points[-1][1]) / 2
    return T.in_line * space <= abs(row_at(left, at) - row_at(right, at)) < T.too_close * space


def _slope(beam: Stroke) -> float:
    """Slope in rows per column."""
    (row, col), (end_row, end_col) = beam.points[0], beam.points[-1]
    return (end_row - row) / (end_col - col)


def _points(group: Sequence[Stroke]) -> tuple[np.ndarray, np.ndarray]:
    """(columns, rows) of points along all strokes, one in each pixel."""
    columns = [np.arange(b.points[0][1], b.points[-1][1] + 1) for b in group]
    rows = [np.interp(c, [p[1] for p in b.points], [p[0] for p in b.points])
            for b, c in zip(group, columns, strict=True)]
    return np.concatenate(columns), np.concatenate(rows)


def _parallel(
    cols: np.ndarray, rows: np.ndarray, slopes: tuple[float, float], space: float
) -> tuple[float, float, float, float]:
    """The parallel lines that explain the points best: many points lie on them, and all along them. Returns their
    slope, their distance, the row of one of them at column 0, and the share of the points on them.

    slopes: least and greatest slope that are tried.
    """
    best = (0.0, T.pitch * space, 0.0, 0.0)
    most = 0.0
    phases = np.arange(T.steps) / T.steps
    for slope in np.arange(slopes[0], slopes[1] + T.slope_step, T.slope_step).tolist():
        flat = rows - slope * cols
        for pitch in np.arange(T.pitches[0], T.pitches[1] + 0.01, 0.05).tolist():
            above = flat[:, None] / (pitch * space) - phases[None, :]
            on_line = np.abs(above - np.round(above)) * pitch < T.on_line
            k = int(on_line.mean(axis=0).argmax())
            on, lines = on_line[:, k], np.round(above[:, k]).astype(int)
            share = float(on.mean())
            length = float(np.ptp(cols)) + 1
            along = [np.unique(np.round(cols[on & (lines == line)])).size / length for line in np.unique(lines[on])]
            if share + float(np.mean(along)) > most:
                most = share + float(np.mean(along))
                best = (slope, pitch * space, float(phases[k]) * pitch * space, share)
    return best


def _runs(cols: np.ndarray, unexplained: np.ndarray, space: float) -> Iterator[tuple[float, float]]:
    """(first, last) column of each beam along one line.

    cols: columns of the points on the line.
    unexplained: columns of points on no line. The beam goes on there, because these points are ink that ran from one
        beam into another.
    """
    ordered = np.unique(cols)
    start = ordered[0]
    for a, b in pairwise(ordered.tolist()):
        between = unexplained[(unexplained > a) & (unexplained < b)]
        bridged = between.size >= 0.5 * (b - a)
        if b - a > T.gap * space and not bridged:
            yield float(start), float(a)
            start = b
    yield float(start), float(ordered[-1])
