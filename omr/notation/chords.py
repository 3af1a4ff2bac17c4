"""Chords, as the stages of `omr.notation` pass them on, and as the graph stores them.

A chord is decided once: `stems` groups the noteheads, `join_columns` adds the rule for chords without a stem, and
`assemble` writes the result into `NotationGraph.chords`. Later stages call `chords_of`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from omr.types import Chord, NotationGraph, Stroke, Symbol

COLUMN_ASIDE = 0.6
"""Greatest distance between the left edges of noteheads without a stem in one column, in staff spaces. It is half the
width of a whole note: heads one above the other are nearer, heads side by side are not."""
SECOND_ASIDE = 2.0
"""The same for a second, whose two noteheads are side by side. A whole note is up to 1.8 staff spaces wide."""
SECOND_APART = 0.75
"""Greatest vertical distance between the noteheads of a second, in staff spaces. A second is half a space."""
COLUMN_APART = 6.0
"""Greatest vertical distance between neighbouring noteheads of a chord without a stem, in staff spaces (just under two
octaves). Noteheads that are farther apart belong to two voices or staves."""
OPEN_COLUMNS = 4
"""How many of the last columns of a staff, from left to right, a notehead may still join: as many voices may meet in
one place."""


@dataclass(frozen=True)
class ChordInk:
    """A chord as ink: it has symbols and strokes where `Chord` has ids.

    heads: from top to bottom, at least one.
    stem: None if there is none (whole notes, lost stems).
    up: whether the stem points up; None if there is no stem.
    beams: the outermost first.
    """

    heads: tuple[Symbol, ...]
    stem: Stroke | None = None
    up: bool | None = None
    flags: tuple[Symbol, ...] = ()
    beams: tuple[Stroke, ...] = ()

    @property
    def tip(self) -> tuple[float, float]:
        """(row, col) of the stem's free end; without a stem, of the top notehead."""
        if self.stem is None:
            return self.heads[0].box.center
        return self.stem.points[0] if self.up else self.stem.points[-1]

    def with_heads(self, heads: Iterable[Symbol]) -> ChordInk:
        """The chord with other noteheads, in any order."""
        return replace(self, heads=downwards(heads))

    def turned_by_heads(self) -> ChordInk:
        """The chord, where the direction of its stem is decided by the place of the noteheads on it."""
        return self if self.stem is None else replace(self, up=points_up(self.stem, self.heads))

    def in_graph(self) -> Chord:
        """The chord as the graph stores it."""
        return Chord(
            tuple(h.id for h in self.heads), None if self.stem is None else self.stem.id, self.up,
            tuple(f.id for f in self.flags), tuple(b.id for b in self.beams),
        )


def downwards(heads: Iterable[Symbol]) -> tuple[Symbol, ...]:
    """Noteheads sorted from top to bottom."""
    return tuple(sorted(heads, key=lambda h: h.box.center[0]))


def join_columns(chords: Sequence[ChordInk], staff_of: Mapping[int, int], space: float) -> list[ChordInk]:
    """Join chords without a stem whose noteheads have the same class, staff and column.

    staff_of: notehead id -> staff index.
    space: the staff space in pixels.

    Chords with a stem come first, in their order.
    """
    joined = [c for c in chords if c.stem is not None]
    columns: list[list[ChordInk]] = []
    loose = [c for c in chords if c.stem is None]
    for chord in sorted(loose, key=lambda c: (staff_of[c.heads[0].id], c.heads[0].box.left)):
        for column in reversed(columns[-OPEN_COLUMNS:]):
            if _in_column(chord.heads[0], [h for c in column for h in c.heads], staff_of, space):
                column.append(chord)
                break
        else:
            columns.append([chord])
    for column in columns:
        flags = tuple(f for c in column for f in c.flags)
        joined.append(replace(column[0], flags=flags).with_heads(h for c in column for h in c.heads))
    return joined


def _in_column(head: Symbol, column: Sequence[Symbol], staff_of: Mapping[int, int], space: float) -> bool:
    """Whether a notehead without a stem belongs to a column of such noteheads, whose first is the leftmost."""
    first = column[0]
    apart = min(abs(head.box.center[0] - h.box.center[0]) for h in column)
    aside = abs(head.box.left - first.box.left)
    if first.name != head.name or staff_of[first.id] != staff_of[head.id] or apart >= COLUMN_APART * space:
        return False
    return aside < COLUMN_ASIDE * space or (aside < SECOND_ASIDE * space and apart < SECOND_APART * space)


def chords_of(graph: NotationGraph) -> tuple[Chord, ...]:
    """The chords of a graph. If it has none, they are made from its "stem", "flag" and "beam" edges.

    These edges join flags and beams to noteheads, not to stems. So if two stems share all their noteheads, both get all
    flags and beams.
    """
    return graph.chords or _chords_from_edges(graph)


def _chords_from_edges(graph: NotationGraph) -> tuple[Chord, ...]:
    strokes = {s.id: s for s in graph.strokes}
    children: dict[str, dict[int, list[int]]] = {kind: defaultdict(list) for kind in ("stem", "flag", "beam")}
    for edge in graph.edges:
        if edge.kind in children:
            children[edge.kind][edge.parent].append(edge.child)
    heads = [s for s in graph.symbols if s.kind == "notehead" and s.id in graph.staff_of]
    on_stem: dict[int, list[Symbol]] = defaultdict(list)
    for head in heads:
        for stem in children["stem"][head.id]:
            on_stem[stem].append(head)
    stemless = [ChordInk((h,)) for h in heads if not children["stem"][h.id]]
    inks = [ChordInk(downwards(members), strokes[stem], points_up(strokes[stem], members))
            for stem, members in on_stem.items()]
    chords = []
    for ink in (*inks, *join_columns(stemless, graph.staff_of, graph.space_px)):
        own = [h.id for h in ink.heads if len(children["stem"][h.id]) < 2] or [h.id for h in ink.heads]
        flags = dict.fromkeys(f for h in own for f in children["flag"][h])
        beams = dict.fromkeys(b for h in own for b in children["beam"][h])
        outwards = sorted(beams, key=lambda b: strokes[b].points[0][0], reverse=ink.up is False)
        chords.append(replace(ink.in_graph(), flags=tuple(flags), beams=tuple(outwards)))
    return tuple(chords)


def points_up(stem: Stroke, heads: Sequence[Symbol]) -> bool:
    """Whether a stem reaches farther above its noteheads than below them."""
    rows = [h.box.center[0] for h in heads]
    return min(rows) - stem.points[0][0] > stem.points[-1][0] - max(rows)
