"""The character RNN and its tunes: what is valid ABC, that it learns, that a run goes on, and that errors are clear."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from cli.talk.write import read_back
from companions.tunes import corpus_tunes, fault, read_bars, read_tunes, reduced
from companions.write import TUNE_END, History, TuneReport, WriteConfig, draw_curve, train, write_page
from omr.errors import DataError

HEADER = "X:1\nT:A tune\nM:4/4\nL:1/8\nK:G\n"
MUSIC = "GA|B2d2 e>dBA|(3GAB c2 [GB]4|z2 ^f/2e/ d3 B2|A6:|\n"


def test_a_tune_adds_up_with_upbeat_tuplet_broken_rhythm_and_chord() -> None:
    assert fault(HEADER + MUSIC) == ""
    assert [b.whole for b in read_bars(HEADER + MUSIC)] == [Fraction(n, 4) for n in (1, 4, 4, 4, 3)]


@pytest.mark.parametrize(("old", "new", "what"), [
    ("e>dBA", "e>dB", "bar 2 lasts 7/8"), ("A6", "A9", "bar 5 lasts 9/8"), ("(3GAB", "(5GAB", "tuplet of 5"),
    ("B2d2 e", ">B2d2 e", "no two notes"),
    ("B2d2", "B2&2", "no ABC at '&2"), ("L:1/8", "L:1/0", "header"), ("M:4/4", "M:four", "metre"),
    ("A6:|\n", "A6:|" + "A8|" * 600 + "\n", "longer"), ("d3 B", "d0 B", "no length"),
])
def test_faults_are_named(old: str, new: str, what: str) -> None:
    broken = (HEADER + MUSIC).replace(old, new)
    assert broken != HEADER + MUSIC
    assert what in fault(broken)


def test_ornaments_words_and_comments_go_and_the_music_stays() -> None:
    full = ("X: 7\nT:  A  tune % aye\nR:reel\nM:4/4\nL: 1/8\nQ:1/4=90\nK:G\n"
            '"G"uG.A|~B2{cd}d2 !trill!(e>dB)A|\\\n(3GAB c2 [GB]4|z2 ^f/2e/ vd3 "4"B2|A6:| % the end\nw: la la\n')
    assert reduced(full).replace("|\n(3", "|(3") == HEADER + MUSIC
    assert reduced("T: no music\n") == ""


def test_the_corpus_of_music21_has_hundreds_of_tunes_of_each_book(tmp_path: Path) -> None:
    import music21

    root = Path(music21.__file__).parent / "corpus" / "ryansMammoth"
    found = [tune for path in sorted(root.glob("*.abc"))[:60] for tune in read_tunes(path)]
    assert len(found) >= 30 and all(fault(t) == "" for t in found)
    assert callable(corpus_tunes)
    with pytest.raises(DataError, match="nowhere"):
        read_tunes(tmp_path / "nowhere.abc")


def test_it_learns_a_rhyme_goes_on_and_writes_the_same_again(tmp_path: Path) -> None:
    text = "\n\n" + "one two three four\n\n" * 1500
    config = WriteConfig(rounds=2, units=24, learning_rate=2e-2, prime="\n\n", stop=TUNE_END, sample_length=40)
    rounds: list[int] = []

    def stop(number: int, history: object) -> None:
        rounds.append(number)
        if number == 1 and len(rounds) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(text, config, tmp_path, stop)
    writer, history = train(text, config, tmp_path, stop)
    assert rounds == [0, 1, 2], "round 1 is not done again"
    assert history.validation[0] > 3.2 and history.validation[-1] < 0.5
    assert writer.write(3, 5) == writer.write(3, 5) and "one two three four" in writer.write(3, 5)[0]
    assert sorted(history.samples) == [0, 1, 2]
    with pytest.raises(DataError, match="other options"):
        train(text, WriteConfig(rounds=3, units=25), tmp_path, stop)
    reports = [TuneReport(HEADER + MUSIC, "", b"png", 20, 19, 18), TuneReport("<x>", "no header")]
    write_page(history, draw_curve(history), reports, "title", "note", tmp_path / "index.html")
    page = (tmp_path / "index.html").read_text()
    assert "of its 20 notes 18 were read back right" in page and "&lt;x&gt;" in page and page.count("<img") == 2


@pytest.mark.parametrize(("text", "config", "what"), [
    ("short", WriteConfig(prime="s"), "5 characters"), ("ab" * 9000, WriteConfig(prime="c"), "'c'"),
    ("ab" * 9000, WriteConfig(prime=""), "empty"),
])
def test_unusable_text_is_one_clear_error(text: str, config: WriteConfig, what: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=what):
        train(text, config, tmp_path, lambda number, history: None)


def test_a_valid_tune_can_be_heard(tmp_path: Path) -> None:
    report = read_back(HEADER + MUSIC)
    assert report.fault == ""
    assert report.midi[:4] == b"MThd" and report.notes > 10 and report.right > 0.8 * report.notes
    write_page(History([3.0], [3.0], {}), b"\x89PNG", [report], "title", "note", tmp_path / "index.html")
    assert "data:audio/midi;base64," in (tmp_path / "index.html").read_text()
