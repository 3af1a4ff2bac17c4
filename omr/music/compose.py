"""Graphs of notation, page by page, become one score: measures, voices, onsets, durations, and what is doubtful.

Each bar is read by `omr.music.rhythm` against the time signature's check sum; the time signature itself is checked
against what most bars add up to, and inferred from them where none is printed.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from omr.music.bars import Bar, cut_bars
from omr.music.context import (
    BarContext,
    ClefSign,
    agree_on_octaves,
    first_clefs,
    read_context,
    without_unlikely_clefs,
)
from omr.music.directions import Sides, find_lines, octaves_of_heads, read_directions, settle_pedals
from omr.music.events import TICKS, Event, read_events
from omr.music.layout import find_groups, place_systems
from omr.music.longrests import count_measures
from omr.music.meter import check_time
from omr.music.movements import find_movements, number_measures
from omr.music.notes import TYPES, PageMarks, PitchReader, beams_of, beams_of_graces, make_graces, make_notes, quarters
from omr.music.parts import PartMap, find_parts
from omr.music.rhythm import PRICES, Placed, Reading, read_bar
from omr.music.written import chord_directions, metronome_directions, word_directions
from omr.notation.curves import join_curves
from omr.text.chordnames import find_chord_names
from omr.text.lyrics import find_verses, with_lyrics
from omr.text.metronome import Metronome, find_metronomes, without_metronomes
from omr.text.phrases import Heading, in_music, read_heading
from omr.types import Box, Clef, Doubt, Measure, NotationGraph, Note, Part, Rest, Score, Symbol

PICKUP_PRICE = 0.3
SPLIT_PRICE = 0.8
LAST_PRICE = 1.2


@dataclass(frozen=True, eq=False)
class _Slot:
    """One bar with all that was found out about it. duration: ticks of a full bar here. measures: how many its rest
    stands for; None, an unknown number."""

    bar: Bar
    context: BarContext
    duration: int | None
    reading: Reading
    time: tuple[int, int] | None
    rests: tuple[Event, ...]
    measures: int | None = 1


def read_score(graphs: Sequence[NotationGraph], source: str) -> Score:
    """The score of all pages in order. Never fails on odd music: what does not add up becomes a doubt."""
    graphs = [g for g in graphs if g.staves and g.systems]
    metronomes = {g.page: find_metronomes(g) for g in graphs}
    graphs = [without_metronomes(g, metronomes[g.page]) for g in graphs]
    bars: list[Bar] = []
    for graph in graphs:
        bars.extend(cut_bars(graph, read_events(graph)))
    systems = [(g, s) for g in graphs for s in g.systems]
    clefs = {g.page: first_clefs(g) for g in graphs}
    parts = find_parts([s for _, s in systems], [clefs[g.page] for g, _ in systems], [g.names for g, _ in systems])
    place_of = {
        (g.page, staff): place
        for (g, s), places in zip(systems, parts.places, strict=True)
        for staff, place in zip(s.staves, places, strict=True)
    }
    graphs = without_unlikely_clefs(agree_on_octaves(graphs, place_of), place_of)
    contexts = read_context(graphs, bars, place_of)
    starts = find_movements(graphs, bars, contexts)
    slots, starts = _unfold(_read_bars(graphs, bars, contexts, place_of, starts), starts, graphs)
    return _build(source, graphs, parts, place_of, slots, starts, metronomes)


# ---- durations -------------------------------------------------------------------------------------------------


def _read_bars(
    graphs: Sequence[NotationGraph], bars: Sequence[Bar], contexts: Sequence[BarContext],
    place_of: Mapping[tuple[int, int], tuple[int, int]], starts: set[int],
) -> list[_Slot]:
    space = {g.page: g.staves[0].space_px for g in graphs}
    part_of = {g.page: {s.index: place_of.get((g.page, s.index), (0, 1))[0] for s in g.staves} for g in graphs}
    split = [_without_measure_rests(b, None) for b in bars]
    slots: list[_Slot] = []
    triplets = 0.0
    for start, end in _stretches(contexts, starts):
        time, inferred = check_time(contexts[start], bars[start:end], split[start:end], space)
        duration = None if time is None else time[0] * 4 * TICKS // time[1]
        for i in range(start, end):
            bar = bars[i]
            events, rests = _without_measure_rests(bar, duration)
            price = PRICES.tuplet_unmarked - min(triplets, 1.4)
            reading = read_bar(
                events, duration, part_of[bar.page], space[bar.page], _short_price(bars, slots, i), price
            )
            marked = sum(p.ratio is not None for p in reading.placed)
            triplets = min(3.0, triplets + 0.2 * marked) if marked else triplets * 0.85
            opens = i == 0 or i in starts
            shown = time if i == start and (contexts[i].time is not None or opens or inferred) else None
            slots.append(_Slot(bar, contexts[i], duration, reading, shown, rests))
    return slots


def _unfold(
    slots: Sequence[_Slot], starts: set[int], graphs: Sequence[NotationGraph]
) -> tuple[list[_Slot], set[int]]:
    """The slots and where movements begin, with every rest of several measures as so many slots. All but the first
    hold nothing and stand, without width, where it ends."""
    graph_of = {g.page: g for g in graphs}
    unfolded: list[_Slot] = []
    begun: set[int] = set()
    for index, slot in enumerate(slots):
        if index in starts:
            begun.add(len(unfolded))
        bar = slot.bar
        measures = count_measures(bar, graph_of[bar.page], (slot.duration or 0) >= 8 * TICKS)
        if measures is None or measures == 1:
            unfolded.append(replace(slot, measures=measures))
            continue
        one = {event.staff: event for event in reversed(slot.rests)}
        blank = replace(bar, left=bar.right, left_style="regular", right_style="regular", events=[], ending_start=(),
                        ending_stop=False, ending_open=False, first_of_system=False, first_of_page=False)
        clefs = {staff: [(-math.inf, signs[-1][1])] for staff, signs in slot.context.clefs.items() if signs}
        context = replace(slot.context, clefs=clefs, key_shown=False, time=None, time_symbol=None, times_seen=[])
        rest = replace(slot, bar=blank, context=context, time=None, rests=(), measures=1)
        last = replace(rest, bar=replace(blank, right_style=bar.right_style, ending_stop=bar.ending_stop,
                                         ending_open=bar.ending_open))
        first = replace(slot, bar=replace(bar, right_style="regular", ending_stop=False, ending_open=False),
                        rests=tuple(one.values()), measures=measures)
        unfolded += [first, *[rest] * (measures - 2), last]
    return unfolded, begun


def _stretches(contexts: Sequence[BarContext], starts: set[int]) -> list[tuple[int, int]]:
    """(first bar, one past the last) of stretches under one time signature. starts: where movements begin."""
    edges = [0] + [i for i, c in enumerate(contexts) if i and (c.time is not None or i in starts)]
    ends = [*edges[1:], len(contexts)]
    return [(a, b) for a, b in zip(edges, ends, strict=True) if a < b]


def _without_measure_rests(bar: Bar, duration: int | None) -> tuple[list[Event], tuple[Event, ...]]:
    """The bar's events, and apart from them the rests that fill the whole bar."""
    count: dict[int, int] = Counter(e.staff for e in bar.events)
    whole = [
        e for e in bar.events
        if e.rest is not None and e.base >= 4 * TICKS
        and (count[e.staff] == 1 or duration is None or duration <= 4 * TICKS)
    ]
    gone = {e.id for e in whole}
    return [e for e in bar.events if e.id not in gone], tuple(whole)


