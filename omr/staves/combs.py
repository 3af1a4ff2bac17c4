"""Finds where staves stand and how far they go, by matching combs of five teeth to the staff-line map.

The page is cut into narrow vertical strips, in which the lines of a staff are straight and level even on a bent page.
Each strip is correlated with combs of all plausible spacings, whose five teeth stand for the five lines of a staff.
Peaks of the score in neighbouring strips are linked into chains. The surest chains are followed to both ends of their
staves, even where something hides the lines.

All rows and columns in this module are in cells of the staff-line map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from omr.types.table import table


@table
class CombTolerances:
    """Lengths are in staff spaces, unless a field says otherwise. A comb has score 1 on five lines with full
    probability and nothing between them. Where a field names no measurement, none is on record."""

    # Strips and combs
    strip_width: float = 1.6
    """Width of a strip: so narrow that the lines of a bent page are straight within it."""
    samples: int = 2
    """Samples in every cell of a strip's profile: rows and spacings are found to half a cell."""
    spacings: tuple[float, float] = (0.7, 1.4)
    """Smallest and greatest distance of lines in the search, as multiples of the page's staff space. Ossia staves are
    smaller, and the page's staff space may have been measured wrongly."""
    forgiven: float = 0.5
    """Share of the faintest tooth that does not count in the score, so that one missing line costs less."""
    sixth_line: float = 0.25
    """What a sixth line with full probability, next to the five, costs."""
    odd_spacing: float = 0.4
    """Share of the score that a comb loses if its spacing differs from the page's staff space by the whole of that
    space. Pages are scaled to one staff space, so most staves have it."""
    peak_reach: float = 1.0
    """A peak is the best comb within this distance above and below."""

    # Least scores
    sure: float = 0.3
    """Least score of a strip that surely holds a staff."""
    faint: float = 0.17
    """Least score of a strip that may hold a staff."""
    hint: float = 0.08
    """Least score of a strip that holds a staff if the staff has been followed to this very place."""

    # Links from strip to strip
    link_row: float = 0.7
    """How far a comb that continues a chain may be from the expected row."""
    link_spacing: float = 0.15
    """How far its spacing may be from the expected spacing, as a share of that spacing ..."""
    link_spacing_cells: float = 0.5
    """... plus this many cells, because spacings are found to half a cell only."""
    link_gap: float = 3.0
    """Longest gap between two peaks that are linked."""
    link_gap_strips: int = 2
    """The same in strips, where these are wide: a single strip without a peak never breaks a chain."""
    chain_peaks: int = 2
    """Fewest peaks of a chain."""
    course_peaks: int = 12
    """How many peaks at the end of a chain determine its direction."""
    course_stiffness: float = 30.0
    """How strongly a chain is expected to go on level, as a sum of squared distances of strips from their middle. Pages
    have been turned upright, and few peaks do not show a slope: eight peaks in a row have a sum of 42."""

    # Whole staves
    least_length: float = 8.0
    """Least length of a staff."""
    seed_share: float = 0.25
    """A chain is followed if it surely holds a staff in this share of the strips of a shortest staff."""
    found_share: float = 0.5
    """A chain is a staff if it was found in this share of the strips of a shortest staff."""
    longest_gap: float = 18.0
    """Longest gap that is bridged when a staff is followed: beams and thick chords may hide its lines for long."""
    off_course: float = 0.1
    """Score that a comb loses, when a staff is followed, if it is `link_row` from the expected row."""
    same_staff: float = 3.5
    """A peak belongs to a known staff if its middle tooth is nearer than this to the staff's middle line ..."""
    same_staff_share: float = 0.5
    """... and a chain belongs to it if more than this share of its peaks do."""


T = CombTolerances()
"""The tolerances of this stage."""


@dataclass(frozen=True)
class Peak:
    """A comb in one strip. strip: counted from the left. row: that of its middle tooth. spacing: distance of its
    teeth."""

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
        """How many strips surely hold the staff."""
        return sum(p.score >= T.sure for p in self.peaks)


