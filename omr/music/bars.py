"""Where a system's barlines stand, and the bars between them.

A barline crosses each of its staves from the top line to the bottom one, and most staves of its system; no notehead
stands in its column, unless most staves of a large system have a line there that is as high as they are. A long stem
that was taken for a barline has its head there.
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
    """One measure of one system: what stands in columns left <= x < right (pixels).

    left_style, right_style: as of `Measure`. events: chords and rests in order of column. graces: grace chords.
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
    """Lengths in staff spaces, and shares, by which bars are cut. Set by hand; none is a measured optimum."""

    opening_gap: float = 4.0
    """Longest gap between a staff's left end, or one sign of its opening (clef, key, time), and the next sign."""
    same_barline: float = 1.2
    """Longest distance between neighbouring strokes of one barline, such as the lines of a double bar."""
    as_high: float = 0.6
    """How far the ends of a stroke that is as high as its staves may be from their outer lines."""
    crossed_share: float = 0.5
    """Least share of a system's staves that a barline crosses; dirt and beams hide it on some."""
    system_start: float = 1.5
    """A line that ends within this of the staves' left ends begins the system and closes no bar."""
    system_end: float = 3.0
    """If the last barline stands farther than this from the staves' right ends, one more bar follows without one."""
    event_before_left: float = 0.5
    """How far left of a barline's last stroke the first event after the barline may begin: crowded or slanting print
    may bring them so near."""
    event_at_right: float = 0.1
    """An event that begins less than this left of a barline belongs to the bar after it."""
    narrow: float = 6.0
    """Width up to which a bar without events is no measure but room for a signature."""
    first_narrow: float = 14.0
    """The same for the first bar of a system, whose clefs, key and time take more room."""
    head_aside: float = 0.1
    """How far outside a notehead's box the column of its stem may lie."""
    beside_staff: tuple[float, float] = (1.0, 1.5)
    """How far left of a staff's left end, or right of its right end, its barline may stand."""
    cover: float = 3.0
    """Least length of a staff's height (4 spaces) that a barline covers, if nothing speaks for it but this."""
    cover_from_edge: float = 2.5
    """The same for one that begins or ends where the staff does: a tie may hide its other end."""
    cover_through_gap: float = 2.0
    """The same for one that fills most of the gap to the next staff."""
    cover_joining: float = 1.0
    """The same for one that runs on into the next staff: it is a barline, however much beams and notes hide of it.
    Also, how far it must reach into the next staff."""
    cover_one_line: float = 1.5
    """The same on a staff of one line, for a stroke whose middle is at the line: LilyPond's and Verovio's barlines are
    2 high there, while stems begin at the line."""
    at_one_line: float = 0.5
    """Greatest distance of that middle from the line."""
    at_edge: float = 0.3
    """Longest distance between a stroke's end and an outer staff line to be taken as meeting it."""
    gap_share: float = 0.6
    """Least share of the gap between two staves that a stroke fills to be taken as drawn through it."""
    heavy: float = 0.33
    """Least thickness of a heavy barline; a thin one is 0.1 to 0.2 thick."""
    heavier: float = 1.5
    """A heavy barline is also so many times as thick as the usual one of its page: editions that imitate handwriting
    draw all of them thick."""
    heavy_alone: float = 0.45
    """The same of one without a thin line beside it: on 129 first pages of Beethoven's and Mozart's sonatas thin ones
    are up to 0.33 thick, heavy ones 0.57 to 0.65; coarse pictures make thin ones 0.34."""
    fewest_usual: int = 4
    """Fewest barlines of a page that tell its usual thickness: that of the one a quarter of the way up from the
    thinnest."""
    double_width: float = 0.3
    """Least distance between the outer strokes of a double barline."""
    double_gap: float = 0.25
    """Least distance between neighbouring strokes of a double barline."""
    double_share: int = 3
    """Each of a double barline's two lines has at least one in this many of its strokes, and on one in as many staves
    both were seen; a single line that wavers has only a stray one aside, and one that slants has one on each staff."""
    cue_column: float = 0.9
    """A small chord whose heads begin this near to those of a full-sized one sounds with it; grace notes stand before
    theirs."""
    cue_rest: float = 0.6
    """The same of a small chord over or under a rest."""
    cue_behind: float = 0.1
    """Small heads sound with those that they touch: widest gap between the two ..."""
    cue_near: float = 0.6
    """... and so near to them up or down that they would collide."""
    grace_apart: float = 1.4
    """Grace notes under one beam stand at most so far apart (1.0 to 1.1 in three songs by MuseScore 3), notes of cue
    size that sound in time farther."""
    cue_level: float = 0.2
    """A small chord without flag or beam sounds in time if the middle of its head is this near to that of a full-sized
    one on another staff ..."""
    cue_alone: float = 4.0
    """... and nothing on its own staff begins so near behind it: grace notes stand before theirs."""


