"""From the graphs of all pages to one score: all steps of `omr.music` in order.

First, `settle` decides what only all pages together can tell. Then bars are cut, the clefs, keys and time signatures
that hold in each are read, movements are found, and the rhythm of every bar is read. Finally a `ScoreBuilder` goes
through the bars, and makes of each a measure of every part.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from omr.music.bars import Bar, cut_bars
from omr.music.context import ClefSign, read_context
from omr.music.directions import Line, find_lines, octaves_of_heads, read_directions, settle_pedals
from omr.music.doubtful import of_blank, of_chords, of_diagrams, of_rhythm
from omr.music.events import given_of, read_events, with_given
from omr.music.hidden import from_the_start
from omr.music.layout import find_groups, place_systems
from omr.music.measures import REPEAT_SIGN, BarNotes, played_again, repeat_signs
from omr.music.movements import find_movements, number_measures
from omr.music.notes import OpenTies, PageMarks, PitchReader, quarters
from omr.music.placed import Reading
from omr.music.settle import Settled, settle
from omr.music.sides import Sides
from omr.music.ties import join_ties
from omr.music.timing import Choose, TimedBar, time_bars, unfold_long_rests
from omr.music.voices import fill_silence
from omr.music.written import (
    are_left_aligned,
    chord_column,
    chord_directions,
    is_written,
    metronome_directions,
    rehearsal_directions,
    word_directions,
)
from omr.notation.joins import Joined, join_curves
from omr.text.chordnames import find_chord_names, unknown_chord_names
from omr.text.heading import Heading, read_heading
from omr.text.leftout import LeftOut, left_out
from omr.text.lyrics import find_verses, with_lyrics
from omr.text.metronome import Metronome
from omr.text.phrases import Phrase, in_music
from omr.text.rights import Rights, read_rights
from omr.types import (
    Box,
    Clef,
    Direction,
    Doubt,
    EdgeKind,
    Given,
    Measure,
    NotationGraph,
    Note,
    Part,
    Pitch,
    Places,
    Rest,
    Score,
    StaffInPart,
    StaffKey,
    Symbol,
    System,
)
from omr.types.memo import Memo


def read_score(graphs: Sequence[NotationGraph], source: str) -> Score:
    """The score of all pages, given in order. source: names what the pages were read from.

    Never fails on odd music: what does not add up becomes a doubt. Without a bar on any page, the score has no parts.
    """
    return read_measures(graphs).score(source)


def read_measures(
    graphs: Sequence[NotationGraph], choose: Choose | None = None, memo: Memo | None = None
) -> ScoreBuilder:
    """The measures of all pages, given in order, together with the bars from which they were made: one can ask for
    other readings of a bar.

    choose: picks the reading of each bar, by default the likeliest; see `omr.music.timing.Choose`.
    memo: that of an earlier version of the same score. What has not changed since is not computed again.
    """
    memo = memo or Memo()
    memo.turn()
    settled = settle(graphs, memo)
    bars = [bar for graph, printed in zip(settled.graphs, settled.printed, strict=True)
            for bar in _bars_of_page(graph, printed, memo)]
    contexts = read_context(settled.graphs, bars, settled.places, memo)
    starts = find_movements(settled.graphs, bars, contexts, memo)
    timed = time_bars(settled.graphs, bars, contexts, settled.places, starts, choose, memo)
    timed, starts = unfold_long_rests(timed, starts, settled.graphs)
    numbers = number_measures(
        [t.bar for t in timed], [quarters(t.reading.duration) for t in timed],
        [None if t.duration is None else quarters(t.duration) for t in timed], starts)
    builder = ScoreBuilder(settled, memo)
    numbered = [NumberedBar(bar, number, is_uncounted, i in starts)
                for i, (bar, (number, is_uncounted)) in enumerate(zip(timed, numbers, strict=True))]
    for _, of_page in groupby(numbered, lambda bar: bar.timed.bar.page):
        builder.add_page(list(of_page))
    return builder


def _bars_of_page(graph: NotationGraph, printed: NotationGraph, memo: Memo) -> list[Bar]:
    """The bars of a page. Bars in which nothing has changed are the same objects as before. printed: the page without
    what a person said about it, which changes only the bars concerned."""
    known = memo(_kept_bars, printed)
    if not known:
        page = printed.page
        events = memo.same(f"events of {page}", read_events(printed), lambda event: event.id)
        known += memo.same(f"bars of {page}", cut_bars(printed, events), lambda bar: (bar.system.staves, bar.left))
    return memo.section(("given", printed.page), (graph, *known), (),
                        lambda own: [_as_given(bar, graph, own) for bar in known]) if graph.given else known


def _kept_bars(printed: NotationGraph) -> list[Bar]:
    """A place in a `Memo` where a page's bars are kept."""
    return []


