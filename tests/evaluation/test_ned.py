"""OMR-NED of small scores whose edits can be counted by hand, and what cannot be compared."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from lxml import etree

from evaluation.matching import Matching, match
from evaluation.ned import Ned, compare
from evaluation.notes import read_files
from evaluation.sidebyside import WRONG, Piece, engrave, write_html
from omr.errors import DataError
from omr.export import files
from omr.types import Measure, Note, Part, Pitch, Score

KERN = "!!!COM: Nobody\n**kern\n*clefG2\n*M2/4\n=1\n4c\n4d\n=2\n4e\n4f\n=3\n4g\n4a\n==\n*-\n"


def write(path: Path, steps: str) -> Path:
    """Measures of two quarter notes each, treble clef, 2/4."""
    notes = [Note(onset_quarter=Fraction(i % 2), duration_quarter=Fraction(1), voice=1, staff=1, pitch=Pitch(step, 4),
                  type="quarter") for i, step in enumerate(steps)]
    measures = tuple(Measure(number=i // 2 + 1, duration_quarter=Fraction(2), notes=tuple(notes[i : i + 2]),
                             time=None if i else (2, 4))
                     for i in range(0, len(notes), 2))
    files.write(Score(source="x", parts=(Part(id="P1", name="", staves=1, measures=measures),)), path)
    return path


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    return write(tmp_path / "truth.musicxml", "CDEFGA")


def test_the_same_score_is_0_apart_and_one_wrong_note_is_two_symbols(truth: Path, tmp_path: Path) -> None:
    same = compare(truth, write(tmp_path / "same.musicxml", "CDEFGA"))
    assert same["omr_ned"] == same["edits"] == 0 and same["errors"] == {}
    other = compare(truth, write(tmp_path / "other.musicxml", "CDEBGA"))
    assert other["errors"] == {"note": other["edits"]}
    # A quarter note is a head and a stem: two go, two come. Six notes, clef, time and barlines are 15 symbols.
    assert other["edits"] == 4 and other["symbols_reference"] == 15
    assert other["omr_ned"] == other["edits"] / (other["symbols_reference"] + other["symbols_estimate"])


def test_music21_still_reads_tunes_in_abc_after_a_comparison(truth: Path) -> None:
    from music21 import converter

    assert compare(truth, truth)["edits"] == 0
    assert len(converter.parse("X:1\nT:A tune\nM:4/4\nL:1/8\nK:G\nGABc d2e2|\n", format="abc").flatten().notes) == 6


def test_fingerings_count_where_the_truth_has_some(truth: Path, tmp_path: Path) -> None:
    def fingered(name: str, steps: str, at: int) -> Path:
        path = write(tmp_path / name, steps)
        root = etree.parse(str(path))
        mark = etree.SubElement(etree.SubElement(root.findall(".//note")[at], "notations"), "technical")
        etree.SubElement(mark, "fingering").text = "3"
        root.write(str(path))
        return path

    assert compare(truth, fingered("read.musicxml", "CDEFGA", 2))["edits"] == 0
    assert compare(fingered("true.musicxml", "CDEFGA", 2), truth)["errors"] == {"articulation": 1}
    assert compare(fingered("true.musicxml", "CDEFGA", 2), fingered("read.musicxml", "CDEFGA", 3))["edits"] == 2


def matched(truth: Path, read: Path, partial: bool = False) -> Matching:
    return match(*read_files(truth, read), partial)


def test_humdrum_and_some_of_its_measures(tmp_path: Path) -> None:
    (tmp_path / "truth.krn").write_text(KERN)
    read = write(tmp_path / "read.musicxml", "EFGA")
    matching = matched(tmp_path / "truth.krn", read, partial=True)
    assert matching.true == (1, 2)
    whole, part = compare(tmp_path / "truth.krn", read), compare(tmp_path / "truth.krn", read, matching=matching)
    assert part["symbols_reference"] < whole["symbols_reference"]
    assert "note" not in part["errors"] and part["omr_ned"] < whole["omr_ned"]


def test_a_repeat_written_out_is_the_same_music(tmp_path: Path) -> None:
    once = write(tmp_path / "once.musicxml", "CDEFGABCDE")
    twice = write(tmp_path / "twice.musicxml", "CDEFGABC" * 2 + "DE")
    for truth, read in ((once, twice), (twice, once)):
        matching = matched(truth, read)
        assert compare(truth, read)["omr_ned"] > 0.2
        assert compare(truth, read, matching=matching)["omr_ned"] == 0


def test_what_is_missing_or_unreadable_is_all_wrong(truth: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.musicxml"
    broken.write_text("<score-partwise><part>")
    for estimate in (None, tmp_path / "nothing.musicxml", broken):
        result = compare(truth, estimate)
        assert result["omr_ned"] == 1 and result["edits"] == result["symbols_reference"] > 6
    with pytest.raises(DataError, match="broken.musicxml"):
        compare(broken, truth)


def test_time_runs_out_and_the_next_is_measured_all_the_same(truth: Path) -> None:
    with Ned(timeout_s=0.05) as ned:
        assert ned.evaluate_files(truth, truth) is None  # its worker takes longer to start
        ned.timeout_s = 120
        result = ned.evaluate_files(truth, truth)
        assert result is not None and result["omr_ned"] == 0


def test_differences_are_red_on_both_sides(truth: Path, tmp_path: Path) -> None:
    same = write(tmp_path / "same.musicxml", "CDEFGA")
    assert WRONG not in write_html([Piece("same", truth, same, {})]).split("</style>", 1)[1]
    other = write(tmp_path / "other.musicxml", "CDEBGA")
    text = write_html([Piece("<other>", truth, other, {"note_f1": 5 / 6})])
    assert text.split("</style>", 1)[1].count(f'class="note" color="{WRONG}"') == 2
    assert "&lt;other&gt;" in text and "0.833" in text and "http://" not in text.replace("http://www.w3.org", "")


def test_a_score_that_music21_cannot_write_is_named_where_it_would_stand() -> None:
    """A voice whose note is longer than its measure, and that the next measure does not have."""
    from music21 import meter, note, stream

    part = stream.Part()
    for names in (("1", "3"), ("1", "2")):
        bar = stream.Measure([meter.TimeSignature("2/4")])
        for name in names:
            bar.insert(0, stream.Voice([note.Note(quarterLength=3 if name == "3" else 2)], id=name))
        part.append(bar)
    assert engrave(stream.Score([part])) == "<p>music21 cannot write it (KeyError(&#x27;3&#x27;)).</p>"
