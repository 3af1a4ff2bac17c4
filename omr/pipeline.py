"""The stages in order: files -> pages -> symbols and strokes -> staves -> notation -> score.

Every stage is a plain function. Pages stream: of a page that has been read only its notation stays in memory. What a
page lacks, or hides, is a doubt on the score; an input that gives no page, or no staff on any page, is an error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from omr.detect.heads import settle_heads, without_bars
from omr.detect.vectorise import vectorise
from omr.detect.watershed import decode
from omr.errors import InputError, NoMusicError, OmrError
from omr.notation.assembly import assemble
from omr.notation.signatures import CLEFS, plain_clef
from omr.staves.brackets import find_brackets
from omr.staves.fewlines import TAB_SPACING, hazy, measured_by_tablature, settle_lines
from omr.staves.systems import OSSIA, group_systems
from omr.staves.tracing import find_staves
from omr.types import STROKE_KINDS, Box, DetectorMaps, Doubt, NotationGraph, Page, Score, Symbol
from omr.types.paper import Sheet

if TYPE_CHECKING:
    from omr.page.raster import RawPage

USUAL_CONFIDENCE = 0.5
"""Symbols below this are doubted, where the detector has no threshold of its own for their class."""
UNSURE_WORD = 0.5
"""Words read less surely are doubted."""
CLEF_REACH = 8.0
"""A staff's first clef begins within so many staff spaces of its left end."""


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
    """What a scan may be asked. pages: numbers from 1 of the input to read; None reads all. languages: of the words,
    by Tesseract's names; none leaves words unread."""

    pages: frozenset[int] | None = None
    languages: tuple[str, ...] = ("eng",)


