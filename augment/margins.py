"""Rare symbols, cut from other pages and pasted where a page is blank, so that training sees them often enough.

The idea is DeepScores' augmentation for rare classes (Elezi et al., "DeepScores and Deep Watershed Detection: current
state and open issues", WoRMS 2018). A crop includes everything in it, even staff lines, with its labels. So a pasted
piece is labelled as exactly as the page it came from. All pages here are clean; `degrade` comes later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from omr.types import Box, Stroke, Symbol

BORDER_SPACES = 0.3
"""Space that is kept around a symbol in its crop, and left free around a pasted crop, in staff spaces."""
MAX_SPACES = 9.0
"""A crop that would have to be larger than this, so as not to cut a neighbouring symbol, is not taken."""
EDGE_SPACES = 1.5
"""Space that is left free around a grid of crops, in staff spaces."""
INK_BELOW = 200
CLIPPED_KINDS = frozenset({"staffLine", "ledgerLine", "stem", "barline", "slur", "tie", "hairpin"})
"""Kinds of strokes that are thin enough to be cut at a crop's edge. The label of a cut beam or text would not match
what is seen."""
TRIES = 64


@dataclass(frozen=True, eq=False)
class Crop:
    """A piece of a page around one rare symbol. pixels: (h, w) uint8. Labels are in its own pixels."""

    name: str
    pixels: np.ndarray
    symbols: tuple[Symbol, ...]
    strokes: tuple[Stroke, ...]
    space_px: float


def rare_names(pages: Iterable[Sequence[Symbol]], share: float = 0.01) -> frozenset[str]:
    """Classes that occur, but are less than `share` of all symbols."""
    counts = Counter(s.name for symbols in pages for s in symbols)
    return frozenset(name for name, n in counts.items() if n < share * counts.total())


def cut(
    pixels: np.ndarray, symbols: Sequence[Symbol], strokes: Sequence[Stroke], space_px: float, names: Collection[str],
    ignored: Sequence[Box] = (),
) -> Iterator[Crop]:
    """Crops around the page's symbols with one of these `names`. They are enlarged until they do not cut any other
    symbol.

    ignored: places with unknown marks. Crops keep away from them.
    """
    boxes = _corners([s.box for s in symbols])
    blocks = _corners([*(s.box for s in strokes if s.kind not in CLIPPED_KINDS), *ignored])
    for symbol in symbols:
        if symbol.name not in names:
            continue
        box = _grow(symbol.box, boxes, BORDER_SPACES * space_px)
        if (max(box.height, box.width) > MAX_SPACES * space_px or box.top < 0 or box.left < 0
                or box.bottom > pixels.shape[0] or box.right > pixels.shape[1] or _touching(box, blocks).any()):
            continue
        inside = tuple(_moved(symbols[i], -box.top, -box.left) for i in np.flatnonzero(_touching(box, boxes)).tolist())
        pieces = tuple(_clipped(strokes, box))
        piece = pixels[int(box.top) : int(box.bottom), int(box.left) : int(box.right)].copy()
        yield Crop(symbol.name, piece, inside, pieces, space_px)


def fill(bank: dict[str, list[Crop]], crops: Iterable[Crop], per_class: int = 20) -> None:
    """Add crops to a bank (class -> crops), at most `per_class` for each class."""
    for crop in crops:
        if len(bank.setdefault(crop.name, [])) < per_class:
            bank[crop.name].append(crop)


def paste_rare(
    pixels: np.ndarray, symbols: Sequence[Symbol], strokes: Sequence[Stroke], bank: Mapping[str, Sequence[Crop]],
    rng: np.random.Generator, space_px: float, most: int = 16,
) -> tuple[np.ndarray, tuple[Symbol, ...], tuple[Stroke, ...]]:
    """A copy of the page with up to `most` crops pasted into blank places, and all labels.

    Every class of the bank is equally likely. New ids follow the highest on the page. Crops for which there is no blank
    place are left out, so a full page comes back unchanged.
    """
    out = pixels.copy()
    all_symbols, all_strokes = list(symbols), list(strokes)
    names = sorted(name for name, crops in bank.items() if crops)
    if not names:
        return out, tuple(symbols), tuple(strokes)
    next_id = max([-1, *(s.id for s in symbols), *(s.id for s in strokes)]) + 1
    # The number of ink pixels left of and above every place. A rectangle is blank if its four corners cancel out.
    ink = cv2.integral((pixels < INK_BELOW).astype(np.uint8))
    taken: list[Box] = []
    for _ in range(int(rng.integers(most // 4, most + 1))):
        crop = _drawn(bank, names, rng, space_px)
        place = _blank_place(ink, crop.pixels.shape, BORDER_SPACES * space_px, taken, rng)
        if place is None:
            continue
        top, left = place
        height, width = crop.pixels.shape
        taken.append(Box(top, left, top + height, left + width))
        next_id = _put(crop, top, left, next_id, out, all_symbols, all_strokes)
    return out, tuple(all_symbols), tuple(all_strokes)


def rare_grid(
    bank: Mapping[str, Sequence[Crop]], shape: tuple[int, int], rng: np.random.Generator, space_px: float
) -> tuple[np.ndarray, tuple[Symbol, ...], tuple[Stroke, ...]]:
    """A page (H, W) uint8 with nothing but crops, in rows from top to bottom, and its labels.

    Every class of the bank is equally likely. The cells of a row are as high as its highest crop. A crop may be
    anywhere in its cell, so that places cannot be learnt. With an empty bank, the page is blank.
    """
    out = np.full(shape, 255, np.uint8)
    symbols: list[Symbol] = []
    strokes: list[Stroke] = []
    names = sorted(name for name, crops in bank.items() if crops)
    gap = int(np.ceil(BORDER_SPACES * space_px))
    # Room to move: a page is never put down quite straight.
    edge = int(EDGE_SPACES * space_px)
    top, next_id = edge, 0
    while names:
        row = []
        left = edge + int(rng.integers(2 * gap))
        while (crop := _drawn(bank, names, rng, space_px)) and left + crop.pixels.shape[1] + edge <= shape[1]:
            row.append((left, crop))
            left += crop.pixels.shape[1] + gap + int(rng.integers(2 * gap))
        height = max((crop.pixels.shape[0] for _, crop in row), default=0)
        if not row or top + height + edge > shape[0]:
            break
        for left, crop in row:
            down = int(rng.integers(height - crop.pixels.shape[0] + 1))
            next_id = _put(crop, top + down, left, next_id, out, symbols, strokes)
        top += height + gap
    return out, tuple(symbols), tuple(strokes)


def _drawn(bank: Mapping[str, Sequence[Crop]], names: Sequence[str], rng: np.random.Generator, space_px: float) -> Crop:
    """A crop of one of the classes, at this staff space."""
    crops = bank[names[int(rng.integers(len(names)))]]
    return _scaled(crops[int(rng.integers(len(crops)))], space_px)


def _put(
    crop: Crop, top: int, left: int, next_id: int, out: np.ndarray, symbols: list[Symbol], strokes: list[Stroke]
) -> int:
    """Merge a crop into the page at (top, left), and add its labels, numbered from `next_id`. Returns the next free
    id."""
    height, width = crop.pixels.shape
    target = out[top : top + height, left : left + width]
    np.minimum(target, crop.pixels, out=target)
    for symbol in crop.symbols:
        symbols.append(replace(_moved(symbol, top, left), id=next_id))
        next_id += 1
    for stroke in crop.strokes:
        points = tuple((r + top, c + left) for r, c in stroke.points)
        strokes.append(replace(stroke, id=next_id, points=points))
        next_id += 1
    return next_id


def _corners(boxes: Sequence[Box]) -> np.ndarray:
    """(N, 4) top, left, bottom, right."""
    return np.array([(b.top, b.left, b.bottom, b.right) for b in boxes], float).reshape(-1, 4)


def _touching(box: Box, corners: np.ndarray) -> np.ndarray:
    """(N,) bool: which of the (N, 4) boxes overlap `box`."""
    top, left, bottom, right = corners.T
    return (top < box.bottom) & (left < box.right) & (bottom > box.top) & (right > box.left)


def _grow(box: Box, corners: np.ndarray, border: float) -> Box:
    """Whole pixels around `box` and a border, enlarged around every symbol that the rectangle would cut."""
    edges = (box.top - border, box.left - border, box.bottom + border, box.right + border)
    while True:
        grown = Box(*np.floor(edges[:2]).tolist(), *np.ceil(edges[2:]).tolist())
        met = corners[_touching(grown, corners)]
        low, high = met[:, :2].min(axis=0), met[:, 2:].max(axis=0)
        if (low >= (grown.top, grown.left)).all() and (high <= (grown.bottom, grown.right)).all():
            return grown
        edges = (min(grown.top, low[0]), min(grown.left, low[1]), max(grown.bottom, high[0]), max(grown.right, high[1]))


def _moved(symbol: Symbol, rows: float, cols: float) -> Symbol:
    b = symbol.box
    return replace(symbol, box=Box(b.top + rows, b.left + cols, b.bottom + rows, b.right + cols))


def _clipped(strokes: Sequence[Stroke], box: Box) -> Iterator[Stroke]:
    """The parts of strokes inside `box`, in its pixels. A stroke that leaves it and comes back gives two parts."""
    for stroke in strokes:
        b = stroke.box
        if b.top >= box.bottom or b.bottom <= box.top or b.left >= box.right or b.right <= box.left:
            continue
        run: list[tuple[float, float]] = []
        for a, z in zip(stroke.points, stroke.points[1:], strict=False):
            piece = _clip_segment(a, z, box)
            if piece is None or (run and piece[0] != run[-1]):
                if run:
                    yield replace(stroke, points=tuple((r - box.top, c - box.left) for r, c in run))
                run = []
            if piece is not None:
                run = [*run, piece[1]] if run else list(piece)
        if run:
            yield replace(stroke, points=tuple((r - box.top, c - box.left) for r, c in run))


def _clip_segment(
    a: tuple[float, float], z: tuple[float, float], box: Box
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The part of the segment a-z inside the box (Liang and Barsky 1984); None if there is none."""
    enter, leave = 0.0, 1.0
    for start, end, low, high in ((a[0], z[0], box.top, box.bottom), (a[1], z[1], box.left, box.right)):
        step = end - start
        if step == 0:
            if not low <= start <= high:
                return None
            continue
        first, last = sorted(((low - start) / step, (high - start) / step))
        enter, leave = max(enter, first), min(leave, last)
    if enter >= leave:
        return None

    def at(t: float) -> tuple[float, float]:
        return z if t == 1.0 else (a[0] + t * (z[0] - a[0]), a[1] + t * (z[1] - a[1]))

    return at(enter), at(leave)


