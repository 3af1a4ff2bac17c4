"""Does operations to the notation of the pages, before a score is made of it.

What stands on the page (a head, an accidental, a barline ...) is put into the page's graph or taken out of it, as if it
had been read so. What a person says of an event's time (its length, tuplet, voice) is noted beside the graph, as
`NotationGraph.given`, and binds the search for the measure's rhythm. Only what has no place on a page (title, names of
parts) is kept for the finished score.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from omr.notation.chords import chords_of
from omr.review.log import Operation
from omr.review.operations import OperationError
from omr.review.pictures import Picture
from omr.types import Box, Chord, Edge, Given, NotationGraph, Symbol

REACH_SPACES = 1.0
"""Farthest from a symbol, in staff spaces, that a person points at who means it."""
QUARTERS: Mapping[str, Fraction] = {
    name: Fraction(8) / 2**i
    for i, name in enumerate(("breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th"))
}
"""Note type -> its length in quarters."""
ACCIDENTAL_CLASS = {
    "sharp": "accidentalSharp", "flat": "accidentalFlat", "natural": "accidentalNatural",
    "double-sharp": "accidentalDoubleSharp", "flat-flat": "accidentalDoubleFlat",
}
"""MusicXML's name of an accidental -> its class."""
ACCIDENTAL_BOX = (1.4, 1.4, 0.3)
"""Where an accidental that was added stands, in staff spaces: how far it reaches above and below its head's middle, how
far its left edge and its right edge are to the left of the head."""


