"""Makes a graph of notation (`NotationGraph`) from the symbols and strokes of a page: what belongs to what.

The relations are those of MuNG (Hajic & Pecina 2017), from head to child. Groups without a head of their own (key and
time signatures) are edges from their leftmost member to every member, including itself. Chords are stored in the graph
beside the relations. The stems and beams in the graph are the mended ones; those that were split or drawn here have new
ids.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

import numpy as np

from omr.notation import attach, hooks, signatures, signs, stems, tips, tremolos, tuplets
from omr.notation.beams import mend_beams, row_at
from omr.notation.chords import ChordInk, join_columns
from omr.notation.curves import mend_curves, ties_and_slurs, with_portato, without_number_arcs
from omr.notation.gracebeams import with_grace_beams
from omr.notation.placing import Ledgers, Placing, missing_ledgers
from omr.notation.rolls import find_rolls
from omr.notation.tupletdigits import settle_digits
from omr.types import (
    STROKE_KINDS,
    Edge,
    EdgeKind,
    NotationGraph,
    Staff,
    Stroke,
    StrokeKind,
    Symbol,
    System,
    keyboard_staves,
)
from omr.types.table import table
from omr.types.vocabulary import SymbolKind

HEIGHTS: Mapping[str, tuple[float, float]] = {
    "accidentalDoubleSharp": (0.7, 1.3), "accidentalSharp": (1.9, 4.0), "accidentalNatural": (1.8, 4.2),
    "accidentalFlat": (1.6, 3.5), "noteheadBlack": (0.55, 1.6), "noteheadHalf": (0.55, 1.6),
    "noteheadWhole": (0.55, 1.6),
    "tremolo1": (0.3, 1.2), "tremolo2": (1.0, 2.2), "tremolo3": (1.6, 3.2),
    "restQuarter": (1.8, 4.5), "rest8th": (1.0, 2.8), "rest16th": (1.6, 3.8),
}
"""Least and greatest height, in staff spaces, of classes for which other ink is often taken. Engraved heights are well
inside these limits: a notehead is 1 high, a sharp or natural about 2.8, a flat 2.4, a quarter rest 3."""


@table
class AssemblyTolerances:
    """Lengths are in staff spaces, positions in half spaces from the middle line, unless a field says otherwise."""

    twin: float = 0.55
    """Two symbols of one class are the same symbol if their intersection over union is at least this."""
    inside_score: float = 0.8
    """A notehead whose middle is inside a clef or digit is a part of it, if its score times this is not greater than
    the score of the clef or digit."""
    breve_off: float = 0.5
    """Greatest distance of a breve rest's middle from the middle of a space."""
    rest_on_beam: float = 0.8
    """Greatest vertical distance between a whole or half rest and the middle of a beam of which it is really a
    piece."""
    rest_beyond_beam: float = 0.3
    """How far beyond a beam's ends the middle of such a rest may be."""
    rest_reach: float = 12.5
    """Rests nearer to the middle line than this belong to the staff. If several voices play on it, they may be up to
    four spaces outside."""
    time_reach: float = 3.2
    """The same for digits and letters of time signatures, whose middles are at 0, 2 or -2."""
    clef_reach: float = 5.0
    """The same for clefs, whose middles are inside the staff."""
    missing_ledgers: int = 1
    """How many of its ledger lines a notehead on a stem may lack. A notehead without a stem may lack none."""
    inside: float = 5.5
    """Noteheads at most this far from the middle line are in the staff, or next to it without a ledger line."""
    follows: float = 9.5
    """If a stem has noteheads inside one staff, its other noteheads belong to that staff, too, if they are nearer to
    the middle line than this: three ledger lines."""
    drawn_twice: float = 0.6
    """If at least this share of a page's noteheads is drawn twice, that is a habit of the program, and does not mean
    that two voices share them."""
    barline_beyond: float = 1.0
    """How far beyond a staff's ends a barline that crosses it may be."""


