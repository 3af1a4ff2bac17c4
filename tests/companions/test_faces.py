"""The growing GAN: what it draws, measures, keeps and refuses."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from companions.chapters import in_talk
from companions.characters import Pose, draw, place, random_look
from companions.distance import laplacian_distances
from companions.faces import HALVED, STEADY, Run, Settings, drawn_faces, grow, load_faces
from companions.growing import LATENT, SIZES, Critic, Generator
from omr.errors import DataError

pytestmark = pytest.mark.usefixtures("without_graphs")

TINY = Settings(steps=(1, 2, 1, 1), batch=4, compared=16)


def test_drawn_faces_follow_the_seed_and_the_pose() -> None:
    faces = drawn_faces(8, 3)
    assert faces.shape == (8, 32, 32, 3) and faces.dtype == np.uint8
    assert np.array_equal(faces, drawn_faces(8, 3)) and not np.array_equal(faces, drawn_faces(8, 4))
    look = replace(random_look(np.random.default_rng(0)), hairstyle="bald", beard=False, glasses=False)
    shut, open_ = (draw(look, Pose(mouth_open=m), 128).astype(int) for m in (0.0, 1.0))
    changed = np.argwhere(np.abs(shut - open_).sum(-1) > 30)
    row, col, half = place(Pose(), 128)
    # Opening the mouth changes the lower face and nothing else.
    assert len(changed) > 50 and changed[:, 0].min() > row + 0.3 * half and changed[:, 0].max() < row + half
    assert np.abs(changed[:, 1] - col).max() < 0.5 * half


def test_new_layers_fade_in_from_what_was_there() -> None:
    generator, critic = Generator(0), Critic(1)
    noise = np.random.default_rng(0).normal(size=(4, LATENT)).astype(np.float32)
    for before, size in zip(SIZES, SIZES[1:], strict=False):
        old, begun, grown = generator(noise, before, 1.0), generator(noise, size, 0.0), generator(noise, size, 1.0)
        assert np.allclose(begun, np.repeat(np.repeat(old, 2, 1), 2, 2), atol=1e-5)
        assert not np.allclose(begun, grown, atol=1e-2)
        assert np.allclose(critic(begun, size, 0.0), critic(old, before, 1.0), atol=1e-4)


def test_distance_is_small_between_alike_sets_and_sees_blur_where_it_is() -> None:
    faces = drawn_faces(256, 0) / 255
    a, b = faces[:128], faces[128:]
    floor = laplacian_distances(a, b)
    assert list(floor) == [32, 16, 8]
    rough = laplacian_distances(a, b[:, ::4, ::4].repeat(4, 1).repeat(4, 2))
    assert rough[32] > 1.3 * floor[32] and rough[16] > 1.3 * floor[16]
    with pytest.raises(ValueError, match="cannot be compared"):
        laplacian_distances(a, b[:5])


def test_real_faces_are_not_called_drawn_by_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Figure] = []
    monkeypatch.setattr("companions.faces._save", lambda figure, path: (figures.append(figure), path.write_bytes(b"")))
    grow(None, tmp_path, replace(TINY, steps=(1, 1, 1, 1)), count=64)
    first, *others = [axis.get_title(loc="left") for axis in figures[0].axes]
    assert first.startswith("learned from")
    assert len(others) == len(SIZES) and all(name.startswith("drawn by the network") for name in others)


def test_the_learning_rate_falls_when_a_size_has_been_learned_for_long(tmp_path: Path) -> None:
    run = Run(tmp_path / "run.npz", TINY, drawn_faces(64, 0))
    run._learn = lambda real, noise, share: None
    for within, share in ((STEADY, 1.0), (STEADY + HALVED, 0.5), (STEADY + 2 * HALVED, 0.25)):
        run._one_step(within)
        assert [float(o.learning_rate.numpy()) for o in run.optimisers] == pytest.approx([TINY.rate * share] * 2)


def test_an_interrupted_run_ends_as_one_that_was_not(tmp_path: Path) -> None:
    faces = drawn_faces(64, 0)
    straight = Run(tmp_path / "a.npz", TINY, faces)
    straight.train(stop_at=2)  # in the middle of a size
    shutil.copy(tmp_path / "a.npz", tmp_path / "b.npz")  # as a run leaves it that is stopped there
    straight.train()
    again = Run(tmp_path / "b.npz", TINY, faces)
    assert again.step == 2
    again.train()
    assert np.allclose(straight.draw(4), again.draw(4), atol=1e-3)
    assert [h["step"] for h in again.history] == [h["step"] for h in straight.history]
    with pytest.raises(DataError, match="other settings"):
        Run(tmp_path / "b.npz", replace(TINY, rate=0.1), faces)
    (tmp_path / "b.npz").write_bytes(b"PK")
    with pytest.raises(DataError, match="damaged"):
        Run(tmp_path / "b.npz", TINY, faces)


def test_a_folder_of_pictures_becomes_figures(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    with pytest.raises(DataError, match="at least 64"):
        load_faces(data)
    for i, face in enumerate(drawn_faces(64, 1)):
        Image.fromarray(face).resize((40, 50)).save(data / f"{i:02}.png")
    figures = grow(data, out, replace(TINY, steps=(1, 1, 1, 1), compared=30))
    assert set(figures) == {"32", "16", "8"} and all(f["reached"] > 0 for f in figures.values())
    history = json.loads((out / "faces.json").read_text())["history"]
    assert [h["size"] for h in history] == list(SIZES)
    with Image.open(out / "faces.png") as picture:
        assert picture.info["synthetic"] == "true"
    shown = (out / "index.html").read_text()
    assert in_talk("faces") in shown and f"{figures['32']['reached']:.1f}" in shown and shown.count("<img") == 2
    (data / "broken.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match="broken.png"):
        load_faces(data)
