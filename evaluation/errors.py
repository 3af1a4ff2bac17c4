"""What kinds of errors a reading has, by the names a musician would give them.

Within paired measures, notes that are not right are explained one by one, each by the first of these that fits:
"duration" (onset and pitch are right), "onset" (pitch is right), then with the onset right "semitone" (an accidental,
or E read as F), "octave", "pitch"; what is left is "missed" or "invented". A semitone is all that MIDI pitches tell of
an accidental. Notes of unpaired measures are "in a missed measure" or "in an invented measure".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from evaluation.matching import Matching, Measures, Note

Fits = Callable[[Note, Note], bool]

EXPLANATIONS: dict[str, Fits] = {
    "duration": lambda true, read: true[:2] == read[:2],
    "onset": lambda true, read: true[1] == read[1],
    "semitone": lambda true, read: true[0] == read[0] and abs(true[1] - read[1]) == 1,
    "octave": lambda true, read: true[0] == read[0] and (true[1] - read[1]) % 12 == 0,
    "pitch": lambda true, read: true[0] == read[0],
}


def count(reference: Measures, estimate: Measures, matching: Matching) -> Counter[str]:
    """Notes by kind of error; none of the kinds that do not occur."""
    result: Counter[str] = Counter()
    for i, j in matching.pairs:
        missed = sorted((reference[i] - estimate[j]).elements())
        wrong = sorted((estimate[j] - reference[i]).elements())
        for kind, fits in EXPLANATIONS.items():
            for true in list(missed):
                # The nearest in pitch, so that each of a chord's wrong notes explains its neighbour.
                fitting = [read for read in wrong if fits(true, read)]
                if fitting:
                    missed.remove(true)
                    wrong.remove(min(fitting, key=lambda read: abs(read[1] - true[1])))
                    result[kind] += 1
        result.update(missed=len(missed), invented=len(wrong))
    partnered, read_ = dict(matching.pairs), {j for _, j in matching.pairs}
    result["in a missed measure"] = sum(reference[i].total() for i in matching.true if i not in partnered)
    result["in an invented measure"] = sum(estimate[j].total() for j in matching.estimated if j not in read_)
    return +result
