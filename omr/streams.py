"""Score -> music21 streams, every detail set, so that music21 need not (and must not) make notation of its own.

Voices: every staff of a part has a block of numbers (1-4, 5-8, ...), as MuseScore counts them. Where events of one
voice overlap (a doubtful reading), the later one moves to a free number, so that no onset shifts.

music21 is imported inside the functions: it costs 0.4 s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from omr.types import Direction, Measure, Note, Part, Rest, Score

if TYPE_CHECKING:
    from music21 import stream

VOICES_PER_STAFF = 4
_WHOLE = Fraction(4)
_TYPE_QUARTERS: dict[str, Fraction] = {
    "breve": _WHOLE * 2, **{name: _WHOLE / 2**i for i, name in enumerate(
        ("whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th", "256th"))}
}
_BEAMS = {"begin": ("start", None), "continue": ("continue", None), "end": ("stop", None),
          "forward hook": ("partial", "right"), "backward hook": ("partial", "left")}
_ACCIDENTALS = {-2: "double-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
_ARTICULATIONS = {
    "staccato": "Staccato", "accent": "Accent", "tenuto": "Tenuto", "strong-accent": "StrongAccent",
    "staccatissimo": "Staccatissimo", "spiccato": "Spiccato", "detached-legato": "DetachedLegato",
    "breath-mark": "BreathMark", "caesura": "Caesura", "up-bow": "UpBow", "down-bow": "DownBow",
    "harmonic": "StringHarmonic", "open-string": "OpenString", "stopped": "Stopped",
}
_EXPRESSIONS = {
    "fermata": "Fermata", "trill-mark": "Trill", "turn": "Turn", "inverted-turn": "InvertedTurn",
    "mordent": "Mordent", "inverted-mordent": "InvertedMordent", "arpeggiate": "ArpeggioMark",
}


@dataclass(frozen=True)
class _Event:
    """What starts together in one voice: a chord's notes, or one rest."""

    items: tuple[Note, ...] | tuple[Rest]

    @property
    def head(self) -> Note | Rest:
        return self.items[0]

    @property
    def grace(self) -> bool:
        return isinstance(self.head, Note) and self.head.grace

    @property
    def start(self) -> Fraction:
        return self.head.onset_quarter

    @property
    def end(self) -> Fraction:
        return self.start if self.grace else self.start + self.head.duration_quarter


def to_music21(score: Score) -> stream.Score:
    """The score as music21 streams, every detail set, for writing with `makeNotation=False`.

    A part of two staves becomes two PartStaffs in a brace, which music21 writes as one part. Notes of one staff,
    voice and onset become one chord. Raises ValueError if the score has no parts or they differ in length.
    """
    from music21 import layout, metadata, stream

    if not score.parts or not score.parts[0].measures:
        raise ValueError("a score needs a part with a measure")
    if len({len(p.measures) for p in score.parts}) > 1:
        raise ValueError("all parts must have equally many measures")
    result = stream.Score()
    result.metadata = metadata.Metadata(title=score.title or None)
    lengths = measure_lengths(score)
    for part_index, part in enumerate(score.parts):
        build = _PartBuilder(part, lengths, first=part_index == 0)
        for each in build.staves:
            result.insert(0, each)
        for spanner in build.spanners():
            result.insert(0, spanner)
        if part.staves > 1:
            result.insert(0, layout.StaffGroup(build.staves, name=part.name, symbol="brace", barTogether=True))
    return result


