"""Finds, by their ink, stems that the detector did not see at all, or saw as ending short of their noteheads.

A notehead without a stem would be read as part of some chord nearby, and a notehead that two voices share would lose
the voice whose stem was missed. The ink shows a thin line that goes up from the right edge of the notehead, or down
from its left edge. Flats, naturals and sharps have such lines too, and are close to noteheads. So no stem is looked for
where an accidental was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from omr.types import SPACE_PX, Stroke, Symbol
from omr.types.table import table

STEMMED = frozenset(("noteheadBlack", "noteheadHalf"))
"""Classes of noteheads whose lost stems are looked for: those of the usual shape and size."""


@table
class LostTolerances:
    """Lengths are in staff spaces. Measured on 119 pages of old prints with 48,000 noteheads."""

    dark_below: int = 128
    """Grey level (0 = black, 255 = white) below which a pixel is ink."""
    pale_below: int = 160
    """The same for the stem of a notehead for which none is found with the first limit. In old prints, some stems are
    thin and broken, and paler than their noteheads."""
    beside_head: float = 0.35
    """Greatest distance of the line from the edge of its notehead."""
    clear: float = 0.7
    """The line is looked for from this far above or below the centre of its notehead on. The edge of the notehead is
    half a space away, its ink a little more."""
    longest: float = 9.0
    """Greatest distance of a stem's end from the centre of its notehead."""
    thin: float = 0.45
    """Greatest width of a stem, including blur. Wider ink also belongs to a staff line or a beam."""
    lost_length: float = 2.2
    """Least length of a lost stem, from the centre of its notehead, if the notehead has no other."""
    lost_thin: float = 0.6
    """Least share of the rows of such a stem in which the ink is thin. Staff lines take up a fifth of the rows."""
    seen_thin: float = 0.4
    """The same share if a piece of the stem was seen. Beams and accidentals may touch the rest."""
    second_length: float = 2.7
    """Least length of a second stem, of a notehead that has one on its other side. Accidentals that were not seen are
    shorter."""
    second_thin: float = 0.7
    """The same share for such a stem."""
    second_past: float = 1.5
    """If a line beside an accidental goes on this far beyond its end, it is a second stem. The limit is greater than
    for a notehead without any stem, because here no stem is missing."""
    reaches: float = 0.5
    """A second stem that ends nearer to the centre of its notehead than this reaches it, and need not be extended."""
    piece: float = 2.0
    """If less than this was seen of a second stem, it is extended to the ends of the line."""
    leaves: float = 0.5
    """A stem at the right edge of a notehead is its own if it reaches this far above the centre; one at the left edge,
    if it reaches this far below. A stem at the left edge that only goes up belongs to a notehead of another voice
    beside it."""
    past_accidental: float = 0.7
    """If a line goes on this far beyond the end of an accidental, it is the stem of a notehead before the
    accidental."""
    near: float = 0.5
    """Greatest distance of a stem from the edge of its notehead."""
    short: float = 1.1
    """Greatest distance of a stem's end from the centre of its notehead with which the stem is still found to belong to
    it."""
    same_line: float = 0.45
    """Greatest sideways distance between the line and a stroke that was seen of it, or of a barline."""
    overlap: float = 0.5
    """Least length that the line and a stroke have in common if they are the same."""
    score: float = 0.5
    """Score of a stem that was found here, 0 to 1."""
    thickness: float = 0.12
    """Thickness of such a stem, as engraved."""

    # What has a stem and what has none
    sure_half: float = 0.9
    """With at least this score, a half note is believed even if no stem was found. Of 2,004 on 124 pages, 11 had no
    stem: five had a lower score, and none of these was a notehead; six had a higher score, and all of these were
    noteheads."""
    half_aside: float = 0.6
    """Greatest distance of a half note's stem from its edge."""
    half_away: float = 1.2
    """Greatest vertical distance of such a stem's end from the middle of the notehead."""
    sure_whole: float = 0.9
    """With at least this score, a whole note is believed whatever is beside it."""


T = LostTolerances()
"""The tolerances of this stage."""


class _Line(NamedTuple):
    """A thin vertical line in the ink, in pixels.

    column: of the line.
    row: of the notehead's centre.
    end: row at which the line ends.
    thin: share of its rows in which it is no wider than a stem.
    """

    column: int
    row: float
    end: float
    thin: float

    @property
    def length(self) -> float:
        """Length in staff spaces, from the notehead's centre."""
        return abs(self.end - self.row) / SPACE_PX

    @property
    def rows(self) -> tuple[float, float]:
        """Its upper and lower end."""
        return min(self.row, self.end), max(self.row, self.end)


