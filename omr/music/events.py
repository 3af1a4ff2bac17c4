"""The graph read back as music without time: chords and rests, with what is printed on them.

An `Event` is one chord of the graph or one rest, with its printed duration. `omr.music.rhythm` finds out when it
sounds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from omr.notation.chords import chords_of
from omr.types import Chord, EdgeKind, Given, NotationGraph, Stroke, Symbol
from omr.types.vocabulary import HEAD_QUARTERS, REST_QUARTERS, flag_levels

TICKS = 10080
"""Ticks of a quarter note: 2^5 x 3^2 x 5 x 7, so that 128ths and tuplets of 3, 5, 6, 7 and 9 are whole numbers."""
SECOND_ASIDE = 0.6
"""Least distance between the left edges of a second's two noteheads, in staff spaces. Noteheads in one column differ by
less."""
ALIGNED = 0.4
"""Greatest distance between the left edges of aligned things, in staff spaces."""
SAME_ROW = 0.5
"""Dots whose rows differ by less than this, in staff spaces, belong to one note. Those of two notes are a space
apart."""
SAME_PLACE = 0.1
"""Greatest distance, in staff spaces, between two drawings of the same thing. MuseScore draws the two stems of a note
of two voices 0.07 apart."""
BESIDE = 0.6
"""Greatest distance, in staff spaces, between chords of two voices under beams in one place. Verovio draws them 0.3
apart."""
BINDING = ("quarters", "dots", "tuplet", "group", "alike", "voice", "onset")
"""What a person may say about a notehead or rest that fixes the rhythm of its event."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What is printed of an event's length. The fields are those of `Event`."""

    base: int
    levels: int
    dots: int
    group: int | None
    tuplet: int | None
    count: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Event:
    """One chord or rest as it is printed.

    id: that of the chord's stem, of its first notehead, or of the rest, so that it stays when others are added or
        removed.
    x: column of the left edge in pixels, by which engravers align.
    staff: index on the page.
    heads: from the lowest up.
    base: ticks without dots and tuplets.
    levels: number of flags or beams.
    group: the same for the chords under one beam.
    tuplet: id of the first digit over it; None without one. count: the number that the digits make (1 and 2 make 12).
    grace: whether its noteheads are small. slashed: whether its flag is struck through, as those of grace notes are.
    cue: whether its noteheads are small, but sound in time.
    tremolo: whether it is one of two chords with a tremolo between them. Each of these lasts half of its printed length
        (`base` is how long it lasts).
    position: mean staff position of the noteheads, in half spaces.
    up: whether the stem points up; None without a stem.
    score: of the least sure notehead, 0-1.
    dot_score: of the surest of its dots; 1 without any.
    given: what a person said about it; None for nothing. `base`, `dots`, `tuplet` and `count` are as it says then.
    printed: what these were before; None if nothing was said.
    exact: whether it was drawn, so that no dot, flag or beam of it was missed.
    ahead: pixels by which its accidentals reach farther left than `x`. graces: the same for its grace notes.
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
    slashed: bool = False
    cue: bool = False
    tremolo: bool = False
    position: float = 0.0
    score: float = 1.0
    dot_score: float = 1.0
    given: Given | None = None
    printed: Printed | None = None
    exact: bool = False
    ahead: float = 0.0
    graces: float = 0.0

    @property
    def ticks(self) -> int:
        """Printed duration, including dots."""
        return dotted(self.base, self.dots)

    def as_printed(self) -> Printed:
        """What is printed of its length, whatever a person said."""
        return self.printed or Printed(self.base, self.levels, self.dots, self.group, self.tuplet, self.count)


def dotted(base: int, dots: int) -> int:
    """Ticks of a note or rest of `base` ticks with dots. Each dot adds half of what the one before adds."""
    return base * ((2 << dots) - 1) >> dots


def read_events(graph: NotationGraph) -> list[Event]:
    """Every chord and rest of a page that is on a staff."""
    ink = _Ink(graph)
    chords = [(c, heads) for c in chords_of(graph)
              if (heads := [ink.symbol[h] for h in c.heads if h in graph.staff_of and h in ink.symbol])]
    group_of = _beam_groups([c for c, _ in chords])
    shared = {h for h, n in Counter(h for c, _ in chords for h in c.heads).items() if n > 1}
    events = [_chord(heads[0].id if chord.stem is None else chord.stem, chord, heads, ink, group, shared)
              for (chord, heads), group in zip(chords, group_of, strict=True)]
    for s in graph.symbols:
        if s.kind == "rest" and s.id in graph.staff_of:
            events.append(_rest(s.id, s, ink))
    numbered = {(e.parent, e.child) for e in graph.edges if e.kind == "tuplet"}
    if graph.exact:
        events = _of_one_kind(_of_two_groups(_drawn_once(events, graph.space_px), graph.space_px))
    events = _own_tuplets(_aligned_seconds(events, graph), shared, numbered)
    return [_as_given(e, graph) for e in events] if graph.given else events


def _of_two_groups(events: Sequence[Event], space: float) -> list[Event]:
    """Separate two voices whose beams lie over one another, so that each chord under them has another one close beside
    it. The right ones of all pairs are the group of the other voice."""
    under: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        if event.group is not None:
            under[event.group].append(event)
    other: dict[int, int] = {}
    for members in under.values():
        members.sort(key=lambda e: e.x)
        pairs = list(zip(members[::2], members[1::2], strict=False))
        if len(members) % 2 == 0 and len(pairs) > 1 and all(b.x - a.x < BESIDE * space for a, b in pairs):
            other |= {b.id: pairs[0][1].id for _, b in pairs}
    return [replace(e, group=other.get(e.id, e.group)) for e in events]


def _drawn_once(events: Sequence[Event], space: float) -> list[Event]:
    """Join notes of two voices under one beam that are drawn twice in the same place, each time with a stem. Such a
    pair becomes one event with the noteheads of both."""
    kept: list[Event] = []
    for event in events:
        twin = next((i for i, e in enumerate(kept) if event.group is not None and e.group == event.group
                     and e.up == event.up and e.dots == event.dots and e.levels == event.levels
                     and abs(e.x - event.x) < SAME_PLACE * space
                     and abs(e.position - event.position) < SAME_PLACE), None)
        if twin is None:
            kept.append(event)
        else:
            kept[twin] = replace(kept[twin], heads=(*kept[twin].heads, *event.heads))
    return kept


def _of_one_kind(events: Sequence[Event]) -> list[Event]:
    """If two events share two unlike noteheads in one place, such as a hollow and a filled one, leave one to each of
    them. The filled one belongs to the event with a beam or flag, or with its stem up (`omr.music.swaps` tries the
    other way). The full-sized one belongs to the event with the longer stem."""
    sharing: dict[frozenset[int], list[Event]] = defaultdict(list)
    for event in events:
        if len({h.name for h in event.heads}) == len(event.heads) == 2:
            sharing[frozenset(h.id for h in event.heads)].append(event)
    own: dict[int, Event] = {}
    for pair in (pair for pair in sharing.values() if len(pair) == 2):
        ordered = sorted(pair, key=lambda e: (e.levels, bool(e.up)))
        heads = sorted(pair[0].heads, key=lambda h: h.symbol_class.is_filled)
        if heads[0].symbol_class.is_filled == heads[1].symbol_class.is_filled:
            ordered = sorted(pair, key=_stem_length)
            heads = sorted(heads, key=lambda h: not h.symbol_class.is_small)
        for event, head in zip(ordered, heads, strict=True):
            base = int(HEAD_QUARTERS.get(head.name, 1.0) * TICKS)
            own[event.id] = replace(event, heads=(head,), grace=head.symbol_class.is_small,
                                    base=base >> event.levels if head.symbol_class.is_filled else base)
    return [own.get(e.id, e) for e in events]


def _stem_length(event: Event) -> float:
    """Length of an event's stem, in pixels."""
    return 0.0 if event.stem is None else event.stem.points[-1][0] - event.stem.points[0][0]


