"""Beams of grace notes. They are short, thin and close together: the detector takes some of them for tenuto lines, and
of a second beam it may see only the half at one of two notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from omr.notation.beams import row_at
from omr.notation.chords import ChordInk
from omr.types import Stroke, Symbol
from omr.types.table import table


@table
class GraceBeamTolerances:
    """Lengths are in staff spaces. On 70 engraved pages, 6 tenuto lines seemed to belong to grace notes, and all were
    their beams. Of 240 others, one was a piece of a beam, .22 from its middle; no real tenuto line was nearer than .7.
    """

    same: float = 0.3
    """A tenuto line this near to the middle of a beam, above or below, is ink of the beam."""
    aside: float = 0.4
    """How far beyond the ends of such a line the stems that it joins may be."""
    from_tip: float = 1.2
    """How far above or below the tips of their stems it may be."""
    close: float = 2.0
    """Greatest distance between the stems of neighbouring grace notes. Small notes in a dotted rhythm under one beam
    are farther apart."""


T = GraceBeamTolerances()
"""The tolerances of this stage."""


def with_grace_beams(
    chords: Sequence[ChordInk], lines: Sequence[Symbol], space: float, ids: Iterator[int]
) -> tuple[list[ChordInk], list[Stroke], set[int]]:
    """Complete the beams of grace notes: by beams that were taken for tenuto lines, and by beams that only some of the
    notes in a group have.

    Returns the chords, the new beams, and the ids of the lines that are ink of beams.

    lines: tenuto lines.
    space: the staff space in pixels.
    ids: for new strokes.
    """
    made = list(chords)
    small = [i for i, c in enumerate(chords) if c.stem is not None and all(h.symbol_class.is_small for h in c.heads)]
    beams = {b.id: b for c in chords for b in c.beams}
    used = {line.id for line in lines if any(_is_on(line, beam, space) for beam in beams.values())}
    new: list[Stroke] = []
    for line in lines:
        under = [i for i in small if _reaches(made[i], line, space)]
        if line.id in used or len(under) < 2:
            continue
        row = line.box.center[0]
        beam = Stroke(next(ids), "beam", ((row, line.box.left), (row, line.box.right)), line.box.height, line.score)
        new.append(beam)
        used.add(line.id)
        for i in under:
            outwards = sorted((*made[i].beams, beam), key=lambda b: b.points[0][0], reverse=made[i].up is False)
            made[i] = replace(made[i], beams=tuple(outwards))
    for group in _groups([made[i].beams for i in small]):
        cols = sorted(made[small[k]].tip[1] for k in group)
        if all(b - a < T.close * space for a, b in pairwise(cols)):
            _even(made, [small[k] for k in group])
    return made, new, used


def _is_on(line: Symbol, beam: Stroke, space: float) -> bool:
    """Whether a tenuto line is ink of a beam."""
    row, col = line.box.center
    return beam.box.left < col < beam.box.right and abs(row_at(beam, col) - row) < T.same * space


def _reaches(chord: ChordInk, line: Symbol, space: float) -> bool:
    """Whether the stem of a chord ends at a tenuto line."""
    row, col = chord.tip
    aside = T.aside * space
    return line.box.left - aside < col < line.box.right + aside and abs(line.box.center[0] - row) < T.from_tip * space


def _groups(beams: Sequence[tuple[Stroke, ...]]) -> list[list[int]]:
    """Groups of at least two chords that beams join, as indices. beams: those of each chord."""
    groups: list[tuple[set[int], list[int]]] = []  # ids of their beams, and the indices
    for place, own in enumerate(beams):
        ids, places = {b.id for b in own}, [place]
        for joined in [g for g in groups if g[0] & ids]:
            groups.remove(joined)
            ids, places = ids | joined[0], [*joined[1], *places]
        groups.append((ids, places))
    return [places for _, places in groups if len(places) > 1]


def _even(chords: list[ChordInk], group: Sequence[int]) -> None:
    """Give all chords of a group the one beam that only some of them have."""
    shared = set.intersection(*({b.id for b in chords[i].beams} for i in group))
    partial = {b.id: b for i in group for b in chords[i].beams if b.id not in shared}
    if len(partial) == 1:
        fullest = max((chords[i].beams for i in group), key=len)
        for i in group:
            chords[i] = replace(chords[i], beams=fullest)
