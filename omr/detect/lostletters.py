"""Finds the s of "sf" by its ink if the detector did not see it. In old prints it is small and touches the f.

The page itself shows what its s looks like: other f's have an s before them that was seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import numpy as np

from omr.types import SPACE_PX, Box, Symbol
from omr.types.table import table


@table
class LetterTolerances:
    """Lengths are in staff spaces of the page (`SPACE_PX` pixels)."""

    level: float = 0.8
    """Greatest vertical distance between the middles of two letters of one dynamic."""
    gap: tuple[float, float] = (-0.9, 0.6)
    """Least and greatest distance from a letter's right edge to the next letter's left edge. A negative distance is an
    overlap."""
    margin: float = 0.1
    """A letter is compared with this much margin around its box."""
    shift: tuple[int, int] = (3, 4)
    """How many pixels a letter may be shifted, vertically and sideways, from its usual place before an f on its
    page."""
    alike: float = 0.75
    """Least correlation with the page's usual s. On 16 pages of Beethoven's and Mozart's sonatas, 20 unseen s have 0.78
    and more, and what stands before 61 f's without an s has 0.51 and less."""


T = LetterTolerances()
"""The tolerances of this stage."""


def with_lost_s(symbols: Sequence[Symbol], pixels: np.ndarray, first_id: int) -> tuple[Symbol, ...]:
    """Add an s before every f that has the ink of one there. Its score is how like it is to the other s of the page.

    pixels: the page, (H, W) uint8, 0 = ink.
    first_id: id of the first new symbol; the others follow.
    """
    letters = [s for s in symbols if s.kind == "dynamic"]
    pairs: list[tuple[Symbol, Symbol]] = []
    alone: list[Symbol] = []
    for letter in letters:
        if letter.name != "dynamicF":
            continue
        before = [other for other in letters if _is_before(other, letter)]
        pairs += [(other, letter) for other in before if other.name == "dynamicS"][:1]
        alone += [letter] if not before else []
    if not pairs or not alone:
        return tuple(symbols)
    down, aside, height, width = (float(np.median(values)) for values in zip(*(
        (s.box.top - f.box.top, s.box.left - f.box.left, s.box.height, s.box.width) for s, f in pairs), strict=True))
    edge = T.margin * SPACE_PX
    shape = round(height + 2 * edge), round(width + 2 * edge)
    seen = [_patch(pixels, s.box.top - edge, s.box.left - edge, shape) for s, _ in pairs]
    whole = [patch for patch in seen if patch is not None]
    if not whole:
        return tuple(symbols)
    usual = np.mean(whole, axis=0)
    ids, added = count(first_id), []
    for letter in alone:
        found = [(_correlation(patch, usual), top, left) for top, left in _places(letter.box.top + down - edge,
                                                                                letter.box.left + aside - edge)
                 if (patch := _patch(pixels, top, left, shape)) is not None]
        score, top, left = max(found, default=(0.0, 0.0, 0.0))
        if score >= T.alike:
            box = Box(top + edge, left + edge, top + edge + height, left + edge + width)
            added.append(Symbol(next(ids), "dynamicS", box, score))
    return (*symbols, *added)


def _is_before(other: Symbol, letter: Symbol) -> bool:
    """Whether another letter is directly before this one."""
    least, greatest = (limit * SPACE_PX for limit in T.gap)
    return (other is not letter and other.box.left < letter.box.left
            and abs(other.box.center[0] - letter.box.center[0]) < T.level * SPACE_PX
            and least < letter.box.left - other.box.right < greatest)


def _places(top: float, left: float) -> list[tuple[float, float]]:
    """Places around one, as row and column."""
    rows, cols = T.shift
    return [(top + i, left + j) for i in range(-rows, rows + 1) for j in range(-cols, cols + 1)]


def _patch(pixels: np.ndarray, top: float, left: float, shape: tuple[int, int]) -> np.ndarray | None:
    """A piece of the page; None if it reaches over the page's edge."""
    row, col = round(top), round(left)
    if row < 0 or col < 0 or row + shape[0] > pixels.shape[0] or col + shape[1] > pixels.shape[1]:
        return None
    return pixels[row:row + shape[0], col:col + shape[1]].astype(np.float64)


def _correlation(patch: np.ndarray, usual: np.ndarray) -> float:
    """How alike two pieces are, from -1 to 1; 0 if one of them is blank."""
    a, b = patch - patch.mean(), usual - usual.mean()
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / size if size > 0 else 0.0