def _as_given(event: Event, graph: NotationGraph) -> Event:
    """The event as a person said that it is."""
    given = given_of(event, graph)
    return event if given is None else with_given(event, given)


def given_of(event: Event, graph: NotationGraph) -> Given | None:
    """What a person said about an event's rhythm; None for nothing. What was said about any notehead holds for its
    chord."""
    ids = [event.rest.id] if event.rest is not None else [h.id for h in event.heads]
    said = [graph.given[i] for i in ids if i in graph.given]
    if not said:
        return None
    values: dict[str, Any] = {name: next((v for s in said if (v := getattr(s, name)) is not None), None)
                              for name in BINDING}
    given = Given(**values)
    return None if given == Given() else given


def with_given(event: Event, given: Given) -> Event:
    """An event as a person said that it is. What was said about it before is forgotten."""
    printed = event.as_printed()
    event = replace(event, **asdict(printed))
    if given.quarters is not None:
        base = int(given.quarters * TICKS)
        levels = max(0, TICKS.bit_length() - base.bit_length()) if event.rest is None else 0
        event = replace(event, base=base, levels=levels, group=event.group if levels else None)
    if given.dots is not None:
        event = replace(event, dots=given.dots)
    if given.tuplet == (1, 1):
        event = replace(event, tuplet=None, count=0)
    elif given.tuplet is not None:
        event = replace(event, tuplet=given.group, count=given.tuplet[0])
    return replace(event, given=given, printed=printed)


