"""The dashboard of a small real run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import omr
from companions.dashboard import explain
from omr.errors import DataError


def leave_run(folder: Path) -> None:
    config = {"steps": 500, "batch": 4, "size": 384, "learning_rate": 0.001, "seed": 5, "precision": "float32"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "history.csv").write_text("step,seconds,loss,f1\n100,50,2.0,\n200,100,1.0,0.9\n")
    head = "step,layer,stride,units,mean,std,zero,dead,i_xt,i_ty\n"
    rows = [f"{step},block {b},{2 ** b},24,0.1,0.2,0.5,0,{5 - b},{b + step / 1000}" for step in (0, 100, 200)
            for b in (1, 2)]
    (folder / "features.csv").write_text(head + "\n".join(rows) + "\n")
    figures = {"all": {"precision": 1, "recall": 0.9, "f1": 0.95, "count": 40},
               "rest8th": {"precision": 1, "recall": 0.5, "f1": 0.667, "count": 12}}
    (folder / "validation.json").write_text(json.dumps(figures))


def test_a_run_that_is_still_going(tmp_path: Path) -> None:
    leave_run(tmp_path)
    done = CliRunner().invoke(omr, ["explain", "training", str(tmp_path)])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "training.html").read_text()
    assert "Step 200 of 500, 2 minutes to go at 0.50 s a step" in text
    assert text.count("<img") == 3
    assert "<td>rest8th</td><td>12</td>" in text
    assert "<td>block 2</td><td>4</td><td>24</td>" in text


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no training run"):
        explain(tmp_path)


def test_a_short_training_comes_with_the_package(tmp_path: Path) -> None:
    done = CliRunner().invoke(omr, ["explain", "training", "-o", str(tmp_path / "t.html")])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "t.html").read_text()
    assert "is subtracted: 0 means that a block tells nothing" in text and text.count("<img") >= 3


def test_rows_from_before_chance_was_measured_are_told_apart(tmp_path: Path) -> None:
    leave_run(tmp_path)
    assert "written before chance was measured" in "".join(explain(tmp_path))
