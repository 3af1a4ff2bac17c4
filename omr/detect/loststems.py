"""Stems that the detector did not see at all, or that it saw to end short of their heads, found in the ink.

A head without a stem would be read as part of whatever chord is near, and a head that two voices share would lose the
voice whose stem was missed. The ink tells: from the right edge of a head a thin line rises, or from its left edge one
hangs down. Flats, naturals and sharps have such lines too, and stand close to heads; where an accidental was seen
there is no stem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from omr.types import SPACE_PX, Stroke, Symbol
from omr.types.table import table

STEMMED = frozenset(("noteheadBlack", "noteheadHalf"))
"""Classes of heads whose lost stems are looked for: those of the usual shape and size."""


@table
class LostTolerances:
    """Lengths in staff spaces, and shares. Measured on 119 pages of old prints with 48,000 heads."""

    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    beside_head: float = 0.35
    """Greatest distance of the line from the edge of its head."""
    clear: float = 0.7
    """How far above or below the centre of its head the line is looked for: the edge of the head is half a space away,
    its ink a little more."""
    longest: float = 9.0
    """Farthest from the centre of its head that a stem may end."""
    thin: float = 0.45
    """Greatest width of a stem, with blur. Ink that is wider belongs to a staff line or a beam as well."""
    lost_length: float = 2.2
    """Least length, from the centre of the head, of the stem of a head that has none."""
    lost_thin: float = 0.6
    """Least share of the rows of that stem in which the ink is thin: staff lines take a fifth of the rows."""
    seen_thin: float = 0.4
    """The same share where a piece of that stem was seen: beams and accidentals may touch the rest."""
    second_length: float = 3.0
    """Least length of a second stem, of a head that has one on its other side. Accidentals that were not seen reach
    less far."""
    second_thin: float = 0.7
    """The same share for it."""
    leaves: float = 0.5
    """How far a stem at the right edge of a head reaches above its centre, or one at the left edge below it, that is
    the head's own: one at the left edge that only rises is that of a head of another voice beside it."""
    past_accidental: float = 0.7
    """How far beyond the end of an accidental a line goes on that is the stem of a head before it, not the accidental's
    own."""
    near: float = 0.5
    """A stem stands at most this far from the edge of its head."""
    short: float = 1.1
    """A stem may end this far from the centre of its head, which is still found to be on it."""
    same_line: float = 0.45
    """Greatest distance sideways between the line and a stroke that was seen of it, or of a barline."""
    overlap: float = 0.5
    """Least length that the line and a stroke have in common, if they are the same."""
    score: float = 0.5
    """How sure a stem is that was found here, 0 to 1."""
    thickness: float = 0.12
    """Its thickness: as engraved."""


    sure_whole: float = 0.9
    """Score from which on a whole note is one, whatever stands beside it."""


T = LostTolerances()
"""The tolerances of this stage."""


class _Line(NamedTuple):
    """A thin upright line in the ink, in pixels. column: of the line; row: of the head's centre; end: row at which it
    ends; thin: share of its rows in which it is no wider than a stem."""

    column: int
    row: float
    end: float
    thin: float

    @property
    def length(self) -> float:
        """In staff spaces, from the head's centre."""
        return abs(self.end - self.row) / SPACE_PX

    @property
    def rows(self) -> tuple[float, float]:
        """Its upper and lower end."""
        return min(self.row, self.end), max(self.row, self.end)


