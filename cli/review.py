"""`omr review`: correct a reading beside the scan, in the browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.languages import known_languages, language_option
from omr.errors import InputError

if TYPE_CHECKING:
    from omr.library.entry import Entry
    from omr.reading import Answers
    from omr.review.review import Review


@click.command()
@click.argument("input_", metavar="INPUT", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), default=None,
              help="MusicXML file that is saved. Default: beside the input.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: any that is free.")
@click.option("--no-browser", is_flag=True, help="Only say the page's address.")
@language_option
@click.option("--scans", default=None, metavar="SOURCE",
              help="Of an entry of `omr library`: where its scans are, if not where they were read from.")
@click.option("--weights", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
              help="Weights folder. Default: the one that comes with the package.")
def review(
    input_: Path, out: Path | None, port: int, no_browser: bool, languages: tuple[str, ...],
    scans: str | None, weights: Path | None,
) -> None:
    """Correct a reading beside the scan, in the browser.

    INPUT is a PDF, TIFF, PNG or JPEG, a folder of images, a folder that `omr scan --keep` wrote, or the MusicXML of a
    score in the destination of `omr library`. Your corrections are kept beside the output (.review.json) after each
    step, and applied again when the same input is opened once more. The page is served to this machine only; Ctrl-C
    ends it.
    """
    import tempfile
    import webbrowser

    from omr.collecting import collect_seldom
    from omr.review.server import serve

    def show(address: str) -> None:
        click.echo(f"{address}  (Ctrl-C ends it)")
        if not no_browser:
            webbrowser.open(address)

    with tempfile.TemporaryDirectory(prefix="omr-review-") as pictures:
        opened = open_input(input_, out, languages, weights, Path(pictures), scans)
        for unplaced in opened.unplaced:
            click.echo(f"omr: correction {unplaced.number} ({unplaced.operation['op']}) finds its place no more: "
                       f"{unplaced.message}", err=True)
        # what was read stays until the end, and looking through it for unused objects would take as long as a
        # correction
        collect_seldom()
        serve(opened, port, show)


def open_input(
    input_: Path, out: Path | None, languages: tuple[str, ...], weights: Path | None, pictures: Path,
    scans: str | None = None,
) -> Review:
    """The review of an input. pictures: an empty folder. scans: where the scans of an entry in a library are. Raises
    OmrError."""
    from cli.devices import load_detector, workers
    from cli.outputs import plan
    from cli.report import progress
    from cli.scan import MOST_JOBS
    from omr.reading import ScanOptions
    from omr.review.opening import is_kept, list_input, open_kept, open_read, read_one_by_one

    if is_kept(input_):
        return open_kept(input_, out, lambda: load_detector(weights, "auto"))
    entry = _entry(input_) if input_.suffix == ".musicxml" else None
    if entry is None:
        jobs, _ = plan((input_,), out, None)
        if len(jobs) != 1:
            raise InputError(f"{input_} holds {len(jobs)} scores: name one of them")
        paths, out = jobs[0].paths, jobs[0].out
    else:
        paths, out = _fetched(entry, scans, pictures), out or input_
        languages = languages or entry.languages or ("none",)
    listing = list_input(paths, ScanOptions(languages=known_languages(languages)), pictures)
    detector = load_detector(weights, "auto")
    if entry is not None and getattr(detector, "sha256", "") != entry.weights:
        click.echo(f"omr: {entry.score} was read with other weights: it may be read otherwise now", err=True)
    with (workers(len(listing.tasks), min(os.cpu_count() or 1, MOST_JOBS), weights, detector) as pool,
          progress(len(listing.pages), quiet=False) as bar):
        answers = read_one_by_one(listing, detector) if pool is None else pool.read(listing.tasks)

        def counted() -> Answers:
            for answer in answers:
                yield answer
                bar.update()

        return open_read(listing, counted(), out, lambda: detector)


def _entry(music: Path) -> Entry:
    """The score of a MusicXML file in a library. Raises InputError if the file is in no library, because music alone
    has no scan."""
    from omr.library.entry import find_entry

    entry = find_entry(music)
    if entry is None:
        raise InputError(f"{music} stands in no library that omr library has read: name its scan")
    return entry


def _fetched(entry: Entry, scans: str | None, folder: Path) -> tuple[Path, ...]:
    """Copy the scans of a score in a library into a new folder inside `folder`. scans: where they are; None for the
    place from which they were read."""
    from omr.library.entry import fetch
    from omr.library.store import absolute

    source = entry.source if scans is None else absolute(scans)
    if not source:
        raise InputError("the catalogue does not say where the library was read from: name it with --scans")
    copies = folder / "scans"
    copies.mkdir()
    return tuple(fetch(entry, source, copies))
