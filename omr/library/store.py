"""A folder on a local or shared disk or in an object store: anything that fsspec can open."""

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
"""Where a run keeps unfinished work, below its destination."""
PIECE_BYTES = 1 << 20
"""How many bytes of a file are read at a time to copy it or to compute its hash."""


class Store:
    """A folder and what is below it. Names are relative to it, with "/" between folders; "" is the folder itself.

    url: a path, or a URL that fsspec knows: s3://bucket/folder, gs://... Object stores need their fsspec package (s3fs,
    gcsfs, adlfs), and credentials where these packages look for them. Raises FolderError if the protocol is not known
    or its package is missing.
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
        """The last part of the path."""
        return posixpath.basename(self.root) or "library"

    def path(self, name: str) -> str:
        """fsspec's path for a name."""
        return f"{self.root}/{name}" if name else self.root or "/"

    def list(self, folder: str = "") -> tuple[list[str], list[str]]:
        """The names of the folders and of the files in a folder, in alphabetical order. Links to folders are left out,
        since they may lead in circles. Raises FileNotFoundError and other errors of the store."""
        self.fs.invalidate_cache()
        path = self.path(folder)
        folders, files = [], []
        for entry in self.fs.ls(path, detail=True):
            name = posixpath.basename(entry["name"].rstrip("/"))
            # some object stores have an empty file in place of a folder
            if entry["name"].strip("/") == path.strip("/"):
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
        """A file's bytes, piece by piece."""
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
        """Copy a file to this machine. Returns its SHA-256."""
        digest = hashlib.sha256()
        with open(to, "wb") as file:
            for piece in self.pieces(name):
                digest.update(piece)
                file.write(piece)
        return digest.hexdigest()

    def write(self, name: str, data: bytes) -> None:
        """Write a file completely or not at all. Object stores do so by themselves. On a disk, the file is written
        below `HIDDEN` first, and renamed once it is safely on the disk. Raises OSError and other errors of the store.
        """
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
        """Remove a file, or a folder with everything below it, if it exists."""
        with contextlib.suppress(FileNotFoundError):
            self.fs.rm(self.path(name), recursive=folder)
        self.fs.invalidate_cache()

    def __reduce__(self) -> tuple[Any, ...]:
        return open_store, (self.url,)


@lru_cache(maxsize=8)
def open_store(url: str) -> Store:
    """The store of a URL. A process opens it once and keeps it."""
    return Store(url)


def absolute(url: str) -> str:
    """The URL as it is, or a path made absolute, because workers may have another working directory."""
    return url if "://" in url or "::" in url else str(Path(url).absolute())
