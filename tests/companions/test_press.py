"""Newspaper pages, their labels, and what is found on them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner
from PIL import Image, ImageDraw, ImageFont

from cli.main import omr
from companions import pagexml, press, typeset
from companions.press import Article, continued, cut_at_white, figures, grow, matched, regions, target, train
from companions.pressparts import Part, in_order, parts, picture_of, with_text
from companions.typeset import CLASSES, HEIGHT, WIDTH, Sheet, pages
from omr.errors import DataError, WeightsError

K = {name: i for i, name in enumerate(CLASSES)}


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    return pages(1, 6)[0]


def test_labels_stand_on_ink_and_articles_hold_no_nuisance(sheet: Sheet) -> None:
    assert sheet.pixels.shape == sheet.label.shape == sheet.article.shape == (HEIGHT, WIDTH)
    inner = np.s_[100:-100, 80:-80]  # the scanner's bed is dark, too
    paper = cv2.blur(cv2.dilate(sheet.pixels, np.ones((25, 25), np.uint8)), (51, 51))
    dark, kinds = (sheet.pixels < 0.85 * paper)[inner], sheet.label[inner]
    for kind in ("text", "headline", "picture"):
        assert dark[kinds == K[kind]].mean() > 2.5 * dark[kinds == 0].mean()
    assert sheet.article.max() >= 2
    assert not (sheet.article[sheet.label == K["nuisance"]]).any()
    assert (sheet.article[np.isin(sheet.label, [K["text"], K["headline"]])] > 0).all()
    again = pages(1, 6)[0]
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
    for weight in (0, 1):
        assert not set(typeset.fonts(False)[weight]) & set(typeset.fonts(True)[weight]), "unseen fonts are unseen"
    typeset.fonts.cache_clear()


def test_pages_to_learn_from_have_all_that_newspapers_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dense columns, advertisements, photographs, woodcuts, reversed type, drop caps and tints, in 40 pages or less."""
    seen: set[str] = set()

    def watched(name: str) -> None:
        was = getattr(typeset.Press, name)
        monkeypatch.setattr(typeset.Press, name, lambda self, *a, **k: (seen.add(name), was(self, *a, **k))[1])

    kinds = {"nuisance", "picture", "engraving", "reversed_headline", "drop_cap", "nameplate", "folio"}
    for name in kinds:
        watched(name)
    monkeypatch.setattr(typeset, "worn", lambda *page: page[:3])
    # To draw the letters takes most of the time.
    monkeypatch.setattr(ImageDraw.ImageDraw, "text", lambda *args, **options: None)
    greys: set[int] = set()
    columns: set[int] = set()
    for i in range(40):
        rng = np.random.default_rng([4, i, 0])
        columns.add(typeset.random_style(np.random.default_rng([4, i, 0])).columns)
        page = typeset.typeset(rng)
        greys.update(int(v) for v in np.flatnonzero(np.bincount(page.pixels.ravel(), minlength=256) > 5000))
        is_tinted = any(200 < grey < 250 for grey in greys)
        if seen == kinds and columns >= {4, 6, 8} and is_tinted:
            break
    assert seen == kinds and columns >= {4, 6, 8}
    assert is_tinted, "tinted boxes"


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
    assert cv2.contourArea(outlines[0].polygons[0].astype(np.float32)) == pytest.approx(860 * 400, rel=0.05)


def test_print_that_stands_apart_does_not_grow_into_an_article() -> None:
    inside, label = np.zeros((100, 60), bool), np.zeros((100, 60), np.uint8)
    inside[35:95, 10:50] = True
    label[30:100, 5:55] = label[15:20, 20:40] = K["text"]
    found = grow(inside, label)
    assert found[32, 30] == 1 and not found[:25].any()


def test_text_without_a_headline_goes_on_from_what_is_read_before_it() -> None:
    article, label = np.zeros((100, 92), int), np.zeros((100, 92), np.uint8)
    boxes = [(10, 60, 0, 40), (70, 100, 0, 40), (10, 50, 52, 92), (60, 100, 52, 92)]
    for number, (top, bottom, left, right) in enumerate(boxes, 1):
        article[top:bottom, left:right] = number
    label[article > 0] = K["text"]
    label[10:14, 0:40] = label[70:74, 0:40] = label[60:64, 52:92] = K["headline"]
    found = continued(article, label)
    assert found[80, 10] == found[20, 70], "the article at the foot goes on in the next column"
    assert len({int(found[y, x]) for y, x in ((20, 10), (80, 10), (80, 70))}) == 3, "a headline begins an article"
    outlines = regions(label, found, (400, 368))
    assert sorted(len(a.polygons) for a in outlines) == [1, 1, 2], "an article may stand in two places"
    label[70:74, 0:40] = K["text"]
    found = continued(article, label)
    assert found[20, 10] == found[80, 10] == found[20, 70], "it goes on below what stands between"


