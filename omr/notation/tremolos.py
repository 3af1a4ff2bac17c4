"""Tremolos: strokes through one stem or over a whole note, and beams between two notes.

The matchers find to which chords each tremolo belongs, and return edges.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from omr.notation.beams import row_at
from omr.notation.chords import ChordInk
from omr.types import Edge, Stroke, Symbol
from omr.types.table import table


@table
class TremoloTolerances:
    """Lengths are in staff spaces. Prices are in staff spaces too; a sideways distance of one costs 1."""

    beam_end: float = 1.0
    """How far beyond a beam's ends tremolo strokes may be that are really pieces of the beam."""
    beam_off: float = 0.3
    """Greatest vertical distance of such strokes from the beam's middle."""
    aside: float = 0.9
    """Greatest distance of a tremolo from the stem that it crosses, or from the middle of its whole note."""
    height: float = 0.2
    """Price of a staff space by which a tremolo is above or below its chord's ends."""
    on_stem: float = 1.0
    """Greatest such distance for a chord with a stem."""
    on_whole: float = 3.0
    """Greatest such distance for a whole note, whose tremolo is above or below it."""
    short_of_stem: float = 0.3
    """A beam that ends at least this far from both stems is a tremolo."""
    most_short: float = 2.0
    """Greatest distance of such a beam from the stems."""
    most_short_of_both: float = 12.0
    """The same on a drawn page, if it ends as far from both stems ..."""
    amid: float = 0.3
    """... give or take this much ..."""
    off_stems: float = 3.0
    """... and at most this far above or below them."""
    beyond_stem: float = 0.5
    """How far above or below a stem its end may be."""
    whole_gap: tuple[float, float] = (-0.5, 3.0)
    """Least and greatest gap between a whole note and the end of a tremolo's beam beside it."""
    whole_aside: float = 1.5
    """Greatest sideways distance between a whole note's middle and the end of a tremolo's beam above or below it."""
    whole_away: float = 6.0
    """Greatest vertical distance between a whole note and its tremolo's beam."""


T = TremoloTolerances()
"""The tolerances of this stage."""


def tremolos(
    strokes: Sequence[Symbol], chords: Sequence[ChordInk], beams: Sequence[Stroke], space: float
) -> Iterator[Edge]:
    """Pair each chord with the tremolo strokes that cross its stem, or are above or below its whole notes. Strokes on a
    beam are pieces of the beam."""
    end, off = T.beam_end * space, T.beam_off * space
    for stroke in strokes:
        row, col = stroke.box.center
        if any(b.points[0][1] - end < col < b.points[-1][1] + end and abs(row_at(b, col) - row) < off for b in beams):
            continue
        priced = [(price, chord) for chord in chords if (price := _tremolo_price(row, col, chord, space)) is not None]
        if priced:
            yield Edge(min(priced, key=lambda p: p[0])[1].heads[0].id, stroke.id, "tremolo")


def _tremolo_price(row: float, col: float, chord: ChordInk, space: float) -> float | None:
    """The distance of tremolo strokes at (row, col) from where those of a chord would be; None if they are too far
    away."""
    at = chord.tip[1] if chord.stem is not None else chord.heads[0].box.center[1]
    top, bottom = min(chord.tip[0], chord.heads[0].box.top), max(chord.tip[0], chord.heads[-1].box.bottom)
    away = max(top - row, row - bottom, 0) / space
    reach = T.on_stem if chord.stem is not None else T.on_whole
    if abs(at - col) >= T.aside * space or away >= reach:
        return None
    return abs(at - col) / space + T.height * away


