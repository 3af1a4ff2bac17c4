"""The protocol of Pacha et al. 2018, *A Baseline for General Music Object Detection with Deep Learning*.

Definition. Average precision as PASCAL VOC has it since 2010: finds of a class are ranked over all pages by their
confidence; each takes the truth of its page that it overlaps most; it is right if that overlap reaches the threshold
and no better find of the page has taken the same truth. AP is the area under the interpolated precision-recall curve.
mAP is the mean over classes, weighted mAP the mean weighted by the classes' counts in truth, both at IoU 0.5 and
averaged over 0.5:0.05:0.95.

Conventions of the published script (apacha/MusicObjectDetection, `evaluation/evaluate.py`), all kept.
* Boxes include their last pixel: a side from 12 to 20 is 9 long (`PIXEL`).
* Classes are truth *union* found: a class that was found but is nowhere in truth counts 0 in the mean.
* A find whose best truth is taken is wrong, even if another truth would do.
* Pages go by the file name without its folder.

Deviations. Finds of equal confidence keep the order of the pages and of their rows; the script leaves it to an
unstable sort. Boxes here are half-open, in CSV files they are as the paper has them, and both are compared as they
stand, as the script does: half-open boxes are taken for one pixel larger than they are, truth and finds alike, which
raises an IoU by a few thousandths for a notehead and by up to 0.1 for dots of four pixels.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.boxes import THRESHOLDS, PageBoxes, Ranked, classes, iou, of_class, paired, ranked, summary, validate
from omr.errors import DataError

PIXEL = 1.0
HEADER = ("path_to_image", "top", "left", "bottom", "right", "class_name", "confidence")


def match(reference: Sequence[PageBoxes], estimate: Sequence[PageBoxes], name: str, threshold: float) -> Ranked:
    """The finds of class `name`, ranked, each right or wrong."""
    pages = []
    count = 0
    for truth, found in paired(reference, estimate):
        _, true_boxes, _ = of_class(truth, name)
        index, boxes, scores = of_class(found, name)
        count += len(true_boxes)
        right = np.zeros(len(boxes), bool)
        if len(true_boxes) and len(boxes):
            overlaps = iou(boxes, true_boxes, PIXEL)
            best = overlaps.argmax(axis=1)
            taken: set[int] = set()
            for i in np.argsort(-scores, kind="stable"):
                right[i] = overlaps[i, best[i]] >= threshold and best[i] not in taken
                if right[i]:
                    taken.add(int(best[i]))
        pages.append((right, scores, index))
    return ranked(pages, count)


def evaluate(reference: Sequence[PageBoxes], estimate: Sequence[PageBoxes]) -> dict[str, Any]:
    """mAP and weighted mAP of finds against truth, and AP of every class. Raises ValueError as `boxes.validate`."""
    validate(reference, estimate)
    per_class: dict[str, dict[str, float]] = {}
    for name in classes(reference, estimate):
        found = [match(reference, estimate, name, t) for t in THRESHOLDS]
        aps = [f.average_precision for f in found]
        per_class[name] = {"ap_50": aps[0], "ap": float(np.mean(aps)), "count": found[0].count}
    return {**summary(per_class), "per_class": per_class}


def read_csv(path: Path) -> list[PageBoxes]:
    """Pages of a CSV of the benchmark, `path,top,left,bottom,right,class[,confidence]`, with or without header.

    Raises DataError with file and line for a row that is none.
    """
    rows: dict[str, list[tuple[list[float], str, float]]] = {}
    try:
        with open(path, newline="") as file:
            for number, row in enumerate(csv.reader(file), 1):
                if not row or row[0] == HEADER[0]:
                    continue
                if len(row) not in (6, 7):
                    raise DataError(f"{path}, line {number}: {len(row)} columns instead of 6 or 7")
                try:
                    box = [float(v) for v in row[1:5]]
                    score = float(row[6]) if len(row) == 7 else 1.0
                except ValueError as error:
                    raise DataError(f"{path}, line {number}: {error}") from error
                if box[0] > box[2] or box[1] > box[3]:
                    raise DataError(f"{path}, line {number}: the box ends before it begins")
                rows.setdefault(os.path.basename(row[0]), []).append((box, row[5], score))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    return [PageBoxes(page, np.array([b for b, _, _ in found]), tuple(n for _, n, _ in found),
                      np.array([s for _, _, s in found])) for page, found in rows.items()]


def write_csv(pages: Sequence[PageBoxes], path: Path, confidence: bool) -> None:
    """Inverse of `read_csv`, but for pages without boxes, which the format cannot hold."""
    temporary = path.with_name(path.name + ".part")
    with open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER if confidence else HEADER[:-1])
        for page in pages:
            for box, name, score in zip(page.boxes.tolist(), page.names, page.scores.tolist(), strict=True):
                writer.writerow([page.page, *box, name, *([score] if confidence else [])])
    os.replace(temporary, path)
