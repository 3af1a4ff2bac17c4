"""The common record of all data sets: a page and the objects marked on it, under the data set's own names.

Readers turn each format into records, writers turn records into a format; what our classes make of them is the
business of `deepscores/pages.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from omr.errors import DataError
from omr.types import Box, Stroke

Problem = Callable[[str], None]
"""Is told of a broken record, "file: field: what is wrong"; the reader then goes on without it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One object. box: pixels of the image; oriented: four corners x0, y0 .. x3, y3, if the data set has them;
    line: centre line (row, col) .. and `thickness_px`, if its mask says more than its box."""

    name: str
    box: Box
    oriented: tuple[float, ...] = ()
    comments: str = ""
    line: tuple[tuple[float, float], ...] = ()
    thickness_px: float = 0.0


@dataclass(frozen=True)
class Record:
    """One page. names: all classes the data set marks, whether or not they stand on this page (empty if unknown);
    space_px: staff space, 0 if unknown. strokes, source, font and unlabelled (stroke kinds that are not among the
    strokes though they may be on the page) are what our own pages say beyond that."""

    image: Path
    width: int
    height: int
    marks: tuple[Mark, ...]
    split: str = ""
    names: frozenset[str] = frozenset()
    space_px: float = 0.0
    strokes: tuple[Stroke, ...] = ()
    source: str = ""
    font: str = ""
    unlabelled: frozenset[str] = frozenset()


def strict(message: str) -> None:
    """The usual `Problem`: a broken record is an error."""
    raise DataError(message)


def find_image(folder: Path, name: str) -> Path:
    """Where an image of a data set lies: in `folder`, or in one of the usual folders in it or beside it. A file that
    is nowhere keeps its likeliest place."""
    places = [folder, *(folder / sub for sub in ("images", "images_png", "img")), *(
        folder.parent / sub for sub in ("images", "images_png"))]
    return next((p / name for p in places if (p / name).exists()), folder / "images" / name)


def split_of(path: Path) -> str:
    """"train", "val" or "test", if the file's name says so."""
    stem = path.stem.lower()
    return next((s for s, words in (("train", ("train",)), ("val", ("val",)), ("test", ("test",)))
                 if any(w in stem for w in words)), "")


def replace_file(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text)
    os.replace(temporary, path)