def _short_price(bars: Sequence[Bar], slots: Sequence[_Slot], i: int) -> float:
    """What a short bar costs: pickups, bars cut by a repeat or the piece's end are often short."""
    bar = bars[i]
    if i == 0:
        return PICKUP_PRICE
    before = bars[i - 1].right_style
    if bar.left_style != "regular" or bar.right_style in ("repeat-end", "double", "final") or before != "regular":
        return SPLIT_PRICE
    previous = slots[i - 1]
    if bar.first_of_system and previous.duration and previous.reading.duration < previous.duration:
        return SPLIT_PRICE
    return LAST_PRICE if i == len(bars) - 1 else PRICES.short_bar


# ---- the score -------------------------------------------------------------------------------------------------


def _build(
    source: str, graphs: Sequence[NotationGraph], parts: PartMap, place_of: Mapping[tuple[int, int], tuple[int, int]],
    slots: Sequence[_Slot], starts: set[int], metronomes: Mapping[int, Sequence[Metronome]],
) -> Score:
    graph_of = {g.page: g for g in graphs}
    curves = join_curves(graphs, place_of)
    marks = {g.page: PageMarks(g, curves) for g in graphs}
    lines = find_lines(graphs, place_of)
    octaves = {g.page: octaves_of_heads(g, lines) for g in graphs}
    sides = {g.page: Sides(g) for g in graphs}
    verses = find_verses(graphs, place_of)
    sung = {g.page: {s.word for v in verses if v.page == g.page for s in v.syllables} for g in graphs}
    chords = {g.page: find_chord_names(g, sung[g.page]) for g in graphs}
    timed = {page: {i for mark in marks_ for i in mark.words} for page, marks_ in metronomes.items()}
    phrases = {g.page: in_music(g, sung[g.page] | set(chords[g.page]) | timed[g.page]) for g in graphs}
    pitch_reader = PitchReader()
    measures: list[list[Measure]] = [[] for _ in parts.layout]
    doubts: list[Doubt] = []
    clef_shown: dict[tuple[int, int], ClefSign] = {}
    late_clefs: dict[tuple[int, int], ClefSign] = {}
    key_shown: dict[int, int] = {}
    numbers = number_measures([s.bar for s in slots], [quarters(s.reading.duration) for s in slots],
                              [None if s.duration is None else quarters(s.duration) for s in slots], starts)
    for index, slot in enumerate(slots):
        bar = slot.bar
        if index in starts:
            clef_shown, key_shown = {}, {}
        graph = graph_of[bar.page]
        if bar.first_of_page:
            pitch_reader.new_page()
        here = {staff: place_of[bar.page, staff] for staff in bar.system.staves}
        pitches = pitch_reader.read(bar, slot.context, marks[bar.page], here, octaves[bar.page])
        directions = read_directions(graph, bar, slot.reading, lines, sides[bar.page])
        directions += word_directions(phrases[bar.page], bar, slot.reading, sides[bar.page])
        directions += metronome_directions(metronomes[bar.page], bar, slot.reading, sides[bar.page])
        directions += chord_directions(graph, chords[bar.page], bar, slot.reading)
        number, uncounted = numbers[index]
        length = quarters(slot.reading.duration)
        doubts.extend(_doubts(slot, graph, index + 1, uncounted))
        for part, staves in enumerate(parts.layout):
            notes, rests = _part_notes(part, staves, slot, marks[bar.page], pitches, here)
            if measures[part]:
                for sign, staff in _repeated(graph, bar, here, part):
                    if not any(n.staff == staff for n in notes):
                        again = _again(measures[part][-1], staff, sign)
                        notes, rests = [*notes, *again[0]], [r for r in rests if r.staff != staff] + again[1]
            length = max([length, *(n.onset_quarter + n.duration_quarter for n in notes)])
            rests = _fill(notes, rests, staves, length)
            own = [s for s, place in here.items() if place[0] == part]
            clefs = _clefs(slot, own, here, clef_shown, late_clefs)
            fifths = None
            if own:
                now = slot.context.fifths[own[0]]
                if key_shown.get(part) != now:
                    key_shown[part] = fifths = now
            elif index == 0:
                fifths = 0
            measures[part].append(Measure(
                number, length, tuple(notes), tuple(rests), tuple(clefs),
                tuple(replace(d, staff=here[d.staff][1]) for d in directions if d.staff in own),
                fifths, slot.time, slot.context.time_symbol if slot.time == slot.context.time else None,  # type: ignore[arg-type]
                bar.left_style, bar.right_style, bar.ending_start, bar.ending_stop,
                bar.ending_open, uncounted,
                bar.first_of_system and index > 0, bar.first_of_page and index > 0, bar.page, _box(bar, graph),
                index in starts, slot.measures if slot.measures and slot.measures > 1 else 0,
            ))
    made = tuple(
        Part(f"P{i + 1}", parts.names[i], staves, tuple(settle_pedals(_tie(measures[i]))), parts.abbreviations[i],
             _line_counts(i, staves, graphs, place_of))
        for i, staves in enumerate(parts.layout)
    )
    sheets = tuple(g.sheet for g in graphs if g.sheet is not None)
    heading = read_heading(graphs[0]) if graphs else Heading()
    score = Score(source, made if slots else (), tuple(doubts), heading.title, heading.composer, heading.lyricist,
                  groups=find_groups(graphs, place_of, parts.layout),
                  systems=place_systems(graphs, place_of, [s.bar for s in slots]), sheets=sheets)
    return with_lyrics(score, verses)


