"""Note-level F1: which of the notes on the page were read right.

Definition. A note is (onset in its measure, MIDI pitch, duration), times in quarters. Truth and estimate are
sequences of measures, each a multiset of notes. The measures are aligned; within an aligned pair the notes they share
(multiset intersection) are right. Precision = right / estimated, recall = right / true, F1 their harmonic mean.
*Pitch* F1 counts a note right if its pitch occurs in the aligned measure, whenever and however long. *Onset* F1
asks for pitch and onset, not for the duration.

Conventions.
* Noteheads count as written: tied notes one by one, grace and cue notes not at all, nor what is not printed
  (print-object="no") nor chord symbols. Pitches are compared as sounding octave, transposing instruments as written.
* Times are rounded to 1/96 of a quarter, because encodings round tuplets (21/128 for a sixth).
* Staff, part and voice are not compared: all that begins in a measure of the score is one multiset.
* Repeats are not played out; measures are those between barlines, so a missed barline makes one measure of two.
* Alignment is Needleman and Wunsch's, maximising right notes plus right pitches over all monotonic one-to-one
  pairings; an unpaired measure costs nothing but its notes, which are missed (truth) or wrong (estimate). So a missed
  barline, a missed system or a repeat written out costs itself and shifts nothing.
* `partial=True`, for an estimate of some pages of a longer truth: truth measures before the first and after the last
  paired one are left out of the count. So that no stray pair stretches the span, a truth measure skipped between two
  pairs costs `SKIP` right notes for each of its notes in the alignment (only there). What was missed at the very
  start or end of the scanned pages therefore goes uncounted; state `measures` beside the figure.
* A missing or unreadable estimate has no measures: every figure is 0, whatever `partial` says.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.kern import read_kern
from omr.errors import DataError

Note = tuple[Fraction, int, Fraction]
"""(onset in the measure, MIDI pitch, duration), times in quarters."""
Measures = Sequence[Counter[Note]]

SUFFIXES = (".musicxml", ".mxl", ".xml", ".krn")
GRID = 96
"""Times are whole multiples of a quarter note / GRID."""
SKIP = 0.25
"""Partial scans: what skipping a true note between two paired measures costs the alignment, in right notes."""


def read(path: Path) -> list[Counter[Note]]:
    """The measures of a MusicXML, mxl or kern file. Raises DataError if it cannot be read."""
    if path.suffix == ".krn":
        return [Counter({(rounded(onset), pitch, rounded(duration)): count
                         for (onset, pitch, duration), count in measure.items()}) for measure in read_kern(path)]
    from music21 import converter

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = converter.parse(path, forceSource=True)
    except Exception as error:  # music21 raises whatever its readers raise
        raise DataError(f"{path}: music21 cannot read it ({type(error).__name__}: {error})") from error
    return from_music21(parsed)


def from_music21(score: Any) -> list[Counter[Note]]:
    """The measures of a music21 score: its parts' measures, those of equal index together."""
    from music21 import harmony, note, stream

    measures: list[Counter[Note]] = []
    for part in score.parts:
        for index, measure in enumerate(part.getElementsByClass(stream.Measure)):
            if index == len(measures):
                measures.append(Counter())
            for item in measure.recurse().notes:
                if item.duration.isGrace or isinstance(item, (harmony.Harmony, note.Unpitched)) or _hidden(item):
                    continue
                onset = rounded(item.getOffsetInHierarchy(measure))
                duration = rounded(item.duration.quarterLength)
                for each in item.notes if item.isChord else (item,):
                    if not _hidden(each):
                        measures[index][onset, each.pitch.midi, duration] += 1
    return measures


def validate(reference: Measures, estimate: Measures) -> None:
    """Raises ValueError unless the reference has notes and all times can be times."""
    if not any(reference):
        raise ValueError("the reference has no notes")
    for name, measures in (("reference", reference), ("estimate", estimate)):
        for index, measure in enumerate(measures):
            if any(onset < 0 or duration <= 0 for onset, _, duration in measure):
                raise ValueError(f"{name} measure {index + 1} has a note before its start or without duration")


def align(reference: Measures, estimate: Measures, skip: float = 0.0) -> list[tuple[int, int]]:
    """Pairs (reference index, estimate index), both rising, of the best alignment.

    skip: what leaving out a true note between two pairs costs; leaving out measures at either end is free.
    """
    n, m = len(reference), len(estimate)
    if not n or not m:
        return []
    gain = np.zeros((n, m))
    pitches = [_pitches(e) for e in estimate]
    for i, true in enumerate(reference):
        true_pitches = _pitches(true)
        for j, read_ in enumerate(estimate):
            if true and read_:
                gain[i, j] = (true & read_).total() + (true_pitches & pitches[j]).total()
    cost = np.array([2 * skip * true.total() for true in reference])
    # best[i, j]: the best that pairs i with j as its last pair; through[i, j]: the best that ends before i and j,
    # less what has been skipped since.
    best = np.zeros((n, m))
    come_from = np.full((n, m, 2), -1)
    through = np.zeros((n + 1, m + 1))
    origin = np.full((n + 1, m + 1, 2), -1)
    for i in range(n):
        for j in range(m):
            best[i, j] = gain[i, j] + through[i, j]
            come_from[i, j] = origin[i, j]
            options = [
                (best[i, j] if gain[i, j] else -1.0, (i, j)),
                (through[i, j + 1] - (cost[i] if origin[i, j + 1][0] >= 0 else 0.0), tuple(origin[i, j + 1])),
                (through[i + 1, j], tuple(origin[i + 1, j])),
            ]
            value, where = max(options, key=lambda o: o[0])
            if value < 0:  # begin afresh rather than carry a debt
                value, where = 0.0, (-1, -1)
            through[i + 1, j + 1] = value
            origin[i + 1, j + 1] = where
    if not gain.any():
        return []
    at = divmod(int(best.argmax()), m)
    pairs = []
    while at[0] >= 0:
        pairs.append(at)
        at = (int(come_from[at][0]), int(come_from[at][1]))
    return pairs[::-1]