def _as_given(bar: Bar, graph: NotationGraph, memo: Memo) -> Bar:
    """A bar with what a person said about the rhythm of its events."""
    said = tuple((event.id, given) for event in (*bar.events, *bar.graces)
                 if (given := given_of(event, graph)) is not None)
    return memo(_with_given, bar, plain=said) if said else bar


def _with_given(bar: Bar, *said: tuple[int, Given]) -> Bar:
    """A bar with what was said about some of its events, by their ids."""
    given = dict(said)
    events, graces = ([with_given(e, given[e.id]) if e.id in given else e for e in own]
                      for own in (bar.events, bar.graces))
    return replace(bar, events=tuple(events), graces=tuple(graces))


# ---- pages -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, kw_only=True)
class _PageFinds:
    """One page with everything that is found on it as a whole, before its bars are gone through.

    octaves: notehead -> octaves by which an octave line moves it.
    chord_names: index among the page's words -> staff index.
    chords_left: whether chord symbols begin over their notes.
    unknown_chords: the same as `chord_names`, for chord symbols that cannot be read.
    phrases: words in the music.
    again: signs that tell to repeat a bar.
    """

    graph: NotationGraph
    marks: PageMarks
    lines: Sequence[Line]
    octaves: Mapping[int, int]
    sides: Sides
    metronomes: Sequence[Metronome]
    chord_names: Mapping[int, int]
    chords_left: bool
    unknown_chords: Mapping[int, int]
    phrases: Sequence[Phrase]
    again: Sequence[Symbol]

    def directions(self, bar: Bar, reading: Reading) -> list[Direction]:
        """Everything in a bar that is neither note nor rest. `staff` is the staff index on the page."""
        return [
            *read_directions(self.graph, bar, reading, self.lines, self.sides),
            *word_directions(self.phrases, bar, reading, self.sides),
            *metronome_directions(self.metronomes, bar, reading, self.sides),
            *rehearsal_directions(self.graph, bar, reading),
            *chord_directions(self.graph, self.chord_names, bar, reading, self.chords_left),
        ]


def _find(
    graph: NotationGraph, metronomes: Sequence[Metronome], sung: Collection[int], lines: Sequence[Line],
    numbers: Iterable[tuple[int, int]], kinds: Iterable[tuple[int, EdgeKind]],
    starts: frozenset[tuple[int, int]], stops: frozenset[tuple[int, int]],
) -> _PageFinds:
    """Everything that is found on a page.

    sung: indices of words that are syllables.
    lines: of the page.
    numbers, kinds, starts, stops: of its curves, as in `omr.notation.joins.Joined`.
    """
    chord_names = find_chord_names(graph, set(sung))
    in_metronomes = {word for mark in metronomes for word in mark.words}
    phrases = in_music(graph, {*sung, *chord_names, *in_metronomes})
    curves = Joined({(graph.page, curve): number for curve, number in numbers},
                    {(graph.page, curve): kind for curve, kind in kinds}, starts, stops)
    return _PageFinds(graph=graph, marks=PageMarks(graph, curves), lines=lines, octaves=octaves_of_heads(graph, lines),
                      sides=Sides(graph, sung), metronomes=metronomes, chord_names=chord_names, phrases=phrases,
                      chords_left=are_left_aligned(graph, chord_names),
                      unknown_chords=unknown_chord_names(graph, set(sung)),
                      again=[symbol for symbol in graph.symbols if symbol.name == REPEAT_SIGN])


