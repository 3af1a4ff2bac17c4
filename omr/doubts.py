"""What a reading is not sure of: staves, symbols and words that may be wrong, and what was seen but left out.

Nothing that the detector surely saw may vanish silently. `unused` compares what was seen on every page with what the
finished score was made from. The rest becomes doubts, one for each measure or region of the page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from omr.music.directions import written_signs
from omr.music.hairpins import lone_hairpins
from omr.notation.signs import OF_STRINGS
from omr.notation.tips import inside_beam
from omr.staves.diagrams import OtherNotation
from omr.staves.systems import OSSIA
from omr.text.metronome import find_metronomes
from omr.types import SPACE_PX, Box, Doubt, Measure, NotationGraph, Score, Staff, Stroke, Symbol, Word
from omr.types.memo import Memo
from omr.types.said import said

if TYPE_CHECKING:
    from omr.music.compose import ScoreBuilder
    from omr.reading import PageReading

USUAL_SYMBOL_SCORE = 0.5
"""Symbols with a lower score are doubted, where the detector has no threshold of its own for their class."""
USUAL_WORD_SCORE = 0.5
"""Words with a lower score are doubted."""
WORDS_LISTED = 8
"""How many words a doubt lists at most; more would not fit on a line."""
SURE_CLEF = 0.8
"""Least score of a clef that proves which way up a page is. Of 14 upside-down scans, one had notes at its left that
were taken for clefs, with scores of 0.57 to 0.75."""
CLEF_GOES_ON = 0.2
"""Share of the staves below a page's first system that begin with a clef. If fewer do, the page prints the clef only
once, as parts for bands do, and a staff without a clef is no doubt."""
FEWEST_BELOW = 3
"""Fewest staves below the first system that can show this. If there are fewer, a clef may have been missed on each."""
CLEAR_SCORE = 0.88
"""If no staff of a page begins with a clef, and the mean score of its noteheads and rests is below this, the page may
not be printed music. Measured on 38 pages, engraved, scanned and photographed: with the clefs cut off they have 0.91
and more, mirrored 0.82 and less. Graph paper, tables and crosswords reach 0.87. On 57 other sheets without music, those
with as many notes as `FEWEST_NOTES` asks for have 0.72 and less."""
MOST_FALSE_STAVES = 2
"""Most staves that were found on ruled pages without music: 36 sheets of graph paper, a crossword, a table, a bar code.
Handwritten music has low scores too, but more staves than this."""
FEWEST_NOTES = 2
"""Fewest notes and rests per staff of a page of music on which no staff begins with a clef. A staff has more than one
bar, and each bar has something in it. Lines with birds on them had 0.2 supposed notes per staff, bar codes 1.7."""
NEAR_MEASURE = 10.0
"""Greatest distance, in staff spaces, between a measure and something that is reported as belonging to it."""
OSSIA_REACH = 4.0
"""How far above or below an ossia its beams and curves reach, in its own staff spaces: a stem is 3.5 long."""
TOGETHER = 2.0
"""Unknown marks of a drawn page that lie within this distance of one another, in staff spaces, become one doubt."""
REGION_GAP = 8.0
"""Between two regions of a page there are at least this many rows, in staff spaces, without anything unused."""
NO_CLEF = "no staff of this page begins with a clef: the clefs of the page before it go on, or treble clefs"
NOT_CLEAR = "this page hardly reads as printed music: it may be handwritten, mirrored, or no music"
LEAST_HEADS = 2
"""Fewest unused noteheads above all measures of a page that count as lost music. A single one is mostly a letter of the
title, such as an O taken for a whole note: this was so on 7 pages of Beethoven, of whose 230 measures 4 % are wrong, no
more than elsewhere. A single one beside or below the measures does count: on 3 such pages, 8 of 25 measures are wrong.
"""
COUNTED = ("notehead", "rest")
"""Kinds of symbols that `unused` looks for: those that are music themselves, not signs about the music."""
ALONE = ("clef", "pedal", "jump", "repeat")
"""Kinds of signs that stand on a staff by themselves, without belonging to a note."""
UNDRAWN = ("brace",)
"""Kinds of signs that the notation does not use as symbols: braces are found by their ink instead."""
EIGHTS = ("octave", "fingering", "tuplet", "time")
"""Kinds of signs for which the 8 over or under a clef may have been mistaken."""
AT_CLEF = 1.0
"""Greatest distance of such a sign from its clef, in staff spaces."""
LINES = {"beam": "{} beams", "tie": "{} ties", "slur": "{} slurs", "hairpin": "{} strokes of hairpins"}
"""Kinds of strokes that may be left over, and how a doubt counts them."""


def is_opened(graph: NotationGraph | None) -> bool:
    """Whether any staff of a page surely begins with a clef."""
    return graph is not None and any(_has_clef(graph, staff.index, SURE_CLEF) for staff in graph.staves)


def is_music(graph: NotationGraph) -> bool:
    """Whether a page on which no staff begins with a clef may be music at all. Handwritten music may."""
    # Rests of several measures do not count: any thick bar looks like one.
    if sum(s.name != "restHBar" for s in _notes(graph)) < FEWEST_NOTES * len(graph.staves):
        return False
    if len(graph.staves) > MOST_FALSE_STAVES:
        return True
    # Black squares look like noteheads, but nothing beside them looks like a flag, a dot or an accidental.
    return is_clear(graph) and any(s.kind not in COUNTED for s in graph.symbols if s.id in graph.staff_of)


def is_clear(graph: NotationGraph) -> bool:
    """Whether the detector is as sure of the notes and rests of a page as it is on printed pages."""
    return _mean_score(graph) >= CLEAR_SCORE


def _mean_score(graph: NotationGraph) -> float:
    """Mean score of the notes and rests of a page; 0 if it has none."""
    scores = [s.score for s in _notes(graph)]
    return sum(scores) / len(scores) if scores else 0.0


def _notes(graph: NotationGraph) -> list[Symbol]:
    """The notes and rests that stand on a staff."""
    return [s for s in graph.symbols if s.kind in COUNTED and s.id in graph.staff_of]


def _has_clef(graph: NotationGraph, staff: int, least_score: float = 0.0) -> bool:
    """Whether a staff begins with a clef of this score or a higher one."""
    return any(s.kind == "clef" and s.score >= least_score and graph.staves[staff].is_opened_by(s)
               for s in graph.on_staff(staff))


# ---- one page --------------------------------------------------------------------------------------------------


def of_staves(graph: NotationGraph) -> Iterator[Doubt]:
    """Doubts about staves that begin without a clef, staves on which nothing was read, and ossias."""
    if not is_opened(graph):
        message = NO_CLEF if is_clear(graph) else NOT_CLEAR
        yield Doubt(page=graph.page, box=None, message=message, kind="structure")
    goes_on = _clef_goes_on(graph)
    for staff in graph.staves:
        if staff.system == OSSIA:
            yield Doubt(page=graph.page, box=staff.box, message="a small staff of its own (an ossia) is left out",
                        kind="structure", symbols=tuple(sorted(_on_ossia(graph, staff))))
            continue
        is_empty = not any(s.kind in COUNTED for s in graph.on_staff(staff.index))
        if is_empty and _has_clef(graph, staff.index):
            yield Doubt(page=graph.page, box=staff.box, kind="rhythm",
                        message=f"staff {staff.index + 1} has a clef but neither notes nor rests: taken to be silent")
        elif is_empty:
            yield Doubt(page=graph.page, box=staff.box, message=f"nothing could be read on staff {staff.index + 1}",
                        kind="staff")
        elif staff.line_count == 5 and not goes_on and not _has_clef(graph, staff.index):
            yield Doubt(page=graph.page, box=staff.box,
                        message=f"no clef found at the start of staff {staff.index + 1}", kind="staff")


def _on_ossia(graph: NotationGraph, ossia: Staff) -> set[int]:
    """Ids of the symbols and strokes of an ossia, which is left out as a whole: the measures beside it lack nothing."""
    reach = OSSIA_REACH * ossia.space_px
    box = Box(ossia.box.top - reach, ossia.box.left, ossia.box.bottom + reach, ossia.box.right)
    return {s.id for s in graph.symbols if graph.staff_of.get(s.id) == ossia.index} | {
        s.id for s in graph.strokes if s.kind in ("beam", "tie", "slur") and box.contains(s.box.center)}


def _clef_goes_on(graph: NotationGraph) -> bool:
    """Whether clefs are printed in the page's first system only, or nowhere."""
    first = set(graph.systems[0].staves) if graph.systems else set()
    below = [s.index for s in graph.staves if s.index not in first and s.system != OSSIA and s.line_count == 5]
    if not is_opened(graph):
        return True
    return len(below) >= FEWEST_BELOW and sum(_has_clef(graph, i) for i in below) <= CLEF_GOES_ON * len(below)


