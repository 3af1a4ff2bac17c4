"""Finds a score of a library by its MusicXML file, and fetches its scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow.compute as pc

from omr.errors import DataError, InputError
from omr.files import natural
from omr.library import catalogue
from omr.library.store import open_store
from omr.library.work import music_name


@dataclass(frozen=True)
class Entry:
    """A score of a library.

    score: its name, as in the catalogue.
    source: URL of the library's scans; "" if the catalogue does not say it.
    files: (name below the source, SHA-256) of its PDF or images, in the order of the pages.
    languages: of its words.
    weights: SHA-256 of the weights with which it was read.
    """

    score: str
    source: str
    files: tuple[tuple[str, str], ...]
    languages: tuple[str, ...]
    weights: str


def find_entry(music: Path) -> Entry | None:
    """The score of a MusicXML file on a disk. None if the file is in no library. Raises DataError if the library does
    not know the score, or its catalogue is damaged."""
    music = music.absolute()
    dest = next((p for p in music.parents if (p / catalogue.FILE).is_file()), None)
    if dest is None or not music.name.endswith(music_name("")):
        return None
    store = open_store(str(dest))
    score = catalogue.printable(music.relative_to(dest).as_posix().removesuffix(music_name("")))
    table = catalogue.read(store)
    rows = table.filter(pc.equal(table["score"], score)).to_pylist()
    if not rows:
        raise DataError(f"{dest / catalogue.FILE} knows no score {score}")
    files = {row["source"]: row["hash"] for row in rows}
    languages = rows[0]["options"].removeprefix("languages=").split(",")
    return Entry(score, catalogue.source_of(store),
                 tuple((name, files[name]) for name in sorted(files, key=lambda n: natural(PurePosixPath(n).name))),
                 tuple(name for name in languages if name != "none"), rows[0]["weights"])


def fetch(entry: Entry, source: str, folder: Path) -> Sequence[Path]:
    """Copy the scans of a score into an empty folder. source: the path or URL where they are. Raises InputError if one
    is missing, or has changed since it was read."""
    store = open_store(source)
    paths = []
    for name, sha256 in entry.files:
        path = folder / PurePosixPath(name).name
        try:
            found = store.copy(name, path)
        except Exception as error:  # each store has errors of its own
            raise InputError(f"{source}/{name} cannot be fetched: {error}") from error
        if found != sha256:
            raise InputError(f"{source}/{name} has changed since the library was read: run omr library again")
        paths.append(path)
    return paths
