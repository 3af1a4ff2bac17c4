"""Signs at a time that are neither notes nor rests: dynamics, pedal, segno and coda, and lines that last for a while:
hairpins and octave lines, which may go on from one system to the next."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal, NamedTuple

from omr.music.bars import Bar
from omr.music.events import TICKS
from omr.music.hairpins import hairpin_pairs, row_of
from omr.music.octavesigns import octave_signs
from omr.music.placed import Placed, Reading
from omr.music.sides import DYNAMICS, LETTERS, SIGNS, UNLISTED, Sides, dynamic_of, dynamic_words
from omr.music.sides import T as SIDES
from omr.types import Direction, Measure, NotationGraph, Places, StaffKey, Symbol, System
from omr.types.memo import Memo
from omr.types.table import table

_JUMPS: tuple[tuple[str, dict[str, str]], ...] = (
    (r"d\.?\s*c\b\.?|da\s+capo", {"dacapo": "yes"}),
    (r"d\.?\s*s\b\.?|dal\s+segno", {"dalsegno": "segno"}),
    (r"(to|al)\s+coda", {"tocoda": "coda"}),
    (r"fine", {"fine": "yes"}),
)
"""Pattern of the words' beginning -> attributes of MusicXML's `<sound>`."""
OCTAVES = {"8va": 1, "8vb": -1, "15ma": 2, "15mb": -2}
"""Text of an octave line -> by how many octaves notes under it sound higher, or lower if negative."""


@table
class DirectionTolerances:
    """Distances in staff spaces, if not said otherwise. Set by hand; none is a measured optimum.

    Lines over the end of a system:
      system_end: a line that ends this near to the right end of its staff may go on in the next system.
    Octave lines:
      octave_side: how far a head's middle may lie beside an octave line that is meant for it: half a head.
    Where in a bar a line begins and ends:
      bar_line: a line that begins this near before the end of a bar begins in the next one; one that ends this near
        after its beginning ended with the one before.
      behind_dynamic: a hairpin whose left end is at most this far from a dynamic's right edge begins with the same
        note: engravers begin it behind the dynamic. On 38 engraved pages the note is the dynamic's for all hairpins
        that begin .3 to 1.1 behind it, and another for the next nearest, at 2.5.
      begins_before: a hairpin begins with a note whose left edge is at most this far to the right: a head's width.
      octave_begins_after: an octave line begins with the first note whose left edge is less than this far to its left:
        the sign's numeral may stand a little to the right of the note.
      hairpin_ends_before, octave_ends_before: the first note a line does not reach begins less than this far to the
        left of its end. Programs end a hairpin with the head of the last note that it lasts through, old prints also
        below the head that it leads to. On 28 engraved pages 145 of 150 end right at .2 and .4, 143 at .6, 138 at .9
        and 122 at 1.2. An octave line ends with the right edge of its last head.
    Segnos and codas:
      over_barline: no distance but the part of its width by which the middle of one may be left of the barline with
        whose bar it begins. One that stands in the end of a bar is set with its right edge at the barline.
    Dynamics, which stand under their note or a little before it. Set on 910 dynamics on 36 movements of Beethoven and
    Mozart in old prints, of which 94 % so get the onset that the encodings give them (82 % at what is nearest to their
    left edge):
      dynamic_before: how far the middle of a dynamic stands before that of its note.
      half_head: from the left edge of a note to its middle.
      other_staff, at_rest: how much farther away a note on another staff counts, and a rest.
    """

    system_end: float = 4.0
    octave_side: float = 0.5
    bar_line: float = 1.0
    behind_dynamic: float = 1.5
    begins_before: float = 1.2
    octave_begins_after: float = 1.1
    hairpin_ends_before: float = 0.6
    octave_ends_before: float = 0.1
    over_barline: float = 0.25
    dynamic_before: float = 0.5
    half_head: float = 0.6
    other_staff: float = 2.0
    at_rest: float = 1.0


T = DirectionTolerances()



def jump_of(words: str) -> dict[str, str]:
    """The `<sound>` attributes of words that send the player elsewhere ("D.C. al Fine", "Dal Segno", "To Coda",
    "Fine"), {} for all other words. The beginning of the words decides: "D.C. al Fine" jumps, "Fine" ends."""
    for pattern, sound in _JUMPS:
        if re.match(rf"({pattern})(?![a-z])", words.strip(), re.IGNORECASE):
            return sound
    return {}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A hairpin or octave line on one system, or as much of it as stands there.

    page, staff: their indices. kind, text: of the `Direction` that begins it. left, right: columns of its ends, in
    pixels. begins, ends: whether it begins or ends here, not on the system before or after. behind: the column that the
    dynamic right before it is meant for, None if there is none.
    """

    page: int
    staff: int
    kind: str
    text: str
    placement: Literal["above", "below"]
    left: float
    right: float
    begins: bool = True
    ends: bool = True
    behind: float | None = None


