"""Finds tremolos (rolls) on whole notes: short thick strokes over or under a notehead without a stem. The detector
takes them for beams, and some of them for ties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from omr.notation.chords import ChordInk
from omr.types import Box, Stroke, Symbol
from omr.types.table import table


@table
class RollTolerances:
    """Lengths are in staff spaces. Measured on whole notes of a timpani part: the strokes are 1.6 long and 0.8 apart,
    the nearest of them is 0.9 to 1.6 from the notehead, and their middles are at most 0.2 to the side of the notehead's
    middle."""

    length: tuple[float, float] = (0.6, 2.6)
    """Least and greatest length of a stroke, of which a part may not have been seen. A beam without stems is longer."""
    aside: float = 0.6
    """Greatest sideways distance between the middles of a stroke and of the notehead."""
    nearest: tuple[float, float] = (0.3, 3.0)
    """Least and greatest distance of the nearest stroke from the outer notehead."""
    apart: tuple[float, float] = (0.4, 1.3)
    """Least and greatest distance between two neighbouring strokes."""


T = RollTolerances()
FEWEST, MOST = 2, 3
"""Fewest strokes of a roll that must have been seen as beams (a single one may be anything), and most strokes in all:
the detector's classes have at most three."""


def find_rolls(
    chords: Sequence[ChordInk], strokes: Sequence[Stroke], space: float, ids: Iterator[int]
) -> list[tuple[Symbol, ChordInk, list[Stroke]]]:
    """The tremolos made of strokes over or under whole notes: the sign, its chord, and the strokes as which it was
    seen.

    strokes: the beams and curves of the page. Beams that belong to chords do not count.
    space: the staff space in pixels.
    ids: for the new symbols.
    """
    taken = {b.id for c in chords for b in c.beams}
    short = [b for b in strokes if b.id not in taken
             and T.length[0] * space < b.points[-1][1] - b.points[0][1] < T.length[1] * space]
    whole = [c for c in chords if c.stem is None and "Whole" in c.heads[0].name]
    found: dict[int, list[list[Stroke]]] = defaultdict(list)
    for i, chord in enumerate(whole if len(short) >= FEWEST else ()):
        col = chord.heads[0].box.center[1]
        beside = [b for b in short if abs((b.points[0][1] + b.points[-1][1]) / 2 - col) < T.aside * space]
        for side, edge in ((-1, chord.heads[0].box.top), (1, chord.heads[-1].box.bottom)):
            run: list[Stroke] = []
            for stroke in sorted(beside, key=lambda b: side * _row(b)):
                away = side * (_row(stroke) - (_row(run[-1]) if run else edge)) / space
                low, high = T.apart if run else T.nearest
                if low < away < high:
                    run.append(stroke)
            if len(run) <= MOST and sum(stroke.kind == "beam" for stroke in run) >= FEWEST:
                found[i].append(run)
    return [(_sign(run, next(ids)), whole[i], run) for i, (run, *_) in found.items()]


def _row(stroke: Stroke) -> float:
    return (stroke.points[0][0] + stroke.points[-1][0]) / 2


def _sign(run: Sequence[Stroke], number: int) -> Symbol:
    """The tremolo in place of its strokes. number: its id."""
    boxes = [stroke.box for stroke in run]
    return Symbol(number, f"tremolo{len(run)}", Box(min(b.top for b in boxes), min(b.left for b in boxes),
                                                    max(b.bottom for b in boxes), max(b.right for b in boxes)))
