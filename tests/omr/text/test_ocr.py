"""Words: read by Tesseract from a page typeset here, and what is done before and after it."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from omr.text import ocr
from omr.types import STROKE_KINDS, Box, DetectorMaps, Page
from tests.omr.text.pages import word

FONT = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSerif.ttf")
"""A font that a package brings, whatever the system has."""
needs_tesseract = pytest.mark.skipif(not ocr.installed(), reason="Tesseract is not installed")


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
    assert ocr.text_blocks(page, maps) and ocr.read_words(page.pixels, page, maps, ("eng",)) == ()


def test_lines_part_where_they_are_farthest_apart() -> None:
    # Small letters with dots over them, twice: the gap below the dots is none between lines.
    letter = [0, 3, 3, 0, 0, *[20] * 9, 0]
    assert ocr._lines_in(np.array([*letter, 0, 0, 0, 0, *letter], float)) == [(0, 17), (17, 34)]
    assert ocr._lines_in(np.array(letter, float)) == [(0, 15)]


def test_a_hyphen_and_a_line_after_a_syllable_are_seen() -> None:
    pixels = np.full((60, 400), 255, np.uint8)
    pixels[31:33, 150:158] = pixels[36:38, 280:340] = 0
    page = Page(pixels, 0, 300, "", np.eye(2, 3))
    words = [word("glän", 100, 31, 30), word("zte", 200, 31, 30), word("Meer", 240, 31, 35)]
    assert [w.text for w in ocr._dashes(page, words)] == ["-", "_"]


def test_a_spread_piece_keeps_its_columns() -> None:
    piece = np.full((ocr.LINE_PX, 60), 255, np.uint8)
    piece[10:40, 5:20] = piece[10:40, 22:30] = piece[10:40, 40:55] = 0
    piece[10:40, 55] = 200  # the gray edge of a letter
    piece[36:40, 58:60] = 0  # a full stop, that must not leave its word
    runs = ocr._runs(piece)
    wide, order = ocr._spread(piece, runs, least=3.0)
    assert wide.shape[1] == 60 + ocr.WIDER_PX  # the gap of ten, not that of two, nor that before the full stop
    assert (np.diff(order) >= 0).all()
    shown_once = np.flatnonzero(np.diff(order, prepend=-1))
    assert (wide[:, shown_once] == piece).all()
    assert (np.delete(wide, shown_once, axis=1) == 255).all()


@pytest.mark.parametrize("letters_px", [2, 4])
def test_gaps_between_syllables_are_wider_than_those_between_letters(letters_px: int) -> None:
    letters = [ocr._Run(i * (10 + letters_px), i * (10 + letters_px) + 10, 24) for i in range(6)]
    assert letters_px < ocr._least_gap([letters]) <= 2 * letters_px + 2


def test_the_strokes_of_an_equals_sign_are_no_lines() -> None:
    pixels = np.full((100, 200), 255, np.uint8)
    pixels[50:52, 60:74] = pixels[56:58, 60:74] = pixels[57:59, 120:160] = 0
    page = Page(pixels, 0, 300, "", np.eye(3)[:2])
    mask = ocr._without_lines(page, np.ones((100, 200), np.uint8), [Box(40, 20, 62, 115)])
    assert mask[45:60, 50:80].all()
    assert not mask[57:59, 120:160].any() and mask[40:54, 110:170].all()


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


def test_the_usual_languages_are_those_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "installed", lambda: frozenset({"ita", "eng", "rus"}))
    assert ocr.usual_languages() == ("eng", "ita")
    monkeypatch.setattr(ocr, "installed", frozenset)
    assert ocr.usual_languages() == ("eng",)


def test_a_stroke_that_runs_out_of_the_gap_is_no_dash() -> None:
    window = np.full((24, 60), 255, np.uint8)
    window[12:14, 0:60] = 0  # a staff line, say
    assert ocr._first_level_stroke(window) is None
    window[12:14, 20:] = 255
    assert ocr._first_level_stroke(window) == Box(12, 0, 14, 20)


@pytest.mark.parametrize(("width", "below", "text"), [
    (0.8, 0.0, "-"), (0.8, -0.6, ""), (3.0, 0.6, "_"), (3.0, 0.0, ""), (1.4, 0.3, "-"), (1.4, 0.8, "_"),
])
def test_dashes_by_length_and_height(width: float, below: float, text: str) -> None:
    assert ocr._dash(width, below) == text


def test_blocks_of_equal_height_side_by_side_are_a_line() -> None:
    left, right, title, under = Box(100, 50, 112, 90), Box(101, 300, 113, 340), Box(80, 120, 115, 280), Box(
        130, 60, 142, 95)
    assert ocr._rows([under, right, left, title]) == [[title], [left, right], [under]]


def test_words_of_a_block_are_cut_apart() -> None:
    ink = np.zeros((16, 80), bool)
    ink[2:14, 2:12] = ink[2:14, 14:24] = ink[2:14, 34:44] = True  # a gap of two columns, and one of ten
    ink[8:10, 55:80] = True  # a line after the last syllable
    boxes = list(ocr._pieces(ink, 100, 200))
    assert boxes == [Box(100.5, 200.5, 115.5, 225.5), Box(100.5, 232.5, 115.5, 245.5)]


def test_a_table_of_tesseract_becomes_words_of_the_page() -> None:
    second = ocr.GAP_PX + ocr.LINE_PX + ocr.GAP_PX  # first row of the second line in the picture
    rows = [f"4\t1\t1\t1\t2\t0\t0\t{second}\t200\t40\t-1\t",
            f"5\t1\t1\t1\t2\t1\t40\t{second + 10}\t20\t20\t96.5\tMeer"]
    picture = np.full((ocr.LINE_PX, 100), 255, np.uint8)
    lines = [ocr._Line(picture, np.arange(100) / 2 + left, np.full(100, top), 2.0)
             for left, top in ((500.0, 10.0), (300.0, 70.0))]
    (found,) = ocr._found(lines, "\n".join(rows))
    assert (found.text, found.score) == ("Meer", pytest.approx(0.965))
    assert found.box == Box(75.0, 320.0, 85.0, 330.0)


@needs_tesseract
def test_words_do_not_depend_on_what_was_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = []
    for text in ("Andante con moto", "Liebe Sonne, scheine"):
        image = Image.new("L", (600, 120), 255)
        ImageDraw.Draw(image).text((40, 40), text, font=ImageFont.truetype(FONT, 32), fill=0)
        sheets.append(np.asarray(image))
    first, _, again = (ocr._table(sheets[i], ("eng",)) for i in (0, 1, 0))
    assert first == again and "Andante" in first
    monkeypatch.setattr(ocr, "SECONDS_A_CALL", 0.001)  # a picture that takes too long is left unread
    assert ocr._table(sheets[0], ("eng",)) == ""
    monkeypatch.undo()
    assert ocr._table(sheets[0], ("eng",)) == first


def test_the_folder_of_languages_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "eng.traineddata").touch()
    (tmp_path / "osd.traineddata").touch()
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    ocr.data_folder.cache_clear()
    try:
        assert ocr.installed() == {"eng"}
    finally:
        ocr.data_folder.cache_clear()


@pytest.mark.skipif(not ocr.installed(), reason="Tesseract is not installed")
def test_tesseract_is_started_once_for_languages_that_are_here() -> None:
    ocr._tesseract.cache_clear()
    ocr.start(["eng", "nowhere"])
    ocr.start([])
    assert ocr._tesseract.cache_info().currsize == 0
    ocr.start(["eng"])
    assert ocr._tesseract.cache_info().misses == 1
    ocr._table(np.full((100, 100), 255, np.uint8), ["eng"])
    assert ocr._tesseract.cache_info().misses == 1
