"""Decides what only all pages together can tell, once, before any bar is cut.

Every page is read by itself, and its graph says what was seen on it. Some things can only be decided with the other
pages: to which part a staff belongs, whether the small 8 at a clef is real, whether a clef that appears only once is a
misreading. `settle` decides all of them and returns new graphs; later steps only read these. Metronome marks, whose
small note looks like a note of the music, are removed in the same step.

One thing about clefs is decided earlier, when a page is read (`omr.pipeline`): octave marks of which the detector is
unsure are dropped there, by thresholds that only the detector knows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from omr.music.parts import PartMap, find_parts
from omr.notation.signatures import CLEFS, plain_clef
from omr.text.metronome import Metronome, find_metronomes, without_metronomes
from omr.types import NotationGraph, Places, Staff, StaffInPart, StaffKey, Symbol
from omr.types.memo import Memo

UNPITCHED_LINES = frozenset((1, 3))
"""Numbers of lines of a percussion staff. A staff with so few lines is one, whatever clef was read on it."""
UNSURE_CLEF = 0.7
"""A clef that opens a system with a lower detector score (0 to 1) than this cannot change the clef of its part."""
SMALL_CLEF = 5.5
"""A G clef that is less high than this, in staff spaces, is a change of clef in small print: a full one is about 7
high. How far a small one reaches above and below the staff tells nothing about an octave mark."""
OCTAVE_UP_TOP = 7.6
"""A G clef with an 8 on top reaches higher than this, in half spaces above the staff's middle line. Without an 8 it
ends at about 6.8 in all common fonts, with an 8 at 8.4 or higher."""
OCTAVE_DOWN_BOTTOM = -8.1
"""A G clef with an 8 below reaches lower than this, in half spaces (negative: below the middle line). Without an 8 it
ends at about -7.4 in all common fonts, with an 8 at -9.0 or lower."""


@dataclass(frozen=True, eq=False)
class Settled:
    """The pages with music, settled, and what was decided about them.

    graphs: of the pages that have staves, in order.
    printed: the same without what a person said about their symbols, so that they stay the same objects whatever is
        said.
    metronomes: the metronome marks of each page, which are no longer in the graphs.
    """

    graphs: tuple[NotationGraph, ...]
    printed: tuple[NotationGraph, ...]
    parts: PartMap
    places: Places
    metronomes: Mapping[int, Sequence[Metronome]]


def settle(graphs: Sequence[NotationGraph], memo: Memo | None = None) -> Settled:
    """Decide what the pages of one score, given in order, can only tell together.

    The given graphs are not changed. memo: results that it knows are not computed again.
    """
    memo = memo or Memo()
    whole = [g for g in graphs if g.staves and g.systems]
    graphs = [_printed(g, memo) for g in whole]
    metronomes = {g.page: memo(find_metronomes, g) for g in graphs}
    graphs = [memo(without_metronomes, g, metronomes[g.page]) for g in graphs]
    parts, places = _place_staves(graphs, memo)
    if not all(graph.exact for graph in graphs):
        graphs = _with_agreed_octaves(graphs, places, memo)
        graphs = _without_unlikely_clefs(graphs, places, memo)
        graphs = _without_stray_percussion(graphs, places, memo)
    said = tuple(memo(_with_given, g, w) for g, w in zip(graphs, whole, strict=True))
    return Settled(said, tuple(graphs), parts, places, metronomes)


def _printed(graph: NotationGraph, memo: Memo) -> NotationGraph:
    """The graph without what a person said about its symbols: the same object as long as the rest is the same."""
    parts = tuple(getattr(graph, f.name) for f in fields(graph) if f.name not in ("page", "given"))
    return memo.made("printed", parts, (graph.page,), lambda: replace(graph, given={}) if graph.given else graph)


def _with_given(graph: NotationGraph, whole: NotationGraph) -> NotationGraph:
    """A graph with what was said about the symbols of another graph."""
    return replace(graph, given=whole.given) if whole.given else graph


def _place_staves(graphs: Sequence[NotationGraph], memo: Memo) -> tuple[PartMap, Places]:
    """The parts of the score, and which staff of which part each staff is."""
    systems = [(graph, system) for graph in graphs for system in graph.systems]
    clefs = {graph.page: memo(_opening_signs, graph) for graph in graphs}
    parts = find_parts([s for _, s in systems], [clefs[g.page] for g, _ in systems], [g.names for g, _ in systems])
    places = {
        StaffKey(graph.page, staff): place
        for (graph, system), own in zip(systems, parts.places, strict=True)
        for staff, place in zip(system.staves, own, strict=True)
    }
    return parts, places


def _opening_signs(graph: NotationGraph) -> dict[int, str]:
    """Staff index -> sign of the clef that opens the staff ("G", "F", ...), for every staff that begins with a clef. On
    drawn pages, where the octave mark is certain, the sign includes it ("G-1")."""
    clefs = clefs_of(graph)
    signs: dict[int, str] = {}
    for staff in graph.staves:
        if staff.line_count in UNPITCHED_LINES:
            signs[staff.index] = "percussion"
            continue
        opening = next((clef for clef in clefs[staff.index] if staff.is_opened_by(clef)), None)
        if opening is not None:
            sign, _, octave = CLEFS[opening.name]
            signs[staff.index] = f"{sign}{octave:+d}" if graph.exact and octave else sign
    return signs


def clefs_of(graph: NotationGraph) -> Mapping[int, Sequence[Symbol]]:
    """Staff index -> the staff's clefs from left to right; an empty sequence for a staff without any."""
    clefs: defaultdict[int, list[Symbol]] = defaultdict(list)
    for symbol in sorted(graph.symbols, key=lambda s: s.box.left):
        if symbol.name in CLEFS and symbol.id in graph.staff_of:
            clefs[graph.staff_of[symbol.id]].append(symbol)
    return clefs


