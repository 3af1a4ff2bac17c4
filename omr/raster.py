"""From files to normalised pages: read, flatten the light, measure skew and interline, warp once.

Interline and line thickness are measured by run lengths (Cardoso & Rebelo, "Robust staffline thickness and
distance estimation in binary and gray-level music scores", ICPR 2010): the sum of a black run and the white run
after it, down a column, is the interline wherever two staff lines are neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from omr.errors import EncryptedError, InputError, NoMusicError, PageSizeError
from omr.types import SPACE_PX, Page

PDF_DPI = 300
MIN_SIDE_PX = 100
MAX_SIDE_PX = 20_000
"""Larger than an A0 poster at 400 dpi: not a page of music."""
NOISY = 10.0
"""Grain, in grey levels after `flatten`, from which on a page is smoothed before its lines are measured."""
_IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp")
SUFFIXES = (".pdf", *_IMAGE_SUFFIXES)
_SMOOTHING = np.exp(-0.5 * (np.arange(-5, 6) / 1.6) ** 2)
"""Over half rows of the skew's profile, to 0.8 rows."""


@dataclass(frozen=True, eq=False)
class RawPage:
    """A page as it came. pixels: (H, W) uint8 gray; index counts the file's pages from 0; dpi 0 if unknown."""

    pixels: np.ndarray
    index: int
    dpi: float
    source: str


def count_pages(path: Path) -> int:
    """Pages of a PDF or frames of an image. Raises InputError, EncryptedError."""
    if _is_pdf(path):
        return _pdf_pages(path)
    with _open_image(path) as image:
        return int(getattr(image, "n_frames", 1))


def load(path: Path, pages: set[int] | None = None) -> Iterator[RawPage]:
    """The pages of a file, one at a time; `pages` counts from 1 and None means all.

    Raises InputError (missing, broken, unknown type, page out of range), EncryptedError, PageSizeError.
    """
    count = count_pages(path)
    wrong = sorted(p for p in pages or () if not 1 <= p <= count)
    if wrong:
        raise InputError(f"{path} has {count} page{'s' * (count != 1)}, not page {wrong[0]}")
    chosen = sorted(pages) if pages else range(1, count + 1)
    for number in chosen:
        if _is_pdf(path):
            yield RawPage(_pdf_page(path, number), number - 1, PDF_DPI, str(path))
        else:
            with _open_image(path) as image:
                image.seek(number - 1)
                dpi = float(image.info.get("dpi", (0, 0))[0] or 0)
                yield RawPage(_gray(image, path), number - 1, dpi, str(path))


def _is_pdf(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return b"%PDF" in file.read(1024)
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder, not a file") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


def _pdf_pages(path: Path) -> int:
    from pdf2image import pdfinfo_from_path
    from pdf2image.exceptions import PDFInfoNotInstalledError, PDFPageCountError, PDFSyntaxError

    try:
        info = pdfinfo_from_path(str(path), timeout=60)
    except PDFInfoNotInstalledError as error:
        raise InputError("no PDF can be read: poppler is not installed (Debian: apt install poppler-utils)") from error
    except (PDFPageCountError, PDFSyntaxError, ValueError) as error:
        if "password" in str(error).lower():
            raise EncryptedError(f"{path} is encrypted") from error
        raise InputError(f"{path} is a broken PDF") from error
    if int(info["Pages"]) < 1:
        raise InputError(f"{path} has no pages")
    return int(info["Pages"])


def _pdf_page(path: Path, number: int) -> np.ndarray:
    from pdf2image import convert_from_path, pdfinfo_from_path
    from pdf2image.exceptions import PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError

    try:
        info = pdfinfo_from_path(str(path), first_page=number, last_page=number, timeout=60)
        sizes = [v for k, v in info.items() if k.startswith("Page") and k.endswith("size")]
        if sizes:
            width, height = (float(x) * PDF_DPI / 72 for x in str(sizes[0]).split(" pts")[0].split(" x "))
            _check_size(width, height, path)
            # Some scans claim a paper of several feet; rendering them whole would cost memory for nothing.
            dpi = PDF_DPI * min(1.0, 6500 / max(width, height))
        else:
            dpi = float(PDF_DPI)
        images = convert_from_path(str(path), dpi=round(dpi), first_page=number, last_page=number, grayscale=True,
                                   timeout=300)
    except (PDFPageCountError, PDFSyntaxError, PDFPopplerTimeoutError) as error:
        raise InputError(f"page {number} of {path} is broken") from error
    if not images:
        raise InputError(f"page {number} of {path} is broken")
    return np.asarray(images[0].convert("L"))


def _open_image(path: Path) -> Any:
    from PIL import Image, UnidentifiedImageError

    # The size is checked from the header, before anything is decoded, so Pillow's own guard is not needed.
    Image.MAX_IMAGE_PIXELS = None
    try:
        image = Image.open(path)
    except UnidentifiedImageError as error:
        raise InputError(f"{path} is no PDF and no image") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path} is a broken image") from error
    _check_size(*image.size, path)
    return image


