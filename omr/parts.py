"""Which staff of a system belongs to which part, from system to system and page to page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from omr.types import System

Layout = tuple[int, ...]
"""Staves of each part of a system, from top to bottom: a song with piano is (1, 2)."""


@dataclass(frozen=True)
class PartMap:
    """layout: the score's parts. places: for every system, the (part, staff of the part from 1) of each staff."""

    layout: Layout
    places: tuple[tuple[tuple[int, int], ...], ...]


def find_parts(systems: Sequence[System], clefs: Sequence[Mapping[int, str]]) -> PartMap:
    """Parts of a score from its systems in order; clefs: per system, staff index -> sign of its first clef.

    A brace makes its staves one part. Systems of equally many staves have equal layouts, the most common winning
    (a brace is easily missed). The fullest common layout is the score's; systems with fewer staves are matched to
    it in order, by brace and clef.
    """
    by_count: dict[int, Counter[Layout]] = {}
    for system, signs in zip(systems, clefs, strict=True):
        by_count.setdefault(len(system.staves), Counter())[_layout(system, signs)] += 1
    chosen = {count: _best(votes) for count, votes in by_count.items()}
    totals = Counter({count: sum(v.values()) for count, v in by_count.items()})
    full = max((c for c in totals if totals[c] >= 0.2 * len(systems)), default=max(totals, default=1))
    layout = chosen.get(full, (1,))
    first = next((s for s, sys in zip(clefs, systems, strict=True) if len(sys.staves) == full), {})
    reference = [first.get(i, "?") for i in next((s.staves for s in systems if len(s.staves) == full), ())]
    places = []
    for system, signs in zip(systems, clefs, strict=True):
        own = chosen[len(system.staves)]
        places.append(_match(own, [signs.get(i, "?") for i in system.staves], layout, reference))
    return PartMap(layout, tuple(places))


def _layout(system: System, signs: Mapping[int, str]) -> Layout:
    joined = {staff: brace for brace in system.braces for staff in brace}
    layout: list[int] = []
    previous: tuple[int, ...] | None = None
    for staff in system.staves:
        brace = joined.get(staff)
        if brace is not None and brace == previous and layout[-1] < 3:
            layout[-1] += 1
        else:
            layout.append(1)
        previous = brace
    if not system.braces and not system.brackets:
        own = [signs.get(s, "?") for s in system.staves]
        # A piano's brace was missed: the last two staves of a small score, treble over bass.
        if own == ["G", "F"] or (len(own) == 3 and own[1:] == ["G", "F"]):
            return (*layout[:-2], 2)
    return tuple(layout)


def _best(votes: Counter[Layout]) -> Layout:
    """The most common layout; of equals the one with more staves joined."""
    return max(votes, key=lambda k: (votes[k], -len(k)))


def _match(
    own: Layout, signs: list[str], full: Layout, reference: list[str]
) -> tuple[tuple[int, int], ...]:
    """Places of a system's staves in the full layout: an order-keeping alignment of its parts."""
    starts_own = [sum(own[:i]) for i in range(len(own) + 1)]
    starts_full = [sum(full[:i]) for i in range(len(full) + 1)]

    def cost(i: int, j: int) -> float:
        size = 2.0 * abs(own[i] - full[j])
        mine, theirs = signs[starts_own[i]:starts_own[i + 1]], reference[starts_full[j]:starts_full[j + 1]]
        return size + sum(a != b for a, b in zip(mine, theirs, strict=False))

    # best[j]: cheapest way to place the first i parts with part i in place j or before.
    n, m = len(own), len(full)
    if n > m:
        return tuple((min(k, m - 1), 1 + s) for k, size in enumerate(own) for s in range(size))
    infinite = float("inf")
    table = [[0.0] * (m + 1)] + [[infinite] * (m + 1) for _ in range(n)]
    for i in range(1, n + 1):
        for j in range(i, m + 1):
            table[i][j] = min(table[i][j - 1], table[i - 1][j - 1] + cost(i - 1, j - 1))
    place: list[int] = []
    i, j = n, m
    while i:
        if j > i and table[i][j] == table[i][j - 1]:
            j -= 1
        else:
            place.append(j - 1)
            i, j = i - 1, j - 1
    place.reverse()
    return tuple((part, 1 + s) for part, size in zip(place, own, strict=True) for s in range(size))