def tremolo_pairs(
    chords: Sequence[ChordInk], beams: Sequence[Stroke], space: float, exact: bool = False
) -> Iterator[Edge]:
    """Pair both chords of a tremolo with the beams between them: beams of hollow noteheads, beams that end before a
    stem, beams between two whole notes.

    exact: whether the page is a drawn one. Then beams in the very middle between two stems are a tremolo, too.
    """
    sharing: dict[int, list[ChordInk]] = defaultdict(list)
    for chord in chords:
        for beam in chord.beams:
            sharing[beam.id].append(chord)
    for beam in beams:
        touching = sharing.get(beam.id, [])
        beside = len(touching) < 2
        pair = touching
        if beside:
            pair = _stems_beside(beam, touching, chords, space) or _whole_pair(beam, chords, space)
            pair = pair or (_stems_about(beam, chords, space) if exact and not touching else [])
        if len(pair) != 2:
            continue
        a, b = sorted(pair, key=lambda c: c.heads[0].box.left)
        hollow = not any(c.heads[0].symbol_class.is_filled for c in pair)
        apart = T.short_of_stem * space
        left, right = beam.points[0][1], beam.points[-1][1]
        if hollow or beside and not touching or left - a.tip[1] > apart and b.tip[1] - right > apart:
            yield Edge(a.heads[0].id, beam.id, "tremolo")
            yield Edge(b.heads[0].id, beam.id, "tremolo")


def _stems_beside(
    beam: Stroke, touching: Sequence[ChordInk], chords: Sequence[ChordInk], space: float
) -> list[ChordInk]:
    """The two chords between whose stems a beam stands; none if they are not two. touching: the chords whose stem the
    beam touches."""
    left, right = beam.points[0], beam.points[-1]

    def gap(chord: ChordInk, end: tuple[float, float], side: int) -> float | None:
        """Distance of a beam's end from a chord's stem, in pixels; None if it is not beside the stem."""
        if chord.stem is None or chord.beams and chord not in touching:
            return None
        rows = sorted((chord.tip[0], *(head.box.center[0] for head in chord.heads)))
        away, off = side * (chord.tip[1] - end[1]), T.beyond_stem * space
        is_level = rows[0] - off < end[0] < rows[-1] + off
        return away if is_level and -off < away < T.most_short * space else None

    pair = []
    for end, side in ((left, -1), (right, 1)):
        beside = [(away, i) for i, chord in enumerate(chords) if (away := gap(chord, end, side)) is not None]
        if not beside:
            return []
        pair.append(chords[min(beside)[1]])
    return pair if pair[0] is not pair[1] else []


def _stems_about(beam: Stroke, chords: Sequence[ChordInk], space: float) -> list[ChordInk]:
    """The two nearest chords with a beam in the very middle between their stems, which touches neither."""

    def gaps(end: tuple[float, float], side: int) -> Iterator[tuple[float, ChordInk]]:
        for chord in chords:
            rows = sorted((chord.tip[0], *(head.box.center[0] for head in chord.heads)))
            away, off = side * (chord.tip[1] - end[1]), T.off_stems * space
            if (chord.stem is not None and not chord.beams and 0 < away < T.most_short_of_both * space
                    and rows[0] - off < end[0] < rows[-1] + off):
                yield away, chord

    pairs = [(before + after, [a, b]) for before, a in gaps(beam.points[0], -1)
             for after, b in gaps(beam.points[-1], 1) if abs(before - after) < T.amid * space]
    return min(pairs, key=lambda pair: pair[0])[1] if pairs else []


def _whole_pair(beam: Stroke, chords: Sequence[ChordInk], space: float) -> list[ChordInk]:
    """The two whole notes between which a beam without stems stands; none if they are not two."""
    left, right = beam.points[0][1], beam.points[-1][1]
    whole = [c for c in chords if c.stem is None and c.heads[0].name == "noteheadWhole"]
    least, greatest = (gap * space for gap in T.whole_gap)

    def level(col: float, chord: ChordInk) -> bool:
        row, away = row_at(beam, col), T.whole_away * space
        return chord.heads[0].box.center[0] - away < row < chord.heads[-1].box.center[0] + away

    def under(col: float, chord: ChordInk) -> bool:
        return abs(chord.heads[0].box.center[1] - col) < T.whole_aside * space

    before = [c for c in whole if least < left - c.heads[0].box.right < greatest and level(left, c)]
    before += [c for c in whole if under(left, c) and level(left, c)]
    after = [c for c in whole if least < c.heads[0].box.left - right < greatest and level(right, c)]
    after += [c for c in whole if under(right, c) and level(right, c)]
    if not before or not after or before[0] is after[0]:
        return []
    return [before[0], after[0]]
