"""The deep watershed network: one fully convolutional network, four heads.

Keras 3, `keras.ops` and layers only: the same code and the same weights run on TensorFlow, JAX and PyTorch.
A U-Net of residual blocks (He et al. 2016; Ronneberger et al. 2015) whose finest level is stride 2: a staff space
is five cells there, enough to tell neighbouring beams and heads apart, at a quarter of full resolution's cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from omr.detect.watershed import ENERGY_LEVELS
from omr.types import STROKE_KINDS
from omr.types.vocabulary import NAMES


@dataclass(frozen=True)
class NetworkConfig:
    """Size of a network.

    widths: number of channels of each level, at stride 2, 4, 8 and so on. There are two to five levels.
    blocks: number of residual blocks of each level but the first.
    """

    widths: tuple[int, ...] = (24, 48, 96, 128, 160)
    blocks: tuple[int, ...] = (1, 1, 2, 2)
    head_width: int = 32
    class_width: int = 64


def build(config: NetworkConfig, classes: int = len(NAMES)) -> keras.Model:
    """The network, for the first so many classes of the table.

    Input (B, H, W, 1) float, 0 = paper, 1 = ink; H and W multiples of 32.

    Outputs, a dict of logits and values:
      energy (B, H/2, W/2, ENERGY_LEVELS), box (B, H/2, W/2, 4), strokes (B, H/2, W/2, K),
      symbol (B, H/4, W/4, C).
    """

    def conv(x: Any, width: int, size: int = 3, strides: int = 1, activation: bool = True) -> Any:
        x = layers.Conv2D(width, size, strides, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.97, epsilon=1e-3)(x)
        return layers.ReLU()(x) if activation else x

    def residual(x: Any) -> Any:
        width = x.shape[-1]
        y = conv(conv(x, width), width, activation=False)
        return layers.ReLU()(layers.Add()([x, y]))

    def merge(x: Any, skip: Any) -> Any:
        """Up one level: coarse features brought to the skip's width, added to it, then mixed."""
        x = layers.UpSampling2D(2)(conv(x, skip.shape[-1], 1, activation=False))
        return layers.ReLU()(layers.Add()([x, skip]))

    ink = keras.Input((None, None, 1), name="ink")
    w2, *coarser = config.widths
    x = conv(ink, w2, 3, 2)  # (B, H/2, W/2, w2)
    x = conv(x, w2)
    levels = [x]
    for width, blocks in zip(coarser, config.blocks, strict=True):
        x = conv(x, width, 3, 2)
        for _ in range(blocks):
            x = residual(x)
        levels.append(x)
    for skip in reversed(levels[1:-1]):
        x = conv(merge(x, skip), skip.shape[-1])  # at the end (B, H/4, W/4, w4)
    symbol = conv(x, config.class_width, 3)
    symbol = layers.Conv2D(classes, 1, name="symbol", dtype="float32")(symbol)
    x = merge(x, levels[0])  # (B, H/2, W/2, w2)
    x = conv(x, config.head_width)
    return keras.Model(
        ink,
        {
            "energy": layers.Conv2D(ENERGY_LEVELS, 1, name="energy", dtype="float32")(x),
            "box": layers.Conv2D(4, 1, name="box", dtype="float32")(x),
            "strokes": layers.Conv2D(
                len(STROKE_KINDS), 1, name="strokes", dtype="float32",
                bias_initializer=keras.initializers.Constant(-3.0),  # most cells hold no stroke
            )(x),
            "symbol": symbol,
        },
        name="deep_watershed",
    )
