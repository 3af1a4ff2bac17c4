"""Which files `omr scan` makes of its inputs."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from cli.outputs import plan
from omr.errors import InputError
from omr.files import natural


def test_folders_are_scores_in_natural_order(tmp_path: Path) -> None:
    folder = tmp_path / "sonata"
    folder.mkdir()
    for name in ("page10.png", "page2.PNG", "page1.jpg", "notes.txt", "b.pdf", ".hidden.png"):
        (folder / name).touch()
    jobs, kind = plan([folder], None, None)
    assert kind == "musicxml"
    assert [p.name for p in jobs[0].paths] == ["page1.jpg", "page2.PNG", "page10.png"]
    assert jobs[0].out == tmp_path / "sonata.musicxml"
    assert [p.name for p in jobs[1].paths] == ["b.pdf"] and jobs[1].out == folder / "b.musicxml"
    assert sorted(["a10", "a9", "a"], key=natural) == ["a", "a9", "a10"]


def test_outputs_never_collide_and_suffixes_speak(tmp_path: Path) -> None:
    for name in ("a.png", "a.pdf"):
        (tmp_path / name).touch()
    jobs, _ = plan([tmp_path / "a.png", tmp_path / "a.pdf"], tmp_path / "out", "midi")
    assert [j.out.name for j in jobs] == ["a.mid", "a.pdf.mid"]
    jobs, kind = plan([tmp_path / "a.png"], tmp_path / "x.MXL", None)
    assert kind == "mxl" and jobs[0].out == tmp_path / "x.MXL"
    with pytest.raises(click.UsageError):
        plan([tmp_path / "a.png", tmp_path / "a.pdf"], tmp_path / "x.mxl", None)
    with pytest.raises(InputError):
        plan([tmp_path / "missing.png"], None, None)
