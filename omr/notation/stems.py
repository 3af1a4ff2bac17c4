"""Stems, and the noteheads on them.

The strokes come from a network's maps: a stem may be broken, stop short of its notehead, or run on into the stem of
another voice. This module mends them (as new strokes), and groups noteheads into chords: those on one stem. Flags and
beams at the free ends follow in `omr.notation.tips`.

Two conventions of engraving decide: a stem up stands at the right edge of its noteheads, a stem down at their left
edge. (The displaced notehead of a second is on the other side.)
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
"""Classes of noteheads that have a stem."""


@table
class StemTolerances:
    """Lengths are in staff spaces, unless a field says otherwise. Prices are in staff spaces too, and are added to
    distances."""

    # Pieces of one stem
    stem_overlap: float = 2.0
    """How far two pieces of one stem may overlap: both are traced from blurred maps. A piece that ends where another
    one ends lies in it, however long it is: the other one was extended along the ink."""
    stem_gap: float = 1.0
    """Longest gap between two pieces of one stem. A notehead or a staff line hides about as much."""
    stem_aside: float = 0.5
    """Greatest sideways distance between the ends of two pieces of one stem."""
    stem_in_line: float = 0.25
    """The same, after the upper piece is extended in a straight line to where the lower one begins."""

    # Heads on stems
    side: float = 0.5
    """Greatest distance of a stem from the edge of its notehead."""
    short: float = 1.1
    """A stem may stop this far short of the centre of its notehead."""
    short_price: float = 0.5
    """Price of each staff space by which a stem stops short of its notehead."""
    wrong_side: float = 0.4
    """Price of a stem at the right edge of a notehead that does not go up from it, or at its left edge that does not go
    down."""
    beyond_head: float = 2.0
    """A stem passes by a notehead if it goes on this far above and below it. A stem that was seen as too long goes on
    by less."""
    passes_by: float = 0.15
    """Price of a stem that goes on both above and below the notehead, and may belong to another notehead in the next
    column. It is small, because it should decide only if another stem is as near."""
    leaves_head: float = 1.0
    """How far beyond its notehead's centre a stem must reach to go up or down from it."""
    drawn_side: float = 0.3
    """Greatest distance of an exactly drawn stem from the edge of its notehead."""
    drawn_aside: float = 3.0
    """Price of a staff space between the edge of a notehead and an exactly drawn stem (for other stems 1). The
    notehead's own stem is right at its edge; the stem of another voice's notehead, which is moved aside, is up to 0.25
    away."""
    from_end: float = 0.1
    """Price of a staff space between a notehead and the end of its exactly drawn stem. Every stem begins at a notehead,
    and of two stems one above the other, each has the noteheads that are nearer to its end."""
    drawn_short: float = 0.25
    """An exactly drawn stem may stop this far short of the centre of its notehead without a price, as programs draw
    it ..."""
    drawn_short_price: float = 5.0
    """... and this is the price of each staff space more. It is then rather the free end of another voice's stem."""
    at_its_end: float = 0.15
    """An exactly drawn stem is this much cheaper for a notehead at which it begins (within `begins` of its centre). No
    other stem can be that notehead's."""
    shared_side: float = 0.35
    """Greatest distance of a second voice's stem from the edge of the notehead that both voices share."""
    shared_end: float = 0.8
    """Greatest distance of that stem's beginning from the notehead's centre."""
    shared_beside: float = 0.55
    """The same for a stem that has noteheads of its own. On 128 pages such stems began at most 0.5 from a shared
    outermost notehead, and 0.6 to 0.8 from a notehead of the other voice that was a third away."""
    begins: float = 0.3
    """Greatest distance of its beginning from the notehead's centre, if the stems of both voices point in the same
    direction."""
    shared_length: float = 2.0
    """Least length of that stem."""

    # One stroke that is two stems
    both_free: float = 1.8
    """A stem that reaches this far beyond its noteheads at both ends is really two stems, of a second between two
    voices."""
    grace_free: float = 1.0
    """The same if the noteheads on one side of the stem are those of a grace note, and those on the other side are of
    full size. They are never on one stem. It is less, because stems of grace notes are shorter."""
    heads_apart: float = 4.0
    """Least vertical distance between the noteheads at both ends of a stroke that is really two stems, end to end."""
    no_free_end: float = 1.0
    """Such a stroke reaches less than this beyond its noteheads at both ends."""
    free_end: float = 0.8
    """The free end of a stem is the one that reaches this much farther beyond the noteheads."""

    # Stems in pieces: an accidental or a ledger line hides what is between
    piece_gap: float = 2.2
    """Longest gap between a stroke without noteheads and what it continues: a stem, or a notehead without a stem."""
    piece_in_line: float = 0.25
    """Greatest sideways distance between the stroke and that stem, or the edge of that notehead, where they meet."""
    piece_short: float = 2.8
    """A stem that is continued reaches less than this beyond its noteheads. A whole stem is 3.5 long."""
    piece_long: float = 1.5
    """Least length of the stroke."""

    # Hollow and filled heads on one stem
    sure_kind: float = 0.9
    """Least score (0 to 1) of a notehead that is certainly filled, or certainly hollow."""

    # Heads whose stem was cut short
    cut_aside: float = 0.35
    """Greatest sideways distance between the centres of such a notehead and of a notehead of the chord in its
    column."""
    cut_apart: float = 4.0
    """Greatest vertical distance between the two: about an octave."""


