"""Strokes, in both directions: `draw` turns polylines into the network's target masks, `vectorise` reads masks back.

A stroke is followed across the mask column by column (row by row if its kind is upright). Every column is cut into runs
of ink; runs that overlap a run of the column before are linked into tracks; tracks that continue one another over a gap
are joined; and the middles of a track's runs give its polyline. This is the run-length tracing known from staff lines
and beams (Fujinaga; Rebelo et al. 2012), on probabilities instead of ink.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from omr.detect.watershed import STRIDE
from omr.types import SPACE_PX, STROKE_KINDS, Stroke, StrokeKind


@dataclass(frozen=True)
class StrokeTolerances:
    """Limits for strokes of every kind, in staff spaces unless said otherwise. What differs by kind is in `RULES`."""

    # Drawing
    least_thickness_px: float = 2.0
    """Least thickness of a drawn stroke, in page pixels: one cell of the mask, so that a hairline leaves a mark too."""

    # Following
    rounding: float = 0.35
    """Added to the number of strokes that a thick run gives before it is cut to a whole number. At one half it would be
    rounded to the nearest; it is less because blur makes runs thicker."""
    least_runs: int = 2
    """Least number of runs of a track, in cells; a single run is a speck."""
    join_aside: float = 0.35
    """Two tracks are joined only if the later one begins nearer than this to where the earlier one leads. It includes
    0.1 because the middle of a run is known to half a cell only."""
    slope_over: float = 1.5
    """Length of a track's end over which its slope is measured."""
    slope_runs: int = 3
    """Least number of runs that have a slope; a track with fewer is taken to go on level."""

    # Polylines of curves
    greatest_points: int = 17
    """Greatest number of points of a polyline. A curve has one a staff space until it reaches this number."""
    smoothed_over: int = 5
    """Number of neighbouring runs, an odd one, whose middles are averaged before a curve's points are taken."""

    # Blocks of text
    text_threshold: float = 0.5
    """Probability from which on a cell belongs to a block of text, 0-1."""
    text_size: float = 0.6
    """Least height and width of a block of text; what is smaller is noise."""


T = StrokeTolerances()


@dataclass(frozen=True, kw_only=True)
class StrokeRule:
    """How strokes of one kind are read from their mask. Lengths in staff spaces, probabilities and scores 0-1."""

    upright: bool = False
    """Whether strokes are followed from row to row, not from column to column."""
    straight: bool = False
    """Whether a stroke is a straight line; if not, it is a polyline with a point about every staff space."""
    threshold: float = 0.4
    """Probability from which on a cell is surely ink."""
    faint: float | None = None
    """Probability from which on a cell continues a track, if that is less than `threshold`. Faint cells count neither
    for the length of the stroke nor for its score and thickness."""
    min_length: float = 0.8
    """Least length of a stroke between its first and last sure ink; what is shorter is noise."""
    gap: float = 0.5
    """Longest gap over which two tracks are joined."""
    pitch: float | None = None
    """Distance between the middles of strokes side by side, if several may have run together into one thick run."""
    pitch_gap: float = 0.0
    """Paper between two such strokes."""
    min_score: float = 0.0
    """Least mean probability of a stroke's sure ink; what is less sure is noise."""


RULES: dict[StrokeKind, StrokeRule] = {
    "ledgerLine": StrokeRule(straight=True, threshold=0.3, min_length=0.7, gap=0.2),
    "stem": StrokeRule(upright=True, straight=True, threshold=0.35, min_length=1.0, gap=0.8, min_score=0.45),
    # Where ink has filled the paper between beams, one run holds them all.
    "beam": StrokeRule(straight=True, min_length=0.6, gap=1.0, pitch=0.75, pitch_gap=0.25),
    "barline": StrokeRule(upright=True, straight=True, min_length=2.0, gap=2.0),
    # The network sees some parts of a long flat curve only faintly.
    "slur": StrokeRule(faint=0.25, min_length=1.0, gap=2.0, min_score=0.6),
    "tie": StrokeRule(faint=0.25, min_length=0.8, gap=2.0, min_score=0.5),
    "hairpin": StrokeRule(min_length=1.0, gap=1.0),
    "bracket": StrokeRule(min_length=1.0, gap=1.5),
}
"""The rules of all kinds that are followed as tracks. Text is not; staff lines are read by `omr.staves.tracing`."""


