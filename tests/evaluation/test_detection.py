"""The three detection protocols against cases worked by hand, and against each other where they must agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation import coco, obb, pacha
from evaluation.boxes import THRESHOLDS, PageBoxes, Ranked, believed, surest
from omr.errors import DataError

PROTOCOLS = (coco, pacha, obb)
Row = tuple[tuple[float, float, float, float], str, float]


def page(*rows: Row, name: str = "a.png") -> PageBoxes:
    return PageBoxes(name, np.array([r[0] for r in rows], float).reshape(-1, 4), tuple(r[1] for r in rows),
                     np.array([r[2] for r in rows], float))


def near(value: float) -> object:
    return pytest.approx(value, abs=1e-6)


FIRST, SECOND, FAR = (0, 0, 100, 100), (0, 200, 100, 300), (500, 500, 600, 600)
TRUTH = [page((FIRST, "rest", 1), (SECOND, "rest", 1))]
RIGHT_WRONG_RIGHT = [page((FIRST, "rest", 0.9), (FAR, "rest", 0.8), (SECOND, "rest", 0.7))]


@pytest.mark.parametrize("protocol", [pacha, obb])
def test_right_wrong_right_of_two(protocol: object) -> None:
    """Recall .5 .5 1, precision 1 1/2 2/3: half of the curve at 1, half at 2/3."""
    found = protocol.evaluate(TRUTH, RIGHT_WRONG_RIGHT)  # type: ignore[attr-defined]
    assert found["map_50"] == found["map_50_95"] == near(0.5 * 1 + 0.5 * 2 / 3)


def test_right_wrong_right_of_two_at_101_recalls() -> None:
    """Recalls 0.00 to 0.50 are 51 of COCO's 101 points."""
    assert coco.evaluate(TRUTH, RIGHT_WRONG_RIGHT)["map_50"] == near((51 + 50 * 2 / 3) / 101)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_pages_are_ranked_together(protocol: object) -> None:
    """The wrong find of the other page has the best score: precision 0, 1/2, 2/3."""
    truth = [*TRUTH, page(name="b.png")]
    found = [page((FIRST, "rest", 0.8), (SECOND, "rest", 0.7)), page((FIRST, "rest", 0.9), name="b.png")]
    assert protocol.evaluate(truth, found)["map_50"] == near(2 / 3)  # type: ignore[attr-defined]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_more_than_a_hundred_symbols_on_a_page(protocol: object) -> None:
    rows = [((0.0, 20.0 * i, 10.0, 20.0 * i + 10), "noteheadBlack", 1 - i / 1000) for i in range(300)]
    assert protocol.evaluate([page(*rows)], [page(*rows)])["map_50_95"] == near(1)  # type: ignore[attr-defined]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_weighted_mean_and_a_class_never_found(protocol: object) -> None:
    truth = [page((FIRST, "rest", 1), (SECOND, "rest", 1), (FAR, "flag", 1), ((0, 400, 9, 409), "rest", 1))]
    found = protocol.evaluate(truth, [page((FAR, "flag", 0.5))])  # type: ignore[attr-defined]
    assert found["map_50"] == near(1 / 2) and found["weighted_map_50"] == near(1 / 4)
    assert found["per_class"]["rest"] == {"ap_50": 0, "ap": 0, "count": 3}


def test_pacha_boxes_hold_their_last_pixel() -> None:
    """0..9 is ten pixels: half of them are 0..4, an IoU of exactly 1/2; without the +1 it would be 4/9."""
    truth = [page(((0, 0, 9, 9), "dot", 1))]
    assert pacha.evaluate(truth, [page(((0, 0, 9, 4), "dot", 1))])["map_50"] == near(1)
    assert pacha.evaluate(truth, [page(((0, 0, 9, 3), "dot", 1))])["map_50"] == near(0)
    assert pacha.evaluate(truth, [page(((0, 0, 9, 4), "dot", 1))])["map_50_95"] == near(1 / 10)
    assert coco.evaluate(truth, [page(((0, 0, 9, 4), "dot", 1))])["map_50"] == near(0)