# ---- clefs -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _StaffClefs:
    """The clefs of one staff, from left to right, and the place of the staff in the score."""

    page: int
    staff: Staff
    place: StaffInPart
    clefs: Sequence[Symbol]


def _staves_with_clefs(graphs: Sequence[NotationGraph], places: Places, memo: Memo) -> Iterator[_StaffClefs]:
    """Every staff that has a place in the score, system by system from top to bottom."""
    for graph in graphs:
        clefs = memo(clefs_of, graph)
        for index in (i for system in graph.systems for i in system.staves):
            place = places.get(StaffKey(graph.page, index))
            if place is not None:
                yield _StaffClefs(graph.page, graph.staves[index], place, clefs[index])


def _with_agreed_octaves(
    graphs: Sequence[NotationGraph], places: Places, memo: Memo
) -> list[NotationGraph]:
    """Give all clefs of one kind that open the systems of a staff the same octave mark.

    A tenor's staff does not become a soprano's in the next system, so the majority of the systems decides. If as many
    have the mark as have not, it is dropped. A mark is believed only if the clef's box is large enough to contain it,
    because some fonts have curls that look like an 8.
    """
    votes: dict[tuple[StaffInPart, str], Counter[str]] = defaultdict(Counter)
    opening: dict[tuple[int, int], tuple[StaffInPart, str]] = {}  # (page, clef) -> what must agree with it
    for row in _staves_with_clefs(graphs, places, memo):
        for clef in row.clefs:
            if row.staff.is_opened_by(clef):
                plain = plain_clef(clef.name)
                votes[row.place, plain][clef.name if _reaches_octave_mark(clef, row.staff) else plain] += 1
                opening[row.page, clef.id] = row.place, plain
    agreed = {kind: max(names, key=lambda name: (names[name], name == kind[1])) for kind, names in votes.items()}
    renamed: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for (page, id_), kind in opening.items():
        renamed[page].append((id_, agreed[kind]))
    return [memo(_with_names, g, plain=tuple(renamed[g.page])) for g in graphs]


