"""A correction holds for measures like the corrected one: which these are, and which are left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from omr.review.answers import changed_with, changes
from omr.review.log import read_log
from omr.review.review import Review
from omr.review.signs import put_key
from omr.types import Symbol
from tests.review.conftest import MISREAD, Read, center, notes_of
from tests.review.test_operations import do

FIRST, *OTHERS = MISREAD


@pytest.fixture
def wrong(misread: Read, tmp_path: Path) -> Review:
    """A review of the page on which four measures are misread alike."""
    return misread.review(tmp_path)


def first_of_left_hand(review: Review, index: int) -> dict[str, Any]:
    return next(n for n in notes_of(review, index) if n["staff"] == 2)


def mend(review: Review, index: int = FIRST, **options: Any) -> list[int]:
    """Say that the first note of the left hand is a quarter note; the measures that this changed."""
    return do(review, op="duration", at=center(first_of_left_hand(review, index)), type="quarter", **options)


def lengths(review: Review) -> list[str]:
    return [first_of_left_hand(review, i)["type"] for i in MISREAD]


def test_a_length_mends_the_measures_like_it(wrong: Review, review: Review) -> None:
    assert lengths(wrong) == ["half"] * 4
    before = wrong.score
    assert mend(wrong) == list(MISREAD)
    assert lengths(wrong) == ["quarter"] * 4 and changes(review.score, wrong.score) == []
    assert changed_with(wrong, wrong.log.operations[-1], before) == OTHERS
    # Nobody has looked at the others.
    assert wrong.mended() == {FIRST}


def test_undo_takes_all_back_as_one_step(wrong: Review) -> None:
    before = wrong.score
    mend(wrong)
    after = wrong.score
    wrong.undo()
    assert wrong.score == before and not wrong.can_undo
    wrong.redo()
    assert wrong.score == after


def test_this_one_only(wrong: Review) -> None:
    assert mend(wrong, alike=False) == [FIRST]
    assert "also" not in wrong.log.operations[-1]


def test_only_measures_further_on(wrong: Review) -> None:
    assert mend(wrong, OTHERS[1]) == OTHERS[1:]


def test_measures_that_were_looked_at_are_left_alone(wrong: Review) -> None:
    wrong.do({"op": "accept", "measure": OTHERS[0]})
    do(wrong, op="pitch", at=center(first_of_left_hand(wrong, OTHERS[1])), steps=1)
    assert mend(wrong) == [FIRST, OTHERS[2]]


def test_a_measure_that_is_no_likelier_with_it_is_left_alone(review: Review) -> None:
    """The measures are alike and right: a half note in the first leaves them as they are."""
    note = first_of_left_hand(review, FIRST)
    assert do(review, op="duration", at=center(note), type="half") == [FIRST]


def test_the_log_says_where_and_does_it_again(misread: Read, wrong: Review, tmp_path: Path) -> None:
    mend(wrong)
    log = read_log(wrong.input.log)
    assert log is not None and len(log.operations[0]["also"]) == len(OTHERS)
    again = misread.review(tmp_path, log)
    assert again.score == wrong.score and again.unplaced == ()
    # On a picture of another size the places are other pixels of the same page.
    larger = [(2 * height, 2 * width) for height, width in log.pages]
    assert log.for_pages(larger).for_pages(log.pages) == log
    (at,) = (event["at"] for event in log.for_pages(larger).operations[0]["also"][0]["events"])
    assert at == [pytest.approx(2 * x, abs=0.1) for x in log.operations[0]["also"][0]["events"][0]["at"]]


def test_a_measure_that_finds_its_place_no_more_is_named(misread: Read, wrong: Review, tmp_path: Path) -> None:
    mend(wrong)
    log = read_log(wrong.input.log)
    assert log is not None
    operation = dict(log.operations[0])
    lost = {**operation["also"][0], "events": [{"at": [2.0, 2.0], "as": operation["at"]}]}
    elsewhere = {**operation["also"][0], "page": 7}
    operation["also"] = [lost, elsewhere, *operation["also"][1:]]
    again = misread.review(tmp_path, replace(log, operations=(operation,)))
    assert lengths(again) == ["quarter", "half", "quarter", "quarter"]
    assert [(u.number, "like it on page" in u.message) for u in again.unplaced] == [(1, True), (1, True)]


def test_what_was_said_before_of_the_measure_goes_along(page: Read, tmp_path: Path) -> None:
    """Two mistakes in each measure: with one of them mended the others are no likelier, with both they are."""
    review = page.review(tmp_path)
    graph = page.readings[0].graph
    assert graph is not None
    rests = {}
    for index in MISREAD:
        bar = review.builder.bars[index].bar
        own = sorted((e for e in bar.events if e.staff == bar.system.staves[1]), key=lambda e: e.x)
        rests[own[0].heads[0].id], rests[own[2].rest.id] = "noteheadHalf", "rest16th"  # type: ignore[union-attr]
    symbols = tuple(replace(s, name=rests.get(s.id, s.name)) for s in graph.symbols)
    (tmp_path / "wrong").mkdir()
    wrong = Read([replace(page.readings[0], graph=replace(graph, symbols=symbols))], page.pictures).review(
        tmp_path / "wrong")
    mend(wrong)
    bar = wrong.builder.bars[FIRST].bar
    rest = next(e.rest for e in bar.events if e.rest is not None and e.rest.name == "rest16th")
    do(wrong, op="duration", at=wrong.pictures[0].at(*rest.box.center), type="quarter")
    assert changes(review.score, wrong.score) == []


# ---- clefs and keys --------------------------------------------------------------------------------------------


def with_other_clefs(page: Read, systems: tuple[int, ...]) -> Read:
    """The page with alto clefs at the beginning of the right hand in some systems."""
    graph = page.readings[0].graph
    assert graph is not None
    staves = {graph.systems[s].staves[0] for s in systems}

    def misread(symbol: Symbol) -> Symbol:
        opens = symbol.kind == "clef" and graph.staff_of.get(symbol.id) in staves
        return replace(symbol, name="cClef") if opens else symbol

    return Read([replace(page.readings[0], graph=replace(graph, symbols=tuple(map(misread, graph.symbols))))],
                page.pictures)


def clef_of(review: Review, system: int) -> list[float]:
    """Where the right hand's clef of a system is to be pointed at."""
    graph = review.edited.graphs[0]
    clef = next(s for s in graph.on_staff(graph.systems[system].staves[0]) if s.kind == "clef")
    return review.pictures[0].at(*clef.box.center)


