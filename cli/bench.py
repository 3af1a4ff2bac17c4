"""`omr bench`: the costs of a page, a book or a folder of scores, from the start of the process to its end."""

from __future__ import annotations

import json
import logging
import os
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click

from omr.errors import InputError, OmrError

EXAMPLE = Path(__file__).parents[1] / "examples" / "minuet.png"
LOOK_S = 0.1
"""Seconds between two looks at the memory of the processes. A page takes some seconds, and its peak memory lasts longer
than this."""
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
"""Ticks per second in the processor times that Linux reports."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The costs of a command.

    cpu_s: processor seconds of all its processes.
    peak_mb: most memory of all of them together; shared memory counts once.
    stages: seconds per page in each stage, if the command tells them.
    """

    pages: int
    seconds: float
    cpu_s: float
    peak_mb: float
    stages: Mapping[str, float] = field(default_factory=dict)


@click.command()
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path), metavar="[INPUT]...")
@click.option("--jobs", type=click.IntRange(1), default=None, help="How many pages are read at a time, as of omr scan.")
@click.option("--runs", type=click.IntRange(1), default=3, show_default=True,
              help="Figures are medians of so many runs.")
@click.option("--against", default=None, metavar="COMMAND",
              help="Another program to run on the same inputs, such as 'other {page} -o {out}'; {out} is a file, or a "
                   "folder where {page} is one.")
@click.option("--json", "report", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
              help="Write the figures of every run as JSON, too.")
@click.option("--weights", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
              help="Weights folder. Default: the one that comes with the package.")
def bench(
    inputs: tuple[Path, ...], jobs: int | None, runs: int, against: str | None, report: Path | None,
    weights: Path | None,
) -> None:
    """Time `omr scan` on each INPUT: a page, a book, a folder of scores (default: the bundled page).

    Each run is a process of its own, so that starting Python, importing and loading the weights count. Memory is that
    of all processes together, looked at every 0.1 s (on Linux; elsewhere that of the largest one).
    """
    inputs = inputs or (EXAMPLE,)
    for path in inputs:
        if not path.exists():
            raise InputError(f"{path} does not exist")
    if against is not None and shutil.which(shlex.split(against)[0]) is None:
        raise InputError(f"cannot run {shlex.split(against)[0]}: no such program")
    options = [*(["--jobs", str(jobs)] if jobs else []), *(["--weights", str(weights)] if weights else [])]
    costs: dict[str, list[Cost]] = {}
    for path in inputs:
        name = path.resolve().name
        # The programs take turns, so that whatever else the machine does affects both.
        for _ in range(runs):
            ours = _time_scan(path, options)
            costs.setdefault(name, []).append(ours)
            if against is not None:
                other = costs.setdefault(f"{name}, {shlex.split(against)[0]}", [])
                other.append(_time_other(against, path, ours.pages))
    click.echo(table(costs))
    if report is not None:
        from omr.keep import write_json

        write_json({name: [asdict(cost) for cost in each] for name, each in costs.items()}, report)


def table(costs: Mapping[str, Sequence[Cost]]) -> str:
    """The medians of all runs, a column for each input and program. costs: of the runs, by the column's name."""
    rows: dict[str, list[str]] = {}

    def row(title: str, values: Sequence[float], digits: int) -> None:
        rows[title] = [f"{value:.{digits}f}" for value in values]

    def medians(of: str) -> list[float]:
        return [statistics.median(getattr(cost, of) for cost in runs) for runs in costs.values()]

    pages, seconds, cpu = medians("pages"), medians("seconds"), medians("cpu_s")
    row("pages", pages, 0)
    row("seconds", seconds, 2)
    row("pages a minute", [60 * p / s for p, s in zip(pages, seconds, strict=True)], 1)
    row("cores used", [c / s for c, s in zip(cpu, seconds, strict=True)], 2)
    row("peak memory, MB", [max(cost.peak_mb for cost in runs) for runs in costs.values()], 0)
    row("seconds a page", [s / p for p, s in zip(pages, seconds, strict=True)], 3)
    stages = dict.fromkeys(stage for runs in costs.values() for cost in runs for stage in cost.stages)
    for stage in stages:
        rows[f"  {stage}"] = [
            f"{statistics.median(cost.stages[stage] for cost in runs):.3f}" if stage in runs[0].stages else ""
            for runs in costs.values()]
    first = max(map(len, rows))
    widths = [max(len(name), 9) for name in costs]
    lines = [(" " * first, list(costs)), *rows.items()]
    return "\n".join(f"{title:<{first}}  " + "  ".join(f"{v:>{w}}" for v, w in zip(values, widths, strict=True))
                     for title, values in lines)


