"""Strokes, both directions: `draw` turns polylines into the network's target masks, `vectorise` reads masks back.

A stroke is followed across the mask column by column (row by row for what is upright): every column is cut into
runs of ink, runs that overlap their neighbours are linked into tracks, tracks that continue each other over a gap
are joined, and a track's run centres, weighted by probability, are its polyline. This is the run-length tracing of
classical staff-line and beam extraction (Fujinaga; Rebelo et al. 2012), on probabilities instead of ink.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from omr.detect.watershed import STRIDE
from omr.types import SPACE_PX, STROKE_KINDS, Stroke, StrokeKind

MIN_THICKNESS_PX = 2.0
"""Masks are drawn at least one cell thick: a hairline still leaves a mark at stride 2."""


@dataclass(frozen=True)
class StrokeRule:
    """How one kind is read from its mask. Lengths in staff spaces.

    upright: followed row by row. threshold: probability of ink. faint: probability from which on a track goes on, if
    lower. min_length: tracks with less ink are noise. gap: tracks are joined over at most this. pitch: how far apart
    strokes side by side are, in a run too thick for one. min_score: tracks whose ink has a lower mean probability are
    noise.
    """

    upright: bool = False
    threshold: float = 0.4
    faint: float | None = None
    min_length: float = 0.8
    gap: float = 0.5
    pitch: float | None = None
    min_score: float = 0.0


RULES: dict[StrokeKind, StrokeRule] = {
    "ledgerLine": StrokeRule(threshold=0.3, min_length=0.7, gap=0.2),
    "stem": StrokeRule(upright=True, threshold=0.35, min_length=1.0, gap=0.8, min_score=0.45),
    # Beams stand 0.75 spaces apart (0.5 of ink, 0.25 of paper); where ink has filled the gap a run is a multiple.
    "beam": StrokeRule(min_length=0.6, gap=1.0, pitch=0.75),
    "barline": StrokeRule(upright=True, min_length=2.0, gap=2.0),
    # Of a long flat curve the network sees some parts faintly.
    "slur": StrokeRule(faint=0.25, min_length=1.0, gap=2.0, min_score=0.6),
    "tie": StrokeRule(faint=0.25, min_length=0.8, gap=2.0, min_score=0.5),
    "hairpin": StrokeRule(min_length=1.0, gap=1.0),
    "bracket": StrokeRule(min_length=1.0, gap=1.5),
}


def draw(strokes: Sequence[Stroke], shape: tuple[int, int]) -> np.ndarray:
    """(H/2, W/2, K) uint8 masks, 255 where a cell is wholly ink, for a raster of `shape` (H, W) pixels.

    Coverage falls off linearly over a cell at the edge, so the mask's centre of mass is exact below a cell.
    """
    h, w = shape[0] // STRIDE, shape[1] // STRIDE
    masks = np.zeros((len(STROKE_KINDS), h, w), np.uint8)
    for stroke in strokes:
        mask = masks[STROKE_KINDS.index(stroke.kind)]
        half = max(stroke.thickness_px, MIN_THICKNESS_PX) / 2
        for (ra, ca), (rb, cb) in zip(stroke.points, stroke.points[1:], strict=False):
            _draw_segment(mask, ra, ca, rb, cb, half)
    return np.moveaxis(masks, 0, -1)


def _draw_segment(mask: np.ndarray, ra: float, ca: float, rb: float, cb: float, half: float) -> None:
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
    length = max(float(np.hypot(dr, dc)), 1e-6)
    along = (rows * dr + cols * dc) / length
    across = np.abs(rows * dc - cols * dr) / length
    # Square ends: coverage across times coverage along.
    ends = np.minimum(along, length - along) / STRIDE + 0.5
    sides = (half - across) / STRIDE + 0.5
    cover = np.clip(sides, 0, 1) * np.clip(ends, 0, 1) * 255
    patch = mask[r0:r1, c0:c1]
    np.maximum(patch, cover.astype(np.uint8), out=patch)


@dataclass(slots=True)
class _Track:
    """Runs linked along the running axis: positions, centres across, thicknesses (all in cells)."""

    at: list[float]
    center: list[float]
    thick: list[float]
    weight: list[float]


def vectorise(masks: np.ndarray, first_id: int = 0) -> list[Stroke]:
    """Strokes of every kind from (H/2, W/2, K) float masks 0-1, but for staff lines (see `omr.staves.tracing`)."""
    found: list[Stroke] = []
    for kind, track in _followed(masks):
        stroke = _to_stroke(track, kind, RULES[kind], first_id + len(found))
        if stroke is not None:
            found.append(stroke)
    found.extend(_text_blocks(masks[..., STROKE_KINDS.index("text")], first_id + len(found)))
    return found


def _followed(masks: np.ndarray) -> Iterator[tuple[StrokeKind, _Track]]:
    """Tracks of every kind but text.

    The network is often of two minds along one curve, so slurs and ties are followed in both their masks at once, and a
    whole track is called by the likelier.
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