def of_others(page: int, others: Sequence[OtherNotation]) -> Iterator[Doubt]:
    """Doubts about music that is not written as notes on a staff and is left out, such as chord diagrams."""
    for other in others:
        yield Doubt(page=page, box=other.box, message=other.reason, kind="structure", symbols=other.symbols)


def of_unknown(
    page: int, marks: Sequence[Box], lines: Sequence[Box], ranges: Sequence[Box] = (),
) -> Iterator[Doubt]:
    """Doubts about what is drawn on a page but is not read: marks that are like no known sign, lines that belong to
    nothing, and noteheads that show the range of a voice. Things that stand together become one doubt.

    marks, lines, ranges: the boxes of these.
    """
    for boxes, one, several in (
            (marks, "a mark is like no sign that is known, and left out",
             "{} marks are like no sign that is known, and left out"),
            (lines, "a line belongs to nothing that is known, and is left out",
             "{} lines belong to nothing that is known, and are left out"),
            (ranges, "the range of a voice, before the clef, is left out",
             "the range of a voice, before the clef, is left out")):
        for around, count in _together(boxes):
            yield Doubt(page=page, box=around, message=one if count == 1 else several.format(count), kind="sign")


def _together(boxes: Sequence[Box]) -> list[tuple[Box, int]]:
    """Merge boxes that stand within `TOGETHER` of one another. Returns each merged box with the number of its boxes."""
    reach = TOGETHER * SPACE_PX
    found: list[tuple[Box, int]] = []
    for box in sorted(boxes, key=lambda b: (b.top, b.left)):
        around, count, apart = box, 1, []
        for other, number in found:
            is_near = (other.left - reach < around.right and around.left < other.right + reach
                       and other.top - reach < around.bottom and around.top < other.bottom + reach)
            if is_near:
                around, count = around.union(other), count + number
            else:
                apart.append((other, number))
        found = [*apart, (around, count)]
    return sorted(found, key=lambda one: (one[0].top, one[0].left))


