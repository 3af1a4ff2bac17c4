"""Whether measures are judged rightly, and what is told of their probabilities."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from evaluation.sure import FOREIGN, Sample, Staves, fit, found_curve, judge, reliability


def bar(*pitches: int) -> Counter[tuple[Fraction, int, Fraction]]:
    return Counter((Fraction(i), p, Fraction(1)) for i, p in enumerate(pitches))


MUSIC = [bar(60 + i, 62 + i, 64 + i, 65 + i) for i in range(10)]


def test_a_measure_is_right_only_as_a_whole() -> None:
    read = [*MUSIC]
    read[3] = bar(63, 65, 67, 69)  # the last is one too high
    verdict = judge(Staves(MUSIC), Staves(read), [1], partial=False)
    assert verdict.measures == {j: j != 3 for j in range(10)}
    assert verdict.of_parts == {(0, j): j != 3 for j in range(10)}
    assert (verdict.missed, verdict.foreign) == (0, 0)


def test_what_is_lost_and_what_is_invented() -> None:
    read = [*MUSIC[:4], bar(30, 31, 32), *MUSIC[5:8]]
    verdict = judge(Staves(MUSIC), Staves(read), [1], partial=False)
    assert [j for j, right in verdict.measures.items() if not right] == [4]
    assert verdict.missed == 3  # the fifth, with which what was invented has nothing in common, and the last two


def test_parts_are_judged_apart_where_the_staves_are_known() -> None:
    low = [bar(40 + i, 43 + i) for i in range(10)]
    wrong = [*low]
    wrong[2] = bar(1, 2)
    both = [a + b for a, b in zip(MUSIC, low, strict=True)]
    read = [a + b for a, b in zip(MUSIC, wrong, strict=True)]
    verdict = judge(Staves(both, (MUSIC, low)), Staves(read, (MUSIC, wrong)), [1, 1], partial=False)
    assert not verdict.measures[2]
    assert [place for place, right in verdict.of_parts.items() if not right] == [(1, 2)]
    unknown = judge(Staves(both), Staves(read, (MUSIC, wrong)), [1, 1], partial=False)
    assert unknown.measures == verdict.measures and not unknown.of_parts


def test_music_that_the_truth_does_not_have_counts_only_where_it_is_whole() -> None:
    other = [bar(20 + i, 21 + i) for i in range(FOREIGN)]
    read = [*other, *MUSIC]
    partial = judge(Staves(MUSIC), Staves(read), [1], partial=True)
    assert partial.foreign == FOREIGN and all(partial.measures.values()) and len(partial.measures) == 10
    whole = judge(Staves(MUSIC), Staves(read), [1], partial=False)
    assert whole.foreign == 0 and sum(not right for right in whole.measures.values()) == FOREIGN
    few = judge(Staves(MUSIC), Staves(read[1:]), [1], partial=True)
    assert few.foreign == 0 and sum(not right for right in few.measures.values()) == FOREIGN - 1


def test_pages_of_other_music_do_not_count_where_they_share_some_of_the_truth_by_chance() -> None:
    other = [bar(20 + i, 21 + i) for i in range(FOREIGN)]
    alike = [bar(60 + i, 62 + i, 1, 2) for i in (3, 4)]  # half of the pitches of two measures of the truth
    verdict = judge(Staves(MUSIC), Staves([*other, *alike, MUSIC[5]]), [1], partial=True)
    assert (verdict.foreign, verdict.measures) == (FOREIGN + 2, {FOREIGN + 2: True})
    mostly = judge(Staves(MUSIC), Staves([*other, *MUSIC[:3], *alike]), [1], partial=True)
    assert mostly.foreign == FOREIGN and sum(not right for right in mostly.measures.values()) == 2


def test_reliability_of_four_measures() -> None:
    found = reliability([0.96, 0.99, 0.42, 0.48], [True, False, False, True], sure=0.95)
    assert (found.measures, found.wrong) == (4, 0.5)
    assert found.bins == (pytest.approx((0.45, 0.5, 2)), pytest.approx((0.975, 0.5, 2)))
    assert found.error == pytest.approx((2 * 0.05 + 2 * 0.475) / 4)
    assert (found.sure, found.sure_right) == (0.5, 0.5)


def test_probabilities_drawn_from_themselves_are_reliable() -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(0, 1, 40_000)
    right = (rng.uniform(0, 1, len(p)) < p).tolist()
    assert reliability(p.tolist(), right, 0.95).error < 0.01
    assert reliability((p**3).tolist(), right, 0.95).error > 0.1


def test_the_curve_finds_wrong_measures_in_order() -> None:
    assert found_curve([0.1, 0.9, 0.2, 0.8], [False, True, True, False]).tolist() == [0, 0.5, 0.5, 1, 1]
    # Of equally sure measures nobody knows which comes first.
    assert found_curve([0.5] * 4, [False, True, False, True]).tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert found_curve([0.5, 0.6], [True, True]).tolist() == [1, 1, 1]


def test_nothing_to_judge_is_an_error() -> None:
    with pytest.raises(ValueError, match="no measures"):
        reliability([], [], 0.95)


def test_what_is_fitted_gives_the_probabilities_that_the_samples_have() -> None:
    """Wrong with odds that grow with the cost; the number of rests says nothing, and `flat` never changes."""
    rng = np.random.default_rng(2)
    samples = []
    for i in range(4000):
        cost, rests = float(rng.exponential(3)), float(rng.integers(0, 4))
        wrong = rng.uniform() < 1 / (1 + np.exp(3 - 2 * np.log1p(cost)))
        samples.append(Sample({"cost": cost, "rests": rests, "flat": 0.0}, not wrong, f"piece {i % 40}"))
    weights, right = fit(samples)
    assert set(weights.coefficients) == {"cost", "rests"}
    assert weights.coefficients["cost"] == pytest.approx(2, abs=0.25)
    assert abs(weights.coefficients["rests"]) < 0.15
    assert weights.intercept == pytest.approx(-3, abs=0.35)
    assert weights.right(samples[0].figures) == pytest.approx(right[0], abs=0.05)
    assert reliability(list(right), [s.right for s in samples], 0.95).error < 0.03
