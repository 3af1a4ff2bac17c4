"""`omr library`: a whole tree of scores on a cluster."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.languages import known_languages, language_option
from omr.errors import DataError

if TYPE_CHECKING:
    from omr.library.catalogue import Summary
    from omr.library.run import Progress

LISTED = 20
"""Most pages that could not be read and are listed. All of them are in the catalogue."""


class WithDefault(click.Group):
    """A group with a default: a command line that names none of its commands is meant for the first one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        commands = self.list_commands(ctx)
        if args and args[0] not in (*commands, "-h", "--help"):
            args = [commands[0], *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=WithDefault, subcommand_metavar="SOURCE DEST | status DEST")
def library() -> None:
    """Read a whole tree of PDFs and images, on this machine or a cluster.

    \b
    omr library SOURCE DEST     read what is new or changed below SOURCE
    omr library status DEST     say what has become of it

    `omr library run --help` lists the options. A SOURCE called "run" or "status" is written ./run or ./status.
    """


@library.command()
@click.argument("source")
@click.argument("dest")
@click.option("--scheduler", default=None, metavar="ADDRESS",
              help="A running Dask scheduler, such as tcp://host:8786. Default: workers on this machine.")
@click.option("--jobs", type=click.IntRange(min=1), default=None,
              help="Workers on this machine, each with about 1.3 GB of memory.  [default: as many as cores, as far as "
                   "memory allows]")
@language_option
@click.option("--weights", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
              help="Weights folder, which the workers must see too. Default: the one that comes with the package.")
@click.option("--page-seconds", type=click.FloatRange(min=0, min_open=True), default=300.0, show_default=True,
              help="Time a page may take; a score has so much for each of its pages to be composed.")
@click.option("--retry", is_flag=True, help="Read scores again of which a page could not be read.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress, and list no pages.")
def run(source: str, dest: str, scheduler: str | None, jobs: int | None, languages: tuple[str, ...],
        weights: Path | None, page_seconds: float, retry: bool, quiet: bool) -> None:
    """Read what is new or changed below SOURCE into DEST.

    The images of a folder are the pages of one score, in the order of their numbers, and each PDF is another. Its
    MusicXML is called like the folder or PDF, with .musicxml behind it, and stands below DEST as that stands below
    SOURCE; beside it stand its doubts. DEST/catalogue.parquet says what became of every page.

    SOURCE and DEST are folders, or what fsspec takes, such as s3://bucket/folder. A run that was stopped goes on where
    it was, and a second run reads only what is new or changed. One run at a time writes into a DEST.
    """
    if scheduler is not None and jobs is not None:
        raise click.UsageError("--jobs is for workers on this machine: those of a scheduler are its own")
    from omr.library.catalogue import summarise
    from omr.library.run import read_library

    setup = make_setup(source, dest, languages, weights, page_seconds)
    with _cluster(scheduler, jobs) as client, _Bar(quiet) as bar:
        if not client.nthreads():
            click.echo(f"omr: no worker has come to {scheduler} yet: waiting", err=True)
        table = read_library(client, setup, retry, bar.show)
    progress = bar.progress
    click.echo(f"{dest}: {progress.scores} scores read, {progress.unchanged} unchanged; in all:")
    report(summarise(table, 0 if quiet else LISTED))


@library.command()
@click.argument("dest")
def status(dest: str) -> None:
    """Sum up what has been read into DEST. A run may be on meanwhile."""
    from omr.library import catalogue
    from omr.library.store import absolute, open_store

    try:
        table = catalogue.read(open_store(absolute(dest)))
    except OSError as error:
        raise DataError(f"{dest} cannot be read: {error.strerror or error}") from error
    if not table.num_rows:
        raise DataError(f"no library has been read into {dest}")
    report(catalogue.summarise(table, LISTED))


def make_setup(source: str, dest: str, languages: tuple[str, ...], weights: Path | None, page_seconds: float) -> Any:
    """The `Setup` of a run. Raises WeightsError, and click.UsageError for a language that cannot be read."""
    from omr.detect.runtime import read_card, shipped
    from omr.library.store import absolute
    from omr.library.work import Setup

    folder = None if weights is None else str(weights.absolute())
    sha256 = read_card(weights or shipped())["sha256"]["detector.onnx"]
    return Setup(absolute(source), absolute(dest), known_languages(languages), folder, sha256, page_seconds)


def _cluster(scheduler: str | None, jobs: int | None) -> AbstractContextManager[Any]:
    from omr.library.cluster import local_cluster, running_cluster, usual_workers

    return running_cluster(scheduler) if scheduler is not None else local_cluster(jobs or usual_workers())


class _Bar:
    """A progress bar over pages whose number is not known."""

    def __init__(self, quiet: bool) -> None:
        from tqdm import tqdm

        from omr.library.run import Progress

        self.progress: Progress = Progress()
        self._bar = tqdm(unit=" page", leave=False, disable=True if quiet else None)

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, progress: Progress) -> None:
        self.progress = progress
        self._bar.update(progress.pages - self._bar.n)
        self._bar.set_postfix(scores=progress.scores, unchanged=progress.unchanged, unread=progress.unread,
                              refresh=False)


def report(summary: Summary) -> None:
    """Print a catalogue in figures."""
    pages = sum(summary.pages.values())
    counts = ", ".join(f"{count} {status}" for status, count in sorted(summary.pages.items(), key=lambda x: -x[1]))
    click.echo(f"scores    {summary.scores}, {summary.scores_with_music} with music")
    click.echo(f"pages     {pages}: {counts}")
    click.echo(f"music     {summary.measures} measures, {summary.notes} notes, {summary.doubts} doubts")
    click.echo(f"time      {summary.seconds:.0f} s of reading, {summary.seconds / pages:.2f} s a page")
    click.echo(f"read by   omr {', '.join(summary.versions)}; weights {', '.join(w[:12] for w in summary.weights)}")
    for row in summary.unread:
        page = f" page {row['page']}" if row["page"] else ""
        click.echo(f"  {row['source']}{page}: {row['status']}{': ' if row['message'] else ''}{row['message']}")
    if summary.unread and (more := pages - summary.pages.get("read", 0) - len(summary.unread)):
        click.echo(f"  and {more} more: see catalogue.parquet")
