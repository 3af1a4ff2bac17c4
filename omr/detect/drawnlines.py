"""Decides what the lines, curves and shapes of a drawn page are: stems, beams, barlines, slurs and so on.

A program draws them all in the same way. What each one is follows from its place: a stem has a notehead at its side, a
ledger line crosses or carries a notehead, a barline goes from staff line to staff line, a beam ends at stems. All
lengths are in pixels of a normalised page, unless said otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from omr.detect.drawnbeams import T as BEAM
from omr.detect.drawnbeams import (
    is_between,
    is_between_wholes,
    lengthened,
    may_be_beam,
    meets,
    stemless,
    tremolo_strokes,
    with_whole_beams,
)
from omr.detect.drawncurves import T as CURVE
from omr.detect.drawncurves import lens, piled, stroke_of
from omr.detect.pieces import Curve, Line, Ruled, Shape, around
from omr.page.vectors import Edges
from omr.types import SPACE_PX, StrokeKind
from omr.types.table import table


@table
class DrawnLineLimits:
    """Lengths are in staff spaces. Rules of thumb of engraving, after looking at pages of eight programs."""

    beside_head: float = 0.22
    """Greatest distance of a stem's middle from the side of its notehead."""
    at_line: float = 0.35
    """Greatest distance of a barline's end from the staff line at which it ends."""
    least_bar: float = 1.4
    """A line without a notehead, from one staff line to another, is a barline if it has this length. Some scores divide
    verses by strokes through two spaces."""
    outside: float = 1.5
    """How far right of its staves a barline may be ..."""
    outside_left: float = 0.5
    """... and how far left of them. Brackets are farther left; LilyPond's are 0.9 and more away."""
    ledger: tuple[float, float] = (0.7, 5.2)
    """Least and greatest length of a ledger line. The longest carry a second of two whole notes."""
    off_ledger: float = 0.18
    """Greatest distance of a ledger line from where a further staff line would be."""
    over_head: float = 0.1
    """Shortest piece of a ledger line beyond its notehead, on each side."""
    at_ledger: float = 0.85
    """Greatest distance of a notehead from the outermost of its ledger lines."""
    slash: tuple[float, float] = (0.7, 3.0)
    """Least and greatest length of the slash through a grace note's stem."""
    hairpin: float = 1.2
    """Length of the shortest hairpin."""
    tip: float = 0.35
    """Greatest distance between the points at which the two lines of a hairpin begin, or end."""
    open_tip: float = 0.9
    """Greatest distance between them where they meet. Those that go on from another system do not quite meet."""
    mouth: float = 2.6
    """Greatest distance between them where the hairpin is open."""
    brace: float = 3.0
    """Least height of a brace or bracket."""
    beside_staff: float = 6.0
    """How far left of its staves a brace or bracket may be."""
    straight: float = 0.8
    """Least part of a bracket's height over which its left edge is straight. Braces are round."""
    tips: float = 2.0
    """How far right of the staves' left end the tip of a bracket may reach."""
    wing: float = 2.5
    """Greatest width and height of the wings of a repeat sign."""
    text_gap: float = 1.2
    """Greatest distance of a line after a syllable from its last letter."""
    thin: float = 0.35
    """Lines are thinner than this; beams and the bars of multi-measure rests are thicker."""
    near: float = 0.3
    """Greatest distance between two things that meet."""
    least_stem: float = 0.8
    """Length of the shortest stem."""
    beamed_stem: float = 1.5
    """The same for a stem that is known only by its beam."""
    long_rest: float = 2.0
    """Length of the shortest bar of a multi-measure rest ..."""
    thick_rest: float = 1.4
    """... and its greatest thickness."""
    hook: float = 6.0
    """Length of the longest hook at a bracket's end. Voltas have long ones."""
    hook_end: float = 0.5
    """Greatest vertical distance of a hook from its bracket, and of a slash from the end of its stem."""
    highest_ledger: float = 14.0
    """Greatest distance of a notehead from a ledger line that it needs."""
    least_line: float = 0.5
    """Length of the shortest piece of a bracket."""
    longest_dashed: float = 8.0
    """Longer dashed lines are octave lines, not text."""
    hyphen: float = 1.6
    """Length of the longest hyphen."""
    syllables: float = 40.0
    """Greatest distance of a hyphen from the syllables that it joins."""
    last_hyphen: float = 6.0
    """The same from the last syllable of a line, whose word goes on in the next line."""
    same_bar: float = 0.15
    """Greatest sideways distance between two pieces of one barline."""
    opens: float = 0.15
    """Least difference between a hairpin's open end and its tip."""


