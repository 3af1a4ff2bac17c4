"""`omr explain saliency PAGE --at X,Y`: which ink made the detector call a symbol what it calls it?

Two answers. *Meaningful perturbation* (Fong and Vedaldi, ICCV 2017): the smallest part of the ink that, taken away,
takes the symbol away; a mask is searched by gradient descent. *Integrated gradients* (Sundararajan, Taly and Yan, ICML
2017): the score's gradient summed along the way from blank paper to the page; the parts add up to the score. Both have
to pass a test of sanity (Adebayo et al., NeurIPS 2018): with the network's weights shuffled, the map must be another.

Cost: 20 to 40 seconds on two cores. Expected: on the bundled page, taking away the tenth of the ink that perturbation
points to takes away nearly all of the score, and the maps of the shuffled network correlate with the true ones by less
than half.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage, stats
from tqdm import tqdm

from companions import page as html
from omr.detect.watershed import CLASS_STRIDE, STRIDE

SIZE = 128
"""Side of the crop that is explained; a multiple of the network's coarsest stride."""
COARSE = 4
"""A mask has a cell for so many pixels a side: finer ones are patterns that fool the network, not parts of the ink."""
STEPS, RATE = 160, 0.15
SMALL, SMOOTH = 1.0, 0.3
PATH_STEPS = 32
NEAR = 20.0
"""Pixels about the target in which maps are compared."""


@dataclass(frozen=True)
class Target:
    """What is explained: that class `k`, and not `other` if there is one, stands at (row, col) of the crop."""

    row: float
    col: float
    k: int
    other: int | None = None