def find_chains(smap: np.ndarray, space: float) -> tuple[list[Chain], int]:
    """Find the staves of a staff-line map. Returns one chain of combs for every staff, the surest first, and the width
    of a strip in cells.

    smap: (H, W) float 0-1, the probability of a staff line.
    space: the expected staff space, in cells.
    """
    strip = max(round(T.strip_width * space), 2)
    combs = _correlate(smap, strip, space)
    return _grow(combs, _link(_peaks(combs, space), strip, space), strip, space), strip


@dataclass(frozen=True, eq=False)
class _Combs:
    """The best comb at every place. score: (strips, rows), with `T.samples` rows in every cell. spacing: the distance
    of its teeth, in the same order, in samples."""

    score: np.ndarray
    spacing: np.ndarray


def _correlate(smap: np.ndarray, strip: int, space: float) -> _Combs:
    """Correlate every strip of the map, `strip` cells wide, with combs of every spacing."""
    h, w = smap.shape
    count = w // strip
    profile = smap[:, : count * strip].reshape(h, count, strip).mean(axis=2).T  # (strips, rows)
    fine = cv2.resize(np.ascontiguousarray(profile), (h * T.samples, count), interpolation=cv2.INTER_LINEAR)
    # A tooth may be off by half a cell, so the best sample within half a cell counts.
    fine = cv2.dilate(fine, np.ones((1, T.samples + 1), np.uint8))
    low, high = (round(f * space * T.samples) for f in T.spacings)
    best = np.full(fine.shape, -1.0, np.float32)
    best_spacing = np.zeros(fine.shape, np.float32)
    padding = 3 * high + 1
    padded = np.pad(fine, ((0, 0), (padding, padding)))

    def shifted(offset: float) -> np.ndarray:
        start = padding + round(offset)
        return padded[:, start:start + fine.shape[1]]

    for s in range(low, high + 1):
        # Computed in place: the map is large, and there are many spacings.
        teeth = [shifted(k * s) for k in (-2, -1, 0, 1, 2)]
        score, faintest = teeth[0] + teeth[1], np.minimum(teeth[0], teeth[1])
        for tooth in teeth[2:]:
            score += tooth
            np.minimum(faintest, tooth, out=faintest)
        score -= T.forgiven * faintest
        score /= 5 - T.forgiven
        gaps = shifted(-1.5 * s) + shifted(-0.5 * s)
        for gap in (shifted(0.5 * s), shifted(1.5 * s)):
            gaps += gap
        score -= gaps / 4
        score -= T.sixth_line * np.maximum(shifted(-3 * s), shifted(3 * s))
        score *= 1 - T.odd_spacing * abs(s / (space * T.samples) - 1)
        better = score > best
        best[better] = score[better]
        best_spacing[better] = s
    return _Combs(best, best_spacing)


def _peaks(combs: _Combs, space: float) -> list[list[Peak]]:
    """The combs found in every strip, the best first. None overlaps a better one."""
    best, best_spacing = combs.score, combs.spacing
    found: list[list[Peak]] = []
    reach = int(T.peak_reach * space * T.samples)
    tops = (best >= cv2.dilate(best, np.ones((1, 2 * reach + 1), np.uint8))) & (best >= T.faint)
    for i in range(len(best)):
        peaks: list[Peak] = []
        rows = np.flatnonzero(tops[i])
        for r in rows[np.argsort(-best[i, rows], kind="stable")]:
            row = float((r + 0.5) / T.samples - 0.5)
            spacing = float(best_spacing[i, r]) / T.samples
            # A comb reaches two spacings up and down from its middle tooth.
            if all(abs(row - p.row) > 2.0 * (spacing + p.spacing) for p in peaks):
                peaks.append(Peak(i, row, spacing, float(best[i, r])))
        found.append(peaks)
    return found


def _link(strips: Sequence[Sequence[Peak]], strip: int, space: float) -> list[Chain]:
    """Link the peaks of all strips into chains. Each peak is added to the chain that it fits best.

    strips: the peaks of every strip.
    strip: width of a strip in cells.
    """
    patience = max(int(T.link_gap * space / strip), T.link_gap_strips)
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
                if off <= T.link_row and _has_spacing(peak.spacing, spacing):
                    offers.append((off - peak.score, a, b))
        taken_chains, taken_peaks = set(), set()
        for _, a, b in sorted(offers):
            if a not in taken_chains and b not in taken_peaks:
                live[a].append(peaks[b])
                taken_chains.add(a)
                taken_peaks.add(b)
        live.extend([p] for b, p in enumerate(peaks) if b not in taken_peaks)
    return [Chain(tuple(c)) for c in done + live if len(c) >= T.chain_peaks]


