"""The public benchmark: excerpts of scores that are never trained on, engraved by programs, against their truth.

Definition. Excerpts of music21's corpus, from folders that are never trained on, are engraved one page each by three
programs: MuseScore 3 (in one of three fonts), LilyPond, and Verovio; README says which of them the weights of the day
have learnt from. The truth of a page is exactly the measures on it. The figures are those of `evaluation/notes.py`,
`evaluation/exact.py`, `evaluation/lyrics.py` and `evaluation/ned.py`, whole pages against whole truths (not `partial`),
averaged over pages.
Pages carry labels, but for those in MuseScore's handwritten font, so that the detector is measured on them as well.

Conventions.
* Pages are made on demand into a folder and kept there: `KIND/images/*.png`, A4 at 300 dpi, grey; the labels there are
  in `KIND/labels/*.json`, so that each kind is a data set; truths in `truth`, readings in `read/KIND`.
  An excerpt is shortened by a tenth until it fits one page, so the engravers' pages may differ in length.
* Kinds are "clean" and whatever `degrade` makes of a page ("scan", "photo"). Generators are seeded with the
  page's name and kind: the same page every time. "perfect" is the clean page with its labels in place of what the
  detector sees: what remains wrong is the notation's doing, and Tesseract's. Pages without labels have no such kind.
  "vector" is the same excerpt as a PDF by the same program, read from what it draws.
* Never trained on are the folders, not the works: some quartets here (Haydn op. 1 no. 1 and op. 74 no. 1, Mozart
  K. 80, 155, 156 and 458) also stand in the OpenScore quartets. Whoever engraves those for training leaves these out.
* A page that scans to nothing, or fails, counts as all wrong. OMR-NED that takes too long is left out of its mean.
* Syllables are judged too hard on two kinds of pages: LilyPond's with several voices, where musicxml2ly puts some under
  other notes than the truth does; and Corelli's, whose truth has its figured bass as lyrics.
* Left out for LilyPond are the pieces that musicxml2ly breaks or shortens (`lilypond=False`): what LilyPond's MIDI
  of a page lacks of its truth was checked, and is at most 1 note in 250 on the pages that stand.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from evaluation import counts, exact, excerpt, lyrics, notes
from evaluation.matching import match
from evaluation.ned import Ned
from omr.errors import DataError, OmrError

FIGURES = ("omr_ned", "pitch_f1", "onset_f1", "note_f1", "exact_share", "lyrics_f1", "parts_right", "measures_right")

DPI = 300
SPACE_PX = 20.8
"""Usual staff space of the pages at `DPI`, in pixels."""

PERFECT = "perfect"
"""The kind whose symbols and strokes are taken from the labels."""

VECTOR = "vector"
"""The kind that is a PDF, with as many pages as the program makes."""

Engraver = Callable[[Path, Path], bool]
"""(MusicXML, PNG to write, with labels beside it) -> whether one page contains all of it. Raises DataError if it fails
or is not installed."""
Degrade = Callable[[Path, Path, np.random.Generator, str], None]
"""(clean image, degraded image to write, generator, kind). Labels beside the image are moved with it."""
Scan = Callable[[Path, Path], int]
"""(page, MusicXML to write) -> number of doubts."""


@dataclass(frozen=True)
class Excerpt:
    """Measures first .. first + count - 1 (from 0) of a score in music21's corpus, or of some of its parts (from 0)."""

    score: str
    group: str
    first: int
    count: int
    parts: tuple[int, ...] = ()
    font: str = "emmentaler"
    lilypond: bool = True

    @property
    def name(self) -> str:
        stem = f"{self.score.rsplit('.', 1)[0].replace('/', '-')}-{self.first + 1}"
        return "-".join((stem, *(f"p{part + 1}" for part in self.parts)))

    @property
    def engravers(self) -> tuple[str, ...]:
        return (f"musescore-{self.font}", *(("lilypond",) if self.lilypond else ()), "verovio")