def find_lines(graphs: Sequence[NotationGraph], place_of: Places, memo: Memo | None = None) -> list[Line]:
    """The lines of all pages. A line that reaches the end of a system is joined to one of its kind that stands before
    the first head of the same staff on the next.

    place_of: the staff of the score that every staff is. Only staves of the same place are joined. memo: of an earlier
    version of the score.
    """
    memo = memo or Memo()
    found: list[Line] = []
    waiting: dict[tuple[int, int], int] = {}  # staff of the score -> the line, by its index in `found`, that may go on
    for graph in graphs:
        lines, first_of = memo(_lines_of_page, graph)
        for system in graph.systems:
            going_on: dict[tuple[int, int], int] = {}
            for staff in (graph.staves[s] for s in system.staves):
                place = place_of.get(StaffKey(graph.page, staff.index), (-1, staff.index))
                first = first_of.get(staff.index, staff.right)
                for line in sorted((n for n in lines if n.staff == staff.index), key=lambda n: n.left):
                    before = waiting.pop(place, None)
                    if (before is not None and line.left < first and found[before].kind == line.kind
                            and found[before].text == line.text):
                        found[before] = replace(found[before], ends=False)
                        line = replace(line, begins=False)
                    found.append(line)
                    if line.right > staff.right - T.system_end * staff.space_px:
                        going_on[place] = len(found) - 1
            waiting = going_on
    return found


def _lines_of_page(graph: NotationGraph) -> tuple[list[Line], dict[int, float]]:
    """The lines of a page; and for each staff with a head, by index, the right edge of the first."""
    first: dict[int, float] = {}
    for symbol in graph.symbols:
        if symbol.kind == "notehead" and (staff := graph.staff_of.get(symbol.id)) is not None:
            first[staff] = min(symbol.box.right, first.get(staff, math.inf))
    return [*_hairpins(graph), *_octave_lines(graph)], first


def _heads_on(graph: NotationGraph, staff: int) -> list[Symbol]:
    return [s for s in graph.symbols if s.kind == "notehead" and graph.staff_of.get(s.id) == staff]


# ---- hairpins --------------------------------------------------------------------------------------------------


def _hairpins(graph: NotationGraph) -> Iterator[Line]:
    """The hairpins of a page, from left to right."""
    if not graph.staves:
        return
    sides = Sides(graph)
    for a, b in hairpin_pairs(graph):
        start, end = max(a.points[0][1], b.points[0][1]), min(a.points[-1][1], b.points[-1][1])
        opening = abs(row_of(a, end) - row_of(b, end)) > abs(row_of(a, start) - row_of(b, start))
        left, right = min(a.points[0][1], b.points[0][1]), max(a.points[-1][1], b.points[-1][1])
        row = (row_of(a, (start + end) / 2) + row_of(b, (start + end) / 2)) / 2
        staff, placement = sides.of(row, (left + right) / 2, is_loudness=True)
        if staff is not None:
            kind = "wedge-crescendo" if opening else "wedge-diminuendo"
            tip = (row_of(a, left) + row_of(b, left)) / 2
            yield Line(page=graph.page, staff=staff, kind=kind, text="", placement=placement, left=left, right=right,
                       behind=_behind_dynamic(left, tip, staff, sides, graph.space_px))


def _behind_dynamic(left: float, row: float, staff: int, sides: Sides, space: float) -> float | None:
    """The column that a dynamic of a staff is meant for, if a hairpin that begins at a place stands right behind it;
    else None. space: staff space in pixels."""
    near, level = T.behind_dynamic * space, SIDES.letters_level * space
    return next((_meant_column(letters, space) for letters, _, own, _ in sides.dynamics
                 if own == staff and abs(letters[-1].box.right - left) < near
                 and abs(letters[-1].box.center[0] - row) < level), None)


# ---- octave lines ----------------------------------------------------------------------------------------------


def _octave_lines(graph: NotationGraph) -> Iterator[Line]:
    """Octave lines: 8va or 15ma above a staff, 8vb or 15mb below."""
    for sign, right, staff in octave_signs(graph):
        above = staff.position(*sign.box.center) > 0
        size = "8v" if sign.name == "ottava" else "15m"
        yield Line(page=graph.page, staff=staff.index, kind="octave-start", text=size + ("a" if above else "b"),
                   placement="above" if above else "below", left=sign.box.left, right=right)


