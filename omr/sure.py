"""How sure a reading is of each measure: the probability that every note and rest in it is right.

`describe` computes numbers ("figures") about one measure of one part: what its rhythm cost, how sure the detector was
of its noteheads, what was seen there but is not used, whether pitches and keys make sense, whether other measures of
the page are doubtful. A figure is 0 where nothing is wrong. `Weights`, a logistic regression, makes a probability of
the figures. `omr evaluate surefit` has fitted its coefficients to pages whose truth is known (see docs/doubts.md).
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from importlib import resources
from statistics import fmean
from typing import TYPE_CHECKING

from omr.music.bars import Bar
from omr.music.doubtful import is_blank
from omr.music.placed import Reading
from omr.music.rhythm import misfits_of
from omr.music.search import misfit_price
from omr.music.timing import TimedBar
from omr.staves.systems import OSSIA
from omr.types import Doubt, Measure, NotationGraph, Note, Score, Staff, StaffInPart, Symbol
from omr.types.memo import Memo

if TYPE_CHECKING:
    from omr.music.compose import ScoreBuilder
    from omr.reading import PageReading

SURE = 0.95
"""A measure with at least this probability is called sure."""
CEILING = 0.94
"""Greatest probability of a measure on a page on which staves or lines are lost, and of a measure with a sign in it
that is unknown or belongs to nothing. Something may be missing in such a measure, so it is never called sure. The value
is just under `SURE`, because 98 in 100 such measures of Beethoven and Mozart are right. It keeps the order of the
probabilities below it."""
ALONE = 0.5
"""How independent of one another the parts of a bar are right or wrong: 0 means always all together, 1 means
independent. Chosen on 1,199 bars of engraved pages with several parts. Of 0, 0.5, 0.6, 0.7, 0.8 and 1 it has the least
calibration error (0.045, against 0.060 with 1 and 0.064 with 0)."""
MOST_ODDS = 30.0
"""The logarithm of the odds is kept within plus and minus this, so that no exponential overflows."""
IN_STAFF = 5.0
"""Noteheads up to this far from a staff's middle line, in half spaces, have no ledger line."""
OPENING_KEY = 16.0
"""How far an opening key signature may reach from a staff's left end, in staff spaces: a clef, then seven sharps."""
FEWEST_NOTES = 3
"""If two measures have all their notes in common, and at least this many, each shows that the other is right."""

REASONS = {
    "absent": "its part is not printed here",
    "changes": "what was read had to be changed to fit the time",
    "cost": "its rhythm is unusual",
    "cost_above_page": "its rhythm is unusual",
    "crossed": "one note sounds with two accidentals at once",
    "faults": "its notes and rests do not add up",
    "fewer_staves": "its system has fewer staves than others",
    "harsh": "notes a semitone apart sound at once",
    "key_miscounted": "the page's key signatures were seen with too few or too many signs",
    "least_head": "a notehead is hard to see",
    "ledgers": "notes stand far above or below the staff",
    "left_out": "noteheads or rests were seen and not used",
    "lone_accidentals": "an accidental belongs to no note",
    "lone_flags": "a flag belongs to no note",
    "no_clef": "its staff has no clef",
    "off_line": "noteheads stand between a line and a space",
    "page_strain": "other measures of the page do not fit the time",
    "silence": "the notes and rests of a voice leave time empty, or overlap",
}
"""Figure -> why it makes a measure unsure. Only figures whose coefficient is above 0 are reported as reasons."""
SECOND_REASON = 0.5
"""A second reason is reported if it weighs at least this share of the first one."""
UNKNOWN_SIGN = "nothing was read in it, or it has a mark that is like no known sign"
MANY_PARTS = "it has many parts, each of which is nearly sure"

Figures = dict[str, float]
"""What is known about a measure: name -> value, 0 or more."""


