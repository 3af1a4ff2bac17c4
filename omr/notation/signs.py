"""Signs at chords and rests: articulations, ornaments, fermatas, fingerings, arpeggios. (For tremolos see `tremolos`.)

The matchers find to what each sign belongs, and return edges. `marks_of` turns these edges into the marks of notes and
rests.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from omr.notation.attach import Targets
from omr.notation.chords import ChordInk, chords_of
from omr.notation.pitch import ACCIDENTAL_NAMES, ALTERS
from omr.notation.placing import Placing
from omr.types import Edge, EdgeKind, Mark, NotationGraph, Stroke, Symbol
from omr.types.table import table

ELEMENTS: dict[str, str] = {
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
"""Class of a sign -> its MusicXML element."""
OF_STRINGS = frozenset({"stringsDownBow", "stringsUpBow", "stringsHarmonic", "pluckedSnapPizzicatoAbove",
                        "pluckedLeftHandPizzicato"})
"""Signs for bowed and plucked instruments."""
_FERMATAS: dict[str, Literal["angled", "square"]] = {"fermataShortAbove": "angled", "fermataLongAbove": "square"}
"""Class of a fermata that is not round -> MusicXML's name of its shape."""
_EDGE_OF: dict[str, EdgeKind] = {"fermata": "fermata", "trill-mark": "ornament", "turn": "ornament",
    "inverted-turn": "ornament", "inverted-mordent": "ornament", "mordent": "ornament"}
"""MusicXML element -> kind of its edge; "articulation" for all others."""
_AFTERWARDS = ("breath-mark", "caesura")
"""Signs that stand after their note."""
_WIDE = ("fermata", "trill-mark")
"""Signs that are wider than a notehead, and may stand to the side of the middle of their column."""


@table
class SignTolerances:
    """Lengths are in staff spaces. Prices are in staff spaces too; a sideways distance of one costs 1."""

    # Signs over, under and in columns of heads
    column_aside: float = 1.3
    """Greatest sideways distance of a sign from the middle of its column."""
    column_away: float = 8.0
    """Greatest vertical distance of a sign from the nearer end of its chord. Other signs and a slur may be in
    between."""
    column_height: float = 0.12
    """Price of a staff space of vertical distance. It is low, because the signs of a chord are stacked."""
    dot_height: float = 0.3
    """The same for a staccato dot, which is right at its notehead or stem. (A dot over a stem of the lower staff may be
    just as near to a chord of the upper staff.) In 64 movements of Beethoven and Mozart in old prints, 55 of 2,988 dots
    are read at the wrong staff; at the price of other signs, 70."""
    column_staff: float = 0.6
    """Price of a chord on another staff than that of the sign."""
    column_width: float = 0.15
    """Up to this distance from the middle, as a part of its width, a wide sign has no price."""
    sign_price: float = 1.4
    """Greatest price of a sign."""
    rest_price: float = 0.3
    """Price of a fermata on a rest. A note in the same place is likelier."""
    before: float = 12.0
    """Greatest distance of a sign after the note or rest to which it belongs (a breath mark, a turn between notes)."""
    between: float = 0.9
    """A turn this far from the nearest column is between two columns: it is played late, after the first."""

    # Trills and their wavy lines
    wavy_length: float = 3.0
    """Least length of a curve that is a trill's wavy line."""
    wavy_height: float = 0.6
    """Greatest height of such a curve, without the thickness of its ink."""
    wavy_gap: tuple[float, float] = (-1.0, 1.5)
    """Least and greatest distance of its beginning from the trill sign's right edge. A negative distance is an
    overlap."""
    wavy_begin: float = 1.0
    """The first chord of a wavy line begins at most this far to the right of the line's beginning."""

    # Accidentals of ornaments, and parentheses
    ornament_away: float = 2.0
    """Greatest vertical distance between an ornament and the accidental of its auxiliary note."""
    parenthesis_off: float = 0.8
    """Greatest vertical distance between a parenthesis and its accidental."""
    parenthesis_gap: tuple[float, float] = (-0.3, 0.9)
    """Least and greatest sideways distance between the middle of a parenthesis and its accidental."""

    # Numbers of voltas
    ending_at: float = 0.8
    """Greatest sideways distance between the left end of a volta bracket and the barline over which it begins. Brackets
    of tuplets begin over notes."""
    ending_number: tuple[float, float] = (3.0, 2.5)
    """How far right of that end and below the bracket the volta's number may be; 1.5 and 1.1 was seen."""

    # Fingerings
    finger_beside: float = 2.5
    """Greatest sideways distance of a fingering to the left of its notehead."""
    finger_off: float = 0.6
    """Greatest vertical distance between such a fingering and its notehead."""
    finger_aside: float = 0.3
    """Price of a staff space of sideways distance between them. Vertical distance costs 1."""
    finger_row: float = 0.5
    """Digits whose heights differ by less than this belong to one notehead (a change of finger)."""

    # Arpeggios
    arpeggio_over: float = 0.7
    """How far above or below an arpeggio's ends the middle of a notehead may be that belongs to it."""
    arpeggio_gap: tuple[float, float] = (-0.4, 5.0)
    """Least and greatest distance of an arpeggio from its noteheads. Accidentals may be in between."""
    arpeggio_column: float = 1.3
    """How much farther than the nearest notehead another one may be. The displaced notehead of a second is a notehead's
    width away."""


