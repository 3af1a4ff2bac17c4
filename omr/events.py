"""The graph read back as music without time: chords and rests with what is printed on them, bar by bar.

An `Event` is one chord (heads on one stem, or whole notes in one column) or one rest, with its printed duration;
when it sounds is `omr.voices`' to find out. A `Bar` is the stretch of one system between two barlines.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from omr.stems import row_at
from omr.types import NotationGraph, Staff, Stroke, Symbol, System

TICKS = 10080
"""Ticks of a quarter note: 2^5 x 3^2 x 5 x 7, so that 128ths and tuplets of 3, 5, 6, 7, 9 are whole."""
REST_QUARTERS = {
    "restDoubleWhole": 8.0, "restWhole": 4.0, "restHalf": 2.0, "restQuarter": 1.0, "rest8th": 0.5, "rest16th": 0.25,
    "rest32nd": 0.125, "rest64th": 0.0625, "rest128th": 0.03125,
}
HEAD_QUARTERS = {"noteheadDoubleWhole": 8.0, "noteheadWhole": 4.0, "noteheadHalf": 2.0, "noteheadHalfSmall": 2.0}
FLAG_LEVELS = {"8th": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5}
THICK = 0.33
"""A barline at least this thick (spaces) is a heavy one."""


@dataclass(frozen=True, eq=False)
class Event:
    """One chord or rest as printed.

    x: left edge, pixels, what engravers align. staff: index on the page. base: ticks without dots and tuplets.
    levels: flags or beams. group: chords under one beam share it. tuplet: id of the digit over it, count: its number.
    position: mean staff position. up: the stem's direction, None without a stem.
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
    position: float = 0.0
    score: float = 1.0

    @property
    def ticks(self) -> int:
        """Printed duration, dots applied."""
        return dotted(self.base, self.dots)


@dataclass(eq=False)
class Bar:
    """One measure of one system: columns left <= x < right (pixels), and what stands in it."""

    page: int
    system: System
    left: float
    right: float
    left_style: str = "regular"
    right_style: str = "regular"
    events: list[Event] = field(default_factory=list)
    graces: list[Event] = field(default_factory=list)
    first_of_system: bool = False
    first_of_page: bool = False


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
    space = _space(graph.staves)
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
    return _own_tuplets(events, children["stem"])


def _own_tuplets(events: list[Event], stems_of: dict[int, list[int]]) -> list[Event]:
    """A head shared by two voices hands its tuplet digit to both: the voice whose beam has no other is not meant."""
    meant = {(e.group, e.tuplet) for e in events if any(len(stems_of.get(h.id, [])) < 2 for h in e.heads)}
    return [
        replace(e, tuplet=None, count=0)
        if e.tuplet is not None and e.group is not None and (e.group, e.tuplet) not in meant else e
        for e in events
    ]


def _space(staves: Sequence[Staff]) -> float:
    return sum(s.space_px for s in staves) / len(staves)


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
    beams = {b for h in own or heads for b in children["beam"].get(h.id, [])}
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
    if base == 2.0 and beams:
        base = 1.0  # two beamed half notes are a tremolo: each sounds half of what it shows
    elif base == 1.0:
        flag_levels = [FLAG_LEVELS[_flag_kind(symbol[f].name)] for f in flags]
        levels = len(beams) or max([*flag_levels, len(flag_levels)], default=0)
    dots_by_head = [len(children["dot"].get(h.id, [])) for h in heads]
    digits = next((d for h in heads if (d := children["tuplet"].get(h.id))), [])
    ordered = sorted((stroke[b] for b in beams), key=lambda b: b.points[0][0])
    return Event(
        id_, x, staff, tuple(heads), None, int(base * TICKS) >> levels, levels, max(dots_by_head), up,
        group_of.get(stem.id) if stem is not None and beams else None, tuple(ordered), stem,
        digits[0] if digits else None, _count([symbol[d] for d in digits]),
        all(h.name.endswith("Small") for h in heads),
        sum(graph.staves[staff].position(*h.box.center) for h in heads) / len(heads), min(h.score for h in heads),
    )


def _count(digits: Sequence[Symbol]) -> int:
    """The number that tuplet digits side by side make up; 0 without any."""
    return int("".join(d.name[-1] for d in sorted(digits, key=lambda d: d.box.left)) or 0)


def _flag_kind(name: str) -> str:
    return name.removeprefix("flag").removesuffix("Small").removesuffix("Up").removesuffix("Down")


def cut_bars(graph: NotationGraph, events: Sequence[Event]) -> list[Bar]:
    """The bars of a page, system by system, each with its events in order of column."""
    repeat_of: dict[int, list[float]] = defaultdict(list)
    symbol = {s.id: s for s in graph.symbols}
    for edge in graph.edges:
        if edge.kind == "repeat":
            repeat_of[edge.parent].append(symbol[edge.child].box.center[1])
    barlines = [s for s in graph.strokes if s.kind == "barline"]
    bars: list[Bar] = []
    for system in graph.systems:
        staves = [graph.staves[i] for i in system.staves]
        if not staves:
            continue
        opening = _opening(graph, system)
        inside = [e for e in events if e.staff in system.staves and e.x > opening]
        bars_here = _bars_of_system(graph.page, system, staves, barlines, repeat_of, inside)
        if bars_here:
            bars_here[0].first_of_system = True
            bars_here[0].first_of_page = not bars
        bars.extend(bars_here)
    return bars


