"""Signs that a person adds to a page or changes: notes, clefs, keys, time signatures, barlines, ties."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count, pairwise

from omr.music.bars import Bar, cut_bars
from omr.music.events import TICKS, read_events
from omr.notation.chords import chords_of
from omr.notation.placing import Placing
from omr.notation.signatures import FLAT_STEPS, SHARP_STEPS
from omr.review.operations import OperationError
from omr.types import Box, Chord, Edge, EdgeKind, Given, NotationGraph, Staff, Stroke, Symbol, System

HEAD_SPACES = (1.0, 1.3)
"""Height and width of a notehead, in staff spaces."""
STEM_SPACES = 3.5
"""Length of a stem, in staff spaces."""
SAME_CHORD = 0.8
"""Noteheads that are added one by one are a chord if their left edges are at most this far apart, in staff spaces: two
thirds of a notehead, because it is hard to point more exactly."""
SAME_SIGN = 3.0
"""A new clef, key or time signature replaces one that is at most this far away, in staff spaces."""
SAME_BARLINE = 1.2
"""A new barline replaces one that is at most this far away, in staff spaces."""
LINE_THICKNESS, HEAVY_THICKNESS, LINES_APART = 0.15, 0.5, 0.5
"""Thickness of a thin and of a thick barline, and distance between two lines of a barline, in staff spaces."""
DOT_SPACES = 0.4
"""Size of a repeat sign's dots, in staff spaces."""
REST_CLASS = {
    "long": "restDoubleWhole", "breve": "restDoubleWhole", "whole": "restWhole", "half": "restHalf",
    "quarter": "restQuarter", "eighth": "rest8th",
    "16th": "rest16th", "32nd": "rest32nd", "64th": "rest64th", "128th": "rest128th",
}
"""Note type -> class of the rest. The rest of a longa has no class; it is shown as a breve rest, but the length that
the person gave holds."""
HEAD_CLASS = {"long": "noteheadLonga", "breve": "noteheadDoubleWhole", "whole": "noteheadWhole", "half": "noteheadHalf"}
"""Note type -> class of the notehead. Noteheads of shorter notes are filled."""
CLEF_CLASS = {
    ("G", 2, 0): "gClef", ("G", 2, -1): "gClef8vb", ("G", 2, 1): "gClef8va", ("F", 4, 0): "fClef", ("F", 3, 0): "fClef",
    ("F", 4, -1): "fClef8vb", ("F", 4, 1): "fClef8va", **{("C", line, 0): "cClef" for line in range(1, 6)},
    ("percussion", 3, 0): "unpitchedPercussionClef1",
}
"""(sign, line, octaves by which it sounds higher) -> class of the clef."""
CLEF_REACH = {"G": (7.0, -7.0), "F": (4.0, -1.0), "C": (4.0, -4.0), "percussion": (2.0, -2.0)}
"""Staff positions of a clef's top and bottom on its usual line (a C clef: the third), in half spaces from the middle
line. With an octave mark, a G clef reaches two half spaces farther."""


def staff_at(graph: NotationGraph, row: float, col: float) -> Staff:
    """The staff to which a point belongs. Raises OperationError if none is near, or if it is left out of the score."""
    staff = Placing(graph.staves).nearest(row, col)
    if staff is None or not any(staff.index in system.staves for system in graph.systems):
        raise OperationError("there is no staff at this place")
    return staff


def system_of(graph: NotationGraph, staff: Staff) -> System:
    """The system of a staff that is in the score."""
    return next(system for system in graph.systems if staff.index in system.staves)


def free_ids(graph: NotationGraph) -> Iterator[int]:
    """Ids that no symbol or stroke of a graph uses."""
    return count(1 + max([s.id for s in graph.symbols] + [s.id for s in graph.strokes], default=0))


def without_symbols(graph: NotationGraph, gone: Iterable[int]) -> NotationGraph:
    """The graph without some symbols or strokes, and without everything that belongs to them."""
    gone = set(gone)
    return replace(
        graph, symbols=tuple(s for s in graph.symbols if s.id not in gone),
        strokes=tuple(s for s in graph.strokes if s.id not in gone),
        edges=tuple(e for e in graph.edges if e.parent not in gone and e.child not in gone),
        staff_of={id_: staff for id_, staff in graph.staff_of.items() if id_ not in gone},
        given={id_: said for id_, said in graph.given.items() if id_ not in gone})


