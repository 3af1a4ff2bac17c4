"""Strokes against labels, worked by hand at a staff space of 10 px."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.strokes import PageStrokes, coverage, evaluate
from omr.types import STROKE_KINDS, Stroke, StrokeKind

SPACE = 10.0


def line(kind: StrokeKind, *points: tuple[float, float]) -> Stroke:
    return Stroke(0, kind, points, 1.0)


def page(*strokes: Stroke, name: str = "one") -> PageStrokes:
    return PageStrokes(name, strokes, SPACE)


def figures(truth: list[Stroke], finds: list[Stroke], kind: str) -> tuple[float, float]:
    row = evaluate([page(*truth)], [page(*finds)])[kind]
    return row["precision"], row["recall"]


def arc(kind: StrokeKind, height: float) -> Stroke:
    at = np.linspace(0, 1, 13)
    return Stroke(0, kind, tuple((100 - 4 * height * t * (1 - t), 50 + 80 * t) for t in at.tolist()), 2.0)


STEM = line("stem", (100, 50), (135, 50))


@pytest.mark.parametrize(("find", "right"), [
    (line("stem", (100, 53), (135, 53)), True),  # 0.3 spaces aside
    (line("stem", (100, 54), (135, 54)), False),  # 0.4
    (line("stem", (110, 50), (135, 50)), True),  # 25 of 35: found, though short
    (line("stem", (100, 50), (117.5, 50)), False),  # half of it
    (line("stem", (100, 50), (170, 50)), False),  # twice as long
    (line("stem", (117, 32), (118, 68)), False),  # across it
    (line("barline", (100, 50), (135, 50)), False),
])
def test_a_stem(find: Stroke, right: bool) -> None:
    assert figures([STEM], [find], "stem")[1] == float(right)


def test_an_object_has_one_partner() -> None:
    assert figures([STEM], [STEM, STEM], "stem") == (0.5, 1.0)
    pieces = [line("stem", (100, 50), (117, 50)), line("stem", (117, 50), (135, 50))]
    assert figures([STEM], pieces, "stem") == (0.0, 0.0)
    # The first find would do for both, the second only for the first: both have a partner.
    low, high = line("beam", (100, 0), (100, 60)), line("beam", (103.5, 0), (103.5, 60))
    assert figures([low, high], [replace(low, points=((101.0, 0), (101.0, 60))),
                                 replace(low, points=((97.0, 0), (97.0, 60)))], "beam") == (1.0, 1.0)


def test_a_beam_between_two_levels_is_neither() -> None:
    levels = [line("beam", (100, 0), (90, 60)), line("beam", (107.5, 0), (97.5, 60))]
    assert figures(levels, [line("beam", (103.75, 0), (93.75, 60))], "beam") == (0.0, 0.0)


def test_pieces_of_a_beam_are_one_level() -> None:
    """Two levels over four stems, the lower one drawn from stem to stem; a level that bends is none."""
    high, low = line("beam", (100, 0), (91, 90)), line("beam", (107.5, 0), (98.5, 90))
    pieces = [line("beam", (107.5 - i * 3, 30 * i), (104.5 - i * 3, 30 * i + 30)) for i in (2, 0, 1)]
    assert figures([high, *pieces], [high, low], "beam") == (1.0, 1.0)
    assert figures([high, low], [high, *pieces], "beam") == (1.0, 1.0)
    assert evaluate([page(high, *pieces)], [page(high)])["beam"]["count"] == 2
    assert evaluate([page(line("beam", (50, 0), (50, 30)), line("beam", (50, 30), (70, 50)))], [])["beam"]["count"] == 2


def test_ink_may_be_cut_differently() -> None:
    whole = line("barline", (100, 50), (240, 50))
    pieces = [line("barline", (100, 50), (140, 51)), line("barline", (140, 50), (200, 50)),
              line("barline", (200, 50), (240, 50))]
    assert figures([whole], pieces, "barline") == figures(pieces, [whole], "barline") == (1.0, 1.0)
    assert figures([whole], pieces[:2], "barline") == (1.0, 1.0)  # 100 of 140 px
    assert figures([whole], pieces[:1], "barline") == (1.0, 0.0)
    # Two staves of 40 px, and no line in the 60 px between them: one through all of it is wrong, yet nothing is missed.
    assert figures([pieces[0], pieces[2]], [whole], "barline") == (0.0, 1.0)


def test_arms_of_a_hairpin_that_are_one_line_at_its_tip() -> None:
    arms = [line("hairpin", (100, 0), (92, 80)), line("hairpin", (100, 0), (108, 80))]
    found = [arms[0], line("hairpin", (102, 20), (108, 80))]
    assert figures(arms, found, "hairpin") == (1.0, 1.0)
    assert figures(arms, [arms[0]], "hairpin") == (1.0, 0.5)


def test_a_curve_is_not_its_chord() -> None:
    chord = line("slur", (100, 50), (100, 130))
    assert figures([arc("slur", 15)], [chord], "slur") == (0.0, 0.0)
    assert figures([arc("slur", 15)], [arc("slur", 18)], "slur") == (1.0, 1.0)
    assert figures([arc("slur", 3)], [chord], "slur") == (1.0, 1.0)


def test_a_tie_taken_for_a_slur_is_wrong_and_missed() -> None:
    result = evaluate([page(arc("tie", 8))], [page(arc("slur", 8))])
    assert result["tie"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "count": 1}
    assert result["slur"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "count": 0}


def test_coverage_of_half() -> None:
    shares, together = coverage([line("stem", (0, 0), (40, 0))],
                                [line("stem", (0, 1), (10, 1)), line("stem", (20, 0), (30, 0))], SPACE)
    assert shares == pytest.approx(np.array([[0.25, 0.25]]), abs=0.06)
    assert together == pytest.approx([0.5], abs=0.12)


def test_pages_are_compared_by_name() -> None:
    other = page(STEM, name="two")
    assert evaluate([page(STEM), other], [other])["stem"]["recall"] == 0.5
    assert evaluate([page(STEM)], [page(STEM), other])["stem"]["precision"] == 0.5
    with pytest.raises(ValueError, match="twice"):
        evaluate([other, other], [other])
    with pytest.raises(ValueError, match="staff space"):
        PageStrokes("one", (), 0.0)


coordinate = st.integers(0, 300).map(float)
strokes = st.lists(st.builds(
    lambda kind, points: Stroke(0, kind, tuple(points), 1.0), st.sampled_from(STROKE_KINDS),
    st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=5)), min_size=1, max_size=8)


@given(strokes)
def test_what_is_labelled_is_found(drawn: list[Stroke]) -> None:
    for row in evaluate([page(*drawn)], [page(*drawn)]).values():
        assert row["precision"] == row["recall"] == row["f1"] == 1


@given(st.sampled_from(STROKE_KINDS), st.tuples(coordinate, coordinate), st.floats(1, 8), st.floats(0, 2 * np.pi))
def test_two_spaces_aside_is_wrong(kind: StrokeKind, start: tuple[float, float], length: float, turn: float) -> None:
    way = np.array([np.cos(turn), np.sin(turn)])
    ends = np.array([start, start + way * length * SPACE])
    aside = ends + 2 * SPACE * np.array([-way[1], way[0]])
    truth, find = (line(kind, *map(tuple, points.tolist())) for points in (ends, aside))
    assert evaluate([page(truth)], [page(find)])[kind]["f1"] == 0
