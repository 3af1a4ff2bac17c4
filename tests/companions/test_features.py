"""Pictures of units whose taste is known, and places that excite them."""

from __future__ import annotations

import keras
import numpy as np

from companions.features import blocks, dream, exciting
from models.network import NetworkConfig, build


def test_a_unit_that_likes_upright_lines_dreams_of_one() -> None:
    ink = keras.Input((None, None, 1))
    part = keras.Model(ink, keras.layers.Conv2D(2, 21, padding="same", use_bias=False)(ink))
    kernel = np.full((21, 21, 1, 2), -0.1, np.float32)
    kernel[:, 8:13, 0, 0] = 0.8
    kernel[8:13, :, 0, 1] = 0.8
    part.set_weights([kernel])
    upright, level = dream(part, [0, 1], 32, steps=60)
    for picture, along in ((upright, 0), (level, 1)):
        middle = picture[6:27, 6:27]
        assert np.ptp(middle.mean(axis=along)) > 2 * np.ptp(middle.mean(axis=1 - along))
    assert (dream(part, [0, 1], 32, steps=2, seed=1) == dream(part, [0, 1], 32, steps=2, seed=1)).all()


def test_places_are_the_strongest_and_apart() -> None:
    ink = np.zeros((1, 64, 64), np.float32)
    ink[0, 8:12, 8:12], ink[0, 40:44, 50:54] = 0.9, 1.0
    answers = ink[:, ::2, ::2, None]
    first, second = exciting(answers, ink, 0, 16, count=2)
    assert first.max() == 1.0 and second.max() == np.float32(0.9)
    assert exciting(np.zeros_like(answers), ink, 0, 16) == []


def test_blocks_are_named_in_the_network_s_order() -> None:
    names = [name for name, _ in blocks(build(NetworkConfig((8,) * 5, (1,) * 4, 8, 8)))]
    assert names == ["stem", *(f"block {i}" for i in range(1, 9))]