def precision_recall_f1(right: int, reference: int, estimate: int) -> tuple[float, float, float]:
    """(precision, recall, F1) of counts; what would be 0 / 0 is 0."""
    precision = right / estimate if estimate else 0.0
    recall = right / reference if reference else 0.0
    return precision, recall, 2 * right / (reference + estimate) if reference + estimate else 0.0


def evaluate(reference: Measures, estimate: Measures, partial: bool = False) -> dict[str, float]:
    """All figures, by name: note_precision, note_recall, note_f1, pitch_f1 and so on, and the counts they come from
    (true_notes, estimated_notes, right_notes; measures = true measures counted, paired = those with a partner)."""
    validate(reference, estimate)
    pairs = align(reference, estimate, SKIP if partial else 0.0)
    first, last = (pairs[0][0], pairs[-1][0]) if partial and pairs else (0, len(reference) - 1)
    true_notes = sum(m.total() for m in reference[first:last + 1])
    estimated_notes = sum(m.total() for m in estimate)
    result: dict[str, float] = {}
    views: dict[str, Callable[[Counter[Note]], Counter[Any]]] = {"note": Counter, "onset": _onsets, "pitch": _pitches}
    for name, view in views.items():
        right = sum((view(reference[i]) & view(estimate[j])).total() for i, j in pairs)
        figures = precision_recall_f1(right, true_notes, estimated_notes)
        result.update(zip((f"{name}_precision", f"{name}_recall", f"{name}_f1"), figures, strict=True))
        result[f"right_{name}{'e' if name == 'pitch' else ''}s"] = right
    result.update(true_notes=true_notes, estimated_notes=estimated_notes, measures=last + 1 - first, paired=len(pairs))
    return result


def differences(
    reference: Measures, estimate: Measures, partial: bool = False,
) -> Iterator[tuple[int, list[Note], list[Note]]]:
    """(true measure from 1, its notes that were missed, notes wrongly read in its partner) wherever there are any.
    Estimated measures without a partner come last, as measure 0."""
    pairs = dict(align(reference, estimate, SKIP if partial else 0.0))
    first, last = (min(pairs), max(pairs)) if partial and pairs else (0, len(reference) - 1)
    for i in range(first, last + 1):
        read_ = estimate[pairs[i]] if i in pairs else Counter[Note]()
        missed, wrong = reference[i] - read_, read_ - reference[i]
        if missed or wrong:
            yield i + 1, sorted(missed.elements()), sorted(wrong.elements())
    alone = [m for j, m in enumerate(estimate) if m and j not in set(pairs.values())]
    for measure in alone:
        yield 0, [], sorted(measure.elements())


def evaluate_files(truth: Path, predicted: Path | None, partial: bool = False) -> dict[str, float]:
    """`evaluate` of two files. Raises DataError if the truth cannot be read; an estimate that cannot is all wrong."""
    reference = read(truth)
    if not any(reference):
        raise DataError(f"{truth}: no notes in it")
    try:
        estimate = read(predicted) if predicted is not None and predicted.exists() else []
    except DataError:
        estimate = []
    return evaluate(reference, estimate, partial)


def span_files(truth: Path, predicted: Path | None) -> tuple[int, int | None]:
    """The first and last measure of the truth (from 0) that a partial estimate spans; all of it (0, None) where
    nothing was recognised. Raises DataError if the truth cannot be read."""
    try:
        estimate = read(predicted) if predicted is not None and predicted.exists() else []
    except DataError:
        estimate = []
    pairs = align(read(truth), estimate, SKIP)
    return (pairs[0][0], pairs[-1][0]) if pairs else (0, None)


def _pitches(measure: Counter[Note]) -> Counter[int]:
    result: Counter[int] = Counter()
    for (_, pitch, _), count in measure.items():
        result[pitch] += count
    return result


def _onsets(measure: Counter[Note]) -> Counter[tuple[Fraction, int]]:
    result: Counter[tuple[Fraction, int]] = Counter()
    for (onset, pitch, _), count in measure.items():
        result[onset, pitch] += count
    return result


def rounded(quarters: Any) -> Fraction:
    return Fraction(round(Fraction(quarters) * GRID), GRID)


def _hidden(item: Any) -> bool:
    return bool(item.hasStyleInformation and item.style.hideObjectOnPrint)
