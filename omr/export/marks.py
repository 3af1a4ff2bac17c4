"""Marks of a score on its MusicXML tree: what hangs on notes, slurs from note to note, directions at their times.

Written on the tree, since music21 would keep neither the place of a mark nor the note of a chord that bears it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Any

from lxml import etree

from omr.music.directions import DYNAMICS, jump_of
from omr.text.chordnames import chord_name
from omr.text.metronome import parse
from omr.types import Direction, Mark, Measure, Note, Rest

ARTICULATIONS = frozenset(("accent", "strong-accent", "staccato", "tenuto", "staccatissimo", "breath-mark", "caesura"))
TECHNICAL = frozenset(("up-bow", "down-bow", "fingering", "harmonic", "open-string", "snap-pizzicato", "stopped"))
ORNAMENTS = frozenset((
    "trill-mark", "turn", "inverted-turn", "delayed-turn", "delayed-inverted-turn", "mordent",
    "inverted-mordent", "tremolo", "wavy-line",
))
_OWN = frozenset(("fingering", "arpeggiate"))
"""Marks of single notes; all others are written on the first note of a chord."""
_AFTER_NOTATIONS = ("lyric", "play", "listen")
_VELOCITY = {"pppp": 10, "ppp": 23, "pp": 36, "p": 49, "mp": 64, "mf": 80, "f": 96, "ff": 112, "fff": 126, "ffff": 127}
_FORTE = 90
"""MIDI velocity that MusicXML's `dynamics` counts in percent of."""


# ---- on notes --------------------------------------------------------------------------------------------------


def write_notes(mx_part: Any, source: Mapping[str, Note | Rest]) -> None:
    """Marks, slurs and sizes of a part's notes. source: the note or rest of each element, by its `id`."""
    bearing: list[tuple[Any, Note | Rest]] = []
    for mx_note in mx_part.iter("note"):
        item = source.get(mx_note.get("id", ""))
        if item is not None:
            bearing.append((mx_note, item))
            if isinstance(item, Note):
                _write_size(mx_note, item)
    groups = _numbers(bearing)
    first: Any = None
    for mx_note, item in bearing:
        first = mx_note if mx_note.find("chord") is None else first
        for mark in item.marks:
            _write_mark(mx_note if mark.name in _OWN else first, mark, groups)
        for lyric in item.lyrics if isinstance(item, Note) else ():
            made = etree.SubElement(first, "lyric", number=str(lyric.verse))
            etree.SubElement(made, "syllabic").text = lyric.syllabic
            etree.SubElement(made, "text").text = lyric.text
    _write_slurs(bearing)


def _write_size(mx_note: Any, item: Note) -> None:
    grace = mx_note.find("grace")
    if grace is not None:
        grace.attrib.pop("slash", None)
        if item.slash:
            grace.set("slash", "yes")
    if item.cue:
        mx_note.find("type").set("size", "cue")
    if item.head:
        made = etree.Element("notehead")
        made.text = item.head
        # The schema's order: after the stem, or where there is none after what may stand before it.
        before = [mx_note.find(tag) for tag in ("stem", "time-modification", "accidental", "dot", "type")]
        next(e for e in before if e is not None).addnext(made)
    accidental = mx_note.find("accidental")
    if item.cautionary and accidental is not None:
        accidental.set("parentheses", "yes")


def _numbers(bearing: Sequence[tuple[Any, Note | Rest]]) -> dict[int, int]:
    """Numbers from 1 to 16 for arpeggios that reach over several chords, by their group."""
    groups = (m.group for _, item in bearing for m in item.marks if m.name == "arpeggiate" and m.group is not None)
    return {group: i % 16 + 1 for i, group in enumerate(dict.fromkeys(groups))}


