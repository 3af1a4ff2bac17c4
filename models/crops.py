"""Training crops: a cache of normalised pages on disk, and worker processes that cut crops and encode targets.

The cache has one compressed file for each page variant: pixels uint8 at `SPACE_PX`, symbols and strokes as arrays. It
is made once, because degrading a page takes longer than a training step. Crops are read from it at random. Targets are
encoded for each crop, because its scale and place are different every time.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from omr.detect.vectorise import draw
from omr.detect.watershed import CLASS_STRIDE, STRIDE, encode
from omr.types import STROKE_KINDS, Box, Stroke, StrokeKind, Symbol
from omr.types.vocabulary import ID, NAMES

AHEAD = 6
"""Batches that all workers together keep ready: enough for the slowest worker to catch up, with a few megabytes
each."""
UNKNOWN = 255
"""Value of a cell in a stroke map if nobody knows whether there is ink of the kind."""


@dataclass(frozen=True, eq=False)
class LabelledRaster:
    """A page for training: pixels (H, W) uint8 at `SPACE_PX`, with labels in the same pixels.

    unlabelled: stroke kinds that nobody marked on it.
    ignored: places whose contents are not known.
    """

    pixels: np.ndarray
    symbols: tuple[Symbol, ...]
    strokes: tuple[Stroke, ...]
    unlabelled: frozenset[str] = frozenset()
    ignored: tuple[Box, ...] = ()


def save_raster(path: Path, page: LabelledRaster) -> None:
    """Write one page of the cache, first with a temporary name."""
    boxes = [[s.box.top, s.box.left, s.box.bottom, s.box.right] for s in page.symbols]
    ignored = [[b.top, b.left, b.bottom, b.right] for b in page.ignored]
    points = [p for s in page.strokes for p in s.points]
    temporary = path.with_suffix(".tmp.npz")
    np.savez_compressed(
        temporary,
        pixels=page.pixels,
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        names=np.array([ID[s.name] for s in page.symbols], np.int16),
        kinds=np.array([STROKE_KINDS.index(s.kind) for s in page.strokes], np.int8),
        thickness=np.array([s.thickness_px for s in page.strokes], np.float32),
        lengths=np.array([len(s.points) for s in page.strokes], np.int32),
        points=np.array(points, np.float32).reshape(-1, 2),
        unlabelled=np.array([k in page.unlabelled for k in STROKE_KINDS]),
        ignored=np.array(ignored, np.float32).reshape(-1, 4),
    )
    os.replace(temporary, path)


def load_raster(path: Path) -> LabelledRaster:
    """Inverse of `save_raster`."""
    with np.load(path) as data:
        symbols = tuple(
            Symbol(i, NAMES[n], Box(*box))
            for i, (n, box) in enumerate(zip(data["names"].tolist(), data["boxes"].tolist(), strict=True))
        )
        ends = np.cumsum(data["lengths"])
        points = data["points"].tolist()
        strokes = tuple(
            Stroke(len(symbols) + i, STROKE_KINDS[k], tuple(map(tuple, points[end - n : end])), t)
            for i, (k, t, n, end) in enumerate(
                zip(data["kinds"].tolist(), data["thickness"].tolist(), data["lengths"].tolist(), ends.tolist(),
                    strict=True)
            )
        )
        unlabelled = frozenset(k for k, missing in zip(STROKE_KINDS, data["unlabelled"], strict=True) if missing)
        ignored = tuple(Box(*box) for box in data["ignored"].tolist())
        return LabelledRaster(data["pixels"], symbols, strokes, unlabelled, ignored)


def shift(page: LabelledRaster, pixels: np.ndarray, top: float, left: float, scale: float) -> LabelledRaster:
    """`pixels` (h, w), the part of the page that begins at (top, left), at `scale`, with the labels that touch it."""
    height, width = pixels.shape[0] / scale, pixels.shape[1] / scale

    def touches(box: Box) -> bool:
        return box.bottom > top and box.right > left and box.top < top + height and box.left < left + width

    def moved(box: Box) -> Box:
        return Box((box.top - top) * scale, (box.left - left) * scale, (box.bottom - top) * scale,
                   (box.right - left) * scale)

    symbols = tuple(Symbol(s.id, s.name, moved(s.box)) for s in page.symbols if touches(s.box))
    strokes = tuple(
        Stroke(s.id, s.kind, tuple(((r - top) * scale, (c - left) * scale) for r, c in s.points),
               s.thickness_px * scale)
        for s in page.strokes if touches(s.box))
    return LabelledRaster(pixels, symbols, strokes, page.unlabelled,
                          tuple(moved(b) for b in page.ignored if touches(b)))


def rescale(page: LabelledRaster, scale: float) -> LabelledRaster:
    """The page and its labels, scaled down (area averaging). The page itself at scale 1."""
    import cv2

    if scale == 1:
        return page
    height, width = round(page.pixels.shape[0] * scale), round(page.pixels.shape[1] * scale)
    small = cv2.resize(page.pixels, (width, height), interpolation=cv2.INTER_AREA)
    return shift(page, small, 0, 0, scale)


def crop(page: LabelledRaster, row: float, col: float, scale: float, size: int) -> LabelledRaster:
    """A square of `size` pixels centred near (row, col) of the page, at `scale`. Outside the page it is paper."""
    from PIL import Image

    half = size / scale / 2
    height, width = page.pixels.shape
    top = min(max(row - half, -20.0), max(height - 2 * half + 20, -20.0))
    left = min(max(col - half, -20.0), max(width - 2 * half + 20, -20.0))
    image = Image.fromarray(page.pixels).transform(
        (size, size), Image.Transform.AFFINE, (1 / scale, 0, left, 0, 1 / scale, top),
        resample=Image.Resampling.BILINEAR, fillcolor=int(np.percentile(page.pixels[::8, ::8], 90)),
    )
    return shift(page, np.asarray(image), top, left, scale)


def targets(page: LabelledRaster) -> dict[str, np.ndarray]:
    """The y_true of the four losses of `models.losses` for one crop, in compact types.

    What is not known is -1 in energy and `UNKNOWN` in strokes, and has no weight elsewhere.
    """
    t = encode(page.symbols, page.pixels.shape)
    level = t.level.astype(np.float16)
    for box in page.ignored:
        for stride, maps in ((STRIDE, (t.weight,)), (CLASS_STRIDE, (t.class_weight,))):
            rows, cols = _cells(box, stride)
            for values in maps:
                values[rows, cols] = 0
        level[_cells(box, STRIDE)] = -1
    strokes = np.minimum(draw(page.strokes, page.pixels.shape), UNKNOWN - 1)
    strokes[..., [k in page.unlabelled for k in STROKE_KINDS]] = UNKNOWN
    for box in page.ignored:
        strokes[_cells(box, STRIDE)] = UNKNOWN
    return {
        "energy": np.stack([level, t.weight.astype(np.float16)], -1),
        "symbol": np.stack([t.class_id.astype(np.float16), t.class_weight.astype(np.float16)], -1),
        "box": np.concatenate([t.box, t.weight[..., None]], -1).astype(np.float16),
        "strokes": strokes,
    }


def _cells(box: Box, stride: int) -> tuple[slice, slice]:
    """The cells of a map that a box touches."""
    return (slice(max(int(box.top // stride), 0), max(-int(-box.bottom // stride), 0)),
            slice(max(int(box.left // stride), 0), max(-int(-box.right // stride), 0)))


THIN: tuple[StrokeKind, ...] = ("tie", "slur", "hairpin", "bracket")
"""Kinds of strokes around which crops are drawn, besides symbols: they are long, thin, and rare compared with staff
lines and stems."""
THIN_SHARE = 0.2
"""Share of the balanced crops that lie around one of them."""


class CropSampler:
    """Draws crops. A share of them, `balanced`, is around a symbol of a class that is drawn almost evenly, or around a
    long thin stroke of a kind that is drawn evenly. The others are anywhere.

    A page has hundreds of noteheads and perhaps one trill. Drawing the class first and the place second gives the
    balance between classes that a weighted loss did not give (Elezi et al. 2018).
    """

    def __init__(self, paths: Sequence[Path], size: int, seed: int, balanced: float):
        if not paths:
            raise ValueError("no pages to draw crops from")
        self.size, self.balanced = size, balanced
        self.rng = np.random.default_rng(seed)
        self.pages = [load_raster(p) for p in paths]
        self.places: dict[int, list[tuple[int, float, float]]] = {}
        for i, page in enumerate(self.pages):
            for s in page.symbols:
                self.places.setdefault(ID[s.name], []).append((i, *s.box.center))
        self.thin: dict[str, list[tuple[int, float, float]]] = {}
        for i, page in enumerate(self.pages):
            for stroke in page.strokes:
                if stroke.kind in THIN:
                    self.thin.setdefault(stroke.kind, []).append((i, *stroke.points[len(stroke.points) // 2]))
        # The square root of the count is between drawing by symbol and drawing by class: a class with three examples is
        # seen often, but not all the time.
        self.classes = sorted(self.places)
        counts = np.array([len(self.places[c]) for c in self.classes], float)
        self.probability = counts**0.25 / (counts**0.25).sum()

    def draw(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """One crop: image (size, size) uint8 and its targets."""
        cut = self.cut()
        return cut.pixels, targets(cut)

    def cut(self) -> LabelledRaster:
        """One crop, (size, size), with its labels."""
        rng = self.rng
        if rng.random() < self.balanced:
            places = self._places()
            index, row, col = places[rng.integers(len(places))]
            row, col = row + rng.uniform(-0.4, 0.4) * self.size, col + rng.uniform(-0.4, 0.4) * self.size
        else:
            index = int(rng.integers(len(self.pages)))
            height, width = self.pages[index].pixels.shape
            row, col = rng.uniform(0, height), rng.uniform(0, width)
        scale = float(np.exp(rng.normal(0, 0.06)))
        cut = crop(self.pages[index], row, col, scale, self.size)
        return replace(cut, pixels=_tone(cut.pixels, rng))

    def _places(self) -> list[tuple[int, float, float]]:
        """(page, row, col) of all symbols of one class, or of all long thin strokes of one kind."""
        if self.thin and self.rng.random() < THIN_SHARE:
            return self.thin[sorted(self.thin)[self.rng.integers(len(self.thin))]]
        return self.places[self.classes[self.rng.choice(len(self.classes), p=self.probability)]]


def _tone(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change contrast and brightness at random, as far as these still differ between pages after normalisation."""
    low, high = rng.uniform(0, 40), rng.uniform(215, 255)
    gamma = np.exp(rng.normal(0, 0.2))
    table = low + (high - low) * (np.arange(256) / 255.0) ** gamma
    return table.astype(np.uint8)[image]


