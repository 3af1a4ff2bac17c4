"""Newspaper pages as around 1900: what stands on them, and that labels tell it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import ImageDraw

from companions import broadsheet
from companions.broadsheet import Box, Free, cut, feature, rooms, running, take
from companions.typeset import CLASSES, HEIGHT, WIDTH, Press, random_style
from companions.worn import worn

K = {name: i for i, name in enumerate(CLASSES)}


def old_page(seed: int, columns: int = 6) -> Press:
    style = next(s for i in range(20) if (s := random_style(np.random.default_rng([seed, i]))).is_old)
    return Press(replace(style, columns=columns, margin=30, gutter=8), np.random.default_rng(seed))


@pytest.fixture
def without_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of labels only, since drawing the letters takes most of the time."""
    monkeypatch.setattr(ImageDraw.ImageDraw, "text", lambda *args, **options: None)


def test_free_rows_are_taken_and_found_again() -> None:
    free: Free = [[(0, 500)], [(0, 500)], [(100, 600)]]
    take(free, 1, 2, 200, 300)
    assert free[1] == [(0, 200), (300, 500)]
    assert rooms(free, 0, 3) == [(100, 200), (300, 500)]
    take(free, 0, 1, 30, 500)
    assert free[0] == [], "thirty rows are too few for anything"


def test_text_runs_on_beside_a_picture() -> None:
    column: list[Box] = [(0, 0, 100, 400)]
    assert cut(column, (60, 100, 160, 200)) == [(0, 0, 100, 100), (0, 100, 60, 200), (0, 200, 100, 400)]
    assert cut(column, (10, 100, 160, 200)) == [(0, 0, 100, 100), (0, 200, 100, 400)], "ten pixels are no column"
    assert cut(column, (120, 100, 160, 200)) == column


@pytest.mark.usefixtures("without_letters")
def test_features_run_over_columns_and_round_wide_pictures() -> None:
    """One article each, all of a piece, that holds no advertisement."""
    widths, pictures, decks, besides = [], [], [], 0
    for seed in range(24):
        press = old_page(seed)
        free: Free = [[(60, HEIGHT - 30)] for _ in range(6)]
        feature(press, free)
        own = press.article == 1
        assert press.count == 1 and own.any()
        assert not own[press.label == K["nuisance"]].any()
        assert own[np.isin(press.label, [K["text"], K["headline"], K["picture"]])].all()
        widths.append(own.any(axis=0).sum() / WIDTH)
        picture = press.label == K["picture"]
        pictures.append(picture.any(axis=0).sum() / press.column)
        decks.append((press.label[:, own.any(axis=0)] == K["headline"]).mean(axis=1).max())
        beside = picture.any(axis=1, keepdims=True) & (press.label == K["text"])
        besides += bool(beside.any())
    assert max(widths) > 0.9 and np.mean(np.array(widths) > 0.4) > 0.5
    assert np.mean(np.array(pictures) > 1.5) > 0.4, "most pictures are wider than a column"
    assert besides > 6, "text stands beside pictures"
    assert min(decks) > 0.3


@pytest.mark.usefixtures("without_letters")
def test_running_text_goes_on_in_the_next_column() -> None:
    wide = 0
    for seed in range(6):
        press = old_page(seed)
        running(press, [[(60, HEIGHT - 30)] for _ in range(6)])
        heads = press.label == K["headline"]
        assert heads.any() and (press.article[heads] > 0).all()
        numbers = range(1, press.count + 1)
        wide += sum(int((press.article == n).any(axis=0).sum() > 1.5 * press.column) for n in numbers)
    assert wide >= 4, "some articles are wider than a column"


@pytest.mark.usefixtures("without_letters")
def test_all_that_is_free_is_filled() -> None:
    press = old_page(3)
    broadsheet.broadsheet(press, 60)
    inner = press.label[70:HEIGHT - 60, 40:WIDTH - 40]
    assert (inner > 0).mean() > 0.75
    assert not press.article[press.label == K["nuisance"]].any()


def test_letters_of_headlines_stay_in_their_columns() -> None:
    press = old_page(5)
    running(press, [[(60, HEIGHT - 30)], *([] for _ in range(5))])
    pixels = np.asarray(press.image)
    assert (pixels[:, press.x(1):] == 255).all()


def test_a_worn_page_keeps_its_labels_on_its_ink() -> None:
    press = old_page(7)
    broadsheet.broadsheet(press, 60)
    for seed in range(6):
        pixels, label, article = worn(np.asarray(press.image), press.label, press.article, np.random.default_rng(seed))
        assert pixels.shape == label.shape == article.shape == (HEIGHT, WIDTH)
        paper = np.percentile(pixels, 90)
        dark = (pixels < 0.85 * paper)[60:-60, 60:-60]
        kinds = label[60:-60, 60:-60]
        assert dark[kinds == K["text"]].mean() > 1.5 * dark[kinds == 0].mean()
        assert set(np.unique(article)) <= set(np.unique(press.article)) and article.dtype == press.article.dtype
    moved = [worn(np.asarray(press.image), press.label, press.article, np.random.default_rng(s))[1] for s in (0, 1)]
    assert (moved[0] != moved[1]).mean() == pytest.approx(0.15, abs=0.14), "turned and moved, a little"
