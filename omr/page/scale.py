"""What the staff lines of a page say before any of them is found: its skew, its staff space, which way is up.

The staff space is measured twice. *Runs* of ink and paper down the page's columns are exact on clean pages of high
resolution, but count whole pixels, and grain and broken lines lead them astray. The *rhythm* of the page's profile
(its autocorrelation) is taken between pixels and hardly minds noise, but evenly spaced staves have a rhythm as well,
five to ten times slower than that of their lines. `measure` weighs one against the other.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

MOST_GRAIN = 10.0
"""Grain, in grey levels of a flattened page, above which the page is smoothed before its lines are measured."""
STRIPS = 48
"""Upright strips into which a page is cut to look for a rhythm: lines that slope or bend blur only within a strip.
More strips see no more (96, 160 and 300 were tried on photographs), and take longer."""
STEPS_A_PIXEL = 8
"""Steps of the autocorrelation to a pixel: at a staff space of 5 pixels, one step is 2.5 % of it."""
LEAST_SPACE_PX = 4.0
"""Smallest staff space that is looked for, in pixels: lines nearer than that are grey, not lines."""
GREATEST_SPACE_PX = 160.0
"""Largest staff space that is looked for, in pixels: that of a page scanned at 2,400 dpi."""
LEAST_STRENGTH = 0.03
"""Strength of a rhythm, up to 0.8, below which there is none."""
LEAST_STRENGTH_IF_SLOWER = 0.12
"""Strength below which a rhythm much slower than the runs of ink is not believed."""
LEAST_OF_STRONGEST = 0.1
"""A rhythm is that of the lines, and a slower one that of the staves, if it is at least this part as strong."""
STRONGER_AT_TWICE = 3.0
"""A rhythm is that of half the lines' space if the rhythm twice as slow is stronger by this factor: that of twice the
lines' space never is, since only three of the five lines meet."""
SLOWER_THAN_RUNS = 1.5
"""A rhythm this many times slower than the runs of ink is not that of the lines, if the runs' own has any strength."""
RUNS_OFF = 0.12
"""Greatest error of the runs of ink, as a part of the staff space: at 5 pixels, half a pixel."""
RUNS_EXACT_PX = 12.0
"""Staff space in pixels from which on runs of ink, of whole pixels, are the finer measure. Of 39 pages brought
to seven spaces from 5 to 10.5 pixels (`omr evaluate scale`) runs were off by more than 3 % in 55 cases of 273, and
`measure` in two."""
SAME_LINES = 0.1
"""Runs and rhythm that differ by less than this part of the staff space mean the same lines."""
TURN_SIDE_PX = 1500
"""Longer side, in pixels, of the small picture in which straight ink is looked for: about 130 dpi for a page of A4."""
TURN_WINDOW_PX = 15
"""Side, in pixels of the small picture, of the square that ink must be darker than."""
TURN_CONTRAST = 20
"""By how many grey levels, of 255, ink is darker than that square."""
TURN_RUN_PX = 40
"""Length, in pixels of the small picture, from which ink counts as a straight line: three staff spaces or more."""
_SMOOTHING = np.exp(-0.5 * (np.arange(-5, 6) / 1.6) ** 2)
"""Smooths the skew's profile, whose samples are half rows, over 0.8 rows."""


class Lines(NamedTuple):
    """What was measured of a page's staff lines.

    angle: degrees to turn the page by, counter-clockwise positive, to be upright. space_px: the staff space in pixels,
    None if no lines were found. strength: of the lines' rhythm (see `Rhythm.strengths`).
    """

    angle: float
    space_px: float | None
    strength: float


def measure(pixels: np.ndarray) -> Lines:
    """Measure the staff lines of a flattened page, (H, W) uint8 with 0 = ink."""
    ink = binary(pixels)
    angle = measure_skew(ink)
    if abs(angle) > 0.5:
        # Columns cross slanted lines all the same, but long runs of a beam or a slur's ink blur the histogram.
        center = (ink.shape[1] / 2, ink.shape[0] / 2)
        turn = cv2.getRotationMatrix2D(center, angle, 1.0)
        ink = cv2.warpAffine(ink, turn, ink.shape[::-1], flags=cv2.INTER_NEAREST)
    by_runs = measure_interline(ink)
    by_rhythm, strength = Rhythm(pixels, angle).of_lines(by_runs)
    if by_runs is None:
        return Lines(angle, by_rhythm if strength >= LEAST_STRENGTH else None, strength)
    if by_rhythm is None or (by_runs >= RUNS_EXACT_PX and abs(by_runs - by_rhythm) < SAME_LINES * by_rhythm):
        return Lines(angle, by_runs, strength)
    return Lines(angle, by_rhythm, strength)


