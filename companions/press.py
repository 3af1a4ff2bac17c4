"""`omr press`: the articles of a newspaper page, by a fully convolutional network.

Meier, Stadelmann, Stampfli, Arnold and Cieliebak, "Fully Convolutional Neural Networks for Newspaper Article
Segmentation" (ICDAR 2017): one network labels every pixel of the page at once. Here it answers two questions a pixel:
what stands there (text, headline, picture, nuisance such as advertisements, or nothing), and whether it lies inside of
an article, away from its border, so that neighbouring articles come apart. The islands of the second, grown back to
where they meet, are the articles; nuisances are none. An island without a headline goes on from the one that is read
before it.

Cost: training ten to twenty minutes on two cores, a page a second. Expected, on layouts that were never trained on:
article F1 at IoU 0.5 of about .8, where cutting along white space (Nagy and Seth's recursive XY cut), which has no way
to know which blocks belong together, is at .1. The pages are typeset here (`typeset.py`); collections come as PAGE XML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
from keras import layers, ops
from scipy import ndimage
from tqdm import tqdm

from companions.typeset import CLASSES, WIDTH, Sheet, pages
from omr.errors import WeightsError
from omr.files import replacing

SHRINK = 2
"""Pages are read at half of `WIDTH`."""
STRIDE = 2
"""A cell of the answer, in pixels of the read page."""
BORDER = 5
"""Cells that the inside of an article keeps from its edge."""
SURE = 1.5
"""From this logit on a cell is inside of an article: one gap in the border between two articles makes them one for
good, while an article in pieces is joined again by `continued`. Chosen with `HEADED` on forty pages in the fonts of the
training."""
HEADED = 0.3
"""A region begins an article if so large a share of its columns of cells has a headline at the top."""
TOP = 8
"""So many cells are the top of a column: four lines."""
SMALLEST = 0.002
"""Smaller islands, as a share of the page, are no articles."""
WEIGHTS = Path(__file__).parent / "weights" / "press.weights.h5"


@dataclass(frozen=True, eq=False)
class Article:
    """One region. polygons: (N, 2) x, y in the page's pixels, of each of its pieces, the largest first; kind:
    "article" or "nuisance"."""

    polygons: tuple[np.ndarray, ...]
    kind: str = "article"

    def corners(self) -> list[np.ndarray]:
        """The polygons in whole pixels."""
        return [np.round(p).astype(np.int32) for p in self.polygons]


def build() -> keras.Model:
    """(B, h, w, 1) float, 1 = ink, sides multiples of 32, to (B, h/2, w/2, classes + 1) logits, the last of inside."""
    def conv(x: Any, width: int, strides: int = 1, dilation: int = 1) -> Any:
        x = layers.Conv2D(width, 3, strides, padding="same", use_bias=False, dilation_rate=dilation)(x)
        return layers.ReLU()(layers.BatchNormalization(momentum=0.95)(x))

    page = keras.Input((None, None, 1))
    x = conv(page, 16, 2)
    skips = []
    for width in (24, 32, 48, 64):
        skips.append(x)
        x = conv(conv(x, width, 2), width)
    x = conv(conv(x, 64, dilation=2), 64, dilation=4)  # as far as across a page: what a headline is over
    for skip in reversed(skips):
        x = layers.Concatenate()([layers.UpSampling2D(2, interpolation="bilinear")(x), skip])
        x = conv(x, skip.shape[-1])
    return keras.Model(page, layers.Conv2D(len(CLASSES) + 1, 1)(x))


def target(sheet: Sheet) -> tuple[np.ndarray, np.ndarray]:
    """(h/2, w/2) class and inside (0 or 1) of the page as it is read."""
    step = SHRINK * STRIDE
    label, article = sheet.label[::step, ::step], sheet.article[::step, ::step]
    inside = np.zeros(article.shape, np.uint8)
    kernel = np.ones((2 * BORDER + 1,) * 2, np.uint8)
    for number in range(1, int(article.max(initial=0)) + 1):
        inside[cv2.erode((article == number).astype(np.uint8), kernel) > 0] = 1
    return label, inside


def shrunk(pixels: np.ndarray) -> np.ndarray:
    """(h, w) float32, 1 = ink: a page as wide as typeset ones, halved, padded to multiples of 32."""
    scale = WIDTH / SHRINK / pixels.shape[1]
    small = cv2.resize(pixels, (WIDTH // SHRINK, round(pixels.shape[0] * scale)), interpolation=cv2.INTER_AREA)
    paper = float(np.percentile(small, 90))
    ink = np.clip(1 - small.astype(np.float32) / max(paper, 1), 0, 1)
    return np.pad(ink, ((0, -ink.shape[0] % 32), (0, -ink.shape[1] % 32)))


def _loss(truth: Any, answer: Any) -> Any:
    """Cross entropy of the class, headlines and pictures weighing more, and of inside."""
    label, inside = ops.cast(truth[..., 0], "int32"), truth[..., 1]
    weight = ops.take(ops.convert_to_tensor(np.array([1, 1, 3, 2, 2], np.float32)), label)
    kind = ops.sparse_categorical_crossentropy(label, answer[..., :-1], from_logits=True)
    border = ops.binary_crossentropy(inside, answer[..., -1], from_logits=True)
    return ops.mean(weight * kind) + 2 * ops.mean(border)


def train(sheets: Iterable[Sheet], folder: Path, steps: int, seed: int = 0, batch: int = 2, start: Path | None = None,
          rate: float = 3e-3) -> keras.Model:
    """Train, or go on training, in `folder`. Pages are mirrored at random: layouts are as good the other way round.

    sheets: kept at the size at which they are read, a quarter of what they take, so that many can be given one by one.
    start: weights to begin with, by default random ones. rate: of learning, at the beginning.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(seed)
    model, state = build(), folder / "steps.txt"
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=1e-4, clipnorm=2.0), _loss)
    model.optimizer.build(model.trainable_variables)  # before loading, which fills in its state too
    done = int(state.read_text()) if state.exists() else 0
    if start and not done:
        model.set_weights(load(start).get_weights())
    if done:
        model.load_weights(folder / "last.weights.h5")
    rng = np.random.default_rng([seed, done])
    ready = [(shrunk(s.pixels), *target(s)) for s in sheets]
    for step in tqdm(range(done, steps), initial=done, total=steps, unit="batch", mininterval=5):
        chosen = [ready[int(i)] for i in rng.integers(len(ready), size=batch)]
        turned = [tuple(a[:, ::-1] for a in c) if rng.random() < 0.5 else c for c in chosen]
        ink = np.stack([c[0] for c in turned])[..., None] * rng.uniform(0.7, 1.2)
        loss = model.train_on_batch(ink, np.stack([np.stack(c[1:], -1) for c in turned]).astype(np.float32))
        with open(folder / "history.csv", "a") as history:
            history.write(f"{step + 1},{float(loss):.4f}\n")
        if (step + 1) % 100 == 0 or step + 1 == steps:
            save(model, folder / "last.weights.h5")
            with replacing(state) as temporary:
                temporary.write_text(str(step + 1))
    return model


