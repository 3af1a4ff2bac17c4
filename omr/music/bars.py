"""Where the barlines of a system are, and the bars between them.

A barline crosses each of its staves from top to bottom line, and most staves of its system. No notehead is in its
column, unless most staves of a large system have a line there that is exactly as high as they are. (A long stem that
was taken for a barline has its notehead there.)
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

from omr.music.events import Event
from omr.types import Box, NotationGraph, Staff, Stroke, System, mean_space
from omr.types.table import table


@dataclass(frozen=True, eq=False, kw_only=True)
class Bar:
    """One measure of one system: what is in columns left <= x < right (pixels).

    left_style, right_style: as of `Measure`.
    events: chords and rests by column.
    graces: grace chords.
    ending_start, ending_stop, ending_open: as of `Measure`.
    """

    page: int
    system: System
    left: float
    right: float
    left_style: str = "regular"
    right_style: str = "regular"
    events: tuple[Event, ...] = ()
    graces: tuple[Event, ...] = ()
    ending_start: tuple[int, ...] = ()
    ending_stop: bool = False
    ending_open: bool = False
    first_of_system: bool = False
    first_of_page: bool = False


@table
class BarTolerances:
    """Limits by which bars are cut. Lengths are in staff spaces. Set by hand; none is a measured optimum."""

    opening_gap: float = 4.0
    """Longest gap between a staff's left end and its first sign, or between one opening sign (clef, key, time
    signature) and the next."""
    same_barline: float = 1.2
    """Longest distance between neighbouring strokes of one barline, such as the lines of a double barline."""
    as_high: float = 0.6
    """A stroke is as high as its staves if its ends are at most this far from their outer lines."""
    crossed_share: float = 0.5
    """Least share of a system's staves that a barline crosses. Dirt and beams hide it on some staves."""
    system_start: float = 1.5
    """A line within this distance of the staves' left ends begins the system, and does not end a bar."""
    system_end: float = 3.0
    """If the last barline is farther than this from the staves' right ends, one more bar follows, without a barline."""
    event_before_left: float = 0.5
    """How far left of a barline's last stroke the first event after the barline may begin, in crowded or slanting
    print."""
    event_at_right: float = 0.1
    """An event that begins less than this left of a barline belongs to the bar after it."""
    narrow: float = 6.0
    """A bar without events, up to this width, is not a measure, but room for a signature."""
    first_narrow: float = 14.0
    """The same for the first bar of a system, where clef, key and time signature take more room."""
    head_aside: float = 0.1
    """How far outside a notehead's box the column of its stem may be."""
    beside_staff: tuple[float, float] = (1.0, 1.5)
    """How far left of a staff's left end, or right of its right end, its barline may be."""
    cover: float = 3.0
    """Least part of a staff's height (4 spaces) that a barline covers, if nothing else speaks for it."""
    cover_from_edge: float = 2.5
    """The same for a stroke that begins or ends where the staff does: a tie may hide its other end."""
    cover_through_gap: float = 2.0
    """The same for a stroke that fills most of the gap to the next staff."""
    cover_joining: float = 1.0
    """The same for a stroke that goes on into the next staff: it is a barline, however much of it beams and notes hide.
    Also, how far it must reach into the next staff."""
    cover_one_line: float = 1.5
    """The same on a staff of one line, for a stroke whose middle is at the line. There, barlines of LilyPond and
    Verovio are 2 high, while stems begin at the line."""
    at_one_line: float = 0.5
    """Greatest distance of that middle from the line."""
    at_edge: float = 0.3
    """A stroke meets an outer staff line if its end is at most this far away."""
    gap_share: float = 0.6
    """A stroke goes through the gap between two staves if it fills at least this share of the gap."""
    heavy: float = 0.33
    """Least thickness of a heavy barline. A thin one is 0.1 to 0.2 thick."""
    heavier: float = 1.5
    """A heavy barline is also this many times as thick as the usual barline of its page. Editions that imitate
    handwriting draw all barlines thick."""
    heavy_alone: float = 0.45
    """The same as `heavy` for a barline without a thin line beside it. On 129 first pages of Beethoven's and Mozart's
    sonatas, thin barlines are up to 0.33 thick, heavy ones 0.57 to 0.65. In coarse pictures, thin ones have 0.34."""
    fewest_usual: int = 4
    """Fewest barlines of a page that tell its usual thickness, which is that of the barline a quarter of the way from
    the thinnest to the thickest."""
    double_width: float = 0.3
    """Least distance between the outer strokes of a double barline."""
    double_gap: float = 0.25
    """Least distance between neighbouring strokes of a double barline."""
    double_share: int = 3
    """Each line of a double barline has at least one in this many of its strokes, and on at least one in this many
    staves both lines were seen. A single line that wavers has only stray strokes beside it, and a single slanting line
    has one stroke on each staff."""
    cue_column: float = 0.9
    """A small chord whose noteheads begin this near to those of a full-sized chord sounds together with it. Grace notes
    are before theirs."""
    cue_rest: float = 0.6
    """The same for a small chord above or below a rest."""
    cue_behind: float = 0.1
    """Small noteheads sound together with those that they touch: widest gap between the two ..."""
    cue_near: float = 0.6
    """... and greatest vertical distance, at which they would still collide."""
    grace_apart: float = 1.4
    """Small chords under one beam that are nearer to each other than this are grace notes: in three songs by MuseScore
    3, these are 1.0 to 1.1 apart. Cue notes, which sound in time, are farther apart."""
    cue_level: float = 0.2
    """A small chord without a flag or beam is no grace note if the middle of its notehead is this near to that of a
    full-sized one on another staff ..."""
    cue_alone: float = 4.0
    """... and nothing on its own staff begins within this distance after it. Grace notes are before theirs."""


