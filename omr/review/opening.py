"""Opens files, or a folder of `omr scan --keep`, as a `Review`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from omr import keep
from omr.detect.runtime import load_detector
from omr.errors import InputError
from omr.listing import Listing, list_pages, read_listed
from omr.reading import Answers, Detector, PageReading, ScanOptions
from omr.review.log import read_log
from omr.review.pictures import DrawPicture, Picture, kept_pictures
from omr.review.review import Input, Review

LOG_SUFFIX = ".review.json"


def is_kept(folder: Path) -> bool:
    """Whether a folder was written by `omr scan --keep`."""
    return (folder / "scan.json").is_file()


def open_kept(
    folder: Path, out: Path | None = None, load: Callable[[], Detector] = load_detector
) -> Review:
    """The review of a folder that `omr scan --keep` wrote. load: as of `Review`.

    Raises DataError if it was damaged by hand, InputError if it is empty, NoMusicError if no music was read.
    """
    readings = keep.kept_readings(folder)
    if not readings:
        raise InputError(f"no page was kept in {folder}")
    files = [Path(name).name for name, *_ in json.loads((folder / "scan.json").read_text())["files"]]
    out = out or folder / "score.musicxml"
    digest = hashlib.sha256()
    for reading in readings:
        digest.update((folder / f"page-{reading.index + 1:03d}" / "seen.json").read_bytes())
    input_ = Input(", ".join(files), ", ".join(files), digest.hexdigest(), out, folder / "review.json")
    return Review(input_, readings, kept_pictures(folder, readings), read_log(input_.log), load)


def list_input(paths: Sequence[Path], options: ScanOptions, pictures: Path) -> Listing:
    """The pages of a score that are to be read. Reading them also draws their pictures into the folder `pictures`.
    Raises InputError."""
    pages = list_pages(paths, options).pages
    numbered = tuple((path, number if isinstance(number, int) else 0) for path, number in pages)
    return list_pages(paths, options, look=DrawPicture(pictures, numbered))


def open_read(
    listing: Listing, answers: Answers, out: Path, load: Callable[[], Detector] = load_detector
) -> Review:
    """The review of pages that are read now.

    answers: to the tasks of the listing.
    out: where the score is saved.
    load: as of `Review`.

    Raises the errors of `omr.pipeline.scan`, and DataError for a damaged log.
    """
    readings: list[PageReading] = []
    pictures: dict[int, Picture] = {}
    for reading in read_listed(listing, answers):
        if isinstance(reading.answer, Picture):
            pictures[reading.index] = reading.answer
        readings.append(reading.light())
    names = ", ".join(path.name for path in listing.paths)
    digest = hashlib.sha256()
    for path in listing.paths:
        digest.update(path.read_bytes())
    log = out.with_name(out.stem + LOG_SUFFIX)
    return Review(Input(names, names, digest.hexdigest(), out, log), readings, pictures, read_log(log), load)


def read_one_by_one(listing: Listing, detector: Detector) -> Answers:
    """The answers to a listing's tasks, read by this process."""
    from omr.pipeline import read_tasks

    return read_tasks(listing.tasks, detector)
