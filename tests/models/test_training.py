"""The training loop on one tiny page: the cache inverts, the loss falls, a run goes on, TF and LiteRT agree."""

import dataclasses

import numpy as np
import pytest

from models.crops import CropSampler, LabelledRaster, load_raster, save_raster
from omr.types import Box, Stroke, Symbol

keras = pytest.importorskip("keras")


@pytest.fixture
def page():
    rng = np.random.default_rng(0)
    pixels = np.full((160, 192), 255, np.uint8)
    symbols = []
    for i in range(12):
        top, left = int(rng.integers(10, 130)), 12 + 14 * i
        pixels[top : top + 10, left : left + 12] = 0
        symbols.append(Symbol(i, "noteheadBlack", Box(top, left, top + 10, left + 12)))
    pixels[80:82] = 0
    return LabelledRaster(pixels, tuple(symbols), (Stroke(12, "staffLine", ((81.0, 0.0), (81.0, 192.0)), 2.0),))


def test_cache_round_trip(tmp_path, page):
    save_raster(tmp_path / "0.npz", page)
    again = load_raster(tmp_path / "0.npz")
    assert np.array_equal(again.pixels, page.pixels)
    assert again.symbols == page.symbols and again.strokes == page.strokes


def test_crops_are_seeded_and_labels_sit_on_ink(tmp_path, page):
    save_raster(tmp_path / "0.npz", page)
    a, b = (CropSampler([tmp_path / "0.npz"], 128, seed=3) for _ in range(2))
    image, targets = a.draw()
    again, _ = b.draw()
    assert np.array_equal(image, again)
    peak = targets["energy"][..., 0] >= 6
    if peak.any():
        inside = image.reshape(64, 2, 64, 2).mean(axis=(1, 3))[peak]
        assert inside.mean() < 100


def test_one_batch_learns_and_a_run_resumes(tmp_path, page):
    from models.network import NetworkConfig
    from models.training import TrainingConfig, read_history, train
    from omr.errors import DataError

    save_raster(tmp_path / "0.npz", page)
    tiny = NetworkConfig(widths=(8, 8, 8, 8, 8), blocks=(1, 1, 1, 1), head_width=8, class_width=8)
    config = TrainingConfig(steps=12, batch=2, size=64, workers=0, warmup=2, checkpoint_every=4, validate_every=12,
                            network=tiny)
    folder = tmp_path / "run"
    train([tmp_path / "0.npz"], [tmp_path / "0.npz"], folder, config, report=lambda _: None)
    history = read_history(folder)
    assert [row["step"] for row in history] == [4, 8, 12]
    assert history[-1]["loss"] < history[0]["loss"]
    assert (folder / "curves.png").exists() and (folder / "best.weights.h5").exists()
    # The same command on a finished run does nothing; another configuration is refused.
    train([tmp_path / "0.npz"], [], folder, config, report=lambda _: None)
    assert len(read_history(folder)) == 3
    with pytest.raises(DataError, match="another configuration"):
        train([tmp_path / "0.npz"], [], folder, dataclasses.replace(config, batch=3), report=lambda _: None)


def test_litert_agrees_with_keras(tmp_path, page):
    from models.network import NetworkConfig, build
    from models.training import predict_maps
    from models.weights import export, load_detector, load_network
    from omr.errors import WeightsError

    keras.mixed_precision.set_global_policy("float32")
    config = NetworkConfig(widths=(8, 8, 8, 8, 8), blocks=(1, 1, 1, 1), head_width=8, class_width=8)
    model = build(config)
    export(model, config, tmp_path / "w", {"note": "untrained"})
    ours = load_detector(tmp_path / "w").detect(page.pixels)
    theirs = predict_maps(load_network(tmp_path / "w"), page.pixels)
    for name in ("energy", "class_prob", "strokes"):
        assert np.abs(getattr(ours, name) - getattr(theirs, name)).max() < 0.02
    (tmp_path / "w" / "detector.tflite").write_bytes(b"x")
    load_detector.cache_clear()
    with pytest.raises(WeightsError, match="damaged"):
        load_detector(tmp_path / "w")
