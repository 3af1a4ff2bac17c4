"""Checks MusicXML and Humdrum files from strangers before music21 reads them.

music21 divides measures into beats and builds keys note by note. So one number in a small file, a measure of a million
beats, keeps it busy for hours. Whatever exceeds `omr.limits` is refused here, from the text alone.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

from lxml import etree

from omr.errors import DataError
from omr.files import check_size
from omr.limits import (
    MOST_ARCHIVE_BYTES,
    MOST_DEPTH,
    MOST_MEASURE_QUARTERS,
    MOST_MEASURES,
    MOST_STAVES,
    MOST_TEXT_BYTES,
    MOST_TIMES,
    MOST_XML_BYTES,
)

MOST_OF = {
    "staves": MOST_STAVES, "staff": MOST_STAVES, "staff-lines": 20, "fifths": 20, "octave": 20, "alter": 20,
    "octave-change": 20, "diatonic": 200, "chromatic": 200, "beats": MOST_MEASURE_QUARTERS, "beat-type": 1024,
    "actual-notes": 1000, "normal-notes": 1000, "multiple-rest": MOST_MEASURES, "divisions": 1_000_000,
    "beat-repeat": MOST_TIMES, "measure-repeat": MOST_TIMES,
}
"""Element of MusicXML -> the greatest number, with either sign, that it may contain: a good deal more than ever
occurs."""


DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)
"""What zipfile raises for an archive that is damaged, encrypted or compressed in an unknown way."""


def check(path: Path) -> None:
    """Raise DataError if a MusicXML, mxl or Humdrum file exceeds the limits, is damaged or does not exist."""
    try:
        if path.suffix == ".krn":
            check_size(path, MOST_TEXT_BYTES)
            return
        check_size(path, MOST_XML_BYTES)
        data = path.read_bytes()
        for music in unpacked(data) if zipfile.is_zipfile(BytesIO(data)) else [data]:
            _check_music(music)
    except (OSError, ValueError, SyntaxError, *DAMAGED) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else ' '.join(str(error).split())[:200]
        raise DataError(f"{path}: {reason}") from error


def unpacked(archive: bytes) -> list[bytes]:
    """The XML files in an .mxl archive. Raises ValueError if they unpack to more than `MOST_ARCHIVE_BYTES`, and the
    errors of zipfile for a damaged archive."""
    found = []
    with zipfile.ZipFile(BytesIO(archive)) as opened:
        # zipfile unpacks no more of a file than its header declares.
        size = sum(info.file_size for info in opened.infolist())
        if size > MOST_ARCHIVE_BYTES:
            raise ValueError(f"it unpacks to {size:,} bytes, more than {MOST_ARCHIVE_BYTES:,}")
        for info in opened.infolist():
            if not info.filename.startswith("META-INF") and info.filename.endswith((".xml", ".musicxml")):
                found.append(opened.read(info))
    return found


def _check_music(data: bytes) -> None:
    """Raise ValueError or SyntaxError (to which lxml's errors belong) if MusicXML exceeds the limits."""
    divisions = 1.0
    depth = measures = 0
    for event, element in etree.iterparse(BytesIO(data), events=("start", "end"), load_dtd=False, no_network=True):
        if event == "start":
            depth += 1
            if depth > MOST_DEPTH:
                raise ValueError(f"it is nested more than {MOST_DEPTH} levels deep")
            continue
        depth -= 1
        name, text = str(element.tag), (element.text or "").strip()
        where = f"line {element.sourceline}: {name}"
        if name == "part":
            measures = 0
        elif name == "measure":
            measures += 1
            _limit(measures, MOST_MEASURES, f"{where}s")
            element.clear()
        elif name == "divisions":
            divisions = _number(text, where) or 1.0
        elif name == "duration":
            _limit(_number(text, where) / divisions, MOST_MEASURE_QUARTERS, f"{where} in quarter notes")
        elif name in ("repeat", "ending"):
            for times in re.findall(r"\d+", f"{element.get('times', '')} {element.get('number', '')}"):
                _limit(float(times), MOST_TIMES, f"{where}: times")
        if name in MOST_OF:
            for number in text.split("+"):
                if number.strip():
                    _limit(_number(number, where), MOST_OF[name], where)


def _number(text: str, where: str) -> float:
    """The number in a text. Raises ValueError."""
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"{where}: {text[:20]!r} is no number") from error


def _limit(value: float, most: float, where: str) -> None:
    if not abs(value) <= most:
        raise ValueError(f"{where}: {value:g} is more than {most:g}")
