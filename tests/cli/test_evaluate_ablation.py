"""An ablation trains what its recipes say, once, and judges all of them on the same pages."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from cli.evaluate import ablation, evaluate
from deepscores.pages import LabelledPage, write_pages
from deepscores.sources import Source
from models.weights import shipped

pytest.importorskip("verovio")
pytest.importorskip("resvg_py")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from deepscores.engrave import engrave

    folder = tmp_path_factory.mktemp("pages")
    (folder / "images").mkdir()
    (folder / "labels").mkdir()
    page = engrave(Source(None, 3), 4, 1)[0]
    image = folder / "images" / "a.png"
    image.write_bytes(page.png)
    height, width = np.asarray(Image.open(io.BytesIO(page.png))).shape[:2]
    write_pages([LabelledPage(image, width, height, page.space_px, page.labels.symbols, page.labels.strokes)],
                folder / "labels" / "a.json")
    return folder


def test_recipes_are_trained_once_and_judged_alike(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    command = ["ablation", "--data", str(data), "--test", str(data), "-o", str(out), "--size", "64", "--batch", "1",
               "--steps", "1", "--only", "clean engravings", "--only", "no balance", "--weights", str(shipped())]
    result = CliRunner().invoke(evaluate, command)
    assert result.exit_code == 0, result.output
    configs = {p.parent.name: json.loads(p.read_text()) for p in out.glob("*/config.json")}
    assert {n: c["balanced"] for n, c in configs.items()} == {"clean-engravings": 0.0, "no-balance": 0.0}
    assert {p.name for p in out.glob("cache*")} == {"cache", "cache-degraded-margins"}
    with open(out / "ablation.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    heads = next(row for row in rows if row["class"] == "noteheadBlack")
    assert list(heads)[2:] == ["clean engravings", "no balance", "shipped"]
    # A network after one step knows nothing; the shipped one reads a clean page.
    assert float(heads["clean engravings"]) < 0.1 and float(heads["shipped"]) > 0.9
    assert Image.open(out / "ablation.png").width > 100

    monkeypatch.setattr(ablation, "train", lambda *_: pytest.fail("trained twice"))
    again = CliRunner().invoke(evaluate, command)
    assert again.output.splitlines()[-4:] == result.output.splitlines()[-4:]
    other = CliRunner().invoke(evaluate, [*command, "--seed", "1"])
    assert other.exit_code and "other settings" in str(other.exception)


def test_recipes_differ_in_one_thing() -> None:
    ladder = [ablation.RECIPES[n] for n in ("scan-like pages", "no margins", "no balance", "longer")]
    full = vars(ladder[0])
    assert [sum(vars(r)[k] != full[k] for k in full) for r in ladder] == [0, 1, 1, 1]
