"""What is doubtful about a bar, in a musician's words: its rhythm, a bar in which nothing was read, chord symbols that
cannot be read, and chord diagrams without a chord symbol."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from omr.music.bars import Bar
from omr.music.events import Event
from omr.music.measures import REPEAT_SIGN
from omr.music.notes import quarters
from omr.music.timing import TimedBar
from omr.text.chordnames import diagram_of
from omr.text.places import staff_below
from omr.types import Box, Doubt, NotationGraph, StaffInPart
from omr.types.said import said, said_quarters

STRAINED_COST = 8.0
"""A bar whose reading costs more than this (see `omr.music.prices.Prices`) is doubted, whatever was assumed in it. On
the first two pages of 64 sonata movements, the times were right in 67 % of the bars above it without another doubt, and
in 95 % of those below."""
ON_MIDDLE = 0.5
"""Greatest distance of a multi-measure rest's thick bar from the middle line, in half staff spaces. In MuseScore it is
at most 0.1."""
DIAGRAM_OVER_STAFF = 12.0
"""Greatest height of the middle of a chord diagram above its staff, in staff spaces."""
CHANGES: Mapping[str, str] = {
    "unmarked triplet": "notes are taken for a triplet that is not marked",
    "unmarked tuplet": "notes are taken for a tuplet that is not marked",
    "one beam more": "a group of notes is taken as half as long as it looks",
    "beams of one number": "notes under one beam are taken as equally long, though they look otherwise",
    "one beam less": "a group of notes is taken as twice as long as it looks",
    "tuplet digit ignored": "the digit of a tuplet is taken for a fingering",
    "dot missed": "a note or rest is taken as dotted",
    "dot dropped": "a dot is taken for a speck",
    "rest of another kind": "a rest is taken for one half or twice as long",
    "flag or beam missed": "a note is taken as shorter than its flags or beams say",
    "flag or beam too many": "a note is taken as longer than its flags or beams say",
    "flag missed": "a quarter note is taken for an eighth",
    "hollow head read as filled": "a quarter note is taken for a half note",
    "head of another kind": "a hollow note is taken as half or twice as long as it looks",
}
"""What was read otherwise than printed (`omr.music.rhythm`), in a musician's words."""


def of_rhythm(
    timed: TimedBar, box: Box, measure: int, is_uncounted: bool, here: Mapping[int, StaffInPart]
) -> list[Doubt]:
    """Doubts about the rhythm of a bar.

    measure: its number from 1 over the whole score.
    here: for each of its staves, by index on the page, which staff of which part it is.
    """
    reading = timed.reading
    messages: list[tuple[str, tuple[int, ...]]] = []
    changes = Counter(change for p in reading.placed for change in p.changes)
    if changes:
        listed = ", ".join(CHANGES[change] + (f" ({n} times)" if n > 1 else "") for change, n in changes.items())
        messages.append((f"read so that the measure is full: {listed}", ()))
    if reading.dropped:
        names = Counter((e.rest or e.heads[0]).name for e in reading.dropped)
        listed = ", ".join(said(name, n) for name, n in sorted(names.items()))
        messages.append((f"left out, since the measure is full without: {listed}", _symbols(reading.dropped)))
    if reading.faults and not is_uncounted:
        messages.append((_sums(timed, here), ()))
    if not messages and reading.cost > STRAINED_COST:
        messages.append(("its rhythm is a guess: however it is read, much in it is unusual", ()))
    if timed.measures is None:
        messages.append(("a rest of several measures whose number was not read: taken for one measure", ()))
    return [Doubt(page=timed.bar.page, box=box, message=message, kind="rhythm", measure=measure, symbols=symbols)
            for message, symbols in messages]


