"""Hooks (beams on one stem only) that were taken for noteheads.

In old prints, hooks are about as thick as a notehead, as long as one is wide, and as near to their stem.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from omr.notation.beams import BEAM_THICKNESS, row_at
from omr.notation.chords import ChordInk
from omr.notation.stems import col_at
from omr.types import Stroke, Symbol
from omr.types.table import table


@table
class HookTolerances:
    """Lengths are in staff spaces, unless a field says otherwise."""

    # By their shape
    flat: float = 0.85
    """If the height of a filled notehead is less than this share of the height of the page's sure ones, it may be a
    hook. On 124 pages of old prints, hooks had .53 to .87. Of 45,920 filled noteheads, 427 are flatter than .9; nearly
    all of these are pieces of beams."""
    sure_score: float = 0.95
    """Least score (0-1) of the noteheads that tell how high noteheads are."""
    least_sample: int = 8
    """Fewest such noteheads."""
    off_beam: tuple[float, float] = (0.5, 1.4)
    """Least and greatest vertical distance between the middles of a hook and of the beam next to it. Nearer ink is a
    piece of that beam."""
    beam_aside: float = 0.6
    """How far beyond a beam's ends a hook's middle may be."""
    on_stem: float = 0.4
    """Greatest distance of a hook's left or right edge from its stem."""
    passes: float = 0.6
    """How far, at least, the stem goes on from the hook's middle, away from the beam, to the noteheads."""

    # By where they stand in a chord
    hook_alone: float = 1.8
    """Least distance of a hook that was taken for a notehead from the stem's other noteheads."""
    hook_aside: float = 0.5
    """How far beyond a beam's ends the stem of such a hook may be."""
    hook_tip: float = 1.2
    """Greatest distance of that beam from the stem's tip."""
    hook_beam: float = 1.3
    """Greatest distance of such a hook from that beam. There may be another beam in between."""


T = HookTolerances()
"""The tolerances of this stage."""


def part_hooks(
    heads: Sequence[Symbol], beams: Sequence[Stroke], stems: Sequence[Stroke], space: float, ids: Iterator[int]
) -> tuple[list[Symbol], list[Stroke]]:
    """Separate hooks from noteheads. Hooks are flatter than noteheads, beside a beam, and on a stem that goes past
    them. Returns the noteheads, and the hooks as beams.

    stems: as returned by `mend_stems`.
    space: the staff space in pixels.
    ids: for the new beams.
    """
    heights = [h.box.height for h in heads if h.name == "noteheadBlack" and h.score >= T.sure_score]
    if len(heights) < T.least_sample:
        return list(heads), []
    flat = T.flat * float(np.median(heights))
    kept: list[Symbol] = []
    hooks: list[Stroke] = []
    for head in heads:
        if head.name == "noteheadBlack" and head.box.height < flat and _is_beside(head, beams, stems, space):
            hooks.append(_hook(head, next(ids), space))
        else:
            kept.append(head)
    return kept, hooks


def _is_beside(head: Symbol, beams: Sequence[Stroke], stems: Sequence[Stroke], space: float) -> bool:
    """Whether a supposed notehead is beside a beam, at a stem that goes on from it away from that beam."""
    row, col = head.box.center
    aside = T.beam_aside * space
    least, most = T.off_beam
    off = [row_at(b, col) - row for b in beams if b.points[0][1] - aside < col < b.points[-1][1] + aside]
    ways = {down > 0 for down in off if least * space <= abs(down) <= most * space}
    for stem in stems:
        (top, _), (bottom, _) = stem.points[0], stem.points[-1]
        at = col_at(stem, row)
        on = top <= row <= bottom and min(abs(at - head.box.left), abs(at - head.box.right)) < T.on_stem * space
        if on and any((row - top if beam_below else bottom - row) > T.passes * space for beam_below in ways):
            return True
    return False


def _hook(head: Symbol, id_: int, space: float) -> Stroke:
    """A hook that was taken for a notehead, as a beam."""
    row = head.box.center[0]
    return Stroke(id_, "beam", ((row, head.box.left), (row, head.box.right)), BEAM_THICKNESS * space, head.score)


def hooks_among_heads(
    chords: Sequence[ChordInk], beams: Sequence[Stroke], space: float, ids: Iterator[int]
) -> tuple[list[ChordInk], list[Stroke]]:
    """Remove hooks that were taken for noteheads from their chords. Returns the chords, and these hooks as beams.

    A hook is close to a beam at the stem's tip, and far from the stem's other noteheads.
    """
    hooks: list[Stroke] = []
    kept: list[ChordInk] = []
    for chord in chords:
        outer = chord.heads[0] if chord.up else chord.heads[-1]
        others = tuple(h for h in chord.heads if h is not outer)
        if chord.stem is None or not others or not _is_hook(outer, others, chord, beams, space):
            kept.append(chord)
            continue
        kept.append(replace(chord, heads=others))
        hooks.append(_hook(outer, next(ids), space))
    return kept, hooks


def _is_hook(
    head: Symbol, others: Sequence[Symbol], chord: ChordInk, beams: Sequence[Stroke], space: float
) -> bool:
    """Whether the notehead nearest to a stem's tip is really a hook. others: the chord's other noteheads."""
    tip, col = chord.tip
    row = head.box.center[0]
    aside = T.hook_aside * space
    return min(abs(h.box.center[0] - row) for h in others) > T.hook_alone * space and any(
        b.points[0][1] - aside < col < b.points[-1][1] + aside
        and abs(row_at(b, col) - tip) < T.hook_tip * space and abs(row_at(b, col) - row) < T.hook_beam * space
        for b in beams
    )
