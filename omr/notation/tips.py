"""What belongs to the free ends (tips) of stems: flags and beams. Also noteheads that are really ink of beams.

`omr.notation.beams` has mended the beams before. Engraved beams are 0.75 staff spaces apart. They are counted inwards
from the stem's tip.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from omr.notation.beams import BEAM_THICKNESS, row_at
from omr.notation.chords import ChordInk
from omr.notation.stems import STEMMED
from omr.types import Stroke, Symbol
from omr.types.table import table


@table
class TipTolerances:
    """Lengths are in staff spaces, unless a field says otherwise. Prices are in staff spaces too, and are added to
    distances."""

    # Short beams
    hook: float = 1.7
    """Shorter beams may be hooks (beams on one stem only)."""
    hook_tie: float = 0.2
    """A hook stays on a second stem too if that is at most this much farther from the hook's ends than the nearest
    stem."""

    # Ink taken for heads
    in_beam_aside: float = 0.6
    """How far beyond a beam's ends the centre of a supposed notehead may be that is a piece of the beam."""
    in_beam: float = 0.6
    """Greatest vertical distance between the centre of such a notehead and the beam's middle."""

    # Flags
    flag_reach: float = 2.0
    """Greatest price of a flag for a stem."""
    flag_away: float = 0.6
    """Price of a staff space of vertical distance between a flag and a stem's tip. Sideways distance costs 1."""
    flag_direction: float = 0.8
    """Price of a flag that points in the other direction than its stem."""
    flag_from_head: tuple[float, float] = (1.0, 5.0)
    """If the stem is lost: least and greatest distance of a flag's outer end above or below its notehead."""
    flag_lost_stem: float = 0.5
    """Price of a flag at a notehead whose stem is lost."""

    # Beams on stems
    beam_aside: float = 0.5
    """How far beyond a beam's ends the tip of its stem may be."""
    beam_clear: float = 0.7
    """Beams nearer to a chord's noteheads than this are not on its stem."""
    beam_outside: float = 3.2
    """How far beyond a stem's tip a beam may be: the stem may have been seen only up to the innermost of its beams."""
    drawn_beam_aside: float = 0.2
    drawn_beam_clear: float = 0.3
    drawn_beam_outside: float = 1.0
    """The same three for stems that are known exactly. Groups on two staves begin and end half a space apart, and the
    inner beam of a short stem is close to its notehead."""
    beam_at_flag: float = 0.75
    """Greatest vertical distance from a flag of a full-sized note to a beam whose ink the flag really is. On 124 pages
    of old prints it was at most .7 in five chords. Beams of other chords were .8 away."""
    stems_apart: float = 0.8
    """Two stems in one direction that are nearer to each other than this do not both end in one beam, if one of them is
    off as `tip_off` says. That stem belongs to a third voice."""
    tip_off: float = 0.06
    """A stem is off if it ends this far from the place in the beam where most stems end. On Verovio's pages, stems of
    other voices are off by .1 or more."""
    first_beam: float = 0.9
    """Greatest distance of a stem's nearest beam from its tip, for a chord with flags."""
    first_beam_unflagged: float = 2.6
    """The same for a chord without flags. Its stem may have been cut short."""
    tip_in_beam: float = 0.6
    """Greatest distance from the tip of a stem with a hollow notehead to the middle of its outermost beam: a beam is
    half a space thick, and stems end inside it."""
    unsure_head: float = 0.9
    """Below this score (0-1), a hollow notehead among filled ones is a filled notehead with broken ink."""
    sure_hollow: float = 0.95
    """The same for the first or last notehead under a beam of filled ones, if none of them is in its column. A beam
    ends at its own notes, so this notehead is one of them."""
    next_beam: float = 1.3
    """Greatest distance from one beam to the next. Engravers set them 0.75 apart, old prints up to 1.2."""
    voices_beams: float = 0.5
    """On drawn pages, beams nearer to one another than this belong to two voices. The next beam of a group is 0.75
    away."""
    sloped_beam: float = 3.0
    """Shortest beam whose slope is compared. Hooks and other short beams may have been seen as level."""
    beams_diverge: float = 0.1
    """Greatest difference between the slopes (rows per column) of two beams in one group, which are engraved parallel.
    On the shortest such beams it is one pixel at both ends."""
    foreign_outside: float = 0.4
    """If a beam is farther than this beyond the tips of the stems in one direction, and nearer to those in the other
    direction, it belongs to the latter."""
    foreign_inside: float = 2.2
    """The same is true for a beam that lies up to this far inwards from their tips. The innermost of four beams
    does."""
    one_column: float = 1.0
    """Stems in two directions that are no farther apart sideways than this may be those of two voices in one column.
    On 64 movements, those in three such places are up to .8 apart."""

    # Stems that were lost
    second: float = 0.9
    """Greatest vertical distance between the noteheads of a second. It is half a space, but was measured as up to 0.8
    on old prints. No other notehead stands on the other side of its stem."""
    next_gap: float = 0.23
    """If a notehead on the other side of the stem is at least this far from it, it belongs to the next note. Of 14 on
    pages of Beethoven that belong to the chord, without being the upper notehead of a second, none was farther than
    0.19; next notes on pages of Mozart were 0.27 and 0.36 away."""
    one_row: float = 0.25
    """Noteheads whose vertical distance is less than this are one pitch of two voices."""
    drawn_aside: float = 0.4
    """How far beyond a beam's ends a lost stem may stand."""
    drawn_length: tuple[float, float] = (1.3, 6.0)
    """Least and greatest length of a lost stem, from its notehead to the outermost beam."""
    drawn_outside: float = 0.1
    """How far beyond the tip of such a stem a beam of it may be."""
    drawn_thickness: float = 0.12
    """Thickness of such a stem, as engraved."""
    drawn_score: float = 0.3
    """Score of such a stem, 0-1. It is low, because no ink was found."""


