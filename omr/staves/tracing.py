"""Traces staves in the network's staff-line map, or makes them from labelled strokes.

`omr.staves.combs` says where staves run. This module measures the rows of their five lines more finely than a cell of
the map, as centres of mass. It smooths these rows, and cuts the lines where they end. Following a staff past whatever
hides it is the idea of Cardoso et al. ("Staff detection with stable paths", TPAMI 2009). They used ink; here
probabilities are used.

Rows and columns inside this module are in cells of the map. Public functions take and return staves in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from omr.detect.series import running_mean, without_short_runs
from omr.staves.combs import Chain, Peak, find_chains
from omr.staves.combs import T as COMBS
from omr.types import SPACE_PX, Staff, Stroke
from omr.types.table import table


@table
class TracingTolerances:
    """Lengths are in staff spaces, unless a field says otherwise. Where a field names no measurement, none is on
    record."""

    least_height: float = 5.0
    """A map that is lower than this has no room for a staff."""
    knot_distance: float = 1.5
    """Distance between neighbouring knots of a traced line. Knots are the columns at which the line's row is
    measured."""
    end_knots: int = 6
    """How many knots at the end of a line determine its direction beyond that end."""

    # Labelled strokes, and the order of staves
    shared_width: float = 0.8
    """Two labelled lines belong to one staff if they share more than this part of the wider one's width."""
    same_row: float = 2.0
    """Two staves stand side by side, in one row, if their middles are less than this apart vertically: half the height
    of a staff."""

    # Measuring the rows of lines
    reach: tuple[float, ...] = (0.45, 0.35)
    """How far above and below its expected row a line is measured, in the first and in the second round. At half a
    space, the next line would be as near."""
    aside: float = 0.75
    """How far left and right of a knot the map is read to measure a line there."""
    line_mass: float = 1.0
    """Mass of a line that is clearly seen: the sum of the map's probabilities over the rows of one column."""
    least_weight: float = 1e-6
    """Weight or mass of a line where nothing is seen: just above 0, so that one can divide by it."""
    spacing_weight: float = 0.5
    """How strongly the spacing at a knot is pulled towards the staff's own spacing, which decides where few lines are
    seen. Five clear lines have a weight of 10."""
    stray: float = 0.33
    """A line that is measured this far from its place among the five is something else."""
    own_course: float = 0.3
    """Greatest deviation of one line from its place among the five."""

    # Smoothing: weights of squared second differences against squared errors, over knots
    comb_stiffness: float = 3.0
    """Stiffness of the course given by the combs."""
    middle_stiffness: float = 4.0
    """Stiffness of the middle line. It is low, because the five lines together may bend."""
    spacing_stiffness: float = 40.0
    """Stiffness of the spacing of the lines."""
    own_stiffness: float = 300.0
    """Stiffness of each line's deviation from its place among the five."""
    unseen_weight: float = 1e-4
    """Weight that is added to every knot, so that there is a solution even where nothing is seen."""

    # Ends of staves
    beyond: float = 6.0
    """How far beyond the ends of its chain of combs a staff is looked for."""
    ground: float = 0.5
    """Share of the probability between the lines that is subtracted from that of the lines. The dark edge of a scan has
    both."""
    ground_width: float = 2.0
    """Width over which the probability between the lines is averaged."""
    lit: float = 0.1
    """The staff's usual probability is the median over all columns with at least this probability."""
    there: float = 0.4
    """A column belongs to the staff if it has more than this share of the staff's usual probability."""
    shortest_piece: float = 0.4
    """Length of the shortest run of such columns that is a piece of the staff."""
    end_gap: float = 4.0
    """Longest gap in a staff. After a longer gap, the staff has ended. A clef may hide the lines for this long. Within
    staves, some line shows everywhere between beams and chords: on 90 pages, including scans and photographs, no gap
    was longer than one staff space. Between the two pages of a spread, the gap is usually ten or more."""
    shortest: float = 2.0
    """If its lines are seen over less than this length, it is no staff."""

    void_below: float = 0.15
    """Below this probability, no staff line is seen."""
    void_height: float = 2.5
    """Half the height of the band in which lines are looked for: half of a staff's height, and half a space in which it
    may rise or fall."""

    # Staves that are none
    overlap: float = 0.1
    """Two staves are compared if they share more than this part of the shorter one's length."""
    same_staff: float = 3.5
    """Two staves whose middle lines are nearer than this are the same staff."""
    short: float = 0.5
    """A staff is short if it has at most this part of the usual length on its page."""
    weak: float = 0.6
    """A short staff is dropped if its lines have at most this part of the usual probability on its page."""


