"""What holds over a stretch of music: clefs, keys and times, bar by bar, settled over the staves of a system.

All staves of a system share their time, and (transposing parts apart) their key: staves outvote a misread one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from omr.music.bars import Bar
from omr.notation.signatures import CLEFS, clef_line, key_fifths, plain_clef, read_time
from omr.types import NotationGraph, Staff, Symbol

ClefSign = tuple[str, int, int]
"""sign, line (1 = bottom), octave change"""
UNPITCHED: dict[int, ClefSign] = {1: ("percussion", 5, 0), 3: ("percussion", 4, 0)}
"""Lines of a percussion staff -> its clef, which has B4 on that line of the five, printed or not: MusicXML names places
as under a treble clef, E4 on the lowest line printed."""

UNSURE_CLEF = 0.7
"""Opening clefs with a lower score do not change what the part's clef was."""
SMALL_CLEF = 5.5
"""Lower G clefs (spaces) are changes of clef, in small print."""


@dataclass(eq=False)
class BarContext:
    """For one bar. clefs: by page staff index, (column, clef) in order; the first column is minus infinity.
    fifths: by staff. time, symbol: where a time signature stands here, else None. key_shown: a key stands here."""

    clefs: dict[int, list[tuple[float, ClefSign]]] = field(default_factory=dict)
    fifths: dict[int, int] = field(default_factory=dict)
    key_shown: bool = False
    time: tuple[int, int] | None = None
    time_symbol: str | None = None
    times_seen: list[tuple[tuple[int, int], float]] = field(default_factory=list)
    """every staff's time signature here, with its score 0-1"""


class _Page:
    """Signatures of one page, by staff."""

    def __init__(self, graph: NotationGraph):
        symbol = {s.id: s for s in graph.symbols}
        groups: dict[tuple[str, int], list[Symbol]] = defaultdict(list)
        for edge in graph.edges:
            if edge.kind in ("key", "time"):
                groups[edge.kind, edge.parent].append(symbol[edge.child])
        self.keys: dict[int, list[list[Symbol]]] = defaultdict(list)
        self.times: dict[int, list[list[Symbol]]] = defaultdict(list)
        for (kind, parent), members in groups.items():
            if parent in graph.staff_of:
                (self.keys if kind == "key" else self.times)[graph.staff_of[parent]].append(members)
        self.clefs: dict[int, list[Symbol]] = defaultdict(list)
        for s in sorted(graph.symbols, key=lambda s: s.box.left):
            if s.name in CLEFS and s.id in graph.staff_of:
                self.clefs[graph.staff_of[s.id]].append(s)


def first_clefs(graph: NotationGraph) -> dict[int, str]:
    """Sign of the first clef of each staff that begins with one."""
    signs: dict[int, str] = {}
    for s in sorted(graph.symbols, key=lambda s: s.box.left):
        if s.name in CLEFS and s.id in graph.staff_of:
            staff = graph.staff_of[s.id]
            if _opens(s, graph.staves[staff]):
                signs.setdefault(staff, CLEFS[s.name][0])
    return {**signs, **{s.index: "percussion" for s in graph.staves if s.line_count in UNPITCHED}}


def agree_on_octaves(
    graphs: Sequence[NotationGraph], place_of: Mapping[tuple[int, int], tuple[int, int]]
) -> list[NotationGraph]:
    """The graphs with the clefs that open a part's systems agreed on an octave mark: a staff that is a tenor's in one
    system is not a soprano's in the next. Most systems decide, and where they are even, that there is none. A mark
    for which the clef does not reach far enough is none: unknown fonts have curls that look like one."""
    votes: dict[tuple[tuple[int, int], str], Counter[str]] = defaultdict(Counter)
    opening: list[tuple[int, int, tuple[tuple[int, int], str]]] = []
    for graph, staff, place, clef in _clefs(graphs, place_of):
        if _opens(clef, staff):
            kind = place, plain_clef(clef.name)
            votes[kind][clef.name if _reaches_octave(clef, staff) else kind[1]] += 1
            opening.append((graph.page, clef.id, kind))
    most = {kind: max(v, key=lambda name: (v[name], name == kind[1])) for kind, v in votes.items()}
    renamed = {(page, clef): most[kind] for page, clef, kind in opening}
    return [replace(g, symbols=tuple(replace(s, name=renamed.get((g.page, s.id), s.name)) for s in g.symbols))
            for g in graphs]


