"""Measures the skew and the staff space of a page, and tells whether it may be turned by 90 degrees, all before its
staves are found.

The staff space is measured in two ways. *Runs* of ink and paper down the page's columns are exact on clean pages of
high resolution, but they count whole pixels, and noise and broken lines falsify them. The *rhythm* of the page's
profile (its autocorrelation) is exact between pixels, and noise hardly changes it. But evenly spaced staves have a
rhythm as well, five to ten times slower than that of their lines. `measure` compares both.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

# ---- ink and paper

MOST_GRAIN = 10.0
"""If a page with even light has more noise than this, in grey levels, it is smoothed before its lines are measured."""
GRAIN_SMOOTHING_PX = 1.0
"""Standard deviation, in pixels, of the Gaussian with which such a page is smoothed."""
DARKEST_LEVEL, BRIGHTEST_LEVEL = 90.0, 200.0
"""Limits of the threshold between ink and paper, in grey levels (0 = ink, 255 = paper). Otsu's method finds the
threshold between these limits. Without them, on a page that is nearly all paper, it would separate light paper from
dark paper."""

# ---- pages that were turned

TURN_SIDE_PX = 1500
"""Longer side, in pixels, of the small picture in which straight ink is looked for: about 130 dpi for a page of A4."""
TURN_WINDOW_PX = 15
"""Side, in pixels of the small picture, of the square around a pixel to which the pixel is compared."""
TURN_CONTRAST = 20
"""How many grey levels, of 255, ink is darker than the mean of that square."""
TURN_RUN_PX = 40
"""Least length, in pixels of the small picture, of ink that counts as a straight line: three staff spaces or more."""

# ---- skew

SKEW_LIMIT = 10.0
"""Greatest skew in the search, in degrees."""
SKEW_WIDTH_PX = 900
"""Width, in pixels, to which a page is scaled before its skew is measured."""
THICK_PX = 5
"""Ink of at least this height, in pixels of that smaller page, is text or a beam, not a staff line."""
LINE_DARKNESS = 60
"""Least darkness, 0 to 255, of a pixel of that smaller page that lies on a staff line."""
LEAST_LINE_PIXELS = 200
"""Fewest pixels on lines from which a skew is measured. A page with fewer has hardly any staves."""
SPARSE_PIXELS = 30_000
"""How many pixels on lines are enough for the coarse searches. They skip the others, to save time."""


class _Search(NamedTuple):
    """One of several searches for the skew, each around the best angle of the search before.

    strips: how many vertical strips the page has, within which lines are compared.
    span: how far the angles go to either side, in degrees.
    step: degrees from one angle to the next.
    is_sparse: whether pixels may be skipped.
    """

    strips: int
    span: float
    step: float
    is_sparse: bool


SEARCHES = (_Search(8, SKEW_LIMIT, 0.5, True), _Search(4, 0.5, 0.125, True), _Search(2, 0.15, 0.025, False))
"""The searches for the skew, in order. Each spans at least one step of the search before."""

_SMOOTHING = np.exp(-0.5 * (np.arange(-5, 6) / 1.6) ** 2)
"""A Gaussian that smooths the profile for the skew. Its standard deviation is 0.8 rows; the profile has two samples in
each row."""

# ---- staff space by runs of ink

INTERLINE_COLUMNS = 600
"""In about this many columns of a page, runs of ink are measured. More columns take more time, and add no certainty."""
LEAST_RUNS = 200
"""Fewest runs, and fewest pairs of neighbouring lines at one distance, from which a staff space is measured."""
WHITE_TO_BLACK = 1.2
"""Two runs may be neighbouring staff lines if the paper between them is more than this many times as long as the upper
run ..."""
BLACK_TO_SPACE = 0.45
"""... and the lower run is shorter than this part of the distance between the two."""
LEAST_PAIR_PX = 5
"""Least distance of neighbouring staff lines for runs, in pixels. For a smaller distance, whole pixels are too
coarse."""
SPACES_A_PAGE = 12
"""A page is higher than this many staff spaces, so runs that are farther apart are not neighbouring lines."""
LEAST_HISTOGRAM_PX = 12
"""Least length of the histogram of these distances, in pixels, so that it is never empty."""
COMMONEST_SHARE = 0.12
"""Least share of these pairs that must have the commonest distance. With less, no distance stands out."""
COMB_SPACES = 4
"""Number of staff spaces between a staff's first and last line. Measured over all of them, the staff space is four
times as exact."""
COMB_OFF = 0.08
"""Greatest difference between the height of a staff and four times the commonest distance, relative to the latter
..."""
COMB_OFF_PX = 2
"""... or in pixels, if that is more."""
LEAST_COMBS = 100
"""Fewest columns of staves from whose height the staff space is taken."""
MANY_COMBS = 400
"""From this many columns on, their mean is taken. It is finer than the median, which counts whole pixels, but outliers
move the mean of a few columns."""

# ---- staff space by rhythm

STRIPS = 48
"""Vertical strips into which a page is cut to look for a rhythm. Within a narrow strip, lines that slope or bend blur
less. More strips see no more (96, 160 and 300 were tried on photographs), and take longer."""
NARROWER = 4
"""How many columns of a page are averaged into one before the page is turned. At a skew of `SKEW_LIMIT`, a line sinks
by less than one pixel within so many."""
STEPS_A_PIXEL = 8
"""Steps of the autocorrelation in a pixel. At a staff space of 5 pixels, one step is 2.5 % of it."""
LEAST_SPACE_PX = 4.0
"""Smallest staff space in the search, in pixels. Lines that are nearer to each other are a grey area, not lines."""
GREATEST_SPACE_PX = 160.0
"""Largest staff space in the search, in pixels: that of a page scanned at 2,400 dpi."""
LEAST_HEIGHT_SPACES = 7
"""Height of the lowest page that holds a staff, in staff spaces: the staff's four, and some above and below."""
LEVEL_DEGREES = 0.1
"""A page with a skew of no more than this need not be turned: lines blur by less than a pixel within a strip."""
LINE_PERCENTILE = 97
"""The strips' darkness is cut off above this percentile. Text and beams are darker than staff lines there, and take
less room."""
LEAST_LINE_INK = 16.0
"""Darkness, of 255, that is never cut off, so that a nearly empty page keeps its lines."""
SHADE_PX = 5
"""Standard deviation, in pixels, of the blur that gives the surroundings of a line. They are subtracted."""
SAME_SPACE = 0.08
"""Two lags that differ by less than this part of the staff space belong to one peak."""
PEAK_REACH = 0.06
"""How far from three times a rhythm's lag its third peak is looked for, as a part of that."""
LEAST_STRENGTH = 0.03
"""A rhythm whose strength (at most 0.8) is below this does not count."""
LEAST_STRENGTH_IF_SLOWER = 0.12
"""A rhythm that is much slower than the runs of ink must have at least this strength."""
LEAST_OF_STRONGEST = 0.1
"""A fast rhythm is that of the lines, and a slower one that of the staves, if the fast one is at least this part as
strong."""
STRONGER_AT_TWICE = 3.0
"""If the rhythm that is twice as slow is stronger by this factor, a rhythm is that of half the staff space. The rhythm
of twice the staff space is never so strong, since only three of the five lines coincide."""
SLOWER_THAN_RUNS = 1.5
"""A rhythm this many times slower than the runs of ink is not that of the lines, if the rhythm at the runs' distance
has any strength."""
RUNS_OFF = 0.12
"""Greatest error of the runs of ink, as a part of the staff space: half a pixel if that is 5 pixels."""
RUNS_EXACT_PX = 12.0
"""From this staff space on, in pixels, runs of ink (in whole pixels) are the finer measure. 39 pages were scaled to
seven staff spaces from 5 to 10.5 pixels (`omr evaluate scale`): runs were off by more than 3 % in 55 cases of 273, and
`measure` in two."""
SAME_LINES = 0.1
"""If runs and rhythm differ by less than this part of the staff space, they have measured the same lines."""


