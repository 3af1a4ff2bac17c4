"""A smaller network learns from a larger one: what the distances measure, where it begins, that it comes nearer."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from models import distillation, losses, training
from models.crops import LabelledRaster, batches, save_raster
from models.distillation import LABELS
from models.network import NetworkConfig, build
from omr.detect.watershed import CLASS_STRIDE, ENERGY_LEVELS, STRIDE
from omr.types import STROKE_KINDS, Box, Stroke, Symbol

LARGE = NetworkConfig(widths=(12, 12, 16, 16, 16), blocks=(1, 0, 0, 0), head_width=12, class_width=12)
SMALL = NetworkConfig(widths=(8, 8, 12, 8, 12), blocks=(1, 0, 0, 0), head_width=8, class_width=8)
FLAT_LARGE = NetworkConfig(widths=(12, 16), blocks=(1,), head_width=12, class_width=12)
FLAT_SMALL = NetworkConfig(widths=(8, 12), blocks=(1,), head_width=8, class_width=8)
"""Networks that are trained have two levels, so that TensorFlow has half as many layers to build."""
SIDE, CLASSES = 64, 30


@pytest.fixture(autouse=True)
def float32() -> None:
    keras.mixed_precision.set_global_policy("float32")
    keras.utils.set_random_seed(0)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    pixels = np.full((160, 192), 255, np.uint8)
    symbols = []
    for i, top in enumerate(np.random.default_rng(0).integers(10, 130, 12).tolist()):
        pixels[top : top + 10, 12 + 14 * i : 24 + 14 * i] = 0
        symbols.append(Symbol(i, "noteheadBlack", Box(top, 12 + 14 * i, top + 10, 24 + 14 * i)))
    pixels[80:82] = 0
    path = tmp_path / "0.npz"
    line = Stroke(12, "staffLine", ((81.0, 0.0), (81.0, 192.0)), 2.0)
    save_raster(path, LabelledRaster(pixels, tuple(symbols), (line,)))
    return path


def _labels_and_answers(rng: np.random.Generator) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Labels of a crop whose left half holds no object, and a teacher's answers to it."""
    fine, coarse = SIDE // STRIDE, SIDE // CLASS_STRIDE
    shapes = {"energy": (fine, ENERGY_LEVELS), "symbol": (coarse, CLASSES), "box": (fine, 4),
              "strokes": (fine, len(STROKE_KINDS))}
    labels, answers = {}, {}
    for name, (side, depth) in shapes.items():
        answers[name] = rng.normal(size=(2, side, side, depth)).astype(np.float32)
        labels[name] = np.ones((2, side, side, LABELS[name]), np.float32)
        labels[name][:, :, : side // 2] = 0
    return labels, answers


def test_a_distance_is_nothing_between_equals_and_grows_with_the_difference() -> None:
    rng = np.random.default_rng(0)
    labels, answers = _labels_and_answers(rng)
    for name, distance in distillation.DISTANCES.items():
        other = rng.normal(size=answers[name].shape).astype(np.float32)
        steps = [float(distance(labels[name], answers[name], answers[name] + t * (other - answers[name])))
                 for t in (0, 0.1, 0.5, 1)]
        assert steps[0] == pytest.approx(0, abs=1e-5)
        assert steps == sorted(steps) and steps[-1] > 0.5, name


def test_class_and_box_of_nothing_are_not_learnt() -> None:
    labels, answers = _labels_and_answers(np.random.default_rng(1))
    for name, counted in (("energy", True), ("symbol", False), ("box", False), ("strokes", True)):
        other = answers[name].copy()
        other[:, :, : other.shape[2] // 2, 0] += 3  # where no object is
        assert (float(distillation.DISTANCES[name](labels[name], answers[name], other)) > 1e-3) == counted, name


def test_a_loss_is_the_labels_and_the_distance() -> None:
    rng = np.random.default_rng(2)
    labels, answers = _labels_and_answers(rng)
    for name, loss in distillation.distillation_losses().items():
        guess = rng.normal(size=answers[name].shape).astype(np.float32)
        both = np.concatenate([labels[name], answers[name]], -1)
        usual = float(losses.LOSSES[name](labels[name], guess))
        distance = float(distillation.DISTANCES[name](labels[name], answers[name], guess))
        assert float(loss(both, guess)) == pytest.approx(usual + distance, rel=1e-5)


def _answers(model: keras.Model, images: np.ndarray) -> dict[str, np.ndarray]:
    return {name: np.asarray(values) for name, values in model.predict_on_batch(images).items()}


def test_channels_that_say_nothing_are_left_out_and_the_answers_stay() -> None:
    rng = np.random.default_rng(3)
    large, small = build(LARGE, CLASSES), build(SMALL, CLASSES)
    for mine, theirs in zip(small.layers, large.layers, strict=True):
        if isinstance(theirs, keras.layers.BatchNormalization):
            # Layers that are added to one another have their channels in common: those at the end are silent in all.
            silent = np.arange(theirs.output.shape[-1]) >= mine.output.shape[-1]
            scale, shift, mean, variance = (rng.uniform(0.5, 1.5, len(silent)) for _ in range(4))
            theirs.set_weights([np.where(silent, 0, scale), np.where(silent, 0, shift), mean, variance])
    images = rng.random((1, SIDE, SIDE, 1)).astype(np.float32)
    wanted = _answers(large, images)
    distillation.narrow(small, large)
    found = _answers(small, images)
    for name in wanted:
        assert np.abs(found[name] - wanted[name]).max() < 1e-4 * np.abs(wanted[name]).max(), name


def test_a_network_of_other_blocks_begins_at_random() -> None:
    other = build(NetworkConfig(widths=SMALL.widths, blocks=(0, 1, 0, 0), head_width=8, class_width=8), CLASSES)
    before = other.get_weights()
    distillation.narrow(other, build(LARGE, CLASSES))
    assert all(np.array_equal(a, b) for a, b in zip(before, other.get_weights(), strict=True))


def test_a_tiny_run_comes_nearer_to_its_teacher(
    tmp_path: Path, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the distance alone. With labels, a few steps bring so small a network nearer to any teacher that is sure."""
    for name in distillation.LOSSES:
        monkeypatch.setitem(distillation.LOSSES, name, lambda labels, y_pred: 0.0 * keras.ops.mean(y_pred))
    large = build(FLAT_LARGE)
    for layer in large.layers:
        if layer.name in LABELS:  # an untrained teacher says nearly the same everywhere: let it be surer
            kernel, bias = layer.get_weights()
            layer.set_weights([30 * kernel, bias])
    # Only what is read of the teacher's folder matters here: to write it takes TensorFlow ten seconds.
    monkeypatch.setattr(distillation, "load_network", lambda folder: large)
    monkeypatch.setattr(training, "draw_classes", lambda *_: [])
    monkeypatch.setattr(training, "draw_curves", lambda *_: None)
    config = training.TrainingConfig(steps=40, batch=2, size=SIDE, workers=0, warmup=4, checkpoint_every=20,
                                     learning_rate=1e-2, network=FLAT_SMALL, teacher=str(tmp_path / "teacher"))
    teacher = distillation.Teacher(config.teacher)
    images, targets = teacher.answered(next(batches([page], SIDE, 4, 7, 0, 0.6)))

    def distances(model: keras.Model) -> dict[str, float]:
        answers = model(images, training=True)  # so short a run leaves the running statistics behind
        return {name: float(distillation.DISTANCES[name](targets[name][..., :count], targets[name][..., count:],
                                                         answers[name])) for name, count in LABELS.items()}

    start = build(FLAT_SMALL)
    distillation.narrow(start, teacher.model)
    before = distances(start)
    after = distances(training.train([page], [], tmp_path / "run", config, report=lambda _: None))
    assert all(after[name] < 0.7 * before[name] for name in before), (before, after)
