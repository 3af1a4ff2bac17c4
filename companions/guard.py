"""`omr guard`: adversarial pages, what they do to the detector, and how they betray themselves.

Attacks: the fast gradient sign method (Goodfellow, Shlens and Szegedy, ICLR 2015) and projected gradient descent (Madry
et al., ICLR 2018), against the detector's own answers, no pixel moved by more than 4 or 8 of 255. Two detections:

* Local spatial entropy of feature responses (Amirian, Schwenker and Stadelmann, ANNPR 2018): the response map is what
  guided backpropagation (Springenberg et al. 2015) finds in the input for the network's answer; on a page as it was
  printed it follows the ink, under an attack it is scattered, and its mean local entropy is higher. Deviations: the
  network is fully convolutional, so the answer traced is the energy of all symbols, not the score of one class, and
  the map's levels are logarithmic, as responses in paper are a thousandth of those in ink.
* Feature squeezing (Xu, Evans and Qi, NDSS 2018): how far the energy moves if the page is smoothed between its edges.
  What is printed stays; what an attack added goes, and with it its effect. It takes two readings and no gradient, and
  is what `omr scan --guard` asks.

Cost: a quarter of a minute of computing a crop. Expected: squeezing has an area under the ROC curve of 0.9 or more for
every attack, the entropy about 0.8, and the entropy takes plain noise for an attack too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from companions import page as html
from companions.squeeze import LIMIT, shift
from omr.detect.watershed import CLASS_STRIDE, STRIDE, decode
from omr.files import replacing
from omr.types import STROKE_KINDS, DetectorMaps, Symbol

SIZE = 256
ATTACKS: dict[str, tuple[int, int]] = {"FGSM 4": (4, 1), "FGSM 8": (8, 1), "PGD 4": (4, 8), "PGD 8": (8, 8)}
"""Name -> (greatest change of a pixel, of 255; steps)."""
WINDOW = 9
"""Side of the neighbourhood whose entropy is taken, in pixels: a notehead's."""
LEVELS, DECADES = 32, 6


@dataclass(frozen=True, eq=False)
class Crop:
    """A piece of a page. ink: (SIZE, SIZE) float32, 1 = ink. kind: clean, scan or photo."""

    ink: np.ndarray
    kind: str


def attack(model: keras.Model, ink: np.ndarray, eps: int, steps: int, seed: int = 0) -> np.ndarray:
    """A crop (SIZE, SIZE) changed by at most eps of 255 in any pixel, in whole 255ths, so that the detector's answers
    become unlike those it gave."""
    image = tf.constant(ink[None, ..., None], tf.float32)
    level, label, sure = _answers(model, image)
    high = tf.cast(level > 0, tf.float32)
    rng = np.random.default_rng(seed)
    bound = eps / 255
    moved = image + (tf.constant(rng.uniform(-bound, bound, image.shape), tf.float32) if steps > 1 else 0.0)
    size = bound if steps == 1 else 2.5 * bound / steps
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(moved)
            out = model(moved, training=False)
            # Where symbols stand: over all cells, the much blank paper would outweigh them.
            lost = keras.losses.sparse_categorical_crossentropy(level, out["energy"], from_logits=True)
            loss = tf.reduce_sum(lost * high) / (tf.reduce_sum(high) + 1)
            wrong = keras.losses.sparse_categorical_crossentropy(label, out["symbol"], from_logits=True)
            loss += tf.reduce_sum(wrong * sure) / (tf.reduce_sum(sure) + 1)
        step = tf.sign(tape.gradient(loss, moved))
        moved = tf.clip_by_value(tf.clip_by_value(moved + size * step, image - bound, image + bound), 0, 1)
    whole = np.round(np.asarray(moved)[0, ..., 0] * 255)
    low, high = (np.clip(np.round(ink * 255) + d, 0, 255) for d in (-eps, eps))
    return (np.clip(whole, low, high) / 255).astype(np.float32)


