"""The deep watershed's two directions for symbols: `encode` makes target maps, `decode` reads maps.

Source: Tuggener et al., "Deep Watershed Detector for Music Object Recognition" (ISMIR 2018), after Bai & Urtasun,
"Deep Watershed Transform for Instance Segmentation" (CVPR 2017). Deviations, each with its reason:

* The energy cone is scaled to the object: it falls from 1 at the centre to 0 on the ellipse inscribed in the box
  (at least `MIN_RADIUS_PX` in each direction), not at one radius for all. A clef is then one broad hill instead of
  a peak lost in its own ink, and heads of a stacked chord meet in a valley.
* Boxes are the object's centre offset and log size, in staff spaces, not raw pixels: the authors name imprecise
  boxes as a weakness.
* The score is peak energy times class probability; the published code has no confidence.
* The class map is coarser than the energy (`class_stride`): a class holds over a whole object, an edge does not.

NumPy and SciPy only, so that it is tested, and runs, without the network. Strokes are in `omr.detect.vectorise`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from omr.types import SPACE_PX, Box, DetectorMaps, Symbol
from omr.types.vocabulary import ID, NAMES

STRIDE = 2
CLASS_STRIDE = 4
ENERGY_LEVELS = 8
"""The energy is quantised into this many levels, level 0 being the background."""
MIN_RADIUS_PX = 4.0
"""Half axes of the cone's ellipse are at least this: an augmentation dot still covers a few cells."""
MIN_SCORE = 0.2
"""What is below is noise, in classes that have no threshold of their own."""


@dataclass(frozen=True, eq=False)
class SymbolTargets:
    """What the network should answer for one crop.

    level: (H/2, W/2) uint8, energy level 0 .. ENERGY_LEVELS - 1.
    box: (H/2, W/2, 4) float32 as `DetectorMaps.box_size`. weight: (H/2, W/2) float32, 0 outside all objects;
        inside, the inverse root of the object's size against a notehead's, so that dots are not drowned by clefs.
    class_id: (H/4, W/4) int16, -1 where there is no object. class_weight: (H/4, W/4) float32, as `weight`.
    """

    level: np.ndarray
    box: np.ndarray
    weight: np.ndarray
    class_id: np.ndarray
    class_weight: np.ndarray


