"""The order in which the measures of a score are played: repeats, voltas, and words like "D.C. al Fine".

`written_out` returns a score in which every repeat is written out, so that whoever plays it need not know about
repeats. Signs whose counterpart is missing, on a misread page or an excerpt, never stop the music: an unclosed repeat
is played on, and a movement in which some measure would never be heard is played once, as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from omr.music.directions import jump_of
from omr.text.tempos import quarters_a_minute
from omr.types import Clef, Direction, Measure, Part, Score

USUAL_PASSES = 2
"""How often a passage between repeat signs is played, unless its voltas have higher numbers."""


@dataclass(frozen=True)
class _Signs:
    """What a measure says about where the player goes next. ending: numbers of the volta that the measure is in; () if
    none."""

    begins: bool = False
    ends: bool = False
    ending: tuple[int, ...] = ()
    segno: bool = False
    coda: bool = False
    to_coda: bool = False
    fine: bool = False
    jump: str = ""


def written_out(score: Score) -> Score:
    """The score as it is played, without signs of repeats."""
    length = len(score.parts[0].measures) if score.parts else 0
    order = [index for first, stop in _movements(score, length)
             for index in _order(_signs(score, first, stop), first)]
    if order == list(range(length)):
        return replace(score, parts=tuple(_plain(part) for part in score.parts))
    return replace(score, parts=tuple(_reordered(part, order) for part in score.parts), systems=(), sheets=())


def _movements(score: Score, length: int) -> Iterator[tuple[int, int]]:
    """The first measure's index and the index after the last measure, for each movement."""
    starts = [i for i in range(length) if i == 0 or score.parts[0].measures[i].new_movement]
    yield from zip(starts, [*starts[1:], length], strict=True)


def _signs(score: Score, first: int, stop: int) -> list[_Signs]:
    """The signs of a movement's measures, in whichever part they are written. A volta lasts up to its end, or to the
    next volta. Without an end it lasts one measure."""
    signs: list[_Signs] = []
    ending: tuple[int, ...] = ()
    for index in range(first, stop):
        measures = [part.measures[index] for part in score.parts]
        ending = next((m.ending_start for m in measures if m.ending_start), ending)
        directions = [d for m in measures for d in m.directions]
        jumps = [jump_of(d.text) for d in directions if d.kind == "words"]
        signs.append(_Signs(
            begins=any(m.left == "repeat-start" for m in measures), ends=any(m.right == "repeat-end" for m in measures),
            ending=ending, segno=any(d.kind == "segno" for d in directions),
            coda=any(d.kind == "coda" or d.kind == "words" and re.match(r"coda\b", d.text.strip(), re.IGNORECASE)
                     for d in directions),
            to_coda=any("tocoda" in j for j in jumps), fine=any("fine" in j for j in jumps),
            jump=next((name for j in jumps for name in ("dacapo", "dalsegno") if name in j), "")))
        if any(m.ending_stop for m in measures) or signs[-1].ends:
            ending = ()
    return _with_paired_codas(signs)


def _with_paired_codas(signs: Sequence[_Signs]) -> list[_Signs]:
    """The same signs, where a first of two coda signs is the place at which the player leaves, if no words say which
    sign it is."""
    codas = [i for i, s in enumerate(signs) if s.coda]
    leaving = [i for i, s in enumerate(signs) if s.to_coda]
    if len(codas) > 1 and not leaving:
        leaving = codas[:1]
    return [replace(s, to_coda=i in leaving, coda=i in codas and i not in leaving) for i, s in enumerate(signs)]


def _order(signs: Sequence[_Signs], first: int) -> list[int]:
    """Indices of a movement's measures as they are played. first: index of the first of them."""
    played = _followed(signs)
    if set(played) != set(range(len(signs))):
        played = list(range(len(signs)))
    return [first + i for i in played]


def _followed(signs: Sequence[_Signs]) -> list[int]:
    """Indices of measures in the order in which the signs send the player. Some are missing if signs contradict each
    other."""
    played: list[int] = []
    begin = at = 0
    turn = 1
    jumped = False
    while at < len(signs):
        here = signs[at]
        if here.begins and at > begin:
            begin, turn = at, 1
        if here.ending and (max(here.ending) < _passes(signs, at) if jumped else turn not in here.ending):
            at = _end_of_ending(signs, at)
            continue
        played.append(at)
        if jumped and here.fine:
            break
        if jumped and here.to_coda:
            at = next((i for i in range(at + 1, len(signs)) if signs[i].coda), at + 1)
            continue
        last_of_ending = bool(here.ending) and _end_of_ending(signs, at) == at + 1
        if here.ends and not jumped and turn < _passes(signs, at):
            turn, at = turn + 1, begin
            continue
        if here.ends or last_of_ending and not _is_ending(signs, at + 1):
            begin, turn = at + 1, 1
        if here.jump and not jumped:
            segnos = [i for i in range(at + 1) if signs[i].segno]
            if here.jump == "dacapo" or segnos:
                jumped, at = True, segnos[-1] if here.jump == "dalsegno" else 0
                continue
        at += 1
    return played


