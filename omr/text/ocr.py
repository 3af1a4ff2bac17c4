"""Words on a page: the detector says where text is, Tesseract what it says.

Tesseract is a program of its own, started once or twice a page and not at all where the detector sees no text. Taken
line by line from the sharpest picture there is, freed of all that is no text, and set closer than on the page (where
syllables stand as far apart as their notes), words read better than on the page, and their places are known.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from omr.types import SPACE_PX, STROKE_KINDS, Box, DetectorMaps, Page, Word

LEAST = 0.3
"""Probability from which a cell is text."""
JOIN = 0.35
"""Text nearer than this, in staff spaces, is one block: letters of a word, words of a phrase."""
MARGIN = 0.5
"""How far letters reach beyond what the detector marks, in staff spaces."""
SMALLEST = 0.5
"""Blocks less high or wide than this, in staff spaces, are dots and dashes."""
LOWEST = 0.8
"""Lines are higher than this, in staff spaces."""
WORD_GAP = 0.3
"""Letters farther apart than this, in heights of their line, are of two words."""
INK = 150
"""Darker than this is ink."""
LINE_PX = 40
"""Height of a line given to Tesseract, which reads letters of 20 to 40 pixels best."""
GAP_PX = 40
"""Between blocks, wider than any space between words, and between lines."""
REACH = 12.0
"""How far after a word, in staff spaces, a hyphen is looked for."""
LINES_A_CALL = 24
BETWEEN_PX = 6
"""Blank columns that are more than the room between two letters. Syllables may stand no further apart, and are read as
one word unless there is more room between them: `WIDER_PX`."""
WIDER_PX = 12


@dataclass(frozen=True)
class _Line:
    """A line of blocks as Tesseract gets it. columns: the page column of each column of the picture; top: the page row
    of its first row; scale: its pixels a page pixel."""

    picture: np.ndarray
    columns: np.ndarray
    top: float
    scale: float


@lru_cache(maxsize=1)
def installed() -> frozenset[str]:
    """Languages that Tesseract can read here; empty where it is not installed."""
    if shutil.which("tesseract") is None:
        return frozenset()
    try:
        done = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset(done.stdout.split("\n")[1:]) - {"", "osd"}


def text_blocks(page: Page, maps: DetectorMaps) -> list[Box]:
    """Boxes of the words, or pieces of words, that the detector takes for text, page pixels, from top to bottom."""
    text = (maps.strokes[..., STROKE_KINDS.index("text")] >= LEAST).astype(np.uint8)
    cell, stride = SPACE_PX / maps.stride, maps.stride
    joined = cv2.morphologyEx(text, cv2.MORPH_CLOSE, np.ones((1, max(1, round(2 * JOIN * cell))), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    reach = round(MARGIN * SPACE_PX)
    boxes: list[Box] = []
    for number, (left, top, width, height, _) in enumerate(stats[1:].tolist(), 1):
        if min(width, height) < SMALLEST * cell:
            continue
        own = (labels[top:top + height, left:left + width] == number).astype(np.uint8)
        own = cv2.resize(own, (width * stride, height * stride), interpolation=cv2.INTER_NEAREST)
        own = cv2.dilate(np.pad(own, reach), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        first, start = top * stride - reach, left * stride - reach
        rows, cols = slice(max(first, 0), first + len(own)), slice(max(start, 0), start + own.shape[1])
        pixels = page.pixels[rows, cols]
        own = own[rows.start - first:, cols.start - start:][:pixels.shape[0], :pixels.shape[1]]
        boxes += _pieces((pixels < INK) & (own > 0), rows.start, cols.start)
    return sorted(boxes, key=lambda b: (b.top, b.left))


def _pieces(ink: np.ndarray, top: int, left: int) -> Iterator[Box]:
    """Boxes around the words of a block of text, wherever they can be told apart. ink: (h, w) bool, its first pixel at
    (top, left) of the page."""
    # Lines after a syllable are longer than any stroke of a letter, and would outweigh them.
    level = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_OPEN, np.ones((1, round(1.2 * SPACE_PX)), np.uint8))
    letters = ink & (level == 0)
    for first, last in _lines_in(letters.sum(axis=1).astype(float)):
        line = letters[first:last]
        filled = np.flatnonzero(line.any(axis=1))
        if not len(filled):
            continue
        gap = max(WORD_GAP * (filled[-1] + 1 - filled[0]), 4.0)
        cols = np.flatnonzero(line.any(axis=0))
        cuts = np.flatnonzero(np.diff(cols) > gap)
        for a, b in zip([0, *(cuts + 1)], [*cuts, len(cols) - 1], strict=True):
            rows = np.flatnonzero(line[:, cols[a]:cols[b] + 1].any(axis=1))
            if rows[-1] + 1 - rows[0] >= SMALLEST * SPACE_PX:
                yield Box(top + first + rows[0] - 1.5, left + cols[a] - 1.5,
                          top + first + rows[-1] + 2.5, left + cols[b] + 2.5)


def _lines_in(ink: np.ndarray) -> list[tuple[int, int]]:
    """Where lines of text part in a block: (first row, one past the last). ink: how much there is in each row. A cut is
    a row with hardly any, between two parts as high as small letters at least."""
    least, filled = round(LOWEST * SPACE_PX), np.flatnonzero(ink)
    if not len(filled) or filled[-1] + 1 - filled[0] <= 2 * least:
        return [(0, len(ink))]
    inner = ink[filled[0] + least:filled[-1] + 1 - least]
    # The widest gap: there is another below the dots of letters.
    empty = (inner <= inner.min() + 0.05 * ink.max()).astype(np.int8)
    runs = np.flatnonzero(np.diff(np.concatenate([[0], empty, [0]]))).reshape(-1, 2)
    cut = filled[0] + least + int(runs[np.argmax(runs[:, 1] - runs[:, 0])].mean())
    if ink[cut] > 0.15 * min(ink[:cut].max(), ink[cut:].max()):
        return [(0, len(ink))]
    return [*_lines_in(ink[:cut]), *((cut + a, cut + b) for a, b in _lines_in(ink[cut:]))]


def read_words(source: np.ndarray, page: Page, maps: DetectorMaps, languages: Sequence[str]) -> tuple[Word, ...]:
    """The words of a page. source: the raster (H, W) that `page` was made from, 0 = ink; languages: Tesseract's names.

    Empty if Tesseract is not installed or fails: a page is worth reading without its words.
    """
    blocks = text_blocks(page, maps)
    if not blocks or not installed():
        return ()
    mask: np.ndarray = (maps.strokes[..., STROKE_KINDS.index("text")] >= 0.5 * LEAST).astype(np.uint8)
    reach = 2 * round(MARGIN * SPACE_PX / maps.stride) + 1
    mask = cv2.dilate(mask, np.ones((reach, reach), np.uint8))
    lines = [_picture(source, page, mask, maps.stride, row) for row in _rows(blocks)]
    batches = [lines[i:i + LINES_A_CALL] for i in range(0, len(lines), LINES_A_CALL)]
    words: list[Word] = []
    for i in range(0, len(batches), 2):  # two at a time, as there are two cores
        running = [(batch, _start(_sheet(batch), languages)) for batch in batches[i:i + 2]]
        for batch, process in running:
            words += _found(batch, process)
    return (*words, *_dashes(page, words))


def _dashes(page: Page, words: Sequence[Word]) -> Iterator[Word]:
    """Hyphens between syllables, which the detector seldom marks, as "-", and the lines after a word's last as "_":
    level strokes alone in the gap after a word."""
    space = SPACE_PX
    letters = [w for w in words if any(c.isalpha() for c in w.text)]
    for word in letters:
        row = word.box.center[0]
        after = [w.box.left for w in letters
                 if w.box.left > word.box.right - 0.3 * space and w.box.top < row < w.box.bottom]
        start = round(word.box.right + 1)
        stop = round(min([*after, word.box.right + REACH * space])) - 1
        top = max(0, round(word.box.bottom - 1.8 * space))
        window = page.pixels[top:round(word.box.bottom + 0.6 * space), start:stop]
        if window.shape[0] < space or window.shape[1] < 0.5 * space:
            continue
        _, _, stats, _ = cv2.connectedComponentsWithStats((window < INK).astype(np.uint8), connectivity=8)
        for left, above, width, height, _ in stats[1:].tolist():
            ends = width == window.shape[1] or above == 0 or above + height == window.shape[0]
            if ends or height > 0.4 * space or width < 0.3 * space or width < 2 * height:
                continue
            box = Box(top + above, start + left, top + above + height, start + left + width)
            below = (box.center[0] - row) / space
            if width <= 1.6 * space and -0.4 < below < 0.5:
                yield Word("-", box)
            elif width > 1.2 * space and 0.2 < below < 1.2:
                yield Word("_", box)
            break


def _rows(blocks: Sequence[Box]) -> list[list[Box]]:
    """Blocks that stand in one line, each line from left to right."""
    rows: list[list[Box]] = []
    for block in sorted(blocks, key=lambda b: b.left):
        for row in rows:
            last = row[-1]
            shared = min(last.bottom, block.bottom) - max(last.top, block.top)
            low, high = sorted((last.height, block.height))
            if shared > 0.5 * low and high < 2.5 * low and block.left > last.right - SPACE_PX:
                row.append(block)
                break
        else:
            rows.append([block])
    return sorted(rows, key=lambda row: row[0].top)


def _picture(source: np.ndarray, page: Page, mask: np.ndarray, stride: int, row: Sequence[Box]) -> _Line:
    """One line, its blocks `GAP_PX` apart."""
    top, bottom = min(b.top for b in row), max(b.bottom for b in row)
    scale = LINE_PX / (bottom - top)
    blank = np.full((LINE_PX, GAP_PX), 255, np.uint8)
    pieces, columns = [blank], [np.full(GAP_PX, row[0].left)]
    for block in row:
        width = max(1, round(block.width * scale))
        # cv2 maps (x, y) of the piece to (x, y) of the source; pages think in (row, col) of pixel middles.
        rows, cols = page.to_source[0], page.to_source[1]
        linear = np.array([[cols[1], cols[0]], [rows[1], rows[0]]]) / scale
        origin = np.array([block.left - 0.5, top - 0.5])
        shift = np.array([cols[1] * origin[0] + cols[0] * origin[1] + cols[2],
                          rows[1] * origin[0] + rows[0] * origin[1] + rows[2]])
        piece = cv2.warpAffine(source, np.hstack([linear, shift[:, None]]), (width, LINE_PX),
                               flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=255.0)
        step = np.array([[1 / (stride * scale), 0, block.left / stride], [0, 1 / (stride * scale), top / stride]])
        kept = cv2.warpAffine(mask, step, (width, LINE_PX), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
        own = np.zeros(kept.shape, bool)
        own[round((block.top - top) * scale):round((block.bottom - top) * scale)] = True
        even, order = _spread(_evened(piece, (kept > 0) & own))
        pieces += [even, blank]
        columns += [block.left + order / scale, np.full(GAP_PX, block.right)]
    return _Line(np.hstack(pieces), np.concatenate(columns), top, scale)


def _spread(piece: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The piece with more room wherever there is any between two letters, and the column each of its columns was."""
    empty = np.concatenate([[False], (piece > 160).all(axis=0), [False]])
    edges = np.flatnonzero(np.diff(empty.astype(np.int8)))
    inner = [(a, b) for a, b in edges.reshape(-1, 2).tolist() if a > 0 and b < piece.shape[1] and b - a >= BETWEEN_PX]
    order = np.insert(np.arange(piece.shape[1]), [a for a, _ in inner for _ in range(WIDER_PX)],
                      [a for a, _ in inner for _ in range(WIDER_PX)])
    return np.ascontiguousarray(piece[:, order]), order