def test_a_region_that_nothing_comes_before_stays_one() -> None:
    article = np.zeros((40, 60), int)
    article[5:35, :20], article[5:35, 40:] = 1, 2
    label = np.where(article > 0, K["text"], 0).astype(np.uint8)
    assert (continued(article, label) == article).all()
    assert continued(np.zeros((4, 4), int), np.zeros((4, 4), np.uint8)).max() == 0


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
    pagexml.write(tmp_path / "a.xml", "a.png", (500, 300), [Article((corners,)), Article((corners + 50,), "nuisance")])
    image, shape, found = pagexml.read(tmp_path / "a.xml")
    assert (image, shape) == ("a.png", (500, 300))
    assert [(kind, number) for kind, number, _ in found] == [("text", 1), ("nuisance", 0)]
    own = [Part("headline", 1, corners - 5, "A <title>\x0c"), Part("picture", 1, corners), Part("text", 1, corners + 5)]
    pagexml.write(tmp_path / "b.xml", "a.png", (500, 300), [Article((corners,)), Article((corners + 50,))], own)
    assert [(kind, number) for kind, number, _ in pagexml.read(tmp_path / "b.xml")[2]] == [
        ("headline", 1), ("picture", 1), ("text", 1), ("text", 2)]
    written = (tmp_path / "b.xml").read_text()
    assert 'type="heading"' in written and "A &lt;title&gt;</" in written and written.count("RegionRefIndexed") == 4
    (tmp_path / "b.xml").unlink()
    assert np.array_equal(found[0][2], corners)
    Image.fromarray(np.full((500, 300), 255, np.uint8)).save(tmp_path / "a.png")
    (made,) = pagexml.sheets(tmp_path)
    assert made.pixels.shape == (HEIGHT, WIDTH) and set(np.unique(made.label)) == {0, K["text"], K["nuisance"]}
    (tmp_path / "a.xml").write_text("<a/>")
    with pytest.raises(DataError, match="no PAGE XML"):
        pagexml.read(tmp_path / "a.xml")


def test_a_region_in_the_middle_of_another_is_its_own(tmp_path: Path) -> None:
    """Outlines have no holes: what is smaller stands in front, whatever its kind."""
    def square(low: float, high: float) -> np.ndarray:
        return np.array([(low, low), (high, low), (high, high), (low, high)])

    outer, inner = Article((square(50, 850),)), Article((square(200, 600),))
    own = [Part("headline", 1, square(50, 850)), Part("text", 2, square(200, 600))]
    for name, parts_of in (("a", own), ("b", own[::-1])):
        pagexml.write(tmp_path / f"{name}.xml", "a.png", (HEIGHT, WIDTH), [outer, inner], parts_of)
    Image.fromarray(np.full((HEIGHT, WIDTH), 255, np.uint8)).save(tmp_path / "a.png")
    for made in pagexml.sheets(tmp_path):
        assert made.article[400, 400] == 2 and made.label[400, 400] == K["text"]
        assert made.article[100, 100] == 1 and made.label[100, 100] == K["headline"]


@pytest.mark.filterwarnings("error:Skipping variable loading")
def test_training_learns_and_goes_on(tmp_path: Path, sheet: Sheet) -> None:
    top = Sheet(sheet.pixels[:192], sheet.label[:192], sheet.article[:192])  # enough to learn from
    tf.config.run_functions_eagerly(True)  # two steps are done before the graph of a step would be drawn up
    train(iter([top]), tmp_path, 2)  # one by one: six hundred pages would take 2.8 GB
    tf.config.run_functions_eagerly(False)
    train([top], tmp_path, 16)
    assert (tmp_path / "steps.txt").read_text() == "16"
    press.load(tmp_path / "last.weights.h5")
    losses = [float(line.split(",")[1]) for line in (tmp_path / "history.csv").read_text().splitlines()]
    assert len(losses) == 16
    assert np.mean(losses[-4:]) < np.mean(losses[:4])
    with pytest.raises(WeightsError):
        press.load(tmp_path / "none.weights.h5")


