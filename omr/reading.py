"""What goes into the pipeline and what comes out of it, page by page: the values that `omr.pipeline` works with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from omr.errors import OmrError
from omr.staves.diagrams import OtherNotation
from omr.types import DetectorMaps, Doubt, NotationGraph, Page, Symbol

Source = Literal["auto", "drawing", "pixels"]
"""How a page of a PDF is read. "drawing" reads the glyphs and lines that the page draws, "pixels" reads what it looks
like. "auto" reads the drawing where it accounts for the whole page, and else the pixels. Images only have pixels."""


class Detector(Protocol):
    """Whatever finds the symbols of a page: the shipped network, or something in its place.

    A detector may also have `accept` and `thresholds`. Both map a class name to a score. A symbol below the score in
    `accept` is dropped, one below the score in `thresholds` is kept, but doubted.
    """

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        """The network's maps of a normalised page, which is (H, W) uint8 with 0 for ink."""
        ...


@dataclass(frozen=True)
class ScanOptions:
    """What a scan reads.

    pages: numbers of pages, counted from 1 through all files. None reads all pages.
    languages: the languages of the words, by Tesseract's names. If there are none, words are left unread.
    source: how pages of PDFs are read, see `Source`.
    """

    pages: frozenset[int] | None = None
    languages: tuple[str, ...] = ("eng",)
    source: Source = "auto"


@dataclass(frozen=True, eq=False, kw_only=True)
class PageReading:
    """What was read of one page.

    Attributes:
        index: number of the page among all pages of the input, from 0.
        source: name of the page's file.
        page, maps: the page's images. They are None in a `light` reading.
        graph: the page's notation. It is None if the page has no staff or could not be read; `doubts` then says why.
        doubts: what is uncertain on the page.
        seconds: time spent in each stage, by the stage's name.
        is_small: whether the page was scaled by lines of tablature. These are `TAB_SPACING` times as far apart as staff
            lines, so the page's staves came out too small.
        seen: the symbols that the detector is sure of, whether the graph uses them or not.
        others: music on the page that is not written as notes on a staff, and is not read (chord diagrams, for
            example).
        answer: what `look` returned for the page.
    """

    index: int
    source: str
    page: Page | None = None
    maps: DetectorMaps | None = None
    graph: NotationGraph | None = None
    doubts: tuple[Doubt, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    is_small: bool = False
    seen: tuple[Symbol, ...] = ()
    others: tuple[OtherNotation, ...] = ()
    answer: object = None

    def light(self) -> PageReading:
        """The reading without the images."""
        return replace(self, page=None, maps=None)


Look = Callable[[PageReading, Detector], object]
"""A function that is called with a page's reading in the process that read it, while its images are still in memory.
What it returns is kept in `PageReading.answer`."""


@dataclass(frozen=True)
class PageTask:
    """A page to read.

    path, number: its file, and its number in that file, from 1.
    index: its number among all pages of the input, from 0.
    languages, source: as in `ScanOptions`.
    look: called with the page's reading, if given.
    """

    path: Path
    number: int
    index: int
    languages: tuple[str, ...]
    look: Look | None = None
    source: Source = "auto"


Answers = Iterator[PageReading | OmrError]
"""The answers to a sequence of `PageTask`s, in their order: the reading of the page, or the error that stopped it."""


class Stopwatch:
    """Measures the time that each stage takes. seconds: by the name of the stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Count the time since the last lap, or since the start, as the time of this stage."""
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now
