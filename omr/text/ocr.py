"""Words on a page: the detector says where text is, Tesseract what it says.

Tesseract runs as a library in this process, started with the first page on which the detector sees text. It gets
the text line by line, cut out of the original scan, which is sharper than the normalised page; everything that is no
text is erased, and the words of a line are moved together, since syllables stand as far apart as their notes and
Tesseract reads them better closer together. Where each word stood on the page is known from the columns of each line.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from glob import glob
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import cv2
import numpy as np

from omr.text.places import chains, shared_height
from omr.types import SPACE_PX, STROKE_KINDS, Box, DetectorMaps, Page, Word

if TYPE_CHECKING:
    from tesserocr import PyTessBaseAPI


@dataclass(frozen=True, kw_only=True)
class TextLimits:
    """What decides where text is and how it is cut. Lengths in staff spaces, shares from 0 to 1, unless said otherwise.
    Rules of thumb: no measurement of them is on record."""

    # Which pixels are text
    text_probability: float = 0.3
    """Smallest probability of text in a cell of the detector's map from which a block is made."""
    kept_probability: float = 0.15
    """The same for what is shown to Tesseract: the thin ends of letters are less sure."""
    ink_level: int = 150
    """Pixels of a normalised page darker than this (0 black, 255 white) are ink."""
    block_gap: float = 0.35
    """Longest gap within one block: between letters of a word, or words of a phrase."""
    letter_margin: float = 0.5
    """How far letters may reach beyond what the detector marks."""
    smallest_block: float = 0.5
    """Blocks less high or wide are dots and dashes."""

    # Where blocks are cut into lines and words
    level_stroke: float = 1.2
    """Horizontal strokes longer than this are no part of a letter but lines after a syllable."""
    lowest_line: float = 0.8
    """Smallest height of a line of text: about that of small letters."""
    blank_row: float = 0.05
    """Rows with no more ink over the emptiest one than this share of the fullest row's are a gap between lines."""
    cut_row: float = 0.15
    """Most ink in a row where lines are cut, as a share of the fullest row of the emptier side."""
    word_gap_heights: float = 0.3
    """Letters farther apart than this, in heights of their line, belong to two words."""
    least_word_gap_px: float = 4.0
    """The same in pixels of the page, for very low lines."""
    box_margin_px: float = 1.5
    """Margin around the ink of a word, in pixels of the page."""

    # Which blocks stand in one line
    line_overlap: float = 0.5
    """Smallest share of the lower block's height that neighbours of one line have in common."""
    line_heights: float = 2.5
    """How many times as high as its neighbour a block of one line may be."""
    torn_heights: float = 0.1
    """Blocks of a line nearer than this, in heights of the lower one, are parts of one: words are farther apart."""
    block_overlap: float = 1.0
    """How far a block of a line may begin left of the end of the one before."""


@dataclass(frozen=True, kw_only=True)
class DashLimits:
    """Which strokes after a word are hyphens ("-") and which are lines that hold its last syllable ("_"). All in staff
    spaces. Rules of thumb: no measurement of them is on record."""

    search_distance: float = 12.0
    """How far after a word a dash is looked for."""
    word_overlap: float = 0.3
    """How far the next word may begin left of this one's end."""
    search_above: float = 1.8
    """Top of the searched window over the bottom of the word."""
    search_below: float = 0.6
    """Bottom of the searched window below the bottom of the word."""
    narrowest_window: float = 0.5
    """Narrower gaps between two words hold no dash."""
    lowest_window: float = 1.0
    """Less high windows, at the edge of the page, are not searched."""
    thickest: float = 0.4
    """Greatest height of a dash."""
    shortest: float = 0.3
    """Smallest length of a dash."""
    least_slope: int = 2
    """How many times as long as high a dash is at least (no unit)."""
    alone: float = 0.8
    """Smallest share of the columns of a line in which nothing else of its line of text stands."""
    longest_hyphen: float = 1.6
    """Greatest length of a hyphen."""
    hyphen_rows: tuple[float, float] = (-0.4, 0.5)
    """Where the middle of a hyphen may be below the middle of the word."""
    shortest_line: float = 1.2
    """Strokes longer than this may be a line."""
    line_rows: tuple[float, float] = (0.2, 1.2)
    """Where the middle of a line may be below the middle of the word: it stands at the foot of the letters."""


