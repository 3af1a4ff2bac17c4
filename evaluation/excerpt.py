"""A run of measures cut out of a MusicXML score, exactly, as a score of its own.

It is cut in the XML, not through music21, so that beams, voices and lyrics reach the engravers as they were written.
"""

from __future__ import annotations

import copy
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from evaluation import truths
from omr.errors import DataError

_STATE = ("divisions", "key", "time", "staves", "part-symbol", "instruments", "clef", "staff-details", "transpose")
"""What holds until it is replaced, in the order that MusicXML wants inside <attributes>."""


def load(path: Path) -> Any:
    """The root of a partwise MusicXML file (.musicxml, .xml, .mxl), or of a kern file as converted by music21. Raises
    DataError if it is neither."""
    from lxml import etree

    truths.check(path)
    try:
        if path.suffix == ".krn":
            from music21 import converter
            from music21.musicxml.m21ToXml import GeneralObjectExporter

            data = GeneralObjectExporter(converter.parse(path, forceSource=True)).parse()
        elif path.suffix == ".mxl":
            with zipfile.ZipFile(path) as archive:
                container = etree.fromstring(archive.read("META-INF/container.xml"))
                file = container.find(".//{*}rootfile")
                if file is None:
                    raise DataError(f"{path}: not a score (its container names no file)")
                data = archive.read(file.get("full-path", ""))
        else:
            data = path.read_bytes()
        root = etree.parse(BytesIO(data), etree.XMLParser(load_dtd=False, no_network=True)).getroot()
    except (OSError, KeyError, *truths.DAMAGED, etree.XMLSyntaxError) as error:
        raise DataError(f"{path}: not a score ({error})") from error
    if root.tag != "score-partwise":
        raise DataError(f"{path}: {root.tag} where score-partwise should stand")
    return root


def excerpt(root: Any, first: int, count: int, parts: Sequence[int] = ()) -> Any:
    """A copy of a score with measures first .. first + count - 1 of every part, or of some parts; all counted from 0.

    Clefs, keys, time signatures and transpositions that hold are stated again at the start. Layout, credits and
    anything else that would make an engraver follow the source's pages are left out. Raises DataError if there are no
    such measures.
    """
    result = copy.deepcopy(root)
    for tag in ("defaults", "credit"):
        for element in result.findall(tag):
            result.remove(element)
    if parts:
        _keep_parts(result, parts)
    for part in result.iterfind("part"):
        measures = part.findall("measure")
        if not measures[first:first + count]:
            raise DataError(f"no measures {first + 1}-{first + count} in a part of {len(measures)}")
        state: dict[tuple[str, str | None], Any] = {}
        for measure in measures[:first]:
            for attributes in measure.iterfind("attributes"):
                for child in attributes:
                    if child.tag in _STATE:
                        state[child.tag, child.get("number")] = child
            part.remove(measure)
        for measure in measures[first + count:]:
            part.remove(measure)
        if state:
            _restate(measures[first], state)
        for measure in measures[first:first + count]:
            for element in measure.findall("print"):
                measure.remove(element)
        _close_endings(measures[first:first + count])
        _close_octave_lines(measures[first:first + count])
    return result


def _close_octave_lines(measures: list[Any]) -> None:
    """End octave lines that the end of the excerpt has cut. Without an end, Verovio prints no line at all, and the
    notes would be an octave away from where the score has them."""
    opened: dict[tuple[str, str], Any] = {}
    for direction in (d for measure in measures for d in measure.iter("direction")):
        for line in direction.iter("octave-shift"):
            name = line.get("number", "1"), direction.findtext("staff") or "1"
            if line.get("type") == "stop":
                opened.pop(name, None)
            elif line.get("type") in ("up", "down"):
                opened[name] = direction
    for direction in opened.values():
        end = copy.deepcopy(direction)
        for kind in end.findall("direction-type"):
            if kind.find("octave-shift") is None:
                end.remove(kind)
        for line in end.iter("octave-shift"):
            line.set("type", "stop")
        measures[-1].append(end)


def _keep_parts(root: Any, parts: Sequence[int]) -> None:
    """Remove all but some parts. Brackets are removed as well, because they may span removed parts."""
    listed, played = root.find("part-list"), root.findall("part")
    if max(parts) >= len(played):
        raise DataError(f"no part {max(parts) + 1} in a score of {len(played)}")
    kept = {played[i].get("id") for i in parts}
    for element in list(listed):
        if element.get("id") not in kept:
            listed.remove(element)
    for part in played:
        if part.get("id") not in kept:
            root.remove(part)


def write(root: Any, path: Path) -> None:
    from lxml import etree

    path.write_bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _restate(measure: Any, state: dict[tuple[str, str | None], Any]) -> None:
    """State at the start of a measure what holds there, unless the measure states it itself."""
    from lxml import etree

    now = 0
    for element in list(measure):
        # at the start in time, though perhaps after the notes of another staff
        if element.tag == "attributes" and now == 0:
            for child in element:
                state[child.tag, child.get("number")] = child
            measure.remove(element)
        elif element.find("chord") is None:
            now += int(element.findtext("duration") or 0) * (-1 if element.tag == "backup" else 1)
    restated = etree.Element("attributes")
    for tag in _STATE:
        for (name, _), element in sorted(state.items(), key=lambda s: s[0][1] or ""):
            if name == tag:
                restated.append(copy.deepcopy(element))
    measure.insert(0, restated)


def _close_endings(measures: list[Any]) -> None:
    """Remove volta brackets that either end of the excerpt has cut."""
    opened = None
    for measure in measures:
        for ending in list(measure.iter("ending")):
            if ending.get("type") == "start":
                opened = ending
            elif opened is None:
                ending.getparent().remove(ending)
            else:
                opened = None
    if opened is not None:
        opened.getparent().remove(opened)