def _line_counts(
    part: int, staves: int, graphs: Sequence[NotationGraph], place_of: Mapping[tuple[int, int], tuple[int, int]]
) -> tuple[int, ...]:
    """Lines of each staff of a part, most systems winning; () if it has five throughout."""
    votes: list[Counter[int]] = [Counter() for _ in range(staves)]
    for graph in graphs:
        for staff in graph.staves:
            place = place_of.get((graph.page, staff.index))
            if place is not None and place[0] == part and place[1] <= staves:
                votes[place[1] - 1][staff.line_count] += 1
    lines = tuple(v.most_common(1)[0][0] if v else 5 for v in votes)
    return () if set(lines) == {5} else lines


def _box(bar: Bar, graph: NotationGraph) -> Box:
    staves = [graph.staves[s] for s in bar.system.staves]
    top, bottom = min(s.box.top for s in staves), max(s.box.bottom for s in staves)
    return Box(top, bar.left, bottom, max(bar.right, bar.left + 1))


def _doubts(slot: _Slot, graph: NotationGraph, number: int, pickup: bool) -> list[Doubt]:
    reading, bar = slot.reading, slot.bar
    messages = []
    changes = Counter(c for p in reading.placed for c in p.changes)
    if changes:
        messages.append("read to fit the time: " + ", ".join(c if n == 1 else f"{c} ({n})" for c, n in changes.items()))
    if reading.dropped:
        messages.append(f"{len(reading.dropped)} symbols dropped to fit the time")
    if reading.faults and not pickup:
        messages.append("does not add up: " + ", ".join(reading.faults))
    if slot.measures is None:
        messages.append("a rest of several measures whose number was not read: taken for one measure")
    box = _box(bar, graph)
    return [Doubt(bar.page, box, m, "rhythm", number) for m in messages]


