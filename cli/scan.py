"""`omr scan`: pages to MusicXML or MIDI."""

from __future__ import annotations

import os
import re
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.ahead import WithImports, start_tesseract
from cli.languages import known_languages, language_option
from cli.outputs import SUFFIXES, Job, check_writable, is_done, numbered, overlay_of, plan, remove_half_written
from cli.report import NoBar, progress, report, say
from omr.errors import OmrError, OutputError

if TYPE_CHECKING:
    from tqdm import tqdm

    from omr.export.writer import Writer
    from omr.listing import Listing
    from omr.reading import Answers, PageReading, ScanOptions
    from omr.types import Doubt, NotationGraph, Score

MOST_JOBS = 4
"""Most pages that are read at a time, unless more are asked for: each process needs about 1 GB."""


class PageNumbers(click.ParamType):
    """A list of pages such as `1,3-5`, counted from 1."""

    name = "pages"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[int]:
        if isinstance(value, frozenset):
            return value
        numbers: set[int] = set()
        for piece in str(value).split(","):
            match = re.fullmatch(r"\s*(\d+)(?:\s*-\s*(\d+))?\s*", piece)
            first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
            if not 1 <= first <= last <= 100_000:
                self.fail(f"{value!r} is not a list of pages such as 1,3-5 (pages count from 1)", param, ctx)
            numbers.update(range(first, last + 1))
        return frozenset(numbers)


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="INPUT...")
@click.option("-o", "--out", type=click.Path(path_type=Path),
              help="Output file, or folder where there are several inputs. Default: beside each input.")
@click.option("--format", "format_", type=click.Choice(list(SUFFIXES)), default=None,
              help="Default: what the output's suffix says, else musicxml.")
@click.option("--pages", type=PageNumbers(), default=None, help="Pages to read of each score, such as 1,3-5.")
@click.option("--movements", type=click.Choice(["together", "split"]), default="together", show_default=True,
              help="All movements in one file, or in a file each, numbered: score-1, score-2 ...")
@language_option
@click.option("--source", type=click.Choice(["auto", "drawing", "pixels"]), default="auto", show_default=True,
              help="What is read of a PDF's pages: what they draw, glyph by glyph, or what they look like. auto: the "
                   "drawing, where it accounts for all ink.")
@click.option("--overlay", is_flag=True, help="Write each page with what was read drawn on it, beside the output.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
              help="Write every stage as JSON and PNG into DIR; a scan that was stopped goes on with the pages in it.")
@click.option("--weights", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
              help="Weights folder. Default: the one that comes with the package.")
@click.option("--jobs", "processes", type=click.IntRange(min=1), default=None,
              help="How many pages are read at a time, each by a process with about 1 GB of memory.  "
                   f"[default: as many as cores, {MOST_JOBS} at most]")
@click.option("--device", type=click.Choice(["auto", "cpu", "gpu"]), default="auto", show_default=True,
              help="What the network computes on. A GPU takes TensorFlow (the extra `train`); auto uses one if there.")
@click.option("--guard", is_flag=True,
              help="Doubt pages that look tampered with, or unlike print: reads each a second time, smoothed.")
@click.option("--force", is_flag=True,
              help="Scan again what is already there: outputs of several inputs, pages in --keep's folder.")
@click.option("--doubts", "all_doubts", is_flag=True,
              help="List every doubt, not only those about whole pages and lost staves.")
