"""Which pages the files of a score have, and the readings of these pages in order.

A page or file that cannot be loaded does not stop the scan: in its place comes a reading with a doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from omr.errors import InputError, OmrError
from omr.reading import Answers, Look, PageReading, PageTask, ScanOptions
from omr.types import Doubt


@dataclass(frozen=True, eq=False)
class Listing:
    """The pages of one score before any of them is read.

    pages: for each page its file and its number there, from 1. A file that cannot be opened has its error instead of
        the number.
    tasks: for the pages that are to be read.
    known: readings that need not be made again, by page index.
    """

    paths: Sequence[Path]
    pages: Sequence[tuple[Path, int | OmrError]]
    tasks: Sequence[PageTask]
    known: Mapping[int, PageReading]


def list_pages(
    paths: Sequence[Path], options: ScanOptions, known: Mapping[int, PageReading] | None = None,
    look: Look | None = None,
) -> Listing:
    """List the pages of all files. The arguments are those of `scan`. Raises InputError if there is no page, or none of
    those that were asked for."""
    known = known or {}
    pages = list(_page_numbers(paths, options.pages))
    if not pages:
        names = ", ".join(p.name for p in paths)
        raise InputError(f"none of the pages asked for is in {names}" if options.pages else f"no page in {names}")
    tasks = [PageTask(path, number, index, options.languages, look, options.source)
             for index, (path, number) in enumerate(pages)
             if index not in known and not isinstance(number, OmrError)]
    return Listing(paths, pages, tasks, known)


def read_listed(listing: Listing, answers: Answers) -> Iterator[PageReading]:
    """The readings of all listed pages, in order. answers: begin with the answers to the listing's tasks.

    A page or file that cannot be loaded yields a reading with a doubt. If all of them fail, the first error is raised.
    """
    failures = []
    for index, (path, number) in enumerate(listing.pages):
        known = listing.known.get(index)
        answer = known if known is not None else number if isinstance(number, OmrError) else next(answers)
        if isinstance(answer, OmrError):
            failures.append(answer)
            answer = unread_page(index, path.name, answer)
        yield answer
    if len(failures) == len(listing.pages):
        raise failures[0]


def _page_numbers(paths: Sequence[Path], chosen: frozenset[int] | None) -> Iterator[tuple[Path, int | OmrError]]:
    """Every page to read: its file and its number there, from 1. A file that cannot be opened yields its error
    instead."""
    from omr.page.raster import page_numbers

    for path, pages in _chosen(paths, chosen):
        try:
            numbers: Sequence[int] = page_numbers(path, pages)
        except OmrError as error:
            yield path, error
            continue
        yield from ((path, number) for number in numbers)


def _chosen(paths: Sequence[Path], pages: frozenset[int] | None) -> Iterator[tuple[Path, set[int] | None]]:
    """Each file with the numbers of its pages to read, or None for all of them.

    The user counts pages through all files: the first page of the second file follows the last page of the first.
    """
    from omr.page.raster import count_pages

    if pages is None or len(paths) == 1:
        yield from ((path, None if pages is None else set(pages)) for path in paths)
        return
    before = 0
    for path in paths:
        count = count_pages(path)
        own = {p - before for p in pages if before < p <= before + count}
        before += count
        if own:
            yield path, own


def unread_page(index: int, name: str, error: OmrError) -> PageReading:
    """The reading of a page that could not be loaded. index: as in `PageReading`. name: of the page's file."""
    doubt = Doubt(page=index, box=None, message=f"page of {name} could not be read: {error}", kind="structure")
    return PageReading(index=index, source=name, doubts=(doubt,))
