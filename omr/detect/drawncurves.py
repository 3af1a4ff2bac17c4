"""Which curves and shapes of a drawn page are slurs, ties and braces.

Programs draw a slur as one curve with a thick pen, or as the area between two curves. All lengths are in pixels of a
normalised page, unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omr.detect.pieces import Shape
from omr.page.vectors import Edges
from omr.types import SPACE_PX, StrokeKind
from omr.types.table import table


@table
class DrawnCurveLimits:
    """Lengths are in staff spaces, unless said otherwise. Rules of thumb, after looking at pages of eight programs."""

    shortest: float = 0.5
    """Length of the shortest slur or tie, from tip to tip."""
    slender: float = 0.3
    """Greatest thickness of a slur or tie, as a part of its length."""
    thick_curve: float = 0.9
    """Greatest thickness of a slur."""
    longest_tie: float = 12.0
    """Longer flat curves are called slurs. `omr.notation` makes the final decision."""
    least_thickness: float = 0.02
    """Thinner shapes are no curves."""
    brace_width: float = 0.8
    """Greatest sideways distance between two pieces of one brace."""
    level: float = 0.3
    """Greatest difference in height between the two ends of a tie ..."""
    meets: float = 0.3
    """... and greatest vertical gap between two pieces of one brace."""


T = DrawnCurveLimits()
S = SPACE_PX
Drawn = tuple[StrokeKind, list[tuple[float, float]], float]
"""A stroke: its kind, its points (x, y) and its thickness."""


def stroke_of(points: np.ndarray, thickness: float) -> Drawn:
    """A curve (N, 2) as a tie if it is short and its ends are level, else as a slur. `omr.notation` makes the final
    decision."""
    ordered = points if points[0, 0] <= points[-1, 0] else points[::-1]
    is_flat = abs(ordered[0, 1] - ordered[-1, 1]) < T.level * S
    kind: StrokeKind = "tie" if is_flat and np.ptp(ordered[:, 0]) < T.longest_tie * S else "slur"
    return kind, [(x, y) for x, y in ordered.tolist()], thickness


def lens(shape: Shape) -> tuple[np.ndarray, float] | None:
    """The middle line (N, 2), from tip to tip, of a shape enclosed by two curves, and its greatest thickness. None for
    any other shape."""
    if len(shape.contours) != 1:
        return None
    points = shape.contours[0]
    apart = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    first, last = sorted(np.unravel_index(int(apart.argmax()), apart.shape))
    length = float(apart[first, last])
    one, other = _along(points[first:last + 1]), _along(np.vstack([points[last:], points[:first + 1]])[::-1])
    thick = float(np.hypot(*(one - other).T).max())
    if length < T.shortest * S or not T.least_thickness * S < thick < min(T.thick_curve * S, T.slender * length):
        return None
    return (one + other) / 2, thick


def _along(curve: np.ndarray) -> np.ndarray:
    lengths = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(curve, axis=0).T))])
    at = np.linspace(0, lengths[-1], 13)
    return np.column_stack([np.interp(at, lengths, curve[:, 0]), np.interp(at, lengths, curve[:, 1])])


def piled(pieces: Sequence[Edges]) -> list[Edges]:
    """Join pieces of one brace, which meet vertically or overlap."""
    whole: list[Edges] = []
    for left, top, right, bottom in sorted(pieces, key=lambda p: (p[1], p[0])):
        for i, (a, b, c, d) in enumerate(whole):
            if top <= d + T.meets * S and left < c + T.brace_width * S and right > a - T.brace_width * S:
                whole[i] = (min(a, left), min(b, top), max(c, right), max(d, bottom))
                break
        else:
            whole.append((left, top, right, bottom))
    return whole
