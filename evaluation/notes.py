"""Note-level F1: which of the notes on the page were read right.

Definition. A note is (onset in its measure, MIDI pitch, duration), times in quarters. Truth and estimate are
sequences of measures, each a multiset of notes. The measures are aligned; within an aligned pair the notes they share
(multiset intersection) are right. Precision = right / estimated, recall = right / true, F1 their harmonic mean.
*Pitch* F1 counts a note right if its pitch occurs in the aligned measure, whenever and however long. *Onset* F1
asks for pitch and onset, not for the duration.

Conventions.
* Noteheads count as written: tied notes one by one, grace and cue notes not at all, nor what is not printed
  (print-object="no") nor chord symbols. Pitches are compared as sounding octave, transposing instruments as written.
* Notes without pitch (under a percussion clef) count only where they are asked for, each as the pitch that a treble
  clef would give its place on the staff. That is also how they are read where the clef was missed: which of them were
  read as notes with pitch is not asked. kern has none.
* Times are rounded to 1/96 of a quarter, because encodings round tuplets (21/128 for a sixth).
* Staff, part and voice are not compared: all that begins in a measure of the score is one multiset.
* Repeats are not played out; measures are those between barlines, so a missed barline makes one measure of two.
  A repeat that only one side writes out costs nothing: see `evaluation/matching.py`, which aligns the measures.
* `partial=True`, for an estimate of some pages of a longer truth: truth measures before the first and after the last
  paired one are left out of the count. So that no stray pair stretches the span, a truth measure skipped between two
  pairs costs `SKIP` right notes for each of its notes in the alignment (only there). What was missed at the very
  start or end of the scanned pages therefore goes uncounted; state `measures` beside the figure.
* A missing or unreadable estimate has no measures: every figure is 0, whatever `partial` says.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import Any

from evaluation import truths
from evaluation.kern import read_kern
from evaluation.matching import REST, Matching, Measures, Note, match, onsets_of, pitches_of
from omr.errors import DataError

SUFFIXES = (".musicxml", ".mxl", ".xml", ".krn")
PLAIN = (".musicxml", ".xml")
FULL_REST = re.compile(rb"""(<rest\b[^>]*?)\s+measure=["']yes["']""")
"""music21 takes this for a rest as long as the time signature says, whatever its <duration>, which is wrong in a
pickup. It is removed before music21 reads a file, except for compressed files."""
GRID = 96
"""Times are whole multiples of a quarter note / GRID."""


def read(path: Path, rests: bool = False, unpitched: bool = False) -> list[Counter[Note]]:
    """The measures of a MusicXML, mxl or kern file. Raises DataError if it cannot be read, is beyond the limits of
    `omr.limits`, or has a note before its measure's start or without duration.

    rests: printed rests are read too, as notes of the pitch `REST`; the figures of this module do not want them, see
    `without_rests`. unpitched: notes under a percussion clef are read too, as the pitches that a treble clef would give
    them (kern has none).
    """
    truths.check(path)
    if path.suffix == ".krn":
        measures = [Counter({(rounded(onset), pitch, rounded(duration)): count
                             for (onset, pitch, duration), count in measure.items()})
                    for measure in read_kern(path, rests)]
    else:
        measures = from_music21(parse(path), rests, unpitched)
    if fault := fault_of(measures):
        raise DataError(f"{path}: {fault}")
    return measures


def parse(path: Path) -> Any:
    """The music21 score of a MusicXML or mxl file, with rests as long as the file says. Raises DataError."""
    from music21 import converter

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = path.read_bytes() if path.suffix in PLAIN else b""
            if FULL_REST.search(data):
                return converter.parseData(FULL_REST.sub(rb"\1", data), format="musicxml")
            return converter.parse(path, forceSource=True)
    except Exception as error:  # music21 passes on exceptions of any kind
        what = " ".join(str(error).split())[:200]
        raise DataError(f"{path}: music21 cannot read it ({type(error).__name__}: {what})") from error


def from_music21(score: Any, rests: bool = False, unpitched: bool = False) -> list[Counter[Note]]:
    """The measures of a music21 score. Measures with the same index in all parts are one. Options as for `read`."""
    return [Counter(key for key, _ in measure) for measure in with_objects(score, rests, unpitched)]


def with_objects(score: Any, rests: bool = False, unpitched: bool = False) -> list[list[tuple[Note, Any]]]:
    """The notes that `from_music21` counts, each with its music21 object."""
    from music21 import harmony, note, percussion, stream

    measures: list[list[tuple[Note, Any]]] = []
    # A rest that fills a measure lasts as long as the other parts play, whatever music21 makes of the time signature.
    lengths: list[Any] = []
    for part in score.parts:
        own = [measure.highestTime for measure in part.getElementsByClass(stream.Measure)]
        lengths = [max(pair) for pair in zip_longest(lengths, own, fillvalue=0)]
    left_out = (harmony.Harmony, *(() if unpitched else (note.Unpitched, percussion.PercussionChord)))
    for part in score.parts:
        for index, measure in enumerate(part.getElementsByClass(stream.Measure)):
            if index == len(measures):
                measures.append([])
            for item in measure.recurse().notesAndRests:
                if item.duration.isGrace or isinstance(item, left_out) or _hidden(item):
                    continue
                onset = rounded(item.getOffsetInHierarchy(measure))
                if item.isRest:
                    if rests:
                        whole = item.fullMeasure is True
                        duration = rounded(lengths[index] if whole else item.duration.quarterLength)
                        measures[index].append(((onset, REST, duration), item))
                    continue
                duration = rounded(item.duration.quarterLength)
                for each in getattr(item, "notes", (item,)):
                    if not _hidden(each):
                        pitch = each.displayPitch() if isinstance(each, note.Unpitched) else each.pitch
                        measures[index].append(((onset, pitch.midi, duration), each))
    return measures


def without_rests(measures: Measures) -> list[Counter[Note]]:
    """The same measures without what `read` adds for `rests`. Some may become empty."""
    return [Counter({note: count for note, count in measure.items() if note[1] != REST}) for measure in measures]


def validate(reference: Measures, estimate: Measures) -> None:
    """Raise ValueError unless the reference has notes and all times are possible."""
    if not any(reference):
        raise ValueError("the reference has no notes")
    for name, measures in (("reference", reference), ("estimate", estimate)):
        if fault := fault_of(measures):
            raise ValueError(f"{name} {fault}")


def fault_of(measures: Measures) -> str:
    """What is wrong with the first measure that has an impossible time; "" if there is none."""
    return next((f"measure {index} has a note before its start or without duration"
                 for index, measure in enumerate(measures, 1)
                 if any(onset < 0 or duration <= 0 for onset, _, duration in measure)), "")


def precision_recall_f1(right: int, reference: int, estimate: int) -> tuple[float, float, float]:
    """(precision, recall, F1) of counts; what would be 0 / 0 is 0."""
    precision = right / estimate if estimate else 0.0
    recall = right / reference if reference else 0.0
    return precision, recall, 2 * right / (reference + estimate) if reference + estimate else 0.0


def evaluate(reference: Measures, estimate: Measures, partial: bool = False) -> dict[str, float]:
    """`figures` of the measures as `match` pairs them."""
    return figures(reference, estimate, match(reference, estimate, partial))


def figures(reference: Measures, estimate: Measures, matching: Matching) -> dict[str, float]:
    """All figures, by name: note_precision, note_recall, note_f1, pitch_f1 and so on, and the counts they come from
    (true_notes, estimated_notes, right_notes; measures = true measures counted, paired = those with a partner)."""
    validate(reference, estimate)
    pairs = matching.pairs
    true_notes = sum(reference[i].total() for i in matching.true)
    estimated_notes = sum(estimate[j].total() for j in matching.estimated)
    result: dict[str, float] = {}
    views: dict[str, Callable[[Counter[Note]], Counter[Any]]] = {
        "note": Counter, "onset": onsets_of, "pitch": pitches_of}
    for name, view in views.items():
        right = sum((view(reference[i]) & view(estimate[j])).total() for i, j in pairs)
        values = precision_recall_f1(right, true_notes, estimated_notes)
        result.update(zip((f"{name}_precision", f"{name}_recall", f"{name}_f1"), values, strict=True))
        result[f"right_{name}{'e' if name == 'pitch' else ''}s"] = right
    result.update(true_notes=true_notes, estimated_notes=estimated_notes, measures=len(matching.true),
                  paired=len(pairs))
    return result


def differences(
    reference: Measures, estimate: Measures, matching: Matching,
) -> Iterator[tuple[int, list[Note], list[Note]]]:
    """(true measure from 1, its notes that were missed, wrong notes in its partner) for each measure that has any.
    Estimated measures without a partner come last, as measure 0."""
    pairs = dict(matching.pairs)
    for i in matching.true:
        read_ = estimate[pairs[i]] if i in pairs else Counter[Note]()
        missed, wrong = reference[i] - read_, read_ - reference[i]
        if missed or wrong:
            yield i + 1, sorted(missed.elements()), sorted(wrong.elements())
    alone = [estimate[j] for j in matching.estimated if estimate[j] and j not in set(pairs.values())]
    for measure in alone:
        yield 0, [], sorted(measure.elements())


def read_files(
    truth: Path, predicted: Path | None, rests: bool = False, unpitched: bool = False
) -> tuple[list[Counter[Note]], list[Counter[Note]]]:
    """The measures of two files. Options as for `read`. Raises DataError if the truth cannot be read or has no notes.
    An estimate that is missing or cannot be read has no measures."""
    reference = read(truth, rests, unpitched)
    if not any(without_rests(reference)):
        raise DataError(f"{truth}: no notes in it")
    try:
        return reference, read(predicted, rests, unpitched) if predicted is not None and predicted.exists() else []
    except DataError:
        return reference, []


def rounded(quarters: Any) -> Fraction:
    return Fraction(round(Fraction(quarters) * GRID), GRID)


def _hidden(item: Any) -> bool:
    return bool(item.hasStyleInformation and item.style.hideObjectOnPrint)