@table
class EndingTolerances:
    """Lengths in staff spaces by which brackets of first and second endings are known."""

    width: float = 4.0
    """A bracket is wider than this."""
    height: float = 1.5
    """A bracket's level stroke is lower than this."""
    from_barline: float = 1.5
    """Longest distance between its left end and the barline under it."""
    over_staff: tuple[float, float] = (1.5, 9.0)
    """Its height over the top line of the system's first staff."""
    into_next_bar: float = 2.0
    """A bracket that reaches farther than this into a bar covers it."""
    hook_height: float = 0.8
    """The hook down at its right end is higher than this ..."""
    hook_width: float = 1.0
    """... narrower than this, and at most so far from the bracket's end ..."""
    hook_top: float = 0.8
    """... and begins at most so far from the bracket's row."""


NUMBER_POSITION = (4.5, 14.0)
"""How far the middle of a long rest's number lies above that of its staff, in half spaces: it stands over the top line,
which is at 4, and never more than two staff heights over it."""
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
    """The column at which the last of a system's opening signs (clef, key, time) begins; minus infinity without any.
    What was read as a note or rest before it is a piece of them. events: of the whole page."""
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
            # A second clef behind a note of any staff is a change of clef: the bar before may be a short pick-up.
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
    """Barline strokes that stand at one place of a system: the column, the staff and the thickness of each piece, the
    staves that they cross, and the columns of the repeat dots beside them. All in pixels."""

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
        """The columns of the strokes on each staff: a single line that slants, as in a photograph, stands in another
        column on each."""
        return [[col for col, on in zip(self.cols, self.on, strict=True) if on == staff] for staff in set(self.on)]


def _bars_of_system(
    graph: NotationGraph, system: System, dots: Mapping[int, Sequence[float]], events: Sequence[Event]
) -> list[Bar]:
    """The bars of one system. dots: barline stroke -> columns of its repeat dots. events: those of the system."""
    staves = [graph.staves[i] for i in system.staves]
    space = mean_space(staves)
    strokes = [s for s in graph.strokes if s.kind == "barline"]
    lines = _find_barlines(staves, _without_stems(strokes, staves, events, space), dots, space)
    # The short barlines of staves of one line are easily missed: those that were not seen do not count.
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
            # Signatures before a repeat sign, or a courtesy signature after the last barline, are no measure.
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
    """Whether digits stand over a system of one staff between two columns, and no clef or key in it: a long rest begins
    it that was not seen. Some parts have their clef and key at the first system only."""
    if len(staves) > 1:
        return False
    low, high = NUMBER_POSITION
    inside = [(s, staves[0].position(*s.box.center)) for s in graph.symbols
              if left <= s.box.left and s.box.right < right]
    return (any(s.kind == "time" and s.symbol_class.digit is not None and low < at < high for s, at in inside)
            and not any(s.kind in ("clef", "accidental", "time") and abs(at) < low for s, at in inside))


def _cue_or_grace(event: Event, bar: Sequence[Event], space: float) -> Event:
    """An event with small heads as a cue note rather than a grace note, if its staff has several small chords in the
    bar and none of full size, or if a chord of full size or, on drawn pages, a rest begins in its very column, or in
    that of the first under its beam: another way to sing. A head that would collide with one of full size stands right
    behind it. On drawn pages a chord with a dot sounds in time, and none with a flag that is struck through or so close
    to the next under its beam as grace notes are. So does a small chord without a flag in the column of full-sized ones
    of another staff, if its own staff has nothing there. bar: the bar's events; space: in pixels."""
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
    """Whether a small chord and its neighbour under one beam of small chords stand closer than notes in time do."""
    group = sorted((e for e in bar if event.group is not None and e.group == event.group), key=lambda e: e.x)
    return all(e.grace for e in group) and any(
        b.x - a.x < T.grace_apart * space for a, b in pairwise(group) if event in (a, b))


