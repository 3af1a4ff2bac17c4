"""The deep watershed for symbols, in both directions: `encode` makes target maps, `decode` reads maps.

Source: Tuggener et al., "Deep Watershed Detector for Music Object Recognition" (ISMIR 2018), after Bai & Urtasun,
"Deep Watershed Transform for Instance Segmentation" (CVPR 2017). This module differs from the paper in four ways, each
with its reason:

* The energy cone is scaled to the object: it falls from 1 at the centre to 0 on the ellipse inscribed in the box (whose
  half axes are at least `WatershedTolerances.least_radius_px`). In the paper it has one radius for all objects. A clef
  is then one broad hill, where the paper's narrow peak is hard to find in so much ink, and between the heads of a chord
  there is a valley.
* Boxes are learned as the offset of the object's centre and the logarithm of its size, in staff spaces, not as raw
  pixels: the authors name imprecise boxes as a weakness of theirs.
* The score is the peak energy times the probability of the class; the published code has no score.
* The class map is coarser than the energy map (`CLASS_STRIDE`): all cells of an object have the same class, so it needs
  no fine map, while the energy tells where the object's edges are.

This module needs no network to run, nor to be tested. Strokes are read and drawn by `omr.detect.vectorise`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from omr.types import SPACE_PX, Box, DetectorMaps, Symbol
from omr.types.table import table
from omr.types.vocabulary import ID, NAMES

STRIDE = 2
"""Page pixels per cell of the energy, box and stroke maps, in each direction."""
CLASS_STRIDE = 4
"""Page pixels per cell of the class map, in each direction."""
ENERGY_LEVELS = 8
"""Number of levels into which the energy is divided. Level 0 is the background."""
MOST_DISTANCES = 1_000_000
"""How many squared distances between cells are computed at a time; they take 8 MB."""
MIN_SCORE = 0.2
"""Least score of a symbol, 0-1, for classes without a threshold of their own. A lower score is noise."""


@table
class WatershedTolerances:
    """Limits for making targets and for reading maps. Energies are 0-1; overlaps are intersection over union."""

    # Targets
    least_radius_px: float = 4.0
    """Least half axis of an energy cone's ellipse, in page pixels. With it, even an augmentation dot covers a few
    cells. It also limits the weight of an object's cells in training to 1.25."""
    least_weight: float = 0.25
    """Least weight of an object's cells in training, for objects of four staff spaces and more."""

    # Reading
    cut: float = 0.3
    """A cell with at least this energy belongs to an object."""
    core: float = 0.6
    """A cell with at least this energy belongs to the summit of a hill. Two objects that touch have two summits."""
    certain_energy: float = 0.85
    """A peak energy of at least this does not lower an object's score. A quantised cone that is sampled beside its
    centre peaks a little below 1."""
    same_class_overlap: float = 0.5
    """Two boxes of one class with at least this overlap are the same object."""
    other_class_overlap: float = 0.7
    """Two boxes of different classes with at least this overlap are the same object."""


T = WatershedTolerances()
ALIKE = (("noteheadBlack", "noteheadHalf", "noteheadWhole"),)
"""Classes that later stages tell apart: noteheads, by the ink in them and by their stems. The detector may be sure that
a symbol is one of them, without being able to say which. Dots are not here: counted together, specks would become dots.
"""


@dataclass(frozen=True, eq=False)
class SymbolTargets:
    """What the network should answer for one crop of H by W pixels.

    level: (H/2, W/2) uint8, the energy level, 0 to ENERGY_LEVELS - 1.
    box: (H/2, W/2, 4) float32, as `DetectorMaps.box_size`.
    weight: (H/2, W/2) float32, what an error in a cell counts in training. It is 0 outside all objects. Inside, it is a
        staff space divided by the object's size (the geometric mean of its height and width), within limits: small
        objects have few cells, and dots would count for little beside clefs.
    class_id: (H/4, W/4) int16, index into `omr.types.vocabulary.NAMES`, or -1 where there is no object.
    class_weight: (H/4, W/4) float32, as `weight`.
    """

    level: np.ndarray
    box: np.ndarray
    weight: np.ndarray
    class_id: np.ndarray
    class_weight: np.ndarray