def without_unlikely_clefs(
    graphs: Sequence[NotationGraph], place_of: Mapping[tuple[int, int], tuple[int, int]]
) -> list[NotationGraph]:
    """The graphs without clefs that would change a part's clef between two systems, unannounced, and of which the
    detector is unsure: a change is printed at the end of the line before as well. An unsure clef in a part's first
    system has to be the part's usual one."""
    votes: dict[tuple[int, int], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for _, _, place, clef in _clefs(graphs, place_of):
        votes[place][CLEFS[clef.name][0]] += clef.score
    now = {place: max(weights, key=lambda sign: weights[sign]) for place, weights in votes.items()}
    gone = set()
    for graph, staff, place, clef in _clefs(graphs, place_of):
        sign = CLEFS[clef.name][0]
        if staff.line_count in UNPITCHED:
            continue
        if _opens(clef, staff) and clef.score < UNSURE_CLEF and now[place] != sign:
            gone.add((graph.page, clef.id))
        else:
            now[place] = sign
    return [replace(g, symbols=tuple(s for s in g.symbols if (g.page, s.id) not in gone)) for g in graphs]


def _clefs(
    graphs: Sequence[NotationGraph], place_of: Mapping[tuple[int, int], tuple[int, int]]
) -> Iterator[tuple[NotationGraph, Staff, tuple[int, int], Symbol]]:
    """Every clef of a part with its graph, staff and place: system by system, in each staff from left to right."""
    for graph in graphs:
        clefs: dict[int, list[Symbol]] = defaultdict(list)
        for s in sorted(graph.symbols, key=lambda s: s.box.left):
            if s.name in CLEFS and s.id in graph.staff_of:
                clefs[graph.staff_of[s.id]].append(s)
        for staff in (i for system in graph.systems for i in system.staves):
            for clef in clefs[staff] if (graph.page, staff) in place_of else ():
                yield graph, graph.staves[staff], place_of[graph.page, staff], clef


def _opens(clef: Symbol, staff: Staff) -> bool:
    """Whether a clef stands at its staff's beginning."""
    return clef.box.left < staff.left + 6 * staff.space_px


def _reaches_octave(clef: Symbol, staff: Staff) -> bool:
    """Whether a clef's box holds its octave mark. A G clef ends 3.4 spaces over the staff's middle and 3.7 under it in
    all common fonts, and at least 0.8 farther where it has one."""
    top, bottom = (staff.position(row, clef.box.center[1]) for row in (clef.box.top, clef.box.bottom))
    if clef.box.height < SMALL_CLEF * staff.space_px or clef.name not in ("gClef8va", "gClef8vb"):
        return True
    return top > 7.6 if clef.name == "gClef8va" else bottom < -8.1


def read_context(
    graphs: Sequence[NotationGraph], bars: Sequence[Bar], place_of: Mapping[tuple[int, int], tuple[int, int]]
) -> list[BarContext]:
    """The context of every bar. place_of: (page, staff index) -> (part, staff of the part)."""
    by_page = {g.page: (_Page(g), g) for g in graphs}
    _drop_lone_percussion(by_page, place_of)
    clef_now: dict[tuple[int, int], ClefSign] = {}
    key_now: dict[tuple[int, int], int] = {}
    result: list[BarContext] = []
    previous: Bar | None = None
    bare = _bare_places(by_page, bars, place_of)
    steady = _steady_keys(by_page, bars)
    for bar in bars:
        page, graph = by_page[bar.page]
        space = graph.staves[bar.system.staves[0]].space_px
        since = -1e9 if bar.first_of_system or previous is None else previous.right - space
        first_event = min((e.x for e in bar.events), default=bar.right)
        context = BarContext()
        times: list[tuple[int, int, str | None]] = []
        keys: dict[int, int] = {}
        for staff in bar.system.staves:
            place = place_of[bar.page, staff]
            own_first = min((e.x for e in bar.events if e.staff == staff), default=first_event)
            lines = graph.staves[staff].line_count
            clef = UNPITCHED[lines] if lines in UNPITCHED else clef_now.get(place) or _usual(place, graph, bar)
            history = [(-1e9, clef)]
            # A clef just before the bar's end is already the next bar's.
            for s in page.clefs[staff] if lines == 5 else ():
                if since <= s.box.left < bar.right:
                    clef = (CLEFS[s.name][0], clef_line(s, graph.staves[staff]), CLEFS[s.name][2])
                    if s.box.right < own_first + 0.5 * space:
                        history = [(-1e9, clef)]
                    else:
                        history.append((s.box.left, clef))
            context.clefs[staff] = history
            clef_now[place] = clef
            for group in page.times[staff]:
                at = min(s.box.left for s in group)
                if since <= at < max(first_event, since + 1) and at < bar.right:
                    time = read_time(group, graph.staves[staff])
                    if time is not None:
                        times.append(time)
                        context.times_seen.append((time[:2], min(s.score for s in group)))
            for group in page.keys[staff]:
                at = group[0].box.left
                if since <= at < first_event and at < bar.right:
                    # The clef before it, not one that changes between key and first note.
                    sign, line, _ = history[0][1]
                    for clef_before in (c for c in page.clefs[staff] if since <= c.box.left < at):
                        sign, line = CLEFS[clef_before.name][0], clef_line(clef_before, graph.staves[staff])
                    keys[staff] = key_fifths(group, graph.staves[staff], sign, line)
        if times:
            beats, beat_type, symbol = Counter(times).most_common(1)[0][0]
            context.time, context.time_symbol = (beats, beat_type), symbol
        if bar.first_of_system and keys and id(bar) in steady:
            keys = {s: steady[id(bar)] for s in keys}
        unpitched = {s for s in bar.system.staves if graph.staves[s].line_count in UNPITCHED}
        _settle_keys(bar, keys, key_now, place_of, bare, context, unpitched)
        result.append(context)
        previous = bar
    return result


def _drop_lone_percussion(
    by_page: Mapping[int, tuple[_Page, NotationGraph]], place_of: Mapping[tuple[int, int], tuple[int, int]]
) -> None:
    """Percussion clefs on five lines are misread where most of the part's systems begin with another clef: believed,
    one would rob its notes of their pitches."""
    drums: Counter[tuple[int, int]] = Counter()
    for number, (page, _) in by_page.items():
        for staff, clefs in page.clefs.items():
            if clefs and (number, staff) in place_of:
                drums[place_of[number, staff]] += 1 if CLEFS[clefs[0].name][0] == "percussion" else -1
    for number, (page, _) in by_page.items():
        for staff, clefs in page.clefs.items():
            if drums[place_of.get((number, staff), (-1, 0))] <= 0:
                page.clefs[staff] = [c for c in clefs if CLEFS[c.name][0] != "percussion"]


def _usual(place: tuple[int, int], graph: NotationGraph, bar: Bar) -> ClefSign:
    """A clef for a staff where none was ever seen: bass for the lower staff of two, else treble."""
    return ("F", 4, 0) if place[1] == 2 else ("G", 2, 0)


def _bare_places(
    by_page: Mapping[int, tuple[_Page, NotationGraph]], bars: Sequence[Bar],
    place_of: Mapping[tuple[int, int], tuple[int, int]],
) -> set[tuple[int, int]]:
    """Places that stay without a key signature where other parts have one, system after system (a transposing
    instrument, an old choirbook's partial signature). Staves of one part never differ."""
    with_key: Counter[tuple[int, int]] = Counter()
    without: Counter[tuple[int, int]] = Counter()
    for bar in bars:
        if not bar.first_of_system:
            continue
        page, _ = by_page[bar.page]
        first = min((e.x for e in bar.events), default=bar.right)
        shown = {s for s in bar.system.staves if any(g[0].box.left < first for g in page.keys[s])}
        parts = {place_of[bar.page, s][0] for s in shown}
        for s in bar.system.staves:
            if shown:
                (with_key if place_of[bar.page, s][0] in parts else without)[place_of[bar.page, s]] += 1
    return {place for place, n in without.items() if n >= 2 and n > 2 * with_key[place]}


def _steady_keys(
    by_page: Mapping[int, tuple[_Page, NotationGraph]], bars: Sequence[Bar]
) -> dict[int, int]:
    """Keys of systems whose own reading stands alone between systems that agree with each other: id of the system's
    first bar -> the key of its neighbours. The signature is printed anew on every system, so a lone one is misread,
    unless a change of key stands in the system before or in it."""
    starts = [b for b in bars if b.first_of_system]
    read: list[int | None] = []
    changes: list[bool] = []
    for bar in starts:
        page, graph = by_page[bar.page]
        first = min((e.x for e in bar.events), default=bar.right)
        votes: Counter[int] = Counter()
        inside = False
        for staff in bar.system.staves:
            clef = next((c for c in page.clefs[staff] if c.box.left < first), None)
            sign, line = ("G", 2) if clef is None else (CLEFS[clef.name][0], clef_line(clef, graph.staves[staff]))
            for group in page.keys[staff]:
                if group[0].box.left < first:
                    votes[key_fifths(group, graph.staves[staff], sign, line)] += 1
                else:
                    inside = True
        read.append(votes.most_common(1)[0][0] if votes else None)
        changes.append(inside)
    steady: dict[int, int] = {}
    for i, bar in enumerate(starts):
        around = [read[j] for j in ((i - 1, i + 1) if i else (1, 2)) if j < len(read)]
        quiet = not changes[i] and not (i and changes[i - 1])
        agreed = around[0] if len(around) == 2 and around[0] == around[1] else None
        if quiet and agreed is not None and read[i] not in (None, agreed):
            steady[id(bar)] = agreed
    return steady


def _settle_keys(
    bar: Bar, keys: dict[int, int], key_now: dict[tuple[int, int], int],
    place_of: Mapping[tuple[int, int], tuple[int, int]], bare: set[tuple[int, int]], context: BarContext,
    unpitched: set[int],
) -> None:
    """One key for the system where most staves agree; at a system's start what is missing is carried on."""
    staves = bar.system.staves
    votes = Counter(keys.values())
    known = [key_now[place_of[bar.page, s]] for s in staves if place_of[bar.page, s] in key_now]
    before = Counter(known).most_common(1)[0][0] if known else None
    best = max(votes, key=lambda k: (votes[k], k == before, abs(k)), default=0)
    # A new key stands on most staves; one staff alone has misread, or a note's accidental.
    if votes and (before is None or best == before or 2 * votes[best] > len(staves)):
        for s in staves:
            place = place_of[bar.page, s]
            own = keys.get(s, 0 if place in bare else best)
            # A staff may differ (transposing instruments) only if it did so before or by a fair distance.
            far = abs(own - best) >= 2 and len(staves) > 4
            key_now[place] = own if own == key_now.get(place) or place in bare or far else best
        context.key_shown = True
    for s in staves:
        context.fifths[s] = 0 if s in unpitched else key_now.setdefault(place_of[bar.page, s], 0)
