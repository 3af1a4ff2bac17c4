"""A reading, what a person said about it, and the score that results from both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omr.composing import compose_bars
from omr.detect.runtime import load_detector
from omr.errors import OutputError
from omr.files import replacing
from omr.music.compose import ScoreBuilder
from omr.reading import Detector, PageReading
from omr.review import alike
from omr.review.edits import Edited, apply, points_of, with_said
from omr.review.log import Log, Operation, write_log
from omr.review.operations import OperationError, check
from omr.review.pictures import Picture
from omr.review.staves import Reader
from omr.sure import of_bars
from omr.types import Box, Doubt, Measure, NotationGraph, Score
from omr.types.memo import Memo

ON_MEASURE = ("accept", "take")
"""Operations about a measure. The browser gives the measure's index, the log its place on the page."""
SAME_MEASURE = 0.5
"""Two boxes, in two readings of a page, are the same measure if their intersection over union is at least this."""


@dataclass(frozen=True)
class Input:
    """What is reviewed.

    name: for the title of the browser page.
    source: goes to `Score.source`.
    sha256: of its files.
    out: where the score is saved by default.
    log: where the operations are kept.
    """

    name: str
    source: str
    sha256: str
    out: Path
    log: Path


@dataclass(frozen=True)
class Unplaced:
    """An operation of the log whose place is not found any more. number: its number in the log, from 1. message:
    why."""

    number: int
    operation: Operation
    message: str


@dataclass(frozen=True, eq=False)
class State:
    """The pages after some operations, and the operations whose place was not found."""

    edited: Edited
    unplaced: tuple[Unplaced, ...] = ()

    def without(self, number: int, operation: Operation, error: OperationError) -> State:
        """The state with one more operation whose place was not found."""
        return replace(self, unplaced=(*self.unplaced, Unplaced(number, operation, str(error))))


