"""Faces out of noise: a generative adversarial network that grows from 4 x 4 to 32 x 32 pixels while it learns.

    omr talk faces -o faces/
    omr talk faces -o faces/ --start shipped    # from the run that comes with the package

Cost: seven minutes of computing for 5,000 steps, 17 for the 9,600 of the run that comes with the package. Result:
index.html with faces.png (faces to learn from, and what the generator drew at each size), and curve.png and faces.json,
the sliced Wasserstein distance between generated and real faces as the networks grow. Expected, of the drawn faces
after 9,600 steps: hair, skin, glasses, eyes and mouths that are seen as such, with blotches; the distance at 32 pixels
(x 1000) comes down from 106 to 26, two sets of real faces are 12 apart.

Source: Karras, Aila, Laine and Lehtinen, "Progressive Growing of GANs for Improved Quality, Stability, and Variation",
ICLR 2018. From there: fade-in, pixel normalisation, equalised learning rate, minibatch standard deviation, the average
of the generator, and the distance. Different here: 32 pixels instead of 1024, far narrower layers, and the
non-saturating loss with the R1 penalty on real pictures (Mescheder, Geiger and Nowozin, "Which Training Methods for
GANs do actually Converge?", ICML 2018) instead of WGAN-GP, because it needs no second pass between real and fake.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure
from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from companions import page
from companions.chapters import in_talk
from companions.characters import draw, random_look, random_pose
from companions.distance import laplacian_distances
from companions.growing import LATENT, SIZES, Critic, Generator, double, halve
from companions.keeping import glance, keep, kept
from omr.errors import DataError
from omr.files import replacing

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}
FEWEST = 64
SHOWN = 16  # faces in a line of the picture; two lines a size
MEASURED = 4  # times at each size
STEADY, HALVED = 3600, 800
"""Steps of a size after which the learning rate begins to fall, and in which it falls by half: with 2,400 steps more,
eyes and glasses became clearer, and the distance at 16 and 8 pixels fell from 19 and 45 to 15 and 38."""
DRAWN = "drawn here"
"""Of a run: it learns from faces that `drawn_faces` makes."""
PAPER = 800_000
"""Real pictures that the critic of Karras et al. (2018) is shown while a size fades in, and as many after that."""


@dataclass(frozen=True)
class Settings:
    """What a run depends on; a run that goes on must have the same, but for the steps at the last size.

    steps: training steps at each of SIZES. decay: of the average of the generator, a step.
    """

    steps: tuple[int, ...] = (500, 1000, 1500, 2000)
    batch: int = 16
    rate: float = 0.004
    penalty: float = 1.0
    decay: float = 0.998
    compared: int = 1024  # pictures on each side of the distance
    seed: int = 0


def shares_of(steps: int) -> tuple[int, ...]:
    """Steps at each of SIZES, out of a total: a tenth, two, three, and the rest, since eyes appear at the last size."""
    first = steps // 10, steps * 2 // 10, steps * 3 // 10
    return *first, steps - sum(first)


def going_on(path: Path, settings: Settings) -> Settings:
    """The settings with which the run in `path` goes on to as many steps in all: what is added, is at the last size.

    A run that has more steps stays as it is; without a run the settings do. Raises DataError if `path` is damaged.
    """
    if (found := glance(path)) is None:
        return settings
    first = found[0]["steps"]
    last = max(sum(settings.steps), found[1]["step"]) - sum(first)
    return replace(settings, steps=(*first, last)) if last > 0 else settings


def drawn_faces(count: int, seed: int) -> np.ndarray:
    """Different cartoon faces that fill the picture, (count, 32, 32, 3) uint8."""
    rng = np.random.default_rng([seed, 1])
    poses = (replace(random_pose(rng, 0.6), zoom=rng.uniform(1.35, 1.5)) for _ in range(count))
    return np.stack([draw(random_look(rng), replace(pose, row=pose.row + 0.1), SIZES[-1]) for pose in poses])


def load_faces(folder: Path) -> np.ndarray:
    """Every picture of a folder and the folders in it, cut to the middle square, (N, 32, 32, 3) uint8.

    Raises DataError if the folder is missing, a picture is broken, or there are fewer than FEWEST.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder of pictures")
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES):
        try:
            with Image.open(path) as file:
                picture = file.convert("RGB")
        except (OSError, UnidentifiedImageError) as error:
            raise DataError(f"{path}: not a picture that can be read") from error
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        box = (left, top, left + side, top + side)
        found.append(np.asarray(picture.resize((SIZES[-1],) * 2, Image.Resampling.BOX, box)))
    if len(found) < FEWEST:
        raise DataError(f"{folder}: {len(found)} pictures; a generator needs at least {FEWEST} to learn from")
    return np.stack(found)