TEXT_LIMITS = TextLimits()
DASH_LIMITS = DashLimits()

LETTERS_PX = 40
"""Height of a line, from its highest letters to its lowest, in the picture for Tesseract, which reads letters of 20 to
40 pixels best."""
LINE_PX = 52
"""Height of the picture of a line: there is room for larger letters than the usual ones of their line."""
LINE_MARGIN_PX = 5
"""Rows of the page around a line that are erased with it: its own blurred edges."""
GAP_PX = 40
"""Blank rows between lines, and blank columns before each line."""
WORDS_APART_PX = 24
"""Blank columns between the blocks of a line: fewer than 20 let Tesseract join some syllables, and with 32 or more it
reads fewer of them right."""
LETTERS_APART_PX = 70
"""The same where most blocks are a single letter, such as chord symbols: Tesseract takes letters at even distances for
those of one word."""
LONE_LETTERS = 1.5
"""Most letters that the blocks of such a line have (median). They are no wider than the line is high, either: where
print is blurred, the letters of a syllable touch."""
NEIGHBOURS = 2
"""How many blocks on either side tell how high a line of text is at a block."""
LINES_A_CALL = 24
"""Most lines in one picture."""
LETTER_GAP = 0.2
"""Fewest blank columns in that picture that may separate two syllables and not just two letters, as a share of the
height of its letters. Tesseract reads syllables as one word unless there is more room between them: `WIDER_PX`."""
USUAL_GAPS = 2.0
"""Such a gap is also this many times as wide as the usual one of its line, which is one between letters."""
LEAST_LETTER_PX = 8
"""What is less high in that picture is a dot, a comma or a hyphen, and no letter."""
WIDER_PX = 8
"""Blank columns added in such a gap."""
BLANK_LEVEL = 160
"""Columns of that picture that are nowhere darker than this (0 black, 255 white) are blank."""
PAPER_PERCENTILE, INK_PERCENTILE = 90, 1
"""Percentiles of a block's brightness that are taken for paper and for ink."""
LEAST_CONTRAST = 30.0
"""Smallest difference of paper and ink that contrast is stretched from, of 255 levels: less is noise."""
SECONDS_A_CALL = 60
"""When Tesseract is stopped that has not read a picture, whose lines are then left unread."""
DATA_FOLDERS = ("/usr/share/tesseract-ocr/*/tessdata", "/usr/share/tessdata", "/usr/local/share/tessdata",
                "/opt/homebrew/share/tessdata")
"""Where Tesseract's languages are kept by Debian and Ubuntu, in a folder for each version; by Fedora and Arch; where
Tesseract was built from source, or on a Mac with an Intel processor; on other Macs. The environment variable
TESSDATA_PREFIX goes before all of them."""
USUAL_LANGUAGES = ("eng", "deu", "fra", "ita")
"""The languages of most songs that are printed. With all four the words of a page take twice as long as in English
alone (0.24 s instead of 0.11 s a page of ragtime), and English ones are read no worse."""
_WORD_LEVEL = "5"
"""`level` of the rows of Tesseract's table that are words (1 is the page, 2 a block, 3 a paragraph, 4 a line)."""
_ONE_AT_A_TIME = Lock()
"""Held while the one Tesseract of this process reads: it keeps a picture and its words in itself."""


@dataclass(frozen=True)
class _Line:
    """A line of text as Tesseract gets it.

    picture: (LINE_PX, W) uint8. columns, tops: (W,), the page column of each of its columns, and the page row of its
    first row there. scale: pixels of the picture to one of the page.
    """

    picture: np.ndarray
    columns: np.ndarray
    tops: np.ndarray
    scale: float


def installed() -> frozenset[str]:
    """The languages that Tesseract can read on this machine, by its names; empty if there are none."""
    return frozenset(path.stem for path in data_folder().glob("*.traineddata")) - {"osd"}


