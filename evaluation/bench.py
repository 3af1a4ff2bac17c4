"""The benchmark of unseen engravers: pages of MuseScore 3 and LilyPond, clean and degraded, against their truth.

Definition. Excerpts of music21's corpus, from folders that are never trained on, are engraved one page each by two
programs that the detector has never seen; the truth of a page is exactly the measures on it. The figures are those of
`evaluation/notes.py`, whole pages against whole truths (not `partial`), averaged over pages.

Conventions.
* Pages are made on demand into a folder and kept there: PDF at A4, 300 dpi grey PNG, truth as MusicXML beside it.
  An excerpt is shortened by a tenth until it fits one page, so the engravers' pages may differ in length.
* Kinds are "clean" and whatever the given `degrade` makes of a page ("scan", "photo"). Generators are seeded with the
  page's name and kind: the same page every time.
* Never trained on are the folders, not the works: some quartets here (Haydn op. 1 no. 1 and op. 74 no. 1, Mozart
  K. 155 and K. 458) also stand in the OpenScore quartets. Whoever engraves those for training leaves these out.
* A page that scans to nothing, or fails, counts 0.
* Left to MuseScore alone are the pieces that musicxml2ly breaks or shortens (`engravers` below): what LilyPond's MIDI
  of a page lacks of its truth was checked, and is at most 1 note in 250 on the pages that stand.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluation import excerpt, notes
from omr.errors import DataError, OmrError

DPI = 300
SPACE_PX = 20.8
"""Staff space of both engravers' pages at 300 dpi."""
TIMEOUT_S = 120

Degrade = Callable[[np.ndarray, np.random.Generator, str, float], np.ndarray]
"""(pixels (H, W) uint8, generator, kind, staff space in px) -> degraded pixels."""
Scan = Callable[[Path, Path], int]
"""(page, MusicXML to write) -> number of doubts."""


@dataclass(frozen=True)
class Excerpt:
    """Measures first .. first + count - 1 (from 0) of a score of music21's corpus."""

    score: str
    group: str
    first: int
    count: int
    engravers: tuple[str, ...] = ("musescore", "lilypond")

    @property
    def name(self) -> str:
        return f"{self.score.rsplit('.', 1)[0].replace('/', '-')}-{self.first + 1}"


EXCERPTS: tuple[Excerpt, ...] = (
    Excerpt("joplin/maple_leaf_rag.mxl", "piano", 0, 24),
    Excerpt("mozart/k545/movement1_exposition.mxl", "piano", 0, 12),
    Excerpt("schumann_clara/polonaise_op1n1.mxl", "piano", 0, 18),
    Excerpt("schumann_clara/polonaise_op1n3.mxl", "piano", 0, 18),
    Excerpt("verdi/laDonnaEMobile.mxl", "piano", 0, 28),
    Excerpt("chopin/mazurka06-2.krn", "piano", 0, 26),
    Excerpt("schoenberg/opus19/movement6.mxl", "piano", 0, 9),
    Excerpt("schubert/Lindenbaum.xml", "song", 0, 8, ("musescore",)),
    Excerpt("handel/rinaldo/Lascia_chio_pianga.mxl", "song", 0, 20),
    Excerpt("beach/prayer_of_a_tired_child.musicxml", "song", 0, 6, ("musescore",)),
    Excerpt("liliuokalani/aloha_oe.mxl", "song", 0, 8),
    Excerpt("leadSheet/fosterBrownHair.mxl", "song", 0, 35),
    Excerpt("weber/concertino_clarinet.mxl", "song", 0, 14, ("musescore",)),
    Excerpt("haydn/opus74no1/movement1.mxl", "quartet", 0, 16),
    Excerpt("haydn/opus1no1/movement1.mxl", "quartet", 0, 20),
    Excerpt("mozart/k458/movement1.mxl", "quartet", 0, 22),
    Excerpt("mozart/k155/movement1.mxl", "quartet", 0, 16),
    Excerpt("corelli/opus3no1/1grave.xml", "quartet", 0, 17),
    Excerpt("schumann_clara/opus17/movement3.xml", "quartet", 0, 12, ("musescore",)),
)


@dataclass(frozen=True)
class BenchPage:
    """One page image and the MusicXML of what is on it."""

    name: str
    group: str
    engraver: str
    image: Path
    truth: Path


@dataclass(frozen=True)
class BenchResult:
    """What a scan of one page was worth. figures: those of `notes.evaluate`."""

    page: BenchPage
    kind: str
    seconds: float
    doubts: int
    figures: dict[str, float]


def make_pages(folder: Path, excerpts: Sequence[Excerpt] = EXCERPTS) -> Iterator[BenchPage]:
    """The benchmark's pages, made where they are missing. Raises DataError if an engraver is not installed."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in excerpts:
        for engraver in each.engravers:
            name = f"{each.name}-{engraver}"
            page = BenchPage(name, each.group, engraver, folder / f"{name}.png", folder / f"{name}.musicxml")
            if not page.image.exists():
                _make(each, page)
            yield page


def degraded(page: BenchPage, kind: str, degrade: Degrade) -> Path:
    """The page's image of a kind, made where it is missing. "clean" is the page as engraved."""
    if kind == "clean":
        return page.image
    path = page.image.with_name(f"{page.name}.{kind}.png")
    if not path.exists():
        from PIL import Image

        pixels = np.asarray(Image.open(page.image).convert("L"))
        rng = np.random.default_rng(zlib.crc32(f"{page.name} {kind}".encode()))
        _replace(path, lambda part: Image.fromarray(degrade(pixels, rng, kind, SPACE_PX)).save(part, "PNG"))
    return path


