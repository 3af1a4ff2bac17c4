"""Saliency on a network whose reasons are known, and on the shipped one."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from cli.explain.common import Seen, look
from cli.explain.saliency import piece
from companions import saliency
from companions.saliency import (
    SIZE,
    Scorer,
    Target,
    deletion,
    explain,
    integrated_gradients,
    likeness,
    perturbation,
    shuffled,
)
from models.weights import load_network
from omr.detect.watershed import ENERGY_LEVELS
from omr.types.vocabulary import ID


@pytest.fixture(scope="module")
def seen() -> Seen:
    """The bundled page."""
    return look(Path(__file__).parents[2] / "examples" / "minuet.png", 1, None)


@pytest.fixture(scope="module")
def shipped() -> keras.Model:
    return load_network()


@pytest.fixture(scope="module")
def simple() -> keras.Model:
    """Energy wherever there is ink; class 1 where ink stands four pixels to the right of the place, else class 0."""
    ink = keras.Input((SIZE, SIZE, 1))
    blurred = keras.layers.AveragePooling2D(2)(ink)
    energy = keras.layers.Conv2D(ENERGY_LEVELS, 1)(blurred)
    right = keras.layers.Conv2D(1, 3, padding="same", use_bias=False)(blurred)
    symbol = keras.layers.Concatenate()([keras.layers.AveragePooling2D(2)(right * 0), keras.layers.AveragePooling2D(2)(
        right)])
    model = keras.Model(ink, {"energy": energy, "symbol": symbol})
    top = np.zeros((1, 1, 1, ENERGY_LEVELS), np.float32)
    top[..., -1] = 8
    paper = np.eye(1, ENERGY_LEVELS)[0] * 4
    kernel = np.zeros((3, 3, 1, 1), np.float32)
    kernel[1, 2] = 8
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.set_weights([top, paper] if layer.filters == ENERGY_LEVELS else [kernel])
    return model


def test_the_ink_that_counts_is_found(simple: keras.Model) -> None:
    crop = np.zeros((SIZE, SIZE), np.float32)
    crop[60:68, 60:72] = 1  # the symbol, and what makes it class 1
    crop[20:30, 20:30] = 1  # ink that has no part in it
    target = Target(64, 64, 1, 0)
    scorer = Scorer(simple, target, crop)
    assert scorer.value(crop) > 2
    for importance in (perturbation(scorer, crop, 80), integrated_gradients(scorer, crop)):
        assert importance[60:68, 60:72].mean() > 5 * abs(importance[20:30, 20:30].mean())
        (left,) = deletion(scorer, crop, importance, np.array([0.5]))
        assert left < 0.3
    whole = integrated_gradients(scorer, crop, 64).sum()
    assert whole == pytest.approx(scorer.value(crop) - scorer.value(0 * crop), abs=0.01)  # completeness


def test_the_score_is_that_of_a_scan_and_the_rival_counts_by_its_logit(seen: Seen, shipped: keras.Model) -> None:
    sure = [s for s in seen.symbols if s.name == "noteheadBlack"][:3]
    for symbol in sure:
        crop, row, col = piece(seen.pixels, *symbol.box.center)
        target = Target(row, col, ID[symbol.name])
        # The scan computes in 8-bit numbers, on the whole page.
        assert Scorer(shipped, target, crop).value(crop) == pytest.approx(symbol.score, abs=0.02)
    rivals = [Scorer(shipped, Target(row, col, ID["noteheadBlack"], ID[name]), crop).value(crop)
              for name in ("noteheadHalf", "gClef")]
    assert min(rivals) > 1 and abs(rivals[0] - rivals[1]) > 0.5, "one answer for every rival would be none"


def test_a_sure_symbol_has_a_map_too(seen: Seen, shipped: keras.Model) -> None:
    """Its score stays at 1 while ink goes; a mask that was searched by the score alone was the same everywhere."""
    symbol = max((s for s in seen.symbols if s.name == "noteheadHalf"), key=lambda s: s.score)
    crop, row, col = piece(seen.pixels, *symbol.box.center)
    scorer = Scorer(shipped, Target(row, col, ID[symbol.name]), crop)
    gone = perturbation(scorer, crop, 80)
    assert scorer.value(crop) > 0.999 and gone.max() > 0.9 and gone.mean() < 0.1
    assert deletion(scorer, crop, gone, np.array([0.2]))[0] < 0.1, "without the fifth of the ink that it shows it goes"


def test_kernels_are_shuffled_from_the_answer_on(shipped: keras.Model) -> None:
    kernels = [i for i, w in enumerate(shipped.get_weights()) if w.ndim == 4]
    half = shuffled(shipped, share=0.5).get_weights()
    changed = [not np.array_equal(half[i], w) for i, w in enumerate(shipped.get_weights()) if i in kernels]
    assert not any(changed[:len(kernels) // 2]) and changed[-1] and sum(changed) <= (len(kernels) + 1) // 2


def test_shuffled_weights_are_the_same_and_in_another_order(simple: keras.Model) -> None:
    other = shuffled(simple)
    for a, b in zip(simple.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(np.sort(a.ravel()), np.sort(b.ravel()))
    assert any(not np.array_equal(a, b) for a, b in zip(simple.get_weights(), other.get_weights(), strict=True))
    crop = np.ones((SIZE, SIZE), np.float32)
    noise = np.random.default_rng(0).normal(size=(2, SIZE, SIZE))
    assert likeness(noise[0], noise[0], crop, Target(64, 64, 0)) == pytest.approx(1)
    assert abs(likeness(noise[0], noise[1], crop, Target(64, 64, 0))) < 0.2


@pytest.mark.usefixtures("without_graphs")
def test_the_page_says_which_maps_fail(simple: keras.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, make in (("meaningful perturbation", perturbation), ("integrated gradients", integrated_gradients)):
        monkeypatch.setitem(saliency.METHODS, name, partial(make, steps=4))
    crop = np.zeros((SIZE, SIZE), np.float32)
    crop[60:68, 60:72] = 1
    whole = "".join(explain(simple, crop, Target(64, 64, 1, 0), ("one", "two")))
    assert "Why one and not two? Difference of the logits" in whole
    assert whole.count("<img") == 1 + 3 + 3 and whole.count("<table>") == 2
    verdicts = re.findall(r"<td>(yes|no: it fails)</td>", whole)
    assert len(verdicts) == 3
