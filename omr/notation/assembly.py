"""Symbols and strokes of a page become a graph of notation: what belongs to what (`NotationGraph`).

The relations are those of MuNG (Hajic & Pecina 2017), head to child. Groups without a head of their own (key and
time signatures) are edges from their leftmost member to every member, itself included. Stems and beams in the
graph are the mended ones: merged or drawn strokes bear new ids.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from omr.notation import attach, signatures, signs, stems
from omr.notation.curves import mend_curves, ties_and_slurs
from omr.notation.placing import Ledgers, Placing, missing_ledgers
from omr.types import Edge, NotationGraph, Staff, Stroke, Symbol, System

HEADS = {n for n in stems.STEMMED} | {"noteheadWhole", "noteheadDoubleWhole"}
RESTS = {
    "restDoubleWhole", "restWhole", "restHalf", "restQuarter", "rest8th", "rest16th", "rest32nd", "rest64th",
    "rest128th", "restHBar",
}


_HEIGHTS = {
    # Least and greatest height, in staff spaces, of shapes that other ink is taken for.
    "accidentalDoubleSharp": (0.7, 1.3), "accidentalSharp": (1.9, 4.0), "accidentalNatural": (1.8, 4.2),
    "accidentalFlat": (1.6, 3.5), "noteheadBlack": (0.55, 1.6), "noteheadHalf": (0.55, 1.6),
    "noteheadWhole": (0.55, 1.6),
    "tremolo1": (0.3, 1.2), "tremolo2": (1.0, 2.2), "tremolo3": (1.6, 3.2),
    "restQuarter": (1.8, 4.5), "rest8th": (1.0, 2.8), "rest16th": (1.6, 3.8),
}


def assemble(
    page_index: int, staves: Sequence[Staff], systems: Sequence[System], symbols: Sequence[Symbol],
    strokes: Sequence[Stroke],
) -> NotationGraph:
    """The notation graph of one page. Symbols and strokes share one id numbering; what fits nowhere has no edge."""
    placing = Placing(staves)
    space = placing.space_px
    next_id = 1 + max([s.id for s in symbols] + [s.id for s in strokes], default=0)
    of_kind: dict[str, list[Stroke]] = {}
    for stroke in strokes:
        of_kind.setdefault(stroke.kind, []).append(stroke)

    symbols = _without_twins([s for s in symbols if _fits(s, space)])
    clefs_and_times = [s for s in symbols if s.name in signatures.CLEFS or s.name.startswith("timeSig")]
    heads = [s for s in symbols if s.name in HEADS and not any(_inside(s, sign) for sign in clefs_and_times)]
    ledgers = Ledgers(of_kind.get("ledgerLine", []), staves)
    staff_of = placing.staff_of_heads(heads, ledgers)
    heads = [h for h in heads if h.id in staff_of]
    symbols = [s for s in symbols if s.name not in RESTS or not _on_beam(s, of_kind.get("beam", []), space)]
    for symbol in symbols:
        if symbol.id not in staff_of and symbol.name not in HEADS:
            staff = placing.nearest(*symbol.box.center)
            if staff is not None and _in_reach(symbol, staff):
                staff_of[symbol.id] = staff.index
    symbols = [s for s in symbols if s.name != "restDoubleWhole" or s.id not in staff_of
               or _between_lines(s, placing.staves[staff_of[s.id]])]

    mended_stems = stems.mend_stems(of_kind.get("stem", []), space)
    mended_beams = stems.mend_beams(of_kind.get("beam", []), space, next_id)
    next_id += len(mended_beams) + len(of_kind.get("beam", []))
    heads = [h for h in heads if not stems.inside_beam(h, mended_beams, space)]
    chords = stems.make_chords(heads, mended_stems, space, next_id)
    next_id += len(chords) + 1
    hooks = stems.hooks_among_heads(chords, mended_beams, space, next_id)
    mended_beams += hooks
    next_id += len(hooks)
    strays = {h.id for c in chords if c.stem is None for h in c.heads}
    for head in heads:
        missing = missing_ledgers(ledgers, placing.staves[staff_of[head.id]], head)
        if missing > 1 or (missing and head.id in strays):
            # Ink far from the staff that no ledger line carries: a letter, a stain.
            del staff_of[head.id]
    chords = [c for c in chords if _keep_carried(c, staff_of)]
    read = {h.id for c in chords for h in c.heads}
    for symbol in symbols:
        if symbol.name in HEADS and symbol.id not in read:
            staff_of.pop(symbol.id, None)
    stems.attach_flags(chords, [s for s in symbols if s.name.startswith("flag")], space)
    stems.attach_beams(chords, mended_beams, space, next_id)
    for chord in chords:
        _settle_staff(chord, staff_of, placing)
        for head in chord.heads:
            if chord.stem is not None:
                staff_of.setdefault(chord.stem.id, staff_of[head.id])

    edges: list[Edge] = []
    for chord in chords:
        for head in chord.heads:
            if chord.stem is not None:
                edges.append(Edge(head.id, chord.stem.id, "stem"))
            edges.extend(Edge(head.id, f.id, "flag") for f in chord.flags)
            edges.extend(Edge(head.id, b.id, "beam") for b in chord.beams)
    curves = mend_curves([*of_kind.get("tie", []), *of_kind.get("slur", [])], space)
    edges.extend(_attachments(placing, symbols, of_kind, chords, mended_beams, curves, staff_of))

    kept = [s for s in strokes if s.kind not in ("stem", "beam", "tie", "slur")]
    drawn = {c.stem.id: c.stem for c in chords if c.stem is not None}
    return NotationGraph(
        page_index, tuple(staves), tuple(systems), tuple(symbols), (*kept, *curves, *drawn.values(), *mended_beams),
        tuple(dict.fromkeys(edges)), staff_of,
    )


def _fits(symbol: Symbol, space: float) -> bool:
    """Whether a symbol has a height that its shape can have."""
    low, high = _HEIGHTS.get(symbol.name, (0.0, math.inf))
    return low * space <= symbol.box.height <= high * space


def _without_twins(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Like symbols that lie on one another (a unison of two voices, one head found twice) are one: the surer one."""
    kept: dict[int, Symbol] = {}
    recent: list[Symbol] = []
    for symbol in sorted(symbols, key=lambda s: (s.box.left, -s.score)):
        recent = [r for r in recent if r.box.right > symbol.box.left]
        twin = next((r for r in recent if r.name == symbol.name and r.box.iou(symbol.box) > 0.55), None)
        if twin is not None and twin.score >= symbol.score:
            continue
        if twin is not None:
            del kept[twin.id]
            recent.remove(twin)
        kept[symbol.id] = symbol
        recent.append(symbol)
    return list(kept.values())


