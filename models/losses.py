"""Losses of the four heads (for energy, class and box those of Tuggener et al. 2018; the loss for strokes is ours).

The paper divides every loss by its running mean. Constant weights that bring the four to one scale do the same without
any state, so that a step is a pure function on every backend.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

WEIGHTS = {"energy": 2.0, "symbol": 1.0, "box": 1.0, "strokes": 2.0}


def energy_loss(y_true: Any, y_pred: Any) -> Any:
    """Cross entropy over quantised energy. Cells inside objects count more. y_true (B, h, w, 2): level or -1 (unknown),
    object weight."""
    known = ops.cast(y_true[..., 0] >= 0, y_pred.dtype)
    level = ops.cast(ops.maximum(y_true[..., 0], 0), "int32")
    weight = known * (1 + 3 * y_true[..., 1])
    return ops.mean(weight * ops.sparse_categorical_crossentropy(level, y_pred, from_logits=True))


def symbol_loss(y_true: Any, y_pred: Any) -> Any:
    """Cross entropy of the class, without background. y_true (B, h, w, 2): class id or -1, object weight."""
    weight = y_true[..., 1]
    target = ops.cast(ops.maximum(y_true[..., 0], 0), "int32")
    loss = ops.sparse_categorical_crossentropy(target, y_pred, from_logits=True)
    return ops.sum(weight * loss) / (ops.sum(weight) + 1.0)


def box_loss(y_true: Any, y_pred: Any) -> Any:
    """Huber loss of offsets and log sizes, without background. y_true (B, h, w, 5): the four values, object weight."""
    weight = y_true[..., 4]
    error = ops.abs(y_true[..., :4] - y_pred)
    huber = ops.where(error < 0.1, 5 * error * error, error - 0.05)
    return ops.sum(weight * ops.sum(huber, axis=-1)) / (ops.sum(weight) + 1.0)


def stroke_loss(y_true: Any, y_pred: Any) -> Any:
    """Cross entropy against the ink's coverage, plus a Dice term for each kind over the batch, so that rare kinds
    count.

    y_true (B, h, w, K): coverage 0-1, or -1 where it is unknown.
    """
    known = ops.cast(y_true >= 0, y_pred.dtype)
    y_true = ops.maximum(y_true, 0)
    cross = ops.maximum(y_pred, 0) - y_pred * y_true + ops.log1p(ops.exp(-ops.abs(y_pred)))
    cross = ops.mean(ops.sum(known * cross * (1 + 2 * y_true), axis=-1))
    ink = known * ops.sigmoid(y_pred)
    axes = (0, 1, 2)
    overlap = 2 * ops.sum(ink * y_true, axis=axes) + 50.0
    dice = 1 - overlap / (ops.sum(ink * ink, axis=axes) + ops.sum(y_true * y_true, axis=axes) + 50.0)
    return cross + 0.5 * ops.mean(dice)


LOSSES = {"energy": energy_loss, "symbol": symbol_loss, "box": box_loss, "strokes": stroke_loss}


class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Learning rate: a linear warm-up, then a cosine down to a hundredth of the peak (Loshchilov & Hutter 2017)."""

    def __init__(self, peak: float, steps: int, warmup: int = 200) -> None:
        self.peak, self.steps, self.warmup = peak, steps, warmup

    def __call__(self, step: Any) -> Any:
        step = ops.cast(step, "float32")
        warm = step / self.warmup
        done = ops.clip((step - self.warmup) / max(self.steps - self.warmup, 1), 0.0, 1.0)
        return self.peak * ops.where(step < self.warmup, warm, 0.01 + 0.99 * 0.5 * (1 + ops.cos(done * 3.14159265)))

    def get_config(self) -> dict[str, Any]:
        return {"peak": self.peak, "steps": self.steps, "warmup": self.warmup}