def _write_mark(mx_note: Any, mark: Mark, numbers: Mapping[int, int]) -> None:
    notations = _notations(mx_note)
    if mark.name in ARTICULATIONS:
        made = etree.SubElement(_child(notations, "articulations"), mark.name)
    elif mark.name in TECHNICAL:
        made = etree.SubElement(_child(notations, "technical"), mark.name)
    elif mark.name in ORNAMENTS:
        ornaments = _child(notations, "ornaments")
        made = etree.SubElement(ornaments, mark.name)
        for side, name in (("above", mark.accidental_above), ("below", mark.accidental_below)):
            if name:
                etree.SubElement(ornaments, "accidental-mark", placement=side).text = name
    elif mark.name in ("fermata", "arpeggiate"):
        if notations.find(mark.name) is not None:
            return
        made = etree.SubElement(notations, mark.name)
    else:
        made = etree.SubElement(notations, "other-notation", type="single")
        made.text = mark.name
    if mark.name == "fermata":
        made.text = mark.shape or None
        made.set("type", "inverted" if mark.placement == "below" else "upright")
    elif mark.name == "strong-accent":
        made.set("type", "down" if mark.placement == "below" else "up")
    elif mark.name == "fingering":
        made.text = str(mark.value)
    elif mark.name == "tremolo":
        made.text = str(mark.value)
        made.set("type", "single" if mark.group is None else "stop" if mark.stop else "start")
        if mark.group is not None:
            _halve(mx_note)
        return
    elif mark.name == "arpeggiate":
        if mark.group is not None:
            made.set("number", str(numbers[mark.group]))
        return
    elif mark.name == "wavy-line":
        made.set("type", "stop" if mark.stop else "start")
    if mark.placement and mark.name != "fermata":
        made.set("placement", mark.placement)


def _halve(mx_note: Any) -> None:
    """Say that a note of a tremolo of two lasts half of what it shows."""
    if mx_note.find("time-modification") is not None or mx_note.find("type") is None:
        return
    place = next(i for i, e in enumerate(mx_note) if e.tag == "type") + 1
    while place < len(mx_note) and mx_note[place].tag in ("dot", "accidental"):
        place += 1
    made = etree.Element("time-modification")
    etree.SubElement(made, "actual-notes").text = "2"
    etree.SubElement(made, "normal-notes").text = "1"
    mx_note.insert(place, made)


def _write_slurs(bearing: Sequence[tuple[Any, Note | Rest]]) -> None:
    """Slurs with both ends, numbered so that no two with one number overlap in the file."""
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
            etree.SubElement(_notations(bearing[pair[kind]][0]), "slur", type=kind, number=str(min(number, 16)))


def _notations(mx_note: Any) -> Any:
    found = mx_note.find("notations")
    if found is None:
        found = etree.Element("notations")
        place = next((i for i, e in enumerate(mx_note) if e.tag in _AFTER_NOTATIONS), len(mx_note))
        mx_note.insert(place, found)
    return found


def _child(parent: Any, name: str) -> Any:
    found = parent.find(name)
    return etree.SubElement(parent, name) if found is None else found


# ---- directions ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """A note of a measure's tree: when it starts and ends (quarters), its staff, the last element of its chord."""

    start: Fraction
    end: Fraction
    staff: int
    first: Any
    last: Any


def write_directions(mx_measure: Any, measure: Measure, divisions: int, staves: int) -> None:
    """A measure's directions: before the first note of their time and staff, stops after the last that their line
    covers."""
    places = _places(mx_measure, divisions)
    for direction in sorted(measure.directions, key=lambda d: (d.onset_quarter, not d.kind.endswith("stop"))):
        element = _direction(direction, staves)
        own = [p for p in places if p.staff == direction.staff] or places
        at = direction.onset_quarter
        if direction.kind.endswith("stop"):
            before = [p for p in own if p.start < at]
            if before:
                place = max(before, key=lambda p: (p.start, -p.end))
                _offset(element, (at - place.end) * divisions)
                place.last.addnext(element)
                continue
        after = [p for p in own if p.start <= at]
        if after:
            place = max(after, key=lambda p: p.start)
            _offset(element, (at - place.start) * divisions)
            place.first.addprevious(element)
        elif own:
            _offset(element, (at - own[0].start) * divisions)
            own[0].first.addprevious(element)
        else:
            _offset(element, at * divisions)
            mx_measure.append(element)


