"""Hairpins: two strokes that meet at one end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from omr.music.octavesigns import is_level
from omr.types import NotationGraph, Stroke
from omr.types.table import table


@table
class HairpinTolerances:
    """Distances are in staff spaces, unless a field says otherwise. All but `bend` were set by hand; none is a measured
    optimum."""

    overlap: float = 0.6
    """Least share (0 to 1) of the shorter stroke's length that must lie above or below the other stroke."""
    least_length: float = 0.5
    """Least length of that part. A shorter one has no direction."""
    most_open: float = 3.0
    """Greatest distance between the two strokes at the open end. If they are farther apart, they are no pair."""
    least_opening: float = 0.1
    """Least difference between the distances at both ends. With less, they are two parallel lines."""
    bend: float = 0.28
    """A stroke may be two if one of its points is at least this far above or below the line between its ends. On 70
    engraved pages, 36 such strokes are .32 to .97 off; noise and curled paper bend nearly all straight strokes by less.
    """
    between: float = 0.8
    """How far before the bend the first of two such lines ends: at the place where they were joined, they are this far
    apart."""
    uneven_ends: float = 0.1
    """No distance, but a weight: how much each staff space by which the ends of two strokes differ counts, compared
    with a staff space between them at the closed end."""


T = HairpinTolerances()
"""The tolerances of this stage."""


def hairpin_pairs(graph: NotationGraph) -> Iterator[tuple[Stroke, Stroke]]:
    """Pairs of strokes that meet at the left (crescendo) or at the right (diminuendo), from left to right. If a
    diminuendo follows directly on a crescendo, their strokes may have been joined. Pairs that bend away from each
    other, and single bent strokes that are left over, are cut at the bend. The pieces have the id of the whole."""
    space = graph.space_px
    pairs, free = _paired([s.rightwards() for s in graph.strokes if s.kind == "hairpin"], space)
    found = [piece for pair in pairs for piece in _two_of(pair, space)]
    found += _paired([piece for s in free for piece in _cut_at_bend(s, space)], space)[0]
    bends = {(s.id, s.points[0]) for pair in found for s in pair}
    for a, b in sorted(found, key=lambda pair: min(s.points[0][1] for s in pair)):
        is_first = (a.id, a.points[-1]) in bends and (b.id, b.points[-1]) in bends
        yield (_shortened(a, space), _shortened(b, space)) if is_first else (a, b)


def _two_of(pair: tuple[Stroke, Stroke], space: float) -> list[tuple[Stroke, Stroke]]:
    """The two hairpins that a pair of strokes really is, if its strokes bend away from each other; else the pair
    itself. Curled paper bends both strokes in the same direction."""
    a, b = (_cut_at_bend(s, space) for s in pair)
    if not a or not b:
        return [pair]
    pieces = [(a[0], b[0]), (a[1], b[1])]
    at_bend = abs(a[1].points[0][0] - b[1].points[0][0])
    is_two = all(abs(pair[0].points[end][0] - pair[1].points[end][0]) < at_bend for end in (0, -1)) and all(
        _misfit(s, t, space) is not None for s, t in pieces)
    return pieces if is_two else [pair]


def _paired(strokes: Sequence[Stroke], space: float) -> tuple[list[tuple[Stroke, Stroke]], list[Stroke]]:
    """The pairs that strokes make, and the strokes that are left over. space: the staff space in pixels."""
    found = []
    free = sorted(strokes, key=lambda s: s.points[0][1])
    for a in list(free):
        if a not in free:
            continue
        pairs = [(misfit, b) for b in free if b is not a and (misfit := _misfit(a, b, space)) is not None]
        if pairs:
            b = min(pairs, key=lambda p: p[0])[1]
            free = [s for s in free if s is not a and s is not b]
            found.append((a, b))
    return found, free


def _cut_at_bend(stroke: Stroke, space: float) -> list[Stroke]:
    """The two straight pieces of a stroke with a bend; none if it has no bend. space: the staff space in pixels."""
    off = [abs(row - row_of(stroke, col)) for row, col in stroke.points]
    k = off.index(max(off))
    pieces = stroke.points[:k + 1], stroke.points[k:]
    if off[k] < T.bend * space or min(p[-1][1] - p[0][1] for p in pieces) < T.least_length * space:
        return []
    return [replace(stroke, points=piece) for piece in pieces]


def _shortened(stroke: Stroke, space: float) -> Stroke:
    """The first of two pieces of a stroke, up to where it ended before they were joined. space: the staff space in
    pixels."""
    *before, (row, col), (bend_row, bend_col) = stroke.points
    end = max(bend_col - T.between * space, col)
    row_at_end = row + (bend_row - row) * (end - col) / max(bend_col - col, 1.0)
    return replace(stroke, points=(*before, (row, col), (row_at_end, end)))


def _misfit(a: Stroke, b: Stroke, space: float) -> float | None:
    """How badly two strokes make a hairpin, in staff spaces; None if they make none. 0 is best: they meet, and are
    equally long.

    The misfit is the distance at the closed end, plus a share of the differences between the ends to the left and
    right. space: the staff space in pixels.
    """
    (a_left, a_right), (b_left, b_right) = ((s.points[0][1], s.points[-1][1]) for s in (a, b))
    start, end = max(a_left, b_left), min(a_right, b_right)
    shorter = min(a_right - a_left, b_right - b_left)
    if end - start < T.overlap * shorter or end - start < T.least_length * space:
        return None
    closed, opened = sorted(abs(row_of(a, c) - row_of(b, c)) / space for c in (start, end))
    if opened > T.most_open or opened - closed < T.least_opening:
        return None
    uneven = T.uneven_ends
    return closed + uneven * abs(a_left - b_left) / space + uneven * abs(a_right - b_right) / space


def row_of(stroke: Stroke, col: float) -> float:
    """The row at which the straight line between a stroke's ends crosses a column."""
    (r0, c0), (r1, c1) = stroke.points[0], stroke.points[-1]
    width = max(c1 - c0, 1.0)  # at least a pixel, so that a vertical stroke does not divide by 0
    return r0 + (r1 - r0) * (col - c0) / width


def lone_hairpins(graph: NotationGraph) -> list[Stroke]:
    """Strokes of hairpins that are in no pair. Level ones may be the dashes of another line."""
    paired = {s.id for pair in hairpin_pairs(graph) for s in pair}
    return [s for s in graph.strokes if s.kind == "hairpin" and s.id not in paired and not is_level(s)]
