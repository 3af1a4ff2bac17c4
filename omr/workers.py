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
from contextlib import contextmanager, suppress
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, cast

import cv2

from omr.collecting import collect_seldom
from omr.errors import InputError, OmrError
from omr.limits import bounded_memory
from omr.pipeline import read_task
from omr.reading import Answers, Detector, PageReading, PageTask

MOST_DEATHS = 2
"""How often a page is tried whose worker died while it read nothing else: once may have been bad luck."""
PRELOADED = ("omr.workers", "omr.detect.runtime", "omr.music.compose", "onnxruntime", "tesserocr")
"""Modules that are imported once for all workers, which share their memory. None starts a thread of its own: those of
NumPy and OpenCV know how to be forked."""
AHEAD = 4
"""How many pages more than there are workers are handed out, so that none has to wait while this process puts a score
together. Their readings have no images, and take little memory."""

_worker: dict[str, Detector] = {}
"""What a worker process knows: its detector."""


class Workers:
    """Processes that read pages. To be used in a `with` statement, which ends all of them.

    jobs: how many. make_detector: called once in each process; it must be picklable.
    """

    def __init__(self, jobs: int, make_detector: Callable[[], Detector]):
        self._jobs, self._make_detector = jobs, make_detector
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._end()

    def read(self, tasks: Iterable[PageTask]) -> Answers:
        """The readings of pages without their images, in order; for a page that could not be read its error.

        tasks: may be endless; only as many are asked for as are read next. The first pages are read from now on, not
        only from when their readings are asked for.
        """
        answers = self._answers(iter(tasks))
        next(answers)  # which hands out the first pages
        return cast(Answers, answers)

    def _answers(self, tasks: Iterator[PageTask]) -> Iterator[PageReading | OmrError | None]:
        """None when the first pages are handed out, and then the answers."""
        again: deque[PageTask] = deque()  # pages to read once more, before all others
        running: deque[tuple[PageTask, Future[PageReading | OmrError]]] = deque()
        deaths: Counter[PageTask] = Counter()
        suspects = 0  # pages of which one may have killed its worker: they are read one at a time

        def hand_out() -> None:
            while len(running) < (1 if suspects else self._jobs + AHEAD):
                task = again.popleft() if again else next(tasks, None)
                if task is None:
                    return
                running.append((task, self._submit(task)))

        hand_out()
        yield None
        while running:
            task, future = running.popleft()
            answer: PageReading | OmrError
            try:
                answer = future.result()
            except BrokenProcessPool:
                self._end()
                deaths[task] += bool(suspects)
                if deaths[task] < MOST_DEATHS:
                    again.extendleft(reversed([task, *(other for other, _ in running)]))
                    running.clear()
                    suspects = max(suspects, len(again))
                    hand_out()
                    continue
                answer = InputError(f"page {task.number} of {task.path} ended the process that read it")
            suspects = max(suspects - 1, 0)
            hand_out()  # so that the workers go on while the reading is used
            if not running:
                self._end()  # putting a long score together and writing it takes their memory
            yield answer

    def _submit(self, task: PageTask) -> Future[PageReading | OmrError]:
        try:
            if self._pool is None:
                with _deaf_to_hangups():
                    self._pool = ProcessPoolExecutor(self._jobs, _context(), _begin, (self._make_detector,))
                    return self._pool.submit(_read, task)
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
        answers = self._pool._result_queue  # type: ignore[attr-defined]
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            _kill(process)
        for process in processes:
            process.join()
        # A worker may have been ended while it sent a page. The pool's thread then waits for the rest of it, and Python
        # for that thread, unless nobody is left who could write to the pipe: this process holds its end too.
        if answers is not None:
            answers._writer.close()  # type: ignore[attr-defined]
        self._pool = None


@contextmanager
def _deaf_to_hangups() -> Iterator[None]:
    """Processes that are started in the block, those of `multiprocessing` too, ignore that their terminal closes: the
    first process will end them, and one of those that ended by itself would complain."""
    if not hasattr(signal, "SIGHUP") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _context() -> Any:
    """How processes are started: forked from one that has imported everything, where the system can; it has no threads
    that a fork could tear apart."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


def _kill(process: BaseProcess) -> None:
    """End a worker and the programs that it runs, such as Tesseract: they are a process group, once it has begun."""
    process.terminate()
    if hasattr(os, "killpg") and process.pid is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGTERM)


# ---- in the worker ---------------------------------------------------------------------------------------------


def _begin(make_detector: Callable[[], Detector]) -> None:
    """Make the process ready. It becomes a process group of its own, which Ctrl-C on a terminal does not reach: that is
    the first process's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "setpgrp"):
        os.setpgrp()
    cv2.setNumThreads(1)
    collect_seldom()
    _worker["detector"] = make_detector()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    """End this process and the programs that it runs as soon as the one that started it has ended, however that
    came."""
    connection.wait([sentinel])
    if hasattr(os, "killpg"):
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _read(task: PageTask) -> PageReading | OmrError:
    """Read a page. Expected failures are answers; they cost nothing but their page."""
    try:
        with bounded_memory():
            return read_task(task, _worker["detector"]).light()
    except OmrError as error:
        return error