def encode(symbols: Sequence[Symbol], shape: tuple[int, int]) -> SymbolTargets:
    """Target maps of the symbols of a raster of `shape` (H, W) pixels, both multiples of 4.

    Symbols may reach over the edge: their visible part is encoded. Raises ValueError on an odd shape.
    """
    if shape[0] % CLASS_STRIDE or shape[1] % CLASS_STRIDE:
        raise ValueError(f"shape {shape} is not a multiple of {CLASS_STRIDE}")
    h, w = shape[0] // STRIDE, shape[1] // STRIDE
    energy = np.zeros((h, w), np.float32)
    box = np.zeros((h, w, 4), np.float32)
    weight = np.zeros((h, w), np.float32)
    class_id = np.full((h, w), -1, np.int16)
    for symbol in symbols:
        row, col = symbol.box.center
        radius_r = max(symbol.box.height / 2, MIN_RADIUS_PX)
        radius_c = max(symbol.box.width / 2, MIN_RADIUS_PX)
        r0, r1 = max(int((row - radius_r) / STRIDE), 0), min(int((row + radius_r) / STRIDE) + 1, h)
        c0, c1 = max(int((col - radius_c) / STRIDE), 0), min(int((col + radius_c) / STRIDE) + 1, w)
        if r0 >= r1 or c0 >= c1:
            continue
        dr = row - (np.arange(r0, r1, dtype=np.float32) + 0.5) * STRIDE
        dc = col - (np.arange(c0, c1, dtype=np.float32) + 0.5) * STRIDE
        cone = 1 - np.sqrt((dr / radius_r)[:, None] ** 2 + (dc / radius_c)[None, :] ** 2)
        here = energy[r0:r1, c0:c1]
        nearest = cone > here
        if not nearest.any():
            continue
        here[nearest] = cone[nearest]
        patch = box[r0:r1, c0:c1]
        patch[..., 0][nearest] = np.broadcast_to((dr / SPACE_PX)[:, None], cone.shape)[nearest]
        patch[..., 1][nearest] = np.broadcast_to((dc / SPACE_PX)[None, :], cone.shape)[nearest]
        patch[..., 2][nearest] = np.log(symbol.box.height / SPACE_PX)
        patch[..., 3][nearest] = np.log(symbol.box.width / SPACE_PX)
        class_id[r0:r1, c0:c1][nearest] = ID[symbol.name]
        weight[r0:r1, c0:c1][nearest] = min(max(SPACE_PX / (2 * np.sqrt(radius_r * radius_c)), 0.25), 1.5)
    # Level k covers energies from k - 1/2 to k + 1/2 (as parts of the top level); everything in an ellipse is >= 1.
    level = np.where(energy > 0, np.maximum(np.rint(energy * (ENERGY_LEVELS - 1)), 1), 0).astype(np.uint8)
    fine = energy.reshape(h // 2, 2, w // 2, 2).transpose(0, 2, 1, 3).reshape(h // 2, w // 2, 4)
    winner = fine.argmax(axis=-1)[..., None]

    def coarse(values: np.ndarray) -> np.ndarray:
        cells = values.reshape(h // 2, 2, w // 2, 2).transpose(0, 2, 1, 3).reshape(h // 2, w // 2, 4)
        return np.take_along_axis(cells, winner, axis=-1)[..., 0]

    return SymbolTargets(level, box, weight, coarse(class_id), coarse(weight))


def targets_to_maps(targets: SymbolTargets, strokes: np.ndarray) -> DetectorMaps:
    """The maps of a network that answers the targets exactly. strokes: (H/2, W/2, K) float."""
    class_prob = np.zeros((*targets.class_id.shape, len(NAMES)), np.float32)
    rows, cols = np.nonzero(targets.class_id >= 0)
    class_prob[rows, cols, targets.class_id[rows, cols]] = 1
    energy = targets.level.astype(np.float32) / (ENERGY_LEVELS - 1)
    return DetectorMaps(energy=energy, class_prob=class_prob, box_size=targets.box, strokes=strokes, stride=STRIDE,
                        class_stride=CLASS_STRIDE)


def decode(
    maps: DetectorMaps, cut: float = 0.3, core: float = 0.6, min_score: float = MIN_SCORE,
    accept: Mapping[str, float] | None = None,
) -> list[Symbol]:
    """Symbols of a page, left to right, ids counting from 0.

    The energy surface is cut at `cut`; a component is one object unless it holds several components of the cut
    at `core`, each of which then is one (two hills that share a slope), and joined again where their boxes say
    that they are the same object (one hill with a broken top). Objects under `min_score`, or under their own class's
    score in `accept`, are dropped.
    """
    labels = basins(maps.energy, cut, core)
    count = int(labels.max(initial=0))
    if count == 0:
        return []
    rows, cols = np.nonzero(labels)
    label = labels[rows, cols] - 1
    energy = maps.energy[rows, cols]
    order = np.argsort(label, kind="stable")
    rows, cols, label, energy = rows[order], cols[order], label[order], energy[order]
    starts = np.searchsorted(label, np.arange(count))
    # The slope's foot is where neighbours mix, so every vote is weighted by its energy.
    total = np.add.reduceat(energy, starts)
    peak = np.maximum.reduceat(energy, starts)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values * energy, starts) / total

    box = maps.box_size[rows, cols]
    center_r = mean((rows + 0.5) * maps.stride + box[:, 0] * SPACE_PX)
    center_c = mean((cols + 0.5) * maps.stride + box[:, 1] * SPACE_PX)
    height = np.exp(mean(box[:, 2])) * SPACE_PX
    width = np.exp(mean(box[:, 3])) * SPACE_PX
    ratio = maps.class_stride // maps.stride
    votes = maps.class_prob[rows // ratio, cols // ratio] * energy[:, None]
    votes = np.add.reduceat(votes, starts, axis=0) / total[:, None]
    winner = votes.argmax(axis=1)
    # A quantised cone sampled off its centre peaks a little below 1: 0.85 is already certainty.
    score = np.minimum(peak / 0.85, 1) * votes[np.arange(count), winner]
    found = [
        Symbol(0, NAMES[k], Box(r - hh / 2, c - ww / 2, r + hh / 2, c + ww / 2), float(s))
        for k, r, c, hh, ww, s in zip(
            winner.tolist(), center_r.tolist(), center_c.tolist(), height.tolist(), width.tolist(), score.tolist(),
            strict=True,
        )
        if s >= (accept or {}).get(NAMES[k], min_score)
    ]
    kept = _suppress(found)
    kept.sort(key=lambda s: (s.box.left, s.box.top))
    return [Symbol(i, s.name, s.box, s.score) for i, s in enumerate(kept)]


def basins(energy: np.ndarray, cut: float, core: float) -> np.ndarray:
    """(h, w) int labels, one a catchment basin of the energy's two cuts, 0 for background."""
    eight = np.ones((3, 3), bool)
    low: np.ndarray
    low, low_count = ndimage.label(energy >= cut, eight)
    if low_count == 0:
        return low
    high, high_count = ndimage.label(energy >= core, eight)
    parent = np.zeros(high_count + 1, int)
    inside = high > 0
    parent[high[inside]] = low[inside]
    cores_in = np.bincount(parent[1:], minlength=low_count + 1)
    split = np.flatnonzero(cores_in > 1)
    if split.size == 0:
        return low
    # Only the components with several cores are divided: each cell goes to the core it is nearest to.
    labels = np.where(np.isin(low, split), 0, low)
    for component, where in zip(split, _slices(low, split), strict=True):
        member = low[where] == component
        cores = np.where(member, high[where], 0)
        nearest = ndimage.distance_transform_edt(cores == 0, return_distances=False, return_indices=True)
        assigned = cores[tuple(nearest)]
        labels[where] = np.where(member, assigned + low_count, labels[where])
    return _renumber(labels)


def _slices(labels: np.ndarray, wanted: np.ndarray) -> list[tuple[slice, slice]]:
    found = ndimage.find_objects(labels)
    return [found[i - 1] for i in wanted]


def _renumber(labels: np.ndarray) -> np.ndarray:
    values, inverse = np.unique(labels, return_inverse=True)
    inverse = inverse.reshape(labels.shape)
    return inverse if values[0] == 0 else inverse + 1


def _suppress(symbols: list[Symbol], same: float = 0.5, other: float = 0.7) -> list[Symbol]:
    """The best of every group that stands for one object: boxes of one class that overlap by `same` (IoU), or of
    two classes by `other`."""
    ordered = sorted(symbols, key=lambda s: -s.score)
    if not ordered:
        return []
    boxes = np.array([[s.box.top, s.box.left, s.box.bottom, s.box.right] for s in ordered])
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    names = np.array([ID[s.name] for s in ordered])
    alive = np.ones(len(ordered), bool)
    for i in range(len(ordered)):
        if not alive[i]:
            continue
        height = np.minimum(boxes[i + 1 :, 2], boxes[i, 2]) - np.maximum(boxes[i + 1 :, 0], boxes[i, 0])
        width = np.minimum(boxes[i + 1 :, 3], boxes[i, 3]) - np.maximum(boxes[i + 1 :, 1], boxes[i, 1])
        shared = np.clip(height, 0, None) * np.clip(width, 0, None)
        iou = shared / (area[i + 1 :] + area[i] - shared)
        alive[i + 1 :] &= iou < np.where(names[i + 1 :] == names[i], same, other)
    return [s for s, a in zip(ordered, alive, strict=True) if a]
