"""Makes the notes of a bar whose rhythm is known: pitches, printed types, beams, ties, slurs and marks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from omr.music.bars import Bar
from omr.music.context import BarContext
from omr.music.events import TICKS, Event
from omr.music.placed import Placed
from omr.notation.joins import Joined
from omr.notation.pitch import ACCIDENTAL_NAMES, ALTERS, STEPS, BarAccidentals, diatonic
from omr.notation.placing import Ledgers
from omr.notation.signs import marks_of
from omr.types import EdgeKind, Given, NotationGraph, Note, NoteHead, NoteType, Pitch, Rest, StaffInPart, Symbol
from omr.types.memo import Memo

TYPES: dict[int, NoteType] = {
    16 * TICKS: "long", 8 * TICKS: "breve", 4 * TICKS: "whole", 2 * TICKS: "half", TICKS: "quarter",
    TICKS // 2: "eighth", TICKS // 4: "16th", TICKS // 8: "32nd", TICKS // 16: "64th", TICKS // 32: "128th",
}
"""Ticks of a note without dots, outside of tuplets -> its printed type."""
HEADS: dict[str, NoteHead] = {
    "noteheadXBlack": "x", "noteheadDiamondBlack": "diamond", "noteheadDiamondHalf": "diamond",
    "noteheadPlusBlack": "cross", "noteheadSlash": "slash", "noteheadSlashWhite": "slash",
}
"""Class of a notehead that is not round -> MusicXML's name of its shape."""
SLASHED_FLAGS = frozenset(("flag8thUpSlash", "flag8thDownSlash"))
"""Classes of flags with a slash, as in an acciaccatura."""

SURE_DOUBLE_SHARP = 0.97
"""With at least this score (0 to 1), a double sharp is believed in any key. Of 228 in 64 movements of Beethoven and
Mozart, 222 are before notes that the key makes sharp. Digits of fingerings look like double sharps, with scores up to
.93."""


def quarters(ticks: int) -> Fraction:
    """Ticks as quarter notes."""
    return Fraction(ticks, TICKS)


class PageMarks:
    """What belongs to the noteheads and rests of a page. All mappings are by the id of a notehead, unless said
    otherwise.

    staves, staff_of: of the page's graph.
    ledgers: its ledger lines.
    accidental: the one before a notehead.
    marks: articulations, ornaments and the like, of noteheads and rests.
    cautionary: ids of accidentals in parentheses.
    slashed: ids of noteheads whose flag has a slash.
    tie_start: the notehead to which a tie leads; None if it goes on in the next system.
    tie_stop: the notehead from which a tie comes; None if it began in the system before.
    slur_starts, slur_stops: numbers of the slurs that begin and end at a notehead.
    grace_of: the notehead to which a grace note leads.
    """

    def __init__(self, graph: NotationGraph, curves: Joined):
        """curves: the ties and slurs of all pages."""
        symbol = graph.symbol_by_id
        self.staves, self.staff_of = graph.staves, graph.staff_of
        self.ledgers = Ledgers(graph.strokes, graph.staves)
        self.accidental: dict[int, Symbol] = {}
        self.marks = marks_of(graph)
        self.cautionary: set[int] = set()
        self.slashed: set[int] = set()
        self.tie_start: dict[int, int | None] = {}
        self.tie_stop: dict[int, int | None] = {}
        self.slur_starts: dict[int, list[int]] = defaultdict(list)
        self.slur_stops: dict[int, list[int]] = defaultdict(list)
        self.grace_of: dict[int, int] = {}
        for edge in graph.edges:
            if edge.kind == "flag" and symbol[edge.child].name in SLASHED_FLAGS:
                self.slashed.add(edge.parent)
            elif edge.kind == "accidental" and symbol[edge.child].kind == "parenthesis":
                self.cautionary.add(edge.parent)
            elif edge.kind == "accidental":
                self.accidental[edge.parent] = symbol[edge.child]
            elif edge.kind == "grace":
                self.grace_of[edge.child] = edge.parent
        self._add_curves(graph, curves)

    def _add_curves(self, graph: NotationGraph, curves: Joined) -> None:
        """Note at which noteheads the ties and slurs of the page begin and end."""
        symbol = graph.symbol_by_id
        stroke = {s.id: s for s in graph.strokes}
        heads_of: dict[tuple[EdgeKind, int], list[int]] = defaultdict(list)
        for edge in graph.edges:
            if edge.kind in ("tie", "slur"):
                kind = curves.kinds.get((graph.page, edge.child), edge.kind)
                heads_of[kind, edge.child].append(edge.parent)
        for (kind, curve), heads in heads_of.items():
            ends: list[int | None] = [*sorted(set(heads), key=lambda h: symbol[h].box.left)]
            if len(ends) == 1:  # the other half is in another system
                points = stroke[curve].points
                onward = symbol[heads[0]].box.center[1] < (points[0][1] + points[-1][1]) / 2
                ends = [heads[0], None] if onward else [None, heads[0]]
            start, stop = ends[0], ends[-1]
            if kind == "tie" and len(ends) > 2:  # of two chords: one curve stands for several ties
                middle = stroke[curve].box.center[1]
                lefts, rights = ([h for h in sorted(set(heads), key=lambda h: symbol[h].box.center[0])
                                  if (symbol[h].box.center[1] < middle) == is_left] for is_left in (True, False))
                self.tie_start |= dict(zip(lefts, rights, strict=False))
                self.tie_stop |= dict(zip(rights, lefts, strict=False))
            elif kind == "tie":
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
        for page, head in curves.starts:
            if page == graph.page:
                self.tie_start.setdefault(head, None)
        for page, head in curves.stops:
            if page == graph.page:
                self.tie_stop.setdefault(head, None)