def usual_languages() -> tuple[str, ...]:
    """Those of `USUAL_LANGUAGES` that Tesseract can read on this machine; English, if it can read none of them."""
    here = installed()
    return tuple(name for name in USUAL_LANGUAGES if name in here) or USUAL_LANGUAGES[:1]


@lru_cache(maxsize=1)
def data_folder() -> Path:
    """The folder of Tesseract's languages; one that does not exist, if there is none."""
    chosen = os.environ.get("TESSDATA_PREFIX")
    folders = [chosen] if chosen else [f for pattern in DATA_FOLDERS for f in sorted(glob(pattern), reverse=True)]
    return Path(next(iter(folders), "/nowhere"))


@lru_cache(maxsize=1)
def _tesseract(languages: tuple[str, ...]) -> PyTessBaseAPI:
    """A Tesseract for languages that are installed. It is kept, since to start it takes as long as to read a page."""
    from tesserocr import PSM, PyTessBaseAPI

    # Page segmentation mode 6: one block of text of even size.
    return PyTessBaseAPI(path=str(data_folder()), lang="+".join(languages), psm=PSM.SINGLE_BLOCK)


def start(languages: Sequence[str]) -> None:
    """Start Tesseract before the first page needs it, if it is here. languages: its names of them."""
    if languages and installed().issuperset(languages):
        with _ONE_AT_A_TIME:
            _tesseract(tuple(languages))


def text_blocks(page: Page, maps: DetectorMaps) -> list[Box]:
    """Boxes of the words, or pieces of words, that the detector takes for text, from top to bottom."""
    text = (maps.strokes[..., STROKE_KINDS.index("text")] >= TEXT_LIMITS.text_probability).astype(np.uint8)
    cell, stride = SPACE_PX / maps.stride, maps.stride
    kernel = np.ones((1, max(1, round(2 * TEXT_LIMITS.block_gap * cell))), np.uint8)
    joined = cv2.morphologyEx(text, cv2.MORPH_CLOSE, kernel)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    reach = round(TEXT_LIMITS.letter_margin * SPACE_PX)
    boxes: list[Box] = []
    for number, (left, top, width, height, _) in enumerate(stats[1:].tolist(), 1):
        if min(width, height) < TEXT_LIMITS.smallest_block * cell:
            continue
        own = (labels[top:top + height, left:left + width] == number).astype(np.uint8)
        own = cv2.resize(own, (width * stride, height * stride), interpolation=cv2.INTER_NEAREST)
        own = cv2.dilate(np.pad(own, reach), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        first, start = top * stride - reach, left * stride - reach
        rows, cols = slice(max(first, 0), first + len(own)), slice(max(start, 0), start + own.shape[1])
        pixels = page.pixels[rows, cols]
        own = own[rows.start - first:, cols.start - start:][:pixels.shape[0], :pixels.shape[1]]
        boxes += _pieces((pixels < TEXT_LIMITS.ink_level) & (own > 0), rows.start, cols.start)
    return sorted(boxes, key=lambda b: (b.top, b.left))


def _pieces(ink: np.ndarray, top: int, left: int) -> Iterator[Box]:
    """Boxes around the words of a block of text, as far as they can be told apart.

    ink: (h, w) bool, its first pixel at (top, left) of the page.
    """
    # Lines after a syllable are longer than any stroke of a letter, and would outweigh the letters.
    kernel = np.ones((1, round(TEXT_LIMITS.level_stroke * SPACE_PX)), np.uint8)
    letters = ink & (cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_OPEN, kernel) == 0)
    margin = TEXT_LIMITS.box_margin_px
    for first, last in _lines_in(letters.sum(axis=1).astype(float)):
        line = letters[first:last]
        filled = np.flatnonzero(line.any(axis=1))
        if not len(filled):
            continue
        gap = max(TEXT_LIMITS.word_gap_heights * (filled[-1] + 1 - filled[0]), TEXT_LIMITS.least_word_gap_px)
        cols = np.flatnonzero(line.any(axis=0))
        cuts = np.flatnonzero(np.diff(cols) > gap)
        for a, b in zip([0, *(cuts + 1)], [*cuts, len(cols) - 1], strict=True):
            rows = np.flatnonzero(line[:, cols[a]:cols[b] + 1].any(axis=1))
            if rows[-1] + 1 - rows[0] >= TEXT_LIMITS.smallest_block * SPACE_PX:
                yield Box(top + first + rows[0] - margin, left + cols[a] - margin,
                          top + first + rows[-1] + 1 + margin, left + cols[b] + 1 + margin)