def test_a_clef_is_put_right_in_the_systems_after_it(page: Read, review: Review, tmp_path: Path) -> None:
    wrong = with_other_clefs(page, (0, 1, 2)).review(tmp_path)
    assert len(changes(review.score, wrong.score)) == len(review.measures)
    do(wrong, op="clef", at=clef_of(wrong, 0), sign="G", line=2, alike=False)
    assert changes(review.score, wrong.score) == list(range(wrong.score.systems[1].measure, len(wrong.measures)))
    wrong.undo()
    do(wrong, op="clef", at=clef_of(wrong, 0), sign="G", line=2)
    assert changes(review.score, wrong.score) == [] and len(wrong.log.operations[0]["also"]) == 2
    assert wrong.mended() == {0}


def test_a_clef_that_was_read_otherwise_ends_it(page: Read, review: Review, tmp_path: Path) -> None:
    wrong = with_other_clefs(page, (0, 2)).review(tmp_path)
    # In the third system an alto clef may be right: the second shows that the first was one misread alone.
    before = wrong.builder.bars[-1].context.clefs
    do(wrong, op="clef", at=clef_of(wrong, 0), sign="F", line=4)
    assert "also" not in wrong.log.operations[0] and wrong.builder.bars[-1].context.clefs == before


def test_a_key_is_put_right_in_the_systems_after_it(page: Read, tmp_path: Path) -> None:
    graph = page.readings[0].graph
    assert graph is not None
    for system in graph.systems:
        staff = graph.staves[system.staves[0]]
        graph = put_key(graph, staff.row(0, staff.left), staff.left + 5, -2)
    review = Read([replace(page.readings[0], graph=graph)], page.pictures).review(tmp_path)
    assert {fifths for b in review.builder.bars for fifths in b.context.fifths.values()} == {-2}
    staff = graph.staves[0]
    before = review.score
    do(review, op="key", at=review.pictures[0].at(staff.row(0, staff.left), staff.left + 5), fifths=3)
    assert {fifths for b in review.builder.bars for fifths in b.context.fifths.values()} == {3}
    # Each system shows the key anew, so the score tells of it once; all notes of its steps are other ones.
    assert len(changed_with(review, review.log.operations[-1], before)) > 5
