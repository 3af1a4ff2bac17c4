"""The signs that octave lines begin with: how far the dashes after each reach, and which staff it is for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from omr.types import SPACE_PX, Box, NotationGraph, Staff, Stroke, Symbol
from omr.types.table import table


@table
class OctaveSignTolerances:
    """Lengths in staff spaces, unless said otherwise."""

    dash_tilt: float = 0.3
    """Greatest difference in height between the ends of a dash."""
    line_tilt: float = 0.02
    """The same for a row of dashes that was followed in the ink, as a share of its length: one of 90 spaces fell by .4,
    one of 42 by .7."""
    dash_height: float = 0.7
    """Greatest distance of a dash above or below the box of its sign."""
    dash_overlap: float = 1.0
    """How far a dash may begin to the left of its sign's right edge."""
    longest_gap: float = 7.0
    """Longest gap between two dashes that were found: some are missed."""
    sign_edge: float = 0.25
    """Least distance of a drawn octave line from the middle of its sign that tells top from foot, as a part of its
    height: Verovio's were .4."""


T = OctaveSignTolerances()


def octave_signs(graph: NotationGraph) -> Iterator[tuple[Symbol, float, Staff]]:
    """The signs that octave lines begin with, each with the column at which its line ends and the staff that it is
    for. A line lasts as far as the dashes after its sign. Its hook points to its staff; on drawn pages its height
    beside the sign tells that where it goes on in the next system, and so has no hook; and one that is nearer to
    the lines of one system may be for the next one: `_next_below`. A sign without dashes is left out: it is
    something else, such as a clef's 8."""
    level = [s.box for s in graph.strokes if s.kind in ("bracket", "hairpin") and is_level(s)]
    signs: list[Symbol] = []
    for sign in sorted(graph.symbols, key=lambda s: -s.score):
        # One sign may be found twice.
        if sign.kind == "octave" and sign.id in graph.staff_of and not any(sign.box.overlaps(s.box) for s in signs):
            signs.append(sign)
    for sign in signs:
        staff = graph.staves[graph.staff_of[sign.id]]
        following = [s.box.left for s in signs if s.box.left > sign.box.right
                     and abs(s.box.center[0] - sign.box.center[0]) < T.dash_height * staff.space_px]
        right = _reach(sign.box, staff.space_px, [b for b in level if b.left < min(following, default=math.inf)])
        if right > sign.box.right:
            meant = _hooked_to(graph, sign.box, right, level) or _hung_from(graph, sign.box, level)
            yield sign, right, meant or _next_below(graph, sign.box, right) or staff


def is_level(stroke: Stroke) -> bool:
    """Whether a stroke may be a dash of a line, or a row of dashes."""
    (row, col), (end_row, end_col) = stroke.points[0], stroke.points[-1]
    tilt = T.line_tilt * abs(end_col - col) if stroke.kind == "bracket" else 0.0  # hairpins open
    return abs(row - end_row) < max(T.dash_tilt * SPACE_PX, tilt)


def _reach(sign: Box, space: float, level: Sequence[Box]) -> float:
    """The column up to which dashes follow each other at the height of an octave sign; its right edge without any.
    space: staff space in pixels. level: boxes of the level strokes of the page."""
    right = sign.right
    height, gap, overlap = (
        t * space for t in (T.dash_height, T.longest_gap, T.dash_overlap))
    for box in sorted(level, key=lambda b: b.left):
        at_height = sign.top - height < box.center[0] < sign.bottom + height
        if at_height and sign.right - overlap < box.left < right + gap:
            right = max(right, box.right)
    return right


def _hooked_to(graph: NotationGraph, sign: Box, right: float, level: Sequence[Box]) -> Staff | None:
    """The staff to which the hook points that ends an octave line: it may be farther than another staff, which lies on
    the other side of the line. None without a hook. right: the column in which the line ends. level: as
    for `_reach`."""
    space = graph.space_px
    near = T.dash_tilt * space
    dashes = [box for box in level if abs(box.right - right) < near
              and sign.top - T.dash_height * space < box.center[0] < sign.bottom + T.dash_height * space]
    for stroke in graph.strokes:
        (top, col), (bottom, end) = sorted((stroke.points[0], stroke.points[-1]))
        if stroke.kind != "bracket" or max(abs(col - right), abs(end - right)) > near or bottom - top < near:
            continue
        for row in (box.center[0] for box in dashes):
            if min(abs(top - row), abs(bottom - row)) < near:
                is_down = abs(top - row) < abs(bottom - row)
                beside = [s for s in graph.staves if s.left - space < col < s.right + space
                          and (s.row(4, col) > row if is_down else s.row(-4, col) < row)]
                return min(beside, key=lambda s: abs(s.row(0, col) - row), default=None)
    return None


def _next_below(graph: NotationGraph, sign: Box, right: float) -> Staff | None:
    """The staff of the next system under an octave line, if its heads are nearer to the line than those of the staff
    over it, or that staff itself: then it is no line under the upper staff. None otherwise. On drawn pages also the
    next staff of the same system. right: the column in which the line ends.

    The reverse is not asked. Of 14 lines over staves on old prints of Beethoven one is nearer to notes of the upper
    system, which hang far down, and none is for those: lines under a staff are rare.
    """
    row, middle = sign.center[0], (sign.left + right) / 2
    beside = [s for s in graph.staves if s.left < middle < s.right]
    over = max((s for s in beside if s.row(-4, middle) < row), key=lambda s: s.row(-4, middle), default=None)
    under = min((s for s in beside if s.row(4, middle) > row), key=lambda s: s.row(4, middle), default=None)
    if over is None or under is None or not graph.exact and any(
            over.index in s.staves and under.index in s.staves for s in graph.systems):
        return None

    def heads(staff: Staff) -> list[Box]:
        return [s.box for s in graph.symbols if s.kind == "notehead" and graph.staff_of.get(s.id) == staff.index
                and sign.left <= s.box.center[1] <= right]

    bottom = max([over.row(-4, middle), *(box.bottom for box in heads(over))])
    top = min([under.row(4, middle), *(box.top for box in heads(under))])
    return under if top - row < row - bottom else None


def _hung_from(graph: NotationGraph, sign: Box, level: Sequence[Box]) -> Staff | None:
    """The staff that a drawn octave line without a hook is for: the line begins at the top of its sign if that is over
    its staff, at the foot of it under its staff. None if it begins in the middle. level: as for `_reach`."""
    space = graph.space_px
    after = [box for box in level if sign.top - T.dash_tilt * space < box.center[0] < sign.bottom + T.dash_tilt * space
             and -T.dash_overlap * space < box.left - sign.right < T.longest_gap * space]
    if not graph.exact or not after:
        return None
    off = (min(after, key=lambda box: box.left).center[0] - sign.center[0]) / sign.height
    row, col = sign.center
    beside = [s for s in graph.staves if s.left - space < col < s.right + space
              and (s.row(4, col) > row if off < 0 else s.row(-4, col) < row)]
    return min(beside, key=lambda s: abs(s.row(0, col) - row), default=None) if abs(off) > T.sign_edge else None
