"""Applies a correction to other measures that were misread in the same way.

The same misreading occurs again and again on a page: a triplet's digit, a dot or a clef that is not recognised is
seldom missed only once. So what a person said about one measure is tried on later measures of the movement.

Rhythm: a measure is like the corrected one if the same note values are printed on the same staff in the same columns.
Everything that was said about that staff is said there too, if it makes the measure a likelier reading: its cost (see
`omr.music.prices`) must fall. A measure that was read well already costs nothing, and is left alone.

Clefs and keys: if one that opens a system was corrected, it is corrected in the following systems too, as long as these
were read in the same wrong way.

Measures that the person accepted, or corrected, never change. The other measures are written into the operation, as
places on the page ("also"), so that the log has the same effect on every reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from omr.music.columns import make_columns
from omr.music.events import BINDING, Event, given_of, with_given
from omr.music.timing import TimedBar
from omr.review.edits import Edited, Pointer, apply, event_ids
from omr.review.log import Operation
from omr.review.operations import OperationError
from omr.review.pictures import Picture
from omr.review.signs import staff_at
from omr.types import Given, NotationGraph, StaffInPart, Symbol

if TYPE_CHECKING:
    from omr.review.review import Review

OF_RHYTHM = frozenset(("duration", "tuplet", "take"))
OF_SYSTEMS = frozenset(("clef", "key"))
OPENING_SIGN = 4.0
"""How near to the middle of a clef that opens a staff, in staff spaces, a person must point to mean it. This is as far
as `omr.review.signs.SAME_SIGN` from its edge."""
LEAST_GAIN = 1e-6
"""By how much the cost of a measure must fall: more than a rounding error."""

Pattern = tuple[tuple[Any, ...], ...]
"""What is printed on a staff in a bar: its columns from left to right, and in each its events from the top."""


# ---- finding ---------------------------------------------------------------------------------------------------


def find(review: Review, operation: Operation, edited: Edited) -> list[dict[str, Any]]:
    """Other places where an operation holds, for its field "also". review: before the operation. edited: after it."""
    if operation["op"] in OF_RHYTHM:
        return list(_rhythms(review, operation, edited))
    if operation["op"] in OF_SYSTEMS:
        return list(_systems(review, operation))
    return []


def _rhythms(review: Review, operation: Operation, edited: Edited) -> Iterator[dict[str, Any]]:
    """The measures on whose staves the same is said as on those of the corrected measure."""
    graph, picture = edited.graphs[operation["page"]], review.pictures[operation["page"]]
    ids = set(_pointed_at(Pointer(graph, picture), operation))
    bars = review.builder.bars
    own = next((i for i, b in enumerate(bars) if b.bar.page == graph.page and any(
        ids & set(_ids(e)) for e in b.bar.events)), None)
    if own is None:
        return
    places = review.builder.places(own)
    staves = {places[e.staff]: e.staff for e in bars[own].bar.events if ids & set(_ids(e))}
    columns = {place: _columns(bars[own], staff, graph) for place, staff in staves.items()}
    patterns = {place: _pattern(found) for place, found in columns.items()}
    said = {place: [given_of(e, graph) for column in found for e in column] for place, found in columns.items()}
    seen = review.accepted() | review.mended()
    for index in _later(review, own):
        here, bar = {place: staff for staff, place in review.builder.places(index).items()}, bars[index]
        if index in seen or bar.reading.cost < LEAST_GAIN or not all(place in here for place in staves):
            continue
        count = Counter(e.staff for e in bar.bar.events)
        if any(count[here[place]] != len(said[place]) for place in staves):
            continue
        its = edited.graphs[bar.bar.page]
        like = {place: _columns(bar, here[place], its) for place in staves}
        if any(_pattern(like[place]) != patterns[place] for place in staves):
            continue
        pairs = [(event, source, given) for place in staves for event, source, given in zip(
            _flat(like[place]), _flat(columns[place]), said[place], strict=True) if given is not None]
        new = {event.id: given for (event, _, _), given in zip(pairs, _renamed(
            [(_first(e), g) for e, _, g in pairs]), strict=True)}
        events = [with_given(e, new[e.id]) if e.id in new else e for e in bar.bar.events]
        if bar.gain_with(events) > LEAST_GAIN:
            yield {"page": bar.bar.page, "events": [
                {"at": review.pictures[bar.bar.page].at(*_symbol(event).box.center),
                 "as": picture.at(*_symbol(source).box.center)} for event, source, _ in pairs]}


def _pointed_at(pointer: Pointer, operation: Operation) -> Iterator[int]:
    """The ids of the noteheads and rests that an operation about rhythm points at."""
    at = operation["at"] if operation["op"] == "tuplet" else [operation["at"]] if "at" in operation else [
        event["at"] for event in operation["events"]]
    for point in at:
        yield from event_ids(pointer.graph, pointer.at(point).event())


def _later(review: Review, index: int) -> Iterator[int]:
    """The measures after one, up to the end of its movement."""
    for later in range(index + 1, len(review.measures)):
        if review.measures[later].new_movement:
            return
        yield later


def _columns(bar: TimedBar, staff: int, graph: NotationGraph) -> list[Sequence[Event]]:
    """The events of a staff in a bar, column by column."""
    own = [e for e in bar.bar.events if e.staff == staff]
    return [column.events for column in make_columns(own, graph.staves[staff].space_px)]


def _pattern(columns: Sequence[Sequence[Event]]) -> Pattern:
    groups: dict[int, int] = {}
    return tuple(tuple(_printed(event, groups) for event in column) for column in columns)


def _printed(event: Event, groups: dict[int, int]) -> tuple[Any, ...]:
    """What is printed of an event. groups: id of a beamed group -> its number in the bar; new groups are added to
    it."""
    own = event.as_printed()
    number = None if own.group is None else groups.setdefault(own.group, len(groups))
    return event.rest is not None, event.grace, own.base, own.levels, own.dots, number, own.count


def _flat(columns: Sequence[Sequence[Event]]) -> list[Event]:
    return [event for column in columns for event in column]


def _symbol(event: Event) -> Symbol:
    """The symbol at which one points to mean an event."""
    return event.rest or event.heads[0]


def _first(event: Event) -> int:
    return min(_ids(event))


def _ids(event: Event) -> list[int]:
    return [_symbol(event).id] if event.rest is not None else [h.id for h in event.heads]


def _renamed(said: Sequence[tuple[int, Given]]) -> list[Given]:
    """What was said about some events, made ready to be said about others: tuplets get new group numbers, so that they
    do not join those of the corrected measure.

    said: id of a symbol of each other event, and what is said about it.
    """
    first: dict[int, int] = {}
    for id_, given in said:
        if given.group is not None:
            first[given.group] = min(id_, first.get(given.group, id_))
    return [replace(given, group=None if given.group is None else first[given.group], alike=None) for _, given in said]


# ---- clefs and keys --------------------------------------------------------------------------------------------


def _systems(review: Review, operation: Operation) -> Iterator[dict[str, Any]]:
    """The places in later systems that open with the same clef or key, which was corrected at the beginning of a
    system."""
    pointer = Pointer(review.edited.graphs[operation["page"]], review.pictures[operation["page"]])
    point = pointer.at(operation["at"])
    staff = staff_at(pointer.graph, point.row, point.col).index
    bars = review.builder.bars
    own = next((i for i, b in enumerate(bars) if b.bar.page == pointer.graph.page and b.bar.first_of_system
                and staff in b.bar.system.staves and point.col < b.bar.right), None)
    if own is None:
        return
    place = review.builder.places(own)[staff]
    find_sign = _opening_clef if operation["op"] == "clef" else _opening_key
    before = find_sign(review, own, place)
    if before is None or operation["op"] == "clef" and (
            operation["sign"] is None or abs(before[1][1] - point.col) > OPENING_SIGN * pointer.graph.space_px):
        return
    seen = review.accepted() | review.mended()
    for index in (own, *_later(review, own)):
        if operation["op"] == "clef" and _changes_clef(review, index, place):
            return
        if index == own or not bars[index].bar.first_of_system:
            continue
        sign = find_sign(review, index, place)
        if sign is not None and (index in seen or sign[0] != before[0]):
            return
        if sign is not None:
            yield {"page": bars[index].bar.page, "at": review.pictures[bars[index].bar.page].at(*sign[1])}


Sign = tuple[Any, tuple[float, float]]
"""What a sign at the beginning of a system says, and where on its page one points at it."""


def _opening_clef(review: Review, index: int, place: StaffInPart) -> Sign | None:
    """The clef that opens a staff of the score in the first measure of a system; None if none was read there."""
    staff = _staff_of(review, index, place)
    if staff is None:
        return None
    timed = review.builder.bars[index]
    graph = review.edited.graphs[timed.bar.page]
    clefs = [s for s in graph.on_staff(staff) if s.kind == "clef" and graph.staves[staff].is_opened_by(s)]
    clef = min(clefs, key=lambda s: s.box.left, default=None)
    return None if clef is None else (timed.context.clefs[staff][0][1], clef.box.center)


def _changes_clef(review: Review, index: int, place: StaffInPart) -> bool:
    """Whether the clef of a staff of the score changes inside a measure."""
    staff = _staff_of(review, index, place)
    return staff is not None and len(review.builder.bars[index].context.clefs[staff]) > 1


def _opening_key(review: Review, index: int, place: StaffInPart) -> Sign | None:
    """The key that opens a system, in its first measure; None if none was read there."""
    timed = review.builder.bars[index]
    graph = review.edited.graphs[timed.bar.page]
    first = min((e.x for e in timed.bar.events), default=timed.bar.right)
    shown = {graph.staff_of.get(e.parent) for e in graph.edges
             if e.kind == "key" and graph.symbol(e.parent).box.left < first}
    staff = next((s for s in timed.bar.system.staves if s in shown), None)
    if staff is None:
        return None
    col = (timed.bar.left + timed.bar.right) / 2
    return timed.context.fifths[staff], (graph.staves[staff].row(0, col), col)


def _staff_of(review: Review, index: int, place: StaffInPart) -> int | None:
    """The index, on its page, of a staff of the score in a measure; None if it is not printed there."""
    return next((staff for staff, own in review.builder.places(index).items() if own == place), None)


# ---- doing -----------------------------------------------------------------------------------------------------


def carry(
    edited: Edited, operation: Operation, pictures: Mapping[int, Picture]
) -> tuple[Edited, list[OperationError]]:
    """Apply an operation, which was applied where it points already, at the places in its field "also". Places that are
    not found any more are skipped and reported."""
    lost: list[OperationError] = []
    for entry in operation.get("also", ()):
        try:
            edited = _carried(edited, operation, entry, pictures)
        except OperationError as error:
            lost.append(OperationError(f"a measure like it on page {entry['page'] + 1}: {error}"))
    return edited, lost


def _carried(
    edited: Edited, operation: Operation, entry: Mapping[str, Any], pictures: Mapping[int, Picture]
) -> Edited:
    page = entry["page"]
    if "events" not in entry:
        done = apply(edited, {**operation, "page": page, "at": entry["at"]}, pictures)
        return replace(done, places=edited.places)  # nobody has looked at these measures
    if page not in edited.graphs or pictures[page].mapping is None:
        raise OperationError(f"nothing was read on page {page + 1}")
    source = Pointer(edited.graphs[operation["page"]], pictures[operation["page"]])
    target = Pointer(edited.graphs[page], pictures[page])
    found: list[tuple[list[int], Given]] = []
    for event in entry["events"]:
        ids = event_ids(source.graph, source.at(event["as"]).event())
        said = next((source.graph.given[id_] for id_ in ids if id_ in source.graph.given), None)
        if said is not None:
            ids = event_ids(target.graph, target.at(event["at"]).event())
            found.append((ids, Given(**{name: getattr(said, name) for name in BINDING})))
    named = _renamed([(min(ids), said) for ids, said in found])
    given = dict(target.graph.given)
    for (ids, _), said in zip(found, named, strict=True):
        for id_ in ids:
            given[id_] = replace(given.get(id_, Given()), **{name: getattr(said, name) for name in BINDING})
    return edited.with_graph(replace(target.graph, given=given))