T = SignTolerances()
"""The tolerances of this stage."""


class _Columns:
    """Chords as arrays: their middle column, the rows of their ends, their staff. Lengths are in pixels. space: the
    staff space."""

    def __init__(self, chords: Sequence[ChordInk], staff_of: Mapping[int, int], space: float):
        self.chords, self.space = chords, space
        self.col = np.array([sum(h.box.center[1] for h in c.heads) / len(c.heads) for c in chords])
        self.top = np.array([min(c.heads[0].box.center[0], c.tip[0]) for c in chords])
        self.bottom = np.array([max(c.heads[-1].box.center[0], c.tip[0]) for c in chords])
        self.staff = np.array([staff_of.get(c.heads[0].id, -1) for c in chords])

    def nearest(self, sign: Symbol, staff: int) -> tuple[int, float]:
        """Index of the nearest chord that a sign on a staff is over, under or inside, and its price; an infinite price
        if there is none."""
        row, col = sign.box.center
        free = T.column_width * sign.box.width if ELEMENTS.get(sign.name) in _WIDE else 0.0
        aside = (np.abs(self.col - col) - free) / self.space
        away = np.maximum(np.maximum(self.top - row, row - self.bottom), 0) / self.space
        height = T.dot_height if sign.name == "articStaccato" else T.column_height
        price = aside + height * away + T.column_staff * (self.staff != staff)
        price = np.where((away < T.column_away) & (aside < T.column_aside), price, np.inf)
        i = int(price.argmin())
        return i, float(price[i])


def articulations(
    marks: Sequence[Symbol], chords: Sequence[ChordInk], rests: Targets, staff_of: Mapping[int, int], space: float
) -> Iterator[Edge]:
    """Pair each sign with the chord in whose column it stands, preferably on its own staff. It may be at either end of
    the chord. Breath marks and caesuras go to the note or rest before them; fermatas may also go to rests. space: the
    staff space in pixels, here and below."""
    if not chords and not len(rests):
        return
    columns = _Columns(chords, staff_of, space)
    for mark in marks:
        element = ELEMENTS[mark.name]
        owner = _owner(mark, columns, rests, staff_of.get(mark.id, -1))
        if owner is not None:
            yield Edge(owner.id, mark.id, _EDGE_OF.get(element, "articulation"))


def heads_with_dots(
    edges: Sequence[Edge], chords: Sequence[ChordInk], symbols: Sequence[Symbol]
) -> set[int]:
    """Ids of the noteheads of chords that are staccato. edges: those of articulations, and any others."""
    dots = {s.id for s in symbols if ELEMENTS.get(s.name) == "staccato"}
    parents = {e.parent for e in edges if e.child in dots}
    return {h.id for c in chords if any(h.id in parents for h in c.heads) for h in c.heads}


