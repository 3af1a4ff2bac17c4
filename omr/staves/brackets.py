"""Square brackets of choirs and quartets, found in the ink left of the staves: thick, straight, as long as the staves
they group. The detector's maps hardly know them, and a brace, which bends, is never straight over a whole staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from omr.types import Staff, Stroke

REACH = (0.35, 3.0)
"""A bracket stands so many staff spaces left of its staves: further than their own edge line is thick."""
THICK = (0.25, 1.0)
"""Width of a bracket's stem in staff spaces: lines are thinner."""
SOLID = 0.9
"""Share of the rows that are ink down a bracket's column."""
OVERHANG = 1.5
"""A bracket ends within so many staff spaces of its outer staves: the edge of a scan runs on."""


@dataclass(frozen=True)
class _Stem:
    """A thick upright beside one staff: columns left <= c < right."""

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
    start = max(round(staff.left - REACH[1] * space), 0)
    stop = max(round(staff.left - REACH[0] * space), start)
    top, bottom = max(top, 0), min(bottom, ink.shape[0])
    if bottom <= top or stop <= start:
        return []
    # A tilted bracket moves sideways by a pixel on its way: neighbours count.
    solid = ink[top:bottom, start:stop].mean(axis=0) >= SOLID
    edges = np.flatnonzero(np.diff(np.concatenate([[0], solid.view(np.int8), [0]])))
    return [_Stem(staff.index, start + a, start + b) for a, b in edges.reshape(-1, 2).tolist()
            if THICK[0] * space <= b - a <= THICK[1] * space]


def _goes_on(ink: np.ndarray, upper: Staff, lower: Staff, above: _Stem, below: _Stem) -> bool:
    """Whether two stems are one, the room between their staves inked as well."""
    if abs(above.left - below.left) > 0.3 * upper.space_px or abs(above.right - below.right) > 0.3 * upper.space_px:
        return False
    top, bottom = round(upper.row(-4, upper.left)), round(lower.row(4, lower.left))
    between = ink[top:bottom, min(above.left, below.left):max(above.right, below.right)]
    return between.size > 0 and bool(between.any(axis=1).mean() >= SOLID)


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