def draw(strokes: Sequence[Stroke], shape: tuple[int, int]) -> np.ndarray:
    """Draw the stroke masks of a page or crop.

    strokes: what is on it, in its pixels; of a stroke that reaches over the edge the visible part is drawn. shape: its
    height H and width W in pixels.
    Returns (H/2, W/2, K) uint8, one channel a kind of `STROKE_KINDS`: how much of a cell is ink, from 0 to 255. At the
    edge of a stroke the value falls linearly over one cell, so that the centre of mass of a mask is more exact than a
    cell.
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
    """Draw a line between two points (row, column), all in page pixels, into a (H/2, W/2) uint8 mask.

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
    length = max(float(np.hypot(dr, dc)), 1e-6)  # The two points may be one.
    along = (rows * dr + cols * dc) / length
    across = np.abs(rows * dc - cols * dr) / length
    ends = np.minimum(along, length - along) / STRIDE + 0.5
    sides = (half - across) / STRIDE + 0.5
    cover = np.clip(sides, 0, 1) * np.clip(ends, 0, 1) * 255
    patch = mask[r0:r1, c0:c1]
    np.maximum(patch, cover.astype(np.uint8), out=patch)


@dataclass(slots=True)
class _Track:
    """Runs that are linked from column to column (of an upright kind: from row to row). Lengths in cells.

    Every list has one entry a run. at: the middle of its column. center: the middle of the run in that column. thick:
    its length in that column, which is the thickness of the stroke. weight: as `_Run.weight`.
    """

    at: list[float]
    center: list[float]
    thick: list[float]
    weight: list[float]

    def extend(self, other: _Track) -> None:
        """Append the runs of a track that continues this one."""
        self.at.extend(other.at)
        self.center.extend(other.center)
        self.thick.extend(other.thick)
        self.weight.extend(other.weight)


class _Run(NamedTuple):
    """A run of ink in one column: its first cell, the cell after its last, and the mean probability of its sure ink.

    The weight is 0 if none of its ink is sure. Bounds are fractions of cells where a thick run was divided.
    """

    start: float
    stop: float
    weight: float


def vectorise(masks: np.ndarray, first_id: int = 0) -> list[Stroke]:
    """Read the strokes of a page from its masks: every kind but staff lines, which `omr.staves.tracing` reads.

    masks: (H/2, W/2, K) float, 0-1, one channel a kind of `STROKE_KINDS`. first_id: the id of the first stroke.
    Returns the strokes, in page pixels and with consecutive ids.
    """
    found: list[Stroke] = []
    for kind, track in _followed(masks):
        stroke = _to_stroke(track, kind, first_id + len(found))
        if stroke is not None:
            found.append(stroke)
    found.extend(_text_blocks(masks[..., STROKE_KINDS.index("text")], first_id + len(found)))
    return found


def _followed(masks: np.ndarray) -> Iterator[tuple[StrokeKind, _Track]]:
    """The tracks of every kind but text, each with its kind.

    Along one curve the network often calls some parts a slur and others a tie. So the two masks are added, curves are
    followed in the sum, and each whole curve gets the likelier of the two kinds.
    """
    for kind, rule in RULES.items():
        if kind not in ("slur", "tie"):
            mask = masks[..., STROKE_KINDS.index(kind)]
            for track in _join(_tracks(mask.T if rule.upright else mask, rule), rule):
                yield kind, track
    slur, tie = (masks[..., STROKE_KINDS.index(kind)] for kind in ("slur", "tie"))
    for track in _join(_tracks(np.minimum(slur + tie, 1), RULES["slur"]), RULES["slur"]):
        rows, cols = np.asarray(track.center, int), np.asarray(track.at, int)
        around = np.clip(rows + np.array([[-1], [0], [1]]), 0, len(tie) - 1), cols
        yield ("tie" if tie[around].max(axis=0).sum() > slur[around].max(axis=0).sum() else "slur"), track


