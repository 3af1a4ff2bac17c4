"""A bar in time becomes notes: pitches, printed types, beams, ties, slurs and what hangs on the heads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from omr.music.bars import Bar
from omr.music.context import BarContext
from omr.music.events import TICKS, Event
from omr.music.rhythm import Placed
from omr.notation.curves import Joined
from omr.notation.pitch import ACCIDENTAL_NAMES, ALTERS, BarAccidentals, diatonic
from omr.notation.placing import Ledgers
from omr.notation.signs import marks_of
from omr.types import NotationGraph, Note, NoteHead, NoteType, Pitch, Rest, Symbol

TYPES: dict[int, NoteType] = {
    8 * TICKS: "breve", 4 * TICKS: "whole", 2 * TICKS: "half", TICKS: "quarter", TICKS // 2: "eighth",
    TICKS // 4: "16th", TICKS // 8: "32nd", TICKS // 16: "64th", TICKS // 32: "128th",
}


HEADS: dict[str, NoteHead] = {
    "noteheadXBlack": "x", "noteheadDiamondBlack": "diamond", "noteheadDiamondHalf": "diamond",
    "noteheadPlusBlack": "cross", "noteheadSlash": "slash", "noteheadSlashWhite": "slash",
}
"""MusicXML's names of noteheads that are not round."""


def quarters(ticks: int) -> Fraction:
    return Fraction(ticks, TICKS)


class PageMarks:
    """What hangs on each head or rest of a page, by its id."""

    def __init__(self, graph: NotationGraph, curves: Joined):
        symbol = {s.id: s for s in graph.symbols}
        stroke = {s.id: s for s in graph.strokes}
        self.staves, self.staff_of = graph.staves, graph.staff_of
        self.ledgers = Ledgers(graph.strokes, graph.staves)
        self.accidental: dict[int, Symbol] = {}
        self.marks = marks_of(graph)
        self.cautionary: set[int] = set()
        """accidentals in parentheses"""
        self.slashed: set[int] = set()
        """heads whose flag has a stroke through it"""
        self.tie_start: dict[int, int | None] = {}
        """head -> the head it is tied to, None over a system's end"""
        self.tie_stop: dict[int, int | None] = {}
        self.slur_starts: dict[int, list[int]] = defaultdict(list)
        self.slur_stops: dict[int, list[int]] = defaultdict(list)
        """head -> numbers of the slurs that begin or end there"""
        self.grace_of: dict[int, int] = {}
        """grace head -> head it leads to"""
        heads_of: dict[tuple[str, int], list[int]] = defaultdict(list)
        for edge in graph.edges:
            if edge.kind == "flag" and symbol[edge.child].name.endswith("Slash"):
                self.slashed.add(edge.parent)
            elif edge.kind == "accidental" and edge.child in symbol and "Parens" in symbol[edge.child].name:
                self.cautionary.add(edge.parent)
            elif edge.kind == "accidental":
                self.accidental[edge.parent] = symbol[edge.child]
            elif edge.kind in ("tie", "slur"):
                settled = curves.kinds.get((graph.page, edge.child), edge.kind)
                heads_of[settled, edge.child].append(edge.parent)
            elif edge.kind == "grace":
                self.grace_of[edge.child] = edge.parent
        for (kind, curve), heads in heads_of.items():
            ends: list[int | None] = [*sorted(set(heads), key=lambda h: symbol[h].box.left)]
            if len(ends) == 1:  # the other half is on another system
                points = stroke[curve].points
                onward = symbol[heads[0]].box.center[1] < (points[0][1] + points[-1][1]) / 2
                ends = [heads[0], None] if onward else [None, heads[0]]
            start, stop = ends[0], ends[-1]
            if kind == "tie":
                if start is not None:
                    self.tie_start[start] = stop
                if stop is not None:
                    self.tie_stop[stop] = start
            else:
                number = curves.numbers[graph.page, curve]
                if start is not None:
                    self.slur_starts[start].append(number)
                if stop is not None:
                    self.slur_stops[stop].append(number)


class PitchReader:
    """Reads pitches bar by bar in score order, remembering ties that cross systems."""

    def __init__(self) -> None:
        self.alter_of: dict[int, float] = {}
        self.open_ties: dict[tuple[int, int, int], float] = {}

    def new_page(self) -> None:
        """Ids start anew on every page."""
        self.alter_of = {}

    def read(
        self, bar: Bar, context: BarContext, marks: PageMarks, place_of: Mapping[int, tuple[int, int]],
        octaves: Mapping[int, int],
    ) -> dict[int, Pitch]:
        """Pitch of every head of a bar. octaves: head -> octaves to sound higher (ottava)."""
        pitches: dict[int, Pitch] = {}
        heads = [(h, e) for e in (*bar.events, *bar.graces) for h in e.heads]
        accidentals = {s: BarAccidentals(context.fifths[s]) for s in context.fifths}
        for head, event in sorted(heads, key=lambda p: p[0].box.center[1]):
            staff = marks.staff_of.get(head.id, event.staff)
            if staff not in context.clefs:
                staff = event.staff
            clef = [c for at, c in context.clefs[staff] if at < head.box.left][-1]
            position = round(marks.ledgers.position(marks.staves[staff], *head.box.center))
            number = diatonic(position, *clef)
            shown = marks.accidental.get(head.id)
            part, row = place_of[staff]
            tied: float | None = None
            if head.id in marks.tie_stop:
                source = marks.tie_stop[head.id]
                tied = self.alter_of.get(source) if source is not None else self.open_ties.get((part, row, number))
            pitch = accidentals[staff].pitch(
                number, None if shown is None else ALTERS[shown.name], tied, octaves.get(head.id, 0)
            )
            self.alter_of[head.id] = pitch.alter
            if head.id in marks.tie_start and marks.tie_start[head.id] is None:
                self.open_ties[part, row, number] = pitch.alter
            pitches[head.id] = pitch
        return pitches