T = TipTolerances()
"""The tolerances of this stage."""


def inside_beam(head: Symbol, beams: Sequence[Stroke], space: float) -> bool:
    """Whether a supposed notehead is only a piece of a beam."""
    row, col = head.box.center
    aside = T.in_beam_aside * space
    return any(
        b.points[0][1] - aside < col < b.points[-1][1] + aside and abs(row_at(b, col) - row) < T.in_beam * space
        for b in beams
    )


def outside_beams(heads: Iterable[Symbol], beams: Sequence[Stroke], space: float) -> list[Symbol]:
    """The noteheads, without those that are only pieces of a beam."""
    lines = _Beams(beams)

    def passing(head: Symbol) -> list[Stroke]:
        return [beams[i] for i in np.flatnonzero(lines.span(head.box.center[1], T.in_beam_aside * space)).tolist()]

    return [h for h in heads if not inside_beam(h, passing(h), space)]


def with_flags(chords: Sequence[ChordInk], flags: Sequence[Symbol], space: float) -> list[ChordInk]:
    """Give each flag to the chord whose stem's tip it is at. If the stem is lost, it goes to the nearest notehead on
    its left."""
    flags_of: list[list[Symbol]] = [[] for _ in chords]
    # The leftmost and the rightmost column where a chord's flag can begin: at its stem, or at an edge of its notehead.
    left = np.array([min(c.tip[1], c.heads[0].box.left) for c in chords])
    right = np.array([max(c.tip[1], c.heads[0].box.right) for c in chords])
    for flag in flags:
        best, best_price = None, T.flag_reach
        reach, col = T.flag_reach * space, flag.box.left
        for i in np.flatnonzero((left - reach <= col) & (col <= right + reach)).tolist():
            chord = chords[i]
            price = _flag_price(flag, chord, space)
            if price is not None and price < best_price:
                best, best_price = i, price
        if best is not None:
            flags_of[best].append(flag)
    return [replace(c, flags=tuple(f)) if f else c for c, f in zip(chords, flags_of, strict=True)]


