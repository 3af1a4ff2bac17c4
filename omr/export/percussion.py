"""Notes without pitch, on a score's MusicXML tree: what stands under a percussion clef has only a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import etree

CHANNEL, SNARE = 10, 39
"""MIDI's channel of percussion, and its snare drum, keys counted from 1: which instrument it is nobody knows."""


def write_unpitched(root: Any, mx_part: Any, lines: Sequence[int]) -> None:
    """Pitches under a percussion clef become places on the staff. lines: of each staff, () if all have five.

    Tenor, bass and treble clefs are those of the staves so far, in the order of the file, which has a measure's
    opening clefs before its notes.
    """
    signs: dict[str, str] = {}
    found = False
    for element in mx_part.iter("clef", "note"):
        if element.tag == "clef":
            signs[element.get("number", "1")] = element.findtext("sign")
        elif signs.get(element.findtext("staff") or "1") == "percussion":
            found |= _unpitch(element)
    if found:
        _name_instrument(root, mx_part.get("id"))
    if any(count != 5 for count in lines):
        _count_lines(mx_part.find("measure/attributes"), lines)


def _unpitch(mx_note: Any) -> bool:
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


def _name_instrument(root: Any, part: str) -> None:
    score_part = root.find(f"part-list/score-part[@id='{part}']")
    for old in score_part.xpath("score-instrument | midi-instrument"):
        score_part.remove(old)
    instrument = etree.SubElement(score_part, "score-instrument", id=f"{part}-I1")
    etree.SubElement(instrument, "instrument-name").text = score_part.findtext("part-name") or "Percussion"
    midi = etree.SubElement(score_part, "midi-instrument", id=f"{part}-I1")
    etree.SubElement(midi, "midi-channel").text = str(CHANNEL)
    etree.SubElement(midi, "midi-unpitched").text = str(SNARE)


def _count_lines(attributes: Any, lines: Sequence[int]) -> None:
    last = attributes.findall("clef")[-1]
    for number, count in reversed(list(enumerate(lines, 1))):
        if count != 5:
            details = etree.Element("staff-details")
            if len(lines) > 1:
                details.set("number", str(number))
            etree.SubElement(details, "staff-lines").text = str(count)
            last.addnext(details)