@click.option("-q", "--quiet", is_flag=True, help="List no measures and no doubts, and show no progress.")
def scan(
    inputs: tuple[Path, ...], out: Path | None, format_: str | None, pages: frozenset[int] | None, movements: str,
    languages: tuple[str, ...], source: Any, overlay: bool, keep: Path | None, weights: Path | None,
    processes: int | None, device: str, guard: bool, force: bool, all_doubts: bool, quiet: bool,
) -> int:
    """Read pages of printed music into MusicXML or MIDI.

    INPUT is a PDF, TIFF, PNG or JPEG, one score each, or a folder: its images are the pages of one score, in the order
    of their numbers, and each PDF in it is another. With several inputs a run that was stopped goes on where it was.
    """
    from omr.collecting import collect_seldom

    collect_seldom()
    languages = known_languages(languages)
    start_tesseract(inputs, languages)
    from cli.devices import load_detector, workers
    from omr.export.writer import Writer
    from omr.reading import ScanOptions

    collect_seldom()
    jobs, kind = plan(inputs, out, format_)
    for job in jobs:
        check_writable(job.out, movements == "split", overlay)
    remove_half_written({job.out for job in jobs})
    todo = [job for job in jobs if len(jobs) == 1 or force or not is_done(job.out)]
    options = ScanOptions(pages, languages, source)
    wanted = Wanted(kind, options, movements == "split", overlay, guard, force, keep, apart=len(jobs) > 1)
    detector = load_detector(weights, device)
    listings = {job: list_score(job, wanted, getattr(detector, "sha256", "")) for job in todo}
    tasks = [task for listing in listings.values() if not isinstance(listing, OmrError) for task in listing.tasks]
    first_error: OmrError | None = None
    count = sum(len(listing.pages) for listing in listings.values() if not isinstance(listing, OmrError))
    processes = processes or min(os.cpu_count() or 1, MOST_JOBS)
    with (tidied_up(listings, wanted), Writer() as writer, workers(len(tasks), processes, weights, detector) as pool,
          progress(count, quiet) as bar):
        reader = WithImports(detector, options.languages, writer)
        answers = reader.read(tasks, pool)
        for job in jobs:
            if job not in listings:
                say(f"{job.out}: already there (--force scans again)", bar)
                continue
            try:
                done = scan_job(job, listings[job], wanted, reader, answers, bar, writer)
            except OmrError as error:
                if len(jobs) == 1:
                    raise
                say(f"omr: {', '.join(p.name for p in job.paths)}: {error}", bar, err=True)
                first_error = first_error or error
            else:
                report(*done, bar=bar, quiet=quiet, all_doubts=all_doubts)
    return first_error.exit_code if first_error else 0


@dataclass(frozen=True)
class PageLook:
    """What is done with a page besides reading it, in the process that reads it. keep: the folder of --keep."""

    keep: Path | None
    overlay: bool
    guard: bool

    def __call__(self, reading: PageReading, detector: Any) -> PageSeen:
        if self.keep is not None:
            from omr.keep import keep_page

            keep_page(reading, self.keep)
        picture, doubts = None, []
        if self.overlay and reading.graph is not None and reading.page is not None:
            picture = (reading.graph, _packed(reading.page.pixels))
        if self.guard and reading.page is not None:
            doubts = list(suspicion(reading.page.pixels, reading.index, detector))
        return PageSeen(picture, doubts)


@dataclass(frozen=True)
class PageSeen:
    """The result of a `PageLook`: for the overlay, the graph and the page as PNG; and the doubts of the guard."""

    picture: tuple[NotationGraph, bytes] | None
    doubts: Sequence[Doubt]


@dataclass(frozen=True)
class Wanted:
    """What is wanted for every score.

    kind: format of its file.
    split: whether each movement gets a file.
    fresh: whether pages are read again that the folder of --keep has. keep: that folder.
    apart: whether each score has a folder of its own in it.
    """

    kind: str
    options: ScanOptions
    split: bool
    overlay: bool
    guard: bool
    fresh: bool
    keep: Path | None
    apart: bool

    def look(self, job: Job) -> PageLook | None:
        """What is done with the pages of a score besides reading them."""
        if self.keep is None and not self.overlay and not self.guard:
            return None
        kept = self.keep / job.out.stem if self.keep is not None and self.apart else self.keep
        return PageLook(kept, self.overlay, self.guard)


def list_score(job: Job, wanted: Wanted, weights: str) -> Listing | OmrError:
    """The pages of a score, or the reason why it has none. weights: identifies the detector's weights."""
    from omr.listing import list_pages

    look = wanted.look(job)
    known: dict[int, PageReading] = {}
    try:
        if look is not None and look.keep is not None:
            from omr.keep import resume

            known = resume(look.keep, job.paths, wanted.options, weights)
            # Pages that were read before have no picture, and were not checked by the guard.
            if look.overlay or look.guard or wanted.fresh:
                known = {}
        return list_pages(job.paths, wanted.options, known, look)
    except OmrError as error:
        return error


@contextmanager
def tidied_up(jobs: Iterable[Job], wanted: Wanted) -> Iterator[None]:
    """If the block is interrupted, remove half-written files of its workers from the folders of --keep."""
    try:
        yield
    except BaseException:
        if wanted.keep is not None:
            from omr.keep import tidy_up

            for job in jobs:
                look = wanted.look(job)
                if look is not None and look.keep is not None and look.keep.is_dir():
                    with suppress(OutputError):
                        tidy_up(look.keep)
        raise