def with_symbols(
    graph: NotationGraph, symbols: Sequence[Symbol], staff: int, edges: Sequence[Edge] = (),
    given: Mapping[int, Given] | None = None,
) -> NotationGraph:
    """The graph with more symbols on one staff, and their relations."""
    return replace(graph, symbols=(*graph.symbols, *symbols), edges=(*graph.edges, *edges),
                   staff_of={**graph.staff_of, **{s.id: staff for s in symbols}},
                   given={**graph.given, **(given or {})})


def box_about(row: float, col: float, height: float, width: float) -> Box:
    return Box(row - height / 2, col - width / 2, row + height / 2, col + width / 2)


# ---- notes and rests -------------------------------------------------------------------------------------------


def add_note(graph: NotationGraph, row: float, col: float, type_: str, said: Given) -> tuple[NotationGraph, int]:
    """Add a notehead, and return its id too. It joins a chord that stands there, if this has the same note value."""
    staff = staff_at(graph, row, col)
    ids = free_ids(graph)
    head = Symbol(next(ids), HEAD_CLASS.get(type_, "noteheadBlack"),
                  box_about(row, col, *(side * graph.space_px for side in HEAD_SPACES)))
    chord = _chord_at(graph, head, staff, said)
    if chord is not None:
        edges = [] if chord.stem is None else [Edge(head.id, chord.stem, "stem")]
        heads = sorted((*chord.heads, head.id), key=lambda i: _row(graph, head, i))
        joined = replace(chord, heads=tuple(heads))
        graph = with_symbols(graph, [head], staff.index, edges, {head.id: said})
        return replace(graph, chords=tuple(joined if c is chord else c for c in chords_of(graph))), head.id
    graph_chords = chords_of(graph)
    graph = with_symbols(graph, [head], staff.index, (), {head.id: said})
    if type_ in ("long", "breve", "whole"):
        return replace(graph, chords=(*graph_chords, Chord((head.id,)))), head.id
    up = staff.position(row, col) < 0
    x = head.box.right if up else head.box.left
    tip = row + STEM_SPACES * graph.space_px * (-1 if up else 1)
    stem = Stroke(next(ids), "stem", ((min(row, tip), x), (max(row, tip), x)), LINE_THICKNESS * graph.space_px)
    return replace(graph, strokes=(*graph.strokes, stem), edges=(*graph.edges, Edge(head.id, stem.id, "stem")),
                   staff_of={**graph.staff_of, stem.id: staff.index},
                   chords=(*graph_chords, Chord((head.id,), stem.id, up))), head.id


def on_one_stem(graph: NotationGraph, head: Symbol, up: bool) -> NotationGraph:
    """Take a notehead off its stems in one direction. up: whether the stem that keeps it points up. A stem that loses
    its last notehead is no chord any more."""
    others = [c for c in chords_of(graph) if head.id in c.heads and c.up is not up]
    stems = {c.stem for c in others}
    left = [replace(c, heads=tuple(h for h in c.heads if h != head.id)) if c in others else c for c in chords_of(graph)]
    return replace(
        graph, chords=tuple(c for c in left if c.heads),
        edges=tuple(e for e in graph.edges if e.kind != "stem" or e.parent != head.id or e.child not in stems))


def _row(graph: NotationGraph, head: Symbol, id_: int) -> float:
    symbol = head if id_ == head.id else graph.symbol_by_id.get(id_)
    return 0.0 if symbol is None else symbol.box.center[0]


def _chord_at(graph: NotationGraph, head: Symbol, staff: Staff, said: Given) -> Chord | None:
    """The chord of a staff in the column of a notehead that has the note value given by the person; None if there is
    none."""
    near = []
    lengths = {}
    for event in read_events(graph):
        for h in event.heads:
            lengths[h.id] = event.base, event.dots
    wanted = (int((said.quarters or 1) * TICKS), said.dots or 0)
    for chord in chords_of(graph):
        heads = [s for i in chord.heads if (s := graph.symbol_by_id.get(i)) is not None]
        own = [h for h in heads if graph.staff_of.get(h.id) == staff.index and not h.symbol_class.is_small]
        away = min((abs(h.box.left - head.box.left) for h in own), default=SAME_CHORD * graph.space_px)
        if away < SAME_CHORD * graph.space_px and all(lengths.get(h.id) == wanted for h in own):
            near.append((away, chord))
    return min(near, key=lambda n: n[0])[1] if near else None


def add_rest(graph: NotationGraph, row: float, col: float, type_: str, said: Given) -> tuple[NotationGraph, int]:
    """Add a rest, and return its id too."""
    staff = staff_at(graph, row, col)
    rest = Symbol(next(free_ids(graph)), REST_CLASS[type_],
                  box_about(row, col, 2 * graph.space_px, graph.space_px))
    return with_symbols(graph, [rest], staff.index, (), {rest.id: said}), rest.id


