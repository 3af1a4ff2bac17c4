"""Strokes, in both directions: `draw` turns polylines into the network's target masks, `vectorise` reads masks back.

A stroke is followed across the mask column by column (row by row if its kind is vertical). Every column is cut into
runs of ink. Runs that overlap a run of the column before are linked into tracks. Tracks that continue one another over
a gap are joined. The middles of a track's runs are its polyline. This is the run-length tracing known from staff lines
and beams (Fujinaga; Rebelo et al. 2012), applied to probabilities instead of ink.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np

from omr.detect.series import running_mean
from omr.detect.watershed import STRIDE
from omr.types import SPACE_PX, STROKE_KINDS, Stroke, StrokeKind
from omr.types.table import table


@table
class StrokeTolerances:
    """Limits for strokes of every kind, in staff spaces unless a field says otherwise. `RULES` has what differs by
    kind."""

    # Drawing
    least_thickness_px: float = 2.0
    """Least thickness of a drawn stroke, in page pixels: one cell of the mask, so that even a hairline leaves a
    mark."""

    # Following
    rounding: float = 0.35
    """Added to the number of strokes in a thick run before it is rounded down. One half would round to the nearest
    number; this is less, because blur makes runs thicker."""
    least_runs: int = 2
    """Fewest runs of a track, in cells. A single run is a speck."""
    join_aside: float = 0.35
    """Two tracks are joined only if the later one begins nearer than this to where the earlier one leads. This includes
    0.1 for the fact that the middle of a run is known to half a cell only."""
    slope_over: float = 1.5
    """Length of a track's end over which its slope is measured."""
    slope_runs: int = 3
    """Fewest runs that have a slope. A shorter track is assumed to go on level."""

    # Polylines of curves
    greatest_points: int = 65
    """Most points of a polyline. A curve has one in every staff space until it reaches this number. The ties of a held
    note may be one stroke as long as a system, which is cut later where two of them meet."""
    smoothed_over: int = 5
    """Number of neighbouring runs (odd) whose middles are averaged before a curve's points are taken."""

    # Blocks of text
    text_threshold: float = 0.5
    """A cell with at least this probability belongs to a block of text, 0-1."""
    text_size: float = 0.6
    """Least height and width of a block of text. Smaller ones are noise."""


T = StrokeTolerances()


@dataclass(frozen=True, kw_only=True)
class StrokeRule:
    """How strokes of one kind are read from their mask. Lengths are in staff spaces, probabilities and scores 0-1."""

    upright: bool = False
    """Whether strokes are followed from row to row instead of from column to column."""
    straight: bool = False
    """Whether a stroke is a straight line. If not, it is a polyline with a point about every staff space."""
    threshold: float = 0.4
    """A cell with at least this probability is surely ink."""
    faint: float | None = None
    """A cell with at least this probability continues a track, if that is less than `threshold`. Such faint cells do
    not count for the length of the stroke, its score and its thickness."""
    min_length: float = 0.8
    """Least length of a stroke between its first and last sure ink. Shorter ones are noise."""
    gap: float = 0.5
    """Longest gap over which two tracks are joined."""
    pitch: float | None = None
    """Distance between the middles of strokes side by side, if several of them may have run together into one thick
    run."""
    pitch_gap: float = 0.0
    """Paper between two such strokes."""
    min_score: float = 0.0
    """Least mean probability of a stroke's sure ink. Less sure strokes are noise."""


RULES: dict[StrokeKind, StrokeRule] = {
    "ledgerLine": StrokeRule(straight=True, threshold=0.3, min_length=0.7, gap=0.2),
    "stem": StrokeRule(upright=True, straight=True, threshold=0.35, min_length=1.0, gap=0.8, min_score=0.45),
    # If ink has filled the paper between beams, one run contains all of them.
    "beam": StrokeRule(straight=True, min_length=0.6, gap=1.0, pitch=0.75, pitch_gap=0.25),
    # The network sees the middle of a hairline only faintly.
    "barline": StrokeRule(upright=True, straight=True, faint=0.2, min_length=2.0, gap=2.0),
    # The network sees some parts of a long flat curve only faintly.
    "slur": StrokeRule(faint=0.25, min_length=1.0, gap=2.0, min_score=0.6),
    "tie": StrokeRule(faint=0.25, min_length=0.8, gap=2.0, min_score=0.5),
    "hairpin": StrokeRule(min_length=1.0, gap=1.0),
    "bracket": StrokeRule(min_length=1.0, gap=1.5),
}
"""The rules of all kinds that are followed as tracks. Text is not, and staff lines are read by `omr.staves.tracing`."""


