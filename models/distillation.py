"""A smaller network that learns from a larger one (Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural
Network", 2015). In addition to the labels of a crop, it learns what the larger network, its teacher, answers there.

The teacher's answers are stored with the targets: each head's y_true consists of the labels, as `models.losses` takes
them, followed by the teacher's logits or values. A distance is 0 where both networks give the same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from models.losses import LOSSES
from models.weights import load_network
from omr.detect.runtime import shipped
from omr.types import STROKE_KINDS

Batch = tuple[np.ndarray, dict[str, np.ndarray]]

LABELS = {"energy": 2, "symbol": 2, "box": 5, "strokes": len(STROKE_KINDS)}
"""How many values of a cell in each head's y_true are labels. The values after them are the teacher's."""


class Teacher:
    """The network of a weights folder, whose answers a smaller network learns. folder: "shipped" stands for the
    package's. Raises WeightsError."""

    def __init__(self, folder: str) -> None:
        self.model = load_network(shipped() if folder == "shipped" else Path(folder))

    def answered(self, batch: Batch) -> Batch:
        """The batch with the teacher's answers after the labels."""
        images, labels = batch
        answers = self.model.predict_on_batch(images)
        return images, {name: np.concatenate([labels[name], answers[name]], -1) for name in labels}


def distillation_losses() -> dict[str, Callable[[Any, Any], Any]]:
    """The losses of `models.losses`, each with the distance to the teacher's answers added to it."""
    return {name: _with_distance(name) for name in LOSSES}


def _with_distance(name: str) -> Callable[[Any, Any], Any]:
    count = LABELS[name]

    def loss(y_true: Any, y_pred: Any) -> Any:
        labels, answers = y_true[..., :count], y_true[..., count:]
        return LOSSES[name](labels, y_pred) + DISTANCES[name](labels, answers, y_pred)

    loss.__name__ = f"{name}_loss"
    return loss


def energy_distance(labels: Any, answers: Any, y_pred: Any) -> Any:
    """Kullback-Leibler divergence of the energy levels, in every cell. Cells inside objects count more, as in training
    with labels.

    labels: y_true of `energy_loss`.
    answers, y_pred: (B, h, w, ENERGY_LEVELS) logits.
    """
    return ops.mean((1 + 3 * labels[..., 1]) * _divergence(answers, y_pred))


def symbol_distance(labels: Any, answers: Any, y_pred: Any) -> Any:
    """Kullback-Leibler divergence of the classes in cells with an object; nobody reads the classes of other cells.

    labels: y_true of `symbol_loss`.
    answers: (B, h, w, C) logits of a teacher that may know only the first C classes.
    """
    weight = labels[..., 1]
    return ops.sum(weight * _divergence(answers, y_pred[..., : answers.shape[-1]])) / (ops.sum(weight) + 1.0)


def box_distance(labels: Any, answers: Any, y_pred: Any) -> Any:
    """Absolute differences of offsets and log sizes in cells with an object. labels: y_true of `box_loss`."""
    weight = labels[..., 4]
    return ops.sum(weight * ops.sum(ops.abs(answers - y_pred), axis=-1)) / (ops.sum(weight) + 1.0)


def stroke_distance(labels: Any, answers: Any, y_pred: Any) -> Any:
    """Kullback-Leibler divergence of ink or no ink for each kind, in every cell. Ink counts more, as in training with
    labels. labels: y_true of `stroke_loss`, not used: the teacher also answers where nobody has labelled anything."""
    ink = ops.sigmoid(answers)
    # log(ink / guess) = softplus(-guess's logit) - softplus(-ink's logit). For no ink, + stands in place of -.
    divergence = (ink * (ops.softplus(-y_pred) - ops.softplus(-answers))
                  + (1 - ink) * (ops.softplus(y_pred) - ops.softplus(answers)))
    return ops.mean(ops.sum((1 + 2 * ink) * divergence, axis=-1))


def _divergence(answers: Any, y_pred: Any) -> Any:
    """Kullback-Leibler divergence from `answers` to `y_pred`, both logits over the last axis."""
    known, guess = ops.log_softmax(answers, axis=-1), ops.log_softmax(y_pred, axis=-1)
    return ops.sum(ops.exp(known) * (known - guess), axis=-1)


DISTANCES = {"energy": energy_distance, "symbol": symbol_distance, "box": box_distance, "strokes": stroke_distance}


def narrow(student: keras.Model, teacher: keras.Model) -> None:
    """Start a student network with the most important channels of its teacher. Their layers must be the same except for
    their width.

    The importance of a channel is its variation (the scale of its normalisation) times what the following convolutions
    make of it (the norm of their weights for it). Layers whose outputs are added up keep the same channels.
    """
    if [type(layer) for layer in student.layers] != [type(layer) for layer in teacher.layers]:
        return
    group = _groups(teacher)
    spread: dict[int, Any] = {}
    read: dict[int, Any] = {}
    for layer in teacher.layers:
        if isinstance(layer, layers.BatchNormalization):
            spread[group[layer.name]] = spread.get(group[layer.name], 0) + layer.get_weights()[0] ** 2
        elif isinstance(layer, layers.Conv2D):
            source = group[_sources(layer)[0].name]
            read[source] = read.get(source, 0) + (layer.get_weights()[0] ** 2).sum(axis=(0, 1, 3))
    kept = {}
    for mine, theirs in zip(student.layers, teacher.layers, strict=True):
        key, width = group[theirs.name], mine.output.shape[-1]
        importance = spread.get(key, 0) * read[key] if key in spread else np.zeros(theirs.output.shape[-1])
        kept[key] = np.sort(np.argsort(-importance, kind="stable")[:width])
        if isinstance(theirs, layers.Conv2D):
            rows = kept[group[_sources(theirs)[0].name]]
            kernel, *bias = theirs.get_weights()
            weights = [kernel[:, :, rows][..., kept[key]], *(b[kept[key]] for b in bias)]
        else:
            weights = [w[kept[key]] for w in theirs.get_weights()]
        mine.set_weights([filled(new, old) for new, old in zip(mine.get_weights(), weights, strict=True)])


def filled(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """`new`, with `old` as the beginning of its last axis. The last axis of `new` may be longer, for classes that were
    not known before. Their kernels stay as they are, and their biases make them the least likely classes."""
    merged = new.copy()
    merged[..., : old.shape[-1]] = old
    if merged.ndim == 1:
        merged[old.shape[-1]:] = old.min() - 2.0
    return merged


def _sources(layer: Any) -> list[Any]:
    """The layers whose outputs are inputs of a layer."""
    return [tensor._keras_history.operation for tensor in keras.tree.flatten(layer.input)]


def _groups(model: keras.Model) -> dict[str, int]:
    """Layer name -> number of its group. The outputs of the layers in one group have the same channels."""
    group: dict[str, int] = {}
    for number, layer in enumerate(model.layers):
        if isinstance(layer, layers.Conv2D | layers.InputLayer):
            group[layer.name] = number
            continue
        joined = {group[source.name] for source in _sources(layer)}
        group.update({name: min(joined) for name, key in group.items() if key in joined})
        group[layer.name] = min(joined)
    return group
