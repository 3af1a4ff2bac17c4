"""Labelled boxes page by page, and what every detection protocol does with them: rank, match, integrate.

Conventions. A page's boxes are rows (top, left, bottom, right) in pixels of its image, half-open. Truth has scores of
one. Pages are compared by name; a page that stands on one side only has no boxes on the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from omr.types import Symbol

THRESHOLDS = tuple(round(0.5 + 0.05 * i, 2) for i in range(10))
"""0.5:0.05:0.95"""


@dataclass(frozen=True, eq=False)
class PageBoxes:
    """One page. boxes: (N, 4) float64; names: N class names; scores: (N,) float64."""

    page: str
    boxes: np.ndarray
    names: tuple[str, ...]
    scores: np.ndarray

    def __post_init__(self) -> None:
        count = len(self.names)
        if self.boxes.shape != (count, 4) or self.scores.shape != (count,):
            raise ValueError(f"{self.page}: {count} names, boxes {self.boxes.shape}, scores {self.scores.shape}")
        if not (np.isfinite(self.boxes).all() and np.isfinite(self.scores).all()):
            raise ValueError(f"{self.page}: a box or score is not finite")
        if (self.boxes[:, :2] > self.boxes[:, 2:]).any():
            raise ValueError(f"{self.page}: a box ends before it begins")


def as_boxes(page: str, symbols: Iterable[Symbol]) -> PageBoxes:
    """The symbols of a page as the protocols take them."""
    every = list(symbols)
    boxes = np.array([[s.box.top, s.box.left, s.box.bottom, s.box.right] for s in every], float).reshape(-1, 4)
    return PageBoxes(page, boxes, tuple(s.name for s in every), np.array([s.score for s in every], float))


@dataclass(frozen=True, eq=False)
class Ranked:
    """The finds of one class on all pages, the best score first.

    right: (N,) bool.
    scores: (N,).
    count: number of such symbols in the truth.
    where: (N, 2) int, page and index on the page.
    """

    right: np.ndarray
    scores: np.ndarray
    count: int
    where: np.ndarray

    @property
    def recall(self) -> np.ndarray:
        """(N,) after each find."""
        return np.cumsum(self.right) / max(self.count, 1)

    @property
    def precision(self) -> np.ndarray:
        """(N,) after each find."""
        return np.cumsum(self.right) / np.arange(1, len(self.right) + 1)

    @property
    def average_precision(self) -> float:
        """Area under the interpolated precision-recall curve (every point, PASCAL VOC since 2010). 0 without truth."""
        if not self.count or not len(self.right):
            return 0.0
        envelope = np.maximum.accumulate(self.precision[::-1])[::-1]
        return float(np.sum(np.diff(self.recall, prepend=0.0) * envelope))


def validate(reference: Sequence[PageBoxes], estimate: Sequence[PageBoxes]) -> None:
    """Raise ValueError if a page stands twice on one side, or if there is no truth at all."""
    for side, pages in (("truth", reference), ("finds", estimate)):
        names = [p.page for p in pages]
        twice = {n for n in names if names.count(n) > 1}
        if twice:
            raise ValueError(f"{side}: page {sorted(twice)[0]} stands there twice")
    if not any(len(p.names) for p in reference):
        raise ValueError("truth: there is no box on any page")


def classes(*sides: Sequence[PageBoxes]) -> list[str]:
    """Class names on any of the sides, sorted."""
    return sorted({name for pages in sides for page in pages for name in page.names})


def of_class(page: PageBoxes | None, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(indices, boxes, scores) of a class on a page; None is a page without boxes."""
    if page is None:
        return np.zeros(0, int), np.zeros((0, 4)), np.zeros(0)
    index = np.flatnonzero(np.array(page.names, dtype=object) == name)
    return index, page.boxes[index], page.scores[index]


def paired(
    reference: Sequence[PageBoxes], estimate: Sequence[PageBoxes]
) -> list[tuple[PageBoxes | None, PageBoxes | None]]:
    """Truth and finds of every page, by name. Finds on pages without truth are kept, as wrong ones."""
    found = {p.page: p for p in estimate}
    known = {p.page for p in reference}
    return [*((p, found.get(p.page)) for p in reference), *((None, p) for p in estimate if p.page not in known)]


