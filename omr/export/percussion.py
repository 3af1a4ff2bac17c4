"""Notes without pitch, on a score's MusicXML tree: notes under a percussion clef have only a place on the staff."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

PERCUSSION_CHANNEL = 10
"""MIDI's channel of percussion, counted from 1."""
SNARE_DRUM_KEY = 39
"""Key of the acoustic snare drum on that channel, counted from 1. Which instrument plays is not read from the page."""


def write_unpitched(root: etree._Element, mx_part: etree._Element, lines: Sequence[int]) -> None:
    """Turn the pitches under percussion clefs into places on the staff, and write how many lines staves have.

    root: of the file; mx_part: one of its parts. lines: number of lines of each staff, () if all have five. Which clef
    holds is found in the order of the file, where a measure's opening clefs stand before its notes.
    """
    signs: dict[str, str | None] = {}  # staff number -> sign of its clef
    found = False
    for element in mx_part.iter("clef", "note"):
        if element.tag == "clef":
            signs[element.get("number", "1")] = element.findtext("sign")
        elif signs.get(element.findtext("staff") or "1") == "percussion":
            found |= _unpitch(element)
    if found:
        _name_instrument(root, mx_part.get("id", ""))
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


def _name_instrument(root: etree._Element, part: str) -> None:
    """Say that a part plays percussion. part: its id."""
    score_part = next(p for p in root.iterfind("part-list/score-part") if p.get("id") == part)
    for old in (*score_part.findall("score-instrument"), *score_part.findall("midi-instrument")):
        score_part.remove(old)
    instrument = etree.SubElement(score_part, "score-instrument", id=f"{part}-I1")
    etree.SubElement(instrument, "instrument-name").text = score_part.findtext("part-name") or "Percussion"
    midi = etree.SubElement(score_part, "midi-instrument", id=f"{part}-I1")
    etree.SubElement(midi, "midi-channel").text = str(PERCUSSION_CHANNEL)
    etree.SubElement(midi, "midi-unpitched").text = str(SNARE_DRUM_KEY)


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
