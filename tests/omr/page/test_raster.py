"""Files to normalised pages: what comes in crooked, dark or large comes out upright at ten pixels a space."""

import subprocess

import cv2
import numpy as np
import pytest
from PIL import Image

from omr.errors import InputError, NoMusicError, PageSizeError
from omr.page import raster, scale
from omr.page.raster import RawPage, count_pages, flatten, load, normalise
from omr.page.scale import measure, measure_interline, measure_skew
from omr.types import Box, Stroke


def drawn_page(space=18, angle=0.0, shade=False):
    """Six staves with heads and a few stems, (H, W) uint8."""
    page = np.full((1500, 1200), 255, np.uint8)
    rng = np.random.default_rng(0)
    for staff in range(6):
        top = 120 + staff * 12 * space
        if top + 5 * space > 1450:
            break
        for line in range(5):
            cv2.line(page, (100, top + line * space), (1100, top + line * space), 0, 2)
        for x in range(160, 1080, 70):
            y = top + int(rng.integers(0, 9)) * space // 2
            cv2.ellipse(page, (x, y), (int(space * 0.6), int(space * 0.45)), -20, 0, 360, 0, -1)
            cv2.line(page, (x + int(space * 0.55), y), (x + int(space * 0.55), y - 3 * space), 0, 2)
    if angle:
        turn = cv2.getRotationMatrix2D((600, 750), angle, 1)
        page = cv2.warpAffine(page, turn, (1200, 1500), borderValue=255)
    if shade:
        page = (page * np.linspace(0.4, 1.0, 1200)[None, :]).astype(np.uint8)
    return page


@pytest.mark.parametrize("space", [11, 16, 27])
def test_interline_is_measured(space):
    assert measure_interline((drawn_page(space) < 128).astype(np.uint8)) == pytest.approx(space, abs=0.1)


def test_two_lines_are_an_interline_too():
    ink = np.zeros((800, 700), np.uint8)
    ink[300:302], ink[330:332] = 1, 1
    assert measure_interline(ink) == pytest.approx(30)


@pytest.mark.parametrize("angle", [-3.0, -0.4, 0.0, 1.7])
def test_skew_is_undone(angle):
    page = normalise(RawPage(drawn_page(angle=angle), 0, 300, "drawn"))
    assert abs(measure_skew((page.pixels < 128).astype(np.uint8))) < 0.1
    assert measure_interline((page.pixels < 150).astype(np.uint8)) == pytest.approx(10, abs=0.3)


@pytest.mark.parametrize("angle", [-9.3, -2.13, -0.37, -0.08, 0.0, 0.05, 0.15, 0.8, 4.6])
def test_skew_is_measured_to_a_twentieth_of_a_degree(angle):
    """Old prints: lines broken and a little wavy."""
    rng = np.random.default_rng(3)
    page = drawn_page()
    page[rng.random(page.shape) < 0.2] = 255
    page[:, 640:660] = 255
    bend = 1.5 * np.cos((np.arange(1200) - 600) / 16)[None, :] + np.arange(1500)[:, None]
    page = cv2.remap(page, np.broadcast_to(np.arange(1200.0), (1500, 1200)).astype(np.float32),
                     bend.astype(np.float32), cv2.INTER_LINEAR, borderValue=255)
    turn = cv2.getRotationMatrix2D((600, 750), angle, 1)
    page = cv2.warpAffine(page, turn, (1200, 1500), borderValue=255)
    assert measure_skew((page < 128).astype(np.uint8)) == pytest.approx(-angle, abs=0.05)


def test_to_source_points_at_the_same_ink():
    raw = drawn_page(angle=1.2)
    cv2.rectangle(raw, (300, 20), (340, 60), 0, -1)
    page = normalise(RawPage(raw, 0, 300, "drawn"))
    count, _, stats, centers = cv2.connectedComponentsWithStats((page.pixels < 100).astype(np.uint8))
    box = max(range(1, count), key=lambda i: stats[i, cv2.CC_STAT_AREA] if centers[i][1] < 60 else 0)
    row, col = page.to_source @ [centers[box][1], centers[box][0], 1]
    assert (row, col) == (pytest.approx(40, abs=1.5), pytest.approx(320, abs=1.5))


