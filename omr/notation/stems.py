"""Stems, and what hangs on their two ends: heads on one, flags and beams on the other.

The strokes come from a network's maps: a stem may be broken, stop short of its head, or run on into the stem of
another voice; a beam may come in pieces or two beams as one thick one. Here they are mended (in new strokes) and
joined to chords: the heads of one stem.

Conventions of engraving that decide the cases: a stem that goes up stands at the right edge of its heads, one that
goes down at their left edge (a second's displaced head sits on the other side); beams are 0.75 spaces apart,
counted inwards from the stem's tip.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from omr.notation.chords import ChordInk, downwards
from omr.types import Stroke, Symbol

STEMMED = {
    "noteheadBlack", "noteheadHalf", "noteheadBlackSmall", "noteheadHalfSmall", "noteheadXBlack",
    "noteheadDiamondBlack", "noteheadDiamondHalf", "noteheadPlusBlack", "noteheadSlash", "noteheadSlashWhite",
}
SIDE = 0.5
"""A stem stands at most this far (spaces) from the edge of its head."""
SHORT = 1.1
"""A stem may stop this far (spaces) short of the centre of its head."""
BEAM_PITCH = 0.75
BEAM_GAP = 0.25
HOOK = 1.7
"""Shorter beams (spaces) may be hooks."""


def col_at(stroke: Stroke, row: float) -> float:
    """Column of an upright stroke at a row, its ends extended straight on."""
    (ra, ca), (rb, cb) = stroke.points[0], stroke.points[-1]
    return ca + (cb - ca) * (row - ra) / (rb - ra) if rb > ra else (ca + cb) / 2


def row_at(stroke: Stroke, col: float) -> float:
    """Row of a level stroke at a column, its ends extended straight on."""
    (ra, ca), (rb, cb) = stroke.points[0], stroke.points[-1]
    return ra + (rb - ra) * (col - ca) / (cb - ca) if cb > ca else (ra + rb) / 2


def mend_stems(stems: Iterable[Stroke], space: float) -> list[Stroke]:
    """Pieces of one stem, at most a space apart and in line, joined under the id of the uppermost."""
    pieces = sorted((_downwards(s) for s in stems), key=lambda s: s.points[0][0])
    mended: list[Stroke] = []
    for piece in pieces:
        for i in range(len(mended) - 1, -1, -1):
            above = mended[i]
            gap = piece.points[0][0] - above.points[-1][0]
            if not -2 * space <= gap <= space or abs(above.points[-1][1] - piece.points[0][1]) > 0.5 * space:
                continue
            if abs(col_at(above, piece.points[0][0]) - piece.points[0][1]) < 0.25 * space:
                end = max(piece.points[-1], above.points[-1])
                mended[i] = replace(above, points=(above.points[0], end))
                break
        else:
            mended.append(piece)
    return mended


def mend_beams(beams: Iterable[Stroke], space: float, ids: Iterator[int]) -> list[Stroke]:
    """Thick beams split into as many as their thickness holds, pieces in line and less than 0.7 spaces apart joined."""
    single: list[Stroke] = []
    for beam in sorted((_rightwards(b) for b in beams), key=lambda b: b.points[0][1]):
        count = max(1, round((beam.thickness_px / space + BEAM_GAP) / BEAM_PITCH - 0.1))
        if count == 1:
            single.append(replace(beam, points=(beam.points[0], beam.points[-1])))
            continue
        for i in range(count):
            shift = (i - (count - 1) / 2) * BEAM_PITCH * space
            points = tuple((r + shift, c) for r, c in (beam.points[0], beam.points[-1]))
            id_ = beam.id if i == 0 else next(ids)
            single.append(replace(beam, id=id_, points=points, thickness_px=0.5 * space))
    mended: list[Stroke] = []
    for beam in single:
        for i in range(len(mended) - 1, -1, -1):
            left = mended[i]
            gap = beam.points[0][1] - left.points[-1][1]
            if -0.5 * space <= gap <= 0.7 * space and beam.points[-1][1] > left.points[-1][1]:
                at = (beam.points[0][1] + left.points[-1][1]) / 2
                if abs(row_at(left, at) - row_at(beam, at)) < 0.25 * space:
                    mended[i] = replace(left, points=(left.points[0], beam.points[-1]))
                    break
        else:
            mended.append(beam)
    return mended


def _downwards(stroke: Stroke) -> Stroke:
    a, b = stroke.points[0], stroke.points[-1]
    return replace(stroke, points=(a, b) if a[0] <= b[0] else (b, a))


def _rightwards(stroke: Stroke) -> Stroke:
    return stroke if stroke.points[0][1] <= stroke.points[-1][1] else replace(stroke, points=stroke.points[::-1])


@dataclass(frozen=True)
class _Hold:
    """A head on a stem: `right` where the stem stands at the head's right edge."""

    head: Symbol
    right: bool
    cost: float


