"""The tasks of a run, as a worker does them: look at a score's files, read a page, compose a score.

Every task may be done twice without harm. A cluster repeats a task when it loses a worker or an answer. What a task
writes is written completely or not at all, and is the same each time.
"""

from __future__ import annotations

import errno
import hashlib
import json
import queue
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from omr import __version__
from omr.errors import OmrError, WeightsError
from omr.library.catalogue import Row, write_part
from omr.library.reader import Composed, Lost, Outcome, Reader
from omr.library.scores import ScoreFiles
from omr.library.store import HIDDEN, Store, open_store

PLUGIN = "omr-library"
READINGS = f"{HIDDEN}/readings"
CHANGED = "changed while the library was read: run again"
ASIDE = "aside-"
"""How the names of folders begin into which files are being copied."""
COPIES = 4
"""How many copied files a worker keeps. The pages of a PDF are read one after the other."""

BAD_NAMES = {errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EILSEQ, errno.EINVAL}
"""Errors of a disk that does not accept a name. The other scores can still be written."""


@dataclass(frozen=True)
class Setup:
    """What is the same for all tasks of a run.

    source, dest: URLs.
    weights: folder of the weights; None for the shipped ones.
    weights_sha256: hash of the weights.
    page_seconds: how long reading a page may take.
    """

    source: str
    dest: str
    languages: tuple[str, ...]
    weights: str | None
    weights_sha256: str
    page_seconds: float

    @property
    def options(self) -> str:
        """What the result depends on besides the files and the weights."""
        return f"languages={','.join(self.languages) or 'none'}"

    def key(self, files: Sequence[tuple[str, str]]) -> str:
        """A key that changes when the score would be read differently. files: (name, hash) of each file."""
        return _sha256([list(files), self.options, self.weights_sha256])


@dataclass(frozen=True)
class PageAt:
    """A page of a score.

    index: its number among all pages of the score, from 0.
    source, hash: its file.
    number: its number in the file, from 1; 0 if the file cannot be opened.
    error: why the file cannot be opened.
    """

    index: int
    source: str
    hash: str
    number: int
    error: str = ""


@dataclass(frozen=True)
class Look:
    """The task to look at a score's files.

    known_key: key of the score in the catalogue; "" if it must be read again in any case.
    has_music: whether the catalogue says that it has MusicXML.
    """

    setup: Setup
    score: ScoreFiles
    known_key: str = ""
    has_music: bool = False


@dataclass(frozen=True)
class Looked:
    """The answer: a score's pages; none if the score has been read already."""

    key: str
    pages: tuple[PageAt, ...]


@dataclass(frozen=True)
class ReadPage:
    """The task to read a page, and to keep the reading until the score is composed. If a reading was kept before, it is
    used."""

    setup: Setup
    score: str
    page: PageAt


@dataclass(frozen=True)
class Compose:
    """The task to compose a score from its pages, and to write the score and its rows of the catalogue.

    lost: page index -> what became of the page, for pages of which no reading is kept.
    """

    setup: Setup
    score: str
    key: str
    pages: tuple[PageAt, ...]
    lost: dict[int, Outcome] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """The answer: what became of a score's pages. missing: indices of pages that must be read first; then nothing was
    written."""

    statuses: tuple[str, ...] = ()
    missing: tuple[int, ...] = ()


Task = Look | ReadPage | Compose
Answer = Looked | Outcome | Written
"""The answer about a page is its outcome without the reading, which is kept at the destination."""


