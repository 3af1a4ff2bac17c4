"""`omr evaluate scale` on the bundled page."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import main

MINUET = Path(__file__).parents[2] / "examples" / "minuet.png"


def test_the_staff_space_of_the_bundled_page_is_right_at_a_small_size(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "scale", str(MINUET), "--space", "6.5", "--space", "9"]) == 0
    assert capsys.readouterr().out.splitlines() == ["6.5 px: 1 of 1 within 3%", "9 px: 1 of 1 within 3%"]