class _Ink:
    """A page's symbols and strokes by id, and what belongs to each notehead and rest."""

    def __init__(self, graph: NotationGraph):
        self.graph = graph
        self.symbol = graph.symbol_by_id
        self.stroke = {s.id: s for s in graph.strokes}
        self._children: dict[tuple[EdgeKind, int], list[int]] = defaultdict(list)
        for edge in graph.edges:
            self._children[edge.kind, edge.parent].append(edge.child)

    def hanging(self, kind: EdgeKind, parent: Symbol) -> Sequence[int]:
        """Ids of what belongs to a notehead or rest by edges of one kind."""
        return self._children.get((kind, parent.id), ())

    def digits(self, parent: Symbol, up: bool | None = None) -> tuple[int | None, int]:
        """Id of the first digit of the tuplet number over a notehead or rest (None without one), and the number. If
        there are two numbers, above and below the staff, the stem points to the right one; otherwise it is the nearer
        one. up: whether the stem points up; None if that does not matter."""
        digits = [self.symbol[i] for i in self.hanging("tuplet", parent)]
        if not digits:
            return None, 0
        rows = [d.box.center[0] for d in digits]
        ahead = [row for row in rows if up is not None and (row < parent.box.center[0]) == up]
        row = min(ahead or rows, key=lambda row: abs(row - parent.box.center[0]))
        number = sorted((d for d in digits if abs(d.box.center[0] - row) < d.box.height), key=lambda d: d.box.left)
        return number[0].id, int("".join(str(d.symbol_class.digit) for d in number))


def _rest(id_: int, rest: Symbol, ink: _Ink) -> Event:
    staff = ink.graph.staff_of[rest.id]
    tuplet, count = ink.digits(rest)
    return Event(
        id=id_, x=rest.box.left, staff=staff, rest=rest, base=int(REST_QUARTERS[rest.name] * TICKS),
        dots=len(ink.hanging("dot", rest)), tuplet=tuplet, count=count,
        position=ink.graph.staves[staff].position(*rest.box.center), score=rest.score,
        dot_score=_dot_score([rest], ink), exact=ink.graph.exact,
    )


def _aligned_seconds(events: list[Event], graph: NotationGraph) -> list[Event]:
    """Move every chord with a second and without a stem to the column of its main notehead.

    The noteheads of a second are in two columns. Without a stem nothing on the chord says which of them is the main
    one. It is the one that is aligned with other events of the system.
    """
    space = graph.space_px
    system_of = {staff: system.index for system in graph.systems for staff in system.staves}
    aligned = []
    for event in events:
        columns = {min(h.box.left for h in event.heads), max(h.box.left for h in event.heads)} if event.heads else set()
        if event.stem is None and len(columns) == 2 and max(columns) - min(columns) > SECOND_ASIDE * space:
            others = [e.x for e in events
                      if e is not event and system_of.get(e.staff) == system_of.get(event.staff)]
            off, x = min(((abs(x - other), x) for other in others for x in sorted(columns)), default=(space, event.x))
            if off < ALIGNED * space:
                event = replace(event, x=x)
        aligned.append(event)
    return aligned


def _own_tuplets(events: list[Event], shared: set[int], numbered: set[tuple[int, int]]) -> list[Event]:
    """Remove tuplets that events only have because they share a notehead with another voice.

    The digit over a shared notehead is given to the chords of both voices, but it counts for one of them. It counts for
    a beamed group if any chord of the group has a notehead under the same digit that it does not share. Then it does
    not count for a note without a beam whose noteheads under the digit are all shared with that group.

    shared: ids of the noteheads that are in two chords.
    numbered: (id of a notehead, id of a digit over it).
    """
    meant = {(e.group, e.tuplet) for e in events if any(h.id not in shared for h in e.heads)}
    of_groups = {(h.id, e.tuplet) for e in events if e.group is not None and (e.group, e.tuplet) in meant
                 for h in e.heads if h.id in shared}

    def is_owed(e: Event) -> bool:
        if e.tuplet is None or not e.heads:
            return False
        if e.group is not None:
            return (e.group, e.tuplet) not in meant
        return all((h.id, e.tuplet) in of_groups for h in e.heads if (h.id, e.tuplet) in numbered)

    return [replace(e, tuplet=None, count=0) if is_owed(e) else e for e in events]