def _lines_in(ink: np.ndarray) -> list[tuple[int, int]]:
    """The lines of text in a block: (first row, one past the last). ink: number of ink pixels in each row.

    A block is cut in a row with hardly any ink, if both parts are at least as high as small letters.
    """
    least, filled = round(TEXT_LIMITS.lowest_line * SPACE_PX), np.flatnonzero(ink)
    if not len(filled) or filled[-1] + 1 - filled[0] <= 2 * least:
        return [(0, len(ink))]
    inner = ink[filled[0] + least:filled[-1] + 1 - least]
    # The widest gap is taken: below the dots of letters there is a narrower one.
    empty = (inner <= inner.min() + TEXT_LIMITS.blank_row * ink.max()).astype(np.int8)
    runs = np.flatnonzero(np.diff(np.concatenate([[0], empty, [0]]))).reshape(-1, 2)
    cut = filled[0] + least + int(runs[np.argmax(runs[:, 1] - runs[:, 0])].mean())
    if ink[cut] > TEXT_LIMITS.cut_row * min(ink[:cut].max(), ink[cut:].max()):
        return [(0, len(ink))]
    return [*_lines_in(ink[:cut]), *((cut + a, cut + b) for a, b in _lines_in(ink[cut:]))]


def read_words(source: np.ndarray, page: Page, maps: DetectorMaps, languages: Sequence[str]) -> tuple[Word, ...]:
    """The words of a page, in pixels of the page.

    source: the raster (H, W) that `page` was made from, 0 = ink. languages: Tesseract's names. Empty if one of them is
    not installed: a page is worth reading without its words.
    """
    blocks = text_blocks(page, maps)
    if not blocks or not installed().issuperset(languages):
        return ()
    mask = _without_lines(page, _text_mask(page, maps), blocks)
    lines = [_picture(source, page, mask, row) for row in _rows(blocks)]
    words: list[Word] = []
    for i in range(0, len(lines), LINES_A_CALL):
        batch = lines[i:i + LINES_A_CALL]
        words += _found(batch, _table(_sheet(batch), languages))
    return (*words, *_dashes(page, words))


def _text_mask(page: Page, maps: DetectorMaps) -> np.ndarray:
    """What is shown to Tesseract, text and a margin around it: (H, W) uint8, 0 or 1, in pixels of the page."""
    mask: np.ndarray = (maps.strokes[..., STROKE_KINDS.index("text")] >= TEXT_LIMITS.kept_probability).astype(np.uint8)
    side = 2 * round(TEXT_LIMITS.letter_margin * SPACE_PX / maps.stride) + 1
    mask = cv2.dilate(mask, np.ones((side, side), np.uint8))
    height, width = page.pixels.shape
    whole = cv2.resize(mask, None, fx=maps.stride, fy=maps.stride, interpolation=cv2.INTER_NEAREST)[:height, :width]
    return np.pad(whole, ((0, height - whole.shape[0]), (0, width - whole.shape[1])))


def _without_lines(page: Page, mask: np.ndarray, blocks: Sequence[Box]) -> np.ndarray:
    """The mask without the level lines that hold a syllable: Tesseract reads their beginnings as full stops.

    mask: (H, W) in pixels of the page. blocks: of text.
    """
    ink = (page.pixels < TEXT_LIMITS.ink_level).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    flat = ((height <= DASH_LIMITS.thickest * SPACE_PX) & (width >= DASH_LIMITS.shortest * SPACE_PX)
            & (width >= DASH_LIMITS.least_slope * height))
    is_line = np.zeros(len(stats), bool)
    rows, left = stats[:, cv2.CC_STAT_TOP] + height / 2, stats[:, cv2.CC_STAT_LEFT]
    for block in blocks:
        below = (rows - block.center[0]) / SPACE_PX
        near = (left < block.right + SPACE_PX) & (left + width > block.left)
        low = flat & near & (below > DASH_LIMITS.line_rows[0]) & (rows < block.bottom)
        for number in np.flatnonzero(low):
            # Nothing stands over it: it is no stroke of "=", say.
            columns = labels[max(round(block.top), 0):round(block.bottom), left[number]:left[number] + width[number]]
            is_line[number] |= bool(np.isin(columns, [0, int(number)]).all(axis=0).mean() >= DASH_LIMITS.alone)
    lines = cv2.dilate(is_line[labels].astype(np.uint8), np.ones((LINE_MARGIN_PX, LINE_MARGIN_PX), np.uint8))
    return np.where(lines > 0, 0, mask).astype(np.uint8)


