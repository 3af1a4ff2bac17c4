"""`omr review` and what becomes of its corrections, from the command line."""

from __future__ import annotations

import importlib.util
import shutil
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from cli import extras
from cli.deepscores.harvest import label_review
from cli.main import main
from cli.review import open_input
from omr.detect.runtime import load_detector
from omr.library import catalogue
from omr.library.store import Store
from omr.review import server
from omr.review.review import Review
from tests.review.conftest import SONATA, center, notes_of


def test_bad_inputs_have_their_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(tmp_path / "missing.pdf")]) == 3
    assert main(["review", str(tmp_path)]) == 3
    shutil.copy(SONATA, tmp_path / "a.png")
    (tmp_path / "a.review.json").write_text("{")
    assert main(["review", str(tmp_path / "a.png"), "--language", "none"]) == 9
    assert "a.review.json" in capsys.readouterr().err


def test_an_entry_of_a_library_is_opened_and_saved_in_its_place(
    review: Review, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "scans").mkdir()
    shutil.copy(SONATA, tmp_path / "scans" / "sonata.png")
    source, dest = Store(str(tmp_path / "scans")), Store(str(tmp_path / "read"))
    weights = getattr(load_detector(), "sha256", "")
    catalogue.write_part([catalogue.Row(
        score="scans", source="sonata.png", page=1, hash=source.sha256("sonata.png"), status="read", seconds=1.0,
        measures=2, notes=3, doubts=0, version="1", weights=weights, options="languages=none", message="", key="k")],
        dest)
    catalogue.fold(dest, source.url)
    music = tmp_path / "read" / "scans.musicxml"
    music.write_text("what the library wrote")
    (tmp_path / "pictures").mkdir()

    opened = open_input(music, None, (), None, tmp_path / "pictures")
    assert [p.measures for p in opened.score.parts] == [p.measures for p in review.score.parts]
    opened.do({"op": "pitch", "page": 0, "at": center(notes_of(opened, 1)[0]), "steps": 1})
    assert opened.save("musicxml") == music and music.read_bytes().startswith(b"<?xml")
    assert (tmp_path / "read" / "scans.review.json").exists()
    assert "weights" not in capsys.readouterr().err

    (tmp_path / "moved.musicxml").write_text("")
    assert main(["review", str(tmp_path / "moved.musicxml")]) == 3
    assert "stands in no library" in capsys.readouterr().err


def test_a_missing_package_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(extras.importlib.util, "find_spec",
                        lambda name: None if name == "uvicorn" else found(name))
    assert main(["review", "x.pdf"]) == 10
    assert "omr[review]" in capsys.readouterr().err


def test_the_address_that_is_said_is_served(review: Review) -> None:
    answers: list[Any] = []

    def ask(address: str) -> None:
        def run() -> None:
            for _ in range(100):
                try:
                    with urllib.request.urlopen(f"{address}api/state") as answer:
                        answers.append(answer.status)
                        break
                except OSError:
                    threading.Event().wait(0.1)
            running[0].should_exit = True

        threading.Thread(target=run).start()

    running: list[Any] = []
    server.serve(review, on_ready=ask, on_server=running.append)
    assert answers == [200]


def test_measures_that_were_mended_become_labels(review: Review, tmp_path: Path) -> None:
    note = notes_of(review, 1)[0]
    review.do({"op": "delete", "page": 0, "at": center(note)})
    review.do({"op": "accept", "measure": 2})
    shutil.copy(SONATA, tmp_path / "sonata.png")
    (tmp_path / "images").mkdir()
    pages, right, count = label_review("sonata", review.input.log, tmp_path / "images", load_detector())
    assert (right, count, len(pages)) == (2, len(review.measures), 1)
    heads = [s for s in pages[0].symbols if s.name.startswith("notehead")]
    shown = [n for i in (1, 2) for n in notes_of(review, i)]
    assert len(heads) == len(shown)