T = DrawnLineLimits()
S = SPACE_PX


@dataclass
class Strokes:
    """What was made of the lines of a page.

    strokes: with their points (x, y).
    symbols: by class and edges.
    slashes: strokes through stems.
    loose: thin lines that belong to nothing.
    rest: everything that is none of these.
    """

    strokes: list[tuple[StrokeKind, list[tuple[float, float]], float]] = field(default_factory=list)
    symbols: list[tuple[str, Edges]] = field(default_factory=list)
    dashes: list[Line] = field(default_factory=list)
    loose: list[Line] = field(default_factory=list)
    slashes: list[Edges] = field(default_factory=list)
    rest: list[Edges] = field(default_factory=list)

    def add(self, kind: StrokeKind, line: Line) -> None:
        """Add a straight stroke."""
        self.strokes.append((kind, [line.a, line.b], line.thickness))


class LineReader:
    """Reads the lines of a page. staves: its staves of five lines. heads, letters: (N, 4) edges of noteheads and of
    letters."""

    def __init__(self, staves: Sequence[Ruled], heads: np.ndarray, letters: np.ndarray):
        self.staves = staves
        self.heads, self.letters = heads.reshape(-1, 4), letters.reshape(-1, 4)
        self.out = Strokes()
        self._rows = np.array([[s.rows[0], s.rows[-1]] for s in staves]).reshape(-1, 2)
        self._sides = np.array([[s.left, s.right] for s in staves]).reshape(-1, 2)

    def read(self, lines: Sequence[Line], curves: Sequence[Curve], shapes: Sequence[Shape]) -> Strokes:
        """All strokes of the page. The lines of its staves are not among `lines`."""
        upright = [line for line in lines if line.is_upright and not _is_slanted(line)]
        across = [line for line in lines if not line.is_upright or _is_slanted(line)]
        stems, rest = self._stems(upright)
        stems, rest = self._with_beams(stems, rest, across)
        stems, rest = lengthened(stems, rest)
        across = self._beams(with_whole_beams(across), stems)
        bars, rest = self._barlines(rest)
        for stem in stems:
            self.out.add("stem", stem)
        for bar in _joined(bars):
            self.out.add("barline", bar)
        across = self._long_rests(across, rest)
        across = self._slashes(self._ledgers(across, rest), stems)
        across = self._hairpins(across)
        self._level(across, rest)
        self._curved(curves, shapes)
        return self.out

    # ---- upright ---------------------------------------------------------------------------------------------

    def _stems(self, upright: Sequence[Line]) -> tuple[list[Line], list[Line]]:
        """The lines that have a notehead at their side, and all others."""
        stems: list[Line] = []
        rest: list[Line] = []
        for line in upright:
            thin = line.thickness < T.thin * S and line.length > T.least_stem * S
            (stems if thin and self._has_head(line) else rest).append(line)
        return stems, rest

    def _has_head(self, line: Line) -> bool:
        if not len(self.heads):
            return False
        x, top, bottom = (line.a[0] + line.b[0]) / 2, line.a[1], line.b[1]
        beside = (np.abs(self.heads[:, [0, 2]] - x) < T.beside_head * S + line.thickness / 2).any(axis=1)
        # noteheads of slash notation are tall
        reach = BEAM.at_head * S + np.maximum(self.heads[:, 3] - self.heads[:, 1] - S, 0) / 2
        middle = (self.heads[:, 1] + self.heads[:, 3]) / 2
        near = (middle > top - reach) & (middle < bottom + reach)
        return bool((beside & near).any())

    def _with_beams(self, stems: list[Line], rest: list[Line], across: Sequence[Line]) -> tuple[list[Line], list[Line]]:
        """Find further stems by the beam at their end. Their noteheads are of an unknown kind, or on another page."""
        thick = [line for line in across if may_be_beam(line)]
        more = [line for line in rest if line.thickness < T.thin * S and line.length > T.beamed_stem * S
                and any(meets(line, beam) for beam in thick) and not self._is_bar(line)]
        return [*stems, *more], [line for line in rest if line not in more]

    def _is_bar(self, line: Line) -> bool:
        """Whether a line goes from staff line to staff line."""
        if not len(self.staves) or line.length < T.least_bar * S:
            return False
        x = (line.a[0] + line.b[0]) / 2
        beside = (self._sides[:, 0] - T.outside_left * S < x) & (x < self._sides[:, 1] + T.outside * S)
        rows = self._rows[beside]
        near = np.abs(rows[:, None, :] - np.array([line.a[1], line.b[1]])[None, :, None]) < T.at_line * S + 0.5
        if near.any(axis=(0, 2)).all():
            return True
        lines = [row for staff, is_beside in zip(self.staves, beside, strict=True) if is_beside for row in staff.rows]
        return all(min((abs(row - end) for row in lines), default=S) < T.at_line * S for end in (line.a[1], line.b[1]))

    def _barlines(self, rest: Sequence[Line]) -> tuple[list[Line], list[Line]]:
        """Take the barlines, whole or in pieces that meet between two staves. Returns all other lines, too."""
        bars = [line for line in rest if self._is_bar(line)]
        left = [line for line in rest if line not in bars]
        wholes = [line for line in _joined(left) if line not in left and self._is_bar(line)]
        return [*bars, *wholes], [line for line in left if not any(_is_piece(line, whole) for whole in wholes)]

    # ---- across ----------------------------------------------------------------------------------------------

    def _beams(self, across: Sequence[Line], stems: Sequence[Line]) -> list[Line]:
        """Take the beams and tremolos. Returns all other lines."""
        at = np.array([(s.a[0], s.a[1], s.b[1]) for s in stems]).reshape(-1, 3)
        wholes = stemless(self.heads, at)
        rest: list[Line] = []
        strokes: list[tuple[float, Line]] = []
        for line in across:
            if not may_be_beam(line):
                rest.append(line)
                continue
            left, right = line.a[0], line.b[0]
            share = np.clip((at[:, 0] - left) / max(right - left, 1e-6), 0, 1)
            row = line.a[1] + share * (line.b[1] - line.a[1])
            reach = line.thickness / 2 + BEAM.at_beam * S
            meeting = (at[:, 0] > left - BEAM.at_beam * S) & (at[:, 0] < right + BEAM.at_beam * S)
            meeting &= (row > at[:, 1] - reach) & (row < at[:, 2] + reach)
            stands = at[meeting, 0]
            if self._is_thick_ledger(line, stands):
                rest.append(line)
                continue
            inside = (stands > left + 0.3 * (right - left)) & (stands < right - 0.3 * (right - left))
            if len(stands) == 1 and inside.all() and line.length < BEAM.tremolo * S:
                strokes.append((float(stands[0]), line))
            elif len(stands) or is_between(line, at) or is_between_wholes(line, wholes):
                self.out.add("beam", line)
            elif line.is_level and line.is_filled or not line.is_filled:
                rest.append(line)
            else:
                strokes.append(((left + right) / 2, line))
        for pile in tremolo_strokes(strokes):
            whole = around([stroke.edges for stroke in pile])
            if len(pile) <= 3:
                self.out.symbols.append((f"tremolo{len(pile)}", whole))
            else:
                self.out.rest.append(whole)
        return rest

    def _long_rests(self, across: Sequence[Line], upright: list[Line]) -> list[Line]:
        """Take the thick bars of multi-measure rests, with the lines at their ends."""
        rest = []
        for line in across:
            staff = self._staff_at(line)
            is_thick = T.thin * S < line.thickness < T.thick_rest * S
            is_long = line.is_level and line.length >= T.long_rest * S and is_thick
            if staff is None or not is_long or abs(line.a[1] - (staff.rows[0] + staff.rows[-1]) / 2) > T.near * S:
                rest.append(line)
                continue
            ends = [v for v in upright if v.a[1] < line.a[1] < v.b[1]
                    and min(abs(v.a[0] - line.a[0]), abs(v.a[0] - line.b[0])) < T.hook_end * S]
            for end in ends:
                upright.remove(end)
            self.out.symbols.append(("restHBar", around([piece.edges for piece in (line, *ends)])))
        return rest

    def _staff_at(self, line: Line) -> Ruled | None:
        """The staff within whose lines the middle of a line is."""
        x, y = (line.a[0] + line.b[0]) / 2, (line.a[1] + line.b[1]) / 2
        return next((s for s in self.staves if s.left < x < s.right and s.rows[0] - 2 < y < s.rows[-1] + 2), None)

    def _ledgers(self, across: Sequence[Line], upright: Sequence[Line]) -> list[Line]:
        """Take the ledger lines. Returns all others.

        Pieces of brackets may be in the same rows, but they have hooks. So may hyphens over a notehead of the next
        staff. But ledger lines begin at their staff, and leave out none.
        """
        places = sorted(((abs(step), staff, step, line) for line in across for staff, step in self._ledger_places(line)
                         if not any(_is_hook(hook, line) for hook in upright)), key=lambda place: place[:3])
        taken: dict[tuple[int, int], list[Line]] = defaultdict(list)
        for away, staff, step, line in places:
            inner = taken[staff, step - step // away]
            if away == 1 or any(other.a[0] < line.b[0] and other.b[0] > line.a[0] for other in inner):
                taken[staff, step].append(line)
        gone = {id(line) for own in taken.values() for line in own}
        for line in across:
            if id(line) in gone:
                self.out.add("ledgerLine", line)
        return [line for line in across if id(line) not in gone]

    def _slashes(self, across: Sequence[Line], stems: Sequence[Line]) -> list[Line]:
        """Take the slashes through the stems of grace notes. Returns all other lines."""
        rest: list[Line] = []
        for line in across:
            dx, dy = abs(line.b[0] - line.a[0]), abs(line.b[1] - line.a[1])
            x, y = (line.a[0] + line.b[0]) / 2, (line.a[1] + line.b[1]) / 2
            is_slash = 0.3 * dx < dy and T.slash[0] * S < line.length < T.slash[1] * S and any(
                abs(stem.a[0] - x) < line.length / 2 and stem.a[1] - T.hook_end * S < y < stem.b[1] for stem in stems)
            if is_slash:
                self.out.slashes.append(line.edges)
            else:
                rest.append(line)
        return rest

    def _ledger_places(self, line: Line) -> list[tuple[int, int]]:
        """Where a line may be a ledger line: index of the staff, and how many spaces below it (negative: above it)."""
        if not line.is_level or line.thickness > T.thin * S or not T.ledger[0] * S < line.length < T.ledger[1] * S:
            return []
        x, y = (line.a[0] + line.b[0]) / 2, line.a[1]
        places = []
        for number, staff in enumerate(self.staves):
            if not staff.left - S < x < staff.right + S:
                continue
            out = staff.rows[0] - y if y < staff.rows[0] else y - staff.rows[-1]
            steps = out / staff.space
            if 0.5 < steps < 14 and abs(steps - round(steps)) < T.off_ledger:
                over = (self.heads[:, 0] < line.b[0]) & (self.heads[:, 2] > line.a[0])
                middle = (self.heads[:, 1] + self.heads[:, 3]) / 2
                beyond = middle < y + T.at_ledger * S if y < staff.rows[0] else middle > y - T.at_ledger * S
                near = np.abs(middle - y) < T.highest_ledger * S
                if (over & beyond & near).any():
                    places.append((number, round(steps) if y > staff.rows[-1] else -round(steps)))
        return places

    def _is_thick_ledger(self, line: Line, stems: np.ndarray) -> bool:
        """Whether a line as thick as a thin beam is a ledger line. It reaches beyond a notehead on both sides, and
        beyond the stems that cross it, whereas a beam ends at stems. stems: (N,), columns of the stems that meet it."""
        over = T.over_head * S
        left, right = line.a[0] + over, line.b[0] - over
        inside = ((stems > left) & (stems < right)).all()
        reached = ((self.heads[:, 0] > left) & (self.heads[:, 2] < right)).any()
        return bool(inside and reached and self._ledger_places(line))

    def _hairpins(self, across: Sequence[Line]) -> list[Line]:
        """Take pairs of lines that begin or end in one point, which are hairpins. Returns all others."""
        sloped = [line for line in across if not line.is_level and line.length > T.hairpin * S
                  and line.thickness < T.thin * S]
        taken: set[int] = set()
        for i, first in enumerate(sloped):
            for j in range(i + 1, len(sloped)):
                second = sloped[j]
                if i in taken or j in taken or not _is_hairpin(first, second):
                    continue
                taken |= {i, j}
                self.out.add("hairpin", first)
                self.out.add("hairpin", second)
        gone = {id(sloped[i]) for i in taken}
        return [line for line in across if id(line) not in gone]

    def _level(self, across: Sequence[Line], upright: Sequence[Line]) -> None:
        """Sort the remaining horizontal lines, and the hooks at their ends: dashes in text, or brackets."""
        hooks = [line for line in upright if line.length < T.hook * S and not self._is_beside_staves(line.edges)]
        for line in across:
            if not any(_is_hook(hook, line) for hook in hooks) and self._is_of_text(line):
                self.out.dashes.append(line)
            elif line.thickness < T.thin * S and line.length > T.least_line * S:
                self.out.add("bracket", line)
            else:
                self._leave(line)
        kept = [line for line in across if line not in self.out.dashes]
        for line in upright:
            if self._is_beside_staves(line.edges):
                self.out.add("bracket", line)
                continue
            if line in hooks and any(_is_hook(line, other) for other in kept):
                self.out.add("bracket", line)
            else:
                self._leave(line)

    def _leave(self, line: Line) -> None:
        """Put a line aside that belongs to nothing."""
        if line.thickness < T.thin * S:
            self.out.loose.append(line)
        else:
            self.out.rest.append(line.edges)

    def _is_of_text(self, line: Line) -> bool:
        """Whether a line is a hyphen between letters, or a line after letters."""
        if not line.is_level or not len(self.letters) or line.is_dashed and line.length > T.longest_dashed * S:
            return False
        left, y = line.a[0], line.a[1]
        same_row = (self.letters[:, 1] - T.near * S < y) & (y < self.letters[:, 3] + T.near * S)
        ends = self.letters[:, 2]
        if line.length < T.hyphen * S:
            before = same_row & (ends < left + T.near * S) & (ends > left - T.syllables * S)
            ahead = self.letters[:, 0] - line.b[0]
            after = same_row & (ahead > -T.near * S) & (ahead < T.syllables * S)
            return bool(before.any() and after.any() or (before & (ends > left - T.last_hyphen * S)).any())
        near = same_row & (np.abs(ends - left) < T.text_gap * S)
        low = y > (self.letters[:, 1] + self.letters[:, 3]) / 2
        return bool((near & low).any())

    def is_left(self, edges: Edges) -> bool:
        """Whether a small mark is to the left of the staves, where brackets have their tips."""
        beside = (self._sides[:, 0] > edges[2] - T.tips * S) & (self._sides[:, 0] - edges[0] < T.beside_staff * S)
        near = np.abs(self._rows - (edges[1] + edges[3]) / 2) < T.tips * S
        return bool((beside[:, None] & near).any())

    def is_wing(self, edges: Edges) -> bool:
        """Whether a small mark is at the end of a barline, where repeat signs have wings."""
        left, top, right, bottom = edges
        near = T.near * S
        return max(right - left, bottom - top) < T.wing * S and any(
            left - near < x < right + near and top - near < y < bottom + near
            for kind, points, _ in self.out.strokes if kind == "barline" for x, y in points)

    def _is_beside_staves(self, edges: Edges) -> bool:
        """Whether something is to the left of staves, where braces and brackets are."""
        if edges[3] - edges[1] < T.brace * S or not len(self.staves):
            return False
        beside = (self._sides[:, 0] > edges[2] - T.near * S) & (self._sides[:, 0] - edges[0] < T.beside_staff * S)
        over = (self._rows[:, 0] < edges[3]) & (self._rows[:, 1] > edges[1])
        return bool((beside & over).any())

    def _is_half_bracket(self, shape: Shape) -> bool:
        """Whether a shape is a bracket, or half a bracket with a tip that reaches over the staves: it is straight on
        its left."""
        left, top, _, bottom = shape.edges
        beside = (self._sides[:, 0] > left) & (self._sides[:, 0] - left < T.beside_staff * S)
        over = (self._rows[:, 0] < bottom) & (self._rows[:, 1] > top)
        if bottom - top < T.brace * S or not (beside & over).any():
            return False
        edges = [(a, b) for c in shape.contours for a, b in zip(c, np.roll(c, -1, axis=0), strict=True)]
        straight = max((abs(a[1] - b[1]) for a, b in edges if max(a[0], b[0]) < left + T.near * S / 2), default=0)
        return bool(straight > T.straight * (bottom - top))

    # ---- curves ----------------------------------------------------------------------------------------------

    def _curved(self, curves: Sequence[Curve], shapes: Sequence[Shape]) -> None:
        """Take slurs, ties and braces."""
        braces: list[Edges] = []
        brackets = [shape.edges for shape in shapes if self._is_half_bracket(shape)]
        shapes = [shape for shape in shapes if shape.edges not in brackets]
        for left, top, _, bottom in piled(brackets):
            self.out.strokes.append(("bracket", [(left, top), (left, bottom)], 1.0))
        for curve in curves:
            (left, top), (right, bottom) = curve.points.min(axis=0).tolist(), curve.points.max(axis=0).tolist()
            half = curve.thickness / 2
            if self._is_beside_staves((left, top, right, bottom)) and bottom - top > 2 * (right - left):
                braces.append((left - half, top, right + half, bottom))
            elif right - left > CURVE.shortest * S and len(curve.points) > 2:
                self.out.strokes.append(stroke_of(curve.points, curve.thickness))
            else:
                self.out.rest.append((left - half, top - half, right + half, bottom + half))
        for shape in shapes:
            middle = lens(shape)
            if self._is_beside_staves(shape.edges) and shape.edges[3] - shape.edges[1] > 2.5 * (
                    shape.edges[2] - shape.edges[0]):
                braces.append(shape.edges)
            elif middle is not None:
                self.out.strokes.append(stroke_of(*middle))
            else:
                self.out.rest.append(shape.edges)
        for edges in piled(braces):
            if edges[2] - edges[0] > T.near * S:
                self.out.symbols.append(("brace", edges))

def _is_slanted(line: Line) -> bool:
    """Whether a line goes up or down about as much as across."""
    return abs(line.b[1] - line.a[1]) < 2.5 * abs(line.b[0] - line.a[0])


def _is_hook(upright: Line, line: Line) -> bool:
    """Whether a vertical line is at one of a line's ends."""
    return any(abs(hook[0] - end[0]) < T.near * S and abs(hook[1] - end[1]) < T.hook_end * S
               for end in (line.a, line.b) for hook in (upright.a, upright.b))


def _joined(bars: Sequence[Line]) -> list[Line]:
    """Join barlines that go on in one column."""
    joined: list[Line] = []
    for bar in sorted(bars, key=lambda b: (b.a[1], b.a[0])):
        for i, above in enumerate(joined):
            same = abs(above.a[0] - bar.a[0]) < T.same_bar * S and abs(above.thickness - bar.thickness) < T.near * S
            if same and bar.a[1] < above.b[1] + T.near * S:
                joined[i] = Line(above.a, max(above.b, bar.b, key=lambda p: p[1]), above.thickness, above.path,
                                 above.is_filled, above.is_dashed)
                break
        else:
            joined.append(bar)
    return joined


def _is_piece(line: Line, whole: Line) -> bool:
    """Whether a vertical line is a part of a longer one."""
    return (abs(line.a[0] - whole.a[0]) < T.same_bar * S and whole.a[1] - T.near * S < line.a[1]
            and line.b[1] < whole.b[1] + T.near * S)


def _is_hairpin(first: Line, second: Line) -> bool:
    """Whether two lines begin, or end, in one point."""
    if abs(first.a[0] - second.a[0]) > T.tip * S or abs(first.b[0] - second.b[0]) > T.tip * S:
        return False
    left, right = abs(first.a[1] - second.a[1]), abs(first.b[1] - second.b[1])
    tip, mouth = sorted((left, right))
    return tip < T.open_tip * S and mouth < T.mouth * S and mouth > tip + T.opens * S