class Readers(WorkerPlugin):
    """The readers of a worker, one for each of its threads, and copies of the files that they read."""

    name = PLUGIN

    def __init__(self, setup: Setup, version: str = __version__) -> None:
        self._setup, self._version = setup, version

    def setup(self, worker: Worker) -> None:
        """Called when a worker gets the plugin. Raises OmrError if the worker has another version of omr."""
        if self._version != __version__:
            raise OmrError(f"a worker has omr {__version__}, this is omr {self._version}: install the same on both")
        self._all: list[Reader] = []
        self._idle: queue.LifoQueue[Reader] = queue.LifoQueue()
        self._copies = Path(tempfile.mkdtemp(prefix="omr-", dir=worker.local_directory))
        self._lock = threading.Lock()
        self._used: Counter[Path] = Counter()

    def teardown(self, worker: Worker) -> None:
        """Called when the worker or the run ends."""
        for reader in self._all:
            reader.close()
        shutil.rmtree(self._copies, ignore_errors=True)

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """A reader for one thread. Its detector is kept for the next use."""
        try:
            reader = self._idle.get_nowait()
        except queue.Empty:
            reader = Reader(self._setup.weights)
            self._all.append(reader)
        try:
            yield reader
        finally:
            self._idle.put(reader)

    @contextmanager
    def copy(self, store: Store, name: str, sha256: str) -> Iterator[Path]:
        """A copy, on this machine, of a file as it was when its hash was taken. Raises OmrError if the file has changed
        since, and the errors of the store."""
        folder = self._copies / _sha256([name, sha256])
        path = folder / PurePosixPath(name).name
        with self._lock:
            self._used[folder] += 1
        try:
            if not path.exists():
                self._fetch(store, name, sha256, path)
            folder.touch()
            yield path
        finally:
            with self._lock:
                self._used[folder] -= 1
                self._forget()

    def _fetch(self, store: Store, name: str, sha256: str, path: Path) -> None:
        with tempfile.TemporaryDirectory(prefix=ASIDE, dir=self._copies) as aside:
            copied = Path(aside) / path.name
            if store.copy(name, copied) != sha256:
                raise OmrError(CHANGED)
            path.parent.mkdir(exist_ok=True)
            copied.replace(path)

    def _forget(self) -> None:
        """Remove the copies whose last use was the longest ago."""
        copies = [p for p in self._copies.iterdir() if not p.name.startswith(ASIDE)]
        copies.sort(key=lambda p: p.stat().st_mtime)
        for old in copies[: max(len(copies) - COPIES, 0)]:
            if not self._used[old]:
                shutil.rmtree(old, ignore_errors=True)
                del self._used[old]


def do(task: Task) -> Answer:
    """Do a task on a worker that has the plugin `Readers`. Raises the errors of the destination, and WeightsError."""
    plugin = get_worker().plugins[PLUGIN]
    assert isinstance(plugin, Readers)
    if isinstance(task, Look):
        return _look(task, plugin)
    return _read_page(task, plugin) if isinstance(task, ReadPage) else _compose(task, plugin)


# ---- a score's files -------------------------------------------------------------------------------------------


def _look(task: Look, readers: Readers) -> Looked:
    setup, source = task.setup, open_store(task.setup.source)
    if task.score.error:
        return Looked("", (PageAt(0, task.score.name, "", 0, task.score.error),))
    hashes: list[tuple[str, str, str]] = []
    for name in task.score.files:
        try:
            hashes.append((name, source.sha256(name), ""))
        except Exception as error:  # each store has errors of its own
            hashes.append((name, "", f"cannot be fetched: {_said(error)}"))
    key = setup.key([(name, sha) for name, sha, _ in hashes])
    if key == task.known_key and all(sha for _, sha, _ in hashes) and (
            not task.has_music or open_store(setup.dest).exists(music_name(task.score.name))):
        return Looked(key, ())
    pages: list[PageAt] = []
    for name, sha, why in hashes:
        outcome = Outcome("unreadable", why) if why else _with_copy(
            readers, source, name, sha, lambda reader, path: reader.count(path, setup.page_seconds))
        numbers = range(1, outcome.value + 1) if outcome.status == "read" else [0]
        pages += [PageAt(len(pages) + i, name, sha, number, outcome.message) for i, number in enumerate(numbers)]
    return Looked(key, tuple(pages))


def _with_copy(readers: Readers, source: Store, name: str, sha256: str,
               ask: Callable[[Reader, Path], Outcome]) -> Outcome:
    """What a reader answers about a file. If the file cannot be fetched, that is an outcome too."""
    try:
        with readers.copy(source, name, sha256) as path, readers.reader() as reader:
            return ask(reader, path)
    except WeightsError:
        raise
    except Exception as error:  # each store has errors of its own
        return Outcome("unreadable", f"cannot be fetched: {_said(error)}")


# ---- a page ----------------------------------------------------------------------------------------------------


def _read_page(task: ReadPage, readers: Readers) -> Outcome:
    setup, page, dest = task.setup, task.page, open_store(task.setup.dest)
    name = reading_name(setup, task.score, page)
    try:
        return replace(_unpacked(dest.read(name)), value=None)
    except FileNotFoundError:
        pass
    outcome = _with_copy(readers, open_store(setup.source), page.source, page.hash, lambda reader, path: reader.read(
        path, page.number, page.index, setup.languages, setup.page_seconds))
    if outcome.status in ("read", "no music"):
        dest.write(name, _packed(outcome))
    return replace(outcome, value=None)