EXCERPTS: tuple[Excerpt, ...] = (
    Excerpt("joplin/maple_leaf_rag.mxl", "piano", 0, 24, font="musejazz"),
    Excerpt("mozart/k545/movement1_exposition.mxl", "piano", 0, 12),
    Excerpt("schumann_clara/polonaise_op1n1.mxl", "piano", 0, 18, font="gonville"),
    Excerpt("schumann_clara/polonaise_op1n3.mxl", "piano", 0, 18),
    Excerpt("chopin/mazurka06-2.krn", "piano", 0, 26, font="gonville"),
    Excerpt("schoenberg/opus19/movement6.mxl", "piano", 0, 9),
    Excerpt("schubert/Lindenbaum.xml", "song", 0, 8, lilypond=False),
    Excerpt("handel/rinaldo/Lascia_chio_pianga.mxl", "song", 0, 20, font="gonville"),
    Excerpt("liliuokalani/aloha_oe.mxl", "song", 0, 12, (4, 5), font="musejazz"),
    Excerpt("webern/webern_dormi_jesu_op_16_no_2.mxl", "song", 0, 13),
    Excerpt("liliuokalani/aloha_oe.mxl", "choir", 0, 23, (0, 1, 2, 3)),
    Excerpt("beach/prayer_of_a_tired_child.musicxml", "choir", 0, 15, (0, 1, 2, 3), font="gonville"),
    Excerpt("beach/prayer_of_a_tired_child.musicxml", "choir", 0, 6, lilypond=False),
    Excerpt("haydn/opus74no1/movement1.mxl", "quartet", 0, 16),
    Excerpt("haydn/opus1no1/movement1.mxl", "quartet", 0, 20, font="gonville"),
    Excerpt("mozart/k458/movement1.mxl", "quartet", 0, 22),
    Excerpt("mozart/k155/movement1.mxl", "quartet", 0, 16, font="gonville"),
    Excerpt("corelli/opus3no1/1grave.xml", "quartet", 0, 17),
    Excerpt("schumann_clara/opus17/movement3.xml", "quartet", 0, 12, font="gonville", lilypond=False),
    Excerpt("leadSheet/fosterBrownHair.mxl", "lead sheet", 0, 35, font="musejazz"),
    Excerpt("leadSheet/berlinAlexandersRagtime.mxl", "lead sheet", 0, 34, font="musejazz"),
    Excerpt("verdi/laDonnaEMobile.mxl", "solo", 0, 28, font="musejazz"),
    Excerpt("weber/concertino_clarinet.mxl", "solo", 0, 60, (0,)),
    Excerpt("haydn/opus74no1/movement4.mxl", "solo", 0, 60, (0,), font="gonville"),
    Excerpt("mozart/k156/movement2.mxl", "solo", 0, 37, (2,)),
    Excerpt("mozart/k80/movement1.mxl", "solo", 0, 60, (3,), font="gonville"),
)


@dataclass(frozen=True)
class BenchPage:
    """One page in a benchmark folder: its images by kind, and the MusicXML of what is on it."""

    folder: Path
    name: str
    group: str
    engraver: str

    def image(self, kind: str = "clean") -> Path:
        return self.folder / kind / "images" / f"{self.name}.{'pdf' if kind == VECTOR else 'png'}"

    @property
    def truth(self) -> Path:
        return self.folder / "truth" / f"{self.name}.musicxml"

    def reading(self, kind: str) -> Path:
        return self.folder / "read" / kind / f"{self.name}.musicxml"


@dataclass(frozen=True)
class BenchResult:
    """The result of scanning one page. figures: those of `FIGURES` that could be measured."""

    page: BenchPage
    kind: str
    seconds: float
    doubts: int
    figures: dict[str, float]


def pages_of(
    folder: Path, excerpts: Sequence[Excerpt] = EXCERPTS, engraver: str = ""
) -> list[tuple[Excerpt, BenchPage]]:
    """The pages of excerpts, for engravers whose name begins with `engraver`."""
    return [(each, BenchPage(folder, f"{each.name}-{name}", each.group, name))
            for each in excerpts for name in each.engravers if name.startswith(engraver)]