def is_blank(timed: TimedBar, graph: NotationGraph) -> bool:
    """Whether nothing to play was read in a bar: neither notes nor rests, nor a sign that stands for them. Then the
    print was missed, or the bar is empty.

    graph: of its page. A bar without width is one of the measures of a multi-measure rest. If the number of such a rest
    was read, its thick bar is often taken for a beam.
    """
    bar = timed.bar
    if timed.measures is not None and timed.measures > 1 and any(
            abs(graph.staves[staff].position(*point)) < ON_MIDDLE for staff in bar.system.staves
            for s in graph.strokes if s.kind == "beam" for point in s.points if bar.left < point[1] < bar.right):
        return False
    if bar.left >= bar.right or bar.events or bar.graces or timed.rests:
        return False
    return not any(s.name == REPEAT_SIGN and bar.left <= s.box.center[1] < bar.right
                   and graph.staff_of.get(s.id) in bar.system.staves for s in graph.symbols)


def of_blank(timed: TimedBar, graph: NotationGraph, box: Box, measure: int) -> list[Doubt]:
    """A doubt if nothing was read in a bar of a scan. (A drawn page holds everything that is printed.) measure: its
    number from 1 over the whole score."""
    if graph.exact or not is_blank(timed, graph):
        return []
    return [Doubt(page=graph.page, box=box, kind="rhythm", measure=measure,
                  message="nothing was read in it, neither notes nor rests")]


def of_chords(graph: NotationGraph, unknown: Mapping[int, int], bar: Bar, measure: int) -> list[Doubt]:
    """A doubt for each chord symbol of a bar that cannot be read. unknown: index of each such word on its page -> staff
    index. measure: the bar's number from 1 over the whole score."""
    return [Doubt(page=bar.page, box=graph.words[i].box, kind="text", measure=measure,
                  message=f"a chord symbol that is not known: {graph.words[i].text}")
            for i, staff in unknown.items()
            if staff in bar.system.staves and bar.left <= graph.words[i].box.left < bar.right]


def of_diagrams(graph: NotationGraph, names: Mapping[int, int], bar: Bar, measure: int) -> list[Doubt]:
    """A doubt for each chord diagram of a bar that has no chord symbol. names: index of a chord symbol among the page's
    words -> staff index. measure: the bar's number from 1 over the whole score."""
    named = [diagram_of(graph, graph.words[i]) for i in names]
    alone = [board for board in graph.fretboards if board not in named]
    return [Doubt(page=bar.page, box=board.box, kind="text", measure=measure,
                  message="a chord diagram without a chord symbol is left out")
            for board in alone if bar.left <= board.box.center[1] < bar.right
            and (staff := staff_below(graph, board.box, DIAGRAM_OVER_STAFF)) is not None
            and staff.index in bar.system.staves]


def _sums(timed: TimedBar, here: Mapping[int, StaffInPart]) -> str:
    """What does not add up in a bar: on which staves the notes have which sum. here: which staff of which part each
    staff is."""
    reading = timed.reading
    ends: dict[int, int] = {}
    for placed in reading.placed:
        ends[placed.home_staff] = max(ends.get(placed.home_staff, 0), placed.onset + placed.ticks)
    full = timed.duration or reading.duration
    wrong = {staff: end for staff, end in ends.items() if end != full}
    if not wrong:
        return "a voice ends before the measure does"
    listed = "; ".join(f"{_hand(staff, here)}the notes last {said_quarters(quarters(end))}"
                       for staff, end in sorted(wrong.items()))
    return f"{listed}, where the measure has {said_quarters(quarters(full))}"


def _hand(staff: int, here: Mapping[int, StaffInPart]) -> str:
    """Which staff is meant, if there are several. staff: its index on the page."""
    if len(here) < 2 or staff not in here:
        return ""
    if len(here) == 2 and len({place.part for place in here.values()}) == 1:
        return "right hand: " if here[staff].staff == 1 else "left hand: "
    return f"staff {sorted(here).index(staff) + 1} from the top: "


def _symbols(events: Sequence[Event]) -> tuple[int, ...]:
    """Ids of the noteheads and rests of events."""
    return tuple(s.id for e in events for s in (*e.heads, e.rest) if s is not None)