def _answers(model: keras.Model, image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """What the network says now: energy level and class of every cell, and where there is a symbol."""
    out = model(image, training=False)
    level = tf.argmax(out["energy"], axis=-1)
    sure = tf.nn.avg_pool2d(tf.cast(level > 1, tf.float32)[..., None], 2, 2, "VALID")[..., 0]
    return level, tf.argmax(out["symbol"], axis=-1), sure


@keras.saving.register_keras_serializable("omr")
class GuidedReLU(keras.layers.Layer):
    """A ReLU that lets only positive gradients back, and only where it answers."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        @tf.custom_gradient
        def guided(value: tf.Tensor) -> tuple:
            answer = tf.nn.relu(value)
            return answer, lambda upstream: tf.cast(value > 0, value.dtype) * tf.nn.relu(upstream)

        return guided(x)


def guided(model: keras.Model) -> keras.Model:
    """The same network with guided ReLUs, for `response`."""
    def swap(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, keras.layers.ReLU):
            return GuidedReLU(name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    other = keras.models.clone_model(model, clone_function=swap)
    other.set_weights(model.get_weights())
    return other


def response(guide: keras.Model, ink: np.ndarray) -> np.ndarray:
    """(H, W) response map of a crop: the guided gradient of the energy of all that is found."""
    image = tf.constant(ink[None, ..., None], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(image)
        energy = guide(image, training=False)["energy"]
        found = tf.reduce_sum(tf.reduce_max(energy[..., 1:], axis=-1) - energy[..., 0])
    return np.abs(np.asarray(tape.gradient(found, image))[0, ..., 0])


def entropy_map(responses: np.ndarray) -> np.ndarray:
    """Local spatial entropy of a response map (H, W), in bits a pixel: -sum p log2 p of its values, from a millionth to
    1, counted in `LEVELS` levels of equal ratios over windows of `WINDOW` pixels."""
    from skimage.filters.rank import entropy as local

    share = np.log10(responses + 1e-9) / DECADES + 1
    levels = np.clip(share * (LEVELS - 1), 0, LEVELS - 1).astype(np.uint8)
    return np.asarray(local(levels, np.ones((WINDOW, WINDOW), np.uint8)))


def entropy(responses: np.ndarray) -> float:
    """The mean of `entropy_map`."""
    return float(entropy_map(responses).mean())


def maps_of(model: keras.Model, ink: np.ndarray) -> DetectorMaps:
    """The network's answer for a crop (H, W), as a scan's detector gives it."""
    out = {k: np.asarray(v) for k, v in model(ink[None, ..., None], training=False).items()}
    return to_maps(tf.nn.softmax(out["energy"]).numpy()[0], tf.nn.softmax(out["symbol"]).numpy()[0], out["box"][0])


def to_maps(levels: np.ndarray, classes: np.ndarray, box: np.ndarray) -> DetectorMaps:
    """Maps of the probabilities of energy levels (h, w, L) and classes, and of boxes; without strokes."""
    energy = levels @ (np.arange(levels.shape[-1], dtype=np.float32) / (levels.shape[-1] - 1))
    return DetectorMaps(energy=energy, class_prob=classes, box_size=box, stride=STRIDE, class_stride=CLASS_STRIDE,
                        strokes=np.zeros((*energy.shape, len(STROKE_KINDS)), np.float32))


def score(guide: keras.Model, ink: np.ndarray) -> float:
    """The entropy of a crop's response map: the higher, the likelier it was tampered with."""
    return entropy(response(guide, ink))


def energy_of(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """The network's expected energy as a function of ink (H, W)."""
    def energy(ink: np.ndarray) -> np.ndarray:
        chances = np.asarray(tf.nn.softmax(model(ink[None, ..., None], training=False)["energy"]))[0]
        return chances @ (np.arange(chances.shape[-1]) / (chances.shape[-1] - 1))

    return energy


def auc(clean: np.ndarray, attacked: np.ndarray) -> float:
    """Area under the ROC curve: how often an attacked crop scores above a clean one (ties count half)."""
    a, b = clean[:, None], attacked[None]
    return float((b > a).mean() + 0.5 * (b == a).mean())


def survivors(model: keras.Model, before: np.ndarray, after: np.ndarray, accept: Mapping[str, float] | None = None,
              ) -> tuple[int, int]:
    """(how many symbols of a crop are found again in the changed one, how many there were), as `shown` counts them."""
    found, again = (decode(maps_of(model, ink), accept=accept) for ink in (before, after))
    return kept(found, again), len(found)


def study(model: keras.Model, crops: Sequence[Crop], seed: int = 0, accept: Mapping[str, float] | None = None,
          state: Path | None = None) -> list[str]:
    """Attack every crop in every way, detect, and report, as parts of an HTML page.

    accept: least score by class, as a scan has it. state: a file to go on from, written after each crop; the caller
    sees to it that it is of the same crops.
    """
    guide, energy = guided(model), energy_of(model)
    found: dict[str, list[list[float]]] = json.loads(state.read_text()) if state and state.exists() else {}
    for i, crop in enumerate(tqdm(crops, desc="attacks", unit="crop", leave=False)):
        if str(i) in found:
            continue
        rows = []
        for name in KINDS:
            changed = changed_by(model, crop.ink, name, seed + i)
            rows.append([score(guide, changed), shift(energy, changed),
                         *survivors(model, crop.ink, changed, accept)])
        found[str(i)] = rows
        if state is not None:
            with replacing(state) as temporary:
                temporary.write_text(json.dumps(found))
    figures = np.array([found[str(i)] for i in range(len(crops))])  # (crops, kinds, 4)
    by = dict(zip(KINDS, figures.transpose(1, 2, 0), strict=True))  # kind -> (4, crops)
    clean = by.pop(UNTOUCHED)
    table = [(name, float(row[2].sum() / max(row[3].sum(), 1)), auc(clean[0], row[0]), auc(clean[1], row[1]))
             for name, row in by.items()]
    worst = worst_of(figures)
    return [
        html.words(f"{len(crops)} crops of {SIZE} pixels. An attack may change no pixel by more than the number behind "
                   "its name, of 255: FGSM adds ε sign(∇L) once, PGD many small steps of it. Noise of the same "
                   "size, without intent, is there to compare with: it hardly harms, and should not be called an "
                   "attack."),
        html.table(("attack", "share of symbols left", "AUC, entropy", "AUC, squeezing"), table,
                   f"AUC: how often an attacked crop has the higher value of the two when an untouched one stands "
                   f"beside it, .5 by guessing, over all pairs of {len(crops)} crops. In the last row it should be "
                   "low: noise is no attack."),
        html.words(f"The energy of untouched crops moves by {clean[1].max():.3f} at most when they are squeezed, "
                   f"{np.median(clean[1]):.3f} in the middle; a scan's guard doubts a page from {LIMIT} on."),
        html.plot(_boxes(clean, by), "each box: half of the crops; the line in it: their median"),
        *shown(model, guide, crops[worst].ink, seed + worst, accept),
    ]


UNTOUCHED, NOISE = "untouched", "noise 8"
KINDS = (UNTOUCHED, *ATTACKS, NOISE)


def worst_of(figures: np.ndarray) -> int:
    """Which crop loses the largest share of its symbols to the strongest attack: the one to look at.

    figures: (crops, kinds, 4), the last two how many symbols are left, and how many there were.
    """
    left, before = figures[:, KINDS.index("PGD 8"), 2:].T
    return int(((before - left) / np.maximum(before, 1)).argmax())


def changed_by(model: keras.Model, ink: np.ndarray, kind: str, seed: int) -> np.ndarray:
    """A crop as it is, under an attack, or under noise of the same size."""
    if kind == UNTOUCHED:
        return ink
    if kind == NOISE:
        dust = np.random.default_rng(seed).choice([-8, 8], ink.shape) / 255
        return np.clip(ink + dust, 0, 1).astype(np.float32)
    return attack(model, ink, *ATTACKS[kind], seed)


def shown(model: keras.Model, guide: keras.Model, ink: np.ndarray, seed: int, accept: Mapping[str, float] | None,
          ) -> list[str]:
    """The rows of the talk for one crop, untouched and attacked: what the network sees, what it responds to, the
    response's local entropy; then the symbols found before and after, and the difference that did it."""
    attacked = changed_by(model, ink, "PGD 8", seed)
    both = {UNTOUCHED: ink, "attacked (PGD, 8 of 255)": attacked}
    responses = {name: response(guide, i) for name, i in both.items()}
    entropies = {name: entropy_map(r) for name, r in responses.items()}
    highest = max(e.max() for e in entropies.values())
    found = {name: decode(maps_of(model, i), accept=accept) for name, i in both.items()}
    before, after = found.values()
    again = kept(before, after)
    amplified = np.clip(128 + (ink - attacked) * 255 * AMPLIFIED, 0, 255).astype(np.uint8)
    return [
        html.heading("What is attacked, what responds, and how scattered it is"),
        html.words("Of all crops the one that loses the largest share of its symbols to PGD at 8 of 255. Above "
                   "untouched, below attacked: the image, the response of the features (guided backpropagation), and "
                   f"its local spatial entropy, dark 0, bright {highest:.1f} bits."),
        *(html.row(html.picture(_gray(i), name, SHOWN),
                   html.picture(_bright(responses[name]), "feature response", SHOWN),
                   html.picture(_heat(entropies[name] / highest),
                                f"local entropy, {entropies[name].mean():.2f} bits in the mean", SHOWN))
          for name, i in both.items()),
        html.heading("Symbols before and after"),
        html.words(f"{len(before)} symbols before; {again} of them are found again, {len(before) - again} are lost. "
                   f"After the attack {len(after)} are found. Green: found again. Red: lost. Blue: not there before."),
        html.row(html.picture(_drawn(ink, before, after, (200, 0, 0)), "before; red: lost by the attack", SHOWN),
                 html.picture(_drawn(attacked, after, before, (0, 60, 220)), "after; blue: not there before", SHOWN),
                 html.picture(amplified, f"the difference, {AMPLIFIED} times as strong; gray: none", SHOWN)),
    ]


AMPLIFIED = 15
"""Times the difference is shown: 8 of 255 becomes nearly black or white."""
SHOWN = 2
"""Screen pixels to a pixel of a crop."""


def kept(before: Sequence[Symbol], after: Sequence[Symbol]) -> int:
    """How many symbols were found again: of the same class, their middles no farther apart than half their size."""
    return sum(is_among(s, after) for s in before)


def is_among(symbol: Symbol, others: Sequence[Symbol]) -> bool:
    near = max(symbol.box.height, symbol.box.width) / 2
    return any(o.name == symbol.name and np.hypot(*np.subtract(o.box.center, symbol.box.center)) <= near
               for o in others)


def _drawn(ink: np.ndarray, symbols: Sequence[Symbol], others: Sequence[Symbol], colour: tuple[int, int, int],
           ) -> np.ndarray:
    """Symbols of a crop in green where they are among the others, else in the colour."""
    import cv2

    rgb = np.stack([_gray(ink)] * 3, axis=-1).copy()
    for s in symbols:
        first, last = (int(s.box.left), int(s.box.top)), (int(s.box.right), int(s.box.bottom))
        cv2.rectangle(rgb, first, last, (0, 150, 0) if is_among(s, others) else colour, 1)
    return rgb


def _heat(values: np.ndarray) -> np.ndarray:
    from matplotlib import colormaps

    return (colormaps["magma"](np.clip(values, 0, 1))[..., :3] * 255).astype(np.uint8)


def _gray(ink: np.ndarray) -> np.ndarray:
    return (255 * (1 - ink)).astype(np.uint8)


def _bright(responses: np.ndarray) -> np.ndarray:
    return (255 * np.clip(responses / max(float(np.percentile(responses, 99)), 1e-12), 0, 1)).astype(np.uint8)


def _boxes(clean: np.ndarray, scores: dict[str, np.ndarray]) -> object:
    figure, axes = html.pyplot().subplots(1, 2, figsize=(13, 3.5))
    for i, (axis, title) in enumerate(zip(axes, ("mean local entropy, bits", "shift of the energy"), strict=True)):
        axis.boxplot([clean[i], *(s[i] for s in scores.values())], tick_labels=["untouched", *scores])
        axis.set(title=title)
        axis.tick_params(axis="x", labelsize=7)
    return figure