class _PartBuilder:
    """Builds the music21 staves of one part, remembering what spanners will join."""

    def __init__(self, part: Part, lengths: Sequence[Fraction], first: bool):
        from music21 import stream

        self.part, self.first = part, first
        self.timeline: list[tuple[int, Fraction, bool, _Event, Any]] = []  # measure, onset, not grace, event, object
        self.marks: list[tuple[int, Direction]] = []  # wedges and pedals, which join two times
        self.staves = [stream.PartStaff() if part.staves > 1 else stream.Part() for _ in range(part.staves)]
        self.numbers = _voice_numbers(part)
        for number, staff in enumerate(self.staves, 1):
            staff.id = part.id if part.staves == 1 else f"{part.id}-{number}"
            staff.partName = part.name
            start = Fraction(0)
            for index, (measure, length) in enumerate(zip(part.measures, lengths, strict=True)):
                staff.insert(start, self._measure(index, measure, number, length))
                start += length

    def _measure(self, index: int, measure: Measure, staff: int, length: Fraction) -> stream.Measure:
        from music21 import bar, clef, key, layout, meter, note, stream
        from music21.stream.enums import ShowNumber

        out = stream.Measure(number=measure.number)
        if measure.pickup:
            out.showNumber = ShowNumber.NEVER
        if self.first and staff == 1:
            if measure.new_page and index:
                out.insert(0, layout.PageLayout(isNew=True))
            if (measure.new_system or measure.new_page) and index:
                out.insert(0, layout.SystemLayout(isNew=True))
        clefs = [c for c in measure.clefs if c.staff == staff]
        opening = [c for c in clefs if c.onset_quarter == 0]
        if opening:
            out.clef = _clef(opening[-1].sign, opening[-1].line, opening[-1].octave_change)
        elif index == 0:
            # MusicXML readers assume a treble clef where none stands, which would hang a left hand under it.
            out.clef = clef.TrebleClef() if staff == 1 else clef.BassClef()
        if measure.fifths is not None:
            out.keySignature = key.KeySignature(measure.fifths)
        if measure.time is not None:
            out.timeSignature = meter.TimeSignature(f"{measure.time[0]}/{measure.time[1]}")
            out.timeSignature.symbol = measure.time_symbol or ""
        if measure.left == "repeat-start":
            out.leftBarline = bar.Repeat(direction="start")
        elif measure.left != "regular":
            out.leftBarline = bar.Barline(measure.left)
        if measure.right == "repeat-end":
            out.rightBarline = bar.Repeat(direction="end")
        elif measure.right != "regular":
            out.rightBarline = bar.Barline(measure.right)

        lanes = _lanes(measure, staff)
        voices = []
        free = self.numbers[staff, None]
        for voice, events in lanes:
            out_voice = stream.Voice(id=str(free if voice is None else self.numbers[staff, voice]))
            free += voice is None
            for event in events:
                made = _general_note(event, _unit(events, event))
                out_voice.insert(event.start, made)
                self.timeline.append((index, event.start, not event.grace, event, made))
            voices.append(out_voice)
        if not voices:
            empty = note.Rest(length)
            empty.fullMeasure = True
            empty.style.hideObjectOnPrint = True
            first = min(v for (s, _), v in self.numbers.items() if s == staff)
            voices.append(stream.Voice([empty], id=str(first)))
        for c in clefs:
            if c.onset_quarter > 0:
                voices[0].insert(c.onset_quarter, _clef(c.sign, c.line, c.octave_change))
        for direction in measure.directions:
            if direction.staff == staff:
                # A reader places it best that stands right before a note of its time.
                at = (v for v in voices if v.getElementsByOffset(direction.onset_quarter).notesAndRests)
                self._direct(index, direction, next(at, voices[0]))
        for out_voice in voices:
            out.insert(0, out_voice)
        return out

    def _direct(self, index: int, direction: Direction, voice: stream.Voice) -> None:
        from music21 import dynamics, expressions, repeat

        made: Any
        match direction.kind:
            case "dynamics":
                made = dynamics.Dynamic(direction.text or "other")
            case "words":
                made = expressions.TextExpression(direction.text)
            case "segno":
                made = repeat.Segno()
            case "coda":
                made = repeat.Coda()
            case _:
                self.marks.append((index, direction))
                return
        voice.insert(direction.onset_quarter, made)

    def spanners(self) -> Iterable[Any]:
        """Slurs, wedges, pedals and endings. What lacks its other end is left out."""
        from music21 import dynamics, expressions, spanner

        timeline = sorted(self.timeline, key=lambda t: t[:3])
        opened: dict[int, Any] = {}
        for *_, event, made in timeline:
            notes = [n for n in event.items if isinstance(n, Note)]
            for number in {i for n in notes for i in n.slur_stops}:
                if (start := opened.pop(number, None)) is not None:
                    yield spanner.Slur(start, made)
            opened.update({i: made for n in notes for i in n.slur_starts})
        for staff in range(1, self.part.staves + 1):
            here = [t for t in timeline if t[3].head.staff == staff and t[2]]
            pending: tuple[tuple[int, Fraction], str] | None = None
            for index, direction in sorted((m for m in self.marks if m[1].staff == staff),
                                           key=lambda m: (m[0], m[1].onset_quarter, not m[1].kind.endswith("stop"))):
                at = (index, direction.onset_quarter)
                if pending is not None:
                    inside = [t[4] for t in here if pending[0] <= t[:2] < at]
                    if inside:
                        maker = {"wedge-crescendo": dynamics.Crescendo, "wedge-diminuendo": dynamics.Diminuendo,
                                 "pedal-start": expressions.PedalMark}[pending[1]]
                        yield maker(inside[0], inside[-1]) if inside[0] is not inside[-1] else maker(inside[0])
                pending = (at, direction.kind) if not direction.kind.endswith("stop") else None
        yield from self._endings()

    def _endings(self) -> Iterable[Any]:
        """Volta brackets. One without an end covers its own measure only."""
        from music21 import spanner, stream

        # Joining staves into one part, music21 keeps the barlines of the last.
        made = list(self.staves[-1].getElementsByClass(stream.Measure))
        measures = self.part.measures
        for i, measure in enumerate(measures):
            if measure.ending_start:
                later = next((j for j in range(i + 1, len(measures)) if measures[j].ending_start), len(measures))
                stop = next((j for j in range(i, later) if measures[j].ending_stop), i)
                yield spanner.RepeatBracket(made[i:stop + 1], number=list(measure.ending_start))


