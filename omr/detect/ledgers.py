"""Corrects ledger lines by their ink: drops those that are only the ink of a notehead, and finds those through
noteheads that were not seen.

A ledger line reaches beyond its notehead on both sides. In old prints, distances tell little: a notehead above a ledger
line may be nearly as high as one on the next ledger line.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from omr.types import SPACE_PX, Staff, Stroke, Symbol
from omr.types.table import table


@table
class LedgerTolerances:
    """Lengths are in staff spaces. Measured on 119 pages of Beethoven and Mozart with 21,000 noteheads outside their
    staves."""

    outside: float = 0.65
    """Least distance of such noteheads from the outer lines of their staff. The first ledger line is 1 away."""
    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    beyond: float = 0.15
    """Least length of the ink that sticks out on both sides of a notehead with a ledger line through it. Of 6,930
    noteheads with a ledger line, .9 % have less; of 4,715 without one, 1 % have more."""
    longest: float = 1.2
    """Ink that sticks out farther belongs to something else: a staff line, a beam, a letter."""
    off: float = 0.3
    """Greatest distance of the row in which the ink sticks out from the middle of the notehead."""
    short: float = 1.5
    """Longer strokes are believed. Ledger lines are 1.6 to 2.4 long."""
    inside: float = 0.8
    """Longest stroke, as a share of its notehead's width, that may be the ink of the notehead where other ink touches
    it."""
    own: float = 0.35
    """A stroke at most this far from the middle of a notehead goes through it."""
    lost: float = 0.75
    """A line is looked for through noteheads that have no stroke nearer to their middle than this. (The ink that sticks
    out may also be that of a line at the edge of a notehead.)"""
    score: float = 0.5
    """Score of a line that was found here, 0 to 1."""
    thickness: float = 0.16
    """Thickness of such a line, as engraved."""


T = LedgerTolerances()
"""The tolerances of this stage."""


def settle_ledgers(
    strokes: Sequence[Stroke], symbols: Sequence[Symbol], staves: Sequence[Staff], pixels: np.ndarray, first_id: int
) -> list[Stroke]:
    """Correct the ledger lines of a page. Those that are only the ink of a notehead are dropped; those through
    noteheads that were not seen are added.

    strokes, symbols: as they were detected.
    staves: of the page.
    pixels: of the page (H, W), 0 = ink.
    first_id: ids from this one on are free.
    """
    heads = _outside([s for s in symbols if s.kind == "notehead"], staves)
    ledgers = [s for s in strokes if s.kind == "ledgerLine"]
    if not heads or not ledgers:
        return list(strokes)
    row, left, right = np.array(
        [((s.points[0][0] + s.points[-1][0]) / 2, s.points[0][1], s.points[-1][1]) for s in ledgers]).T
    dropped: set[int] = set()
    found: list[Stroke] = []
    for head, (at, start, stop) in zip(heads, _lines_through(heads, pixels), strict=True):
        box = head.box
        off = np.where((left < box.center[1]) & (box.center[1] < right), np.abs(row - box.center[0]), np.inf) / SPACE_PX
        out = sorted(((box.left - start) / SPACE_PX, (stop - box.right) / SPACE_PX))
        if out[0] >= T.beyond and out[1] < T.longest and off.min() > T.lost:
            found.append(Stroke(first_id + len(found), "ledgerLine", ((at, start), (at, stop)),
                                T.thickness * SPACE_PX, T.score))
        if out[0] < T.beyond and not head.symbol_class.is_small:
            longest = T.short * SPACE_PX if out[1] < T.beyond else T.inside * box.width
            own = np.flatnonzero((off < T.own) & (right - left < longest)).tolist()
            dropped.update(ledgers[i].id for i in own if _ink_beside(ledgers[i], head, pixels) < T.beyond * SPACE_PX)
    return [*(s for s in strokes if s.id not in dropped), *found]


def _outside(heads: Sequence[Symbol], staves: Sequence[Staff]) -> list[Symbol]:
    """The noteheads so far from all staves that they may have a ledger line."""
    rows, cols = np.array([h.box.center for h in heads]).reshape(-1, 2).T
    inside = np.zeros(len(heads), bool)
    for staff in staves:
        knots = np.linspace(staff.left, staff.right, staff.lines.shape[1])
        top, bottom = (np.interp(cols, knots, staff.lines[line]) for line in (0, -1))
        inside |= (rows > top - T.outside * staff.space_px) & (rows < bottom + T.outside * staff.space_px)
    return [h for h, is_inside in zip(heads, inside, strict=True) if not is_inside]


def _lines_through(heads: Sequence[Symbol], pixels: np.ndarray) -> Iterator[tuple[float, float, float]]:
    """For each notehead, (row, left, right) of the ink through its middle that sticks out farthest on both sides."""
    farthest, off = math.ceil(T.longest * SPACE_PX) + 1, math.ceil(T.off * SPACE_PX)
    boxes = np.array([(h.box.center[0], h.box.left, h.box.right) for h in heads])
    rows = np.rint(boxes[:, :1]).astype(int) + np.arange(-off, off + 1)
    start, stop = np.floor(boxes[:, 1:2]).astype(int), np.floor(boxes[:, 2:]).astype(int)
    outwards = np.arange(1, farthest + 1)
    inside = np.rint(start + np.linspace(0, 1, farthest) * (stop - start)).astype(int)
    through = _ink(pixels, rows, inside).all(axis=2)
    before, behind = (np.logical_and.accumulate(_ink(pixels, rows, cols), axis=2).sum(axis=2) * through
                      for cols in (start - outwards, stop + outwards))
    both = np.minimum(before, behind) * farthest + np.maximum(before, behind)
    for i, k in enumerate(np.argmax(both, axis=1).tolist()):
        yield float(rows[i, k]), float(start[i, 0] - before[i, k]), float(stop[i, 0] + 1 + behind[i, k])


def _ink_beside(ledger: Stroke, head: Symbol, pixels: np.ndarray) -> int:
    """In how many columns, left and right of a notehead, there is ink along a ledger line."""
    (row, start), (other, stop) = ledger.points[0], ledger.points[-1]
    rows = np.arange(round(min(row, other)) - 1, round(max(row, other)) + 2)
    cols = np.arange(round(start), round(stop) + 1)
    cols = cols[(cols < math.floor(head.box.left)) | (cols > math.floor(head.box.right))]
    return int(_ink(pixels, rows[None], cols[None]).any(axis=1).sum())


def _ink(pixels: np.ndarray, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """Whether there is ink at every crossing of rows (N, K) and columns (N, C) of N noteheads: (N, K, C). There is none
    beyond the page's edges."""
    height, width = pixels.shape
    there = ((rows >= 0) & (rows < height))[:, :, None] & ((cols >= 0) & (cols < width))[:, None, :]
    dark = pixels[np.clip(rows, 0, height - 1)[:, :, None], np.clip(cols, 0, width - 1)[:, None, :]] < T.dark_below
    return np.asarray(dark & there)
