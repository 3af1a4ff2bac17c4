"""What is run first is there: a file that was renamed would be left for the end, and one process for a minute idle."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import LONGEST_FIRST


def test_the_files_that_are_run_first_exist() -> None:
    assert [name for name in LONGEST_FIRST if not (Path(__file__).parent / name).exists()] == []
    assert len(set(LONGEST_FIRST)) == len(LONGEST_FIRST)