@table
class EndingTolerances:
    """Limits by which volta brackets are recognised, in staff spaces."""

    width: float = 4.0
    """A bracket is wider than this."""
    height: float = 1.5
    """Greatest height of a bracket's level stroke."""
    from_barline: float = 1.5
    """Longest distance between the bracket's left end and the barline below it."""
    over_staff: tuple[float, float] = (1.5, 9.0)
    """Least and greatest height of the bracket above the top line of the system's first staff."""
    into_next_bar: float = 2.0
    """A bracket that reaches farther than this into a bar covers it."""
    hook_height: float = 0.8
    """The hook down at the bracket's right end is higher than this, ..."""
    hook_width: float = 1.0
    """... narrower than this, and at most this far from the bracket's end, ..."""
    hook_top: float = 0.8
    """... and begins at most this far from the bracket's row."""


NUMBER_POSITION = (4.5, 14.0)
"""Height of the middle of a multi-measure rest's number above that of its staff, in half spaces. It is above the top
line, which is at 4, and never more than two staff heights above that."""
T = BarTolerances()
AnyPiece = TypeVar("AnyPiece")
ENDINGS = EndingTolerances()


def cut_bars(graph: NotationGraph, events: Sequence[Event]) -> list[Bar]:
    """The bars of a page, system by system. graph: settled (`omr.music.settle`). events: of the whole page."""
    dots: dict[int, list[float]] = defaultdict(list)
    for edge in graph.edges:
        if edge.kind == "repeat":
            dots[edge.parent].append(graph.symbol(edge.child).box.center[1])
    bars: list[Bar] = []
    for system in graph.systems:
        if not system.staves:
            continue
        opening = _opening(graph, system, events)
        inside = [e for e in events if e.staff in system.staves and e.x > opening]
        own = _bars_of_system(graph, system, dots, inside)
        if own:
            own[0] = replace(own[0], first_of_system=True, first_of_page=not bars)
        bars.extend(own)
    return _with_endings(graph, bars)


