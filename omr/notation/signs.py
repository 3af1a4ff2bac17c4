"""Signs on chords and rests: articulations, ornaments, fermatas, fingerings, arpeggios, tremolos; and how the edges
that say whose they are become the marks of notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from omr.notation.attach import Targets
from omr.notation.chords import ChordInk, chords_of
from omr.notation.pitch import ACCIDENTAL_NAMES, ALTERS
from omr.notation.placing import Placing
from omr.notation.stems import row_at
from omr.types import Edge, EdgeKind, Mark, NotationGraph, Stroke, Symbol

ELEMENTS: dict[str, str] = {
    # class -> MusicXML element
    "articStaccato": "staccato", "articTenuto": "tenuto", "articAccent": "accent",
    "articMarcatoAbove": "strong-accent", "articMarcatoBelow": "strong-accent",
    "articStaccatissimoAbove": "staccatissimo", "articStaccatissimoBelow": "staccatissimo",
    "fermataAbove": "fermata", "fermataBelow": "fermata", "fermataShortAbove": "fermata", "fermataLongAbove": "fermata",
    "breathMarkComma": "breath-mark", "caesura": "caesura",
    "ornamentTrill": "trill-mark", "ornamentTurn": "turn", "ornamentTurnInverted": "inverted-turn",
    "ornamentShortTrill": "inverted-mordent", "ornamentMordent": "mordent", "stringsDownBow": "down-bow",
    "stringsUpBow": "up-bow", "stringsHarmonic": "harmonic", "pluckedSnapPizzicatoAbove": "snap-pizzicato",
    "pluckedLeftHandPizzicato": "stopped",
}
_FERMATAS: dict[str, Literal["angled", "square"]] = {"fermataShortAbove": "angled", "fermataLongAbove": "square"}
_EDGE_OF: dict[str, EdgeKind] = {"fermata": "fermata", "trill-mark": "ornament", "turn": "ornament",
    "inverted-turn": "ornament", "inverted-mordent": "ornament", "mordent": "ornament"}
_AFTERWARDS = ("breath-mark", "caesura")
"""Signs that stand after their note."""
BETWEEN = 0.9
"""A turn so far (spaces) from the nearest column stands between two: it is played late, after the first."""
SHORT_OF_STEM = 0.3
"""Beams that end so far (spaces) from both stems are a tremolo."""


class _Columns:
    """Chords as arrays: middle column, rows of their ends, staff. Lengths in pixels."""

    def __init__(self, chords: Sequence[ChordInk], staff_of: Mapping[int, int]):
        self.chords = chords
        self.col = np.array([np.mean([h.box.center[1] for h in c.heads]) for c in chords])
        self.top = np.array([min(c.heads[0].box.center[0], c.tip[0]) for c in chords])
        self.bottom = np.array([max(c.heads[-1].box.center[0], c.tip[0]) for c in chords])
        self.staff = np.array([staff_of.get(c.heads[0].id, -1) for c in chords])

    def cost(self, row: float, col: float, staff: int, space: float, width: float = 0.0) -> np.ndarray:
        """(n,) how far each chord is from a sign over, under or in it: sideways, and less so up and down. width: that
        of a sign which may stand off the middle."""
        aside = np.abs(self.col - col) / space - 0.15 * width / space
        away = np.maximum(np.maximum(self.top - row, row - self.bottom), 0) / space
        return np.where((away < 8) & (aside < 1.3), aside + 0.12 * away + 0.6 * (self.staff != staff), np.inf)


def articulations(
    placing: Placing, marks: Sequence[Symbol], chords: Sequence[ChordInk], rests: Targets, staff_of: Mapping[int, int]
) -> Iterator[Edge]:
    """Signs to the chord in whose column they stand, on their own staff, whichever of its ends is nearer; breath marks
    and caesuras to what stands before them."""
    if not chords and not len(rests):
        return
    space = placing.space_px
    columns = _Columns(chords, staff_of)
    for mark in marks:
        row, at = mark.box.center
        element = ELEMENTS[mark.name]
        best: Symbol | None = None
        if element in _AFTERWARDS:
            best = _before(mark, columns, rests, staff_of, space)
        elif len(chords):
            wide = mark.box.width if element in ("fermata", "trill-mark") else 0.0
            cost = columns.cost(row, at, staff_of.get(mark.id, -1), space, wide)
            i = int(cost.argmin())
            best = chords[i].heads[0] if cost[i] < 1.4 else None
            if "turn" in element and (best is None or abs(columns.col[i] - at) > BETWEEN * space):
                best = _before(mark, columns, rests, staff_of, space)
        if element == "fermata" and len(rests):
            own = float(cost[i]) if best is not None else 1.4
            cost = np.abs(rests.col - at) / space + 0.12 * np.abs(rests.row - row) / space + 0.3
            i = int(cost.argmin())
            best = rests.symbols[i] if cost[i] < own else best
        if best is not None:
            yield Edge(best.id, mark.id, _EDGE_OF.get(element, "articulation"))


def _before(
    mark: Symbol, columns: _Columns, rests: Targets, staff_of: Mapping[int, int], space: float
) -> Symbol | None:
    """The last head or rest of a sign's staff that begins before the sign's middle, within 12 spaces."""
    staff, at = staff_of.get(mark.id, -1), mark.box.center[1]
    found = [c.heads[0] for c, s in zip(columns.chords, columns.staff, strict=True) if s == staff]
    found += [r for r, s in zip(rests.symbols, rests.staff, strict=True) if s == staff]
    return max((h for h in found if at - 12 * space < h.box.left <= at), key=lambda h: h.box.left, default=None)


def wavy_curves(curves: Sequence[Stroke], ornaments: Sequence[Symbol], space: float) -> list[Stroke]:
    """Curves that are a trill's wavy line: level, right after the trill and at its height."""
    trill_boxes = [o.box for o in ornaments if o.name == "ornamentTrill"]
    return [
        c for c in curves if c.box.width > 3 * space and c.box.height - c.thickness_px < 0.6 * space
        and any(-space < c.box.left - t.right < 1.5 * space and t.top < c.box.center[0] < t.bottom for t in trill_boxes)
    ]