def _left_out(
    finds: _PageFinds, bars: Sequence[tuple[System, float, float, bool]], sung: Collection[int],
    heading: Collection[int], least_score: float,
) -> LeftOut:
    """The words of a page that are not in the score.

    bars: for each, the system, its left and right end, and whether it is the system's first.
    sung, heading: indices of words that are in the score.
    least_score: as for `left_out`.
    """
    graph = finds.graph
    cut = [Bar(page=graph.page, system=system, left=left, right=right, first_of_system=is_first)
           for system, left, right, is_first in bars]
    used = {*sung, *heading}
    used |= {i for i, staff in finds.chord_names.items()
             if any(chord_column(graph, graph.words[i].box, staff, bar) is not None for bar in cut)}
    used |= {i for i, staff in finds.unknown_chords.items() for bar in cut
             if staff in bar.system.staves and bar.left <= graph.words[i].box.left < bar.right}
    written: list[Phrase | Metronome] = [*finds.phrases, *finds.metronomes]
    used |= {i for one in written if is_written(one.box, cut, finds.sides) for i in one.words}
    return left_out(graph, used, least_score)


# ---- bar by bar ------------------------------------------------------------------------------------------------


@dataclass
class _Shown:
    """Each staff's clef and each part's key as they were last shown. A score only states changes."""

    clefs: dict[StaffInPart, ClefSign] = field(default_factory=dict)
    keys: dict[int, int] = field(default_factory=dict)

    def copy(self) -> _Shown:
        return _Shown(dict(self.clefs), dict(self.keys))


class NumberedBar(NamedTuple):
    """A bar with its rhythm, and how it is counted. number, is_uncounted: as `number` and `pickup` of `Measure`."""

    timed: TimedBar
    number: int
    is_uncounted: bool
    begins_movement: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class _Added:
    """A bar as it was added.

    index: its index among all bars.
    shown: before it.
    pitches: of its noteheads.
    here: staff index on the page -> its place in the score.
    before: the measures of the bar before it, one for each part. Empty at the first bar, and if no bar is repeated.
    """

    numbered: NumberedBar
    index: int
    shown: _Shown
    pitches: Mapping[int, Pitch]
    here: Mapping[int, StaffInPart]
    before: Sequence[Measure]

    @property
    def timed(self) -> TimedBar:
        return self.numbered.timed


@dataclass(frozen=True, eq=False)
class _MadePage:
    """The bars of a page as they were added. measures: for each bar, one of every part. shown, open_ties: after the
    page."""

    added: Sequence[_Added]
    measures: Sequence[Sequence[Measure]]
    doubts: Sequence[Doubt]
    shown: _Shown
    open_ties: OpenTies


@dataclass(frozen=True, eq=False)
class OtherMeasures:
    """Another reading of a bar.

    reading: its rhythm.
    cost_above: how much dearer it is than the reading in the score, in the prices of `omr.music.rhythm`. It is negative
        if a reading as printed was accepted before repairs were tried.
    measures: what each part plays in this reading, without ties to other bars and without lyrics.
    """

    reading: Reading
    cost_above: float
    measures: tuple[Measure, ...]