def _opening(graph: NotationGraph, system: System, events: Sequence[Event]) -> float:
    """The column at which the last of a system's opening signs (clef, key, time signature) begins; minus infinity
    without any. A supposed note or rest before it is really a piece of such a sign. events: of the whole page."""
    signs = {e.child for e in graph.edges if e.kind in ("key", "time")}
    signs |= {s.id for s in graph.symbols if s.kind == "clef"}
    reach = -math.inf
    for staff in system.staves:
        at = graph.staves[staff].left
        own = [s for s in graph.on_staff(staff) if s.id in signs]
        first = True
        for sign in sorted(own, key=lambda s: s.box.left):
            if sign.box.left > at + T.opening_gap * graph.space_px:
                break
            # A second clef after a note of any staff is a change of clef: the bar before it may be a short pickup.
            if sign.kind == "clef" and not first and any(
                    e.staff in system.staves and at < e.x < sign.box.left for e in events):
                break
            first = False
            at = max(at, sign.box.right)
            reach = max(reach, sign.box.left)
    return reach


# ---- bars ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Barline:
    """Barline strokes at one place of a system: the column, the staff and the thickness of each piece, the staves that
    they cross, and the columns of the repeat dots beside them. All in pixels."""

    cols: Sequence[float]
    on: Sequence[int] = ()
    thicknesses: Sequence[float] = ()
    crossed: frozenset[int] = frozenset()
    dots: Sequence[float] = ()

    @property
    def left(self) -> float:
        return min(self.cols)

    @property
    def right(self) -> float:
        return max(self.cols)

    def by_staff(self) -> list[list[float]]:
        """The columns of the strokes on each staff. A single line that slants, as in a photograph, has another column
        on each staff."""
        return [[col for col, on in zip(self.cols, self.on, strict=True) if on == staff] for staff in set(self.on)]


def _bars_of_system(
    graph: NotationGraph, system: System, dots: Mapping[int, Sequence[float]], events: Sequence[Event]
) -> list[Bar]:
    """The bars of one system. dots: barline stroke -> columns of its repeat dots. events: those of the system."""
    staves = [graph.staves[i] for i in system.staves]
    space = mean_space(staves)
    strokes = [s for s in graph.strokes if s.kind == "barline"]
    lines = _find_barlines(staves, _without_stems(strokes, staves, events, space), dots, space)
    # The short barlines of one-line staves are easily missed, so it does not matter if they were not seen.
    tall = {s.index for s in staves if s.line_count > 1}
    lines = [ln for ln in lines
             if len(ln.crossed) >= max(1, T.crossed_share * len(tall | ln.crossed)) or ln.dots]
    left, right = min(s.left for s in staves), max(s.right for s in staves)
    next_style = "regular"
    while lines and lines[0].right < left + T.system_start * space:
        if any(d > lines[0].right for d in lines[0].dots):
            next_style = "repeat-start"
        lines.pop(0)
    edges = [_Barline([left]), *lines]
    if not lines or right - lines[-1].right > T.system_end * space:
        edges.append(_Barline([right + space]))
    heavy = _heavy(graph, space)
    bars: list[Bar] = []
    for a, b in pairwise(edges):
        start = a.right - T.event_before_left * space
        if a is not edges[0]:
            start = max(start, a.left - T.event_at_right * space)
        own = [e for e in events if start <= e.x < b.left - T.event_at_right * space]
        width = b.left - a.right
        right_style, style_after = _style(b, space, heavy)
        narrow = width < T.narrow * space
        ends_open = b is edges[-1] and b not in lines
        first_room = not bars and width < T.first_narrow * space and not _is_numbered(graph, staves, a.right, b.left)
        if not own and (narrow or ends_open or first_room):
            # Signatures before a repeat sign, or a courtesy signature after the last barline, are not a measure.
            if bars and right_style != "regular" and narrow:
                bars[-1] = replace(bars[-1], right_style=right_style)
            next_style = style_after if style_after != "regular" else next_style
            continue
        own = _with_cue_groups([_cue_or_grace(e, own, space) for e in sorted(own, key=lambda e: e.x)])
        bars.append(Bar(
            page=graph.page, system=system, left=a.right, right=b.left, left_style=next_style, right_style=right_style,
            events=tuple(e for e in own if not e.grace), graces=tuple(e for e in own if e.grace),
        ))
        next_style = style_after
    return bars


