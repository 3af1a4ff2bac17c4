"""Prepares things in the background, so that nothing has to wait for them later.

A scan of one page keeps two processor cores busy as long as there is work for both:

- while this process imports its modules and loads the page: Tesseract, which is started in a thread, outside of Python;
- while the network looks at the page, on all cores: the modules that are needed after it, in a thread;
- while this process makes notation of what the network saw: music21, which the process imports that writes the file.
"""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from omr.export.writer import Writer
    from omr.reading import Answers, Detector, PageTask
    from omr.types import DetectorMaps
    from omr.workers import Workers

ONE_PAGE = (".png", ".jpg", ".jpeg")
"""Endings of files that contain one page and are read from their pixels."""
USED_AFTER_THE_DETECTOR = ("numpy.ma", "omr.text.frames", "omr.text.numbers", "omr.music.compose",
                           "omr.music.tablature", "omr.sure", "omr.export.files")
"""Modules that take long to import, and are needed only after a page has been looked at."""


def start_tesseract(inputs: Sequence[Path], languages: Sequence[str]) -> None:
    """Start Tesseract in a thread, if the names of the inputs show that this process will read words with it."""
    if len(inputs) == 1 and inputs[0].suffix.lower() in ONE_PAGE and os.path.isfile(inputs[0]):
        _start_tesseract(languages)


def _start_tesseract(languages: Sequence[str]) -> None:
    from omr.text import tesseract

    with suppress(ImportError):  # it is raised again where Tesseract is used
        import tesserocr  # noqa: F401  # here, since no two threads may import the same package at once
    threading.Thread(target=tesseract.start, args=(languages,)).start()


class WithImports:
    """A detector, with a thread that prepares what is needed after it while it looks at the first page. The network
    takes about as long, and runs outside of Python, so both go on at the same time.

    languages: of the words. If this process reads the pages, Tesseract is started for them.
    writer: is started after the first page that this process has looked at, or at once if pages are read otherwise.
    is_free: whether other processes read the pages, so that this one has time for what comes later.
    """

    def __init__(self, detector: Detector, languages: Sequence[str], writer: Writer):
        self._detector = detector
        self._languages = languages
        self._writer = writer
        self._thread: threading.Thread | None = None
        self.is_free = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._detector, name)

    def read(self, tasks: Sequence[PageTask], pool: Workers | None) -> Answers:
        """Have the pages read by the workers if there are any, else by this process."""
        from omr.page.pdf import end_drawing
        from omr.pipeline import read_tasks

        if pool is None:
            if not all(task.path.suffix.lower() in ONE_PAGE for task in tasks):
                self._writer.begin()  # a drawn page needs no detector
            # TensorFlow takes more memory
            return read_tasks(tasks, self, bounded=not hasattr(self._detector, "detect_all"))
        self.is_free = True
        end_drawing()  # the workers have such processes of their own
        answers = pool.read(tasks)
        self._writer.begin()
        self._begin()
        return answers

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        """The same as the detector. Afterwards the modules are imported."""
        if self._thread is None:
            if self._languages:
                _start_tesseract(self._languages)
            self._begin()
        try:
            return self._detector.detect(pixels)
        finally:
            self.wait()
            self._writer.begin()

    def wait(self) -> None:
        """Wait until the modules are imported: two threads must not import the same package at once."""
        if self._thread is not None:
            self._thread.join()

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=_import_all)
            self._thread.start()


def _import_all() -> None:
    """Import what is needed after a page has been looked at."""
    with suppress(ImportError):  # it is raised again where the module is used
        for name in USED_AFTER_THE_DETECTOR:
            importlib.import_module(name)