# ---- clefs, keys, times ----------------------------------------------------------------------------------------


def put_clef(graph: NotationGraph, row: float, col: float, sign: str | None, line: int, octave: int) -> NotationGraph:
    """Put a clef on a staff, in place of the one that stands there. If sign is None, only remove that one."""
    staff = staff_at(graph, row, col)
    reach = SAME_SIGN * graph.space_px
    old = [s for s in graph.on_staff(staff.index)
           if s.kind == "clef" and s.box.left - reach < col < s.box.right + reach]
    place = min(old, key=lambda s: abs(s.box.center[1] - col), default=None)
    graph = graph if place is None else without_symbols(graph, [place.id])
    if sign is None:
        if place is None:
            raise OperationError("there is no clef at this place")
        return graph
    name = CLEF_CLASS.get((sign, line, octave))
    if name is None:
        raise OperationError(f"no clef {sign} on line {line}" + (f" with an octave of {octave}" if octave else ""))
    left, width = (col - graph.space_px, 2 * graph.space_px) if place is None else (place.box.left, place.box.width)
    high, low = CLEF_REACH[sign]
    lower = {"F": 2 * (line - 4), "C": 2 * (line - 3)}.get(sign, 0)
    high, low = high + lower + 2 * (octave > 0), low + lower - 2 * (octave < 0)
    clef = Symbol(next(free_ids(graph)), name,
                  Box(staff.row(high, left), left, staff.row(low, left), left + width))
    return with_symbols(graph, [clef], staff.index)


def put_key(graph: NotationGraph, row: float, col: float, fifths: int) -> NotationGraph:
    """Put a key on all staves of a system, from the bar at a point on, in place of the one that is there."""
    name = "accidentalSharp" if fifths > 0 else "accidentalFlat" if fifths < 0 else "accidentalNatural"
    order = SHARP_STEPS if fifths > 0 else FLAT_STEPS

    def signs(staff: Staff, left: float, ids: Iterator[int]) -> tuple[list[Symbol], Given]:
        width = 0.9 * graph.space_px
        made = []
        for i, step in enumerate(order[:abs(fifths)] or order[:1]):
            position = (step + 4) % 7 - 3  # of the step under a treble clef, near the middle line
            at = left + i * width
            made.append(Symbol(next(ids), name, box_about(staff.row(position, at), at + width / 2,
                                                                2.4 * graph.space_px, 0.8 * graph.space_px)))
        return made, Given(fifths=fifths)

    return _put_signature(graph, row, col, "key", max(abs(fifths), 1) * 0.9, signs)


def put_time(
    graph: NotationGraph, row: float, col: float, beats: int, beat_type: int, symbol: str | None
) -> NotationGraph:
    """The same for a time signature. symbol: "common" or "cut" for a letter instead of digits."""
    def signs(staff: Staff, left: float, ids: Iterator[int]) -> tuple[list[Symbol], Given]:
        size = 2 * graph.space_px
        if symbol is not None:
            name = "timeSigCommon" if symbol == "common" else "timeSigCutCommon"
            box = box_about(staff.row(0, left), left + size / 2, size, size)
            return [Symbol(next(ids), name, box)], Given(is_time=True)
        made = []
        for position, number in ((2, beats), (-2, beat_type)):
            for i, digit in enumerate(str(number)):
                at = left + (i + 0.5) * size * 0.8
                made.append(Symbol(next(ids), f"timeSig{digit}",
                                   box_about(staff.row(position, at), at, size, size * 0.8)))
        return sorted(made, key=lambda s: s.box.left), Given(is_time=True)

    return _put_signature(graph, row, col, "time", 1.6 * len(str(max(beats, beat_type))), signs)


Signs = Callable[[Staff, float, Iterator[int]], tuple[list[Symbol], Given]]
"""A function that makes the signs of a signature on a staff, from a column on, with the ids that it is given. It also
returns what is said about the first sign."""


def _put_signature(
    graph: NotationGraph, row: float, col: float, kind: EdgeKind, width: float, signs: Signs
) -> NotationGraph:
    """Put a signature on all staves of a system. width: in staff spaces. signs: makes its signs on one staff."""
    system = system_of(graph, staff_at(graph, row, col))
    bar = bar_at(graph, row, col)
    start = -1.0 if bar.first_of_system else bar.left - graph.space_px
    first = min((e.x for e in bar.events), default=bar.right)
    left = max(first - (width + 0.4) * graph.space_px, min(bar.left, first - 0.2 * graph.space_px))
    for index in system.staves:
        old = {e.parent for e in graph.edges if e.kind == kind and e.parent == e.child
               and graph.staff_of.get(e.parent) == index and start <= graph.symbol(e.parent).box.left <= first}
        if old:
            left = min([left, *(graph.symbol(parent).box.left for parent in old)])
        graph = without_symbols(graph, {e.child for e in graph.edges if e.kind == kind and e.parent in old})
    for index in system.staves:
        ids = free_ids(graph)
        made, said = signs(graph.staves[index], left, ids)
        graph = with_symbols(graph, made, index, [Edge(made[0].id, s.id, kind) for s in made], {made[0].id: said})
    return graph


