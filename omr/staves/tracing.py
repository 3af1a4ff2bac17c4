"""Staff lines: from the network's staff-line map, or from labelled strokes, to traced staves.

`omr.staves.combs` says where staves run; here the five rows of each are measured below a cell by centre of mass,
smoothed, and cut where the lines end. Following the course of a staff over what hides it is the idea of Cardoso et al.
("Staff detection with stable paths", TPAMI 2009); here on probabilities instead of ink.

Rows and columns inside this file are cells of the map; only `Staff` is in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from scipy import ndimage
from scipy.linalg import solveh_banded

from omr.staves.combs import Chain, find_chains
from omr.staves.combs import T as COMBS
from omr.types import SPACE_PX, Staff, Stroke

KNOT_DISTANCE = 1.5
"""Distance between neighbouring knots of a traced line, in staff spaces."""
END_GAP = 4.0
"""Longest gap in the lines of a staff, in staff spaces; after a longer one the staff has ended. A clef may hide its
lines for as long as this."""

def find_staves(staff_map: np.ndarray, stride: int = 2) -> list[Staff]:
    """Staves of a page, from the top down (of equal height: from the left), all as yet of system 0.

    staff_map: (H/stride, W/stride) float 0-1, the probability of a staff line; staff space about `SPACE_PX` px.
    """
    smap = np.clip(np.asarray(staff_map, np.float32), 0, 1)
    space = SPACE_PX / stride
    if smap.shape[0] < 5 * space or smap.shape[1] < COMBS.least_length * space:
        return []
    near = ndimage.maximum_filter1d(smap, 3, axis=0)
    staves = []
    chains, strip = find_chains(smap, space)
    for chain in chains:
        traced = _trace(smap, near, chain, strip)
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
    """Staves of a labelled page: every five staff-line strokes below each other are one. Other kinds are passed over.

    Lines that do not make up a full staff (a one-line percussion staff, say) are left out.
    """
    lines = sorted((s for s in strokes if s.kind == "staffLine"), key=lambda s: s.box.top)
    staves: list[Staff] = []
    columns: list[list[Stroke]] = []
    for line in lines:
        # A line goes on the newest unfinished staff that shares most of its width.
        for column in columns:
            above = column[-1].box
            shared = min(above.right, line.box.right) - max(above.left, line.box.left)
            if len(column) < 5 and shared > 0.8 * max(above.width, line.box.width):
                column.append(line)
                break
        else:
            columns.append([line])
    for column in columns:
        if len(column) != 5:
            continue
        left, right = max(s.points[0][1] for s in column), min(s.points[-1][1] for s in column)
        x = np.linspace(left, right, max(2, int((right - left) / (KNOT_DISTANCE * SPACE_PX)) + 1))
        rows = np.array([np.interp(x, [p[1] for p in s.points], [p[0] for p in s.points]) for s in column])
        staves.append(Staff(index=0, system=0, left=left, right=right, lines=rows))
    return in_order(staves)


def strokes_from_staves(staves: Iterable[Staff], first_id: int = 0) -> list[Stroke]:
    """The lines of staves as strokes, staff by staff from the top, a pixel thick. Inverse of `staff_from_strokes`."""
    lines = [
        tuple(zip(line.tolist(), np.linspace(staff.left, staff.right, len(line)).tolist(), strict=True))
        for staff in staves for line in staff.lines
    ]
    return [Stroke(first_id + i, "staffLine", line, 1.0) for i, line in enumerate(lines)]


def in_order(staves: Sequence[Staff]) -> list[Staff]:
    """Numbered from the top; staves beside each other (more than half a height shared) from the left."""
    rows: list[list[Staff]] = []
    for staff in sorted(staves, key=lambda s: s.box.top):
        for row in rows:
            if any(staff.right <= other.left or other.right <= staff.left for other in row) and all(
                abs(staff.box.center[0] - other.box.center[0]) < 2 * staff.space_px for other in row
            ):
                row.append(staff)
                break
        else:
            rows.append([staff])
    ordered = [s for row in rows for s in sorted(row, key=lambda s: s.left)]
    return [replace(s, index=i) for i, s in enumerate(ordered)]


def _trace(smap: np.ndarray, near: np.ndarray, chain: Chain, strip: int) -> Staff | None:
    """The five lines of a chain, measured below a cell: a Staff in cells (not pixels), or None if nothing is there."""
    peaks = chain.peaks
    x = np.array([(p.strip + 0.5) * strip - 0.5 for p in peaks])
    weight = np.array([p.score for p in peaks])
    spacing = float(np.average([p.spacing for p in peaks], weights=weight))
    step = KNOT_DISTANCE * spacing
    first, last = max(x[0] - strip / 2, 0.0), min(x[-1] + strip / 2, smap.shape[1] - 1.0)
    knots = np.linspace(first, last, max(round((last - first) / step) + 1, 3))
    centre = _smooth(np.interp(knots, x, [p.row for p in peaks]), np.ones(len(knots)), 3.0)
    rows = centre + spacing * np.arange(-2, 3)[:, None]
    # Was the comb one line off, lured by ledger lines? The window of five with the most ink is the staff.
    ink = [_presence(near, centre + k * spacing, knots).mean() for k in range(-4, 5)]
    shift = int(np.argmax([sum(ink[i : i + 5]) for i in range(5)])) - 2
    rows = rows + shift * spacing
    for reach in (0.45, 0.35):
        rows = _refine(smap, rows, knots, spacing, reach)
    left, right = _extent(near, rows, knots, spacing)
    if right - left < 2 * spacing:
        return None
    count = max(round((right - left) / step) + 1, 2)
    at = np.linspace(left, right, count)
    resampled = np.array([_extrapolated(at, knots, line) for line in rows])
    # Cell i covers the half-open interval [i, i + 1): its centre is i + 1/2.
    return Staff(index=0, system=0, left=left + 0.5, right=right + 0.5, lines=resampled + 0.5)


def _extrapolated(at: np.ndarray, knots: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Linear interpolation that goes on straight beyond both ends."""
    out: np.ndarray = np.interp(at, knots, values)
    if at[0] >= knots[0] and at[-1] <= knots[-1]:
        return out
    n = min(6, len(knots))
    for outside, part in ((at < knots[0], slice(0, n)), (at > knots[-1], slice(-n, None))):
        if outside.any():
            slope = np.polyfit(knots[part], values[part], 1)[0]
            end = knots[0] if part.start == 0 else knots[-1]
            value = values[0] if part.start == 0 else values[-1]
            out[outside] = value + slope * (at[outside] - end)
    return out


