"""The fit of the rhythm search's prices."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from evaluation.prices import FitBar, Tally, Times, fit, score, using
from omr.music import lengths, rhythm, search
from omr.music.prices import PRICES, Prices

ONE = Fraction(1)
RIGHT: Times = Counter({(Fraction(0), ONE): 1})
WRONG: Times = Counter({(Fraction(0), 2 * ONE): 1})


def _bars(count: int) -> list[FitBar]:
    return [FitBar((), None, {}, 20.0, None, {}, None, 0.0, RIGHT) for _ in range(count)]


def _needs_cheap_gap(bar: FitBar, prices: Prices) -> Times:
    return RIGHT if prices.gap < 2.0 else WRONG


def test_score_counts_whole_measures_and_notes() -> None:
    two: Times = Counter({(Fraction(0), ONE): 1, (ONE, ONE): 1})
    assert score(_bars(1), Prices(), lambda bar, prices: two) == Tally(0, 1, 2 / 3)
    assert score(_bars(2), Prices(), lambda bar, prices: RIGHT) == Tally(2, 2, 1.0)


def test_only_the_price_that_matters_is_changed() -> None:
    prices, trials = fit(_bars(3), Prices(gap=2.6), _needs_cheap_gap)
    assert prices == Prices(gap=1.3)
    assert [t.name for t in trials if t.is_kept] == ["gap"]
    assert [t.name for t in trials if not t.is_flat] == ["gap"]


def test_a_change_for_the_worse_is_not_kept() -> None:
    start = Prices(gap=1.5)
    prices, trials = fit(_bars(3), start, _needs_cheap_gap, factors=(1.4, 2.0))
    assert prices == start
    gap = next(t for t in trials if t.name == "gap")
    assert (gap.change, gap.is_kept, gap.is_flat) == (-3, False, False)


def test_prices_are_put_back() -> None:
    with using(Prices(gap=9.0)):
        assert {vars(module)["PRICES"].gap for module in (lengths, rhythm, search)} == {9.0}
    assert all(vars(module)["PRICES"] is PRICES for module in (lengths, rhythm, search))