def trills(
    placing: Placing, wiggles: Sequence[Symbol | Stroke], chords: Sequence[ChordInk], staff_of: Mapping[int, int]
) -> Iterator[Edge]:
    """A trill's wavy line to the first and the last chord over which it lasts: it begins with the chord before it."""
    space = placing.space_px
    for wiggle in wiggles:
        box = wiggle.box
        staff = placing.nearest(*box.center)
        mine = [c.heads[0] for c in chords if staff is not None and staff_of.get(c.heads[0].id) == staff.index]
        over = [h for h in mine if h.box.left < box.right]
        begun = max((h.box.left for h in over if h.box.left < box.left + space), default=box.left)
        for head in over:
            if begun <= head.box.left:
                yield Edge(head.id, wiggle.id, "ornament")


def ornament_accidentals(marks: Sequence[Symbol], ornaments: Sequence[Symbol], space: float) -> Iterator[Edge]:
    """Accidentals over or under a turn, trill or mordent, whose notes they alter."""
    for mark in marks:
        row, col = mark.box.center
        for o in ornaments:
            near = min(abs(row - o.box.top), abs(row - o.box.bottom)) < 2 * space
            if o.box.left < col < o.box.right and near:
                yield Edge(o.id, mark.id, "accidental")
                break


def parentheses(marks: Sequence[Symbol], parens: Sequence[Symbol], space: float) -> Iterator[Edge]:
    """Parentheses to the accidental between them: it only reminds."""
    for paren in parens:
        row, col = paren.box.center
        left = paren.name == "accidentalParensLeft"
        gaps = [((m.box.left - col if left else col - m.box.right) / space, m) for m in marks
                if abs(m.box.center[0] - row) < 0.8 * space]
        near = [(abs(gap), m) for gap, m in gaps if -0.3 < gap < 0.9]
        if near:
            yield Edge(min(near, key=lambda n: n[0])[1].id, paren.id, "accidental")


def fingerings(
    placing: Placing, digits: Sequence[Symbol], chords: Sequence[ChordInk], staff_of: Mapping[int, int]
) -> Iterator[Edge]:
    """Digits to the heads of the chord in whose column they stand, from top to bottom; digits side by side are one
    head's. Fewer digits than heads: those over the chord are the upper heads', those under it the lower ones'. A digit
    beside a chord is that of the head at its height."""
    if not chords:
        return
    space = placing.space_px
    columns = _Columns(chords, staff_of)
    stacks: dict[int, list[Symbol]] = defaultdict(list)
    for digit in digits:
        row, col = digit.box.center
        cost = columns.cost(row, col, staff_of.get(digit.id, -1), space)
        i = int(cost.argmin())
        if np.isfinite(cost[i]):
            stacks[i].append(digit)
            continue
        beside = [(abs(h.box.center[0] - row) + 0.3 * (h.box.left - col), h) for c in chords for h in c.heads
                  if 0 < h.box.left - col < 2.5 * space and abs(h.box.center[0] - row) < 0.6 * space]
        if beside:
            yield Edge(min(beside, key=lambda b: b[0])[1].id, digit.id, "fingering")
    for i, stack in stacks.items():
        chord = chords[i]
        middle = (chord.heads[0].box.center[0] + chord.heads[-1].box.center[0]) / 2
        for over in (True, False):
            rows = _rows([d for d in stack if (d.box.center[0] < middle) == over], space)
            heads = chord.heads if over else chord.heads[-len(rows):]
            for row_of_digits, head in zip(rows, heads, strict=False):
                yield from (Edge(head.id, d.id, "fingering") for d in row_of_digits)


