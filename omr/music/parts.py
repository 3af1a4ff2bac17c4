"""Which staff of a system belongs to which part, from system to system and from page to page.

The system with the most staves shows the parts of the score. Systems that leave out silent staves are matched to it
part by part, in order, by braces, clefs and the names printed at their left, if these were read.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from omr.types import StaffInPart, System

Layout = tuple[int, ...]
"""Number of staves of each part in a system, from top to bottom: (1, 2) for a song with piano."""
COMMON_SHARE = 0.2
"""If this share of the systems has a number of staves, that number is trusted."""
LEAST_SYSTEMS = 2
"""Fewest systems that can prove that two staves do not belong to a piano. On fewer, all barlines between the two staves
may have been missed."""
MOST_STAVES = 3
"""Most staves that a brace joins into one part: those of an organ."""

SIZE_COST = 2.0
"""Cost of matching two parts for every staff that one has more than the other. This cost and those below are on one
scale, set by hand, where different clefs cost 1."""
NAME_COST = 3.0
"""Cost of matching two parts with different names, and discount for matching two with the same name. Names outweigh
clefs."""


@dataclass(frozen=True)
class PartMap:
    """The parts of a score.

    places: for every system, the place of each of its staves.
    names, abbreviations: of each part as printed, "" if none was read.
    """

    layout: Layout
    places: tuple[tuple[StaffInPart, ...], ...]
    names: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Row:
    """What a staff shows at its left end: the sign of its clef and its name, "" if there is none."""

    clef: str
    name: str


def find_parts(
    systems: Sequence[System], clefs: Sequence[Mapping[int, str]], names: Sequence[Mapping[int, str]] = ()
) -> PartMap:
    """The parts of a score, from all its systems in order.

    A brace joins its staves into one part. Systems with equally many staves have the same layout, the one that most of
    them show, because a brace is easily missed. A piano's barlines go through both of its staves. If they never do, a
    treble staff above a bass staff is two parts, such as a violin and its bass.

    clefs: for every system, staff index -> sign of the clef that opens the staff.
    names: for every system, staff index -> what is printed to the left of the staff.
    """
    by_count: dict[int, Counter[Layout]] = {}
    joined = Counter(len(system.staves) for system in systems if set(system.staves[-2:-1]) & set(system.through))
    sizes = Counter(len(system.staves) for system in systems)
    for system, signs in zip(systems, clefs, strict=True):
        size = len(system.staves)
        may_be_piano = joined[size] > 0 or sizes[size] < LEAST_SYSTEMS
        by_count.setdefault(size, Counter())[_layout(system, signs, may_be_piano)] += 1
    chosen = {count: _best(votes) for count, votes in by_count.items()}
    labels = names or [{}] * len(systems)
    rows = [[_Row(signs.get(i, ""), words.get(i, "")) for i in system.staves]
            for system, signs, words in zip(systems, clefs, labels, strict=True)]
    full = _full(rows)
    layout = chosen.get(full, (1,))  # without any system: one staff
    reference = _reference([r for r in rows if len(r) == full])
    places = tuple(_match(chosen[len(own)], own, layout, reference) for own in rows)
    return PartMap(layout, places, *_names(layout, places, rows))


def _full(rows: Sequence[Sequence[_Row]]) -> int:
    """How many staves the score has: the greatest trusted number of staves in a system.

    Systems leave out staves that are silent, so systems with all staves may be rare. But a number of staves is also
    rare if two systems were taken for one, or a line of words for a staff. A rare number is trusted if the first system
    or two systems have it, and every system that has it is whole.
    """
    totals = Counter(len(own) for own in rows)

    def is_trusted(size: int) -> bool:
        if totals[size] >= COMMON_SHARE * len(rows):
            return True
        if totals[size] < 2 and len(rows[0]) != size:
            return False
        return all(_is_whole(own, totals) for own in rows if len(own) == size)

    return max((size for size in totals if is_trusted(size)), default=1)


def _is_whole(own: Sequence[_Row], totals: Mapping[int, int]) -> bool:
    """Whether a system is surely one system: every staff has a clef, and it does not look like two systems taken
    together (with repeated clefs, and twice as many staves as other systems of the score). totals: number of staves ->
    number of systems."""
    half = len(own) // 2
    clefs = [r.clef for r in own]
    twice = len(own) % 2 == 0 and totals.get(half, 0) > 1 and clefs[:half] == clefs[half:]
    return all(clefs) and not twice


def _reference(full: Sequence[Sequence[_Row]]) -> list[_Row]:
    """The staves of the score as its full systems show them: the first clef and the first name that were seen on
    each."""
    size = len(full[0]) if full else 0
    return [_Row(next((own[i].clef for own in full if own[i].clef), ""),
                 next((own[i].name for own in full if own[i].name), "")) for i in range(size)]


def _layout(system: System, signs: Mapping[int, str], may_be_piano: bool) -> Layout:
    """The parts of one system, by its braces.

    signs: staff index -> sign of the clef that opens the staff.
    may_be_piano: whether its last two staves may be those of a piano whose brace was missed.
    """
    joined = {staff: brace for brace in system.braces for staff in brace}
    layout: list[int] = []
    previous: tuple[int, ...] | None = None
    for staff in system.staves:
        brace = joined.get(staff)
        if brace is not None and brace == previous and layout[-1] < MOST_STAVES:
            layout[-1] += 1
        else:
            layout.append(1)
        previous = brace
    if may_be_piano and not system.braces and not system.brackets:
        own = [signs.get(s, "?") for s in system.staves]
        # A piano's brace was missed: treble and bass are the only staves, or the last two below a voice.
        if own == ["G", "F"] or (len(own) == 3 and own[1:] == ["G", "F"]):
            return (*layout[:-2], 2)
    return tuple(layout)


def _best(votes: Counter[Layout]) -> Layout:
    """The commonest layout. Among equally common ones, that which joins more staves."""
    return max(votes, key=lambda k: (votes[k], -len(k)))


def _match(
    own: Layout, rows: Sequence[_Row], full: Layout, reference: Sequence[_Row]
) -> tuple[StaffInPart, ...]:
    """The place of each staff of a system in the score.

    The parts of the system are aligned with those of the score in order, at the least cost (dynamic programming).

    own, rows: parts and staves of the system.
    full, reference: parts and staves of the score.
    """
    mine, theirs = _by_part(own, rows), _by_part(full, reference)
    n, m = len(own), len(full)
    if n > m:
        # The system has more parts than the score: the surplus ones go to the last part of the score.
        return tuple(StaffInPart(min(k, m - 1), 1 + s) for k, size in enumerate(own) for s in range(size))
    # cheapest[i][j]: least cost of placing the first i parts of the system among the first j parts of the score.
    cheapest = [[0.0] * (m + 1)] + [[float("inf")] * (m + 1) for _ in range(n)]
    for i in range(1, n + 1):
        for j in range(i, m + 1):
            cost = SIZE_COST * abs(own[i - 1] - full[j - 1]) + _difference(mine[i - 1], theirs[j - 1])
            cheapest[i][j] = min(cheapest[i][j - 1], cheapest[i - 1][j - 1] + cost)
    parts: list[int] = []
    i, j = n, m
    while i:
        if j > i and cheapest[i][j] == cheapest[i][j - 1]:
            j -= 1
        else:
            parts.append(j - 1)
            i, j = i - 1, j - 1
    parts.reverse()
    return tuple(StaffInPart(part, 1 + s) for part, size in zip(parts, own, strict=True) for s in range(size))


def _by_part(layout: Layout, rows: Sequence[_Row]) -> list[Sequence[_Row]]:
    """The staves of each part."""
    ends = list(accumulate(layout))
    return [rows[end - size:end] for end, size in zip(ends, layout, strict=True)]


def _difference(mine: Sequence[_Row], theirs: Sequence[_Row]) -> float:
    """How badly two parts match, by clefs and names. Negative if their names agree."""
    clefs = sum(a.clef != b.clef for a, b in zip(mine, theirs, strict=False))
    names = next((r.name for r in mine if r.name), ""), next((r.name for r in theirs if r.name), "")
    if not all(names):
        return clefs
    return clefs - NAME_COST if alike(*names) else clefs + NAME_COST


# ---- names -----------------------------------------------------------------------------------------------------


_PLAYERS = re.compile(r"^\W*\d+\W+(?=[^\W\d_])")
"""How many play a part, before its name: "2 Flutes"."""
_PITCH = re.compile(r"[\s(,]+(?:in|en)(?:\s+[^\s)]{1,5}(?:[\s-](?:flat|sharp|b|bemol|bémol|dur))?)?\W*$", re.IGNORECASE)
"""The pitch of a transposing instrument, after its name: "Clarinet in B♭". Its letter is easily lost."""


def alike(a: str, b: str) -> bool:
    """Whether two names may belong to one part ("Violino I" and "Vl. I", "2 Horns in F" and "Hrn."). They must have
    equally many words, and in each pair of words one may be an abbreviation of the other. The number of players and the
    pitch of an instrument only count if both names have them, because abbreviations leave them out."""
    first, second = (re.findall(r"\w+", name.casefold()) for name in _as_full(a, b))
    if len(first) != len(second) or not first:
        return False
    return all(_short_for(x, y) or _short_for(y, x) for x, y in zip(first, second, strict=True))


def _as_full(a: str, b: str) -> tuple[str, str]:
    """Two names without the number of players and the pitch, if only one of them has these."""
    for pattern in (_PLAYERS, _PITCH):
        if bool(pattern.search(a)) != bool(pattern.search(b)):
            a, b = pattern.sub("", a), pattern.sub("", b)
    return a, b


def _short_for(short: str, word: str) -> bool:
    """Whether one word may be an abbreviation of another: both begin with the same letter, and the other contains the
    letters of the short one in their order. Numerals must be equal."""
    if re.fullmatch(r"[ivx]+|\d+", short) or re.fullmatch(r"[ivx]+|\d+", word):
        return short == word
    at = iter(word)
    return short[0] == word[0] and all(letter in at for letter in short)


def _names(
    layout: Layout, places: Sequence[Sequence[StaffInPart]], rows: Sequence[Sequence[_Row]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(names, abbreviations) of the parts. The name stands at a part's first system that shows one. The abbreviation is
    what else stands at most of the later systems. "" if there is none."""
    seen: dict[int, list[str]] = defaultdict(list)
    for own, place in zip(rows, places, strict=True):
        for part in dict.fromkeys(p for p, _ in place):
            words = next((r.name for r, (p, _) in zip(own, place, strict=True) if p == part and r.name), "")
            if words:
                seen[part].append(words)
    names = tuple(seen[p][0] if seen[p] else "" for p in range(len(layout)))
    later = (Counter(w for w in seen[p][1:] if w != names[p]) for p in range(len(layout)))
    return names, tuple(words.most_common(1)[0][0] if words else "" for words in later)
