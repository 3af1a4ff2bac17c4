"""Hand-made features with a support vector machine against a small CNN, by the number of training examples.

    omr talk classify -o classify.html                   # crops of music symbols, engraved here
    omr talk classify --data FOLDER -o classify.html     # DeepScores' classification set, or any folder a class

Cost: 96 scores are engraved first, then 54 machines and 18 networks are trained; what is done is kept beside the page,
and the same command goes on. Expected, with 24 classes and 60 test crops of each, means of three draws: with 5 crops a
class the CNN has 42 % right and the best hand-made features 35 %, with 20 crops 71 % and 50 %, with 50 crops 84 % and
58 %.

Why it is here: until 2012 images were classified by features that people had thought of; then one network learned its
own from a million photographs, told a container ship from a tiger, and nearly halved the error (Krizhevsky, Sutskever
and Hinton, "ImageNet classification with deep convolutional neural networks", 2012). HOG: Dalal and Triggs, "Histograms
of oriented gradients for human detection", 2005. Crops of music symbols as a benchmark: Tuggener et al., "DeepScores",
2018.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from companions.chapters import in_talk
from companions.page import embedded, figure_png, table, write
from omr.errors import DataError
from omr.files import replacing

SIDE_PX = 40
"""Side of a crop."""
IMAGES = (".png", ".jpg", ".jpeg", ".bmp")
TRAIN_FOLDERS, TEST_FOLDERS = ("train",), ("val", "test", "validation")
STEPS, BATCH = 800, 64
"""Of the CNN, whatever the number of examples: a small set is seen more often."""
SHIFT_PX, SHIFTED = 2, 2
"""Pixels that a crop may be moved, as far as the CNN's layer moves it (a twentieth of the side), and copies so made."""
COSTS = {"linear": (0.01, 0.1, 1.0), "rbf": (1.0, 10.0, 100.0)}
"""What C is chosen from, a kernel."""
TUNED = 20
"""Examples a class that C is chosen by."""
SEEDS = 3
"""Every training is done with so many draws of training crops and first weights."""
METHODS = ("pixels, RBF SVM", "features, linear SVM", "features, RBF SVM", "CNN")


@dataclass(frozen=True)
class Crops:
    """Labelled crops: pixels (N, SIDE_PX, SIDE_PX) uint8 gray, labels (N,) as indices of names."""

    pixels: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.pixels.shape != (len(self.labels), SIDE_PX, SIDE_PX) or len(self.names) < 2:
            raise DataError(f"crops must be {SIDE_PX} x {SIDE_PX}, one label each, of two classes or more")

    def some(self, count: int, seed: int) -> Crops:
        """`count` crops of every class, drawn by the seed."""
        rng = np.random.default_rng(seed)
        keep = np.concatenate([rng.permutation(np.flatnonzero(self.labels == c))[:count]
                               for c in range(len(self.names))])
        return Crops(self.pixels[keep], self.labels[keep], self.names)

    def fewest(self) -> int:
        """How many crops the rarest class has."""
        return int(np.bincount(self.labels, minlength=len(self.names)).min())