def _flag_price(flag: Symbol, chord: ChordInk, space: float) -> float | None:
    """The distance of a flag from where the flag of a chord would be; None if the chord cannot have it."""
    up = "Up" in flag.name
    row, col = (flag.box.top if up else flag.box.bottom), flag.box.left
    if chord.stem is not None:
        tip_row, tip_col = chord.tip
        direction = 0.0 if chord.up == up else T.flag_direction
        return abs(tip_col - col) / space + T.flag_away * abs(tip_row - row) / space + direction
    head = chord.heads[0]
    if head.name not in STEMMED:
        return None
    edge = head.box.right if up else head.box.left
    away = (head.box.center[0] - row) * (1 if up else -1) / space
    nearest, farthest = T.flag_from_head
    return abs(edge - col) / space + T.flag_lost_stem if nearest < away < farthest else None


class _Beams:
    """Beams with their ends as arrays, in pixels."""

    def __init__(self, beams: Sequence[Stroke]):
        self.strokes = list(beams)
        self.left = np.array([b.points[0][1] for b in beams])
        self.right = np.array([b.points[-1][1] for b in beams])
        self._row = np.array([b.points[0][0] for b in beams])
        rise = np.array([b.points[-1][0] - b.points[0][0] for b in beams])
        self._slope = rise / np.maximum(self.right - self.left, 1)

    def rows(self, col: float) -> np.ndarray:
        """(n,) The row of each beam at a column."""
        rows: np.ndarray = self._row + self._slope * (col - self.left)
        return rows

    def span(self, col: float, aside: float) -> np.ndarray:
        """(n,) Whether each beam crosses a column, or ends at most `aside` pixels from it."""
        return (self.left - aside <= col) & (col <= self.right + aside)

    def parallel(self, chain: Sequence[int], inward: Mapping[int, float], space: float) -> list[int]:
        """Those beams of a stem that are parallel to the one nearest to its tip. A beam of another group may cross.
        Short beams are kept, because their slope is not known well enough."""
        first = min(chain, key=lambda i: abs(inward[i]), default=0)
        sloped = self.right - self.left > T.sloped_beam * space
        return [i for i in chain if not (sloped[i] and sloped[first])
                or abs(float(self._slope[i] - self._slope[first])) < T.beams_diverge]


@dataclass(frozen=True)
class _Touching:
    """A chord, its index, and the beams that cross its stem: index of the beam -> distance from the stem's tip inwards,
    in staff spaces. The outermost beam comes first."""

    index: int
    chord: ChordInk
    inward: Mapping[int, float]


def with_beams(
    chords: Sequence[ChordInk], beams: Sequence[Stroke], space: float, ids: Iterator[int], exact: bool = False,
) -> list[ChordInk]:
    """Give every chord the beams at its stem's tip, the outermost first. Lost stems are drawn from notehead to beam,
    with new ids.

    exact: as for `mend_stems`. Then no stem was cut short, and a stem with flags has no beam. (The stem of a grace note
    may cross the beam of another note.)
    """
    if not beams:
        return list(chords) if exact else filled_in_company(chords, space)
    lines = _Beams(beams)
    if not exact:
        stems_of = Counter(h.id for c in chords for h in c.heads)
        chords = [own for c in chords for own in _without_next_notes(c, stems_of, lines, space)]
    touching = [
        _Touching(k, chord, _beams_along(chord, lines, space, exact))
        for k, chord in enumerate(chords)
        if chord.stem is not None and chord.heads[0].name in STEMMED and not (exact and chord.flags)
    ]
    touching = _with_single_hooks(touching, lines, space)
    touching = _with_own_beams(touching, lines, space) if exact else touching
    foreign = _foreign(touching, lines, space)
    beamed = list(chords)
    for t in touching:
        order = [i for i in t.inward if (i, t.chord.up) not in foreign]
        order = _apart(order, t.inward) if exact else order
        chain = lines.parallel(_chain(order, t.inward, not t.chord.flags and not exact), t.inward, space)
        beamed[t.index] = replace(t.chord, beams=tuple(beams[i] for i in chain))
    if not exact:
        beamed = filled_in_company([_beamed_or_flagged(c, space) for c in beamed], space)
    return [
        _with_drawn_stem(c, lines, space, ids) if c.stem is None and _may_lack_stem(c.heads[0], exact) else c
        for c in _without_lone_hollow(beamed, space, exact)
    ]


