"""`omr evaluate detect`: the shipped detector on a page engraved on the spot, and two files of boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from cli.main import main
from deepscores.engrave import Source, engrave
from deepscores.pages import LabelledPage, write_pages
from omr.errors import NoMusicError
from omr.page.raster import load_page, normalise


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
    report, folder = tmp_path / "report.html", tmp_path / "tables"
    assert main(["evaluate", "detect", str(data), "--html", str(report), "--csv", str(folder)]) == 0
    printed = capsys.readouterr().out
    heads, believed = [line.split() for line in printed.splitlines() if line.startswith("noteheadBlack ")]
    assert int(heads[1]) > 20 and all(float(v) > 0.9 for v in heads[2::2])
    assert believed[1] == heads[1] and all(float(v) > 0.9 for v in believed[3:])
    tables = printed[printed.index("\nstrokes that the network sees "):].split("\nstrokes that ")[1:]
    for table in tables:
        strokes = {line.split()[0]: line.split()[1:] for line in table.splitlines()[1:]}
        for kind in ("staffLine", "stem", "barline"):
            assert int(strokes[kind][0]) >= 5 and float(strokes[kind][-1]) > 0.9
    assert [table.split("  ")[0] for table in tables] == ["the network sees", "a scan uses"]
    text = report.read_text()
    assert "noteheadBlack" in text and "data:image/png;base64," in text and "http" not in text
    # The tables say the same again without a detector.
    assert main(["evaluate", "detect", str(folder / "truth.csv"), str(folder / "found.csv")]) == 0
    assert capsys.readouterr().out == printed[:printed.index("Pacha, of what a scan believes")]


def test_a_page_is_found_at_a_guessed_scale_where_its_lines_are_too_faint(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Like a scan in black and white that loses thin lines: its staff space cannot be measured, so a scan guesses
    it."""
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").symlink_to(data / "labels")
    pixels = np.asarray(Image.open(data / "images" / "one.png").convert("L"), float)
    faint = tmp_path / "images" / "one.png"
    Image.fromarray(np.where(gaussian_filter(pixels, 1.5) < 72, 0, 255).astype(np.uint8)).save(faint)
    with pytest.raises(NoMusicError):
        normalise(load_page(faint, 1))
    assert main(["evaluate", "detect", str(tmp_path)]) == 0
    heads = next(line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("noteheadBlack "))
    assert all(float(v) > 0.8 for v in heads[2::2])


def test_what_holds_no_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "detect", str(tmp_path)]) == 9
    assert str(tmp_path) in capsys.readouterr().err
