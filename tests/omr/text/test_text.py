"""Words: read by Tesseract from a page typeset here, told apart by where they stand, and put on their notes."""

from __future__ import annotations

import shutil
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from omr.text import lyrics, ocr
from omr.text.chordnames import chord_name, find_chord_names
from omr.text.lyrics import Syllable, match, split
from omr.text.phrases import find_phrases, part_names, read_heading
from omr.types import (
    STROKE_KINDS,
    Box,
    DetectorMaps,
    Lyric,
    Measure,
    NotationGraph,
    Note,
    Page,
    Part,
    Pitch,
    Score,
    Staff,
    Symbol,
    System,
    Word,
)

SPACE = 10.0


def staff(index: int, top: float, left: float = 100.0, right: float = 900.0) -> Staff:
    lines = np.array([[top + SPACE * i] * 2 for i in range(5)])
    return Staff(index, 0, left, right, lines)


def word(text: str, left: float, row: float, width: float | None = None, score: float = 0.95) -> Word:
    return Word(text, Box(row - 6, left, row + 6, left + (width or 7.0 * len(text))), score)


def graph(words: list[Word], heads: list[float] | None = None) -> NotationGraph:
    """Two staves of a system, a song's; heads on the first at these columns."""
    symbols = tuple(Symbol(i, "noteheadBlack", Box(215, col - 6, 225, col + 6)) for i, col in enumerate(heads or []))
    return NotationGraph(0, (staff(0, 200), staff(1, 320)), (System(0, (0, 1)),), symbols, (), (),
                         {s.id: 0 for s in symbols}, words=tuple(words))


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
def test_typeset_words_come_back_where_they_stand() -> None:
    texts = {"Andante": (60, 40), "con": (300, 40), "moto": (420, 40), "Liebe": (100, 140), "Sonne": (700, 140)}
    scale = 2  # the source is twice as large as the page
    image = Image.new("L", (1000 * scale, 200 * scale), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype("DejaVuSerif.ttf", 14 * scale)
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
    maps = DetectorMaps(np.zeros((100, 500)), np.zeros((50, 250, 1)), np.zeros((100, 500, 4)), strokes)
    words = ocr.read_words(np.asarray(image), page, maps, ("eng",))
    assert [w.text for w in sorted(words, key=lambda w: (round(w.box.top / 50), w.box.left))] == list(texts)
    for found in words:
        assert found.box.iou(boxes[found.text]) > 0.5 and found.score > 0.7


def test_without_tesseract_words_are_left_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "installed", frozenset)
    strokes = np.ones((50, 50, len(STROKE_KINDS)), np.float32)
    maps = DetectorMaps(np.zeros((50, 50)), np.zeros((25, 25, 1)), np.zeros((50, 50, 4)), strokes)
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
    wide, order = ocr._spread(piece)
    assert wide.shape[1] == 60 + ocr.WIDER_PX  # the gap of ten, not that of two
    assert (np.diff(order) >= 0).all() and (wide == piece[:, order]).all()


def test_hyphens_join_syllables_wherever_they_stand() -> None:
    line = [(word(t, 100.0 * i, 260), i) for i, t in enumerate(["1.", "Brun-", "nen", "er-glänz", "-", "te", "Am"])]
    found = split(line)
    assert [(s.text, s.joined) for s in found] == [
        ("Brun", False), ("nen", True), ("er", False), ("glänz", True), ("te", True), ("Am", False)]
    assert found[2].box.right < found[3].box.right <= line[3][0].box.right + 1e-6


def test_syllables_find_their_notes_in_order() -> None:
    columns = [(100.0, 106.0), (200.0, 206.0), (300.0, 306.0)]
    syllables = [Syllable("a", Box(0, 98, 10, 112), 1, 0), Syllable("far", Box(0, 240, 10, 262), 1, 1),
                 Syllable("c", Box(0, 300, 10, 345), 1, 2)]  # the last begins with its note: a melisma
    assert match(syllables, columns, SPACE) == [106.0, None, 306.0]


