"""Tablature as parts of the score: which fret of which string sounds when.

Tablature below a staff repeats what the staff says: every fret gets its onset and length from the note above it.
Tablature alone has the rhythm that is drawn with it; if none is drawn, every column is a quarter note, and a doubt says
so. Pitches follow from the strings: by the usual tuning, or by another one if the staff above shows it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from omr.types import (
    SPACE_PX,
    Box,
    Clef,
    Doubt,
    Fret,
    Mark,
    Measure,
    NotationGraph,
    Note,
    NoteType,
    Part,
    Pitch,
    Score,
    TabColumn,
    TabRow,
)
from omr.types.paper import Sheet, StaffPlace, SystemPlace

TUNINGS: Mapping[int, tuple[int, ...]] = {
    4: (43, 38, 33, 28), 5: (62, 59, 55, 50, 67), 6: (64, 59, 55, 50, 45, 40), 7: (64, 59, 55, 50, 45, 40, 35)}
"""Number of strings -> MIDI key numbers of the open strings from the top, in the usual tuning of guitars, bass guitars
and (with five) banjos."""
NEAR_PX = 1.5 * SPACE_PX
"""Greatest distance between the middle of a number and that of its note."""
LEAST_VOTES = 3
"""This many notes of a staff must show that a string is tuned otherwise."""
_QUARTERS: Mapping[NoteType, Fraction] = {
    "whole": Fraction(4), "half": Fraction(2), "quarter": Fraction(1), "eighth": Fraction(1, 2), "16th": Fraction(1, 4),
    "32nd": Fraction(1, 8), "64th": Fraction(1, 16)}
_NAMES = (("C", 0), ("C", 1), ("D", 0), ("E", -1), ("E", 0), ("F", 0), ("F", 1), ("G", 0), ("A", -1), ("A", 0),
          ("B", -1), ("B", 0))


@dataclass(frozen=True)
class _Placed:
    """A row of tablature below a staff: the part to which it belongs, and its measures (first, stop)."""

    page: int
    row: TabRow
    part: int
    first: int
    stop: int


def with_tablature(score: Score, graphs: Sequence[NotationGraph]) -> Score:
    """Add the tablature of the pages to the score, as parts of its own after all others. graphs: of the pages."""
    rows = [(graph.page, row) for graph in graphs for row in graph.tablature]
    if not rows:
        return score
    if not any(part.measures for part in score.parts):
        return _alone(score, rows, {g.page: g.sheet for g in graphs})
    placed = [_placed(score, page, row) for page, row in rows]
    lost = [Doubt(page=page, box=row.box, kind="structure", message="tablature that no staff stands over is left out")
            for (page, row), each in zip(rows, placed, strict=True) if each is None]
    middles = {(g.page, s.id): s.box.center[1] for g in graphs for s in g.symbols if s.kind == "notehead"}
    parts: list[Part] = []
    doubts = list(lost)
    of_part: dict[int, list[_Placed]] = defaultdict(list)
    for each in placed:
        if each is not None:
            of_part[each.part].append(each)
    for index, own in sorted(of_part.items()):
        part, missing = _beside(score.parts[index], own, middles, f"P{len(score.parts) + len(parts) + 1}")
        parts.append(part)
        doubts += missing
    return replace(score, parts=(*score.parts, *parts), doubts=(*score.doubts, *doubts))


def _placed(score: Score, page: int, row: TabRow) -> _Placed | None:
    """The staff below which a row of tablature stands; None if there is no staff above it on its page."""
    over: list[tuple[float, int, StaffPlace]] = []
    for number, system in enumerate(score.systems):
        if system.page == page and system.left < row.box.right and system.right > row.box.left:
            over += [(s.bottom, number, s) for s in system.staves if s.bottom < row.box.top]
    if not over:
        return None
    _, number, staff = max(over, key=lambda o: o[0])
    later = score.systems[number + 1:number + 2]
    stop = later[0].measure if later else len(score.parts[staff.part].measures)
    return _Placed(page, row, staff.part, score.systems[number].measure, stop)


# ---- under a staff ---------------------------------------------------------------------------------------------


def _beside(part: Part, placed: Sequence[_Placed], middles: Mapping[tuple[int, int], float], name: str,
            ) -> tuple[Part, list[Doubt]]:
    """The tablature below a part, as a part with equally many measures, and doubts about its numbers that stand below
    no note."""
    matched: dict[int, list[tuple[Fret, Note]]] = defaultdict(list)
    doubts = []
    strings = Counter(p.row.lines for p in placed).most_common(1)[0][0]
    for each in placed:
        lost: list[Box] = []
        for column in each.row.columns:
            index = _measure_at(part, each, column.x)
            notes = _notes_over(part.measures[index], each.page, column, middles) if index is not None else []
            if index is None or not notes:
                lost += [f.box for f in column.frets]
            else:
                matched[index] += _pairs(column, notes, each.row.lines)
        if lost:
            doubts.append(Doubt(page=each.page, box=lost[0], kind="structure",
                                message=f"{len(lost)} numbers of tablature stand under no note, and are left out"))
    tuning = _tuning(strings, [pair for pairs in matched.values() for pair in pairs])
    measures = tuple(
        replace(m, notes=tuple(_fretted(fret, note, tuning) for fret, note in matched.get(i, ())), rests=(), clefs=(),
                directions=())
        for i, m in enumerate(part.measures))
    return _as_part(name, measures, strings, tuning), doubts


def _measure_at(part: Part, placed: _Placed, x: float) -> int | None:
    """The measure of a row's system that contains a column of the page."""
    for i in range(placed.first, placed.stop):
        box = part.measures[i].box
        if box is not None and box.left - SPACE_PX < x < box.right:
            return i
    return None


