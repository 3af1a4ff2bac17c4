"""Score -> the bytes of a MusicXML file.

music21 builds streams from the score and writes them as XML. It is told not to change the notation, so that beams,
voices, ties and accidentals stay as they were read. What music21 cannot express (our header, marks, the length of a
short measure ...) is corrected on the XML tree afterwards. music21 is imported inside the functions, since importing it
takes 0.4 s.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, cast

from omr.export.graces import set_last
from omr.export.instruments import Channels, write_instrument
from omr.export.lanes import LaneEvent, homes_of, lanes_of, measure_lengths, tuplet_unit, voice_numbers
from omr.export.marks import write_directions, write_notes
from omr.export.percussion import write_unpitched
from omr.export.setting import set_page
from omr.export.transposing import transpositions, write_transposition
from omr.export.tuning import write_tuning
from omr.types import Clef, Measure, Note, Part, Rest, Score

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from lxml import etree
    from music21 import stream
    from music21.base import Music21Object

_BEAMS = {"begin": ("start", None), "continue": ("continue", None), "end": ("stop", None),
          "forward hook": ("partial", "right"), "backward hook": ("partial", "left")}
"""MusicXML's beam values -> music21's type and direction."""
_ACCIDENTALS: dict[float, str] = {-2: "double-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp",
                                  -0.5: "half-flat", 0.5: "half-sharp", -1.5: "one-and-a-half-flat",
                                  1.5: "one-and-a-half-sharp"}
"""Alteration in semitones -> music21's name of the accidental."""
_DOCTYPE = ('<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
            '"http://www.musicxml.org/dtds/partwise.dtd">')
_MUSIC21_TYPES = {"long": "longa"}
"""Type of a note -> music21's name of it, where that is another."""
_ROUNDING_QUARTERS = Fraction(1, 100)
"""music21 rounds times. A measure that ends early by less than this is not padded."""


def to_bytes(score: Score) -> bytes:
    """The score as MusicXML 4.0 (score-partwise, UTF-8). Equal scores give equal bytes.

    Raises ValueError if the score has no parts, or if the parts differ in the number of measures.
    """
    from lxml import etree

    lengths = measure_lengths(score)
    streams, source = _streams(score, lengths)
    root = _exported(streams)
    set_page(root, score)
    ids: set[str] = set()
    channels = Channels()
    sounding = transpositions(score.parts)
    for part, sounds, mx_part in zip(score.parts, sounding, root.iterfind("part"), strict=True):
        write_notes(mx_part, source)
        write_instrument(root, part.name, mx_part, channels)
        write_unpitched(root, mx_part, part.lines)
        write_tuning(mx_part, part.tuning)
        divisions = _divisions(mx_part)
        for measure, mx_measure, length in zip(part.measures, mx_part.iterfind("measure"), lengths, strict=True):
            is_extra = measure.pickup and measure.number
            mx_measure.set("number", f"X{measure.number}" if is_extra else str(measure.number))
            _name_notes(mx_measure, source, measure.page, ids)
            _arrange(mx_measure, length, divisions)
            write_directions(mx_measure, measure, divisions, part.staves)
            set_last(mx_measure)
            _settle_barlines(mx_measure, measure)
            _mark_long_rest(mx_measure, measure.long_rest)
            _write_sum(mx_measure, measure.time_symbol)
        write_transposition(mx_part, sounds)
        _reduce_divisions(mx_part)
    etree.indent(root)
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", doctype=_DOCTYPE)
    return data


def _exported(streams: stream.Score) -> etree._Element:
    """The XML tree that music21 makes of streams."""
    from music21.musicxml.m21ToXml import ScoreExporter

    class Unused(list[int | None]):
        def append(self, channel: int | None) -> None:
            """Ignore the channel: instruments are written later. music21 would give each part a channel, and warn if
            none is left."""

    class Exporter(ScoreExporter):
        def __init__(self, streams: stream.Score) -> None:
            super().__init__(streams, makeNotation=False)
            self.midiChannelList = Unused()

        def scorePreliminaries(self) -> None:  # noqa: N802 (music21's name)
            """The same as in music21, without looking through all streams for text boxes (there are none) and for the
            time signatures that `makeNotation` would need."""
            self.setScoreLayouts()
            self.setPartsAndRefStream()
            if self.spannerBundle is None:
                self.spannerBundle = self.stream.spannerBundle

        def renumberVoicesWithinStaffGroups(self) -> None:  # noqa: N802 (music21's name)
            """Do nothing: voices have the file's numbers already. music21 would look at each of them and leave it."""

    each: Any
    for each in (streams, *streams.parts):
        each.toWrittenPitch = _as_written
    exporter = Exporter(streams)
    exporter.parse()
    return _as_lxml(exporter.xmlRoot)


