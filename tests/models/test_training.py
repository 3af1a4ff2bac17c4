"""The training loop on one tiny page: the cache inverts, the loss falls, a run goes on, TF and ONNX Runtime agree."""

import dataclasses
import shutil

import keras
import numpy as np
import pytest
from PIL import Image

from models.crops import CropSampler, LabelledRaster, load_raster, save_raster
from models.pictures import SAMPLE_SIDE
from omr.types import Box, Stroke, Symbol
from omr.types.vocabulary import NAMES


@pytest.fixture(scope="module")
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
    a, b = (CropSampler([tmp_path / "0.npz"], 128, seed=3, balanced=0.6) for _ in range(2))
    image, targets = a.draw()
    again, _ = b.draw()
    assert np.array_equal(image, again)
    peak = targets["energy"][..., 0] >= 6
    if peak.any():
        inside = image.reshape(64, 2, 64, 2).mean(axis=(1, 3))[peak]
        assert inside.mean() < 100


def test_crops_lie_around_ties_more_often_than_by_chance(tmp_path, page):
    wide = np.full((160, 4000), 255, np.uint8)
    wide[:, :192] = page.pixels
    tie = Stroke(13, "tie", ((100.0, 3500.0), (104.0, 3520.0), (100.0, 3540.0)), 2.0)
    for name, strokes in (("with", (*page.strokes, tie)), ("without", page.strokes)):
        save_raster(tmp_path / f"{name}.npz", LabelledRaster(wide, page.symbols, strokes))

    def near_tie(name: str, balanced: float) -> float:
        sampler = CropSampler([tmp_path / f"{name}.npz"], 128, 3, balanced)
        # A crop around the tie shows nothing of the heads, which are 3,000 pixels away.
        return float(np.mean([any(s.kind == "tie" for s in sampler.cut().strokes) for _ in range(60)]))

    assert near_tie("with", 1.0) > 0.08
    assert near_tie("with", 0.0) < 0.2 and near_tie("without", 1.0) == 0


def smallest():
    """Two levels. It has all kinds of layers that the usual network has, but half as many for TensorFlow to build."""
    from models.network import NetworkConfig

    return NetworkConfig(widths=(8, 8), blocks=(1,), head_width=8, class_width=8)


@pytest.fixture(scope="module")
def run(tmp_path_factory, page):
    """A short training: its pages, its configuration, its folder, the model, what it told, and a copy of its folder as
    it was after the first checkpoint, as a run leaves it that is stopped there."""
    from models import training
    from models.training import TrainingConfig, draw_curves, train, write_history

    root = tmp_path_factory.mktemp("training")
    pages = [root / f"{i}.npz" for i in range(2)]
    for path in pages:
        save_raster(path, page)
    config = TrainingConfig(steps=12, batch=2, size=64, workers=0, warmup=2, checkpoint_every=4, validate_every=12,
                            network=smallest())
    told: list[str] = []

    def write_and_copy(history, folder):
        write_history(history, folder)
        if len(history) == 1:
            shutil.copytree(folder, root / "stopped")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "write_history", write_and_copy)
        patch.setattr(training, "draw_curves", lambda rows, to: draw_curves(rows, to) if len(rows) == 3 else None)
        model = train(pages, pages[:1], root / "run", config, report=told.append)
    return pages, config, root / "run", model, told, root / "stopped"


def test_a_run_learns_and_tells_what_it_cannot(run):
    from models.training import read_history, train
    from omr.errors import DataError

    pages, config, folder, _, told, _ = run
    missing = set(told[0].removeprefix("no training page has ").split(", "))
    assert missing == set(NAMES) - {"noteheadBlack"}  # what the pages do not hold cannot be learnt
    assert "noteheadBlack,24" in (folder / "classes.csv").read_text()
    assert Image.open(folder / "samples.png").height == 2 * SAMPLE_SIDE
    history = read_history(folder)
    assert [row["step"] for row in history] == [4, 8, 12]
    assert history[-1]["loss"] < history[0]["loss"]
    assert (folder / "curves.png").exists() and (folder / "best.weights.h5").exists()
    # The same command on a finished run does nothing; another configuration is refused.
    train(pages, [], folder, config, report=lambda _: None)
    assert len(read_history(folder)) == 3
    with pytest.raises(DataError, match="another configuration"):
        train(pages, [], folder, dataclasses.replace(config, batch=3), report=lambda _: None)


