"""Score -> MusicXML, as it is or compressed.

music21 builds the streams and writes the XML; it is told not to make notation of its own, so that beams, voices, ties
and accidentals stay as they were read. What music21 cannot say (our identification, a short measure's length) is put
right on the XML tree afterwards. The only module of the pipeline that imports music21, inside its functions: that
costs 0.4 s.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, cast

from omr.export.lanes import Event, homes_of, lanes_of, measure_lengths, tuplet_unit, voice_numbers
from omr.export.marks import write_directions, write_notes
from omr.export.percussion import write_unpitched
from omr.export.setting import set_page
from omr.types import Measure, Note, Part, Rest, Score

if TYPE_CHECKING:
    from lxml import etree
    from music21 import stream

_BEAMS = {"begin": ("start", None), "continue": ("continue", None), "end": ("stop", None),
          "forward hook": ("partial", "right"), "backward hook": ("partial", "left")}
_ACCIDENTALS: dict[float, str] = {-2: "double-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp",
                                  -0.5: "half-flat", 0.5: "half-sharp", -1.5: "one-and-a-half-flat",
                                  1.5: "one-and-a-half-sharp"}


def to_bytes(score: Score) -> bytes:
    """The score as MusicXML 4.0 (score-partwise, UTF-8). Equal scores give equal bytes."""
    from lxml import etree
    from music21.musicxml.m21ToXml import ScoreExporter

    streams, source = _streams(score)
    exporter = ScoreExporter(streams, makeNotation=False)
    exporter.parse()
    root = etree.fromstring(exporter.asBytes())
    set_page(root, score)
    lengths = measure_lengths(score)
    ids: set[str] = set()
    for part, mx_part in zip(score.parts, root.iterfind("part"), strict=True):
        write_notes(mx_part, source)
        write_unpitched(root, mx_part, part.lines)
        divisions = _divisions(mx_part)
        for measure, mx_measure, length in zip(part.measures, mx_part.iterfind("measure"), lengths, strict=True):
            if measure.pickup and measure.number:
                mx_measure.set("number", f"X{measure.number}")
            _name_notes(mx_measure, source, measure.page, ids)
            _arrange(mx_measure, length, divisions)
            write_directions(mx_measure, measure, divisions, part.staves)
            _settle_barlines(mx_measure, measure)
            _mark_long_rest(mx_measure, measure.long_rest)
        _reduce_divisions(mx_part)
    doctype = ('<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
               '"http://www.musicxml.org/dtds/partwise.dtd">')
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", doctype=doctype)


def _mark_long_rest(mx_measure: etree._Element, measures: int) -> None:
    """Say that this measure and those after it are printed as one rest."""
    from lxml import etree

    if measures < 2:
        return
    attributes = mx_measure.find("attributes")
    if attributes is None:
        attributes = etree.Element("attributes")
        before = [c for c in mx_measure if c.tag in ("print", "barline") and c.get("location") != "right"]
        mx_measure.insert(len(before), attributes)
    style = etree.SubElement(attributes, "measure-style")
    etree.SubElement(style, "multiple-rest").text = str(measures)


def to_music21(score: Score) -> stream.Score:
    """The score as music21 streams, every detail set, for writing with `makeNotation=False`.

    A part of two staves becomes two PartStaffs in a brace, which music21 writes as one part. Notes of one staff,
    voice and onset become one chord. Raises ValueError if the score has no parts or they differ in length.
    """
    return _streams(score)[0]


def _streams(score: Score) -> tuple[stream.Score, Mapping[str, Note | Rest]]:
    """The streams, and what each of their notes and rests stands for, by its id."""
    from music21 import layout, metadata, stream

    if not score.parts or not score.parts[0].measures:
        raise ValueError("a score needs a part with a measure")
    if len({len(p.measures) for p in score.parts}) > 1:
        raise ValueError("all parts must have equally many measures")
    result = stream.Score()
    result.metadata = metadata.Metadata(title=score.title or None)
    lengths = measure_lengths(score)
    source: dict[str, Note | Rest] = {}
    for part_index, part in enumerate(score.parts):
        build = _PartBuilder(part, lengths, first=part_index == 0)
        for each in build.staves:
            result.insert(0, each)
        for bracket in build.endings():
            result.insert(0, bracket)
        source.update(build.source)
        if part.staves > 1:
            result.insert(0, layout.StaffGroup(build.staves, symbol="brace", barTogether=True))
    return result, source


class _PartBuilder:
    """Builds the music21 staves of one part. source: what each note and rest stands for, by its id."""

    def __init__(self, part: Part, lengths: Sequence[Fraction], first: bool):
        from music21 import stream

        self.part, self.first = part, first
        self.source: dict[str, Note | Rest] = {}
        self.staves = [stream.PartStaff() if part.staves > 1 else stream.Part() for _ in range(part.staves)]
        self.homes = homes_of(part)
        self.numbers = voice_numbers(part, self.homes)
        for number, staff in enumerate(self.staves, 1):
            staff.id = part.id if part.staves == 1 else f"{part.id}-{number}"
            start = Fraction(0)
            for index, (measure, length) in enumerate(zip(part.measures, lengths, strict=True)):
                staff.insert(start, self._measure(index, measure, number, length))
                start += length

    def _measure(self, index: int, measure: Measure, staff: int, length: Fraction) -> stream.Measure:
        from music21 import bar, clef, key, layout, meter, stream
        from music21.stream.enums import ShowNumber

        out = stream.Measure(number=measure.number)
        if measure.pickup:
            out.showNumber = ShowNumber.NEVER
        if self.first and staff == 1:
            # MuseScore takes only one of them.
            if measure.new_page and index:
                out.insert(0, layout.PageLayout(isNew=True))
            elif measure.new_system and index:
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

        lanes = lanes_of(measure, staff, self.homes)
        voices = []
        free = self.numbers[staff, None]
        for voice, events in lanes:
            out_voice = stream.Voice(id=str(free if voice is None else self.numbers[staff, voice]))
            free += voice is None
            bracketed = False
            for event in events:
                bracketed = bracketed or "start" in event.head.tuplet_ends
                if isinstance(event.head, Rest) and event.head.hidden and event.head.tuplet and not bracketed:
                    continue  # padding: as a gap it needs no tuplet, which programs would draw a number for
                bracketed = bracketed and "stop" not in event.head.tuplet_ends
                made = _general_note(event, tuplet_unit(events, event))
                self._name(event, made)
                out_voice.insert(event.start, made)
            voices.append(out_voice)
        if not voices:
            empty = _measure_rest(length)
            empty.style.hideObjectOnPrint = True
            first = min(v for (s, _), v in self.numbers.items() if s == staff)
            voices.append(stream.Voice([empty], id=str(first)))
        for c in clefs:
            if c.onset_quarter > 0:
                voices[0].insert(c.onset_quarter, _clef(c.sign, c.line, c.octave_change))
        for out_voice in voices:
            out.insert(0, out_voice)
        return out

    def _name(self, event: Event, made: Any) -> None:
        """An id for every note and rest, by which the tree is put right."""
        for item, note in zip(event.items, made.notes if made.isChord else (made,), strict=True):
            note.id = f"{self.part.id}-{len(self.source)}"
            self.source[note.id] = item

    def endings(self) -> Iterable[Any]:
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


def _general_note(event: Event, unit: str | None) -> Any:
    """A music21 Note, Chord or Rest of one event."""
    from music21 import beam, chord, duration, note

    head = event.head
    length = duration.Duration(type=head.type, dots=head.dots)
    if head.tuplet is not None:
        actual, normal = head.tuplet
        tuplet = duration.Tuplet(actual, normal, unit or head.type)
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
        if head.measure_rest:
            made = _measure_rest(head.duration_quarter)
        else:
            made = note.Rest(duration=length)
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
    return made


def _measure_rest(quarters: Fraction) -> Any:
    from music21 import duration, note

    length = duration.Duration(type="whole")
    length.linked = False  # A measure's length need not be that of any sign.
    length.quarterLength = quarters
    made = note.Rest(duration=length)
    made.fullMeasure = True
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


def _divisions(mx_part: Any) -> int:
    return int(mx_part.findtext("measure/attributes/divisions"))


def _arrange(mx_measure: Any, length: Fraction, divisions: int) -> None:
    """Bring signs of the measure's start before its first note, whatever their staff, and step to its end where
    no voice reaches it, so that the next begins at its time."""
    from lxml import etree

    now = reached = opening = 0
    for element in list(mx_measure):
        if element.tag in ("forward", "backup") and int(element.findtext("duration")) <= 0:
            mx_measure.remove(element)  # music21's rounding of times that no division of a quarter says exactly
            continue
        if element.tag == "attributes" and now == 0:
            mx_measure.remove(element)
            mx_measure.insert(opening, element)
        if element.tag in ("print", "attributes") and now == 0:
            opening += 1
        if element.tag in ("note", "forward", "backup") and element.find("chord") is None:
            step = int(element.findtext("duration") or 0)
            now += -step if element.tag == "backup" else step
            reached = max(reached, now)
    missing = int(length * divisions) - now
    if (int(length * divisions) - reached) * 100 > divisions:  # less is music21's rounding
        forward = etree.SubElement(mx_measure, "forward")
        etree.SubElement(forward, "duration").text = str(missing)


def _settle_barlines(mx_measure: Any, measure: Measure) -> None:
    """Left barlines before the music and right ones after it (joining staves leaves them between two staves), and
    a style for each, which MuseScore wants even where the repeat sign implies it."""
    from lxml import etree

    for barline in mx_measure.findall("barline"):
        mx_measure.remove(barline)
        if measure.ending_open:
            for ending in barline.iterfind("ending[@type='stop']"):
                ending.set("type", "discontinue")
        left = barline.get("location") == "left"
        if barline.find("bar-style") is None:
            style = etree.Element("bar-style")
            style.text = "regular" if barline.find("repeat") is None else "heavy-light" if left else "light-heavy"
            barline.insert(0, style)
        if left:
            music = (i for i, e in enumerate(mx_measure) if e.tag not in ("print", "attributes"))
            mx_measure.insert(next(music, len(mx_measure)), barline)
        else:
            mx_measure.append(barline)


def _name_notes(mx_measure: Any, source: Mapping[str, Note | Rest], page: int, taken: set[str]) -> None:
    """Give every note and rest an id that says its page and the symbols it was read from ("p1-12-40"; with one letter
    more where two notes share all of theirs), and the notes of a voice that crosses over the staff they stand on:
    music21's voices stay on theirs. taken: the ids of the file so far."""
    for mx_note in mx_measure.iter("note"):
        item = source.get(mx_note.attrib.pop("id", ""))
        if item is None:
            continue
        staff = mx_note.find("staff")
        if staff is not None:
            staff.text = str(item.staff)
        if item.symbol_ids:
            name = "-".join(map(str, (f"p{page + 1}", *item.symbol_ids)))
            name = next(n for n in (name + more for more in ("", *ascii_lowercase)) if n not in taken)
            taken.add(name)
            mx_note.set("id", name)


def _reduce_divisions(mx_part: Any) -> None:
    """The smallest divisions of a quarter that say every time of the part exactly."""
    times = [e for e in mx_part.iter("duration", "offset") if e.text]
    divisor = math.gcd(_divisions(mx_part), *(int(e.text) for e in times))
    for element in [*times, *mx_part.iter("divisions")]:
        element.text = str(int(element.text) // divisor)
