"""The files to run first exist. A renamed one would be run last, while the other process is idle for a minute."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import LONGEST_FIRST


def test_the_files_that_are_run_first_exist() -> None:
    assert [name for name in LONGEST_FIRST if not (Path(__file__).parent / name).exists()] == []
    assert len(set(LONGEST_FIRST)) == len(LONGEST_FIRST)