def test_parts_are_read_headline_first_and_column_by_column() -> None:
    def at(left: int, top: int, right: int, bottom: int, kind: str = "text") -> Part:
        return Part(kind, 1, np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float))

    head, left, right = at(0, 0, 100, 10, "headline"), at(0, 12, 45, 60), at(55, 12, 100, 58)
    wide, low = at(0, 62, 100, 80, "picture"), at(0, 82, 45, 120)
    last = at(55, 82, 100, 121)
    assert in_order([last, low, right, wide, left, head]) == [head, left, right, wide, low, last]


def test_parts_hold_what_the_labels_say_and_no_crumbs(sheet: Sheet) -> None:
    step = press.SHRINK * press.STRIDE
    label, article = sheet.label[::step, ::step], sheet.article[::step, ::step]
    found = parts(label, article, sheet.label.shape)
    assert {p.kind for p in found} == {"text", "headline", "picture"} and {p.article for p in found} == set(
        range(1, int(article.max()) + 1))
    drawn = np.zeros(sheet.label.shape, np.uint8)
    for part in found:
        cv2.fillPoly(drawn, [np.round(part.polygon).astype(np.int32)], K[part.kind])
    printed = np.isin(sheet.label, [K["text"], K["headline"], K["picture"]]) & (sheet.article > 0)
    assert (drawn == sheet.label)[printed].mean() > 0.95


def test_an_article_s_image_keeps_whole_letters_and_no_neighbour() -> None:
    page = np.full((1000, 1000), 255, np.uint8)
    page[100:200, 98:110] = 0  # a letter that the outline cuts
    page[100:200, 300:320] = 0  # another article
    left, right = (Article((np.array([(a, 90), (b, 90), (b, 210), (a, 210)], float),))
                   for a, b in ((102, 298), (299, 400)))
    image = picture_of(page, left, [left, right])
    assert (image < 128).sum() == 100 * 12


def test_the_shipped_weights_read_a_page_and_their_own_output(tmp_path: Path) -> None:
    """The upper part of the bundled page, which holds all that is found on a whole one; in one language, since
    Tesseract reads most of the time."""
    out, part = tmp_path / "out", tmp_path / "newspaper.png"
    with Image.open(press.WEIGHTS.parent / "newspaper.png") as whole:
        whole.crop((0, 0, whole.width, 480)).save(part)
    done = CliRunner().invoke(omr, ["press", "read", str(part), "-o", str(out), "--languages", "eng"])
    assert done.exit_code == 0, done.output
    assert "hukon" in (out / "newspaper-1-article1.txt").read_text()
    _, _, found = pagexml.read(out / "newspaper-1.xml")
    stories = {number for _, number, _ in found if number}
    assert len(list(out.glob("newspaper-1-article*.png"))) == len(stories) >= 2
    assert {"headline", "text", "picture"} <= {kind for kind, _, _ in found}
    model = press.load()
    assert figures(pages(2, 5, unseen=True), lambda pixels: press.read(model, pixels))["f1"] > 0.55
    again = CliRunner().invoke(omr, ["press", "evaluate", "--data", str(out)])
    assert again.exit_code == 0, again.output
    assert f"1 pages, {len(stories)} articles" in again.output
    (network,) = [line for line in again.output.splitlines() if line.startswith("network")]
    assert float(network.split()[-1]) > 0.9, "it agrees with what it wrote itself"


def test_the_text_of_an_article_is_read(tmp_path: Path) -> None:
    page = Image.new("L", (1200, 500), 255)
    ImageDraw.Draw(page).text((60, 60), "The city council met on\nFriday to speak of the bridge.", fill=0,
                              font=ImageFont.load_default(size=40))
    polygon = np.array([(40, 40), (1000, 40), (1000, 200), (40, 200)], float)
    (part,) = with_text(np.asarray(page), [Part("text", 1, polygon)], ("eng",))
    assert "city council" in part.text and "bridge" in part.text
    assert with_text(np.asarray(page), [part], ()) == [part]


def test_worn_prints_of_every_kind_keep_their_ink() -> None:
    for sheet in (typeset.typeset(np.random.default_rng([13, i, 1]), True) for i in range(8)):
        paper = np.percentile(sheet.pixels, 90)
        text = sheet.pixels[sheet.label == K["text"]]
        assert 0.05 < (text < 0.8 * paper).mean() < 0.8