def beams_of(group: Sequence[Placed]) -> dict[int, tuple[str, ...]]:
    """MusicXML beams of each event of one beamed group, by event id: levels joined where strokes are shared."""
    ordered = sorted(group, key=lambda p: p.event.x)
    joined = []
    for a, b in pairwise(ordered):
        common = len({s.id for s in a.event.beams} & {s.id for s in b.event.beams})
        joined.append(max(1, min(common, _levels(a), _levels(b))))
    result: dict[int, tuple[str, ...]] = {}
    for i, p in enumerate(ordered):
        marks = []
        for level in range(1, _levels(p) + 1):
            before = i > 0 and joined[i - 1] >= level
            after = i < len(joined) and joined[i] >= level
            if before and after:
                marks.append("continue")
            elif before:
                marks.append("end")
            elif after:
                marks.append("begin")
            else:
                marks.append(_hook(p, i, len(ordered)))
        result[p.event.id] = tuple(marks)
    return result


def _levels(p: Placed) -> int:
    level, base = 0, p.base
    while base < TICKS:
        level, base = level + 1, base * 2
    return level


def _hook(p: Placed, i: int, n: int) -> str:
    """Forward or backward: the side on which most of the innermost beam lies."""
    stem = p.event.stem
    if i in (0, n - 1) or stem is None or not p.event.beams:
        return "forward hook" if i == 0 else "backward hook"
    col = stem.points[0][1]
    shortest = min(p.event.beams, key=lambda b: b.points[-1][1] - b.points[0][1])
    return "forward hook" if shortest.points[0][1] + shortest.points[-1][1] > 2 * col else "backward hook"


def make_notes(
    placed: Placed, pitches: Mapping[int, Pitch], marks: PageMarks, place_of: Mapping[int, tuple[int, int]],
    voice: int, beams: tuple[str, ...], tuplet_ends: tuple[str, ...],
) -> tuple[list[Note], list[Rest]]:
    """The notes of one chord, or the one rest."""
    event = placed.event
    # Of a tremolo's two notes each shows the length of both.
    kind = TYPES.get(2 * placed.base if event.tremolo else placed.base, "quarter")
    onset, length = quarters(placed.onset), quarters(placed.ticks)
    if event.rest is not None:
        return [], [Rest(
            onset, length, voice, place_of[event.staff][1], kind, placed.dots, placed.ratio, tuplet_ends, False, False,
            tuple(marks.marks.get(event.rest.id, ())), event.score, (event.rest.id,),
        )]
    notes = []
    for i, head in enumerate(event.heads):
        staff = place_of.get(marks.staff_of.get(head.id, event.staff), place_of[event.staff])[1]
        notes.append(_note(head, event, pitches[head.id], marks, onset, length, voice, staff, kind, placed.dots,
                           placed.ratio, tuplet_ends if i == 0 else (), beams if i == 0 else (), i == 0))
    return notes, []


def make_graces(
    event: Event, place: int, beams: tuple[str, ...], onset: Fraction, voice: int, pitches: Mapping[int, Pitch],
    marks: PageMarks, place_of: Mapping[int, tuple[int, int]],
) -> list[Note]:
    """A grace chord, the `place`th before what stands at `onset`."""
    kind = TYPES.get(event.base, "eighth")
    made = [
        _note(head, event, pitches[head.id], marks, onset, Fraction(0), voice, place_of[event.staff][1], kind, 0, None,
              (), beams if i == 0 else (), i == 0, grace=True)
        for i, head in enumerate(event.heads)
    ]
    return [replace(note, grace_place=place, slash=any(h.id in marks.slashed for h in event.heads)) for note in made]


def beams_of_graces(graces: Sequence[Event]) -> dict[int, tuple[str, ...]]:
    """MusicXML beams of a bar's grace notes, by event id."""
    groups: dict[int, list[Placed]] = defaultdict(list)
    for e in graces:
        if e.group is not None:
            groups[e.group].append(Placed(e, 0, 0, e.base, 0, 0, e.staff, None, 0))
    return {event: marks for g in groups.values() if len(g) > 1 for event, marks in beams_of(g).items()}


def _note(
    head: Symbol, event: Event, pitch: Pitch, marks: PageMarks, onset: Fraction, length: Fraction, voice: int,
    staff: int, kind: NoteType, dots: int, ratio: tuple[int, int] | None, tuplet_ends: tuple[str, ...],
    beams: tuple[str, ...], first: bool, grace: bool = False,
) -> Note:
    shown = marks.accidental.get(head.id)
    used = [head.id] + ([shown.id] if shown else []) + ([event.stem.id] if event.stem else [])
    return Note(
        onset, length, voice, staff, pitch, kind, dots, ratio, tuplet_ends, grace, event.cue,
        "none" if event.up is None else "up" if event.up else "down", beams,
        head.id in marks.tie_start, head.id in marks.tie_stop,
        tuple(marks.slur_starts.get(head.id, ())), tuple(marks.slur_stops.get(head.id, ())),
        ACCIDENTAL_NAMES[ALTERS[shown.name]] if shown else None, shown is not None and shown.id in marks.cautionary,
        tuple(dict.fromkeys(marks.marks.get(head.id, ()))), head.score, tuple(used), head=HEADS.get(head.name, ""),
    )