def _places(mx_measure: Any, divisions: int) -> list[_Place]:
    """Notes and rests in the order of the file. Grace notes count as the first element of what they lead to."""
    places: list[_Place] = []
    now = Fraction(0)
    grace: Any = None
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


def _offset(direction: Any, ticks: Fraction) -> None:
    if round(ticks):
        offset = etree.Element("offset")
        offset.text = str(round(ticks))
        last = [e for e in direction if e.tag in ("direction-type", "root", "kind", "bass")][-1]
        last.addnext(offset)


def _harmony(text: str, staves: int, staff: int) -> Any:
    """A chord symbol as MusicXML has it; ValueError for words that are none."""
    name = chord_name(text)
    if name is None:
        raise ValueError(f"no chord symbol: {text!r}")
    made = etree.Element("harmony")
    for tag, step, alter in (("root", name.step, name.alter), ("bass", name.bass_step, name.bass_alter)):
        if tag == "bass":
            etree.SubElement(made, "kind", text=name.suffix).text = name.kind
        if step:
            holder = etree.SubElement(made, tag)
            etree.SubElement(holder, f"{tag}-step").text = step
            if alter:
                etree.SubElement(holder, f"{tag}-alter").text = str(alter)
    if staves > 1:
        etree.SubElement(made, "staff").text = str(staff)
    return made


def _direction(direction: Direction, staves: int) -> Any:
    if direction.kind == "harmony":
        return _harmony(direction.text, staves, direction.staff)
    made = etree.Element("direction")
    if direction.placement:
        made.set("placement", direction.placement)
    holder = etree.SubElement(made, "direction-type")
    kind, _, end = direction.kind.partition("-")
    line = str(min(direction.staff, 16))  # so that lines of one kind on two staves are not taken for one
    sound: dict[str, str] = {}
    match kind:
        case "dynamics":
            dynamics = etree.SubElement(holder, "dynamics")
            if direction.text in DYNAMICS:
                etree.SubElement(dynamics, direction.text)
            else:
                etree.SubElement(dynamics, "other-dynamics").text = direction.text
            if direction.text in _VELOCITY:
                sound = {"dynamics": str(round(100 * _VELOCITY[direction.text] / _FORTE))}
        case "words":
            etree.SubElement(holder, "words").text = direction.text
            sound = jump_of(direction.text)
        case "metronome":
            unit, dotted, beats, quarters = parse(direction.text)
            mark = etree.SubElement(holder, "metronome")
            etree.SubElement(mark, "beat-unit").text = unit
            if dotted:
                etree.SubElement(mark, "beat-unit-dot")
            etree.SubElement(mark, "per-minute").text = str(beats)
            sound = {"tempo": f"{float(quarters):g}"}
        case "wedge":
            etree.SubElement(holder, "wedge", type=end, number=line)
        case "pedal":
            etree.SubElement(holder, "pedal", type=end, number=line, sign="yes", line="no")
            sound = {"damper-pedal": "yes" if end == "start" else "no"}
        case "octave":
            size = "15" if direction.text.startswith("15") else "8"
            # MusicXML says which way the notes are moved on the page, not how they sound.
            way = "stop" if end == "stop" else "up" if direction.text.endswith("b") else "down"
            etree.SubElement(holder, "octave-shift", type=way, number=line, size=size)
        case "segno" | "coda":
            etree.SubElement(holder, kind)
            sound = {kind: kind}
        case _:
            etree.SubElement(holder, "other-direction").text = direction.text or direction.kind
    if staves > 1:
        etree.SubElement(made, "staff").text = str(direction.staff)
    if sound:
        etree.SubElement(made, "sound", **sound)
    return made