def run(pages: Iterable[BenchPage], kinds: Sequence[str], scan: Scan, degrade: Degrade,
        out: Path) -> Iterator[BenchResult]:
    """Scan every page in every kind; the MusicXML goes into `out`, one folder a kind."""
    for page in pages:
        truth = notes.read(page.truth)
        for kind in kinds:
            image = degraded(page, kind, degrade)
            yield _scanned(page, kind, image, out / kind / f"{page.name}.musicxml", truth, scan)


def _scanned(page: BenchPage, kind: str, image: Path, predicted: Path, truth: notes.Measures,
             scan: Scan) -> BenchResult:
    predicted.parent.mkdir(parents=True, exist_ok=True)
    predicted.unlink(missing_ok=True)  # a failing scan must not be judged by an older one's file
    start = time.perf_counter()
    doubts = 0
    try:
        doubts = scan(image, predicted)
    except OmrError:
        predicted.unlink(missing_ok=True)
    seconds = time.perf_counter() - start
    try:
        estimate = notes.read(predicted) if predicted.exists() else []
    except DataError:
        estimate = []
    return BenchResult(page, kind, seconds, doubts, notes.evaluate(truth, estimate))


def average(results: Sequence[BenchResult]) -> dict[str, float]:
    """Means over pages of note_f1, onset_f1, pitch_f1, seconds and doubts; the number of pages. Raises ValueError
    if there is none."""
    if not results:
        raise ValueError("no results to average")
    means = {key: float(np.mean([r.figures[key] for r in results])) for key in ("note_f1", "onset_f1", "pitch_f1")}
    return {"pages": len(results), **means, "seconds": float(np.mean([r.seconds for r in results])),
            "doubts": float(np.mean([r.doubts for r in results]))}


def _make(each: Excerpt, page: BenchPage) -> None:
    """Engrave an excerpt, a tenth shorter at each try until one page holds it."""
    import music21
    from pdf2image import convert_from_path, pdfinfo_from_path

    root = excerpt.load(Path(music21.__file__).parent / "corpus" / each.score)
    count = each.count
    pdf = page.image.with_suffix(".pdf")
    while True:
        excerpt.write(excerpt.excerpt(root, each.first, count), page.truth)
        (musescore if page.engraver == "musescore" else lilypond)(page.truth, pdf)
        if pdfinfo_from_path(str(pdf))["Pages"] == 1:
            break
        if count == 1:
            raise DataError(f"{each.score}: one measure does not fit a page of {page.engraver}")
        count -= max(1, count // 10)
    (image,) = convert_from_path(str(pdf), DPI, grayscale=True)
    _replace(page.image, lambda part: image.save(part, "PNG", dpi=(DPI, DPI)))


def musescore(score: Path, pdf: Path) -> None:
    """Engrave a MusicXML file with MuseScore 3. Raises DataError if it fails or is not installed."""
    _call([_program("mscore3", "musescore3"), "-o", str(pdf), str(score)], QT_QPA_PLATFORM="offscreen")
    if not pdf.exists():
        raise DataError(f"{score}: MuseScore made no page of it")


def lilypond(score: Path, pdf: Path) -> None:
    """Engrave a MusicXML file with LilyPond. Raises DataError if it fails or is not installed."""
    source = pdf.with_suffix(".ly")
    readable = pdf.with_suffix(".ly.musicxml")
    root = excerpt.load(score)
    _number_lyrics(root)
    excerpt.write(root, readable)
    try:
        _call([_program("musicxml2ly", "lilypond"), "--no-page-layout", "-o", str(source), str(readable)])
        _call([_program("lilypond", "lilypond"), "-dno-point-and-click", "--pdf", "-o", str(pdf.with_suffix("")),
               str(source)])
    finally:
        readable.unlink(missing_ok=True)
        source.unlink(missing_ok=True)
    if not pdf.exists():
        raise DataError(f"{score}: LilyPond made no page of it")


def _number_lyrics(root: Any) -> None:
    """musicxml2ly wants every verse to be a number; MusicXML allows any name."""
    for part in root.iterfind("part"):
        numbers: dict[str, int] = {}
        for lyric in part.iter("lyric"):
            lyric.set("number", str(numbers.setdefault(lyric.get("number", "1"), len(numbers) + 1)))


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise DataError(f"{name} is not installed; the benchmark needs it (Debian: apt install {package})")
    return found


def _call(command: list[str], **environment: str) -> None:
    try:
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True,
                              timeout=TIMEOUT_S, errors="replace")
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{Path(command[0]).name} took longer than {TIMEOUT_S} s for {command[-1]}") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise DataError(f"{Path(command[0]).name} failed on {command[-1]}: {last}")


def _replace(path: Path, save: Callable[[Path], None]) -> None:
    """Write through a temporary name, so that an interrupted run leaves no half page to be taken for a whole one."""
    part = path.with_name(path.name + ".part")
    save(part)
    os.replace(part, path)
