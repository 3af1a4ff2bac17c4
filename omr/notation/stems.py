"""Stems, and the heads that stand on them.

The strokes come from a network's maps: a stem may be broken, stop short of its head, or run on into the stem of
another voice. Here they are mended (in new strokes) and joined to chords: the heads of one stem. Flags and beams,
which hang on their tips, follow in `omr.notation.tips`.

Conventions of engraving that decide the cases: a stem that goes up stands at the right edge of its heads, one that
goes down at their left edge (a second's displaced head sits on the other side).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from omr.notation.chords import ChordInk, downwards
from omr.types import Stroke, Symbol
from omr.types.table import table

STEMMED = frozenset((
    "noteheadBlack", "noteheadHalf", "noteheadBlackSmall", "noteheadHalfSmall", "noteheadXBlack",
    "noteheadDiamondBlack", "noteheadDiamondHalf", "noteheadPlusBlack", "noteheadSlash", "noteheadSlashWhite",
))
"""Classes of heads that stand on a stem."""


@table
class StemTolerances:
    """Lengths in staff spaces, unless said otherwise; prices are in staff spaces too and add to distances."""

    # Pieces of one stem
    stem_overlap: float = 2.0
    """How far two pieces of one stem may overlap: both are drawn from blurred maps. A piece that ends where another
    does lies in it, however long it is: the other was drawn out by its ink."""
    stem_gap: float = 1.0
    """Longest gap between two pieces of one stem: a head or a staff line hides about as much."""
    stem_aside: float = 0.5
    """Greatest distance sideways between the ends of two pieces of one stem."""
    stem_in_line: float = 0.25
    """The same, after the upper piece is extended straight on to where the lower one begins."""

    # Heads on stems
    side: float = 0.5
    """A stem stands at most this far from the edge of its head."""
    short: float = 1.1
    """A stem may stop this far short of the centre of its head."""
    short_price: float = 0.5
    """Price of a staff space by which a stem stops short of its head."""
    wrong_side: float = 0.4
    """Price of a stem at a head's right edge that does not rise above it, or at its left edge that does not hang."""
    beyond_head: float = 2.0
    """How far a stem that passes by its head goes on above and below it: more than one that was seen too long."""
    passes_by: float = 0.15
    """Price of a stem that goes on both above and below the head: it may be that of another head in the next column.
    Small, since it decides only where another stem stands as close."""
    leaves_head: float = 1.0
    """How far a stem must reach beyond its head's centre to rise above it or hang below it."""
    drawn_side: float = 0.3
    """Farthest that a stem that is drawn exactly stands from the edge of its head."""
    drawn_aside: float = 3.0
    """Price of a staff space between the edge of a head and a stem that is drawn exactly, 1 for others: the stem of the
    head stands right at its edge, that of another voice's head, moved aside, up to 0.25 from it."""
    from_end: float = 0.1
    """Price of a staff space between a head and the end of its stem that is drawn exactly: every stem begins at a head,
    and of two stems over one another each has those heads that are nearer to its end."""
    drawn_short: float = 0.25
    """A stem that is drawn exactly stops so far short of the centre of its head at most, where programs set them ..."""
    drawn_short_price: float = 5.0
    """... and this is the price of every staff space more: it is rather the free end of another voice's stem."""
    at_its_end: float = 0.15
    """How much cheaper a stem that is drawn exactly is for the head at which it begins: no other can be that."""
    shared_side: float = 0.35
    """Greatest distance of a second voice's stem from the edge of the head that both voices share."""
    shared_end: float = 0.8
    """Greatest distance of that stem's beginning from the head's centre."""
    shared_beside: float = 0.55
    """The same for a stem with heads of its own. On 128 pages such stems began at most 0.5 from a shared head that lay
    outermost, and 0.6 to 0.8 from a head of the other voice a third away."""
    begins: float = 0.3
    """Greatest distance of its beginning from the head's centre, where both voices' stems go the same way."""
    shared_length: float = 2.0
    """Least length of that stem."""

    # One stroke that is two stems
    both_free: float = 1.8
    """A stem that reaches this far beyond its heads at both ends is two: of a second between two voices."""
    grace_free: float = 1.0
    """The same for a grace note's head and one of usual size, which are never on one stem: grace stems are shorter."""
    heads_apart: float = 4.0
    """Least distance up and down between the heads at both ends of a stroke that is two stems end to end."""
    no_free_end: float = 1.0
    """Such a stroke reaches less than this beyond its heads at either end."""
    free_end: float = 0.8
    """The free end is the one that reaches this much farther beyond the heads."""

    # Stems that lie in pieces: an accidental or a ledger line hides what is between
    piece_gap: float = 2.2
    """Longest gap between a stroke without heads and the stem or the head without a stem that it continues."""
    piece_in_line: float = 0.25
    """Greatest distance sideways between the two, or between the stroke and the edge of the head, where they meet."""
    piece_short: float = 2.8
    """A stem that is continued reaches less than this beyond its heads: a whole one is 3.5 long."""
    piece_long: float = 1.5
    """Least length of the stroke."""

    # Hollow and filled heads on one stem
    sure_kind: float = 0.9
    """Score (0 to 1) from which on a head is surely filled, or hollow."""

    # Heads whose stem was cut short
    cut_aside: float = 0.35
    """Greatest distance sideways between the centres of such a head and of a head of the chord in its column."""
    cut_apart: float = 4.0
    """Greatest distance up and down between the two: about an octave."""