def ranked(matched: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]], count: int) -> Ranked:
    """The finds of a class from all pages. matched: for each page (right, scores, indices). Equal scores keep the order
    of pages."""
    right = np.concatenate([m[0] for m in matched]) if matched else np.zeros(0, bool)
    scores = np.concatenate([m[1] for m in matched]) if matched else np.zeros(0)
    where = [np.column_stack([np.full(len(m[2]), page), m[2]]) for page, m in enumerate(matched)]
    order = np.argsort(-scores, kind="stable")
    places = np.concatenate(where) if where else np.zeros((0, 2))
    return Ranked(right[order].astype(bool), scores[order], count, places[order].astype(int))


def intersection(a: np.ndarray, b: np.ndarray, extra: float = 0.0) -> np.ndarray:
    """(N, 4) and (M, 4) boxes -> (N, M) areas of intersection. extra: added to the length of every side."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    return np.clip(high - low + extra, 0, None).prod(axis=2)


def area(boxes: np.ndarray, extra: float = 0.0) -> np.ndarray:
    """(N, 4) boxes -> (N,) areas."""
    return (boxes[:, 2:] - boxes[:, :2] + extra).prod(axis=1)


def iou(a: np.ndarray, b: np.ndarray, extra: float = 0.0) -> np.ndarray:
    """(N, 4) and (M, 4) boxes -> (N, M) intersection over union; extra as in `intersection`."""
    shared = intersection(a, b, extra)
    union = area(a, extra)[:, None] + area(b, extra)[None] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def summary(per_class: dict[str, dict[str, float]]) -> dict[str, float]:
    """Means over the classes, and means weighted by their counts in truth."""
    counts = np.array([row["count"] for row in per_class.values()], float)
    total = max(counts.sum(), 1.0)
    result = {}
    for key, short in (("ap_50", "map_50"), ("ap", "map_50_95")):
        values = np.array([row[key] for row in per_class.values()])
        result[short] = float(values.mean()) if len(values) else 0.0
        result[f"weighted_{short}"] = float((values * counts).sum() / total)
    return result


def partners(fits: np.ndarray) -> np.ndarray:
    """(N, M) bool, whether a truth and a find fit -> (N,) int, the find of each truth, or -1, so that there are as many
    pairs as possible. No find has two truths (Hopcroft and Karp 1973)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    return np.asarray(maximum_bipartite_matching(csr_array(fits), perm_type="column"), int)


def frequent_mean(per_class: Mapping[str, Mapping[str, float]], key: str, least: int) -> float:
    """The mean of a protocol's figure over the classes with at least `least` symbols in the truth; 0 if there are
    none."""
    rows = [row[key] for row in per_class.values() if row["count"] >= least]
    return sum(rows) / len(rows) if rows else 0.0


def surest(pages: Sequence[PageBoxes], accept: Mapping[str, float], usual: float) -> list[PageBoxes]:
    """The finds with at least the score that `accept` has for their class, or else `usual`."""
    result = []
    for page in pages:
        least = np.array([accept.get(name, usual) for name in page.names])
        keep = np.flatnonzero(page.scores >= least)
        names = tuple(page.names[i] for i in keep.tolist())
        result.append(PageBoxes(page.page, page.boxes[keep], names, page.scores[keep]))
    return result


def believed(
    reference: Sequence[PageBoxes], estimate: Sequence[PageBoxes], accept: Mapping[str, float], usual: float
) -> dict[str, dict[str, float]]:
    """`precision`, `recall` and `count` (in the truth) of every class with truth, where a find belongs to a truth at
    IoU 0.5.

    Only finds with at least the score that `accept` has for their class, or else `usual`, count.
    """
    result = {}
    pages = paired(reference, surest(estimate, accept, usual))
    for name in classes(reference):
        truths = finds = pairs = 0
        for truth, found in pages:
            _, boxes, _ = of_class(truth, name)
            _, seen, _ = of_class(found, name)
            truths, finds = truths + len(boxes), finds + len(seen)
            pairs += int((partners(iou(boxes, seen) >= THRESHOLDS[0]) >= 0).sum())
        result[name] = {"precision": pairs / max(finds, 1), "recall": pairs / max(truths, 1), "count": truths}
    return result
