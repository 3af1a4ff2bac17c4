"""The process that makes the bytes of files: the same bytes as here, whatever becomes of it."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from omr.export.files import FORMATS, Format, to_format
from omr.export.writer import NEEDED, Writer
from tests.omr.export.test_files import SCORE


@pytest.fixture(scope="module")
def writer() -> Iterator[Writer]:
    with Writer() as writer:
        yield writer


@pytest.mark.parametrize("format", FORMATS)
def test_its_bytes_are_those_that_this_process_makes(writer: Writer, format: Format) -> None:
    for score in (SCORE, replace(SCORE, title="Menuet è")):
        assert writer.to_format(score, format) == to_format(score, format)
    assert writer._process is not None  # they are not this process's own


def test_what_cannot_be_written_is_an_error_here() -> None:
    with Writer() as writer, pytest.raises(ValueError, match="part"):
        writer.to_format(replace(SCORE, parts=()), "musicxml")


def test_a_process_that_was_ended_costs_no_score() -> None:
    with Writer() as writer:
        writer.begin()
        assert writer._process is not None
        writer._process.send_signal(signal.SIGTERM)
        writer._process.wait()
        assert writer.to_format(SCORE, "musicxml") == to_format(SCORE, "musicxml")


def test_no_process_is_left() -> None:
    with Writer() as writer:
        writer.begin()
        process = writer._process
        writer.begin()
        assert writer._process is process
    assert process is not None
    assert process.returncode is not None


def test_it_ends_with_the_process_that_asks() -> None:
    with Writer() as writer:
        writer.begin()
        assert writer._process is not None
        assert writer._process.stdin is not None
        writer._process.stdin.close()
        assert writer._process.wait(60) == 0


def modules_after(*lines: str) -> set[str]:
    """The modules that a Python of its own has imported once it is ready. lines: what it does before."""
    program = ["import sys", "from omr.export import writer", *lines, "writer.get_ready()", "print(*sys.modules)"]
    done = subprocess.run([sys.executable, "-c", "\n".join(program)], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parents[3])
    return set(done.stdout.split())


def test_only_what_a_file_takes_of_music21_is_imported() -> None:
    modules = modules_after()
    assert modules >= set(NEEDED)
    assert not modules & {"music21.corpus", "music21.converter", "music21.analysis", "music21.braille", "requests"}


def test_nothing_is_left_to_import_when_the_first_score_is_written() -> None:
    """Whoever waits for the file would wait for it, too."""
    program = ("import sys, pickle; from omr.export import writer; from omr.export.files import to_format\n"
               "score = pickle.load(sys.stdin.buffer); writer.get_ready(); ready = set(sys.modules)\n"
               "to_format(score, 'musicxml'); print(*(set(sys.modules) - ready))")
    done = subprocess.run([sys.executable, "-c", program], input=pickle.dumps(SCORE), capture_output=True, check=True,
                          cwd=Path(__file__).parents[3])
    assert done.stdout.split() == []


def test_all_of_music21_is_imported_where_a_part_does_not_do() -> None:
    # music21.stream as a bare package has no Stream, which other modules want of it.
    modules = modules_after('writer.NOT_WHOLE = (*writer.NOT_WHOLE, "music21.stream")')
    assert modules >= {NEEDED[0], "music21.corpus", "music21.converter"}
