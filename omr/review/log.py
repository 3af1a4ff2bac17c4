"""What a person said, on disk: a small, readable JSON file apart from the reading.

    {"format": 1, "version": "0.2.0", "input": {"name": ..., "sha256": ..., "pages": [[height, width], ...]},
     "done": 2, "operations": [{"op": "pitch", "page": 0, "at": [512.0, 340.5], "steps": 1}, ...],
     "place": {"measure": 12, "zoom": 1.0}}

Places are in pixels of the pages' pictures, whose sizes stand in "pages", so that a reading made at another resolution
finds them again. "done" counts the operations in force; those behind it were undone and may be done again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from omr import __version__
from omr.errors import DataError, OutputError
from omr.files import replacing

FORMAT = 1
"""Version of the log's format. It grows when an older program could not read the log."""
Operation = Mapping[str, Any]
"""One thing that a person said, as plain JSON (see `omr.review.operations`)."""
Factors = Mapping[int, Sequence[float]]
"""Factors by which the coordinates of a place are multiplied: 2 for a point, 4 for a box."""


@dataclass(frozen=True)
class Log:
    """The operations of a review.

    name, sha256: of the input.
    pages: (height, width) of each page's picture.
    operations: all of them.
    done: how many of them are in force; the others were undone.
    place: where in the score the person was; only the browser uses it.
    """

    name: str
    sha256: str
    pages: tuple[tuple[int, int], ...]
    operations: tuple[Operation, ...] = ()
    done: int = 0
    place: Mapping[str, Any] = field(default_factory=dict)

    def with_operation(self, operation: Operation) -> Log:
        """The log with one more operation. Operations that were undone are forgotten."""
        return replace(self, operations=(*self.operations[:self.done], operation), done=self.done + 1)

    def for_pages(self, pages: Sequence[tuple[int, int]]) -> Log:
        """The log with its places scaled to pictures of other sizes."""
        if tuple(pages) == self.pages:
            return self
        return replace(self, pages=tuple(pages), operations=tuple(self._scaled(o, pages) for o in self.operations))

    def _scaled(self, operation: Operation, pages: Sequence[tuple[int, int]]) -> Operation:
        scaled = self._own_scaled(operation, pages)
        also, factors = operation.get("also"), self._factors(operation, pages)
        if isinstance(also, list) and all(isinstance(entry, Mapping) for entry in also):
            scaled["also"] = [self._also(entry, factors, pages) for entry in also]
        return scaled

    def _own_scaled(self, operation: Operation, pages: Sequence[tuple[int, int]]) -> dict[str, Any]:
        """An operation with the places scaled that are on its own page."""
        factors = self._factors(operation, pages)
        return {k: _times(v, factors) if k in PLACES and factors else v for k, v in operation.items()}

    def _also(self, entry: Operation, factors: Factors | None, pages: Sequence[tuple[int, int]]) -> Operation:
        """Scale a place in the field "also", which tells a measure like the corrected one.

        entry: the place.
        factors: for the page of the corrected measure, because each event in the place names the event that it is like.
        """
        own = self._own_scaled(entry, pages)
        events = own.get("events")
        if not factors or not isinstance(events, list):
            return own
        return {**own, "events": [
            {**e, "as": _times(e["as"], factors)} if isinstance(e, Mapping) and "as" in e else e for e in events]}

    def _factors(self, operation: Operation, pages: Sequence[tuple[int, int]]) -> Factors | None:
        """The factors for a point and for a box; None if the operation has no page."""
        page = operation.get("page")
        if not isinstance(page, int) or not 0 <= page < min(len(pages), len(self.pages)):
            return None
        down, right = (new / old for new, old in zip(pages[page], self.pages[page], strict=True))
        return {2: (down, right), 4: (down, right, down, right)}


PLACES = frozenset(("at", "from", "to", "box", "events"))
"""Fields of an operation that hold places on its page: points, boxes, or lists of them."""


def _times(place: Any, factors: Factors) -> Any:
    """A place with each coordinate multiplied. Lists of places, and objects that hold a place, are handled item by
    item. Anything else stays as it is: the check of the operation reports it."""
    if isinstance(place, Mapping):
        return {k: _times(v, factors) if k in PLACES else v for k, v in place.items()}
    if not isinstance(place, (list, tuple)):
        return place
    if place and all(isinstance(x, (int, float)) for x in place):
        return [round(x * f, 1) for x, f in zip(place, factors.get(len(place), [1.0] * len(place)), strict=True)]
    return [_times(each, factors) for each in place]


def read_log(path: Path) -> Log | None:
    """The log in a file; None if there is none. Raises DataError if it is damaged, or written by a newer version."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        if plain["format"] > FORMAT:
            raise DataError(f"{path} was written by omr {plain['version']}, which is newer than this one")
        made = plain["input"]
        log = Log(str(made["name"]), str(made["sha256"]), tuple((int(h), int(w)) for h, w in made["pages"]),
                  tuple(dict(o) for o in plain["operations"]), int(plain["done"]), dict(plain["place"]))
        if any(height < 1 or width < 1 for height, width in log.pages):
            raise ValueError("a page without pixels")
        if not 0 <= log.done <= len(log.operations):
            raise ValueError(f"{log.done} operations are said to hold, of {len(log.operations)}")
        return log
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    except KeyError as error:
        raise DataError(f"{path} is no log of `omr review`: it says no {error}") from error
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise DataError(f"{path} is no log of `omr review`: {error}") from error


def write_log(log: Log, path: Path) -> None:
    """Write the log, completely or not at all. Raises OutputError."""
    def plain(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    # One operation on each line, so that the file is readable, and a diff shows what was done.
    operations = ",".join(f"\n  {plain(operation)}" for operation in log.operations)
    made = {"name": log.name, "sha256": log.sha256, "pages": log.pages}
    text = (f'{{"format": {FORMAT}, "version": {plain(__version__)},\n "input": {plain(made)},\n'
            f' "done": {log.done}, "operations": [{operations}],\n "place": {plain(log.place)}}}\n')
    try:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
