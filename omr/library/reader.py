"""The process in which a worker reads. If it crashes or hangs on a page, only that page is lost, not the worker.

A Dask worker cannot end its own threads, and everything it holds is lost if native code crashes. So pages are read, and
scores composed, by a child process that has the detector. The worker sends requests through a pipe, one at a time. It
kills the child when its time is up, and starts another with the next request.
"""

from __future__ import annotations

import gzip
import json
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from omr.errors import NoMusicError, OmrError, WeightsError

if TYPE_CHECKING:
    from omr.reading import Detector, PageReading

TRIES = 3
"""How often a page is tried that kills the process reading it: the first two times may have been bad luck."""
START_SECONDS = 300
"""How long a reader may take to start, in seconds. Importing everything from a slow shared disk may take a minute."""
SPARE_SECONDS = 30
"""The operating system ends a reader this many seconds after its time is up. Usually the worker has killed it by then;
this is for a worker that is gone."""

Status = Literal["read", "no music", "unreadable", "failed", "killed", "timeout"]
"""What became of a page: "read"; "no music", without a staff; "unreadable", a file that cannot be read; "failed", an
error of this program; "killed", it killed the process that read it `TRIES` times; "timeout", it took too long."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a request.

    value: its result. None unless the status is "read", except that a page without music has one too.
    seconds: time that the request took in the reader.
    """

    status: Status
    message: str = ""
    value: Any = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Lost:
    """A page that has no reading. name: of its file. message: why."""

    index: int
    name: str
    message: str


@dataclass(frozen=True)
class Composed:
    """A composed score. counts: page index -> number of its measures, notes and doubts. doubts: as JSON."""

    musicxml: bytes
    doubts: bytes
    counts: Mapping[int, tuple[int, int, int]]


# ---- in the worker ---------------------------------------------------------------------------------------------


