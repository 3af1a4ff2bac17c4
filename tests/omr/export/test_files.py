"""A score's file: every format, written whole or not at all."""

from __future__ import annotations

import zipfile
from fractions import Fraction
from pathlib import Path

import pytest

from omr.errors import OutputError
from omr.export import files, musicxml
from omr.types import Measure, Note, Part, Pitch, Score

WHOLE = Note(onset_quarter=Fraction(0), duration_quarter=Fraction(4), voice=1, staff=1, pitch=Pitch("C", 4),
             type="whole")
SCORE = Score(source="page.png",
              parts=(Part(id="P1", name="", staves=1,
                          measures=(Measure(number=1, duration_quarter=Fraction(4), notes=(WHOLE,), time=(4, 4)),)),))


def test_formats(tmp_path: Path) -> None:
    files.write(SCORE, tmp_path / "a.mxl", "mxl")
    with zipfile.ZipFile(tmp_path / "a.mxl") as archive:
        assert archive.read("score.musicxml") == musicxml.to_bytes(SCORE)
        assert b"score.musicxml" in archive.read("META-INF/container.xml")
    files.write(SCORE, tmp_path / "a.mid", "midi")
    assert (tmp_path / "a.mid").read_bytes().startswith(b"MThd")
    files.write(SCORE, tmp_path / "a.xml")
    assert (tmp_path / "a.xml").read_bytes() == musicxml.to_bytes(SCORE)
    with pytest.raises(ValueError, match="format"):
        files.write(SCORE, tmp_path / "a.x", "pdf")  # type: ignore[arg-type]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mid", "a.mxl", "a.xml"]


def test_equal_scores_give_equal_archives() -> None:
    assert files.to_format(SCORE, "mxl") == files.compressed(musicxml.to_bytes(SCORE))


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="missing"):
        files.write(SCORE, tmp_path / "missing" / "a.musicxml")


def test_failing_to_replace_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.musicxml").mkdir()
    with pytest.raises(OutputError):
        files.write(SCORE, tmp_path / "a.musicxml")
    assert [p.name for p in tmp_path.iterdir()] == ["a.musicxml"]
