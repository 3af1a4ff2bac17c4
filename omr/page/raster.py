"""From files to normalised pages: read, flatten the light, measure skew and interline, warp once.

Interline and line thickness are measured by run lengths (Cardoso & Rebelo, "Robust staffline thickness and
distance estimation in binary and gray-level music scores", ICPR 2010): the sum of a black run and the white run
after it, down a column, is the interline wherever two staff lines are neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from omr.errors import InputError, NoMusicError
from omr.page import pdf, pictures
from omr.page.scale import RUNS_EXACT_PX, Lines, measure, shrink, turned_ratio
from omr.types import SPACE_PX, Page

MOST_PAGES = 10_000
"""More pages than any volume of music has: a damaged file may claim any number."""
USUAL_HEIGHT = 168
"""Height of a usual sheet of music in staff spaces: 297 mm of A4 by 1.77 mm. Staves are found at 0.7 to 1.4 times the
staff space that is expected, so that this guess serves sheets of 120 to 240 staff spaces."""
HALF_SIDE_PX = 2500
"""Longer side, in pixels, of a page that was halved, from which on that half is enough to measure its lines: 210 dpi of
A4."""
MAYBE_TURNED = 0.6
"""`turned_ratio` from which on a page is measured both ways: upright and turned by a quarter."""
DARK = 100
"""Brightness (0 to 255, the median) below which a page may be white on black."""
MOST_SPACES = 500
"""Longer side, in staff spaces, of the largest page that is believed. The largest of 80 pages of all kinds, a full
score, has 265, and a photograph may show as much around the sheet. What measures more is grain, not lines; such a page
would be enlarged until it took minutes to read and gigabytes of memory."""
SURROUNDINGS = 0.6
"""What is darker than this part of the paper, where no ink is near, is the table on which a photographed sheet lies.
Shadows on the sheet itself are mostly lighter, and whatever is darker is only left out while lines are measured."""
PAPER_PERCENTILE = 90
"""Percentile of the page's brightness without its ink that is taken for that of paper in full light."""
LEAST_SURROUNDINGS = 0.1
"""Part of a picture below which what is so dark is no table, but a scanner's edge or a blot."""
MOST_SURROUNDINGS = 0.8
"""Part of a picture above which the rest is too little to be the sheet."""
ROUND_PX = 25
"""Side of a square of surroundings, in pixels of the page at half its resolution: 2.5 staff spaces of a page at 300
dpi."""


@dataclass(frozen=True, eq=False)
class RawPage:
    """A page as it came. pixels: (H, W) uint8 gray; index counts the file's pages from 0; dpi 0 if unknown."""

    pixels: np.ndarray
    index: int
    dpi: float
    source: str


def count_pages(path: Path) -> int:
    """Pages of a PDF or frames of an image. Raises InputError, EncryptedError, PageSizeError."""
    count = pdf.count_pages(path) if _is_pdf(path) else pictures.count_frames(path)
    if count > MOST_PAGES:
        raise InputError(f"{path} claims to have {count} pages, more than {MOST_PAGES}")
    return count


def page_numbers(path: Path, pages: set[int] | None = None) -> list[int]:
    """The pages of a file to read, counted from 1: those asked for, or all.

    Raises InputError (missing, broken, unknown type, page out of range), EncryptedError, PageSizeError.
    """
    count = count_pages(path)
    wrong = sorted(p for p in pages or () if not 1 <= p <= count)
    if wrong:
        raise InputError(f"{path} has {count} page{'s' * (count != 1)}, not page {wrong[0]}")
    return sorted(pages) if pages else list(range(1, count + 1))


def load_page(path: Path, number: int, limit_s: float | None = None) -> RawPage:
    """One page of a file, counted from 1. limit_s: seconds that a page of a PDF may take to be drawn, None for
    `pdf.LIMIT_S`; one that takes longer is an InputError. Raises as `page_numbers` does."""
    if _is_pdf(path):
        pixels, dpi = pdf.draw_page(path, number, limit_s)
        pictures.check_sides(pixels.shape[1], pixels.shape[0], path)
    else:
        pixels, dpi = pictures.load_frame(path, number)
    return RawPage(pixels, number - 1, dpi, str(path))


def load(path: Path, pages: set[int] | None = None) -> Iterator[RawPage]:
    """The pages of a file, one at a time; `pages` counts from 1 and None means all. Raises as `page_numbers` does."""
    for number in page_numbers(path, pages):
        yield load_page(path, number)


def looks_like_pdf(path: Path) -> bool:
    """Whether a file can be read and is a PDF."""
    try:
        return _is_pdf(path)
    except InputError:
        return False