def _runs(mask: np.ndarray, rule: StrokeRule) -> Iterator[tuple[int, list[_Run]]]:
    """Every column that has ink, from left to right: its index, and its runs from top to bottom.

    A run too thick for one stroke is divided into equal runs, if the kind has a pitch.
    """
    ink = np.zeros((mask.shape[0] + 2, mask.shape[1]), np.int8)
    ink[1:-1] = mask >= (rule.threshold if rule.faint is None else rule.faint)
    edges = np.diff(ink, axis=0).T  # (columns, rows + 1)
    starts_c, starts_r = np.nonzero(edges == 1)
    ends_r = np.nonzero(edges == -1)[1]
    if starts_c.size == 0:
        return
    weights = _sure_mean(mask, rule.threshold, starts_c, starts_r, ends_r)
    column = int(starts_c[0])
    runs: list[_Run] = []
    for c, r0, r1, weight in zip(starts_c.tolist(), starts_r.tolist(), ends_r.tolist(), weights.tolist(), strict=True):
        if c != column:
            yield column, runs
            column, runs = c, []
        count = _side_by_side(r1 - r0, rule)
        step = (r1 - r0) / count
        runs.extend(_Run(r0 + i * step, r0 + (i + 1) * step, weight) for i in range(count))
    yield column, runs


def _sure_mean(
    mask: np.ndarray, threshold: float, columns: np.ndarray, starts: np.ndarray, stops: np.ndarray,
) -> np.ndarray:
    """The mean of those cells of each run, given by its column and rows, that reach the threshold; 0 if none does."""
    sure = mask >= threshold
    sums, counts = (np.zeros((mask.shape[0] + 1, mask.shape[1]), np.float64) for _ in range(2))
    np.cumsum(mask * sure, axis=0, out=sums[1:])
    np.cumsum(sure, axis=0, out=counts[1:])
    total, cells = (s[stops, columns] - s[starts, columns] for s in (sums, counts))
    return np.asarray(total / np.maximum(cells, 1))


def _side_by_side(thickness: float, rule: StrokeRule) -> int:
    """How many strokes a run of so many cells holds. n strokes measure n pitches less the paper beside one of them."""
    if rule.pitch is None:
        return 1
    cell = SPACE_PX / STRIDE
    return max(1, int((thickness + rule.pitch_gap * cell) / (rule.pitch * cell) + T.rounding))


def _tracks(mask: np.ndarray, rule: StrokeRule) -> list[_Track]:
    """The tracks of a (h, w) mask, in the order in which they end."""
    open_: list[tuple[_Track, _Run]] = []  # Tracks that reach the column before, each with its run there.
    done: list[_Track] = []
    previous = -2
    for column, runs in _runs(mask, rule):
        if column != previous + 1:
            done.extend(track for track, _ in open_)
            open_ = []
        previous = column
        continued = _continued([run for _, run in open_], runs)
        going_on = set(continued.values())
        done.extend(track for k, (track, _) in enumerate(open_) if k not in going_on)
        fresh = []
        for j, run in enumerate(runs):
            track = open_[continued[j]][0] if j in continued else _Track([], [], [], [])
            track.at.append(column + 0.5)
            track.center.append((run.start + run.stop) / 2)
            track.thick.append(run.stop - run.start)
            track.weight.append(run.weight)
            fresh.append((track, run))
        open_ = fresh
    done.extend(track for track, _ in open_)
    return done


def _continued(before: Sequence[_Run], runs: Sequence[_Run]) -> dict[int, int]:
    """Which run of the column before each run continues, both by their index; runs that continue none are left out.

    Runs may meet at their corners. Each is linked once, first those that overlap most and differ least in thickness.
    """
    pairs = []
    first = 0
    for j, run in enumerate(runs):
        while first < len(before) and before[first].stop <= run.start - 1:
            first += 1
        k = first
        while k < len(before) and before[k].start < run.stop + 1:
            shared = min(run.stop, before[k].stop) - max(run.start, before[k].start)
            thicker = (run.stop - run.start) - (before[k].stop - before[k].start)
            pairs.append((shared - abs(thicker), k, j))
            k += 1
    continued: dict[int, int] = {}
    used: set[int] = set()
    for _, k, j in sorted(pairs, reverse=True):
        if k not in used and j not in continued:
            used.add(k)
            continued[j] = k
    return continued