T = StemTolerances()
"""The tolerances of this stage."""
NO_TWINS: Mapping[int, Symbol] = {}
"""No head of a page is drawn twice."""


def col_at(stroke: Stroke, row: float) -> float:
    """Column of an upright stroke at a row, its ends extended straight on."""
    (ra, ca), (rb, cb) = stroke.points[0], stroke.points[-1]
    return ca + (cb - ca) * (row - ra) / (rb - ra) if rb > ra else (ca + cb) / 2


def mend_stems(stems: Iterable[Stroke], space: float, exact: bool = False) -> list[Stroke]:
    """Pieces of one stem, in line and close together, joined under the id of the uppermost. space: in pixels. exact:
    every stroke is a stem, as on drawn pages; two over one another are those of two voices."""
    pieces = sorted((_downwards(s) for s in stems), key=lambda s: s.points[0][0])
    if exact:
        return pieces
    mended: list[Stroke] = []
    ends = np.zeros((len(pieces), 2))  # (row, col) of the lower end of each that is mended
    for piece in pieces:
        row, col = piece.points[0]
        down, aside = row - ends[:len(mended), 0], np.abs(ends[:len(mended), 1] - col)
        inside = piece.points[-1][0] - ends[:len(mended), 0] <= T.stem_gap * space
        near = (-T.stem_overlap * space <= down) | inside
        near &= (down <= T.stem_gap * space) & (aside <= T.stem_aside * space)
        in_line = (i for i in np.flatnonzero(near)[::-1].tolist()
                   if abs(col_at(mended[i], row) - col) < T.stem_in_line * space)
        i = next(in_line, len(mended))
        if i == len(mended):
            mended.append(piece)
        else:
            end = max(piece.points[-1], mended[i].points[-1])
            mended[i] = replace(mended[i], points=(mended[i].points[0], end))
        ends[i] = mended[i].points[-1]
    return mended


def _downwards(stroke: Stroke) -> Stroke:
    a, b = stroke.points[0], stroke.points[-1]
    return replace(stroke, points=(a, b) if a[0] <= b[0] else (b, a))


@dataclass(frozen=True)
class _Hold:
    """A head on a stem. right: whether the stem stands at the head's right edge. second: whether it is the stem of a
    second voice, which shares the head."""

    head: Symbol
    right: bool
    second: bool


