"""Reads the pages of the guard and measures the readings. What the guard knows of the program itself stands here."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lxml import etree

from cli.evaluate.bench import scan_labels
from cli.evaluate.common import scanner
from evaluation import counts, exact, lyrics, notes
from evaluation.matching import match
from omr.errors import OmrError
from tests.accuracy.pages import GuardPage

MOST_PROCESSES = 2
"""Pages are read in so many processes: what a small CI machine has cores for."""


@dataclass(frozen=True)
class Reading:
    """What was read on a page: the MusicXML as it was written, empty if the scan failed; the number of doubts."""

    musicxml: bytes
    doubts: int


@lru_cache(maxsize=1)
def _scan():
    """The shipped detector's scan, loaded once a process."""
    return scanner(None, None)


def read(page: GuardPage) -> Reading:
    """Read one page. A scan that fails is an empty reading, which is wrong in every figure."""
    with tempfile.TemporaryDirectory(prefix="omr-") as temporary:
        out = Path(temporary) / "page.musicxml"
        try:
            doubts = scan_labels(page.image, out) if page.kind == "perfect" else _scan()(page.image, out)
        except OmrError:
            return Reading(b"", 0)
        return Reading(out.read_bytes(), doubts)


@lru_cache(maxsize=8)
def _truth(path: Path) -> tuple[list[Counter[notes.Note]], list[Counter[lyrics.Syllable]]]:
    """Notes, rests and syllables of a truth, which serves for a page of each kind."""
    return notes.read(path, rests=True, unpitched=True), lyrics.read(path)


def measure(page: GuardPage, reading: Reading) -> dict[str, float]:
    """The figures of a reading against the page's truth, by the names of `comparison.TOLERANCES`; `lyrics_f1` only
    where there are words."""
    with tempfile.TemporaryDirectory(prefix="omr-") as temporary:
        path = Path(temporary) / "page.musicxml"
        path.write_bytes(reading.musicxml or b"<score-partwise/>")
        reference, sung = _truth(page.truth)
        estimate = notes.read(path, rests=True, unpitched=True) if reading.musicxml else []
        read_ = lyrics.read(path)
        staves, measures = counts.count(path)
        parts = len(etree.fromstring(path.read_bytes()).findall("part"))
    of_notes = notes.without_rests(reference), notes.without_rests(estimate)
    matching = match(*of_notes)
    found = notes.figures(*of_notes, matching)
    found |= exact.figures(reference, estimate, matching) | lyrics.figures(sung, read_, matching)
    kept = ("pitch_f1", "onset_f1", "note_f1", "lyrics_f1", "exact_measures")
    return {**{key: round(found[key], 4) for key in kept if key in found},
            "parts": parts, "staves": staves, "measures": measures, "doubts": reading.doubts}


def read_and_measure(page: GuardPage) -> tuple[Reading, dict[str, float]]:
    reading = read(page)
    return reading, measure(page, reading)


def read_all(pages: Sequence[GuardPage]) -> Iterator[tuple[GuardPage, Reading, dict[str, float]]]:
    """Every page with its reading and its figures, in order, read in several processes."""
    processes = min(MOST_PROCESSES, os.cpu_count() or 1, len(pages))
    if processes < 2:
        results: Iterable[tuple[Reading, dict[str, float]]] = map(read_and_measure, pages)
        yield from ((page, *result) for page, result in zip(pages, results, strict=True))
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        for page, result in zip(pages, pool.map(read_and_measure, pages), strict=True):
            yield page, *result


def canonical(musicxml: bytes) -> str:
    """A reading's MusicXML as text to be compared, one element a line.

    What is left out is the program's version, and what stands for a place in pixels: identifiers of notes, the size of
    the paper and distances on it. Those round differently where another processor computes the last digits otherwise.
    An empty reading is an empty text.
    """
    if not musicxml:
        return ""
    root = etree.fromstring(musicxml, etree.XMLParser(remove_blank_text=True))
    for element in [*root.iter("software"), *root.iter("defaults")]:
        element.getparent().remove(element)
    for element in root.iter("note"):
        element.attrib.pop("id", None)
    for element in root.iter("print"):
        del element[:]
    return etree.tostring(root, pretty_print=True, encoding="unicode")
