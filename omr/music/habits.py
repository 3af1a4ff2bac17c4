"""What a score has shown of its triplets so far: engravers mark the first ones with a 3 and leave it out after that.

Which groups of notes are triplets is remembered by their shape, in all parts and to the end of the movement: a group
like those that were triplets is one as well, and a group like those that were none is none.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from omr.music.rhythm import PRICES, Placed, Reading, Shape, shape_of

UNSEEN = 0.5
"""Groups of a shape that count as triplets, and as many that count as none, before one was seen: so one group alone
does not decide."""
MANY = 3
"""Triplets of other shapes from which on a triplet of a new shape is likelier than in a score without any."""
OF_OTHER_SHAPE = 1.0
"""How much cheaper a triplet without its digit is then, in the prices of `omr.music.rhythm`."""


class TripletHabits:
    """Counts groups of notes that were triplets, and that were not, by shape."""

    def __init__(self) -> None:
        self._triplets: Counter[Shape] = Counter()
        self._others: Counter[Shape] = Counter()

    def learn(self, reading: Reading) -> None:
        """Take note of the groups of a bar. Groups that were changed to fit the time tell nothing."""
        units: dict[int, list[Placed]] = defaultdict(list)
        for placed in reading.placed:
            units[placed.unit].append(placed)
        for members in units.values():
            shape = shape_of([p.event for p in members])
            if members[0].ratio == (3, 2):
                self._triplets[shape] += 1
            elif members[0].ratio is None and members[0].event.group is not None and not _is_changed(members):
                self._others[shape] += 1

    def prices(self) -> Mapping[Shape, float]:
        """What a triplet without its digit costs, for shapes of which it is not `PRICES.tuplet_unmarked`: less by the
        logarithm of the odds that a group of this shape is a triplet."""
        many = self._triplets.total() >= MANY
        found = defaultdict(lambda: PRICES.tuplet_unmarked - (OF_OTHER_SHAPE if many else 0.0))
        for shape in {*self._triplets, *self._others}:
            odds = math.log((self._triplets[shape] + UNSEEN) / (self._others[shape] + UNSEEN))
            price = PRICES.tuplet_unmarked - (odds if self._triplets[shape] else 0.0)
            found[shape] = min(max(price, PRICES.tuplet_again), PRICES.tuplet_unmarked)
        return found


def _is_changed(members: Iterable[Placed]) -> bool:
    return any(p.changes for p in members)