def without_stemmed_wholes(symbols: Sequence[Symbol], pixels: np.ndarray) -> list[Symbol]:
    """Replace unsure whole notes that have a stem by half notes. pixels: the page, (H, W) uint8, 0 = ink."""
    accidentals = [s for s in symbols if s.kind == "accidental"]
    ink = pixels < T.dark_below
    return [replace(s, name="noteheadHalf")
            if s.name == "noteheadWhole" and s.score < T.sure_whole and _has_stem(s, ink, accidentals) else s
            for s in symbols]


def _has_stem(head: Symbol, ink: np.ndarray, accidentals: Sequence[Symbol]) -> bool:
    """Whether a line that is surely a stem goes up from the right edge of a notehead, or down from its left edge."""
    lines = (_line(head, is_up, ink) for is_up in (True, False))
    return any(line is not None and line.length >= T.second_length and line.thin >= T.second_thin
               and not _is_of_accidental(line, accidentals) for line in lines)


def without_stemless(symbols: Sequence[Symbol], strokes: Sequence[Stroke]) -> tuple[Symbol, ...]:
    """Drop unsure half notes that have no stem: they are twos of fingerings, or beams of grace notes.

    strokes: of the page, including the stems that `complete_stems` finds.
    """
    place = np.array([_place(s) for s in strokes if s.kind == "stem"]).reshape(-1, 3)
    return tuple(s for s in symbols if s.name != "noteheadHalf" or s.score >= T.sure_half or _near_stem(s, place))


def _near_stem(head: Symbol, place: np.ndarray) -> bool:
    """Whether a stem is beside a notehead. place: (N, 3), columns, upper and lower ends of stems."""
    row = head.box.center[0]
    aside = np.minimum(abs(place[:, 0] - head.box.left), abs(place[:, 0] - head.box.right)) / SPACE_PX
    away = np.maximum(place[:, 1] - row, row - place[:, 2]) / SPACE_PX
    return bool(((aside < T.half_aside) & (away < T.half_away)).any())


def complete_stems(
    strokes: Sequence[Stroke], symbols: Sequence[Symbol], pixels: np.ndarray, first_id: int
) -> list[Stroke]:
    """Add lost stems to the strokes of a page: those of noteheads without any, and second stems of noteheads that two
    voices share. Stems that end short of their notehead are extended to it.

    strokes: of all kinds, in the page's pixels; stems from top to bottom.
    symbols: of the page.
    pixels: the page, (H, W) uint8, 0 = ink.
    first_id: for the new stems, which come last.
    """
    heads = [s for s in symbols if s.name in STEMMED]
    accidentals = [s for s in symbols if s.kind == "accidental"]
    ink, pale = pixels < T.dark_below, pixels < T.pale_below
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
        own = is_stem & leaves & (aside < T.near) & (away < T.short)
        has_stem = bool(own.any())
        lines = [line for is_up in (True, False) if (line := _line(head, is_up, ink)) is not None]
        for line in [*sorted(lines, key=lambda line: -line.length), None]:
            if line is None:  # none was found in the dark ink
                line = None if has_stem else _longest(_line(head, is_up, pale, leaning=True) for is_up in (True, False))
                if line is None:
                    break
            top, bottom = line.rows
            common = np.minimum(place[:, 2], bottom) - np.maximum(place[:, 1], top)
            same = (abs(place[:, 0] - line.column) < T.same_line * SPACE_PX) & (common > T.overlap * SPACE_PX)
            lost_thin = T.seen_thin if (same & is_stem).any() else T.lost_thin
            least, thin = (T.second_length, T.second_thin) if has_stem else (T.lost_length, lost_thin)
            past = (T.second_past if has_stem else T.past_accidental) * SPACE_PX
            if line.length < least or line.thin < thin or _is_of_accidental(line, accidentals, past):
                continue
            seen = [uprights[i] for i in np.flatnonzero(same & is_stem).tolist()]
            if not same.any() and not any(_is_same(line, other) for other in found):
                found.append(line)
            elif not has_stem and seen:
                completed[seen[0]] = _drawn_on(completed[seen[0]], line)
            elif (own & (at_right != (line.end < line.row))).any():
                for k in seen:
                    if _begins_at(completed[k], line, head, heads):
                        completed[k] = _drawn_out(completed[k], line, head, heads)
            has_stem = True
    return [*completed, *(_stem(line, first_id + k) for k, line in enumerate(found))]


def _longest(lines: Iterable[_Line | None]) -> _Line | None:
    """The longest line; None if there is none."""
    return max((line for line in lines if line is not None), key=lambda line: line.length, default=None)


