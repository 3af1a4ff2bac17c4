"""The range of a voice (its ambitus), which some editions print as noteheads without stems before the first clef of a
staff."""

from __future__ import annotations

from collections.abc import Sequence

from omr.detect.context import Mark
from omr.detect.pieces import Ruled
from omr.page.vectors import Edges
from omr.types import SPACE_PX, StrokeKind
from omr.types.table import table
from omr.types.vocabulary import BY_NAME

S = SPACE_PX


@table
class AmbitusTolerances:
    """Lengths are in staff spaces. Set by hand, with one page in view that has such ranges."""

    clef_at: float = 9.0
    """Greatest distance from the beginning of its staff of a clef that has an ambitus before it."""
    off_staff: float = 4.0
    """How far above or below its staff a notehead of an ambitus may be."""
    stem_aside: float = 0.3
    """Greatest distance of a notehead's stem from its edge."""


T = AmbitusTolerances()


def without_ambitus(
    marks: Sequence[Mark], strokes: Sequence[tuple[StrokeKind, list[tuple[float, float]], float]],
    staves: Sequence[Ruled],
) -> tuple[list[Mark], list[Edges]]:
    """Separate the noteheads that show the range of a voice from the other marks of a page. These are everything before
    the first clef of a staff, if it consists of filled noteheads without stems, and accidentals. Returns the other
    marks, and the places of these."""
    gone: list[Mark] = []
    for staff in staves:
        top, bottom = staff.rows[0], staff.rows[-1]
        clefs = [edges[0] for name, edges in marks if BY_NAME[name].kind == "clef"
                 and edges[1] < bottom and edges[3] > top and 0 < edges[0] - staff.left < T.clef_at * S]
        before = [mark for mark in marks if staff.left - S < mark[1][0] and mark[1][2] < min(clefs, default=0)
                  and top - T.off_staff * S < (mark[1][1] + mark[1][3]) / 2 < bottom + T.off_staff * S]
        heads = [edges for name, edges in before if name == "noteheadBlack"]
        is_range = all(name == "noteheadBlack" or BY_NAME[name].kind == "accidental" for name, _ in before)
        if heads and is_range and not any(_has_stem(edges, strokes) for edges in heads):
            gone += before
    return [mark for mark in marks if mark not in gone], [edges for _, edges in gone]


def _has_stem(
    head: Edges, strokes: Sequence[tuple[StrokeKind, list[tuple[float, float]], float]],
) -> bool:
    """Whether there is a stem at one side of a notehead."""
    left, top, right, bottom = head
    return any(kind == "stem" and min(abs(points[0][0] - left), abs(points[0][0] - right)) < T.stem_aside * S
               and points[0][1] < bottom and points[-1][1] > top for kind, points, _ in strokes)
