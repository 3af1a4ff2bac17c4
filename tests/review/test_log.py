"""The log on disk: read back as written, scaled to other pictures, done again on another reading of the page."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from omr.errors import DataError, OutputError
from omr.review.answers import changes
from omr.review.log import Log, read_log, write_log
from omr.review.operations import OperationError, check
from omr.review.review import Review
from tests.review.conftest import SONATA, Read, center, notes_of, read

POINT = st.lists(st.floats(0, 5000, allow_nan=False).map(lambda x: round(x, 1)), min_size=2, max_size=2)
OPERATION = st.one_of(
    st.fixed_dictionaries({"op": st.just("pitch"), "page": st.integers(0, 1), "at": POINT,
                           "steps": st.integers(-9, 9)}),
    st.fixed_dictionaries({"op": st.just("tuplet"), "page": st.integers(0, 1), "at": st.lists(POINT, min_size=1),
                           "actual": st.just(3), "normal": st.just(2), "alike": st.booleans()}),
    st.fixed_dictionaries({"op": st.just("title"), "field": st.just("title"), "text": st.text()}),
)


@given(st.lists(OPERATION), st.data())
def test_a_log_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, operations: list[dict[str, Any]],
                                         data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("log") / "x.review.json"
    log = Log("a \" name", "ab", ((100, 200), (30, 40)), tuple(operations),
              data.draw(st.integers(0, len(operations))), {"measure": 3, "zoom": 1.5})
    write_log(log, path)
    assert read_log(path) == log


@given(st.lists(OPERATION))
def test_places_are_scaled_there_and_back(operations: list[dict[str, Any]]) -> None:
    log = Log("x", "", ((100, 200), (100, 200)), tuple(operations), len(operations))
    assert log.for_pages(((200, 400), (200, 400))).for_pages(log.pages) == log


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["at", "x"]), inner)))
def test_a_place_that_is_none_is_left_to_the_check_of_its_operation(place: Any) -> None:
    log = Log("", "", ((100, 200),), ({"op": "pitch", "page": 0, "at": place, "steps": 1},), 1, {})
    (operation,) = log.for_pages(((200, 400),)).operations
    with suppress(OperationError):
        check(operation)


@pytest.mark.parametrize("text", [
    "", "[]", "{}", '{"format": 1}', '{"format": "x"}', "\x00", '{"format": 99, "version": "9"}', "[" * 200_000,
    '{"format": 1, "input": {"name": "", "sha256": "", "pages": [[0, 9]]}, "done": 0, "operations": [], "place": {}}',
    '{"format": 1, "input": {"name": "", "sha256": "", "pages": [[1e999, 9]]}, "done": 0, "operations": [],'
    ' "place": {}}',
], ids=lambda text: text[:40])
def test_a_broken_log_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(DataError, match=r"x\.json"):
        read_log(tmp_path / "x.json")
    assert read_log(tmp_path / "missing.json") is None


def _session(review: Review) -> None:
    """Some corrections."""
    review.do({"op": "accept", "measure": 2})
    review.do({"op": "pitch", "page": 0, "at": center(notes_of(review, 1)[0]), "steps": 3})
    review.do({"op": "delete", "page": 0, "at": center(notes_of(review, 0)[-1])})
    review.do({"op": "title", "field": "title", "text": "Sonate"})


def test_undo_and_redo_are_inverse(review: Review) -> None:
    scores = [review.score]
    for operation in ({"op": "pitch", "page": 0, "at": center(notes_of(review, 1)[0]), "steps": 1},
                      {"op": "delete", "page": 0, "at": center(notes_of(review, 0)[0])},
                      {"op": "title", "field": "composer", "text": "M"}):
        review.do(operation)
        scores.append(review.score)
    for score in reversed(scores[:-1]):
        review.undo()
        assert review.score == score
    with pytest.raises(OperationError, match="nothing to undo"):
        review.undo()
    for score in scores[1:]:
        review.redo()
        assert review.score == score
    review.undo()
    review.do({"op": "title", "field": "title", "text": "x"})
    assert not review.can_redo and len(review.log.operations) == 3


def test_a_session_goes_on_where_it_was(page: Read, review: Review, tmp_path: Path) -> None:
    _session(review)
    review.undo()
    again = page.review(tmp_path, read_log(review.input.log))
    assert again.score == review.score and again.can_redo and not again.unplaced
    again.redo()
    assert again.score.title == "Sonate" and again.accepted() == {2}


def test_corrections_of_one_scan_hold_for_a_scan_at_another_resolution(
    review: Review, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _session(review)
    smaller = tmp_path / "smaller.png"
    with Image.open(SONATA) as image:
        grey = image.convert("L")
        grey.resize((round(grey.width * 0.7), round(grey.height * 0.7)), Image.Resampling.BOX).save(smaller)
    other = read(smaller, tmp_path_factory.mktemp("other"))
    plain = other.review(tmp_path_factory.mktemp("plain"))
    again = other.review(tmp_path_factory.mktemp("again"), read_log(review.input.log))
    assert not again.unplaced and again.score.title == "Sonate" and again.accepted() == {2}
    assert changes(plain.score, again.score) == [0, 1]
    assert [n.pitch for n in again.score.parts[0].measures[1].notes] == [
        n.pitch for n in review.score.parts[0].measures[1].notes]


def test_what_finds_its_place_no_more_is_reported_and_kept(page: Read, review: Review, tmp_path: Path) -> None:
    _session(review)
    log = read_log(review.input.log)
    assert log is not None
    lost = log.with_operation({"op": "pitch", "page": 0, "at": [2.0, 2.0], "steps": 1})
    again = page.review(tmp_path, lost.with_operation({"op": "pitch", "page": 5, "at": [2.0, 2.0], "steps": 1}))
    assert [(u.number, u.operation["op"]) for u in again.unplaced] == [(5, "pitch"), (6, "pitch")]
    assert again.score == review.score and len(again.log.operations) == 6


def test_each_operation_is_on_disk_at_once_and_a_full_disk_changes_nothing(review: Review) -> None:
    review.do({"op": "title", "field": "title", "text": "a"})
    kept = json.loads(review.input.log.read_text())
    assert kept["done"] == 1 and kept["operations"][0]["text"] == "a"
    review.input.log.unlink()
    review.input.log.mkdir()
    with pytest.raises(OutputError):
        review.do({"op": "title", "field": "title", "text": "b"})
    assert review.score.title == "a" and review.log.done == 1