T = AssemblyTolerances()
"""The tolerances of this stage."""


def assemble(
    page_index: int, staves: Sequence[Staff], systems: Sequence[System], symbols: Sequence[Symbol],
    strokes: Sequence[Stroke], exact: bool = False,
) -> NotationGraph:
    """The notation graph of one page. What fits nowhere has no edge.

    staves, systems: of the page, from top to bottom.
    symbols, strokes: as they were detected, with one numbering. Strokes that are split, mended or drawn here get the
        next free ids.
    exact: symbols are known for certain. None is left out because of an unusual height, as those of handwritten fonts
        may have.
    """
    placing = Placing(staves)
    space = placing.space_px
    ids = count(1 + max([s.id for s in symbols] + [s.id for s in strokes], default=0))
    of_kind: dict[StrokeKind, list[Stroke]] = {kind: [s for s in strokes if s.kind == kind] for kind in STROKE_KINDS}
    ledgers = Ledgers(of_kind["ledgerLine"], staves)

    fitting = [s for s in symbols if exact or _fits(s, space)]
    twins = _drawn_twice(fitting, "notehead") if exact else {}
    dots_twice = _drawn_twice(fitting, "dot") if exact else {}
    symbols = [s for s in _without_twins(fitting) if not _on_beam(s, of_kind["beam"], space)]
    signs_over = [s for s in symbols if s.kind in ("clef", "time")]
    heads = [s for s in symbols if s.kind == "notehead" and not any(_inside(s, sign) for sign in signs_over)]
    staff_of = placing.staff_of_heads(heads, ledgers, exact)
    staff_of |= _nearest_staves([s for s in symbols if s.kind != "notehead"], placing, exact)
    symbols = [s for s in symbols if s.name != "restDoubleWhole" or s.id not in staff_of
               or _between_lines(s, placing.staves[staff_of[s.id]])]

    if not exact:
        symbols = _without_strings_signs(symbols, staff_of, systems)

    beams = list(of_kind["beam"])
    if not exact:
        beams = mend_beams(beams, [*of_kind["tie"], *of_kind["slur"]], space, ids)
    on_staves = [h for h in heads if h.id in staff_of]
    if not exact:
        on_staves = tips.outside_beams(on_staves, beams, space)
    mended = stems.mend_stems(of_kind["stem"], space, exact)
    if not exact:
        on_staves, flat = hooks.part_hooks(on_staves, beams, mended, space, ids)
        beams += flat
    chords = stems.make_chords(on_staves, mended, space, ids, twins, exact)
    chords += [ChordInk((twin,)) for twin in _left_over(chords, twins)]
    in_chords = {h.id for c in chords for h in c.heads}
    for id_, twin in twins.items():
        if twin.id in in_chords:
            symbols.append(twin)
            heads.append(twin)
            staff_of[twin.id] = staff_of[id_]
    chords, found_hooks = hooks.hooks_among_heads(chords, beams, space, ids)
    beams += found_hooks
    chords = _carried(chords, staff_of, placing, ledgers)
    chords = tips.with_flags(chords, [s for s in symbols if s.kind == "flag"], space)
    chords = tips.with_beams(chords, beams, space, ids, exact)
    if not exact:
        lines = [s for s in symbols if s.name == "articTenuto"]
        chords, found_beams, in_beams = with_grace_beams(chords, lines, space, ids)
        beams += found_beams
        symbols = [s for s in symbols if s.id not in in_beams]
    named = {h.id: h for c in chords for h in c.heads}
    symbols, heads = ([named.get(s.id, s) for s in marks] for marks in (symbols, heads))

    staff_of = _settled(chords, heads, staff_of, placing)
    chords = join_columns(chords, staff_of, space)
    for chord in chords:
        if chord.stem is not None:
            staff_of.setdefault(chord.stem.id, staff_of[chord.heads[0].id])

    curves = [*of_kind["tie"], *of_kind["slur"]]
    if not exact:
        symbols = settle_digits(symbols, chords, space)
        curves = without_number_arcs(curves, [s for s in symbols if s.kind == "tuplet"], space)
        for roll, chord, seen_as in find_rolls(chords, [*beams, *curves], space, ids):
            symbols.append(roll)
            staff_of[roll.id] = staff_of[chord.heads[0].id]
            beams, curves = ([s for s in own if s not in seen_as] for own in (beams, curves))
    curves = mend_curves(curves, space, ids, () if exact else on_staves)
    found = _Found(placing=placing, symbols=[*symbols, *dots_twice.values()], of_kind=of_kind, chords=chords,
                   beams=beams, curves=curves, staff_of=staff_of, exact=exact,
                   dots_twice={twin.id: id_ for id_, twin in dots_twice.items()})
    attachments = _attachments(found)
    attachments = with_portato(attachments, signs.heads_with_dots(attachments, chords, found.symbols))
    edges = tuple(dict.fromkeys([*_chord_edges(chords), *attachments]))
    attached = {edge.child for edge in edges}
    kept = [s for s in strokes if s.kind not in ("stem", "beam", "tie", "slur")]
    drawn = {c.stem.id: c.stem for c in chords if c.stem is not None}
    return NotationGraph(
        page=page_index, staves=tuple(staves), systems=tuple(systems),
        symbols=tuple(s for s in found.symbols if s.id not in found.dots_twice or s.id in attached),
        strokes=(*kept, *curves, *drawn.values(), *beams),
        edges=edges, staff_of=staff_of, chords=tuple(c.in_graph() for c in chords), exact=exact,
    )


