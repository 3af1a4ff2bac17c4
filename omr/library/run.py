"""The driver of a run: finds the scores, hands out their tasks, updates the catalogue."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from distributed import Client, KilledWorker

from omr.errors import ClusterError, FolderError, OmrError, OutputError
from omr.library import catalogue
from omr.library.catalogue import Known, printable
from omr.library.feed import feed
from omr.library.reader import Outcome
from omr.library.scores import ScoreFiles, find_scores
from omr.library.store import HIDDEN, open_store
from omr.library.work import PLUGIN, Compose, Look, Looked, PageAt, Readers, ReadPage, Setup, Task, Written, do

FOLD = 10_000
"""After how many scores their rows are put into the catalogue. More small files in a folder would be slow to list, and
writing a catalogue of a million rows takes seconds."""


@dataclass
class Progress:
    """How far a run has come.

    scores: how many were done in this run.
    unchanged: how many had been read before.
    pages: how many were tried in this run.
    unread: how many of these pages could not be read.
    """

    scores: int = 0
    unchanged: int = 0
    pages: int = 0
    unread: int = 0


def read_library(client: Client, setup: Setup, retry: bool = False,
                 on_progress: Callable[[Progress], None] | None = None) -> pa.Table:
    """Read all scores below a source that are new or have changed since they were put into the catalogue. Returns the
    rows of the whole catalogue.

    client: of a cluster whose workers have this package, and reach source and destination by the same names.
    retry: whether to read scores again of which a page could not be read.
    on_progress: called whenever a page or a score is done.

    Raises FolderError if there is no such source, or no score in it; DataError if the catalogue is damaged; OutputError
    if the destination cannot be written; WeightsError if a worker cannot start to read; ClusterError if the cluster is
    lost.
    """
    dest = open_store(setup.dest)
    known = catalogue.known_scores(_writing(setup, lambda: catalogue.fold(dest)))
    run = _Run(setup, known, retry, on_progress or (lambda _: None))
    _equip(client, setup)
    try:
        feed(client, do, run.take, run.done)
    finally:
        if client.status == "running":
            client.unregister_worker_plugin(PLUGIN)
    if not run.progress.scores + run.progress.unchanged:
        raise FolderError(f"no score below {setup.source}")
    table = _writing(setup, lambda: catalogue.fold(dest, setup.source))
    dest.remove(HIDDEN, folder=True)
    return table


def _equip(client: Client, setup: Setup) -> None:
    """Give each worker, including those that join later, the plugin with which it reads. Raises ClusterError."""
    try:
        client.register_plugin(Readers(setup))
    except OmrError as error:
        raise ClusterError(str(error)) from error
    except Exception as error:
        raise ClusterError(f"the workers cannot be used, is omr installed on them? {error}") from error


def _writing(setup: Setup, act: Callable[[], pa.Table]) -> pa.Table:
    try:
        return act()
    except OmrError:
        raise
    except Exception as error:  # each store has errors of its own
        raise OutputError(f"cannot write below {setup.dest}: {error}") from error


@dataclass
class _Open:
    """A score whose pages are being read. left: how many pages are left. lost: as in `Compose`."""

    key: str
    pages: tuple[PageAt, ...]
    left: int
    lost: dict[int, Outcome] = field(default_factory=dict)


class _Run:
    """Knows which tasks come next, and what follows from an answer."""

    def __init__(self, setup: Setup, known: Mapping[str, Known], retry: bool,
                 on_progress: Callable[[Progress], None]) -> None:
        self.progress = Progress()
        self._setup, self._known, self._retry, self._on_progress = setup, known, retry, on_progress
        self._scores: Iterator[ScoreFiles] = find_scores(open_store(setup.source))
        self._ready: deque[Task] = deque()
        self._open: dict[str, _Open] = {}
        self._unfolded = 0

    def take(self, most: int) -> Sequence[Task]:
        """The next tasks, at most `most`. Scores that were begun come first, so that few scores are open at a time."""
        tasks = [self._ready.popleft() for _ in range(min(most, len(self._ready)))]
        while len(tasks) < most and (score := next(self._scores, None)) is not None:
            known = self._known.get(printable(score.name), Known("", False, True))
            again = self._retry and not known.is_whole
            tasks.append(Look(self._setup, score, "" if again else known.key, known.has_music))
        return tasks

    def done(self, task: Task, answer: Any) -> None:
        """Note the answer to a task. Raises OmrError if the run cannot go on."""
        if isinstance(answer, Exception) and not isinstance(answer, KilledWorker):
            if isinstance(answer, OmrError):
                raise answer
            raise OutputError(f"cannot write below {self._setup.dest}: {answer}") from answer
        if isinstance(task, Look):
            self._looked(task, answer)
        elif isinstance(task, ReadPage):
            self._was_read(task, answer)
        else:
            self._composed(task, answer)
        self._on_progress(self.progress)

    def _looked(self, task: Look, answer: Looked | KilledWorker) -> None:
        name = task.score.name
        if isinstance(answer, KilledWorker):
            answer = Looked("", (PageAt(0, name, "", 0, "ended the workers that looked at its files"),))
        if not answer.pages:
            self.progress.unchanged += 1
            return
        to_read = [page for page in answer.pages if not page.error]
        self._open[name] = _Open(answer.key, answer.pages, len(to_read))
        self._ready.extend(ReadPage(self._setup, name, page) for page in to_read)
        self.progress.pages += len(answer.pages) - len(to_read)
        self.progress.unread += len(answer.pages) - len(to_read)
        self._compose_if_read(name)

    def _was_read(self, task: ReadPage, answer: Outcome | KilledWorker) -> None:
        score = self._open[task.score]
        if isinstance(answer, KilledWorker):
            answer = Outcome("killed", "ended the workers that read it")
        if answer.status not in ("read", "no music"):
            score.lost[task.page.index] = answer
        self.progress.pages += 1
        self.progress.unread += answer.status != "read"
        score.left -= 1
        self._compose_if_read(task.score)

    def _compose_if_read(self, name: str) -> None:
        score = self._open[name]
        if not score.left:
            self._ready.appendleft(Compose(self._setup, name, score.key, score.pages, score.lost))

    def _composed(self, task: Compose, answer: Written | KilledWorker) -> None:
        score = self._open[task.score]
        if isinstance(answer, KilledWorker):
            killed = Outcome("killed", "composing the score ended the workers that did so")
            score.lost = {page.index: killed for page in score.pages}
            self._compose_if_read(task.score)
        # the score was written, but the worker died before it could say so; or someone removed the readings
        elif answer.missing:
            score.left = len(answer.missing)
            self._ready.extend(ReadPage(self._setup, task.score, score.pages[index]) for index in answer.missing)
        else:
            del self._open[task.score]
            self.progress.scores += 1
            self._unfolded += 1
            if self._unfolded >= FOLD:
                _writing(self._setup, lambda: catalogue.fold(open_store(self._setup.dest), self._setup.source))
                self._unfolded = 0
