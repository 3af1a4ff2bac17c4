"""Which pages there are in the files of one score, and their readings in order, whoever reads them.

A page or a file that cannot be loaded is a reading with a doubt, so that it costs only itself.
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
    """The pages of one score before any is read. pages: the file of each and its number there from 1; for a file that
    cannot be opened its error. tasks: for the pages that are to be read. known: the readings of others, by index."""

    paths: Sequence[Path]
    pages: Sequence[tuple[Path, int | OmrError]]
    tasks: Sequence[PageTask]
    known: Mapping[int, PageReading]


def list_pages(
    paths: Sequence[Path], options: ScanOptions, known: Mapping[int, PageReading] | None = None,
    look: Look | None = None,
) -> Listing:
    """The pages of all files. Arguments as in `scan`. Raises InputError if there is no page, or none of those asked
    for."""
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
    """The readings of the pages of a listing, in order. answers: begin with those to its tasks.

    A page or a file that cannot be loaded is a reading with a doubt. If all of them fail, the first error is raised.
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
    """Every page to read, as its file and its number there from 1; for a file that cannot be opened its error."""
    from omr.page.raster import page_numbers

    for path, pages in _chosen(paths, chosen):
        try:
            numbers: Sequence[int] = page_numbers(path, pages)
        except OmrError as error:
            yield path, error
            continue
        yield from ((path, number) for number in numbers)


def _chosen(paths: Sequence[Path], pages: frozenset[int] | None) -> Iterator[tuple[Path, set[int] | None]]:
    """Each file with the numbers of its pages to read, None for all. The pages of several files are numbered through:
    the first page of the second file follows the last of the first."""
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
    """The reading of a page that could not be loaded. index: as in `PageReading`; name: of its file."""
    doubt = Doubt(page=index, box=None, message=f"page of {name} could not be read: {error}", kind="structure")
    return PageReading(index=index, source=name, doubts=(doubt,))
