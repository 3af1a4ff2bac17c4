"""Strokes against labelled strokes: precision, recall and F1 of each kind.

Definition. Lengths are in staff spaces of the page. A point of a line is covered by another line if it lies within
`REACH` of it, sideways; beyond the other line's end nothing is covered. A line is covered if at least `SHARE` of its
length is.

* Stems, beams, slurs and ties are counted as objects (`PAIRED`), since their number is music: how many chords, how
  many levels. A find is right if it and a label of its kind cover each other; every line has one partner at most, and
  there are as many pairs as possible. For straight lines that is an intersection over union of 0.54 or more.
  Of beams, pieces that go on where another ends are one level first: Verovio draws them from stem to stem.
* The other kinds are ink, which labels and finds cut differently: a barline is one piece or a piece a staff, ledger
  lines of neighbouring notes touch or are drawn twice, the two arms of a hairpin are one line near its tip, words are
  a line or a block each. A find is right if all labels of its kind together cover it, a label is found if all finds of
  its kind together cover it.

Precision is the share of the finds that are right, recall the share of the labels that are found. Kinds do not help
each other: a tie taken for a slur is a wrong slur and a missed tie.

Why these numbers. Beams, the closest of parallel lines, stand 0.75 spaces apart: with a reach below half of that, a
line in the middle between two covers neither. `SHARE` forgives a stem that ends at its head's edge, not its centre.

What it does not see. Thickness; gaps of less than `1 - SHARE`, so a slur that reaches the next note too far; of the
kinds that are ink, that a line was found twice or in pieces, or two as one. A text block counts by its middle line:
words found as one block with the words above them are wrong, though they do what text is there for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.boxes import partners
from omr.types import STROKE_KINDS, Stroke

REACH = 0.35
"""Greatest sideways distance between two lines that cover each other, in staff spaces."""
SHARE = 0.7
"""Least share of a line that must be covered."""
PAIRED = frozenset(("stem", "beam", "slur", "tie"))
"""Kinds of which one stroke is one object."""
STEP = 0.1
"""Lines are sampled in steps of this many staff spaces. A line also covers this much beyond its ends and its bends."""

TOUCH = 0.2
"""Ends that are this near to each other meet, in staff spaces."""


@dataclass(frozen=True)
class PageStrokes:
    """The strokes of one page, in pixels of its image. space_px: its staff space."""

    page: str
    strokes: tuple[Stroke, ...]
    space_px: float

    def __post_init__(self) -> None:
        if not self.space_px > 0:
            raise ValueError(f"{self.page}: a staff space of {self.space_px} px")


def evaluate(reference: Sequence[PageStrokes], estimate: Sequence[PageStrokes]) -> dict[str, dict[str, float]]:
    """`precision`, `recall`, `f1` and `count` (number of labels) for every kind that occurs on either side.

    Pages are matched by name, and measured in the staff spaces of the truth. Finds on pages without truth are wrong. A
    figure is 0 if there is nothing to divide by. Raises ValueError if a page occurs twice on one side.
    """
    found = {page.page: page for page in estimate}
    known = {page.page: page for page in reference}
    if len(found) < len(estimate) or len(known) < len(reference):
        raise ValueError("a page stands twice on one side")
    sums = {kind: np.zeros(4, int) for kind in STROKE_KINDS}  # labels, labels found, finds, right finds
    for name in {**known, **found}:
        space_px = (known.get(name) or found[name]).space_px
        truth, finds = (whole_beams(side[name].strokes, space_px) if name in side else () for side in (known, found))
        for kind in {s.kind for s in (*truth, *finds)}:
            hit, right = judge(truth, finds, kind, space_px)
            sums[kind] += (len(hit), hit.sum(), len(right), right.sum())
    result: dict[str, dict[str, float]] = {}
    for kind, (labels, hits, finds_, rights) in sums.items():
        if labels or finds_:
            precision, recall = rights / max(finds_, 1), hits / max(labels, 1)
            f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
            result[kind] = {"precision": float(precision), "recall": float(recall), "f1": float(f1),
                            "count": int(labels)}
    return result


def whole_beams(strokes: Sequence[Stroke], space_px: float) -> list[Stroke]:
    """All strokes, where beams that touch end to end in one direction are joined: the first of them is made longer."""
    beams = sorted((s for s in strokes if s.kind == "beam"), key=lambda s: s.points[0][1])
    whole: list[Stroke] = []
    for beam in beams:
        start, stop = np.array(beam.points[0]), np.array(beam.points[-1])
        for i, before in enumerate(whole):
            origin, joint = np.array(before.points[0]), np.array(before.points[-1])
            way = (stop - origin) / max(float(np.hypot(*(stop - origin))), 1e-9)
            aside = abs(float((joint - origin) @ (-way[1], way[0])))
            if np.hypot(*(start - joint)) <= TOUCH * space_px and aside <= TOUCH * space_px:
                whole[i] = replace(before, points=(*before.points, *beam.points[1:]))
                break
        else:
            whole.append(beam)
    return [*(s for s in strokes if s.kind != "beam"), *whole]


def judge(
    truth: Sequence[Stroke], finds: Sequence[Stroke], kind: str, space_px: float
) -> tuple[np.ndarray, np.ndarray]:
    """Which labels of a kind, in their order, were found, and which finds are right: two bool arrays."""
    labelled, found = ([s for s in side if s.kind == kind] for side in (truth, finds))
    shares, together = coverage(labelled, found, space_px)
    shares_back, together_back = coverage(found, labelled, space_px)
    if kind not in PAIRED:
        return together >= SHARE, together_back >= SHARE
    partner = partners((shares >= SHARE) & (shares_back.T >= SHARE))
    right = np.zeros(len(found), bool)
    right[partner[partner >= 0]] = True
    return partner >= 0, right


def coverage(lines: Sequence[Stroke], others: Sequence[Stroke], space_px: float) -> tuple[np.ndarray, np.ndarray]:
    """(shares (N, M) of the length of each of N lines that each of M others covers, and (N,) that they cover
    together)."""
    shares, together = np.zeros((len(lines), len(others))), np.zeros(len(lines))
    if not others:
        return shares, together
    ends = [np.array(o.points, float) for o in others]
    starts, stops = (np.concatenate([e[part] for e in ends]) for part in (slice(None, -1), slice(1, None)))
    owner = np.repeat(np.arange(len(others)), [len(e) - 1 for e in ends])
    low, high = np.minimum(starts, stops) - REACH * space_px, np.maximum(starts, stops) + REACH * space_px
    for i, line in enumerate(lines):
        points = sample(line, space_px)
        near = np.flatnonzero(((low <= points.max(axis=0)) & (high >= points.min(axis=0))).all(axis=1))
        if len(near):
            inside = _beside(points, starts[near], stops[near], space_px)
            together[i] = inside.any(axis=1).mean()
            for j in np.unique(owner[near]):
                shares[i, j] = inside[:, owner[near] == j].any(axis=1).mean()
    return shares, together


def sample(line: Stroke, space_px: float) -> np.ndarray:
    """(N, 2) points (row, col) spread evenly along a line, `STEP` or less apart. Each stands for an equal part of
    it."""
    points = np.array(line.points, float)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    count = max(int(np.ceil(along[-1] / (STEP * space_px))), 1)
    at = (np.arange(count) + 0.5) * along[-1] / count
    return np.column_stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])])


def _beside(points: np.ndarray, starts: np.ndarray, stops: np.ndarray, space_px: float) -> np.ndarray:
    """(N, M) bool: whether each of N points (row, col) is beside each of M segments, at most `REACH` away."""
    way = stops - starts
    length = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)
    way = way / length[:, None]
    offset = points[:, None] - starts[None]
    along = (offset * way).sum(axis=2)
    across = np.abs(offset[..., 0] * way[:, 1] - offset[..., 1] * way[:, 0])
    slack = STEP * space_px
    return (along >= -slack) & (along <= length + slack) & (across <= REACH * space_px)