def _as_written(**options: Any) -> None:
    """Stands in for music21's search of all streams for transposing instruments and octave lines. Our pitches are
    already those on paper."""


def _as_lxml(made: Element) -> etree._Element:
    """music21's XML tree as a tree of lxml, without comments, the attributes of each element sorted by name. Writing
    music21's tree and parsing it again would take three times as long."""
    from lxml import etree

    def fill(target: etree._Element, source: Element) -> None:
        target.text = source.text
        for child in source:
            if isinstance(child.tag, str):
                fill(etree.SubElement(target, child.tag, dict(sorted(child.items()))), child)

    root = etree.Element(made.tag, dict(sorted(made.items())))
    fill(root, made)
    return root


def _write_sum(mx_measure: etree._Element, symbol: str | None) -> None:
    """Write the beats of a measure's time signature as the sum that is printed, such as 3+2."""
    if symbol is not None and "+" in symbol:
        for beats in mx_measure.iterfind("attributes/time/beats"):
            beats.text = symbol


def _mark_long_rest(mx_measure: etree._Element, measures: int) -> None:
    """Mark the first measure of a multi-measure rest. measures: how many it covers."""
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


def _streams(score: Score, lengths: Sequence[Fraction]) -> tuple[stream.Score, Mapping[str, Note | Rest]]:
    """The score as music21 streams with every detail set, and the note or rest that each of their elements was made
    from, by id.

    A part of two staves becomes two PartStaffs in a brace, which music21 writes as one part. Notes with the same staff,
    voice and onset become one chord. lengths: of the measures, in quarters.
    """
    from music21 import layout, metadata, stream

    result = stream.Score()
    result.metadata = metadata.Metadata(title=score.title or None)
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
    """Builds the music21 staves of one part.

    first: whether it is the first part of the score.
    staves: the result.
    source: id of an element in the result -> the note or rest that it was made from.
    """

    def __init__(self, part: Part, lengths: Sequence[Fraction], first: bool):
        from music21 import stream

        self.part, self.first = part, first
        self.source: dict[str, Note | Rest] = {}
        self.staves = [stream.PartStaff() if part.staves > 1 else stream.Part() for _ in range(part.staves)]
        homes = homes_of(part)
        self.lanes = [[lanes_of(m, staff, homes) for m in part.measures] for staff in range(1, part.staves + 1)]
        self.numbers = voice_numbers(self.lanes)
        for number, staff in enumerate(self.staves, 1):
            staff.id = part.id if part.staves == 1 else f"{part.id}-{number}"
            start = Fraction(0)
            for index, (measure, length) in enumerate(zip(part.measures, lengths, strict=True)):
                # Measures come in order, so music21 need not compare each with all before it.
                staff.insert(start, self._measure(index, measure, number, length), ignoreSort=True)
                start += length

    def _measure(self, index: int, measure: Measure, staff: int, length: Fraction) -> stream.Measure:
        """A measure of one staff. index: from 0; staff: from 1; length: in quarters."""
        from music21 import stream
        from music21.stream.enums import ShowNumber

        # music21 joins the measures of two staves by their numbers. Printed numbers may occur twice, in two movements.
        out = stream.Measure(number=index)
        if measure.pickup:
            out.showNumber = ShowNumber.NEVER
        if self.first and staff == 1 and index:
            self._break_line(out, measure)
        self._sign(out, measure, staff, index)
        voices = self._voices(index, staff) or [self._empty_voice(staff, length)]
        for c in measure.clefs:
            if c.staff == staff and c.onset_quarter > 0:
                voices[0].insert(c.onset_quarter, _clef(c.sign, c.line, c.octave_change))
        for c in self._opening(index + 1, staff)[-1:] if self._begins_line(index + 1) else ():
            voices[0].insert(length, _clef(c.sign, c.line, c.octave_change))
        for voice in voices:
            out.insert(0, voice)
        return out

    def _break_line(self, out: stream.Measure, measure: Measure) -> None:
        """Begin a new page or a new system. MuseScore accepts only one of the two."""
        from music21 import layout

        if measure.new_page:
            out.insert(0, layout.PageLayout(isNew=True))
        elif measure.new_system:
            out.insert(0, layout.SystemLayout(isNew=True))

    def _begins_line(self, index: int) -> bool:
        """Whether a measure is the first of a later system. index: counted from 0."""
        if not 0 < index < len(self.part.measures):
            return False
        return self.part.measures[index].new_system or self.part.measures[index].new_page

    def _opening(self, index: int, staff: int) -> list[Clef]:
        """The clefs at the beginning of a measure on one staff. index: counted from 0."""
        return [c for c in self.part.measures[index].clefs if c.staff == staff and c.onset_quarter == 0]

    def _sign(self, out: stream.Measure, measure: Measure, staff: int, index: int) -> None:
        """Write the clef, key, time signature and barlines of a measure. index: its number in the part, from 0.

        If a system begins with a new clef, that clef is written at the end of the measure before, where engravers print
        a warning. Written at the beginning of the system, MuseScore would draw the old clef first, and the new one
        behind the key.
        """
        from music21 import bar, clef, key, meter

        opening = self._opening(index, staff)
        if opening and not self._begins_line(index):
            out.clef = _clef(opening[-1].sign, opening[-1].line, opening[-1].octave_change)
        elif index == 0:
            # Without a clef, MusicXML readers assume a treble clef. A left hand would then stand far below its staff.
            out.clef = clef.TrebleClef() if staff == 1 else clef.BassClef()
        if measure.fifths is not None:
            out.keySignature = key.KeySignature(measure.fifths)
        if measure.time is not None:
            out.timeSignature = meter.TimeSignature(f"{measure.time[0]}/{measure.time[1]}")
            out.timeSignature.symbol = measure.time_symbol if measure.time_symbol in ("common", "cut") else ""
        if measure.left == "repeat-start":
            out.leftBarline = bar.Repeat(direction="start")
        elif measure.left != "regular":
            out.leftBarline = bar.Barline(measure.left)
        if measure.right == "repeat-end":
            out.rightBarline = bar.Repeat(direction="end")
        elif measure.right != "regular":
            out.rightBarline = bar.Barline(measure.right)

    def _voices(self, index: int, staff: int) -> list[stream.Voice]:
        """The lanes of one staff in one measure, as voices with the numbers of the file."""
        from music21 import stream

        voices = []
        free = self.numbers[staff, None]
        for voice, events in self.lanes[staff - 1][index]:
            out = stream.Voice(id=str(free if voice is None else self.numbers[staff, voice]))
            free += voice is None
            in_tuplet, reached = False, Fraction(-1)
            for event in events:
                in_tuplet = in_tuplet or "start" in event.head.tuplet_ends
                if isinstance(event.head, Rest) and event.head.hidden and event.head.tuplet and not in_tuplet:
                    continue  # a gap instead of a rest needs no tuplet, over which programs would print a number
                in_tuplet = in_tuplet and "stop" not in event.head.tuplet_ends
                made = _general_note(event, tuplet_unit(events, event))
                self._name(event, made)
                # An event that begins later than all others needs no sorting, for which music21 looks at the whole
                # voice.
                out.insert(event.start, made, ignoreSort=event.start > reached)
                reached = event.start
            voices.append(out)
        return voices

    def _empty_voice(self, staff: int, length: Fraction) -> stream.Voice:
        """A voice for a staff on which nothing was read: one hidden rest."""
        from music21 import stream

        rest = _measure_rest(length)
        rest.style.hideObjectOnPrint = True
        first = min(v for (s, _), v in self.numbers.items() if s == staff)
        return stream.Voice([rest], id=str(first))

    def _name(self, event: LaneEvent, made: Any) -> None:
        """Give every note and rest an id by which it is found again in the XML tree."""
        for item, note in zip(event.items, made.notes if made.isChord else (made,), strict=True):
            note.id = f"{self.part.id}-{len(self.source)}"
            self.source[note.id] = item

    def endings(self) -> Iterable[Music21Object]:
        """The volta brackets. A bracket whose end was not read covers only the measure in which it begins."""
        from music21 import spanner, stream

        # When music21 joins staves into one part, it keeps the barlines of the last staff.
        made = list(self.staves[-1].getElementsByClass(stream.Measure))
        measures = self.part.measures
        for i, measure in enumerate(measures):
            if measure.ending_start:
                later = next((j for j in range(i + 1, len(measures)) if measures[j].ending_start), len(measures))
                stop = next((j for j in range(i, later) if measures[j].ending_stop), i)
                yield spanner.RepeatBracket(made[i:stop + 1], number=list(measure.ending_start))


