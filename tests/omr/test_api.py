"""The library: what `import omr` gives, its examples, and what it says on the log."""

from __future__ import annotations

import doctest
import logging
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import omr
import omr.pipeline
from omr.detect.runtime import shipped
from omr.reading import PageReading, ScanOptions

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "examples" / "minuet.png"
needs_weights = pytest.mark.skipif(not (shipped() / "card.json").exists(), reason="no weights in the package yet")


@pytest.fixture
def beside_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scratch folder as current directory, with the folder `examples` in it."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@needs_weights
def test_examples_of_the_docstrings(beside_examples: Path) -> None:
    result = doctest.testmod(omr, optionflags=doctest.ELLIPSIS)
    assert result.failed == 0
    assert result.attempted >= 10
    assert (beside_examples / "minuet.mxl").read_bytes()[:2] == b"PK"


@needs_weights
def test_the_example_of_the_readme(beside_examples: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text()
    example = re.search(r"## As a library\n.*?```python\n(.*?)```", readme, re.DOTALL)
    assert example is not None
    exec(example[1], {})
    assert (beside_examples / "minuet.musicxml").stat().st_size > 10_000
    assert "32 measures" in capsys.readouterr().out


def test_importing_omr_is_light() -> None:
    code = "import omr, sys; omr.scan, omr.write, omr.InputError, dir(omr); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "omr" in loaded
    assert not loaded & {"numpy", "scipy", "cv2", "music21", "lxml", "onnxruntime", "PIL", "click"}


def test_all_that_is_promised_is_there() -> None:
    assert [name for name in omr.__all__ if not hasattr(omr, name)] == []
    assert set(omr.__all__) <= set(dir(omr))
    assert omr.Score is omr.types.Score and omr.PageReading is PageReading
    errors = {name for name, value in vars(omr.errors).items() if isinstance(value, type)}
    assert errors <= set(omr.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = omr.nothing


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the pipeline is called with, in place of a scan."""
    made: list[tuple[Any, ...]] = []

    def scan(paths: list[Path], detector: Any, options: ScanOptions, on_page: Callable[[PageReading], None],
             workers: None) -> str:
        on_page(PageReading(index=0, source="a.png"))
        made.append((paths, detector, options))
        return "a score"

    monkeypatch.setattr(omr.pipeline, "scan", scan)
    monkeypatch.setattr(omr.detect.runtime, "load_detector", lambda *_: "the shipped one")
    return made


@pytest.mark.parametrize("paths", ["a.png", Path("a.png"), ["a.png"], (Path("a.png"),), iter(["a.png"])])
def test_one_path_or_several(calls: list[tuple[Any, ...]], paths: Any) -> None:
    assert omr.scan(paths, languages=()) == "a score"
    assert calls == [([Path("a.png")], "the shipped one", ScanOptions(None, ()))]


def test_options_are_passed_on(calls: list[tuple[Any, ...]]) -> None:
    seen: list[PageReading] = []
    detector: Any = "mine"
    omr.scan(["a.png", "b.pdf"], pages=[1, 3], languages=[], detector=detector, on_page=seen.append)
    assert calls == [([Path("a.png"), Path("b.pdf")], "mine", ScanOptions(frozenset({1, 3}), ()))]
    assert [reading.source for reading in seen] == ["a.png"]


def test_wrong_arguments(calls: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        omr.scan("a.png", pages=[0, 1])
    monkeypatch.setattr("omr.text.tesseract.installed", lambda: frozenset({"eng"}))
    with pytest.raises(ValueError, match="cannot read deu here, only eng"):
        omr.scan("a.png", languages=["eng", "deu"])
    assert calls == []
    monkeypatch.setattr("omr.text.tesseract.installed", frozenset)  # no Tesseract: the score has a doubt instead
    omr.scan("a.png", languages="deu")
    assert calls[0][2].languages == ("deu",)


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(omr.InputError, match="no-such"):
        omr.scan(tmp_path / "no-such.png", languages=[], detector=omr.load_detector())
    with pytest.raises(omr.WeightsError):
        omr.load_detector(str(tmp_path))


@needs_weights
def test_the_log_says_what_happens(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    caplog.set_level(logging.INFO, "omr")
    score = omr.scan([PAGE, tmp_path / "broken.png"], languages=[])
    assert len(score.doubts) == 1
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in said] == ["INFO", "INFO", "INFO", "WARNING"]
    size, found, seconds, unread = (message for _, message in said)
    assert re.search(r"page 1 \(.*minuet.png\): about \d{4} x \d{4} pixels, staff space \d+\.\d pixels$", size)
    assert re.search(r": \d+ staves, \d+ symbols, \d+ strokes, 0 words, 0 doubts$", found)
    assert re.search(r": \d+\.\d s \(load .*detect .*assemble .*\)$", seconds)
    assert unread.startswith("page 2 (") and "broken.png could not be read" in unread


def test_a_library_leaves_the_log_to_the_program() -> None:
    assert all(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("omr").handlers)
    assert logging.getLogger("omr").level == logging.NOTSET


def test_several_jobs_need_weights_that_other_processes_can_load() -> None:
    with pytest.raises(ValueError, match="load_detector"):
        omr.scan("examples/minuet.png", detector=object(), jobs=2)  # type: ignore[arg-type]
