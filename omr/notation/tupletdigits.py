"""Corrects digits of tuplets that the detector misreads: a 4 as a 3, and a 2 as that of a fingering.

This happens with italic digits, as in MuseScore and LilyPond. Such a digit stands beyond a beam, midway between its
stems. A triplet cannot be in the middle of four equal notes, and a fingering would stand at its notehead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from omr.notation.chords import ChordInk
from omr.types import Symbol
from omr.types.table import table

MISREAD = {"tuplet3": (4, "tuplet4"), "fingering2": (2, "tuplet2")}
"""Class that was read -> how many chords must be under the beam, and the right class."""


@table
class TupletDigitTolerances:
    """Lengths are in staff spaces. Measured on quadruplets and duplets in 3/8 and 6/8, engraved by MuseScore 3."""

    aside: float = 0.35
    """Greatest sideways distance between the digit and the middle of the stems; 0.05 was seen."""
    from_head: float = 0.6
    """The digit's distance from that middle is also less than this many times its distance from any notehead."""
    beyond: tuple[float, float] = (0.3, 4.0)
    """Least and greatest distance between the middle of the digit and the beam, on the side away from the noteheads;
    1.6 to 2.5 was seen."""


T = TupletDigitTolerances()


def settle_digits(symbols: Sequence[Symbol], chords: Sequence[ChordInk], space: float) -> list[Symbol]:
    """The symbols of a page, with the digits of quadruplets and duplets corrected. space: in pixels."""
    if not any(s.name in MISREAD for s in symbols):
        return list(symbols)
    groups: dict[int, list[ChordInk]] = defaultdict(list)
    for chord in chords:
        if chord.beams and chord.stem is not None and chord.up is not None:
            groups[chord.beams[0].id].append(chord)
    alike = [sorted(own, key=lambda c: c.tip[1]) for own in groups.values()
             if len({(len(c.beams), c.up) for c in own}) == 1]
    return [_settled(s, alike, space) if s.name in MISREAD else s for s in symbols]


def _settled(digit: Symbol, groups: Sequence[Sequence[ChordInk]], space: float) -> Symbol:
    """The digit with its right class. groups: for each beam whose chords are all alike, these chords from left to
    right."""
    count, meant = MISREAD[digit.name]
    row, col = digit.box.center
    for own in groups:
        if len(own) != count:
            continue
        off = abs(col - (own[0].tip[1] + own[-1].tip[1]) / 2)
        to_heads = min(abs(col - h.box.center[1]) for c in own for h in c.heads)
        tip = (own[0].tip[0] + own[-1].tip[0]) / 2
        away = (tip - row if own[0].up else row - tip) / space
        if (off < T.aside * space and off < T.from_head * to_heads
                and T.beyond[0] < away < T.beyond[1]):
            return replace(digit, name=meant)
    return digit
