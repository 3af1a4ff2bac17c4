"""What a drawn page leaves open between two chords of one staff: which of them a dot or a filled head belongs to.

A dot in a space is that of the head there, of the one on the line under it or, in a lower voice, of the one on the line
over it. Where a hollow and a filled head are drawn in one place, with a stem up and a stem down, either voice may have
either head. Nothing on the page tells; only one of the two fills the bar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from omr.music.events import Event
from omr.types.table import table


@table
class SwapTolerances:
    """Distances in the heights of heads, which are a staff space."""

    one_place: float = 0.1
    """Farthest apart, across or up and down, of what stands in one column, or of two heads in one place."""
    third: float = 1.1
    """Farthest up and down between a dotted head and another that its dot may belong to: both on lines, a space apart,
    or half a space, one of them on a line."""


T = SwapTolerances()


def swapped(events: Sequence[Event]) -> Iterator[list[Event]]:
    """The events of a bar with one thing given to the other of two chords, in turn."""
    for a, b in combinations([e for e in events if e.exact and len(e.heads) == 1], 2):
        one, other = a.heads[0].box, b.heads[0].box
        if a.staff != b.staff or abs(one.left - other.left) > T.one_place * one.height:
            continue
        apart = abs(one.center[0] - other.center[0]) / one.height
        if apart < T.one_place and a.levels == b.levels == 0 and a.base != b.base and a.up != b.up:
            new = replace(a, heads=b.heads, base=b.base), replace(b, heads=a.heads, base=a.base)
        elif T.one_place < apart < T.third and bool(a.dots) != bool(b.dots) and (_on_line(a) or _on_line(b)):
            new = replace(a, dots=b.dots), replace(b, dots=a.dots)
        else:
            continue
        by_id = {e.id: e for e in new}
        yield [by_id.get(e.id, e) for e in events]


def _on_line(event: Event) -> bool:
    """Whether a chord of one head stands on a staff line or ledger line."""
    return round(event.position) % 2 == 0
