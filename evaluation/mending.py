"""How much work it is to correct a reading until it equals the truth. A program finds the corrections, and makes them
as a person would.

The measures of reading and truth are paired as for the note F1 (`evaluation.matching`). Each measure that differs is
corrected with the operations of `omr review`. If one of its next best readings is right, that is chosen. Otherwise
lengths, tuplets and pitches are corrected, noteheads that two voices share are given to one of them, and notes are
removed and added, one operation at a time. An operation is kept only if the measure (for tuplets, the page) is nearer
to the truth afterwards. What remains is counted as well: notes that no single operation brings nearer to the truth, and
notes of measures without a partner, whose barlines are wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from evaluation.matching import Measures, Note, match
from evaluation.notes import rounded
from omr.review.alike import OF_RHYTHM
from omr.review.alternatives import take
from omr.review.answers import boxes_of
from omr.review.log import Operation
from omr.review.operations import OperationError
from omr.review.review import Review
from omr.types import Measure, Score
from omr.types import Note as ScoreNote

MOST_STEPS = 60
"""Most operations on one measure. If more notes are wrong, one would enter them anew."""
MOST_TRIALS = 40
"""Most operations in a row on one measure that bring it no nearer to the truth."""
ALTERNATIVES = 4
"""Next best readings that are shown."""
TYPES: Mapping[Fraction, tuple[str, int]] = {
    Fraction(16) / 2**i * (2 - Fraction(1, 2**dots)): (name, dots) for dots in (2, 1, 0) for i, name in enumerate(
        ("long", "breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th"))
}
"""Quarters -> printed type and dots."""
ALTERS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass
class Work:
    """What was done.

    wrong: notes that were missed or wrong before, in measures that have a partner. left: the same afterwards.
    unpaired: notes of measures without a partner, which are not corrected.
    operations: by name.
    keys: keystrokes and clicks.
    """

    wrong: int = 0
    left: int = 0
    unpaired: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    keys: int = 0

    def add(self, other: Work) -> None:
        """Add the counts of other work."""
        self.wrong, self.left, self.unpaired = (
            self.wrong + other.wrong, self.left + other.left, self.unpaired + other.unpaired)
        self.operations += other.operations
        self.keys += other.keys


def keys_of(operation: Operation) -> int:
    """Keystrokes and clicks of an operation in `omr review`: one to choose the note or place, and those that say what
    it is. A next best reading has a key of its own."""
    said = {"take": 0, "pitch": abs(operation.get("steps", 0)), "duration": 1 + operation.get("dots", 0),
            "add": 2 + operation.get("dots", 0)}
    return 1 + said.get(operation["op"], 1)


def measures_of(score: Score) -> list[Counter[Note]]:
    """The measures of a score as `evaluation.notes.read` gives those of a file."""
    return [_notes([part.measures[i] for part in score.parts]) for i in range(len(score.parts[0].measures))]


def _notes(measures: Sequence[Measure]) -> Counter[Note]:
    return Counter(_key(note) for m in measures for note in m.notes if not note.grace and not note.cue)


def _key(note: ScoreNote) -> Note:
    return rounded(note.onset_quarter), int(note.pitch.midi), rounded(note.duration_quarter)


def _away(estimate: Counter[Note], reference: Counter[Note]) -> int:
    """How many notes must be changed, removed or added to make one measure of the other."""
    return max((reference - estimate).total(), (estimate - reference).total())


def mend(review: Review, reference: Measures, alike: bool) -> Work:
    """Correct a review as far as single operations can. alike: whether corrections also hold for measures like the
    corrected one (`omr.review.alike`)."""
    matching = match(reference, measures_of(review.score), partial=True)
    start = measures_of(review.score)
    alone = set(matching.true) - {i for i, _ in matching.pairs}
    more = set(matching.estimated) - {j for _, j in matching.pairs}
    work = Work(wrong=sum(_away(start[j], reference[i]) for i, j in matching.pairs),
                unpaired=sum(reference[i].total() for i in alone) + sum(start[j].total() for j in more))
    for i, j in matching.pairs:
        tried: set[str] = set()
        for _ in range(MOST_STEPS):
            right = measures_of(review.score)[j] == reference[i]
            if right or not _step(review, j, reference[i], alike, work, tried):
                break
    now = measures_of(review.score)
    work.left = sum(_away(now[j], reference[i]) for i, j in matching.pairs)
    return work


def _step(
    review: Review, index: int, wanted: Counter[Note], alike: bool, work: Work, tried: set[str]
) -> bool:
    """Apply the first operation that brings a measure nearer to the truth. Returns False if there is none. tried:
    operations that did not help since the last one that did. They are not tried again until another one helps."""
    before = measures_of(review.score)
    for operation in _candidates(review, index, wanted):
        if repr(operation) in tried or len(tried) >= MOST_TRIALS:
            continue
        try:
            review.do({**operation, "alike": alike} if operation["op"] in OF_RHYTHM else operation)
        except OperationError:
            continue
        now = measures_of(review.score)
        # A note that gets its height still needs its accidental, so a note with nearly the right pitch is nearer to the
        # truth.
        if len(now) == len(before) and _distance(now[index], wanted) < _distance(before[index], wanted):
            work.operations[operation["op"]] += 1
            work.keys += keys_of(operation)
            tried.clear()
            return True
        review.undo()
        tried.add(repr(operation))
    return False


def _distance(estimate: Counter[Note], reference: Counter[Note]) -> float:
    """How far a measure is from the truth: the number of wrong notes, and less than one for how far off these are."""
    missing, extra = list((reference - estimate).elements()), list((estimate - reference).elements())
    near = sum(min((abs(m[1] - e[1]) for e in extra if e[0] == m[0]), default=24) for m in missing)
    apart = sum(min((abs(m[0] - e[0]) + abs(m[2] - e[2]) for e in extra if e[1] == m[1]), default=Fraction(8))
                for m in missing)
    return max(len(missing), len(extra)) + 0.01 * min(near, 50) + 0.001 * float(min(apart, Fraction(400)))


def _candidates(review: Review, index: int, wanted: Counter[Note]) -> Iterator[Operation]:
    """Operations that may bring a measure nearer to the truth, those with the fewest keystrokes first."""
    yield from _alternatives(review, index, wanted)
    have = _notes([part.measures[index] for part in review.score.parts])
    missing, extra = list((wanted - have).elements()), have - wanted
    read = [note for part in review.score.parts for note in part.measures[index].notes
            if not note.grace and not note.cue and note.symbol_ids]
    wrong = [note for note in sorted(read, key=lambda n: n.onset_quarter) if _key(note) in extra]
    for find in (_tuplets, _lengths, _pitches):
        yield from find(review, index, wrong, missing)
    yield from _shared(review, index, wrong)
    for note in wrong:
        yield {"op": "delete", **_place(review, index, note)}
    for lacking in missing:
        yield from _addition(review, index, read, lacking)


def _alternatives(review: Review, index: int, wanted: Counter[Note]) -> Iterator[Operation]:
    have = _notes([part.measures[index] for part in review.score.parts])
    if not (wanted - have) or {n[::2] for n in wanted.elements()} == {n[::2] for n in have.elements()}:
        return  # only pitches differ
    others = [(_away(_notes(o.measures), wanted), k, o)
              for k, o in enumerate(review.builder.others(index, ALTERNATIVES))]
    if others:
        away, _, best = min(others, key=lambda o: o[:2])
        if away < _away(have, wanted):
            yield take(review, index, best.reading)


def _place(review: Review, index: int, note: ScoreNote) -> dict[str, Any]:
    """Where one points to mean a note."""
    page = review.measures[index].page
    top, left, bottom, right = boxes_of(review, page, note)[0]
    return {"page": page, "at": [(top + bottom) / 2, (left + right) / 2]}


def _shared(review: Review, index: int, wrong: Sequence[ScoreNote]) -> Iterator[Operation]:
    """Operations that give noteheads shared by two voices to one of them. Such a notehead is read as two notes."""
    read = Counter(note.symbol_ids[0] for part in review.score.parts for note in part.measures[index].notes
                   if note.symbol_ids)
    for head in dict.fromkeys(note.symbol_ids[0] for note in wrong if read[note.symbol_ids[0]] > 1):
        note = next(n for n in wrong if n.symbol_ids[0] == head)
        for stem in ("up", "down"):
            yield {"op": "one_voice", **_place(review, index, note), "stem": stem}


def _tuplets(
    review: Review, index: int, wrong: Sequence[ScoreNote], missing: Sequence[Note]
) -> Iterator[Operation]:
    for note in wrong:
        lengths = {m[2] for m in missing if m[1] == int(note.pitch.midi)}
        place = _place(review, index, note)
        said = {"op": "tuplet", "page": place["page"], "at": [place["at"]], "actual": 3}
        length = note.duration_quarter
        if note.tuplet is None and rounded(length * 2 / 3) in lengths:
            yield {**said, "normal": 2}
        elif note.tuplet is not None and rounded(length * note.tuplet[0] / note.tuplet[1]) in lengths:
            yield {**said, "normal": None}


def _lengths(
    review: Review, index: int, wrong: Sequence[ScoreNote], missing: Sequence[Note]
) -> Iterator[Operation]:
    for note in wrong:
        same = sorted((m for m in missing if m[1] == int(note.pitch.midi)),
                      key=lambda m: abs(m[0] - note.onset_quarter))
        for onset, _, length in same[:1]:
            ratio = Fraction(*note.tuplet) if note.tuplet is not None else Fraction(1)
            printed = TYPES.get(Fraction(length * ratio).limit_denominator(96))
            if printed is not None and (rounded(note.onset_quarter), length) != (onset, rounded(note.duration_quarter)):
                yield {"op": "duration", **_place(review, index, note), "type": printed[0], "dots": printed[1]}


def _pitches(
    review: Review, index: int, wrong: Sequence[ScoreNote], missing: Sequence[Note]
) -> Iterator[Operation]:
    for note in wrong:
        for onset, midi, _ in missing:
            if onset != rounded(note.onset_quarter):
                continue
            alter = midi - 12 * (note.pitch.octave + 1) - STEPS[note.pitch.step]
            place = _place(review, index, note)
            if abs(alter) <= 1:
                yield {"op": "accidental", **place, "accidental": None if note.accidental else ALTERS[alter]}
                yield {"op": "accidental", **place, "accidental": ALTERS[alter]}
            up = round((midi - note.pitch.midi) * 7 / 12)
            for steps in (up, up + 1, up - 1):
                if steps and abs(steps) <= 12:
                    yield {"op": "pitch", **place, "steps": steps}


def _addition(review: Review, index: int, read: Sequence[ScoreNote], wanted: Note) -> Iterator[Operation]:
    """The operation that adds a missing note: in the column of notes with its onset, at the height that its pitch has
    relative to a note that was read."""
    onset, midi, length = wanted
    printed = TYPES.get(length) or TYPES.get(Fraction(length * 3 / 2).limit_denominator(96))
    column = next((_place(review, index, n)["at"][1] for n in read if rounded(n.onset_quarter) == onset), None)
    if printed is None or not read:
        return
    if column is None:
        column = _column(review, index, read, onset)
    near = sorted(read, key=lambda n: abs(n.pitch.midi - midi))[:2]
    for beside in near:
        place = _place(review, index, beside)
        half = review.pictures[place["page"]].space_px / 2
        steps = round((midi - beside.pitch.midi) * 7 / 12)
        for up in (steps, steps + 1, steps - 1):
            yield {"op": "add", "page": place["page"], "at": [place["at"][0] - up * half, column], "kind": "note",
                   "type": printed[0], "dots": printed[1]}


def _column(review: Review, index: int, read: Sequence[ScoreNote], onset: Fraction) -> float:
    """Approximately where in a measure its notes with an onset are: between those before and after."""
    box = review.box_of(review.measures[index])
    assert box is not None
    known = sorted({(n.onset_quarter, _place(review, index, n)["at"][1]) for n in read})
    before = max(((o, c) for o, c in known if o < onset), default=(Fraction(0), box[1]))
    after = min(((o, c) for o, c in known if o > onset), default=(review.measures[index].duration_quarter, box[3]))
    if after[0] <= before[0]:
        return (before[1] + after[1]) / 2
    share = float((onset - before[0]) / (after[0] - before[0]))
    return before[1] + share * (after[1] - before[1])