def draw(strokes: Sequence[Stroke], shape: tuple[int, int]) -> np.ndarray:
    """Draw the stroke masks of a page or crop.

    Returns (H/2, W/2, K) uint8, one channel for each kind in `STROKE_KINDS`: how much of a cell is ink, from 0 to 255.
    At the edge of a stroke, the value falls linearly over one cell, so that the centre of mass of a mask is more exact
    than a cell.

    strokes: what is on the page, in its pixels. If a stroke reaches over the edge, its visible part is drawn.
    shape: height H and width W in pixels.
    """
    h, w = shape[0] // STRIDE, shape[1] // STRIDE
    masks = np.zeros((len(STROKE_KINDS), h, w), np.uint8)
    for stroke in strokes:
        mask = masks[STROKE_KINDS.index(stroke.kind)]
        half = max(stroke.thickness_px, T.least_thickness_px) / 2
        for start, end in pairwise(stroke.points):
            _draw_segment(mask, start, end, half)
    return np.moveaxis(masks, 0, -1)


def _draw_segment(mask: np.ndarray, start: tuple[float, float], end: tuple[float, float], half: float) -> None:
    """Draw a line between two points (row, column), in page pixels, into a (H/2, W/2) uint8 mask.

    half: half the thickness of the line. Its ends are square. A cell that is darker already stays so.
    """
    (ra, ca), (rb, cb) = start, end
    reach = half + STRIDE
    r0 = max(int((min(ra, rb) - reach) / STRIDE), 0)
    r1 = min(int((max(ra, rb) + reach) / STRIDE) + 1, mask.shape[0])
    c0 = max(int((min(ca, cb) - reach) / STRIDE), 0)
    c1 = min(int((max(ca, cb) + reach) / STRIDE) + 1, mask.shape[1])
    if r0 >= r1 or c0 >= c1:
        return
    rows = ((np.arange(r0, r1, dtype=np.float32) + 0.5) * STRIDE)[:, None] - ra
    cols = ((np.arange(c0, c1, dtype=np.float32) + 0.5) * STRIDE)[None, :] - ca
    dr, dc = rb - ra, cb - ca
    length = max(float(np.hypot(dr, dc)), 1e-6)  # The two points may be the same.
    along = (rows * dr + cols * dc) / length
    across = np.abs(rows * dc - cols * dr) / length
    ends = np.minimum(along, length - along) / STRIDE + 0.5
    sides = (half - across) / STRIDE + 0.5
    cover = np.clip(sides, 0, 1) * np.clip(ends, 0, 1) * 255
    patch = mask[r0:r1, c0:c1]
    np.maximum(patch, cover.astype(np.uint8), out=patch)


class _Track(NamedTuple):
    """Runs that are linked from column to column (for a vertical kind, from row to row). Lengths are in cells.

    Every field is (N,), with one entry for each run.

    at: the middle of its column.
    center: the middle of the run in that column.
    thick: its length in that column, which is the thickness of the stroke.
    weight: as in `_Runs`.
    """

    at: np.ndarray
    center: np.ndarray
    thick: np.ndarray
    weight: np.ndarray

    def extended(self, other: _Track) -> _Track:
        """This track together with one that continues it."""
        return _Track(*(np.concatenate(pair) for pair in zip(self, other, strict=True)))


class _Runs(NamedTuple):
    """The runs of ink in all columns, from left to right, and in every column from top to bottom; (N,) each.

    column: its index.
    start, stop: the first cell of a run, and the cell after its last. They are fractions of cells if a thick run was
        divided.
    weight: the mean probability of its sure ink; 0 if none of its ink is sure.
    """

    column: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    weight: np.ndarray