def _stands_alone(event: Event, bar: Sequence[Event], space: float) -> bool:
    """Whether a chord stands in the column of full-sized heads of another staff, and nothing follows closely on its
    own."""
    middle = event.heads[0].box.center[1]
    level = any(abs(h.box.center[1] - middle) < T.cue_level * space
                for e in bar if e.staff != event.staff and not e.grace for h in e.heads)
    return level and not any(e.staff == event.staff and 0 <= e.x - event.x < T.cue_alone * space
                             for e in bar if e is not event)


def _with_cue_groups(events: Sequence[Event]) -> list[Event]:
    """The events of a bar, on drawn pages with all small chords as cue notes that are under a beam with a cue note or a
    chord of full size: grace notes have beams of their own."""
    in_time = {e.group for e in events if e.exact and e.group is not None and not e.grace}
    return [replace(e, grace=False, cue=True) if e.grace and e.exact and e.group in in_time else e for e in events]


def _heavy(graph: NotationGraph, space: float) -> float:
    """Thickness from which on a barline of a page is heavy, in pixels."""
    thin = sorted(s.thickness_px for s in graph.strokes if s.kind == "barline")
    usual = thin[len(thin) // 4] if len(thin) >= T.fewest_usual else 0.0
    return max(T.heavy * space, T.heavier * usual)


def _style(line: _Barline, space: float, heavy: float) -> tuple[str, str]:
    """(right style of the bar before a barline, left style of the bar after it). heavy: thickness of a heavy one."""
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
    """Whether strokes in these columns form two lines rather than one that wavers: the widest gap between neighbouring
    strokes has enough of them on either side."""
    gaps = [(b - a, place + 1) for place, (a, b) in enumerate(pairwise(sorted(cols)))]
    gap, before = max(gaps, default=(0.0, 0))
    fewer = min(before, len(cols) - before)
    return gap > T.double_gap * space and fewer * T.double_share >= len(cols)


# ---- barlines --------------------------------------------------------------------------------------------------


def _without_stems(
    strokes: Iterable[Stroke], staves: Sequence[Staff], events: Sequence[Event], space: float
) -> list[Stroke]:
    """Barline strokes without the long stems among them: strokes that do not cross the whole system and have a
    notehead in their column, on any staff. Where most staves have a stroke as high as they are, these are a barline:
    in a photograph it slants, and meets the column of a head of some other staff."""
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
    """The ids of strokes that reach from the top of a staff to the bottom of one, where three staves or more, and most
    of a system, have one side by side."""
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
    """Pieces of barlines from left to right, those of one barline together."""
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
    """Barlines from left to right. Strokes in one column are one barline, broken by what hides it."""
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

    The less else a stroke can be, the less it must cover. top, bottom: rows of the stroke's ends; col: its column at
    the staff; place: the staff's among `staves`, which are those of its system.
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
    """Bars (indices, the last included) under one bracket. is_open: without a hook down at its right end."""

    first: int
    last: int
    is_open: bool


def _with_endings(graph: NotationGraph, bars: Sequence[Bar]) -> list[Bar]:
    """The bars of a page with the endings that brackets over them mark.

    The number in a bracket is not read. The first of several brackets in a row leads to a repeat sign, and those that
    follow it directly are counted through; other brackets are ignored.
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
    """Brackets over the first staff of a system that begin at a barline. One that is open at a system's end and one
    that begins the next system are the same ending."""
    brackets = [s.box for s in graph.strokes if s.kind == "bracket"]
    endings: list[_Ending] = []
    for i, bar in enumerate(bars):
        staff = graph.staves[bar.system.staves[0]]
        # The detector may have seen a piece of a bracket that was found whole by its ink.
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
    """Whether a stroke is the level part of a bracket that begins over a bar. staff: the first of the bar's system."""
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