OpenTies = Mapping[tuple[int, int, int], float]
"""(part, staff of the part, diatonic number) of noteheads that are tied into the next system -> semitones by which they
are altered."""


class PitchReader:
    """Reads pitches bar by bar, in the order of a page. It remembers what ties need to know: a tied note keeps the
    accidental of the note before.

    alter_of: notehead id -> semitones by which it is altered, for the noteheads read so far.
    chord_of: notehead id -> the same by step and octave, for all noteheads of its chord.
    """

    def __init__(self, open_ties: OpenTies | None = None) -> None:
        """open_ties: those at the end of the page before."""
        self.alter_of: dict[int, float] = {}
        self.chord_of: dict[int, dict[tuple[str, int], float]] = {}
        self.open_ties = dict(open_ties or {})

    def read(
        self, bar: Bar, context: BarContext, marks: PageMarks, place_of: Mapping[int, StaffInPart],
        octaves: Mapping[int, int], memo: Memo | None = None, given: Mapping[int, Given] | None = None,
    ) -> dict[int, Pitch]:
        """The pitch of every notehead of a bar, including grace notes, by its id.

        context: clefs and keys of the bar.
        marks: of its page.
        place_of: staff index on the page -> its place in the score.
        octaves: notehead id -> octaves by which it sounds higher (8va).
        memo: that of an earlier version of the score.
        given: what a person said about the page's noteheads, by id.
        """
        memo, given = memo or Memo(), given or {}
        steps = {h.id: given[h.id].steps for e in (*bar.events, *bar.graces) for h in e.heads
                 if h.id in given and given[h.id].steps}
        ends = [h.id for e in (*bar.events, *bar.graces) for h in e.heads if h.id in marks.tie_stop]
        tied = tuple((h, self.alter_of.get(source), tuple(self.chord_of.get(source, {}).items()))
                     for h in ends if (source := marks.tie_stop[h]) is not None)
        is_open = any(marks.tie_stop[h] is None for h in ends)
        before = tuple(self.open_ties.items()) if is_open else ()
        pitches, opened, chords = memo.made(
            "pitches", (bar, context, marks, octaves), (tuple(place_of.items()), tied, before, tuple(steps.items())),
            lambda: self._read(bar, context, marks, place_of, octaves, steps))
        self.alter_of.update((head, pitch.alter) for head, pitch in pitches.items())
        self.open_ties.update(opened)
        self.chord_of.update(chords)
        return pitches

    def _read(
        self, bar: Bar, context: BarContext, marks: PageMarks, place_of: Mapping[int, StaffInPart],
        octaves: Mapping[int, int], steps: Mapping[int, int],
    ) -> tuple[dict[int, Pitch], dict[tuple[int, int, int], float], dict[int, dict[tuple[str, int], float]]]:
        """The pitches, and what is added to `open_ties` and to `chord_of`. steps: notehead id -> by how many steps a
        person moved it."""
        pitches: dict[int, Pitch] = {}
        opened: dict[tuple[int, int, int], float] = {}
        alters: dict[int, float] = {}
        heads = [(h, e) for e in (*bar.events, *bar.graces) for h in e.heads]
        accidentals = {staff: BarAccidentals(fifths) for staff, fifths in context.fifths.items()}
        for head, event in sorted(heads, key=lambda p: p[0].box.center[1]):
            staff = marks.staff_of.get(head.id, event.staff)
            if staff not in context.clefs:
                staff = event.staff
            clef = [c for at, c in context.clefs[staff] if at < head.box.left][-1]
            position = round(marks.ledgers.position(marks.staves[staff], *head.box.center))
            position += steps.get(head.id, 0)
            number = diatonic(position, *clef)
            shown = marks.accidental.get(head.id)
            if shown is not None and _is_fingering(shown, accidentals[staff].alter(number)):
                shown = None
            place = place_of[staff]
            tied: float | None = None
            if head.id in marks.tie_stop:
                source = marks.tie_stop[head.id]
                tied = (opened.get((*place, number), self.open_ties.get((*place, number))) if source is None
                        else alters.get(source, self.alter_of.get(source)))
            elif shown is None and not event.exact:
                tied = self._tied_with_chord(event, number, marks, octaves.get(head.id, 0))
            if shown is not None and _is_editorial(shown, head):
                # like an alteration passed on by a tie, it holds for this note only
                tied, shown = ALTERS[shown.name], None
            pitch = accidentals[staff].pitch(
                number, None if shown is None else ALTERS[shown.name], tied, octaves.get(head.id, 0)
            )
            alters[head.id] = pitch.alter
            if head.id in marks.tie_start and marks.tie_start[head.id] is None:
                opened[(*place, number)] = pitch.alter
            pitches[head.id] = pitch
        chords = {}
        for event in bar.events:
            chord = {(p.step, p.octave): p.alter for p in (pitches[h.id] for h in event.heads)}
            chords.update(dict.fromkeys((h.id for h in event.heads), chord))
        return pitches, opened, chords

    def _tied_with_chord(self, event: Event, number: int, marks: PageMarks, sounding: int) -> float | None:
        """The alteration of a note without a tie of its own, if other notes of its chord are tied: on a scan, some ties
        of a chord are often not found. None if there is no tied chord before it, or if that chord does not have this
        note.

        number: its diatonic number.
        sounding: octaves by which it sounds higher.
        """
        octave, step = divmod(number, len(STEPS))
        note = (STEPS[step], octave + sounding)
        sources = [source for head in event.heads if (source := marks.tie_stop.get(head.id)) is not None]
        return next((alters[note] for source in sources if note in (alters := self.chord_of.get(source, {}))), None)


