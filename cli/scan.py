"""`omr scan`: pages to MusicXML or MIDI."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from omr import FORMAT_OF_SUFFIX
from omr.errors import InputError, OmrError, OutputError
from omr.files import images_and_pdfs

if TYPE_CHECKING:
    from omr.pipeline import PageReading, ScanOptions
    from omr.types import Doubt, NotationGraph, Score
    from omr.workers import Workers

SUFFIXES = {"musicxml": ".musicxml", "mxl": ".mxl", "midi": ".mid"}


class PageNumbers(click.ParamType):
    """Pages as `1,3-5`, counted from 1."""

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


LISTED_DOUBTS = 20
"""A poor scan has hundreds, and nobody reads those on a terminal."""


MOST_JOBS = 4
"""Most pages read at a time unless more are asked for: each process needs about 1 GB."""


@dataclass(frozen=True)
class Job:
    """The files that make up one score, and where it goes."""

    paths: tuple[Path, ...]
    out: Path


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="INPUT...")
@click.option("-o", "--out", type=click.Path(path_type=Path),
              help="Output file, or folder where there are several inputs. Default: beside each input.")
@click.option("--format", "format_", type=click.Choice(list(SUFFIXES)), default=None,
              help="Default: what the output's suffix says, else musicxml.")
@click.option("--pages", type=PageNumbers(), default=None, help="Pages to read of each score, such as 1,3-5.")
@click.option("--movements", type=click.Choice(["together", "split"]), default="together", show_default=True,
              help="All movements in one file, or in a file each, numbered: score-1, score-2 ...")
@click.option("--language", "languages", multiple=True, default=("eng",), show_default=True,
              help="Language of the words, by Tesseract's name (deu, fra, ita ...); several may be given, and "
                   "\"none\" leaves words unread.")
@click.option("--overlay", is_flag=True, help="Write each page with what was read drawn on it, beside the output.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
              help="Write every stage as JSON and PNG into DIR; a scan that was stopped goes on with the pages in it.")
@click.option("--weights", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
              help="Weights folder. Default: the one that comes with the package.")
@click.option("--jobs", "processes", type=click.IntRange(min=1), default=None,
              help="How many pages of a score are read at a time, each by a process with about 1 GB of memory.  "
                   f"[default: as many as cores, {MOST_JOBS} at most]")
@click.option("--guard", is_flag=True,
              help="Doubt pages that look tampered with, or unlike print: reads each a second time, smoothed.")
@click.option("--force", is_flag=True,
              help="Scan again what is already there: outputs of several inputs, pages in --keep's folder.")
@click.option("--all-doubts", is_flag=True, help=f"List every doubt, not only the {LISTED_DOUBTS} gravest.")
@click.option("-q", "--quiet", is_flag=True, help="List no doubts and show no progress.")
def scan(
    inputs: tuple[Path, ...], out: Path | None, format_: str | None, pages: frozenset[int] | None, movements: str,
    languages: tuple[str, ...], overlay: bool, keep: Path | None, weights: Path | None, processes: int | None,
    guard: bool, force: bool, all_doubts: bool, quiet: bool,
) -> int:
    """Read pages of printed music into MusicXML or MIDI.

    INPUT is a PDF, TIFF, PNG or JPEG, one score each, or a folder: its images are the pages of one score, in the order
    of their numbers, and each PDF in it is another. With several inputs a run that was stopped goes on where it was.
    """
    from omr.detect.runtime import load_detector
    from omr.pipeline import ScanOptions

    jobs, kind = plan(inputs, out, format_)
    for job in jobs:
        check_writable(job.out)
    options = ScanOptions(pages, known_languages(languages))
    detector = load_detector(weights)
    first_error: OmrError | None = None
    for job in jobs:
        if len(jobs) > 1 and is_done(job.out) and not force:
            click.echo(f"{job.out}: already there (--force scans again)")
            continue
        kept = keep / job.out.stem if keep is not None and len(jobs) > 1 else keep
        try:
            look = PageLook(kept, overlay, guard)
            done = scan_job(job, kind, detector, options, look, workers(job, options.pages, processes, weights, look),
                            quiet, movements == "split", force)
            report(*done, listed=0 if quiet else None if all_doubts else LISTED_DOUBTS)
        except OmrError as error:
            if len(jobs) == 1:
                raise
            click.echo(f"omr: {', '.join(p.name for p in job.paths)}: {error}", err=True)
            first_error = first_error or error
    return first_error.exit_code if first_error else 0


def known_languages(languages: tuple[str, ...]) -> tuple[str, ...]:
    """What to ask of Tesseract. Raises click.UsageError for a language that it cannot read, if it is here at all."""
    from omr import check_languages

    wanted = tuple(name for name in languages if name != "none")
    try:
        check_languages(wanted)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return wanted


@dataclass(frozen=True)
class PageLook:
    """What is done with a page besides reading it, where it is read. keep: the folder of --keep."""

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
    """What a `PageLook` brings back: for the overlay the graph and the page as PNG; doubts of the guard."""

    picture: tuple[NotationGraph, bytes] | None
    doubts: Sequence[Doubt]


def workers(job: Job, pages: frozenset[int] | None, processes: int | None, weights: Path | None,
            look: PageLook) -> AbstractContextManager[Workers | None]:
    """Processes for the pages of a score; None where one page at a time is to be read, or there is only one."""
    count = _page_count(job.paths, pages) or 1
    processes = min(processes or min(os.cpu_count() or 1, MOST_JOBS), count)
    if processes < 2:
        return nullcontext()
    from omr.detect.runtime import load_detector
    from omr.workers import Workers

    threads = max(1, (os.cpu_count() or 1) // processes)
    return Workers(processes, partial(load_detector, weights, threads), look)


def scan_job(
    job: Job, kind: str, detector: Any, options: ScanOptions, look: PageLook,
    side_by_side: AbstractContextManager[Workers | None], quiet: bool, split_movements: bool = False,
    fresh: bool = False,
) -> tuple[list[Path], Score, int, float]:
    """Scan one score and write all that was asked for: (files, score, pages, seconds). side_by_side: as `workers` gives
    it; it is ended here."""
    from tqdm import tqdm

    from omr.export.files import write
    from omr.logs import log, log_page
    from omr.music.movements import split
    from omr.pipeline import scan as scan_pages

    start = time.perf_counter()
    name = job.paths[0].name if len(job.paths) == 1 else job.out.stem
    bar = tqdm(total=_page_count(job.paths, options.pages), desc=name, unit=" page", leave=False,
               disable=True if quiet or log.isEnabledFor(logging.INFO) else None)
    count = 0
    seen: list[PageSeen] = []
    known: dict[int, PageReading] = {}
    if look.keep is not None:
        from omr.keep import resume

        known = resume(look.keep, job.paths, options, getattr(detector, "sha256", ""))
        # Pages read before have no picture, and the guard did not look at them.
        if look.overlay or look.guard or fresh:
            known = {}

    def on_page(reading: PageReading) -> None:
        nonlocal count
        count += 1
        bar.update()
        log_page(reading)
        if isinstance(reading.answer, PageSeen):
            seen.append(reading.answer)
        elif look.keep is not None and reading.index not in known:  # it could not be read
            look(reading, detector)

    with bar, side_by_side as pool:
        score = scan_pages(job.paths, detector, options, on_page, known, look=look, workers=pool)
        score = replace(score, doubts=(*score.doubts, *(d for page in seen for d in page.doubts)))
        scores = split(score) if split_movements else [score]
        outs = [job.out] if len(scores) == 1 else [numbered(job.out, i + 1) for i in range(len(scores))]
        for each, out in zip(scores, outs, strict=True):
            write(each, out, kind)  # type: ignore[arg-type]
        if look.keep is not None:
            from omr.keep import keep_score

            keep_score(score, look.keep)
        _write_overlays([page.picture for page in seen if page.picture is not None], score, job.out)
    return outs, score, count, time.perf_counter() - start


def suspicion(pixels: Any, index: int, detector: Any) -> Iterator[Doubt]:
    """A doubt about a normalised page (H, W) whose reading hangs on what is too faint to be print."""
    from companions.squeeze import LIMIT, shift
    from omr.types import Doubt

    moved = shift(lambda ink: detector.detect((255 * (1 - ink)).round().astype("uint8")).energy, 1 - pixels / 255)
    if moved > LIMIT:
        yield Doubt(page=index, box=None,
                    message="the page may have been tampered with, or is unlike print: smoothed, it reads "
                    f"otherwise (by {moved:.3f}, where print moves by less than {LIMIT:.3f})", kind="confidence")


def numbered(out: Path, number: int) -> Path:
    """The file of one movement of several."""
    return out.with_name(f"{out.stem}-{number}{out.suffix}")


def is_done(out: Path) -> bool:
    """Whether a scan wrote this file, or its movements in a file each."""
    return out.exists() or numbered(out, 1).exists()


def report(outs: Sequence[Path], score: Score, pages: int, seconds: float, listed: int | None) -> None:
    """The closing line, and up to `listed` doubts, or all: about whole pages first, then about measures, then about
    single signs."""
    measures = len(score.parts[0].measures) if score.parts else 0
    notes = sum(len(m.notes) for part in score.parts for m in part.measures)
    counts: tuple[str, ...] = (_plural(pages, "page"), _plural(measures, "measure"), _plural(notes, "note"),
              _plural(len(score.doubts), "doubt"))
    movements = 1 + sum(m.new_movement for m in score.parts[0].measures) if score.parts else 1
    if movements > 1:
        counts = (counts[0], _plural(movements, "movement"), *counts[1:])
    names = f"{outs[0]} to {outs[-1].name}" if len(outs) > 1 else f"{outs[0]}"
    click.echo(f"{names}: {', '.join(counts)}, {seconds:.1f} s")
    doubts = sorted(score.doubts, key=lambda d: (d.kind == "confidence", d.box is not None))
    for doubt in doubts[:listed]:
        click.echo(f"  {describe(doubt)}")
    if listed and len(doubts) > listed:
        click.echo(f"  and {len(doubts) - listed} more: --all-doubts lists them, --keep DIR writes them to doubts.json")


def describe(doubt: Doubt) -> str:
    """A doubt on one line: page, measure, part, where on the page, and why."""
    where = [f"page {doubt.page + 1}"]
    if doubt.measure is not None:
        where.append(f"measure {doubt.measure}")
    if doubt.part is not None:
        where.append(f"part {doubt.part}")
    if doubt.box is not None:
        where.append(f"at {doubt.box.left:.0f},{doubt.box.top:.0f}")
    return f"{', '.join(where)}: {doubt.message}"


def plan(inputs: Sequence[Path], out: Path | None, format_: str | None) -> tuple[list[Job], str]:
    """Which files make which output, and the format. Raises InputError and click.UsageError."""
    groups = [group for path in inputs for group in _groups(path)]
    named = out is not None and out.suffix.lower() in FORMAT_OF_SUFFIX and not out.is_dir()
    if named and len(groups) > 1:
        raise click.UsageError(f"{len(groups)} scores cannot all go into {out}: name a folder with -o")
    assert out is not None or not named
    kind = format_ or (FORMAT_OF_SUFFIX[out.suffix.lower()] if named and out is not None else "musicxml")
    if named and out is not None:
        return [Job(groups[0][1], out)], kind
    jobs: list[Job] = []
    taken: set[Path] = set()
    for origin, paths in groups:
        folder = out if out is not None else origin.parent
        target = folder / f"{_stem(origin)}{SUFFIXES[kind]}"
        if target in taken:  # page.png and page.pdf
            target = folder / f"{origin.name}{SUFFIXES[kind]}"
        number = 2
        while target in taken:
            target = folder / f"{_stem(origin)}-{number}{SUFFIXES[kind]}"
            number += 1
        taken.add(target)
        jobs.append(Job(paths, target))
    return jobs, kind


def _groups(path: Path) -> Iterator[tuple[Path, tuple[Path, ...]]]:
    """(what to name the output after, its files) for each score of an input."""
    if not path.exists():
        raise InputError(f"{path} does not exist")
    if not path.is_dir():
        yield path, (path,)
        return
    images, pdfs = images_and_pdfs(p.name for p in path.iterdir() if p.is_file())
    if not images and not pdfs:
        raise InputError(f"no PDF, TIFF, PNG or JPEG in {path}")
    if images:
        yield path if path.name not in ("", "..") else path.resolve(), tuple(path / name for name in images)
    for pdf in pdfs:
        yield path / pdf, (path / pdf,)


def check_writable(out: Path) -> None:
    """Make the output's folder and try it, before minutes of work are lost. Raises OutputError."""
    import tempfile

    if out.is_dir():
        raise OutputError(f"{out} is a folder")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror or error}") from error


def _stem(path: Path) -> str:
    return path.name if path.is_dir() else path.stem


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _page_count(paths: Sequence[Path], pages: frozenset[int] | None) -> int | None:
    """How many pages there are to read, for the progress bar; None where that cannot be told."""
    from omr.page.raster import count_pages

    try:
        return len(pages) if pages else sum(count_pages(path) for path in paths)
    except OmrError:  # the scan itself will say so
        return None


def _packed(pixels: Any) -> bytes:
    """Pixels as PNG: the overlay is drawn when the whole score is known, and pages are large."""
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _write_overlays(pictures: Sequence[tuple[Any, bytes]], score: Score, out: Path) -> None:
    import io

    import numpy as np
    from PIL import Image

    from omr.files import replacing
    from omr.overlay import draw_reading

    for graph, png in pictures:
        image = draw_reading(np.asarray(Image.open(io.BytesIO(png))), graph, score)
        number = "" if len(pictures) == 1 else f"-{graph.page + 1}"
        try:
            with replacing(out.with_name(f"{out.stem}.overlay{number}.png")) as temporary:
                image.save(temporary, "PNG")
        except OSError as error:
            raise OutputError(f"cannot write the overlay beside {out}: {error.strerror or error}") from error
