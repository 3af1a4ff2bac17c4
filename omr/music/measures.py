"""What one part plays in one bar: its notes and rests, with voices, beams, tuplets and grace notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from omr.music.bars import Bar
from omr.music.events import Event
from omr.music.notes import PageMarks, beams_of, beams_of_graces, make_graces, make_notes, quarters
from omr.music.placed import Placed
from omr.music.timing import TimedBar
from omr.music.voices import VOICES_PER_STAFF, first_voice, number_voices
from omr.types import Measure, NotationGraph, Note, Pitch, Rest, StaffInPart, Symbol

REPEAT_SIGN = "repeat1Bar"
"""The sign that tells a staff to repeat its last bar."""


@dataclass(frozen=True, eq=False)
class BarNotes:
    """Makes the notes of each part of one bar.

    marks: what belongs to the noteheads of the bar's page.
    pitches: of every notehead.
    places: staff index on the page -> its place in the score, for the staves of the bar's system.
    """

    timed: TimedBar
    marks: PageMarks
    pitches: Mapping[int, Pitch]
    places: Mapping[int, StaffInPart]

    def of_part(self, part: int) -> tuple[list[Note], list[Rest]]:
        """The notes and rests that a part plays, including rests that fill the bar."""
        placed = [p for p in self.timed.reading.placed if self.places[p.event.staff].part == part]
        stretch = self.timed.stretch(part)
        placed = placed if stretch == 1 else [_as_written(p, stretch) for p in placed]
        voices = number_voices(placed, self.places)
        beams = _beams(placed)
        tuplet_ends = _tuplet_ends(placed)
        notes: list[Note] = []
        rests: list[Rest] = []
        for p in placed:
            made, rest = make_notes(
                p, self.pitches, self.marks, self.places, voices[p.voice], beams.get(p.event.id, ()),
                tuplet_ends.get(p.event.id, ()))
            notes += made
            rests += rest
        notes += self._graces(part, placed, voices)
        rests += self._measure_rests(part, notes, rests)
        notes.sort(key=lambda n: (n.onset_quarter, n.voice, not n.grace, n.grace_place, n.pitch.midi))
        return notes, rests

    def _graces(self, part: int, placed: Sequence[Placed], voices: Mapping[int, int]) -> list[Note]:
        """The grace notes of a part. Each is in the voice of the chord to which it leads, and before that chord."""
        home = {
            head.id: (quarters(p.onset), voices[p.voice]) for p in placed for head in p.event.heads
        }
        notes: list[Note] = []
        beams = beams_of_graces(self.timed.bar.graces)
        for number, event in enumerate(self.timed.bar.graces):
            if self.places[event.staff].part != part:
                continue
            leads_to = self.marks.grace_of.get(event.heads[0].id, -1)
            target = home.get(leads_to) or self._next_chord(event, placed, voices)
            if target is not None:
                notes += make_graces(
                    event, number, beams.get(event.id, ()), *target, self.pitches, self.marks, self.places)
        return notes

    def _next_chord(
        self, grace: Event, placed: Sequence[Placed], voices: Mapping[int, int]
    ) -> tuple[Fraction, int] | None:
        """(onset, voice) for a grace chord that leads to nothing near it in its bar. It stands before the next chord of
        its staff, or at the end of the bar (after a trill). None if its staff has nothing else in the bar."""
        own = sorted((p for p in placed if p.event.staff == grace.staff), key=lambda p: p.event.x)
        after = next((p for p in own if p.event.x > grace.x and p.event.heads), None)
        if after is not None:
            return quarters(after.onset), voices[after.voice]
        return (self._length(grace), voices[own[-1].voice]) if own else None

    def _length(self, event: Event) -> Fraction:
        """The length of the bar in quarters, as the part of an event writes it."""
        return self.timed.length(self.places[event.staff].part)

    def _measure_rests(self, part: int, notes: Sequence[Note], rests: Sequence[Rest]) -> list[Rest]:
        """The rests that fill the bar, each in the first free voice of its staff. If several voices play on a staff,
        such a rest is left out."""
        made: list[Rest] = []
        for event in self.timed.rests:
            place = self.places[event.staff]
            if place.part != part or event.rest is None:
                continue
            own_notes = {n.voice for n in notes if n.staff == place.staff}
            used = own_notes | {r.voice for r in (*rests, *made) if r.staff == place.staff}
            if own_notes and len(used) > 1:
                continue
            start = first_voice(place.staff)
            voice = next(v for v in range(start, start + 3 * VOICES_PER_STAFF) if v not in used)
            made.append(Rest(
                onset_quarter=Fraction(0), duration_quarter=self._length(event), voice=voice,
                staff=place.staff, type="whole", measure_rest=True, score=event.score, symbol_ids=(event.rest.id,)))
        return made


def _as_written(placed: Placed, stretch: Fraction) -> Placed:
    """An event placed in the time that all parts share, moved to the time of its own part, where notes are written
    `stretch` times shorter."""
    return replace(
        placed, event=replace(placed.event, base=int(placed.event.base / stretch)), onset=int(placed.onset / stretch),
        ticks=int(placed.ticks / stretch), base=int(placed.base / stretch))


def _beams(placed: Sequence[Placed]) -> dict[int, tuple[str, ...]]:
    """Event -> its MusicXML beams, for events that a beam joins to others in the part."""
    groups: dict[int, list[Placed]] = defaultdict(list)
    for p in placed:
        if p.event.group is not None:
            groups[p.event.group].append(p)
    return {event: beams for g in groups.values() if len(g) > 1 for event, beams in beams_of(g).items()}


def _tuplet_ends(placed: Sequence[Placed]) -> dict[int, tuple[str, ...]]:
    """Event -> ("start",) or ("stop",), for the first and the last event of every tuplet."""
    units: dict[int, list[Placed]] = defaultdict(list)
    for p in placed:
        if p.ratio is not None:
            units[p.unit].append(p)
    ends: dict[int, tuple[str, ...]] = {}
    for unit in units.values():
        if len(unit) > 1:
            ordered = sorted(unit, key=lambda p: p.onset)
            ends[ordered[0].event.id], ends[ordered[-1].event.id] = ("start",), ("stop",)
    return ends


# ---- a bar played again ----------------------------------------------------------------------------------------


def repeat_signs(
    graph: NotationGraph, bar: Bar, places: Mapping[int, StaffInPart], part: int
) -> list[tuple[Symbol, int]]:
    """(sign, staff of the part) for every sign in a bar that tells a staff of a part to repeat its last bar."""
    signs = [s for s in graph.symbols if s.name == REPEAT_SIGN and bar.left <= s.box.center[1] < bar.right]
    located = [(s, places.get(graph.staff_of.get(s.id, -1))) for s in signs]
    return [(s, place.staff) for s, place in located if place is not None and place.part == part]


def played_again(measure: Measure, staff: int, sign: Symbol) -> tuple[list[Note], list[Rest]]:
    """What one staff of a measure plays, once more. Ties, slurs and lyrics are left out, and the notes refer to the
    repeat sign as the symbol that they were read from."""
    notes = [
        replace(n, symbol_ids=(sign.id,), score=sign.score, tie_start=False, tie_stop=False, slur_starts=(),
                slur_stops=(), lyrics=())
        for n in measure.notes if n.staff == staff
    ]
    rests = [replace(r, symbol_ids=(sign.id,), score=sign.score) for r in measure.rests if r.staff == staff]
    return notes, rests
