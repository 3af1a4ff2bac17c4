"""Newspaper pages, their labels, and what is found on them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from cli.main import omr
from companions import pagexml, press, typeset
from companions.press import Article, cut_at_white, figures, grow, matched, regions, shrunk, target, train
from companions.typeset import CLASSES, HEIGHT, WIDTH, Sheet, pages
from omr.errors import DataError, WeightsError

K = {name: i for i, name in enumerate(CLASSES)}


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    return pages(1, 3)[0]


def test_labels_stand_on_ink_and_articles_hold_no_nuisance(sheet: Sheet) -> None:
    assert sheet.pixels.shape == sheet.label.shape == sheet.article.shape == (HEIGHT, WIDTH)
    paper = np.percentile(sheet.pixels, 90)
    dark = sheet.pixels < 0.85 * paper  # small letters are gray
    for kind in ("text", "headline", "picture"):
        assert dark[sheet.label == K[kind]].mean() > 5 * dark[sheet.label == 0].mean()
    assert sheet.article.max() >= 2
    assert not (sheet.article[sheet.label == K["nuisance"]]).any()
    assert (sheet.article[np.isin(sheet.label, [K["text"], K["headline"]])] > 0).all()
    again = pages(1, 3)[0]
    assert np.array_equal(again.pixels, sheet.pixels) and np.array_equal(again.article, sheet.article)


def test_pages_are_the_same_whatever_fonts_are_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One made with whatever this machine has, one as if it had nothing, for learning and for testing."""
    before = pages(1, 3) + pages(1, 3, unseen=True)  # type: ignore[operator]
    monkeypatch.setattr(typeset, "_FONT_ROOT", tmp_path)
    typeset.fonts.cache_clear()
    after = pages(1, 3) + pages(1, 3, unseen=True)  # type: ignore[operator]
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(before, after, strict=True))
    (tmp_path / "LiberationSerif-Regular.ttf").touch()
    assert len(typeset.fonts(False, installed=True)[0]) == len(typeset.fonts(False)[0]) + 1
    assert not set(typeset.fonts(False)[0]) & set(typeset.fonts(True)[0])
    typeset.fonts.cache_clear()


def test_articles_that_touch_come_apart_and_grow_back() -> None:
    article = np.zeros((HEIGHT, WIDTH), np.int16)
    article[40:900, 40:440], article[40:900, 440:840] = 1, 2
    label = np.where(article > 0, K["text"], 0).astype(np.uint8)
    kind, inside = target(Sheet(np.full((HEIGHT, WIDTH), 255, np.uint8), label, article))
    found = grow(inside > 0, kind)
    truth = article[::4, ::4]
    assert matched(truth, found) == 2
    assert (np.maximum(truth, 0) > 0).sum() == pytest.approx((found > 0).sum(), rel=0.02)
    outlines = regions(kind, found, (HEIGHT, WIDTH))
    assert [a.kind for a in outlines] == ["article", "article"]
    assert cv2.contourArea(outlines[0].polygon.astype(np.float32)) == pytest.approx(860 * 400, rel=0.05)


def test_a_truth_is_all_right_and_a_page_of_one_piece_is_not(sheet: Sheet) -> None:
    step = press.SHRINK * press.STRIDE
    right = figures([sheet], lambda _: (sheet.label[::step, ::step], sheet.article[::step, ::step].astype(int)))
    assert right["f1"] == 1 and all(v == 1 or v == 0 for v in right["iou"].values())
    one = figures([sheet], lambda _: (None, np.ones(sheet.label[::step, ::step].shape, int)))
    assert one["recall"] <= 1 / right["articles"]


def test_white_space_cuts_what_it_can() -> None:
    page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    page[50:600, 50:400] = page[50:600, 480:850] = page[700:1200, 50:850] = 0
    assert len(np.unique(cut_at_white(page))) == 4  # three blocks and the paper


def test_page_xml_is_read_as_written(tmp_path: Path) -> None:
    corners = np.array([(10.0, 20.0), (200.0, 20.0), (200.0, 400.0), (10.0, 400.0)])
    pagexml.write(tmp_path / "a.xml", "a.png", (500, 300), [Article(corners), Article(corners + 50, "nuisance")])
    image, shape, found = pagexml.read(tmp_path / "a.xml")
    assert (image, shape) == ("a.png", (500, 300))
    assert [(kind, number) for kind, number, _ in found] == [("text", 1), ("nuisance", 0)]
    assert np.array_equal(found[0][2], corners)
    Image.fromarray(np.full((500, 300), 255, np.uint8)).save(tmp_path / "a.png")
    (made,) = pagexml.sheets(tmp_path)
    assert made.pixels.shape == (HEIGHT, WIDTH) and set(np.unique(made.label)) == {0, K["text"], K["nuisance"]}
    (tmp_path / "a.xml").write_text("<a/>")
    with pytest.raises(DataError, match="no PAGE XML"):
        pagexml.read(tmp_path / "a.xml")


def test_training_learns_and_goes_on(tmp_path: Path, sheet: Sheet) -> None:
    model = train([sheet], tmp_path, 4)
    first = model.evaluate(shrunk(sheet.pixels)[None, ..., None], np.stack(target(sheet), -1)[None], verbose=0)
    train([sheet], tmp_path, 24)
    later = press.load(tmp_path / "last.weights.h5")
    later.compile(loss=press._loss)
    assert later.evaluate(shrunk(sheet.pixels)[None, ..., None], np.stack(target(sheet), -1)[None], verbose=0) < first
    with pytest.raises(WeightsError):
        press.load(tmp_path / "none.weights.h5")


def test_the_shipped_weights_read_a_page(tmp_path: Path) -> None:
    page = pages(1, 5, unseen=True)[0]
    Image.fromarray(page.pixels).save(tmp_path / "page.png")
    done = CliRunner().invoke(omr, ["press", "read", str(tmp_path / "page.png"), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    _, _, found = pagexml.read(tmp_path / "out" / "page-1.xml")
    stories = [f for f in found if f[0] == "text"]
    assert len(list((tmp_path / "out").glob("page-1-article*.png"))) == len(stories) >= 2
    result = figures([page], lambda pixels: press.read(press.load(), pixels))
    assert result["f1"] > 0.5