def make_chords(
    heads: Sequence[Symbol], stems: Sequence[Stroke], space: float, ids: Iterator[int]
) -> list[ChordInk]:
    """Every head on its stem (two where two voices share it), a stem shared by two voices cut in two.

    Stemless heads become chords of one; `chords.join_columns` puts whole notes together later. New stems are numbered
    by `ids`.
    """
    top, bottom, col, slope = _arrays(stems)
    held: dict[int, list[_Hold]] = {i: [] for i in range(len(stems))}
    loose: list[Symbol] = []
    for head in heads:
        if head.name not in STEMMED or not len(stems):
            loose.append(head)
            continue
        row = head.box.center[0]
        at = col + slope * (row - top)
        to_right, to_left = np.abs(at - head.box.right) / space, np.abs(at - head.box.left) / space
        above, below = (row - top) / space, (bottom - row) / space
        short = np.maximum(np.maximum(-above, -below), 0)
        # A stem at the right edge should rise above its head, one at the left edge hang below it.
        right = to_right + 0.5 * short + 0.4 * (above < 1.0)
        left = to_left + 0.5 * short + 0.4 * (below < 1.0)
        possible = (np.minimum(to_right, to_left) < SIDE) & (short < SHORT)
        cost = np.where(possible, np.minimum(left, right), np.inf)
        best = int(cost.argmin())
        if not np.isfinite(cost[best]):
            loose.append(head)
            continue
        held[best].append(_Hold(head, bool(right[best] < left[best]), float(cost[best])))
        other = _second_stem(best, bool(right[best] < left[best]), to_left, to_right, above, below)
        if other is not None:
            held[other].append(_Hold(head, not right[best] < left[best], 0.0))
    chords: list[ChordInk] = []
    for i, holds in held.items():
        if not holds:
            continue
        parts = _split(stems[i], holds, space)
        for k, (stem, up, members) in enumerate(parts):
            id_ = stem.id if k == 0 else next(ids)
            chords.append(ChordInk(downwards(h.head for h in members), replace(stem, id=id_), up))
    return _join_loose(chords, loose, space)


def _arrays(stems: Sequence[Stroke]) -> tuple[np.ndarray, ...]:
    top = np.array([s.points[0][0] for s in stems])
    bottom = np.array([s.points[-1][0] for s in stems])
    col = np.array([s.points[0][1] for s in stems])
    slope = np.array([(s.points[-1][1] - s.points[0][1]) / max(s.points[-1][0] - s.points[0][0], 1) for s in stems])
    return top, bottom, col, slope


def _second_stem(
    first: int, right: bool, to_left: np.ndarray, to_right: np.ndarray, above: np.ndarray, below: np.ndarray
) -> int | None:
    """A head shared by two voices has one stem up at its right edge and one down at its left."""
    if right:
        if below[first] > 1.0:
            return None
        fits = (to_left < 0.35) & (np.abs(above) < 0.8) & (below > 2.0)
    else:
        if above[first] > 1.0:
            return None
        fits = (to_right < 0.35) & (np.abs(below) < 0.8) & (above > 2.0)
    fits[first] = False
    return int(np.flatnonzero(fits)[0]) if fits.any() else None


