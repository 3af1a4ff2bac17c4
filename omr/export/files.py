"""Score -> file: MusicXML, compressed MusicXML (.mxl) or MIDI."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Literal, get_args

from omr.errors import OutputError
from omr.files import replacing
from omr.types import Score

Format = Literal["musicxml", "mxl", "midi"]
FORMATS: tuple[Format, ...] = get_args(Format)
Make = Callable[[Score, Format], bytes]
"""A function that makes the bytes of a score's file, like `to_format`."""

_ARCHIVE_DATE = (1980, 1, 1, 0, 0, 0)
"""Date of every entry of an .mxl archive: the earliest that ZIP allows. It is fixed, so that equal scores give equal
bytes."""
_CONTAINER = ('<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles><rootfile full-path="score.musicxml" '
              'media-type="application/vnd.recordare.musicxml+xml"/></rootfiles></container>\n')


def write(score: Score, path: Path, format: Format = "musicxml", make: Make | None = None) -> None:
    """Write a score to a file, completely or not at all.

    The format alone decides what is written, not the suffix of `path`. make: makes the bytes, by default `to_format` in
    this process. Raises OutputError if the file cannot be written, ValueError for an unknown format or a score without
    parts.
    """
    data = (make or to_format)(score, format)
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(data)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def to_format(score: Score, format: Format) -> bytes:
    """The bytes of a score's file in one of `FORMATS`. Raises ValueError as `write` does."""
    if format not in FORMATS:
        raise ValueError(f"no output format {format!r}; there are {', '.join(FORMATS)}")
    # Imported only when needed: in a scan, `omr.export.writer` makes the bytes in another process.
    if format == "midi":
        from omr.export.midi import to_midi

        return to_midi(score)
    from omr.export.musicxml import to_bytes

    data = to_bytes(score)
    return compressed(data) if format == "mxl" else data


def compressed(data: bytes) -> bytes:
    """The .mxl archive (compressed MusicXML) of a MusicXML file."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("META-INF/container.xml", _CONTAINER.encode()), ("score.musicxml", data)):
            archive.writestr(zipfile.ZipInfo(name, _ARCHIVE_DATE), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