class ScoreBuilder:
    """Makes the measures of all parts, bar by bar in the order of the score."""

    def __init__(self, settled: Settled, memo: Memo | None = None):
        """settled: the pages of the score. memo: that of an earlier version."""
        graphs, self._places, self._parts = settled.printed, settled.places, settled.parts
        self._graphs, self.memo = graphs, memo or Memo()
        self._given = {graph.page: graph.given for graph in settled.graphs}
        self._verses = find_verses(graphs, self._places, self.memo)
        lines = find_lines(graphs, self._places, self.memo)
        curves = join_curves(graphs, self._places, self.memo)
        self._pages: dict[int, _PageFinds] = {}
        for graph in graphs:
            self._pages[graph.page] = self.memo(_find, graph, settled.metronomes[graph.page], plain=(
                self.sung(graph.page), tuple(line for line in lines if line.page == graph.page),
                frozenset((c[1], n) for c, n in curves.numbers.items() if c[0] == graph.page),
                frozenset((c[1], k) for c, k in curves.kinds.items() if c[0] == graph.page),
                frozenset(head for head in curves.starts if head[0] == graph.page),
                frozenset(head for head in curves.stops if head[0] == graph.page)))
        self._shown = _Shown()
        self._open_ties: OpenTies = {}
        self._added: list[_Added] = []
        self._measures: list[Sequence[Measure]] = []
        self._doubts: list[Doubt] = []

    def add_page(self, bars: Sequence[NumberedBar]) -> None:
        """Add all bars of the next page."""
        page, first = self._pages[bars[0].timed.bar.page], len(self._added)
        number, graph = page.graph.page, page.graph
        before = self._measures[-1] if page.again and self._measures else ()
        made = self.memo.section(
            ("page", number),
            (page, self._given[number], *before,
             *(thing for b in bars for thing in (b.timed.bar, b.timed.context, b.timed.reading))),
            (first, tuple((b[1:], b.timed.duration, b.timed.time, b.timed.measures) for b in bars),
             tuple(self._places.get(StaffKey(number, staff.index)) for staff in graph.staves),
             tuple(self._parts.layout), tuple(self._shown.clefs.items()), tuple(self._shown.keys.items()),
             tuple(self._open_ties.items())),
            lambda memo: self._make_page(bars, page, before, memo))
        self._added += made.added
        self._measures += made.measures
        self._doubts += made.doubts
        self._shown, self._open_ties = made.shown, made.open_ties

    def _make_page(
        self, bars: Sequence[NumberedBar], page: _PageFinds, before: Sequence[Measure], memo: Memo
    ) -> _MadePage:
        """The bars of the next page. before: as in `_Added`, for the first of them."""
        shown, pitches = self._shown, PitchReader(self._open_ties)
        added: list[_Added] = []
        made: list[Sequence[Measure]] = []
        doubts: list[Doubt] = []
        for index, numbered in enumerate(bars, len(self._added)):
            timed, bar = numbered.timed, numbered.timed.bar
            if numbered.begins_movement:
                shown = _Shown()
            here = {staff: self._places[StaffKey(bar.page, staff)] for staff in bar.system.staves}
            is_again = any(bar.left <= sign.box.center[1] < bar.right for sign in page.again)
            added.append(_Added(
                numbered=numbered, index=index, shown=shown, here=here, before=before if is_again else (),
                pitches=pitches.read(
                    bar, timed.context, page.marks, here, page.octaves, memo, self._given[bar.page])))
            doubts += of_rhythm(timed, _box(bar, page.graph), index + 1, numbered.is_uncounted, here)
            doubts += of_blank(timed, page.graph, _box(bar, page.graph), index + 1)
            doubts += of_chords(page.graph, page.unknown_chords, bar, index + 1)
            doubts += of_diagrams(page.graph, {**page.chord_names, **page.unknown_chords}, bar, index + 1)
            before, shown = self._make_known(added[-1], memo)
            made.append(before)
        return _MadePage(added, made, doubts, shown, pitches.open_ties)

    def sung(self, page: int) -> frozenset[int]:
        """Indices of the words of a page that are syllables, whether they have a note or not."""
        return frozenset(word for v in self._verses if v.page == page for s in v.syllables for word in s.words)

    def words_left_out(self, page: int, least_score: float) -> LeftOut:
        """The words of a page that are not in the score, see `omr.text.leftout`. The score has syllables with a note,
        chord symbols, words, metronome marks, the copyright notice, and from the first page title and authors. Chord
        symbols that have a doubt of their own are not named again. Of a page without a staff, no words are named."""
        if page not in self._pages:
            return LeftOut()
        finds = self._pages[page]
        of_page = [added.timed.bar for added in self._added if added.timed.bar.page == page]
        verses = [v for v in self._verses if v.page == page]
        sounding = {id_ for added, measures in zip(self._added if verses else (), self._measures, strict=False)
                    if added.timed.bar.page == page for m in measures for note in m.notes for id_ in note.symbol_ids}
        sung = {word for v in verses for syllable, column in zip(v.syllables, v.columns, strict=True)
                if column is not None and sounding.intersection(column.heads) for word in syllable.words}
        heading = self._heading().words if finds.graph is self._graphs[0] else frozenset()
        heading |= self._rights(finds.graph).words
        bars = tuple((bar.system, bar.left, bar.right, bar.first_of_system) for bar in of_page)
        return self.memo(_left_out, finds, plain=(bars, frozenset(sung), heading, least_score))

    def _heading(self) -> Heading:
        """What is printed above the music of the first page."""
        return self.memo(read_heading, self._graphs[0], plain=(bool(self._verses),)) if self._graphs else Heading()

    def _rights(self, graph: NotationGraph) -> Rights:
        """The copyright notice at the foot of a page."""
        return self.memo(read_rights, graph)

    @property
    def bars(self) -> list[TimedBar]:
        """The bars, one for each measure."""
        return [added.timed for added in self._added]

    @property
    def graphs(self) -> Sequence[NotationGraph]:
        """The pages, settled, without what a person said about their symbols."""
        return self._graphs

    def places(self, index: int) -> Mapping[int, StaffInPart]:
        """Staff index on the page -> its place in the score, for the staves of a measure. index: of the measure, from
        0."""
        return self._added[index].here

    def others(self, index: int, most: int = 3) -> list[OtherMeasures]:
        """Other readings of the bar of a measure, the likeliest first. Searching for them takes 0.05 to 0.3 s each
        time. index: of the measure, from 0. most: how many are wanted."""
        added = self._added[index]
        return [
            OtherMeasures(reading, reading.cost - added.timed.reading.cost, tuple(
                self._make(replace(added, numbered=added.numbered._replace(
                    timed=replace(added.timed, reading=reading))), added.shown.copy())))
            for reading in added.timed.others(most)
        ]

    def _make_known(self, added: _Added, memo: Memo) -> tuple[list[Measure], _Shown]:
        """The measure of every part in a bar, and what is shown after it."""
        timed, page, shown = added.timed, self._pages[added.timed.bar.page], added.shown

        def make() -> tuple[list[Measure], _Shown]:
            after = shown.copy()
            return self._make(added, after), after

        return memo.made(
            "measures", (page, timed.bar, timed.context, timed.reading, added.pitches, *added.before), (
                added.index == 0, added.numbered[1:], timed.duration, timed.time, timed.measures,
                tuple(added.here.items()), tuple(shown.clefs.items()), tuple(shown.keys.items()),
                tuple(self._parts.layout)), make)

    def _make(self, added: _Added, shown: _Shown) -> list[Measure]:
        """The measure of every part in a bar. shown: before it; it is updated with what is shown in the bar."""
        timed, bar, here = added.timed, added.timed.bar, added.here
        page = self._pages[bar.page]
        is_first = added.index == 0
        directions = page.directions(bar, timed.reading)
        played = self._played(BarNotes(timed, page.marks, added.pitches, here), added.before)
        lengths = [max([timed.length(part), *(n.onset_quarter + n.duration_quarter for n in notes)])
                   for part, (notes, _) in enumerate(played)]
        if not timed.own_times:
            lengths = [max(lengths)] * len(lengths)
        # What is the same in the measures of all parts.
        measure = Measure(
            number=added.numbered.number, duration_quarter=lengths[0], time=timed.time,
            left=bar.left_style, right=bar.right_style,
            time_symbol=timed.context.time_symbol if timed.time == timed.context.time else None,
            ending_start=bar.ending_start, ending_stop=bar.ending_stop, ending_open=bar.ending_open,
            pickup=added.numbered.is_uncounted, new_system=bar.first_of_system and not is_first,
            new_page=bar.first_of_page and not is_first, page=bar.page, box=_box(bar, page.graph),
            new_movement=added.numbered.begins_movement,
            long_rest=timed.measures if timed.measures and timed.measures > 1 else 0)
        made = []
        for part, (notes, rests) in enumerate(played):
            own = {staff: place for staff, place in here.items() if place.part == part}
            stretch = timed.stretch(part)
            own_time = timed.own_times.get(part)
            made.append(replace(
                measure, notes=tuple(notes), duration_quarter=lengths[part],
                time=own_time if own_time and timed.time else timed.time,
                time_symbol=None if own_time else measure.time_symbol,
                rests=tuple(fill_silence(notes, rests, self._parts.layout[part], lengths[part])),
                clefs=tuple(_new_clefs(timed, own, shown)),
                directions=tuple(replace(d, staff=own[d.staff].staff, onset_quarter=d.onset_quarter / stretch)
                                 for d in directions if d.staff in own),
                fifths=_new_key(timed, part, own, is_first, shown)))
        return made

    def score(self, source: str) -> Score:
        """The score of all bars that were added."""
        measures = from_the_start([self._joined(i) for i in range(len(self._parts.layout))])
        parts = tuple(
            Part(id=f"P{i + 1}", name=self._parts.names[i], staves=staves, measures=measures[i],
                 abbreviation=self._parts.abbreviations[i], lines=_line_counts(i, staves, self._graphs, self._places))
            for i, staves in enumerate(self._parts.layout)
        )
        heading = self._heading()
        score = Score(
            source=source, parts=parts if self._added else (), doubts=tuple(self._doubts), title=heading.title,
            composer=heading.composer, lyricist=heading.lyricist, arranger=heading.arranger, heading=heading.lines,
            rights=next((text for graph in self._graphs if (text := self._rights(graph).text)), ""),
            groups=find_groups(self._graphs, self._places, self._parts.layout),
            systems=place_systems(self._graphs, self._places, [a.timed.bar for a in self._added]),
            sheets=tuple(g.sheet for g in self._graphs if g.sheet is not None))
        return with_lyrics(score, self._verses)

    def _joined(self, part: int) -> tuple[Measure, ...]:
        """The measures of a part, with completed ties and pedal signs."""
        measures = [own[part] for own in self._measures]
        return self.memo.section(("joined", part), tuple(measures), (),
                                 lambda memo: tuple(settle_pedals(join_ties(measures, memo))))

    def _played(self, bar_notes: BarNotes, before: Sequence[Measure]) -> list[tuple[list[Note], list[Rest]]]:
        """The notes and rests of every part. A staff with a repeat sign and no note plays its last measure again.
        before: as in `_Added`."""
        played = []
        bar = bar_notes.timed.bar
        for part in range(len(self._parts.layout)):
            notes, rests = bar_notes.of_part(part)
            signs = repeat_signs(self._pages[bar.page].graph, bar, bar_notes.places, part) if before else []
            for sign, staff in signs:
                if not any(n.staff == staff for n in notes):
                    again = played_again(before[part], staff, sign)
                    notes, rests = [*notes, *again[0]], [r for r in rests if r.staff != staff] + again[1]
            played.append((notes, rests))
        return played