def encode(symbols: Sequence[Symbol], shape: tuple[int, int]) -> SymbolTargets:
    """Make the target maps of a page or crop.

    symbols: what is on it, in its pixels. If a symbol reaches over the edge, its visible part is encoded.
    shape: height and width in pixels. Raises ValueError unless both are multiples of `CLASS_STRIDE`.
    """
    if shape[0] % CLASS_STRIDE or shape[1] % CLASS_STRIDE:
        raise ValueError(f"shape {shape} is not a multiple of {CLASS_STRIDE}")
    h, w = shape[0] // STRIDE, shape[1] // STRIDE
    energy = np.zeros((h, w), np.float32)
    box = np.zeros((h, w, 4), np.float32)
    weight = np.zeros((h, w), np.float32)
    class_id = np.full((h, w), -1, np.int16)
    for symbol in symbols:
        cone = _cone(symbol, (h, w))
        if cone is None:
            continue
        # Where cones overlap, a cell belongs to the object whose cone is higher there.
        highest = cone.energy > energy[cone.where]
        energy[cone.where][highest] = cone.energy[highest]
        patch = box[cone.where]
        patch[..., 0][highest] = np.broadcast_to((cone.down / SPACE_PX)[:, None], highest.shape)[highest]
        patch[..., 1][highest] = np.broadcast_to((cone.right / SPACE_PX)[None, :], highest.shape)[highest]
        patch[..., 2][highest] = np.log(symbol.box.height / SPACE_PX)
        patch[..., 3][highest] = np.log(symbol.box.width / SPACE_PX)
        class_id[cone.where][highest] = ID[symbol.name]
        weight[cone.where][highest] = cone.weight
    # An energy is rounded to the nearest level, but inside an ellipse the level is at least 1.
    level = np.where(energy > 0, np.maximum(np.rint(energy * (ENERGY_LEVELS - 1)), 1), 0).astype(np.uint8)
    # A cell of the class map gets its class from that one of its four energy cells where the energy is highest.
    winner = _quads(energy).argmax(axis=-1)[..., None]
    coarse_class, coarse_weight = (np.take_along_axis(_quads(v), winner, axis=-1)[..., 0] for v in (class_id, weight))
    return SymbolTargets(level, box, weight, coarse_class, coarse_weight)


class _Cone(NamedTuple):
    """The energy cone of one symbol, over the R by C cells of the map that its ellipse may touch.

    where: these cells.
    energy: (R, C) float, 1 at the symbol's centre, and 0 or less outside its ellipse.
    down: (R,) float, pixels from the middle of each row of cells down to the symbol's centre.
    right: (C,) float, pixels from the middle of each column of cells to the right to the symbol's centre.
    weight: as `SymbolTargets.weight`.
    """

    where: tuple[slice, slice]
    energy: np.ndarray
    down: np.ndarray
    right: np.ndarray
    weight: float


def _cone(symbol: Symbol, cells: tuple[int, int]) -> _Cone | None:
    """The cone of a symbol in a map with these numbers of rows and columns; None if the symbol lies outside."""
    row, col = symbol.box.center
    radius_r = max(symbol.box.height / 2, T.least_radius_px)
    radius_c = max(symbol.box.width / 2, T.least_radius_px)
    r0, r1 = max(int((row - radius_r) / STRIDE), 0), min(int((row + radius_r) / STRIDE) + 1, cells[0])
    c0, c1 = max(int((col - radius_c) / STRIDE), 0), min(int((col + radius_c) / STRIDE) + 1, cells[1])
    if r0 >= r1 or c0 >= c1:
        return None
    down = row - (np.arange(r0, r1, dtype=np.float32) + 0.5) * STRIDE
    right = col - (np.arange(c0, c1, dtype=np.float32) + 0.5) * STRIDE
    energy = 1 - np.sqrt((down / radius_r)[:, None] ** 2 + (right / radius_c)[None, :] ** 2)
    weight = max(SPACE_PX / (2 * np.sqrt(radius_r * radius_c)), T.least_weight)
    return _Cone((slice(r0, r1), slice(c0, c1)), energy, down, right, weight)


