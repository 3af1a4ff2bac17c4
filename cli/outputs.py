"""Which files `omr scan` makes of its inputs, their names, and whether they can be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

from omr import FORMAT_OF_SUFFIX
from omr.errors import InputError, OutputError
from omr.files import images_and_pdfs

SUFFIXES = {"musicxml": ".musicxml", "mxl": ".mxl", "midi": ".mid"}


@dataclass(frozen=True)
class Job:
    """The files that make up one score, and the output for it."""

    paths: tuple[Path, ...]
    out: Path


def plan(inputs: Sequence[Path], out: Path | None, format_: str | None) -> tuple[list[Job], str]:
    """Which files make which output, and the format. Raises InputError and click.UsageError."""
    groups = [group for path in inputs for group in _groups(path)]
    named = out is not None and out.suffix.lower() in FORMAT_OF_SUFFIX and not os.path.isdir(out)
    if named and len(groups) > 1:
        raise click.UsageError(f"{len(groups)} scores cannot all go into {out}: name a folder with -o")
    assert out is not None or not named
    kind = format_ or (FORMAT_OF_SUFFIX[out.suffix.lower()] if named and out is not None else "musicxml")
    if named and out is not None:
        return [Job(groups[0][1], out)], kind
    jobs: list[Job] = []
    taken: set[Path] = set()
    for origin, paths in groups:
        folder = out if out is not None else origin.parent
        target = folder / f"{_stem(origin)}{SUFFIXES[kind]}"
        if target in taken:  # page.png and page.pdf
            target = folder / f"{origin.name}{SUFFIXES[kind]}"
        number = 2
        while target in taken:
            target = folder / f"{_stem(origin)}-{number}{SUFFIXES[kind]}"
            number += 1
        taken.add(target)
        jobs.append(Job(paths, target))
    return jobs, kind


def _groups(path: Path) -> Iterator[tuple[Path, tuple[Path, ...]]]:
    """For each score of an input: the path after which the output is named, and the files of the score."""
    if not os.path.exists(path):
        raise InputError(f"{path} does not exist")
    if path.is_file():
        yield path, (path,)
        return
    if not path.is_dir():
        raise InputError(f"{path} is neither a file nor a folder")
    if not os.access(path, os.R_OK | os.X_OK):
        raise InputError(f"cannot read the folder {path}: {os.strerror(errno.EACCES)}")
    images, pdfs = images_and_pdfs(p.name for p in path.iterdir() if p.is_file())
    if not images and not pdfs:
        raise InputError(f"no PDF, TIFF, PNG or JPEG in {path}")
    if images:
        yield path if path.name not in ("", "..") else path.resolve(), tuple(path / name for name in images)
    for pdf in pdfs:
        yield path / pdf, (path / pdf,)


def check_writable(out: Path, split: bool, overlay: bool) -> None:
    """Make the output's folder and try to write there, before minutes of work are lost. split, overlay: whether
    movements and overlays get files. Raises OutputError."""
    import tempfile

    try:
        for path in (out, *[numbered(out, 999)] * split, *[overlay_of(out, 999)] * overlay):
            with suppress(FileNotFoundError, NotADirectoryError):
                path.stat()  # raises OSError if the name is too long, or a link that points to itself
        if out.exists() and not out.is_file():
            raise OutputError(f"{out} is {'a folder' if out.is_dir() else 'a device or a pipe, no file'}")
        folder = Path(os.path.realpath(out)).parent
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror or error}") from error


def remove_half_written(outs: Iterable[Path]) -> None:
    """Remove half-written files that scans which were killed have left in the folders of outputs."""
    from omr.files import remove_leftovers

    for folder in {Path(os.path.realpath(out)).parent for out in outs}:
        with suppress(OSError):  # it does no harm
            remove_leftovers(folder)


def numbered(out: Path, number: int) -> Path:
    """The file of one movement of several."""
    return out.with_name(f"{out.stem}-{number}{out.suffix}")


def is_done(out: Path) -> bool:
    """Whether a scan wrote this file, or one file for each of its movements."""
    return out.exists() or numbered(out, 1).exists()


def overlay_of(out: Path, number: int) -> Path:
    """The overlay of a page, beside the output. number: of the page; 0 if it is the only one."""
    return out.with_name(f"{out.stem}.overlay{f'-{number}' if number else ''}.png")


def _stem(path: Path) -> str:
    return path.name if path.is_dir() else path.stem