def save(model: keras.Model, path: Path) -> None:
    temporary = path.with_name(f"part.{path.name}")
    model.save_weights(temporary)
    temporary.replace(path)


def load(path: Path = WEIGHTS) -> keras.Model:
    """The network with weights of `train`, by default the shipped ones. Raises WeightsError."""
    model = build()
    try:
        model.load_weights(path)
    except (OSError, ValueError) as error:
        raise WeightsError(f"no weights of `omr press train` in {path}") from error
    return model


def read(model: keras.Model, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(class of every cell, number of its article or 0), each (h, w), a cell being `SHRINK * STRIDE` pixels of a page
    `WIDTH` wide. pixels: (H, W) uint8 of a page of any size."""
    ink = shrunk(pixels)
    answer = ops.convert_to_numpy(model(ink[None, ..., None], training=False))[0]
    rows = round(pixels.shape[0] * WIDTH / pixels.shape[1]) // (SHRINK * STRIDE)
    answer = answer[:rows, :WIDTH // (SHRINK * STRIDE)]
    label = answer[..., :-1].argmax(axis=-1).astype(np.uint8)
    return label, numbered(continued(grow(answer[..., -1] > SURE, label), label))


def numbered(article: np.ndarray) -> np.ndarray:
    """The same articles (h, w), numbered from the top left: by tenths of the page's height, then from left to right."""
    places = [(np.argwhere(article == n).min(axis=0), n) for n in range(1, int(article.max(initial=0)) + 1)]
    ordered = sorted(places, key=lambda place: (round(float(place[0][0]) / len(article), 1), place[0][1]))
    new = np.zeros(len(places) + 1, article.dtype)
    new[[n for _, n in ordered]] = np.arange(1, len(places) + 1)
    return np.asarray(new[article])


def grow(inside: np.ndarray, label: np.ndarray) -> np.ndarray:
    """(h, w) number of the article of every cell: islands of `inside` grown back by their border, and over the text,
    headlines and pictures that touch them, never over nuisances; where two meet, to the nearer."""
    nuisance = label == CLASSES.index("nuisance")
    islands, count = ndimage.label(inside & ~nuisance)
    if count == 0:
        return islands
    sizes = np.bincount(islands.ravel())
    small = sizes < SMALLEST * inside.size
    islands[small[islands]] = 0
    if not islands.any():
        return islands
    away, (rows, cols) = ndimage.distance_transform_edt(islands == 0, return_indices=True)
    nearest = islands[rows, cols]
    printed = np.isin(label, [CLASSES.index(k) for k in ("text", "headline", "picture")])
    grown = np.where(((away <= BORDER + 0.5) | (printed & (away <= 4 * BORDER))) & ~nuisance, nearest, 0)
    pieces, _ = ndimage.label(grown > 0)
    grown[~np.isin(pieces, np.unique(pieces[islands > 0]))] = 0  # print of its own nearby, such as the nameplate's
    return np.unique(grown, return_inverse=True)[1].reshape(grown.shape)


def continued(article: np.ndarray, label: np.ndarray) -> np.ndarray:
    """(h, w) the same regions, those without a headline at the top joined to what is read before them.

    Newspapers put a headline over every article. What has none goes on from the region above it with the same left
    edge, or else from the lowest of the column before. article: (h, w), numbered from 1 without gaps, 0 outside.
    """
    boxes = ndimage.find_objects(article)
    before: dict[int, int] = {}
    for number, (rows, cols) in enumerate(boxes, 1):
        if begins(article[rows, cols] == number, label[rows, cols]):
            continue
        above = [(r.stop, other) for other, (r, c) in enumerate(boxes, 1)
                 if other != number and abs(c.start - cols.start) <= BORDER and r.stop <= rows.start + BORDER]
        beside = article[:, max(cols.start - 3 * BORDER, 0):max(cols.start - 2 * BORDER, 0)]
        lower = beside[(beside > 0) & (beside != number)]  # row by row: the lowest cell comes last
        if above:
            before[number] = max(above)[1]
        elif len(lower):
            before[number] = int(lower[-1])
    first = np.arange(len(boxes) + 1)
    for number in before:
        seen = {number}
        while (earlier := before.get(int(first[number]))) and earlier not in seen:
            seen.add(earlier)
            first[number] = earlier
    return np.unique(first[article], return_inverse=True)[1].reshape(article.shape)


def begins(region: np.ndarray, label: np.ndarray) -> bool:
    """Whether a region (h, w) bool begins an article: enough of its columns of cells have a headline at the top."""
    cols = np.flatnonzero(region.any(axis=0))
    rows = np.minimum(region.argmax(axis=0)[cols] + np.arange(TOP)[:, None], len(region) - 1)
    return bool((label[rows, cols] == CLASSES.index("headline")).any(axis=0).mean() >= HEADED)


def regions(label: np.ndarray, article: np.ndarray, shape: tuple[int, int]) -> list[Article]:
    """Polygons of articles, in the order of their numbers, and of nuisances, in pixels of a page of `shape` (H, W)."""
    scale = np.array([shape[1] / label.shape[1], shape[0] / label.shape[0]])
    masks = [("article", article == n) for n in range(1, int(article.max(initial=0)) + 1)]
    islands, count = ndimage.label(label == CLASSES.index("nuisance"))
    masks += [("nuisance", islands == n) for n in range(1, count + 1) if (islands == n).mean() > SMALLEST]
    found = []
    for kind, mask in masks:
        outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        simple = [cv2.approxPolyDP(o, 1.5, True)[:, 0] for o in sorted(outlines, key=cv2.contourArea, reverse=True)]
        if polygons := tuple((o + 0.5) * scale for o in simple if len(o) > 2):
            found.append(Article(polygons, kind))
    return found


def cut_at_white(pixels: np.ndarray) -> np.ndarray:
    """The baseline, as `read`'s article numbers: recursive XY cut at white gaps that are wider than those inside of
    columns and paragraphs."""
    ink = shrunk(pixels)
    printed = ink > 0.35
    numbers = np.zeros(ink.shape, int)

    def cut(top: int, bottom: int, left: int, right: int) -> None:
        part = printed[top:bottom, left:right]
        rows, cols = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        if not len(rows):
            return
        top, bottom, left, right = top + rows[0], top + rows[-1] + 1, left + cols[0], left + cols[-1] + 1
        part = printed[top:bottom, left:right]
        gaps = [(width, axis, at) for axis, least in ((0, 6), (1, 5))
                for width, at in _gaps(part.mean(axis=1 - axis)) if width >= least]
        if not gaps:
            numbers[top:bottom, left:right] = numbers.max() + 1
            return
        _, axis, at = max(gaps)
        if axis == 0:
            cut(top, top + at, left, right)
            cut(top + at, bottom, left, right)
        else:
            cut(top, bottom, left, left + at)
            cut(top, bottom, left + at, right)

    cut(0, ink.shape[0], 0, ink.shape[1])
    rows = round(pixels.shape[0] * WIDTH / pixels.shape[1]) // (SHRINK * STRIDE)
    return numbers[::STRIDE, ::STRIDE][:rows, :WIDTH // (SHRINK * STRIDE)]


def _gaps(profile: np.ndarray) -> Iterator[tuple[int, int]]:
    """(width, middle) of the white runs of a profile of ink, ends left out."""
    runs, count = ndimage.label(profile < 0.005)
    for (where,) in ndimage.find_objects(runs):
        if where.start > 0 and where.stop < len(profile):
            yield where.stop - where.start, (where.start + where.stop) // 2


def figures(sheets: Sequence[Sheet], segment: Callable[[np.ndarray], tuple[np.ndarray | None, np.ndarray]]) -> dict:
    """Intersection over union of every class over all pixels, and precision, recall and F1 of articles at IoU 0.5.

    segment: pixels -> (class or None, article number) of every cell, as `read`.
    """
    shared, either = np.zeros(len(CLASSES)), np.zeros(len(CLASSES))
    hits = guesses = truths = 0
    for sheet in tqdm(sheets, unit="page", leave=False):
        label, article = segment(sheet.pixels)
        truth = sheet.article[::SHRINK * STRIDE, ::SHRINK * STRIDE][:article.shape[0], :article.shape[1]]
        if label is not None:
            wanted = sheet.label[::SHRINK * STRIDE, ::SHRINK * STRIDE][:label.shape[0], :label.shape[1]]
            for k in range(len(CLASSES)):
                shared[k] += ((label == k) & (wanted == k)).sum()
                either[k] += ((label == k) | (wanted == k)).sum()
        hits += matched(truth, article)
        guesses += len(np.unique(article[article > 0]))
        truths += len(np.unique(truth[truth > 0]))
    precision, recall = hits / max(guesses, 1), hits / max(truths, 1)
    return {"iou": dict(zip(CLASSES, (shared / np.maximum(either, 1)).tolist(), strict=True)),
            "precision": precision, "recall": recall, "f1": 2 * hits / max(guesses + truths, 1), "articles": truths}


def matched(truth: np.ndarray, found: np.ndarray) -> int:
    """How many articles of one numbering have one of the other with an IoU above 0.5; more than one is not possible."""
    pairs, counts = np.unique(np.stack([truth.ravel(), found.ravel()]), axis=1, return_counts=True)
    area, other = np.bincount(truth.ravel()), np.bincount(found.ravel())
    return sum(bool(t and f and n > 0.5 * (area[t] + other[f] - n))
               for (t, f), n in zip(pairs.T.tolist(), counts.tolist(), strict=True))


def unseen_pages(count: int = 40) -> Sequence[Sheet]:
    """Pages of unseen layouts and fonts."""
    return pages(count, 777, unseen=True)


