"""Staves as combs of five teeth: where they stand, strip by strip, and how far they go.

In narrow upright strips of the page a comb is straight, whatever the page does. Each strip is correlated with combs of
all plausible spacings, the peaks of neighbouring strips are linked into chains, and the surest chains are followed to
both ends of their staves, over what hides them. All rows and columns here are cells of the staff-line map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

SPACING_RANGE = (0.7, 1.4)
"""Smallest and greatest distance of lines that is searched, as multiples of the page's staff space: ossia staves are
smaller, and the page's staff space may be measured wrongly."""
STRIP_WIDTH = 1.6
"""Width of a strip, in staff spaces: narrow enough that the lines of a bent page are straight within it."""
SURE_SCORE, FAINT_SCORE, HINT_SCORE = 0.3, 0.17, 0.08
"""Comb scores (1 = five lines at full probability on empty ground) of a strip that surely holds a staff, of one that
may, and of one that does if a staff is followed to that very place."""
MIN_LENGTH = 8.0
"""Least length of a staff, in staff spaces."""
LINK_ROW, LINK_SPACING = 0.7, 0.15
"""How far a peak that continues a chain may be from the row expected of it, in staff spaces, and its spacing from the
spacing expected, as a part of that."""
LONGEST_GAP = 18.0
"""Longest gap bridged when following a staff, in staff spaces: beams and thick chords hide its lines for long."""
_SUB = 2
"""Profile samples a cell."""

@dataclass(frozen=True)
class Peak:
    """A comb in one strip: its middle tooth's row and the distance of the teeth, in cells."""

    strip: int
    row: float
    spacing: float
    score: float


@dataclass(frozen=True)
class Chain:
    """The combs of one staff, from left to right."""

    peaks: tuple[Peak, ...]

    @property
    def sure(self) -> int:
        """How many strips surely hold it."""
        return sum(p.score >= SURE_SCORE for p in self.peaks)


def find_chains(smap: np.ndarray, space: float) -> tuple[list[Chain], int]:
    """The staves of a map (H, W) float 0-1 as chains of combs, and the width of the strips they were found in.

    space: the staff space to expect, in cells.
    """
    strip = max(round(STRIP_WIDTH * space), 2)
    combs = _correlate(smap, strip, space)
    return _grow(combs, _link(_peaks(combs, space), strip, space), strip, space), strip


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


def _peaks(combs: _Combs, space: float) -> list[list[Peak]]:
    """For every strip, the combs found in it, best first, none overlapping a better one."""
    best, best_spacing = combs.score, combs.spacing
    found: list[list[Peak]] = []
    reach = int(1.0 * space * _SUB)
    tops = (best >= ndimage.maximum_filter1d(best, 2 * reach + 1, axis=1)) & (best >= FAINT_SCORE)
    for i in range(len(best)):
        peaks: list[Peak] = []
        rows = np.flatnonzero(tops[i])
        for r in rows[np.argsort(-best[i, rows], kind="stable")]:
            row = float((r + 0.5) / _SUB - 0.5)
            spacing = float(best_spacing[i, r]) / _SUB
            if all(abs(row - p.row) > 2.0 * (spacing + p.spacing) for p in peaks):
                peaks.append(Peak(i, row, spacing, float(best[i, r])))
        found.append(peaks)
    return found


def _link(strips: Sequence[Sequence[Peak]], strip: int, space: float) -> list[Chain]:
    """Chains of peaks from strip to strip: each peak goes on the chain whose course it fits best."""
    patience = max(int(3 * space / strip), 2)
    live: list[list[Peak]] = []
    done: list[list[Peak]] = []
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
    return [Chain(tuple(c)) for c in done + live if len(c) >= 2]


def _expected(chain: Sequence[Peak], strip: int) -> tuple[float, float]:
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


def _grow(combs: _Combs, seeds: Sequence[Chain], strip: int, space: float) -> list[Chain]:
    """The surest seeds, followed to both ends of their staves; each takes the seeds on its way with it.

    Near a known course far less evidence is asked for than anywhere else: two lines that show between beams do.
    """
    least = MIN_LENGTH * space / strip / 2
    left_over = sorted(seeds, key=lambda c: -c.sure)
    grown: list[Chain] = []
    while left_over and left_over[0].sure >= 0.5 * least:
        peaks = list(left_over.pop(0).peaks)
        for forward in (True, False):
            peaks = _follow(combs, peaks, forward, strip, space)
        while peaks and peaks[0].score < SURE_SCORE:
            del peaks[0]
        while peaks and peaks[-1].score < SURE_SCORE:
            del peaks[-1]
        grown.append(Chain(tuple(peaks)))
        strips = np.array([p.strip for p in peaks])
        rows = np.array([p.row for p in peaks])
        left_over = [c for c in left_over if not _on_course(c, strips, rows, space)]
    return [c for c in grown if len(c.peaks) >= max(least, 2)]


def _follow(combs: _Combs, peaks: list[Peak], forward: bool, strip: int, space: float) -> list[Peak]:
    """`peaks`, in order, and what goes on from their last (forward) or first one."""
    patience = LONGEST_GAP * space / strip
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
        peak = Peak(at, (best + 0.5) / _SUB - 0.5, found, float(combs.score[at, best]))
        peaks = [*peaks, peak] if forward else [peak, *peaks]
        if peak.score >= FAINT_SCORE:
            seen = at


def _on_course(chain: Chain, strips: np.ndarray, rows: np.ndarray, space: float) -> bool:
    """Whether most of a chain lies within a staff that runs through the given rows."""
    own = np.array([p.strip for p in chain.peaks])
    off = np.abs(np.array([p.row for p in chain.peaks]) - np.interp(own, strips, rows))
    within = (own >= strips[0]) & (own <= strips[-1]) & (off < 3.5 * space)
    return bool(within.mean() > 0.5)