def _expected(chain: Sequence[Peak], strip: int) -> tuple[float, float]:
    """Expected row and spacing of a chain at a strip to its right (from its last peaks), or to its left (from its first
    peaks)."""
    near = chain[-T.course_peaks :] if strip >= chain[-1].strip else chain[: T.course_peaks]
    # This is called thousands of times for a page, and with so few numbers lists are faster than arrays.
    n = len(near)
    rows, strips = [p.row for p in near], [p.strip for p in near]
    x0, y0 = sum(strips) / n, sum(rows) / n
    off = [x - x0 for x in strips]
    spread = sum([x * x for x in off])
    slope = sum([x * (y - y0) for x, y in zip(off, rows, strict=True)]) / (spread + T.course_stiffness)
    return y0 + slope * (strip - x0), sorted([p.spacing for p in near])[n // 2]


def _has_spacing(spacing: float, expected: float) -> bool:
    """Whether a comb has the expected spacing."""
    return abs(spacing - expected) <= T.link_spacing * expected + T.link_spacing_cells


def _grow(combs: _Combs, seeds: Sequence[Chain], strip: int, space: float) -> list[Chain]:
    """Follow the surest chains to both ends of their staves. Other chains on the same staves are dropped.

    Where a staff is followed, far less evidence is needed than elsewhere: two lines that show between beams are enough.

    seeds: chains as they were linked.
    """
    shortest = T.least_length * space / strip
    left_over = sorted(seeds, key=lambda c: -c.sure)
    grown: list[Chain] = []
    while left_over and left_over[0].sure >= T.seed_share * shortest:
        peaks = list(left_over.pop(0).peaks)
        for forward in (True, False):
            peaks = _follow(combs, peaks, forward, strip, space)
        while peaks and peaks[0].score < T.sure:
            del peaks[0]
        while peaks and peaks[-1].score < T.sure:
            del peaks[-1]
        grown.append(Chain(tuple(peaks)))
        strips = np.array([p.strip for p in peaks])
        rows = np.array([p.row for p in peaks])
        left_over = [c for c in left_over if not _on_course(c, strips, rows, space)]
    return [c for c in grown if len(c.peaks) >= max(T.found_share * shortest, T.chain_peaks)]


def _follow(combs: _Combs, peaks: list[Peak], forward: bool, strip: int, space: float) -> list[Peak]:
    """The peaks of a staff from left to right, including those found when it is followed to the right (forward) or to
    the left."""
    patience = T.longest_gap * space / strip
    reach = T.link_row * space * T.samples
    at = peaks[-1].strip if forward else peaks[0].strip
    seen = at
    while True:
        at += 1 if forward else -1
        if not 0 <= at < len(combs.score) or abs(at - seen) > patience:
            return peaks
        row, spacing = _expected(peaks, at)
        middle = (row + 0.5) * T.samples - 0.5
        low, high = max(int(middle - reach), 0), int(middle + reach) + 2
        window = combs.score[at, low:high]
        if window.size == 0:
            return peaks
        window = window - T.off_course * np.abs(np.arange(low, low + window.size) - middle) / reach
        best = low + int(window.argmax())
        found = float(combs.spacing[at, best]) / T.samples
        if combs.score[at, best] < T.hint or not _has_spacing(found, spacing):
            continue
        peak = Peak(at, (best + 0.5) / T.samples - 0.5, found, float(combs.score[at, best]))
        peaks = [*peaks, peak] if forward else [peak, *peaks]
        if peak.score >= T.faint:
            seen = at


def _on_course(chain: Chain, strips: np.ndarray, rows: np.ndarray, space: float) -> bool:
    """Whether a chain lies on a staff that has been found. strips, rows: (N,), the peaks of that staff."""
    own = np.array([p.strip for p in chain.peaks])
    off = np.abs(np.array([p.row for p in chain.peaks]) - np.interp(own, strips, rows))
    within = (own >= strips[0]) & (own <= strips[-1]) & (off < T.same_staff * space)
    return bool(within.mean() > T.same_staff_share)