class Lines(NamedTuple):
    """What was measured of a page's staff lines.

    angle: how many degrees the page must be turned to be upright, counter-clockwise positive.
    space_px: the staff space in pixels; None if no lines were found.
    strength: of the lines' rhythm (see `Rhythm.strengths`).
    """

    angle: float
    space_px: float | None
    strength: float


def measure(pixels: np.ndarray) -> Lines:
    """Measure the staff lines of a page with even light, (H, W) uint8 with 0 = ink."""
    ink = binary(pixels)
    angle = measure_skew(ink)
    if abs(angle) > 0.5:
        # Columns cross slanted lines all the same, but the long runs in the ink of a beam or slur blur the histogram.
        height, width = ink.shape
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
        # Only the columns in which runs are measured are turned.
        step = max(1, width // INTERLINE_COLUMNS)
        turn[0] /= step
        ink = cv2.warpAffine(ink, turn, (-(-width // step), height), flags=cv2.INTER_NEAREST)
    by_runs = measure_interline(ink)
    by_rhythm, strength = Rhythm(pixels, angle).of_lines(by_runs)
    if by_runs is None:
        return Lines(angle, by_rhythm if strength >= LEAST_STRENGTH else None, strength)
    if by_rhythm is None or (by_runs >= RUNS_EXACT_PX and abs(by_runs - by_rhythm) < SAME_LINES * by_rhythm):
        return Lines(angle, by_runs, strength)
    return Lines(angle, by_rhythm, strength)


class Rhythm:
    """The autocorrelation, down the page, of what is dark and thin. It shows the five lines of staves.

    It is summed over narrow vertical strips, so that the noise of the strips averages out. `lags` are staff spaces in
    steps of 1/`STEPS_A_PIXEL` pixel; `strengths` says for each lag how much the page looks like staves with that staff
    space.
    """

    def __init__(self, pixels: np.ndarray, angle: float):
        """pixels: (H, W) uint8, 0 = ink. angle: by how many degrees they are turned first."""
        height = pixels.shape[0]
        greatest = max(LEAST_SPACE_PX + 1, min(height / LEAST_HEIGHT_SPACES, GREATEST_SPACE_PX))
        self.lags = np.arange(int(LEAST_SPACE_PX * STEPS_A_PIXEL), int(greatest * STEPS_A_PIXEL))
        self.likeness = self._likeness(pixels, angle)
        self.strengths = self._strengths()

    @staticmethod
    def _likeness(pixels: np.ndarray, angle: float) -> np.ndarray:
        """Autocorrelation by lag, in steps of 1/`STEPS_A_PIXEL` pixel, 1 at lag 0. All 0 for a page without ink."""
        height, width = pixels.shape
        dark = 255 - pixels
        if abs(angle) > LEVEL_DEGREES:
            # Pixels beside each other are averaged below anyway, and a narrower page is turned faster.
            times = 1
            while times < NARROWER and width >= 2 * NARROWER * STRIPS:
                times, width = 2 * times, width // 2
                # Half way between two pixels, linear interpolation gives their mean.
                dark = cv2.resize(dark[:, : 2 * width], (width, height), interpolation=cv2.INTER_LINEAR)
            turn = cv2.getRotationMatrix2D((width * times / 2, height / 2), angle, 1.0) @ np.diag([times, 1.0, 1.0])
            turn[0] /= times
            dark = cv2.warpAffine(dark, turn, (width, height), flags=cv2.INTER_LINEAR)
        edges = np.linspace(0, width, STRIPS + 1).round().astype(int)
        strips = np.hstack([cv2.reduce(dark[:, left:max(right, left + 1)], 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)
                            for left, right in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)])
        # Text and beams are darker than lines, and would outweigh them.
        strips = np.minimum(strips, max(float(np.percentile(strips, LINE_PERCENTILE)), LEAST_LINE_INK))
        strips = strips - cv2.GaussianBlur(strips, (1, 0), sigmaX=0.01, sigmaY=SHADE_PX)
        # A Fourier transform is fast if its length has only small prime factors.
        length = cv2.getOptimalDFTSize(2 * height)
        spectrum = np.fft.rfft(np.ascontiguousarray(strips.T), n=length + length % 2)
        power = np.sum(spectrum.real ** 2 + spectrum.imag ** 2, axis=0)
        # A longer inverse transform of the same spectrum gives the values between whole pixels.
        likeness = np.fft.irfft(power, n=(length + length % 2) * STEPS_A_PIXEL)
        return np.asarray(likeness / likeness[0] if likeness[0] > 0 else np.zeros_like(likeness))

    def _strengths(self) -> np.ndarray:
        """For each lag, the weakest of its three peaks, less what lies between them; 0.8 at most."""
        lags, likeness = self.lags, self.likeness
        # Of the five lines of a staff, 4 pairs are one space apart, 3 pairs two spaces, and 2 pairs three.
        peaks = np.minimum(np.minimum(likeness[lags], 4 / 3 * likeness[2 * lags]), 2 * likeness[3 * lags])
        # Between the peaks there should be nothing. A dark edge, in contrast, is like itself at any distance.
        between = np.maximum(likeness[3 * lags // 2], likeness[5 * lags // 2])
        return np.asarray(peaks - np.maximum(between, 0))

    def of_lines(self, by_runs: float | None) -> tuple[float | None, float]:
        """Staff space in pixels by the rhythm of the staff lines, and its strength; (None, 0) if nothing has a rhythm.

        by_runs: staff space by runs of ink, if there is one. It decides if the rhythm that was found may be that of the
        staves.
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

        Evenly spaced staves have a rhythm too. It is often stronger than that of their lines, but always slower. Half
        the staff space of thick lines has a weak rhythm, but then twice that lag, the staff space itself, has a strong
        one.
        """
        padded = np.pad(self.strengths, 1, constant_values=-1.0)
        is_peak = (padded[1:-1] >= padded[:-2]) & (padded[1:-1] >= padded[2:])
        for peak in np.flatnonzero(is_peak & (self.strengths > LEAST_OF_STRONGEST * strongest)).tolist():
            space_px = self.lags[peak] / STEPS_A_PIXEL
            place, _ = self._strongest_near(space_px, SAME_SPACE)
            twice = self.strengths[np.abs(self.lags / STEPS_A_PIXEL - 2 * space_px) <= SAME_SPACE * space_px]
            if not twice.size or twice.max() < STRONGER_AT_TWICE * self.strengths[place]:
                return place
        return int(self.strengths.argmax())

    def _strongest_near(self, space_px: float, share: float) -> tuple[int, bool]:
        """Place of the strongest lag that differs from a staff space by at most the part `share` of it, and whether it
        is a peak, and not just an end of that range."""
        near = np.flatnonzero(np.abs(self.lags / STEPS_A_PIXEL - space_px) <= share * space_px)
        place = int(near[self.strengths[near].argmax()])
        return place, bool(near[0] < place < near[-1])

    def _space_px(self, place: int) -> float:
        """Staff space at a place among the lags. The peak at three spaces measures it three times as finely."""
        three = 3 * int(self.lags[place])
        reach = max(2, round(PEAK_REACH * three))
        return (three - reach + int(self.likeness[three - reach : three + reach + 1].argmax())) / (3 * STEPS_A_PIXEL)


def binary(pixels: np.ndarray) -> np.ndarray:
    """Separate ink from paper on a page with even light, (H, W) uint8 with 0 = ink. Returns (H, W) uint8, 1 = ink, 0 =
    paper.

    A noisy page is smoothed first, because its noise would be taken for the edges of lines.
    """
    if _noise(pixels) > MOST_GRAIN:
        pixels = cv2.GaussianBlur(pixels, (0, 0), GRAIN_SMOOTHING_PX)
    # Every second row and column is enough to find the threshold.
    level, _ = cv2.threshold(pixels[::2, ::2], 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return (pixels <= min(max(level, DARKEST_LEVEL), BRIGHTEST_LEVEL)).astype(np.uint8)


def _noise(pixels: np.ndarray) -> float:
    """Standard deviation of the noise of a page, (H, W) uint8, in grey levels.

    The method is that of Immerkaer (1996): a filter that gives 0 wherever greys change evenly, so that only noise is
    left. Here the median of its output is taken, not the mean, because the edges of ink do not change the median.
    """
    # Three rows of every 15 are enough. The filter is valid in the middle one of them.
    sample = pixels[: pixels.shape[0] // 3 * 3].reshape(-1, 3, pixels.shape[1])[::5].reshape(-1, pixels.shape[1])
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    answer = cv2.filter2D(sample, cv2.CV_16S, kernel)[1::3]
    # The filter makes Gaussian noise 6 times as strong, and the median of its absolute value is 0.6745 standard
    # deviations.
    return float(np.median(np.abs(answer))) / (6 * 0.6745)


def shrink(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """Scale a page, (H, W) uint8, to a smaller size in pixels. Every pixel is the mean of the pixels that it stands
    for.

    The page is halved as often as possible first: OpenCV is ten times as fast with halves as with other factors. An odd
    last row or column is left out.
    """
    while pixels.shape[0] >= 2 * height and pixels.shape[1] >= 2 * width:
        half_height, half_width = pixels.shape[0] // 2, pixels.shape[1] // 2
        pixels = cv2.resize(pixels[: 2 * half_height, : 2 * half_width], (half_width, half_height),
                            interpolation=cv2.INTER_AREA)
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def turned_ratio(pixels: np.ndarray) -> float:
    """How much straight ink runs down a page with even light, relative to the straight ink that runs across it.

    Staff lines are by far the longest straight lines of a page, so the ratio is usually below 1 on an upright page, and
    above 1 on a page turned by 90 degrees. On 105 of 107 upright pages (engraved, scanned and photographed) it was
    below 0.6. Sloping or noisy lines break up, and the ratio may reach 2. So it is a hint, and no proof.
    """
    part = min(1.0, TURN_SIDE_PX / max(pixels.shape))
    small = shrink(pixels, round(pixels.shape[1] * part), round(pixels.shape[0] * part))
    # Thin lines get pale when a page is shrunk, but they stay darker than what is beside them.
    local = cv2.blur(small, (TURN_WINDOW_PX, TURN_WINDOW_PX))
    ink = (cv2.subtract(local, small) > TURN_CONTRAST).astype(np.uint8)
    across = int(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, TURN_RUN_PX), np.uint8)).sum())
    down = int(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((TURN_RUN_PX, 1), np.uint8)).sum())
    return down / max(across, 1)


def measure_skew(ink: np.ndarray) -> float:
    """By how many degrees a page must be turned to be upright, counter-clockwise positive as in OpenCV.

    ink: (H, W) uint8, 1 = ink. Returns 0 for a page that has hardly any lines. A skew of more than `SKEW_LIMIT` degrees
    is not found.

    The sums of a page's rows differ most when its lines are level. But a line as long as the page is level only within
    a tenth of a degree, which a coarse search would miss. So the first search compares short pieces of lines, in narrow
    vertical strips of the page, and the following searches compare longer pieces at finer angles. The last one uses
    half the page's width, because longer lines bend.
    """
    lines = _line_pixels(ink)
    if lines is None:
        return 0.0
    best = 0.0
    for search in SEARCHES:
        angles = best + np.arange(-search.span, search.span + search.step / 2, search.step)
        chosen = lines.every(max(1, len(lines.rows) // SPARSE_PIXELS)) if search.is_sparse else lines
        sharpness = _Sharpness(chosen, search.strips)
        scores = [sharpness.turned_by(angle) for angle in angles.tolist()]
        best = float(angles[int(np.argmax(scores))])
    # The peak lies between the angles that were tried: at the top of the parabola through the best angle and its
    # neighbours.
    last = SEARCHES[-1]
    left, top, right = (sharpness.turned_by(best + d) for d in (-last.step, 0.0, last.step))
    curve = left - 2 * top + right
    return best + (last.step / 2 * (left - right) / curve if curve < 0 and top >= max(left, right) else 0.0)


class _LinePixels(NamedTuple):
    """Pixels on staff lines, of a page scaled down to `height` by `width` pixels.

    rows: (N,) float, in rows and fractions of them.
    cols: (N,) int.
    weights: (N,) float, their darkness.
    """

    rows: np.ndarray
    cols: np.ndarray
    weights: np.ndarray
    height: int
    width: int

    def every(self, step: int) -> _LinePixels:
        """The first of every `step` pixels."""
        return self._replace(rows=self.rows[::step], cols=self.cols[::step], weights=self.weights[::step])


def _line_pixels(ink: np.ndarray) -> _LinePixels | None:
    """The pixels on staff lines of a page, (H, W) uint8 with 1 = ink; None if there are too few to measure a skew."""
    width, height = SKEW_WIDTH_PX, round(SKEW_WIDTH_PX * ink.shape[0] / ink.shape[1])
    small = cv2.resize(ink * np.uint8(255), (width, height), interpolation=cv2.INTER_AREA)
    # Only what is thin from top to bottom counts: staff lines, not text and beams.
    thin = cv2.subtract(small, cv2.morphologyEx(small, cv2.MORPH_OPEN, np.ones((THICK_PX, 1), np.uint8)))
    # A line counts once in every column, at the centre of mass of its ink. In whole rows, the steps of a slightly
    # turned line would line up best at 0 degrees, on any page.
    above, middle, below = thin[:-2], thin[1:-1], thin[2:]
    rows, cols = np.nonzero((middle > LINE_DARKNESS) & (middle >= above) & (middle > below))
    if len(rows) < LEAST_LINE_PIXELS:
        return None
    up, weights, down = (row[rows, cols].astype(float) for row in (above, middle, below))
    # Row 0 of `middle` is row 1 of the page, whose middle is at 1.5.
    places = rows + 1.5 + (down - up) / (up + weights + down)
    return _LinePixels(places, cols, weights, height, width)


class _Sharpness:
    """How much the row sums of a page differ, within vertical strips of it."""

    def __init__(self, lines: _LinePixels, strips: int):
        # All searches together go less than one degree beyond the limit.
        reach = int(np.ceil(np.tan(np.radians(SKEW_LIMIT + 1)) * lines.width / 2)) + 1
        height = 2 * (lines.height + 2 * reach)  # half rows
        self._length = strips * height
        self._places = 2 * (lines.rows + reach) + (lines.cols * strips // lines.width) * height
        self._across = 2 * (lines.cols - lines.width / 2)
        self._weights = lines.weights

    def turned_by(self, degrees: float) -> float:
        """The sum of the squares of all row sums if the page were turned by this angle. It is greatest if all pixels of
        a line fall into the same row."""
        index = (self._places - np.tan(np.radians(degrees)) * self._across).astype(np.intp)
        profile = np.bincount(index, weights=self._weights, minlength=self._length)
        smooth = np.convolve(profile, _SMOOTHING, "same")
        return float((smooth * smooth).sum())


class _Runs(NamedTuple):
    """Runs of ink down some columns of a page, (N,) int each, ordered by column and then from top to bottom.

    column: the column of each run.
    start: its first row.
    stop: the row after its last.
    """

    column: np.ndarray
    start: np.ndarray
    stop: np.ndarray


def measure_interline(ink: np.ndarray) -> float | None:
    """Measure the staff space of a page by the runs of ink down its columns.

    ink: (H, W) uint8, 1 = ink; staff lines may slope by a few degrees. Returns the staff space in pixels, with
    decimals, or None if no distance between lines stands out.
    """
    runs = _runs_down(ink)
    if len(runs.start) < LEAST_RUNS:
        return None
    distances = _line_distances(runs, ink.shape[0])
    # One bin more than there are distances, so that the commonest distance always has two neighbours.
    longest = int(distances.max(initial=0))
    histogram = np.bincount(distances, minlength=max(LEAST_HISTOGRAM_PX, longest + 2)).astype(float)
    smooth = np.convolve(histogram, [0.5, 1, 0.5], "same")
    mode = int(smooth.argmax())
    near = slice(max(mode - 1, 0), mode + 2)
    if histogram[near].sum() < max(LEAST_RUNS, COMMONEST_SHARE * len(distances)):
        return None
    heights = _comb_heights(runs, mode)
    if len(heights) >= LEAST_COMBS:
        return float(np.median(heights) if len(heights) < MANY_COMBS else np.mean(heights)) / COMB_SPACES
    return float((histogram[near] * np.arange(near.start, near.stop)).sum() / histogram[near].sum())


def _runs_down(ink: np.ndarray) -> _Runs:
    """The runs of ink in about `INTERLINE_COLUMNS` columns of a page, (H, W) uint8 with 1 = ink."""
    height, width = ink.shape
    columns = ink[:, :: max(1, width // INTERLINE_COLUMNS)].T
    padded = np.zeros((columns.shape[0], height + 2), np.uint8)
    padded[:, 1:-1] = columns
    # A column begins and ends on paper, so its edges are alternately starts and stops of runs.
    column, edge = np.divmod(np.flatnonzero(padded[:, 1:] != padded[:, :-1]), height + 1)
    return _Runs(column[::2], edge[::2], edge[1::2])


def _line_distances(runs: _Runs, height: int) -> np.ndarray:
    """Distances, in pixels, of neighbouring runs in one column that may be two staff lines, (M,) int.

    Staff lines are thin compared with their distance, and equally thick. height: of the page, in pixels.
    """
    black = runs.stop - runs.start
    same = runs.column[1:] == runs.column[:-1]
    pair = np.where(same, runs.start[1:] - runs.start[:-1], 0)
    white = np.where(same, runs.start[1:] - runs.stop[:-1], 0)
    is_thin = (white > WHITE_TO_BLACK * black[:-1]) & (black[1:] < BLACK_TO_SPACE * pair)
    return np.asarray(pair[same & is_thin & (pair >= LEAST_PAIR_PX) & (pair < height / SPACES_A_PAGE)])


def _comb_heights(runs: _Runs, space: int) -> np.ndarray:
    """Heights, in pixels, (M,) int, of five runs in one column that may be the lines of a staff with about this staff
    space."""
    same = runs.column[COMB_SPACES:] == runs.column[:-COMB_SPACES]
    heights = runs.start[COMB_SPACES:] - runs.start[:-COMB_SPACES]
    off = max(COMB_OFF_PX, COMB_OFF * COMB_SPACES * space)
    return np.asarray(heights[same & (np.abs(heights - COMB_SPACES * space) <= off)])
