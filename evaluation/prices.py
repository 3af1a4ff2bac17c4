"""Fits the prices of the rhythm search, so that as many measures as possible come out right.

This is a coordinate search: each price in turn is multiplied by every factor in `FACTORS`, and the best change is kept
if more measures of the fitting half come out right. The held-out half is never used for fitting, and decides whether
the result is useful.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from fractions import Fraction

from omr.music import lengths, rhythm, search
from omr.music.events import TICKS, Event
from omr.music.lengths import Shape
from omr.music.placed import Reading
from omr.music.prices import Prices
from omr.music.rhythm import read_bar
from omr.music.spacing import Spacing

FACTORS = (0.5, 0.7, 1.4, 2.0)
"""Factors for a price, tried one at a time. The steps are large enough to change readings."""
SEARCH = (lengths, rhythm, search)
"""The modules that use the prices."""

Times = Counter[tuple[Fraction, Fraction]]
"""(onset, duration) of every note of a measure, in quarter notes, and how many notes have both."""


@dataclass(frozen=True, eq=False)
class FitBar:
    """What the search is given about one bar, and the truth.

    short_price: price of a bar that is too short, None for `Prices.short_bar`.
    triplet_rebates: by shape, how much less a triplet without its digit costs than `Prices.tuplet_unmarked`.

    The other fields are arguments of `read_bar`.
    """

    events: tuple[Event, ...]
    duration: int | None
    part_of: Mapping[int, int]
    space_px: float
    short_price: float | None
    triplet_rebates: Mapping[Shape, float]
    spacing: Spacing | None
    right: float
    truth: Times


@dataclass(frozen=True)
class Tally:
    """right: number of measures in which every onset and duration is right. note_f1: F1 of all notes, where a note is
    right if its onset and its duration are."""

    right: int
    measures: int
    note_f1: float


@dataclass(frozen=True)
class Trial:
    """The best result of changing one price, on the fitting half. change: how many more measures (negative: fewer) come
    out right. is_flat: whether no factor changes the number of measures or the note F1."""

    name: str
    factor: float
    change: int
    is_kept: bool
    is_flat: bool


@contextmanager
def using(prices: Prices) -> Iterator[None]:
    """Make the rhythm search use other prices inside the block. Its modules look them up in their own namespace for
    every bar."""
    before = [vars(module)["PRICES"] for module in SEARCH]
    for module in SEARCH:
        vars(module)["PRICES"] = prices
    try:
        yield
    finally:
        for module, own in zip(SEARCH, before, strict=True):
            vars(module)["PRICES"] = own


def read(bar: FitBar, prices: Prices) -> Reading:
    """The reading of a bar at some prices."""
    short = prices.short_bar if bar.short_price is None else bar.short_price
    with using(prices):
        triplets = {shape: prices.tuplet_unmarked - rebate for shape, rebate in bar.triplet_rebates.items()}
        return read_bar(bar.events, bar.duration, bar.part_of, bar.space_px, short, triplets,
                        spacing=bar.spacing, right=bar.right)


def times_of(reading: Reading) -> Times:
    """Onsets and durations of the notes of a reading."""
    found: Times = Counter()
    for placed in reading.placed:
        if placed.event.rest is None:
            found[Fraction(placed.onset, TICKS), Fraction(placed.ticks, TICKS)] += len(placed.event.heads)
    return found


def score(bars: Sequence[FitBar], prices: Prices, read_times: Callable[[FitBar, Prices], Times]) -> Tally:
    """How well bars are read with some prices. read_times: the notes of one bar as they are read."""
    right = common = total = 0
    for bar in bars:
        times = read_times(bar, prices)
        right += times == bar.truth
        common += (times & bar.truth).total()
        total += times.total() + bar.truth.total()
    return Tally(right, len(bars), 2 * common / total if total else 0.0)


def fit(
    bars: Sequence[FitBar], start: Prices, read_times: Callable[[FitBar, Prices], Times],
    factors: Sequence[float] = FACTORS,
) -> tuple[Prices, list[Trial]]:
    """One round of coordinate search. Returns the new prices, and what was tried for each price.

    A change is kept if more measures come out right, or as many with a higher note F1.
    """
    prices, best, trials = start, score(bars, start, read_times), []
    for name in asdict(start):
        tried = []
        for factor in factors:
            changed = replace(prices, **{name: round(getattr(prices, name) * factor, 3)})
            tried.append((score(bars, changed, read_times), factor, changed))
        is_flat = all(s == best for s, _, _ in tried)
        found, factor, changed = max(tried, key=lambda t: (t[0].right, t[0].note_f1))
        is_kept = (found.right, found.note_f1) > (best.right, best.note_f1)
        trials.append(Trial(name, factor, found.right - best.right, is_kept, is_flat))
        if is_kept:
            prices, best = changed, found
    return prices, trials