def _dashes(page: Page, words: Sequence[Word]) -> Iterator[Word]:
    """Hyphens between syllables as "-", and lines after a word's last syllable as "_".

    The detector seldom marks them as text, so they are looked for on the page: a level stroke that stands alone in the
    gap after a word.
    """
    space = SPACE_PX
    letters = [w for w in words if any(c.isalpha() for c in w.text)]
    for word in letters:
        row = word.box.center[0]
        following = [w.box.left for w in letters if w.box.top < row < w.box.bottom
                     and w.box.left > word.box.right - DASH_LIMITS.word_overlap * space]
        left = round(word.box.right + 1)
        right = round(min([*following, word.box.right + DASH_LIMITS.search_distance * space])) - 1
        top = max(0, round(word.box.bottom - DASH_LIMITS.search_above * space))
        window = page.pixels[top:round(word.box.bottom + DASH_LIMITS.search_below * space), left:right]
        height, width = window.shape
        if height < DASH_LIMITS.lowest_window * space or width < DASH_LIMITS.narrowest_window * space:
            continue
        stroke = _first_level_stroke(window)
        if stroke is not None:
            box = Box(top + stroke.top, left + stroke.left, top + stroke.bottom, left + stroke.right)
            text = _dash(box.width / space, (box.center[0] - row) / space)
            if text:
                yield Word(text, box)