def bar_at(graph: NotationGraph, row: float, col: float) -> Bar:
    """The bar at a point. Raises OperationError if there is none."""
    system = system_of(graph, staff_at(graph, row, col))
    bars = [b for b in cut_bars(graph, read_events(graph)) if b.system.staves == system.staves]
    if not bars:
        raise OperationError("there is no measure at this place")
    return min(bars, key=lambda b: max(b.left - col, col - b.right, 0.0))


# ---- barlines --------------------------------------------------------------------------------------------------


def put_barline(graph: NotationGraph, row: float, col: float, style: str | None) -> NotationGraph:
    """Put a barline through a system, in place of one that stands there.

    style: as in `Measure.right`, or "repeat-start", or "repeat-both"; None only removes the barline.
    """
    space = graph.space_px
    system = system_of(graph, staff_at(graph, row, col))
    staves = [graph.staves[i] for i in system.staves]
    near = [s for s in graph.strokes if s.kind == "barline" and abs(s.box.center[1] - col) < SAME_BARLINE * space
            and s.box.bottom > staves[0].box.top and s.box.top < staves[-1].box.bottom]
    if style is None and not near:
        raise OperationError("there is no barline at this place")
    if near:
        col = min((s.box.center[1] for s in near), key=lambda c: abs(c - col))
        near = [s for s in graph.strokes if s.kind == "barline" and abs(s.box.center[1] - col) < SAME_BARLINE * space
                and s.box.bottom > staves[0].box.top and s.box.top < staves[-1].box.bottom]
    old = {s.id for s in near}
    dots = {e.child for e in graph.edges if e.kind == "repeat" and e.parent in old}
    graph = without_symbols(graph, old | dots)
    if style is None:
        return graph
    ids = free_ids(graph)
    lines = [Stroke(next(ids), "barline", ((staves[0].row(4, at), at), (staves[-1].row(-4, at), at)), thickness)
             for at, thickness in _lines(style, col, space)]
    graph = replace(graph, strokes=(*graph.strokes, *lines))
    aside = {"repeat-start": (1.0,), "repeat-end": (-1.0,), "repeat-both": (-1.0, 1.0)}.get(style, ())
    for side in aside:
        at = col + side * (LINES_APART + 0.5) * space
        for staff in staves:
            made = [Symbol(next(ids), "repeatDot", box_about(staff.row(p, at), at, *[DOT_SPACES * space] * 2))
                    for p in (1, -1)]
            graph = with_symbols(graph, made, staff.index, [Edge(lines[0].id, dot.id, "repeat") for dot in made])
    return graph


def _lines(style: str, col: float, space: float) -> list[tuple[float, float]]:
    """(column, thickness) of the lines of a barline, in pixels."""
    thin, heavy, half = LINE_THICKNESS * space, HEAVY_THICKNESS * space, LINES_APART * space / 2
    return {
        "regular": [(col, thin)], "double": [(col - half, thin), (col + half, thin)],
        "final": [(col - half, thin), (col + half, heavy)], "repeat-end": [(col - half, thin), (col + half, heavy)],
        "repeat-start": [(col - half, heavy), (col + half, thin)], "repeat-both": [(col, heavy)],
    }[style]


# ---- systems ---------------------------------------------------------------------------------------------------


def join_systems(graph: NotationGraph, upper: Staff, lower: Staff) -> NotationGraph:
    """The graph with the systems of two staves joined into one."""
    a, b = system_of(graph, upper), system_of(graph, lower)
    if a.index == b.index:
        raise OperationError("these staves are in one system already")
    staves = sorted((*a.staves, *b.staves))
    joined = System(a.index, tuple(staves), a.braces + b.braces, a.brackets + b.brackets, a.through + b.through)
    return _renumbered(graph, [joined if s.index == a.index else s for s in graph.systems if s.index != b.index])


