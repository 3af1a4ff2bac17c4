"""`omr bench`: what one page costs, from process start to MusicXML."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from omr.errors import InputError, OmrError

EXAMPLE = Path(__file__).parents[1] / "examples" / "minuet.png"


@click.command()
@click.argument("page", type=click.Path(path_type=Path), required=False)
@click.option("--runs", type=click.IntRange(1), default=3, show_default=True,
              help="Figures are medians of so many runs.")
@click.option("--weights", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
              help="Weights folder. Default: the one that comes with the package.")
def bench(page: Path | None, runs: int, weights: Path | None) -> None:
    """Time every stage of scanning PAGE (default: the bundled example), and its peak memory.

    Each run is a process of its own, so that starting Python, importing and loading the weights count. Of a file with
    many pages the first is measured.
    """
    page = page or EXAMPLE
    if not page.exists():
        raise InputError(f"{page} does not exist")
    reports = [_run(page, weights) for _ in range(runs)]
    stages: dict[str, float] = {
        stage: statistics.median(r["seconds"].get(stage, 0.0) for r in reports) for stage in reports[0]["seconds"]
    }
    total = statistics.median(r["total"] for r in reports)
    for stage, seconds in stages.items():
        click.echo(f"{stage:<12}{seconds:8.3f} s")
    click.echo(f"{'total':<12}{total:8.3f} s   (median of {runs}; {page.name}, process start to process end)")
    peak = max(r["peak_bytes"] for r in reports)
    click.echo(f"{'peak memory':<12}{peak / 1e6:8.0f} MB")
    heavy = ", ".join(reports[0]["heavy"]) or "none"
    click.echo(f"{'frameworks':<12}{heavy:>8}   (of TensorFlow, Keras, JAX, PyTorch)")


def _run(page: Path, weights: Path | None) -> dict:
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        start = time.perf_counter()  # a clock of the whole machine: the other process reads the same
        command = [sys.executable, "-m", "cli.bench", repr(start), str(page), scratch, str(weights or "")]
        done = subprocess.run(command, capture_output=True, text=True)
        total = time.perf_counter() - start
        if done.returncode != 0:
            raise OmrError((done.stderr.strip().splitlines() or ["the measured run failed"])[-1])
        return {**json.loads(report.read_text()), "total": total}


def _measured(start: float, page: Path, scratch: Path, weights: Path | None) -> None:
    """The run itself, stage by stage as `omr scan` does it; writes report.json into `scratch`."""
    import resource

    seconds: dict[str, float] = {}
    clock = start

    def lap(stage: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        seconds[stage] = now - clock
        clock = now

    lap("python")
    from omr.detect.runtime import load_detector
    from omr.pipeline import ScanOptions, compose, read_pages

    lap("import")
    detector = load_detector(weights)
    lap("weights")
    reading = next(read_pages([page], detector, ScanOptions(pages=frozenset({1}))))
    between = time.perf_counter() - clock
    seconds.update(reading.seconds)
    seconds["other"] = between - sum(reading.seconds.values())
    clock = time.perf_counter()
    score = compose([reading.light()], page.name)
    lap("rhythm")
    from omr.export.files import write

    write(score, scratch / "page.musicxml", "musicxml")
    lap("write")
    heavy = [name for name in ("tensorflow", "keras", "jax", "torch") if name in sys.modules]
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    (scratch / "report.json").write_text(json.dumps({"seconds": seconds, "peak_bytes": peak, "heavy": heavy}))


if __name__ == "__main__":
    try:
        _measured(float(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]) if sys.argv[4] else None)
    except OmrError as error:
        sys.exit(str(error))
