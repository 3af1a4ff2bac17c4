"""Which files are pages of scores; files written whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
"""Endings of the images that are taken from a folder."""


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


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Gives a temporary path beside `path` to write to. At the end of the block the file there replaces `path`; after
    an error it is removed and `path` is as before. Raises OSError if nothing was written or `path` cannot be
    replaced."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