def _first_level_stroke(window: np.ndarray) -> Box | None:
    """The first stroke in a window of the page that is shaped like a dash and does not run out of the window."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((window < TEXT_LIMITS.ink_level).astype(np.uint8), connectivity=8)
    for left, top, width, height, _ in stats[1:].tolist():
        runs_out = width == window.shape[1] or top == 0 or top + height == window.shape[0]
        if (not runs_out and height <= DASH_LIMITS.thickest * SPACE_PX and width >= DASH_LIMITS.shortest * SPACE_PX
                and width >= DASH_LIMITS.least_slope * height):
            return Box(top, left, top + height, left + width)
    return None


def _dash(width: float, below: float) -> str:
    """ "-" for a hyphen, "_" for a line, "" for neither. width: of the stroke; below: how far its middle is below the
    middle of the word; both in staff spaces."""
    if width <= DASH_LIMITS.longest_hyphen and DASH_LIMITS.hyphen_rows[0] < below < DASH_LIMITS.hyphen_rows[1]:
        return "-"
    if width > DASH_LIMITS.shortest_line and DASH_LIMITS.line_rows[0] < below < DASH_LIMITS.line_rows[1]:
        return "_"
    return ""


def _rows(blocks: Sequence[Box]) -> list[list[Box]]:
    """The blocks as lines of text from top to bottom, each line from left to right."""
    def follows(last: Box, block: Box) -> bool:
        low, high = sorted((last.height, block.height))
        return (shared_height(last, block) > TEXT_LIMITS.line_overlap * low and high < TEXT_LIMITS.line_heights * low
                and block.left > last.right - TEXT_LIMITS.block_overlap * SPACE_PX)

    rows = [_whole(blocks[i] for i in line) for line in chains(blocks, follows)]
    return sorted(rows, key=lambda row: row[0].top)


def _whole(row: Iterable[Box]) -> list[Box]:
    """A line's blocks, from left to right, those that all but touch as one: the detector marks some letters in two
    halves."""
    found: list[Box] = []
    for block in row:
        if found and block.left - found[-1].right < TEXT_LIMITS.torn_heights * min(found[-1].height, block.height):
            found[-1] = found[-1].union(block)
        else:
            found.append(block)
    return found


def _picture(source: np.ndarray, page: Page, mask: np.ndarray, row: Sequence[Box]) -> _Line:
    """One line of text as a picture `LINE_PX` high, its blocks evenly apart.

    source: the raster that the page was made from. mask: what is text (H, W), in pixels of the page. row: the line's
    blocks from left to right.
    """
    spans = _spans(row)
    scale = LETTERS_PX / float(np.median([bottom - top for top, bottom in spans]))
    starts = [(top + bottom - LINE_PX / scale) / 2 for top, bottom in spans]
    shown = []
    for block, top in zip(row, starts, strict=True):
        width = max(1, round(block.width * scale))
        piece = _cut_out(source, page.to_source, (top, block.left), scale, width)
        # The same rectangle of the mask, and of it only the block's own rows.
        to_mask = np.array([[1 / scale, 0, block.left], [0, 1 / scale, top]])
        kept = cv2.warpAffine(mask, to_mask, (width, LINE_PX), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
        own = np.zeros(kept.shape, bool)
        own[max(round((block.top - top) * scale), 0):max(round((block.bottom - top) * scale), 0)] = True
        shown.append(_evened(piece, (kept > 0) & own))
    runs = [_runs(piece) for piece in shown]
    least = _least_gap(runs)
    are_letters = (np.median([len(own) for own in runs]) <= LONE_LETTERS
                   and np.median([piece.shape[1] for piece in shown]) <= LETTERS_PX)
    apart = LETTERS_APART_PX if are_letters else WORDS_APART_PX
    blank = np.full((LINE_PX, apart), 255, np.uint8)
    pieces, columns, tops = [blank], [np.full(apart, row[0].left)], [np.full(apart, starts[0])]
    for block, top, piece, own_runs in zip(row, starts, shown, runs, strict=True):
        wider, order = _spread(piece, own_runs, least)
        pieces += [wider, blank]
        columns += [block.left + order / scale, np.full(apart, block.right)]
        tops.append(np.full(len(order) + apart, top))
    return _Line(np.hstack(pieces), np.concatenate(columns), np.concatenate(tops), scale)


def _spans(row: Sequence[Box]) -> list[tuple[float, float]]:
    """Top and bottom of a line of text at each of its blocks.

    They are those of the block and its neighbours: a block may have no high or low letters, and not all of the line is
    level with it, since lines are bent in photographs of books.
    """
    near = [row[max(i - NEIGHBOURS, 0):i + NEIGHBOURS + 1] for i in range(len(row))]
    return [(min(b.top for b in blocks), max(b.bottom for b in blocks)) for blocks in near]


def _cut_out(
    source: np.ndarray, to_source: np.ndarray, corner: tuple[float, float], scale: float, width: int
) -> np.ndarray:
    """A rectangle of the page, as (LINE_PX, width) pixels taken from the source.

    to_source: as in `Page`. corner: its top left, (row, col) of the page. scale: pixels of the result to one of the
    page.
    """
    # cv2 maps (x, y) of the result to (x, y) of the source; pages count (row, col) between the middles of pixels.
    rows, cols = to_source
    linear = np.array([[cols[1], cols[0]], [rows[1], rows[0]]]) / scale
    x, y = corner[1] - 0.5, corner[0] - 0.5
    shift = np.array([cols[1] * x + cols[0] * y + cols[2], rows[1] * x + rows[0] * y + rows[2]])
    return cv2.warpAffine(source, np.hstack([linear, shift[:, None]]), (width, LINE_PX),
                          flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=255.0)


@dataclass(frozen=True)
class _Run:
    """Neighbouring columns of a piece that hold ink: the first, one past the last, and the height of what stands in
    them."""

    first: int
    end: int
    height: int


def _runs(piece: np.ndarray) -> list[_Run]:
    """What stands in a piece (rows, W), from left to right: mostly a letter, or some that touch."""
    ink = piece <= BLANK_LEVEL
    edges = np.flatnonzero(np.diff(np.concatenate([[0], ink.any(axis=0), [0]]).astype(np.int8)))
    runs = []
    for first, end in edges.reshape(-1, 2).tolist():
        rows = np.flatnonzero(ink[:, first:end].any(axis=1))
        runs.append(_Run(first, end, int(rows[-1] + 1 - rows[0])))
    return runs


def _least_gap(line: Sequence[Sequence[_Run]]) -> float:
    """Fewest blank columns between two syllables, rather than two letters, of a line, given by its pieces' runs."""
    heights = [run.height for runs in line for run in runs if run.height >= LEAST_LETTER_PX]
    gaps = [right.first - left.end for runs in line for left, right in itertools.pairwise(runs)]
    if not heights or not gaps:
        return np.inf
    return max(LETTER_GAP * float(np.median(heights)), USUAL_GAPS * float(np.median(gaps)))