def _evened(piece: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Paper white, ink black, and only what is text."""
    paper, ink = np.percentile(piece, 90), np.percentile(piece, 1)
    even = np.clip((piece.astype(np.float32) - ink) * (255 / max(paper - ink, 30.0)), 0, 255)
    return np.where(kept, even, 255).astype(np.uint8)


def _sheet(lines: Sequence[_Line]) -> np.ndarray:
    """Lines one below the other."""
    pitch = LINE_PX + GAP_PX
    sheet = np.full((GAP_PX + pitch * len(lines), max(line.picture.shape[1] for line in lines) + GAP_PX), 255, np.uint8)
    for i, line in enumerate(lines):
        top = GAP_PX + i * pitch
        sheet[top:top + LINE_PX, :line.picture.shape[1]] = line.picture
    return sheet


def _start(sheet: np.ndarray, languages: Sequence[str]) -> subprocess.Popen[bytes] | None:
    command = ["tesseract", "-", "-", "-l", "+".join(languages), "--psm", "6", "--dpi", "300", "tsv"]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   env={**os.environ, "OMP_THREAD_LIMIT": "1"})
        assert process.stdin is not None
        process.stdin.write(cv2.imencode(".png", sheet)[1].tobytes())
        process.stdin.close()
        process.stdin = None
    except OSError:
        return None
    return process


def _found(lines: Sequence[_Line], process: subprocess.Popen[bytes] | None) -> list[Word]:
    """What Tesseract says about a sheet, in places of the page."""
    if process is None:
        return []
    try:
        table = process.communicate(timeout=60)[0].decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        process.kill()
        return []
    words = []
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = (row.get("text") or "").strip()
        if row.get("level") != "5" or not text:
            continue
        left, top, width, height = (int(row[key]) for key in ("left", "top", "width", "height"))
        index = int((top + height / 2 - GAP_PX / 2) // (LINE_PX + GAP_PX))
        if not 0 <= index < len(lines) or width < 1 or height < 1:
            continue
        line = lines[index]
        above = line.top + (top - GAP_PX - index * (LINE_PX + GAP_PX)) / line.scale
        start, end = (float(line.columns[min(x, len(line.columns) - 1)]) for x in (left, left + width))
        words.append(Word(text, Box(above, start, above + height / line.scale, max(end, start + 1)),
                          min(max(float(row["conf"]) / 100, 0.0), 1.0)))
    return words
