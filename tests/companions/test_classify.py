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


def test_both_sides_learn_and_the_page_goes_on_from_its_state(tmp_path: Path) -> None:
    train, test, state = shapes(20, 0), shapes(10, 1), tmp_path / "state.json"
    found = classify.compare(train, test, [20], 0, steps=60, state=state)
    for method in classify.METHODS:
        least = 0.6 if method.startswith("pixels") else 0.8
        assert classify.accuracy(found[classify.key(method, 20)], test) > least, method
    text = state.read_text()
    assert classify.compare(train, test, [20], 0, steps=60, state=state) == found and state.read_text() == text
    classify.write_comparison(tmp_path / "page.html", train, test, found, [20], "Shapes.")
    assert (tmp_path / "page.html").read_text().count("data:image/png") == 2


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