def of_confidence(graph: NotationGraph, thresholds: Mapping[str, float]) -> Iterator[Doubt]:
    """Doubts about symbols that the notation uses although the detector is not sure of them. thresholds: by class
    name."""
    in_systems = {staff.index for staff in graph.staves if staff.system != OSSIA}
    for symbol in graph.symbols:
        threshold = thresholds.get(symbol.name, USUAL_SYMBOL_SCORE)
        if symbol.score < threshold and graph.staff_of.get(symbol.id) in in_systems:
            message = f"hard to make out: {said(symbol.name)}"
            yield Doubt(page=graph.page, box=symbol.box, message=message, kind="confidence")


def of_letters(page: int, count: int) -> Iterator[Doubt]:
    """A doubt about letters of a PDF whose fonts do not tell which letters they are. count: how many."""
    if count:
        message = f"{count} letters could not be read: the PDF does not say which they are"
        yield Doubt(page=page, box=None, kind="text", message=message)


def of_words(page: int, words: Sequence[Word], unread: bool) -> Iterator[Doubt]:
    """One doubt for all words of a page that are hard to read. unread: whether there are words, but Tesseract is
    missing."""
    unsure = [w for w in words if w.score < USUAL_WORD_SCORE]
    if unread:
        message = "words were left unread: Tesseract is not installed (Debian: apt-get install tesseract-ocr)"
        yield Doubt(page=page, box=None, message=message, kind="text")
    elif unsure:
        listed = ", ".join(w.text for w in unsure[:WORDS_LISTED])
        more = " ..." if len(unsure) > WORDS_LISTED else ""
        yield Doubt(page=page, box=unsure[0].box, message=f"words hard to read: {listed}{more}", kind="text")


# ---- the finished score ----------------------------------------------------------------------------------------


def of_pages(readings: Sequence[PageReading], score: Score, builder: ScoreBuilder) -> list[Doubt]:
    """All doubts of the pages, with the measures in which they stand, and those about `unused` symbols.

    score: has its own doubts already. builder: what made the score.
    """
    where = Where(score)
    found: list[Doubt] = []
    for reading in readings:
        page = reading.index
        own = [m for part in score.parts for m in part.measures if m.page == page]
        doubts = tuple(d for d in score.doubts if d.page == page)

        def make(reading: PageReading = reading, doubts: tuple[Doubt, ...] = doubts) -> list[Doubt]:
            of_reading = [placed(d, where) for d in reading.doubts]
            whole = replace(score, doubts=(*doubts, *of_reading))
            return [*of_reading, *unused(reading.index, reading.seen, reading.graph, whole, where),
                    *loose(reading, where, builder.memo), *_of_left_out(reading, builder)]

        found += builder.memo.made(("doubts", page), (reading.doubts, reading.seen, reading.graph, *own), (
            where.first(page), tuple(d.symbols for d in doubts), builder.sung(page)), make)
    return found


