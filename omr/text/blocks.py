"""Where text stands on a page, from the detector's map of it: blocks of letters, and the lines that they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from omr.text.places import chains, shared_height
from omr.types import SPACE_PX, STROKE_KINDS, Box, DetectorMaps, Page, Symbol


@dataclass(frozen=True, kw_only=True)
class TextLimits:
    """Decides where text is, and how it is cut. Lengths are in staff spaces, shares from 0 to 1, unless a field says
    otherwise. Rules of thumb: no measurement of them is on record."""

    # Which pixels are text
    text_probability: float = 0.3
    """Least probability of text in a cell of the detector's map that becomes part of a block."""
    kept_probability: float = 0.15
    """The same for what is shown to Tesseract. The thin ends of letters are less sure."""
    ink_level: int = 150
    """Pixels of a normalised page darker than this (0 black, 255 white) are ink."""
    pale_level: int = 205
    """The same for the thin ends of letters ..."""
    pale_reach: float = 0.8
    """... which reach no farther than this beyond the rest. Of 887 syllables on 16 engraved pages in English, 709 were
    among the words without this, 719 with .4 and 723 with .8."""
    note_heights: float = 2.2
    """A small note is at least this many times as high as its notehead. A "d" whose bowl was taken for a notehead is
    less high."""
    note_width: float = 2.4
    """Greatest width of the small note of a metronome mark, including flags."""
    note_height: float = 5.0
    """Greatest height of such a note."""
    edge_px: int = 2
    """Width of the grey edge of a note, in pixels of the page."""
    letter_share: float = 0.12
    """If the detector takes at least this share (0-1) of a large letter's ink for text, the whole letter is text. It
    often sees only parts of the letters in titles; the least, on the titles that were looked at, was .15 of an A."""
    large_letter: tuple[float, float] = (2.5, 6.0)
    """Least and greatest height of a piece of ink that is completed in this way. Syllables are lower, and are seen as a
    whole."""
    block_gap: float = 0.35
    """Longest gap inside one block: between letters of a word, or between words of a phrase."""
    letter_margin: float = 0.5
    """How far letters may reach beyond what the detector marks."""
    smallest_block: float = 0.5
    """Blocks that are less high or less wide are dots and dashes."""

    # Where blocks are cut into lines and words
    level_stroke: float = 1.2
    """Horizontal strokes that stand alone and are longer than this, and not thicker than the next limit, are lines
    after a syllable."""
    level_height: float = 0.45
    longest_bar: float = 2.4
    """Strokes longer than this are such lines even if letters touch them. The bars of F and H in titles have a length
    of up to two."""
    highest_line: float = 2.6
    """A block that is at most this many times as high as its letters (median) is one line. Blocks of small letters with
    ascenders and descenders are twice as high as the letters, two lines three to four times."""
    widest_window: float = 7.0
    """Higher blocks that are wider than this are cut into pieces before their lines are told apart ..."""
    window_letters: float = 5.0
    """... which are at least this many times as wide as their letters are high (no unit)."""
    own_share: float = 0.33
    """Letters of which less than this share (0-1) is inside a block belong to another line. An italic "p" may have only
    .38 inside. With .5, such letters of old prints were lost, while two more of 883 syllables of songs were right."""
    own_line: float = 0.6
    """The same for the lines of one block. A piece of ink with less in every line is letters of two lines that
    touch."""
    lowest_line: float = 0.8
    """Least height of a line of text: about that of small letters."""
    blank_row: float = 0.05
    """Rows belong to a gap between lines if their ink exceeds that of the emptiest row by at most this share of the
    fullest row's."""
    cut_row: float = 0.15
    """Most ink in a row where lines are cut, as a share of the fullest row on the emptier side."""
    word_gap_heights: float = 0.3
    """Letters that are farther apart than this, in heights of their line, belong to two words."""
    least_word_gap_px: float = 4.0
    """The same in pixels of the page, for very low lines."""
    box_margin_px: float = 1.5
    """Margin around the ink of a word, in pixels of the page."""

    # Which blocks stand in one line
    line_overlap: float = 0.5
    """Least share of the lower block's height that neighbours in one line have in common."""
    line_heights: float = 2.5
    """How many times as high as its neighbour a block in the same line may be."""
    torn_heights: float = 0.1
    """Blocks of a line that are nearer than this, in heights of the lower one, are parts of one block. Words are
    farther apart."""
    block_overlap: float = 1.0
    """How far left of the end of the block before it a block of a line may begin."""