def _is_numbered(graph: NotationGraph, staves: Sequence[Staff], left: float, right: float) -> bool:
    """Whether there are digits above a system of one staff between two columns, and no clef or key in it: a
    multi-measure rest that was not seen begins the system. Some parts have clef and key only in their first system."""
    if len(staves) > 1:
        return False
    low, high = NUMBER_POSITION
    inside = [(s, staves[0].position(*s.box.center)) for s in graph.symbols
              if left <= s.box.left and s.box.right < right]
    return (any(s.kind == "time" and s.symbol_class.digit is not None and low < at < high for s, at in inside)
            and not any(s.kind in ("clef", "accidental", "time") and abs(at) < low for s, at in inside))


def _cue_or_grace(event: Event, bar: Sequence[Event], space: float) -> Event:
    """Turn an event with small noteheads from a grace note into a cue note, where these play in time.

    It is a cue note if its staff has several small chords in the bar, and none of full size. It also is one if a
    full-sized chord (or, on drawn pages, a rest) begins in its column, or in that of the first chord under its beam:
    another way to sing it.

    On drawn pages, there are more rules. A notehead that would collide with a full-sized one is directly behind it, and
    is a cue note. So is a chord without a beam that has a dot. So is a small chord without a flag or beam, if
    full-sized chords of another staff are in its column, and its own staff has nothing there. But a chord is always a
    grace note if its flag is struck through, or if it is as close to its neighbour under one beam as only grace notes
    are.

    bar: the bar's events.
    space: the staff space in pixels.
    """
    if not event.grace or event.exact and (event.slashed or _stand_close(event, bar, space)):
        return event
    begins = event.group is None or not any(e.group == event.group and e.x < event.x for e in bar)
    own = [e for e in bar if e.staff == event.staff and not e.grace and (e.heads or event.exact and begins)]
    chords = [e for e in bar if e.staff == event.staff and e.heads]
    is_beside = any(abs(e.x - event.x) < (T.cue_column if e.heads else T.cue_rest) * space for e in own)
    is_beside |= event.exact and any(
        e.x < event.x and head.box.left - h.box.right < T.cue_behind * space
        and abs(h.box.center[0] - head.box.center[0]) < T.cue_near * space
        for e in own for h in e.heads for head in event.heads if h.box.left < head.box.left)
    is_beside |= event.exact and event.group is None and not event.levels and _stands_alone(event, bar, space)
    is_beside |= event.exact and event.dots > 0 and event.group is None
    is_cue = is_beside or len(chords) > 1 and all(e.grace or e.cue for e in chords)
    return replace(event, grace=False, cue=True) if is_cue else event


def _stand_close(event: Event, bar: Sequence[Event], space: float) -> bool:
    """Whether a small chord is closer to a neighbour under its beam than notes that sound in time are. All chords under
    the beam must be small."""
    group = sorted((e for e in bar if event.group is not None and e.group == event.group), key=lambda e: e.x)
    return all(e.grace for e in group) and any(
        b.x - a.x < T.grace_apart * space for a, b in pairwise(group) if event in (a, b))


def _stands_alone(event: Event, bar: Sequence[Event], space: float) -> bool:
    """Whether a chord is in the column of full-sized noteheads of another staff, and nothing follows closely on its own
    staff."""
    middle = event.heads[0].box.center[1]
    level = any(abs(h.box.center[1] - middle) < T.cue_level * space
                for e in bar if e.staff != event.staff and not e.grace for h in e.heads)
    return level and not any(e.staff == event.staff and 0 <= e.x - event.x < T.cue_alone * space
                             for e in bar if e is not event)


