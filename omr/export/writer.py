"""Writes scores in a process of its own, for programs that read many pages or want a result soon.

Importing music21 takes a quarter of a second, and writing a page with it a tenth. While a page is read, the main
process is busy; this process does its imports at the same time. It runs as `python -m omr.export.writer`, reads a score
and a format from standard input, answers with the bytes of the file on standard output, and ends when its input ends.
Messages are pickled, which is safe, because both ends are the same program.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

from omr.collecting import collect_seldom

if TYPE_CHECKING:
    from omr.export.files import Format
    from omr.types import Score

NOT_WHOLE = ("music21", "music21.musicxml", "music21.tree")
"""Packages of music21 that import all of their modules as soon as they are imported: its corpus, its analyses, readers
of nine formats, which import web libraries in turn. Writing a file needs a third of these modules, and each of these
imports what it needs."""
NEEDED = ("music21.musicxml.m21ToXml", "music21.tree.fromStream")
"""Modules of these packages that are used. music21 itself expects the second one to be there when it looks for the clef
or key that holds at a note."""

USED_TO_WRITE = ("omr.export.musicxml", "music21.languageExcerpts.instrumentLookup")
"""Modules that are imported only where they are used. Imported now, they do not delay the first score."""


class Writer:
    """The process. It starts when it is asked to, and ends at the end of a `with` statement."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_begun = False

    def __enter__(self) -> Writer:
        return self

    def begin(self) -> None:
        """Start the process, unless it was started before. It takes some time to get ready."""
        if self._is_begun:
            return
        self._is_begun = True
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        with suppress(OSError):  # if it cannot be started, this process writes the scores
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "omr.export.writer"], env={**os.environ, "PYTHONPATH": paths},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._end()

    def to_format(self, score: Score, format: Format) -> bytes:
        """The bytes of a score's file. Errors as of `omr.export.files.to_format`, which makes the bytes in this process
        if the other process cannot."""
        self.begin()
        if self._process is not None:
            try:
                return _exchange(self._process, score, format)
            except (OSError, EOFError, pickle.PickleError):
                self._end()
        from omr.export.files import to_format

        return to_format(score, format)

    def _end(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):  # what was not sent yet cannot be sent any more
                        pipe.close()
            process.wait()


def _exchange(process: subprocess.Popen[bytes], score: Score, format: Format) -> bytes:
    """Send a score, and read the bytes of its file. Raises OSError or EOFError if the process cannot make them."""
    assert process.stdin is not None and process.stdout is not None
    pickle.dump((score, format), process.stdin, pickle.HIGHEST_PROTOCOL)
    process.stdin.flush()
    data: bytes = pickle.load(process.stdout)
    return data


def serve() -> None:
    """Answer the requests on standard input until it ends. An error ends the process without an answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the main process; this one ends with its input
    answers: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # printed text must not get between the answers
    collect_seldom()
    from omr.export.files import to_format

    get_ready()  # while the main process reads the pages
    collect_seldom()
    with suppress(EOFError):
        while True:
            score, format = pickle.load(sys.stdin.buffer)
            pickle.dump(to_format(score, format), answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()


def get_ready() -> None:
    """Import music21 before it is used, without the modules that no file needs. If another version of music21 cannot do
    without them, import all of it. Then import whatever else writing needs."""
    try:
        for name in NOT_WHOLE:
            _place(name)
        for name in NEEDED:
            importlib.import_module(name)
    except (ImportError, AttributeError):
        for name in [name for name in sys.modules if name.partition(".")[0] == "music21"]:
            del sys.modules[name]
        importlib.import_module(NEEDED[0])
    for name in USED_TO_WRITE:
        importlib.import_module(name)


def _place(name: str) -> None:
    """Register a package without running its own code, so that its modules can be imported."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ImportError(f"no package {name}")
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, package)


if __name__ == "__main__":
    serve()