def measure_lengths(score: Score) -> list[Fraction]:
    """Every measure's length in quarters over all parts: what the signature says, or more if more was read."""
    return [
        max(max([p.measures[i].duration_quarter, *(e.end for e in _events(p.measures[i]))]) for p in score.parts)
        for i in range(len(score.parts[0].measures))
    ]


def _events(measure: Measure, staff: int | None = None) -> list[_Event]:
    """Chords and rests in order of onset, grace notes before what they lead to, in the order given."""
    chords: dict[tuple[Any, ...], list[Note]] = {}
    for i, n in enumerate(measure.notes):
        if staff in (None, n.staff):
            own = i if n.grace else (n.duration_quarter, n.type, n.dots)
            chords.setdefault((n.staff, n.voice, n.onset_quarter, n.grace, own), []).append(n)
    events = [_Event(tuple(sorted(c, key=lambda n: n.pitch.midi))) for c in chords.values()]
    events += [_Event((r,)) for r in measure.rests if staff in (None, r.staff) and r.duration_quarter > 0]
    return sorted(events, key=lambda e: (e.start, not e.grace))


def _lanes(measure: Measure, staff: int) -> list[tuple[int | None, list[_Event]]]:
    """(voice, events without overlap) of one staff; what overlaps its own voice gets lanes of voice None."""
    lanes: dict[int, list[_Event]] = {}
    spill: list[list[_Event]] = []
    for event in _events(measure, staff):
        own = lanes.setdefault(event.head.voice, [])
        for lane in (own, *spill):
            if not lane or lane[-1].end <= event.start:
                lane.append(event)
                break
        else:
            spill.append([event])
    return [*((v, lanes[v]) for v in sorted(lanes)), *((None, lane) for lane in spill)]


def _voice_numbers(part: Part) -> dict[tuple[int, int | None], int]:
    """(staff, voice) -> the file's voice number; (staff, None) -> the first that is free on that staff."""
    lanes = [[_lanes(m, s) for m in part.measures] for s in range(1, part.staves + 1)]
    used = [sorted({v for measure in staff for v, _ in measure if v is not None}) for staff in lanes]
    spills = max(sum(v is None for v, _ in measure) for staff in lanes for measure in staff)
    block = max(VOICES_PER_STAFF, *(len(u) + spills for u in used))
    numbers: dict[tuple[int, int | None], int] = {}
    for s, voices in enumerate(used, 1):
        for i, v in enumerate([*voices, None]):
            numbers[s, v] = (s - 1) * block + 1 + i
    return numbers


