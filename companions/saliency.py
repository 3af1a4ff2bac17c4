"""`omr explain saliency PAGE --at X,Y`: which ink made the detector call a symbol what it calls it?

Two answers. *Meaningful perturbation* (Fong and Vedaldi, ICCV 2017): the smallest part of the ink that, taken away,
takes the symbol away; a mask is searched by gradient descent. *Integrated gradients* (Sundararajan, Taly and Yan, ICML
2017): the score's gradient summed along the way from blank paper to the page; the parts add up to the score. A third
map, guided backpropagation (Springenberg et al. 2015), is there because it is known to show edges whatever was learnt.

What is explained is the score of a scan, peak energy times the probability of the class over the symbol's basin. Where
it is asked why a symbol is not something else, it is the difference of the two classes' logits there: the rival's
probability is 0 to many places wherever the network is sure, and a difference of probabilities would not answer.

All three maps have to pass a test of sanity (Adebayo et al., NeurIPS 2018): the kernels are shuffled, from the
last one towards the page, and the map has to become another.

Cost: two minutes of computing or more. Expected: perturbation and integrated gradients pass; guided
backpropagation may not.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage, stats
from tqdm import tqdm

from companions import page as html
from companions.guard import guided
from omr.detect.watershed import CLASS_STRIDE, STRIDE, T, basins

SIZE = 128
"""Side of the crop that is explained; a multiple of the network's coarsest stride."""
COARSE = 4
"""A mask has a cell for so many pixels a side: finer ones are patterns that fool the network, not parts of the ink."""
STEPS, RATE = 160, 0.15
SMALL, SMOOTH = 1.0, 0.3
LEAST_ODDS = 1e-6
"""Scores nearer to 0 or 1 than that are all as sure."""
PATH_STEPS = 32
STAGES = (0.25, 0.5, 0.75, 1.0)
"""Shares of the kernels that are shuffled, from the answer on."""
ALIKE = 0.5
"""Rank correlation from which on two maps are called the same: a quarter of the ranks' variance is shared."""
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
    """What is explained, so that it can be differentiated: crops (B, SIZE, SIZE, 1), 1 = ink, to (B,).

    The score of a scan (`omr.detect.watershed`), over the basin that the target has in `crop` (SIZE, SIZE) as `basis`
    sees it (by default `model`, the network that is asked): the peak energy, as far as it counts, times the probability
    of the class, weighted by energy. With `target.other`, the difference of the two logits over the same cells.
    """

    def __init__(self, model: keras.Model, target: Target, crop: np.ndarray, basis: keras.Model | None = None):
        self.model, self.target = model, target
        answer = (basis or model)(crop[None, ..., None].astype(np.float32), training=False)
        energy = np.asarray(_height(answer["energy"]))[0]
        labels = basins(energy, T.cut, T.core)
        row, col = (min(max(int(v // STRIDE), 0), SIZE // STRIDE - 1) for v in (target.row, target.col))
        if not labels[row, col]:  # the middle of a hollow thing may lie outside of its basin
            inside = np.argwhere(labels > 0)
            if len(inside):
                row, col = inside[np.hypot(*(inside - (row, col)).T).argmin()]
        mine = labels == labels[row, col] if labels[row, col] else np.ones(labels.shape, bool)
        self._cells = tf.constant(mine.astype(np.float32))
        self._weight = tf.constant((mine * energy / (mine * energy).sum()).astype(np.float32))

    def __call__(self, crops: tf.Tensor) -> tf.Tensor:
        out = self.model(crops, training=False)
        if self.target.other is not None:
            contrast = _finer(out["symbol"][..., self.target.k] - out["symbol"][..., self.target.other])
            return tf.reduce_sum(contrast * self._weight, axis=(1, 2))
        energy = _height(out["energy"]) * self._cells
        chance = _finer(tf.nn.softmax(out["symbol"])[..., self.target.k])
        vote = tf.reduce_sum(chance * energy, axis=(1, 2)) / (tf.reduce_sum(energy, axis=(1, 2)) + 1e-6)
        return tf.minimum(tf.reduce_max(energy, axis=(1, 2)) / T.certain_energy, 1.0) * vote

    def margin(self, crops: tf.Tensor) -> tf.Tensor:
        """What is explained on a scale without an end: of a score, its log-odds. Where the network is sure, the score
        stays at 1 while ink goes, and has no slope that would say which ink counts. crops, result: as for a call."""
        said = self(crops)
        if self.target.other is not None:
            return said
        return tf.math.log(said + LEAST_ODDS) - tf.math.log(1 - said + LEAST_ODDS)

    def value(self, crop: np.ndarray) -> float:
        """Of one crop (SIZE, SIZE)."""
        return float(self(tf.constant(crop[None, ..., None].astype(np.float32)))[0])


def _height(logits: tf.Tensor) -> tf.Tensor:
    """(B, h, w, levels) logits of the energy's levels -> (B, h, w) expected energy, 0-1."""
    levels = logits.shape[-1]
    heights = tf.constant(np.arange(levels, dtype=np.float32)[:, None] / (levels - 1))
    return (tf.nn.softmax(logits) @ heights)[..., 0]


def _finer(coarse: tf.Tensor) -> tf.Tensor:
    """(B, h, w) of the class map's cells -> of the energy map's."""
    times = CLASS_STRIDE // STRIDE
    return tf.repeat(tf.repeat(coarse, times, axis=1), times, axis=2)


def perturbation(scorer: Scorer, crop: np.ndarray, steps: int = STEPS) -> np.ndarray:
    """(SIZE, SIZE) in 0..1: how far the ink there has to go for the score to go. crop: (SIZE, SIZE), 1 = ink."""
    side = SIZE // COARSE
    logits = tf.Variable(tf.fill((1, side, side, 1), 2.0))
    image = tf.constant(crop[None, ..., None].astype(np.float32))
    # Log-odds and differences of logits are of different sizes; how much ink may go must not hang on that.
    whole = max(abs(float(scorer.margin(image)[0])), 1e-3)
    optimizer = keras.optimizers.Adam(RATE)

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            keep = tf.sigmoid(logits)
            fine = tf.image.resize(keep, (SIZE, SIZE), "bilinear")
            rough = tf.reduce_mean((keep[:, 1:] - keep[:, :-1]) ** 2) + tf.reduce_mean(
                (keep[:, :, 1:] - keep[:, :, :-1]) ** 2)
            lost = tf.reduce_mean(1 - keep)
            loss = scorer.margin(image * fine)[0] / whole + SMALL * lost + SMOOTH * rough
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


def guided_backpropagation(scorer: Scorer, crop: np.ndarray) -> np.ndarray:
    """(SIZE, SIZE): the score's gradient, of which every ReLU lets only what is positive back. Often it shows edges,
    learnt or not: the map that the test of sanity is there to find out."""
    guide = copy.copy(scorer)
    guide.model = guided(scorer.model)
    image = tf.constant(crop[None, ..., None].astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(image)
        score = guide(image)
    return np.asarray(tape.gradient(score, image))[0, ..., 0] * (crop > 0)


def shuffled(model: keras.Model, seed: int = 0, share: float = 1.0) -> keras.Model:
    """The network with the weights of its last kernels in another order: as large as before, and nothing learnt.

    share: of the kernels that are shuffled, counted from the answer towards the page; 1: all.
    """
    rng = np.random.default_rng(seed)
    other = keras.models.clone_model(model)
    kernels = [i for i, w in enumerate(model.get_weights()) if w.ndim == 4]
    chosen = set(kernels[len(kernels) - round(share * len(kernels)):])
    other.set_weights([rng.permutation(w.ravel()).reshape(w.shape) if i in chosen else w
                       for i, w in enumerate(model.get_weights())])
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
    scorer = Scorer(model, target, crop)
    maps = {name: make(scorer, crop) for name, make in METHODS.items()}
    strange: dict[str, list[np.ndarray]] = {name: [] for name in METHODS}
    for share in STAGES:
        stranger = Scorer(shuffled(model, seed, share), target, crop, model)
        for name, make in METHODS.items():
            strange[name].append(make(stranger, crop))
    shares = np.array([0, 0.02, 0.05, 0.1, 0.2, 0.4])
    chance = np.random.default_rng(seed).random(crop.shape)
    gone = [(name, *(float(v) for v in deletion(scorer, crop, m, shares[1:]))) for name, m in maps.items()]
    gone.append(("any ink, by lot", *(float(v) for v in deletion(scorer, crop, chance, shares[1:]))))
    like = {name: [likeness(maps[name], m, crop, target) for m in strange[name]] for name in METHODS}
    gray = (255 * (1 - crop)).astype(np.uint8)
    question = f"Why {names[0]}{f' and not {names[1]}' if names[1] else ''}?"
    measure = "Difference of the logits of the two classes" if names[1] else "Score of the detector"
    return [
        html.words(f"{question} {measure} on this crop: {scorer.value(crop):.4f}; the cross marks the place."),
        html.picture(_cross(gray, target), "the crop", 3),
        *(html.picture(_heat(gray, m), name, 3) for name, m in maps.items()),
        html.words("Red: speaks for it. Blue: speaks against it."),
        html.heading("Taken away"),
        html.table(("map", *(f"{s:.0%} of the ink gone" for s in shares[1:])), gone,
                   f"What is left of the {'difference' if names[1] else 'score'} when the ink that a map calls the "
                   "most important is blank; 1 is all of it. The sooner it falls, the better the map."),
        html.heading("Can the map fail? Kernels shuffled, from the answer towards the page"),
        html.table(("map", *(f"{s:.0%} shuffled" for s in STAGES), "says something of the network"),
                   [(name, *row, "yes" if abs(row[-1]) < ALIKE else "no: it fails") for name, row in like.items()],
                   "How alike (rank correlation, over the ink near the symbol) the map is to that of a network of "
                   f"which so many kernels were shuffled. One that still looks the same (above {ALIKE} either way) "
                   "when nothing is learnt any more shows the page and not the network: it fails."),
        *(html.picture(np.concatenate([_heat(gray, m) for m in (maps[name], *strange[name])], axis=1),
                       f"{name}: as trained, then {', '.join(f'{s:.0%}' for s in STAGES)} shuffled", 2)
          for name in METHODS),
    ]


METHODS = {"meaningful perturbation": perturbation, "integrated gradients": integrated_gradients,
           "guided backpropagation": guided_backpropagation}


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