# ---- probabilities ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Weights:
    """Logistic regression from figures to the probability that a measure is right.

    coefficients: by the name of a figure, how much the logarithm of the odds that the measure is wrong grows for each
        unit of log(1 + figure).
    intercept: this logarithm where all figures are 0.
    """

    intercept: float
    coefficients: Mapping[str, float]

    def right(self, figures: Figures) -> float:
        """The probability that a measure is right."""
        odds = self.intercept + sum(c * math.log1p(value) for name, c in self.coefficients.items()
                                    if (value := figures[name]))
        return 1 / (1 + math.exp(min(max(odds, -MOST_ODDS), MOST_ODDS)))

    def reasons(self, figures: Figures) -> list[str]:
        """The one or two strongest reasons why a measure may be wrong, the stronger first; empty if there is none."""
        weighed = sorted(((c * math.log1p(figures[name]), REASONS[name]) for name, c in self.coefficients.items()
                          if c > 0 and figures[name]), reverse=True)
        return list(dict.fromkeys(why for weight, why in weighed if weight >= SECOND_REASON * weighed[0][0]))[:2]


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The coefficients that come with the package."""
    plain = json.loads((resources.files("omr") / "sure.json").read_text())
    return Weights(plain["intercept"], plain["coefficients"])


def rate(readings: Sequence[PageReading], score: Score, builder: ScoreBuilder) -> Score:
    """The score with the confidence of all its measures. Each unsure measure gets a doubt with the reason, unless
    another doubt tells it already (one about its rhythm, its notes or its whole page).

    readings, builder: what the score was made from.
    """
    weights, memo = load_weights(), builder.memo
    capped = {page for page in {b.bar.page for b in builder.bars} if _is_incomplete(page, readings, score.doubts)}
    graphs = {graph.page: graph for graph in builder.graphs}
    signs = [d for d in score.doubts if d.kind == "sign"]
    unknown = {j for j, b in enumerate(builder.bars) if is_blank(b, graphs[b.bar.page])
               or signs and _has_unknown_signs(b.bar, graphs[b.bar.page], signs)}
    figures = describe(score, builder)
    right = {place: weights.right(known) for place, known in figures.items()}
    parts = tuple(
        replace(part, measures=tuple(
            memo(_with_confidence, m, plain=(
                round(min(right[p, j], CEILING if m.page in capped or j in unknown else 1.0), 3),))
            for j, m in enumerate(part.measures)))
        for p, part in enumerate(score.parts))
    rated = replace(score, parts=parts)
    told = {d.measure for d in score.doubts if d.kind in ("rhythm", "structure")}
    reasons = []
    for j, value in enumerate(of_bars(rated)):
        if value is None or value >= SURE or j + 1 in told:
            continue
        p = min(range(len(parts)), key=lambda q: right[q, j])
        measure = parts[p].measures[j]
        if right[p, j] < SURE:
            why = " and ".join(weights.reasons(figures[p, j]))
        elif measure.page in capped and j not in unknown:
            continue  # a doubt about the whole page tells it
        else:
            why = UNKNOWN_SIGN if j in unknown else MANY_PARTS
        reasons.append(Doubt(page=measure.page, box=measure.box, measure=j + 1, part=parts[p].id, kind="confidence",
                             message=f"not sure: {why}"))
    # the reason comes before the other doubts about the measure
    return replace(rated, doubts=(*reasons, *score.doubts))


def _with_confidence(measure: Measure, confidence: float) -> Measure:
    return replace(measure, confidence=confidence)


def _is_incomplete(page: int, readings: Sequence[PageReading], doubts: Sequence[Doubt]) -> bool:
    """Whether staves, lines or music of a page are lost. Music that is not written on a staff (chord diagrams) is not
    lost, nor is another reading of a staff (an ossia)."""
    here = [r for r in readings if r.index == page]
    others = {o.box for r in here for o in r.others}
    others |= {staff.box for r in here if r.graph for staff in r.graph.staves if staff.system == OSSIA}
    return any(d.page == page and d.measure is None and d.kind in ("staff", "structure") and d.box not in others
               for d in doubts)


def _has_unknown_signs(bar: Bar, graph: NotationGraph, doubts: Sequence[Doubt]) -> bool:
    """Whether a sign on a staff of a bar is like no known sign. Signs over or under the staves do not count: they are
    mostly letters, or the line of a pedal mark.

    graph: the notation of the bar's page.
    doubts: those about signs.
    """
    middle = (bar.left + bar.right) / 2
    spans = [(graph.staves[i].row(IN_STAFF, middle), graph.staves[i].row(-IN_STAFF, middle)) for i in bar.system.staves]
    return any(d.page == bar.page and d.box is not None
               and d.box.left < bar.right and d.box.right > bar.left
               and any(d.box.top < bottom and d.box.bottom > top for top, bottom in spans) for d in doubts)


def of_bars(score: Score) -> list[float | None]:
    """The probability that a measure is right in all parts, for every measure; None where it is not known.

    It is the probability of the least sure part, times those of all other parts to the power of `ALONE`.
    """
    found: list[float | None] = []
    for measures in zip(*(part.measures for part in score.parts), strict=True):
        known = sorted(m.confidence for m in measures if m.confidence is not None)
        found.append(known[0] * math.prod(known[1:]) ** ALONE if len(known) == len(measures) else None)
    return found


# ---- figures ---------------------------------------------------------------------------------------------------


def describe(score: Score, builder: ScoreBuilder) -> dict[tuple[int, int], Figures]:
    """What is known about all measures of a score, by (part, measure), both counted from 0. builder: what made the
    score."""
    bars = builder.bars
    inks = {g.page: builder.memo(_PageInk, g) for g in builder.graphs}
    miscounted = _miscounted_keys(builder)
    repeated = [_repeated(part.measures, builder.memo) for part in score.parts]
    left_out: dict[tuple[int, str | None], int] = defaultdict(int)
    for doubt in score.doubts:
        if doubt.measure is not None and doubt.kind == "structure":
            left_out[doubt.measure - 1, doubt.part] += len(doubt.symbols)
    staves = Counter(len(b.bar.system.staves) for b in bars).most_common(1)
    strains = [_strain(b.reading) for b in bars]
    on_page: dict[int, list[int]] = defaultdict(list)
    for j, timed in enumerate(bars):
        on_page[timed.bar.page].append(j)
    strain_of = {page: sum(strains[k] for k in own) for page, own in on_page.items()}
    cost_of = {page: fmean(bars[k].reading.cost for k in own) for page, own in on_page.items()}
    of_music = {page: builder.memo.section(
        ("figures", page),
        (inks[page], *(thing for j in own for thing in (bars[j], *(part.measures[j].notes for part in score.parts)))),
        tuple(tuple(builder.places(j).items()) for j in own),
        partial(_of_music, [bars[j] for j in own], [[part.measures[j] for part in score.parts] for j in own],
                [builder.places(j) for j in own], inks[page])) for page, own in on_page.items()}
    found: dict[tuple[int, int], Figures] = {}
    for j, timed in enumerate(bars):
        page, places = timed.bar.page, builder.places(j)
        music = of_music[page][j - on_page[page][0]]
        others = len(on_page[page]) - 1
        shared = {
            "page_strain": (strain_of[page] - strains[j]) / others if others else 0.0,
            "cost_above_page": max(timed.reading.cost - cost_of[page], 0.0),
            "fewer_staves": float(max(staves[0][0] - len(timed.bar.system.staves), 0)),
            "key_miscounted": miscounted.get(page, 0.0),
        }
        parts_here = {place.part for place in places.values()}
        for p, part in enumerate(score.parts):
            found[p, j] = {
                **shared, **music[p], "repeated": repeated[p][j],
                "left_out": float(left_out[j, None] + left_out[j, part.id]), "absent": float(p not in parts_here),
            }
    return found


def _of_music(
    bars: Sequence[TimedBar], measures: Sequence[Sequence[Measure]], places: Sequence[Mapping[int, StaffInPart]],
    ink: _PageInk, memo: Memo,
) -> list[list[Figures]]:
    """What the notes, rhythm and ink of each bar of a page tell about each part.

    measures: for each bar, one measure of every part.
    places: for each bar, which part and staff each of its staves is.
    """
    found = []
    for timed, own, here in zip(bars, measures, places, strict=True):
        shared = memo.made("of all parts", (timed.reading, *(m.notes for m in own)), (timed.spacing,),
                           partial(_of_all_parts, own, timed))
        parts = []
        for p in range(len(own)):
            staves = [s for s, place in here.items() if place.part == p]
            parts.append({
                **shared, **memo(_of_rhythm, timed.reading, plain=tuple(staves)),
                **memo(_figures_of_ink, ink, timed.bar, plain=tuple(staves))})
        found.append(parts)
    return found


def _strain(reading: Reading) -> float:
    """How much a bar had to be changed to fit its time signature: 0 not at all, 1 changed or does not add up, 2
    both."""
    changed = bool(reading.dropped) or any(p.changes for p in reading.placed)
    return float(changed) + float(bool(reading.faults))


def _of_all_parts(measures: Sequence[Measure], timed: TimedBar) -> Figures:
    """What all parts of a bar tell together: what its rhythm cost (without the cost of the distances between its
    columns), and simultaneous notes that hardly ever sound together."""
    reading, spacing = timed.reading, timed.spacing
    room = 0.0
    if spacing is not None:
        room = sum(misfit_price(m, spacing.usual) for m in misfits_of(reading, spacing))
    at: dict[object, list[Note]] = defaultdict(list)
    for measure in measures:
        for note in measure.notes:
            if not note.grace:
                at[note.onset_quarter].append(note)
    harsh = crossed = 0
    for notes in at.values():
        midi = [n.pitch.midi for n in notes]
        harsh += sum(abs(a - b) % 12 in (1, 11) for i, a in enumerate(midi) for b in midi[i + 1:])
        alters: dict[str, set[float]] = defaultdict(set)
        for note in notes:
            alters[note.pitch.step].add(note.pitch.alter)
        crossed += sum(len(a) > 1 for a in alters.values())
    return {
        "cost": max(reading.cost - room, 0.0), "faults": float(len(reading.faults)),
        "harsh": harsh / max(len(at), 1), "crossed": float(crossed),
    }


def _of_rhythm(reading: Reading, *staves: int) -> Figures:
    """What the rhythm of a bar tells about the part on some staves. The figure "silence" is the share of the bar's time
    in which a voice has neither note nor rest, or overlaps itself."""
    own = [p for p in reading.placed if p.event.staff in staves]
    whole = reading.duration
    sounding: Counter[int] = Counter()
    for p in own:
        sounding[p.voice] += p.ticks
    return {
        "silence": fmean(abs(whole - t) for t in sounding.values()) / whole if sounding and whole else 0.0,
        "changes": float(sum(len(p.changes) for p in own)),
    }


class _PageInk:
    """What stands on a page: its symbols by staff, and which symbols belong to another one."""

    def __init__(self, graph: NotationGraph):
        self._graph = graph
        self._by_staff: dict[int, list[Symbol]] = defaultdict(list)
        for symbol in graph.symbols:
            if symbol.id in graph.staff_of:
                self._by_staff[graph.staff_of[symbol.id]].append(symbol)
        self._hung = {e.child for e in graph.edges}

    def figures(self, bar: Bar, staves: Sequence[int]) -> Figures:
        """What the ink on some staves tells about a bar."""
        graph = self._graph
        symbols = [s for staff in staves for s in self._by_staff[staff] if bar.left <= s.box.center[1] < bar.right]
        heads = [s for s in symbols if s.kind == "notehead"]
        away = [graph.staves[graph.staff_of[s.id]].position(*s.box.center) for s in heads]
        off = [position - round(position) for position in away if abs(position) <= IN_STAFF]
        return {
            "least_head": 1 - min((s.score for s in heads), default=1.0),
            "off_line": math.sqrt(fmean(x * x for x in off)) if off else 0.0,
            "ledgers": sum((abs(p) - 4) / 2 for p in away if abs(p) > IN_STAFF),
            "lone_flags": float(sum(s.kind == "flag" and s.id not in self._hung for s in symbols)),
            "lone_accidentals": float(sum(s.kind == "accidental" and s.id not in self._hung for s in symbols)),
            "no_clef": float(not all(self._has_clef(graph.staves[staff]) for staff in staves)),
        }

    def _has_clef(self, staff: Staff) -> bool:
        """Whether a clef opens a staff."""
        return any(s.kind == "clef" and staff.is_opened_by(s) for s in self._by_staff[staff.index])


def _figures_of_ink(ink: _PageInk, bar: Bar, *staves: int) -> Figures:
    """Same as `_PageInk.figures`, in a form that a `Memo` can call."""
    return ink.figures(bar, staves)


Time = tuple[int, int, int, int, int]
"""When a note begins, how long it lasts (both as numerator and denominator), and its staff. Tuples of integers are
quicker to compare than fractions."""


def _times_of(notes: Sequence[Note]) -> frozenset[tuple[Time, float]]:
    """The times and pitches of the notes of a measure."""
    return frozenset((_time_of(n), n.pitch.midi) for n in notes if not n.grace)


def _time_of(note: Note) -> Time:
    onset, duration = note.onset_quarter, note.duration_quarter
    return onset.numerator, onset.denominator, duration.numerator, duration.denominator, note.staff


def _repeated(measures: Sequence[Measure], memo: Memo) -> list[float]:
    """For each measure, whether another measure of the part has the same notes. Music repeats itself; misreadings
    seldom do."""
    known = [memo(_times_of, m.notes) for m in measures]
    same = Counter(known)
    return [float(len(notes) >= FEWEST_NOTES and same[notes] > 1) for notes in known]


def _miscounted_keys(builder: ScoreBuilder) -> dict[int, float]:
    """By page: how many sharps or flats too many or too few were seen at the beginning of its staves, on average,
    compared with the keys that were chosen. A misread key spoils many measures, while each of them looks right."""
    seen = {graph.page: builder.memo(_seen_in_keys, graph) for graph in builder.graphs}
    off: dict[int, list[int]] = defaultdict(list)
    for timed in builder.bars:
        if timed.bar.first_of_system:
            off[timed.bar.page] += [abs(abs(timed.context.fifths.get(s, 0)) - seen[timed.bar.page][s])
                                    for s in timed.bar.system.staves]
    return {page: fmean(counts) for page, counts in off.items() if counts}


def _seen_in_keys(graph: NotationGraph) -> Counter[int]:
    """How many sharps or flats of a key signature were seen at the beginning of each staff of a page."""
    seen: Counter[int] = Counter()
    for edge in graph.edges:
        if edge.kind == "key" and edge.child in graph.staff_of:
            staff = graph.staves[graph.staff_of[edge.child]]
            if graph.symbol(edge.child).box.left < staff.left + OPENING_KEY * staff.space_px:
                seen[staff.index] += 1
    return seen