def _part_notes(
    part: int, staves: int, slot: _Slot, marks: PageMarks, pitches: Mapping[int, object],
    here: Mapping[int, tuple[int, int]],
) -> tuple[list[Note], list[Rest]]:
    placed = [p for p in slot.reading.placed if here[p.event.staff][0] == part]
    voices = _number_voices(placed, here)
    groups: dict[int, list[Placed]] = defaultdict(list)
    units: dict[int, list[Placed]] = defaultdict(list)
    for p in placed:
        if p.event.group is not None:
            groups[p.event.group].append(p)
        if p.ratio is not None:
            units[p.unit].append(p)
    beams: dict[int, tuple[str, ...]] = {}
    for group in groups.values():
        if len(group) > 1:
            beams.update(beams_of(group))
    ends: dict[int, tuple[str, ...]] = {}
    for unit in units.values():
        ordered = sorted(unit, key=lambda p: p.onset)
        if len(ordered) > 1:
            ends[ordered[0].event.id], ends[ordered[-1].event.id] = ("start",), ("stop",)
    notes: list[Note] = []
    rests: list[Rest] = []
    home: dict[int, tuple[Fraction, int]] = {}
    for p in placed:
        voice = voices[p.voice]
        for head in p.event.heads:
            home[head.id] = quarters(p.onset), voice
        made, rest = make_notes(
            p, pitches, marks, here, voice, beams.get(p.event.id, ()), ends.get(p.event.id, ())  # type: ignore[arg-type]
        )
        notes += made
        rests += rest
    grace_beams = beams_of_graces(slot.bar.graces)
    for number, event in enumerate(slot.bar.graces):
        if here[event.staff][0] == part:
            target = home.get(marks.grace_of.get(event.heads[0].id, -1)) or _after_grace(event, placed, slot, voices)
            if target is not None:
                notes += make_graces(event, number, grace_beams.get(event.id, ()), *target, pitches, marks, here)  # type: ignore[arg-type]
    for event in slot.rests:
        place = here[event.staff]
        if place[0] == part and event.rest is not None:
            used = {n.voice for n in notes if n.staff == place[1]} | {r.voice for r in rests if r.staff == place[1]}
            if any(n.staff == place[1] for n in notes) and len(used) > 1:
                continue
            free = next(v for v in range(4 * place[1] - 3, 4 * place[1] + 9) if v not in used)
            rests.append(Rest(
                Fraction(0), quarters(slot.reading.duration), free, place[1], "whole", 0, measure_rest=True,
                score=event.score, symbol_ids=(event.rest.id,),
            ))
    notes.sort(key=lambda n: (n.onset_quarter, n.voice, not n.grace, n.grace_place, n.pitch.midi))
    return notes, rests


