"""Which lines of a drawn page are beams, and which are strokes of tremolos.

A beam meets the stems of its notes. The strokes of a tremolo cross one stem, or stand between the stems of two notes,
or between two whole notes, which have no stems. All lengths are in pixels of a normalised page, unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from omr.detect.pieces import Line
from omr.types import SPACE_PX
from omr.types.table import table


@table
class DrawnBeamLimits:
    """Lengths are in staff spaces. Rules of thumb of engraving, after looking at pages of eight programs."""

    thickness: tuple[float, float] = (0.22, 1.1)
    """Least and greatest thickness of a beam."""
    shortest: float = 0.55
    """Length of the shortest beam, a hook."""
    joint: float = 0.05
    """Greatest distance between the end of one piece of a beam and the beginning of the next. In Verovio it is within
    0.01."""
    at_beam: float = 0.4
    """Greatest distance of a beam's end from the stem there, and of a stem's end from its beam."""
    tremolo: float = 1.9
    """Greatest length of a stroke through a stem."""
    short_of_stem: float = 2.0
    """Greatest distance of the ends of a tremolo's beam from the stems of its two notes ..."""
    short_of_both: float = 12.0
    """... and the same if it ends as far from both ..."""
    amid: float = 0.3
    """... give or take this much ..."""
    off_stems: float = 3.0
    """... and at most this far above or below them."""
    whole_tremolo: float = 1.5
    """Least length of such a beam between two whole notes, which have no stems; ..."""
    whole_gap: float = 3.0
    """... greatest distance of its ends beside them, ..."""
    whole_aside: float = 1.5
    """... or over or under their middle, ..."""
    whole_away: float = 6.0
    """... and greatest vertical distance from them. All as in `omr.notation.tremolos`."""
    pile: float = 0.6
    """Strokes of one tremolo are at most this far apart, in addition to their height."""
    at_head: float = 0.65
    """Greatest vertical distance of a stem's end from the middle of its notehead."""
    same_stem: float = 0.3
    """Greatest sideways distance between the strokes of one tremolo."""
    stem_piece: float = 1.4
    """Length of the longest piece of a stem, between two beams, that is drawn separately; ..."""
    same_stem_piece: float = 0.15
    """... greatest sideways distance of that piece from the rest of the stem, ..."""
    same_pen: float = 0.02
    """... and greatest difference between their thicknesses."""


T = DrawnBeamLimits()
S = SPACE_PX


def may_be_beam(line: Line) -> bool:
    """Whether a line is as thick and as long as a beam."""
    return T.thickness[0] * S < line.thickness < T.thickness[1] * S and line.length > T.shortest * S


def with_whole_beams(across: Sequence[Line]) -> list[Line]:
    """Join beams that are drawn from stem to stem, as Verovio does: one piece begins where another ends."""
    out: list[Line] = []
    wholes: list[Line] = []
    for line in sorted(across, key=lambda line: line.a[0]):
        if not (line.is_filled and may_be_beam(line)):
            out.append(line)
            continue
        for i, whole in enumerate(wholes):
            if _goes_on(whole, line):
                wholes[i] = replace(whole, b=line.b)
                break
        else:
            wholes.append(line)
    return [*out, *wholes]


def _goes_on(beam: Line, piece: Line) -> bool:
    """Whether a piece of a beam begins where another one ends, with the same thickness and slope."""
    if max(abs(beam.b[0] - piece.a[0]), abs(beam.b[1] - piece.a[1])) > T.joint * S:
        return False
    rise = (beam.b[1] - beam.a[1]) / max(beam.b[0] - beam.a[0], 1e-6)
    off = beam.b[1] + rise * (piece.b[0] - beam.b[0]) - piece.b[1]
    return abs(off) < 2 * T.joint * S and abs(beam.thickness - piece.thickness) < T.joint * S


def meets(stem: Line, beam: Line) -> bool:
    """Whether one of a stem's ends is at a beam."""
    x = stem.a[0]
    if not beam.a[0] - T.at_beam * S < x < beam.b[0] + T.at_beam * S:
        return False
    share = min(max((x - beam.a[0]) / max(beam.b[0] - beam.a[0], 1e-6), 0.0), 1.0)
    row = beam.a[1] + share * (beam.b[1] - beam.a[1])
    return min(abs(row - stem.a[1]), abs(row - stem.b[1])) < beam.thickness / 2 + T.at_beam * S