def read_folder(folder: Path, most: int, seed: int) -> tuple[Crops, Crops]:
    """(training crops, test crops) of a folder with a folder of images for every class.

    With `train` and `val` (or `test`) inside, as ImageNet has it, these are the two; else a quarter of every class,
    drawn by the seed, is for testing. Names come from `class_names.csv` (DeepScores) where there is one. Of each image
    the central square is used, in gray, at `SIDE_PX`. most: of each class. Raises DataError on a folder without such
    images.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder of images by class")
    inside = {p.name.lower(): p for p in folder.iterdir() if p.is_dir()}
    train = next((inside[n] for n in TRAIN_FOLDERS if n in inside), None)
    test = next((inside[n] for n in TEST_FOLDERS if n in inside), None)
    rng = np.random.default_rng(seed)
    if train is not None and test is not None:
        ours, theirs = _files(train), _files(test)
    else:
        drawn = {name: [files[i] for i in rng.permutation(len(files))] for name, files in _files(folder).items()}
        theirs = {name: files[: len(files) // 4] for name, files in drawn.items()}
        ours = {name: files[len(files) // 4 :] for name, files in drawn.items()}
    names = tuple(sorted(name for name in ours if ours[name] and theirs.get(name)))
    if len(names) < 2:
        raise DataError(f"{folder} does not hold images of two classes, four or more of each, in a folder a class")
    titles = _class_names(folder)

    def read(files: dict[str, list[Path]], says: str) -> Crops:
        chosen = [(label, file) for label, name in enumerate(names) for file in files[name][:most]]
        pixels = [_read_image(file) for _, file in tqdm(chosen, desc=says, unit="crop", leave=False)]
        return Crops(np.array(pixels), np.array([label for label, _ in chosen]), tuple(titles.get(n, n) for n in names))

    return read(ours, "training crops"), read(theirs, "test crops")


def _files(folder: Path) -> dict[str, list[Path]]:
    return {sub.name: sorted(f for f in sub.rglob("*") if f.suffix.lower() in IMAGES)
            for sub in sorted(folder.iterdir()) if sub.is_dir()}


def _class_names(folder: Path) -> dict[str, str]:
    path = folder / "class_names.csv"
    if not path.exists():
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        return {row[0].strip(): row[1].strip() for row in csv.reader(file) if len(row) > 1}


def _read_image(path: Path) -> np.ndarray:
    from PIL import Image

    try:
        with Image.open(path) as image:
            gray = image.convert("L")
    except OSError as error:
        raise DataError(f"{path} is no readable image") from error
    side = min(gray.size)
    left, top = (gray.width - side) // 2, (gray.height - side) // 2
    square = gray.crop((left, top, left + side, top + side)).resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    return np.asarray(square)


def wear(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A clean crop as a poor scanner gives it: blurred, paler, with noise; (H, W) uint8 -> same."""
    from scipy.ndimage import gaussian_filter

    blurred = gaussian_filter(pixels.astype(np.float32), rng.uniform(0.2, 1.1))
    paper, ink = rng.uniform(200, 255), rng.uniform(0, 90)
    noisy = ink + blurred * (paper - ink) / 255 + rng.normal(0, rng.uniform(4, 28), pixels.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def features(pixels: np.ndarray) -> np.ndarray:
    """What people thought of, of (N, H, W) uint8 crops: (N, F) float.

    Histograms of oriented gradients; how much ink each fifth of the rows and columns has; Hu's moments of the ink;
    how many pieces and holes it has.
    """
    from skimage.feature import hog
    from skimage.filters import threshold_otsu
    from skimage.measure import euler_number, label, moments_central, moments_hu, moments_normalized

    rows = []
    for crop in pixels:
        gradients = hog(crop, orientations=9, pixels_per_cell=(8, 8), cells_per_block=(2, 2))
        ink = crop <= threshold_otsu(crop) if crop.min() < crop.max() else np.zeros(crop.shape, bool)
        by_row, by_col = ([part.mean() for part in np.array_split(ink.mean(axis), 5)] for axis in (1, 0))
        hu = moments_hu(moments_normalized(moments_central(ink))) if ink.any() else np.zeros(7)
        # Hu's moments span many powers of ten.
        hu = np.sign(hu) * np.log10(1 + 1e8 * np.abs(hu))
        pieces = int(label(ink).max())
        rows.append([*gradients, *by_row, *by_col, *hu, np.log1p(pieces), np.log1p(abs(euler_number(ink) - pieces))])
    return np.array(rows)


def shifted(crops: Crops, seed: int) -> Crops:
    """The crops, and `SHIFTED` copies of each, moved by up to `SHIFT_PX` pixels: what the CNN gets to see too."""
    rng = np.random.default_rng(seed)
    padded = np.pad(crops.pixels, ((0, 0), (SHIFT_PX,) * 2, (SHIFT_PX,) * 2), mode="edge")
    moved = [crops.pixels]
    for _ in range(SHIFTED):
        down, right = rng.integers(0, 2 * SHIFT_PX + 1, (2, len(padded)))
        moved.append(np.stack([p[d:d + SIDE_PX, r:r + SIDE_PX]
                               for p, d, r in zip(padded, down, right, strict=True)]))
    return Crops(np.concatenate(moved), np.tile(crops.labels, 1 + SHIFTED), crops.names)


def best_c(x: np.ndarray, labels: np.ndarray, kernel: str) -> float:
    """The C of `COSTS` that is right most often in cross-validation, on at most `TUNED` examples a class; with fewer
    than two of a class, the middle one."""
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    some = np.concatenate([np.flatnonzero(labels == c)[:TUNED] for c in np.unique(labels)])
    fewest = int(np.bincount(labels[some])[np.unique(labels)].min())
    if fewest < 2:
        return COSTS[kernel][1]
    folds = StratifiedKFold(min(3, fewest), shuffle=True, random_state=0)
    scores = [cross_val_score(make_pipeline(StandardScaler(), SVC(kernel=kernel, C=c)), x[some], labels[some],
                              cv=folds).mean() for c in COSTS[kernel]]
    return COSTS[kernel][int(np.argmax(scores))]


def train_svm(x: np.ndarray, labels: np.ndarray, kernel: str, cost: float) -> Callable[[np.ndarray], np.ndarray]:
    """A support vector machine on scaled features (N, F); returns features -> labels. cost: its C."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    machine = make_pipeline(StandardScaler(), SVC(kernel=kernel, C=cost))
    return machine.fit(x, labels).predict


def train_cnn(crops: Crops, seed: int, steps: int = STEPS) -> Callable[[np.ndarray], np.ndarray]:
    """Four convolutions and a softmax, trained on crops that are shifted a little; returns pixels -> labels."""
    import keras
    import tensorflow as tf
    from keras import layers

    keras.utils.set_random_seed(seed)
    stack: list[keras.layers.Layer] = [
        keras.Input((SIDE_PX, SIDE_PX, 1)), layers.Rescaling(-1 / 255, 1.0),
        layers.RandomTranslation(0.05, 0.05, fill_mode="nearest"),
    ]
    for width in (16, 32, 64, 128):
        stack += [layers.Conv2D(width, 3, padding="same", use_bias=False), layers.BatchNormalization(momentum=0.9),
                  layers.ReLU(), layers.MaxPooling2D()]
    model = keras.Sequential([*stack, layers.Flatten(), layers.Dropout(0.4),
                              layers.Dense(len(crops.names), activation="softmax")])
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    data = tf.data.Dataset.from_tensor_slices((crops.pixels[..., None], crops.labels)).cache()
    data = data.shuffle(len(crops.labels), seed=seed).repeat().batch(BATCH).prefetch(2)
    model.fit(data, steps_per_epoch=steps, epochs=1, shuffle=False, verbose=0)
    return lambda pixels: model.predict(pixels[..., None], verbose=0, batch_size=256).argmax(1)


Results = dict[str, list[int]]
""""method at N, draw S" -> the label found for each test crop."""


def compare(train: Crops, test: Crops, counts: Sequence[int], seed: int, steps: int = STEPS,
            state: Path | None = None) -> Results:
    """Every method on N training crops a class, for each N of counts, with `SEEDS` draws of them.

    All methods see the same crops, and moved ones. state: a JSON file to go on from, written after each training; the
    caller sees to it that it is of the same crops.
    """
    found: Results = json.loads(state.read_text()) if state is not None and state.exists() else {}
    unseen = features(test.pixels)
    tasks = [(count, draw) for count in counts for draw in range(SEEDS)
             if any(key(method, count, draw) not in found for method in METHODS)]
    for count, draw in tqdm(tasks, desc="methods", unit="draw", leave=False):
        some = train.some(count, seed + draw)
        found[key("CNN", count, draw)] = train_cnn(some, seed + draw, steps)(test.pixels).tolist()
        more = shifted(some, seed + draw)
        plain, made = (p.pixels.reshape(len(p.labels), -1) for p in (some, more))
        counted, made_counted = features(some.pixels), features(more.pixels)
        for method, own, all_, asked in (
                (METHODS[0], plain, made, test.pixels.reshape(len(test.pixels), -1)),
                (METHODS[1], counted, made_counted, unseen), (METHODS[2], counted, made_counted, unseen)):
            kernel = "linear" if "linear" in method else "rbf"
            answer = train_svm(all_, more.labels, kernel, best_c(own, some.labels, kernel))(asked)
            found[key(method, count, draw)] = [int(a) for a in answer]
        if state is not None:
            with replacing(state) as temporary:
                temporary.write_text(json.dumps(found))
    return found


def key(method: str, count: int, draw: int = 0) -> str:
    """The name of one training in `Results`."""
    return f"{method} at {count}, draw {draw}"


def accuracies(found: Results, method: str, count: int, test: Crops) -> list[float]:
    """Of every draw."""
    return [accuracy(found[key(method, count, draw)], test) for draw in range(SEEDS)]


def accuracy(found: Sequence[int], test: Crops) -> float:
    """Mean over the classes of the share of their test crops that were recognised."""
    right = np.asarray(found) == test.labels
    return float(np.mean([right[test.labels == c].mean() for c in range(len(test.names))]))


def write_comparison(out: Path, train: Crops, test: Crops, found: Results, counts: Sequence[int], where: str) -> None:
    """The page: the table, the chart, examples, and what each side confuses. where: what the crops are, for readers."""
    each = {m: [accuracies(found, m, n, test) for n in counts] for m in METHODS}
    figures = {m: [float(np.mean(a)) for a in each[m]] for m in METHODS}
    rows = [[m, *(f"{100 * np.mean(a):.1f} % ({100 * min(a):.0f}-{100 * max(a):.0f})" for a in each[m])]
            for m in METHODS]
    ahead = [n for n, c, f in zip(counts, figures["CNN"], figures[METHODS[2]], strict=True) if c > f]
    body = [
        "<p>Until 2012, people chose the features by which a machine told a container ship from a tiger, and a machine "
        "learned only what to make of them. Then a network learned the features too. The same contest in small:</p>",
        f"<p>{where} {len(train.names)} classes, {len(test.labels)} test crops; accuracy is the mean over classes, and "
        f"over {SEEDS} draws of the training crops, the lowest and the highest in brackets. The support vector "
        "machines (SVM), whose border between two classes is straight (linear) or bent (RBF), see the crops moved by "
        "up to two pixels as the convolutional network (CNN) does; their C, the price of an error, is chosen by "
        "cross-validation. Features: gradients by direction (HOG), how much ink where, moments, pieces and holes.</p>",
        table(["training crops a class", *map(str, counts)], rows),
        f"<p>The CNN is ahead of the best hand-made features from {min(ahead)} crops a class on.</p>"
        if ahead and ahead == [n for n in counts if n >= min(ahead)] else
        f"<p>The CNN is ahead of the RBF SVM at: {', '.join(map(str, ahead)) or 'none of these'}.</p>",
        embedded(_chart(each, counts), "accuracy by the number of training crops"),
        "<h2>The crops</h2><p>Training crops, a class a row.</p>", embedded(_examples(train), "examples of each class"),
        f"<h2>Confusions with {counts[-1]} crops a class</h2>",
    ]
    for method in METHODS[2:]:
        wrong: dict[tuple[int, int], int] = {}
        for truth, said in zip(test.labels.tolist(), found[key(method, counts[-1])], strict=True):
            if truth != said:
                wrong[truth, said] = wrong.get((truth, said), 0) + 1
        worst = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:8]
        body += [f"<h3>{method}</h3>", table(["it is", "it said", "times"], [
            [test.names[t], test.names[s], str(n)] for (t, s), n in worst])]
    write(out, "Hand-made features against a CNN", [in_talk("classify"), *body])


def _chart(figures: dict[str, list[list[float]]], counts: Sequence[int]) -> bytes:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4.6))
    for method, line in figures.items():
        (drawn,) = axes.plot(counts, [100 * np.mean(a) for a in line], "o-" if method == "CNN" else "s--", label=method)
        axes.fill_between(counts, [100 * min(a) for a in line], [100 * max(a) for a in line], color=drawn.get_color(),
                          alpha=0.2, linewidth=0)
    axes.set(xscale="log", xlabel="training crops a class", ylabel="accuracy on crops of other scores, %")
    axes.set_xticks(list(counts), [str(n) for n in counts])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    picture = figure_png(figure)
    pyplot.close(figure)
    return picture


def _examples(crops: Crops, each: int = 12) -> bytes:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 0.5 * len(crops.names) + 0.4))
    sheet = np.full((len(crops.names) * (SIDE_PX + 4), each * (SIDE_PX + 4)), 255, np.uint8)
    for row, _ in enumerate(crops.names):
        for col, crop in enumerate(crops.pixels[crops.labels == row][:each]):
            top, left = row * (SIDE_PX + 4), col * (SIDE_PX + 4)
            sheet[top : top + SIDE_PX, left : left + SIDE_PX] = crop
    axes.imshow(sheet, cmap="gray", vmin=0, vmax=255, aspect="equal")
    axes.set_yticks([(r + 0.5) * (SIDE_PX + 4) for r in range(len(crops.names))], crops.names, fontsize=9)
    axes.set_xticks([])
    axes.spines[:].set_visible(False)
    figure.tight_layout()
    picture = figure_png(figure, dpi=110)
    pyplot.close(figure)
    return picture
