"""Staff lines: from the network's staff-line map, or from labelled strokes, to traced staves.

A staff is a comb of five equally spaced teeth. In narrow upright strips of the page the comb is straight, whatever the
page does: each strip is correlated with combs of all plausible spacings, the peaks of neighbouring strips are linked
into chains, the surest chains are followed to both ends of their staves, and the five rows of every chain are then
measured below a cell by centre of mass and smoothed. Following the course of a staff over what hides it is the idea of
Cardoso et al. ("Staff detection with stable paths", TPAMI 2009); here on probabilities instead of ink.

Rows and columns inside this file are cells of the map; only `Staff` is in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage
from scipy.linalg import solveh_banded

from omr.types import SPACE_PX, Staff, Stroke

SPACING_RANGE = (0.7, 1.4)
"""Spacings searched, against the page's own: ossia staves are smaller, a page's measure may be off."""
STRIP = 1.6
"""Width of a strip in staff spaces."""
SURE_SCORE, FAINT_SCORE, HINT_SCORE = 0.3, 0.17, 0.08
"""Comb scores (1 = five lines at full probability on empty ground) of a strip that surely holds a staff, of one that
may, and of one that does if a staff is followed to that very place."""
MIN_LENGTH = 8.0
"""A staff is at least this long, in staff spaces."""
LINK_ROW, LINK_SPACING = 0.7, 0.15
"""A peak continues a chain within so many staff spaces of its row and so much of its spacing."""
MAX_GAP = 18.0
"""A staff may be out of sight for so many staff spaces."""
KNOT = 1.5
"""Distance of the knots of the traced lines, in staff spaces."""
END_GAP = 4.0
"""A staff ends where its lines have been missing for so many staff spaces: a clef may hide them that long."""
_SUB = 2
"""Profile samples a cell."""


@dataclass(frozen=True)
class _Peak:
    strip: int
    row: float
    spacing: float
    score: float


@dataclass(frozen=True)
class _Chain:
    peaks: tuple[_Peak, ...]

    @property
    def sure(self) -> int:
        """How many strips surely hold it."""
        return sum(p.score >= SURE_SCORE for p in self.peaks)


def find_staves(staff_map: np.ndarray, stride: int = 2) -> list[Staff]:
    """Staves of a page, from the top down (of equal height: from the left), all as yet of system 0.

    staff_map: (H/stride, W/stride) float 0-1, the probability of a staff line; staff space about `SPACE_PX` px.
    """
    smap = np.clip(np.asarray(staff_map, np.float32), 0, 1)
    space = SPACE_PX / stride
    strip = max(round(STRIP * space), 2)
    if smap.shape[0] < 5 * space or smap.shape[1] < MIN_LENGTH * space:
        return []
    combs = _correlate(smap, strip, space)
    near = ndimage.maximum_filter1d(smap, 3, axis=0)
    staves = []
    for chain in _grow(combs, _link(_peaks(combs, space), strip, space), strip, space):
        traced = _trace(smap, near, chain, strip)
        if traced is None or (traced.right - traced.left) < MIN_LENGTH * space:
            continue
        staves.append(traced)
    staves = _without_overlaps(staves, near)
    staves = _without_weak(staves, near)
    scaled = [
        Staff(0, 0, s.left * stride, s.right * stride, (s.lines * stride).astype(float)) for s in staves
    ]
    return _in_order(scaled)


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
        x = np.linspace(left, right, max(2, int((right - left) / (KNOT * SPACE_PX)) + 1))
        rows = np.array([np.interp(x, [p[1] for p in s.points], [p[0] for p in s.points]) for s in column])
        staves.append(Staff(0, 0, left, right, rows))
    return _in_order(staves)


def _in_order(staves: Sequence[Staff]) -> list[Staff]:
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


@dataclass(frozen=True, eq=False)
class _Combs:
    """The best comb about every place: its score and spacing, (strips, rows), `_SUB` rows a cell."""

    score: np.ndarray
    spacing: np.ndarray


def _correlate(smap: np.ndarray, strip: int, space: float) -> _Combs:
    """Every strip of the map, correlated with combs of every spacing."""
    h, w = smap.shape
    count = w // strip
    profile = smap[:, : count * strip].reshape(h, count, strip).mean(axis=2).T  # (strips, rows)
    fine = ndimage.zoom(profile, (1, _SUB), order=1, grid_mode=True, mode="nearest")
    # A tooth may be off by a fraction of a cell: what counts is the best of its neighbourhood.
    fine = ndimage.maximum_filter1d(fine, _SUB + 1, axis=1)
    tall = fine.shape[1]
    low, high = (round(f * space * _SUB) for f in SPACING_RANGE)
    best = np.full(fine.shape, -1.0, np.float32)
    best_spacing = np.zeros(fine.shape, np.float32)
    padding = 3 * high + 1
    padded = np.pad(fine, ((0, 0), (padding, padding)))

    def shifted(offset: float) -> np.ndarray:
        start = padding + round(offset)
        return padded[:, start : start + tall]

    for s in range(low, high + 1):
        teeth = np.stack([shifted(k * s) for k in (-2, -1, 0, 1, 2)])
        gaps = sum(shifted(k * s) for k in (-1.5, -0.5, 0.5, 1.5))
        outer = np.maximum(shifted(-3 * s), shifted(3 * s))
        # One missing tooth is forgiven: the faintest counts half.
        total = teeth.sum(axis=0) - 0.5 * teeth.min(axis=0)
        # The page was scaled to `SPACE_PX`: most staves have that spacing.
        score = (total / 4.5 - gaps / 4 - 0.25 * outer) * (1 - 0.4 * abs(s / (space * _SUB) - 1))
        better = score > best
        best[better] = score[better]
        best_spacing[better] = s
    return _Combs(best, best_spacing)


def _peaks(combs: _Combs, space: float) -> list[list[_Peak]]:
    """For every strip, the combs found in it, best first, none overlapping a better one."""
    best, best_spacing = combs.score, combs.spacing
    found: list[list[_Peak]] = []
    reach = int(1.0 * space * _SUB)
    tops = (best >= ndimage.maximum_filter1d(best, 2 * reach + 1, axis=1)) & (best >= FAINT_SCORE)
    for i in range(len(best)):
        peaks: list[_Peak] = []
        rows = np.flatnonzero(tops[i])
        for r in rows[np.argsort(-best[i, rows], kind="stable")]:
            row = float((r + 0.5) / _SUB - 0.5)
            spacing = float(best_spacing[i, r]) / _SUB
            if all(abs(row - p.row) > 2.0 * (spacing + p.spacing) for p in peaks):
                peaks.append(_Peak(i, row, spacing, float(best[i, r])))
        found.append(peaks)
    return found


def _link(strips: Sequence[Sequence[_Peak]], strip: int, space: float) -> list[_Chain]:
    """Chains of peaks from strip to strip: each peak goes on the chain whose course it fits best."""
    patience = max(int(3 * space / strip), 2)
    live: list[list[_Peak]] = []
    done: list[list[_Peak]] = []
    for i, peaks in enumerate(strips):
        done.extend(c for c in live if i - c[-1].strip > patience)
        live = [c for c in live if i - c[-1].strip <= patience]
        offers = []
        for a, chain in enumerate(live):
            row, spacing = _expected(chain, i)
            for b, peak in enumerate(peaks):
                off = abs(peak.row - row) / space
                if off <= LINK_ROW and abs(peak.spacing - spacing) <= LINK_SPACING * spacing + 0.5:
                    offers.append((off - peak.score, a, b))
        taken_chains, taken_peaks = set(), set()
        for _, a, b in sorted(offers):
            if a not in taken_chains and b not in taken_peaks:
                live[a].append(peaks[b])
                taken_chains.add(a)
                taken_peaks.add(b)
        live.extend([p] for b, p in enumerate(peaks) if b not in taken_peaks)
    return [_Chain(tuple(c)) for c in done + live if len(c) >= 2]


def _expected(chain: Sequence[_Peak], strip: int) -> tuple[float, float]:
    """Row and spacing to expect of a chain at a strip, from its last dozen peaks (or first, going left)."""
    near = chain[-12:] if strip >= chain[-1].strip else chain[:12]
    # Plain Python: for a dozen numbers it is faster than arrays, and this is called thousands of times a page.
    n = len(near)
    x0 = sum(p.strip for p in near) / n
    y0 = sum(p.row for p in near) / n
    spread = sum((p.strip - x0) ** 2 for p in near)
    # Pages are upright by now: few peaks do not make a slope (eight in a row have a spread of 42).
    slope = sum((p.strip - x0) * (p.row - y0) for p in near) / (spread + 30)
    return y0 + slope * (strip - x0), sorted(p.spacing for p in near)[n // 2]


def _grow(combs: _Combs, seeds: Sequence[_Chain], strip: int, space: float) -> list[_Chain]:
    """The surest seeds, followed to both ends of their staves; each takes the seeds on its way with it.

    Near a known course far less evidence is asked for than anywhere else: two lines that show between beams do.
    """
    least = MIN_LENGTH * space / strip / 2
    left_over = sorted(seeds, key=lambda c: -c.sure)
    grown: list[_Chain] = []
    while left_over and left_over[0].sure >= 0.5 * least:
        peaks = list(left_over.pop(0).peaks)
        for forward in (True, False):
            peaks = _follow(combs, peaks, forward, strip, space)
        while peaks and peaks[0].score < SURE_SCORE:
            del peaks[0]
        while peaks and peaks[-1].score < SURE_SCORE:
            del peaks[-1]
        grown.append(_Chain(tuple(peaks)))
        strips = np.array([p.strip for p in peaks])
        rows = np.array([p.row for p in peaks])
        left_over = [c for c in left_over if not _on_course(c, strips, rows, space)]
    return [c for c in grown if len(c.peaks) >= max(least, 2)]


def _follow(combs: _Combs, peaks: list[_Peak], forward: bool, strip: int, space: float) -> list[_Peak]:
    """`peaks`, in order, and what goes on from their last (forward) or first one."""
    patience = MAX_GAP * space / strip
    reach = LINK_ROW * space * _SUB
    at = peaks[-1].strip if forward else peaks[0].strip
    seen = at
    while True:
        at += 1 if forward else -1
        if not 0 <= at < len(combs.score) or abs(at - seen) > patience:
            return peaks
        row, spacing = _expected(peaks, at)
        middle = (row + 0.5) * _SUB - 0.5
        low, high = max(int(middle - reach), 0), int(middle + reach) + 2
        window = combs.score[at, low:high]
        if window.size == 0:
            return peaks
        window = window - 0.1 * np.abs(np.arange(low, low + window.size) - middle) / reach
        best = low + int(window.argmax())
        found = float(combs.spacing[at, best]) / _SUB
        if combs.score[at, best] < HINT_SCORE or abs(found - spacing) > LINK_SPACING * spacing + 0.5:
            continue
        peak = _Peak(at, (best + 0.5) / _SUB - 0.5, found, float(combs.score[at, best]))
        peaks = [*peaks, peak] if forward else [peak, *peaks]
        if peak.score >= FAINT_SCORE:
            seen = at


def _on_course(chain: _Chain, strips: np.ndarray, rows: np.ndarray, space: float) -> bool:
    """Whether most of a chain lies within a staff that runs through the given rows."""
    own = np.array([p.strip for p in chain.peaks])
    off = np.abs(np.array([p.row for p in chain.peaks]) - np.interp(own, strips, rows))
    within = (own >= strips[0]) & (own <= strips[-1]) & (off < 3.5 * space)
    return bool(within.mean() > 0.5)


def _trace(smap: np.ndarray, near: np.ndarray, chain: _Chain, strip: int) -> Staff | None:
    """The five lines of a chain, measured below a cell: a Staff in cells (not pixels), or None if nothing is there."""
    peaks = chain.peaks
    x = np.array([(p.strip + 0.5) * strip - 0.5 for p in peaks])
    weight = np.array([p.score for p in peaks])
    spacing = float(np.average([p.spacing for p in peaks], weights=weight))
    step = KNOT * spacing
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
    return Staff(0, 0, left + 0.5, right + 0.5, resampled + 0.5)


def _extrapolated(at: np.ndarray, knots: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Linear interpolation that goes on straight beyond both ends."""
    out = np.interp(at, knots, values)
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
    return near[np.where(inside, r, 0), np.where(inside, cols, 0)] * inside


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
    return model + np.clip(own, -0.3 * spacing, 0.3 * spacing)


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
    return solveh_banded(band, (weights + 1e-4) * values)


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