class Run:
    """Both networks, the generator's average, and where training stands; kept in `path` between two commands.

    Every step's noise and pictures depend on the seed and the step alone, so a run that was interrupted ends as one
    that was not. own: the faces are the user's own pictures. Raises DataError if `path` holds a run of other settings.
    """

    def __init__(self, path: Path, settings: Settings, faces: np.ndarray, own: bool = False) -> None:
        self.path, self.settings = path, settings
        # Not by their bytes where they are drawn here: another version of OpenCV draws edges otherwise.
        pictures = zlib.crc32(faces.tobytes()) if own else DRAWN
        self.identity = {**asdict(settings), "steps": settings.steps[:-1], "pictures": pictures}
        self.pictures = _as_tensor(faces[settings.compared :])
        self.generator, self.critic = Generator(settings.seed), Critic(settings.seed + 1000)
        self.average = Generator(settings.seed)
        self.stage, self.step, self.share = 0, 0, 1.0
        self.history: list[dict[str, float]] = []
        self.samples: list[np.ndarray] = []  # of each size that is done
        self._begin_stage()
        self._load()

    def _begin_stage(self) -> None:
        """New optimisers at each size, as in the paper: the old moments belong to another picture."""
        self.size = SIZES[self.stage]
        self.optimisers = []
        for network in (self.critic, self.generator):
            optimiser = keras.optimizers.Adam(self.settings.rate, beta_1=0.0, beta_2=0.99)
            optimiser.build(network.weights(self.size))
            self.optimisers.append(optimiser)
        self._learn = tf.function(self._learn_eagerly)

    def _learn_eagerly(self, real: tf.Tensor, noise: tf.Tensor, share: tf.Tensor) -> None:
        size, penalised = self.size, max(1, self.settings.batch // 4)
        for _ in range(len(SIZES) - 1 - self.stage):
            real = halve(real)
        if self.stage:
            real = share * real + (1 - share) * double(halve(real))
        fake = self.generator(noise[0], size, share)
        weights = self.critic.weights(size)
        with tf.GradientTape() as tape:
            with tf.GradientTape() as inner:  # R1 on a quarter of the batch: a second derivative is dear
                few = real[:penalised]
                inner.watch(few)
                total = tf.reduce_sum(self.critic(few, size, share))
            slope = tf.reduce_mean(tf.reduce_sum(inner.gradient(total, few) ** 2, (1, 2, 3)))
            loss = tf.reduce_mean(tf.nn.softplus(self.critic(fake, size, share)))
            loss += tf.reduce_mean(tf.nn.softplus(-self.critic(real, size, share))) + slope * self.settings.penalty / 2
        self.optimisers[0].apply(tape.gradient(loss, weights), weights)
        weights = self.generator.weights(size)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softplus(-self.critic(self.generator(noise[1], size, share), size, share)))
        self.optimisers[1].apply(tape.gradient(loss, weights), weights)
        for mean, now in zip(self.average.weights(size), weights, strict=True):
            mean.assign(self.settings.decay * mean + (1 - self.settings.decay) * now)

    def train(self, stop_at: int | None = None) -> None:
        """Go on to the end, or to a total number of steps; keeps the run a few times at each size."""
        steps = self.settings.steps
        total = sum(steps)
        with tqdm(total=total, initial=self.step, unit="step", desc="faces") as bar:
            while self.step < (total if stop_at is None else min(total, stop_at)):
                within = self.step - sum(steps[: self.stage]) + 1
                self._one_step(within - 1)
                self.step += 1
                bar.update()
                if within % max(1, steps[self.stage] // MEASURED) == 0 or within == steps[self.stage]:
                    bar.set_postfix(size=self.size)
                    self._measure()
                    if within == steps[self.stage]:
                        self.samples[self.stage :] = [self.draw(SHOWN * 2)]
                        if self.stage + 1 < len(SIZES):
                            self.stage += 1
                            self._begin_stage()
                    self.save()

    def _one_step(self, within: int) -> None:
        seed, batch = self.settings.seed, self.settings.batch
        chosen = np.random.default_rng([seed, self.step]).integers(0, len(self.pictures), batch)
        noise = tf.random.stateless_normal((2, batch, LATENT), [seed, self.step])
        # A size's layers fade in while half of the steps of the size before pass again, and settle after that.
        share = min(1.0, within / max(1, self.settings.steps[self.stage - 1] // 2)) if self.stage else 1.0
        for optimiser in self.optimisers:
            optimiser.learning_rate.assign(self.settings.rate * 0.5 ** (max(0, within - STEADY) / HALVED))
        self._learn(tf.gather(self.pictures, chosen), noise, tf.constant(share, tf.float32))
        self.share = share

    def draw(self, count: int) -> np.ndarray:
        """Faces of the averaged generator, always from the same noise, enlarged to (count, 32, 32, 3) in 0..1."""
        noise = tf.random.stateless_normal((count, LATENT), [self.settings.seed, -1])
        parts = (noise[i : i + 64] for i in range(0, count, 64))
        made = [self.average(part, self.size, self.share).numpy() for part in parts]
        wide = np.concatenate(made).repeat(SIZES[-1] // self.size, 1).repeat(SIZES[-1] // self.size, 2)
        return np.clip(wide / 2 + 0.5, 0, 1)

    def _measure(self) -> None:
        real = self.pictures[: self.settings.compared].numpy() / 2 + 0.5
        levels = laplacian_distances(self.draw(len(real)), real, self.settings.seed)
        self.history.append({"step": self.step, "size": self.size, **{str(k): v for k, v in levels.items()}})

    def _variables(self) -> list[keras.Variable]:
        networks = [self.generator, self.critic, self.average]
        return [v for n in networks for v in n.weights()] + [v for o in self.optimisers for v in o.variables]

    def save(self) -> None:
        """Write the run to its file, whole or not at all: networks, optimisers, and the faces drawn at each size."""
        state = {"stage": self.stage, "step": self.step, "history": self.history, "samples": len(self.samples)}
        drawn = [(s * 255).round().astype(np.uint8) for s in self.samples]
        keep(self.path, self.identity, state, [*(v.numpy() for v in self._variables()), *drawn])

    def _load(self) -> None:
        if (found := kept(self.path, self.identity)) is None:
            return
        state, arrays = found
        self.stage, self.step, self.history = state["stage"], state["step"], state["history"]
        self._begin_stage()
        own = len(arrays) - state["samples"]
        for variable, value in zip(self._variables(), arrays[:own], strict=False):
            variable.assign(value)
        self.samples = [drawn / np.float32(255) for drawn in arrays[own:]]


def _as_tensor(faces: np.ndarray) -> tf.Tensor:
    return tf.constant(faces.astype(np.float32) / 127.5 - 1)


def grow(folder: Path | None, out: Path, settings: Settings, count: int = 6000) -> dict[str, dict[str, float]]:
    """Train on the pictures of `folder` (default: `count` drawn ones), or go on, and write the pictures and figures.

    Returns level's side -> {"floor", "start", "reached"}, distances times 1000. Raises DataError for a folder of too
    few or broken pictures and for a run of other settings in `out`.
    """
    faces = drawn_faces(count, settings.seed) if folder is None else load_faces(folder)
    faces = np.random.default_rng([settings.seed, 2]).permutation(faces)
    # The set held back is what two real sets differ by: no generator need come closer than that.
    settings = replace(settings, compared=min(settings.compared, len(faces) // 2))
    out.mkdir(parents=True, exist_ok=True)
    run = Run(out / "run.npz", going_on(out / "run.npz", settings), faces, folder is not None)
    run.train()
    held, seen = faces[: settings.compared] / 255, faces[settings.compared : 2 * settings.compared] / 255
    floor = laplacian_distances(held, seen, settings.seed)
    figures = {
        str(k): {"floor": v, "start": run.history[0][str(k)], "reached": run.history[-1][str(k)]}
        for k, v in floor.items()
    }
    with replacing(out / "faces.json") as temporary:
        temporary.write_text(json.dumps({"distance_x1000": figures, "history": run.history}, indent=1) + "\n")
    name = "learned from: faces drawn by a program" if folder is None else f"learned from: pictures of {folder.name}"
    _picture(run, name, seen[: SHOWN * 2], out / "faces.png")
    _curve(run, floor, out / "curve.png")
    _write_page(run, figures, out)
    return figures


def _write_page(run: Run, figures: dict[str, dict[str, float]], out: Path) -> None:
    """OUT/index.html: the pictures, and how far the faces still are from real ones."""
    first = figures[str(SIZES[-1])]
    seen = ("It can be seen: edges waver, colours run out in blotches, eyes do not match. "
            if run.identity["pictures"] == DRAWN else "")
    parts = [
        in_talk("faces"),
        page.words(f"G draws a face out of {LATENT} random numbers, and begins with pictures of {SIZES[0]} x "
                   f"{SIZES[0]} pixels. Each time that layers for twice the size are added to both networks, they fade "
                   "in, so that what was learned before is kept. Faces at one place of all rows come from the same "
                   "numbers."),
        page.embedded((out / "faces.png").read_bytes(), "above: what it learns from; below: what it draws"),
        page.heading("How far from real"),
        page.words("Patches of 7 x 7 pixels out of many faces are compared with such patches of real ones, at three "
                   "sizes of the pictures: what differs at 8 pixels are shapes and colours, at 32 edges and texture "
                   "(sliced Wasserstein distance, times 1000). Two sets of real faces differ, too: nearer than they "
                   "are to each other nothing need come."),
        page.table(["level", "at the beginning", "reached", "two real sets"], [
            [f"{level} pixels", *(f"{found[k]:.1f}" for k in ("start", "reached", "floor"))]
            for level, found in figures.items()]),
        page.words(f"At {SIZES[-1]} pixels that is {first['reached'] / first['floor']:.1f} times the distance of two "
                   f"real sets. {seen}The critic was shown {run.step * run.settings.batch:,} real pictures in all, "
                   f"that of the paper {PAPER:,} while each size fades in, and as many again after that."),
        page.embedded((out / "curve.png").read_bytes(),
                      "the distance while it learned; it rises where layers are added"),
    ]
    page.write(out / "index.html", "Faces of nobody", parts)


def _picture(run: Run, name: str, real: np.ndarray, path: Path) -> None:
    rows = [(name, real)]
    done = np.cumsum(run.settings.steps)
    rows += [(f"drawn by the network, {size} x {size}, after {n:,} steps", s)
             for size, n, s in zip(SIZES, done, run.samples, strict=True)]
    figure = Figure(figsize=(10, 7.6), layout="constrained")
    axes = figure.subplots(len(rows), 1)
    for axis, (name, faces) in zip(axes, rows, strict=True):
        lines = [np.concatenate(list(faces[i : i + SHOWN]), 1) for i in range(0, len(faces) - SHOWN + 1, SHOWN)]
        axis.imshow(np.concatenate(lines), interpolation="nearest")
        axis.set_title(name, loc="left", fontsize=9)
        axis.axis("off")
    _save(figure, path)


def _curve(run: Run, floor: dict[int, float], path: Path) -> None:
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axis = figure.subplots()
    for i, level in enumerate(floor):
        axis.plot([h["step"] for h in run.history], [h[str(level)] for h in run.history], f"C{i}.-",
                  label=f"{level}-pixel level")  # fmt: skip
        axis.axhline(floor[level], color=f"C{i}", linestyle=":")
    for size, start in zip(SIZES, np.cumsum((0, *run.settings.steps)), strict=False):
        axis.axvline(start, color="grey", linewidth=0.5)
        axis.annotate(f" {size} x {size}", (start, 1), xycoords=("data", "axes fraction"), va="top", fontsize=8)
    axis.set(xlabel="training steps", ylabel="sliced Wasserstein distance x 1000", yscale="log")
    axis.legend(title="dotted: two real sets", loc="lower left")
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=120, format="png", metadata={"synthetic": "true", "Software": "omr talk faces"})
