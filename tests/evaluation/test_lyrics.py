"""Syllables right, counted by hand."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from evaluation import lyrics
from evaluation.matching import Matching
from omr.errors import DataError

F = Fraction

NOTE = "<note><duration>{0}</duration><voice>1</voice>{1}</note>"
CHORD = "<note><chord/><duration>2</duration>{0}</note>"


def sung(*texts: str, verse: int = 1) -> str:
    pieces = "<elision/>".join(f"<text>{text}</text>" for text in texts)
    return f'<lyric number="{verse}"><syllabic>single</syllabic>{pieces}</lyric>'


def score(path: Path, *measures: str) -> Path:
    body = "".join(f"<measure>{content}</measure>" for content in measures)
    path.write_text(f"<score-partwise><part>{body}</part></score-partwise>", encoding="utf-8")
    return path


def test_syllables_are_read_with_their_onsets(tmp_path: Path) -> None:
    first = ("<attributes><divisions>2</divisions></attributes>" + NOTE.format(2, sung("A") + sung("O", verse=2))
             + CHORD.format(sung("lone")) + NOTE.format(1, "") + NOTE.format(1, sung("l\u2019a", "mo"))
             + "<backup><duration>4</duration></backup><forward><duration>3</duration></forward>"
             + NOTE.format(1, sung("e\u0301")))
    path = score(tmp_path / "a.musicxml", first, NOTE.format(2, sung(" end ")))
    assert lyrics.read(path) == [
        Counter([(F(0), "A"), (F(0), "O"), (F(0), "lone"), (F(3, 2), "l'a mo"), (F(3, 2), "\u00e9")]),
        Counter([(F(0), "end")])]
    path.write_text("no score")
    with pytest.raises(DataError):
        lyrics.read(path)


def test_hyphens_and_signs_of_elision_do_not_count(tmp_path: Path) -> None:
    texts = ("-\u00a0rons", "-", "ble \ue550 \u00e0", "ble\u203f\u00e0", "a-b")
    path = score(tmp_path / "a.musicxml", "".join(NOTE.format(1, sung(text)) for text in texts))
    texts_read = [text for (_, text), _ in sorted(lyrics.read(path)[0].items())]
    assert texts_read == ["rons", "ble \u00e0", "ble \u00e0", "a-b"]


def test_f1_counts_text_and_onset_in_paired_measures() -> None:
    true = [Counter([(F(0), "Bru"), (F(1), "nnen")]), Counter([(F(0), "vor"), (F(2), "dem")])]
    read = [Counter([(F(0), "Bru"), (F(1), "nnem")]), Counter([(F(0), "vor"), (F(1), "dem")])]
    both = Matching(((0, 0), (1, 1)), (0, 1), (0, 1))
    assert lyrics.figures(true, true, both)["lyrics_f1"] == 1
    assert lyrics.figures(true, read, both) == {
        "lyrics_f1": 0.5, "true_syllables": 4, "estimated_syllables": 4, "right_syllables": 2}
    crossed = Matching(((0, 1),), (0, 1), (0, 1))
    assert lyrics.figures(true, true, crossed)["right_syllables"] == 0


def test_without_words_there_is_no_figure_and_invented_words_are_wrong() -> None:
    pairs = Matching(((0, 0),), (0,), (0,))
    assert lyrics.figures([Counter()], [Counter()], pairs) == {}
    assert lyrics.figures([Counter()], [Counter([(F(0), "a")])], pairs)["lyrics_f1"] == 0
    assert lyrics.figures([Counter([(F(0), "a")])], [Counter()], pairs)["lyrics_f1"] == 0
