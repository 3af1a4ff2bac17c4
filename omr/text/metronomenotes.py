"""Finds the small note of a metronome mark on a scan by its ink. The detector often misses it, or Tesseract reads it as
a letter, as in "(J = 120)". A vertical line with a filled or hollow head at its foot, before an equals sign and a
number, is such a note."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from omr.text.metronome import find_metronomes, number_of
from omr.types import SPACE_PX, Box, NotationGraph, Symbol
from omr.types.table import table


@table
class NoteTolerances:
    """Lengths are in staff spaces of the page (`SPACE_PX` pixels), unless a field says otherwise. Set by hand after
    looking at four scans, and at pages engraved by MuseScore, Verovio and LilyPond."""

    dark_below: int = 190
    """Grey level (0 = black, 255 = white) below which a pixel is ink. The stems of such small notes are pale."""
    sign: tuple[float, float, float] = (0.5, 1.8, 0.5)
    """Least and greatest length, and greatest thickness, of the two strokes of an equals sign."""
    sign_gap: tuple[float, float] = (0.2, 0.9)
    """Least and greatest vertical distance between the middles of these two strokes."""
    sign_reach: tuple[float, float] = (4.0, 1.0)
    """Where the equals sign is: at most the first length left of the number, and ending at most the second after the
    number's beginning."""
    sign_off: float = 1.5
    """Greatest vertical distance between the middles of sign and number. Tesseract's box of the number may contain
    other things."""
    reach: float = 3.0
    """How far left of the equals sign the stem is looked for."""
    over_sign: float = 4.0
    """How far above the equals sign the stem's tip may be."""
    stem: float = 1.2
    """Least length of the stem."""
    stem_width: float = 0.4
    """Greatest thickness of the stem."""
    foot: tuple[float, float] = (-0.3, 1.5)
    """Least and greatest distance of the stem's foot below the middle of the equals sign."""
    head: tuple[float, float] = (1.4, 1.1)
    """Width and height of the area left of the foot where the head may be."""
    least_head: float = 0.5
    """Least width of a head."""
    filled: float = 0.75
    """Least share of ink in the middle of a filled head."""
    hole: int = 2
    """Fewest pixels of the hole of a hollow head."""
    flag: tuple[float, float] = (0.1, 0.6)
    """Where the ink of a flag is looked for: from and to these distances right of the stem, along its upper half."""
    flag_rows: int = 2
    """If there is a flag, at least this many rows have ink there."""
    dot: tuple[float, float] = (0.2, 0.6)
    """Least and greatest width and height of an augmentation dot."""
    dot_aside: float = 1.2
    """How far right of the stem the dot may end."""


T = NoteTolerances()
"""The tolerances of this stage."""


def with_metronome_notes(graph: NotationGraph, pixels: np.ndarray) -> NotationGraph:
    """Add the notes of metronome marks that the detector did not see to the symbols of a graph. pixels: the page, (H,
    W) uint8, 0 = ink."""
    if not graph.words or not graph.staves:
        return graph
    known = len(find_metronomes(graph))
    for word in graph.words:
        number = number_of(word)
        sign = None if number is None else _equals_before(pixels, number[1])
        if sign is None:
            continue
        first_id = 1 + max([s.id for s in graph.symbols] + [s.id for s in graph.strokes], default=-1)
        symbols = tuple(_note_before(pixels, sign, first_id))
        tried = replace(graph, symbols=(*graph.symbols, *symbols))
        if symbols and (count := len(find_metronomes(tried))) > known:
            graph, known = tried, count
    return graph


def _equals_before(pixels: np.ndarray, number: Box) -> Box | None:
    """The equals sign before a number: two short level strokes, one above the other."""
    before, behind, off = (length * SPACE_PX for length in (*T.sign_reach, T.sign_off))
    top, left = max(round(number.center[0] - off), 0), max(round(number.left - before), 0)
    ink = pixels[top:round(number.center[0] + off), left:round(number.left + behind)] < T.dark_below
    if not ink.size:
        return None
    shortest, longest, thickest = (length * SPACE_PX for length in T.sign)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    strokes = [Box(top + r, left + c, top + r + h, left + c + w) for c, r, w, h, _ in stats[1:].tolist()
               if shortest <= w <= longest and h <= min(thickest, w / 2)]
    nearest, farthest = (length * SPACE_PX for length in T.sign_gap)
    signs = [a.union(b) for a in strokes for b in strokes
             if nearest < b.center[0] - a.center[0] < farthest and abs(a.center[1] - b.center[1]) < shortest / 2]
    return max(signs, key=lambda sign: sign.left, default=None)