def _notes_over(measure: Measure, page: int, column: TabColumn, middles: Mapping[tuple[int, int], float]) -> list[Note]:
    """The notes of a measure in the column that is nearest to a column of tablature."""
    at = [(abs(min(places) - column.x), note) for note in measure.notes if not note.grace
          and (places := [middles[page, s] for s in note.symbol_ids if (page, s) in middles])]
    nearest = min((away for away, _ in at), default=NEAR_PX)
    if nearest >= NEAR_PX:
        return []
    onset = next(note.onset_quarter for away, note in at if away == nearest)
    return [note for _, note in at if note.onset_quarter == onset]


def _pairs(column: TabColumn, notes: Sequence[Note], lines: int) -> list[tuple[Fret, Note]]:
    """Pair every fret of a column with the note that it stands for: in the order of pitch if there are as many frets as
    notes, else with the nearest pitch, in any octave."""
    usual = TUNINGS[lines]

    def key(fret: Fret) -> int:
        return usual[fret.string - 1] + fret.number

    if len(column.frets) == len(notes):
        by_pitch = sorted(notes, key=lambda n: n.pitch.midi)
        return list(zip(sorted(column.frets, key=key), by_pitch, strict=True))
    return [(fret, min(notes, key=lambda n: min((key(fret) - n.pitch.midi) % 12, (n.pitch.midi - key(fret)) % 12)))
            for fret in column.frets]


def _tuning(lines: int, pairs: Sequence[tuple[Fret, Note]]) -> tuple[int, ...]:
    """MIDI key numbers of the open strings, from the top: the usual ones, except for strings for which most notes show
    another. Staves for guitar may be written an octave higher than they sound."""
    usual = TUNINGS[lines]
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    for fret, note in pairs:
        votes[fret.string][round(note.pitch.midi) - fret.number] += 1
    off = Counter[int]()
    for string, found in votes.items():
        for key, count in found.items():
            off[key - usual[string - 1]] += count
    octaves = max((n for n in off if n % 12 == 0), key=lambda n: off[n], default=0)
    tuned = []
    for string, key in enumerate(usual, 1):
        best, count = votes[string].most_common(1)[0] if votes[string] else (key + octaves, 0)
        is_sure = count >= LEAST_VOTES and count > votes[string].total() / 2
        tuned.append(best - octaves if is_sure else key)
    return tuple(tuned)


def _fretted(fret: Fret, note: Note, tuning: Sequence[int]) -> Note:
    """A fret as a note, with the length of the note on the staff above."""
    return Note(onset_quarter=note.onset_quarter, duration_quarter=note.duration_quarter, voice=note.voice, staff=1,
                pitch=_pitch(tuning[fret.string - 1] + fret.number), type=note.type, dots=note.dots, tuplet=note.tuplet,
                tuplet_ends=note.tuplet_ends, marks=_marks(fret), head="x" if fret.is_dead else "", score=note.score)