def _repeated(
    graph: NotationGraph, bar: Bar, here: Mapping[int, tuple[int, int]], part: int
) -> list[tuple[Symbol, int]]:
    """(sign, staff of the part) of every sign in a bar by which a staff plays its last bar again."""
    signs = [s for s in graph.symbols if s.name == "repeat1Bar" and bar.left <= s.box.center[1] < bar.right]
    places = [(s, here.get(graph.staff_of.get(s.id, -1))) for s in signs]
    return [(s, place[1]) for s, place in places if place is not None and place[0] == part]


def _again(measure: Measure, staff: int, sign: Symbol) -> tuple[list[Note], list[Rest]]:
    """What one staff of a measure plays, once more: without what joins it to its neighbours, read from the sign."""
    notes = [replace(n, symbol_ids=(sign.id,), score=sign.score, tie_start=False, tie_stop=False, slur_starts=(),
                     slur_stops=(), lyrics=()) for n in measure.notes if n.staff == staff]
    rests = [replace(r, symbol_ids=(sign.id,), score=sign.score) for r in measure.rests if r.staff == staff]
    return notes, rests


def _after_grace(
    event: Event, placed: Sequence[Placed], slot: _Slot, voices: Mapping[int, int]
) -> tuple[Fraction, int] | None:
    """(onset, voice) for grace notes that lead to nothing near in their bar: they stand before the next chord of
    their staff, or at the bar's end (after a trill)."""
    mine = sorted((p for p in placed if p.event.staff == event.staff), key=lambda p: p.event.x)
    after = next((p for p in mine if p.event.x > event.x and p.event.heads), None)
    if after is not None:
        return quarters(after.onset), voices[after.voice]
    return (quarters(slot.reading.duration), voices[mine[-1].voice]) if mine else None


def _number_voices(placed: Sequence[Placed], here: Mapping[int, tuple[int, int]]) -> dict[int, int]:
    """Slot -> voice number: 1 to 4 on the first staff, 5 to 8 on the second, the upper voice first."""
    slots: dict[int, list[Placed]] = defaultdict(list)
    for p in placed:
        slots[p.voice].append(p)

    def height(slot: int) -> tuple[float, float]:
        events = [p.event for p in slots[slot]]
        ups = [e.up for e in events if e.up is not None]
        up = sum(ups) / len(ups) if ups else 0.5
        return -round(2 * up), -sum(e.position for e in events) / len(events)

    by_staff: dict[int, list[int]] = defaultdict(list)
    for slot, events in slots.items():
        by_staff[here[events[0].home_staff][1]].append(slot)
    numbers: dict[int, int] = {}
    for staff, own in by_staff.items():
        for i, slot in enumerate(sorted(own, key=height)):
            numbers[slot] = 4 * (staff - 1) + 1 + i
    return numbers