def _general_note(event: LaneEvent, unit: str | None) -> Any:
    """The music21 Note, Chord or Rest of one event. unit: the note type in which its tuplet counts; None for the
    event's own type."""
    from music21 import beam, chord, duration, note

    head = event.head
    length = duration.Duration(type=_MUSIC21_TYPES.get(head.type, head.type), dots=head.dots)
    if head.tuplet is not None:
        actual, normal = head.tuplet
        tuplet = duration.Tuplet(actual, normal, unit or _MUSIC21_TYPES.get(head.type, head.type))
        ends = {e for e in head.tuplet_ends if e in ("start", "stop")}
        if ends:
            tuplet.type = "startStop" if len(ends) == 2 else cast(Any, ends.pop())
        tuplet.bracket = not (isinstance(head, Note) and head.beams)
        tuplet.placement = cast(Any, None)
        length.appendTuplet(tuplet)
    if not event.grace and Fraction(length.quarterLength).limit_denominator(10**6) != head.duration_quarter:
        length.linked = False  # The duration that was read is not that of the printed sign: keep both.
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
        if made.isChord:
            made.sortAscending = _in_order
        made.beams = beam.Beams()
        for kind in head.beams:
            made.beams.append(*_BEAMS[kind])
    return made


def _in_order() -> None:
    """Stands in for music21's method, which would copy every chord to sort its notes, and then not use the copy."""


