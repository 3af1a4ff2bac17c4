"""Measures read exactly right: those in which nobody has a note or a rest to correct.

Definition. A measure of the truth is exactly right if its partner in the reading has the same notes and rests: the same
multiset of (onset, pitch, duration) of notes, and the same set of (onset, duration) of rests.

Conventions.
* Those of `evaluation/notes.py`: tied noteheads count one by one, grace notes and what is not printed not at all;
  staff, part and voice are not compared. A rest that only fills up a voice and is not printed counts on neither side.
* Rests are a set because a rest that two voices share is printed once, and encodings differ in whether they give it to
  both voices.
* Measures are paired as for note F1. That pairing leaves out measures without notes: between two of its pairs (and
  before the first, after the last) what is unpaired is paired by its rests.
* A measure without a partner is not right. A measure without notes and rests, on both sides, is no measure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evaluation.matching import REST, Matching, Measures, Note, align


def figures(reference: Measures, estimate: Measures, matching: Matching) -> dict[str, float]:
    """`exact_measures`, the number of measures of the truth that are exactly right, and `exact_share`, their share of
    all measures of the truth that count and are not empty (0 if there are none).

    reference, estimate: measures with their rests, `notes.read(..., rests=True)`.
    matching: that of the same measures, `notes.without_rests`.
    """
    partners = dict(pair_all(reference, estimate, matching))
    counted = [i for i in matching.true if reference[i]]
    right = sum(i in partners and is_right(reference[i], estimate[partners[i]]) for i in counted)
    return {"exact_measures": right, "exact_share": right / len(counted) if counted else 0.0}


def is_right(true: Counter[Note], read: Counter[Note]) -> bool:
    """Whether a measure has the same notes and rests as its truth."""
    return set(true) == set(read) and all(read[note] == count for note, count in true.items() if note[1] != REST)


def pair_all(reference: Measures, estimate: Measures, matching: Matching) -> Iterator[tuple[int, int]]:
    """The pairs of the matching, and between them pairs of measures that it leaves unpaired."""
    true, read = 0, 0
    for i, j in (*matching.pairs, (len(reference), len(estimate))):
        for k, m in align(reference[true:i], estimate[read:j]):
            yield true + k, read + m
        if i < len(reference):
            yield i, j
        true, read = i + 1, j + 1