def _rows(digits: Sequence[Symbol], space: float) -> list[list[Symbol]]:
    """Digits from top to bottom, those of one height together."""
    rows: list[list[Symbol]] = []
    for digit in sorted(digits, key=lambda d: d.box.center[0]):
        if rows and digit.box.center[0] - rows[-1][0].box.center[0] < 0.5 * space:
            rows[-1].append(digit)
        else:
            rows.append([digit])
    return [sorted(row, key=lambda d: d.box.left) for row in rows]


def arpeggios(placing: Placing, wiggles: Sequence[Symbol], heads: Targets) -> Iterator[Edge]:
    """An arpeggio to the heads right of it at its height, of both staves where it reaches over them."""
    if not len(heads):
        return
    space = placing.space_px
    for wiggle in wiggles:
        box = wiggle.box
        ahead = (heads.left - box.right) / space
        inside = (heads.row > box.top - 0.7 * space) & (heads.row < box.bottom + 0.7 * space)
        inside &= (ahead > -0.4) & (ahead < 5)
        if inside.any():
            nearest = ahead[inside].min()
            for i in np.flatnonzero(inside & (ahead < nearest + 1.3)).tolist():
                yield Edge(heads.symbols[i].id, wiggle.id, "arpeggio")


def tremolos(
    placing: Placing, strokes: Sequence[Symbol], chords: Sequence[ChordInk], beams: Sequence[Stroke]
) -> Iterator[Edge]:
    """Tremolo strokes to the chord whose stem they cross; to the whole note over or under which they stand. What lies
    on a beam is a piece of it."""
    space = placing.space_px
    for stroke in strokes:
        row, col = stroke.box.center
        if any(b.points[0][1] - space < col < b.points[-1][1] + space and abs(row_at(b, col) - row) < 0.3 * space
               for b in beams):
            continue
        best: tuple[float, ChordInk] | None = None
        for chord in chords:
            at = chord.tip[1] if chord.stem is not None else chord.heads[0].box.center[1]
            top, bottom = min(chord.tip[0], chord.heads[0].box.top), max(chord.tip[0], chord.heads[-1].box.bottom)
            reach = 1.0 if chord.stem is not None else 3.0
            cost = abs(at - col) / space + 0.2 * max(top - row, row - bottom, 0) / space
            if abs(at - col) < 0.9 * space and top - reach * space < row < bottom + reach * space and (
                    best is None or cost < best[0]):
                best = cost, chord
        if best is not None:
            yield Edge(best[1].heads[0].id, stroke.id, "tremolo")


def tremolo_pairs(placing: Placing, chords: Sequence[ChordInk], beams: Sequence[Stroke]) -> Iterator[Edge]:
    """Beams that make a tremolo of two chords: those of hollow heads, those that touch neither stem, those between two
    whole notes."""
    space = placing.space_px
    sharing: dict[int, list[ChordInk]] = defaultdict(list)
    for chord in chords:
        for beam in chord.beams:
            sharing[beam.id].append(chord)
    for beam in beams:
        left, right = beam.points[0][1], beam.points[-1][1]
        pair = sharing.get(beam.id, [])
        if not pair:
            pair = _whole_pair(beam, chords, space)
        if len(pair) != 2:
            continue
        a, b = sorted(pair, key=lambda c: c.heads[0].box.left)
        hollow = all("Half" in c.heads[0].name or c.stem is None for c in pair)
        short = left - a.tip[1] > SHORT_OF_STEM * space and b.tip[1] - right > SHORT_OF_STEM * space
        if hollow or short:
            yield Edge(a.heads[0].id, beam.id, "tremolo")
            yield Edge(b.heads[0].id, beam.id, "tremolo")