def test_onnx_runtime_agrees_with_keras(tmp_path, page):
    from models.network import NetworkConfig, build
    from models.training import predict_maps
    from models.weights import export, load_network
    from omr.detect.runtime import load_detector
    from omr.errors import WeightsError

    keras.mixed_precision.set_global_policy("float32")
    config = NetworkConfig(widths=(8, 8, 8, 8, 8), blocks=(1, 0, 0, 0), head_width=8, class_width=8)
    model = build(config)
    export(model, config, tmp_path / "w", {"note": "untrained"})
    ours = load_detector(tmp_path / "w").detect(page.pixels)
    theirs = predict_maps(load_network(tmp_path / "w"), page.pixels)
    for name in ("energy", "class_prob", "strokes"):
        assert np.abs(getattr(ours, name) - getattr(theirs, name)).max() < 1e-4
    (tmp_path / "w" / "detector.onnx").write_bytes(b"x")
    load_detector.cache_clear()
    with pytest.raises(WeightsError, match="damaged"):
        load_detector(tmp_path / "w")


def test_what_is_unknown_weighs_nothing(page):
    """Of a page whose stems nobody marked, with a place nobody knows: whatever is found there, the loss is the same."""
    from models.crops import UNKNOWN, _as_batch, targets
    from models.losses import LOSSES
    from omr.detect.watershed import CLASS_STRIDE, ENERGY_LEVELS, STRIDE
    from omr.types import STROKE_KINDS

    stem = STROKE_KINDS.index("stem")
    partly = dataclasses.replace(page, unlabelled=frozenset({"stem"}), ignored=(Box(40, 40, 80, 120),))
    compact = {k: v[None] for k, v in targets(partly).items()}
    assert (compact["strokes"][..., stem] == UNKNOWN).all() and (compact["energy"][0, 20:40, 20:60, 0] == -1).all()
    _, wanted = _as_batch(partly.pixels[None], compact)
    height, width = partly.pixels.shape
    rng = np.random.default_rng(0)
    sizes = {"energy": (STRIDE, ENERGY_LEVELS), "symbol": (CLASS_STRIDE, 111), "box": (STRIDE, 4),
             "strokes": (STRIDE, len(STROKE_KINDS))}
    for name, (stride, depth) in sizes.items():
        guess = rng.normal(size=(1, height // stride, width // stride, depth)).astype(np.float32)
        other = guess.copy()
        other[:, 40 // stride : 80 // stride, 40 // stride : 120 // stride] += 5
        if name == "strokes":
            other[..., stem] -= 3
        changed = guess.copy()
        changed[:, : 40 // stride] += rng.normal(size=changed[:, : 40 // stride].shape).astype(np.float32)
        a, b, c = (float(LOSSES[name](wanted[name], g)) for g in (guess, other, changed))
        assert a == pytest.approx(b, rel=1e-5) and a != pytest.approx(c, rel=1e-5), name


def test_unknown_places_are_kept_and_cut_like_symbols(tmp_path, page):
    from models.crops import crop

    partly = dataclasses.replace(page, unlabelled=frozenset({"slur", "text"}), ignored=(Box(40, 40, 80, 120),))
    save_raster(tmp_path / "0.npz", partly)
    again = load_raster(tmp_path / "0.npz")
    assert again.unlabelled == partly.unlabelled and again.ignored == partly.ignored
    cut = crop(again, 80, 96, 1.0, 64)
    assert cut.ignored == (Box(40 - 48, 40 - 64, 80 - 48, 120 - 64),) and cut.unlabelled == partly.unlabelled


def test_two_devices_give_the_loss_of_one(tmp_path, page):
    """In a process of its own: TensorFlow divides its processor before it is first used. On one device each operation
    is done at once, without the graph of a step, which takes longer to draw up than the steps."""
    save_raster(tmp_path / "0.npz", page)
    script = f"""
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
tf.config.optimizer.set_experimental_options({{"disable_meta_optimizer": True}})  # of a graph for two steps
import numpy as np, keras, itertools
from types import SimpleNamespace
from pathlib import Path
from models import training
from models.network import NetworkConfig
real = training.batches
def repeated(pages, size, batch, seed, workers, *rest):
    # Every device gets the same two crops: what a device sees does not depend on how many there are.
    for images, targets in real(pages, size, 2, seed, workers, *rest):
        times = batch // 2
        yield np.concatenate([images] * times), {{k: np.concatenate([v] * times) for k, v in targets.items()}}
training.batches = repeated
training.draw_classes = training.draw_curves = lambda *_: []  # nobody looks
training.Probe = lambda *_: SimpleNamespace(measure=lambda *_: [])
tiny = NetworkConfig(widths=(8, 8), blocks=(0,), head_width=8, class_width=8)
for devices in (1, 2):
    tf.config.run_functions_eagerly(devices == 1)
    config = training.TrainingConfig(steps=2, batch=2 * devices, size=64, workers=0, warmup=2, checkpoint_every=1,
                                     network=tiny, devices=devices)
    folder = Path({str(tmp_path)!r}) / str(devices)
    training.train([Path({str(tmp_path / "0.npz")!r})], [], folder, config, print)
    print("LOSS", *[row["loss"] for row in training.read_history(folder)])
"""
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    one, two = ([float(v) for v in line.split()[1:]] for line in done.stdout.splitlines() if line.startswith("LOSS"))
    # Sums in another order: what rounding makes of that grows from step to step, and two steps show the gradient.
    assert len(one) == 2 and one == pytest.approx(two, rel=5e-4)


def test_more_devices_than_there_are():
    from models.devices import Devices
    from omr.errors import DataError

    with pytest.raises(DataError, match="not 64"):
        Devices(64, 64)
    with pytest.raises(DataError, match="does not divide"):
        Devices(2, 3)


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_from_a_number_on_are_those_of_all(tmp_path, page, workers):
    import itertools

    from models.crops import batches

    pages = [tmp_path / f"{i}.npz" for i in range(2)]
    for path in pages:
        save_raster(path, page)
    every = list(itertools.islice(batches(pages, 64, 2, 5, workers, 0.6), 6))
    rest = list(itertools.islice(batches(pages, 64, 2, 5, workers, 0.6, first=3), 3))
    for (images, targets), (again, same) in zip(every[3:], rest, strict=True):
        assert np.array_equal(images, again) and all(np.array_equal(targets[k], same[k]) for k in targets)
    assert not np.array_equal(every[0][0], every[1][0]) and not np.array_equal(every[0][0], every[2][0])


@pytest.mark.filterwarnings("error:.*Skipping variable loading.*")
def test_a_run_that_was_stopped_and_goes_on_equals_one_that_was_not(run, monkeypatch):
    from models import training

    monkeypatch.setattr(training, "draw_curves", lambda *_: None)  # nobody looks
    pages, config, folder, whole, _, stopped = run
    assert [row["step"] for row in training.read_history(stopped)] == [4]
    parts = training.train(pages, [], stopped, config, report=lambda _: None)
    for mine, theirs in zip(parts.get_weights(), whole.get_weights(), strict=True):
        assert mine == pytest.approx(theirs, rel=1e-4, abs=1e-5)
    losses = [[row["loss"] for row in training.read_history(each)] for each in (folder, stopped)]
    assert len(losses[0]) == 3 and losses[0] == pytest.approx(losses[1], rel=1e-4)