def _check_size(width: float, height: float, path: Path) -> None:
    if min(width, height) < MIN_SIDE_PX:
        raise PageSizeError(f"{path} is {width:.0f} x {height:.0f} pixels, too small to hold a staff")
    if max(width, height) > MAX_SIDE_PX:
        raise PageSizeError(f"{path} is {width:.0f} x {height:.0f} pixels, more than {MAX_SIDE_PX} on a side")


def _gray(image: Any, path: Path) -> np.ndarray:
    """(H, W) uint8: turned as EXIF says, transparency on white, 16 bits brought to 8."""
    from PIL import Image, ImageOps

    try:
        image = ImageOps.exif_transpose(image)
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            rgba = image.convert("RGBA")
            sheet = Image.new("RGBA", rgba.size, "white")
            image = Image.alpha_composite(sheet, rgba)
        if image.mode.startswith(("I", "F")):
            values = np.asarray(image, dtype=np.float32)
            low, high = float(values.min()), float(values.max())
            return ((values - low) * (255 / max(high - low, 1e-6))).astype(np.uint8)
        return np.asarray(image.convert("L"))
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise InputError(f"{path} is a broken image") from error


def normalise(raw: RawPage) -> Page:
    """The page upright, evenly lit, at `SPACE_PX`. Raises NoMusicError where no interline can be measured."""
    pixels = flatten(raw.pixels)
    ink = _binary(pixels)
    angle, space, combs = _measure(ink)
    turned = False
    if space is None or _looks_turned(pixels):
        other = _measure(np.ascontiguousarray(np.rot90(ink, -1)))
        if other[2] > combs:
            turned, (angle, space, _) = True, other
            pixels = np.ascontiguousarray(np.rot90(pixels, -1))
    if space is None:
        raise NoMusicError(f"no staff lines on page {raw.index + 1} of {raw.source}")
    page, to_source = _warp(pixels, angle, SPACE_PX / space)
    if turned:
        # The turned page's (row, col) is the source's (height - 1 - col, row).
        undo = np.array([[0.0, -1.0, raw.pixels.shape[0] - 1.0], [1.0, 0.0, 0.0]])
        to_source = undo @ np.vstack([to_source, [0, 0, 1]])
    return Page(page, raw.index, raw.dpi, raw.source, to_source)


def flatten(pixels: np.ndarray) -> np.ndarray:
    """Paper made white and ink black everywhere: divided by a background measured over some staff spaces.

    A page that is white on black is inverted first.
    """
    if float(np.median(pixels[::16, ::16])) < 100:
        pixels = 255 - pixels
    height, width = pixels.shape
    if int(pixels[::4, ::4].min()) == 0 and np.isin(pixels[:: max(1, height // 200)], (0, 255)).mean() > 0.995:
        return pixels
    factor = max(height, width) / 400
    reduced = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = cv2.resize(pixels, reduced, interpolation=cv2.INTER_AREA)
    # The brightest near each place is its paper: a closing is a maximum then a minimum, so edges stay.
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    paper = cv2.GaussianBlur(paper, (0, 0), 6)
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    flat = cv2.divide(pixels, np.maximum(paper, 30), scale=245)
    dark = float(np.percentile(flat[::4, ::4], 0.5))
    table = np.clip((np.arange(256) - dark) * (255 / max(245 - dark, 40)), 0, 255).astype(np.uint8)
    return cv2.LUT(flat, table)


def _binary(pixels: np.ndarray) -> np.ndarray:
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


def _looks_turned(pixels: np.ndarray) -> bool:
    """Whether staff lines may run down the page: long straight runs are commoner down than across."""
    small = cv2.resize(pixels, (1000, round(1000 * pixels.shape[0] / pixels.shape[1])), interpolation=cv2.INTER_AREA)
    ink = (small < 170).astype(np.uint8)
    across = int(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, 60), np.uint8)).sum())
    down = int(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((60, 1), np.uint8)).sum())
    return down > 3 * across + 500


