"""Where a system's barlines stand, and the bars between them.

A barline crosses its staves whole, and most of the staves of its system; nothing else stands in its column. A long
stem may look like one, but has its head there.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from omr.music.events import Event
from omr.types import NotationGraph, Staff, Stroke, System, mean_space

THICK = 0.33
"""A barline at least this thick (spaces) is a heavy one."""
REACH = 1.0
"""How far (spaces) a stroke reaches into two neighbouring staves if it joins them."""


@dataclass(eq=False)
class Bar:
    """One measure of one system: columns left <= x < right (pixels), and what stands in it."""

    page: int
    system: System
    left: float
    right: float
    left_style: str = "regular"
    right_style: str = "regular"
    events: list[Event] = field(default_factory=list)
    graces: list[Event] = field(default_factory=list)
    ending_start: tuple[int, ...] = ()
    ending_stop: bool = False
    ending_open: bool = False
    first_of_system: bool = False
    first_of_page: bool = False


def cut_bars(graph: NotationGraph, events: Sequence[Event]) -> list[Bar]:
    """The bars of a page, system by system, each with its events in order of column."""
    repeat_of: dict[int, list[float]] = defaultdict(list)
    symbol = {s.id: s for s in graph.symbols}
    for edge in graph.edges:
        if edge.kind == "repeat":
            repeat_of[edge.parent].append(symbol[edge.child].box.center[1])
    barlines = [s for s in graph.strokes if s.kind == "barline"]
    bars: list[Bar] = []
    for system in graph.systems:
        staves = [graph.staves[i] for i in system.staves]
        if not staves:
            continue
        opening = _opening(graph, system)
        inside = [e for e in events if e.staff in system.staves and e.x > opening]
        bars_here = _bars_of_system(graph.page, system, staves, barlines, repeat_of, inside)
        if bars_here:
            bars_here[0].first_of_system = True
            bars_here[0].first_of_page = not bars
        bars.extend(bars_here)
    _find_endings(graph, bars)
    return bars


def _opening(graph: NotationGraph, system: System) -> float:
    """The column up to which a system's first clefs, key and time reach: what is read there as a note or rest is a
    piece of them."""
    space = graph.space_px
    symbol = {s.id: s for s in graph.symbols}
    signs = {e.child for e in graph.edges if e.kind in ("key", "time")}
    signs |= {s.id for s in graph.symbols if "Clef" in s.name}
    reach = -math.inf
    for staff in system.staves:
        at = graph.staves[staff].left
        mine = [symbol[i] for i in signs if graph.staff_of.get(i) == staff]
        for sign in sorted(mine, key=lambda s: s.box.left):
            if sign.box.left > at + 4 * space:
                break
            at = max(at, sign.box.right)
            reach = max(reach, sign.box.left)
    return reach


@dataclass
class _Line:
    """Barline strokes of a system at one place: their columns, thicknesses, and the staves they cross."""

    cols: list[float] = field(default_factory=list)
    thick: list[float] = field(default_factory=list)
    crossed: set[int] = field(default_factory=set)
    dots: list[float] = field(default_factory=list)

    @property
    def left(self) -> float:
        return min(self.cols)

    @property
    def right(self) -> float:
        return max(self.cols)


def _find_endings(graph: NotationGraph, bars: Sequence[Bar]) -> None:
    """Brackets of first and second endings: over the top staff, from a barline on. What is written in them is not
    read: the first leads to a repeat sign, those that follow on one another are counted through. A bracket without a
    hook down at its right end is open; one that reaches a system's end open may go on at the next one's beginning."""
    brackets = [s.box for s in graph.strokes if s.kind == "bracket"]
    found: list[tuple[int, int, bool]] = []  # first bar, last bar, open
    for i, bar in enumerate(bars):
        top = graph.staves[bar.system.staves[0]]
        space = top.space_px
        level = next((
            b for b in brackets
            if b.width > 4 * space and b.height < 1.5 * space and abs(b.left - bar.left) < 1.5 * space
            and 1.5 * space < top.line_rows(b.left)[0] - b.center[0] < 9 * space
        ), None)
        if level is None:
            continue
        last = i
        while last + 1 < len(bars) and bars[last + 1].system is bar.system and bars[last + 1].left < (
                level.right - 2 * space):
            last += 1
        is_open = not any(
            b.height > 0.8 * space and b.width < space and abs(b.center[1] - level.right) < space
            and abs(b.top - level.center[0]) < 0.8 * space for b in brackets
        )
        if (found and found[-1][1] == i - 1 and found[-1][2] and bar.first_of_system
                and bars[i - 1].right_style == "regular"):
            found[-1] = (found[-1][0], last, is_open)
        else:
            found.append((i, last, is_open))
    number, after = 0, -1
    for first, last, is_open in found:
        number = number + 1 if number and first == after else int(bars[last].right_style == "repeat-end")
        after = last + 1
        if number:
            bars[first].ending_start, bars[last].ending_stop, bars[last].ending_open = (number,), True, is_open


def _bars_of_system(
    page: int, system: System, staves: list[Staff], barlines: Iterable[Stroke], repeat_of: dict[int, list[float]],
    events: list[Event],
) -> list[Bar]:
    space = mean_space(staves)
    lines = _lines(staves, _without_stems(barlines, staves, events, space), repeat_of, space)
    left, right = min(s.left for s in staves), max(s.right for s in staves)
    lines = [ln for ln in lines if len(ln.crossed) >= max(1, 0.5 * len(staves)) or ln.dots]
    start_style = "regular"
    while lines and lines[0].right < left + 1.5 * space:
        if any(d > lines[0].right for d in lines[0].dots):
            start_style = "repeat-start"
        lines.pop(0)
    edges = [_Line([left], [0.0]), *lines]
    if not lines or right - lines[-1].right > 3 * space:
        edges.append(_Line([right + space], [0.0]))
    bars: list[Bar] = []
    pending = start_style
    for a, b in pairwise(edges):
        here = sorted((e for e in events if a.right <= e.x + 0.5 * space < b.left + 0.4 * space), key=lambda e: e.x)
        right_style, next_left = _style(b, space)
        narrow = b.left - a.right < 6 * space
        if not here and (narrow or b is edges[-1] or (not bars and b.left - a.right < 14 * space)):
            # Signatures before a repeat sign, or a courtesy signature at the system's end, are no measure.
            if bars and right_style != "regular" and narrow:
                bars[-1].right_style = right_style
            pending = next_left if next_left != "regular" else pending
            continue
        here = [_cued(e, here) for e in here]
        bars.append(Bar(
            page, system, a.right, b.left, pending, right_style,
            [e for e in here if not e.grace], [e for e in here if e.grace],
        ))
        pending = next_left
    return bars


def _cued(event: Event, here: Sequence[Event]) -> Event:
    """Small heads are cue notes, not grace notes, where there are several in a bar and none of full size on their
    staff."""
    mine = [e for e in here if e.staff == event.staff and e.heads]
    cue = event.grace and len(mine) > 1 and all(e.grace or e.cue for e in mine)
    return replace(event, grace=False, cue=True) if cue else event


def _without_stems(
    barlines: Iterable[Stroke], staves: list[Staff], events: Sequence[Event], space: float
) -> list[Stroke]:
    """Barlines without the long stems among them: strokes that do not cross all staves and have a head in their
    column, on whatever staff."""
    heads = [h.box for e in events for h in e.heads]
    kept: list[Stroke] = []
    for barline in barlines:
        (top, c0), (bottom, c1) = barline.points[0], barline.points[-1]
        col = (c0 + c1) / 2
        crosses_all = top < staves[0].row(0, col) and bottom > staves[-1].row(0, col)
        if crosses_all or not any(h.left - 0.1 * space < col < h.right + 0.1 * space for h in heads):
            kept.append(barline)
    return kept


@dataclass(frozen=True)
class _Piece:
    """What a barline stroke covers of one staff: rows top <= r < bottom at a column. joins: it runs on into the next
    staff; flush: it begins or ends on an outer line."""

    col: float
    staff: Staff
    top: float
    bottom: float
    enough: float
    stroke: Stroke


def _lines(
    staves: list[Staff], barlines: Iterable[Stroke], repeat_of: dict[int, list[float]], space: float
) -> list[_Line]:
    """Barlines from left to right. Strokes in one column are one line, broken by what hides it."""
    columns: list[list[_Piece]] = []
    for piece in sorted(_pieces(staves, barlines, space), key=lambda p: p.col):
        if not columns or piece.col - columns[-1][-1].col > 1.2 * space:
            columns.append([])
        columns[-1].append(piece)
    lines = []
    for column in columns:
        line = _Line()
        for index in {p.staff.index for p in column}:
            mine = [p for p in column if p.staff.index == index]
            enough = min(p.enough for p in mine)
            if _covered(mine) > enough * space:
                line.crossed.add(index)
                line.cols += [p.col for p in mine]
                line.thick += [p.stroke.thickness_px for p in mine]
                line.dots += [d for p in mine for d in repeat_of.get(p.stroke.id, [])]
        if line.crossed:
            lines.append(line)
    return lines


def _pieces(staves: list[Staff], barlines: Iterable[Stroke], space: float) -> Iterator[_Piece]:
    for barline in barlines:
        (r0, c0), (r1, c1) = barline.points[0], barline.points[-1]
        for place, staff in enumerate(staves):
            middle = staff.row(0, (c0 + c1) / 2)
            col = c0 + (c1 - c0) * (middle - r0) / (r1 - r0) if r1 > r0 else c0
            if not staff.left - space < col < staff.right + 1.5 * space:
                continue
            top, bottom = max(r0, staff.row(4, col)), min(r1, staff.row(-4, col))
            if top < bottom:
                yield _Piece(col, staff, top, bottom, _enough(r0, r1, col, place, staves, space), barline)


def _enough(top: float, bottom: float, col: float, place: int, staves: list[Staff], space: float) -> float:
    """Staff spaces that a stroke must cover of a staff: fewer, the less else it can be. What runs from one staff into
    the next is a barline, however much of it beams and notes hide; what fills the gap between them is likely one; of
    one that ends where the staff does, a tie may hide the other end."""
    staff = staves[place]
    enough = 3.0
    if min(abs(top - staff.row(4, col)), abs(bottom - staff.row(-4, col))) < 0.3 * space:
        enough = 2.5
    for upper, lower in pairwise(staves[max(place - 1, 0):place + 2]):
        start, end = upper.row(-4, col), lower.row(4, col)
        if (top < start - REACH * space) if lower is staff else (bottom > end + REACH * space):
            return REACH
        if min(bottom, end) - max(top, start) > 0.6 * (end - start):
            enough = 2.0
    return enough


def _covered(pieces: Sequence[_Piece]) -> float:
    """Rows that any of the pieces covers."""
    total, reached = 0.0, -math.inf
    for piece in sorted(pieces, key=lambda p: p.top):
        total += max(piece.bottom - max(piece.top, reached), 0.0)
        reached = max(reached, piece.bottom)
    return total


def _style(line: _Line, space: float) -> tuple[str, str]:
    """(right style of the bar before, left style of the bar after)."""
    middle = (line.left + line.right) / 2
    before, after = any(d < middle for d in line.dots), any(d > middle for d in line.dots)
    right = "regular"
    if before:
        right = "repeat-end"
    elif not after:
        if line.thick and max(line.thick) > THICK * space:
            right = "final"
        elif line.right - line.left > 0.3 * space and _apart(line.cols, space):
            right = "double"
    return right, "repeat-start" if after else "regular"


def _apart(cols: list[float], space: float) -> bool:
    """Whether columns form two lines rather than one that wavers: a gap with at least a third on either side."""
    ordered = sorted(cols)
    gaps = [(b - a, i + 1) for i, (a, b) in enumerate(pairwise(ordered))]
    gap, at = max(gaps, default=(0.0, 0))
    return gap > 0.25 * space and min(at, len(cols) - at) * 3 >= len(cols)