def _new_clefs(timed: TimedBar, own: Mapping[int, StaffInPart], shown: _Shown) -> list[Clef]:
    """Changes of clef of a part in a bar. A clef after the bar's last note belongs to the next bar, whose context
    begins with it. own: the part's staves, by their index on the page."""
    found: list[Clef] = []
    for staff, place in own.items():
        for column, clef in timed.context.clefs[staff]:
            onsets = [p.onset for p in timed.reading.placed if p.event.x > column]
            opens = column == -math.inf
            if shown.clefs.get(place) == clef or not (opens or onsets):
                continue
            shown.clefs[place] = clef
            onset = Fraction(0) if opens else quarters(min(onsets)) / timed.stretch(place.part)
            found.append(Clef(place.staff, onset, clef.sign, clef.line, clef.octave_change))
    return found


def _new_key(
    timed: TimedBar, part: int, own: Mapping[int, StaffInPart], is_first: bool, shown: _Shown
) -> int | None:
    """The key that a part shows in a bar; None without a change. A part that does not play yet begins without sharps or
    flats."""
    if not own:
        return 0 if is_first else None
    fifths = timed.context.fifths[next(iter(own))]
    if shown.keys.get(part) == fifths:
        return None
    shown.keys[part] = fifths
    return fifths


def _box(bar: Bar, graph: NotationGraph) -> Box:
    """The rectangle of a bar on its page, from the first staff's top line to the last staff's bottom line. A bar
    without width gets one pixel."""
    boxes = [graph.staves[s].box for s in bar.system.staves]
    return Box(min(b.top for b in boxes), bar.left, max(b.bottom for b in boxes), max(bar.right, bar.left + 1))


def _line_counts(part: int, staves: int, graphs: Sequence[NotationGraph], places: Places) -> tuple[int, ...]:
    """How many lines each staff of a part has, in most of the systems; () if all have five."""
    votes: list[Counter[int]] = [Counter() for _ in range(staves)]
    for graph in graphs:
        for staff in graph.staves:
            place = places.get(StaffKey(graph.page, staff.index))
            if place is not None and place.part == part and place.staff <= staves:
                votes[place.staff - 1][staff.line_count] += 1
    lines = tuple(v.most_common(1)[0][0] if v else 5 for v in votes)
    return () if set(lines) == {5} else lines