def _of_left_out(reading: PageReading, builder: ScoreBuilder) -> Iterator[Doubt]:
    """Doubts about words of a page that can be read, but are not in the score: one for those among the music, one for
    all others."""
    if reading.graph is None or not reading.graph.words:
        return
    page, words = reading.index, builder.words_left_out(reading.index, USUAL_WORD_SCORE)
    if words.in_music:
        listed = _first_of([p.text for p in words.in_music])
        yield Doubt(page=page, box=words.in_music[0].box, kind="text",
                    message=f"words in the music that are left out: {listed}")
    if words.beside or words.short:
        texts = [*([_first_of([p.text for p in words.beside])] if words.beside else []),
                 *([f"numbers or single letters: {_first_of([w.text for w in words.short])}"] if words.short else [])]
        box = words.beside[0].box if words.beside else words.short[0].box
        yield Doubt(page=page, box=box, kind="text", message=f"other words that are left out: {'; '.join(texts)}")


def _first_of(texts: Sequence[str]) -> str:
    """The first texts, as many as a doubt lists."""
    return "; ".join([*texts[:WORDS_LISTED], *(["..."] if len(texts) > WORDS_LISTED else [])])


def placed(doubt: Doubt, where: Where) -> Doubt:
    """The doubt with the measure and part in which its box stands, or the nearest ones above or below the box. The
    doubt stays as it is if it has no box, or if no measure stands in its column."""
    if doubt.box is None or doubt.measure is not None or doubt.kind != "confidence":
        return doubt
    place = where.nearest(doubt.box, doubt.page)
    return doubt if place is None else replace(doubt, measure=place.number, part=place.part)


@dataclass(frozen=True)
class _Place:
    """A measure of a part. number: counted from 1 over the whole score. distance: in pixels, from the box that was
    looked up."""

    distance: float
    number: int
    part: str


class Where:
    """Where the measures of a score stand on its pages."""

    def __init__(self, score: Score):
        self._on_page: dict[int, list[tuple[Box, int, str]]] = defaultdict(list)
        self.long_rests = {number for part in score.parts for number, measure in enumerate(part.measures, 1)
                           if measure.long_rest}
        """Numbers of the measures that begin a rest of several measures."""
        for part in score.parts:
            for number, measure in enumerate(part.measures, 1):
                if measure.box is not None:
                    self._on_page[measure.page].append((measure.box, number, part.id))

    def first(self, page: int) -> int | None:
        """The number of a page's first measure; None if it has none."""
        return min((number for _, number, _ in self._on_page[page]), default=None)

    def is_above_all(self, box: Box, page: int) -> bool:
        """Whether a box is above all measures of its page, where titles stand."""
        return all(box.bottom < own.top for own, _, _ in self._on_page[page])

    def nearest(self, box: Box, page: int) -> _Place | None:
        """The measure in which the middle of a box lies, or the nearest one above or below it. None if no measure is
        in that column."""
        row, col = box.center
        near = min(((max(own.top - row, row - own.bottom, 0.0), i) for i, (own, _, _) in enumerate(self._on_page[page])
                    if own.left <= col < own.right), default=None)
        return None if near is None else _Place(near[0], *self._on_page[page][near[1]][1:])


def unused(
    page: int, seen: Sequence[Symbol], graph: NotationGraph | None, score: Score, where: Where
) -> Iterator[Doubt]:
    """Doubts about what was surely seen on a page, but is neither in the score nor in one of its doubts.

    Yields one doubt for each measure, and one for each region of the page without measures. `symbols` of a doubt are
    the ids of what is missing. Ink that is in the score as something else (found twice, say) is not missing.

    seen, graph: as in `PageReading`.
    where: where the measures of the score stand.
    """
    known = set(_used(page, score))
    if graph is not None:
        known |= {id_ for mark in find_metronomes(graph) for id_ in mark.symbols}
    music = [s for s in seen if s.kind in COUNTED]
    by_measure, outside = _by_measure(_lost(music, music, known, graph), page, where)
    for number, symbols in sorted(by_measure.items()):
        yield _missing(page, symbols, number, True)
    for symbols in _regions(outside):
        # A region beside the measures counts as lost music only if it has notes: rests alone are mostly letters.
        heads = [s for s in symbols if s.kind == "notehead"]
        is_letter = len(heads) < LEAST_HEADS and where.is_above_all(_around(symbols), page)
        yield _missing(page, symbols, None, bool(heads) and not is_letter)


