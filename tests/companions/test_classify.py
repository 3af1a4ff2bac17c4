"""Both sides learn an easy contest, the features say what they should, folders are read in both layouts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from companions import classify
from companions.classify import Crops
from omr.errors import DataError


def shapes(each: int, seed: int) -> Crops:
    """Rings, bars and dots at random places, worn."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[: classify.SIDE_PX, : classify.SIDE_PX]
    pixels = []
    for kind in range(3):
        for _ in range(each):
            row, col = rng.integers(16, 24, 2)
            distance = np.hypot(rows - row, cols - col)
            ink = (np.abs(distance - 9) < 2, (np.abs(rows - row) < 2) & (np.abs(cols - col) < 10), distance < 4)[kind]
            pixels.append(classify.wear(np.where(ink, 0, 255).astype(np.uint8), rng))
    return Crops(np.array(pixels), np.repeat(np.arange(3), each), ("ring", "bar", "dot"))


def test_both_sides_learn_and_the_page_goes_on_from_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classify, "SEEDS", 1)
    monkeypatch.setattr(classify, "BATCH", 24)
    train, test, state = shapes(20, 0), shapes(10, 1), tmp_path / "state.json"
    found = classify.compare(train, test, [20], 0, steps=60, state=state)
    for method in classify.METHODS:
        least = 0.6 if method.startswith("pixels") else 0.8
        assert min(classify.accuracies(found, method, 20, test)) > least, method
    text = state.read_text()
    assert classify.compare(train, test, [20], 0, steps=60, state=state) == found and state.read_text() == text
    classify.write_comparison(tmp_path / "page.html", train, test, found, [20], "Shapes.")
    assert (tmp_path / "page.html").read_text().count("data:image/png") == 2


def test_the_machines_see_what_the_network_sees() -> None:
    crops = shapes(6, 3)
    more = classify.shifted(crops, 1)
    assert len(more.labels) == len(crops.labels) * (1 + classify.SHIFTED)
    assert np.array_equal(more.pixels[:18], crops.pixels) and np.array_equal(more.labels[18:36], crops.labels)
    ring = crops.pixels[0].astype(int)
    moves = [np.abs(np.roll(ring, move, (0, 1))[4:-4, 4:-4] - more.pixels[18][4:-4, 4:-4]).max()
             for move in np.ndindex(5, 5) for move in [(move[0] - 2, move[1] - 2)]]
    assert min(moves) == 0, "moved by whole pixels, and by no more than two"
    first, second = crops.some(3, 0), crops.some(3, 1)
    assert len(first.labels) == 9 and not np.array_equal(first.pixels, second.pixels)


def test_c_is_chosen_by_what_is_right() -> None:
    rng = np.random.default_rng(0)
    # One class is a small ball in another: an RBF machine with too small a C takes all for one class.
    x = np.concatenate([rng.normal(0, 0.4, (20, 3)), rng.normal(0, 3, (20, 3))])
    assert classify.best_c(x, np.repeat([0, 1], 20), "rbf") in classify.COSTS["rbf"]
    assert classify.best_c(x[:2], np.array([0, 1]), "linear") == classify.COSTS["linear"][1]
    labels = np.repeat([0, 1], 20)
    noisy = rng.normal(0, 1, (40, 200)) + labels[:, None] * 0.25
    assert classify.best_c(noisy, labels, "linear") == classify.COSTS["linear"][0], "many features, few examples"


def test_features_know_a_ring_from_a_dot_by_its_hole_wherever_it_is() -> None:
    rings, _, dots = (classify.features(shapes(4, 2).pixels[i * 4 : i * 4 + 4]) for i in range(3))
    assert rings.shape == (4, 4 * 4 * 4 * 9 + 5 + 5 + 7 + 2)
    assert np.isfinite(rings).all() and np.isfinite(dots).all()
    clean = np.full((2, classify.SIDE_PX, classify.SIDE_PX), 255, np.uint8)
    clean[:, 10:30, 10:30] = 0
    clean[0, 15:25, 15:25] = 255
    holed, full = classify.features(clean)
    assert holed[-1] == pytest.approx(np.log(2)) and full[-1] == 0
    blank = classify.features(np.full((1, classify.SIDE_PX, classify.SIDE_PX), 255, np.uint8))
    assert np.isfinite(blank).all()


def test_folders_are_read_as_deepscores_and_as_imagenet_have_them(tmp_path: Path) -> None:
    for layout in ("deepscores", "imagenet/train", "imagenet/val"):
        for name, gray in (("3", 10), ("7", 200)):
            (tmp_path / layout / name).mkdir(parents=True)
            for i in range(8):
                Image.new("L", (220, 120), gray).save(tmp_path / layout / name / f"{i}.png")
    (tmp_path / "deepscores" / "class_names.csv").write_text("3,gClef\n7,restQuarter\n")
    train, test = classify.read_folder(tmp_path / "deepscores", 100, 0)
    assert train.names == ("gClef", "restQuarter") and len(train.labels) == 12 and len(test.labels) == 4
    assert set(train.pixels[train.labels == 1].ravel()) == {200}
    train, test = classify.read_folder(tmp_path / "imagenet", 5, 0)
    assert train.names == ("3", "7") and len(train.labels) == len(test.labels) == 10
    with pytest.raises(DataError, match="two classes"):
        classify.read_folder(tmp_path / "deepscores" / "3", 5, 0)
