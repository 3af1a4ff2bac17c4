"""Score -> MusicXML, compressed MusicXML or MIDI.

music21 writes the XML from the streams of `omr/streams.py`; it is told not to make notation of its own, so that beams,
voices, ties and accidentals stay as they were read. What music21 cannot say (our identification, a short measure's
length) is put right on the XML tree afterwards.
"""

from __future__ import annotations

import math
import os
import zipfile
from contextlib import suppress
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, get_args

from omr import __version__
from omr.errors import OutputError
from omr.streams import measure_lengths, to_music21
from omr.types import Score

__all__ = ["FORMATS", "Format", "to_bytes", "to_midi", "to_music21", "write"]

Format = Literal["musicxml", "mxl", "midi"]
FORMATS: tuple[Format, ...] = get_args(Format)

def write(score: Score, path: Path, format: Format = "musicxml") -> None:
    """Write `score` to `path`, whole or not at all. Raises OutputError if the place cannot be written,
    ValueError for an unknown format or a score without parts."""
    if format not in FORMATS:
        raise ValueError(f"no output format {format!r}; there are {', '.join(FORMATS)}")
    data = to_midi(score) if format == "midi" else to_bytes(score)
    if format == "mxl":
        data = _compressed(data)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            temporary.write_bytes(data)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def to_bytes(score: Score) -> bytes:
    """The score as MusicXML 4.0 (score-partwise, UTF-8). Equal scores give equal bytes."""
    from lxml import etree
    from music21.musicxml.m21ToXml import ScoreExporter

    exporter = ScoreExporter(to_music21(score), makeNotation=False)
    exporter.parse()
    root = etree.fromstring(exporter.asBytes())
    _identify(root, score)
    lengths = measure_lengths(score)
    for mx_part in root.iterfind("part"):
        for mx_measure, length in zip(mx_part.iterfind("measure"), lengths, strict=True):
            _fill(mx_measure, length, _divisions(mx_part))
            _settle_barlines(mx_measure)
        _reduce_divisions(mx_part)
    doctype = ('<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
               '"http://www.musicxml.org/dtds/partwise.dtd">')
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", doctype=doctype)


def to_midi(score: Score) -> bytes:
    """The score as a standard MIDI file, repeats played where their signs make sense."""
    from music21.midi.translate import streamToMidiFile
    from music21.repeat import ExpanderException

    streams = to_music21(score)
    with suppress(ExpanderException):  # Signs that contradict each other are played as written.
        streams = streams.expandRepeats()
    return streamToMidiFile(streams).writestr()


def _identify(root: Any, score: Score) -> None:
    """Our own header instead of music21's defaults (its title, composer, date and random identifiers)."""
    from lxml import etree

    for tag in ("work", "movement-title", "identification"):
        for old in root.findall(tag):
            root.remove(old)
    at = 0
    if score.title:
        work = etree.Element("work")
        etree.SubElement(work, "work-title").text = score.title
        root.insert(at, work)
        at += 1
    identification = etree.Element("identification")
    encoding = etree.SubElement(identification, "encoding")
    etree.SubElement(encoding, "software").text = f"omr {__version__}"
    for element in ("accidental", "beam", "stem"):
        etree.SubElement(encoding, "supports", element=element, type="yes")
    if score.source:
        etree.SubElement(identification, "source").text = score.source
    root.insert(at, identification)
    renamed: dict[str, str] = {}
    for i, (part, mx_part) in enumerate(zip(root.iterfind("part-list/score-part"), root.iterfind("part"),
                                            strict=True), 1):
        part.set("id", f"P{i}")
        mx_part.set("id", f"P{i}")
        for instrument in part.iter("score-instrument", "midi-instrument"):
            instrument.set("id", renamed.setdefault(instrument.get("id"), f"P{i}-I1"))
    for comment in root.xpath("//comment()"):
        comment.getparent().remove(comment)


def _divisions(mx_part: Any) -> int:
    return int(mx_part.findtext("measure/attributes/divisions"))


def _fill(mx_measure: Any, length: Fraction, divisions: int) -> None:
    """Move on to the end of a measure in which no voice reaches it, so that the next begins at its time."""
    from lxml import etree

    now = reached = 0
    for element in mx_measure:
        if element.tag in ("note", "forward", "backup") and element.find("chord") is None:
            step = int(element.findtext("duration") or 0)
            now += -step if element.tag == "backup" else step
            reached = max(reached, now)
    missing = int(length * divisions) - now
    if (int(length * divisions) - reached) * 100 > divisions:  # less is music21's rounding
        forward = etree.SubElement(mx_measure, "forward")
        etree.SubElement(forward, "duration").text = str(missing)


def _settle_barlines(mx_measure: Any) -> None:
    """Left barlines before the music and right ones after it (joining staves leaves them between two staves), and
    a style for each, which MuseScore wants even where the repeat sign implies it."""
    from lxml import etree

    for barline in mx_measure.findall("barline"):
        mx_measure.remove(barline)
        left = barline.get("location") == "left"
        if barline.find("bar-style") is None:
            style = etree.Element("bar-style")
            style.text = "regular" if barline.find("repeat") is None else "heavy-light" if left else "light-heavy"
            barline.insert(0, style)
        if left:
            music = (i for i, e in enumerate(mx_measure) if e.tag not in ("print", "attributes"))
            mx_measure.insert(next(music, len(mx_measure)), barline)
        else:
            mx_measure.append(barline)


def _reduce_divisions(mx_part: Any) -> None:
    """The smallest divisions of a quarter that say every time of the part exactly."""
    times = [e for e in mx_part.iter("duration", "offset") if e.text]
    divisor = math.gcd(_divisions(mx_part), *(int(e.text) for e in times))
    for element in [*times, *mx_part.iter("divisions")]:
        element.text = str(int(element.text) // divisor)


def _compressed(data: bytes) -> bytes:
    """A .mxl archive of one score, with a fixed date so that equal scores give equal bytes."""
    container = ('<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles><rootfile full-path="score.musicxml" '
                 'media-type="application/vnd.recordare.musicxml+xml"/></rootfiles></container>\n')
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("META-INF/container.xml", container.encode()), ("score.musicxml", data)):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