def _opening(graph: NotationGraph, system: System) -> float:
    """The column up to which a system's first clefs, key and time reach: what is read there as a note or rest is a
    piece of them."""
    space = _space(graph.staves)
    symbol = {s.id: s for s in graph.symbols}
    signs = {e.child for e in graph.edges if e.kind in ("key", "time")}
    signs |= {s.id for s in graph.symbols if "Clef" in s.name}
    reach = -math.inf
    for staff in system.staves:
        at = graph.staves[staff].left
        mine = [symbol[i] for i in signs if graph.staff_of.get(i) == staff]
        for sign in sorted(mine, key=lambda s: s.box.left):
            if sign.box.left > at + 4 * space:
                break
            at = max(at, sign.box.right)
            reach = max(reach, sign.box.left)
    return reach


@dataclass
class _Line:
    """Barline strokes of a system at one place: their columns, thicknesses, and the staves they cross."""

    cols: list[float] = field(default_factory=list)
    thick: list[float] = field(default_factory=list)
    crossed: set[int] = field(default_factory=set)
    dots: list[float] = field(default_factory=list)

    @property
    def left(self) -> float:
        return min(self.cols)

    @property
    def right(self) -> float:
        return max(self.cols)


def _bars_of_system(
    page: int, system: System, staves: list[Staff], barlines: Iterable[Stroke], repeat_of: dict[int, list[float]],
    events: list[Event],
) -> list[Bar]:
    space = _space(staves)
    lines = _lines(staves, barlines, repeat_of, space)
    left, right = min(s.left for s in staves), max(s.right for s in staves)
    lines = [ln for ln in lines if len(ln.crossed) >= max(1, 0.5 * len(staves)) or ln.dots]
    start_style = "regular"
    while lines and lines[0].right < left + 1.5 * space:
        if any(d > lines[0].right for d in lines[0].dots):
            start_style = "repeat-start"
        lines.pop(0)
    edges = [_Line([left], [0.0]), *lines]
    if not lines or right - lines[-1].right > 3 * space:
        edges.append(_Line([right + space], [0.0]))
    bars: list[Bar] = []
    pending = start_style
    for a, b in pairwise(edges):
        here = sorted((e for e in events if a.right <= e.x + 0.5 * space < b.left + 0.4 * space), key=lambda e: e.x)
        right_style, next_left = _style(b, space)
        narrow = b.left - a.right < 6 * space
        if not here and (narrow or b is edges[-1] or (not bars and b.left - a.right < 14 * space)):
            # Signatures before a repeat sign, or a courtesy signature at the system's end, are no measure.
            if bars and right_style != "regular" and narrow:
                bars[-1].right_style = right_style
            pending = next_left if next_left != "regular" else pending
            continue
        bars.append(Bar(
            page, system, a.right, b.left, pending, right_style,
            [e for e in here if not e.grace], [e for e in here if e.grace],
        ))
        pending = next_left
    return bars


def _lines(
    staves: list[Staff], barlines: Iterable[Stroke], repeat_of: dict[int, list[float]], space: float
) -> list[_Line]:
    pieces: list[tuple[float, float, set[int], list[float]]] = []
    for barline in barlines:
        (r0, _), (r1, _) = barline.points[0], barline.points[-1]
        for staff in staves:
            (ra, ca), (rb, cb) = barline.points[0], barline.points[-1]
            middle = staff.row(0, (ca + cb) / 2)
            col = ca + (cb - ca) * (middle - ra) / (rb - ra) if rb > ra else ca
            if not staff.left - space < col < staff.right + 1.5 * space:
                continue
            shared = min(r1, staff.row(-4, col)) - max(r0, staff.row(4, col))
            if shared > 0.75 * 4 * staff.space_px:
                pieces.append((col, barline.thickness_px, {staff.index}, repeat_of.get(barline.id, [])))
    lines: list[_Line] = []
    for col, thick, crossed, dots in sorted(pieces, key=lambda p: p[0]):
        if not lines or col - lines[-1].right > 1.2 * space:
            lines.append(_Line())
        line = lines[-1]
        line.cols.append(col)
        line.thick.append(thick)
        line.crossed |= crossed
        line.dots.extend(dots)
    return lines


def _style(line: _Line, space: float) -> tuple[str, str]:
    """(right style of the bar before, left style of the bar after)."""
    middle = (line.left + line.right) / 2
    before, after = any(d < middle for d in line.dots), any(d > middle for d in line.dots)
    right = "regular"
    if before:
        right = "repeat-end"
    elif not after:
        if line.thick and max(line.thick) > THICK * space:
            right = "final"
        elif line.right - line.left > 0.3 * space and _apart(line.cols, space):
            right = "double"
    return right, "repeat-start" if after else "regular"


def _apart(cols: list[float], space: float) -> bool:
    """Whether columns form two lines rather than one that wavers: a gap with at least a third on either side."""
    ordered = sorted(cols)
    gaps = [(b - a, i + 1) for i, (a, b) in enumerate(pairwise(ordered))]
    gap, at = max(gaps, default=(0.0, 0))
    return gap > 0.25 * space and min(at, len(cols) - at) * 3 >= len(cols)