def _place(stroke: Stroke) -> tuple[float, float, float]:
    """Column, upper and lower end of a vertical stroke."""
    (top, left), (bottom, right) = stroke.points[0], stroke.points[-1]
    return (left + right) / 2, top, bottom


def _line(head: Symbol, is_up: bool, ink: np.ndarray, leaning: bool = False) -> _Line | None:
    """The longest vertical line of ink that goes up from the right edge of a notehead, or down from its left edge; None
    if there is none. leaning: whether it may shift into the neighbouring columns."""
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
    near = middle | strip[:, wide - 1:-wide - 1] | strip[:, wide + 1:1 - wide] if leaning else middle
    blank = ~near[:-1] & ~near[1:]  # two successive rows without ink end a line
    ends = np.where(blank.any(axis=0), blank.argmax(axis=0), strip.shape[0])
    longest = np.flatnonzero(ends == ends.max())
    at = int(longest[(len(longest) - 1) // 2])
    if not ends[at]:
        return None
    around = strip[:ends[at], at:at + 2 * wide + 1]
    width = _run(around[:, wide:]) + _run(around[:, wide::-1]) - 1
    end = first + (-ends[at] if is_up else ends[at])
    return _Line(left + wide + at, row, float(end), float((width <= wide).mean()))


def _run(ink: np.ndarray) -> np.ndarray:
    """How many pixels of ink follow one another, from the left end of each row."""
    run: np.ndarray = np.where(ink.all(axis=1), ink.shape[1], (~ink).argmax(axis=1))
    return run


def _is_of_accidental(line: _Line, accidentals: Sequence[Symbol], past: float = np.inf) -> bool:
    """Whether a line may be part of an accidental. It is not if it goes on `past` pixels beyond the accidental."""
    top, bottom = line.rows
    aside = T.same_line * SPACE_PX
    return any(a.box.left - aside < line.column < a.box.right + aside and a.box.top < bottom and top < a.box.bottom
               and a.box.top - past < line.end < a.box.bottom + past for a in accidentals)


def _is_same(line: _Line, other: _Line) -> bool:
    """Whether two lines are the same: the noteheads of a chord have one stem."""
    common = min(line.rows[1], other.rows[1]) - max(line.rows[0], other.rows[0])
    return abs(line.column - other.column) < T.same_line * SPACE_PX and common > T.overlap * SPACE_PX


def _drawn_on(stem: Stroke, line: _Line) -> Stroke:
    """A stem that ends short of the notehead at which a line begins, extended to the notehead's centre."""
    (top, left), (bottom, right) = stem.points[0], stem.points[-1]
    if line.end < line.row:
        return replace(stem, points=(*stem.points[:-1], (max(bottom, line.row), right)))
    return replace(stem, points=((min(top, line.row), left), *stem.points[1:]))


def _begins_at(stem: Stroke, line: _Line, head: Symbol, heads: Sequence[Symbol]) -> bool:
    """Whether a stem on the line of a notehead belongs to it: the stem begins at it, and at no other notehead."""
    begin = stem.points[-1][0] if line.end < line.row else stem.points[0][0]
    away = abs(begin - line.row)
    return away < T.short * SPACE_PX and not _passed(line, begin, away, head, heads)


def _drawn_out(stem: Stroke, line: _Line, head: Symbol, heads: Sequence[Symbol]) -> Stroke:
    """A stem, extended to the notehead at which a line begins. A short piece is also extended to the other end of the
    line, unless the line passes another notehead, to whose stem the rest may belong."""
    (top, left), (bottom, right) = stem.points[0], stem.points[-1]
    if abs((bottom if line.end < line.row else top) - line.row) > T.reaches * SPACE_PX:
        stem = _drawn_on(stem, line)
    upper, lower = line.rows
    if bottom - top >= T.piece * SPACE_PX or _passed(line, (upper + lower) / 2, (lower - upper) / 2, head, heads):
        return stem
    return replace(stem, points=((min(top, upper), left), (max(bottom, lower), right)))


def _passed(line: _Line, row: float, reach: float, head: Symbol, heads: Sequence[Symbol]) -> bool:
    """Whether another notehead than that of a line touches the line less than `reach` pixels from a row."""
    near = T.near * SPACE_PX
    return any(h is not head and abs(row - h.box.center[0]) < reach
               and min(abs(line.column - h.box.left), abs(line.column - h.box.right)) < near for h in heads)


def _stem(line: _Line, id_: int) -> Stroke:
    """A line as a stem."""
    (top, bottom), column = line.rows, float(line.column)
    return Stroke(id_, "stem", ((top, column), (bottom, column)), T.thickness * SPACE_PX, T.score)
