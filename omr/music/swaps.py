"""What a drawn page does not tell about two chords of one staff: to which of them a dot or a filled notehead belongs.

A dot in a space belongs to the notehead in that space, to the one on the line below, or, in a lower voice, to the one
on the line above. If a hollow and a filled notehead are drawn in one place, with a stem up and a stem down, either
voice may have either. Nothing on the page decides this, but only one way fills the bar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from omr.music.events import Event
from omr.types.table import table


@table
class SwapTolerances:
    """Distances are in heights of noteheads, which are a staff space."""

    one_place: float = 0.1
    """Greatest distance, in each direction, between things in one column, or between two noteheads in one place."""
    third: float = 1.1
    """Greatest vertical distance between a dotted notehead and another one to which its dot may belong: a space if both
    are on lines, or half a space if one of them is."""


T = SwapTolerances()


def swapped(events: Sequence[Event]) -> Iterator[list[Event]]:
    """The events of a bar with one thing given to the other of two chords, for every such choice in turn."""
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
    """Whether a chord of one notehead is on a staff line or ledger line."""
    return round(event.position) % 2 == 0
