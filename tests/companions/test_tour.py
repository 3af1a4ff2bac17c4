"""The tour tells every chapter, also when one fails."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from cli.main import omr
from cli.talk import tour as command
from companions import page as html
from companions.chapters import BEGINNING, CHAPTERS, CONCLUSIONS, in_talk
from companions.tour import Chapter, result, tell
from omr.errors import InputError, OmrError

TEXT = ("what", "was")


def test_a_chapter_that_fails_says_so_and_the_others_stand(tmp_path: Path) -> None:
    chapters = [Chapter("one", TEXT, ("One", "Eins"), TEXT, TEXT, TEXT, ("good", "-o", "OUT.html"), tables=(0,)),
                Chapter("two", TEXT, ("Two", "Zwei"), TEXT, TEXT, TEXT, ("bad", "-o", "OUT"))]

    def run(arguments: Sequence[str]) -> tuple[str, float]:
        if arguments[0] == "bad":
            raise OSError("nothing there")
        html.write(Path(arguments[2]), "made", [html.picture(np.zeros((4, 4), np.uint8), "black"),
                                                html.table(["a"], [["b"]])])
        return f"{arguments[2]}: done", 2.0

    parts, failed = tell(TEXT, chapters, tmp_path, run)
    whole = "".join(parts)
    assert failed == 1 and "nothing there" in whole
    assert "<pre>$ omr good -o one.html\none.html: done</pre>" in whole, "no path that is gone when the page is read"
    assert str(tmp_path) not in whole
    assert whole.count("<img") == 1 and "<table>" in whole and "Zwei" in whole


def test_texts_files_and_what_was_written_on_the_way_come_along(tmp_path: Path) -> None:
    chapter = Chapter("one", TEXT, TEXT, TEXT, TEXT, TEXT, ("good", "-o", "OUT"), shown=("*.html",), written=True,
                      texts=("*.abc",), files=("*.mid",))

    def run(arguments: Sequence[str]) -> tuple[str, float]:
        folder = Path(arguments[2])
        folder.mkdir()
        html.write(folder / "index.html", "made", ["<h3>Round 0</h3><pre>xqz</pre>"])
        (folder / "tune.abc").write_text("X:1\nT:<A>\n")
        (folder / "tune.mid").write_bytes(b"MThd")
        return "", 0.0

    whole = "".join(tell(TEXT, [chapter], tmp_path, run)[0])
    assert "<h4>Round 0</h4><pre>xqz</pre>" in whole and "T:&lt;A&gt;" in whole
    (tmp_path / "one" / "tune.abc").write_text("abcdefgh|\n" * 200)
    shown = next(part for part in result(chapter, tmp_path / "one") if "tune.abc" in part)
    assert shown.endswith("abcdefgh|\n…</pre>"), "a long text ends with a line, and says that there is more"
    assert 'download="tune.mid" href="data:audio/midi;base64,TVRoZA=="' in whole


def test_every_chapter_names_a_command_and_options_that_there_are() -> None:
    for chapter in CHAPTERS:
        found: click.Command = omr
        words = list(chapter.command)
        while isinstance(found, click.Group):
            inner = found.get_command(click.Context(found), words.pop(0))
            assert inner is not None
            found = inner
        options = {o for p in found.params for o in p.opts}
        assert {w for w in words if w.startswith("-")} <= options
    assert len(CHAPTERS) == len({c.name for c in CHAPTERS}) == 15
    assert [c.part[0] for c in CHAPTERS] == sorted((c.part[0] for c in CHAPTERS), key=[
        "What happened", "How it works", "What it is good for", "Lessons"].index)


def test_every_paragraph_says_what_it_rests_on() -> None:
    said = [t for c in CHAPTERS for t in (c.happened, c.works, c.good)] + [BEGINNING, *CONCLUSIONS]
    for english, german in said:
        for text in (english, german):
            assert re.search(r"\[[^\]]+\]$", text), text


def test_a_system_s_own_page_says_its_formula_and_where_in_the_talk_it_stands(tmp_path: Path) -> None:
    assert "x&#x27; = x + ε sign(∇<sub>x</sub> L)" in in_talk("guard") and "“Lehren” (Lessons)" in in_talk("guard")
    assert "u<sub>w</sub> that of a word that stands near it" in in_talk("words"), "its letters are explained"
    assert all((c.formula != "") == (c.reads[0] != "") == (c.reads[1] != "") for c in CHAPTERS)
    assert "formula" not in in_talk("classify") and "“Was ist passiert?” (What happened)" in in_talk("classify")
    out = tmp_path / "page.html"
    done = CliRunner().invoke(omr, ["explain", "training", "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert in_talk("training") in out.read_text()


def test_what_can_be_played_or_edited_can_be_taken_out_of_the_page() -> None:
    kept = {c.name: c.files for c in CHAPTERS if c.files}
    assert {"scan", "write", "go", "press"} <= kept.keys() and kept["scan"] == ("*.musicxml",)


def test_words_are_learned_with_the_settings_that_docs_give_figures_for() -> None:
    words = next(c for c in CHAPTERS if c.name == "words")
    assert "--epochs" not in words.command, "fewer epochs know half of the analogies"


def test_inputs_are_looked_at_before_anything_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "call", lambda arguments: pytest.fail("a chapter ran"))
    done = CliRunner().invoke(omr, ["talk", "tour", "--only", "wirds", "-o", str(tmp_path / "t.html")])
    assert done.exit_code == 2 and "no chapter 'wirds'" in done.output
    (tmp_path / "page.png").write_text("no picture")
    done = CliRunner().invoke(omr, ["talk", "tour", "--page", str(tmp_path / "page.png"), "-o", str(tmp_path / "t")])
    assert isinstance(done.exception, InputError)
    (tmp_path / "folder").write_text("a file")
    done = CliRunner().invoke(omr, ["talk", "tour", "-o", str(tmp_path / "folder" / "t.html")])
    assert isinstance(done.exception, OmrError)


def test_only_the_chapters_that_are_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "t.html"
    done = CliRunner().invoke(omr, ["talk", "tour", "--only", "augment", "-o", str(out)])
    assert done.exit_code == 0, done.output
    text = out.read_text()
    assert "1 chapters, 0 failed" in done.output and text.count("<h3 ") == 1 and text.count("<img") == 1
    assert "Schlüsse" in text and "Conclusions" in text
    assert all(Image.open(command.bundled(name)).size > (500, 500) for name in ("minuet.png", "newspaper.png"))
