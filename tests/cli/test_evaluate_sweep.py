"""What a sweep does to a page keeps labels on their ink, is measured fairly, and is not done twice."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from music21 import converter
from PIL import Image

from augment.leaf import Leaf
from cli.evaluate import evaluate, sweep
from deepscores.pages import LabelledPage, write_pages
from deepscores.sources import Source
from omr.errors import DataError
from omr.page.raster import flatten
from omr.page.scale import measure
from omr.types import Box

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def leaf() -> Leaf:
    from deepscores.engrave import engrave

    page = engrave(Source(None, 3), 4, 1)[0]
    pixels = np.asarray(Image.open(io.BytesIO(page.png)))
    return Leaf(pixels, page.labels.symbols, page.labels.strokes, page.space_px)


def ink(page: Leaf, paper: float, box: Box, down: int) -> float:
    """How much darker than paper a box is, so many rows below itself."""
    rows = slice(int(box.top) + down, int(box.bottom) + 1 + down)
    return float(paper - page.pixels[rows, int(box.left):int(box.right) + 1].mean())


@pytest.mark.parametrize("axis", [axis for axis in sweep.AXES if axis != "quarter"])
def test_labels_stay_on_their_ink(leaf: Leaf, axis: str) -> None:
    values = sweep.AXES[axis][0]
    for value in (values[0], values[-1]):
        page = sweep.changed(leaf, axis, value)
        heads = [s.box for s in page.symbols if s.name == "noteheadBlack"]
        assert heads
        paper = float(np.median(page.pixels))
        inside = [ink(page, paper, b, 0) for b in heads]
        below = [ink(page, paper, b, int(b.height) + 2) for b in heads if b.bottom + b.height + 3 < page.shape[0]]
        assert np.median(inside) > 2 * np.median(below), value


def test_interline_is_what_it_says(leaf: Leaf) -> None:
    page = sweep.changed(leaf, "interline", 8)
    rows = sorted(s.points[0][0] for s in page.strokes if s.kind == "staffLine")[:5]
    assert np.diff(rows) == pytest.approx(8, abs=0.2)


def test_a_point_is_measured_once_and_no_staff_is_all_missed(leaf: Leaf, tmp_path: Path,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data" / "images").mkdir(parents=True)
    (tmp_path / "data" / "labels").mkdir()
    image = tmp_path / "data" / "images" / "a.png"
    Image.fromarray(np.full_like(leaf.pixels, 255)).save(image)  # labels, and nothing there
    write_pages([LabelledPage(image, leaf.shape[1], leaf.shape[0], leaf.space_px, leaf.symbols, leaf.strokes)],
                tmp_path / "data" / "labels" / "a.json")
    measured: list[str] = []
    real = sweep.measure

    def counted(detector: Any, leaves: list[Leaf]) -> dict[str, float]:
        measured.append("")
        return real(detector, leaves)

    monkeypatch.setattr(sweep, "measure", counted)
    command = ["sweep", str(tmp_path / "data"), "-o", str(tmp_path / "out"), "--only", "keystone"]
    for _ in range(2):
        result = CliRunner().invoke(evaluate, command)
        assert result.exit_code == 0, result.output
        assert result.output.count("AP50 0.000  heads 0.000") == len(sweep.AXES["keystone"][0])
    assert len(measured) == len(sweep.AXES["keystone"][0])
    assert Image.open(tmp_path / "out" / "sweep.png").width > 100


def test_notes_and_scale_by_resolution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "clean"
    for folder in (data / "images", data / "labels", tmp_path / "truth"):
        folder.mkdir(parents=True)
    image = data / "images" / "minuet.png"
    shutil.copy(EXAMPLES / "minuet.png", image)
    pixels = np.asarray(Image.open(image))
    space = measure(flatten(pixels)).space_px
    assert space is not None
    write_pages([LabelledPage(image, pixels.shape[1], pixels.shape[0], space, (), ())], data / "labels" / "minuet.json")
    command = ["sweep", str(data), "-o", str(tmp_path / "out"), "--only", "dpi"]
    assert isinstance(CliRunner().invoke(evaluate, command).exception, DataError)  # there is no truth
    converter.parse(EXAMPLES / "minuet.krn").write("musicxml", tmp_path / "truth" / "minuet.musicxml")
    monkeypatch.setitem(sweep.AXES, "dpi", ((20, 300), "dots per inch"))
    result = CliRunner().invoke(evaluate, command)
    assert result.exit_code == 0, result.output
    few, many = json.loads((tmp_path / "out" / "sweep.json").read_text())["dpi"]
    assert (few["value"], few["note_f1"], few["scale_right"], few["pages"]) == (20, 0, 0, 1)
    assert (many["value"], many["scale_right"], many["pages"]) == (300, 1, 1) and many["note_f1"] > 0.95
    turned = [*command[:-1], "quarter"]
    monkeypatch.setitem(sweep.AXES, "quarter", ((0, 90), "degrees"))
    assert CliRunner().invoke(evaluate, turned).exit_code == 0
    upright, on_its_side = json.loads((tmp_path / "out" / "sweep.json").read_text())["quarter"]
    assert upright["note_f1"] > 0.95 and on_its_side["note_f1"] == pytest.approx(upright["note_f1"], abs=0.01)
    assert "     300  note F1 " in result.output and Image.open(tmp_path / "out" / "sweep.png").width > 100