def _packed(outcome: Outcome) -> bytes:
    """An outcome in the form in which it is kept: a line of JSON, then the reading."""
    head = {"status": outcome.status, "message": outcome.message, "seconds": outcome.seconds}
    return json.dumps(head).encode() + b"\n" + (outcome.value or b"")


def _unpacked(data: bytes) -> Outcome:
    head, _, reading = data.partition(b"\n")
    return Outcome(**json.loads(head), value=reading or None)


# ---- a score ---------------------------------------------------------------------------------------------------


def _compose(task: Compose, readers: Readers) -> Written:
    setup, dest = task.setup, open_store(task.setup.dest)
    outcomes: list[Outcome] = []
    missing = []
    for page in task.pages:
        try:
            outcomes.append(_outcome(task, page, dest))
        except FileNotFoundError:
            missing.append(page.index)
    if missing:
        return Written(missing=tuple(missing))
    composed = Outcome("no music")
    if any(outcome.status == "read" for outcome in outcomes):
        names = dict.fromkeys(PurePosixPath(page.source).name for page in task.pages)
        readings = [outcome.value or Lost(page.index, PurePosixPath(page.source).name, outcome.message)
                    for page, outcome in zip(task.pages, outcomes, strict=True)]
        with readers.reader() as reader:
            composed = reader.compose(readings, ", ".join(names), setup.page_seconds * len(readings))
    composed = _write_music(composed, task.score, dest)
    rows = [_row(task, page, outcome, composed) for page, outcome in zip(task.pages, outcomes, strict=True)]
    write_part(rows, dest)
    dest.remove(_readings_folder(task.score), folder=True)
    return Written(tuple(row.status for row in rows))


def _outcome(task: Compose, page: PageAt, dest: Store) -> Outcome:
    """What became of a page. Raises FileNotFoundError if that is not known."""
    if page.error:
        return Outcome("unreadable", page.error)
    return task.lost.get(page.index) or _unpacked(dest.read(reading_name(task.setup, task.score, page)))


def _write_music(composed: Outcome, score: str, dest: Store) -> Outcome:
    """Write the files of a score. If it could not be composed, remove older ones. If a file cannot be written because
    of its name, that is an outcome; other errors of the destination are raised."""
    if isinstance(composed.value, Composed):
        try:
            dest.write(doubts_name(score), composed.value.doubts)
            dest.write(music_name(score), composed.value.musicxml)
            return composed
        except OSError as error:
            if error.errno not in BAD_NAMES:
                raise
            return Outcome("failed", f"cannot be written: {_said(error)}")
    for name in (music_name(score), doubts_name(score)):
        dest.remove(name)
    return composed


def _row(task: Compose, page: PageAt, outcome: Outcome, composed: Outcome) -> Row:
    """The row of a page in the catalogue. If the page was read, but the score could not be composed, the row says what
    became of the score."""
    status, message = outcome.status, outcome.message
    if status == "read" and composed.status != "read":
        status, message = composed.status, f"composing the score: {composed.message}"
    counts = composed.value.counts[page.index] if isinstance(composed.value, Composed) else (0, 0, 0)
    setup = task.setup
    return Row(
        score=task.score, source=page.source, page=page.number, hash=page.hash, status=status,
        seconds=outcome.seconds + composed.seconds / len(task.pages), measures=counts[0], notes=counts[1],
        doubts=counts[2], version=__version__, weights=setup.weights_sha256, options=setup.options, message=message,
        key=task.key)


# ---- names -----------------------------------------------------------------------------------------------------


def music_name(score: str) -> str:
    """Name of a score's MusicXML file, relative to the destination."""
    return f"{score}.musicxml"


def doubts_name(score: str) -> str:
    """Name of the file with a score's doubts."""
    return f"{score}.doubts.json"


def reading_name(setup: Setup, score: str, page: PageAt) -> str:
    """Where a page's reading is kept until its score is composed. The name depends on all that may change the
    reading."""
    what = [page.hash, page.number, page.index, setup.options, setup.weights_sha256]
    return f"{_readings_folder(score)}/{_sha256(what)}"


def _readings_folder(score: str) -> str:
    return f"{READINGS}/{_sha256([score])}"


def _sha256(value: Any) -> str:
    """A name for any JSON value: 128 bits of its SHA-256, in hexadecimal."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:32]


def _said(error: Exception) -> str:
    """The message of an error, on one line."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()) or type(error).__name__
