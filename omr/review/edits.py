"""Applies operations to the notation of the pages, before a score is made of it.

What is printed on the page (a notehead, an accidental, a barline ...) is put into the page's graph or taken out of it,
as if it had been read so. What a person says about the time of an event (its length, tuplet, voice) is noted beside the
graph, as `NotationGraph.given`, and restricts the search for the measure's rhythm. What has no place on a page (title,
names of parts) is kept for the finished score.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from omr.notation.chords import chords_of
from omr.reading import PageReading
from omr.review import signs
from omr.review.log import Operation
from omr.review.operations import OperationError
from omr.review.pictures import Picture
from omr.review.signs import free_ids, with_symbols, without_symbols
from omr.types import Box, Chord, Edge, Given, Lyric, Measure, NotationGraph, Score, Symbol, Word

REACH_SPACES = 1.0
"""How near to a symbol a person must point to mean it, in staff spaces."""
QUARTERS: Mapping[str, Fraction] = {
    name: Fraction(16) / 2**i
    for i, name in enumerate(("long", "breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th"))
}
"""Note type -> its length in quarters."""
ACCIDENTAL_CLASS = {
    "sharp": "accidentalSharp", "flat": "accidentalFlat", "natural": "accidentalNatural",
    "double-sharp": "accidentalDoubleSharp", "flat-flat": "accidentalDoubleFlat",
}
"""MusicXML's name of an accidental -> our class."""
ACCIDENTAL_BOX = (1.4, 1.4, 0.3)
"""Where a new accidental stands, in staff spaces: how far it reaches above and below the middle of the notehead, and
how far to the left of the notehead its left edge and its right edge are."""


LETTER_SPACES = (2.0, 1.0)
"""Height and width of a letter of a new word, in staff spaces."""


