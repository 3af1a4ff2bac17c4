"""Training: crops in, weights out. Everything that one wants to look at is written while it runs.

A run folder has `config.json` (everything needed to repeat the run), `history.csv`, the pictures of `pictures.py`,
`features.csv` (`probe.py`), `best.weights.h5`, and for resuming `last.weights.h5` and `optimizer.npz`. A run may be
interrupted at any time. The same command resumes it, with the same result as without an interruption.
"""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from models.crops import batches, ink
from models.devices import Devices, reduced
from models.distillation import Teacher, distillation_losses, filled, narrow
from models.losses import LOSSES, WEIGHTS, WarmupCosine
from models.network import NetworkConfig, build
from models.pictures import draw_classes, draw_curves, draw_samples
from models.probe import Probe, read_features, write_features
from models.validation import validate
from models.weights import load_network
from omr.detect.runtime import read_card, shipped
from omr.detect.watershed import CLASS_STRIDE, ENERGY_LEVELS, STRIDE
from omr.errors import DataError
from omr.types import DetectorMaps


@dataclass(frozen=True)
class TrainingConfig:
    """The configuration of one run.

    steps: number of batches. The learning rate schedule covers all of them, so a resumed run keeps its schedule.
    balanced: share of crops around a symbol whose class is drawn first. The others are anywhere on a page.
    start: weights folder with which the run starts ("shipped" is the package's), "" for random weights.
    teacher: weights folder of a network, of any shape, whose answers are learnt in addition to the labels; "" for none.
        Without `start`, the run starts with the teacher's most important channels.
    """

    steps: int = 12000
    batch: int = 6
    size: int = 384
    learning_rate: float = 2e-3
    warmup: int = 200
    weight_decay: float = 1e-4
    seed: int = 0
    precision: str = "float32"
    checkpoint_every: int = 250
    validate_every: int = 1000
    workers: int = 1
    devices: int = 1
    balanced: float = 0.6
    start: str = ""
    teacher: str = ""
    network: NetworkConfig = field(default_factory=NetworkConfig)


