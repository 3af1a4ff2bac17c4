"""Optical music recognition: a page of printed music in, MusicXML out.

Examples:
    From a file to MusicXML, and what the reader was not sure of:

    >>> import omr
    >>> score = omr.scan("examples/minuet.png")
    >>> len(score.parts), len(score.parts[0].measures)
    (1, 32)
    >>> for doubt in score.doubts:
    ...     print(doubt.page + 1, doubt.measure, doubt.message)
    >>> omr.write(score, "minuet.musicxml")

What happens meanwhile goes to `logging.getLogger("omr")` at level INFO: for each page its size and staff space, how
much was found, and the seconds of each stage; a page that could not be read is a WARNING. Importing `omr` is cheap:
what a scan needs is imported by the first scan.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omr.errors import (
    ClusterError,
    DataError,
    DeviceError,
    EncryptedError,
    FolderError,
    InputError,
    NoMusicError,
    OmrError,
    OutputError,
    PageSizeError,
    WeightsError,
)

if TYPE_CHECKING:
    from omr.detect.runtime import OnnxDetector
    from omr.export.files import Format
    from omr.reading import Detector, PageReading, Source
    from omr.types import Doubt, Score
    from omr.workers import Workers

__version__ = "0.2.0"

__all__ = [
    "ClusterError",
    "DataError",
    "DeviceError",
    "Detector",
    "Doubt",
    "EncryptedError",
    "FolderError",
    "InputError",
    "NoMusicError",
    "OmrError",
    "OutputError",
    "PageReading",
    "PageSizeError",
    "Score",
    "WeightsError",
    "load_detector",
    "scan",
    "write",
]

FORMAT_OF_SUFFIX: dict[str, Format] = {
    ".musicxml": "musicxml", ".xml": "musicxml", ".mxl": "mxl", ".mid": "midi", ".midi": "midi",
}
"""The output format that a file's suffix stands for."""

_MODULE_OF = {
    "Detector": "omr.reading", "PageReading": "omr.reading", "Doubt": "omr.types", "Score": "omr.types",
}
"""Types of `__all__` that are imported only when they are asked for, because their modules import NumPy and more."""

logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    """The types in `_MODULE_OF`, imported on first use (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_MODULE_OF[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def scan(
    paths: str | PathLike[str] | Iterable[str | PathLike[str]],
    *,
    pages: Iterable[int] | None = None,
    languages: str | Iterable[str] = "eng",
    source: Source = "auto",
    detector: Detector | None = None,
    on_page: Callable[[PageReading], object] | None = None,
    jobs: int = 1,
) -> Score:
    """Read printed music: the pages of one or several files, in the order given, as one score.

    Args:
        paths: A PDF, TIFF, PNG or JPEG file, or several.
        pages: The pages to read, counted from 1 through all files; None reads all.
        languages: Of the words, by Tesseract's names ("eng", "deu" ...). An empty list leaves words unread. Without
            Tesseract all else is read, and a doubt says that words are missing.
        source: What is read of a PDF's pages: "drawing", the glyphs, lines and letters that they draw; "pixels", what
        they look like; "auto", the drawing where it accounts for all ink, and else the pixels.
        detector: What finds the symbols, by default the network that comes with the package. `load_detector` loads
            others. A detector serves one thread at a time.
        on_page: Called with the reading of each page as soon as it is there, images and all, to show progress or keep
            what was found.
        jobs: How many pages are read at a time, each by a process of its own with about 1 GB of memory; `on_page`
            then gets no images. As with all processes of Python's, a script that uses them keeps what it does below
            `if __name__ == "__main__":`.

    Returns:
        The score: parts, measures, notes; and in `Score.doubts` all that the reader is not sure of. A page that could
        not be read is a doubt as long as another page could.

    Raises:
        InputError: No page can be loaded, or none that was asked for is there; EncryptedError and PageSizeError are
            special cases.
        NoMusicError: No page has a staff.
        WeightsError: The weights are missing or damaged.
        ValueError: A page number below 1; a language that Tesseract is here to read but cannot; several jobs with a
            detector that is not one of `load_detector`.

    Examples:
        >>> seconds = []
        >>> score = scan("examples/minuet.png", pages=[1], languages=[], on_page=lambda p: seconds.append(p.seconds))
        >>> note = score.parts[0].measures[0].notes[0]
        >>> note.pitch.step, note.pitch.octave, note.duration_quarter
        ('D', 5, Fraction(1, 1))
        >>> sorted(seconds[0])
        ['assemble', 'decode', 'detect', 'load', 'normalise', 'staves', 'vectorise']
    """
    from omr.logs import log_page
    from omr.pipeline import scan as scan_pages
    from omr.reading import ScanOptions

    files = [Path(paths)] if isinstance(paths, (str, PathLike)) else [Path(path) for path in paths]
    wanted = None if pages is None else frozenset(pages)
    if wanted and min(wanted) < 1:
        raise ValueError(f"pages are counted from 1, not {min(wanted)}")
    names = (languages,) if isinstance(languages, str) else tuple(languages)
    check_languages(names)

    def report(reading: PageReading) -> None:
        log_page(reading)
        if on_page is not None:
            on_page(reading)

    detector = load_detector() if detector is None else detector
    with _workers(jobs, detector) as workers:
        return scan_pages(files, detector, ScanOptions(wanted, names, source), report, workers=workers)


def _workers(jobs: int, detector: Detector) -> AbstractContextManager[Workers | None]:
    """So many processes with the same weights as a detector; None for a single job."""
    if jobs < 2:
        return nullcontext()
    from omr.detect import runtime
    from omr.workers import Workers

    if not isinstance(detector, runtime.OnnxDetector):
        raise ValueError(f"{jobs} jobs need a detector that `load_detector` loaded")
    threads = max(1, (os.cpu_count() or 1) // jobs)
    return Workers(jobs, partial(runtime.load_detector, detector.folder, threads, is_whole=False))


def write(score: Score, path: str | PathLike[str], format: Format | None = None) -> None:
    """Write a score to a file, whole or not at all.

    Args:
        score: What `scan` returned.
        path: The file; its folder must exist.
        format: "musicxml", "mxl" (compressed MusicXML) or "midi"; None goes by the suffix of `path`: .musicxml and
            .xml, .mxl, .mid and .midi.

    Raises:
        OutputError: The file cannot be written.
        ValueError: An unknown format or suffix, or a score without parts.

    Examples:
        >>> score = scan("examples/minuet.png", languages=[])
        >>> write(score, "minuet.mxl")
        >>> write(score, "minuet.txt")
        Traceback (most recent call last):
        ValueError: no format for the suffix '.txt': name one, or end the file in .musicxml, .xml, .mxl, .mid or .midi
    """
    from omr.export import files

    path = Path(path)
    if format is None:
        format = FORMAT_OF_SUFFIX.get(path.suffix.lower())
    if format is None:
        *most, last = FORMAT_OF_SUFFIX
        raise ValueError(f"no format for the suffix {path.suffix!r}: name one, or end the file in "
                         f"{', '.join(most)} or {last}")
    files.write(score, path, format)


def load_detector(weights: str | PathLike[str] | None = None, threads: int | None = None) -> OnnxDetector:
    """The detector of a weights folder, for `scan`. The last two are kept in memory.

    Args:
        weights: The folder, such as `omr train` writes; None takes the weights that come with the package.
        threads: How many threads the network uses; None: one a core, 8 at most.

    Returns:
        A detector; one thread at a time may use it.

    Raises:
        WeightsError: The folder lacks weights, or they are damaged or know other symbols.

    Examples:
        >>> detector = load_detector(threads=1)
        >>> sorted(detector.thresholds)[:2]  # below these scores a symbol of the class is doubted
        ['accidentalDoubleFlat', 'accidentalDoubleSharp']
    """
    from omr.detect import runtime

    return runtime.load_detector(None if weights is None else Path(weights), threads)


def check_languages(names: tuple[str, ...]) -> None:
    """Raise ValueError for a language that Tesseract cannot read here, if it is installed at all."""
    if not names:
        return
    from omr.text.tesseract import installed

    missing = [name for name in names if name not in installed()]
    if missing and installed():
        raise ValueError(f"Tesseract cannot read {', '.join(missing)} here, only {', '.join(sorted(installed()))} "
                         f"(Debian: apt-get install tesseract-ocr-{missing[0].replace('_', '-')})")
