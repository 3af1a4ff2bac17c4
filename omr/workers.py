"""Reads pages side by side, each in a worker process with a detector of its own.

Most of the work on a page uses one core only, so a book is read faster with one page on every core. The processes come
from `concurrent.futures`. This module adds three things: pages come back in order, only a few pages are in memory at a
time, and if a worker dies, only the page that it was reading is lost.
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
"""How often a page is tried that was alone in its worker when this died. The first death may have been bad luck."""
PRELOADED = ("omr.workers", "omr.detect.runtime", "omr.music.compose", "onnxruntime", "tesserocr")
"""Modules that are imported once, before the workers are forked, so that the workers share their memory. None of them
starts a thread of its own, except NumPy and OpenCV, whose threads survive a fork."""
AHEAD = 4
"""How many pages are handed out beyond one for each worker. So no worker waits for work while this process composes a
score. The readings that come back have no images, and take little memory."""

_worker: dict[str, Detector] = {}
"""What a worker process keeps between pages: its detector."""


class Workers:
    """Processes that read pages. Use it in a `with` statement, which ends all of them.

    jobs: how many processes.
    make_detector: called once in each process; it must be picklable.
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
        """The readings of pages, in order and without their images. A page that could not be read yields its error.

        Reading begins with this call, not only when the first reading is asked for.

        tasks: may be endless. Only as many are taken from it as are read next.
        """
        answers = self._answers(iter(tasks))
        next(answers)  # this hands out the first pages
        return cast(Answers, answers)

    def _answers(self, tasks: Iterator[PageTask]) -> Iterator[PageReading | OmrError | None]:
        """Yields None once the first pages are handed out, and then the answers."""
        again: deque[PageTask] = deque()  # pages to read once more, before all others
        running: deque[tuple[PageTask, Future[PageReading | OmrError]]] = deque()
        deaths: Counter[PageTask] = Counter()
        suspects = 0  # number of pages of which one may have killed its worker: they are read one at a time

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
            hand_out()  # so that the workers go on while the caller uses the reading
            if not running:
                self._end()  # composing and writing a long score needs their memory
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
        processes = list((self._pool._processes or {}).values())  # there is no public way before Python 3.14
        answers = self._pool._result_queue  # type: ignore[attr-defined]
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            _kill(process)
        for process in processes:
            process.join()
        # A worker may have been ended while it was sending a page. The pool's thread then waits for the rest of that
        # page, and Python waits for the thread at exit. Closing the last end of the pipe to which somebody could write
        # ends this: it is ours.
        if answers is not None:
            answers._writer.close()  # type: ignore[attr-defined]
        self._pool = None


@contextmanager
def _deaf_to_hangups() -> Iterator[None]:
    """Processes that are started inside the block ignore the signal that their terminal was closed. The main process
    gets that signal too and ends them; a process that ended by itself would print error messages."""
    if not hasattr(signal, "SIGHUP") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _context() -> Any:
    """How processes are started: where the system can fork, by forking from a server process that has imported
    everything. That process has no threads that a fork could leave in a broken state."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


def _kill(process: BaseProcess) -> None:
    """End a worker and the programs that it runs, such as Tesseract. They form one process group, as soon as the worker
    has begun."""
    process.terminate()
    if hasattr(os, "killpg") and process.pid is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGTERM)


# ---- in the worker ---------------------------------------------------------------------------------------------


def _begin(make_detector: Callable[[], Detector]) -> None:
    """Prepare a new worker process. It gets a process group of its own, so that Ctrl-C on a terminal only reaches the
    main process, which then ends the workers."""
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
    """End this process and the programs that it runs as soon as the process that started it has ended, for whatever
    reason."""
    connection.wait([sentinel])
    if hasattr(os, "killpg"):
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _read(task: PageTask) -> PageReading | OmrError:
    """Read a page. An expected failure is returned, not raised: it only costs this page."""
    try:
        with bounded_memory():
            return read_task(task, _worker["detector"]).light()
    except OmrError as error:
        return error