@pytest.mark.parametrize("quarter_turns", [0, 1, 3])
def test_boxes_go_back_to_the_source(quarter_turns):
    raw = drawn_page()
    raw[20:60, 300:360] = 0
    raw = np.ascontiguousarray(np.rot90(raw, quarter_turns))
    page = normalise(RawPage(raw, 0, 300, "drawn"))
    count, _, stats, _ = cv2.connectedComponentsWithStats((page.pixels < 128).astype(np.uint8))
    # The block is the only ink that is neither a staff nor thin.
    left, top, width, height, _ = max(stats[1:], key=lambda s: min(s[2], s[3]) * (max(s[2], s[3]) < 60))
    box = page.source_box(Box(top, left, top + height, left + width))
    blank = np.zeros((1500, 1200), bool)
    blank[20:60, 300:360] = True
    rows, cols = np.nonzero(np.rot90(blank, quarter_turns))
    assert (box.top, box.left, box.bottom, box.right) == pytest.approx(
        (rows.min(), cols.min(), rows.max() + 1, cols.max() + 1), abs=0.9)
    # A stroke through the block's middle goes there too, and is as much longer.
    stroke = page.source_stroke(Stroke(0, "beam", ((top + height / 2, left), (top + height / 2, left + width)), height))
    assert np.mean(stroke.points, axis=0) == pytest.approx(box.center, abs=0.1)
    assert np.hypot(*np.subtract(*stroke.points)) == pytest.approx(60, abs=1.5)
    assert stroke.thickness_px == pytest.approx(40, abs=1.5)


@pytest.mark.parametrize("quarter_turns", [1, 3])
def test_turned_page_is_set_upright(quarter_turns):
    raw = np.ascontiguousarray(np.rot90(drawn_page(), quarter_turns))
    page = normalise(RawPage(raw, 0, 300, "drawn"))
    assert page.pixels.shape[0] > page.pixels.shape[1]
    dark = np.argwhere(page.pixels < 60)[:500]
    source = dark @ page.to_source[:, :2].T + page.to_source[:, 2]
    values = raw[source[:, 0].round().astype(int), source[:, 1].round().astype(int)]
    assert (values < 200).mean() > 0.9


@pytest.mark.parametrize("quarter_turns", [0, 1])
def test_grain_is_no_staff_line(quarter_turns):
    """A dim photograph: a third of the contrast, and grain as strong as a tenth of white."""
    rng = np.random.default_rng(0)
    dim = 110 + 0.3 * drawn_page(20).astype(float) + rng.normal(0, 20, drawn_page(20).shape)
    raw = np.ascontiguousarray(np.rot90(np.clip(dim, 0, 255).astype(np.uint8), quarter_turns))
    page = normalise(RawPage(raw, 0, 300, "drawn"))
    assert page.pixels.shape == pytest.approx([s / 2 for s in drawn_page(20).shape], rel=0.02)


@pytest.mark.parametrize("space", [9, 14, 20, 31])
@pytest.mark.parametrize("angle", [0.0, 1.7])
def test_broken_lines_still_have_their_rhythm(space, angle):
    """Of every line only short pieces are left, too few above each other for runs of ink."""
    page = np.full((1500, 1200), 255, np.uint8)
    rng = np.random.default_rng(1)
    for top in range(150, 1450 - 5 * space, 9 * space):
        for line in range(5):
            for x in range(100, 1100, 25):
                if rng.random() < 0.3:
                    cv2.line(page, (x, top + line * space), (x + 12, top + line * space), 90, 1)
        cv2.putText(page, "dolce, e cantabile", (200, top + 7 * space), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 2)
    turn = cv2.getRotationMatrix2D((600, 750), angle, 1)
    page = cv2.warpAffine(page, turn, (1200, 1500), borderValue=255)
    assert measure(page).space_px == pytest.approx(space, abs=0.25)


@pytest.mark.parametrize("staves", [1, 2])
def test_a_page_may_hold_one_staff(staves):
    page = drawn_page(16)
    page[120 + 12 * 16 * (staves - 1) + 6 * 16 :] = 255
    assert measure(page).space_px == pytest.approx(16, abs=0.1)


def test_light_is_flattened_and_negatives_are_turned():
    flat = flatten(drawn_page(shade=True))
    assert flat[5:60].min() > 215
    assert np.median(flatten(255 - drawn_page())) > 200


def test_a_photograph_in_bad_light_is_no_negative():
    dark = (drawn_page().astype(float) * 0.25 + 20 + np.linspace(0, 25, drawn_page().shape[1])).astype(np.uint8)
    assert np.median(dark) < 100
    assert np.median(flatten(dark)) > 200 and flatten(dark).mean() > 200
    assert np.median(flatten(255 - dark)) > 200


def test_blank_and_text_pages_hold_no_music():
    with pytest.raises(NoMusicError):
        normalise(RawPage(np.full((900, 700), 250, np.uint8), 0, 0, "blank"))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "CMYK", "I;16", "1"])
def test_every_pixel_mode_is_read(tmp_path, mode):
    image = Image.fromarray(drawn_page())
    if mode == "I;16":
        image = Image.fromarray(drawn_page().astype(np.uint16) * 257)
    elif mode == "RGBA":
        image = Image.merge("RGBA", [Image.new("L", image.size, 0)] * 3 + [Image.fromarray(255 - drawn_page())])
    else:
        image = image.convert(mode)
    path = tmp_path / ("page.tif" if mode in ("CMYK", "I;16") else "page.png")
    image.save(path)
    (raw,) = load(path)
    assert np.abs(raw.pixels.astype(int) - drawn_page()).mean() < 2


