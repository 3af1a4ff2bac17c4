"""Which measure of a reading is which measure of the truth, and which of them count.

Alignment is Needleman and Wunsch's (1970), maximising right notes plus right pitches over all monotonic one-to-one
pairings; an unpaired measure costs nothing but its notes, which are missed (truth) or wrong (estimate). So a missed
barline, or a missed system, costs itself and shifts nothing.

Repeats. What one side has once between repeat signs, the other may have written out. Of two copies of a passage that
follow one another on one side only one finds partners; the other copy does not count, neither as missed nor as wrong.
A passage is such a copy if

* it is a run of at least `COPY_MEASURES` measures, none of them paired, the measures around it are,
* it is note by note like the measures one period before or after it (`COPY_LIKENESS` of its notes are shared, since a
  reading repeats itself with other mistakes), and those are paired,
* the period is the passage itself, or longer by an ending of at most `ENDING_MEASURES` measures.

The passage may begin in the one copy and end in the other, because pairs can jump from the first to the second in its
middle. So a theme that comes back later, on the page as in the truth, counts each time. What is excused though it
should not be: a passage printed twice in a row, without a sign, of which a reading lost just one whole copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

Note = tuple[Fraction, int, Fraction]
"""(onset in the measure, MIDI pitch, duration), times in quarters."""
REST = -1
"""Stands in place of the pitch if rests are read as well."""
Measures = Sequence[Counter[Note]]

SKIP = 0.25
"""For partial scans: cost of skipping a true note between two paired measures, in right notes."""
COPY_MEASURES = 4
COPY_LIKENESS = 0.8
ENDING_MEASURES = 4


@dataclass(frozen=True)
class Matching:
    """pairs: (true measure, estimated measure), both rising. true, estimated: the measures that count. All are counted
    from 0."""

    pairs: tuple[tuple[int, int], ...]
    true: tuple[int, ...]
    estimated: tuple[int, ...]


def match(reference: Measures, estimate: Measures, partial: bool = False) -> Matching:
    """Pair the measures, and tell which count. A passage that is written out on one side only does not count. With
    `partial`, the truth before the first and after the last pair does not count either."""
    pairs = align(reference, estimate, SKIP if partial else 0.0)
    first, last = (pairs[0][0], pairs[-1][0]) if partial and pairs else (0, len(reference) - 1)
    out = copies(reference, {i for i, _ in pairs})
    again = copies(estimate, {j for _, j in pairs})
    return Matching(tuple(pairs), tuple(i for i in range(first, last + 1) if i not in out),
                    tuple(j for j in range(len(estimate)) if j not in again))


def copies(measures: Measures, paired: Collection[int]) -> set[int]:
    """The unpaired measures that repeat a neighbouring passage."""
    result: set[int] = set()
    places = [-1, *sorted(paired), len(measures)]
    for before, after in zip(places, places[1:], strict=False):
        start, length = before + 1, after - before - 1
        if length >= COPY_MEASURES and any(
            _is_copy(measures, start, length, period, paired) for period in range(length, length + ENDING_MEASURES + 1)
        ):
            result.update(range(start, after))
    return result


def _is_copy(measures: Measures, start: int, length: int, period: int, paired: Collection[int]) -> bool:
    """Whether a passage of `length` measures is a copy: its first measures, up to some point, occur again one period
    later, and the rest of them one period earlier."""
    passage = range(start, start + length)
    size = sum(measures[i].total() for i in passage)
    later, earlier = ([_shared(measures, i, i + way * period, paired) for i in passage] for way in (1, -1))
    best = max(sum(later[:split]) + sum(earlier[split:]) for split in range(length + 1))
    return size > 0 and best >= COPY_LIKENESS * size


def _shared(measures: Measures, index: int, other: int, paired: Collection[int]) -> int:
    return (measures[index] & measures[other]).total() if other in paired else 0


def align(reference: Measures, estimate: Measures, skip: float = 0.0) -> list[tuple[int, int]]:
    """Pairs (reference index, estimate index) of the best alignment, both rising.

    skip: cost of leaving out a true note between two pairs. Leaving out measures at either end is free.
    """
    n, m = len(reference), len(estimate)
    if not n or not m:
        return []
    gain = np.zeros((n, m))
    pitches = [pitches_of(e) for e in estimate]
    for i, true in enumerate(reference):
        true_pitches = pitches_of(true)
        for j, read_ in enumerate(estimate):
            if true and read_:
                gain[i, j] = (true & read_).total() + (true_pitches & pitches[j]).total()
    cost = np.array([2 * skip * true.total() for true in reference])
    # best[i, j]: the best value with i and j as the last pair. through[i, j]: the best value that ends before i and j,
    # less what has been skipped since.
    best = np.zeros((n, m))
    come_from = np.full((n, m, 2), -1)
    through = np.zeros((n + 1, m + 1))
    origin = np.full((n + 1, m + 1, 2), -1)
    for i in range(n):
        for j in range(m):
            best[i, j] = gain[i, j] + through[i, j]
            come_from[i, j] = origin[i, j]
            options = [
                (best[i, j] if gain[i, j] else -1.0, (i, j)),
                (through[i, j + 1] - (cost[i] if origin[i, j + 1][0] >= 0 else 0.0), tuple(origin[i, j + 1])),
                (through[i + 1, j], tuple(origin[i + 1, j])),
            ]
            value, where = max(options, key=lambda o: o[0])
            if value < 0:  # begin anew rather than with a negative value
                value, where = 0.0, (-1, -1)
            through[i + 1, j + 1] = value
            origin[i + 1, j + 1] = where
    if not gain.any():
        return []
    at = divmod(int(best.argmax()), m)
    pairs = []
    while at[0] >= 0:
        pairs.append(at)
        at = (int(come_from[at][0]), int(come_from[at][1]))
    return pairs[::-1]


def pitches_of(measure: Counter[Note]) -> Counter[int]:
    result: Counter[int] = Counter()
    for (_, pitch, _), count in measure.items():
        result[pitch] += count
    return result


def onsets_of(measure: Counter[Note]) -> Counter[tuple[Fraction, int]]:
    result: Counter[tuple[Fraction, int]] = Counter()
    for (onset, pitch, _), count in measure.items():
        result[onset, pitch] += count
    return result