@dataclass(frozen=True, eq=False)
class PageReading:
    """What was read of one page. index counts the pages of the whole input from 0.

    page, maps: the page's images, present only until the reading is `light`. graph is None if the page has no staff
    or could not be read, and `doubts` says why. seconds: time spent in each stage. is_small: its scale was taken from
    tablature, whose lines are `TAB_SPACING` times as far apart as those of staves.
    """

    index: int
    source: str
    page: Page | None = None
    maps: DetectorMaps | None = None
    graph: NotationGraph | None = None
    doubts: tuple[Doubt, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    is_small: bool = False

    def light(self) -> PageReading:
        """The reading without the images."""
        return replace(self, page=None, maps=None)


def scan(
    paths: Sequence[Path],
    detector: Detector,
    options: ScanOptions | None = None,
    on_page: Callable[[PageReading], None] | None = None,
    known: Mapping[int, PageReading] | None = None,
) -> Score:
    """Read files, in the order given, as the pages of one score.

    on_page is called with every page's reading, images and all. known: readings of pages by their index, which are
    taken as they are. Raises InputError if no page can be loaded, NoMusicError if none has a staff.
    """
    readings = []
    for reading in read_pages(paths, detector, options or ScanOptions(), known or {}):
        if on_page is not None:
            on_page(reading)
        readings.append(reading.light())
    return compose(readings, ", ".join(p.name for p in paths))


def read_pages(
    paths: Sequence[Path], detector: Detector, options: ScanOptions, known: Mapping[int, PageReading] | None = None
) -> Iterator[PageReading]:
    """Readings of all pages in order. A page, or a file, that fails is a reading with a doubt; if all fail, the first
    error."""
    from omr.page.raster import page_numbers

    known = known or {}
    index, failures = 0, []
    for path, pages in _chosen(paths, options.pages):
        try:
            numbers = page_numbers(path, pages)
        except OmrError as error:
            failures.append(error)
            yield _unread(index, path, error)
            index += 1
            continue
        for number in numbers:
            try:
                yield known[index] if index in known else _read_one(path, number, index, detector,
                                                                               options.languages)
            except OmrError as error:
                failures.append(error)
                yield _unread(index, path, error)
            index += 1
    if failures and len(failures) == index:
        raise failures[0]
    if index == 0:
        names = ", ".join(p.name for p in paths)
        raise InputError(f"none of the pages asked for is in {names}" if options.pages else f"no page in {names}")


def _read_one(path: Path, number: int, index: int, detector: Detector, languages: Sequence[str]) -> PageReading:
    """The reading of one page of a file, counted from 1; index counts over the whole input."""
    from omr.page.raster import load_page, normalise

    start = time.perf_counter()
    raw = load_page(path, number)
    loaded = time.perf_counter()
    page = replace(normalise(raw), index=index)
    seconds = {"load": loaded - start, "normalise": time.perf_counter() - loaded}
    reading = read_page(page, detector)
    if reading.is_small:
        reading = read_page(replace(normalise(raw, TAB_SPACING), index=index), detector)
    reading = replace(reading, seconds={**seconds, **reading.seconds})
    return _with_words(reading, raw, languages) if languages else reading


def _with_words(reading: PageReading, raw: RawPage, languages: Sequence[str]) -> PageReading:
    """The reading with the page's words; without Tesseract, a doubt says that there are some."""
    from omr.text import ocr
    from omr.text.phrases import part_names

    page, maps, graph = reading.page, reading.maps, reading.graph
    if page is None or maps is None or graph is None:
        return reading
    start = time.perf_counter()
    doubts = reading.doubts
    words = ocr.read_words(raw.pixels, page, maps, languages)
    unread = not ocr.installed() and bool(ocr.text_blocks(page, maps))
    unsure = [w for w in words if w.score < UNSURE_WORD]
    if unread:
        message = "words were left unread: Tesseract is not installed (Debian: apt-get install tesseract-ocr)"
        doubts = (*doubts, Doubt(page.index, None, message, "text"))
    elif unsure:
        listed = ", ".join(w.text for w in unsure[:8]) + (" ..." if len(unsure) > 8 else "")
        doubts = (*doubts, Doubt(page.index, unsure[0].box, f"words hard to read: {listed}", "text"))
    graph = replace(graph, words=words)
    graph = replace(graph, names=part_names(graph))
    seconds = {**reading.seconds, "words": time.perf_counter() - start}
    return replace(reading, graph=graph, doubts=doubts, seconds=seconds)


def _chosen(paths: Sequence[Path], pages: frozenset[int] | None) -> Iterator[tuple[Path, set[int] | None]]:
    """Each file with the numbers of its pages to read. Of several files the pages are numbered through."""
    from omr.page.raster import count_pages

    if pages is None or len(paths) == 1:
        yield from ((path, None if pages is None else set(pages)) for path in paths)
        return
    before = 0
    for path in paths:
        count = count_pages(path)
        mine = {p - before for p in pages if before < p <= before + count}
        before += count
        if mine:
            yield path, mine


def read_page(page: Page, detector: Detector) -> PageReading:
    """All stages from a normalised page to its notation."""
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        seconds[stage] = now - clock
        clock = now

    maps = detector.detect(page.pixels)
    lap("detect")
    thresholds = getattr(detector, "thresholds", {})
    found = decode(maps, accept=getattr(detector, "accept", None))
    heads = settle_heads(without_bars(found, page.pixels), page.pixels)
    symbols = _without_doubtful_octaves(heads, thresholds)
    lap("decode")
    strokes = vectorise(maps.strokes, first_id=len(found))
    lap("vectorise")
    staff_map = maps.strokes[..., STROKE_KINDS.index("staffLine")]
    staves = find_staves(staff_map, maps.stride)
    staves, left_out = settle_lines(page.pixels, staves, hazy(staff_map, maps.stride, staves))
    strokes += find_brackets(page.pixels, staves, len(found) + len(strokes))
    staves, systems = group_systems(staves, strokes, symbols)
    lap("staves")
    small = measured_by_tablature(staves, left_out)
    other_lines = tuple(Doubt(page.index, box, why, "structure") for box, why in left_out)
    if not staves:
        doubt = Doubt(page.index, None, "no staff found on this page", "staff")
        return PageReading(page.index, page.source, page, maps, None, (*other_lines, doubt), seconds, small)
    graph = replace(assemble(page.index, staves, systems, symbols, strokes), sheet=_sheet(page))
    lap("assemble")
    doubts = (*other_lines, *_staff_doubts(graph), *_confidence_doubts(graph, thresholds))
    return PageReading(page.index, page.source, page, maps, graph, doubts, seconds, small)


def _sheet(page: Page) -> Sheet:
    height, width = page.pixels.shape
    return Sheet(page.index, float(height), float(width), page.source_scale * 25.4 / page.dpi if page.dpi > 0 else 0.0)


def _without_doubtful_octaves(symbols: Sequence[Symbol], thresholds: Mapping[str, float]) -> tuple[Symbol, ...]:
    """A clef whose octave mark is in doubt is the plain clef: it is far commoner, and of an unknown font the small 8
    is what the detector knows least."""
    return tuple(
        replace(s, name=plain_clef(s.name)) if s.name in CLEFS and s.score < thresholds.get(s.name, 0.0) else s
        for s in symbols)


def compose(readings: Sequence[PageReading], source: str) -> Score:
    """The score of all pages, with the doubts of all stages. Raises NoMusicError if no page has a staff."""
    from omr.music.compose import read_score

    graphs = [r.graph for r in readings if r.graph is not None]
    if not graphs:
        raise NoMusicError(f"no staff found in {source}")
    score = read_score(graphs, source)
    doubts = [*score.doubts, *(_placed(d, score) for r in readings for d in r.doubts)]
    doubts.sort(key=lambda d: (d.page, d.measure or 0, d.kind))
    return replace(score, doubts=tuple(doubts))


def _unread(index: int, path: Path, error: OmrError) -> PageReading:
    doubt = Doubt(index, None, f"page of {path.name} could not be read: {error}", "structure")
    return PageReading(index, str(path), doubts=(doubt,))


def _staff_doubts(graph: NotationGraph) -> Iterator[Doubt]:
    """Staves that begin without a clef, and staves on which nothing was read at all."""
    for staff in graph.staves:
        if staff.system == OSSIA:
            yield Doubt(graph.page, staff.box, "a small staff of its own (an ossia) is left out", "structure")
            continue
        mine = [s for s in graph.symbols if graph.staff_of.get(s.id) == staff.index]
        if not any(s.name.startswith(("notehead", "rest")) for s in mine):
            yield Doubt(graph.page, staff.box, f"nothing could be read on staff {staff.index + 1}", "staff")
        elif staff.line_count < 5:
            continue
        elif not any(_is_clef(s) and s.box.left < staff.left + CLEF_REACH * staff.space_px for s in mine):
            yield Doubt(graph.page, staff.box, f"no clef found at the start of staff {staff.index + 1}", "staff")


def _is_clef(symbol: Symbol) -> bool:
    return "Clef" in symbol.name


def _confidence_doubts(graph: NotationGraph, thresholds: Mapping[str, float]) -> Iterator[Doubt]:
    """Symbols of uncertain class or presence that the notation makes use of."""
    for symbol in graph.symbols:
        threshold = thresholds.get(symbol.name, USUAL_CONFIDENCE)
        if symbol.score < threshold and symbol.id in graph.staff_of:
            message = f"{symbol.name} is uncertain ({symbol.score:.2f}, usually above {threshold:.2f})"
            yield Doubt(graph.page, symbol.box, message, "confidence")


def _placed(doubt: Doubt, score: Score) -> Doubt:
    """The doubt with the measure and part its box stands in, where there is one."""
    if doubt.box is None or doubt.measure is not None or doubt.kind != "confidence":
        return doubt
    row, col = doubt.box.center
    best: tuple[float, int, str] | None = None
    for part in score.parts:
        for count, measure in enumerate(part.measures, 1):
            box: Box | None = measure.box
            if box is None or measure.page != doubt.page or not box.left <= col < box.right:
                continue
            off = max(box.top - row, row - box.bottom, 0.0)
            if best is None or off < best[0]:
                best = (off, count, part.id)
    return doubt if best is None else replace(doubt, measure=best[1], part=best[2])

