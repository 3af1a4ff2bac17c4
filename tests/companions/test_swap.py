"""The face swap: faces found and put back, what the networks learn, and the marks no one can leave off."""

from __future__ import annotations

import base64
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from cli.talk.swap import swap
from companions.chapters import in_talk
from companions.characters import Pose, draw, place
from companions.portraits import Square, cut, find_by_skin, marked, mask_of, oval, put_back, save_synthetic, toned
from companions.swap import (
    ANNA,
    BRUNO,
    DRAWN_PX,
    LABEL_PX,
    Settings,
    Swapper,
    _drawn,
    _rows,
    distorted,
    framed_alike,
    person,
    swap_faces,
)
from omr.errors import DataError, OmrError

POSES = [Pose(turn_deg=t, smile=s, mouth_open=m) for t in (-15, 0, 15) for s in (-0.5, 1.0) for m in (0.0, 0.5, 1.0)]


def _is_marked(path: Path) -> bool:
    """White letters on red at the bottom, as many as the word has, and the text chunks."""
    with Image.open(path) as picture:
        picture.load()
        told = picture.info.get("synthetic") == "true" and picture.info.get("Software") == "omr talk swap"
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    strip = pixels[-(len(pixels) // 9) :]
    red = (strip[..., 0] > 130) & (strip[..., 1] < 60) & (strip[..., 2] < 60)
    big = cv2.resize((strip.min(axis=2) > 110).astype(np.uint8), None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
    letters = cv2.connectedComponents(big)[0] - 1
    return told and red.mean() > 0.5 and 7 <= letters <= 9  # at 10 pixels high two letters may touch


def test_a_drawn_face_is_found_wherever_it_stands() -> None:
    for look in (ANNA, BRUNO):
        for pose in (Pose(row=0.3, col=-0.4), Pose(turn_deg=15, tilt_deg=10, zoom=1.2)):
            square = find_by_skin(draw(look, pose, 128))
            row, col, half = place(pose, 128)
            assert square is not None
            assert abs(square.row - row) < 0.2 * half and abs(square.col - col) < 0.2 * half
            assert 0.8 * half < square.half < 1.3 * half
    assert find_by_skin(np.full((64, 64, 3), 90, np.uint8)) is None


def test_putting_a_face_back_changes_the_oval_only_and_at_the_edge_too() -> None:
    picture = draw(ANNA, Pose(), 128)
    for square in (Square(64, 64, 30), Square(10, 120, 30)):
        same = put_back(picture, square, cut(picture, square, 48))
        assert same.shape == picture.shape and np.abs(same.astype(int) - picture).mean() < 3
    other = put_back(picture, Square(64, 64, 30), cut(draw(BRUNO, Pose(), 128), Square(64, 64, 30), 48))
    changed = np.argwhere(np.abs(other.astype(int) - picture).sum(-1) > 20)
    assert len(changed) > 100
    assert changed.min() >= 34 and changed.max() <= 94


def test_no_hair_runs_into_the_face_and_the_skin_keeps_its_tone() -> None:
    skin, hair = (220, 170, 140), (20, 20, 30)
    picture = np.full((96, 96, 3), skin, np.uint8)
    picture[:, :36] = hair  # hair over the left side of the oval
    face = np.full((48, 48, 3), (200, 150, 120), np.uint8)
    made = put_back(picture, Square(48, 48, 40), face).astype(int)
    # Beside the hair there is one tone, that of the picture's skin; and the hair hangs where it hung.
    assert np.abs(made[40:60, 38:64].reshape(-1, 3) - skin).max() < 8
    assert np.abs(made[:, :34] - hair).max() == 0


def test_features_stay_as_dark_and_as_light_where_the_skin_becomes_lighter() -> None:
    skin = np.array([250.0, 216, 186])
    patch = np.full((3, 3, 3), (222, 168, 128), np.float32)
    patch[0], patch[1] = (15, 15, 15), (250, 250, 250)
    made = toned(patch, patch[2, 0], skin)
    assert np.allclose(made[2], skin)
    assert made[0].max() < 25, "a pupil stays black; adding the difference of the skins made it 73"
    assert np.all(made[1] - made[2] > 0), "white is still lighter than skin, in every channel"


def test_the_mask_follows_a_turned_head_and_leaves_hair_out() -> None:
    turned = Pose(turn_deg=20)
    a, b = (draw(look, turned, 128) for look in (ANNA, BRUNO))
    square = find_by_skin(a)
    assert square is not None
    size = round(2 * square.half)
    inside = mask_of(cut(a, square, size), cut(b, square, size))
    # The far eye, which the oval cut in two, lies within; the backdrop and the hair beside the cheek do not.
    shut, open_ = (cut(draw(ANNA, replace(turned, eyes_open=e), 128), square, size).astype(int) for e in (0.1, 1.0))
    eyes = np.abs(shut - open_).sum(axis=2) > 60
    assert (eyes & ~oval(size)).any() and (eyes & ~inside).sum() < 0.5 * (eyes & ~oval(size)).sum()
    dark = cut(a, square, size).max(axis=2) < 60
    assert (inside & dark)[: size // 5].sum() == 0 and inside.mean() > 0.2


def test_two_people_are_framed_alike_by_their_features() -> None:
    """The finder frames B a tenth wider than A, since curls leave more of a face than long hair."""
    a, b = (person("drawn", _drawn(look, POSES), find_by_skin) for look in (ANNA, BRUNO))
    halves = [np.mean([s.half for _, s in p.found]) for p in (a, b, framed_alike(a, b))]
    assert halves[1] > 1.08 * halves[0] and abs(halves[2] / halves[0] - 1) < 0.05
    same = framed_alike(a, a)
    assert np.allclose(same.faces, a.faces, atol=0.01)


def test_distortion_keeps_the_target_straight_and_pulls_the_input() -> None:
    faces = np.stack([cut(draw(ANNA, Pose(), 128), Square(64, 64, 36), 48)] * 3).astype(np.float32) / 255
    pulled, straight = distorted(faces, np.random.default_rng(0))
    assert pulled.shape == straight.shape == faces.shape
    assert not np.allclose(pulled, straight, atol=0.05) and not np.allclose(straight[0], straight[1], atol=0.05)


def test_each_decoder_learns_its_own_face_and_a_stopped_run_goes_on(tmp_path: Path) -> None:
    a, b = (person("drawn", _drawn(look, POSES), find_by_skin) for look in (ANNA, BRUNO))
    settings = Settings(steps=40, batch=6, width=8, code=16, rate=0.003)
    swapper = Swapper(tmp_path / "a.npz", settings, a, b, a.faces)
    before = swapper.as_b(a.faces)
    swapper.train(stop_at=20)
    shutil.copy(tmp_path / "a.npz", tmp_path / "b.npz")  # as a run leaves it that is stopped there
    swapper.train()
    made = swapper.as_b(a.faces)[:, oval(48)].mean(axis=(0, 1))
    skin_a, skin_b = (p.faces[:, oval(48)].mean(axis=(0, 1)) for p in (a, b))
    assert np.abs(made - skin_b).mean() < 0.5 * np.abs(made - skin_a).mean()
    assert np.abs(swapper.as_b(a.faces) - before).mean() > 0.02
    again = Swapper(tmp_path / "b.npz", settings, a, b, a.faces)
    assert again.step == 20
    again.train()
    assert np.allclose(again.as_b(a.faces), swapper.as_b(a.faces), atol=0.02)
    with pytest.raises(DataError, match="other settings"):
        Swapper(tmp_path / "b.npz", replace(settings, code=8), a, b, a.faces)


def test_every_picture_is_marked_and_says_so(tmp_path: Path) -> None:
    folders = (tmp_path / "a", tmp_path / "b")
    for folder, look in zip(folders, (ANNA, BRUNO), strict=True):
        folder.mkdir()
        for i, picture in enumerate(_drawn(look, POSES)):
            Image.fromarray(picture).save(folder / f"{i:02}.png")
    swap_faces(folders, tmp_path / "out", Settings(steps=2, batch=2, width=8, code=8))
    # The curve of the losses shows no face.
    written = [p for p in sorted((tmp_path / "out").rglob("*.png")) if p.name != "curve.png"]
    assert len(written) == len(POSES) + 1
    assert all(_is_marked(path) for path in written)
    assert not _is_marked(folders[0] / "00.png")
    shown = (tmp_path / "out" / "index.html").read_text()
    assert in_talk("swap") in shown and base64.b64encode((tmp_path / "out" / "swap.png").read_bytes()).decode() in shown
    for shape in ((40, 300, 3), (300, 40, 3), (700, 500, 3)):
        save_synthetic(tmp_path / "any.png", np.zeros(shape, np.uint8))
        with Image.open(tmp_path / "any.png") as picture:
            assert picture.info["synthetic"] == "true" and picture.size == (shape[1], shape[0])
        assert marked(np.zeros(shape, np.uint8)).min(axis=2).max() > 200
    # What may be set on the command line; nothing of it touches the marks.
    assert {p.name for p in swap.params} == {"out", "a", "b", "steps", "start", "seed"}


def test_rows_are_named_above_their_pictures() -> None:
    gray = [np.full((DRAWN_PX, DRAWN_PX, 3), 128, np.uint8)] * 3
    sheet = _rows({"A": gray, "the truth": gray})
    names = [sheet[i * (LABEL_PX + DRAWN_PX):][:LABEL_PX].min(axis=2) < 100 for i in (0, 1)]
    assert 0 < names[0].sum() < names[1].sum(), "each in black letters, the longer name in more of them"
    assert (sheet[LABEL_PX:LABEL_PX + DRAWN_PX] == 128).all()


def test_bad_folders_are_one_clear_error(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (90, 90, 90)).save(tmp_path / "grey.png")
    result = CliRunner().invoke(swap, ["--a", str(tmp_path), "--b", str(tmp_path), "-o", str(tmp_path / "o")])
    assert isinstance(result.exception, OmrError) and "found in 0 of 1" in str(result.exception)
    assert CliRunner().invoke(swap, ["--a", str(tmp_path)]).exit_code == 2
    with pytest.raises(DataError, match="no such folder"):
        swap_faces((tmp_path / "none", tmp_path), tmp_path / "o", Settings())
