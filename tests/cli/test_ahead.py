"""What a scan makes ready while something else goes on, and that its process ends as soon as all is done."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.ahead import WithImports, start_tesseract
from omr.export.writer import Writer
from omr.reading import PageTask
from omr.text import tesseract


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The languages with which Tesseract was started."""
    calls: list[Any] = []
    monkeypatch.setattr(tesseract, "start", calls.append)
    return calls


def test_tesseract_is_started_early_for_one_image_only(started: list[Any], tmp_path: Path) -> None:
    for name in ("a.png", "b.PNG", "c.pdf"):
        (tmp_path / name).touch()
    for inputs in (["c.pdf"], ["a.png", "b.PNG"], ["missing.png"], ["."]):
        start_tesseract([tmp_path / name for name in inputs], ("eng",))
    assert started == []
    start_tesseract([tmp_path / "b.PNG"], ("eng", "deu"))
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(10)
    assert started == [("eng", "deu")]


class FakeWriter(Writer):
    def begin(self) -> None:
        self._is_begun = True


@pytest.mark.parametrize(("name", "at_once"), [("a.png", False), ("a.pdf", True), ("a.tif", True)])
def test_music21_waits_for_the_network_where_there_is_a_page_to_look_at(name: str, at_once: bool) -> None:
    class Detector:
        def detect(self, pixels: np.ndarray) -> str:
            assert writer._is_begun == at_once
            return "maps"

    writer = FakeWriter()
    reader = WithImports(Detector(), (), writer)  # type: ignore[arg-type]
    reader.read([PageTask(Path(name), 1, 0, ())], None)
    assert writer._is_begun == at_once
    assert reader.detect(np.zeros((9, 9), np.uint8)) == "maps"  # type: ignore[comparison-overlap]
    assert writer._is_begun and "omr.music.compose" in sys.modules


ENDING = """
import atexit, os, sys, threading, time
from cli.main import main

class Torn:
    def __del__(self):
        os.write(1, b"torn down,")

def last():
    time.sleep(0.2)
    os.write(1, b"thread,")
    atexit.register(os.write, 1, b"atexit,")

torn = Torn()
threading.Thread(target=last).start()
sys.stdout.write("buffered,")
sys.exit(main())
"""


@pytest.mark.parametrize(("argument", "code"), [("version", 0), ("nonsense", 2)])
def test_a_process_ends_when_its_threads_and_duties_have(argument: str, code: int) -> None:
    done = subprocess.run([sys.executable, "-c", ENDING, argument], capture_output=True, text=True)
    assert done.returncode == code
    assert done.stdout.startswith("buffered,") and done.stdout.endswith("thread,atexit,")