def _whole_pair(beam: Stroke, chords: Sequence[ChordInk], space: float) -> list[ChordInk]:
    """The two whole notes that a beam without stems stands between."""
    left, right = beam.points[0][1], beam.points[-1][1]
    whole = [c for c in chords if c.stem is None and c.heads[0].name == "noteheadWhole"]

    def at(col: float, chord: ChordInk) -> bool:
        rows = [h.box.center[0] for h in chord.heads]
        row = row_at(beam, col)
        return min(rows) - 6 * space < row < max(rows) + 6 * space

    before = [c for c in whole if -0.5 * space < left - c.heads[0].box.right < 3 * space and at(left, c)]
    before += [c for c in whole if abs(c.heads[0].box.center[1] - left) < 1.5 * space and at(left, c)]
    after = [c for c in whole if -0.5 * space < c.heads[0].box.left - right < 3 * space and at(right, c)]
    after += [c for c in whole if abs(c.heads[0].box.center[1] - right) < 1.5 * space and at(right, c)]
    if not before or not after or before[0] is after[0]:
        return []
    return [before[0], after[0]]


# ---- edges to marks --------------------------------------------------------------------------------------------


def marks_of(graph: NotationGraph) -> dict[int, list[Mark]]:
    """The marks of every head and rest of a page, by its id."""
    symbol = {s.id: s for s in graph.symbols}
    stroke = {s.id for s in graph.strokes}
    owners: dict[tuple[EdgeKind, int], list[int]] = defaultdict(list)
    signs_of: dict[int, list[Symbol]] = defaultdict(list)  # accidentals of an ornament
    chord_of = {head: i for i, chord in enumerate(chords_of(graph)) for head in chord.heads}
    for edge in graph.edges:
        owners[edge.kind, edge.child].append(edge.parent)
        if edge.kind == "accidental" and edge.parent in symbol:
            signs_of[edge.parent].append(symbol[edge.child])
    found: dict[int, list[Mark]] = defaultdict(list)
    space = graph.space_px
    pairs: dict[tuple[int, int], int] = defaultdict(int)
    for (kind, child), parents in owners.items():
        parents = sorted(set(parents), key=lambda p: symbol[p].box.left if p in symbol else 0.0)
        wavy = kind == "ornament" and (child in stroke or symbol[child].name == "wiggleTrill")
        if kind in ("articulation", "fermata", "ornament") and not wavy:
            for parent in parents:
                found[parent].append(_sign(symbol[child], symbol[parent], signs_of.get(child, ()), space))
        elif wavy:
            found[parents[0]].append(Mark("wavy-line", "above"))
            found[parents[-1]].append(Mark("wavy-line", stop=True))
        elif kind == "fingering":
            value = int(symbol[child].name[-1])
            for parent in parents:
                found[parent].append(Mark("fingering", _side(symbol[child], symbol[parent]), value))
        elif kind == "arpeggio":
            several = len({(graph.staff_of.get(p), chord_of.get(p)) for p in parents}) > 1
            for parent in parents:
                found[parent].append(Mark("arpeggiate", group=child if several else None))
        elif kind == "tremolo" and child in symbol:
            found[parents[0]].append(Mark("tremolo", value=int(symbol[child].name[-1])))
        elif kind == "tremolo" and child in stroke and len(parents) == 2:
            pairs[parents[0], parents[1]] += 1
    for (first, last), count in pairs.items():
        found[first].append(Mark("tremolo", value=count, group=first))
        found[last].append(Mark("tremolo", value=count, group=first, stop=True))
    return {owner: _ordered(marks) for owner, marks in found.items()}


def _ordered(marks: Sequence[Mark]) -> list[Mark]:
    """Each mark once; a trill's wavy line after the trill."""
    return sorted(dict.fromkeys(marks), key=lambda m: m.name == "wavy-line")


def _sign(sign: Symbol, owner: Symbol, accidentals: Sequence[Symbol], space: float) -> Mark:
    side: Literal["above", "below"] = _side(sign, owner)
    if sign.name.endswith(("Above", "Below")):
        side = "above" if sign.name.endswith("Above") else "below"
    element = ELEMENTS[sign.name]
    if "turn" in element and sign.box.center[1] - owner.box.center[1] > BETWEEN * space:
        element = f"delayed-{element}"
    mark = Mark(element, side, shape=_FERMATAS.get(sign.name, ""))
    for accidental in accidentals:
        name = ACCIDENTAL_NAMES[ALTERS[accidental.name]]
        if accidental.box.center[0] < sign.box.center[0]:
            mark = replace(mark, accidental_above=name)
        else:
            mark = replace(mark, accidental_below=name)
    return mark


def _side(sign: Symbol, owner: Symbol) -> Literal["above", "below"]:
    return "above" if sign.box.center[0] < owner.box.center[0] else "below"