T = TracingTolerances()
"""The tolerances of this stage."""


def find_staves(staff_map: np.ndarray, stride: int = 2) -> list[Staff]:
    """Find the staves of a page. Returns them in pixels, in the order of `in_order`, all in system 0 until systems are
    known.

    staff_map: (H/stride, W/stride) float 0-1, the probability of a staff line on a page whose staff space is about
        `SPACE_PX` pixels.
    stride: pixels of the page per cell of the map.
    """
    smap = np.clip(np.asarray(staff_map, np.float32), 0, 1)
    space = SPACE_PX / stride
    if smap.shape[0] < T.least_height * space or smap.shape[1] < COMBS.least_length * space:
        return []
    near = cv2.dilate(smap, np.ones((3, 1), np.uint8))
    staves = []
    chains, strip = find_chains(smap, space)
    for piece in (piece for chain in chains for piece in _cut_at_voids(chain, near, strip)):
        traced = _trace(smap, near, piece, strip)
        if traced is None or (traced.right - traced.left) < COMBS.least_length * space:
            continue
        staves.append(traced)
    staves = _without_overlaps(staves, near)
    staves = _without_weak(staves, near)
    scaled = [
        Staff(index=0, system=0, left=s.left * stride, right=s.right * stride,
              lines=(s.lines * stride).astype(float)) for s in staves
    ]
    return in_order(scaled)


def staff_from_strokes(strokes: Iterable[Stroke]) -> list[Staff]:
    """Make the staves of a labelled page: every five staff lines below each other are one staff.

    Returns the staves in the order of `in_order`, in system 0. Lines that do not make up a full staff (such as a
    percussion staff of one line) are left out.

    strokes: of any kind, in pixels. Only those of kind "staffLine" count.
    """
    lines = sorted((s for s in strokes if s.kind == "staffLine"), key=lambda s: s.box.top)
    staves: list[Staff] = []
    columns: list[list[Stroke]] = []
    for line in lines:
        # A line belongs to the first unfinished staff that shares most of its width.
        for column in columns:
            above = column[-1].box
            shared = min(above.right, line.box.right) - max(above.left, line.box.left)
            if len(column) < 5 and shared > T.shared_width * max(above.width, line.box.width):
                column.append(line)
                break
        else:
            columns.append([line])
    for column in columns:
        if len(column) != 5:
            continue
        left, right = max(s.points[0][1] for s in column), min(s.points[-1][1] for s in column)
        x = np.linspace(left, right, max(2, int((right - left) / (T.knot_distance * SPACE_PX)) + 1))
        rows = np.array([np.interp(x, [p[1] for p in s.points], [p[0] for p in s.points]) for s in column])
        staves.append(Staff(index=0, system=0, left=left, right=right, lines=rows))
    return in_order(staves)


def strokes_from_staves(staves: Iterable[Staff], first_id: int = 0) -> list[Stroke]:
    """The inverse of `staff_from_strokes`: the lines of staves as strokes, one pixel thick, five for each staff from
    the top.

    first_id: id of the first stroke; the others follow.
    """
    lines = [
        tuple(zip(line.tolist(), np.linspace(staff.left, staff.right, len(line)).tolist(), strict=True))
        for staff in staves for line in staff.lines
    ]
    return [Stroke(first_id + i, "staffLine", line, 1.0) for i, line in enumerate(lines)]


def staves_of_rows(found: Iterable[tuple[Sequence[float], float, float]]) -> list[Staff]:
    """Make staves whose lines are exactly level. Returns them in the order of `in_order`, in system 0.

    found: for each staff the rows of its five lines, and its left and right end, in pixels.
    """
    return in_order([
        Staff(index=0, system=0, left=left, right=right, lines=np.repeat(np.array(rows, float)[:, None], 2, axis=1))
        for rows, left, right in found])


def in_order(staves: Sequence[Staff]) -> list[Staff]:
    """Number the staves in reading order: from the top down, and from left to right if they stand side by side. On a
    spread of two pages, all staves of the left page come first."""
    ordered = [s for page in pages_of_spread(staves) for s in _by_rows(page)]
    return [replace(s, index=i) for i, s in enumerate(ordered)]