def _split(stem: Stroke, holds: list[_Hold], space: float) -> list[tuple[Stroke, bool, list[_Hold]]]:
    """One stroke may be the stems of two voices: of a second between them (free ends above and below), or of a
    note hanging down that meets one rising from under it (heads at both ends, on opposite sides)."""
    (top, top_col), (bottom, bottom_col) = stem.points[0], stem.points[-1]
    rows = [h.head.box.center[0] for h in holds]
    free_above, free_below = (min(rows) - top) / space, (bottom - max(rows)) / space
    rights = [h for h in holds if h.right]
    lefts = [h for h in holds if not h.right]
    if rights and lefts:
        r = [h.head.box.center[0] for h in rights]
        le = [h.head.box.center[0] for h in lefts]
        both_free = free_above > 1.8 and free_below > 1.8
        apart = (min(r) - max(le)) / space > 4 and free_above < 1 and free_below < 1
        if both_free:
            upper = replace(stem, points=((top, top_col), (max(r), col_at(stem, max(r)))))
            lower = replace(stem, points=((min(le), col_at(stem, min(le))), (bottom, bottom_col)))
            return [(upper, True, rights), (lower, False, lefts)]
        if apart:
            middle = (min(r) + max(le)) / 2
            upper = replace(stem, points=((top, top_col), (middle, col_at(stem, middle))))
            lower = replace(stem, points=((middle, col_at(stem, middle)), (bottom, bottom_col)))
            return [(upper, False, lefts), (lower, True, rights)]
    if abs(free_above - free_below) > 0.8 and not (free_above > 1.8 and free_below > 1.8):
        return [(stem, free_above > free_below, holds)]
    return [(stem, len(rights) > len(lefts) or (len(rights) == len(lefts) and free_above >= free_below), holds)]


def _join_loose(chords: Sequence[ChordInk], loose: Sequence[Symbol], space: float) -> list[ChordInk]:
    """Heads without a stem join a chord in their column whose stem was cut short, else stand alone."""
    grown, alone = list(chords), []
    for head in loose:
        home = None
        if head.name in STEMMED:
            row, col = head.box.center
            for i, chord in enumerate(grown):
                away = min(abs(h.box.center[0] - row) for h in chord.heads)
                aside = min(abs(h.box.center[1] - col) for h in chord.heads)
                same = chord.heads[0].name == head.name
                if same and aside < 0.35 * space and away < 4 * space and _beyond(chord, row):
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


def inside_beam(head: Symbol, beams: Sequence[Stroke], space: float) -> bool:
    """Whether a head is nothing but a piece of a beam."""
    row, col = head.box.center
    return any(
        b.points[0][1] - 0.6 * space < col < b.points[-1][1] + 0.6 * space and abs(row_at(b, col) - row) < 0.6 * space
        for b in beams
    )


def hooks_among_heads(
    chords: Sequence[ChordInk], beams: Sequence[Stroke], space: float, ids: Iterator[int]
) -> tuple[list[ChordInk], list[Stroke]]:
    """The chords without the hooks that were taken for heads, and these hooks as beams: a hook is close to a beam at
    a stem's tip and far from the stem's other heads."""
    hooks: list[Stroke] = []
    rid: list[ChordInk] = []
    for chord in chords:
        rid.append(chord)
        if chord.stem is None or len(chord.heads) < 2:
            continue
        tip, col = chord.tip
        near = chord.heads[0] if chord.up else chord.heads[-1]
        rest = tuple(h for h in chord.heads if h is not near)
        row = near.box.center[0]
        alone = min(abs(h.box.center[0] - row) for h in rest) > 1.8 * space
        by_beam = any(
            b.points[0][1] - 0.5 * space < col < b.points[-1][1] + 0.5 * space
            and abs(row_at(b, col) - tip) < 1.2 * space and abs(row_at(b, col) - row) < 1.3 * space
            for b in beams
        )
        if alone and by_beam:
            rid[-1] = replace(chord, heads=rest)
            ends = ((row, near.box.left), (row, near.box.right))
            hooks.append(Stroke(next(ids), "beam", ends, 0.5 * space, near.score))
    return rid, hooks


