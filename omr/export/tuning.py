"""How the strings of tablature are tuned, on a score's MusicXML tree."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from omr.types import Pitch


def write_tuning(mx_part: etree._Element, tuning: Sequence[Pitch]) -> None:
    """Write the tuning of a part that is tablature, in its first measure, after the number of its lines. tuning: of the
    open strings, from the lowest line; () for any other part."""
    lines = mx_part.find("measure/attributes/staff-details/staff-lines")
    if lines is None:
        return
    for number, pitch in reversed(list(enumerate(tuning, 1))):
        made = etree.Element("staff-tuning", line=str(number))
        etree.SubElement(made, "tuning-step").text = pitch.step
        if pitch.alter:
            etree.SubElement(made, "tuning-alter").text = f"{pitch.alter:g}"
        etree.SubElement(made, "tuning-octave").text = str(pitch.octave)
        lines.addnext(made)
