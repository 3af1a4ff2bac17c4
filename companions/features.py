"""`omr explain features [PAGE ...]`: what each layer of the detector looks for, from strokes to symbols.

Feature visualisation (Olah, Mordvintsev and Schubert, Distill 2017): for some units of every block of the network, the
input that excites the unit most, found by gradient ascent from noise, with the two regularisers that make such pictures
legible, small shifts from step to step and an image that is smooth to begin with (a sum of waves whose high frequencies
weigh less); and beside it the patches of real pages that excite the unit most, as wide as what the unit can see.

Cost: about three minutes on two cores for eight units of each of nine blocks. Expected: near the input lines and edges
of one direction, in the middle corners, dots and heads, at the coarsest level whole clefs and groups, on the way back
up symbols at their places. Result: one HTML page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from companions import page as html

STEPS, RATE, SHIFT = 48, 0.05, 3
SIDE = {2: 32, 4: 64, 8: 96, 16: 128, 32: 192}
"""Side of the picture of a unit whose cells are so many pixels apart."""
UNITS, PATCHES = 8, 5
PAGE_SIDE = 512


def blocks(model: keras.Model) -> list[tuple[str, Any]]:
    """(name, output) of the stem and of every ReLU after a sum: the network's blocks, in the order of its layers."""
    relus = [layer for layer in model.layers if isinstance(layer, keras.layers.ReLU)]
    found = [("stem", relus[1].output)]
    for layer in relus:
        if isinstance(layer.input._keras_history.operation, keras.layers.Add):
            found.append((f"block {len(found)}", layer.output))
    return found


def dream(part: keras.Model, units: Sequence[int], side: int, seed: int = 0, steps: int = STEPS) -> np.ndarray:
    """(len(units), side, side) in 0..1, 1 = ink: for every unit of a layer the input that excites its middle most.

    part: the network up to the layer. All units are sought at once, an image each.
    """
    rng = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    weight = tf.constant(side / np.maximum(frequency, 1 / side) / 4, tf.float32)
    start = rng.normal(0, 0.01, (2, len(units), side, side // 2 + 1)).astype(np.float32)
    waves = tf.Variable(start)
    optimizer = keras.optimizers.Adam(RATE)
    chosen = tf.constant(list(units))

    def image() -> tf.Tensor:
        spectrum = tf.complex(waves[0] * weight, waves[1] * weight)
        return tf.sigmoid(tf.signal.irfft2d(spectrum, [side, side]) - 1.5)

    @tf.function
    def step(rows: tf.Tensor, cols: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            moved = tf.roll(image(), tf.stack([rows, cols]), [1, 2])
            answer = part(moved[..., None], training=False)
            middle = answer.shape[1] // 2
            excited = tf.gather(answer[:, middle, middle], chosen, axis=1)
            loss = -tf.reduce_sum(tf.linalg.diag_part(excited)) + 0.05 * tf.reduce_sum(tf.reduce_mean(moved, (1, 2)))
        optimizer.apply_gradients([(tape.gradient(loss, waves), waves)])

    for _ in range(steps):
        step(*(tf.constant(int(v)) for v in rng.integers(-SHIFT, SHIFT + 1, 2)))
    return np.asarray(image())


def exciting(answers: np.ndarray, ink: np.ndarray, unit: int, side: int, count: int = PATCHES) -> list[np.ndarray]:
    """The `count` patches (side, side) of pages ink (B, H, W) whose cells excite a unit most, each cell at least half
    a patch away from those before it. answers: (B, h, w, units)."""
    values = answers[..., unit].copy()
    stride = ink.shape[1] // values.shape[1]
    reach = max(side // (2 * stride), 1)
    padded = np.pad(ink, ((0, 0), (side // 2, side // 2), (side // 2, side // 2)))
    patches = []
    for _ in range(count):
        b, r, c = np.unravel_index(int(values.argmax()), values.shape)
        if values[b, r, c] <= 0:
            break
        top, left = int(r) * stride + stride // 2, int(c) * stride + stride // 2
        patches.append(padded[b, top:top + side, left:left + side])
        values[b, max(r - reach, 0):r + reach + 1, max(c - reach, 0):c + reach + 1] = 0
    return patches


def explain(model: keras.Model, ink: np.ndarray, units: int = UNITS, seed: int = 0, steps: int = STEPS) -> list[str]:
    """The parts of an HTML page. ink: (B, PAGE_SIDE, PAGE_SIDE) float32 pieces of real pages, 1 = ink."""
    layers = blocks(model)
    answers = keras.Model(model.input, [output for _, output in layers])
    seen = [np.concatenate(parts) for parts in zip(
        *([np.asarray(a) for a in answers(page[None, ..., None])] for page in ink), strict=True)]
    rng = np.random.default_rng(seed)
    parts = [html.words("On the left of each row, the input that excites the unit most, on the right the places of "
                        "real pages that do. Blocks are in the order in which the page goes through the network: down "
                        "to the coarsest, and back up.")]
    for (name, output), answer in tqdm(list(zip(layers, seen, strict=True)), desc="blocks", leave=False):
        stride = ink.shape[1] // answer.shape[1]
        side = SIDE[stride]
        alive = np.flatnonzero(answer.reshape(-1, answer.shape[-1]).max(axis=0) > 0)
        chosen = sorted(rng.choice(alive, min(units, len(alive)), replace=False).tolist())
        # Before its ReLU, a unit that does not answer to noise still has a gradient.
        before = output._keras_history.operation.input
        pictures = dream(keras.Model(model.input, before), chosen, side, seed, steps)
        rows = []
        for unit, dreamt in zip(chosen, pictures, strict=True):
            patches = exciting(answer, ink, unit, side)
            blank = [np.zeros((side, side))] * (PATCHES - len(patches))
            row = [np.pad(1 - p, 2, constant_values=0.8) for p in (dreamt, *patches, *blank)]
            rows.append(np.hstack(row))
        grid = (255 * np.clip(np.vstack(rows), 0, 1)).astype(np.uint8)
        parts += [html.heading(f"{name}: {answer.shape[-1]} units, a cell every {stride} px, "
                               f"{len(alive)} of them alive on these pages"),
                  html.picture(grid, f"{name}, units {', '.join(map(str, chosen))}: the input that excites each most, "
                               "and places of pages", 2 if side < 100 else 1)]
    return parts