def _presence(near: np.ndarray, rows: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Probability (0-1) that a line runs along rows(knots), at every whole column from the first knot to the last.

    near: the map, every cell with the most of itself and its upper and lower neighbour.
    """
    cols = np.arange(int(np.ceil(knots[0])), int(knots[-1]) + 1)
    r = np.rint(_extrapolated(cols.astype(float), knots, rows)).astype(int)
    inside = (r >= 0) & (r < near.shape[0]) & (cols >= 0) & (cols < near.shape[1])
    return np.asarray(near[np.where(inside, r, 0), np.where(inside, cols, 0)] * inside)


def _refine(smap: np.ndarray, rows: np.ndarray, knots: np.ndarray, spacing: float, reach: float) -> np.ndarray:
    """(5, K) rows moved onto the centres of mass within `reach` spacings, smoothed over what is missing."""
    half_window = max(int(0.75 * spacing), 1)
    offsets = np.arange(-int(np.ceil(reach * spacing)), int(np.ceil(reach * spacing)) + 1)
    columns = np.clip(np.round(knots).astype(int)[:, None] + np.arange(-half_window, half_window + 1), 0,
                      smap.shape[1] - 1)  # (K, C)
    measured = np.empty_like(rows)
    weights = np.empty_like(rows)
    for k in range(5):
        at = _extrapolated(columns.ravel().astype(float), knots, rows[k]).reshape(columns.shape)  # (K, C)
        base = np.round(at).astype(int)
        index = base[..., None] + offsets  # (K, C, R)
        values = smap[np.clip(index, 0, smap.shape[0] - 1), columns[..., None]]
        distance = index - at[..., None]
        values = values * (np.abs(distance) <= reach * spacing + 0.5) * ((index >= 0) & (index < smap.shape[0]))
        mass = values.sum(axis=(1, 2))
        measured[k] = rows[k] + (values * distance).sum(axis=(1, 2)) / np.maximum(mass, 1e-6)
        weights[k] = np.minimum(mass / (columns.shape[1] * 1.0), 1.0)
    # What all five lines do together (position, spacing) may bend; each line's own deviation is stiffer.
    teeth = np.arange(-2, 3)[:, None].astype(float)
    w = weights + 1e-6
    for _ in range(2):
        mean_k = (w * teeth).sum(axis=0) / w.sum(axis=0)
        mean_r = (w * measured).sum(axis=0) / w.sum(axis=0)
        # With few lines in sight the spacing cannot be measured: lean on the staff's own.
        spread = (w * (teeth - mean_k) ** 2).sum(axis=0) + 0.5
        pitch = ((w * (teeth - mean_k) * (measured - mean_r)).sum(axis=0) + 0.5 * spacing) / spread
        seen = w.sum(axis=0)
        pitch = _smooth(pitch, seen, 40.0)
        centre = _smooth(mean_r - mean_k * pitch, seen, 4.0)
        model = centre + teeth * pitch
        # Robust: a line measured a third of a space off its place is something else.
        w = (weights + 1e-6) * (np.abs(measured - model) < 0.33 * spacing) + 1e-6
    own = np.array([_smooth(measured[k] - model[k], w[k], 300.0) for k in range(5)])
    return np.asarray(model + np.clip(own, -0.3 * spacing, 0.3 * spacing))


def _smooth(values: np.ndarray, weights: np.ndarray, stiffness: float) -> np.ndarray:
    """Whittaker smoothing: least squares with a penalty on second differences."""
    n = len(values)
    if n < 3:
        return np.asarray(values, float)
    band = np.zeros((3, n))
    band[2] = weights + 1e-4
    d = (1.0, -2.0, 1.0)
    for i in range(3):
        band[2, i : n - 2 + i] += stiffness * d[i] * d[i]
    for i in range(2):
        band[1, i + 1 : n - 1 + i] += stiffness * d[i] * d[i + 1]
    band[0, 2:] += stiffness * d[0] * d[2]
    return np.asarray(solveh_banded(band, (weights + 1e-4) * values))


def _extent(near: np.ndarray, rows: np.ndarray, knots: np.ndarray, spacing: float) -> tuple[float, float]:
    """First and last cell column (edges, as cell-centre coordinates) of a traced staff, beyond its chain if need be."""
    reach = 6 * spacing
    wide = np.linspace(max(knots[0] - reach, 0), min(knots[-1] + reach, near.shape[1] - 1), len(knots) + 8)
    seen = np.stack([_presence(near, _extrapolated(wide, knots, line), wide) for line in rows])
    first = int(np.ceil(wide[0]))
    between = (rows[1:] + rows[:-1]) / 2
    ground = np.stack([_presence(near, _extrapolated(wide, knots, gap), wide) for gap in between])
    # Third best of five: three lines must be there, and stand out from what is between them (a scan's dark edge).
    strength = np.sort(seen, axis=0)[2] - 0.5 * ndimage.uniform_filter1d(np.median(ground, axis=0), int(2 * spacing))
    there = strength > 0.4 * min(float(np.median(strength[strength > 0.1])) if (strength > 0.1).any() else 1.0, 1.0)
    # Only runs of near half a space are staff; holes shorter than END_GAP are closed.
    there = ndimage.binary_opening(there, np.ones(max(int(0.4 * spacing), 1)))
    lo, hi = knots[0] - first, knots[-1] - first
    gap = max(int(END_GAP * spacing), 1)
    on = np.flatnonzero(there)
    if on.size == 0:
        return knots[0], knots[0]
    inside = on[(on >= lo) & (on <= hi)]
    if inside.size == 0:
        return knots[0], knots[0]
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


def _strength(staff: Staff, near: np.ndarray) -> np.ndarray:
    """Probability of each line (5,) of a staff in cells, averaged over its length, the weakest first."""
    knots = np.linspace(staff.left - 0.5, staff.right - 0.5, staff.lines.shape[1])
    return np.sort([_presence(near, line - 0.5, knots).mean() for line in staff.lines])


def _without_overlaps(staves: Sequence[Staff], near: np.ndarray) -> list[Staff]:
    """Of two staves in the same place the one with more ink on its lines stays."""
    ink = {id(s): float(_strength(s, near).sum()) * (s.right - s.left) for s in staves}
    kept: list[Staff] = []
    for staff in sorted(staves, key=lambda s: ink[id(s)], reverse=True):
        for other in kept:
            left, right = max(staff.left, other.left), min(staff.right, other.right)
            if right - left <= 0.1 * min(staff.right - staff.left, other.right - other.left):
                continue
            middle = (left + right) / 2
            if abs(staff.row(0, middle) - other.row(0, middle)) < 3.5 * other.space_px:
                break
        else:
            kept.append(staff)
    return kept


def _without_weak(staves: Sequence[Staff], near: np.ndarray) -> list[Staff]:
    """Without short pieces that have far fainter lines than the page's staves: words and beams can look like that."""
    if len(staves) < 2:
        return list(staves)
    strength = [float(_strength(s, near)[1]) for s in staves]
    lengths = [s.right - s.left for s in staves]
    usual, usual_length = float(np.median(strength)), float(np.median(lengths))
    return [
        s for s, ink, length in zip(staves, strength, lengths, strict=True)
        if length > 0.5 * usual_length or ink > 0.6 * usual
    ]
