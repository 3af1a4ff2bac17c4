"""Words: read by Tesseract from a page typeset here, and what is done before and after it."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from omr.text import ocr, tesseract
from omr.text.blocks import has_text
from omr.text.linepictures import GAP_PX, LINE_PX, Line
from omr.types import STROKE_KINDS, Box, DetectorMaps, Page, Word

FONT = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSerif.ttf")
"""A font that a package brings, whatever the system has."""
needs_tesseract = pytest.mark.skipif(not tesseract.installed(), reason="Tesseract is not installed")


@needs_tesseract
def test_typeset_words_come_back_where_they_stand() -> None:
    texts = {"Andante": (60, 40), "con": (300, 40), "moto": (420, 40), "Liebe": (100, 140), "Sonne": (700, 140)}
    scale = 2  # the source is twice as large as the page
    image = Image.new("L", (1000 * scale, 200 * scale), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, 14 * scale)
    strokes = np.zeros((100, 500, len(STROKE_KINDS)), np.float32)
    boxes = {}
    for text, (left, top) in texts.items():
        draw.text((left * scale, top * scale), text, font=font, fill=0)
        x0, y0, x1, y1 = (v / scale for v in draw.textbbox((left * scale, top * scale), text, font=font))
        boxes[text] = Box(y0, x0, y1, x1)
        strokes[int(y0 / 2):int(y1 / 2) + 1, int(x0 / 2):int(x1 / 2) + 1, STROKE_KINDS.index("text")] = 1
    draw.line([(0, 90 * scale), (1000 * scale, 90 * scale)], width=6, fill=0)  # no text: a slur, say
    small = np.asarray(image.resize((1000, 200), Image.Resampling.BOX))
    page = Page(small, 0, 200, "", np.array([[2.0, 0, 0.5], [0, 2.0, 0.5]]))
    maps = DetectorMaps(energy=np.zeros((100, 500)), class_prob=np.zeros((50, 250, 1)),
                        box_size=np.zeros((100, 500, 4)), strokes=strokes)
    words = ocr.read_words(np.asarray(image), page, maps, ("eng",))
    assert [w.text for w in sorted(words, key=lambda w: (round(w.box.top / 50), w.box.left))] == list(texts)
    for found in words:
        assert found.box.iou(boxes[found.text]) > 0.5 and found.score > 0.7


def test_without_tesseract_words_are_left_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "installed", frozenset)
    strokes = np.ones((50, 50, len(STROKE_KINDS)), np.float32)
    maps = DetectorMaps(energy=np.zeros((50, 50)), class_prob=np.zeros((25, 25, 1)), box_size=np.zeros((50, 50, 4)),
                        strokes=strokes)
    pixels = np.full((100, 100), 255, np.uint8)
    pixels[40:55, 40:48] = 0
    page = Page(pixels, 0, 300, "", np.eye(3)[:2])
    assert has_text(page, maps) and ocr.read_words(page.pixels, page, maps, ("eng",)) == ()


@needs_tesseract
def test_a_line_that_holds_a_syllable_is_no_full_stop() -> None:
    font = ImageFont.truetype(FONT, 26)
    image = Image.new("L", (900, 200), 255)
    draw = ImageDraw.Draw(image)
    draw.text((100, 100), "heart", font=font, fill=0)
    end, foot = 100 + round(font.getlength("heart")), 100 + font.getbbox("h")[3]
    draw.rectangle((end + 6, foot - 2, 700, foot), fill=0)
    strokes = np.zeros((100, 450, len(STROKE_KINDS)), np.float32)
    strokes[48:66, 48:end // 2 + 8, STROKE_KINDS.index("text")] = 1  # it takes the beginning of the line for text
    maps = DetectorMaps(energy=np.zeros((100, 450)), class_prob=np.zeros((50, 225, 1)),
                        box_size=np.zeros((100, 450, 4)), strokes=strokes)
    page = Page(np.asarray(image), 0, 300, "", np.eye(3)[:2])
    words = ocr.read_words(page.pixels, page, maps, ("eng",))
    assert [w.text for w in words if w.text not in "-_"] == ["heart"]


def test_a_table_of_tesseract_becomes_words_of_the_page() -> None:
    second = GAP_PX + LINE_PX + GAP_PX  # first row of the second line in the picture
    rows = [f"4\t1\t1\t1\t2\t0\t0\t{second}\t200\t40\t-1\t",
            f"5\t1\t1\t1\t2\t1\t40\t{second + 10}\t20\t20\t96.5\tMeer"]
    picture = np.full((LINE_PX, 100), 255, np.uint8)
    lines = [Line(picture, np.arange(100) / 2 + left, np.full(100, top), 2.0)
             for left, top in ((500.0, 10.0), (300.0, 70.0))]
    nothing, (found,) = ocr._found(lines, "\n".join(rows))
    assert nothing == []
    assert (found.text, found.score) == ("Meer", pytest.approx(0.965))
    assert found.box == Box(75.0, 320.0, 85.0, 330.0)


@pytest.mark.parametrize(("with_grain", "without", "text"), [
    ([("x", 0.4), ("ri,", 0.6)], [("cross", 0.9), ("of", 0.9)], "cross of"),
    ([("Virginia", 0.95)], [("Virgi", 0.9), ("a", 0.6)], "Virginia"),
    ([("a", 0.3)], [], "a"),
])
def test_of_a_grainy_line_the_surer_reading_is_taken(
    with_grain: list[tuple[str, float]], without: list[tuple[str, float]], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.random.default_rng(1).integers(120, 200, (200, 900)).astype(np.uint8)
    pixels[100:112, 100:220:9] = pixels[100:104, 100:220] = 0
    strokes = np.zeros((100, 450, len(STROKE_KINDS)), np.float32)
    strokes[48:60, 48:114, STROKE_KINDS.index("text")] = 1
    maps = DetectorMaps(energy=np.zeros((100, 450)), class_prob=np.zeros((50, 225, 1)),
                        box_size=np.zeros((100, 450, 4)), strokes=strokes)
    readings = iter([with_grain, without])

    def read(lines: list[Line], languages: tuple[str, ...]) -> list[list[Word]]:
        said = [Word(text, Box(100, 100 + 50 * i, 112, 140 + 50 * i), score)
                for i, (text, score) in enumerate(next(readings))]
        return [said, *([] for _ in lines[1:])]

    monkeypatch.setattr(ocr, "_read", read)
    monkeypatch.setattr(ocr, "installed", lambda: frozenset({"eng"}))
    words = ocr.read_words(pixels, Page(pixels, 0, 300, "", np.eye(3)[:2]), maps, ("eng",))
    assert " ".join(w.text for w in words if w.text not in "-_") == text


def test_a_word_ends_where_its_ink_does() -> None:
    # Three syllables in the picture of their line. Tesseract's boxes are some columns off.
    inked = [(20, 60), (90, 130), (160, 170)]
    assert ocr._onto_ink(inked, 15, 66) == (20, 60)
    assert ocr._onto_ink(inked, 82, 131) == (90, 130)
    assert ocr._onto_ink(inked, 55, 128) == (90, 128)  # of the first only the end
    assert ocr._onto_ink(inked, 150, 180) == (160, 170)
    assert ocr._onto_ink(inked, 20, 130) == (20, 130)  # a word that was torn
    assert ocr._onto_ink(inked, 90, 105) == (90, 105)  # one of two that stand together
    assert ocr._onto_ink(inked, 64, 80) == (64, 80) and ocr._onto_ink([], 1, 5) == (1, 5)


def test_syllables_stand_apart_where_ink_is() -> None:
    picture = np.full((10, 100), 255, np.uint8)
    for left, right in ((5, 12), (14, 20), (50, 60)):
        picture[2:8, left:right] = 0
    assert ocr._inked(picture) == [(5, 20), (50, 60)] and ocr._inked(picture[:2]) == []