def _join(tracks: Sequence[_Track], rule: StrokeRule) -> list[_Track]:
    """The tracks from left to right; those that continue one another over at most `rule.gap` are joined into one."""
    cell = SPACE_PX / STRIDE
    ordered = sorted((t for t in tracks if len(t.at) >= T.least_runs), key=lambda t: t.at[0])
    result: list[_Track] = []
    for track in ordered:
        best, best_miss = None, T.join_aside * cell
        for other in reversed(result):
            between = track.at[0] - other.at[-1] - 1  # Cells without ink.
            if not 0 <= between <= rule.gap * cell:
                continue
            miss = abs(track.center[0] - _ahead(other, track.at[0]))
            if miss < best_miss:
                best, best_miss = other, miss
        if best is None:
            result.append(track)
        else:
            best.extend(track)
    return result


def _ahead(track: _Track, at: float) -> float:
    """Where across a track would be at a column behind its end, if it went on straight."""
    runs = min(len(track.at), int(T.slope_over * SPACE_PX / STRIDE))
    if runs < T.slope_runs:
        return track.center[-1]
    return float(_on_line(np.asarray(track.at[-runs:]), np.asarray(track.center[-runs:]), np.asarray(at)))


def _on_line(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The heights at `at` of the line fitted to the points (x, y) by least squares. At least two points differ in x."""
    dx = x - x.mean()
    slope = float((dx * (y - y.mean())).sum() / (dx * dx).sum())
    return np.asarray(y.mean() + slope * (at - x.mean()))


def _to_stroke(track: _Track, kind: StrokeKind, id_: int) -> Stroke | None:
    """The stroke of a track, in page pixels; None if it is too short or too unsure for its kind."""
    rule = RULES[kind]
    at = np.asarray(track.at) * STRIDE
    weight = np.asarray(track.weight)
    sure = np.flatnonzero(weight)
    if not len(sure) or at[sure[-1]] - at[sure[0]] + STRIDE < rule.min_length * SPACE_PX:
        return None
    score = float(weight[sure].mean())
    if score < rule.min_score:
        return None
    # A cell holds many shades between a thin barline and a heavy one: its probability says how much of it is ink.
    thickness = float(np.median(np.asarray(track.thick)[sure] * weight[sure])) * STRIDE
    along, across = (v.tolist() for v in _polyline(at, np.asarray(track.center) * STRIDE, rule.straight))
    points = zip(along, across, strict=True) if rule.upright else zip(across, along, strict=True)
    return Stroke(id_, kind, tuple(points), thickness, score)


def _polyline(at: np.ndarray, center: np.ndarray, straight: bool) -> tuple[np.ndarray, np.ndarray]:
    """The points of a stroke, along it and across it, from the columns of its runs and their middles; all in page
    pixels. A straight one has two points; the first and the last point are where its ink begins and ends."""
    from scipy import ndimage

    length = at[-1] - at[0] + STRIDE
    count = 2 if straight else max(2, min(T.greatest_points, int(length / SPACE_PX) + 1))
    along = np.linspace(at[0] - STRIDE / 2, at[-1] + STRIDE / 2, count)
    if straight:
        return along, _on_line(at, center, along)
    size = max(1, min(T.smoothed_over, len(center) // 2 * 2 - 1))  # Odd, and less than the number of runs.
    return along, np.interp(along, at, ndimage.uniform_filter1d(center, size, mode="nearest"))


def _text_blocks(mask: np.ndarray, first_id: int) -> list[Stroke]:
    """The blocks of text in a (h, w) mask: words near each other are one block.

    A block's stroke is the line through its middle from left to right, and as thick as the block is high.
    """
    from scipy import ndimage

    found: list[Stroke] = []
    labels, _ = ndimage.label(mask >= T.text_threshold)
    for where in ndimage.find_objects(labels):
        rows, cols = where
        height, width = (rows.stop - rows.start) * STRIDE, (cols.stop - cols.start) * STRIDE
        if min(height, width) < T.text_size * SPACE_PX:
            continue
        middle = (rows.start + rows.stop) / 2 * STRIDE
        ends = ((middle, float(cols.start * STRIDE)), (middle, float(cols.stop * STRIDE)))
        found.append(Stroke(first_id + len(found), "text", ends, float(height), float(mask[where].mean())))
    return found