def loose(reading: PageReading, where: Where, memo: Memo) -> Iterator[Doubt]:
    """Doubts about signs and lines that were surely seen on a page, but belong to nothing, such as a sharp without a
    note. There is one doubt for each measure, one for everything beside the measures, and one for all fingerings.

    They are no music by themselves, so they make no measure less sure. But a sharp that belongs to no note may be
    missing at a note. (What looks like a string player's sign over a keyboard's staves is a fingering, see `assemble`.)

    where: where the measures of the score stand.
    memo: that of an earlier version of the score.
    """
    graph = reading.graph
    if graph is None or not graph.staves:
        return
    # What a person corrects at a note changes the graph, but none of these parts of it.
    ink = (graph.symbols, graph.strokes, graph.edges, graph.chords, graph.staff_of, graph.systems, graph.words)
    told = frozenset(id_ for d in reading.doubts for id_ in d.symbols)
    fingerings, things = memo.made("loose", (*ink, reading.seen), (told,), lambda: _loose(graph, reading.seen, told))
    page = reading.index
    if fingerings:
        count = f"{len(fingerings)} fingerings" if len(fingerings) > 1 else "a fingering"
        yield Doubt(page=page, box=fingerings[0].box, kind="confidence", symbols=tuple(s.id for s in fingerings),
                    message=f"seen, but belongs to nothing: {count}")
    by_measure, outside = _by_measure(things, page, where)
    for number, own in sorted(by_measure.items()):
        # The number over a long rest says how long it is, and its thick bar is often taken for a beam.
        own = [s for s in own if number not in where.long_rests or not (
            s.kind == "beam" or isinstance(s, Symbol) and s.kind == "time")]
        if own:
            yield _nowhere(page, own, number)
    if outside:
        yield _nowhere(page, outside, None)


def _loose(
    graph: NotationGraph, seen: Sequence[Symbol], told: Set[int]
) -> tuple[list[Symbol], list[Symbol | Stroke]]:
    """The fingerings of a page that belong to nothing, and all other signs and lines that belong to nothing. told: ids
    of the symbols that other doubts name already."""
    known = _hung(graph) | told
    lost = _lost([s for s in seen if s.kind not in (*COUNTED, *UNDRAWN)], seen, known, graph)
    fingerings = [s for s in lost if s.kind == "fingering" or s.name in OF_STRINGS and s.id not in graph.symbol_by_id]
    return fingerings, [*(s for s in lost if s not in fingerings), *_loose_lines(graph, known)]


def _hung(graph: NotationGraph) -> set[int]:
    """Ids of the symbols and strokes of a page that belong to something, or stand on a staff by themselves."""
    on_systems = {i for system in graph.systems for i in system.staves}
    alone = {s.id for s in graph.symbols if s.kind in ALONE and graph.staff_of.get(s.id) in on_systems}
    hung = {id_ for edge in graph.edges for id_ in (edge.parent, edge.child)}
    beams = {id_ for chord in graph.chords for id_ in chord.beams}
    tempos = {id_ for mark in find_metronomes(graph) for id_ in mark.symbols}
    clefs = [s.box for s in graph.symbols if "8v" in s.name]
    eights = {s.id for s in graph.symbols if s.kind in EIGHTS and any(_is_on(s.box, clef) for clef in clefs)}
    return alone | hung | beams | tempos | eights | written_signs(graph)


def _is_on(eight: Box, clef: Box) -> bool:
    """Whether a sign stands where the 8 over or under a clef does."""
    return (clef.left < eight.center[1] < clef.right
            and max(clef.top - eight.bottom, eight.top - clef.bottom) < AT_CLEF * SPACE_PX)


def _loose_lines(graph: NotationGraph, known: Set[int]) -> list[Stroke]:
    """The beams, curves and hairpins of a page that belong to nothing."""
    lines = [s for s in graph.strokes if s.kind in ("beam", "tie", "slur") and s.id not in known]
    return [*lines, *lone_hairpins(graph)]