def test_exif_orientation(tmp_path):
    image = Image.fromarray(drawn_page()).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "page.jpg", exif=exif)
    (raw,) = load(tmp_path / "page.jpg")
    assert raw.pixels.shape == (1500, 1200)


def test_pdf_and_tiff_pages_are_chosen(tmp_path):
    sheets = [Image.fromarray(drawn_page(space)).convert("RGB") for space in (14, 18, 22)]
    for name in ("book.pdf", "book.tif"):
        # Pillow leaves a writer's settings on the image, so every file gets copies.
        first, *others = (sheet.copy() for sheet in sheets)
        first.save(tmp_path / name, save_all=True, append_images=others)
        assert count_pages(tmp_path / name) == 3
        assert [raw.index for raw in load(tmp_path / name, {1, 3})] == [0, 2]
        with pytest.raises(InputError, match="has 3 pages, not page 7"):
            list(load(tmp_path / name, {7}))


def test_bad_input_is_one_clear_line(tmp_path):
    (tmp_path / "text.pdf").write_bytes(b"%PDF-1.4 and then nothing of the kind")
    (tmp_path / "words.png").write_text("these are words")
    Image.new("L", (1, 1)).save(tmp_path / "dot.png")
    whole = tmp_path / "whole.png"
    Image.fromarray(drawn_page()).save(whole)
    (tmp_path / "half.png").write_bytes(whole.read_bytes()[:3000])
    for name, error, message in [
        ("text.pdf", InputError, "broken PDF"), ("words.png", InputError, "no PDF and no image"),
        ("dot.png", PageSizeError, "too small"), ("half.png", InputError, "broken image"),
        ("missing.png", InputError, "No such file"), (".", InputError, "folder"),
    ]:
        with pytest.raises(error, match=message) as caught:
            list(load(tmp_path / name))
        assert "\n" not in str(caught.value)


def test_huge_image_is_refused_before_it_is_decoded(tmp_path):
    """A PNG whose header claims 40,000 pixels and that has no pixels at all."""
    import struct
    import zlib

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in chunks)
    (tmp_path / "huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    with pytest.raises(PageSizeError, match="40000 x 40000"):
        list(load(tmp_path / "huge.png"))


def test_poppler_is_there():
    assert subprocess.run(["pdftoppm", "-v"], capture_output=True).returncode == 0


def on_a_table(page, paper=180, table=40, grain=8.0):
    """A sheet, (H, W) uint8, photographed on a dark table whose wood has a grain, and by a camera that has one too."""
    rng = np.random.default_rng(0)
    height, width = (side * 3 // 2 for side in page.shape)
    rings = cv2.resize(rng.normal(0, 15, (height // 50, 10)), (width, height), interpolation=cv2.INTER_CUBIC)
    photo = np.clip(table + rings, 12, 60)
    top, left = page.shape[0] // 4, page.shape[1] // 4
    photo[top : top + page.shape[0], left : left + page.shape[1]] = 30 + page * ((paper - 30) / 255)
    return np.clip(photo + rng.normal(0, grain, photo.shape), 0, 255).astype(np.uint8)


def test_the_grain_of_a_table_is_not_measured(monkeypatch):
    """On a photograph like this one, of a page of Beethoven askew on dark wood, a staff space of 6 pixels was measured,
    which was 23: read at four times its size the page took four minutes and four gigabytes."""
    measured = []
    monkeypatch.setattr(raster, "measure", lambda pixels: measured.append(pixels) or measure(pixels))
    page = normalise(RawPage(on_a_table(drawn_page()), 0, 0, "a photograph"))
    assert page.source_scale == pytest.approx(1.8, rel=0.01)
    sheet = measured[0]
    table = np.ones(sheet.shape, bool)
    table[375 - 50 : 1875 + 50, 300 - 50 : 1500 + 50] = False  # a twentieth of the sheet about its edges
    assert (sheet[table] == 255).all()
    assert (sheet[~table] < 128).mean() > 0.02
    # Only what is measured leaves the table out: a shadow may be as dark, and there may be music in it.
    assert page.pixels.shape == (pytest.approx(2250 / 1.8, rel=0.01), pytest.approx(1800 / 1.8, rel=0.01))


def test_no_page_is_enlarged_beyond_all_measure(monkeypatch):
    lines = scale.Lines(angle=0.0, space_px=4.5, strength=0.3)
    monkeypatch.setattr(raster, "measure", lambda pixels: lines)
    page = RawPage(drawn_page(space=9).repeat(2, 0).repeat(2, 1), 0, 0, "3,000 rows: 670 spaces of 4.5 pixels")
    with pytest.raises(NoMusicError):
        normalise(page)
    assert max(normalise(page, guess=True).pixels.shape) == pytest.approx(10 * raster.USUAL_HEIGHT, rel=0.01)
