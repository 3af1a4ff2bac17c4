"""On the page of `omr review`: one correction mends the measures like it, and says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from omr.review.answers import changes
from omr.review.log import read_log
from omr.review.review import Review
from tests.review.conftest import MISREAD, Read
from tests.review.driving import hears, press, selected, start


@pytest.fixture
def wrong(misread: Read, tmp_path: Path) -> Review:
    """A review of the page on which four measures are misread alike."""
    return misread.review(tmp_path)


@pytest.fixture
def address(wrong: Review) -> Iterator[str]:
    address, stop = start(wrong)
    yield address
    stop()


@pytest.fixture
def tab(address: str, opened: Callable[..., Any]) -> Any:
    return opened(address)


def select_misread(tab: Any) -> None:
    """Go to the first of the measures, and to the first note of its left hand."""
    press(tab, "Home", *["PageDown"] * MISREAD[0])
    while "staff 2" not in "".join(selected(tab)):
        press(tab, "ArrowRight")
    assert selected(tab)[0].startswith("half")


def test_one_length_mends_four_measures(
    tab: Any, wrong: Review, misread: Read, review: Review, tmp_path: Path
) -> None:
    before = wrong.score
    select_misread(tab)
    press(tab, "q")
    hears(tab, "Now quarter. 3 other measures (6, 7, 8) changed with it.")
    assert changes(review.score, wrong.score) == [] and selected(tab)[0].startswith("quarter")

    press(tab, "Control+z")
    hears(tab, "Undone. 3 other measures (6, 7, 8) changed with it.")
    assert wrong.score == before
    press(tab, "Control+y")
    hears(tab, "Done again. 3 other measures (6, 7, 8) changed with it.")
    assert misread.review(tmp_path, read_log(wrong.input.log)).score == wrong.score


def test_this_one_only_holds_for_one_correction(tab: Any, wrong: Review) -> None:
    before = wrong.score
    button = tab.get_by_role("button", name="The next correction in this measure only")
    select_misread(tab)
    press(tab, "Shift+A")
    assert button.get_attribute("aria-pressed") == "true"
    press(tab, "q")
    hears(tab, "Now quarter.")
    assert changes(before, wrong.score) == [MISREAD[0]]
    assert button.get_attribute("aria-pressed") == "false"

    press(tab, "Control+z")
    button.click()
    button.click()
    press(tab, "q")
    hears(tab, "Now quarter. 3 other measures")
    assert changes(before, wrong.score) == list(MISREAD)