def make_chords(
    heads: Sequence[Symbol], stems: Sequence[Stroke], space: float, ids: Iterator[int],
    shared: Mapping[int, Symbol] = NO_TWINS, exact: bool = False,
) -> list[ChordInk]:
    """Every head on its stem (two where two voices share it), a stem shared by two voices cut in two.

    stems: as `mend_stems` gives them. space: in pixels. ids: for new stems. shared: id of a head that two voices surely
    share -> the one that is drawn in its place for the second, whose stem may go the same way. exact: as for
    `mend_stems`. Heads without a stem become chords of one; `chords.join_columns` puts whole notes together later.
    """
    lines = _Stems(stems, exact)
    held: dict[int, list[_Hold]] = {i: [] for i in range(len(stems))}
    loose: list[Symbol] = []
    for head in heads:
        found = lines.of_head(head, space, head.id in shared) if stems and head.name in STEMMED else []
        for k, (i, right) in enumerate(found):
            same_way = k > 0 and right == found[0][1]
            held[i].append(_Hold(shared[head.id] if same_way else head, right, second=k > 0 and not same_way))
        if not found:
            loose.append(head)
    if not exact:
        stems, loose = _pieced(stems, held, loose, space)
    shared_out = {h.head.id for holds in held.values() for h in holds if h.second}
    chords: list[ChordInk] = []
    for i, all_holds in held.items():
        holds = _without_neighbours(stems[i], all_holds, space)
        parts = _split(stems[i], holds, space) if holds else []
        for k, (stem, up, members) in enumerate(_by_fill(parts, shared_out, exact)):
            id_ = stem.id if k == 0 else next(ids)
            chords.append(ChordInk(downwards(h.head for h in members), replace(stem, id=id_), up))
    return _join_loose(chords, loose, space)


def _pieced(
    stems: Sequence[Stroke], held: dict[int, list[_Hold]], loose: Sequence[Symbol], space: float
) -> tuple[list[Stroke], list[Symbol]]:
    """The stems, and the heads without one, after strokes on which no head stands were given what they continue: a stem
    that is too short, or a head without any. held: heads by stem; these heads and those of the two stems that are one
    are entered into it."""
    whole, left = list(stems), list(loose)
    for i in [i for i, holds in held.items() if not holds]:
        (top, top_col), (bottom, bottom_col) = stems[i].points[0], stems[i].points[-1]
        if bottom - top < T.piece_long * space:
            continue
        for up, row, col in ((True, bottom, bottom_col), (False, top, top_col)):
            away = 1 if up else -1
            head = next((h for h in left if h.name in STEMMED
                         and T.short * space <= (h.box.center[0] - row) * away < T.piece_gap * space
                         and abs((h.box.right if up else h.box.left) - col) < T.piece_in_line * space), None)
            if head is not None:
                held[i].append(_Hold(head, up, second=False))
                left.remove(head)
                break
            k = next((k for k, holds in held.items()
                      if holds and all(h.right == up for h in holds)
                      and _is_continued(whole[k], holds, (row, col), up, space)), None)
            if k is not None:
                ends = (stems[i].points[0], whole[k].points[-1]) if up else (whole[k].points[0], stems[i].points[-1])
                whole[k] = replace(whole[k], points=ends)
                break
    return whole, left


def _is_continued(
    stem: Stroke, holds: Sequence[_Hold], end: tuple[float, float], up: bool, space: float
) -> bool:
    """Whether a stem goes on in a stroke over it (up) or under it. end: of that stroke, towards the stem."""
    tip, away = (stem.points[0], 1) if up else (stem.points[-1], -1)
    rows = [h.head.box.center[0] for h in holds]
    beyond = min(rows) - tip[0] if up else tip[0] - max(rows)
    return (0 <= beyond < T.piece_short * space and 0 <= (tip[0] - end[0]) * away < T.piece_gap * space
            and abs(tip[1] - end[1]) < T.piece_in_line * space)


def _without_neighbours(stem: Stroke, holds: Sequence[_Hold], space: float) -> list[_Hold]:
    """The heads of a stem, without those of the other voice a third away, which it passes by closely.

    Heads of its own tell them: the stem begins at these, and they are of the same length.
    """
    own = [h for h in holds if not h.second]
    if not own:
        return list(holds)
    filled = {h.head.symbol_class.is_filled for h in own}

    def shares(hold: _Hold) -> bool:
        row = hold.head.box.center[0]
        short = max(stem.points[0][0] - row, row - stem.points[-1][0]) / space
        return short < T.shared_beside and hold.head.symbol_class.is_filled in filled

    return [h for h in holds if not h.second or shares(h)]


