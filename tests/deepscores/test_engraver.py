"""The engraver's workers: seeds, crashes, and the command that writes a data set."""

from __future__ import annotations

import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from deepscores.engrave import Engraver, engrave, engrave_many
from deepscores.pages import read_pages
from deepscores.sources import Source


def moody_worker(_: Engraver, connection: Connection) -> None:
    """Dies on every third seed and hangs on every seventh, as engravers do; echoes the seed otherwise."""
    while True:
        _, seed = connection.recv()
        if seed % 3 == 0:
            os.abort()
        if seed % 7 == 0:
            time.sleep(60)
        connection.send([seed])


def test_a_worker_that_dies_or_hangs_costs_only_its_task() -> None:
    got: dict[int, list] = {}
    for task, pages in engrave_many([[]], 1.0, seed=0, workers=2, worker=moody_worker, timeout_s=6.0):
        got[task] = pages
        if len(got) == 10:
            break
    seeds = {}
    for task in got:
        rng = np.random.default_rng([0, task])
        rng.random(), rng.integers(2**31)  # what drawing a synthetic source takes
        seeds[task] = int(rng.integers(2**31))
    assert got == {t: [] if s % 3 == 0 or s % 7 == 0 else [s] for t, s in seeds.items()}
    assert any(got.values())
    assert not all(got.values())


def test_same_seed_same_page_other_seed_other_page() -> None:
    first, again, other = (engrave(Source(None, 5), seed, pages=1)[0] for seed in (7, 7, 8))
    assert first.png == again.png
    assert first.labels == again.labels
    assert first.png != other.png


def test_a_score_that_is_none_is_refused(tmp_path: Path) -> None:
    from omr.errors import DataError

    path = tmp_path / "no.mei"
    path.write_text("nothing")
    with pytest.raises(DataError):
        engrave(Source(path), 0)


def test_the_command_writes_pages_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    from cli.deepscores import deepscores

    scores = tmp_path / "scores"
    scores.mkdir()
    tune = "X:1\nT:Tune\nM:4/4\nL:1/8\nK:D\n" + "|:DEFG ABcd|d2A2 F2D2|GABc d2e2|f4 d4:|\n" * 6
    for n in range(3):
        (scores / f"{n}.abc").write_text(tune)
    out = tmp_path / "set"
    command = ["engrave", "-o", str(out), "--scores", str(scores), "--no-corpus", "--synthetic", "0", "--seed", "3",
               "--workers", "1"]
    result = CliRunner().invoke(deepscores, [*command, "--pages", "1"])
    assert result.exit_code == 0, result.output
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*.png")}
    assert len(before) == 1
    result = CliRunner().invoke(deepscores, [*command, "--pages", "2"])
    assert result.exit_code == 0, result.output
    pages = list(read_pages(out))
    assert len(pages) == 2
    assert all(p.image.exists() and p.symbols and p.strokes for p in pages)
    assert all(p.stat().st_mtime_ns == t for p, t in before.items())
