"""The words of a page: where they come from, and what becomes of them in the page's notation.

The words of a scan are read by Tesseract. A drawn page holds most of its words as text. Some words then turn out to be
something else: rehearsal marks, cipher notation, chord symbols, names of parts. The modules of `omr.text` explain each
of these steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from omr import doubts as doubting
from omr.reading import Detector, PageReading, Stopwatch
from omr.staves.figures import without_ciphers
from omr.types import Word

if TYPE_CHECKING:
    from omr.detect.drawn import Drawn
    from omr.page.raster import RawPage


def with_scanned_words(reading: PageReading, raw: RawPage, languages: Sequence[str], detector: Detector) -> PageReading:
    """Read the words of a scanned page.

    raw: the page as it was scanned. It is sharper than the normalised page, so words are read from it.
    detector: tells sharps and flats in chord symbols.
    """
    from omr.text import ocr, tesseract
    from omr.text.blocks import has_text
    from omr.text.chordletters import read_chords
    from omr.text.chordnames import chord_line_words
    from omr.text.frames import find_frames, outside, read_framed, without_framed

    page, maps = reading.page, reading.maps
    if page is None or maps is None or reading.graph is None:
        return reading
    watch = Stopwatch()
    heads = [s for s in reading.graph.symbols if s.kind == "notehead"]
    framed = read_framed(raw.pixels, page, find_frames(page.pixels, reading.graph.staves, heads), languages)
    graph = without_framed(reading.graph, framed)
    words = (*outside(ocr.read_words(raw.pixels, page, maps, languages, heads), framed), *framed)
    chords = chord_line_words(replace(graph, words=words))
    words = read_chords(words, chords, raw.pixels, page, languages, detector.detect)
    reading = replace(reading, graph=graph)
    return with_found_words(reading, words, not tesseract.installed() and has_text(page, maps), watch)


def with_printed_words(
    reading: PageReading, drawn: Drawn, outlined: Sequence[Word], watch: Stopwatch
) -> PageReading:
    """Add the words of a drawn page: those that its letters make, and those that it draws as outlines."""
    from omr.text.printed import framed_words, unreadable, words_of

    words = (*words_of(drawn.letters, drawn.dashes), *framed_words(drawn.framed), *outlined)
    letters = [*drawn.letters, *(letter for text in drawn.framed for letter in text.letters)]
    count = 0 if outlined else unreadable(letters)
    reading = replace(reading, doubts=(*reading.doubts, *doubting.of_letters(reading.index, count)))
    return with_found_words(reading, words, False, watch)


def with_found_words(
    reading: PageReading, words: Sequence[Word], unread: bool, watch: Stopwatch
) -> PageReading:
    """Add words that were found on the page. unread: whether there are words, but Tesseract is missing."""
    from omr.text.chordnames import with_chord_letters
    from omr.text.metronomenotes import with_metronome_notes
    from omr.text.numbers import cipher_lines
    from omr.text.phrases import part_names, without_named_braces
    from omr.text.rehearsal import rehearsal_marks
    from omr.text.terms import join_torn, without_letters

    page, graph = reading.page, reading.graph
    if page is None or graph is None:
        return reading
    is_scan = not graph.exact and bool(graph.staves)  # there may be tablature only, without a staff
    words = join_torn(words, graph.space_px) if is_scan else words
    # Words inside another kind of notation are part of that, such as the fret numbers of a chord diagram.
    words = [w for w in words if not any(other.box.contains(w.box.center) for other in reading.others)]
    marks, words = rehearsal_marks(graph, words)
    ciphers = cipher_lines(words, max((staff.right - staff.left for staff in graph.staves), default=0.0))
    graph, others = without_ciphers(graph, [box for box, _ in ciphers])
    words = tuple(w for w in words if not any(w in line for _, line in ciphers))
    graph = replace(graph, words=words, rehearsals=tuple(marks))
    graph = with_chord_letters(with_metronome_notes(graph, page.pixels)) if is_scan else graph
    graph = without_named_braces(graph) if is_scan else graph
    graph = replace(graph, names=part_names(graph))
    graph = without_letters(graph) if is_scan else graph
    watch.lap("words")
    doubts = (*reading.doubts, *doubting.of_others(page.index, others), *doubting.of_words(page.index, words, unread))
    return replace(reading, graph=graph, doubts=doubts, others=(*reading.others, *others),
                   seconds={**reading.seconds, **watch.seconds})