class _Stems:
    """Stems with their ends as arrays, in pixels. exact: as for `mend_stems`."""

    def __init__(self, stems: Sequence[Stroke], exact: bool):
        self._side, self._from_end, self._aside = (
            (T.drawn_side, T.from_end, T.drawn_aside) if exact else (T.side, 0.0, 1.0))
        self._short, self._short_price, self._at_its_end = (
            (T.drawn_short, T.drawn_short_price, T.at_its_end) if exact else (0.0, T.short_price, 0.0))
        self.top = np.array([s.points[0][0] for s in stems])
        self.bottom = np.array([s.points[-1][0] for s in stems])
        self._col = np.array([s.points[0][1] for s in stems])
        lean = np.array([s.points[-1][1] - s.points[0][1] for s in stems])
        self._slope = lean / np.maximum(self.bottom - self.top, 1)

    def of_head(self, head: Symbol, space: float, is_shared: bool) -> list[tuple[int, bool]]:
        """Index of a head's stem, and of a second voice's if it has one; each with whether the stem stands at the
        head's right edge. space: in pixels. is_shared: two voices surely share it, so that the second stem may be
        short."""
        least = T.leaves_head if is_shared else T.shared_length
        row = head.box.center[0]
        at = self._col + self._slope * (row - self.top)
        to_right, to_left = np.abs(at - head.box.right) / space, np.abs(at - head.box.left) / space
        above, below = (row - self.top) / space, (self.bottom - row) / space
        short = np.maximum(np.maximum(-above, -below), 0)
        # A stem at the right edge should rise above its head, one at the left edge hang below it.
        by = T.passes_by * ((above > T.beyond_head) & (below > T.beyond_head))
        by += self._short_price * np.maximum(short - self._short, 0)
        right = self._aside * to_right + T.wrong_side * (above < T.leaves_head) + by
        left = self._aside * to_left + T.wrong_side * (below < T.leaves_head) + by
        right += self._from_end * np.abs(below) - self._at_its_end * (np.abs(below) < T.begins)
        left += self._from_end * np.abs(above) - self._at_its_end * (np.abs(above) < T.begins)
        possible = (np.minimum(to_right, to_left) < self._side) & (short < T.short)
        price = np.where(possible, np.minimum(left, right), np.inf)
        first = int(price.argmin())
        if not np.isfinite(price[first]):
            return []
        is_right = bool(right[first] < left[first])
        # A head shared by two voices has one stem up at its right edge and one down at its left.
        if is_right:
            fits = (to_left < T.shared_side) & (np.abs(above) < T.shared_end) & (below > least)
            alone = below[first] > T.leaves_head
        else:
            fits = (to_right < T.shared_side) & (np.abs(below) < T.shared_end) & (above > least)
            alone = above[first] > T.leaves_head
        fits[first] = False
        second = [] if alone else [(int(i), not is_right) for i in np.flatnonzero(fits)[:1]]
        if is_shared and not second and not alone:
            to_side, from_head, length = (to_right, below, above) if is_right else (to_left, above, below)
            same = (to_side < T.drawn_side) & (np.abs(from_head) < T.begins) & (length > T.shared_length)
            same[first] = False
            second = [(int(i), is_right) for i in np.flatnonzero(same)[:1]]
        return [(first, is_right), *second]