def _keep_carried(chord: stems.Chord, staff_of: dict[int, int]) -> bool:
    """Drop a chord's heads without a staff; whether any is left."""
    chord.heads = [h for h in chord.heads if h.id in staff_of]
    return bool(chord.heads)


def _inside(part: Symbol, whole: Symbol) -> bool:
    row, col = part.box.center
    box = whole.box
    return whole.score >= 0.8 * part.score and box.top < row < box.bottom and box.left < col < box.right


def _between_lines(rest: Symbol, staff: Staff) -> bool:
    """Whether a breve's rest fills a space, as it has to: a digit of its size may stand anywhere."""
    off = (staff.position(*rest.box.center) - 1) % 2  # positions of spaces are odd
    return min(off, 2 - off) < 0.5


def _on_beam(rest: Symbol, beams: Sequence[Stroke], space: float) -> bool:
    """Whether a whole or half rest is really a piece of a beam."""
    if rest.name not in ("restWhole", "restHalf"):
        return False
    row, col = rest.box.center
    return any(
        b.box.left - 0.3 * space < col < b.box.right + 0.3 * space and abs(stems.row_at(b, col) - row) < 0.8 * space
        for b in beams
    )


def _in_reach(symbol: Symbol, staff: Staff) -> bool:
    """Whether a symbol stands where its kind can: rests near their staff, time signatures in its halves."""
    position = abs(staff.position(*symbol.box.center))
    if symbol.name in RESTS:
        return position < 10
    if symbol.name.startswith("timeSig"):
        return position < 3.2
    if symbol.name in signatures.CLEFS:
        return position < 5
    return True