def octaves_of_heads(graph: NotationGraph, lines: Sequence[Line]) -> dict[int, int]:
    """Id of every head of a page under an octave line -> by how many octaves it sounds higher, or lower if negative."""
    result: dict[int, int] = {}
    for line in lines:
        if line.kind != "octave-start" or line.page != graph.page:
            continue
        side = T.octave_side * graph.staves[line.staff].space_px
        for head in _heads_on(graph, line.staff):
            if line.left - side < head.box.center[1] < line.right + side:
                result[head.id] = OCTAVES[line.text]
    return result


# ---- what is left over -----------------------------------------------------------------------------------------


def written_signs(graph: NotationGraph) -> set[int]:
    """Ids of the symbols and strokes of a page that are dynamics, octave lines, hairpins and the signs of `SIGNS`."""
    space, sides = graph.space_px, Sides(graph)
    found = {s.id for s, staff in sides.signs if s.name in SIGNS and staff in sides.system_of}
    letters = [s for s, staff in sides.signs if s.name in LETTERS and staff in sides.system_of]
    found |= {s.id for word in dynamic_words(letters, space) if dynamic_of(word) in DYNAMICS | UNLISTED for s in word}
    octaves = [sign.box for sign, _, _ in octave_signs(graph)]
    found |= {s.id for s in graph.symbols if s.kind == "octave" and any(s.box.overlaps(box) for box in octaves)}
    return found | {s.id for pair in hairpin_pairs(graph) for s in pair}


# ---- bar by bar ------------------------------------------------------------------------------------------------


def read_directions(
    graph: NotationGraph, bar: Bar, reading: Reading, lines: Sequence[Line], sides: Sides
) -> list[Direction]:
    """The dynamics, pedal signs, segnos, codas and lines of one bar. `Direction.staff` is the staff's index on the
    page. Of directions at one time those that end a line come first.

    lines: of all pages. sides: of the bar's page.
    """
    found: list[Direction] = []
    space = graph.staves[bar.system.staves[0]].space_px
    inside = [(s, staff) for s, staff in sides.signs if staff in bar.system.staves
              and _is_in_bar(s, bar, graph.staves[staff].right - T.bar_line * space)]
    for letters, word, staff, placement in sides.dynamics:
        if staff in bar.system.staves:
            middle = (letters[0].box.left + letters[-1].box.right) / 2
            meant = _meant_column(letters, space)
            is_last = bar.right >= graph.staves[staff].right - T.bar_line * space and middle < bar.right <= meant
            if bar.left <= meant < bar.right or is_last:
                onset = _onset_of_dynamic(meant, staff, reading.placed, space)
                found.append(Direction(staff, onset, "dynamics", word, placement))
    for s, own in inside:
        if s.name in SIGNS:
            own, placement = _side_of_sign(s, own, graph, bar.system)
            found.append(Direction(own, onset_near(s.box.left, reading.placed), SIGNS[s.name], "", placement))
    here = [line for line in lines if line.page == graph.page and line.staff in bar.system.staves]
    alone = [_times_in_bar(line, bar, reading, space) for line in here]
    for line, times in zip(here, _one_after_the_other(here, alone, reading.duration), strict=True):
        if times.start is not None:
            found.append(Direction(line.staff, times.start / TICKS, line.kind, line.text, line.placement))
        if times.end is not None:
            kind = line.kind.partition("-")[0] + "-stop"
            found.append(Direction(line.staff, times.end / TICKS, kind, line.text, line.placement))
    return sorted(found, key=lambda d: (d.onset_quarter, not d.kind.endswith("stop")))


def _is_in_bar(sign: Symbol, bar: Bar, end: float) -> bool:
    """Whether a sign stands in a bar. A segno or a coda whose middle is over a barline stands at the beginning of the
    next bar. end: column from which on a bar that ends there is the last one of its system."""
    middle = sign.box.center[1]
    meant = middle + T.over_barline * (sign.box.right - sign.box.left) if sign.kind == "jump" else middle
    return bar.left <= meant < bar.right or (bar.right >= end and middle < bar.right <= meant)


class _Times(NamedTuple):
    """When a line begins and ends in a bar, in ticks from the bar's beginning; None: not in this bar."""

    start: Fraction | None = None
    end: Fraction | None = None