def pages_of_spread(staves: Sequence[Staff]) -> list[list[Staff]]:
    """The staves of the left and of the right page of a spread. If they are all on one page, there is only one list.

    A spread is wider than high. Between its pages is a gutter that no staff crosses, with several rows of staves on
    both sides. Two systems side by side in a single row are read from left to right anyway.
    """
    by_left = sorted(staves, key=lambda s: s.left)
    for count in range(1, len(by_left)):
        left, right = by_left[:count], by_left[count:]
        if max(s.right for s in left) >= right[0].left:
            continue
        boxes = [s.box for s in staves]
        width = max(b.right for b in boxes) - min(b.left for b in boxes)
        height = max(b.bottom for b in boxes) - min(b.top for b in boxes)
        if width > height and all(_has_rows(page) for page in (left, right)):
            return [left, right]
    return [list(staves)]


def _has_rows(staves: Sequence[Staff]) -> bool:
    """Whether any staff stands below another."""
    return max(s.box.top for s in staves) > min(s.box.bottom for s in staves)


def _by_rows(staves: Sequence[Staff]) -> list[Staff]:
    """Staves from the top down, and from left to right if they stand side by side."""
    rows: list[list[Staff]] = []
    for staff in sorted(staves, key=lambda s: s.box.top):
        for row in rows:
            if any(staff.right <= other.left or other.right <= staff.left for other in row) and all(
                abs(staff.box.center[0] - other.box.center[0]) < T.same_row * staff.space_px for other in row
            ):
                row.append(staff)
                break
        else:
            rows.append([staff])
    return [s for row in rows for s in sorted(row, key=lambda s: s.left)]


def _cut_at_voids(chain: Chain, near: np.ndarray, strip: int) -> list[Chain]:
    """Cut a chain where none of its lines is seen for longer than `end_gap`. There one staff ends and another begins:
    that of the next page, or of the next system beside it. near: as in `_presence`."""
    pieces: list[list[Peak]] = [[chain.peaks[0]]]
    for before, after in pairwise(chain.peaks):
        if after.strip > before.strip + 1:
            middle = (before.row + after.row) / 2
            half = abs(after.row - before.row) / 2 + T.void_height * before.spacing
            band = near[max(int(middle - half), 0):int(middle + half) + 1,
                        before.strip * strip:(after.strip + 1) * strip]
            seen = np.flatnonzero(np.concatenate(([True], band.max(axis=0) >= T.void_below, [True])))
            if np.diff(seen).max() > T.end_gap * before.spacing:
                pieces.append([])
        pieces[-1].append(after)
    return [Chain(tuple(piece)) for piece in pieces if len(piece) > 1]


def _trace(smap: np.ndarray, near: np.ndarray, chain: Chain, strip: int) -> Staff | None:
    """The staff of a chain, in cells instead of pixels; None if the map shows no staff there.

    near: as in `_presence`.
    strip: width of a strip in cells.
    """
    peaks = chain.peaks
    x = np.array([(p.strip + 0.5) * strip - 0.5 for p in peaks])
    weight = np.array([p.score for p in peaks])
    spacing = float(np.average([p.spacing for p in peaks], weights=weight))
    step = T.knot_distance * spacing
    first, last = max(x[0] - strip / 2, 0.0), min(x[-1] + strip / 2, smap.shape[1] - 1.0)
    knots = np.linspace(first, last, max(round((last - first) / step) + 1, 3))
    centre = _smooth(np.interp(knots, x, [p.row for p in peaks]), np.ones(len(knots)), T.comb_stiffness)
    rows = centre + spacing * np.arange(-2, 3)[:, None]
    # Ledger lines may have moved the comb up or down by a line or two. So the five neighbouring lines that are seen
    # best are taken for the staff.
    ink = _presence(near, centre + spacing * np.arange(-4, 5)[:, None], knots).mean(axis=1)
    shift = int(np.argmax(np.convolve(ink, np.ones(5), "valid"))) - 2
    rows = rows + shift * spacing
    for reach in T.reach:
        rows = _refine(smap, rows, knots, spacing, reach)
    left, right = _extent(near, rows, knots, spacing)
    if right - left < T.shortest * spacing:
        return None
    count = max(round((right - left) / step) + 1, 2)
    at = np.linspace(left, right, count)
    resampled = _extrapolated(at, knots, rows)
    # Cell i covers the half-open interval [i, i + 1): its centre is i + 1/2.
    return Staff(index=0, system=0, left=left + 0.5, right=right + 0.5, lines=resampled + 0.5)