def test_pacha_counts_classes_that_are_not_there() -> None:
    found = [page((FIRST, "rest", 0.9), (SECOND, "rest", 0.9), (FAR, "trill", 0.3))]
    assert pacha.evaluate(TRUTH, found)["map_50"] == near(1 / 2)
    assert pacha.evaluate(TRUTH, found)["weighted_map_50"] == near(1)
    assert obb.evaluate(TRUTH, found)["map_50"] == coco.evaluate(TRUTH, found)["map_50"] == near(1)


def test_pacha_a_find_whose_best_truth_is_taken_is_wrong() -> None:
    """The second find overlaps the left truth by 3/4 and the right one by 1/2; COCO gives it the right one."""
    truth = [page(((0, 0, 100, 100), "rest", 1), ((0, 40, 100, 140), "rest", 1))]
    found = [page(((0, 0, 100, 100), "rest", 0.9), ((0, 14, 100, 114), "rest", 0.8))]
    assert pacha.evaluate(truth, found)["map_50"] == near(1 / 2)
    assert coco.evaluate(truth, found)["map_50"] == near(1)


def test_obb_overlap_is_over_the_enclosing_box() -> None:
    a, corner = np.array([[0.0, 0, 10, 10]]), np.array([[5.0, 5, 15, 15]])
    assert obb.overlap(a, corner)[0, 0] == near(25 / 225)  # IoU: 25 / 175
    assert obb.overlap(a, np.array([[0.0, 5, 10, 15]]))[0, 0] == near(50 / 150)
    assert obb.overlap(a, np.array([[10.0, 0, 20, 10]]))[0, 0] == 0


def test_obb_the_least_sure_choose_first() -> None:
    """A poor find of low confidence reserves the truth (overlap 0.3), and the perfect one comes too late."""
    truth = [page(((0, 0, 10, 100), "beam", 1))]
    found = [page(((0, 0, 10, 100), "beam", 0.9), ((0, 0, 10, 30), "beam", 0.1))]
    assert obb.evaluate(truth, found)["map_50"] == near(0)
    assert pacha.evaluate(truth, found)["map_50"] == near(1)
    # Below RESERVE it takes nothing.
    found = [page(((0, 0, 10, 100), "beam", 0.9), ((0, 0, 10, 15), "beam", 0.1))]
    assert obb.evaluate(truth, found)["map_50"] == near(1)


def test_obb_classes_listed_without_truth_count_nothing() -> None:
    found = obb.evaluate(TRUTH, TRUTH, ["rest", "trill", "segno", "coda"])
    assert found["map_50"] == near(1 / 4)


boxes = st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 12)] * 2).map(
    lambda b: (float(b[0]), float(b[1]), float(b[0] + b[2]), float(b[1] + b[3])))
# Scores in steps, and all different: how ties are broken is nobody's promise.
pages = st.lists(st.tuples(boxes, st.sampled_from("ab")), max_size=6)


@given(pages.filter(len), pages, st.randoms())
@settings(max_examples=100)
def test_pacha_as_its_script_does_it(true: list, found: list, random: object) -> None:
    """Against the definition written out in loops."""
    scores = list(range(1, len(found) + 1))
    random.shuffle(scores)  # type: ignore[attr-defined]
    truth = page(*((b, n, 1.0) for b, n in true))
    finds = page(*((b, n, s / 10) for (b, n), s in zip(found, scores, strict=True)))
    result = pacha.evaluate([truth], [finds])
    for name, row in result["per_class"].items():
        mine = [b for b, n in true if n == name]
        ranking = sorted(((s, b) for (b, n), s in zip(found, scores, strict=True) if n == name), reverse=True)
        assert row["ap_50"] == near(by_hand(mine, [b for _, b in ranking], 0.5))
        assert row["ap"] == near(sum(by_hand(mine, [b for _, b in ranking], t) for t in THRESHOLDS) / 10)


def by_hand(truth: list, found: list, threshold: float) -> float:
    taken, right = set(), []
    for f in found:
        overlaps = [overlap_by_hand(f, t) for t in truth]
        best = overlaps.index(max(overlaps)) if overlaps else None
        right.append(best is not None and overlaps[best] >= threshold and best not in taken)
        if right[-1]:
            taken.add(best)
    total = 0.0
    for i, hit in enumerate(right):
        if hit:
            total += max(sum(right[: k + 1]) / (k + 1) for k in range(i, len(right))) / len(truth)
    return total


