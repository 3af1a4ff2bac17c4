"""Two faces, one encoder, two decoders: how faces were exchanged in 2017.

    omr talk swap -o swap/
    omr talk swap -o swap/ --start shipped    # from the run that comes with the package

Cost: two minutes of computing for the default 1,500 steps, six for the 4,000 of the run that comes with the package.
Expected of that: a mean error of 9 of 255 in the face, 43 without an exchange; for all of 64 new poses the nearest true
face is that of the same pose. Result: index.html with swap.png (pictures of A, the faces B's decoder made
of them while it learned, and the two put together; below, B drawn with the same pose and expression), swapped/ with the
single pictures, curve.png and swap.json.

The method is that of the "deepfakes" program of late 2017, which has no paper; Perov et al., "DeepFaceLab: Integrated,
Flexible and Extensible Face-Swapping Framework" (2020), section 3, describes it. One encoder sees distorted faces of
both, so that it can only keep what they share: pose, expression, light. Each decoder learns to draw one of the two
faces from that. B's decoder behind A's encoding draws B with A's expression. Pictures are written with a visible mark
and with metadata that says they are synthetic; there is no way to leave these off.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

from companions import page
from companions.chapters import in_talk
from companions.characters import Look, Pose, draw, random_pose
from companions.keeping import keep, kept
from companions.portraits import (
    Finder,
    Square,
    choose_finder,
    cut,
    find_by_skin,
    find_faces,
    load_pictures,
    oval,
    put_back,
    save_synthetic,
)
from omr.errors import DataError
from omr.files import replacing

SIZE = 48  # pixels of a face
FEWEST = 16  # faces of each person
DRAWN_PX = 128
SHOWN = 8
LABEL_PX = 22  # height of a row's name
KEPT_EVERY = 100
SAMPLED = (100, 400, 1600)
"""Steps at which faces are exchanged to see how it learns."""
HALVED = 1000  # steps in which the learning rate falls by half
WITHIN = np.s_[SIZE * 5 // 20 : SIZE * 15 // 20, SIZE * 5 // 20 : SIZE * 15 // 20]
"""Of a cut-out: brows to mouth, and nothing of the outline of a face or of hair."""
LIVELY = 0.7  # how far drawn heads move; see companions.characters.random_pose

ANNA = Look(
    skin=(250, 216, 186), hair=(40, 26, 24), iris=(60, 120, 70), clothes=(130, 60, 110), backdrop=(150, 190, 220),
    hairstyle="long", width=0.78, jaw=0.7, eye_size=0.18, brow=0.04, nose=0.1, mouth_width=0.24,
)  # fmt: skip
BRUNO = Look(
    skin=(222, 168, 128), hair=(70, 74, 96), iris=(70, 45, 25), clothes=(40, 110, 90), backdrop=(120, 150, 130),
    hairstyle="curly", width=0.85, jaw=0.95, eye_size=0.16, brow=0.07, nose=0.18, mouth_width=0.34,
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """What a run depends on; a run that goes on must have the same, but for the steps."""

    steps: int = 1500
    batch: int = 16  # of each person
    rate: float = 0.0025
    code: int = 128
    width: int = 24  # channels of the widest picture; half in the last layer
    seed: int = 0


@dataclass(frozen=True)
class Person:
    """Pictures (H, W, 3) uint8, and the faces cut out where one was found, (N, SIZE, SIZE, 3) float32 in 0..1."""

    pictures: list[np.ndarray]
    found: list[tuple[int, Square]]  # (index of the picture, where the face is)
    faces: np.ndarray


# ---------------------------------------------------------------- networks


def _down(x: keras.KerasTensor, width: int) -> keras.KerasTensor:
    return keras.layers.LeakyReLU(0.1)(keras.layers.Conv2D(width, 5, 2, "same")(x))


def _up(x: keras.KerasTensor, width: int) -> keras.KerasTensor:
    x = keras.layers.LeakyReLU(0.1)(keras.layers.Conv2D(width * 4, 3, padding="same")(x))
    size = x.shape[1]
    # Four channels become four pixels: sharper than enlarging, cheaper than a transposed convolution.
    x = keras.layers.Reshape((size, size, 2, 2, width))(x)
    return keras.layers.Reshape((size * 2, size * 2, width))(keras.layers.Permute((1, 3, 2, 4, 5))(x))


def build(settings: Settings) -> tuple[keras.Model, keras.Model, keras.Model, keras.Model]:
    """The encoder (SIZE, SIZE, 1) -> (code,), what unfolds a code for both, (SIZE / 8, SIZE / 8, 2 * width), and a
    decoder (SIZE, SIZE, 3) for each of the two people."""
    keras.utils.set_random_seed(settings.seed)
    width, start = settings.width, SIZE // 8
    face = x = keras.Input((SIZE, SIZE, 1))
    for channels in (width, width * 2, width * 2):
        x = _down(x, channels)
    encoder = keras.Model(face, keras.layers.Dense(settings.code)(keras.layers.Flatten()(x)))
    short = keras.Input((settings.code,))
    x = keras.layers.Dense(start * start * width * 2)(short)
    unfold = keras.Model(short, keras.layers.Reshape((start, start, width * 2))(x))
    decoders = []
    for _ in "ab":
        code = x = keras.Input((start, start, width * 2))
        for channels in (width * 2, width, width // 2):
            x = _up(x, channels)
        decoders.append(keras.Model(code, keras.layers.Conv2D(3, 5, padding="same", activation="sigmoid")(x)))
    return encoder, unfold, *decoders


def shades(faces: np.ndarray) -> np.ndarray:
    """Faces (N, SIZE, SIZE, 3) as the encoder sees them, (N, SIZE, SIZE, 1) of mean 0 and deviation 1: without colours,
    by which alone it could tell the two people."""
    grey = faces @ np.array([0.299, 0.587, 0.114], np.float32)
    centred = grey - grey.mean(axis=(1, 2), keepdims=True)
    return (centred / (centred.std(axis=(1, 2), keepdims=True) + 1e-3))[..., None].astype(np.float32)


def distorted(faces: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Each face slightly moved, turned and scaled, and the same once more pulled about on a 5 x 5 grid.

    Returns (pulled, straight), each shaped like `faces` (B, SIZE, SIZE, 3). The network gets the first and owes the
    second, so it learns what a face is instead of copying pixels.
    """
    base = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), axis=-1).astype(np.float32) - (SIZE - 1) / 2
    pulled: list[np.ndarray] = []
    straight: list[np.ndarray] = []
    for face in faces:
        angle, zoom = rng.normal(0, 0.07), rng.normal(1, 0.03)
        turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        grid = (base @ turn + rng.normal(0, 0.02 * SIZE, 2) + (SIZE - 1) / 2).astype(np.float32)
        pull = cv2.resize(rng.normal(0, 0.025 * SIZE, (5, 5, 2)).astype(np.float32), (SIZE, SIZE))
        for where, into in ((grid + pull, pulled), (grid, straight)):
            x, y = np.ascontiguousarray(where[..., 0]), np.ascontiguousarray(where[..., 1])
            into.append(cv2.remap(face, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    return np.stack(pulled), np.stack(straight)


def _level(codes: tf.Tensor, usual: tf.Tensor) -> tf.Tensor:
    """Codes (B, code) of one person, every number with mean 0 and deviation 1 over `usual` codes (N, code) of that
    person: what always distinguishes one from the other does not get through (Li et al. 2017, "Revisiting Batch
    Normalization For Practical Domain Adaptation")."""
    mean, variance = tf.nn.moments(usual, 0)
    return (codes - mean) * tf.math.rsqrt(variance + 1e-3)


class Swapper:
    """The networks and where their training stands. watched: faces of A, up to SHOWN of them, that are exchanged now
    and then, to see how it learns. own: the pictures are the user's. Raises DataError if `path` holds another run."""

    def __init__(self, path: Path, settings: Settings, a: Person, b: Person, watched: np.ndarray,
                 own: bool = False) -> None:
        self.path, self.settings, self.a, self.b = path, settings, a, b
        # Not by their bytes where they are drawn here: another version of OpenCV draws edges otherwise.
        pictures = zlib.crc32(b.faces.tobytes(), zlib.crc32(a.faces.tobytes())) if own else "drawn here"
        self.identity = {**asdict(settings), "pictures": pictures}
        del self.identity["steps"]
        self.models = build(settings)
        self.encoder, self.unfold, self.decoder_a, self.decoder_b = self.models
        self.weights = [w for m in self.models for w in m.trainable_variables]
        self.optimiser = keras.optimizers.Adam(settings.rate, beta_1=0.5)
        self.optimiser.build(self.weights)
        self.watched = watched[:SHOWN]
        self.step = 0
        self.losses: list[list[float]] = []  # of A and of B, the mean of every KEPT_EVERY steps
        self.samples: dict[int, np.ndarray] = {}  # step -> the watched faces as B, (N, SIZE, SIZE, 3) uint8
        self.learn = tf.function(self._learn)
        if found := kept(path, self.identity):
            state, arrays = found
            self.step, self.losses = state["step"], state["losses"]
            networks = len(arrays) - len(state["samples_at"])
            self.samples = dict(zip(state["samples_at"], arrays[networks:], strict=True))
            for variable, value in zip(self._variables(), arrays[:networks], strict=False):
                variable.assign(value)

    def _variables(self) -> list[keras.Variable]:
        return [*self.weights, *self.optimiser.variables]

    def _learn(self, pulled: tf.Tensor, straight: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            code_a, code_b = (self.unfold(_level(c, c)) for c in tf.split(self.encoder(pulled, training=True), 2))
            target_a, target_b = tf.split(straight, 2)
            loss_a = tf.reduce_mean(tf.abs(self.decoder_a(code_a, training=True) - target_a))
            loss_b = tf.reduce_mean(tf.abs(self.decoder_b(code_b, training=True) - target_b))
            loss = loss_a + loss_b
        self.optimiser.apply(tape.gradient(loss, self.weights), self.weights)
        return loss_a, loss_b

    def train(self, stop_at: int | None = None) -> None:
        """Go on to the end, or to a step; every step's faces depend on the seed and the step alone."""
        last = self.settings.steps if stop_at is None else min(stop_at, self.settings.steps)
        since: list[list[float]] = []
        with tqdm(total=self.settings.steps, initial=self.step, unit="step", desc="swap") as bar:
            while self.step < last:
                rng = np.random.default_rng([self.settings.seed, self.step])
                both = [p.faces[rng.integers(0, len(p.faces), self.settings.batch)] for p in (self.a, self.b)]
                pulled, straight = distorted(np.concatenate(both), rng)
                self.optimiser.learning_rate.assign(self.settings.rate * 0.5 ** (self.step / HALVED))
                since.append([float(x) for x in self.learn(tf.constant(shades(pulled)), tf.constant(straight))])
                self.step += 1
                bar.update()
                if self.step in SAMPLED:
                    self.samples[self.step] = _bytes(self.as_b(self.watched))
                if self.step % KEPT_EVERY == 0:
                    self.losses.append([float(x) for x in np.mean(since, axis=0)])
                    since = []
                    bar.set_postfix(a=f"{self.losses[-1][0]:.3f}", b=f"{self.losses[-1][1]:.3f}")
                if self.step % KEPT_EVERY == 0 or self.step == last:
                    state = {"step": self.step, "losses": self.losses, "samples_at": list(self.samples)}
                    arrays = [*(v.numpy() for v in self._variables()), *self.samples.values()]
                    keep(self.path, self.identity, state, arrays)

    def as_b(self, faces: np.ndarray, of_a: bool = True) -> np.ndarray:
        """Faces (N, SIZE, SIZE, 3) float32 in 0..1 of A (or of B) -> the same, drawn by B's decoder."""
        usual = self._codes((self.a if of_a else self.b).faces)
        codes = _level(self._codes(faces), usual)
        parts = [self.decoder_b(self.unfold(codes[i : i + 64])).numpy() for i in range(0, len(faces), 64)]
        return np.concatenate(parts)

    def _codes(self, faces: np.ndarray) -> tf.Tensor:
        seen = shades(faces)
        return tf.concat([self.encoder(seen[i : i + 64]) for i in range(0, len(seen), 64)], 0)


# ---------------------------------------------------------------- people and pictures


def person(name: str, pictures: list[np.ndarray], finder: Finder, fewest: int = FEWEST) -> Person:
    """Cut the faces out. Raises DataError if fewer than `fewest` pictures show one."""
    found = find_faces(pictures, finder)
    if len(found) < fewest:
        raise DataError(f"{name}: a face was found in {len(found)} of {len(pictures)} pictures; {fewest} are needed")
    return Person(pictures, found, _cuts(pictures, found))


def framed_alike(a: Person, b: Person) -> Person:
    """B with all its squares moved and scaled in one way, so that its brows, eyes and mouth lie where A's do.

    A finder frames a face by what the hair leaves of it, and two people wear it differently. What always differs
    between the two does not pass `_level`: B's decoder would draw each face at the place it has in B's pictures, and
    not at the one where it is put back.
    """
    wanted, there = _lines(a.faces), _lines(b.faces)
    best, shift, scale = -1.0, 0.0, 1.0
    middle = (SIZE - 1) / 2
    for zoom in np.arange(0.8, 1.25, 0.02):
        for down in np.arange(-0.16, 0.17, 0.02):  # half sides
            matrix = np.array([[zoom, 0, middle * (1 - zoom)], [0, zoom, middle * (1 - zoom) + down * SIZE / 2]])
            moved = cv2.warpAffine(there, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
            alike = float(np.corrcoef(moved[WITHIN].ravel(), wanted[WITHIN].ravel())[0, 1])
            if alike > best:
                best, shift, scale = alike, down, zoom
    found = [(i, Square(s.row + shift * s.half, s.col, s.half * scale)) for i, s in b.found]
    return Person(b.pictures, found, _cuts(b.pictures, found))


def _lines(faces: np.ndarray) -> np.ndarray:
    """Where thin dark things are in faces (N, SIZE, SIZE, 3): the mean of their black hats, (SIZE, SIZE) float32."""
    grey = faces @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.mean([cv2.morphologyEx(g, cv2.MORPH_BLACKHAT, np.ones((7, 7))) for g in grey], axis=0)


def _cuts(pictures: list[np.ndarray], found: list[tuple[int, Square]]) -> np.ndarray:
    return np.stack([cut(pictures[i], square, SIZE) for i, square in found]).astype(np.float32) / 255


def exchange(swapper: Swapper, a: Person) -> tuple[np.ndarray, list[np.ndarray]]:
    """(faces as B's decoder draws them, (N, SIZE, SIZE, 3) float32; A's pictures with these put back, uint8)."""
    faces = swapper.as_b(a.faces)
    whole = [
        put_back(a.pictures[i], square, face)
        for (i, square), face in zip(a.found, _bytes(faces), strict=True)
    ]
    return faces, whole


def _bytes(faces: np.ndarray) -> np.ndarray:
    return (faces * 255).round().astype(np.uint8)


def compare(swapper: Swapper, a: Person, truth: Person, faces: np.ndarray) -> dict[str, float]:
    """How near the exchanged faces are to B drawn in the same pose: mean absolute error in the oval, of 255.

    Beside it what no exchange, B's average face and B's own pictures through encoder and decoder reach, and how often
    the true face nearest to an exchanged one is that of its own pose (chance: one in the number of faces).
    """
    inside = oval(SIZE)

    def error(made: np.ndarray, true: np.ndarray) -> float:
        return float(np.abs(made - true)[:, inside].mean() * 255)

    each = np.stack([np.abs(truth.faces - face)[:, inside].mean(axis=(1, 2)) for face in faces])
    return {
        "exchanged": error(faces, truth.faces),
        "no_exchange": error(a.faces, truth.faces),
        "average_face": error(swapper.b.faces.mean(axis=0, keepdims=True), truth.faces),
        "own_pictures": error(swapper.as_b(truth.faces, of_a=False), truth.faces),
        "own_pose_nearest": float((each.argmin(axis=1) == np.arange(len(each))).mean()),
        "faces": len(each),
    }


def _rows(rows: dict[str, list[np.ndarray]]) -> np.ndarray:
    """Rows of pictures, each brought to DRAWN_PX high and wide and named above, with room below for the mark."""
    font = ImageFont.load_default(size=LABEL_PX * 0.7)
    lines = []
    for name, row in rows.items():
        small = [Image.fromarray(p).resize((DRAWN_PX, DRAWN_PX), Image.Resampling.BICUBIC) for p in row[:SHOWN]]
        pictures = np.concatenate([np.asarray(p) for p in small], axis=1)
        label = Image.new("RGB", (pictures.shape[1], LABEL_PX), "white")
        ImageDraw.Draw(label).text((4, LABEL_PX / 2), name, fill="black", font=font, anchor="lm")
        lines += [np.asarray(label), pictures]
    sheet = np.concatenate(lines)
    return np.pad(sheet, ((0, len(sheet) // 7 + 1), (0, 0), (0, 0)))


def swap_faces(folders: tuple[Path, Path] | None, out: Path, settings: Settings, count: int = 500) -> dict[str, Any]:
    """Learn both people, or go on, put B's face into A's pictures, and write pictures and figures.

    folders: A's and B's pictures; None draws `count` of each and 64 more of A in poses that training never saw, whose
    truth is known. Returns the figures. Raises DataError for folders without enough faces.
    """
    if folders is None:
        rng = np.random.default_rng([settings.seed, 3])
        poses = [[random_pose(rng, LIVELY) for _ in range(n)] for n in (count, count, 64)]
        a = person("drawn A", _drawn(ANNA, poses[0]), find_by_skin)
        b = person("drawn B", _drawn(BRUNO, poses[1]), find_by_skin)
        shown = person("drawn A", _drawn(ANNA, poses[2]), find_by_skin)
        # The truth is cut where A's face was found: that is where the exchanged face goes.
        drawn_b = _drawn(BRUNO, [poses[2][i] for i, _ in shown.found])
        squares = [(k, square) for k, (_, square) in enumerate(shown.found)]
        truth = Person(drawn_b, squares, _cuts(drawn_b, squares))
    else:
        pictures = [load_pictures(folder) for folder in folders]
        finder = choose_finder(*pictures)
        a, b = (person(str(folder), p, finder) for folder, p in zip(folders, pictures, strict=True))
        shown, truth = a, None
    (out / "swapped").mkdir(parents=True, exist_ok=True)
    b = framed_alike(a, b)
    swapper = Swapper(out / "run.npz", settings, a, b, shown.faces, own=folders is not None)
    swapper.train()
    faces, whole = exchange(swapper, shown)
    figures: dict[str, Any] = {"steps": swapper.step, "faces_a": len(a.faces), "faces_b": len(b.faces),
                               "losses_every": KEPT_EVERY, "losses": swapper.losses}  # fmt: skip
    rows = {"A, a picture": [shown.pictures[i] for i, _ in shown.found],
            **{f"the same face, drawn by the decoder that learns B, after {n:,} steps": list(made)
               for n, made in {**swapper.samples, swapper.step: _bytes(faces)}.items()},
            "put back, in the tone of A's skin": whole}
    if truth is not None:
        figures["error"] = compare(swapper, shown, truth, faces)
        rows["the truth: B, drawn in the same pose"] = truth.pictures
    for (i, _), picture in zip(shown.found, whole, strict=True):
        save_synthetic(out / "swapped" / f"{i:04}.png", picture)
    save_synthetic(out / "swap.png", _rows(rows))
    _curve(swapper.losses, out / "curve.png")
    with replacing(out / "swap.json") as temporary:
        temporary.write_text(json.dumps(figures, indent=1) + "\n")
    _write_page(figures, out)
    return figures


def _write_page(figures: dict[str, Any], out: Path) -> None:
    """OUT/index.html: the rows of pictures with their mark, and what the exchange is worth."""
    parts = [
        in_talk("swap"),
        page.words("E sees faces of both people, distorted, and can keep only what they have in common: pose, "
                   "expression, light. One decoder for each person learns to draw the undistorted face from that. Then "
                   "A's faces are given to the decoder that learns B. Every picture made here carries the word "
                   "SYNTHETIC, and says so in its file; nothing turns that off."),
        page.embedded((out / "swap.png").read_bytes(), "a column is one picture of A, and what becomes of it"),
    ]
    if "error" in figures:
        error = figures["error"]
        parts += [
            page.heading("How near to the truth"),
            page.words(f"Both people are drawn by a program, so B can be drawn in every pose of A: the last row. Mean "
                       f"difference from that, inside the face, over {error['faces']} poses that training never saw; "
                       "255 would be white for black:"),
            page.table(["what stands in the face", "difference, of 255"], [
                ["A's own face: no exchange", f"{error['no_exchange']:.1f}"],
                ["B's average face, whatever the pose", f"{error['average_face']:.1f}"],
                ["the exchanged face", f"{error['exchanged']:.1f}"],
                ["B's own picture, read and drawn again: the best that these networks can do",
                 f"{error['own_pictures']:.1f}"]]),
            page.words(f"For {error['own_pose_nearest']:.0%} of the exchanged faces the nearest of the "
                       f"{error['faces']} true ones is that of the same pose."),
        ]
    parts += [page.heading("How it learned"),
              page.embedded((out / "curve.png").read_bytes(), "how far what each decoder draws is from the face it is "
                            "to draw, while it learned")]
    page.write(out / "index.html", "One face for another", parts)


def _curve(losses: list[list[float]], path: Path) -> None:
    """How far what a decoder draws is from the face it was to draw, over the steps."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axis = figure.subplots()
    steps = np.arange(1, len(losses) + 1) * KEPT_EVERY
    for i, name in enumerate("AB"):
        axis.plot(steps, [255 * loss[i] for loss in losses], label=f"pictures of {name}")
    axis.set(xlabel="training steps", ylabel="mean absolute error, of 255", ylim=(0, None))
    axis.legend(frameon=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110, format="png")


def _drawn(look: Look, poses: list[Pose]) -> list[np.ndarray]:
    return [draw(look, pose, DRAWN_PX) for pose in poses]
