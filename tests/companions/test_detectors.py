"""The comparison of detectors, small: a page, a few steps, and figures worked out by hand."""

from __future__ import annotations

import importlib.util
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from cli.evaluate.detectors import tools
from cli.main import omr
from companions import contest, rivals
from models.crops import LabelledRaster, save_raster
from omr.errors import DataError
from omr.types import Box, Symbol
from tests.optional import needs

with_torchvision = needs("torchvision")


@pytest.fixture
def pages(tmp_path: Path) -> list[Path]:
    """Black blocks on white: two names, two sizes."""
    pixels = np.full((128, 128), 255, np.uint8)
    symbols = []
    for i, (row, col) in enumerate((r, c) for r in (20, 60, 100) for c in (20, 60, 100)):
        name, side = ("noteheadBlack", 10) if i % 2 else ("gClef", 24)
        pixels[row - side // 2 : row + side // 2, col - side // 2 : col + side // 2] = 0
        symbols.append(Symbol(i, name, Box(row - side / 2, col - side / 2, row + side / 2, col + side / 2)))
    save_raster(tmp_path / "a.npz", LabelledRaster(pixels, tuple(symbols), ()))
    return [tmp_path / "a.npz"]


def _rows(symbols: list[Symbol]) -> list:
    return [[s.name, [s.box.top, s.box.left, s.box.bottom, s.box.right], s.score] for s in symbols]


def test_what_is_found_counts_by_size(pages: list[Path]) -> None:
    truth = list(tools().load(pages[0])[1])
    whole = contest.judge(tools(), pages, {"pages": {"a": _rows(truth)}, "seconds_a_page": 1.0})
    assert whole["map_50"] == whole["map_50_small"] == whole["map_50_middle"] == pytest.approx(1)
    assert np.isnan(whole["map_50_large"]) and whole["seconds_a_page"] == 1.0
    clefs = contest.judge(tools(), pages, {"pages": {"a": _rows([s for s in truth if s.name == "gClef"])}})
    assert clefs["map_50"] == pytest.approx(0.5)
    assert clefs["map_50_small"] == 0 and clefs["map_50_middle"] == pytest.approx(1)


def _crops_keep_the_symbols_whose_middle_they_hold() -> None:
    crop = LabelledRaster(np.full((64, 64), 255, np.uint8), (
        Symbol(0, "gClef", Box(-10, 4, 20, 16)), Symbol(1, "noteheadBlack", Box(60, 60, 80, 80))), ())
    image, labels = rivals.as_torch(crop)
    assert image.shape == (3, 64, 64) and float(image.max()) == 0
    assert labels["boxes"].tolist() == [[4, 0, 16, 20]] and len(labels["labels"]) == 1


def _rivals_go_on_and_are_read_again(kind: str, page: Path, folder: Path) -> None:
    seeds: list[int] = []

    def crops(seed: int):
        seeds.append(seed)
        return tools().crops([page], 128, seed)

    rivals.train(kind, crops, folder, 2, 1, 1e-3, 0)
    model = rivals.train(kind, crops, folder, 4, 1, 1e-3, 0)
    assert seeds == [0, 2], "it goes on from the second step"
    symbols, places = rivals.find(model, tools().load(page)[0])
    read, parameters = rivals.open_reader(kind, folder)
    assert _rows(read(tools().load(page)[0])[0]) == _rows(symbols)
    assert parameters > 1e6 and places > 100


def _alone(test: Callable[..., None], *arguments: object) -> None:
    """In a process of its own: PyTorch and TensorFlow do not live in one."""
    process = multiprocessing.get_context("spawn").Process(target=test, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == 0


@with_torchvision
def test_crops_keep_the_symbols_whose_middle_they_hold() -> None:
    _alone(_crops_keep_the_symbols_whose_middle_they_hold)


@with_torchvision
@pytest.mark.parametrize("kind", rivals.KINDS)
def test_rivals_go_on_and_are_read_again(kind: str, pages: list[Path], tmp_path: Path) -> None:
    _alone(_rivals_go_on_and_are_read_again, kind, pages[0], tmp_path)


def test_without_torchvision_one_line_says_so(
    pages: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="pip install"):
        contest.hold(tools(), pages, pages, tmp_path, contest.Plan())


def test_what_is_missing_is_said_before_pages_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rivals.importlib.util, "find_spec", lambda name: None)
    command = ["evaluate", "detectors", "--data", str(tmp_path), "--test", str(tmp_path), "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(omr, command)
    assert isinstance(done.exception, DataError) and "pip install" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_a_folder_holds_one_comparison(tmp_path: Path) -> None:
    plan = contest.Plan()
    contest.claim(tmp_path, plan, ["a"])
    contest.claim(tmp_path, plan, ["a"])
    with pytest.raises(DataError, match="other settings"):
        contest.claim(tmp_path, replace(plan, steps=1), ["a"])


def _train(pages: Sequence[Path], folder: Path, plan: contest.Plan) -> None:
    (folder / "trained").write_text(str(plan.steps))


def _open(folder: Path) -> tuple[contest.Read, int]:
    """Finds every block of ink, and takes all of them for clefs, the larger the surer."""
    from scipy import ndimage

    def read(pixels: np.ndarray) -> tuple[list[Symbol], int]:
        slices = ndimage.find_objects(ndimage.label(pixels < 128)[0])
        return [Symbol(i, "gClef", Box(r.start, c.start, r.stop, c.stop), (r.stop - r.start) / 24)
                for i, (r, c) in enumerate(slices)], 99

    return read, int((folder / "trained").read_text())


def test_a_detector_works_in_its_own_process_once(pages: list[Path], tmp_path: Path) -> None:
    plan = contest.Plan(steps=7)
    lent = replace(tools(), train=_train, open=_open)
    results = contest.hold(lent, pages, pages, tmp_path, plan, [contest.OURS])
    (tmp_path / "deep-watershed" / "trained").unlink()  # nothing is done again
    again = contest.hold(lent, pages, pages, tmp_path, plan, [contest.OURS])
    figures = results[contest.OURS]
    assert str(contest.rows(again)) == str(contest.rows(results))  # a nan is not itself
    assert figures["map_50"] == pytest.approx(0.5)  # the clefs, no head
    assert (figures["parameters"], figures["places_a_page"], figures["finds_a_page"]) == (7, 99, 9)
    text = contest.report(lent, results, pages, tmp_path, plan).read_text()
    assert "deep watershed" in text and "data:image/png" in text


def test_a_failing_process_is_named(pages: list[Path], tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="deep watershed: its process ended with 1"):
        contest.hold(replace(tools(), train=_train, open=_load_nothing), pages, pages, tmp_path, contest.Plan(),
                     [contest.OURS])


def _load_nothing(folder: Path) -> tuple[contest.Read, int]:
    raise FileNotFoundError(folder)
