"""Parts that are not in the first systems, such as the voice below a piano's introduction.

Before such a part comes in, its measures consist of rests, and nothing on the page tells their clef and key. They get
the clef and key with which the part comes in, so that no change is written there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from omr.types import Measure


def from_the_start(parts: Sequence[Sequence[Measure]]) -> list[tuple[Measure, ...]]:
    """The measures of every part. Parts that come in later have their clefs and key from the first measure on. If the
    key of the other parts changes before they come in, theirs changes too. A part is there from the start if its first
    measure has clefs."""
    there = next((own for own in parts if own and own[0].clefs), None)
    return [tuple(own) if there is None or not own or own[0].clefs else _moved(own, there) for own in parts]


def _moved(own: Sequence[Measure], there: Sequence[Measure]) -> tuple[Measure, ...]:
    """The measures of a part that comes in later. there: those of a part that is there from the start."""
    at = next((i for i, measure in enumerate(own) if measure.clefs), None)
    if at is None:
        return tuple(own)
    keys = [measure.fifths for measure in there[:at + 1] if measure.fifths is not None]
    apart = (own[at].fifths or 0) - (keys[-1] if keys else 0)
    opening = tuple(clef for clef in own[at].clefs if clef.onset_quarter == 0)
    measures = [replace(measure, fifths=None if other.fifths is None else other.fifths + apart)
                for measure, other in zip(own[:at], there, strict=False)]
    measures[0] = replace(measures[0], clefs=opening)
    same_key = there[at].fifths is None
    return (*measures, replace(own[at], clefs=tuple(clef for clef in own[at].clefs if clef not in opening),
                               fifths=None if same_key else own[at].fifths), *own[at + 1:])
