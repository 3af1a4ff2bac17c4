"""Signs at a time that are neither notes nor rests: dynamics, pedal, segno and coda, and lines with a duration:
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
"""Pattern for the beginning of the words -> attributes of MusicXML's `<sound>`."""
OCTAVES = {"8va": 1, "8vb": -1, "15ma": 2, "15mb": -2}
"""Text of an octave line -> by how many octaves its notes sound higher (negative: lower)."""


@table
class DirectionTolerances:
    """Distances are in staff spaces, unless said otherwise. Set by hand; none is a measured optimum.

    Lines that continue in the next system:
      system_end: a line may do so if it ends at most this far from the right end of its staff.
    Octave lines:
      octave_side: greatest distance of a notehead's middle beside an octave line that is meant for it: half a notehead.
    Where in a bar a line (a hairpin or an octave line) begins and ends:
      bar_line: a line that begins at most this far before the end of a bar begins in the next bar. A line that ends at
        most this far after the beginning of a bar ends with the bar before.
      behind_dynamic: a hairpin whose left end is at most this far from the right edge of a dynamic begins with the note
        of the dynamic, because engravers begin it behind the dynamic. On 38 engraved pages this is true of all hairpins
        that begin .3 to 1.1 behind a dynamic. The next nearest one begins with another note, at 2.5.
      begins_before: a hairpin begins with a note whose left edge is at most this far to the right: the width of a
        notehead.
      octave_begins_after: an octave line begins with the first note whose left edge is less than this far to its left,
        because the sign's numeral may be a little to the right of the note.
      hairpin_ends_before, octave_ends_before: the left edge of the first note after a line is less than this far to the
        left of the line's end. Programs end a hairpin with the notehead of the last note that it lasts through; old
        prints may also end it below the note to which it leads. Of 150 hairpins on 28 engraved pages, 145 end right
        with a limit of .2 or .4, 143 with .6, 138 with .9 and 122 with 1.2. An octave line ends at the right edge of
        its last notehead.
    Segnos and codas:
      over_barline: part of the width of a sign. If the sign's middle is at most this far left of a barline, it belongs
        to the bar that begins there. A sign for the end of a bar has its right edge at the barline.
    Dynamics, which are under their note or a little before it. These limits were set on 910 dynamics of 36 movements of
    Beethoven and Mozart in old prints: 94 % get the onset that they have in the encodings. (Taking what is nearest to
    the left edge of the dynamic gives 82 %.)
      dynamic_before: how far the middle of a dynamic is before the middle of its note.
      half_head: distance from the left edge of a note to its middle.
      other_staff, at_rest: added to the distance of a note on another staff, and of a rest.
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
    "Fine"); {} for all other words. The beginning of the words decides: "D.C. al Fine" is a jump, "Fine" an end."""
    for pattern, sound in _JUMPS:
        if re.match(rf"({pattern})(?![a-z])", words.strip(), re.IGNORECASE):
            return sound
    return {}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A hairpin or octave line in one system, or the part of it that is in this system.

    page, staff: their indices.
    kind, text: of the `Direction` with which it begins.
    left, right: columns of its ends, in pixels.
    begins, ends: whether it begins or ends here, and not in the system before or after.
    behind: the column of the note to which the dynamic directly before it belongs; None if there is no such dynamic.
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
    """The lines of all pages. A line that reaches the end of a system is joined to a line of its kind that begins
    before the first notehead of the same staff in the next system.

    place_of: place of every staff in the score. Only staves with the same place are joined.
    memo: that of an earlier version of the score.
    """
    memo = memo or Memo()
    found: list[Line] = []
    waiting: dict[tuple[int, int], int] = {}  # staff of the score -> index in `found` of the line that may go on
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
    """The lines of a page; and for each staff with a notehead, by index, the right edge of the first notehead."""
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
    """The column of the note to which a dynamic belongs, if a hairpin that begins at this place is directly behind it;
    else None. space: the staff space in pixels."""
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
    """Id of every notehead of a page under an octave line -> by how many octaves it sounds higher (negative: lower)."""
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
    """Ids of the symbols and strokes of a page that are dynamics, octave lines, hairpins and the signs in `SIGNS`."""
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
    page. Among directions at the same time, those that end a line come first.

    lines: of all pages.
    sides: of the bar's page.
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
    """Whether a sign is in a bar. A segno or coda whose middle is over a barline belongs to the beginning of the next
    bar. end: a bar that ends at or after this column is the last one of its system."""
    middle = sign.box.center[1]
    meant = middle + T.over_barline * (sign.box.right - sign.box.left) if sign.kind == "jump" else middle
    return bar.left <= meant < bar.right or (bar.right >= end and middle < bar.right <= meant)