def beams_of(group: Sequence[Placed]) -> dict[int, tuple[str, ...]]:
    """The beams of a beamed group, as in `Note.beams`, by event id. Two neighbours are joined at as many levels as they
    have beam strokes in common, but at no more levels than both have, and at one at least."""
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
    """How many beams the type of an event has: one for an eighth, two for a 16th."""
    level, base = 0, p.base
    while base < TICKS:
        level, base = level + 1, base * 2
    return level


def _hook(p: Placed, i: int, n: int) -> str:
    """The name of a hook (a short beam that joins an event to no other). At the ends of a group it points into the
    group. In the middle, it points to the side on which most of the event's shortest beam stroke lies. i: index of the
    event among the `n` of its group."""
    stem = p.event.stem
    if i in (0, n - 1) or stem is None or not p.event.beams:
        return "forward hook" if i == 0 else "backward hook"
    col = stem.points[0][1]
    shortest = min(p.event.beams, key=lambda b: b.points[-1][1] - b.points[0][1])
    return "forward hook" if shortest.points[0][1] + shortest.points[-1][1] > 2 * col else "backward hook"


class _Shared(NamedTuple):
    """What the notes of a chord have in common. onset, duration: in quarters. ratio: as `Note.tuplet`."""

    onset: Fraction
    duration: Fraction
    voice: int
    kind: NoteType
    dots: int = 0
    ratio: tuple[int, int] | None = None
    grace: bool = False


