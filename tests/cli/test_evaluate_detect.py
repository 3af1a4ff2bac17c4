"""`omr evaluate detect`: the shipped detector on a page engraved on the spot, and two files of boxes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import main
from deepscores.engrave import Source, engrave
from deepscores.pages import LabelledPage, write_pages


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "images").mkdir()
    (folder / "labels").mkdir()
    (made,) = engrave(Source(None, 5), 7, pages=1)
    (folder / "images" / "one.png").write_bytes(made.png)
    write_pages([LabelledPage(folder / "images" / "one.png", made.width, made.height, made.space_px,
                              made.labels.symbols, made.labels.strokes)], folder / "labels" / "one.json")
    return folder


def test_a_page_and_its_report(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, tables = tmp_path / "report.html", tmp_path / "tables"
    assert main(["evaluate", "detect", str(data), "--html", str(report), "--csv", str(tables)]) == 0
    printed = capsys.readouterr().out
    heads, believed = [line.split() for line in printed.splitlines() if line.startswith("noteheadBlack ")]
    assert int(heads[1]) > 20 and all(float(v) > 0.9 for v in heads[2::2])
    assert believed[1] == heads[1] and all(float(v) > 0.9 for v in believed[3:])
    strokes = {line.split()[0]: line.split()[1:] for line in printed[printed.index("\nstrokes "):].splitlines()[2:]}
    for kind in ("staffLine", "stem", "barline"):
        assert int(strokes[kind][0]) >= 5 and float(strokes[kind][-1]) > 0.9
    text = report.read_text()
    assert "noteheadBlack" in text and "data:image/png;base64," in text and "http" not in text
    # The tables say the same again without a detector.
    assert main(["evaluate", "detect", str(tables / "truth.csv"), str(tables / "found.csv")]) == 0
    assert capsys.readouterr().out == printed[:printed.index("Pacha, of what a scan believes")]


def test_what_holds_no_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "detect", str(tmp_path)]) == 9
    assert str(tmp_path) in capsys.readouterr().err