@dataclass(frozen=True, eq=False)
class Edited:
    """The pages as read, with all operations so far done to them.

    graphs: by page. accepted: (page, box of the normalised page) of the measures that were said to be right. titles: by
    field. part_names: by the part's index from 0. spoken_of: (page, id) of the symbols that a person put right, put in
    or took out. places: (page, row, col) of the normalised page at which something was mended.
    """

    graphs: Mapping[int, NotationGraph]
    accepted: tuple[tuple[int, Box], ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    part_names: Mapping[int, str] = field(default_factory=dict)
    spoken_of: frozenset[tuple[int, int]] = frozenset()
    places: tuple[tuple[int, float, float], ...] = ()

    def with_graph(self, graph: NotationGraph, about: Iterable[int] = ()) -> Edited:
        """With another graph of its page. about: ids of the symbols that were spoken of."""
        return replace(self, graphs={**self.graphs, graph.page: graph},
                       spoken_of=self.spoken_of | {(graph.page, id_) for id_ in about})


@dataclass(frozen=True, eq=False)
class Place:
    """Where an operation points: the page's graph, and a point of the normalised page."""

    graph: NotationGraph
    row: float
    col: float

    def nearest(self, symbols: Iterable[Symbol], what: str) -> Symbol:
        """The symbol that is meant. Raises OperationError if none is near enough. what: they are, for the message."""
        reach = REACH_SPACES * self.graph.space_px
        near = [(away, off, s) for s in symbols if (away := self._away(s.box)) <= reach
                for off in (abs(s.box.center[0] - self.row) + abs(s.box.center[1] - self.col),)]
        if not near:
            raise OperationError(f"there is no {what} at this place")
        return min(near, key=lambda found: found[:2])[2]

    def event(self) -> Symbol:
        """The head or rest that is meant, of those that stand on a staff."""
        return self.nearest((s for s in self.graph.symbols
                             if s.kind in ("notehead", "rest") and s.id in self.graph.staff_of), "note or rest")

    def head(self) -> Symbol:
        """The head that is meant, of those that stand on a staff."""
        return self.nearest((s for s in self.graph.symbols
                             if s.kind == "notehead" and s.id in self.graph.staff_of), "note")

    def _away(self, box: Box) -> float:
        """Distance from a box in pixels, 0 inside."""
        down = max(box.top - self.row, self.row - box.bottom, 0.0)
        return max(down, box.left - self.col, self.col - box.right, 0.0)


def apply(edited: Edited, operation: Operation, pictures: Mapping[int, Picture]) -> Edited:
    """Do an operation that was checked. Raises OperationError if its place is not found."""
    page = operation.get("page")
    if page is None:
        return _WITHOUT_PLACE[operation["op"]](edited, operation)
    graph, picture = edited.graphs.get(page), pictures.get(page)
    if graph is None or picture is None or picture.mapping is None:
        raise OperationError(f"nothing was read on page {page + 1}")
    done = _AT_PLACE[operation["op"]](edited, Pointer(graph, picture), operation)
    if operation["op"] == "accept":
        return done
    return replace(done, places=(*done.places, *((page, *picture.on_page(at)) for at in _points(operation))))


def _points(operation: Operation) -> list[Any]:
    """The points of an operation, in pixels of the picture."""
    if "events" in operation:
        return [event["at"] for event in operation["events"]]
    if "at" not in operation:
        return [operation[name] for name in ("from", "to") if name in operation]
    at = operation["at"]
    return list(at) if isinstance(at[0], (list, tuple)) else [at]


@dataclass(frozen=True, eq=False)
class Pointer:
    """Finds what an operation points at: the page's graph, and its picture."""

    graph: NotationGraph
    picture: Picture

    def at(self, point: Any) -> Place:
        """A point of the picture on the normalised page."""
        return Place(self.graph, *self.picture.on_page(point))

    def box(self, box: Any) -> Box:
        """A box of the picture on the normalised page. Raises OperationError if it is empty."""
        (r0, c0), (r1, c1) = self.picture.on_page(box[:2]), self.picture.on_page(box[2:])
        if r0 == r1 or c0 == c1:
            raise OperationError("the box is empty")
        return Box(min(r0, r1), min(c0, c1), max(r0, r1), max(c0, c1))


# ---- changes to a graph ----------------------------------------------------------------------------------------


def with_given(graph: NotationGraph, ids: Iterable[int], **said: Any) -> NotationGraph:
    """The graph with something said of heads or rests, besides what was said before."""
    new = {id_: replace(graph.given.get(id_, Given()), **said) for id_ in ids}
    return replace(graph, given={**graph.given, **new})


def without_symbols(graph: NotationGraph, gone: Collection[int]) -> NotationGraph:
    """The graph without some symbols, and without all that hangs on them."""
    return replace(
        graph, symbols=tuple(s for s in graph.symbols if s.id not in gone),
        edges=tuple(e for e in graph.edges if e.parent not in gone and e.child not in gone),
        staff_of={id_: staff for id_, staff in graph.staff_of.items() if id_ not in gone},
        given={id_: said for id_, said in graph.given.items() if id_ not in gone})


def free_id(graph: NotationGraph) -> int:
    """The first id that no symbol or stroke of a graph has."""
    return 1 + max([s.id for s in graph.symbols] + [s.id for s in graph.strokes], default=0)


def chord_of(graph: NotationGraph, head: Symbol) -> list[Chord]:
    """The chords that a head is in: two if two voices share it."""
    return [chord for chord in chords_of(graph) if head.id in chord.heads]


def event_ids(graph: NotationGraph, symbol: Symbol) -> list[int]:
    """The ids of all heads that sound with a head, on its stem; of a rest its own."""
    if symbol.kind == "rest":
        return [symbol.id]
    return sorted({head for chord in chord_of(graph, symbol)[:1] for head in chord.heads}) or [symbol.id]


# ---- operations ------------------------------------------------------------------------------------------------


def _accept(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    return replace(edited, accepted=(*edited.accepted, (pointer.graph.page, pointer.box(operation["box"]))))


def _pitch(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    graph = pointer.graph
    head = pointer.at(operation["at"]).head()
    before = graph.given[head.id].steps if head.id in graph.given else 0
    return edited.with_graph(with_given(graph, [head.id], steps=before + operation["steps"]), [head.id])


def _accidental(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    graph = pointer.graph
    head = pointer.at(operation["at"]).head()
    old = {e.child for e in graph.edges if e.kind == "accidental" and e.parent == head.id}
    graph = without_symbols(graph, old)
    if operation["accidental"] is None:
        return edited.with_graph(graph, [head.id, *old])
    row, left = head.box.center[0], head.box.left
    high, far, near = (length * graph.space_px for length in ACCIDENTAL_BOX)
    sign = Symbol(free_id(graph), ACCIDENTAL_CLASS[operation["accidental"]],
                  Box(row - high, left - far, row + high, left - near))
    graph = replace(graph, symbols=(*graph.symbols, sign), edges=(*graph.edges, Edge(head.id, sign.id, "accidental")),
                    staff_of={**graph.staff_of, sign.id: graph.staff_of[head.id]})
    return edited.with_graph(graph, [head.id, sign.id])


def _duration(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    graph = pointer.graph
    ids = event_ids(graph, pointer.at(operation["at"]).event())
    said = with_given(graph, ids, quarters=QUARTERS[operation["type"]], dots=operation["dots"])
    return edited.with_graph(said, ids)


def _delete(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    graph = pointer.graph
    place = pointer.at(operation["at"])
    try:
        symbol = place.event()
    except OperationError:
        symbol = place.nearest(graph.symbols, "symbol")
    gone = {symbol.id} | {e.child for e in graph.edges if e.kind == "accidental" and e.parent == symbol.id}
    return edited.with_graph(without_symbols(graph, gone), gone)


_AT_PLACE: Mapping[str, Callable[[Edited, Pointer, Operation], Edited]] = {
    "accept": _accept, "pitch": _pitch, "accidental": _accidental, "duration": _duration, "delete": _delete,
}
_WITHOUT_PLACE: Mapping[str, Callable[[Edited, Operation], Edited]] = {}
