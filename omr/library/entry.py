"""A score of a library that was read, found by its MusicXML, and its scans."""

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

    score: its name, as in the catalogue. source: of the library, as it was read; "" if its catalogue does not say.
    files: (name below the source, SHA-256) of its PDF or images, in the order of its pages. languages: of its words.
    weights: SHA-256 of those that it was read with.
    """

    score: str
    source: str
    files: tuple[tuple[str, str], ...]
    languages: tuple[str, ...]
    weights: str


def find_entry(music: Path) -> Entry | None:
    """The score of a MusicXML file in a library on a disk; None if the file is in none. Raises DataError if the library
    knows no such score, or its catalogue is broken."""
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
    """Copy the scans of a score into an empty folder. source: where they are, a path or URL. Raises InputError if one
    is not there, or has changed since it was read."""
    store = open_store(source)
    paths = []
    for name, sha256 in entry.files:
        path = folder / PurePosixPath(name).name
        try:
            found = store.copy(name, path)
        except Exception as error:  # each store has its own
            raise InputError(f"{source}/{name} cannot be fetched: {error}") from error
        if found != sha256:
            raise InputError(f"{source}/{name} has changed since the library was read: run omr library again")
        paths.append(path)
    return paths
