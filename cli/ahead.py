"""What is made ready while the first page is looked at, so that nothing waits for it afterwards."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from omr.reading import Answers, Detector, PageTask
    from omr.types import DetectorMaps
    from omr.workers import Workers

USED_AFTER_THE_DETECTOR = ("omr.music.compose", "omr.export.files")
"""Modules that take long to import and are needed only once a page has been looked at."""


class WithImports:
    """A detector, and a thread that makes ready what comes after it while the first page is looked at: that takes about
    as long, and happens outside of Python or in other processes, so that both go on at once.

    languages: of the words, for which Tesseract is started where this process reads the pages.
    """

    def __init__(self, detector: Detector, languages: Sequence[str]):
        self._detector = detector
        self._languages = languages
        self._thread: threading.Thread | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._detector, name)

    def read(self, tasks: Sequence[PageTask], pool: Workers | None) -> Answers:
        """Have pages read by the workers, if there are any, or by this process."""
        from omr.page.pdf import end_drawing
        from omr.pipeline import read_tasks

        if pool is None:
            return read_tasks(tasks, self, bounded=not hasattr(self._detector, "detect_all"))  # TensorFlow takes more
        end_drawing()  # the workers have such processes of their own
        answers = pool.read(tasks)
        self._begin(())
        return answers

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        """As the detector does. The modules are there afterwards."""
        self._begin(self._languages)
        try:
            return self._detector.detect(pixels)
        finally:
            self.wait()

    def wait(self) -> None:
        """Wait until the modules are there: no two threads may import the same package at once."""
        if self._thread is not None:
            self._thread.join()

    def _begin(self, languages: Sequence[str]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=_make_ready, args=(languages,))
            self._thread.start()


def _make_ready(languages: Sequence[str]) -> None:
    """Import what is used once a page has been looked at, and start Tesseract for words of these languages."""
    with suppress(ImportError):  # it is raised again where the module is used
        if languages:
            from omr.text import ocr

            ocr.start(languages)
        for name in USED_AFTER_THE_DETECTOR:
            importlib.import_module(name)