def train(
    train_pages: Sequence[Path], validation_pages: Sequence[Path], folder: Path, config: TrainingConfig,
    report: Callable[[str], None] = print,
) -> keras.Model:
    """Train in `folder`, or resume training there. Returns the model with its last weights.

    Raises DataError if the folder contains a run with another configuration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _claim(folder, config)
    keras.utils.set_random_seed(config.seed)
    keras.mixed_precision.set_global_policy(config.precision)
    devices = Devices(config.devices, config.batch)
    with devices.scope():
        model = build(config.network)
        schedule = WarmupCosine(config.learning_rate, config.steps, config.warmup)
        optimizer = keras.optimizers.AdamW(schedule, weight_decay=config.weight_decay, clipnorm=5.0)
        teacher = Teacher(config.teacher) if config.teacher else None
        losses = distillation_losses() if teacher else LOSSES
        model.compile(optimizer, loss={n: reduced(f) for n, f in losses.items()}, loss_weights=WEIGHTS)
        # The optimizer's variables must exist now: Keras would skip what a file has for them. TensorFlow would create
        # them in the first step, and build the graph of a step twice.
        optimizer.build(model.trainable_variables)
        step, history = _resume(model, folder)
        if step == 0 and config.start:
            _start_from(model, config)
        elif step == 0 and teacher:
            narrow(model, teacher.model)
    if not (folder / "classes.csv").exists():
        missing = draw_classes(train_pages, folder)
        if missing:
            report(f"no training page has {', '.join(missing)}")
    probe = Probe(validation_pages or train_pages)
    features = [row for row in read_features(folder) if float(row["step"]) <= step]
    if step == 0:
        features += probe.measure(model, 0)
    best = max((h["f1"] for h in history if h.get("f1")), default=0.0)
    source = batches(train_pages, config.size, config.batch, config.seed, config.workers, config.balanced, step)
    if teacher:
        source = map(teacher.answered, source)
    if step < config.steps:
        first = next(source)
        devices.prepare(model, first)
        source = itertools.chain([first], source)
    running: dict[str, float] = dict(history[-1]) if history else {}
    started = time.monotonic() - running.pop("seconds", 0.0)
    for name in ("step", "f1"):
        running.pop(name, None)
    with tqdm(total=config.steps, initial=step, unit="batch", mininterval=5) as bar:
        while step < config.steps:
            logs = model.train_on_batch(*devices.share(next(source)), return_dict=True)
            step += 1
            for name, value in logs.items():
                running[name] = 0.98 * running.get(name, float(value)) + 0.02 * float(value)
            bar.update()
            bar.set_postfix(loss=f"{running['loss']:.3f}")
            last = step == config.steps
            if step % config.checkpoint_every == 0 or last:
                row: dict[str, float] = {"step": step, "seconds": time.monotonic() - started, **running}
                if validation_pages and (step % config.validate_every == 0 or last):
                    figures = validate(partial(predict_maps, model), validation_pages)
                    _write_json(folder / "validation.json", figures)
                    row["f1"] = figures["all"]["f1"]
                    draw_samples(partial(predict_maps, model), validation_pages, folder)
                    report(f"step {step}: symbol F1 {row['f1']:.4f}")
                    if row["f1"] >= best:
                        best = row["f1"]
                        _save(model.save_weights, folder / "best.weights.h5")
                history.append(row)
                _save(model.save_weights, folder / "last.weights.h5")
                _save_optimizer(model, folder, step)
                features += probe.measure(model, step)
                write_features(features, folder)
                write_history(history, folder)
    return model


def predict_maps(model: keras.Model, pixels: np.ndarray) -> DetectorMaps:
    """The network's maps for one page of any size. The page is padded with paper to a multiple of 32."""
    height, width = pixels.shape
    padded = np.full((-(-height // 32) * 32, -(-width // 32) * 32), 255, np.uint8)
    padded[:height, :width] = pixels
    out = {k: keras.ops.convert_to_numpy(v)[0] for k, v in model(ink(padded[None])).items()}
    return to_maps(out["energy"], out["symbol"], out["box"], out["strokes"])


def to_maps(energy: np.ndarray, symbol: np.ndarray, box: np.ndarray, strokes: np.ndarray) -> DetectorMaps:
    """Turn the logits of one page into probabilities: expected energy, softmax of classes, sigmoid of strokes."""
    levels = np.arange(ENERGY_LEVELS, dtype=np.float32) / (ENERGY_LEVELS - 1)
    return DetectorMaps(
        energy=_softmax(energy) @ levels, class_prob=_softmax(symbol), box_size=box,
        strokes=1 / (1 + np.exp(-strokes)), stride=STRIDE, class_stride=CLASS_STRIDE,
    )


def _softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _claim(folder: Path, config: TrainingConfig) -> None:
    path = folder / "config.json"
    mine = json.loads(json.dumps(dataclasses.asdict(config)))
    if path.exists() and json.loads(path.read_text()) != mine:
        raise DataError(f"{folder} holds a run with another configuration; choose another folder or delete it")
    _write_json(path, mine)


def _start_from(model: keras.Model, config: TrainingConfig) -> None:
    """Load the weights of another run's export. Raises WeightsError, or DataError if it is for another network.

    Classes that these weights do not know yet keep their random weights, and start as the least likely classes.
    """
    folder = shipped() if config.start == "shipped" else Path(config.start)
    if read_card(folder)["network"] != json.loads(json.dumps(dataclasses.asdict(config.network))):
        raise DataError(f"{folder} holds weights of another network")
    for mine, theirs in zip(model.layers, load_network(folder).layers, strict=True):
        mine.set_weights([filled(new, old) for new, old in zip(mine.get_weights(), theirs.get_weights(), strict=True)])


def _resume(model: keras.Model, folder: Path) -> tuple[int, list[dict[str, float]]]:
    state = folder / "optimizer.npz"
    if not state.exists():
        return 0, []
    model.load_weights(folder / "last.weights.h5")
    with np.load(state) as data:
        step = int(data["step"])
        for i, variable in enumerate(model.optimizer.variables):
            variable.assign(data[f"v{i}"])
    return step, read_history(folder)


def _save_optimizer(model: keras.Model, folder: Path, step: int) -> None:
    values = {f"v{i}": keras.ops.convert_to_numpy(v) for i, v in enumerate(model.optimizer.variables)}
    temporary = folder / "optimizer.tmp.npz"
    np.savez(temporary, step=step, **values)
    os.replace(temporary, folder / "optimizer.npz")


def _save(save: Callable[[Path], None], path: Path) -> None:
    temporary = path.with_name("tmp." + path.name)
    save(temporary)
    os.replace(temporary, path)


def _write_json(path: Path, value: object) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(value, indent=1))
    os.replace(temporary, path)


def read_history(folder: Path) -> list[dict[str, float]]:
    with open(folder / "history.csv", newline="") as file:
        return [{k: float(v) for k, v in row.items() if v} for row in csv.DictReader(file)]


def write_history(history: list[dict[str, float]], folder: Path) -> None:
    """Write the learning curves so far, as `history.csv` and `curves.png`."""
    names = sorted({k for row in history for k in row})
    with open(folder / "history.tmp", "w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(history)
    os.replace(folder / "history.tmp", folder / "history.csv")
    draw_curves(history, folder)