def vectorise(masks: np.ndarray, first_id: int = 0) -> list[Stroke]:
    """Read the strokes of a page from its masks. Staff lines are left out; `omr.staves.tracing` reads them.

    masks: (H/2, W/2, K) float, 0-1, one channel for each kind in `STROKE_KINDS`.
    first_id: id of the first stroke; the others follow.

    Returns the strokes in page pixels.
    """
    planes = np.moveaxis(masks, -1, 0)  # one for each kind, as the network has them in memory
    if not planes.flags.c_contiguous:  # OpenCV transposes the map much faster than NumPy
        planes = cv2.transpose(masks.reshape(-1, len(STROKE_KINDS))).reshape(-1, *masks.shape[:2])
    mask_of = dict(zip(STROKE_KINDS, planes, strict=True))
    found: list[Stroke] = []
    for kind, track in _followed(mask_of):
        stroke = _to_stroke(track, kind, first_id + len(found))
        if stroke is not None:
            found.append(stroke)
    found.extend(_text_blocks(mask_of["text"], first_id + len(found)))
    return found


def _followed(mask_of: Mapping[StrokeKind, np.ndarray]) -> Iterator[tuple[StrokeKind, _Track]]:
    """The tracks of every kind but text, each with its kind.

    Along one curve, the network often calls some parts a slur and others a tie. So the two masks are added, curves are
    followed in the sum, and each whole curve gets the likelier of the two kinds.
    """
    for kind, rule in RULES.items():
        if kind not in ("slur", "tie"):
            mask = mask_of[kind]
            for track in _join(_tracks(mask.T if rule.upright else mask, rule), rule):
                yield kind, track
    slur, tie = mask_of["slur"], mask_of["tie"]
    for track in _join(_tracks(np.minimum(slur + tie, 1), RULES["slur"]), RULES["slur"]):
        rows, cols = track.center.astype(int), track.at.astype(int)
        around = np.clip(rows + np.array([[-1], [0], [1]]), 0, len(tie) - 1), cols
        yield ("tie" if tie[around].max(axis=0).sum() > slur[around].max(axis=0).sum() else "slur"), track


