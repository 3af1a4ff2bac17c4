"""The stages in order: files -> pages -> symbols and strokes -> staves -> notation -> score.

Read this module from top to bottom: it is the story of a page. Every stage is a plain function.

Pages are read one after another. Once a page has been read, only its notation stays in memory, and `omr.composing`
makes one score of the notation of all pages. Whatever is missing or uncertain on a page becomes a doubt on the score.
Only an input without any page, or without a staff on any page, is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from omr import doubts as doubting
from omr.composing import Composing
from omr.detect.accidentals import settle_accidentals
from omr.detect.curveends import follow_curves
from omr.detect.dashes import follow_dashes, lost_eights, with_eights
from omr.detect.doubledots import split_double_dots
from omr.detect.explained import is_scan, why_pixels
from omr.detect.faintheads import LEAST, believed, faint_heads
from omr.detect.heads import (
    part_thirds,
    settle_heads,
    without_bars,
    without_grace_beams,
    without_narrow,
    without_strays,
)
from omr.detect.ledgers import settle_ledgers
from omr.detect.lostledgers import complete_ledgers
from omr.detect.lostletters import with_lost_s
from omr.detect.loststems import complete_stems, without_stemless, without_stemmed_wholes
from omr.detect.octaveclefs import with_eights_on_clefs
from omr.detect.specks import without_specks
from omr.detect.steepbeams import with_steep_beams
from omr.detect.uprights import cut_stems, join_pieces, lengthen_stems
from omr.detect.vectorise import vectorise
from omr.detect.watershed import MIN_SCORE, decode, decode_with_faint
from omr.detect.watershed import T as WATERSHED
from omr.errors import InputError, NoMusicError, OmrError
from omr.limits import bounded_memory
from omr.listing import list_pages, read_listed
from omr.notation.assembly import assemble
from omr.notation.signatures import CLEFS, plain_clef
from omr.reading import Answers, Detector, Look, PageReading, PageTask, ScanOptions, Stopwatch
from omr.staves.brackets import find_brackets
from omr.staves.diagrams import OtherNotation, find_diagrams, holds, rows_of_diagrams, within, without_diagrams
from omr.staves.fewlines import TAB_SPACING, LeftOut, hazy, measured_by_tablature, settle_lines, settle_ruled
from omr.staves.figures import find_figures
from omr.staves.systems import group_systems
from omr.staves.tracing import find_staves, in_order, staves_of_rows
from omr.staves.voltas import find_voltas
from omr.types import (
    SPACE_PX,
    STROKE_KINDS,
    Box,
    DetectorMaps,
    Doubt,
    NotationGraph,
    Page,
    Score,
    Staff,
    Stroke,
    Symbol,
    System,
    TabRow,
    Word,
    keyboard_staves,
)
from omr.types.paper import Sheet
from omr.wording import with_found_words, with_printed_words, with_scanned_words

if TYPE_CHECKING:
    from omr.detect.drawn import Drawn
    from omr.page.raster import RawPage
    from omr.workers import Workers

MM_PER_INCH = 25.4
POINTS_PER_INCH = 72.0
GUESS_OFF = 0.03
"""Greatest relative error of a guessed scale. If the guess was further off, the page is read again at a better
scale."""
MOST_GUESSES = 3
"""How often a page is read at a guessed scale. Where the staves are much smaller than guessed, the first reading finds
only some of them, with inexact lines. The second scale is then nearer to the truth, and the third is right."""
CLEF_STRIP = (8.0, 16.0)
"""Where clefs are looked for: this far to the left and to the right of a staff's left end, in staff spaces. A clef that
opens a staff begins within 6 spaces of that end. The rest is the clef's width and the surroundings that the detector
needs to be sure of it."""
STRIP_STEP_PX = 32
"""Strips of a page begin at multiples of this many pixels. The detector works on a grid of cells of this size, so it
sees the same in a strip as on the whole page."""
OPENCV_NO_MEMORY = -4
"""The error code by which OpenCV says that there is not enough memory (other libraries raise MemoryError)."""
LIKE_A_CLEF = 0.4
"""Least score of what counts as a possible clef on the second look at a page: half the score of a sure one."""


def scan(
    paths: Sequence[Path],
    detector: Detector,
    options: ScanOptions | None = None,
    on_page: Callable[[PageReading], None] | None = None,
    known: Mapping[int, PageReading] | None = None,
    *,
    look: Look | None = None,
    workers: Workers | None = None,
) -> Score:
    """Read files, in the order given, as the pages of one score.

    on_page: called with the reading of every page, in order. The reading has its images, unless a worker read the page.
    known: readings of pages, by page index, that need not be made again.
    look: called with every reading that is not known, in the process that read the page. With workers it must be
        picklable.
    workers: processes that read the pages with detectors of their own; without them this process uses `detector`.

    Raises InputError if no page can be loaded, NoMusicError if none has a staff.
    """
    composing = Composing()
    for reading in read_pages(paths, detector, options or ScanOptions(), known or {}, look=look, workers=workers):
        if on_page is not None:
            on_page(reading)
        composing.take(reading.light())
        if workers is not None:
            composing.go_on()
    return composing.score(", ".join(p.name for p in paths))


# ---- files -> pages --------------------------------------------------------------------------------------------


def read_tasks(tasks: Iterable[PageTask], detector: Detector, *, bounded: bool = False) -> Answers:
    """Read pages one by one, each when it is asked for. A page that could not be read yields its error.

    bounded: whether this process, with all its threads, gets only a limited amount of memory for each page
    (`omr.limits`).
    """
    for task in tasks:
        answer: PageReading | OmrError
        try:
            with bounded_memory() if bounded else nullcontext():
                answer = read_task(task, detector)
        except OmrError as error:
            answer = error
        yield answer


def read_pages(
    paths: Sequence[Path], detector: Detector, options: ScanOptions, known: Mapping[int, PageReading] | None = None,
    *, look: Look | None = None, workers: Workers | None = None,
) -> Iterator[PageReading]:
    """Read all pages in order. The arguments are those of `scan`, the errors those of `list_pages` and
    `read_listed`."""
    listing = list_pages(paths, options, known, look)
    answers = read_tasks(listing.tasks, detector) if workers is None else workers.read(listing.tasks)
    yield from read_listed(listing, answers)


def read_task(task: PageTask, detector: Detector) -> PageReading:
    """Load and read one page with its words. Raises OmrError, also if the page takes more memory than there is."""
    try:
        return _read_task(task, detector)
    except (MemoryError, cv2.error) as error:
        if isinstance(error, cv2.error) and getattr(error, "code", 0) != OPENCV_NO_MEMORY:
            raise
        raise InputError(f"page {task.number} of {task.path} takes more memory than is safe") from error


def _read_task(task: PageTask, detector: Detector) -> PageReading:
    drawn = _read_drawing(task, detector) if task.source != "pixels" else None
    if isinstance(drawn, PageReading):
        reading = drawn
    else:
        reading = _read_pixels(task, detector)
        if drawn is not None:
            doubt = Doubt(page=task.index, box=None, kind="structure", message=f"read from its pixels: {drawn}")
            reading = replace(reading, doubts=(*reading.doubts, doubt))
    return reading if task.look is None else replace(reading, answer=task.look(reading, detector))


def _read_pixels(task: PageTask, detector: Detector) -> PageReading:
    """Read a page from its pixels. Raises OmrError."""
    from omr.page.raster import load_page

    watch = Stopwatch()
    raw = load_page(task.path, task.number)
    watch.lap("load")
    reading = read_raw(raw, task.index, detector, watch)
    return with_scanned_words(reading, raw, task.languages, detector) if task.languages else reading


def read_raw(raw: RawPage, index: int, detector: Detector, watch: Stopwatch | None = None) -> PageReading:
    """Read a page from its pixels, but not its words. The page may have any scale, angle and light. Raises NoMusicError
    if no staff is found.

    index: of the page in the whole input.
    watch: has the times of the stages before; they become part of the reading's times.
    """
    from omr.page.raster import normalise

    watch = watch or Stopwatch()
    try:
        page = replace(normalise(raw), index=index)
        watch.lap("normalise")
        reading = read_page(page, detector)
        if reading.is_small:
            reading = read_page(replace(normalise(raw, TAB_SPACING), index=index), detector)
    except NoMusicError:
        reading = _read_at_a_guess(raw, index, detector)
    if not doubting.is_opened(reading.graph):
        reading = _read_other_ways(reading, raw, detector)
    return replace(reading, seconds={**watch.seconds, **reading.seconds})


def _read_at_a_guess(raw: RawPage, index: int, detector: Detector) -> PageReading:
    """Read a page whose staff lines are too faint to be measured. It is read at the scale of a usual sheet first, and
    then again at the scale of the staves that this found. Raises NoMusicError if no staff is found that begins with a
    clef."""
    from omr.page.raster import normalise

    larger = 1.0
    for attempt in range(MOST_GUESSES):
        reading = read_page(replace(normalise(raw, larger, guess=True), index=index), detector)
        if reading.graph is None or not doubting.is_opened(reading.graph):
            raise NoMusicError(f"no staff lines on page {raw.index + 1} of {raw.source}")
        off = SPACE_PX / reading.graph.space_px
        if abs(off - 1) < GUESS_OFF or attempt + 1 == MOST_GUESSES:
            break
        larger *= off
    return reading


def _read_other_ways(reading: PageReading, raw: RawPage, detector: Detector) -> PageReading:
    """Try other explanations of a page on which no staff begins with a clef. If the page is upside down or on its side,
    the turned page shows clefs, and its reading is returned. If the page does not look like music, its reading has no
    notation. Otherwise the reading stays as it is: the page may have no clefs."""
    turned = _read_turned(reading, detector)
    if turned is None and (reading.graph is None or not doubting.is_clear(reading.graph)):
        turned = _read_sideways(reading, raw, detector)
    if turned is not None:
        return turned
    if reading.graph is None or doubting.is_music(reading.graph):
        return reading
    doubt = Doubt(page=reading.index, box=None, kind="structure",
                  message="lines were found that may be staves, but what is on them does not read as music")
    return replace(reading, graph=None, doubts=(doubt,))


def _read_sideways(reading: PageReading, raw: RawPage, detector: Detector) -> PageReading | None:
    """Read the page again, turned by a quarter to either side. None if no staff begins with a clef there. There is no
    need to ask this of a page whose notes are clear: its staff lines are surely level."""
    from omr.page.raster import normalise

    try:
        page = replace(normalise(raw, other_way=True, guess=True), index=reading.index)
    except NoMusicError:  # a picture of that shape cannot hold a staff
        return None
    sideways = read_page(page, detector)
    return sideways if doubting.is_opened(sideways.graph) else _read_turned(sideways, detector)


def _read_turned(reading: PageReading, detector: Detector) -> PageReading | None:
    """Read the page again, turned by 180 degrees. None if no staff begins with a clef there."""
    if reading.page is None or reading.graph is None:
        return None
    page = reading.page.upside_down()
    width = page.pixels.shape[1]
    if not _may_begin_with_clefs(page, [width - staff.right for staff in reading.graph.staves], detector):
        return None
    turned = read_page(page, detector)
    return turned if doubting.is_opened(turned.graph) else None


def _may_begin_with_clefs(page: Page, lefts: Sequence[float], detector: Detector) -> bool:
    """Whether anything like a clef is seen where staves begin. Only these strips of the page are shown to the detector,
    which costs a third of a whole reading or less.

    lefts: columns of the left ends of the page's staves.
    """
    beginning = np.zeros(page.pixels.shape[1], np.uint8)
    for left in lefts:
        start, stop = left - CLEF_STRIP[0] * SPACE_PX, left + CLEF_STRIP[1] * SPACE_PX
        beginning[max(int(start), 0) // STRIP_STEP_PX * STRIP_STEP_PX : max(int(stop), 0)] = 1
    edges = np.flatnonzero(np.diff(beginning, prepend=0, append=0)).tolist()
    return any(s.kind == "clef" and s.score >= LIKE_A_CLEF
               for start, stop in zip(edges[::2], edges[1::2], strict=True)
               for s in decode(detector.detect(np.ascontiguousarray(page.pixels[:, start:stop]))))


# ---- drawing -> notation -----------------------------------------------------------------------------------------


def _read_drawing(task: PageTask, detector: Detector) -> PageReading | str | None:
    """Read what a page of a PDF draws (its glyphs, lines and letters) instead of its pixels.

    Returns a text instead of a reading if the drawing does not account for the page: the text is the reason. Returns
    None if the page draws no staves, as a scan or an image does not: then there is no reason to report.

    detector: finds text whose letters are drawn as outlines, without saying which letters they are.

    Raises InputError if the user asked for the drawing only, and it holds no staff.
    """
    from omr.page import pdf, raster
    from omr.text.outlined import left_over

    watch = Stopwatch()
    is_asked = task.source == "drawing"
    vectors = pdf.vector_page(task.path, task.number) if raster.looks_like_pdf(task.path) else None
    drawn = None
    if vectors is not None and (is_asked or not is_scan(vectors)):
        from omr.detect.drawn import read_drawn

        drawn = read_drawn(vectors)
    if vectors is None or drawn is None:
        if is_asked:
            raise InputError(f"page {task.number} of {task.path} draws no staff of five lines")
        return None
    watch.lap("load")
    pixels = pdf.draw_at(task.path, task.number, drawn.scale * POINTS_PER_INCH)
    page = Page(pixels, task.index, drawn.scale * POINTS_PER_INCH, str(task.path), np.eye(2, 3))
    watch.lap("draw")
    reason = why_pixels(drawn, pixels)
    if reason is not None and not is_asked:
        return reason
    reading = _notation_of(page, drawn, watch)
    outlined = _outlined_words(task, page, drawn, detector, reading.graph) if task.languages else ()
    unknown = doubting.of_unknown(page.index, left_over(drawn.unknown, outlined), drawn.loose, drawn.ranges)
    reading = replace(reading, doubts=(*reading.doubts, *unknown))
    return with_printed_words(reading, drawn, outlined, watch) if task.languages else reading


def _outlined_words(
    task: PageTask, page: Page, drawn: Drawn, detector: Detector, graph: NotationGraph | None
) -> tuple[Word, ...]:
    """The words that a page draws as outlines, not as letters."""
    from omr.page import pdf
    from omr.text.outlined import LEAST_MARKS, SHARPER, read_outlined
    from omr.text.printed import words_of

    marks = [*drawn.unknown, *(Box(top, left, bottom, right) for left, top, right, bottom in
                               (letter.edges for letter in drawn.letters if not letter.text))]
    if len(marks) < LEAST_MARKS or graph is None:
        return ()
    source = pdf.draw_at(task.path, task.number, SHARPER * drawn.scale * POINTS_PER_INCH)
    heads = [s for s in graph.symbols if s.kind == "notehead"]
    printed = words_of(drawn.letters, drawn.dashes)
    return read_outlined(source, page, detector.detect(page.pixels), marks, printed, task.languages, heads)


def _notation_of(page: Page, drawn: Drawn, watch: Stopwatch) -> PageReading:
    """The notation of a drawn page. page: the same page as pixels."""
    diagrams = [box for box in find_diagrams(page.pixels)
                if not any(box.overlaps(board.box) for board in drawn.fretboards)]
    others = rows_of_diagrams(diagrams, drawn.symbols)
    symbols = _outside(drawn.symbols, others)
    staves = staves_of_rows((r.rows, r.left, r.right) for r in drawn.staves)
    staves, left_out = settle_ruled(staves, ((r.rows, r.left, r.right) for r in drawn.others))
    staves, systems = group_systems(staves, drawn.strokes, symbols)
    watch.lap("staves")
    found = _Staves(staves, systems, drawn.strokes, left_out, is_small=False)
    reading = _assembled(page, found, symbols, others, {}, watch, exact=True, tablature=drawn.tablature)
    if reading.graph is not None:
        reading = replace(reading, graph=replace(reading.graph, fretboards=drawn.fretboards))
    return replace(reading, seen=_surely_seen(drawn.symbols, {}))


# ---- page -> notation ------------------------------------------------------------------------------------------


def read_page(page: Page, detector: Detector, given: Sequence[Staff] = ()) -> PageReading:
    """All stages from a normalised page to its notation, without its words.

    given: staves that a person pointed at, in pixels of the page. Each of them replaces what was found in its place.
    """
    watch = Stopwatch()
    thresholds = getattr(detector, "thresholds", {})
    diagrams = find_diagrams(page.pixels)
    maps = without_diagrams(detector.detect(page.pixels), diagrams)
    watch.lap("detect")
    seen, faint, next_id = _find_symbols(page, maps, detector)
    others = rows_of_diagrams(diagrams, seen)
    symbols = _outside(with_eights(without_strays(seen), page.pixels), others)
    watch.lap("decode")
    strokes = lengthen_stems(vectorise(maps.strokes, first_id=next_id), page.pixels)
    strokes = cut_stems(join_pieces(strokes, symbols, page.pixels), symbols, page.pixels)
    strokes = complete_stems(strokes, [*symbols, *faint], page.pixels, _free_id(strokes, next_id))
    symbols = (*symbols, *believed(faint, symbols, strokes))
    symbols = without_stemless(symbols, strokes)
    strokes = with_steep_beams(strokes, page.pixels)
    strokes = [*strokes, *follow_dashes(symbols, page.pixels, _free_id(strokes, next_id))]
    known, eights, lines = lost_eights(symbols, page.pixels, _free_id(strokes, next_id))
    symbols, strokes = (*known, *eights), [*strokes, *lines]
    watch.lap("vectorise")
    found = _find_staves(page, maps, symbols, strokes, _free_id(strokes, next_id), others, given)
    found = replace(found, strokes=settle_ledgers(
        found.strokes, symbols, found.staves, page.pixels, _free_id(found.strokes, next_id)))
    heads = [s for s in symbols if s.kind == "notehead"]
    found = replace(found, strokes=follow_curves(found.strokes, heads, found.staves, page.pixels))
    watch.lap("staves")
    symbols = with_eights_on_clefs(symbols, found.staves, page.pixels)
    symbols = with_lost_s(symbols, page.pixels, _free_id(found.strokes, next_id))
    reading = _assembled(page, found, symbols, others, thresholds, watch)
    return replace(reading, maps=maps, is_small=found.is_small, seen=_surely_seen(seen, thresholds))


def _free_id(strokes: Sequence[Stroke], first: int) -> int:
    """The least id from `first` on that is greater than the ids of all strokes. Counting the strokes would not do:
    where strokes were joined, there are fewer strokes than ids that were given out."""
    return max((s.id + 1 for s in strokes), default=first)


def _assembled(
    page: Page, found: _Staves, symbols: Sequence[Symbol], others: Sequence[OtherNotation],
    thresholds: Mapping[str, float], watch: Stopwatch, exact: bool = False, tablature: tuple[TabRow, ...] = (),
) -> PageReading:
    """The notation of a page whose symbols and staves are found.

    others: other kinds of notation on the page, which are not read, such as rows of chord diagrams.
    exact: as in `assemble`.
    tablature: the lines of tablature that were read.
    """
    others = [*others, *(within(lines.box, lines.reason, symbols) for lines in found.left_out)]
    symbols = _outside(symbols, others)
    others += find_figures(
        found.staves, symbols, found.strokes, page.pixels.shape[1], keyboard_staves(found.systems))
    symbols = _outside(symbols, others)
    doubts = tuple(doubting.of_others(page.index, others))
    graph = None
    if found.staves:
        graph = assemble(page.index, found.staves, found.systems, symbols, found.strokes, exact)
        graph = replace(graph, sheet=_sheet(page), tablature=tablature)
        watch.lap("assemble")
        doubts = (*doubts, *doubting.of_staves(graph), *doubting.of_confidence(graph, thresholds))
    elif tablature:
        graph = NotationGraph(page=page.index, staves=(), systems=(), symbols=(), strokes=(), edges=(),
                              sheet=_sheet(page), tablature=tablature)
    else:
        doubts = (*doubts, Doubt(page=page.index, box=None, message="no staff found on this page", kind="staff"))
    return PageReading(index=page.index, source=page.source, page=page, graph=graph, doubts=doubts,
                       seconds=watch.seconds, others=tuple(others))


def _outside(symbols: Sequence[Symbol], others: Sequence[OtherNotation]) -> tuple[Symbol, ...]:
    """The symbols that are not part of another kind of notation, which is not read."""
    left_out = {id_ for other in others for id_ in other.symbols}
    return tuple(s for s in symbols if s.id not in left_out)


def _find_symbols(
    page: Page, maps: DetectorMaps, detector: Detector
) -> tuple[tuple[Symbol, ...], list[Symbol], int]:
    """The symbols of a page, faint symbols that may be noteheads (see `omr.detect.faintheads`), and the first id that
    is free for strokes. Symbols and strokes share one numbering."""
    accept = getattr(detector, "accept", None)
    decoded, faint = decode_with_faint(maps, WATERSHED.cut, WATERSHED.core, MIN_SCORE, accept, LEAST)
    next_id = len(decoded) + len(faint)
    clean = without_bars(without_specks(decoded, page.pixels), page.pixels)
    faint = faint_heads(faint, decoded, page.pixels)
    named = settle_accidentals(settle_heads([*clean, *faint], page.pixels), page.pixels)
    settled = without_narrow(without_grace_beams(named))
    of_faint = {s.id for s in faint}
    faint = [s for s in settled if s.id in of_faint]
    settled = without_stemmed_wholes([s for s in settled if s.id not in of_faint], page.pixels)
    heads = part_thirds(settled, page.pixels, next_id)
    heads = split_double_dots(heads, page.pixels, max([next_id, *(s.id + 1 for s in heads)]))
    next_id = max([next_id, *(s.id + 1 for s in heads)])
    return _without_doubtful_octaves(heads, getattr(detector, "thresholds", {})), faint, next_id


def _surely_seen(symbols: Sequence[Symbol], thresholds: Mapping[str, float]) -> tuple[Symbol, ...]:
    """The symbols that the detector is sure of: their score is at least the threshold of their class."""
    return tuple(s for s in symbols if s.score >= thresholds.get(s.name, doubting.USUAL_SYMBOL_SCORE))


def _without_doubtful_octaves(symbols: Sequence[Symbol], thresholds: Mapping[str, float]) -> tuple[Symbol, ...]:
    """Replace clefs with an octave mark (a small 8) that is in doubt by plain clefs. Plain clefs are far commoner, and
    the small 8 is what the detector recognises worst in an unknown font."""
    return tuple(
        replace(s, name=plain_clef(s.name)) if s.name in CLEFS and s.score < thresholds.get(s.name, 0.0) else s
        for s in symbols)


@dataclass(frozen=True, eq=False)
class _Staves:
    """What `_find_staves` finds.

    strokes: the strokes it was given, and brackets.
    left_out: groups of lines that are no staff that can be read, such as tablature.
    is_small: as in `PageReading`.
    """

    staves: Sequence[Staff]
    systems: Sequence[System]
    strokes: Sequence[Stroke]
    left_out: Sequence[LeftOut]
    is_small: bool


def _find_staves(
    page: Page, maps: DetectorMaps, symbols: Sequence[Symbol], strokes: Sequence[Stroke], next_id: int,
    others: Sequence[OtherNotation], given: Sequence[Staff] = (),
) -> _Staves:
    """The staves of a page, and which of them are played together.

    next_id: the first free id, for brackets.
    others: rows of chord diagrams, whose lines are no staff lines.
    given: as in `read_page`.
    """
    staff_map = maps.strokes[..., STROKE_KINDS.index("staffLine")]
    staves = [s for s in find_staves(staff_map, maps.stride) if not any(holds(o.box, s.box) for o in others)]
    clefs = [s for s in symbols if s.kind == "clef"]
    staves, left_out = settle_lines(page.pixels, staves, hazy(staff_map, maps.stride, staves), clefs)
    if given:
        staves = in_order([*(s for s in staves if not any(holds(g.box, s.box) for g in given)), *given])
        left_out = [lines for lines in left_out if not any(holds(lines.box, g.box) for g in given)]
    strokes = [*strokes, *find_brackets(page.pixels, staves, next_id)]
    strokes = complete_ledgers(strokes, symbols, staves, page.pixels, _free_id(strokes, next_id))
    staves, systems = group_systems(staves, strokes, symbols)
    strokes += find_voltas(page.pixels, staves, systems, strokes, max((s.id for s in strokes), default=0) + next_id + 1)
    return _Staves(staves, systems, strokes, left_out, measured_by_tablature(staves, left_out))


def _sheet(page: Page) -> Sheet:
    """The size of a page. It is known in millimetres only if the resolution of the scan is known."""
    height, width = page.pixels.shape
    px_mm = page.source_scale * MM_PER_INCH / page.dpi if page.dpi > 0 else 0.0
    return Sheet(page.index, float(height), float(width), px_mm)


def read_again(page: Page, detector: Detector, given: Sequence[Staff], before: PageReading) -> PageReading:
    """Read a page again, with staves that the first reading missed. The new reading has no images.

    given: as in `read_page`.
    before: the first reading. Its words are kept.
    """
    reading = read_page(page, detector, given)
    reading = replace(reading, index=before.index, source=before.source, answer=before.answer)
    words = () if before.graph is None else before.graph.words
    if before.graph is not None and reading.graph is not None:
        reading = replace(reading, graph=replace(reading.graph, sheet=before.graph.sheet))
    about_words = tuple(d for d in before.doubts if d.kind == "text")
    reading = with_found_words(reading, words, False, Stopwatch())
    doubts = (*(d for d in reading.doubts if d.kind != "text"), *about_words)
    return replace(reading.light(), doubts=doubts)
