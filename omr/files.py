"""Which files are pages of scores; files read within limits, and written whole or not at all."""

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
"""Endings of the images that are taken from a folder."""
TEMPORARY = re.compile(r"\..*\.omr-(\d+)\.part")
"""Names of the files that are written before they replace others; the number is the process that writes."""
NAME_LETTERS = 50
"""How much of a file's name its temporary name repeats: a letter has up to 4 bytes, and a name at most 255."""


def images_and_pdfs(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The images among the names of a folder's files, which are the pages of one score in this order, and the PDFs,
    each of which is a score. Names that begin with a dot are left out."""
    ordered = sorted((name for name in names if not name.startswith(".")), key=natural)
    endings = [(name, os.path.splitext(name)[1].lower()) for name in ordered]
    return [n for n, ending in endings if ending in IMAGES], [n for n, ending in endings if ending == ".pdf"]


def natural(name: str) -> list[tuple[int, int, str]]:
    """Sort key by which page2 comes before page10."""
    pieces: Iterable[str] = re.split(r"(\d+)", name.lower())
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in pieces if p]


def check_size(path: Path, most_bytes: int) -> None:
    """Refuse what cannot be read from beginning to end: a pipe, which may wait for ever, a device, a folder, a file of
    more than so many bytes. Raises ValueError, and OSError if there is nothing."""
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is no regular file")
    if status.st_size > most_bytes:
        raise ValueError(f"it has {status.st_size:,} bytes, more than {most_bytes:,}")


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises ValueError if that is no JSON, has numbers that JSON lacks (NaN, Infinity), or is
    too large or nested too deeply; OSError if it cannot be read."""
    check_size(path, MOST_JSON_BYTES)
    data = path.read_bytes()
    if depth_of(data) > MOST_DEPTH:
        raise ValueError(f"it is nested more than {MOST_DEPTH} levels deep")
    return json.loads(data, parse_constant=_refuse)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def depth_of(data: bytes) -> int:
    """How deeply the brackets of JSON are nested, at most. Brackets in strings do not count."""
    meter = DepthMeter()
    meter.feed(data)
    return meter.deepest


class DepthMeter:
    """How deeply the brackets of JSON are nested, at most, in pieces of it that follow one another. deepest: so far."""

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
    """Gives a temporary path beside `path` to write to. At the end of the block the file there replaces `path`; after
    an error it is removed and `path` is as before. If `path` is a link, it stays one, and the file that it leads to is
    replaced. Raises OSError if nothing was written or `path` cannot be replaced."""
    real = Path(os.path.realpath(path))
    temporary = real.with_name(f".{real.name[:NAME_LETTERS]}.omr-{os.getpid()}.part")
    try:
        yield temporary
        os.replace(temporary, real)
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove from a folder the temporary files of processes that were ended while they wrote. Raises OSError."""
    for path in folder.iterdir():
        match = TEMPORARY.fullmatch(path.name)
        if match and not _runs(int(match[1])):
            path.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    """Whether there is a process of this number."""
    if os.name == "nt":  # where asking would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