def _settle_staff(chord: stems.Chord, staff_of: dict[int, int], placing: Placing) -> None:
    """Heads far outside the staves follow the heads on their stem that stand inside one."""
    inside: dict[int, int] = {}
    for head in chord.heads:
        staff = placing.staves[staff_of[head.id]]
        if abs(staff.position(*head.box.center)) <= 5.5:
            inside[staff.index] = inside.get(staff.index, 0) + 1
    if len(inside) != 1:
        return
    home = next(iter(inside))
    for head in chord.heads:
        position = placing.staves[home].position(*head.box.center)
        if abs(position) < 9.5 and abs(placing.staves[staff_of[head.id]].position(*head.box.center)) > 5.5:
            staff_of[head.id] = home


def _attachments(
    placing: Placing, symbols: Sequence[Symbol], of_kind: dict[str, list[Stroke]], chords: list[stems.Chord],
    beams: Sequence[Stroke], curves: Sequence[Stroke], staff_of: dict[int, int],
) -> list[Edge]:
    space = placing.space_px
    ordered = [(h, i) for i, c in enumerate(chords) for h in c.heads]
    unique = {h.id: (h, i) for h, i in ordered}
    heads = attach.Targets([h for h, _ in unique.values()], staff_of)
    columns = np.array([i for _, i in unique.values()])
    rests = attach.Targets([s for s in symbols if s.name in RESTS], staff_of)
    barlines = of_kind.get("barline", [])
    edges: list[Edge] = []

    keys = signatures.find_keys(placing, symbols, heads.symbols, _barline_cols(placing, barlines), staff_of)
    for group in [*keys, *signatures.find_times(placing, symbols, staff_of)]:
        kind = "time" if group[0].name.startswith("timeSig") else "key"
        edges.extend(Edge(group[0].id, member.id, kind) for member in group)  # type: ignore[arg-type]
    in_key = {a.id for run in keys for a in run}
    marks = [s for s in symbols if s.name.startswith("accidental") and "Parens" not in s.name and s.id not in in_key]
    ornaments = [s for s in symbols if s.name.startswith("ornament")]
    over = list(signs.ornament_accidentals(marks, ornaments, space))
    edges.extend(over)
    taken = {e.child for e in over}
    edges.extend(attach.accidentals(placing, [m for m in marks if m.id not in taken], heads))
    edges.extend(signs.parentheses(marks, [s for s in symbols if "Parens" in s.name], space))

    dots = [s for s in symbols if s.name in attach.DOTS]
    repeats = list(attach.repeat_dots(placing, [d for d in dots if d.name != "articStaccato"], barlines))
    edges.extend(repeats)
    used = {e.child for e in repeats}
    free = [d for d in dots if d.id not in used and d.name != "articStaccato"]
    dotted = list(attach.augmentation_dots(placing, free, heads, rests))
    edges.extend(dotted)
    used |= {e.child for e in dotted}
    whole = signs.whole_chords(chords, staff_of, space)
    hung = [s for s in symbols if s.name in signs.ELEMENTS and s.id not in used]
    edges.extend(signs.articulations(placing, hung, whole, rests, staff_of))
    wavy = signs.wavy_curves(curves, ornaments, space)
    edges.extend(signs.trills(placing, [*(s for s in symbols if s.name == "wiggleTrill"), *wavy], whole, staff_of))
    edges.extend(signs.fingerings(placing, [s for s in symbols if s.name.startswith("fingering")], whole, staff_of))
    edges.extend(signs.tremolos(placing, [s for s in symbols if s.name.startswith("tremolo")], whole, beams))
    edges.extend(signs.arpeggios(placing, [s for s in symbols if s.name == "arpeggiato"], heads))
    edges.extend(signs.tremolo_pairs(placing, whole, beams))

    edges.extend(ties_and_slurs(placing, [c for c in curves if c not in wavy], heads, columns))
    digits = [s for s in symbols if s.name.startswith("tuplet")]
    edges.extend(attach.tuplets(placing, digits, of_kind.get("bracket", []), chords, rests, staff_of))
    edges.extend(attach.graces(chords, staff_of, space))
    return edges


def _barline_cols(placing: Placing, barlines: Sequence[Stroke]) -> dict[int, list[float]]:
    """Columns of the barlines that cross each staff, by staff index."""
    found: dict[int, list[float]] = {s.index: [] for s in placing.staves}
    for barline in barlines:
        (r0, c0), (r1, c1) = barline.points[0], barline.points[-1]
        col = (c0 + c1) / 2
        for staff in placing.staves:
            middle = staff.row(0, col)
            if r0 < middle < r1 and staff.left - placing.space_px < col < staff.right + placing.space_px:
                found[staff.index].append(col)
    return found
