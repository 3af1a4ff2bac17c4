"""The process that makes the bytes of files: the same bytes as here, whatever becomes of it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest

from omr.export.files import FORMATS, Format, to_format
from omr.export.writer import Writer
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
