"""Which of the chords and rests under a tuplet's bracket belong to it: those whose lengths make up its number.

A bracket over a staff with two voices spans both of them, and LilyPond's bracket may begin over a note of the other
staff. Of the notes in one column, only one belongs to the tuplet. Three eighths, or a quarter and an eighth, make up a
3; a whole note and two eighths do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from omr.notation.chords import ChordInk
from omr.types import Symbol
from omr.types.vocabulary import HEAD_QUARTERS, REST_QUARTERS, flag_levels

MOST_WAYS = 4096
"""Most ways of choosing members that are tried. If there are more, none is tried."""
UNITS = frozenset(2.0 ** k for k in range(-6, 3))
"""Lengths, in quarters, that the notes counted by the number may have."""


@dataclass(frozen=True)
class Member:
    """A chord or rest under a bracket. symbol: the top notehead of the chord, or the rest. quarters: its printed
    length, without the tuplet."""

    symbol: Symbol
    quarters: float


def member(symbol: Symbol, chord: ChordInk | None, dots: int) -> Member:
    """A chord, given by its top notehead, or a rest, with a number of dots."""
    if chord is None:
        base = REST_QUARTERS[symbol.name]
    else:
        base = HEAD_QUARTERS.get(symbol.name, 1.0)
        if base == 1.0:
            base /= 2 ** (len(chord.beams) or max((flag_levels(flag.name) for flag in chord.flags), default=0))
    return Member(symbol, base * (2 - 2.0 ** -dots))


def fits(members: Sequence[Member], count: int) -> bool:
    """Whether the lengths of members make up the number of a tuplet, as that many notes of one length."""
    return len(members) >= 2 and sum(m.quarters for m in members) / count in UNITS


def choose(columns: Sequence[Sequence[Member]], count: int, row: float) -> list[Member] | None:
    """Choose at most one member of each column, so that their lengths make up the number of the tuplet; None if that is
    impossible.

    columns: from left to right. The best choice leaves out the fewest columns; of several, it is the one nearest to
    `row`, the row of the number.
    """
    ways = 1
    for column in columns:
        ways *= len(column) + 1
    if ways > MOST_WAYS:
        return None
    best: list[Member] | None = None
    best_price = (len(columns), 0.0)
    for chosen in product(*((*column, None) for column in columns)):
        members = [m for m in chosen if m is not None]
        price = (len(columns) - len(members), sum(abs(m.symbol.box.center[0] - row) for m in members))
        if price < best_price and fits(members, count):
            best, best_price = members, price
    return best
