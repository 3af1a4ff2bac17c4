"""Triplets are marked a few times and then left to the reader."""

from __future__ import annotations

from omr.music.events import TICKS
from omr.music.habits import TripletHabits
from omr.music.lengths import shape_of
from omr.music.placed import Reading
from omr.music.prices import PRICES
from omr.music.rhythm import read_bar
from tests.omr.music.test_rhythm import SPACE, chord

EIGHTH, SIXTEENTH = (TICKS // 2,), (TICKS // 4,)


def bar_of(count: int, digit: bool, base: float = 0.5) -> Reading:
    """A bar of two quarters with two beamed groups of some notes, with or without a digit."""
    events = []
    for group in range(2):
        for _ in range(count):
            more = {"tuplet": group, "count": 3} if digit else {}
            events.append(chord(100 + 30 * len(events), base, group=group, levels=1, **more))
    return read_bar(events, 2 * TICKS, {0: 0}, SPACE)


def test_what_was_a_triplet_is_cheap_and_stays_so() -> None:
    habits = TripletHabits()
    assert habits.prices()[EIGHTH] == PRICES.tuplet_unmarked
    habits.learn(bar_of(3, digit=True))
    first = habits.prices()[EIGHTH]
    assert first < PRICES.tuplet_unmarked / 2
    for _ in range(20):
        habits.learn(bar_of(4, digit=False, base=0.25))  # other notes in between change nothing
    assert habits.prices()[EIGHTH] == first


def test_groups_that_are_none_speak_against_it() -> None:
    habits = TripletHabits()
    habits.learn(bar_of(3, digit=True))
    before = habits.prices()[EIGHTH]
    habits.learn(bar_of(2, digit=False))
    assert habits.prices()[EIGHTH] == before  # of another shape
    straight = read_bar([chord(100 + 30 * k, 0.5, group=k // 3, levels=1) for k in range(6)], 3 * TICKS, {0: 0}, SPACE)
    for _ in range(3):
        habits.learn(straight)
    assert before < habits.prices()[EIGHTH] <= PRICES.tuplet_unmarked


def test_many_triplets_make_those_of_a_new_shape_likelier() -> None:
    habits = TripletHabits()
    for _ in range(2):
        habits.learn(bar_of(3, digit=True))
    assert habits.prices()[SIXTEENTH] < PRICES.tuplet_unmarked


def test_groups_of_threes_share_a_shape() -> None:
    three, six, four = ([chord(20 * k, 0.5) for k in range(n)] for n in (3, 6, 4))
    assert shape_of(three) == shape_of(six) == EIGHTH != shape_of(four)
    uneven = [chord(0, 1), chord(20, 0.5), chord(40, 0.5)]
    assert shape_of(uneven) == shape_of(uneven[::-1]) == (TICKS, TICKS // 2, TICKS // 2)