def _time_scan(path: Path, options: Sequence[str]) -> Cost:
    """The cost of one `omr scan`, with its stages: those of a page as its workers measured them, `start` for everything
    before the first page, `end` for everything after the last score."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        arguments = ["scan", str(path), "-q", "-o", str(Path(scratch) / "out"), *options]
        # The clock of the whole machine, which is the same for both processes.
        start = time.perf_counter()
        seconds, cpu_s, peak_mb = _watch([sys.executable, "-m", "cli.bench", str(report), *arguments], Path(scratch))
        records = json.loads(report.read_text())
    pages = [r for r in records if "load" in r["seconds"]]
    if not pages:
        raise OmrError(f"no page of {path} was read")
    stages: dict[str, float] = {"start": pages[0]["at"] - start - sum(pages[0]["seconds"].values())}
    for record in records:
        for stage, spent in record["seconds"].items():
            stages[stage] = stages.get(stage, 0.0) + spent
    stages["end"] = start + seconds - records[-1]["at"]
    return Cost(pages=len(pages), seconds=seconds, cpu_s=cpu_s, peak_mb=peak_mb,
                stages={stage: spent / len(pages) for stage, spent in stages.items()})


def _time_other(command: str, path: Path, pages: int) -> Cost:
    """The cost of another program on the same input. command: contains {page} and {out}. {out} is a file, or, for a
    folder of scores, a folder that does not exist yet."""
    with tempfile.TemporaryDirectory() as scratch:
        out = str(Path(scratch) / ("out" if path.is_dir() else "out.musicxml"))
        words = [word.replace("{page}", str(path)).replace("{out}", out) for word in shlex.split(command)]
        seconds, cpu_s, peak_mb = _watch(words, Path(scratch))
    return Cost(pages=pages, seconds=seconds, cpu_s=cpu_s, peak_mb=peak_mb)


def _watch(command: Sequence[str], scratch: Path) -> tuple[float, float, float]:
    """Run a command. Returns its seconds, and the processor seconds and most memory in MB of the command and its
    children. Raises OmrError if it fails."""
    before = _spent()
    cpu_s = peak_mb = 0.0
    said = scratch / "stderr.txt"
    with open(said, "wb") as errors:
        start = time.perf_counter()
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                                       start_new_session=True)
        except OSError as error:
            raise InputError(f"cannot run {command[0]}: {error.strerror}") from error
        try:
            while process.poll() is None:
                cpu_now, mb_now = _look(process.pid)
                cpu_s, peak_mb = max(cpu_s, cpu_now), max(peak_mb, mb_now)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_S)
            seconds = time.perf_counter() - start
        finally:
            process.terminate()
            process.wait()
    if process.returncode != 0:
        lines = said.read_text(errors="replace").strip().splitlines()
        raise OmrError(f"{command[0]} failed: {lines[-1] if lines else f'exit code {process.returncode}'}")
    if not peak_mb:
        unit = 1 if sys.platform == "darwin" else 1024
        peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 1e6
    # The second figure includes processes that ended between two looks, the first one those that other processes waited
    # for.
    return seconds, max(cpu_s, _spent() - before), peak_mb


def _spent() -> float:
    """Processor seconds of all children that have ended and were waited for, including their children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _look(session: int) -> tuple[float, float]:
    """Processor seconds (including children that have ended) and memory in MB of all processes in a session; zeros if
    the system has no /proc."""
    ticks = kilobytes = 0
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):  # the process may end meanwhile
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) != session:
                continue
            ticks += sum(map(int, fields[11:15]))
            # "Pss": memory that several processes share is divided among them.
            shares = (line for line in (place / "smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
            kilobytes += int(next(shares).split()[1])
    return ticks / TICKS, kilobytes * 1024 / 1e6


def _measured(report: Path, arguments: list[str]) -> int:
    """The process that is measured: it runs the command line, and writes when each page and each score was ready, and
    the seconds that it took. Returns the exit code."""
    from cli.main import Leaving, main

    leaving = Leaving()
    leaving.register()
    records: list[dict[str, object]] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if hasattr(record, "seconds"):
                records.append({"at": time.perf_counter(), "seconds": dict(record.seconds)})

    log = logging.getLogger("omr")
    log.addHandler(Collector())
    log.setLevel(logging.INFO)
    leaving.code = main(arguments)
    report.write_text(json.dumps(records))
    return leaving.code


if __name__ == "__main__":
    sys.exit(_measured(Path(sys.argv[1]), sys.argv[2:]))