def _unit(lane: Sequence[_Event], event: _Event) -> str | None:
    """The note type that a tuplet counts in: its written length divided by its number; None if that is no type."""
    head = event.head
    if head.tuplet is None:
        return None
    at = next(i for i, e in enumerate(lane) if e is event)
    first = last = at
    while first > 0 and "start" not in lane[first].head.tuplet_ends and lane[first - 1].head.tuplet == head.tuplet:
        first -= 1
    while (last + 1 < len(lane) and "stop" not in lane[last].head.tuplet_ends
           and lane[last + 1].head.tuplet == head.tuplet):
        last += 1
    written = sum((_written(e.head) for e in lane[first:last + 1] if not e.grace), Fraction(0)) / head.tuplet[0]
    return next((name for name, quarters in _TYPE_QUARTERS.items() if quarters == written), None)


def _written(item: Note | Rest) -> Fraction:
    return _TYPE_QUARTERS[item.type] * (2 - Fraction(1, 2**item.dots))


def _general_note(event: _Event, tuplet_unit: str | None) -> Any:
    """A music21 Note, Chord or Rest of one event."""
    from music21 import articulations, beam, chord, duration, expressions, note

    head = event.head
    length = duration.Duration(type=head.type, dots=head.dots)
    if head.tuplet is not None:
        actual, normal = head.tuplet
        tuplet = duration.Tuplet(actual, normal, tuplet_unit or head.type)
        ends = {e for e in head.tuplet_ends if e in ("start", "stop")}
        if ends:
            tuplet.type = "startStop" if len(ends) == 2 else cast(Any, ends.pop())
        tuplet.bracket = not (isinstance(head, Note) and head.beams)
        tuplet.placement = cast(Any, None)
        length.appendTuplet(tuplet)
    if not event.grace and Fraction(length.quarterLength).limit_denominator(10**6) != head.duration_quarter:
        length.linked = False  # The reading says another length than the sign: keep both.
        length.quarterLength = head.duration_quarter
    made: Any
    if isinstance(head, Rest):
        made = note.Rest(duration=length)
        if head.measure_rest:
            made = note.Rest(head.duration_quarter)
            made.fullMeasure = True
        else:
            made.fullMeasure = False
        if head.hidden:
            made.style.hideObjectOnPrint = True
    else:
        notes = [_note(n) for n in event.items if isinstance(n, Note)]
        made = notes[0] if len(notes) == 1 else chord.Chord(notes)
        made.duration = length
        if event.grace:
            made = made.getGrace()
        if head.stem != "none":
            made.stemDirection = head.stem
        made.beams = beam.Beams()
        for kind in head.beams:
            made.beams.append(*_BEAMS[kind])
    for name in dict.fromkeys(a for item in event.items for a in item.articulations):
        if name in _ARTICULATIONS:
            made.articulations.append(getattr(articulations, _ARTICULATIONS[name])())
        elif name in _EXPRESSIONS:
            made.expressions.append(getattr(expressions, _EXPRESSIONS[name])())
        elif name.startswith("tremolo"):
            made.expressions.append(expressions.Tremolo(numberOfMarks=int(name[-1]) if name[-1] in "1234" else 3))
    return made


def _note(source: Note) -> Any:
    from music21 import note, pitch, tie

    made_pitch = pitch.Pitch(step=cast(Any, source.pitch.step), octave=source.pitch.octave)
    if source.pitch.alter or source.accidental is not None:
        made_pitch.accidental = pitch.Accidental(_ACCIDENTALS.get(source.pitch.alter, source.pitch.alter))
        made_pitch.accidental.displayStatus = source.accidental is not None
    made = note.Note(pitch=made_pitch)
    if source.tie_start or source.tie_stop:
        made.tie = tie.Tie("continue" if source.tie_start and source.tie_stop else
                           "start" if source.tie_start else "stop")
    return made


def _clef(sign: str, line: int, octave_change: int) -> Any:
    from music21 import clef

    return clef.PercussionClef() if sign == "percussion" else clef.clefFromString(f"{sign}{line}", octave_change)
