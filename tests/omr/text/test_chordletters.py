"""Chord symbols of a scan that Tesseract misreads, with the real Tesseract and the shipped detector.

The pictures are lines of chord symbols over engraved songs (OpenScore, CC0; by Verovio and by MuseScore) that were made
to look like a scan and a photograph. Words stand where Tesseract found them, and say what it read in the whole line.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from omr.detect.runtime import load_detector
from omr.text import chordletters
from omr.text.chordletters import read_chords
from omr.text.tesseract import installed
from omr.types import Box, Page, Word

IMAGES = Path(__file__).parent / "images"
SCAN = [("o", 29, 58, 39, 65), ("A7", 18, 149, 34, 178), ("Ebdim", 16, 251, 34, 315), ("E>dim", 16, 790, 34, 854),
        ("Csusä/p", 17, 882, 38, 973), ("Eodim", 17, 981, 34, 1045), ("A?", 12, 1053, 29, 1082)]
PHOTO = [("13", 22, 48, 35, 64), ("FF", 12, 102, 29, 130), ("Atm", 16, 259, 32, 296), ("Fmaj7", 20, 426, 41, 481),
         ("Arm", 18, 717, 33, 754), ("A?m/A", 16, 970, 32, 1030), ("Bdim", 16, 1063, 32, 1111)]


def read(name: str, words: list[tuple[str, int, int, int, int]]) -> list[str]:
    pixels = cv2.imread(str(IMAGES / name), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    page = Page(pixels, 0, 300.0, name, np.eye(2, 3))
    found = [Word(text, Box(*map(float, box)), 0.9) for text, *box in words]
    detect = load_detector(None, 1, is_whole=False).detect
    return [word.text for word in read_chords(found, range(len(found)), pixels, page, ("eng",), detect)]


@pytest.mark.skipif(not installed(), reason="Tesseract is not installed")
@pytest.mark.parametrize(("name", "words", "texts"), [
    # Flats whose stems are lost in the scan, a bass and a 7; the number of a measure is left as it is.
    ("chords-scan.png", SCAN, ["o", "A7", "Ebdim", "Ebdim", "Csusä/D", "Ebdim", "A7"]),
    # "F/F" is one of those that are read again alone.
    ("chords-photo.png", PHOTO, ["13", "F/F", "A#m", "Fmaj7", "A#m", "A#m/A", "Bdim"]),
])
def test_sharps_flats_and_misread_letters(name: str, words: list[tuple[str, int, int, int, int]], texts: list[str]
                                          ) -> None:
    assert read(name, words) == texts


def test_nothing_is_asked_where_there_are_no_chord_symbols() -> None:
    page = Page(np.full((60, 60), 255, np.uint8), 0, 300.0, "", np.eye(2, 3))
    words = [Word("Andante", Box(10, 10, 30, 50), 0.9)]
    assert read_chords(words, (), page.pixels, page, ("eng",), lambda _: pytest.fail("asked")) == tuple(words)


def test_a_speck_one_pixel_wide_behind_a_letter_is_a_sign_of_one_pixel() -> None:
    """The letter is made smaller, and its speck with it: of that nothing was left, which stopped the scan."""
    picture = np.full((52, 60), 255, np.uint8)
    picture[1:51, 10:30] = 0
    picture[20:40, 40] = 0
    sign = chordletters._after_root(picture)
    assert sign is not None and sign.picture.shape[1] == 1


@pytest.mark.parametrize(("score", "text"), [(0.49, "Tempo"), (0.51, "Fma")])
def test_what_is_read_again_unsurely_is_left_as_it_was(
    score: float, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any word can be read with the letters of chord symbols alone."""
    monkeypatch.setattr(chordletters, "read_alone", lambda *_, **__: ("Fma", score))
    assert read("chords-photo.png", [("Tempo", 20, 426, 41, 481)]) == [text]