def make(each: Excerpt, page: BenchPage, engravers: Mapping[str, Engraver]) -> None:
    """Engrave a page if it is missing, a tenth shorter with each try until it contains the excerpt. Raises DataError if
    the engraver is not installed."""
    import music21

    image = page.image()
    if image.exists():
        return
    for path in (image, page.truth):
        path.parent.mkdir(parents=True, exist_ok=True)
    root = excerpt.load(Path(music21.__file__).parent / "corpus" / each.score)
    count = each.count
    part = image.with_name(image.stem + ".part.png")  # so that half a page is never taken for a whole one
    while True:
        excerpt.write(excerpt.excerpt(root, each.first, count, each.parts), page.truth)
        if engravers[page.engraver](page.truth, part):
            break
        if count == 1:
            raise DataError(f"{each.score}: one measure does not fit a page of {page.engraver}")
        count -= max(1, count // 10)
    os.replace(part, image)


def degraded(page: BenchPage, kind: str, degrade: Degrade) -> Path:
    """The page's image of a kind, made if it is missing. "clean" is the page as it was engraved."""
    path = page.image("clean" if kind == PERFECT else kind)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.stem}.part{path.suffix}")
        degrade(page.image(), part, np.random.default_rng(zlib.crc32(f"{page.name} {kind}".encode())), kind)
        os.replace(part, path)
    return path


def run(pages: Iterable[BenchPage], kinds: Sequence[str], scan: Scan, degrade: Degrade, measured: Ned | None = None,
        resume: bool = False) -> Iterator[BenchResult]:
    """Scan every page in every kind and judge it. resume: pages that were judged in an earlier run are not scanned
    again."""
    for page in pages:
        for kind in kinds:
            image = degraded(page, kind, degrade)
            kept = page.reading(kind).with_suffix(".json")
            if resume and kept.exists():
                yield BenchResult(page, **json.loads(kept.read_text()))
                continue
            result = _scanned(page, kind, image, scan, measured)
            part = kept.with_suffix(".part")
            part.write_text(json.dumps({k: v for k, v in asdict(result).items() if k != "page"}))
            os.replace(part, kept)
            yield result


def _scanned(page: BenchPage, kind: str, image: Path, scan: Scan, measured: Ned | None) -> BenchResult:
    reading = page.reading(kind)
    reading.parent.mkdir(parents=True, exist_ok=True)
    reading.unlink(missing_ok=True)  # so that a failing scan is not judged by an older file
    start = time.perf_counter()
    doubts = 0
    try:
        doubts = scan(image, reading)
    except OmrError:
        reading.unlink(missing_ok=True)
    seconds = time.perf_counter() - start
    with_rests = notes.read_files(page.truth, reading, rests=True)
    truth, read_ = map(notes.without_rests, with_rests)
    matching = match(truth, read_, partial=False)
    figures = notes.figures(truth, read_, matching) | exact.figures(*with_rests, matching)
    figures |= counts.evaluate(page.truth, reading)
    sung = lyrics.read(reading) if reading.exists() else []
    figures |= lyrics.figures(lyrics.read(page.truth), sung, matching)
    edits = measured.evaluate_files(page.truth, reading) if measured is not None else None
    if edits is not None:
        figures["omr_ned"] = edits["omr_ned"]
    return BenchResult(page, kind, seconds, doubts, {key: figures[key] for key in FIGURES if key in figures})


def average(results: Sequence[BenchResult]) -> dict[str, float]:
    """Means of the figures over pages, each over the pages that have it, and of seconds and doubts; also the number of
    pages. Raises ValueError without pages."""
    if not results:
        raise ValueError("no results to average")
    having = {key: [r.figures[key] for r in results if key in r.figures] for key in FIGURES}
    return {"pages": len(results), **{key: float(np.mean(values)) for key, values in having.items() if values},
            "seconds": float(np.mean([r.seconds for r in results])),
            "doubts": float(np.mean([r.doubts for r in results]))}
