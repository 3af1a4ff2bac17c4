"""Marks of a score on its MusicXML tree: articulations and the like on notes, slurs, and directions at their times.

They are written on the tree that music21 has made, because music21 keeps neither the place of a mark nor which note of
a chord bears it.
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
"""Marks that stand on their own note of a chord; all others are written on a chord's first note."""
_AFTER_NOTATIONS = ("lyric", "play", "listen")
"""What the schema wants after `notations` in a note."""
_MOST_NUMBERS = 16
"""Highest number of a slur, arpeggio or line that MusicXML allows."""
_VELOCITY = {"pppp": 10, "ppp": 23, "pp": 36, "p": 49, "mp": 64, "mf": 80, "f": 96, "ff": 112, "fff": 126, "ffff": 127}
"""A dynamic sign -> MIDI velocity."""
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
    """What a note looks like: slashed, of cue size, with another notehead, its accidental in parentheses."""
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
        # The schema's order: after the stem, or without one after the last of what comes before a stem.
        before = [mx_note.find(tag) for tag in ("stem", "time-modification", "accidental", "dot", "type")]
        next(e for e in before if e is not None).addnext(made)
    accidental = mx_note.find("accidental")
    if item.cautionary and accidental is not None:
        accidental.set("parentheses", "yes")


def _arpeggio_numbers(bearing: Sequence[tuple[etree._Element, Note | Rest]]) -> dict[int, int]:
    """Group of an arpeggio over several chords -> its number in the file, which begins again after the highest."""
    groups = (m.group for _, item in bearing for m in item.marks if m.name == "arpeggiate" and m.group is not None)
    return {group: i % _MOST_NUMBERS + 1 for i, group in enumerate(dict.fromkeys(groups))}


def _write_mark(mx_note: etree._Element, mark: Mark, numbers: Mapping[int, int]) -> None:
    """Write one mark on a note. numbers: as `_arpeggio_numbers` gives them."""
    notations = _notations(mx_note)
    if mark.name in ("fermata", "arpeggiate") and notations.find(mark.name) is not None:
        return  # one is enough for both voices
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
    """The mark's empty element, in the group of notations that the schema wants it in."""
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
    """Write the slurs that have both ends; no two slurs of one number overlap in the file."""
    ends: dict[int, dict[str, int]] = {}
    for place, (_, item) in enumerate(bearing):
        if isinstance(item, Note):
            for slur in item.slur_stops:
                ends.setdefault(slur, {})["stop"] = place
            for slur in item.slur_starts:
                ends.setdefault(slur, {})["start"] = place
    whole = {slur: pair for slur, pair in ends.items() if len(pair) == 2}
    until: dict[int, int] = {}  # number -> the place up to which it is taken
    for _, pair in sorted(whole.items(), key=lambda s: min(s[1].values())):
        number = next(n for n in count(1) if until.get(n, -1) < min(pair.values()))
        until[number] = max(pair.values())
        for kind in ("start", "stop"):
            notations = _notations(bearing[pair[kind]][0])
            etree.SubElement(notations, "slur", type=kind, number=str(min(number, _MOST_NUMBERS)))


def _notations(mx_note: etree._Element) -> etree._Element:
    """The note's `notations`, made where there are none."""
    found = mx_note.find("notations")
    if found is None:
        found = etree.Element("notations")
        place = next((i for i, e in enumerate(mx_note) if e.tag in _AFTER_NOTATIONS), len(mx_note))
        mx_note.insert(place, found)
    return found


def _child(parent: etree._Element, name: str) -> etree._Element:
    """The first child of this name, made at the end where there is none."""
    found = parent.find(name)
    return etree.SubElement(parent, name) if found is None else found


# ---- directions ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """A chord or rest of a measure's tree. start, end: in quarters from the beginning of the measure. first: element
    before which a direction at its time stands; last: the last element of its chord."""

    start: Fraction
    end: Fraction
    staff: int
    first: etree._Element
    last: etree._Element


def write_directions(mx_measure: etree._Element, measure: Measure, divisions: int, staves: int) -> None:
    """Write a measure's directions. A direction stands before the first note of its time and staff; the end of a line
    stands after the last note that the line covers. Where its staff has no note at its time, it stands at a note of
    another staff that has: MuseScore knows no offsets. Lines do not: their end would come before their beginning.
    divisions: ticks a quarter; staves: of the part."""
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
                    # Both ends stand before the note that two lines share, so that the first is closed before the next.
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
    """Chords and rests in the order of the file. Grace notes count as the first element of what they lead to."""
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
    """Say that a direction sounds so many ticks after the place where it stands."""
    if round(ticks):
        offset = etree.Element("offset")
        offset.text = str(round(ticks))
        last = [e for e in direction if e.tag in ("direction-type", "root", "kind", "bass", "degree", "frame")][-1]
        last.addnext(offset)


PLAIN_SIGNS = str.maketrans("♯♭", "#b")
"""Printed signs -> those that are written into the text of a chord's kind. MuseScore looks there for the altered
degrees, and prints those that it does not find a second time."""


def _harmony(text: str, staves: int, staff: int, diagram: Fretboard | None = None) -> etree._Element:
    """A chord symbol as `harmony`, with its diagram. Raises ValueError if the text cannot be read as one."""
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
        # What is printed is the kind's `text` and holds the degrees: a reader must not print them twice.
        degree = etree.SubElement(made, "degree", {"print-object": "no"})
        etree.SubElement(degree, "degree-value").text = str(value)
        etree.SubElement(degree, "degree-alter").text = str(alter)
        # A fifth is in every chord; a ninth and what is above it are added to a seventh chord.
        etree.SubElement(degree, "degree-type").text = "alter" if value == FIFTH else "add"
    if diagram is not None:
        made.append(_frame(diagram))
    if staves > 1:
        etree.SubElement(made, "staff").text = str(staff)
    return made


def _frame(diagram: Fretboard) -> etree._Element:
    """A chord diagram as `frame`. Frets are counted from the nut, whichever is the first that is drawn."""
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
    """The element of a direction. staves: of its part; only with several the staff is named. has_number: as in
    `_write_direction_type`."""
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
    """Write what is printed into a `direction-type`. Returns the attributes of `sound`, which say what is heard.
    has_number: whether a metronome mark says how fast the measure is."""
    kind, _, end = direction.kind.partition("-")
    line = str(min(direction.staff, _MOST_NUMBERS))  # lines on two staves at a time need two numbers
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
            # MusicXML says which way the notes are moved on the page, not how they sound.
            way = "stop" if end == "stop" else "up" if direction.text.endswith("b") else "down"
            etree.SubElement(holder, "octave-shift", type=way, number=line, size=size)
        case "segno" | "coda":
            etree.SubElement(holder, kind)
            return {kind: kind}
        case _:
            etree.SubElement(holder, "other-direction").text = direction.text or direction.kind
    return {}
