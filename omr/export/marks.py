"""Writes marks into a score's MusicXML tree: articulations and the like on notes, lyrics, slurs, and directions.

They are written after music21 has made the tree, because music21 does not keep where a mark is placed, nor which note
of a chord has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from lxml import etree

from omr.music.directions import jump_of
from omr.music.sides import DYNAMICS
from omr.text.chordnames import FIFTH, chord_name
from omr.text.metronome import parse
from omr.text.tempos import is_tempo, quarters_a_minute
from omr.types import ELISION, Direction, Fretboard, Mark, Measure, Note, Rest

ARTICULATIONS = frozenset(("accent", "strong-accent", "staccato", "tenuto", "staccatissimo", "breath-mark", "caesura"))
TECHNICAL = frozenset((
    "up-bow", "down-bow", "fingering", "harmonic", "open-string", "snap-pizzicato", "stopped", "string", "fret",
))
ORNAMENTS = frozenset((
    "trill-mark", "turn", "inverted-turn", "delayed-turn", "delayed-inverted-turn", "mordent",
    "inverted-mordent", "tremolo", "wavy-line",
))
_ON_SINGLE_NOTES = frozenset(("fingering", "arpeggiate", "string", "fret"))
"""Marks that belong to one note of a chord. All others are written on the first note of a chord."""
_AFTER_NOTATIONS = ("lyric", "play", "listen")
"""Elements that the schema wants after `notations` in a note."""
_MOST_NUMBERS = 16
"""Highest number that MusicXML allows for slurs, arpeggios and lines."""
_VELOCITY = {"pppp": 10, "ppp": 23, "pp": 36, "p": 49, "mp": 64, "mf": 80, "f": 96, "ff": 112, "fff": 126, "ffff": 127}
"""Dynamic sign -> MIDI velocity."""
_FORTE_VELOCITY = 90
"""The velocity that is 100 percent in MusicXML's `sound dynamics`."""


# ---- on notes --------------------------------------------------------------------------------------------------


def write_notes(mx_part: etree._Element, source: Mapping[str, Note | Rest]) -> None:
    """Write the marks, lyrics, slurs and shapes of a part's notes. source: id of an element -> its note or rest."""
    bearing: list[tuple[etree._Element, Note | Rest]] = []
    for mx_note in mx_part.iter("note"):
        item = source.get(mx_note.get("id", ""))
        if item is not None:
            bearing.append((mx_note, item))
            if isinstance(item, Note):
                _write_shape(mx_note, item)
    numbers = _arpeggio_numbers(bearing)
    first: etree._Element | None = None
    for mx_note, item in bearing:
        first = mx_note if first is None or mx_note.find("chord") is None else first
        for mark in item.marks:
            _write_mark(mx_note if mark.name in _ON_SINGLE_NOTES else first, mark, numbers)
        for lyric in item.lyrics if isinstance(item, Note) else ():
            made = etree.SubElement(first, "lyric", number=str(lyric.verse))
            etree.SubElement(made, "syllabic").text = lyric.syllabic
            for number, syllable in enumerate(lyric.text.split(ELISION)):
                if number:
                    etree.SubElement(made, "elision").text = ELISION
                etree.SubElement(made, "text").text = syllable
    _write_slurs(bearing)


def _write_shape(mx_note: etree._Element, item: Note) -> None:
    """Write how a note looks: slashed, cue size, the shape of its notehead, an accidental in parentheses."""
    grace = mx_note.find("grace")
    if grace is not None:
        grace.attrib.pop("slash", "")
        if item.slash:
            grace.set("slash", "yes")
    type_ = mx_note.find("type")
    if item.cue and type_ is not None:
        type_.set("size", "cue")
    if item.head:
        made = etree.Element("notehead")
        made.text = item.head
        # The schema wants the notehead after the stem, or without a stem after the last of these elements.
        before = [mx_note.find(tag) for tag in ("stem", "time-modification", "accidental", "dot", "type")]
        next(e for e in before if e is not None).addnext(made)
    accidental = mx_note.find("accidental")
    if item.cautionary and accidental is not None:
        accidental.set("parentheses", "yes")


def _arpeggio_numbers(bearing: Sequence[tuple[etree._Element, Note | Rest]]) -> dict[int, int]:
    """Group of an arpeggio over several chords -> its number in the file. After the highest number, they begin
    again."""
    groups = (m.group for _, item in bearing for m in item.marks if m.name == "arpeggiate" and m.group is not None)
    return {group: i % _MOST_NUMBERS + 1 for i, group in enumerate(dict.fromkeys(groups))}