def _is_pdf(path: Path) -> bool:
    """Whether a file is a PDF, by its first bytes. Raises InputError if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return b"%PDF" in file.read(1024)
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder, not a file") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


def normalise(raw: RawPage, larger: float = 1.0, other_way: bool = False, guess: bool = False) -> Page:
    """The page with its staff lines level, evenly lit, at `SPACE_PX`, or so many times larger.

    other_way: turn it by a quarter more than its lines seem to ask for, because nothing was found the first time. The
    page may still be upside down: only its symbols tell that. guess: where no staff space can be measured take that of
    a usual sheet of music; otherwise NoMusicError is raised.
    """
    pixels, measured, is_turned = _level(raw.pixels, other_way)
    space_px = measured.space_px
    if space_px is not None and max(pixels.shape) > MOST_SPACES * space_px:
        space_px = None
    if space_px is None and guess:
        space_px = max(pixels.shape) / USUAL_HEIGHT
    if space_px is None:
        raise NoMusicError(f"no staff lines on page {raw.index + 1} of {raw.source}")
    page, to_source = _warp(pixels, measured.angle, larger * SPACE_PX / space_px)
    if is_turned:
        # The turned page's (row, col) is the source's (height - 1 - col, row).
        undo = np.array([[0.0, -1.0, raw.pixels.shape[0] - 1.0], [1.0, 0.0, 0.0]])
        to_source = undo @ np.vstack([to_source, [0, 0, 1]])
    return Page(page, raw.index, raw.dpi, raw.source, to_source)


def _level(pixels: np.ndarray, other_way: bool) -> tuple[np.ndarray, Lines, bool]:
    """A page flattened, as it is or turned clockwise by a quarter, whichever way its staff lines seem to run across, or
    the other way; what was measured of them; and whether it was turned."""
    flat = flatten(pixels)
    sheet = _without_surroundings(flat, pixels)
    measured, ratio = _measure(sheet), turned_ratio(sheet)
    may_be_turned = measured.space_px is None or ratio >= MAYBE_TURNED
    if not may_be_turned and not other_way:
        return flat, measured, False
    other = _measure(np.ascontiguousarray(np.rot90(sheet, -1)))
    # Evenly spaced stems and letters have a rhythm too, sometimes a stronger one than lines that slope.
    is_turned = may_be_turned and other.space_px is not None and other.strength * ratio > measured.strength
    if is_turned != other_way:
        return np.ascontiguousarray(np.rot90(flat, -1)), other, True
    return flat, measured, False


def _without_surroundings(flat: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """A flattened page, with what lies around the sheet on a photograph made white: the grain of a dark table, which
    flattening makes as black as ink, would be measured as lines. `flat` itself if nothing lies around it. pixels: the
    page as it came."""
    paper = _paper(255 - pixels if _is_negative(pixels) else pixels)
    is_around = paper < SURROUNDINGS * np.percentile(paper, PAPER_PERCENTILE)
    if not LEAST_SURROUNDINGS <= is_around.mean() <= MOST_SURROUNDINGS:
        return flat
    height, width = pixels.shape
    around = cv2.resize(is_around.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return np.where(around > 0, np.uint8(255), flat)


def _measure(pixels: np.ndarray) -> Lines:
    """What `measure` says of a flattened page; of a large one at half its size, if its lines are far enough apart."""
    height, width = (side // 2 for side in pixels.shape)
    if max(height, width) >= HALF_SIDE_PX:
        half = measure(shrink(pixels, width, height))
        if half.space_px is not None and half.space_px >= RUNS_EXACT_PX:
            return half._replace(space_px=2 * half.space_px)
    return measure(pixels)


def flatten(pixels: np.ndarray) -> np.ndarray:
    """Paper made white and ink black everywhere: divided by a background measured over some staff spaces.

    A page that is white on black is inverted first.
    """
    if _is_negative(pixels):
        pixels = 255 - pixels
    height, width = pixels.shape
    if int(pixels[::4, ::4].min()) == 0:
        sample = pixels[:: max(1, height // 200)]
        if ((sample == 0) | (sample == 255)).mean() > 0.995:
            return pixels
    paper = cv2.GaussianBlur(_paper(pixels), (0, 0), 6)
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    flat = cv2.divide(pixels, np.maximum(paper, 30), scale=245)
    dark = float(np.percentile(flat[::4, ::4], 0.5))
    table = np.clip((np.arange(256) - dark) * (255 / max(245 - dark, 40)), 0, 255).astype(np.uint8)
    return cv2.LUT(flat, table)


def _paper(pixels: np.ndarray) -> np.ndarray:
    """How bright the paper is at each place of a page, as a small picture of 400 pixels' longer side.

    The brightest near a place is its paper; the closing that finds it is a maximum and then a minimum, so that edges
    stay."""
    height, width = pixels.shape
    factor = max(height, width) / 400
    reduced = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = cv2.resize(pixels, reduced, interpolation=cv2.INTER_AREA)
    return cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))


def _is_negative(pixels: np.ndarray) -> bool:
    """Whether a page is white on black. Such a page is dark, but so is a photograph in bad light. What tells the two
    apart is its strokes, which are thin and few: they are lighter than their surroundings or darker. The mean cube of
    what pixels differ from their surroundings is positive in the first case and negative in the second."""
    if float(np.median(pixels[::16, ::16])) >= DARK:
        return False
    small = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.float32)
    difference = small - cv2.blur(small, (ROUND_PX, ROUND_PX))
    return float((difference ** 3).mean()) > 0


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
