"""Square brackets of choirs and quartets. They are found in the ink left of the staves, since the detector hardly sees
them: thick, straight, and as long as the staves they group. A brace bends, and is never straight over a whole staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from omr.types import Staff, Stroke

DISTANCE = (0.35, 3.0)
"""Least and greatest distance of a bracket from its staves, in staff spaces: nearer is the staves' own edge line."""
THICKNESS = (0.25, 1.0)
"""Least and greatest width of a bracket's upright, in staff spaces: lines are thinner, pictures thicker."""
LEAST_INK = 0.9
"""Least share of the rows along a bracket's upright that are ink."""
OVERHANG = 1.5
"""How far a bracket may go beyond its outer staves, in staff spaces: the dark edge of a scan runs on."""


@dataclass(frozen=True)
class _Stem:
    """A thick upright beside one staff, in the columns left <= c < right."""

    staff: int
    left: int
    right: int


def find_brackets(pixels: np.ndarray, staves: Sequence[Staff], first_id: int = 0) -> list[Stroke]:
    """Brackets as upright strokes of kind "bracket", from the top of the first staff to the bottom of the last.

    pixels: (H, W) uint8, 0 = ink. staves: from the top down.
    """
    ink = pixels < 128
    columns: dict[int, list[_Stem]] = {s.index: _stems(ink, s) for s in staves}
    strokes: list[Stroke] = []
    taken: set[_Stem] = set()
    for i, staff in enumerate(staves):
        for stem in columns[staff.index]:
            if stem in taken:
                continue
            run = [(staff, stem)]
            for below in staves[i + 1:]:
                last, at = run[-1]
                onward = next((s for s in columns[below.index] if _goes_on(ink, last, below, at, s)), None)
                if onward is None:
                    break
                run.append((below, onward))
            taken.update(s for _, s in run)
            if len(run) > 1 and _ends(ink, run):
                strokes.append(_stroke(first_id + len(strokes), run))
    return strokes


def _stems(ink: np.ndarray, staff: Staff) -> list[_Stem]:
    space = staff.space_px
    top, bottom = round(staff.row(4, staff.left)), round(staff.row(-4, staff.left))
    start = max(round(staff.left - DISTANCE[1] * space), 0)
    stop = max(round(staff.left - DISTANCE[0] * space), start)
    top, bottom = max(top, 0), min(bottom, ink.shape[0])
    if bottom <= top or stop <= start:
        return []
    # A tilted bracket moves sideways by a pixel on its way: neighbours count.
    solid = ink[top:bottom, start:stop].mean(axis=0) >= LEAST_INK
    edges = np.flatnonzero(np.diff(np.concatenate([[0], solid.view(np.int8), [0]])))
    return [_Stem(staff.index, start + a, start + b) for a, b in edges.reshape(-1, 2).tolist()
            if THICKNESS[0] * space <= b - a <= THICKNESS[1] * space]


def _goes_on(ink: np.ndarray, upper: Staff, lower: Staff, above: _Stem, below: _Stem) -> bool:
    """Whether two stems are one, the room between their staves inked as well."""
    if abs(above.left - below.left) > 0.3 * upper.space_px or abs(above.right - below.right) > 0.3 * upper.space_px:
        return False
    top, bottom = round(upper.row(-4, upper.left)), round(lower.row(4, lower.left))
    between = ink[top:bottom, min(above.left, below.left):max(above.right, below.right)]
    return between.size > 0 and bool(between.any(axis=1).mean() >= LEAST_INK)


def _ends(ink: np.ndarray, run: Sequence[tuple[Staff, _Stem]]) -> bool:
    """Whether the ink ends near the outer staves."""
    for (staff, stem), away in ((run[0], -1), (run[-1], 1)):
        space = staff.space_px
        edge = staff.row(4 if away < 0 else -4, staff.left)
        start, stop = sorted((edge + away * OVERHANG * space, edge + away * (OVERHANG + 1) * space))
        beyond = ink[max(round(start), 0):max(round(stop), 0), stem.left:stem.right]
        if beyond.size and beyond.any(axis=1).all():
            return False
    return True


def _stroke(number: int, run: Sequence[tuple[Staff, _Stem]]) -> Stroke:
    (first, upper), (last, lower) = run[0], run[-1]
    points = ((first.row(4, first.left), (upper.left + upper.right) / 2),
              (last.row(-4, last.left), (lower.left + lower.right) / 2))
    return Stroke(number, "bracket", points, float(upper.right - upper.left))
