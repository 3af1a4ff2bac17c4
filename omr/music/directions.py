"""What is written at a time but is neither note nor rest: dynamics, pedal, segno, and lines that last: hairpins and
octave lines, over the ends of systems too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from omr.music.bars import Bar
from omr.music.events import TICKS
from omr.music.rhythm import Reading
from omr.types import SPACE_PX, Box, Direction, Measure, NotationGraph, Places, Staff, StaffKey, Stroke, Symbol

DYNAMICS = frozenset((
    "p", "pp", "ppp", "pppp", "ppppp", "pppppp", "f", "ff", "fff", "ffff", "fffff", "ffffff", "mp", "mf", "sf", "sfp",
    "sfpp", "fp", "rf", "rfz", "sfz", "sffz", "fz", "pf", "sfzp",
))
"""Dynamics that MusicXML has an element for."""
_SIGNS = {"segno": "segno", "coda": "coda", "keyboardPedalPed": "pedal-start", "keyboardPedalUp": "pedal-stop"}
_JUMPS: tuple[tuple[str, dict[str, str]], ...] = (
    (r"d\.?\s*c\b\.?|da\s+capo", {"dacapo": "yes"}),
    (r"d\.?\s*s\b\.?|dal\s+segno", {"dalsegno": "segno"}),
    (r"(to|al)\s+coda", {"tocoda": "coda"}),
    (r"fine", {"fine": "yes"}),
)
EDGE = 4.0
"""A line that ends within so many spaces of its system's right end may go on in the next."""
ARMS = 3.0
"""How far apart (spaces) the two lines of a hairpin may be at its open end."""
UNDECIDED = 1.5
"""What is so much (spaces) nearer to one staff than to another may still belong to the other."""
DASH = 7.0
"""The longest gap (spaces) between the dashes of an octave line that were found."""
OCTAVES = {"8va": 1, "8vb": -1, "15ma": 2, "15mb": -2}
"""What an octave line says, in octaves."""


def jump_of(words: str) -> dict[str, str]:
    """The `<sound>` attributes of words that send the player elsewhere ("D.C. al Fine", "Dal Segno", "To Coda",
    "Fine"); none for all other words. What begins the words decides: "D.C. al Fine" jumps, "Fine" ends."""
    for pattern, sound in _JUMPS:
        if re.match(rf"({pattern})(?![a-z])", words.strip(), re.IGNORECASE):
            return sound
    return {}


@dataclass(frozen=True)
class Line:
    """A hairpin or octave line on one system: columns left to right, pixels. kind, text: those of the direction that
    begins it. begins, ends: whether it does so here, not on a neighbouring system."""

    page: int
    staff: int
    kind: str
    text: str
    placement: Literal["above", "below"]
    left: float
    right: float
    begins: bool = True
    ends: bool = True


def find_lines(graphs: Sequence[NotationGraph], place_of: Places) -> list[Line]:
    """The lines of all pages; those that go on from a system's end to the next one's beginning are joined.
    place_of: (page, staff) -> (part, staff of it)."""
    found: list[Line] = []
    waiting: dict[tuple[int, int], int] = {}  # where the last system's line reaches its end: its place in `found`
    for graph in graphs:
        lines = [*_hairpins(graph), *_octave_lines(graph)]
        for system in graph.systems:
            going: dict[tuple[int, int], int] = {}
            for staff in (graph.staves[s] for s in system.staves):
                place = place_of.get(StaffKey(graph.page, staff.index), (-1, staff.index))
                heads = [s.box for s in graph.symbols
                         if s.name.startswith("notehead") and graph.staff_of.get(s.id) == staff.index]
                first = min((h.right for h in heads), default=staff.right)
                for line in sorted((n for n in lines if n.staff == staff.index), key=lambda n: n.left):
                    before = waiting.pop(place, None)
                    if (before is not None and line.left < first and found[before].kind == line.kind
                            and found[before].text == line.text):
                        found[before] = replace(found[before], ends=False)
                        line = replace(line, begins=False)
                    found.append(line)
                    if line.right > staff.right - EDGE * staff.space_px:
                        going[place] = len(found) - 1
            waiting = going
    return found


# ---- hairpins --------------------------------------------------------------------------------------------------


def _hairpins(graph: NotationGraph) -> Iterator[Line]:
    """Two lines that draw together, to the left (crescendo) or to the right."""
    strokes = sorted((_rightwards(s) for s in graph.strokes if s.kind == "hairpin"), key=lambda s: s.points[0][1])
    if not strokes or not graph.staves:
        return
    space = graph.space_px
    free, sides = list(strokes), Sides(graph)
    for a in strokes:
        if a not in free:
            continue
        pairs = [(cost, b) for b in free if b is not a and (cost := _apart(a, b, space)) is not None]
        if not pairs:
            continue
        b = min(pairs, key=lambda p: p[0])[1]
        free = [s for s in free if s is not a and s is not b]
        start, end = max(a.points[0][1], b.points[0][1]), min(a.points[-1][1], b.points[-1][1])
        opening = abs(_row(a, end) - _row(b, end)) > abs(_row(a, start) - _row(b, start))
        left, right = min(a.points[0][1], b.points[0][1]), max(a.points[-1][1], b.points[-1][1])
        row = (_row(a, (start + end) / 2) + _row(b, (start + end) / 2)) / 2
        staff, placement = sides.of(row, (left + right) / 2)
        if staff is not None:
            kind = "wedge-crescendo" if opening else "wedge-diminuendo"
            yield Line(graph.page, staff, kind, "", placement, left, right)