def _note_before(pixels: np.ndarray, sign: Box, first_id: int) -> Iterator[Symbol]:
    """Head, flag and dot of the note before an equals sign; nothing if there is no note."""
    row = sign.center[0]
    top, bottom = max(round(row - T.over_sign * SPACE_PX), 0), round(row + (T.foot[1] + 0.5) * SPACE_PX)
    left, right = max(round(sign.left - T.reach * SPACE_PX), 0), round(sign.left)
    ink = pixels[top:bottom, left:right] < T.dark_below
    runs = [_longest_run(column) for column in ink.T]
    uprights = [col for col, (start, stop) in enumerate(runs)
                if stop - start >= T.stem * SPACE_PX and T.foot[0] < (top + stop - row) / SPACE_PX < T.foot[1]]
    for columns in reversed(_side_by_side(uprights)):
        start, stop = min(runs[col][0] for col in columns), max(runs[col][1] for col in columns)
        width, height = (round(length * SPACE_PX) for length in T.head)
        head = ink[max(stop - height, 0):stop + height // 3, max(columns[0] - width, 0):columns[-1] + 1]
        filled = _is_filled(head) if len(columns) <= T.stem_width * SPACE_PX else None
        if filled is not None:
            yield from _note(ink, columns[-1], start, stop, filled, (top, left, first_id))
            return


def _note(
    ink: np.ndarray, stem: int, start: int, stop: int, filled: bool, offset: tuple[int, int, int]
) -> Iterator[Symbol]:
    """The symbols of a note.

    stem: its last column.
    start, stop: the rows of the stem.
    offset: row, column, free id.
    """
    top, left, first_id = offset
    row, col = top + stop - 0.4 * SPACE_PX, left + stem + 1.0
    name = "noteheadBlackSmall" if filled else "noteheadHalfSmall"
    yield Symbol(first_id, name, Box(row - 0.4 * SPACE_PX, col - SPACE_PX, row + 0.4 * SPACE_PX, col))
    from_, to = (stem + 1 + round(length * SPACE_PX) for length in T.flag)
    half = (start + stop) // 2
    if ink[start:half, from_:to].any(axis=1).sum() >= T.flag_rows:
        yield Symbol(first_id + 1, "flag8thUpSmall", Box(top + start, col, top + half, col + SPACE_PX))
    level = round(T.dot[1] * SPACE_PX)
    dot = _dot(ink[max(stop - level, 0):stop + level // 2, stem + 1:stem + 1 + round(T.dot_aside * SPACE_PX)])
    if dot is not None:
        yield Symbol(first_id + 2, "augmentationDot", Box(row - 2, col + dot, row + 2, col + dot + 4))


def _side_by_side(columns: list[int]) -> list[list[int]]:
    """Group columns that are side by side."""
    groups: list[list[int]] = []
    for col in columns:
        if not groups or col > groups[-1][-1] + 1:
            groups.append([])
        groups[-1].append(col)
    return groups


def _longest_run(column: np.ndarray) -> tuple[int, int]:
    """First row, and the row after the last, of the longest unbroken ink in a column."""
    edges = np.flatnonzero(np.diff(column.astype(np.int8), prepend=0, append=0))
    runs = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    return max(runs, key=lambda run: run[1] - run[0], default=(0, 0))


def _is_filled(box: np.ndarray) -> bool | None:
    """Whether the head left of a stem's foot is filled; None if there is no head. box: the ink there, with the stem on
    the right."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((~box).astype(np.uint8), connectivity=4)
    edge = {*labels[0], *labels[-1], *labels[:, 0], *labels[:, -1]}
    if any(i not in edge and stats[i, cv2.CC_STAT_AREA] >= T.hole for i in range(1, count)):
        return False
    widths = [_ink_at_right(row) for row in box]
    widest = max(widths, default=0)
    if widest < T.least_head * SPACE_PX:
        return None
    rows = [i for i, w in enumerate(widths) if w > widest / 2]
    middle = box[rows[0]:rows[-1] + 1, box.shape[1] - widest:]
    return True if middle.mean() > T.filled else None


def _ink_at_right(row: np.ndarray) -> int:
    """How many pixels at the right end of a row are ink without a gap."""
    blank = np.flatnonzero(~row)
    return len(row) if not len(blank) else len(row) - 1 - int(blank[-1])


def _dot(ink: np.ndarray) -> float | None:
    """Where the dot to the right of a head begins, in pixels from the stem; None without a dot."""
    least, greatest = (length * SPACE_PX for length in T.dot)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    found = [left for left, row, width, height, _ in stats[1:].tolist()
             if least <= width <= greatest and least <= height <= greatest and width < 1.5 * height
             and left > 0 and left + width < ink.shape[1]]
    return float(found[0]) if len(found) == 1 else None
