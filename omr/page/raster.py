"""From files to normalised pages: read, even out the light, measure skew and staff space, and warp once.

Staff space and line thickness are measured by run lengths (Cardoso & Rebelo, "Robust staffline thickness and distance
estimation in binary and gray-level music scores", ICPR 2010): down a column of the page, the length of a black run plus
that of the white run after it is the distance of two lines, wherever two staff lines are neighbours.
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
"""Most pages of a file. No volume of music has more, but a damaged file may claim any number."""
USUAL_HEIGHT = 168
"""Height of a usual sheet of music in staff spaces: the 297 mm of A4 divided by 1.77 mm. Staves are found if their
staff space is 0.7 to 1.4 times the expected one, so this guess works for sheets of 120 to 240 staff spaces."""
HALF_SIDE_PX = 2500
"""If the longer side of a page at half its size still has this many pixels, the half size is enough to measure its
lines: 210 dpi for A4."""
MAYBE_TURNED = 0.6
"""If the `turned_ratio` of a page is at least this, the page is measured both upright and turned by a quarter."""
DARK = 100
"""If the median brightness (0 to 255) of a page is below this, it may be white on black."""
MOST_SPACES = 500
"""Longest plausible side of a page in staff spaces. The largest of 80 pages of all kinds, a full score, has 265, and a
photograph may show as much again around the sheet. If more is measured, it is noise that was measured, not lines. Such
a page would be enlarged until reading it takes minutes and gigabytes of memory."""
SURROUNDINGS = 0.6
"""What is darker than this part of the paper's brightness, and not near any ink, is the table on which a photographed
sheet lies. Shadows on the sheet itself are mostly lighter. A darker one does little harm: dark places are left out only
while lines are measured."""
PAPER_PERCENTILE = 90
"""The brightness of paper in full light is this percentile of the page's brightness without its ink."""
LEAST_SURROUNDINGS = 0.1
"""If less than this part of a picture is so dark, it is no table, but the edge of a scanner or a blot."""
MOST_SURROUNDINGS = 0.8
"""If more than this part of a picture is so dark, the rest is too little to be the sheet."""
ROUND_PX = 25
"""Side of the square around a pixel with whose mean the pixel is compared, to tell whether strokes are lighter than
their surroundings; in pixels of the page at half its size. It is 2.5 staff spaces of a page at 300 dpi."""


@dataclass(frozen=True, eq=False)
class RawPage:
    """A page as it was read from a file.

    pixels: (H, W) uint8, grey.
    index: its number in the file, from 0.
    dpi: 0 if it is not known.
    """

    pixels: np.ndarray
    index: int
    dpi: float
    source: str


def count_pages(path: Path) -> int:
    """Number of pages of a PDF, or of frames of an image. Raises InputError, EncryptedError, PageSizeError."""
    count = pdf.count_pages(path) if _is_pdf(path) else pictures.count_frames(path)
    if count > MOST_PAGES:
        raise InputError(f"{path} claims to have {count} pages, more than {MOST_PAGES}")
    return count


def page_numbers(path: Path, pages: set[int] | None = None) -> list[int]:
    """The numbers, from 1, of the pages of a file to read: those asked for, or all.

    Raises InputError (missing, damaged, unknown type, page out of range), EncryptedError, PageSizeError.
    """
    count = count_pages(path)
    wrong = sorted(p for p in pages or () if not 1 <= p <= count)
    if wrong:
        raise InputError(f"{path} has {count} page{'s' * (count != 1)}, not page {wrong[0]}")
    return sorted(pages) if pages else list(range(1, count + 1))


def load_page(path: Path, number: int, limit_s: float | None = None) -> RawPage:
    """One page of a file, counted from 1. Raises the errors of `page_numbers`.

    limit_s: how many seconds drawing a page of a PDF may take, None for `pdf.LIMIT_S`. A page that takes longer raises
    InputError.
    """
    if _is_pdf(path):
        pixels, dpi = pdf.draw_page(path, number, limit_s)
        pictures.check_sides(pixels.shape[1], pixels.shape[0], path)
    else:
        pixels, dpi = pictures.load_frame(path, number)
    return RawPage(pixels, number - 1, dpi, str(path))


