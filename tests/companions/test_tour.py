"""The tour tells every chapter, also when one fails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from cli.main import omr
from companions import page as html
from companions.tour import CHAPTERS, Chapter, tell


def test_a_chapter_that_fails_says_so_and_the_others_stand(tmp_path: Path) -> None:
    text = ("what", "was")
    chapters = [Chapter(("One", "Eins"), text, text, text, ("good", "-o", "OUT"), ()),
                Chapter(("Two", "Zwei"), text, text, text, ("bad", "-o", "OUT"), ())]

    def run(arguments: Sequence[str]) -> str:
        if arguments[0] == "bad":
            raise OSError("nothing there")
        html.write(Path(arguments[2]), "made", [html.picture(np.zeros((4, 4), np.uint8), "black")])
        return "done"

    parts, failed = tell(chapters, tmp_path, run)
    whole = "".join(parts)
    assert failed == 1 and "nothing there" in whole and "<pre>$ omr good -o OUT\ndone</pre>" in whole
    assert whole.count("<img") == 1 and "Zwei" in whole


def test_every_chapter_names_a_command_and_options_that_there_are() -> None:
    for chapter in CHAPTERS:
        command: click.Command = omr
        words = list(chapter.command)
        while isinstance(command, click.Group):
            found = command.get_command(click.Context(command), words.pop(0))
            assert found is not None
            command = found
        options = {o for p in command.params for o in p.opts}
        assert {w for w in words if w.startswith("-")} <= options
        assert all(len(t) == 2 and all(t) for t in (chapter.title, chapter.happened, chapter.works, chapter.good))
