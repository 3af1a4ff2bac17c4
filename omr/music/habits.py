"""What a score has shown about its triplets so far. Engravers mark the first ones with a 3, and then leave it out.

Which groups of notes are triplets is remembered by their shape, in all parts, to the end of the movement. A group like
those that were triplets the last few times is a triplet as well. Other notes in between do not change this.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import NamedTuple

from omr.music.lengths import Shape, shape_of
from omr.music.placed import Placed, Reading
from omr.music.prices import PRICES
from omr.types.memo import Memo

KEPT = 0.5
"""After each new group of a shape, what was known before counts this much. So a passage without triplets makes them
unlikely within one or two bars, since a movement may change to and from triplets at any time."""
UNSEEN = 0.25
"""Weight, for and against, before any group of a shape was seen. With it, one group says much, and two say nearly
everything."""
OF_OTHER_SHAPE = 1.4
"""How much cheaper a triplet without its digit is, in the prices of `omr.music.rhythm`, if groups of other shapes are
triplets here."""
PLACES = 2
"""Decimals to which prices are rounded. A hundredth is far less than what decides between two readings."""
SAID_OTHERWISE = 2.0
"""How much dearer a triplet without its digit is, in the same prices, if a person said that a group of its shape is not
a triplet: about seven times less likely."""


class TripletHabits:
    """Remembers which groups of notes were triplets and which were not, by shape. What a person said about a shape
    holds until the movement ends, or until something else is said."""

    def __init__(self) -> None:
        self._triplets: dict[Shape, float] = defaultdict(float)
        self._others: dict[Shape, float] = defaultdict(float)
        self._said: dict[Shape, bool] = {}

    def copy(self) -> TripletHabits:
        """A copy that can learn separately."""
        other = TripletHabits()
        other._triplets.update(self._triplets)
        other._others.update(self._others)
        other._said.update(self._said)
        return other

    def known(self) -> Hashable:
        """Everything that was learnt, as a value that can be compared."""
        return tuple(tuple(own.items()) for own in (self._triplets, self._others, self._said))

    def learn(self, reading: Reading, memo: Memo | None = None) -> None:
        """Take note of the groups in a bar. memo: that of an earlier version of the score."""
        for group in (memo or Memo())(_groups, reading):
            if group.is_said:
                self._said[group.shape] = group.is_triplet
            if group.tells:
                self._triplets[group.shape] = KEPT * self._triplets[group.shape] + group.is_triplet
                self._others[group.shape] = KEPT * self._others[group.shape] + (not group.is_triplet)

    def prices(self) -> Mapping[Shape, float]:
        """The price of a triplet without its digit, by shape: `PRICES.tuplet_unmarked`, less the logarithm of the odds
        that a group of this shape is a triplet.

        Prices are rounded to `PLACES` decimals. So what was read long ago does not change them any more, and after a
        correction not all later bars need be read again.
        """
        denied = {shape for shape, is_triplet in self._said.items() if not is_triplet}
        others = any(weight > self._others[shape] for shape, weight in self._triplets.items() if shape not in denied)
        found = defaultdict(lambda: PRICES.tuplet_unmarked - (OF_OTHER_SHAPE if others else 0.0))
        for shape, weight in self._triplets.items():
            odds = math.log((weight + UNSEEN) / (self._others[shape] + UNSEEN))
            found[shape] = round(
                min(max(PRICES.tuplet_unmarked - odds, PRICES.tuplet_again), PRICES.tuplet_unmarked), PLACES)
        for shape, is_triplet in self._said.items():
            found[shape] = PRICES.tuplet_again if is_triplet else PRICES.tuplet_unmarked + SAID_OTHERWISE
        return found


class _Group(NamedTuple):
    """A group of notes in a bar. is_said: whether a person decided if this group, and all groups of its shape, are
    triplets. tells: whether it counts for or against triplets."""

    shape: Shape
    is_triplet: bool
    is_said: bool
    tells: bool


def _groups(reading: Reading) -> list[_Group]:
    """The groups of a bar. Groups that were changed to fit the time signature say nothing against triplets."""
    units: dict[int, list[Placed]] = defaultdict(list)
    for placed in reading.placed:
        units[placed.unit].append(placed)
    found = []
    for members in units.values():
        is_triplet = members[0].ratio == (3, 2)
        is_plain = members[0].ratio is None and members[0].event.group is not None
        is_said = any(p.event.given is not None and p.event.given.alike for p in members)
        found.append(_Group(shape_of([p.event for p in members]), is_triplet, is_said,
                            is_triplet or is_plain and not any(p.changes for p in members)))
    return found
