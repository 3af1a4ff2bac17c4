"""The README's first command, and the benchmark: the bundled page and the shipped weights, each in its own process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from cli import bench

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "importtime", "-m", "cli.main", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT)


def _pitches(path: Path) -> Counter[tuple[int, int, int]]:
    """(measure, staff from the top, MIDI pitch) of every note."""
    from music21 import converter

    found: Counter[tuple[int, int, int]] = Counter()
    staves = sorted(converter.parse(path).parts, key=lambda p: -_mean_pitch(p))
    for staff, part in enumerate(staves):
        for number, measure in enumerate(part.getElementsByClass("Measure")):
            found.update((number, staff, p.midi) for n in measure.recurse().notes for p in n.pitches)
    return found


def _mean_pitch(part: object) -> float:
    pitches = [p.midi for n in part.recurse().notes for p in n.pitches]  # type: ignore[attr-defined]
    return sum(pitches) / max(len(pitches), 1)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("minuet")
    out, kept = folder / "minuet.musicxml", folder / "kept"
    done = _run("scan", EXAMPLES / "minuet.png", "-o", out, "--overlay", "--keep", kept)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder, done


def test_the_closing_line_counts(scanned: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, done = scanned
    line = done.stdout.splitlines()[0]
    assert line.startswith(f"{folder / 'minuet.musicxml'}: 1 page, 32 measures, ") and line.endswith(" s")
    assert re.fullmatch(r"  \d+ of 32 measures sure(; look at \d+, likeliest first: \d+(, \d+)*)?",
                        done.stdout.splitlines()[1])


def test_the_likeliest_to_be_wrong_stands_first_in_doubts_json(
    scanned: tuple[Path, subprocess.CompletedProcess[str]]
) -> None:
    folder, _ = scanned
    score, doubts = (json.loads((folder / "kept" / f"{name}.json").read_text()) for name in ("score", "doubts"))
    confidence = [m["confidence"] for m in score["parts"][0]["measures"]]
    assert all(0 < c <= 1 for c in confidence)
    order = [confidence[d["measure"] - 1] for d in doubts if d["measure"] is not None]
    assert order == sorted(order)
    # Doubts about no measure come before all others.
    numbered = [d["measure"] is not None for d in doubts]
    assert numbered == sorted(numbered)


def test_the_music_is_read(scanned: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    truth, read = _pitches(EXAMPLES / "minuet.krn"), _pitches(scanned[0] / "minuet.musicxml")
    common = (truth & read).total()
    assert 2 * common / (truth.total() + read.total()) > 0.9


def test_everything_asked_for_is_there(scanned: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = scanned
    assert (folder / "minuet.overlay.png").stat().st_size > 10_000
    assert (folder / "kept" / "page-001" / "graph.json").exists()
    assert not list(folder.glob(".*"))


def test_a_scan_imports_no_training_framework(scanned: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    imported = {line.split("|")[-1].strip().split(".")[0] for line in scanned[1].stderr.splitlines() if "|" in line}
    assert "numpy" in imported
    assert not imported & {"tensorflow", "keras", "jax", "torch", "skimage", "albumentations", "verovio", "matplotlib"}


def test_bench_prints_every_stage_and_memory_beside_another_program(tmp_path: Path) -> None:
    other = f"{sys.executable} -c 'import sys; open(sys.argv[2], \"wb\").write(open(sys.argv[1], \"rb\").read())' "
    arguments = ["bench", "--runs", "1", "--against", other + "{page} {out}", "--json", str(tmp_path / "costs.json")]
    done = subprocess.run([sys.executable, "-m", "cli.main", *arguments], capture_output=True, text=True, timeout=120,
                          cwd=ROOT)
    assert done.returncode == 0, done.stderr
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["minuet.png", "minuet.png,", sys.executable]
    rows = {line[:16].strip(): line[16:].split() for line in lines}
    stages = {"start", "normalise", "detect", "decode", "staves", "assemble", "compose", "write", "end"}
    assert stages <= rows.keys() and all(len(rows[stage]) == 1 for stage in stages)
    assert rows["pages"] == ["1", "1"] and float(rows["peak memory, MB"][0]) > float(rows["peak memory, MB"][1]) > 0
    # What the stages took is all of the time, as far as figures that were rounded say so.
    (cost,) = json.loads((tmp_path / "costs.json").read_text())["minuet.png"]
    assert abs(sum(cost["stages"].values()) - cost["seconds"]) < 0.1 * cost["seconds"]


@pytest.mark.parametrize(("page", "out"), [("examples", "out"), ("examples/minuet.png", "out.musicxml")])
def test_another_program_is_told_a_folder_for_a_folder_and_a_file_for_a_file(page: str, out: str) -> None:
    told = f"{sys.executable} -c 'import os, sys; sys.exit(os.path.basename(sys.argv[1]) != sys.argv[2])' {{out}} {out}"
    cost = bench._time_other(told, ROOT / page, pages=1)
    assert cost.pages == 1 and cost.seconds > 0


def test_bench_says_what_failed() -> None:
    done = subprocess.run([sys.executable, "-m", "cli.main", "bench", "--runs", "1", "--against", "no-such-program"],
                          capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 3 and done.stderr.startswith("omr: cannot run no-such-program: ")