def _times_in_bar(line: Line, bar: Bar, reading: Reading, space: float) -> _Times:
    """Where a line begins and ends, as far as that is in a bar. space: staff space in pixels.

    A hairpin begins with the note it starts under, also if it starts a little before its head, and rather with one of
    its own staff; one right behind a dynamic begins with that, for which it has made room. An octave line begins with
    the first head that it stands over. Both end before the first note they do not reach.
    """
    is_octave = line.kind == "octave-start"
    # A hairpin may begin or end with a note on another staff; an octave line stands for the heads of its own.
    placed = [p for p in reading.placed if not is_octave or p.event.staff == line.staff]
    edge = T.bar_line * space
    start, end = None, None
    # Behind a barline a hairpin begins with the bar, whatever stands before it.
    behind = None if any((line.behind or 0) < column <= line.left for column in (bar.left, bar.right)) else line.behind
    if line.begins and behind is not None:
        if bar.left <= behind < bar.right:
            start = _onset_of_dynamic(behind, line.staff, placed, space) * TICKS
    elif line.begins and bar.left - edge <= line.left < bar.right - edge:
        before = [p for p in placed if p.event.x <= line.left + T.begins_before * space]
        after = [p.onset for p in placed if p.event.x > line.left - T.octave_begins_after * space]
        nearest = min(before, key=lambda p: _away_from_line(p, line, space), default=None)
        start = Fraction(min(after, default=0) if is_octave or nearest is None else nearest.onset)
    if line.ends and bar.left + edge <= line.right < bar.right + edge:
        reach = T.octave_ends_before if is_octave else T.hairpin_ends_before
        # A line under one short note lasts until the next: if it ended where it begins, players would never end it.
        after = [p.onset for p in placed
                 if p.event.x > line.right - reach * space and (start is None or p.onset > start)]
        end = Fraction(min(after, default=reading.duration))
    return _Times(start, end)


def _one_after_the_other(lines: Sequence[Line], times: Sequence[_Times], duration: int) -> list[_Times]:
    """The times of lines in a bar of so many ticks, where no hairpin lasts longer than until the next one of its staff
    begins. Two that begin with one long note share its time."""
    settled = list(times)
    order = sorted((i for i, line in enumerate(lines) if line.kind.startswith("wedge") and any(
        time is not None for time in times[i])), key=lambda i: (lines[i].staff, lines[i].left))
    for i, j in pairwise(order):
        first, second = settled[i], settled[j]
        if lines[i].staff != lines[j].staff or first.end is None or second.start is None or first.end <= second.start:
            continue
        if first.start == second.start:
            until = duration if second.end is None else second.end
            second = second._replace(start=(second.start + until) / 2)
        settled[i], settled[j] = first._replace(end=second.start), second
    return settled


def _away_from_line(placed: Placed, line: Line, space: float) -> float:
    """How far an event is from the left end of a line, in staff spaces; farther if it is on another staff."""
    return abs(placed.event.x - line.left) / space + T.other_staff * (placed.event.staff != line.staff)


def onset_near(col: float, placed: Sequence[Placed]) -> Fraction:
    """Onset, in quarters, of the event nearest to a pixel column; 0 without any event."""
    near = min(placed, key=lambda p: abs(p.event.x - col), default=None)
    return Fraction(0) if near is None else Fraction(near.onset, TICKS)


def _side_of_sign(
    sign: Symbol, staff: int, graph: NotationGraph, system: System
) -> tuple[int, Literal["above", "below"]]:
    """(index of the staff, side of it) at which a sign is written that stands near a staff. A pedal sign between two
    staves of a brace is written over the lower one: MuseScore 3 draws every such sign over its staff, whatever its
    side, and those of the upper one into its notes."""
    if graph.staves[staff].position(*sign.box.center) > 0:
        return staff, "above"
    brace = next((b for b in system.braces if staff in b[:-1]), ())
    if sign.kind == "pedal" and brace:
        return brace[brace.index(staff) + 1], "above"
    return staff, "below"


def _meant_column(letters: Sequence[Symbol], space: float) -> float:
    """Where the middle of the note is that a dynamic stands under. space: staff space in pixels."""
    return (letters[0].box.left + letters[-1].box.right) / 2 + T.dynamic_before * space


def _onset_of_dynamic(col: float, staff: int, placed: Sequence[Placed], space: float) -> Fraction:
    """Onset, in quarters, of what a dynamic of a staff stands at: what is nearest to a pixel column, and rather a note
    than a rest, and rather of its own staff. 0 without anything. space: staff space in pixels."""
    def price(p: Placed) -> float:
        away = abs(p.event.x + T.half_head * space - col) / space
        return away + T.other_staff * (p.event.staff != staff) + T.at_rest * (p.event.rest is not None)

    best = min(placed, key=price, default=None)
    return Fraction(0) if best is None else Fraction(best.onset, TICKS)


def settle_pedals(measures: Sequence[Measure]) -> list[Measure]:
    """The measures of one part with pedal signs in turn, down and up. Where the pedal goes down twice it comes up right
    before the second time; where it comes up without having gone down, the sign is left out."""
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
        settled.append(measure if kept == list(measure.directions) else replace(measure, directions=tuple(kept)))
    return settled