def overlap_by_hand(a: tuple, b: tuple) -> float:
    first, second = ({(r, c) for r in range(int(x[0]), int(x[2]) + 1) for c in range(int(x[1]), int(x[3]) + 1)}
                     for x in (a, b))
    return len(first & second) / len(first | second)


def test_csv_comes_back(tmp_path: Path) -> None:
    written = [page(((1.5, 2, 3, 4), "rest", 0.25), (FIRST, "a,b", 1)), page((FAR, "x", 0.5), name="b.png")]
    pacha.write_csv(written, tmp_path / "finds.csv", confidence=True)
    for before, after in zip(written, pacha.read_csv(tmp_path / "finds.csv"), strict=True):
        assert (before.page, before.names) == (after.page, after.names)
        assert np.array_equal(before.boxes, after.boxes) and np.array_equal(before.scores, after.scores)


def test_csv_as_the_benchmark_has_it(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("path_to_image,top,left,bottom,right,class_name\n"
                                    "mensural/0123.png,100,120,130,142,notehead\nmensural/0123.png,12,52,20,72,stem\n")
    (tmp_path / "f.csv").write_text("/elsewhere/0123.png,99,120,132,144,notehead,0.98\n"
                                    "/elsewhere/0123.png,15,58,22,70,barline,0.50\n")
    found = pacha.evaluate(pacha.read_csv(tmp_path / "t.csv"), pacha.read_csv(tmp_path / "f.csv"))
    assert found["map_50"] == near(1 / 3)  # notehead right; stem missed; barline invented
    # 31 x 23 pixels within 34 x 25: an IoU of .839, right up to 0.8.
    assert found["per_class"]["notehead"]["ap"] == near(7 / 10)


@pytest.mark.parametrize("row, what", [("a.png,1,2,3", "4 columns"), ("a.png,1,2,x,4,rest", "could not convert"),
                                       ("a.png,5,2,3,4,rest", "ends before it begins")])
def test_csv_rows_that_are_none(tmp_path: Path, row: str, what: str) -> None:
    (tmp_path / "t.csv").write_text(f"a.png,1,2,3,4,rest\n{row}\n")
    with pytest.raises(DataError, match=f"t.csv, line 2: .*{what}"):
        pacha.read_csv(tmp_path / "t.csv")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_to_find_is_an_error(protocol: object) -> None:
    with pytest.raises(ValueError, match="no box"):
        protocol.evaluate([page()], TRUTH)  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="twice"):
        protocol.evaluate([*TRUTH, *TRUTH], [])  # type: ignore[attr-defined]


def test_a_curve_without_finds() -> None:
    assert Ranked(np.zeros(0, bool), np.zeros(0), 3, np.zeros((0, 2), int)).average_precision == 0


def test_what_a_scan_believes() -> None:
    """Of three finds the second-best is wrong and the last is believed only by a class of low standards."""
    assert believed(TRUTH, RIGHT_WRONG_RIGHT, {"rest": 0.7}, 0.2)["rest"] == {
        "precision": near(2 / 3), "recall": 1.0, "count": 2}
    assert believed(TRUTH, RIGHT_WRONG_RIGHT, {}, 0.75)["rest"] == {"precision": 0.5, "recall": 0.5, "count": 2}
    twice = [page((FIRST, "rest", 0.9), (FIRST, "rest", 0.9), (FAR, "clef", 0.9))]
    assert believed(TRUTH, twice, {}, 0.2) == {"rest": {"precision": 0.5, "recall": 0.5, "count": 2}}


def test_only_the_surest_finds_are_kept() -> None:
    found = page((FIRST, "gClef", 0.6), (SECOND, "fClef", 0.6), (FAR, "segno", 0.6))
    (kept,) = surest([found], {"gClef": 0.5, "fClef": 0.7}, 0.65)
    assert kept.names == ("gClef",) and kept.boxes.tolist() == [list(FIRST)]
    # A class that is nowhere in truth counts 0: believed or not makes the difference.
    truth = [page((FIRST, "gClef", 1))]
    assert pacha.evaluate(truth, [found])["map_50"] == near(1 / 3)
    assert pacha.evaluate(truth, [kept])["map_50"] == near(1)
