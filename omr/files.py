"""Which files are pages of scores; reading files within limits; writing files completely or not at all."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from omr.limits import MOST_DEPTH, MOST_JSON_BYTES

IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
"""Endings of file names that are taken as images from a folder."""
TEMPORARY = re.compile(r"\..*\.omr-(\d+)\.part")
"""Names of temporary files, which are written first and then replace the real ones. The number is the id of the process
that writes."""
NAME_LETTERS = 50
"""How many letters of a file's name its temporary name repeats. A letter has up to 4 bytes, and a name may have 255."""


def images_and_pdfs(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The images and the PDFs among the names of a folder's files. The images, in this order, are the pages of one
    score; each PDF is a score of its own. Hidden files (names that begin with a dot) are left out."""
    ordered = sorted((name for name in names if not name.startswith(".")), key=natural)
    endings = [(name, os.path.splitext(name)[1].lower()) for name in ordered]
    return [n for n, ending in endings if ending in IMAGES], [n for n, ending in endings if ending == ".pdf"]


def natural(name: str) -> list[tuple[int, int, str]]:
    """Sort key that puts page2 before page10."""
    pieces: Iterable[str] = re.split(r"(\d+)", name.lower())
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in pieces if p]


def check_size(path: Path, most_bytes: int) -> None:
    """Refuse a path that cannot be read from beginning to end: a pipe (which may block for ever), a device, a folder,
    or a file of more than `most_bytes`. Raises ValueError, or OSError if there is no such file."""
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is no regular file")
    if status.st_size > most_bytes:
        raise ValueError(f"it has {status.st_size:,} bytes, more than {most_bytes:,}")


def read_json(path: Path) -> Any:
    """The contents of a JSON file. Raises ValueError if it is not JSON, has numbers that JSON does not allow (NaN,
    Infinity), or is too large or too deeply nested. Raises OSError if it cannot be read."""
    check_size(path, MOST_JSON_BYTES)
    data = path.read_bytes()
    if depth_of(data) > MOST_DEPTH:
        raise ValueError(f"it is nested more than {MOST_DEPTH} levels deep")
    return json.loads(data, parse_constant=_refuse)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def depth_of(data: bytes) -> int:
    """Greatest depth to which the brackets of a JSON text are nested. Brackets in strings do not count."""
    meter = DepthMeter()
    meter.feed(data)
    return meter.deepest


class DepthMeter:
    """Measures how deeply the brackets of a JSON text are nested, piece by piece. deepest: greatest depth so far."""

    def __init__(self) -> None:
        self.deepest = 0
        self._depth = 0
        self._is_in_string = False
        self._escape = b""

    def feed(self, data: bytes) -> None:
        """Count the next piece."""
        import numpy as np

        data = self._escape + data
        self._escape = b"\\" if (len(data) - len(data.rstrip(b"\\"))) % 2 else b""
        if self._escape:
            data = data[:-1]
        pieces = data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        brackets = b"".join(pieces[int(self._is_in_string)::2]).translate(None, _NO_BRACKETS)
        self._is_in_string ^= len(pieces) % 2 == 0
        if brackets:
            codes = np.frombuffer(brackets, np.uint8)
            depths = self._depth + np.cumsum(np.where((codes == ord("[")) | (codes == ord("{")), 1, -1))
            self.deepest = max(self.deepest, int(depths.max()))
            self._depth = int(depths[-1])


_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Gives a temporary path beside `path` to write to. When the block ends, the temporary file replaces `path`. After
    an error it is removed, and `path` stays as it was. If `path` is a link, it stays one, and the file that it points
    to is replaced. Raises OSError if nothing was written or `path` cannot be replaced."""
    real = Path(os.path.realpath(path))
    temporary = real.with_name(f".{real.name[:NAME_LETTERS]}.omr-{os.getpid()}.part")
    try:
        yield temporary
        os.replace(temporary, real)
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files that were left in a folder by processes that were killed while writing. Raises
    OSError."""
    for path in folder.iterdir():
        match = TEMPORARY.fullmatch(path.name)
        if match and not _runs(int(match[1])):
            path.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    """Whether a process with this id is running."""
    if os.name == "nt":  # on Windows, asking would end the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