class Scorer:
    """The score of a target as the watershed has it, energy times class probability, so that it can be differentiated:
    crops (B, SIZE, SIZE, 1), 1 = ink, to (B,)."""

    def __init__(self, model: keras.Model, target: Target):
        self.model, self.target = model, target
        rows, cols = np.mgrid[:SIZE // STRIDE, :SIZE // STRIDE]
        away = np.hypot((rows + 0.5) * STRIDE - target.row, (cols + 0.5) * STRIDE - target.col)
        near = np.exp(-((away / 3.0) ** 2)).astype(np.float32)
        self._fine = tf.constant(near / near.sum())
        rows, cols = np.mgrid[:SIZE // CLASS_STRIDE, :SIZE // CLASS_STRIDE]
        away = np.hypot((rows + 0.5) * CLASS_STRIDE - target.row, (cols + 0.5) * CLASS_STRIDE - target.col)
        near = np.exp(-((away / 4.0) ** 2)).astype(np.float32)
        self._coarse = tf.constant(near / near.sum())

    def __call__(self, crops: tf.Tensor) -> tf.Tensor:
        out = self.model(crops, training=False)
        levels = out["energy"].shape[-1]
        heights = tf.constant(np.arange(levels, dtype=np.float32)[:, None] / (levels - 1))
        energy = (tf.nn.softmax(out["energy"]) @ heights)[..., 0]  # (B, SIZE/2, SIZE/2)
        chances = tf.nn.softmax(out["symbol"])
        chance = chances[..., self.target.k]
        if self.target.other is not None:
            chance = chance - chances[..., self.target.other]
        return (tf.reduce_sum(energy * self._fine, axis=(1, 2)) * tf.reduce_sum(chance * self._coarse, axis=(1, 2)))

    def value(self, crop: np.ndarray) -> float:
        """Of one crop (SIZE, SIZE)."""
        return float(self(tf.constant(crop[None, ..., None].astype(np.float32)))[0])


def perturbation(scorer: Scorer, crop: np.ndarray, steps: int = STEPS) -> np.ndarray:
    """(SIZE, SIZE) in 0..1: how far the ink there has to go for the score to go. crop: (SIZE, SIZE), 1 = ink."""
    side = SIZE // COARSE
    logits = tf.Variable(tf.fill((1, side, side, 1), 2.0))
    image = tf.constant(crop[None, ..., None].astype(np.float32))
    optimizer = keras.optimizers.Adam(RATE)

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            keep = tf.sigmoid(logits)
            fine = tf.image.resize(keep, (SIZE, SIZE), "bilinear")
            rough = tf.reduce_mean((keep[:, 1:] - keep[:, :-1]) ** 2) + tf.reduce_mean(
                (keep[:, :, 1:] - keep[:, :, :-1]) ** 2)
            lost = tf.reduce_mean(1 - keep)
            loss = scorer(image * fine)[0] + SMALL * lost + SMOOTH * rough
        optimizer.apply_gradients([(tape.gradient(loss, logits), logits)])

    for _ in tqdm(range(steps), desc="perturbation", leave=False):
        step()
    return 1 - np.asarray(tf.image.resize(tf.sigmoid(logits), (SIZE, SIZE), "bilinear"))[0, ..., 0]


def integrated_gradients(scorer: Scorer, crop: np.ndarray, steps: int = PATH_STEPS) -> np.ndarray:
    """(SIZE, SIZE): what each pixel adds to the score on the way from paper to ink (midpoint rule). Their sum is the
    score less that of blank paper."""
    image = tf.constant(crop[None, ..., None].astype(np.float32))
    total = np.zeros_like(crop, float)
    for i in tqdm(range(steps), desc="integrated gradients", leave=False):
        here = image * ((i + 0.5) / steps)
        with tf.GradientTape() as tape:
            tape.watch(here)
            score = scorer(here)
        total += np.asarray(tape.gradient(score, here))[0, ..., 0]
    return total * crop / steps


def shuffled(model: keras.Model, seed: int = 0) -> keras.Model:
    """The network with the weights of every kernel in another order: as large as before, and nothing learnt."""
    rng = np.random.default_rng(seed)
    other = keras.models.clone_model(model)
    other.set_weights([rng.permutation(w.ravel()).reshape(w.shape) if w.ndim == 4 else w for w in model.get_weights()])
    return other


def deletion(scorer: Scorer, crop: np.ndarray, importance: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The score, as a share of the whole crop's, once the most important `shares` of the ink are blank (Petsiuk et al.
    2018)."""
    order = np.argsort(-(ndimage.gaussian_filter(importance, 1.0) * (crop > 0.2)).ravel())
    ink = int((crop > 0.2).sum())
    whole = max(scorer.value(crop), 1e-6)
    scores = []
    for share in shares:
        left = crop.copy().ravel()
        left[order[:int(share * ink)]] = 0
        scores.append(scorer.value(left.reshape(crop.shape)) / whole)
    return np.array(scores)


def likeness(a: np.ndarray, b: np.ndarray, crop: np.ndarray, target: Target) -> float:
    """Rank correlation of two maps over the ink near the target: farther off every map fades, whatever was learnt."""
    rows, cols = np.mgrid[:SIZE, :SIZE]
    where = (crop > 0.2) & (np.hypot(rows - target.row, cols - target.col) < NEAR)
    return float(stats.spearmanr(np.abs(a[where]), np.abs(b[where])).statistic)


def explain(model: keras.Model, crop: np.ndarray, target: Target, names: tuple[str, str], seed: int = 0) -> list[str]:
    """The parts of an HTML page. names: of the class, and of the other or ""."""
    scorer = Scorer(model, target)
    stranger = Scorer(shuffled(model, seed), target)
    maps = {"meaningful perturbation": perturbation(scorer, crop),
            "integrated gradients": integrated_gradients(scorer, crop)}
    strange = {"meaningful perturbation": perturbation(stranger, crop),
               "integrated gradients": integrated_gradients(stranger, crop)}
    shares = np.array([0, 0.02, 0.05, 0.1, 0.2, 0.4])
    chance = np.random.default_rng(seed).random(crop.shape)
    rows = [(name, likeness(m, strange[name], crop, target), *(float(v) for v in deletion(scorer, crop, m, shares[1:])))
            for name, m in maps.items()]
    rows.append(("any ink, by lot", "", *(float(v) for v in deletion(scorer, crop, chance, shares[1:]))))
    gray = (255 * (1 - crop)).astype(np.uint8)
    question = f"Why {names[0]}{f' and not {names[1]}' if names[1] else ''}?"
    return [
        html.words(f"{question} Score on this crop: {scorer.value(crop):.3f}; the cross marks the place."),
        html.picture(_cross(gray, target), "the crop", 3),
        *(html.picture(_heat(gray, m), name, 3) for name, m in maps.items()),
        html.heading("Taken away, and shuffled"),
        html.words("What is left of the score when the most important ink is blank, by each map; and the rank "
                   "correlation of the map with that of the network with shuffled weights, which has to be low."),
        html.table(("map", "shuffled", *(f"{s:.0%} gone" for s in shares[1:])), rows),
        html.heading("The same maps of the shuffled network"),
        *(html.picture(_heat(gray, m), name, 3) for name, m in strange.items()),
    ]


def _heat(gray: np.ndarray, importance: np.ndarray) -> np.ndarray:
    """The crop, important places in red (those that speak against it in blue)."""
    smooth = ndimage.gaussian_filter(importance, 0.7)
    level = np.clip(smooth / max(float(np.percentile(np.abs(smooth), 99.5)), 1e-9), -1, 1)[..., None]
    paper = np.stack([gray] * 3, axis=-1).astype(float)
    colour = np.where(level > 0, np.array([220, 0, 0]), np.array([0, 60, 220]))
    return (paper * (1 - 0.75 * np.abs(level)) + colour * 0.75 * np.abs(level)).astype(np.uint8)


def _cross(gray: np.ndarray, target: Target) -> np.ndarray:
    rgb = np.stack([gray] * 3, axis=-1).copy()
    row, col = int(target.row), int(target.col)
    rgb[max(row - 3, 0):row + 4, col] = rgb[row, max(col - 3, 0):col + 4] = (220, 0, 0)
    return rgb