def test_only_words_a_note_are_sung() -> None:
    place_of = {(0, 0): (0, 1), (0, 1): (1, 1)}
    heads = [200.0, 300.0, 400.0, 500.0, 600.0]
    sung = graph([word(t, c - 10, 270, 20) for t, c in zip(["Das", "Meer", "er-", "glänz-", "te"], heads, strict=True)],
                 heads)
    verses = lyrics.find_verses([sung], place_of)
    assert [s.text for v in verses for s in v.syllables] == ["Das", "Meer", "er", "glänz", "te"]
    texts = ["poco", "a", "poco", "cresc.", "molto"]
    phrase = graph([word(t, 220 + 45 * i, 270, 38) for i, t in enumerate(texts)], heads)
    assert lyrics.find_verses([phrase], place_of) == []
    assert [p.text for p in find_phrases(phrase.words, SPACE)] == ["poco a poco cresc. molto"]


def test_lyrics_reach_the_notes_of_the_score() -> None:
    heads = [200.0, 300.0, 400.0, 500.0]
    page = graph([word(t, c - 10, 270, 20) for t, c in zip(["A-", "men,", "sing", "we"], heads, strict=True)], heads)
    notes = tuple(Note(Fraction(i), Fraction(1), 1, 1, Pitch("C", 5), "quarter", symbol_ids=(i,)) for i in range(4))
    score = Score("", (Part("P1", "", 1, (Measure(1, Fraction(4), notes, box=Box(200, 100, 240, 900)),)),))
    place_of = {(0, 0): (0, 1), (0, 1): (1, 1)}
    done = lyrics.with_lyrics(score, [page], lyrics.find_verses([page], place_of))
    assert [n.lyrics for n in done.parts[0].measures[0].notes] == [
        (Lyric(1, "A", "begin", 0.95),), (Lyric(1, "men,", "end", 0.95),), (Lyric(1, "sing", "single", 0.95),),
        (Lyric(1, "we", "single", 0.95),)]


def test_names_and_heading_by_their_place() -> None:
    page = graph([word("Voice", 40, 220), word("Piano", 40, 340), word("12", 80, 190), word("Am", 470, 60, 30),
                  word("Meer", 505, 60, 50), word("Franz", 780, 100), word("Schubert", 822, 100),
                  word("Heine", 110, 100), word("Langsam", 120, 180)])
    assert part_names(page) == {0: "Voice", 1: "Piano"}
    heading = read_heading(page)
    assert (heading.title, heading.composer, heading.lyricist) == ("Am Meer", "Franz Schubert", "Heine")


def test_what_is_hard_to_read_names_nothing() -> None:
    page = graph([word("V0ic~", 40, 220, score=0.3), word("Xqz", 480, 60, score=0.2)])
    assert part_names(page) == {} and read_heading(page).title == ""


@pytest.mark.parametrize(("text", "meant"), [
    ("C", ("C", 0, "major", "", 0)), ("F#m7", ("F", 1, "minor-seventh", "", 0)), ("Bb/D", ("B", -1, "major", "D", 0)),
    ("Gsus4", ("G", 0, "suspended-fourth", "", 0)), ("E°7", ("E", 0, "diminished-seventh", "", 0)),
    ("A/C#", ("A", 0, "major", "C", 1)),
])
def test_chord_symbols(text: str, meant: tuple[str, int, str, str, int]) -> None:
    name = chord_name(text)
    assert name is not None
    assert (name.step, name.alter, name.kind, name.bass_step, name.bass_alter) == meant


@pytest.mark.parametrize("text", ["Am Meer", "Dal", "H", "Fine", "Gm99", "a", ""])
def test_words_are_no_chord_symbols(text: str) -> None:
    assert chord_name(text) is None


def test_chord_symbols_stand_several_over_the_upper_staff() -> None:
    chords = [word(t, 150.0 + 150 * i, 170) for i, t in enumerate(["C", "G7", "Am", "F"])]
    assert find_chord_names(graph([*chords, word("Voice", 40, 220)]), ()) == {0: 0, 1: 0, 2: 0, 3: 0}
    lone = graph([word("A", 150, 170), word("tempo", 165, 170), word("dolce", 400, 170)])
    assert find_chord_names(lone, ()) == {}
