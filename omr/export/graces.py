"""Grace notes that end a measure, after a trill: written so that MuseScore keeps them with their voice.

MuseScore 3 attaches grace notes to the next note in the file. After the last note of the upper staff, that would be the
first note of the lower staff. So the voice that ends with grace notes is written last in its measure. The next note is
then the first of the next measure, and MuseScore draws the grace notes before it, where they are printed.
"""

from __future__ import annotations

from itertools import pairwise

from lxml import etree

_OPENING = ("print", "attributes", "barline")
"""Elements at the beginning of a measure, which stay before its first voice."""


def set_last(mx_measure: etree._Element) -> None:
    """Move the first voice of a measure behind all others if it ends with grace notes. If not all voices begin at the
    beginning of the measure, nothing is moved."""
    children = list(mx_measure)
    backups = [i for i, child in enumerate(children) if child.tag == "backup"]
    if not backups:
        return
    first = next(i for i, child in enumerate(children) if child.tag not in _OPENING)
    edges = [first - 1, *backups, len(children)]  # a voice begins after each of these
    voices = [children[start + 1:stop] for start, stop in pairwise(edges)]
    lengths = [_length(voice) for voice in voices]
    if any(int(children[i].findtext("duration") or 0) != length for i, length in zip(backups, lengths, strict=False)):
        return
    late = next((i for i, voice in enumerate(voices) if _ends_with_grace(voice)), None)
    if late is None or late == len(voices) - 1:
        return
    order = [*(i for i in range(len(voices)) if i != late), late]
    for child in children[first:]:
        mx_measure.remove(child)
    for place, i in enumerate(order):
        mx_measure.extend(voices[i])
        if place + 1 < len(order):
            backup = etree.SubElement(mx_measure, "backup")
            etree.SubElement(backup, "duration").text = str(lengths[i])


def _length(voice: list[etree._Element]) -> int:
    """When the last note or rest of a voice ends, in divisions."""
    moving = [e for e in voice if e.tag == "forward" or e.tag == "note" and e.find("chord") is None]
    return sum(int(e.findtext("duration") or 0) for e in moving)


def _ends_with_grace(voice: list[etree._Element]) -> bool:
    """Whether the last note of a voice is a grace note."""
    notes = [e for e in voice if e.tag == "note"]
    return bool(notes) and notes[-1].find("grace") is not None