def _with_names(graph: NotationGraph, *names: tuple[int, str]) -> NotationGraph:
    """The graph with other names for some symbols, given as (id, name). The graph itself if they have these names
    already."""
    changed = {id_: name for id_, name in names if graph.symbol(id_).name != name}
    if not changed:
        return graph
    return replace(graph, symbols=tuple(
        replace(s, name=changed[s.id]) if s.id in changed else s for s in graph.symbols))


def _without_unlikely_clefs(
    graphs: Sequence[NotationGraph], places: Places, memo: Memo
) -> list[NotationGraph]:
    """Remove clefs that were probably misread. Such a clef opens a system, the detector is unsure of it, and it changes
    the clef of its staff although the end of the line before does not announce a change, as print always does. In the
    first system, which has no line before it, an unsure clef is compared with the usual clef of its staff."""
    weights: dict[StaffInPart, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in _staves_with_clefs(graphs, places, memo):
        for clef in row.clefs:
            weights[row.place][CLEFS[clef.name][0]] += clef.score
    now = {place: max(signs, key=lambda sign: signs[sign]) for place, signs in weights.items()}
    unlikely: set[tuple[int, int]] = set()
    for row in _staves_with_clefs(graphs, places, memo):
        if row.staff.line_count in UNPITCHED_LINES:
            continue
        for clef in row.clefs:
            sign = CLEFS[clef.name][0]
            if row.staff.is_opened_by(clef) and clef.score < UNSURE_CLEF and now[row.place] != sign:
                unlikely.add((row.page, clef.id))
            else:
                now[row.place] = sign
    return _without_clefs(graphs, unlikely, memo)


def _without_stray_percussion(
    graphs: Sequence[NotationGraph], places: Places, memo: Memo
) -> list[NotationGraph]:
    """Remove percussion clefs from five-line staves that begin with another clef in at least half of their systems. If
    such a clef were believed, the notes after it would lose their pitches."""
    # number of systems that begin with a percussion clef, less those that do not
    balance: Counter[StaffInPart] = Counter()
    for row in _staves_with_clefs(graphs, places, memo):
        if row.clefs:
            balance[row.place] += 1 if _is_percussion(row.clefs[0]) else -1
    stray = {
        (row.page, clef.id) for row in _staves_with_clefs(graphs, places, memo)
        if balance[row.place] <= 0 and row.staff.line_count not in UNPITCHED_LINES
        for clef in row.clefs if _is_percussion(clef)
    }
    return _without_clefs(graphs, stray, memo)


def _without_clefs(
    graphs: Sequence[NotationGraph], gone: Collection[tuple[int, int]], memo: Memo
) -> list[NotationGraph]:
    """The graphs without some clefs, given as (page, id)."""
    return [memo(_without, g, plain=tuple(sorted(id_ for page, id_ in gone if page == g.page))) for g in graphs]


def _without(graph: NotationGraph, *gone: int) -> NotationGraph:
    """The graph without some clefs; the graph itself if there are none. No edge begins or ends at a clef."""
    if not gone:
        return graph
    return replace(graph, symbols=tuple(s for s in graph.symbols if s.id not in gone),
                   staff_of={i: staff for i, staff in graph.staff_of.items() if i not in gone})


def _is_percussion(clef: Symbol) -> bool:
    return CLEFS[clef.name][0] == "percussion"


def _reaches_octave_mark(clef: Symbol, staff: Staff) -> bool:
    """Whether a clef's box is large enough to contain the octave mark that its name says. Only full-sized G clefs are
    measured; all others are believed."""
    if clef.box.height < SMALL_CLEF * staff.space_px or clef.name not in ("gClef8va", "gClef8vb"):
        return True
    column = clef.box.center[1]
    if clef.name == "gClef8va":
        return staff.position(clef.box.top, column) > OCTAVE_UP_TOP
    return staff.position(clef.box.bottom, column) < OCTAVE_DOWN_BOTTOM