def _quads(values: np.ndarray) -> np.ndarray:
    """(h, w) values of energy cells as (h/2, w/2, 4): the four that lie in each cell of the class map."""
    h, w = values.shape
    return values.reshape(h // 2, 2, w // 2, 2).transpose(0, 2, 1, 3).reshape(h // 2, w // 2, 4)


def targets_to_maps(targets: SymbolTargets, strokes: np.ndarray) -> DetectorMaps:
    """The maps of a network that gives exactly the targets. strokes: its stroke masks, (H/2, W/2, K) float, 0-1."""
    class_prob = np.zeros((*targets.class_id.shape, len(NAMES)), np.float32)
    rows, cols = np.nonzero(targets.class_id >= 0)
    class_prob[rows, cols, targets.class_id[rows, cols]] = 1
    energy = targets.level.astype(np.float32) / (ENERGY_LEVELS - 1)
    return DetectorMaps(energy=energy, class_prob=class_prob, box_size=targets.box, strokes=strokes, stride=STRIDE,
                        class_stride=CLASS_STRIDE)


def decode(
    maps: DetectorMaps, cut: float = T.cut, core: float = T.core, min_score: float = MIN_SCORE,
    accept: Mapping[str, float] | None = None,
) -> list[Symbol]:
    """Read the symbols of a page from the detector's maps. Returns them from left to right, with ids counted from 0 and
    boxes in page pixels.

    cut, core: the two energies, 0-1, at which the map is divided into objects (see `basins`). A hill with several
        summits is divided into several objects, whose cells all vote for the same box. Of such objects only the best is
        kept.
    min_score: least score, 0-1, of a symbol whose class has no entry in `accept`.
    accept: least score by class. For this comparison, the scores of `ALIKE` classes are added up, but the symbol keeps
        its own score.
    """
    return decode_with_faint(maps, cut, core, min_score, accept, {})[0]


def decode_with_faint(
    maps: DetectorMaps, cut: float, core: float, min_score: float, accept: Mapping[str, float] | None,
    least: Mapping[str, float],
) -> tuple[list[Symbol], list[Symbol]]:
    """The symbols that `decode` finds; and, in a second list, faint symbols: those whose score is too low for `decode`,
    but at least what `least` says for their class. (Classes that `least` does not name have none.) The ids of faint
    symbols follow those of the others."""
    labels = basins(maps.energy, cut, core)
    if not labels.any():
        return [], []
    votes = _vote(maps, labels)
    found, faint = list[Symbol](), list[Symbol]()
    for class_id, score, together, row, col, height, width in zip(*(v.tolist() for v in votes), strict=True):
        name = NAMES[class_id]
        is_seen = together >= (accept or {}).get(name, min_score)
        if is_seen or score >= least.get(name, 1.0):
            box = Box(row - height / 2, col - width / 2, row + height / 2, col + width / 2)
            (found if is_seen else faint).append(Symbol(0, name, box, score))
    kept, left = (sorted(_suppress(own), key=lambda s: (s.box.left, s.box.top)) for own in (found, faint))
    numbered = [Symbol(i, s.name, s.box, s.score) for i, s in enumerate([*kept, *left])]
    return numbered[:len(kept)], numbered[len(kept):]


class _Votes(NamedTuple):
    """What the cells of each of N basins agree on.

    class_id: (N,) int, index into `NAMES`.
    score: (N,) float, 0-1.
    together: (N,) float, the score of this class and of those that are `ALIKE`.
    row, col: (N,) float, the object's centre in page pixels.
    height, width: (N,) float, its size in page pixels.
    """

    class_id: np.ndarray
    score: np.ndarray
    together: np.ndarray
    row: np.ndarray
    col: np.ndarray
    height: np.ndarray
    width: np.ndarray


def _vote(maps: DetectorMaps, labels: np.ndarray) -> _Votes:
    """The votes of the basins 1 to N of `labels`. There is at least one basin, and each has at least one cell.

    A vote is weighted by the cell's energy, because at the foot of a hill, cells mix the answers for neighbouring
    objects.
    """
    rows, cols = np.nonzero(labels)
    label = labels[rows, cols] - 1
    order = np.argsort(label, kind="stable")
    rows, cols, label = rows[order], cols[order], label[order]
    energy = maps.energy[rows, cols]
    starts = np.searchsorted(label, np.arange(int(labels.max())))
    total = np.add.reduceat(energy, starts)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values * energy, starts) / total

    box = maps.box_size[rows, cols]
    ratio = maps.class_stride // maps.stride
    votes = maps.class_prob[rows // ratio, cols // ratio] * energy[:, None]
    votes = np.add.reduceat(votes, starts, axis=0) / total[:, None]
    peak = np.minimum(np.maximum.reduceat(energy, starts) / T.certain_energy, 1)
    class_id, share = votes.argmax(axis=1), votes.max(axis=1)
    together = share.copy()
    for names in ALIKE:
        ids = [ID[name] for name in names]
        own = np.isin(class_id, ids)
        together[own] = votes[own][:, ids].sum(axis=1)
    return _Votes(
        class_id=class_id,
        score=peak * share,
        together=peak * together,
        row=mean((rows + 0.5) * maps.stride + box[:, 0] * SPACE_PX),
        col=mean((cols + 0.5) * maps.stride + box[:, 1] * SPACE_PX),
        height=np.exp(mean(box[:, 2])) * SPACE_PX,
        width=np.exp(mean(box[:, 3])) * SPACE_PX,
    )


def basins(energy: np.ndarray, cut: float, core: float) -> np.ndarray:
    """Divide an energy map into basins, one for each object.

    Connected cells with an energy of at least `cut` are one basin, unless they contain several connected groups of
    cells with an energy of at least `core`. Then each such group is a basin, and every other cell goes to the nearest
    group.

    energy: (h, w) float, 0-1. Returns (h, w) int: the number of each cell's basin, from 1 on, or 0 for background.
    """
    low_count, low, boxes, _ = cv2.connectedComponentsWithStats((energy >= cut).view(np.uint8), connectivity=8)
    high_count, high = cv2.connectedComponents((energy >= core).view(np.uint8), connectivity=8)
    parent = np.zeros(high_count, int)
    inside = high > 0
    parent[high[inside]] = low[inside]
    is_split = np.bincount(parent[1:], minlength=low_count) > 1
    if not is_split.any():
        return low
    labels = np.where(is_split[low], 0, low)
    for component in np.flatnonzero(is_split):
        left, top, width, height, _ = boxes[component]
        where = slice(top, top + height), slice(left, left + width)
        member = low[where] == component
        cores = np.where(member, high[where], 0)
        labels[where][member] = nearest_core(cores)[member] + low_count
    return _renumbered(labels)


def nearest_core(cores: np.ndarray) -> np.ndarray:
    """For each cell of (h, w) int, the number in the nearest cell that is not 0. Among equally near cells, the one in
    the leftmost column counts, and in that column the upper one."""
    height, width = cores.shape
    rows, cols = np.arange(height)[:, None], np.arange(width)
    far = 2 * (height + width)
    above = np.maximum.accumulate(np.where(cores > 0, rows, -far), axis=0)
    below = np.minimum.accumulate(np.where(cores > 0, rows, far)[::-1], axis=0)[::-1]
    row = np.where(rows - above <= below - rows, above, below)  # the nearest in the same column
    aside, away = (cols[:, None] - cols) ** 2, (row - rows) ** 2
    found = np.empty_like(cores)
    step = max(MOST_DISTANCES // width ** 2, 1)
    for top in range(0, height, step):
        own = slice(top, top + step)
        col = (aside + away[own, None]).argmin(axis=-1)
        found[own] = cores[np.take_along_axis(row[own], col, axis=1), col]
    return found


def _renumbered(labels: np.ndarray) -> np.ndarray:
    """The same labels without gaps in their numbering; 0 stays 0."""
    is_used = np.bincount(labels.ravel()) > 0
    is_used[0] = False
    return np.asarray((np.cumsum(is_used) * is_used).astype(np.int32)[labels])


def _suppress(symbols: list[Symbol]) -> list[Symbol]:
    """The symbols by falling score, without those that are the same object as a better one, by their boxes."""
    ordered = sorted(symbols, key=lambda s: -s.score)
    is_kept = [True] * len(ordered)
    for better, worse in _same_objects(ordered):
        is_kept[worse] &= not is_kept[better]
    return [s for s, kept in zip(ordered, is_kept, strict=True) if kept]


def _same_objects(ordered: list[Symbol]) -> list[tuple[int, int]]:
    """Pairs of symbols whose boxes say that they are the same object, as indices into the list. The first of a pair
    comes first in the list, and pairs are sorted by their first."""
    if not ordered:
        return []
    top, left, bottom, right = np.array([(s.box.top, s.box.left, s.box.bottom, s.box.right) for s in ordered]).T
    # Compare each box with those that begin at columns where it has not ended yet.
    by_left = np.argsort(left)
    count = np.searchsorted(left[by_left], right[by_left]) - np.arange(len(ordered)) - 1
    first = np.repeat(np.arange(len(ordered)), count)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
    pairs = np.sort(by_left[np.stack((first, second))], axis=0)
    a, b = pairs[:, np.minimum(bottom[pairs[0]], bottom[pairs[1]]) > np.maximum(top[pairs[0]], top[pairs[1]])]
    shared = (np.minimum(bottom[a], bottom[b]) - np.maximum(top[a], top[b])) \
        * (np.minimum(right[a], right[b]) - np.maximum(left[a], left[b]))
    area = (bottom - top) * (right - left)
    names = np.array([ID[s.name] for s in ordered])
    limit = np.where(names[a] == names[b], T.same_class_overlap, T.other_class_overlap)
    same = shared / (area[a] + area[b] - shared) >= limit
    return sorted(zip(a[same].tolist(), b[same].tolist(), strict=True))
