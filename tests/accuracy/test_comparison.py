"""What the accuracy guard lets through, and what it does not."""

from __future__ import annotations

from lxml import etree

from tests.accuracy.comparison import MEAN, TOLERANCES, differences, means, read_expected
from tests.accuracy.pages import FOLDER, MUSIC, PAGES
from tests.accuracy.reading import Reading, canonical, measure

RECORDED = {"pitch_f1": 0.95, "note_f1": 0.9, "exact_measures": 5, "parts": 2, "doubts": 4}


def test_what_stays_within_the_tolerance_passes() -> None:
    assert differences("a", RECORDED, RECORDED) == []
    assert differences("a", RECORDED, {**RECORDED, "note_f1": 0.89, "pitch_f1": 0.96, "doubts": 6}) == []
    assert differences(MEAN, {"note_f1": 0.9}, {"note_f1": 0.897}) == []


def test_what_is_worse_fails() -> None:
    assert differences("a", RECORDED, {**RECORDED, "note_f1": 0.88}) == [
        "a: note_f1 0.9 -> 0.88, WORSE (may change by 0.01)"]
    assert differences(MEAN, {"note_f1": 0.9}, {"note_f1": 0.89}) == [
        "mean: note_f1 0.9 -> 0.89, WORSE (may change by 0.003)"]
    assert len(differences("a", RECORDED, {**RECORDED, "exact_measures": 4, "parts": 3, "doubts": 7})) == 3


def test_what_is_better_fails_too_and_says_so() -> None:
    (line,) = differences("a", RECORDED, {**RECORDED, "note_f1": 0.92})
    assert "BETTER" in line


def test_a_figure_that_comes_or_goes_is_a_difference() -> None:
    without = {key: value for key, value in RECORDED.items() if key != "note_f1"}
    assert differences("a", RECORDED, without) == ["a: note_f1 0.9 -> absent"]
    assert differences("a", without, RECORDED) == ["a: note_f1 absent -> 0.9"]


def test_the_mean_is_over_engraved_pages_that_have_the_figure() -> None:
    engraved = [page.name for page in PAGES if page.kind != "print"][:2]
    old = next(page.name for page in PAGES if page.kind == "print")
    found = means({engraved[0]: {"note_f1": 0.5, "lyrics_f1": 0.25, "parts": 1}, engraved[1]: {"note_f1": 1.0},
                   old: {"note_f1": 0.0}})
    assert found == {"note_f1": 0.75, "lyrics_f1": 0.25}


def test_everything_is_recorded_and_there() -> None:
    recorded = read_expected()
    assert list(recorded) == [MEAN, *(page.name for page in PAGES)]
    assert means(recorded) == recorded[MEAN]
    assert all(set(TOLERANCES) - set(recorded[page.name]) <= {"lyrics_f1"} for page in PAGES)
    sung = [page.name for page in PAGES if b"<lyric" in page.truth.read_bytes()]
    assert [page.name for page in PAGES if "lyrics_f1" in recorded[page.name]] == sung and sung
    assert {path for folder in ("images", "truth", "golden") for path in (FOLDER / folder).iterdir()} == {
        *(page.image for page in PAGES), *(music.truth for music in MUSIC),
        *(page.golden for page in PAGES if page.has_golden)}


def test_nothing_read_is_all_wrong() -> None:
    page = next(page for page in PAGES if page.group == "song")
    figures = measure(page, Reading(b"", 0))
    assert set(figures) == set(TOLERANCES) and not any(figures.values())


def test_the_truth_read_as_it_stands_is_all_right() -> None:
    for name in ("schubert-lindenbaum-clean", "drums-clean"):
        page = next(page for page in PAGES if page.name == name)
        figures = measure(page, Reading(page.truth.read_bytes(), 0))
        assert all(value == 1 for key, value in figures.items() if key.endswith("_f1"))
        assert figures["exact_measures"] == figures["measures"] == 8


def test_places_and_versions_are_not_compared_but_notes_are() -> None:
    def score(software: str, note: str, left: int, step: str) -> bytes:
        return (f"<score-partwise><identification><encoding><software>{software}</software></encoding></identification>"
                f"<defaults><page-height>{left}</page-height></defaults><part id='P1'><measure number='1'>"
                f"<print new-system='yes'><left-margin>{left}</left-margin></print>"
                f"<note id='{note}'><pitch><step>{step}</step></pitch></note>"
                "</measure></part></score-partwise>").encode()

    first = canonical(score("omr 1", "p1-1-2", 4, "A"))
    assert first == canonical(score("omr 2", "p1-1-3", 5, "A")) != canonical(score("omr 1", "p1-1-2", 4, "B"))
    assert etree.fromstring(first).find("part/measure/print").attrib == {"new-system": "yes"}
    assert canonical(b"") == ""