def _is_ending(signs: Sequence[_Signs], at: int) -> bool:
    return at < len(signs) and bool(signs[at].ending)


def _end_of_ending(signs: Sequence[_Signs], at: int) -> int:
    """The index after the volta that a measure is in."""
    after = at + 1
    while after < len(signs) and signs[after].ending == signs[at].ending and not signs[after - 1].ends:
        after += 1
    return after


def _passes(signs: Sequence[_Signs], at: int) -> int:
    """How often a section is played. at: the measure at its end, or one in one of its voltas."""
    start = after = at
    while start > 0 and signs[start].ending and signs[start - 1].ending:
        start -= 1
    while _is_ending(signs, after):
        after += 1
    endings = {s.ending for s in signs[start:after] if s.ending}
    if not endings:
        return USUAL_PASSES
    # If there is only one volta, the other one is not on the page, or was not seen.
    return max(max(ending) for ending in endings) + (len(endings) == 1)


def _plain(part: Part) -> Part:
    """A part without signs of repeats."""
    return replace(part, measures=tuple(_without_signs(m) for m in part.measures))


def _without_signs(measure: Measure) -> Measure:
    directions = tuple(d for d in measure.directions if d.kind not in ("segno", "coda")
                       and not (d.kind == "words" and jump_of(d.text)))
    left, right = ("regular" if barline.startswith("repeat") else barline for barline in (measure.left, measure.right))
    return replace(measure, directions=directions, left=left, right=right, ending_start=(), ending_stop=False,
                   ending_open=False)


def _reordered(part: Part, order: Sequence[int]) -> Part:
    """A part with its measures in another order. After each jump, the measure states again what holds there: clefs,
    key, time signature and tempo."""
    holding = list(_holding(part))
    measures: list[Measure] = []
    heard: set[int] = set()
    for place, index in enumerate(order):
        measure = _without_signs(part.measures[index])
        if place and order[place - 1] != index - 1:
            measure = holding[index].said_in(measure)
        if index in heard:
            measure = replace(measure, notes=tuple(
                replace(n, symbol_ids=(), slur_starts=(), slur_stops=()) for n in measure.notes),
                rests=tuple(replace(r, symbol_ids=()) for r in measure.rests), new_movement=False)
        heard.add(index)
        measures.append(measure)
    return replace(part, measures=tuple(measures))


@dataclass(frozen=True)
class _Holding:
    """The clefs, key, time signature and tempo that hold where a measure begins."""

    clefs: tuple[Clef, ...] = ()
    fifths: int | None = None
    time: tuple[int, int] | None = None
    tempo: Direction | None = None

    def said_in(self, measure: Measure) -> Measure:
        """The measure with all of these, unless it states them itself."""
        own = {c.staff for c in measure.clefs if c.onset_quarter == 0}
        clefs = (*(c for c in self.clefs if c.staff not in own), *measure.clefs)
        has_tempo = self.tempo is None or any(_is_tempo(d) and d.onset_quarter == 0 for d in measure.directions)
        directions = measure.directions if has_tempo or self.tempo is None else (self.tempo, *measure.directions)
        return replace(measure, clefs=clefs, directions=directions,
                       fifths=self.fifths if measure.fifths is None else measure.fifths,
                       time=self.time if measure.time is None else measure.time)


def _holding(part: Part) -> Iterator[_Holding]:
    """What holds at the beginning of each measure of a part."""
    now = _Holding()
    for measure in part.measures:
        yield now
        clefs = {c.staff: c for c in now.clefs}
        for clef in sorted(measure.clefs, key=lambda c: c.onset_quarter):
            clefs[clef.staff] = replace(clef, onset_quarter=Fraction(0))
        tempos = [d for d in measure.directions if _is_tempo(d)]
        tempo = replace(tempos[-1], onset_quarter=Fraction(0)) if tempos else now.tempo
        now = _Holding(tuple(clefs.values()), now.fifths if measure.fifths is None else measure.fifths,
                       measure.time or now.time, tempo)


def _is_tempo(direction: Direction) -> bool:
    return direction.kind == "metronome" or (
        direction.kind == "words" and direction.placement == "above"
        and quarters_a_minute(direction.text) is not None)
