"""A generator and a critic that grow from 4 x 4 to 32 x 32 pixels, after Karras et al. (2018); see companions/faces.py.

Both hold their layers for every size from the start; a call names the size in use and how far its layers are faded in.
"""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

SIZES = (4, 8, 16, 32)
WIDTHS = {4: 64, 8: 48, 16: 32, 32: 16}  # channels at each size
LATENT = 64


class Equalised(keras.layers.Layer):
    """A k x k convolution whose weights start at variance 1 and are scaled when used, so all learn at one rate."""

    def __init__(self, inputs: int, outputs: int, k: int, gain: float, seed: int) -> None:
        super().__init__()
        start = keras.initializers.RandomNormal(0, 1, seed=seed)
        self.kernel = self.add_weight(shape=(k, k, inputs, outputs), initializer=start)
        self.bias = self.add_weight(shape=(outputs,), initializer="zeros")
        self.scale = float(gain / np.sqrt(k * k * inputs))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.conv2d(x, self.kernel * self.scale, 1, "SAME") + self.bias


def _lively(x: tf.Tensor) -> tf.Tensor:
    return tf.nn.leaky_relu(x, 0.2)


def _pixel_norm(x: tf.Tensor) -> tf.Tensor:
    return x * tf.math.rsqrt(tf.reduce_mean(x**2, -1, keepdims=True) + 1e-8)


def double(x: tf.Tensor) -> tf.Tensor:
    """(B, s, s, C) -> (B, 2s, 2s, C), each pixel four times."""
    return tf.repeat(tf.repeat(x, 2, 1), 2, 2)


def halve(x: tf.Tensor) -> tf.Tensor:
    """(B, s, s, C) -> (B, s/2, s/2, C), the mean of each four pixels."""
    return tf.nn.avg_pool2d(x, 2, 2, "VALID")


class Network:
    """What generator and critic share: layers by name, and the weights of those in use at a size."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.layers: dict[str, tuple[int, Equalised]] = {}

    def add(self, name: str, size: int, inputs: int, outputs: int, k: int = 3, gain: float = 2**0.5) -> None:
        self.layers[name] = size, Equalised(inputs, outputs, k, gain, seed=self.seed + len(self.layers))

    def run(self, name: str, x: tf.Tensor) -> tf.Tensor:
        return self.layers[name][1](x)

    def weights(self, size: int | None = None) -> list[keras.Variable]:
        """The weights in use at a size, or all: the way to and from colours is left behind two sizes later."""
        used = []
        for name, (at, layer) in self.layers.items():
            if size is None or at == size or at == size // 2 or (at < size and not name.startswith("rgb")):
                used += layer.trainable_variables
        return used


class Generator(Network):
    """(B, LATENT) normal noise -> (B, size, size, 3), about -1 to 1."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.add("seed", 4, LATENT, 16 * WIDTHS[4], k=1, gain=2**0.5 / 4)
        self.add("4b", 4, WIDTHS[4], WIDTHS[4])
        for before, size in zip(SIZES, SIZES[1:], strict=False):
            self.add(f"{size}a", size, WIDTHS[before], WIDTHS[size])
            self.add(f"{size}b", size, WIDTHS[size], WIDTHS[size])
        for size in SIZES:
            self.add(f"rgb{size}", size, WIDTHS[size], 3, k=1, gain=1)

    def __call__(self, noise: tf.Tensor, size: int, share: float | tf.Tensor) -> tf.Tensor:
        """share: how far the newest layers are faded in, 0 to 1."""
        x = self.run("seed", _pixel_norm(noise)[:, None, None, :])
        x = _pixel_norm(_lively(tf.reshape(x, (-1, 4, 4, WIDTHS[4]))))
        x = _pixel_norm(_lively(self.run("4b", x)))
        old = x
        for at in [s for s in SIZES[1:] if s <= size]:
            old, x = x, double(x)
            x = _pixel_norm(_lively(self.run(f"{at}a", x)))
            x = _pixel_norm(_lively(self.run(f"{at}b", x)))
        rgb = self.run(f"rgb{size}", x)
        if size == SIZES[0]:
            return rgb
        return share * rgb + (1 - share) * double(self.run(f"rgb{size // 2}", old))


class Critic(Network):
    """(B, size, size, 3) -> (B,), high for what looks real. The generator's mirror image."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        for before, size in zip(SIZES, SIZES[1:], strict=False):
            self.add(f"{size}a", size, WIDTHS[size], WIDTHS[size])
            self.add(f"{size}b", size, WIDTHS[size], WIDTHS[before])
        for size in SIZES:
            self.add(f"rgb{size}", size, 3, WIDTHS[size], k=1)
        self.add("4a", 4, WIDTHS[4] + 1, WIDTHS[4])
        self.add("4b", 4, 16 * WIDTHS[4], WIDTHS[4], k=1)
        self.add("score", 4, WIDTHS[4], 1, k=1, gain=1)

    def __call__(self, picture: tf.Tensor, size: int, share: float | tf.Tensor) -> tf.Tensor:
        x = _lively(self.run(f"rgb{size}", picture))
        for at in [s for s in reversed(SIZES[1:]) if s <= size]:
            x = halve(_lively(self.run(f"{at}b", _lively(self.run(f"{at}a", x)))))
            if at == size:
                x = share * x + (1 - share) * _lively(self.run(f"rgb{at // 2}", halve(picture)))
        # A generator that draws one face over and over betrays itself by how little its batch varies.
        spread = tf.reduce_mean(tf.sqrt(tf.math.reduce_variance(x, axis=0) + 1e-8))
        x = tf.concat([x, tf.fill(tf.concat([tf.shape(x)[:3], [1]], 0), spread)], -1)
        x = tf.reshape(_lively(self.run("4a", x)), (-1, 1, 1, 16 * WIDTHS[4]))
        return self.run("score", _lively(self.run("4b", x)))[:, 0, 0, 0]