def _write_mark(mx_note: etree._Element, mark: Mark, numbers: Mapping[int, int]) -> None:
    """Write one mark on a note. numbers: as returned by `_arpeggio_numbers`."""
    notations = _notations(mx_note)
    if mark.name in ("fermata", "arpeggiate") and notations.find(mark.name) is not None:
        return  # one fermata is enough for both voices
    made = _mark_element(notations, mark)
    if mark.name == "tremolo":
        made.text = str(mark.value)
        made.set("type", "single" if mark.group is None else "stop" if mark.stop else "start")
        if mark.group is not None:
            _halve(mx_note)
    elif mark.name == "arpeggiate":
        if mark.group is not None:
            made.set("number", str(numbers[mark.group]))
    elif mark.name == "fermata":
        made.text = mark.shape or None
        made.set("type", "inverted" if mark.placement == "below" else "upright")
    else:
        if mark.name == "strong-accent":
            made.set("type", "down" if mark.placement == "below" else "up")
        elif mark.name in ("fingering", "string", "fret"):
            made.text = str(mark.value)
        elif mark.name == "wavy-line":
            made.set("type", "stop" if mark.stop else "start")
        if mark.placement:
            made.set("placement", mark.placement)


def _mark_element(notations: etree._Element, mark: Mark) -> etree._Element:
    """Make the empty element of a mark, inside the group of notations that the schema wants."""
    if mark.name in ARTICULATIONS:
        return etree.SubElement(_child(notations, "articulations"), mark.name)
    if mark.name in TECHNICAL:
        return etree.SubElement(_child(notations, "technical"), mark.name)
    if mark.name in ORNAMENTS:
        ornaments = _child(notations, "ornaments")
        made = etree.SubElement(ornaments, mark.name)
        for side, name in (("above", mark.accidental_above), ("below", mark.accidental_below)):
            if name:
                etree.SubElement(ornaments, "accidental-mark", placement=side).text = name
        return made
    if mark.name in ("fermata", "arpeggiate"):
        return etree.SubElement(notations, mark.name)
    made = etree.SubElement(notations, "other-notation", type="single")
    made.text = mark.name
    return made


def _halve(mx_note: etree._Element) -> None:
    """Say that a note of a tremolo between two notes lasts half of its printed value."""
    if mx_note.find("time-modification") is not None or mx_note.find("type") is None:
        return
    place = next(i for i, e in enumerate(mx_note) if e.tag == "type") + 1
    while place < len(mx_note) and mx_note[place].tag in ("dot", "accidental"):
        place += 1
    made = etree.Element("time-modification")
    etree.SubElement(made, "actual-notes").text = "2"
    etree.SubElement(made, "normal-notes").text = "1"
    mx_note.insert(place, made)


def _write_slurs(bearing: Sequence[tuple[etree._Element, Note | Rest]]) -> None:
    """Write the slurs that have both ends. Slurs that overlap get different numbers."""
    ends: dict[int, dict[str, int]] = {}
    for place, (_, item) in enumerate(bearing):
        if isinstance(item, Note):
            for slur in item.slur_stops:
                ends.setdefault(slur, {})["stop"] = place
            for slur in item.slur_starts:
                ends.setdefault(slur, {})["start"] = place
    whole = {slur: pair for slur, pair in ends.items() if len(pair) == 2}
    until: dict[int, int] = {}  # number -> the place up to which a slur has it
    for _, pair in sorted(whole.items(), key=lambda s: min(s[1].values())):
        number = next(n for n in count(1) if until.get(n, -1) < min(pair.values()))
        until[number] = max(pair.values())
        for kind in ("start", "stop"):
            notations = _notations(bearing[pair[kind]][0])
            etree.SubElement(notations, "slur", type=kind, number=str(min(number, _MOST_NUMBERS)))


def _notations(mx_note: etree._Element) -> etree._Element:
    """The note's `notations` element, made if there is none."""
    found = mx_note.find("notations")
    if found is None:
        found = etree.Element("notations")
        place = next((i for i, e in enumerate(mx_note) if e.tag in _AFTER_NOTATIONS), len(mx_note))
        mx_note.insert(place, found)
    return found


def _child(parent: etree._Element, name: str) -> etree._Element:
    """The first child with this name, added at the end if there is none."""
    found = parent.find(name)
    return etree.SubElement(parent, name) if found is None else found


