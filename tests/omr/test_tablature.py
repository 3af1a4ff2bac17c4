"""Tablature of drawn pages, from PDF to MusicXML: every fret on its string, at its time. `make.py` beside the files
says how they were made."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from lxml import etree

from omr.detect.pieces import Ruled
from omr.detect.tabs import T, with_frets
from omr.export.midi import to_midi
from omr.export.musicxml import to_bytes
from omr.pipeline import scan
from omr.reading import ScanOptions
from omr.types import DetectorMaps, Score

FILES = Path(__file__).parents[1] / "data" / "tablature"
Played = tuple[int, Fraction, Fraction, str, str, str]
"""(measure, onset, duration, string, fret, pitch)"""


class Never:
    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        raise AssertionError("the network was asked for a page that is drawn")


def read(name: str) -> Score:
    return scan([FILES / name], Never(), ScanOptions())


def frets(root: etree._Element) -> Counter[Played]:
    """All notes of a file that have a fret."""
    found: Counter[Played] = Counter()
    for part in root.iterfind("part"):
        divisions = 1
        for number, measure in enumerate(part.iterfind("measure"), 1):
            now = onset = Fraction(0)
            for element in measure:
                divisions = int(element.findtext("divisions") or divisions)
                length = Fraction(int(element.findtext("duration") or 0), divisions)
                if element.tag in ("backup", "forward"):
                    now += -length if element.tag == "backup" else length
                elif element.tag == "note":
                    if element.find("chord") is None:
                        onset, now = now, now + length
                    if element.find(".//string") is not None:
                        pitch = "".join(element.findtext(f"pitch/{tag}") or "" for tag in ("step", "alter", "octave"))
                        found[number, onset, length, element.findtext(".//string") or "",
                              element.findtext(".//fret") or "", pitch] += 1
    return found


@pytest.fixture(scope="module")
def truth() -> Counter[Played]:
    return frets(etree.parse(str(FILES / "guitar.musicxml")).getroot())


@pytest.mark.parametrize("name", ["musescore-staff.pdf", "musescore-alone.pdf"])
def test_every_fret_is_read(name: str, truth: Counter[Played]) -> None:
    score = read(name)
    assert frets(etree.fromstring(to_bytes(score))) == truth
    assert not score.doubts


@pytest.mark.parametrize("name", ["verovio-staff.pdf", "verovio-alone.pdf"])
def test_frets_sound_as_they_should(name: str, truth: Counter[Played]) -> None:
    """Verovio breaks the lines under the numbers; it may choose other strings."""

    def sounding(played: Counter[Played]) -> list[tuple[int, Fraction, Fraction, str]]:
        return sorted((measure, onset, length, pitch) for measure, onset, length, _, _, pitch in played.elements())

    assert sounding(frets(etree.fromstring(to_bytes(read(name))))) == sounding(truth)


def test_a_bass_has_four_strings_and_beams_that_lie_on_them() -> None:
    part, = read("lilypond-alone.pdf").parts
    assert part.lines == (4,)
    assert [p.midi for p in part.tuning] == [28, 33, 38, 43]
    assert [m.duration_quarter for m in part.measures] == [4] * 4
    second = part.measures[1].notes
    assert [n.type for n in second] == ["eighth"] * 4 + ["half"]
    assert [n.pitch.midi for n in second] == [57, 55, 52, 48, 50]


def test_tablature_under_a_staff_is_not_played_twice() -> None:
    score = read("musescore-staff.pdf")
    alone = to_midi(Score(source="", parts=score.parts[:1]))
    assert to_midi(score) == alone


def test_the_file_names_strings_and_their_tuning() -> None:
    root = etree.fromstring(to_bytes(read("musescore-alone.pdf")))
    details = root.find(".//staff-details")
    assert details is not None
    assert details.findtext("staff-lines") == "6"
    assert [(t.findtext("tuning-step"), t.findtext("tuning-octave")) for t in details.iterfind("staff-tuning")] == [
        ("E", "2"), ("A", "2"), ("D", "3"), ("G", "3"), ("B", "3"), ("E", "4")]
    assert root.findtext(".//clef/sign") == "TAB"


def test_five_lines_with_numbers_on_them_are_strings() -> None:
    part, = read("lilypond-banjo.pdf").parts
    played = [[(f"{note.pitch.step}{note.pitch.octave}", note.duration_quarter) for note in measure.notes if note.pitch]
              for measure in part.measures]
    assert played == [[("G3", 1), ("B3", 1), ("D4", 1), ("G4", 1)],
                      [("A4", Fraction(1, 2)), ("G4", Fraction(1, 2)), ("E4", Fraction(1, 2)), ("D4", Fraction(1, 2)),
                       ("C4", 2)]]
    assert len(part.tuning) == 5


@pytest.mark.parametrize(("heads", "is_strings"), [(0, True), (1, True), (12, False)])
def test_numbers_of_tuplets_on_the_lines_of_a_staff_are_no_frets(heads: int, is_strings: bool) -> None:
    """Four threes in the middle of a staff line, as MuseScore sets them over stems, among noteheads and rests
    (Mahler)."""
    ruled = Ruled(tuple(100.0 + 5 * i for i in range(5)), 50, 500, 0.4, ())
    numbers = [SimpleNamespace(text="3", width=5.0, matrix=(1, 0, 0, 10, 100 + 60 * i, 105 + T.digit_height / 2 * 10))
               for i in range(4)]
    music = [SimpleNamespace(text="\ue0a4", width=6.0, matrix=(1, 0, 0, 20, 80 + 30 * i, 110)) for i in range(heads)]
    marked, = with_frets([ruled], SimpleNamespace(glyphs=[*numbers, *music]))  # type: ignore[arg-type]
    assert marked.has_frets == is_strings
