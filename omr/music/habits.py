"""What a score has shown of its triplets so far: engravers mark the first ones with a 3 and leave it out after that.

Which groups of notes are triplets is remembered by their shape, in all parts and to the end of the movement. A group
like those that were triplets the last few times is one as well; other notes in between change nothing.
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
"""Weight of what was known of a shape after one more group of it was read: a section without triplets is forgotten
within a bar or two, since a movement may go over to triplets at any time."""
UNSEEN = 0.25
"""Weight, for and against, before any group of a shape was seen: so one group says much, and two say all."""
OF_OTHER_SHAPE = 1.4
"""How much cheaper a triplet without its digit is, in the prices of `omr.music.rhythm`, if groups of other shapes are
triplets here."""
PLACES = 2
"""Decimals to which prices are rounded: a hundredth is far less than decides between two readings."""
SAID_OTHERWISE = 2.0
"""How much dearer a triplet without its digit is, in the same prices, if a person said of a group of its shape that it
is none: about seven times less likely."""


class TripletHabits:
    """Remembers which groups of notes were triplets, and which were not, by shape. What a person said of a shape holds
    until the movement ends, or until something else is said."""

    def __init__(self) -> None:
        self._triplets: dict[Shape, float] = defaultdict(float)
        self._others: dict[Shape, float] = defaultdict(float)
        self._said: dict[Shape, bool] = {}

    def copy(self) -> TripletHabits:
        """The same, to learn on."""
        other = TripletHabits()
        other._triplets.update(self._triplets)
        other._others.update(self._others)
        other._said.update(self._said)
        return other

    def known(self) -> Hashable:
        """All that was learnt, as a value that can be compared."""
        return tuple(tuple(own.items()) for own in (self._triplets, self._others, self._said))

    def learn(self, reading: Reading, memo: Memo | None = None) -> None:
        """Take note of the groups of a bar. memo: of an earlier version of the score."""
        for group in (memo or Memo())(_groups, reading):
            if group.is_said:
                self._said[group.shape] = group.is_triplet
            if group.tells:
                self._triplets[group.shape] = KEPT * self._triplets[group.shape] + group.is_triplet
                self._others[group.shape] = KEPT * self._others[group.shape] + (not group.is_triplet)

    def prices(self) -> Mapping[Shape, float]:
        """What a triplet without its digit costs, by shape: `PRICES.tuplet_unmarked`, less by the logarithm of the odds
        that a group of this shape is a triplet.

        Prices are rounded to `PLACES` decimals. So what was read long ago no longer changes them, and after a
        correction not all later bars need to be read again.
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
    """The groups of a bar. Those that were changed to fit the time say nothing against triplets."""
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