def _beam_groups(chords: Sequence[Chord]) -> list[int | None]:
    """For every chord the id of its group of chords that beams join, directly or through others; None without beams."""
    parent: dict[int, int] = {}

    def root(beam: int) -> int:
        while parent.setdefault(beam, beam) != beam:
            parent[beam] = parent[parent[beam]]
            beam = parent[beam]
        return beam

    for chord in chords:
        for beam in chord.beams[1:]:
            parent[root(beam)] = root(chord.beams[0])
    return [root(c.beams[0]) if c.beams else None for c in chords]


def _chord(
    id_: int, chord: Chord, heads: Sequence[Symbol], ink: _Ink, group: int | None, shared: Collection[int]
) -> Event:
    """The event of a chord.

    heads: those of its noteheads that are on a staff.
    group: of chords under one beam.
    shared: ids of the page's noteheads that are in two chords.

    Two voices may share a notehead although one plays it longer. It is hollow then, and the other voice's length is
    told by its beam or flag. On a drawn page the same is true of a chord under a beam whose hollow notehead is its own.
    """
    staves, staff_of = ink.graph.staves, ink.graph.staff_of
    heads = sorted(heads, key=lambda h: -h.box.center[0])
    staff = Counter(staff_of[h.id] for h in heads).most_common(1)[0][0]
    stem = None if chord.stem is None else ink.stroke[chord.stem]
    between = {b for h in heads for b in ink.hanging("tremolo", h) if b in ink.stroke}
    beams = sorted((ink.stroke[b] for b in chord.beams if b not in between), key=lambda b: b.points[0][0])
    main = heads
    if stem is not None:
        # The notehead of a second on the other side of the stem is not aligned.
        col = (stem.points[0][1] + stem.points[-1][1]) / 2
        main = [h for h in heads if (h.box.center[1] < col) == chord.up] or heads
    beamed = bool(beams or chord.flags)
    base = Counter(1.0 if beamed and h.id in shared or beams and ink.graph.exact else HEAD_QUARTERS.get(h.name, 1.0)
                   for h in heads).most_common(1)[0][0]
    levels = 0
    if base == 1.0:
        flags = [flag_levels(ink.symbol[f].name) for f in chord.flags if f in ink.symbol]
        levels = len(beams) or max([*flags, len(flags)], default=0)
    tuplet, count = next((t for h in heads if (t := ink.digits(
        h, chord.up if ink.graph.exact and h.id in shared else None))[0] is not None), (None, 0))
    x = min(h.box.left for h in main)
    accidentals = [ink.symbol[a].box.left for h in heads for a in ink.hanging("accidental", h)]
    graces = [ink.symbol[g].box.left for h in heads for g in ink.hanging("grace", h) if g in ink.symbol]
    return Event(
        id=id_, x=x, staff=staff, heads=tuple(heads), ahead=max(x - min(accidentals, default=x), 0.0),
        graces=max(x - min(graces, default=x), 0.0),
        base=int((base / 2 if between else base) * TICKS) >> levels, levels=levels,
        dots=_dots(heads, ink), up=chord.up,
        group=group if beams else None, beams=tuple(beams), stem=stem, tuplet=tuplet, count=count,
        grace=all(h.symbol_class.is_small for h in heads), tremolo=bool(between),
        slashed=any(ink.symbol[f].name.endswith("Slash") for f in chord.flags if f in ink.symbol),
        position=sum(staves[staff].position(*h.box.center) for h in heads) / len(heads),
        score=min(h.score for h in heads), dot_score=_dot_score(heads, ink), exact=ink.graph.exact,
    )


def _dots(heads: Sequence[Symbol], ink: _Ink) -> int:
    """How many dots a chord has: the most in one row. Dots are counted by rows, because the two noteheads of a second
    are so close that both dots may be attached to one of them."""
    dots = {d: ink.symbol[d].box.center[0] for h in heads for d in ink.hanging("dot", h) if d in ink.symbol}
    row = SAME_ROW * ink.graph.space_px
    return max((sum(abs(other - own) < row for other in dots.values()) for own in dots.values()), default=0)


def _dot_score(owners: Sequence[Symbol], ink: _Ink) -> float:
    """The score of the surest dot of these noteheads or this rest; 1 without any."""
    return max((ink.symbol[d].score for s in owners for d in ink.hanging("dot", s) if d in ink.symbol), default=1.0)