def _apart(a: Stroke, b: Stroke, space: float) -> float | None:
    """How badly two strokes make a hairpin, None if not at all: they overlap, meet or nearly so at one end, and draw
    apart evenly."""
    start, end = max(a.points[0][1], b.points[0][1]), min(a.points[-1][1], b.points[-1][1])
    shorter = min(s.points[-1][1] - s.points[0][1] for s in (a, b))
    if end - start < 0.6 * shorter or end - start < 0.5 * space:
        return None
    gaps = sorted(abs(_row(a, c) - _row(b, c)) / space for c in (start, end))
    if gaps[1] > ARMS or gaps[1] - gaps[0] < 0.1:
        return None
    return gaps[0] + 0.1 * abs(a.points[0][1] - b.points[0][1]) / space + 0.1 * abs(
        a.points[-1][1] - b.points[-1][1]) / space


def _row(stroke: Stroke, col: float) -> float:
    (r0, c0), (r1, c1) = stroke.points[0], stroke.points[-1]
    return r0 + (r1 - r0) * (col - c0) / max(c1 - c0, 1.0)


def _rightwards(stroke: Stroke) -> Stroke:
    return stroke if stroke.points[0][1] <= stroke.points[-1][1] else replace(stroke, points=stroke.points[::-1])


class Sides:
    """Which staff something written between staves belongs to: the upper of a brace, otherwise the nearest, and
    where both are about as near the one on whose side the page writes: dynamics stand under the last staff of its
    systems, or over the first."""

    def __init__(self, graph: NotationGraph):
        self.staves = graph.staves
        self.system_of = {i: s for s in graph.systems for i in s.staves}
        places = [s.box.center for s in graph.symbols if s.name.startswith("dynamic")]
        places += [s.box.center for s in graph.strokes if s.kind == "hairpin"]
        under = 0
        for place in places:
            staff = self._nearest(*place)
            if staff is not None and staff.index in self.system_of:
                own = self.system_of[staff.index].staves
                over = place[0] < staff.row(0, place[1])
                under += (staff.index == own[-1] and not over) - (staff.index == own[0] and over)
        self.under = under >= 0

    def of(self, row: float, col: float) -> tuple[int | None, Literal["above", "below"]]:
        """(staff, side of it) of what is written at a place; None far from all staves."""
        staff = self._nearest(row, col)
        if staff is None:
            return None, "below"
        above = row < staff.row(0, col)
        system = self.system_of.get(staff.index)
        if system is None:
            return staff.index, "above" if above else "below"
        brace = next((b for b in system.braces if staff.index in b), ())
        if above and staff.index in brace[1:]:
            return brace[brace.index(staff.index) - 1], "below"
        at = system.staves.index(staff.index) + (-1 if above else 1)
        if above == self.under and 0 <= at < len(system.staves) and system.staves[at] not in brace:
            other = self.staves[system.staves[at]]
            if _away(other, row, col) - _away(staff, row, col) < UNDECIDED * staff.space_px:
                return other.index, "below" if above else "above"
        return staff.index, "above" if above else "below"

    def _nearest(self, row: float, col: float) -> Staff | None:
        inside = [s for s in self.staves if s.left - 2 * s.space_px <= col <= s.right + 2 * s.space_px]
        return min(inside, key=lambda s: _away(s, row, col), default=None)


def _away(staff: Staff, row: float, col: float) -> float:
    """Pixels from a staff's nearest line, negative inside it."""
    return max(staff.row(4, col) - row, row - staff.row(-4, col))


# ---- octave lines ----------------------------------------------------------------------------------------------


def _octave_lines(graph: NotationGraph) -> Iterator[Line]:
    """8va over a staff, 8vb under one, as far as the dashes after the sign reach; without any it is something else."""
    level = [s.box for s in graph.strokes
             if s.kind in ("bracket", "hairpin") and abs(s.points[0][0] - s.points[-1][0]) < 0.3 * SPACE_PX]
    for sign in graph.symbols:
        if sign.name not in ("ottava", "quindicesima") or sign.id not in graph.staff_of:
            continue
        staff = graph.staves[graph.staff_of[sign.id]]
        above = staff.position(*sign.box.center) > 0
        right = _reach(sign.box, staff.space_px, level)
        if right > sign.box.right:
            size = "8v" if sign.name == "ottava" else "15m"
            yield Line(graph.page, staff.index, "octave-start", size + ("a" if above else "b"),
                       "above" if above else "below", sign.box.left, right)


