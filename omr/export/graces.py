"""Grace notes that end a measure, after a trill: they stay with their voice in MuseScore.

MuseScore 3 hangs grace notes on the next note of the file. Behind the last note of the upper staff that is the first of
the lower staff, so that the voice which ends with grace notes is written last in its measure: the next note is then the
first of the next measure, before which MuseScore draws them, where they are printed.
"""

from __future__ import annotations

from itertools import pairwise

from lxml import etree

_OPENING = ("print", "attributes", "barline")
"""What stands at the beginning of a measure, whatever its first voice is."""


def set_last(mx_measure: etree._Element) -> None:
    """Write the first voice of a measure that ends with grace notes behind all others. A measure whose voices do not
    all begin at its beginning stays as it is."""
    children = list(mx_measure)
    backups = [i for i, child in enumerate(children) if child.tag == "backup"]
    if not backups:
        return
    first = next(i for i, child in enumerate(children) if child.tag not in _OPENING)
    edges = [first - 1, *backups, len(children)]  # a voice begins behind each of these
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
    """How far on a voice's last note or rest ends, in divisions."""
    moving = [e for e in voice if e.tag == "forward" or e.tag == "note" and e.find("chord") is None]
    return sum(int(e.findtext("duration") or 0) for e in moving)


def _ends_with_grace(voice: list[etree._Element]) -> bool:
    """Whether the last note of a voice is a grace note."""
    notes = [e for e in voice if e.tag == "note"]
    return bool(notes) and notes[-1].find("grace") is not None