class _Times(NamedTuple):
    """When a line begins and ends in a bar, in ticks from the bar's beginning; None if not in this bar."""

    start: Fraction | None = None
    end: Fraction | None = None


def _times_in_bar(line: Line, bar: Bar, reading: Reading, space: float) -> _Times:
    """When a line begins and ends, as far as that is in a bar. space: the staff space in pixels.

    A hairpin begins with the note under which it starts, even if it starts a little before the notehead, and preferably
    with a note of its own staff. A hairpin directly behind a dynamic begins with the dynamic, for which it has made
    room. An octave line begins with the first notehead below or above it. Both end before the first note that they do
    not reach.
    """
    is_octave = line.kind == "octave-start"
    # A hairpin may begin or end with a note on another staff. An octave line is for the noteheads of its own staff.
    placed = [p for p in reading.placed if not is_octave or p.event.staff == line.staff]
    edge = T.bar_line * space
    start, end = None, None
    # After a barline, a hairpin begins with the bar, whatever is before it.
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
        # A line under one short note lasts until the next note. If it ended where it begins, players would never end
        # it.
        after = [p.onset for p in placed
                 if p.event.x > line.right - reach * space and (start is None or p.onset > start)]
        end = Fraction(min(after, default=reading.duration))
    return _Times(start, end)


def _one_after_the_other(lines: Sequence[Line], times: Sequence[_Times], duration: int) -> list[_Times]:
    """The times of lines in a bar of this duration, where no hairpin lasts longer than until the next one of its staff
    begins. Two hairpins that begin with one long note divide its time."""
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
    """How far an event is from the left end of a line, in staff spaces. An event on another staff counts as farther."""
    return abs(placed.event.x - line.left) / space + T.other_staff * (placed.event.staff != line.staff)


def onset_near(col: float, placed: Sequence[Placed]) -> Fraction:
    """Onset, in quarters, of the event nearest to a pixel column; 0 without any event."""
    near = min(placed, key=lambda p: abs(p.event.x - col), default=None)
    return Fraction(0) if near is None else Fraction(near.onset, TICKS)


def _side_of_sign(
    sign: Symbol, staff: int, graph: NotationGraph, system: System
) -> tuple[int, Literal["above", "below"]]:
    """(index of the staff, side) for a sign near a staff. A pedal sign between two staves of a brace is written above
    the lower one: MuseScore 3 draws every pedal sign above its staff, whatever its side, and would draw those of the
    upper staff into its notes."""
    if graph.staves[staff].position(*sign.box.center) > 0:
        return staff, "above"
    brace = next((b for b in system.braces if staff in b[:-1]), ())
    if sign.kind == "pedal" and brace:
        return brace[brace.index(staff) + 1], "above"
    return staff, "below"


def _meant_column(letters: Sequence[Symbol], space: float) -> float:
    """Where the middle of the note is to which a dynamic belongs. space: the staff space in pixels."""
    return (letters[0].box.left + letters[-1].box.right) / 2 + T.dynamic_before * space


def _onset_of_dynamic(col: float, staff: int, placed: Sequence[Placed], space: float) -> Fraction:
    """Onset, in quarters, of the event to which a dynamic of a staff belongs: the event nearest to a pixel column,
    preferably a note rather than a rest, and on its own staff. 0 without any event. space: the staff space in pixels.
    """
    def price(p: Placed) -> float:
        away = abs(p.event.x + T.half_head * space - col) / space
        return away + T.other_staff * (p.event.staff != staff) + T.at_rest * (p.event.rest is not None)

    best = min(placed, key=price, default=None)
    return Fraction(0) if best is None else Fraction(best.onset, TICKS)


def settle_pedals(measures: Sequence[Measure]) -> list[Measure]:
    """The measures of one part with alternating pedal signs, down and up. If the pedal goes down twice, it is lifted
    directly before the second time. If it is lifted without having gone down, the sign is left out."""
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