T = StemTolerances()
"""The tolerances of this stage."""
NO_TWINS: Mapping[int, Symbol] = {}
"""Stands for a page on which no notehead is drawn twice."""


def col_at(stroke: Stroke, row: float) -> float:
    """Column of a vertical stroke at a row, its ends extended in a straight line."""
    (ra, ca), (rb, cb) = stroke.points[0], stroke.points[-1]
    return ca + (cb - ca) * (row - ra) / (rb - ra) if rb > ra else (ca + cb) / 2


def mend_stems(stems: Iterable[Stroke], space: float, exact: bool = False) -> list[Stroke]:
    """Join pieces of one stem that are in line and close together, under the id of the uppermost piece.

    space: the staff space in pixels.
    exact: every stroke is a stem, as on drawn pages. Two strokes one above the other then belong to two voices.
    """
    pieces = sorted((_downwards(s) for s in stems), key=lambda s: s.points[0][0])
    if exact:
        return pieces
    mended: list[Stroke] = []
    ends = np.zeros((len(pieces), 2))  # (row, col) of the lower end of each stem so far
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
    """A notehead on a stem. right: whether the stem is at the notehead's right edge. second: whether the stem belongs
    to a second voice, which shares the notehead."""

    head: Symbol
    right: bool
    second: bool


def make_chords(
    heads: Sequence[Symbol], stems: Sequence[Stroke], space: float, ids: Iterator[int],
    shared: Mapping[int, Symbol] = NO_TWINS, exact: bool = False,
) -> list[ChordInk]:
    """Put every notehead on its stem (on two if two voices share it). A stem that two voices share is cut in two.

    Noteheads without a stem become chords of one; `chords.join_columns` joins whole notes later.

    stems: as returned by `mend_stems`.
    space: the staff space in pixels.
    ids: for new stems.
    shared: id of a notehead that two voices surely share -> the notehead that is drawn at the same place for the second
        voice. That voice's stem may point in the same direction.
    exact: as for `mend_stems`.
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
    """Let strokes without noteheads continue a stem that is too short, or a notehead without a stem. Returns the stems,
    and the noteheads that are left without one.

    held: noteheads by stem. The noteheads that get a stem, and those of two stems that become one, are entered into it.
    """
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
    """Whether a stem continues in a stroke above it (up) or below it. end: the end of that stroke that is nearer to the
    stem."""
    tip, away = (stem.points[0], 1) if up else (stem.points[-1], -1)
    rows = [h.head.box.center[0] for h in holds]
    beyond = min(rows) - tip[0] if up else tip[0] - max(rows)
    return (0 <= beyond < T.piece_short * space and 0 <= (tip[0] - end[0]) * away < T.piece_gap * space
            and abs(tip[1] - end[1]) < T.piece_in_line * space)


def _without_neighbours(stem: Stroke, holds: Sequence[_Hold], space: float) -> list[_Hold]:
    """The noteheads of a stem, without those of another voice a third away, which the stem passes closely.

    A stem with noteheads of its own begins at these, and all its noteheads have the same length.
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
        """Index of a notehead's stem, and of a second voice's stem if it has one; each with whether the stem is at the
        notehead's right edge.

        space: the staff space in pixels.
        is_shared: whether two voices surely share the notehead, so that the second stem may be short.
        """
        least = T.leaves_head if is_shared else T.shared_length
        row = head.box.center[0]
        at = self._col + self._slope * (row - self.top)
        to_right, to_left = np.abs(at - head.box.right) / space, np.abs(at - head.box.left) / space
        above, below = (row - self.top) / space, (self.bottom - row) / space
        short = np.maximum(np.maximum(-above, -below), 0)
        # A stem at the right edge should go up from its notehead, one at the left edge should go down.
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
        # A notehead that two voices share has a stem up at its right edge, and a stem down at its left edge.
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
    """The stems that one stroke really is: (stem, whether it points up, its noteheads).

    One stroke may be the stems of two voices. Either these share a second (free ends above and below), or a note with
    its stem down meets one with its stem up from below (noteheads at both ends, on opposite sides). It may also be the
    stems of a grace note and of the note after it.
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
    """Divide chords that have both hollow and filled noteheads into one chord of each: two voices whose stems coincide.
    On a scan, this is only done if the detector is sure of all these noteheads, and the hollow ones are all above or
    all below the filled ones.

    shared: ids of noteheads that also have the stem of another voice, and so may be of either kind.
    exact: whether the page is a drawn one.
    """
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
    """Whether the detector is sure of all noteheads on a stem, and the hollow ones are all above or all below the
    filled ones."""
    rows, others = ([h.head.box.center[0] for h in holds] for holds in (filled, hollow))
    apart = max(rows) < min(others) or max(others) < min(rows)
    return apart and min(h.head.score for h in (*filled, *hollow)) >= T.sure_kind


def _join_loose(chords: Sequence[ChordInk], loose: Sequence[Symbol], space: float) -> list[ChordInk]:
    """Let noteheads without a stem join a chord in their column whose stem was cut short. Otherwise they stand
    alone."""
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
    """Whether a row is on the side of the noteheads, not at the free end of a chord's stem."""
    tip = chord.tip[0]
    return row > tip if chord.up else row < tip
