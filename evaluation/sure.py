"""Whether a reading knows where it is wrong: the probability that it gives each measure, held against the truth.

Definition. A measure of the reading is right if it is the partner of a measure of the truth (`evaluation/matching.py`)
and has the same notes and rests (`evaluation/exact.py`). Right and wrong are those of whole measures of the score, and
of each part's measure where the truth has as many staves as the reading. A measure without a partner is wrong.

Conventions.
* Passages that the reading has twice and the truth once (repeats) count on neither side, nor do measures without notes
  and rests that have no partner.
* Scans of which a truth tells a part only (`partial`): `FOREIGN` or more measures in a row that share less than
  `FOREIGN_SHARE` of their pitches with their partners, or have none, are other music, such as the movement before, or a
  repeat that only one side writes out. They do not count; how many there are is told as `foreign`. If most measures
  are, the scan's pages show other music altogether, and what the rest shares with the truth it shares by chance: only
  what is right still counts.
* What is missing in the reading altogether (a staff, a system, a bar) is no measure of it that could be doubted. It is
  counted as `missed`.
* Measures in which the truth is known to differ from the page (`evaluation/errata.py`) are neither right nor wrong. How
  many of the reading's there are is told as `differing`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from evaluation import notes, truths
from evaluation.errata import NONE, Errata
from evaluation.exact import is_right, pair_all
from evaluation.matching import REST, Measures, Note, match, pitches_of
from omr.sure import Weights

FOREIGN = 4
FOREIGN_SHARE = 0.3


@dataclass(frozen=True)
class Verdict:
    """What is right in a reading.

    measures: index of a measure -> whether it is right, for measures that count.
    of_parts: the same by (part, measure), if the truth tells it.
    missed: measures of the truth without a partner.
    foreign: measures of the reading that do not count, because the truth has other music there.
    differing: measures that do not count, because the truth is known to differ from the page.
    """

    measures: Mapping[int, bool]
    of_parts: Mapping[tuple[int, int], bool]
    missed: int
    foreign: int = 0
    differing: int = 0


@dataclass(frozen=True)
class Staves:
    """A score as `notes.read` reads it. whole: its measures. by_staff: those of each staff separately, from the top;
    empty if that cannot be told (kern)."""

    whole: Measures
    by_staff: Sequence[Measures] = ()


def read_staves(path: Path) -> Staves:
    """The measures of a MusicXML or kern file, with rests and notes without pitch. Raises DataError."""
    if path.suffix == ".krn":
        return Staves(notes.read(path, rests=True, unpitched=True))
    truths.check(path)
    return staves_of(notes.parse(path))


def staves_of(score: Any) -> Staves:
    """The same for a music21 score."""
    alone = [notes.from_music21(SimpleNamespace(parts=[part]), True, True) for part in score.parts]
    return Staves(notes.from_music21(score, True, True), alone)


def judge(truth: Staves, reading: Staves, staves_of_parts: Sequence[int], partial: bool,
          errata: Errata = NONE) -> Verdict:
    """What is right in a reading.

    staves_of_parts: how many staves each of its parts has.
    partial: whether the reading has only some pages of the truth.
    errata: what does not count in the truth.
    """
    reference, estimate = notes.without_rests(truth.whole), notes.without_rests(reading.whole)
    matching = match(reference, estimate, partial)
    true_of = {j: i for i, j in pair_all(truth.whole, reading.whole, matching)}
    foreign = _foreign(truth.whole, reading.whole, true_of) if partial else set()
    strange = errata.strange(true_of, matching.estimated) - foreign
    counted = set(matching.estimated) - foreign - strange
    measures = {
        j: j in true_of and is_right(truth.whole[true_of[j]], reading.whole[j])
        for j in counted if j in true_of or reading.whole[j]
    }
    paired = set(true_of.values())
    missed = sum(i not in paired | errata.measures and bool(truth.whole[i]) for i in matching.true)
    return Verdict(measures, _of_parts(truth, reading, staves_of_parts, measures, true_of), missed, len(foreign),
                   len(strange))


def _foreign(reference: Measures, estimate: Measures, true_of: Mapping[int, int]) -> set[int]:
    """Measures of the reading whose music the truth does not have."""
    found: set[int] = set()
    run: list[int] = []
    for j, measure in enumerate([*estimate, None]):
        if measure is not None and _is_strange(measure, reference[true_of[j]] if j in true_of else Counter()):
            run.append(j)
            continue
        if len(run) >= FOREIGN:
            found.update(run)
        run = []
    counted = [j for j, measure in enumerate(estimate) if j in true_of or measure]
    if 2 * len(found) > len(counted):
        found.update(j for j in counted if j not in true_of or not is_right(reference[true_of[j]], estimate[j]))
    return found


def _is_strange(measure: Counter[Note], truth: Counter[Note]) -> bool:
    """Whether a measure has hardly any pitch in common with the truth."""
    own, true = ({pitch: n for pitch, n in pitches_of(m).items() if pitch != REST} for m in (measure, truth))
    shared = sum(min(n, true.get(pitch, 0)) for pitch, n in own.items())
    return shared < FOREIGN_SHARE * max(sum(own.values()), sum(true.values()), 1)


def _of_parts(truth: Staves, reading: Staves, staves_of_parts: Sequence[int], measures: Mapping[int, bool],
              true_of: Mapping[int, int]) -> dict[tuple[int, int], bool]:
    """(part, measure) -> whether it is right."""
    if len(staves_of_parts) == 1:
        return {(0, j): right for j, right in measures.items()}
    if len(truth.by_staff) != sum(staves_of_parts) or len(reading.by_staff) != len(truth.by_staff):
        return {}
    found = {}
    first = 0
    for p, count in enumerate(staves_of_parts):
        own = range(first, first + count)
        first += count
        for j in measures:
            found[p, j] = j in true_of and is_right(_together(truth, own, true_of[j]), _together(reading, own, j))
    return found


def _together(score: Staves, staves: Sequence[int], index: int) -> Counter[Any]:
    """What several staves have in a measure, together."""
    found: Counter[Any] = Counter()
    for staff in staves:
        if index < len(score.by_staff[staff]):
            found.update(score.by_staff[staff][index])
    return found


# ---- figures ---------------------------------------------------------------------------------------------------

BINS = 10
"""Number of bins of equal width from 0 to 1, as usual for the expected calibration error."""
LOOKED_AT = (0.1, 0.2, 0.3, 0.4)
"""Shares of the measures, the least sure first, for which it is reported how many of the wrong ones are among them."""


@dataclass(frozen=True)
class Reliability:
    """How far probabilities can be trusted, over N measures.

    wrong: share of the measures that are wrong.
    error: expected calibration error: the distance between mean probability and share of right measures in each bin,
        averaged over the bins, which are weighted by their measures.
    bins: (mean probability, share right, measures) of each bin that is not empty.
    found: for each of `LOOKED_AT`, the share of the wrong measures that are among the least sure.
    sure, sure_right: share of the measures that are called sure, and how many of those are right (1 if there are none).
    """

    measures: int
    wrong: float
    error: float
    bins: tuple[tuple[float, float, int], ...]
    found: tuple[float, ...]
    sure: float
    sure_right: float


def reliability(probability: Sequence[float], right: Sequence[bool], sure: float) -> Reliability:
    """Compare probabilities of being right with what is right. sure: least probability of a measure that is called
    sure.

    Raises ValueError without measures.
    """
    if not len(right):
        raise ValueError("no measures to judge")
    p, r = np.asarray(probability, float), np.asarray(right, bool)
    which = np.minimum((p * BINS).astype(int), BINS - 1)
    bins = tuple((float(p[which == b].mean()), float(r[which == b].mean()), int((which == b).sum()))
                 for b in range(BINS) if (which == b).any())
    error = sum(n * abs(mean - share) for mean, share, n in bins) / len(r)
    curve = found_curve(probability, right)
    found = tuple(float(curve[round(share * len(r))]) for share in LOOKED_AT)
    called = p >= sure
    return Reliability(len(r), float(1 - r.mean()), error, bins, found, float(called.mean()),
                       float(r[called].mean()) if called.any() else 1.0)


def found_curve(probability: Sequence[float], right: Sequence[bool]) -> np.ndarray:
    """(N + 1,) Share of the wrong measures among the 0, 1, ... N least sure ones; all 1 if none is wrong. Among equally
    sure measures, wrong ones are spread evenly."""
    p, wrong = np.asarray(probability, float), ~np.asarray(right, bool)
    if not wrong.any():
        return np.ones(len(p) + 1)
    _, which = np.unique(p, return_inverse=True)
    mean = np.bincount(which, wrong) / np.bincount(which)
    return np.concatenate(([0.0], np.cumsum(mean[np.sort(which)]))) / wrong.sum()


# ---- fitting ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """A measure to learn from. figures: those of `omr.sure.describe`. group: the piece that it comes from."""

    figures: Mapping[str, float]
    right: bool
    group: str


STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Inverse strengths of regularisation that are tried."""
FOLDS = 8
"""Number of groups into which the samples are divided, by pieces, to choose among these. So no piece is used to judge
itself."""


def fit(samples: Sequence[Sample]) -> tuple[Weights, np.ndarray]:
    """Logistic regression over log(1 + figure). Returns also, for each sample, the probability of being right that
    follows from coefficients fitted without its piece."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    names = sorted(samples[0].figures)
    x = np.log1p(np.array([[s.figures[name] for name in names] for s in samples]))
    names = [name for name, spread in zip(names, x.std(axis=0), strict=True) if spread > 0]
    x = x[:, x.std(axis=0) > 0]
    wrong = np.array([not s.right for s in samples])
    groups = np.array([s.group for s in samples])

    def model(strength: float) -> Any:
        return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=5000))

    tried = {c: cross_val_predict(model(c), x, wrong, groups=groups, cv=GroupKFold(FOLDS), method="predict_proba")[:, 1]
             for c in STRENGTHS}
    best = min(STRENGTHS, key=lambda c: log_loss(wrong, tried[c]))
    scaler, regression = (step for _, step in model(best).fit(x, wrong).steps)
    slopes = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - (slopes * scaler.mean_).sum())
    return Weights(intercept, {n: float(s) for n, s in zip(names, slopes, strict=True)}), 1 - tried[best]
