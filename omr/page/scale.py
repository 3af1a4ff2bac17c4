"""What the staff lines of a page say before any of them is found: its skew, its staff space, which way is up."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

NOISY = 10.0
"""Grain, in grey levels of a flattened page, from which on it is smoothed before its lines are measured."""
STRIPS = 48
FAINT = 0.03
"""Strength of a rhythm below which there is none."""
_SMOOTHING = np.exp(-0.5 * (np.arange(-5, 6) / 1.6) ** 2)


class Lines(NamedTuple):
    """angle: degrees to turn the page by, counter-clockwise positive, to be upright. space_px: staff space, None if
    there is none. strength: of the lines' rhythm (`periodicity`)."""

    angle: float
    space_px: float | None
    strength: float


def measure(pixels: np.ndarray) -> Lines:
    """Measure a flattened page (H, W) uint8.

    The staff space is taken from runs of ink, to a fraction of a pixel, unless the page as a whole has another rhythm:
    grain, faint and broken lines lead the runs astray.
    """
    ink = binary(pixels)
    angle = measure_skew(ink)
    if abs(angle) > 0.5:
        # Columns cross slanted lines all the same, but long runs of a beam or a slur's ink blur the histogram.
        center = (ink.shape[1] / 2, ink.shape[0] / 2)
        ink = cv2.warpAffine(ink, cv2.getRotationMatrix2D(center, angle, 1.0), ink.shape[::-1], flags=cv2.INTER_NEAREST)
    by_runs = measure_interline(ink)
    by_rhythm, strength = periodicity(pixels, angle)
    if strength < FAINT or (by_runs is not None and abs(by_runs - by_rhythm) < 0.1 * by_rhythm):
        return Lines(angle, by_runs, strength)
    return Lines(angle, by_rhythm, strength)


def periodicity(pixels: np.ndarray, angle: float) -> tuple[float, float]:
    """(period in pixels, strength up to 1) of what is dark and thin, down the page: five lines a staff.

    The autocorrelation of narrow strips' profiles, summed over strips, so that what is noise in each averages out. Of a
    staff's period it has peaks at once, twice and three times the lag; the strength is the weakest of them, less what
    lies between.
    """
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
    likeness = np.fft.irfft((spectrum * spectrum.conj()).sum(axis=1).real)
    if likeness[0] <= 0:
        return 0.0, 0.0
    likeness /= likeness[0]
    lags = np.arange(6, max(7, min(height // 12, 160)))
    # A staff's five lines make 4, 3 and 2 pairs at these distances.
    peaks = np.minimum(np.minimum(likeness[lags], 4 / 3 * likeness[2 * lags]), 2 * likeness[3 * lags])
    # Between the peaks there is nothing; a dark edge is like itself at any distance.
    strengths = peaks - np.maximum(np.maximum(likeness[3 * lags // 2], likeness[5 * lags // 2]), 0)
    best = int(strengths.argmax())
    # Staves at even distances have a rhythm too, a much slower one.
    faster = strengths[: max(0, int(lags[best] / 3.5) - lags[0])]
    if faster.size and faster.max() > 0.3 * strengths[best]:
        best = int(faster.argmax())
    lag = int(lags[best])
    # Three spaces measure one three times as finely, and a parabola finer than whole pixels.
    near = likeness[3 * lag - 2:3 * lag + 3]
    top = int(near[1:-1].argmax()) + 1
    left, middle, right = near[top - 1:top + 2]
    curve = left - 2 * middle + right
    shift = 0.5 * (left - right) / curve if curve < 0 else 0.0
    return (3 * lag - 2 + top + shift) / 3, float(strengths[best])


def binary(pixels: np.ndarray) -> np.ndarray:
    """(H, W) uint8, 1 = ink. A noisy page is smoothed first: grains would pass for the edges of lines."""
    if _noise(pixels) > NOISY:
        pixels = cv2.GaussianBlur(pixels, (0, 0), 1.0)
    level, _ = cv2.threshold(pixels[::2, ::2], 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return (pixels <= min(max(level, 90), 200)).astype(np.uint8)


def _noise(pixels: np.ndarray) -> float:
    """Standard deviation of the grain in grey levels (Immerkaer 1996; by the median, which edges do not move)."""
    sample = pixels[: pixels.shape[0] // 3 * 3].reshape(-1, 3, pixels.shape[1])[::5].reshape(-1, pixels.shape[1])
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    answer = cv2.filter2D(sample, cv2.CV_16S, kernel)[1::3]
    return float(np.median(np.abs(answer))) / (6 * 0.6745)


def looks_turned(pixels: np.ndarray) -> bool:
    """Whether staff lines may run down the page: long straight runs are commoner down than across."""
    small = cv2.resize(pixels, (1000, round(1000 * pixels.shape[0] / pixels.shape[1])), interpolation=cv2.INTER_AREA)
    ink = (small < 170).astype(np.uint8)
    across = int(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, 60), np.uint8)).sum())
    down = int(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((60, 1), np.uint8)).sum())
    return down > 3 * across + 500


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
