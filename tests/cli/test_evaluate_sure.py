"""`omr evaluate sure` on the bundled page, and the pages that `omr evaluate surefit` makes to learn from."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.evaluate.surepages import FEWEST_MEASURES, engrave_excerpt
from cli.main import main
from deepscores.sources import Source
from evaluation.notes import read
from omr.errors import DataError
from omr.export.files import write
from omr.types import Measure, Note, Part, Pitch, Score

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_bundled_page_is_judged_and_its_reading_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["evaluate", "sure", str(EXAMPLES), "--whole", "--cache", str(tmp_path / "kept"),
                 "-o", str(tmp_path / "sure.png")]
    assert main(arguments) == 0
    line, drawn = capsys.readouterr().out.splitlines()
    match = re.fullmatch(
        r"examples: 32 measures, ([\d.]+)% wrong(, \d+ missing)?; calibration error 0\.\d{3}; wrong ones found "
        r"(\d+% in \d+%(, )?){4}; (\d+)% sure, of these [\d.]+% right", line)
    assert match and float(match[1]) < 20 and int(match[5]) > 50
    assert drawn == f"{tmp_path / 'sure.png'}: the diagram"
    assert min(Image.open(tmp_path / "sure.png").size) > 300
    (kept,) = (tmp_path / "kept").rglob("*.pickle")
    before = kept.stat().st_mtime_ns
    assert main(arguments[:-2]) == 0
    assert capsys.readouterr().out.splitlines() == [line] and kept.stat().st_mtime_ns == before


def test_a_folder_without_truths_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.png").touch()
    assert main(["evaluate", "sure", str(tmp_path), "--cache", str(tmp_path)]) == DataError.exit_code
    assert capsys.readouterr().err.startswith(f"omr: {tmp_path}: no PDF or image with a .krn")


def _score(measures: int) -> Score:
    def bar(i: int) -> Measure:
        notes = tuple(Note(onset_quarter=Fraction(k), duration_quarter=Fraction(1), voice=1, staff=1, type="quarter",
                           pitch=Pitch("CDEFGAB"[(i + k) % 7], 4)) for k in range(4))
        return Measure(number=i + 1, duration_quarter=Fraction(4), notes=notes, time=(4, 4) if i == 0 else None)

    return Score(source="x", parts=(Part(id="P1", name="", staves=1, measures=tuple(bar(i) for i in range(measures))),))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_engraved_excerpt_holds_what_its_truth_says(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "score.musicxml"
    write(_score(30), path)
    (page,) = engrave_excerpt(Source(path), seed)
    truth = tmp_path / "truth.musicxml"
    truth.write_text(page.mei)
    measures, whole = read(truth), read(path)
    assert FEWEST_MEASURES <= len(measures) <= 30
    first = whole.index(measures[0])
    # Seven measures on the scale begins anew, so the run may begin a multiple of seven later.
    assert any(whole[k:k + len(measures)] == measures for k in range(first, 30, 7))
    heads = sum(s.kind == "notehead" for s in page.labels.symbols)
    assert heads == sum(m.total() for m in measures)
    assert page.width > 100 and np.frombuffer(page.png[1:4], np.uint8).tobytes() == b"PNG"


def test_a_score_that_is_too_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "score.musicxml"
    write(_score(FEWEST_MEASURES - 1), path)
    with pytest.raises(DataError, match="hardly a measure"):
        engrave_excerpt(Source(path), 1)
