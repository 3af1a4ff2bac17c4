"""A folder on a local or shared disk, or in an object store: whatever fsspec has a name for."""

from __future__ import annotations

import contextlib
import hashlib
import os
import posixpath
import uuid
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from omr.errors import FolderError

HIDDEN = ".omr"
"""Where a run keeps what is not finished, below its destination."""
PIECE_BYTES = 1 << 20
"""How much of a file is read at a time while it is copied or its hash is taken."""


class Store:
    """A folder and what is below it. Names are relative to it, with "/" between folders; "" is the folder itself.

    url: a path, or what fsspec takes: s3://bucket/folder, gs://... Object stores want their fsspec package (s3fs,
    gcsfs, adlfs), and credentials where those look for them. Raises FolderError for a protocol that is not known or
    whose package is missing.
    """

    def __init__(self, url: str) -> None:
        try:
            self.fs, root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise FolderError(f"{url} cannot be opened: {error}") from error
        self.url = url
        self.root = root.rstrip("/")
        self.is_local = isinstance(self.fs, LocalFileSystem)

    @property
    def name(self) -> str:
        """The last part of its path."""
        return posixpath.basename(self.root) or "library"

    def path(self, name: str) -> str:
        """What fsspec calls a name."""
        return f"{self.root}/{name}" if name else self.root or "/"

    def list(self, folder: str = "") -> tuple[list[str], list[str]]:
        """(folders, files) in a folder, without their path, in alphabetical order; links to folders are left out, since
        they may lead in circles. Raises FileNotFoundError and other errors of the store."""
        self.fs.invalidate_cache()
        path = self.path(folder)
        folders, files = [], []
        for entry in self.fs.ls(path, detail=True):
            name = posixpath.basename(entry["name"].rstrip("/"))
            if entry["name"].strip("/") == path.strip("/"):  # some object stores have an empty file for a folder
                continue
            if entry["type"] != "directory":
                files.append(name)
            elif not entry.get("islink"):
                folders.append(name)
        return sorted(folders), sorted(files)

    def is_folder(self) -> bool:
        """Whether there is such a folder, or anything below it."""
        self.fs.invalidate_cache()
        return bool(self.fs.isdir(self.path("")))

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        self.fs.invalidate_cache()
        return bool(self.fs.exists(self.path(name)))

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises FileNotFoundError and other errors of the store."""
        data: bytes = self.fs.cat_file(self.path(name))
        return data

    def pieces(self, name: str) -> Iterator[bytes]:
        """A file's bytes, a piece at a time."""
        with self.fs.open(self.path(name), "rb", block_size=PIECE_BYTES) as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def sha256(self, name: str) -> str:
        """The SHA-256 of a file, in hex."""
        digest = hashlib.sha256()
        for piece in self.pieces(name):
            digest.update(piece)
        return digest.hexdigest()

    def copy(self, name: str, to: Path) -> str:
        """Copy a file to this machine; its SHA-256."""
        digest = hashlib.sha256()
        with open(to, "wb") as file:
            for piece in self.pieces(name):
                digest.update(piece)
                file.write(piece)
        return digest.hexdigest()

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole or not at all. Object stores do so by themselves; on a disk the file is written aside,
        below `HIDDEN`, and renamed when the disk has it. Raises OSError and other errors of the store."""
        if not self.is_local:
            self.fs.pipe_file(self.path(name), data)
            return
        aside = Path(self.path(f"{HIDDEN}/aside/{uuid.uuid4().hex}"))
        aside.parent.mkdir(parents=True, exist_ok=True)
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(aside, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, target)
        finally:
            aside.unlink(missing_ok=True)

    def remove(self, name: str, folder: bool = False) -> None:
        """Remove a file, or a folder with all below it, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            self.fs.rm(self.path(name), recursive=folder)
        self.fs.invalidate_cache()

    def __reduce__(self) -> tuple[Any, ...]:
        return open_store, (self.url,)


@lru_cache(maxsize=8)
def open_store(url: str) -> Store:
    """The store of a URL, opened once in a process."""
    return Store(url)


def absolute(url: str) -> str:
    """A URL, or a path made absolute: workers may stand in another folder."""
    return url if "://" in url or "::" in url else str(Path(url).absolute())
