"""Which files of a tree make a score: the images of a folder together, each PDF by itself, as in `omr scan`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from omr.errors import FolderError
from omr.files import images_and_pdfs
from omr.library.store import HIDDEN, Store


@dataclass(frozen=True)
class ScoreFiles:
    """A score to read.

    name: that of its folder of images or of its PDF, relative to the source. Its MusicXML has the same name, with
        `.musicxml` added.
    files: their names, relative to the source.
    error: why there are no files.
    """

    name: str
    files: tuple[str, ...]
    error: str = ""


def find_scores(source: Store) -> Iterator[ScoreFiles]:
    """Find the scores of a tree, folder by folder. They are yielded during the search, since the tree may be large.

    Files and folders whose names begin with a dot are left out. A folder that cannot be listed is a score with an
    error. Raises FolderError if there is no such tree.
    """
    if not source.is_folder():
        raise FolderError(f"{source.url} is no folder that can be read")
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            folders, files = source.list(folder)
        except OSError as error:
            if not folder:
                raise FolderError(f"{source.url} cannot be listed: {error.strerror or error}") from error
            yield ScoreFiles(folder, (), f"the folder cannot be listed: {error.strerror or error}")
            continue
        below = [_join(folder, name) for name in folders if not name.startswith(".") and name != HIDDEN]
        waiting += reversed(below)
        images, pdfs = images_and_pdfs(files)
        if images:
            if not folder and source.name in folders:
                raise FolderError(f"{source.url} holds images and a folder of its own name: their scores would be "
                                 "called the same")
            yield ScoreFiles(folder or source.name, tuple(_join(folder, name) for name in images))
        yield from (ScoreFiles(_join(folder, name), (_join(folder, name),)) for name in pdfs)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