def _measure(ink: np.ndarray) -> tuple[float, float | None, int]:
    """Skew in degrees, staff space in pixels, and how many combs of five lines were counted."""
    angle = measure_skew(ink)
    if abs(angle) > 0.5:
        # Columns cross slanted lines all the same, but long runs of a beam or a slur's ink blur the histogram.
        center = (ink.shape[1] / 2, ink.shape[0] / 2)
        ink = cv2.warpAffine(ink, cv2.getRotationMatrix2D(center, angle, 1.0), ink.shape[::-1], flags=cv2.INTER_NEAREST)
    return angle, *measure_interline(ink)


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


def measure_interline(ink: np.ndarray) -> tuple[float | None, int]:
    """Staff space in pixels, to a fraction of one, and how many combs of five lines were counted in sampled columns;
    None and 0 if no distance between lines stands out."""
    height, width = ink.shape
    columns = ink[:, :: max(1, width // 600)].T
    padded = np.zeros((columns.shape[0], height + 2), np.int8)
    padded[:, 1:-1] = columns
    edges = np.diff(padded, axis=1)
    column, start = np.nonzero(edges == 1)
    stop = np.nonzero(edges == -1)[1]
    if len(start) < 200:
        return None, 0
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
        return None, 0
    # Four spaces in a row measure the mode four times as finely.
    rows = start
    span = 4
    same4 = column[span:] == column[:-span]
    total = rows[span:] - rows[:-span]
    tolerance = max(2, 0.08 * span * mode)
    good = same4 & (np.abs(total - span * mode) <= tolerance)
    combs = int(good.sum())
    if combs >= 100:
        return float(np.median(total[good]) if combs < 400 else np.mean(total[good])) / span, combs
    return float((histogram[near] * np.arange(near.start, near.stop)).sum() / histogram[near].sum()), combs


def _warp(pixels: np.ndarray, angle: float, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """The page turned by `angle` degrees and scaled, and the map from its (row, col, 1) back to (row, col)."""
    height, width = pixels.shape
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    out_w, out_h = round(width * scale), round(height * scale)
    if min(out_w, out_h) < 40:
        raise NoMusicError("what looks like staff lines is as large as the page")
    # Output (x, y) about its middle, turned and enlarged, is the input about its middle.
    linear = np.array([[c, -s], [s, c]]) / scale
    shift = np.array([(width - 1) / 2, (height - 1) / 2]) - linear @ np.array([(out_w - 1) / 2, (out_h - 1) / 2])
    source = pixels
    if scale < 0.75:
        # Area averaging first, to about the final size; the turn then costs no sharpness it could alias.
        source = cv2.resize(pixels, (out_w, out_h), interpolation=cv2.INTER_AREA)
        sx, sy = source.shape[1] / width, source.shape[0] / height
        grown = np.diag([sx, sy])
        matrix = np.column_stack([grown @ linear, grown @ (shift + 0.5) - 0.5])
    else:
        matrix = np.column_stack([linear, shift])
    if abs(angle) < 0.02 and source.shape == (out_h, out_w):
        page = source
    else:
        page = cv2.warpAffine(source, matrix, (out_w, out_h), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                              borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    to_source = np.array([
        [linear[1, 1], linear[1, 0], shift[1]],
        [linear[0, 1], linear[0, 0], shift[0]],
    ])
    return page, to_source