def _measure_rest(quarters: Fraction) -> Any:
    """A music21 Rest that fills a measure."""
    from music21 import duration, note

    length = duration.Duration(type="whole")
    length.linked = False  # A measure need not be as long as any note type.
    length.quarterLength = quarters
    made = note.Rest(duration=length)
    made.fullMeasure = True
    return made


def _note(source: Note) -> Any:
    """A music21 Note with pitch, accidental and tie, but no duration yet."""
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
    """A music21 Clef."""
    from music21 import clef

    if sign == "percussion":
        return clef.PercussionClef()
    return clef.TabClef() if sign == "TAB" else clef.clefFromString(f"{sign}{line}", octave_change)


# ---- on the XML tree -------------------------------------------------------------------------------------------


def _divisions(mx_part: etree._Element) -> int:
    """Divisions of a quarter note in the file, which music21 always writes."""
    return int(mx_part.findtext("measure/attributes/divisions") or 1)


def _arrange(mx_measure: etree._Element, length: Fraction, divisions: int) -> None:
    """Move the signs at a measure's start before its first note, whatever their staff. If no voice reaches the end of
    the measure, add a step forward to it, so that the next measure begins on time.

    length: of the measure, in quarters.
    divisions: of a quarter note.
    """
    from lxml import etree

    now = reached = opening = 0
    for element in list(mx_measure):
        if element.tag in ("forward", "backup") and int(element.findtext("duration") or 0) <= 0:
            mx_measure.remove(element)  # a remainder of music21's rounding, where no division of a quarter is exact
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
    if int(length * divisions) - reached > _ROUNDING_QUARTERS * divisions:
        forward = etree.SubElement(mx_measure, "forward")
        etree.SubElement(forward, "duration").text = str(missing)


def _settle_barlines(mx_measure: etree._Element, measure: Measure) -> None:
    """Put left barlines before the music and right ones after it, because music21 may leave them between the notes of
    two staves. Give each a style: MuseScore wants one even where the repeat sign implies it."""
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


def _name_notes(mx_measure: etree._Element, source: Mapping[str, Note | Rest], page: int, taken: set[str]) -> None:
    """Give every note and rest its final id and its staff.

    The id tells the page and the symbols that the note was read from ("p1-12-40"). Letters are added if several notes
    were read from the same symbols. The staff is written because music21 keeps a voice on one staff, even where it
    crosses to another.

    source: music21's id -> note or rest.
    taken: the final ids in the file so far. New ones are added.
    """
    for mx_note in mx_measure.iter("note"):
        item = source.get(mx_note.get("id", ""))
        mx_note.attrib.pop("id", "")
        if item is None:
            continue
        staff = mx_note.find("staff")
        if staff is not None:
            staff.text = str(item.staff)
        if item.symbol_ids:
            name = "-".join(map(str, (f"p{page + 1}", *item.symbol_ids)))
            name = next(n for n in (name + more for more in _letters()) if n not in taken)
            taken.add(name)
            mx_note.set("id", name)


def _letters() -> Iterator[str]:
    """"", then "a" to "z", then "aa", "ab" and so on without end, because a repeat sign may copy a bar any number of
    times."""
    for count in itertools.count():
        yield from map("".join, itertools.product(ascii_lowercase, repeat=count))


def _reduce_divisions(mx_part: etree._Element) -> None:
    """Use the smallest number of divisions of a quarter note with which every time in the part is whole."""
    times = [e for e in mx_part.iter("duration", "offset") if e.text]
    divisor = math.gcd(_divisions(mx_part), *(int(e.text or 0) for e in times))
    for element in [*times, *mx_part.iter("divisions")]:
        element.text = str(int(element.text or 0) // divisor)