def _beamed_or_flagged(chord: ChordInk, space: float) -> ChordInk:
    """Make a chord have either beams or flags. If a beam crosses the stem at a flag, the flag is ink of the beam.
    Otherwise the beams belong to other notes, and the stem only reaches them, as the stem of a grace note may do."""
    if not chord.beams or not chord.flags:
        return chord
    near = 0.0 if chord.heads[0].symbol_class.is_small else T.beam_at_flag * space
    rows = [row_at(b, chord.tip[1]) for b in chord.beams]
    if any(f.box.top - near < row < f.box.bottom + near for f in chord.flags for row in rows):
        return replace(chord, flags=())
    return replace(chord, beams=())


def _without_next_notes(
    chord: ChordInk, stems_of: Mapping[int, int], lines: _Beams, space: float
) -> Iterator[ChordInk]:
    """Take from a chord the noteheads of notes before or after it under a beam, whose own stems were lost. They become
    chords without a stem.

    They are on the other side of the stem. The only other noteheads there are the upper one of a second (the lower one,
    if the stem points down), and one that two voices play.

    stems_of: notehead id -> chords with that notehead.
    """
    if chord.stem is None or len(chord.heads) < 2:
        yield chord
        return
    col = (chord.stem.points[0][1] + chord.stem.points[-1][1]) / 2
    own = [h for h in chord.heads if (h.box.center[1] < col) == chord.up]
    towards_tip = -1 if chord.up else 1
    alone: list[Symbol] = []
    shortest, longest = T.drawn_length
    for head in (h for h in chord.heads if own and h not in own and stems_of[h.id] == 1):
        row, edge = head.box.center[0], head.box.right if chord.up else head.box.left
        gap = (head.box.left - col if chord.up else col - head.box.right) / space
        off = [(row - h.box.center[0]) * towards_tip / space for h in own]
        away = (lines.rows(edge) - row) * towards_tip / space
        under = lines.span(edge, T.drawn_aside * space) & (shortest < away) & (away < longest)
        if gap >= T.next_gap and under.any() and not any(-T.one_row < o < T.second for o in off):
            alone.append(head)
    yield chord.with_heads(h for h in chord.heads if h not in alone) if alone else chord
    yield from (ChordInk((h,)) for h in alone)


def _with_own_beams(touching: Sequence[_Touching], lines: _Beams, space: float) -> list[_Touching]:
    """Take from chords on a drawn page the beams of others, which their stems only reach.

    Grace notes under a beam have a beam of their own, which begins and ends at their stems. If two stems in one
    direction are too close for two chords of one beam, one of them is that of a third voice: the one that does not end
    where most stems do.
    """
    small = np.array([t.chord.tip[1] for t in touching if t.chord.heads[0].symbol_class.is_small])
    gone: set[tuple[int, int]] = set()
    at: dict[tuple[int, bool | None], list[_Touching]] = defaultdict(list)
    for t in touching:
        if t.chord.heads[0].symbol_class.is_small:
            own = {i for i in t.inward if all(
                (np.abs(small - end) < T.beam_aside * space).any() for end in (lines.left[i], lines.right[i]))}
            gone |= {(t.index, i) for i in t.inward if own and i not in own}
        for i in t.inward:
            at[i, t.chord.up].append(t)
    for (i, _), group in at.items():
        usual = float(np.median([t.inward[i] for t in group]))
        for a, b in combinations(group, 2):
            off, other = (abs(t.inward[i] - usual) for t in (a, b))
            if abs(b.chord.tip[1] - a.chord.tip[1]) < T.stems_apart * space and max(off, other) > T.tip_off:
                if len(group) == 2:  # there is no other stem to show where most of them end
                    off, other = abs(a.inward[i]), abs(b.inward[i])
                gone.add((a.index if off > other else b.index, i))
    return [replace(t, inward={i: v for i, v in t.inward.items() if (t.index, i) not in gone}) for t in touching]