def _marks(fret: Fret) -> tuple[Mark, ...]:
    return Mark(name="string", value=fret.string), Mark(name="fret", value=fret.number)


def _pitch(key: int) -> Pitch:
    """The pitch of a MIDI key number. Tablature does not distinguish G sharp from A flat."""
    step, alter = _NAMES[key % 12]
    return Pitch(step, key // 12 - 1, alter)


def _as_part(name: str, measures: Sequence[Measure], lines: int, tuning: Sequence[int]) -> Part:
    """A part with the rows of tablature as its only staff."""
    clef = Clef(staff=1, onset_quarter=Fraction(0), sign="TAB", line=5)
    first, *rest = measures
    return Part(id=name, name="", staves=1, measures=(replace(first, clefs=(clef,)), *rest), lines=(lines,),
                tuning=tuple(_pitch(key) for key in reversed(tuning)))


# ---- alone -----------------------------------------------------------------------------------------------------


def _alone(score: Score, rows: Sequence[tuple[int, TabRow]], sheets: Mapping[int, Sheet | None]) -> Score:
    """A score of tablature only, with one part. rows: with their pages, in order."""
    lines = Counter(row.lines for _, row in rows).most_common(1)[0][0]
    tuning = TUNINGS[lines]
    measures: list[Measure] = []
    systems: list[SystemPlace] = []
    doubts: list[Doubt] = []
    for page, row in rows:
        if row.lines != lines:
            doubts.append(Doubt(page=page, box=row.box, kind="structure",
                                message=f"tablature of {row.lines} lines among others of {lines} is left out"))
            continue
        systems.append(SystemPlace(len(measures), page, row.box.left, row.box.right,
                                   (StaffPlace(0, 1, row.box.top, row.box.bottom),)))
        if not any(column.type for column in row.columns):
            doubts.append(Doubt(page=page, box=row.box, kind="rhythm", message="tablature without rhythm: every column "
                                "is read as a quarter note"))
        for left, right in _bars(row):
            columns = [c for c in row.columns if left < c.x < right]
            measures.append(_measure(len(measures) + 1, columns, tuning, Box(row.box.top, left, row.box.bottom, right),
                                     page, is_new_system=left == row.box.left and bool(measures)))
    part = _as_part("P1", _timed(measures), lines, tuning)
    return replace(score, parts=(part,), systems=tuple(systems), doubts=(*score.doubts, *doubts),
                   sheets=tuple(s for s in sheets.values() if s is not None))


def _bars(row: TabRow) -> list[tuple[float, float]]:
    """Left and right end of a row's measures. What follows the last barline is a measure only if something is played in
    it."""
    ends = [row.box.left, *row.bars]
    found = list(zip(ends, ends[1:], strict=False))
    rest = [c for c in row.columns if c.x > ends[-1]]
    return [*found, (ends[-1], row.box.right + SPACE_PX)] if rest else found


def _measure(number: int, columns: Sequence[TabColumn], tuning: Sequence[int], box: Box, page: int,
             is_new_system: bool) -> Measure:
    """A measure of tablature, with its columns one after the other."""
    notes: list[Note] = []
    now = Fraction(0)
    for column in columns:
        type_: NoteType = column.type or "quarter"
        length = _QUARTERS[type_] * (2 - Fraction(1, 2 ** column.dots))
        notes += [Note(onset_quarter=now, duration_quarter=length, voice=1, staff=1, type=type_, dots=column.dots,
                       pitch=_pitch(tuning[f.string - 1] + f.number), marks=_marks(f), head="x" if f.is_dead else "")
                  for f in column.frets]
        now += length
    return Measure(number=number, duration_quarter=now or Fraction(4), notes=tuple(notes), page=page, box=box,
                   new_system=is_new_system)


def _timed(measures: Sequence[Measure]) -> list[Measure]:
    """The measures with the time signature that fits most of them. The others keep their lengths."""
    length = Counter(m.duration_quarter for m in measures if m.notes).most_common(1)
    usual = length[0][0] if length else Fraction(4)
    unit = 4 if usual.denominator == 1 else 8 if usual.denominator == 2 else 16
    first, *rest = measures
    return [replace(first, time=(int(usual * unit / 4), unit), fifths=0), *rest]