class Review:
    """A reading under review. Only one thread at a time may use it.

    readings: of all pages, without images.
    pictures: of the pages, by page index.
    log: of an earlier session. Its operations are applied again.
    load: returns the detector, which is needed only if a page must be read again because a staff was missed.
    score: the score as it is now. builder: what its measures were made from.
    revision: grows whenever the score changes.
    saved: what was written last in this session, and its revision.
    """

    def __init__(self, input_: Input, readings: Sequence[PageReading], pictures: Mapping[int, Picture],
                 log: Log | None = None, load: Callable[[], Detector] = load_detector):
        self.input, self.readings, self.pictures = input_, tuple(readings), pictures
        pages = tuple((p.height, p.width) if (p := pictures.get(r.index)) else (1, 1) for r in readings)
        empty = Log(input_.name, input_.sha256, pages)
        self.log = empty if log is None else replace(log.for_pages(pages), name=input_.name, sha256=input_.sha256)
        self.revision = 0
        self._reader = Reader(self.readings, pictures, load)
        self._states: list[State] = self._replayed(self.log.operations)
        self._memo = Memo()
        self.score, self.builder = self._compose()
        self.saved: Mapping[str, Any] | None = None

    # ---- what a person does ------------------------------------------------------------------------------------

    def do(self, operation: Any) -> Operation:
        """Apply one more operation, and write the log. Returns the operation as it stands in the log.

        Raises OperationError if it makes no sense or its place is not found, OutputError if the log cannot be written.
        Then nothing has changed.
        """
        checked = check(self._by_place(operation))
        if checked.get("part", 0) >= len(self.score.parts):
            raise OperationError(f"there is no part {checked['part']}")
        checked = {name: value for name, value in checked.items() if name != "also"}
        log, before = self.log.with_operation(checked), self._states
        after = self._next(before[self.log.done], log.operations)
        if checked.get("alike") and (also := alike.find(self, checked, after.edited)):
            checked = {**checked, "also": also}
            log = self.log.with_operation(checked)
            after = self._next(before[self.log.done], log.operations)
        self._states = [*before[:self.log.done + 1], after]
        try:
            self._set(log)
        except BaseException:
            self._states = before
            raise
        return checked

    def undo(self) -> Operation:
        """Undo the last operation in force, and return it. Raises OperationError if there is none."""
        self._step(-1, "nothing to undo")
        return self.log.operations[self.log.done]

    def redo(self) -> Operation:
        """Redo the operation that was undone last, and return it. Raises OperationError if there is none."""
        self._step(+1, "nothing to do again")
        return self.log.operations[self.log.done - 1]

    @property
    def can_undo(self) -> bool:
        return self.log.done > 0

    @property
    def can_redo(self) -> bool:
        return self.log.done < len(self.log.operations)

    def put_place(self, place: Mapping[str, Any]) -> None:
        """Note where in the score the person is. Raises OutputError."""
        log = replace(self.log, place=dict(place))
        write_log(log, self.input.log)
        self.log = log

    def save(self, format_: str, path: Path | None = None) -> Path:
        """Write the score in one of the formats in `SUFFIXES`. path: by default beside the output. Raises
        OutputError."""
        data = self.data(format_)
        path = path or self.input.out.with_suffix(SUFFIXES[format_])
        try:
            with replacing(path) as temporary:
                temporary.write_bytes(data)
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
        self.saved = {"revision": self.revision, "path": str(path)}
        return path

    def data(self, format_: str) -> bytes:
        """The bytes of the score in one of the formats in `SUFFIXES`. Raises OperationError for any other format."""
        from omr.export.files import to_format
        from omr.review.printing import to_pdf

        if format_ not in SUFFIXES:
            raise OperationError(f"no format {format_[:20]!r}; there are {', '.join(SUFFIXES)}")
        if format_ == "pdf":
            return to_pdf(self.score)
        return to_format(self.score, format_)  # type: ignore[arg-type]

    # ---- what is asked -----------------------------------------------------------------------------------------

    @property
    def measures(self) -> Sequence[Measure]:
        """The measures of the first part. Those of the other parts stand at the same places."""
        return self.score.parts[0].measures

    @property
    def edited(self) -> Edited:
        """The pages with all operations in force."""
        return self._states[self.log.done].edited

    @property
    def unplaced(self) -> tuple[Unplaced, ...]:
        """The operations in force whose place is not found any more."""
        return self._states[self.log.done].unplaced

    def doubts_of(self) -> Mapping[int, list[Doubt]]:
        """The doubts about each measure, by its index."""
        found: dict[int, list[Doubt]] = {}
        for doubt in self.score.doubts:
            if doubt.measure is not None:
                found.setdefault(doubt.measure - 1, []).append(doubt)
        return found

    def confidence(self) -> Sequence[float | None]:
        """The probability, 0-1, that each measure is right in all parts; None where it is not known."""
        return of_bars(self.score)

    def accepted(self) -> set[int]:
        """Indices of the measures that the person called right."""
        return {i for i, m in enumerate(self.measures) for page, box in self.edited.accepted
                if m.box is not None and m.page == page and m.box.iou(box) >= SAME_MEASURE}

    def mended(self) -> set[int]:
        """Indices of the measures where something was corrected: each place belongs to the nearest measure that has its
        column."""
        found = {self._measure_at(*place) for place in self.edited.places}
        return {index for index in found if index is not None}

    def spoken_of(self, operation: Operation) -> set[int]:
        """Indices of the measures at which an operation points."""
        picture = self.pictures.get(operation.get("page", -1))
        if picture is None or picture.mapping is None:
            return set()
        found = {self._measure_at(operation["page"], *picture.on_page(point)) for point in points_of(operation)}
        return {index for index in found if index is not None}

    # ---- inside ------------------------------------------------------------------------------------------------

    def _measure_at(self, page: int, row: float, col: float) -> int | None:
        """Index of the measure that a point belongs to: of the measures that have its column, the nearest."""
        near = [(max(m.box.top - row, row - m.box.bottom, 0.0), i) for i, m in enumerate(self.measures)
                if m.box is not None and m.page == page and m.box.left <= col < m.box.right]
        return min(near)[1] if near else None

    def _by_place(self, operation: Any) -> Any:
        """Replace the index of a measure in an operation by the measure's place."""
        if not isinstance(operation, Mapping) or operation.get("op") not in ON_MEASURE or "measure" not in operation:
            return operation
        index = operation["measure"]
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(self.measures):
            raise OperationError(f"there is no measure {str(index)[:20]}")
        measure = self.measures[index]
        return {**operation, "page": measure.page, "box": self.box_of(measure)}

    def box_of(self, measure: Measure) -> list[float] | None:
        """Where a measure stands on the picture of its page."""
        picture = self.pictures.get(measure.page)
        return None if measure.box is None or picture is None else picture.box(measure.box)

    def _step(self, by: int, otherwise: str) -> None:
        done = self.log.done + by
        if not 0 <= done <= len(self.log.operations):
            raise OperationError(otherwise)
        self._set(replace(self.log, done=done))

    def _set(self, log: Log) -> None:
        """Compose the score with the operations of a log that are in force, and write the log."""
        before = self.log
        self.log = log
        try:
            score, builder = self._compose()
            write_log(log, self.input.log)
        except BaseException:
            self.log = before
            raise
        self.score, self.builder = score, builder
        self.revision += 1

    def _replayed(self, operations: Sequence[Operation]) -> list[State]:
        """The states before and after each of some operations. Operations that were undone are included, so that they
        can be redone."""
        states = [State(Edited({r.index: r.graph for r in self.readings if r.graph is not None}))]
        for number, operation in enumerate(operations, 1):
            try:
                state = self._next(states[-1], operations[:number])
            except OperationError as error:
                state = states[-1].without(number, operation, error)
            states.append(state)
        return states

    def _next(self, before: State, operations: Sequence[Operation]) -> State:
        """The state after the last of some operations. before: the state before the last. Raises OperationError if it
        cannot be applied."""
        last = check(operations[-1])
        if last["op"] == "staff":
            return self._with_staves(operations, last)
        return self._done(before, len(operations), last)

    def _done(self, before: State, number: int, operation: Operation) -> State:
        """The state after an operation was applied where it points, and at the places in its field "also". number: that
        of the operation in the log. Raises OperationError if it cannot be applied where it points."""
        checked = check(operation)
        edited, lost = alike.carry(apply(before.edited, checked, self.pictures), checked, self.pictures)
        state = replace(before, edited=edited)
        for error in lost:
            state = state.without(number, operation, error)
        return state

    def _with_staves(self, operations: Sequence[Operation], last: Operation) -> State:
        """The state after some operations, the last of which points at a staff that was missed. Its page is read again,
        and all other operations are applied to the new reading. Raises OperationError if there cannot be such a staff.
        """
        anew: dict[int, PageReading] = {}
        state, lost = State(Edited({})), []
        staves = [(number, o) for number, o in enumerate(operations, 1) if o.get("op") == "staff"]
        for number, operation in staves:
            page = check(operation)["page"]
            own = [o for n, o in staves if n <= number and o["page"] == page and n not in lost]
            try:
                anew[page] = self._reader.read(page, own)
            except OperationError as error:
                if operation is operations[-1]:
                    raise
                lost.append(number)
                state = state.without(number, operation, error)
        graphs = {r.index: r.graph for r in self.readings if r.graph is not None}
        graphs |= {page: reading.graph for page, reading in anew.items() if reading.graph is not None}
        state = replace(state, edited=Edited(graphs, anew))
        for number, operation in enumerate(operations, 1):
            if operation.get("op") == "staff":
                continue
            try:
                state = self._done(state, number, operation)
            except OperationError as error:
                state = state.without(number, operation, error)
        return state

    def _compose(self) -> tuple[Score, ScoreBuilder]:
        """The score of the pages as they are now, and what its measures were made from."""
        edited = self.edited
        readings = [self._memo(_reading, edited.anew.get(r.index, r), edited.graphs.get(r.index), plain=(
            frozenset(id_ for page, id_ in edited.spoken_of if page == r.index),)) for r in self.readings]
        score, builder = compose_bars(readings, self.input.source, memo=self._memo)
        return with_said(score, edited), builder


SUFFIXES = {"musicxml": ".musicxml", "mxl": ".mxl", "midi": ".mid", "pdf": ".pdf"}
"""Format -> suffix of its files."""


def _reading(reading: PageReading, graph: NotationGraph | None, about: Set[int]) -> PageReading:
    """A page's reading with the corrected graph. Doubts about symbols that the person spoke of are dropped.

    about: ids of these symbols.
    """
    if reading.graph is None or graph is reading.graph:
        return reading
    boxes: set[Box] = {s.box for s in reading.graph.symbols if s.id in about}
    return replace(
        reading, graph=graph,
        doubts=tuple(d for d in reading.doubts if d.kind != "confidence" or d.box not in boxes),
        seen=tuple(s for s in reading.seen if s.id not in about))