def scan_job(
    job: Job, listing: Listing | OmrError, wanted: Wanted, detector: WithImports, answers: Answers, bar: tqdm | NoBar,
    writer: Writer,
) -> tuple[list[Path], Score, int, float]:
    """Read one score, and write everything that was asked for. Returns (files, score, pages, seconds). answers: begin
    with those to the listing's pages, which are taken from them, whatever happens."""
    from omr.composing import Composing
    from omr.listing import read_listed
    from omr.logs import log_seconds

    if isinstance(listing, OmrError):
        raise listing
    start = time.perf_counter()
    bar.set_description(job.paths[0].name if len(job.paths) == 1 else job.out.stem)
    own = islice(answers, len(listing.tasks))
    look = wanted.look(job)
    composing = Composing()
    try:
        for reading in read_listed(listing, own):
            bar.update()
            composing.take(_seen(reading, listing, look, detector))
            if detector.is_free and len(composing.readings) < len(listing.pages):
                detector.wait()
                composing.go_on()
    except OmrError:
        deque(own, maxlen=0)
        raise
    seen = [reading.answer for reading in composing.readings if isinstance(reading.answer, PageSeen)]
    read = time.perf_counter()
    detector.wait()
    imported = time.perf_counter()
    score = composing.score(", ".join(p.name for p in job.paths))
    score = replace(score, doubts=(*score.doubts, *(d for page in seen for d in page.doubts)))
    composed = time.perf_counter()
    outs = _write_all(score, job.out, wanted, look, writer)
    _write_overlays([page.picture for page in seen if page.picture is not None], score, job.out)
    log_seconds(f"score {job.out.stem}", {"imports": imported - read, "compose": composed - imported,
                                          "write": time.perf_counter() - composed})
    return outs, score, len(composing.readings), time.perf_counter() - start


def _seen(reading: PageReading, listing: Listing, look: PageLook | None, detector: WithImports) -> PageReading:
    """A reading without its images, after it was logged, and kept if its page could not be read."""
    from omr.logs import log_page

    log_page(reading)
    if look is not None and look.keep is not None and reading.answer is None and reading.index not in listing.known:
        look(reading, detector)
    return reading.light()


def _write_all(score: Score, out: Path, wanted: Wanted, look: PageLook | None, writer: Writer) -> list[Path]:
    """Write a score, or its movements, and what --keep keeps of it. Returns the music files."""
    from omr.export.files import write
    from omr.music.movements import split

    scores = split(score) if wanted.split else [score]
    outs = [out] if len(scores) == 1 else [numbered(out, i + 1) for i in range(len(scores))]
    for each, path in zip(scores, outs, strict=True):
        write(each, path, wanted.kind, writer.to_format)  # type: ignore[arg-type]
    if look is not None and look.keep is not None:
        from omr.keep import keep_score

        keep_score(score, look.keep)
    return outs


def suspicion(pixels: Any, index: int, detector: Any) -> Iterator[Doubt]:
    """A doubt about a normalised page (H, W) whose reading depends on ink that is too faint to be print."""
    from companions.squeeze import LIMIT, shift
    from omr.types import Doubt

    moved = shift(lambda ink: detector.detect((255 * (1 - ink)).round().astype("uint8")).energy, 1 - pixels / 255)
    if moved > LIMIT:
        yield Doubt(page=index, box=None,
                    message="the page may have been tampered with, or is unlike print: smoothed, it reads "
                    f"otherwise (by {moved:.3f}, where print moves by less than {LIMIT:.3f})", kind="confidence")


def _packed(pixels: Any) -> bytes:
    """Pixels as PNG, because pages are large, and the overlay is drawn only when the whole score is known."""
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _write_overlays(pictures: Sequence[tuple[Any, bytes]], score: Score, out: Path) -> None:
    if not pictures:
        return
    import io

    import numpy as np
    from PIL import Image

    from omr.files import replacing
    from omr.overlay import draw_reading

    for graph, png in pictures:
        image = draw_reading(np.asarray(Image.open(io.BytesIO(png))), graph, score)
        try:
            with replacing(overlay_of(out, 0 if len(pictures) == 1 else graph.page + 1)) as temporary:
                image.save(temporary, "PNG")
        except OSError as error:
            raise OutputError(f"cannot write the overlay beside {out}: {error.strerror or error}") from error
