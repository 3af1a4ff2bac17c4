"""Notes without pitch, on a score's MusicXML tree: notes under a percussion clef have only a place on the staff."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from omr.export.drums import NAMES, Place, keys_of

PERCUSSION_CHANNEL = 10
"""MIDI's channel of percussion, counted from 1."""
_BEFORE_INSTRUMENT = ("chord", "unpitched", "duration", "tie")
"""What stands before the instrument of a note, as the schema wants it."""


def write_unpitched(root: etree._Element, mx_part: etree._Element, lines: Sequence[int]) -> None:
    """Turn the pitches under percussion clefs into places on the staff, and write how many lines staves have.

    root: of the file; mx_part: one of its parts. lines: number of lines of each staff, () if all have five. Which clef
    holds is found in the order of the file, where a measure's opening clefs stand before its notes.
    """
    signs: dict[str, str | None] = {}  # staff number -> sign of its clef
    found: list[tuple[etree._Element, Place]] = []
    for element in mx_part.iter("clef", "note"):
        if element.tag == "clef":
            signs[element.get("number", "1")] = element.findtext("sign")
        elif signs.get(element.findtext("staff") or "1") == "percussion" and _unpitch(element):
            found.append((element, place_of(element)))
    if found:
        _name_instruments(root, mx_part.get("id", ""), found, min(lines, default=5))
    attributes = mx_part.find("measure/attributes")
    if attributes is not None and any(count != 5 for count in lines):
        _write_line_counts(attributes, lines)


def _unpitch(mx_note: etree._Element) -> bool:
    """Replace a note's pitch by its place, without an accidental; False if it has none."""
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


def place_of(mx_note: etree._Element) -> Place:
    """Where a note without pitch stands, with the shape of its head."""
    return (mx_note.findtext("unpitched/display-step") or "B", int(mx_note.findtext("unpitched/display-octave") or 4),
            mx_note.findtext("notehead") or "normal")


def keys_in(root: etree._Element) -> dict[str, dict[Place, int]]:
    """Id of each part of a written file that has notes without pitch -> the keys of its places, counted from 0."""
    keys = {midi.get("id"): int(midi.findtext("midi-unpitched") or 1) - 1
            for midi in root.iterfind("part-list/score-part/midi-instrument")}
    found: dict[str, dict[Place, int]] = {}
    for mx_part in root.iterfind("part"):
        part = mx_part.get("id", "")
        only = [midi.get("id") for midi in root.iterfind(f"part-list/score-part[@id='{part}']/midi-instrument")]
        for mx_note in mx_part.iter("note"):
            if mx_note.find("unpitched") is not None:
                played = mx_note.find("instrument")
                number = only[0] if played is None else played.get("id")
                found.setdefault(part, {})[place_of(mx_note)] = keys[number]
    return found


def _name_instruments(root: etree._Element, part: str, notes: Sequence[tuple[etree._Element, Place]],
                      lines: int) -> None:
    """Say what plays the notes of a part that have no pitch. part: its id. lines: of its staff."""
    score_part = next(p for p in root.iterfind("part-list/score-part") if p.get("id") == part)
    for old in (*score_part.findall("score-instrument"), *score_part.findall("midi-instrument")):
        score_part.remove(old)
    keys = keys_of([place for _, place in notes], lines)
    name = score_part.findtext("part-name") or "Percussion"
    used = sorted(set(keys.values()))
    numbers = {key: f"{part}-I{key + 1 if len(used) > 1 else 1}" for key in used}
    for key, number in numbers.items():
        instrument = etree.SubElement(score_part, "score-instrument", id=number)
        etree.SubElement(instrument, "instrument-name").text = NAMES.get(key, name) if len(numbers) > 1 else name
    for key, number in numbers.items():
        midi = etree.SubElement(score_part, "midi-instrument", id=number)
        etree.SubElement(midi, "midi-channel").text = str(PERCUSSION_CHANNEL)
        etree.SubElement(midi, "midi-unpitched").text = str(key + 1)
    if len(numbers) > 1:
        for mx_note, place in notes:
            last = [e for e in mx_note if e.tag in _BEFORE_INSTRUMENT][-1]
            last.addnext(etree.Element("instrument", id=numbers[keys[place]]))


def _write_line_counts(attributes: etree._Element, lines: Sequence[int]) -> None:
    """Write the number of lines of staves that have not five, after the clefs, as the schema wants it."""
    last = attributes.findall("clef")[-1]
    for number, count in reversed(list(enumerate(lines, 1))):
        if count != 5:
            details = etree.Element("staff-details")
            if len(lines) > 1:
                details.set("number", str(number))
            etree.SubElement(details, "staff-lines").text = str(count)
            last.addnext(details)