def with_flags(chords: Sequence[ChordInk], flags: Sequence[Symbol], space: float) -> list[ChordInk]:
    """The chords with their flags: each flag on the chord whose stem's tip it hangs on; on the nearest head to its
    left if the stem is lost."""
    flags_of: list[list[Symbol]] = [[] for _ in chords]
    for flag in flags:
        up = "Up" in flag.name
        row, col = (flag.box.top if up else flag.box.bottom), flag.box.left
        best, best_cost = None, 2.0
        for i, chord in enumerate(chords):
            if chord.stem is None:
                if chord.heads[0].name not in STEMMED:
                    continue
                edge = chord.heads[0].box.right if up else chord.heads[0].box.left
                away = (chord.heads[0].box.center[0] - row) * (1 if up else -1) / space
                cost = abs(edge - col) / space + (0.5 if 1.0 < away < 5 else 9)
            else:
                tip = chord.tip
                cost = abs(tip[1] - col) / space + 0.6 * abs(tip[0] - row) / space + (0.0 if chord.up == up else 0.8)
            if cost < best_cost:
                best, best_cost = i, cost
        if best is not None:
            flags_of[best].append(flag)
    return [replace(c, flags=tuple(f)) for c, f in zip(chords, flags_of, strict=True)]


def with_beams(
    chords: Sequence[ChordInk], beams: Sequence[Stroke], space: float, ids: Iterator[int]
) -> list[ChordInk]:
    """The chords with the beams at every stem's tip, outermost first; stems that were lost are drawn from head to
    beam."""
    if not beams:
        return list(chords)
    left = np.array([b.points[0][1] for b in beams])
    right = np.array([b.points[-1][1] for b in beams])
    row0 = np.array([b.points[0][0] for b in beams])
    slope = np.array([(b.points[-1][0] - b.points[0][0]) / max(b.points[-1][1] - b.points[0][1], 1) for b in beams])
    touching: list[_Touching] = []
    for k, chord in enumerate(chords):
        if chord.stem is None or chord.heads[0].name not in STEMMED:
            continue
        tip, col = chord.tip
        rows = row0 + slope * (col - left)
        sign = 1 if chord.up else -1
        inward = (rows - tip) * sign / space
        rows_of_heads = [h.box.center[0] for h in chord.heads]
        room = ((min(rows_of_heads) - tip) if chord.up else (tip - max(rows_of_heads))) / space
        spans = (left - 0.5 * space <= col) & (col <= right + 0.5 * space) & (inward < room - 0.7) & (inward > -3.2)
        touching.append(_Touching(k, chord, {int(i): float(inward[i]) for i in np.argsort(inward) if spans[i]}))
    touching = _with_single_hooks(touching, left, right, space)
    foreign = _foreign(touching)
    beamed = list(chords)
    for t in touching:
        order = [i for i in t.inward if (i, t.chord.up) not in foreign]
        found = tuple(beams[i] for i in _chain(order, t.inward, not t.chord.flags))
        beamed[t.index] = replace(t.chord, beams=found)
    beamed = _without_lone_hollow(beamed)
    return [
        _with_drawn_stem(c, beams, left, right, row0, slope, space, ids)
        if c.stem is None and c.heads[0].name in ("noteheadBlack", "noteheadBlackSmall") else c
        for c in beamed
    ]


@dataclass(frozen=True)
class _Touching:
    """A chord, its index, and the beams that pass its stem: index of the beam -> how far inwards from the stem's tip
    it lies, in staff spaces, the outermost first."""

    index: int
    chord: ChordInk
    inward: Mapping[int, float]


def _with_single_hooks(
    touching: Sequence[_Touching], left: np.ndarray, right: np.ndarray, space: float
) -> list[_Touching]:
    """A hook is the beam of one stem, at one of its ends: not also of the next one, which it nearly reaches in tight
    print."""
    gone: set[tuple[int, int]] = set()
    for i in np.flatnonzero(right - left < HOOK * space).tolist():
        off = {k: min(abs(t.chord.tip[1] - left[i]), abs(t.chord.tip[1] - right[i]))
               for k, t in enumerate(touching) if i in t.inward}
        least = min(off.values(), default=0.0)
        gone |= {(k, i) for k, away in off.items() if away > least + 0.2 * space}
    return [replace(t, inward={i: v for i, v in t.inward.items() if (k, i) not in gone})
            for k, t in enumerate(touching)]


