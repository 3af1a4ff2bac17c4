"""Attacks stay within their bounds and do harm; what tells them from print is measured, on the bundled page."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from companions import guard
from companions.guard import (
    Crop,
    attack,
    auc,
    energy_of,
    entropy,
    guided,
    kept,
    response,
    score,
    study,
    survivors,
)
from companions.squeeze import LIMIT, shift, squeezed
from models.weights import load_network
from omr.detect.runtime import load_detector
from omr.detect.watershed import ENERGY_LEVELS
from omr.page.raster import load, normalise
from omr.types import Box, Symbol
from omr.types.vocabulary import ID, NAMES

PAGE = Path(__file__).parents[2] / "examples" / "minuet.png"


@pytest.fixture(scope="module")
def crop() -> np.ndarray:
    pixels = normalise(next(load(PAGE))).pixels
    return 1 - pixels[200:328, 100:228].astype(np.float32) / 255


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return load_network()


@pytest.fixture(scope="module")
def simple() -> keras.Model:
    """A network of few layers that sees a notehead wherever there is ink."""
    ink = keras.Input((None, None, 1))
    fine = keras.layers.ReLU()(keras.layers.AveragePooling2D(2)(ink))
    answers = {"energy": (fine, ENERGY_LEVELS), "box": (fine, 4),
               "symbol": (keras.layers.AveragePooling2D(2)(fine), len(NAMES))}
    made = keras.Model(ink, {name: keras.layers.Conv2D(depth, 1, name=name)(seen)
                             for name, (seen, depth) in answers.items()})
    for name, (_, depth) in answers.items():
        kernel, bias = np.zeros((1, 1, 1, depth), np.float32), np.zeros(depth, np.float32)
        if name == "energy":
            kernel[..., -1], bias[0] = 8, 4
        elif name == "symbol":
            bias[ID["noteheadBlack"]] = 9
        made.get_layer(name).set_weights([kernel, bias])
    return made


def test_an_attack_keeps_its_bounds_and_harms_more_than_noise(model: keras.Model, crop: np.ndarray) -> None:
    attacked = attack(model, crop, 8, 5)
    assert np.abs(attacked - crop).max() <= 8 / 255 + 1e-6 and attacked.min() >= 0 and attacked.max() <= 1
    assert np.allclose(attacked * 255, np.round(attacked * 255), atol=1e-3)
    noise = np.clip(crop + np.random.default_rng(0).choice([-8, 8], crop.shape) / 255, 0, 1).astype(np.float32)
    left, before = survivors(model, crop, crop)
    assert left == before > 10
    assert survivors(model, crop, attacked)[0] < survivors(model, crop, noise)[0] <= before
    energy = energy_of(model)
    assert shift(energy, attacked) > 1.5 * shift(energy, crop)
    guide = guided(model)
    assert score(guide, attacked) > score(guide, crop)


def test_guided_gradients_follow_the_ink(model: keras.Model, crop: np.ndarray) -> None:
    responses = response(guided(model), crop)
    assert responses.shape == crop.shape
    assert responses[crop > 0.5].mean() > 3 * responses[crop < 0.1].mean()


def test_entropy_of_order_and_of_noise() -> None:
    assert entropy(np.ones((64, 64))) == 0
    rng = np.random.default_rng(0)
    assert entropy(10 ** rng.uniform(-6, 0, (64, 64))) > 4


def test_auc_by_hand() -> None:
    assert auc(np.array([1.0, 2.0]), np.array([3.0, 4.0])) == 1
    assert auc(np.array([1.0, 3.0]), np.array([2.0, 3.0])) == pytest.approx((1 + 0 + 1 + 0.5) / 4)


def test_print_stays_below_the_limit_and_faint_marks_go() -> None:
    pixels = normalise(next(load(PAGE))).pixels
    detector = load_detector()
    moved = shift(lambda ink: detector.detect((255 * (1 - ink)).round().astype("uint8")).energy, 1 - pixels / 255)
    assert 0 < moved < LIMIT
    faint = np.zeros((32, 32), np.float32)
    faint[::2] = 0.05
    assert np.ptp(squeezed(faint)[8:24, 8:24]) < 0.02
    solid = np.zeros((32, 32), np.float32)
    solid[:, 16:] = 1
    assert np.allclose(squeezed(solid), solid, atol=0.02)


def test_the_page_has_the_rows_of_the_talk_and_a_stopped_study_goes_on(
    simple: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    heads = np.zeros((64, 64), np.float32)
    for row, col in ((8, 8), (30, 20), (44, 44)):
        heads[row:row + 10, col:col + 12] = 1
    crops, state = [Crop(heads, "clean"), Crop(heads[::-1].copy(), "clean")], tmp_path / "state.json"
    monkeypatch.setattr(guard, "ATTACKS", {"FGSM 4": (4, 1), "PGD 8": (8, 2)})
    monkeypatch.setattr(guard, "KINDS", ("untouched", "FGSM 4", "PGD 8", "noise 8"))
    whole = "".join(study(simple, crops, 0, None, state))
    assert "3 symbols before; " in whole
    for row in ("feature response", "local entropy", "Symbols before and after", "times as strong"):
        assert row in whole
    kept_figures = json.loads(state.read_text())
    del kept_figures["1"]
    state.write_text(json.dumps(kept_figures))
    done: list[str] = []
    was = guard.changed_by
    monkeypatch.setattr(guard, "changed_by", lambda m, i, kind, seed: (done.append(kind), was(m, i, kind, seed))[1])
    assert "".join(study(simple, crops, 0, None, state)) == whole
    assert len(done) == len(guard.KINDS) + 1, "one crop again, and the one that is shown"


def test_the_crop_that_is_shown_loses_the_largest_share_of_its_symbols() -> None:
    figures = np.zeros((3, len(guard.KINDS), 4))
    figures[:, :, 3] = [[20], [4], [0]]
    figures[:, :, 2] = [[17], [2], [0]]
    assert guard.worst_of(figures) == 1, "two of four are more than three of twenty; without symbols none is lost"


def test_a_symbol_is_found_again_by_class_and_place() -> None:
    one, same, other = (Symbol(0, name, Box(top, 10, top + 10, 23)) for name, top in (
        ("noteheadBlack", 10), ("noteheadBlack", 14), ("noteheadHalf", 10)))
    assert kept([one], [same, other]) == 1 and kept([one], [other]) == 0
    assert kept([one], [Symbol(1, "noteheadBlack", Box(30, 10, 40, 23))]) == 0