# ---- directions ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """A chord or rest in a measure's tree.

    start, end: in quarters from the beginning of the measure.
    first: the element before which a direction at this time is written.
    last: the last element of the chord.
    """

    start: Fraction
    end: Fraction
    staff: int
    first: etree._Element
    last: etree._Element


def write_directions(mx_measure: etree._Element, measure: Measure, divisions: int, staves: int) -> None:
    """Write a measure's directions.

    A direction is written before the first note of its time and staff. The end of a line is written after the last note
    that the line covers. If the direction's staff has no note at that time, it is written at a note of another staff
    that has one, because MuseScore ignores offsets. Both ends of a line stay at notes of their own staff: elsewhere,
    the end would come before the beginning in the file.

    divisions: of a quarter note.
    staves: how many the part has.
    """
    places = _places(mx_measure, divisions)
    has_number = any(d.kind == "metronome" for d in measure.directions)
    starts = {(d.staff, d.onset_quarter) for d in measure.directions if "-" in d.kind and not d.kind.endswith("stop")}
    for direction in sorted(measure.directions, key=lambda d: (d.onset_quarter, not d.kind.endswith("stop"))):
        element = _direction(direction, staves, has_number)
        own = [p for p in places if p.staff == direction.staff] or places
        at = direction.onset_quarter
        if direction.kind.endswith("stop"):
            before = [p for p in own if p.start < at]
            if before:
                place = max(before, key=lambda p: (p.start, -p.end))
                if place.end > at and (direction.staff, at) in starts:
                    # If one line ends and another begins at the same note, both are written before it, the end first.
                    _offset(element, (at - place.start) * divisions)
                    place.first.addprevious(element)
                    continue
                _offset(element, (at - place.end) * divisions)
                place.last.addnext(element)
                continue
        after = [p for p in own if p.start <= at]
        if after:
            place = max(after, key=lambda p: p.start)
            if place.start != at and "-" not in direction.kind:
                place = next((p for p in places if p.start == at), place)
            _offset(element, (at - place.start) * divisions)
            place.first.addprevious(element)
        elif own:
            _offset(element, (at - own[0].start) * divisions)
            own[0].first.addprevious(element)
        else:
            _offset(element, at * divisions)
            mx_measure.append(element)


def _places(mx_measure: etree._Element, divisions: int) -> list[_Place]:
    """Chords and rests in the order of the file. Grace notes count as the first element of the note that they lead
    to."""
    places: list[_Place] = []
    now = Fraction(0)
    grace: etree._Element | None = None
    for element in mx_measure:
        length = Fraction(int(element.findtext("duration") or 0), divisions)
        if element.tag == "backup":
            now, grace = now - length, None
        elif element.tag == "forward":
            now, grace = now + length, None
        elif element.tag == "note" and element.find("grace") is not None:
            grace = element if grace is None else grace
        elif element.tag == "note" and element.find("chord") is not None and places:
            last = places[-1]
            places[-1] = _Place(last.start, last.end, last.staff, last.first, element)
        elif element.tag == "note":
            staff = int(element.findtext("staff") or 1)
            places.append(_Place(now, now + length, staff, element if grace is None else grace, element))
            now, grace = now + length, None
    return places


def _offset(direction: etree._Element, ticks: Fraction) -> None:
    """Say that a direction sounds this many ticks after the place where it is written."""
    if round(ticks):
        offset = etree.Element("offset")
        offset.text = str(round(ticks))
        last = [e for e in direction if e.tag in ("direction-type", "root", "kind", "bass", "degree", "frame")][-1]
        last.addnext(offset)


PLAIN_SIGNS = str.maketrans("♯♭", "#b")
"""Printed accidentals -> those in the text of a chord's kind. MuseScore looks for altered degrees in that text, and
prints degrees that it does not find there a second time."""


def _harmony(text: str, staves: int, staff: int, diagram: Fretboard | None = None) -> etree._Element:
    """A chord symbol as a `harmony` element, with its diagram. Raises ValueError if the text is not a chord symbol."""
    name = chord_name(text)
    if name is None:
        raise ValueError(f"no chord symbol: {text!r}")
    made = etree.Element("harmony")
    for tag, step, alter in (("root", name.step, name.alter), ("bass", name.bass_step, name.bass_alter)):
        if tag == "bass":
            etree.SubElement(made, "kind", text=name.suffix.translate(PLAIN_SIGNS)).text = name.kind
        if step:
            holder = etree.SubElement(made, tag)
            etree.SubElement(holder, f"{tag}-step").text = step
            if alter:
                etree.SubElement(holder, f"{tag}-alter").text = str(alter)
    for value, alter in name.degrees:
        # The text of the kind is what is printed, and it includes the degrees. Programs must not print them again.
        degree = etree.SubElement(made, "degree", {"print-object": "no"})
        etree.SubElement(degree, "degree-value").text = str(value)
        etree.SubElement(degree, "degree-alter").text = str(alter)
        # Every chord has a fifth, so this is altered. Ninths and what is above them are added to a seventh chord.
        etree.SubElement(degree, "degree-type").text = "alter" if value == FIFTH else "add"
    if diagram is not None:
        made.append(_frame(diagram))
    if staves > 1:
        etree.SubElement(made, "staff").text = str(staff)
    return made


def _frame(diagram: Fretboard) -> etree._Element:
    """A chord diagram as a `frame` element. Frets are counted from the nut, whichever fret is drawn first."""
    made = etree.Element("frame")
    etree.SubElement(made, "frame-strings").text = str(diagram.strings)
    etree.SubElement(made, "frame-frets").text = str(diagram.frets)
    if diagram.first > 1:
        etree.SubElement(made, "first-fret").text = str(diagram.first)
    for note in diagram.notes:
        holder = etree.SubElement(made, "frame-note")
        etree.SubElement(holder, "string").text = str(note.string)
        etree.SubElement(holder, "fret").text = str(note.fret)
        if note.barre:
            etree.SubElement(holder, "barre", type=note.barre)
    return made


def _direction(direction: Direction, staves: int, has_number: bool) -> etree._Element:
    """The element of a direction.

    staves: of its part. The staff is named only if there are several.
    has_number: as in `_write_direction_type`.
    """
    if direction.kind == "harmony":
        made = _harmony(direction.text, staves, direction.staff, direction.diagram)
        if direction.placement == "below":
            made.set("placement", "below")
        return made
    made = etree.Element("direction")
    if direction.placement:
        made.set("placement", direction.placement)
    sound = _write_direction_type(etree.SubElement(made, "direction-type"), direction, has_number)
    if staves > 1:
        etree.SubElement(made, "staff").text = str(direction.staff)
    if sound:
        etree.SubElement(made, "sound", sound)
    return made


def _write_direction_type(holder: etree._Element, direction: Direction, has_number: bool) -> dict[str, str]:
    """Write what is printed into a `direction-type` element. Returns the attributes of `sound`, which say what is
    heard.

    has_number: whether a metronome mark of the measure says how fast it is.
    """
    kind, _, end = direction.kind.partition("-")
    line = str(min(direction.staff, _MOST_NUMBERS))  # simultaneous lines on two staves need two numbers
    match kind:
        case "dynamics":
            dynamics = etree.SubElement(holder, "dynamics")
            if direction.text in DYNAMICS:
                etree.SubElement(dynamics, direction.text)
            else:
                etree.SubElement(dynamics, "other-dynamics").text = direction.text
            if direction.text in _VELOCITY:
                return {"dynamics": str(round(100 * _VELOCITY[direction.text] / _FORTE_VELOCITY))}
        case "words":
            words = etree.SubElement(holder, "words")
            words.text = direction.text
            if direction.placement == "above" and is_tempo(direction.text):
                words.set("font-weight", "bold")
                tempo = quarters_a_minute(direction.text)
                return {"tempo": f"{tempo:g}"} if tempo and not has_number else {}
            return jump_of(direction.text)
        case "rehearsal":
            etree.SubElement(holder, "rehearsal").text = direction.text
        case "metronome":
            unit, dotted, beats, quarters = parse(direction.text)
            mark = etree.SubElement(holder, "metronome")
            etree.SubElement(mark, "beat-unit").text = unit
            if dotted:
                etree.SubElement(mark, "beat-unit-dot")
            etree.SubElement(mark, "per-minute").text = str(beats)
            return {"tempo": f"{float(quarters):g}"}
        case "wedge":
            etree.SubElement(holder, "wedge", type=end, number=line)
        case "pedal":
            etree.SubElement(holder, "pedal", type=end, number=line, sign="yes", line="no")
            return {"damper-pedal": "yes" if end == "start" else "no"}
        case "octave":
            size = "15" if direction.text.startswith("15") else "8"
            # MusicXML says in which direction the notes are moved on the page, not how they sound.
            way = "stop" if end == "stop" else "up" if direction.text.endswith("b") else "down"
            etree.SubElement(holder, "octave-shift", type=way, number=line, size=size)
        case "segno" | "coda":
            etree.SubElement(holder, kind)
            return {kind: kind}
        case _:
            etree.SubElement(holder, "other-direction").text = direction.text or direction.kind
    return {}