def without_stemmed_wholes(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """The symbols of a page, with a half note for every unsure whole note that has a stem.

    pixels: the page, (H, W) uint8, 0 = ink.
    """
    accidentals = [s for s in symbols if s.kind == "accidental"]
    ink = pixels < T.dark_below
    return [replace(s, name="noteheadHalf")
            if s.name == "noteheadWhole" and s.score < T.sure_whole and _has_stem(s, ink, accidentals) else s
            for s in symbols]


def _has_stem(head: Symbol, ink: np.ndarray, accidentals: Sequence[Symbol]) -> bool:
    """Whether a line that is surely a stem rises from the right edge of a head or hangs from its left."""
    lines = (_line(head, is_up, ink) for is_up in (True, False))
    return any(line is not None and line.length >= T.second_length and line.thin >= T.second_thin
               and not _is_of_accidental(line, accidentals) for line in lines)


def complete_stems(
    strokes: Sequence[Stroke], symbols: Sequence[Symbol], pixels: np.ndarray, first_id: int
) -> list[Stroke]:
    """The strokes of a page, with the stems that were lost: those of heads that have none, and second stems of heads
    that two voices share. A stem that was seen to end short of its head is drawn on to it.

    strokes: of all kinds, in the page's pixels; stems from top to bottom. symbols: of the page. pixels: the page,
    (H, W) uint8, 0 = ink. first_id: of the new stems, which come last.
    """
    heads = [s for s in symbols if s.name in STEMMED]
    accidentals = [s for s in symbols if s.kind == "accidental"]
    ink = pixels < T.dark_below
    uprights = [k for k, s in enumerate(strokes) if s.kind in ("stem", "barline")]
    place = np.array([_place(strokes[k]) for k in uprights]).reshape(-1, 3)  # column, top, bottom
    is_stem = np.array([strokes[k].kind == "stem" for k in uprights], bool)
    completed, found = list(strokes), list[_Line]()
    for head in heads:
        row = head.box.center[0]
        aside = np.minimum(abs(place[:, 0] - head.box.left), abs(place[:, 0] - head.box.right)) / SPACE_PX
        away = np.maximum(place[:, 1] - row, row - place[:, 2]) / SPACE_PX
        at_right = abs(place[:, 0] - head.box.right) < abs(place[:, 0] - head.box.left)
        leaves = np.where(at_right, row - place[:, 1], place[:, 2] - row) / SPACE_PX > T.leaves
        has_stem = bool((is_stem & leaves & (aside < T.near) & (away < T.short)).any())
        lines = [line for is_up in (True, False) if (line := _line(head, is_up, ink)) is not None]
        for line in sorted(lines, key=lambda line: -line.length):
            top, bottom = line.rows
            common = np.minimum(place[:, 2], bottom) - np.maximum(place[:, 1], top)
            same = (abs(place[:, 0] - line.column) < T.same_line * SPACE_PX) & (common > T.overlap * SPACE_PX)
            lost_thin = T.seen_thin if (same & is_stem).any() else T.lost_thin
            least, thin = (T.second_length, T.second_thin) if has_stem else (T.lost_length, lost_thin)
            past = np.inf if has_stem else T.past_accidental * SPACE_PX
            if line.length < least or line.thin < thin or _is_of_accidental(line, accidentals, past):
                continue
            if not same.any() and not any(_is_same(line, other) for other in found):
                found.append(line)
            elif not has_stem and (same & is_stem).any():
                k = uprights[int(np.flatnonzero(same & is_stem)[0])]
                completed[k] = _drawn_on(completed[k], line)
            has_stem = True
    return [*completed, *(_stem(line, first_id + k) for k, line in enumerate(found))]


def _place(stroke: Stroke) -> tuple[float, float, float]:
    """Column, upper and lower end of an upright stroke."""
    (top, left), (bottom, right) = stroke.points[0], stroke.points[-1]
    return (left + right) / 2, top, bottom


def _line(head: Symbol, is_up: bool, ink: np.ndarray) -> _Line | None:
    """The longest upright line of ink that rises from the right edge of a head, or hangs from its left edge; None if
    there is none."""
    row, edge = head.box.center[0], head.box.right if is_up else head.box.left
    aside, wide = round(T.beside_head * SPACE_PX), round(T.thin * SPACE_PX)
    left = round(edge) - aside - wide
    first = round(row + (-T.clear if is_up else T.clear) * SPACE_PX)
    last = round(row + (-T.longest if is_up else T.longest) * SPACE_PX)
    strip = ink[max(last, 0):max(first, 0)][::-1] if is_up else ink[first:last]
    strip = strip[:, max(left, 0):left + 2 * (aside + wide) + 1]
    if strip.shape[0] < 2 or strip.shape[1] < 2 * (aside + wide) + 1:
        return None
    middle = strip[:, wide:-wide]
    blank = ~middle[:-1] & ~middle[1:]  # two rows without ink end a line
    ends = np.where(blank.any(axis=0), blank.argmax(axis=0), strip.shape[0])
    at = int(ends.argmax())
    if not ends[at]:
        return None
    around = strip[:ends[at], at:at + 2 * wide + 1]
    width = _run(around[:, wide:]) + _run(around[:, wide::-1]) - 1
    end = first + (-ends[at] if is_up else ends[at])
    return _Line(left + wide + at, row, float(end), float((width <= wide).mean()))


def _run(ink: np.ndarray) -> np.ndarray:
    """How many pixels of ink follow one another from the left end of each row."""
    run: np.ndarray = np.where(ink.all(axis=1), ink.shape[1], (~ink).argmax(axis=1))
    return run


def _is_of_accidental(line: _Line, accidentals: Sequence[Symbol], past: float = np.inf) -> bool:
    """Whether a line may be that of an accidental. past: what goes on so many pixels beyond the accidental is not."""
    top, bottom = line.rows
    aside = T.same_line * SPACE_PX
    return any(a.box.left - aside < line.column < a.box.right + aside and a.box.top < bottom and top < a.box.bottom
               and a.box.top - past < line.end < a.box.bottom + past for a in accidentals)


def _is_same(line: _Line, other: _Line) -> bool:
    """Whether two lines are one: heads of one chord have one stem."""
    common = min(line.rows[1], other.rows[1]) - max(line.rows[0], other.rows[0])
    return abs(line.column - other.column) < T.same_line * SPACE_PX and common > T.overlap * SPACE_PX


def _drawn_on(stem: Stroke, line: _Line) -> Stroke:
    """A stem that ends short of the head at which a line begins, drawn on to the head's centre."""
    (top, left), (bottom, right) = stem.points[0], stem.points[-1]
    if line.end < line.row:
        return replace(stem, points=(*stem.points[:-1], (max(bottom, line.row), right)))
    return replace(stem, points=((min(top, line.row), left), *stem.points[1:]))


def _stem(line: _Line, id_: int) -> Stroke:
    """A line as a stem."""
    (top, bottom), column = line.rows, float(line.column)
    return Stroke(id_, "stem", ((top, column), (bottom, column)), T.thickness * SPACE_PX, T.score)