def _beams_along(chord: ChordInk, lines: _Beams, space: float, exact: bool) -> dict[int, float]:
    """The beams that cross a chord's stem between its noteheads and its tip, or not far beyond, as in `_Touching`.
    exact: as for `mend_stems`."""
    aside, clear, outside = (T.drawn_beam_aside, T.drawn_beam_clear, T.drawn_beam_outside) if exact else (
        T.beam_aside, T.beam_clear, T.beam_outside)
    tip, col = chord.tip
    inward = (lines.rows(col) - tip) * (1 if chord.up else -1) / space
    rows = [h.box.center[0] for h in chord.heads]
    room = ((min(rows) - tip) if chord.up else (tip - max(rows))) / space
    passing = lines.span(col, aside * space) & (inward < room - clear) & (inward > -outside)
    return {int(i): float(inward[i]) for i in np.argsort(inward) if passing[i]}


def _with_single_hooks(touching: Sequence[_Touching], lines: _Beams, space: float) -> list[_Touching]:
    """Leave each hook on one stem, at one of the hook's ends. In tight print a hook nearly reaches the next stem,
    too."""
    gone: set[tuple[int, int]] = set()
    for i in np.flatnonzero(lines.right - lines.left < T.hook * space).tolist():
        off = {k: min(abs(t.chord.tip[1] - lines.left[i]), abs(t.chord.tip[1] - lines.right[i]))
               for k, t in enumerate(touching) if i in t.inward}
        least = min(off.values(), default=0.0)
        gone |= {(k, i) for k, away in off.items() if away > least + T.hook_tie * space}
    if not gone:
        return list(touching)
    return [replace(t, inward={i: v for i, v in t.inward.items() if (k, i) not in gone})
            for k, t in enumerate(touching)]


def filled_in_company(chords: Sequence[ChordInk], space: float) -> list[ChordInk]:
    """Replace hollow noteheads that cannot be hollow by filled ones. Their print is broken, so that the paper shows
    through.

    All noteheads on one stem are of one kind, and a beam in which the stems of filled noteheads end cannot belong to a
    hollow one. A hollow notehead has no flag either, so it is filled if its flag has a higher score. These rules are
    for unsure hollow noteheads. But even a sure one is replaced if its stem ends in a beam between the stems of filled
    noteheads, and no other stem of that beam is in its column. (It may also be the open diamond of a harmonic, which
    lasts as long as a filled notehead there.) At an end of the beam, the limit is `T.sure_hollow`.

    There is one exception: a notehead that two voices share may be hollow for one of them, and stand under the beam of
    the other.
    """
    under: dict[int, list[ChordInk]] = defaultdict(list)
    for chord in chords:
        for beam in chord.beams[:1]:
            under[beam.id].append(chord)
    stems_of = Counter(h.id for c in chords if c.stem is not None for h in c.heads)
    found = []
    for chord in chords:
        others = [c for c in under[chord.beams[0].id] if c is not chord] if chord.beams and _ends_in_beam(
            chord, space) else []
        sure = [h.name for c in (chord, *others) for h in c.heads if h.score >= T.unsure_head]
        flag = max((f.score for f in chord.flags), default=0.0) if "noteheadHalf" not in sure else 0.0
        is_filled = sure.count("noteheadBlack") > sure.count("noteheadHalf")
        surest = T.unsure_head if not others else _surest_hollow(chord, others, space)
        broken = {h.id for h in chord.heads if h.name == "noteheadHalf" and stems_of[h.id] == 1
                  and (is_filled or h.score < flag if h.score < T.unsure_head else h.score < surest)}
        if broken:
            heads = (replace(h, name="noteheadBlack") if h.id in broken else h for h in chord.heads)
            chord = replace(chord, heads=tuple(heads))
        found.append(chord)
    return found