class Rhythm:
    """The autocorrelation, down the page, of what is dark and thin: five lines a staff.

    It is summed over narrow upright strips, so that what is noise in each averages out. `lags` are staff spaces in
    steps of 1/`STEPS_A_PIXEL` pixel; `strengths` says of each how much the page looks like staves of that space.
    """

    def __init__(self, pixels: np.ndarray, angle: float):
        """pixels: (H, W) uint8, 0 = ink. angle: degrees to turn them by first."""
        height = pixels.shape[0]
        greatest = max(LEAST_SPACE_PX + 1, min(height / 7, GREATEST_SPACE_PX))
        self.lags = np.arange(int(LEAST_SPACE_PX * STEPS_A_PIXEL), int(greatest * STEPS_A_PIXEL))
        self.likeness = self._likeness(pixels, angle)
        self.strengths = self._strengths()

    @staticmethod
    def _likeness(pixels: np.ndarray, angle: float) -> np.ndarray:
        """Autocorrelation by lag in steps of 1/`STEPS_A_PIXEL` pixel, 1 at lag 0; all 0 for a page without ink."""
        height, width = pixels.shape
        dark = 255 - pixels
        if abs(angle) > 0.1:
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
            dark = cv2.warpAffine(dark, turn, (width, height), flags=cv2.INTER_LINEAR)
        strips = cv2.resize(dark, (STRIPS, height), interpolation=cv2.INTER_AREA).astype(np.float32)
        # Text and beams are darker than lines, and would outweigh them.
        strips = np.minimum(strips, max(float(np.percentile(strips, 97)), 16.0))
        strips -= cv2.GaussianBlur(strips, (1, 0), sigmaX=0.01, sigmaY=5)
        spectrum = np.fft.rfft(strips, n=2 * height, axis=0)
        power = np.sum(spectrum.real ** 2 + spectrum.imag ** 2, axis=1)
        # A longer inverse transform of the same spectrum gives the values between whole pixels.
        likeness = np.fft.irfft(power, n=2 * height * STEPS_A_PIXEL)
        return np.asarray(likeness / likeness[0] if likeness[0] > 0 else np.zeros_like(likeness))

    def _strengths(self) -> np.ndarray:
        """Of each lag the weakest of its three peaks, less what lies between them; up to 0.8."""
        lags, likeness = self.lags, self.likeness
        # Of a staff's five lines 4 pairs stand one space apart, 3 pairs two and 2 pairs three.
        peaks = np.minimum(np.minimum(likeness[lags], 4 / 3 * likeness[2 * lags]), 2 * likeness[3 * lags])
        # Between the peaks there is nothing; a dark edge is like itself at any distance.
        between = np.maximum(likeness[3 * lags // 2], likeness[5 * lags // 2])
        return np.asarray(peaks - np.maximum(between, 0))

    def of_lines(self, by_runs: float | None) -> tuple[float | None, float]:
        """Staff space in pixels by the rhythm of the staff lines, and its strength; (None, 0) if nothing has a rhythm.

        by_runs: staff space by runs of ink, if that was measured. It decides where the rhythm found may be the staves'.
        """
        strongest = float(self.strengths.max())
        if strongest <= 0:
            return None, 0.0
        place = self._fastest(strongest)
        strength = float(self.strengths[place])
        if by_runs is None or not self.lags[0] <= by_runs * STEPS_A_PIXEL <= self.lags[-1]:
            return self._space_px(place), strength
        near_runs, is_inside = self._strongest_near(by_runs, RUNS_OFF)
        strength_near_runs = float(self.strengths[near_runs])
        ratio = self.lags[place] / STEPS_A_PIXEL / by_runs
        has_own = strength_near_runs > LEAST_OF_STRONGEST * strength
        is_staves = ratio > SLOWER_THAN_RUNS and (strength < LEAST_STRENGTH_IF_SLOWER or has_own)
        is_part = ratio < 1 / SLOWER_THAN_RUNS and strength_near_runs > strength
        if strength < LEAST_STRENGTH or is_staves or is_part:
            return self._space_px(near_runs) if is_inside else by_runs, strength_near_runs
        return self._space_px(place), strength

    def _fastest(self, strongest: float) -> int:
        """Place of the fastest rhythm that counts beside the strongest one.

        Evenly spaced staves have a rhythm too, often a stronger one than their lines, but always a slower one. Half the
        space of thick lines has a weak one, but twice that lag, the space itself, then has a strong one.
        """
        padded = np.pad(self.strengths, 1, constant_values=-1.0)
        is_peak = (padded[1:-1] >= padded[:-2]) & (padded[1:-1] >= padded[2:])
        for peak in np.flatnonzero(is_peak & (self.strengths > LEAST_OF_STRONGEST * strongest)).tolist():
            space_px = self.lags[peak] / STEPS_A_PIXEL
            place, _ = self._strongest_near(space_px, 0.08)
            twice = self.strengths[np.abs(self.lags / STEPS_A_PIXEL - 2 * space_px) <= 0.08 * space_px]
            if not twice.size or twice.max() < STRONGER_AT_TWICE * self.strengths[place]:
                return place
        return int(self.strengths.argmax())

    def _strongest_near(self, space_px: float, share: float) -> tuple[int, bool]:
        """Place of the strongest lag of those that differ from a staff space by at most this part of it, and whether
        it is a peak, not where that range begins or ends."""
        near = np.flatnonzero(np.abs(self.lags / STEPS_A_PIXEL - space_px) <= share * space_px)
        place = int(near[self.strengths[near].argmax()])
        return place, bool(near[0] < place < near[-1])

    def _space_px(self, place: int) -> float:
        """Staff space at a place among the lags: the peak at three spaces measures it three times as finely."""
        three = 3 * int(self.lags[place])
        reach = max(2, round(0.06 * three))
        return (three - reach + int(self.likeness[three - reach : three + reach + 1].argmax())) / (3 * STEPS_A_PIXEL)


def binary(pixels: np.ndarray) -> np.ndarray:
    """(H, W) uint8, 1 = ink. A noisy page is smoothed first: grains would pass for the edges of lines."""
    if _noise(pixels) > MOST_GRAIN:
        pixels = cv2.GaussianBlur(pixels, (0, 0), 1.0)
    level, _ = cv2.threshold(pixels[::2, ::2], 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return (pixels <= min(max(level, 90), 200)).astype(np.uint8)


def _noise(pixels: np.ndarray) -> float:
    """Standard deviation of the grain in grey levels (Immerkaer 1996; by the median, which edges do not move)."""
    sample = pixels[: pixels.shape[0] // 3 * 3].reshape(-1, 3, pixels.shape[1])[::5].reshape(-1, pixels.shape[1])
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    answer = cv2.filter2D(sample, cv2.CV_16S, kernel)[1::3]
    return float(np.median(np.abs(answer))) / (6 * 0.6745)


def turned_ratio(pixels: np.ndarray) -> float:
    """How much straight ink runs down a flattened page, as a part of what runs across it.

    Staff lines are by far the longest straight lines of a page, so that the ratio is below 1 on an upright page and
    above 1 on one turned by a quarter. On 104 of 106 upright pages (engraved, scanned and photographed) it was below
    0.6; on two slanted photographs, whose staff lines break into steps, it was 0.9 and 1.2.
    """
    shrink = min(1.0, TURN_SIDE_PX / max(pixels.shape))
    small = cv2.resize(pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    # Thin lines are pale when a page is shrunk, but darker than what is beside them.
    local = cv2.blur(small, (TURN_WINDOW_PX, TURN_WINDOW_PX))
    ink = (small.astype(np.int16) + TURN_CONTRAST < local).astype(np.uint8)
    across = int(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, TURN_RUN_PX), np.uint8)).sum())
    down = int(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((TURN_RUN_PX, 1), np.uint8)).sum())
    return down / max(across, 1)


def measure_skew(ink: np.ndarray, limit: float = 10.0) -> float:
    """Degrees by which the page must be turned (counter-clockwise positive, as OpenCV turns) to be upright.

    The profile of row sums is sharpest when the lines are level. A line as long as the page is level only within a
    tenth of a degree, which a coarse search would step over; so it looks at short pieces of lines first, in upright
    strips of the page, and at longer ones as it knows better. Half the page at most: longer lines bend.
    """
    width, height = 900, round(900 * ink.shape[0] / ink.shape[1])
    small = cv2.resize(ink * np.uint8(255), (width, height), interpolation=cv2.INTER_AREA)
    # Only what is thin vertically counts: staff lines, not text and beams.
    thin = cv2.subtract(small, cv2.morphologyEx(small, cv2.MORPH_OPEN, np.ones((5, 1), np.uint8)))
    # Each line once a column, at its ink's centre of mass: taken as whole rows, the stairs of a slightly turned line
    # line up best at 0 degrees whatever the page.
    middle = thin[1:-1].astype(float)
    above, below = thin[:-2], thin[2:]
    rows, cols = np.nonzero((middle > 60) & (middle >= above) & (middle > below))
    if len(rows) < 200:
        return 0.0
    up, down, weight = above[rows, cols].astype(float), below[rows, cols].astype(float), middle[rows, cols]
    places = rows + 1.5 + (down - up) / (up + weight + down)
    reach = int(np.ceil(np.tan(np.radians(limit + 1)) * width / 2)) + 1
    length = 2 * (height + 2 * reach)

    def sharpness(degrees: float, strips: int, step: int) -> float:
        tilted = 2 * (places[::step] + reach - np.tan(np.radians(degrees)) * (cols[::step] - width / 2))
        index = tilted.astype(np.int64) + (cols[::step] * strips // width) * length
        profile = np.bincount(index, weights=weight[::step], minlength=strips * length)
        smooth = np.convolve(profile, _SMOOTHING, "same")
        return float((smooth * smooth).sum())

    best = 0.0
    sparse = max(1, len(rows) // 30_000)
    for strips, span, pitch, step in ((8, limit, 0.5, sparse), (4, 0.5, 0.125, sparse), (2, 0.15, 0.025, 1)):
        angles = best + np.arange(-span, span + pitch / 2, pitch)
        scores = [sharpness(a, strips, step) for a in angles.tolist()]
        best = float(angles[int(np.argmax(scores))])
    # The peak lies between the angles tried: the top of the parabola through the three best.
    left, top, right = (sharpness(best + d, 2, 1) for d in (-0.025, 0.0, 0.025))
    curve = left - 2 * top + right
    return best + (0.0125 * (left - right) / curve if curve < 0 and top >= max(left, right) else 0.0)


def measure_interline(ink: np.ndarray) -> float | None:
    """Staff space in pixels, to a fraction of one; None if no distance between lines stands out."""
    height, width = ink.shape
    columns = ink[:, :: max(1, width // 600)].T
    padded = np.zeros((columns.shape[0], height + 2), np.int8)
    padded[:, 1:-1] = columns
    edges = np.diff(padded, axis=1)
    column, start = np.nonzero(edges == 1)
    stop = np.nonzero(edges == -1)[1]
    if len(start) < 200:
        return None
    black = stop - start
    same = column[1:] == column[:-1]
    pair = np.where(same, start[1:] - start[:-1], 0)
    white = np.where(same, start[1:] - stop[:-1], 0)
    # Staff lines are thin against their distance, and the next line is as thick.
    lines = same & (white > 1.2 * black[:-1]) & (black[1:] < 0.45 * pair) & (pair >= 5) & (pair < height / 12)
    histogram = np.bincount(pair[lines], minlength=12).astype(float)
    smooth = np.convolve(histogram, [0.5, 1, 0.5], "same")
    mode = int(smooth.argmax())
    near = slice(max(mode - 1, 0), mode + 2)
    if histogram[near].sum() < max(200, 0.12 * lines.sum()):
        return None
    # Four spaces in a row measure the mode four times as finely.
    rows = start
    span = 4
    same4 = column[span:] == column[:-span]
    total = rows[span:] - rows[:-span]
    tolerance = max(2, 0.08 * span * mode)
    good = same4 & (np.abs(total - span * mode) <= tolerance)
    combs = int(good.sum())
    if combs >= 100:
        return float(np.median(total[good]) if combs < 400 else np.mean(total[good])) / span
    return float((histogram[near] * np.arange(near.start, near.stop)).sum() / histogram[near].sum())