def _runs(mask: np.ndarray, rule: StrokeRule) -> Iterator[tuple[int, list[tuple[float, float, float]]]]:
    """For every column that has ink: (column, [(first cell, one past the last, mean probability of its ink, or 0 if it
    is faint), ...])."""
    ink = np.zeros((mask.shape[0] + 2, mask.shape[1]), np.int8)
    ink[1:-1] = mask >= (rule.threshold if rule.faint is None else rule.faint)
    edges = np.diff(ink, axis=0).T  # (columns, rows + 1)
    starts_c, starts_r = np.nonzero(edges == 1)
    ends_r = np.nonzero(edges == -1)[1]
    if starts_c.size == 0:
        return
    sure = mask >= rule.threshold
    sums, counts = (np.zeros((mask.shape[0] + 1, mask.shape[1]), np.float64) for _ in range(2))
    np.cumsum(mask * sure, axis=0, out=sums[1:])
    np.cumsum(sure, axis=0, out=counts[1:])
    total, cells = (s[ends_r, starts_c] - s[starts_r, starts_c] for s in (sums, counts))
    mean = total / np.maximum(cells, 1)
    pitch = None if rule.pitch is None else rule.pitch * SPACE_PX / STRIDE
    column = int(starts_c[0])
    runs: list[tuple[float, float, float]] = []
    for c, r0, r1, p in zip(starts_c.tolist(), starts_r.tolist(), ends_r.tolist(), mean.tolist(), strict=True):
        if c != column:
            yield column, runs
            column, runs = c, []
        # n strokes side by side measure n pitches less one gap (a third of a pitch).
        count = 1 if pitch is None else max(1, int((r1 - r0 + pitch / 3) / pitch + 0.35))
        step = (r1 - r0) / count
        runs.extend((r0 + i * step, r0 + (i + 1) * step, p) for i in range(count))
    yield column, runs


def _tracks(mask: np.ndarray, rule: StrokeRule) -> list[_Track]:
    open_: list[tuple[_Track, float, float]] = []  # track, first and last cell of its newest run
    done: list[_Track] = []
    previous = -2
    for column, runs in _runs(mask, rule):
        if column != previous + 1:
            done.extend(t for t, _, _ in open_)
            open_ = []
        previous = column
        pairs = []
        i = 0
        for j, (a, b, _) in enumerate(runs):
            while i < len(open_) and open_[i][2] <= a - 1:
                i += 1
            k = i
            while k < len(open_) and open_[k][1] < b + 1:
                shared = min(b, open_[k][2]) - max(a, open_[k][1])
                pairs.append((shared - abs((b - a) - (open_[k][2] - open_[k][1])), k, j))
                k += 1
        pairs.sort(reverse=True)
        track_of: dict[int, _Track] = {}
        used: set[int] = set()
        for _, k, j in pairs:
            if k not in used and j not in track_of:
                used.add(k)
                track_of[j] = open_[k][0]
        done.extend(t for k, (t, _, _) in enumerate(open_) if k not in used)
        fresh = []
        for j, (a, b, p) in enumerate(runs):
            track = track_of.get(j) or _Track([], [], [], [])
            track.at.append(column + 0.5)
            track.center.append((a + b) / 2)
            track.thick.append(b - a)
            track.weight.append(p)
            fresh.append((track, a, b))
        open_ = fresh
    done.extend(t for t, _, _ in open_)
    return done


