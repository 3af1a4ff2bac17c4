"""The common record of all data sets: a page and the objects that are marked on it, under the data set's own names.

Readers turn each format into records, and writers turn records into a format. `deepscores/pages.py` translates records
into our classes.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from omr.errors import DataError
from omr.files import check_size
from omr.limits import MOST_PX, MOST_XML_BYTES
from omr.types import Box, Stroke

Problem = Callable[[str], None]
"""Is called with a message about a broken record, "file: field: what is wrong". The reader then goes on without that
record."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One object.

    box: in pixels of the image.
    oriented: four corners x0, y0 .. x3, y3, if the data set has them.
    line: centre line (row, col) .. and `thickness_px`, if its mask says more than its box.
    """

    name: str
    box: Box
    oriented: tuple[float, ...] = ()
    comments: str = ""
    line: tuple[tuple[float, float], ...] = ()
    thickness_px: float = 0.0


@dataclass(frozen=True)
class Record:
    """One page.

    names: all classes that the data set marks, whether or not they are on this page (empty if unknown).
    space_px: staff space, 0 if unknown.
    strokes, source, font: only our own pages have these.
    unlabelled: also of our own pages: stroke kinds that are not among the strokes, although they may be on the page.
    """

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
    """The usual `Problem`: a broken record raises an error."""
    raise DataError(message)


BROKEN = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What Python raises for a record with unexpected contents."""


def why(error: Exception) -> str:
    """What an error says about a broken record, on one line."""
    return " ".join((str(error) if isinstance(error, ValueError) else repr(error)).split())[:200]


def box_of(left: float, top: float, right: float, bottom: float) -> Box:
    """A box in pixels. Raises ValueError if it is empty or far off every page."""
    if not all(math.isfinite(v) and abs(v) <= MOST_PX for v in (left, top, right, bottom)):
        raise ValueError(f"the box {left, top, right, bottom} is on no page")
    return Box(top, left, bottom, right)


def size_of(width: object, height: object) -> tuple[int, int]:
    """A page's size in pixels, as a data set gives it. Raises ValueError or TypeError if no page can have this size."""
    sides = int(width), int(height)  # type: ignore[call-overload]
    if not all(1 <= side <= MOST_PX for side in sides):
        raise ValueError(f"no page is {sides[0]} x {sides[1]} pixels")
    return sides


def read_xml(file: Path) -> etree._Element:
    """The root of an XML file. Raises ValueError or OSError if it is damaged, too large, too deeply nested, or does not
    exist."""
    check_size(file, MOST_XML_BYTES)
    # Without huge_tree, lxml itself refuses deep nesting and exploding entities.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.parse(str(file), parser).getroot()
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error


def find_image(folder: Path, name: str) -> Path:
    """Where an image of a data set is: in `folder`, or in one of the usual folders in it or beside it. For a missing
    file, its likeliest place."""
    places = [folder, *(folder / sub for sub in ("images", "images_png", "img")), *(
        folder.parent / sub for sub in ("images", "images_png"))]
    return next((p / name for p in places if os.path.exists(p / name)), folder / "images" / name)


def split_of(path: Path) -> str:
    """"train", "val" or "test", if the file's name contains it."""
    stem = path.stem.lower()
    return next((s for s, words in (("train", ("train",)), ("val", ("val",)), ("test", ("test",)))
                 if any(w in stem for w in words)), "")


def replace_file(path: Path, text: str) -> None:
    """Write a text file completely or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text)
    os.replace(temporary, path)