def _surest_hollow(chord: ChordInk, others: Sequence[ChordInk], space: float) -> float:
    """Score below which a hollow notehead is replaced by a filled one if its stem ends in the same beam as those of
    other chords (see `filled_in_company`).

    chord: that of the notehead.
    others: those under the same beam.
    """
    aside = [c.tip[1] - chord.tip[1] for c in others if not _is_hollow(c)]
    if not aside or any(abs(c.tip[1] - chord.tip[1]) < T.stems_apart * space for c in others):
        return T.unsure_head
    return math.inf if min(aside) < 0 < max(aside) else T.sure_hollow


def _ends_in_beam(chord: ChordInk, space: float) -> bool:
    """Whether the stem of a chord ends in its outermost beam."""
    row, col = chord.tip
    return abs(row_at(chord.beams[0], col) - row) < T.tip_in_beam * space


def _may_lack_stem(head: Symbol, exact: bool) -> bool:
    """Whether a notehead without a stem may be one under a beam whose stem was lost."""
    is_broken = not exact and head.name == "noteheadHalf" and head.score < T.unsure_head
    return is_broken or head.name in ("noteheadBlack", "noteheadBlackSmall")


def _without_lone_hollow(chords: Sequence[ChordInk], space: float, exact: bool) -> list[ChordInk]:
    """Remove beams from hollow noteheads, unless two of them make a tremolo. Other beams near their stems belong to
    other chords.

    There is one exception. A notehead that two voices share may be hollow for one of them, and stand under the beam of
    the other, which is then right at the tip of the stem. exact: on a drawn page, such a beam shows that a hollow
    notehead is shared, even if it is drawn for one voice only, unless a filled notehead is on the same stem.
    """
    filled = {b.id for c in chords if not _is_hollow(c) for b in c.beams}
    stems_of = Counter(h.id for c in chords if c.stem is not None for h in c.heads)
    kept: list[ChordInk] = list(chords)
    for i, chord in enumerate(kept):
        if not chord.beams or not _is_hollow(chord):
            continue
        is_alone = exact and not any(
            c.beams[:1] == chord.beams[:1] and c.up == chord.up and not _is_hollow(c)
            and abs(c.tip[1] - chord.tip[1]) < T.stems_apart * space for c in chords)
        is_shared = is_alone or all(stems_of[h.id] > 1 for h in chord.heads)
        if is_shared and _ends_in_beam(chord, space) and chord.beams[0].id in filled:
            continue
        outer = chord.beams[0].id
        shared = any(c is not chord and _is_hollow(c) and c.beams and c.beams[0].id == outer for c in kept)
        if not shared or any(b.id in filled for b in chord.beams):
            kept[i] = replace(chord, beams=())
    return kept


def _is_hollow(chord: ChordInk) -> bool:
    return not chord.heads[0].symbol_class.is_filled


def _foreign(touching: Sequence[_Touching], lines: _Beams, space: float) -> set[tuple[int, bool | None]]:
    """(beam, stem direction) of beams that do not belong to the stems of that direction: they lie beyond the tips of
    these, and at the tips of stems in the other direction.

    This happens where stems down and stems up meet, and their beams are back to back. But if stems of both directions
    end in one beam, the other beams of that group belong to both as well, although some stems end before them.
    """
    at: dict[tuple[int, bool | None], list[_Touching]] = defaultdict(list)
    for t in touching:
        for i in t.inward:
            at[i, t.chord.up].append(t)
    middle = {(i, up): float(np.median([t.inward[i] for t in group])) for (i, up), group in at.items()}
    foreign = {
        (i, up) for (i, up), value in middle.items()
        if value < -T.foreign_outside and -T.foreign_outside < middle.get((i, not up), np.inf) < T.foreign_inside
    }
    shared = [i for i, up in at if up and (i, False) in at and _ends_on_both_sides(i, at[i, True], at[i, False], space)]
    aside = T.beam_aside * space
    return {(i, up) for i, up in foreign if not any(
        abs(lines.left[i] - lines.left[k]) < aside and abs(lines.right[i] - lines.right[k]) < aside
        and (k, up) in middle and abs(middle[k, up] - middle[i, up]) < T.next_beam for k in shared)}