def _nowhere(page: int, things: Sequence[Symbol | Stroke], measure: int | None) -> Doubt:
    """The doubt about signs and lines that belong to nothing. measure: where they stand; None beside all measures."""
    where = "" if measure is not None else " beside the measures"
    return Doubt(page=page, box=_around(things), kind="confidence", measure=measure,
                 message=f"seen{where}, but belongs to nothing: {_listed(things)}", symbols=tuple(s.id for s in things))


def _lost(
    symbols: Sequence[Symbol], others: Sequence[Symbol], known: Set[int], graph: NotationGraph | None
) -> list[Symbol]:
    """Those of the symbols whose ink is not accounted for as another symbol, a beam or a letter.

    others: the symbols that may account for it.
    known: ids of what is used.
    """
    others = [s for s in others if s.id in known]
    lost = [s for s in symbols if s.id not in known and not _is_twin(s, others)]
    if graph is None:
        return lost
    beams = [s for s in graph.strokes if s.kind == "beam"]
    return [s for s in lost if not inside_beam(s, beams, graph.space_px) and not _is_letter(s, graph.words)]


Thing = TypeVar("Thing", bound=Symbol | Stroke)


def _by_measure(things: Sequence[Thing], page: int, where: Where) -> tuple[dict[int, list[Thing]], list[Thing]]:
    """Sort the things of a page by the number of the measure in which they stand. Returns also those beside all
    measures."""
    by_measure: dict[int, list[Thing]] = defaultdict(list)
    outside = []
    for thing in things:
        place = where.nearest(thing.box, page)
        if place is None or place.distance > NEAR_MEASURE * SPACE_PX:
            outside.append(thing)
        else:
            by_measure[place.number].append(thing)
    return by_measure, outside


def _around(things: Sequence[Symbol | Stroke]) -> Box:
    """The smallest box around all things."""
    box = things[0].box
    for thing in things[1:]:
        box = box.union(thing.box)
    return box


def _listed(things: Sequence[Symbol | Stroke]) -> str:
    """The names of things, as a musician would say them."""
    counts = Counter(thing.name if isinstance(thing, Symbol) else thing.kind for thing in things)
    return ", ".join(LINES[name].format(n) if n > 1 and name in LINES else f"a {name}" if name in LINES
                     else said(name, n) for name, n in sorted(counts.items()))


def _used(page: int, score: Score) -> Iterator[int]:
    """Ids of the symbols of a page that the score was made from, or that a doubt names."""
    measures: Iterator[Measure] = (m for part in score.parts for m in part.measures if m.page == page)
    for measure in measures:
        for ids in [*(n.symbol_ids for n in measure.notes), *(r.symbol_ids for r in measure.rests)]:
            yield from ids
    for doubt in score.doubts:
        if doubt.page == page:
            yield from doubt.symbols


def _is_twin(symbol: Symbol, used: Sequence[Symbol]) -> bool:
    """Whether a symbol lies on one that the score uses: the same ink was found twice."""
    return any(s.box.contains(symbol.box.center) for s in used)


def _is_letter(symbol: Symbol, words: Sequence[Word]) -> bool:
    """Whether a symbol lies in a word that was read: for example, the 7 of a chord symbol looks like a rest."""
    return any(w.score >= USUAL_WORD_SCORE and w.box.contains(symbol.box.center) for w in words)


def _regions(symbols: Sequence[Symbol]) -> Iterator[list[Symbol]]:
    """Group symbols, from the top of the page, into regions that are `REGION_GAP` apart."""
    region: list[Symbol] = []
    bottom = 0.0
    for symbol in sorted(symbols, key=lambda s: s.box.top):
        if region and symbol.box.top > bottom + REGION_GAP * SPACE_PX:
            yield region
            region = []
        bottom = max(bottom, symbol.box.bottom) if region else symbol.box.bottom
        region.append(symbol)
    if region:
        yield region


def _missing(page: int, symbols: Sequence[Symbol], measure: int | None, is_music: bool) -> Doubt:
    """The doubt about symbols that are missing in the score.

    measure: where they stand; None beside all measures.
    is_music: whether they are lost music, and not letters.
    """
    where = "" if measure is not None else " beside the measures"
    message = f"seen{where}, but not in the score: {_listed(symbols)}"
    return Doubt(page=page, box=_around(symbols), message=message, kind="structure" if is_music else "confidence",
                 measure=measure, symbols=tuple(s.id for s in symbols))
