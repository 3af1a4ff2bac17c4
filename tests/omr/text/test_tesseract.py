"""Tesseract as a library: which languages it knows, and that it answers alike whatever it did before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from omr.text import tesseract

FONT = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSerif.ttf")
needs_tesseract = pytest.mark.skipif(not tesseract.installed(), reason="Tesseract is not installed")


def test_the_usual_languages_are_those_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "installed", lambda: frozenset({"ita", "eng", "rus"}))
    assert tesseract.usual_languages() == ("eng", "ita")
    monkeypatch.setattr(tesseract, "installed", frozenset)
    assert tesseract.usual_languages() == ("eng",)


@needs_tesseract
def test_words_do_not_depend_on_what_was_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = []
    for text in ("Andante con moto", "Liebe Sonne, scheine"):
        image = Image.new("L", (600, 120), 255)
        ImageDraw.Draw(image).text((40, 40), text, font=ImageFont.truetype(FONT, 32), fill=0)
        sheets.append(np.asarray(image))
    first, _, again = (tesseract.table_of(sheets[i], ("eng",)) for i in (0, 1, 0))
    assert first == again and "Andante" in first
    monkeypatch.setattr(tesseract, "SECONDS_A_CALL", 0.001)  # a picture that takes too long is left unread
    assert tesseract.table_of(sheets[0], ("eng",)) == ""
    monkeypatch.undo()
    assert tesseract.table_of(sheets[0], ("eng",)) == first


def test_the_folder_of_languages_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "eng.traineddata").touch()
    (tmp_path / "osd.traineddata").touch()
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    tesseract.data_folder.cache_clear()
    try:
        assert tesseract.installed() == {"eng"}
    finally:
        tesseract.data_folder.cache_clear()


@needs_tesseract
def test_tesseract_is_started_once_for_languages_that_are_here() -> None:
    tesseract._tesseract.cache_clear()
    tesseract.start(["eng", "nowhere"])
    tesseract.start([])
    assert tesseract._tesseract.cache_info().currsize == 0
    tesseract.start(["eng"])
    assert tesseract._tesseract.cache_info().misses == 1
    tesseract.table_of(np.full((100, 100), 255, np.uint8), ["eng"])
    assert tesseract._tesseract.cache_info().misses == 1


def test_it_can_be_started_before_anything_heavy_is_imported() -> None:
    asks = ("import sys\nfrom omr.text import tesseract\ntesseract.start(tesseract.usual_languages())\n"
            "sys.exit(any(name in sys.modules for name in ('numpy', 'cv2')))")
    subprocess.run([sys.executable, "-c", asks], check=True)
