"""`omr evaluate scan`: files and folders, through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import main

KERN = "**kern\n*M2/4\n=1\n4c\n4d\n=2\n4e\n4f\n==\n*-\n"
DRUMS = """<score-partwise version="4.0">
<part-list><score-part id="P1"><part-name>Drums</part-name></score-part></part-list>
<part id="P1"><measure number="1"><attributes><divisions>1</divisions>
<time><beats>4</beats><beat-type>4</beat-type></time><clef><sign>percussion</sign></clef></attributes>{}</measure></part></score-partwise>"""


@pytest.fixture
def truths(tmp_path: Path) -> Path:
    folder = tmp_path / "truth"
    folder.mkdir()
    (folder / "one.krn").write_text(KERN)
    (folder / "two.krn").write_text(KERN)
    return folder


def written(path: Path) -> None:
    """The music of KERN, but its last note is wrong."""
    from fractions import Fraction

    from omr.export.files import write
    from omr.types import Measure, Note, Part, Pitch, Score

    measures = tuple(
        Measure(number=i + 1, duration_quarter=Fraction(2),
                notes=tuple(Note(onset_quarter=Fraction(k), duration_quarter=Fraction(1), voice=1, staff=1,
                                 pitch=Pitch(step, 4), type="quarter")
                                          for k, step in enumerate(steps))) for i, steps in enumerate(("CD", "EG")))
    path.parent.mkdir(exist_ok=True)
    write(Score(source="x", parts=(Part(id="P1", name="", staves=1, measures=measures),)), path)


def test_one_file(truths: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path / "a.musicxml")
    assert main(["evaluate", "scan", str(truths / "one.krn"), str(tmp_path / "a.musicxml"), "--no-ned"]) == 0
    line, errors = capsys.readouterr().out.splitlines()
    assert errors == "notes by error: pitch 1"
    assert line.startswith("one") and "pitch 0.750" in line and "note 0.750" in line and "notes 3 of 4" in line


def test_what_was_read_wrongly_is_listed(truths: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path / "a.musicxml")
    assert main(["evaluate", "scan", str(truths / "one.krn"), str(tmp_path / "a.musicxml"), "--list", "--no-ned"]) == 0
    assert capsys.readouterr().out.splitlines()[1:-1] == ["  measure 2: missed F4@1x1; read G4@1x1"]


def test_folders_count_what_is_missing(truths: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path / "predicted" / "two.musicxml")
    assert main(["evaluate", "scan", str(truths), str(tmp_path / "predicted"), "--no-ned"]) == 0
    one, two, mean, errors = capsys.readouterr().out.splitlines()
    assert errors == "notes by error: in a missed measure 4, pitch 1"
    assert "note 0.000" in one and "note 0.750" in two
    assert mean.startswith("mean of 2") and "note 0.375" in mean


def test_a_truth_that_cannot_be_read_costs_itself_alone(
    truths: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path / "predicted" / "two.musicxml")
    (truths / "broken.musicxml").write_text("<score-partwise><part>")
    assert main(["evaluate", "scan", str(truths), str(tmp_path / "predicted"), "--no-ned"]) == 0
    printed = capsys.readouterr()
    assert "broken: left out" in printed.err and printed.out.splitlines()[2].startswith("mean of 2")
    broken = str(truths / "broken.musicxml")
    assert main(["evaluate", "scan", broken, str(tmp_path / "predicted" / "two.musicxml"), "--no-ned"]) == 9


def test_measures_right_are_those_with_nothing_to_mend(
    truths: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path / "a.musicxml")
    assert main(["evaluate", "scan", str(truths / "one.krn"), str(tmp_path / "a.musicxml"), "--no-ned"]) == 0
    assert "measures right 0.500" in capsys.readouterr().out  # one note of the second of two measures is wrong


def drums(path: Path, *beats: str) -> str:
    """A measure of quarters as MusicXML, its path returned: "C5" stands at that place without pitch, "=C5" has it."""
    path.write_text(DRUMS.format("".join(
        (f"<note><pitch><step>{b[1]}</step><octave>{b[2]}</octave></pitch>" if b[0] == "=" else
         f"<note><unpitched><display-step>{b[0]}</display-step><display-octave>{b[1]}</display-octave></unpitched>")
        + "<duration>1</duration><type>quarter</type></note>" for b in beats)))
    return str(path)


def test_notes_without_pitch_are_compared_by_their_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = drums(tmp_path / "truth.musicxml", "F4", "C5", "F4", "C5")  # nothing on it has a pitch
    same = drums(tmp_path / "same.musicxml", "F4", "C5", "F4", "C5")
    assert main(["evaluate", "scan", truth, same, "--no-ned"]) == 0
    assert "note 1.000  notes 4 of 4" in capsys.readouterr().out
    other = drums(tmp_path / "other.musicxml", "F4", "C5", "F4", "D5")
    report = tmp_path / "report.html"
    assert main(["evaluate", "scan", truth, other, "--no-ned", "--list", "--html", str(report)]) == 0
    line, difference, errors = capsys.readouterr().out.splitlines()[:3]
    assert "note 0.750  notes 3 of 4" in line and "measures right 0.000" in line
    assert difference == "  measure 1: missed C5@3x1; read D5@3x1" and errors == "notes by error: pitch 1"
    assert report.read_text().count("#D0281E") >= 2


def test_a_missed_percussion_clef_costs_no_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = drums(tmp_path / "truth.musicxml", "F4", "C5", "F4", "C5")
    read = drums(tmp_path / "read.musicxml", "=F4", "=C5", "=F4", "=C5")
    assert main(["evaluate", "scan", truth, read, "--no-ned"]) == 0
    assert "note 1.000" in capsys.readouterr().out


def test_a_folder_without_truth_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path)
    for command in (["scan", folder, folder], ["scan", folder], ["bench", "--only", "no such page"]):
        assert main(["evaluate", *command]) == 9
        assert capsys.readouterr().err.startswith("omr: ")
