"""Writes notes without pitch into a score's MusicXML tree. A note under a percussion clef has only a place on the
staff.

On a staff of five lines, the place and the shape of the notehead tell which drum is meant, by the usual notation of
drum sets. On a staff of one or three lines, the name of the part tells it. Programs that open the file need to know the
drum: MuseScore puts all notes of one instrument on one line.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from lxml import etree

PERCUSSION_CHANNEL = 10
"""The MIDI channel for percussion, counted from 1."""
Drum = tuple[str, int]
"""Name of a drum, and its key on the percussion channel of General MIDI, counted from 0."""
SNARE: Drum = ("Snare Drum", 38)
"""The drum that plays if nothing tells which one is meant."""
_CROSSES = frozenset(("x", "cross", "circle-x"))
"""Shapes of noteheads that mean cymbals, or strokes with the stick."""
DRUMS: dict[str, Drum] = {
    "D4": ("Bass Drum 2", 35), "E4": ("Bass Drum 2", 35), "F4": ("Bass Drum", 36), "G4": ("Low Floor Tom", 41),
    "A4": ("High Floor Tom", 43), "B4": ("Low Tom", 45), "C5": SNARE, "D5": ("Low-Mid Tom", 47),
    "E5": ("High-Mid Tom", 48), "F5": ("High Tom", 50), "G5": ("Cowbell", 56),
}
"""Place on the staff of a notehead of the usual shape -> the drum, as in MuseScore, LilyPond and most methods for drum
sets."""
CYMBALS: dict[str, Drum] = {
    "D4": ("Pedal Hi-Hat", 44), "E4": ("Pedal Hi-Hat", 44), "C5": ("Side Stick", 37), "D5": ("Ride Cymbal 2", 59),
    "E5": ("Open Hi-Hat", 46), "F5": ("Ride Cymbal", 51), "G5": ("Closed Hi-Hat", 42), "A5": ("Crash Cymbal", 49),
    "B5": ("Chinese Cymbal", 52), "C6": ("Splash Cymbal", 55),
}
"""The same for cross-shaped noteheads."""
LOW_CYMBALS: dict[str, Drum] = {**CYMBALS, "E5": CYMBALS["G5"], "G5": CYMBALS["A5"]}
"""The same where the closed hi-hat stands a third lower, as in LilyPond's drum sets. The hi-hat is the place with most
crosses."""
DIAMONDS: dict[str, Drum] = {"F5": ("Ride Bell", 53), "D5": ("Tambourine", 54)}
"""The same for diamond-shaped noteheads."""
_NAMED: tuple[tuple[str, int], ...] = (
    (r"triang", 81), (r"tambourin|schellentrommel|pandeiro|pandereta", 54), (r"tam-?tam|gong", 52),
    (r"hi-?hat", 42), (r"cymb|becken|piatt|platill|crash", 49), (r"ride", 51),
    (r"bass ?drum|gro(ss|ß)e ?trommel|gr\.? ?tr|grosse caisse|gran ?cassa|bombo|\bb\.? ?d\b", 36),
    (r"wood ?block|holzblock|bloc de bois", 76), (r"temple", 76), (r"cow ?bell|kuhglocke|cencerro", 56),
    (r"claves", 75), (r"marac|shaker|rassel", 70), (r"castan|kastag", 85), (r"bongo", 60), (r"conga", 63),
    (r"timbale", 65), (r"agogo", 67), (r"cabasa", 69), (r"g[uü]iro", 73), (r"clap|klatsch|palmas", 39),
    (r"vibraslap", 58), (r"whistle|pfeife", 71), (r"tom", 47), (r"cajon|snare|trommel|caisse|cassa|drum|tambo", 38),
)
"""What occurs in the name of a part, in small letters -> the key of its instrument, counted from 0."""


def write_unpitched(root: etree._Element, mx_part: etree._Element, lines: Sequence[int]) -> None:
    """Replace the pitches under percussion clefs by places on the staff, name the drum of each note, and write how many
    lines the staves have.

    Which clef holds follows from the order of the file: the opening clefs of a measure stand before its notes.

    root: the whole file.
    mx_part: one of its parts.
    lines: number of lines of each staff, () if all have five.
    """
    signs: dict[str, str | None] = {}  # staff number -> sign of its clef
    found: list[etree._Element] = []
    for element in mx_part.iter("clef", "note"):
        if element.tag == "clef":
            signs[element.get("number", "1")] = element.findtext("sign")
        elif signs.get(element.findtext("staff") or "1") == "percussion" and _unpitch(element):
            found.append(element)
    if found:
        _name_instruments(root, mx_part.get("id", ""), found, lines)
    attributes = mx_part.find("measure/attributes")
    if attributes is not None and any(count != 5 for count in lines):
        _write_line_counts(attributes, lines)


def _unpitch(mx_note: etree._Element) -> bool:
    """Replace the pitch and accidental of a note by its place on the staff. Returns False if it has no pitch."""
    pitch = mx_note.find("pitch")
    if pitch is None:
        return False
    place = etree.Element("unpitched")
    etree.SubElement(place, "display-step").text = pitch.findtext("step")
    etree.SubElement(place, "display-octave").text = pitch.findtext("octave")
    mx_note.replace(pitch, place)
    accidental = mx_note.find("accidental")
    if accidental is not None:
        mx_note.remove(accidental)
    return True


Place = tuple[str, int, str]
"""Where a note stands: step and octave as under a treble clef, and the shape of its notehead ("normal" is the usual
one)."""


def keys_in(root: etree._Element) -> dict[str, dict[Place, int]]:
    """Id of each part of a written file that has notes without pitch -> drum keys of its places, counted from 0."""
    keys = {midi.get("id"): int(midi.findtext("midi-unpitched") or 1) - 1
            for midi in root.iterfind("part-list/score-part/midi-instrument")}
    found: dict[str, dict[Place, int]] = {}
    for mx_part in root.iterfind("part"):
        part = mx_part.get("id", "")
        first = root.find(f"part-list/score-part[@id='{part}']/midi-instrument")
        for mx_note in mx_part.iter("note"):
            if mx_note.find("unpitched") is not None and first is not None:
                played = mx_note.find("instrument")
                octave = int(mx_note.findtext("unpitched/display-octave") or 4)
                place = (mx_note.findtext("unpitched/display-step") or "B", octave,
                         mx_note.findtext("notehead") or "normal")
                found.setdefault(part, {})[place] = keys[(first if played is None else played).get("id")]
    return found


def _name_instruments(root: etree._Element, part: str, notes: Sequence[etree._Element], lines: Sequence[int]) -> None:
    """Write the drums of a part into its `score-part`, and tell each note which of them it is.

    part: id of the part.
    notes: those without pitch.
    lines: as in `write_unpitched`.
    """
    score_part = next(p for p in root.iterfind("part-list/score-part") if p.get("id") == part)
    for old in (*score_part.findall("score-instrument"), *score_part.findall("midi-instrument")):
        score_part.remove(old)
    name = score_part.findtext("part-name") or ""
    of_drum: dict[Drum, list[etree._Element]] = defaultdict(list)
    crosses = Counter(_place(note) for note in notes if note.findtext("notehead") in _CROSSES)
    cymbals = LOW_CYMBALS if crosses["E5"] > crosses["G5"] else CYMBALS
    for note in notes:
        staff = int(note.findtext("staff") or 1)
        is_set = not lines or lines[staff - 1] == 5
        of_drum[_drum(note, cymbals) if is_set else _by_name(name)].append(note)
    made = []
    for number, (drum, own) in enumerate(of_drum.items(), 1):
        id_ = f"{part}-I{number}"
        instrument = etree.SubElement(score_part, "score-instrument", id=id_)
        etree.SubElement(instrument, "instrument-name").text = drum[0]
        made.append((id_, drum[1]))
        for note in own if len(of_drum) > 1 else ():
            # the place that the schema asks for
            before = [e for e in note if e.tag in ("unpitched", "duration", "tie")][-1]
            before.addnext(etree.Element("instrument", id=id_))
    for id_, key in made:
        midi = etree.SubElement(score_part, "midi-instrument", id=id_)
        etree.SubElement(midi, "midi-channel").text = str(PERCUSSION_CHANNEL)
        etree.SubElement(midi, "midi-unpitched").text = str(key + 1)  # MusicXML counts from 1


def _place(note: etree._Element) -> str:
    """The place of a note without pitch, as the pitch that it would have under a treble clef."""
    return f"{note.findtext('unpitched/display-step')}{note.findtext('unpitched/display-octave')}"


def _drum(note: etree._Element, cymbals: Mapping[str, Drum]) -> Drum:
    """The drum of a note on five lines. cymbals: what cross-shaped noteheads mean."""
    place, head = _place(note), note.findtext("notehead") or ""
    if head in _CROSSES:
        return cymbals.get(place, SNARE)
    return (DIAMONDS if head == "diamond" else DRUMS).get(place, SNARE)


def _by_name(name: str) -> Drum:
    """The instrument of a part with this name."""
    key = next((key for pattern, key in _NAMED if re.search(pattern, name.casefold())), SNARE[1])
    return name or "Percussion", key


def _write_line_counts(attributes: etree._Element, lines: Sequence[int]) -> None:
    """Write the number of lines of staves that do not have five. The schema wants it after the clefs."""
    last = attributes.findall("clef")[-1]
    for number, count in reversed(list(enumerate(lines, 1))):
        if count != 5:
            details = etree.Element("staff-details")
            if len(lines) > 1:
                details.set("number", str(number))
            etree.SubElement(details, "staff-lines").text = str(count)
            last.addnext(details)