def _owner(mark: Symbol, columns: _Columns, rests: Targets, staff: int) -> Symbol | None:
    """The notehead or rest to which a sign belongs; None if there is none. staff: that of the sign."""
    element = ELEMENTS[mark.name]
    if element in _AFTERWARDS:
        return _before(mark, columns, rests, staff)
    best: Symbol | None = None
    best_price = T.sign_price
    if len(columns.chords):
        i, price = columns.nearest(mark, staff)
        if price < best_price:
            best, best_price = columns.chords[i].heads[0], price
        late = abs(columns.col[i] - mark.box.center[1]) > T.between * columns.space
        if "turn" in element and (best is None or late):
            best = _before(mark, columns, rests, staff)
    if element == "fermata" and len(rests):
        row, col = mark.box.center
        aside, away = np.abs(rests.col - col) / columns.space, np.abs(rests.row - row) / columns.space
        prices = aside + T.column_height * away + T.rest_price
        i = int(prices.argmin())
        best = rests.symbols[i] if prices[i] < best_price else best
    return best


def _before(mark: Symbol, columns: _Columns, rests: Targets, staff: int) -> Symbol | None:
    """The last notehead or rest of a staff, within reach, that begins before a sign's middle."""
    at = mark.box.center[1]
    found = [c.heads[0] for c, s in zip(columns.chords, columns.staff, strict=True) if s == staff]
    found += [r for r, s in zip(rests.symbols, rests.staff, strict=True) if s == staff]
    near = (h for h in found if at - T.before * columns.space < h.box.left <= at)
    return max(near, key=lambda h: h.box.left, default=None)


def wavy_curves(curves: Sequence[Stroke], ornaments: Sequence[Symbol], space: float) -> list[Stroke]:
    """Curves that are really the wavy line of a trill: level, right after the trill sign and at its height."""
    trill_boxes = [o.box for o in ornaments if o.name == "ornamentTrill"]
    least, greatest = T.wavy_gap
    return [
        c for c in curves
        if c.box.width > T.wavy_length * space and c.box.height - c.thickness_px < T.wavy_height * space
        and any(least * space < c.box.left - t.right < greatest * space and t.top < c.box.center[0] < t.bottom
                for t in trill_boxes)
    ]


def trills(
    placing: Placing, wiggles: Sequence[Symbol | Stroke], chords: Sequence[ChordInk], staff_of: Mapping[int, int]
) -> Iterator[Edge]:
    """Pair a trill's wavy line with every chord over which it lasts. The first is the last chord before the line's
    beginning, or at it."""
    for wiggle in wiggles:
        box = wiggle.box
        staff = placing.nearest(*box.center)
        mine = [c.heads[0] for c in chords if staff is not None and staff_of.get(c.heads[0].id) == staff.index]
        over = [h for h in mine if h.box.left < box.right]
        first = box.left + T.wavy_begin * placing.space_px
        begun = max((h.box.left for h in over if h.box.left < first), default=box.left)
        yield from (Edge(head.id, wiggle.id, "ornament") for head in over if begun <= head.box.left)


def ornament_accidentals(marks: Sequence[Symbol], ornaments: Sequence[Symbol], space: float) -> Iterator[Edge]:
    """Pair turns, trills and mordents with the accidentals above or below them, which alter their auxiliary notes."""
    for mark in marks:
        row, col = mark.box.center
        for o in ornaments:
            near = min(abs(row - o.box.top), abs(row - o.box.bottom)) < T.ornament_away * space
            if o.box.left < col < o.box.right and near:
                yield Edge(o.id, mark.id, "accidental")
                break


def parentheses(marks: Sequence[Symbol], parens: Sequence[Symbol], space: float) -> Iterator[Edge]:
    """Pair accidentals with the parentheses around them. Such an accidental is only a reminder."""
    least, greatest = T.parenthesis_gap
    for paren in parens:
        row, col = paren.box.center
        left = paren.name == "accidentalParensLeft"
        gaps = [((m.box.left - col if left else col - m.box.right) / space, m) for m in marks
                if abs(m.box.center[0] - row) < T.parenthesis_off * space]
        near = [(abs(gap), m) for gap, m in gaps if least < gap < greatest]
        if near:
            yield Edge(min(near, key=lambda n: n[0])[1].id, paren.id, "accidental")