def load(path: Path, pages: set[int] | None = None) -> Iterator[RawPage]:
    """The pages of a file, one at a time. pages: counted from 1; None means all. Raises the errors of
    `page_numbers`."""
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
    """The page with level staff lines and even light, scaled to the staff space `SPACE_PX`, or `larger` times as large.

    The page may still be upside down: only its symbols can tell that.

    other_way: turn the page by 90 degrees more than its lines seem to need, because nothing was found the first time.
    guess: if no staff space can be measured, assume that of a usual sheet of music, instead of raising NoMusicError.
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
        # (row, col) of the turned page is (height - 1 - col, row) of the source.
        undo = np.array([[0.0, -1.0, raw.pixels.shape[0] - 1.0], [1.0, 0.0, 0.0]])
        to_source = undo @ np.vstack([to_source, [0, 0, 1]])
    return Page(page, raw.index, raw.dpi, raw.source, to_source)


def _level(pixels: np.ndarray, other_way: bool) -> tuple[np.ndarray, Lines, bool]:
    """The page with even light, as it is or turned clockwise by 90 degrees, so that its staff lines seem to run across
    (or the other of the two); what was measured of these lines; and whether it was turned."""
    flat = flatten(pixels)
    sheet = _without_surroundings(flat, pixels)
    measured, ratio = _measure(sheet), turned_ratio(sheet)
    may_be_turned = measured.space_px is None or ratio >= MAYBE_TURNED
    if not may_be_turned and not other_way:
        return flat, measured, False
    other = _measure(np.ascontiguousarray(np.rot90(sheet, -1)))
    # Evenly spaced stems and letters have a rhythm too, sometimes a stronger one than sloping staff lines.
    is_turned = may_be_turned and other.space_px is not None and other.strength * ratio > measured.strength
    if is_turned != other_way:
        return np.ascontiguousarray(np.rot90(flat, -1)), other, True
    return flat, measured, False


def _without_surroundings(flat: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Make white what lies around the sheet on a photograph. Evening out the light makes the grain of a dark table as
    black as ink, so it would be measured as lines. Returns `flat` itself if nothing lies around the sheet.

    flat: the page with even light.
    pixels: the page as it was read.
    """
    paper = _paper(255 - pixels if _is_negative(pixels) else pixels)
    is_around = paper < SURROUNDINGS * np.percentile(paper, PAPER_PERCENTILE)
    if not LEAST_SURROUNDINGS <= is_around.mean() <= MOST_SURROUNDINGS:
        return flat
    height, width = pixels.shape
    around = cv2.resize(is_around.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return np.where(around > 0, np.uint8(255), flat)


def _measure(pixels: np.ndarray) -> Lines:
    """The result of `measure` for a page with even light. A large page is measured at half its size if its lines are
    far enough apart."""
    height, width = (side // 2 for side in pixels.shape)
    if max(height, width) >= HALF_SIDE_PX:
        half = measure(shrink(pixels, width, height))
        if half.space_px is not None and half.space_px >= RUNS_EXACT_PX:
            return half._replace(space_px=2 * half.space_px)
    return measure(pixels)


def flatten(pixels: np.ndarray) -> np.ndarray:
    """Make paper white and ink black everywhere, by dividing the page by its background, measured over some staff
    spaces.

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
    """How bright the paper is at each place of a page, as a small picture with 400 pixels on its longer side.

    The brightest pixels near a place are its paper. They are found by a morphological closing (a maximum, then a
    minimum), which keeps edges where they are.
    """
    height, width = pixels.shape
    factor = max(height, width) / 400
    reduced = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = cv2.resize(pixels, reduced, interpolation=cv2.INTER_AREA)
    return cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))


def _is_negative(pixels: np.ndarray) -> bool:
    """Whether a page is white on black.

    Such a page is dark, but so is a photograph in bad light. Its strokes, which are thin and few, tell the two apart:
    they are lighter than their surroundings, or darker. So the mean cube of the difference between pixels and their
    surroundings is positive on a page that is white on black, and negative on any other.
    """
    if float(np.median(pixels[::16, ::16])) >= DARK:
        return False
    small = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.float32)
    difference = small - cv2.blur(small, (ROUND_PX, ROUND_PX))
    return float((difference ** 3).mean()) > 0


def _warp(pixels: np.ndarray, angle: float, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Turn a page by `angle` degrees and scale it. Returns also the map from its (row, col, 1) back to the old (row,
    col)."""
    height, width = pixels.shape
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    out_w, out_h = round(width * scale), round(height * scale)
    if min(out_w, out_h) < 40:
        raise NoMusicError("what looks like staff lines is as large as the page")
    # The output (x, y) relative to its middle, turned and enlarged, is the input relative to its middle.
    linear = np.array([[c, -s], [s, c]]) / scale
    shift = np.array([(width - 1) / 2, (height - 1) / 2]) - linear @ np.array([(out_w - 1) / 2, (out_h - 1) / 2])
    source = pixels
    if scale < 0.75:
        # Average areas first, to about the final size. Turning then loses no sharpness, and adds no aliasing.
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
