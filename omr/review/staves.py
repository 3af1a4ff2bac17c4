"""A person points at a staff that was missed, and its page is read again with that staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from omr.pipeline import read_again
from omr.reading import Detector, PageReading
from omr.review.log import Operation
from omr.review.operations import OperationError
from omr.review.pictures import Picture
from omr.staves.given import staff_between
from omr.types import SPACE_PX, Page, Staff

CORNERS = 2.0
"""If two points are at least this far apart vertically, in staff spaces, they are opposite corners of a staff (a usual
staff is 4 high, one of half the size 2). If they are nearer, they are the ends of its middle line: pages are upright
when they are read."""
SAME_STAFF = 2.0
"""Two staves are the same if their middle lines are nearer than this, in staff spaces: half the height of a staff."""


class Reader:
    """Reads pages again. readings, pictures: of all pages. load: returns the detector; it is called when it is first
    needed."""

    def __init__(self, readings: Sequence[PageReading], pictures: Mapping[int, Picture], load: Callable[[], Detector]):
        self._readings = {r.index: r for r in readings}
        self._pictures, self._load = pictures, load
        self._known: dict[tuple[int, tuple[float, ...]], PageReading] = {}

    def read(self, page: int, operations: Sequence[Operation]) -> PageReading:
        """Read a page again with staves that were missed, one for each operation "staff".

        Raises OperationError if there cannot be such a staff, or if it is not read as a staff.
        """
        before, picture = self._readings.get(page), self._pictures.get(page)
        if before is None or picture is None or picture.mapping is None or picture.page is None:
            raise OperationError(f"page {page + 1} cannot be read again")
        key = page, tuple(float(x) for o in operations for point in (o["from"], o["to"]) for x in point)
        if key not in self._known:
            self._known[key] = self._read(before, picture, operations)
        return self._known[key]

    def _read(self, before: PageReading, picture: Picture, operations: Sequence[Operation]) -> PageReading:
        from PIL import Image

        assert picture.page is not None
        with Image.open(picture.page) as image:
            pixels = np.array(image.convert("L"))
        space = SPACE_PX if before.graph is None else before.graph.space_px
        given = [_pointed_at(pixels, picture.on_page(o["from"]), picture.on_page(o["to"]), space) for o in operations]
        # How the page was cut from its source is known from the earlier reading.
        page = Page(pixels, before.index, 0.0, before.source, np.eye(2, 3))
        reading = read_again(page, self._load(), given, before)
        if reading.graph is None or any(not _is_in_score(reading, staff) for staff in given):
            raise OperationError("what stands there does not read as a staff of the score")
        return reading


def _pointed_at(pixels: np.ndarray, start: Sequence[float], end: Sequence[float], space_px: float) -> Staff:
    """The staff given by two points of the page, (row, col) each: the ends of its middle line, or opposite corners."""
    start, end = sorted((tuple(start), tuple(end)), key=lambda point: point[1])
    height = abs(start[0] - end[0])
    if height >= CORNERS * space_px:
        space_px, middle = height / 4, (start[0] + end[0]) / 2
        start, end = (middle, start[1]), (middle, end[1])
    try:
        return staff_between(pixels, start, end, space_px)
    except ValueError as error:
        raise OperationError(f"there can be no staff: {error}") from error


def _is_in_score(reading: PageReading, given: Staff) -> bool:
    """Whether a staff belongs to one of the systems of a reading."""
    assert reading.graph is not None
    col = (given.left + given.right) / 2
    played = {index for system in reading.graph.systems for index in system.staves}
    return any(s.index in played and s.left < col < s.right
               and abs(s.row(0, col) - given.row(0, col)) < SAME_STAFF * given.space_px for s in reading.graph.staves)
