"""PDFs from end to end: read from what they draw without the network, or from their pixels where that is wanted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from omr.detect.runtime import load_detector
from omr.doubts import of_letters
from omr.errors import InputError, NoMusicError
from omr.pipeline import scan
from omr.reading import PageReading, ScanOptions
from omr.staves.fewlines import settle_ruled
from omr.staves.tracing import staves_of_rows
from omr.text.tesseract import installed
from omr.types import DetectorMaps, Score
from tests.omr.page import rawpdf

ENGRAVED = Path(__file__).parents[1] / "data" / "engraved"


class Never:
    """A detector that must not be asked."""

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        raise AssertionError("the network was asked for a page that is drawn")


class Asked(Exception):
    """The detector was asked."""


class Asking:
    """A detector that only says that it was asked."""

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        raise Asked


def read(path: Path, **options: object) -> tuple[Score, list[PageReading]]:
    readings: list[PageReading] = []
    score = scan([path], Never(), ScanOptions(**options), readings.append)  # type: ignore[arg-type]
    return score, readings


@pytest.mark.parametrize("program", ["musescore", "lilypond", "verovio"])
def test_a_page_is_read_without_the_network(program: str) -> None:
    score, readings = read(ENGRAVED / f"{program}.pdf")
    assert len(score.parts) == 1
    assert readings[0].maps is None
    assert readings[0].page is not None
    lost = [d for d in score.doubts if "like no sign" in d.message or "belongs to nothing" in d.message]
    # LilyPond sets a key of the lower staff alone within the bar, which is read as accidentals: one sharp is left over.
    assert [d.message for d in lost] == ["seen, but belongs to nothing: a sharp"] * (program == "lilypond")


@pytest.mark.skipif(not installed(), reason="Tesseract is not installed")
def test_words_whose_letters_are_mere_outlines_are_read_as_they_look() -> None:
    readings: list[PageReading] = []
    score = scan([ENGRAVED / "outlined.pdf"], load_detector(), ScanOptions(), readings.append)
    assert (score.title, score.composer) == ("Summer Evening", "Anna Winter")
    notes = [note for measure in score.parts[0].measures for note in measure.notes]
    assert [note.lyrics[0].text for note in notes] == ["morn", "eve", "gold", "song"] * 4
    assert [d.text for d in score.parts[0].measures[0].directions] == ["Andante"]
    assert readings[0].maps is None  # notes are those that are drawn
    assert not [d for d in score.doubts if "like no sign" in d.message]


def test_every_note_of_a_page_is_right() -> None:
    score, _ = read(ENGRAVED / "musescore.pdf")
    notes = [note for measure in score.parts[0].measures for note in measure.notes if note.pitch is not None]
    steps = Counter(f"{note.pitch.step}{note.pitch.octave}" for note in notes if note.pitch is not None)
    assert steps == Counter({"C5": 1, "D5": 1, "E5": 1, "F5": 1, "G5": 4, "A5": 3, "B5": 1, "C4": 1, "D3": 1})


def test_words_are_the_files_own() -> None:
    _, readings = read(ENGRAVED / "verovio.pdf")
    graph = readings[0].graph
    assert graph is not None
    assert "Piano" in [word.text for word in graph.words]
    assert all(word.score == 1 for word in graph.words)
    _, readings = read(ENGRAVED / "verovio.pdf", languages=())
    assert readings[0].graph is not None
    assert readings[0].graph.words == ()


def test_pixels_are_read_where_they_are_asked_for() -> None:
    with pytest.raises(Asked):
        scan([ENGRAVED / "musescore.pdf"], Asking(), ScanOptions(source="pixels"))


def test_a_page_that_its_drawing_does_not_explain_is_read_from_its_pixels(tmp_path: Path) -> None:
    staff = b"".join(b"60 %g m 500 %g l S " % (700 - 5 * i, 700 - 5 * i) for i in range(5))
    path = tmp_path / "page.pdf"
    path.write_bytes(rawpdf.one_page(b"0.4 w " + staff))
    with pytest.raises(Asked):
        scan([path], Asking())
    with pytest.raises(NoMusicError):
        scan([path], Never(), ScanOptions(source="drawing"))


def test_a_drawing_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(rawpdf.one_page(b"10 10 50 50 re f"))
    with pytest.raises(InputError, match="draws no staff"):
        scan([path], Never(), ScanOptions(source="drawing"))


def test_lines_as_long_as_a_staff_are_one_and_shorter_ones_are_not() -> None:
    five = staves_of_rows([((100, 110, 120, 130, 140), 50, 900)])
    staves, left_out = settle_ruled(five, [
        ((200,), 50, 900), ((250, 265, 280), 51, 899), ((300, 315, 330, 345, 360, 375), 50, 900), ((410,), 120, 500),
        ((430, 440), 50, 900)])
    assert [staff.line_count for staff in staves] == [5, 1, 3]
    assert [staff.row(0, 500) for staff in staves] == [120, 200, 265]
    assert [lines.lines for lines in left_out] == [6]
    assert left_out[0].is_tablature


def test_letters_that_no_one_can_name_are_a_doubt() -> None:
    assert [d.kind for d in of_letters(0, 3)] == ["text"]
    assert not list(of_letters(0, 0))