def _reach(sign: Box, space: float, level: Sequence[Box]) -> float:
    """The column up to which dashes of any length follow on one another at the height of an octave sign."""
    right = sign.right
    for box in sorted(level, key=lambda b: b.left):
        at_height = sign.top - 0.7 * space < box.center[0] < sign.bottom + 0.7 * space
        if at_height and right - space < box.left < right + DASH * space:
            right = max(right, box.right)
    return right


def octaves_of_heads(graph: NotationGraph, lines: Sequence[Line]) -> dict[int, int]:
    """Head id -> octaves it sounds higher or lower (negative)."""
    result: dict[int, int] = {}
    for line in lines:
        if line.kind != "octave-start" or line.page != graph.page:
            continue
        space = graph.staves[line.staff].space_px
        for head in graph.symbols:
            under = line.left - 0.5 * space < head.box.center[1] < line.right + 0.5 * space
            if under and head.name.startswith("notehead") and graph.staff_of.get(head.id) == line.staff:
                result[head.id] = OCTAVES[line.text]
    return result


# ---- bar by bar ------------------------------------------------------------------------------------------------


def read_directions(
    graph: NotationGraph, bar: Bar, reading: Reading, lines: Sequence[Line], sides: Sides
) -> list[Direction]:
    """Directions of one bar; `staff` is the page's staff index."""
    inside = [
        s for s in graph.symbols
        if graph.staff_of.get(s.id) in bar.system.staves and bar.left <= s.box.center[1] < bar.right
    ]
    found: list[Direction] = []
    space = graph.staves[bar.system.staves[0]].space_px
    for word, first in _words([s for s in inside if s.name.startswith("dynamic")], space):
        staff, placement = sides.of(*first.box.center)
        if word in DYNAMICS and staff is not None:
            found.append(Direction(staff, _onset(first.box.left, reading, space), "dynamics", word, placement))
    for s in inside:
        if s.name in _SIGNS:
            staff = graph.staff_of[s.id]
            placement = "above" if graph.staves[staff].position(*s.box.center) > 0 else "below"
            found.append(Direction(staff, _onset(s.box.left, reading, space), _SIGNS[s.name], "", placement))
    for line in lines:
        if line.page == graph.page and line.staff in bar.system.staves:
            found += _line_in_bar(line, bar, reading, space)
    return sorted(found, key=lambda d: (d.onset_quarter, not d.kind.endswith("stop")))


def _line_in_bar(line: Line, bar: Bar, reading: Reading, space: float) -> Iterator[Direction]:
    """The beginning and end of a line, where they lie in this bar. It begins with the note it starts under, even if it
    starts a little before or (after a dynamic) behind it, and ends before the first note that it does not reach."""
    placed = list(reading.placed)
    octave = line.kind == "octave-start"
    if octave:  # says exactly which heads it is meant for
        placed = [p for p in placed if p.event.staff == line.staff]
    if line.begins and bar.left - space <= line.left < bar.right - space:
        before = [p.onset for p in placed if p.event.x <= line.left + 1.2 * space]
        after = [p.onset for p in placed if p.event.x > line.left - 1.1 * space]
        start = min(after, default=0) if octave or not before else max(before)
        yield Direction(line.staff, Fraction(start, TICKS), line.kind, line.text, line.placement)
    if line.ends and bar.left + space <= line.right < bar.right + space:
        after = [p.onset for p in placed if p.event.x > line.right - (0.1 if octave else 1.2) * space]
        end = min(after, default=reading.duration)
        yield Direction(line.staff, Fraction(end, TICKS), line.kind.partition("-")[0] + "-stop", line.text,
                        line.placement)


def _words(letters: Sequence[Symbol], space: float) -> list[tuple[str, Symbol]]:
    words: list[list[Symbol]] = []
    for s in sorted(letters, key=lambda s: s.box.left):
        for word in words:
            last = word[-1]
            if abs(last.box.center[0] - s.box.center[0]) < space and -space < s.box.left - last.box.right < 0.6 * space:
                word.append(s)
                break
        else:
            words.append([s])
    return [("".join(s.name[-1].lower() for s in w), w[0]) for w in words]


def _onset(col: float, reading: Reading, space: float) -> Fraction:
    """Onset of the event nearest to a column."""
    near = min(reading.placed, key=lambda p: abs(p.event.x - col), default=None)
    return Fraction(0) if near is None else Fraction(near.onset, TICKS)


def settle_pedals(measures: Sequence[Measure]) -> list[Measure]:
    """Pedal down and up in turn: one that goes down anew has come up before; a release without a pedal is dropped."""
    down = False
    settled = []
    for measure in measures:
        kept: list[Direction] = []
        for d in measure.directions:
            if d.kind == "pedal-start" and down:
                kept.append(replace(d, kind="pedal-stop"))
            if d.kind != "pedal-stop" or down:
                kept.append(d)
            if d.kind.startswith("pedal"):
                down = d.kind == "pedal-start"
        settled.append(replace(measure, directions=tuple(kept)))
    return settled
