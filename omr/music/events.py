"""The graph read back as music without time: chords and rests with what is printed on them.

An `Event` is one chord (heads on one stem, or whole notes in one column) or one rest, with its printed duration;
when it sounds is `omr.music.rhythm`' to find out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from omr.notation.stems import row_at
from omr.types import NotationGraph, Stroke, Symbol

TICKS = 10080
"""Ticks of a quarter note: 2^5 x 3^2 x 5 x 7, so that 128ths and tuplets of 3, 5, 6, 7, 9 are whole."""
REST_QUARTERS = {
    "restDoubleWhole": 8.0, "restWhole": 4.0, "restHalf": 2.0, "restQuarter": 1.0, "rest8th": 0.5, "rest16th": 0.25,
    "rest32nd": 0.125, "rest64th": 0.0625, "rest128th": 0.03125, "restHBar": 4.0,
}
HEAD_QUARTERS = {
    "noteheadDoubleWhole": 8.0, "noteheadWhole": 4.0, "noteheadHalf": 2.0, "noteheadHalfSmall": 2.0,
    "noteheadDiamondHalf": 2.0, "noteheadSlashWhite": 2.0,
}
FLAG_LEVELS = {"8th": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5}


@dataclass(frozen=True, eq=False)
class Event:
    """One chord or rest as printed.

    x: left edge, pixels, what engravers align. staff: index on the page. base: ticks without dots and tuplets.
    levels: flags or beams. group: chords under one beam share it. tuplet: id of the digit over it, count: its number.
    grace: of small heads; cue: of small heads that sound in time. tremolo: one of two chords with a tremolo between
    them, each of which lasts half of what it shows (`base`: of what it lasts). position: mean staff position. up: the
    stem's direction, None without a stem.
    """

    id: int
    x: float
    staff: int
    heads: tuple[Symbol, ...] = ()
    rest: Symbol | None = None
    base: int = TICKS
    levels: int = 0
    dots: int = 0
    up: bool | None = None
    group: int | None = None
    beams: tuple[Stroke, ...] = ()
    stem: Stroke | None = None
    tuplet: int | None = None
    count: int = 0
    grace: bool = False
    cue: bool = False
    tremolo: bool = False
    position: float = 0.0
    score: float = 1.0

    @property
    def ticks(self) -> int:
        """Printed duration, dots applied."""
        return dotted(self.base, self.dots)


def dotted(base: int, dots: int) -> int:
    return base * (2 ** (dots + 1) - 1) // 2**dots


def read_events(graph: NotationGraph) -> list[Event]:
    """Every chord and rest of a page that stands on a staff."""
    symbol = {s.id: s for s in graph.symbols}
    stroke = {s.id: s for s in graph.strokes}
    children: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for edge in graph.edges:
        children[edge.kind][edge.parent].append(edge.child)

    members: dict[int, list[Symbol]] = defaultdict(list)
    loose: list[Symbol] = []
    for s in graph.symbols:
        if not s.name.startswith("notehead") or s.id not in graph.staff_of:
            continue
        stems = children["stem"].get(s.id, [])
        for k in stems:
            members[k].append(s)
        if not stems:
            loose.append(s)
    space = graph.space_px
    chords: list[tuple[Stroke | None, list[Symbol]]] = [(stroke[k], v) for k, v in members.items()]
    chords += [(None, c) for c in _columns_of_loose(loose, graph.staff_of, space)]

    group_of = _beam_groups(children["beam"], chords)
    events: list[Event] = []
    for stem, heads in chords:
        events.append(_chord(len(events), stem, heads, graph, children, symbol, stroke, group_of, space))
    for s in graph.symbols:
        if s.name in REST_QUARTERS and s.id in graph.staff_of:
            staff = graph.staff_of[s.id]
            tuplet = children["tuplet"].get(s.id, [])
            events.append(Event(
                len(events), s.box.left, staff, rest=s, base=int(REST_QUARTERS[s.name] * TICKS),
                dots=len(children["dot"].get(s.id, [])), tuplet=tuplet[0] if tuplet else None,
                count=_count([symbol[t] for t in tuplet]),
                position=graph.staves[staff].position(*s.box.center), score=s.score,
            ))
    return _own_tuplets(_aligned_seconds(events, graph, space), children["stem"])


def _aligned_seconds(events: list[Event], graph: NotationGraph, space: float) -> list[Event]:
    """Of a chord without a stem whose heads stand in two columns (a second), which is the main one no stem says: it is
    the one that other events of the system are aligned with."""
    system_of = {staff: system.index for system in graph.systems for staff in system.staves}
    aligned = []
    for event in events:
        columns = {min(h.box.left for h in event.heads), max(h.box.left for h in event.heads)} if event.heads else set()
        if event.stem is None and len(columns) == 2 and max(columns) - min(columns) > 0.6 * space:
            others = [e.x for e in events
                      if e is not event and system_of.get(e.staff) == system_of.get(event.staff)]
            off, x = min(((abs(x - other), x) for other in others for x in sorted(columns)), default=(space, event.x))
            if off < 0.4 * space:
                event = replace(event, x=x)
        aligned.append(event)
    return aligned


def _own_tuplets(events: list[Event], stems_of: dict[int, list[int]]) -> list[Event]:
    """A head shared by two voices hands its tuplet digit to both: the voice whose beam has no other is not meant."""
    meant = {(e.group, e.tuplet) for e in events if any(len(stems_of.get(h.id, [])) < 2 for h in e.heads)}
    return [
        replace(e, tuplet=None, count=0)
        if e.tuplet is not None and e.group is not None and (e.group, e.tuplet) not in meant else e
        for e in events
    ]


def _columns_of_loose(heads: list[Symbol], staff_of: dict[int, int], space: float) -> list[list[Symbol]]:
    """Stemless heads of one kind, staff and column are one chord (seconds stand a head apart)."""
    chords: list[list[Symbol]] = []
    for head in sorted(heads, key=lambda h: (staff_of[h.id], h.box.left)):
        for chord in reversed(chords[-4:]):
            other = chord[0]
            near = min(abs(head.box.center[0] - h.box.center[0]) for h in chord)
            aside = abs(head.box.left - other.box.left)
            if (
                other.name == head.name and staff_of[other.id] == staff_of[head.id] and near < 6 * space
                and (aside < 0.6 * space or (aside < 2 * space and near < 0.75 * space))
            ):
                chord.append(head)
                break
        else:
            chords.append([head])
    return chords


def _beam_groups(
    beams_of: dict[int, list[int]], chords: Sequence[tuple[Stroke | None, list[Symbol]]]
) -> dict[int, int]:
    """Stem id -> group id for chords joined, directly or through others, by beams."""
    parent: dict[int, int] = {}

    def root(i: int) -> int:
        while parent.setdefault(i, i) != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for stem, heads in chords:
        if stem is None:
            continue
        for beam in beams_of.get(heads[0].id, []):
            # Strokes and stems share one numbering, so they can share one forest.
            parent[root(stem.id)] = root(beam)
    return {stem.id: root(stem.id) for stem, _ in chords if stem is not None and stem.id in parent}


def _chord(
    id_: int, stem: Stroke | None, heads: list[Symbol], graph: NotationGraph,
    children: dict[str, dict[int, list[int]]], symbol: dict[int, Symbol], stroke: dict[int, Stroke],
    group_of: dict[int, int], space: float,
) -> Event:
    heads = sorted(heads, key=lambda h: -h.box.center[0])
    votes: dict[int, int] = defaultdict(int)
    for h in heads:
        votes[graph.staff_of[h.id]] += 1
    staff = max(votes, key=lambda s: votes[s])
    up = None
    # A head shared with another voice also bears the other stem's flags and beams.
    own = [h for h in heads if len(children["stem"].get(h.id, [])) <= 1]
    flags = {f for h in own or heads for f in children["flag"].get(h.id, [])}
    pair = {b for h in heads for b in children["tremolo"].get(h.id, []) if b in stroke}
    beams = {b for h in own or heads for b in children["beam"].get(h.id, [])} - pair
    x = min(h.box.left for h in heads)
    if stem is not None:
        (top, c0), (bottom, c1) = stem.points[0], stem.points[-1]
        rows = [h.box.center[0] for h in heads]
        up = min(rows) - top > bottom - max(rows)
        col = (c0 + c1) / 2
        proper = [h for h in heads if (h.box.center[1] < col) == up]
        if not own:
            # All are shared: beams and flags belong to the stem whose tip they touch.
            tip = top if up else bottom
            beams = {b for b in beams if abs(row_at(stroke[b], col) - tip) < 3 * space}
            flags = {f for f in flags if min(abs(symbol[f].box.top - tip), abs(symbol[f].box.bottom - tip)) < 2 * space}
        x = min(h.box.left for h in proper or heads)
    base = max((HEAD_QUARTERS.get(h.name, 1.0) for h in heads), key=lambda q: sum(
        HEAD_QUARTERS.get(h.name, 1.0) == q for h in heads))
    levels = 0
    if base == 1.0:
        flag_levels = [FLAG_LEVELS[_flag_kind(symbol[f].name)] for f in flags]
        levels = len(beams) or max([*flag_levels, len(flag_levels)], default=0)
    if pair:
        base /= 2
    dots_by_head = [len(children["dot"].get(h.id, [])) for h in heads]
    digits = next((d for h in heads if (d := children["tuplet"].get(h.id))), [])
    ordered = sorted((stroke[b] for b in beams), key=lambda b: b.points[0][0])
    return Event(
        id_, x, staff, tuple(heads), None, int(base * TICKS) >> levels, levels, max(dots_by_head), up,
        group_of.get(stem.id) if stem is not None and beams else None, tuple(ordered), stem,
        digits[0] if digits else None, _count([symbol[d] for d in digits]),
        all(h.name.endswith("Small") for h in heads), False, bool(pair),
        sum(graph.staves[staff].position(*h.box.center) for h in heads) / len(heads), min(h.score for h in heads),
    )


def _count(digits: Sequence[Symbol]) -> int:
    """The number that tuplet digits side by side make up; 0 without any."""
    return int("".join(d.name[-1] for d in sorted(digits, key=lambda d: d.box.left)) or 0)


def _flag_kind(name: str) -> str:
    return name.removeprefix("flag").removesuffix("Small").removesuffix("Slash").removesuffix("Up").removesuffix("Down")
