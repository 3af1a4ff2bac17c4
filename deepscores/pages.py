"""Labelled pages: what training and evaluation take from a data set, in our own classes.

Our own data sets are folders with `images/*.png` and `labels/*.json`. The latter are files with a few pages each, in
the format of DeepScores v2 (`deepscores/v2.py`), so that writing can stop and go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepscores import v2
from deepscores.records import Mark, Record
from omr.types import STROKE_KINDS, Box, Stroke, Symbol
from omr.types.vocabulary import GROUPS, NAMES, counterpart, is_stroke, lacking

STAFF_HEIGHT_SPACES = 4.1
"""Height of a box around the five lines of a staff: four spaces and the thickness of a line."""
BOXED = {"stem", "beam", "ledgerLine", "staffLine"}
"""Strokes whose course follows from their boxes; that of a slur does not."""
UNKNOWN = "unknown"
"""Name of marks for which we have no class."""


@dataclass(frozen=True)
class LabelledPage:
    """One page of a data set. Coordinates are pixels of its image.

    space_px: its staff space, 0 if unknown.
    unlabelled: our classes and stroke kinds that the data set does not mark, wherever they are.
    ignored: places of marks for which we have no class. Neither of these says anything about what is there.
    boxed: (kind, box) of strokes of which the data set tells only where they are, such as slurs and hairpins.
    """

    image: Path
    width: int
    height: int
    space_px: float
    symbols: tuple[Symbol, ...]
    strokes: tuple[Stroke, ...]
    source: str = ""
    font: str = ""
    split: str = ""
    unlabelled: frozenset[str] = frozenset()
    ignored: tuple[Box, ...] = ()
    boxed: tuple[tuple[str, Box], ...] = ()


def from_record(record: Record) -> LabelledPage:
    """A page of any data set in our classes."""
    symbols: list[Symbol] = []
    drawn: list[tuple[str, tuple[tuple[float, float], ...], float]] = []
    boxed: list[tuple[str, Box]] = []
    ignored: list[Box] = []
    heights = []
    lines = any(mark.line for mark in record.marks)
    for mark in record.marks:
        name = counterpart(mark.name)
        if name is None:
            if mark.name not in GROUPS:
                ignored.append(mark.box)
        elif not is_stroke(name):
            symbols.append(Symbol(len(symbols), name, mark.box))
        elif mark.line:
            if len(mark.line) > 1:
                drawn.append((name, mark.line, mark.thickness_px))
        elif mark.name == "staff":
            heights.append(mark.box.height)
            if not lines:
                drawn += _staff_lines(mark.box)
        elif name in BOXED:
            drawn.append((name, *_along(mark)))
        else:
            boxed.append((name, mark.box))
    first = len(symbols)
    strokes = record.strokes or tuple(
        Stroke(first + i, kind, line, thickness)  # type: ignore[arg-type]
        for i, (kind, line, thickness) in enumerate(drawn))
    known = record.names or {m.name for m in record.marks}
    unlabelled = (lacking(known) - set(STROKE_KINDS if record.strokes else ())) | {k for k, _ in boxed}
    if record.font or record.strokes:
        unlabelled = record.unlabelled  # our own pages say this themselves
    space_px = record.space_px or (float(np.median(heights)) / STAFF_HEIGHT_SPACES if heights else 0.0)
    return LabelledPage(record.image, record.width, record.height, space_px, tuple(symbols), strokes, record.source,
                        record.font, record.split, unlabelled, tuple(ignored), tuple(boxed))


def _along(mark: Mark) -> tuple[tuple[tuple[float, float], ...], float]:
    """Centre line and thickness of a straight stroke: along the longer side of its oriented box, or of its box."""
    corners = mark.oriented
    if len(corners) != 8:
        b = mark.box
        corners = (b.right, b.bottom, b.right, b.top, b.left, b.top, b.left, b.bottom)
    points = np.array(corners, float).reshape(4, 2)[:, ::-1]  # (row, col), in order around the box
    sides = np.roll(points, -1, axis=0) - points
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    across = int(lengths[0] + lengths[2] > lengths[1] + lengths[3])  # the first of two short opposite sides
    ends = [(points[i] + points[(i + 1) % 4]) / 2 for i in (across, across + 2)]
    thickness = float(min(lengths[across], lengths[across + 2]))
    return tuple((float(r), float(c)) for r, c in ends), max(thickness, 1.0)


def _staff_lines(box: Box) -> Iterator[tuple[str, tuple[tuple[float, float], ...], float]]:
    """The five lines of a staff that is given as a box."""
    space = box.height / STAFF_HEIGHT_SPACES
    thickness = box.height - 4 * space
    for i in range(5):
        row = box.top + thickness / 2 + i * space
        yield "staffLine", ((row, box.left), (row, box.right)), thickness


def to_record(page: LabelledPage) -> Record:
    """A page of ours under our own names, with staff positions."""
    positions = _positions(page)
    marks = tuple(
        Mark(s.name, s.box, comments=f"rel_position:{positions[s.id]};" if s.id in positions else "")
        for s in page.symbols)
    marks += tuple(Mark(UNKNOWN, box) for box in page.ignored)
    return Record(page.image, page.width, page.height, marks, page.split, frozenset(NAMES), page.space_px,
                  page.strokes, page.source, page.font, page.unlabelled & set(STROKE_KINDS))


def write_pages(pages: Sequence[LabelledPage], path: Path) -> None:
    """Write one file of pages, first with a temporary name. The caller writes the images, next to it in `images/`."""
    v2.write([to_record(page) for page in pages], path, (*NAMES, UNKNOWN))


def read_pages(folder: Path) -> Iterator[LabelledPage]:
    """Pages of a data set of ours, file by file. Raises DataError with file and field for a broken record."""
    yield from map(from_record, v2.read(folder))


def _positions(page: LabelledPage) -> dict[int, int]:
    """Staff position (0 on the middle line, upwards) of every symbol, on the staff nearest to it."""
    lines = [s for s in page.strokes if s.kind == "staffLine"]
    staves = [(lines[i].points[0][0], lines[i + 4].points[0][0], lines[i].points[0][1], lines[i].points[-1][1])
              for i in range(0, len(lines) - 4, 5)]
    found = {}
    for symbol in page.symbols:
        row, col = symbol.box.center
        near = [(abs((top + bottom) / 2 - row), (top + bottom) / 2) for top, bottom, left, right in staves
                if left - page.space_px <= col <= right + page.space_px]
        if near:
            distance, middle = min(near)
            if distance < 8 * page.space_px:
                found[symbol.id] = round((middle - row) / (page.space_px / 2))
    return found
