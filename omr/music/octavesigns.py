"""The signs with which octave lines begin: how far the dashes after each reach, and to which staff it belongs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from omr.types import SPACE_PX, Box, NotationGraph, Staff, Stroke, Symbol
from omr.types.table import table


@table
class OctaveSignTolerances:
    """Lengths are in staff spaces, unless a field says otherwise."""

    dash_tilt: float = 0.3
    """Greatest difference in height between the ends of a dash."""
    line_tilt: float = 0.02
    """The same for a row of dashes that was followed in the ink, as a share of its length. One of 90 spaces fell by .4,
    one of 42 by .7."""
    dash_height: float = 0.7
    """Greatest distance of a dash above or below the box of its sign."""
    dash_overlap: float = 1.0
    """How far a dash may begin to the left of its sign's right edge."""
    longest_gap: float = 7.0
    """Longest gap between two dashes that were found, because some are missed."""
    sign_edge: float = 0.25
    """On a drawn page, a line leaves its sign at the top or foot if it is at least this far from the sign's middle, as
    a part of the sign's height. In Verovio it was .4."""


T = OctaveSignTolerances()


def octave_signs(graph: NotationGraph) -> Iterator[tuple[Symbol, float, Staff]]:
    """The signs with which octave lines begin, each with the column at which its line ends and the staff to which it
    belongs.

    A line lasts as far as the dashes after its sign. Its hook points to its staff. If a line goes on in the next
    system, it has no hook; on drawn pages its height beside the sign then tells the staff. A line that is nearer to the
    lines of one system may still belong to the next system (`_next_below`). A sign without dashes is left out: it is
    something else, such as the 8 of a clef.
    """
    level = [s.box for s in graph.strokes if s.kind in ("bracket", "hairpin") and is_level(s)]
    signs: list[Symbol] = []
    for sign in sorted(graph.symbols, key=lambda s: -s.score):
        # One sign may have been found twice.
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
    tilt = T.line_tilt * abs(end_col - col) if stroke.kind == "bracket" else 0.0  # the strokes of hairpins slope
    return abs(row - end_row) < max(T.dash_tilt * SPACE_PX, tilt)


def _reach(sign: Box, space: float, level: Sequence[Box]) -> float:
    """The column up to which dashes follow each other at the height of an octave sign; its right edge without any.
    space: the staff space in pixels. level: boxes of the level strokes of the page."""
    right = sign.right
    height, gap, overlap = (
        t * space for t in (T.dash_height, T.longest_gap, T.dash_overlap))
    for box in sorted(level, key=lambda b: b.left):
        at_height = sign.top - height < box.center[0] < sign.bottom + height
        if at_height and sign.right - overlap < box.left < right + gap:
            right = max(right, box.right)
    return right


def _hooked_to(graph: NotationGraph, sign: Box, right: float, level: Sequence[Box]) -> Staff | None:
    """The staff to which the hook at the end of an octave line points; None without a hook. That staff may be farther
    away than another staff on the other side of the line.

    right: the column in which the line ends.
    level: as for `_reach`.
    """
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
    """The next staff below an octave line, if that staff or its noteheads are nearer to the line than the staff above
    and its noteheads. Then the line does not belong to the upper staff. None otherwise. On scans, the staff below must
    be in another system than the staff above. right: the column in which the line ends.

    The reverse is not checked. Of 14 lines above staves in old prints of Beethoven, one is nearer to notes of the upper
    system, which reach far down, but none belongs to those: lines below a staff are rare.
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
    """The staff to which a drawn octave line without a hook belongs. The line begins at the top of its sign if it is
    above its staff, and at the foot if it is below. None if it begins in the middle. level: as for `_reach`."""
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
