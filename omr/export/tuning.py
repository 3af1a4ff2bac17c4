"""Writes how the strings of tablature are tuned into a score's MusicXML tree."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from omr.types import Pitch


def write_tuning(mx_part: etree._Element, tuning: Sequence[Pitch]) -> None:
    """Write the tuning of a tablature part into its first measure, after the number of staff lines. tuning: the open
    strings from the lowest line up; () for any other part."""
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