def without_ending_numbers(
    digits: Sequence[Symbol], brackets: Sequence[Stroke], barlines: Sequence[Stroke], space: float
) -> list[Symbol]:
    """The digits that are not the number of a volta. That number stands under the left end of a bracket that begins
    over a barline."""
    columns = [(b.points[0][1] + b.points[-1][1]) / 2 for b in barlines]
    ends = [b.points[0] for b in brackets if b.points[-1][1] - b.points[0][1] > abs(b.points[-1][0] - b.points[0][0])
            and any(abs(b.points[0][1] - col) < T.ending_at * space for col in columns)]
    right, below = (limit * space for limit in T.ending_number)
    return [d for d in digits if not any(
        0 < d.box.center[1] - col < right and 0 < d.box.center[0] - row < below for row, col in ends)]


def fingerings(
    digits: Sequence[Symbol], chords: Sequence[ChordInk], staff_of: Mapping[int, int], space: float
) -> Iterator[Edge]:
    """Pair digits with the noteheads of the chord in whose column they stand, from top to bottom. Digits side by side
    belong to one notehead. If there are fewer digits than noteheads, those above the chord belong to the upper
    noteheads, those below to the lower ones. A digit beside a chord belongs to the notehead at its height."""
    if not chords:
        return
    columns = _Columns(chords, staff_of, space)
    stacks: dict[int, list[Symbol]] = defaultdict(list)
    for digit in digits:
        i, price = columns.nearest(digit, staff_of.get(digit.id, -1))
        if np.isfinite(price):
            stacks[i].append(digit)
            continue
        head = _head_beside(digit, chords, space)
        if head is not None:
            yield Edge(head.id, digit.id, "fingering")
    for i, stack in stacks.items():
        chord = chords[i]
        middle = (chord.heads[0].box.center[0] + chord.heads[-1].box.center[0]) / 2
        for over in (True, False):
            rows = _rows([d for d in stack if (d.box.center[0] < middle) == over], space)
            heads = chord.heads if over else chord.heads[-len(rows):]
            for row_of_digits, head in zip(rows, heads, strict=False):
                yield from (Edge(head.id, d.id, "fingering") for d in row_of_digits)


def _head_beside(digit: Symbol, chords: Sequence[ChordInk], space: float) -> Symbol | None:
    """The nearest notehead to the right of a fingering, at its height; None if there is none."""
    row, col = digit.box.center
    beside = [
        (abs(h.box.center[0] - row) + T.finger_aside * (h.box.left - col), h) for c in chords for h in c.heads
        if 0 < h.box.left - col < T.finger_beside * space and abs(h.box.center[0] - row) < T.finger_off * space
    ]
    return min(beside, key=lambda b: b[0])[1] if beside else None


def _rows(digits: Sequence[Symbol], space: float) -> list[list[Symbol]]:
    """Digits from top to bottom, grouped by height."""
    rows: list[list[Symbol]] = []
    for digit in sorted(digits, key=lambda d: d.box.center[0]):
        if rows and digit.box.center[0] - rows[-1][0].box.center[0] < T.finger_row * space:
            rows[-1].append(digit)
        else:
            rows.append([digit])
    return [sorted(row, key=lambda d: d.box.left) for row in rows]


def arpeggios(wiggles: Sequence[Symbol], heads: Targets, space: float) -> Iterator[Edge]:
    """Pair each arpeggio with the noteheads to its right at its height. It may reach over two staves."""
    if not len(heads):
        return
    least, greatest = T.arpeggio_gap
    over = T.arpeggio_over * space
    for wiggle in wiggles:
        box = wiggle.box
        ahead = (heads.left - box.right) / space
        inside = (heads.row > box.top - over) & (heads.row < box.bottom + over)
        inside &= (ahead > least) & (ahead < greatest)
        if inside.any():
            nearest = ahead[inside].min()
            for i in np.flatnonzero(inside & (ahead < nearest + T.arpeggio_column)).tolist():
                yield Edge(heads.symbols[i].id, wiggle.id, "arpeggio")


# ---- edges to marks --------------------------------------------------------------------------------------------