def _with_cue_groups(events: Sequence[Event]) -> list[Event]:
    """On drawn pages, make cue notes of all small chords under a beam with a cue note or a full-sized chord: grace
    notes have beams of their own."""
    in_time = {e.group for e in events if e.exact and e.group is not None and not e.grace}
    return [replace(e, grace=False, cue=True) if e.grace and e.exact and e.group in in_time else e for e in events]


def _heavy(graph: NotationGraph, space: float) -> float:
    """Least thickness of a heavy barline on a page, in pixels."""
    thin = sorted(s.thickness_px for s in graph.strokes if s.kind == "barline")
    usual = thin[len(thin) // 4] if len(thin) >= T.fewest_usual else 0.0
    return max(T.heavy * space, T.heavier * usual)


def _style(line: _Barline, space: float, heavy: float) -> tuple[str, str]:
    """(right style of the bar before a barline, left style of the bar after it). heavy: thickness of a heavy
    barline."""
    middle = (line.left + line.right) / 2
    dots_before, dots_after = any(d < middle for d in line.dots), any(d > middle for d in line.dots)
    right = "regular"
    if dots_before:
        right = "repeat-end"
    elif not dots_after:
        thickest = max(line.thicknesses, default=0.0)
        staves = line.by_staff()
        pairs = [cols for cols in staves if max(cols) - min(cols) > T.double_width * space]
        is_pair = bool(pairs) and len(pairs) * T.double_share >= len(staves)
        if thickest > (heavy if is_pair else max(heavy, T.heavy_alone * space)):
            right = "final"
        elif is_pair and sum(_is_double(cols, space) for cols in pairs) * T.double_share >= len(staves):
            right = "double"
    return right, "repeat-start" if dots_after else "regular"


def _is_double(cols: Sequence[float], space: float) -> bool:
    """Whether strokes in these columns are two lines, and not one line that wavers: on both sides of the widest gap
    between neighbouring strokes, there are enough of them."""
    gaps = [(b - a, place + 1) for place, (a, b) in enumerate(pairwise(sorted(cols)))]
    gap, before = max(gaps, default=(0.0, 0))
    fewer = min(before, len(cols) - before)
    return gap > T.double_gap * space and fewer * T.double_share >= len(cols)


# ---- barlines --------------------------------------------------------------------------------------------------


def _without_stems(
    strokes: Iterable[Stroke], staves: Sequence[Staff], events: Sequence[Event], space: float
) -> list[Stroke]:
    """Remove long stems from barline strokes. Such strokes do not cross the whole system, and have a notehead in their
    column, on any staff. But if most staves have a stroke that is exactly as high as they are, these strokes are a
    barline: in a photograph it slants, and meets the column of a notehead on some other staff."""
    strokes = list(strokes)
    barlines = _as_high_as_their_staves(strokes, staves, space)
    heads = [h.box for e in events for h in e.heads]
    aside = T.head_aside * space
    kept: list[Stroke] = []
    for stroke in strokes:
        (top, c0), (bottom, c1) = stroke.points[0], stroke.points[-1]
        col = (c0 + c1) / 2
        crosses_all = top < staves[0].row(0, col) and bottom > staves[-1].row(0, col)
        if (crosses_all or stroke.id in barlines
                or not any(h.left - aside < col < h.right + aside for h in heads)):
            kept.append(stroke)
    return kept


def _as_high_as_their_staves(strokes: Iterable[Stroke], staves: Sequence[Staff], space: float) -> set[int]:
    """The ids of strokes that begin at the top of a staff, and end at the bottom of the same or a lower staff, if at
    least three staves, and most staves of the system, are crossed by such strokes in one column."""
    found: list[tuple[float, int, int]] = []
    for stroke in strokes:
        (top, c0), (bottom, c1) = stroke.points[0], stroke.points[-1]
        col = (c0 + c1) / 2
        first = [i for i, staff in enumerate(staves) if abs(top - staff.row(4, col)) < T.as_high * space]
        last = [i for i, staff in enumerate(staves) if abs(bottom - staff.row(-4, col)) < T.as_high * space]
        found += [(col, i, stroke.id) for a in first for b in last for i in range(a, b + 1)]
    return {id_ for column in _side_by_side(found, lambda one: one[0], space)
            if len({staff for _, staff, _ in column}) >= max(3, len(staves) / 2 + 0.5) for _, _, id_ in column}


def _side_by_side(
    pieces: Iterable[AnyPiece], column_of: Callable[[AnyPiece], float], space: float
) -> list[list[AnyPiece]]:
    """Group pieces that belong to one barline, from left to right."""
    columns: list[list[AnyPiece]] = []
    for piece in sorted(pieces, key=column_of):
        if not columns or column_of(piece) - column_of(columns[-1][-1]) > T.same_barline * space:
            columns.append([])
        columns[-1].append(piece)
    return columns


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """What a barline stroke covers of one staff: rows top <= r < bottom at a column, in pixels. enough: the length, in
    staff spaces, that it must cover to be a barline."""

    col: float
    staff: Staff
    top: float
    bottom: float
    enough: float
    stroke: Stroke


def _find_barlines(
    staves: Sequence[Staff], strokes: Iterable[Stroke], dots: Mapping[int, Sequence[float]], space: float
) -> list[_Barline]:
    """Barlines from left to right. Strokes in one column are one barline, interrupted by what hides it."""
    barlines = []
    for column in _side_by_side(_pieces(staves, strokes, space), lambda piece: piece.col, space):
        used: list[_Piece] = []
        for index in {p.staff.index for p in column}:
            own = [p for p in column if p.staff.index == index]
            if _covered(own) > min(p.enough for p in own) * space:
                used += own
        if used:
            barlines.append(_Barline(
                [p.col for p in used], [p.staff.index for p in used], [p.stroke.thickness_px for p in used],
                frozenset(p.staff.index for p in used),
                [d for p in used for d in dots.get(p.stroke.id, ())]))
    return barlines


def _pieces(staves: Sequence[Staff], strokes: Iterable[Stroke], space: float) -> Iterator[_Piece]:
    """What each barline stroke covers of each staff."""
    before, after = (limit * space for limit in T.beside_staff)
    for stroke in strokes:
        (r0, c0), (r1, c1) = stroke.points[0], stroke.points[-1]
        for place, staff in enumerate(staves):
            middle = staff.row(0, (c0 + c1) / 2)
            col = c0 + (c1 - c0) * (middle - r0) / (r1 - r0) if r1 > r0 else c0
            if not staff.left - before < col < staff.right + after:
                continue
            top, bottom = max(r0, staff.row(4, col)), min(r1, staff.row(-4, col))
            if top < bottom:
                yield _Piece(col=col, staff=staff, top=top, bottom=bottom,
                             enough=_enough(r0, r1, col, place, staves, space), stroke=stroke)


def _enough(top: float, bottom: float, col: float, place: int, staves: Sequence[Staff], space: float) -> float:
    """The length, in staff spaces, that a stroke must cover of a staff to be a barline.

    The less likely a stroke is to be anything else, the less it must cover.

    top, bottom: rows of the stroke's ends.
    col: its column at the staff.
    place: index of the staff among `staves`, those of its system.
    """
    staff = staves[place]
    enough = T.cover
    if min(abs(top - staff.row(4, col)), abs(bottom - staff.row(-4, col))) < T.at_edge * space:
        enough = T.cover_from_edge
    if staff.line_count == 1 and abs((top + bottom) / 2 - staff.row(0, col)) < T.at_one_line * space:
        enough = T.cover_one_line
    reach = T.cover_joining * space
    for upper, lower in pairwise(staves[max(place - 1, 0):place + 2]):
        start, end = upper.row(-4, col), lower.row(4, col)
        if (top < start - reach) if lower is staff else (bottom > end + reach):
            return T.cover_joining
        if min(bottom, end) - max(top, start) > T.gap_share * (end - start):
            enough = T.cover_through_gap
    return enough


def _covered(pieces: Sequence[_Piece]) -> float:
    """How many rows at least one of the pieces covers, in pixels."""
    total, reached = 0.0, -math.inf
    for piece in sorted(pieces, key=lambda p: p.top):
        total += max(piece.bottom - max(piece.top, reached), 0.0)
        reached = max(reached, piece.bottom)
    return total


# ---- first and second endings ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Ending:
    """Bars (indices, including the last) under one volta bracket. is_open: whether its right end has no hook."""

    first: int
    last: int
    is_open: bool


def _with_endings(graph: NotationGraph, bars: Sequence[Bar]) -> list[Bar]:
    """The bars of a page with the voltas that brackets above them mark.

    The number in a bracket is not read. The first of several brackets in a row leads to a repeat sign, and those that
    follow it directly are counted on from there. Other brackets are ignored.
    """
    marked = list(bars)
    number, after = 0, -1
    for ending in _find_endings(graph, bars):
        continues = number > 0 and ending.first == after
        number = number + 1 if continues else int(bars[ending.last].right_style == "repeat-end")
        after = ending.last + 1
        if number:
            marked[ending.first] = replace(marked[ending.first], ending_start=(number,))
            marked[ending.last] = replace(marked[ending.last], ending_stop=True, ending_open=ending.is_open)
    return marked


def _find_endings(graph: NotationGraph, bars: Sequence[Bar]) -> list[_Ending]:
    """Brackets above the first staff of a system that begin at a barline. If one is open at the end of a system, and
    one begins the next system, both are the same volta."""
    brackets = [s.box for s in graph.strokes if s.kind == "bracket"]
    endings: list[_Ending] = []
    for i, bar in enumerate(bars):
        staff = graph.staves[bar.system.staves[0]]
        # The detector may have seen only a piece of a bracket that was found as a whole by its ink.
        bracket = max((b for b in brackets if _is_over(b, bar, staff)), key=lambda b: b.width, default=None)
        if bracket is None:
            continue
        last = i
        reach = bracket.right - ENDINGS.into_next_bar * staff.space_px
        while last + 1 < len(bars) and bars[last + 1].system is bar.system and bars[last + 1].left < reach:
            last += 1
        is_open = not any(_is_hook(b, bracket, staff.space_px) for b in brackets)
        before = endings[-1] if endings else None
        if (before is not None and before.last == i - 1 and before.is_open and bar.first_of_system
                and bars[i - 1].right_style == "regular"):
            endings[-1] = _Ending(before.first, last, is_open)
        else:
            endings.append(_Ending(i, last, is_open))
    return endings


def _is_over(bracket: Box, bar: Bar, staff: Staff) -> bool:
    """Whether a stroke is the level part of a bracket that begins above a bar. staff: the first of the bar's system."""
    space = staff.space_px
    low, high = ENDINGS.over_staff
    return (
        bracket.width > ENDINGS.width * space and bracket.height < ENDINGS.height * space
        and abs(bracket.left - bar.left) < ENDINGS.from_barline * space
        and low * space < staff.line_rows(bracket.left)[0] - bracket.center[0] < high * space
    )


def _is_hook(stroke: Box, bracket: Box, space: float) -> bool:
    """Whether a stroke is the hook down at a bracket's right end."""
    return (
        stroke.height > ENDINGS.hook_height * space and stroke.width < ENDINGS.hook_width * space
        and abs(stroke.center[1] - bracket.right) < ENDINGS.hook_width * space
        and abs(stroke.top - bracket.center[0]) < ENDINGS.hook_top * space
    )