def _work(
    queue: Any, paths: Sequence[Path], size: int, seed: int, batch: int, balanced: float, first: int, step: int
) -> None:  # pragma: no cover (a process)
    import multiprocessing
    import queue as queues

    sampler = CropSampler(paths, size, seed, balanced)
    parent = multiprocessing.parent_process()
    for number in itertools.count(first, step):
        ready = _draw_batch(sampler, batch, seed, number)
        while True:
            try:
                queue.put(ready, timeout=5)
                break
            except queues.Full:
                # A parent that was killed cannot end its workers, so they check whether it is alive.
                if parent is None or not parent.is_alive():
                    queue.cancel_join_thread()
                    return


def _draw_batch(sampler: CropSampler, batch: int, seed: int, number: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A batch that depends only on the seed and its number, so that a resumed run continues with the same batches."""
    sampler.rng = np.random.default_rng([seed, number])
    crops = [sampler.draw() for _ in range(batch)]
    return np.stack([image for image, _ in crops]), {k: np.stack([t[k] for _, t in crops]) for k in crops[0][1]}


def batches(
    paths: Sequence[Path], size: int, batch: int, seed: int, workers: int, balanced: float, first: int = 0
) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """An endless series of batches: images (B, size, size, 1) float32, 1 = ink, and float32 targets.

    With workers > 0, processes cut and encode in advance. Each worker has a share of the pages in memory, and they take
    turns. With 0, this process draws the crops. The same seed and number of workers give the same batches every time.

    first: how many batches are skipped, because a resumed run has learnt from them already.
    """
    import multiprocessing

    if workers == 0:
        sampler = CropSampler(paths, size, seed, balanced)
        for number in itertools.count(first):
            yield _as_batch(*_draw_batch(sampler, batch, seed, number))
    context = multiprocessing.get_context("spawn")
    queues = [context.Queue(maxsize=-(-AHEAD // workers)) for _ in range(workers)]
    processes = [
        context.Process(target=_work, daemon=True, args=(
            queue, paths[i::workers], size, seed, batch, balanced, first + (i - first) % workers, workers))
        for i, queue in enumerate(queues)
    ]
    for process in processes:
        process.start()
    try:
        for number in itertools.count(first):
            yield _as_batch(*queues[number % workers].get())
    finally:
        for process in processes:
            process.terminate()


def _as_batch(images: np.ndarray, compact: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    strokes = compact["strokes"].astype(np.float32) / (UNKNOWN - 1)
    strokes[compact["strokes"] == UNKNOWN] = -1
    floats = {k: v.astype(np.float32) for k, v in compact.items() if k != "strokes"}
    return ink(images), {**floats, "strokes": strokes}


def ink(pixels: np.ndarray) -> np.ndarray:
    """(..., H, W) uint8 as the network's input (..., H, W, 1) float32, 0 = paper, 1 = ink."""
    return (1 - pixels.astype(np.float32) / 255)[..., None]