def _nearest_staves(symbols: Sequence[Symbol], placing: Placing, exact: bool) -> dict[int, int]:
    """Symbol id -> index of the nearest staff, for symbols that are where their kind can be. exact: as in `assemble`.
    What is drawn as a rest is one, however far from its staff."""
    found = {}
    for symbol in symbols:
        staff = placing.nearest(*symbol.box.center)
        if staff is not None and (_in_reach(symbol, staff) or exact and symbol.kind == "rest"):
            found[symbol.id] = staff.index
    return found


def _without_strings_signs(
    symbols: Sequence[Symbol], staff_of: Mapping[int, int], systems: Sequence[System]
) -> list[Symbol]:
    """The symbols without bowings, harmonics and pizzicati at a keyboard's staves. What looks like them there are
    fingerings, which have many shapes in old prints."""
    keyboards = keyboard_staves(systems)
    return [s for s in symbols if s.name not in signs.OF_STRINGS or staff_of.get(s.id) not in keyboards]


def _fits(symbol: Symbol, space: float) -> bool:
    """Whether a symbol has a height that its class can have."""
    low, high = HEIGHTS.get(symbol.name, (0.0, math.inf))
    return low * space <= symbol.box.height <= high * space


def _without_twins(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Of two symbols of one class at the same place, keep only the surer one. Such a pair is a unison of two voices, or
    one symbol that was found twice."""
    kept: dict[int, Symbol] = {}
    recent: list[Symbol] = []
    for symbol in sorted(symbols, key=lambda s: (s.box.left, -s.score)):
        recent = [r for r in recent if r.box.right > symbol.box.left]
        twin = next((r for r in recent if r.name == symbol.name and r.box.iou(symbol.box) > T.twin), None)
        if twin is not None and twin.score >= symbol.score:
            continue
        if twin is not None:
            del kept[twin.id]
            recent.remove(twin)
        kept[symbol.id] = symbol
        recent.append(symbol)
    return list(kept.values())


def _drawn_twice(symbols: Sequence[Symbol], kind: str) -> dict[int, Symbol]:
    """Id of a notehead or dot that `_without_twins` keeps -> the other one, drawn at exactly the same place. A program
    draws what two voices share once for each of them. Empty if the page draws most of them twice, since that tells
    nothing about voices.

    kind: that of the symbols.
    """
    heads = [s for s in symbols if s.kind == kind]
    kept = {s.id for s in _without_twins(heads)}
    at: dict[tuple[str, int, int], Symbol] = {}
    for head in heads:
        if head.id in kept:
            at[head.name, round(head.box.left), round(head.box.top)] = head
    found = {at[place].id: head for head in heads if head.id not in kept
             and (place := (head.name, round(head.box.left), round(head.box.top))) in at}
    return found if len(found) < T.drawn_twice * len(kept) else {}


def _left_over(chords: Sequence[ChordInk], twins: Mapping[int, Symbol]) -> list[Symbol]:
    """Of the noteheads that are drawn twice, but stand in one chord only, the second ones. Each belongs to another
    voice, which has no stem, or shares that of the first voice."""
    held = Counter(head.id for chord in chords for head in chord.heads)
    return [twin for id_, twin in twins.items() if held[id_] == 1 and not held[twin.id]]


def _inside(part: Symbol, whole: Symbol) -> bool:
    """Whether a symbol is a part of another symbol's ink."""
    return whole.score >= T.inside_score * part.score and whole.box.contains(part.box.center)


def _between_lines(rest: Symbol, staff: Staff) -> bool:
    """Whether a breve rest fills a space, as it must. A digit of the same size may be anywhere."""
    off = (staff.position(*rest.box.center) - 1) % 2  # positions of spaces are odd
    return min(off, 2 - off) < T.breve_off


def _on_beam(rest: Symbol, beams: Sequence[Stroke], space: float) -> bool:
    """Whether a whole or half rest is really a piece of a beam."""
    if rest.name not in ("restWhole", "restHalf"):
        return False
    row, col = rest.box.center
    aside = T.rest_beyond_beam * space
    return any(abs(row_at(b, col) - row) < T.rest_on_beam * space
               and b.box.left - aside < col < b.box.right + aside for b in beams)


def _in_reach(symbol: Symbol, staff: Staff) -> bool:
    """Whether a symbol is where its kind can be: rests near their staff, the digits of time signatures in the halves of
    the staff."""
    reach = {"rest": T.rest_reach, "time": T.time_reach, "clef": T.clef_reach}.get(symbol.kind, math.inf)
    return abs(staff.position(*symbol.box.center)) < reach


def _carried(
    chords: Sequence[ChordInk], staff_of: Mapping[int, int], placing: Placing, ledgers: Ledgers
) -> list[ChordInk]:
    """Drop noteheads far from the staff to which no ledger lines lead: they are letters and stains.

    Their ink then no longer decides the direction of the stem.
    """
    kept = []
    for chord in chords:
        allowed = 0 if chord.stem is None else T.missing_ledgers
        heads = tuple(
            h for h in chord.heads if missing_ledgers(ledgers, placing.staves[staff_of[h.id]], h) <= allowed
        )
        if heads == chord.heads:
            kept.append(chord)
        elif heads:
            kept.append(replace(chord, heads=heads).turned_by_heads())
    return kept


def _settled(
    chords: Sequence[ChordInk], heads: Sequence[Symbol], staff_of: Mapping[int, int], placing: Placing
) -> dict[int, int]:
    """The staves of symbols, once chords are made. Noteheads in no chord have none. The noteheads of a chord that are
    far outside follow the others."""
    left_out = {h.id for h in heads} - {h.id for c in chords for h in c.heads}
    settled = {id_: staff for id_, staff in staff_of.items() if id_ not in left_out}
    for chord in chords:
        settled |= _moved_heads(chord, settled, placing)
    return settled


def _moved_heads(chord: ChordInk, staff_of: Mapping[int, int], placing: Placing) -> dict[int, int]:
    """Noteheads far outside the staves follow the noteheads on their stem that are inside one: notehead id -> new
    staff."""
    if len(chord.heads) == 1:
        return {}
    inside = set()
    for head in chord.heads:
        staff = placing.staves[staff_of[head.id]]
        if abs(staff.position(*head.box.center)) <= T.inside:
            inside.add(staff.index)
    if len(inside) != 1:
        return {}
    home = inside.pop()
    moved = {}
    for head in chord.heads:
        position = placing.staves[home].position(*head.box.center)
        if abs(position) < T.follows and abs(placing.staves[staff_of[head.id]].position(*head.box.center)) > T.inside:
            moved[head.id] = home
    return moved


def _chord_edges(chords: Sequence[ChordInk]) -> Iterator[Edge]:
    """The relations inside chords: notehead to stem, flag and beam."""
    for chord in chords:
        for head in chord.heads:
            if chord.stem is not None:
                yield Edge(head.id, chord.stem.id, "stem")
            yield from (Edge(head.id, f.id, "flag") for f in chord.flags)
            yield from (Edge(head.id, b.id, "beam") for b in chord.beams)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Found:
    """Everything on a page, once chords are made: what the matchers of signs choose from.

    beams: including those that were drawn or split here.
    curves: as returned by `mend_curves`.
    exact: as for `assemble`.
    dots_twice: id of a dot that is drawn at exactly the place of another -> id of the other.
    """

    placing: Placing
    symbols: Sequence[Symbol]
    of_kind: Mapping[StrokeKind, Sequence[Stroke]]
    chords: Sequence[ChordInk]
    beams: Sequence[Stroke]
    curves: Sequence[Stroke]
    staff_of: Mapping[int, int]
    exact: bool
    dots_twice: Mapping[int, int]

    @cached_property
    def chord_of(self) -> dict[int, int]:
        """Notehead id -> index of its chord; of the last one if two voices share the notehead."""
        return {h.id: i for i, c in enumerate(self.chords) for h in c.heads}

    @cached_property
    def heads(self) -> attach.Targets:
        """Every notehead of a chord, once."""
        heads = {h.id: h for c in self.chords for h in c.heads}
        return attach.Targets(list(heads.values()), self.staff_of)

    @cached_property
    def rests(self) -> attach.Targets:
        """Every rest."""
        return attach.Targets(self.of("rest"), self.staff_of)

    def of(self, kind: SymbolKind) -> list[Symbol]:
        """The symbols of a kind."""
        return self._of_kinds.get(kind, [])[:]

    @cached_property
    def _of_kinds(self) -> Mapping[SymbolKind, list[Symbol]]:
        found: dict[SymbolKind, list[Symbol]] = {}
        for symbol in self.symbols:
            found.setdefault(symbol.kind, []).append(symbol)
        return found


def _attachments(found: _Found) -> list[Edge]:
    """The relations of everything that belongs to noteheads, rests, staves and barlines."""
    keys, edges = _signatures(found)
    ornaments = [s for s in found.of("ornament") if s.name != "wiggleTrill"]
    wavy = signs.wavy_curves(found.curves, ornaments, found.placing.space_px)
    edges += _accidentals(found, {a.id for run in keys for a in run}, ornaments)
    dots = _dots(found)
    edges += dots
    edges += _signs(found, {e.child for e in dots}, wavy)
    columns = np.array([found.chord_of[h.id] for h in found.heads.symbols])
    ways = np.array([{True: 1, False: -1, None: 0}[found.chords[i].up] for i in columns])
    edges += ties_and_slurs(
        found.placing, [c for c in found.curves if c not in wavy], found.heads, columns, ways, found.exact)
    edges += tuplets.tuplets(found.of("tuplet"), found.of_kind["bracket"], found.chords, found.rests,
                            found.staff_of, found.placing.space_px, dots, found.exact)
    edges += attach.graces(found.chords, found.staff_of, found.placing.space_px)
    return edges


def _signatures(found: _Found) -> tuple[list[list[Symbol]], list[Edge]]:
    """The key signatures, and the edges of key and time signatures."""
    barlines = _barline_cols(found.placing, found.of_kind["barline"])
    keys = signatures.find_keys(
        found.placing, found.symbols, found.heads.symbols, barlines, found.staff_of, found.exact)
    times = signatures.find_times(found.placing, found.symbols, found.staff_of)
    groups: list[tuple[EdgeKind, list[Symbol]]] = [*(("key", g) for g in keys), *(("time", g) for g in times)]
    return keys, [Edge(group[0].id, member.id, kind) for kind, group in groups for member in group]


def _accidentals(found: _Found, in_key: set[int], ornaments: Sequence[Symbol]) -> Iterator[Edge]:
    """Accidentals that are not in a key signature, and their parentheses."""
    space = found.placing.space_px
    marks = [s for s in found.of("accidental") if s.id not in in_key]
    over = list(signs.ornament_accidentals(marks, ornaments, space))
    yield from over
    taken = {e.child for e in over}
    barlines = found.of_kind["barline"] if found.exact else []
    before = list(attach.accidentals([m for m in marks if m.id not in taken], found.heads, space, barlines))
    yield from before
    if found.exact:
        taken |= {e.child for e in before}
        yield from attach.editorial_accidentals(found.placing, [m for m in marks if m.id not in taken], found.heads)
    yield from signs.parentheses(marks, found.of("parenthesis"), space)


def _dots(found: _Found) -> list[Edge]:
    """Repeat dots and augmentation dots. The other dots may be staccato dots."""
    dots = found.of("dot")
    once = [d for d in dots if d.id not in found.dots_twice]
    repeats = list(attach.repeat_dots(found.placing, once, found.of_kind["barline"]))
    used = {e.child for e in repeats}
    free = [d for d in dots if d.id not in used and found.dots_twice.get(d.id) not in used]
    return [*repeats, *attach.augmentation_dots(
        free, found.heads, found.rests, found.placing.space_px, found.dots_twice, found.exact)]


def _signs(found: _Found, used: set[int], wavy: Sequence[Stroke]) -> Iterator[Edge]:
    """Signs at chords and rests. used: ids of dots that are taken. wavy: curves that are the wavy line of a trill."""
    placing, chords, staff_of, space = found.placing, found.chords, found.staff_of, found.placing.space_px
    hung = [s for s in found.symbols if s.name in signs.ELEMENTS and s.id not in used]
    yield from signs.articulations(hung, chords, found.rests, staff_of, space)
    wiggles = [s for s in found.of("ornament") if s.name == "wiggleTrill"]
    yield from signs.trills(placing, [*wiggles, *wavy], chords, staff_of)
    digits = signs.without_ending_numbers(
        found.of("fingering"), found.of_kind["bracket"], found.of_kind["barline"], space)
    yield from signs.fingerings(digits, chords, staff_of, space)
    yield from tremolos.tremolos(found.of("tremolo"), chords, found.beams, space)
    yield from signs.arpeggios(found.of("arpeggio"), found.heads, space)
    yield from tremolos.tremolo_pairs(chords, found.beams, space, found.exact)


def _barline_cols(placing: Placing, barlines: Sequence[Stroke]) -> dict[int, list[float]]:
    """Columns of the barlines that cross each staff, by staff index."""
    found: dict[int, list[float]] = {s.index: [] for s in placing.staves}
    beyond = T.barline_beyond * placing.space_px
    for barline in barlines:
        (top, first_col), (bottom, last_col) = barline.points[0], barline.points[-1]
        col = (first_col + last_col) / 2
        for staff in placing.staves:
            if top < staff.row(0, col) < bottom and staff.left - beyond < col < staff.right + beyond:
                found[staff.index].append(col)
    return found
