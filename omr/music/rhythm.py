"""When each chord and rest of a bar sounds, and in which voice: a search over readings of the bar.

Three rules hold in printed music. What is in one column sounds together, on all staves. Within a voice, an event starts
when the one before it ends. Every voice fills the bar. Recognition misses symbols, so the rules do not always fit what
was found. Then something was missed or misread, and the search looks for the likeliest such error.

The search goes through the columns of the bar (`omr.music.search`); this module decides what is searched for. The bar
is first read exactly as printed. Only if that reading is too dear, it is searched again with repairs: dots, flags,
beams, rests and tuplets that may have been missed or misread. And it is searched once more without tuplet digits that
may be fingerings. If even that is dear, notes of two staves in one column, but slightly out of line, may sound one
after the other, as in three notes against four.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from omr.music.columns import make_columns
from omr.music.events import TICKS, Event
from omr.music.lengths import DIGIT_IGNORED, KnownBar, Shape
from omr.music.placed import Reading
from omr.music.prices import PRICES, SURCHARGES
from omr.music.search import Search
from omr.music.spacing import Spacing
from omr.music.swaps import swapped

PLAIN_WIDTH = 6
"""States that are kept at every step while a bar is read as printed. They are few, since there is little to choose."""
MIN_WIDTH, MAX_WIDTH = 6, 24
"""Least and greatest number of states that are kept at every step of a search with repairs."""
USUAL_EVENTS = 14
"""Up to this many events in a bar, the search with repairs keeps `MAX_WIDTH` states. With more events, each of which
may be misread, it keeps fewer, so that no bar takes long."""
WIDER = (1, 4, 16)
"""The search with repairs is repeated with this many times as many states, as long as its result is dear: the best
reading may have been dropped on the way."""
DEAR = 1.7
"""A reading is dear if it costs more than a reading as printed may cost (`_acceptable`) plus this; after a search that
was n times as wide, plus n times this."""
LEAST_ODDS = 7.0
"""Other readings are offered beside the likeliest if they cost less than this much more. A reading that costs this much
more is a thousand times less likely."""
NO_READING = Reading((), 0, math.inf)
"""Stands for the reading if all readings are too dear."""


def read_bar(
    events: Sequence[Event], duration: int | None, part_of: Mapping[int, int], space: float,
    short_price: float = PRICES.short_bar, triplet_prices: Mapping[Shape, float] | None = None, repair: bool = True,
    spacing: Spacing | None = None, right: float = 0.0, bound: float = math.inf,
    own_ends: Mapping[int, int] | None = None,
) -> Reading:
    """The likeliest reading of one bar of a system.

    events: chords and rests of all staves, without grace notes and without rests that fill the bar.
    duration: ticks of a full bar; None if unknown.
    part_of: part of each staff index.
    space: the staff space in pixels.
    short_price: price of a bar shorter than `duration` (low for upbeats and at repeat signs).
    triplet_prices: prices of triplets without their digit, by shape; by default `PRICES.tuplet_unmarked`.
    repair: whether repairs are tried if the bar as printed is too dear.
    spacing: of the system; None if it is not known.
    right: pixel column of the barline at the end of the bar, for the spacing.
    bound: readings that cost at least this are not looked for; if there are no others, the result is `NO_READING`. If
        the bound is below the price at which a bar as printed is accepted, no repairs are tried either.
    own_ends: part -> ticks of its bars, if these are shorter than those of another part.
    """
    if not events:
        return Reading((), duration or 4 * TICKS, 0.0)

    def known(events: Sequence[Event], exact: bool = False) -> KnownBar:
        columns = make_columns(events, space, exact)
        return KnownBar(columns, duration, part_of, short_price, triplet_prices or {}, spacing, right, own_ends)

    bar = known(events)
    reading = _read(bar, repair, bound)
    if bound <= _acceptable(bar):
        return reading
    if repair and reading.cost > _acceptable(bar) + DEAR:
        finer = known(events, exact=True)
        if len(finer.columns) > len(bar.columns):
            found = Search(finer, 2 * _width(len(events)), repairs=True, bound=min(reading.cost, bound)).run()
            reading = min([reading, *found], key=lambda r: r.cost)
    if repair and reading.cost > _acceptable(bar):
        readings = [_read(known(other), True, min(reading.cost, bound)) for other in swapped(events)]
        reading = min([reading, *readings], key=lambda r: r.cost)
    fingerings = bar.odd_digits()
    drawn = SURCHARGES.drawn if events[0].exact else 0.0
    price = (PRICES.tuplet_ignored + drawn) * len(fingerings)
    if not repair or not fingerings or reading.cost <= price:
        return reading
    without = known([replace(e, tuplet=None, count=0) if e.tuplet in fingerings else e for e in events])
    other = _read(without, True, bound - price)
    return reading if reading.cost <= other.cost + price else _ignoring(other, events, fingerings, price)


def _ignoring(reading: Reading, events: Sequence[Event], fingerings: Container[int], price: float) -> Reading:
    """A reading that ignores some tuplet digits, turned into one of the events as printed. price: that of ignoring the
    digits."""
    printed = {e.id: e for e in events if e.tuplet in fingerings}
    placed = tuple(
        replace(p, event=printed[p.event.id], changes=(DIGIT_IGNORED, *p.changes)) if p.event.id in printed else p
        for p in reading.placed)
    return replace(reading, placed=placed, cost=reading.cost + price,
                   dropped=tuple(printed.get(e.id, e) for e in reading.dropped))


def _read(bar: KnownBar, repair: bool, bound: float) -> Reading:
    """The likeliest reading of a bar, as `read_bar` finds it from its arguments. If a dot belongs to a notehead that
    two voices share, on a drawn page, at most one of them is read without the dot."""
    best = _likeliest(bar, repair, bound)
    for voices in _without_dots(best):
        kept, readings = bar.own_dots, []
        for event in voices:
            bar.own_dots = kept | {event.id}
            readings.append((_likeliest(bar, repair, bound), bar.own_dots))
        best, bar.own_dots = min(readings, key=lambda r: r[0].cost)
    return best


def _without_dots(reading: Reading) -> list[list[Event]]:
    """The chords of a drawn page that share dotted noteheads, and are all read without the dots."""
    dotted = [p for p in reading.placed if p.event.exact and p.event.dots]
    found: list[list[Event]] = []
    for i, p in enumerate(dotted):
        own = {h.id for h in p.event.heads}
        sharing = [q for q in dotted[i + 1:] if own.intersection(h.id for h in q.event.heads)]
        if sharing and all(q.dots < q.event.dots for q in (p, *sharing)):
            found.append([p.event, *(q.event for q in sharing)])
    return found


def _likeliest(bar: KnownBar, repair: bool, bound: float) -> Reading:
    """The likeliest reading of a bar, whatever becomes of its dots."""
    accept = _acceptable(bar)
    plain = next(iter(Search(bar, PLAIN_WIDTH, repairs=False, bound=bound).run_below(accept)), NO_READING)
    if not repair or min(plain.cost, bound) <= (PRICES.accept_torn if bar.has_torn_group() else accept):
        return plain
    best = plain
    for wider in WIDER:
        search = Search(bar, wider * _width(len(bar.order)), repairs=True, bound=min(best.cost, bound))
        mended = search.run_below(accept + DEAR)
        best = min([best, *mended], key=lambda reading: reading.cost)
        if best.cost <= accept + DEAR * wider:
            break
    return best


def other_readings(
    events: Sequence[Event], duration: int | None, part_of: Mapping[int, int], space: float,
    short_price: float = PRICES.short_bar, triplet_prices: Mapping[Shape, float] | None = None,
    spacing: Spacing | None = None, right: float = 0.0, *, than: Reading, most: int = 3,
) -> list[Reading]:
    """Up to `most` other readings of a bar, the likeliest first.

    They differ in when a note begins or ends, in its voice, or in what is left out. All repairs are tried, so one may
    cost less than a reading that was accepted as printed.

    than: the reading from which they must differ, usually the result of `read_bar`. Readings that cost more than it by
        at least `LEAST_ODDS` are not looked for.

    All other arguments are those of `read_bar`.
    """
    if not events:
        return []
    bar = KnownBar(make_columns(events, space), duration, part_of, short_price, triplet_prices or {}, spacing, right)
    search = Search(bar, _width(len(events)), repairs=True, bound=than.cost + LEAST_ODDS, alike=most + 1)
    found = search.run(most + 1)
    own = than.times()
    return [other for other in found if other.times() != own][:most]


def _acceptable(bar: KnownBar) -> float:
    """Greatest cost of a reading as printed that is accepted without trying repairs."""
    return PRICES.accept + (SURCHARGES.accept_spacing * len(bar.columns) if bar.spacing is not None else 0.0)


def _width(events: int) -> int:
    """How many states are kept at every step of a search with repairs, for a bar with this many events."""
    return min(MAX_WIDTH, max(MIN_WIDTH, MAX_WIDTH * USUAL_EVENTS // events))


def misfits_of(reading: Reading, spacing: Spacing) -> list[float]:
    """How far the columns of a bar are from where their times need them."""
    left: dict[int, float] = {}
    for p in reading.placed:
        left[p.onset] = min(p.event.x, left.get(p.onset, p.event.x))
    return [spacing.misfit(b[1] - a[1], b[0] - a[0]) for a, b in pairwise(sorted(left.items()))]