def _without_lone_hollow(chords: Sequence[ChordInk]) -> list[ChordInk]:
    """Hollow heads have beams only in pairs, as tremolos: other beams near their stems belong to somebody else."""
    filled = {b.id for c in chords if "Half" not in c.heads[0].name for b in c.beams}
    kept: list[ChordInk] = list(chords)
    for i, chord in enumerate(kept):
        if not chord.beams or "Half" not in chord.heads[0].name:
            continue
        outer = chord.beams[0].id
        shared = any(c is not chord and "Half" in c.heads[0].name and c.beams and c.beams[0].id == outer for c in kept)
        if not shared or any(b.id in filled for b in chord.beams):
            kept[i] = replace(chord, beams=())
    return kept


def _foreign(touching: Sequence[_Touching]) -> set[tuple[int, bool | None]]:
    """(beam, stem direction) where a beam lies beyond the tips of the stems of one direction, but at the tips of
    those of the other: two beams back to back, of stems that hang down on stems that rise."""
    inward: dict[tuple[int, bool | None], list[float]] = {}
    for t in touching:
        for i, value in t.inward.items():
            inward.setdefault((i, t.chord.up), []).append(value)
    middle = {key: float(np.median(values)) for key, values in inward.items()}
    return {
        (i, up) for (i, up), value in middle.items() if value < -0.4 and abs(middle.get((i, not up), 9.0)) < 0.4
    }


def _chain(order: list[int], inward: Mapping[int, float], free: bool) -> list[int]:
    """The beams at a stem's tip, outermost first: from the one nearest to the tip both ways while they stand close
    (a stem may be drawn to the innermost beam only). A stem cut short reaches further for its first."""
    nearest = min(range(len(order)), key=lambda k: abs(inward[order[k]]), default=None)
    if nearest is None or abs(inward[order[nearest]]) > (2.6 if free else 0.9):
        return []
    first = last = nearest
    while first > 0 and inward[order[first]] - inward[order[first - 1]] < 1.15:
        first -= 1
    while last + 1 < len(order) and inward[order[last + 1]] - inward[order[last]] < 1.15:
        last += 1
    return order[first:last + 1]


def _with_drawn_stem(
    chord: ChordInk, beams: Sequence[Stroke], left: np.ndarray, right: np.ndarray, row0: np.ndarray, slope: np.ndarray,
    space: float, ids: Iterator[int],
) -> ChordInk:
    """The chord with a stem drawn, if its head stands under or over a beam."""
    best: tuple[float, bool, int, float] | None = None
    row = chord.heads[0].box.center[0]
    for up in (True, False):
        col = chord.heads[0].box.right if up else chord.heads[0].box.left
        rows = row0 + slope * (col - left)
        away = (row - rows) * (1 if up else -1) / space
        for i in np.flatnonzero((left - 0.4 * space <= col) & (col <= right + 0.4 * space) & (away > 1.3) & (away < 6)):
            if best is None or away[i] > best[0]:
                best = (float(away[i]), up, int(i), float(rows[i]))
    if best is None:
        return chord
    _, up, _, tip = best
    col = chord.heads[0].box.right if up else chord.heads[0].box.left
    ends = ((tip, col), (row, col)) if up else ((row, col), (tip, col))
    rows = row0 + slope * (col - left)
    inward = (rows - tip) * (1 if up else -1) / space
    spans = (left - 0.4 * space <= col) & (col <= right + 0.4 * space) & (inward < best[0] - 0.7) & (inward > -0.1)
    order = [int(i) for i in np.argsort(inward) if spans[i]]
    found = tuple(beams[i] for i in _chain(order, {i: float(inward[i]) for i in order}, True))
    return replace(chord, stem=Stroke(next(ids), "stem", ends, 0.12 * space, 0.3), up=up, beams=found)