def _fill(notes: Sequence[Note], rests: Sequence[Rest], staves: int, length: Fraction) -> list[Rest]:
    """Hidden rests wherever a voice is silent, so that every voice fills the measure."""
    filled = [replace(r, duration_quarter=length) if r.measure_rest else r for r in rests]
    spans: dict[int, list[tuple[Fraction, Fraction]]] = defaultdict(list)
    home: dict[int, int] = {}
    events: list[Note | Rest] = [*notes, *filled]
    for e in events:
        spans[e.voice].append((e.onset_quarter, e.onset_quarter + e.duration_quarter))
        home.setdefault(e.voice, (e.voice - 1) // 4 + 1 if staves > 1 else 1)
    for voice, own in spans.items():
        at = Fraction(0)
        for start, end in sorted(own):
            if start > at:
                filled += _hidden(at, start, voice, home[voice])
            at = max(at, end)
        if at < length:
            filled += _hidden(at, length, voice, home[voice])
    for staff in range(1, staves + 1):
        if not any(home[v] == staff for v in spans):
            filled.append(Rest(
                Fraction(0), length, 4 * staff - 3, staff, "whole", 0, measure_rest=True, hidden=bool(spans)
            ))
    return sorted(filled, key=lambda r: (r.onset_quarter, r.voice))


def _hidden(start: Fraction, end: Fraction, voice: int, staff: int) -> list[Rest]:
    """Hidden rests of printable lengths from start to end; what no plain type covers becomes a triplet's share."""
    rests = []
    at = start
    while at < end:
        left = end - at
        fits = [(Fraction(t, TICKS), kind) for t, kind in TYPES.items() if Fraction(t, TICKS) <= left]
        if left.denominator & (left.denominator - 1) or not fits:
            thirds = [(Fraction(t, TICKS) * 2 / 3, kind) for t, kind in TYPES.items()]
            match = next(((d, k) for d, k in thirds if d <= left and (left - d).denominator % 3), None)
            if match is None:
                rests.append(Rest(at, left, voice, staff, "quarter", hidden=True))
                break
            rests.append(Rest(at, match[0], voice, staff, match[1], 0, (3, 2), hidden=True))
            at += match[0]
            continue
        rests.append(Rest(at, fits[0][0], voice, staff, fits[0][1], hidden=True))
        at += fits[0][0]
    return rests


def _clefs(
    slot: _Slot, own: Sequence[int], here: Mapping[int, tuple[int, int]], shown: dict[tuple[int, int], ClefSign],
    late: dict[tuple[int, int], ClefSign],
) -> list[Clef]:
    """Clef changes of a part in this bar; one that stands after the bar's last note opens the next bar."""
    found: list[Clef] = []
    for staff in own:
        place = here[staff]
        for at, clef in slot.context.clefs[staff]:
            if shown.get(place) == clef:
                continue
            onset = Fraction(0)
            if at > 0:
                after = [p.onset for p in slot.reading.placed if p.event.x > at]
                if not after:
                    continue
                onset = quarters(min(after))
            shown[place] = clef
            found.append(Clef(place[1], onset, clef[0], clef[1], clef[2]))  # type: ignore[arg-type]
    return found


def _tie(measures: Sequence[Measure]) -> list[Measure]:
    """Ties made good: a start needs a following note of its pitch, which then stops it; the rest are dropped."""
    # (onset from the start, note) of every note that may end a tie, by pitch.
    base = Fraction(0)
    flat: list[tuple[int, int, Fraction, Note]] = []
    for m, measure in enumerate(measures):
        flat += [(m, i, base + n.onset_quarter, n) for i, n in enumerate(measure.notes)]
        base += measure.duration_quarter
    begin: dict[tuple[float, Fraction], list[int]] = defaultdict(list)
    for k, (_, _, at, note) in enumerate(flat):
        if not note.grace:
            begin[note.pitch.midi, at].append(k)
    start_ok, stop_ok = set(), set()
    for k, (_, _, at, note) in enumerate(flat):
        if not note.tie_start or note.grace:
            continue
        after = [j for j in begin.get((note.pitch.midi, at + note.duration_quarter), []) if j != k]
        after.sort(key=lambda j: (not flat[j][3].tie_stop, flat[j][3].voice != note.voice))
        if after:
            start_ok.add(k)
            stop_ok.add(after[0])
    rebuilt: dict[int, list[Note]] = defaultdict(list)
    for k, (m, _, _, note) in enumerate(flat):
        rebuilt[m].append(replace(note, tie_start=k in start_ok, tie_stop=k in stop_ok))
    return [replace(measure, notes=tuple(rebuilt[m])) for m, measure in enumerate(measures)]