def _join(tracks: list[_Track], rule: StrokeRule) -> list[_Track]:
    """Tracks that continue one another over at most `rule.gap`, end to start, joined into one."""
    cell = SPACE_PX / STRIDE
    gap = rule.gap * cell
    tracks = sorted((t for t in tracks if len(t.at) >= 2), key=lambda t: t.at[0])
    result: list[_Track] = []
    for track in tracks:
        best, best_miss = None, 0.25 * cell + 0.5
        for other in reversed(result):
            ahead = track.at[0] - other.at[-1]
            if ahead > gap + 1 or ahead <= 0:
                continue
            miss = abs(track.center[0] - _ahead(other, track.at[0]))
            if miss < best_miss:
                best, best_miss = other, miss
        if best is None:
            result.append(track)
        else:
            for name in ("at", "center", "thick", "weight"):
                getattr(best, name).extend(getattr(track, name))
    return result


def _ahead(track: _Track, at: float) -> float:
    """Where a track would be, continued straight on."""
    n = min(len(track.at), int(1.5 * SPACE_PX / STRIDE))
    x = np.asarray(track.at[-n:])
    y = np.asarray(track.center[-n:])
    if n < 3:
        return float(y[-1])
    dx = x - x.mean()
    slope = float((dx * (y - y.mean())).sum() / max((dx * dx).sum(), 1e-6))
    return float(y.mean() + slope * (at - x.mean()))


def _to_stroke(track: _Track, kind: StrokeKind, rule: StrokeRule, id_: int) -> Stroke | None:
    at = np.asarray(track.at) * STRIDE
    length = at[-1] - at[0] + STRIDE
    weight = np.asarray(track.weight)
    sure = np.flatnonzero(weight)
    if not len(sure) or at[sure[-1]] - at[sure[0]] + STRIDE < rule.min_length * SPACE_PX:
        return None
    score = float(weight[sure].mean())
    if score < rule.min_score:
        return None
    center = np.asarray(track.center) * STRIDE
    straight = kind in ("stem", "beam", "barline", "ledgerLine")
    knots = 2 if straight else max(2, min(17, int(length / SPACE_PX) + 1))
    ends = np.linspace(at[0] - STRIDE / 2, at[-1] + STRIDE / 2, knots)
    if straight:
        dx = at - at.mean()
        slope = float((dx * (center - center.mean())).sum() / max((dx * dx).sum(), 1e-6))
        across = center.mean() + slope * (ends - at.mean())
    else:
        size = max(1, min(5, len(center) // 2 * 2 - 1))
        across = np.interp(ends, at, ndimage.uniform_filter1d(center, size, mode="nearest"))
    points = zip(ends.tolist(), across.tolist(), strict=True) if rule.upright else zip(
        across.tolist(), ends.tolist(), strict=True
    )
    # Whole cells are too coarse to tell a thin barline from a heavy one: the ink in them is what counts.
    thickness = float(np.median(np.asarray(track.thick)[sure] * weight[sure])) * STRIDE
    return Stroke(id_, kind, tuple(points), thickness, score)


def _text_blocks(mask: np.ndarray, first_id: int) -> list[Stroke]:
    """Words near each other are one block; a block is its middle line, as thick as the block is high."""
    found: list[Stroke] = []
    labels, _ = ndimage.label(mask >= 0.5)
    for where in ndimage.find_objects(labels):
        rows, cols = where
        height, width = (rows.stop - rows.start) * STRIDE, (cols.stop - cols.start) * STRIDE
        if min(height, width) < 0.6 * SPACE_PX:
            continue
        middle = (rows.start + rows.stop) / 2 * STRIDE
        ends = ((middle, float(cols.start * STRIDE)), (middle, float(cols.stop * STRIDE)))
        found.append(Stroke(first_id + len(found), "text", ends, float(height), float(mask[where].mean())))
    return found