def part_system(graph: NotationGraph, last: Staff) -> NotationGraph:
    """The graph with a system divided below one of its staves."""
    whole = system_of(graph, last)
    upper = tuple(s for s in whole.staves if s <= last.index)
    lower = tuple(s for s in whole.staves if s > last.index)
    if not lower:
        raise OperationError("this is the last staff of its system")

    def half(staves: tuple[int, ...]) -> System:
        def inside(runs: Iterable[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
            return tuple(run for run in runs if set(run) <= set(staves))

        return System(whole.index, staves, inside(whole.braces), inside(whole.brackets),
                      tuple(s for s in whole.through if s in staves[:-1]))

    systems: list[System] = []
    for system in graph.systems:
        systems += [half(upper), half(lower)] if system is whole else [system]
    return _renumbered(graph, systems)


def _renumbered(graph: NotationGraph, systems: Sequence[System]) -> NotationGraph:
    """The graph with other systems, numbered from the top."""
    ordered = sorted(systems, key=lambda s: s.staves[0])
    numbered = tuple(replace(s, index=i) for i, s in enumerate(ordered))
    home = {staff: s.index for s in numbered for staff in s.staves}
    staves = tuple(replace(s, system=home.get(s.index, s.system)) for s in graph.staves)
    return replace(graph, systems=numbered, staves=staves)


# ---- ties ------------------------------------------------------------------------------------------------------


def put_tie(graph: NotationGraph, head: Symbol) -> NotationGraph:
    """Add a tie from a notehead to the next notehead of its staff at the same height. If it is the last one in the
    system, the tie goes on over the end of the system."""
    staff = graph.staves[graph.staff_of[head.id]]
    if any(e.parent == head.id and e.kind == "tie" and _begins_at(graph, e.child, head) for e in graph.edges):
        raise OperationError("this note is tied already")
    after = _next_at_height(graph, head, staff)
    ids = free_ids(graph)
    if after is not None:
        return _with_tie(graph, next(ids), head.box.right, after.box.left, head.box.bottom, [head.id, after.id])
    graph = _with_tie(graph, next(ids), head.box.right, staff.right + graph.space_px, head.box.bottom, [head.id])
    below = _staff_below(graph, staff)
    if below is None:
        return graph
    heads = sorted(_heads_at_height(graph, below, _height(graph, head, staff)), key=lambda h: h.box.left)
    if not heads:
        return graph
    first = heads[0]
    return _with_tie(graph, next(ids), first.box.left - 2 * graph.space_px, first.box.left, first.box.bottom,
                     [first.id])


def without_tie(graph: NotationGraph, head: Symbol) -> NotationGraph:
    """Remove the ties that begin at a notehead. Raises OperationError if there is none."""
    ties = {e.child for e in graph.edges
            if e.kind in ("tie", "slur") and e.parent == head.id and _begins_at(graph, e.child, head)}
    ties &= {e.child for e in graph.edges if e.kind == "tie"}
    if not ties:
        raise OperationError("no tie begins at this note")
    return without_symbols(graph, ties)


def _begins_at(graph: NotationGraph, curve: int, head: Symbol) -> bool:
    """Whether a notehead is at the left end of a curve."""
    stroke = next(s for s in graph.strokes if s.id == curve)
    return head.box.center[1] < stroke.box.center[1]


def _with_tie(graph: NotationGraph, id_: int, left: float, right: float, row: float, heads: Sequence[int]
              ) -> NotationGraph:
    right = max(right, left + 1)
    stroke = Stroke(id_, "tie", ((row, left), (row + 0.3 * graph.space_px, (left + right) / 2), (row, right)), 1.0)
    return replace(graph, strokes=(*graph.strokes, stroke), edges=(*graph.edges, *(Edge(h, id_, "tie") for h in heads)))


def _height(graph: NotationGraph, head: Symbol, staff: Staff) -> int:
    said = graph.given.get(head.id)
    return round(staff.position(*head.box.center)) + (0 if said is None else said.steps)


def _heads_at_height(graph: NotationGraph, staff: Staff, height: int) -> list[Symbol]:
    return [s for s in graph.on_staff(staff.index)
            if s.kind == "notehead" and not s.symbol_class.is_small and _height(graph, s, staff) == height]


def _next_at_height(graph: NotationGraph, head: Symbol, staff: Staff) -> Symbol | None:
    heads = _heads_at_height(graph, staff, _height(graph, head, staff))
    return min((h for h in heads if h.box.left > head.box.center[1]), key=lambda h: h.box.left, default=None)


def _staff_below(graph: NotationGraph, staff: Staff) -> Staff | None:
    """The corresponding staff in the next system of the page."""
    for a, b in pairwise(graph.systems):
        if staff.index in a.staves and len(a.staves) == len(b.staves):
            return graph.staves[b.staves[a.staves.index(staff.index)]]
    return None