def _runs(mask: np.ndarray, rule: StrokeRule) -> _Runs:
    """The runs of ink in a (h, w) mask. If a kind has a pitch, a run that is too thick for one stroke is divided into
    equal runs."""
    # All columns are laid one after the other, with a blank cell in between, so that no run goes on into the next
    # column.
    pitch = mask.shape[0] + 1
    ink = np.zeros((mask.shape[1], pitch), bool)
    np.greater_equal(mask.T, rule.threshold if rule.faint is None else rule.faint, out=ink[:, :-1])
    cells = np.flatnonzero(ink)
    if not cells.size:
        return _Runs(cells, *np.zeros((3, 0)))
    first = np.flatnonzero(np.diff(cells, prepend=-2) > 1)
    column, start = np.divmod(cells[first], pitch)
    thickness = np.diff(first, append=len(cells))
    probability = mask[cells % pitch, cells // pitch].astype(float)
    sure = probability >= rule.threshold
    weight = np.add.reduceat(probability * sure, first) / np.maximum(np.add.reduceat(sure.astype(int), first), 1)
    count = _side_by_side(thickness, rule)
    step = np.repeat(thickness / count, count)
    part = np.arange(len(step)) - np.repeat(np.cumsum(count) - count, count)
    column, start, weight = (np.repeat(v, count) for v in (column, start, weight))
    return _Runs(column, start + part * step, start + (part + 1) * step, weight)


def _side_by_side(thickness: np.ndarray, rule: StrokeRule) -> np.ndarray:
    """How many strokes are in runs of these thicknesses. n strokes measure n pitches, less the paper beside one of
    them."""
    if rule.pitch is None:
        return np.ones(len(thickness), int)
    cell = SPACE_PX / STRIDE
    count = (thickness + rule.pitch_gap * cell) / (rule.pitch * cell) + T.rounding
    return np.asarray(np.maximum(count.astype(int), 1))


def _tracks(mask: np.ndarray, rule: StrokeRule) -> list[_Track]:
    """The tracks of a (h, w) mask that are longer than a speck, from left to right. Of those that begin in one column,
    the one that ends first comes first."""
    runs = _runs(mask, rule)
    if not len(runs.column):
        return []
    # Find the first run of every run's track: all runs together look twice as far back each time.
    before = _continued(runs, mask.shape[0])
    root = np.where(before < 0, np.arange(len(before)), before)
    while (root[root] != root).any():
        root = root[root]
    order = np.argsort(root, kind="stable")
    bounds = np.flatnonzero(np.diff(root[order], prepend=-1, append=-1))
    first, last = order[bounds[:-1]], order[bounds[1:] - 1]
    columns = np.stack((runs.column + 0.5, (runs.start + runs.stop) / 2, runs.stop - runs.start, runs.weight))[:, order]
    return [_Track(*columns[:, bounds[i]:bounds[i + 1]]) for i in np.lexsort((last, runs.column[first])).tolist()
            if bounds[i + 1] - bounds[i] >= T.least_runs]


def _continued(runs: _Runs, height: int) -> np.ndarray:
    """For each run, the index (N,) of the run in the column before that it continues; -1 if it continues none.

    Runs may meet at their corners. Each run is linked once. Those that overlap most, and differ least in thickness, are
    linked first. height: of the mask.
    """
    earlier, later = _meeting(runs, height)
    shared = np.minimum(runs.stop[later], runs.stop[earlier]) - np.maximum(runs.start[later], runs.start[earlier])
    thickness = runs.stop - runs.start
    best_first = np.lexsort((later, earlier, shared - np.abs(thickness[later] - thickness[earlier])))[::-1]
    earlier, later = earlier[best_first], later[best_first]
    continued = np.full(len(thickness), -1)
    goes_on = np.zeros(len(thickness), bool)
    best_of_earlier, best_of_later = np.empty((2, len(thickness)), int)
    while len(later):
        # A pair that is the best one of both its runs is linked, and all other pairs with these runs are removed. The
        # first pair always is such a pair, so there are fewer pairs each time. If there are several values for one
        # run, NumPy keeps the last one.
        place = np.arange(len(later))[::-1]
        best_of_earlier[earlier[::-1]], best_of_later[later[::-1]] = place, place
        linked = best_of_earlier[earlier] == best_of_later[later]
        continued[later[linked]] = earlier[linked]
        goes_on[earlier[linked]] = True
        left = (continued[later] < 0) & ~goes_on[earlier]
        earlier, later = earlier[left], later[left]
    return continued


def _meeting(runs: _Runs, height: int) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of runs in neighbouring columns that meet, at least at their corners: (earlier, later), as indices.
    height: of the mask."""
    # All columns are laid one after the other, farther apart than runs can meet, so that one search is enough.
    column = runs.column * (height + 3.0)
    before = column - (height + 3.0)
    first = np.searchsorted(column + runs.stop, before + runs.start - 1, side="right")
    count = np.searchsorted(column + runs.start, before + runs.stop + 1, side="left") - first
    later = np.repeat(np.arange(len(count)), count)
    # The runs that meet a run have successive indices: first, first + 1, ...
    earlier = np.repeat(first - np.cumsum(count) + count, count) + np.arange(len(later))
    return earlier, later


def _join(tracks: Sequence[_Track], rule: StrokeRule) -> list[_Track]:
    """Join tracks, as `_tracks` returns them, that continue one another over at most `rule.gap`."""
    cell = SPACE_PX / STRIDE
    result: list[_Track] = []
    courses: list[_Course] = []  # those of the result
    ends: list[tuple[float, int]] = []  # the column where each of the result ends, in order, and its index there
    for track in tracks:
        at, center = float(track.at[0]), float(track.center[0])
        near = ends[bisect_left(ends, (at - 1 - rule.gap * cell,)):bisect_left(ends, (at,))]
        # The nearest course; of several, the one that began last.
        offers = [(abs(center - courses[place].row(at)), -place) for _, place in near]
        miss, negative = min(offers, default=(np.inf, 0))
        if miss < T.join_aside * cell:
            place = -negative
            ends.remove((float(result[place].at[-1]), place))
            result[place] = result[place].extended(track)
            courses[place] = _course(result[place])
        else:
            place = len(result)
            result.append(track)
            courses.append(_course(track))
        insort(ends, (float(track.at[-1]), place))
    return result


class _Course(NamedTuple):
    """The straight line that a track follows: through a column and a row, with a slope in rows per column."""

    column: float
    center: float
    slope: float

    def row(self, column: float) -> float:
        """Where the line is at a column."""
        return self.center + self.slope * (column - self.column)


def _course(track: _Track) -> _Course:
    """The course at the end of a track."""
    count = min(len(track.at), int(T.slope_over * SPACE_PX / STRIDE))
    if count < T.slope_runs:
        return _Course(float(track.at[-1]), float(track.center[-1]), 0.0)
    return _fitted(track.at[-count:], track.center[-count:])


def _fitted(column: np.ndarray, row: np.ndarray) -> _Course:
    """The line fitted to points by least squares. At least two columns must differ."""
    # Written for few points, in thousands of sets for each page: `mean` takes longer than all of this.
    middle, center = column.sum() / len(column), row.sum() / len(row)
    off = column - middle
    return _Course(float(middle), float(center), float(off @ (row - center) / (off @ off)))


def _to_stroke(track: _Track, kind: StrokeKind, id_: int) -> Stroke | None:
    """The stroke of a track, in page pixels. None if it is too short or too unsure for its kind."""
    rule = RULES[kind]
    at, weight = track.at * STRIDE, track.weight
    sure = np.flatnonzero(weight)
    if not len(sure) or at[sure[-1]] - at[sure[0]] + STRIDE < rule.min_length * SPACE_PX:
        return None
    score = float(weight[sure].sum() / len(sure))
    if score < rule.min_score:
        return None
    # Between a thin and a heavy barline, a cell may have many values: its probability says how much of it is ink.
    thickness = median((track.thick[sure] * weight[sure]).tolist()) * STRIDE
    along, across = _polyline(at, track.center * STRIDE, rule.straight)
    points = zip(along, across, strict=True) if rule.upright else zip(across, along, strict=True)
    return Stroke(id_, kind, tuple(points), thickness, score)


def _polyline(at: np.ndarray, center: np.ndarray, straight: bool) -> tuple[list[float], list[float]]:
    """The points of a stroke, along it and across it, from the columns of its runs and their middles; all in page
    pixels. A straight stroke has two points. The first and the last point are where its ink begins and ends."""
    first, last = float(at[0] - STRIDE / 2), float(at[-1] + STRIDE / 2)
    if straight:
        line = _fitted(at, center)
        return [first, last], [line.row(first), line.row(last)]
    along = np.linspace(first, last, max(2, min(T.greatest_points, int((last - first) / SPACE_PX) + 1)))
    size = max(1, min(T.smoothed_over, len(center) // 2 * 2 - 1))  # odd, and less than the number of runs
    across = np.interp(along, at, running_mean(center, size, "edge"))
    return along.tolist(), across.tolist()


def _text_blocks(mask: np.ndarray, first_id: int) -> list[Stroke]:
    """The blocks of text in a (h, w) mask. Words near each other are one block.

    The stroke of a block is the line through its middle from left to right, and as thick as the block is high.
    """
    found: list[Stroke] = []
    _, _, boxes, _ = cv2.connectedComponentsWithStats((mask >= T.text_threshold).view(np.uint8), connectivity=4)
    for left, top, width, height, _ in boxes[1:].tolist():
        if min(height, width) * STRIDE < T.text_size * SPACE_PX:
            continue
        middle = (top + height / 2) * STRIDE
        ends = ((middle, float(left * STRIDE)), (middle, float((left + width) * STRIDE)))
        score = float(mask[top:top + height, left:left + width].mean())
        found.append(Stroke(first_id + len(found), "text", ends, float(height * STRIDE), score))
    return found
