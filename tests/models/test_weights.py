"""Weights for training on: a longer class table starts from a shorter one's."""

from __future__ import annotations

import numpy as np

from models.distillation import filled as extended


def test_a_longer_table_starts_from_what_a_shorter_one_knew() -> None:
    rng = np.random.default_rng(0)
    for shape in ((1, 1, 4, 3), (3,)):
        old = rng.normal(size=shape)
        new = rng.normal(size=(*shape[:-1], 5))
        longer = extended(new, old)
        assert np.array_equal(longer[..., :3], old)
        if len(shape) > 1:
            assert np.array_equal(longer[..., 3:], new[..., 3:])
        else:
            assert (longer[3:] < old.min()).all()
    same = rng.normal(size=(3, 3, 2, 2))
    assert np.array_equal(extended(rng.normal(size=same.shape), same), same)
