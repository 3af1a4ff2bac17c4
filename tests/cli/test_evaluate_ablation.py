"""An ablation trains what its recipes say, once, and judges all of them on the same pages."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

import cli.train
import models.training
from cli.evaluate import ablation, evaluate
from models.crops import load_raster
from omr.detect.runtime import shipped


def test_recipes_are_trained_once_and_judged_alike(
    corner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: dict[str, tuple[Any, int]] = {}

    def train(pages: Sequence[Path], checks: Sequence[Path], folder: Path, config: Any) -> None:
        assert not checks
        trained[folder.name] = config, min(int(load_raster(p).pixels.max()) for p in pages)
        (folder / "weights").mkdir(parents=True)
        for file in shipped().iterdir():
            (folder / "weights" / file.name).symlink_to(file)

    monkeypatch.setattr(models.training, "train", train)
    monkeypatch.setattr(cli.train, "finish", lambda *_: None)
    out = tmp_path / "out"
    command = ["ablation", "--data", str(corner), "--test", str(corner), "-o", str(out), "--steps", "7",
               "--only", "clean engravings", "--only", "longer", "--weights", str(shipped())]
    result = CliRunner().invoke(evaluate, command)
    assert result.exit_code == 0, result.output
    (clean, white), (longer, _) = trained["clean-engravings"], trained["longer"]
    assert (clean.steps, clean.balanced, clean.workers, white) == (7, 0.0, 0, 255)
    assert (longer.steps, longer.balanced) == (21, ablation.BALANCED)
    assert {p.name for p in out.glob("cache*")} == {"cache", "cache-degraded-margins"}
    with open(out / "ablation.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    heads = next(row for row in rows if row["class"] == "noteheadBlack")
    assert list(heads)[2:] == ["clean engravings", "longer", "shipped"]
    assert float(heads["clean engravings"]) == float(heads["shipped"]) > 0.9
    assert Image.open(out / "ablation.png").width > 100

    monkeypatch.setattr(models.training, "train", lambda *_: pytest.fail("trained twice"))
    again = CliRunner().invoke(evaluate, command)
    assert again.stdout.splitlines()[-3:] == result.stdout.splitlines()[-3:]
    other = CliRunner().invoke(evaluate, [*command, "--seed", "1"])
    assert other.exit_code and "other settings" in str(other.exception)


def test_recipes_differ_in_one_thing() -> None:
    ladder = [ablation.RECIPES[n] for n in ("scan-like pages", "no margins", "no balance", "longer")]
    full = vars(ladder[0])
    assert [sum(vars(r)[k] != full[k] for k in full) for r in ladder] == [0, 1, 1, 1]
