"""`omr evaluate damage` on the bundled page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

import cli.evaluate.damage as damage_command
from cli.evaluate.damage import KINDS
from cli.main import main
from evaluation import damage

MINUET = Path(__file__).parents[2] / "examples" / "minuet.png"
TRUTH = """<score-partwise><part id="P1"><measure number="1"><attributes><staves>{}</staves></attributes></measure>
</part></score-partwise>"""


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "clean" / "images"
    folder.mkdir(parents=True)
    with Image.open(MINUET) as page:
        page.crop((0, 0, page.width, page.height // 2)).save(folder / MINUET.name)  # three systems
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "minuet.musicxml").write_text(TRUTH.format(2))
    return folder


def test_staves_of_damaged_pages_are_counted(images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "damage.json"
    command = ["evaluate", "damage", str(images), "--pages", "2", "--only", "margins", "-o", str(out)]
    assert main(command) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split()[:4] == ["pages", "failed", "staves", "found"]
    assert [row.split()[0] for row in rows] == ["undamaged", "margins", "all"]
    found = json.loads(out.read_text())
    assert [page["kinds"] for page in found["pages"]] == [[], ["margins"], ["margins"]]
    assert [page["staves"] for page in found["pages"]] == [6, 6, 6]
    assert found["figures"]["margins"]["found"] == found["figures"]["margins"]["right_size"] == 12


def test_an_interrupted_run_goes_on_where_it_ended(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(out: Path, pages: int, *more: str) -> int:
        return main(["evaluate", "damage", str(images), "--pages", str(pages), "--only", "margins", "--only", "shift",
                     "-o", str(out), *more])

    whole, parts = tmp_path / "whole.json", tmp_path / "parts.json"
    assert run(whole, 2) == 0
    judged, judge = [], damage_command._judged

    def stopped(*args: object) -> object:
        judged.append(args)
        if len(judged) == 2:
            raise KeyboardInterrupt
        return judge(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(damage_command, "_judged", stopped)
    assert run(parts, 2) != 0
    assert len(json.loads(parts.read_text())["pages"]) == 2  # the clean page, and one of the two
    assert run(parts, 2, "--resume") == 0
    assert len(judged) == 3 and parts.read_text() == whole.read_text()
    capsys.readouterr()
    assert run(parts, 2, "--resume", "--seed", "1") == 9
    assert "of seed 0 and margins, shift, which is another run" in capsys.readouterr().err
    parts.write_text("{")
    assert run(parts, 2, "--resume") == 9


def test_pages_read_otherwise_than_their_truth_says_are_not_used(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "truth" / "minuet.musicxml").write_text(TRUTH.format(3))
    assert main(["evaluate", "damage", str(images), "--pages", "1"]) == 9
    assert "minuet.png: left out, systems of 2, 2, 2 staves were read, not 3" in capsys.readouterr().out


def test_the_command_knows_all_kinds() -> None:
    assert KINDS == damage.KINDS