TEXT_LIMITS = TextLimits()


@dataclass(frozen=True)
class Ink:
    """The connected pieces of ink of a page.

    labels: (H, W) int, the number of each pixel's piece; 0 is paper.
    stats: (N, 5) int, what OpenCV tells about each piece (`cv2.CC_STAT_LEFT` ...).
    """

    labels: np.ndarray
    stats: np.ndarray


def pieces_of_ink(page: Page) -> Ink:
    """The pieces of ink of a page."""
    ink = (page.pixels < TEXT_LIMITS.ink_level).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    return Ink(labels, stats)


def text_map(ink: Ink, maps: DetectorMaps) -> np.ndarray:
    """The detector's map of text, (H/2, W/2) float, completed by the large letters of which it sees only a part."""
    rows, columns = ink.labels.shape
    text: np.ndarray = maps.strokes[..., STROKE_KINDS.index("text")].copy()
    # Cells of text, as pixels. The map may reach beyond the page.
    seen = (text >= TEXT_LIMITS.text_probability).astype(np.uint8)
    shown = cv2.resize(seen, None, fx=maps.stride, fy=maps.stride, interpolation=cv2.INTER_NEAREST)[:rows, :columns]
    inside = np.bincount(ink.labels[:shown.shape[0], :shown.shape[1]][shown > 0], minlength=len(ink.stats))
    height, (least, most) = ink.stats[:, cv2.CC_STAT_HEIGHT] / SPACE_PX, TEXT_LIMITS.large_letter
    is_letter = ((height >= least) & (height <= most) & (ink.stats[:, cv2.CC_STAT_WIDTH] <= most * SPACE_PX)
                 & (inside >= TEXT_LIMITS.letter_share * ink.stats[:, cv2.CC_STAT_AREA]))
    is_letter[0] = False  # paper
    for number in np.flatnonzero(is_letter & (inside < ink.stats[:, cv2.CC_STAT_AREA])):
        left, top, wide, high, _ = ink.stats[number].tolist()
        down, along = np.nonzero(ink.labels[top:top + high, left:left + wide] == number)
        text[(down + top) // maps.stride, (along + left) // maps.stride] = 1
    return text


def notes_of(ink: Ink, heads: Sequence[Symbol]) -> list[int]:
    """The numbers of the pieces of ink that are small notes, as in metronome marks. Tesseract would take them for
    letters. heads: the page's noteheads."""
    found = []
    rows, columns = ink.labels.shape
    for head in heads:
        row, col = (round(x) for x in head.box.center)
        number = int(ink.labels[row, col]) if 0 <= row < rows and 0 <= col < columns else 0
        wide, high = ink.stats[number, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].tolist()
        if (number and TEXT_LIMITS.note_heights * head.box.height <= high < TEXT_LIMITS.note_height * SPACE_PX
                and wide < TEXT_LIMITS.note_width * SPACE_PX):
            found.append(number)
    return found


def erase(image: np.ndarray, ink: Ink, numbers: Sequence[int], stride: int) -> None:
    """Set an image to 0 where these pieces of ink and their grey edges are. The image is a map of the page, each cell
    of which is `stride` pixels wide."""
    edge = TEXT_LIMITS.edge_px
    for number in numbers:
        left, top, wide, high, _ = ink.stats[number].tolist()
        piece = np.pad((ink.labels[top:top + high, left:left + wide] == number).astype(np.uint8), edge)
        down, along = np.nonzero(cv2.dilate(piece, np.ones((2 * edge + 1, 2 * edge + 1), np.uint8)))
        rows, cols = (np.clip(place // stride, 0, size - 1) for place, size in
                      zip((down + top - edge, along + left - edge), image.shape, strict=True))
        image[rows, cols] = 0


def text_blocks(page: Page, text: np.ndarray, stride: int, ink: Ink | None = None) -> list[Box]:
    """Boxes of the words, or pieces of words, that the detector takes for text, from top to bottom.

    text: what `text_map` returned. Its cells are `stride` pixels wide.
    ink: of the page.
    """
    ink = pieces_of_ink(page) if ink is None else ink
    seen = (text >= TEXT_LIMITS.text_probability).astype(np.uint8)
    cell = SPACE_PX / stride
    kernel = np.ones((1, max(1, round(2 * TEXT_LIMITS.block_gap * cell))), np.uint8)
    joined = cv2.morphologyEx(seen, cv2.MORPH_CLOSE, kernel)
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
        here = _part(ink, rows, cols)
        inside = own[rows.start - first:, cols.start - start:][:here.labels.shape[0], :here.labels.shape[1]] > 0
        parts = _windows(Ink(np.where(inside & ~_foreign(here, inside), here.labels, 0), here.stats))
        words = [list(_pieces(part, rows.start, cols.start)) for part in parts]
        boxes += (_grown(box, page, ink) for box in _untorn(words))
    return sorted(boxes, key=lambda b: (b.top, b.left))


def _part(ink: Ink, rows: slice, cols: slice) -> Ink:
    """The ink of a part of a page, with its pieces numbered anew. `stats` still describes whole pieces, in pixels of
    the page."""
    labels = ink.labels[rows, cols]
    numbers, here = np.unique(np.append(labels.ravel(), 0), return_inverse=True)
    return Ink(here[:-1].reshape(labels.shape), ink.stats[numbers])


def _foreign(ink: Ink, own: np.ndarray) -> np.ndarray:
    """Where letters are, (h, w) bool, that lie mostly outside of a block. They belong to the next line of text, and
    only their tips reach into the block.

    ink: of a part of the page.
    own: the block in that part, bool.
    """
    inside = np.bincount(ink.labels[own], minlength=len(ink.stats))
    is_out: np.ndarray = inside < TEXT_LIMITS.own_share * ink.stats[:, cv2.CC_STAT_AREA]
    is_out &= ink.stats[:, cv2.CC_STAT_HEIGHT] <= TEXT_LIMITS.large_letter[0] * SPACE_PX
    is_out[0] = False
    return np.asarray(is_out[ink.labels])


def without_foreign(mask: np.ndarray, corner: tuple[int, int], ink: Ink) -> np.ndarray:
    """The mask of a block's text, (h, w) uint8, without letters of other lines that reach into it. corner: its first
    row and column on the page."""
    top, left = corner
    part = _part(ink, slice(top, top + mask.shape[0]), slice(left, left + mask.shape[1]))
    foreign = _foreign(part, np.ones(mask.shape, bool)).astype(np.uint8)
    if not foreign.any():
        return mask
    edge = TEXT_LIMITS.edge_px
    return np.where(cv2.dilate(foreign, np.ones((2 * edge + 1, 2 * edge + 1), np.uint8)) > 0, 0, mask).astype(np.uint8)


def _windows(ink: Ink) -> Iterator[Ink]:
    """Cut a block of text that may be several lines into parts side by side, so narrow that lines are level within them
    even if the page is bent. Any other block stays as it is. No piece of ink is cut, and words that are torn apart are
    joined later (`_untorn`).

    ink: of the block, and of each part.
    """
    filled = np.flatnonzero((ink.labels > 0).any(axis=1))
    total = np.bincount(ink.labels.ravel(), minlength=len(ink.stats))
    heights = ink.stats[total > 0, cv2.CC_STAT_HEIGHT][1:]
    heights = heights[heights >= TEXT_LIMITS.smallest_block * SPACE_PX]
    letter = float(np.median(heights)) if len(heights) else 0.0
    if not letter or filled[-1] + 1 - filled[0] <= TEXT_LIMITS.highest_line * letter:
        yield ink
        return
    width = ink.labels.shape[1]
    count = -(-width // round(max(TEXT_LIMITS.widest_window * SPACE_PX, TEXT_LIMITS.window_letters * letter)))
    middle = np.bincount(ink.labels.ravel(), np.indices(ink.labels.shape)[1].ravel(), len(total)) / np.maximum(total, 1)
    of_part = (middle * count / width).astype(int)
    for part in range(count):
        yield Ink(np.where(of_part[ink.labels] == part, ink.labels, 0), ink.stats)


def _untorn(parts: Sequence[Sequence[Box]]) -> list[Box]:
    """The words of all parts of a block. Words that lie in two parts are joined."""
    found: list[Box] = []
    ends: list[Box] = []  # the last piece of each word, because a long word may rise or fall
    for words in parts:
        before = len(found)
        for word in words:
            for i, last in enumerate(ends[:before]):
                low, high = sorted((last.height, word.height))
                gap = max(TEXT_LIMITS.word_gap_heights * high, TEXT_LIMITS.least_word_gap_px)
                if shared_height(last, word) > TEXT_LIMITS.line_overlap * low and (
                        word.left - last.right <= gap - 2 * TEXT_LIMITS.box_margin_px and word.right > last.right):
                    found[i], ends[i] = found[i].union(word), word
                    break
            else:
                found.append(word)
                ends.append(word)
    return found


def _pieces(ink: Ink, top: int, left: int) -> Iterator[Box]:
    """Boxes around the words of a block of text, as far as they can be told apart.

    ink: of a part of the page whose first pixel is at (top, left).
    """
    letters = np.where(_level(ink), 0, ink.labels)
    margin = TEXT_LIMITS.box_margin_px
    for line in _lines_of(letters):
        filled = np.flatnonzero(line.any(axis=1))
        if not len(filled):
            continue
        gap = max(TEXT_LIMITS.word_gap_heights * (filled[-1] + 1 - filled[0]), TEXT_LIMITS.least_word_gap_px)
        cols = np.flatnonzero(line.any(axis=0))
        cuts = np.flatnonzero(np.diff(cols) > gap)
        for a, b in zip([0, *(cuts + 1)], [*cuts, len(cols) - 1], strict=True):
            rows = np.flatnonzero(line[:, cols[a]:cols[b] + 1].any(axis=1))
            if rows[-1] + 1 - rows[0] >= TEXT_LIMITS.smallest_block * SPACE_PX:
                yield Box(float(top + rows[0] - margin), float(left + cols[a] - margin),
                          float(top + rows[-1] + 1 + margin), float(left + cols[b] + 1 + margin))


def _level(ink: Ink) -> np.ndarray:
    """Where there are lines that follow a syllable, (h, w) bool: they stand alone, or are longer than the bar of any
    letter that they touch. They are no part of a word, and would outweigh the letters in their rows.

    ink: of a part of the page.
    """
    wide, high = ink.stats[:, cv2.CC_STAT_WIDTH], ink.stats[:, cv2.CC_STAT_HEIGHT]
    is_line: np.ndarray = wide > TEXT_LIMITS.level_stroke * SPACE_PX
    is_line &= high < TEXT_LIMITS.level_height * SPACE_PX
    is_line[0] = False
    kernel = np.ones((1, round(TEXT_LIMITS.longest_bar * SPACE_PX)), np.uint8)
    strokes = cv2.morphologyEx((ink.labels > 0).astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0
    return np.asarray(strokes | is_line[ink.labels])


def _grown(box: Box, page: Page, ink: Ink) -> Box:
    """The box of a word, extended by the pale ends of its letters, such as the tail of a comma. Each side moves
    outwards as far as there is pale ink, if that ends soon."""
    reach = round(TEXT_LIMITS.pale_reach * SPACE_PX)
    top, left = max(round(box.top) - reach, 0), max(round(box.left) - reach, 0)
    place = (slice(top, round(box.bottom) + reach), slice(left, round(box.right) + reach))
    pieces = ink.labels[place]
    is_other: np.ndarray = np.ones(len(ink.stats), bool)
    is_other[0] = is_other[pieces[reach:-reach, reach:-reach]] = False
    edges = cv2.dilate(is_other[pieces].astype(np.uint8), np.ones((3, 3), np.uint8))
    is_pale: np.ndarray = np.where(edges > 0, 255, page.pixels[place]) < TEXT_LIMITS.pale_level
    sides = []
    for across in (np.any(is_pale[:, reach:-reach], axis=1), np.any(is_pale[reach:-reach], axis=0)):
        for side in (np.asarray(across)[:reach][::-1], np.asarray(across)[-reach:]):
            sides.append(0 if side.all() else int(np.argmin(side)))
    return Box(box.top - sides[0], box.left - sides[2], box.bottom + sides[1], box.right + sides[3])


def _lines_of(letters: np.ndarray) -> Iterator[np.ndarray]:
    """The ink of each line of text in a block, (h, w) bool, from top to bottom. A letter belongs to the line that has
    most of it, even if its tail reaches into the next. Pieces of ink that belong to no line are letters of several
    lines that touch.

    letters: (h, w) int, the numbers of the pieces of ink.
    """
    bands = _lines_in((letters > 0).sum(axis=1).astype(float))
    total = np.bincount(letters.ravel())
    for first, last in bands:
        inside = np.bincount(letters[first:last].ravel(), minlength=len(total))
        share = inside / np.maximum(total, 1)
        share[0] = 0
        line = share[letters] >= TEXT_LIMITS.own_line
        line[first:last] |= share[letters[first:last]] > 1 - TEXT_LIMITS.own_line
        yield line


def _lines_in(ink: np.ndarray) -> list[tuple[int, int]]:
    """The lines of text in a block, as (first row, one after the last). ink: number of ink pixels in each row.

    A block is cut in a row with hardly any ink, if both parts are at least as high as small letters.
    """
    least, filled = round(TEXT_LIMITS.lowest_line * SPACE_PX), np.flatnonzero(ink)
    if not len(filled) or filled[-1] + 1 - filled[0] <= 2 * least:
        return [(0, len(ink))]
    inner = ink[filled[0] + least:filled[-1] + 1 - least]
    # The widest gap is used. There is a narrower one below the dots of letters.
    empty = (inner <= inner.min() + TEXT_LIMITS.blank_row * ink.max()).astype(np.int8)
    runs = np.flatnonzero(np.diff(np.concatenate([[0], empty, [0]]))).reshape(-1, 2)
    cut = filled[0] + least + int(runs[np.argmax(runs[:, 1] - runs[:, 0])].mean())
    if ink[cut] > TEXT_LIMITS.cut_row * min(ink[:cut].max(), ink[cut:].max()):
        return [(0, len(ink))]
    return [*_lines_in(ink[:cut]), *((cut + a, cut + b) for a, b in _lines_in(ink[cut:]))]


def has_text(page: Page, maps: DetectorMaps) -> bool:
    """Whether the detector sees any text on a page."""
    return bool(text_blocks(page, text_map(pieces_of_ink(page), maps), maps.stride))


def text_mask(page: Page, text: np.ndarray, stride: int) -> np.ndarray:
    """What is shown to Tesseract, text with a margin around it: (H, W) uint8, 0 or 1, in pixels of the page. text,
    stride: as for `text_blocks`."""
    mask: np.ndarray = (text >= TEXT_LIMITS.kept_probability).astype(np.uint8)
    side = 2 * round(TEXT_LIMITS.letter_margin * SPACE_PX / stride) + 1
    mask = cv2.dilate(mask, np.ones((side, side), np.uint8))
    height, width = page.pixels.shape
    whole = cv2.resize(mask, None, fx=stride, fy=stride, interpolation=cv2.INTER_NEAREST)[:height, :width]
    return np.pad(whole, ((0, height - whole.shape[0]), (0, width - whole.shape[1])))


def rows_of(blocks: Sequence[Box]) -> list[list[Box]]:
    """Arrange blocks into lines of text from top to bottom, each from left to right."""
    def follows(last: Box, block: Box) -> bool:
        low, high = sorted((last.height, block.height))
        return (shared_height(last, block) > TEXT_LIMITS.line_overlap * low and high < TEXT_LIMITS.line_heights * low
                and block.left > last.right - TEXT_LIMITS.block_overlap * SPACE_PX)

    rows = [_whole(blocks[i] for i in line) for line in chains(blocks, follows)]
    return sorted(rows, key=lambda row: row[0].top)


def _whole(row: Iterable[Box]) -> list[Box]:
    """The blocks of a line from left to right. Blocks that nearly touch are joined, because the detector marks some
    letters in two halves."""
    found: list[Box] = []
    for block in row:
        if found and block.left - found[-1].right < TEXT_LIMITS.torn_heights * min(found[-1].height, block.height):
            found[-1] = found[-1].union(block)
        else:
            found.append(block)
    return found
