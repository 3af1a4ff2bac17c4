"""The protocol of DeepScoresV2 (Tuggener et al., ICPR 2020), as its toolkit `obb_anns` computes it, on aligned boxes.

Definition. The overlap of two boxes is their intersection over the smallest box that *encloses* both: stricter than
IoU, and far stricter for boxes that meet at a corner. On each page the finds go by *ascending* confidence; each
reserves the truth of its class that it overlaps most, if by more than `RESERVE`, and what is reserved is gone for the
better finds that follow. A find is right at a threshold if the overlap it reserved reaches it. AP is the area under
the interpolated precision-recall curve; thresholds are 0.5:0.05:0.95.

Conventions of the published toolkit (yvan674/obb_anns), all kept.
* The reservation is made once, for all thresholds: a find of overlap 0.3 keeps a truth from a later one of 0.9. So a
  detector that repeats itself loses more here than under the other protocols.
* Boxes are half-open real numbers; boxes that merely touch overlap by 0.
* DeepScoresV2's table is the unweighted mean over a list of 106 classes, of which three have no truth in its test set
  and count 0; `listed` takes such a list. Without one, the classes are those of the truth.

Deviations. Finds of equal confidence are taken in the page's order; the toolkit leaves it to an unstable sort. Its
class-wise result leaves out classes that were never found; here they count 0, as in the paper's table. Oriented boxes
are not compared: our detector finds aligned ones. The weighted mean is not the toolkit's but the paper's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evaluation.boxes import THRESHOLDS, PageBoxes, classes, intersection, of_class, paired, ranked, summary, validate

RESERVE = 0.2


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N, 4) and (M, 4) boxes -> (N, M) intersection over the enclosing box."""
    low = np.minimum(a[:, None, :2], b[None, :, :2])
    high = np.maximum(a[:, None, 2:], b[None, :, 2:])
    shared, whole = intersection(a, b), (high - low).prod(axis=2)
    return np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0)


def reserve(true_boxes: np.ndarray, boxes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """(N,) overlap of each find with the truth it reserves, 0 if it gets none. boxes, scores: finds of one class on
    one page."""
    got = np.zeros(len(boxes))
    if not len(true_boxes) or not len(boxes):
        return got
    overlaps = overlap(boxes, true_boxes)
    for i in np.argsort(scores, kind="stable"):
        best = int(overlaps[i].argmax())
        if overlaps[i, best] > RESERVE:
            got[i] = overlaps[i, best]
            overlaps[:, best] = -1
    return got


def evaluate(reference: Sequence[PageBoxes], estimate: Sequence[PageBoxes],
             listed: Sequence[str] | None = None) -> dict[str, Any]:
    """mAP and weighted mAP of finds against truth, and AP of every class.

    listed: the classes of the mean. Raises ValueError as `boxes.validate`.
    """
    validate(reference, estimate)
    per_class: dict[str, dict[str, float]] = {}
    for name in classes(reference) if listed is None else listed:
        pages = []
        count = 0
        for truth, found in paired(reference, estimate):
            _, true_boxes, _ = of_class(truth, name)
            index, boxes, scores = of_class(found, name)
            count += len(true_boxes)
            pages.append((reserve(true_boxes, boxes, scores), scores, index))
        aps = [ranked([(got >= t, scores, index) for got, scores, index in pages], count).average_precision
               for t in THRESHOLDS]
        per_class[name] = {"ap_50": aps[0], "ap": float(np.mean(aps)), "count": count}
    return {**summary(per_class), "per_class": per_class}
