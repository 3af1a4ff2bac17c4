"""Training on several devices, with the means of Keras and its backend.

Every device has the whole model, and gets its share of each batch: by `tf.distribute.MirroredStrategy` on TensorFlow,
by `keras.distribution.DataParallel` on JAX. Gradients are averaged. Statistics for normalisation, and the numbers by
which losses are divided, are those of a device's share. So two devices with a batch of 8 train like one device with
batches of 4 and averaged gradients.
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
    """A loss that gives one number for each batch, in the form that Keras needs. It would not average a lone scalar
    over devices."""

    def one(y_true: Any, y_pred: Any) -> Any:
        return keras.ops.expand_dims(loss(y_true, y_pred), 0)

    one.__name__ = loss.__name__
    return one


class Devices:
    """`count` devices of the first available kind: GPUs, or else CPUs (which TensorFlow can divide into virtual ones).

    Raises DataError if there are fewer, or if the batch cannot be divided among them.
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
        """A context in which models and optimisers are built."""
        return self._strategy.scope() if self._strategy is not None else contextlib.nullcontext()

    def prepare(self, model: keras.Model, batch: Batch) -> None:
        """Show the losses of a compiled model one batch, before its first step.

        Keras creates the variables for their means when these are first used. If that happened in the first step,
        TensorFlow would build the graph of the step a second time, and could not find out their shapes from the shares
        of several devices.
        """
        if keras.backend.backend() == "tensorflow":
            images, targets = batch
            with self.scope():
                model.compute_loss(images, targets, model(images, training=False))

    def share(self, batch: Batch) -> Batch:
        """The batch in the form that `train_on_batch` takes: unchanged, or each device's share of every array."""
        if self._strategy is None:
            return batch

        def shares(values: np.ndarray) -> Any:
            parts = np.split(values, self.count)
            pick: Callable[[Any], Any] = lambda context: keras.ops.convert_to_tensor(  # noqa: E731
                parts[context.replica_id_in_sync_group])
            return self._strategy.experimental_distribute_values_from_function(pick)

        images, targets = batch
        return shares(images), {name: shares(values) for name, values in targets.items()}