def _scaled(crop: Crop, space_px: float) -> Crop:
    """The crop at another staff space."""
    scale = space_px / crop.space_px
    height, width = (max(1, round(side * scale)) for side in crop.pixels.shape)
    if (height, width) == crop.pixels.shape:
        return crop
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    pixels = np.asarray(cv2.resize(crop.pixels, (width, height), interpolation=method))
    # Sides are whole pixels, so the two factors may differ very slightly.
    down, across = height / crop.pixels.shape[0], width / crop.pixels.shape[1]
    symbols = tuple(
        replace(s, box=Box(s.box.top * down, s.box.left * across, s.box.bottom * down, s.box.right * across))
        for s in crop.symbols
    )
    strokes = tuple(
        replace(s, points=tuple((r * down, c * across) for r, c in s.points), thickness_px=s.thickness_px * scale)
        for s in crop.strokes
    )
    return Crop(crop.name, pixels, symbols, strokes, space_px)


def _blank_place(
    ink: np.ndarray, shape: tuple[int, ...], border: float, taken: Sequence[Box], rng: np.random.Generator
) -> tuple[int, int] | None:
    """(row, col) of a place without ink or an earlier crop, with `border` px around it; None after `TRIES`."""
    margin = int(np.ceil(border))
    height, width = shape[0] + 2 * margin, shape[1] + 2 * margin
    rows, cols = ink.shape[0] - 1 - height, ink.shape[1] - 1 - width
    if rows < 1 or cols < 1:
        return None
    tops, lefts = rng.integers(0, rows, TRIES), rng.integers(0, cols, TRIES)
    amount = ink[tops + height, lefts + width] - ink[tops, lefts + width] - ink[tops + height, lefts] + ink[tops, lefts]
    used = _corners(taken)
    for top, left in zip(tops[amount == 0].tolist(), lefts[amount == 0].tolist(), strict=True):
        if not _touching(Box(top, left, top + height, left + width), used).any():
            return top + margin, left + margin
    return None