def _extrapolated(at: np.ndarray, knots: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values (..., N) at columns (N,), interpolated between the knots (K,). Beyond their ends they continue in a
    straight line.

    values: (..., K), those of one or several lines at the knots.
    """
    i = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(knots) - 2)
    slope = np.diff(values) / np.diff(knots)
    out: np.ndarray = slope.take(i, axis=-1) * (at - knots[i]) + values.take(i, axis=-1)
    n = min(T.end_knots, len(knots))
    for outside, part, end in ((at < knots[0], slice(0, n), 0), (at > knots[-1], slice(-n, None), -1)):
        if outside.any():
            course = np.polyfit(knots[part], values[..., part].T, 1)[0]
            out[..., outside] = values[..., end, None] + course[..., None] * (at[outside] - knots[end])
    return out


def _presence(near: np.ndarray, rows: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Probability (0-1) that there are lines through the given rows (..., K) at the knots (K,), for every whole column
    between the first and the last knot.

    near: the map, where every cell has the maximum of itself and of the cells above and below.
    """
    cols = np.arange(int(np.ceil(knots[0])), int(knots[-1]) + 1)
    r = np.rint(_extrapolated(cols.astype(float), knots, rows)).astype(int)
    inside = (r >= 0) & (r < near.shape[0]) & (cols >= 0) & (cols < near.shape[1])
    return np.asarray(near[np.where(inside, r, 0), np.where(inside, cols, 0)] * inside)


def _refine(smap: np.ndarray, rows: np.ndarray, knots: np.ndarray, spacing: float, reach: float) -> np.ndarray:
    """Move rows (5, K) onto the lines that the map shows within `reach` spacings of them, and smooth them."""
    measured, weights = _measured(smap, rows, knots, spacing, reach)
    # All five lines together may bend, in position and spacing. The deviation of a single line is stiffer.
    teeth = np.arange(-2, 3)[:, None].astype(float)
    w = weights + T.least_weight
    for _ in range(2):
        mean_k = (w * teeth).sum(axis=0) / w.sum(axis=0)
        mean_r = (w * measured).sum(axis=0) / w.sum(axis=0)
        spread = (w * (teeth - mean_k) ** 2).sum(axis=0) + T.spacing_weight
        pitch = ((w * (teeth - mean_k) * (measured - mean_r)).sum(axis=0) + T.spacing_weight * spacing) / spread
        seen = w.sum(axis=0)
        pitch = _smooth(pitch, seen, T.spacing_stiffness)
        centre = _smooth(mean_r - mean_k * pitch, seen, T.middle_stiffness)
        model = centre + teeth * pitch
        # Lines that are far from this model are left out of the next one.
        near = np.abs(measured - model) < T.stray * spacing
        w = (weights + T.least_weight) * near + T.least_weight
    own = np.array([_smooth(measured[k] - model[k], w[k], T.own_stiffness) for k in range(5)])
    return np.asarray(model + np.clip(own, -T.own_course * spacing, T.own_course * spacing))


def _measured(
    smap: np.ndarray, rows: np.ndarray, knots: np.ndarray, spacing: float, reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Centres of mass within `reach` spacings of the given rows, as rows (5, K), and their weights (5, K), 0-1."""
    half_window = max(int(T.aside * spacing), 1)
    offsets = np.arange(-int(np.ceil(reach * spacing)), int(np.ceil(reach * spacing)) + 1)
    columns = np.clip(np.round(knots).astype(int)[:, None] + np.arange(-half_window, half_window + 1), 0,
                      smap.shape[1] - 1)  # (K, C)
    at = _extrapolated(columns.ravel().astype(float), knots, rows).reshape(len(rows), *columns.shape)  # (5, K, C)
    index = np.round(at).astype(int)[..., None] + offsets  # (5, K, C, R)
    values = smap[np.clip(index, 0, smap.shape[0] - 1), columns[..., None]]
    distance = index - at[..., None]
    values = values * (np.abs(distance) <= reach * spacing + 0.5) * ((index >= 0) & (index < smap.shape[0]))
    mass = values.sum(axis=(2, 3))
    measured = rows + (values * distance).sum(axis=(2, 3)) / np.maximum(mass, T.least_weight)
    return measured, np.minimum(mass / (columns.shape[1] * T.line_mass), 1.0).astype(float)


def _smooth(values: np.ndarray, weights: np.ndarray, stiffness: float) -> np.ndarray:
    """Smooth values by Whittaker's method: least squares with a penalty, the stiffness, on second differences."""
    n = len(values)
    if n < 3:
        return np.asarray(values, float)
    seen = np.asarray(weights + T.unseen_weight, float)
    # The weights are positive, so there always is a solution. A banded solver would be as fast for the hundred values
    # of a line, but SciPy, which has one, takes 0.2 s to import.
    _, smoothed = cv2.solve(np.diag(seen) + stiffness * _bending(n), (seen * values)[:, None],
                            flags=cv2.DECOMP_CHOLESKY)
    return np.asarray(smoothed[:, 0])


@lru_cache(maxsize=4)
def _bending(n: int) -> np.ndarray:
    """The (n, n) matrix M for which x' M x is the sum of squared second differences of n values x."""
    second = np.diff(np.eye(n), 2, axis=0)
    return second.T @ second


def _extent(near: np.ndarray, rows: np.ndarray, knots: np.ndarray, spacing: float) -> tuple[float, float]:
    """Columns of the left and right end of a traced staff. The ends may lie beyond those of its chain.

    Columns count from the middle of the first cell. Ends are edges of cells, so they end in one half. If nothing of the
    staff is seen, both ends are at the first knot.

    near: as in `_presence`.
    """
    reach = T.beyond * spacing
    count = len(knots) + round(2 * T.beyond / T.knot_distance)
    wide = np.linspace(max(knots[0] - reach, 0), min(knots[-1] + reach, near.shape[1] - 1), count)
    first = int(np.ceil(wide[0]))
    on = np.flatnonzero(_is_there(near, rows, knots, wide, spacing))
    inside = on[(on >= knots[0] - first) & (on <= knots[-1] - first)]
    if inside.size == 0:
        return knots[0], knots[0]
    gap = max(int(T.end_gap * spacing), 1)
    left, right = int(inside[0]), int(inside[-1])
    for i in on[on < left][::-1]:
        if left - i > gap:
            break
        left = int(i)
    for i in on[on > right]:
        if i - right > gap:
            break
        right = int(i)
    return first + left - 0.5, first + right + 0.5


def _is_there(
    near: np.ndarray, rows: np.ndarray, knots: np.ndarray, wide: np.ndarray, spacing: float
) -> np.ndarray:
    """Whether a staff is seen, (N,) bool, at every whole column from the first to the last of the knots `wide`."""
    seen = _presence(near, _extrapolated(wide, knots, rows), wide)
    ground = _presence(near, _extrapolated(wide, knots, (rows[1:] + rows[:-1]) / 2), wide)
    width = int(T.ground_width * spacing)
    # The third best of five lines: at least three must be seen, and stand out from what is between them.
    strength = np.sort(seen, axis=0)[2] - T.ground * running_mean(np.median(ground, axis=0), width, "symmetric")
    lit = strength[strength > T.lit]
    usual = min(float(np.median(lit)), 1.0) if lit.size else 1.0
    there = strength > T.there * usual
    return without_short_runs(there, int(T.shortest_piece * spacing))


def _strength(staff: Staff, near: np.ndarray) -> np.ndarray:
    """Mean probability of each line (5,) of a staff in cells, sorted, the weakest first. near: as in `_presence`."""
    knots = np.linspace(staff.left - 0.5, staff.right - 0.5, staff.lines.shape[1])
    return np.sort(_presence(near, staff.lines - 0.5, knots).mean(axis=1))


def _without_overlaps(staves: Sequence[Staff], near: np.ndarray) -> list[Staff]:
    """Of two staves in the same place, keep only the one whose lines are seen better and longer."""
    seen = {id(s): float(_strength(s, near).sum()) * (s.right - s.left) for s in staves}
    kept: list[Staff] = []
    for staff in sorted(staves, key=lambda s: seen[id(s)], reverse=True):
        for other in kept:
            left, right = max(staff.left, other.left), min(staff.right, other.right)
            if right - left <= T.overlap * min(staff.right - staff.left, other.right - other.left):
                continue
            middle = (left + right) / 2
            if abs(staff.row(0, middle) - other.row(0, middle)) < T.same_staff * other.space_px:
                break
        else:
            kept.append(staff)
    return kept


def _without_weak(staves: Sequence[Staff], near: np.ndarray) -> list[Staff]:
    """Drop short staves with far fainter lines than the page's others: words and beams may look like this."""
    if len(staves) < 2:
        return list(staves)
    # The second weakest line counts, because one line may be lost.
    strength = [float(_strength(s, near)[1]) for s in staves]
    lengths = [s.right - s.left for s in staves]
    usual, usual_length = float(np.median(strength)), float(np.median(lengths))
    return [
        s for s, own, length in zip(staves, strength, lengths, strict=True)
        if length > T.short * usual_length or own > T.weak * usual
    ]