def _spread(piece: np.ndarray, runs: Sequence[_Run], least: float) -> tuple[np.ndarray, np.ndarray]:
    """A piece (rows, W) with `WIDER_PX` more blank columns in every gap between two letters of `least` or more.

    Returns the wider piece, and for each of its columns the column of the old one that it shows.
    """
    # A comma must not leave its word. Columns are added in the middle of a gap, whose ends may hold the gray edges of
    # letters.
    added = [(left.end + right.first) // 2 for left, right in itertools.pairwise(runs)
             if right.first - left.end >= least and min(left.height, right.height) >= LEAST_LETTER_PX
             for _ in range(WIDER_PX)]
    return np.insert(piece, added, 255, axis=1), np.insert(np.arange(piece.shape[1]), added, added)


def _evened(piece: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """A piece with paper white and ink black, and white where `kept` (bool) says that it is no text."""
    paper, ink = np.percentile(piece, (PAPER_PERCENTILE, INK_PERCENTILE))
    even = np.clip((piece.astype(np.float32) - ink) * (255 / max(paper - ink, LEAST_CONTRAST)), 0, 255)
    return np.where(kept, even, 255).astype(np.uint8)


def _sheet(lines: Sequence[_Line]) -> np.ndarray:
    """One picture of several lines, below each other and `GAP_PX` apart."""
    pitch = LINE_PX + GAP_PX
    sheet = np.full((GAP_PX + pitch * len(lines), max(line.picture.shape[1] for line in lines) + GAP_PX), 255, np.uint8)
    for i, line in enumerate(lines):
        top = GAP_PX + i * pitch
        sheet[top:top + LINE_PX, :line.picture.shape[1]] = line.picture
    return sheet


def _table(sheet: np.ndarray, languages: Sequence[str]) -> str:
    """What Tesseract reads in a picture, as its table of tab-separated values; empty if it takes too long."""
    with _ONE_AT_A_TIME:
        tesseract = _tesseract(tuple(languages))
        height, width = sheet.shape
        tesseract.SetImageBytes(sheet.tobytes(), width, height, 1, width)
        tesseract.SetSourceResolution(300)  # letters are as large as in a scan of 300 dpi
        table = str(tesseract.GetTSVText(0)) if tesseract.Recognize(1000 * SECONDS_A_CALL) else ""
        tesseract.Clear()
    return table


def _found(lines: Sequence[_Line], table: str) -> list[Word]:
    """The words of a table that Tesseract made of a picture of these lines, in pixels of the page."""
    words = []
    for row in table.splitlines():
        level, *places, confidence, text = row.split("\t")
        if level != _WORD_LEVEL or not text.strip():
            continue
        left, top, width, height = (int(place) for place in places[-4:])
        index = int((top + height / 2 - GAP_PX / 2) // (LINE_PX + GAP_PX))
        if not 0 <= index < len(lines) or width < 1 or height < 1:
            continue
        line = lines[index]
        start, end = (float(line.columns[min(x, len(line.columns) - 1)]) for x in (left, left + width))
        row_of_picture = top - GAP_PX - index * (LINE_PX + GAP_PX)
        above = float(line.tops[min(left, len(line.tops) - 1)]) + row_of_picture / line.scale
        words.append(Word(text.strip(), Box(above, start, above + height / line.scale, max(end, start + 1)),
                          min(max(float(confidence) / 100, 0.0), 1.0)))
    return words
