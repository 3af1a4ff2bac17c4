"""COCO's protocol (Lin et al. 2014), computed by its own reference implementation, pycocotools.

Definition. Finds of a class go by descending confidence, each takes the free truth of its page with the highest IoU
of at least the threshold. AP is the mean of the interpolated precision at 101 recalls; mAP the mean over classes with
truth, at IoU 0.5 and averaged over 0.5:0.05:0.95.

Conventions. All sizes of objects count alike (area "all"). Boxes are half-open real numbers.

Deviations. COCO looks at the 100 best finds of an image; a page of music has up to 3,000 symbols, so all are looked at
(`MAX_FINDS`): with 100, no page could reach a recall of a tenth. The weighted means (by the classes' counts in truth)
are not COCO's and stand beside for comparison with the other protocols.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any

from evaluation.boxes import PageBoxes, classes, paired, summary, validate

MAX_FINDS = 100_000
"""A page."""


def evaluate(reference: Sequence[PageBoxes], estimate: Sequence[PageBoxes]) -> dict[str, Any]:
    """mAP and weighted mAP of finds against truth, and AP of every class. Raises ValueError as `boxes.validate`."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    validate(reference, estimate)
    names = classes(reference)
    ids = {name: i + 1 for i, name in enumerate(names)}
    pages = paired(reference, estimate)
    truth = COCO()
    truth.dataset = {
        "images": [{"id": i + 1} for i in range(len(pages))],
        "categories": [{"id": i, "name": name} for name, i in ids.items()],
        "annotations": [
            {**record, "id": n + 1, "iscrowd": 0}
            for n, record in enumerate(r for i, (page, _) in enumerate(pages) for r in _records(page, i + 1, ids))
        ],
    }
    finds = [r for i, (_, page) in enumerate(pages) for r in _records(page, i + 1, ids)]
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints its progress
        truth.createIndex()
        run = COCOeval(truth, _found(truth, finds), "bbox")
        run.params.maxDets = [MAX_FINDS]
        run.params.areaRng, run.params.areaRngLbl = [[0, 1e10]], ["all"]
        run.evaluate()
        run.accumulate()
    precision = run.eval["precision"][..., 0, 0]  # (thresholds, recalls, classes)
    counts = {name: sum(name == n for page in reference for n in page.names) for name in names}
    per_class = {
        name: {"ap_50": float(precision[0, :, i].mean()), "ap": float(precision[:, :, i].mean()),
               "count": counts[name]}
        for i, name in enumerate(names)
    }
    return {**summary(per_class), "per_class": per_class}


def _records(page: PageBoxes | None, image: int, ids: dict[str, int]) -> list[dict[str, Any]]:
    """COCO's annotations of a page. Finds of a class without truth do not enter COCO's mean."""
    if page is None:
        return []
    return [
        {"image_id": image, "category_id": ids[name], "bbox": [left, top, right - left, bottom - top],
         "area": (right - left) * (bottom - top), "score": score}
        for (top, left, bottom, right), name, score in zip(page.boxes.tolist(), page.names, page.scores.tolist(),
                                                           strict=True) if name in ids
    ]


def _found(truth: Any, finds: list[dict[str, Any]]) -> Any:
    if finds:
        return truth.loadRes(finds)
    from pycocotools.coco import COCO

    empty = COCO()
    empty.dataset = {**truth.dataset, "annotations": []}
    empty.createIndex()
    return empty