def lengthened(stems: Sequence[Line], rest: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Extend stems by short lines that go on from their ends. Returns the stems and the other lines. Finale draws the
    piece of a stem between two beams separately if the beams are between two staves."""
    whole, left = list(stems), []
    for line in rest:
        i = next((i for i, stem in enumerate(whole) if _ends_in(stem, line)), None)
        if i is None:
            left.append(line)
            continue
        (x, top), (_, bottom) = whole[i].a, whole[i].b
        whole[i] = replace(whole[i], a=(x, min(top, line.a[1])), b=(x, max(bottom, line.b[1])))
    return whole, left


def _ends_in(stem: Line, line: Line) -> bool:
    """Whether a short vertical line as thin as a stem goes on from one end of the stem."""
    if abs(line.a[0] - stem.a[0]) >= T.same_stem_piece * S:
        return False
    is_alike = line.length < T.stem_piece * S and abs(line.thickness - stem.thickness) < T.same_pen * S
    return is_alike and (line.a[1] <= stem.b[1] <= line.b[1] or line.a[1] <= stem.a[1] <= line.b[1])


def stemless(heads: np.ndarray, stems: np.ndarray) -> np.ndarray:
    """(N, 4) edges of the noteheads that have no stem. heads: (N, 4) edges. stems: (N, 3) columns, upper and lower
    ends."""
    middle = (heads[:, 1] + heads[:, 3]) / 2
    beside = (np.abs(heads[:, None, [0, 2]] - stems[None, :, :1]) < T.at_beam * S).any(axis=2)
    along = (stems[None, :, 1] - T.at_head * S < middle[:, None]) & (
        middle[:, None] < stems[None, :, 2] + T.at_head * S)
    return np.asarray(heads[~(beside & along).any(axis=1)])


def is_between(beam: Line, stems: np.ndarray) -> bool:
    """Whether a beam begins right of a stem and ends left of another one, without touching either: a tremolo between
    two notes. stems: (N, 3) columns, upper and lower ends."""
    if not len(stems) or not beam.is_filled:
        return False

    def gaps(end: tuple[float, float], side: int, farthest: float, reach: float) -> np.ndarray:
        away = side * (stems[:, 0] - end[0])
        beside = (away > 0) & (away < farthest * S) & (stems[:, 1] - reach < end[1]) & (end[1] < stems[:, 2] + reach)
        return np.asarray(away[beside])

    reach = beam.thickness / 2 + T.at_beam * S
    if len(gaps(beam.a, -1, T.short_of_stem, reach)) and len(gaps(beam.b, 1, T.short_of_stem, reach)):
        return True
    before, after = (gaps(end, side, T.short_of_both, T.off_stems * S) for end, side in ((beam.a, -1), (beam.b, 1)))
    return bool((np.abs(before[:, None] - after[None]) < T.amid * S).any())


def is_between_wholes(beam: Line, wholes: np.ndarray) -> bool:
    """Whether a filled line is between two noteheads without stems, as the strokes of a tremolo between whole notes
    are: beside both, or above or below them. wholes: (N, 4) edges."""
    if not len(wholes) or not beam.is_filled or beam.length < T.whole_tremolo * S:
        return False

    def at(end: tuple[float, float], gaps: np.ndarray) -> np.ndarray:
        beside = (gaps > -T.whole_gap * S) & (gaps < T.whole_gap * S)
        beside |= np.abs((wholes[:, 0] + wholes[:, 2]) / 2 - end[0]) < T.whole_aside * S
        return np.flatnonzero(beside & (np.abs((wholes[:, 1] + wholes[:, 3]) / 2 - end[1]) < T.whole_away * S))

    before, after = at(beam.a, beam.a[0] - wholes[:, 2]), at(beam.b, wholes[:, 0] - beam.b[0])
    return bool((before[:, None] != after[None]).any())


def tremolo_strokes(strokes: Sequence[tuple[float, Line]]) -> list[list[Line]]:
    """Group the strokes of tremolos that cross the same stem. strokes: for each, the column of its stem, and the
    stroke."""
    piles: list[list[tuple[float, Line]]] = []
    for x, line in sorted(strokes, key=lambda s: (round(s[0]), s[1].a[1])):
        last = piles[-1][-1] if piles else None
        reach = line.thickness + T.pile * S
        if last is not None and abs(last[0] - x) < T.same_stem * S and line.a[1] - last[1].a[1] < reach:
            piles[-1].append((x, line))
        else:
            piles.append([(x, line)])
    return [[line for _, line in pile] for pile in piles]
