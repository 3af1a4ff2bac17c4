"""PDFs: scans come pixel for pixel, whichever way they lie; what takes too long or too much is refused in one line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.errors import EncryptedError, InputError, OmrError, PageSizeError
from omr.page.pdf import count_pages, draw_page, reduce
from omr.page.raster import load_page, page_numbers
from tests.omr.page import rawpdf

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler is not installed")
WIDTH, HEIGHT = 248, 351
GRAY = b"/ColorSpace /DeviceGray /BitsPerComponent 8"
IMAGE = b"/XObject << /I 5 0 R >>"


def scan(seed: int = 0) -> np.ndarray:
    """A small scan of grays, (HEIGHT, WIDTH), that looks like no other turned or mirrored."""
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH)).astype(np.uint8)


def placed(pixels: np.ndarray, matrix: str, size: tuple[float, float], entries: bytes = GRAY, page: bytes = b"",
           before: bytes = b"", after: bytes = b"") -> bytes:
    """A PDF whose page is filled by an image. matrix: the six numbers that say how. size: of the page in points."""
    height, width = pixels.shape
    content = before + f" q {matrix} cm /I Do Q ".encode() + after
    return rawpdf.one_page(content, rawpdf.image(width, height, pixels.tobytes(), entries), resources=IMAGE, size=size,
                           entries=page)


def drawn(data: bytes, path: Path) -> tuple[np.ndarray, float]:
    path.write_bytes(data)
    return draw_page(path, 1)


TALL, WIDE = (595.2, 842.4), (842.4, 595.2)
LAID = {
    "upright": ("595.2 0 0 842.4 0 0", TALL, lambda a: a),
    "mirrored": ("-595.2 0 0 842.4 595.2 0", TALL, np.fliplr),
    "upside down": ("595.2 0 0 -842.4 0 842.4", TALL, np.flipud),
    "half turned": ("-595.2 0 0 -842.4 595.2 842.4", TALL, lambda a: np.rot90(a, 2)),
    "turned left": ("0 595.2 -842.4 0 842.4 0", WIDE, lambda a: np.rot90(a, 1)),
    "turned right": ("0 -595.2 842.4 0 0 595.2", WIDE, lambda a: np.rot90(a, -1)),
    "transposed": ("0 -595.2 -842.4 0 842.4 595.2", WIDE, np.transpose),
}


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("laid", LAID)
def test_a_scan_comes_pixel_for_pixel_whichever_way_it_lies(laid: str, turn: int, tmp_path: Path) -> None:
    matrix, size, seen = LAID[laid]
    pixels, dpi = drawn(placed(scan(), matrix, size, page=b"/Rotate %d" % turn), tmp_path / "a.pdf")
    assert np.array_equal(pixels, np.rot90(seen(scan()), -turn // 90))
    assert dpi == pytest.approx(WIDTH / 595.2 * 72, rel=0.001)


@pytest.mark.parametrize(
    ("entries", "is_ink_one"),
    [(b"/ColorSpace /DeviceGray /BitsPerComponent 1", False),
     (b"/ColorSpace /DeviceGray /BitsPerComponent 1 /Decode [1 0]", True),
     (b"/ImageMask true /BitsPerComponent 1", False), (b"/ImageMask true /BitsPerComponent 1 /Decode [1 0]", True),
     (b"/ColorSpace [/Indexed /DeviceGray 1 <ff00>] /BitsPerComponent 1", True)])
def test_ink_is_black_whatever_a_bit_means(entries: bytes, is_ink_one: bool, tmp_path: Path) -> None:
    ink = scan() < 60
    bits = np.packbits(ink == is_ink_one, axis=1)
    page = rawpdf.one_page(b"595.2 0 0 842.4 0 0 cm /I Do", rawpdf.image(WIDTH, HEIGHT, bits.tobytes(), entries),
                           resources=IMAGE, size=TALL)
    assert np.array_equal(drawn(page, tmp_path / "a.pdf")[0], np.where(ink, 0, 255))


def test_a_layer_of_invisible_words_leaves_a_scan_as_it_is(tmp_path: Path) -> None:
    words = b"BT /F 12 Tf 3 Tr 100 400 Td (Andante) Tj ET"
    for before, after in ((words, b""), (b"", words)):
        page = placed(scan(), LAID["upright"][0], TALL, before=before, after=after)
        assert np.array_equal(drawn(page, tmp_path / "a.pdf")[0], scan())


@pytest.mark.parametrize("also", [b"0 0 m 500 800 l S", b"q 50 0 0 50 9 9 cm /I Do Q",
                                  b"BT /F 12 Tf 100 400 Td (Andante) Tj ET"])
def test_what_else_is_seen_on_a_page_is_drawn_at_full_resolution(also: bytes, tmp_path: Path) -> None:
    pixels, dpi = drawn(placed(scan(), LAID["upright"][0], TALL, after=also), tmp_path / "a.pdf")
    assert pixels.shape == (3510, 2480) and dpi == pytest.approx(300)
    half = draw_page(tmp_path / "a.pdf", 1)[0][:, :1240]
    assert half.min() == 0


def test_an_image_that_covers_half_a_page_is_no_scan_of_it(tmp_path: Path) -> None:
    pixels, _ = drawn(placed(scan(), "300 0 0 424 0 0", TALL), tmp_path / "a.pdf")
    assert pixels.shape == (3510, 2480)


@given(st.integers(1, 6), st.integers(1, 30), st.integers(1, 30))
def test_reduced_pixels_are_means_of_squares(times: int, height: int, width: int) -> None:
    pixels = np.random.default_rng(height * 31 + width).integers(0, 256, (height * times, width * times), np.uint8)
    means = pixels.reshape(height, times, width, times).mean((1, 3))
    assert np.abs(reduce(pixels, times) - means).max() <= 0.5 + 1e-6


def test_a_fine_scan_is_reduced_by_a_whole_number(tmp_path: Path) -> None:
    """600 dpi of a small sheet: two by two pixels become one."""
    pixels, dpi = drawn(placed(scan(), "29.76 0 0 42.12 0 0", (29.76, 42.12)), tmp_path / "a.pdf")
    assert dpi == pytest.approx(300, rel=0.001)
    assert np.array_equal(pixels, reduce(scan(), 2))


FORMS = b"/XObject << /F 5 0 R >>"
HOSTILE = {
    # Each form draws the next one twice, 40 forms deep.
    "forms": rawpdf.one_page(b"/F Do", *(rawpdf.form(b"/F Do /F Do", b"/XObject << /F %d 0 R >>" % (6 + i))
                                        for i in range(40)), rawpdf.form(b"0 0 m 500 800 l S"), resources=FORMS),
    "paths": rawpdf.one_page(b"0 0 m 595 400 l 0 842 595 0 300 842 c S\n" * 1_000_000),
    # A tile of a thousandth of a point.
    "tiles": rawpdf.one_page(b"/Pattern cs /P scn 0 0 595 842 re f", rawpdf.stream(
        b"/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep .001 /YStep .001 /Resources << >>",
        b"0 0 m 1 1 l S"), resources=b"/Pattern << /P 5 0 R >>"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_page_that_never_ends_is_given_up_and_the_next_is_drawn(kind: str, tmp_path: Path) -> None:
    (tmp_path / "hostile.pdf").write_bytes(HOSTILE[kind])
    begin = time.monotonic()
    with pytest.raises(InputError, match="page 1 of .* takes more than 0.5 seconds") as caught:
        load_page(tmp_path / "hostile.pdf", 1, limit_s=0.5)
    assert "\n" not in str(caught.value) and caught.value.exit_code == 3
    assert time.monotonic() - begin < 30, "it ends long before what it would take"
    assert np.array_equal(drawn(placed(scan(), LAID["upright"][0], TALL), tmp_path / "good.pdf")[0], scan())


def test_forms_that_draw_themselves_end(tmp_path: Path) -> None:
    pixels, _ = drawn(rawpdf.one_page(b"/F Do", rawpdf.form(b"0 0 m 500 800 l S /F Do", FORMS), resources=FORMS),
                      tmp_path / "a.pdf")
    assert pixels.shape == (3508, 2479) and pixels.min() < 50


def test_an_image_too_large_to_decode_is_refused_not_left_white(tmp_path: Path) -> None:
    huge = rawpdf.image(20_000, 20_000, bytes(1000), b"/ColorSpace /DeviceRGB /BitsPerComponent 8")
    inner = rawpdf.form(b"595 0 0 842 0 0 cm /I Do", b"/XObject << /I 6 0 R >>")
    for page in (rawpdf.one_page(b"595 0 0 842 0 0 cm /I Do", huge, resources=IMAGE),
                 rawpdf.one_page(b"/F Do", inner, huge, resources=FORMS)):
        with pytest.raises(PageSizeError, match="page 1 of .* is 20000 x 20000 pixels"):
            drawn(page, tmp_path / "a.pdf")


@pytest.mark.parametrize("size", [(200_000, 3), (3, 3), (0.001, 0.001)])
def test_pages_without_room_for_a_staff(size: tuple[float, float], tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(rawpdf.one_page(b"0 0 m 9 9 l S", size=size))
    with pytest.raises(PageSizeError):
        load_page(tmp_path / "a.pdf", 1)


def test_a_page_that_cannot_be_read_costs_itself(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(rawpdf.pdf([
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1 1] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"]))
    assert page_numbers(tmp_path / "a.pdf") == [1, 2]
    with pytest.raises(PageSizeError, match="a.pdf is 4 x 4 pixels"):
        load_page(tmp_path / "a.pdf", 1)
    assert load_page(tmp_path / "a.pdf", 2).pixels.shape == (3508, 2479)


@given(st.data())
def test_damaged_files_are_one_clear_line(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = placed(scan(), LAID["upright"][0], TALL)
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 20))):
        damaged[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.pdf"
    path.write_bytes(damaged[: data.draw(st.integers(9, len(whole)))])
    try:
        assert load_page(path, 1, limit_s=5).pixels.ndim == 2
    except OmrError as error:
        assert "\n" not in str(error)


# ---- the process that draws, and poppler where it cannot ---------------------------------------------------------


def test_a_file_that_changes_is_read_anew(tmp_path: Path) -> None:
    for seed in range(3):
        page = placed(scan(seed), LAID["upright"][0], TALL)
        assert np.array_equal(drawn(page, tmp_path / "a.pdf")[0], scan(seed))


def test_a_name_in_no_encoding_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9 \xe2\x99\xad.pdf")
    assert np.array_equal(drawn(placed(scan(), LAID["upright"][0], TALL), path)[0], scan())


def test_the_process_ends_with_the_one_that_asks(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(placed(scan(), LAID["upright"][0], TALL))
    code = ("import os, pathlib, sys; from omr.page import pdf; pdf.draw_page(pathlib.Path(sys.argv[1]), 1);"
            "print(pdf._drawer._process.pid, flush=True); os.kill(os.getpid(), 9)")
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60)
    deadline = time.monotonic() + 20
    while _is_running(int(done.stdout)):
        assert time.monotonic() < deadline, "the process that draws is still there"
        time.sleep(0.05)


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def _without_pypdfium2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)


@needs_poppler
def test_without_pypdfium2_poppler_draws_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = drawn(rawpdf.one_page(b"4 w 100 100 m 500 800 l S"), tmp_path / "a.pdf")
    _without_pypdfium2(monkeypatch)
    assert count_pages(tmp_path / "a.pdf") == 1
    theirs = draw_page(tmp_path / "a.pdf", 1)
    assert theirs[1] == ours[1] == 300
    height, width = (min(sides) for sides in zip(ours[0].shape, theirs[0].shape, strict=True))
    assert np.abs(ours[0][:height, :width].astype(int) - theirs[0][:height, :width]).mean() < 0.2


@needs_poppler
def test_poppler_has_its_limit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _without_pypdfium2(monkeypatch)
    (tmp_path / "a.pdf").write_bytes(HOSTILE["paths"])
    with pytest.raises(InputError, match="takes more than 0.5 seconds to draw"):
        draw_page(tmp_path / "a.pdf", 1, limit_s=0.5)


def test_without_either_a_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.pdf").write_bytes(placed(scan(), LAID["upright"][0], TALL))
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 and nothing of the kind")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="broken PDF, or one for poppler, which is not installed"):
        count_pages(tmp_path / "broken.pdf")
    assert count_pages(tmp_path / "a.pdf") == 1
    _without_pypdfium2(monkeypatch)
    with pytest.raises(InputError, match=r"neither pypdfium2 nor poppler is installed \(pip install pypdfium2\)"):
        count_pages(tmp_path / "a.pdf")


def test_an_encrypted_file_asks_for_its_password(tmp_path: Path) -> None:
    plain = rawpdf.one_page(b"0 0 m 9 9 l S", b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>"
                            % (b"5a" * 32, b"5a" * 32))
    (tmp_path / "a.pdf").write_bytes(plain.replace(b"/Root", b"/Encrypt 5 0 R /ID [<00> <00>] /Root"))
    with pytest.raises(EncryptedError):
        count_pages(tmp_path / "a.pdf")