@dataclass(frozen=True, eq=False)
class Edited:
    """The pages as they were read, with all operations so far applied.

    graphs: by page.
    anew: readings of pages that were read again, because staves had been missed.
    accepted: (page, box on the normalised page) of the measures that the person called right.
    titles: by field.
    part_names: by the index of the part.
    spoken_of: (page, id) of the symbols that the person corrected, added or removed.
    places: (page, row, col) on the normalised page where something was corrected.
    """

    graphs: Mapping[int, NotationGraph]
    anew: Mapping[int, PageReading] = field(default_factory=dict)
    accepted: tuple[tuple[int, Box], ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    part_names: Mapping[int, str] = field(default_factory=dict)
    spoken_of: frozenset[tuple[int, int]] = frozenset()
    places: tuple[tuple[int, float, float], ...] = ()

    def with_graph(self, graph: NotationGraph, about: Iterable[int] = ()) -> Edited:
        """The same with another graph of a page. about: ids of the symbols that the operation spoke of."""
        return replace(self, graphs={**self.graphs, graph.page: graph},
                       spoken_of=self.spoken_of | {(graph.page, id_) for id_ in about})


@dataclass(frozen=True, eq=False)
class Place:
    """Where an operation points: the graph of the page, and a point on the normalised page."""

    graph: NotationGraph
    row: float
    col: float

    def nearest(self, symbols: Iterable[Symbol], what: str) -> Symbol:
        """The symbol that is meant. Raises OperationError if none is near enough. what: says in the message what the
        symbols are."""
        reach = REACH_SPACES * self.graph.space_px
        near = [(away, off, s) for s in symbols if (away := self._away(s.box)) <= reach
                for off in (abs(s.box.center[0] - self.row) + abs(s.box.center[1] - self.col),)]
        if not near:
            raise OperationError(f"there is no {what} at this place")
        return min(near, key=lambda found: found[:2])[2]

    def event(self) -> Symbol:
        """The notehead or rest that is meant, among those that stand on a staff."""
        return self.nearest((s for s in self.graph.symbols
                             if s.kind in ("notehead", "rest") and s.id in self.graph.staff_of), "note or rest")

    def head(self) -> Symbol:
        """The notehead that is meant, among those that stand on a staff."""
        return self.nearest((s for s in self.graph.symbols
                             if s.kind == "notehead" and s.id in self.graph.staff_of), "note")

    def _away(self, box: Box) -> float:
        """Distance from a box in pixels; 0 inside."""
        down = max(box.top - self.row, self.row - box.bottom, 0.0)
        return max(down, box.left - self.col, self.col - box.right, 0.0)


def apply(edited: Edited, operation: Operation, pictures: Mapping[int, Picture]) -> Edited:
    """Apply an operation that was checked. Raises OperationError if its place is not found."""
    page = operation.get("page")
    if page is None:
        return _WITHOUT_PLACE[operation["op"]](edited, operation)
    graph, picture = edited.graphs.get(page), pictures.get(page)
    if graph is None or picture is None or picture.mapping is None:
        raise OperationError(f"nothing was read on page {page + 1}")
    done = _AT_PLACE[operation["op"]](edited, Pointer(graph, picture), operation)
    if operation["op"] == "accept":
        return done
    return replace(done, places=(*done.places, *((page, *picture.on_page(at)) for at in points_of(operation))))


def points_of(operation: Operation) -> list[Any]:
    """The points of an operation, in pixels of the picture."""
    if "events" in operation:
        return [event["at"] for event in operation["events"]]
    if "at" not in operation:
        return [operation[name] for name in ("from", "to") if name in operation]
    at = operation["at"]
    return list(at) if isinstance(at[0], (list, tuple)) else [at]


@dataclass(frozen=True, eq=False)
class Pointer:
    """Finds what an operation points at, from the page's graph and picture."""

    graph: NotationGraph
    picture: Picture

    def at(self, point: Any) -> Place:
        """A point of the picture, as a place on the normalised page."""
        return Place(self.graph, *self.picture.on_page(point))

    def box(self, box: Any) -> Box:
        """A box of the picture, as a box on the normalised page. Raises OperationError if it is empty."""
        (r0, c0), (r1, c1) = self.picture.on_page(box[:2]), self.picture.on_page(box[2:])
        if r0 == r1 or c0 == c1:
            raise OperationError("the box is empty")
        return Box(min(r0, r1), min(c0, c1), max(r0, r1), max(c0, c1))


# ---- changes to a graph ----------------------------------------------------------------------------------------


def with_given(graph: NotationGraph, ids: Iterable[int], **said: Any) -> NotationGraph:
    """The graph with something more said about noteheads or rests."""
    new = {id_: replace(graph.given.get(id_, Given()), **said) for id_ in ids}
    return replace(graph, given={**graph.given, **new})


def chord_of(graph: NotationGraph, head: Symbol) -> list[Chord]:
    """The chords that a notehead belongs to: two if two voices share it."""
    return [chord for chord in chords_of(graph) if head.id in chord.heads]


def event_ids(graph: NotationGraph, symbol: Symbol) -> list[int]:
    """The ids of all noteheads that sound together with a notehead, on its stem. For a rest, its own id."""
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
    sign = Symbol(next(free_ids(graph)), ACCIDENTAL_CLASS[operation["accidental"]],
                  Box(row - high, left - far, row + high, left - near))
    graph = with_symbols(graph, [sign], graph.staff_of[head.id], [Edge(head.id, sign.id, "accidental")])
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


def _tuplet(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    graph = pointer.graph
    pointed = [pointer.at(point).event() for point in operation["at"]]
    ids = {id_ for symbol in pointed for id_ in event_ids(graph, symbol)}
    if len(pointed) == 1:
        ids |= set(_beamed_with(graph, pointed[0]))
    ratio = (operation["actual"], operation["normal"]) if operation["normal"] is not None else (1, 1)
    said = with_given(graph, ids, tuplet=ratio, group=min(ids), alike=operation["alike"])
    return edited.with_graph(said, ids)


def _beamed_with(graph: NotationGraph, symbol: Symbol) -> Iterable[int]:
    """The noteheads of all chords under the beams of a notehead."""
    beams = {beam for chord in chord_of(graph, symbol) for beam in chord.beams}
    return (head for chord in chords_of(graph) if beams & set(chord.beams) for head in chord.heads)


def _voice(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    graph = pointer.graph
    ids = event_ids(graph, pointer.at(operation["at"]).event())
    return edited.with_graph(with_given(graph, ids, voice=operation["voice"]), ids)


def _one_voice(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    """Leave a notehead that two voices share on only one of its stems: the one that points up, or the one that points
    down."""
    head = pointer.at(operation["at"]).head()
    up = operation["stem"] == "up"
    if not any(chord.up is up for chord in chord_of(pointer.graph, head)):
        raise OperationError(f"no stem that points {operation['stem']} begins at this note")
    return edited.with_graph(signs.on_one_stem(pointer.graph, head, up), [head.id])


def _take(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    graph, about = pointer.graph, set()
    groups: dict[Any, int] = {}
    for event in operation["events"]:
        ids = event_ids(graph, pointer.at(event["at"]).event())
        ratio = tuple(event["tuplet"]) if event["tuplet"] else (1, 1)
        group = groups.setdefault(event.get("group"), min(ids)) if event["tuplet"] else None
        graph = with_given(graph, ids, quarters=QUARTERS[event["type"]], dots=event["dots"], tuplet=ratio, group=group,
                           onset=Fraction(*event["onset"]), voice=event["voice"])
        about |= set(ids)
    return edited.with_graph(graph, about)


def _tie(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    head = pointer.at(operation["at"]).head()
    change = signs.put_tie if operation["on"] else signs.without_tie
    return edited.with_graph(change(pointer.graph, head), [head.id])


def _add(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    place = pointer.at(operation["at"])
    said = Given(quarters=QUARTERS[operation["type"]], dots=operation["dots"])
    add = signs.add_note if operation["kind"] == "note" else signs.add_rest
    graph, id_ = add(pointer.graph, place.row, place.col, operation["type"], said)
    return edited.with_graph(graph, [id_])


def _clef(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    place = pointer.at(operation["at"])
    return edited.with_graph(signs.put_clef(
        pointer.graph, place.row, place.col, operation["sign"], operation["line"], operation["octave"]))


def _key(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    place = pointer.at(operation["at"])
    return edited.with_graph(signs.put_key(pointer.graph, place.row, place.col, operation["fifths"]))


def _time(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    place = pointer.at(operation["at"])
    return edited.with_graph(signs.put_time(
        pointer.graph, place.row, place.col, operation["beats"], operation["beat_type"], operation["symbol"]))


def _barline(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    place = pointer.at(operation["at"])
    return edited.with_graph(signs.put_barline(pointer.graph, place.row, place.col, operation["style"]))


def _join_systems(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    graph = pointer.graph
    upper, lower = (signs.staff_at(graph, place.row, place.col)
                    for place in (pointer.at(operation["from"]), pointer.at(operation["to"])))
    return edited.with_graph(signs.join_systems(graph, upper, lower))


def _part_system(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    place = pointer.at(operation["at"])
    return edited.with_graph(signs.part_system(pointer.graph, signs.staff_at(pointer.graph, place.row, place.col)))


def _text(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    graph, text = pointer.graph, operation["text"].strip()
    place = pointer.at(operation["at"])
    own = next((w for w in graph.words if w.box.top <= place.row < w.box.bottom
                and w.box.left <= place.col < w.box.right), None)
    words = tuple(w for w in graph.words if w is not own)
    if own is None and not text:
        raise OperationError("there is no word at this place")
    if text:
        height, width = LETTER_SPACES[0] * graph.space_px, LETTER_SPACES[1] * graph.space_px * len(text)
        box = own.box if own is not None else Box(place.row - height / 2, place.col, place.row + height / 2,
                                                  place.col + width)
        words = (*words, Word(text, box))
    return edited.with_graph(replace(graph, words=tuple(sorted(words, key=lambda w: (w.box.top, w.box.left)))))


def _syllable(edited: Edited, pointer: Pointer, operation: Operation) -> Edited:
    graph = pointer.graph
    head = pointer.at(operation["at"]).head()
    before = graph.given[head.id].lyrics if head.id in graph.given else None
    others = [s for s in before or () if s.verse != operation["verse"]]
    syllable = Lyric(operation["verse"], operation["text"].strip(), operation["syllabic"])
    lyrics = tuple(sorted((*others, syllable), key=lambda s: s.verse))
    return edited.with_graph(with_given(graph, [head.id], lyrics=lyrics))


def _part_name(edited: Edited, operation: Operation) -> Edited:
    return replace(edited, part_names={**edited.part_names, operation["part"]: operation["name"].strip()})


def _title(edited: Edited, operation: Operation) -> Edited:
    return replace(edited, titles={**edited.titles, operation["field"]: operation["text"].strip()})


_AT_PLACE: Mapping[str, Callable[[Edited, Pointer, Operation], Edited]] = {
    "accept": _accept, "take": _take, "pitch": _pitch, "accidental": _accidental, "duration": _duration,
    "tuplet": _tuplet, "voice": _voice, "one_voice": _one_voice, "tie": _tie, "add": _add, "delete": _delete,
    "clef": _clef, "key": _key, "time": _time, "barline": _barline, "join_systems": _join_systems,
    "part_system": _part_system, "text": _text, "syllable": _syllable,
}
_WITHOUT_PLACE: Mapping[str, Callable[[Edited, Operation], Edited]] = {"part_name": _part_name, "title": _title}


# ---- the finished score ----------------------------------------------------------------------------------------


def with_said(score: Score, edited: Edited) -> Score:
    """The score with the titles, names and lyrics that a person gave."""
    lyrics = {(page, id_): said.lyrics for page, graph in edited.graphs.items() for id_, said in graph.given.items()
              if said.lyrics is not None}
    parts = list(score.parts)
    for index, name in edited.part_names.items():
        if index < len(parts):
            parts[index] = replace(parts[index], name=name)
    if lyrics:
        pages = {page for page, _ in lyrics}
        parts = [replace(part, measures=tuple(_sung(m, lyrics) if m.page in pages else m for m in part.measures))
                 for part in parts]
    score = replace(score, parts=tuple(parts))
    titles: dict[str, Any] = dict(edited.titles)
    return replace(score, **titles)


def _sung(measure: Measure, lyrics: Mapping[tuple[int, int], tuple[Lyric, ...]]) -> Measure:
    """A measure with the lyrics that a person gave to its noteheads, by (page, id)."""
    notes = []
    for note in measure.notes:
        said = next((s for i in note.symbol_ids if (s := lyrics.get((measure.page, i))) is not None), None)
        if said is not None:
            verses = {s.verse for s in said}
            kept = [s for s in note.lyrics if s.verse not in verses]
            note = replace(note, lyrics=tuple(sorted((*kept, *(s for s in said if s.text)), key=lambda s: s.verse)))
        notes.append(note)
    return replace(measure, notes=tuple(notes))