def _split(stem: Stroke, holds: list[_Hold], space: float) -> list[tuple[Stroke, bool, list[_Hold]]]:
    """The stems that one stroke is: (stem, whether it points up, its heads).

    One stroke may be the stems of two voices: of a second between them (free ends above and below), or of a note
    hanging down that meets one rising from under it (heads at both ends, on opposite sides). Or those of a grace note
    and of the note after it.
    """
    top, bottom = stem.points[0], stem.points[-1]
    rows = [h.head.box.center[0] for h in holds]
    free_above, free_below = (min(rows) - top[0]) / space, (bottom[0] - max(rows)) / space
    rights = [h for h in holds if h.right]
    lefts = [h for h in holds if not h.right]
    both_free = free_above > T.both_free and free_below > T.both_free
    if len({h.head.symbol_class.is_small for h in rights}) == len({h.head.symbol_class.is_small for h in lefts}) == 1:
        of_graces = rights[0].head.symbol_class.is_small != lefts[0].head.symbol_class.is_small
        both_free |= of_graces and min(free_above, free_below) > T.grace_free
    if rights and lefts:
        r = [h.head.box.center[0] for h in rights]
        le = [h.head.box.center[0] for h in lefts]
        apart = (min(r) - max(le)) / space > T.heads_apart and max(free_above, free_below) < T.no_free_end
        if both_free:
            upper = replace(stem, points=(top, (max(r), col_at(stem, max(r)))))
            lower = replace(stem, points=((min(le), col_at(stem, min(le))), bottom))
            return [(upper, True, rights), (lower, False, lefts)]
        if apart:
            middle = (min(r) + max(le)) / 2
            upper = replace(stem, points=(top, (middle, col_at(stem, middle))))
            lower = replace(stem, points=((middle, col_at(stem, middle)), bottom))
            return [(upper, False, lefts), (lower, True, rights)]
    if abs(free_above - free_below) > T.free_end and not both_free:
        return [(stem, free_above > free_below, holds)]
    return [(stem, len(rights) > len(lefts) or (len(rights) == len(lefts) and free_above >= free_below), holds)]


def _by_fill(
    parts: Iterable[tuple[Stroke, bool, list[_Hold]]], shared: Container[int], exact: bool
) -> Iterator[tuple[Stroke, bool, list[_Hold]]]:
    """The chords of stems, those with hollow and filled heads as one of each: two voices whose stems are one. A head
    that has another voice's stem, too, may be of either kind. On a scan the detector must be sure of all heads, and
    the hollow ones stand over the filled ones, or under them. shared: ids of heads with two stems."""
    for stem, up, members in parts:
        filled = [h for h in members if h.head.symbol_class.is_filled]
        hollow = [h for h in members if not h.head.symbol_class.is_filled]
        if filled and hollow and not any(h.head.id in shared for h in members) and (
                exact or _are_surely_two(filled, hollow)):
            yield stem, up, filled
            yield stem, up, hollow
        else:
            yield stem, up, members


def _are_surely_two(filled: Sequence[_Hold], hollow: Sequence[_Hold]) -> bool:
    """Whether the filled and the hollow heads of a stem are surely so, and stand apart."""
    rows, others = ([h.head.box.center[0] for h in holds] for holds in (filled, hollow))
    apart = max(rows) < min(others) or max(others) < min(rows)
    return apart and min(h.head.score for h in (*filled, *hollow)) >= T.sure_kind


def _join_loose(chords: Sequence[ChordInk], loose: Sequence[Symbol], space: float) -> list[ChordInk]:
    """Heads without a stem join a chord in their column whose stem was cut short, else stand alone."""
    grown, alone = list(chords), []
    for head in loose:
        home = None
        if head.name in STEMMED:
            row, col = head.box.center
            for i, chord in enumerate(grown):
                apart = min(abs(h.box.center[0] - row) for h in chord.heads)
                aside = min(abs(h.box.center[1] - col) for h in chord.heads)
                same = chord.heads[0].name == head.name
                near = aside < T.cut_aside * space and apart < T.cut_apart * space
                if same and near and _beyond(chord, row):
                    home = i
                    break
        if home is None:
            alone.append(ChordInk((head,)))
        else:
            grown[home] = grown[home].with_heads([*grown[home].heads, head])
    return grown + alone


def _beyond(chord: ChordInk, row: float) -> bool:
    """Whether a row lies on the heads' side of a chord's stem, not at its free end."""
    tip = chord.tip[0]
    return row > tip if chord.up else row < tip
