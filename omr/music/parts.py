"""Which staff of a system belongs to which part, from system to system and page to page.

The fullest system is the score's; systems that hide staves are matched to it in order, by braces, clefs and, where
they were read, the names at the left.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from omr.types import System

Layout = tuple[int, ...]
"""Staves of each part of a system, from top to bottom: a song with piano is (1, 2)."""
COMMON = 0.2
"""A size that so many of the systems have is no accident."""


@dataclass(frozen=True)
class PartMap:
    """layout: the score's parts. places: for every system, the (part, staff of the part from 1) of each staff.

    names, abbreviations: of each part as printed, "" where none was read.
    """

    layout: Layout
    places: tuple[tuple[tuple[int, int], ...], ...]
    names: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Row:
    """What a staff looks like at its left end: the sign of its clef and the name, "" if not seen."""

    clef: str
    name: str


def find_parts(
    systems: Sequence[System], clefs: Sequence[Mapping[int, str]], names: Sequence[Mapping[int, str]] = ()
) -> PartMap:
    """Parts of a score from its systems in order; clefs, names: per system, staff index -> sign of its first clef, and
    what is printed left of it.

    A brace makes its staves one part. Systems of equally many staves have equal layouts, the most common winning
    (a brace is easily missed).
    """
    by_count: dict[int, Counter[Layout]] = {}
    for system, signs in zip(systems, clefs, strict=True):
        by_count.setdefault(len(system.staves), Counter())[_layout(system, signs)] += 1
    chosen = {count: _best(votes) for count, votes in by_count.items()}
    labels = names or [{}] * len(systems)
    rows = [[_Row(signs.get(i, ""), words.get(i, "")) for i in system.staves]
            for system, signs, words in zip(systems, clefs, labels, strict=True)]
    full = _full(rows)
    layout = chosen.get(full, (1,))
    reference = _reference([r for r in rows if len(r) == full])
    places = tuple(_match(chosen[len(own)], own, layout, reference) for own in rows)
    return PartMap(layout, places, *_names(layout, places, rows))


def _full(rows: Sequence[Sequence[_Row]]) -> int:
    """How many staves the score has: the most of any size of system that can be trusted.

    Systems hide what is silent, so that the full size may be rare. But two systems taken for one look rare as well,
    and so does one with a line of words taken for a staff.
    """
    totals = Counter(len(own) for own in rows)

    def is_trusted(size: int) -> bool:
        if totals[size] >= COMMON * len(rows):
            return True
        if totals[size] < 2 and len(rows[0]) != size:
            return False
        return all(_is_whole(own, totals) for own in rows if len(own) == size)

    return max((size for size in totals if is_trusted(size)), default=1)


def _is_whole(own: Sequence[_Row], totals: Mapping[int, int]) -> bool:
    """Whether a system is one, a clef on every staff, and not two of a usual size one after the other."""
    half = len(own) // 2
    clefs = [r.clef for r in own]
    twice = len(own) % 2 == 0 and totals.get(half, 0) > 1 and clefs[:half] == clefs[half:]
    return all(clefs) and not twice


def _reference(full: Sequence[Sequence[_Row]]) -> list[_Row]:
    """The score's staves as its full systems show them: the first clef and name seen on each."""
    size = len(full[0]) if full else 0
    return [_Row(next((own[i].clef for own in full if own[i].clef), ""),
                 next((own[i].name for own in full if own[i].name), "")) for i in range(size)]


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
    own: Layout, rows: Sequence[_Row], full: Layout, reference: Sequence[_Row]
) -> tuple[tuple[int, int], ...]:
    """Places of a system's staves in the full layout: an order-keeping alignment of its parts."""
    starts_own = [sum(own[:i]) for i in range(len(own) + 1)]
    starts_full = [sum(full[:i]) for i in range(len(full) + 1)]

    def cost(i: int, j: int) -> float:
        mine, theirs = rows[starts_own[i]:starts_own[i + 1]], reference[starts_full[j]:starts_full[j + 1]]
        names = next((r.name for r in mine if r.name), ""), next((r.name for r in theirs if r.name), "")
        named = 0.0 if not all(names) else -3.0 if alike(*names) else 3.0
        return 2.0 * abs(own[i] - full[j]) + sum(a.clef != b.clef for a, b in zip(mine, theirs, strict=False)) + named

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


# ---- names -----------------------------------------------------------------------------------------------------


def alike(a: str, b: str) -> bool:
    """Whether two names can be of one part: word by word one begins like the other, or is its initial and last letters
    ("Violino I", "Vl. I"; "Horns", "Hrn."), the numbers equal."""
    first, second = (re.findall(r"\w+", name.casefold()) for name in (a, b))
    if len(first) != len(second) or not first:
        return False
    return all(_short_for(x, y) or _short_for(y, x) for x, y in zip(first, second, strict=True))


def _short_for(short: str, word: str) -> bool:
    """Whether the letters of `short` stand in `word` in their order, the first first. Numerals must be equal."""
    if re.fullmatch(r"[ivx]+|\d+", short) or re.fullmatch(r"[ivx]+|\d+", word):
        return short == word
    at = iter(word)
    return short[0] == word[0] and all(letter in at for letter in short)


def _names(
    layout: Layout, places: Sequence[Sequence[tuple[int, int]]], rows: Sequence[Sequence[_Row]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(names, abbreviations) of the parts: what stands at their first system, and what stands at most later ones."""
    seen: dict[int, list[str]] = defaultdict(list)
    for own, place in zip(rows, places, strict=True):
        for part in dict.fromkeys(p for p, _ in place):
            words = next((r.name for r, (p, _) in zip(own, place, strict=True) if p == part and r.name), "")
            if words:
                seen[part].append(words)
    names = tuple(seen[p][0] if seen[p] else "" for p in range(len(layout)))
    later = (Counter(w for w in seen[p][1:] if w != names[p]) for p in range(len(layout)))
    return names, tuple(words.most_common(1)[0][0] if words else "" for words in later)