def marks_of(graph: NotationGraph) -> dict[int, list[Mark]]:
    """The marks of every notehead and rest of a page, by its id."""
    owners: dict[tuple[EdgeKind, int], list[Symbol]] = defaultdict(list)
    signs_of: dict[int, list[Symbol]] = defaultdict(list)  # accidentals of an ornament
    for edge in graph.edges:
        parent = graph.symbol_by_id.get(edge.parent)
        if parent is None:
            continue  # the head is a barline
        owners[edge.kind, edge.child].append(parent)
        if edge.kind == "accidental":
            signs_of[parent.id].append(graph.symbol(edge.child))
    chord_of = {head: i for i, chord in enumerate(chords_of(graph)) for head in chord.heads}
    found: dict[int, list[Mark]] = defaultdict(list)
    pairs: Counter[tuple[int, int]] = Counter()  # the two noteheads of a tremolo -> number of beams
    for (kind, child), parents in owners.items():
        parents = sorted(dict.fromkeys(parents), key=lambda p: p.box.left)
        sign = graph.symbol_by_id.get(child)
        if kind == "tremolo" and sign is None:
            if len(parents) == 2:
                pairs[parents[0].id, parents[1].id] += 1
        elif kind == "arpeggio":
            several = len({(graph.staff_of.get(p.id), chord_of.get(p.id)) for p in parents}) > 1
            for parent in parents:
                found[parent.id].append(Mark(name="arpeggiate", group=child if several else None))
        else:
            for owner, mark in _marks_of_sign(kind, sign, parents, signs_of.get(child, ()), graph.space_px):
                found[owner.id].append(mark)
    for (first, last), count in pairs.items():
        found[first].append(Mark(name="tremolo", value=count, group=first))
        found[last].append(Mark(name="tremolo", value=count, group=first, stop=True))
    return {owner: _ordered(marks) for owner, marks in found.items()}


def _marks_of_sign(
    kind: EdgeKind, sign: Symbol | None, parents: Sequence[Symbol], accidentals: Sequence[Symbol], space: float
) -> Iterator[tuple[Symbol, Mark]]:
    """The marks that one sign stands for, and the noteheads or rests that have them.

    kind: that of the edges from its parents.
    sign: None for a stroke.
    accidentals: those above and below an ornament.
    """
    value = 0 if sign is None else sign.symbol_class.digit or 0
    if kind == "ornament" and (sign is None or sign.name == "wiggleTrill"):
        yield parents[0], Mark(name="wavy-line", placement="above")
        yield parents[-1], Mark(name="wavy-line", stop=True)
    elif sign is None:
        return
    elif kind in ("articulation", "fermata", "ornament"):
        yield from ((parent, _sign(sign, parent, accidentals, space)) for parent in parents)
    elif kind == "fingering":
        yield from ((parent, Mark(name="fingering", placement=_side(sign, parent), value=value)) for parent in parents)
    elif kind == "tremolo":
        yield parents[0], Mark(name="tremolo", value=value)


def _ordered(marks: Sequence[Mark]) -> list[Mark]:
    """Each mark once; the wavy line of a trill comes after the trill."""
    return sorted(dict.fromkeys(marks), key=lambda m: m.name == "wavy-line")


def _sign(sign: Symbol, owner: Symbol, accidentals: Sequence[Symbol], space: float) -> Mark:
    """The mark that a sign stands for at its notehead or rest. accidentals: those above and below an ornament."""
    side: Literal["above", "below"] = _side(sign, owner)
    if sign.name.endswith(("Above", "Below")):
        side = "above" if sign.name.endswith("Above") else "below"
    element = ELEMENTS[sign.name]
    if "turn" in element and sign.box.center[1] - owner.box.center[1] > T.between * space:
        element = f"delayed-{element}"
    mark = Mark(name=element, placement=side, shape=_FERMATAS.get(sign.name, ""))
    for accidental in accidentals:
        name = ACCIDENTAL_NAMES[ALTERS[accidental.name]]
        if accidental.box.center[0] < sign.box.center[0]:
            mark = replace(mark, accidental_above=name)
        else:
            mark = replace(mark, accidental_below=name)
    return mark


def _side(sign: Symbol, owner: Symbol) -> Literal["above", "below"]:
    return "above" if sign.box.center[0] < owner.box.center[0] else "below"
