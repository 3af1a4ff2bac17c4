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
"""What is read of a PDF's page: what it draws, glyph by glyph, or what it looks like; "auto" reads what is drawn where
that explains the page. Images have only pixels."""


class Detector(Protocol):
    """Whatever finds the symbols of a page: the shipped network, or a stand-in.

    A detector may also have `accept` and `thresholds`, mappings from class name to the score below which a symbol is
    dropped, or doubted.
    """

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        """Maps of a normalised page, (H, W) uint8, 0 = ink."""
        ...


@dataclass(frozen=True)
class ScanOptions:
    """What is read. pages: numbers, from 1, of the pages of the input; None reads all. languages: of the words, by
    Tesseract's names; if empty, words are left unread. source: what of a PDF's pages is read, see `Source`."""

    pages: frozenset[int] | None = None
    languages: tuple[str, ...] = ("eng",)
    source: Source = "auto"


@dataclass(frozen=True, eq=False, kw_only=True)
class PageReading:
    """What was read of one page. index counts the pages of the whole input from 0.

    page, maps: the page's images; None in a `light` reading. graph: None if the page has no staff or could not be read;
    `doubts` says why. seconds: time spent in each stage. is_small: the page was scaled by the lines of tablature, which
    are `TAB_SPACING` times as far apart as those of staves, so that staves are too small in it. seen: the
    symbols that the detector is sure of, whether the graph uses them or not. others: what is music on it but not in
    notes on a staff, and is not read. answer: what `look` made of the page.
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
"""What is done with a page's reading where it was read, while its images are there. Its answer goes along with the
reading, as `PageReading.answer`."""


@dataclass(frozen=True)
class PageTask:
    """A page to read: its file, its number there from 1, its index in the whole input from 0, languages of words, what
    is done with its reading besides, and what is read of it."""

    path: Path
    number: int
    index: int
    languages: tuple[str, ...]
    look: Look | None = None
    source: Source = "auto"


Answers = Iterator[PageReading | OmrError]
"""For each `PageTask` of a row of them, in the same order, the reading of the page or its error."""


class Stopwatch:
    """Time spent in each stage. seconds: by name of the stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Count the time since the last lap, or the start, as this stage's."""
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now
