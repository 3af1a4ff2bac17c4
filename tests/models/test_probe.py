"""The information plane: bounds that hold for any data, and cases whose informations are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.crops import LabelledRaster, save_raster
from models.network import NetworkConfig, build
from models.probe import Probe, informations, probed_layers
from omr.types import Box, Symbol


def test_a_layer_that_is_the_class_knows_it_and_no_more() -> None:
    classes = np.repeat([0, 1, 2, 3], 25)
    features = np.stack([classes % 2, classes // 2], axis=1).astype(float)
    i_xt, i_ty, chance = informations(features, classes)
    # A hundred samples tell little of four classes in four bins by chance, and that little is subtracted.
    assert i_xt == pytest.approx(2) and i_ty + chance == pytest.approx(2) and 0 < chance < 0.15


def test_noise_knows_nothing_that_is_not_chance() -> None:
    rng = np.random.default_rng(0)
    features, classes = rng.normal(size=(20000, 6)), rng.integers(0, 4, 20000)
    i_xt, i_ty, _ = informations(features, classes)
    assert i_xt > 5 and 0 <= i_ty < 0.1
    assert informations(np.ones((30, 4)), classes[:30]) == (0.0, 0.0, 0.0)


def test_few_samples_of_noise_know_nothing_either() -> None:
    rng = np.random.default_rng(1)
    features, classes = rng.normal(size=(127, 24)), rng.integers(0, 20, 127)
    _, i_ty, chance = informations(features, classes)
    assert chance > 1 and i_ty < 0.1


def test_blocks_go_down_and_come_back_up() -> None:
    model = build(NetworkConfig(widths=(8, 8, 8, 8, 8), blocks=(1, 1, 1, 1), head_width=8, class_width=8))
    assert len(probed_layers(model)) == 8  # four residual blocks, four merges


def test_a_network_with_a_single_block_is_measured_too(tmp_path: Path) -> None:
    heads = tuple(Symbol(i, "noteheadBlack", Box(40, 20 * i, 50, 20 * i + 12)) for i in range(1, 9))
    save_raster(tmp_path / "0.npz", LabelledRaster(np.full((160, 192), 255, np.uint8), heads, ()))
    model = build(NetworkConfig(widths=(8, 8), blocks=(0,), head_width=8, class_width=8))
    (row,) = Probe([tmp_path / "0.npz"]).measure(model, 3)
    assert (row["step"], row["layer"], row["stride"], row["units"]) == (3, "block 1", 2, 8)
