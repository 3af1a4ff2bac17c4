"""Training on several devices, by what Keras and its backend have for that.

Every device holds the whole model and takes its share of each batch: `tf.distribute.MirroredStrategy` on TensorFlow,
`keras.distribution.DataParallel` on JAX. Gradients are averaged. Normalisation statistics and what the losses divide by
are those of a device's share: two devices with a batch of 8 train as one with batches of 4 and averaged gradients.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from omr.errors import DataError

Batch = tuple[np.ndarray, dict[str, np.ndarray]]


def reduced(loss: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A loss that gives one number a batch, as Keras takes it: a lone scalar it would not average over devices."""

    def one(y_true: Any, y_pred: Any) -> Any:
        return keras.ops.expand_dims(loss(y_true, y_pred), 0)

    one.__name__ = loss.__name__
    return one


class Devices:
    """`count` devices of the first kind there is: GPUs, else CPUs (which TensorFlow can divide into virtual ones).

    Raises DataError if there are not so many, or the batch does not divide among them.
    """

    def __init__(self, count: int, batch: int) -> None:
        if batch % count:
            raise DataError(f"a batch of {batch} crops does not divide among {count} devices")
        self.count = count
        self._strategy: Any = None
        if count == 1:
            return
        if keras.backend.backend() == "jax":
            names = keras.distribution.list_devices()
            self._require(len(names))
            keras.distribution.set_distribution(keras.distribution.DataParallel(devices=names[:count]))
        else:
            import tensorflow as tf

            devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
            self._require(len(devices))
            self._strategy = tf.distribute.MirroredStrategy([d.name for d in devices[:count]])

    def _require(self, there: int) -> None:
        if there < self.count:
            raise DataError(f"there are {there} devices, not {self.count}")

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """Models and optimisers are built inside."""
        return self._strategy.scope() if self._strategy is not None else contextlib.nullcontext()

    def prepare(self, model: keras.Model, batch: Batch) -> None:
        """Let the losses of a compiled model see a batch, before its first step.

        Keras makes the variables of their means when they are first asked. Within the first step TensorFlow would draw
        up the graph of the step a second time for that, and from the shares of several devices it could not tell their
        shapes.
        """
        if keras.backend.backend() == "tensorflow":
            images, targets = batch
            with self.scope():
                model.compute_loss(images, targets, model(images, training=False))

    def share(self, batch: Batch) -> Batch:
        """The batch as `train_on_batch` takes it: as it is, or each device's share of every array."""
        if self._strategy is None:
            return batch

        def shares(values: np.ndarray) -> Any:
            parts = np.split(values, self.count)
            pick: Callable[[Any], Any] = lambda context: keras.ops.convert_to_tensor(  # noqa: E731
                parts[context.replica_id_in_sync_group])
            return self._strategy.experimental_distribute_values_from_function(pick)

        images, targets = batch
        return shares(images), {name: shares(values) for name, values in targets.items()}
