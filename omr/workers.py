"""Pages read side by side, each by a worker process with a detector of its own.

Most of what a page takes uses one core, so that a book is read faster with a page on every core. The processes come
from `concurrent.futures`; what is added here is that pages come back in order, few of them at a time are in memory, and
a page whose worker dies costs only itself.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from types import TracebackType
from typing import Any

import cv2

from omr.errors import InputError, OmrError
from omr.pipeline import Detector, Look, PageReading, PageTask, read_task

MOST_DEATHS = 2
"""How often a page is tried whose worker died while it read nothing else: once may have been bad luck."""
AHEAD = 1
"""How many pages more than there are workers are handed out, so that none has to wait for its next one."""

_worker: dict[str, Any] = {}
"""What a worker process knows: its detector, and what to do with each reading."""


class Workers:
    """Processes that read pages. To be used in a `with` statement, which ends all of them.

    jobs: how many. make_detector: called once in each process; it and `look` must be picklable. look: as in
    `omr.pipeline.scan`.
    """

    def __init__(self, jobs: int, make_detector: Callable[[], Detector], look: Look | None = None):
        self._jobs, self._start = jobs, (make_detector, look)
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._end()

    def read(self, tasks: Iterable[PageTask]) -> Iterator[PageReading | OmrError]:
        """The readings of pages without their images, in order; for a page that could not be read its error."""
        waiting = deque(tasks)
        running: deque[tuple[PageTask, Future[PageReading | OmrError]]] = deque()
        deaths: Counter[PageTask] = Counter()
        suspects = 0  # pages of which one may have killed its worker: they are read one at a time
        while waiting or running:
            while waiting and len(running) < (1 if suspects else self._jobs + AHEAD):
                running.append((waiting[0], self._submit(waiting[0])))
                waiting.popleft()
            task, future = running.popleft()
            try:
                yield future.result()
            except BrokenProcessPool:
                self._end()
                deaths[task] += bool(suspects)
                if deaths[task] < MOST_DEATHS:
                    again = [task, *(other for other, _ in running)]
                    running.clear()
                    waiting.extendleft(reversed(again))
                    suspects = max(suspects, len(again))
                    continue
                yield InputError(f"page {task.number} of {task.path} ended the process that read it")
            suspects = max(suspects - 1, 0)

    def _submit(self, task: PageTask) -> Future[PageReading | OmrError]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._jobs, _context(), _begin, self._start)
        try:
            return self._pool.submit(_read, task)
        except BrokenProcessPool as error:
            failed: Future[PageReading | OmrError] = Future()
            failed.set_exception(error)
            return failed

    def _end(self) -> None:
        """End all processes at once, whatever they are doing."""
        if self._pool is None:
            return
        processes = list((self._pool._processes or {}).values())  # no public way before Python 3.14
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()
        self._pool = None


def _context() -> Any:
    """How processes are started: forked from one that has imported everything, where the system can; it has no threads
    that a fork could tear apart."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["omr.workers", "omr.detect.runtime", "omr.music.compose"])
    return context


# ---- in the worker ---------------------------------------------------------------------------------------------


def _begin(make_detector: Callable[[], Detector], look: Look | None) -> None:
    """Make the process ready. Ctrl-C reaches it too, but it is the first process's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    _worker.update(detector=make_detector(), look=look)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    """End this process as soon as the one that started it has ended, however that came."""
    connection.wait([sentinel])
    os._exit(1)


def _read(task: PageTask) -> PageReading | OmrError:
    """Read a page. Expected failures are answers; they cost nothing but their page."""
    try:
        return read_task(task, _worker["detector"], _worker["look"]).light()
    except OmrError as error:
        return error
