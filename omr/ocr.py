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
from collections.abc import Sequence
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
LINE_PX = 48
"""Height of a line given to Tesseract, which reads letters of 20 to 40 pixels best."""
GAP_PX = 40
"""Between blocks, wider than any space between words, and between lines."""
LINES_A_CALL = 24
BETWEEN_PX = 4
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


def text_blocks(maps: DetectorMaps) -> list[Box]:
    """Boxes of what the detector takes for text, page pixels, from top to bottom."""
    ink: np.ndarray = (maps.strokes[..., STROKE_KINDS.index("text")] >= LEAST).astype(np.uint8)
    cell = SPACE_PX / maps.stride
    joined: np.ndarray = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, max(1, round(2 * JOIN * cell))), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    boxes = []
    for left, top, width, height, _ in stats[1:].tolist():
        if min(width, height) >= SMALLEST * cell:
            s, more = maps.stride, MARGIN * SPACE_PX
            boxes.append(Box(top * s - more, left * s - more, (top + height) * s + more, (left + width) * s + more))
    return sorted(boxes, key=lambda b: (b.top, b.left))


def read_words(source: np.ndarray, page: Page, maps: DetectorMaps, languages: Sequence[str]) -> tuple[Word, ...]:
    """The words of a page. source: the raster (H, W) that `page` was made from, 0 = ink; languages: Tesseract's names.

    Empty if Tesseract is not installed or fails: a page is worth reading without its words.
    """
    blocks = text_blocks(maps)
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
    return tuple(words)


def _rows(blocks: Sequence[Box]) -> list[list[Box]]:
    """Blocks that stand in one line, each line from left to right."""
    rows: list[list[Box]] = []
    for block in sorted(blocks, key=lambda b: b.left):
        for row in rows:
            last = row[-1]
            shared = min(last.bottom, block.bottom) - max(last.top, block.top)
            if shared > 0.6 * max(last.height, block.height) and block.left > last.right - SPACE_PX:
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
        even, order = _spread(_evened(piece, kept > 0))
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