def _ends_on_both_sides(
    beam: int, rising: Sequence[_Touching], hanging: Sequence[_Touching], space: float
) -> bool:
    """Whether stems up and stems down end in a beam one after the other. If two of them are in one column, one is a
    stem of another voice that only reaches the beam. beam: its index."""
    def alone(t: _Touching, others: Sequence[_Touching]) -> bool:
        return (-T.foreign_outside < t.inward[beam] < T.first_beam
                and all(abs(t.chord.tip[1] - o.chord.tip[1]) > T.one_column * space for o in others))

    return any(alone(t, hanging) for t in rising) and any(alone(t, rising) for t in hanging)


def _chain(order: Sequence[int], inward: Mapping[int, float], may_be_cut: bool) -> Sequence[int]:
    """The beams at a stem's tip, the outermost first: the one nearest to the tip, and in both directions from it all
    beams that follow one another closely. (The stem may have been seen only up to the innermost beam.)

    may_be_cut: the stem may have been cut short, so its nearest beam may be farther away.
    order: indices of beams, the outermost first.
    inward: as in `_Touching`.
    """
    nearest = min(range(len(order)), key=lambda k: abs(inward[order[k]]), default=None)
    reach = T.first_beam_unflagged if may_be_cut else T.first_beam
    if nearest is None or abs(inward[order[nearest]]) > reach:
        return []
    first = last = nearest
    while first > 0 and inward[order[first]] - inward[order[first - 1]] < T.next_beam:
        first -= 1
    while last + 1 < len(order) and inward[order[last + 1]] - inward[order[last]] < T.next_beam:
        last += 1
    return order[first:last + 1]


def _apart(order: Sequence[int], inward: Mapping[int, float]) -> list[int]:
    """The beams at a stem without those that overlap another beam that ends nearer to the tip. Arguments as in
    `_chain`."""
    kept: list[int] = []
    for i in sorted(order, key=lambda i: abs(inward[i] - BEAM_THICKNESS / 2)):
        if all(abs(inward[i] - inward[k]) >= T.voices_beams for k in kept):
            kept.append(i)
    return [i for i in order if i in kept]


def _with_drawn_stem(chord: ChordInk, lines: _Beams, space: float, ids: Iterator[int]) -> ChordInk:
    """Draw a stem from the notehead of a chord to the farthest beam above or below it. If there is no beam, the chord
    stays as it is."""
    head, (row, _) = chord.heads[0], chord.heads[0].box.center
    shortest, longest = T.drawn_length
    aside = T.drawn_aside * space
    best: tuple[float, bool, float] | None = None  # length in staff spaces, whether it points up, row of its tip
    for up in (True, False):
        col = head.box.right if up else head.box.left
        rows = lines.rows(col)
        away = (row - rows) * (1 if up else -1) / space
        for i in np.flatnonzero(lines.span(col, aside) & (away > shortest) & (away < longest)):
            if best is None or away[i] > best[0]:
                best = float(away[i]), up, float(rows[i])
    if best is None:
        return chord
    length, up, tip = best
    col = head.box.right if up else head.box.left
    ends = ((tip, col), (row, col)) if up else ((row, col), (tip, col))
    inward = (lines.rows(col) - tip) * (1 if up else -1) / space
    passing = lines.span(col, aside) & (inward < length - T.beam_clear) & (inward > -T.drawn_outside)
    order = [int(i) for i in np.argsort(inward) if passing[i]]
    found = tuple(lines.strokes[i] for i in _chain(order, {i: float(inward[i]) for i in order}, True))
    stem = Stroke(next(ids), "stem", ends, T.drawn_thickness * space, T.drawn_score)
    if head.name == "noteheadHalf":  # under beams of other chords, a hollow notehead is a filled one with broken ink
        chord = replace(chord, heads=(replace(head, name="noteheadBlack"), *chord.heads[1:]))
    return replace(chord, stem=stem, up=up, beams=found)