def make_notes(
    placed: Placed, pitches: Mapping[int, Pitch], marks: PageMarks, place_of: Mapping[int, StaffInPart],
    voice: int, beams: tuple[str, ...], tuplet_ends: tuple[str, ...],
) -> tuple[list[Note], list[Rest]]:
    """The notes of one chord, from the lowest up, or one rest. The first note has the beams and tuplet ends.

    pitches: of the noteheads, by id.
    marks: of the page.
    place_of: staff index on the page -> its place in the score.
    voice, beams, tuplet_ends: as in `Note`.
    """
    event = placed.event
    # Each of the two notes of a tremolo is printed with the length of both.
    kind = TYPES.get(2 * placed.base if event.tremolo else placed.base, "quarter")
    shared = _Shared(quarters(placed.onset), quarters(placed.ticks), voice, kind, placed.dots, placed.ratio)
    if event.rest is not None:
        return [], [Rest(
            onset_quarter=shared.onset, duration_quarter=shared.duration, voice=voice,
            staff=place_of[event.staff].staff, type=kind, dots=placed.dots, tuplet=placed.ratio,
            tuplet_ends=tuplet_ends, marks=tuple(marks.marks.get(event.rest.id, ())), score=event.score,
            symbol_ids=(event.rest.id,),
        )]
    notes = []
    for head in event.heads:
        place = place_of.get(marks.staff_of.get(head.id, event.staff), place_of[event.staff])
        notes.append(_note(head, event, pitches[head.id], marks, place.staff, shared))
    return [replace(notes[0], beams=beams, tuplet_ends=tuplet_ends), *notes[1:]], []


def make_graces(
    event: Event, place: int, beams: tuple[str, ...], onset: Fraction, voice: int, pitches: Mapping[int, Pitch],
    marks: PageMarks, place_of: Mapping[int, StaffInPart],
) -> list[Note]:
    """The notes of one grace chord, from the lowest up. The first one has the beams.

    place: as `Note.grace_place`.
    onset: of the chord to which it leads, in quarters.

    All else is as in `make_notes`.
    """
    shared = _Shared(onset, Fraction(0), voice, TYPES.get(event.base, "eighth"), grace=True)
    slash = any(h.id in marks.slashed for h in event.heads)
    staff = place_of[event.staff].staff
    notes = [
        replace(_note(head, event, pitches[head.id], marks, staff, shared), grace_place=place, slash=slash)
        for head in event.heads
    ]
    return [replace(notes[0], beams=beams), *notes[1:]]


def beams_of_graces(graces: Sequence[Event]) -> dict[int, tuple[str, ...]]:
    """The beams of a bar's grace notes, as in `Note.beams`, by event id."""
    groups: dict[int, list[Placed]] = defaultdict(list)
    for e in graces:
        if e.group is not None:
            # Beams depend on the printed types only. Onset, duration and voice do not matter.
            groups[e.group].append(Placed(
                event=e, onset=0, ticks=0, base=e.base, dots=0, voice=0, home_staff=e.staff, ratio=None, unit=0))
    return {event: marks for g in groups.values() if len(g) > 1 for event, marks in beams_of(g).items()}


def _is_fingering(shown: Symbol, alter: float) -> bool:
    """Whether a double sharp is probably the digit of a fingering: the note is not sharp without it, and the detector
    is not very sure. alter: semitones by which the note is altered without it."""
    return shown.name == "accidentalDoubleSharp" and alter < 1 and shown.score < SURE_DOUBLE_SHARP


def _is_editorial(shown: Symbol, head: Symbol) -> bool:
    """Whether an accidental is above its notehead, as an editor's, and not before it."""
    return shown.box.bottom < head.box.top


def _note(head: Symbol, event: Event, pitch: Pitch, marks: PageMarks, staff: int, shared: _Shared) -> Note:
    """The note of one notehead of a chord. staff: of its part, from 1."""
    shown = marks.accidental.get(head.id)
    if shown is not None and ALTERS[shown.name] != pitch.alter:
        shown = None  # it is a fingering
    used = [head.id] + ([shown.id] if shown else []) + ([event.stem.id] if event.stem else [])
    return Note(
        onset_quarter=shared.onset, duration_quarter=shared.duration, voice=shared.voice, staff=staff,
        pitch=pitch, type=shared.kind, dots=shared.dots, tuplet=shared.ratio,
        grace=shared.grace, cue=event.cue, stem="none" if event.up is None else "up" if event.up else "down",
        tie_start=head.id in marks.tie_start, tie_stop=head.id in marks.tie_stop,
        slur_starts=tuple(marks.slur_starts.get(head.id, ())), slur_stops=tuple(marks.slur_stops.get(head.id, ())),
        accidental=ACCIDENTAL_NAMES[ALTERS[shown.name]] if shown else None,
        cautionary=shown is not None and shown.id in marks.cautionary,
        marks=tuple(dict.fromkeys(marks.marks.get(head.id, ()))), score=head.score, symbol_ids=tuple(used),
        head=HEADS.get(head.name, ""),
    )