class Reader:
    """A child process with a detector. The first request starts it. Only one thread at a time may use it.

    weights: folder of the weights; None for the shipped ones.
    """

    def __init__(self, weights: str | None) -> None:
        self._weights = weights
        self._process: subprocess.Popen[bytes] | None = None

    def count(self, path: Path, seconds: float) -> Outcome:
        """How many pages a file has."""
        return self._ask("count", (path,), seconds)

    def read(self, path: Path, number: int, index: int, languages: tuple[str, ...], seconds: float) -> Outcome:
        """The reading of a page, as bytes for `compose`. Arguments as in `omr.reading.PageTask`. seconds: how long it
        may take."""
        return self._ask("read", (path, number, index, languages), seconds)

    def compose(self, readings: Sequence[bytes | Lost], source: str, seconds: float) -> Outcome:
        """The score of all pages, as a `Composed`. source: as in `omr.composing.compose`."""
        return self._ask("compose", (readings, source), seconds)

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None and process.stdout is not None:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()

    def _ask(self, request: str, arguments: tuple[Any, ...], seconds: float) -> Outcome:
        start = time.monotonic()
        for _ in range(TRIES):
            answer = self._exchange((request, arguments, seconds), seconds)
            if isinstance(answer, Outcome):
                return answer
            self.close()
            if answer == "late":
                return Outcome("timeout", f"took longer than {seconds:g} s", seconds=time.monotonic() - start)
        return Outcome("killed", f"ended the process that read it {TRIES} times", seconds=time.monotonic() - start)

    def _exchange(self, request: Any, seconds: float) -> Outcome | Literal["late", "dead"]:
        """Send a request and wait for its answer. Raises WeightsError if the process cannot be started."""
        process = self._process
        if process is None or process.poll() is not None:
            self.close()
            process = self._process = self._start()
        assert process.stdin is not None and process.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            pickle.dump(request, process.stdin)
            process.stdin.flush()
            answer = pickle.load(process.stdout)
            return answer if isinstance(answer, Outcome) else "dead"
        except (EOFError, OSError, pickle.UnpicklingError):
            return "late" if late.is_set() else "dead"
        finally:
            timer.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", __name__, self._weights or ""]
        # One thread for each reader, since there are as many readers as cores. Messages of its libraries are of no use
        # here.
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(p or "." for p in sys.path)}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        timer = threading.Timer(START_SECONDS, process.kill)
        timer.start()
        assert process.stdout is not None
        try:
            hello = pickle.load(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            hello = f"it ended with exit code {process.wait()} or did not start in {START_SECONDS} s"
        finally:
            timer.cancel()
        if hello is not None:
            process.kill()
            process.wait()
            raise WeightsError(f"a worker cannot start to read: {hello}")
        return process


# ---- in the child ----------------------------------------------------------------------------------------------


def main(weights: str) -> None:
    """Answer the requests on standard input until the worker is gone. weights: folder, or "" for the shipped ones."""
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else that is printed may get between the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the main process
    try:
        detector = _load(weights)
    except OmrError as error:
        _send(str(error), channel)
        return
    _send(None, channel)
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    answers: dict[str, Callable[..., Outcome]] = {
        "count": _count, "read": lambda *arguments: _read(detector, *arguments), "compose": _compose}
    while True:
        name, arguments, seconds = requests.get()
        if hasattr(signal, "alarm"):  # not on Windows
            signal.alarm(int(seconds) + SPARE_SECONDS)
        start = time.perf_counter()
        try:
            outcome = answers[name](*arguments)
        except NoMusicError as error:
            outcome = Outcome("no music", _said(error, arguments))
        except OmrError as error:
            outcome = Outcome("unreadable", _said(error, arguments))
        except Exception as error:
            outcome = Outcome("failed", f"{type(error).__name__}: {_said(error, arguments)}")
        seconds = time.perf_counter() - start
        try:
            _send(Outcome(outcome.status, outcome.message, outcome.value, seconds), channel)
        except BrokenPipeError:  # the worker is gone
            os._exit(0)


def _listen(requests: queue.SimpleQueue[Any]) -> None:
    """Pass on the requests. When no more can come, end this process, whatever it is doing."""
    try:
        while True:
            requests.put(pickle.load(sys.stdin.buffer))
    except (EOFError, pickle.UnpicklingError):
        os._exit(0)


def _send(answer: object, channel: BinaryIO) -> None:
    pickle.dump(answer, channel)
    channel.flush()


def _load(weights: str) -> Detector:
    """Load the detector, and import everything that reading needs."""
    import cv2

    import omr.music.compose  # noqa: F401
    from omr.detect.runtime import load_detector

    cv2.setNumThreads(1)
    return load_detector(Path(weights) if weights else None, 1, is_whole=False)


def _said(error: Exception, arguments: tuple[Any, ...]) -> str:
    """The message of an error on one line, with the real name of the file instead of that of its local copy."""
    text = " ".join(str(error).split())
    path = arguments[0] if arguments else None
    return text.replace(str(path), path.name) if isinstance(path, Path) else text


def _count(path: Path) -> Outcome:
    from omr.page.raster import count_pages

    return Outcome("read", value=count_pages(path))


def _read(detector: Detector, path: Path, number: int, index: int, languages: tuple[str, ...]) -> Outcome:
    from omr.pipeline import read_task
    from omr.reading import PageTask
    from omr.types.plain import to_json

    reading = read_task(PageTask(path, number, index, languages), detector).light()
    plain = {"index": index, "graph": to_json(reading.graph), "doubts": to_json(reading.doubts),
             "seen": to_json(reading.seen)}
    data = gzip.compress(json.dumps(plain).encode(), compresslevel=1, mtime=0)
    if reading.graph is None:
        return Outcome("no music", "; ".join(d.message for d in reading.doubts), data)
    return Outcome("read", value=data)


def _compose(readings: Sequence[bytes | Lost], source: str) -> Outcome:
    from omr.composing import compose
    from omr.export.files import to_format
    from omr.types.plain import to_json

    score = compose([_reading(reading) for reading in readings], source)
    measures = score.parts[0].measures if score.parts else ()
    counts = {index: (sum(m.page == index for m in measures),
                      sum(len(m.notes) for part in score.parts for m in part.measures if m.page == index),
                      sum(doubt.page == index for doubt in score.doubts)) for index in range(len(readings))}
    doubts = json.dumps(to_json(score.doubts), indent=1) + "\n"
    return Outcome("read", value=Composed(to_format(score, "musicxml"), doubts.encode(), counts))


def _reading(reading: bytes | Lost) -> PageReading:
    """A page's reading. Raises OmrError if it is damaged."""
    from omr.listing import unread_page
    from omr.reading import PageReading
    from omr.types import Doubt, NotationGraph, Symbol
    from omr.types.plain import from_json

    if isinstance(reading, Lost):
        return unread_page(reading.index, reading.name, OmrError(reading.message))
    plain = json.loads(gzip.decompress(reading))
    return PageReading(index=plain["index"], source="", graph=from_json(NotationGraph | None, plain["graph"]),
                       doubts=from_json(tuple[Doubt, ...], plain["doubts"]),
                       seen=from_json(tuple[Symbol, ...], plain["seen"]))


if __name__ == "__main__":
    # Messages are pickled with the name of this module, which is `__main__` in this process, but not in the worker.
    from omr.library import reader

    reader.main(sys.argv[1])
