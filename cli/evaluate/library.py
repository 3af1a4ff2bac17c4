"""`omr evaluate library`: what `omr library` costs in addition to reading pages."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

STEPS = 10
"""Tasks that do nothing are timed in this many steps, to show whether the scheduler gets slower."""


@click.command()
@click.argument("source", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--workers", multiple=True, type=click.IntRange(min=1), default=(1, 2), show_default=True,
              help="Read SOURCE with so many workers; may be given several times.")
@click.option("--tasks", type=click.IntRange(min=STEPS), default=None, metavar="N",
              help="Send N tasks that do nothing through a scheduler with one worker.")
def library(source: Path | None, workers: tuple[int, ...], tasks: int | None) -> None:
    """Time `omr library`: all pages below SOURCE, or tasks that do nothing.

    Of each run: its seconds, those in which workers had nothing to read, and the processor's seconds of the readers and
    of all else: the driver, its scheduler and the workers. Start-up counts. All runs must read the same, byte for byte.
    """
    if source is None and tasks is None:
        raise click.UsageError("name a SOURCE, or --tasks N")
    if tasks is not None:
        _send_nothing(tasks)
    if source is not None:
        with tempfile.TemporaryDirectory() as scratch:
            _compare(source, workers, Path(scratch))


# ---- tasks that do nothing -------------------------------------------------------------------------------------


def _do_nothing(number: int) -> int:
    return number


def _send_nothing(count: int) -> None:
    """Send tasks through a scheduler, and print a line after each step. Driver, scheduler and worker are threads of one
    process, so this measures whether they stay as fast and as small, and not the network."""
    import psutil

    from omr.library.cluster import local_cluster
    from omr.library.feed import feed

    numbers = iter(range(count))
    ended = 0

    def take(most: int) -> Sequence[int]:
        return [number for _, number in zip(range(most), numbers, strict=False)]

    with local_cluster(1, processes=False) as client:
        clock, cpu = time.perf_counter(), time.process_time()

        def done(number: int, answer: Any) -> None:
            nonlocal ended, clock, cpu
            assert answer == number
            ended += 1
            if ended % (count // STEPS) == 0:
                now, used = time.perf_counter(), time.process_time()
                step = count // STEPS
                memory = psutil.Process().memory_info().rss / 1e6
                click.echo(f"{ended:>9} tasks  {1e3 * (now - clock) / step:6.2f} ms a task, "
                           f"{1e3 * (used - cpu) / step:.2f} of the processor's  {memory:6.0f} MB")
                clock, cpu = now, used

        start = time.perf_counter()
        feed(client, _do_nothing, take, done)
        assert ended == count
        click.echo(f"{ended} tasks in {time.perf_counter() - start:.0f} s")


# ---- pages -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Run:
    """The costs of a run.

    pages: how many.
    seconds: from before the cluster starts until its end. idle: seconds, of all workers together, in which their
        readers did not read.
    reading, beside: processor seconds of the readers, and of all other processes.
    """

    pages: int
    seconds: float
    idle: float
    reading: float
    beside: float


def _compare(source: Path, workers: Sequence[int], scratch: Path) -> None:
    first: _Run | None = None
    for count in workers:
        out = scratch / f"{count}"
        run = _read(source, out, count)
        first = first or run
        click.echo(f"{count} workers: {run.pages} pages in {run.seconds:.1f} s, "
                   f"{first.seconds / run.seconds:.2f} times as fast; workers without work "
                   f"{run.idle / run.pages:.3f} s a page")
        click.echo(f"  of the processor {run.reading / run.pages:.2f} s a page for reading, "
                   f"{run.beside / run.pages:.3f} s for all else: {run.beside / run.reading:.1%}")
        if out != scratch / f"{workers[0]}":
            click.echo(f"  equal to {workers[0]}: {_content(out) == _content(scratch / f'{workers[0]}')}")


def _read(source: Path, out: Path, workers: int) -> _Run:
    from cli.library import make_setup
    from omr.library.cluster import local_cluster
    from omr.library.run import read_library

    start, cpu, children = time.perf_counter(), time.process_time(), _of_children()
    with local_cluster(workers) as client:
        table = read_library(client, make_setup(str(source), str(out), ("eng",), None, 300.0))
        of_workers = sum(client.run(time.process_time).values())
    seconds = time.perf_counter() - start
    beside = time.process_time() - cpu + of_workers
    idle = workers * seconds - float(sum(table["seconds"].to_pylist()))
    return _Run(table.num_rows, seconds, idle, _of_children() - children - of_workers, beside)


def _of_children() -> float:
    """Processor seconds of processes below this one that have ended."""
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _content(folder: Path) -> dict[str, Any]:
    """Everything that a run wrote, except for the seconds in its catalogue."""
    from omr.library import catalogue
    from omr.library.store import open_store

    found: dict[str, Any] = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*")
                             if p.is_file() and p.name != catalogue.FILE}
    found[catalogue.FILE] = catalogue.read(open_store(str(folder))).drop_columns("seconds").to_pylist()
    return found
